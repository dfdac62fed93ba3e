"""The trend and the comparison as they were, by least squares and Welch: the reference of the bench."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Sequence

from cwac.analysis.attendance import HeldEvent
from cwac.analysis.change_over_time import student_95

Range = tuple[float, float, float]
"""A factor, and the ends of its 95% range."""


def trend(held: Iterable[HeldEvent]) -> Range | None:
    counted = sorted((past.event.date, guests) for past in held if (guests := past.guests) is not None)
    n = len(counted)
    if n < 12 or (counted[-1][0] - counted[0][0]).days < 365:
        return None
    years = [(day - counted[0][0]).days / 365.25 for day, _ in counted]
    logs = [math.log1p(guests) for _, guests in counted]
    mean_year = statistics.fmean(years)
    spread = sum((year - mean_year) ** 2 for year in years)
    slope, level = statistics.linear_regression(years, logs)
    errors = sum((log - level - slope * year) ** 2 for year, log in zip(years, logs, strict=True))
    half = student_95(n - 2) * math.sqrt(errors / (n - 2) / spread)
    return math.exp(slope), math.exp(slope - half), math.exp(slope + half)


def compare(earlier: Sequence[HeldEvent], later: Sequence[HeldEvent]) -> Range | None:
    logs = [
        [math.log1p(guests) for event in period if (guests := event.guests) is not None] for period in (earlier, later)
    ]
    if min(map(len, logs)) < 8:
        return None
    shift = statistics.fmean(logs[1]) - statistics.fmean(logs[0])
    errors = [statistics.variance(period) / len(period) for period in logs]
    error = math.sqrt(sum(errors))
    half = 0.0
    if error:
        freedom = error**4 / sum(part**2 / (len(period) - 1) for part, period in zip(errors, logs, strict=True))
        half = student_95(freedom) * error
    return math.exp(shift), math.exp(shift - half), math.exp(shift + half)
