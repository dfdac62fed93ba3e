"""Choose people for posts: fill each post in turn, then make every change to the plan that betters it."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from cwac.analysis.scheduling_task import Pair, Post, Task

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
    met = sum(_needs_met(task, task.posts[number], sent) for number, sent in people.items())
    duties = Counter(person for person, _ in chosen)
    agency_duties = Counter(task.roster.officers[person].agency for person, _ in chosen)
    unevenness = float(sum(_sum_of_steps(task.loads[person], count) for person, count in duties.items()))
    unevenness += sum(
        _sum_of_steps(task.agency_loads[agency], count) / task.agency_sizes[agency]
        for agency, count in agency_duties.items()
    )
    return Value(len(chosen), met, -round(unevenness, 6))


def _needs_met(task: Task, post: Post, people: Iterable[str]) -> int:
    officers = [task.roster.officers[person] for person in people]
    return sum(any(task.roster.fits(officer, role) for officer in officers) for role in post.wanted_roles) + sum(
        any(officer.agency == agency for officer in officers) for agency in post.silent_agencies
    )


def _sum_of_steps(load: int, count: int) -> int:
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
        return -_needs_met(task, task.posts[number], [*self.sent[number], person]), load + agency_load, person

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
