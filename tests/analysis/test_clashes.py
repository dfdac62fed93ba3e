"""Officers and venues that are wanted twice, drives that are too short, time off, and towns visited too soon."""

import datetime as dt

import pytest

from cwac.analysis.commitments import chains, drive_minutes
from cwac.model import Assignment, Officer, TimeOff
from cwac.settings import Rules
from tests.analysis.plans import (
    COMMUNITY,
    LIBRARY,
    ON,
    SAMPLE,
    SHASTA,
    STARBUCKS,
    WEED,
    YREKA,
    alerts_of,
    day,
    event,
    goes,
    ids,
)
from tests.cases import each

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


# --- the cost --------------------------------------------------------------------------------------------------------


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
