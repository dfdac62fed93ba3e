"""What everybody asks is worked out before a large sheet's new version is shown: nobody is the first to wait."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import Any

from cwac.answers import attendance, expect, followups, staffing
from cwac.answers.alerts import by_agency
from cwac.answers.hours import ledger
from cwac.answers.leisure import at_leisure, unhurried
from cwac.model import Assignment, FollowUp, Headcount, Snapshot
from cwac.settings import Rules


def work_out(snapshot: Snapshot, before: Snapshot, rules: Rules) -> None:
    """Keep it with the snapshot, as whoever asked first would have. `before` is the version that is shown until now."""
    today = snapshot.today
    with at_leisure() if before.events else nullcontext():  # nobody has anything to look at before the first version
        _group(snapshot, before)
        ledger(snapshot, rules)
        by_agency(snapshot, today, rules)
        staffing.gap_board(snapshot, today)
        attendance.programme(snapshot)
        followups.missing_after_event(snapshot, today)
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
        for record in unhurried(records):
            groups.setdefault(record.event_id, []).append(record)
        for event_id in unhurried(list(groups)):
            group, old = tuple(groups[event_id]), earlier.get(event_id)
            groups[event_id] = old if old == group else group
        vars(snapshot)[name] = groups  # where the property itself would keep it
