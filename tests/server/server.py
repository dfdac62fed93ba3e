"""The parts of Google Sheets v4 and Google's token endpoint that reading one sheet needs, on loopback."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import orjson

from cwac.model import Workbook
from cwac.sources.excel import read_excel
from tests.server import answers, masks, tokens
from tests.server.answers import Answer
from tests.server.grid import NoSuchRangeError, Sheet, Spreadsheet
from tests.server.listener import Incoming, StandIn

_METHODS = {
    "metadata": ("spreadsheets", "get"),
    "formats": ("spreadsheets", "get"),
    "batchGet": ("values", "batchGet"),
    "values": ("values", "get"),
}


class SheetsServer(StandIn):
    """The server, running between `with` and its end (or `start()` and `stop()`). See `tests.server`.

    `book` is the spreadsheet it holds, made from a path to an .xlsx, a `Workbook`, or nothing. With `frozen`, an answer
    is made once and kept: for benchmarks, where nobody edits.
    """

    usual_fault = "sheets"

    def __init__(
        self, source: Workbook | str | Path | None = None, *, frozen: bool = False, certificate: Path | None = None
    ) -> None:
        super().__init__(certificate)
        title = "Coffee with a Cop"
        if isinstance(source, str | Path):
            title, source = Path(source).stem, read_excel(source, "America/Los_Angeles")
        self.book = Spreadsheet(title) if source is None else Spreadsheet.from_workbook(source, title)
        self.books = {self.book.id: self.book}
        self.shared = True
        self.api_enabled = True
        self.office_file = False
        self.tokens = tokens.TokenOffice()
        self._kept: dict[str, Answer] | None = {} if frozen else None

    # --- how to reach it ---------------------------------------------------------------------------------------

    @property
    def endpoint(self) -> str:
        return self.address("api")

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

    def environ(self, folder: Path) -> dict[str, str]:
        """The same as environment variables, with the key in that folder, and a store there."""
        key = folder / "key.json"
        key.touch(0o600)
        key.write_text(json.dumps(self.key))
        return {"CWAC_SPREADSHEET": self.url, "CWAC_SERVICE_ACCOUNT": str(key), "CWAC_API_ENDPOINT": self.endpoint,
                "CWAC_STORE": f"sqlite:///{folder}/store.sqlite3"}  # fmt: skip

    # --- what happens ------------------------------------------------------------------------------------------

    def forget_tokens(self) -> None:
        """Every access token given so far is no longer good."""
        self.tokens.given.clear()

    @property
    def reads(self) -> int:
        """Calls that Google counts against the read quota."""
        return sum(count for call, count in self.calls.items() if call != "token")

    def answer(self, incoming: Incoming) -> tuple[str, Answer]:
        if incoming.method == "POST" and incoming.path == "/token":
            return "token", self.tokens.grant(incoming.form, self.now)
        call, book_id, typed = _call(incoming.path)
        if call == "metadata" and "ranges=" in incoming.target:
            call = "formats"
        if incoming.method != "GET" or call is None:
            return "other", answers.page(404)
        return call, self._read(call, book_id, typed, incoming)

    def _read(self, call: str, book_id: str, typed: str, incoming: Incoming) -> Answer:
        described = _method(call)
        query = parse_qs(urlsplit(incoming.target).query, keep_blank_values=True)
        scopes = frozenset(described["scopes"])
        refusal = self.tokens.refusal(incoming.headers.get("Authorization"), scopes, self.now)
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
        if self._kept is not None and incoming.target in self._kept:
            return self._kept[incoming.target]
        made = _made(call, book, typed, query)
        if len(made.body) >= 1000 and "gzip" in incoming.headers.get("Accept-Encoding", ""):
            made = Answer(made.status, gzip.compress(made.body, 1), made.headers | {"Content-Encoding": "gzip"})
        if self._kept is not None:
            self._kept[incoming.target] = made
        return made


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
        content = _metadata(book)
    elif call == "formats":
        try:
            sheets = [book.find(name_of_range) for name_of_range in query["ranges"]]
        except NoSuchRangeError as bad:
            return answers.no_such_range(str(bad))
        content = {"sheets": [_sheet_metadata(sheet, 0) | {"data": [_formats(sheet)]} for sheet in sheets]}
    else:
        formatted = query.get("valueRenderOption", ["FORMATTED_VALUE"])[-1] == "FORMATTED_VALUE"
        try:
            if call == "values":
                content = book.values(typed, formatted)
            else:
                content = {"spreadsheetId": book.id}
                with book.lock:
                    ranges = [book.values(name_of_range, formatted) for name_of_range in query.get("ranges", [])]
                content |= {"valueRanges": ranges} if ranges else {}
        except NoSuchRangeError as bad:
            return answers.no_such_range(str(bad))
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


def _formats(sheet: Sheet) -> dict:
    """`GridData`: a format is there only where somebody set it, and an empty object stands for any other cell."""
    struck = {"userEnteredFormat": {"textFormat": {"strikethrough": True}}}
    return {
        "rowData": [
            {"values": [struck if at in sheet.struck and cell not in (None, "") else {} for cell in row]}
            for at, row in enumerate(sheet.rows)
        ]
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
