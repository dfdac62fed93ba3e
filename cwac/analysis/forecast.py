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
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, quantiles

from cwac.analysis.attendance import Outcomes, outcomes, season
from cwac.analysis.words import people, with_guests
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
