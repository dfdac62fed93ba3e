"""What one line of a calendar says of an event."""

from dataclasses import replace

import pytest

from cwac.analysis.event_summary import Glance, glance, staffing_of
from cwac.model import Alert, Count, Event, Headcount
from tests.analysis.plans import DEMO, ON, SAMPLE, event, goes, plan

SHORT = event("E", officers_needed=2)
ALERTS = {
    "E": [
        Alert("error", "venue-double-booked", ("E",), None, None, None, 20, ""),
        Alert("warning", "no-host", ("E",), None, None, None, 20, ""),
        Alert("notice", "town-too-soon", ("E",), None, None, None, 20, ""),
    ]
}
NOTHING = Glance("", "confirmed", None, False, None, (), (), True)


def told(one: Event, gaps=True, alerts=ALERTS, **records) -> Glance:
    return glance(one, plan([one], **records), alerts, ON, gaps=gaps)


def test_a_coming_event_says_how_many_of_how_many_and_what_is_wrong():
    assert told(SHORT, rows=[goes(SAMPLE, "E")]) == replace(
        NOTHING, staff="1/2", short=True, clashes=("Venue taken twice",), lacks=("No host",)
    )


def test_whoever_may_not_see_staffing_is_told_nothing_of_it():
    assert told(SHORT, gaps=False, rows=[goes(SAMPLE, "E")]) == NOTHING


def test_without_a_number_needed_there_is_no_shortage():
    assert told(event("E"), alerts={}, rows=[goes(SAMPLE, "E")]) == replace(NOTHING, staff="1")


@pytest.mark.parametrize(
    ("status", "held"),
    [("Confirmed", False), ("Tentative", False), (None, False), ("Cancelled", True), ("Draft", True)],
)
def test_a_past_event_is_asked_whether_it_was_held(status, held):
    one = event("E", -1, status=status, officers_needed=2)
    assert told(one) == replace(NOTHING, state=(status or "Tentative").lower(), held=held)
    assert told(one, gaps=False).held


def test_a_held_event_says_who_came_or_that_nobody_counted():
    held = event("E", -1, status="Completed")
    about = Headcount("E", 2, Count("~40", 40, 40, 40, True))
    assert told(held, headcounts=(about,)).guests == "about 40 guests"
    assert told(held).guests == "not counted"
    assert told(replace(held, status="Cancelled"), headcounts=(about,)).guests is None


def test_its_own_title_is_told_the_usual_one_is_not():
    assert told(event("E", title="Cocoa with a Cop"), alerts={}).title == "Cocoa with a Cop"


def test_the_states_of_staffing():
    crew = [goes(SAMPLE, "E"), goes(DEMO, "E")]

    def states(one, alerts, **records):
        return sorted(staffing_of(one, plan([one], **records), alerts, ON))

    assert states(SHORT, {}) == ["Nobody yet", "Short of officers"]
    assert states(SHORT, ALERTS, rows=crew) == ["Clash", "Fully staffed"]
    assert states(event("E"), {}, rows=crew) == []
    assert states(event("E", -1, officers_needed=2), ALERTS) == []
    assert states(event("E", status="Cancelled", officers_needed=2), ALERTS) == []
    assert states(event("E", 0, officers_needed=1), {}, rows=crew[:1]) == ["Fully staffed"]


def test_today_is_still_to_come():
    assert told(event("E", 0, officers_needed=1), alerts={}).staff == "0/1"
