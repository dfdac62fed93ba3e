"""Who could go to an event: everybody not yet on it, what speaks for each and what forbids it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Literal

from cwac.analysis.commitments import Commitments
from cwac.analysis.events import (
    DEFAULTS,
    assigned,
    clock_range,
    day_words,
    going,
    interval,
    is_live,
    where,
)
from cwac.analysis.officers import everyone, is_active, is_off, speaks_another, takes_part
from cwac.analysis.rest import union_hours
from cwac.analysis.staffing import Fill, fill
from cwac.model import AssignmentStatus, Event, Officer, Role, Snapshot
from cwac.settings import Rules

LOAD_DAYS = 90
"""How far back somebody's load is counted."""


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
        self.book = Commitments(snapshot, on, rules)
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
        if not takes_part(self.snapshot, officer.agency):
            found.append(Trouble("inactive", f"{officer.agency} takes part no longer"))
        if is_off(self.book.off.get(person, ()), event.date):
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
        hours = union_hours([*week, mine])
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
