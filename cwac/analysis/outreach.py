"""Outreach by town: last event, events and visits per 1,000 residents, and the agencies that police it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from cwac.analysis.attendance import HeldEvent, Outcomes, Turnout, guests_in_all, outcomes, turnout
from cwac.analysis.measures import Measure, refused
from cwac.analysis.periods import last_months, months_before
from cwac.analysis.words import counted, number
from cwac.model import Coverage, Event, Snapshot, grouped

OVERDUE_MONTHS = 6
"""A town is overdue when its last held event is longer ago than this."""
RATE_FROM = 500
"""Residents below which no rate per 1,000 is given: one event more would change it by over two."""


@dataclass(frozen=True, slots=True)
class TownOutreach:
    """Outreach in one town; `year` is its turnout over the last twelve months, and rates are per 1,000 residents.

    `visits_rate` counts visits, not people: a guest of two events counts twice. `overdue`: no event held within
    `OVERDUE_MONTHS`. `policed_by` is the coverage in force today, including contracts and dispatch.
    """

    name: str
    population: int | None
    latitude: float | None
    longitude: float | None
    last_event: Event | None
    last_visit: dt.date | None
    overdue: bool
    next_event: Event | None
    year: Turnout
    events_rate: Measure
    visits_rate: Measure
    policed_by: tuple[Coverage, ...]


def outreach_by_town(snapshot: Snapshot, *, _every: Outcomes | None = None) -> tuple[TownOutreach, ...]:
    """All towns of the sheet and of its events, those longest without a visit first."""
    today = snapshot.today
    every = _every or outcomes(snapshot)
    held = grouped((past.event.town, past) for past in every.held if past.event.town is not None)
    first_coming = {event.town: event for event in reversed(every.coming) if event.town is not None}
    names = dict.fromkeys([town.name for town in snapshot.towns] + sorted(held) + sorted(first_coming))
    towns = [_sum_up_town(snapshot, name, held.get(name, ()), first_coming.get(name), today) for name in names]
    return tuple(sorted(towns, key=lambda town: (town.last_visit or dt.date.min, town.name)))


def _sum_up_town(
    snapshot: Snapshot, name: str, held: Sequence[HeldEvent], coming: Event | None, today: dt.date
) -> TownOutreach:
    town = snapshot.town_by_name.get(name)
    population = town.population if town else None
    last_visit = held[-1].event.date if held else None
    year = last_months(today)
    year_turnout = turnout(held_event for held_event in held if held_event.event.date in year)
    return TownOutreach(
        name=name,
        population=population,
        latitude=town.latitude if town else None,
        longitude=town.longitude if town else None,
        last_event=held[-1].event if held else None,
        last_visit=last_visit,
        overdue=last_visit is None or last_visit < months_before(today, OVERDUE_MONTHS),
        next_event=coming,
        year=year_turnout,
        events_rate=_rate_per_thousand("Events", population, year_turnout),
        visits_rate=_rate_per_thousand("Visits", population, year_turnout),
        policed_by=tuple(
            row
            for row in snapshot.coverage
            if row.town == name and (row.first or dt.date.min) <= today <= (row.last or dt.date.max)
        ),
    )


def _rate_per_thousand(kind: Literal["Events", "Visits"], population: int | None, year: Turnout) -> Measure:
    """Events or visits per 1,000 residents in a year; the visits are `about` or `at least` as the counts are."""
    name = f"{kind} per 1,000 residents"
    if not population:
        return refused(name, "residents not known")
    if population < RATE_FROM:
        return refused(name, f"fewer than {RATE_FROM} residents", "no rate")
    if kind == "Events":
        value = year.held * 1000 / population
        return Measure(name, value, number(value), year.held, year.held)
    guests = guests_in_all(year)
    if guests.value is None:
        return refused(name, guests.caveat, n=guests.n, of=guests.of)
    value = guests.value * 1000 / population
    short = f"{year.about}{number(value)}"
    return Measure(name, value, short, guests.n, guests.of, caveat=guests.caveat, exact=guests.exact)


def towns_reached(held: Iterable[HeldEvent], snapshot: Snapshot) -> Measure:
    """The different towns with an event held: how many of those listed, and how many others."""
    return towns_in_words(held, {town.name for town in snapshot.towns})


def towns_in_words(held: Iterable[HeldEvent], listed: Collection[str]) -> Measure:
    """The same, with the names of the towns that the sheet lists."""
    towns = [past.event.town for past in held]
    reached, nowhere = set(towns) - {None}, towns.count(None)
    caveat = f"{counted(nowhere, 'event')} without a known town" if nowhere else ""
    there, others = len(reached & set(listed)), len(reached - set(listed))
    short, n, of = number(len(reached)), None, None
    if listed:
        short, n, of = f"{there} of {len(listed)} towns", there, len(listed)
        short += f" and {others} not listed" if others else ""
    return Measure("Towns reached", len(reached), short, n, of, caveat=caveat, exact=not nowhere)
