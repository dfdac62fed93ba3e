"""Email over SMTP, with STARTTLS or TLS. A server that offers neither is refused, except on this machine."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Any

from cwac.notify.channel import DEADLINE, TIMEOUT, NotSent
from cwac.notify.settings import Notify
from cwac.sources.deadline import Sockets, within


class _Handing(Sockets):
    """The sockets of a try, whether the server let us in, and whether a message was handed over without an answer."""

    is_in = handed_over = False


def send(notify: Notify, mail: EmailMessage, seconds: float = DEADLINE) -> None:
    """Send the email within so many seconds, connecting included. Raises `NotSent`."""
    handing = _Handing()

    def send_it() -> bool:
        try:
            with _connected(notify, handing) as connection:
                if handing.is_cut:
                    raise TimeoutError
                handing.is_in = True
                _hand_over(connection, notify, mail, handing)
        except (smtplib.SMTPException, OSError) as error:
            raise _not_sent(notify, error, handing) from None
        return True

    _within(seconds, notify, handing, send_it)


def _hand_over(connection: smtplib.SMTP, notify: Notify, mail: EmailMessage, handing: _Handing) -> None:
    code, answer = connection.mail(parseaddr(notify.sender)[1])
    if code == 250:
        code, answer = connection.rcpt(parseaddr(str(mail["To"]))[1])
    if code in (250, 251):
        handing.handed_over = True
        try:
            code, answer = connection.data(mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")))
        except smtplib.SMTPDataError as error:
            code = error.smtp_code
    if code < 400 and code != 250:
        raise smtplib.SMTPResponseException(code, answer)
    handing.handed_over = False
    if code >= 400:
        raise _refused(notify, code)
    with suppress(smtplib.SMTPException, OSError):
        connection.quit()


def _refused(notify: Notify, code: int, *, for_all: bool = False) -> NotSent:
    permanent = 500 <= code < 600
    again = "refuses the message" if permanent else "asks to try again later"
    return NotSent(f"The mail server {notify.server} {again} ({code}).", permanent=permanent, for_all=for_all)


def check(notify: Notify) -> None:
    """Connect and sign in, without sending anything. Raises `NotSent`."""
    handing = _Handing()

    def connect() -> bool:
        try:
            with _connected(notify, handing) as connection, suppress(smtplib.SMTPException, OSError):
                connection.quit()
        except (smtplib.SMTPException, OSError) as error:
            raise NotSent(*_broken(notify, error)) from None
        return True

    _within(DEADLINE, notify, handing, connect)


def _within(seconds: float, notify: Notify, handing: _Handing, call: Callable[[], bool]) -> None:
    if within(seconds, handing, call) is None:
        raise _not_sent(notify, TimeoutError(), handing)


def _not_sent(notify: Notify, error: Exception, handing: _Handing) -> NotSent:
    """Later the server may mind one recipient or message, but before it let us in, it serves nobody."""
    if isinstance(error, smtplib.SMTPResponseException) and error.smtp_code >= 400:
        return _refused(notify, error.smtp_code, for_all=not handing.is_in)
    return NotSent(*_broken(notify, error), maybe_arrived=handing.handed_over, for_all=not handing.is_in)


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


@contextmanager
def _connected(notify: Notify, sockets: Sockets) -> Iterator[smtplib.SMTP]:
    """A connection that is encrypted and signed in."""
    context = ssl.create_default_context()
    if notify.security == "tls":
        connection: smtplib.SMTP = _SecureSmtp(sockets, notify.server, notify.port, timeout=TIMEOUT, context=context)
    else:
        connection = _PlainSmtp(sockets, notify.server, notify.port, timeout=TIMEOUT)
    try:
        connection.ehlo_or_helo_if_needed()
        if notify.security == "starttls":
            if not connection.has_extn("starttls"):
                raise NotSent(
                    f"The mail server {notify.server} offers no encryption (STARTTLS), so nothing is sent to it.",
                    "check port and security in [notify].",
                    permanent=True,
                    for_all=True,
                )
            connection.starttls(context=context)
            connection.ehlo()
        if notify.user:
            try:
                connection.login(notify.user, notify.password)
            except smtplib.SMTPAuthenticationError as error:
                raise NotSent(
                    f"The mail server {notify.server} does not accept user and password of [notify] "
                    f"({error.smtp_code}).",
                    permanent=True,
                    for_all=True,
                ) from None
            except smtplib.SMTPNotSupportedError:
                raise NotSent(
                    f"The mail server {notify.server} does not ask anybody to sign in.",
                    "remove user and password.",
                    permanent=True,
                    for_all=True,
                ) from None
        yield connection
    finally:
        connection.close()


def _broken(notify: Notify, error: Exception) -> tuple[str, str]:
    """What was found, and the remedy if there is one."""
    where = f"The mail server {notify.server}"
    if isinstance(error, ssl.SSLCertVerificationError):
        return (
            f"{where} has a certificate that cannot be trusted, so nothing is sent to it.",
            "check server in [notify].",
        )
    if isinstance(error, ssl.SSLError):
        return f"{where} does not speak TLS on port {notify.port}.", "check port and security in [notify]."
    if isinstance(error, smtplib.SMTPResponseException):
        if error.smtp_code >= 400:
            return f"{where} lets nobody in at the moment ({error.smtp_code}).", ""
        return f"{where} does not speak SMTP on port {notify.port}.", "check server and port in [notify]."
    if isinstance(error, socket.gaierror):
        return f"{where} is not known by that name.", "check server in [notify]."
    if isinstance(error, TimeoutError):
        return f"{where} does not answer on port {notify.port}.", "check the network, port and security in [notify]."
    if isinstance(error, ConnectionRefusedError):
        return f"{where} refuses connections on port {notify.port}.", "check server and port in [notify]."
    return f"{where} broke off the connection.", ""
