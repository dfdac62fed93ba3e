"""Federal holidays and working days, National Coffee with a Cop Day, National Night Out, and fire season."""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from cwac.analysis.events import is_live
from cwac.model import Event
from cwac.settings import Rules
from cwac.sheet.dates import nth_weekday

NATIONAL_DAY = "National Coffee with a Cop Day"


def marked_days(first: dt.date, last: dt.date) -> Mapping[dt.date, tuple[str, ...]]:
    """Day -> names of its holidays, from `first` to `last`, both included."""
    marks: dict[dt.date, tuple[str, ...]] = {}
    for year in range(first.year, last.year + 1):
        marks[national_day(year)] = (NATIONAL_DAY,)
        for day, names in _find_holidays_of_year(year).items():
            marks[day] = (*marks.get(day, ()), *names)
    return {day: names for day, names in marks.items() if first <= day <= last}


def federal_holidays(day: dt.date) -> tuple[str, ...]:
    """Names of the federal holidays on this day, actual or observed."""
    return _find_holidays_of_year(day.year).get(day, ())


def holiday_words(event: Event) -> str | None:
    """`on a federal holiday: Thanksgiving Day`; None on other days, and for drafts, canceled and postponed events."""
    names = federal_holidays(event.date) if is_live(event) else ()
    return f"on a federal holiday: {' and '.join(names)}" if names else None


def is_working_day(day: dt.date) -> bool:
    """Whether the day is neither on a weekend nor a federal holiday, actual or observed."""
    return day.weekday() < 5 and not federal_holidays(day)


def working_days_before(day: dt.date, count: int) -> dt.date:
    while count:
        day -= dt.timedelta(days=1)
        count -= is_working_day(day)
    return day


def working_days_between(first: dt.date, last: dt.date) -> int:
    """The working days from `first` on that are before `last`; negative if `last` is the earlier day."""
    if last < first:
        return -working_days_between(last, first)
    return sum(is_working_day(first + dt.timedelta(days=later)) for later in range((last - first).days))


def national_day(year: int) -> dt.date:
    """National Coffee with a Cop Day: the first Wednesday of October."""
    return nth_weekday(year, 10, calendar.WEDNESDAY, 1)


def national_night_out(year: int) -> dt.date:
    """National Night Out: the first Tuesday of August, in nearly all states."""
    return nth_weekday(year, 8, calendar.TUESDAY, 1)


def in_fire_season(day: dt.date, rules: Rules) -> bool:
    """Whether the day is in the months of fire season, which may go on into the next year."""
    first, last = rules.fire_season_first_month, rules.fire_season_last_month
    return first <= day.month <= last if first <= last else day.month >= first or day.month <= last


@lru_cache(maxsize=256)
def _find_holidays_of_year(year: int) -> Mapping[dt.date, tuple[str, ...]]:
    import holidays  # imported here because it is slow to load and most commands do not need it

    # New Year's Day is observed on December 31 when that is a Friday; the list of the next year then includes it.
    days = sorted(holidays.country_holidays("US", years=year).items())
    return {day: tuple(name.split("; ")) for day, name in days if day.year == year}
