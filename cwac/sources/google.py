"""Read the shared Google Sheet into a `Workbook`: by Google's API, a call a refresh, or by its link, as its export."""

from __future__ import annotations

import hashlib
import logging
import operator
import re
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import zip_longest
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urljoin, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import orjson
import requests
from google.auth import exceptions as auth_errors
from google.auth.transport.requests import AuthorizedSession

from cwac.clock import read_clock
from cwac.model import Cell, Merge, Row, SourceUnavailable, Tab, Workbook
from cwac.settings import DEFAULT_ZONE, Settings, host_of, other_kind
from cwac.settings.connections import SECONDS_BY_LINK
from cwac.sheet import headers
from cwac.sheet.planning import make_plan
from cwac.sources import google_session, http_calls
from cwac.sources.excel import MAX_MERGES, TabReader
from cwac.sources.google_session import Account, Client, DefaultAccount, RefusedByGoogle, SignInRequest, refuse_unsafe
from cwac.sources.http_calls import GOOGLE, MOST_BYTES, SIGN_IN, WEB, Calls, TooBig, json_part
from cwac.sources.quota import Quota
from cwac.sources.xlsx_package import MAX_CELLS, MAX_ROWS, MAX_TABS, UnusableFile, is_web_page

log = logging.getLogger(__name__)

METADATA_AGE = 3600.0
"""Seconds after which titles, merges, zone and locale are read again."""

_AGENT = "cwac (gzip)"  # Google compresses only if the user agent says gzip too
_STRUCK = "sheets(properties(sheetId),data(startRow,rowData(values(userEnteredFormat(textFormat(strikethrough))))))"
_FIELDS = "properties(timeZone,locale),sheets(properties(sheetId,title,sheetType,hidden),merges)"


class GoogleSource:
    """The shared sheet, read with a service account's key or default credentials. Not for several threads at a time.

    `key` is the table `[connections.gsheets]`. `timezone` is used if the sheet has no known one. `quota` is shared by
    all sources of the same account. `token_session` makes the session for signing in. `waits` are those of `Patience`.
    """

    def __init__(
        self,
        address: str,
        key: Mapping[str, Any],
        timezone: str = DEFAULT_ZONE,
        *,
        clock: Callable[[], float] = time.monotonic,
        quota: Quota | None = None,
        token_session: Callable[[], requests.Session] = requests.Session,
        **waits: float,
    ) -> None:
        self._address, self._key, self._timezone = address, key, timezone
        self._patience = http_calls.Patience(**waits)
        self._clock = clock
        self._quota = quota or Quota()
        self._token_session = token_session
        is_default = key.get("credentials") == "default"
        self._account = DefaultAccount(key.get("impersonate")) if is_default else Account(key)
        self._credentials: Any = None
        self._metadata: _Metadata | None = None
        self._metadata_at = 0.0
        self._names: dict[int | None, str] = {}
        self._answers: tuple[_Metadata, bytes, Mapping[int | None, tuple[int, ...]]] | None = None
        self._last: Callable[[], Workbook | None] = lambda: None
        """A weak reference to the workbook made from the last answers."""
        self._struck: Mapping[int | None, tuple[int, ...]] = {}
        """By tab of events, the rows that are struck through."""

    @classmethod
    def from_settings(cls, settings: Settings, quota: Quota | None = None) -> GoogleSource:
        patience = http_calls.patience_for(settings.refresh_seconds)
        return cls(settings.spreadsheet or "", settings.gsheets, settings.timezone, patience=patience, quota=quota)

    @property
    def credentials_found(self) -> str | None:
        """Which default credentials were found and whose address they have, as sentences; None with a key."""
        return self._account.found

    def fetch(self, *, look_again: bool = False) -> Workbook:
        """Read the sheet, without retries; raises `SourceUnavailable`, and nothing else.

        The metadata are a second call at first, hourly, or with `look_again`. Then, and after each change, one more
        asks which rows of events are struck through.
        """
        try:
            return self._fetch(look_again)
        except RefusedByGoogle as refusal:
            if isinstance(self._account, DefaultAccount) and (refusal.token or refusal.status in (401, 403)):
                self._credentials = None  # somebody may sign in again, or name another file
            raise google_session.explain(refusal, self._account) from None
        except TooBig:
            raise _too_large("is far larger than a plan of events") from None
        except auth_errors.GoogleAuthError as error:
            if (cause := google_session.network_error(error)) is not None:
                raise GOOGLE.explain(cause) from None
            self._credentials = None
            # Its message may quote an answer with a token in it.
            raise google_session.trouble("failed-here", type(error).__name__) from None
        except Exception as error:
            raise GOOGLE.explain(error) from None

    def remember(self, workbook: Workbook) -> None:
        """Learn the tabs' IDs from an earlier copy of this sheet, so that a tab renamed since is still found."""
        with suppress(SourceUnavailable):
            if workbook.url == f"{WEB}/spreadsheets/d/{spreadsheet_key(self._address)}":
                self._names = {tab.id: tab.title for tab in workbook.tabs if headers.spec_for(tab.title)} | self._names

    def look_closer(self) -> None:
        """Make the next fetch read the metadata too, for a sheet with a problem that may be fixed soon."""
        self._metadata = None

    def _fetch(self, look_again: bool) -> Workbook:
        sheet_key = spreadsheet_key(self._address)
        with self._patience.calls() as calls:
            google = self._open(calls)
            fresh = look_again or self._clock() - self._metadata_at >= METADATA_AGE
            metadata = None if fresh else self._metadata
            if metadata is None:
                fresh, metadata = True, self._look(google, sheet_key)
            try:
                content = _values(google, sheet_key, metadata)
            except RefusedByGoogle as refusal:
                if not refusal.no_such_range:
                    raise
                # A tab was renamed or deleted, maybe between the two calls.
                fresh, metadata = True, self._look(google, sheet_key)
                content = _values(google, sheet_key, metadata)
            before, answers = self._last(), self._answers
            made = self._workbook(sheet_key, metadata, content)
            if not fresh and before is not None and _has_lost_a_value(before, made):
                # Merging cells empties all but the first of them.
                metadata = self._look(google, sheet_key)
                made = self._workbook(sheet_key, metadata, content)
            if fresh or answers != self._answers:
                struck = _struck_rows(google, sheet_key, metadata, made)
                if struck != self._struck:
                    self._struck = struck
                    made = self._workbook(sheet_key, metadata, content)
        return made

    def _workbook(self, sheet_key: str, metadata: _Metadata, content: bytes) -> Workbook:
        """The workbook; the last one with a new time where Google's answers are the same."""
        now, answers = read_clock(metadata.zone), (metadata, hashlib.sha256(content).digest(), self._struck)
        before = self._last()
        if before is not None and self._answers == answers:
            made = before.seen_again(now)
        else:
            rows = _rows(content, metadata, {tab.id: tab.rows for tab in before.tabs} if before else {})
            made = Workbook(
                source=self._address,
                as_of=now,
                timezone=metadata.zone.key,
                tabs=tuple(
                    replace(tab, rows=rows.get(tab.id, ()), struck=self._struck.get(tab.id, ()))
                    for tab, _ in metadata.tabs
                ),
                locale=metadata.locale,
                url=f"{WEB}/spreadsheets/d/{sheet_key}",
                renamed=tuple((tab.title, title) for tab, title in metadata.tabs if tab.title != title),
            )
        self._answers, self._last = answers, weakref.ref(made)
        return made

    def _open(self, calls: Calls) -> Client:
        """A client for one fetch. Only the access token is reused: idle connections fail in odd ways."""
        endpoint = self._key.get("api_endpoint", google_session.API)
        refuse_unsafe("api_endpoint", endpoint, google_session.API)
        token_session = calls.prepare(self._token_session(), _AGENT)
        if self._credentials is None:
            self._credentials = self._account.credentials(token_session, calls)
        request = SignInRequest(token_session, with_key=isinstance(self._account, Account))
        session = AuthorizedSession(  # type: ignore[no-untyped-call]
            self._credentials, max_refresh_attempts=1, auth_request=request
        )
        return Client(calls.prepare(session, _AGENT), calls, self._quota, endpoint.rstrip("/"))

    def _look(self, google: Client, sheet_key: str) -> _Metadata:
        answer = google.fetch_sheet_metadata(sheet_key, {"fields": _FIELDS})
        self._metadata = _metadata(answer, self._names, self._timezone)
        self._metadata_at = self._clock()
        names = {tab.id: tab.title for tab, _ in self._metadata.tabs if headers.spec_for(tab.title)}
        held = set(names.values())
        self._names = {tab: name for tab, name in self._names.items() if name not in held} | names
        return self._metadata


class _Metadata(NamedTuple):
    """The tabs without their rows, each with its title at Google: that of a tab renamed since the first fetch differs.

    A tab that is `hidden` is not read. One that Google hides is read all the same under a name of the contract, as
    hidden lists are common.
    """

    tabs: tuple[tuple[Tab, str], ...]
    zone: ZoneInfo
    locale: str

    @property
    def ranges(self) -> dict[int | None, str]:
        """By the ID of each tab that is read, its title in quotes."""
        return {tab.id: "'" + title.replace("'", "''") + "'" for tab, title in self.tabs if not tab.hidden}


def spreadsheet_key(address: str) -> str:
    """The key in a sheet's link, or a bare key itself. Raises `SourceUnavailable` with cause `bad-address`."""
    typed = address.strip()
    if _KEY.fullmatch(typed):
        return typed
    if (kind := other_kind(typed)) is not None:
        what, instead = kind
        remedy = f"{instead[0].upper()}{instead[1:]}."
        raise SourceUnavailable("bad-address", f"The link is that of {what}, not of a Google Sheet.", remedy)
    with suppress(ValueError):
        link = urlsplit(typed if "://" in typed else f"https://{typed}")
        if f".{link.hostname}".endswith(".google.com"):
            named = parse_qs(link.query)
            for part in (*link.path.split("/d/")[1:], *named.get("id", []), *named.get("key", [])):
                key = part.partition("/")[0]
                if _KEY.fullmatch(key):
                    return key
    raise SourceUnavailable(
        "bad-address",
        "The settings do not hold the link of a Google Sheet." if typed else "The settings name no Google Sheet.",
        "Open the sheet and copy the address from the browser into [connections.gsheets] spreadsheet; it looks like "
        "https://docs.google.com/spreadsheets/d/….",
    )


_KEY = re.compile(r"[A-Za-z0-9_-]{6,}")
"""Google's keys have about 44 characters, but that is not documented."""


def _metadata(answer: object, names: Mapping[int | None, str], timezone: str) -> _Metadata:
    """The sheet's metadata, and which tabs to read. `names` are the tabs' last known titles by ID."""
    properties = json_part(answer, "properties", dict)
    sheets = json_part(answer, "sheets", list)
    if len(sheets) > MAX_TABS:
        raise _too_large(f"has over {MAX_TABS} tabs")
    listed = [(json_part(sheet, "properties", dict), sheet) for sheet in sheets]
    if sum(len(json_part(sheet, "merges", list, [])) for sheet in sheets) > MAX_MERGES:
        raise _too_large("holds far more merged ranges than a plan of events has")
    grids = [(about, sheet) for about, sheet in listed if about.get("sheetType", "GRID") == "GRID"]
    titles = {headers.key(json_part(about, "title", str)) for about, _ in grids}
    tabs = []
    for about, sheet in grids:
        title, number = about["title"], _number(about, "sheetId")
        name = names.get(number)
        if name is None or headers.spec_for(title) or headers.key(name) in titles:
            name = title
        merges = tuple(
            Merge(*(_number(merge, f"{side}Index") for side in ("startRow", "endRow", "startColumn", "endColumn")))
            for merge in json_part(sheet, "merges", list, [])
        )
        hidden = about.get("hidden") is True and headers.spec_for(name) is None
        tabs.append((Tab(name, (), merges, number, hidden=hidden), title))
    named = json_part(properties, "timeZone", str, "")
    try:
        zone = ZoneInfo(named)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # Google returns whatever a program has set, such as GMT-07:00.
        log.warning("The sheet's time zone is unknown; using %s", timezone)
        zone = ZoneInfo(timezone)
    return _Metadata(tuple(tabs), zone, json_part(properties, "locale", str, "en_US"))


def _values(google: Client, sheet_key: str, metadata: _Metadata) -> bytes:
    """The cells of the tabs that are read in one call, as JSON."""
    if not metadata.ranges:
        return b'{"valueRanges": []}'
    content: bytes = google.values_batch_get(
        sheet_key,
        list(metadata.ranges.values()),
        {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER", "prettyPrint": "false"},
    )
    return content


def _struck_rows(
    google: Client, sheet_key: str, metadata: _Metadata, workbook: Workbook
) -> Mapping[int | None, tuple[int, ...]]:
    """By ID of each tab of events, the rows (from 0) of which most filled cells are struck through."""
    try:
        tables = make_plan(workbook).of_kind("Events")
    except SourceUnavailable:
        return {}
    events = {workbook.tabs[table.tab].id: workbook.tabs[table.tab].rows for table in tables}
    ranges = [named for tab, named in metadata.ranges.items() if tab in events]
    try:
        answer = google.fetch_sheet_metadata(sheet_key, {"fields": _STRUCK, "ranges": ranges, "prettyPrint": "false"})
    except RefusedByGoogle as refusal:
        if not refusal.no_such_range:
            raise
        return {}  # a tab was renamed or deleted just now: the next look sees that
    struck: dict[int | None, tuple[int, ...]] = {}
    for sheet in json_part(answer, "sheets", list):
        number = _number(json_part(sheet, "properties", dict), "sheetId")
        found = []
        for part in json_part(sheet, "data", list, []):
            listed = json_part(part, "rowData", list, [])
            for at, (row, cells) in enumerate(zip(listed, events[number][_number(part, "startRow") :], strict=False)):
                filled = sum(cell is not None for cell in cells)
                values = json_part(row, "values", list, [])
                formats = (json_part(cell, "userEnteredFormat", dict, {}) for cell in values)
                shown = (json_part(each, "textFormat", dict, {}) for each in formats)
                if 2 * sum(json_part(text, "strikethrough", bool, False) for text in shown) > filled > 0:
                    found.append(_number(part, "startRow") + at)
        if found:
            struck[number] = tuple(found)
    return struck


def _has_lost_a_value(before: Workbook, after: Workbook) -> bool:
    """Whether a cell that held a value is blank now. Unchanged rows are the same objects."""
    rows_of = {tab.id: tab.rows for tab in before.tabs}
    return any(
        was not in (None, "") and now in (None, "")
        for tab in after.tabs
        for old, new in zip_longest(rows_of.get(tab.id, ()), tab.rows, fillvalue=())
        if old is not new
        for was, now in zip_longest(old, new[: len(old)])
    )


def _rows(
    content: bytes, metadata: _Metadata, before: Mapping[int | None, Sequence[Row]]
) -> Mapping[int | None, Sequence[Row]]:
    """The rows of the tabs that are read, by ID. Rows unchanged since `before`, and equal texts, are stored once."""
    # Parsed, each row takes sixty times the memory of its brackets, and each cell four times that of its comma.
    if content.count(b"[") > MAX_ROWS or content.count(b",") > MAX_CELLS:
        raise _too_large(f"has over {MAX_ROWS:,} rows or {MAX_CELLS // 10**6} million cells")
    read = [(tab.id, title) for tab, title in metadata.tabs if not tab.hidden]
    ranges = json_part(orjson.loads(content), "valueRanges", list)
    cells = 0
    rows_by_tab: dict[int | None, Sequence[Row]] = {}
    texts: dict[Cell, Cell] = {"": None}
    for (number, title), values in zip(read, ranges, strict=True):  # raises ValueError for another number of ranges
        rows: list[list[Cell]] = json_part(values, "values", list, [])
        if any(type(row) is not list for row in rows):
            raise ValueError("rows")
        cells += len(rows) * max(map(len, rows), default=0)
        if cells > MAX_CELLS:
            raise _too_large(
                f"has over {MAX_CELLS // 10**6} million cells: {title} has values as far as row {len(rows)}"
            )
        earlier = before.get(number, ())
        made: list[Row] = []
        for at, listed in enumerate(rows):
            if not _SCALARS.issuperset(map(type, listed)):
                raise ValueError("cells")
            # Tuples of plain values are left out of garbage collection, which lists never are.
            row: Row = tuple([texts.setdefault(cell, cell) if type(cell) is str else cell for cell in listed])
            if (
                at < len(earlier)
                and row == earlier[at]
                and all(map(operator.is_, map(type, row), map(type, earlier[at])))
            ):
                row = earlier[at]  # equal in the types too: True is not 1
            made.append(row)
        rows_by_tab[number] = made
    return rows_by_tab


_SCALARS = frozenset({str, int, float, bool, type(None)})


def _too_large(what: str) -> SourceUnavailable:
    return SourceUnavailable(
        "too-large", f"The sheet {what}.", "Open it and delete what does not belong to the tables."
    )


def _number(content: object, name: str) -> int:
    return json_part(content, name, int, 0)  # Google may leave out a zero


_HOSTS = (".google.com", ".googleusercontent.com")


class LinkSource:
    """The sheet behind `address`, with its times in `timezone`; `web` stands in for `WEB`. Not for several threads."""

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
        self._patience = http_calls.Patience(**waits)
        self._clock = clock
        self._asked_at = float("-inf")
        self._last: Workbook | SourceUnavailable | None = None
        self._tabs = TabReader()

    @classmethod
    def from_settings(cls, settings: Settings) -> LinkSource:
        return cls(settings.spreadsheet or "", settings.timezone, web=settings.gsheets.get("web_endpoint"))

    def fetch(self) -> Workbook:
        """Download the sheet, at most each `SECONDS_BY_LINK`, without retries; raises `SourceUnavailable` alone."""
        if self._last is None or self._clock() - self._asked_at >= SECONDS_BY_LINK:
            self._asked_at = self._clock()
            try:
                key = spreadsheet_key(self._address)
                refuse_unsafe("web_endpoint", self._web, WEB)
                with self._patience.calls() as calls:
                    content = self._download(calls, f"{self._web}/spreadsheets/d/{key}/export?format=xlsx")
                now, tabs = read_clock(self._zone), self._tabs.tabs(content)
                self._last = Workbook(self._address, now, self._zone.key, tabs, url=f"{WEB}/spreadsheets/d/{key}")
            except UnusableFile as unusable:
                trouble = _explain_export("413")  # with its remedy
                cause = "too-large" if unusable.cause == "too-large" else "damaged"
                self._last = SourceUnavailable(cause, f"The export of the sheet {unusable}.", trouble.steps)
            except TooBig:
                self._last = _explain_export("413")
            except Exception as error:
                self._last = GOOGLE.explain(error)
        if isinstance(self._last, SourceUnavailable):
            raise self._last.with_traceback(None)
        return self._last

    def _download(self, calls: Calls, address: str) -> bytes:
        for _ in range(http_calls.MOST_REDIRECTS):
            answer = calls.request("get", address, limit=MOST_BYTES)
            if answer.status not in http_calls.REDIRECTS:
                is_page = is_web_page(answer.body) or "html" in answer.headers.get("Content-Type", "")
                if answer.status == 200 and not is_page:
                    return answer.body
                trouble = _explain_export(str(answer.status), answer.headers.get("Retry-After"))
                if trouble.cause == "rate-limit":
                    trouble.retry_after = max(SECONDS_BY_LINK, trouble.retry_after or 0.0)
                raise trouble
            address = urljoin(address, answer.headers.get("Location", ""))
            if host_of(address) == SIGN_IN:
                raise _explain_export("(sign-in)")
            if not self._may_follow(address):
                raise GOOGLE.bad_answer("led away from Google")
        raise GOOGLE.bad_answer("led from one address to the next without end")

    def _may_follow(self, address: str) -> bool:
        """Whether a redirect stays with Google; where `web` stands in, with its host."""
        if self._web != WEB:
            return host_of(address) == host_of(self._web) != ""
        return address.lower().startswith("https://") and f".{host_of(address)}".endswith(_HOSTS)


def _explain_export(status: str, wait: str | None = None) -> SourceUnavailable:
    return http_calls.explain_by_table("link", [status], {"status": status}, wait)
