"""The tab Staffing, and the Officers column of Events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cwac.model import FILLED, NOT_GOING, Assignment, AssignmentStatus, Problem, UnreadPerson
from cwac.sheet import schema
from cwac.sheet.choices import assignment_status_reader
from cwac.sheet.columns import ColumnReader, guarded, guarded_long
from cwac.sheet.names import Agencies, EventIds
from cwac.sheet.officers import Person
from cwac.sheet.people import People
from cwac.sheet.reading import NOTHING, CellFinding, Reading
from cwac.sheet.records import build
from cwac.sheet.table import NamesColumn, Owner, Table, distinct_agencies
from cwac.sheet.tabs.event_references import read_event_ids
from cwac.sheet.tabs.event_times import move_to_afternoon
from cwac.sheet.tabs.events import EventsTab


def read_assignments(
    columns: ColumnReader, table: Table, ids: EventIds, people: People, events: EventsTab
) -> list[Assignment]:
    values = _read_values(columns, table)
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
    agencies, typed, swapped_for = values["agency"], values["status"], values["swapped_for"]
    rows: list[int] = []
    named: list[Person] = []
    statuses: list[AssignmentStatus] = []
    substitutes: list[str | None] = []
    for row in complete:
        if row in repeated:
            continue
        persons: Sequence[Person] = values["officer"][row]
        for person in persons:
            leaves = person.status == "Swapped out" and len(persons) > 1
            if typed[row] in FILLED and person.status in NOT_GOING and len(persons) == 1:
                _report_contradiction(columns, table, row, typed[row], person)
            rows.append(row)
            named.append(person)
            statuses.append(_combined_status(typed[row], person.status, leaves=leaves))
            substitutes.append(person.swapped_for if leaves else swapped_for[row] or person.swapped_for)
    return build(
        Assignment,
        rows,
        values,
        officer=[person.officer for person in named],
        name=[person.name for person in named],
        agency=[person.agency or agencies[row] for person, row in zip(named, rows, strict=True)],
        placeholder=[person.placeholder for person in named],
        status=statuses,
        swapped_for=substitutes,
    )


def _read_values(columns: ColumnReader, table: Table) -> dict[str, Sequence[Any]]:
    spec = table.spec.column("status")
    read_status = assignment_status_reader(spec.choices, table.columns.get("status", (0, ""))[1])
    values = columns.values(table, "officer", "release_time", "event_id", status=read_status)
    # A status that could not be read must not fill the position.
    readings = columns.readings(table, "status", read_status, quiet=True)
    values["status"] = [
        "Requested" if reading.value is None and reading.failed else reading.value for reading in readings
    ]
    return values


def _persons(columns: ColumnReader, table: Table, people: People, agencies: Sequence[str | None]) -> list[Reading]:
    """The readings of the Officer column; the row's agency tells officers of the same name apart."""
    if "officer" not in table.cells:
        return [NOTHING] * table.size
    keys = [(type(cell), cell, agency) for cell, agency in zip(table.cells["officer"], agencies, strict=True)]
    by_key: dict[Any, Reading] = {}
    guard = guarded_long if "officer" in table.bounded else guarded
    # In the sheet's order: a name that is not listed is shown as it was typed first.
    for key in dict.fromkeys(keys):
        by_key[key] = guard(partial(people.read, agency=key[2]))(key[1])
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


def _report_contradiction(
    columns: ColumnReader, table: Table, row: int, status: AssignmentStatus, person: Person
) -> None:
    advice = (
        f"Status says {status}, but the words beside the name say {person.status}, so the person does "
        "not count as staffed. Correct one of the two."
    )
    columns.problem(table, row, "status", CellFinding("inconsistent", advice, "warning"))


def _combined_status(
    typed: AssignmentStatus | None, beside_name: AssignmentStatus | None, *, leaves: bool
) -> AssignmentStatus:
    """The Status cell counts, unless a remark beside the name says that the person does not go."""
    if beside_name in NOT_GOING and (leaves or typed not in NOT_GOING):
        return beside_name
    return typed or beside_name or "Assigned"


def without_impossible_times(
    columns: ColumnReader, table: Table, assignments: Sequence[Assignment], events: EventsTab
) -> list[Assignment]:
    """Report and drop report and release times that leave no time at the event itself."""
    row_of: dict[int, int] = {}
    checked = list(assignments)
    last_reported: int | None = None
    for at, assignment in enumerate(assignments):
        report, release = assignment.report_time, assignment.release_time
        if report is None and release is None:
            continue
        event = events.by_id.get(assignment.event_id)
        if event is None or event.start is None:
            continue
        late = early = False
        if report is not None and report > event.start:
            # Without an end or a release time the usual length counts, as it does for clashes.
            default = _minutes_later(event.start, columns.rules.default_minutes) if release is None else None
            ends = event.end or default
            late = ends is not None and report >= ends
        if release is not None:
            early = release <= event.start
        if not late and not early:
            continue
        row_of = row_of or {number: row for row, number in enumerate(table.numbers)}
        row = row_of[assignment.row]
        if row != last_reported:  # once for a row that names several people
            last_reported = row
            if late:
                _report_unused_time(columns, table, row, "report_time", "Report is not before the event's end")
            if early:
                _report_unused_time(columns, table, row, "release_time", "Release is not after the event's start")
        checked[at] = replace(assignment, report_time=None if late else report, release_time=None if early else release)
    return checked


def _report_unused_time(columns: ColumnReader, table: Table, row: int, field: str, reason: str) -> None:
    advice = f"{reason}, so it is not used: correct it, or the event's times."
    columns.problem(table, row, field, CellFinding("impossible", advice, "warning"))


def _minutes_later(time: dt.time, minutes: int) -> dt.time:
    """That many minutes later, but not past the end of the day."""
    return dt.time(*divmod(min(time.hour * 60 + time.minute + minutes, 24 * 60 - 1), 60))


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
        for readings in [columns.readings(table, slot.field, partial(people.read_several, agency=slot.agency))]
        for row, event_id in events.id_of_row.items()
        if event_id not in staffed
        for person in readings[row].value or ()
    ]
    # Somebody who works two shifts of an event, a row each, is one person.
    first: dict[tuple[str, str], int] = {}
    return [one for one in named if not one.person or first.setdefault((one.event_id, one.person), one.row) == one.row]


def unread_people(
    problems: Iterable[Problem], staffing: Table, events: EventsTab, ids: EventIds, agencies: Agencies
) -> list[UnreadPerson]:
    """People named in a cell that could not be read: no alert may say that their agency sends nobody."""
    rows = {
        problem.place
        for problem in problems
        if problem.severity == "error" and problem.code != "missing" and _names_people(problem)
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


def _names_people(problem: Problem) -> bool:
    """Whether the problem is about a cell that names who goes to an event."""
    return (problem.kind, problem.field_name) in {("Staffing", "officer"), ("Events", "officers")}


def report_unknown_agencies(columns: ColumnReader, assignments: Sequence[Assignment]) -> None:
    people = {row.person for row in assignments if row.person is not None}
    unknown = {row.person for row in assignments if row.person is not None and not row.agency}
    if unknown:
        columns.problems.add_tab(
            "notice",
            "agency-unknown",
            schema.OFFICERS.name,
            f"It is not known which agency {len(unknown)} of the {len(people)} people named belong to, so at their "
            "events no alert says that an agency has no officer. List them in an Officers tab, or fill in Agency in "
            "Staffing.",
        )
