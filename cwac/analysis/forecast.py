"""How many guests a coming event may expect, with an 80 % range, and how far past forecasts were off.

The model, in plain words: each of venue, town, weekday, hour and season pushes the count up or down by a factor; a
factor seen at few events is drawn towards 1, the more so the less such factors differ from one another.

In a formula: y = ln(1 + guests) = m + u[venue] + u[town] + u[weekday] + u[hour] + u[season] + e, with u ~ N(0, t²) for
each of the five kinds and e ~ N(0, s²): a linear mixed model. The u are its best linear unbiased predictions, from
Henderson's mixed-model equations; t² and s² are estimated by EM-REML (Searle, Casella and McCulloch, "Variance
Components", 1992, chapters 7 and 8). The range is the normal one of a new observation, on the logarithms, but as wide
as the past asks for: every past event is forecast from those before it, a miss widens the range and a hit narrows it,
so that four of five counts come to lie inside whatever the model has wrong (adaptive conformal inference: Gibbs and
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

from cwac.analysis.attendance import TOO_FEW, number, program, season
from cwac.analysis.events import upcoming
from cwac.model import Event, Snapshot

if TYPE_CHECKING:
    from numpy.typing import NDArray

FEWEST = 15
"""Counted events below which nothing is forecast."""
LATEST = 100
"""A backtest forecasts so many events at most, the latest ones."""
OUTSIDE = 0.2
"""The share of counts that may lie outside the range."""
STEP = 0.1
"""How much a miss, or a hit, moves the width: large, since a series is short."""
OLDEST = 500
"""The model learns from so many counted events at most, the latest ones: what is older says little of next month."""
KINDS = ("venue", "town", "weekday", "hour", "season")
_HOURS = ((9, "before 9 AM"), (11, "9 to 11 AM"), (14, "11 AM to 2 PM"), (17, "2 to 5 PM"), (24, "after 5 PM"))

Counted = tuple[Event, float]


# --- the answers ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expectation:
    """For one event: `guests` and the 80 % range, None where refused.

    Learnt from `n` counted events, `here` of them at its venue.
    """

    event: Event
    guests: float | None
    low: float | None
    high: float | None
    n: int
    here: int

    @property
    def words(self) -> str:
        if self.guests is None or self.low is None or self.high is None:
            return f"{TOO_FEW.capitalize()}: {self.n} counted, and it takes {FEWEST}."
        here = "none" if not self.here else str(self.here)
        return (
            f"About {self.guests:.0f} guests; 8 of 10 such events have {self.low:.0f} to {self.high:.0f} "
            f"(n {self.n}, {here} at this venue)."
        )


@dataclass(frozen=True, slots=True)
class Backtest:
    """How forecasts of the past would have done, each from the events before it only.

    `error`, `last_visit_error` and `median_error` are mean absolute errors in guests, over the same `n` events: of this
    model, of "as many as the last time at this venue" (at a first visit: as the overall median) and of "as many as the
    overall median". `coverage` is the share of counts inside the 80 % range. All None where n is 0.
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


def expected(
    snapshot: Snapshot, events: Iterable[Event] | None = None, *, _learnt: Learnt | None = None
) -> tuple[Expectation, ...]:
    """What to expect of the events given, else of all that are coming, by start."""
    model, reach, n, visits = _learnt or learnt(snapshot)

    def of(event: Event) -> Expectation:
        venue = _labels(event).get("venue")
        guests, low, high = model.forecast(event, reach) if model else (None, None, None)
        return Expectation(event, guests, low, high, n, visits[venue] if venue is not None else 0)

    return tuple(map(of, upcoming(snapshot, snapshot.today) if events is None else events))


Learnt = tuple["Model | None", float, int, Counter[str | None]]


def learnt(snapshot: Snapshot, *, _tried: tuple[Backtest, float] | None = None) -> Learnt:
    """What the past teaches, how many standard deviations a range is to reach to either side, and from how many
    events it was learnt, of each venue.
    """
    past = counted(snapshot)
    model, reach = (fit(past), (_tried or tried(snapshot))[1]) if len(past) >= FEWEST else (None, 0.0)
    return model, reach, len(past), Counter(_labels(event).get("venue") for event, _ in past)


def tried(snapshot: Snapshot) -> tuple[Backtest, float]:
    """The backtest, and how many standard deviations the next range is to reach to either side."""
    return _replay(counted(snapshot))


def counted(snapshot: Snapshot) -> tuple[Counted, ...]:
    """The held events that somebody counted, by start; estimates count as they stand."""
    held = program(snapshot).held
    return tuple((one.event, guests) for one in held if (guests := one.guests) is not None)


def backtest(snapshot: Snapshot) -> Backtest:
    """Forecast each past event from those of earlier days (a rolling origin), and compare with its count."""
    return tried(snapshot)[0]


def _replay(past: Sequence[Counted]) -> tuple[Backtest, float]:
    """The backtest, and how many standard deviations the next range is to reach to either side."""
    days = [event.date for event, _ in past]
    start = bisect_left(days, days[max(0, len(past) - LATEST)]) if past else 0
    earlier = sorted(guests for _, guests in past[:start])
    last_visit = {venue: guests for event, guests in past[:start] if (venue := _labels(event).get("venue"))}
    errors: list[float] = []
    last_visit_errors: list[float] = []
    median_errors: list[float] = []
    inside = first_visits = 0
    outside = OUTSIDE
    model: Model | None = None
    for place in range(max(0, len(past) - LATEST), len(past)):
        event, guests = past[place]
        while days[start] < event.date:
            one, came = past[start]
            insort(earlier, came)
            if venue := _labels(one).get("venue"):
                last_visit[venue] = came
            start += 1
        if start < FEWEST:
            continue
        # Estimating anew for every event of a long series costs much and changes nothing.
        if model is None or start > model.n * 1.02:
            model = fit(past[:start], model)
        forecast, low, high = model.forecast(event, _reach(outside))
        hit = low <= guests <= high
        outside += STEP * (OUTSIDE - (not hit))
        median = (earlier[(start - 1) // 2] + earlier[start // 2]) / 2
        last = last_visit.get(_labels(event).get("venue", ""))
        first_visits += last is None
        inside += hit
        errors.append(abs(guests - forecast))
        last_visit_errors.append(abs(guests - (median if last is None else last)))
        median_errors.append(abs(guests - median))
    if not errors:
        return Backtest(0), _reach(outside)
    found = Backtest(
        n=len(errors),
        first_visits=first_visits,
        error=statistics.fmean(errors),
        last_visit_error=statistics.fmean(last_visit_errors),
        median_error=statistics.fmean(median_errors),
        coverage=inside / len(errors),
    )
    return found, _reach(outside)


def _reach(outside: float) -> float:
    """Standard deviations to either side that leave so much of a normal distribution outside; from 0.7 to 2."""
    return statistics.NormalDist().inv_cdf(1 - min(max(outside, 0.05), 0.5) / 2)


# --- the model --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Model:
    """The mixed model, estimated from `n` events. Place 0 is the middle m; `places` gives each label's.

    `covariance` is that of the errors of prediction; `variances` are t² by kind, and `noise` is s².
    """

    n: int
    places: Mapping[tuple[str, str], int]
    effects: NDArray[Any]
    covariance: NDArray[Any]
    variances: Mapping[str, float]
    noise: float

    def forecast(self, event: Event, reach: float) -> tuple[float, float, float]:
        """Guests at the middle, and the ends of the range, `reach` standard deviations away.

        A label never seen adds doubt, and no guests.
        """
        labels = _labels(event).items()
        at = [0] + [self.places[label] for label in labels if label in self.places]
        unseen = sum(self.variances[kind] for kind, label in labels if (kind, label) not in self.places)
        middle = float(self.effects[at].sum())
        deviation = math.sqrt(float(self.covariance[at][:, at].sum()) + unseen + self.noise)
        low, high = (max(0.0, math.expm1(middle + side * reach * deviation)) for side in (-1, 1))
        return max(0.0, math.expm1(middle)), low, high


def fit(past: Sequence[Counted], start: Model | None = None) -> Model:
    """Estimate the model; from the variances of an earlier one, where given, in fewer steps."""
    import numpy as np

    known = past[-OLDEST:]
    labels = [_labels(event) for event, _ in known]
    places = {
        label: place
        for place, label in enumerate(dict.fromkeys(item for one in labels for item in one.items()), start=1)
    }
    logs = [math.log1p(guests) for _, guests in known]
    squares, products = np.zeros((len(places) + 1, len(places) + 1)), np.zeros(len(places) + 1)
    for one, log in zip(labels, logs, strict=True):
        own = [0] + [places[item] for item in one.items()]
        squares[np.ix_(own, own)] += 1
        products[own] += log
    total = math.fsum(log * log for log in logs)
    at = {kind: [place for (of, _), place in places.items() if of == kind] for kind in KINDS}
    spread = max(statistics.pvariance(logs), 1e-4)
    variances = dict(start.variances) if start else dict.fromkeys(KINDS, spread / 10)
    noise = start.noise if start else spread / 2
    # EM never overshoots and only ever creeps, so the number of steps is fixed rather than left to a tolerance.
    for _ in range(15 if start else 60):
        covariance, effects = _solve(squares, products, places, variances, noise)
        left = total - 2 * effects @ products + effects @ squares @ effects
        noise = max(float(left + (squares * covariance).sum()) / len(known), 1e-6)
        for kind, own in at.items():
            if own:
                chance = float(effects[own] @ effects[own] + covariance[own, own].sum())
                variances[kind] = max(chance / len(own), 1e-6)
    covariance, effects = _solve(squares, products, places, variances, noise)
    return Model(len(past), places, effects, covariance, variances, noise)


def _solve(
    squares: NDArray[Any],
    products: NDArray[Any],
    places: Mapping[tuple[str, str], int],
    variances: Mapping[str, float],
    noise: float,
) -> tuple[NDArray[Any], NDArray[Any]]:
    """Henderson's equations: the covariance of the errors of prediction, and the effects."""
    import numpy as np

    drawn = np.array([0.0] + [1 / variances[kind] for kind, _ in places])
    covariance = np.linalg.inv(squares / noise + np.diag(drawn))
    return covariance, covariance @ products / noise


def _labels(event: Event) -> Mapping[str, str]:
    """What the model knows of an event, by kind; a kind that is not known is left out."""
    venue = event.venue.name if event.venue else event.venue_text
    labels = {"weekday": str(event.date.weekday()), "season": season(event.date)}
    if venue is not None:
        labels["venue"] = f"{venue.casefold()}, {event.town or ''}"
    if event.town is not None:
        labels["town"] = event.town
    if event.start is not None:
        labels["hour"] = next(band for before, band in _HOURS if event.start.hour < before)
    return labels
