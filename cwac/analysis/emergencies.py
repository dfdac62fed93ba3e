"""Emergencies: the events that people were pulled from, who is left, and who could go instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cwac.analysis.candidates import Candidate, Roster, who_could_go
from cwac.analysis.events import (
    DEFAULTS,
    between,
    day_words,
    going,
    is_coming,
    is_live,
    state_words,
    where,
)
from cwac.analysis.staffing import Fill, fill
from cwac.model import Assignment, Event, Snapshot
from cwac.settings import Rules


@dataclass(frozen=True, slots=True)
class Pulled:
    """A coming event that an emergency took people from, or took altogether (`off`).

    `pulled` and `left` are the rows of the people; `short` is how many are still to be found, 0 where the event is off;
    `could` who could go instead, best first; `replacement` the event that makes up for it, if one is planned.
    """

    event: Event
    off: bool
    pulled: tuple[Assignment, ...]
    left: tuple[Assignment, ...]
    short: int
    could: tuple[Candidate, ...]
    replacement: Event | None
    message: str


def pulled(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS, most: int = 5) -> tuple[Pulled, ...]:
    """The coming events from which people were pulled, and those called off for mutual aid, soonest first."""
    roster: Roster | None = None
    replacements = {event.replaces: event for event in snapshot.events if event.replaces and is_live(event)}
    found = []
    for event in between(snapshot, on, dt.date.max):
        rows = snapshot.assignments_by_event.get(event.id, ())
        taken = tuple(row for row in rows if row.status == "Pulled" and not row.placeholder)
        off = event.status in ("Cancelled", "Postponed") and event.cancel_reason == "Mutual aid"
        if not off and not (taken and is_coming(event, on)):
            continue
        left, filled = _each_once(going(rows)), fill(snapshot, event)
        could: tuple[Candidate, ...] = ()
        if not off:
            roster = roster or Roster(snapshot, on, rules)
            could = tuple(one for one in who_could_go(snapshot, event, on, rules, roster) if one.available)[:most]
        replacement = replacements.get(event.id)
        message = _pulled_words(event, off, taken, left, filled, replacement, on)
        found.append(Pulled(event, off, taken, left, 0 if off else filled.short, could, replacement, message))
    return tuple(found)


def _each_once(rows: Iterable[Assignment]) -> tuple[Assignment, ...]:
    return tuple({row.person: row for row in reversed(tuple(rows))}.values())[::-1]


def _pulled_words(
    event: Event,
    off: bool,
    taken: Collection[Assignment],
    left: Collection[Assignment],
    filled: Fill,
    replacement: Event | None,
    on: dt.date,
) -> str:
    at = f"{where(event)}, {day_words(event.date, on)}"
    left_names = ", ".join(row.name or "somebody" for row in left) or "nobody"
    if off:
        then = f"made up for on {day_words(replacement.date, on)}" if replacement else "no new date yet"
        return f"{at}: {state_words(event).lower()}; {then}. Free again: {left_names}."
    names = ", ".join(row.name or "somebody" for row in taken)
    return f"{at}: {names} pulled to an emergency. Left: {left_names} ({filled.words})."
