"""Who carried which events and hours, who could go to an event and why, and events that lost officers."""

from __future__ import annotations

import datetime as dt
import itertools
import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Literal

from cwac.analysis.events import DEFAULTS, assigned, between, going, interval, is_coming, is_live, state_words, where
from cwac.analysis.hours import CodedColumn, Hours, Ledger, ledger
from cwac.analysis.officers import (
    Commitments,
    everyone,
    is_active,
    is_off,
    recent_duties,
    speaks_another,
    takes_part,
    time_off_by_person,
    union_hours,
)
from cwac.analysis.periods import first_day_of_week
from cwac.analysis.staffing import Fill, fill
from cwac.analysis.words import counted, list_words, number
from cwac.date_words import clock_range, day_words
from cwac.model import AssignmentStatus, Event, Officer, Role, Snapshot, grouped
from cwac.rounding import half_up
from cwac.settings import Rules


@dataclass(frozen=True, slots=True)
class _Carried:
    """What a person or an agency carried in a period; `last` and `next` are around "on" in the whole sheet."""

    events: int
    people: int | None
    hours: Hours
    leads: int
    early: int
    weekends: int
    last: dt.date | None
    next: dt.date | None


@dataclass(frozen=True, slots=True)
class OfficerShare(_Carried):
    """What one officer carried. `days_away` counts the days of the period on which they were off or not active."""

    officer: Officer
    days_away: int
    available: bool


@dataclass(frozen=True, slots=True)
class AgencyShare:
    """What one agency carried, each person's early and weekend duties counted; `people` is None if some are not named.

    If nobody is known to have come from it, but the agency of some people is unknown, everything it carried is None.
    """

    agency: str
    leads: int
    last: dt.date | None
    sworn: int | None
    people: int | None = None
    events: int | None = None
    hours: Hours | None = None
    early: int | None = None
    weekends: int | None = None

    @property
    def hours_per_sworn(self) -> float | None:
        total = self.hours.total if self.hours else None
        return total / self.sworn if total is not None and self.sworn else None


@dataclass(frozen=True, slots=True)
class FairShare:
    """Officers by the fewest events, then by the last duty; agencies by the last duty, then by the fewest events.

    Of the last duties, never comes first and the longest ago next.
    Those who are not available on the day "on" come last, and so do agencies of which nothing is known. `unknown`
    counts duties of people whose agency is unknown.
    """

    officers: tuple[OfficerShare, ...]
    agencies: tuple[AgencyShare, ...]
    unknown: int = 0


MANY_SHIFTS = 20
"""Shifts from which on a share of them is said in percent."""
STANDS_OUT = 0.2
"""Share of all shifts from which on those who served them are named."""


def typical_shifts(shares: Sequence[OfficerShare]) -> float:
    """The median of the officers' shifts, 0 without officers."""
    return statistics.median([share.events for share in shares] or [0])


def stand_out_words(shares: Sequence[OfficerShare], verb: str) -> str:
    """`B. Demo and C. Example served 28% of all shifts (34 of 120).`

    Up to three officers with twice the typical number, those above the largest step down, if they served a fifth.
    `verb` is `served`, or `have` in a period that is not over.
    """
    total, typical = sum(share.events for share in shares), typical_shifts(shares)
    one_verb = "has" if verb == "have" else verb
    if not total:
        return f"No officer {one_verb} a shift in that time."
    busiest = sorted(shares, key=lambda share: (-share.events, share.officer.name))
    steps = [before.events - after.events for before, after in itertools.pairwise([*busiest[:4], *busiest[-1:]])][:3]
    many = sum(share.events >= max(2, 2 * typical) for share in busiest[:3])
    top = busiest[: 1 + steps[:many].index(max(steps[:many]))] if many else []
    top = busiest if len(busiest) == 1 else top
    carried = sum(share.events for share in top)
    if carried < STANDS_OUT * total:
        most, of = busiest[0].events, counted(total, "shift")
        return f"Shifts are spread: the busiest of {len(shares):,} officers {one_verb} {most:,} of {of}."
    names = list_words([share.officer.name for share in top], 3)
    verb = one_verb if len(top) == 1 else verb
    if total < MANY_SHIFTS:
        return f"{names} {verb} {carried} of {counted(total, 'shift')}."
    return f"{names} {verb} {half_up(100 * carried / total)}% of all shifts ({carried:,} of {total:,})."


_NOTHING = _Carried(0, 0, Hours(), 0, 0, 0, None, None)


def fair_share(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    on: dt.date,
    rules: Rules = DEFAULTS,
    among: Collection[str] | None = None,
    *,
    _book: Ledger | None = None,
) -> FairShare:
    """What officers and agencies carried from `first` to `last`, both included, at events held or planned.

    A person carries an event if they are Assigned, Confirmed or Attended, or have hours recorded. An officer's leads
    are the events at which they are Host, an agency's those it leads; an early duty begins before 8:00. `among`: list
    only these people (`Assignment.person`). `_book`: the ledger of all events, if known.
    """
    hours_ledger = _book or ledger(snapshot, rules)
    led = Counter(event.lead_agency for event in hours_ledger.events if first <= event.date <= last)
    nameless = {officer.id for officer in snapshot.officers if officer.stand_in}
    officers, agencies = (
        _add_up_carried(hours_ledger, by, first, last, on, nameless)
        for by in (hours_ledger.lines.person, hours_ledger.lines.sender)
    )
    unknown = agencies.get(None, _NOTHING).hours.people
    by_agency = []
    for short in filter(None, dict.fromkeys([*(agency.short for agency in snapshot.agencies), *led, *agencies])):
        own, agency = agencies.get(short, _NOTHING), snapshot.agency_by_short.get(short)
        is_known = own.events or not unknown
        carried = (own.people, own.events, own.hours, own.early, own.weekends) if is_known else ()
        by_agency.append(AgencyShare(short, led[short], own.last, agency.sworn if agency else None, *carried))
    by_agency.sort(key=lambda share: (share.events is None, _least_recent(share), share.agency))
    off, by_officer = time_off_by_person(snapshot), []
    days = [first + dt.timedelta(days=n) for n in range((last - first).days + 1)]
    for person, officer in everyone(snapshot).items():
        if among is not None and person not in among:
            continue
        whole, absences = officers.get(person, _NOTHING), off.get(person, ())
        bounded = absences or officer.active_from or officer.active_to
        away = sum(not is_active(officer, day) or is_off(absences, day) for day in days) if bounded else 0
        if not whole.events and not whole.next and away == len(days):
            continue  # no duty in this period, and never available in it
        available = is_active(officer, on) and not is_off(absences, on) and takes_part(snapshot, officer.agency)
        of_officer = {field.name: getattr(whole, field.name) for field in fields(whole)}
        by_officer.append(OfficerShare(**of_officer, officer=officer, days_away=away, available=available))
    by_officer.sort(
        key=lambda each: (not each.available, each.events, *_least_recent(each), each.officer.name, each.officer.id)
    )
    return FairShare(tuple(by_officer), tuple(by_agency), unknown)


def _add_up_carried(
    book: Ledger, by: CodedColumn, first: dt.date, last: dt.date, on: dt.date, nameless: Collection[str]
) -> Mapping[str | None, _Carried]:
    """For each name of the column: totals of the period, and its duties around the day "on" over the whole sheet."""
    import numpy as np

    lines, person, day = book.lines, book.lines.person, book.day[book.lines.event]
    inside = (day >= first.toordinal()) & (day <= last.toordinal())
    there, hours, past = inside & person.first, book.totals(inside, by), day <= on.toordinal()
    columns = (column[there].tolist() for column in (lines.event, person.numbers, lines.hosts, lines.early, day))
    duties_of = grouped(zip(by.numbers[there].tolist(), zip(*columns, strict=True), strict=True))
    latest, soonest = np.zeros((2, len(by.names)), dtype=np.int64)
    latest[by.numbers[past]] = day[past]  # lines are by day, so of one name the last one stays
    soonest[by.numbers[~past][::-1]] = day[~past][::-1]
    carried: dict[str | None, _Carried] = {}
    for code, name in enumerate(by.names):
        events, people, hosts, early, days = zip(*duties_of[code], strict=True) if code in duties_of else [()] * 5
        # Several nameless rows may be the same person.
        unnamed = any((one := person.names[each]) is None or one in nameless for each in people)
        carried[name] = _Carried(
            len(set(events)),
            1 if by is person else None if unnamed else len(set(people)),
            hours.get(name, Hours()),
            sum(hosts),
            sum(early),
            sum(dt.date.fromordinal(each).isoweekday() >= 6 for each in days),
            *(dt.date.fromordinal(each) if each else None for each in (latest[code].item(), soonest[code].item())),
        )
    return carried


def _least_recent(share: OfficerShare | AgencyShare) -> tuple[dt.date, int, float]:
    hours = share.hours.total if share.hours else None
    return share.last or dt.date.min, share.events or 0, hours or 0


LOAD_DAYS = 90


@dataclass(frozen=True, slots=True)
class Candidate:
    """A person who could fill a gap, with reasons for and against; `load` is their events in the 90 days before.

    `fits` are the missing roles they would fill. If not `available`, `against` says what rules the person out.
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
    """One reason against sending a person, and its kind."""

    kind: Literal["", "on it", "inactive", "off", "clash", "travel", "untimed", "unplaced"]
    words: str


NO_TROUBLE = Trouble("", "")
BANS = frozenset({"on it", "inactive", "off", "clash", "travel"})


class Roster:
    """Everybody who could be sent, and what rules each out for an event. Build it once for many questions."""

    def __init__(self, snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS) -> None:
        self.snapshot = snapshot
        self.on = on
        self.rules = rules
        self.commitments = Commitments(snapshot, on, rules)
        self.duties = {person: duties for person, (_, duties) in recent_duties(snapshot, on, rules).items()}
        self.officers = everyone(snapshot)
        self.dates = grouped(
            (person, event.date)
            for event in filter(is_live, snapshot.events)
            for person in assigned(snapshot.assignments_by_event.get(event.id, ()))
        )
        hosts = [officer for officer in self.officers.values() if officer.can_host]
        # Those of whom Can host says Yes; if it says Yes of nobody, those of whom it does not say No.
        self.hosts = {officer.id for officer in hosts or self.officers.values() if officer.can_host is not False}

    def load(self, person: str, until: dt.date) -> int:
        """The number of events that the person carries in the 90 days up to that day."""
        since = until - dt.timedelta(days=LOAD_DAYS)
        return sum(since <= day <= until for day in self.dates.get(person, ()))

    def troubles(self, person: str, event: Event) -> list[Trouble]:
        """The reasons against sending the person to the event; the kinds in BANS rule them out."""
        officer = self.officers[person]
        troubles = [
            Trouble("on it", _ALREADY.get(row.status, "is assigned already"))
            for row in self.snapshot.assignments_by_event.get(event.id, ())
            if row.person == person
        ]
        if not is_active(officer, event.date):
            troubles.append(Trouble("inactive", "not active that day"))
        if not takes_part(self.snapshot, officer.agency):
            troubles.append(Trouble("inactive", f"{officer.agency} no longer takes part"))
        if is_off(self.commitments.off.get(person, ()), event.date):
            troubles.append(Trouble("off", "has the day off"))
        for start, end, order in self.commitments.spans.get(person, ()):
            if abs((start.date() - event.date).days) <= 1:
                troubles.append(self.between(event, self.commitments.events[order], (start, end)))
        troubles.extend(self.between(event, other) for other in self.commitments.timeless.get(person, ()))
        return [trouble for trouble in dict.fromkeys(troubles) if trouble is not NO_TROUBLE]

    def between(self, event: Event, other: Event, span: tuple[dt.datetime, dt.datetime] | None = None) -> Trouble:
        """The reason against going to both events. `span`: the person's time at the other one, by default its own."""
        mine, theirs = interval(event, self.rules), span or interval(other, self.rules)
        if event.id == other.id:
            return NO_TROUBLE
        at = f"{where(other)} on {day_words(other.date, self.on)}"
        if mine is None or theirs is None:
            return Trouble("untimed", f"also at {at}, times not known") if event.date == other.date else NO_TROUBLE
        if mine[0] < theirs[1] and theirs[0] < mine[1]:
            return Trouble("clash", f"at {at}, {clock_range(*theirs)}")
        gap = max(mine[0] - theirs[1], theirs[0] - mine[1])
        drive = self.commitments.drive(event, other)
        if drive is None:
            # Within one town, the minutes to spare are enough; the drive to an unknown place elsewhere is a guess.
            in_town = event.town is not None and event.town == other.town
            far = self.rules.travel_spare_minutes / 60 if in_town else self.rules.rest_hours
            near = gap < dt.timedelta(hours=far)
            return Trouble("unplaced", f"drive to or from {at} not checked: place not known") if near else NO_TROUBLE
        minutes = gap.total_seconds() / 60
        if minutes >= drive:
            return NO_TROUBLE
        return Trouble("travel", f"{half_up(minutes)} min to or from {at}, the drive takes about {half_up(drive)} min")

    def candidate(self, person: str, event: Event, staffing: Fill) -> Candidate:
        officer = self.officers[person]
        troubles = self.troubles(person, event)
        notes = [trouble.words for trouble in troubles if trouble.kind not in BANS]
        forbids = [trouble.words for trouble in troubles if trouble.kind in BANS]
        fits = tuple(role for role in staffing.lacks if self.fits(officer, role))
        load, days = self.load(person, event.date), self.dates.get(person, ())
        last = max((day for day in days if day <= self.on), default=None)
        following = min((day for day in days if day > self.on), default=None)
        languages = " and ".join(language for language in officer.languages if language.casefold() != "english")
        words = {"Host": "may host", "Bilingual": f"speaks {languages}", "Supervisor": "supervisor"}
        reasons = [words[role] for role in fits]
        if officer.agency in staffing.silent:
            reasons.append(f"{officer.agency} has no officer there yet")
        elif not officer.agency:
            notes.append("their agency is not known")
        elif event.agencies and not event.names(officer.agency):
            notes.append(f"{officer.agency} is not named on the event")
        reasons.append(f"{counted(load, 'event')} in the {LOAD_DAYS} days to {day_words(event.date, self.on)}")
        reasons.append("not assigned yet" if last is None else f"last event {day_words(last, self.on)}")
        if following:
            reasons.append(f"next event {day_words(following, self.on)}")
        notes.extend(self.over_limits(person, event).values())
        return Candidate(officer, not forbids, fits, load, last, following, tuple(reasons), (*forbids, *notes))

    def fits(self, officer: Officer, role: Role) -> bool:
        if role == "Host":
            return officer.id in self.hosts
        return speaks_another(officer) if role == "Bilingual" else role == "Supervisor" and bool(officer.supervisor)

    def duties_in_week(self, person: str, event: Event) -> list[tuple[dt.datetime, dt.datetime]]:
        sunday = first_day_of_week(event.date)
        return [(start, end) for start, end, of in self.duties.get(person, ()) if first_day_of_week(of.date) == sunday]

    def over_limits(self, person: str, event: Event) -> dict[Literal["hours", "rest"], str]:
        over: dict[Literal["hours", "rest"], str] = {}
        mine = interval(event, self.rules)
        if mine is None:
            return over
        hours = union_hours([*self.duties_in_week(person, event), mine])
        if hours > self.rules.weekly_hours:
            over["hours"] = f"{number(hours)} h of events that week (limit {self.rules.weekly_hours:g})"
        gaps = [max(mine[0] - end, start - mine[1]) for start, end, _ in self.duties.get(person, ())]
        rest = min((gap for gap in gaps if gap >= dt.timedelta(0)), default=dt.timedelta.max)
        if rest < dt.timedelta(hours=self.rules.rest_hours):
            away = half_up(rest.total_seconds() / 3600, 1)
            over["rest"] = f"{away} h from another shift (limit {self.rules.rest_hours:g})"
        return over


_ALREADY: Mapping[AssignmentStatus, str] = {
    "Declined": "declined",
    "Swapped out": "was swapped out",
    "Pulled": "was pulled",
    "No-show": "did not show",
}


def who_could_go(
    snapshot: Snapshot,
    event: Event,
    on: dt.date,
    rules: Rules = DEFAULTS,
    roster: Roster | None = None,
    among: Collection[str] | None = None,
) -> tuple[Candidate, ...]:
    """Everybody who is not on the event yet (or those `among`), best first, and people who cannot go last."""
    roster = roster or Roster(snapshot, on, rules)
    staffing = fill(snapshot, event)
    participants = {row.person for row in going(snapshot.assignments_by_event.get(event.id, ()))}
    people = [person for person in roster.officers if person not in participants and (among is None or person in among)]
    asked = {line.name for line in staffing.by_agency if line.asked}

    def order(candidate: Candidate) -> tuple[bool, bool, bool, int, bool, int, dt.date, str]:
        agency = candidate.officer.agency
        return (
            not candidate.available,
            agency not in asked,
            bool(event.agencies) and agency not in event.agencies,
            -len(candidate.fits),
            agency not in staffing.silent,
            candidate.load,
            candidate.last or dt.date.min,
            candidate.officer.id,
        )

    return tuple(sorted([roster.candidate(person, event, staffing) for person in people], key=order))


@dataclass(frozen=True, slots=True)
class Pulled:
    """A coming event from which an emergency pulled people, or that it called `off`; `could` go instead, best first."""

    event: Event
    off: bool
    short: int
    could: tuple[Candidate, ...]
    message: str


def pulled(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS, limit: int = 5) -> tuple[Pulled, ...]:
    """Coming events with people pulled, or called off for mutual aid, soonest first, with up to `limit` candidates."""
    roster: Roster | None = None
    replacements = {event.replaces: event for event in snapshot.events if event.replaces and is_live(event)}
    events = []
    for event in between(snapshot, on, dt.date.max):
        rows = snapshot.assignments_by_event.get(event.id, ())
        gone = {row.person: row.name or "somebody" for row in rows if row.status == "Pulled" and not row.placeholder}
        off = event.status in ("Cancelled", "Postponed") and event.cancel_reason == "Mutual aid"
        if not off and not (gone and is_coming(event, on)):
            continue
        staffing, message = fill(snapshot, event), f"{where(event)}, {day_words(event.date, on)}"
        stay = {row.person: row.name or "somebody" for row in reversed(going(rows))}  # the first name of each counts
        left = ", ".join([*stay.values()][::-1]) or "nobody"
        could: tuple[Candidate, ...] = ()
        if off:
            again = replacements.get(event.id)
            then = f"made up for on {day_words(again.date, on)}" if again else "no new date yet"
            message += f": {state_words(event).lower()}; {then}. Free again: {left}."
        else:
            roster = roster or Roster(snapshot, on, rules)
            could = tuple(each for each in who_could_go(snapshot, event, on, rules, roster) if each.available)[:limit]
            message += f": {', '.join(gone.values())} pulled to an emergency. Left: {left} ({staffing.words})."
        events.append(Pulled(event, off, 0 if off else staffing.short, could, message))
    return tuple(events)
