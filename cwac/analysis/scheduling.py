"""Propose officers for the open posts of a period: as many posts as can be found people for, shared evenly.

The plan is a proposal to look at and copy; it is never written to the sheet. Filling more posts comes first, then
meeting more needs (a host, a bilingual officer, somebody from every agency named), then sharing more evenly. The plan
is found by trial, so a better one may exist (`python -m tests.bench.planning` has figures). No plan gives a person more
hours of events a week, or less rest between two shifts, than the rules allow.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from cwac.analysis.events import DEFAULTS, going, where
from cwac.analysis.scheduling_search import Pair, Post, Task, build_task, evaluate, search
from cwac.date_words import day_words
from cwac.model import Event, Officer, Role, Snapshot
from cwac.settings import Rules
from cwac.sheet.schema import STAFFING

HEADER: tuple[str, ...] = tuple(column.header for column in STAFFING.columns)
"""The headers above `SchedulePlan.rows`."""

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
    """The proposals of a period.

    `posts` counts open posts. `extra` counts officers sought only because a host or a language is missing at a full
    event; `extra_filled` of them were found. `needs` counts the hosts, languages and agencies wanted, of which `met`
    are. `advice` is on needs that the plan leaves, as somebody who goes already could meet them.
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
        """The outcome in a sentence."""
        if not self.posts and not self.extra and not self.needs:
            return "No officer is missing."
        filled, parts = len(self.proposals), [] if self.posts or self.extra else ["No officer is missing"]
        if self.posts:
            parts.append(f"{filled - self.extra_filled} of {self.posts} open positions filled")
        if self.extra:
            parts.append(f"{self.extra_filled} of {self.extra} officers found where only a host or language is missing")
        if self.needs:
            parts.append(f"{self.met} of {self.needs} hosts, languages and agencies found")
        return "; ".join(parts) + "."

    @property
    def rows(self) -> tuple[tuple[str, ...], ...]:
        """Rows to paste into Staffing under `HEADER`, with status Requested since nobody has been asked yet."""
        return tuple(
            tuple(
                {
                    "Event ID": proposal.event.id,
                    "Officer": proposal.officer.id,
                    "Role": proposal.role or "",
                    "Status": "Requested",
                }.get(header, "")
                for header in HEADER
            )
            for proposal in self.proposals
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
    seconds: float = 4.0,
) -> SchedulePlan:
    """Propose officers for the open posts of events from `first` to `last`, both included, within `seconds`.

    Posts are an event's open positions. An event without any gets one extra officer if it lacks a host or a language
    that none of those going can provide. Only agencies on the event (or asked by a placeholder) are drawn on, unless
    `any_agency`; `among` limits the people. Nobody is proposed who is off, inactive, elsewhere, too far away or out.
    """
    task = build_task(snapshot, first, last, on, rules, any_agency, among)
    chosen = search(task, seconds)
    proposals = _propose(task, chosen)
    return SchedulePlan(
        posts=sum(post.filled.short for post in task.posts),
        extra=sum(post.openings for post in task.posts if post.roles_only),
        extra_filled=sum(
            post.roles_only for post in task.posts for proposal in proposals if proposal.event is post.event
        ),
        proposals=proposals,
        unfilled=_find_unfilled(task, chosen),
        advice=_advise(task),
        needs=sum(len(post.filled.lacks) + len(post.silent_agencies) for post in task.posts),
        met=evaluate(task, chosen).met,
    )


def _group_by_post(chosen: Iterable[Pair]) -> dict[int, list[str]]:
    people: dict[int, list[str]] = {}
    for person, number in chosen:
        people.setdefault(number, []).append(person)
    return people


def _propose(task: Task, chosen: Collection[Pair]) -> tuple[Proposal, ...]:
    roster, people = task.roster, _group_by_post(sorted(chosen))
    proposals = []
    for number, post in enumerate(task.posts):
        sent = people.get(number, [])
        roles = _give_roles(task, post, sent)
        placeholders = list(post.placeholders)
        for person in sent:
            officer = roster.officers[person]
            candidate = roster.candidate(person, post.event, post.filled)
            row = next((row for row in placeholders if row.agency in (officer.agency, None)), None)
            if row is not None:
                placeholders.remove(row)
            role = roles.get(person) or (
                row.role if row is not None and row.role not in ("Host", "Bilingual") else None
            )
            number_of_row = row.row if row is not None and not row.in_events else None
            proposals.append(Proposal(post.event, officer, role, candidate.reasons, candidate.against, number_of_row))
    return tuple(proposals)


def _give_roles(task: Task, post: Post, people: Sequence[str]) -> dict[str, Role]:
    """Person -> wanted role, one role each while there are enough people."""
    roles: dict[str, Role] = {}
    fitting = {
        person: [role for role in post.wanted_roles if task.roster.fits(task.roster.officers[person], role)]
        for person in people
    }
    # People who fit fewer roles choose first, which leaves the other roles to the others.
    for person in sorted(people, key=lambda person: (len(fitting[person]), person)):
        role = next((role for role in fitting[person] if role not in roles.values()), None)
        if role is not None:
            roles[person] = role
    return roles


def _find_unfilled(task: Task, chosen: Collection[Pair]) -> tuple[Unfilled, ...]:
    people = _group_by_post(chosen)
    unfilled = []
    for number, post in enumerate(task.posts):
        officers = [task.roster.officers[person] for person in people.get(number, ())]
        open_posts = max(0, post.filled.short - len(officers))
        missing = tuple(
            role for role in post.wanted_roles if not any(task.roster.fits(officer, role) for officer in officers)
        )
        if open_posts or missing:
            unfilled.append(Unfilled(post.event, open_posts, missing, _explain_open_posts(task, number, len(officers))))
    return tuple(unfilled)


def _explain_open_posts(task: Task, number: int, sent: int) -> str:
    """Why no more people were found for a post, counted by kind of conflict."""
    post = task.posts[number]
    possible = sum(pair_post == number for _, pair_post in task.pairs)
    kinds = task.conflict_counts[number].most_common()
    parts = [f"{count} {_CONFLICT_WORDS[kind].format(rules=task.roster.rules)}" for kind, count in kinds]
    if possible > sent:
        parts.append(
            f"{possible - sent} who could are proposed elsewhere that day or week, or cannot give what is wanted"
        )
    agencies = f" of {', '.join(sorted(post.agencies))}" if post.agencies else ""
    reason = f"{'; '.join(parts)}{agencies}" if parts else f"nobody else{agencies} is listed"
    free = [
        f"{count} {words} would be free"
        for count, words in (
            (task.free_of_other_agencies[number], "from other agencies"),
            (task.free_without_agency[number], "of an unknown agency"),
        )
        if count
    ]
    return ". ".join([reason, *free])


def _advise(task: Task) -> tuple[str, ...]:
    """Events without a host where somebody already going could take that role."""
    advice = []
    for post in task.posts:
        if "Host" not in post.filled.lacks or "Host" in post.wanted_roles:
            continue
        rows = going(task.roster.snapshot.assignments_by_event.get(post.event.id, ()))
        names = [
            row.name or row.person
            for row in rows
            if row.person
            and task.roster.fits(task.roster.officers[row.person], "Host")
            and task.roster.commitments.is_free(row.person, post.event)
        ]
        place = f"{where(post.event)}, {day_words(post.event.date, task.roster.on)}"
        advice.append(f"{place}: {names[0]} is assigned already and can host: set the Role to Host.")
    return tuple(advice)
