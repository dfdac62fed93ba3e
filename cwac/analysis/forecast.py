"""Forecast the guests of coming events, with an 80 % range, and backtest the forecasts on past events.

The model: venue, town, weekday, hour and season each push the count up or down by a factor. A factor seen at few events
is drawn towards 1, and more so if such factors differ little from one another.

In a formula: y = ln(1 + guests) = m + u[venue] + u[town] + u[weekday] + u[hour] + u[season] + e, with u ~ N(0, t²) for
each of the five kinds and e ~ N(0, s²): a linear mixed model. The u are its best linear unbiased predictions, from
Henderson's mixed-model equations; t² and s² are estimated by EM-REML (Searle, Casella and McCulloch, "Variance
Components", 1992, chapters 7 and 8). The range is the normal one of a new observation, on the logarithms. Its
width is adapted to the past: every past event is forecast from those before it, a miss widens the range and a hit
narrows it, so that four of five counts are inside even if the model is wrong (adaptive conformal inference: Gibbs and
Candès, 2021, equation 2).
"""

from __future__ import annotations

import math
import statistics
from bisect import bisect_left, insort
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cwac.analysis.attendance import TOO_FEW, number, outcomes, season
from cwac.analysis.events import upcoming
from cwac.model import Event, Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 15
"""Counted events below which there is no forecast."""
LATEST = 100
"""The most events that a backtest forecasts, the latest ones."""
OUTSIDE = 0.2
"""The share of counts that may lie outside the range."""
STEP = 0.1
"""How much a hit or a miss changes the width; large, because the series is short."""
OLDEST = 500
"""The most counted events in the model, the latest ones, since older ones say little about next month."""
KINDS = ("venue", "town", "weekday", "hour", "season")
_HOURS = ((9, "before 9 AM"), (11, "9 to 11 AM"), (14, "11 AM to 2 PM"), (17, "2 to 5 PM"), (24, "after 5 PM"))

Counted = tuple[Event, float]


# --- the answers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast for one event: `guests` and the 80 % range, None if there are too few counted events.

    Based on `n` counted events, `at_venue` of them at its venue.
    """

    event: Event
    guests: float | None
    low: float | None
    high: float | None
    n: int
    at_venue: int

    @property
    def words(self) -> str:
        if self.guests is None or self.low is None or self.high is None:
            return f"{TOO_FEW.capitalize()}: {self.n} counted, and it takes {FEWEST}."
        at_venue = "none" if not self.at_venue else str(self.at_venue)
        return (
            f"About {self.guests:.0f} guests; 8 of 10 such events have {self.low:.0f} to {self.high:.0f} "
            f"(n {self.n}, {at_venue} at this venue)."
        )


@dataclass(frozen=True, slots=True)
class Backtest:
    """The accuracy of forecasts of past events, each made from earlier events only.

    `error`, `last_visit_error` and `median_error` are mean absolute errors in guests over the same `n` events: of the
    model, of "as many as the last time at this venue" (or the overall median at a first visit), and of the overall
    median. `coverage` is the share of counts inside the 80 % range. All are None if n is 0.
    """

    n: int
    first_visits: int = 0
    error: float | None = None
    last_visit_error: float | None = None
    median_error: float | None = None
    coverage: float | None = None

    @property
    def words(self) -> str:
        if self.error is None or self.coverage is None:
            return f"Not yet tried on the past: {TOO_FEW}."
        return (
            f"Tried on {self.n} past events, each from those before it: off by {number(self.error)} guests on average "
            f"(last time at this venue: {number(self.last_visit_error)}; overall median: {number(self.median_error)}); "
            f"{self.coverage * 100:.0f} % of the counts lay in the 80 % range."
        )


def forecasts(
    snapshot: Snapshot, events: Iterable[Event] | None = None, *, _fitted: Fitted | None = None
) -> tuple[Forecast, ...]:
    """Forecasts for these events, or for all coming events by start."""
    fitted = _fitted or fit(snapshot)

    def forecast(event: Event) -> Forecast:
        venue = _labels(event).get("venue")
        guests, low, high = fitted.model.forecast(event, fitted.width) if fitted.model else (None, None, None)
        return Forecast(event, guests, low, high, fitted.n, fitted.visits[venue] if venue is not None else 0)

    return tuple(map(forecast, upcoming(snapshot, snapshot.today) if events is None else events))


@dataclass(frozen=True, slots=True)
class Fitted:
    """The model estimated from `n` counted events, None if they are too few.

    `width` is how many standard deviations the range extends to each side; `visits` counts the events by venue label.
    """

    model: Model | None
    width: float
    n: int
    visits: Counter[str | None]


def fit(snapshot: Snapshot, *, _replayed: Replay | None = None) -> Fitted:
    past = counted_events(snapshot)
    model, width = None, 0.0
    if len(past) >= FEWEST:
        model, width = estimate(past), (_replayed or replay(snapshot)).width
    return Fitted(model, width, len(past), Counter(_labels(event).get("venue") for event, _ in past))


def counted_events(snapshot: Snapshot) -> tuple[Counted, ...]:
    """The held events with a count and their guests, by start; estimated counts are used as they are."""
    held = outcomes(snapshot).held
    return tuple((past.event, guests) for past in held if (guests := past.guests) is not None)


def backtest(snapshot: Snapshot) -> Backtest:
    """Forecast each past event from those of earlier days (a rolling origin), and compare with its count."""
    return replay(snapshot).backtest


@dataclass(frozen=True, slots=True)
class Replay:
    """The backtest, and the width of the next range in standard deviations to each side."""

    backtest: Backtest
    width: float


def replay(snapshot: Snapshot) -> Replay:
    past = counted_events(snapshot)
    days = [event.date for event, _ in past]
    first = max(0, len(past) - LATEST)
    start = bisect_left(days, days[first]) if past else 0
    baselines = _Baselines(past[:start])
    errors: list[float] = []
    last_visit_errors: list[float] = []
    median_errors: list[float] = []
    hits = first_visits = 0
    outside = OUTSIDE
    model: Model | None = None
    for event, guests in past[first:]:
        while days[start] < event.date:
            baselines.add(*past[start])
            start += 1
        if start < FEWEST:
            continue
        # Estimating again for every event of a long series costs much and changes nothing.
        if model is None or start > model.n * 1.02:
            model = estimate(past[:start], model)
        forecast, low, high = model.forecast(event, _width(outside))
        hit = low <= guests <= high
        outside += STEP * (OUTSIDE - (not hit))
        median, last_visit = baselines.median(), baselines.last_visit(event)
        first_visits += last_visit is None
        hits += hit
        errors.append(abs(guests - forecast))
        last_visit_errors.append(abs(guests - (median if last_visit is None else last_visit)))
        median_errors.append(abs(guests - median))
    if not errors:
        return Replay(Backtest(0), _width(outside))
    result = Backtest(
        n=len(errors),
        first_visits=first_visits,
        error=statistics.fmean(errors),
        last_visit_error=statistics.fmean(last_visit_errors),
        median_error=statistics.fmean(median_errors),
        coverage=hits / len(errors),
    )
    return Replay(result, _width(outside))


class _Baselines:
    """The simple forecasts that the model must beat, from the events so far."""

    def __init__(self, past: Sequence[Counted]) -> None:
        self._guests: list[float] = []
        self._last_by_venue: dict[str, float] = {}
        for event, guests in past:
            self.add(event, guests)

    def add(self, event: Event, guests: float) -> None:
        insort(self._guests, guests)
        if venue := _labels(event).get("venue"):
            self._last_by_venue[venue] = guests

    def median(self) -> float:
        middle = len(self._guests) // 2
        return (self._guests[(len(self._guests) - 1) // 2] + self._guests[middle]) / 2

    def last_visit(self, event: Event) -> float | None:
        """The guests of the last event at this venue, None for a first visit."""
        return self._last_by_venue.get(_labels(event).get("venue", ""))


def _width(outside: float) -> float:
    """The standard deviations to each side that leave this share of a normal distribution outside; from 0.7 to 2."""
    return statistics.NormalDist().inv_cdf(1 - min(max(outside, 0.05), 0.5) / 2)


# --- the model --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Model:
    """The mixed model, estimated from `n` events.

    `effects[0]` is m, and `places` has the index of each label's effect. `covariance` is that of the prediction errors;
    `variances` are t² by kind, and `noise` is s².
    """

    n: int
    places: Mapping[tuple[str, str], int]
    effects: NDArray[Any]
    covariance: NDArray[Any]
    variances: Mapping[str, float]
    noise: float

    def forecast(self, event: Event, width: float) -> tuple[float, float, float]:
        """Expected guests, and the range of `width` standard deviations to each side.

        A label not seen before adds to the variance only.
        """
        labels = _labels(event).items()
        own = [0] + [self.places[label] for label in labels if label in self.places]
        unseen = sum(self.variances[kind] for kind, label in labels if (kind, label) not in self.places)
        middle = float(self.effects[own].sum())
        deviation = math.sqrt(float(self.covariance[own][:, own].sum()) + unseen + self.noise)
        low, high = (max(0.0, math.expm1(middle + side * width * deviation)) for side in (-1, 1))
        return max(0.0, math.expm1(middle)), low, high


def estimate(past: Sequence[Counted], start: Model | None = None) -> Model:
    """Estimate the model, in fewer steps if `start` is an earlier one."""
    import numpy as np

    latest = past[-OLDEST:]
    labels = [_labels(event) for event, _ in latest]
    distinct = dict.fromkeys(label for of_event in labels for label in of_event.items())
    places = {label: place for place, label in enumerate(distinct, start=1)}
    logs = [math.log1p(guests) for _, guests in latest]
    squares, products = np.zeros((len(places) + 1, len(places) + 1)), np.zeros(len(places) + 1)
    for of_event, log in zip(labels, logs, strict=True):
        own = [0] + [places[label] for label in of_event.items()]
        squares[np.ix_(own, own)] += 1
        products[own] += log
    total = math.fsum(log * log for log in logs)
    by_kind = {kind: [place for label, place in places.items() if label[0] == kind] for kind in KINDS}
    spread = max(statistics.pvariance(logs), 1e-4)
    variances = dict(start.variances) if start else dict.fromkeys(KINDS, spread / 10)
    noise = start.noise if start else spread / 2
    # EM converges slowly and never overshoots, so the number of steps is fixed instead of depending on a tolerance.
    for _ in range(15 if start else 60):
        covariance, effects = _solve(squares, products, places, variances, noise)
        residual = total - 2 * effects @ products + effects @ squares @ effects
        noise = max(float(residual + (squares * covariance).sum()) / len(latest), 1e-6)
        for kind, own in by_kind.items():
            if own:
                sum_of_squares = float(effects[own] @ effects[own] + covariance[own, own].sum())
                variances[kind] = max(sum_of_squares / len(own), 1e-6)
    covariance, effects = _solve(squares, products, places, variances, noise)
    return Model(len(past), places, effects, covariance, variances, noise)


def _solve(
    squares: NDArray[Any],
    products: NDArray[Any],
    places: Mapping[tuple[str, str], int],
    variances: Mapping[str, float],
    noise: float,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Henderson's equations: the covariance of the prediction errors, and the effects."""
    import numpy as np

    shrinkage = np.array([0.0] + [1 / variances[kind] for kind, _ in places])
    covariance = np.linalg.inv(squares / noise + np.diag(shrinkage))
    return covariance, covariance @ products / noise


def _labels(event: Event) -> Mapping[str, str]:
    """Kind -> the event's label of that kind; unknown ones are left out."""
    venue = event.venue.name if event.venue else event.venue_text
    labels = {"weekday": str(event.date.weekday()), "season": season(event.date)}
    if venue is not None:
        labels["venue"] = f"{venue.casefold()}, {event.town or ''}"
    if event.town is not None:
        labels["town"] = event.town
    if event.start is not None:
        labels["hour"] = next(band for before, band in _HOURS if event.start.hour < before)
    return labels
