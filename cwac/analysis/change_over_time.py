"""Change over time: the trend of guests per event, and two periods compared.

Counts are approximate and the series is short, so each answer states its n.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from cwac.analysis.attendance import TOO_FEW, HeldEvent, Turnout, number, turnout

TREND_FROM = 12
TREND_DAYS = 365
"""A trend needs `TREND_FROM` counted events over at least a year, because summer and winter differ."""
COMPARE_FROM = 8
"""Two periods are compared only if each has this many counted events."""

# --- trends and comparisons -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The trend on one day: guests at a typical event, with the 95 % band of the line, not of single events."""

    day: dt.date
    low: float
    guests: float
    high: float


@dataclass(frozen=True, slots=True)
class Trend:
    """The change of guests per event in a year: `a_year` is a factor (1.1 means 10 % more), with its 95 % interval.

    `n` counts counted events. If there are too few, the factor and the line are missing, and `words` says so.
    """

    n: int
    words: str
    a_year: float | None = None
    low: float | None = None
    high: float | None = None
    line: tuple[TrendPoint, ...] = ()


def trend(held: Iterable[HeldEvent]) -> Trend:
    """A straight line through ln(1 + guests) by least squares, with the standard Student's t interval of 95 %.

    The logarithm limits the influence of one crowded national day. No trend is given for fewer than `TREND_FROM`
    counted events, or for less than `TREND_DAYS` days.
    """
    counted = sorted((past.event.date, guests) for past in held if (guests := past.guests) is not None)
    n = len(counted)
    span = (counted[-1][0] - counted[0][0]).days if counted else 0
    if n < TREND_FROM or span < TREND_DAYS:
        needs = f"a trend wants {TREND_FROM} counted events over a year or more"
        return Trend(n, f"Change over time: {TOO_FEW} ({n} counted over {_days(span)}; {needs}).")
    first = counted[0][0]
    years = [(day - first).days / 365.25 for day, _ in counted]
    logs = [math.log1p(guests) for _, guests in counted]
    mean_year = statistics.fmean(years)
    spread = sum((year - mean_year) ** 2 for year in years)
    slope, level = statistics.linear_regression(years, logs)
    errors = sum((log - level - slope * year) ** 2 for year, log in zip(years, logs, strict=True))
    deviation = math.sqrt(errors / (n - 2))
    half_width = student_95(n - 2) * deviation

    def at(year: float) -> TrendPoint:
        mid, half = level + slope * year, half_width * math.sqrt(1 / n + (year - mean_year) ** 2 / spread)
        day = first + dt.timedelta(days=round(year * 365.25))
        return TrendPoint(day, *(max(0.0, math.expm1(log)) for log in (mid - half, mid, mid + half)))

    half = half_width / math.sqrt(spread)
    a_year, low, high = (math.exp(log) for log in (slope, slope - half, slope + half))
    if low <= 1 <= high:
        sentence = f"No clear change over time: {_percent(a_year)} a year"
    else:
        sentence = f"Attendance is {'rising' if a_year > 1 else 'falling'}: {_percent(a_year)} a year"
    words = f"{sentence} (95 % interval {_percent(low)} to {_percent(high)}; n {n} over {_days(span)})."
    steps = 24
    return Trend(n, words, a_year, low, high, tuple(at(years[-1] * step / steps) for step in range(steps + 1)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """The turnouts of two periods; `ratio` is the later typical attendance over the earlier, with its 95 % interval."""

    earlier: Turnout
    later: Turnout
    words: str
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


def compare(earlier: Sequence[HeldEvent], later: Sequence[HeldEvent]) -> Comparison:
    """Whether guests per event differ: Welch's 95 % interval on the means of ln(1 + guests), as a ratio.

    No ratio is given if either period has fewer than `COMPARE_FROM` counted events. The towns visited may differ too,
    so a difference between periods says nothing about its cause.
    """
    before, after = turnout(earlier), turnout(later)
    logs = [
        [math.log1p(guests) for event in period if (guests := event.guests) is not None] for period in (earlier, later)
    ]
    ns = tuple(map(len, logs))
    medians = f"median {number(before.median)} (n {ns[0]}) then, {number(after.median)} (n {ns[1]}) now"
    if min(ns) < COMPARE_FROM:
        needs = f"both periods need {COMPARE_FROM} counted events"
        return Comparison(before, after, f"Guests: {medians}; {TOO_FEW} whether they differ ({needs}).")
    means = [statistics.fmean(period) for period in logs]
    errors = [statistics.variance(period) / len(period) for period in logs]
    error = math.sqrt(sum(errors))
    if error == 0:
        half = 0.0
    else:
        freedom = error**4 / sum(variance**2 / (n - 1) for variance, n in zip(errors, ns, strict=True))
        half = student_95(freedom) * error
    shift = means[1] - means[0]
    ratio, low, high = (math.exp(log) for log in (shift, shift - half, shift + half))
    difference = "no clear difference" if low <= 1 <= high else ("more" if ratio > 1 else "fewer") + " than then"
    words = f"Guests: {medians}; {difference} ({_percent(ratio)}, 95 % interval {_percent(low)} to {_percent(high)})."
    return Comparison(before, after, words, ratio, low, high)


def student_95(freedom: float) -> float:
    """The two-sided 95 % point of Student's t, by Abramowitz and Stegun 26.7.5; within 0.2 % from 5 degrees on."""
    z = 1.959963985
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))


# --- in words ---------------------------------------------------------------------------------------------------


def _percent(factor: float) -> str:
    """A factor as a change: `+12 %`, `−4 %`."""
    change = round((factor - 1) * 100)
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{abs(change)} %"


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}" if days < 61 else f"{round(days / 30.44)} months"
