"""Email over SMTP, with STARTTLS or TLS. A server that offers neither is refused, except on this machine."""

from __future__ import annotations

import smtplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from email.message import EmailMessage
from email.utils import parseaddr

from cwac.notify.channel import TIMEOUT, NotSent
from cwac.settings.notify import Notify

DEADLINE = 30.0
"""Seconds for a whole message, however slowly the server answers."""


def send(notify: Notify, mail: EmailMessage) -> None:
    """Send the email. Raises `NotSent`."""
    handed_over = False
    try:
        with _connected(notify) as connection:
            code, answer = connection.mail(parseaddr(notify.sender)[1])
            if code == 250:
                code, answer = connection.rcpt(parseaddr(str(mail["To"]))[1])
            if code not in (250, 251):
                raise smtplib.SMTPResponseException(code, answer)
            handed_over = True
            code, answer = connection.data(mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")))
            if code != 250:
                handed_over = False
                raise smtplib.SMTPResponseException(code, answer)
            handed_over = False
            with suppress(smtplib.SMTPException, OSError):
                connection.quit()
    except smtplib.SMTPResponseException as error:
        if error.smtp_code < 400:
            raise NotSent(*_broken(notify, error), maybe_arrived=handed_over) from None
        permanent = 500 <= error.smtp_code < 600
        again = "refuses the message" if permanent else "asks to try again later"
        raise NotSent(f"The mail server {notify.server} {again} ({error.smtp_code}).", permanent=permanent) from None
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(*_broken(notify, error), maybe_arrived=handed_over) from None


def check(notify: Notify) -> None:
    """Connect and sign in, without sending anything. Raises `NotSent`."""
    try:
        with _connected(notify) as connection, suppress(smtplib.SMTPException, OSError):
            connection.quit()
    except (smtplib.SMTPException, OSError) as error:
        raise NotSent(*_broken(notify, error)) from None


@contextmanager
def _connected(notify: Notify) -> Iterator[smtplib.SMTP]:
    """A connection that is encrypted and signed in, and cut after `DEADLINE` seconds."""
    context = ssl.create_default_context()
    if notify.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(notify.server, notify.port, timeout=TIMEOUT, context=context)
    else:
        connection = smtplib.SMTP(notify.server, notify.port, timeout=TIMEOUT)
    cut = threading.Timer(DEADLINE, _cut, (connection,))
    cut.daemon = True
    cut.start()
    try:
        connection.ehlo_or_helo_if_needed()
        if notify.security == "starttls":
            if not connection.has_extn("starttls"):
                raise NotSent(
                    f"The mail server {notify.server} offers no encryption (STARTTLS), so nothing is sent to it.",
                    "check port and security in [notify].",
                    permanent=True,
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
                ) from None
            except smtplib.SMTPNotSupportedError:
                raise NotSent(
                    f"The mail server {notify.server} does not ask anybody to sign in.",
                    "remove user and password.",
                    permanent=True,
                ) from None
        yield connection
    finally:
        cut.cancel()
        connection.close()


def _cut(connection: smtplib.SMTP) -> None:
    with suppress(OSError, AttributeError):
        connection.sock.shutdown(socket.SHUT_RDWR)  # type: ignore[union-attr]


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
