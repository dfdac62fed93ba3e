"""All events in a month, week, day or agenda, and the events without a date."""

import streamlit as st

from cwac.analysis.events import where
from cwac.date_words import day_words
from cwac.web import blocks, widgets
from cwac.web.blocks import draw
from cwac.web.calendar import browser, content, filters
from cwac.web.sections import overview
from cwac.web.session import enter

session = enter("calendar")
snapshot, today = session.snapshot, session.today
plan = content.AllEvents(
    snapshot.events_by_start, overview.alerts_by_event(session), session.sees_staffing, session.rules
)

view, day, unknown = browser.requested_view(today)
bar = filters.Bar(session, unknown)
request = content.Request(view, day, session.agency, *map(bar.chosen, ("town", "status", "staffing")))
on_screen = session.ask(content.show, today, request, _plan=plan)
widgets.headline(content.answer(on_screen, request, today))
bar.show(on_screen, request, plan)
widgets.name_tab(on_screen.title)

# Above the calendar, where a long agenda does not hide it; on a phone the calendar comes first.
undated_above = None if browser.is_phone() else st.container()
browser.draw(on_screen.wire)
if not snapshot.events:
    widgets.empty("Events appear here as soon as the Events tab has one.")
elif following := None if on_screen.among else content.event_after(plan, request):
    words = f"{day_words(following.date, today)}, {where(following)}"
    draw("next-event", blocks.lines(["The next one: ", blocks.event_link(following.id, words)]))
with undated_above or st.container():
    filters.show_undated(snapshot, session.agency)
st.caption(widgets.md(filters.zone_words(snapshot.timezone, session.now, st.context.timezone)))
