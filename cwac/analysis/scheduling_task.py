"""The scheduling task: open posts, the people who could fill them, and the posts that exclude one another."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Sequence
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
    """An event with `openings` for officers. `wanted_roles` cannot be given by anybody already going.

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
        _post(roster, event)
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
        _conflicts(roster, posts),
        loads,
        agency_loads,
        _agency_sizes(roster),
        [(first_day_of_week(post.event.date), _hours(roster, post.event)) for post in posts],
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


def _hours(roster: Roster, event: Event) -> float:
    """The hours of the event, 0 where its start is unknown."""
    span = interval(event, roster.rules)
    return union_hours([span] if span else [])


def _agency_sizes(roster: Roster) -> dict[str, float]:
    """Agency -> sworn officers if every agency states them, else listed officers, so that sizes are comparable."""
    listed = Counter(officer.agency for officer in roster.officers.values())
    sworn = {agency.short: float(agency.sworn) for agency in roster.snapshot.agencies if agency.sworn}
    return sworn if all(agency in sworn for agency in listed) else {name: float(n) for name, n in listed.items()}


def _post(roster: Roster, event: Event) -> Post:
    rows = roster.snapshot.assignments_by_event.get(event.id, ())
    filled = fill(roster.snapshot, event)
    asked = placeholders(rows)
    present = [roster.officers[row.person] for row in going(rows) if row.person]
    wanted = tuple(role for role in filled.lacks if not any(roster.fits(officer, role) for officer in present))
    agencies = frozenset([*event.agencies, *(row.agency for row in asked if row.agency)])
    openings = max(filled.short, min(1, len(wanted)))
    return Post(event, filled, openings, wanted, filled.silent, not filled.short, asked, agencies)


def _conflicts(roster: Roster, posts: Sequence[Post]) -> list[set[int]]:
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
