"""A tab laid out by column, and who is responsible for each of its rows."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from cwac import model
from cwac.model import Cell, Tab
from cwac.sheet.schema import Column, TabSpec

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


@dataclass(slots=True)
class Table:
    """A tab laid out by column: `cells` holds each field's cells, one a row; `numbers` are the sheet's row numbers."""

    spec: TabSpec
    tab: Tab | None = None
    header_number: int = 0
    columns: dict[str, tuple[int, str]] = field(default_factory=dict)
    numbers: Sequence[int] = ()
    cells: dict[str, Sequence[Cell]] = field(default_factory=dict)
    skipped: int = 0
    merges: dict[int, list[model.Merge]] = field(default_factory=dict)
    unused: dict[int, str] = field(default_factory=dict)
    """The headers that are not in the contract, by index."""
    cut: dict[int, Column] = field(default_factory=dict)
    """The columns of the contract outside the table, by index."""
    bounded: set[str] = field(default_factory=set)
    """The fields in which a cell is too long."""
    last_days: dict[str, dict[int, dt.date]] = field(default_factory=dict)
    """By field and row, the last day of a range that was typed into the first day's cell."""
    owner: Callable[[int], Owner] = field(default_factory=lambda: owned_by_everybody)
    """The owner of a row, counted from 0. Called only for rows with a problem."""

    @property
    def size(self) -> int:
        return len(self.numbers)

    def merged_away(self, row: int, index: int) -> bool:
        """Whether a cell (counted from 0) lies in a merged range and is not its first cell, which holds the value."""
        if index not in self.merges:
            over = [merge for merge in self.tab.merges if merge.left <= index < merge.right] if self.tab else []
            self.merges[index] = sorted(over, key=lambda merge: merge.top)
        over = self.merges[index]
        at = bisect_right(over, row, key=lambda merge: merge.top) - 1
        return at >= 0 and row < over[at].bottom and (row, index) != (over[at].top, over[at].left)

    def cell(self, name: str, row: int) -> Cell:
        return self.cells[name][row] if name in self.cells else None
