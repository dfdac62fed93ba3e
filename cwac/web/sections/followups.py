"""Follow-ups: counts for everybody signed in, and a list for the responsible agency."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cwac.access import Viewer
from cwac.analysis.attendance import number
from cwac.analysis.events import day_words
from cwac.analysis.followups import AgedFollowUp, By, follow_ups, responsible, tallies, tally
from cwac.model import Snapshot
from cwac.sheet.privacy import private_details
from cwac.storage import audit
from cwac.web.sections.attendance import Columns
from cwac.web.widgets import AUDIT_NAME, agency_colors, badge, counted, md, show_text, table, unbroken

COUNTS: dict[str, By] = {
    "Age and owner": "age", "Category": "category", "Town": "town", "Agency": "agency",
}  # fmt: skip
"""View -> grouping of the counts; the first view shows owners below ages."""


def listed(snapshot: Snapshot, agency: str | None, own: tuple[str, ...] | None) -> tuple[AgedFollowUp, ...]:
    """Follow-ups that the viewer may list, overdue first; `own` are a liaison's agencies, None for a coordinator."""
    return tuple(
        follow_up
        for follow_up in follow_ups(snapshot, snapshot.today, agency=agency)
        if own is None or responsible(follow_up.follow_up, follow_up.event) in own
    )


def own_agencies(viewer: Viewer) -> tuple[str, ...] | None:
    return None if viewer.kind == "coordinator" else viewer.agencies


def sentence(snapshot: Snapshot, agency: str | None) -> str:
    """Open, overdue and closed follow-ups, median days to close, and how many residents were told."""
    totals = tally(follow_ups(snapshot, snapshot.today, agency=agency))
    if not totals.asked:
        return "Nobody has asked for anything yet."
    line = f"{counted(totals.open, 'follow-up')} open, {totals.overdue} of them overdue; {totals.closed} closed"
    if totals.closing_days is not None:
        line += f", in a median of {number(totals.closing_days)} days after the event (n {totals.timed})"
    if totals.closed:
        unanswered = totals.closed - totals.told - totals.not_told
        line += f". Of those closed, {totals.told} were reported back to the resident, {totals.not_told} were not"
        line += f", and of {unanswered} nobody has said" if unanswered else ""
    return f"{line}."


def counts(snapshot: Snapshot, agency: str | None, by: By) -> Columns:
    groups = tallies(follow_ups(snapshot, snapshot.today, agency=agency), by)
    return {
        by.capitalize(): [md(label) for label in groups],
        "Open": [str(group.open) for group in groups.values()],
        "Overdue": [f"**{group.overdue}**" if group.overdue else "0" for group in groups.values()],
        "Closed": [str(group.closed) for group in groups.values()],
        "Median days to close": [
            "" if group.closing_days is None else f"{number(group.closing_days)} (n {group.timed})"
            for group in groups.values()
        ],
        "Reported back": [f"{group.told} of {group.closed}" if group.closed else "" for group in groups.values()],
    }


def counts_table(columns: Columns) -> None:
    table(columns, f"Follow-ups by {next(iter(columns)).lower()}")


def list_table(snapshot: Snapshot, shown: Sequence[AgedFollowUp]) -> None:
    """One row per follow-up, without its summary."""
    colors, today = agency_colors(snapshot), snapshot.today
    table(
        {
            "Follow-up": [f"**{md(item.follow_up.id)}**  \n{md(item.follow_up.category or 'Other')}" for item in shown],
            "Asked at": [
                f"{unbroken(md(day_words(item.event.date, today)))}  \n{md(item.event.town or 'town not known')}"
                if item.event
                else "an event without a date"
                for item in shown
            ],
            "Whose": [
                f"{badge(responsible(item.follow_up, item.event), colors) or 'no agency'}  \n"
                f"{md(item.follow_up.owner_role or 'no owner')}"
                for item in shown
            ],
            "State": [_state(item, snapshot) for item in shown],
        },
        "Follow-ups, overdue first, then the oldest",
    )


def _state(item: AgedFollowUp, snapshot: Snapshot) -> str:
    follow_up = item.follow_up
    if not item.open:
        age = "" if item.age is None else f" after {counted(item.age, 'day')}"
        reported = {True: "reported back", False: "not reported back", None: "reported back or not: nobody has said"}
        return f":material/check: Closed{age}  \n{reported[follow_up.reported_back]}"
    age = "age not known" if item.age is None else f"{counted(item.age, 'day')} old"
    due = f", due {unbroken(md(day_words(follow_up.due, snapshot.today)))}" if follow_up.due else ", no date set"
    if item.overdue:
        return f":material/warning: **Overdue**  \n{age}{due}"
    return f"{md(follow_up.status)}  \n{age}{due}"


def show_summary(shown: Sequence[AgedFollowUp]) -> None:
    """Show a summary on a click, which is audited; it is not sent to the browser before."""
    by_label = {f"{item.follow_up.id}, {item.follow_up.category or 'Other'}": item.follow_up for item in shown}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        chosen = st.selectbox("What was said", list(by_label), key="follow-up", width=280)
        clicked = st.button("Show it", icon=":material/visibility:")
    if not clicked or chosen not in by_label:
        return
    follow_up = by_label[chosen]
    audit.note(st.session_state.get(AUDIT_NAME, "somebody"), f"read the summary of follow-up {follow_up.id}")
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
    show_text(f"**{md(follow_up.id)}:**", follow_up.summary)
