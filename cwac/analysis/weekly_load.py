"""How many events, and how many hours of them, each officer has in each week."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from cwac.analysis.events import DEFAULTS, between, duty_interval, going, is_live
from cwac.analysis.hours import carries
from cwac.analysis.officers import everyone
from cwac.analysis.periods import first_day_of_week
from cwac.analysis.rest import union_hours
from cwac.model import Snapshot
from cwac.settings import Rules

WEEK = dt.timedelta(days=7)


@dataclass(frozen=True, slots=True)
class WeeklyLoad:
    """One officer's weeks, in order: events that count as a duty (`carries`), and hours as scheduled.

    The hours include events for which the officer is only Requested, as rest warnings do.
    """

    events: tuple[int, ...]
    hours: tuple[float, ...]


def weeks_around(on: dt.date, before: int, after: int) -> tuple[dt.date, ...]:
    """The first days of the weeks before the week of that day, of that week, and of the weeks after it."""
    current = first_day_of_week(on)
    return tuple(current + number * WEEK for number in range(-before, after + 1))


def weekly_load(
    snapshot: Snapshot, weeks: Sequence[dt.date], rules: Rules = DEFAULTS, among: Collection[str] | None = None
) -> Mapping[str, WeeklyLoad]:
    """Officer ID (or the name of an officer who is not listed) -> load in these weeks, of everybody or of `among`."""
    number_of = {week: number for number, week in enumerate(weeks)}
    events: dict[tuple[str, int], set[str]] = {}
    spans: dict[tuple[str, int], list[tuple[dt.datetime, dt.datetime]]] = {}
    for event in between(snapshot, weeks[0], weeks[-1] + WEEK - dt.timedelta(days=1)):
        number = number_of.get(first_day_of_week(event.date))
        if number is None or not is_live(event):
            continue
        rows = snapshot.assignments_by_event.get(event.id, ())
        for row in rows:
            if row.person is not None and carries(row):
                events.setdefault((row.person, number), set()).add(event.id)
        for row in going(rows):
            week = (row.person or "", number)
            if (span := duty_interval(event, row, rules)) is not None:
                spans.setdefault(week, []).append(span)
    numbers = range(len(weeks))
    return {
        officer.id: WeeklyLoad(
            tuple(len(events.get((person, number), ())) for number in numbers),
            tuple(union_hours(spans.get((person, number), ())) for number in numbers),
        )
        for person, officer in everyone(snapshot).items()
        if among is None or person in among
    }
