"""What everybody asks is worked out before a large sheet's new version is shown: nobody is the first to wait.

The long answers where the sheet is read, in a process of its own; the rest with the viewers, where most of it is as it
was for the version before.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from cwac import access
from cwac.answers import attendance, events, expect, followups, staffing
from cwac.answers.alerts import alerts, by_event
from cwac.answers.hours import Column, Ledger, Lines, ledger, lines, live_events
from cwac.live import wire
from cwac.model import Alert, Assignment, FollowUp, Headcount, Snapshot, grouped
from cwac.settings import Rules

FEW = 0.1
"""Up to this share of the events may have changed for the rest to be taken from the version before."""


@dataclass(frozen=True, slots=True)
class Found:
    """The long answers about one snapshot."""

    alerts: Sequence[Alert]
    lines: Lines


# --- where the sheet is read -------------------------------------------------------------------------------------


def long_answers(snapshot: Snapshot, rules: Rules) -> Found:
    of_hours = lines(live_events(snapshot), snapshot.assignments, rules)
    return Found(alerts(snapshot, snapshot.today, rules), of_hours)


def written(of: Lines, path: Path) -> dict[str, Any]:
    """The lines of the ledger, their numbers in a file, to be read by `read`. Raises `OSError`."""
    columns, names = {}, {}
    for one in fields(of):
        value = getattr(of, one.name)
        if isinstance(value, Column):
            names[one.name] = list(value.names)
            columns[f"{one.name} numbers"], columns[f"{one.name} first"] = value.numbers, value.first
        else:
            columns[one.name] = value
    return {"path": str(path), "heads": wire.put(path, columns), "names": names}


# --- where the viewers are ---------------------------------------------------------------------------------------


def read(said: Mapping[str, Any]) -> Lines:
    """The lines as they were written; their file is gone then. Raises `OSError`."""
    columns: dict[str, Any] = {**wire.taken(Path(said["path"]), said["heads"])}
    for name, names in said["names"].items():
        columns[name] = Column(names, columns.pop(f"{name} numbers"), columns.pop(f"{name} first"))
    return Lines(**columns)


def work_out(snapshot: Snapshot, before: Snapshot, rules: Rules, found: Found | None = None) -> Collection[str] | None:
    """Keep it with the snapshot, as whoever asked first would have. `before` is the version that is shown until now.

    What comes back are the IDs of the events in which they differ, None where much does, or other than these.
    """
    today = snapshot.today
    _tidy()
    changed = _group(snapshot, before)
    _tidy()
    if found is not None:
        alerts.give(tuple(found.alerts), snapshot, today, rules)
        ledger.give(Ledger(live_events(snapshot), found.lines), snapshot, rules)
    steps: list[Callable[[], object]] = []
    if much_is_as_it_was := _much_is_as_it_was(snapshot, before, changed):
        steps = [
            lambda: events.carry_order(snapshot, before, changed),
            lambda: staffing.carry_gaps(snapshot, before, today, changed),
            lambda: attendance.carry_totals(snapshot, before, changed),
            lambda: attendance.carry_programme(snapshot, before, changed),
            lambda: followups.carry_missing(snapshot, before, today, changed),
            lambda: expect.carry_learnt(snapshot, before, changed),
            lambda: access.carry_nameless(snapshot, before, changed),
        ]
    steps += [
        lambda: ledger(snapshot, rules),
        lambda: events.in_order(snapshot),
        lambda: events.towns_named(snapshot),
        lambda: events.statuses_named(snapshot),
        lambda: by_event(snapshot, today, rules),
        lambda: staffing.gap_board(snapshot, today),
        lambda: attendance.programme(snapshot),
        lambda: followups.missing_after_event(snapshot, today),
        lambda: expect.expected(snapshot, ()),
    ]
    _tidy()
    for step in steps:
        step()
        _tidy()
    return changed if much_is_as_it_was else None


def _tidy() -> None:
    """Have Python search what was just made for garbage, if it does so at all. It would later, and all at once: a few
    large tuples of records, which lie all over the memory, halt everybody for longer than a viewer waits for a page.
    """
    if gc.isenabled():
        gc.collect(1)


def _much_is_as_it_was(snapshot: Snapshot, before: Snapshot, changed: Collection[str]) -> bool:
    """Beside the events themselves, it is the day and the officers' languages that these answers are made of."""
    same_day = (snapshot.today, snapshot.timezone) == (before.today, before.timezone)
    return same_day and snapshot.officers == before.officers and len(changed) <= FEW * len(before.events)


def _group(snapshot: Snapshot, before: Snapshot) -> set[str]:
    """Have what pages look up by event ready; the IDs of the events of which something has changed."""
    vars(snapshot)["event_by_id"] = {event.id: event for event in snapshot.events}
    changed = {event.id for event in _differing(before.events, snapshot.events)}
    for name in ("assignments", "headcounts", "follow_ups"):
        records: Sequence[Assignment | Headcount | FollowUp] = getattr(snapshot, name)
        theirs = {record.event_id for record in _differing(getattr(before, name), records)}
        groups = getattr(before, f"{name}_by_event")
        if theirs:
            now = grouped(record for record in records if record.event_id in theirs)
            groups = events.by_id_with_changes(groups, theirs, now)
        vars(snapshot)[f"{name}_by_event"] = groups
        changed |= theirs
    return changed | {one.event_id for one in _differing(before.unread_people, snapshot.unread_people)}


def _differing(before: Sequence[Any], after: Sequence[Any]) -> Iterator[Any]:
    """The records, of either, that the other has not. What is as it was, is the same record in both."""
    if len(before) == len(after):
        for at in range(0, len(after), wire.STEP):
            for old, new in zip(before[at : at + wire.STEP], after[at : at + wire.STEP], strict=True):
                if old is not new:
                    yield old
                    yield new
        return
    head = _alike(before, after, min(len(before), len(after)))
    tail = _alike(before[::-1], after[::-1], min(len(before), len(after)) - head)
    yield from before[head : len(before) - tail]
    yield from after[head : len(after) - tail]


def _alike(before: Sequence[Any], after: Sequence[Any], most: int) -> int:
    pairs = zip(before[:most], after[:most], strict=True)
    return next((at for at, (old, new) in enumerate(pairs) if old is not new), most)
