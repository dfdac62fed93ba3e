"""Rest: weeks with too many hours of events, and too little rest between two duties."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from cwac.analysis.events import DEFAULTS, duty_interval, going, is_live, where
from cwac.analysis.periods import first_day_of_week
from cwac.analysis.words import number
from cwac.date_words import day_words
from cwac.model import Assignment, Event, Snapshot
from cwac.rounding import half_up
from cwac.settings import Rules


@dataclass(frozen=True, slots=True)
class RestWarning:
    """Too many hours in a week (Sunday to Saturday), or too little rest between two duties. A plan never causes one.

    `hours` is the actual number and `limit` the one in the rules; `day` is the week's Sunday, or the day of the second
    duty. Regular shifts are not in the sheet, so they do not count.
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


def rest_warnings(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS) -> tuple[RestWarning, ...]:
    """Weeks with a coming duty and too many hours, and rests that are too short before a coming duty; by day."""
    warnings: list[RestWarning] = []
    for person, (row, duties_of) in duties_since(snapshot, on - dt.timedelta(days=7), rules).items():
        officer = snapshot.officer_by_id.get(person)
        identity = (person, officer.name if officer else row.name or person, row.agency)
        warnings.extend(_long_weeks(identity, duties_of, on, rules))
        warnings.extend(_short_rests(identity, duties_of, on, rules))
    return tuple(sorted(warnings, key=lambda warning: (warning.day, warning.name, warning.person, warning.kind)))


_Identity = tuple[str, str, str | None]
"""Person (`Assignment.person`), name, agency."""
_Duty = tuple[dt.datetime, dt.datetime, Event]


def duties_since(snapshot: Snapshot, first: dt.date, rules: Rules) -> Mapping[str, tuple[Assignment, list[_Duty]]]:
    """Each person's first row, and their duties from that day on, in order; several rows of one event are one duty."""
    duties: dict[str, tuple[Assignment, dict[str, _Duty]]] = {}
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


def _long_weeks(identity: _Identity, duties_of: Sequence[_Duty], on: dt.date, rules: Rules) -> Iterable[RestWarning]:
    weeks: dict[dt.date, list[_Duty]] = {}
    for duty in duties_of:
        day = duty[2].date
        weeks.setdefault(first_day_of_week(day), []).append(duty)
    for sunday, week in weeks.items():
        hours = union_hours((start, end) for start, end, _ in week)
        if hours > rules.weekly_hours and week[-1][2].date >= on:
            message = (
                f"{identity[1]} has {number(hours)} hours of events in the week of {day_words(sunday, on)}; "
                f"the limit is {rules.weekly_hours:g}."
            )
            ids = tuple(event.id for *_, event in week)
            yield RestWarning(*identity, "hours", sunday, hours, rules.weekly_hours, ids, message)


def _short_rests(identity: _Identity, duties_of: Sequence[_Duty], on: dt.date, rules: Rules) -> Iterable[RestWarning]:
    for before, after in pairwise(duties_of):
        hours = (after[0] - before[1]).total_seconds() / 3600
        if 0 <= hours < rules.rest_hours and after[2].date >= on:
            message = (
                f"{identity[1]} has {half_up(hours, 1)} hours between {where(before[2])} and {where(after[2])} on "
                f"{day_words(after[2].date, on)}; the minimum is {rules.rest_hours:g}."
            )
            ids = (before[2].id, after[2].id)
            yield RestWarning(*identity, "rest", after[2].date, hours, rules.rest_hours, ids, message)


def union_hours(spans: Iterable[tuple[dt.datetime, dt.datetime]]) -> float:
    """The hours covered by the spans together; overlaps count once."""
    total, until = dt.timedelta(0), dt.datetime.min  # noqa: DTZ901 - wall clock
    for start, end in sorted(spans):
        if end > until:
            total += end - max(start, until)
            until = end
    return total.total_seconds() / 3600
