"""Officer-hours: each person's at each event, as recorded or else as scheduled, and what any of them add up to."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from cwac.answers.attendance import number
from cwac.answers.events import DEFAULTS, FILLED, NOT_GOING, duty_interval, is_live
from cwac.answers.once import once
from cwac.model import Assignment, AssignmentStatus, Event, Snapshot
from cwac.settings import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

AWAY: frozenset[AssignmentStatus] = frozenset({"Declined", "Swapped out", "No-show"})
"""People in these states gave no hours, whatever stands beside them. One pulled to a call gave those recorded."""
EARLY = dt.time(8)
"""A duty that begins before this is an early morning."""


@dataclass(frozen=True, slots=True)
class PersonHours:
    """One person's time at one event, or what one row records of it. `hours` is None where nothing is known.

    `early` and `hosts` are of the person there: whether their duty begins before 8:00, and whether they are Host.
    """

    event_id: str
    person: str
    agency: str | None
    pay_type: str | None
    hours: float | None
    recorded: bool
    early: bool = False
    hosts: bool = False


@dataclass(frozen=True, slots=True)
class Hours:
    """Officer-hours: `recorded` as typed; `scheduled` from report to release of those whose hours nobody recorded.

    `people` counts a person once an event; of these `unrecorded` are only scheduled, and `unknown` have neither.
    """

    recorded: float = 0
    scheduled: float = 0
    people: int = 0
    unrecorded: int = 0
    unknown: int = 0

    @property
    def total(self) -> float | None:
        """Recorded and scheduled together; None where nobody's hours are known."""
        return self.recorded + self.scheduled if self.people > self.unknown else None

    @property
    def words(self) -> str:
        """How it is made, and how much is missing."""
        if not self.people:
            return "nobody is listed as having gone"
        parts = [f"{self.people - self.unrecorded - self.unknown} of {self.people} with hours recorded"]
        if self.unrecorded:
            parts.append(f"{self.unrecorded} as scheduled ({number(self.scheduled)} hours)")
        if self.unknown:
            parts.append(f"{self.unknown} not known")
        return ", ".join(parts)


def person_hours(event: Event, rows: Iterable[Assignment], rules: Rules = DEFAULTS) -> tuple[PersonHours, ...]:
    """The time of everyone who went: as recorded; else from report to release, which are the event's where not given.

    A person with several rows has all that is recorded in them, side by side; scheduled time counts once. An event
    without an end lasts the default length.
    """
    rows_of: dict[str, list[Assignment]] = {}
    for row in rows:
        if row.person is not None and row.status not in AWAY:
            rows_of.setdefault(row.person, []).append(row)
    made: list[PersonHours] = []
    for who, own in rows_of.items():
        recorded: list[Assignment] = []
        going: Assignment | None = None
        early = hosts = False
        for row in own:
            if row.hours is not None:
                recorded.append(row)
            elif going is None and row.status in FILLED:
                going = row
            if row.status not in NOT_GOING:
                early = early or (row.report_time or event.start or EARLY) < EARLY
                hosts = hosts or row.role == "Host"
        made += [
            PersonHours(event.id, who, row.agency, row.pay_type, row.hours, True, early, hosts) for row in recorded
        ]
        if going is not None and not recorded:
            span = duty_interval(event, going, rules)
            hours = (span[1] - span[0]).total_seconds() / 3600 if span else None
            made.append(PersonHours(event.id, who, going.agency, going.pay_type, hours, False, early, hosts))
    return tuple(made)


# --- many at once ---------------------------------------------------------------------------------------------------


class Column:
    """What the lines say under one heading, by number; `names` has the words, None among them.

    `first` tells which lines are their person's first at the event, for each name by itself.
    """

    def __init__(self, names: Sequence[str | None], speaker: NDArray[Any]) -> None:
        import numpy as np

        numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
        self.numbers = np.fromiter(map(numbers.__getitem__, names), np.int32, len(names))
        self.names = list(numbers)
        self.first = speaker == np.arange(len(names))
        told: set[tuple[int, int]] = set()
        for line in np.flatnonzero(~self.first & (self.numbers != self.numbers[speaker])).tolist():  # a few
            one = int(speaker[line]), int(self.numbers[line])
            self.first[line] = one not in told
            told.add(one)


class Ledger:
    """The hours of all events that are neither off nor drafts, by column: any part is added up in milliseconds.

    A line is a `PersonHours`; a person's lines at an event stand side by side, and the first of them speaks for the
    person there. Events are in the order of the sheet, lines in that of their events. `earlier` is the ledger of an
    earlier version: what nobody has touched since is taken from it.
    """

    def __init__(self, snapshot: Snapshot, rules: Rules = DEFAULTS, earlier: Ledger | None = None) -> None:
        import numpy as np

        self._rules: Rules = rules
        self._known: dict[str, tuple[Event, Sequence[Assignment], tuple[PersonHours, ...]]] = {}
        known = earlier._known if earlier is not None and earlier._rules == rules else {}
        self.events = [event for event in snapshot.events if is_live(event)]
        for event in self.events:
            rows = snapshot.assignments_by_event.get(event.id, ())
            entry = known.get(event.id)
            if entry is None or entry[0] is not event or entry[1] is not rows:
                entry = (event, rows, person_hours(event, rows, rules))
            self._known[event.id] = entry
        self._place = {event.id: place for place, event in enumerate(self.events)}
        self.day = np.array([event.date.toordinal() for event in self.events], dtype=np.int64)
        """Of each event."""
        by_event = [self._known[event.id][2] for event in self.events]
        lines = [line for own in by_event for line in own]
        number = np.arange(len(lines), dtype=np.int32)
        self.event = np.repeat(np.arange(len(self.events), dtype=np.int32), [len(own) for own in by_event])
        same_event = self.event[1:] == self.event[:-1]
        same_person = np.array([one.person == two.person for one, two in pairwise(lines)], dtype=bool)
        speaks = np.ones(len(lines), dtype=bool)
        speaks[1:] = ~(same_event & same_person)
        self.speaker = np.maximum.accumulate(np.where(speaks, number, 0))
        """For each line the first one of that person there."""
        self.person = Column([line.person for line in lines], self.speaker)
        self.agency = Column([line.agency or None for line in lines], self.speaker)
        self.pay_type = Column([line.pay_type for line in lines], self.speaker)
        self.funding = Column([self.events[place].funding or None for place in self.event.tolist()], self.speaker)
        self.sender = Column([lines[speaker].agency or None for speaker in self.speaker.tolist()], self.speaker)
        """The agency that the person came for: as their first line says."""
        self.everything = Column([None] * len(lines), self.speaker)
        self.early = np.array([line.early for line in lines], dtype=bool)
        self.hosts = np.array([line.hosts for line in lines], dtype=bool)
        self.recorded = np.array([line.recorded for line in lines], dtype=bool)
        hours = np.array([line.hours for line in lines], dtype=float)
        self.unknown = np.isnan(hours)
        self.hours = np.where(self.unknown, 0.0, hours)
        sums, lacking, found = (
            np.bincount(self.event, weights, len(self.events)).tolist()
            for weights in (self.hours, self.unknown, ~self.unknown)
        )
        self._sums = [hours if some else None for hours, some in zip(sums, found, strict=True)]
        self._full = [None if some else hours or None for hours, some in zip(sums, lacking, strict=True)]

    def totals_at(self, events: Iterable[Event]) -> list[float | None]:
        """Each event's officer-hours, as far as they are known; None where nobody's are, or where it is off."""
        return self._looked_up(self._sums, events)

    def in_full_at(self, events: Iterable[Event]) -> list[float | None]:
        """Each event's officer-hours, None unless everybody's are known and there are any."""
        return self._looked_up(self._full, events)

    def _looked_up(self, hours: Sequence[float | None], events: Iterable[Event]) -> list[float | None]:
        places = map(self._place.get, [event.id for event in events])
        return [None if place is None else hours[place] for place in places]

    def of(self, events: Iterable[Event]) -> NDArray[Any]:
        """Which lines are of these events: none are of those that are off."""
        import numpy as np

        chosen = np.zeros(len(self.events), dtype=bool)
        places = map(self._place.get, [event.id for event in events])
        chosen[[place for place in places if place is not None]] = True
        return chosen[self.event]

    def total(self, chosen: NDArray[Any]) -> Hours:
        """The chosen lines, added up."""
        return self.totals(chosen, self.everything).get(None, Hours())

    def totals(self, chosen: NDArray[Any], by: Column) -> Mapping[str | None, Hours]:
        """The chosen lines added up for each name of a column; names without any are left out."""
        import numpy as np

        def add(lines: NDArray[Any], weights: NDArray[Any] | None = None) -> list[Any]:
            own = None if weights is None else weights[lines]
            return np.bincount(by.numbers[lines], own, len(by.names)).tolist()  # type: ignore[no-any-return]

        scheduled = chosen & ~self.recorded & ~self.unknown
        sums = (
            add(chosen & self.recorded, self.hours), add(scheduled, self.hours), add(chosen & by.first),
            add(scheduled), add(chosen & self.unknown),
        )  # fmt: skip
        return {name: Hours(*own) for name, *own in zip(by.names, *sums, strict=True) if own[2]}


@once
def ledger(snapshot: Snapshot, rules: Rules = DEFAULTS) -> Ledger:
    return Ledger(snapshot, rules)
