"""All events in a month, week, day or agenda, and the dialog of one event."""

import streamlit as st

from cwac.web import widgets
from cwac.web.calendar import browser, content, filters
from cwac.web.sections import overview, subscribe
from cwac.web.session import enter

session = enter("calendar")
snapshot, today = session.snapshot, session.today
plan = content.Plan(snapshot.events_by_start, overview.alerts_by_event(session), session.sees_staffing)

view, day, unknown = browser.requested_view(today)
bar = filters.Bar(session, unknown)
request = content.Request(view, day, session.agency, bar.towns, bar.statuses, bar.staffing)
on_screen = session.ask(content.on_screen, today, request, _plan=plan)
bar.show(on_screen, request)

widgets.name_tab(on_screen.title)
if not on_screen.among:
    widgets.empty(
        f"No event is dated {content.span_words(request)}. It appears here as soon as the Events tab has one."
    )
elif not on_screen.events:
    widgets.empty(f"{content.match_words(on_screen, request)} match.")
browser.draw(on_screen.wire)

with st.container(horizontal=True, vertical_alignment="center"):
    subscribe.subscribe(session, filters.feed_filters(request))
    filters.downloads(session, plan, request, on_screen)
st.caption(widgets.md(filters.zone_words(snapshot.timezone, session.now, st.context.timezone)))

if snapshot.undated:
    st.header("Without a date", anchor=False)
    widgets.undated_table(snapshot, session.agency)
