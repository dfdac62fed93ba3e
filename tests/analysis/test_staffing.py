"""Openings, shifts, and positions left open by an emergency."""

from cwac.analysis.staffing import StaffingLine, duties, fill, gap_board
from cwac.model import Assignment
from tests.analysis.plans import ON, at, day, event, plan, typed_plan

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


def board(events, rows="", **asked):
    return gap_board(typed_plan(events, rows)[0], ON, **asked)


def test_the_board_is_soonest_first_with_full_events_not_urgent_and_can_be_narrowed():
    plan_of_four = "C +30 lead=SCSO; B +1; A +5 status=Cancelled; D +31", "S B role=Host"
    assert [(gap.fill.event.id, gap.urgency, bool(gap.ask)) for gap in board(*plan_of_four)] == [
        ("B", None, False), ("C", None, True), ("D", None, True),
    ]  # fmt: skip
    assert [gap.fill.event.id for gap in board(*plan_of_four, agency="WPD", until=day(30))] == ["B"]


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
