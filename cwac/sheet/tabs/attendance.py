"""The tab Attendance, and the Guests column of Events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import replace

from cwac.date_words import short_day
from cwac.model import Count, Headcount, choice_label
from cwac.sheet.columns import ColumnReader
from cwac.sheet.counts import CountExtra
from cwac.sheet.names import EventIds
from cwac.sheet.reading import CellFinding
from cwac.sheet.records import build
from cwac.sheet.schema import ATTENDANCE
from cwac.sheet.table import Table
from cwac.sheet.tabs.event_references import read_event_ids
from cwac.sheet.tabs.events import EventsTab
from cwac.sheet.text import is_blank

GRACE_DAYS = 3
"""Days after an event during which its count may still be missing."""

_COUNTS = tuple(column.field for column in ATTENDANCE.columns if column.reader == "count")
"""The counts of a row, the guests first."""


def read_headcounts(columns: ColumnReader, table: Table, ids: EventIds, events: EventsTab) -> list[Headcount]:
    values = columns.values(table, "event_id")
    values["event_id"] = read_event_ids(columns, table, ids, events)
    table.owner = lambda row: (events.agencies_of(values["event_id"][row]), values["event_id"][row])
    extras = [reading.extra for reading in columns.readings(table, "guests", quiet=True)]
    rows = columns.complete_rows(table, values)
    columns.repeated_rows(table, rows, "This row is the same as {first}; both count. Remove one if it is there twice.")
    counts = {
        name: [None if count is None else count.best for count in values[name]] for name in _COUNTS if name != "guests"
    }
    counts["guests"] = [
        replace(guests, estimated=True) if guests is not None and method == "Estimate" else guests
        for guests, method in zip(values["guests"], values["method"], strict=True)
    ]
    for row in rows:
        guests: Count | None = counts["guests"][row]
        youth = counts["youth"][row]
        if youth is None and isinstance(extras[row], CountExtra):
            counts["youth"][row] = extras[row].youth
        elif youth is not None and guests is not None and guests.high is not None and youth > guests.high:
            advice = "More young people than guests: correct one."
            columns.problem(table, row, "youth", CellFinding("inconsistent", advice, "warning"))
    return build(Headcount, rows, values | counts)


def read_guests_column(columns: ColumnReader, events: EventsTab, counted: set[str]) -> list[Headcount]:
    """The counts typed into Events, for events that have no row in Attendance."""
    table = events.table
    if "guests" not in table.cells:
        return []
    readings = columns.readings(table, "guests")
    first: dict[str, int] = {}
    for row, event_id in events.id_of_row.items():
        if event_id in counted or is_blank(table.cell("guests", row)):
            continue
        earlier = first.setdefault(event_id, row)
        if table.cell("guests", earlier) != table.cell("guests", row):
            advice = "Another row of this event has another count, which is used: type it once."
            columns.problem(table, row, "guests", CellFinding("inconsistent", advice, "warning"))
    return [
        Headcount(
            event_id=event_id,
            row=table.numbers[row],
            guests=readings[row].value,
            youth=readings[row].extra.youth if isinstance(readings[row].extra, CountExtra) else None,
            in_events=True,
        )
        for event_id, row in first.items()
    ]


def report_missing_counts(
    columns: ColumnReader, events: EventsTab, attendance: Table, headcounts: Iterable[Headcount]
) -> None:
    """Report completed events without a count. A cell that was typed but not read has a problem of its own."""
    if attendance.tab is None and "guests" not in events.table.cells:
        return
    field = "id" if attendance.tab is not None and "id" in events.table.cells else "date"
    if attendance.tab is None:
        field = "guests"
    # A Guests cell that holds text instead of a number is an answer too; its own problem says what is wrong.
    answered = {
        number
        for number, cell in zip(attendance.numbers, attendance.cells.get("guests", ()), strict=False)
        if not is_blank(cell)
    }
    counted = {row.event_id for row in headcounts if row.in_events or row.at_door or row.row in answered}
    due = columns.today - dt.timedelta(days=GRACE_DAYS)
    for row, event in events.event_of_row.items():
        if event.status == "Completed" and event.date < due and event.id not in counted:
            advice = f"Held on {short_day(event.date)}, and no count yet: type how many came, or n/a in a Guests cell."
            columns.problem(events.table, row, field, CellFinding("overdue", advice, "warning"))


def report_impossible_counts(
    columns: ColumnReader, events: EventsTab, table: Table, headcounts: Iterable[Headcount]
) -> None:
    """Report counts of an event that was called off, or that is still to come."""
    row_of: dict[int, int] = {}
    for headcount in headcounts:
        event = events.by_id.get(headcount.event_id)
        if event is None or (event.date <= columns.today and event.status not in ("Cancelled", "Postponed")):
            continue
        if event.status == "Completed":
            continue  # its Status has been reported already
        if all(getattr(headcount, name) is None for name in _COUNTS):
            continue
        if event.date <= columns.today and _is_zero(headcount):
            continue
        row_of = row_of or {number: row for row, number in enumerate(table.numbers)}
        state = "is still to come" if event.date > columns.today else f"is {choice_label(event.status or '')}"
        advice = f"Guests were counted, but the event of {short_day(event.date)} {state}: correct one of the two."
        field = "event_id" if table is not events.table else "date" if event.date > columns.today else "status"
        columns.problem(table, row_of[headcount.row], field, CellFinding("inconsistent", advice, "warning"))


def _is_zero(headcount: Headcount) -> bool:
    """Whether the row says that nobody came, which is a fair thing to type for an event that was called off."""
    guests = headcount.guests
    return (guests is None or guests.high == 0) and not any(getattr(headcount, name) for name in _COUNTS[1:])
