"""Follow-ups: a list for the responsible agency, counts for everybody signed in."""

import streamlit as st

from cwac.web import widgets
from cwac.web.sections import followups
from cwac.web.session import enter

session = enter("follow_ups")
snapshot, agency = session.snapshot, session.agency
own = followups.own_agencies(session.viewer)

if not snapshot.follow_ups:
    widgets.empty("Nothing residents asked for has been written down. The Follow-ups tab of the sheet fills this page.")
else:
    st.markdown(f"{session.ask(followups.sentence, agency)} What residents say is theirs: only counts leave an agency.")
    with widgets.Filters() as row:
        view = row.view("Show", ["Open", "Closed", *followups.COUNTS], "show")
    if view in followups.COUNTS:
        for by in ("age", "owner") if view == "Age and owner" else (followups.COUNTS[view],):
            followups.counts_table(session.ask(followups.counts, agency, by))
    else:
        listed = [
            follow_up for follow_up in session.ask(followups.listed, agency, own) if follow_up.open == (view == "Open")
        ]
        whose = "" if own is None else " of " + widgets.md(" and ".join(own) or "your agency (the sheet names none)")
        if listed:
            count = (
                f"{widgets.counted(len(listed), f'{view.lower()} follow-up')}{whose}, overdue first, then the oldest"
            )
            shown = widgets.page_of(listed, count, "follow-ups")
            followups.list_table(snapshot, shown)
            followups.show_summary(shown)
        else:
            widgets.empty(
                f"No {view.lower()} follow-up{whose}. Of others there are counts only, under the other views."
            )
