"""Which towns the program reaches, how long ago, how that compares with who lives there, and who polices them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from cwac.analysis.attendance import Held, Turnout, program, turnout
from cwac.analysis.periods import last_months, months_before
from cwac.model import Coverage, Event, Snapshot

OVERDUE_MONTHS = 6
"""A town counts as not visited when its last held event is longer ago."""


@dataclass(frozen=True, slots=True)
class TownReach:
    """One town on a day. `year` is its turnout over the twelve months up to that day; rates are per 1,000 residents.

    `guests_rate` counts only what was counted, so it is a lower bound where events miss a count. `neglected`: no event
    held within six months. `policed_by` is the coverage in force on that day, contracts and dispatch included.
    """

    name: str
    population: int | None
    latitude: float | None
    longitude: float | None
    last_visit: dt.date | None
    days_since: int | None
    neglected: bool
    next_event: Event | None
    year: Turnout
    events_rate: float | None
    guests_rate: float | None
    policed_by: tuple[Coverage, ...]


def towns(snapshot: Snapshot) -> tuple[TownReach, ...]:
    """Every town of the sheet, and any other that an event names: those longest without a visit first."""
    today = snapshot.today
    every = program(snapshot)
    held: dict[str, list[Held]] = {}
    for one in every.held:
        if one.event.town is not None:
            held.setdefault(one.event.town, []).append(one)
    coming: dict[str, Event] = {}
    for event in every.coming:
        if event.town is not None:
            coming.setdefault(event.town, event)
    named = dict.fromkeys([town.name for town in snapshot.towns] + sorted(held) + sorted(coming))
    made = [_reach(snapshot, name, held.get(name, ()), coming.get(name), today) for name in named]
    return tuple(sorted(made, key=lambda town: (town.last_visit or dt.date.min, town.name)))


def _reach(snapshot: Snapshot, name: str, held: Sequence[Held], coming: Event | None, today: dt.date) -> TownReach:
    town = snapshot.town_by_name.get(name)
    population = town.population if town else None
    last_visit = held[-1].event.date if held else None
    year = last_months(today)
    within = turnout(one for one in held if one.event.date in year)

    def rate(number: float | None) -> float | None:
        return number * 1000 / population if population and number is not None else None

    return TownReach(
        name=name,
        population=population,
        latitude=town.latitude if town else None,
        longitude=town.longitude if town else None,
        last_visit=last_visit,
        days_since=(today - last_visit).days if last_visit else None,
        neglected=last_visit is None or last_visit < months_before(today, OVERDUE_MONTHS),
        next_event=coming,
        year=within,
        events_rate=rate(within.held),
        guests_rate=rate(within.guests),
        policed_by=coverage_at(snapshot, name, today),
    )


def coverage_at(snapshot: Snapshot, town: str, day: dt.date) -> tuple[Coverage, ...]:
    """Who polices a town on a day, in the order of the sheet; both ends of a coverage are included."""
    return tuple(
        one
        for one in snapshot.coverage
        if one.town == town and (one.first or dt.date.min) <= day <= (one.last or dt.date.max)
    )
