"""Compare forecasts of past events, each from earlier counts alone, with the counts and with simple rules."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cwac.analysis.attendance import TOO_FEW
from cwac.analysis.forecast import FEWEST, NEXT_EVENT, VENUE, Expected, Forecaster
from cwac.analysis.words import counted, number
from cwac.model import Event

LATEST = 100
"""The most events that a backtest forecasts, the latest ones."""
SHARE_FROM = 20
"""Events tried below which no share of them is told."""
RULES = {
    "venue_median": "typical count at the venue",
    "last_visit": "last time at the venue",
    "last_year": "typical count of the last 12 months",
    "median": "typical count of all events",
}
"""The simple rules beside the forecast; at a first visit those of the venue take the median of all events."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A past event with its count, its forecast from what was known before, and the forecasts of simple rules."""

    event: Event
    guests: float
    expected: Expected
    by_rule: Mapping[str, float]

    @property
    def is_inside(self) -> bool:
        return self.expected.low <= self.guests <= self.expected.high


@dataclass(frozen=True, slots=True)
class InRange:
    """How many of `n` counts were in their range."""

    inside: int
    n: int

    @property
    def words(self) -> str:
        return f"right {self.inside} of {counted(self.n, 'time')}"

    def as_dict(self) -> dict[str, float | None]:
        """The figures by name; the share and its 95% interval are None below `SHARE_FROM`."""
        share, low, high = (self.inside / self.n, *wilson(self.inside, self.n)) if self.n >= SHARE_FROM else [None] * 3
        return {"n": self.n, "inside": self.inside, "coverage": share, "coverage_low": low, "coverage_high": high}


def in_range(tried: Iterable[Tried]) -> InRange:
    inside = [each.is_inside for each in tried]
    return InRange(sum(inside), len(inside))


@dataclass(frozen=True, slots=True)
class Backtest:
    """The forecasts of past events, each made from the counts up to `days_ahead` days before it."""

    tried: tuple[Tried, ...]
    days_ahead: int = NEXT_EVENT

    @property
    def first_visits(self) -> list[Tried]:
        return [tried for tried in self.tried if not tried.expected.at_venue]

    @property
    def error(self) -> float | None:
        """The mean distance of the forecasts from the counts, in guests."""
        return _mean(abs(tried.guests - tried.expected.guests) for tried in self.tried)

    def error_of(self, rule: str) -> float | None:
        return _mean(abs(tried.guests - tried.by_rule[rule]) for tried in self.tried)

    @property
    def by_venue(self) -> Mapping[str, InRange]:
        """Venue and town -> how often the range was right there, if enough events were tried; most events first."""
        at: dict[str, list[Tried]] = defaultdict(list)
        for tried in self.tried:
            if venue := tried.event.venue.name if tried.event.venue else tried.event.venue_text:
                at[", ".join(filter(None, (venue, tried.event.town)))].append(tried)
        enough = sorted((-len(there), venue) for venue, there in at.items() if len(there) >= SHARE_FROM)
        return {venue: in_range(at[venue]) for _, venue in enough}

    @property
    def words(self) -> str:
        """How often the range was right, and how near the forecast was beside simple rules."""
        error = self.error
        if error is None:
            return f"Not yet tried on the past: {TOO_FEW}."
        when = "earlier days" if self.days_ahead == NEXT_EVENT else f"what was known {self.days_ahead} days before"
        errors = {name: number(self.error_of(rule)) for rule, name in RULES.items()}
        nearest = min(RULES, key=lambda rule: self.error_of(rule) or 0.0)
        is_nearer = (self.error_of(nearest) or 0.0) < error and errors[RULES[nearest]] != number(error)
        return (
            f"Tried on {counted(len(self.tried), 'past event')}, each forecast from {when}: the likely range was "
            f"{in_range(self.tried).words}. Off by {number(error)} guests on average "
            f"({'; '.join(f'{name}: {off}' for name, off in errors.items())})."
            + (f" The {RULES[nearest]} was nearer." if is_nearer else "")
        )

    def as_dict(self) -> dict[str, object]:
        """The figures by name, as the command line writes them to JSON; the interval score is Winkler's of 1972."""
        return {
            **in_range(self.tried).as_dict(),
            "days_ahead": self.days_ahead,
            "first_visits": len(self.first_visits),
            "error": self.error,
            **{f"{rule}_error": self.error_of(rule) for rule in RULES},
            "mean_width": _mean(tried.expected.high - tried.expected.low for tried in self.tried),
            "interval_score": _mean(
                winkler(tried.expected.low, tried.expected.high, tried.guests) for tried in self.tried
            ),
            "by_venue": [{"venue": venue, **there.as_dict()} for venue, there in self.by_venue.items()],
        }


def backtest(forecaster: Forecaster) -> Backtest:
    first = max(0, len(forecaster.past) - LATEST)
    tried = [
        Tried(event, guests, made, _by_rule(forecaster, place))
        for place, ((event, guests), made) in enumerate(zip(forecaster.past, forecaster.made, strict=True))
        if place >= first and made.known >= FEWEST
    ]
    return Backtest(tuple(tried), forecaster.days_ahead)


def _by_rule(forecaster: Forecaster, place: int) -> Mapping[str, float]:
    """What each of `RULES` forecasts for the event at this place, from the counts that its forecast is from."""
    before = forecaster.past[: forecaster.made[place].known]
    venue, first_day = forecaster.labels[place].get(VENUE), forecaster.past[place][0].date - dt.timedelta(days=365)
    every = [guests for _, guests in before]
    here = [guests for guests, of in zip(every, forecaster.labels, strict=False) if venue and of.get(VENUE) == venue]
    of_year = [guests for event, guests in before if event.date >= first_day]
    last = here[-1:] or every
    return dict(zip(RULES, map(statistics.median, (here or every, last, of_year or every, every)), strict=True))


def _mean(values: Iterable[float]) -> float | None:
    numbers = list(values)
    return statistics.fmean(numbers) if numbers else None


def wilson(inside: int, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share (1927)."""
    z = statistics.NormalDist().inv_cdf(0.975)
    middle = (inside + z * z / 2) / (n + z * z)
    half = z * math.sqrt(inside * (n - inside) / n + z * z / 4) / (n + z * z)
    return max(0.0, middle - half), min(1.0, middle + half)


def winkler(low: float, high: float, guests: float) -> float:
    """The interval score: the width of the range, and ten times the distance of a count outside; smaller is better."""
    return high - low + 10 * max(low - guests, guests - high, 0.0)
