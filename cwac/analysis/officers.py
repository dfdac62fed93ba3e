"""Officers: what they can do, when they are free, where they are committed, and their hours and rest."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeVar

from cwac.analysis.events import DEFAULTS, duty_interval, going, interval, is_live, planned, where
from cwac.analysis.periods import first_day_of_week
from cwac.analysis.words import number, shorten, with_noun
from cwac.date_words import clock_range, day_words
from cwac.model import Alert, Assignment, Event, Officer, Role, Severity, Snapshot, grouped
from cwac.rounding import half_up
from cwac.settings import Rules
from cwac.sheet.names import words
from cwac.sheet.text import is_not_said

_ENGLISH = frozenset("english eng en only no none native first fluent language american us usa speaks speaker".split())
"""Words of a Languages cell that name no language besides English."""


def everyone(snapshot: Snapshot) -> Mapping[str, Officer]:
    """The officers by person (`Assignment.person`): those listed, then those whom only Staffing names."""
    officers = {officer.id: officer for officer in snapshot.officers}
    for row in snapshot.assignments:
        if row.officer is None and row.person is not None and row.person not in officers:
            officers[row.person] = Officer(row.name or row.person, row.name or row.person, row.agency or "")
    return officers


def time_off_by_person(snapshot: Snapshot) -> Mapping[str, list[tuple[dt.date, dt.date]]]:
    """Person (`Assignment.person`) -> first and last days off, both included."""
    listed = snapshot.officer_by_id
    return grouped(
        (off.officer if off.officer in listed else off.officer.casefold(), (off.first, off.last))
        for off in snapshot.time_off
    )


def is_active(officer: Officer, day: dt.date) -> bool:
    return (officer.active_from is None or officer.active_from <= day) and (
        officer.active_to is None or day <= officer.active_to
    )


def is_off(absences: Iterable[tuple[dt.date, dt.date]], day: dt.date) -> bool:
    return any(first <= day <= last for first, last in absences)


def takes_part(snapshot: Snapshot, short: str) -> bool:
    agency = snapshot.agency_by_short.get(short)
    return agency is None or agency.active is not False


def other_languages(languages: tuple[str, ...]) -> tuple[str, ...]:
    """Those besides English as typed; "English only", "none" and the like are not one."""
    return tuple([each for each in languages if not is_not_said(each) and not _ENGLISH.issuperset(words(each))])


def speaks_another(officer: Officer | None) -> bool:
    return officer is not None and bool(other_languages(officer.languages))


def lacking_roles(snapshot: Snapshot, event: Event, participants: Sequence[Assignment]) -> tuple[Role, ...]:
    """The roles that an event lacks: a host, a bilingual officer where it needs one, a supervisor of four or more."""
    people, roles = {row.person for row in participants}, {row.role for row in participants}
    officers = [officer for person in people if (officer := snapshot.officer_by_id.get(person or ""))]
    wanted: dict[Role, bool] = {
        "Host": True,
        "Bilingual": event.bilingual_needed is True and not any(map(speaks_another, officers)),
        "Supervisor": len(people) >= 4 and not any(officer.supervisor for officer in officers),
    }
    return tuple(role for role, is_wanted in wanted.items() if is_wanted and role not in roles)


Span = tuple[dt.datetime, dt.datetime, int]
"""Start, end (excluded) and the event's index in `Commitments.events`."""
_EARTH_MILES = 3958.8


def event_words(event: Event, on: dt.date) -> str:
    """`Weed Starbucks on Wed, Oct 7, 8:00–9:30 AM`."""
    return f"{shorten(where(event), 40)} on {day_words(event.date, on)}, {clock_range(event.start, event.end)}"


class Commitments:
    """The coming events by start, who takes part (or those in `only`), and each person's spans or `timeless` events."""

    def __init__(
        self, snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS, only: frozenset[str] | None = None
    ) -> None:
        self.snapshot, self.on, self.rules, self.events = snapshot, on, rules, planned(snapshot, on)
        self.staffed_events: list[tuple[Event, list[Assignment]]] = []
        self.spans: dict[str, list[Span]] = {}
        self.timeless: dict[str, list[Event]] = {}
        self.first_rows: dict[str, Assignment] = {}
        for order, event in enumerate(self.events):
            rows = going(snapshot.assignments_by_event.get(event.id, ()))
            crew = [row for row in rows if only is None or row.person in only]
            self.staffed_events.append((event, crew))
            times = interval(event, rules)
            for row in crew:
                person = row.person or ""
                self.first_rows.setdefault(person, row)
                duty = duty_interval(event, row, rules) if row.report_time or row.release_time else times
                if duty is None:
                    self.timeless.setdefault(person, []).append(event)
                else:
                    self.spans.setdefault(person, []).append((*duty, order))
        for spans in self.spans.values():
            spans.sort()
        self.off = time_off_by_person(snapshot)
        self.hosts = frozenset(each.id for each in snapshot.officers if each.can_host)
        self._words: dict[str, str] = {}

    def name(self, person: str, length: int = 28) -> str:
        officer, row = self.snapshot.officer_by_id.get(person), self.first_rows.get(person)
        return shorten(officer.name if officer is not None else (row and row.name) or person, length)

    def drive(self, first: Event, second: Event) -> float | None:
        """Minutes to allow for the drive between two events: 0 at one place, None if a place is unknown."""
        if place_of(first) == place_of(second):
            return 0.0
        start, end = (place_coordinates(self.snapshot, event) for event in (first, second))
        # Two events in one town, one of them without a venue, may be at one place.
        may_be_one = first.town == second.town and not (_venue_name(first) and _venue_name(second))
        return None if start is None or end is None or may_be_one else drive_minutes(start, end, self.rules)

    def longest_drive(self) -> dt.timedelta:
        """An upper bound for every drive in the plan: across all its latitudes, then across all its longitudes."""
        points = {point for event in self.events if (point := place_coordinates(self.snapshot, event)) is not None}
        (south, north), (west, east) = ((min(axis), max(axis)) for axis in zip(*(points or {(0, 0)}), strict=True))
        return dt.timedelta(minutes=_allow_minutes(math.radians(north - south + east - west), self.rules) + 1)

    def is_free(self, person: str, event: Event) -> bool:
        officer = self.snapshot.officer_by_id.get(person)
        return (officer is None or is_active(officer, event.date)) and not is_off(self.off.get(person, ()), event.date)

    def where(self, event: Event) -> str:
        return shorten(where(event), 40)

    def words(self, event: Event) -> str:
        """As `event_words`, worked out once for an event."""
        if event.id not in self._words:
            self._words[event.id] = event_words(event, self.on)
        return self._words[event.id]

    def days_until(self, event: Event) -> int:
        return (event.date - self.on).days

    def alert(
        self,
        severity: Severity,
        code: str,
        events: Sequence[Event],
        message: str,
        *,
        person: str | None = None,
        agency: str | None = None,
        venue: str | None = None,
    ) -> Alert:
        """An alert about these events. `agency` must act on it: by default the person's, or the one that leads all."""
        officer = None
        if person is not None:
            row = self.first_rows[person]
            officer, agency = row.officer or row.name, row.agency
        elif agency is None and (len(events) == 1 or len({event.lead_agency for event in events}) == 1):
            agency = events[0].lead_agency
        ids = tuple([event.id for event in events])
        return Alert(severity, code, ids, officer, agency, venue, self.days_until(events[0]), message)


_Moment = TypeVar("_Moment", bound=dt.date)


def chains(spans: Iterable[tuple[_Moment, _Moment, int]]) -> Iterator[list[tuple[_Moment, _Moment, int]]]:
    """The maximal chains of overlapping spans, from sorted spans. Spans that only touch do not overlap."""
    chain: list[tuple[_Moment, _Moment, int]] = []
    until: _Moment | None = None
    for span in spans:
        if until is None or span[0] >= until:
            if chain:
                yield chain
            chain, until = [], span[1]
        chain.append(span)
        until = max(until, span[1])
    if chain:
        yield chain


def _venue_name(event: Event) -> str | None:
    """The venue as typed, for comparing venues; None if the cell says that there is none yet."""
    if event.venue is not None:
        return event.venue.name
    text = " ".join((event.venue_text or "").casefold().split())
    return text if text and not is_not_said(text) else None


def place_of(event: Event) -> tuple[str, ...]:
    """A key that two events share if they are at one place: the listed venue, else the same text in the same town."""
    if event.venue is not None:
        return "venue", event.venue.name, event.venue.town
    text, town = _venue_name(event), event.town or (event.town_text or "").casefold()
    return ("text", text, town) if text and town else ("event", event.id)


def place_coordinates(snapshot: Snapshot, event: Event) -> tuple[float, float] | None:
    """Latitude and longitude of the venue, else of the town, in degrees; None if neither is known."""
    for place in (event.venue, snapshot.town_by_name.get(event.town) if event.town else None):
        if place is not None and place.latitude is not None and place.longitude is not None:
            return place.latitude, place.longitude
    return None


def drive_minutes(start: tuple[float, float], end: tuple[float, float], rules: Rules = DEFAULTS) -> float:
    """Minutes to allow between two places (latitude and longitude in degrees).

    The great-circle distance by the haversine formula, times the detour factor at the assumed speed, and a margin.
    """
    (lat, lon), (lat2, lon2) = start, end
    half = (
        math.sin(math.radians(lat2 - lat) / 2) ** 2
        + math.cos(math.radians(lat)) * math.cos(math.radians(lat2)) * math.sin(math.radians(lon2 - lon) / 2) ** 2
    )
    return _allow_minutes(2 * math.asin(math.sqrt(min(1.0, half))), rules)


def _allow_minutes(angle: float, rules: Rules) -> float:
    """Minutes to allow for a distance as the crow flies, given as an angle at the center of the earth."""
    return rules.travel_detour * angle * _EARTH_MILES / rules.travel_mph * 60 + rules.travel_spare_minutes


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
                    f"{name} has {with_noun(number(hours), 'hour')} of events in the week of {day_words(sunday, on)}; "
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
