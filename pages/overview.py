"""The next event, what needs attention, the next 14 days, and the last quarter."""

import datetime as dt

import streamlit as st

from cwac.analysis import periods
from cwac.web import widgets
from cwac.web.sections import changes, overview
from cwac.web.session import AGENCY, enter

session = enter("overview")
today, agency = session.today, session.agency

overview.show_next(session)
if session.sees_staffing:
    overview.show_needs(session)
place_of_changes = st.container()

st.header("Next 14 days", anchor=False)
events = session.ask(overview.events_between, today, today + dt.timedelta(days=14), agency)
if events:
    listed = widgets.page_of(events, widgets.counted(len(events), "event"), "soon")
    alt = "Events of the next 14 days"
    widgets.event_table(session.snapshot, listed, today, gaps=session.sees_staffing, alt=alt)
else:
    widgets.empty(f"No event of {widgets.md(agency or 'all agencies')} in the next 14 days.")

st.header("Last quarter", anchor=False)
quarter = periods.quarter_before(periods.quarter_of(today))
st.markdown(f"{quarter.words}: {session.ask(overview.quarter, quarter, agency, session.rules)}")

if session.may_open("sheet_health"):
    st.header("The sheet", anchor=False)
    line = session.ask(overview.sheet_line, session.viewer.kind == "coordinator", agency)
    widgets.link("sheet_health", line, {AGENCY: agency} if agency else {})

if session.may_open("changes"):
    with place_of_changes:  # last, so that comparing two versions delays nothing above
        changes.since_last_visit(session)
