"""Spreadsheets in memory, edited from Python as people edit them in a browser."""

import datetime as dt
import hashlib
import re
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, Self

from openpyxl.utils.cell import coordinate_to_tuple, get_column_letter, range_boundaries

from cwac import model
from cwac.model import Cell

Typed = Cell | dt.date | dt.time
EPOCH = dt.datetime(1899, 12, 30)  # noqa: DTZ001 - day numbers are wall-clock
DAYS = {"Date", "From", "To", "Due", "Entered on"}
TIMES = {"Start", "End", "Report time"}
"""Headers of columns whose numbers are shown as days, and as times."""


class NoSuchRangeError(ValueError):
    """Nothing by that name: Google says "Unable to parse range"."""


@dataclass
class Sheet:
    """One tab. Cells are as UNFORMATTED_VALUE gives them."""

    title: str
    id: int = 0
    rows: list[list[Cell]] = field(default_factory=list)
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

    def set(self, a1: str, value: Typed) -> None:
        """Type a value into a cell such as `B3`; a date or time becomes a number."""
        self.write(a1, [[value]])

    def write(self, a1: str, rows: Iterable[Sequence[Typed]]) -> None:
        """Type rows of values, the first of them into the cell `a1`."""
        top, left = coordinate_to_tuple(a1)
        for at, typed in enumerate(rows, top - 1):
            self.rows.extend([] for _ in range(at + 1 - len(self.rows)))
            cells = self.rows[at]
            cells.extend([None] * (left - 1 + len(typed) - len(cells)))
            cells[left - 1 : left - 1 + len(typed)] = map(_serial, typed)

    def merge(self, a1: str) -> None:
        """Merge a range such as `A2:B3`: only its first cell keeps a value."""
        left, top, end_column, end_row = range_boundaries(a1)
        self.merges.append((top - 1, end_row, left - 1, end_column))
        for at, row in enumerate(self.rows[top - 1 : end_row], top - 1):
            for column in range(left - 1, min(end_column, len(row))):
                if (at, column) != (top - 1, left - 1):
                    row[column] = None


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
        if sheet_id is None:
            name = f"{title} {len(self.sheets)}".encode()
            sheet_id = int(hashlib.sha256(name).hexdigest()[:7], 16) if self.sheets else 0
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

    @classmethod
    def from_workbook(cls, workbook: model.Workbook, title: str = "Coffee with a Cop") -> Self:
        book = cls(title, workbook.timezone, workbook.locale)
        for tab in workbook.tabs:
            sheet = book.add(tab.title, tab.rows, sheet_id=tab.id)
            sheet.merges = [(merge.top, merge.bottom, merge.left, merge.right) for merge in tab.merges]
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
        if formatted and rows:
            header = [*map(str, rows[0]), *[""] * sheet.column_count]
            rows = [[_shown(value, column) for value, column in zip(row, header, strict=False)] for row in rows]
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


def _serial(value: Typed) -> Cell:
    if isinstance(value, dt.datetime):
        days = (value.replace(tzinfo=None) - EPOCH) / dt.timedelta(days=1)
    elif isinstance(value, dt.date):
        days = (value - EPOCH.date()).days
    elif isinstance(value, dt.time):
        days = (value.hour * 3600 + value.minute * 60 + value.second) / 86_400
    else:
        return value
    return int(days) if days == int(days) else days


def _shown(value: Cell, header: str) -> Cell:
    """A cell as an American sheet shows it."""
    if isinstance(value, bool):
        return str(value).upper()
    if not isinstance(value, int | float):
        return value
    moment = EPOCH + dt.timedelta(seconds=round(value * 86_400)) if header in DAYS | TIMES else EPOCH
    if header in DAYS:
        return f"{moment.month}/{moment.day}/{moment.year}"
    return f"{moment:%I:%M:%S %p}".removeprefix("0") if header in TIMES else f"{value:.15g}"


def _trimmed(row: Sequence[Cell]) -> list[Cell]:
    end = len(row)
    while end and row[end - 1] in (None, ""):
        end -= 1
    return ["" if value is None else value for value in row[:end]]
