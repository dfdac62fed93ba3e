"""The UID of an event with a generated ID: its first ID, however its row changes."""

import datetime as dt
import random

import icalendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis.revisions import MadeRow, Revisions, advance
from cwac.exports import ical
from cwac.exports.ical import write
from cwac.model import Tab, Workbook
from cwac.sheet.reader import read_workbook
from tests.cases import each

TODAY = dt.date(2026, 9, 1)
AT = dt.datetime(2026, 9, 1, 17, tzinfo=dt.UTC)
HEADER = ["Event ID", "Date", "Start", "Town", "Venue", "Lead agency", "Status"]


def row(day, town="Weed", start="9:00 AM", venue="Depot", name=None):
    return [name, f"2026-{day}", start, town, venue, "WPD", "Confirmed"]


def read(rows, number=0):
    book = Workbook("x", AT + dt.timedelta(hours=number), "America/Los_Angeles", (Tab("Events", [HEADER, *rows]),))
    return read_workbook(book, TODAY)


def seen(*versions):
    """The calendar after these versions, by venue: UID and SEQUENCE."""
    past = Revisions()
    for number, rows in enumerate(versions):
        snapshot = read(rows, number)
        past = advance(past, snapshot, snapshot.as_of)
    body = write(snapshot, ical.ALL, snapshot.events, sheet=None, past=past)
    events = icalendar.Calendar.from_ical(body).events
    assert len({str(event["UID"]) for event in events}) == len(events) == len(snapshot.events)
    return [
        (str(event["LOCATION"]).split(",")[0], str(event["UID"]).removesuffix("@workbook.cwac"), int(event["SEQUENCE"]))
        for event in sorted(events, key=lambda event: str(event["LOCATION"]))
    ]


DEPOT, CAFE, GRANGE = row("10-07"), row("10-07", venue="Cafe", start="2:00 PM"), row("10-21", "Etna", venue="Grange")


def test_moved_event_keeps_its_uid_and_raises_its_sequence():
    assert seen([DEPOT]) == [("Depot", "2026-10-07-weed", 0)]
    assert seen([DEPOT], [row("10-08")]) == [("Depot", "2026-10-07-weed", 1)]
    assert seen([DEPOT], [row("10-08")], [row("10-09", "Etna")]) == [("Depot", "2026-10-07-weed", 2)]
    assert seen([DEPOT], [row("10-08")], [row("10-08", "Etna")], [row("10-08", "Etna", start="1:00 PM")]) == [
        ("Depot", "2026-10-07-weed", 3)
    ]


@pytest.mark.slow
@each(
    ("moved", "place"),
    [(row("10-08"), 0), (row("10-07", "Etna"), 0), (row("10-21"), 0), (row("10-14", venue="Cafe", start="2:00 PM"), 1),
     (row("11-04", "Etna", venue="Grange"), 2), (row("10-07", "Weed", venue="Grange"), 2)],
)  # fmt: skip
def test_sorting_rows_changes_no_sequence(moved, place):
    rows = [DEPOT, CAFE, GRANGE]
    names = {venue: name for venue, name, _ in seen(rows)}
    after = [*rows[:place], moved, *rows[place + 1 :]]
    random.Random(place).shuffle(after)
    calendar = seen(rows, after)
    assert {venue: name for venue, name, _ in calendar} == names
    assert {venue: changes for venue, _, changes in calendar if changes} == {moved[4]: 1}


def test_two_events_on_one_day_in_one_town_keep_their_uids_when_sorted():
    assert seen([DEPOT, CAFE]) == [("Cafe", "2026-10-07-weed-2", 0), ("Depot", "2026-10-07-weed", 0)]
    assert seen([DEPOT, CAFE], [CAFE, DEPOT]) == [("Cafe", "2026-10-07-weed-2", 0), ("Depot", "2026-10-07-weed", 0)]
    assert seen([DEPOT, CAFE], [CAFE]) == [("Cafe", "2026-10-07-weed-2", 0)]


def test_new_event_in_the_place_of_a_moved_one_has_its_own_uid():
    calendar = seen([DEPOT], [row("10-08")], [row("10-08"), row("10-07", venue="Cafe")])
    assert calendar == [("Cafe", "2026-10-07-weed%2B2", 0), ("Depot", "2026-10-07-weed", 1)]


def test_moved_event_keeps_its_uid_after_removal_and_return():
    calendar = seen([DEPOT, GRANGE], [row("10-08"), GRANGE], [GRANGE], [GRANGE], [row("10-08"), GRANGE])
    assert calendar == [("Depot", "2026-10-07-weed", 1), ("Grange", "2026-10-21-etna", 0)]


def test_event_that_replaces_a_deleted_one_has_its_own_uid():
    other = ["", "2026-11-18", "1:00 PM", "Yreka", "Library", "SCSO", "Tentative"]
    assert seen([DEPOT], [other]) == [("Library", "2026-11-18-yreka", 0)]


@each("typed", ["EV-1", "2026-10-07-weed", "2026-10-07-weed-2", "ev 1/2"])
def test_typed_id_is_the_uid(typed):
    name = typed.replace(" ", "%20").replace("/", "%2F")
    alone = row("10-07", name=typed)
    assert seen([alone], [row("11-04", name=typed)]) == [("Depot", name, 1)]
    # The ID that another event had first.
    both = seen([DEPOT], [row("10-08")], [row("10-08"), row("12-02", venue="Cafe", name=typed)])
    assert both[0] == ("Cafe", name, both[0][2])
    assert both[1][1] == ("2026-10-08-weed" if typed == "2026-10-07-weed" else "2026-10-07-weed")


ROWS = st.lists(
    st.builds(
        row,
        st.sampled_from(["10-07", "10-14", "08-05"]),
        st.sampled_from(["Weed", "Etna"]),
        st.sampled_from(["9:00 AM", "2:00 PM"]),
        name=st.sampled_from([None, None, None, "EV-1", "2026-10-07-weed"]),
    ),
    max_size=6,
)


@pytest.mark.slow
@settings(max_examples=30, deadline=None)
@given(st.lists(ROWS, min_size=1, max_size=4))
def test_no_two_events_share_a_uid_and_typed_ids_are_kept(versions):
    past = Revisions()
    for number, rows in enumerate(versions):
        snapshot = read(rows, number)
        past = advance(past, snapshot, snapshot.as_of)
    names = [past.first_id(event.id) for event in snapshot.events]
    assert len(set(names)) == len(names)
    assert all(past.first_id(event.id) == event.id for event in snapshot.events if not event.made_id)
    again = advance(past, snapshot, snapshot.as_of)
    assert (again.first_ids, again.by_key) == (past.first_ids, past.by_key)


def test_kept_rows_are_digests_except_for_the_first_id():
    snapshot = read([DEPOT, row("10-08", venue="Planted")])
    made = advance(Revisions(), snapshot, AT).made
    assert [event.first_id for event in made] == ["2026-10-07-weed", "2026-10-08-weed"]
    kept = {getattr(event.row, name) for event in made for name in MadeRow.__slots__}
    assert all(value is None or len(value) == 16 for value in kept)


# --- what feeds leave out, and links -------------------------------------------------------------------------------


def test_event_without_town_and_id_is_in_no_feed():
    snapshot = read([row("10-07", ""), row("10-08", "Somewhere"), row("10-09", "", name="EV-1"), DEPOT])
    towns = [event.town for event in snapshot.events]
    assert towns == [None, "Somewhere", None, "Weed"]  # as typed, where no Towns tab says otherwise
    assert ical.unplaced(snapshot) == {"2026-10-07-unknown"}


@each(
    ("event_id", "county", "link"),
    [
        ("EV-1", "", "https://coffee.example.gov/calendar?event=EV-1"),
        ("ev 1/2&x=é", "", "https://coffee.example.gov/calendar?event=ev%201%2F2%26x%3D%C3%A9"),
        ("EV-1", "Del Norte", "https://coffee.example.gov/calendar?county=Del%20Norte&event=EV-1"),
    ],
)
def test_event_links_to_the_dashboard(event_id, county, link):
    snapshot = read([row("10-07", name=event_id)])
    address = ical.event_link("https://coffee.example.gov", county)
    (event,) = icalendar.Calendar.from_ical(write(snapshot, ical.ALL, snapshot.events, sheet=None, link=address)).events
    assert str(event["URL"]) == link
    assert ical.event_link(None, county) is None
    assert b"URL" not in write(snapshot, ical.ALL, snapshot.events, sheet=None)
