"""Follow-ups by age, owner and outcome, and what is missing after past events."""

import datetime as dt
from dataclasses import replace

from cwac.analysis.followups import MissingResult, Tally, follow_ups, missing_after_event, tallies, tally
from cwac.model import FollowUp
from tests.analysis.plans import ON, counted, day, held, plan, typed_plan

EVENTS = (
    held("old", -100),
    held("spring", -60, town="Yreka", lead_agency="SCSO"),
    held("new", -5),
)


def follow_up(name, to="new", **fields):
    return FollowUp(name, to, 2, **fields)


FOLLOW_UPS = (
    follow_up("F1", "new", category="Traffic", owner_role="Traffic officer", due=day(10)),
    follow_up("F2", "old", category="Traffic", referred_to="CHP-MS", due=day(-1), status="Working"),
    follow_up("F3", "spring", status="Closed", closed_on=day(-30), reported_back=True, category="Noise"),
    follow_up("F4", "old", status="Closed", closed_on=day(-90), reported_back=False),
    follow_up("F5", "old", status="Closed"),
    follow_up("F6", "undated", status="Referred", due=ON),
)
SNAPSHOT = plan(EVENTS, follow_ups=FOLLOW_UPS)


def test_overdue_follow_ups_come_first_then_open_then_closed_ones_also_of_an_agency():
    result = follow_ups(SNAPSHOT, ON)
    assert [(item.follow_up.id, item.age, item.overdue, item.open) for item in result] == [
        ("F2", 100, True, True),
        ("F1", 5, False, True),
        ("F6", None, False, True),
        ("F3", 30, False, False),
        ("F4", 10, False, False),
        ("F5", None, False, False),
    ]
    assert [item.follow_up.id for item in follow_ups(SNAPSHOT, ON, agency="CHP-MS")] == ["F2"]
    assert [item.follow_up.id for item in follow_ups(SNAPSHOT, ON, agency="SCSO")] == ["F3"]


def test_tally_counts_status_and_days_to_close():
    assert tally(follow_ups(SNAPSHOT, ON)) == Tally(
        asked=6, open=3, overdue=1, closed=3, told=1, not_told=1, timed=2, closing_days=20
    )
    assert tally([]) == Tally()


def test_follow_up_closed_before_its_event_has_no_age():
    slip = follow_up("F", "new", status="Closed", closed_on=day(-6))
    assert tally(follow_ups(plan(EVENTS, follow_ups=(slip,)), ON)) == Tally(asked=1, closed=1)


def test_tallies_by_category_town_agency_owner_and_age():
    result = follow_ups(SNAPSHOT, ON)

    def counts(by):
        return [(label, tally.open, tally.asked) for label, tally in tallies(result, by).items()]

    assert counts("category") == [("Traffic", 2, 2), ("Not known", 1, 3), ("Noise", 0, 1)]
    assert counts("town") == [("Weed", 2, 4), ("Not known", 1, 1), ("Yreka", 0, 1)]
    assert counts("agency") == [("WPD", 1, 3), ("CHP-MS", 1, 1), ("Not known", 1, 1), ("SCSO", 0, 1)]
    assert counts("owner") == [("No owner", 2, 5), ("Traffic officer", 1, 1)]
    assert counts("age") == [
        ("Under 30 days", 1, 2), ("30 to 90 days", 0, 1), ("Over 90 days", 1, 1), ("Not known", 1, 2),
    ]  # fmt: skip


def test_missing_entries_are_listed_for_the_agency_that_owes_them():
    events = typed_plan(
        "full -9 status=Completed; bare -8 status=Completed lead=SCSO; forgotten -7; cancelled -6 status=Cancelled; "
        "yesterday -1 status=Completed; today +0 status=Completed; next +3",
        "",
    )[0].events
    people = "S full hours=2; S bare cancelled today; U bare status=Attended; D bare hours=1; E bare status=Declined"
    rows = typed_plan("", f"{people}; ?WPD bare")[0].assignments
    counts = (counted("full", 0), counted("bare"))
    noted = (
        follow_up("A", "full"),
        follow_up("B", "full", referred_to="CHP-MS"),
        follow_up("C", "full", owner_role="Sergeant"),
        follow_up("D", "full", status="Closed"),
        follow_up("E", "full"),
        follow_up("G", "today"),
    )
    snapshot = plan(events, rows, headcounts=counts, follow_ups=noted)
    full, bare, forgotten, _, yesterday, _, _ = events
    result = missing_after_event(snapshot, ON)
    assert result == (
        MissingResult("WPD", full, "owner", 2, 9),
        MissingResult("CHP-MS", full, "owner", 1, 9),
        MissingResult("SCSO", bare, "count", 1, 8),
        MissingResult("WPD", bare, "hours", 2, 8),
        MissingResult("WPD", forgotten, "closing", 1, 7),
        MissingResult("WPD", yesterday, "count", 1, 1),
    )
    assert [item.words for item in result] == [
        "2 follow-ups without an owner",
        "a follow-up without an owner",
        "no count of guests",
        "no hours for 2 people",
        "still open: was it held?",
        "no count of guests",
    ]
    with_count = replace(snapshot, headcounts=(*counts, counted("forgotten", 9)))
    assert [item.words for item in missing_after_event(with_count, ON)][4] == "set Status to Completed"
    assert missing_after_event(snapshot, ON, "CHP-MS") == result[1:2]
    assert missing_after_event(plan([]), dt.date(2026, 1, 1)) == ()
