"""The tabs whose rows belong to events: Staffing, Attendance and Follow-ups, and such columns of Events."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cwac import model
from cwac.date_words import short_day
from cwac.model import FILLED, NOT_GOING, Assignment, Cell, Event, FollowUp, Headcount, Problem, UnreadPerson
from cwac.sheet import headers, schema
from cwac.sheet.agency_cells import PersonInCell
from cwac.sheet.choices import read_assignment_status
from cwac.sheet.columns import ColumnReader, build, guarded, has_no_value, similar_headers
from cwac.sheet.names import Agencies, EventIds, distinct_agencies, name_key
from cwac.sheet.officers import Person
from cwac.sheet.people import People
from cwac.sheet.schema import ATTENDANCE, EVENTS
from cwac.sheet.table import NamesColumn, Owner, Table
from cwac.sheet.tabs.events import EventsTab, move_to_afternoon
from cwac.sheet.text import NOTHING, CellFinding, Reading, as_typed, is_blank
from cwac.sheet.times import as_time


def read_event_ids(columns: ColumnReader, table: Table, ids: EventIds, events: EventsTab) -> list[str | None]:
    """The ID of each row's event. Where the Events tab is why none is found, one problem stands for all rows."""
    if "@date" in table.cells:
        return _ids_by_day(columns, table, events)
    readings = columns.readings(table, "event_id", ids.read, quiet=True)
    event_ids: list[str | None] = [reading.value for reading in readings]
    codes = [] if any(event_ids) else [[finding.code for finding in reading.findings] for reading in readings]
    unknown = [row for row, found in enumerate(codes) if "unknown-reference" in found]
    cause = _cause(events, ids, [table.cell("event_id", row) for row in unknown]) if unknown else None
    columns.report(table, "event_id", readings, readings, frozenset(unknown if cause else ()))
    if cause is not None:
        reason, similar, remedy = cause
        rows = f"the {len(unknown):,} rows here with an Event ID are" if len(unknown) > 1 else "this row is"
        advice = f"{reason}, so {rows} not used. {similar or remedy}."
        unquoted = f"{reason}, so {rows} not used. {remedy}." if similar else None
        finding = CellFinding("unknown-reference", advice)
        columns.problem(table, unknown[0], "event_id", finding, of_row=None, unquoted=unquoted)
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
    return any(place in key or key in place for text in typed if (key := name_key(text or "")))


def _cause(events: EventsTab, ids: EventIds, typed: Sequence[Cell]) -> tuple[str, str, str] | None:
    """Why no ID could be found in the Events tab, which of its headers may be that of the IDs, and what to do.

    None if its events have IDs of their own.
    """
    table, first = events.table, "Correct the Events tab first"
    if not ids and not table.size:
        return "The Events tab has no event yet", "", "Add the events first"
    if not ids and "date" not in table.columns:
        return 'The Events tab has no column "Date" and no event with an ID', "", first
    if not ids:
        return "No row of the Events tab has a readable Date or an Event ID", "", first
    if "id" in table.columns:
        is_used = any(not is_blank(cell) for cell in table.cells["id"])
        return None if is_used else ("No row of the Events tab has an Event ID", "", "Type them there")
    wanted = {name_key(as_typed(cell) or "") for cell in typed} - {""}
    column = EVENTS.column("id")
    similar = similar_headers(table, column, lambda cell: name_key(as_typed(cell) or "") in wanted, enough=0.01)
    reason = f'The Events tab has no column "{column.header}"'
    return reason, f"In that tab {similar}" if similar else "", "Add it there"


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
        guests, youth = counts["guests"][row], counts["youth"][row]
        if youth is None:
            counts["youth"][row] = extras[row]
        elif guests is not None and guests.high is not None and youth > guests.high:
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
        Headcount(event_id, table.numbers[row], guests=readings[row].value, youth=readings[row].extra, in_events=True)
        for event_id, row in first.items()
    ]


def report_missing_counts(
    columns: ColumnReader, events: EventsTab, attendance: Table, headcounts: Iterable[Headcount]
) -> None:
    """Report completed events without a count. A cell that was typed but not read has a problem of its own."""
    if attendance.tab is None and "guests" not in events.table.cells:
        return
    field = "guests" if attendance.tab is None else "id" if "id" in events.table.cells else "date"
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
    for headcount in headcounts:
        event = events.by_id.get(headcount.event_id)
        if event is None or event.status == "Completed":
            continue  # a Completed event that is still to come has been reported already
        is_ahead = event.date > columns.today
        if not is_ahead and event.status not in ("Cancelled", "Postponed"):
            continue
        counts = [getattr(headcount, name) for name in _COUNTS]
        if all(count is None for count in counts):
            continue
        is_zero = headcount.guests is None or headcount.guests.high == 0
        if not is_ahead and is_zero and not any(counts[1:]):
            continue  # that nobody came is a fair thing to type for an event that was called off
        state = "is still to come" if is_ahead else f"is {model.choice_label(event.status or '')}"
        advice = f"Guests were counted, but the event of {short_day(event.date)} {state}: correct one of the two."
        field = "event_id" if table is not events.table else "date" if is_ahead else "status"
        row = bisect_left(table.numbers, headcount.row)
        columns.problem(table, row, field, CellFinding("inconsistent", advice, "warning"))


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


def read_assignments(
    columns: ColumnReader, table: Table, ids: EventIds, people: People, events: EventsTab
) -> list[Assignment]:
    values: dict[str, Any] = columns.values(table, "officer", "release_time", "event_id", "status")
    asks = headers.key(table.columns.get("status", (0, ""))[1]) == "confirmed"
    read_status = partial(read_assignment_status, choices=table.spec.column("status").choices, asks=asks)
    # A status that could not be read must not fill the position.
    typed = [
        reading.value or ("Requested" if reading.failed else None)
        for reading in columns.readings(table, "status", read_status)
    ]
    readings = _persons(columns, table, people, values["agency"])
    values["officer"] = [reading.value for reading in readings]
    values["event_id"] = read_event_ids(columns, table, ids, events)

    def owner(row: int) -> Owner:
        event_id = values["event_id"][row]
        named = distinct_agencies(values["agency"][row], *(person.agency for person in values["officer"][row] or ()))
        return named or events.agencies_of(event_id), event_id

    table.owner = owner
    values["release_time"] = _release_times(columns, table, values["report_time"])
    complete = columns.complete_rows(table, values)
    repeated = columns.repeated_rows(table, complete, "This row is the same as {first}: it counts once. Remove one.")
    rows: list[int] = []
    named: list[Person] = []
    statuses: list[str] = []
    substitutes: list[str | None] = []
    for row in complete:
        persons: Sequence[Person] = values["officer"][row] if row not in repeated else ()
        for person in persons:
            leaves = person.status == "Swapped out" and len(persons) > 1
            if typed[row] in FILLED and person.status in NOT_GOING and len(persons) == 1:
                advice = (
                    f"Status says {typed[row]}, but the words beside the name say {person.status}, so the person does "
                    "not count as staffed. Correct one of the two."
                )
                columns.problem(table, row, "status", CellFinding("inconsistent", advice, "warning"))
            # The Status cell counts, unless a remark beside the name says that the person does not go.
            remark_counts = person.status in NOT_GOING and (leaves or typed[row] not in NOT_GOING)
            rows.append(row)
            named.append(person)
            statuses.append((person.status if remark_counts else typed[row]) or person.status or "Assigned")
            instead = values["swapped_for"][row]
            substitutes.append(person.swapped_for if leaves else instead or person.swapped_for)
    _remove_impossible_times(columns, table, rows, values, events)
    return build(
        Assignment,
        rows,
        values,
        officer=[person.officer for person in named],
        name=[person.name for person in named],
        agency=[person.agency or values["agency"][row] for person, row in zip(named, rows, strict=True)],
        placeholder=[person.placeholder for person in named],
        status=statuses,
        swapped_for=substitutes,
    )


def _persons(columns: ColumnReader, table: Table, people: People, agencies: Sequence[str | None]) -> list[Reading]:
    """The readings of the Officer column; the row's agency tells officers of the same name apart."""
    if "officer" not in table.cells:
        return [NOTHING] * table.size
    keys = [(type(cell), cell, agency) for cell, agency in zip(table.cells["officer"], agencies, strict=True)]
    # In the sheet's order: a name that is not listed is shown as it was typed first.
    by_key = {key: guarded(partial(people.read, agency=key[2]))(key[1]) for key in dict.fromkeys(keys)}
    readings = [by_key[key] for key in keys]
    columns.report(table, "officer", readings, by_key.values())
    return readings


def _release_times(columns: ColumnReader, table: Table, report: Sequence[dt.time | None]) -> list[dt.time | None]:
    readings = columns.readings(table, "release_time", quiet=True)
    release: list[dt.time | None] = []
    for row, (begins, reading) in enumerate(zip(report, readings, strict=True)):
        if begins is not None and reading.value is not None and reading.value <= begins:
            readings[row] = reading = move_to_afternoon(begins, reading)
        ends: dt.time | None = reading.value
        if begins is not None and ends is not None and ends <= begins:
            advice = "Release is not after Report: correct one of them."
            columns.problem(table, row, "release_time", CellFinding("impossible", advice))
            ends = None
        release.append(ends)
    columns.report(table, "release_time", readings, readings)
    return release


def _remove_impossible_times(
    columns: ColumnReader, table: Table, rows: Iterable[int], values: dict[str, Any], events: EventsTab
) -> None:
    """Make report and release times that the event's times exclude None in `values`, and report each row once."""

    def remove(row: int, field: str, reason: str) -> None:
        values[field][row] = None
        advice = f"{reason}, so it is not used: correct it, or the event's times."
        columns.problem(table, row, field, CellFinding("impossible", advice, "warning"))

    for row in dict.fromkeys(rows):
        report, release = values["report_time"][row], values["release_time"][row]
        event = events.by_id.get(values["event_id"][row]) if report or release else None
        if event is None or event.start is None:
            continue
        # Without an end or a release time the usual length counts, as it does for clashes.
        minutes = event.start.hour * 60 + event.start.minute + columns.rules.default_minutes
        ends = event.end or (as_time(min(minutes, 24 * 60 - 1)) if release is None else None)
        if report is not None and ends is not None and report > event.start and report >= ends:
            remove(row, "report_time", "Report is not before the event's end")
        if release is not None and release <= event.start:
            remove(row, "release_time", "Release is not after the event's start")


def read_officers_column(
    columns: ColumnReader, events: EventsTab, people: People, staffed: set[str]
) -> list[Assignment]:
    """The people named in Events, for events that have no row in Staffing."""
    table = events.table
    slots = [NamesColumn("officers"), *table.people]
    named = [
        Assignment(
            event_id=event_id,
            row=table.numbers[row],
            officer=person.officer,
            name=person.name,
            agency=person.agency,
            placeholder=person.placeholder,
            role=slot.role,
            status=person.status or "Assigned",
            swapped_for=person.swapped_for,
            in_events=True,
        )
        for slot in slots
        if slot.field in table.cells
        for readings in [columns.readings(table, slot.field, partial(people.read, agency=slot.agency, several=True))]
        for row, event_id in events.id_of_row.items()
        if event_id not in staffed
        for person in readings[row].value or ()
    ]
    # Somebody who works two shifts of an event, a row each, is one person.
    first: dict[tuple[str, str], int] = {}
    return [one for one in named if not one.person or first.setdefault((one.event_id, one.person), one.row) == one.row]


def read_people_beside_agencies(
    events: EventsTab, people: People, found: Sequence[PersonInCell], others: Iterable[Assignment]
) -> list[Assignment]:
    """The people named in cells of agencies, at events of which nothing else names them."""
    table, named = events.table, {(row.event_id, row.person) for row in others}
    read = [
        Assignment(
            event_id=event_id,
            row=table.numbers[each.row],
            officer=person.officer,
            name=person.name,
            agency=person.agency or each.agency,
            placeholder=person.placeholder,
            status=person.status or "Assigned",
            in_events=True,
        )
        for each in found
        if (event_id := events.id_of_row.get(each.row)) is not None
        for person in people.read(each.typed, agency=each.agency, several=True).value or ()
    ]
    return [one for one in read if not one.placeholder and (one.event_id, one.person) not in named]


def unread_people(
    problems: Iterable[Problem], staffing: Table, events: EventsTab, ids: EventIds, agencies: Agencies
) -> list[UnreadPerson]:
    """People named in a cell that could not be read: no alert may say that their agency sends nobody."""
    rows = {
        problem.place
        for problem in problems
        if problem.severity == "error"
        and problem.code != "missing"
        and (problem.kind, problem.field_name) in {("Staffing", "officer"), ("Events", "officers")}
    }
    unread = [
        UnreadPerson(event_id)
        for row, event_id in events.id_of_row.items()
        if (events.table.spec.name, events.table.numbers[row]) in rows
    ]
    for row, number in enumerate(staffing.numbers):
        if (staffing.spec.name, number) in rows:
            event_id = ids.read(staffing.cell("event_id", row)).value
            if event_id is not None:
                unread.append(UnreadPerson(event_id, agencies.read(staffing.cell("agency", row)).value))
    return unread


def report_unknown_agencies(columns: ColumnReader, assignments: Sequence[Assignment]) -> None:
    unknown = {row.person for row in assignments if not row.agency} - {None}
    if unknown:
        people = {row.person for row in assignments} - {None}
        named = "person named belongs" if len(people) == 1 else "people named belong" + "s" * (len(unknown) == 1)
        advice = (
            f"It is not known which agency {len(unknown)} of the {len(people)} {named} to, so at their "
            "events no alert says that an agency has no officer. List them in an Officers tab, or fill in Agency in "
            "Staffing."
        )
        columns.problems.add_tab("notice", "agency-unknown", schema.OFFICERS.name, advice)
