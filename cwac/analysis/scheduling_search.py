"""The open posts of a period, the people who could fill them, and the choice of people for posts.

Each post is filled in turn; then every change to the plan is made that betters it.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

from cwac.analysis.candidates import BANS, Roster
from cwac.analysis.events import going, interval, planned
from cwac.analysis.periods import first_day_of_week
from cwac.analysis.positions import placeholders
from cwac.analysis.rest import union_hours
from cwac.analysis.staffing import Fill, fill
from cwac.model import Assignment, Event, Role, Snapshot
from cwac.settings import Rules

Pair = tuple[str, int]
"""A person (as `Roster.officers` names them) and the number of a post."""


@dataclass(frozen=True, slots=True)
class Post:
    """An event with `openings` for officers. `wanted_roles` cannot be given by anybody going who is free.

    `silent_agencies` are on the event but send nobody yet. `roles_only`: no position is open, only a role is missing.
    """

    event: Event
    filled: Fill
    openings: int
    wanted_roles: tuple[Role, ...]
    silent_agencies: tuple[str, ...]
    roles_only: bool
    placeholders: tuple[Assignment, ...]
    agencies: frozenset[str]


@dataclass(frozen=True, slots=True)
class Task:
    """Posts by number, and the possible `pairs` of person and post in a fixed order.

    `conflicts` has, for each post, the posts that the same person cannot also take. `loads` is each person's
    events in the last 90 days, `agency_loads` their sum over an agency, `agency_sizes` its officers. `weeks` has each
    post's week (its Sunday) and hours, and `hours_left` how many hours a person can still take in a week.
    `conflict_counts` has, for each post, how many people of its agencies cannot go, by kind of conflict.
    """

    roster: Roster
    posts: list[Post]
    pairs: list[Pair]
    conflicts: list[set[int]]
    loads: dict[str, int]
    agency_loads: dict[str, int]
    agency_sizes: dict[str, float]
    weeks: list[tuple[dt.date, float]]
    hours_left: dict[tuple[str, dt.date], float]
    conflict_counts: list[Counter[str]]
    free_of_other_agencies: list[int]
    free_without_agency: list[int]


def build_task(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    on: dt.date,
    rules: Rules,
    any_agency: bool,
    among: frozenset[str] | None = None,
) -> Task:
    roster = Roster(snapshot, on, rules)
    posts = [
        _make_post(roster, event)
        for event in planned(snapshot, on)
        if first <= event.date <= last and event.status != "Completed"
    ]
    pairs: list[Pair] = []
    conflict_counts: list[Counter[str]] = [Counter() for _ in posts]
    other_agencies, no_agency = [0] * len(posts), [0] * len(posts)
    for number, post in enumerate(posts):
        if not post.openings:
            continue
        for person, officer in sorted(roster.officers.items()):
            if among is not None and person not in among:
                continue
            if post.roles_only and not any(roster.fits(officer, role) for role in post.wanted_roles):
                continue
            kinds: list[str] = [trouble.kind for trouble in roster.troubles(person, post.event)]
            kinds = [kind for kind in kinds if kind in (*BANS, "untimed")]
            kinds += roster.over_limits(person, post.event)
            eligible = any_agency or not post.agencies or officer.agency in post.agencies
            if eligible and kinds:
                conflict_counts[number][kinds[0]] += 1
            elif eligible:
                pairs.append((person, number))
            elif not kinds and officer.agency:
                other_agencies[number] += 1
            elif not kinds:
                no_agency[number] += 1
    loads = {person: roster.load(person, last) for person in roster.officers}
    agency_loads: dict[str, int] = {}
    for person, officer in roster.officers.items():
        agency_loads[officer.agency] = agency_loads.get(officer.agency, 0) + loads[person]
    return Task(
        roster,
        posts,
        pairs,
        _find_conflicts(roster, posts),
        loads,
        agency_loads,
        _measure_agencies(roster),
        [(first_day_of_week(post.event.date), _measure_hours(roster, post.event)) for post in posts],
        {
            (person, first_day_of_week(event.date)): roster.rules.weekly_hours
            - union_hours(roster.duties_in_week(person, event))
            for person, number in pairs
            for event in (posts[number].event,)
        },
        conflict_counts,
        other_agencies,
        no_agency,
    )


def _measure_hours(roster: Roster, event: Event) -> float:
    """The hours of the event, 0 where its start is unknown."""
    span = interval(event, roster.rules)
    return union_hours([span] if span else [])


def _measure_agencies(roster: Roster) -> dict[str, float]:
    """Agency -> sworn officers if every agency states them, else listed officers, so that sizes are comparable."""
    listed = Counter(officer.agency for officer in roster.officers.values())
    sworn = {agency.short: float(agency.sworn) for agency in roster.snapshot.agencies if agency.sworn}
    return sworn if all(agency in sworn for agency in listed) else {name: float(n) for name, n in listed.items()}


def _make_post(roster: Roster, event: Event) -> Post:
    rows = roster.snapshot.assignments_by_event.get(event.id, ())
    filled = fill(roster.snapshot, event)
    asked = placeholders(rows)
    people = [row.person for row in going(rows) if row.person and roster.commitments.is_free(row.person, event)]
    present = [roster.officers[person] for person in people]
    wanted = tuple(role for role in filled.lacks if not any(roster.fits(officer, role) for officer in present))
    agencies = frozenset([*event.agencies, *(row.agency for row in asked if row.agency)])
    openings = max(filled.short, min(1, len(wanted)))
    return Post(event, filled, openings, wanted, filled.silent, not filled.short, asked, agencies)


def _find_conflicts(roster: Roster, posts: Sequence[Post]) -> list[set[int]]:
    """For each post, the others that the same person cannot take. Posts are by date, so only near ones are compared."""
    conflicts: list[set[int]] = [set() for _ in posts]
    rest = dt.timedelta(hours=roster.rules.rest_hours)
    near = dt.timedelta(days=2) + rest  # an event may end on the day after its date
    for number, post in enumerate(posts):
        for other in range(number + 1, len(posts)):
            if posts[other].event.date - post.event.date > near:
                break
            spans = interval(post.event, roster.rules), interval(posts[other].event, roster.rules)
            tired = spans[0] and spans[1] and max(spans[1][0] - spans[0][1], spans[0][0] - spans[1][1]) < rest
            if tired or roster.between(post.event, posts[other].event).kind in ("clash", "travel", "untimed"):
                conflicts[number].add(other)
                conflicts[other].add(number)
    return conflicts


# --- the choice -----------------------------------------------------------------------------------------------------

_ROUNDING = 1e-6
"""Hours by which sums of hours may be off."""


@dataclass(frozen=True, slots=True, order=True)
class Value:
    """How good a set of pairs is; greater is better."""

    filled: int
    met: int
    evenness: float


def evaluate(task: Task, chosen: Collection[Pair]) -> Value:
    people: dict[int, list[str]] = {}
    for person, number in chosen:
        people.setdefault(number, []).append(person)
    met = sum(_count_needs_met(task, task.posts[number], sent) for number, sent in people.items())
    duties = Counter(person for person, _ in chosen)
    agency_duties = Counter(task.roster.officers[person].agency for person, _ in chosen)
    unevenness = float(sum(_add_steps(task.loads[person], count) for person, count in duties.items()))
    unevenness += sum(
        _add_steps(task.agency_loads[agency], count) / task.agency_sizes[agency]
        for agency, count in agency_duties.items()
    )
    return Value(len(chosen), met, -round(unevenness, 6))


def _count_needs_met(task: Task, post: Post, people: Iterable[str]) -> int:
    officers = [task.roster.officers[person] for person in people]
    return sum(any(task.roster.fits(officer, role) for officer in officers) for role in post.wanted_roles) + sum(
        any(officer.agency == agency for officer in officers) for agency in post.silent_agencies
    )


def _add_steps(load: int, count: int) -> int:
    """The weight of `count` further duties on top of `load`: each weighs more than the last, so duties are shared."""
    return sum(range(load + 1, load + count + 1))


def search(task: Task, seconds: float) -> list[Pair]:
    """The best plan found within about `seconds`. There may be a better one: not every plan is tried."""
    deadline = time.monotonic() + seconds
    draft = _Draft(task)
    for number in range(len(task.posts)):
        draft.fill(number)
    best = draft.pairs()
    value, better = evaluate(task, best), True
    while better:
        better = False
        for person, number in task.pairs:
            if time.monotonic() > deadline:
                return best
            if person not in draft.sent[number]:
                for changed in draft.changes(person, number):
                    if (changed_value := evaluate(task, changed)) > value:
                        best, value, better = changed, changed_value, True
                draft.load(best)
    return best


class _Draft:
    """A plan that is being changed: `sent` has the people of each post, `duties` the posts of each person."""

    def __init__(self, task: Task) -> None:
        self._task = task
        self._able: list[list[str]] = [[] for _ in task.posts]
        for person, number in task.pairs:
            self._able[number].append(person)
        self.load(())

    def load(self, pairs: Iterable[Pair]) -> None:
        self.sent: list[list[str]] = [[] for _ in self._task.posts]
        self.duties: defaultdict[str, set[int]] = defaultdict(set)
        self._agency_duties: Counter[str] = Counter()
        for person, number in pairs:
            self._add(person, number)

    def pairs(self) -> list[Pair]:
        return [(person, number) for number, people in enumerate(self.sent) for person in people]

    def _add(self, person: str, number: int) -> None:
        self.sent[number].append(person)
        self.duties[person].add(number)
        self._agency_duties[self._task.roster.officers[person].agency] += 1

    def _remove(self, person: str, number: int) -> None:
        self.sent[number].remove(person)
        self.duties[person].remove(number)
        self._agency_duties[self._task.roster.officers[person].agency] -= 1

    def _is_open(self, number: int) -> bool:
        return len(self.sent[number]) < self._task.posts[number].openings

    def _can_go(self, person: str, number: int, without: int | None = None) -> bool:
        """Whether the person's duties, `without` one of them, leave the time for the post."""
        duties, (week, hours) = self.duties[person] - {without}, self._task.weeks[number]
        if number in duties or not self._task.conflicts[number].isdisjoint(duties):
            return False
        taken = sum(self._task.weeks[duty][1] for duty in duties if self._task.weeks[duty][0] == week)
        return not hours or taken + hours <= self._task.hours_left[person, week] + _ROUNDING

    def _rank(self, person: str, number: int) -> tuple[int, float, str]:
        """Sort key of a person for a post: most open needs met first, then the least load."""
        task, agency = self._task, self._task.roster.officers[person].agency
        load = task.loads[person] + len(self.duties[person])
        agency_load = (task.agency_loads[agency] + self._agency_duties[agency]) / task.agency_sizes[agency]
        return -_count_needs_met(task, task.posts[number], [*self.sent[number], person]), load + agency_load, person

    def fill(self, number: int, avoid: Iterable[int] = ()) -> None:
        """Send people until nobody is found; duties at the posts of `avoid` are kept."""
        while self._is_open(number) and self._send_one_more(number, {number, *avoid}):
            pass

    def _send_one_more(self, number: int, seen: set[int]) -> bool:
        """Send somebody free, or somebody whose one duty in the way another person can take, and so on."""
        able = sorted(self._able[number], key=lambda person: self._rank(person, number))
        if (free := next((person for person in able if self._can_go(person, number)), None)) is not None:
            self._add(free, number)
            return True
        for person in able:
            for duty in sorted(self.duties[person] - seen):
                if number in self.duties[person] or not self._can_go(person, number, without=duty):
                    continue
                seen.add(duty)
                self._remove(person, duty)
                self._add(person, number)
                if self._send_one_more(duty, seen):
                    return True
                self._remove(person, number)
                self._add(person, duty)
        return False

    def changes(self, person: str, number: int) -> Iterator[list[Pair]]:
        """Yield plans that put the person on the post, alone or in place of one there, without conflicting duties."""
        before = self.pairs()
        week = self._task.weeks[number][0]
        in_the_way = self.duties[person] & self._task.conflicts[number]
        others = sorted(duty for duty in self.duties[person] - in_the_way if self._task.weeks[duty][0] == week)
        places = [None] if self._is_open(number) else []
        for replaced in [*places, *self.sent[number]]:
            for one_more in (set(), *({duty} for duty in others)):
                freed = in_the_way | one_more
                self.load(
                    (other, post)
                    for other, post in before
                    if (other, post) != (replaced, number) and not (other == person and post in freed)
                )
                if self._can_go(person, number):
                    self._add(person, number)
                    for post in range(len(self.sent)):
                        self.fill(post, avoid=(number,))
                    yield self.pairs()
                    break
