"""Outreach by town: last visit, rates, and coverage on a day."""

import datetime as dt
from dataclasses import replace

from cwac.analysis.attendance import HeldEvent, Turnout, groups, outcomes, outreach_by_town, towns_reached
from cwac.analysis.events import where
from cwac.model import Coverage, Town
from tests.analysis.plans import ABOUT, ETNA, ON, WEED, YREKA, counted, event, held, plan, typed_plan
from tests.cases import each

SHERIFF = Coverage("Etna", "SCSO", last=dt.date(2019, 12, 11))
POLICE = Coverage("Etna", "EPD", first=dt.date(2019, 12, 12), kind="Contract")
DISPATCH = Coverage("Etna", "SCSO", kind="Dispatch")


@each(
    ("today", "policed_by"),
    [(dt.date(2019, 12, 11), (SHERIFF, DISPATCH)), (dt.date(2019, 12, 12), (POLICE, DISPATCH))],
)
def test_coverage_changes_on_a_day(today, policed_by):
    snapshot = plan([], coverage=(SHERIFF, POLICE, DISPATCH, Coverage("Weed", "WPD")), towns=(ETNA, YREKA))
    towns = {town.name: town.policed_by for town in outreach_by_town(replace(snapshot, today=today))}
    assert towns == {"Etna": policed_by, "Yreka": ()}


def test_each_town_has_its_last_visit_rates_and_next_event():
    typed, _ = typed_plan(
        "ago -800 status=Completed town=Yreka; a -300 status=Completed; b -10 status=Completed; later +20 town=Etna; "
        "off -3 status=Cancelled town=Yreka; unlisted -20 status=Completed town=McCloud; next +9 town=Etna",
        "",
    )
    snapshot = replace(
        typed,
        headcounts=(counted("a", 30),),
        towns=(Town("Weed", population=2862), Town("Yreka", population=7807), Town("Etna")),
        coverage=(POLICE,),
    )
    towns = outreach_by_town(snapshot)
    assert [(town.name, town.last_visit and (ON - town.last_visit).days, town.overdue) for town in towns] == [
        ("Etna", None, True), ("Yreka", 800, True), ("McCloud", 20, False), ("Weed", 10, False),
    ]  # fmt: skip
    etna, yreka, _, weed = towns
    assert (etna.next_event, etna.policed_by, etna.year) == (typed.event_by_id["next"], (POLICE,), Turnout())
    assert (etna.events_rate.value, etna.events_rate.words) == (None, "not known (residents not known)")
    assert (yreka.events_rate.value, yreka.visits_rate.words) == (0, "not known (no event held)")
    assert (weed.year.held, weed.year.counted, weed.year.missing) == (2, 1, 1)
    assert (weed.events_rate.value, weed.visits_rate.value) == (2000 / 2862, 30000 / 2862)
    assert (weed.events_rate.words, weed.visits_rate.words) == ("0.7", "at least 10.5 (1 of 2 not counted)")


@each(("residents", "value"), [(499, None), (500, 2.0)])
def test_no_rate_for_a_town_of_fewer_than_500_residents(residents, value):
    towns = (Town("Weed", population=residents),)
    (weed,) = outreach_by_town(plan([held("a", -9)], headcounts=(counted("a", ABOUT),), towns=towns))
    assert (weed.events_rate.value, weed.visits_rate.value) == (value, value and 80)
    words = "about 80 (1 of 1 estimated)" if value else "no rate (fewer than 500 residents)"
    assert weed.visits_rate.words == words
    assert weed.visits_rate.refused == (None if value else "fewer than 500 residents")


def test_event_whose_town_cannot_be_read_is_in_no_town():
    snapshot, _ = typed_plan(
        "typed -9 status=Completed venue=LIBRARY; mistyped -8 status=Completed town=- town_text=Wed venue=LIBRARY; "
        "nowhere -7 status=Completed town=- text=Grange_Hall; next +9 town=Mount_Shasta venue=COMMUNITY",
        "",
    )
    events = snapshot.events
    towns = {town.name: town for town in outreach_by_town(snapshot)}
    assert towns["Weed"].last_visit == events[0].date
    assert towns["Mount Shasta"].next_event == events[3]
    by_town = [(group.label, group.turnout.held) for group in groups(outcomes(snapshot), "town")]
    assert by_town == [("Town not known", 2), ("Weed", 1)]
    assert where(events[0]) == "Weed Library"
    assert where(events[3]) == "Mount Shasta Community Center"


@each(
    ("places", "listed", "words"),
    [
        (["Weed", "Weed", "Yreka"], (WEED, YREKA, ETNA), "2 of 3 towns"),
        (["Weed", "McCloud", "Gazelle"], (WEED, YREKA), "1 of 2 towns and 2 not listed"),
        (["Weed", None], (WEED,), "1 of 1 town (1 event without a known town)"),
        (["Weed", "Etna"], (), "2"),
        ([], (WEED,), "0 of 1 town"),
    ],
)
def test_towns_reached_are_so_many_of_those_listed(places, listed, words):
    visits = [HeldEvent(event(f"E{n}", -9, town=town)) for n, town in enumerate(places)]
    measure = towns_reached(visits, plan([], towns=listed))
    assert measure.words == words
    assert measure.value == len(set(places) - {None})


def test_town_is_overdue_after_six_calendar_months():
    last = held("E", (dt.date(2026, 3, 1) - ON).days)
    weed = replace(plan([last]), towns=(Town("Weed"),))
    assert [town.overdue for town in outreach_by_town(weed)] == [False]
    assert [town.overdue for town in outreach_by_town(replace(weed, today=ON + dt.timedelta(1)))] == [True]
