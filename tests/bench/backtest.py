"""How near the forecasts are beside the venue's own median, and how often their ranges hold, on simulated series.

`python -m tests.bench.backtest [--report] [--draws N] [KIND …]` prints a table, for series of full length and of 60
events, with drift and without. Each kind has two sets of parameters, which differ, as their seeds do: `DEVELOPMENT` is
for working on the forecast, `REPORT` for the tables of docs/statistics.md. Deterministic; committed before the forecast
was changed.
"""

import argparse
import datetime as dt
import math
import statistics
import zlib
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from cwac.analysis.forecast import AHEAD, NEXT_EVENT, Forecaster, Tried, backtest
from cwac.model import Event

DEVELOPMENT_SEEDS = range(1_000)
REPORT_SEEDS = range(1_000_000, 1_001_000)
LAST_DAY = dt.date(2026, 11, 20)


@dataclass(frozen=True, slots=True)
class Parameters:
    """How a series is drawn. A spread is a standard deviation on the logarithm of the expected guests."""

    events: int = 200
    a_year: float = 75
    """Events a year."""
    guests: float = 18
    """Expected guests at a typical event."""
    dispersion: float = 7
    """Counts are negative binomial: their variance is m + m² / dispersion."""
    venues: int = 14
    favorites: float = 0.7
    """A venue's share falls with its rank to this power; 0 means that all venues are visited equally often."""
    venue_spread: float = 0.5
    towns: int = 5
    town_spread: float = 0.2
    weekday_spread: float = 0.1
    hour_spread: float = 0.1
    venue_weekday_spread: float = 0.0
    """What a weekday adds at one venue only, such as a market day."""
    season: float = 0.0
    """Amplitude of a yearly wave."""
    growth: float = 0.0
    """Change a year, the same at all venues."""
    venue_walk: float = 0.0
    """Spread of each venue's own random walk after a year."""
    common_walk: float = 0.0
    """Spread after a year of a random walk that all venues share."""
    shift: float = 0.0
    """A sudden change at all venues, on a day in the third fifth to the ninth tenth of the series."""
    new_venues: float = 0.0
    """The share of venues that open in the second half of the series; as many others close."""
    uneven: float = 0.0
    """Spread of the dispersion between venues."""
    crowds: float = 0.0
    """The chance that an event draws three times as many guests."""
    not_counted: float = 0.0
    rounded: float = 0.0
    """The share of counts that are rounded to 5, or to 10 from 40 on."""


_STEADY = Parameters()
_OTHER = Parameters(
    events=260, a_year=95, guests=24, dispersion=5, venues=20, favorites=0.9, venue_spread=0.65, towns=8,
    town_spread=0.15, weekday_spread=0.15, hour_spread=0.05,
)  # fmt: skip
_FLAT = {"venue_spread": 0, "town_spread": 0, "weekday_spread": 0, "hour_spread": 0}
_KINDS: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Any]]] = {
    # Without drift.
    "steady venues": ({}, {}),
    "no structure": (_FLAT, _FLAT),
    "venue and weekday": ({"venue_weekday_spread": 0.5, "venues": 10}, {"venue_weekday_spread": 0.4, "venues": 15}),
    "season": ({"season": 0.4}, {"season": 0.55}),
    "one venue": ({"venues": 1, "towns": 1}, {"venues": 1, "towns": 1, "events": 180}),
    "rare venues": ({"venues": 50, "favorites": 0.2}, {"venues": 70, "favorites": 0.3}),
    "small counts": ({"guests": 3, "dispersion": 3}, {"guests": 4, "dispersion": 2}),
    "crowds": ({"crowds": 0.08, "dispersion": 3}, {"crowds": 0.06, "dispersion": 4}),
    "uneven noise": ({"uneven": 0.9}, {"uneven": 1.1}),
    "not counted": ({"not_counted": 0.35, "rounded": 0.5}, {"not_counted": 0.45, "rounded": 0.6}),
    "short": ({"events": 60, "a_year": 30}, {"events": 80, "a_year": 35}),
    # With drift.
    "growth": ({"growth": 0.4}, {"growth": 0.3}),
    "decline": ({"growth": -0.4}, {"growth": -0.5}),
    "venues drift": ({"venue_walk": 0.45}, {"venue_walk": 0.6}),
    "all drift": ({"common_walk": 0.5}, {"common_walk": 0.65}),
    "sudden drop": ({"shift": -0.8}, {"shift": -1.0}),
    "sudden rise": ({"shift": 0.7}, {"shift": 0.55}),
    "new venues": ({"new_venues": 0.4}, {"new_venues": 0.55}),
}
"""What is changed of the steady series, for development and for the report."""
DEVELOPMENT: Mapping[str, Parameters] = {kind: replace(_STEADY, **of) for kind, (of, _) in _KINDS.items()} | {
    "everything": Parameters(
        venues=25, venue_weekday_spread=0.3, season=0.25, growth=0.1, venue_walk=0.3, common_walk=0.2, new_venues=0.3,
        uneven=0.5, crowds=0.03, not_counted=0.15, rounded=0.3,
    )
}  # fmt: skip
REPORT: Mapping[str, Parameters] = {kind: replace(_OTHER, **of) for kind, (_, of) in _KINDS.items()} | {
    "everything": Parameters(
        events=300, a_year=110, guests=22, dispersion=5, venues=35, favorites=0.8, venue_spread=0.6,
        venue_weekday_spread=0.25, season=0.35, growth=-0.1, venue_walk=0.4, common_walk=0.3, new_venues=0.4,
        uneven=0.7, crowds=0.05, not_counted=0.25, rounded=0.4,
    )
}  # fmt: skip
DRIFTING = ("growth", "decline", "venues drift", "all drift", "sudden drop", "sudden rise", "new venues", "everything")


def series(kind: str, seed: int, parameters: Parameters) -> tuple[tuple[Event, float], ...]:
    """The counted events by start, with their guests."""
    draw = np.random.default_rng([zlib.crc32(kind.encode()), seed])
    p = parameters
    days = round(365 * p.events / p.a_year)
    weekdays = draw.normal(0, p.weekday_spread, 7)
    towns = draw.normal(0, p.town_spread, p.towns)
    hours = draw.normal(0, p.hour_spread, 24)
    own = draw.normal(0, p.venue_spread, p.venues)
    own_weekdays = draw.normal(0, p.venue_weekday_spread, (p.venues, 7))
    town_of = draw.integers(0, p.towns, p.venues)
    usual_days = [draw.choice(7, 2, replace=False) for _ in range(p.venues)]
    usual_hour = draw.choice([8, 9, 10, 12, 15, 17], p.venues)
    dispersion = p.dispersion * np.exp(draw.normal(0, p.uneven, p.venues))
    steps = math.sqrt(1 / 365)
    walks = np.cumsum(draw.normal(0, p.venue_walk * steps, (p.venues, days + 7)), axis=1)
    common = np.cumsum(draw.normal(0, p.common_walk * steps, days + 7))
    change = draw.uniform(0.6, 0.9) * days
    weights = (1 + np.arange(p.venues)) ** -p.favorites
    draw.shuffle(weights)
    renewed = round(p.new_venues * p.venues)
    opens, closes = np.zeros(p.venues), np.full(p.venues, days + 7.0)
    opens[:renewed] = draw.uniform(0.5, 0.9, renewed) * days
    replaced = min(renewed, p.venues - renewed)
    closes[p.venues - replaced :] = draw.uniform(0.5, 0.9, replaced) * days

    rows: list[tuple[Event, float]] = []
    for number, moment in enumerate(np.sort(draw.integers(0, days, p.events))):
        open_now = weights * ((opens <= moment) & (moment < closes))
        if not open_now.any():
            open_now = weights
        venue = int(draw.choice(p.venues, p=open_now / open_now.sum()))
        weekday = int(draw.choice(usual_days[venue]) if draw.random() < 0.85 else draw.integers(0, 7))
        first = LAST_DAY - dt.timedelta(days=days + 7)
        date = first + dt.timedelta(days=int(moment))
        date += dt.timedelta(days=(weekday - date.weekday()) % 7)
        day = (date - first).days
        hour = int(usual_hour[venue] if draw.random() < 0.9 else draw.integers(8, 19))
        log = (
            math.log(p.guests) + own[venue] + towns[town_of[venue]] + weekdays[weekday] + hours[hour]
            + own_weekdays[venue, weekday] + p.season * math.sin(2 * math.pi * date.timetuple().tm_yday / 365)
            + p.growth * (day - days) / 365 + walks[venue, min(day, days + 6)] + common[min(day, days + 6)]
            + (p.shift if day >= change else 0)
        )  # fmt: skip
        mean = math.exp(min(log, 7)) * (3 if draw.random() < p.crowds else 1)
        guests = int(draw.poisson(draw.gamma(dispersion[venue], mean / dispersion[venue])))
        if draw.random() < p.rounded:
            unit = 10 if guests >= 40 else 5
            guests = unit * round(guests / unit)
        if draw.random() >= p.not_counted:
            place = Event(
                f"E{number}", row=number + 2, date=date, start=dt.time(hour), town=f"Town {town_of[venue]}",
                venue_text=f"Venue {venue}", lead_agency="WPD", status="Completed",
            )  # fmt: skip
            rows.append((place, float(guests)))
    return tuple(sorted(rows, key=lambda row: (row[0].date, row[0].start, row[0].id)))


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
