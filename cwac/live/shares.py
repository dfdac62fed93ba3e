"""A viewer's share of a snapshot, with those answers that are the same whoever asks."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from cwac import access
from cwac.access import Viewer
from cwac.answers.alerts import carry_alerts
from cwac.answers.attendance import everything, everything_of, guests_by_event
from cwac.answers.events import in_order, statuses_named, towns_named
from cwac.answers.expect import learnt, tried
from cwac.answers.followups import every_missing
from cwac.answers.hours import ledger, named_only_at
from cwac.answers.once import once
from cwac.answers.staffing import known_gaps
from cwac.model import Snapshot
from cwac.settings import Rules

IN_COMMON = ("events", "headcounts", "agencies", "venues", "towns", "coverage")
"""What all who are signed in are shown alike."""


@once
def in_common(snapshot: Snapshot) -> Snapshot:
    """Of a whole snapshot that, and nothing of who goes or what residents asked for: what is worked out from it for one
    of those who are signed in can be told to all.
    """
    records = {name: getattr(snapshot, name) for name in IN_COMMON}
    found = replace(access.bare(snapshot), content_hash=f"in common of {snapshot.content_hash}", **records)
    _pass_on(snapshot, found)
    return found


def sees_in_common(share: Snapshot, snapshot: Snapshot) -> bool:
    """Whether all of it is in the share, the very same."""
    return all(getattr(share, name) is getattr(snapshot, name) for name in IN_COMMON)


def share_of(viewer: Viewer, snapshot: Snapshot, rules: Rules) -> Snapshot:
    """What this viewer may see, and nothing else. Of a large sheet it would take each agency's people seconds to learn
    anew what names nobody: what is known of that already, a liaison's share is given.
    """
    share, today = access.visible_to(viewer, snapshot), snapshot.today
    # A liaison sees all events and counts as they are. Whoever is shown less must not be told more by an answer.
    if viewer.kind != "liaison" or not sees_in_common(share, snapshot):
        return share
    vars(share)["assignments_by_event"] = access.staffing_by_event(viewer, snapshot)
    _pass_on(snapshot, share)
    every_missing.pass_on(snapshot, share, today)
    if (gaps := known_gaps.known(snapshot, today)) is not None:
        known_gaps.give(dict(gaps), share, today)
    if (hours := ledger.known(snapshot, rules)) is not None:
        ledger.give(named_only_at(access.shared_with(snapshot, viewer.agencies), hours), share, rules)
    return share


def _pass_on(snapshot: Snapshot, share: Snapshot) -> None:
    """What is made of events and counts alone, which are the same in both."""
    vars(share).update(event_by_id=snapshot.event_by_id, headcounts_by_event=snapshot.headcounts_by_event)
    for answer in (in_order, towns_named, statuses_named, guests_by_event, everything, learnt, tried):
        answer.pass_on(snapshot, share)
    for agency in snapshot.agencies:
        everything_of.pass_on(snapshot, share, agency.short)


def next_share(
    viewer: Viewer, snapshot: Snapshot, earlier: Snapshot, rules: Rules, changed: Collection[str] | None
) -> Snapshot:
    """`share_of`, with the alerts as in the share `earlier`, of the version before, but for what the `changed` events
    (their IDs) have to do with. The day and the officers are the same, unless it is not known what changed (None).
    """
    share = share_of(viewer, snapshot, rules)
    if viewer.kind != "liaison" or changed is None:
        return share
    if all(getattr(share, name) == getattr(earlier, name) for name in ("time_off", "venues", "towns")):
        carry_alerts(share, earlier, share.today, rules, changed)
    return share
