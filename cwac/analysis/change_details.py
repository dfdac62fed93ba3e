"""Describe how two versions of a row, or of an event's staffing and attendance, differ, in words for the page."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import MISSING, fields, replace
from operator import attrgetter
from typing import Any

from cwac.analysis.attendance import total
from cwac.analysis.events import state_words
from cwac.analysis.words import number, people, shorten
from cwac.date_words import clock, clock_range, day_words
from cwac.model import Assignment, Event, Headcount, Problem, Snapshot, Undated, choice_label
from cwac.sheet import schema
from cwac.sheet.schema import Column, TabSpec


def field_details(versions: Versions, spec: TabSpec, old: Any, new: Any) -> Iterator[str]:
    """The fields that differ, under their headers in the sheet, in the contract's order."""
    tab, on = "Events" if getattr(new, "in_events", False) else spec.name, versions.after.today
    for column in spec.columns:
        if not hasattr(old, column.field) or column.told == "no":
            continue
        before, after = _take_value(spec, column, old), _take_value(spec, column, new)
        if before == after or (column.names_a_row and casefolded(before) == casefolded(after)):
            continue
        label = column.header[0].lower() + column.header[1:]
        is_gone = after is None or isinstance(before, tuple) or column.field == "status"
        cell = versions.unread_value(tab, new.row, column.field) if is_gone else None
        gone = f"no longer read ({cell})" if cell else "removed"
        if column.told == "change":
            yield f"{label} {'written' if before is None else gone if after is None else 'changed'}"
        elif isinstance(before, tuple) and isinstance(after, tuple):
            yield from (f"{label}: now {item}" for item in after if item not in before)
            lost = [item for item in before if item not in after]
            yield from (f"{label}: {item} {gone}" if cell else f"{label}: no longer {item}" for item in lost)
        elif isinstance(before, dt.time) and isinstance(after, dt.time):
            yield f"{label} {clock_range(before, after).replace('–', ' → ')}"
        elif column.field == "status":
            yield f"{_describe(before, on)} {gone if cell else f'→ {_describe(after, on)}'}"
        elif (words := _tell_change(label, _describe(before, on), _describe(after, on), gone)) is not None:
            yield words


def casefolded(value: object) -> object:
    """The text, or texts, without regard to case; any other value as it is."""
    if isinstance(value, tuple):
        return tuple(map(casefolded, value))
    return value.casefold() if isinstance(value, str) else value


def _take_value(spec: TabSpec, column: Column, record: Any) -> Any:
    """The field as people know it: an unread town or venue as typed, a status with its reason."""
    if spec is schema.EVENTS:
        if column.field == "status":
            return state_words(record)
        if column.field == "town":
            return record.town or record.town_text
        if column.field == "venue":
            return record.venue.name if record.venue else record.venue_text
    value = getattr(record, column.field)
    return choice_label(value) if column.choices and value is not None else value


def _describe(value: object, on: dt.date) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return day_words(value, on)
    if isinstance(value, dt.time):
        return clock(value)
    if isinstance(value, int | float):
        return number(value, 5)
    return None if value is None else shorten(str(value))


def _tell_change(label: str, before: str | None, after: str | None, gone: str) -> str | None:
    if before == after:
        return None
    if before is None:
        return f"{label} now {after}"
    return f"{label} {before} {gone}" if after is None else f"{label} {before} → {after}"


def staffing_details(versions: Versions, old_id: str, new_id: str) -> tuple[list[str], list[str]]:
    """The staffing changes of an event in words, and the agencies of the people and posts concerned."""
    old_rows, new_rows = _group_by_person(versions.before, old_id), _group_by_person(versions.after, new_id)
    details: list[str] = []
    agencies: list[str] = []
    for person in dict.fromkeys([*old_rows, *new_rows]):
        old, new = old_rows.get(person, []), new_rows.get(person, [])
        unchanged = Counter(map(staffing_content, old)) & Counter(map(staffing_content, new))
        old, new = _leave_out(old, unchanged), _leave_out(new, unchanged)
        for was, now in zip(old, new, strict=False):
            details.append(f"{_name_person(now)}: {', '.join(field_details(versions, schema.STAFFING, was, now))}")
        for row in old[len(new) :]:
            cell = versions.unread_assignment(row, new_id)
            details.append(f"{_name_person(row)} {f'no longer read ({cell})' if cell else 'no longer assigned'}")
        for row in new[len(old) :]:
            role = f" as {row.role}" if row.role else ""
            usual = row.status in ("Requested", "Assigned", "Confirmed", "Attended")
            added = f"{row.status.lower()}{role}" if usual else f"added{role} ({row.status})"
            details.append(f"{_name_person(row)} {added}")
        agencies += [row.agency for row in (*old, *new) if row.agency]
    old_posts, new_posts = (
        Counter(row.agency for row in version.assignments_by_event.get(event_id, ()) if row.placeholder)
        for version, event_id in ((versions.before, old_id), (versions.after, new_id))
    )
    for agency in dict.fromkeys([*old_posts, *new_posts]):
        if old_posts[agency] != new_posts[agency]:
            details.append(f"officers requested from {agency or 'anybody'} {old_posts[agency]} → {new_posts[agency]}")
            agencies += [agency] if agency else []
    return details, agencies


def _group_by_person(snapshot: Snapshot, event_id: str) -> dict[str, list[Assignment]]:
    rows: dict[str, list[Assignment]] = {}
    for row in snapshot.assignments_by_event.get(event_id, ()):
        # An officer whose name this viewer may not see has a number for an ID, which depends on the order of the rows.
        unnamed = row.officer is not None and row.officer.startswith(f"{event_id}#")
        person = row.name if unnamed else row.person
        if not row.placeholder:
            rows.setdefault((person or "").casefold(), []).append(row)
    return rows


def _leave_out(rows: list[Assignment], unchanged: Counter[Assignment]) -> list[Assignment]:
    left, kept = unchanged.copy(), []
    for row in rows:
        content = staffing_content(row)
        left[content] -= 1
        if left[content] < 0:
            kept.append(row)
    return kept


def staffing_content(row: Assignment) -> Assignment:
    """The row without what says where it is and whose it is, and without what follows from other rows."""
    return replace(row, event_id="", row=0, officer=None, name=None, agency=None, conflict=None, in_events=False)


def _name_person(row: Assignment) -> str:
    return shorten(row.name or row.officer or "Somebody")


def attendance_details(versions: Versions, old_id: str, event: Event | Undated) -> Iterator[str]:
    """The changes of an event's attendance in words; the event is that of the later version."""
    event_id = str(event.id)
    old = versions.before.headcounts_by_event.get(old_id, ())
    new = versions.after.headcounts_by_event.get(event_id, ())
    if Counter(map(attendance_content, old)) == Counter(map(attendance_content, new)):
        return
    cells = [
        versions.unread_row("Events", event.row, event_id, "guests") if was.in_events
        else versions.unread_row("Attendance", was.row, event_id)
        for was in old[len(new) :]
    ]  # fmt: skip
    gone = next((f"no longer read ({cell})" for cell in cells if cell), "removed")
    if not new:
        yield f"attendance {gone}"
        return
    described = False
    for column in schema.ATTENDANCE.columns:
        if column.reader != "count":
            continue
        field = column.field
        tabs = [("Events" if row.in_events else "Attendance", row.row) for row in new]
        cell = next((cell for tab, number in tabs if (cell := versions.unread_value(tab, number, field))), None)
        lost = f"no longer read ({cell})" if cell else gone
        label = column.header[0].lower() + column.header[1:]
        words = _tell_change(label, _count_words(old, field), _count_words(new, field), lost)
        if words is not None:
            described = True
            yield words
    if not described:
        yield "attendance details changed" if old else "attendance row added"


def attendance_content(row: Headcount) -> Headcount:
    """The row without what says where it is."""
    return replace(row, event_id="", row=0, in_events=False)


def _count_words(rows: Sequence[Headcount], field: str) -> str | None:
    """A count as typed if it is that of guests in a single row, else the sum."""
    if field == "guests" and len(rows) == 1 and rows[0].guests is not None:
        return shorten(rows[0].guests.raw)
    if field == "guests":
        best = total(rows).best
        return None if best is None else people(best)
    counted = [count for row in rows if (count := getattr(row, field)) is not None]
    return number(sum(counted)) if counted else None


_SPECS = {spec.name: spec for spec in schema.TABS}
_OPTIONAL_OF_EVENT = frozenset(field.name for field in fields(Event) if field.default is not MISSING)
"""Other columns of Events cost an event, or are in a sheet of one tab what rows of Staffing and Attendance are."""


class Versions:
    """Two versions of the sheet, and the cells of the later that keep something of the earlier from being read."""

    def __init__(self, before: Snapshot, after: Snapshot) -> None:
        self.before, self.after = before, after
        errors = [problem for problem in after.problems if problem.severity == "error"]
        self._by_cell = {(*problem.place, problem.field_name): problem for problem in errors}
        known = Counter(map(_identify, before.problems))
        self._costly: list[Problem] = []
        """New problems that cost a row; each is the answer for one row only."""
        for problem in errors:
            if known[_identify(problem)]:
                known[_identify(problem)] -= 1
            elif _costs_a_row(problem):
                self._costly.append(problem)
        self._more_people = Counter(person.event_id for person in after.unread_people)
        self._more_people.subtract(person.event_id for person in before.unread_people)

    def unread_value(self, tab: str, row: int, field: str) -> str | None:
        """`C12 of Events`, where the value of that field is; None if the cell is blank."""
        problem = self._by_cell.get((tab, row, field))
        return self._missing(tab, (field,)) if problem is None else _name_cell(problem)

    def unread_row(self, tab: str, row: int, event_id: str | None = None, field: str | None = None) -> str | None:
        """`B12 of Staffing`, which keeps the earlier row from being read; None if gone. `event_id` is the later one."""
        costly = [
            problem for problem in self._costly if problem.kind == tab and (not field or problem.field_name == field)
        ]
        costly.sort(key=lambda problem: problem.place[1] != row)  # rows may have moved
        for problem in costly:
            if problem.place[1] == row or (event_id is not None and problem.event_id == event_id):
                self._costly.remove(problem)
                return _name_cell(problem)
        needed = [column.field for column in _SPECS[tab].columns if column.required and tab != "Events"]
        if missing := self._missing(tab, [field] if field else needed):
            return missing
        if tab == "Staffing" and self._more_people[event_id or ""] > 0:
            self._more_people[event_id or ""] -= 1
            return "a row of Staffing"  # a liaison sees no problems of another agency's rows
        return None

    def unread_assignment(self, row: Assignment, new_id: str) -> str | None:
        """The cell that keeps the earlier assignment from being read; `new_id` is its event's later ID."""
        if row.in_events:
            event = self.after.event_by_id.get(new_id)
            return self.unread_row("Events", event.row if event else row.row, new_id, "officers")
        return self.unread_row("Staffing", row.row, new_id)

    def _missing(self, tab: str, fields: Iterable[str]) -> str | None:
        """The column or tab that the later version no longer has."""
        before, after = self.before.tab_columns.get(tab, {}), self.after.tab_columns.get(tab)
        gone = next((field for field in fields if field in before and field not in (after or {})), None)
        if gone is None:
            return None
        return f"no tab {tab}" if after is None else f"no column {_SPECS[tab].column(gone).header} in {tab}"


_identify = attrgetter("kind", "field_name", "code", "found", "event_id")


def _costs_a_row(problem: Problem) -> bool:
    spec, field = _SPECS.get(problem.kind or ""), problem.field_name
    if spec is None or field is None:
        return False
    if spec is schema.EVENTS:
        return field not in _OPTIONAL_OF_EVENT
    if field.startswith("@"):
        return True  # the day or place by which a row without an ID names its event
    return spec.column(field).required or field == spec.unique


def _name_cell(problem: Problem) -> str:
    return f"{problem.cell or f'row {problem.row}'} of {problem.tab}"
