"""What officers answered beside what the sheet says, and what is to be typed because of it. Nothing counts by it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cwac.addons import CellToType
from cwac.analysis.cells import cell_link
from cwac.analysis.events import NOT_GOING, planned
from cwac.analysis.officers import is_active
from cwac.analysis.revisions import Revisions
from cwac.date_words import clock, day_words
from cwac.forms.tabs import OfficerAnswer, Reply
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
    """A cell to type (None without such a column), and the value, which goes behind the name in a sheet of one tab."""

    tab: str
    cell: str | None
    value: str
    link: str | None = None
    is_behind_name: bool = False

    @property
    def words(self) -> str:
        """`Set H310 of Staffing to Confirmed`."""
        if self.cell is None:
            return f"Add a column Status to {self.tab}, and type {self.value}"
        if self.is_behind_name:
            return f"Write {self.value} behind the name in {self.cell} of {self.tab}"
        return f"Set {self.cell} of {self.tab} to {self.value}"


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer with its event, what the sheet says of that officer there, and the cell to type, if any."""

    event: Event
    answer: OfficerAnswer
    status: AssignmentStatus | None
    to_do: ToDo | None
    void: str = ""
    """Why the answer cannot be used; empty if it can."""

    @property
    def sheet(self) -> str:
        """`the sheet still says Confirmed`; a sheet without Status cells only names people."""
        to_do = self.to_do
        has_status = to_do is None or (to_do.cell is not None and not to_do.is_behind_name)
        return f"the sheet still says {self.status}" if has_status else "the sheet still names them"


Moved = Mapping[str, dt.datetime]
"""Event to come -> when its day or times last changed, on the sheet's clock."""
NEVER_MOVED: Moved = {}


def moved(snapshot: Snapshot, *, _past: Revisions | None) -> Moved:
    """When the events to come about which officers answered were moved, as far as the stored versions tell."""
    answered_ids = {answer.event_id for answer in _answers(snapshot)}
    if _past is None or not answered_ids:
        return NEVER_MOVED
    revisions = {event.id: _past.of(event.id) for event in planned(snapshot, snapshot.today)}
    return {
        event: revision.moved.astimezone(ZoneInfo(snapshot.timezone)).replace(tzinfo=None)
        for event, revision in revisions.items()
        if event in answered_ids and revision is not None and revision.moved is not None
    }


def _why_void(snapshot: Snapshot, answer: OfficerAnswer, moved: Moved) -> str:
    """Why an answer cannot be used: it came before the event was moved, or the officer has left; else empty."""
    event, officer = snapshot.event_by_id.get(answer.event_id), snapshot.officer_by_id.get(answer.officer or "")
    at = moved.get(answer.event_id)
    if at is not None and (answer.at is None or answer.at < at):
        return "before the event was moved (a new answer is needed)"
    if answer.answer == "Yes" and event and officer and not is_active(officer, event.date):
        return "but is not active on that day"
    return ""


def answered(snapshot: Snapshot, moved: Moved = NEVER_MOVED) -> tuple[Answered, ...]:
    """Every officer's answer, by the event's start; a cell is to be typed only for events to come."""
    coming = {event.id for event in planned(snapshot, snapshot.today)}
    found = []
    for answer in _answers(snapshot):
        event = snapshot.event_by_id.get(answer.event_id)
        rows = [row for row in snapshot.assignments_by_event.get(answer.event_id, ()) if row.person == answer.person]
        if event is None or not rows:
            continue
        void = _why_void(snapshot, answer, moved)
        open_rows = rows if event.id in coming and not void else []
        to_type = ((row, _TO_TYPE.get((answer.answer, row.status))) for row in open_rows)
        going = next((row for row in rows if row.status not in NOT_GOING), rows[0])
        row, value = next(((row, value) for row, value in to_type if value is not None), (going, None))
        found.append(Answered(event, answer, row.status, value and _to_do(snapshot, row, value), void))
    order = {event.id: place for place, event in enumerate(snapshot.events_by_start)}
    return tuple(sorted(found, key=lambda one: (order[one.event.id], one.answer.name or "")))


def to_do(snapshot: Snapshot, agency: str | None = None, moved: Moved = NEVER_MOVED) -> tuple[Answered, ...]:
    """The answers that the sheet does not say yet, each No first, since its position is open."""
    open_ones = [
        one for one in answered(snapshot, moved) if one.to_do is not None and agency in (None, one.answer.agency)
    ]
    return tuple(sorted(open_ones, key=lambda one: one.answer.answer != "No"))


def words_by_duty(snapshot: Snapshot, moved: Moved) -> Mapping[tuple[str, str], str]:
    """Event ID and person -> the officer's answer in words, with the note."""
    return {
        (answer.event_id, answer.person): words(answer, snapshot.today, _why_void(snapshot, answer, moved))
        + (f": “{answer.note}”" if answer.note else "")
        for answer in _answers(snapshot)
        if answer.person is not None
    }


def cells_to_type(snapshot: Snapshot, agency: str | None, past: Revisions | None) -> tuple[CellToType, ...]:
    found = to_do(snapshot, agency, moved(snapshot, _past=past))
    return tuple(
        CellToType(
            one.event,
            one.answer.person or "",
            f"{one.answer.name or 'an officer'} {words(one.answer, snapshot.today)}",
            one.answer.answer == "No",
            one.sheet,
            (one.to_do.words, one.to_do.link or ""),
        )
        for one in found
        if one.to_do is not None
    )


def _answers(snapshot: Snapshot) -> Iterator[OfficerAnswer]:
    return (record for record in snapshot.added if isinstance(record, OfficerAnswer))


def _to_do(snapshot: Snapshot, row: Assignment, value: AssignmentStatus) -> ToDo:
    """The Status cell of the officer's row; in a sheet of one tab the cell that names the officer."""
    tab, field = ("Events", "officers") if row.in_events else ("Staffing", "status")
    words, link = cell_link(snapshot, tab, field, row.row)
    cell, _, place = words.partition(" of ")
    said = f"({value.casefold()})" if row.in_events else value
    return ToDo(place, None if cell.startswith("row ") else cell, said, link, is_behind_name=row.in_events)


OTHER_ADDRESS = "from another address"


def words(answer: OfficerAnswer, today: dt.date, void: str = "") -> str:
    """`answered Yes, Fri 6:12 PM`, then whether it came from another address, and why it cannot be used."""
    when = None if answer.at is None else when_words(answer.at, today)
    other = OTHER_ADDRESS if answer.other_address else None
    return ", ".join(filter(None, (f"answered {answer.answer}", when, other, void)))


def when_words(at: dt.datetime, today: dt.date) -> str:
    """`Fri 6:12 PM` in the last seven days, else with the date."""
    is_near = 0 <= (today - at.date()).days < 7
    return f"{at:%a} {clock(at)}" if is_near else f"{day_words(at.date(), today)}, {clock(at)}"
