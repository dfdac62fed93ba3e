"""What everybody asks of a sheet is worked out before a large one's new version is shown: nobody is the first to wait.

It is done where the viewers are, so after each part follows as long a rest: viewers go first.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

from cwac.answers import attendance, expect, followups, staffing
from cwac.answers.alerts import alerts, by_agency
from cwac.answers.events import upcoming
from cwac.answers.hours import ledger
from cwac.model import Assignment, FollowUp, Headcount, Snapshot
from cwac.settings import Rules

AT_ONCE = 10_000
"""Records that are looked at without a rest: a few milliseconds."""

GAPS_AT_ONCE = 200
"""Coming events whose gaps are worked out without a rest: a few milliseconds, too."""

_One = TypeVar("_One")


def work_out(snapshot: Snapshot, before: Snapshot, rules: Rules) -> None:
    """Keep it with the snapshot, as whoever asked first would have. `before` is the version that is shown until now."""
    _group(snapshot, before)
    with _rest():
        ledger(snapshot, rules)
    with _rest():
        alerts(snapshot, snapshot.today, rules)
    with _rest():
        by_agency(snapshot, snapshot.today, rules)
    for events in _a_little(upcoming(snapshot, snapshot.today), GAPS_AT_ONCE):
        staffing.gap_board(snapshot, snapshot.today, until=events[-1].date)
    with _rest():
        attendance.programme(snapshot)
    with _rest():
        followups.missing_after_event(snapshot, snapshot.today)
    with _rest():
        expect.expected(snapshot, ())


def _group(snapshot: Snapshot, before: Snapshot) -> None:
    """What pages look up by event; most groups are as before."""
    of_event: dict[str, Sequence[Assignment | Headcount | FollowUp]] = {
        "assignments_by_event": snapshot.assignments,
        "headcounts_by_event": snapshot.headcounts,
        "follow_ups_by_event": snapshot.follow_ups,
    }
    for name, records in of_event.items():
        groups: dict[str, Any] = {}
        earlier = vars(before).get(name, {})
        for some in _a_little(records, AT_ONCE):
            for record in some:
                groups.setdefault(record.event_id, []).append(record)
        for ids in _a_little(list(groups), AT_ONCE):
            for event_id in ids:
                group, old = tuple(groups[event_id]), earlier.get(event_id)
                groups[event_id] = old if old == group else group
        vars(snapshot)[name] = groups  # where the property itself would keep it


def _a_little(many: Sequence[_One], at_once: int) -> Iterator[Sequence[_One]]:
    """Some of them at a time."""
    for start in range(0, len(many), at_once):
        with _rest():
            yield many[start : start + at_once]


@contextmanager
def _rest() -> Iterator[None]:
    began = time.monotonic()
    yield
    time.sleep(time.monotonic() - began)
