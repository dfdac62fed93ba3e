"""Ratios of two sums over events, such as guests per officer-hour, with a 95% range by the bootstrap.

The events are drawn again with replacement, as many as there are, and the ratio is taken again (Efron and Tibshirani
1993, chapter 6). The range lies between two percentiles of these ratios, set a little farther out than 2.5% and 97.5%
since few events vary less than the truth does (Hesterberg 2015, "expanded percentile"). `tests/bench/ratios.py`
measures how often such ranges hold.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import TYPE_CHECKING, Any

from cwac.analysis.change_over_time import student_95
from cwac.analysis.measures import Difference, Measure
from cwac.analysis.words import number
from cwac.rounding import half_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

RANGE_FROM = 8
"""Events below which no range is given: eight vary too little to say how much the next eight will."""
DRAWS = 2_000
SEED = 20_261_007, 20_251_001
"""Of the later and the earlier period; constant, so that the same events always give the same range."""
_AT_ONCE = 200_000
"""Events drawn in one step; with smaller ones the thread gives way more often, and waits each time for all others."""
_AT_MOST, _AT_LEAST = 400_000, 200
"""Events drawn in all, and resamples: thousands of events need fewer resamples, since their range is narrow."""
_UNITS = 3_600
"""Hours are summed in whole seconds, so that no order of adding gives another last digit."""

Pairs = Sequence[tuple[float, float]]
"""The two counts of each event, in the order of the events: guests and officer-hours, for example."""


def ratio(pairs: Pairs) -> float | None:
    """The first sum over the second; None if that is zero."""
    above, below = sum(above for above, _ in pairs), sum(below for _, below in pairs)
    return above / below if below else None


def ratio_range(pairs: Pairs) -> tuple[float, float] | None:
    """The 95% range of the ratio; None for fewer than `RANGE_FROM` events, or if all of them have the same ratio."""
    if len(pairs) < RANGE_FROM:
        return None
    return _take_range(_draw_ratios(pairs, SEED[0], _count_draws(len(pairs))), len(pairs))


def difference_range(before: Pairs, now: Pairs) -> tuple[float, float] | None:
    """The 95% range of the later ratio minus the earlier; None where either has too few events for a range."""
    fewest = min(len(before), len(now))
    if fewest < RANGE_FROM:
        return None
    draws = _count_draws(max(len(before), len(now)))
    return _take_range(_draw_ratios(now, SEED[0], draws) - _draw_ratios(before, SEED[1], draws), fewest)


def _count_draws(events: int) -> int:
    return max(_AT_LEAST, min(DRAWS, _AT_MOST // events))


def _draw_ratios(pairs: Pairs, seed: int, draws: int) -> NDArray[Any]:
    """The ratios of the resamples; NaN where the second sum is zero."""
    import numpy as np

    n = len(pairs)
    # Both counts of an event as one complex number, so that each draw is looked up and added once.
    counts = np.rint(np.array(pairs, dtype=float) * _UNITS).view(complex).ravel()
    draw = np.random.Generator(np.random.PCG64(seed))
    at_once = max(2, _AT_ONCE // n // 2 * 2)  # steps of an odd length would give other numbers
    ratios = []
    for start in range(0, draws, at_once):
        chosen = draw.integers(0, n, (min(at_once, draws - start), n), dtype=np.int32)
        sums = counts.take(chosen).sum(axis=1)
        ratios.append(np.divide(sums.real, sums.imag, out=np.full(len(sums), np.nan), where=sums.imag > 0))
    return np.concatenate(ratios)


def _take_range(drawn: NDArray[Any], n: int) -> tuple[float, float] | None:
    import numpy as np

    tail = NormalDist().cdf(-student_95(n - 1) * math.sqrt(n / (n - 1)))
    low, high = np.nanquantile(drawn, [tail, 1 - tail]).tolist()
    return (low, high) if low < high else None


# --- in words -------------------------------------------------------------------------------------------------------


def change_of_ratio(before: Measure, now: Measure, share: bool = False) -> Difference:
    """The change of a ratio, claimed only if its 95% range excludes 0. A share changes by points."""
    if before.value is None or now.value is None:
        unknown = before if before.value is None else now
        return Difference(None, False, "too few events to tell" if unknown.of else "not known", refused=unknown.refused)
    change_range = difference_range(before.pairs, now.pairs)
    estimate = now.value - before.value
    if change_range is None:
        needs = f"a change needs {RANGE_FROM} complete events in both quarters"
        return Difference(None, False, "too few events to tell", refused=needs)
    low, high = change_range
    if low <= 0 <= high:
        return Difference(estimate, False, "no clear change", low, high)
    scale, points = (100, " points") if share else (1, "")
    shown = difference_words(before.value, now.value, scale, 0 if share else 1)
    return Difference(
        estimate,
        True,
        f"{_sign(estimate * scale) if shown == 'same' else shown}{points}",
        low,
        high,
        f"95% range {_sign(low * scale)} to {_sign(high * scale)}",
    )


def difference_words(before: float, now: float, scale: int = 1, digits: int = 1) -> str:
    """`+3`, `−1.5` or `same`.

    Computed from the rounded figures, so that a reader who subtracts them gets the same result.
    """
    change = half_up(now * scale, digits) - half_up(before * scale, digits)
    size = number(float(abs(change)), digits)
    return "same" if size == "0" else f"{'+' if change > 0 else '−'}{size}"


def _sign(value: float) -> str:
    """`+0.6`, `−12`, with two digits where the value is small."""
    return f"{'+' if value > 0 else '−'}{number(abs(value), 0 if abs(value) >= 10 else 1 if abs(value) >= 1 else 2)}"


def range_words(low: float, high: float) -> str:
    """`95% range 2.2 to 3.8`, with as many digits as it takes to tell the ends apart."""
    digits = next((digits for digits in (1, 2) if half_up(low, digits) != half_up(high, digits)), 3)
    return f"95% range {half_up(low, digits)} to {half_up(high, digits)}"
