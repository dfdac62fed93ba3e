"""Emergencies: coming events that lost officers to one, the officers left, and candidates to replace them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable
from dataclasses import dataclass

from cwac.analysis.candidates import Candidate, Roster, who_could_go
from cwac.analysis.events import DEFAULTS, between, going, is_coming, is_live, state_words, where
from cwac.analysis.staffing import Fill, fill
from cwac.date_words import day_words
from cwac.model import Assignment, Event, Snapshot
from cwac.settings import Rules


@dataclass(frozen=True, slots=True)
class Pulled:
    """A coming event from which an emergency pulled people, or which it called off (`off`).

    `pulled` and `left` are staffing rows; `short` counts the open positions, 0 if the event is off; `could` are
    candidates to go instead, best first; `replacement` is the event that makes up for it, if one is planned.
    """

    event: Event
    off: bool
    pulled: tuple[Assignment, ...]
    left: tuple[Assignment, ...]
    short: int
    could: tuple[Candidate, ...]
    replacement: Event | None
    message: str


def pulled(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS, limit: int = 5) -> tuple[Pulled, ...]:
    """Coming events from which people were pulled, and those called off for mutual aid, soonest first.

    Each has at most `limit` candidates.
    """
    roster: Roster | None = None
    replacements = {event.replaces: event for event in snapshot.events if event.replaces and is_live(event)}
    events = []
    for event in between(snapshot, on, dt.date.max):
        rows = snapshot.assignments_by_event.get(event.id, ())
        pulled_rows = tuple(row for row in rows if row.status == "Pulled" and not row.placeholder)
        off = event.status in ("Cancelled", "Postponed") and event.cancel_reason == "Mutual aid"
        if not off and not (pulled_rows and is_coming(event, on)):
            continue
        left, staffing = _one_row_each(going(rows)), fill(snapshot, event)
        could: tuple[Candidate, ...] = ()
        if not off:
            roster = roster or Roster(snapshot, on, rules)
            could = tuple(each for each in who_could_go(snapshot, event, on, rules, roster) if each.available)[:limit]
        replacement = replacements.get(event.id)
        message = _pulled_words(event, off, pulled_rows, left, staffing, replacement, on)
        events.append(Pulled(event, off, pulled_rows, left, 0 if off else staffing.short, could, replacement, message))
    return tuple(events)


def _one_row_each(rows: Iterable[Assignment]) -> tuple[Assignment, ...]:
    return tuple({row.person: row for row in reversed(tuple(rows))}.values())[::-1]


def _pulled_words(
    event: Event,
    off: bool,
    pulled_rows: Collection[Assignment],
    left: Collection[Assignment],
    staffing: Fill,
    replacement: Event | None,
    on: dt.date,
) -> str:
    at = f"{where(event)}, {day_words(event.date, on)}"
    left_names = ", ".join(row.name or "somebody" for row in left) or "nobody"
    if off:
        then = f"made up for on {day_words(replacement.date, on)}" if replacement else "no new date yet"
        return f"{at}: {state_words(event).lower()}; {then}. Free again: {left_names}."
    names = ", ".join(row.name or "somebody" for row in pulled_rows)
    return f"{at}: {names} pulled to an emergency. Left: {left_names} ({staffing.words})."
