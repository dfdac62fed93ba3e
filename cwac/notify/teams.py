"""Microsoft Teams: an adaptive card for the Workflows app ("Post to a channel when a webhook request is received")."""

from __future__ import annotations

from typing import Any

from cwac.notify.channel import DEADLINE, post
from cwac.notify.message import Message, MessageLine


def send(address: str, message: Message, seconds: float = DEADLINE) -> None:
    """Post the message within so many seconds. Raises `NotSent`."""
    post("Teams", address, card(message), seconds)


def card(message: Message) -> dict[str, Any]:
    """The body of the request. Text is in `TextRun`s, which Teams does not read as Markdown."""
    body: list[dict[str, Any]] = [_runs([_run(message.subject, weight="Bolder", size="Medium")])]
    body += [_runs([_run(note, weight="Bolder")]) for note in message.notes]
    for part in message.parts:
        body.append(_runs([_run(part.title, weight="Bolder")]))
        for section in part.sections:
            body.append(_runs([_run(section.heading, weight="Bolder")]))
            body += [_runs(_line(line)) for line in section.lines]
            if section.more:
                body.append(_runs([_run(section.more, section.link)]))
        if part.link:
            body.append(_runs([_run("Open the dashboard", part.link)]))
    body.append(_runs([_run(message.reason, isSubtle=True)]))
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "msteams": {"width": "Full"},
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def _line(line: MessageLine) -> list[dict[str, Any]]:
    runs = [_run(f"• {line.words}", line.link), *([_run(f": {line.detail}")] if line.detail else [])]
    if line.action:
        runs += [_run("  "), _run(line.action[0], line.action[1])]
    return runs


def _runs(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": runs}


def _run(text: str, link: str | None = None, **looks: Any) -> dict[str, Any]:
    run: dict[str, Any] = {"type": "TextRun", "text": text, **looks}
    if link:
        run["selectAction"] = {"type": "Action.OpenUrl", "url": link}
    return run
