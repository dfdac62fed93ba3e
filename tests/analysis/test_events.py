"""Which events, when, where and in what state; and an event in one line of a calendar."""

import datetime as dt
from dataclasses import replace

from cwac.analysis import days, events
from cwac.analysis.event_summary import EventSummary, staffing_states, summarize
from cwac.model import Alert, Event
from tests.analysis.plans import (
    ABOUT,
    DEMO,
    ON,
    OPEN,
    SAMPLE,
    counted,
    day,
    event,
    goes,
    plan,
    typed_plan,
)
from tests.cases import each


@each(("year", "day"), [(2019, 2), (2025, 1), (2026, 7), (2027, 6), (2028, 4)])
def test_the_national_day_is_the_first_wednesday_of_october(year, day):
    assert days.national_day(year) == dt.date(year, 10, day)


def test_between_includes_both_ends_and_every_status():
    rows = [event("a", 1), event("b", 3, status="Cancelled"), event("c", 4), event("d", 0)]
    assert [event.id for event in events.between(plan(rows), day(1), day(3))] == ["a", "b"]


def test_matching_keeps_what_passes_every_filter():
    places = "a partners=SCSO; b town=Yreka status=-; c lead=SCSO status=Cancelled; d town=- town_text=Weedd"
    rows = typed_plan(places, "")[0].events

    def ids(**filters):
        return "".join(event.id for event in events.matching(rows, **filters))

    assert {
        "nothing": ids(),
        "agency": ids(agency="SCSO"),
        "towns": ids(towns=["Weed", "Etna"]),
        "statuses": ids(statuses=["Tentative", "Cancelled"]),
        "both": ids(agency="SCSO", statuses=["Confirmed"]),
    } == {"nothing": "abcd", "agency": "ac", "towns": "ac", "statuses": "bc", "both": "a"}


def test_people_count_once_and_placeholders_never():
    people = "S A status=Assigned; S A role=Host; D A status=Requested; F._Gone A status=Pulled; ?SCSO A"
    rows = typed_plan("A", f"{people}; E._Typed A status=Attended; e._typed A status=Assigned")[0].assignments
    assert events.assigned(rows) == {"OF-01", "e. typed"}
    assert events.confirmed(rows) == {"OF-01", "e. typed"}
    assert [row.name for row in events.going(rows)] == ["A. Sample", "A. Sample", "B. Demo", "E. Typed", "e. typed"]


# --- in one line of a calendar ------------------------------------------------------------------------------------


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


ONE, CLASHES = [goes(SAMPLE, "E")], {"clashes": ("Venue double-booked",), "gaps": ("No host",)}


@each(
    ("shown", "given", "told"),
    [
        (SHORT, {"rows": ONE}, {"staff": "1/2", "short": True} | CLASHES),
        (SHORT, {"rows": ONE, "gaps": False}, {}),  # hidden from viewers who may not see staffing
        (event("E"), {"rows": ONE, "alerts": {}}, {"staff": "1"}),  # never short without a number needed
        (event("E", 0, officers_needed=1), {"alerts": {}}, {"staff": "0/1", "short": True}),
        (event("E", title="Cocoa with a Cop"), {"alerts": {}}, {"staff": "0", "title": "Cocoa with a Cop"}),
        # a past event that was not closed is not shown as held, but to those who may not see staffing
        *((event("E", -1, status=status, officers_needed=2), {"gaps": gaps},
           {"state": (status or "Tentative").lower(), "held": held or not gaps})
          for status, held in (("Confirmed", False), ("Tentative", False), (None, False), ("Cancelled", True),
                               ("Draft", True))
          for gaps in (True, False)),
    ],
)  # fmt: skip
def test_event_is_summarized(shown, given, told):
    assert summary(shown, **given) == replace(BARE, **told)


def test_past_event_with_a_count_asks_for_its_status_alone():
    shown = event("E", -1, status="Confirmed")
    assert summary(shown).to_close == "was it held?"
    asked = summary(shown, headcounts=(counted("E", 40),))
    assert (asked.held, asked.to_close) == (False, "set Status to Completed")
    assert not summary(shown, headcounts=(counted("E"),)).counted


@each(
    ("status", "counts", "guests"),
    [
        ("Completed", [ABOUT], "about 40 guests"),
        ("Completed", [OPEN], "30 or more guests"),
        ("Completed", [ABOUT, None], "40 or more guests"),
        ("Completed", [], "not counted"),
        ("Cancelled", [ABOUT], None),
    ],
)
def test_completed_event_shows_guests_or_not_counted(status, counts, guests):
    rows = tuple(counted("E", count) for count in counts)
    assert summary(event("E", -1, status=status), headcounts=rows).guests == guests


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
    fields = {"on": ON} | fields
    today = fields.pop("on")
    shown = event("E", (THANKSGIVING - ON).days, **fields)
    for gaps in (True, False):
        assert summarize(shown, plan([shown]), {}, today, gaps=gaps).holiday == holiday
