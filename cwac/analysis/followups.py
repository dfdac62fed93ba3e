"""Follow-ups that residents asked for, and what is still missing after past events."""

from __future__ import annotations

import datetime as dt
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cwac.analysis.attendance import is_counted
from cwac.analysis.events import FILLED, between
from cwac.analysis.words import counted
from cwac.model import Event, FollowUp, Snapshot, grouped

AGES: tuple[tuple[str, int], ...] = (("Under 30 days", 30), ("30 to 90 days", 91), ("Over 90 days", 10**6))
"""Age bands of follow-ups, each with the first age in days that is too old for it. 30 days is the custom."""
NO_OWNER = "No owner"
NOT_KNOWN = "Not known"


@dataclass(frozen=True, slots=True)
class AgedFollowUp:
    """A follow-up; `age` is the days from its event to its closing or to today, None if the event has no date."""

    follow_up: FollowUp
    event: Event | None
    age: int | None
    overdue: bool

    @property
    def open(self) -> bool:
        return self.follow_up.status != "Closed"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts of follow-ups, without their texts, which every signed-in viewer may see for all agencies.

    `closing_days` is the median days from event to closing of the `timed` closed ones, where both days are known.
    Of the `closed`, `told` were reported back to the resident and `not_told` were not; of the rest it is not known.
    """

    asked: int = 0
    open: int = 0
    overdue: int = 0
    closed: int = 0
    told: int = 0
    not_told: int = 0
    timed: int = 0
    closing_days: float | None = None


def follow_ups(snapshot: Snapshot, today: dt.date, agency: str | None = None) -> tuple[AgedFollowUp, ...]:
    """The follow-ups that an agency (or any) is responsible for: overdue, other open, closed ones, oldest first."""
    aged = []
    for follow_up in snapshot.follow_ups:
        event = snapshot.event_by_id.get(follow_up.event_id)
        if agency is not None and agency != responsible(follow_up, event):
            continue
        closed = follow_up.status == "Closed"
        until = follow_up.closed_on if closed else today
        age = (until - event.date).days if event is not None and until is not None else None
        overdue = not closed and follow_up.due is not None and follow_up.due < today
        # A negative age (closed before the event) is a typing mistake, reported with the sheet's problems.
        aged.append(AgedFollowUp(follow_up, event, age if age is not None and age >= 0 else None, overdue))
    return tuple(sorted(aged, key=lambda item: (not item.open, not item.overdue, -(item.age or 0), item.follow_up.id)))


def responsible(follow_up: FollowUp, event: Event | None) -> str | None:
    """The agency that the follow-up was referred to, or the one that led the event."""
    return follow_up.referred_to or (event.lead_agency if event else None)


def tally(follow_ups: Iterable[AgedFollowUp]) -> Tally:
    every = tuple(follow_ups)
    closed = [item for item in every if not item.open]
    ages = [item.age for item in closed if item.age is not None]
    return Tally(
        asked=len(every),
        open=len(every) - len(closed),
        overdue=sum(item.overdue for item in every),
        closed=len(closed),
        told=sum(item.follow_up.reported_back is True for item in closed),
        not_told=sum(item.follow_up.reported_back is False for item in closed),
        timed=len(ages),
        closing_days=statistics.median(ages) if ages else None,
    )


By = Literal["category", "town", "agency", "owner", "age"]
_LABELS: Mapping[By, Callable[[AgedFollowUp], str | None]] = {
    "category": lambda item: item.follow_up.category,
    "town": lambda item: item.event.town if item.event else None,
    "agency": lambda item: responsible(item.follow_up, item.event),
    "owner": lambda item: item.follow_up.owner_role or NO_OWNER,
    "age": lambda item: None if item.age is None else next(band for band, limit in AGES if item.age < limit),
}


def tallies(follow_ups: Sequence[AgedFollowUp], by: By) -> Mapping[str, Tally]:
    """Label -> its tally, most open first, or ages from the youngest band on; `NOT_KNOWN` has a tally too."""
    groups = grouped((_LABELS[by](item) or NOT_KNOWN, item) for item in follow_ups)
    counts = {label: tally(group) for label, group in groups.items()}
    if by == "age":
        order = [band for band, _ in AGES] + [NOT_KNOWN]
        return {label: counts[label] for label in order if label in counts}
    return dict(sorted(counts.items(), key=lambda row: (-row[1].open, -row[1].asked, row[0])))


MissingKind = Literal["closing", "count", "hours", "owner"]
MISSING_WORDS: Mapping[MissingKind, str] = {
    "closing": "still open: was it held?",
    "count": "no count of guests",
    "hours": "no hours",
    "owner": "a follow-up without an owner",
}
CLOSE_COUNTED = "set Status to Completed"
"""What to do about a past event with a count but no outcome."""


@dataclass(frozen=True, slots=True)
class MissingResult:
    """What an agency has not entered `days` after an event; `count` is of people or follow-ups."""

    agency: str | None
    event: Event
    kind: MissingKind
    count: int
    days: int
    counted: bool = False

    @property
    def words(self) -> str:
        if self.kind == "closing" and self.counted:
            return CLOSE_COUNTED
        if self.kind == "hours":
            return f"no hours for {counted(self.count, 'person', 'people')}"
        if self.kind == "owner" and self.count > 1:
            return f"{counted(self.count, 'follow-up')} without an owner"
        return MISSING_WORDS[self.kind]


def missing_after_event(snapshot: Snapshot, today: dt.date, agency: str | None = None) -> tuple[MissingResult, ...]:
    """What is missing after past events, oldest first: the outcome, a count, hours, the owner of a follow-up.

    The lead agency owes the outcome and the count, each agency its own people's hours, and the agency responsible for a
    follow-up its owner. A count is due only once the event is Completed.
    """
    every: list[MissingResult] = []
    for event in between(snapshot, dt.date.min, today - dt.timedelta(days=1)):
        days, has_count = (today - event.date).days, is_counted(snapshot.headcounts_by_event.get(event.id, ()))
        if event.status in ("Confirmed", "Tentative", None):
            every.append(MissingResult(event.lead_agency, event, "closing", 1, days, has_count))
        if event.status == "Completed":
            if not has_count:
                every.append(MissingResult(event.lead_agency, event, "count", 1, days))
            rows = snapshot.assignments_by_event.get(event.id, ())
            known = {None, *(row.person for row in rows if row.hours is not None)}
            owed = grouped((row.agency, row.person) for row in rows if row.status in FILLED and row.person not in known)
            every.extend(MissingResult(owes, event, "hours", len(set(of)), days) for owes, of in owed.items())
        without_owner = Counter(
            responsible(follow_up, event)
            for follow_up in snapshot.follow_ups_by_event.get(event.id, ())
            if follow_up.status != "Closed" and follow_up.owner_role is None
        )
        every.extend(MissingResult(owes, event, "owner", count, days) for owes, count in without_owner.items())
    return tuple([missing for missing in every if agency is None or missing.agency == agency])
