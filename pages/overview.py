"""What is next, what needs attention, and how last quarter went."""

import datetime as dt

import streamlit as st

from cwac.answers import events
from cwac.ui import door, parts

visit = door.enter("overview")
snapshot, today = visit.snapshot, visit.today

soon = visit.derive(events.between, today, today + dt.timedelta(days=14))
shown = events.matching(soon, visit.agency)
st.header("Next 14 days", anchor=False)
if shown:
    parts.event_table(snapshot, shown, today, gaps=visit.sees_staffing, alt="Events of the next 14 days")
else:
    parts.empty("No event in the next 14 days.")
