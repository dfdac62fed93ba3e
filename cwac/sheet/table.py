"""A tab laid out by column, and who is responsible for each of its rows."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cwac import model
from cwac.model import Cell, Tab
from cwac.sheet.periods import NamedPeriod
from cwac.sheet.schema import EVENTS, Column, TabSpec

Owner = tuple[tuple[str, ...], str | None]
"""The agencies responsible for a row (none where unknown), and the ID of the row's event."""
EVERYBODY: Owner = ((), None)


def owned_by_everybody(_: int) -> Owner:
    return EVERYBODY


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


@dataclass(slots=True)
class Part:
    """A tab, or a block of one, that is read into a table. `columns` are by field: index and header as typed.

    `name` is what its problems call it: the contract's name for the first tab, then each tab's own title.
    """

    tab: Tab
    name: str
    header_number: int
    columns: dict[str, tuple[int, str]]
    last_number: int = ROWS_A_TAB


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
    """The headers that are not in the contract, by index."""
    may_name: set[int] = field(default_factory=set)
    """The columns whose headers may be people's names."""
    cut: dict[int, Column] = field(default_factory=dict)
    """The columns of the contract outside the table, by index."""
    bounded: set[str] = field(default_factory=set)
    """The fields in which a cell is too long."""
    last_days: dict[str, dict[int, dt.date]] = field(default_factory=dict)
    """By field and row, the last day of a range that was typed into the first day's cell."""
    owner: Callable[[int], Owner] = field(default_factory=lambda: owned_by_everybody)
    """The owner of a row, counted from 0. Called only for rows with a problem."""
    parts: list[list[Part]] = field(default_factory=list)
    """By tab, in the order in which they are read, the blocks that have columns of their own."""
    people: list[NamesColumn] = field(default_factory=list)
    """The columns of names, where there are several."""
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

    def part_of(self, number: int) -> tuple[Part, int]:
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
