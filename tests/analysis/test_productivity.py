"""Officer-hours by agency, pay type and funding, and ratios from the events that are known in full."""

from cwac.analysis.attendance import outcomes
from cwac.analysis.hours import Hours
from cwac.analysis.productivity import Measure, productivity
from cwac.model import Assignment, Count, Headcount
from tests.analysis.plans import DEMO, DUMMY, EXAMPLE, SAMPLE, event, goes, plan
from tests.cases import each


def count(to, guests, **noted):
    return Headcount(to, 2, None if guests is None else Count("", guests, guests, guests), **noted)


def test_productivity_adds_up_each_way_and_divides_only_what_is_known():
    events = [
        event("full", -9, status="Completed", funding="OTS grant"),
        event("uncounted", -8, status="Completed"),
        event("unstaffed", -7, status="Completed"),
        event("partly", -6, status="Completed", start=None, end=None),
    ]
    rows = [
        goes(SAMPLE, "full", hours=2, pay_type="Grant"),
        goes(DEMO, "full", hours=3, pay_type="Overtime"),
        goes(EXAMPLE, "uncounted"),
        goes(SAMPLE, "partly", hours=1),
        goes(DUMMY, "partly"),
        Assignment("full", 9, name="E. Typed", agency=None, hours=1),
    ]
    counts = (
        count("full", 18, conversations=12, new_visitors=9),
        count("uncounted", None, conversations=4),
        count("unstaffed", 30, new_visitors=3),
        count("partly", 10),
    )
    snapshot = plan(events, rows, headcounts=counts)
    result = productivity(snapshot, outcomes(snapshot).held)
    assert result.held == 4
    assert result.hours == Hours(7, 1, 6, 1, 1)
    assert result.by_agency == {
        "SCSO": Hours(3, 0, 1, 0, 0),
        "WPD": Hours(3, 0, 3, 0, 1),
        "CHP-MS": Hours(0, 1, 1, 1, 0),
        "Not noted": Hours(1, 0, 1, 0, 0),
    }
    assert {name: hours.total for name, hours in result.by_pay_type.items()} == {
        "Overtime": 3,
        "Not noted": 3,
        "Grant": 2,
    }
    assert {name: hours.total for name, hours in result.by_funding.items()} == {"OTS grant": 6, "Not noted": 2}
    assert result.guests_per_hour == Measure(
        "Guests per officer-hour",
        3.0,
        1,
        4,
        "18 guests over 6 officer-hours, at the 1 of 4 held events where both are known",
    )
    assert result.conversations_per_hour == Measure(
        "Conversations per officer-hour",
        16 / 7,
        2,
        4,
        "16 conversations over 7 officer-hours, at the 2 of 4 held events where both are known",
    )
    assert result.new_share == Measure(
        "New visitors' share", 0.25, 2, 4, "12 new of 48 guests, at the 2 of 4 held events with both"
    )


def test_no_event_held_gives_no_ratio():
    result = productivity(plan([]), ())
    assert (result.hours, result.by_agency) == (Hours(), {})
    assert result.guests_per_hour == Measure(
        "Guests per officer-hour", None, 0, 0, "none of 0 held events has both guests and officer-hours"
    )


@each(
    ("guests", "new", "share", "ending"),
    [
        (9, 3, None, "fewer than 10 guests: no share is given"),
        (10, 0, 0.0, "with both"),
        (12, 15, None, "more new visitors than guests: one of the two is wrong"),
    ],
)
def test_share_needs_ten_guests_and_fewer_new_visitors_than_guests(guests, new, share, ending):
    snapshot = plan([event("E", -3, status="Completed")], headcounts=(count("E", guests, new_visitors=new),))
    result = productivity(snapshot, outcomes(snapshot).held).new_share
    assert result.value == share
    assert result.method.endswith(ending)


def test_event_with_zero_officer_hours_gives_no_ratio():
    snapshot = plan([event("E", -3, status="Completed")], [goes(SAMPLE, "E", hours=0)], headcounts=(count("E", 12),))
    assert productivity(snapshot, outcomes(snapshot).held).guests_per_hour.value is None
