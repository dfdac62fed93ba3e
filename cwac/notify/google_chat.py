"""Google Chat: an incoming webhook of a space, with the message as a card."""

from __future__ import annotations

from html import escape
from typing import Any

from cwac.notify.channel import DEADLINE, post
from cwac.notify.message import Message, MessageLine


def send(address: str, message: Message, seconds: float = DEADLINE) -> None:
    """Post the message within so many seconds. Raises `NotSent`."""
    post("Google Chat", address, body(message), seconds, (200,))


def body(message: Message) -> dict[str, Any]:
    """The body of the request. A card's paragraphs read some HTML, so text from the sheet is escaped."""
    sections: list[dict[str, Any]] = [{"widgets": [_paragraph(escape(note))]} for note in message.notes]
    for part in message.parts:
        for section in part.sections:
            widgets = [_paragraph(_line(line)) for line in section.lines]
            if section.more:
                widgets.append(_paragraph(_link(section.more, section.link)))
            sections.append({"header": escape(f"{part.title}: {section.heading}"), "widgets": widgets})
        if part.link:
            sections.append({"widgets": [_paragraph(_link("Open the dashboard", part.link))]})
    sections.append({"widgets": [_paragraph(f"<i>{escape(message.reason)}</i>")]})
    card = {"header": {"title": message.subject}, "sections": sections}
    return {"cardsV2": [{"cardId": "cwac", "card": card}]}


def _line(line: MessageLine) -> str:
    words = _link(line.words, line.link) + (f"<br>{escape(line.detail)}" if line.detail else "")
    return f"{words}<br>{_link(*line.action)}" if line.action else words


def _link(words: str, link: str | None) -> str:
    return f'<a href="{escape(link)}">{escape(words)}</a>' if link else escape(words)


def _paragraph(html: str) -> dict[str, Any]:
    return {"textParagraph": {"text": html}}
