"""Facts of the whole sheet that a liaison sees: conflicts, people on the national day, and changes."""

import dataclasses
import datetime as dt
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.access import COORDINATOR, Viewer, restrict, restrict_both, shared_with
from cwac.analysis.alerts import alerts
from cwac.analysis.changes import changes
from cwac.analysis.periods import national_day
from cwac.analysis.staffing import duties
from cwac.model import Alert, Assignment, Officer, Snapshot, TimeOff
from tests.analysis.plans import DEMO, EXAMPLE, OFFICERS, ON, SAMPLE, event, goes, plan
from tests.cases import each

CHP, SCSO, WPD = (Viewer("liaison", (short,)) for short in ("CHP-MS", "SCSO", "WPD"))
DOUBLE, TIGHT = "officer-double-booked", "officer-tight-travel"


def alerts_for(snapshot: Snapshot, viewer: Viewer, *codes: str) -> list[Alert]:
    return [alert for alert in alerts(restrict(snapshot, viewer), ON) if alert.code in codes]


def at_two_events(start: str = "09:30", end: str = "10:30", **fields: object) -> Snapshot:
    """A. Sample of WPD at HERE in Weed, shared with CHP-MS, and at THERE in Yreka, which SCSO leads."""
    events = [
        event("HERE", lead_agency="CHP-MS"),
        event("THERE", start=start, end=end, town="Yreka", lead_agency="SCSO"),
    ]
    return plan(events, [goes(SAMPLE, "HERE"), goes(SAMPLE, "THERE")], **fields)


# --- conflicts -----------------------------------------------------------------------------------------------------


@each(("viewer", "seen", "other"), [(CHP, "HERE", "Yreka"), (SCSO, "THERE", "Weed")])
@each(("times", "severity", "code"), [(("09:30", "10:30"), "error", DOUBLE), (("10:05", "11:00"), "warning", TIGHT)])
def test_a_liaison_who_sees_the_name_is_told_of_a_conflict_elsewhere(viewer, seen, other, times, severity, code):
    (alert,) = alerts_for(at_two_events(*times), viewer, DOUBLE, TIGHT)
    assert (alert.severity, alert.code, alert.event_ids, alert.officer) == (severity, code, (seen,), "OF-01")
    assert code == TIGHT or "A. Sample is double-booked during " in alert.message
    assert "not shown to you" in alert.message
    assert other not in alert.message


@each("viewer", [COORDINATOR, WPD])
def test_a_viewer_who_sees_both_events_is_told_of_both(viewer):
    (alert,) = alerts_for(at_two_events(), viewer, DOUBLE, TIGHT)
    assert alert.event_ids == ("HERE", "THERE")
    assert "Weed" in alert.message
    assert "Yreka" in alert.message
    assert {row.conflict for row in restrict(at_two_events(), viewer).assignments} == {None}


@each(("viewer", "times"), [(Viewer("liaison", ("YPD",)), ("09:30", "10:30")), (CHP, ("15:00", "16:00"))])
def test_a_liaison_who_sees_neither_name_or_enough_time_to_drive_is_told_of_no_conflict(viewer, times):
    assert alerts_for(at_two_events(*times), viewer, DOUBLE, TIGHT) == []


def test_time_off_is_never_a_conflict():
    away = at_two_events("15:00", "16:00", time_off=(TimeOff("OF-01", ON, ON + dt.timedelta(days=60)),))
    assert [alert.code for alert in alerts(away, ON) if alert.officer == "OF-01"] == ["officer-on-time-off"] * 2
    share = restrict(away, CHP)
    assert {row.conflict for row in share.assignments} == {None}
    assert [alert for alert in alerts(share, ON) if alert.officer] == []


HERE, THERE = goes(SAMPLE, "HERE"), goes(SAMPLE, "THERE")
NOT_HERE, NOT_THERE = goes(SAMPLE, "HERE", "Declined"), goes(SAMPLE, "THERE", "Declined")


@each(
    ("rows", "conflicts"),
    [
        ([HERE, THERE], ["double-booked", None]),
        ([HERE, NOT_THERE], [None, None]),
        ([NOT_HERE, THERE], [None, None]),
        ([HERE, THERE, NOT_HERE], ["double-booked", None, None]),
    ],
)
def test_only_a_named_row_of_somebody_who_goes_to_both_events_has_the_conflict(rows, conflicts):
    share = restrict(dataclasses.replace(at_two_events(), assignments=tuple(rows)), CHP)
    assert {(row.event_id, row.name) for row in share.assignments} == {("HERE", "A. Sample"), ("THERE", "WPD officer")}
    assert [row.conflict for row in share.assignments] == conflicts


def test_a_conflict_is_marked_beside_the_duty_it_is_about():
    marked = {
        duty.event.id: [alert.code for alert in duty.clashes] for duty in duties(restrict(at_two_events(), CHP), ON)
    }
    assert marked == {"HERE": [DOUBLE], "THERE": []}


def test_a_clash_between_events_that_are_both_shown_is_told_once():
    """Even if a third event of that officer, which is not shown, is far away."""
    events = [
        event("ONE", lead_agency="CHP-MS"),
        event("TWO", start="09:30", end="10:30", town="Yreka", lead_agency="CHP-MS"),
        event("LATER", after=25, lead_agency="SCSO"),
    ]
    whole = plan(events, [goes(SAMPLE, event.id) for event in events])
    assert [alert.event_ids for alert in alerts_for(whole, CHP, DOUBLE, TIGHT)] == [("ONE", "TWO")]
    assert {row.conflict for row in restrict(whole, CHP).assignments} == {None}


@st.composite
def crowded_days(draw: st.DrawFn) -> Snapshot:
    """Up to five events of one day and three officers, so that nearly everybody clashes."""
    agency = st.sampled_from(["WPD", "SCSO", "CHP-MS"])
    events = [
        event(
            f"E{number}",
            start=draw(st.sampled_from(["08:00", "09:30", "10:15", "14:00"])),
            end=None,
            town=draw(st.sampled_from(["Weed", "Yreka"])),
            lead_agency=draw(agency),
            partner_agencies=tuple(draw(st.lists(agency, max_size=1))),
        )
        for number in range(draw(st.integers(2, 5)))
    ]
    duties = [(officer, event.id) for officer in (SAMPLE, DEMO, EXAMPLE) for event in events]
    return plan(events, [goes(officer, to) for officer, to in draw(st.lists(st.sampled_from(duties), unique=True))])


def pairs(clashes: list[Alert]) -> Iterator[tuple[str, str | None, str]]:
    for alert in clashes:
        for event_id in alert.event_ids:
            yield alert.code, alert.officer, event_id


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(crowded_days(), st.sampled_from(["WPD", "SCSO", "CHP-MS"]))
def test_every_conflict_of_a_named_officer_is_told_and_no_other(whole: Snapshot, agency: str):
    viewer = Viewer("liaison", (agency,))
    shared = shared_with(whole, viewer.agencies)
    clashes = set(pairs(alerts_for(whole, COORDINATOR, DOUBLE, TIGHT)))
    seen = alerts_for(whole, viewer, DOUBLE, TIGHT)
    elsewhere = set(pairs([alert for alert in seen if "not shown to you" in alert.message]))
    assert elsewhere <= {pair for pair in clashes if pair[2] in shared}
    duties = {(officer, event_id) for _, officer, event_id in clashes if event_id in shared}
    assert duties <= {(officer, event_id) for _, officer, event_id in pairs(seen)}


# --- the national day ------------------------------------------------------------------------------------------------

NATIONAL = (national_day(ON.year) - ON).days


def on_national_day(*rows: Assignment, officers: tuple[Officer, ...] = OFFICERS) -> Snapshot:
    events = [
        event(name, NATIONAL, start=f"{hour:02}:00", end=None, lead_agency="SCSO")
        for name, hour in (("A", 8), ("B", 13), ("C", 18))
    ]
    return plan(events, rows, officers=officers)


OTHERS = tuple(Officer(f"OF-1{n}", f"N. New{n}", "SCSO") for n in range(2))


@each("viewer", [COORDINATOR, CHP, WPD, SCSO])
@each(
    ("rows", "officers", "said"),
    [
        ([goes(DEMO, name) for name in "ABC"], OFFICERS, ("with 1 staffed", "Staff 2 more")),
        ([Assignment(name, 2, name="E. Typed") for name in "ABC"], (), ("with 1 person named",)),
        ([goes(officer, name) for officer, name in zip((DEMO, *OTHERS), "ABC", strict=True)], (*OFFICERS, *OTHERS), ()),
    ],
    ids=["one at three events", "one of an unknown agency", "as many as events"],
)
def test_an_officer_counts_once_on_the_national_day_for_every_viewer(viewer, rows, officers, said):
    told = alerts_for(on_national_day(*rows, officers=officers), viewer, "national-day")
    assert [(alert.agency, alert.event_ids) for alert in told] == [("SCSO", ("A", "B", "C"))] * bool(said)
    assert [words for words in said if words not in told[0].message] == []


# --- changes ---------------------------------------------------------------------------------------------------------


def changed(before: Snapshot, after: Snapshot, viewer: Viewer) -> list[str]:
    own = viewer.agencies if viewer.kind == "liaison" else None
    return [change.sentence for change in changes(*restrict_both(before, after, viewer), own=own)]


HOST, SECOND, THIRD = goes(SAMPLE, "EV-1", role="Host"), goes(DEMO, "EV-1"), goes(EXAMPLE, "EV-1")
NEW = "new, Mon, Sep 21, 9:00–10:00 AM, Confirmed; A. Sample confirmed as Host; B. Demo confirmed"


def staffed(*rows: Assignment, shared: bool = False, officers: tuple[Officer, ...] = OFFICERS) -> Snapshot:
    partners = ("CHP-MS",) if shared else ()
    return plan([event("EV-1", partner_agencies=partners)], rows or [HOST, SECOND], officers=officers)


def retyped(name: str, *partners: str) -> Snapshot:
    """An event of SCSO whose ID the program made."""
    events = [event(name, made_id=True, lead_agency="SCSO", partner_agencies=partners)]
    return plan(events, [goes(DEMO, name, role="Host")])


@each(
    ("before", "after", "viewers", "told"),
    [
        (staffed(), staffed(shared=True), (COORDINATOR, WPD, CHP), "EV-1 Weed: partner agencies: now CHP-MS"),
        (staffed(shared=True), staffed(), (COORDINATOR, WPD, CHP), "EV-1 Weed: partner agencies: no longer CHP-MS"),
        (retyped("w-1"), retyped("w-2", "CHP-MS"), (COORDINATOR, CHP), "w-2 Weed: partner agencies: now CHP-MS"),
        (retyped("w-1", "CHP-MS"), retyped("w-2"), (CHP,), "w-2 Weed: partner agencies: no longer CHP-MS"),
        (staffed(), staffed(HOST, shared=True), (CHP,),
         "EV-1 Weed: partner agencies: now CHP-MS; SCSO officer no longer assigned"),
        (staffed(), staffed(HOST, shared=True), (COORDINATOR,),
         "EV-1 Weed: partner agencies: now CHP-MS; B. Demo no longer assigned"),
        (staffed(HOST, shared=True), staffed(shared=True), (CHP,), "EV-1 Weed: B. Demo confirmed"),
        (staffed(shared=True), staffed(HOST, shared=True), (CHP,), "EV-1 Weed: B. Demo no longer assigned"),
        (staffed(), staffed(HOST, SECOND, THIRD), (CHP,), "EV-1 Weed: C. Example confirmed"),
        (plan([]), staffed(shared=True), (CHP,), f"EV-1 Weed: {NEW}"),
        (staffed(officers=OFFICERS[1:]), staffed(), (WPD,), "Officer OF-01 A. Sample: new"),
        (staffed(officers=OFFICERS[1:]), staffed(), (CHP,), ""),
    ],
    ids=["partner added", "partner removed", "ID retyped", "and partner removed", "left as partner came, nameless",
         "with the name", "came", "left", "own officer came", "new event", "own new officer", "another agency's"],
)  # fmt: skip
def test_people_who_come_and_go_are_told_with_the_names_that_a_viewer_sees_in_both_versions(
    before, after, viewers, told
):
    for viewer in viewers:
        assert changed(before, after, viewer) == [told] * bool(told)


def test_a_conflict_that_came_from_elsewhere_is_an_effect_and_no_edit_of_the_duty():
    edits = changes(*restrict_both(at_two_events("15:00", "16:00"), at_two_events(), CHP), own=CHP.agencies)
    assert [(change.action, change.id, change.details) for change in edits if change.id == "HERE"] == [
        ("affected", "HERE", ())
    ]
    assert [(effect.kind, effect.code) for change in edits for effect in change.effects] == [("clash-appeared", DOUBLE)]
