"""Clashes: people with two places to be, too little time to drive, or days off; places and towns taken twice."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from cwac.analysis.commitments import Commitments, Crew, EventRule, PlanRule, Span, chains, longest_drive, place_of
from cwac.analysis.events import DEFAULTS, clock, clock_range, day_words, going, national_day, planned
from cwac.analysis.officers import is_active
from cwac.analysis.positions import agency_is_unknown
from cwac.analysis.wording import count_of, event_label, list_words, shorten
from cwac.model import Alert, Conflict, Event, Severity, Snapshot
from cwac.settings import Rules

_TOWN_REST = dt.timedelta(days=14)


def conflicts(
    snapshot: Snapshot, on: dt.date, people: Collection[str], rules: Rules = DEFAULTS
) -> Mapping[tuple[str, str], Sequence[tuple[Conflict, frozenset[str]]]]:
    """(Event ID, person) -> the conflicts of that duty, double bookings first, each with the IDs of its events."""
    book = Commitments(snapshot, on, rules, frozenset(people))
    every: list[tuple[Conflict, str, set[int]]] = [
        ("double-booked", person, {order for _, _, order in chain}) for person, chain in _overlaps(book)
    ]
    every += [("tight-travel", person, {before[2], after[2]}) for person, before, after, *_ in _short_drives(book)]
    by_duty: dict[tuple[str, str], list[tuple[Conflict, frozenset[str]]]] = {}
    for conflict, person, orders in every:
        ids = frozenset(book.events[order].id for order in orders)
        for event_id in ids:
            by_duty.setdefault((event_id, person), []).append((conflict, ids))
    return by_duty


def _overlaps(book: Commitments) -> Iterator[tuple[str, list[Span]]]:
    """Each person with a chain of overlapping spans at two events or more."""
    for person, spans in book.spans.items():
        if len(spans) < 2:
            continue
        for chain in chains(spans):
            if len(chain) > 1 and len({order for _, _, order in chain}) > 1:
                yield person, chain


def _officer_double_booked(book: Commitments) -> Iterator[Alert]:
    for person, chain in _overlaps(book):
        events = [book.events[order] for order in sorted({order for _, _, order in chain})]
        places = list_words([f"{book.where(book.events[o])} {clock_range(s.time(), e.time())}" for s, e, o in chain], 2)
        yield book.about_person(
            person,
            events,
            "error",
            "officer-double-booked",
            f"{shorten(book.name(person), 28)} has {len(events)} places to be on "
            f"{day_words(events[0].date, book.on)}: {places}. "
            f"Send somebody else to {'one of them' if len(events) == 2 else 'all but one'}.",
        )


def _officer_conflict_not_shown(book: Commitments) -> Iterator[Alert]:
    """A conflict with an event whose staffing the viewer is not shown: that there is one, not where or when."""
    for (person, order), conflict in book.conflicts.items():
        event, agency = book.events[order], book.faces[person].agency
        advice = f"Send somebody else, or ask {agency or 'them'}."
        if conflict == "double-booked":
            message = f"has another place to be during {book.words(event)}: where is not shown to you. {advice}"
            severity: Severity = "error"
        else:
            message = (
                f"has too little time to drive between {book.words(event)} and another event, "
                f"which is not shown to you. {advice}"
            )
            severity = "warning"
        message = f"{shorten(book.name(person), 28)} {message}"
        yield book.about_person(person, [event], severity, f"officer-{conflict}", message)


def _officer_tight_travel(book: Commitments) -> Iterator[Alert]:
    for person, before, after, gap, drive in _short_drives(book):
        yield _too_little_time(book, person, before, after, gap, drive)


def _short_drives(book: Commitments) -> Iterator[tuple[str, Span, Span, float, float]]:
    """Each person's two spans with less time between them (minutes) than the drive takes (minutes)."""
    longest = longest_drive(book)
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
                    yield person, latest, span, gap, drive
            latest = span


def _too_little_time(book: Commitments, person: str, before: Span, after: Span, gap: float, drive: float) -> Alert:
    first, second = book.events[before[2]], book.events[after[2]]
    return book.about_person(
        person,
        [book.events[order] for order in sorted((before[2], after[2]))],
        "warning",
        "officer-tight-travel",
        f"{shorten(book.name(person), 28)} has {gap:.0f} min on {day_words(before[1].date(), book.on)} from "
        f"{book.where(first)} (until {clock(before[1].time())}) to {book.where(second)} ({clock(after[0].time())}); "
        f"allow {math.ceil(drive)}. Shift one, or send somebody else.",
    )


def _ends(span: Span) -> tuple[dt.datetime, dt.datetime, int]:
    return span[1], span[0], span[2]


def _officer_on_time_off(book: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    found = []
    for person in book.off.keys() & crew.people:
        days = next((days for days in book.off[person] if days[0] <= event.date <= days[1]), None)
        if days is not None:
            first, last = (day_words(day, book.on) for day in days)
            message = (
                f"{shorten(book.name(person), 28)} is off {first if first == last else f'from {first} to {last}'}, "
                f"but down for {book.words(event)}. Send somebody else."
            )
            found.append(book.about_person(person, [event], "error", "officer-on-time-off", message))
    return found


def _officer_inactive(book: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    found = []
    for person in book.limited.keys() & crew.people:
        officer = book.limited[person]
        if not is_active(officer, event.date):
            over = officer.active_to is not None and officer.active_to < event.date
            end = officer.active_to if over else officer.active_from
            message = (
                f"{shorten(book.name(person), 28)} is active only {'until' if over else 'from'} "
                f"{day_words(end or event.date, book.on)}, but down for {book.words(event)}. "
                "Send somebody else, or correct Active from and to."
            )
            found.append(book.about_person(person, [event], "error", "officer-inactive", message))
    return found


def _venue_double_booked(book: Commitments) -> Iterator[Alert]:
    spans_at: dict[tuple[str, ...], list[Span]] = {}
    for event, span in zip(book.events, book.event_spans, strict=True):
        place = place_of(event)
        if span is not None and place[0] != "event":
            spans_at.setdefault(place, []).append(span)
    for spans in spans_at.values():
        for chain in chains(spans):
            if len(chain) < 2:
                continue
            events = [book.events[order] for _, _, order in chain]
            times = list_words(
                [f"{clock_range(s.time(), e.time())} ({event_label(book.events[o])})" for s, e, o in chain], 3
            )
            yield book.about_all(
                events,
                "error",
                "venue-double-booked",
                f"{book.where(events[0])} is taken {'twice' if len(events) == 2 else f'{len(events)} times'} on "
                f"{day_words(events[0].date, book.on)}: {times}. Move one, or hold them as one.",
                venue=events[0].venue.name if events[0].venue else events[0].venue_text,
            )


def _town_too_soon(book: Commitments) -> Iterator[Alert]:
    spans_in: dict[str, list[tuple[dt.date, dt.date, int]]] = {}
    for order, event in enumerate(book.events):
        if event.town is not None:
            spans_in.setdefault(event.town, []).append((event.date, event.date + _TOWN_REST, order))
    for town, spans in spans_in.items():
        for chain in chains(spans):
            if len(chain) < 2:
                continue
            events = [book.events[order] for _, _, order in chain]
            days = list_words([f"{day_words(e.date, book.on)} ({event_label(e)})" for e in events], 3)
            yield book.about_all(
                events,
                "notice",
                "town-too-soon",
                f"{shorten(town, 28)} has {len(events)} events {_apart(events)}: {days}. "
                "Move one, or give another town its turn.",
            )


def _apart(events: Sequence[Event]) -> str:
    days = (events[-1].date - events[0].date).days
    if not days:
        return "on one day"
    if len(events) == 2:
        return f"{count_of(days, 'day')} apart"
    return f"over {count_of(days, 'day')}, 13 or fewer apart"


def _is_national(event: Event) -> bool:
    return event.date.month == 10 and event.date == national_day(event.date.year)


def national_day_people(snapshot: Snapshot, on: dt.date) -> Mapping[tuple[dt.date, str | None], int]:
    """National day and agency (None for all agencies) -> the distinct people who go to that day's events."""
    people: dict[tuple[dt.date, str | None], set[str | None]] = {}
    for event in planned(snapshot, on):
        if _is_national(event):
            people.setdefault((event.date, None), set())
            for row in going(snapshot.assignments_by_event.get(event.id, ())):
                for agency in {None, row.agency or None}:
                    people.setdefault((event.date, agency), set()).add(row.person)
    return {key: len(distinct) for key, distinct in people.items()}


def _national_day(book: Commitments) -> Iterator[Alert]:
    days: dict[dt.date, list[tuple[Event, Crew]]] = {}
    for event, crew in zip(book.events, book.crews, strict=True):
        if _is_national(event):
            days.setdefault(event.date, []).append((event, crew))
    for day, held in days.items():
        if any(agency_is_unknown(book.snapshot, event, crew.rows) for event, crew in held):
            yield from _national_day_by_people(book, day, held)
        else:
            yield from _national_day_by_agency(book, day, held)


def _national_day_by_agency(book: Commitments, day: dt.date, held: Sequence[tuple[Event, Crew]]) -> Iterator[Alert]:
    named: dict[str, list[Event]] = {}
    staffed: dict[str, set[str]] = {}
    for event, crew in held:
        for agency in event.agencies:
            named.setdefault(agency, []).append(event)
        for row in crew.rows:
            if row.agency and row.person:
                staffed.setdefault(row.agency, set()).add(row.person)
    stored, ids = book.snapshot.national_day_people, {event.id for event, _ in held}
    unread = Counter(one.agency for one in book.snapshot.unread_people if one.event_id in ids)
    for agency, events in named.items():
        named_people = len(staffed.get(agency, ())) if stored is None else stored.get((day, agency), 0)
        people = named_people + unread[agency]
        if len(events) > people:
            yield book.about_all(
                events,
                "warning",
                "national-day",
                f"National day, {day_words(day, book.on)}: {agency} is named on {count_of(len(events), 'event')} "
                f"({list_words([book.where(event) for event in events], 3)}) with {people} staffed. "
                f"Staff {len(events) - people} more, or step back from one.",
                agency=agency,
            )


def _national_day_by_people(book: Commitments, day: dt.date, held: Sequence[tuple[Event, Crew]]) -> Iterator[Alert]:
    """Where it is not known whose people they are: more events than people in all."""
    events = [event for event, _ in held]
    ids = {event.id for event in events}
    stored = book.snapshot.national_day_people
    people = (
        len({person for _, crew in held for person in crew.people}) if stored is None else stored.get((day, None), 0)
    )
    people += sum(one.event_id in ids for one in book.snapshot.unread_people)
    if len(events) > people:
        yield book.about_all(
            events,
            "warning",
            "national-day",
            f"National day, {day_words(day, book.on)}: {count_of(len(events), 'event')} "
            f"({list_words([book.where(event) for event in events], 3)}) with {people} people named, and whose "
            f"they are is not known. Name {len(events) - people} more, or hold fewer.",
        )


PLAN_RULES_OF_PEOPLE: tuple[PlanRule, ...] = (
    _officer_double_booked,
    _officer_tight_travel,
    _officer_conflict_not_shown,
)
EVENT_RULES_OF_PEOPLE: tuple[EventRule, ...] = (_officer_on_time_off, _officer_inactive)
PLAN_RULES: tuple[PlanRule, ...] = (*PLAN_RULES_OF_PEOPLE, _venue_double_booked, _town_too_soon, _national_day)
