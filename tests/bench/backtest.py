"""How good the forecasts are, beside ten simple rules and beside the former forecast.

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
from tests.bench import forecast_before
from tests.bench.forecast_rules import RULES, forecasts_by_rules, wilson, winkler
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

    before: Score
    now: Score
    rules: Mapping[str, float]


def drawn(job: tuple[str, int, bool]) -> Mapping[int, Draw]:
    """Days ahead -> how all did on one series."""
    kind, seed, report = job
    past = series(kind, seed, (REPORT if report else DEVELOPMENT)[kind])
    history = replay_of(past)
    return {result.days_ahead: _draw(past, result) for result in (history.next_event, history.ahead)}


def _draw(past: Sequence[forecast_before.Counted], result: Backtest) -> Draw:
    before = forecast_before.replay(past, result.days_ahead)
    places = [place for place, *_ in before]
    assert [past[place][0] for place in places] == [tried_event.event for tried_event in result.tried]
    now = [
        (place, tried_event.forecast, tried_event.low, tried_event.high)
        for place, tried_event in zip(places, result.tried, strict=True)
    ]
    counts = [past[place][1] for place in places]
    rules = {
        name: statistics.fmean(abs(count - made) for count, made in zip(counts, forecasts, strict=True))
        for name, forecasts in forecasts_by_rules(past, places, result.days_ahead).items()
    }
    return Draw(_score(past, before), _score(past, now), rules)


def _score(past: Sequence[forecast_before.Counted], made: Sequence[tuple[int, float, float, float]]) -> Score:
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
    print(f"\n{horizon}: error divided by each rule's error, median over the draws; before → now.\n")
    print("| series |", " | ".join(RULES), "| largest now |")
    print("|---|" + "---|" * (len(RULES) + 1))
    for kind, draws in by_kind.items():
        before = {rule: statistics.median(draw.before.error / draw.rules[rule] for draw in draws) for rule in RULES}
        now = {rule: statistics.median(draw.now.error / draw.rules[rule] for draw in draws) for rule in RULES}
        cells = [f"{before[rule]:.2f} → {now[rule]:.2f}" for rule in RULES]
        print(f"| {_name(kind)} |", " | ".join(cells), f"| {max(now.values()):.2f} |", flush=True)


def _print_ranges(horizon: str, by_kind: Mapping[str, Sequence[Draw]]) -> None:
    print(
        f"\n{horizon}: the 80% range, before → now. Coverage of all counts with Wilson's 95% interval; the lowest and"
    )
    print(
        f"highest tenth of venues with {VENUE_FROM} tried; width and Winkler score in guests (means), and now / before"
    )
    print("of the error and of the score (medians over the draws).\n")
    print("| series | coverage | now, 95% interval | by venue, 10th to 90th | width | Winkler | error × | Winkler × |")
    print("|---|" + "---|" * 7)
    for kind, draws in by_kind.items():
        n = sum(draw.now.n for draw in draws)
        low, high = wilson(sum(draw.now.inside for draw in draws), n)
        cells = [
            " → ".join(f"{sum(score.inside for score in scores) / n:.1%}" for scores in _both(draws)),
            f"{low:.1%} to {high:.1%}",
            " → ".join(_tenths([share for score in scores for share in score.by_venue]) for scores in _both(draws)),
            " → ".join(f"{statistics.fmean(score.width for score in scores):.1f}" for scores in _both(draws)),
            " → ".join(f"{statistics.fmean(score.winkler for score in scores):.1f}" for scores in _both(draws)),
            f"{statistics.median(draw.now.error / draw.before.error for draw in draws):.3f}",
            f"{statistics.median(draw.now.winkler / draw.before.winkler for draw in draws):.3f}",
        ]
        print(f"| {_name(kind)} |", " | ".join(cells), "|", flush=True)
    every = [draw for draws in by_kind.values() for draw in draws]
    better = statistics.fmean(draw.now.error < draw.before.error for draw in every)
    sharper = statistics.fmean(draw.now.winkler < draw.before.winkler for draw in every)
    print(f"\nOf {len(every)} series, the error is smaller than before on {better:.0%}, the score on {sharper:.0%}.")


def _both(draws: Sequence[Draw]) -> tuple[list[Score], list[Score]]:
    return [draw.before for draw in draws], [draw.now for draw in draws]


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
