"""What is done for an event and what is still to do, from what the sheet says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

from cwac.analysis.attendance import total
from cwac.analysis.cells import cell_of_count
from cwac.analysis.events import is_live
from cwac.model import Event, Snapshot


@dataclass(frozen=True, slots=True)
class ChecklistStep:
    """One step in words. `tab`, `field` and `row` (None: the first free one) are the cell that says it is done."""

    done: bool
    words: str
    tab: str
    field: str
    row: int | None


def checklist(snapshot: Snapshot, event: Event, today: dt.date) -> tuple[ChecklistStep, ...]:
    """The steps of an event that is not called off; none for a draft.

    Before its day: venue, release, flyer and host, where the sheet has their columns. From its day on: what of them is
    done, then counts and follow-ups.
    """
    if not is_live(event):
        return ()
    before = _before(snapshot, event)
    coming = event.date >= today and event.status != "Completed"
    steps = [step for step in before if coming or step.done]
    if event.date <= today:
        steps += _after(snapshot, event)
    return tuple(steps)


def _before(snapshot: Snapshot, event: Event) -> Iterator[ChecklistStep]:
    venue = event.venue
    if venue is not None and "permission" in snapshot.tab_columns.get("Venues", {}):
        agreed = bool(venue.permission)
        words = "Venue confirmed" if agreed else "Venue not confirmed"
        yield ChecklistStep(agreed, words, "Venues", "permission", venue.row)
    columns = snapshot.tab_columns.get("Events", {})
    for field, day, done, open_ in (
        ("release_sent", event.release_sent, "Release sent", "Release not sent"),
        ("flyer_sent", event.flyer_sent, "Flyer out", "Flyer not out"),
        ("host_briefed", event.host_briefed, "Host briefed", "Host not briefed"),
    ):
        if field in columns:
            yield ChecklistStep(day is not None, done if day else open_, "Events", field, event.row)


def _after(snapshot: Snapshot, event: Event) -> Iterator[ChecklistStep]:
    counted = total(snapshot.headcounts_by_event.get(event.id, ())).best is not None
    yield ChecklistStep(counted, "Counts in" if counted else "Counts not in", *cell_of_count(snapshot, event))
    entered = bool(snapshot.follow_ups_by_event.get(event.id))
    yield ChecklistStep(
        entered, "Follow-ups entered" if entered else "No follow-ups yet", "Follow-ups", "category", None
    )
