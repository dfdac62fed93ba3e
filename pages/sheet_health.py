"""What happened to the rows of each tab, then the cells to fix and the notices, by the agency that must fix them."""

import streamlit as st

from cwac.exports import tables
from cwac.web import widgets
from cwac.web.sections import sheet_health
from cwac.web.session import enter

session = enter("sheet_health")
snapshot = session.snapshot

st.markdown(
    "Every row is kept, left out with an error that says why, or skipped with a notice. "
    "Fix a cell in the sheet, and its line goes from here."
)
sheet_health.accounting_table(snapshot)

owners = [session.agency] if session.agency else [] if session.viewer.kind == "coordinator" else session.viewer.agencies
whose = f" in the rows of {widgets.md(' and '.join(owners))}" if owners else ""
not_listed = session.ask(sheet_health.not_shown, session.viewer.kind, session.agency)
mistakes = session.ask(sheet_health.mistakes_of, session.agency)
st.header(f"To fix{whose}", anchor=False)
if mistakes:
    st.markdown(f"**{sheet_health.cells_words(mistakes)}**")
if any(mistake.severity != "notice" for mistake in mistakes):
    sheet_health.owners_table(mistakes, snapshot)
with widgets.Filters() as row:
    severities = row.multiselect("Severity", ["error", "warning", "notice"], "severity")
    tabs = row.multiselect("Tab", session.ask(sheet_health.tabs_with_problems), "tab")
shown = [
    mistake
    for mistake in mistakes
    if (not severities or mistake.severity in severities) and (not tabs or mistake.tab in tabs)
]
if not mistakes and sheet_health.whole_sheet(session.viewer.kind, session.agency):
    widgets.empty("None: every cell was understood.")
elif not mistakes:
    widgets.empty(f"None{whose}, and none that is everybody's.")
elif not shown:
    widgets.empty(f"0 of {widgets.counted(len(mistakes), 'line')} match.")
    st.button("Clear the filters", on_click=widgets.clear, args=("severity", "tab"))
else:
    st.markdown(
        "An **error** is not used until it is fixed; a **warning** is used, but look; a notice is for your information."
    )
    count = widgets.counted(len(shown), "line") + (f" of {len(mistakes):,}" if len(shown) < len(mistakes) else "")
    sheet_health.mistakes_table(widgets.page_of(shown, count, "health"), snapshot)
    widgets.download(
        "All problems as CSV",
        "sheet-problems.csv",
        lambda: tables.to_csv(sheet_health.problem_rows(snapshot), sheet_health.COLUMNS),
    )
if not_listed:
    st.caption(not_listed)
