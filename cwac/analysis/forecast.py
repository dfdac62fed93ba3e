"""Forecast the guests of an event from earlier counts, with a range that holds about 8 of 10 counts.

A forecast adds up a level for all events, the difference of the venue from it, that of the weekday at the venue, and
that of the season, on the logarithm of the guests. Each count moves these parts by a share of its distance from its
forecast: much at first, later by `FOLLOW`, which follows a drift. The range extends to each side by the error that 8 of
10 of the latest forecasts did not exceed, more at a venue with large errors. At a first visit it is the error of
forecasts without the venue, which is larger.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles

from cwac.analysis.attendance import TOO_FEW, Outcomes, outcomes, season
from cwac.analysis.measures import wilson
from cwac.analysis.words import counted, number, people, with_guests
from cwac.model import Event, Snapshot

FEWEST = 15
"""Counted events below which there is no forecast."""
LATEST = 1_000
"""The most counted events that are used, the latest ones."""
NEXT_EVENT, AHEAD = 1, 30
"""The two horizons: a forecast is made from the counts up to this many days before the event."""
SHIFT = 3
"""Added to a count before its logarithm, which makes 0 and 2 guests about the same."""
FOLLOW = 0.03
"""The least share of its distance by which a count moves a part of later forecasts."""
LEVEL, VENUE = "level", "venue"
DRAWN = {LEVEL: 0.0, VENUE: 1.5, "weekday at the venue": 5.0, "season": 40.0}
"""By how many counts without a difference each part is drawn toward none."""
ERRORS = 50
"""The number of the latest errors from which a range is made."""
USUAL_AT_VENUE = 8
"""Errors of the usual size that are added to those of a venue, so that a few do not decide its range."""


def to_guests(log: float) -> float:
    return max(0.0, math.exp(min(log, 30.0)) - SHIFT)  # above e^30 it might overflow


def labels_of(event: Event) -> Mapping[str, str]:
    """The event's label of each kind in `DRAWN`; without a venue there is none of the venue."""
    labels = {LEVEL: "", "season": season(event.date)}
    venue = event.venue.name if event.venue else event.venue_text
    if venue is not None:
        labels[VENUE] = f"{venue.casefold()}, {event.town or ''}"
        labels["weekday at the venue"] = f"{labels[VENUE]}, {event.date.weekday()}"
    return labels


@dataclass(frozen=True, slots=True)
class Expected:
    """The guests expected from `known` counts, `at_venue` of them at the venue.

    `log` and `width` are on the logarithms; `log_elsewhere` is the forecast without the venue.
    """

    log: float
    log_elsewhere: float
    width: float
    known: int
    at_venue: int

    @property
    def guests(self) -> float:
        """The typical count, which must not be summed: the mean of the counts is larger."""
        return to_guests(self.log)

    @property
    def low(self) -> float:
        return to_guests(self.log - self.width)

    @property
    def high(self) -> float:
        return to_guests(self.log + self.width)

    @property
    def about(self) -> str:
        return f"about {with_guests(people(self.guests))}"

    @property
    def likely(self) -> str:
        return f"{people(self.low)} to {people(self.high)}"


class Forecaster:
    """Forecasts from the counts of past events, each of which was itself forecast from the counts before it."""

    def __init__(self, past: Sequence[tuple[Event, float]], days_ahead: int = NEXT_EVENT) -> None:
        self.past, self.days_ahead = past[-LATEST:], days_ahead
        self.labels = [labels_of(event) for event, _ in self.past]
        self.made: list[Expected] = []
        self._parts: dict[tuple[str, str], float] = defaultdict(float)
        self._counts: Counter[tuple[str, str]] = Counter()
        self._errors: list[float] = []
        self._errors_elsewhere: list[float] = []
        self._errors_at: dict[str, list[float]] = defaultdict(list)
        days = [event.date for event, _ in self.past]
        for event, _ in self.past:
            self._learn_until(bisect_right(days, event.date - dt.timedelta(days=days_ahead)))
            self.made.append(self.expect(event))
        self._learn_until(len(days))

    def expect(self, event: Event) -> Expected:
        labels = labels_of(event)
        venue = labels.get(VENUE, "")
        parts = {kind: self._parts.get((kind, label), 0.0) for kind, label in labels.items()}
        elsewhere, at_venue = parts[LEVEL] + parts["season"], self._counts[VENUE, venue]
        return Expected(sum(parts.values()), elsewhere, self._width(venue, at_venue), self._counts[LEVEL, ""], at_venue)

    def _width(self, venue: str, at_venue: int) -> float:
        width = _error_of_most(self._errors)
        if not at_venue:
            return max(width, _error_of_most(self._errors_elsewhere))
        usual, here = fmean(self._errors or [0.0]), self._errors_at.get(venue, ())
        return width * (USUAL_AT_VENUE + sum(here) / usual) / (USUAL_AT_VENUE + len(here)) if usual else width

    def _learn_until(self, known: int) -> None:
        for place in range(self._counts[LEVEL, ""], known):
            made, labels = self.made[place], self.labels[place]
            log = math.log(SHIFT + self.past[place][1])
            if made.known:
                self._errors_elsewhere.append(abs(log - made.log_elsewhere))
                if made.at_venue:
                    self._errors.append(abs(log - made.log))
                    self._errors_at[labels[VENUE]].append(abs(log - made.log))
            distance = log - sum(self._parts[label] for label in labels.items())
            for label in labels.items() if place else [(LEVEL, "")]:  # the first count is the level
                self._parts[label] += distance * max(FOLLOW, 1 / (self._counts[label] + 1 + DRAWN[label[0]]))
            self._counts.update(labels.items())


def _error_of_most(errors: Sequence[float]) -> float:
    """The error that four of five further ones will not exceed."""
    latest = errors[-ERRORS:]
    return quantiles(latest, n=5)[-1] if len(latest) > 1 else 0.0


def fit(snapshot: Snapshot, days_ahead: int = NEXT_EVENT, *, _every: Outcomes | None = None) -> Forecaster:
    """Learn from the held events with a count; `_every` has the outcomes of all events if known."""
    held = (_every or outcomes(snapshot)).held
    return Forecaster([(past.event, past.guests) for past in held if past.guests is not None], days_ahead)


def forecasts(
    events: Iterable[Event], today: dt.date, near: Forecaster, far: Forecaster
) -> tuple[tuple[Event, Expected], ...]:
    """Forecasts of these events, those `AHEAD` days away or more from `far`; none if too few events are counted."""
    if len(near.past) < FEWEST:
        return ()
    first_far = today + dt.timedelta(days=AHEAD)
    return tuple((event, (far if event.date >= first_far else near).expect(event)) for event in events)


TRIED = 100
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
            f"{right(self.tried)}. Off by {with_guests(number(self.error_of('forecast')))} on average ({rules})."
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
    tried = []
    past, labels = forecaster.past, forecaster.labels
    for place in range(max(0, len(past) - TRIED), len(past)):
        (event, guests), made = past[place], forecaster.made[place]
        if made.known >= FEWEST:
            venue, first_day = labels[place].get(VENUE), event.date - dt.timedelta(days=365)
            every = [count for _, count in past[: made.known]]
            here = [count for count, of in zip(every, labels, strict=False) if venue and of.get(VENUE) == venue]
            of_year = [count for earlier, count in past[: made.known] if earlier.date >= first_day]
            counts = (here or every, here[-1:] or every, of_year or every, every)
            tried.append(Tried(event, guests, made, dict(zip(RULES, map(statistics.median, counts), strict=True))))
    return Backtest(tuple(tried), forecaster.days_ahead)


def _mean(values: Iterable[float]) -> float | None:
    numbers = list(values)
    return statistics.fmean(numbers) if numbers else None
