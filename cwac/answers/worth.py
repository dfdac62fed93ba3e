"""Whether it is worth the officers' time: their hours, what came of an hour, who paid, and how much is not known."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from cwac.answers.attendance import Held, number
from cwac.answers.events import DEFAULTS, FILLED, duty_interval
from cwac.answers.once import once
from cwac.model import Assignment, AssignmentStatus, Event, Snapshot
from cwac.settings import Rules

AWAY: frozenset[AssignmentStatus] = frozenset({"Declined", "Swapped out", "No-show"})
"""People in these states gave no hours, whatever stands beside them. One pulled to a call gave those recorded."""
NOT_NOTED = "Not noted"
SHARE_FROM = 10
"""A share of fewer people than this is not given: one person would move it by more than ten points."""


@dataclass(frozen=True, slots=True)
class PersonHours:
    """One person's time at one event, or what one row records of it. `hours` is None where nothing is known."""

    event_id: str
    person: str
    agency: str | None
    pay_type: str | None
    hours: float | None
    recorded: bool


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


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: None where it cannot be given. `n` events of `of` went into it; `made` says how, and what lacks."""

    name: str
    value: float | None
    n: int
    of: int
    made: str


@dataclass(frozen=True, slots=True)
class Worth:
    """The hours of a period's held events, and what came of an hour. Each table: most hours first."""

    held: int
    hours: Hours
    by_agency: Mapping[str, Hours]
    by_pay_type: Mapping[str, Hours]
    by_funding: Mapping[str, Hours]
    guests_per_hour: Measure
    conversations_per_hour: Measure
    new_share: Measure


def worth(snapshot: Snapshot, held: Sequence[Held], rules: Rules = DEFAULTS) -> Worth:
    """What the held events took and gave. All agencies' hours at those events count, whoever asks.

    The ratios are sums over sums, of those events alone where both are known in full: an event without a count lowers
    neither.
    """
    spent = [(one, hours_at_event(snapshot, one.event, rules)) for one in held]
    people = [(one.event, person) for one, persons in spent for person in persons]
    hours_at = {one.event.id: hours for one, persons in spent if (hours := _known_in_full(persons))}
    return Worth(
        held=len(held),
        hours=add_up(person for _, person in people),
        by_agency=_table(people, lambda _, person: person.agency),
        by_pay_type=_table(people, lambda _, person: person.pay_type),
        by_funding=_table(people, lambda event, _: event.funding),
        guests_per_hour=_per_hour("Guests per officer-hour", "guests", held, hours_at, lambda one: one.guests),
        conversations_per_hour=_per_hour(
            "Conversations per officer-hour",
            "conversations",
            held,
            hours_at,
            lambda one: one.total.conversations if one.total else None,
        ),
        new_share=_new_share(held),
    )


def hours_at_event(snapshot: Snapshot, event: Event, rules: Rules = DEFAULTS) -> tuple[PersonHours, ...]:
    """`person_hours` of an event, kept with the snapshot."""
    kept = _kept(snapshot).setdefault(rules, {})
    if event.id not in kept:
        kept[event.id] = person_hours(event, snapshot.assignments_by_event.get(event.id, ()), rules)
    return kept[event.id]


@once
def _kept(_: Snapshot) -> dict[Rules, dict[str, tuple[PersonHours, ...]]]:
    return {}


def person_hours(event: Event, rows: Iterable[Assignment], rules: Rules = DEFAULTS) -> tuple[PersonHours, ...]:
    """The time of everyone who went: as recorded; else from report to release, which are the event's where not given.

    A person with several rows has all that is recorded in them; scheduled time counts once. An event without an end
    lasts the default length.
    """
    rows_of: dict[str, list[Assignment]] = {}
    for row in rows:
        if row.person is not None and row.status not in AWAY:
            rows_of.setdefault(row.person, []).append(row)
    made: list[PersonHours] = []
    for who, own in rows_of.items():
        recorded = [row for row in own if row.hours is not None]
        made.extend(PersonHours(event.id, who, row.agency, row.pay_type, row.hours, True) for row in recorded)
        going = next((row for row in own if row.status in FILLED), None)
        if recorded or going is None:
            continue
        span = duty_interval(event, going, rules)
        hours = (span[1] - span[0]).total_seconds() / 3600 if span else None
        made.append(PersonHours(event.id, who, going.agency, going.pay_type, hours, False))
    return tuple(made)


def add_up(persons: Iterable[PersonHours]) -> Hours:
    recorded = scheduled = 0.0
    unrecorded = unknown = 0
    people = set()
    for person in persons:
        people.add((person.event_id, person.person))
        if person.hours is None:
            unknown += 1
        elif person.recorded:
            recorded += person.hours
        else:
            scheduled += person.hours
            unrecorded += 1
    return Hours(recorded, scheduled, len(people), unrecorded, unknown)


def _known_in_full(persons: Sequence[PersonHours]) -> float | None:
    """An event's officer-hours, None unless everybody's are known and there are any."""
    hours = [person.hours for person in persons]
    return None if None in hours else sum(hour for hour in hours if hour is not None) or None


def _table(
    people: Sequence[tuple[Event, PersonHours]], label: Callable[[Event, PersonHours], str | None]
) -> Mapping[str, Hours]:
    piles: dict[str, list[PersonHours]] = {}
    for event, person in people:
        piles.setdefault(label(event, person) or NOT_NOTED, []).append(person)
    table = {name: add_up(persons) for name, persons in piles.items()}
    return dict(sorted(table.items(), key=lambda one: (-(one[1].total or 0), one[0])))


def _per_hour(
    name: str,
    what: str,
    held: Sequence[Held],
    hours_at: Mapping[str, float],
    count: Callable[[Held], float | None],
) -> Measure:
    counted = [
        (came, hours_at[one.event.id]) for one in held if one.event.id in hours_at and (came := count(one)) is not None
    ]
    came, hours = sum(one for one, _ in counted), sum(one for _, one in counted)
    made = (
        f"{number(came)} {what} over {number(hours)} officer-hours, at the {len(counted)} of {len(held)} held events "
        f"where both are known"
    )
    if not counted:
        made = f"none of {len(held)} held events has both {what} and officer-hours"
    return Measure(name, came / hours if hours else None, len(counted), len(held), made)


def _new_share(held: Sequence[Held]) -> Measure:
    counted = [
        (one.total.new_visitors, guests)
        for one in held
        if one.total is not None and one.total.new_visitors is not None and (guests := one.guests) is not None
    ]
    new, guests = sum(one for one, _ in counted), sum(one for _, one in counted)
    made = f"{number(new)} new of {number(guests)} guests, at the {len(counted)} of {len(held)} held events with both"
    enough = guests >= SHARE_FROM and new <= guests
    if new > guests:
        made = f"{made}; more new visitors than guests: one of the two is wrong"
    elif not enough:
        made = f"{made}; fewer than {SHARE_FROM} guests: no share is given"
    return Measure("New visitors' share", new / guests if enough else None, len(counted), len(held), made)
