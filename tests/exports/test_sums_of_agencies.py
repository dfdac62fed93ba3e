"""Figures that must not be added up are said to be such where that is true, and nowhere else: with shared events."""

import pytest

from cwac.analysis.attendance import outcomes
from cwac.analysis.fair_share import fair_share
from cwac.analysis.measures import HOURS_ADD_UP
from cwac.analysis.overview import quarters
from cwac.analysis.periods import quarter_named
from cwac.analysis.productivity import productivity
from cwac.analysis.quarter import quarter
from cwac.exports import quarterly
from cwac.model import Count, Headcount
from cwac.settings import Rules
from tests.analysis.plans import DEMO, EXAMPLE, ON, SAMPLE, event, goes, plan

AGENCIES = ("WPD", "SCSO", "CHP-MS")
HOURS = "Officer-hours by agency add up: each officer's count for the officer's own agency."


def shared_events():
    """Two events of two agencies and one of one, with people of three agencies and a quarter of an hour."""
    events = [
        event("E1", -20, status="Completed", partner_agencies=("SCSO", "CHP-MS")),
        event("E2", -10, status="Completed", lead_agency="SCSO", partner_agencies=("WPD",)),
        event("E3", -5, status="Completed", lead_agency="CHP-MS"),
    ]
    rows = [goes(SAMPLE, "E1", "Attended", hours=2.25), goes(DEMO, "E1", "Attended", hours=1.5)]
    rows += [goes(EXAMPLE, "E1", "Attended", hours=3), goes(DEMO, "E2", "Attended", hours=1)]
    rows += [goes(EXAMPLE, "E3", "Attended", hours=4)]
    counts = tuple(Headcount(name, 2, Count("", 10, 10, 10)) for name in ("E1", "E2", "E3"))
    return plan(events, rows, headcounts=counts)


def add(values):
    return sum(values)


@pytest.fixture(scope="module")
def shared():
    return shared_events()


def test_events_guests_and_hours_of_an_agencys_quarter_do_not_add_up_and_are_said_not_to(shared):
    keys = ("events_held", "guests", "officer_hours")
    of_all = {figure.key: figure.now for figure in quarter(shared, "2026-Q3").figures}
    answers = [quarter(shared, "2026-Q3", agency) for agency in AGENCIES]
    sums = {key: add({f.key: f.now for f in answer.figures}[key] for answer in answers) for key in keys}
    assert {key: of_all[key] for key in keys} == {"events_held": 3, "guests": 30, "officer_hours": 11.75}
    assert sums == {"events_held": 6, "guests": 60, "officer_hours": 26.25}
    for answer in answers:
        assert answer.shared is not None
        assert f"so {answer.agency}'s events, guests and hours at its events must not be added" in answer.shared
    latest = quarters(shared, quarter_named("2026-Q3"), "WPD", Rules())[-1]
    assert latest.shared == "2 of WPD's 2 events also count for other agencies."
    assert quarter(shared, "2026-Q3").shared is None


def test_hours_by_the_officers_own_agency_add_up_and_are_said_to(shared):
    answer = productivity(shared, outcomes(shared).held)
    assert add(hours.total for hours in answer.by_agency.values()) == answer.hours.total == 11.75
    assert answer.shared is None
    page = quarterly._page(quarter(shared, "2026-Q3"))
    agencies = page["tables"][0]["agencies"]
    assert [row[3] for row in agencies] == ["7", "2.5", "2.25"]
    assert page["shared"] == (f"A shared event counts under Took part for each of its agencies. {HOURS}")
    assert add(int(row[2]) for row in agencies) == 6  # of 3 events
    assert add(int(row[1]) for row in agencies) == 3
    share = fair_share(shared, *period(), ON)
    assert add(agency.hours.total for agency in share.agencies) == 11.75
    assert add(agency.events for agency in share.agencies) == 5  # of 3 events
    assert HOURS_ADD_UP == HOURS


def period():
    quarter_3 = quarter_named("2026-Q3")
    return quarter_3.first, quarter_3.last


def test_an_agency_without_a_shared_event_is_told_nothing_of_sums():
    alone = plan([event("E1", -20, status="Completed")])
    assert quarter(alone, "2026-Q3", "WPD").shared == "0 of WPD's 1 event held were shared with other agencies."
