"""VTIMEZONE (RFC 5545, 3.6.5): the changes of a time zone's offset, written into the calendar file."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from functools import lru_cache
from zoneinfo import ZoneInfo

import icalendar


class _Timezone(icalendar.Timezone):
    """icalendar's own looks 64 days ahead first, and passes over a change that is undone before: Morocco's Ramadan."""

    _from_tzinfo_skip_search = icalendar.Timezone._from_tzinfo_skip_search[2:]


@lru_cache(64)
def vtimezone(zone: ZoneInfo, first_year: int, last_year: int) -> bytes:
    """The zone's changes of offset in those years: a yearly rule where every year follows it, else each change.

    Its lines are half of an event's calendar file, so they are made once for all events. icalendar's own has each
    change, which Outlook ignores, and the onset in spring in the time after it; RFC 5545 asks for the time before.
    """
    first, end = dt.date(first_year, 1, 1), dt.date(last_year + 2, 1, 1)
    component = _Timezone.from_tzinfo(zone, zone.key, first, end)
    del component["COMMENT"]
    for part in component.subcomponents:
        early = max(part.TZOFFSETTO - part.TZOFFSETFROM, dt.timedelta(0))
        more = [value.dt for value in part.pop("RDATE").dts] if "RDATE" in part else []
        onsets = [onset - early for onset in (part.DTSTART, *more)]
        part.DTSTART = onsets[0]
        if len(onsets) == end.year - first.year and (rule := _yearly(onsets)):
            part.add("RRULE", rule)
        elif more:
            part.add("RDATE", onsets[1:])
    lines: bytes = component.to_ical()
    return lines


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
