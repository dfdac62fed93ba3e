"""Summarize an event for one line of a calendar: staffing, clashes, missing roles and guests."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cwac.analysis.alerts import ALERT_CODES, CLASHES, GAPS
from cwac.analysis.attendance import guests_words, total
from cwac.analysis.days import holiday_words
from cwac.analysis.events import assigned, is_half_typed, is_live
from cwac.analysis.followups import CLOSE_COUNTED
from cwac.analysis.positions import open_positions, positions
from cwac.model import USUAL_TITLE, Alert, Event, Snapshot

STAFFING_STATES = ("Short of officers", "Nobody yet", "Fully staffed", "Clash")
"""States of a coming event's staffing, as the filter offers them."""

NAMED_GAPS = GAPS - {"understaffed"} | {"shelter-venue"}
"""Gaps that are named where there is room; the count of officers (`2/3`) already shows understaffing."""

UNFINISHED = "Row not finished: no town yet"

NOT_COUNTED = "not counted"


@dataclass(frozen=True, slots=True)
class EventSummary:
    """One event in a calendar; `title` is empty for the usual one, and `clashes` and `gaps` are in words.

    `staff` is people of positions (`2/3`), None unless the event is coming; `guests` is None unless it is Completed.
    `held` is False for a past event that nobody has closed, and `counted` says whether it has a count all the same.
    """

    title: str
    state: str
    staff: str | None
    short: bool
    guests: str | None
    clashes: tuple[str, ...]
    gaps: tuple[str, ...]
    held: bool
    holiday: str | None = None
    counted: bool = False

    @property
    def to_close(self) -> str:
        """What to do about a past event that nobody has closed; without a count it may not have been held."""
        return CLOSE_COUNTED if self.counted else "was it held?"


def summarize(
    event: Event, snapshot: Snapshot, alerts: Mapping[str, Sequence[Alert]], today: dt.date, *, gaps: bool
) -> EventSummary:
    """Staffing, clashes and gaps are left out unless `gaps`; `alerts` are by event ID."""
    staff, short = None, False
    coming = event.date >= today and is_live(event)
    unfinished = gaps and coming and is_half_typed(event, snapshot)
    if gaps and coming and not unfinished:
        rows = snapshot.assignments_by_event.get(event.id, ())
        needed, people = positions(event, rows), len(assigned(rows))
        staff, short = str(people) if needed is None else f"{people}/{needed}", open_positions(event, rows) > 0
    held = not (gaps and event.date < today and event.status in ("Confirmed", "Tentative", None))
    codes = dict.fromkeys(alert.code for alert in alerts.get(event.id, ())) if gaps and coming else {}
    counted = total(snapshot.headcounts_by_event.get(event.id, ()))
    guests = NOT_COUNTED if counted.best is None else guests_words(counted)
    return EventSummary(
        title=event.title if event.title != USUAL_TITLE else "",
        state=(event.status or "Tentative").lower(),
        staff=staff,
        short=short,
        guests=guests if event.status == "Completed" else None,
        clashes=tuple(ALERT_CODES[code] for code in codes if code in CLASHES),
        gaps=(UNFINISHED,) if unfinished else tuple(ALERT_CODES[code] for code in codes if code in NAMED_GAPS),
        held=held,
        holiday=holiday_words(event) if coming else None,
        counted=not held and counted.best is not None,
    )


def staffing_states(
    event: Event, snapshot: Snapshot, alerts: Mapping[str, Sequence[Alert]], today: dt.date
) -> frozenset[str]:
    """The `STAFFING_STATES` of a coming event; none for one that is past or called off."""
    if event.date < today or not is_live(event) or is_half_typed(event, snapshot):
        return frozenset()
    rows = snapshot.assignments_by_event.get(event.id, ())
    short = open_positions(event, rows) > 0
    states = {
        "Clash": any(alert.code in CLASHES for alert in alerts.get(event.id, ())),
        "Nobody yet": not assigned(rows),
        "Short of officers": short,
        "Fully staffed": event.officers_needed is not None and not short,
    }
    return frozenset(state for state, holds in states.items() if holds)
