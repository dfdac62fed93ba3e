"""How far each event is staffed, in full and in one line; openings of coming events; shifts of a person or agency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from cwac.analysis.alerts import ALERT_CODES, CLASHES, GAPS, alerts_of_people, urgency
from cwac.analysis.attendance import guests_words, total
from cwac.analysis.events import (
    DEFAULTS,
    NOT_GOING,
    Owed,
    agency_is_unknown,
    assigned,
    confirmed,
    from_any_agency,
    going,
    is_half_typed,
    is_live,
    open_positions,
    owed,
    placeholders,
    planned,
    positions,
    silent_agencies,
    upcoming,
    wanted_words,
    where,
)
from cwac.analysis.followups import CLOSE_COUNTED
from cwac.analysis.officers import lacking_roles
from cwac.analysis.periods import holiday_words
from cwac.analysis.words import counted
from cwac.date_words import clock_range, day_words
from cwac.model import USUAL_TITLE, Alert, Assignment, AssignmentStatus, Event, Role, Severity, Snapshot, grouped
from cwac.one_line import one_line
from cwac.settings import Rules

ROLE_WORDS: Mapping[Role, str] = {"Host": "host", "Bilingual": "bilingual officer", "Supervisor": "supervisor"}


@dataclass(frozen=True, slots=True)
class StaffingLine:
    """The people of one role or agency at an event; `name` is None for rows without it, `needed` if not said.

    `asked` counts placeholders. If not `known`, others of this agency may go too, as the agency of some is unknown.
    """

    name: str | None
    needed: int | None = None
    asked: int = 0
    requested: int = 0
    assigned: int = 0
    confirmed: int = 0
    known: bool = True

    @property
    def positions(self) -> int:
        """People and open positions, or as many as are needed."""
        return max(self.needed or 0, self.assigned + self.requested + self.asked)


@dataclass(frozen=True, slots=True)
class Fill:
    """How far an event's positions are filled, in distinct people; a person with two roles counts in both of `by_role`.

    `asked` counts placeholders, `needed` is as typed, and `wanted` all positions, None if the sheet does not say.
    `short` counts the open ones, and `owed` the officers that certain agencies still have to send.
    """

    event: Event
    needed: int | None
    asked: int
    requested: int
    assigned: int
    confirmed: int
    by_role: tuple[StaffingLine, ...]
    by_agency: tuple[StaffingLine, ...]
    lacks: tuple[Role, ...]
    silent: tuple[str, ...]
    wanted: int | None = None
    short: int = 0
    owed: tuple[tuple[str, int], ...] = ()

    @property
    def open(self) -> bool:
        return bool(self.short or self.lacks or self.silent)

    @property
    def any_agency(self) -> int:
        """The open positions that any agency may fill."""
        return from_any_agency(self.short, dict(self.owed))

    @property
    def words(self) -> str:
        """`3 of 4 staffed · no bilingual officer · nobody from SCSO`."""
        parts = [f"{self.assigned} staffed" if self.wanted is None else f"{self.assigned} of {self.wanted} staffed"]
        parts.extend(f"no {ROLE_WORDS[role]}" for role in self.lacks)
        if self.silent:
            parts.append(f"nobody from {', '.join(self.silent)}")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Gap:
    """One line of the gap board; `urgency` is None if nothing is open or the event is more than 14 days away.

    `ask` is text to copy into a message: the event, what it still needs of which agencies, a day to reply by, no names.
    """

    fill: Fill
    days: int
    urgency: Severity | None
    ask: str


def fill(snapshot: Snapshot, event: Event) -> Fill:
    rows = snapshot.assignments_by_event.get(event.id, ())
    participants = going(rows)
    silent = silent_agencies(snapshot, event, participants)
    roles_needed: dict[str | None, int] = {"Host": 1, **({"Bilingual": 1} if event.bilingual_needed else {})}
    agencies_needed: dict[str | None, int] = dict.fromkeys(event.agencies, 1)
    by_agency = _count_lines(rows, agencies_needed, lambda row: row.agency)
    if agency_is_unknown(snapshot, event, participants):
        by_agency = tuple(line if line.name is None else replace(line, needed=None, known=False) for line in by_agency)
    return Fill(
        event,
        event.officers_needed,
        *_count(rows),
        _count_lines(rows, roles_needed, lambda row: row.role),
        by_agency,
        lacking_roles(snapshot, event, participants),
        silent,
        positions(event, rows),
        open_positions(event, rows),
        tuple(owed(rows, silent).items()),
    )


def _count_lines(
    rows: Sequence[Assignment], needed: Mapping[str | None, int], label: Callable[[Assignment], str | None]
) -> tuple[StaffingLine, ...]:
    """A line for each name that is needed, then for each other name among the rows of people who take part."""
    there = ((label(row), row) for row in rows if row.status not in NOT_GOING)
    groups: dict[str | None, list[Assignment]] = {name: [] for name in needed} | grouped(there)
    return tuple(StaffingLine(name, needed.get(name), *_count(group)) for name, group in groups.items())


def _count(rows: Sequence[Assignment]) -> tuple[int, int, int, int]:
    """The placeholders, and the people requested, assigned and confirmed."""
    named = assigned(rows)
    return len(placeholders(rows)), len({row.person for row in going(rows)} - named), len(named), len(confirmed(rows))


def gap_board(
    snapshot: Snapshot,
    on: dt.date,
    *,
    agency: str | None = None,
    until: dt.date | None = None,
    _gaps: Sequence[Gap] | None = None,
) -> tuple[Gap, ...]:
    """Every coming event up to `until`, soonest first; with an agency, those that name it or ask it for officers."""

    def is_wanted(event: Event) -> bool:
        if until is not None and event.date > until:
            return False
        rows = snapshot.assignments_by_event.get(event.id, ())
        return agency is None or event.names(agency) or any(row.agency == agency for row in placeholders(rows))

    if _gaps is not None:
        return tuple([gap for gap in _gaps if is_wanted(gap.fill.event)])
    gaps = []
    for event in filter(is_wanted, planned(snapshot, on)):
        staffing, days = fill(snapshot, event), (event.date - on).days
        gaps.append(Gap(staffing, days, urgency(days) if staffing.open else None, _write_ask(staffing, on)))
    return tuple(gaps)


@dataclass(frozen=True, slots=True)
class StillNeeded:
    """What events still need: of one agency, or of all if `agency` is None.

    `missing` counts the open positions of all `planned` events, `to_send` what each agency (or the one) still has to
    send, `beyond` of it more than positions are open, and `any_agency` what any agency may fill. `first` are the events
    to which the agency has to send officers, or all with something open; `free` are open to any agency, `others` are
    its further open ones.
    """

    agency: str | None
    planned: int
    missing: Owed
    to_send: Mapping[str, Owed]
    beyond: int
    any_agency: Owed
    first: tuple[Gap, ...]
    free: tuple[Gap, ...]
    others: tuple[Gap, ...]

    @property
    def own(self) -> Owed:
        """What the agency still has to send; without one, all officers that are missing."""
        return self.missing if self.agency is None else self.to_send.get(self.agency, Owed())

    def answer(self, period: str = "") -> str:
        """`SCSO still has to send 9 officers to 7 events.`; `period` is such as `in December 2026`."""
        within = f" {period}." if period else "."
        if self.agency is None:
            events = counted(self.planned, "event")
            if not self.missing.events:
                return f"No officer is missing at {events}{within}"
            officers = counted(self.missing.officers, "officer is", "officers are")
            return f"{officers} missing at {self.missing.events:,} of {events}{within}"
        if not self.own.officers:
            return f"{self.agency} has sent everybody it owes{within}"
        return f"{to_send_words(self.agency, self.own)}{within}"

    @property
    def any_words(self) -> str:
        """`10 more places are open to any agency.`, empty if none is."""
        nouns = ("more place is", "more places are") if self.to_send else ("place is", "places are")
        number = self.any_agency.officers
        return f"{counted(number, *nouns)} open to any agency." if number else ""


def to_send_words(agency: str, owed: Owed) -> str:
    """`SCSO still has to send 9 officers to 7 events`."""
    return f"{agency} still has to send {owed.words}"


def still_needed(gaps: Iterable[Gap], agency: str | None) -> StillNeeded:
    board = tuple(gaps)
    short = [gap for gap in board if gap.fill.short]
    owes = grouped(pair for gap in board for pair in gap.fill.owed)
    agencies = sorted(owes, key=lambda name: (-sum(owes[name]), -len(owes[name]), name))
    free = [gap for gap in board if gap.fill.any_agency]
    first = [gap for gap in board if (gap.fill.open if agency is None else agency in dict(gap.fill.owed))]
    listed = {gap.fill.event.id for gap in (*first, *free)}
    unlisted = [gap for gap in board if gap.fill.open and gap.fill.event.id not in listed]
    return StillNeeded(
        agency,
        len(board),
        Owed(sum(gap.fill.short for gap in short), len(short)),
        {name: Owed(sum(owes[name]), len(owes[name])) for name in agencies if agency in (None, name)},
        sum(max(0, sum(number for _, number in gap.fill.owed) - gap.fill.short) for gap in board),
        Owed(sum(gap.fill.any_agency for gap in free), len(free)),
        tuple(first),
        tuple(free if agency else ()),
        tuple(gap for gap in unlisted if agency and gap.fill.event.names(agency)),
    )


def _write_ask(staffing: Fill, on: dt.date) -> str:
    event = staffing.event
    if not staffing.open:
        return ""
    days = (event.date - on).days
    reply = event.date - dt.timedelta(days=next((notice for notice in (14, 7, 2) if days > notice), days))
    wants = [wanted_words(staffing.short, dict(staffing.owed))] if staffing.short else []
    second_language = "an officer with a second language"
    wants.extend(second_language if role == "Bilingual" else f"a {ROLE_WORDS[role]}" for role in staffing.lacks)
    lines = [
        f"{event.title}: {where(event)}, {day_words(event.date)}, {clock_range(event.start, event.end)}.",
        f"{staffing.words.split(' · ')[0].capitalize()}.",
    ]
    if wants:
        lines.append(f"Still needed: {', '.join(wants)}.")
    if staffing.silent:
        lines.append(f"Nobody yet from {', '.join(staffing.silent)}.")
    to = f" to {event.lead_agency}" if event.lead_agency else ""
    lines.append(f"Who is available? Reply{to} {'today' if reply <= on else f'by {day_words(reply)}'}.")
    return one_line(" ".join(lines))


@dataclass(frozen=True, slots=True)
class Duty:
    """One person's row for a coming event, or a placeholder (`person` and `name` are None).

    `report` and `release` are the row's times, else the event's; `clashes` are the alerts about this person here.
    """

    event: Event
    person: str | None
    name: str | None
    agency: str | None
    role: Role | None
    status: AssignmentStatus
    report: dt.time | None
    release: dt.time | None
    place: str
    clashes: tuple[Alert, ...] = ()


def duties(
    snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS, *, person: str | None = None, agency: str | None = None
) -> tuple[Duty, ...]:
    """The coming duties of one person, of one agency's people, or of everybody, by start, without those who are out."""
    chosen = [
        (event, row)
        for event in upcoming(snapshot, on)
        for row in snapshot.assignments_by_event.get(event.id, ())
        if row.status not in NOT_GOING
        and (person is None or row.person == person)
        and (agency is None or row.agency == agency)
    ]
    clashes = grouped(
        ((event_id, (alert.officer or "").casefold()), alert)
        for alert in alerts_of_people(snapshot, on, {row.person for _, row in chosen if row.person}, rules)
        for event_id in alert.event_ids
    )
    return tuple(
        Duty(
            event,
            row.person,
            None if row.placeholder else row.name,
            row.agency,
            row.role,
            row.status,
            row.report_time or event.start,
            row.release_time or event.end,
            where(event),
            tuple(clashes.get((event.id, (row.person or "").casefold()), ())),
        )
        for event, row in chosen
    )


STAFFING_STATES = ("Short of officers", "Nobody yet", "Fully staffed", "Clash")
"""States of a coming event's staffing, as the filter offers them."""

NAMED_GAPS = GAPS - {"understaffed"} | {"shelter-venue"}
"""Gaps that are named where there is room; the count of officers (`2/3`) already shows understaffing."""

UNFINISHED = "Row not finished: no town yet"

NOT_COUNTED = "not counted"


@dataclass(frozen=True, slots=True)
class EventSummary:
    """One event in a calendar; `title` is empty for the usual one, and `clashes` and `gaps` are in words.

    `staff` is people of positions (`2/3`), None unless the event is coming; `guests` is None unless it is Completed.
    `held` is False for a past event that nobody has closed, and `counted` says whether it has a count all the same.
    """

    title: str
    state: str
    staff: str | None
    short: bool
    guests: str | None
    clashes: tuple[str, ...]
    gaps: tuple[str, ...]
    held: bool
    holiday: str | None = None
    counted: bool = False

    @property
    def to_close(self) -> str:
        """What to do about a past event that nobody has closed; without a count it may not have been held."""
        return CLOSE_COUNTED if self.counted else "was it held?"


def summarize(
    event: Event, snapshot: Snapshot, alerts: Mapping[str, Sequence[Alert]], today: dt.date, *, gaps: bool
) -> EventSummary:
    """Staffing, clashes and gaps are left out unless `gaps`; `alerts` are by event ID."""
    staff, short = None, False
    coming = event.date >= today and is_live(event)
    unfinished = gaps and coming and is_half_typed(event, snapshot)
    if gaps and coming and not unfinished:
        rows = snapshot.assignments_by_event.get(event.id, ())
        needed, people = positions(event, rows), len(assigned(rows))
        staff, short = str(people) if needed is None else f"{people}/{needed}", open_positions(event, rows) > 0
    held = not (gaps and event.date < today and event.status in ("Confirmed", "Tentative", None))
    codes = dict.fromkeys(alert.code for alert in alerts.get(event.id, ())) if gaps and coming else {}
    counted = total(snapshot.headcounts_by_event.get(event.id, ()))
    guests = NOT_COUNTED if counted.best is None else guests_words(counted)
    return EventSummary(
        title=event.title if event.title != USUAL_TITLE else "",
        state=(event.status or "Tentative").lower(),
        staff=staff,
        short=short,
        guests=guests if event.status == "Completed" else None,
        clashes=tuple(ALERT_CODES[code] for code in codes if code in CLASHES),
        gaps=(UNFINISHED,) if unfinished else tuple(ALERT_CODES[code] for code in codes if code in NAMED_GAPS),
        held=held,
        holiday=holiday_words(event.date) if coming else None,
        counted=not held and counted.best is not None,
    )


def staffing_states(
    event: Event, snapshot: Snapshot, alerts: Mapping[str, Sequence[Alert]], today: dt.date
) -> frozenset[str]:
    """The `STAFFING_STATES` of a coming event; none for one that is past or called off."""
    if event.date < today or not is_live(event) or is_half_typed(event, snapshot):
        return frozenset()
    rows = snapshot.assignments_by_event.get(event.id, ())
    short = open_positions(event, rows) > 0
    states = {
        "Clash": any(alert.code in CLASHES for alert in alerts.get(event.id, ())),
        "Nobody yet": not assigned(rows),
        "Short of officers": short,
        "Fully staffed": event.officers_needed is not None and not short,
    }
    return frozenset(state for state, holds in states.items() if holds)
