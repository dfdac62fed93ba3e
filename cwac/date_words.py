"""Days, times, periods and time zones in American words, as all pages, messages, feeds and printed sheets have them."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache

# Not from `calendar`, whose names follow the locale of the process.
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip

_ZONES = {
    "Pacific Time": "America/Los_Angeles US/Pacific PST8PDT",
    "Mountain Time": "America/Denver America/Boise America/Phoenix US/Mountain US/Arizona MST7MDT",
    "Central Time": "America/Chicago America/Menominee America/Indiana/Knox America/Indiana/Tell_City "
    "America/North_Dakota/Beulah America/North_Dakota/Center America/North_Dakota/New_Salem US/Central CST6CDT",
    "Eastern Time": "America/New_York America/Detroit America/Indiana/Indianapolis America/Indiana/Marengo "
    "America/Indiana/Petersburg America/Indiana/Vevay America/Indiana/Vincennes America/Indiana/Winamac "
    "America/Kentucky/Louisville America/Kentucky/Monticello US/Eastern US/Michigan US/East-Indiana EST5EDT",
    "Alaska Time": "America/Anchorage America/Juneau America/Metlakatla America/Nome America/Sitka America/Yakutat "
    "US/Alaska",
    "Hawaii Time": "Pacific/Honolulu US/Hawaii",
}
_ZONE_NAMES = {zone: name for name, zones in _ZONES.items() for zone in zones.split()}


@lru_cache(4096)
def day_words(day: dt.date, on: dt.date | None = None) -> str:
    """`Wed, Oct 7, 2026`; without the year if it is that of `on`."""
    words = f"{WEEKDAYS[day.weekday()][:3]}, {month_day(day)}"
    return words if on is not None and day.year == on.year else f"{words}, {day.year}"


def days_away(days: int) -> str:
    """`today`, `tomorrow`, `in 5 days`."""
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days:,} days")


@lru_cache(4096)
def day_range(first: dt.date, last: dt.date, on: dt.date | None = None) -> str:
    """`Nov 22–28, 2026`, `Nov 29–Dec 5, 2026`; without the year if it is that of `on`. One day is as `day_words`."""
    return day_words(first, on) if first == last else _days(first, last, on, 3)


def long_day(day: dt.date) -> str:
    """`Wednesday, October 7, 2026`."""
    return f"{WEEKDAYS[day.weekday()]}, {month_day(day, None)}, {day.year}"


def long_day_range(first: dt.date, last: dt.date) -> str:
    """`July 1–September 30, 2026`."""
    return _days(first, last, None, None)


def short_day(day: dt.date) -> str:
    """`Oct 7, 2026`."""
    return f"{month_day(day)}, {day.year}"


def month_words(day: dt.date) -> str:
    """`October 2026`."""
    return f"{MONTHS[day.month - 1]} {day.year}"


def quarter_name(day: dt.date) -> str:
    """The quarter of a day, for a narrow column: `Q3 2026`."""
    return f"Q{(day.month + 2) // 3} {day.year}"


def quarter_words(day: dt.date) -> str:
    """The quarter of a day: `Q3 2026 (Jul–Sep)`."""
    first = (day.month - 1) // 3 * 3
    return f"{quarter_name(day)} ({MONTHS[first][:3]}–{MONTHS[first + 2][:3]})"


def _days(first: dt.date, last: dt.date, on: dt.date | None, letters: int | None) -> str:
    year = "" if on is not None and first.year == last.year == on.year else f", {last.year}"
    start = month_day(first, letters)
    if first == last:
        return f"{start}{year}"
    if first.year != last.year:
        return f"{start}, {first.year}–{month_day(last, letters)}{year}"
    return f"{start}–{last.day if first.month == last.month else month_day(last, letters)}{year}"


def month_day(day: dt.date, letters: int | None = 3) -> str:
    """`Oct 7`, for a narrow label beside others of its year; `letters` of the month's name, None for all."""
    return f"{MONTHS[day.month - 1][:letters]} {day.day}"


def clock(moment: dt.time | dt.datetime) -> str:
    """`8:00 AM`."""
    return f"{moment.hour % 12 or 12}:{moment.minute:02} {'AM' if moment.hour < 12 else 'PM'}"


@lru_cache(4096)
def clock_range(start: dt.time | dt.datetime | None, end: dt.time | dt.datetime | None) -> str:
    """`8:00–9:30 AM`, `11:30 AM–1:00 PM`, `8:00 AM`, or `time not known`, for times without a zone."""
    if start is None:
        return "time not known"
    if end is None:
        return clock(start)
    first = clock(start)
    return f"{first[:-3] if (start.hour < 12) == (end.hour < 12) else first}–{clock(end)}"


def zone_words(timezone: str) -> str:
    """`Pacific Time` for an American zone, for any other its IANA name."""
    return _ZONE_NAMES.get(timezone, timezone)


def zoned_clock(moment: dt.datetime) -> str:
    """`8:00 AM Pacific Time`, for a time with a zone."""
    zone = getattr(moment.tzinfo, "key", None)
    return f"{clock(moment)} {zone_words(zone) if zone else moment.tzname()}"


def zoned_moment(moment: dt.datetime) -> str:
    """`Wed, Oct 7, 2026, 8:00 AM Pacific Time`, for a time with a zone."""
    return f"{day_words(moment.date())}, {zoned_clock(moment)}"
