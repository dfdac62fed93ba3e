"""Candidates for an event, with the reasons for and against each; and for events that lost officers to an emergency."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from cwac.analysis.events import DEFAULTS, assigned, between, going, interval, is_coming, is_live, state_words, where
from cwac.analysis.officers import (
    Commitments,
    everyone,
    is_active,
    is_off,
    recent_duties,
    speaks_another,
    takes_part,
    union_hours,
)
from cwac.analysis.periods import first_day_of_week
from cwac.analysis.staffing import Fill, fill
from cwac.analysis.words import counted, number
from cwac.date_words import clock_range, day_words
from cwac.model import AssignmentStatus, Event, Officer, Role, Snapshot, grouped
from cwac.rounding import half_up
from cwac.settings import Rules

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
        drive = self.commitments.drive(*((other, event) if theirs[1] <= mine[0] else (event, other)))
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
        """The limits that the person would exceed by going to the event, in words."""
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
        gone = [row.name or "somebody" for row in rows if row.status == "Pulled" and not row.placeholder]
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
            message += f": {', '.join(gone)} pulled to an emergency. Left: {left} ({staffing.words})."
        events.append(Pulled(event, off, 0 if off else staffing.short, could, message))
    return tuple(events)
