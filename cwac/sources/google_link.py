"""A Google Sheet that anybody with the link may see, read as its .xlsx export, without signing in: to try it."""

from __future__ import annotations

import time
from collections.abc import Callable
from urllib.parse import urljoin
from zoneinfo import ZoneInfo

from cwac.clock import read_clock
from cwac.model import SourceUnavailable, Workbook
from cwac.settings import DEFAULT_ZONE, Settings, host_of
from cwac.settings.google import SECONDS_BY_LINK as LEAST
from cwac.sources.excel import TabReader
from cwac.sources.google import spreadsheet_key
from cwac.sources.google_session import refuse_unsafe
from cwac.sources.http_calls import (
    GOOGLE,
    MOST_BYTES,
    MOST_REDIRECTS,
    REDIRECTS,
    SIGN_IN,
    WEB,
    Calls,
    Patience,
    TooBig,
    explain_by_table,
)
from cwac.sources.xlsx_package import UnusableFile, is_web_page

_HOSTS = (".google.com", ".googleusercontent.com")


class LinkSource:
    """The sheet behind `address`. Not safe for several threads at a time.

    The export names no time zone, so its times are meant in `timezone`. `web` stands in for `WEB`. `waits` are those of
    `Patience`.
    """

    def __init__(
        self,
        address: str,
        timezone: str = DEFAULT_ZONE,
        *,
        web: str | None = None,
        clock: Callable[[], float] = time.monotonic,
        **waits: float,
    ) -> None:
        self._address, self._zone = address, ZoneInfo(timezone)
        self._web = (web or WEB).rstrip("/")
        self._patience = Patience(**waits)
        self._clock = clock
        self._asked_at = float("-inf")
        self._last: Workbook | SourceUnavailable | None = None
        self._tabs = TabReader()

    @classmethod
    def from_settings(cls, settings: Settings) -> LinkSource:
        return cls(settings.spreadsheet or "", settings.timezone, web=settings.gsheets.get("web_endpoint"))

    def fetch(self) -> Workbook:
        """Download the sheet, at most each `SECONDS_BY_LINK`, without retries; raises `SourceUnavailable` alone."""
        if self._last is None or self._clock() - self._asked_at >= LEAST:
            self._asked_at = self._clock()
            try:
                self._last = self._fetch()
            except UnusableFile as unusable:
                trouble = _explain("413")  # with its remedy
                cause = "too-large" if unusable.cause == "too-large" else "damaged"
                self._last = SourceUnavailable(cause, f"The export of the sheet {unusable}.", trouble.steps)
            except TooBig:
                self._last = _explain("413")
            except Exception as error:
                self._last = GOOGLE.explain(error)
        if isinstance(self._last, SourceUnavailable):
            raise self._last.with_traceback(None)
        return self._last

    def _fetch(self) -> Workbook:
        key = spreadsheet_key(self._address)
        refuse_unsafe("web_endpoint", self._web, WEB)
        with self._patience.calls() as calls:
            content = self._download(calls, f"{self._web}/spreadsheets/d/{key}/export?format=xlsx")
        now, tabs = read_clock(self._zone), self._tabs.tabs(content)
        return Workbook(self._address, now, self._zone.key, tabs, url=f"{WEB}/spreadsheets/d/{key}")

    def _download(self, calls: Calls, address: str) -> bytes:
        for _ in range(MOST_REDIRECTS):
            answer = calls.request("get", address, limit=MOST_BYTES)
            if answer.status not in REDIRECTS:
                is_page = is_web_page(answer.body) or "html" in answer.headers.get("Content-Type", "")
                if answer.status == 200 and not is_page:
                    return answer.body
                trouble = _explain(str(answer.status), answer.headers.get("Retry-After"))
                if trouble.cause == "rate-limit":
                    trouble.retry_after = max(LEAST, trouble.retry_after or 0.0)
                raise trouble
            address = urljoin(address, answer.headers.get("Location", ""))
            if host_of(address) == SIGN_IN:
                raise _explain("(sign-in)")
            if not self._may_follow(address):
                raise GOOGLE.bad_answer("led away from Google")
        raise GOOGLE.bad_answer("led from one address to the next without end")

    def _may_follow(self, address: str) -> bool:
        """Whether a redirect stays with Google; where `web` stands in, with its host."""
        if self._web != WEB:
            return host_of(address) == host_of(self._web) != ""
        return address.lower().startswith("https://") and f".{host_of(address)}".endswith(_HOSTS)


def _explain(status: str, wait: str | None = None) -> SourceUnavailable:
    return explain_by_table("link", [status], {"status": status}, wait)
