"""The quarterly report, to download and as it prints, its figures, and rows for other programs."""

import streamlit as st

from cwac.exports import tables
from cwac.web import widgets
from cwac.web.sections import reports
from cwac.web.session import enter

session = enter("reports")
snapshot = session.snapshot

quarters = session.ask(reports.quarters)
if not quarters:
    widgets.empty("No event has been yet. The first quarter with an event stands here, on a page.")
else:
    with widgets.Filters() as row:
        chosen = row.select("Quarter", quarters, "quarter")
    report = session.ask(reports.report, chosen, session.agency, session.rules)
    quarter = report.quarter
    agency = widgets.md(quarter.agency_label)
    still = " It is not over yet." if quarter.unfinished else ""
    st.markdown(f"**{quarter.period.words}, {agency}.**{still} The agency is chosen at the top. No officer is named.")
    reports.downloads(quarter)
    reports.preview(session, quarter)
    st.header("The same in figures", anchor=False)
    reports.figures_table(report.figures, quarter)

st.header("Rows for other programs", anchor=False)
st.markdown("All agencies' rows that are open to you, as CSV. What residents said is in none of them.")
with st.container(horizontal=True):
    for name, (columns, rows_of) in tables.TABLES.items():
        widgets.download(
            name.capitalize(),
            f"{name}.csv",
            lambda columns=columns, rows_of=rows_of: tables.to_csv(rows_of(snapshot), columns),
        )
