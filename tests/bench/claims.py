"""How often a change is claimed, where there is none and where there is: `python -m tests.bench.claims`.

It uses the series for reporting, or with `--development` those for building a method; `--draws N` of each (300).
"""

from __future__ import annotations

import argparse
import math
import os
import statistics
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from cwac.analysis import change_over_time
from tests.bench import series
from tests.bench.series import World

Range = tuple[float, float, float]


def claimed(world: World, number: int, seed: str) -> Range | None:
    events = series.draw(world, number, seed)
    if world.question == "trend":
        claim = change_over_time.trend(events).claim
    else:
        claim = change_over_time.compare(*series.halves(world, events)).claim
    if claim.estimate is None or claim.low is None or claim.high is None:
        return None
    return 1 + claim.estimate, 1 + claim.low, 1 + claim.high


@dataclass(frozen=True)
class Tally:
    """Shares of the series where a change was claimed (of a real one: in its direction), where the range held the
    truth, and where an answer was refused; and the median estimate."""

    claimed: float
    held: float
    refused: float
    median: float


def tally(world: World, seed: str, draws: int) -> Tally:
    answers = [claimed(world, number, seed) for number in range(draws)]
    ranges = [estimate for estimate in answers if estimate is not None]
    rises, falls = sum(estimate[1] > 1 for estimate in ranges), sum(estimate[2] < 1 for estimate in ranges)
    return Tally(
        claimed=(rises if world.change > 1 else rises + falls) / draws,
        held=sum(estimate[1] <= world.change <= estimate[2] for estimate in ranges) / len(ranges)
        if ranges
        else math.nan,
        refused=1 - len(ranges) / draws,
        median=statistics.median(estimate[0] for estimate in ranges) if ranges else math.nan,
    )


def row(task: tuple[Sequence[World], str, int]) -> str:
    """A row of the table: a kind of series with each of its changes."""
    worlds, seed, draws = task
    tallies = [tally(world, seed, draws) for world in worlds]
    cells = [f"{change.claimed:.0%}" for change in tallies]
    cells += [f"{tallies[-1].median - 1:+.0%}", f"{tallies[0].held:.0%}", f"{tallies[0].refused:.0%}"]
    return f"| {worlds[0].name} | " + " | ".join(cells) + " |"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--development", action="store_true")
    parser.add_argument("--draws", type=int, default=300)
    chosen = parser.parse_args()
    worlds = series.DEVELOPMENT if chosen.development else series.REPORT
    seed = series.DEVELOPMENT_SEED if chosen.development else series.REPORT_SEED
    for question in ("trend", "comparison"):
        rows: dict[str, list[World]] = {}
        for world in worlds:
            if world.question == question:
                rows.setdefault(world.name, []).append(world)
        print(f"\n{question.capitalize()}, {chosen.draws} series each\n")
        print("| series | false claims | +20% found | +50% found | median at +50% | held | refused |")
        print("|---|--:|--:|--:|--:|--:|--:|")
        with ProcessPoolExecutor(os.cpu_count()) as pool:
            for line in pool.map(row, [(same, seed, chosen.draws) for same in rows.values()]):
                print(line, flush=True)
    print("\nFound: claimed, in the right direction. Held: the range holds the truth where nothing changes.")


if __name__ == "__main__":
    main()
