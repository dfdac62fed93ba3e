"""Every event of every agency: a month, a week, a day or an agenda, and one event in full."""

import streamlit as st

from cwac.web import widgets
from cwac.web.calendar import browser, content, filters
from cwac.web.sections import event, overview, subscribe
from cwac.web.session import enter

session = enter("calendar")
snapshot, today = session.snapshot, session.today
plan = content.Plan(snapshot.events_by_start, overview.alerts_by_event(session), session.sees_staffing)

view, day, strange = browser.asked_for(today)
bar = filters.Bar(session, strange)
asked = content.Asked(view, day, session.agency, bar.towns, bar.statuses, bar.staffing)
on_screen = session.ask(content.on_screen, today, asked, _plan=plan)
bar.show(on_screen, asked)

event.open_asked_for(session, plan.alerts, subscribe.last_change)
if not on_screen.among:
    widgets.empty(f"No event is dated {content.span_words(asked)}. It appears here as soon as the Events tab has one.")
elif not on_screen.events:
    widgets.empty(f"{content.match_words(on_screen, asked)} match.")
browser.draw(on_screen.wire)

with st.container(horizontal=True, vertical_alignment="center"):
    subscribe.subscribe(session, filters.in_feed(asked))
    filters.downloads(session, plan, asked, on_screen)
st.caption(widgets.md(filters.zone_words(snapshot.timezone, session.now, st.context.timezone)))

if snapshot.undated:
    st.header("Without a date", anchor=False)
    widgets.undated_table(snapshot, session.agency)
