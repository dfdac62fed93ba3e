"""Choose people for posts: a greedy plan, and a better one by mixed-integer programming (HiGHS)."""

from __future__ import annotations

import datetime as dt
import math
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cwac.analysis.scheduling_task import Pair, Post, Task

_ROUNDING = 1e-6
"""Hours by which sums of hours may be off."""


@dataclass(frozen=True, slots=True, order=True)
class Value:
    """How good a set of pairs is; greater is better."""

    filled: int
    met: int
    evenness: float

    @property
    def unevenness(self) -> float:
        return -self.evenness


@dataclass(frozen=True, slots=True)
class Solution:
    """The chosen pairs, with bounds that hold for every plan, and whether the pairs are proven optimal."""

    chosen: list[Pair]
    max_filled: int
    min_unevenness: float
    proven: bool


def evaluate(task: Task, chosen: Collection[Pair]) -> Value:
    people: dict[int, list[str]] = {}
    for person, number in chosen:
        people.setdefault(number, []).append(person)
    met = sum(_needs_met(task, post, people.get(number, ())) for number, post in enumerate(task.posts))
    duties = Counter(person for person, _ in chosen)
    agency_duties = Counter(task.roster.officers[person].agency for person, _ in chosen)
    unevenness = float(sum(sum(_step_weights(task.loads[person], count)) for person, count in duties.items()))
    unevenness += sum(
        sum(_step_weights(task.agency_loads[agency], count)) / task.agency_sizes[agency]
        for agency, count in agency_duties.items()
    )
    return Value(len(chosen), met, -round(unevenness, 6))


def _needs_met(task: Task, post: Post, people: Iterable[str]) -> int:
    officers = [task.roster.officers[person] for person in people]
    return sum(any(task.roster.fits(officer, role) for officer in officers) for role in post.wanted_roles) + sum(
        any(officer.agency == agency for officer in officers) for agency in post.silent_agencies
    )


def _step_weights(load: int, count: int) -> range:
    """The weights of `count` further duties on top of `load`: each weighs more than the last, so duties are shared."""
    return range(load + 1, load + count + 1)


def greedy_plan(task: Task) -> list[Pair]:
    """Event by event, soonest first: the person who meets the most open needs, then the one with the least load."""
    chosen: list[Pair] = []
    duties: Counter[str] = Counter()
    agency_duties: Counter[str] = Counter()
    busy: dict[str, set[int]] = {}
    left = dict(task.hours_left)
    candidates: dict[int, list[str]] = {}
    for person, number in task.pairs:
        candidates.setdefault(number, []).append(person)
    for number, post in enumerate(task.posts):
        week, hours = task.weeks[number]
        sent: list[str] = []
        for _ in range(post.openings):
            free = [
                person
                for person in candidates.get(number, ())
                if person not in sent
                and not busy.get(person, set()) & task.conflicts[number]
                and (not hours or hours <= left[person, week] + _ROUNDING)
            ]
            if not free:
                break

            def rank(person: str, sent: list[str] = sent, post: Post = post) -> tuple[int, float, str]:
                agency = task.roster.officers[person].agency
                load = task.loads[person] + duties[person]
                agency_load = (task.agency_loads[agency] + agency_duties[agency]) / task.agency_sizes[agency]
                return -_needs_met(task, post, [*sent, person]), load + agency_load, person

            person = min(free, key=rank)
            sent.append(person)
            duties[person] += 1
            agency_duties[task.roster.officers[person].agency] += 1
            busy.setdefault(person, set()).add(number)
            left[person, week] -= hours
            chosen.append((person, number))
    return chosen


def solve(task: Task, seconds: float) -> Solution:
    """The best plan found within about `seconds`; never worse than the greedy one."""
    greedy = greedy_plan(task)
    if not task.pairs:
        value = evaluate(task, greedy)
        return Solution(greedy, value.filled, value.unevenness, True)
    deadline = time.monotonic() + seconds
    program = _Program(task)
    # One more post outweighs all needs together.
    post_weight = len(program.needs) + 1
    program.maximize(dict.fromkeys(program.pairs, post_weight) | dict.fromkeys(program.needs, 1))
    filling, bound, filling_proven = program.run(greedy, seconds / 2)
    best = max(filling, greedy, key=lambda pairs: evaluate(task, pairs))
    value = evaluate(task, best)
    # Without time the solver returns an infinite bound; the openings limit it.
    bound = min(bound / post_weight + 1e-6, sum(post.openings for post in task.posts))
    max_filled = value.filled if filling_proven else max(value.filled, math.floor(bound))
    program.require(dict.fromkeys(program.pairs, 1), value.filled)
    program.require(dict.fromkeys(program.needs, 1), value.met)
    program.minimize(program.steps)
    even, min_unevenness, even_proven = program.run(best, max(0.5, deadline - time.monotonic()))
    best = max(even, best, key=lambda pairs: evaluate(task, pairs))
    if even_proven:
        min_unevenness = evaluate(task, best).unevenness
    return Solution(best, max_filled, max(0.0, min_unevenness), filling_proven and even_proven)


class _Program:
    """The task as a mixed-integer program: a column for each pair, need and step, a row for each rule.

    A step is one further duty of a person or an agency. Steps need not be integers: each costs more than the one before
    it, so the cheap ones are taken first, and as many of them as there are duties.
    """

    def __init__(self, task: Task) -> None:
        # Imported here because only a plan needs the solver, and it is slow to load.
        import highspy
        import numpy

        self._highspy: Any = highspy
        self._numpy: Any = numpy
        self._task = task
        self._is_integer: list[bool] = []
        self._rows: list[tuple[float, float, dict[int, float]]] = []
        self._pairs_by_need: dict[int, list[int]] = {}
        self._ladders: list[tuple[list[int], list[int]]] = []
        self._costs: dict[int, float] = {}
        self._sense = self._highspy.ObjSense.kMinimize
        self.pairs = [self._add_column(integer=True) for _ in task.pairs]
        self.steps: dict[int, float] = {}
        by_post: dict[int, list[int]] = {}
        by_person: dict[str, dict[int, int]] = {}
        for column, (person, number) in zip(self.pairs, task.pairs, strict=True):
            by_post.setdefault(number, []).append(column)
            by_person.setdefault(person, {})[number] = column
        for number, columns in by_post.items():
            self._rows.append((-math.inf, task.posts[number].openings, dict.fromkeys(columns, 1.0)))
            self._add_needs(task.posts[number], columns)
        for person, column_by_post in by_person.items():
            self._limit_hours(person, column_by_post)
            for clique in task.cliques:
                columns = [column_by_post[number] for number in clique if number in column_by_post]
                if len(columns) > 1:
                    self._rows.append((-math.inf, 1, dict.fromkeys(columns, 1.0)))
        by_agency: dict[str, list[int]] = {}
        for person, column_by_post in by_person.items():
            self._add_steps(list(column_by_post.values()), task.loads[person], 1.0)
            by_agency.setdefault(task.roster.officers[person].agency, []).extend(column_by_post.values())
        for agency, columns in by_agency.items():
            self._add_steps(columns, task.agency_loads[agency], task.agency_sizes[agency])

    def _limit_hours(self, person: str, column_by_post: Mapping[int, int]) -> None:
        """A row for each week in which the person could not take all posts."""
        by_week: dict[dt.date, dict[int, float]] = {}
        for number, column in column_by_post.items():
            week, hours = self._task.weeks[number]
            if hours:
                by_week.setdefault(week, {})[column] = hours
        for week, hours_by_column in by_week.items():
            left = self._task.hours_left[person, week]
            if sum(hours_by_column.values()) > left:
                self._rows.append((-math.inf, left + _ROUNDING, hours_by_column))

    @property
    def needs(self) -> Sequence[int]:
        return tuple(self._pairs_by_need)

    def _add_column(self, integer: bool) -> int:
        self._is_integer.append(integer)
        return len(self._is_integer) - 1

    def _add_needs(self, post: Post, columns: Sequence[int]) -> None:
        """Columns for the wanted roles and silent agencies that at least one possible pair meets."""
        roster = self._task.roster
        officers = {column: roster.officers[self._task.pairs[column][0]] for column in columns}
        meeting = [[c for c, officer in officers.items() if roster.fits(officer, role)] for role in post.wanted_roles]
        meeting += [
            [c for c, officer in officers.items() if officer.agency == agency] for agency in post.silent_agencies
        ]
        for pairs in meeting:
            if pairs:
                need = self._add_column(integer=True)
                self._pairs_by_need[need] = pairs
                self._rows.append((-math.inf, 0, {need: 1.0, **dict.fromkeys(pairs, -1.0)}))

    def _add_steps(self, columns: Sequence[int], load: int, size: float) -> None:
        posts = {self._task.pairs[column][1]: self._task.posts[self._task.pairs[column][1]] for column in columns}
        count = min(len(columns), sum(post.openings for post in posts.values()))
        steps = {self._add_column(integer=False): weight / size for weight in _step_weights(load, count)}
        self.steps |= steps
        self._ladders.append((list(columns), list(steps)))
        self._rows.append((0, 0, {**dict.fromkeys(columns, 1.0), **dict.fromkeys(steps, -1.0)}))

    def maximize(self, weights: Mapping[int, float]) -> None:
        self._costs, self._sense = dict(weights), self._highspy.ObjSense.kMaximize

    def minimize(self, weights: Mapping[int, float]) -> None:
        self._costs, self._sense = dict(weights), self._highspy.ObjSense.kMinimize

    def require(self, weights: Mapping[int, float], minimum: float) -> None:
        """Add a row: the weighted sum is at least `minimum`."""
        if weights:
            self._rows.append((minimum, math.inf, dict(weights)))

    def run(self, start: Collection[Pair], seconds: float) -> tuple[list[Pair], float, bool]:
        """The pairs of the best plan found, the bound on its objective, and whether it is proven optimal."""
        solver = _quiet_solver(self._highspy)
        solver.setOptionValue("time_limit", seconds)
        solver.setOptionValue("mip_rel_gap", 1e-7)
        solver.setOptionValue("mip_abs_gap", 1e-6)
        # HiGHS 1.16's presolve gets some of these programs wrong and then reports a worse plan as optimal (compare its
        # issues 2900 and 3094). Without presolve it is right, and here even faster.
        solver.setOptionValue("presolve", "off")
        solver.setOptionValue("parallel", "off")
        solver.passModel(self._model())
        initial = self._highspy.HighsSolution()
        initial.col_value = self._column_values(start)
        solver.setSolution(initial)
        solver.run()
        info = solver.getInfo()
        if info.primal_solution_status != self._highspy.SolutionStatus.kSolutionStatusFeasible:
            return list(start), info.mip_dual_bound, False
        values = solver.getSolution().col_value
        chosen = [pair for pair, column in zip(self._task.pairs, self.pairs, strict=True) if values[column] > 0.5]
        return chosen, info.mip_dual_bound, solver.getModelStatus() == self._highspy.HighsModelStatus.kOptimal

    def _model(self) -> Any:
        highspy, array = self._highspy, self._numpy.array
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self._is_integer), len(self._rows)
        model.sense_ = self._sense
        model.col_cost_ = array([self._costs.get(column, 0.0) for column in range(len(self._is_integer))])
        model.col_lower_ = array([0.0] * len(self._is_integer))
        model.col_upper_ = array([1.0] * len(self._is_integer))
        model.row_lower_ = array([float(lower) for lower, _, _ in self._rows])
        model.row_upper_ = array([float(upper) for _, upper, _ in self._rows])
        integer, continuous = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        model.integrality_ = [integer if is_integer else continuous for is_integer in self._is_integer]
        lengths = [0, *(len(weights) for _, _, weights in self._rows)]
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = self._numpy.cumsum(lengths)
        model.a_matrix_.index_ = array([column for _, _, weights in self._rows for column in weights])
        model.a_matrix_.value_ = array([weight for _, _, weights in self._rows for weight in weights.values()])
        return model

    def _column_values(self, chosen: Collection[Pair]) -> list[float]:
        """A plan as column values: its pairs, the needs they meet, and the steps they take."""
        values = [0.0] * len(self._is_integer)
        pairs = set(chosen)
        for column, pair in zip(self.pairs, self._task.pairs, strict=True):
            values[column] = float(pair in pairs)
        for need, columns in self._pairs_by_need.items():
            values[need] = float(any(values[column] for column in columns))
        for columns, steps in self._ladders:
            duties = sum(values[column] for column in columns)
            for place, step in enumerate(steps):
                values[step] = float(place < duties)
        return values


def _quiet_solver(highspy: Any) -> Any:
    """A solver without the banner that highspy prints to standard output while it is constructed."""

    class QuietSolver(highspy.Highs):  # type: ignore[misc]
        def enableCallbacks(self) -> None:  # noqa: N802 - highspy's name
            self.silent()
            super().enableCallbacks()

    return QuietSolver()
