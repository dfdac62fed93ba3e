"""Backtest: forecast past events from earlier counts alone, and compare the forecasts with the counts.

A forecast is that of the mixed model, moved by 30% of how far the last counts at its venue were from the model (an
exponential smoothing with factor 0.3). The range is the normal one of a new observation, on the logarithms. Its width
follows the past in two ways. A venue whose counts were further from their forecasts than others' gets a wider range,
drawn toward that of the whole as if 8 more of its counts had been as usual. And a miss widens all later ranges and a
hit narrows them, so that four of five counts are inside even if the model is wrong (adaptive conformal inference: Gibbs
and Candès, 2021, equation 2). All events of a day are judged together, with the range that each had.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from bisect import bisect_left, bisect_right, insort
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from cwac.analysis.attendance import TOO_FEW, Outcomes, outcomes
from cwac.analysis.mixed_model import OLDEST, Counted, Labels, Model, estimate, labels_of, to_guests, to_log
from cwac.analysis.words import number
from cwac.model import Event, Snapshot
from cwac.rounding import percent

FEWEST = 15
"""Counted events below which there is no forecast."""
LATEST = 100
"""The most events that a backtest forecasts, the latest ones."""
SHARE_FROM = 20
"""Events tried below which no share of them is told."""
NEXT_EVENT, AHEAD = 1, 30
"""The two horizons: a forecast is made from the counts up to this many days before the event."""
OUTSIDE = 0.2
"""The share of counts that may lie outside the range."""
STEP = 0.05
"""How much a hit or a miss changes the width."""
SMOOTHING = 0.3
RECENT = 12
"""The counts at a venue that are smoothed, the latest ones; an older one would weigh less than 2%."""
RECENT_WEIGHT = 0.3
"""Weight of the smoothed distances at a venue with many counts; fewer counts weigh less, and a single one nothing."""
VENUE_WEIGHT = 8
"""The width at a venue is drawn to that of all as if by this many usual counts."""


# --- one forecast ---------------------------------------------------------------------------------------------------


class Series:
    """The counted events by start, with their labels and the places of each venue's events among them."""

    def __init__(self, past: Sequence[Counted]) -> None:
        self.past = past
        self.days = [event.date for event, _ in past]
        self.labels = [labels_of(event) for event, _ in past]
        self.at_venue: dict[str, list[int]] = defaultdict(list)
        for place, labels in enumerate(self.labels):
            if venue := labels.get("venue"):
                self.at_venue[venue].append(place)

    def until(self, day: dt.date) -> int:
        """The number of events up to a day."""
        return bisect_right(self.days, day)

    def here_before(self, venue: str | None, start: int) -> list[int]:
        """The places of the events at a venue among the first `start`."""
        here = self.at_venue.get(venue or "", [])
        return here[: bisect_left(here, start)]


@dataclass(frozen=True, slots=True)
class Expected:
    """A forecast as logarithm, and its standard deviation."""

    log: float
    deviation: float

    def range(self, width: float) -> tuple[float, float]:
        """The guests at `width` standard deviations to each side."""
        return to_guests(self.log - width * self.deviation), to_guests(self.log + width * self.deviation)


@dataclass(frozen=True, slots=True)
class Forecaster:
    """Forecasts from a model and the latest counts at each venue."""

    model: Model
    series: Series
    _fitted: dict[int, float] = field(default_factory=dict, repr=False)

    def expect(self, event: Event, labels: Labels, start: int) -> Expected:
        """The forecast for an event from the first `start` events of the series."""
        here = self.series.here_before(labels.get("venue"), start)[-RECENT:]
        recent = [place for place in here if place >= start - OLDEST]
        beyond = smoothed([to_log(self.series.past[place][1]) - self._expected(place) for place in recent])
        # The model already draws a single count toward the whole; only a row of them tells where the venue is going.
        weight = RECENT_WEIGHT * (len(recent) - 1) / len(recent) if recent else 0.0
        log = self.model.expected(event, labels) + weight * beyond
        return Expected(log, self.model.deviation(event, labels))

    def _expected(self, place: int) -> float:
        """The model's prediction for an event of the series, computed once."""
        if place not in self._fitted:
            self._fitted[place] = self.model.expected(self.series.past[place][0], self.series.labels[place])
        return self._fitted[place]


def smoothed(values: Sequence[float]) -> float:
    """The level after exponential smoothing from the first value on; 0 if there is none."""
    if not values:
        return 0.0
    level = values[0]
    for value in values[1:]:
        level += SMOOTHING * (value - level)
    return level


class Width:
    """How many standard deviations the range extends to each side, from how earlier forecasts did."""

    def __init__(self) -> None:
        self.outside = OUTSIDE
        self._sums: dict[str | None, float] = defaultdict(float)
        self._visits: Counter[str | None] = Counter()
        self._sum = 0.0

    def of(self, venue: str | None) -> float:
        share = min(max(self.outside, 0.05), 0.5)
        return statistics.NormalDist().inv_cdf(1 - share / 2) * self.scale(venue)

    def scale(self, venue: str | None) -> float:
        """How much wider a venue's range is than others', from its distances to the forecasts and 8 usual ones."""
        n = self._visits.total()
        if not self._sum or venue is None:
            return 1.0
        usual = self._sum / n
        return (VENUE_WEIGHT * usual + self._sums[venue]) / ((VENUE_WEIGHT + self._visits[venue]) * usual)

    def learn(self, venue: str | None, distance: float, *, inside: bool) -> None:
        """Adapt to one count: its distance from the forecast in standard deviations, and whether the range had it."""
        self.outside += STEP * (OUTSIDE - (not inside))
        self._sum += distance
        self._sums[venue] += distance
        self._visits[venue] += 1


# --- the backtest ---------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class InRange:
    """How many of `n` counts lay in their 80% range; the share and its 95% interval are None below 20."""

    inside: int
    n: int

    @property
    def share(self) -> float | None:
        return self.inside / self.n if self.n >= SHARE_FROM else None

    @property
    def interval(self) -> tuple[float, float] | None:
        return wilson(self.inside, self.n) if self.n >= SHARE_FROM else None

    @property
    def words(self) -> str:
        """Such as "81 of 100, 81% (95% range 72% to 87%)"; no share below 20."""
        of = f"{self.inside} of {self.n}"
        if self.share is None or self.interval is None:
            return f"{of}, too few for a share"
        low, high = self.interval
        return f"{of}, {percent(self.share)} (95% range {percent(low)} to {percent(high)})"


@dataclass(frozen=True, slots=True)
class Tried:
    """A past event with its forecast from what was known before, the 80% range, and the forecasts of simple rules."""

    event: Event
    guests: float
    forecast: float
    low: float
    high: float
    by_rule: Mapping[str, float]
    first_visit: bool

    @property
    def inside(self) -> bool:
        return self.low <= self.guests <= self.high


RULES = {
    "venue_median": "Typical count at the venue",
    "last_visit": "Last time at the venue",
    "last_year": "Typical count of the last 12 months",
    "median": "Typical count of all events",
}
"""The simple rules beside the forecast; at a first visit those of the venue take the median of all events."""


@dataclass(frozen=True)
class Backtest:
    """The accuracy of forecasts of past events, each made from the counts up to `days_ahead` days before it."""

    tried: tuple[Tried, ...]
    days_ahead: int = NEXT_EVENT

    @property
    def n(self) -> int:
        return len(self.tried)

    @property
    def first_visits(self) -> int:
        return sum(tried.first_visit for tried in self.tried)

    @cached_property
    def error(self) -> float | None:
        """The mean distance of the forecasts from the counts, in guests."""
        return _mean(abs(tried.guests - tried.forecast) for tried in self.tried)

    def error_of(self, rule: str) -> float | None:
        """The same of a simple rule."""
        return _mean(abs(tried.guests - tried.by_rule[rule]) for tried in self.tried)

    @property
    def in_range(self) -> InRange:
        return InRange(sum(tried.inside for tried in self.tried), self.n)

    @property
    def mean_width(self) -> float | None:
        return _mean(tried.high - tried.low for tried in self.tried)

    @property
    def interval_score(self) -> float | None:
        """The mean width, plus for each miss ten times its distance from the range; smaller is better."""
        return _mean(winkler(tried.low, tried.high, tried.guests) for tried in self.tried)

    @cached_property
    def by_venue(self) -> Mapping[str, InRange]:
        """Venue and town -> the counts in the range there, where enough events were tried, most events first."""
        inside: Counter[str] = Counter()
        n: Counter[str] = Counter()
        for tried in self.tried:
            venue = tried.event.venue.name if tried.event.venue else tried.event.venue_text
            if venue is not None:
                name = ", ".join(filter(None, (venue, tried.event.town)))
                n[name] += 1
                inside[name] += tried.inside
        enough = sorted((-count, name) for name, count in n.items() if count >= SHARE_FROM)
        return {name: InRange(inside[name], n[name]) for _, name in enough}

    @property
    def words(self) -> str:
        """The result in two or three sentences."""
        if self.error is None:
            return f"Not yet tried on the past: {TOO_FEW}."
        events = f"{self.n} past event{'s' * (self.n != 1)}"
        when = "earlier days" if self.days_ahead == NEXT_EVENT else f"what was known {self.days_ahead} days before"
        rules = "; ".join(f"{name[0].lower()}{name[1:]}: {number(self.error_of(rule))}" for rule, name in RULES.items())
        best = min(RULES, key=lambda rule: self.error_of(rule) or 0.0)
        nearer = number(self.error_of(best)) != number(self.error) and (self.error_of(best) or 0.0) < self.error
        return (
            f"Tried on {events}, each forecast from {when}: off by {number(self.error)} guests on average "
            f"({rules}). {f'{RULES[best]} was nearer than the forecast. ' if nearer else ''}"
            f"In the 80% range: {self.in_range.words}."
        )

    def as_dict(self) -> dict[str, object]:
        """The figures by name, as the command line writes them to JSON."""
        low, high = self.in_range.interval or (None, None)
        return {
            "n": self.n,
            "first_visits": self.first_visits,
            "error": self.error,
            "last_visit_error": self.error_of("last_visit"),
            "median_error": self.error_of("median"),
            "coverage": self.in_range.share,
            "days_ahead": self.days_ahead,
            "venue_median_error": self.error_of("venue_median"),
            "last_year_error": self.error_of("last_year"),
            "inside": self.in_range.inside,
            "coverage_low": low,
            "coverage_high": high,
            "mean_width": self.mean_width,
            "interval_score": self.interval_score,
            "by_venue": [
                {
                    "venue": venue,
                    "n": at_venue.n,
                    "inside": at_venue.inside,
                    "coverage": at_venue.share,
                    "coverage_low": at_venue.interval[0] if at_venue.interval else None,
                    "coverage_high": at_venue.interval[1] if at_venue.interval else None,
                }
                for venue, at_venue in self.by_venue.items()
            ],
        }


HELD_BY_ADJUSTING = (
    "The share in the range is held near 80% by adjusting the width: a miss widens the next ranges, a hit narrows "
    "them. So it does not prove the forecast good. A good forecast is near the counts, with a narrow range."
)


@dataclass(frozen=True)
class Replay:
    """The backtests at both horizons, and what the next forecasts use: the widths, the last model and the series."""

    next_event: Backtest
    ahead: Backtest
    width: Width
    width_ahead: Width
    model: Model | None = None
    series: Series = field(default_factory=lambda: Series(()), repr=False)

    @property
    def rows(self) -> tuple[tuple[str, str, str], ...]:
        """Rows of a table of both backtests: name of the figure, for the next event, 30 days ahead."""
        both = (self.next_event, self.ahead)

        def row(name: str, cells: Iterable[str]) -> tuple[str, str, str]:
            first, second = cells
            return name, first, second

        def figures(name: str, values: Iterable[float | None]) -> tuple[str, str, str]:
            return row(name, ("not tried" if value is None else number(value) for value in values))

        return (
            row("Past events tried", (str(backtest.n) for backtest in both)),
            figures("Forecast: off by, guests on average", (backtest.error for backtest in both)),
            *(
                figures(f"{name}: off by", (backtest.error_of(rule) for backtest in both))
                for rule, name in RULES.items()
            ),
            row(
                "Counts in the 80% range", (backtest.in_range.words if backtest.n else "not tried" for backtest in both)
            ),
            figures("Width of the 80% range, guests on average", (backtest.mean_width for backtest in both)),
            figures("Interval score (width and misses; smaller is better)", (each.interval_score for each in both)),
        )


def counted_events(snapshot: Snapshot, every: Outcomes | None = None) -> tuple[Counted, ...]:
    """The held events with a count and their guests, by start; estimated counts are used as they are.

    `every`: the outcomes of all events, if known.
    """
    held = (every or outcomes(snapshot)).held
    return tuple([(past.event, guests) for past in held if (guests := past.guests) is not None])


def replay(snapshot: Snapshot, *, _every: Outcomes | None = None) -> Replay:
    """Forecast each past event from those of earlier days, and from what was known 30 days before."""
    return replay_of(counted_events(snapshot, _every))


def replay_of(past: Sequence[Counted]) -> Replay:
    series = Series(past)
    forecasters = _forecasters(series)
    next_event, width = _tries(series, forecasters, NEXT_EVENT)
    ahead, width_ahead = _tries(series, forecasters, AHEAD)
    last = forecasters[max(forecasters)].model if forecasters else None
    return Replay(Backtest(next_event), Backtest(ahead, AHEAD), width, width_ahead, last, series)


def _starts(series: Series, days_ahead: int) -> list[tuple[int, int]]:
    """The place of each event to try, and how many events are known when it is forecast."""
    places = range(max(0, len(series.past) - LATEST), len(series.past))
    ahead = dt.timedelta(days=days_ahead)
    starts = [(place, series.until(series.days[place] - ahead)) for place in places]
    return [(place, start) for place, start in starts if start >= FEWEST]


def _forecasters(series: Series) -> dict[int, Forecaster]:
    """Number of events known -> the forecaster then.

    Estimating again for every event of a long series costs much and changes nothing.
    """
    forecasters: dict[int, Forecaster] = {}
    latest: Forecaster | None = None
    for start in sorted({start for days_ahead in (NEXT_EVENT, AHEAD) for _, start in _starts(series, days_ahead)}):
        if latest is None or start > latest.model.n * 1.02:
            model = estimate(series.past[:start], latest.model if latest else None, series.labels[:start])
            latest = Forecaster(model, series)
        forecasters[start] = latest
    return forecasters


def _tries(series: Series, forecasters: Mapping[int, Forecaster], days_ahead: int) -> tuple[tuple[Tried, ...], Width]:
    width = Width()
    rules = _SimpleForecasts(series)
    tries: list[Tried] = []
    waiting: deque[tuple[int, Tried, float]] = deque()

    def learn(before: int) -> None:
        """Judge the forecasts of the events that are among the first `before`."""
        while waiting and waiting[0][0] < before:
            place, tried, distance = waiting.popleft()
            width.learn(series.labels[place].get("venue"), distance, inside=tried.inside)

    for place, start in _starts(series, days_ahead):
        learn(start)
        event, guests = series.past[place]
        labels = series.labels[place]
        expected = forecasters[start].expect(event, labels, start)
        low, high = expected.range(width.of(labels.get("venue")))
        by_rule = rules.forecasts(start, event.date, labels)
        first_visit = not series.here_before(labels.get("venue"), start)
        tried = Tried(event, guests, to_guests(expected.log), low, high, by_rule, first_visit)
        tries.append(tried)
        waiting.append((place, tried, abs(to_log(guests) - expected.log) / expected.deviation))
    learn(len(series.past))
    return tuple(tries), width


class _SimpleForecasts:
    """The simple forecasts, from more and more events."""

    def __init__(self, series: Series) -> None:
        self._series = series
        self._all: list[float] = []
        self._year: list[float] = []
        self._first_of_year = 0

    def forecasts(self, start: int, day: dt.date, labels: Labels) -> Mapping[str, float]:
        """Rule -> its forecast from the first `start` events, the last 12 months being those before `day`."""
        past, days = self._series.past, self._series.days
        year_began = day - dt.timedelta(days=365)
        if not self._all:  # thousands of events, which would take long to insert one by one
            self._first_of_year = bisect_left(days, year_began, 0, start)
            self._all = sorted([guests for _, guests in past[:start]])
            self._year = sorted([guests for _, guests in past[self._first_of_year : start]])
        for place in range(len(self._all), start):
            insort(self._all, past[place][1])
            insort(self._year, past[place][1])
        while self._first_of_year < start and days[self._first_of_year] < year_began:
            del self._year[bisect_left(self._year, past[self._first_of_year][1])]
            self._first_of_year += 1
        median = _middle(self._all)
        here = [past[place][1] for place in self._series.here_before(labels.get("venue"), start)]
        return {
            "venue_median": statistics.median(here) if here else median,
            "last_visit": here[-1] if here else median,
            "last_year": _middle(self._year) if self._year else median,
            "median": median,
        }


def _middle(ordered: Sequence[float]) -> float:
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _mean(values: Iterable[float]) -> float | None:
    numbers = list(values)
    return math.fsum(numbers) / len(numbers) if numbers else None


def wilson(inside: int, n: int) -> tuple[float, float]:
    """Wilson's 95% interval of a share (1927)."""
    z = statistics.NormalDist().inv_cdf(0.975)
    middle = (inside + z * z / 2) / (n + z * z)
    half = z * math.sqrt(inside * (n - inside) / n + z * z / 4) / (n + z * z)
    return max(0.0, middle - half), min(1.0, middle + half)


def winkler(low: float, high: float, guests: float) -> float:
    """The interval score of an 80% range (Winkler, 1972)."""
    return high - low + 2 / OUTSIDE * max(low - guests, guests - high, 0.0)
