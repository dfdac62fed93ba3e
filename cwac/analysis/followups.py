"""What residents asked for, and what became of it; and what an event still lacks once it is over."""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cwac.analysis.attendance import guests_by_event
from cwac.analysis.events import FILLED, between
from cwac.analysis.periods import Period
from cwac.model import Event, FollowUp, Snapshot

AGES: tuple[tuple[str, int], ...] = (("Under 30 days", 30), ("30 to 90 days", 91), ("Over 90 days", 10**6))
"""How long an open follow-up has waited, by the first day that is too long for the band. 30 days is the custom."""
NO_OWNER = "No owner"
NOT_KNOWN = "Not known"


# --- follow-ups -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Asked:
    """A follow-up with its event's day and town; `age` is the days since, to its closing or to the day asked of.

    `event` is None where the event has no date: then neither day nor age is known.
    """

    follow_up: FollowUp
    event: Event | None
    age: int | None
    overdue: bool

    @property
    def open(self) -> bool:
        return self.follow_up.status != "Closed"


@dataclass(frozen=True, slots=True)
class Tally:
    """Counts only: what anybody signed in may see of other agencies' follow-ups.

    `closing_days` is the median days from event to closing, over the `timed` closed ones where both days are known.
    `told` of the `closed` were reported back, `not_told` were not, of the rest nobody has said.
    """

    asked: int = 0
    open: int = 0
    overdue: int = 0
    closed: int = 0
    told: int = 0
    not_told: int = 0
    timed: int = 0
    closing_days: float | None = None


def asked(
    snapshot: Snapshot, today: dt.date, period: Period | None = None, agency: str | None = None
) -> tuple[Asked, ...]:
    """The follow-ups of a period's events (else all) that are an agency's (else anybody's).

    The overdue stand first, then the other open ones, then the closed; each the oldest first.
    Whose it is: the agency it was referred to, else the one that led the event.
    """
    made = []
    for one in snapshot.follow_ups:
        event = snapshot.event_by_id.get(one.event_id)
        if period is not None and (event is None or event.date not in period):
            continue
        if agency is not None and agency != responsible(one, event):
            continue
        closed = one.status == "Closed"
        until = one.closed_on if closed else today
        age = (until - event.date).days if event is not None and until is not None else None
        overdue = not closed and one.due is not None and one.due < today
        # An age below zero is a slip (closed before the event): the sheet's problems name it, here it is not known.
        made.append(Asked(one, event, age if age is not None and age >= 0 else None, overdue))
    return tuple(sorted(made, key=lambda one: (not one.open, not one.overdue, -(one.age or 0), one.follow_up.id)))


def responsible(follow_up: FollowUp, event: Event | None) -> str | None:
    return follow_up.referred_to or (event.lead_agency if event else None)


def tally(follow_ups: Iterable[Asked]) -> Tally:
    every = tuple(follow_ups)
    closed = [one for one in every if not one.open]
    ages = [one.age for one in closed if one.age is not None]
    return Tally(
        asked=len(every),
        open=len(every) - len(closed),
        overdue=sum(one.overdue for one in every),
        closed=len(closed),
        told=sum(one.follow_up.reported_back is True for one in closed),
        not_told=sum(one.follow_up.reported_back is False for one in closed),
        timed=len(ages),
        closing_days=statistics.median(ages) if ages else None,
    )


By = Literal["category", "town", "agency", "owner", "age"]
_LABELS: Mapping[By, Callable[[Asked], str | None]] = {
    "category": lambda one: one.follow_up.category,
    "town": lambda one: one.event.town if one.event else None,
    "agency": lambda one: responsible(one.follow_up, one.event),
    "owner": lambda one: one.follow_up.owner_role or NO_OWNER,
    "age": lambda one: None if one.age is None else next(band for band, limit in AGES if one.age < limit),
}


def tallies(follow_ups: Sequence[Asked], by: By) -> Mapping[str, Tally]:
    """Label -> its tally: most open first, ages from the youngest band. What is not known has a line of its own."""
    piles: dict[str, list[Asked]] = {}
    for one in follow_ups:
        piles.setdefault(_LABELS[by](one) or NOT_KNOWN, []).append(one)
    made = {label: tally(pile) for label, pile in piles.items()}
    if by == "age":
        order = [band for band, _ in AGES] + [NOT_KNOWN]
        return {label: made[label] for label in order if label in made}
    return dict(sorted(made.items(), key=lambda one: (-one[1].open, -one[1].asked, one[0])))


# --- after the event --------------------------------------------------------------------------------------------

Lacks = Literal["closing", "count", "hours", "owner"]
LACKS_WORDS: Mapping[Lacks, str] = {
    "closing": "still open: was it held?",
    "count": "no count of guests",
    "hours": "no hours",
    "owner": "a follow-up without an owner",
}


@dataclass(frozen=True, slots=True)
class Missing:
    """One thing that an agency owes after an event, `days` after it. `count` says how many people or follow-ups."""

    agency: str | None
    event: Event
    lacks: Lacks
    count: int
    days: int

    @property
    def words(self) -> str:
        if self.lacks == "hours":
            return f"no hours for {self.count} {'person' if self.count == 1 else 'people'}"
        if self.lacks == "owner" and self.count > 1:
            return f"{self.count} follow-ups without an owner"
        return LACKS_WORDS[self.lacks]


def missing_after_event(snapshot: Snapshot, today: dt.date, agency: str | None = None) -> tuple[Missing, ...]:
    """What past events lack, oldest first: a word on whether it was held, a count, hours, an owner of a follow-up.

    The lead agency owes the closing and the count, each agency its own people's hours, and whoever a follow-up was
    referred to (else the lead agency) its owner. A count is asked for only once the event is Completed.
    """
    totals = guests_by_event(snapshot)
    made: list[Missing] = []
    for event in between(snapshot, dt.date.min, today - dt.timedelta(days=1)):
        days = (today - event.date).days
        if event.status in ("Confirmed", "Tentative", None):
            made.append(Missing(event.lead_agency, event, "closing", 1, days))
        if event.status == "Completed":
            total = totals.get(event.id)
            if total is None or total.best is None:
                made.append(Missing(event.lead_agency, event, "count", 1, days))
            made.extend(
                Missing(owes, event, "hours", len(people), days)
                for owes, people in _without_hours(snapshot, event).items()
            )
        owes_owner: dict[str | None, int] = {}
        for one in snapshot.follow_ups_by_event.get(event.id, ()):
            if one.status != "Closed" and one.owner_role is None:
                owes = responsible(one, event)
                owes_owner[owes] = owes_owner.get(owes, 0) + 1
        made.extend(Missing(owes, event, "owner", count, days) for owes, count in owes_owner.items())
    return tuple([missing for missing in made if agency is None or missing.agency == agency])


def _without_hours(snapshot: Snapshot, event: Event) -> Mapping[str | None, set[str]]:
    """Agency -> its people at the event for whom no row records hours."""
    rows = snapshot.assignments_by_event.get(event.id, ())
    recorded = {row.person for row in rows if row.hours is not None}
    people: dict[str | None, set[str]] = {}
    for row in rows:
        if row.status in FILLED and (person := row.person) is not None and person not in recorded:
            people.setdefault(row.agency, set()).add(person)
    return people
