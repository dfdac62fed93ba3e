"""A tab laid out by column, the owners and problems of its rows, and the records made of them."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, dataclass, field, fields, make_dataclass
from functools import cache
from itertools import starmap
from typing import TYPE_CHECKING, Any, TypeVar

from cwac import model
from cwac.model import Cell, Problem, Tab
from cwac.sheet import schema, text
from cwac.sheet.dates import NamedPeriod
from cwac.sheet.schema import EVENTS, Column, TabSpec
from cwac.sheet.text import CellFinding
from cwac.sheet.times import as_shown

if TYPE_CHECKING:
    from cwac.sheet.compose import TableBlock

Owner = tuple[tuple[str, ...], str | None]
"""The agencies responsible for a row (none where unknown), and the ID of the row's event."""
Place = tuple[int | None, str | None]
"""A column's index, and its header as typed."""


def distinct_agencies(*agencies: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(agency for agency in agencies if agency))


def column_letters(index: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


def shorten(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


ROWS_A_TAB = 10_000_000
"""Rows of the second tab of a table are counted from here, those of the third from twice as many, and so on."""


def split_row(number: int) -> tuple[int, int]:
    """The place of a row's tab among those of its table, from 0, and the row's number as the sheet counts it."""
    return divmod(number, ROWS_A_TAB)


def join_row(tab: int, row: int) -> int:
    """The number of a row of the tab in that place, which `split_row` takes apart."""
    return tab * ROWS_A_TAB + row


@dataclass(frozen=True, slots=True)
class NamesColumn:
    """One of several columns of names: its field in the table, and the role and the agency that its header names."""

    field: str
    role: model.Role | None = None
    agency: str | None = None


@dataclass(slots=True)
class Table:
    """The rows that are read as one tab of the contract: `cells` holds each field's cells, one a row.

    `numbers` are the rows' numbers: in the first tab as the sheet counts them, in a further one as `ROWS_A_TAB` says.
    """

    spec: TabSpec
    tab: Tab | None = None
    header_number: int = 0
    columns: dict[str, tuple[int, str]] = field(default_factory=dict)
    numbers: Sequence[int] = ()
    cells: dict[str, Sequence[Cell]] = field(default_factory=dict)
    skipped: int = 0
    merges: dict[tuple[int, int], list[model.Merge]] = field(default_factory=dict)
    """By the tab's place and the column's index, the merged ranges over that column."""
    unused: dict[int, str] = field(default_factory=dict)
    may_name: set[int] = field(default_factory=set)
    """The columns whose headers may be people's names."""
    cut: dict[int, Column] = field(default_factory=dict)
    """The columns of the contract outside the table, by index."""
    last_days: dict[str, dict[int, dt.date]] = field(default_factory=dict)
    """By field and row, the last day of a range that was typed into the first day's cell."""
    owner: Callable[[int], Owner] | None = None
    """The owner of a row, counted from 0; everybody without it. Called only for rows with a problem."""
    parts: list[list[TableBlock]] = field(default_factory=list)
    """By tab, in the order in which they are read, the blocks that have columns of their own."""
    people: list[NamesColumn] = field(default_factory=list)
    by_ids: bool = True
    """Whether its rows have IDs; day and place tell events apart in a sheet that was never made for this."""
    periods: dict[int, NamedPeriod] = field(default_factory=dict)
    """By row, the month or year that completes a day without one."""
    weekdays: Sequence[Cell] = ()
    """The cells of a column of weekdays beside the dates."""
    goes_on: set[int] = field(default_factory=set)
    """The rows that leave out or ditto the day and the place of the row above, as further shifts of an event do."""
    called_off: dict[int, str] = field(default_factory=dict)
    """By row, how it says that the event is canceled, outside its cells of text."""

    @property
    def size(self) -> int:
        return len(self.numbers)

    def column(self, name: str) -> Column:
        """The column of a field, of one of several columns of names ("officers#2"), or of an event's key ("@date")."""
        return EVENTS.column(name[1:]) if name[0] == "@" else self.spec.column(name.partition("#")[0])

    def part_of(self, number: int) -> tuple[TableBlock, int]:
        """The part that holds a row, and the row's number as the sheet counts it."""
        tab, row = split_row(number)
        blocks = self.parts[tab]
        return next((part for part in blocks if row <= part.last_number), blocks[-1]), row

    def name_row(self, row: int, beside: int) -> str:
        """`row 12`, and the tab that it is in where that is not the tab of the row `beside`; rows count from 0."""
        (part, place), (other, _) = (self.part_of(self.numbers[one]) for one in (row, beside))
        return f"row {place}" if part.tab is other.tab else f'row {place} of "{shorten(part.tab.title)}"'

    def has(self, name: str, row: int) -> bool:
        """Whether the tab of a row has the column at all."""
        return sum(map(len, self.parts)) < 2 or name in self.part_of(self.numbers[row])[0].columns

    def merged_over(self, number: int, name: str) -> model.Merge | None:
        """The merged range over the cell of a field in the row of that number, None for a cell by itself."""
        part, row = self.part_of(number)
        index, _ = part.columns.get(name, (None, ""))
        if index is None:
            return None
        place = split_row(number)[0], index
        if place not in self.merges:
            over = [merge for merge in part.tab.merges if merge.left <= index < merge.right]
            self.merges[place] = sorted(over, key=lambda merge: merge.top)
        over = self.merges[place]
        at = bisect_right(over, row - 1, key=lambda merge: merge.top) - 1
        return over[at] if at >= 0 and row - 1 < over[at].bottom else None

    def merged_away(self, number: int, name: str) -> bool:
        """Whether a cell lies in a merged range and is not its first cell, which holds the value."""
        merge, (part, row) = self.merged_over(number, name), self.part_of(number)
        return merge is not None and (merge.top, merge.left) != (row - 1, part.columns[name][0])

    def cell(self, name: str, row: int) -> Cell:
        return self.cells[name][row] if name in self.cells else None


_Record = TypeVar("_Record")


def build(
    record: type[_Record], rows: Sequence[int], by_row: Mapping[str, Sequence[Any]], **by_record: Sequence[Any]
) -> list[_Record]:
    """A record for each of the `rows`, by field: `by_row` has a value for each row, `by_record` one for each record.

    A value of None, and a field that is not named, is the field's default. Raises TypeError for an unknown name.
    """
    columns: dict[str, Sequence[Any]] = {
        name: list(map(values.__getitem__, rows)) for name, values in by_row.items() if name not in by_record
    }
    columns |= by_record
    in_order: list[Sequence[Any]] = []
    for each in fields(record):  # type: ignore[arg-type]
        values = columns.pop(each.name, None)
        if values is None:
            if each.default is MISSING:
                raise TypeError(f"{record.__name__} needs {each.name}")
            values = [each.default] * len(rows)
        elif each.default is not MISSING and each.default is not None and None in values:
            values = [each.default if value is None else value for value in values]
        in_order.append(values)
    if columns:
        raise TypeError(f"{record.__name__} has no field {', '.join(columns)}")
    return list(starmap(quick(record), zip(*in_order, strict=True)))  # type: ignore[arg-type]


@cache
def quick(record: type[_Record]) -> Callable[..., _Record]:
    """A constructor of frozen records that takes a third of the time.

    A frozen record's own `__init__` goes through `object.__setattr__` for every field, which is a fifth of what a large
    sheet takes to read. So a mutable draft with the same slots is filled, and its class is then changed.
    """
    names = [(each.name, Any, field(default=each.default)) for each in fields(record)]  # type: ignore[arg-type]
    draft_class: Any = make_dataclass(f"_{record.__name__}Draft", names, slots=True)

    def make(*values: Any) -> _Record:
        draft = draft_class(*values)
        draft.__class__ = record
        return draft  # type: ignore[no-any-return]

    return make


_TAB_ORDER = {spec.name: order for order, spec in enumerate(schema.TABS)}


class Problems:
    """Collects problems; the owner of each row is looked up at the end, once every tab has been read."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._problems: list[tuple[Table | None, dict[str, Any]]] = []
        """The table and the fields of each problem, with `of_row`."""

    def add_cell(self, table: Table, row: int, name: str, finding: CellFinding, **more: Any) -> None:
        """Add a problem with one cell, of the row's agencies or, with None as `of_row`, of everybody.

        Private text is not quoted.
        """
        number, column = table.numbers[row], table.column(name)
        places = table.part_of(number)[0].columns
        index, typed = places.get(name) or table.columns.get(name) or (None, None)
        found = None if column.reader == "summary" else as_shown(table.cell(name, row), column.reader) or None
        more = {"of_row": row, "field_name": name.partition("#")[0]} | more
        self.add(table, number, (index, typed or column.header), found, finding, **more)

    def add(
        self, table: Table, number: int, place: Place, found: str | None, finding: CellFinding, **more: Any
    ) -> None:
        """Add a problem of a row's number and a column; `of_row` is the table's row, from 0, if it has one."""
        index, header = place
        part, row = table.part_of(number)
        cell = None if index is None else f"{column_letters(index)}{row}"
        link = None
        if self._url and part.tab.id is not None:
            link = f"{self._url}/edit#gid={part.tab.id}" + (f"&range={cell}" if cell else "")
        elif self._url and self._url.startswith("https://docs.google.com/"):
            link = self._url  # an export has no tab IDs
        header, found = (None if typed is None else text.quoted(typed) for typed in (header, found))
        more |= {"severity": finding.severity, "code": finding.code, "advice": finding.advice, "row": row}
        more |= {"column": header, "cell": cell, "found": found, "link": link, "candidates": finding.candidates}
        more |= {"tab": part.name, "read_as": None if part.name == table.spec.name else table.spec.name}
        more["record_row"] = None if row == number else number
        self._problems.append((table, more))

    def add_tab(self, severity: model.Severity, code: str, tab: str | None, advice: str, **more: str | None) -> None:
        """Add a problem of a whole tab; of `more`, `found` is a quoted text, `perhaps` the contract's tab it may be."""
        about = {"severity": severity, "code": code, "tab": tab, "advice": advice, "found": None}
        self._problems.append((None, {**dict.fromkeys(("row", "column", "cell")), **about, **more}))

    def sorted_with_owners(self) -> list[Problem]:
        """All problems, worst first, each with the agencies responsible and the event."""
        owned: list[Problem] = []
        for table, problem in self._problems:
            row = problem.pop("of_row", None)
            if table is not None and row is not None and table.owner is not None:
                problem["agencies"], problem["event_id"] = table.owner(row)
            owned.append(Problem(**problem))

        def order(problem: Problem) -> tuple[int, int, int, int, str]:
            letters = (problem.cell or "").rstrip("0123456789")
            tab = _TAB_ORDER.get(problem.kind or "", len(_TAB_ORDER))
            return model.SEVERITIES.index(problem.severity), tab, problem.place[1] or 0, len(letters), letters

        return sorted(owned, key=order)
