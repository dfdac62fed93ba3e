"""Ratios of two sums over events, such as guests per officer-hour, with a 95% range, and changes of plain counts.

A good quarter lifts all its events, so the range comes from how the quarters differ (the linearized ratio, with the
quarters as clusters: Cochran 1977, chapter 6). A single quarter has no range, and is never tested against another.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from cwac.analysis.attendance_change import RANGE_RISK, student
from cwac.analysis.words import number
from cwac.rounding import half_up

RATIO_FROM = 8
"""Events below which no ratio is given."""
QUARTERS_FROM = 4
"""Quarters below which no range is given."""

Pairs = Sequence[tuple[float, float]]
"""The two counts of each event: guests and officer-hours, for example."""


def ratio(pairs: Pairs) -> float | None:
    """The first sum over the second; None if that is zero."""
    above, below = sum(above for above, _ in pairs), sum(below for _, below in pairs)
    return above / below if below else None


def ratio_range(pairs: Pairs, quarters: Sequence[int]) -> tuple[float, float] | None:
    """The 95% range of the ratio of events in these quarters; None for few events or quarters, or equal ratios."""
    whole, n = ratio(pairs), len(set(quarters))
    if not whole or len(pairs) < RATIO_FROM or n < QUARTERS_FROM:
        return None
    off = dict.fromkeys(quarters, 0.0)
    for (above, below), quarter in zip(pairs, quarters, strict=True):
        off[quarter] += above - whole * below
    error = math.sqrt(n / (n - 1) * math.fsum(sum_off**2 for sum_off in off.values())) / sum(
        above for above, _ in pairs
    )
    factor = math.exp(min(student(n - 1, RANGE_RISK) * error, 7.0))
    return (whole / factor, whole * factor) if factor > 1 + 1e-9 else None


def wilson(inside: float, n: int) -> tuple[float, float]:
    """The 95% range of the share `inside` of `n` (Wilson 1927)."""
    z = statistics.NormalDist().inv_cdf(0.975)
    middle = (inside + z * z / 2) / (n + z * z)
    half = z * math.sqrt(inside * (n - inside) / n + z * z / 4) / (n + z * z)
    return max(0.0, middle - half), min(1.0, middle + half)


def difference_words(before: float, now: float, digits: int = 1) -> str:
    """`+3`, `−1.5` or `same`, of the rounded figures, so that a reader who subtracts them gets the same result."""
    change = half_up(now, digits) - half_up(before, digits)
    size = number(float(abs(change)), digits)
    return "same" if size == "0" else f"{'+' if change > 0 else '−'}{size}"


def range_words(low: float, high: float) -> str:
    """`95% range 2.2 to 3.8`, with as many digits as it takes to tell the ends apart."""
    digits = next((digits for digits in (1, 2) if half_up(low, digits) != half_up(high, digits)), 3)
    return f"95% range {half_up(low, digits)} to {half_up(high, digits)}"
