"""Sending a message by the channel of its recipient."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from cwac.notify import google_chat, slack, smtp, teams
from cwac.notify.channel import Envelope, Send
from cwac.notify.mail import email
from cwac.notify.message import Message
from cwac.notify.settings import Channel, Notify

WEBHOOKS: Mapping[Channel, Callable[[str, Message, float], None]] = {
    "teams": teams.send,
    "slack": slack.send,
    "google_chat": google_chat.send,
}


def sender(notify: Notify) -> Send:
    """A function that sends a message, or raises `NotSent`."""

    def send(envelope: Envelope) -> None:
        recipient = envelope.recipient
        if recipient.channel != "email":
            WEBHOOKS[recipient.channel](recipient.address, envelope.message, envelope.seconds)
            return
        mail = email(
            envelope.message,
            notify.sender,
            recipient.address,
            envelope.message_id,
            envelope.sent_at,
            envelope.leave_link,
        )
        smtp.send(notify, mail, envelope.seconds)

    return send
