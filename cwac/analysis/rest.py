"""Each officer's weeks: events and hours, weeks with too many hours, and too little rest between two duties."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from cwac.analysis.events import DEFAULTS, duty_interval, going, is_live, where
from cwac.analysis.periods import first_day_of_week
from cwac.analysis.words import number
from cwac.date_words import day_words
from cwac.model import Assignment, Event, Snapshot, grouped
from cwac.rounding import half_up
from cwac.settings import Rules


@dataclass(frozen=True, slots=True)
class RestWarning:
    """Too many hours in the week from `day`, or too little rest before a duty on `day`; a plan never causes one.

    `limit` is that of the rules. Regular shifts are not in the sheet, so they do not count.
    """

    person: str
    name: str
    agency: str | None
    kind: Literal["hours", "rest"]
    day: dt.date
    hours: float
    limit: float
    event_ids: tuple[str, ...]
    message: str


_Duty = tuple[dt.datetime, dt.datetime, Event]


def rest_warnings(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS) -> tuple[RestWarning, ...]:
    """Weeks with a coming duty and too many hours, and rests that are too short before a coming duty; by day."""
    warnings: list[RestWarning] = []
    for person, (row, duties_of) in recent_duties(snapshot, on, rules).items():
        officer = snapshot.officer_by_id.get(person)
        name = officer.name if officer else row.name or person
        whose = person, name, row.agency
        for sunday, week in grouped((first_day_of_week(duty[2].date), duty) for duty in duties_of).items():
            hours = union_hours((start, end) for start, end, _ in week)
            if hours > rules.weekly_hours and week[-1][2].date >= on:
                message = (
                    f"{name} has {number(hours)} hours of events in the week of {day_words(sunday, on)}; "
                    f"the limit is {rules.weekly_hours:g}."
                )
                ids = tuple(event.id for *_, event in week)
                warnings.append(RestWarning(*whose, "hours", sunday, hours, rules.weekly_hours, ids, message))
        for (_, ended, before), (began, _, after) in pairwise(duties_of):
            hours = (began - ended).total_seconds() / 3600
            if 0 <= hours < rules.rest_hours and after.date >= on:
                message = (
                    f"{name} has {half_up(hours, 1)} hours between {where(before)} and {where(after)} on "
                    f"{day_words(after.date, on)}; the minimum is {rules.rest_hours:g}."
                )
                ids = before.id, after.id
                warnings.append(RestWarning(*whose, "rest", after.date, hours, rules.rest_hours, ids, message))
    return tuple(sorted(warnings, key=lambda warning: (warning.day, warning.name, warning.person, warning.kind)))


def recent_duties(snapshot: Snapshot, on: dt.date, rules: Rules) -> Mapping[str, tuple[Assignment, list[_Duty]]]:
    """Each person's first row and duties in order, from seven days before; several rows of an event are one duty."""
    duties: dict[str, tuple[Assignment, dict[str, _Duty]]] = {}
    first = on - dt.timedelta(days=7)
    for event in snapshot.events:
        if event.date < first or not is_live(event):
            continue
        for row in going(snapshot.assignments_by_event.get(event.id, ())):
            span = duty_interval(event, row, rules)
            if span is not None and row.person is not None:
                _, by_event = duties.setdefault(row.person, (row, {}))
                earlier = by_event.get(event.id, (*span, event))
                by_event[event.id] = (min(earlier[0], span[0]), max(earlier[1], span[1]), event)
    return {
        person: (row, sorted(by_event.values(), key=lambda duty: (duty[0], duty[1], duty[2].id)))
        for person, (row, by_event) in duties.items()
    }


def union_hours(spans: Iterable[tuple[dt.datetime, dt.datetime]]) -> float:
    """The hours covered by the spans together; overlaps count once."""
    total, until = dt.timedelta(0), dt.datetime.min  # noqa: DTZ901 - wall clock
    for start, end in sorted(spans):
        if end > until:
            total += end - max(start, until)
            until = end
    return total.total_seconds() / 3600
