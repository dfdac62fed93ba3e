"""Counts from the door: they count where Attendance has none, and are compared with it where it has one."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from cwac.forms.rows import EARLIEST, choice_reader, complete, event_ids_of, moments, owner_by_event
from cwac.model import Count, Headcount
from cwac.sheet.added import ReadBefore
from cwac.sheet.table import Table
from cwac.sheet.tabs.event_rows import report_impossible_counts
from cwac.sheet.text import CellFinding

_FINALS = {
    **dict.fromkeys(("sofar", "no", "hastaahora", "parcial"), "So far"),
    **dict.fromkeys(("final", "yes", "si", "total", "totalfinal"), "Final"),
}
_read_final = choice_reader(_FINALS, "Only So far and Final are read.")


@dataclass(frozen=True, slots=True)
class _DoorRow:
    row: int
    at: dt.datetime
    guests: Count
    youth: Count | None
    is_final: bool


def with_door_counts(before: ReadBefore, table: Table) -> Sequence[Headcount]:
    """All headcounts, with those of the door for events of which no guests could be read elsewhere."""
    door = {event_id: _count_of(rows) for event_id, rows in _read(before, table).items()}
    reported = [Headcount(event_id, table.numbers[one.row], one.guests) for event_id, one in door.items()]
    report_impossible_counts(before.columns, before.events, table, reported)
    typed: dict[str, list[Headcount]] = {}
    for row in before.headcounts:
        typed.setdefault(row.event_id, []).append(row)
    headcounts = list(before.headcounts)
    for event_id, one in door.items():
        rows = typed.get(event_id, [])
        youth = None if one.youth is None or one.youth.best > one.guests.best else one.youth.best
        if any(row.guests is not None for row in rows):
            _compare(before, [row for row in rows if row.guests is not None], one.guests)
        elif rows:
            filled = replace(rows[0], guests=one.guests, youth=rows[0].youth or youth, at_door=True)
            headcounts[headcounts.index(rows[0])] = filled
        else:
            headcounts.append(Headcount(event_id, 0, one.guests, youth=youth, at_door=True))
    return headcounts


def _read(before: ReadBefore, table: Table) -> Mapping[str, list[_DoorRow]]:
    columns = before.columns
    at, event_ids = moments(before, table), event_ids_of(before, table)
    table.owner = owner_by_event(before, event_ids)
    guests, youth = columns.column(table, "guests"), columns.column(table, "youth")
    final = columns.column(table, "final", _read_final)
    rows: dict[str, list[_DoorRow]] = {}
    for row in complete(before, table, event_ids, guests, final):
        one = _DoorRow(row, at[row] or EARLIEST, guests[row], youth[row], final[row] == "Final")
        rows.setdefault(event_ids[row] or "", []).append(one)
    return rows


def _count_of(rows: Sequence[_DoorRow]) -> _DoorRow:
    """The latest final count, else the largest so far as the least that came."""
    if finals := [one for one in rows if one.is_final]:
        return max(finals, key=lambda one: (one.at, one.row))
    most = max(rows, key=lambda one: (one.guests.best, one.at, one.row))
    least = most.guests.best if most.guests.low is None else most.guests.low
    return replace(most, guests=Count(f"{least:g}+", least, least, None))


def _compare(before: ReadBefore, typed: Sequence[Headcount], door: Count) -> None:
    """Report the typed count where it differs by more than both ranges allow."""
    counts = [row.guests for row in typed if row.guests is not None]
    lowest = sum(count.low or 0 for count in counts)
    highest = None if any(count.high is None for count in counts) else sum(count.high or 0 for count in counts)
    if (door.high is None or lowest <= door.high) and (highest is None or (door.low or 0) <= highest):
        return
    table = before.events.table if typed[0].in_events else before.tables["Attendance"]
    row = next(row for row, number in enumerate(table.numbers) if number == typed[0].row)
    advice = f"At the door {door.raw} were counted: correct one of the two. This count is the one that is used."
    before.columns.problem(table, row, "guests", CellFinding("inconsistent", advice, "warning"))
