"""Conflicts in the plan and what is missing from it, from one day on.

Drafts, canceled and postponed events, and people who declined, were swapped out, were pulled or did not show, are left
out. People who are only Requested count as busy and are not asked for a role again, but do not count as staffed. Times
are wall clock, half-open. Everything is swept in order of time, never compared pair by pair.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Literal, get_args

from cwac.analysis.events import (
    DEFAULTS,
    agencies_are_known,
    agency_is_unknown,
    assigned,
    going,
    interval,
    open_positions,
    owed,
    placeholders,
    planned,
    positions,
    silent_agencies,
    wanted_words,
)
from cwac.analysis.officers import Commitments, Span, chains, event_words, is_active, lacking_roles, place_of
from cwac.analysis.periods import holiday_words, in_fire_season, national_day
from cwac.analysis.words import any_of, counted, list_words, shorten, with_noun
from cwac.date_words import clock, clock_range, day_range, day_words
from cwac.model import SEVERITIES, Alert, Assignment, Conflict, Event, Severity, Snapshot, grouped
from cwac.rounding import half_up
from cwac.settings import Rules

Topic = Literal["Clashes", "Gaps", "Not confirmed", "Other"]
TOPICS: tuple[Topic, ...] = get_args(Topic)
_ALERTS: Mapping[str, tuple[str, Topic]] = {
    "officer-double-booked": ("Double-booked", "Clashes"),
    "officer-tight-travel": ("Too little time to drive", "Clashes"),
    "officer-on-time-off": ("Assigned on a day off", "Clashes"),
    "officer-inactive": ("Assigned while not active", "Clashes"),
    "venue-double-booked": ("Venue double-booked", "Clashes"),
    "town-too-soon": ("Same town within two weeks", "Other"),
    "understaffed": ("Too few officers", "Gaps"),
    "no-host": ("No host", "Gaps"),
    "no-bilingual": ("No bilingual officer", "Gaps"),
    "no-supervisor": ("No supervisor", "Gaps"),
    "unconfirmed": ("Not confirmed", "Not confirmed"),
    "agency-without-officer": ("No officer from an agency", "Gaps"),
    "staffed-agency-not-on-event": ("Agency not named on the event", "Other"),
    "shelter-venue": ("Shelter site without a backup", "Other"),
    "national-day": ("National day: more events than people", "Clashes"),
    "release-overdue": ("News release overdue", "Other"),
    "federal-holiday": ("On a federal holiday", "Other"),
}
"""Each alert code of the contract, in the order of the contract, with its heading and topic."""
ALERT_CODES: Mapping[str, str] = {code: heading for code, (heading, _) in _ALERTS.items()}
CLASHES = frozenset(code for code, (_, topic) in _ALERTS.items() if topic == "Clashes")
"""The codes that pages and commands call a conflict."""
GAPS = frozenset(code for code, (_, topic) in _ALERTS.items() if topic == "Gaps")
"""The codes that pages and commands call an opening."""
TOWN_REST = dt.timedelta(days=14)
SOON = 2
"""Days before an event from which an open position is urgent."""


def conflicts_among(found: Iterable[Alert]) -> tuple[Alert, ...]:
    """The distinct conflicts among alerts, in order: what ⚠ means, and what is counted wherever conflicts are."""
    return tuple(dict.fromkeys([alert for alert in found if alert.code in CLASHES]))


def is_urgent(alert: Alert) -> bool:
    """Whether an alert is red wherever it is shown: a conflict, or too few officers within `SOON` days."""
    return alert.code in CLASHES or (alert.code == "understaffed" and alert.days_until <= SOON)


def urgency(days: int) -> Severity | None:
    """The severity of something that is open so many days before an event; None more than 14 days before it."""
    return "error" if days <= SOON else "warning" if days <= 7 else "notice" if days <= 14 else None


def topic_of(code: str) -> Topic:
    return _ALERTS[code][1]


def alerts(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS) -> tuple[Alert, ...]:
    """Every alert for the events dated `on` or later, soonest first, then worst first, then by code and event."""
    return _apply((*_RULES_OF_PEOPLE, *_OTHER_RULES), Commitments(snapshot, on, rules))


def alerts_of_people(
    snapshot: Snapshot, on: dt.date, people: Collection[str], rules: Rules = DEFAULTS
) -> tuple[Alert, ...]:
    """The alerts that name one of these people (`Assignment.person`); no others are computed."""
    return _apply(_RULES_OF_PEOPLE, Commitments(snapshot, on, rules, frozenset(people)))


def alerts_concerning(
    snapshot: Snapshot,
    on: dt.date,
    rules: Rules,
    agency: str | None,
    *,
    _alerts: Sequence[Alert] | None = None,
) -> tuple[Alert, ...]:
    """The alerts that this agency must act on or that are about an event naming it, in order; all of them for None."""
    every = alerts(snapshot, on, rules) if _alerts is None else _alerts
    if agency is None:
        return tuple(every)
    named = {event.id for event in snapshot.events if event.names(agency)}
    return tuple([alert for alert in every if alert.agency == agency or not named.isdisjoint(alert.event_ids)])


def by_event(
    snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS, *, _alerts: Sequence[Alert] | None = None
) -> Mapping[str, tuple[Alert, ...]]:
    """Event ID -> the alerts about that event, in order."""
    every = alerts(snapshot, on, rules) if _alerts is None else _alerts
    groups = grouped((event_id, alert) for alert in every for event_id in alert.event_ids)
    return {event_id: tuple(group) for event_id, group in groups.items()}


def conflicts(
    snapshot: Snapshot, on: dt.date, people: Collection[str], rules: Rules = DEFAULTS
) -> Mapping[tuple[str, str], Sequence[tuple[Conflict, frozenset[str]]]]:
    """(Event ID, person) -> the conflicts of that duty, double bookings first, each with the IDs of its events."""
    plan = Commitments(snapshot, on, rules, frozenset(people))
    of_people: list[tuple[Conflict, str, Sequence[Span]]] = [
        *(("double-booked", person, chain) for person, chain in _find_overlaps(plan)),
        *(("tight-travel", person, spans) for person, *spans, _, _ in _find_short_drives(plan)),
    ]
    return grouped(
        ((plan.events[order].id, person), (conflict, frozenset(plan.events[each].id for _, _, each in spans)))
        for conflict, person, spans in of_people
        for order in {order for _, _, order in spans}
    )


_Rule = Callable[[Commitments], Iterable[Alert]]


def _apply(rules: Sequence[_Rule], plan: Commitments) -> tuple[Alert, ...]:
    by_days = grouped((alert.days_until, alert) for rule in rules for alert in rule(plan))
    # Sorting each day by itself takes a third of the time of one large sort.
    return tuple([alert for days in sorted(by_days) for alert in sorted(by_days[days], key=_sort_key)])


def _sort_key(alert: Alert) -> tuple[int, str, tuple[str, ...], str, str, str]:
    names = alert.officer or "", alert.agency or "", alert.venue or ""
    return SEVERITIES.index(alert.severity), alert.code, alert.event_ids, *names


# --- people ---------------------------------------------------------------------------------------------------------


def _find_overlaps(plan: Commitments) -> Iterator[tuple[str, list[Span]]]:
    """Each person with a chain of overlapping spans at two events or more."""
    for person, spans in plan.spans.items():
        for chain in chains(spans):
            if len({order for _, _, order in chain}) > 1:
                yield person, chain


def _find_double_booked(plan: Commitments) -> Iterator[Alert]:
    for person, chain in _find_overlaps(plan):
        events = [plan.events[order] for order in sorted({order for _, _, order in chain})]
        places = list_words([f"{plan.where(plan.events[o])} {clock_range(s.time(), e.time())}" for s, e, o in chain], 2)
        message = (
            f"{plan.name(person)} is double-booked on {day_words(events[0].date, plan.on)}: {places}. "
            f"Assign somebody else to {'one of them' if len(events) == 2 else 'all but one'}."
        )
        yield plan.alert("error", "officer-double-booked", events, message, person=person)


def _find_conflicts_not_shown(plan: Commitments) -> Iterator[Alert]:
    """Conflicts with events whose staffing the viewer is not shown: that there is one, not where or when."""
    rows = [(event, row) for event, crew in plan.staffed_events for row in crew if row.conflict is not None]
    for event, row in {(event.id, row.person): (event, row) for event, row in rows}.values():
        person, here = row.person or "", plan.words(event)
        severity: Severity = "error"
        wrong = f"is double-booked during {here}: the other event is not shown to you."
        if row.conflict == "tight-travel":
            severity = "warning"
            wrong = f"has too little time to drive between {here} and another event, which is not shown to you."
        ask = plan.first_rows[person].agency or "them"
        message = f"{plan.name(person)} {wrong} Assign somebody else, or ask {ask}."
        yield plan.alert(severity, f"officer-{row.conflict}", [event], message, person=person)


def _find_tight_travel(plan: Commitments) -> Iterator[Alert]:
    for person, before, after, gap, drive in _find_short_drives(plan):
        first, second = plan.events[before[2]], plan.events[after[2]]
        message = (
            f"{plan.name(person)} has {half_up(gap)} min on {day_words(before[1].date(), plan.on)} from "
            f"{plan.where(first)} (until {clock(before[1].time())}) to {plan.where(second)} ({clock(after[0].time())})"
            f"; the drive takes about {math.ceil(drive)} min. Move one, or assign somebody else."
        )
        events = [plan.events[order] for order in sorted((before[2], after[2]))]
        yield plan.alert("warning", "officer-tight-travel", events, message, person=person)


def _find_short_drives(plan: Commitments) -> Iterator[tuple[str, Span, Span, float, float]]:
    """Each person's two spans with less time between them (minutes) than the drive takes (minutes)."""
    longest = plan.longest_drive()
    for person, spans in plan.spans.items():
        latest: Span | None = None
        for span in spans:
            if latest is not None and span[0] < latest[1]:
                latest = max(latest, span, key=lambda span: (span[1], span[0], span[2]))
                continue
            if latest is not None and span[0] - latest[1] < longest:
                gap = (span[0] - latest[1]).total_seconds() / 60
                drive = plan.drive(plan.events[latest[2]], plan.events[span[2]])
                if drive is not None and gap < drive:
                    yield person, latest, span, gap, drive
            latest = span


def _find_unavailable(plan: Commitments) -> Iterator[Alert]:
    limited = plan.off.keys() | {each.id for each in plan.snapshot.officers if each.active_from or each.active_to}
    for event, crew in plan.staffed_events:
        for person in limited.intersection([row.person or "" for row in crew]):
            but = f"but assigned to {plan.words(event)}. Assign somebody else"
            days = next((days for days in plan.off.get(person, ()) if days[0] <= event.date <= days[1]), None)
            if days is not None:
                message = f"{plan.name(person)} is off {day_range(*days, plan.on)}, {but}."
                yield plan.alert("error", "officer-on-time-off", [event], message, person=person)
            officer = plan.snapshot.officer_by_id.get(person)
            if officer is not None and not is_active(officer, event.date):
                has_left = officer.active_to is not None and officer.active_to < event.date
                end = (officer.active_to if has_left else officer.active_from) or event.date
                only = f"active only {'until' if has_left else 'from'} {day_words(end, plan.on)}"
                message = f"{plan.name(person)} is {only}, {but}, or correct Active from and to."
                yield plan.alert("error", "officer-inactive", [event], message, person=person)


# --- places ---------------------------------------------------------------------------------------------------------


def _find_venue_double_booked(plan: Commitments) -> Iterator[Alert]:
    spans_at = grouped(
        (place_of(event), (*span, order))
        for order, event in enumerate(plan.events)
        if (span := interval(event, plan.rules)) is not None
    )
    for spans in spans_at.values():
        for chain in chains(spans):
            if len(chain) < 2:
                continue
            events = [plan.events[order] for _, _, order in chain]
            times = [f"{clock_range(s.time(), e.time())} ({_tell_apart(plan.events[o])})" for s, e, o in chain]
            message = (
                f"{plan.where(events[0])} is booked {'twice' if len(events) == 2 else f'{len(events)} times'} on "
                f"{day_words(events[0].date, plan.on)}: {list_words(times, 3)}. Move one, or hold them as one."
            )
            venue = events[0].venue.name if events[0].venue else events[0].venue_text
            yield plan.alert("error", "venue-double-booked", events, message, venue=venue)


def _tell_apart(event: Event) -> str:
    return event.lead_agency or shorten(event.title, 24)


def _find_town_too_soon(plan: Commitments) -> Iterator[Alert]:
    spans_in = grouped(
        (event.town, (event.date, event.date + TOWN_REST, order))
        for order, event in enumerate(plan.events)
        if event.town is not None
    )
    for town, spans in spans_in.items():
        for chain in chains(spans):
            if len(chain) > 1:
                events = [plan.events[order] for _, _, order in chain]
                days = list_words([f"{day_words(event.date, plan.on)} ({_tell_apart(event)})" for event in events], 3)
                apart = (events[-1].date - events[0].date).days
                near = f"{counted(apart, 'day')} apart" if len(events) == 2 else f"within {counted(apart + 1, 'day')}"
                message = (
                    f"{shorten(town, 28)} has {len(events)} events {near if apart else 'on one day'}: {days}. "
                    "Move one: the county's rule is 14 days."
                )
                yield plan.alert("notice", "town-too-soon", events, message)


# --- the national day -----------------------------------------------------------------------------------------------


def _is_national(event: Event) -> bool:
    return event.date == national_day(event.date.year)


def national_day_people(snapshot: Snapshot, on: dt.date) -> Mapping[tuple[dt.date, str | None], int]:
    """National day and agency (None for all agencies) -> the distinct people who go to that day's events."""
    people = grouped(
        ((event.date, agency), row.person)
        for event in filter(_is_national, planned(snapshot, on))
        for row in going(snapshot.assignments_by_event.get(event.id, ()))
        for agency in {None, row.agency or None}
    )
    return {key: len(set(named)) for key, named in people.items()}


def _find_national_day(plan: Commitments) -> Iterator[Alert]:
    """An agency on more events than it has people; or more events than people, where whose they are is unknown."""
    of_day = grouped((each[0].date, each) for each in plan.staffed_events if _is_national(each[0]))
    for day, crews in of_day.items():
        stored = plan.snapshot.national_day_people
        people_by_agency = national_day_people(plan.snapshot, plan.on) if stored is None else stored
        ids = {event.id for event, _ in crews}
        unread = Counter(person.agency for person in plan.snapshot.unread_people if person.event_id in ids)
        known = agencies_are_known(plan.snapshot) and not any(
            agency_is_unknown(plan.snapshot, event, crew) for event, crew in crews
        )
        nobody: tuple[str | None, ...] = (None,)
        events_of = grouped((agency, event) for event, _ in crews for agency in (event.agencies if known else nobody))
        for named, events in events_of.items():
            people = people_by_agency.get((day, named), 0) + (unread.total() if named is None else unread[named])
            if len(events) <= people:
                continue
            places = f"({list_words([plan.where(event) for event in events], 3)})"
            few, many = len(events) - people, counted(len(events), "event")
            message = (
                f"{many} {places} with {counted(people, 'person', 'people')} named, whose agencies are not known. "
                f"Name {few} more, or hold fewer."
                if named is None
                else f"{named} is named on {many} {places} with {people} staffed. Staff {few} more, or step back from "
                "one."
            )
            message = f"National day, {day_words(day, plan.on)}: {message}"
            yield plan.alert("warning", "national-day", events, message, agency=named)


# --- what an event is missing ---------------------------------------------------------------------------------------


def _find_gaps(plan: Commitments) -> Iterator[Alert]:
    """Open positions, people who are not confirmed, agencies that send nobody, and agencies that are not named."""
    for event, crew in plan.staffed_events:
        rows, urgent = plan.snapshot.assignments_by_event.get(event.id, ()), urgency(plan.days_until(event))
        silent = silent_agencies(plan.snapshot, event, crew)
        if still_open := open_positions(event, rows):
            asked, of = len(placeholders(rows)), with_noun(str(positions(event, rows)), "officer")
            waiting = f" ({asked} requested)" if asked else ""
            message = (
                f"{plan.words(event)}: {len(assigned(rows))} of {of}{waiting}. "
                f"Still needed: {wanted_words(still_open, owed(rows, silent))}."
            )
            yield plan.alert("error" if urgent == "error" else "warning", "understaffed", [event], message)
        if urgent is not None and (message := _unconfirmed_words(event, crew)):
            yield plan.alert(urgent, "unconfirmed", [event], f"{plan.words(event)}: {message}")
        for agency in silent:
            message = f"No officer from {agency} at {plan.words(event)}. Assign one, or remove {agency} from the event."
            yield plan.alert("warning", "agency-without-officer", [event], message, agency=agency)
        named = event.agencies
        unnamed = grouped(
            dict.fromkeys(
                (row.agency, (row.person, shorten(row.name or "somebody", 24)))
                for row in crew
                if row.agency is not None and row.agency not in named
            )
        )
        for agency, people in unnamed.items():
            names = [name for _, name in people]
            message = (
                f"{list_words(names, 2)} of {agency} {'is' if len(names) == 1 else 'are'} assigned to "
                f"{plan.words(event)}, which does not name {agency}. Add it to Partner agencies."
            )
            yield plan.alert("notice", "staffed-agency-not-on-event", [event], message, agency=agency)


def _find_missing_roles(plan: Commitments) -> Iterator[Alert]:
    """No host, no bilingual officer where one is needed, four or more people without a supervisor."""
    for event, crew in plan.staffed_events:
        lacks = lacking_roles(plan.snapshot, event, crew)
        if not lacks:
            continue
        ask = f"at {plan.words(event)}. Ask {any_of(event.agencies)} for one."
        people = {row.person for row in crew}
        able = sorted(person for person in plan.hosts & people if "Host" in lacks and plan.is_free(person, event))
        if able:
            names = list_words([plan.name(person, 24) for person in able], 2, "or")
            message = f"No host at {plan.words(event)}. {names} can do it: set the Role to Host."
            yield plan.alert("warning", "no-host", [event], message)
        elif "Host" in lacks:
            yield plan.alert("warning", "no-host", [event], f"No host {ask}")
        if "Bilingual" in lacks:
            yield plan.alert("warning", "no-bilingual", [event], f"No bilingual officer {ask}")
        if "Supervisor" in lacks:
            message = f"{len(people)} people and no supervisor {ask}"
            yield plan.alert("notice", "no-supervisor", [event], message)


def _unconfirmed_words(event: Event, rows: Sequence[Assignment], answered: Collection[str] = ()) -> str:
    """Who is not confirmed, without the people who `answered`, and what to do; empty if nobody is left."""
    parts = ["the event is tentative"] if event.status is None or event.status == "Tentative" else []
    waiting = [row for row in _not_confirmed(rows) if row.person not in answered]
    if waiting:
        names = list(dict.fromkeys([shorten(row.name or row.officer or "somebody", 24) for row in waiting]))
        parts.append(f"{list_words(names, 2)} {'has' if len(names) == 1 else 'have'} not confirmed")
    return f"{' and '.join(parts)}. Ask, then set the Status to Confirmed." if parts else ""


def _not_confirmed(rows: Iterable[Assignment]) -> Iterator[Assignment]:
    return (row for row in rows if row.status in ("Requested", "Assigned"))


def add_answers(snapshot: Snapshot, found: Sequence[Alert], answers: Mapping[tuple[str, str], str]) -> Sequence[Alert]:
    """The alerts for a page: those who answered are reported with their answer, and nobody is told to ask them.

    `answers` maps an event and a person to the answer and what to change in the sheet because of it.
    """
    shown = []
    for alert in found:
        event = snapshot.event_by_id[alert.event_ids[0]]
        rows = going(snapshot.assignments_by_event.get(event.id, ())) if alert.code == "unconfirmed" else ()
        waiting = [row.person for row in _not_confirmed(rows) if row.person]
        said = {person: answers[event.id, person] for person in waiting if (event.id, person) in answers}
        if said:
            sentences = filter(None, (_unconfirmed_words(event, rows, said), *said.values()))
            alert = replace(alert, message=f"{event_words(event, snapshot.today)}: {' '.join(sentences)}")
        shown.append(alert)
    return shown


def _find_other_lacks(plan: Commitments) -> Iterator[Alert]:
    """A shelter site without a backup in fire season, a news release that is overdue, a federal holiday."""
    for event in plan.events:
        venue, due = event.venue, event.release_due
        if venue and venue.shelter_site and not event.backup_venue and in_fire_season(event.date, plan.rules):
            message = f"{plan.words(event)}: the venue becomes a shelter in a fire. Name a Backup venue."
            yield plan.alert("notice", "shelter-venue", [event], message, venue=venue.name)
        if due is not None and due < plan.on and event.release_sent is None and event.status != "Completed":
            message = f"The news release for {plan.words(event)} was due {day_words(due, plan.on)}."
            message = f"{message} Send it, then fill in Release sent."
            yield plan.alert("warning", "release-overdue", [event], message)
        if (holiday := holiday_words(event.date)) is not None:
            yield plan.alert("notice", "federal-holiday", [event], f"{plan.words(event)} is {holiday}.")


_RULES_OF_PEOPLE: tuple[_Rule, ...] = (
    _find_double_booked,
    _find_tight_travel,
    _find_conflicts_not_shown,
    _find_unavailable,
)
_OTHER_RULES: tuple[_Rule, ...] = (
    _find_venue_double_booked,
    _find_town_too_soon,
    _find_national_day,
    _find_gaps,
    _find_missing_roles,
    _find_other_lacks,
)
