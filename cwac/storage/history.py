"""What changed, day by day, as the kept versions tell and as one viewer may see it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from cwac.analysis.changes import Change
from cwac.model import Snapshot, SourceUnavailable
from cwac.storage.store import Store, Version

DAYS_APART = 10
"""So many days stand by themselves; older ones together, since each costs reading a version again."""


@dataclass(frozen=True, slots=True)
class Day:
    """What changed on a day of the sheet's zone, or from some day to that one; `since` is when what it was compared
    with was first seen (aware, in that zone).
    """

    day: dt.date
    since: dt.datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """From when on: a moment (aware), else a version's number."""

    moment: dt.datetime | None = None
    version: int | None = None


def days(
    store: Store,
    source: str,
    since: Since,
    timezone: str,
    read: Callable[[Version | None], Snapshot],
    compare: Callable[[Snapshot, Snapshot], tuple[Change, ...]],
) -> tuple[Day, ...]:
    """Newest first. `read` gives a version, or what is shown (None), in full; `compare` what the viewer may know of it.

    Raises `StoreTrouble`.
    """
    states, zone = _states(store, source, since), ZoneInfo(timezone)
    if len(states) < 2:  # nothing to compare, for which a large sheet would be read
        return ()
    found: list[Day] = []
    before: tuple[Version, Snapshot] | None = None
    for number, version in enumerate(states):
        last = number == len(states) - 1
        try:
            now = read(None if last else version)
        except SourceUnavailable:
            continue  # it was a plan when it was kept, to a reader of that time
        if before is not None and (changed := compare(before[1], now)):
            found.append(Day(version.at.astimezone(zone).date(), before[0].at.astimezone(zone), changed))
        before = version, now
    return tuple(reversed(found))


def _states(store: Store, source: str, since: Since) -> Sequence[Version]:
    """What to compare with, then the last version of each day since; the last is what is shown."""
    base = store.version(since.version) if since.version is not None else store.as_of(source, since.moment or _EVER)
    base = base or store.oldest(source)
    if base is None or base.source != source:
        return ()
    last_of = {
        one.at.astimezone(ZoneInfo(one.timezone)).date(): one
        for one in reversed(store.versions(source))
        if one.good and one.id > base.id
    }
    return [base, *list(last_of.values())[-DAYS_APART:]]


_EVER = dt.datetime.min.replace(tzinfo=dt.UTC)
