"""Propose officers for the open posts of a period: the proposals and the search for them, which need each other.

The plan is a proposal to look at and copy; it is never written to the sheet. Filling more posts comes first, then
meeting more needs (a host, a bilingual officer, somebody from every agency named), then sharing more evenly. Each post
is filled in turn, and then every change is made that betters the plan, so a better one may exist
(`python -m tests.bench.planning` has figures). No plan gives a person more hours of events a week, or less rest between
two shifts, than the rules allow.
"""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from cwac.analysis.candidates import BANS, Roster
from cwac.analysis.events import DEFAULTS, going, interval, placeholders, planned, where
from cwac.analysis.officers import union_hours
from cwac.analysis.periods import first_day_of_week
from cwac.analysis.staffing import Fill, fill
from cwac.date_words import day_words
from cwac.model import Assignment, Event, Officer, Role, Snapshot
from cwac.settings import Rules
from cwac.sheet.schema import STAFFING

HEADER: tuple[str, ...] = tuple(column.header for column in STAFFING.columns)

_CONFLICT_WORDS = {
    "on it": "on it already, or out",
    "inactive": "not active",
    "off": "with the day off",
    "clash": "elsewhere at that time",
    "travel": "too far away just before or after",
    "untimed": "elsewhere that day, times not known",
    "hours": "over {rules.weekly_hours:g} h of events that week",
    "rest": "with less than {rules.rest_hours:g} h of rest before or after",
}


@dataclass(frozen=True, slots=True)
class Proposal:
    """One filled post. `placeholder` is the Staffing row of the placeholder that the officer would replace."""

    event: Event
    officer: Officer
    role: Role | None
    reasons: tuple[str, ...]
    warnings: tuple[str, ...]
    placeholder: int | None


@dataclass(frozen=True, slots=True)
class Unfilled:
    """Posts and roles that the plan leaves open at one event, and the reason nobody was found."""

    event: Event
    posts: int
    missing_roles: tuple[Role, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class SchedulePlan:
    """The proposals of a period; `posts` counts open ones, `extra` officers sought for a role that a full event lacks.

    `needs` counts missing roles and agencies; `advice` is on those that somebody who goes already could meet.
    """

    posts: int
    extra: int
    extra_filled: int
    proposals: tuple[Proposal, ...]
    unfilled: tuple[Unfilled, ...]
    advice: tuple[str, ...]
    needs: int
    met: int

    @property
    def words(self) -> str:
        filled = len(self.proposals) - self.extra_filled
        share = f"All {self.posts}" if filled == self.posts > 1 else f"{filled} of {self.posts}"
        parts = [] if self.posts or self.extra else ["No officer is missing"]
        parts += [f"{share} open position{'' if self.posts == 1 else 's'} can be filled"] if self.posts else []
        for found, of, words in (
            (self.extra_filled, self.extra, "officers found where only a role is missing"),
            (self.met, self.needs, "missing roles and agencies found"),
        ):
            parts += [f"{found} of {of} {words}"] if of else []
        return "; ".join(parts) + "."

    @property
    def rows(self) -> list[dict[str, str]]:
        """Rows of Staffing by `HEADER`, with status Requested since nobody has been asked yet."""
        return [
            dict.fromkeys(HEADER, "")
            | {"Event ID": each.event.id, "Officer": each.officer.id, "Role": each.role or "", "Status": "Requested"}
            for each in self.proposals
        ]


def plan(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    on: dt.date,
    rules: Rules = DEFAULTS,
    *,
    any_agency: bool = False,
    among: frozenset[str] | None = None,
    seconds: float = 4.0,
) -> SchedulePlan:
    """Propose officers for open posts from `first` to `last`, and for full events that lack a role, within `seconds`.

    Only agencies on the event (or asked by a placeholder) are drawn on, unless `any_agency`; `among` limits the people.
    """
    task = build_task(snapshot, first, last, on, rules, any_agency, among)
    sent = search(task, seconds)
    return SchedulePlan(
        posts=sum(post.filled.short for post in task.posts),
        extra=sum(post.openings for post in task.posts if not post.filled.short),
        extra_filled=sum(len(people) for post, people in zip(task.posts, sent, strict=True) if not post.filled.short),
        proposals=tuple(_propose(task, sent)),
        unfilled=tuple(_find_unfilled(task, sent)),
        advice=tuple(
            f"{where(post.event)}, {day_words(post.event.date, on)}: {host} is assigned already and can host: set the "
            "Role to Host."
            for post in task.posts
            if "Host" in post.filled.lacks and "Host" not in post.wanted_roles
            for host in [officer.name for officer in post.present if task.roster.fits(officer, "Host")][:1]
        ),
        needs=sum(len(post.filled.lacks) + len(post.filled.silent) for post in task.posts),
        met=evaluate(task, sent).met,
    )


def _propose(task: Task, sent: Sent) -> Iterator[Proposal]:
    for post, people in zip(task.posts, sent, strict=True):
        placeholders = list(post.placeholders)
        roles: dict[str, Role] = {}
        fitting = {
            person: [role for role in post.wanted_roles if task.roster.fits(task.roster.officers[person], role)]
            for person in people
        }
        # One role each. People who fit fewer roles choose first, which leaves the other roles to the others.
        for person in sorted(people, key=lambda person: (len(fitting[person]), person)):
            if free := [role for role in fitting[person] if role not in roles.values()]:
                roles[person] = free[0]
        for person in sorted(people):
            officer, role, replaced = task.roster.officers[person], roles.get(person), None
            candidate = task.roster.candidate(person, post.event, post.filled)
            row = next((row for row in placeholders if row.agency in (officer.agency, None)), None)
            if row is not None:
                placeholders.remove(row)
                role = role or (None if row.role in ("Host", "Bilingual") else row.role)
                replaced = None if row.in_events else row.row
            yield Proposal(post.event, officer, role, candidate.reasons, candidate.against, replaced)


def _find_unfilled(task: Task, sent: Sent) -> Iterator[Unfilled]:
    """The posts that stay open and why no more people were found for them, counted by kind of conflict."""
    for post, people in zip(task.posts, sent, strict=True):
        still_open = max(0, post.filled.short - len(people))
        missing = _lacking(task.roster, post.wanted_roles, [task.roster.officers[person] for person in people])
        if not still_open and not missing:
            continue
        found = post.conflict_counts.most_common()
        parts = [f"{count} {_CONFLICT_WORDS[kind].format(rules=task.roster.rules)}" for kind, count in found]
        if (others := len(post.able) - len(people)) > 0:
            are = "is" if others == 1 else "are"
            parts.append(f"{others} who could {are} proposed elsewhere that day or week, or cannot give what is wanted")
        agencies = f" of {', '.join(sorted(post.agencies))}" if post.agencies else ""
        reason = f"{'; '.join(parts)}{agencies}" if parts else f"nobody else{agencies} is listed"
        free = [f"{count} {words} would be free" for words, count in sorted(post.free_elsewhere.items())]
        yield Unfilled(post.event, still_open, missing, ". ".join([reason, *free]))


# --- the posts and the people -----------------------------------------------------------------------------------------

Sent = Sequence[Sequence[str]]
"""The people (as `Roster.officers` names them) sent to each post, in the order of the posts."""


@dataclass(frozen=True, slots=True)
class Post:
    """An event with `openings` for officers; where no position is open, these are for missing roles alone.

    `wanted_roles` cannot be given by those `present`, who go and are free. `week` is its Sunday. `able` are the people
    who can be sent, `conflict_counts` counts the others of its agencies by kind of conflict, `free_elsewhere` people of
    no agency of its who could go. `excludes` are the numbers of the posts that the same person cannot also take.
    """

    event: Event
    filled: Fill
    openings: int
    wanted_roles: tuple[Role, ...]
    present: tuple[Officer, ...]
    placeholders: tuple[Assignment, ...]
    agencies: frozenset[str]
    week: dt.date
    hours: float
    able: list[str] = field(default_factory=list)
    conflict_counts: Counter[str] = field(default_factory=Counter)
    free_elsewhere: Counter[str] = field(default_factory=Counter)
    excludes: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Task:
    """Posts by date; `loads` are events in the last 90 days, `hours_left` what a person can still take in a week."""

    roster: Roster
    posts: list[Post]
    loads: dict[str, int]
    agency_loads: Counter[str]
    agency_sizes: dict[str, float]
    hours_left: dict[tuple[str, dt.date], float]


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
    people = [each for each in sorted(roster.officers.items()) if among is None or each[0] in among]
    for post in posts:
        for person, officer in people if post.openings else ():
            if not post.filled.short and _lacking(roster, post.wanted_roles, [officer]) == post.wanted_roles:
                continue
            troubles = roster.troubles(person, post.event)
            kinds: list[str] = [trouble.kind for trouble in troubles if trouble.kind in (*BANS, "untimed")]
            kinds += roster.over_limits(person, post.event)
            eligible = any_agency or not post.agencies or officer.agency in post.agencies
            if eligible and kinds:
                post.conflict_counts[kinds[0]] += 1
            elif eligible:
                post.able.append(person)
            elif not kinds:
                post.free_elsewhere["from other agencies" if officer.agency else "of an unknown agency"] += 1
    _exclude_posts(roster, posts)
    loads = {person: roster.load(person, last) for person in roster.officers}
    agency_loads: Counter[str] = Counter()
    for person, officer in roster.officers.items():
        agency_loads[officer.agency] += loads[person]
    # Sworn officers if every agency states them, else listed officers, so that sizes are comparable.
    listed = Counter(officer.agency for officer in roster.officers.values())
    sworn = {agency.short: float(agency.sworn) for agency in snapshot.agencies if agency.sworn}
    sizes = sworn if sworn.keys() >= listed.keys() else {name: float(number) for name, number in listed.items()}
    hours_left = {
        (person, post.week): rules.weekly_hours - union_hours(roster.duties_in_week(person, post.event))
        for post in posts
        for person in post.able
    }
    return Task(roster, posts, loads, agency_loads, sizes, hours_left)


def _make_post(roster: Roster, event: Event) -> Post:
    rows = roster.snapshot.assignments_by_event.get(event.id, ())
    filled = fill(roster.snapshot, event)
    asked = placeholders(rows)
    people = [row.person for row in going(rows) if row.person and roster.commitments.is_free(row.person, event)]
    present = tuple(roster.officers[person] for person in people)
    wanted = _lacking(roster, filled.lacks, present)
    agencies = frozenset([*event.agencies, *(row.agency for row in asked if row.agency)])
    openings = max(filled.short, min(1, len(wanted)))
    span = interval(event, roster.rules)
    week, hours = first_day_of_week(event.date), union_hours([span] if span else [])
    return Post(event, filled, openings, wanted, present, asked, agencies, week, hours)


def _lacking(roster: Roster, roles: Sequence[Role], officers: Sequence[Officer]) -> tuple[Role, ...]:
    return tuple(role for role in roles if not any(roster.fits(officer, role) for officer in officers))


def _exclude_posts(roster: Roster, posts: Sequence[Post]) -> None:
    rest = dt.timedelta(hours=roster.rules.rest_hours)
    near = dt.timedelta(days=2) + rest  # an event may end on the day after its date
    for number, post in enumerate(posts):
        for later in range(number + 1, len(posts)):
            other = posts[later]
            if other.event.date - post.event.date > near:
                break  # posts are by date, and to compare all of a busy period takes longer than the search
            mine, theirs = interval(post.event, roster.rules), interval(other.event, roster.rules)
            tired = mine and theirs and max(theirs[0] - mine[1], mine[0] - theirs[1]) < rest
            if tired or roster.between(post.event, other.event).kind in ("clash", "travel", "untimed"):
                post.excludes.add(later)
                other.excludes.add(number)


# --- the choice -----------------------------------------------------------------------------------------------------


class Value(NamedTuple):
    """How good a plan is; greater is better."""

    filled: int
    met: int
    evenness: float


def evaluate(task: Task, sent: Sent) -> Value:
    met = sum(_count_needs_met(task, post, people) for post, people in zip(task.posts, sent, strict=True))
    everybody = [person for people in sent for person in people]
    duties, agency_duties = Counter(everybody), Counter(task.roster.officers[person].agency for person in everybody)
    uneven = float(sum(_add_steps(task.loads[person], count) for person, count in duties.items()))
    for agency, count in agency_duties.items():
        uneven += _add_steps(task.agency_loads[agency], count) / task.agency_sizes[agency]
    return Value(len(everybody), met, -round(uneven, 6))


def _count_needs_met(task: Task, post: Post, people: Iterable[str]) -> int:
    officers = [task.roster.officers[person] for person in people]
    roles = len(post.wanted_roles) - len(_lacking(task.roster, post.wanted_roles, officers))
    return roles + len({officer.agency for officer in officers}.intersection(post.filled.silent))


def _add_steps(load: int, count: int) -> int:
    """The weight of `count` further duties on top of `load`: each weighs more than the last, so duties are shared."""
    return sum(range(load + 1, load + count + 1))


def search(task: Task, seconds: float) -> Sent:
    """The best plan found within about `seconds`. There may be a better one: not every plan is tried."""
    deadline = time.monotonic() + seconds
    draft = _Draft(task)
    for number in range(len(task.posts)):
        draft.fill(number)
    best: Sent = draft.sent
    value, better = evaluate(task, best), True
    pairs = [(person, number) for number, post in enumerate(task.posts) for person in post.able]
    while better:
        better = False
        for person, number in pairs:
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
        self.load([()] * len(task.posts))

    def load(self, sent: Sent, without: Collection[tuple[str | None, int]] = ()) -> None:
        """Begin anew from a plan, without these pairs of a person and a post."""
        self.sent: list[list[str]] = [[] for _ in sent]
        self.duties: defaultdict[str, set[int]] = defaultdict(set)
        self._agency_duties: Counter[str] = Counter()
        for number, people in enumerate(sent):
            for person in people:
                if (person, number) not in without:
                    self._add(person, number)

    def _add(self, person: str, number: int) -> None:
        self.sent[number].append(person)
        self.duties[person].add(number)
        self._agency_duties[self._task.roster.officers[person].agency] += 1

    def _move(self, person: str, duty: int, number: int) -> None:
        """Send the person to that post instead of a duty."""
        self.sent[duty].remove(person)
        self.duties[person].remove(duty)
        self._agency_duties[self._task.roster.officers[person].agency] -= 1
        self._add(person, number)

    def _can_go(self, person: str, number: int, without: int | None = None) -> bool:
        """Whether the person's duties, `without` one of them, leave the time for the post."""
        post, duties = self._task.posts[number], self.duties[person] - {without}
        if number in duties or not post.excludes.isdisjoint(duties):
            return False
        taken = sum(other.hours for duty in duties if (other := self._task.posts[duty]).week == post.week)
        # Sums may be off by a millionth.
        return not post.hours or taken + post.hours <= self._task.hours_left[person, post.week] + 1e-6

    def _rank(self, person: str, number: int) -> tuple[int, float, str]:
        """Sort key of a person for a post: most open needs met first, then the least load."""
        task, agency = self._task, self._task.roster.officers[person].agency
        load = task.loads[person] + len(self.duties[person])
        agency_load = (task.agency_loads[agency] + self._agency_duties[agency]) / task.agency_sizes[agency]
        return -_count_needs_met(task, task.posts[number], [*self.sent[number], person]), load + agency_load, person

    def fill(self, number: int, avoid: Iterable[int] = ()) -> None:
        """Send people until nobody is found; duties at the posts of `avoid` are kept."""
        openings = self._task.posts[number].openings
        while len(self.sent[number]) < openings and self._send_one_more(number, {number, *avoid}):
            pass

    def _send_one_more(self, number: int, seen: set[int]) -> bool:
        """Send somebody free, or somebody whose one duty in the way another person can take, and so on."""
        able = sorted(self._task.posts[number].able, key=lambda person: self._rank(person, number))
        if (free := next((person for person in able if self._can_go(person, number)), None)) is not None:
            self._add(free, number)
            return True
        for person in able:
            for duty in sorted(self.duties[person] - seen):
                if not self._can_go(person, number, without=duty):
                    continue
                seen.add(duty)
                self._move(person, duty, number)
                if self._send_one_more(duty, seen):
                    return True
                self._move(person, number, duty)
        return False

    def changes(self, person: str, number: int) -> Iterator[Sent]:
        """Yield plans that put the person on the post, alone or in place of one there, without conflicting duties."""
        before, posts = self.sent, self._task.posts
        in_the_way = self.duties[person] & posts[number].excludes
        others = sorted(duty for duty in self.duties[person] - in_the_way if posts[duty].week == posts[number].week)
        places = [None] if len(before[number]) < posts[number].openings else []
        for replaced in [*places, *before[number]]:
            for one_more in (set(), *({duty} for duty in others)):
                gone = {(replaced, number), *((person, post) for post in in_the_way | one_more)}
                self.load(before, gone)
                if self._can_go(person, number):
                    self._add(person, number)
                    for post in range(len(posts)):
                        self.fill(post, avoid=(number,))
                    yield self.sent
                    break
