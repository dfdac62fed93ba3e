"""Every cell of the sheet that needs a human: what became of the rows, then the problems, worst first."""

import streamlit as st

from cwac.outputs import export
from cwac.ui import door, health, parts

visit = door.enter("sheet_health")
snapshot = visit.snapshot

st.markdown(
    "Every row is kept, left out with an error that says why, or skipped with a notice. "
    "Mend a cell in the sheet, and its line goes from here."
)
health.accounting_table(snapshot)

owners = [visit.agency] if visit.agency else [] if visit.viewer.kind == "coordinator" else visit.viewer.agencies
whose = f" in the rows of {parts.md(' and '.join(owners))}" if owners else ""
left_out = visit.ask(health.not_shown, visit.viewer.kind, visit.agency)
st.header(f"Problems{whose}", anchor=False)
with parts.Filters() as row:
    severities = row.many("Severity", ["error", "warning", "notice"], "severity")
    tabs = row.many("Tab", visit.ask(health.tabs_with_problems), "tab")
mistakes = visit.ask(health.mistakes_of, visit.agency)
shown = [one for one in mistakes if (not severities or one.severity in severities) and (not tabs or one.tab in tabs)]
cells = sum(len(one.places) for one in shown)
if not mistakes and health.whole_sheet(visit.viewer.kind, visit.agency):
    parts.empty("None: every cell was understood.")
elif not mistakes:
    parts.empty(f"None{whose}, and none that is everybody's.")
elif not shown:
    parts.empty(f"0 of {parts.counted(len(mistakes), 'problem')} match.")
    st.button("Clear the filters", on_click=parts.clear, args=("severity", "tab"))
else:
    st.markdown(
        "An **error** is not used until it is mended; a **warning** is used, but look; "
        "a notice is for your information."
    )
    count = f"{parts.counted(len(shown), 'problem')} in {parts.counted(cells, 'place')}"
    health.mistakes_table(parts.page_of(shown, count, "health"))
    parts.download(
        "All problems as CSV",
        "sheet-problems.csv",
        lambda: export.to_csv(health.problem_rows(snapshot), health.COLUMNS),
    )
if left_out:
    st.caption(left_out)
