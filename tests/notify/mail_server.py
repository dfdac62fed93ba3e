"""A real SMTP server on this machine, which keeps what it is sent."""

import email
import email.policy
import socket
from contextlib import contextmanager

from aiosmtpd.controller import Controller


class Inbox:
    """The messages accepted, in order, and the lines of their headers as received (`heads`).

    `refuse` and `refuse_sender` are answers to a message and to its sender.
    """

    def __init__(self):
        self.messages = []
        self.heads = []
        self.refuse = self.refuse_sender = None

    async def handle_MAIL(self, server, session, envelope, address, options):  # noqa: N802, ARG002
        if self.refuse_sender is not None:
            return self.refuse_sender
        envelope.mail_from = address
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):  # noqa: N802, ARG002 - the names are the library's
        if self.refuse is not None:
            return self.refuse
        self.heads.append(envelope.content.partition(b"\r\n\r\n")[0].decode("ascii").split("\r\n"))
        message = email.message_from_bytes(envelope.content, policy=email.policy.default)
        self.messages.append((tuple(envelope.rcpt_tos), message))
        return "250 OK"


@contextmanager
def mail_server(**options):
    """Yields the inbox and the port."""
    inbox = Inbox()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    controller = Controller(inbox, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield inbox, port
    finally:
        controller.stop(no_assert=True)
