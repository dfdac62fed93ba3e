"""The quarterly report and the reports that funders ask for, in figures and as files, and the data as CSV."""

from functools import partial

import streamlit as st

from cwac import addons
from cwac.exports import tables
from cwac.web import widgets
from cwac.web.sections import reports
from cwac.web.session import enter

session = enter("reports")
snapshot = session.snapshot

quarters = session.ask(reports.quarters)
if not quarters:
    widgets.headline("No event has been held yet.")
    widgets.empty("Once one has, its quarter is reported here.")
else:
    with widgets.FilterRow() as row:
        kind = row.select("Report", tuple(names := reports.names()), "for", labels=names)
        chosen = row.select("Quarter", quarters, "quarter", labels=reports.titles(quarters))
        others = reports.choose_more(session, row, kind)
        preview = row.toggle("Show the printed page", "preview")
    reports.show_report(session, kind, chosen, others, preview)

with st.expander("Download the data"):
    st.markdown("Every row that is open to you, from all agencies, as CSV. It has nothing that residents said.")
    with st.container(horizontal=True):
        for name in tables.TABLES:
            widgets.download(name.capitalize(), f"{name}.csv", partial(reports.data_csv, snapshot, name))
for show_added in addons.sections("reports"):
    show_added(session)
