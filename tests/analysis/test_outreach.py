"""Outreach by town: last visit, rates, and coverage on a day."""

import datetime as dt
from dataclasses import replace

from cwac.analysis.attendance import Turnout
from cwac.analysis.outreach import coverage_at, outreach_by_town
from cwac.model import Count, Coverage, Headcount, Town
from tests.analysis.plans import ON, event, plan

SHERIFF = Coverage("Etna", "SCSO", last=dt.date(2019, 12, 11))
POLICE = Coverage("Etna", "EPD", first=dt.date(2019, 12, 12), kind="Contract")
DISPATCH = Coverage("Etna", "SCSO", kind="Dispatch")


def test_coverage_changes_on_a_day():
    snapshot = plan([], coverage=(SHERIFF, POLICE, DISPATCH, Coverage("Weed", "WPD")))
    assert coverage_at(snapshot, "Etna", dt.date(2019, 12, 11)) == (SHERIFF, DISPATCH)
    assert coverage_at(snapshot, "Etna", dt.date(2019, 12, 12)) == (POLICE, DISPATCH)
    assert coverage_at(snapshot, "Yreka", ON) == ()


def test_each_town_has_its_last_visit_rates_and_next_event():
    coming = event("next", 9, town="Etna")
    events = [
        event("long-ago", -800, status="Completed", town="Yreka"),
        event("a", -300, status="Completed"),
        event("b", -10, status="Completed"),
        event("cancelled", -3, status="Cancelled", town="Yreka"),
        event("unlisted", -20, status="Completed", town="McCloud"),
        event("later", 20, town="Etna"),
        coming,
    ]
    snapshot = plan(
        events,
        headcounts=(Headcount("a", 2, Count("30", 30, 30, 30)),),
        towns=(Town("Weed", population=2862), Town("Yreka", population=7807), Town("Etna")),
        coverage=(POLICE,),
    )
    towns = outreach_by_town(snapshot)
    assert [(one.name, one.days_since, one.overdue) for one in towns] == [
        ("Etna", None, True),
        ("Yreka", 800, True),
        ("McCloud", 20, False),
        ("Weed", 10, False),
    ]
    etna, yreka, _, weed = towns
    assert (etna.next_event, etna.policed_by, etna.year, etna.events_rate) == (coming, (POLICE,), Turnout(), None)
    assert (yreka.events_rate, yreka.guests_rate) == (0, None)
    assert (weed.year.held, weed.year.counted, weed.year.missing) == (2, 1, 1)
    assert (weed.events_rate, weed.guests_rate) == (2000 / 2862, 30000 / 2862)


def test_town_is_overdue_after_six_calendar_months():
    last = event("E", (dt.date(2026, 3, 1) - ON).days, status="Completed")
    weed = replace(plan([last]), towns=(Town("Weed"),))
    assert [one.overdue for one in outreach_by_town(weed)] == [False]
    assert [one.overdue for one in outreach_by_town(replace(weed, today=ON + dt.timedelta(1)))] == [True]
