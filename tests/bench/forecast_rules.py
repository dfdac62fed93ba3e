"""Ten simple rules that a forecast must not lose to, written out as anyone would, and three scores."""

from __future__ import annotations

import datetime as dt
import math
import statistics
from collections.abc import Callable, Mapping, Sequence

from cwac.analysis.attendance import season
from cwac.model import Event

Counted = tuple[Event, float]
Rule = Callable[[Sequence[Counted], Event], float]


def overall_median(past: Sequence[Counted], event: Event) -> float:  # noqa: ARG001 - the same for every event
    return statistics.median(guests for _, guests in past)


def overall_mean(past: Sequence[Counted], event: Event) -> float:  # noqa: ARG001
    return statistics.fmean(guests for _, guests in past)


def last_year(past: Sequence[Counted], event: Event) -> float:
    """The median of the 365 days before the event."""
    late = [guests for earlier, guests in past if earlier.date >= event.date - dt.timedelta(days=365)]
    return statistics.median(late) if late else overall_median(past, event)


def _at_venue(past: Sequence[Counted], event: Event) -> list[float]:
    return [guests for earlier, guests in past if (earlier.venue_text, earlier.town) == (event.venue_text, event.town)]


def venue_median(past: Sequence[Counted], event: Event) -> float:
    here = _at_venue(past, event)
    return statistics.median(here) if here else overall_median(past, event)


def venue_mean(past: Sequence[Counted], event: Event) -> float:
    here = _at_venue(past, event)
    return statistics.fmean(here) if here else overall_mean(past, event)


def venue_weekday_median(past: Sequence[Counted], event: Event) -> float:
    same_day = [row for row in past if row[0].date.weekday() == event.date.weekday()]
    here = _at_venue(same_day, event)
    return statistics.median(here) if here else venue_median(past, event)


def town_median(past: Sequence[Counted], event: Event) -> float:
    there = [guests for earlier, guests in past if earlier.town == event.town]
    return statistics.median(there) if there else overall_median(past, event)


def last_at_venue(past: Sequence[Counted], event: Event) -> float:
    here = _at_venue(past, event)
    return here[-1] if here else overall_median(past, event)


def smoothed_at_venue(past: Sequence[Counted], event: Event) -> float:
    """Each count moves the level of its venue by 0.3 of the difference; the first count is the first level."""
    here = _at_venue(past, event)
    if not here:
        return overall_median(past, event)
    level = here[0]
    for guests in here[1:]:
        level += 0.3 * (guests - level)
    return level


def same_season(past: Sequence[Counted], event: Event) -> float:
    same = [guests for earlier, guests in past if season(earlier.date) == season(event.date)]
    return statistics.median(same) if same else overall_median(past, event)


RULES: Mapping[str, Rule] = {
    "overall median": overall_median,
    "overall mean": overall_mean,
    "last 12 months' median": last_year,
    "venue median": venue_median,
    "venue mean": venue_mean,
    "venue and weekday median": venue_weekday_median,
    "town median": town_median,
    "last at the venue": last_at_venue,
    "smoothing at the venue": smoothed_at_venue,
    "same season's median": same_season,
}


def forecasts_by_rules(
    past: Sequence[Counted], tried: Sequence[int], days_ahead: int = 1
) -> Mapping[str, tuple[float, ...]]:
    """What each rule forecasts for these events from the counts up to so many days before them."""
    table: dict[str, list[float]] = {name: [] for name in RULES}
    for number in tried:
        event = past[number][0]
        before = [row for row in past if row[0].date <= event.date - dt.timedelta(days=days_ahead)]
        for name, rule in RULES.items():
            table[name].append(rule(before, event))
    return {name: tuple(made) for name, made in table.items()}


def winkler(low: float, high: float, guests: float) -> float:
    """The interval score of an 80% range: its width, and ten times the distance of a count outside it."""
    return high - low + 10 * max(low - guests, guests - high, 0)


def wilson(hits: int, n: int) -> tuple[float, float]:
    """Wilson's 95% interval for a share, from its definition: the shares that a two-sided score test accepts."""
    z = statistics.NormalDist().inv_cdf(0.975)
    middle, half = (hits + z * z / 2) / (n + z * z), z * math.sqrt(hits * (n - hits) / n + z * z / 4) / (n + z * z)
    return middle - half, middle + half
