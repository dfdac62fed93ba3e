"""The checklist of an event."""

import datetime as dt
from dataclasses import replace

from cwac.model import Count, Event, FollowUp, Headcount, Snapshot, Venue
from cwac.packet.checklist import checklist

TODAY = dt.date(2026, 10, 1)
VENUE = Venue("Cafe", "Weed", 2)
COLUMNS = {"Events": {"release_sent": "K", "flyer_sent": "L", "host_briefed": "M"}, "Venues": {"permission": "E"}}
COMING = Event("EV-1", 2, dt.date(2026, 10, 7), venue=VENUE, status="Confirmed")


def steps(event, columns=COLUMNS, **records):
    snapshot = Snapshot(
        "plan", dt.datetime(2026, 10, 1, tzinfo=dt.UTC), "America/Los_Angeles", TODAY, tab_columns=columns, **records
    )
    return [(step.done, step.words) for step in checklist(snapshot, event, TODAY)]


def test_coming_event_shows_what_is_done_and_what_is_not():
    event = replace(COMING, release_sent=TODAY, venue=replace(VENUE, permission="By phone"))
    assert steps(event) == [
        (True, "Venue confirmed"), (True, "Release sent"), (False, "Flyer not out"), (False, "Host not briefed"),
    ]  # fmt: skip


def test_columns_that_the_sheet_lacks_ask_for_nothing():
    assert steps(COMING, {"Events": {"release_sent": "K"}}) == [(False, "Release not sent")]


def test_past_event_shows_only_what_was_done_and_what_is_to_be_entered():
    event = replace(COMING, date=dt.date(2026, 9, 1), host_briefed=TODAY)
    assert steps(event) == [(True, "Host briefed"), (False, "Counts not in"), (False, "No follow-ups yet")]
    guests, concern = Headcount("EV-1", 2, Count("12", 12, 12, 12)), FollowUp("F-1", "EV-1")
    assert steps(event, headcounts=(guests,), follow_ups=(concern,))[1:] == [
        (True, "Counts in"), (True, "Follow-ups entered"),
    ]  # fmt: skip


def test_event_that_is_off_has_no_checklist():
    assert steps(replace(COMING, status="Cancelled")) == []
    assert steps(replace(COMING, status="Draft")) == []
