"""How good the forecasts are, beside ten simple rules.

`python -m tests.bench.backtest [--report] [--draws N] [KIND …]` tries them on simulated series, at development seeds or
at those of the report, and prints tables for docs/statistics.md. Where a day is named instead, or several, it is the
sample of that day. Deterministic, but for the time taken.
"""

from __future__ import annotations

import os

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # the matrices are small

import argparse
import datetime as dt
import statistics
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass

from cwac.analysis.backtest import AHEAD, NEXT_EVENT, Backtest, replay, replay_of
from cwac.analysis.forecast import forecasts
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.bench.forecast_rules import RULES, Counted, forecasts_by_rules, wilson, winkler
from tests.bench.forecast_series import DEVELOPMENT, DEVELOPMENT_SEEDS, DRIFTING, REPORT, REPORT_SEEDS, series

HORIZONS = {NEXT_EVENT: "Next event", AHEAD: f"{AHEAD} days ahead"}
VENUE_FROM = 15
"""Events tried at a venue from which on its coverage goes into the spread of coverage."""


@dataclass(frozen=True, slots=True)
class Score:
    """How one method did on one series."""

    n: int
    error: float
    inside: int
    width: float
    winkler: float
    by_venue: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Draw:
    """One series at one horizon."""

    score: Score
    rules: Mapping[str, float]


def drawn(job: tuple[str, int, bool]) -> Mapping[int, Draw]:
    """Days ahead -> how all did on one series."""
    kind, seed, report = job
    past = series(kind, seed, (REPORT if report else DEVELOPMENT)[kind])
    history = replay_of(past)
    return {result.days_ahead: _draw(past, result) for result in (history.next_event, history.ahead)}


def _draw(past: Sequence[Counted], result: Backtest) -> Draw:
    place_of = {id(event): place for place, (event, _) in enumerate(past)}
    places = [place_of[id(tried_event.event)] for tried_event in result.tried]
    made = [
        (place, tried_event.forecast, tried_event.low, tried_event.high)
        for place, tried_event in zip(places, result.tried, strict=True)
    ]
    counts = [past[place][1] for place in places]
    rules = {
        name: statistics.fmean(abs(count - forecast) for count, forecast in zip(counts, forecasts, strict=True))
        for name, forecasts in forecasts_by_rules(past, places, result.days_ahead).items()
    }
    return Draw(_score(past, made), rules)


def _score(past: Sequence[Counted], made: Sequence[tuple[int, float, float, float]]) -> Score:
    venues: dict[str | None, list[bool]] = {}
    for place, _, low, high in made:
        venues.setdefault(past[place][0].venue_text, []).append(low <= past[place][1] <= high)
    return Score(
        n=len(made),
        error=statistics.fmean(abs(past[place][1] - middle) for place, middle, _, _ in made),
        inside=sum(map(sum, venues.values())),
        width=statistics.fmean(high - low for _, _, low, high in made),
        winkler=statistics.fmean(winkler(low, high, past[place][1]) for place, _, low, high in made),
        by_venue=tuple(statistics.fmean(hits) for hits in venues.values() if len(hits) >= VENUE_FROM),
    )


def simulated(kinds: Sequence[str], draws: int, report: bool) -> None:
    seeds = (REPORT_SEEDS if report else DEVELOPMENT_SEEDS)[:draws]
    print(f"{'Report' if report else 'Development'} seeds {seeds[0]} to {seeds[-1]}, {draws} draws of each kind.")
    jobs = [(kind, seed, report) for kind in kinds for seed in seeds]
    with ProcessPoolExecutor(2) as pool:
        all_draws = list(pool.map(drawn, jobs, chunksize=2))
    for days_ahead, horizon in HORIZONS.items():
        of_horizon = [draw[days_ahead] for draw in all_draws]
        by_kind = {kind: of_horizon[place * draws : (place + 1) * draws] for place, kind in enumerate(kinds)}
        _print_errors(horizon, by_kind)
        _print_ranges(horizon, by_kind)


def _print_errors(horizon: str, by_kind: Mapping[str, Sequence[Draw]]) -> None:
    print(f"\n{horizon}: error divided by each rule's error, median over the draws.\n")
    print("| series |", " | ".join(RULES), "| largest |")
    print("|---|" + "---|" * (len(RULES) + 1))
    for kind, draws in by_kind.items():
        ratios = {rule: statistics.median(draw.score.error / draw.rules[rule] for draw in draws) for rule in RULES}
        cells = [f"{ratios[rule]:.2f}" for rule in RULES]
        print(f"| {_name(kind)} |", " | ".join(cells), f"| {max(ratios.values()):.2f} |", flush=True)


def _print_ranges(horizon: str, by_kind: Mapping[str, Sequence[Draw]]) -> None:
    print(
        f"\n{horizon}: the 80% range. Coverage of all counts with Wilson's 95% interval; the lowest and highest tenth"
    )
    print(f"of venues with {VENUE_FROM} tried; width and Winkler score in guests (means).\n")
    print("| series | coverage | 95% interval | by venue, 10th to 90th | width | Winkler |")
    print("|---|" + "---|" * 5)
    for kind, draws in by_kind.items():
        scores = [draw.score for draw in draws]
        n, inside = sum(score.n for score in scores), sum(score.inside for score in scores)
        low, high = wilson(inside, n)
        cells = [
            f"{inside / n:.1%}",
            f"{low:.1%} to {high:.1%}",
            _tenths([share for score in scores for share in score.by_venue]),
            f"{statistics.fmean(score.width for score in scores):.1f}",
            f"{statistics.fmean(score.winkler for score in scores):.1f}",
        ]
        print(f"| {_name(kind)} |", " | ".join(cells), "|", flush=True)


def _tenths(shares: Sequence[float]) -> str:
    if len(shares) < 10:
        return "too few"
    tenths = statistics.quantiles(shares, n=10, method="inclusive")
    return f"{tenths[0]:.0%} to {tenths[-1]:.0%}"


def _name(kind: str) -> str:
    return f"{kind} (drifts)" if kind in DRIFTING else kind


def sample(days: Sequence[dt.date]) -> None:
    for today in days:
        snapshot = read_workbook(sample_workbook(today), today)
        start = time.process_time()
        history = replay(snapshot)
        took = time.process_time() - start
        print(f"{today}: {history.next_event.words} {history.ahead.words} Took {took:.2f} s of a processor.")
        print(
            *(f"  {forecast.event.id} {forecast.event.date}: {forecast.words}" for forecast in forecasts(snapshot)),
            sep="\n",
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--report", action="store_true", help="the seeds and parameters held out for the report")
    parser.add_argument("--draws", type=int, default=10)
    parser.add_argument("what", nargs="*", help="kinds of series, or days of the sample", metavar="KIND or DATE")
    chosen = parser.parse_args()
    if chosen.what and chosen.what[0][:1].isdigit():
        sample([dt.date.fromisoformat(day) for day in chosen.what])
    else:
        simulated(chosen.what or list(DEVELOPMENT), chosen.draws, chosen.report)


if __name__ == "__main__":
    main()
