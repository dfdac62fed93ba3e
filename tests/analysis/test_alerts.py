"""Every alert at its edges, and all of them beside a plain reference that compares everything with everything."""

import datetime as dt
import itertools
import math
import re
from pathlib import Path

import pytest
from hypothesis import given, settings

from cwac.analysis.alerts import ALERT_CODES, alerts, alerts_of_people
from cwac.analysis.commitments import chains, drive_minutes
from cwac.analysis.event_rules import holiday_words
from cwac.analysis.events import national_day, place_coordinates
from cwac.model import Alert, Assignment, Officer, TimeOff, Town, Venue
from cwac.settings import Rules
from tests.analysis.plans import (
    AGENCIES,
    COMMUNITY,
    DEMO,
    DUMMY,
    ETNA,
    EXAMPLE,
    LIBRARY,
    NATIONAL,
    OFFICERS,
    ON,
    SAMPLE,
    SHASTA,
    STARBUCKS,
    WEED,
    YREKA,
    asked,
    day,
    event,
    goes,
    plan,
    plans,
)
from tests.cases import each


def alerts_of(code, events, rows=(), on=ON, rules=None, **fields):
    """The alerts of one code, without their words."""
    all_found = alerts(plan(events, rows, **fields), on, rules or Rules())
    return [
        (alert.severity, "+".join(alert.event_ids), alert.officer, alert.agency, alert.venue, alert.days_until)
        for alert in all_found
        if alert.code == code
    ]


def ids(code, events, rows=(), **fields):
    return [event[1] for event in alerts_of(code, events, rows, **fields)]


# --- one person, two places -----------------------------------------------------------------------------------


def test_a_person_with_overlapping_events_is_double_booked():
    events = [event("A"), event("B", start="09:59", end="11:00", lead_agency="SCSO")]
    assert alerts_of("officer-double-booked", events, [goes(SAMPLE, "A"), goes(SAMPLE, "B")]) == [
        ("error", "A+B", "OF-01", "WPD", None, 20)
    ]


@each(
    ("start", "end", "clash"),
    [
        ("10:00", "11:00", []),
        ("09:59", "11:00", ["A+B"]),
        ("09:15", "09:45", ["A+B"]),
        ("08:00", "12:00", ["B+A"]),
        ("08:00", "09:01", ["B+A"]),
        ("08:00", "09:00", []),
    ],
)
def test_half_open_intervals_that_touch_do_not_clash(start, end, clash):
    events = [event("A", venue=STARBUCKS), event("B", start=start, end=end, venue=STARBUCKS)]
    assert ids("officer-double-booked", events, [goes(SAMPLE, "A"), goes(SAMPLE, "B")]) == clash
    assert ids("venue-double-booked", events) == clash


def test_a_chain_of_overlaps_is_one_alert_by_start_and_counts_days_to_its_first():
    events = [
        event("C", start="10:30", end="12:00"),
        event("B", start="09:30", end="11:00"),
        event("A"),
        event("D", start="12:00", end="13:00"),
    ]
    rows = [goes(SAMPLE, name) for name in "CBAD"]
    assert ids("officer-double-booked", events, rows) == ["A+B+C"]


def test_a_long_event_holds_a_chain_together():
    events = [
        event("A", start="08:00", end="12:00"),
        event("B", start="08:30", end="09:00"),
        event("C", start="11:00", end="13:00"),
    ]
    assert ids("officer-double-booked", events, [goes(SAMPLE, name) for name in "ABC"]) == ["A+B+C"]


@each("status", ["Declined", "Swapped out", "Pulled", "No-show"])
def test_people_who_are_out_take_no_part(status):
    events = [event("A"), event("B")]
    assert ids("officer-double-booked", events, [goes(SAMPLE, "A"), goes(SAMPLE, "B", status)]) == []


@each("status", ["Requested", "Assigned", "Confirmed", "Attended"])
def test_people_of_every_other_status_take_part(status):
    events = [event("A"), event("B")]
    assert ids("officer-double-booked", events, [goes(SAMPLE, "A"), goes(SAMPLE, "B", status)]) == ["A+B"]


@each(
    ("fields", "clash"),
    [
        ({"status": "Draft"}, []),
        ({"status": "Cancelled"}, []),
        ({"status": "Postponed"}, []),
        ({"status": "Completed"}, []),
        ({"status": "Tentative"}, ["A+B"]),
        ({"status": None}, ["A+B"]),
    ],
)
def test_drafts_and_canceled_events_clash_with_nothing(fields, clash):
    events = [event("A"), event("B", **fields)]
    assert ids("officer-double-booked", events, [goes(SAMPLE, "A"), goes(SAMPLE, "B")]) == clash


def test_completed_counts_on_its_own_day_only_and_yesterday_never():
    def pair(after):
        return [event(name, after, status="Completed") for name in "AB"]

    rows = [goes(SAMPLE, "A"), goes(SAMPLE, "B")]
    assert [ids("officer-double-booked", pair(after), rows) for after in (-1, 0, 1)] == [[], ["A+B"], []]


def test_report_and_release_make_the_officer_s_interval_but_not_the_venue_s():
    events = [event("A", venue=STARBUCKS), event("B", start="10:00", end="11:00", venue=STARBUCKS)]
    early = [goes(SAMPLE, "A"), goes(SAMPLE, "B", report_time="09:45")]
    late = [goes(SAMPLE, "A", release_time="10:15"), goes(SAMPLE, "B")]
    split = [goes(SAMPLE, "A", release_time="09:30"), goes(SAMPLE, "B", report_time="09:30")]
    assert [ids("officer-double-booked", events, rows) for rows in (early, late, split)] == [["A+B"], ["A+B"], []]
    assert ids("venue-double-booked", events, early) == []


def test_an_event_without_an_end_lasts_the_default_and_without_a_start_takes_part_in_no_time_clash():
    rows = [goes(SAMPLE, "A"), goes(SAMPLE, "B", report_time="09:00", release_time="10:00")]
    open_end = event("A", end=None)
    assert ids("officer-double-booked", [open_end, event("B", start="09:00", end=None)], rows) == ["A+B"]
    rows = [goes(SAMPLE, "A"), goes(SAMPLE, "B")]
    assert ids("officer-double-booked", [open_end, event("B", start="10:29", end=None)], rows) == ["A+B"]
    assert ids("officer-double-booked", [open_end, event("B", start="10:30", end=None)], rows) == []
    assert ids("officer-double-booked", [open_end, event("B", start=None, end=None)], rows) == []
    assert ids("officer-double-booked", [event("A", start=None), event("B", start=None)], rows) == []


def test_the_same_person_twice_on_one_event_is_no_clash_but_both_shifts_count():
    events = [event("A", start="08:00", end="12:00"), event("B", start="11:00", end="12:00", venue=STARBUCKS)]
    twice = [goes(SAMPLE, "A", role="Host"), goes(SAMPLE, "A", role="PIO")]
    assert ids("officer-double-booked", events, twice) == []
    shifts = [goes(SAMPLE, "A", release_time="09:00"), goes(SAMPLE, "A", report_time="10:30"), goes(SAMPLE, "B")]
    assert ids("officer-double-booked", events, shifts) == ["A+B"]


def test_without_an_officers_tab_people_are_matched_by_name_ignoring_case():
    rows = [Assignment("A", 2, name="E. Typed"), Assignment("B", 3, name="e. typed", agency="WPD")]
    assert alerts_of("officer-double-booked", [event("A"), event("B")], rows, officers=()) == [
        ("error", "A+B", "E. Typed", None, None, 20)
    ]


def test_an_event_that_crosses_midnight_clashes_with_the_next_morning():
    events = [event("A", start="23:30", end=None), event("B", 21, start="00:30", end="02:00")]
    assert ids("officer-double-booked", events, [goes(SAMPLE, "A"), goes(SAMPLE, "B")]) == ["A+B"]


@each("changing", [dt.date(2026, 11, 1), dt.date(2027, 3, 14)])
def test_the_clocks_changing_neither_makes_nor_hides_a_clash(changing):
    after = (changing - ON).days
    events = [
        event("A", after, start="01:00", end="02:00"),
        event("B", after, start="02:00", end="03:00"),
        event("C", after, start="02:59", end="04:00"),
    ]
    assert ids("officer-double-booked", events, [goes(SAMPLE, name) for name in "ABC"]) == ["B+C"]


# --- the drive between --------------------------------------------------------------------------------------


@each(
    ("start", "end", "miles"),
    [(WEED, SHASTA, 8.5), (WEED, YREKA, 25.1), (SHASTA, YREKA, 33.5)],
)
def test_the_drive_is_straight_miles_by_1_3_at_50_mph_and_15_minutes(start, end, miles):
    minutes = drive_minutes((start.latitude, start.longitude), (end.latitude, end.longitude))
    assert minutes == pytest.approx(1.3 * miles / 50 * 60 + 15, abs=0.1)
    assert drive_minutes((40.0, -122.0), (40.0, -122.0)) == 15


def between(start, rules=None, **second):
    fields = {"town": "Yreka"} | second
    events = [event("A"), event("B", start=start, end="14:00", **fields)]
    return alerts_of("officer-tight-travel", events, [goes(SAMPLE, "A"), goes(SAMPLE, "B")], rules=rules)


def test_a_gap_shorter_than_the_drive_is_tight():
    # Weed to Yreka: 25.1 miles, 54.1 minutes
    assert between("10:54") == [("warning", "A+B", "OF-01", "WPD", None, 20)]
    assert between("10:55") == []
    assert between("10:00") != []
    assert between("09:59") == []  # that is a double booking


def test_venue_coordinates_go_before_the_town_s_and_unknown_places_are_not_guessed():
    assert between("10:54", town="Yreka", venue=LIBRARY) == []
    assert between("10:10", town="Yreka", venue=LIBRARY) != []
    assert between("10:00", town="Etna") == []
    assert between("10:00", town=None) == []


def test_there_is_no_drive_within_one_place():
    def pair(first, second):
        events = [event("A", **first), event("B", start="10:05", end="11:00", **second)]
        return ids("officer-tight-travel", events, [goes(SAMPLE, "A"), goes(SAMPLE, "B")])

    assert pair({"venue": STARBUCKS}, {"venue": STARBUCKS}) == []
    assert pair({"venue_text": "Grange  Hall"}, {"venue_text": "grange hall"}) == []
    assert pair({"venue": STARBUCKS}, {"venue": LIBRARY}) == ["A+B"]
    assert pair({"venue_text": "Grange Hall"}, {"venue_text": "Library"}) == ["A+B"]
    assert pair({"venue_text": "Grange Hall"}, {}) == []  # it may well be there too
    assert pair({"venue_text": "TBD"}, {"venue_text": "Library"}) == []


def test_travel_rules_can_be_configured():
    assert between("10:54", Rules(travel_mph=100)) == []
    assert between("10:54", Rules(travel_spare_minutes=14)) == []
    assert between("11:00", Rules(travel_detour=2)) != []


def test_the_drive_is_from_where_a_person_was_last():
    """B lies within A; from A's end the drive to C is too long, from B's it would do."""
    events = [
        event("A", start="08:00", end="12:00"),
        event("B", start="09:00", end="10:00"),
        event("C", start="12:30", end="13:00", town="Yreka"),
    ]
    assert ids("officer-tight-travel", events, [goes(SAMPLE, name) for name in "ABC"]) == ["A+C"]


def test_a_drive_over_midnight_counts():
    events = [event("A", start="22:00", end="23:45"), event("B", 21, start="00:15", end="01:00", town="Yreka")]
    assert ids("officer-tight-travel", events, [goes(SAMPLE, "A"), goes(SAMPLE, "B")]) == ["A+B"]


# --- officers who cannot go ---------------------------------------------------------------------------------------


def test_days_off_are_whole_and_include_both_ends():
    off = (TimeOff("OF-01", day(5), day(6)), TimeOff("OF-01", day(6), day(7)))
    events = [event(str(after), after, start=None) for after in (4, 5, 6, 7, 8)]
    rows = [goes(SAMPLE, str(after)) for after in (4, 5, 6, 7, 8)]
    assert alerts_of("officer-on-time-off", events, rows, time_off=off) == [
        ("error", str(after), "OF-01", "WPD", None, after) for after in (5, 6, 7)
    ]


def test_time_off_meets_a_person_known_only_by_name():
    off = (TimeOff("E. TYPED", day(20), day(20)),)
    rows = [Assignment("A", 2, name="e. typed")]
    assert alerts_of("officer-on-time-off", [event("A")], rows, officers=(), time_off=off) == [
        ("error", "A", "e. typed", None, None, 20)
    ]


@each(
    ("since", "until", "inactive"),
    [
        (None, None, False),
        (20, None, False),
        (21, None, True),
        (None, 20, False),
        (None, 19, True),
        (19, 21, False),
    ],
)
def test_an_officer_is_active_from_the_first_day_to_the_last(since, until, inactive):
    officer = Officer("OF-09", "N. New", "WPD", active_from=since and day(since), active_to=until and day(until))
    expected = [("error", "A", "OF-09", "WPD", None, 20)] if inactive else []
    assert alerts_of("officer-inactive", [event("A")], [goes(officer, "A")], officers=(officer,)) == expected


# --- places -------------------------------------------------------------------------------------------------


def test_a_venue_is_taken_twice_by_record_else_by_text_and_town():
    def pair(first, second):
        return alerts_of("venue-double-booked", [event("A", **first), event("B", **second)])

    listed = ("error", "A+B", None, "WPD", "Weed Starbucks", 20)
    assert pair({"venue": STARBUCKS}, {"venue": STARBUCKS}) == [listed]
    assert pair({"venue": STARBUCKS}, {"venue": LIBRARY}) == []
    assert pair({"venue_text": "Grange Hall"}, {"venue_text": "grange hall"}) == [
        ("error", "A+B", None, "WPD", "Grange Hall", 20)
    ]
    assert pair({"venue_text": "Grange Hall"}, {"venue_text": "Grange Hall", "town": "Etna"}) == []
    assert pair({"venue_text": "Hall", "town": None}, {"venue_text": "Hall", "town": None}) == []
    assert pair({"venue_text": "TBD"}, {"venue_text": "TBD"}) == []
    assert pair({}, {}) == []
    assert pair({"venue": STARBUCKS}, {"venue": STARBUCKS, "lead_agency": "SCSO"}) == [(*listed[:3], None, *listed[4:])]


@each(("apart", "soon"), [(0, True), (1, True), (13, True), (14, False)])
def test_events_in_a_town_within_fourteen_days_are_too_soon(apart, soon):
    events = [event("A", 3), event("B", 3 + apart, start="15:00", end=None)]
    assert alerts_of("town-too-soon", events) == ([("notice", "A+B", None, "WPD", None, 3)] if soon else [])


def test_a_chain_in_one_town_is_one_alert():
    events = [event("A", 0), event("B", 13), event("C", 26), event("D", 40), event("E", 13, town="Yreka")]
    assert ids("town-too-soon", events) == ["A+B+C"]
    assert ids("town-too-soon", [event("A", 1, town=None), event("B", 1, town=None)]) == []
    assert ids("town-too-soon", [event("A", -1), event("B", 1)]) == []


@each(("month", "found_in_it"), [(5, False), (6, True), (9, True), (11, True), (12, False)])
def test_a_shelter_venue_needs_a_backup_in_the_fire_season(month, found_in_it):
    after = (dt.date(2027, month, 15) - ON).days
    rows = [event("A", after, venue=COMMUNITY, town="Mount Shasta")]
    expected = [("notice", "A", None, "WPD", COMMUNITY.name, after)] if found_in_it else []
    assert alerts_of("shelter-venue", rows) == expected
    backed = [event("A", after, venue=COMMUNITY, backup_venue="the church")]
    assert alerts_of("shelter-venue", backed) == []


def test_a_fire_season_may_run_over_the_new_year():
    rules = Rules(fire_season_first_month=11, fire_season_last_month=2)
    found_in = [
        month
        for month in range(1, 13)
        if ids("shelter-venue", [event("A", (dt.date(2027, month, 1) - ON).days, venue=COMMUNITY)], rules=rules)
    ]
    assert found_in == [1, 2, 11, 12]


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
        "Ask WPD or SCSO for 2 more."
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


HOLIDAYS = {dt.date(2026, *day) for day in ((9, 7), (10, 12), (11, 11), (11, 26), (12, 25))}
"""The federal holidays of the days that the drawn plans are about."""


# --- everything compared with everything ----------------------------------------------------------------------


class Plain:
    """The contract's section 5, read out without any thought of speed."""

    def __init__(self, snapshot, on):
        self.snapshot, self.on = snapshot, on
        towns = [event.town for event in snapshot.events if event.town]
        self.events = sorted(
            (
                event
                for event in snapshot.events
                if event.date >= on
                and not (towns and not event.town and (event.made_id or self.has_a_date_only(event)))
                and (
                    event.status in (None, "Tentative", "Confirmed")
                    or (event.status == "Completed" and event.date == on)
                )
            ),
            key=lambda event: (event.date, event.start is None, event.start or dt.time(), event.id),
        )
        self.rank = {event.id: n for n, event in enumerate(self.events)}
        self.rows = {
            event.id: [
                row
                for row in snapshot.assignments
                if row.event_id == event.id
                and not row.placeholder
                and row.status not in ("Declined", "Swapped out", "Pulled", "No-show")
            ]
            for event in self.events
        }
        self.people = {row.person for rows in self.rows.values() for row in rows}
        people = [row for row in snapshot.assignments if not row.placeholder]
        self.whose_is_known = bool(snapshot.officers) or not people or any(row.agency for row in people)

    def has_a_date_only(self, event):
        return (event.start, event.venue_text, event.agencies, event.status) == (None, None, (), None)

    def unread(self, events):
        """The agencies of people whose names could not be read, at these events; None where unknown."""
        return [
            person.agency for person in self.snapshot.unread_people if person.event_id in {each.id for each in events}
        ]

    def whose(self, event):
        """The agencies of the people who go; None among them if that of anybody is unknown."""
        agencies = {row.agency for row in self.rows[event.id]} | set(self.unread([event]))
        return agencies if self.whose_is_known else agencies | {None}

    def span(self, event, row=None):
        if event.start is None:
            return None
        start = dt.datetime.combine(event.date, event.start)
        end = dt.datetime.combine(event.date, event.end) if event.end else start + dt.timedelta(minutes=90)
        if row is not None:
            own = (
                dt.datetime.combine(event.date, row.report_time) if row.report_time else start,
                dt.datetime.combine(event.date, row.release_time) if row.release_time else end,
            )
            if own[0] < own[1]:
                return own
        return start, end

    def chains(self, spans):
        """Groups of (start, end, event) in which each overlaps another, found by joining pairs until none is left."""
        groups = [[span] for span in spans]
        while True:
            for group, other in itertools.combinations(groups, 2):
                if any(a[0] < b[1] and b[0] < a[1] for a in group for b in other):
                    groups.remove(other)
                    group.extend(other)
                    break
            else:
                return sorted((sorted(group, key=self.order) for group in groups), key=lambda group: group[0][0])

    def order(self, span):
        return span[0], span[1], self.rank[span[2].id]

    def names(self, events):
        return tuple(event.id for event in self.events if event in events)

    def lead(self, events):
        leads = {event.lead_agency for event in events}
        return leads.pop() if len(leads) == 1 else None

    def alerts(self):
        wrong = []

        def tell(severity, code, events, officer=None, agency=None, venue=None):
            events = [event for event in self.events if event in events]
            days = (events[0].date - self.on).days
            wrong.append((severity, code, self.names(events), officer, agency, venue, days))

        for person in self.people:
            face = next(row for event in self.events for row in self.rows[event.id] if row.person == person)
            person_and_agency = (face.officer or face.name, face.agency)
            spans = [
                (*self.span(event, row), event)
                for event in self.events
                for row in self.rows[event.id]
                if row.person == person and self.span(event, row)
            ]
            chains = self.chains(spans)
            for chain in chains:
                if len({event.id for *_, event in chain}) > 1:
                    tell("error", "officer-double-booked", [event for *_, event in chain], *person_and_agency)
            for before, after in itertools.pairwise(chains):
                last = max(before, key=lambda span: (span[1], span[0], self.rank[span[2].id]))
                minutes = self.drive(last[2], after[0][2])
                if minutes is not None and (after[0][0] - last[1]) < dt.timedelta(minutes=minutes):
                    tell("warning", "officer-tight-travel", [last[2], after[0][2]], *person_and_agency)
            for planned in self.events:
                if any(row.person == person for row in self.rows[planned.id]):
                    off = [
                        t for t in self.snapshot.time_off if t.officer == person and t.first <= planned.date <= t.last
                    ]
                    if off:
                        tell("error", "officer-on-time-off", [planned], *person_and_agency)
                    officer = self.snapshot.officer_by_id.get(person)
                    if officer and (
                        (officer.active_from and planned.date < officer.active_from)
                        or (officer.active_to and planned.date > officer.active_to)
                    ):
                        tell("error", "officer-inactive", [planned], *person_and_agency)

        for place in {self.place(planned) for planned in self.events} - {None}:
            here = [
                (*self.span(planned), planned)
                for planned in self.events
                if self.place(planned) == place and self.span(planned)
            ]
            for chain in self.chains(here):
                if len(chain) > 1:
                    events = [event for *_, event in chain]
                    first = next(event for event in self.events if event in events)
                    venue = first.venue.name if first.venue else first.venue_text
                    tell("error", "venue-double-booked", events, None, self.lead(events), venue)
        for town in {planned.town for planned in self.events} - {None}:
            two_weeks = dt.timedelta(days=14)
            here = [(event.date, event.date + two_weeks, event) for event in self.events if event.town == town]
            for chain in self.chains(here):
                if len(chain) > 1:
                    events = [event for *_, event in chain]
                    tell("notice", "town-too-soon", events, None, self.lead(events))

        for planned in self.events:
            self.about(planned, tell)
        for date in {planned.date for planned in self.events if planned.date == national_day(planned.date.year)}:
            that_day = [event for event in self.events if event.date == date]
            if any(None in self.whose(event) for event in that_day):
                everybody = {row.person for event in that_day for row in self.rows[event.id]}
                if len(that_day) > len(everybody) + len(self.unread(that_day)):
                    tell("warning", "national-day", that_day, None, self.lead(that_day))
                continue
            for agency in AGENCIES:
                named = [event for event in that_day if agency in event.agencies]
                staffed = {row.person for event in that_day for row in self.rows[event.id] if row.agency == agency}
                if len(named) > len(staffed) + self.unread(that_day).count(agency):
                    tell("warning", "national-day", named, None, agency)
        return wrong

    def about(self, event, tell):
        rows, days, lead = self.rows[event.id], (event.date - self.on).days, event.lead_agency
        officers = [self.snapshot.officer_by_id[row.officer] for row in rows if row.officer]
        filled = {row.person for row in rows if row.status in ("Assigned", "Confirmed", "Attended")}
        asked = [
            row
            for row in self.snapshot.assignments
            if row.event_id == event.id
            and row.placeholder
            and row.status not in ("Declined", "Swapped out", "Pulled", "No-show")
        ]
        if asked or (event.officers_needed is not None and len(filled) < event.officers_needed):
            tell("error" if days <= 2 else "warning", "understaffed", [event], None, lead)
        if not [row for row in rows if row.role == "Host"]:
            tell("warning", "no-host", [event], None, lead)
        speaks = [officer for officer in officers if set(officer.languages) - {"English"}]
        if event.bilingual_needed and not speaks and not [row for row in rows if row.role == "Bilingual"]:
            tell("warning", "no-bilingual", [event], None, lead)
        led = [officer for officer in officers if officer.supervisor] + [r for r in rows if r.role == "Supervisor"]
        if len({row.person for row in rows}) >= 4 and not led:
            tell("notice", "no-supervisor", [event], None, lead)
        if event.status in (None, "Tentative") or [row for row in rows if row.status in ("Requested", "Assigned")]:
            for within, severity in ((2, "error"), (7, "warning"), (14, "notice")):
                if days <= within:
                    tell(severity, "unconfirmed", [event], None, lead)
                    break
        for agency in AGENCIES:
            staffed = [row for row in rows if row.agency == agency]
            if agency in event.agencies and not {agency, None} & self.whose(event):
                tell("warning", "agency-without-officer", [event], None, agency)
            if agency not in event.agencies and staffed:
                tell("notice", "staffed-agency-not-on-event", [event], None, agency)
        if event.venue and event.venue.shelter_site and 6 <= event.date.month <= 11 and not event.backup_venue:
            tell("notice", "shelter-venue", [event], None, lead, event.venue.name)
        if event.release_due < self.on and not event.release_sent and event.status != "Completed":
            tell("warning", "release-overdue", [event], None, lead)
        if event.date in HOLIDAYS:
            tell("notice", "federal-holiday", [event], None, lead)

    def place(self, event):
        if event.venue:
            return event.venue.name
        return ("grange hall", event.town) if event.venue_text else None

    def drive(self, event, other):
        if event.id == other.id or (self.place(event) and self.place(event) == self.place(other)):
            return None
        if event.town == other.town and not (self.place(event) and self.place(other)):
            return None
        points = []
        for stop in (event, other):
            for at in (stop.venue, self.snapshot.town_by_name.get(stop.town)):
                if at and at.latitude is not None:
                    points.append((math.radians(at.latitude), math.radians(at.longitude)))
                    break
            else:
                return None
        (lat, lon), (lat2, lon2) = points
        cosine = math.sin(lat) * math.sin(lat2) + math.cos(lat) * math.cos(lat2) * math.cos(lon2 - lon)
        return 1.3 * 3958.8 * math.acos(min(1, cosine)) / 50 * 60 + 15


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


def test_the_cost_grows_with_the_rows_and_not_with_their_pairs():
    """One person at a thousand events, all overlapping: as many comparisons as events, not as their pairs."""

    class Counted(dt.datetime):
        compared = 0

        def __lt__(self, other):
            Counted.compared += 1
            return super().__lt__(other)

        def __ge__(self, other):
            Counted.compared += 1
            return super().__ge__(other)

    def comparisons(number):
        Counted.compared = 0
        spans = [(Counted(2026, 9, 1, 8, n % 60), Counted(2026, 9, 1, 12), n) for n in range(number)]
        assert [len(chain) for chain in chains(sorted(spans))] == [number]
        return Counted.compared

    assert comparisons(2000) < 2.6 * comparisons(1000)


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
