"""The month or year that a tab's title or a heading names: Oct 2026, FY 26-27, 2026."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from cwac.sheet.dates import Partial

MONTHS = {
    name: number
    for number, names in enumerate(
        "jan january ene enero|feb february febrero|mar march marzo|apr april abr abril|may mayo|jun june junio|"
        "jul july julio|aug august ago agosto|sep sept september septiembre|oct october octubre|"
        "nov november noviembre|dec december dic diciembre".split("|"),
        start=1,
    )
    for name in names.split()
}
_FISCAL = re.compile(r"\bFY ?'?(?P<year>(?:20)?[0-9]{2})(?: ?[-/] ?'?(?P<next>(?:20)?[0-9]{2}))?\b", re.I)
_TWO_YEARS = re.compile(r"\b(?P<year>20[0-9]{2}) ?[-/] ?(?P<next>(?:20)?[0-9]{2})\b")
_YEAR = re.compile(r"(?<![0-9])20[0-9]{2}(?![0-9])")
_WORD = re.compile(r"[a-záéíóú]+", re.I)


@dataclass(frozen=True, slots=True)
class NamedPeriod:
    """The days from `first` to `last`; `year` is None where only a month was named."""

    month: int | None = None
    year: int | None = None
    is_fiscal: bool = False
    """From July of the year before `year` to June."""

    def day_of(self, partial: Partial) -> dt.date | None:
        """The day of this period that a day without a year means."""
        if self.year is None:
            return None
        years = [self.year - 1 if partial.month >= 7 else self.year] if self.is_fiscal else [self.year]
        return partial.in_year(years[0])

    @property
    def words(self) -> str:
        month = dt.date(2000, self.month, 1).strftime("%B") if self.month else ""
        year = f"FY {self.year - 1}-{self.year % 100}" if self.is_fiscal and self.year else str(self.year or "")
        return f"{month} {year}".strip()


def period_of(title: str) -> NamedPeriod | None:
    """The month, the year or both that a title names; None where it names several, or none."""
    text = title[:200]
    if fiscal := _FISCAL.search(text):
        year = int(fiscal["next"] or fiscal["year"]) % 100 + 2000
        return NamedPeriod(None, year, is_fiscal=True)
    if two := _TWO_YEARS.search(text):
        first, last = int(two["year"]), int(two["next"]) % 100 + 2000
        return NamedPeriod(None, last, is_fiscal=True) if last == first + 1 else None
    years = {int(year) for year in _YEAR.findall(text)}
    months = {MONTHS[word.casefold()] for word in _WORD.findall(text) if word.casefold() in MONTHS}
    if not years and (short := re.search(r"'([0-9]{2})\b", text)):
        years = {2000 + int(short[1])}
    if not years and months and (short := re.search(r"[a-z]\.? ?([0-9]{2})$", text.strip(), re.I)):
        years = {2000 + int(short[1])}
    if len(years) > 1 or len(months) > 1 or not (years or months):
        return None
    return NamedPeriod(next(iter(months), None), next(iter(years), None))


def with_year_of(period: NamedPeriod | None, other: NamedPeriod | None) -> NamedPeriod | None:
    """A month from one title and the year from another."""
    if period is None or other is None:
        return period or other
    if period.year is None and other.year is not None:
        first = other.day_of(Partial(period.month or 1, 1))
        return NamedPeriod(period.month, first.year if first is not None else other.year)
    if period.month is None and other.month is not None and other.year is None:
        return NamedPeriod(other.month, period.year)
    return period
