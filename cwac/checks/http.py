"""One GET without credentials, bounded in time and size, for the checks that look at the network."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass

import requests

from cwac.sources.bare_session import BareSession, no_credentials

CONNECT_SECONDS, READ_SECONDS, MOST_BYTES = 5.0, 10.0, 262_144


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer, redirects not followed; `body` is cut off at the limit asked for, `received` is our clock."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: dt.datetime


class Unreachable(Exception):  # noqa: N818 - it says what happened
    """There was no answer; the message says why, as the end of a sentence."""


def get(address: str, headers: Mapping[str, str] | None = None, limit: int = MOST_BYTES) -> Answer:
    """The answer to one GET; of its body at most `limit` bytes. Raises `Unreachable`."""
    until = time.monotonic() + READ_SECONDS
    try:
        with (
            BareSession() as session,
            session.get(
                address,
                headers=dict(headers or {}),
                allow_redirects=False,
                stream=True,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                auth=no_credentials,
            ) as response,
        ):
            received, body = dt.datetime.now(dt.UTC), b""
            while len(body) < limit and time.monotonic() < until:
                if not (chunk := response.raw.read(min(8192, limit - len(body)), decode_content=True)):
                    break
                body += chunk
            return Answer(response.status_code, response.headers, body[:limit], received)
    except (OSError, ValueError) as error:  # requests' own are OSErrors; urllib3 refuses some addresses by ValueError
        raise Unreachable(_why(error)) from None
    except Exception as error:
        raise Unreachable(f"the connection broke off ({type(error).__name__})") from None


def _why(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its TLS certificate is not accepted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy did not let the call through"
    if "NameResolution" in str(error) or "Name or service" in str(error):
        return "its name could not be looked up"
    if isinstance(error, requests.ConnectionError):
        return "no connection could be made"
    return "its address cannot be used"
