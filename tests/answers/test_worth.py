"""Officer-hours: recorded where somebody did, scheduled otherwise, and the ratios of events known in full alone."""

import pytest

from cwac.answers.attendance import programme
from cwac.answers.hours import Hours, Ledger, person_hours
from cwac.answers.worth import Measure, worth
from cwac.model import Assignment, Count, Headcount
from tests.answers.plans import DEMO, DUMMY, EXAMPLE, SAMPLE, asked, event, goes, plan


def hours(*rows, **given):
    return [(one.person, one.hours, one.recorded) for one in person_hours(event("E", -5, **given), rows)]


def test_recorded_hours_go_before_the_schedule():
    rows = goes(SAMPLE, "E", hours=2.5, report_time="08:00"), goes(DEMO, "E", "Assigned", report_time="08:30")
    assert hours(*rows) == [("OF-01", 2.5, True), ("OF-02", 1.5, False)]


def test_an_event_without_an_end_lasts_ninety_minutes_and_without_a_start_nobody_knows():
    assert hours(goes(SAMPLE, "E"), end=None) == [("OF-01", 1.5, False)]
    assert hours(goes(SAMPLE, "E"), start=None, end=None) == [("OF-01", None, False)]


@pytest.mark.parametrize("status", ["Declined", "Swapped out", "No-show"])
def test_who_did_not_go_gave_no_hours_whatever_was_typed(status):
    assert hours(goes(SAMPLE, "E", status, hours=2)) == []


def test_pulled_and_requested_people_gave_what_is_recorded_and_nothing_else():
    rows = goes(SAMPLE, "E", "Pulled", hours=0.5), goes(DEMO, "E", "Pulled"), goes(EXAMPLE, "E", "Requested")
    assert hours(*rows, asked("E", "WPD")) == [("OF-01", 0.5, True)]


def added_up(*rows, **given):
    of_all = Ledger(plan([event("E", -5, **given)], rows))
    return of_all.total(of_all.event == 0)


def test_a_person_with_two_rows_is_one_person():
    paid = goes(SAMPLE, "E", hours=1, pay_type="On duty"), goes(SAMPLE, "E", hours=0.5, pay_type="Overtime")
    assert added_up(*paid) == Hours(1.5, 0, 1, 0, 0)
    twice = goes(DEMO, "E", role="Host"), goes(DEMO, "E", role="Bilingual")
    assert added_up(*twice) == Hours(0, 1, 1, 1, 0)


def test_zero_recorded_hours_are_recorded():
    assert hours(goes(SAMPLE, "E", hours=0)) == [("OF-01", 0, True)]


def test_hours_say_what_they_are_made_of():
    assert Hours().words == "nobody is listed as having gone"
    assert Hours().total is None
    assert Hours(people=2, unknown=2).total is None
    some = added_up(goes(SAMPLE, "E", hours=2), goes(DEMO, "E", report_time="08:15", release_time="09:45"))
    assert (some.total, some.words) == (3.5, "1 of 2 with hours recorded, 1 as scheduled (1.5 hours)")
    none = added_up(goes(SAMPLE, "E", hours=2), goes(DEMO, "E"), start=None, end=None)
    assert (none.total, none.words) == (2, "1 of 2 with hours recorded, 1 not known")


def count(to, guests, **noted):
    return Headcount(to, 2, None if guests is None else Count("", guests, guests, guests), **noted)


def test_worth_adds_up_each_way_and_divides_only_what_is_known():
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
    found = worth(snapshot, programme(snapshot).held)
    assert found.held == 4
    assert found.hours == Hours(7, 1, 6, 1, 1)
    assert found.by_agency == {
        "SCSO": Hours(3, 0, 1, 0, 0),
        "WPD": Hours(3, 0, 3, 0, 1),
        "CHP-MS": Hours(0, 1, 1, 1, 0),
        "Not noted": Hours(1, 0, 1, 0, 0),
    }
    assert {name: one.total for name, one in found.by_pay_type.items()} == {"Overtime": 3, "Not noted": 3, "Grant": 2}
    assert {name: one.total for name, one in found.by_funding.items()} == {"OTS grant": 6, "Not noted": 2}
    assert found.guests_per_hour == Measure(
        "Guests per officer-hour",
        3.0,
        1,
        4,
        "18 guests over 6 officer-hours, at the 1 of 4 held events where both are known",
    )
    assert found.conversations_per_hour == Measure(
        "Conversations per officer-hour",
        16 / 7,
        2,
        4,
        "16 conversations over 7 officer-hours, at the 2 of 4 held events where both are known",
    )
    assert found.new_share == Measure(
        "New visitors' share", 0.25, 2, 4, "12 new of 48 guests, at the 2 of 4 held events with both"
    )


def test_nothing_held_is_worth_nothing_known():
    found = worth(plan([]), ())
    assert (found.hours, found.by_agency) == (Hours(), {})
    assert found.guests_per_hour == Measure(
        "Guests per officer-hour", None, 0, 0, "none of 0 held events has both guests and officer-hours"
    )


@pytest.mark.parametrize(
    ("guests", "new", "share", "said"),
    [
        (9, 3, None, "fewer than 10 guests: no share is given"),
        (10, 0, 0.0, "with both"),
        (12, 15, None, "more new visitors than guests: one of the two is wrong"),
    ],
)
def test_a_share_is_given_only_where_it_means_something(guests, new, share, said):
    snapshot = plan([event("E", -3, status="Completed")], headcounts=(count("E", guests, new_visitors=new),))
    found = worth(snapshot, programme(snapshot).held).new_share
    assert found.value == share
    assert found.made.endswith(said)


def test_an_event_of_zero_officer_hours_divides_nothing():
    snapshot = plan([event("E", -3, status="Completed")], [goes(SAMPLE, "E", hours=0)], headcounts=(count("E", 12),))
    assert worth(snapshot, programme(snapshot).held).guests_per_hour.value is None
