"""What changed, day by day, from the stored versions as one viewer may see them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from zoneinfo import ZoneInfo

from cwac.analysis.changes import Change
from cwac.storage.store import Store, Version

MAX_DAYS = 10
"""How many days are shown one by one; older ones are put together, since each day costs reading another version."""

_BEGINNING = dt.datetime.min.replace(tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Day:
    """The changes of a day in the sheet's zone, or of all days up to it since an earlier one."""

    day: dt.date
    since: dt.datetime
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Since:
    """Where to begin: at a version's number, else at an (aware) moment."""

    moment: dt.datetime | None = None
    version: int | None = None


def late_versions(store: Store, source: str, day: dt.date, timezone: str, days: int) -> tuple[Version, Version] | None:
    """The versions of `days` before that day and of its end; None where nothing that old is stored."""
    zone = ZoneInfo(timezone)
    first = store.as_of(source, dt.datetime.combine(day - dt.timedelta(days=days), dt.time(), zone))
    last = store.as_of(source, dt.datetime.combine(day + dt.timedelta(days=1), dt.time(), zone))
    return None if first is None or last is None else (first, last)


def days(
    store: Store,
    source: str,
    since: Since,
    timezone: str,
    readable: Callable[[Version], bool],
    compare: Callable[[Version, Version | None], tuple[Change, ...]],
) -> tuple[Day, ...]:
    """The days with changes, newest first. Raises `StoreTrouble`.

    `readable` tells whether this release can read a version, which an earlier one stored; `compare` gives the changes
    that the viewer may see, between two versions or between one and the sheet that is shown (None).
    """
    zone = ZoneInfo(timezone)
    if since.version is not None:
        base = store.version(since.version) or store.oldest(source)
    else:
        base = base_version(store, source, since.moment or _BEGINNING)
    if base is None or base.source != source:
        return ()
    last_of_day = {
        version.at.astimezone(ZoneInfo(version.timezone)).date(): version
        for version in reversed(store.versions(source))
        if version.good and version.id > base.id
    }
    if not last_of_day:  # nothing to compare: do not read a large sheet for that
        return ()
    versions = [base, *list(last_of_day.values())[-MAX_DAYS:]]
    shown = versions[-1]
    # One after the other, so that a caller who keeps the last two versions reads each only once.
    read = (version for version in versions if version is shown or readable(version))
    result = [
        Day(after.at.astimezone(zone).date(), before.at.astimezone(zone), changed)
        for before, after in pairwise(read)
        if (changed := compare(before, None if after is shown else after))
    ]
    return tuple(reversed(result))


def base_version(store: Store, source: str, moment: dt.datetime) -> Version | None:
    """The version that was shown at that (aware) moment, or the first one if none is kept from before it."""
    return store.as_of(source, moment) or store.oldest(source)
