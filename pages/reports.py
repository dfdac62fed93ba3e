"""The quarterly report and the reports that funders ask for, in figures and as files, and the data as CSV."""

from functools import partial

import streamlit as st

from cwac.exports import tables
from cwac.web import widgets
from cwac.web.sections import funders, reports
from cwac.web.session import enter

session = enter("reports")
snapshot = session.snapshot

quarters = session.ask(reports.quarters)
if not quarters:
    widgets.empty("No event has been held yet. Once one has, its quarter is reported here.")
else:
    with widgets.FilterRow() as row:
        kind = row.select("Report", tuple(funders.REPORTS), "for", labels=funders.REPORTS)
        chosen = row.select("Quarter", quarters, "quarter", labels=reports.titles(quarters))
        funding = funders.choose_funding(row, session.ask(funders.fundings_by_key), kind)
        preview = row.toggle("Show the printed page", "preview")
    if kind == funders.QUARTER:
        reports.show(session, chosen, preview)
    else:
        funders.show(session, kind, chosen, funding, preview)

reports.put_it_on_your_site(session.county)

st.header("Download the data", anchor=False)
st.markdown("Every row that is open to you, from all agencies, as CSV. What residents said is in none of the files.")
with st.container(horizontal=True):
    for name in tables.TABLES:
        widgets.download(name.capitalize(), f"{name}.csv", partial(reports.data_csv, snapshot, name))
