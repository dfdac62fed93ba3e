"""Compare forecasts of past events, each from earlier counts alone, with the counts and with simple rules."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from cwac.analysis.attendance import TOO_FEW
from cwac.analysis.forecast import FEWEST, NEXT_EVENT, VENUE, Expected, Forecaster
from cwac.analysis.ratios import wilson
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
"""The simple rules beside the forecast; at a first visit those of the venue are made from all events."""


@dataclass(frozen=True, slots=True)
class Tried:
    """A past event with its count, its forecast from what was known before, and what each of `RULES` forecast."""

    event: Event
    guests: float
    expected: Expected
    by_rule: Mapping[str, float]

    @property
    def is_inside(self) -> bool:
        return self.expected.low <= self.guests <= self.expected.high

    @property
    def score(self) -> float:
        """The interval score (Winkler, 1972): the width of the range, and for a miss ten times its distance."""
        low, high = self.expected.low, self.expected.high
        return high - low + 10 * max(low - self.guests, self.guests - high, 0.0)


@dataclass(frozen=True, slots=True)
class Backtest:
    """The forecasts of past events, each made from the counts up to `days_ahead` days before it."""

    tried: tuple[Tried, ...]
    days_ahead: int = NEXT_EVENT

    @property
    def first_visits(self) -> Sequence[Tried]:
        return [tried for tried in self.tried if not tried.expected.at_venue]

    @property
    def by_venue(self) -> Mapping[str, Sequence[Tried]]:
        """Venue and town -> the events tried there, if they are enough; most events first."""
        at: dict[str, list[Tried]] = defaultdict(list)
        for tried in self.tried:
            if venue := tried.event.venue.name if tried.event.venue else tried.event.venue_text:
                at[", ".join(filter(None, (venue, tried.event.town)))].append(tried)
        enough = sorted((-len(there), venue) for venue, there in at.items() if len(there) >= SHARE_FROM)
        return {venue: at[venue] for _, venue in enough}

    def error_of(self, rule: str) -> float | None:
        """The mean distance of a rule's forecasts from the counts, in guests; "forecast" is the forecast itself."""
        return _mean(abs(tried.guests - tried.by_rule.get(rule, tried.expected.guests)) for tried in self.tried)

    @property
    def words(self) -> str:
        """How often the range was right, and how near the forecast was beside simple rules."""
        if not self.tried:
            return f"Not yet tried on the past: {TOO_FEW}."
        when = "earlier days" if self.days_ahead == NEXT_EVENT else f"what was known {self.days_ahead} days before"
        rules = "; ".join(f"{name}: {number(self.error_of(rule))}" for rule, name in RULES.items())
        return (
            f"Tried on {counted(len(self.tried), 'past event')}, each forecast from {when}: the likely range was "
            f"{right(self.tried)}. Off by {number(self.error_of('forecast'))} guests on average ({rules})."
        )

    def as_dict(self) -> dict[str, object]:
        """The figures by name, as the command line writes them to JSON."""
        return {
            **shares(self.tried),
            "days_ahead": self.days_ahead,
            "first_visits": len(self.first_visits),
            "error": self.error_of("forecast"),
            **{f"{rule}_error": self.error_of(rule) for rule in RULES},
            "mean_width": _mean(tried.expected.high - tried.expected.low for tried in self.tried),
            "interval_score": _mean(tried.score for tried in self.tried),
            "by_venue": [{"venue": venue, **shares(there)} for venue, there in self.by_venue.items()],
        }


def right(tried: Sequence[Tried]) -> str:
    """Such as "right 30 of 40 times"."""
    return f"right {sum(each.is_inside for each in tried)} of {counted(len(tried), 'time')}"


def shares(tried: Sequence[Tried]) -> dict[str, float | None]:
    """How many counts were in their range, with the share and Wilson's 95% interval (1927) if they are enough."""
    n, inside = len(tried), sum(each.is_inside for each in tried)
    share, low, high = (inside / n, *wilson(inside, n)) if n >= SHARE_FROM else (None, None, None)
    return {"n": n, "inside": inside, "coverage": share, "coverage_low": low, "coverage_high": high}


def backtest(forecaster: Forecaster) -> Backtest:
    tried = [
        Tried(event, guests, made, _by_rule(forecaster, place))
        for place, ((event, guests), made) in enumerate(zip(forecaster.past, forecaster.made, strict=True))
        if place >= len(forecaster.past) - LATEST and made.known >= FEWEST
    ]
    return Backtest(tuple(tried), forecaster.days_ahead)


def _by_rule(forecaster: Forecaster, place: int) -> Mapping[str, float]:
    before = forecaster.past[: forecaster.made[place].known]
    venue, first_day = forecaster.labels[place].get(VENUE), forecaster.past[place][0].date - dt.timedelta(days=365)
    every = [guests for _, guests in before]
    here = [guests for guests, of in zip(every, forecaster.labels, strict=False) if venue and of.get(VENUE) == venue]
    of_year = [guests for event, guests in before if event.date >= first_day]
    return dict(
        zip(RULES, map(statistics.median, (here or every, here[-1:] or every, of_year or every, every)), strict=True)
    )


def _mean(values: Iterable[float]) -> float | None:
    numbers = list(values)
    return statistics.fmean(numbers) if numbers else None
