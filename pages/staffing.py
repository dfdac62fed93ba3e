"""Which posts are open, who goes where, and what clashes, for the events to come."""

import streamlit as st

from cwac.answers.staffing import gap_board
from cwac.outputs import export
from cwac.ui import door, parts, roster, summary

visit = door.enter("staffing")
snapshot, today, agency, rules = visit.snapshot, visit.today, visit.agency, visit.rules
found = visit.derive(summary.alerts_concerning, today, rules, agency)

with parts.Filters() as row:
    show = row.view("Show", ["Gaps", "Who goes where", "Alerts"], "show")
    about = row.many("About", summary.ABOUT, "about") if show == "Alerts" else ()

board = visit.derive(gap_board, today, agency=agency)
if not board:
    parts.empty("No event is planned, so nobody is needed yet. Events of the Events tab appear here by their date.")
elif show == "Gaps":
    gaps = [gap for gap in board if gap.fill.open]
    full = f"{len(board) - len(gaps)} of {parts.counted(len(board), 'coming event')} have every post filled"
    if gaps:
        roster.gap_table(snapshot, parts.page_of(gaps, f"{full}; these do not, soonest first", "gaps"), today)
    else:
        st.markdown(f"{full}.")
elif show == "Who goes where":
    lines = visit.derive(roster.rosters, today, rules, agency)
    count = f"{parts.counted(len(lines), 'coming event')}, soonest first"
    roster.roster_table(snapshot, parts.page_of(lines, count, "roster"), today)
else:
    shown = [one for one in found if not about or summary.about(one) in about]
    if shown:
        roster.alert_table(parts.page_of(shown, f"{parts.counted(len(shown), 'alert')}, soonest first", "alerts"))
    else:
        parts.empty(f"0 of {parts.counted(len(found), 'alert')} match." if found else "Nothing clashes or lacks.")
        st.button("Clear the filter", on_click=parts.clear, args=("about",), disabled=not about)

parts.download(
    "Staffing as CSV", "staffing.csv", lambda: export.to_csv(export.staffing_rows(snapshot), export.STAFFING)
)
