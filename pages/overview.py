"""The next event, what needs attention, the weeks to come, and the last quarter."""

import streamlit as st

from cwac.analysis.overview import is_young
from cwac.web.sections import changes, overview
from cwac.web.session import enter

session = enter("overview")

if is_young(session.snapshot):
    overview.show_first_steps(session)
else:
    overview.show_answer(session)
    overview.show_coming(session)
    place_of_changes = st.container()
    overview.show_quarter(session)

if session.may_open("changes") and not is_young(session.snapshot):
    with place_of_changes:  # last, so that comparing two versions delays nothing above
        changes.since_last_visit(session)
