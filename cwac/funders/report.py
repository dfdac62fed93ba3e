"""What funders ask: the events of a period by what pays for them, for the Office of Traffic Safety, the National Night
Out award, or an agency's own page.

It names agencies, towns and venues, but no person, and counts what residents raised without its text.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from cwac.analysis.attendance import HeldEvent, Outcomes, Turnout, outcomes, shared_words, turnout
from cwac.analysis.days import national_night_out, working_days_between
from cwac.analysis.events import DEFAULTS, assigned, names_ots
from cwac.analysis.hours import Hours, ledger
from cwac.analysis.officers import other_languages
from cwac.analysis.periods import Period, quarter_named, quarter_or_year_named
from cwac.analysis.productivity import NOT_NOTED
from cwac.analysis.quarter import PeriodReport, agency_named, period_fields
from cwac.model import Event, FollowUpCategory, FollowUpStatus, PayType, Snapshot
from cwac.settings import Rules

Preset = Literal["ots-quarter", "nno", "agency"]
DAYS_TO_REPORT = 30
"""Days after the end of a quarter within which the Office of Traffic Safety wants its report."""
PAY_TYPES: tuple[str, ...] = (*get_args(PayType), NOT_NOTED)
STATES: tuple[FollowUpStatus, ...] = get_args(FollowUpStatus)
HIDDEN_LANGUAGE = "another"
"""The language of a stand-in: which one it is, is not shown to the viewer."""


@dataclass(frozen=True, slots=True)
class FunderHours:
    """Officer-hours at the events held.

    `total` and `by_pay_type` are of the agency's own people, or of everybody if the report is of all agencies.
    `by_agency` is of everybody: agency -> pay type -> hours, with `NOT_NOTED` for a blank agency or pay type, and
    `of_agency` is all hours of each. `unread` people named in Staffing could not be identified, and are in none.
    """

    total: Hours
    by_pay_type: Mapping[str, Hours]
    by_agency: Mapping[str, Mapping[str, Hours]]
    of_agency: Mapping[str, Hours]
    unread: int


@dataclass(frozen=True, slots=True)
class Languages:
    """The languages besides English of the people assigned to the events held.

    `events` is language -> events held with a speaker. `with_another` events had a speaker of any, or somebody with the
    role Bilingual, and at `maybe` more there may have been one: somebody's languages are not known. Of all `people`
    (each counted once per event) those `not_noted` have a blank Languages cell, and those `not_shown` one that the
    viewer may not see. `needed` of the events ask for a bilingual officer, `met` of these had one, and `maybe_met` may
    have had one.
    """

    events: Mapping[str, int]
    with_another: int
    maybe: int
    people: int
    not_noted: int
    not_shown: int
    needed: int
    met: int
    maybe_met: int


@dataclass(frozen=True, slots=True)
class Release:
    """An event's news release. `lead_days` are the working days from its sending to the event, negative if it was sent
    after; None without a date. `late` is None unless both the day due and the day sent are known."""

    event: Event
    lead_days: int | None
    late: bool | None


Concerns = Mapping[FollowUpCategory | None, Mapping[FollowUpStatus, int]]
"""Category, None where the cell is blank or could not be read -> state -> the number of follow-ups."""


@dataclass(frozen=True, slots=True)
class FundingLine:
    """The events of the period with one Funding, None where it is blank; `included` if they are in the report."""

    funding: str | None
    included: bool
    planned: int
    outcomes: Outcomes
    turnout: Turnout
    hours: Hours


@dataclass(frozen=True, slots=True)
class FunderReport(PeriodReport):
    """The report. Its events are those of the period, of the agency and with the funding that it is for.

    `funding` is the text that Funding must contain, None for any. `concerns` is None if the sheet has no Follow-ups
    tab; `told` of them were reported back to the resident, and of `told_blank` that is not known. `replaced_by` is a
    canceled or postponed event's ID -> the event that replaces it. `undated` events of the agency have no readable
    date, and so are in no period.
    """

    preset: Preset
    funding: str | None
    hours: FunderHours
    languages: Languages
    releases: tuple[Release, ...]
    listed_towns: frozenset[str]
    concerns: Concerns | None
    told: int
    told_blank: int
    by_funding: tuple[FundingLine, ...]
    replaced_by: Mapping[str, Event]
    media: Mapping[str, bool | None]
    undated: int

    @property
    def due(self) -> dt.date | None:
        """The day on which the report is due; None where the funder's rules are not known here."""
        if self.preset != "ots-quarter":
            return None
        return self.period.last + dt.timedelta(days=DAYS_TO_REPORT)

    @property
    def shared(self) -> str | None:
        return shared_words(self.outcomes.held, self.agency)

    @property
    def agencies(self) -> tuple[str, ...]:
        return tuple(sorted({short for past in self.outcomes.held for short in past.event.agencies}))

    @property
    def nights(self) -> tuple[dt.date, ...]:
        years = range(self.period.first.year, self.period.last.year + 1)
        return tuple([night for year in years if (night := national_night_out(year)) in self.period])


def period_of(preset: Preset, name: str) -> Period:
    """The quarter of that name or, but for the Office of Traffic Safety, the year; a `ValueError` for any other."""
    return quarter_named(name) if preset == "ots-quarter" else quarter_or_year_named(name)


def funder_report(
    snapshot: Snapshot,
    preset: Preset,
    period: str,
    agency: str | None = None,
    funding: str | None = None,
    rules: Rules = DEFAULTS,
) -> FunderReport:
    """The report on the events of a period (`2026-Q3`), of those that an agency leads or takes part in, or of all.

    `funding` keeps only the events with that Funding; if none has just that, those whose Funding contains it. For the
    Office of Traffic Safety it must name that office too. Raises `ValueError` with a sentence to show to the user for
    an unknown period, agency or funding.
    """
    days = period_of(preset, period)
    short = agency_named(snapshot, agency) if agency is not None else None
    if preset == "agency" and short is None:
        raise ValueError("this report is of one agency, which must be named.")
    text = funding_named(snapshot, funding) if funding is not None else None
    paid_by = None
    if text is not None:
        keys = frozenset(map(_key, fundings(snapshot)))
        paid_by = keys & {_key(text)} or frozenset([key for key in keys if _key(text) in key])

    def included(event: Event) -> bool:
        is_for = preset != "ots-quarter" or names_ots(event.funding)
        return is_for and (paid_by is None or (event.funding is not None and _key(event.funding) in paid_by))

    every = outcomes(snapshot, days, short)
    chosen = _only(every, included)
    planned = chosen.events
    concerns = _concerns(snapshot, planned)
    return FunderReport(
        **period_fields(snapshot, days, short, chosen, rules),
        preset=preset,
        funding=text,
        hours=_hours(snapshot, chosen.held, short, rules),
        languages=_languages(snapshot, chosen.held),
        releases=tuple(_release(event) for event in planned),
        listed_towns=frozenset(town.name for town in snapshot.towns),
        concerns=concerns,
        told=_told(snapshot, planned, True),
        told_blank=_told(snapshot, planned, None),
        by_funding=_by_funding(snapshot, every, included, rules),
        replaced_by=_replaced_by(snapshot, planned),
        media={past.event.id: _media(snapshot, past.event) for past in chosen.held},
        undated=sum(
            short is None or short in (event.lead_agency, *event.partner_agencies) for event in snapshot.undated
        ),
    )


# --- which events ---------------------------------------------------------------------------------------------------


def _key(funding: str) -> str:
    return " ".join(funding.split()).casefold()


def funding_named(snapshot: Snapshot, funding: str) -> str:
    """The text without needless spaces; a `ValueError` if no Funding cell of the sheet has it."""
    text = " ".join(funding.split())
    names = fundings(snapshot)
    if not text or not any(_key(text) in _key(name) for name in names):
        raise ValueError(f"{funding!r} is in no Funding cell of this sheet: it has {', '.join(names) or 'none'}.")
    return text


def fundings(snapshot: Snapshot) -> tuple[str, ...]:
    """The different Funding cells of the sheet, by name; those that differ only in case or spaces are one."""
    names = {_key(event.funding): " ".join(event.funding.split()) for event in snapshot.events if event.funding}
    return tuple(names[key] for key in sorted(names))


def _only(every: Outcomes, included: Callable[[Event], bool]) -> Outcomes:
    called_off = (tuple(filter(included, events)) for events in (every.canceled, every.postponed))
    open_ones = (tuple(filter(included, events)) for events in (every.not_closed, every.coming))
    return Outcomes(tuple([past for past in every.held if included(past.event)]), *called_off, *open_ones)


def _replaced_by(snapshot: Snapshot, planned: Sequence[Event]) -> Mapping[str, Event]:
    """A draft is not yet a new date."""
    new_dates = {event.replaces: event for event in snapshot.events if event.replaces and event.status != "Draft"}
    off = [event.id for event in planned if event.status in ("Cancelled", "Postponed")]
    return {event_id: new_dates[event_id] for event_id in off if event_id in new_dates}


def _by_funding(
    snapshot: Snapshot, every: Outcomes, included: Callable[[Event], bool], rules: Rules
) -> tuple[FundingLine, ...]:
    """One line per Funding, those of the report first; each event of the period is in one of them."""
    of_key: dict[str | None, list[Event]] = {}
    for event in every.events:
        of_key.setdefault(_key(event.funding) if event.funding else None, []).append(event)
    lines = []
    for events in of_key.values():
        ids = {event.id for event in events}
        own = _only(every, lambda event: event.id in ids)  # noqa: B023 - called at once
        name = " ".join(events[0].funding.split()) if events[0].funding else None
        hours = _hours(snapshot, own.held, None, rules).total
        lines.append(FundingLine(name, included(events[0]), len(events), own, turnout(own.held), hours))
    return tuple(sorted(lines, key=lambda line: (not line.included, line.funding is None, line.funding or "")))


# --- what they took, and what came of them --------------------------------------------------------------------------


def _hours(snapshot: Snapshot, held: Sequence[HeldEvent], agency: str | None, rules: Rules) -> FunderHours:
    events = [past.event for past in held]
    book = ledger(snapshot, rules, events)
    own = book.lines
    everybody = book.of(events)
    by_agency: dict[str, Mapping[str, Hours]] = {}
    for number, name in enumerate(own.agency.names):
        theirs = book.totals(everybody & (own.agency.numbers == number), own.pay_type)
        by_agency[name or NOT_NOTED] = {pay or NOT_NOTED: hours for pay, hours in theirs.items()}
    whole = {name or NOT_NOTED: hours for name, hours in book.totals(everybody, own.agency).items()}
    chosen = everybody
    if agency is not None:
        numbers = [number for number, name in enumerate(own.agency.names) if name == agency]
        chosen = everybody & (own.agency.numbers == (numbers[0] if numbers else -1))
    by_pay_type = {pay or NOT_NOTED: hours for pay, hours in book.totals(chosen, own.pay_type).items()}
    unread = [person for event in events for person in snapshot.unread_people_by_event.get(event.id, ())]
    return FunderHours(
        total=book.total(chosen),
        by_pay_type=by_pay_type,
        by_agency=dict(sorted(by_agency.items(), key=lambda row: (row[0] != agency, row[0] == NOT_NOTED, row[0]))),
        of_agency=whole,
        unread=sum(agency is None or person.agency in (agency, None) for person in unread),
    )


def _languages(snapshot: Snapshot, held: Sequence[HeldEvent]) -> Languages:
    events: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    spelling: dict[str, str] = {}
    for past in held:
        rows = snapshot.assignments_by_event.get(past.event.id, ())
        going = assigned(rows)
        officers = [snapshot.officer_by_id.get(person) for person in going]
        names = [name for officer in officers if officer for name in other_languages(officer)]
        spoken = {spelling.setdefault(name.casefold(), name) for name in names}
        unknown = [officer for officer in officers if officer is None or not officer.languages]
        has_another = bool(spoken) or any(row.role == "Bilingual" and row.person in going for row in rows)
        is_needed = past.event.bilingual_needed is True
        events.update(spoken)
        counts["people"] += len(going)
        counts["not_shown"] += (not_shown := sum(officer is not None and officer.stand_in for officer in unknown))
        counts["not_noted"] += len(unknown) - not_shown
        counts["with_another"] += has_another
        counts["maybe"] += bool(unknown) and not has_another
        counts["needed"] += is_needed
        counts["met"] += is_needed and has_another
        counts["maybe_met"] += is_needed and bool(unknown) and not has_another
    order = sorted(events, key=lambda name: (-events[name], name))
    fields = ("with_another", "maybe", "people", "not_noted", "not_shown", "needed", "met", "maybe_met")
    return Languages({name: events[name] for name in order}, **{name: counts[name] for name in fields})


def _release(event: Event) -> Release:
    sent, due = event.release_sent, event.release_due
    lead = working_days_between(sent, event.date) if sent else None
    return Release(event, lead, sent > due if sent and due else None)


def _media(snapshot: Snapshot, event: Event) -> bool | None:
    """Whether reporters were there, as any row of the event says; None if none says."""
    noted = {row.media for row in snapshot.headcounts_by_event.get(event.id, ())} - {None}
    return any(noted) if noted else None


def _concerns(snapshot: Snapshot, planned: Sequence[Event]) -> Concerns | None:
    """The follow-ups of these events by category, in the contract's order, the unknown category last."""
    if not snapshot.follow_ups and "Follow-ups" not in snapshot.accounting:
        return None
    counts: dict[FollowUpCategory | None, Counter[FollowUpStatus]] = {}
    for event in planned:
        for follow_up in snapshot.follow_ups_by_event.get(event.id, ()):
            counts.setdefault(follow_up.category, Counter())[follow_up.status] += 1
    order = (*get_args(FollowUpCategory), None)
    return {each: {state: counts[each][state] for state in STATES} for each in order if each in counts}


def _told(snapshot: Snapshot, planned: Sequence[Event], answer: bool | None) -> int:
    by_event = snapshot.follow_ups_by_event
    return sum(follow_up.reported_back is answer for event in planned for follow_up in by_event.get(event.id, ()))
