"""When messages are sent: after edits have settled, at most one an hour, not in quiet hours, and the weekly digest."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

from cwac.notify.settings import Notify
from cwac.storage.store import Store, Version

SETTLE = dt.timedelta(minutes=10)
"""How long the sheet must be unchanged before anybody is told; what was undone by then is not told at all."""
LONGEST_UNREST = dt.timedelta(hours=1)
"""After edits without a pause for this long, people are told of the sheet as it was `SETTLE` ago."""
BETWEEN_MESSAGES = dt.timedelta(hours=1)
DROP_DIGEST_AFTER = dt.timedelta(days=2)
"""A digest that could not be sent for this long is dropped, and the next one says so."""
LONGEST_PAUSE = dt.timedelta(hours=4)
"""The longest pause between two tries, and the longest Retry-After that is obeyed."""
STEPS = 500


def settled(store: Store, source: str, now: dt.datetime) -> Version | None:
    """The newest good version that stayed for `SETTLE`; None if there is none yet. Raises `StoreTrouble`."""
    version, until, restless = store.latest(source), now, None
    for _ in range(STEPS):
        if version is None or until - version.at >= SETTLE:
            break
        restless, until = version.at, version.at
        version = store.before(version)
    if restless is not None and now - restless > LONGEST_UNREST:
        return store.as_of(source, now - SETTLE) or version
    return version


def is_quiet(notify: Notify, now: dt.datetime, timezone: str) -> bool:
    """Whether nothing is sent at this time of day in the sheet's zone."""
    local = now.astimezone(ZoneInfo(timezone))
    minute, start, end = local.hour * 60 + local.minute, notify.quiet_from, notify.quiet_to
    return start <= minute < end if start <= end else minute >= start or minute < end


def digest_slot(notify: Notify, now: dt.datetime, timezone: str) -> dt.datetime:
    """When the last digest was due, up to a week ago."""
    zone = ZoneInfo(timezone)
    local = now.astimezone(zone)
    day = local.date() - dt.timedelta(days=(local.weekday() - notify.digest_day) % 7)
    time = dt.time(notify.digest_time // 60, notify.digest_time % 60)
    slot = dt.datetime.combine(day, time, zone)
    return slot if slot <= now else dt.datetime.combine(day - dt.timedelta(days=7), time, zone)


def next_try(now: dt.datetime, tries: int, *, permanent: bool, retry_after: float | None = None) -> dt.datetime:
    """When to try again: after 5, 10, 20, … minutes, at most 4 hours; after an hour at least where it cannot work.

    `retry_after` is how many seconds the service asks to wait at least.
    """
    pause = max(dt.timedelta(minutes=min(5 * 2 ** min(tries, 10), 240)), dt.timedelta(seconds=retry_after or 0))
    return now + min(max(pause, dt.timedelta(hours=1)) if permanent else pause, LONGEST_PAUSE)
