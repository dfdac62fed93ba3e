"""The parts of Google Sheets v4 and Google's token endpoint that reading one sheet needs, on loopback."""

import gzip
import json
import re
from functools import cache
from importlib import resources
from pathlib import Path
from urllib.parse import unquote

import orjson

from cwac.model import Workbook
from cwac.sources.excel import read_excel
from tests.server import answers, tokens
from tests.server.answers import REFUSALS, Answer
from tests.server.grid import NoSuchRangeError, Sheet, Spreadsheet
from tests.server.listener import Incoming, StandIn

Mask = dict[str, "Mask"]
"""Field -> the mask of its parts; an empty mask selects everything."""


@cache
def discovery() -> dict:
    """Google's description of the Sheets API, as shipped in google-api-python-client."""
    documents = resources.files("googleapiclient.discovery_cache") / "documents" / "sheets.v4.json"
    return json.loads(documents.read_text(encoding="utf-8"))


class SheetsServer(StandIn):
    """The server, running between `with` and its end (or `start()` and `stop()`). See `tests.server`.

    `book` is the spreadsheet it holds, made from a path to an .xlsx, a `Workbook`, or nothing.
    """

    usual_fault = "sheets"

    def __init__(self, source: Workbook | str | Path | None = None, *, certificate: Path | None = None) -> None:
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
        return self.calls.total() - self.calls["token"]

    def answer(self, incoming: Incoming) -> tuple[str, Answer]:
        if incoming.method == "POST" and incoming.path == "/token":
            return "token", self.tokens.grant(incoming.form, self.now)
        named = re.fullmatch(r"/v4/spreadsheets/([^/]+)(?:/(values:batchGet|values(?=/)))?(?:/([^/]+))?", incoming.path)
        if incoming.method != "GET" or named is None or (named[3] and named[2] != "values"):
            return "other", answers.page(404)
        call = (named[2] or "metadata").removeprefix("values:")
        if call == "metadata" and "ranges=" in incoming.target:
            call = "formats"
        return call, self._read(incoming, unquote(named[1]), named[2] or "", unquote(named[3] or ""))

    def _read(self, incoming: Incoming, book_id: str, method: str, typed: str) -> Answer:
        resource = discovery()["resources"]["spreadsheets"]
        described = (resource["resources"]["values"] if method else resource)["methods"][
            "batchGet" if method == "values:batchGet" else "get"
        ]
        refusal = self.tokens.refusal(incoming.bearer, frozenset(described["scopes"]), self.now)
        refusal = refusal or _bad_query(described, incoming.query)
        if refusal:
            return refusal
        for is_wrong, kind in (
            (not self.api_enabled, "api-disabled"),
            (book_id not in self.books, "not-found"),
            (not self.shared, "not-shared"),
            (self.office_file, "office-file"),
        ):
            if is_wrong:
                return REFUSALS[kind]
        made = _made(method, self.books[book_id], incoming, typed, described["response"]["$ref"])
        if len(made.body) >= 1000 and "gzip" in incoming.headers.get("Accept-Encoding", ""):
            made = Answer(made.status, gzip.compress(made.body, 1), made.headers | {"Content-Encoding": "gzip"})
        return made


def _bad_query(described: dict, query: dict[str, str]) -> Answer | None:
    """Google refuses parameters and choices that its description does not know."""
    parameters = described["parameters"] | discovery()["parameters"]
    for name, value in query.items():
        known = parameters.get(name, {"location": "path"})
        if known.get("location") == "path" or value not in known.get("enum", [value]):
            return answers.bad_request(f"Invalid value at '{name}', \"{value}\"")
    return None


def _made(method: str, book: Spreadsheet, incoming: Incoming, typed: str, schema: str) -> Answer:
    query = incoming.query
    ranges = [value for name, value in incoming.pairs if name == "ranges"]
    formatted = query.get("valueRenderOption", "FORMATTED_VALUE") == "FORMATTED_VALUE"
    try:
        mask = parse_mask(query["fields"], schema) if "fields" in query else {}
        with book.lock:
            if method == "values":
                content = book.values(typed, formatted)
            elif method:
                content = {"spreadsheetId": book.id}
                content |= {"valueRanges": [book.values(one, formatted) for one in ranges]} if ranges else {}
            elif ranges:
                tabs = map(book.find, ranges)
                content = {"sheets": [_metadata(sheet, 0) | {"data": [_formats(sheet)]} for sheet in tabs]}
            else:
                content = {
                    "spreadsheetId": book.id,
                    "properties": {
                        "title": book.title,
                        "locale": book.locale,
                        "autoRecalc": "ON_CHANGE",
                        "timeZone": book.time_zone,
                    },
                    "sheets": [_metadata(sheet, index) for index, sheet in enumerate(book.sheets)],
                    "spreadsheetUrl": f"https://docs.google.com/spreadsheets/d/{book.id}/edit",
                }
    except UnknownFieldError as bad:
        return answers.bad_request(f"Error expanding 'fields' parameter. Cannot find matching fields for path '{bad}'.")
    except NoSuchRangeError as bad:
        return answers.error(400, "INVALID_ARGUMENT", f"Unable to parse range: {bad}")
    option = 0 if query.get("prettyPrint") == "false" else orjson.OPT_INDENT_2
    return Answer(200, orjson.dumps(selected(mask, content), option=option))


# --- Google's `fields` parameter: selects parts of an answer, and is checked against the API's own description ------


class UnknownFieldError(ValueError):
    """The path that names no field."""


def parse_mask(typed: str, schema: str) -> Mask:
    """`a.b,c(d,e/f)` -> a mask. Raises `UnknownFieldError` where a path names no field of the schema."""
    paths, found = typed.replace("/", "."), 1
    while found:  # the innermost parentheses first
        paths, found = re.subn(r"([\w.]+)\(([^()]*)\)", _expanded, paths)
    mask: Mask = {}
    for path in paths.split(","):
        within, described = mask, {"$ref": schema}
        for name in path.split("."):
            described = described.get("items", described)
            described = discovery()["schemas"].get(described.get("$ref"), described).get("properties", {}).get(name)
            if described is None:
                raise UnknownFieldError(path)
            within = within.setdefault(name, {})
    return mask


def _expanded(group: re.Match[str]) -> str:
    """`a(b,c)` -> `a.b,a.c`"""
    return ",".join(f"{group[1]}.{inner}" for inner in group[2].split(","))


def selected(mask: Mask, content: object) -> object:
    """The part of a JSON value that the mask wants."""
    if mask and isinstance(content, list):
        return [selected(mask, item) for item in content]
    if mask and isinstance(content, dict):
        return {name: selected(within, content[name]) for name, within in mask.items() if name in content}
    return content


def _formats(sheet: Sheet) -> dict:
    """`GridData`: a format is there only where somebody set it, and an empty object stands for any other cell."""
    struck = {"userEnteredFormat": {"textFormat": {"strikethrough": True}}}
    return {
        "rowData": [
            {"values": [struck if at in sheet.struck and cell not in (None, "") else {} for cell in row]}
            for at, row in enumerate(sheet.rows)
        ]
    }


def _metadata(sheet: Sheet, index: int) -> dict:
    properties: dict = {"sheetId": sheet.id, "title": sheet.title, "index": index, "sheetType": sheet.kind}
    if sheet.kind != "OBJECT":
        properties["gridProperties"] = {"rowCount": sheet.row_count, "columnCount": sheet.column_count}
    if sheet.hidden:
        properties["hidden"] = True
    ends = ("startRowIndex", "endRowIndex", "startColumnIndex", "endColumnIndex")
    merges = [{"sheetId": sheet.id, **dict(zip(ends, merge, strict=True))} for merge in sheet.merges]
    return {"properties": properties} | ({"merges": merges} if merges else {})
