"""Figures with all that belongs beside them: of how many events, their 95% range, and what a reader must know.

Pages, PDF, CSV and JSON print a `Measure` or a `Difference` as it is, so that none of them claims more than another.
"""

from __future__ import annotations

from dataclasses import dataclass

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
