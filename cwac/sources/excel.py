"""Read an .xlsx file into a `Workbook` with the cell values that Google would give.

Libraries convert stored days and times and lose some, and they allocate the whole rectangle of a sheet. Here the parts
are parsed as a stream, only values take memory, and limits are checked while reading, because a file can lie.
"""

from __future__ import annotations

import codecs
import csv
import datetime as dt
import hashlib
import io
import os
import re
import stat
from collections.abc import Hashable, Iterable
from contextlib import suppress
from pathlib import Path
from sys import getsizeof
from zoneinfo import ZoneInfo

from cwac.model import Cell, Merge, Row, SourceUnavailable, Tab, Workbook
from cwac.settings import DEFAULT_ZONE
from cwac.sheet.cell_kinds import LOOKED_AT
from cwac.sheet.planning import plan_alone
from cwac.sheet.text import NOT_CALCULATED
from cwac.sources import xlsx_package
from cwac.sources.xlsx_package import MAX_CELLS, MAX_DEPTH, MAX_ROWS, UnusableFile, damaged, position_of, too_large

MAX_FILE = 256 * 2**20
MAX_MERGES = 50_000
_MAX_SHARED = 250_000
"""Values that are kept to be shared by equal cells."""
Styles = tuple[dict[str, str], frozenset[str]]
_MAX_IDLE = 1_500_000
"""Blank cells and rows of a tab, and its other elements."""

REMEDY = {
    "not-found": "Check the path, and that the file has not been moved or renamed.",
    "not-readable": "Ask whoever keeps it to let this program read it.",
    "not-a-workbook": "Open it in Excel and save it again as .xlsx.",
    "old-format": "Open it in Excel and save it again as .xlsx (File, Save As, Excel Workbook).",
    "password": "Open it in Excel, take the password off (File, Info, Protect Workbook) and save it again as .xlsx.",
    "protected": "Open it in Excel and choose a sensitivity label without encryption (Home, Sensitivity).",
    "damaged": "Open it in Excel, let Excel repair it, and save it again as .xlsx.",
    "too-large": "Open it in Excel, delete what does not belong to the tables, and save it again as .xlsx.",
}


def read_excel(path: str | os.PathLike[str], timezone: str = DEFAULT_ZONE, reader: TabReader | None = None) -> Workbook:
    """Read an .xlsx file, or a .csv or .tsv file as a workbook of one tab.

    `timezone` is the IANA zone that its wall-clock times are meant in.
    In an Hours column a number that could be either becomes text as the cell shows it, `6:00` or `0.25`; one that only
    a clock would be stays a number if its format is General. A table's total row begins with `Total`.
    With the same `reader` each time, only the tabs that have changed are parsed again. Raises `SourceUnavailable`.
    """
    try:
        data, modified = _load(path)
        is_text = Path(path).suffix.lower() in _ENDINGS
        tabs = (_text_table(data, Path(path)),) if is_text else (reader or TabReader()).tabs(data)
    except UnusableFile as trouble:
        name = os.fspath(path) if trouble.cause == "not-found" else Path(path).name
        raise SourceUnavailable(trouble.cause, f"{name} {trouble}.", REMEDY[trouble.cause]) from None
    return Workbook(os.fspath(path), dt.datetime.fromtimestamp(modified, ZoneInfo(timezone)), timezone, tabs)


def _load(path: str | os.PathLike[str]) -> tuple[bytes, float]:
    """The file's bytes and modification time, read at once in case it is saved meanwhile."""
    try:
        about = os.stat(path)
        if stat.S_ISDIR(about.st_mode):
            raise UnusableFile("not-a-workbook", "is a folder, not a workbook")
        if not stat.S_ISREG(about.st_mode):
            raise UnusableFile("not-a-workbook", "is a device, not a file")
        if about.st_size > MAX_FILE:
            raise UnusableFile("too-large", f"is over {MAX_FILE // 2**20} MB")
        with open(path, "rb") as file:
            return file.read(), os.fstat(file.fileno()).st_mtime
    except (FileNotFoundError, NotADirectoryError, ValueError):  # ValueError: no path can hold a NUL
        raise UnusableFile("not-found", "is not there") from None
    except OSError as error:
        raise UnusableFile("not-readable", f"cannot be read ({error.strerror})") from None


class TabReader:
    """Reads one workbook again and again, but parses only changed worksheets: all take a second at 100,000 rows."""

    def __init__(self) -> None:
        self._strings: list[str] = []
        self._made_with: tuple[Styles, bool] = ({}, frozenset()), False
        self._sheets: dict[Hashable, tuple[Tab, int]] = {}
        self._read: tuple[bytes, tuple[Tab, ...]] = b"", ()

    def tabs(self, data: bytes) -> tuple[Tab, ...]:
        """The tabs of an .xlsx file, as `read_excel` describes them. Raises `UnusableFile`."""
        digest = hashlib.sha256(data).digest()
        if digest == self._read[0]:
            return self._read[1]
        package = xlsx_package.Package(data)
        workbook = dict(package.related("").values()).get("officeDocument", "xl/workbook.xml")
        if workbook not in package:
            raise xlsx_package.no_workbook(package)
        related = package.related(workbook)
        listed, from_1904 = xlsx_package.sheets_of(package, workbook, related)
        part_of = dict(related.values())
        shared = part_of.get("sharedStrings")
        strings = [] if shared is None else xlsx_package.strings_of(package.unpack(shared))
        none: Styles = {}, frozenset()
        styles = xlsx_package.read_styles(package.unpack(part_of["styles"])) if "styles" in part_of else none
        values = _Values(strings, _FROM_1904 if from_1904 else 0)
        # Whether what worksheets refer to by number still means the same; new strings are added at the end.
        is_like_before = self._made_with == (styles, from_1904) and strings[: len(self._strings)] == self._strings
        before = self._sheets if is_like_before else {}
        sheets: dict[Hashable, tuple[Tab, int]] = {}
        tabs: list[Tab] = []
        room, merges = MAX_CELLS, 0
        for title, part, hidden in listed:
            totals = xlsx_package.total_rows(package, part)
            key = title, hidden, totals, package.digest(part)
            tab, cells = before.get(key, (None, 0))
            if tab is None or cells > room:
                sheet = _Worksheet(title, values, styles, room)
                tab = sheet.tab(package.unpack(part), hidden, totals)
                cells = sheet.height * sheet.width
            sheets[key] = tab, cells
            tabs.append(tab)
            room -= cells
            merges += len(tab.merges)
            if merges > MAX_MERGES:
                raise too_large("merged ranges")
        self._strings, self._made_with, self._sheets = strings, (styles, from_1904), sheets
        self._read = digest, tuple(tabs)
        return self._read[1]


_FROM_1904 = 1462
"""Days from 1899-12-30 to 1904-01-01."""


class _Values(dict[tuple[str, str], Cell]):
    """Kind and text of a cell as stored -> its value, which is worked out once for all cells that are the same."""

    def __init__(self, strings: list[str], day_zero: int) -> None:
        super().__init__()
        self._strings, self.day_zero = strings, day_zero
        self._size = 0

    def __missing__(self, written: tuple[str, str]) -> Cell:
        value = self._value(*written)
        if len(self) < _MAX_SHARED:
            self[written] = value
        if isinstance(value, str) and written[0] != "s":
            self._size += getsizeof(value)
            if self._size > xlsx_package.MAX_TEXT:
                raise too_large("text")
        return value

    def _value(self, kind: str, text: str) -> Cell:
        if kind in ("n", "day", "time", "number"):
            number = xlsx_package.number_of(text)
            return number + self.day_zero if kind == "day" and isinstance(number, int | float) else number
        if kind == "s":
            try:
                return self._strings[xlsx_package.whole_number_of(text)] or None
            except IndexError:
                raise damaged() from None
        if kind == "b":
            return text.strip() in {"1", "true"}
        if kind == "d":
            return xlsx_package.iso_number(text)
        return xlsx_package.unescape(text) or None


class _Worksheet:
    """One worksheet, parsed as a stream. `height` and `width` reach from A1 to its last value."""

    def __init__(self, title: str, values: _Values, styles: Styles, room: int) -> None:
        self._title, self._values, self._room = title, values, room
        self._formats, self._struck_styles = styles
        self._struck: dict[int, int] = {}
        """By row, how many of its cells are struck through."""
        self._shown: dict[str, dict[int, set[int]]] = {"time": {}, "number": {}}  # kind -> column -> rows
        if values.day_zero:
            self._shown["day"] = {}
        self._rows: dict[int, list[Cell]] = {}
        self._merges: list[Merge] = []
        self.height = self.width = 0

    def tab(self, chunks: Iterable[bytes], hidden: bool, totals: frozenset[int]) -> Tab:
        self._parse(chunks)
        self._settle(totals)
        struck = tuple(
            at
            for at, cells in sorted(self._struck.items())
            if 2 * cells > sum(cell is not None for cell in self._rows.get(at, ()))
        )
        # Tuples of plain values are left out of garbage collection, which lists never are.
        rows = tuple([tuple(self._rows.get(at, ())) for at in range(self.height)])
        return Tab(self._title, rows, tuple(self._merges), hidden=hidden, struck=struck)

    def _settle(self, totals: frozenset[int]) -> None:
        """Adjust the cells whose meaning depends on more than the cell: total rows, unformatted dates, hours."""
        table = plan_alone(Tab(self._title, [self._rows.get(at, []) for at in range(min(self.height, LOOKED_AT))]))
        if table is None or table.header is None:
            return
        top = table.header
        columns = ((one, table.column_of(one)) for one in table.columns if one.use == "value")
        read = {one.index: column for one, column in columns if column is not None}
        day_zero = self._values.day_zero
        for number in totals:
            if read and number > top and (row := self._rows.get(number)):
                # The word that the reader skips; Excel's own depends on its language.
                row.extend([None] * (min(read) + 1 - len(row)))
                row[min(read)] = "Total"
        for at, column in read.items():
            days, times, plain = (self._shown.get(kind, {}).get(at, set()) for kind in ("day", "time", "number"))
            if column.reader == "hours" or (day_zero and column.reader in ("date", "long-date")):
                for number, row in self._rows.items():
                    cell = row[at] if number > top and at < len(row) else None
                    if cell is None or isinstance(cell, bool | str):
                        continue
                    if column.reader == "hours":
                        row[at] = xlsx_package.hours_of(cell, is_time=number in times, is_number=number in plain)
                    elif number not in days and 1 <= cell < 1_000_000:
                        row[at] = cell + day_zero

    def _parse(self, chunks: Iterable[bytes]) -> None:
        """Parse the worksheet's XML, in one long function of closures for speed: there can be millions of cells."""
        cell = value = text = formula = row = merge = phonetic = inline = ""
        values, formats, rows, columns = self._values, self._formats, self._rows, dict[str, int]()
        struck_styles, struck = self._struck_styles, self._struck
        is_struck = False
        shown = self._shown
        pieces: list[str] = []
        cells: list[Cell] | None = None  # of the current row, from its first value on
        at, suffix, digits, column = -1, "", 0, -1
        kind = "n"
        is_formula = is_stored = is_phonetic = False
        inside: list[str] = []
        opened, closed = inside.append, inside.remove
        idle = 0

        def root(tag: str, _: dict[str, str]) -> None:
            nonlocal cell, value, text, formula, row, merge, phonetic, inline
            prefix, _colon, name = tag.rpartition(":")
            if name != "worksheet":
                raise damaged()
            cell, value, text, formula, row, merge, phonetic, inline = (
                prefix + _colon + name for name in ("c", "v", "t", "f", "row", "mergeCell", "rPh", "is")
            )
            opened(tag)
            parser.StartElementHandler, parser.EndElementHandler = start, closed

        def start(tag: str, attributes: dict[str, str]) -> None:
            nonlocal column, kind, is_formula, is_stored, is_phonetic, is_struck
            opened(tag)
            if len(inside) > MAX_DEPTH:
                raise too_large("levels of elements")
            if tag == cell:
                if pieces or is_formula:
                    keep()
                else:
                    rest()
                kind = attributes.get("t", "n")
                if kind == "n" and formats:
                    kind = formats.get(attributes.get("s", ""), "n")
                is_phonetic = False
                if struck_styles:
                    is_struck = attributes.get("s", "") in struck_styles
                reference = attributes.get("r")
                if reference is None:
                    column += 1
                    return
                index = columns.get(reference[:-digits]) if reference.endswith(suffix) else None
                if index is None:
                    there, index = position_of(reference)
                    columns[reference.rstrip("0123456789")] = index
                    if there != at:
                        go_to(there)
                column = index
            elif tag in (value, text):
                if not is_phonetic:
                    is_stored = True
                    parser.CharacterDataHandler = pieces.append
                    parser.EndElementHandler = end
            elif tag == row:
                if pieces or is_formula:
                    keep()
                else:
                    rest()
                number = attributes.get("r")
                go_to(at + 1 if number is None else xlsx_package.whole_number_of(number) - 1)
                column = -1
            elif tag == formula:
                is_formula = True
            elif tag == phonetic:
                is_phonetic = True
            elif tag == merge:
                self._merges.append(xlsx_package.merge_of(attributes.get("ref", "")))
                if len(self._merges) > MAX_MERGES:
                    raise too_large("merged ranges")
            elif tag != inline:
                rest()

        def rest() -> None:
            """Count an element without a value."""
            nonlocal idle
            idle += 1
            if idle > _MAX_IDLE:
                raise too_large("elements")

        def end(tag: str) -> None:
            closed(tag)
            parser.CharacterDataHandler = None
            parser.EndElementHandler = closed

        def go_to(there: int) -> None:
            nonlocal cells, at, suffix, digits
            if not 0 <= there < MAX_ROWS:
                raise damaged()
            cells, at, suffix = rows.get(there), there, str(there + 1)
            digits = len(suffix)

        def keep() -> None:
            """Store the cell just read, unless it is blank."""
            nonlocal cells, is_formula, is_stored
            held: Cell = None
            if pieces:
                held = values[kind, pieces[0] if len(pieces) == 1 else "".join(pieces)]
                pieces.clear()
            elif is_formula and not (kind == "str" and is_stored):
                held = NOT_CALCULATED
            is_formula = is_stored = False
            if held is None:
                return
            if at < 0 or column < 0:
                raise damaged()
            if cells is None:
                cells = rows[at] = []
                self._grow(at + 1, self.width)
            if column >= self.width:
                self._grow(self.height, column + 1)
            if is_struck:
                struck[at] = struck.get(at, 0) + 1
            if kind in shown:
                shown[kind].setdefault(column, set()).add(at)
            gap = column - len(cells)
            if gap < 0:
                cells[column] = held
                return
            if gap:
                cells.extend([None] * gap)
            cells.append(held)

        parser = xlsx_package.make_parser(start)
        parser.StartElementHandler = root
        xlsx_package.feed(parser, chunks, pieces, 6 * MAX_CELLS)
        keep()

    def _grow(self, height: int, width: int) -> None:
        self.height, self.width = max(self.height, height), max(self.width, width)
        if self.height * self.width > self._room:
            from openpyxl.utils import get_column_letter

            raise UnusableFile(
                "too-large",
                f"has over {MAX_CELLS // 10**6} million cells: {self._title} reaches row {self.height}, "
                f"column {get_column_letter(self.width)}",
            )


_ENDINGS = (".csv", ".tsv")
_MAX_TEXT_CELLS = 2_000_000  # of the rectangle from the first to the last one

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,10})?")


def _text_table(data: bytes, path: Path) -> Tab:
    """The file's rows under its name. Raises `UnusableFile`."""
    if len(data) > xlsx_package.MAX_TEXT:
        raise too_large("text")
    text = _decoded(data)
    start = text[:4096]
    # Excel writes semicolons in some countries.
    delimiter = ";" if start.count(";") > start.count(",") else ","
    if path.suffix.lower() == ".tsv" or "\t" in start.split("\n", 1)[0]:
        delimiter = "\t"
    rows: list[Row] = []
    width = 0
    try:
        for fields in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append([_cell_of(field) for field in fields])
            width = max(width, len(fields))
            if width * len(rows) > _MAX_TEXT_CELLS:
                raise too_large("cells")
    except csv.Error:
        raise damaged() from None
    return Tab(path.stem, rows)


def _decoded(data: bytes) -> str:
    """UTF-8, or what Excel for Windows writes."""
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in data and not is_wide:
        raise UnusableFile("not-a-workbook", "is no text, although its name says so")
    for encoding in ["utf-16"] if is_wide else ["utf-8-sig", "cp1252"]:
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise damaged()


def _cell_of(field: str) -> Cell:
    typed = field.strip()
    if not typed:
        return None
    if typed in ("TRUE", "FALSE"):
        return typed == "TRUE"
    if _NUMBER.fullmatch(typed):
        return float(typed) if "." in typed else int(typed)
    return field
