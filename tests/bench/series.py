"""Invented series of events with known truth, to see how often a method claims a change that is not there.

Written before the method that they judge. `DEVELOPMENT` is for building a method. `REPORT` has other sizes, levels and
seeds; nobody looks at it while building.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal
from zlib import crc32

import numpy as np

from cwac.analysis.attendance import HeldEvent, Total
from cwac.model import Event

LAST = dt.date(2026, 9, 1)
"""The day of the last event that a series may have."""

Question = Literal["trend", "comparison"]


@dataclass(frozen=True)
class World:
    """How the counts come about: the logarithm of an event's expected guests is a sum, and the count is Poisson of it.

    `venue_spread`, `noise` and `quarter_noise` are standard deviations on the logarithm: of venues, of single events
    and of quarters. `season` is the amplitude of a yearly wave. `correlation` is that of one event's noise with the
    next one's; with `walk` the level moves by a step of this size from event to event. With `joins`, a venue with four
    times the guests joins halfway and has a third of the events from then on. `mix` moves the events to larger (above
    0) or smaller venues in the second half; at 1 and -1 the halves have few venues in common. `missing` is the share of
    events without a count.

    `change` is the truth: a factor a year for a trend, of the second half over the first for a comparison.
    """

    name: str
    question: Question
    change: float = 1.0
    events: int = 55
    months: int = 24
    venues: int = 8
    guests: float = 18
    venue_spread: float = 0.5
    noise: float = 0.4
    season: float = 0.0
    quarter_noise: float = 0.0
    correlation: float = 0.0
    walk: float = 0.0
    joins: bool = False
    mix: float = 0
    missing: float = 0.1


def draw(world: World, number: int, seed: str) -> tuple[HeldEvent, ...]:
    """The `number`-th series of a world, the same on every machine."""
    random = np.random.default_rng([crc32(seed.encode()), crc32(world.name.encode()), number])
    length = round(world.months * 30.4375)
    days = np.sort(random.integers(0, length, world.events))
    years = days / 365.25
    late = days >= length / 2
    venues, sizes = _venues(world, late, random)
    level = math.log(world.guests) + sizes[venues]
    level += world.season * np.sin(2 * np.pi * (years + random.random()))
    level += world.quarter_noise * random.standard_normal(length // 91 + 1)[days // 91]
    level += _event_noise(world, random)
    if world.question == "trend":
        level += math.log(world.change) * (years - world.months / 24)
    else:
        level += math.log(world.change) * late
    guests = random.poisson(np.exp(np.minimum(level, 9.0)))
    counted = random.random(world.events) >= world.missing
    first = LAST - dt.timedelta(days=length - 1)
    return tuple(
        held(first + dt.timedelta(days=int(day)), f"Venue {venue}", int(count) if is_counted else None)
        for day, venue, count, is_counted in zip(days, venues, guests, counted, strict=True)
    )


def halves(world: World, events: tuple[HeldEvent, ...]) -> tuple[tuple[HeldEvent, ...], tuple[HeldEvent, ...]]:
    """The events of the first and of the second half of the time, for a comparison."""
    length = round(world.months * 30.4375)
    middle = LAST - dt.timedelta(days=length - 1) + dt.timedelta(days=math.ceil(length / 2))
    return (
        tuple(past for past in events if past.event.date < middle),
        tuple(past for past in events if past.event.date >= middle),
    )


def held(day: dt.date, venue: str, guests: float | None) -> HeldEvent:
    """An event that took place; None guests means not counted."""
    event = Event(f"{day} {venue}", row=2, date=day, venue_text=venue, town="Weed", status="Completed")
    return HeldEvent(event, None if guests is None else Total(guests, guests, guests, False, None, None, None, 1))


def _venues(world: World, late: np.ndarray, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """The venue of each event, and the size of each venue on the logarithm."""
    sizes = world.venue_spread * random.standard_normal(world.venues)
    weights = random.dirichlet(np.full(world.venues, 2.0))
    if world.mix:
        rank = np.argsort(np.argsort(sizes)) / max(world.venues - 1, 1)
        early_weights, late_weights = (
            weights * np.exp(-2.5 * world.mix * rank),
            weights * np.exp(2.5 * world.mix * rank),
        )
    else:
        early_weights = late_weights = weights
    venues = np.where(
        late,
        random.choice(world.venues, world.events, p=late_weights / late_weights.sum()),
        random.choice(world.venues, world.events, p=early_weights / early_weights.sum()),
    )
    if world.joins:
        sizes = np.append(sizes, math.log(4))
        venues = np.where(late & (random.random(world.events) < 1 / 3), world.venues, venues)
    return venues, sizes


def _event_noise(world: World, random: np.random.Generator) -> np.ndarray:
    shocks = random.standard_normal(world.events)
    noise = np.empty(world.events)
    before = random.standard_normal()
    for place, shock in enumerate(shocks):
        before = noise[place] = world.correlation * before + math.sqrt(1 - world.correlation**2) * shock
    return world.noise * noise + world.walk * np.cumsum(random.standard_normal(world.events))


# --- the worlds ---------------------------------------------------------------------------------------------------

_KINDS: Mapping[str, Mapping[str, float]] = {
    "steady": {},
    "season": {"season": 0.35},
    "season, few events": {"season": 0.35, "events": 26},
    "quarters differ": {"season": 0.2, "quarter_noise": 0.2},
    "correlation .6": {"correlation": 0.6},
    "random walk": {"walk": 0.15},
    "big venue joins": {"joins": True, "season": 0.2},
    "larger venues": {"mix": 0.4, "venue_spread": 0.6, "season": 0.2},
    "smaller venues": {"mix": -0.4, "venue_spread": 0.6, "season": 0.2},
    "other, larger venues": {"mix": 1, "venue_spread": 0.8, "season": 0.2},
    "other, smaller venues": {"mix": -1, "venue_spread": 0.8, "season": 0.2},
    "mean 2": {"guests": 2, "noise": 0.5, "season": 0.2},
    "mean 60, very uneven": {"guests": 60, "noise": 0.9, "season": 0.2},
    "a third not counted": {"missing": 1 / 3, "season": 0.2},
    "one venue": {"venues": 1, "season": 0.2},
    "every place new": {"venues": 60, "season": 0.2},
}
_STRETCHED = ("guests", "noise", "season", "quarter_noise", "walk")
_CHANGES: Mapping[Question, tuple[float, ...]] = {"trend": (1.0, 1.2, 1.5), "comparison": (1.0, 1.2, 1.5)}


def _worlds(label: str, stretch: float = 1, **sizes: float) -> tuple[World, ...]:
    """Every kind with every change; `stretch` multiplies the noise, the waves and the level that a kind sets."""
    made = []
    for question, changes in _CHANGES.items():
        for kind, fields in _KINDS.items():
            own = {name: value * stretch if name in _STRETCHED else value for name, value in fields.items()}
            made += [replace(World(f"{kind}{label}", question, change), **(sizes | own)) for change in changes]
    return tuple(made)


DEVELOPMENT = _worlds("")
REPORT = (
    *_worlds("; small", 1.2, events=40, venues=6, guests=13, venue_spread=0.6, noise=0.45, missing=0.15),
    *_worlds("; large", 0.8, events=110, months=36, venues=14, guests=26, venue_spread=0.4, noise=0.35, missing=0.05),
)
DEVELOPMENT_SEED, REPORT_SEED = "development", "report"
