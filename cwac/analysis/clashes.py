"""Conflicts: people double-booked, short of driving time or on a day off; venues and towns with too many events."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence

from cwac.analysis.commitments import Commitments, Crew, EventRule, PlanRule, Span, chains, longest_drive, place_of
from cwac.analysis.events import DEFAULTS, going, national_day, planned
from cwac.analysis.officers import is_active
from cwac.analysis.positions import agencies_are_known, agency_is_unknown
from cwac.analysis.words import counted, event_label, list_words, shorten
from cwac.date_words import clock, clock_range, day_range, day_words
from cwac.model import Alert, Conflict, Event, Severity, Snapshot
from cwac.rounding import half_up
from cwac.settings import Rules

TOWN_REST = dt.timedelta(days=14)


def conflicts(
    snapshot: Snapshot, on: dt.date, people: Collection[str], rules: Rules = DEFAULTS
) -> Mapping[tuple[str, str], Sequence[tuple[Conflict, frozenset[str]]]]:
    """(Event ID, person) -> the conflicts of that duty, double bookings first, each with the IDs of its events."""
    plan = Commitments(snapshot, on, rules, frozenset(people))
    by_person: list[tuple[Conflict, str, set[int]]] = [
        ("double-booked", person, {order for _, _, order in chain}) for person, chain in _overlaps(plan)
    ]
    by_person += [("tight-travel", person, {before[2], after[2]}) for person, before, after, *_ in _short_drives(plan)]
    by_duty: dict[tuple[str, str], list[tuple[Conflict, frozenset[str]]]] = {}
    for conflict, person, orders in by_person:
        ids = frozenset(plan.events[order].id for order in orders)
        for event_id in ids:
            by_duty.setdefault((event_id, person), []).append((conflict, ids))
    return by_duty


def _overlaps(plan: Commitments) -> Iterator[tuple[str, list[Span]]]:
    """Each person with a chain of overlapping spans at two events or more."""
    for person, spans in plan.spans.items():
        if len(spans) < 2:
            continue
        for chain in chains(spans):
            if len(chain) > 1 and len({order for _, _, order in chain}) > 1:
                yield person, chain


def _officer_double_booked(plan: Commitments) -> Iterator[Alert]:
    for person, chain in _overlaps(plan):
        events = [plan.events[order] for order in sorted({order for _, _, order in chain})]
        places = list_words([f"{plan.where(plan.events[o])} {clock_range(s.time(), e.time())}" for s, e, o in chain], 2)
        yield plan.about_person(
            person,
            events,
            "error",
            "officer-double-booked",
            f"{shorten(plan.name(person), 28)} is double-booked on "
            f"{day_words(events[0].date, plan.on)}: {places}. "
            f"Assign somebody else to {'one of them' if len(events) == 2 else 'all but one'}.",
        )


def _officer_conflict_not_shown(plan: Commitments) -> Iterator[Alert]:
    """Conflicts with events whose staffing the viewer is not shown: that there is one, not where or when."""
    for (person, order), conflict in plan.conflicts.items():
        event, agency = plan.events[order], plan.first_rows[person].agency
        advice = f"Assign somebody else, or ask {agency or 'them'}."
        if conflict == "double-booked":
            message = f"is double-booked during {plan.words(event)}: the other event is not shown to you. {advice}"
            severity: Severity = "error"
        else:
            message = (
                f"has too little time to drive between {plan.words(event)} and another event, "
                f"which is not shown to you. {advice}"
            )
            severity = "warning"
        message = f"{shorten(plan.name(person), 28)} {message}"
        yield plan.about_person(person, [event], severity, f"officer-{conflict}", message)


def _officer_tight_travel(plan: Commitments) -> Iterator[Alert]:
    for person, before, after, gap, drive in _short_drives(plan):
        yield _too_little_time(plan, person, before, after, gap, drive)


def _short_drives(plan: Commitments) -> Iterator[tuple[str, Span, Span, float, float]]:
    """Each person's two spans with less time between them (minutes) than the drive takes (minutes)."""
    longest = longest_drive(plan)
    for person, spans in plan.spans.items():
        latest: Span | None = None
        for span in spans:
            if latest is not None and span[0] < latest[1]:
                latest = max(latest, span, key=_ends)
                continue
            if latest is not None and span[0] - latest[1] < longest:
                gap = (span[0] - latest[1]).total_seconds() / 60
                drive = plan.drive(plan.events[latest[2]], plan.events[span[2]])
                if drive is not None and gap < drive:
                    yield person, latest, span, gap, drive
            latest = span


def _too_little_time(plan: Commitments, person: str, before: Span, after: Span, gap: float, drive: float) -> Alert:
    first, second = plan.events[before[2]], plan.events[after[2]]
    return plan.about_person(
        person,
        [plan.events[order] for order in sorted((before[2], after[2]))],
        "warning",
        "officer-tight-travel",
        f"{shorten(plan.name(person), 28)} has {half_up(gap)} min on {day_words(before[1].date(), plan.on)} from "
        f"{plan.where(first)} (until {clock(before[1].time())}) to {plan.where(second)} ({clock(after[0].time())}); "
        f"the drive takes about {math.ceil(drive)} min. Move one, or assign somebody else.",
    )


def _ends(span: Span) -> tuple[dt.datetime, dt.datetime, int]:
    return span[1], span[0], span[2]


def _officer_on_time_off(plan: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    alerts = []
    for person in plan.off.keys() & crew.people:
        days = next((days for days in plan.off[person] if days[0] <= event.date <= days[1]), None)
        if days is not None:
            message = (
                f"{shorten(plan.name(person), 28)} is off {day_range(*days, plan.on)}, "
                f"but assigned to {plan.words(event)}. Assign somebody else."
            )
            alerts.append(plan.about_person(person, [event], "error", "officer-on-time-off", message))
    return alerts


def _officer_inactive(plan: Commitments, event: Event, crew: Crew) -> Iterable[Alert]:
    alerts = []
    for person in plan.limited.keys() & crew.people:
        officer = plan.limited[person]
        if not is_active(officer, event.date):
            has_left = officer.active_to is not None and officer.active_to < event.date
            end = officer.active_to if has_left else officer.active_from
            message = (
                f"{shorten(plan.name(person), 28)} is active only {'until' if has_left else 'from'} "
                f"{day_words(end or event.date, plan.on)}, but assigned to {plan.words(event)}. "
                "Assign somebody else, or correct Active from and to."
            )
            alerts.append(plan.about_person(person, [event], "error", "officer-inactive", message))
    return alerts


def _venue_double_booked(plan: Commitments) -> Iterator[Alert]:
    spans_at: dict[tuple[str, ...], list[Span]] = {}
    for event, span in zip(plan.events, plan.event_spans, strict=True):
        place = place_of(event)
        if span is not None and place[0] != "event":
            spans_at.setdefault(place, []).append(span)
    for spans in spans_at.values():
        for chain in chains(spans):
            if len(chain) < 2:
                continue
            events = [plan.events[order] for _, _, order in chain]
            times = list_words(
                [f"{clock_range(s.time(), e.time())} ({event_label(plan.events[o])})" for s, e, o in chain], 3
            )
            yield plan.about_all(
                events,
                "error",
                "venue-double-booked",
                f"{plan.where(events[0])} is booked {'twice' if len(events) == 2 else f'{len(events)} times'} on "
                f"{day_words(events[0].date, plan.on)}: {times}. Move one, or hold them as one.",
                venue=events[0].venue.name if events[0].venue else events[0].venue_text,
            )


def _town_too_soon(plan: Commitments) -> Iterator[Alert]:
    spans_in: dict[str, list[tuple[dt.date, dt.date, int]]] = {}
    for order, event in enumerate(plan.events):
        if (town := event.town) is not None:
            spans_in.setdefault(town, []).append((event.date, event.date + TOWN_REST, order))
    for town, spans in spans_in.items():
        for chain in chains(spans):
            if len(chain) < 2:
                continue
            events = [plan.events[order] for _, _, order in chain]
            days = list_words([f"{day_words(e.date, plan.on)} ({event_label(e)})" for e in events], 3)
            yield plan.about_all(
                events,
                "notice",
                "town-too-soon",
                f"{shorten(town, 28)} has {len(events)} events {_apart(events)}: {days}. "
                "Move one: at least 14 days apart is asked for.",
            )


def _apart(events: Sequence[Event]) -> str:
    days = (events[-1].date - events[0].date).days
    if not days:
        return "on one day"
    if len(events) == 2:
        return f"{counted(days, 'day')} apart"
    return f"within {counted(days + 1, 'day')}"


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


def _national_day(plan: Commitments) -> Iterator[Alert]:
    days: dict[dt.date, list[tuple[Event, Crew]]] = {}
    for event, crew in zip(plan.events, plan.crews, strict=True):
        if _is_national(event):
            days.setdefault(event.date, []).append((event, crew))
    known = agencies_are_known(plan.snapshot)
    for day, crews in days.items():
        if not known or any(agency_is_unknown(plan.snapshot, event, crew.rows) for event, crew in crews):
            yield from _national_day_by_people(plan, day, crews)
        else:
            yield from _national_day_by_agency(plan, day, crews)


def _national_day_by_agency(plan: Commitments, day: dt.date, crews: Sequence[tuple[Event, Crew]]) -> Iterator[Alert]:
    events_of: dict[str, list[Event]] = {}
    staffed: dict[str, set[str]] = {}
    for event, crew in crews:
        for agency in event.agencies:
            events_of.setdefault(agency, []).append(event)
        for row in crew.rows:
            if row.agency and row.person:
                staffed.setdefault(row.agency, set()).add(row.person)
    stored, ids = plan.snapshot.national_day_people, {event.id for event, _ in crews}
    unread = Counter(person.agency for person in plan.snapshot.unread_people if person.event_id in ids)
    for agency, events in events_of.items():
        staffed_people = len(staffed.get(agency, ())) if stored is None else stored.get((day, agency), 0)
        people = staffed_people + unread[agency]
        if len(events) > people:
            yield plan.about_all(
                events,
                "warning",
                "national-day",
                f"National day, {day_words(day, plan.on)}: {agency} is named on {counted(len(events), 'event')} "
                f"({list_words([plan.where(event) for event in events], 3)}) with {people} staffed. "
                f"Staff {len(events) - people} more, or step back from one.",
                agency=agency,
            )


def _national_day_by_people(plan: Commitments, day: dt.date, crews: Sequence[tuple[Event, Crew]]) -> Iterator[Alert]:
    """For people whose agency is unknown: more events than people in total."""
    events = [event for event, _ in crews]
    ids = {event.id for event in events}
    stored = plan.snapshot.national_day_people
    people = (
        len({person for _, crew in crews for person in crew.people}) if stored is None else stored.get((day, None), 0)
    )
    people += sum(person.event_id in ids for person in plan.snapshot.unread_people)
    if len(events) > people:
        yield plan.about_all(
            events,
            "warning",
            "national-day",
            f"National day, {day_words(day, plan.on)}: {counted(len(events), 'event')} "
            f"({list_words([plan.where(event) for event in events], 3)}) with {people} "
            f"{'person' if people == 1 else 'people'} named, whose agencies "
            f"are not known. Name {len(events) - people} more, or hold fewer.",
        )


PLAN_RULES_OF_PEOPLE: tuple[PlanRule, ...] = (
    _officer_double_booked,
    _officer_tight_travel,
    _officer_conflict_not_shown,
)
EVENT_RULES_OF_PEOPLE: tuple[EventRule, ...] = (_officer_on_time_off, _officer_inactive)
PLAN_RULES: tuple[PlanRule, ...] = (*PLAN_RULES_OF_PEOPLE, _venue_double_booked, _town_too_soon, _national_day)
