"""The next event, what needs attention, the weeks to come, and the last quarter."""

import streamlit as st

from cwac.analysis.overview import is_young
from cwac.web import widgets
from cwac.web.sections import changes, overview
from cwac.web.session import AGENCY, enter

session = enter("overview")

if is_young(session.snapshot):
    overview.show_first_steps(session)
else:
    overview.show_answer(session)
    overview.show_coming(session)
    place_of_changes = st.container()
    overview.show_quarter(session)

if session.may_open("sheet_health"):
    line = session.ask(overview.sheet_line, session.viewer.kind == "coordinator", session.agency)
    widgets.link("sheet_health", f"The sheet: {line}", {AGENCY: session.agency} if session.agency else {})

if session.may_open("changes") and not is_young(session.snapshot):
    with place_of_changes:  # last, so that comparing two versions delays nothing above
        changes.since_last_visit(session)
