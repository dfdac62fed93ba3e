"""Follow-ups: rows for the responsible agency, counts for everybody signed in."""

import streamlit as st

from cwac.analysis.words import counted
from cwac.web import widgets
from cwac.web.blocks import draw
from cwac.web.sections import followups
from cwac.web.session import enter

session = enter("follow_ups")
snapshot, agency = session.snapshot, session.agency
own = followups.own_agencies(session.viewer)

if not snapshot.follow_ups:
    widgets.headline("No resident has asked for anything yet.")
    followups.show_empty(snapshot)
else:
    widgets.headline(session.ask(followups.headline, agency))
    draw("follow-ups-summary", session.ask(followups.summary, agency))
    with widgets.FilterRow() as row:
        view = row.view("Show", ["Open", "Closed", *followups.COUNTS], "show", followups.VIEW_LABELS)
    if view in followups.COUNTS:
        for by in ("age", "owner") if view == "Age and owner" else (followups.COUNTS[view],):
            st.header(f"By {by}", anchor=False)
            draw(f"follow-ups-{by}", session.ask(followups.count_bars, agency, by))
            with st.expander("Show the numbers", key=f"numbers-{by}"):
                draw(f"follow-ups-numbers-{by}", session.ask(followups.count_table, agency, by))
    else:
        listed = [
            follow_up for follow_up in session.ask(followups.listed, agency, own) if follow_up.open == (view == "Open")
        ]
        whose = "" if own is None else " of " + widgets.md(" and ".join(own) or "your agency (the sheet names none)")
        if view == "Closed":
            listed = followups.newest_closed_first(listed)
        if listed:
            asked = st.query_params.get(followups.OPENED)
            followups.turn_to(asked, listed)
            count = f"{counted(len(listed), f'{view.lower()} follow-up')}{whose}, {followups.ORDERS[view]}"
            # The headline has the number, and the rows show the order, unless there are several pages.
            is_short = view == "Open" and own is None and len(listed) <= widgets.AT_ONCE
            shown = listed if is_short else widgets.page_of(listed, count, "follow-ups")
            every = session.ask(followups.listed, None, own)
            opened = followups.opened_in(shown, every, asked)
            draw("follow-ups", followups.rows(snapshot, shown, view, opened))
        else:
            widgets.empty(
                f"No {view.lower()} follow-up{whose}. Of other agencies' follow-ups you see the counts, above."
            )
    st.caption("Agencies share only the counts. What a resident said stays with the agency responsible.")
