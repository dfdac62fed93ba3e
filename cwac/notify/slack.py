"""Slack: an incoming webhook, with the message as rich text, which Slack does not read as markup."""

from __future__ import annotations

from typing import Any

from cwac.notify.channel import DEADLINE, post
from cwac.notify.message import Message, MessageLine

MAX_BLOCKS = 50


def send(address: str, message: Message, seconds: float = DEADLINE) -> None:
    """Post the message within so many seconds. Raises `NotSent`."""
    post("Slack", address, body(message), seconds, (200,))


def body(message: Message) -> dict[str, Any]:
    """The body of the request; `text` is what a notification shows."""
    blocks = [_text([_piece(message.subject, bold=True)])]
    blocks += [_text([_piece(note, bold=True)]) for note in message.notes]
    for part in message.parts:
        blocks.append(_text([_piece(part.title, bold=True)]))
        for section in part.sections:
            elements = [{"type": "rich_text_section", "elements": [_piece(section.heading, bold=True)]}]
            items = [{"type": "rich_text_section", "elements": _line(line)} for line in section.lines]
            if section.more:
                items.append({"type": "rich_text_section", "elements": [_piece(section.more, section.link)]})
            elements.append({"type": "rich_text_list", "style": "bullet", "elements": items})
            blocks.append({"type": "rich_text", "elements": elements})
        if part.link:
            blocks.append(_text([_piece("Open the dashboard", part.link)]))
    blocks = [*blocks[: MAX_BLOCKS - 1], _text([_piece(message.reason, italic=True)])]
    subject = message.subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": subject, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _line(line: MessageLine) -> list[dict[str, Any]]:
    pieces = [_piece(line.words, line.link), *([_piece(f": {line.detail}")] if line.detail else [])]
    if line.action:
        pieces += [_piece("  "), _piece(line.action[0], line.action[1])]
    return pieces


def _text(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": pieces}]}


def _piece(text: str, link: str | None = None, **style: bool) -> dict[str, Any]:
    piece: dict[str, Any] = {"type": "link", "url": link, "text": text} if link else {"type": "text", "text": text}
    return piece | ({"style": style} if style else {})
