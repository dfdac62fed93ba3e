"""Sending a message by the channel of its recipient: email over SMTP, or a webhook of Teams, Slack or Google Chat."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from functools import partial
from html import escape
from typing import Any
from urllib.parse import urlsplit

import requests

from cwac.analysis.words import with_noun
from cwac.notify.message import DEADLINE, TIMEOUT, Message, MessageLine, MessageSection, NotSent
from cwac.notify.recipients import Recipient
from cwac.notify.settings import Channel, Notify
from cwac.rounding import half_up
from cwac.sources.http_calls import REDIRECTS, Calls, Sockets, TooLate, seconds_of, within

WIDTH = 72
LONGEST_LINE = 900
"""Characters of a header that stay on one line; RFC 5322 allows 998."""


class _Unfolded(EmailPolicy):
    """Writes headers on one line if ASCII and not too long: the library's folding encodes a long link as words."""

    def fold(self, name: str, value: str) -> str:
        text = str(value)
        if not text.isascii() or len(text) > LONGEST_LINE:
            words, address = parseaddr(text) if name == "From" else (text, "")
            text = Header(words, "utf-8", header_name=name).encode(linesep=self.linesep)
            text += f" <{address}>" if address else ""
        return f"{name}: {text}{self.linesep}"

    def fold_binary(self, name: str, value: str) -> bytes:
        return self.fold(name, value).encode("ascii")


def email(
    message: Message, sender: str, to: str, message_id: str, sent_at: dt.datetime, leave_link: str
) -> EmailMessage:
    """The email, whose one-click link to leave follows RFC 8058. Header injection is refused by the email package."""
    name, address = parseaddr(sender)
    mail = EmailMessage(_Unfolded())
    mail["From"] = Address(name, addr_spec=address)
    mail["To"] = Address(addr_spec=to)
    mail["Subject"] = message.subject
    mail["Date"] = format_datetime(sent_at)
    mail["Message-ID"] = message_id
    if leave_link:
        mail["List-Unsubscribe"] = f"<{leave_link}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(text(message, leave_link), cte="quoted-printable")
    mail.add_alternative(html(message, leave_link), subtype="html", cte="quoted-printable")
    return mail


def message_id(recipient: str, kind: str, versions: str, sender: str) -> str:
    """The same for the same recipient, kind and versions, so that a message sent twice can be recognized."""
    digest = hashlib.sha256("\n".join((recipient, kind, versions)).encode()).hexdigest()[:40]
    return f"<{digest}@{parseaddr(sender)[1].rpartition('@')[2] or 'cwac.invalid'}>"


def text(message: Message, leave_link: str) -> str:
    lines = [line for note in message.notes for line in (note, "")]
    for part in message.parts:
        lines += [part.title, "=" * min(len(part.title), WIDTH), ""]
        for section in part.sections:
            lines.append(section.heading)
            for line in section.lines:
                lines.append(f"* {line.text}")
                if line.action:
                    lines.append("  " + ": ".join(filter(None, line.action)))
                if line.link and not (line.action and line.action[1]):
                    lines.append(f"  {line.link}")
            if section.more:
                lines.append(f"  {section.more}: {section.link}" if section.link else f"  {section.more}")
            lines.append("")
        lines += [f"Open the dashboard: {part.link}", ""] if part.link else []
    lines += ["--", message.reason]
    lines += [f"To stop these messages: {leave_link}"] if leave_link else []
    return "\n".join(lines) + "\n"


_FONT = "font-family:-apple-system,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_STYLE = (
    ":root{color-scheme:light dark;supported-color-schemes:light dark}"
    "@media (prefers-color-scheme:dark){"
    "body,.page{background:#16191d!important}.card{background:#20252b!important}"
    ".text,.head{color:#eceff1!important}.quiet{color:#b8c0c8!important}"
    "a{color:#8fc1ff!important}.line{border-color:#3a424b!important}}"
)


def html(message: Message, leave_link: str) -> str:
    """The message as HTML: tables and inline styles for Outlook, one column, colors for both themes."""
    looks = f'class="text" style="margin:0;{_FONT};font-size:15px;color:#16191d"'
    body = "".join(_row(f"<p {looks}><b>{escape(note)}</b></p>", 4) for note in message.notes)
    for part in message.parts:
        body += _row(
            f'<h1 class="head" style="margin:0;{_FONT};font-size:20px;color:#16191d">{escape(part.title)}</h1>', 8
        )
        body += "".join(_section(section) for section in part.sections)
        if part.link:
            words = _link("<b>Open the dashboard</b>", part.link)
            body += _row(f'<p style="margin:0;{_FONT};font-size:15px">{words}</p>', 12)
    footer = escape(message.reason) + (f"<br>{_link('Stop these messages', leave_link)}" if leave_link else "")
    quiet = f'<p class="quiet" style="margin:0;{_FONT};font-size:13px;line-height:1.5;color:#4b5560">{footer}</p>'
    return (
        '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(message.subject)}</title><style>{_STYLE}</style></head>"
        '<body class="page" style="margin:0;padding:0;background:#f2f4f6">'
        '<table role="presentation" class="page" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="background:#f2f4f6"><tr><td align="center" style="padding:16px 8px">'
        '<table role="presentation" class="card" width="100%" cellpadding="0" cellspacing="0" border="0" '
        'style="max-width:600px;background:#ffffff;border-radius:8px"><tr><td style="padding:16px 20px">'
        '<table role="main" width="100%" cellpadding="0" cellspacing="0" border="0">'
        f"{body}"
        f"{_row(quiet, 16)}"
        "</table></td></tr></table></td></tr></table></body></html>"
    )


def _row(inner: str, top: int) -> str:
    return f'<tr><td style="padding:{top}px 0 0 0">{inner}</td></tr>'


def _link(html: str, address: str | None) -> str:
    return f'<a href="{escape(address)}" style="color:#0b57a4">{html}</a>' if address else html


def _section(section: MessageSection) -> str:
    heading, more = escape(section.heading), escape(section.more)
    lines = "".join(_line(line) for line in section.lines)
    if more:
        words = _link(f"{more}: {heading.lower()}" if section.link else more, section.link)
        lines += f'<p class="text" style="margin:0;padding:7px 0;{_FONT};font-size:14px;color:#16191d">{words}</p>'
    return _row(
        f'<h2 class="head" style="margin:0 0 4px 0;{_FONT};font-size:16px;color:#16191d">{heading}</h2>{lines}', 16
    )


def _line(line: MessageLine) -> str:
    words = _link(escape(line.words), line.link)
    words += f"<br>{escape(line.detail[0].upper() + line.detail[1:])}" if line.detail else ""
    if line.action:
        label, address = line.action
        words += f"<br>{_link(f'<b>{escape(label)}</b>', address)}"
    return (
        f'<p class="text line" style="margin:0;padding:7px 0;border-top:1px solid #dfe3e7;{_FONT};font-size:15px;'
        f'line-height:1.45;color:#16191d;word-break:break-word">{words}</p>'
    )


# --- SMTP ----------------------------------------------------------------------------------------------------------


class _Handing(Sockets):
    """The sockets of a try, whether the server let us in, and whether a message was handed over without an answer."""

    is_in = handed_over = False


def send(notify: Notify, email: EmailMessage, seconds: float = DEADLINE) -> None:
    """Send the email within so many seconds, connecting included. Raises `NotSent`."""
    handing = _Handing()

    def hand_over(connection: smtplib.SMTP) -> None:
        if handing.is_cut:
            raise TimeoutError
        handing.is_in = True
        code, answer = connection.mail(parseaddr(notify.sender)[1])
        if code == 250:
            code, answer = connection.rcpt(parseaddr(str(email["To"]))[1])
        if code in (250, 251):
            handing.handed_over = True
            try:
                code, answer = connection.data(email.as_bytes(policy=email.policy.clone(linesep="\r\n")))
            except smtplib.SMTPDataError as error:
                code = error.smtp_code
        if code == 250 or code >= 400:
            handing.handed_over = False
        if code != 250:
            raise smtplib.SMTPResponseException(code, answer)

    try:
        _talk(seconds, notify, handing, hand_over)
    except (smtplib.SMTPException, OSError) as error:
        # Later the server may mind one recipient or message, but before it let us in, it serves nobody.
        for_all = not handing.is_in
        if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 400:
            permanent = 500 <= error.smtp_code < 600
            found = "refuses the message" if permanent else "asks to try again later"
            found = f"The mail server {notify.server} {found} ({error.smtp_code})."
            raise NotSent(found, permanent=permanent, for_all=for_all) from None
        raise NotSent(*_broken(notify, error), maybe_arrived=handing.handed_over, for_all=for_all) from None


def check(notify: Notify) -> None:
    """Connect and sign in, without sending anything. Raises `NotSent`."""
    try:
        _talk(DEADLINE, notify, Sockets(), lambda _: None)
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(*_broken(notify, error)) from None


class _PlainSmtp(smtplib.SMTP):
    """A connection that can be cut from its greeting on."""

    def __init__(self, sockets: Sockets, *where: Any, **options: Any) -> None:
        self._sockets = sockets
        super().__init__(*where, **options)

    def getreply(self) -> tuple[int, bytes]:
        if self.sock is not None:
            self._sockets.keep(self.sock)
        return super().getreply()


class _SecureSmtp(_PlainSmtp, smtplib.SMTP_SSL):
    """The same over TLS."""


def _talk(seconds: float, notify: Notify, sockets: Sockets, talk: Callable[[smtplib.SMTP], None]) -> None:
    """Connect, sign in, talk and quit within so many seconds. Raises what broke it off."""
    context, where = ssl.create_default_context(), f"The mail server {notify.server}"
    refused = partial(NotSent, permanent=True, for_all=True)

    def connect() -> bool:
        if notify.security == "tls":
            connection: smtplib.SMTP = _SecureSmtp(
                sockets, notify.server, notify.port, timeout=TIMEOUT, context=context
            )
        else:
            connection = _PlainSmtp(sockets, notify.server, notify.port, timeout=TIMEOUT)
        try:
            connection.ehlo_or_helo_if_needed()
            if notify.security == "starttls":
                if not connection.has_extn("starttls"):
                    found = f"{where} offers no encryption (STARTTLS), so nothing is sent to it."
                    raise refused(found, "check port and security in [notify].")
                connection.starttls(context=context)
                connection.ehlo()
            if notify.user:
                try:
                    connection.login(notify.user, notify.password)
                except smtplib.SMTPAuthenticationError as error:
                    found = f"{where} does not accept user and password of [notify] ({error.smtp_code})."
                    raise refused(found) from None
                except smtplib.SMTPNotSupportedError:
                    raise refused(f"{where} does not ask anybody to sign in.", "remove user and password.") from None
            talk(connection)
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
        finally:
            connection.close()
        return True

    if within(seconds, sockets, connect) is None:
        raise TimeoutError


_FAULTS: tuple[tuple[type[Exception], str, str], ...] = (
    (
        ssl.SSLCertVerificationError,
        "has a certificate that cannot be trusted, so nothing is sent to it.",
        "check server in [notify].",
    ),
    (ssl.SSLError, "does not speak TLS on port {port}.", "check port and security in [notify]."),
    (smtplib.SMTPResponseException, "does not speak SMTP on port {port}.", "check server and port in [notify]."),
    (socket.gaierror, "is not known by that name.", "check server in [notify]."),
    (TimeoutError, "does not answer on port {port}.", "check the network, port and security in [notify]."),
    (ConnectionRefusedError, "refuses connections on port {port}.", "check server and port in [notify]."),
    (Exception, "broke off the connection.", ""),
)
"""What broke the connection off, in words, and the remedy; the first that fits."""


def _broken(notify: Notify, error: Exception) -> tuple[str, str]:
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 400:
        return f"The mail server {notify.server} lets nobody in at the moment ({error.smtp_code}).", ""
    found, remedy = next((found, remedy) for kind, found, remedy in _FAULTS if isinstance(error, kind))
    return f"The mail server {notify.server} {found.format(port=notify.port)}", remedy


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
    def send_envelope(envelope: Envelope) -> None:
        message, recipient = envelope.message, envelope.recipient
        if recipient.channel != "email":
            post(recipient.channel, recipient.address, message, envelope.seconds)
            return
        head = recipient.address, envelope.message_id, envelope.sent_at, envelope.leave_link
        send(notify, email(message, notify.sender, *head), envelope.seconds)

    return send_envelope


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
        waited = with_noun(str(half_up(seconds if isinstance(error, TooLate) else TIMEOUT)), "second")
        raise NotSent(f"{where} did not answer in {waited}.", maybe_arrived=True) from None
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
