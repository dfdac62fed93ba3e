"""Who goes where: the gaps, one's own duties, fair shares, who could go, rest, and what an emergency has left open."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

from cwac.analysis.alerts import Book, alerts_of_people, is_active, speaks_another, time_off_by_person
from cwac.analysis.events import (
    DEFAULTS,
    NOT_GOING,
    assigned,
    between,
    clock_range,
    confirmed,
    day_words,
    duty_interval,
    going,
    interval,
    is_coming,
    is_live,
    planned,
    state_words,
    upcoming,
    where,
)
from cwac.analysis.hours import Column, Hours, Ledger, ledger
from cwac.analysis.positions import agency_is_unknown, open_positions, owed, placeholders, positions, silent_agencies
from cwac.model import Alert, Assignment, AssignmentStatus, Event, Officer, Role, Severity, Snapshot
from cwac.settings import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

LOAD_DAYS = 90
"""How far back somebody's load is counted."""


# --- gaps -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Line:
    """One role, or one agency, of an event. `name` is None where the rows do not say it.

    `needed` is None where the sheet does not say how many; `asked` counts placeholders, `requested` people only asked.
    Where not `known`, others of this agency may go: it is not said whose they are.
    """

    name: str | None
    needed: int | None = None
    asked: int = 0
    requested: int = 0
    assigned: int = 0
    confirmed: int = 0
    known: bool = True


@dataclass(frozen=True, slots=True)
class Fill:
    """An event's posts. Each number counts distinct people, `asked` placeholders; `by_role` and `by_agency` overlap
    where a person has two roles. `lacks` and `silent` (agencies named that send nobody) are as the alerts say.

    `needed` is as typed, `wanted` how many the event wants in all, both None where the sheet does not say; `short` are
    the open positions, and `owed` those of them that an agency in particular owes.
    """

    event: Event
    needed: int | None
    asked: int
    requested: int
    assigned: int
    confirmed: int
    by_role: tuple[Line, ...]
    by_agency: tuple[Line, ...]
    lacks: tuple[Role, ...]
    silent: tuple[str, ...]
    wanted: int | None = None
    short: int = 0
    owed: tuple[tuple[str, int], ...] = ()

    @property
    def open(self) -> bool:
        return bool(self.short or self.lacks or self.silent)

    @property
    def words(self) -> str:
        """`3 of 4 staffed · no bilingual officer · nobody from SCSO`."""
        parts = [f"{self.assigned} staffed" if self.wanted is None else f"{self.assigned} of {self.wanted} staffed"]
        parts.extend({"Host": "no host", "Bilingual": "no bilingual officer"}[role] for role in self.lacks)
        if self.silent:
            parts.append(f"nobody from {', '.join(self.silent)}")
        return " · ".join(parts)


@dataclass(frozen=True, slots=True)
class Gap:
    """One line of the gap board. `urgency` is None where nothing is open, or it is more than 14 days away.

    `ask` is text to copy into a message: what, when, where, what is still needed, of whom, by when; it names nobody.
    """

    fill: Fill
    days: int
    urgency: Severity | None
    ask: str


def fill(snapshot: Snapshot, event: Event) -> Fill:
    """How far an event's posts are filled, by role and by agency."""
    rows = snapshot.assignments_by_event.get(event.id, ())
    there = going(rows)
    roles = [row.role for row in there]
    lacks: list[Role] = []
    if "Host" not in roles:
        lacks.append("Host")
    if event.bilingual_needed and "Bilingual" not in roles:
        officers = (snapshot.officer_by_id.get(row.officer or "") for row in there)
        if not any(speaks_another(officer) for officer in officers):
            lacks.append("Bilingual")
    silent = silent_agencies(snapshot, event, there)
    roles_needed: dict[str | None, int] = {"Host": 1}
    if event.bilingual_needed:
        roles_needed["Bilingual"] = 1
    agencies_needed: dict[str | None, int] = dict.fromkeys(event.agencies, 1)
    by_agency = _lines(rows, agencies_needed, lambda row: row.agency)
    if agency_is_unknown(snapshot, event, there):
        by_agency = tuple(line if line.name is None else replace(line, needed=None, known=False) for line in by_agency)
    counts = _line(None, rows)
    return Fill(
        event,
        event.officers_needed,
        counts.asked,
        counts.requested,
        counts.assigned,
        counts.confirmed,
        _lines(rows, roles_needed, lambda row: row.role),
        by_agency,
        tuple(lacks),
        silent,
        positions(event, rows),
        open_positions(event, rows),
        tuple(owed(rows, silent).items()),
    )


def _lines(
    rows: Sequence[Assignment],
    needed: Mapping[str | None, int],
    label: Callable[[Assignment], str | None],
) -> tuple[Line, ...]:
    """A line for each name that is needed, then for each other one among the rows that count."""
    piles: dict[str | None, list[Assignment]] = {name: [] for name in needed}
    for row in rows:
        if row.status not in NOT_GOING:
            piles.setdefault(label(row), []).append(row)
    return tuple(_line(name, pile, needed.get(name)) for name, pile in piles.items())


def _line(name: str | None, rows: Sequence[Assignment], needed: int | None = None) -> Line:
    named = assigned(rows)
    requested = {row.person for row in going(rows)} - named
    asked = len(placeholders(rows))
    return Line(name, needed, asked, len(requested), len(named), len(confirmed(rows)))


def gap_board(
    snapshot: Snapshot,
    on: dt.date,
    *,
    agency: str | None = None,
    until: dt.date | None = None,
    _gaps: Sequence[Gap] | None = None,
) -> tuple[Gap, ...]:
    """Every coming event up to `until`, soonest first, full ones too; with an agency, those that name or ask it.

    `_gaps`: the board of all coming events, where the caller has it.
    """

    def is_wanted(event: Event) -> bool:
        if until is not None and event.date > until:
            return False
        return agency is None or event.names(agency) or _is_asked(snapshot, event, agency)

    if _gaps is not None:
        return tuple([gap for gap in _gaps if is_wanted(gap.fill.event)])
    return tuple([_gap(snapshot, event, on) for event in planned(snapshot, on) if is_wanted(event)])


def _is_asked(snapshot: Snapshot, event: Event, agency: str) -> bool:
    return any(row.agency == agency for row in placeholders(snapshot.assignments_by_event.get(event.id, ())))


def _gap(snapshot: Snapshot, event: Event, on: dt.date) -> Gap:
    filled, days = fill(snapshot, event), (event.date - on).days
    urgency: Severity | None = "error" if days <= 2 else "warning" if days <= 7 else "notice" if days <= 14 else None
    return Gap(filled, days, urgency if filled.open else None, _ask(filled, on))


def _ask(filled: Fill, on: dt.date) -> str:
    event = filled.event
    if not filled.open:
        return ""
    days = (event.date - on).days
    reply = event.date - dt.timedelta(days=next((notice for notice in (14, 7, 2) if days > notice), days))
    wants = [f"{filled.short} more officer{'' if filled.short == 1 else 's'}"] if filled.short else []
    wants.extend({"Host": "a host", "Bilingual": "an officer with a second language"}[role] for role in filled.lacks)
    lines = [
        f"{event.title}: {where(event)}, {day_words(event.date)}, {clock_range(event.start, event.end)}.",
        f"{filled.words.split(' · ')[0].capitalize()}.",
    ]
    if wants:
        lines.append(f"Still needed: {', '.join(wants)}.")
    if filled.silent:
        lines.append(f"Nobody yet from {', '.join(filled.silent)}.")
    to = f" to {event.lead_agency}" if event.lead_agency else ""
    lines.append(f"Who can go? Please answer{to} {'today' if reply <= on else f'by {day_words(reply)}'}.")
    return " ".join(lines)


# --- my people ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Duty:
    """One person's row for a coming event, or a post asked of the agency (`person` and `name` None).

    `report` and `release` are the row's, else the event's; `clashes` are the alerts that name this person here.
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
    """What is still to come for one person (as `Assignment.person`), for one agency's people, or for everybody.

    By start; those who declined, were swapped out or pulled are not in it.
    """
    chosen = [
        (event, row)
        for event in upcoming(snapshot, on)
        for row in snapshot.assignments_by_event.get(event.id, ())
        if row.status not in NOT_GOING
        and (person is None or row.person == person)
        and (agency is None or row.agency == agency)
    ]
    clashes: dict[tuple[str, str], list[Alert]] = {}
    for alert in alerts_of_people(snapshot, on, {row.person for _, row in chosen if row.person}, rules):
        for event_id in alert.event_ids:
            clashes.setdefault((event_id, (alert.officer or "").casefold()), []).append(alert)
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


# --- fair share -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class OfficerShare:
    """What one officer carried in a period. `hours` says how much of it is recorded and how much only scheduled.

    `last` and `next` are over the whole sheet: the latest day up to "on", and the soonest after it. `days_away` counts
    the days of the period that were days off, or on which the officer was not active. `may_host` is None where unsaid.
    """

    officer: Officer
    events: int
    hours: Hours
    leads: int
    early: int
    weekends: int
    last: dt.date | None
    next: dt.date | None
    days_away: int
    available: bool

    @property
    def may_host(self) -> bool | None:
        return self.officer.can_host


@dataclass(frozen=True, slots=True)
class AgencyShare:
    """What one agency carried: `people` of it went to `events`; it led `leads`; early and weekend duties are counted
    for each person. `sworn` is its size, None where the sheet does not say, `people` None where some are not named.

    Where nobody is known to have come from it, but it is not known whose all the others were, what it carried is None.
    """

    agency: str
    people: int | None
    events: int | None
    hours: Hours | None
    leads: int
    early: int | None
    weekends: int | None
    last: dt.date | None
    sworn: int | None

    @property
    def hours_per_sworn(self) -> float | None:
        total = self.hours.total if self.hours else None
        return total / self.sworn if total is not None and self.sworn else None

    @property
    def events_per_sworn(self) -> float | None:
        return self.events / self.sworn if self.events is not None and self.sworn else None


@dataclass(frozen=True, slots=True)
class FairShare:
    """Both tables least recent first: who has never gone, then whose last time is longest ago, then least events.

    Officers who are not available on "on" (not active, or a day off) come after those who are, and agencies of which
    nothing is known after the others. `unknown` counts duties of people whose agency is not known.
    """

    first: dt.date
    last: dt.date
    officers: tuple[OfficerShare, ...]
    agencies: tuple[AgencyShare, ...]
    unknown: int = 0


@dataclass(frozen=True, slots=True)
class _Carried:
    """What somebody, or an agency's people, carried: each person counts once an event."""

    events: int
    people: int | None
    hours: Hours
    leads: int
    early: int
    weekends: int
    last: dt.date | None
    next: dt.date | None


_NOTHING = _Carried(0, 0, Hours(), 0, 0, 0, None, None)


def fair_share(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    on: dt.date,
    rules: Rules = DEFAULTS,
    among: Collection[str] | None = None,
) -> FairShare:
    """Who carried what from `first` to `last`, both included, of the events that were or are to be held.

    Someone carries an event once Assigned, Confirmed or Attended, or with hours recorded. An officer's leads are the
    events at which they are Host, an agency's those it leads; an early morning begins before 8:00. With `among`, only
    these people's (as `Assignment.person`) are told one by one.
    """
    book = ledger(snapshot, rules)
    led = Counter(event.lead_agency for event in book.events if first <= event.date <= last)
    nameless = {officer.id for officer in snapshot.officers if officer.stand_in}
    officers, agencies = (
        _carried(book, by, first, last, on, nameless) for by in (book.lines.person, book.lines.sender)
    )
    shorts = dict.fromkeys([*(agency.short for agency in snapshot.agencies), *led, *agencies])
    unknown = agencies.get(None, _NOTHING).hours.people
    by_agency = [
        _agency_share(snapshot, short, agencies.get(short, _NOTHING), led[short], whose_is_known=not unknown)
        for short in shorts
        if short
    ]
    return FairShare(
        first,
        last,
        _officer_shares(snapshot, officers, first, last, on, among),
        tuple(sorted(by_agency, key=lambda share: (share.events is None, _least_recent(share), share.agency))),
        unknown,
    )


def _carried(
    book: Ledger, by: Column, first: dt.date, last: dt.date, on: dt.date, nameless: Collection[str]
) -> Mapping[str | None, _Carried]:
    """For each name of the column, whatever its lines say of the period, and of "on" over the whole sheet."""
    import numpy as np

    lines, name, number = book.lines, by.numbers, len(by.names)
    day, person = book.day[lines.event], lines.person
    inside = (day >= first.toordinal()) & (day <= last.toordinal())
    there = inside & person.first
    latest, soonest = np.zeros(number, dtype=np.int64), np.full(number, dt.date.max.toordinal() + 1)
    past = day <= on.toordinal()
    np.maximum.at(latest, name[past], day[past])
    np.minimum.at(soonest, name[~past], day[~past])

    def count(some: NDArray[Any]) -> list[int]:
        return np.bincount(name[some], minlength=number).tolist()  # type: ignore[no-any-return]

    def distinct(of: NDArray[Any]) -> list[int]:
        """How many different ones go with each name."""
        seen = np.zeros((number, int(of.max(initial=0)) + 1), dtype=bool)
        seen[name[there], of[there]] = True
        return seen.sum(axis=1).tolist()  # type: ignore[no-any-return]

    if by is person:
        events: list[int] = count(there)
        people: list[int | None] = [1] * number
    else:
        events, people = distinct(lines.event), [*distinct(person.numbers)]
        unnamed = np.array([one is None or one in nameless for one in person.names], dtype=bool)[person.numbers]
        for one in np.unique(name[there & unnamed]).tolist():  # several of them may be the same person
            people[one] = None
    hours = book.totals(inside, by)
    columns = zip(
        by.names,
        events,
        people,
        count(there & lines.hosts),
        count(there & lines.early),
        count(there & ((day + 6) % 7 >= 5)),  # the first day of all was a Monday
        latest.tolist(),
        soonest.tolist(),
        strict=True,
    )
    return {
        name: _Carried(
            events,
            people,
            hours.get(name, Hours()),
            leads,
            early,
            weekends,
            dt.date.fromordinal(latest) if latest else None,
            dt.date.fromordinal(soonest) if soonest <= dt.date.max.toordinal() else None,
        )
        for name, events, people, leads, early, weekends, latest, soonest in columns
    }


def _officer_shares(
    snapshot: Snapshot,
    officers: Mapping[str | None, _Carried],
    first: dt.date,
    last: dt.date,
    on: dt.date,
    among: Collection[str] | None,
) -> tuple[OfficerShare, ...]:
    off = time_off_by_person(snapshot)
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    shares = []
    for person, officer in everyone(snapshot).items():
        if among is not None and person not in among:
            continue
        carried, absences = officers.get(person, _NOTHING), off.get(person, ())
        bounded = absences or officer.active_from or officer.active_to
        away = sum(not is_active(officer, day) or _is_off(absences, day) for day in days) if bounded else 0
        if not carried.events and not carried.next and away == len(days):
            continue  # no part in this period, and could have had none
        shares.append(
            OfficerShare(
                officer,
                carried.events,
                carried.hours,
                carried.leads,
                carried.early,
                carried.weekends,
                carried.last,
                carried.next,
                away,
                is_active(officer, on) and not _is_off(absences, on) and _takes_part(snapshot, officer.agency),
            )
        )
    return tuple(
        sorted(
            shares, key=lambda share: (not share.available, _least_recent(share), share.officer.name, share.officer.id)
        )
    )


def _agency_share(snapshot: Snapshot, short: str, carried: _Carried, led: int, *, whose_is_known: bool) -> AgencyShare:
    agency = snapshot.agency_by_short.get(short)
    sworn = agency.sworn if agency else None
    if not carried.events and not whose_is_known:
        return AgencyShare(short, None, None, None, led, None, None, carried.last, sworn)
    return AgencyShare(
        short,
        carried.people,
        carried.events,
        carried.hours,
        led,
        carried.early,
        carried.weekends,
        carried.last,
        sworn,
    )


def _least_recent(share: OfficerShare | AgencyShare) -> tuple[dt.date, int, float]:
    hours = share.hours.total if share.hours else None
    return share.last or dt.date.min, share.events or 0, hours or 0


def _is_off(absences: Iterable[tuple[dt.date, dt.date]], day: dt.date) -> bool:
    return any(first <= day <= last for first, last in absences)


def _takes_part(snapshot: Snapshot, short: str) -> bool:
    agency = snapshot.agency_by_short.get(short)
    return agency is None or agency.active is not False


def everyone(snapshot: Snapshot) -> Mapping[str, Officer]:
    """The officers by person (`Assignment.person`): those listed, then those whom only Staffing names."""
    known = {officer.id: officer for officer in snapshot.officers}
    for row in snapshot.assignments:
        if row.officer is None and row.person is not None and row.person not in known:
            known[row.person] = Officer(row.name or row.person, row.name or row.person, row.agency or "")
    return known


# --- who could go -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody for a gap. `fits` are the missing roles they would fill; `load` their events in the 90 days before;
    `last` the latest day on which they went, and `next` the soonest on which they go.

    `reasons` speak for them; `against` are things to know. Where `available` is False, `against` says what forbids it.
    """

    officer: Officer
    available: bool
    fits: tuple[Role, ...]
    load: int
    last: dt.date | None
    next: dt.date | None
    reasons: tuple[str, ...]
    against: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trouble:
    """One thing that stands against sending somebody, and of which kind it is."""

    kind: Literal["", "on it", "inactive", "off", "clash", "travel", "untimed", "unplaced"]
    words: str


NO_TROUBLE = Trouble("", "")
BANS = frozenset({"on it", "inactive", "off", "clash", "travel"})


class Roster:
    """Everybody who might be sent, and what keeps each from an event: made once, asked often."""

    def __init__(self, snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS) -> None:
        self.snapshot = snapshot
        self.on = on
        self.rules = rules
        self.book = Book(snapshot, on, rules)
        self.officers = everyone(snapshot)
        self.dates: dict[str, dict[str, dt.date]] = {}
        for event in snapshot.events:
            if is_live(event):
                for person in assigned(snapshot.assignments_by_event.get(event.id, ())):
                    self.dates.setdefault(person, {})[event.id] = event.date
        hosts = [officer for officer in self.officers.values() if officer.can_host]
        self.hosts = {officer.id for officer in hosts or self.officers.values() if officer.can_host is not False}

    def may_host(self, officer: Officer) -> bool:
        """Can host says Yes; where it says so of nobody, everybody for whom it does not say No."""
        return officer.id in self.hosts

    def load(self, person: str, until: dt.date) -> int:
        """How many events the person carries in the 90 days up to that day."""
        since = until - dt.timedelta(days=LOAD_DAYS)
        return sum(since <= day <= until for day in self.dates.get(person, {}).values())

    def last(self, person: str) -> dt.date | None:
        """The latest day, up to "on", on which the person went."""
        return max((day for day in self.dates.get(person, {}).values() if day <= self.on), default=None)

    def next(self, person: str) -> dt.date | None:
        """The soonest day, after "on", on which the person goes."""
        return min((day for day in self.dates.get(person, {}).values() if day > self.on), default=None)

    def troubles(self, person: str, event: Event) -> list[Trouble]:
        """What stands against sending the person to the event; those in BANS forbid it."""
        officer = self.officers[person]
        found = [
            Trouble("on it", _ALREADY.get(row.status, "is on it already"))
            for row in self.snapshot.assignments_by_event.get(event.id, ())
            if row.person == person
        ]
        if not is_active(officer, event.date):
            found.append(Trouble("inactive", "not active that day"))
        if not _takes_part(self.snapshot, officer.agency):
            found.append(Trouble("inactive", f"{officer.agency} takes part no longer"))
        if _is_off(self.book.off.get(person, ()), event.date):
            found.append(Trouble("off", "has the day off"))
        day = dt.timedelta(days=1)
        for start, end, order in self.book.spans.get(person, ()):
            if event.date - day <= start.date() <= event.date + day:
                found.append(self.between(event, self.book.events[order], (start, end)))
        found.extend(self.between(event, other) for other in self.book.timeless.get(person, ()))
        return [trouble for trouble in dict.fromkeys(found) if trouble is not NO_TROUBLE]

    def between(self, event: Event, other: Event, span: tuple[dt.datetime, dt.datetime] | None = None) -> Trouble:
        """What stands against going to both. `span` is the person's own time at the other event, else the event's."""
        mine, theirs = interval(event, self.rules), span or interval(other, self.rules)
        if event.id == other.id:
            return NO_TROUBLE
        at = f"{where(other)} on {day_words(other.date, self.on)}"
        if mine is None or theirs is None:
            return Trouble("untimed", f"also at {at}, times not known") if event.date == other.date else NO_TROUBLE
        if mine[0] < theirs[1] and theirs[0] < mine[1]:
            return Trouble("clash", f"at {at}, {clock_range(*theirs)}")
        gap = max(mine[0] - theirs[1], theirs[0] - mine[1])
        drive = self.book.drive(*((other, event) if theirs[1] <= mine[0] else (event, other)))
        if drive is None:
            # Somewhere in one town is at most as far as the minutes to spare; elsewhere is anybody's guess.
            in_town = event.town is not None and event.town == other.town
            far = self.rules.travel_spare_minutes / 60 if in_town else self.rules.rest_hours
            near = gap < dt.timedelta(hours=far)
            return Trouble("unplaced", f"drive to or from {at} not checked: place not known") if near else NO_TROUBLE
        minutes = gap.total_seconds() / 60
        if minutes >= drive:
            return NO_TROUBLE
        return Trouble("travel", f"{minutes:.0f} min to or from {at}, allow {drive:.0f}")

    def candidate(self, person: str, event: Event, filled: Fill) -> Candidate:
        officer = self.officers[person]
        troubles = self.troubles(person, event)
        notes = [trouble.words for trouble in troubles if trouble.kind not in BANS]
        forbids = [trouble.words for trouble in troubles if trouble.kind in BANS]
        fits = tuple(role for role in filled.lacks if self.fits(officer, role))
        load, last, following = self.load(person, event.date), self.last(person), self.next(person)
        reasons = [{"Host": "may host", "Bilingual": f"speaks {_languages(officer)}"}[role] for role in fits]
        if officer.agency in filled.silent:
            reasons.append(f"{officer.agency} is on the event and sends nobody yet")
        elif event.names(officer.agency):
            reasons.append(f"{officer.agency} is on the event")
        elif not officer.agency:
            notes.append("their agency is not known")
        elif event.agencies:
            notes.append(f"{officer.agency} is not named on the event")
        reasons.append(f"{load} event{'' if load == 1 else 's'} in {LOAD_DAYS} days")
        reasons.append("has not gone yet" if last is None else f"last went {day_words(last, self.on)}")
        if following:
            reasons.append(f"goes next {day_words(following, self.on)}")
        notes.extend(self._rest(person, event))
        return Candidate(officer, not forbids, fits, load, last, following, tuple(reasons), (*forbids, *notes))

    def fits(self, officer: Officer, role: Role) -> bool:
        return self.may_host(officer) if role == "Host" else role == "Bilingual" and speaks_another(officer)

    def _rest(self, person: str, event: Event) -> list[str]:
        mine = interval(event, self.rules)
        if mine is None:
            return []
        spans = [(start, end) for start, end, _ in self.book.spans.get(person, ())]
        monday = event.date - dt.timedelta(days=event.date.weekday())
        week = [one for one in spans if monday <= one[0].date() < monday + dt.timedelta(days=7)]
        notes = []
        hours = _union_hours([*week, mine])
        if hours > self.rules.weekly_hours:
            notes.append(f"{hours:g} h of events that week (limit {self.rules.weekly_hours:g})")
        rest = min((max(mine[0] - end, start - mine[1]) for start, end in spans), default=dt.timedelta.max)
        if dt.timedelta(0) <= rest < dt.timedelta(hours=self.rules.rest_hours):
            notes.append(f"{rest.total_seconds() / 3600:.1f} h from another duty (limit {self.rules.rest_hours:g})")
        return notes


_ALREADY: Mapping[AssignmentStatus, str] = {
    "Declined": "declined",
    "Swapped out": "was swapped out",
    "Pulled": "was pulled",
    "No-show": "did not show",
}


def _languages(officer: Officer) -> str:
    return " and ".join(language for language in officer.languages if language.casefold() != "english")


def who_could_go(
    snapshot: Snapshot,
    event: Event,
    on: dt.date,
    rules: Rules = DEFAULTS,
    roster: Roster | None = None,
    among: Collection[str] | None = None,
) -> tuple[Candidate, ...]:
    """Everybody not yet on the event, best first; those who cannot go come last, with what forbids it.

    First the agencies on the event, then who fills a missing role, then an agency that sends nobody yet, then the least
    load in 90 days, then the longest time since. Roles asked of nobody weigh nothing. With `among`, only these people.
    """
    roster = roster or Roster(snapshot, on, rules)
    filled = fill(snapshot, event)
    there = {row.person for row in going(snapshot.assignments_by_event.get(event.id, ()))}
    asked = roster.officers if among is None else [person for person in roster.officers if person in among]
    found = [roster.candidate(person, event, filled) for person in asked if person not in there]
    return tuple(sorted(found, key=lambda one: _best(one, event, filled)))


def _best(one: Candidate, event: Event, filled: Fill) -> tuple[bool, bool, int, bool, int, dt.date, str]:
    agency = one.officer.agency
    return (
        not one.available,
        bool(event.agencies) and agency not in event.agencies,
        -len(one.fits),
        agency not in filled.silent,
        one.load,
        one.last or dt.date.min,
        one.officer.id,
    )


# --- hours and rest -----------------------------------------------------------------------------------------------


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
        hours = _union_hours((start, end) for start, end, _ in week)
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


def _union_hours(spans: Iterable[tuple[dt.datetime, dt.datetime]]) -> float:
    """The hours that the spans cover together; what overlaps counts once."""
    total, until = dt.timedelta(0), dt.datetime.min  # noqa: DTZ901 - wall clock
    for start, end in sorted(spans):
        if end > until:
            total += end - max(start, until)
            until = end
    return total.total_seconds() / 3600


# --- pulled to an emergency -----------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Pulled:
    """A coming event that an emergency took people from, or took altogether (`off`).

    `pulled` and `left` are the rows of the people; `short` is how many are still to be found, 0 where the event is off;
    `could` who could go instead, best first; `replacement` the event that makes up for it, if one is planned.
    """

    event: Event
    off: bool
    pulled: tuple[Assignment, ...]
    left: tuple[Assignment, ...]
    short: int
    could: tuple[Candidate, ...]
    replacement: Event | None
    message: str


def pulled(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS, most: int = 5) -> tuple[Pulled, ...]:
    """The coming events from which people were pulled, and those called off for mutual aid, soonest first."""
    roster: Roster | None = None
    replacements = {event.replaces: event for event in snapshot.events if event.replaces and is_live(event)}
    found = []
    for event in between(snapshot, on, dt.date.max):
        rows = snapshot.assignments_by_event.get(event.id, ())
        taken = tuple(row for row in rows if row.status == "Pulled" and not row.placeholder)
        off = event.status in ("Cancelled", "Postponed") and event.cancel_reason == "Mutual aid"
        if not off and not (taken and is_coming(event, on)):
            continue
        left, filled = _each_once(going(rows)), fill(snapshot, event)
        could: tuple[Candidate, ...] = ()
        if not off:
            roster = roster or Roster(snapshot, on, rules)
            could = tuple(one for one in who_could_go(snapshot, event, on, rules, roster) if one.available)[:most]
        replacement = replacements.get(event.id)
        message = _pulled_words(event, off, taken, left, filled, replacement, on)
        found.append(Pulled(event, off, taken, left, 0 if off else filled.short, could, replacement, message))
    return tuple(found)


def _each_once(rows: Iterable[Assignment]) -> tuple[Assignment, ...]:
    return tuple({row.person: row for row in reversed(tuple(rows))}.values())[::-1]


def _pulled_words(
    event: Event,
    off: bool,
    taken: Collection[Assignment],
    left: Collection[Assignment],
    filled: Fill,
    replacement: Event | None,
    on: dt.date,
) -> str:
    at = f"{where(event)}, {day_words(event.date, on)}"
    left_names = ", ".join(row.name or "somebody" for row in left) or "nobody"
    if off:
        then = f"made up for on {day_words(replacement.date, on)}" if replacement else "no new date yet"
        return f"{at}: {state_words(event).lower()}; {then}. Free again: {left_names}."
    names = ", ".join(row.name or "somebody" for row in taken)
    return f"{at}: {names} pulled to an emergency. Left: {left_names} ({filled.words})."
