"""Officers who could fill a position, in order."""

from dataclasses import replace

from hypothesis import given, settings

from cwac.analysis.alerts import alerts
from cwac.analysis.candidates import Roster, who_could_go
from cwac.analysis.officers import everyone
from cwac.analysis.staffing import gap_board
from cwac.model import Agency, Assignment, Officer, TimeOff
from tests.analysis.plans import (
    DEMO,
    DUMMY,
    EXAMPLE,
    OFFICERS,
    ON,
    SAMPLE,
    asked,
    day,
    event,
    goes,
    plan,
    plans,
)
from tests.cases import each


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
    assert [marked.fits(officer, "Host") for officer in (yes, no, blank)] == [True, False, False]
    assert [unmarked.fits(officer, "Host") for officer in (no, blank)] == [False, True]


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
