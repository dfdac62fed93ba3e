"""The shared Google Sheet becomes a `Workbook`: one read a refresh, and a cause and remedy for whatever goes wrong."""

from __future__ import annotations

import datetime as dt
import email.utils
import functools
import hashlib
import logging
import operator
import re
import socket
import threading
import time
import weakref
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, wait
from contextlib import suppress
from itertools import zip_longest
from typing import Any, NamedTuple, TypeVar
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import gspread
import orjson
import requests
from google.auth import exceptions as auth_errors
from google.auth.transport.requests import AuthorizedSession, Request
from google.oauth2.service_account import Credentials
from gspread.urls import SPREADSHEET_URL, SPREADSHEET_VALUES_BATCH_URL
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import NameResolutionError, NewConnectionError, ReadTimeoutError

from cwac.model import Cell, Merge, Row, SourceUnavailable, Tab, Workbook
from cwac.settings import DEFAULT_ZONE, Settings
from cwac.sheet import schema
from cwac.sources.excel import MAX_CELLS
from cwac.sources.quota import Quota

log = logging.getLogger(__name__)

_Kind = TypeVar("_Kind")

API = "https://sheets.googleapis.com"
TOKEN_URI = "https://oauth2.googleapis.com/token"
SCOPE = "https://www.googleapis.com/auth/spreadsheets.readonly"

METADATA_AGE = 3600.0
"""Seconds after which titles, merges, zone and locale are read again."""

PATIENCE = 0.8
"""Of the interval between looks: how long Google may take before it is said not to answer, within two of them."""

SHORTEST = 8.0
"""Seconds that Google has at least."""

_FIELDS = "properties(timeZone,locale),sheets(properties(sheetId,title,sheetType),merges)"


class GoogleSource:
    """The shared sheet, read with a service account's key. For one thread at a time.

    `address` is the sheet's link or its bare key; `key` the table `[connections.gsheets]`: Google's key file, perhaps
    with `api_endpoint`. `timezone` counts where the sheet has none that is known. Seconds: `connect` and `read` bound
    each wait for the network, `deadline` a whole fetch, however slowly Google drips. `patience` is the deadline of a
    sheet that never took long: three times as long as the last fetch took is allowed, and twice as long after each
    deadline missed. `clock` tells the metadata's age. `quota` is shared by all who read with the same account.
    """

    def __init__(
        self,
        address: str,
        key: Mapping[str, Any],
        timezone: str = DEFAULT_ZONE,
        *,
        connect: float = 10.0,
        read: float = 60.0,
        deadline: float = 90.0,
        patience: float | None = None,
        clock: Callable[[], float] = time.monotonic,
        quota: Quota | None = None,
    ) -> None:
        self._address = address
        self._key = key
        self._timezone = timezone
        self._waits = (connect, read)
        self._deadline = deadline
        self._patience = deadline if patience is None else patience
        self._took = 0.0
        self._missed = 0
        self._clock = clock
        self._quota = quota or Quota()
        self._credentials: Credentials | None = None
        self._known: _Metadata | None = None
        self._known_since = 0.0
        self._names: dict[int, str] = {}
        self._last: _Last | None = None

    @classmethod
    def from_settings(cls, settings: Settings, quota: Quota | None = None) -> GoogleSource:
        patience = max(SHORTEST, PATIENCE * settings.refresh_seconds)
        return cls(settings.spreadsheet or "", settings.gsheets, settings.timezone, patience=patience, quota=quota)

    def fetch(self, *, look_again: bool = False) -> Workbook:
        """Read the sheet as it is now: one call, and one more for the metadata at first, hourly, or to `look_again`.

        Tabs that the contract does not know come without rows, unless none of the others can be Events: then all are
        read, so that the right one can be pointed out. Tries once. Raises `SourceUnavailable`, and nothing else, with
        cause `bad-address`, `bad-key`, `clock`, `not-allowed`, `not-shared`, `api-disabled`, `not-found`,
        `not-a-google-sheet`, `too-large`, or one that may pass by itself: `rate-limit`, `unreachable`, `server-error`,
        `bad-answer`.
        """
        account = _Account(self._key)
        try:
            return self._fetch(account, look_again)
        except SourceUnavailable as trouble:
            raise trouble from None
        except _Refused as refusal:
            raise _explain(refusal, account) from None
        except _TooLate as late:
            self._missed += 1
            raise _unreachable(f"it did not answer within {late.seconds:.3g} seconds") from None
        except (OSError, auth_errors.TransportError) as error:
            raise _network(error) from None
        except ValueError:
            # Not JSON, or JSON that is no answer of Google's: half a body, another service, a hotel's sign-in page.
            raise _bad_answer("could not be read") from None
        except Exception:
            # A dozen libraries lie between here and Google, and the page must stand whatever they raise.
            log.exception("An unforeseen failure while reading the sheet")
            raise _bad_answer("could not be read") from None

    def remember(self, workbook: Workbook) -> None:
        """Learn from an earlier copy of this sheet which tab is which, so that one renamed since is still found."""
        with suppress(SourceUnavailable):
            if workbook.url == _link(spreadsheet_key(self._address)):
                known = {
                    tab.id: tab.title for tab in workbook.tabs if tab.id is not None and schema.spec_for(tab.title)
                }
                self._names = known | self._names

    def look_closer(self) -> None:
        """Have the next fetch read the metadata too: something is wrong with the sheet, and may be put right soon."""
        self._known = None

    def _fetch(self, account: _Account, look_again: bool) -> Workbook:
        sheet_key = spreadsheet_key(self._address)
        began = time.monotonic()
        google = self._open(account)
        try:
            age = self._clock() - self._known_since
            known = self._known if age < METADATA_AGE and not look_again else None
            fresh = known is None
            known = known or self._look(google, sheet_key)
            try:
                content = _values(google, sheet_key, known)
            except _Refused as refusal:
                if not refusal.no_such_range:
                    raise
                known = self._look(google, sheet_key)  # a tab was renamed or deleted, perhaps between the two calls
                content = _values(google, sheet_key, known)
                fresh = True
            before = self._last.workbook() if self._last else None
            made = self._made(sheet_key, known, content)
            if not fresh and before is not None and _has_lost_a_value(before, made):
                # Merging cells empties all but the first of them.
                made = self._made(sheet_key, self._look(google, sheet_key), content)
        finally:
            google.session.close()
        self._took, self._missed = time.monotonic() - began, 0
        return made

    def _made(self, sheet_key: str, known: _Metadata, content: bytes) -> Workbook:
        """The workbook; the last one seen again where Google's answers are the same, of which it is not read again."""
        now, answers = dt.datetime.now(known.zone), (known, hashlib.sha256(content).digest())
        before = self._last.workbook() if self._last else None
        if before is not None and self._last is not None and self._last.answers == answers:
            made = before.seen_again(now)
        else:
            rows = _rows(content, known, {tab.id: tab.rows for tab in before.tabs} if before else {})
            made = Workbook(
                source=self._address,
                as_of=now,
                timezone=known.zone.key,
                tabs=tuple(Tab(sheet.name, rows.get(sheet.id, ()), sheet.merges, sheet.id) for sheet in known.sheets),
                locale=known.locale,
                url=_link(sheet_key),
                renamed=tuple((sheet.name, sheet.title) for sheet in known.sheets if sheet.name != sheet.title),
            )
        self._last = _Last(answers, weakref.ref(made))
        return made

    def _open(self, account: _Account) -> _Client:
        """A client for one fetch. Only the access token outlives it: connections that stood idle fail in odd ways."""
        endpoint = self._key.get("api_endpoint", API)
        if not _is_web_address(endpoint):
            raise SourceUnavailable(
                "bad-address",
                "The api_endpoint in the settings is not a web address.",
                "Whoever runs this program: take it out of [connections.gsheets], or write one such as " + API + ".",
            )
        if self._credentials is None:
            self._credentials = account.credentials()
        adapter = _Adapter()
        token_session = requests.Session()
        session = AuthorizedSession(  # type: ignore[no-untyped-call]
            self._credentials, max_refresh_attempts=1, auth_request=_TokenRequest(token_session)
        )
        for one in (token_session, session):
            one.mount("https://", adapter)
            one.mount("http://", adapter)
            one.headers["User-Agent"] = "cwac (gzip)"  # Google compresses only for who says so here too
        client = gspread.Client(self._credentials, session, _Client).http_client
        assert isinstance(client, _Client)
        client.quota = self._quota
        client.seconds = min(self._deadline, max(self._patience * 2**self._missed, 3 * self._took))
        client.until = time.monotonic() + client.seconds
        client.endpoint, client.waits, client.adapter = endpoint.rstrip("/"), self._waits, adapter
        return client

    def _look(self, google: _Client, sheet_key: str) -> _Metadata:
        answer = google.fetch_sheet_metadata(sheet_key, {"fields": _FIELDS})
        self._known = _metadata(answer, self._names, self._timezone)
        self._known_since = self._clock()
        names = {sheet.id: sheet.name for sheet in self._known.sheets if schema.spec_for(sheet.name)}
        held = set(names.values())
        self._names = {tab: name for tab, name in self._names.items() if name not in held} | names
        return self._known


# --- what is asked -------------------------------------------------------------------------------------------------


class _Sheet(NamedTuple):
    """A tab. `title` is Google's, `name` what we call it: for a tab renamed under our eyes, its earlier title."""

    id: int
    title: str
    name: str
    merges: tuple[Merge, ...]
    wanted: bool


class _Metadata(NamedTuple):
    sheets: tuple[_Sheet, ...]
    zone: ZoneInfo
    locale: str


class _Last(NamedTuple):
    """What Google answered last, and the workbook that it became, for as long as somebody holds that."""

    answers: tuple[_Metadata, bytes]
    workbook: weakref.ref[Workbook]


def spreadsheet_key(address: str) -> str:
    """The key in a sheet's link, or the bare key as it is. Raises `SourceUnavailable` with cause `bad-address`."""
    typed = address.strip()
    if _KEY.fullmatch(typed):
        return typed
    try:
        link = urlsplit(typed if "://" in typed else f"https://{typed}")
        host = (link.hostname or "").lower()
    except ValueError:
        host = ""
    if host == "google.com" or host.endswith(".google.com"):
        if "/d/e/" in link.path:
            raise SourceUnavailable(
                "bad-address",
                "The link in the settings is that of a page published to the web, not of the sheet.",
                "Open the sheet itself and copy the address from the browser into [connections.gsheets] spreadsheet.",
            )
        named = parse_qs(link.query)
        for found in (*link.path.split("/d/")[1:], *named.get("id", []), *named.get("key", [])):
            if _KEY.fullmatch(found.partition("/")[0]):
                return found.partition("/")[0]
    raise SourceUnavailable(
        "bad-address",
        "The settings do not hold the link of a Google Sheet." if typed else "The settings name no Google Sheet.",
        "Open the sheet and copy the address from the browser into [connections.gsheets] spreadsheet; it looks like "
        "https://docs.google.com/spreadsheets/d/….",
    )


_KEY = re.compile(r"[A-Za-z0-9_-]{6,}")
"""Google's keys have 44 characters or so, but nobody has promised that; whether one is right Google knows best."""


def _link(sheet_key: str) -> str:
    return f"https://docs.google.com/spreadsheets/d/{sheet_key}"


def _is_web_address(typed: object) -> bool:
    return isinstance(typed, str) and re.match(r"https?://[A-Za-z0-9.\[\]:-]+(/|$)", typed) is not None


def _metadata(answer: object, names: Mapping[int, str], timezone: str) -> _Metadata:
    """What Google says of the sheet, and which tabs are wanted. `names` are the tabs' titles when last we knew them."""
    properties = _within(answer, "properties", dict)
    listed = [(_within(sheet, "properties", dict), sheet) for sheet in _within(answer, "sheets", list)]
    grids = [(about, sheet) for about, sheet in listed if about.get("sheetType", "GRID") == "GRID"]
    titles = {schema.key(_within(about, "title", str)) for about, _ in grids}
    found = []
    for about, sheet in grids:
        title, number = about["title"], _number(about, "sheetId")
        name = names.get(number)
        if name is None or schema.spec_for(title) or schema.key(name) in titles:
            name = title
        merges = tuple(
            Merge(*(_number(merge, f"{side}Index") for side in ("startRow", "endRow", "startColumn", "endColumn")))
            for merge in _within(sheet, "merges", list, [])
        )
        found.append((number, title, name, merges))
    has_events = any(schema.spec_for(name) is schema.EVENTS for _, _, name, _ in found)
    return _Metadata(
        tuple(_Sheet(*one, wanted=not has_events or schema.spec_for(one[2]) is not None) for one in found),
        _zone(_within(properties, "timeZone", str, ""), timezone),
        _within(properties, "locale", str, "en_US"),
    )


def _values(google: _Client, sheet_key: str, known: _Metadata) -> bytes:
    """The cells of the wanted tabs in one call, as Google sends them."""
    wanted = [sheet for sheet in known.sheets if sheet.wanted]
    if not wanted:
        return b'{"valueRanges": []}'
    content: bytes = google.values_batch_get(
        sheet_key,
        ["'" + sheet.title.replace("'", "''") + "'" for sheet in wanted],
        {"valueRenderOption": "UNFORMATTED_VALUE", "dateTimeRenderOption": "SERIAL_NUMBER", "prettyPrint": "false"},
    )
    return content


def _has_lost_a_value(before: Workbook, after: Workbook) -> bool:
    """Whether a cell that held a value is blank now. Rows that are as they were are the same objects."""
    rows_of = {tab.id: tab.rows for tab in before.tabs}
    for tab in after.tabs:
        then = rows_of.get(tab.id, ())
        if tab.rows is then:
            continue
        for old, new in zip_longest(then, tab.rows, fillvalue=()):
            if old is not new and any(
                was not in (None, "") and now in (None, "") for was, now in zip_longest(old, new[: len(old)])
            ):
                return True
    return False


def _rows(content: bytes, known: _Metadata, before: Mapping[int | None, Sequence[Row]]) -> dict[int, Sequence[Row]]:
    """The rows of the wanted tabs, by tab; those that were so `before`, and equal texts, are held once."""
    wanted = [sheet for sheet in known.sheets if sheet.wanted]
    ranges = _within(orjson.loads(content), "valueRanges", list)
    if len(ranges) != len(wanted):
        raise ValueError("as many ranges as were asked for")
    cells = 0
    found: dict[int, Sequence[Row]] = {}
    texts: dict[Cell, Cell] = {"": None}
    for sheet, values in zip(wanted, ranges, strict=True):
        rows: list[list[Cell]] = _within(values, "values", list, [])
        if any(type(row) is not list for row in rows):
            raise ValueError("rows")
        cells += len(rows) * max(map(len, rows), default=0)
        if cells > MAX_CELLS:
            raise SourceUnavailable(
                "too-large",
                f"The sheet has over {MAX_CELLS // 10**6} million cells: {sheet.title} has values as far as row "
                f"{len(rows)}.",
                "Open it and delete what does not belong to the tables.",
            )
        earlier = before.get(sheet.id, ())
        for at, row in enumerate(rows):
            row[:] = [texts.setdefault(cell, cell) if type(cell) is str else cell for cell in row]
            if at < len(earlier) and _are_same(row, earlier[at]):
                rows[at] = earlier[at]  # type: ignore[call-overload]
        found[sheet.id] = rows
    return found


def _are_same(row: Row, other: Row) -> bool:
    """Cell for cell, by type too: True is not 1 here."""
    return row == other and all(map(operator.is_, map(type, row), map(type, other)))


def _within(content: object, name: str, kind: type[_Kind], default: _Kind | None = None) -> _Kind:
    """A part of a JSON object. Raises `ValueError` where it is not there (and has no default) or is something else."""
    part = content.get(name, default) if isinstance(content, dict) else None
    if not isinstance(part, kind):
        raise ValueError(name)
    return part


def _number(content: object, name: str) -> int:
    return _within(content, name, int, 0)  # Google may leave out a zero


def _zone(named: str, otherwise: str) -> ZoneInfo:
    try:
        return ZoneInfo(named)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        # Google passes on what a program set, such as GMT-07:00.
        log.warning("The sheet's time zone is not known; %s is used", otherwise)
        return ZoneInfo(otherwise)


# --- the way to Google ---------------------------------------------------------------------------------------------


class _TooLate(Exception):  # noqa: N818
    """The deadline for the whole fetch, of so many seconds, has passed."""

    def __init__(self, seconds: float) -> None:
        super().__init__(seconds)
        self.seconds = seconds


class _Refused(Exception):  # noqa: N818
    """An HTTP answer other than success, from the API or (`token`) from where access tokens are had."""

    def __init__(self, status: int, headers: Mapping[str, str], body: bytes, *, token: bool = False) -> None:
        super().__init__(status)
        self.status, self.headers, self.token = status, headers, token
        try:
            content = orjson.loads(body)
        except orjson.JSONDecodeError:
            content = None
        self.content: dict[str, Any] = content if isinstance(content, dict) else {}
        error = self.content.get("error")
        self.error: dict[str, Any] = error if isinstance(error, dict) else {}
        self.message = str(self.error.get("message", ""))
        details = [*_listed(self.error, "details"), *_listed(self.error, "errors")]
        self.reasons = {reason for one in details if isinstance(reason := one.get("reason"), str)}
        self.metadata = {
            name: value
            for one in details
            if isinstance(metadata := one.get("metadata"), dict)
            for name, value in metadata.items()
        }

    @property
    def no_such_range(self) -> bool:
        return self.status == 400 and self.message.startswith("Unable to parse range")


def _listed(error: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    listed = error.get(name)
    return [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []


class _Client(gspread.HTTPClient):
    """gspread's client for one fetch: another endpoint, one deadline for all its calls, a faster JSON reader."""

    endpoint: str
    quota: Quota
    seconds: float
    until: float
    waits: tuple[float, float]
    adapter: _Adapter

    def request(self, method: str, endpoint: str, *_: Any, **asked: Any) -> requests.Response:
        """Ask, and take no longer than until the deadline. Raises `_TooLate` or `_Refused`, or what the network does.

        Timeouts bound each wait for a byte, not the sum of them, and looking up a name has none at all. So another
        thread asks; when time is up its connection is cut, upon which it ends too.
        """
        url = endpoint.replace(API, self.endpoint, 1)
        if (turn := self.quota.wait()) > 0:
            time.sleep(turn)
            self.until += turn  # it is ours, not Google's, to answer for
        left = self.until - time.monotonic()
        if left <= 0:
            raise _TooLate(self.seconds)
        connect, read = (min(each, left + 1) for each in self.waits)  # the deadline itself is kept below
        answer: Future[requests.Response] = Future()

        def ask() -> None:
            try:
                answer.set_result(self.session.request(method, url, timeout=(connect, read), **asked))
            except BaseException as error:
                answer.set_exception(error)

        threading.Thread(target=ask, name="google-sheet", daemon=True).start()
        if not wait([answer], left).done:
            self.adapter.cut()
            raise _TooLate(self.seconds)
        response = answer.result()
        if not response.ok:
            raise _Refused(response.status_code, response.headers, response.content)
        return response

    def fetch_sheet_metadata(self, id: str, params: Any = None) -> Any:
        return orjson.loads(self.request("get", SPREADSHEET_URL % id, params=params).content)

    def values_batch_get(self, id: str, ranges: list[str], params: Any = None) -> Any:
        return self.request("get", SPREADSHEET_VALUES_BATCH_URL % id, params=params | {"ranges": ranges}).content


class _TokenRequest(Request):
    """Asks for an access token once (google-auth by itself tries three times) and keeps what a refusal says."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        response = super().__call__(*args, **kwargs)  # type: ignore[no-untyped-call]
        if response.status != 200:
            raise _Refused(response.status, response.headers, response.data, token=True)
        given = orjson.loads(response.data)
        _within(given, "access_token", str)
        _within(given, "expires_in", int)
        return response


class _Adapter(HTTPAdapter):
    """Opens connections that can be cut from another thread."""

    def __init__(self) -> None:
        self._sockets: list[socket.socket] = []
        self._is_cut = False
        super().__init__()

    def get_connection_with_tls_context(self, *args: Any, **kwargs: Any) -> Any:
        pool: Any = super().get_connection_with_tls_context(*args, **kwargs)
        pool.ConnectionCls = functools.partial(_Secure if pool.scheme == "https" else _Plain, self._keep)
        return pool

    def _keep(self, sock: socket.socket) -> None:
        self._sockets.append(sock)
        if self._is_cut:
            self.cut()

    def cut(self) -> None:
        """End every connection, also those that are still to come."""
        self._is_cut = True
        for sock in list(self._sockets):
            with suppress(OSError):
                # Not the method of a TLS socket, which would take the other thread's session from under it.
                socket.socket.shutdown(sock, socket.SHUT_RDWR)


class _Plain(HTTPConnection):
    def __init__(self, keep: Callable[[socket.socket], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep = keep

    def connect(self) -> None:
        super().connect()
        self._keep(self.sock)


class _Secure(HTTPSConnection):
    def __init__(self, keep: Callable[[socket.socket], None], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self._keep = keep

    def connect(self) -> None:
        super().connect()
        self._keep(self.sock)


# --- the key, and what to say --------------------------------------------------------------------------------------


class _Account:
    """The service account: how it signs in, and what may be said of it. No message holds anything of its secret."""

    def __init__(self, key: Mapping[str, Any]) -> None:
        self._key = key
        email, number = str(key.get("client_email", "")).strip(), str(key.get("private_key_id", "")).strip()
        self.email = email if re.fullmatch(r"[\w.+-]{1,100}@[\w.-]{1,150}", email) else "the service account"
        self.key_name = f"key {number}" if re.fullmatch(r"[0-9a-f]{8,40}", number) else "key"

    def credentials(self) -> Credentials:
        """Raises `SourceUnavailable` with cause `bad-key`."""
        if self._key.get("type", "service_account") != "service_account":
            raise self._bad_key("is of another kind")
        given = {"token_uri": TOKEN_URI} | dict(self._key)
        missing = [
            name for name in ("client_email", "private_key") if not isinstance(given.get(name), str) or not given[name]
        ]
        if missing:
            raise self._bad_key(f"lacks its {' and its '.join(missing)}")
        if not _is_web_address(given["token_uri"]):
            raise self._bad_key("has a token_uri that is not a web address")
        # Line breaks are often lost on the way from Google's file to a setting.
        given["private_key"] = given["private_key"].replace("\\n", "\n")
        try:
            made: Credentials = Credentials.from_service_account_info(  # type: ignore[no-untyped-call]
                given, scopes=[SCOPE]
            )
        except Exception:
            # Whatever the readers of keys raise, their words could quote the key.
            raise self._bad_key("is damaged") from None
        return made

    def _bad_key(self, what: str) -> SourceUnavailable:
        return SourceUnavailable(
            "bad-key",
            f"The service account's {self.key_name} in the settings {what}.",
            "Whoever runs this program: copy all of Google's key file, as it was downloaded, into "
            "[connections.gsheets].",
        )


def _explain(refusal: _Refused, account: _Account) -> SourceUnavailable:
    """A refusal of Google's in words, with what to do about it and who must act."""
    status, reasons = refusal.status, refusal.reasons
    retry_after = _seconds(refusal.headers.get("Retry-After"))
    if status == 429 or refusal.error.get("status") == "RESOURCE_EXHAUSTED" or reasons & _RATE_LIMITS:
        return SourceUnavailable(
            "rate-limit",
            "Google says that there were too many requests.",
            "Nothing to do: the sheet is read again in a while. If this lasts, another program may be using the same "
            "service account.",
            permanent=False,
            retry_after=retry_after,
        )
    if status >= 500 or status == 408 or not refusal.content:
        what = "has a fault of its own" if status >= 500 or status == 408 else "answered with a page instead of data"
        return SourceUnavailable(
            "server-error",
            f"Google {what} (HTTP {status}).",
            "Nothing to do: the sheet is read again in a while. If this lasts, look whether something stands between "
            "this server and Google.",
            permanent=False,
            retry_after=retry_after,
        )
    if refusal.token:
        return _no_token(refusal, account)
    if status in {404, 410}:
        return SourceUnavailable(
            "not-found",
            "Google knows no sheet at the address in the settings.",
            "Check the link in [connections.gsheets] spreadsheet: open the sheet and copy the address from the "
            "browser. If the sheet was deleted, whoever owned it finds it in the bin of Google Drive.",
        )
    if status == 400 and refusal.error.get("status") == "FAILED_PRECONDITION":
        return SourceUnavailable(
            "not-a-google-sheet",
            "The address is that of an Excel file kept in Google Drive, not of a Google Sheet.",
            "Open it, choose File > Save as Google Sheets, share the new sheet with "
            f"{account.email}, and put its link into the settings.",
        )
    if refusal.no_such_range:
        return _bad_answer("came while a tab was being renamed")
    if status == 403 and ("SERVICE_DISABLED" in reasons or "accessNotConfigured" in reasons):
        link = str(refusal.metadata.get("activationUrl", ""))
        where = f" at {link}" if re.fullmatch(r"https://console\.[a-z.]*google\.com/[\w./?=&-]+", link) else ""
        return SourceUnavailable(
            "api-disabled",
            "The Google Sheets API is switched off in the project of the service account.",
            f"Whoever keeps the Google Cloud project: enable the Google Sheets API{where}. It takes some minutes.",
        )
    if status == 403 and (not reasons or refusal.message == "The caller does not have permission"):
        return SourceUnavailable(
            "not-shared",
            "The sheet is not shared with this program.",
            f"Whoever owns the sheet: open it, press Share, and add {account.email} as a Viewer.",
        )
    word = next((f", {reason}" for reason in sorted(reasons) if re.fullmatch(r"\w{1,60}", reason)), "")
    return SourceUnavailable(
        "not-allowed",
        f"Google did not allow the sheet to be read (HTTP {status}{word}).",
        f"Whoever keeps the Google Cloud project: look whether {account.email} is in good order there.",
    )


_RATE_LIMITS = {"RATE_LIMIT_EXCEEDED", "rateLimitExceeded", "userRateLimitExceeded"}


def _no_token(refusal: _Refused, account: _Account) -> SourceUnavailable:
    error, description = (str(refusal.content.get(name, "")) for name in ("error", "error_description"))
    if "short-lived" in description or "iat and exp" in description:
        return SourceUnavailable(
            "clock",
            "Google refused the sign-in because the clock of this server is wrong.",
            "Whoever runs this server: set its clock, and let it follow a time server.",
        )
    if error == "invalid_grant":
        return SourceUnavailable(
            "bad-key",
            f"Google does not accept the service account's {account.key_name}.",
            "It may have been revoked. Whoever keeps the Google Cloud project: make a new key for "
            f"{account.email} and put it into [connections.gsheets].",
        )
    word = f", {error}" if re.fullmatch(r"\w{1,60}", error) else ""
    return SourceUnavailable(
        "not-allowed",
        f"Google refused the sign-in of the service account (HTTP {refusal.status}{word}).",
        f"Whoever keeps the Google Cloud project: look whether {account.email} is in good order there.",
    )


def _network(error: Exception) -> SourceUnavailable:
    if isinstance(error, auth_errors.TransportError):
        error = error.args[0] if error.args and isinstance(error.args[0], Exception) else error
    if isinstance(error, requests.exceptions.ChunkedEncodingError | requests.exceptions.ContentDecodingError):
        return _bad_answer("was cut off")
    inner = error.args[0] if error.args else None
    reason = getattr(inner, "reason", inner)
    if isinstance(error, requests.Timeout) or isinstance(reason, ReadTimeoutError):
        return _unreachable("it did not answer in time")
    if isinstance(error, requests.exceptions.SSLError):
        return _unreachable("no secure connection could be made")
    if isinstance(reason, NameResolutionError):
        return _unreachable("its name could not be looked up")
    if isinstance(reason, NewConnectionError):
        return _unreachable("no connection could be made")
    return _unreachable("the connection broke off")


def _unreachable(why: str) -> SourceUnavailable:
    return SourceUnavailable(
        "unreachable",
        f"Google could not be reached: {why}.",
        "Nothing to do: the sheet is read again in a while. If this lasts, look at the internet connection of this "
        "server.",
        permanent=False,
    )


def _bad_answer(what: str) -> SourceUnavailable:
    return SourceUnavailable(
        "bad-answer",
        f"Google's answer {what}.",
        "Nothing to do: the sheet is read again in a while.",
        permanent=False,
    )


def _seconds(retry_after: str | None) -> float | None:
    """Retry-After, in seconds or as a date -> seconds from now, a day at most."""
    if not retry_after:
        return None
    typed = retry_after.strip()
    if typed.isdecimal():
        return min(float(typed), 86_400.0)
    try:
        until = email.utils.parsedate_to_datetime(typed)
        left = (until - dt.datetime.now(until.tzinfo)).total_seconds()
    except (ValueError, OverflowError):
        return None
    return min(max(left, 0.0), 86_400.0)
