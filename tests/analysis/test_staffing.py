"""Openings, duties, candidates, shares and hours of officers; more of them are in answers.txt."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from cwac.analysis import hours as answers
from cwac.analysis.alerts import alerts
from cwac.analysis.candidates import Roster, fair_share, stand_out_words, who_could_go
from cwac.analysis.hours import Hours
from cwac.analysis.officers import everyone
from cwac.analysis.staffing import StaffingLine, duties, fill, gap_board
from cwac.model import Agency, Assignment, Officer
from tests.analysis.plans import DEMO, ON, SAMPLE, at, day, event, plan, plans, typed_plan
from tests.cases import each

# --- gaps -----------------------------------------------------------------------------------------------------


def test_posts_are_counted_by_distinct_people_role_and_agency():
    rows = "S A role=Host; S A status=Assigned role=PIO; E A status=Requested role=Floor; ?SCSO A role=Floor; ?SCSO A"
    snapshot, _ = typed_plan("A needed=4 partners=SCSO bilingual=True", f"{rows}; U A status=Declined role=Supervisor")
    filled = fill(snapshot, snapshot.event_by_id["A"])
    assert (filled.needed, filled.asked, filled.requested, filled.assigned, filled.confirmed) == (4, 2, 1, 1, 1)
    assert filled.by_role == (
        StaffingLine("Host", 1, assigned=1, confirmed=1),
        StaffingLine("Bilingual", 1),
        StaffingLine("PIO", assigned=1),
        StaffingLine("Floor", asked=1, requested=1),
        StaffingLine(None, asked=1),
    )
    assert filled.by_agency == (
        StaffingLine("WPD", 1, assigned=1, confirmed=1),
        StaffingLine("SCSO", 1, asked=2),
        StaffingLine("CHP-MS", requested=1),
    )
    assert (filled.short, filled.lacks, filled.silent, filled.open) == (3, ("Bilingual",), ("SCSO",), True)
    assert filled.words == "1 of 4 staffed · no bilingual officer · nobody from SCSO"


def test_the_board_is_soonest_first_with_full_events_not_urgent_and_can_be_narrowed():
    snapshot, _ = typed_plan("C +30 lead=SCSO; B +1; A +5 status=Cancelled; D +31", "S B role=Host")
    assert [(gap.fill.event.id, gap.urgency, bool(gap.ask)) for gap in gap_board(snapshot, ON)] == [
        ("B", None, False), ("C", None, True), ("D", None, True),
    ]  # fmt: skip
    assert [gap.fill.event.id for gap in gap_board(snapshot, ON, agency="WPD", until=day(30))] == ["B"]


# --- duties -----------------------------------------------------------------------------------------------------


def test_duties_are_what_is_still_to_come_with_times_place_and_clashes():
    snapshot, _ = typed_plan(
        "A +5 venue=STARBUCKS; B +5 9:30-11:00; C -1; D +6",
        "S A role=Host report=8:30; S B status=Assigned; S C; S D status=Declined; U D status=Swapped_out; D A; "
        "?WPD D role=Floor",
    )
    listed = duties(snapshot, ON, person="OF-01")
    assert [(duty.event.id, duty.role, duty.status, duty.report, duty.release, duty.place) for duty in listed] == [
        ("A", "Host", "Confirmed", at("08:30"), at("10:00"), "Weed Starbucks"),
        ("B", None, "Assigned", at("09:30"), at("11:00"), "Weed"),
    ]
    assert [[alert.code for alert in duty.clashes] for duty in listed] == [["officer-double-booked"]] * 2
    everybody = [("A", "A. Sample", 1), ("A", "B. Demo", 0), ("B", "A. Sample", 1), ("D", None, 0)]
    assert [(duty.event.id, duty.name, len(duty.clashes)) for duty in duties(snapshot, ON)] == everybody
    of_wpd = [(duty.event.id, duty.name, len(duty.clashes)) for duty in duties(snapshot, ON, agency="WPD")]
    assert of_wpd == [everybody[0], *everybody[2:]]


def test_duties_of_a_person_known_by_name_find_their_clashes():
    events = [event("A", 5), event("B", 5)]
    rows = [Assignment("A", 2, name="E. Typed"), Assignment("B", 3, name="E. TYPED")]
    listed = duties(plan(events, rows, officers=()), ON, person="e. typed")
    assert [len(duty.clashes) for duty in listed] == [1, 1]


# --- candidates -------------------------------------------------------------------------------------------------------


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


# --- shares -----------------------------------------------------------------------------------------------------------


def share_of(events, rows, first=-100, last=0, **fields):
    defaults = {
        "agencies": (Agency("WPD", "Weed", sworn=8), Agency("SCSO", "Sheriff"), Agency("CHP-MS", "CHP"))
    } | fields
    return fair_share(plan(events, rows, **defaults), day(first), day(last), ON)


def test_a_share_counts_events_hours_leads_early_mornings_and_weekends():
    # A and D are on a Saturday
    snapshot, _ = typed_plan(
        "A -10 status=Completed; B -5 7:30-9:00 status=Completed; C -4 status=Cancelled; D -3 ? status=Completed "
        "lead=SCSO; E +9; F -200 status=Completed; G -6 8:00-10:00 status=Completed lead=-",
        "S A status=Attended role=Host hours=2.5; S A status=Attended role=PIO hours=0.5; S B report=8:30; S C; "
        "S D status=Attended; S E; S F status=Attended role=Host; U A status=No-show; U B status=Declined; "
        "D B status=Requested; D B status=Pulled hours=0.25; D G status=Attended hours=1",
    )
    shares = share_of(snapshot.events, snapshot.assignments)
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
    scso = next(share for share in shares.agencies if share.agency == "SCSO")
    assert (scso.leads, scso.events, scso.early, scso.hours_per_sworn) == (1, 2, 1, None)
    assert [share.agency for share in shares.agencies] == ["CHP-MS", "SCSO", "WPD"]


def test_opt_outs_are_shown_and_an_agency_that_takes_no_part_sends_nobody():
    shy = Officer("OF-09", "S. Shy", "CHP-MS", can_host=False)
    agencies = (Agency("WPD", "Weed"), Agency("SCSO", "Sheriff"), Agency("CHP-MS", "CHP", active=False))
    shares = share_of([], [], officers=(SAMPLE, DEMO, shy), agencies=agencies)
    assert [(line.officer.id, line.officer.can_host, line.available) for line in shares.officers] == [
        ("OF-01", True, True), ("OF-02", None, True), ("OF-09", False, False),
    ]  # fmt: skip


@each(
    ("shifts", "sentence"),
    [
        ({}, "No officer served a shift in that time."),
        ({"S": 1, "D": 1}, "Shifts are spread: the busiest of 4 officers served 1 of 2 shifts."),
        ({"S": 9, "D": 1, "E": 1, "U": 1}, "A. Sample served 9 of 12 shifts."),
        ({"S": 2}, "A. Sample served 2 of 2 shifts."),
        ({"S": 18, "D": 4, "E": 3, "U": 3}, "A. Sample served 64% of all shifts (18 of 28)."),
        ({"S": 12, "D": 10}, "A. Sample and B. Demo served 100% of all shifts (22 of 22)."),
    ],
)
def test_workload_names_those_with_twice_the_typical_number_above_the_largest_step(shifts, sentence):
    names = [f"{who}{number}" for who, served in shifts.items() for number in range(1, served + 1)]
    events = "; ".join(f"{name} -{name[1:]} status=Completed" for name in names)
    rows = "; ".join(f"{name[0]} {name} status=Attended" for name in names)
    snapshot, _ = typed_plan(events, rows, "officers=SDEU")
    assert stand_out_words(fair_share(snapshot, day(-100), ON, ON).officers, "served") == sentence


AT_A_AND_B = {
    "everything": {None: Hours(3.5, 1, 5, 1, 1, 1)},
    "person": {
        "OF-02": Hours(0, 1, 2, 1, 0, 1), "OF-01": Hours(3, 0, 1), "OF-04": Hours(0.5, 0, 1),
        "OF-03": Hours(0, 0, 1, 0, 1),
    },
    "agency": {
        "SCSO": Hours(0, 1, 1, 1, 0, 1), "WPD": Hours(2.5, 0, 3), None: Hours(1, 0, 1), "CHP-MS": Hours(0, 0, 1, 0, 1),
    },
    "pay_type": {None: Hours(0, 1, 3, 1, 1, 1), "Grant": Hours(2, 0, 1), "Overtime": Hours(1.5, 0, 2)},
    "funding": {"OTS grant": Hours(3.5, 1, 3, 1, 0, 1), None: Hours(0, 0, 2, 0, 1)},
    "sender": {"SCSO": Hours(0, 1, 1, 1, 0, 1), "WPD": Hours(3.5, 0, 3), "CHP-MS": Hours(0, 0, 1, 0, 1)},
}  # fmt: skip


def test_every_column_adds_up_the_lines_of_the_chosen_events():
    """People have several rows, agencies and kinds of pay; event B has no times, and C is not chosen."""
    snapshot, _ = typed_plan(
        "A -5 funding=OTS_grant; B -4 ?; C -3",
        # the first reports after the release, so the event's own times count
        "D A report=11:00 release=8:30; S A status=Attended hours=2 pay_type=Grant; "
        "U A status=Pulled hours=0.5 pay_type=Overtime report=7:00; S A hours=0.25 pay_type=Overtime agency=-; "
        "S A hours=0.75 pay_type=Overtime agency=-; S A role=Host report=7:30; D A status=Assigned report=7:59; "
        "E A status=Requested role=Host; E B status=Attended; D B hours=0 agency=WPD; "
        "S C status=Attended report=8:00",
    )
    book, events = answers.ledger(snapshot), snapshot.events
    chosen = book.of(events[:2])
    assert {by: book.totals(chosen, getattr(book.lines, by, book.everything)) for by in AT_A_AND_B} == AT_A_AND_B
    marks = zip(book.lines.early, book.lines.hosts, book.lines.attended, book.lines.recorded, strict=True)
    assert [tuple(map(bool, line)) for line in marks] == [
        (True, False, False, False), *[(True, True, True, True)] * 3, (False, False, False, True),
        (False, False, True, False), (False, False, False, True), (False, False, True, False),
    ]  # fmt: skip
    assert book.at(events) == [(4.5, "officers assigned, not recorded"), (0, "hours not known"), (2, None)]
