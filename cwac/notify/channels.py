"""Sending a message by the channel of its recipient: by email, or to a webhook of Teams, Slack or Google Chat."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from html import escape
from typing import Any
from urllib.parse import urlsplit

import requests

from cwac.notify import mail
from cwac.notify.message import DEADLINE, TIMEOUT, Message, NotSent
from cwac.notify.recipients import Recipient
from cwac.notify.settings import Channel, Notify
from cwac.rounding import half_up
from cwac.sources.http_calls import REDIRECTS, Calls, TooLate, seconds_of

SLACK_BLOCKS = 50  # the most that Slack takes


@dataclass(frozen=True, slots=True)
class Envelope:
    """A message with what its channel needs: Message-ID, time, the link that stops such messages, seconds at most."""

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
    def send(envelope: Envelope) -> None:
        message, recipient = envelope.message, envelope.recipient
        if recipient.channel != "email":
            post(recipient.channel, recipient.address, message, envelope.seconds)
            return
        head = recipient.address, envelope.message_id, envelope.sent_at, envelope.leave_link
        mail.send(notify, mail.email(message, notify.sender, *head), envelope.seconds)

    return send


def post(channel: Channel, address: str, message: Message, seconds: float = DEADLINE) -> None:
    """Post a message to a webhook; redirects are refused, as they could lead anywhere. Raises `NotSent`."""
    service, body, accepted = WEBHOOKS[channel]
    where = f"{service} at {urlsplit(address).hostname}"
    calls = Calls(seconds, TIMEOUT, TIMEOUT)
    try:
        content = json.dumps(body(message)).encode()
        answer = calls.request("post", address, {"Content-Type": "application/json"}, 0, whole=False, data=content)
    except requests.exceptions.SSLError:
        raise NotSent(f"{where} has a certificate that cannot be trusted: nothing was sent.") from None
    except requests.exceptions.ConnectTimeout:
        raise NotSent(f"{where} does not answer: check the network.") from None
    except (requests.exceptions.Timeout, TooLate) as error:
        waited = half_up(seconds if isinstance(error, TooLate) else TIMEOUT)
        raise NotSent(f"{where} did not answer in {waited} seconds.", maybe_arrived=True) from None
    except (requests.exceptions.RequestException, OSError) as error:
        maybe_arrived = "NewConnectionError" not in repr(error) and "NameResolutionError" not in repr(error)
        raise NotSent(f"{where} cannot be reached: check the network.", maybe_arrived=maybe_arrived) from None
    finally:
        calls.close()
    status, headers = answer.status, answer.headers
    if status == 429 or status >= 500:
        retry_after = seconds_of(headers.get("Retry-After"))
        raise NotSent(f"{where} asks to try again later ({status}).", retry_after=retry_after)
    if status in REDIRECTS:
        found = "answers with a redirect: copy the webhook's address again."
    elif status in (401, 403, 404, 410):
        found = f"does not know this webhook ({status}): make a new one and put it into [notify]."
    elif status not in accepted:
        found = f"refuses the message ({status})."
    elif headers.get("Content-Type", "").startswith("text/html"):
        found = "answers with a web page, so the address is not that of a webhook: copy it again."
    else:
        return
    raise NotSent(f"{where} {found}", permanent=True)


Piece = dict[str, Any]


def _paragraphs(message: Message, piece: Callable[..., Piece]) -> Iterator[tuple[str, list[Piece]]]:
    """What a message says below its subject, in pieces of text with links, as Teams and Slack have them."""
    for note in message.notes:
        yield "text", [piece(note, bold=True)]
    for part in message.parts:
        yield "text", [piece(part.title, bold=True)]
        for section in part.sections:
            yield "heading", [piece(section.heading, bold=True)]
            for line in section.lines:
                detail = [piece(f": {line.detail}")] if line.detail else []
                action = [piece("  "), piece(*line.action)] if line.action else []
                yield "line", [piece(line.words, line.link), *detail, *action]
            if section.more:
                yield "more", [piece(section.more, section.link)]
        if part.link:
            yield "text", [piece("Open the dashboard", part.link)]


def teams_card(message: Message) -> dict[str, Any]:
    """An adaptive card for the Workflows app, with its text in `TextRun`s, which Teams does not read as Markdown."""
    texts = [[_teams_run(message.subject, bold=True, size="Medium")]]
    for kind, runs in _paragraphs(message, _teams_run):
        if kind == "line":
            runs[0]["text"] = f"• {runs[0]['text']}"
        texts.append(runs)
    texts.append([_teams_run(message.reason, isSubtle=True)])
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "body": [{"type": "RichTextBlock", "inlines": runs} for runs in texts],
        "msteams": {"width": "Full"},
    }
    attachment = {"contentType": "application/vnd.microsoft.card.adaptive", "contentUrl": None, "content": content}
    return {"type": "message", "attachments": [attachment]}


def _teams_run(text: str, link: str | None = None, *, bold: bool = False, **looks: Any) -> Piece:
    weight = {"weight": "Bolder"} if bold else {}
    action = {"selectAction": {"type": "Action.OpenUrl", "url": link}} if link else {}
    return {"type": "TextRun", "text": text, **weight, **looks, **action}


def slack_body(message: Message) -> dict[str, Any]:
    """Rich text, which Slack does not read as markup; `text` is what a notification shows."""
    blocks = [_slack_text([_slack_piece(message.subject, bold=True)])]
    for kind, pieces in _paragraphs(message, _slack_piece):
        if kind in ("line", "more"):
            blocks[-1]["elements"][-1]["elements"] += _slack_text(pieces)["elements"]
        else:
            blocks.append(_slack_text(pieces))
        if kind == "heading":
            blocks[-1]["elements"].append({"type": "rich_text_list", "style": "bullet", "elements": []})
    blocks = [*blocks[: SLACK_BLOCKS - 1], _slack_text([_slack_piece(message.reason, italic=True)])]
    subject = message.subject.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return {"text": subject, "blocks": blocks, "unfurl_links": False, "unfurl_media": False}


def _slack_text(pieces: list[Piece]) -> dict[str, Any]:
    return {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": pieces}]}


def _slack_piece(text: str, link: str | None = None, **style: bool) -> Piece:
    piece: Piece = {"type": "link", "url": link, "text": text} if link else {"type": "text", "text": text}
    return piece | ({"style": style} if style else {})


def google_chat_body(message: Message) -> dict[str, Any]:
    """A card, whose paragraphs read some HTML, so that text from the sheet is escaped."""
    sections: list[dict[str, Any]] = [{"widgets": [_google_paragraph(escape(note))]} for note in message.notes]
    for part in message.parts:
        for section in part.sections:
            widgets = []
            for line in section.lines:
                detail = f"<br>{escape(line.detail)}" if line.detail else ""
                cell = f"<br>{_google_link(*line.action)}" if line.action else ""
                widgets.append(_google_paragraph(_google_link(line.words, line.link) + detail + cell))
            if section.more:
                widgets.append(_google_paragraph(_google_link(section.more, section.link)))
            sections.append({"header": escape(f"{part.title}: {section.heading}"), "widgets": widgets})
        if part.link:
            sections.append({"widgets": [_google_paragraph(_google_link("Open the dashboard", part.link))]})
    sections.append({"widgets": [_google_paragraph(f"<i>{escape(message.reason)}</i>")]})
    card = {"header": {"title": message.subject}, "sections": sections}
    return {"cardsV2": [{"cardId": "cwac", "card": card}]}


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
