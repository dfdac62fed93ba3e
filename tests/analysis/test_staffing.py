"""Gaps, duties, fair share, who could go, hours and rest, and what an emergency leaves open."""

import subprocess
import sys
from dataclasses import replace

import pytest
from hypothesis import given, settings

from cwac.analysis.alerts import alerts
from cwac.analysis.candidates import Roster, who_could_go
from cwac.analysis.emergencies import pulled
from cwac.analysis.fair_share import fair_share
from cwac.analysis.officers import everyone
from cwac.analysis.rest import rest_warnings
from cwac.analysis.staffing import Line, duties, fill, gap_board
from cwac.analysis.weekly_load import weekly_load, weeks_around
from cwac.model import Agency, Assignment, Officer, TimeOff
from cwac.settings import Rules
from tests.analysis.plans import (
    DEMO,
    DUMMY,
    EXAMPLE,
    OFFICERS,
    ON,
    SAMPLE,
    STARBUCKS,
    asked,
    at,
    day,
    event,
    goes,
    plan,
    plans,
)
from tests.cases import each

# --- gaps -----------------------------------------------------------------------------------------------------


def test_posts_are_counted_by_distinct_people_role_and_agency():
    the_event = event("A", officers_needed=4, partner_agencies=("SCSO",), bilingual_needed=True)
    rows = [
        goes(SAMPLE, "A", "Confirmed", "Host"),
        goes(SAMPLE, "A", "Assigned", "PIO"),
        goes(EXAMPLE, "A", "Requested", "Floor"),
        goes(DUMMY, "A", "Declined", "Supervisor"),
        asked("A", "SCSO", "Floor"),
        asked("A", "SCSO"),
    ]
    filled = fill(plan([the_event], rows), the_event)
    assert (filled.needed, filled.asked, filled.requested, filled.assigned, filled.confirmed) == (4, 2, 1, 1, 1)
    assert filled.by_role == (
        Line("Host", 1, assigned=1, confirmed=1),
        Line("Bilingual", 1),
        Line("PIO", assigned=1),
        Line("Floor", asked=1, requested=1),
        Line(None, asked=1),
    )
    assert filled.by_agency == (
        Line("WPD", 1, assigned=1, confirmed=1),
        Line("SCSO", 1, asked=2),
        Line("CHP-MS", requested=1),
    )
    assert (filled.short, filled.lacks, filled.silent, filled.open) == (3, ("Bilingual",), ("SCSO",), True)
    assert filled.words == "1 of 4 staffed · no bilingual officer · nobody from SCSO"


def test_a_blank_need_is_no_gap_of_people():
    the_event = event("A")
    filled = fill(plan([the_event], [goes(SAMPLE, "A", role="Host")]), the_event)
    assert (filled.short, filled.open, filled.words) == (0, False, "1 staffed")


@settings(max_examples=80, deadline=None)
@given(plans())
def test_the_gap_board_and_the_alerts_agree(drawn):
    snapshot, on = drawn
    codes = {}
    for alert in alerts(snapshot, on):
        for event_id in alert.event_ids:
            codes.setdefault(event_id, set()).add(alert.code)
    for gap in gap_board(snapshot, on):
        codes_here = codes.get(gap.fill.event.id, set())
        assert bool(gap.fill.short) == ("understaffed" in codes_here)
        assert ("Host" in gap.fill.lacks) == ("no-host" in codes_here)
        assert ("Bilingual" in gap.fill.lacks) == ("no-bilingual" in codes_here)
        assert bool(gap.fill.silent) == ("agency-without-officer" in codes_here)


@each(
    ("after", "urgency", "reply"),
    [
        (0, "error", "today"),
        (2, "error", "today"),
        (3, "warning", "by Wed, Sep 2, 2026"),
        (7, "warning", "by Sun, Sep 6, 2026"),
        (8, "notice", "by Wed, Sep 2, 2026"),
        (14, "notice", "by Tue, Sep 8, 2026"),
        (15, None, "by Wed, Sep 2, 2026"),
    ],
)
def test_a_gap_is_urgent_at_14_7_and_2_days_and_asks_to_be_answered_before_the_next(after, urgency, reply):
    (gap,) = gap_board(plan([event("A", after, officers_needed=1)]), ON)
    assert (gap.days, gap.urgency) == (after, urgency)
    assert gap.ask.endswith(f"Who can go? Please reply to WPD {reply}.")


def test_the_text_to_copy_says_what_when_where_and_how_many_but_names_nobody():
    the_event = event("A", 9, venue=STARBUCKS, officers_needed=4, partner_agencies=("SCSO",), bilingual_needed=True)
    (gap,) = gap_board(plan([the_event], [goes(SAMPLE, "A")]), ON)
    assert gap.ask == (
        "Coffee with a Cop: Weed Starbucks, Thu, Sep 10, 2026, 9:00–10:00 AM. 1 of 4 staffed. "
        "Still needed: 3 more officers, a host, an officer with a second language. Nobody yet from SCSO. "
        "Who can go? Please reply to WPD by Thu, Sep 3, 2026."
    )


@each(
    ("agencies", "words"),
    [
        (("SCSO", "SCSO", "SCSO"), "3 more officers from SCSO."),
        (("SCSO", "SCSO"), "3 more officers (2 from SCSO)."),
        (("SCSO", "CHP-MS"), "3 more officers (1 from SCSO, 1 from CHP-MS)."),
        ((None,), "3 more officers."),
    ],
)
def test_the_text_to_copy_says_which_agencies_are_asked(agencies, words):
    rows = [goes(SAMPLE, "A", role="Host"), *(asked("A", agency) for agency in agencies)]
    (gap,) = gap_board(plan([event("A", 9, officers_needed=4)], rows), ON)
    assert f"Still needed: {words}" in gap.ask


def test_the_board_is_soonest_first_with_full_events_not_urgent_and_can_be_narrowed():
    full = [goes(SAMPLE, "B", role="Host")]
    events = [event("C", 30, lead_agency="SCSO"), event("B", 1), event("A", 5, status="Cancelled"), event("D", 31)]
    snapshot = plan(events, full)
    assert [(gap.fill.event.id, gap.urgency, bool(gap.ask)) for gap in gap_board(snapshot, ON)] == [
        ("B", None, False),
        ("C", None, True),
        ("D", None, True),
    ]
    assert [gap.fill.event.id for gap in gap_board(snapshot, ON, agency="WPD", until=day(30))] == ["B"]


# --- duties -----------------------------------------------------------------------------------------------------


def test_duties_are_what_is_still_to_come_with_times_place_and_clashes():
    events = [event("A", 5, venue=STARBUCKS), event("B", 5, start="09:30", end="11:00"), event("C", -1), event("D", 6)]
    rows = [
        goes(SAMPLE, "A", role="Host", report_time="08:30"),
        goes(SAMPLE, "B", "Assigned"),
        goes(SAMPLE, "C"),
        goes(SAMPLE, "D", "Declined"),
        goes(DUMMY, "D", "Swapped out"),
        goes(DEMO, "A"),
        asked("D", "WPD", "Floor"),
    ]
    listed = duties(plan(events, rows), ON, person="OF-01")
    assert [(duty.event.id, duty.role, duty.status, duty.report, duty.release, duty.place) for duty in listed] == [
        ("A", "Host", "Confirmed", at("08:30"), at("10:00"), "Weed Starbucks"),
        ("B", None, "Assigned", at("09:30"), at("11:00"), "Weed"),
    ]
    assert [[alert.code for alert in duty.clashes] for duty in listed] == [["officer-double-booked"]] * 2
    assert [(duty.event.id, duty.name) for duty in duties(plan(events, rows), ON, agency="WPD")] == [
        ("A", "A. Sample"),
        ("B", "A. Sample"),
        ("D", None),
    ]
    everybody = duties(plan(events, rows), ON)
    assert [(duty.event.id, duty.name, len(duty.clashes)) for duty in everybody] == [
        ("A", "A. Sample", 1),
        ("A", "B. Demo", 0),
        ("B", "A. Sample", 1),
        ("D", None, 0),
    ]


def test_duties_of_a_person_known_by_name_find_their_clashes():
    events = [event("A", 5), event("B", 5)]
    rows = [Assignment("A", 2, name="E. Typed"), Assignment("B", 3, name="E. TYPED")]
    listed = duties(plan(events, rows, officers=()), ON, person="e. typed")
    assert [len(duty.clashes) for duty in listed] == [1, 1]


# --- fair share ---------------------------------------------------------------------------------------------------


def share_of(events, rows, first=-100, last=0, **fields):
    defaults = {
        "agencies": (Agency("WPD", "Weed", sworn=8), Agency("SCSO", "Sheriff"), Agency("CHP-MS", "CHP"))
    } | fields
    return fair_share(plan(events, rows, **defaults), day(first), day(last), ON)


def test_a_share_counts_events_hours_leads_early_mornings_and_weekends():
    events = [
        event("A", -10, status="Completed"),  # a Saturday
        event("B", -5, start="07:30", end="09:00", status="Completed"),
        event("C", -4, status="Cancelled"),
        event("D", -3, start=None, status="Completed", lead_agency="SCSO"),  # a Saturday too
        event("E", 9),
        event("F", -200, status="Completed"),
        event("G", -6, start="08:00", status="Completed", lead_agency=None),
    ]
    rows = [
        goes(SAMPLE, "A", "Attended", "Host", hours=2.5),
        goes(SAMPLE, "A", "Attended", "PIO", hours=0.5),
        goes(SAMPLE, "B", "Confirmed", report_time="08:30"),
        goes(SAMPLE, "C"),
        goes(SAMPLE, "D", "Attended"),
        goes(SAMPLE, "E"),
        goes(SAMPLE, "F", "Attended", "Host"),
        goes(DUMMY, "A", "No-show"),
        goes(DUMMY, "B", "Declined"),
        goes(DEMO, "B", "Requested"),
        goes(DEMO, "B", "Pulled", hours=0.25),
        goes(DEMO, "G", "Attended", hours=1),
    ]
    shares = share_of(events, rows)
    sample = next(line for line in shares.officers if line.officer == SAMPLE)
    assert (sample.events, sample.leads, sample.early, sample.weekends) == (3, 1, 0, 2)
    assert (sample.last, sample.next) == (day(-3), day(9))
    assert (sample.hours.recorded, sample.hours.scheduled) == (3.0, 0.5)
    assert sample.hours.words == (
        "1 of 3 with hours recorded; 1 assigned, not recorded, with 0.5 hours as scheduled; 1 not known"
    )
    demo = next(line for line in shares.officers if line.officer == DEMO)
    assert (demo.events, demo.early, demo.hours.recorded, demo.last) == (2, 1, 1.25, day(-5))
    wpd = next(share for share in shares.agencies if share.agency == "WPD")
    assert (wpd.people, wpd.events, wpd.leads, wpd.weekends, wpd.sworn) == (1, 3, 2, 2, 8)
    assert wpd.hours_per_sworn == pytest.approx(3.5 / 8)
    assert wpd.events_per_sworn == pytest.approx(3 / 8)
    scso = next(share for share in shares.agencies if share.agency == "SCSO")
    assert (scso.leads, scso.events, scso.early, scso.hours_per_sworn) == (1, 2, 1, None)
    assert [share.agency for share in shares.agencies] == ["CHP-MS", "SCSO", "WPD"]


def test_the_least_recent_come_first_and_unavailable_officers_last():
    gone = Officer("OF-08", "G. Gone", "WPD", active_to=day(-50))
    new = Officer("OF-09", "N. New", "WPD")
    left = Officer("OF-07", "L. Left", "WPD", active_to=day(-300))
    events = [event("A", -30, status="Completed"), event("B", -60, status="Completed"), event("C", 3)]
    rows = [
        goes(SAMPLE, "A"),
        goes(DUMMY, "B"),
        goes(DEMO, "B"),
        goes(DEMO, "A"),
        goes(gone, "B"),
        goes(EXAMPLE, "C"),
    ]
    off = (TimeOff("OF-04", day(0), day(2)), TimeOff("OF-01", day(-5), day(-3)))
    shares = share_of(events, rows, officers=(*OFFICERS, gone, new, left), time_off=off)
    assert [(line.officer.name, line.available, line.days_away) for line in shares.officers] == [
        ("C. Example", True, 0),
        ("N. New", True, 0),
        ("A. Sample", True, 3),
        ("B. Demo", True, 0),
        ("D. Dummy", False, 1),
        ("G. Gone", False, 50),
    ]


def test_opt_outs_are_shown_and_an_agency_that_takes_no_part_sends_nobody():
    shy = Officer("OF-09", "S. Shy", "CHP-MS", can_host=False)
    agencies = (Agency("WPD", "Weed"), Agency("SCSO", "Sheriff"), Agency("CHP-MS", "CHP", active=False))
    shares = share_of([], [], officers=(SAMPLE, DEMO, shy), agencies=agencies)
    assert [(line.officer.id, line.may_host, line.available) for line in shares.officers] == [
        ("OF-01", True, True),
        ("OF-02", None, True),
        ("OF-09", False, False),
    ]


def test_shares_know_people_without_an_officers_tab():
    rows = [Assignment("A", 2, name="E. Typed", agency="WPD"), Assignment("A", 3, name="e. typed", status="Attended")]
    shares = share_of([event("A", -3, status="Completed")], rows, officers=())
    assert [(line.officer.name, line.events, line.hours.scheduled) for line in shares.officers] == [
        ("E. Typed", 1, 1.0)
    ]


# --- who could go -------------------------------------------------------------------------------------------------


def test_candidates_of_the_events_agencies_come_first_then_those_who_fill_a_role():
    the_event = event("A", partner_agencies=("SCSO",), bilingual_needed=True)
    ranked = who_could_go(plan([the_event]), the_event, ON)
    assert [candidate.officer.name for candidate in ranked] == ["A. Sample", "B. Demo", "D. Dummy", "C. Example"]
    assert all(candidate.available for candidate in ranked)
    candidates = {candidate.officer.name: candidate for candidate in ranked}
    assert candidates["A. Sample"].fits == ("Host",)
    assert candidates["B. Demo"].fits == ("Bilingual",)
    assert candidates["A. Sample"].reasons == (
        "may host",
        "WPD is on the event and has no officer there yet",
        "0 events in 90 days",
        "not assigned yet",
    )
    assert candidates["B. Demo"].reasons[0] == "speaks Spanish"
    assert candidates["C. Example"].against == ("CHP-MS is not named on the event",)


def test_candidates_of_an_agency_that_is_asked_come_first():
    the_event = event("A", partner_agencies=("SCSO",), bilingual_needed=True)
    ranked = who_could_go(plan([the_event], [asked("A", "CHP-MS")]), the_event, ON)
    assert [candidate.officer.name for candidate in ranked] == ["C. Example", "A. Sample", "B. Demo", "D. Dummy"]


def test_load_in_90_days_then_the_longest_time_since_decides():
    the_event = event("A", 20)
    more = tuple(Officer(f"OF-1{n}", f"N. {n}", "WPD") for n in range(4))
    events = [
        the_event,
        event("long ago", -71, status="Completed"),
        event("90 days before", -70, status="Completed"),
        event("lately", -5, status="Completed"),
        event("after", 30),
        event("off", -4, status="Cancelled"),
    ]
    rows = [
        goes(more[0], "lately"),
        goes(more[1], "90 days before"),
        goes(more[2], "long ago"),
        goes(more[3], "after"),
        goes(more[3], "off"),
    ]
    candidates = who_could_go(plan(events, rows, officers=more), the_event, ON)
    assert [(candidate.officer.name, candidate.load, candidate.last, candidate.next) for candidate in candidates] == [
        ("N. 3", 0, None, day(30)),
        ("N. 2", 0, day(-71), None),
        ("N. 1", 1, day(-70), None),
        ("N. 0", 1, day(-5), None),
    ]
    assert candidates[0].reasons[-3:] == ("0 events in 90 days", "not assigned yet", "next event Thu, Oct 1")


def test_an_agency_that_sends_nobody_yet_comes_before_one_that_does():
    the_event = event("A", partner_agencies=("SCSO",))
    snapshot = plan([the_event], [goes(SAMPLE, "A", role="Host")], officers=(SAMPLE, replace(DUMMY, id="OF-00"), DEMO))
    assert [candidate.officer.name for candidate in who_could_go(snapshot, the_event, ON)] == ["B. Demo", "D. Dummy"]


@each(
    ("other", "against"),
    [
        (event("B", start="09:30", end="11:00"), "at Weed on Mon, Sep 21, 9:30–11:00 AM"),
        (
            event("B", start="10:10", end="11:00", town="Yreka"),
            "10 min to or from Yreka on Mon, Sep 21, the drive takes about 54 min",
        ),
        (
            event("B", start="08:00", end="08:50", town="Yreka"),
            "10 min to or from Yreka on Mon, Sep 21, the drive takes about 54 min",
        ),
    ],
)
def test_officers_who_are_elsewhere_or_too_far_cannot_go(other, against):
    the_event = event("A")
    candidates = who_could_go(plan([the_event, other], [goes(SAMPLE, "B")], officers=(SAMPLE, DUMMY)), the_event, ON)
    assert [(candidate.officer.name, candidate.available) for candidate in candidates] == [
        ("D. Dummy", True),
        ("A. Sample", False),
    ]
    assert candidates[1].against[0] == against


def test_officers_off_inactive_or_out_cannot_go_and_participants_are_not_listed():
    the_event = event("A")
    new = Officer("OF-08", "N. New", "WPD", active_from=day(21))
    retired = Officer("OF-09", "R. Retired", "EPD")
    snapshot = plan(
        [the_event],
        [goes(SAMPLE, "A"), goes(DEMO, "A", "Declined"), goes(EXAMPLE, "A", "Pulled")],
        officers=(*OFFICERS, new, retired),
        agencies=(Agency("EPD", "Etna", active=False),),
        time_off=(TimeOff("OF-04", day(20), day(20)),),
    )
    candidates = {
        candidate.officer.name: (candidate.available, candidate.against[0])
        for candidate in who_could_go(snapshot, the_event, ON)
    }
    assert candidates == {
        "B. Demo": (False, "declined"),
        "C. Example": (False, "was pulled"),
        "D. Dummy": (False, "has the day off"),
        "N. New": (False, "not active that day"),
        "R. Retired": (False, "EPD no longer takes part"),
    }


def test_unknown_facts_are_noted_and_rule_nobody_out():
    the_event = event("A")
    events = [the_event, event("B", start="10:05", end="11:00", town="Etna"), event("C", start=None, town="Yreka")]
    rows = [goes(SAMPLE, "B"), goes(DUMMY, "C")]
    candidates = {candidate.officer.name: candidate for candidate in who_could_go(plan(events, rows), the_event, ON)}
    assert candidates["A. Sample"].available
    assert "drive to or from Etna on Mon, Sep 21 not checked: place not known" in candidates["A. Sample"].against
    assert candidates["D. Dummy"].available
    assert candidates["D. Dummy"].against == ("also at Yreka on Mon, Sep 21, times not known",)


def test_hours_and_rest_are_noted_and_rule_nobody_out():
    the_event = event("A")
    events = [the_event, event("B", start="14:00", end="20:00"), event("C", 22, start="08:00", end="14:00")]
    rows = [goes(SAMPLE, "B"), goes(SAMPLE, "C")]
    sample = next(
        candidate for candidate in who_could_go(plan(events, rows), the_event, ON) if candidate.officer == SAMPLE
    )
    assert sample.available
    assert sample.against == ("13 h of events that week (limit 12)", "4.0 h from another shift (limit 8)")


def test_if_nobody_is_marked_as_a_host_all_but_those_marked_no_may_host():
    yes, no, blank = (Officer(f"OF-{n}", n, "WPD", can_host=can) for n, can in (("Y", True), ("N", False), ("U", None)))
    marked, unmarked = Roster(plan([], officers=(yes, no, blank)), ON), Roster(plan([], officers=(no, blank)), ON)
    assert [marked.may_host(officer) for officer in (yes, no, blank)] == [True, False, False]
    assert [unmarked.may_host(officer) for officer in (no, blank)] == [False, True]


def test_everyone_is_every_listed_officer_and_every_name_in_staffing():
    rows = [Assignment("A", 2, name="E. Typed", agency="WPD"), Assignment("A", 3, name="E. TYPED"), asked("A")]
    assert everyone(plan([event("A")], rows, officers=(SAMPLE,))) == {
        "OF-01": SAMPLE,
        "e. typed": Officer("E. Typed", "E. Typed", "WPD"),
    }


@settings(max_examples=80, deadline=None)
@given(plans())
def test_sending_anybody_who_could_go_makes_no_new_clash(drawn):
    """Adding the row that a candidate would get brings no new alert about that officer."""
    snapshot, on = drawn
    about = {"officer-double-booked", "officer-tight-travel", "officer-on-time-off", "officer-inactive"}

    def troubles(of, officer):
        return {
            (alert.code, event_id)
            for alert in alerts(of, on)
            for event_id in alert.event_ids
            if alert.code in about and alert.officer == officer
        }

    for gap in gap_board(snapshot, on)[:2]:
        for candidate in who_could_go(snapshot, gap.fill.event, on):
            if not candidate.available or candidate.officer.id not in snapshot.officer_by_id:
                continue
            row = Assignment(
                gap.fill.event.id, 99, candidate.officer.id, candidate.officer.name, candidate.officer.agency
            )
            after = replace(snapshot, assignments=(*snapshot.assignments, row))
            assert gap.fill.event.id not in {name for _, name in troubles(after, candidate.officer.id)}


# --- hours and rest -----------------------------------------------------------------------------------------------


def test_too_many_hours_in_a_week_are_warned_about_once_and_overlaps_count_once():
    # the week from Sunday, September 20 to Saturday 26, in which A to C and E are; D is on the next Sunday
    events = [
        event("A", 20, start="08:00", end="14:00"),
        event("B", 21, start="08:00", end="14:00"),
        event("C", 21, start="13:00", end="14:30"),
        event("E", 20, start="09:00", end="10:00"),
        event("D", 26, start="08:00", end="14:00"),
    ]
    rows = [goes(SAMPLE, name) for name in "ABCDE"] + [goes(DEMO, name) for name in "ABD"]
    (weekly,) = [warning for warning in rest_warnings(plan(events, rows), ON) if warning.kind == "hours"]
    assert (weekly.person, weekly.name, weekly.agency, weekly.day) == ("OF-01", "A. Sample", "WPD", day(19))
    assert (weekly.hours, weekly.limit, weekly.event_ids) == (12.5, 12.0, ("A", "E", "B", "C"))
    assert weekly.message == "A. Sample has 12.5 hours of events in the week of Sun, Sep 20; the limit is 12."


def test_this_week_s_past_counts_and_past_weeks_do_not():
    # ON is a Tuesday: yesterday is of this week
    events = [
        event("A", -1, start="08:00", end="14:00", status="Completed"),
        event("B", 0, start="08:00", end="15:00"),
        event("C", -3, start="08:00", end="21:00", status="Completed"),
    ]
    rows = [goes(SAMPLE, "A", "Attended"), goes(SAMPLE, "B"), goes(SAMPLE, "C", "Attended")]
    assert [(warning.kind, warning.hours) for warning in rest_warnings(plan(events, rows), ON)] == [("hours", 13.0)]
    assert rest_warnings(plan([events[0], events[2]], rows[::2]), ON) == ()


@each(("start", "warned"), [("04:00", True), ("04:59", True), ("05:00", False)])
def test_rest_between_duties_is_eight_hours(start, warned):
    events = [event("A", start="19:00", end="21:00"), event("B", 21, start=start, end="12:00")]
    warnings = rest_warnings(plan(events, [goes(SAMPLE, "A"), goes(SAMPLE, "B")]), ON)
    assert [(warning.kind, warning.event_ids, warning.day) for warning in warnings] == (
        [("rest", ("A", "B"), day(21))] if warned else []
    )


def test_limits_can_be_configured_and_a_clash_is_no_lack_of_rest():
    events = [event("A"), event("B", start="09:30", end="11:00"), event("C", start="13:00", end="14:00")]
    rows = [goes(SAMPLE, "A"), goes(SAMPLE, "B"), goes(SAMPLE, "C", "Declined")]
    assert rest_warnings(plan(events, rows), ON) == ()
    assert [warning.kind for warning in rest_warnings(plan(events, rows), ON, Rules(weekly_hours=1.5))] == ["hours"]
    rows = [goes(SAMPLE, "A"), goes(SAMPLE, "C", "Requested")]
    assert [warning.hours for warning in rest_warnings(plan(events, rows), ON)] == [3.0]
    assert rest_warnings(plan(events, rows), ON, Rules(rest_hours=3)) == ()


def test_weekly_load_counts_events_once_and_hours_as_rest_warnings_do():
    weeks = weeks_around(day(20), 1, 1)
    assert weeks == (day(12), day(19), day(26))  # Sundays
    events = [
        event("PAST", 18, start="08:00", end="10:00"),
        event("A", 19, start="08:00", end="10:00"),
        event("B", 25, start="08:00", end="10:00"),
        event("C", 25, start="09:00", end="11:00"),
        event("OFF", 25, start="13:00", end="14:00", status="Cancelled"),
        event("NEXT", 26, start="08:00", end="09:00"),
        event("FAR", 33, start="08:00", end="09:00"),
    ]
    rows = [
        *(goes(SAMPLE, name) for name in ("PAST", "A", "A", "B", "OFF", "FAR")),
        goes(SAMPLE, "C", "Requested"),
        goes(SAMPLE, "NEXT", "Declined"),
        goes(DEMO, "NEXT", "Confirmed"),
    ]
    loads = weekly_load(plan(events, rows), weeks, among={SAMPLE.id, DEMO.id})
    assert set(loads) == {SAMPLE.id, DEMO.id}
    assert (loads[SAMPLE.id].events, loads[SAMPLE.id].hours) == ((1, 2, 0), (2, 5, 0))
    assert (loads[DEMO.id].events, loads[DEMO.id].hours) == ((0, 0, 1), (0, 0, 1))


# --- pulled to an emergency -----------------------------------------------------------------------------------------


def test_pulled_says_who_is_left_and_who_could_go():
    the_event = event("A", 3, officers_needed=3)
    rows = [goes(SAMPLE, "A", "Pulled"), goes(DEMO, "A"), goes(DEMO, "A", role="Host")]
    (loss,) = pulled(plan([the_event, event("B")], rows), ON)
    assert (loss.event.id, loss.off, loss.short) == ("A", False, 2)
    assert [row.name for row in loss.pulled] == ["A. Sample"]
    assert [row.name for row in loss.left] == ["B. Demo"]
    assert [officer.officer.name for officer in loss.could] == ["D. Dummy", "C. Example"]
    assert loss.message == (
        "Weed, Fri, Sep 4: A. Sample pulled to an emergency. Left: B. Demo (1 of 3 staffed · nobody from WPD)."
    )
    assert len(pulled(plan([the_event], rows), ON, limit=1)[0].could) == 1


def test_an_event_called_off_for_mutual_aid_says_what_makes_up_for_it():
    def event_called_off(name, **fields):
        return event(name, 3, status="Cancelled", cancel_reason="Mutual aid", **fields)

    again = event("C", 30, replaces="B")
    snapshot = plan(
        [
            event_called_off("A"),
            event_called_off("B"),
            again,
            event("D", 3, status="Cancelled", cancel_reason="Fire"),
            replace(event_called_off("E"), date=day(-1)),
        ],
        [goes(SAMPLE, "A")],
    )
    losses = pulled(snapshot, ON)
    assert [(loss.event.id, loss.off, loss.short, loss.could, loss.replacement) for loss in losses] == [
        ("A", True, 0, (), None),
        ("B", True, 0, (), again),
    ]
    assert [loss.message for loss in losses] == [
        "Weed, Fri, Sep 4: canceled: pulled to mutual aid; no new date yet. Free again: A. Sample.",
        "Weed, Fri, Sep 4: canceled: pulled to mutual aid; made up for on Thu, Oct 1. Free again: nobody.",
    ]


def test_past_events_and_drafts_are_not_pulled():
    rows = [goes(SAMPLE, "A", "Pulled"), goes(SAMPLE, "B", "Pulled")]
    assert pulled(plan([event("A", -1), event("B", status="Draft")], rows), ON) == ()


def test_the_modules_start_quickly():
    """The command line answers before pandas or the solver would have been read."""
    code = "import sys, cwac.analysis.staffing; print({'pandas', 'highspy', 'numpy', 'streamlit'} & set(sys.modules))"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)
    assert result.stdout.strip() == "set()"
