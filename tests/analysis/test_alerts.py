"""Every other alert at its edges, and all alerts beside those of a plain computation."""

import datetime as dt
import re
from pathlib import Path

from hypothesis import given, settings

from cwac.analysis.alerts import ALERT_CODES, alerts, alerts_of_people
from cwac.analysis.commitments import place_coordinates
from cwac.analysis.days import holiday_words, national_day
from cwac.model import Alert, Assignment, Officer, TimeOff, Town, Venue
from tests.analysis.plain_alerts import Plain
from tests.analysis.plans import (
    COMMUNITY,
    DEMO,
    DUMMY,
    ETNA,
    EXAMPLE,
    NATIONAL,
    OFFICERS,
    ON,
    SAMPLE,
    STARBUCKS,
    alerts_of,
    asked,
    day,
    event,
    goes,
    ids,
    plan,
    plans,
)
from tests.cases import each

# --- missing people -----------------------------------------------------------------------------------------


@each(("after", "severity"), [(0, "error"), (2, "error"), (3, "warning"), (40, "warning")])
def test_understaffed_is_an_error_within_two_days(after, severity):
    rows = [goes(SAMPLE, "A", "Assigned"), goes(SAMPLE, "A"), goes(DEMO, "A", "Requested"), asked("A", "SCSO")]
    assert alerts_of("understaffed", [event("A", after, officers_needed=2)], rows) == [
        (severity, "A", None, "WPD", None, after)
    ]


def test_enough_people_or_a_blank_need_is_no_gap():
    rows = [goes(SAMPLE, "A", "Assigned"), goes(DEMO, "A", "Attended")]
    assert ids("understaffed", [event("A", officers_needed=2)], rows) == []
    assert ids("understaffed", [event("A", officers_needed=None)]) == []


def test_an_understaffed_alert_names_the_agencies_asked_and_to_ask():
    rows = [goes(SAMPLE, "A"), asked("A", "SCSO"), asked("A")]
    snapshot = plan([event("A", officers_needed=3, partner_agencies=("SCSO",), venue=STARBUCKS)], rows)
    message = next(alert.message for alert in alerts(snapshot, ON) if alert.code == "understaffed")
    assert message == (
        "Weed Starbucks on Mon, Sep 21, 9:00–10:00 AM: 1 of 3 officers (2 requested from SCSO). "
        "Ask SCSO for 1 more, any agency for 1."
    )


def test_a_host_is_somebody_in_that_role():
    hosted = [goes(SAMPLE, "A", role="Host")]
    assert alerts_of("no-host", [event("A")], hosted) == []
    for rows in (
        [],
        [goes(SAMPLE, "A", role="Floor")],
        [asked("A", role="Host")],
        [goes(SAMPLE, "A", "Pulled", "Host")],
    ):
        assert alerts_of("no-host", [event("A")], rows) == [("warning", "A", None, "WPD", None, 20)]


def test_a_language_or_the_role_makes_somebody_bilingual():
    needing = [event("A", bilingual_needed=True)]
    english = Officer("OF-09", "N. New", "WPD", languages=("English",))
    assert ids("no-bilingual", needing, [goes(DEMO, "A")]) == []
    assert ids("no-bilingual", needing, [goes(SAMPLE, "A", role="Bilingual")]) == []
    assert ids("no-bilingual", needing, [goes(SAMPLE, "A"), goes(DEMO, "A", "Declined")]) == ["A"]
    assert ids("no-bilingual", needing, [goes(english, "A")], officers=(english,)) == ["A"]
    assert ids("no-bilingual", [event("A"), event("B", bilingual_needed=False)]) == []


def test_four_people_need_a_supervisor():
    more = Officer("OF-09", "N. New", "WPD")
    four = [goes(officer, "A") for officer in (SAMPLE, EXAMPLE, DUMMY, more)]
    officers = (*OFFICERS, more)
    assert alerts_of("no-supervisor", [event("A")], four, officers=officers) == [("notice", "A", None, "WPD", None, 20)]
    assert ids("no-supervisor", [event("A")], [*four[:3], goes(SAMPLE, "A", role="PIO")], officers=officers) == []
    assert ids("no-supervisor", [event("A")], [*four, goes(DEMO, "A")], officers=officers) == []
    assert ids("no-supervisor", [event("A")], [*four[:3], goes(more, "A", role="Supervisor")], officers=officers) == []


@each(
    ("after", "severity"),
    [(0, "error"), (2, "error"), (3, "warning"), (7, "warning"), (8, "notice"), (14, "notice"), (15, None)],
)
def test_unconfirmed_grows_worse_at_14_7_and_2_days(after, severity):
    expected = [(severity, "A", None, "WPD", None, after)] if severity else []
    sure = [goes(SAMPLE, "A")]
    for status in ("Tentative", None):
        assert alerts_of("unconfirmed", [event("A", after, status=status)], sure) == expected
    for status in ("Requested", "Assigned"):
        assert alerts_of("unconfirmed", [event("A", after)], [*sure, goes(DEMO, "A", status)]) == expected
    assert alerts_of("unconfirmed", [event("A", after)], [*sure, goes(DEMO, "A", "Declined"), asked("A")]) == []


# --- agencies -----------------------------------------------------------------------------------------------


def test_every_agency_named_sends_somebody_and_nobody_else_does():
    events = [event("A", partner_agencies=("SCSO", "WPD"))]
    rows = [goes(EXAMPLE, "A"), goes(EXAMPLE, "A", role="Host"), asked("A", "SCSO"), goes(DEMO, "A", "Declined")]
    assert alerts_of("agency-without-officer", events, rows) == [
        ("warning", "A", None, "SCSO", None, 20),
        ("warning", "A", None, "WPD", None, 20),
    ]
    assert alerts_of("staffed-agency-not-on-event", events, rows) == [("notice", "A", None, "CHP-MS", None, 20)]
    assert alerts_of("staffed-agency-not-on-event", events, [Assignment("A", 2, name="E. Typed")]) == []


def national(*rows, on=ON, **fields):
    after = (national_day(2026) - ON).days
    events = [
        event("A", after, partner_agencies=("SCSO",)),
        event("B", after, start="12:00", lead_agency="SCSO", end=None),
        event("C", after, start="15:00", status="Cancelled", lead_agency="SCSO", end=None),
        event("D", after + 1, lead_agency="SCSO"),
    ]
    return alerts_of("national-day", events, rows, on=on, **fields)


def test_on_the_national_day_an_agency_needs_as_many_people_as_events():
    wpd, scso = [("warning", ids, None, agency, None, 36) for ids, agency in (("A", "WPD"), ("A+B", "SCSO"))]
    other = Officer("OF-09", "N. New", "SCSO")
    assert national() == [wpd, scso]
    assert national(goes(SAMPLE, "A"), goes(DEMO, "A"), goes(DEMO, "B")) == [scso]
    assert national(goes(SAMPLE, "A"), goes(DEMO, "A"), goes(other, "A"), officers=(*OFFICERS, other)) == []
    assert national(on=day(37)) == []


# --- the news release ---------------------------------------------------------------------------------------


def test_a_release_is_overdue_the_day_after_it_was_due_until_the_event_is_over():
    def overdue(due, after=3, **fields):
        return alerts_of("release-overdue", [event("A", after, release_due=day(due), **fields)])

    assert overdue(-1) == [("warning", "A", None, "WPD", None, 3)]
    assert overdue(0) == []
    assert overdue(-1, release_sent=day(-1)) == []
    assert overdue(-1, after=0) == [("warning", "A", None, "WPD", None, 0)]
    assert overdue(-1, after=0, status="Completed") == []
    assert overdue(-4, after=-1) == []


# --- holidays -----------------------------------------------------------------------------------------------


@each(
    ("date", "holiday"),
    [
        (dt.date(2026, 11, 26), "Thanksgiving Day"),
        (dt.date(2026, 11, 25), None),
        (dt.date(2026, 11, 27), None),  # a holiday of California, not of the United States
        (dt.date(2026, 10, 7), None),  # the national day is no federal holiday
        (dt.date(2027, 6, 18), "Juneteenth National Independence Day (observed)"),
        (dt.date(2027, 6, 19), "Juneteenth National Independence Day"),
        (dt.date(2027, 12, 31), "New Year's Day (observed)"),
        (dt.date(2028, 1, 1), "New Year's Day"),
    ],
)
def test_event_on_a_federal_holiday_actual_or_observed_gets_a_notice(date, holiday):
    after = (date - ON).days
    listed = [alert for alert in alerts(plan([event("A", after)]), ON) if alert.code == "federal-holiday"]
    if holiday is None:
        assert listed == []
        return
    (alert,) = listed
    assert (alert.severity, alert.event_ids, alert.agency, alert.days_until) == ("notice", ("A",), "WPD", after)
    assert alert.message.endswith(f", 9:00–10:00 AM is on a federal holiday: {holiday}.")


@each(
    ("status", "noticed"),
    [
        ("Confirmed", True),
        ("Tentative", True),
        (None, True),
        ("Draft", False),
        ("Cancelled", False),
        ("Postponed", False),
    ],
)
def test_event_that_is_off_gets_no_holiday_notice(status, noticed):
    shown = event("A", (dt.date(2026, 11, 26) - ON).days, status=status)
    assert ids("federal-holiday", [shown]) == (["A"] if noticed else [])
    assert holiday_words(shown) == ("on a federal holiday: Thanksgiving Day" if noticed else None)


# --- all of them --------------------------------------------------------------------------------------------


def test_alerts_come_soonest_first_then_worst_then_by_code():
    rows = [goes(SAMPLE, "A"), goes(SAMPLE, "B")]
    events = [event("A", 1, officers_needed=3), event("B", 1), event("C", 0, town="Etna")]
    warnings = [
        (alert.days_until, alert.severity, alert.code, alert.event_ids) for alert in alerts(plan(events, rows), ON)
    ]
    rank = {"error": 0, "warning": 1, "notice": 2}
    assert warnings == sorted(warnings, key=lambda alert: (alert[0], rank[alert[1]], *alert[2:]))
    assert len({severity for _, severity, *_ in warnings}) == 3
    assert alerts(plan(reversed(events), reversed(rows)), ON) == alerts(plan(events, rows), ON)


def test_messages_are_short_even_where_names_are_long():
    long = "Siskiyou County Regional Community and Conference Center, North Annex"
    agency = "Siskiyou County Sheriff's Office"
    officer = Officer("OF-09", "Bartholomew Featherstonehaugh-Cholmondeley", agency)
    off = (TimeOff("OF-09", day(0), day(9)),)
    events = [
        event(name, after, venue_text=f"{long} {name}", town="Weed", lead_agency=agency, officers_needed=9, status=None)
        for name, after in (("A", 1), ("B", 1), ("C", 2))
    ]
    rows = [goes(officer, name, "Assigned") for name in "ABC"]
    warnings = alerts(plan(events, rows, officers=(officer,), time_off=off), ON)
    assert len({alert.code for alert in warnings}) > 4
    assert max(len(alert.message) for alert in warnings) <= 240


def test_alerts_of_people_are_those_that_name_them():
    events = [event("A"), event("B"), event("C", 21), event("D", 21, start="10:05", end="11:00", town="Yreka")]
    rows = [goes(officer, name) for officer in (SAMPLE, DEMO, EXAMPLE) for name in "ABCD"]
    snapshot = plan(events, rows, time_off=(TimeOff("OF-01", day(20), day(20)), TimeOff("OF-03", day(20), day(20))))
    every = alerts(snapshot, ON)
    for people in ({"OF-01"}, {"OF-01", "OF-02"}, set()):
        assert alerts_of_people(snapshot, ON, people) == tuple(alert for alert in every if alert.officer in people)
    assert len(alerts_of_people(snapshot, ON, {"OF-01"})) == 4


# --- beside the plain computation -----------------------------------------------------------------------------------


@settings(max_examples=150, deadline=None)
@given(plans())
def test_alerts_equal_those_of_the_plain_reference(drawn):
    snapshot, on = drawn
    warnings = [
        (alert.severity, alert.code, alert.event_ids, alert.officer, alert.agency, alert.venue, alert.days_until)
        for alert in alerts(snapshot, on)
    ]
    assert sorted(warnings, key=repr) == sorted(Plain(snapshot, on).alerts(), key=repr)


def test_the_codes_are_those_that_the_rules_give():
    """A plan with everything amiss says every code, and no other."""
    after = (NATIONAL - ON).days
    new = Officer("OF-09", "N. New", "WPD", active_from=day(90))
    officers = (*OFFICERS, new, Officer("OF-10", "O. Other", "EPD"))
    events = [
        event("A", after, venue=STARBUCKS, officers_needed=9, bilingual_needed=True, partner_agencies=("CHP-MS",)),
        event("B", after, venue=STARBUCKS, status="Tentative", release_due=day(-1)),
        event("C", after, start="10:10", end="11:00", town="Mount Shasta", venue=COMMUNITY),
        event("D", 3, town="Yreka", status=None),
        event("E", (dt.date(2026, 11, 26) - ON).days),
    ]
    rows = [goes(officer, "A") for officer in (SAMPLE, DUMMY, new)]
    rows += [goes(SAMPLE, "B"), goes(SAMPLE, "C"), goes(DEMO, "B"), goes(officers[-1], "A")]
    off = (TimeOff("OF-02", day(after), day(after)),)
    warnings = alerts(plan(events, rows, officers=officers, time_off=off), ON)
    assert {alert.code for alert in warnings} == set(ALERT_CODES)


def test_an_alert_has_all_its_fields():
    warnings = alerts(plan([event("A", officers_needed=1, venue=STARBUCKS)]), ON)
    assert warnings[0] == Alert(
        "warning",
        "agency-without-officer",
        ("A",),
        None,
        "WPD",
        None,
        20,
        "No officer from WPD at Weed Starbucks on Mon, Sep 21, 9:00–10:00 AM. "
        "Assign one, or remove WPD from the event.",
    )


def test_places_need_both_coordinates():
    at_half = event("A", town="Etna", venue=Venue("Half", "Etna", latitude=41.0))
    assert place_coordinates(plan([at_half]), at_half) is None
    etna = Town("Etna", latitude=41.4572, longitude=-122.8969)
    assert place_coordinates(plan([at_half], towns=(etna,)), at_half) == (41.4572, -122.8969)
    assert ETNA.latitude is None


GUIDE = Path(__file__).parents[2] / "docs" / "coordinators.md"


def test_guide_for_coordinators_explains_every_alert():
    section = GUIDE.read_text("utf-8").partition("## What the alerts say")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| [^|]+ \| [^|]+ \|$", section, re.M)
    assert dict(rows) == dict(ALERT_CODES)
