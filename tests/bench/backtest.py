"""How near the forecasts are beside the venue's own median, and how often their ranges hold, on simulated series.

`python -m tests.bench.backtest [--report] [--draws N] [KIND …]` prints a table, at development seeds and parameters or
at those of the report, for series of full length and of 60 events. Deterministic.
"""

from __future__ import annotations

import argparse
import statistics
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from cwac.analysis.forecast import AHEAD, NEXT_EVENT, Forecaster, Tried, backtest
from tests.bench.forecast_series import DEVELOPMENT, DEVELOPMENT_SEEDS, DRIFTING, REPORT, REPORT_SEEDS, series

VENUE_FROM = 15
"""Events tried at a venue from which on its range is judged by itself."""
HELD = (0.65, 0.92)
"""The share of counts in the range that is good enough at one venue."""


@dataclass(frozen=True, slots=True)
class Measured:
    """The forecast's error over that of the venue's median (median of the draws), and shares of ranges that held."""

    error_ratio: float
    right: float
    right_at_first: float
    first_visits: int
    good_venues: float
    venues: int


def measured(
    kind: str, seeds: Iterable[int], *, report: bool = False, short: bool = False, ahead: int = NEXT_EVENT
) -> Measured:
    parameters = (REPORT if report else DEVELOPMENT)[kind]
    parameters = replace(parameters, events=60, a_year=30) if short else parameters
    ratios: list[float] = []
    every: list[Tried] = []
    at_venues: list[float] = []
    for seed in seeds:
        result = backtest(Forecaster(series(kind, seed, parameters), ahead))
        every += result.tried
        error, typical = result.error_of("forecast"), result.error_of("venue_median")
        ratios += [error / typical] if error and typical else []
        at: dict[str | None, list[bool]] = defaultdict(list)
        for tried in result.tried:
            at[tried.event.venue_text].append(tried.is_inside)
        at_venues += [statistics.fmean(hits) for hits in at.values() if len(hits) >= VENUE_FROM]
    first = [tried.is_inside for tried in every if not tried.expected.at_venue]
    good = sum(HELD[0] <= share <= HELD[1] for share in at_venues)
    return Measured(
        error_ratio=statistics.median(ratios),
        right=statistics.fmean(tried.is_inside for tried in every),
        right_at_first=sum(first) / max(1, len(first)),
        first_visits=len(first),
        good_venues=good / max(1, len(at_venues)),
        venues=len(at_venues),
    )


def print_table(kinds: Sequence[str], seeds: Sequence[int], *, report: bool, short: bool, ahead: int) -> None:
    print(
        f"\n{'60 events' if short else 'All events'}, forecast from {ahead} days before, {len(seeds)} draws of each.\n"
    )
    print("| series | error / venue's median | range right | at first visits | venues right at 65 to 92% |")
    print("|---|" + "---|" * 4)
    for kind in kinds:
        of = measured(kind, seeds, report=report, short=short, ahead=ahead)
        name = f"{kind} (drifts)" if kind in DRIFTING else kind
        first = f"{of.right_at_first:.0%} of {of.first_visits}" if of.first_visits else "none"
        venues = f"{of.good_venues:.0%} of {of.venues}" if of.venues else "none"
        print(f"| {name} | {of.error_ratio:.2f} | {of.right:.1%} | {first} | {venues} |", flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true", help="the seeds and parameters held out for the report")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("kinds", nargs="*", metavar="KIND", default=list(DEVELOPMENT))
    chosen = parser.parse_args()
    seeds = (REPORT_SEEDS if chosen.report else DEVELOPMENT_SEEDS)[: chosen.draws]
    for ahead in (NEXT_EVENT, AHEAD):
        for short in (False, True):
            print_table(chosen.kinds, seeds, report=chosen.report, short=short, ahead=ahead)


if __name__ == "__main__":
    main()
