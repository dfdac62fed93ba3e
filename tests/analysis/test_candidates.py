"""Officers who could fill a position, in order."""

from dataclasses import replace

from hypothesis import given, settings

from cwac.analysis.alerts import alerts
from cwac.analysis.candidates import Roster, who_could_go
from cwac.analysis.officers import everyone
from cwac.analysis.staffing import gap_board
from cwac.model import Agency, Assignment, Officer
from tests.analysis.plans import ON, SAMPLE, plan, plans, typed_plan


def test_officer_of_another_time_or_agency_cannot_go_and_participants_are_not_listed():
    snapshot, _ = typed_plan("A", "S A", "officers=SN active=21:")
    retired, agencies = Officer("OF-08", "R. Retired", "EPD"), (Agency("EPD", "Etna", active=False),)
    snapshot = replace(snapshot, officers=(*snapshot.officers, retired), agencies=agencies)
    found = who_could_go(snapshot, snapshot.events[0], ON)
    assert [(each.officer.name, each.available, each.against[0]) for each in found] == [
        ("N. New", False, "not active that day"), ("R. Retired", False, "EPD no longer takes part"),
    ]  # fmt: skip


def test_if_nobody_is_marked_as_a_host_all_but_those_marked_no_may_host():
    yes, no, blank = (Officer(f"OF-{n}", n, "WPD", can_host=can) for n, can in (("Y", True), ("N", False), ("U", None)))
    marked, unmarked = Roster(plan([], officers=(yes, no, blank)), ON), Roster(plan([], officers=(no, blank)), ON)
    assert [marked.fits(officer, "Host") for officer in (yes, no, blank)] == [True, False, False]
    assert [unmarked.fits(officer, "Host") for officer in (no, blank)] == [False, True]


def test_everyone_is_every_listed_officer_and_every_name_in_staffing():
    snapshot, _ = typed_plan("A", "E._Typed A agency=WPD; E._TYPED A; ? A", "officers=S")
    assert everyone(snapshot) == {"OF-01": SAMPLE, "e. typed": Officer("E. Typed", "E. Typed", "WPD")}


@settings(max_examples=40, deadline=None)
@given(plans())
def test_sending_anybody_who_could_go_makes_no_new_clash(drawn):
    """Adding the row that a candidate would get brings no new alert about that officer."""
    snapshot, on = drawn
    about = {"officer-double-booked", "officer-tight-travel", "officer-on-time-off", "officer-inactive"}
    for gap in gap_board(snapshot, on)[:2]:
        for candidate in who_could_go(snapshot, gap.fill.event, on):
            officer = candidate.officer
            if candidate.available and officer.id in snapshot.officer_by_id:
                row = Assignment(gap.fill.event.id, 99, officer.id, officer.name, officer.agency)
                found = alerts(replace(snapshot, assignments=(*snapshot.assignments, row)), on)
                troubles = [alert for alert in found if alert.code in about and alert.officer == officer.id]
                assert gap.fill.event.id not in {name for alert in troubles for name in alert.event_ids}
