"""The HTTP session for Microsoft Graph: one deadline, bounded answers, and downloads without the access token."""

from __future__ import annotations

import ipaddress
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urljoin, urlsplit

import orjson
import requests

from cwac.sources.bare_session import BareSession, no_credentials
from cwac.sources.deadline import Adapter, TooLate, within

MOST_JSON = 4 * 2**20
"""Bytes of an answer that is not the workbook."""

MOST_REDIRECTS = 5
_REDIRECTS = (301, 302, 303, 307, 308)


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; of its body at most as many bytes as were asked for."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Refused(Exception):  # noqa: N818
    """An HTTP answer other than success, from `whom`: Graph, the download host or the sign-in service."""

    def __init__(self, answer: Answer, whom: str = "graph") -> None:
        super().__init__(answer.status)
        self.status, self.headers, self.whom = answer.status, answer.headers, whom
        content = _content(answer.body)
        error = content.get("error")
        self.is_page = bool(answer.body.strip()) and not content
        self.error: Mapping[str, Any] = error if isinstance(error, dict) else content
        inner = self.error.get("innerError") or self.error.get("innererror")
        self.codes = {str(part["code"]) for part in (self.error, inner) if isinstance(part, dict) and "code" in part}
        self.message = str(self.error.get("message", ""))


class TooBig(Exception):  # noqa: N818
    """An answer is longer than what was asked for."""


class NotSafe(Exception):  # noqa: N818
    """A redirect leads to an address without TLS, or there are too many."""


def _content(body: bytes) -> Mapping[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


class Calls:
    """The HTTP calls of one fetch, which share a deadline of so many seconds. Raises `TooLate` after it.

    `connect` and `read` limit each wait for the network. The session has no cookies, and no password from ~/.netrc.
    """

    def __init__(self, seconds: float, connect: float, read: float) -> None:
        _hide_queries_in_logs()
        self._seconds, self._waits = seconds, (connect, read)
        self._until = time.monotonic() + seconds
        self._adapter = Adapter()
        self._session = BareSession()
        self._session.mount("https://", self._adapter)
        self._session.mount("http://", self._adapter)
        self._session.headers["User-Agent"] = "cwac"

    def close(self) -> None:
        self._session.close()

    def get(
        self, address: str, headers: Mapping[str, str] | None = None, limit: int = MOST_JSON, **more: Any
    ) -> Answer:
        """The answer to one GET; redirects are not followed. Raises `TooBig` beyond `limit` bytes."""
        return self._send("get", address, headers, limit, **more)

    def post(self, address: str, headers: Mapping[str, str] | None = None, **more: Any) -> Answer:
        return self._send("post", address, headers, MOST_JSON, **more)

    def _send(self, method: str, address: str, headers: Mapping[str, str] | None, limit: int, **more: Any) -> Answer:
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
                return Answer(response.status_code, response.headers, _bounded(response, limit))

        answer = within(left, self._adapter, send)
        if answer is None:
            raise TooLate(self._seconds)
        return answer


def _bounded(response: requests.Response, limit: int) -> bytes:
    if response.status_code in _REDIRECTS:
        return b""
    body = bytearray()
    for chunk in response.iter_content(65_536):
        body += chunk
        if len(body) > limit:
            raise TooBig(limit)
    return bytes(body)


class Graph:
    """Reads from Graph at `base`, such as `https://graph.microsoft.com`; `token` gives the access token for a call."""

    def __init__(self, calls: Calls, base: str, token: Callable[[], str]) -> None:
        self._calls, self._base, self._token = calls, base, token

    def read(self, path: str, if_none_match: str | None = None) -> Mapping[str, Any] | None:
        """The JSON object at a path of version 1.0, or the next page; None if it still has the tag (304).

        Raises `Refused`, and `ValueError` if the answer is no JSON object.
        """
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        if if_none_match is not None:
            headers["If-None-Match"] = if_none_match
        answer = self._calls.get(self._address(path), headers)
        if answer.status == 304 and if_none_match is not None:
            return None
        if answer.status != 200:
            raise Refused(answer)
        content = _content(answer.body)
        if not content:
            raise ValueError("not a JSON object")
        return content

    def download(self, path: str, limit: int) -> Answer:
        """The file at a path, of at most `limit` bytes.

        Graph redirects to another host, with an address that is good for some minutes: the token stays with Graph.
        Raises `Refused`, `TooBig` and `NotSafe`.
        """
        address = self._address(path)
        answer = self._calls.get(address, {"Authorization": f"Bearer {self._token()}"}, limit)
        whom = "graph"
        for _ in range(MOST_REDIRECTS):
            if answer.status not in _REDIRECTS:
                break
            address, whom = self._target(address, answer.headers.get("Location", "")), "download"
            answer = self._calls.get(address, {"Accept-Encoding": "identity"}, limit)
        if answer.status in _REDIRECTS:
            raise NotSafe
        if answer.status != 200:
            raise Refused(answer, whom)
        return answer

    def _address(self, path: str) -> str:
        """The address of a path, or of a next page, which must be at Graph: the token is sent there."""
        if not path.startswith("/"):
            if not path.startswith(f"{self._base}/v1.0/"):
                raise ValueError("a next page at another host")
            return path
        return f"{self._base}/v1.0{path}"

    def _target(self, address: str, location: str) -> str:
        """Where a redirect leads: with TLS, or to this machine where Graph itself is there. Raises `NotSafe`."""
        try:
            target = urljoin(address, location)
            parts = urlsplit(target)
            host = parts.hostname or ""
        except ValueError:
            raise NotSafe from None
        is_local = parts.scheme == "http" and _is_loopback(host) and _is_loopback(urlsplit(self._base).hostname or "")
        if not host or "@" in parts.netloc or not (parts.scheme == "https" or is_local):
            raise NotSafe
        return target


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _hide_queries_in_logs() -> None:
    """Keep urllib3 from logging queries and sharing links, with which anybody could fetch the file."""
    logger = logging.getLogger("urllib3.connectionpool")
    if _without_secrets not in logger.filters:
        logger.addFilter(_without_secrets)


def _without_secrets(record: logging.LogRecord) -> bool:
    if isinstance(record.args, tuple):
        record.args = tuple(_without_query(each) for each in record.args)
    return True


def _without_query(text: object) -> object:
    if not isinstance(text, str) or not text.startswith(("/", "http")):
        return text
    path, mark, _ = text.partition("?")
    start, shares, _ = path.partition("/shares/")
    return f"{start}{shares}…" if shares else f"{path}{mark and '?…'}"
