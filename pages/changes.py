"""What changed in the sheet, day by day, with its effects on staffing, and the stored versions."""

import datetime as dt
from zoneinfo import ZoneInfo

import streamlit as st

from cwac.date_words import day_words
from cwac.storage.history import Since
from cwac.storage.store import StoreTrouble
from cwac.web import event_cards, widgets
from cwac.web.blocks import draw
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
            day = row.day("From", today - dt.timedelta(days=7), "from")
            since, since_words = changes.of_day(session, day), day_words(day, today)
        elif view == "A version" and kept:
            labels = changes.version_choices(kept, today, zone)
            number = row.select("Since version", list(labels), "version", 300, labels)
            since, since_words = Since(version=int(number)), f"version {number}"
        elif view == "Your last visit":
            since, since_words = Since(last_visit), "your last visit"
        else:
            since, since_words = changes.yesterday(session), "yesterday"
    listing = changes.listing(session, since)
except StoreTrouble as trouble:
    widgets.headline("What changed cannot be told at the moment.")
    st.warning(widgets.message_markdown(str(trouble)), icon=":material/warning:")
    st.stop()

begun = changes.start_of(kept, since, zone)
start = changes.moment(begun, today)
is_before_history = since.moment is not None and since.moment.astimezone(zone).date() < begun.date()
groups = listing.groups
if len(kept) < 2 and not groups:
    widgets.headline("No change has been seen yet.")
    widgets.empty("Only one version of the sheet has been seen so far. From the next edit on, changes are listed here.")
else:
    widgets.headline(changes.headline(listing, start if is_before_history else since_words, session.agency))
if view == "A date" and is_before_history:
    st.markdown(f"History starts {widgets.md(start)}.")
if groups:
    order = "newest day first; in a day what moved or is off, then the next event"
    groups = tuple(widgets.page_of(groups, f"Since {widgets.md(start)}, {order}", "changes"))
elif len(kept) > 1:
    widgets.empty(f"No change{for_agency} since {widgets.md(start)}.")
for day in dict.fromkeys(day for day, _ in groups):
    st.header(widgets.md(event_cards.day_from_today(day, today)), anchor=False)
    changed = [group for changed_on, group in groups if changed_on == day]
    draw(f"changes-{day}", changes.cards(changed, session.snapshot, day))

if session.viewer.kind == "coordinator":
    changes.show_versions(kept, today, zone)
