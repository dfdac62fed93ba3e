"""Who is available for one event, and suggested assignments: proposals to copy, never written to the sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from cwac.analysis import periods
from cwac.analysis.alerts import conflicts_among
from cwac.analysis.candidates import LOAD_DAYS, Candidate, Roster, who_could_go
from cwac.analysis.events import where
from cwac.analysis.periods import Period
from cwac.analysis.scheduling import SchedulePlan, plan
from cwac.analysis.staffing import ROLE_WORDS, Fill
from cwac.analysis.words import counted, list_words
from cwac.date_words import day_words
from cwac.exports.colors import agency_colors
from cwac.model import Alert, Snapshot
from cwac.settings import Rules
from cwac.web import blocks, event_cards
from cwac.web.blocks import Block, Line, Piece
from cwac.web.sections.officers import agency_of, names

RANKED = (
    "Ranked by: an agency that is asked for officers, an agency on the event, a missing role, an agency that has no "
    "officer there yet, fewest events in the 90 days before, longest since the last one."
)


def candidates(
    snapshot: Snapshot, event_id: str, agencies: tuple[str, ...] | None, *, _roster: Roster
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """People of these agencies who are available, best first; then those who are not."""
    eligible = frozenset(names(snapshot, agencies).values())
    people = who_could_go(snapshot, snapshot.event_by_id[event_id], _roster.on, _roster.rules, _roster, eligible)
    able, unable = (tuple(person for person in people if person.available == is_able) for is_able in (True, False))
    return able, unable


def candidate_table(snapshot: Snapshot, people: Sequence[Candidate], first: int = 1) -> Block:
    """A row for each person, best first; `first` is the rank of the first one."""
    colors, today = agency_colors(snapshot), snapshot.today
    labels = {person: label for label, person in names(snapshot, None).items()}
    rows: list[tuple[Line, ...]] = []
    for rank, person in enumerate(people, first):
        officer = person.officer
        label = labels.get(officer.id) or labels.get(officer.id.casefold())
        query = {"show": "People", "officer": label or ""}
        name = blocks.page_link("staffing", officer.name, query) if label else officer.name
        who = [f"{rank}. ", *agency_of(officer.agency, colors), name]
        last = day_words(person.last, today) if person.last else "none yet"
        following = day_words(person.next, today) if person.next else "none"
        reasons = reason_chips(person.reasons[: len(person.fits)], person.against)
        rows.append((who, [str(person.load)], [last], [following], reasons))
    columns = ("Officer", f"Events in the {LOAD_DAYS} days before", "Last event", "Next event", "To know")
    return blocks.table(columns, rows, "Who is available, best first", limit=10, narrow=5)


def reason_chips(reasons: Sequence[str], against: Sequence[str]) -> Line:
    """Things to know, then reasons in favor, as chips."""
    return [*(blocks.chip(reason, "warning") for reason in against), *(blocks.chip(reason) for reason in reasons)]


def unable_table(snapshot: Snapshot, people: Sequence[Candidate]) -> Block:
    colors = agency_colors(snapshot)
    rows = [
        ([*agency_of(each.officer.agency, colors), each.officer.name], [", ".join(each.against)]) for each in people
    ]
    return blocks.table(("Officer", "Why not"), rows, "Who is not available, and why", limit=10)


# --- a plan -----------------------------------------------------------------------------------------------------------


def horizons(today: dt.date) -> Mapping[str, Period]:
    month = periods.month_of(today)
    return {
        "Next month": periods.month_of(month.last + dt.timedelta(days=1)),
        "This month": Period(today, month.last, "this month"),
        "Next 60 days": Period(today, today + dt.timedelta(days=59), "next 60 days"),
    }


def proposed(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    today: dt.date,
    rules: Rules,
    agencies: tuple[str, ...] | None,
    any_agency: bool,
) -> SchedulePlan:
    eligible = frozenset(names(snapshot, agencies).values())
    return plan(snapshot, first, last, today, rules, any_agency=any_agency, among=eligible)


UNSOLVED = 10
"""Lines of what a plan leaves as it is, before "and 3 more"."""


def kept_conflicts(staffing: Sequence[Fill], every: Sequence[Alert]) -> tuple[Alert, ...]:
    """The conflicts at these events, which a plan leaves as they are."""
    planned = {fill.event.id for fill in staffing}
    return tuple(alert for alert in conflicts_among(every) if not planned.isdisjoint(alert.event_ids))


def answer(proposal: SchedulePlan, kept: int, conflicts: int) -> str:
    """What the plan would do, and how many of all coming `conflicts` it leaves: `4 of 5 conflicts stay`."""
    words = proposal.words.removesuffix(".")
    of = f"{kept:,} of " if kept < conflicts else ""
    return f"{words}; {of}{counted(conflicts, 'conflict')} {'stays' if kept == 1 else 'stay'}." if kept else f"{words}."


def unsolved(
    proposal: SchedulePlan, staffing: Sequence[Fill], every: Sequence[Alert], today: dt.date
) -> tuple[str, ...]:
    """What the plan does not solve: missing agencies and hosts, and conflicts that stay."""
    agencies: dict[str, set[str]] = {}
    for item in proposal.proposals:
        agencies.setdefault(item.event.id, set()).add(item.officer.agency)
    lines = [
        f"No officer from {', '.join(silent)} on {day_words(fill.event.date, today)} ({where(fill.event)})."
        for fill in staffing
        if (silent := [agency for agency in fill.silent if agency not in agencies.get(fill.event.id, ())])
    ]
    lines += proposal.advice
    lines += [alert.message for alert in kept_conflicts(staffing, every)]
    more = len(lines) - UNSOLVED
    return (*lines[:UNSOLVED], *([f"And {more} more, under Conflicts and Openings."] if more > 0 else []))


def proposal_table(snapshot: Snapshot, proposal: SchedulePlan, today: dt.date) -> Block:
    colors = agency_colors(snapshot)
    rows: list[tuple[Line, Line, Line]] = []
    for item in proposal.proposals:
        officer: list[Piece] = [*agency_of(item.officer.agency, colors), item.officer.name]
        if item.role:
            officer.append(blocks.quiet(f", {item.role}"))
        if item.placeholder:
            officer += [blocks.BREAK, blocks.quiet(f"replaces row {item.placeholder} of Staffing")]
        event = [*event_cards.title(item.event, today), blocks.BREAK, where(item.event)]
        rows.append((event, officer, reason_chips(item.reasons, item.warnings)))
    return blocks.table(("Event", "Proposed", "Why"), rows, "Proposed officers, soonest first", limit=10, narrow=2)


def unfilled_cards(proposal: SchedulePlan, today: dt.date) -> Block:
    cards = []
    for item in proposal.unfilled:
        lacks = [counted(item.posts, "position")] if item.posts else []
        lacks += [f"a {ROLE_WORDS[role]}" for role in item.missing_roles]
        still_open = [blocks.chip("Still open", "warning"), f"{', '.join(lacks)}: {item.reason}."]
        title = event_cards.title(item.event, today)
        cards.append(blocks.card(title, [where(item.event)], still_open, tone="warning"))
    return blocks.cards(cards, "Positions that stay open", columns=2, narrow=2)


def replaced_words(proposal: SchedulePlan) -> str:
    """Which rows that ask for an officer the pasted ones make needless, empty if none."""
    rows = sorted({item.placeholder for item in proposal.proposals if item.placeholder})
    if not rows:
        return ""
    noun = "row" if len(rows) == 1 else "rows"
    return f"Then delete {noun} {list_words(list(map(str, rows)), 20)} of Staffing, which asked for them. "
