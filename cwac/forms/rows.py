"""What the rows of all form tabs have: a time, an event, choices, and their accounting."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from cwac.forms.times import read_moment
from cwac.model import Cell
from cwac.sheet import headers
from cwac.sheet.added import ReadBefore
from cwac.sheet.table import Owner, Table
from cwac.sheet.tabs.event_rows import read_event_ids
from cwac.sheet.text import NOTHING, Read, Reading, as_typed, is_not_said, plain, wrong

EARLIEST = dt.datetime.min  # noqa: DTZ901 - wall clock
"""In place of the time of a row that has none."""


def choice_reader(meanings: dict[str, str], advice: str) -> Read:
    def read_choice(cell: Cell) -> Reading:
        if is_not_said(cell):
            return NOTHING
        meant = meanings.get(headers.key(plain(as_typed(cell) or "")[:200]))
        return wrong("not-a-choice", advice) if meant is None else Reading(meant)

    return read_choice


def moments(before: ReadBefore, table: Table) -> list[dt.datetime | None]:
    """When each answer was sent; of a start and a completion time the later one counts."""
    times: list[list[dt.datetime | None]] = []
    for field in ("at", "began"):
        header = headers.key(table.columns.get(field, (0, ""))[1])
        day_first = header not in ("timestamp", "completiontime", "starttime", "submittedat")
        times.append(before.columns.column(table, field, partial(read_moment, day_first=day_first)))
    return [max(filter(None, each), default=None) for each in zip(*times, strict=True)]


def event_ids_of(before: ReadBefore, table: Table) -> list[str | None]:
    return read_event_ids(before.columns, table, before.ids, before.events)


def owner_by_event(before: ReadBefore, event_ids: Sequence[str | None]) -> Callable[[int], Owner]:
    return lambda row: (before.events.agencies_of(event_ids[row]), event_ids[row])


def complete(before: ReadBefore, table: Table, *needed: Sequence[Any]) -> list[int]:
    """The rows that have all of these values; the accounting is updated."""
    rows = [row for row, values in enumerate(zip(*needed, strict=True)) if None not in values]
    before.columns.account(table, len(rows))
    return rows
