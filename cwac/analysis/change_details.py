"""Describe how two versions of a row, or of an event's staffing and attendance, differ, in words for the page."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, fields, replace
from itertools import zip_longest
from operator import attrgetter
from typing import Any, TypeVar

from cwac.analysis.attendance import total
from cwac.analysis.events import state_words
from cwac.analysis.words import list_words, number, people, shorten
from cwac.date_words import clock, clock_range, day_words
from cwac.model import Assignment, Event, Headcount, Problem, Snapshot, Undated, choice_label, grouped
from cwac.sheet import schema
from cwac.sheet.schema import Column, TabSpec

_Row = TypeVar("_Row")
_take_role = attrgetter("role")
_take_shift = attrgetter("role", "report_time", "release_time")


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
        unread = versions.unread_value(tab, new.row, column.field) if is_gone else None
        gone = unread or "removed"
        if column.told == "change":
            yield f"{label} {'written' if before is None else gone if after is None else 'changed'}"
        elif isinstance(before, tuple) and isinstance(after, tuple):
            yield from (f"{label}: now {item}" for item in after if item not in before)
            lost = [item for item in before if item not in after]
            yield from (f"{label}: {item} {gone}" if unread else f"{label}: no longer {item}" for item in lost)
        elif isinstance(before, dt.time) and isinstance(after, dt.time):
            yield f"{label} {clock_range(before, after).replace('–', ' → ')}"
        elif column.field == "status":
            yield f"{_describe(before, on)} {gone if unread else f'→ {_describe(after, on)}'}"
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
    _follow_names(old_rows, new_rows)
    details: list[str] = []
    agencies: list[str] = []
    for person in dict.fromkeys([*old_rows, *new_rows]):
        old, new = old_rows.get(person, []), new_rows.get(person, [])
        unchanged = Counter(map(staffing_content, old)) & Counter(map(staffing_content, new))
        stays, is_one_person = bool(new), not _is_nameless((*old, *new)[0])
        old, new = _leave_out(old, unchanged), _leave_out(new, unchanged)
        pairs = pair_rows(old, new, _take_shift, _take_role)
        for share in [pairs] if is_one_person and pairs else [[pair] for pair in pairs]:
            details += _tell_person(versions, share, new_id, stays=stays and is_one_person)
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


def pair_rows(
    old: Iterable[_Row], new: Iterable[_Row], *likenesses: Callable[[_Row], Hashable]
) -> list[tuple[_Row | None, _Row | None]]:
    """The rows of one person before and after: pairs by the first likeness, then by the next, the rest in order."""
    pairs: list[tuple[_Row | None, _Row | None]] = []
    for likeness in likenesses:
        waiting = grouped((likeness(row), row) for row in reversed([*new]))
        unpaired = []
        for row in old:
            alike = waiting.get(likeness(row))
            if alike:
                pairs.append((row, alike.pop()))
            else:
                unpaired.append(row)
        old, new = unpaired, [row for rows in waiting.values() for row in reversed(rows)]
    return [*pairs, *zip_longest(old, new)]


def _tell_person(
    versions: Versions, pairs: Sequence[tuple[Assignment | None, Assignment | None]], new_id: str, *, stays: bool
) -> Iterator[str]:
    """`A. Sample: role Host → Greeter, note written`, `A. Sample confirmed as Host and Greeter`; the name is said once.

    `stays`: the person still has a row at the event.
    """
    changed: list[str] = []
    others: list[str] = []
    roles_by_status: dict[str, list[str | None]] = {}
    for was, now in pairs:
        if now is None and was is not None:
            cell = versions.unread_assignment(was, new_id)
            fewer = f"no longer assigned as {was.role}" if was.role else "has one assignment fewer"
            others.append(f"no longer read ({cell})" if cell else fewer if stays else "no longer assigned")
        elif was is None and now is not None:
            roles_by_status.setdefault(now.status, []).append(now.role)
        elif was is not None:
            changed += field_details(versions, schema.STAFFING, was, now)
    for status, roles in roles_by_status.items():
        named = [*dict.fromkeys(filter(None, roles))]
        as_roles = f" as {list_words(named, len(named))}" if named else ""
        usual = status in ("Requested", "Assigned", "Confirmed", "Attended")
        others.append(f"{status.lower()}{as_roles}" if usual else f"added{as_roles} ({status})")
    if words := ", ".join(dict.fromkeys([*changed, *others])):
        name = next(_name_person(row) for row in (*(now for _, now in pairs), *(was for was, _ in pairs)) if row)
        yield f"{name}{':' if changed else ''} {words}"


def _is_nameless(row: Assignment) -> bool:
    """Whether this viewer may not see the name: the ID is a number then, which depends on the order of the rows."""
    return row.officer is not None and row.officer.startswith(f"{row.event_id}#")


def _group_by_person(snapshot: Snapshot, event_id: str) -> dict[str, list[Assignment]]:
    rows: dict[str, list[Assignment]] = {}
    for row in snapshot.assignments_by_event.get(event_id, ()):
        person = row.name if _is_nameless(row) else row.person
        if not row.placeholder:
            rows.setdefault((person or "").casefold(), []).append(row)
    return rows


def _follow_names(old_rows: Mapping[str, Sequence[Assignment]], new_rows: dict[str, list[Assignment]]) -> None:
    """Put the rows of somebody whom the Officers tab newly lists, or no longer lists, under their earlier key."""
    appeared = grouped(
        ((rows[0].name or "").casefold(), person) for person, rows in new_rows.items() if person not in old_rows
    )
    for person, rows in old_rows.items():
        if person not in new_rows and len(same := appeared.pop((rows[0].name or "").casefold(), [])) == 1:
            new_rows[person] = new_rows.pop(same[0])


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
        lost = next((words for tab, number in tabs if (words := versions.unread_value(tab, number, field))), gone)
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
        unused = (problem for problem in after.problems if problem.severity == "error" or problem.code == "impossible")
        self._by_cell = {(*problem.place, problem.field_name): problem for problem in unused}
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
        """`no longer read (C12 of Events)`, if the cell still has a value of that field; None if it is blank."""
        problem = self._by_cell.get((tab, row, field))
        cell = self._missing(tab, (field,)) if problem is None else _name_cell(problem)
        # A report or release time that the event's times exclude is only warned of.
        is_misfit = problem is not None and problem.severity != "error"
        words = "does not fit the event's times" if is_misfit else "no longer read"
        return cell and f"{words} ({cell})"

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
