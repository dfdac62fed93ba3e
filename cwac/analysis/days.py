"""Days that everybody plans around: federal holidays, and National Coffee with a Cop Day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from functools import lru_cache

from cwac.analysis.events import national_day

NATIONAL_DAY = "National Coffee with a Cop Day"


def marked_days(first: dt.date, last: dt.date) -> Mapping[dt.date, tuple[str, ...]]:
    """The marked days from `first` to `last`, both included, with what each is called."""
    return {
        day: names
        for year in range(first.year, last.year + 1)
        for day, names in _of_year(year).items()
        if first <= day <= last
    }


@lru_cache(maxsize=32)
def _of_year(year: int) -> Mapping[dt.date, tuple[str, ...]]:
    import holidays  # slow to load, and no other command needs it

    marks: dict[dt.date, tuple[str, ...]] = {national_day(year): (NATIONAL_DAY,)}
    # The holiday of 1 January is kept on 31 December where that is a Friday: it is in the other year's list.
    for day, name in sorted(holidays.country_holidays("US", years=year).items()):
        if day.year == year:
            marks[day] = (*marks.get(day, ()), *name.split("; "))
    return marks
