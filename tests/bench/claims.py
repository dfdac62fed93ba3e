"""How often attendance is said to have changed, where it has not and where it has: `python -m tests.bench.claims`.

It prints the table of docs/statistics.md, from the programs of `tests/bench/worlds.py`. Its argument is the number of
runs of each (1,000); with `development`, other runs are drawn than those that were reported.
"""

from __future__ import annotations

import math
import sys
from dataclasses import replace

import numpy as np

from cwac.analysis.attendance_change import CLAIM_RISK, OPEN, Counts, Estimate, judge, measure_change
from tests.bench.worlds import MONTHS, WORLDS, Codes, Drawn, Numbers, draw

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
    from cwac.analysis.measures import ratio_range

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
