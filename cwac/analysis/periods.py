"""Reporting periods, federal holidays and working days, the national days, and fire season."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from cwac.date_words import MONTHS, long_day_range, month_words, quarter_words
from cwac.settings import Rules
from cwac.sheet.dates import nth_weekday

_QUARTER = re.compile(r"\s*(?P<year>\d{4})\s*[-/ ]?\s*q(?P<quarter>[1-4])\s*", re.IGNORECASE)
_YEAR = re.compile(r"\s*(?P<year>[1-9]\d{3})\s*")


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both included; files and links have the `label`, such as `2026-Q3`."""

    first: dt.date
    last: dt.date
    label: str

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    @property
    def words(self) -> str:
        """For sentences: `July 1–September 30, 2026`."""
        return long_day_range(self.first, self.last)

    @property
    def title(self) -> str:
        """For people to read: `Q3 2026 (Jul–Sep)`, `October 2026`, or the label where that is in words."""
        if _QUARTER.fullmatch(self.label):
            return quarter_words(self.first)
        return month_words(self.first) if self == month_of(self.first) else self.label


def quarter_named(name: str) -> Period:
    """Parse `2026-Q3` (or `2026q3`); `ValueError` has a sentence to show to the user."""
    match = _QUARTER.fullmatch(name)
    if match is None or int(match["year"]) == 0:
        raise ValueError(f"{name!r} is not a quarter: write the year and the quarter, such as 2026-Q3.")
    return quarter_of(dt.date(int(match["year"]), int(match["quarter"]) * 3, 1))


def quarter_or_year_named(name: str) -> Period:
    """Parse `2026-Q3`, or a year such as `2026`; `ValueError` has a sentence to show to the user."""
    match = _YEAR.fullmatch(name)
    if match is None:
        return quarter_named(name)
    return year_of(dt.date(int(match["year"]), 1, 1))


def federal_quarter(day: dt.date) -> tuple[int, int]:
    """The federal fiscal year of a day, which begins on October 1 of the year before, and the number of its quarter."""
    year, month = divmod(day.year * 12 + day.month - 1 + 3, 12)
    return year, month // 3 + 1


def quarter_of(day: dt.date) -> Period:
    number = (day.month + 2) // 3
    last = dt.date(day.year, number * 3, 30 if number in (2, 3) else 31)
    return Period(dt.date(day.year, number * 3 - 2, 1), last, f"{day.year:04}-Q{number}")


def quarter_number(day: dt.date) -> int:
    """The number of a day's calendar quarter, counted from the year 0."""
    return day.year * 4 + (day.month - 1) // 3


def quarter_before(quarter: Period) -> Period:
    return quarter_of(quarter.first - dt.timedelta(days=1))


def first_day_of_week(day: dt.date) -> dt.date:
    """The Sunday on which the day's week begins, as in the calendar."""
    return day - dt.timedelta(days=day.isoweekday() % 7)


def month_of(day: dt.date) -> Period:
    last = calendar.monthrange(day.year, day.month)[1]
    return Period(day.replace(day=1), day.replace(day=last), f"{day.year:04}-{day.month:02}")


def year_of(day: dt.date) -> Period:
    return Period(dt.date(day.year, 1, 1), dt.date(day.year, 12, 31), f"{day.year:04}")


def last_months(today: dt.date, months: int = 12) -> Period:
    """The months up to and including `today`."""
    return Period(months_before(today, months) + dt.timedelta(days=1), today, f"last {months} months")


def year_to(last: dt.date) -> Period:
    """The twelve months to the last day of a quarter: `2026`, or `Oct 2025–Sep 2026`."""
    year = last_months(last)
    if year.first.year == last.year:
        return year_of(last)
    names = [f"{MONTHS[day.month - 1][:3]} {day.year}" for day in (year.first, last)]
    return Period(year.first, last, "–".join(names))


def last_whole_year(today: dt.date) -> Period:
    """The latest four quarters that are over."""
    return year_to(quarter_before(quarter_of(today)).last)


def a_year_before(period: Period) -> Period:
    label = f"{period.label}, a year before"
    return Period(months_before(period.first, 12), months_before(period.last, 12), label)


def months_before(day: dt.date, months: int) -> dt.date:
    """The same day of an earlier month, or its last day if the month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return dt.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


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


def holiday_words(day: dt.date) -> str | None:
    """`on a federal holiday: Thanksgiving Day`; None on other days."""
    names = federal_holidays(day)
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
