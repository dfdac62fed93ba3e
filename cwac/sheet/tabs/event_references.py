"""The Event ID column of Staffing, Attendance and Follow-ups: the event of each row."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple

from cwac.model import Cell, Event
from cwac.sheet.columns import ColumnReader
from cwac.sheet.missing_columns import similar_headers
from cwac.sheet.names import EventIds, name_key
from cwac.sheet.reading import CellFinding, Reading
from cwac.sheet.schema import EVENTS
from cwac.sheet.table import Table
from cwac.sheet.tabs.events import EventsTab
from cwac.sheet.text import as_typed, is_blank


def read_event_ids(columns: ColumnReader, table: Table, ids: EventIds, events: EventsTab) -> list[str | None]:
    """The ID of each row's event. Where the Events tab is why none is found, one problem stands for all rows."""
    if "@date" in table.cells:
        return _ids_by_day(columns, table, events)
    readings = columns.readings(table, "event_id", ids.read, quiet=True)
    event_ids: list[str | None] = [reading.value for reading in readings]
    unknown = [] if any(event_ids) else [row for row, reading in enumerate(readings) if _is_unknown(reading)]
    cause = _cause(events, ids, [table.cell("event_id", row) for row in unknown]) if unknown else None
    if cause is None:
        columns.report(table, "event_id", readings, readings)
        return event_ids
    columns.report(table, "event_id", readings, readings, except_rows=frozenset(unknown))
    rows = f"the {len(unknown):,} rows here with an Event ID are" if len(unknown) > 1 else "this row is"
    advice = f"{cause.reason}, so {rows} not used. {cause.remedy}."
    columns.problems.add_cell(
        table,
        unknown[0],
        "event_id",
        CellFinding("unknown-reference", advice),
        for_everybody=True,
        header_may_name=cause.may_name,
    )
    return event_ids


def _ids_by_day(columns: ColumnReader, table: Table, events: EventsTab) -> list[str | None]:
    """The event of each row by its day, and by its place and time where these tell events of one day apart."""
    by_day: dict[dt.date, list[Event]] = {}
    for event in events.events:
        by_day.setdefault(event.date, []).append(event)
    starts = columns.readings(table, "@start", quiet=True)
    event_ids: list[str | None] = []
    for row, day in enumerate(columns.readings(table, "@date")):
        found = by_day.get(day.value, [])
        places = [name_key(as_typed(table.cell(name, row)) or "") for name in ("@venue", "@town")]
        for place in filter(None, places):
            found = [event for event in found if _is_at(event, place)]
        if len(found) > 1 and starts[row].value is not None:
            found = [event for event in found if event.start == starts[row].value]
        event_ids.append(found[0].id if len(found) == 1 else None)
        if len(found) != 1 and day.value is not None:
            several = (
                f"{len(found)} events are on this day: say which by its place" if found else "No event has this day"
            )
            place = "" if found or not any(places) else " and place"
            finding = CellFinding("unknown-reference", f"{several}{place}, so this row is not used. Correct it.")
            columns.problem(table, row, "@date", finding)
    return event_ids


def _is_at(event: Event, place: str) -> bool:
    typed = (event.venue_text, event.town_text, event.town, event.venue.name if event.venue else None)
    keys = [name_key(text) for text in typed if text]
    return any(place in key or key in place for key in keys if key)


def _is_unknown(reading: Reading) -> bool:
    return any(finding.code == "unknown-reference" for finding in reading.findings)


class _Cause(NamedTuple):
    reason: str
    remedy: str = "Correct the Events tab first"
    may_name: bool = False


def _cause(events: EventsTab, ids: EventIds, typed: Sequence[Cell]) -> _Cause | None:
    """Why no ID could be found in the Events tab; None if its events have IDs of their own."""
    table = events.table
    if not ids:
        if not table.size:
            return _Cause("The Events tab has no event yet", "Add the events first")
        if "date" not in table.columns:
            return _Cause('The Events tab has no column "Date" and no event with an ID')
        return _Cause("No row of the Events tab has a readable Date or an Event ID")
    if "id" in table.columns:
        is_used = any(not is_blank(cell) for cell in table.cells["id"])
        return None if is_used else _Cause("No row of the Events tab has an Event ID", "Type them there")
    wanted = {name_key(as_typed(cell) or "") for cell in typed} - {""}
    column = EVENTS.column("id")
    similar, may_name = similar_headers(
        table, column, lambda cell: name_key(as_typed(cell) or "") in wanted, enough=0.01
    )
    return _Cause(
        f'The Events tab has no column "{column.header}"',
        f"In that tab {similar}" if similar else "Add it there",
        may_name,
    )
