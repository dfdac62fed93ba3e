"""Forecast the guests of coming events, with an 80% range.

`mixed_model` has the model, and `backtest` what is made of it and how well it did on past events.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cwac.analysis.attendance import TOO_FEW
from cwac.analysis.backtest import AHEAD, FEWEST, Forecaster, Replay, Series, replay
from cwac.analysis.events import upcoming
from cwac.analysis.mixed_model import estimate, labels_of, to_guests
from cwac.analysis.words import people, with_guests
from cwac.model import Event, Snapshot

LONG = 200
"""From this many counted events on, the fit starts from the last model of the backtest, which is faster."""


@dataclass(frozen=True, slots=True)
class Forecast:
    """The forecast for one event: `guests` and the 80% range, None if there are too few counted events.

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
            f"About {with_guests(people(self.guests))}; 80% range {people(self.low)} to {people(self.high)} "
            f"({self.n} events counted, {at_venue} at this venue)."
        )

    @property
    def likely(self) -> str:
        """The forecast in a sentence for everybody; `words` has the figures behind it."""
        if self.guests is None or self.low is None or self.high is None:
            return f"{TOO_FEW.capitalize()}."
        return f"About {with_guests(people(self.guests))}, likely {people(self.low)} to {people(self.high)}."


@dataclass(frozen=True, slots=True)
class Fitted:
    """The fitted state behind coming forecasts; `forecaster` is None if too few events are counted."""

    series: Series
    history: Replay
    forecaster: Forecaster | None


def fit(snapshot: Snapshot, *, _replayed: Replay | None = None) -> Fitted:
    history = _replayed or replay(snapshot)
    series = history.series
    if len(series.past) < FEWEST:
        return Fitted(series, history, None)
    start = history.model if history.model and history.model.n >= LONG else None
    return Fitted(series, history, Forecaster(estimate(series.past, start, series.labels), series))


def forecasts(
    snapshot: Snapshot, events: Iterable[Event] | None = None, *, _fitted: Fitted | None = None
) -> tuple[Forecast, ...]:
    """Forecasts for these events, or for all coming events by start."""
    fitted = _fitted or fit(snapshot)
    n = len(fitted.series.past)

    def forecast(event: Event) -> Forecast:
        labels = labels_of(event)
        venue = labels.get("venue")
        at_venue = len(fitted.series.here_before(venue, n))
        if fitted.forecaster is None:
            return Forecast(event, None, None, None, n, at_venue)
        # Forecasts from long before are wrong more often, so they have learned their width by themselves.
        far = (event.date - snapshot.today).days >= AHEAD
        width = fitted.history.width_ahead if far else fitted.history.width
        expected = fitted.forecaster.expect(event, labels, n)
        return Forecast(event, to_guests(expected.log), *expected.range(width.of(venue)), n, at_venue)

    return tuple(map(forecast, upcoming(snapshot, snapshot.today) if events is None else events))
