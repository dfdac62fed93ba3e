"""Every event of every agency: an agenda of what is ahead or past, or a month."""

import streamlit as st

from cwac.answers import events
from cwac.ui import door, month, parts

visit = door.enter("calendar")
snapshot, today = visit.snapshot, visit.today

with parts.Filters() as row:
    view = row.view("View", ["Agenda", "Month", "Past"], "view")
    towns = row.many("Town", visit.derive(parts.town_names), "town")
    statuses = row.many("Status", visit.derive(parts.status_names), "status")

if view == "Month":
    first, last = month.choose(today)
    among, span = visit.derive(events.between, first, last), f"in {first:%B %Y}"
elif view == "Past":
    among, span = visit.derive(parts.past_events), "in the past, latest first"
else:
    among, span = visit.derive(events.upcoming, today), f"from {events.day_words(today, today)} on"

shown = events.matching(among, visit.agency, towns, statuses)
count = parts.counted(len(shown), "event")
if not among:
    parts.empty(f"No event is dated {span}. It appears here as soon as the Events tab has one.")
elif not shown:
    parts.empty(f"0 of {parts.counted(len(among), 'event')} {span} match.")
    st.button("Clear the filters", on_click=parts.clear, args=(door.AGENCY, "town", "status"))
elif view == "Month":
    st.markdown(f"{count} {span}")
    month.draw(snapshot, shown, first, today, gaps=visit.sees_staffing)
else:
    page = parts.page_of(shown, f"{count} {span}", "calendar")
    parts.event_table(snapshot, page, today, gaps=visit.sees_staffing, alt=f"Events {span}")

if view == "Agenda" and snapshot.undated:
    st.header("Without a date", anchor=False)
    parts.undated_table(snapshot, visit.agency)
