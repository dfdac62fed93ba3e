"""The follow-ups page: what residents asked for, as counts for all, as a list for whom it concerns."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cwac.access import Viewer
from cwac.analysis.attendance import number
from cwac.analysis.events import day_words
from cwac.analysis.followups import Asked, By, asked, responsible, tallies, tally
from cwac.model import Snapshot
from cwac.sheet.privacy import private_details
from cwac.storage import audit
from cwac.web.sections.attendance import Columns
from cwac.web.widgets import WHO, agency_colors, badge, counted, md, table, unbroken

COUNTS: dict[str, By] = {
    "Age and owner": "age", "Category": "category", "Town": "town", "Agency": "agency",
}  # fmt: skip
"""What the counts can be by; owners stand below the ages."""


def mine(snapshot: Snapshot, agency: str | None, own: tuple[str, ...] | None) -> tuple[Asked, ...]:
    """Those that concern the viewer, overdue first; `own` are a liaison's agencies, None for a coordinator."""
    return tuple(
        one
        for one in asked(snapshot, snapshot.today, agency=agency)
        if own is None or responsible(one.follow_up, one.event) in own
    )


def own_agencies(viewer: Viewer) -> tuple[str, ...] | None:
    return None if viewer.kind == "coordinator" else viewer.agencies


def sentence(snapshot: Snapshot, agency: str | None) -> str:
    """How many, how overdue, how long it takes, and whether the residents heard of it."""
    found = tally(asked(snapshot, snapshot.today, agency=agency))
    if not found.asked:
        return "Nobody has asked for anything yet."
    said = f"{counted(found.open, 'follow-up')} open, {found.overdue} of them overdue; {found.closed} closed"
    if found.closing_days is not None:
        said += f", in a median of {number(found.closing_days)} days after the event (n {found.timed})"
    if found.closed:
        silent = found.closed - found.told - found.not_told
        said += f". Of those closed, {found.told} were reported back to the resident, {found.not_told} were not"
        said += f", and of {silent} nobody has said" if silent else ""
    return f"{said}."


def counts(snapshot: Snapshot, agency: str | None, by: By) -> Columns:
    found = tallies(asked(snapshot, snapshot.today, agency=agency), by)
    return {
        by.capitalize(): [md(label) for label in found],
        "Open": [str(one.open) for one in found.values()],
        "Overdue": [f"**{one.overdue}**" if one.overdue else "0" for one in found.values()],
        "Closed": [str(one.closed) for one in found.values()],
        "Median days to close": [
            "" if one.closing_days is None else f"{number(one.closing_days)} (n {one.timed})" for one in found.values()
        ],
        "Reported back": [f"{one.told} of {one.closed}" if one.closed else "" for one in found.values()],
    }


def counts_table(columns: Columns) -> None:
    table(columns, f"Follow-ups by {next(iter(columns)).lower()}")


def list_table(snapshot: Snapshot, shown: Sequence[Asked]) -> None:
    """One line a follow-up, without what was said."""
    colors, today = agency_colors(snapshot), snapshot.today
    table(
        {
            "Follow-up": [f"**{md(one.follow_up.id)}**  \n{md(one.follow_up.category or 'Other')}" for one in shown],
            "Asked at": [
                f"{unbroken(md(day_words(one.event.date, today)))}  \n{md(one.event.town or 'town not known')}"
                if one.event
                else "an event without a date"
                for one in shown
            ],
            "Whose": [
                f"{badge(responsible(one.follow_up, one.event), colors) or 'no agency'}  \n"
                f"{md(one.follow_up.owner_role or 'no owner')}"
                for one in shown
            ],
            "State": [_state(one, snapshot) for one in shown],
        },
        "Follow-ups, overdue first, then the oldest",
    )


def _state(one: Asked, snapshot: Snapshot) -> str:
    follow_up = one.follow_up
    if not one.open:
        took = "" if one.age is None else f" after {counted(one.age, 'day')}"
        told = {True: "reported back", False: "not reported back", None: "reported back or not: nobody has said"}
        return f":material/check: Closed{took}  \n{told[follow_up.reported_back]}"
    waits = "age not known" if one.age is None else f"{counted(one.age, 'day')} old"
    due = f", due {unbroken(md(day_words(follow_up.due, snapshot.today)))}" if follow_up.due else ", no date set"
    if one.overdue:
        return f":material/warning: **Overdue**  \n{waits}{due}"
    return f"{md(follow_up.status)}  \n{waits}{due}"


def read_one(shown: Sequence[Asked]) -> None:
    """What a resident said, sent only when somebody clicks, which is noted."""
    told = {f"{one.follow_up.id}, {one.follow_up.category or 'Other'}": one.follow_up for one in shown}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("What was said", list(told), key="follow-up", width=280)
        clicked = st.button("Show it", icon=":material/visibility:")
    if not clicked or chosen not in told:
        return
    follow_up = told[chosen]
    audit.note(st.session_state.get(WHO, "somebody"), f"read the summary of follow-up {follow_up.id}")
    if not follow_up.summary:
        st.markdown(f"**{md(follow_up.id)}:** nothing was noted.")
        return
    private = private_details(follow_up.summary)
    if private:
        st.warning(
            f"This looks like a resident's personal data ({' and '.join(private)}). "
            f"Take it out of the sheet: row {follow_up.row} of Follow-ups.",
            icon=":material/warning:",
        )
    st.markdown(f"**{md(follow_up.id)}:** {md(follow_up.summary)}")
