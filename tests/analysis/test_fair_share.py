"""Each agency's share of positions beside its share of events, weekly hours, and rest between shifts."""

import pytest

from cwac.analysis.fair_share import fair_share, stand_out_words
from cwac.model import Agency, Officer
from tests.analysis.plans import DEMO, ON, SAMPLE, day, plan, typed_plan
from tests.cases import each


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
