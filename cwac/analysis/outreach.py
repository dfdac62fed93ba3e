"""Outreach by town: last visit, events and guests per resident, and the agencies that police it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cwac.analysis.attendance import HeldEvent, Turnout, outcomes, turnout
from cwac.analysis.periods import last_months, months_before
from cwac.model import Coverage, Event, Snapshot

OVERDUE_MONTHS = 6
"""A town is overdue when its last held event is longer ago than this."""


@dataclass(frozen=True, slots=True)
class TownOutreach:
    """Outreach in one town. `year` is its turnout over the last twelve months; rates are per 1,000 residents.

    `guests_rate` is a lower bound if some events have no count. `overdue`: no event held within `OVERDUE_MONTHS`.
    `policed_by` is the coverage in force today, including contracts and dispatch.
    """

    name: str
    population: int | None
    latitude: float | None
    longitude: float | None
    last_visit: dt.date | None
    days_since: int | None
    overdue: bool
    next_event: Event | None
    year: Turnout
    events_rate: float | None
    guests_rate: float | None
    policed_by: tuple[Coverage, ...]


def outreach_by_town(snapshot: Snapshot) -> tuple[TownOutreach, ...]:
    """All towns of the sheet and of its events, those longest without a visit first."""
    today = snapshot.today
    every = outcomes(snapshot)
    held: dict[str, list[HeldEvent]] = {}
    for held_event in every.held:
        if held_event.event.town is not None:
            held.setdefault(held_event.event.town, []).append(held_event)
    coming: dict[str, Event] = {}
    for event in every.coming:
        if event.town is not None:
            coming.setdefault(event.town, event)
    names = dict.fromkeys([town.name for town in snapshot.towns] + sorted(held) + sorted(coming))
    towns = [_outreach(snapshot, name, held.get(name, ()), coming.get(name), today) for name in names]
    return tuple(sorted(towns, key=lambda town: (town.last_visit or dt.date.min, town.name)))


def _outreach(
    snapshot: Snapshot, name: str, held: Sequence[HeldEvent], coming: Event | None, today: dt.date
) -> TownOutreach:
    town = snapshot.town_by_name.get(name)
    population = town.population if town else None
    last_visit = held[-1].event.date if held else None
    year = last_months(today)
    year_turnout = turnout(held_event for held_event in held if held_event.event.date in year)

    def rate(number: float | None) -> float | None:
        return number * 1000 / population if population and number is not None else None

    return TownOutreach(
        name=name,
        population=population,
        latitude=town.latitude if town else None,
        longitude=town.longitude if town else None,
        last_visit=last_visit,
        days_since=(today - last_visit).days if last_visit else None,
        overdue=last_visit is None or last_visit < months_before(today, OVERDUE_MONTHS),
        next_event=coming,
        year=year_turnout,
        events_rate=rate(year_turnout.held),
        guests_rate=rate(year_turnout.guests),
        policed_by=coverage_at(snapshot, name, today),
    )


def coverage_at(snapshot: Snapshot, town: str, day: dt.date) -> tuple[Coverage, ...]:
    """The coverage of a town on a day, in the order of the sheet; first and last days are included."""
    return tuple(
        coverage
        for coverage in snapshot.coverage
        if coverage.town == town and (coverage.first or dt.date.min) <= day <= (coverage.last or dt.date.max)
    )
