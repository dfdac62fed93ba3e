"""The HTTP session for the Google Sheets API: one deadline for all calls of a fetch, and refusals."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, TypeVar

import gspread
import orjson
import requests
from google.auth.transport.requests import Request
from gspread.urls import SPREADSHEET_URL, SPREADSHEET_VALUES_BATCH_URL

from cwac.sources.deadline import Adapter, TooLate, within
from cwac.sources.quota import Quota

API = "https://sheets.googleapis.com"

_Kind = TypeVar("_Kind")


def json_part(content: object, name: str, kind: type[_Kind], default: _Kind | None = None) -> _Kind:
    """A member of a JSON object. Raises `ValueError` if it is of another type, or missing without a default."""
    part = content.get(name, default) if isinstance(content, dict) else None
    if not isinstance(part, kind):
        raise ValueError(name)
    return part


class RefusedByGoogle(Exception):  # noqa: N818
    """An HTTP answer other than success, from the API or (`token`) from a `step` of the sign-in."""

    def __init__(
        self, status: int, headers: Mapping[str, str], body: bytes, *, token: bool = False, step: str = ""
    ) -> None:
        super().__init__(status)
        self.status, self.headers, self.token, self.step = status, headers, token, step
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError:
            content = None
        self.content: dict[str, Any] = content if isinstance(content, dict) else {}
        error = self.content.get("error")
        self.error: dict[str, Any] = error if isinstance(error, dict) else {}
        self.message = str(self.error.get("message", ""))
        details = [*_listed(self.error, "details"), *_listed(self.error, "errors")]
        self.reasons = {reason for detail in details if isinstance(reason := detail.get("reason"), str)}
        self.metadata = {
            name: value
            for detail in details
            if isinstance(metadata := detail.get("metadata"), dict)
            for name, value in metadata.items()
        }

    @property
    def no_such_range(self) -> bool:
        return self.status == 400 and self.message.startswith("Unable to parse range")


def _listed(error: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    listed = error.get(name)
    return [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []


class Client(gspread.HTTPClient):
    """gspread's client with another endpoint, one deadline for all calls of a fetch, and a faster JSON parser."""

    endpoint: str
    quota: Quota
    seconds: float
    until: float
    waits: tuple[float, float]
    adapter: Adapter

    def request(self, method: str, endpoint: str, *_: Any, **asked: Any) -> requests.Response:
        """Send a request, within the deadline. Raises `TooLate`, `RefusedByGoogle` or a network error."""
        url = endpoint.replace(API, self.endpoint, 1)
        if (turn := self.quota.wait()) > 0:
            time.sleep(turn)
            self.until += turn  # our own wait does not count against Google
        left = self.until - time.monotonic()
        if left <= 0:
            raise TooLate(self.seconds)
        connect, read = (min(each, left + 1) for each in self.waits)  # the deadline itself is enforced by `within`
        response: requests.Response | None = within(
            left, self.adapter.sockets, lambda: self.session.request(method, url, timeout=(connect, read), **asked)
        )
        if response is None:
            raise TooLate(self.seconds)
        if not response.ok or response.is_redirect:
            raise RefusedByGoogle(response.status_code, response.headers, response.content)
        return response

    def fetch_sheet_metadata(self, id: str, params: Any = None) -> Any:
        return orjson.loads(self.request("get", SPREADSHEET_URL % id, params=params).content)

    def values_batch_get(self, id: str, ranges: list[str], params: Any = None) -> Any:
        return self.request("get", SPREADSHEET_VALUES_BATCH_URL % id, params=params | {"ranges": ranges}).content


class TokenRequest(Request):
    """Requests an access token once (google-auth would try three times) and keeps the content of a refusal."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        response = super().__call__(*args, **kwargs)  # type: ignore[no-untyped-call]
        if response.status != 200:
            raise RefusedByGoogle(response.status, response.headers, response.data, token=True)
        content = orjson.loads(response.data)
        json_part(content, "access_token", str)
        json_part(content, "expires_in", int)
        return response
