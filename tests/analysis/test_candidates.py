"""Officers who could fill a position, in order."""

from dataclasses import replace

from hypothesis import given, settings

from cwac.analysis.alerts import alerts
from cwac.analysis.candidates import Roster, who_could_go
from cwac.analysis.officers import everyone
from cwac.analysis.staffing import gap_board
from cwac.model import Agency, Assignment, Officer
from tests.analysis.plans import EXAMPLE, ON, SAMPLE, asked, day, event, goes, plan, plans, typed_plan
from tests.cases import each


def candidates(events, rows="", options=""):
    """The candidates for the first event, best first, of a line in the form of alerts.txt."""
    snapshot, _ = typed_plan(events, rows, options)
    return who_could_go(snapshot, snapshot.events[0], ON)


@each(
    ("events", "rows", "options", "names"),
    [
        # agencies on the event, then those who fill a missing role
        ("A partners=SCSO bilingual=True", "", "officers=SDEU", "A. Sample, B. Demo, D. Dummy, C. Example"),
        ("A partners=SCSO bilingual=True", "?CHP-MS A", "officers=SDEU", "C. Example, A. Sample, B. Demo, D. Dummy"),
        ("A partners=SCSO", "S A role=Host", "officers=SUE", "D. Dummy, C. Example"),
        ("A bilingual=True", "S A role=Host", "officers=SUN speaks=Spanish", "N. New, D. Dummy"),
        # an agency that sends nobody yet
        ("A partners=SCSO", "N A role=Host", "officers=NSD", "B. Demo, A. Sample"),
        # the least load in 90 days (day -70 to 20), then the longest time since
        ("A; P -71 status=Completed; Q -70 status=Completed; R -5 status=Completed; X +30; Z -4 status=Cancelled",
         "N R; U Q; S P; E X Z", "officers=SUEN", "A. Sample, D. Dummy, N. New, C. Example"),
        ("A; P -20 status=Completed; Q -19 status=Completed; R -5 status=Completed", "S A role=Host; N P Q; U R",
         "officers=SNU", "D. Dummy, N. New"),
        ("A; P -20 status=Completed; R -5 status=Completed", "S A role=Host; N P; U R",
         "officers=SNU", "N. New, D. Dummy"),
    ],
)  # fmt: skip
def test_candidates_are_in_order(events, rows, options, names):
    ranked = candidates(events, rows, options)
    assert ", ".join(candidate.officer.name for candidate in ranked) == names
    assert all(candidate.available for candidate in ranked)


def test_candidate_has_reasons_load_and_duties():
    by_name = {candidate.officer.name: candidate for candidate in candidates("A partners=SCSO bilingual=True")}
    assert [by_name[name].fits for name in ("A. Sample", "B. Demo")] == [("Host",), ("Bilingual",)]
    assert by_name["A. Sample"].reasons == (
        "may host", "WPD has no officer there yet", "0 events in the 90 days to Mon, Sep 21",
        "not assigned yet",
    )  # fmt: skip
    assert by_name["B. Demo"].reasons[0] == "speaks Spanish"
    assert by_name["C. Example"].against == ("CHP-MS is not named on the event",)
    events = "A; P -71 status=Completed; Q -70 status=Completed; R -5 status=Completed; X +30; Z -4 status=Cancelled"
    loads = {
        each.officer.name: (each.load, each.last, each.next) for each in candidates(events, "N R; U Q; S P; E X Z")
    }
    assert loads == {
        "N. New": (1, day(-5), None), "D. Dummy": (1, day(-70), None), "A. Sample": (0, day(-71), None),
        "C. Example": (0, None, day(30)), "B. Demo": (0, None, None),
    }  # fmt: skip
    (example,) = [each for each in candidates("A; X +30", "E X") if each.officer == EXAMPLE]
    assert example.reasons[-3:] == (
        "0 events in the 90 days to Mon, Sep 21", "not assigned yet", "next event Thu, Oct 1",
    )  # fmt: skip


@each(
    ("events", "rows", "options", "available", "against"),
    [
        ("A; B 9:30-11:00", "S B", "", False, "at Weed on Mon, Sep 21, 9:30–11:00 AM"),
        ("A; B 10:10-11:00 town=Yreka", "S B", "", False,
         "10 min to or from Yreka on Mon, Sep 21, the drive takes about 54 min"),
        ("A; B 8:00-8:50 town=Yreka", "S B", "", False,
         "10 min to or from Yreka on Mon, Sep 21, the drive takes about 54 min"),
        ("A", "S A status=Declined", "", False, "declined"),
        ("A", "S A status=Pulled", "", False, "was pulled"),
        ("A", "", "off=OF-01:20:20", False, "has the day off"),
        # what is not known, and the limits of a week, are noted and rule nobody out
        ("A; B 11:00-12:00 town=Etna", "S B", "", True,
         "drive to or from Etna on Mon, Sep 21 not checked: place not known"),
        ("A; B ? town=Yreka", "S B", "", True, "also at Yreka on Mon, Sep 21, times not known"),
        ("A; B 14:00-20:00; C +22 8:00-14:00", "S B C", "", True, "13 h of events that week (limit 12)"),
        ("A; B 14:00-20:00", "S B", "", True, "4.0 h from another shift (limit 8)"),
    ],
)  # fmt: skip
def test_what_speaks_against_somebody_is_said(events, rows, options, available, against):
    (sample,) = [each for each in candidates(events, rows, options) if each.officer == SAMPLE]
    assert sample.available is available
    assert against in sample.against
    assert available or candidates(events, rows, options)[-1] == sample


def test_unknown_places_of_one_town_need_the_minutes_to_spare_only():
    """An hour is enough."""
    (sample,) = [each for each in candidates("A town=Etna; B 11:00-12:00 town=Etna", "S B") if each.officer == SAMPLE]
    assert sample.against == ("1.0 h from another shift (limit 8)",)


def test_officer_of_another_time_or_agency_cannot_go_and_participants_are_not_listed():
    the_event = event("A")
    new, retired = Officer("OF-08", "N. New", "WPD", active_from=day(21)), Officer("OF-09", "R. Retired", "EPD")
    agencies = (Agency("EPD", "Etna", active=False),)
    snapshot = plan([the_event], [goes(SAMPLE, "A")], officers=(SAMPLE, new, retired), agencies=agencies)
    assert [(each.officer.name, each.available, each.against[0]) for each in who_could_go(snapshot, the_event, ON)] == [
        ("N. New", False, "not active that day"),
        ("R. Retired", False, "EPD no longer takes part"),
    ]


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


@settings(max_examples=40, deadline=None)
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
