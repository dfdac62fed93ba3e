"""The tab Follow-ups."""

from __future__ import annotations

from cwac.date_words import short_day
from cwac.model import FollowUp
from cwac.sheet.columns import ColumnReader, has_no_value
from cwac.sheet.names import EventIds
from cwac.sheet.reading import CellFinding
from cwac.sheet.records import build
from cwac.sheet.table import Owner, Table, distinct_agencies
from cwac.sheet.tabs.event_references import read_event_ids
from cwac.sheet.tabs.events import EventsTab


def read_follow_ups(columns: ColumnReader, table: Table, ids: EventIds, events: EventsTab) -> list[FollowUp]:
    values = columns.values(table, "event_id")
    values["event_id"] = read_event_ids(columns, table, ids, events)

    def owner(row: int) -> Owner:
        event_id = values["event_id"][row]
        return distinct_agencies(values["referred_to"][row]) or events.answering_for(event_id), event_id

    table.owner = owner
    dates = {event.id: event.date for event in events.events}
    statuses = values["status"] = list(values["status"])
    rows = columns.complete_rows(table, values)
    for row in rows:
        event_id, closed, status = values["event_id"][row], values["closed_on"][row], values["status"][row]
        event_date = dates.get(event_id)
        too_early = event_date is not None and closed is not None and closed < event_date
        is_past = closed is not None and closed <= columns.today
        if status is None and is_past and has_no_value(table.cell("status", row)):
            statuses[row] = "Closed"
            if not too_early:
                advice = "Read as Closed, since Closed on is filled: set Status to Closed."
                columns.problem(table, row, "closed_on", CellFinding("guessed", advice, "warning"))
        if too_early and event_date is not None:
            advice = f"Closed before the event of {short_day(event_date)}: correct the day."
            columns.problem(table, row, "closed_on", CellFinding("inconsistent", advice, "warning"))
    return build(FollowUp, rows, values)
