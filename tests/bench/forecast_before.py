"""The forecast as it was before the venue-weekday effect, kept as a reference column of the bench.

The mixed model and the adapted width are copied unchanged; only what the bench does not use is left out.
"""

from __future__ import annotations

import datetime as dt
import math
import statistics
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cwac.analysis.attendance import season
from cwac.model import Event

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 15
LATEST = 100
OUTSIDE = 0.2
STEP = 0.1
OLDEST = 500
KINDS = ("venue", "town", "weekday", "hour", "season")
_HOURS = ((9, "before 9 AM"), (11, "9 to 11 AM"), (14, "11 AM to 2 PM"), (17, "2 to 5 PM"), (24, "after 5 PM"))

Counted = tuple[Event, float]


def replay(past: Sequence[Counted], days_ahead: int = 1) -> list[tuple[int, float, float, float]]:
    """The index of each event tried, with its forecast and its range, from the counts up to so many days before it.

    The width followed one count at once, so two events of one day had different ranges; that is left as it was.
    """
    days = [event.date for event, _ in past]
    ahead = dt.timedelta(days=days_ahead)
    tried: list[tuple[int, float, float, float]] = []
    waiting: list[tuple[dt.date, bool]] = []
    outside = OUTSIDE
    model: Model | None = None
    for number in range(max(0, len(past) - LATEST), len(past)):
        event, guests = past[number]
        start = bisect_right(days, event.date - ahead)
        if start < FEWEST:
            continue
        while waiting and (days_ahead == 1 or waiting[0][0] <= event.date - ahead):
            outside += STEP * (OUTSIDE - (not waiting.pop(0)[1]))
        if model is None or start > model.n * 1.02:
            model = estimate(past[:start], model)
        forecast, low, high = model.forecast(event, _width(outside))
        waiting.append((event.date, low <= guests <= high))
        tried.append((number, forecast, low, high))
    return tried


def _width(outside: float) -> float:
    """The standard deviations to each side that leave this share of a normal distribution outside; from 0.7 to 2."""
    return statistics.NormalDist().inv_cdf(1 - min(max(outside, 0.05), 0.5) / 2)


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
