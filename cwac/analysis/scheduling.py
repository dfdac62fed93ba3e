"""A plan for a period: who could fill the open posts, as many of them as possible, and as evenly as can be.

A proposal to look at and copy, never written to the sheet. HiGHS, a solver of mixed-integer programs, finds it in two
steps: first as many posts as possible, and of the plans that fill so many one that meets the most needs (a host, a
bilingual officer, somebody from every agency named); then, of those, the most even one. It starts from a greedy plan,
and the better of the two is kept, so that it is never worse than greedy.
"""

from __future__ import annotations

import datetime as dt
import math
import time
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from cwac.analysis.events import DEFAULTS, day_words, going, planned, where
from cwac.analysis.positions import placeholders
from cwac.analysis.staffing import BANS, Fill, RestWarning, Roster, fill, rest_warnings
from cwac.model import Assignment, Event, Officer, Role, Snapshot
from cwac.settings import Rules
from cwac.sheet.schema import STAFFING

HEADER: tuple[str, ...] = tuple(column.header for column in STAFFING.columns)
"""The headers above `Plan.rows`."""

_KINDS = {
    "on it": "on it already, or out",
    "inactive": "not active",
    "off": "with the day off",
    "clash": "elsewhere at that time",
    "travel": "too far away just before or after",
    "untimed": "elsewhere that day, times not known",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One post filled. `placeholder` is the row in Staffing of the placeholder that it would take the place of."""

    event: Event
    officer: Officer
    role: Role | None
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    placeholder: int | None


@dataclass(frozen=True, slots=True)
class Unfilled:
    """What the plan leaves open at one event, and why nobody of its agencies can be found for it."""

    event: Event
    posts: int
    lacks: tuple[Role, ...]
    why: str


@dataclass(frozen=True, slots=True)
class Plan:
    """`posts` were open; `extra` officers more were looked for where no post is open but a host or a language is
    missing. Of both together `proposals` fill some (`extra_filled` of the latter); no plan can fill more than `most`.

    `needs` hosts, languages and agencies were wanted, of which `met` are. `uneven` measures how unevenly the duties lie
    (the lower the better); no plan that fills and meets as much comes below `least_uneven`. Where `proven`, the plan is
    the best there is; else time ran out, and the two bounds say how far from the best it can be at most.
    `advice` is what needs nobody new; `warnings` are of the hours and rest that the proposals would bring about.
    """

    first: dt.date
    last: dt.date
    posts: int
    extra: int
    extra_filled: int
    proposals: tuple[Proposal, ...]
    unfilled: tuple[Unfilled, ...]
    advice: tuple[str, ...]
    warnings: tuple[RestWarning, ...]
    most: int
    needs: int
    met: int
    uneven: float
    least_uneven: float
    proven: bool

    @property
    def words(self) -> str:
        """The outcome in a sentence or two, the proof or the bound included."""
        if not self.posts and not self.extra:
            return "No post is open."
        filled, parts = len(self.proposals), []
        if self.posts:
            parts.append(f"{filled - self.extra_filled} of {self.posts} open posts filled")
        if self.extra:
            parts.append(f"{self.extra_filled} of {self.extra} officers found where only a host or language is missing")
        if filled < self.posts + self.extra:
            parts.append("nobody can fill more" if filled == self.most else f"at most {self.most} could be")
        if self.needs:
            parts.append(f"{self.met} of {self.needs} hosts, languages and agencies found")
        if not filled:
            pass
        elif self.proven:
            parts.append("no plan that fills as much is more even")
        else:
            short = (self.uneven - self.least_uneven) / self.uneven if self.uneven else 0
            parts.append(f"time ran out: another plan may be up to {math.ceil(short * 100)} % more even")
        return "; ".join(parts) + "."

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Rows to paste into Staffing, under `HEADER`. They are Requested: nobody has been asked yet."""
        return tuple(
            tuple(
                {
                    "Event ID": one.event.id,
                    "Officer": one.officer.id,
                    "Role": one.role or "",
                    "Status": "Requested",
                }.get(header, "")
                for header in HEADER
            )
            for one in self.proposals
        )


def plan(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    on: dt.date,
    rules: Rules = DEFAULTS,
    *,
    any_agency: bool = False,
    among: frozenset[str] | None = None,
    seconds: float = 8.0,
) -> Plan:
    """Propose people for the open posts of the coming events from `first` to `last`, both included.

    An event's posts are its open positions; where there is none, one more officer is looked for if it lacks a host or
    a language that none of those going can give. Only the agencies on the event are drawn on (those
    asked of included), unless `any_agency`; with `among`, only these people. Nobody is sent who is off, not active,
    elsewhere, too far away, or out.
    """
    task = _task(snapshot, first, last, on, rules, any_agency, among)
    greedy = _greedy(task)
    chosen, most, least_uneven, proven = greedy, _value(task, greedy).filled, 0.0, True
    if task.pairs:
        chosen, most, least_uneven, proven = _solved(task, greedy, seconds)
    value, proposals = _value(task, chosen), _proposals(task, chosen)
    return Plan(
        first,
        last,
        sum(post.filled.short for post in task.posts),
        sum(post.number for post in task.posts if post.only_wanted),
        sum(post.only_wanted for post in task.posts for one in proposals if one.event is post.event),
        proposals,
        _unfilled(task, chosen),
        _advice(task),
        _warnings(snapshot, proposals, on, rules),
        most,
        sum(len(post.wants) + len(post.silent) for post in task.posts if post.number),
        value.met,
        value.uneven,
        min(least_uneven, value.uneven) if task.pairs else value.uneven,
        proven,
    )


# --- the task -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Post:
    """An event with `number` posts open. `wants` are roles that only somebody new can give."""

    event: Event
    filled: Fill
    number: int
    wants: tuple[Role, ...]
    silent: tuple[str, ...]
    only_wanted: bool
    asked: tuple[Assignment, ...]
    agencies: frozenset[str]


@dataclass(slots=True)
class _Task:
    """Posts by number, people by name, and the `pairs` (person, post) that are possible, in a fixed order.

    `cliques` are groups of posts of which one person can take one at most; `loads` are events in the last 90 days of
    each person, `agency_loads` those of an agency's people together, `sizes` how many an agency has.
    """

    roster: Roster
    posts: list[_Post]
    pairs: list[tuple[str, int]]
    cliques: list[list[int]]
    loads: dict[str, int]
    agency_loads: dict[str, int]
    sizes: dict[str, float]
    why_not: list[Counter[str]]
    others_free: list[int]
    unknown_free: list[int]
    conflicts: list[set[int]] = field(default_factory=list)


@dataclass(frozen=True, slots=True, order=True)
class _Value:
    """How good a set of pairs is; the greater the better."""

    filled: int
    met: int
    evenness: float

    @property
    def uneven(self) -> float:
        return -self.evenness


def _task(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    on: dt.date,
    rules: Rules,
    any_agency: bool,
    among: frozenset[str] | None = None,
) -> _Task:
    roster = Roster(snapshot, on, rules)
    posts = [
        _post(roster, event)
        for event in planned(snapshot, on)
        if first <= event.date <= last and event.status != "Completed"
    ]
    pairs: list[tuple[str, int]] = []
    why_not: list[Counter[str]] = [Counter() for _ in posts]
    others_free, unknown_free = [0] * len(posts), [0] * len(posts)
    for number, post in enumerate(posts):
        if not post.number:
            continue
        for person, officer in sorted(roster.officers.items()):
            if among is not None and person not in among:
                continue
            if post.only_wanted and not any(roster.fits(officer, role) for role in post.wants):
                continue
            kinds = [one.kind for one in roster.troubles(person, post.event) if one.kind in (*BANS, "untimed")]
            named = any_agency or not post.agencies or officer.agency in post.agencies
            if named and kinds:
                why_not[number][kinds[0]] += 1
            elif named:
                pairs.append((person, number))
            elif not kinds and officer.agency:
                others_free[number] += 1
            elif not kinds:
                unknown_free[number] += 1
    conflicts = _conflicts(roster, posts)
    loads = {person: roster.load(person, last) for person in roster.officers}
    agency_loads: dict[str, int] = {}
    listed: Counter[str] = Counter()
    for person, officer in roster.officers.items():
        agency_loads[officer.agency] = agency_loads.get(officer.agency, 0) + loads[person]
        listed[officer.agency] += 1
    sworn = {agency.short: float(agency.sworn) for agency in snapshot.agencies if agency.sworn}
    # Sizes are compared with one another: sworn strength only where it is known of all.
    sizes = sworn if all(agency in sworn for agency in listed) else {name: float(n) for name, n in listed.items()}
    return _Task(
        roster,
        posts,
        pairs,
        _cliques(conflicts),
        loads,
        agency_loads,
        sizes,
        why_not,
        others_free,
        unknown_free,
        conflicts,
    )


def _post(roster: Roster, event: Event) -> _Post:
    rows = roster.snapshot.assignments_by_event.get(event.id, ())
    filled = fill(roster.snapshot, event)
    asked, number = placeholders(rows), filled.short
    there = [roster.officers[row.person] for row in going(rows) if row.person]
    wants = tuple(role for role in filled.lacks if not any(roster.fits(officer, role) for officer in there))
    agencies = frozenset([*event.agencies, *(row.agency for row in asked if row.agency)])
    return _Post(event, filled, max(number, min(1, len(wants))), wants, filled.silent, not number, asked, agencies)


def _conflicts(roster: Roster, posts: Sequence[_Post]) -> list[set[int]]:
    """For each post, the others that nobody can take as well. Posts are by date: only near ones are compared."""
    conflicts: list[set[int]] = [set() for _ in posts]
    for one, post in enumerate(posts):
        for other in range(one + 1, len(posts)):
            if posts[other].event.date > post.event.date + dt.timedelta(days=1):
                break
            if roster.between(post.event, posts[other].event).kind in ("clash", "travel", "untimed"):
                conflicts[one].add(other)
                conflicts[other].add(one)
    return conflicts


def _cliques(conflicts: Sequence[set[int]]) -> list[list[int]]:
    """Groups of posts all in conflict with one another that together hold every conflict: fewer and tighter rules."""
    open_edges = {(one, other) for one, others in enumerate(conflicts) for other in others if one < other}
    cliques = []
    for edge in sorted(open_edges):
        if edge not in open_edges:
            continue
        clique = list(edge)
        for other in sorted(conflicts[edge[0]] & conflicts[edge[1]]):
            if conflicts[other].issuperset(clique):
                clique.append(other)
        cliques.append(sorted(clique))
        open_edges -= {(a, b) for a in clique for b in clique if a < b}
    return cliques


# --- what a plan is worth -----------------------------------------------------------------------------------------


def _value(task: _Task, chosen: Collection[tuple[str, int]]) -> _Value:
    people: dict[int, list[str]] = {}
    for person, number in chosen:
        people.setdefault(number, []).append(person)
    met = sum(_met(task, post, people.get(number, ())) for number, post in enumerate(task.posts))
    taken = Counter(person for person, _ in chosen)
    taken_by_agency = Counter(task.roster.officers[person].agency for person, _ in chosen)
    uneven = float(sum(sum(_steps(task.loads[person], count)) for person, count in taken.items()))
    uneven += sum(
        sum(_steps(task.agency_loads[agency], count)) / task.sizes[agency] for agency, count in taken_by_agency.items()
    )
    return _Value(len(chosen), met, -round(uneven, 6))


def _met(task: _Task, post: _Post, people: Iterable[str]) -> int:
    officers = [task.roster.officers[person] for person in people]
    return sum(any(task.roster.fits(officer, role) for officer in officers) for role in post.wants) + sum(
        any(officer.agency == agency for officer in officers) for agency in post.silent
    )


def _steps(load: int, count: int) -> range:
    """What each further duty weighs for who already has `load`: each more than the one before, so that it is shared."""
    return range(load + 1, load + count + 1)


def _greedy(task: _Task) -> list[tuple[str, int]]:
    """Event by event, soonest first: whoever meets most of what is still wanted, then whoever carries least."""
    chosen: list[tuple[str, int]] = []
    taken: Counter[str] = Counter()
    taken_by_agency: Counter[str] = Counter()
    busy: dict[str, set[int]] = {}
    able: dict[int, list[str]] = {}
    for person, number in task.pairs:
        able.setdefault(number, []).append(person)
    for number, post in enumerate(task.posts):
        here: list[str] = []
        for _ in range(post.number):
            free = [
                person
                for person in able.get(number, ())
                if person not in here and not busy.get(person, set()) & task.conflicts[number]
            ]
            if not free:
                break

            def weight(person: str, here: list[str] = here, post: _Post = post) -> tuple[int, float, str]:
                agency = task.roster.officers[person].agency
                own = task.loads[person] + taken[person]
                together = (task.agency_loads[agency] + taken_by_agency[agency]) / task.sizes[agency]
                return -_met(task, post, [*here, person]), own + together, person

            person = min(free, key=weight)
            here.append(person)
            taken[person] += 1
            taken_by_agency[task.roster.officers[person].agency] += 1
            busy.setdefault(person, set()).add(number)
            chosen.append((person, number))
    return chosen


# --- the solver -----------------------------------------------------------------------------------------------------


def _solved(
    task: _Task, greedy: list[tuple[str, int]], seconds: float
) -> tuple[list[tuple[str, int]], int, float, bool]:
    """The best pairs found, the most posts that can be filled, the least unevenness, and whether all is proven."""
    until = time.monotonic() + seconds
    program = _Program(task)
    whole = len(program.needs) + 1
    program.maximise(dict.fromkeys(program.pairs, whole) | dict.fromkeys(program.needs, 1))
    best, bound, fills_proven = program.run(greedy, seconds / 2)
    best = max(best, greedy, key=lambda pairs: _value(task, pairs))
    value = _value(task, best)
    # Without time, the solver knows no bound but infinity: then there are at most as many as were looked for.
    bound = min(bound / whole + 1e-6, sum(post.number for post in task.posts))
    most = value.filled if fills_proven else max(value.filled, math.floor(bound))
    program.at_least(dict.fromkeys(program.pairs, 1), value.filled)
    program.at_least(dict.fromkeys(program.needs, 1), value.met)
    program.minimise(program.steps)
    even, least, even_proven = program.run(best, max(0.5, until - time.monotonic()))
    best = max(even, best, key=lambda pairs: _value(task, pairs))
    return best, most, _value(task, best).uneven if even_proven else max(0.0, least), fills_proven and even_proven


class _Program:
    """The task as a mixed-integer program: a column for each pair, need and step, a row for each rule.

    The steps need not be whole: each further duty of one person costs more than the one before, so that the cheap steps
    are taken first, and as many of them as there are duties.
    """

    def __init__(self, task: _Task) -> None:
        # Only a plan needs the solver; everything else starts sooner without it.
        import highspy
        import numpy

        self._highspy: Any = highspy
        self._numpy: Any = numpy
        self._task = task
        self._whole: list[bool] = []
        self._rows: list[tuple[float, float, dict[int, float]]] = []
        self._givers: dict[int, list[int]] = {}
        self._ladders: list[tuple[list[int], list[int]]] = []
        self._costs: dict[int, float] = {}
        self._sense = self._highspy.ObjSense.kMinimize
        self.pairs = [self._column(whole=True) for _ in task.pairs]
        self.steps: dict[int, float] = {}
        at_post: dict[int, list[int]] = {}
        of_person: dict[str, dict[int, int]] = {}
        for column, (person, number) in zip(self.pairs, task.pairs, strict=True):
            at_post.setdefault(number, []).append(column)
            of_person.setdefault(person, {})[number] = column
        for number, columns in at_post.items():
            self._rows.append((-math.inf, task.posts[number].number, dict.fromkeys(columns, 1.0)))
            self._add_needs(task.posts[number], columns)
        for columns_of in of_person.values():
            for clique in task.cliques:
                columns = [columns_of[number] for number in clique if number in columns_of]
                if len(columns) > 1:
                    self._rows.append((-math.inf, 1, dict.fromkeys(columns, 1.0)))
        agencies: dict[str, list[int]] = {}
        for person, columns_of in of_person.items():
            self._add_steps(list(columns_of.values()), task.loads[person], 1.0)
            agencies.setdefault(task.roster.officers[person].agency, []).extend(columns_of.values())
        for agency, columns in agencies.items():
            self._add_steps(columns, task.agency_loads[agency], task.sizes[agency])

    @property
    def needs(self) -> Sequence[int]:
        return tuple(self._givers)

    def _column(self, whole: bool) -> int:
        self._whole.append(whole)
        return len(self._whole) - 1

    def _add_needs(self, post: _Post, columns: Sequence[int]) -> None:
        officers = self._task.roster.officers
        who = {column: officers[self._task.pairs[column][0]] for column in columns}
        givers = [[c for c, officer in who.items() if self._task.roster.fits(officer, role)] for role in post.wants]
        givers += [[c for c, officer in who.items() if officer.agency == agency] for agency in post.silent]
        for able in givers:
            if able:
                need = self._column(whole=True)
                self._givers[need] = able
                self._rows.append((-math.inf, 0, {need: 1.0, **dict.fromkeys(able, -1.0)}))

    def _add_steps(self, columns: Sequence[int], load: int, size: float) -> None:
        posts = {self._task.pairs[column][1]: self._task.posts[self._task.pairs[column][1]] for column in columns}
        most = min(len(columns), sum(post.number for post in posts.values()))
        steps = {self._column(whole=False): weight / size for weight in _steps(load, most)}
        self.steps |= steps
        self._ladders.append((list(columns), list(steps)))
        self._rows.append((0, 0, {**dict.fromkeys(columns, 1.0), **dict.fromkeys(steps, -1.0)}))

    def maximise(self, weights: Mapping[int, float]) -> None:
        self._costs, self._sense = dict(weights), self._highspy.ObjSense.kMaximize

    def minimise(self, weights: Mapping[int, float]) -> None:
        self._costs, self._sense = dict(weights), self._highspy.ObjSense.kMinimize

    def at_least(self, weights: Mapping[int, float], least: float) -> None:
        if weights:
            self._rows.append((least, math.inf, dict(weights)))

    def run(self, start: Collection[tuple[str, int]], seconds: float) -> tuple[list[tuple[str, int]], float, bool]:
        """The pairs of the best plan found, the bound on its objective, and whether it is proven best."""
        solver = _quiet(self._highspy)
        solver.setOptionValue("time_limit", seconds)
        solver.setOptionValue("mip_rel_gap", 1e-7)
        solver.setOptionValue("mip_abs_gap", 1e-6)
        # HiGHS 1.16 simplifies some of these programs wrongly, and then calls a lesser plan the best (compare its
        # issues 2900 and 3094). Without that step it is right, and here even quicker.
        solver.setOptionValue("presolve", "off")
        solver.setOptionValue("parallel", "off")
        solver.passModel(self._model())
        given = self._highspy.HighsSolution()
        given.col_value = self._columns_of(start)
        solver.setSolution(given)
        solver.run()
        info = solver.getInfo()
        if info.primal_solution_status != self._highspy.SolutionStatus.kSolutionStatusFeasible:
            return list(start), info.mip_dual_bound, False
        values = solver.getSolution().col_value
        found = [pair for pair, column in zip(self._task.pairs, self.pairs, strict=True) if values[column] > 0.5]
        return found, info.mip_dual_bound, solver.getModelStatus() == self._highspy.HighsModelStatus.kOptimal

    def _model(self) -> Any:
        highspy, array = self._highspy, self._numpy.array
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = len(self._whole), len(self._rows)
        model.sense_ = self._sense
        model.col_cost_ = array([self._costs.get(column, 0.0) for column in range(len(self._whole))])
        model.col_lower_ = array([0.0] * len(self._whole))
        model.col_upper_ = array([1.0] * len(self._whole))
        model.row_lower_ = array([float(row[0]) for row in self._rows])
        model.row_upper_ = array([float(row[1]) for row in self._rows])
        whole, any_number = highspy.HighsVarType.kInteger, highspy.HighsVarType.kContinuous
        model.integrality_ = [whole if one else any_number for one in self._whole]
        lengths = [0, *(len(row[2]) for row in self._rows)]
        model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
        model.a_matrix_.start_ = self._numpy.cumsum(lengths)
        model.a_matrix_.index_ = array([column for row in self._rows for column in row[2]])
        model.a_matrix_.value_ = array([weight for row in self._rows for weight in row[2].values()])
        return model

    def _columns_of(self, chosen: Collection[tuple[str, int]]) -> list[float]:
        """A plan as columns: its pairs, the needs that they meet, and the steps that they take."""
        values = [0.0] * len(self._whole)
        taken = set(chosen)
        for column, pair in zip(self.pairs, self._task.pairs, strict=True):
            values[column] = float(pair in taken)
        for need, able in self._givers.items():
            values[need] = float(any(values[column] for column in able))
        for columns, steps in self._ladders:
            duties = sum(values[column] for column in columns)
            for place, step in enumerate(steps):
                values[step] = float(place < duties)
        return values


def _quiet(highspy: Any) -> Any:
    """A solver that does not greet on standard output, as highspy does while it is being made."""

    class Quiet(highspy.Highs):  # type: ignore[misc]
        def enableCallbacks(self) -> None:  # noqa: N802 - highspy's name
            self.silent()
            super().enableCallbacks()

    return Quiet()


# --- what to show -----------------------------------------------------------------------------------------------------


def _proposals(task: _Task, chosen: Collection[tuple[str, int]]) -> tuple[Proposal, ...]:
    roster = task.roster
    people: dict[int, list[str]] = {}
    for person, number in sorted(chosen):
        people.setdefault(number, []).append(person)
    found = []
    for number, post in enumerate(task.posts):
        here = people.get(number, [])
        roles = _roles(task, post, here)
        placeholders = list(post.asked)
        for person in here:
            officer = roster.officers[person]
            candidate = roster.candidate(person, post.event, post.filled)
            row = next((one for one in placeholders if one.agency in (officer.agency, None)), None)
            if row is not None:
                placeholders.remove(row)
            role = roles.get(person) or (
                row.role if row is not None and row.role not in ("Host", "Bilingual") else None
            )
            found.append(
                Proposal(post.event, officer, role, candidate.reasons, candidate.against, row.row if row else None)
            )
    return tuple(found)


def _roles(task: _Task, post: _Post, people: Sequence[str]) -> dict[str, Role]:
    """Who of the people proposed takes a role that is wanted: one each, where there are enough of them."""
    roles: dict[str, Role] = {}
    # Whoever can give fewer of the wanted roles takes theirs first: the other roles stay for the others.
    able = {p: [role for role in post.wants if task.roster.fits(task.roster.officers[p], role)] for p in people}
    for person in sorted(people, key=lambda person: (len(able[person]), person)):
        role = next((role for role in able[person] if role not in roles.values()), None)
        if role is not None:
            roles[person] = role
    return roles


def _unfilled(task: _Task, chosen: Collection[tuple[str, int]]) -> tuple[Unfilled, ...]:
    people: dict[int, list[str]] = {}
    for person, number in chosen:
        people.setdefault(number, []).append(person)
    found = []
    for number, post in enumerate(task.posts):
        officers = [task.roster.officers[person] for person in people.get(number, ())]
        open_posts = max(0, post.filled.short - len(officers))
        lacks = tuple(role for role in post.wants if not any(task.roster.fits(officer, role) for officer in officers))
        if open_posts or lacks:
            found.append(Unfilled(post.event, open_posts, lacks, _why(task, number, len(officers))))
    return tuple(found)


def _why(task: _Task, number: int, sent: int) -> str:
    post = task.posts[number]
    able = sum(other == number for _, other in task.pairs)
    parts = [f"{count} {_KINDS[kind]}" for kind, count in task.why_not[number].most_common()]
    if able > sent:
        parts.append(f"{able - sent} who could are proposed elsewhere at that time, or cannot give what is wanted")
    of = f" of {', '.join(sorted(post.agencies))}" if post.agencies else ""
    why = f"{'; '.join(parts)}{of}" if parts else f"nobody else{of} is listed"
    free = [
        f"{count} {words} would be free"
        for count, words in (
            (task.others_free[number], "of other agencies"),
            (task.unknown_free[number], "whose agency is not known"),
        )
        if count
    ]
    return ". ".join([why, *free])


def as_planned(snapshot: Snapshot, proposals: Iterable[Proposal]) -> Snapshot:
    """The snapshot as it would be once everybody proposed has been asked."""
    asked = (
        Assignment(
            one.event.id, 0, one.officer.id, one.officer.name, one.officer.agency, role=one.role, status="Requested"
        )
        if one.officer.id in snapshot.officer_by_id
        else Assignment(one.event.id, 0, None, one.officer.name, one.officer.agency or None, status="Requested")
        for one in proposals
    )
    return replace(snapshot, assignments=(*snapshot.assignments, *asked))


def _warnings(snapshot: Snapshot, proposals: Sequence[Proposal], on: dt.date, rules: Rules) -> tuple[RestWarning, ...]:
    brought = {one.event.id for one in proposals}
    before = set(rest_warnings(snapshot, on, rules))
    after = rest_warnings(as_planned(snapshot, proposals), on, rules)
    return tuple(one for one in after if one not in before and brought.intersection(one.event_ids))


def _advice(task: _Task) -> tuple[str, ...]:
    """Roles that somebody who goes already could take."""
    found = []
    for post in task.posts:
        if "Host" not in post.filled.lacks or "Host" in post.wants:
            continue
        rows = going(task.roster.snapshot.assignments_by_event.get(post.event.id, ()))
        names = [
            row.name or row.person
            for row in rows
            if row.person and task.roster.fits(task.roster.officers[row.person], "Host")
        ]
        at = f"{where(post.event)}, {day_words(post.event.date, task.roster.on)}"
        found.append(f"{at}: {names[0]} goes already and may host: set the Role to Host.")
    return tuple(found)
