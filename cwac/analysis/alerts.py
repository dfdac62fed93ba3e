"""What clashes in the plan and what it lacks, from one day on: one small function for each code of the contract.

Drafts, cancelled and postponed events, and people who declined, were swapped out, pulled or did not show, take no
part. People only Requested do: they keep the time free, and who is asked to host is not asked for again; but in
`understaffed` they do not count. Times are wall clock, half-open. Everything is swept in order of time,
never pair by pair.
"""

from __future__ import annotations

import datetime as dt
import gc
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache
from typing import TypeVar

from cwac.analysis.events import (
    DEFAULTS,
    FILLED,
    NOT_GOING,
    clock,
    clock_range,
    day_words,
    duty_interval,
    interval,
    national_day,
    place_coordinates,
    planned,
    where,
)
from cwac.analysis.once import once
from cwac.analysis.positions import agency_is_unknown, open_positions, placeholders, positions, silent_agencies
from cwac.model import SEVERITIES, Alert, Assignment, Event, Officer, Severity, Snapshot
from cwac.settings import Rules
from cwac.sheet.names import words
from cwac.sheet.text import is_not_said

ALERT_CODES: Mapping[str, str] = {
    "officer-double-booked": "Two places to be",
    "officer-tight-travel": "Too little time to drive",
    "officer-on-time-off": "Assigned on a day off",
    "officer-inactive": "Assigned while not active",
    "venue-double-booked": "Venue taken twice",
    "town-too-soon": "Same town within two weeks",
    "understaffed": "Too few officers",
    "no-host": "No host",
    "no-bilingual": "No bilingual officer",
    "no-supervisor": "No supervisor",
    "unconfirmed": "Not confirmed",
    "agency-without-officer": "Agency sends nobody",
    "staffed-agency-not-on-event": "Agency not named on the event",
    "shelter-venue": "Shelter site without a backup",
    "national-day": "National day: more events than people",
    "release-overdue": "News release overdue",
}
"""Each code of the contract, in its order, with a heading for people."""

CLASHES = frozenset(
    {
        "officer-double-booked",
        "officer-tight-travel",
        "officer-on-time-off",
        "officer-inactive",
        "venue-double-booked",
        "national-day",
    }
)
"""The codes that every page and command calls a clash."""

Span = tuple[dt.datetime, dt.datetime, int]
"""Start, end (excluded) and the event's place in `Book.events`."""

_EARTH_MILES = 3958.8
_TOWN_REST = dt.timedelta(days=14)
_ENGLISH = frozenset("english eng en only no none native first fluent language american us usa speaks speaker".split())
"""Words of a Languages cell that name no language beside English."""


@once
def alerts(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS) -> tuple[Alert, ...]:
    """Every alert for the events dated `on` or later, soonest first, then worst first, then by code and event."""
    with _collector_paused():
        return _found(Book(snapshot, on, rules), _PLAN_RULES, _EVENT_RULES)


@once
def by_agency(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS) -> Mapping[str, tuple[Alert, ...]]:
    """For each agency, in the same order, those whose move is its own, or that are about an event that names it."""
    found: dict[str, list[Alert]] = {}
    events = snapshot.event_by_id
    for alert in alerts(snapshot, on, rules):
        named = [agency for event_id in alert.event_ids for agency in events[event_id].agencies]
        for agency in dict.fromkeys([*((alert.agency,) if alert.agency else ()), *named]):
            found.setdefault(agency, []).append(alert)
    return {agency: tuple(group) for agency, group in found.items()}


@once
def by_event(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS) -> Mapping[str, tuple[Alert, ...]]:
    """For each event, by its ID, in the same order, those that are about it."""
    return _by_event(alerts(snapshot, on, rules))


def _by_event(every: Iterable[Alert], only: Collection[str] | None = None) -> Mapping[str, tuple[Alert, ...]]:
    found: dict[str, list[Alert]] = {}
    for alert in every:
        for event_id in alert.event_ids:
            if only is None or event_id in only:
                found.setdefault(event_id, []).append(alert)
    return {event_id: tuple(group) for event_id, group in found.items()}


def alerts_of_people(
    snapshot: Snapshot, on: dt.date, people: Collection[str], rules: Rules = DEFAULTS
) -> tuple[Alert, ...]:
    """The alerts that name one of these people (as `Assignment.person` does), without working out any others."""
    book = Book(snapshot, on, rules, frozenset(people))
    return _found(book, _PLAN_RULES_OF_PEOPLE, _EVENT_RULES_OF_PEOPLE)


def _found(book: Book, plan_rules: Sequence[_PlanRule], event_rules: Sequence[_EventRule]) -> tuple[Alert, ...]:
    by_days: dict[int, list[Alert]] = {}
    for alert in _each(book, plan_rules, event_rules):
        by_days.setdefault(alert.days_until, []).append(alert)
    return _in_order(by_days, by_days)


def _in_order(by_days: Mapping[int, list[Alert]], unsorted: Collection[int]) -> tuple[Alert, ...]:
    """Day by day: each sort stays small, which takes a third of the time of one great sort."""
    for days in unsorted:
        by_days[days].sort(key=_worst)
    return tuple([alert for days in sorted(by_days) for alert in by_days[days]])


def _each(book: Book, plan_rules: Sequence[_PlanRule], event_rules: Sequence[_EventRule]) -> Iterator[Alert]:
    for rule in plan_rules:
        yield from rule(book)
    for event, crew in zip(book.events, book.crews, strict=True):
        for ask in event_rules:
            yield from ask(book, event, crew)


def unplaced(snapshot: Snapshot, on: dt.date) -> tuple[Event, ...]:
    """The coming events whose place has no coordinates: no drive to or from them is ever warned about."""
    return tuple(event for event in planned(snapshot, on) if place_coordinates(snapshot, event) is None)


@contextmanager
def _collector_paused() -> Iterator[None]:
    """A large plan makes a million records and no garbage: to walk them again and again was a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def _worst(alert: Alert) -> tuple[int, str, tuple[str, ...], str, str, str]:
    return (
        _RANK[alert.severity],
        alert.code,
        alert.event_ids,
        alert.officer or "",
        alert.agency or "",
        alert.venue or "",
    )


# --- the plan, gathered once --------------------------------------------------------------------------------------


class Crew:
    """Who takes part in one event: their rows in the sheet's order, and beside each row its person."""

    __slots__ = ("people", "rows")

    def __init__(self) -> None:
        self.rows: list[Assignment] = []
        self.people: list[str] = []


class Book:
    """Who is where, and when: the events in scope by start, the crew of each, and each person's spans in order.

    Events without a start are in nobody's spans, but in `timeless`.
    With `only`, nobody else is looked at; with `events`, no others of those in scope are.
    """

    def __init__(
        self,
        snapshot: Snapshot,
        on: dt.date,
        rules: Rules = DEFAULTS,
        only: frozenset[str] | None = None,
        events: tuple[Event, ...] | None = None,
    ) -> None:
        self.snapshot = snapshot
        self.on = on
        self.rules = rules
        self.events = planned(snapshot, on) if events is None else events
        self.crews: list[Crew] = []
        self.event_spans: list[Span | None] = []
        self.spans: dict[str, list[Span]] = {}
        self.timeless: dict[str, list[Event]] = {}
        self.faces: dict[str, Assignment] = {}
        rows_of = snapshot.assignments_by_event
        for order, event in enumerate(self.events):
            crew = Crew()
            self.crews.append(crew)
            usual = interval(event, rules)
            usual_span = None if usual is None else (*usual, order)
            self.event_spans.append(usual_span)
            for row in rows_of.get(event.id, ()):
                person = row.person
                if person is None or row.status in NOT_GOING or (only is not None and person not in only):
                    continue
                crew.rows.append(row)
                crew.people.append(person)
                spans = self.spans.get(person)
                if spans is None:
                    spans = self.spans[person] = []
                    self.faces[person] = row
                if usual_span is None:
                    self.timeless.setdefault(person, []).append(event)
                    continue
                if row.report_time is None and row.release_time is None:
                    spans.append(usual_span)
                elif (own := duty_interval(event, row, rules)) is not None:
                    spans.append((*own, order))
        for spans in self.spans.values():
            spans.sort()
        self.off = time_off_by_person(snapshot)
        self.limited, self.hosts, self.bilingual, self.supervisors = able(snapshot)
        self._stops: dict[str, int] = {}
        self._stop_numbers: dict[object, int] = {}
        self._drives: dict[tuple[int, int], float | None] = {}
        self._where: dict[str, str] = {}
        self._words: dict[str, str] = {}

    def name(self, person: str) -> str:
        officer = self.snapshot.officer_by_id.get(person)
        if officer is not None:
            return officer.name
        face = self.faces.get(person)
        return face.name if face is not None and face.name else person

    def drive(self, first: Event, second: Event) -> float | None:
        """Minutes to allow from one to the other: 0 at one place, None where a place is not known."""
        stops = self._stop(first), self._stop(second)
        if stops not in self._drives:
            self._drives[stops] = _drive(self, first, second)
        return self._drives[stops]

    def _stop(self, event: Event) -> int:
        """A number for the event's place: people drive between the same few places again and again."""
        stop = self._stops.get(event.id)
        if stop is None:
            place = (_place(event), event.town, place_coordinates(self.snapshot, event))
            stop = self._stops[event.id] = self._stop_numbers.setdefault(place, len(self._stop_numbers))
        return stop

    def where(self, event: Event) -> str:
        words = self._where.get(event.id)
        if words is None:
            words = self._where[event.id] = _short(where(event), 40)
        return words

    def words(self, event: Event) -> str:
        """`Weed Starbucks on Wed 7 Oct, 8:00–9:30 AM`."""
        words = self._words.get(event.id)
        if words is None:
            times = clock_range(event.start, event.end)
            words = f"{self.where(event)} on {day_words(event.date, self.on)}, {times}"
            self._words[event.id] = words
        return words

    def about(
        self,
        event: Event,
        severity: Severity,
        code: str,
        message: str,
        *,
        agency: str | None = None,
        venue: str | None = None,
    ) -> Alert:
        """An alert about one event. `agency` is whose move it is: the lead's, where it is not said."""
        days = (event.date - self.on).days
        return Alert(severity, code, (event.id,), None, agency or event.lead_agency, venue, days, message)

    def about_person(self, person: str, events: Sequence[Event], severity: Severity, code: str, message: str) -> Alert:
        """An alert about one person; it is their agency's move."""
        face, days = self.faces[person], (events[0].date - self.on).days
        ids = tuple([event.id for event in events])
        return Alert(severity, code, ids, face.officer or face.name, face.agency, None, days, message)

    def about_all(
        self,
        events: Sequence[Event],
        severity: Severity,
        code: str,
        message: str,
        *,
        agency: str | None = None,
        venue: str | None = None,
    ) -> Alert:
        """An alert about several events; it is the move of the agency that leads them all, where one does."""
        if agency is None and len({event.lead_agency for event in events}) == 1:
            agency = events[0].lead_agency
        days, ids = (events[0].date - self.on).days, tuple([event.id for event in events])
        return Alert(severity, code, ids, None, agency, venue, days, message)


def _drive(book: Book, first: Event, second: Event) -> float | None:
    if _place(first) == _place(second):
        return 0.0
    start, end = place_coordinates(book.snapshot, first), place_coordinates(book.snapshot, second)
    if start is None or end is None:
        return None
    # In one town, and one of them anywhere in it: they may well be at one place.
    if first.town == second.town and (_venue_text(first) is None or _venue_text(second) is None):
        return None
    return drive_minutes(start, end, book.rules)


def drive_minutes(start: tuple[float, float], end: tuple[float, float], rules: Rules = DEFAULTS) -> float:
    """How long to allow between two places (latitude, longitude): the great circle, a detour, and minutes to spare."""
    (lat, lon), (lat2, lon2) = start, end
    half = (
        math.sin(math.radians(lat2 - lat) / 2) ** 2
        + math.cos(math.radians(lat)) * math.cos(math.radians(lat2)) * math.sin(math.radians(lon2 - lon) / 2) ** 2
    )
    miles = 2 * _EARTH_MILES * math.asin(math.sqrt(min(1.0, half)))
    return _road_minutes(miles, rules)


def _road_minutes(miles: float, rules: Rules) -> float:
    return rules.travel_detour * miles / rules.travel_mph * 60 + rules.travel_spare_minutes


def time_off_by_person(snapshot: Snapshot) -> Mapping[str, list[tuple[dt.date, dt.date]]]:
    """First and last day off, both included, by person as `Assignment.person` names them."""
    days: dict[str, list[tuple[dt.date, dt.date]]] = {}
    for off in snapshot.time_off:
        person = off.officer if off.officer in snapshot.officer_by_id else off.officer.casefold()
        days.setdefault(person, []).append((off.first, off.last))
    return days


def is_active(officer: Officer, day: dt.date) -> bool:
    return (officer.active_from is None or officer.active_from <= day) and (
        officer.active_to is None or day <= officer.active_to
    )


def speaks_another(officer: Officer | None) -> bool:
    """A language beside English is given: neither "English only" nor a nothing word is one."""
    return officer is not None and any(
        not is_not_said(language) and not _ENGLISH.issuperset(words(language)) for language in officer.languages
    )


@once
def able(snapshot: Snapshot) -> tuple[Mapping[str, Officer], frozenset[str], frozenset[str], frozenset[str]]:
    """By ID: the officers who are active for a time only, those who can host, are bilingual, and supervise."""
    limited: dict[str, Officer] = {}
    hosts, bilingual, supervisors = set(), set(), set()
    for officer in snapshot.officers:
        if officer.active_from is not None or officer.active_to is not None:
            limited[officer.id] = officer
        if officer.can_host:
            hosts.add(officer.id)
        if officer.languages and speaks_another(officer):
            bilingual.add(officer.id)
        if officer.supervisor:
            supervisors.add(officer.id)
    return limited, frozenset(hosts), frozenset(bilingual), frozenset(supervisors)


_Moment = TypeVar("_Moment", bound=dt.date)


def chains(spans: Iterable[tuple[_Moment, _Moment, int]]) -> Iterator[list[tuple[_Moment, _Moment, int]]]:
    """The maximal chains of overlapping spans, from spans in order. Touching is not overlapping."""
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


# --- people ---------------------------------------------------------------------------------------------------


def _officer_double_booked(book: Book) -> Iterator[Alert]:
    for person, spans in book.spans.items():
        if len(spans) < 2:
            continue
        for chain in chains(spans):
            if len(chain) < 2:
                continue
            orders = sorted({order for _, _, order in chain})
            if len(orders) < 2:
                continue
            events = [book.events[order] for order in orders]
            places = _listed(
                [f"{book.where(book.events[o])} {clock_range(s.time(), e.time())}" for s, e, o in chain], 2
            )
            yield book.about_person(
                person,
                events,
                "error",
                "officer-double-booked",
                f"{_short(book.name(person), 28)} has {len(events)} places to be on "
                f"{day_words(events[0].date, book.on)}: {places}. "
                f"Send somebody else to {'one of them' if len(events) == 2 else 'all but one'}.",
            )


def _officer_tight_travel(book: Book) -> Iterator[Alert]:
    longest = _longest_drive(book)
    for person, spans in book.spans.items():
        latest: Span | None = None
        for span in spans:
            if latest is not None and span[0] < latest[1]:
                latest = max(latest, span, key=_ends)
                continue
            if latest is not None and span[0] - latest[1] < longest:
                gap = (span[0] - latest[1]).total_seconds() / 60
                drive = book.drive(book.events[latest[2]], book.events[span[2]])
                if drive is not None and gap < drive:
                    yield _too_little_time(book, person, latest, span, gap, drive)
            latest = span


def _longest_drive(book: Book) -> dt.timedelta:
    """No drive in the plan takes longer: over all its latitudes and then all its longitudes, a degree at its widest."""
    points = {point for event in book.events if (point := place_coordinates(book.snapshot, event)) is not None}
    if not points:
        return dt.timedelta(0)
    (south, north), (west, east) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    miles = math.radians(north - south + east - west) * _EARTH_MILES
    return dt.timedelta(minutes=_road_minutes(miles, book.rules) + 1)


def _too_little_time(book: Book, person: str, before: Span, after: Span, gap: float, drive: float) -> Alert:
    first, second = book.events[before[2]], book.events[after[2]]
    return book.about_person(
        person,
        [book.events[order] for order in sorted((before[2], after[2]))],
        "warning",
        "officer-tight-travel",
        f"{_short(book.name(person), 28)} has {gap:.0f} min on {day_words(before[1].date(), book.on)} from "
        f"{book.where(first)} (until {clock(before[1].time())}) to {book.where(second)} ({clock(after[0].time())}); "
        f"allow {math.ceil(drive)}. Shift one, or send somebody else.",
    )


def _ends(span: Span) -> tuple[dt.datetime, dt.datetime, int]:
    return span[1], span[0], span[2]


def _officer_on_time_off(book: Book, event: Event, crew: Crew) -> Iterable[Alert]:
    found = []
    for person in book.off.keys() & crew.people:
        days = next((days for days in book.off[person] if days[0] <= event.date <= days[1]), None)
        if days is not None:
            first, last = (day_words(day, book.on) for day in days)
            message = (
                f"{_short(book.name(person), 28)} is off {first if first == last else f'from {first} to {last}'}, "
                f"but down for {book.words(event)}. Send somebody else."
            )
            found.append(book.about_person(person, [event], "error", "officer-on-time-off", message))
    return found


def _officer_inactive(book: Book, event: Event, crew: Crew) -> Iterable[Alert]:
    found = []
    for person in book.limited.keys() & crew.people:
        officer = book.limited[person]
        if not is_active(officer, event.date):
            over = officer.active_to is not None and officer.active_to < event.date
            end = officer.active_to if over else officer.active_from
            message = (
                f"{_short(book.name(person), 28)} is active only {'until' if over else 'from'} "
                f"{day_words(end or event.date, book.on)}, but down for {book.words(event)}. "
                "Send somebody else, or correct Active from and to."
            )
            found.append(book.about_person(person, [event], "error", "officer-inactive", message))
    return found


# --- places ---------------------------------------------------------------------------------------------------


def _venue_text(event: Event) -> str | None:
    """The venue as typed, for telling one from another; None where the cell says that there is none yet."""
    if event.venue is not None:
        return event.venue.name
    text = " ".join((event.venue_text or "").casefold().split())
    return text if text and not is_not_said(text) else None


def _place(event: Event) -> tuple[str, ...]:
    """What makes two places one: the listed venue, else the same text in the same town, else nothing but itself."""
    if event.venue is not None:
        return "venue", event.venue.name, event.venue.town
    text, town = _venue_text(event), event.town or (event.town_text or "").casefold()
    return ("text", text, town) if text and town else ("event", event.id)


def _venue_double_booked(book: Book) -> Iterator[Alert]:
    spans_at: dict[tuple[str, ...], list[Span]] = {}
    for event, span in zip(book.events, book.event_spans, strict=True):
        place = _place(event)
        if span is not None and place[0] != "event":
            spans_at.setdefault(place, []).append(span)
    for spans in spans_at.values():
        for chain in chains(spans):
            if len(chain) < 2:
                continue
            events = [book.events[order] for _, _, order in chain]
            times = _listed([f"{clock_range(s.time(), e.time())} ({_called(book.events[o])})" for s, e, o in chain], 3)
            yield book.about_all(
                events,
                "error",
                "venue-double-booked",
                f"{book.where(events[0])} is taken {'twice' if len(events) == 2 else f'{len(events)} times'} on "
                f"{day_words(events[0].date, book.on)}: {times}. Move one, or hold them as one.",
                venue=events[0].venue.name if events[0].venue else events[0].venue_text,
            )


def _town_too_soon(book: Book) -> Iterator[Alert]:
    spans_in: dict[str, list[tuple[dt.date, dt.date, int]]] = {}
    for order, event in enumerate(book.events):
        if event.town is not None:
            spans_in.setdefault(event.town, []).append((event.date, event.date + _TOWN_REST, order))
    for town, spans in spans_in.items():
        for chain in chains(spans):
            if len(chain) < 2:
                continue
            events = [book.events[order] for _, _, order in chain]
            days = _listed([f"{day_words(e.date, book.on)} ({_called(e)})" for e in events], 3)
            yield book.about_all(
                events,
                "notice",
                "town-too-soon",
                f"{_short(town, 28)} has {len(events)} events {_apart(events)}: {days}. "
                "Move one, or give another town its turn.",
            )


def _apart(events: Sequence[Event]) -> str:
    days = (events[-1].date - events[0].date).days
    if not days:
        return "on one day"
    if len(events) == 2:
        return f"{_many(days, 'day')} apart"
    return f"over {_many(days, 'day')}, 13 or fewer apart"


def _shelter_venue(book: Book, event: Event, _: Crew) -> Iterable[Alert]:
    if event.venue is None or not event.venue.shelter_site or event.backup_venue:
        return ()
    first, last = book.rules.fire_season_first_month, book.rules.fire_season_last_month
    month = event.date.month
    if not (first <= month <= last if first <= last else month >= first or month <= last):
        return ()
    message = f"{book.words(event)}: the venue becomes a shelter in a fire. Name a Backup venue."
    return (book.about(event, "notice", "shelter-venue", message, venue=event.venue.name),)


# --- who is missing -------------------------------------------------------------------------------------------


def _understaffed(book: Book, event: Event, crew: Crew) -> Iterable[Alert]:
    rows = book.snapshot.assignments_by_event.get(event.id, ())
    still_open = open_positions(event, rows)
    if not still_open:
        return ()
    named = len({who for row, who in zip(crew.rows, crew.people, strict=True) if row.status in FILLED})
    asked = [row.agency for row in placeholders(rows)]
    of_whom = _listed(sorted({agency for agency in asked if agency}), 3) if any(asked) else ""
    waiting = f" ({len(asked)} asked for{f' of {of_whom}' if of_whom else ''})" if asked else ""
    message = (
        f"{book.words(event)}: {named} of {positions(event, rows)} officers{waiting}. "
        f"Ask {_agencies(event.agencies)} for {still_open} more."
    )
    return (book.about(event, "error" if (event.date - book.on).days <= 2 else "warning", "understaffed", message),)


def _no_host(book: Book, event: Event, crew: Crew) -> Iterable[Alert]:
    if "Host" in [row.role for row in crew.rows]:
        return ()
    message = _lacking(book, event, "Nobody hosts", "Host", book.hosts.intersection(crew.people))
    return (book.about(event, "warning", "no-host", message),)


def _no_bilingual(book: Book, event: Event, crew: Crew) -> Iterable[Alert]:
    if not event.bilingual_needed or "Bilingual" in [row.role for row in crew.rows]:
        return ()
    if not book.bilingual.isdisjoint(crew.people):
        return ()
    message = _lacking(book, event, "No bilingual officer", "Bilingual")
    return (book.about(event, "warning", "no-bilingual", message),)


def _no_supervisor(book: Book, event: Event, crew: Crew) -> Iterable[Alert]:
    if len(crew.people) < 4 or not book.supervisors.isdisjoint(crew.people):
        return ()
    people = len(set(crew.people))
    if people < 4 or "Supervisor" in [row.role for row in crew.rows]:
        return ()
    message = _lacking(book, event, f"{people} people and no supervisor", "Supervisor")
    return (book.about(event, "notice", "no-supervisor", message),)


def _lacking(book: Book, event: Event, what: str, role: str, able: Collection[str] = ()) -> str:
    if able:
        names = _listed([_short(book.name(person), 24) for person in sorted(able)], 2, "or")
        return f"{what} at {book.words(event)}. {names} may: set the Role to {role}."
    return f"{what} at {book.words(event)}. Ask {_agencies(event.agencies)} for one."


def _unconfirmed(book: Book, event: Event, crew: Crew) -> Iterable[Alert]:
    days = (event.date - book.on).days
    if days > 14:
        return ()
    parts = ["the event is tentative"] if event.status is None or event.status == "Tentative" else []
    waiting = [row for row in crew.rows if row.status in ("Requested", "Assigned")]
    if waiting:
        names = list(dict.fromkeys([_short(row.name or row.officer or "somebody", 24) for row in waiting]))
        parts.append(f"{_listed(names, 2)} {'has' if len(names) == 1 else 'have'} not confirmed")
    if not parts:
        return ()
    message = f"{book.words(event)}: {' and '.join(parts)}. Ask, then set the Status to Confirmed."
    severity: Severity = "error" if days <= 2 else "warning" if days <= 7 else "notice"
    return (book.about(event, severity, "unconfirmed", message),)


# --- agencies -------------------------------------------------------------------------------------------------


def _agency_without_officer(book: Book, event: Event, crew: Crew) -> Iterable[Alert]:
    return [
        book.about(
            event,
            "warning",
            "agency-without-officer",
            f"{agency} is named on {book.words(event)} but sends nobody. Name an officer, or take it off.",
            agency=agency,
        )
        for agency in silent_agencies(book.snapshot, event, crew.rows)
    ]


def _staffed_agency_not_on_event(book: Book, event: Event, crew: Crew) -> Iterable[Alert]:
    named = event.agencies
    strangers: dict[str, list[str]] = {}
    for row in crew.rows:
        if row.agency is not None and row.agency not in named:
            strangers.setdefault(row.agency, []).append(_short(row.name or "somebody", 24))
    return [
        book.about(
            event,
            "notice",
            "staffed-agency-not-on-event",
            f"{_listed(names, 2)} of {agency} {'goes' if len(names) == 1 else 'go'} to {book.words(event)}, "
            f"which does not name {agency}. Add it to Partner agencies.",
            agency=agency,
        )
        for agency, names in strangers.items()
    ]


def _is_national(event: Event) -> bool:
    return event.date.month == 10 and event.date == national_day(event.date.year)


def _national_day(book: Book) -> Iterator[Alert]:
    days: dict[dt.date, list[tuple[Event, Crew]]] = {}
    for event, crew in zip(book.events, book.crews, strict=True):
        if _is_national(event):
            days.setdefault(event.date, []).append((event, crew))
    for day, held in days.items():
        if any(agency_is_unknown(book.snapshot, event, crew.rows) for event, crew in held):
            yield from _national_day_by_people(book, day, held)
        else:
            yield from _national_day_by_agency(book, day, held)


def _national_day_by_agency(book: Book, day: dt.date, held: Sequence[tuple[Event, Crew]]) -> Iterator[Alert]:
    named: dict[str, list[Event]] = {}
    staffed: dict[str, set[str]] = {}
    for event, crew in held:
        for agency in event.agencies:
            named.setdefault(agency, []).append(event)
        for row in crew.rows:
            if row.agency and row.person:
                staffed.setdefault(row.agency, set()).add(row.person)
    ids = {event.id for event, _ in held}
    unread = Counter(one.agency for one in book.snapshot.unread_people if one.event_id in ids)
    for agency, events in named.items():
        people = len(staffed.get(agency, ())) + unread[agency]
        if len(events) > people:
            yield book.about_all(
                events,
                "warning",
                "national-day",
                f"National day, {day_words(day, book.on)}: {agency} is named on {_many(len(events), 'event')} "
                f"({_listed([book.where(event) for event in events], 3)}) with {people} staffed. "
                f"Staff {len(events) - people} more, or step back from one.",
                agency=agency,
            )


def _national_day_by_people(book: Book, day: dt.date, held: Sequence[tuple[Event, Crew]]) -> Iterator[Alert]:
    """Where it is not known whose people they are: more events than people in all."""
    events = [event for event, _ in held]
    ids = {event.id for event in events}
    people = len({person for _, crew in held for person in crew.people})
    people += sum(one.event_id in ids for one in book.snapshot.unread_people)
    if len(events) > people:
        yield book.about_all(
            events,
            "warning",
            "national-day",
            f"National day, {day_words(day, book.on)}: {_many(len(events), 'event')} "
            f"({_listed([book.where(event) for event in events], 3)}) with {people} people named, and whose they are "
            f"is not known. Name {len(events) - people} more, or hold fewer.",
        )


def _release_overdue(book: Book, event: Event, _: Crew) -> Iterable[Alert]:
    due = event.release_due
    if due is None or due >= book.on or event.release_sent is not None or event.status == "Completed":
        return ()
    message = (
        f"The news release for {book.words(event)} was due {day_words(due, book.on)}. "
        "Send it, then fill in Release sent."
    )
    return (book.about(event, "warning", "release-overdue", message),)


# --- words ----------------------------------------------------------------------------------------------------


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listed(words: Sequence[str], most: int, joint: str = "and") -> str:
    """`a, b and c`; beyond `most`, `a, b and 3 more`."""
    if len(words) == 1:
        return words[0]
    shown = list(words) if len(words) <= most else [*words[:most], f"{len(words) - most} more"]
    return f" {joint} ".join([*([", ".join(shown[:-1])] if len(shown) > 1 else []), *shown[-1:]])


@lru_cache(1024)
def _agencies(named: tuple[str, ...]) -> str:
    return _listed([_short(agency, 20) for agency in named], 3, "or") or "the agencies"


def _called(event: Event) -> str:
    return event.lead_agency or _short(event.title, 24)


# --- the rules: of the whole plan, and of one event ------------------------------------------------------------

_PlanRule = Callable[[Book], Iterable[Alert]]
_EventRule = Callable[[Book, Event, Crew], Iterable[Alert]]

_PLAN_RULES_OF_PEOPLE: tuple[_PlanRule, ...] = (_officer_double_booked, _officer_tight_travel)
_EVENT_RULES_OF_PEOPLE: tuple[_EventRule, ...] = (_officer_on_time_off, _officer_inactive)
_PLAN_RULES: tuple[_PlanRule, ...] = (
    *_PLAN_RULES_OF_PEOPLE,
    _venue_double_booked,
    _town_too_soon,
    _national_day,
)
_EVENT_RULES_OF_NOBODY: tuple[_EventRule, ...] = (
    _understaffed,
    _no_host,
    _no_bilingual,
    _no_supervisor,
    _unconfirmed,
    _agency_without_officer,
    _staffed_agency_not_on_event,
    _shelter_venue,
    _release_overdue,
)
_EVENT_RULES: tuple[_EventRule, ...] = (*_EVENT_RULES_OF_PEOPLE, *_EVENT_RULES_OF_NOBODY)


# --- as they were, but for what was edited ---------------------------------------------------------------------
