"""HTTP calls that share one deadline: bounded answers, no redirects followed, no cookies, no password from ~/.netrc."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import requests

from cwac.clock import read_clock
from cwac.sources.deadline import Adapter, TooBig, TooLate, within

MOST_JSON = 4 * 2**20
"""Bytes of an answer that is not the workbook."""

MOST_REDIRECTS = 5
REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; of its body at most as many bytes as were asked for. `received` is our clock at its headers."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    received: dt.datetime


class Calls:
    """HTTP calls that share a deadline, in seconds. Raises `TooLate` after it, and network errors of requests.

    `connect` and `read` limit each wait for the network.
    """

    def __init__(self, seconds: float, connect: float, read: float) -> None:
        self._seconds, self._waits = seconds, (connect, read)
        self._until = time.monotonic() + seconds
        self._adapter = Adapter()
        self._session = _BareSession()
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)
        self._session.headers["User-Agent"] = "cwac"

    def close(self) -> None:
        self._session.close()

    def get(
        self, address: str, headers: Mapping[str, str] | None = None, limit: int = MOST_JSON, **more: Any
    ) -> Answer:
        """The answer to one GET. A body beyond `limit` bytes raises `TooBig`, or is cut off there if not `whole`."""
        return self._send("get", address, headers, limit, **more)

    def post(
        self, address: str, headers: Mapping[str, str] | None = None, limit: int = MOST_JSON, **more: Any
    ) -> Answer:
        """The answer to one POST, as `get` gives it."""
        return self._send("post", address, headers, limit, **more)

    def _send(
        self, method: str, address: str, headers: Mapping[str, str] | None, limit: int, whole: bool = True, **more: Any
    ) -> Answer:
        left = self._until - time.monotonic()
        if left <= 0:
            raise TooLate(self._seconds)
        connect, read = (min(each, left + 1) for each in self._waits)

        def send() -> Answer:
            with self._session.request(
                method, address, headers=dict(headers or {}), timeout=(connect, read), stream=True,
                allow_redirects=False, auth=no_credentials, **more,
            ) as response:  # fmt: skip
                self._session.cookies.clear()
                received = read_clock()
                return Answer(response.status_code, response.headers, _body(response, limit, whole), received)

        answer = within(left, self._adapter.sockets, send)
        if answer is None:
            raise TooLate(self._seconds)
        return answer


def _body(response: requests.Response, limit: int, whole: bool) -> bytes:
    if response.status_code in REDIRECTS or (limit == 0 and not whole):
        return b""
    body = bytearray()
    for chunk in response.iter_content(min(limit, 65_536) or 1):
        body += chunk
        if len(body) > limit or (len(body) == limit and not whole):
            if whole:
                raise TooBig(limit)
            break
    return bytes(body[:limit])


class _BareSession(requests.Session):
    def get_redirect_target(self, resp: requests.Response) -> None:
        """Not even looked up: requests would read the whole body of a redirect to do so."""


def no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    """Keeps requests from taking a password for this host out of ~/.netrc."""
    return request
