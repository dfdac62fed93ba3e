"""Sending a message by the channel of its recipient: by email, or to a webhook of Teams, Slack or Google Chat."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlsplit

import requests

from cwac.notify import mail
from cwac.notify.message import DEADLINE, TIMEOUT, Message, MessageLine, NotSent
from cwac.notify.recipients import Recipient
from cwac.notify.settings import Channel, Notify
from cwac.rounding import half_up
from cwac.sources.http_calls import REDIRECTS, Calls, TooLate, seconds_of

SLACK_BLOCKS = 50
"""The most that Slack takes."""


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message with what its channel needs: the Message-ID, the time, the link that stops such messages.

    Sending it may take `seconds`, connecting included.
    """

    recipient: Recipient
    kind: str
    message: Message
    message_id: str
    sent_at: dt.datetime
    leave_link: str
    seconds: float = DEADLINE


Send = Callable[[Envelope], None]
"""Sends a message, or raises `NotSent`."""


def sender(notify: Notify) -> Send:
    """A function that sends a message, or raises `NotSent`."""

    def send(envelope: Envelope) -> None:
        recipient = envelope.recipient
        if recipient.channel != "email":
            post(recipient.channel, recipient.address, envelope.message, envelope.seconds)
            return
        letter = mail.email(
            envelope.message,
            notify.sender,
            recipient.address,
            envelope.message_id,
            envelope.sent_at,
            envelope.leave_link,
        )
        mail.send(notify, letter, envelope.seconds)

    return send


def post(channel: Channel, address: str, message: Message, seconds: float = DEADLINE) -> None:
    """Post a message to a webhook; redirects are refused, as they could lead anywhere. Raises `NotSent`."""
    service, body, accepted = WEBHOOKS[channel]
    host = urlsplit(address).hostname
    calls = Calls(seconds, TIMEOUT, TIMEOUT)
    try:
        content = json.dumps(body(message)).encode()
        answer = calls.request("post", address, {"Content-Type": "application/json"}, 0, whole=False, data=content)
    except requests.exceptions.SSLError:
        raise NotSent(f"{service} at {host} has a certificate that cannot be trusted: nothing was sent.") from None
    except requests.exceptions.ConnectTimeout:
        raise NotSent(f"{service} at {host} does not answer: check the network.") from None
    except requests.exceptions.Timeout:
        raise NotSent(
            f"{service} at {host} did not answer in {half_up(TIMEOUT)} seconds.", maybe_arrived=True
        ) from None
    except TooLate:
        raise NotSent(
            f"{service} at {host} did not answer in {half_up(seconds)} seconds.", maybe_arrived=True
        ) from None
    except (requests.exceptions.RequestException, OSError) as error:
        maybe_arrived = "NewConnectionError" not in repr(error) and "NameResolutionError" not in repr(error)
        raise NotSent(
            f"{service} at {host} cannot be reached: check the network.", maybe_arrived=maybe_arrived
        ) from None
    finally:
        calls.close()
    status = answer.status
    if status in REDIRECTS:
        raise NotSent(f"{service} at {host} answers with a redirect: copy the webhook's address again.", permanent=True)
    if status in (401, 403, 404, 410):
        raise NotSent(
            f"{service} at {host} does not know this webhook ({status}): make a new one and put it into [notify].",
            permanent=True,
        )
    if status == 429 or status >= 500:
        raise NotSent(
            f"{service} at {host} asks to try again later ({status}).",
            retry_after=seconds_of(answer.headers.get("Retry-After")),
        )
    if status not in accepted:
        raise NotSent(f"{service} at {host} refuses the message ({status}).", permanent=True)
    if answer.headers.get("Content-Type", "").startswith("text/html"):
        raise NotSent(
            f"{service} at {host} answers with a web page, so the address is not that of a webhook: copy it again.",
            permanent=True,
        )


# --- Microsoft Teams -----------------------------------------------------------------------------------------------


def teams_card(message: Message) -> dict[str, Any]:
    """An adaptive card for the Workflows app ("Post to a channel when a webhook request is received").

    Text is in `TextRun`s, which Teams does not read as Markdown.
    """
    body: list[dict[str, Any]] = [_teams_runs([_teams_run(message.subject, weight="Bolder", size="Medium")])]
    body += [_teams_runs([_teams_run(note, weight="Bolder")]) for note in message.notes]
    for part in message.parts:
        body.append(_teams_runs([_teams_run(part.title, weight="Bolder")]))
        for section in part.sections:
            body.append(_teams_runs([_teams_run(section.heading, weight="Bolder")]))
            body += [_teams_runs(_teams_line(line)) for line in section.lines]
            if section.more:
                body.append(_teams_runs([_teams_run(section.more, section.link)]))
        if part.link:
            body.append(_teams_runs([_teams_run("Open the dashboard", part.link)]))
    body.append(_teams_runs([_teams_run(message.reason, isSubtle=True)]))
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": body,
        "msteams": {"width": "Full"},
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def _teams_line(line: MessageLine) -> list[dict[str, Any]]:
    runs = [_teams_run(f"• {line.words}", line.link), *([_teams_run(f": {line.detail}")] if line.detail else [])]
    if line.action:
        runs += [_teams_run("  "), _teams_run(line.action[0], line.action[1])]
    return runs


def _teams_runs(runs: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "RichTextBlock", "inlines": runs}


def _teams_run(text: str, link: str | None = None, **looks: Any) -> dict[str, Any]:
    run: dict[str, Any] = {"type": "TextRun", "text": text, **looks}
    if link:
        run["selectAction"] = {"type": "Action.OpenUrl", "url": link}
    return run


# --- Slack ---------------------------------------------------------------------------------------------------------


def slack_body(message: Message) -> dict[str, Any]:
    """Rich text, which Slack does not read as markup; `text` is what a notification shows."""
    blocks = [_slack_text([_slack_piece(message.subject, bold=True)])]
    blocks += [_slack_text([_slack_piece(note, bold=True)]) for note in message.notes]
    for part in message.parts:
        blocks.append(_slack_text([_slack_piece(part.title, bold=True)]))
        for section in part.sections:
            elements = [{"type": "rich_text_section", "elements": [_slack_piece(section.heading, bold=True)]}]
            items = [{"type": "rich_text_section", "elements": _slack_line(line)} for line in section.lines]
            if section.more:
                items.append({"type": "rich_text_section", "elements": [_slack_piece(section.more, section.link)]})
            elements.append({"type": "rich_text_list", "style": "bullet", "elements": items})
            blocks.append({"type": "rich_text", "elements": elements})
        if part.link:
            blocks.append(_slack_text([_slack_piece("Open the dashboard", part.link)]))
    blocks = [*blocks[: SLACK_BLOCKS - 1], _slack_text([_slack_piece(message.reason, italic=True)])]
    subject = message.subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": subject, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _slack_line(line: MessageLine) -> list[dict[str, Any]]:
    pieces = [_slack_piece(line.words, line.link), *([_slack_piece(f": {line.detail}")] if line.detail else [])]
    if line.action:
        pieces += [_slack_piece("  "), _slack_piece(line.action[0], line.action[1])]
    return pieces


def _slack_text(pieces: list[dict[str, Any]]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": pieces}]}


def _slack_piece(text: str, link: str | None = None, **style: bool) -> dict[str, Any]:
    piece: dict[str, Any] = {"type": "link", "url": link, "text": text} if link else {"type": "text", "text": text}
    return piece | ({"style": style} if style else {})


# --- Google Chat ---------------------------------------------------------------------------------------------------


def google_chat_body(message: Message) -> dict[str, Any]:
    """A card, whose paragraphs read some HTML, so that text from the sheet is escaped."""
    sections: list[dict[str, Any]] = [{"widgets": [_google_paragraph(escape(note))]} for note in message.notes]
    for part in message.parts:
        for section in part.sections:
            widgets = [_google_paragraph(_google_line(line)) for line in section.lines]
            if section.more:
                widgets.append(_google_paragraph(_google_link(section.more, section.link)))
            sections.append({"header": escape(f"{part.title}: {section.heading}"), "widgets": widgets})
        if part.link:
            sections.append({"widgets": [_google_paragraph(_google_link("Open the dashboard", part.link))]})
    sections.append({"widgets": [_google_paragraph(f"<i>{escape(message.reason)}</i>")]})
    card = {"header": {"title": message.subject}, "sections": sections}
    return {"cardsV2": [{"cardId": "cwac", "card": card}]}


def _google_line(line: MessageLine) -> str:
    words = _google_link(line.words, line.link) + (f"<br>{escape(line.detail)}" if line.detail else "")
    return f"{words}<br>{_google_link(*line.action)}" if line.action else words


def _google_link(words: str, link: str | None) -> str:
    return f'<a href="{escape(link)}">{escape(words)}</a>' if link else escape(words)


def _google_paragraph(html: str) -> dict[str, Any]:
    return {"textParagraph": {"text": html}}


WEBHOOKS: Mapping[Channel, tuple[str, Callable[[Message], dict[str, Any]], tuple[int, ...]]] = {
    "teams": ("Teams", teams_card, (200, 202)),
    "slack": ("Slack", slack_body, (200,)),
    "google_chat": ("Google Chat", google_chat_body, (200,)),
}
"""Channel -> the service's name, the body of a request, and the statuses of a message that arrived."""
