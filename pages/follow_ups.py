"""What residents asked for, and what became of it: a list for whom it concerns, counts for all."""

import streamlit as st

from cwac.ui import concerns, door, parts

visit = door.enter("follow_ups")
snapshot, agency = visit.snapshot, visit.agency
own = concerns.own_agencies(visit.viewer)

if not snapshot.follow_ups:
    parts.empty("Nothing residents asked for has been written down. The Follow-ups tab of the sheet fills this page.")
else:
    st.markdown(f"{visit.ask(concerns.sentence, agency)} What residents say is theirs: only counts leave an agency.")
    with parts.Filters() as row:
        view = row.view("Show", ["Open", "Closed", *concerns.COUNTS], "show")
    if view in concerns.COUNTS:
        for by in ("age", "owner") if view == "Age and owner" else (concerns.COUNTS[view],):
            concerns.counts_table(visit.ask(concerns.counts, agency, by))
    else:
        listed = [one for one in visit.ask(concerns.mine, agency, own) if one.open == (view == "Open")]
        whose = "" if own is None else " of " + parts.md(" and ".join(own) or "your agency (the sheet names none)")
        if listed:
            count = f"{parts.counted(len(listed), f'{view.lower()} follow-up')}{whose}, overdue first, then the oldest"
            shown = parts.page_of(listed, count, "follow-ups")
            concerns.list_table(snapshot, shown)
            concerns.read_one(shown)
        else:
            parts.empty(f"No {view.lower()} follow-up{whose}. Of others there are counts only, under the other views.")
