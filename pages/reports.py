"""A quarter on a page, as it will print, to take along; and the rows for other programs."""

import streamlit as st

from cwac.exports import tables
from cwac.web import widgets
from cwac.web.sections import reports
from cwac.web.session import enter

session = enter("reports")
snapshot = session.snapshot

choice = session.ask(reports.quarters)
if not choice:
    widgets.empty("No event has been yet. The first quarter with an event stands here, on a page.")
else:
    with widgets.Filters() as row:
        chosen = row.one("Quarter", choice, "quarter")
    printed = session.ask(reports.printed, chosen, session.agency, session.rules)
    found = printed.quarter
    whose = widgets.md(found.whose)
    still = " It is not over yet." if found.unfinished else ""
    st.markdown(f"**{found.period.words}, {whose}.**{still} The agency is chosen at the top. No officer is named.")
    reports.ways_out(found)
    reports.page_as_it_prints(printed.pages, found)
    st.header("The same in figures", anchor=False)
    reports.figures_table(printed.figures, found)

st.header("Rows for other programs", anchor=False)
st.markdown("All agencies' rows that are open to you, as CSV. What residents said is in none of them.")
with st.container(horizontal=True):
    for what, (columns, rows_of) in tables.TABLES.items():
        widgets.download(
            what.capitalize(),
            f"{what}.csv",
            lambda columns=columns, rows_of=rows_of: tables.to_csv(rows_of(snapshot), columns),
        )
