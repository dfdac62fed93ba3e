"""What is done for an event and what is still to do, from what the sheet says."""

from __future__ import annotations

import datetime as dt
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
    venue, row = event.venue, event.row
    before: list[tuple[object, str, str, str, str, int | None]] = []
    if venue is not None:
        before.append((venue.permission, "Venue confirmed", "Venue not confirmed", "Venues", "permission", venue.row))
    before += [
        (event.release_sent, "Release sent", "Release not sent", "Events", "release_sent", row),
        (event.flyer_sent, "Flyer out", "Flyer not out", "Events", "flyer_sent", row),
        (event.host_briefed, "Host briefed", "Host not briefed", "Events", "host_briefed", row),
    ]
    coming, columns = event.date >= today and event.status != "Completed", snapshot.tab_columns
    steps = [step for step in before if step[4] in columns.get(step[3], {}) and (coming or step[0])]
    if event.date <= today:
        is_counted = total(snapshot.headcounts_by_event.get(event.id, ())).best is not None
        entered = snapshot.follow_ups_by_event.get(event.id)
        steps.append((is_counted, "Counts in", "Counts not in", *cell_of_count(snapshot, event)))
        steps.append((entered, "Follow-ups entered", "No follow-ups yet", "Follow-ups", "category", None))
    return tuple(
        ChecklistStep(bool(done), yes if done else no, tab, field, at) for done, yes, no, tab, field, at in steps
    )
