"""What all channels share: a message to send, a failed try, and posting to a webhook."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import requests

from cwac.notify.message import Message
from cwac.notify.recipients import Recipient
from cwac.rounding import half_up
from cwac.sources.deadline import TooLate
from cwac.sources.http_calls import REDIRECTS, Calls
from cwac.sources.http_trouble import seconds_of

TIMEOUT = 10.0
"""Seconds for each step of a connection."""
DEADLINE = 30.0
"""Seconds for a whole message, however slowly the service answers."""


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


class NotSent(Exception):  # noqa: N818 - the name says what happened, to people
    """A message that was not sent: what was found, and the remedy, for the operator and without any secret.

    `maybe_arrived`: the connection broke after the message was handed over, so it may have arrived. `permanent`: the
    same try will fail again until somebody changes something. `for_all`: so will one for anybody else of this channel.
    `retry_after` is how many seconds the service asks to wait.
    """

    def __init__(
        self,
        found: str,
        remedy: str = "",
        *,
        maybe_arrived: bool = False,
        permanent: bool = False,
        for_all: bool = False,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(f"{found.removesuffix('.')}: {remedy}" if remedy else found)
        self.found, self.remedy = found, remedy
        self.maybe_arrived = maybe_arrived
        self.permanent = permanent
        self.for_all = for_all
        self.retry_after = retry_after


def post(
    service: str, address: str, body: Mapping[str, Any], seconds: float, accepted: tuple[int, ...] = (200, 202)
) -> None:
    """Post JSON to a webhook; redirects are refused, as they could lead anywhere. Raises `NotSent`."""
    host = urlsplit(address).hostname
    calls = Calls(seconds, TIMEOUT, TIMEOUT)
    try:
        content = json.dumps(body).encode()
        answer = calls.post(address, {"Content-Type": "application/json"}, 0, whole=False, data=content)
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
