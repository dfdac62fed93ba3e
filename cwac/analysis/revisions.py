"""Events from version to version: which is which without a typed ID, how often each changed, and its first ID."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable, Container, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from operator import attrgetter
from typing import Any

from cwac.model import Event, Snapshot, grouped


@dataclass(frozen=True, slots=True)
class MadeRow:
    """The row of an event whose ID was made from its date and town, in parts to compare (or digests of these parts).

    `rest` is the row without its date and town, `gist` only title, start, venue and lead agency, `people` the staffing
    and attendance. `above` and `below` are the IDs of the events in the adjacent rows, None at either end.
    """

    id: str
    date: Hashable
    town: Hashable
    rest: Hashable
    gist: Hashable
    people: Hashable
    above: str | None
    below: str | None


def made_rows(
    events: Iterable[Event],
    people: Callable[[Event], Hashable] = lambda _: None,
    digest: Callable[[Any], Any] = lambda value: value,
    but: Container[str] = (),
) -> list[MadeRow]:
    """The rows of events with made IDs, except `but`, in the sheet's order; `digest` makes digests of IDs and parts."""
    ordered = sorted(events, key=lambda event: event.row)
    digest_of = cache(digest)  # days, towns and venues repeat, and a digest is slow
    return [
        MadeRow(
            digest_of(event.id),
            digest_of(event.date.isoformat()),
            digest_of(event.town or event.town_text),
            digest((event.title, str(event.start), str(event.end), _venue_name(event), *_take_rest(event))),
            digest_of((event.title, str(event.start), _venue_name(event), event.lead_agency)),
            digest(people(event)),
            digest_of(ordered[place - 1].id) if place else None,
            digest_of(ordered[place + 1].id) if place + 1 < len(ordered) else None,
        )
        for place, event in enumerate(ordered)
        if event.made_id and event.id not in but
    ]


# Listed by name because digests of it are stored: a field added to Event must not make every row look new.
_take_rest = attrgetter(
    "backup_venue", "lead_agency", "partner_agencies", "status", "cancel_reason", "status_note", "replaces",
    "officers_needed", "bilingual_needed", "funding", "public_notes", "internal_notes",
)  # fmt: skip


def _venue_name(event: Event) -> str | None:
    return event.venue.name if event.venue else event.venue_text


_STEPS: tuple[tuple[str, ...], ...] = (
    # The same content including date and town: which of two equal rows is which makes no difference.
    ("id", "date", "town", "rest", "people"),
    ("date", "town", "rest", "people"),
    ("id", "date", "town", "rest"),
    ("date", "town", "rest"),
    # Moved to another day or another town, with everything else the same.
    ("town", "rest", "people"),
    ("town", "rest"),
    ("date", "rest"),
    # The same day and town with other cells edited; of several that day, the one with the same number.
    ("id",),
    ("date", "town"),
    # Moved to another day and town at once, with everything else the same; or moved with few other cells the same.
    ("rest",),
    ("town", "gist"),
    ("date", "gist"),
)
"""What makes two rows the same event, the surest first."""


def same_events(old: Sequence[MadeRow], new: Sequence[MadeRow]) -> dict[str, str]:
    """Old ID -> new ID of the rows that are the same event. A row that could equally well be two others is neither.

    A made ID holds only date, town and a number in the order of rows, so rows that are sorted exchange their IDs.
    """
    pairs: dict[str, str] = {}
    before, after = ({row.id: row for row in rows} for rows in (old, new))

    def pair(one: MadeRow, other: MadeRow) -> None:
        pairs[one.id] = other.id
        del before[one.id], after[other.id]

    for step in _STEPS:
        key = attrgetter(*step)
        groups = grouped((key(row), row) for row in after.values())
        for row_key, rows in grouped((key(row), row) for row in before.values()).items():
            same = groups.get(row_key, [])
            # Of rows with one content it makes no difference which is which; others pair only if none came or went.
            if len(rows) == len(same) or {"date", "town", "rest"}.issubset(step):
                for one, other in zip(rows, same, strict=False):
                    pair(one, other)
    # Then rows between the same two events as before, on the same day or in the same town; a typed ID stays.
    made = {row.id for row in old}
    places = {(row.above, row.below): row for row in after.values()}
    for row in list(before.values()):
        above, below = (pairs.get(near, "") if near in made else near for near in (row.above, row.below))
        here = places.get((above, below))
        if here is not None and here.id in after and (row.date == here.date or row.town == here.town):
            pair(row, here)
    return pairs


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
    rows = made_rows(snapshot.events, digest=key_of)  # in the same order
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


def key_of(facts: object) -> str:
    """A digest of an ID or of other facts: revisions outlive the versions they come from, so they repeat no text."""
    return hashlib.sha256(repr(facts).encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _count_changes(
    before: Mapping[str, Revision], snapshot: Snapshot, at: dt.datetime, first_ids: Mapping[str, str]
) -> Mapping[str, Revision]:
    """The revisions after one more version. An event that is gone keeps its own: if it comes back, SEQUENCE goes on."""
    after = dict(before)
    for event in snapshot.events:
        key = key_of(first_ids.get(event.id, event.id))
        venue, times = event.venue, (event.date, event.start, event.end)
        place = (venue.name, venue.town, venue.street, venue.latitude, venue.longitude) if venue else event.venue_text
        state = event.agencies, event.status, event.cancel_reason
        plan = key_of((*times, event.title, event.town or event.town_text, place, *state, event.public_notes))
        when = key_of(times)
        crew = key_of([_take_crew(row) for row in snapshot.assignments_by_event.get(event.id, ())])
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


_take_crew = attrgetter("officer", "name", "agency", "placeholder", "role", "report_time", "release_time", "status")
