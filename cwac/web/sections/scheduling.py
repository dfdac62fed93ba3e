"""Candidates for one event, and a plan for a month: proposals to copy, never written to the sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import streamlit as st

from cwac.analysis import periods
from cwac.analysis.candidates import Candidate, Roster, who_could_go
from cwac.analysis.events import clock_range, day_words, where
from cwac.analysis.periods import Period
from cwac.analysis.scheduling import HEADER, Plan, plan
from cwac.exports.tables import Row, to_tsv
from cwac.model import Snapshot
from cwac.settings import Rules
from cwac.web.sections.gaps import when
from cwac.web.sections.officers import names
from cwac.web.widgets import SEVERITY_SHAPES, agency_colors, badge, badges, counted, md, table

RANKED = (
    "Ranked by: an agency on the event, a role that is missing, an agency without an officer yet, the fewest events "
    "in 90 days, the longest time since the last one."
)


def candidates(
    snapshot: Snapshot, event_id: str, agencies: tuple[str, ...] | None, *, _roster: Roster
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """People of these agencies who could go, best first; then those who cannot."""
    eligible = frozenset(names(snapshot, agencies).values())
    people = who_could_go(snapshot, snapshot.event_by_id[event_id], _roster.on, _roster.rules, _roster, eligible)
    return tuple(person for person in people if person.available), tuple(
        person for person in people if not person.available
    )


def candidate_table(snapshot: Snapshot, people: Sequence[Candidate], first: int = 1) -> None:
    """One row per person, with the reasons for and against; `first` is the rank of the first one."""
    colors = agency_colors(snapshot)
    table(
        {
            "Who": [
                f"{rank}\\. {badge(person.officer.agency, colors)} {md(person.officer.name)}"
                for rank, person in enumerate(people, first)
            ],
            "For, and against": [_reasons(person.reasons, person.against) for person in people],
        },
        "Who could go, best first",
    )


def _reasons(reasons: Sequence[str], against: Sequence[str]) -> str:
    return "  \n".join([md(", ".join(reasons)), *(f"{SEVERITY_SHAPES['warning']} {md(reason)}" for reason in against)])


def unable_table(snapshot: Snapshot, people: Sequence[Candidate]) -> None:
    colors = agency_colors(snapshot)
    table(
        {
            "Who": [f"{badge(person.officer.agency, colors)} {md(person.officer.name)}" for person in people],
            "Cannot go because": ["  \n".join(map(md, person.against)) for person in people],
        },
        "Who cannot go, and why",
    )


# --- a plan -----------------------------------------------------------------------------------------------------------


def horizons(today: dt.date) -> Mapping[str, Period]:
    """Name -> period that can be planned."""
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
) -> Plan:
    """A plan with the people of these agencies only."""
    eligible = frozenset(names(snapshot, agencies).values())
    return plan(snapshot, first, last, today, rules, any_agency=any_agency, among=eligible)


def plan_tables(snapshot: Snapshot, proposal: Plan, today: dt.date) -> None:
    """Draw the proposals, the posts that stay open and why, advice, and the rows to copy."""
    colors = agency_colors(snapshot)
    st.markdown(f"**{md(proposal.words)}**")
    if proposal.proposals:
        table(
            {
                "Event": [
                    f"**{when(item.event, today)}**  \n{md(where(item.event))}  \n{badges(item.event.agencies, colors)}"
                    for item in proposal.proposals
                ],
                "Proposed": [
                    f"{badge(item.officer.agency, colors)} {md(item.officer.name)}"
                    + (f"  \nas {md(item.role)}" if item.role else "")
                    + (f"  \nin the place of row {item.placeholder} of Staffing" if item.placeholder else "")
                    for item in proposal.proposals
                ],
                "For, and against": [_reasons(item.reasons, item.warnings) for item in proposal.proposals],
            },
            "Proposals, soonest first",
        )
    for item in proposal.unfilled:
        lacks = [counted(item.posts, "post")] if item.posts else []
        lacks += [{"Host": "a host", "Bilingual": "a bilingual officer"}[role] for role in item.missing_roles]
        event_words = (
            f"{day_words(item.event.date, today)} {clock_range(item.event.start, item.event.end)}, {where(item.event)}"
        )
        st.markdown(
            f"{SEVERITY_SHAPES['warning']} **Stays open:** {md(event_words)}: {', '.join(lacks)}. {md(item.reason)}."
        )
    for words in (*(warning.message for warning in proposal.warnings), *proposal.advice):
        st.markdown(f"{SEVERITY_SHAPES['notice']} {md(words)}")
    if proposal.proposals:
        st.markdown("Rows for the Staffing tab: copy, and paste below its last row. Nobody has been asked yet.")
        st.code(to_tsv(plan_rows(proposal), HEADER), language=None)


def plan_rows(proposal: Plan) -> list[Row]:
    """One row per proposal, with the columns of the Staffing tab."""
    return [dict(zip(HEADER, row, strict=True)) for row in proposal.rows]
