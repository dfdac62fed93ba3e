"""Counts from the door: they count where Attendance has none, and are compared with it where it has one."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace

from cwac.forms.rows import EARLIEST, choice_reader, complete, event_ids_of, moments
from cwac.model import Count, Headcount
from cwac.sheet.reader import ReadBefore
from cwac.sheet.table import Table
from cwac.sheet.tabs.event_rows import report_impossible_counts
from cwac.sheet.text import CellFinding

_FINALS = {
    **dict.fromkeys(("sofar", "no", "hastaahora", "parcial"), "So far"),
    **dict.fromkeys(("final", "yes", "si", "total", "totalfinal"), "Final"),
}
_read_final = choice_reader(_FINALS, "Only So far and Final are read.")


def with_door_counts(before: ReadBefore, table: Table) -> Sequence[Headcount]:
    """All headcounts, with those of the door for events of which no guests could be read elsewhere."""
    door = list(_read(before, table))
    reported = [Headcount(event_id, number, guests) for event_id, number, guests, _ in door]
    report_impossible_counts(before.columns, before.events, table, reported)
    typed: dict[str, list[Headcount]] = {}
    for row in before.headcounts:
        typed.setdefault(row.event_id, []).append(row)
    headcounts = list(before.headcounts)
    for event_id, _, guests, under_18 in door:
        rows = typed.get(event_id, [])
        youth = None if under_18 is None or under_18.best > guests.best else under_18.best
        if counted := [row for row in rows if row.guests is not None]:
            _compare(before, counted, guests)
        elif rows:
            filled = replace(rows[0], guests=guests, youth=rows[0].youth or youth, at_door=True)
            headcounts[headcounts.index(rows[0])] = filled
        else:
            headcounts.append(Headcount(event_id, 0, guests, youth=youth, at_door=True))
    return headcounts


def _read(before: ReadBefore, table: Table) -> Iterator[tuple[str, int, Count, Count | None]]:
    """Event, row, guests and youth: by the latest final count, else by the largest so far, as the least that came."""
    columns = before.columns
    at, event_ids = moments(before, table), event_ids_of(before, table)
    guests, youth = columns.column(table, "guests"), columns.column(table, "youth")
    final = columns.column(table, "final", _read_final)
    by_event: dict[str, list[int]] = {}
    for row in complete(before, table, event_ids, guests, final):
        by_event.setdefault(event_ids[row] or "", []).append(row)
    for event_id, rows in by_event.items():
        finals = [(at[row] or EARLIEST, row) for row in rows if final[row] == "Final"]
        so_far = [(guests[row].best, at[row] or EARLIEST, row) for row in rows]
        row = max(finals)[-1] if finals else max(so_far)[-1]
        count = guests[row]
        if not finals:
            least = count.best if count.low is None else count.low
            count = Count(f"{least:g}+", least, least, None)
        yield event_id, table.numbers[row], count, youth[row]


def _compare(before: ReadBefore, typed: Sequence[Headcount], door: Count) -> None:
    """Report the typed count where it differs by more than both ranges allow."""
    counts = [row.guests for row in typed if row.guests is not None]
    lowest = sum(count.low or 0 for count in counts)
    highest = math.inf if any(count.high is None for count in counts) else sum(count.high or 0 for count in counts)
    if (door.high is None or lowest <= door.high) and (door.low or 0) <= highest:
        return
    table = before.events.table if typed[0].in_events else before.tables["Attendance"]
    advice = f"At the door {door.raw} were counted: correct one of the two. This count is the one that is used."
    row = table.numbers.index(typed[0].row)
    before.columns.problem(table, row, "guests", CellFinding("inconsistent", advice, "warning"))
