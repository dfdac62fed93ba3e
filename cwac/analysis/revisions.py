"""Revisions: how often each event changed, when last, and by what ID it was first known."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter

from cwac.analysis.matching import MadeRow, made_rows, same_events
from cwac.model import Event, Snapshot

MAX_GONE = 500
"""How many events that are gone are remembered; each costs a few hundred bytes."""


@dataclass(frozen=True, slots=True)
class Revision:
    """How often an event changed in the versions so far, and when last (aware).

    `plan` is a digest of what anybody may know, `crew` one of who goes. They are counted apart, so that a public
    calendar does not give away that somebody was staffed.
    """

    plan: str
    plan_changes: int
    plan_changed: dt.datetime
    crew: str
    crew_changes: int
    crew_changed: dt.datetime
    when: str = ""
    """A digest of its day and times; empty where a release without it wrote the row."""
    moved: dt.datetime | None = None
    """When these last changed."""


@dataclass(frozen=True, slots=True)
class MadeEvent:
    """An event without an ID of its own: the ID that was first made for it, and digests of its latest row."""

    first_id: str
    row: MadeRow


@dataclass(frozen=True, slots=True)
class Revisions:
    """The revision of each event, by `key_of` its first ID, and how to recognize events whose IDs are made.

    `gone` are such events that had moved and then disappeared: an undo may bring them back.
    """

    by_key: Mapping[str, Revision] = field(default_factory=dict)
    made: Sequence[MadeEvent] = ()
    gone: Sequence[MadeEvent] = ()
    first_ids: Mapping[str, str] = field(default_factory=dict)
    """By the present ID of events that have moved."""

    def first_id(self, event_id: str) -> str:
        """The ID that the event had first: its calendar UID is made of it."""
        return self.first_ids.get(event_id, event_id)

    def of(self, event_id: str) -> Revision | None:
        """The revision of the event that has this ID now; None where it is in no version so far."""
        return self.by_key.get(key_of(self.first_id(event_id)))


def advance(revisions: Revisions, snapshot: Snapshot, at: dt.datetime) -> Revisions:
    """The revisions after one more version, which was first seen at that (aware) time."""
    events = sorted((event for event in snapshot.events if event.made_id), key=lambda event: event.row)
    rows = made_rows(snapshot.events, part=_digest, name=key_of)  # in the same order
    unmatched = {event.row.id: event for event in revisions.made}
    earlier_id = {new: old for old, new in same_events([event.row for event in revisions.made], rows).items()}
    gone = {(event.row.date, event.row.town, event.row.rest): event for event in revisions.gone}
    taken = {event.id for event in snapshot.events if not event.made_id}
    first_ids: dict[str, str] = {}
    for event, row in zip(events, rows, strict=True):
        if row.id in earlier_id:
            earlier: MadeEvent | None = unmatched.pop(earlier_id[row.id])
        else:
            earlier = gone.pop((row.date, row.town, row.rest), None)
        if earlier is not None and earlier.first_id not in taken:
            first_ids[event.id] = earlier.first_id
            taken.add(earlier.first_id)
    for event in events:
        if event.id not in first_ids:
            free, number = event.id, 2
            while free in taken:  # an event that has moved since had it first; no made ID has a + in it
                free, number = f"{event.id}+{number}", number + 1
            first_ids[event.id] = free
            taken.add(free)
    made = tuple(MadeEvent(first_ids[event.id], row) for event, row in zip(events, rows, strict=True))
    moved = [event for event in unmatched.values() if key_of(event.first_id) != event.row.id]
    first_ids = {event_id: first for event_id, first in first_ids.items() if first != event_id}
    by_key = _count_changes(revisions.by_key, snapshot, at, first_ids)
    return Revisions(by_key, made, (*gone.values(), *moved)[-MAX_GONE:], first_ids)


def key_of(event_id: str) -> str:
    """A digest of the ID: revisions outlive the versions they come from, so they must not repeat what was typed."""
    return _digest(event_id)


def _count_changes(
    before: Mapping[str, Revision], snapshot: Snapshot, at: dt.datetime, first_ids: Mapping[str, str]
) -> Mapping[str, Revision]:
    """The revisions after one more version. An event that is gone keeps its own: if it comes back, SEQUENCE goes on."""
    after = dict(before)
    for event in snapshot.events:
        key = key_of(first_ids.get(event.id, event.id))
        plan, when = _digest(_list_public_facts(event)), _digest((event.date, event.start, event.end))
        crew = _digest([_take_crew_facts(row) for row in snapshot.assignments_by_event.get(event.id, ())])
        old = before.get(key, Revision(plan, 0, at, crew, 0, at, when))
        plan_differs, crew_differs = old.plan != plan, old.crew != crew
        after[key] = Revision(
            plan,
            old.plan_changes + plan_differs,
            at if plan_differs else old.plan_changed,
            crew,
            old.crew_changes + crew_differs,
            at if crew_differs else old.crew_changed,
            when,
            at if old.when not in ("", when) else old.moved,
        )
    return after


def _list_public_facts(event: Event) -> tuple[object, ...]:
    venue = event.venue
    place = (venue.name, venue.town, venue.street, venue.latitude, venue.longitude) if venue else event.venue_text
    when = (event.date, event.start, event.end)
    state = (event.status, event.cancel_reason)
    return (*when, event.title, event.town or event.town_text, place, event.agencies, *state, event.public_notes)


_take_crew_facts = attrgetter(
    "officer", "name", "agency", "placeholder", "role", "report_time", "release_time", "status"
)


def _digest(facts: object) -> str:
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()[:16]
