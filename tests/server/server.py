"""The parts of Google Sheets v4 and Google's token endpoint that reading one sheet needs, on loopback."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from cwac.model import Workbook
from tests.server import answers, faults, masks, tokens
from tests.server.answers import Answer
from tests.server.faults import Fault
from tests.server.grid import NoSuchRangeError, OutsideGridError, Sheet, Spreadsheet
from tests.server.listener import Handler, Listener

_METHODS = {
    "metadata": ("spreadsheets", "get"),
    "batchGet": ("values", "batchGet"),
    "values": ("values", "get"),
}


class SheetsServer:
    """The server, running between `with` and its end (or `start()` and `stop()`). See `tests.server`.

    `book` is the spreadsheet it holds, made from a path to an .xlsx, a `Workbook`, a `Spreadsheet`, or nothing.
    With `frozen`, an answer is made once and kept: for benchmarks, where nobody edits. With `certificate` (a PEM file
    that it writes, and that a client must be told to trust) it speaks HTTPS, as Google does.
    """

    def __init__(
        self,
        source: Spreadsheet | Workbook | str | Path | None = None,
        *,
        port: int = 0,
        compress: bool = True,
        frozen: bool = False,
        certificate: Path | None = None,
    ) -> None:
        self.book = _spreadsheet(source)
        self.books = {self.book.id: self.book}
        self.shared = True
        self.api_enabled = True
        self.office_file = False
        self.clock_offset = 0.0
        self.latency = 0.0
        self.tokens = tokens.TokenOffice()
        self.calls: Counter[str] = Counter()
        self.log: list[tuple[str, float]] = []
        self.faults: list[Fault] = []
        self.failures: list[BaseException] = []
        self._port = port
        self._compress = compress
        self._tls = None if certificate is None else tokens.tls(certificate)
        self._kept: dict[str, Answer] | None = {} if frozen else None
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._listener: Listener | None = None

    # --- running -----------------------------------------------------------------------------------------------

    def __enter__(self) -> SheetsServer:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self.failures:
            raise AssertionError("the test server itself failed") from self.failures[0]

    def start(self) -> None:
        """Listen; again on the same port after `stop()`, so that an outage can end."""
        self._stop = threading.Event()
        self._listener = Listener(("127.0.0.1", self._port), self, self._tls)
        self._port = self._listener.server_address[1]
        threading.Thread(target=self._listener.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections and break off the open ones, until `start()`."""
        if self._listener is not None:
            self._stop.set()
            self._listener.shutdown()
            self._listener.server_close()
            self._listener.break_off()
            self._listener = None

    # --- how to reach it ---------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._port}"

    @property
    def url(self) -> str:
        """The spreadsheet's address, as a coordinator would copy it."""
        return self.book.url

    @property
    def key(self) -> dict[str, str]:
        """A service account's key file, whose token endpoint is this server."""
        return tokens.key_file(f"{self.endpoint}/token")

    @property
    def gsheets(self) -> dict[str, str]:
        """The table `[connections.gsheets]`: the address, the endpoint and the key."""
        return {"spreadsheet": self.url, "api_endpoint": self.endpoint} | self.key

    def secrets(self) -> str:
        """The same as secrets.toml."""
        lines = [f"{name} = {json.dumps(value)}" for name, value in self.gsheets.items()]
        return "\n".join(["[connections.gsheets]", *lines, ""])

    # --- what happens ------------------------------------------------------------------------------------------

    def fail(
        self,
        kind: str,
        times: int | None = 1,
        *,
        on: str = "sheets",
        seconds: float = 60.0,
        retry_after: str | int | None = None,
        answer: Answer | None = None,
    ) -> Fault:
        """Queue a fault, after those already queued; see `Fault`."""
        fault = Fault(kind, on, times, seconds, None if retry_after is None else str(retry_after), answer)
        with self._lock:
            self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """No more faults; what hangs or drips is broken off."""
        with self._lock:
            self.faults.clear()
        self._stop.set()
        self._stop = threading.Event()

    def forget_tokens(self) -> None:
        """Every access token given so far is no longer good."""
        self.tokens.given.clear()

    @property
    def now(self) -> float:
        """The server's clock, in seconds since 1970: ours and `clock_offset`."""
        return time.time() + self.clock_offset  # noqa: TID251 - as the libraries of Google and Microsoft

    @property
    def reads(self) -> int:
        """Calls that Google counts against the read quota."""
        return sum(count for call, count in self.calls.items() if call != "token")

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: bytes) -> tuple[str, Answer]:
        """The kind of call, and the true answer to it."""
        parts = urlsplit(path)
        if method == "POST" and parts.path == "/token":
            return "token", self.tokens.grant(parse_qs(body.decode("ascii", "replace")), self.now)
        query = parse_qs(parts.query, keep_blank_values=True)
        call, book_id, typed = _call(parts.path)
        if method != "GET" or call is None:
            return "other", answers.page(404)
        return call, self._read(call, book_id, typed, query, headers, path)

    def _read(
        self,
        call: str,
        book_id: str,
        typed: str,
        query: dict[str, list[str]],
        headers: Mapping[str, str],
        path: str,
    ) -> Answer:
        described = _method(call)
        refusal = self.tokens.refusal(headers.get("Authorization"), frozenset(described["scopes"]), self.now)
        refusal = refusal or _bad_query(described, query)
        if refusal:
            return refusal
        if not self.api_enabled:
            return answers.api_disabled()
        book = self.books.get(book_id)
        if book is None:
            return answers.not_found()
        if not self.shared:
            return answers.not_shared()
        if self.office_file:
            return answers.office_file()
        if self._kept is not None and path in self._kept:
            return self._kept[path]
        made = _made(call, book, typed, query)
        made = self._packed(made) if self._compress and "gzip" in headers.get("Accept-Encoding", "") else made
        if self._kept is not None:
            self._kept[path] = made
        return made

    def _packed(self, answer: Answer) -> Answer:
        if len(answer.body) < 1000:
            return answer
        return Answer(answer.status, gzip.compress(answer.body, 1), answer.headers | {"Content-Encoding": "gzip"})

    def serve(self, handler: Handler, method: str) -> None:
        """Answer one request."""
        stop = self._stop
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        call, answer = self.answer(method, handler.path, handler.headers, body)
        with self._lock:
            self.calls[call] += 1
            self.log.append((call, time.monotonic()))
            fault = next((candidate for candidate in self.faults if candidate.meets(call)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
        if self.latency and stop.wait(self.latency):
            handler.close_connection = True
        elif fault is None:
            faults.send(answer, handler)
        else:
            faults.answer_with(fault, answer, handler, stop)


def _spreadsheet(source: Spreadsheet | Workbook | str | Path | None) -> Spreadsheet:
    if isinstance(source, Spreadsheet):
        return source
    if isinstance(source, Workbook):
        return Spreadsheet.from_workbook(source)
    return Spreadsheet() if source is None else Spreadsheet.from_xlsx(source)


def _call(path: str) -> tuple[str | None, str, str]:
    """The kind of call, the spreadsheet's key and the range that a path names."""
    parts = path.split("/")
    if len(parts) < 4 or parts[:3] != ["", "v4", "spreadsheets"]:
        return None, "", ""
    book_id, rest = unquote(parts[3]), [unquote(part) for part in parts[4:]]
    if not rest:
        return "metadata", book_id, ""
    if rest == ["values:batchGet"]:
        return "batchGet", book_id, ""
    if len(rest) == 2 and rest[0] == "values":
        return "values", book_id, rest[1]
    return None, book_id, ""


def _method(call: str) -> dict:
    resource, name = _METHODS[call]
    spreadsheets = masks.discovery()["resources"]["spreadsheets"]
    return (spreadsheets if resource == "spreadsheets" else spreadsheets["resources"]["values"])["methods"][name]


def _bad_query(described: dict, query: dict[str, list[str]]) -> Answer | None:
    """Google refuses parameters and choices that its description does not know."""
    parameters = described["parameters"] | masks.discovery()["parameters"]
    for name, values in query.items():
        if name not in parameters or parameters[name].get("location") == "path":
            what = (
                f'Invalid JSON payload received. Unknown name "{name}": Cannot bind query parameter. '
                f"Field '{name}' could not be found in request message."
            )
            return answers.bad_request("", what, what)
        if "enum" in parameters[name] and values[-1] not in parameters[name]["enum"]:
            what = f"Invalid value at '{name}', \"{values[-1]}\""
            return answers.bad_request(name, what, what)
    return None


def _made(call: str, book: Spreadsheet, typed: str, query: dict[str, list[str]]) -> Answer:
    schema = _method(call)["response"]["$ref"]
    try:
        mask = masks.parse(query["fields"][-1], schema) if "fields" in query else {}
    except masks.MaskError as bad:
        what = f"Error expanding 'fields' parameter. Cannot find matching fields for path '{bad.path}'."
        return answers.bad_request("", what)
    if call == "metadata":
        if query.get("includeGridData", ["false"])[-1].lower() == "true":
            return answers.error(501, "UNIMPLEMENTED", "This test server has no grid data.")
        content = _metadata(book)
    else:
        options = {
            "formatted": query.get("valueRenderOption", ["FORMATTED_VALUE"])[-1] == "FORMATTED_VALUE",
            "dates_as_text": query.get("dateTimeRenderOption", [""])[-1] == "FORMATTED_STRING",
            "by_column": query.get("majorDimension", ["ROWS"])[-1] == "COLUMNS",
        }
        try:
            if call == "values":
                content = book.values(typed, **options)
            else:
                content = {"spreadsheetId": book.id}
                with book.lock:
                    ranges = [book.values(name_of_range, **options) for name_of_range in query.get("ranges", [])]
                content |= {"valueRanges": ranges} if ranges else {}
        except NoSuchRangeError as bad:
            return answers.no_such_range(str(bad))
        except OutsideGridError as outside:
            return answers.error(400, "INVALID_ARGUMENT", str(outside))
    option = 0 if query.get("prettyPrint", ["true"])[-1] == "false" else orjson.OPT_INDENT_2
    return Answer(200, orjson.dumps(masks.apply(mask, content), option=option))


def _metadata(book: Spreadsheet) -> dict:
    with book.lock:
        return {
            "spreadsheetId": book.id,
            "properties": {
                "title": book.title,
                "locale": book.locale,
                "autoRecalc": "ON_CHANGE",
                "timeZone": book.time_zone,
            },
            "sheets": [_sheet_metadata(sheet, index) for index, sheet in enumerate(book.sheets)],
            "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
        }


def _sheet_metadata(sheet: Sheet, index: int) -> dict:
    properties: dict = {"sheetId": sheet.id, "title": sheet.title, "index": index, "sheetType": sheet.kind}
    if sheet.kind != "OBJECT":
        properties["gridProperties"] = {"rowCount": sheet.row_count, "columnCount": sheet.column_count}
    if sheet.hidden:
        properties["hidden"] = True
    merges = [
        {
            "sheetId": sheet.id,
            "startRowIndex": top,
            "endRowIndex": bottom,
            "startColumnIndex": left,
            "endColumnIndex": right,
        }
        for top, bottom, left, right in sheet.merges
    ]
    return {"properties": properties} | ({"merges": merges} if merges else {})
