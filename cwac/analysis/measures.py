"""Figures with all that belongs beside them: of how many events, their 95% range, and what a reader must know.

Pages, PDF, CSV and JSON print a `Measure` or a `Difference` as it is, so that none of them claims more than another.
A good quarter lifts all its events, so the range of a ratio comes from how the quarters differ (the linearized ratio,
with the quarters as clusters: Cochran 1977, chapter 6). A single quarter has no range.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from cwac.analysis.words import number
from cwac.rounding import half_up

HOURS_ADD_UP = "Officer-hours by agency add up: each officer's count for the officer's own agency."


def not_added(agency: str, figures: str) -> str:
    """The sentence beside an agency's figures that count shared events; `figures` names them, and no others."""
    return (
        f"A shared event counts whole for each of its agencies, so {agency}'s {figures} must not be added to another "
        "agency's."
    )


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure, of `n` of `of` events (or towns); `value` is None where it is `refused`, with the reason.

    `low` and `high` are its 95% range. `short` is the value in words (`about 218`), `caveat` what must go beside it,
    `method` how it was computed. `exact` is False if a part of it is estimated, open-ended or missing.
    """

    name: str
    value: float | None
    short: str
    n: int | None = None
    of: int | None = None
    low: float | None = None
    high: float | None = None
    caveat: str = ""
    refused: str | None = None
    method: str = ""
    exact: bool = True

    @property
    def words(self) -> str:
        """`about 218 (4 of 7 open-ended, 6 estimated, 1 not counted)`."""
        return f"{self.short} ({self.caveat})" if self.caveat else self.short


@dataclass(frozen=True, slots=True)
class Difference:
    """A figure's difference from the period before: a fact, never a claim, which only `attendance_change` makes."""

    estimate: float | None
    short: str
    refused: str | None = None


def refused(name: str, why: str, short: str = "not known", n: int | None = None, of: int | None = None) -> Measure:
    return Measure(name, None, short, n, of, caveat=why, refused=why, exact=False)


RATIO_FROM = 8
"""Events below which no ratio is given."""
QUARTERS_FROM = 4
"""Quarters below which no range is given."""
RANGE_RISK = 0.05
"""How often a range misses the truth."""

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


@lru_cache(256)
def student(freedom: int, risk: float) -> float:
    """The two-sided point of Student's t that is exceeded with this risk, by bisection of its closed form."""
    low, high = 0.0, 1e4
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _outside(middle, freedom) > risk else (low, middle)
    return low


def _outside(t: float, freedom: int) -> float:
    """The chance that Student's t is farther from 0 than `t` (Abramowitz and Stegun 1964, 26.7.3 and 26.7.4)."""
    angle = math.atan2(t, math.sqrt(freedom))
    odd = freedom % 2
    term = total = (math.cos(angle) if freedom > 1 else 0.0) if odd else 1.0
    for power in range(3 if odd else 2, freedom - 1, 2):
        term *= math.cos(angle) ** 2 * (power - 1) / power
        total += term
    return 1 - (2 / math.pi * (angle + math.sin(angle) * total) if odd else math.sin(angle) * total)


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
