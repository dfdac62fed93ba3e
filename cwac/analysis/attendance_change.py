"""Whether attendance changed: a year of whole quarters against the year before, at the same places.

This is the only place that claims a change of attendance. docs/statistics.md says how, and how often it is wrong.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from cwac.analysis.attendance import HeldEvent, Outcomes, Turnout, turnout
from cwac.analysis.events import where
from cwac.analysis.measures import RANGE_RISK, student
from cwac.analysis.periods import Period, a_year_before, last_whole_year, quarter_number, quarter_of, year_to
from cwac.analysis.words import counted, number, with_guests
from cwac.model import Snapshot
from cwac.rounding import half_up

if TYPE_CHECKING:
    from numpy.typing import NDArray

CLAIM_RISK = 0.01
"""How often a change is claimed where none is: rarely, since many verdicts are read."""
OPEN = 2
"""An open-ended count may be this many times the number typed."""
SAME = 15
"""Percent within which the whole range must lie to say that about as many came."""
FEWEST_FREE = 2
"""The degrees of freedom below which nothing is judged."""
NOT_A_YEAR = "only a year is judged against the year before"
_MOST = math.log(10)
"""The largest change on a scale of logarithms: ten times as many, or a tenth."""
Kind = Literal["higher", "lower", "same", "unclear"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What may be said about attendance in a year against the year before.

    `estimate` with its range `low` to `high` are shares (0.2 is 20% more), None if `missing` says why there are none.
    `n` counted events were compared, at `places` visited in both; `earlier` and `later` are of events at all places.
    """

    kind: Kind
    year: Period
    earlier: Turnout
    later: Turnout
    n: int
    places: int
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    missing: str | None = None

    @property
    def claimed(self) -> bool:
        return self.kind in ("higher", "lower")

    @property
    def not_counted(self) -> int:
        return self.earlier.missing + self.later.missing

    @property
    def sentence(self) -> str:
        """The verdict with its range, as every page and file says it."""
        if self.estimate is None or self.low is None or self.high is None:
            return f"Can’t tell yet whether attendance changed: {self.missing}."
        if self.claimed:
            more, first, last = ("More", self.low, self.high) if self.estimate > 0 else ("Fewer", self.high, self.low)
            fits = f"anything from {_percent(first)} to {_percent(last)} fits the counts"
            return f"{more} guests at the same places than the year before: about {_percent(self.estimate)}, {fits}."
        low, high = _signed(self.low), _signed(self.high)
        if self.kind == "same":
            fits = f"anything from {low} to {high} fits the counts"
            return f"About as many guests at the same places as the year before: {fits}."
        but = f" {self.missing[0].upper()}{self.missing[1:]}." if self.missing else ""
        return f"Can’t tell yet: {low} to {high} guests at the same places fits the counts.{but}"

    @property
    def basis(self) -> str:
        """What the verdict rests on: the two years, how many of their events are compared, and both typical events."""
        years, held = f"{self.year.title} (whole quarters) and the year before", self.earlier.held + self.later.held
        if not held:
            return f"{years}: no event held."
        at = f", counted at {counted(self.places, 'place')} visited in both" if self.n else ""
        compared = f"{self.n:,}" if self.n else "none"
        basis = f"{years}: {compared} of {counted(held, 'event')} compared{at}."
        then, now = self.earlier.median, self.later.median
        if then is None and now is None:
            return basis
        typical = "not known" if now is None else with_guests(number(now))
        why = ""
        if then and now is not None and self.low is not None and self.high is not None:
            why = "" if self.low <= now / then - 1 <= self.high else ", as the mix of places changed"
        return f"{basis} Typical at all places: {typical}, before {number(then)}{why}."

    @property
    def figures(self) -> Mapping[str, float | str | bool | None]:
        """The verdict in JSON, its shares to a tenth of a percent."""
        shares = {"estimate": self.estimate, "low": self.low, "high": self.high}
        return {
            **{name: None if share is None else float(half_up(share, 3)) for name, share in shares.items()},
            "n": self.n,
            "not_counted": self.not_counted,
            "claimed": self.claimed,
            "refused": self.missing if self.estimate is None else None,
        }


def is_judged(later: Period, earlier: Period, today: dt.date) -> bool:
    """Whether the periods are a year of whole quarters that is over, and the year before."""
    year, before = year_to(later.last), a_year_before(later)
    whole = (year.first, quarter_of(later.last).last) == (later.first, later.last)
    return whole and later.last < today and (before.first, before.last) == (earlier.first, earlier.last)


def scope_verdict(snapshot: Snapshot, every: Outcomes, agency: str | None = None, by: dt.date | None = None) -> Verdict:
    """The verdict on an agency's attendance (or the county's) in the latest whole year, or one ended `by` a day."""
    latest = last_whole_year(snapshot.today)
    year = latest if by is None or by >= latest.last else year_to(by)
    agencies = {short for past in every.held for short in past.event.agencies}
    return judge_change(every.of(None, agency).held, year, len(agencies) if agency else 1)


def judge_change(held: Sequence[HeldEvent], year: Period, scopes: int = 1) -> Verdict:
    """Whether a year of whole quarters drew more guests to its events than the year before.

    `scopes` is how many agencies or towns are judged, as among many one differs by chance.
    """
    periods = [[past for past in held if past.event.date in period] for period in (a_year_before(year), year)]
    then, now = map(turnout, periods)
    if then.median is None or now.median is None:
        which = year.title if now.median is None else "the year before"
        return Verdict("unclear", year, then, now, 0, 0, missing=f"{which} has no counted event")
    counts = Counts.of(periods).at_the_same_places()
    n, places = len(counts.best), len(set(counts.place.tolist()))
    change = measure_change(counts, CLAIM_RISK / max(scopes, 1))
    if isinstance(change, str):
        return Verdict("unclear", year, then, now, n, places, missing=change)
    kind, against = judge(change, then.median, now.median)
    return Verdict(kind, year, then, now, n, places, change.estimate, change.low, change.high, against)


class Counts(NamedTuple):
    """Counted events: the number of their quarter, their place, and `late`, which is 1 in the later year.

    The guests are `best`, at least `least`, and at most `most`.
    """

    quarter: NDArray[Any]
    place: NDArray[Any]
    late: NDArray[Any]
    least: NDArray[Any]
    best: NDArray[Any]
    most: NDArray[Any]

    @classmethod
    def of(cls, periods: Sequence[Sequence[HeldEvent]]) -> Counts:
        """The counted events of the earlier and of the later year, in an order that is not the sheet's."""
        import numpy as np

        rows = sorted(
            (
                where(past.event).casefold(),
                quarter_number(past.event.date),
                late,
                best / OPEN if total.low is None else total.low,
                best,
                best * OPEN if total.high is None else total.high,
            )
            for late, period in enumerate(periods)
            for past in period
            if (total := past.total) is not None and (best := total.best) is not None
        )
        place, quarter, *others = zip(*rows, strict=True)
        at = np.unique(np.array(place), return_inverse=True)[1]
        return cls(np.array(quarter), at, *(np.array(column, dtype=float) for column in others))

    def at_the_same_places(self) -> Counts:
        import numpy as np

        later = np.bincount(self.place, self.late)
        kept = ((later > 0) & (later < np.bincount(self.place)))[self.place]
        return Counts(*(column[kept] for column in self))


class Estimate(NamedTuple):
    """A change as shares, with its range, and whether it is sure enough to be claimed."""

    estimate: float
    low: float
    high: float
    sure: bool


def judge(change: Estimate, then: float, now: float) -> tuple[Kind, str | None]:
    """The kind of a change, and why it is not claimed, if so; the typical event had `then` and `now` guests."""
    low, high = _whole(change.low), _whole(change.high)
    if low >= -SAME and high <= SAME and not change.sure:
        return "same", None
    if not (low > 0 or high < 0):
        return "unclear", None
    if not change.sure:
        return "unclear", "that is not sure enough for a verdict that is read again every quarter"
    if (now - then) * change.estimate < 0:
        return "unclear", f"a typical event, at all places, had {'fewer' if now < then else 'more'} guests"
    return "higher" if change.estimate > 0 else "lower", None


def measure_change(counts: Counts, risk: float) -> Estimate | str:
    """The change at places with events in both years, or what is missing to measure it.

    Where counts have open ends, the range holds what would be found at either end.
    """
    import numpy as np

    tried = [counts.best]
    if (counts.most > counts.least).any():
        later = counts.late > 0
        tried += [np.where(later, counts.least, counts.most), np.where(later, counts.most, counts.least)]
    fits = [_fit(counts, guests) for guests in tried]
    for fit in fits:
        if isinstance(fit, str):
            return fit
    slopes, errors, freedoms = map(np.array, zip(*fits, strict=True))
    ranges = np.outer((-1, 1), [student(int(free), RANGE_RISK) for free in freedoms]) * errors + slopes
    claims = np.array([student(int(free), risk) for free in freedoms]) * errors
    sure = bool((slopes > claims).all() or (slopes < -claims).all())
    estimate, low, high = (
        math.expm1(min(max(float(log), -_MOST), _MOST)) for log in (slopes[0], ranges.min(), ranges.max())
    )
    return Estimate(estimate, low, high, sure)


def _fit(counts: Counts, guests: NDArray[Any]) -> tuple[float, float, int] | str:
    """The change on the scale of ln(guests), its standard error and degrees of freedom; or what is missing."""
    import numpy as np

    n = len(guests)
    place, quarter = (np.unique(codes, return_inverse=True)[1] for codes in (counts.place, counts.quarter))
    visits, events = np.bincount(place), np.bincount(quarter)
    if min(len(events) - 2, n - len(visits) - 3) < FEWEST_FREE:
        needs, has, of = FEWEST_FREE + 3, n - len(visits), "repeat visits"
        if len(events) < FEWEST_FREE + 2:
            needs, has, of = FEWEST_FREE + 2, len(events), "quarters with counts"
        return f"it takes {needs} {of} at places with events in both years, so far {has}"
    logs, year = np.log1p(guests), counts.quarter * (np.pi / 2)
    columns = np.column_stack([logs, counts.late, np.cos(year), np.sin(year)])
    columns -= np.column_stack([np.bincount(place, column) / visits for column in columns.T])[place]
    y, late, season = columns[:, 0], columns[:, 1], columns[:, 2:]
    quarters_free = len(events) - 2
    if quarters_free >= 2 + FEWEST_FREE and np.linalg.matrix_rank(season, tol=1e-6) == 2:
        y, late = (side - season @ np.linalg.lstsq(season, side, rcond=None)[0] for side in (y, late))
        quarters_free -= 2
    means, late_means = np.bincount(quarter, y) / events, np.bincount(quarter, late) / events
    information = float(events @ late_means**2)
    if information < 1e-6:
        return "the two years have too few events in the same quarters"
    slope = float(events @ (late_means * means)) / information
    spread = float(events @ (means - slope * late_means) ** 2) / quarters_free * n / (n - len(visits))
    if spread < 1e-12:
        return "the counts do not vary"
    # A change of ln(1 + guests) is smaller than that of ln(guests), by guests / (1 + guests) at a typical event there.
    usual = np.expm1((np.bincount(place, logs) / visits)[place])
    shrunk = max(float((usual / (1 + usual)).mean()), 0.05)
    return slope / shrunk, math.sqrt(spread / information) / shrunk, min(quarters_free, n - len(visits) - 3)


def typical_words(turnout: Turnout) -> str:
    """`typically 17 guests (28 of 30 events counted, 5 estimated)`, `no event held`."""
    if not turnout.held:
        return "no event held"
    estimated = f", {turnout.estimated:,} estimated" if turnout.estimated else ""
    of = f"({turnout.counted:,} of {counted(turnout.held, 'event')} counted{estimated})"
    typical = "guests not known" if turnout.median is None else f"typically {with_guests(number(turnout.median))}"
    return f"{typical} {of}"


def _whole(share: float) -> int:
    return int(half_up(share * 100))


def _percent(share: float) -> str:
    """The size of a change: `20%`, and `over 900%` or `over 90%` for the most that is measured."""
    return f"{'over ' if abs(math.log1p(share)) > _MOST - 1e-6 else ''}{abs(_whole(share))}%"


def _signed(share: float) -> str:
    """`9% fewer`, `55% more`, `as many`."""
    return f"{_percent(share)} {'more' if share > 0 else 'fewer'}" if _whole(share) else "as many"
