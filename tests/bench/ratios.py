"""How often the ranges of guests per officer-hour hold, and how often a change is claimed where there is none.

`python -m tests.bench.ratios [DRAWS | development]`. Simulated quarters with a known ratio (`tests/bench/quarters.py`),
of programs that the method was not tuned on. "Plain" is a percentile range of 2.5% to 97.5%, for comparison.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping

import numpy as np

from cwac.analysis import ratios
from tests.bench.quarters import (
    DEVELOPMENT,
    DEVELOPMENT_SEED,
    REPORTED,
    REPORTED_SEED,
    Program,
    events,
    true_ratio,
    venues,
)

EVENTS = (8, 12, 20, 40)
FACTOR = 1.5


def main(trials: int = 1000, programs: Mapping[str, Program] = REPORTED, seed: int = REPORTED_SEED) -> None:
    """Print a Markdown table: a row for each program and number of events."""
    print(f"| program | events | range holds | plain holds | false change | plain false | finds +{FACTOR - 1:.0%} |")
    print("|---|---:|---:|---:|---:|---:|---:|")
    every: list[list[float]] = []
    for name, program in programs.items():
        for n in EVENTS:
            shares = _shares(program, n, trials, np.random.default_rng([seed, n]))
            every.append(shares)
            print(f"| {name} | {n} | " + " | ".join(f"{share:.1%}" for share in shares) + " |", flush=True)
    print("| all | | " + " | ".join(f"{share:.1%}" for share in np.mean(every, axis=0)) + " |")


def _shares(program: Program, n: int, trials: int, draw: np.random.Generator) -> list[float]:
    hits = np.zeros(5)
    for _ in range(trials):
        at = venues(program, draw)
        before, same = ([(g, h) for g, h in events(program, at, n, draw).tolist()] for _ in range(2))
        more = [(g, h) for g, h in events(program, at, n, draw, FACTOR).tolist()]
        truth = true_ratio(program, at)
        drawn = ratios._draw_ratios(before, ratios.SEED[1], ratios.DRAWS)
        drawn_same = ratios._draw_ratios(same, ratios.SEED[0], ratios.DRAWS)
        hits += [
            _holds(ratios.ratio_range(before), truth),
            _holds(tuple(np.quantile(drawn, [0.025, 0.975])), truth),
            not _holds(ratios.difference_range(before, same), 0),
            not _holds(tuple(np.quantile(drawn_same - drawn, [0.025, 0.975])), 0),
            not _holds(ratios.difference_range(before, more), 0),
        ]
    return (hits / trials).tolist()  # type: ignore[no-any-return]


def _holds(ends: tuple[float, ...] | None, truth: float) -> bool:
    return ends is not None and ends[0] <= truth <= ends[-1]


if __name__ == "__main__":
    if "development" in sys.argv:
        main(300, DEVELOPMENT, DEVELOPMENT_SEED)
    else:
        main(*map(int, sys.argv[1:2]))
