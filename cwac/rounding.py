"""Numbers as people read them: rounded half up, as in school. Python's `round` and `format` round half to even."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal


def half_up(value: float, digits: int = 0) -> Decimal:
    """The number rounded half away from zero, by its decimal digits: 6.25 to 6.3, and 1.15 to 1.2.

    The twelve first digits count, so that no order of adding gives another result.
    """
    return Decimal(f"{value:.12g}").quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP) + 0  # no -0


def percent(share: float) -> str:
    """`29%` for 0.285."""
    return f"{half_up(share * 100)}%"
