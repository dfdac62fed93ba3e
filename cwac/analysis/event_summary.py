"""An event at a glance: what one line of a calendar, on a screen or on paper, says of its people and its trouble."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cwac.analysis.alerts import ALERT_CODES, CLASHES
from cwac.analysis.attendance import number, total
from cwac.analysis.events import assigned, is_half_typed, is_live
from cwac.analysis.positions import open_positions, positions
from cwac.model import Alert, Event, Snapshot

STAFFING = ("Short of officers", "Nobody yet", "Fully staffed", "Clash")
"""States of a coming event's staffing, as a filter offers them."""

LACKS = frozenset({"no-host", "no-bilingual", "no-supervisor", "agency-without-officer", "shelter-venue"})
"""What is also said of an event where there is room; "too few" is plain from 2/3."""

UNFINISHED = "Row not finished: no town yet"

_USUAL = Event("", 0, dt.date.min).title


@dataclass(frozen=True, slots=True)
class Glance:
    """`staff` is `2/3`, people of positions (`2` where the sheet asks for nobody), None unless to come; `short` is
    whether positions are open; `guests` only once it was held.

    `clashes` and `lacks` are in words. `title` is empty where it is the usual one.
    """

    title: str
    state: str
    staff: str | None
    short: bool
    guests: str | None
    clashes: tuple[str, ...]
    lacks: tuple[str, ...]
    held: bool
    """False for one that is past and was never said to have been held."""


def glance(
    event: Event, snapshot: Snapshot, alerts: Mapping[str, Sequence[Alert]], today: dt.date, *, gaps: bool
) -> Glance:
    """`gaps` is whether staffing may be told."""
    staff, short = None, False
    coming = event.date >= today and is_live(event)
    unfinished = gaps and coming and is_half_typed(event, snapshot)
    if gaps and coming and not unfinished:
        rows = snapshot.assignments_by_event.get(event.id, ())
        wanted, going = positions(event, rows), len(assigned(rows))
        staff, short = str(going) if wanted is None else f"{going}/{wanted}", open_positions(event, rows) > 0
    codes = dict.fromkeys(alert.code for alert in alerts.get(event.id, ())) if gaps and coming else {}
    return Glance(
        title=event.title if event.title != _USUAL else "",
        state=(event.status or "Tentative").lower(),
        staff=staff,
        short=short,
        guests=_guests(event, snapshot) if event.status == "Completed" else None,
        clashes=tuple(ALERT_CODES[code] for code in codes if code in CLASHES),
        lacks=(UNFINISHED,) if unfinished else tuple(ALERT_CODES[code] for code in codes if code in LACKS),
        held=not (gaps and event.date < today and event.status in ("Confirmed", "Tentative", None)),
    )


def _guests(event: Event, snapshot: Snapshot) -> str:
    counted = total(snapshot.headcounts_by_event.get(event.id, ()))
    if counted.best is None:
        return "not counted"
    return f"{'about ' if counted.estimated else ''}{number(counted.best)} guests"


def staffing_of(
    event: Event, snapshot: Snapshot, alerts: Mapping[str, Sequence[Alert]], today: dt.date
) -> frozenset[str]:
    """The states of `STAFFING` that a coming event is in; none for one that is past or off."""
    if event.date < today or not is_live(event):
        return frozenset()
    if is_half_typed(event, snapshot):
        return frozenset()
    rows = snapshot.assignments_by_event.get(event.id, ())
    found = {"Clash"} if any(alert.code in CLASHES for alert in alerts.get(event.id, ())) else set()
    if not assigned(rows):
        found.add("Nobody yet")
    if open_positions(event, rows):
        found.add("Short of officers")
    elif event.officers_needed is not None:
        found.add("Fully staffed")
    return frozenset(found)
