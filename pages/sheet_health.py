"""The cells to fix, errors first, whose they are, how the sheet is read, then notes and row counts."""

from collections.abc import Sequence

import streamlit as st

from cwac import addons
from cwac.analysis.cells import cells_to_fix
from cwac.analysis.words import counted
from cwac.exports import tables
from cwac.model import PROBLEM_KEYS
from cwac.web import blocks, widgets
from cwac.web.blocks import draw
from cwac.web.sections import missing_results, sheet_health, sheet_reading
from cwac.web.session import enter

session = enter("sheet_health")
snapshot, kind = session.snapshot, session.viewer.kind

used = session.ask(sheet_health.rows_used)
owners = [session.agency] if session.agency else [] if kind == "coordinator" else session.viewer.agencies
not_listed = session.ask(sheet_health.not_shown, kind, session.agency)
whole = sheet_health.whole_sheet(kind, session.agency)
mistakes = session.ask(sheet_health.mistakes_of, session.agency, session.viewer.agencies)
places = [place for mistake in mistakes for place in mistake.places]
cells = cells_to_fix(places)
if cells or not whole:
    widgets.headline(sheet_health.headline(mistakes))
else:
    widgets.headline("Every cell is read." if used else "Nothing to check yet.")
if cells and not whole:
    st.markdown(widgets.md(sheet_health.summary(places, owners)))
severities: tuple[str, ...] = ()
tabs: tuple[str, ...] = ()
if cells:
    with widgets.FilterRow() as row:
        severities = row.multiselect("Severity", ["error", "warning", "notice"], "severity", 165)
        tabs = row.multiselect("Tab", list(dict.fromkeys(one.tab for one in snapshot.problems if one.tab)), "tab", 165)
shown = [
    mistake
    for mistake in mistakes
    if (not severities or mistake.severity in severities) and (not tabs or mistake.tab in tabs)
]
to_fix = [mistake for mistake in shown if mistake.severity != "notice"]
notes = [mistake for mistake in shown if mistake.severity == "notice"]

if to_fix:
    listed: Sequence[sheet_health.MistakeOfAgency] = to_fix
    if severities or tabs or len(to_fix) > widgets.AT_ONCE:
        listed = widgets.page_of(to_fix, widgets.md(sheet_health.headline(to_fix)), "health")
    draw("to-fix", sheet_health.mistakes_table(listed, snapshot, "Cells to fix, by agency and tab"))
elif mistakes and not shown:
    widgets.empty("No line has this severity and tab.")
    st.button("Clear the filters", on_click=widgets.clear, args=("severity", "tab"))
elif not cells and not used:
    missing_results.show_empty(session, "The sheet has no events, nor any other rows. What you type is checked here.")
elif not cells:
    whose = f" in the rows of {' and '.join(owners)}, nor in those of no one agency" if owners else ""
    widgets.empty(f"No cell has to be fixed{widgets.md(whose)}.")
if to_fix and whole:
    draw("owners", blocks.heading("By agency"), sheet_health.owners(mistakes, snapshot))
if not_listed:
    st.caption(not_listed)
sheet_reading.show(snapshot)
if notes:
    with st.expander(f"{counted(len(notes), 'note')}, nothing to fix", expanded="notice" in severities):
        draw("notes", sheet_health.mistakes_table(notes, snapshot, "Notes"))
with st.expander(f"Row counts by tab{f': {used}' if used else ''}"):
    st.markdown("Every row is kept, left out with an error that says why, or skipped with a note.")
    draw("row-counts", session.ask(sheet_health.accounting_table))
for show_added in addons.sections("sheet health"):
    show_added(session)
if mistakes:
    widgets.download(
        "All problems as CSV",
        "sheet-problems.csv",
        lambda: tables.to_csv(sheet_health.problem_rows(snapshot), PROBLEM_KEYS),
    )
