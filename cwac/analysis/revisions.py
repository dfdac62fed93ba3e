"""How often each event changed, when last, and by what ID it was first known."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from cwac.analysis.matching import MadeRow, made_rows, same_events
from cwac.model import Assignment, Event, Snapshot


@dataclass(frozen=True, slots=True)
class Trace:
    """What the kept versions say of an event: how often it changed, and when last (aware).

    `plan` and `crew` are digests: of what anybody may be told, and of who goes. They are counted apart, so that a
    public calendar gives no sign when somebody is staffed.
    """

    plan: str
    plan_changes: int
    plan_changed: dt.datetime
    crew: str
    crew_changes: int
    crew_changed: dt.datetime


@dataclass(frozen=True, slots=True)
class Made:
    """An event whose ID was made: the ID that it had first, and its row in the last version, in digests."""

    first: str
    row: MadeRow


@dataclass(frozen=True, slots=True)
class Past:
    """What the versions so far say of the events: their traces by `trace_key`, and those whose IDs were made.

    `gone` are such events that had moved and are in no row any more: they may come back by an undo.
    """

    traces: Mapping[str, Trace] = field(default_factory=dict)
    made: Sequence[Made] = ()
    gone: Sequence[Made] = ()
    names: Mapping[str, str] = field(default_factory=dict)
    """The first ID by the present one, of those that have moved."""

    def trace(self, event_id: str) -> Trace | None:
        return self.traces.get(trace_key(self.names.get(event_id, event_id)))


MOST_GONE = 500


def passed(before: Past, snapshot: Snapshot, at: dt.datetime) -> Past:
    """The past after one more version, which was first seen at `at`."""
    made, gone = _followed(before, snapshot)
    # By key in `made`, by ID here: the same events in the same order.
    ids = [event.id for event in sorted(snapshot.events, key=lambda event: event.row) if event.made_id]
    names = {event_id: one.first for event_id, one in zip(ids, made, strict=True) if one.first != event_id}
    return Past(traced(before.traces, snapshot, at, names), made, gone, names)


def _followed(before: Past, snapshot: Snapshot) -> tuple[tuple[Made, ...], tuple[Made, ...]]:
    """The events whose IDs were made, each with the first ID of the row that it is the same as; and those gone."""
    rows = made_rows(snapshot.events, part=_digest, name=trace_key)
    if not rows and not before.made:
        return (), tuple(before.gone)
    was = {one.row.id: one for one in before.made}
    earlier = {new: old for old, new in same_events([one.row for one in before.made], rows).items()}
    away = {(one.row.date, one.row.town, one.row.rest): one for one in before.gone}
    taken = {event.id for event in snapshot.events if not event.made_id}
    firsts: dict[str, str] = {}
    for row in rows:
        known = was.pop(earlier[row.id]) if row.id in earlier else away.pop((row.date, row.town, row.rest), None)
        if known is not None and known.first not in taken:
            firsts[row.id] = known.first
            taken.add(known.first)
    plain = {trace_key(event.id): event.id for event in snapshot.events if event.made_id}
    for row in rows:
        if row.id not in firsts:
            # Another event that has moved since may have had this ID first. No sheet has a made ID with a + in it.
            first, number = plain[row.id], 2
            while first in taken:
                first, number = f"{plain[row.id]}+{number}", number + 1
            firsts[row.id] = first
            taken.add(first)
    moved = [one for one in was.values() if trace_key(one.first) != one.row.id]
    return tuple(Made(firsts[row.id], row) for row in rows), (*away.values(), *moved)[-MOST_GONE:]


def traced(
    before: Mapping[str, Trace], snapshot: Snapshot, at: dt.datetime, names: Mapping[str, str] | None = None
) -> Mapping[str, Trace]:
    """The traces, by `trace_key` of the first ID, after one more version, which was first seen at `at`.

    An event that is gone keeps its trace: when it comes back its SEQUENCE must go on, not start again.
    """
    after = dict(before)
    for event in snapshot.events:
        key = trace_key((names or {}).get(event.id, event.id))
        plan = _digest(_told_to_all(event))
        crew = _digest([_told_to_crew(row) for row in snapshot.assignments_by_event.get(event.id, ())])
        old = before.get(key)
        if old is None:
            after[key] = Trace(plan, 0, at, crew, 0, at)
        elif (old.plan, old.crew) != (plan, crew):
            moved, swapped = old.plan != plan, old.crew != crew
            after[key] = Trace(
                plan,
                old.plan_changes + moved,
                at if moved else old.plan_changed,
                crew,
                old.crew_changes + swapped,
                at if swapped else old.crew_changed,
            )
    return after


def trace_key(event_id: str) -> str:
    """By what a trace is kept: traces outlive the versions they were made from, so they must not name anything."""
    return _digest(event_id)


def _told_to_all(event: Event) -> tuple[object, ...]:
    venue = event.venue
    place = (venue.name, venue.town, venue.street, venue.latitude, venue.longitude) if venue else event.venue_text
    when = (event.date, event.start, event.end)
    state = (event.status, event.cancel_reason)
    return (*when, event.title, event.town or event.town_text, place, event.agencies, *state, event.public_notes)


def _told_to_crew(row: Assignment) -> tuple[object, ...]:
    return (row.officer, row.name, row.agency, row.placeholder, row.role, row.report_time, row.release_time, row.status)


def _digest(told: object) -> str:
    return hashlib.sha256(repr(told).encode("utf-8", "surrogatepass")).hexdigest()[:16]
