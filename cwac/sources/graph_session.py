"""Calls of Microsoft Graph: refusals, and downloads without the access token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urljoin

import orjson

from cwac.settings import is_encrypted_or_local
from cwac.sources.http_calls import MOST_REDIRECTS, REDIRECTS, Answer, Calls


class RefusedByMicrosoft(Exception):  # noqa: N818
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


class NotSafe(Exception):  # noqa: N818
    """A redirect leads to an address without TLS, or there are too many."""


def _content(body: bytes) -> Mapping[str, Any]:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return {}
    return content if isinstance(content, dict) else {}


class Graph:
    """Reads from Graph at `base`, such as `https://graph.microsoft.com`; `token` gives the access token for a call."""

    def __init__(self, calls: Calls, base: str, token: Callable[[], str]) -> None:
        self._calls, self._base, self._token = calls, base, token

    def read(self, path: str, if_none_match: str | None = None) -> Mapping[str, Any] | None:
        """The JSON object at a path of version 1.0, or the next page; None if it still has the tag (304).

        Raises `RefusedByMicrosoft`, and `ValueError` if the answer is no JSON object.
        """
        headers = {"Authorization": f"Bearer {self._token()}", "Accept": "application/json"}
        if if_none_match is not None:
            headers["If-None-Match"] = if_none_match
        answer = self._calls.get(self._address(path), headers)
        if answer.status == 304 and if_none_match is not None:
            return None
        if answer.status != 200:
            raise RefusedByMicrosoft(answer)
        content = _content(answer.body)
        if not content:
            raise ValueError("not a JSON object")
        return content

    def download(self, path: str, limit: int) -> Answer:
        """The file at a path, of at most `limit` bytes.

        Graph redirects to another host, with an address that is good for some minutes: the token stays with Graph.
        Raises `RefusedByMicrosoft`, `TooBig` and `NotSafe`.
        """
        address = self._address(path)
        answer = self._calls.get(address, {"Authorization": f"Bearer {self._token()}"}, limit)
        whom = "graph"
        for _ in range(MOST_REDIRECTS):
            if answer.status not in REDIRECTS:
                break
            address, whom = self._target(address, answer.headers.get("Location", "")), "download"
            answer = self._calls.get(address, {"Accept-Encoding": "identity"}, limit)
        if answer.status in REDIRECTS:
            raise NotSafe
        if answer.status != 200:
            raise RefusedByMicrosoft(answer, whom)
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
        except ValueError:
            raise NotSafe from None
        leaves_tls = self._base.startswith("https:") and not target.startswith("https:")
        if leaves_tls or not is_encrypted_or_local(target):
            raise NotSafe
        return target
