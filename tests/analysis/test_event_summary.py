"""The one-line summary of an event in a calendar."""

import datetime as dt
from dataclasses import replace

from cwac.analysis.event_summary import EventSummary, staffing_states, summarize
from cwac.model import Alert, Count, Event, Headcount
from tests.analysis.plans import DEMO, ON, SAMPLE, event, goes, plan
from tests.cases import each

THANKSGIVING = dt.date(2026, 11, 26)
SHORT = event("E", officers_needed=2)
ALERTS = {
    "E": [
        Alert("error", "venue-double-booked", ("E",), None, None, None, 20, ""),
        Alert("warning", "no-host", ("E",), None, None, None, 20, ""),
        Alert("notice", "town-too-soon", ("E",), None, None, None, 20, ""),
    ]
}
BARE = EventSummary("", "confirmed", None, False, None, (), (), True)


def summary(shown: Event, gaps=True, alerts=ALERTS, **records) -> EventSummary:
    return summarize(shown, plan([shown], **records), alerts, ON, gaps=gaps)


def test_coming_event_shows_officers_of_positions_clashes_and_gaps():
    assert summary(SHORT, rows=[goes(SAMPLE, "E")]) == replace(
        BARE, staff="1/2", short=True, clashes=("Venue double-booked",), gaps=("No host",)
    )


def test_staffing_is_hidden_from_viewers_who_may_not_see_it():
    assert summary(SHORT, gaps=False, rows=[goes(SAMPLE, "E")]) == BARE


def test_event_without_a_number_needed_is_never_short():
    assert summary(event("E"), alerts={}, rows=[goes(SAMPLE, "E")]) == replace(BARE, staff="1")


@each(
    ("status", "held"),
    [("Confirmed", False), ("Tentative", False), (None, False), ("Cancelled", True), ("Draft", True)],
)
def test_past_event_that_was_not_closed_is_not_shown_as_held(status, held):
    shown = event("E", -1, status=status, officers_needed=2)
    assert summary(shown) == replace(BARE, state=(status or "Tentative").lower(), held=held)
    assert summary(shown, gaps=False).held


def test_past_event_with_a_count_asks_for_its_status_alone():
    shown = event("E", -1, status="Confirmed")
    assert summary(shown).to_close == "was it held?"
    counted = summary(shown, headcounts=(Headcount("E", 2, Count("40", 40, 40, 40)),))
    assert (counted.held, counted.to_close) == (False, "set Status to Completed")
    assert not summary(shown, headcounts=(Headcount("E", 2),)).counted


def test_completed_event_shows_guests_or_not_counted():
    held = event("E", -1, status="Completed")
    about = Headcount("E", 2, Count("~40", 40, 40, 40, True))
    assert summary(held, headcounts=(about,)).guests == "about 40 guests"
    many = Headcount("E", 2, Count("30+", 30, 30, None, True))
    assert summary(held, headcounts=(many,)).guests == "30 or more guests"
    assert summary(held, headcounts=(about, Headcount("E", 3))).guests == "40 or more guests"
    assert summary(held).guests == "not counted"
    assert summary(replace(held, status="Cancelled"), headcounts=(about,)).guests is None


def test_only_an_unusual_title_is_shown():
    assert summary(event("E", title="Cocoa with a Cop"), alerts={}).title == "Cocoa with a Cop"


def test_staffing_states_of_an_event():
    crew = [goes(SAMPLE, "E"), goes(DEMO, "E")]

    def states(shown, alerts, **records):
        return sorted(staffing_states(shown, plan([shown], **records), alerts, ON))

    assert states(SHORT, {}) == ["Nobody yet", "Short of officers"]
    assert states(SHORT, ALERTS, rows=crew) == ["Clash", "Fully staffed"]
    assert states(event("E"), {}, rows=crew) == []
    assert states(event("E", -1, officers_needed=2), ALERTS) == []
    assert states(event("E", status="Cancelled", officers_needed=2), ALERTS) == []
    assert states(event("E", 0, officers_needed=1), {}, rows=crew[:1]) == ["Fully staffed"]


@each(
    ("fields", "holiday"),
    [
        ({}, "on a federal holiday: Thanksgiving Day"),
        ({"status": None}, "on a federal holiday: Thanksgiving Day"),
        ({"status": "Postponed"}, None),
        ({"status": "Cancelled"}, None),
        ({"on": THANKSGIVING + dt.timedelta(days=1)}, None),  # it is past
    ],
)
def test_every_viewer_is_told_of_the_holiday_of_a_coming_event(fields, holiday):
    fields = dict(fields)
    today = fields.pop("on", ON)
    shown = event("E", (THANKSGIVING - ON).days, **fields)
    for gaps in (True, False):
        assert summarize(shown, plan([shown]), {}, today, gaps=gaps).holiday == holiday


def test_event_of_today_is_still_coming():
    assert summary(event("E", 0, officers_needed=1), alerts={}).staff == "0/1"
