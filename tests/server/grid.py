"""Spreadsheets in memory, edited from Python as people edit them in a browser."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter, range_boundaries

from cwac import model
from cwac.model import Cell
from cwac.sheet import headers

Format = Literal["date", "time", "datetime"]
Typed = Cell | dt.date | dt.time
EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - day numbers are wall-clock


class NoSuchRangeError(ValueError):
    """Nothing by that name: Google says "Unable to parse range"."""


@dataclass
class Sheet:
    """One tab. Cells are as UNFORMATTED_VALUE gives them.

    How numbers are shown: `formats` by (row, column), else `column_formats` by column.
    """

    title: str
    id: int = 0
    rows: list[list[Cell]] = field(default_factory=list)
    formats: dict[tuple[int, int], Format] = field(default_factory=dict)
    column_formats: dict[int, Format] = field(default_factory=dict)
    hidden: bool = False
    kind: Literal["GRID", "OBJECT", "DATA_SOURCE"] = "GRID"
    struck: set[int] = field(default_factory=set)
    """The rows, from 0, whose filled cells are struck through."""
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)
    """(first row, end row, first column, end column), from 0, ends exclusive."""

    @property
    def row_count(self) -> int:
        return max(1000, len(self.rows))

    @property
    def column_count(self) -> int:
        return max(26, max(map(len, self.rows), default=0))

    def format_of(self, row: int, column: int) -> Format | None:
        return self.formats.get((row, column)) or self.column_formats.get(column)

    def set(self, a1: str, value: Typed) -> None:
        """Type a value into a cell such as `B3`; a date or time becomes a number that is shown as one."""
        self.write(a1, [[value]])

    def write(self, a1: str, rows: Iterable[Sequence[Typed]]) -> None:
        """Type rows of values, the first of them into the cell `a1`."""
        top, left = coordinate_to_tuple(a1)
        for at, row in enumerate(rows, top - 1):
            for column, value in enumerate(row, left - 1):
                self._put(at, column, value)

    def _put(self, row: int, column: int, value: Typed) -> None:
        self.rows.extend([] for _ in range(row + 1 - len(self.rows)))
        cells = self.rows[row]
        cells.extend([None] * (column + 1 - len(cells)))
        self.formats.pop((row, column), None)
        cells[column], shown = _serial(value)
        if shown:
            self.formats[row, column] = shown

    def clear(self) -> None:
        """Empty the tab, header and all."""
        self.rows, self.formats, self.column_formats, self.merges = [], {}, {}, []

    def merge(self, a1: str) -> None:
        """Merge a range such as `A2:B3`: only its first cell keeps a value."""
        first_column, first_row, end_column, end_row = range_boundaries(a1)
        top, left = first_row - 1, first_column - 1
        for row in range(top, min(end_row, len(self.rows))):
            for column in range(left, min(end_column, len(self.rows[row]))):
                if (row, column) != (top, left):
                    self.rows[row][column] = None
        self.merges.append((top, end_row, left, end_column))


@dataclass
class Spreadsheet:
    """A spreadsheet. `lock` is held while an answer is made: hold it for an edit in several steps."""

    title: str = "Coffee with a Cop"
    time_zone: str = "America/Los_Angeles"
    locale: str = "en_US"
    sheets: list[Sheet] = field(default_factory=list)
    id: str = ""
    lock: threading.RLock = field(default_factory=threading.RLock, repr=False)

    def __post_init__(self) -> None:
        # As long and as odd as Google's own, and the same each time.
        self.id = self.id or "1" + hashlib.sha256(self.title.encode()).hexdigest()[:40] + "-_A"

    @property
    def url(self) -> str:
        """The address as a browser shows it."""
        return f"https://docs.google.com/spreadsheets/d/{self.id}/edit#gid=0"

    def __getitem__(self, title: str) -> Sheet:
        return next(sheet for sheet in self.sheets if sheet.title == title)

    def add(
        self, title: str, rows: Iterable[Sequence[Typed]] = (), *, hidden: bool = False, sheet_id: int | None = None
    ) -> Sheet:
        """A new tab at the end."""
        taken = {sheet.id for sheet in self.sheets}
        if sheet_id is None:
            sheet_id = 0 if not taken else int(hashlib.sha256(f"{title} {len(taken)}".encode()).hexdigest()[:7], 16)
        sheet = Sheet(title, sheet_id, hidden=hidden)
        sheet.write("A1", rows)
        with self.lock:
            self.sheets.append(sheet)
        return sheet

    def rename(self, title: str, new: str) -> None:
        with self.lock:
            self[title].title = new

    def delete(self, title: str) -> None:
        with self.lock:
            self.sheets.remove(self[title])

    def move(self, title: str, index: int) -> None:
        """Drag a tab to another place."""
        with self.lock:
            sheet = self[title]
            self.sheets.remove(sheet)
            self.sheets.insert(index, sheet)

    @classmethod
    def from_workbook(cls, workbook: model.Workbook, title: str = "Coffee with a Cop") -> Spreadsheet:
        """From a `Workbook`. The contract says which columns hold dates and times, so that they are shown as such."""
        book = cls(title, workbook.timezone, workbook.locale)
        for tab in workbook.tabs:
            sheet = book.add(tab.title, sheet_id=tab.id)
            sheet.rows = [list(row) for row in tab.rows]
            sheet.merges = [(merge.top, merge.bottom, merge.left, merge.right) for merge in tab.merges]
            _show_dates(sheet)
        return book

    # --- ranges ------------------------------------------------------------------------------------------------

    def find(self, typed: str) -> Sheet:
        """The tab of that title, which may be quoted. Raises `NoSuchRangeError`; ranges of cells are not known here."""
        title = typed[1:-1].replace("''", "'") if typed.startswith("'") and typed.endswith("'") else typed
        for sheet in self.sheets:
            if sheet.title == title and sheet.kind == "GRID":
                return sheet
        raise NoSuchRangeError(typed)

    def values(self, typed: str, formatted: bool) -> dict:
        """A `ValueRange`: trailing blanks left out, inner ones `""` or `[]`, no `values` where all is blank."""
        with self.lock:
            sheet = self.find(typed)
            rows = list(map(list, sheet.rows))
            if formatted:
                rows = [
                    [_shown(value, sheet.format_of(at, column)) for column, value in enumerate(row)]
                    for at, row in enumerate(rows)
                ]
        values = [_trimmed(row) for row in rows]
        while values and not values[-1]:
            values.pop()
        full = f"{quoted(sheet.title)}!A1:{get_column_letter(sheet.column_count)}{sheet.row_count}"
        return {"range": full, "majorDimension": "ROWS"} | ({"values": values} if values else {})


def quoted(title: str) -> str:
    """A tab's title as Google writes it before the `!`: quoted unless it is one plain word."""
    if re.fullmatch(r"[A-Za-z_][A-Za-z_0-9]*", title) and not re.fullmatch(r"[A-Za-z]{1,3}[0-9]*", title):
        return title
    return "'" + title.replace("'", "''") + "'"


# --- how cells are typed and shown ---------------------------------------------------------------------------------


def _serial(value: Typed) -> tuple[Cell, Format | None]:
    if isinstance(value, dt.datetime):
        return _whole((value.replace(tzinfo=None) - EPOCH) / dt.timedelta(days=1)), "datetime"
    if isinstance(value, dt.date):
        return (value - EPOCH.date()).days, "date"
    if isinstance(value, dt.time):
        return _whole((value.hour * 3600 + value.minute * 60 + value.second) / 86_400), "time"
    return value, None


def _whole(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _shown(value: Cell, shown: Format | None) -> Cell:
    """A cell as an American sheet shows it."""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if not isinstance(value, int | float):
        return value
    if shown is None:
        return f"{value:.15g}"
    moment = EPOCH + dt.timedelta(seconds=round(value * 86_400))
    day = f"{moment.month}/{moment.day}/{moment.year}"
    time = f"{moment.hour % 12 or 12}:{moment:%M:%S} {'AM' if moment.hour < 12 else 'PM'}"
    return {"date": day, "time": time, "datetime": f"{day} {time}"}[shown]


def _trimmed(row: Sequence[Cell]) -> list[Cell]:
    end = len(row)
    while end and (row[end - 1] is None or row[end - 1] == ""):
        end -= 1
    return ["" if value is None else value for value in row[:end]]


def _show_dates(sheet: Sheet) -> None:
    """Find the columns that the contract reads as dates or times, and show their numbers so."""
    spec = headers.spec_for(sheet.title)
    if spec is None:
        return
    shown: dict[str, Format] = {"date": "date", "long-date": "date", "time": "time"}
    for row in sheet.rows[:10]:
        columns = [headers.column_for(spec, header) for header in row]
        if sum(column is not None for column in columns) >= 2:
            for index, column in enumerate(columns):
                kind = shown.get(column.reader) if column else None
                if kind:
                    sheet.column_formats[index] = kind
            return
