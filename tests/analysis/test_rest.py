"""Weekly hours, and rest between shifts."""

from cwac.analysis.fair_share import fair_share
from cwac.analysis.rest import rest_warnings
from cwac.settings import Rules
from tests.analysis.plans import (
    DEMO,
    ON,
    SAMPLE,
    day,
    event,
    goes,
    plan,
)
from tests.cases import each


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


@each(
    ("status", "hours", "counted"),
    [
        ("Requested", None, 0), ("Assigned", None, 1), ("Confirmed", None, 1), ("Attended", None, 1),
        ("Declined", None, 0), ("Swapped out", None, 0), ("Pulled", None, 0), ("No-show", None, 0),
        ("Requested", 1.5, 1), ("Attended", 1.5, 1), ("Pulled", 1.5, 1), ("No-show", 1.5, 0), ("Declined", 1.5, 0),
    ],
)  # fmt: skip
def test_workload_counts_the_shifts_of_those_who_go_or_have_hours(status, hours, counted):
    snapshot = plan([event("A")], [goes(SAMPLE, "A", status, hours=hours)])
    shares = {share.officer.id: share for share in fair_share(snapshot, day(0), day(30), ON).officers}
    assert shares[SAMPLE.id].events == counted
