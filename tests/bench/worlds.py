"""Invented programs with a known change of attendance, written before the method that is tried on them.

All runs of a world are drawn at once, as arrays with a row for each run. `MONTHS` end on the last day of a quarter; the
change, if any, is in the last twelve of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

MONTHS = 24
Numbers = NDArray[np.float64]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class World:
    """How counts come about: ln(guests) is a sum of a place, a season, and noise of quarters, months and events.

    `scatter` is the standard deviation of ln(1 + guests) at one place; `places_differ` that of the places. `quarters`
    and `months_drift` are those of what all events of a quarter or month share (a month's resembles the one before by
    0.7). `season` is the amplitude of a yearly wave. With `turnover`, that share of the places is visited only in the
    first or only in the last half. `crowds` is the chance of an event with six times the guests; a count above
    `open_from` is typed as "30+". `heavy` is the share of the events that are in one quarter of each year.
    """

    events: int = 40
    places: int = 8
    guests: float = 18
    scatter: float = 0.5
    places_differ: float = 0.5
    evenly: float = 2.0
    quarters: float = 0.0
    months_drift: float = 0.0
    season: float = 0.0
    turnover: float = 0.0
    crowds: float = 0.0
    open_from: float = np.inf
    heavy: float = 0.0


@dataclass(frozen=True)
class Drawn:
    """Runs of a world: a row for each run, a column for each event; `months` are numbered from the first one on."""

    months: Codes
    places: Codes
    guests: Numbers


WORLDS: Mapping[str, World] = {
    "12 events": World(events=12, places=4),
    "12 events over 14 places": World(events=12, places=14),
    "40 events": World(),
    "110 events": World(events=110, places=14),
    "400 events, little noise": World(events=400, places=30, scatter=0.28),
    "little noise (0.28)": World(events=110, places=14, scatter=0.28),
    "real scatter (0.83)": World(events=110, places=14, scatter=0.83),
    "real scatter (1.34)": World(events=110, places=14, scatter=1.34),
    "real scatter (0.83), 40 events": World(scatter=0.83),
    "unequal venues": World(events=60, places=10, places_differ=1.2, evenly=0.4),
    "venues come and go": World(events=60, places=20, turnover=0.5, places_differ=0.8),
    "season": World(events=60, season=0.5),
    "season, few events": World(events=26, places=5, season=0.5),
    "few large events": World(events=60, crowds=0.06),
    "open-ended counts": World(events=60, guests=25, open_from=30),
    "quarter-heavy": World(events=60, heavy=0.6, season=0.3),
    "one place": World(places=1),
    "few guests (3)": World(guests=3, scatter=0.6),
    "correlated by quarter": World(events=60, quarters=0.2),
    "correlated by quarter, 110 events": World(events=110, places=14, scatter=0.28, quarters=0.2),
    "correlated by month": World(events=60, months_drift=0.25),
    "correlated, season, heavy": World(events=60, quarters=0.15, season=0.3, heavy=0.6),
}


def draw(world: World, runs: int, seed: str, change: float = 1.0, months: int = MONTHS) -> Drawn:
    """Runs of a world, over so many months; `change` multiplies the guests of the last twelve."""
    random = np.random.default_rng([crc32(seed.encode()), crc32(repr(world).encode()), months])
    shape = runs, world.events * months // MONTHS
    at = random.integers(0, months, shape)
    at = np.where(random.random(shape) < world.heavy, at // 12 * 12 + random.integers(0, 3, shape), at)
    weights = np.cumsum(random.dirichlet(np.full(world.places, world.evenly), runs), axis=1)[:, None, :]
    places = (random.random(shape)[:, :, None] > weights).sum(axis=2).clip(max=world.places - 1)
    lost = round(world.places * world.turnover)
    moved = np.where(at < months / 2, places % 2 == 0, places % 2 == 1) & (places < lost)
    places = np.where(moved, (places + 1) % max(lost, 1), places)
    rows = np.arange(runs)[:, None]
    level = np.log(world.guests) + (world.places_differ * random.standard_normal((runs, world.places)))[rows, places]
    level += world.season * np.sin(2 * np.pi * (at / 12 + random.random((runs, 1))))
    level += (world.quarters * random.standard_normal((runs, months // 3)))[rows, at // 3]
    drift = random.standard_normal((runs, months))
    for month in range(1, months):
        drift[:, month] = 0.7 * drift[:, month - 1] + 0.51**0.5 * drift[:, month]
    level += world.months_drift * drift[rows, at] + world.scatter * random.standard_normal(shape)
    level += np.log(6) * (random.random(shape) < world.crowds) + np.log(change) * (at >= months - 12)
    guests = np.minimum(np.rint(np.exp(np.minimum(level, 9.0))), world.open_from)
    return Drawn(at, places, guests)
