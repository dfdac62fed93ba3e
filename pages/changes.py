"""What changed in the sheet, day by day, with its effects on staffing, and the stored versions."""

import datetime as dt
from zoneinfo import ZoneInfo

import streamlit as st

from cwac.storage.history import Since
from cwac.storage.store import StoreTrouble
from cwac.web import event_cards, widgets
from cwac.web.blocks.draw import draw
from cwac.web.sections import changes
from cwac.web.session import enter

session = enter("changes")
today, zone = session.today, ZoneInfo(session.snapshot.timezone)
for_agency = f" for {widgets.md(session.agency)}" if session.agency else ""

try:
    kept = changes.shown_versions()
    last_visit = changes.last_visit(session.viewer, session.now)
    views = ["Yesterday", *(["Your last visit"] if last_visit else []), "A date", "A version"]
    with widgets.FilterRow() as row:
        view = row.view("Since", views, "since")
        if view == "A date":
            since = changes.of_day(session, row.day("From", today - dt.timedelta(days=7), "from"))
        elif view == "A version" and kept:
            labels = changes.version_choices(kept, today, zone)
            since = Since(version=int(row.select("Since version", list(labels), "version", 300, labels)))
        elif view == "Your last visit":
            since = Since(last_visit)
        else:
            since = changes.yesterday(session)
    listing = changes.listing(session, since)
except StoreTrouble as trouble:
    st.warning(
        f"What changed cannot be told at the moment. {widgets.message_markdown(str(trouble))}",
        icon=":material/warning:",
    )
    st.stop()

start = widgets.md(changes.moment(changes.start_of(kept, since, zone), today))
lines = listing.lines
if view == "A date" and kept and since.moment is not None and since.moment < kept[-1].at:
    st.markdown(f"History starts {start}.")
if lines:
    lines = tuple(widgets.page_of(lines, f"**{listing.words}**{for_agency} since {start}", "changes"))
elif len(kept) < 2:
    widgets.empty("Only one version of the sheet has been seen so far. From the next edit on, changes are listed here.")
else:
    widgets.empty(f"Nothing has changed{for_agency} since {start}.")
for day in dict.fromkeys(day for day, _ in lines):
    st.header(widgets.md(event_cards.day_from_today(day, today)), anchor=False)
    changed = [change for changed_on, change in lines if changed_on == day]
    draw(f"changes-{day}", changes.cards(changed, session.snapshot, day))

if session.viewer.kind == "coordinator":
    changes.show_versions(kept, today, zone)
