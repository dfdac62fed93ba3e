"""Officer-hours: each person's hours at each event, recorded or else scheduled, and their totals."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from cwac.analysis.events import DEFAULTS, FILLED, NOT_GOING, duty_interval, is_live
from cwac.analysis.measures import Measure, refused
from cwac.analysis.words import number
from cwac.model import Assignment, AssignmentStatus, Event, Snapshot, grouped
from cwac.settings import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

AWAY: frozenset[AssignmentStatus] = frozenset({"Declined", "Swapped out", "No-show"})
"""People with these statuses gave no hours, even if some are typed. A pulled person gave the hours recorded."""
Lack = Literal["hours not known", "officers assigned, not recorded", "no officer-hours"]
EARLY = dt.time(8)


def hours_words(hours: float | None) -> str:
    """`6.25`: quarters of an hour are typed, and are shown whole, so that the hours shown add up."""
    return number(hours, 2)


@dataclass(frozen=True, slots=True)
class Hours:
    """Officer-hours, `recorded` as typed, or `scheduled` from report to release; `people` counts each once per event.

    `unrecorded` people are only scheduled, `assigned` of them not marked Attended; `unknown` have no hours at all.
    """

    recorded: float = 0
    scheduled: float = 0
    people: int = 0
    unrecorded: int = 0
    unknown: int = 0
    assigned: int = 0

    @property
    def total(self) -> float | None:
        """Recorded and scheduled hours together; None if nobody's hours are known."""
        return self.recorded + self.scheduled if self.people > self.unknown else None

    @property
    def words(self) -> str:
        """How the total is made up, and how much is missing."""
        if not self.people:
            return "nobody is listed as having gone"
        parts = [f"{self.people - self.unrecorded - self.unknown} of {self.people} with hours recorded"]
        hours = f"{hours_words(self.scheduled)} hour{'' if self.scheduled == 1 else 's'} as scheduled"
        if self.unrecorded and self.assigned == self.unrecorded:
            parts.append(f"{self.assigned} assigned, not recorded, with {hours}")
        elif self.unrecorded:
            some = f", {self.assigned} of them assigned, not recorded" if self.assigned else ""
            parts.append(f"{self.unrecorded} with {hours}{some}")
        if self.unknown:
            parts.append(f"{self.unknown} not known")
        return "; ".join(parts)


def officer_hours(hours: Hours) -> Measure:
    """The officer-hours with what they are made of; `about` if it is not known that all of these people went."""
    name = "Officer-hours"
    if hours.total is None:
        return refused(name, hours.words)
    exact = not hours.unknown and not hours.assigned
    short = f"{'' if exact else 'about '}{hours_words(hours.total)}"
    return Measure(name, hours.total, short, caveat=hours.words, exact=exact)


@dataclass(frozen=True, slots=True)
class CodedColumn:
    """A column of the lines as numbers of `names`; `first` marks a person's first line at an event with that name."""

    names: Sequence[str | None]
    numbers: NDArray[Any]
    first: NDArray[Any]


def _code_column(names: Sequence[str | None], visits: NDArray[Any]) -> CodedColumn:
    import numpy as np

    numbers, distinct = _number(names)
    first = np.zeros(len(names), dtype=bool)
    first[np.unique(visits * np.int64(len(distinct)) + numbers, return_index=True)[1]] = True
    return CodedColumn(distinct, numbers, first)


def _number(names: Sequence[Any]) -> tuple[NDArray[Any], list[Any]]:
    """The names coded as numbers in order of appearance, and the name of each number."""
    import numpy as np

    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.fromiter(map(numbers.__getitem__, names), np.int32, len(names)), list(numbers)


@dataclass(frozen=True)
class Lines:
    """Each person's time at each event, by column, in the order of the events.

    A line is one row's recorded hours, or else one person's scheduled hours at an event: from report to release, by
    default the event's own times, of the default length if it has no end. Recorded hours of several rows add up;
    scheduled hours count once. The first of a person's lines at an event stands for that person there.
    """

    event: NDArray[Any]
    """The index of the event."""
    person: CodedColumn
    agency: CodedColumn
    pay_type: CodedColumn
    funding: CodedColumn
    sender: CodedColumn
    """The agency that the person came for, as their first line says."""
    early: NDArray[Any]
    """Whether the person's duty begins before 8:00."""
    hosts: NDArray[Any]
    attended: NDArray[Any]
    recorded: NDArray[Any]
    unknown: NDArray[Any]
    hours: NDArray[Any]
    """0 where unknown."""

    @property
    def assigned(self) -> NDArray[Any]:
        """Whether the hours are only scheduled, and the person is not marked Attended."""
        return ~self.recorded & ~self.unknown & ~self.attended  # type: ignore[no-any-return]


def lines(events: Sequence[Event], rows_of: Mapping[str, Sequence[Assignment]], rules: Rules = DEFAULTS) -> Lines:
    """The lines of these events; `rows_of` has the assignments of each event by its ID."""
    import numpy as np

    found: list[tuple[Any, ...]] = []
    for place, event in enumerate(events):
        rows = [row for row in rows_of.get(event.id, ()) if row.status not in AWAY]
        for who, own in grouped((row.person, row) for row in rows if row.person is not None).items():
            recorded = [row for row in own if row.hours is not None]
            kept = recorded or [row for row in own if row.status in FILLED][:1]
            going = [row for row in own if row.status not in NOT_GOING]
            is_early = any((row.report_time or event.start or EARLY) < EARLY for row in going)
            is_host = any(row.role == "Host" for row in going)
            went = any(row.status == "Attended" for row in own)
            for row in kept:
                span = duty_interval(event, row, rules)
                scheduled = (span[1] - span[0]).total_seconds() / 3600 if span else math.nan
                names = who, row.agency or None, row.pay_type, event.funding or None, kept[0].agency or None
                flags = is_early, is_host, went, bool(recorded)
                found.append((place, (place, who), *names, *flags, row.hours if recorded else scheduled))
    columns: Sequence[Sequence[Any]] = list(zip(*found, strict=True)) or [()] * 12
    at, visits = np.array(columns[0], dtype=np.int32), _number(columns[1])[0]
    person, agency, pay_type, funding, sender = (_code_column(column, visits) for column in columns[2:7])
    early, hosts, attended, is_recorded = (np.array(column, dtype=bool) for column in columns[7:11])
    hours_at = np.array(columns[11], dtype=float)
    unknown = np.isnan(hours_at)
    return Lines(
        at, person, agency, pay_type, funding, sender, early, hosts, attended, is_recorded, unknown,
        np.where(unknown, 0.0, hours_at),
    )  # fmt: skip


class Ledger:
    """Everybody's hours at events, by column, so that any part of a million rows is added up in milliseconds."""

    def __init__(self, events: Sequence[Event], of: Lines, unread: Collection[str] = ()) -> None:
        """`unread` are the IDs of events with a person in Staffing who could not be identified."""
        import numpy as np

        self.events, self.lines = events, of
        self.day = np.array([event.date.toordinal() for event in events], dtype=np.int64)
        """Of each event."""
        self.everything = CodedColumn([None], np.zeros(len(of.event), dtype=np.int32), of.person.first)

        def at_each(weights: NDArray[Any]) -> list[float]:
            summed = np.bincount(of.event, weights, len(events))
            return summed.tolist()  # type: ignore[no-any-return]

        # Recorded and scheduled hours are summed apart, as `Hours.total` does: adding floats in another order can give
        # another last digit.
        recorded = np.where(of.recorded, of.hours, 0.0)
        sums = [sum(both) for both in zip(at_each(recorded), at_each(of.hours - recorded), strict=True)]
        each = zip(events, sums, at_each(~of.unknown), at_each(of.unknown), at_each(of.assigned), strict=True)
        self._at: dict[str, tuple[float | None, Lack | None]] = {
            event.id: (
                hours if known else None,
                "hours not known" if unknown or event.id in unread
                else "officers assigned, not recorded" if assigned
                else None if hours else "no officer-hours",
            )
            for event, hours, known, unknown, assigned in each
        }  # fmt: skip

    def at(self, events: Iterable[Event]) -> list[tuple[float | None, Lack | None]]:
        """Each event's known officer-hours and what they lack: None if all are recorded, or scheduled and attended."""
        return [self._at.get(event.id, (None, "no officer-hours")) for event in events]

    def of(self, events: Iterable[Event]) -> NDArray[Any]:
        """A mask of the lines of these events."""
        import numpy as np

        ids = {event.id for event in events}
        chosen = np.array([event.id in ids for event in self.events], dtype=bool)
        return chosen[self.lines.event]  # type: ignore[no-any-return]

    def total(self, chosen: NDArray[Any]) -> Hours:
        return self.totals(chosen, self.everything).get(None, Hours())

    def totals(self, chosen: NDArray[Any], by: CodedColumn) -> Mapping[str | None, Hours]:
        """The totals of the chosen lines for each name of a column; names without a line are left out."""
        import numpy as np

        own, at = self.lines, np.flatnonzero(chosen)  # a quarter has few of the lines of a large sheet
        number, hours, recorded, unknown = by.numbers[at], own.hours[at], own.recorded[at], own.unknown[at]
        scheduled = ~recorded & ~unknown

        def add(some: NDArray[Any], weights: NDArray[Any] | None = None) -> list[Any]:
            weighed = None if weights is None else weights[some]
            return np.bincount(number[some], weighed, len(by.names)).tolist()  # type: ignore[no-any-return]

        sums = (
            add(recorded, hours), add(scheduled, hours), add(by.first[at]),
            add(scheduled), add(unknown), add(scheduled & ~own.attended[at]),
        )  # fmt: skip
        return {name: Hours(*every) for name, *every in zip(by.names, *sums, strict=True) if every[2]}


def ledger(snapshot: Snapshot, rules: Rules = DEFAULTS, events: Iterable[Event] | None = None) -> Ledger:
    """The ledger of these events, else of all by start; drafts and events called off are left out."""
    live = [event for event in (snapshot.events_by_start if events is None else events) if is_live(event)]
    return Ledger(live, lines(live, snapshot.assignments_by_event, rules), snapshot.unread_people_by_event.keys())
