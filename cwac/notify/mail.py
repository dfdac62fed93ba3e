"""A message as an email: plain text and HTML, both complete, without tracking and without remote pictures."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from email.header import Header
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import EmailPolicy
from email.utils import format_datetime, parseaddr
from html import escape

from cwac.notify.message import Message, MessageLine, MessageSection

WIDTH = 72
LONGEST_LINE = 900
"""Characters of a header that stay on one line; RFC 5322 allows 998."""


class _Unfolded(EmailPolicy):
    """Writes each header on one line, since the library's folding encodes a long link as if it were words.

    Only words that are not ASCII, or longer than any line may be, are encoded and folded.
    """

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


# --- plain text ---------------------------------------------------------------------------------------------------


def text(message: Message, leave_link: str) -> str:
    """The message as plain text, with every link written out."""
    lines = list(_text_lines(message))
    lines += ["--", message.reason]
    lines += [f"To stop these messages: {leave_link}"] if leave_link else []
    return "\n".join(lines) + "\n"


def _text_lines(message: Message) -> Iterator[str]:
    for note in message.notes:
        yield note
        yield ""
    for part in message.parts:
        yield part.title
        yield "=" * min(len(part.title), WIDTH)
        yield ""
        for section in part.sections:
            yield section.heading
            for line in section.lines:
                yield f"* {line.text}"
                if line.action:
                    yield "  " + ": ".join(filter(None, line.action))
                if line.link and not (line.action and line.action[1]):
                    yield f"  {line.link}"
            if section.more:
                yield f"  {section.more}: {section.link}" if section.link else f"  {section.more}"
            yield ""
        if part.link:
            yield f"Open the dashboard: {part.link}"
            yield ""


# --- HTML ---------------------------------------------------------------------------------------------------------

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
    body = "".join(_note(note) for note in message.notes)
    for part in message.parts:
        body += _row(
            f'<h1 class="head" style="margin:0;{_FONT};font-size:20px;color:#16191d">{escape(part.title)}</h1>', 8
        )
        body += "".join(_section(section) for section in part.sections)
        if part.link:
            words = f'<a href="{escape(part.link)}" style="color:#0b57a4"><b>Open the dashboard</b></a>'
            body += _row(f'<p style="margin:0;{_FONT};font-size:15px">{words}</p>', 12)
    footer = escape(message.reason)
    if leave_link:
        footer += f'<br><a href="{escape(leave_link)}" style="color:#0b57a4">Stop these messages</a>'
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


def _note(note: str) -> str:
    return _row(f'<p class="text" style="margin:0;{_FONT};font-size:15px;color:#16191d"><b>{escape(note)}</b></p>', 4)


def _section(section: MessageSection) -> str:
    heading = escape(section.heading)
    lines = "".join(_line(line) for line in section.lines)
    more = ""
    if section.more:
        words = escape(section.more)
        if section.link:
            words = f'<a href="{escape(section.link)}" style="color:#0b57a4">{words}: {heading.lower()}</a>'
        more = f'<p class="text" style="margin:0;padding:7px 0;{_FONT};font-size:14px;color:#16191d">{words}</p>'
    return _row(
        f'<h2 class="head" style="margin:0 0 4px 0;{_FONT};font-size:16px;color:#16191d">{heading}</h2>{lines}{more}',
        16,
    )


def _line(line: MessageLine) -> str:
    words = escape(line.words)
    if line.link:
        words = f'<a href="{escape(line.link)}" style="color:#0b57a4">{words}</a>'
    words += f"<br>{escape(line.detail[0].upper() + line.detail[1:])}" if line.detail else ""
    action = ""
    if line.action:
        label, address = line.action
        cell = f"<b>{escape(label)}</b>"
        if address:
            cell = f'<a href="{escape(address)}" style="color:#0b57a4">{cell}</a>'
        action = f"<br>{cell}"
    return (
        f'<p class="text line" style="margin:0;padding:7px 0;border-top:1px solid #dfe3e7;{_FONT};font-size:15px;'
        f'line-height:1.45;color:#16191d;word-break:break-word">{words}{action}</p>'
    )
