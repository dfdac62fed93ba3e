"""What funders ask: the events of a period by what pays for them, for the Office of Traffic Safety, the National Night
Out award, or an agency's own page.

It names agencies, towns and venues, but no person, and counts what residents raised without its text.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

from cwac.analysis.attendance import HeldEvent, Outcomes, Turnout, outcomes, shared_words, turnout
from cwac.analysis.events import DEFAULTS, NOT_CLOSED, assigned, names_ots
from cwac.analysis.hours import NOT_NOTED, Hours, ledger
from cwac.analysis.officers import other_languages
from cwac.analysis.periods import (
    Period,
    federal_quarter,
    quarter_named,
    quarter_of,
    quarter_or_year_named,
    working_days_between,
)
from cwac.analysis.quarter import PeriodReport, agency_named, period_fields
from cwac.analysis.words import counted
from cwac.date_words import day_words, quarter_name
from cwac.exports.reports import as_of
from cwac.model import Event, FollowUpCategory, FollowUpStatus, PayType, Snapshot
from cwac.settings import Rules

Preset = Literal["ots-quarter", "nno", "agency"]
NAMES: Mapping[Preset, str] = {
    "ots-quarter": "OTS quarterly report",
    "nno": "National Night Out award",
    "agency": "Agency report",
}
"""Preset -> its name in lists and messages."""
PAY_TYPES: tuple[str, ...] = (*get_args(PayType), NOT_NOTED)
STATES: tuple[FollowUpStatus, ...] = get_args(FollowUpStatus)
HIDDEN_LANGUAGE = "another"
"""The language of a stand-in: which one it is, is not shown to the viewer."""


@dataclass(slots=True)
class Languages:
    """The languages besides English of the people assigned to the events held.

    `events` is language -> events held with a speaker. `with_another` events had a speaker of any, or somebody with the
    role Bilingual, and at `maybe` more there may have been one: somebody's languages are not known. Of all `people`
    (each counted once per event) those `not_noted` have a blank Languages cell, and those `not_shown` one that the
    viewer may not see. `needed` of the events ask for a bilingual officer, `met` of these had one, and `maybe_met` may
    have had one.
    """

    events: Mapping[str, int]
    with_another: int = 0
    maybe: int = 0
    people: int = 0
    not_noted: int = 0
    not_shown: int = 0
    needed: int = 0
    met: int = 0
    maybe_met: int = 0


Concerns = Mapping[FollowUpCategory | None, Mapping[FollowUpStatus, int]]
"""Category, None where the cell is blank or could not be read -> state -> the number of follow-ups."""


@dataclass(frozen=True, slots=True)
class FundingLine:
    """The events of the period with one Funding, None where it is blank; `included` if they are in the report."""

    funding: str | None
    included: bool
    outcomes: Outcomes
    turnout: Turnout
    hours: Hours


@dataclass(frozen=True, slots=True)
class FunderReport(PeriodReport):
    """The report. Its events are those of the period, of the agency and with the funding that it is for.

    `funding` is the text that Funding must contain, None for any. Hours are those at the events held: `hours` and
    `by_pay_type` of the agency's own people, or of everybody if the report is of all agencies; `by_agency` of
    everybody: agency -> pay type -> hours, with `NOT_NOTED` for a blank agency or pay type, and `of_agency` all hours
    of each. `unread` people named in Staffing could not be identified, and are in none. `concerns` is None if the sheet
    has no Follow-ups tab; `told` is their Reported back, None where it is blank -> their number. `replaced_by` is a
    canceled or postponed event's ID -> the event that replaces it. `media` is a held event's ID -> whether reporters
    were there, as any row of Attendance says; None if none says. `undated` events of the agency have no readable
    date, and so are in no period.
    """

    preset: Preset
    funding: str | None
    hours: Hours
    by_pay_type: Mapping[str, Hours]
    by_agency: Mapping[str, Mapping[str, Hours]]
    of_agency: Mapping[str, Hours]
    unread: int
    languages: Languages
    listed_towns: frozenset[str]
    concerns: Concerns | None
    told: Counter[bool | None]
    by_funding: tuple[FundingLine, ...]
    replaced_by: Mapping[str, Event]
    media: Mapping[str, bool | None]
    undated: int

    @property
    def due(self) -> dt.date | None:
        """The day on which the report is due; None where the funder's rules are not known here."""
        return self.period.last + dt.timedelta(days=30) if self.preset == "ots-quarter" else None

    @property
    def title(self) -> str:
        if self.preset == "ots-quarter":
            return f"OTS quarterly report, {federal_words(self.period)}"
        if self.preset == "nno":
            return f"National Night Out award: the evidence, {self.period.title}"
        return f"{self.agency_label}, {self.period.title}"

    @property
    def subtitle(self) -> str:
        return f"Coffee with a Cop · {self.agency_label} · {as_of(self)}"

    @property
    def period_words(self) -> str:
        """`July 1–September 30, 2026 (Q3 2026)`, with the federal quarter where the title has not said it."""
        period = self.period
        is_quarter = period == quarter_of(period.first)
        days = f"{period.words} ({quarter_name(period.first)})" if is_quarter else period.words
        return days if self.preset == "ots-quarter" else f"{days}, {federal_words(period)}"

    @property
    def due_words(self) -> str | None:
        """The day on which the report is due, and how far away it is; None if it is not known here."""
        if self.due is None:
            return None
        days = (self.due - self.today).days
        left = "today" if days == 0 else f"in {counted(days, 'day')}" if days > 0 else f"{counted(-days, 'day')} ago"
        due = "Due" if days >= 0 else "Was due"
        return f"{due} {day_words(self.due)}, 30 days after the quarter ends ({left})."

    @property
    def scope_words(self) -> str:
        scope = f" that {self.agency} leads or takes part in" if self.agency else " of all agencies"
        funding = " whose Funding names OTS or the Office of Traffic Safety" if self.preset == "ots-quarter" else ""
        if self.funding:
            funding += f"{' and' if funding else ' whose Funding'} has “{self.funding}”"
        return f"Events{scope}{funding}."

    @property
    def warnings(self) -> tuple[str, ...]:
        words = []
        if self.unfinished:
            words.append(f"The period is not over: {counted(len(self.outcomes.coming), 'event')} still to come.")
        if self.preset == "ots-quarter":
            blank = sum(len(line.outcomes.events) for line in self.by_funding if line.funding is None)
            if blank:
                these = counted(blank, "event of the quarter has", "events of the quarter have")
                words.append(f"{these} no Funding in the sheet and {'is' if blank == 1 else 'are'} not in here.")
        if open_ones := len(self.outcomes.not_closed):
            words.append(f"{counted(open_ones, 'past event is', 'past events are')} {NOT_CLOSED}: held or not?")
        if missing := self.turnout.missing:
            words.append(f"{counted(missing, 'held event has', 'held events have')} no count of guests.")
        if self.undated:
            words.append(f"{counted(self.undated, 'event has', 'events have')} no readable date, and so no period.")
        return tuple(words)

    @property
    def notes(self) -> tuple[str, ...]:
        about: Mapping[Preset, str] = {
            "ots-quarter": "These figures are for the Quarterly Performance Report, which is entered in the form of "
            "the Office of Traffic Safety: this page is not that form. The grant agreement decides what is reported, "
            "and by when. Claims are made from time sheets, not from these hours.",
            "nno": "The criteria are those that the National Association of Town Watch has published (natw.org). Its "
            "organizational kit has the deadline, the category by population and how to enter; the sheet knows none of "
            "these.",
        }
        said = "No officer is named, and nothing that residents said is quoted. Blank cells are never taken for zero."
        return tuple(filter(None, (about.get(self.preset), said, shared_words(self.outcomes.held, self.agency))))


def federal_words(period: Period) -> str:
    """`quarter 4 of federal fiscal year 2026`, `federal fiscal years 2026 and 2027`."""
    (first, quarter), (last, of_last) = federal_quarter(period.first), federal_quarter(period.last)
    if first != last:
        return f"federal fiscal years {first} and {last}"
    return f"quarter {quarter} of federal fiscal year {first}" if quarter == of_last else f"federal fiscal year {first}"


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
    raised = [each for event in planned for each in snapshot.follow_ups_by_event.get(event.id, ())]
    has_tab = bool(snapshot.follow_ups) or "Follow-ups" in snapshot.accounting
    off = {event.id for event in planned if event.status in ("Cancelled", "Postponed")}
    counts = {past.event.id: snapshot.headcounts_by_event.get(past.event.id, ()) for past in chosen.held}
    media = {event_id: {row.media for row in rows} - {None} for event_id, rows in counts.items()}
    states = Counter((each.category, each.status) for each in raised)
    there = {category for category, _ in states}
    categories = [each for each in (*get_args(FollowUpCategory), None) if each in there]  # in the contract's order
    concerns = {each: {state: states[each, state] for state in STATES} for each in categories}
    return FunderReport(
        **period_fields(snapshot, days, short, chosen, rules),
        preset=preset,
        funding=text,
        **_hours(snapshot, chosen.held, short, rules),
        languages=_languages(snapshot, chosen.held),
        listed_towns=frozenset(town.name for town in snapshot.towns),
        concerns=concerns if has_tab else None,
        told=Counter(each.reported_back for each in raised),
        by_funding=_by_funding(snapshot, every, included, rules),
        # A draft is not yet a new date.
        replaced_by={
            event.replaces: event for event in snapshot.events if event.replaces in off and event.status != "Draft"
        },
        media={event_id: any(noted) if noted else None for event_id, noted in media.items()},
        undated=sum(
            short is None or short in (event.lead_agency, *event.partner_agencies) for event in snapshot.undated
        ),
    )


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
    others = (every.canceled, every.postponed, every.not_closed, every.coming)
    held = tuple([past for past in every.held if included(past.event)])
    return Outcomes(held, *(tuple(filter(included, events)) for events in others))


def _by_funding(
    snapshot: Snapshot, every: Outcomes, included: Callable[[Event], bool], rules: Rules
) -> tuple[FundingLine, ...]:
    """One line per Funding, those of the report first; each event of the period is in one of them."""
    of_key: dict[str | None, list[Event]] = {}
    book = ledger(snapshot, rules, [past.event for past in every.held])
    for event in every.events:
        of_key.setdefault(_key(event.funding) if event.funding else None, []).append(event)
    lines = []
    for events in of_key.values():
        ids = {event.id for event in events}
        own = _only(every, lambda event: event.id in ids)  # noqa: B023 - called at once
        name = " ".join(events[0].funding.split()) if events[0].funding else None
        hours = book.total(book.of([past.event for past in own.held]))
        lines.append(FundingLine(name, included(events[0]), own, turnout(own.held), hours))
    return tuple(sorted(lines, key=lambda line: (not line.included, line.funding is None, line.funding or "")))


def _hours(snapshot: Snapshot, held: Sequence[HeldEvent], agency: str | None, rules: Rules) -> dict[str, Any]:
    events = [past.event for past in held]
    book = ledger(snapshot, rules, events)
    own, everybody = book.lines, book.of(events)
    by_agency: dict[str, Mapping[str, Hours]] = {}
    chosen = everybody if agency is None else everybody & False
    for number, name in enumerate(own.agency.names):
        theirs = everybody & (own.agency.numbers == number)
        by_agency[name or NOT_NOTED] = _named(book.totals(theirs, own.pay_type))
        chosen = theirs if name is not None and name == agency else chosen
    unread = [person for event in events for person in snapshot.unread_people_by_event.get(event.id, ())]
    return {
        "hours": book.total(chosen),
        "by_pay_type": _named(book.totals(chosen, own.pay_type)),
        "by_agency": dict(sorted(by_agency.items(), key=lambda row: (row[0] != agency, row[0] == NOT_NOTED, row[0]))),
        "of_agency": _named(book.totals(everybody, own.agency)),
        "unread": sum(agency is None or person.agency in (agency, None) for person in unread),
    }


def _named(totals: Mapping[str | None, Hours]) -> dict[str, Hours]:
    return {name or NOT_NOTED: hours for name, hours in totals.items()}


def _languages(snapshot: Snapshot, held: Sequence[HeldEvent]) -> Languages:
    events: Counter[str] = Counter()
    found, spelling = Languages(events), dict[str, str]()
    for past in held:
        rows = snapshot.assignments_by_event.get(past.event.id, ())
        going = assigned(rows)
        officers = [snapshot.officer_by_id.get(person) for person in going]
        names = [name for officer in officers if officer for name in other_languages(officer.languages)]
        spoken = {spelling.setdefault(name.casefold(), name) for name in names}
        unknown = [officer for officer in officers if officer is None or not officer.languages]
        not_shown = sum(officer is not None and officer.stand_in for officer in unknown)
        has_another = bool(spoken) or any(row.role == "Bilingual" and row.person in going for row in rows)
        is_maybe, is_needed = bool(unknown) and not has_another, past.event.bilingual_needed is True
        events.update(spoken)
        found.people += len(going)
        found.not_shown += not_shown
        found.not_noted += len(unknown) - not_shown
        found.with_another += has_another
        found.maybe += is_maybe
        found.needed += is_needed
        found.met += is_needed and has_another
        found.maybe_met += is_needed and is_maybe
    found.events = dict(sorted(events.items(), key=lambda each: (-each[1], each[0])))
    return found


def lead_days(event: Event) -> int | None:
    """The working days from the sending of an event's release to the event, negative if it was sent after."""
    return working_days_between(event.release_sent, event.date) if event.release_sent else None


def is_late(event: Event) -> bool | None:
    """Whether the release was sent after the day due; None unless both days are known."""
    return event.release_sent > event.release_due if event.release_sent and event.release_due else None
