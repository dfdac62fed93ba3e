"""What officers answered beside what the sheet says, and what is to be typed because of it. Nothing counts by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from cwac.analysis.cells import cell_link
from cwac.analysis.events import NOT_GOING, planned
from cwac.date_words import clock, day_words
from cwac.forms.records import OfficerAnswer, Reply
from cwac.model import Assignment, AssignmentStatus, Event, Snapshot

_TO_TYPE: Mapping[tuple[Reply, AssignmentStatus], AssignmentStatus] = {
    ("Yes", "Requested"): "Confirmed",
    ("Yes", "Assigned"): "Confirmed",
    ("No", "Requested"): "Declined",
    ("No", "Assigned"): "Declined",
    ("No", "Confirmed"): "Declined",
}
"""The answer, and what the sheet says -> what the sheet should say."""


@dataclass(frozen=True, slots=True)
class ToDo:
    """A cell to type: its tab and letters (None where the tab has no such column), its address, and the value."""

    tab: str
    cell: str | None
    value: str
    link: str | None = None

    @property
    def words(self) -> str:
        """`Set H310 of Staffing to Confirmed`."""
        if self.cell is None:
            return f"Add a column Status to {self.tab}, and type {self.value}"
        if self.value.startswith("("):
            return f"Write {self.value} behind the name in {self.cell} of {self.tab}"
        return f"Set {self.cell} of {self.tab} to {self.value}"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its event, what the sheet says of that officer there, and the cell to type, if any."""

    event: Event
    answer: OfficerAnswer
    status: AssignmentStatus | None
    to_do: ToDo | None


def answered(snapshot: Snapshot) -> tuple[Answered, ...]:
    """Every officer's answer, by the event's start; a cell is to be typed only for events to come."""
    coming = {event.id for event in planned(snapshot, snapshot.today)}
    found = []
    for answer in _answers(snapshot):
        event = snapshot.event_by_id.get(answer.event_id)
        rows = [row for row in snapshot.assignments_by_event.get(answer.event_id, ()) if row.person == answer.person]
        if event is None or not rows:
            continue
        to_type = ((row, _TO_TYPE.get((answer.answer, row.status))) for row in rows if event.id in coming)
        row, value = next(((row, value) for row, value in to_type if value is not None), (_first_going(rows), None))
        found.append(Answered(event, answer, row.status, None if value is None else _to_do(snapshot, row, value)))
    order = {event.id: place for place, event in enumerate(snapshot.events_by_start)}
    return tuple(sorted(found, key=lambda one: (order[one.event.id], one.answer.name or "")))


def to_do(snapshot: Snapshot, agency: str | None = None) -> tuple[Answered, ...]:
    """The answers because of which a cell is to be typed, a No first: its position is open."""
    open_ones = [one for one in answered(snapshot) if one.to_do is not None and agency in (None, one.answer.agency)]
    return tuple(sorted(open_ones, key=lambda one: one.answer.answer != "No"))


def by_duty(snapshot: Snapshot) -> Mapping[tuple[str, str], OfficerAnswer]:
    """Event ID and person -> the officer's answer."""
    return {(answer.event_id, answer.person): answer for answer in _answers(snapshot) if answer.person is not None}


def _answers(snapshot: Snapshot) -> Iterator[OfficerAnswer]:
    return (record for record in snapshot.added if isinstance(record, OfficerAnswer))


def _first_going(rows: list[Assignment]) -> Assignment:
    return next((row for row in rows if row.status not in NOT_GOING), rows[0])


def _to_do(snapshot: Snapshot, row: Assignment, value: AssignmentStatus) -> ToDo:
    """The Status cell of the officer's row; in a sheet of one tab the cell that names the officer."""
    tab, field = ("Events", "officers") if row.in_events else ("Staffing", "status")
    words, link = cell_link(snapshot, tab, field, row.row)
    cell, _, place = words.partition(" of ")
    said = f"({value.casefold()})" if row.in_events else value
    if cell.startswith("row "):
        return ToDo(place, None, said, link)
    return ToDo(place, cell, said, link)


OTHER_ADDRESS = "from another address"


def words(answer: OfficerAnswer, today: dt.date) -> str:
    """`answered Yes, Fri 6:12 PM`, and where it was sent from another address."""
    when = None if answer.at is None else when_words(answer.at, today)
    other = OTHER_ADDRESS if answer.other_address else None
    return ", ".join(filter(None, (f"answered {answer.answer}", when, other)))


def when_words(at: dt.datetime, today: dt.date) -> str:
    """`Fri 6:12 PM` in the last seven days, else with the date."""
    is_near = 0 <= (today - at.date()).days < 7
    return f"{at:%a} {clock(at)}" if is_near else f"{day_words(at.date(), today)}, {clock(at)}"
