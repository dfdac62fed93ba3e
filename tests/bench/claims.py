"""How often a change is claimed, where there is none and where there is: `python -m tests.bench.claims`.

With `--development` on the series for building a method, else on those for reporting; `--draws 400` of each.
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor

from cwac.analysis import change_over_time
from tests.bench import claims_before, series
from tests.bench.series import World

Range = claims_before.Range


def before(world: World, number: int, seed: str) -> Range | None:
    events = series.draw(world, number, seed)
    if world.question == "trend":
        return claims_before.trend(events)
    return claims_before.compare(*series.halves(world, events))


def now(world: World, number: int, seed: str) -> Range | None:
    events = series.draw(world, number, seed)
    if world.question == "trend":
        claim = change_over_time.trend(events).claim
    else:
        claim = change_over_time.compare(*series.halves(world, events)).claim
    if claim.estimate is None or claim.low is None or claim.high is None:
        return None
    return 1 + claim.estimate, 1 + claim.low, 1 + claim.high


Method = Callable[[World, int, str], Range | None]


def tried(method: Method, world: World, seed: str, draws: int) -> tuple[float, float, float, float]:
    """The shares of series where a change is claimed and where an answer is refused, the median estimate, coverage."""
    found = [method(world, number, seed) for number in range(draws)]
    given = [one for one in found if one is not None]
    claimed = sum(not one[1] <= 1 <= one[2] for one in given) / draws
    middle = statistics.median(one[0] for one in given) if given else math.nan
    covered = sum(one[1] <= world.change <= one[2] for one in given) / len(given) if given else math.nan
    return claimed, 1 - len(given) / draws, middle, covered


def row(task: tuple[Sequence[World], str, int]) -> str:
    worlds, seed, draws = task
    cells = []
    for method in (before, now):
        results = [tried(method, world, seed, draws) for world in worlds]
        cells += [f"{claimed:.0%}" for claimed, *_ in results]
        cells += [f"{results[-1][2] - 1:+.0%}", f"{results[0][3]:.0%}"]
        if method is now:
            cells.append(f"{results[0][1]:.0%}")
    return f"| {worlds[0].name} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--draws", type=int, default=400)
    chosen = parser.parse_args()
    worlds = series.DEVELOPMENT if chosen.development else series.REPORT
    seed = series.DEVELOPMENT_SEED if chosen.development else series.REPORT_SEED
    for question in ("trend", "comparison"):
        rows: dict[str, list[World]] = {}
        for world in worlds:
            if world.question == question:
                rows.setdefault(world.name, []).append(world)
        what = "a year" if question == "trend" else "in the second half"
        print(f"\n{question.capitalize()}: changes claimed, of {chosen.draws} series each\n")
        columns = "false | +20% | +50% | its median | covers none"
        print(f"| series | before: {columns} | now: {columns} | refused |")
        print("|---|" + "--:|" * 11)
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            for line in pool.map(row, [(same, seed, chosen.draws) for same in rows.values()]):
                print(line, flush=True)
        print(f"\n+20% and +50%: the share found of a real change {what}. Median: the median estimate at +50%.")
        print("Covers none: the share of 95% ranges that hold the truth where nothing changes.")


if __name__ == "__main__":
    main()
