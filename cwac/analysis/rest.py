"""Rest: weeks with too many hours of events, and too little rest between two duties."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

from cwac.analysis.events import (
    DEFAULTS,
    day_words,
    duty_interval,
    going,
    is_live,
    where,
)
from cwac.model import Assignment, Event, Snapshot
from cwac.settings import Rules


@dataclass(frozen=True, slots=True)
class RestWarning:
    """Too many hours in a week (Monday to Sunday), or too little rest between two duties. A warning, never a ban.

    `hours` are what there is, `limit` what the rules say; `day` is the week's Monday, or the day of the second duty.
    Only duties in this sheet are known: nobody's regular shifts are.
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
    """By day: every week with a coming duty that has too many hours, and every rest before a coming duty too short."""
    found: list[RestWarning] = []
    for person, (face, duties_of) in _duties_since(snapshot, on - dt.timedelta(days=7), rules).items():
        officer = snapshot.officer_by_id.get(person)
        who = (person, officer.name if officer else face.name or person, face.agency)
        found.extend(_long_weeks(who, duties_of, on, rules))
        found.extend(_short_rests(who, duties_of, on, rules))
    return tuple(sorted(found, key=lambda one: (one.day, one.name, one.person, one.kind)))


_Who = tuple[str, str, str | None]
_Duty = tuple[dt.datetime, dt.datetime, Event]


def _duties_since(snapshot: Snapshot, first: dt.date, rules: Rules) -> Mapping[str, tuple[Assignment, list[_Duty]]]:
    """Each person's duties from that day on, in order; those of one event are one."""
    found: dict[str, tuple[Assignment, dict[str, _Duty]]] = {}
    for event in snapshot.events:
        if event.date < first or not is_live(event):
            continue
        for row in going(snapshot.assignments_by_event.get(event.id, ())):
            span = duty_interval(event, row, rules)
            if span is not None and row.person is not None:
                _, theirs = found.setdefault(row.person, (row, {}))
                earlier = theirs.get(event.id, (*span, event))
                theirs[event.id] = (min(earlier[0], span[0]), max(earlier[1], span[1]), event)
    return {
        person: (face, sorted(theirs.values(), key=lambda duty: (duty[0], duty[1], duty[2].id)))
        for person, (face, theirs) in found.items()
    }


def _long_weeks(who: _Who, duties_of: Sequence[_Duty], on: dt.date, rules: Rules) -> Iterable[RestWarning]:
    weeks: dict[dt.date, list[_Duty]] = {}
    for duty in duties_of:
        day = duty[2].date
        weeks.setdefault(day - dt.timedelta(days=day.weekday()), []).append(duty)
    for monday, week in weeks.items():
        hours = union_hours((start, end) for start, end, _ in week)
        if hours > rules.weekly_hours and week[-1][2].date >= on:
            message = (
                f"{who[1]} has {hours:g} hours of events in the week of {day_words(monday, on)}; "
                f"{rules.weekly_hours:g} are the limit."
            )
            ids = tuple(event.id for *_, event in week)
            yield RestWarning(*who, "hours", monday, hours, rules.weekly_hours, ids, message)


def _short_rests(who: _Who, duties_of: Sequence[_Duty], on: dt.date, rules: Rules) -> Iterable[RestWarning]:
    for before, after in pairwise(duties_of):
        hours = (after[0] - before[1]).total_seconds() / 3600
        if 0 <= hours < rules.rest_hours and after[2].date >= on:
            message = (
                f"{who[1]} has {hours:.1f} hours between {where(before[2])} and {where(after[2])} on "
                f"{day_words(after[2].date, on)}; {rules.rest_hours:g} are the least."
            )
            ids = (before[2].id, after[2].id)
            yield RestWarning(*who, "rest", after[2].date, hours, rules.rest_hours, ids, message)


def union_hours(spans: Iterable[tuple[dt.datetime, dt.datetime]]) -> float:
    """The hours that the spans cover together; what overlaps counts once."""
    total, until = dt.timedelta(0), dt.datetime.min  # noqa: DTZ901 - wall clock
    for start, end in sorted(spans):
        if end > until:
            total += end - max(start, until)
            until = end
    return total.total_seconds() / 3600
