"""What is next, what needs somebody, and how last quarter went."""

import datetime as dt

import streamlit as st

from cwac.analysis import periods
from cwac.analysis.alerts import ALERT_CODES, alerts
from cwac.analysis.staffing import gap_board
from cwac.web import widgets
from cwac.web.sections import changes as history
from cwac.web.sections import overview
from cwac.web.session import AGENCY, enter

session = enter("overview")
snapshot, today, agency, rules = session.snapshot, session.today, session.agency, session.rules
colors = session.ask(widgets.agency_colors)
whose = agency or "all agencies"

first = overview.soonest(session.ask(overview.ahead, today, agency), session.now, rules)
if first is None:
    widgets.empty("No event is planned. The next one stands here as soon as the Events tab has it.")
else:
    about = f"Next: **{overview.when_and_where(first, today, snapshot.timezone)}** "
    about += widgets.badges(first.agencies, colors)
    if session.sees_staffing:
        lacks = [ALERT_CODES[one.code] for one in overview.alerts_by_event(session).get(first.id, ())]
        going = widgets.staffed(first, snapshot.assignments_by_event.get(first.id, ()))
        about += "  \n" + " · ".join([going, *(widgets.md(one) for one in dict.fromkeys(lacks) if "few" not in one)])
    st.markdown(about)

if session.sees_staffing:
    st.header(f"Needs {'you' if agency else 'somebody'} ({widgets.md(whose)})", anchor=False)
    need = session.ask(
        overview.needs,
        today,
        agency,
        rules,
        _alerts=session.ask(alerts, today, rules),
        _gaps=session.ask(gap_board, today),
    )
    chosen = {AGENCY: agency} if agency else {}
    positions = f", {widgets.counted(need.positions, 'open post')}" if need.positions else ""
    with st.container(horizontal=True):
        for count, noun, nouns, page, found in (
            (need.gaps, f"event with a gap{positions}", f"events with gaps{positions}", "staffing", {"show": "Gaps"}),
            (need.clashes, "clash", "clashes", "staffing", {"show": "Clashes", "about": "Clashes"}),
            (
                need.unconfirmed,
                "not confirmed",
                "not confirmed",
                "staffing",
                {"show": "Clashes", "about": "Not confirmed"},
            ),
            (
                need.uncounted,
                "count missing",
                "counts missing",
                "attendance",
                {"show": "After the event", "lacks": "Count or closing"},
            ),
        ):
            if count:
                widgets.link(page, f"**{count}** {noun if count == 1 else nouns}", found | chosen)
    if need == overview.Needs(0, 0, 0, 0, 0):
        st.markdown(
            "Nothing: every post is filled, nothing clashes, every count is in."
            if snapshot.events
            else "No event can be read from the sheet, so nothing is known of posts, clashes or counts."
        )

changes = st.container()

st.header("Next 14 days", anchor=False)
soon = session.ask(overview.dated, today, today + dt.timedelta(days=14), agency)
if soon:
    listed = widgets.page_of(soon, widgets.counted(len(soon), "event"), "soon")
    widgets.event_table(snapshot, listed, today, gaps=session.sees_staffing, alt="Events of the next 14 days")
else:
    widgets.empty(f"No event of {widgets.md(whose)} in the next 14 days.")

st.header("Last quarter", anchor=False)
quarter = periods.quarter_before(periods.quarter_of(today))
st.markdown(f"{quarter.words}: {session.ask(overview.quarter, quarter, agency, rules)}")

if session.may_open("sheet_health"):
    st.header("The sheet", anchor=False)
    widgets.link("sheet_health", session.ask(overview.sheet_line, session.viewer.kind == "coordinator"), {})

if session.may_open("changes"):
    with changes:  # last, since an old version has to be read: nobody waits for the rest
        history.since_last_visit(session)
