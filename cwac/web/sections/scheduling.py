"""Filling gaps: who could go to one event, and a plan for a month; proposals to copy, never written to the sheet."""

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
    "Ranked by: an agency on the event, a role that is missing, an agency that sends nobody yet, the fewest events "
    "in 90 days, the longest time since the last one."
)


def candidates(
    snapshot: Snapshot, event_id: str, agencies: tuple[str, ...] | None, *, _roster: Roster
) -> tuple[tuple[Candidate, ...], tuple[Candidate, ...]]:
    """The people of these agencies who can go, best first, and those who cannot."""
    among = frozenset(names(snapshot, agencies).values())
    found = who_could_go(snapshot, snapshot.event_by_id[event_id], _roster.on, _roster.rules, _roster, among)
    return tuple(one for one in found if one.available), tuple(one for one in found if not one.available)


def candidate_table(snapshot: Snapshot, found: Sequence[Candidate], first: int = 1) -> None:
    """One line a person, with the reasons for and against; `first` is the rank of the first of them."""
    colors = agency_colors(snapshot)
    table(
        {
            "Who": [
                f"{rank}\\. {badge(one.officer.agency, colors)} {md(one.officer.name)}"
                for rank, one in enumerate(found, first)
            ],
            "For, and against": [_reasons(one.reasons, one.against) for one in found],
        },
        "Who could go, best first",
    )


def _reasons(reasons: Sequence[str], against: Sequence[str]) -> str:
    return "  \n".join([md(", ".join(reasons)), *(f"{SEVERITY_SHAPES['warning']} {md(one)}" for one in against)])


def barred_table(snapshot: Snapshot, found: Sequence[Candidate]) -> None:
    colors = agency_colors(snapshot)
    table(
        {
            "Who": [f"{badge(one.officer.agency, colors)} {md(one.officer.name)}" for one in found],
            "Cannot go because": ["  \n".join(map(md, one.against)) for one in found],
        },
        "Who cannot go, and why",
    )


# --- a plan -----------------------------------------------------------------------------------------------------------


def horizons(today: dt.date) -> Mapping[str, Period]:
    """The stretches that can be planned, by name."""
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
    """The plan, drawing on the people of these agencies only."""
    among = frozenset(names(snapshot, agencies).values())
    return plan(snapshot, first, last, today, rules, any_agency=any_agency, among=among)


def plan_tables(snapshot: Snapshot, found: Plan, today: dt.date) -> None:
    """The proposals, what stays open and why, what needs nobody new, and the rows to copy."""
    colors = agency_colors(snapshot)
    st.markdown(f"**{md(found.words)}**")
    if found.proposals:
        table(
            {
                "Event": [
                    f"**{when(one.event, today)}**  \n{md(where(one.event))}  \n{badges(one.event.agencies, colors)}"
                    for one in found.proposals
                ],
                "Proposed": [
                    f"{badge(one.officer.agency, colors)} {md(one.officer.name)}"
                    + (f"  \nas {md(one.role)}" if one.role else "")
                    + (f"  \nin the place of row {one.placeholder} of Staffing" if one.placeholder else "")
                    for one in found.proposals
                ],
                "For, and against": [_reasons(one.reasons, one.warnings) for one in found.proposals],
            },
            "Proposals, soonest first",
        )
    for one in found.unfilled:
        lacks = [counted(one.posts, "post")] if one.posts else []
        lacks += [{"Host": "a host", "Bilingual": "a bilingual officer"}[role] for role in one.missing_roles]
        at = f"{day_words(one.event.date, today)} {clock_range(one.event.start, one.event.end)}, {where(one.event)}"
        st.markdown(f"{SEVERITY_SHAPES['warning']} **Stays open:** {md(at)}: {', '.join(lacks)}. {md(one.reason)}.")
    for words in (*(one.message for one in found.warnings), *found.advice):
        st.markdown(f"{SEVERITY_SHAPES['notice']} {md(words)}")
    if found.proposals:
        st.markdown("Rows for the Staffing tab: copy, and paste below its last row. Nobody has been asked yet.")
        st.code(to_tsv(plan_rows(found), HEADER), language=None)


def plan_rows(found: Plan) -> list[Row]:
    """One row a proposal, as the Staffing tab has it."""
    return [dict(zip(HEADER, row, strict=True)) for row in found.rows]
