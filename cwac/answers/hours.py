"""Officer-hours: each person's at each event, as recorded or else as scheduled, and what any of them add up to."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cwac.answers.attendance import number
from cwac.answers.events import DEFAULTS, FILLED, NOT_GOING, is_live
from cwac.answers.leisure import rest, unhurried
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


class Column:
    """What the lines say under one heading, by number; `names` has the words, None among them.

    `first` tells which lines are their person's first at the event, for each name by itself.
    """

    def __init__(self, names: Sequence[str | None], speaker: NDArray[Any]) -> None:
        import numpy as np

        self.numbers, self.names = _numbered(names)
        self.first = speaker == np.arange(len(names))
        told: set[tuple[int, int]] = set()
        for line in np.flatnonzero(~self.first & (self.numbers != self.numbers[speaker])).tolist():  # a few
            one = int(speaker[line]), int(self.numbers[line])
            self.first[line] = one not in told
            told.add(one)


class Ledger:
    """Everybody's hours at all events that are neither off nor drafts, by column.

    A line is one person's time at one event, or what one row records of it: as recorded; else from report to release,
    which are the event's where not given, and an event without an end lasts the default length. A person with several
    rows has all that is recorded in them, side by side; scheduled time counts once. The first of a person's lines
    speaks for the person there. Events are in the order of the sheet, lines in that of their events.

    By column, since a large sheet has a million rows: any part of them is added up in milliseconds.
    """

    def __init__(self, snapshot: Snapshot, rules: Rules = DEFAULTS) -> None:
        import numpy as np

        self.events = [event for event in snapshot.events if is_live(event)]
        self._place = {event.id: place for place, event in enumerate(self.events)}
        self.day = np.array([event.date.toordinal() for event in self.events], dtype=np.int64)
        """Of each event."""
        rows = [
            row
            for row in unhurried(snapshot.assignments)
            if row.status not in AWAY and row.person is not None and row.event_id in self._place
        ]
        at = np.array([self._place[row.event_id] for row in rows], dtype=np.int32)
        _, first, whose = np.unique(
            at * np.int64(len(rows)) + _numbered([row.person for row in rows])[0],
            return_index=True,
            return_inverse=True,
        )
        rest()
        recorded = np.array([row.hours for row in rows], dtype=float)  # None becomes NaN
        is_recorded = ~np.isnan(recorded)
        rest()
        filled = np.array([row.status in FILLED for row in rows], dtype=bool)
        going = np.array([row.status not in NOT_GOING for row in rows], dtype=bool)
        scheduled, early = self._scheduled(at, rows, rules)

        rest()
        kept = is_recorded.copy()
        only_going = np.flatnonzero(filled & (np.bincount(whose, is_recorded) == 0)[whose])
        kept[only_going[np.unique(whose[only_going], return_index=True)[1]]] = True
        lines = np.flatnonzero(kept)
        lines = lines[np.lexsort((lines, first[whose[lines]], at[lines]))]
        own = [rows[line] for line in lines.tolist()]

        self.event = at[lines]
        number = np.arange(len(lines), dtype=np.int32)
        speaks = np.ones(len(lines), dtype=bool)
        speaks[1:] = whose[lines[1:]] != whose[lines[:-1]]
        self.speaker = np.maximum.accumulate(np.where(speaks, number, np.int32(0)))
        """For each line the first one of that person there."""
        self.person = Column([row.person for row in own], self.speaker)
        self.agency = Column([row.agency or None for row in own], self.speaker)
        self.pay_type = Column([row.pay_type for row in own], self.speaker)
        self.funding = Column([self.events[place].funding or None for place in self.event.tolist()], self.speaker)
        self.sender = Column([own[speaker].agency or None for speaker in self.speaker.tolist()], self.speaker)
        """The agency that the person came for: as their first line says."""
        self.everything = Column([None] * len(lines), self.speaker)
        self.early = (np.bincount(whose, going & early) > 0)[whose[lines]]
        """Whether the person's duty there begins before 8:00."""
        hosts = np.array([row.role == "Host" for row in rows], dtype=bool)
        self.hosts = (np.bincount(whose, going & hosts) > 0)[whose[lines]]
        self.recorded = is_recorded[lines]
        hours = np.where(self.recorded, recorded[lines], scheduled[lines])
        self.unknown = np.isnan(hours)
        self.hours = np.where(self.unknown, 0.0, hours)
        sums, lacking, found = (
            np.bincount(self.event, weights, len(self.events)).tolist()
            for weights in (self.hours, self.unknown, ~self.unknown)
        )
        self._sums = [hours if some else None for hours, some in zip(sums, found, strict=True)]
        self._full = [None if some else hours or None for hours, some in zip(sums, lacking, strict=True)]

    def _scheduled(
        self, at: NDArray[Any], rows: Sequence[Assignment], rules: Rules
    ) -> tuple[NDArray[Any], NDArray[Any]]:
        """For each row the hours from report to release, NaN where not known, and whether that begins early.

        As `events.duty_interval` has it: a release before the report is a slip, and the event's own times count.
        """
        import numpy as np

        starts, ends = _seconds([event.start for event in self.events]), _seconds([event.end for event in self.events])
        ends = np.where(ends > starts, ends, starts + 60.0 * rules.default_minutes)[at]
        starts = starts[at]
        reports, releases = _seconds([row.report_time for row in rows]), _seconds([row.release_time for row in rows])
        begins = np.where(np.isnan(reports), starts, reports)
        took = np.where(np.isnan(releases), ends, releases) - begins
        took = np.where(np.isnan(starts), np.nan, np.where(took > 0, took, ends - starts))
        return took / 3600, begins < _seconds([EARLY])[0]

    def totals_at(self, events: Iterable[Event]) -> list[float | None]:
        """Each event's officer-hours, as far as they are known; None where nobody's are, or where it is off."""
        return self._looked_up(self._sums, events)

    def in_full_at(self, events: Iterable[Event]) -> list[float | None]:
        """Each event's officer-hours, None unless everybody's are known and there are any."""
        return self._looked_up(self._full, events)

    def _looked_up(self, hours: Sequence[float | None], events: Iterable[Event]) -> list[float | None]:
        return [None if place is None else hours[place] for place in self._places(events)]

    def _places(self, events: Iterable[Event]) -> Iterable[int | None]:
        return map(self._place.get, [event.id for event in events])

    def of(self, events: Iterable[Event]) -> NDArray[Any]:
        """Which lines are of these events: none are of those that are off."""
        import numpy as np

        chosen = np.zeros(len(self.events), dtype=bool)
        chosen[[place for place in self._places(events) if place is not None]] = True
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


def _numbered(names: Sequence[str | None]) -> tuple[NDArray[Any], list[str | None]]:
    """Each name's number, and the names by number, in the order in which they come."""
    import numpy as np

    rest()
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.fromiter(map(numbers.__getitem__, names), np.int32, len(names)), list(numbers)


def _seconds(times: Sequence[dt.time | None]) -> NDArray[Any]:
    """Since midnight; NaN for None."""
    import numpy as np

    rest()
    seconds = {
        time: math.nan if time is None else time.hour * 3600.0 + time.minute * 60 + time.second + time.microsecond / 1e6
        for time in dict.fromkeys(times)
    }
    return np.fromiter(map(seconds.__getitem__, times), float, len(times))


@once
def ledger(snapshot: Snapshot, rules: Rules = DEFAULTS) -> Ledger:
    return Ledger(snapshot, rules)
