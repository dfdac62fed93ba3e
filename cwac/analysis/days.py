"""Federal holidays, National Coffee with a Cop Day, and fire season."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from cwac.analysis.events import national_day
from cwac.settings import Rules

NATIONAL_DAY = "National Coffee with a Cop Day"


def marked_days(first: dt.date, last: dt.date) -> Mapping[dt.date, tuple[str, ...]]:
    """Day -> names of its holidays, from `first` to `last`, both included."""
    return {
        day: names
        for year in range(first.year, last.year + 1)
        for day, names in _marked_days_of_year(year).items()
        if first <= day <= last
    }


def federal_holidays(day: dt.date) -> tuple[str, ...]:
    """Names of the federal holidays on this day, actual or observed."""
    return _federal_holidays_of_year(day.year).get(day, ())


def in_fire_season(day: dt.date, rules: Rules) -> bool:
    """Whether the day is in the months of fire season, which may go on into the next year."""
    first, last = rules.fire_season_first_month, rules.fire_season_last_month
    return first <= day.month <= last if first <= last else day.month >= first or day.month <= last


def _marked_days_of_year(year: int) -> Mapping[dt.date, tuple[str, ...]]:
    marks: dict[dt.date, tuple[str, ...]] = {national_day(year): (NATIONAL_DAY,)}
    for day, names in _federal_holidays_of_year(year).items():
        marks[day] = (*marks.get(day, ()), *names)
    return marks


@lru_cache(maxsize=256)
def _federal_holidays_of_year(year: int) -> Mapping[dt.date, tuple[str, ...]]:
    import holidays  # imported here because it is slow to load and most commands do not need it

    # New Year's Day is observed on December 31 when that is a Friday; the list of the next year then includes it.
    days = sorted(holidays.country_holidays("US", years=year).items())
    return {day: tuple(name.split("; ")) for day, name in days if day.year == year}
