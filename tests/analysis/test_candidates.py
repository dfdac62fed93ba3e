"""Officers who could fill a position, in order."""

from dataclasses import replace

from hypothesis import given, settings

from cwac.analysis.alerts import alerts
from cwac.analysis.candidates import Roster, who_could_go
from cwac.analysis.officers import everyone
from cwac.analysis.staffing import gap_board
from cwac.model import Agency, Assignment, Officer
from tests.analysis.plans import EXAMPLE, ON, SAMPLE, asked, day, event, goes, plan, plans, typed_plan


def candidates(events, rows="", options=""):
    """The candidates for the first event, best first, of a line in the form of alerts.txt."""
    snapshot, _ = typed_plan(events, rows, options)
    return who_could_go(snapshot, snapshot.events[0], ON)


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
