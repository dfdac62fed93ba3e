"""Change over time: the trend of guests per event, and two periods compared, each with what may be claimed of it.

Both compare events at the same place only, with a yearly wave taken out, and allow for good and bad quarters. The
formulas and their sources are in docs/statistics.md.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from cwac.analysis.attendance import TOO_FEW, HeldEvent, Turnout, turnout
from cwac.analysis.contrast import Fit, fit
from cwac.analysis.events import where
from cwac.analysis.words import number
from cwac.rounding import half_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

TREND_FROM = 12
TREND_DAYS = 365
"""A trend needs `TREND_FROM` counted events over at least a year, because summer and winter differ."""
COMPARE_FROM = 8
"""Two periods are compared only if each has this many counted events."""
QUARTERS_FROM = 5
"""Both need events in this many quarters: with fewer, one good quarter cannot be told from a change."""
MOST, MOST_DAYS = 5_000, 3_653
"""The most counted events of a trend or of a period, the latest ones, and the most days of a trend (ten years)."""
_LARGEST = math.log(1_000)


# --- what may be claimed --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Claim:
    """What may be said about a change: `estimate` with its 95% range `low` to `high`, as shares (0.2 is 20% more).

    `n` counted events went into it, `not_counted` held events had no count. `refused` is the reason if there is no
    figure, else None. `sentence` says all of it, and nothing that the figures do not hold.
    """

    sentence: str
    n: int
    not_counted: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    refused: str | None = None

    @property
    def claimed(self) -> bool:
        """Whether a change is claimed: in whole percent, as printed, the range leaves out "no change"."""
        return self.low is not None and self.high is not None and (_whole(self.low) > 0 or _whole(self.high) < 0)

    @property
    def figures(self) -> Mapping[str, float | str | bool | None]:
        """The claim in JSON, its shares to a tenth of a percent."""
        shares = {"estimate": self.estimate, "low": self.low, "high": self.high}
        return {
            **{name: None if share is None else float(half_up(share, 3)) for name, share in shares.items()},
            "n": self.n,
            "not_counted": self.not_counted,
            "claimed": self.claimed,
            "refused": self.refused,
        }


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The trend on one day: guests at a typical event, with the 95% band of the line, not of single events."""

    day: dt.date
    low: float
    guests: float
    high: float


@dataclass(frozen=True, slots=True)
class Trend:
    """The change of guests per event in a year, and its line; a trend that was refused has no line."""

    claim: Claim
    line: tuple[TrendPoint, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """The turnouts of two periods, and by how much attendance in the later one differs."""

    earlier: Turnout
    later: Turnout
    claim: Claim

    @property
    def words(self) -> str:
        """The typical attendance of both periods, and the claim."""
        return f"typical {_typical(self.later)} now, {_typical(self.earlier)} then. {self.claim.sentence}"


# --- the answers ----------------------------------------------------------------------------------------------------


def trend(held: Iterable[HeldEvent]) -> Trend:
    """The change of guests per event in a year, at the same places.

    Refused below `TREND_FROM` counted events, `TREND_DAYS` days or `QUARTERS_FROM` quarters, if most events were at
    places visited in one quarter only, and if the counts do not vary.
    """
    every = tuple(held)
    counted = _latest(every)
    n = len(counted)
    first, last = (counted[0].day, counted[-1].day) if counted else (dt.date.max, dt.date.max)
    span = (last - first).days
    whole = n == sum(past.guests is not None for past in every)
    not_counted = sum(past.guests is None and (whole or past.event.date >= first) for past in every)
    how_many = _counted_words(n, not_counted, sum(event.estimated for event in counted))

    def refused(reason: str, needs: str) -> Trend:
        over = f", over {_days(span)}" if n > 1 else ""
        return Trend(Claim(f"Change over time: {needs} ({how_many}{over}).", n, not_counted, refused=reason))

    if n < TREND_FROM or span < TREND_DAYS:
        takes = f"a trend takes {TREND_FROM} counted events over a year or more"
        if n < TREND_FROM:
            return refused("too few events", f"{TOO_FEW}; {takes}")
        return refused("less than a year", f"less than a year is too short to say; {takes}")
    quarters = {_quarter(event.day) for event in counted}
    if len(quarters) < QUARTERS_FROM:
        return refused("too few quarters", f"too few quarters to say; a trend takes events in {QUARTERS_FROM} of them")
    quarters_at: dict[str, set[int]] = {}
    for event in counted:
        quarters_at.setdefault(event.place, set()).add(_quarter(event.day))
    if 2 * sum(len(quarters_at[event.place]) > 1 for event in counted) < n:
        return refused("too few places visited again", "too few places were visited again to say")
    years = [(event.day - first).days / 365.25 for event in counted]
    contrast = _contrast(counted, years)
    if contrast is None:
        return refused("counts vary too little", "the counts vary too little to say")
    shares = contrast.shares
    claim = Claim("", n, not_counted, *shares)
    places = _at_the_same(len(quarters_at))
    over = f"over these {_days(span)}"
    if claim.claimed:
        verb, change, between = _moved(shares, "rose", "fell")
        sentence = f"{places.capitalize()}, attendance {verb} {change} a year {over} (95% range {between}; {how_many})."
    else:
        sentence = f"No clear change {places} {over} (95% range {_between(shares)} a year; {how_many})."
    steps = 24
    middle = sum(years) / n

    def at(year: float) -> TrendPoint:
        low, mid, high = (max(0.0, math.expm1(log)) for log in contrast.band(year - middle))
        return TrendPoint(first + dt.timedelta(days=round(year * 365.25)), low, mid, high)

    line = tuple(at(years[-1] * step / steps) for step in range(steps + 1))
    return Trend(Claim(sentence, n, not_counted, *shares), line)


def compare(earlier: Sequence[HeldEvent], later: Sequence[HeldEvent]) -> Comparison:
    """By how much guests per event differ between two periods, at the same places.

    Refused if an event is in both, below `COMPARE_FROM` counted events in either period or `QUARTERS_FROM` quarters in
    all, if most events of a period were at places without an event in the other, and if the counts do not vary. A
    difference between periods says nothing about its cause.
    """
    before, after = turnout(earlier), turnout(later)
    periods = _latest(earlier, days=None), _latest(later, days=None)
    n, not_counted = sum(map(len, periods)), before.missing + after.missing

    def refused(reason: str, sentence: str) -> Comparison:
        return Comparison(before, after, Claim(sentence, n, not_counted, refused=reason))

    if {past.event.id for past in earlier} & {past.event.id for past in later}:
        return refused("periods overlap", "The two periods overlap, so that they cannot be told apart.")
    if min(map(len, periods)) < COMPARE_FROM:
        needs = f"each period takes {COMPARE_FROM} counted events"
        return refused("too few events", f"{TOO_FEW.capitalize()} whether they differ; {needs}.")
    if len({_quarter(event.day) for period in periods for event in period}) < QUARTERS_FROM:
        needs = f"it takes events in {QUARTERS_FROM} quarters to tell a change from a season or a good quarter"
        return refused("too few quarters", f"Too few quarters to say whether that is a change; {needs}.")
    places = [{event.place for event in period} for period in periods]
    common = places[0] & places[1]
    if any(2 * sum(event.place in common for event in period) < len(period) for period in periods):
        return refused(
            "too few places visited in both",
            "Too few places had events in both periods to say whether attendance changed at the same places.",
        )
    together = sorted([(event, side) for side, period in enumerate(periods) for event in period])
    contrast = _contrast([event for event, _ in together], [float(side) for _, side in together])
    if contrast is None:
        return refused("counts vary too little", "The counts vary too little to say whether they differ.")
    claim = Claim("", n, not_counted, *contrast.shares)
    same = _at_the_same(len(places[0] | places[1]))
    if claim.claimed:
        side, change, between = _moved(contrast.shares, "higher", "lower")
        sentence = f"{same.capitalize()}, attendance was {change} {side} (95% range {between})."
    else:
        sentence = f"No clear difference {same} (95% range {_between(contrast.shares)})."
    return Comparison(before, after, Claim(sentence, n, not_counted, *contrast.shares))


class _Counted(NamedTuple):
    """A counted event; in this order the sums do not depend on the order of the sheet's rows."""

    day: dt.date
    place: str
    guests: float
    estimated: bool


def _latest(held: Iterable[HeldEvent], days: int | None = MOST_DAYS) -> Sequence[_Counted]:
    counted = [past for past in held if past.guests is not None]
    if not counted:
        return ()
    dates = sorted(past.event.date for past in counted)
    first = dates[-MOST:][0]
    if days is not None:
        first = max(first, dates[-1] - dt.timedelta(days=min(days - 1, (dates[-1] - dt.date.min).days)))
    latest = sorted(
        _Counted(past.event.date, where(past.event).casefold(), past.total.best, past.total.estimated)
        for past in counted
        if past.event.date >= first and past.total is not None and past.total.best is not None
    )
    return latest[-MOST:]


# --- the fit --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Contrast:
    fit: Fit
    student: float

    @property
    def shares(self) -> tuple[float, float, float]:
        """The change and its range as shares of the guests: 0.2 is 20% more.

        On ln(1 + guests), a change of few guests is smaller than on ln(guests), by guests / (1 + guests); the change is
        divided by the mean of that over the events.
        """
        shrunk = max(float((self.fit.typical / (1 + self.fit.typical)).mean()), 0.05)
        middle = float(self.fit.effects[1]) / shrunk
        half = self.student * math.sqrt(float(self.fit.covariance[1, 1])) / shrunk
        estimate, low, high = (
            math.expm1(min(max(log, -_LARGEST), _LARGEST)) for log in (middle, middle - half, middle + half)
        )
        return estimate, low, high

    def band(self, difference: float) -> tuple[float, float, float]:
        """ln(1 + guests) at a typical place, so far from the middle of the differences: low, middle, high."""
        row = [1.0, difference, *[0.0] * (len(self.fit.effects) - 2)]
        middle, error = self.fit.predict(row)
        return middle - self.student * error, middle, middle + self.student * error


def _contrast(counted: Sequence[_Counted], differences: Sequence[float]) -> _Contrast | None:
    """The fit of the events with these differences (years, or 0 and 1); None if the counts or places allow none."""
    import numpy as np

    difference = np.array(differences)
    difference -= difference.mean()
    places, quarters = _numbered(event.place for event in counted), _numbered(_quarter(event.day) for event in counted)
    own_mean = (np.bincount(places, difference) / np.bincount(places))[places]
    columns = [np.ones(len(counted)), difference]
    # With each place's mean as a column of its own, the difference rests on events at the same place alone.
    if np.ptp(own_mean) > 1e-9:
        columns.append(own_mean)
    days = np.array([event.day.toordinal() for event in counted])
    seasons = {_quarter(event.day) % 4 for event in counted}
    waves = [np.cos(2 * np.pi * days / 365.25), np.sin(2 * np.pi * days / 365.25)]
    with_waves = np.ptp(days) >= TREND_DAYS and len(seasons) >= 3
    for fixed in (np.column_stack([*columns, *waves]), np.column_stack(columns))[0 if with_waves else 1 :]:
        if np.linalg.matrix_rank(fixed, tol=1e-6 * len(counted) ** 0.5) == fixed.shape[1]:
            model = fit(np.log1p([event.guests for event in counted]), fixed, places, quarters)
            contrast = None if model is None else _Contrast(model, student_95(int(quarters.max()) + 1 - 2))
            _, low, high = contrast.shares if contrast else (0.0, 0.0, 0.0)
            return contrast if _whole(low) < _whole(high) else None
    return None


def _numbered(labels: Iterable[object]) -> NDArray[Any]:
    import numpy as np

    numbers: dict[object, int] = {}
    return np.array([numbers.setdefault(label, len(numbers)) for label in labels])


def _quarter(day: dt.date) -> int:
    """The number of a calendar quarter, counted from the year 0."""
    return day.year * 4 + (day.month - 1) // 3


def student_95(freedom: float) -> float:
    """The two-sided 95% point of Student's t, by Abramowitz and Stegun 26.7.5; within 0.2% from 5 degrees on."""
    if freedom in _STUDENT:
        return _STUDENT[freedom]
    z = 1.959963985
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + math.fsum(term / freedom**power for power, term in enumerate(terms, start=1))


_STUDENT: Mapping[float, float] = {3: 3.1824, 4: 2.7764}
"""Where the series is not good enough."""


# --- in words -------------------------------------------------------------------------------------------------------


def _counted_words(n: int, not_counted: int, estimated: int) -> str:
    """`55 events counted, 5 not; 9 estimated`; a count with an open end is an estimate."""
    counted = f"{n:,} event{'' if n == 1 else 's'} counted" + (f", {not_counted:,} not" if not_counted else "")
    return f"{counted}; {estimated:,} estimated" if estimated else counted


def _typical(turnout: Turnout) -> str:
    """`22 guests (9 events counted, 1 not)`."""
    counted = _counted_words(turnout.counted, turnout.missing, turnout.estimated)
    if turnout.median is None:
        return f"attendance not known ({counted})"
    return f"{number(turnout.median)} guest{'' if turnout.median == 1 else 's'} ({counted})"


def _at_the_same(places: int) -> str:
    return "at the same place" if places == 1 else "at the same places"


def _whole(share: float) -> int:
    return int(half_up(share * 100))


def _percent(share: float) -> str:
    """A share as a change: `+12%`, `−4%`, `0%`, `over +900%`."""
    percent = _whole(share)
    if percent > 900:
        return "over +900%"
    return f"{'+' if percent > 0 else '−' if percent < 0 else ''}{abs(percent)}%"


def _between(shares: tuple[float, float, float]) -> str:
    return f"{_percent(shares[1])} to {_percent(shares[2])}"


def _moved(shares: tuple[float, float, float], up: str, down: str) -> tuple[str, str, str]:
    """A claimed change without signs: `("rose", "20%", "4% to 38%")`."""
    estimate, low, high = (_percent(share).replace("+", "").replace("−", "") for share in shares)
    return (up, estimate, f"{low} to {high}") if shares[0] > 0 else (down, estimate, f"{high} to {low}")


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}" if days < 61 else f"{half_up(days / 30.44)} months"
