"""One GET without credentials, bounded in time and size, for the checks that look at the network."""

from __future__ import annotations

from collections.abc import Mapping

import requests

from cwac.settings import LOOPBACK, host_of
from cwac.sources.http_calls import Answer as Answer
from cwac.sources.http_calls import Calls, TooLate

CONNECT_SECONDS, SECONDS, MOST_BYTES = 5.0, 10.0, 262_144


class Unreachable(Exception):  # noqa: N818 - it says what happened
    """There was no answer; the message says why, as the end of a sentence."""


def get(address: str, headers: Mapping[str, str] | None = None, limit: int = MOST_BYTES) -> Answer:
    """The answer to one GET within `SECONDS`, of its body at most `limit` bytes; raises `Unreachable`."""
    direct = {"proxies": {"http": None, "https": None, "all": None}} if host_of(address) in LOOPBACK else {}
    calls = Calls(SECONDS, CONNECT_SECONDS, SECONDS)
    try:
        return calls.request("get", address, headers, limit, whole=False, **direct)
    except TooLate:
        raise Unreachable("it did not answer in time") from None
    except (OSError, ValueError) as error:  # requests' own are OSErrors; urllib3 refuses some addresses by ValueError
        raise Unreachable(_why(error)) from None
    except Exception as error:
        raise Unreachable(f"the connection broke off ({type(error).__name__})") from None
    finally:
        calls.close()


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
