"""How often attendance is said to have changed, where it has not and where it has: `python -m tests.bench.claims`.

It prints the table of docs/statistics.md, from invented programs with a known change of attendance, which were written
before the method that is tried on them. Its argument is the number of runs of each (1,000); with `development`, other
runs are drawn than those that were reported. `MONTHS` end on the last day of a quarter; the change, if any, is in the
last twelve of them.
"""

import math
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from cwac.analysis.attendance_change import CLAIM_RISK, OPEN, Counts, Estimate, judge, measure_change
from cwac.analysis.measures import ratio_range

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


Answer = tuple[str, Estimate | None]
FAMILIES = ("12 events", "40 events", "110 events", "little noise (0.28)", "real scatter (0.83)", "season",
            "few large events", "quarter-heavy", "venues come and go", "correlated by quarter",
            "correlated by month")  # fmt: skip
REPORTS, AGENCIES, TOWNS = 9, 5, 10


def verdict(months: Codes, places: Codes, guests: Numbers, risk: float = CLAIM_RISK, end: int = MONTHS) -> Answer:
    """The kind of the verdict on the 24 months to `end`, and the change with its range."""
    inside = (months >= end - 24) & (months < end)
    months, places, guests = months[inside], places[inside], guests[inside]
    late = (months >= end - 12).astype(float)
    if not 0 < late.sum() < len(late):
        return "missing", None
    most = np.where(guests == 30, guests * OPEN, guests) if guests.max() == 30 else guests
    counts = Counts(months // 3, places, late, guests, guests, most).at_the_same_places()
    change = measure_change(counts, risk)
    if isinstance(change, str):
        return "missing", None
    return judge(change, float(np.median(guests[late == 0])), float(np.median(guests[late == 1])))[0], change


def answers(drawn: Drawn) -> list[Answer]:
    return [verdict(*run) for run in zip(drawn.months, drawn.places, drawn.guests, strict=True)]


def row(name: str, runs: int, seed: str) -> list[float]:
    """Shares of the runs: false claims, +50% found, told "about the same", nothing measured.

    Then the shares of the ranges that hold the truth without a change and with one.
    """
    none, more = answers(draw(WORLDS[name], runs, seed)), answers(draw(WORLDS[name], runs, seed, 1.5))
    kinds = [kind for kind, _ in none]
    held = [
        np.mean([change.low <= truth <= change.high for _, change in some if change] or [math.nan])
        for truth, some in ((0, none), (0.5, more))
    ]
    claims = kinds.count("higher") + kinds.count("lower")
    found = sum(kind == "higher" for kind, _ in more)
    return [claims / runs, found / runs, kinds.count("same") / runs, kinds.count("missing") / runs, *map(float, held)]


def family(name: str, runs: int, seed: str) -> tuple[float, float]:
    """The shares of programs without a change that are told of one in any of nine reports, and in any of 16 scopes."""
    long, once = draw(WORLDS[name], runs, seed, months=MONTHS + 24), draw(WORLDS[name], runs, seed)
    told = (
        any(verdict(*run, end=24 + 3 * quarter)[0] in ("higher", "lower") for quarter in range(REPORTS))
        for run in zip(long.months, long.places, long.guests, strict=True)
    )
    random = np.random.default_rng(runs)
    among = 0
    for months, places, guests in zip(once.months, once.places, once.guests, strict=True):
        leads, towns = random.integers(0, AGENCIES, len(months)), places % TOWNS
        parts = [(leads == lead, AGENCIES) for lead in range(AGENCIES)]
        parts += [(towns == town, TOWNS) for town in range(TOWNS)]
        scopes = [(np.ones(len(months), dtype=bool), 1), *parts]
        kinds = (verdict(months[part], places[part], guests[part], CLAIM_RISK / looks)[0] for part, looks in scopes)
        among += any(kind in ("higher", "lower") for kind in kinds)
    return sum(told) / runs, among / runs


def ratios(name: str, runs: int, seed: str) -> float:
    """The share of ranges of guests per officer-hour that hold the ratio of many more events of the same program."""
    world = WORLDS[name]
    drawn = draw(replace(world, events=20 * world.events), runs, seed)
    random, held = np.random.default_rng(runs), []
    for months, guests in zip(drawn.months, drawn.guests, strict=True):
        hours = random.integers(2, 7, len(guests)) * random.choice([1.0, 1.5, 2.0], len(guests))
        n = world.events
        ends = ratio_range(list(zip(guests[:n], hours[:n], strict=True)), list(months[:n] // 3))
        if ends:
            held.append(ends[0] <= guests.sum() / hours.sum() <= ends[1])
    return float(np.mean(held or [math.nan]))


def main(runs: int, seed: str) -> None:
    print("| program | false claims | +50% found | about the same | nothing measured | range holds | holds +50% |")
    print("|---|--:|--:|--:|--:|--:|--:|")
    for name in WORLDS:
        print(f"| {name} | " + " | ".join(f"{share:.1%}" for share in row(name, runs, seed)) + " |", flush=True)
    print("\n| program without a change | told of one in nine reports | in 16 scopes on one day |\n|---|--:|--:|")
    for name in FAMILIES:
        print(f"| {name} | " + " | ".join(f"{share:.1%}" for share in family(name, runs, seed)) + " |", flush=True)
    print("\n| program | range of guests per officer-hour holds |\n|---|--:|")
    for name in FAMILIES:
        print(f"| {name} | {ratios(name, max(runs // 5, 1), seed):.1%} |", flush=True)


if __name__ == "__main__":
    seed = "development" if "development" in sys.argv else "report"
    main(next((int(word) for word in sys.argv[1:] if word.isdigit()), 1000), seed)
