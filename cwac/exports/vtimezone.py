"""VTIMEZONE (RFC 5545, 3.6.5): the changes of a time zone's offset, written into the calendar file."""

from __future__ import annotations

import calendar
import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar


@lru_cache(64)
def vtimezone(zone: ZoneInfo, first_year: int, last_year: int) -> bytes:
    """The zone's changes of offset in those years: a yearly rule where every year follows it, else each change.

    Its lines are half of an event's calendar file, so they are made once for all events. icalendar's own writes the
    onset in spring in the time after the change; RFC 5545 (3.6.5) asks for the time before.
    """
    component = icalendar.Timezone()
    component.add("tzid", zone.key)
    start = dt.datetime.combine(dt.date(first_year, 1, 1), dt.time())
    component.add_component(_observance(zone, start, _utcoffset(zone, start), [], None))
    onsets: dict[tuple[dt.timedelta, dt.timedelta, str], list[dt.datetime]] = defaultdict(list)
    for moment, before in _changes(zone, first_year, last_year + 1):
        after = moment.astimezone(zone)
        offset = after.utcoffset() or dt.timedelta(0)
        onsets[before, offset, after.tzname() or ""].append((moment + before).replace(tzinfo=None))
    for (before, _, _), times in onsets.items():
        rule = _yearly(times) if len(times) == last_year + 2 - first_year else None
        component.add_component(_observance(zone, times[0], before, times[1:], rule))
    lines: bytes = component.to_ical()
    return lines


def _observance(
    zone: ZoneInfo, onset: dt.datetime, before: dt.timedelta, more: list[dt.datetime], rule: Mapping[str, object] | None
) -> icalendar.TimezoneStandard | icalendar.TimezoneDaylight:
    # A second after the onset the new time is in force.
    after = ((onset - before).replace(tzinfo=dt.UTC) + dt.timedelta(seconds=1)).astimezone(zone)
    component = icalendar.TimezoneDaylight() if after.dst() else icalendar.TimezoneStandard()
    component.add("dtstart", onset)
    component.add("tzoffsetfrom", before)
    component.add("tzoffsetto", after.utcoffset())
    component.add("tzname", after.tzname())
    if rule:
        component.add("rrule", rule)
    elif more:
        component.add("rdate", more)
    return component


def _utcoffset(zone: ZoneInfo, local: dt.datetime) -> dt.timedelta:
    return local.replace(tzinfo=zone).utcoffset() or dt.timedelta(0)


def _changes(zone: ZoneInfo, first_year: int, last_year: int) -> Iterable[tuple[dt.datetime, dt.timedelta]]:
    """The moments (UTC, to the second) at which the offset changes in those years, each with the offset before it."""
    day = dt.timedelta(days=1)
    moment, end = dt.datetime(first_year, 1, 1, 12, tzinfo=dt.UTC), dt.datetime(last_year + 1, 1, 1, 12, tzinfo=dt.UTC)

    def offset(at: dt.datetime) -> dt.timedelta:
        return at.astimezone(zone).utcoffset() or dt.timedelta(0)

    while moment < end:
        if offset(moment) != offset(moment + day):
            low, high = moment, moment + day
            while high - low > dt.timedelta(seconds=1):
                middle = low + dt.timedelta(seconds=(high - low) // dt.timedelta(seconds=2))
                low, high = (middle, high) if offset(middle) == offset(moment) else (low, middle)
            yield high, offset(moment)
        moment += day


def _yearly(onsets: list[dt.datetime]) -> Mapping[str, object] | None:
    """The rule that every onset follows, such as "second Sunday of March", else None."""
    first = onsets[0]
    same = {(onset.month, onset.weekday(), onset.time()) for onset in onsets}
    if len(same) != 1:
        return None
    weeks = {(onset.day - 1) // 7 + 1 for onset in onsets}
    last = all(onset.day + 7 > calendar.monthrange(onset.year, onset.month)[1] for onset in onsets)
    if len(weeks) != 1 and not last:
        return None
    nth = -1 if last else weeks.pop()
    return {
        "freq": "yearly",
        "bymonth": first.month,
        "byday": f"{nth}{'MO TU WE TH FR SA SU'.split()[first.weekday()]}",
    }
