"""Officer-hours, recorded or else scheduled, their totals, and the results per hour of the events held."""

from __future__ import annotations

import datetime as dt
import math
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

from cwac.analysis.attendance import HeldEvent, Noted, count_words, shared_words
from cwac.analysis.events import DEFAULTS, FILLED, NOT_GOING, is_live
from cwac.analysis.measures import RATIO_FROM, Measure, range_words, ratio, ratio_range, refused
from cwac.analysis.periods import quarter_number
from cwac.analysis.words import counted, number, with_noun
from cwac.model import Assignment, AssignmentStatus, Event, Snapshot
from cwac.rounding import percent
from cwac.settings import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray


AWAY: frozenset[AssignmentStatus] = frozenset({"Declined", "Swapped out", "No-show"})
"""People with these statuses gave no hours, even if some are typed. A pulled person gave the hours recorded."""
Lack = Literal["hours not known", "officers assigned, not recorded", "no officer-hours"]
EARLY = dt.time(8)
"""A duty that begins before this is early."""


def hours_words(hours: float | None) -> str:
    """`6.25`: quarters of an hour are typed, and are shown whole, so that the hours shown add up."""
    return number(hours, 2)


@dataclass(frozen=True, slots=True)
class Hours:
    """Officer-hours: `recorded` as typed; `scheduled` from report to release, for people without recorded hours.

    `people` counts a person once per event; `unrecorded` of them are only scheduled, and `unknown` have neither.
    `assigned` of the unrecorded are not marked Attended: that they went is not known.
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
        hours = f"{with_noun(hours_words(self.scheduled), 'hour')} as scheduled"
        if self.unrecorded and self.assigned == self.unrecorded:
            parts.append(f"{self.assigned} assigned, not recorded, with {hours}")
        elif self.unrecorded:
            some = f", {self.assigned} of them assigned, not recorded" if self.assigned else ""
            parts.append(f"{self.unrecorded} with {hours}{some}")
        if self.unknown:
            parts.append(f"{self.unknown} not known")
        return "; ".join(parts)


HOURS_AT_EVENTS = "Hours at its events"
"""What all agencies' officers served at an agency's events; its officer-hours are those of its own officers."""


def officer_hours(hours: Hours, name: str = "Officer-hours") -> Measure:
    """The hours with what they are made of; `about` if it is not known that all of these people went."""
    if hours.total is None:
        return refused(name, hours.words)
    exact = not hours.unknown and not hours.assigned
    short = f"{'' if exact else 'about '}{hours_words(hours.total)}"
    return Measure(name, hours.total, short, caveat=hours.words, exact=exact)


@dataclass(frozen=True, slots=True)
class CodedColumn:
    """One column of the lines, coded as numbers; `names` gives the name of each number, None for blank.

    `first` marks each person's first line at an event, separately for each name.
    """

    names: Sequence[str | None]
    numbers: NDArray[Any]
    first: NDArray[Any]


def _code_column(names: Sequence[str | None], first_line: NDArray[Any]) -> CodedColumn:
    import numpy as np

    numbers, distinct = _number_names(names)
    first = first_line == np.arange(len(names))
    seen: set[tuple[int, int]] = set()
    for line in np.flatnonzero(~first & (numbers != numbers[first_line])).tolist():  # a few
        key = int(first_line[line]), int(numbers[line])
        first[line] = key not in seen
        seen.add(key)
    return CodedColumn(distinct, numbers, first)


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
    """Whether the person is marked Attended."""
    recorded: NDArray[Any]
    unknown: NDArray[Any]
    hours: NDArray[Any]
    """0 where unknown."""

    @property
    def assigned(self) -> NDArray[Any]:
        """Whether the hours are only scheduled, and the person is not marked Attended."""
        return ~self.recorded & ~self.unknown & ~self.attended  # type: ignore[no-any-return]


def lines(events: Sequence[Event], assignments: Iterable[Assignment], rules: Rules = DEFAULTS) -> Lines:
    import numpy as np

    place = {event.id: place for place, event in enumerate(events)}
    rows = [row for row in assignments if row.status not in AWAY and row.person is not None and row.event_id in place]
    at = np.array([place[row.event_id] for row in rows], dtype=np.int32)
    _, first, person_at_event = np.unique(
        at * np.int64(len(rows)) + _number_names([row.person for row in rows])[0],
        return_index=True,
        return_inverse=True,
    )
    recorded = np.array([row.hours for row in rows], dtype=float)  # None becomes NaN
    is_recorded = ~np.isnan(recorded)
    filled = np.array([row.status in FILLED for row in rows], dtype=bool)
    going = np.array([row.status not in NOT_GOING for row in rows], dtype=bool)
    hosts = np.array([row.role == "Host" for row in rows], dtype=bool)
    attended = np.array([row.status == "Attended" for row in rows], dtype=bool)
    scheduled, early = _find_scheduled(events, at, rows, rules)
    kept = is_recorded.copy()
    only_going = np.flatnonzero(filled & (np.bincount(person_at_event, is_recorded) == 0)[person_at_event])
    kept[only_going[np.unique(person_at_event[only_going], return_index=True)[1]]] = True
    chosen = np.flatnonzero(kept)
    chosen = chosen[np.lexsort((chosen, first[person_at_event[chosen]], at[chosen]))]
    own = [rows[line] for line in chosen.tolist()]

    event = at[chosen]
    number = np.arange(len(chosen), dtype=np.int32)
    is_first = np.ones(len(chosen), dtype=bool)
    is_first[1:] = person_at_event[chosen[1:]] != person_at_event[chosen[:-1]]
    first_line = np.maximum.accumulate(np.where(is_first, number, np.int32(0)))
    hours = np.where(is_recorded[chosen], recorded[chosen], scheduled[chosen])
    unknown = np.isnan(hours)
    return Lines(
        event=event,
        person=_code_column([row.person for row in own], first_line),
        agency=_code_column([row.agency or None for row in own], first_line),
        pay_type=_code_column([row.pay_type for row in own], first_line),
        funding=_code_column([events[place].funding or None for place in event.tolist()], first_line),
        sender=_code_column([own[line].agency or None for line in first_line.tolist()], first_line),
        early=(np.bincount(person_at_event, going & early) > 0)[person_at_event[chosen]],
        hosts=(np.bincount(person_at_event, going & hosts) > 0)[person_at_event[chosen]],
        attended=(np.bincount(person_at_event, attended) > 0)[person_at_event[chosen]],
        recorded=is_recorded[chosen],
        unknown=unknown,
        hours=np.where(unknown, 0.0, hours),
    )


def _find_scheduled(
    events: Sequence[Event], at: NDArray[Any], rows: Sequence[Assignment], rules: Rules
) -> tuple[NDArray[Any], NDArray[Any]]:
    """For each row the hours from report to release, NaN if unknown, and whether it begins early.

    Follows `events.duty_interval`: if the release is before the report, the event's own times count.
    """
    import numpy as np

    starts, ends = _count_seconds([event.start for event in events]), _count_seconds([event.end for event in events])
    ends = np.where(ends > starts, ends, starts + 60.0 * rules.default_minutes)[at]
    starts = starts[at]
    reports, releases = (
        _count_seconds([row.report_time for row in rows]),
        _count_seconds([row.release_time for row in rows]),
    )
    begins = np.where(np.isnan(reports), starts, reports)
    took = np.where(np.isnan(releases), ends, releases) - begins
    took = np.where(np.isnan(starts), np.nan, np.where(took > 0, took, ends - starts))
    return took / 3600, begins < _count_seconds([EARLY])[0]


class Ledger:
    """Everybody's hours at the events whose hours count, and what any of them add up to.

    By column, since a large sheet has a million rows: any part of them is added up in milliseconds.
    """

    def __init__(self, events: Sequence[Event], of: Lines, unread: Collection[str] = ()) -> None:
        """`unread` are the IDs of events with a person in Staffing who could not be identified."""
        import numpy as np

        self.events, self.lines = events, of
        self._place = {event.id: place for place, event in enumerate(events)}
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
        self._at: list[tuple[float | None, Lack | None]] = [
            (hours if known else None,
             "hours not known" if unknown or event.id in unread
             else "officers assigned, not recorded" if assigned
             else None if hours else "no officer-hours")
            for event, hours, known, unknown, assigned in each
        ]  # fmt: skip

    def at(self, events: Iterable[Event]) -> list[tuple[float | None, Lack | None]]:
        """Each event's known officer-hours, and what they lack: None where they are known in full and not zero.

        In full means that everybody has recorded hours, or is marked Attended and has scheduled ones. No hours are
        known where nobody's are, or where the event is called off or a draft.
        """
        return [(None, "no officer-hours") if place is None else self._at[place] for place in self._places(events)]

    def _places(self, events: Iterable[Event]) -> Iterable[int | None]:
        return map(self._place.get, [event.id for event in events])

    def of(self, events: Iterable[Event]) -> NDArray[Any]:
        """A mask of the lines of these events."""
        import numpy as np

        chosen = np.zeros(len(self.events), dtype=bool)
        chosen[[place for place in self._places(events) if place is not None]] = True
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


def _number_names(names: Sequence[str | None]) -> tuple[NDArray[Any], list[str | None]]:
    """The names coded as numbers in order of appearance, and the name of each number."""
    import numpy as np

    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return np.fromiter(map(numbers.__getitem__, names), np.int32, len(names)), list(numbers)


def _count_seconds(times: Sequence[dt.time | None]) -> NDArray[Any]:
    """Seconds since midnight; NaN for None."""
    import numpy as np

    seconds = {
        time: math.nan if time is None else time.hour * 3600.0 + time.minute * 60 + time.second + time.microsecond / 1e6
        for time in dict.fromkeys(times)
    }
    return np.fromiter(map(seconds.__getitem__, times), float, len(times))


def ledger(snapshot: Snapshot, rules: Rules = DEFAULTS, events: Iterable[Event] | None = None) -> Ledger:
    """The ledger of these events, else of all by start; drafts and events called off are left out."""
    live = [event for event in (snapshot.events_by_start if events is None else events) if is_live(event)]
    rows_of = snapshot.assignments_by_event
    rows = [row for event in live for row in rows_of.get(event.id, ())]
    return Ledger(live, lines(live, rows, rules), snapshot.unread_people_by_event.keys())


NOT_NOTED = "Not noted"
_PLAIN = ("not counted", "open-ended")
SHARE_FROM = 10
"""Guests below which no share is given, since one person would move it by more than ten points."""


@dataclass(frozen=True, slots=True)
class Productivity:
    """The officer-hours of held events, by table with the most first, and the results per hour."""

    held: int
    hours: Hours
    by_agency: Mapping[str, Hours]
    by_pay_type: Mapping[str, Hours]
    by_funding: Mapping[str, Hours]
    guests_per_hour: Measure
    conversations_per_hour: Measure
    new_share: Measure
    hours_name: str = "Officer-hours"
    shared: str | None = None


def productivity(
    snapshot: Snapshot,
    held: Sequence[HeldEvent],
    rules: Rules = DEFAULTS,
    agency: str | None = None,
    *,
    _book: Ledger | None = None,
) -> Productivity:
    """The productivity of these events (an agency's, or all), with all agencies' hours at them.

    Each ratio is a sum over a sum, of the events where both are known in full, so an event without a count lowers
    neither. `_book`: a ledger of these and maybe of other events, if known.
    """
    held = sorted(held, key=lambda past: (past.event.date, past.event.start or dt.time.max, past.event.id))
    events = [held_event.event for held_event in held]
    book = _book or ledger(snapshot, rules, events)
    lines = book.of(events)
    hours = [lack or known or "no officer-hours" for known, lack in book.at(events)]

    def add_up_by(by: CodedColumn) -> Mapping[str, Hours]:
        table = {name or NOT_NOTED: hours for name, hours in book.totals(lines, by).items()}
        return dict(sorted(table.items(), key=lambda row: (-(row[1].total or 0), row[0])))

    return Productivity(
        held=len(held),
        hours=book.total(lines),
        by_agency=add_up_by(book.lines.agency),
        by_pay_type=add_up_by(book.lines.pay_type),
        by_funding=add_up_by(book.lines.funding),
        guests_per_hour=_divide_by_hours("guests", hours, held),
        conversations_per_hour=_divide_by_hours("conversations", hours, held),
        new_share=_divide(
            ("New visitors' share", "new visitors", "guests"),
            [(past, _count(past, "new_visitors"), _count(past, "guests")) for past in held],
            share=True,
        ),
        hours_name=HOURS_AT_EVENTS if agency else "Officer-hours",
        shared=shared_words(held, agency, "events, guests and hours at its events"),
    )


def _divide_by_hours(noted: Noted, hours_at: Sequence[float | str], held: Sequence[HeldEvent]) -> Measure:
    """A count per officer-hour, of events with both in full; an open-ended count is taken at its lower end."""
    counts: list[_Pair] = []
    open_ended: list[str] = []
    for past, hours in zip(held, hours_at, strict=True):
        count = _count(past, noted)
        if count == "open-ended" and past.total is not None:
            count = past.total.low or 0.0
            open_ended += [] if isinstance(hours, str) else [count_words(past.total)]
        counts.append((past, count, hours))
    measure = _divide((f"{noted.capitalize()} per officer-hour", noted, "officer-hours"), counts)
    if measure.value is None or not open_ended:
        return measure
    taken = f"one count is “{open_ended[0]}”" if len(open_ended) == 1 else f"{len(open_ended):,} counts are open-ended"
    caveat = f"{measure.caveat}; {taken}, taken at the lower end"
    return replace(measure, short=f"about {measure.short}", caveat=caveat)


def _count(past: HeldEvent, noted: Noted) -> float | str:
    """A count of the event if it is known in full, else what it lacks."""
    if past.total is None or (past.guests is None and noted == "guests"):
        return "not counted"
    count = past.total.in_full(noted)
    if count is not None:
        return count
    words = noted.replace("_", " ")
    if noted in past.total.partly:
        return f"{words} noted in only some rows"
    return "open-ended" if noted == "guests" else f"{words} not noted"


def noted_in_all(held: Sequence[HeldEvent], noted: Noted, name: str) -> Measure:
    """A column of Attendance added up, of the events where it is filled in; never guessed for the others."""
    totals = [past.total for past in held if past.total is not None and getattr(past.total, noted) is not None]
    events = counted(len(held), "held event")
    if not totals:
        why = f"filled in at none of {events}" if held else "no event held"
        return refused(name, why, n=0, of=len(held))
    value = sum(getattr(total, noted) for total in totals)
    partly = sum(noted in total.partly for total in totals)
    caveat = f"filled in at {len(totals):,} of {events}" + (f", at {partly:,} of them in part" if partly else "")
    whole = len(totals) == len(held) and not partly
    short = number(value) if whole else f"at least {number(value)}"
    return Measure(name, value, short, len(totals), len(held), caveat=caveat, exact=whole)


_Pair = tuple[HeldEvent, float | str, float | str]
"""An event with the two counts of a ratio, or what it lacks of either."""


def _divide(names: tuple[str, str, str], counts: Sequence[_Pair], *, share: bool = False) -> Measure:
    """The first sum over the second, of events with both; `names` are of the ratio and of the sums.

    A share is given without a range for few events, any other ratio not at all.
    """
    name, above, below = names
    pairs: list[tuple[float, float]] = []
    quarters: list[int] = []
    lacks: Counter[str] = Counter()
    for past, count, of in counts:
        # Where both are unknown, the reason given is that of the guests for a share, of the count for other ratios.
        first, second = (of, count) if share else (count, of)
        if isinstance(first, str) or isinstance(second, str):
            lacks[first if isinstance(first, str) else str(second)] += 1
        else:
            pairs.append((second, first) if share else (first, second))
            quarters.append(quarter_number(past.event.date))
    n, held, of = len(pairs), len(counts), counted(len(counts), "event")
    sums = sum(one for one, _ in pairs), sum(other for _, other in pairs)
    method = (
        f"{number(sums[0], 2)} {above} over {number(sums[1], 2)} {below}, at the {n} of {of} held where both are "
        "complete"
        if pairs
        else f"none of {of} held is complete"
    )
    if lacks:
        reasons = sorted(lacks.items(), key=lambda lack: (-lack[1], lack[0] not in _PLAIN, lack[0]))
        left_out = (f"{times} {'' if why in _PLAIN else 'with '}{why}" for why, times in reasons)
        method += f" (left out: {', '.join(left_out)})"
    complete = f"{n} of {of} complete"
    if assigned := lacks["officers assigned, not recorded"]:
        complete += f", {assigned} with officers assigned, not recorded"
    value, why, short = ratio(pairs), "", "not known"
    if share and sums[0] > sums[1]:
        why = "more new visitors than guests: one of the two is wrong"
    elif share and pairs and sums[1] < SHARE_FROM:
        why = f"fewer than {SHARE_FROM} guests: no share is given"
    elif not held:
        why = "no event held"
    elif value is None or (n < RATIO_FROM and not share):
        why, short = f"{complete}; {RATIO_FROM} are needed", "too few events"
    if value is None or why:
        return replace(refused(name, why, short, n, held), method=method)
    low, high = ratio_range(pairs, quarters) or (None, None)
    caveat = complete
    if low is not None and high is not None:
        high = min(high, 1.0) if share else high
        percents = f"95% range {percent(low)} to {percent(high)}"
        caveat = f"{percents if share else range_words(low, high)}; {complete}"
    elif n < RATIO_FROM:
        caveat = f"{complete}; no range from fewer than {RATIO_FROM}"
    short = percent(value) if share else number(value)
    return Measure(name, value, short, n, held, low, high, caveat, method=method, exact=False)
