"""Alerts at their edges (`alerts.txt`), their words, and their order."""

import datetime as dt
import re
from pathlib import Path

import pytest

from cwac.analysis.alerts import ALERT_CODES, alerts, alerts_of_people
from cwac.analysis.officers import chains, drive_minutes, place_coordinates
from cwac.model import Alert, Officer, TimeOff, Venue
from tests.analysis.plans import ON, SHASTA, STARBUCKS, WEED, YREKA, day, event, goes, plan, typed_plan
from tests.cases import each

CASES = [
    [cell.strip() for cell in line.split("|")]
    for line in (Path(__file__).parent / "alerts.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
]


@each("case", CASES, ids=[" | ".join(case) for case in CASES])
def test_plan_gives_the_alerts_of_its_line(case):
    code, events, rows, expected, options = [*case, ""][:5]
    snapshot, rules = typed_plan(events, rows, options)
    found = []
    for alert in (alert for alert in alerts(snapshot, ON, rules) if alert.code == code):
        agency = "" if alert.agency == "WPD" else f" for {alert.agency or 'nobody'}"
        words = f"{alert.severity} {'+'.join(alert.event_ids)}{f' {alert.officer}' if alert.officer else ''}{agency}"
        place = f" at {alert.venue}" if alert.venue else ""
        found.append(f"{words}{place}{'' if alert.days_until == 20 else f' in {alert.days_until}'}")
    assert found == [alert.strip() for alert in expected.split(";") if alert.strip()]


def test_every_code_has_a_line_with_an_alert_and_one_without():
    assert {case[0] for case in CASES if case[3]} == {case[0] for case in CASES if not case[3]} == set(ALERT_CODES)


# --- words ------------------------------------------------------------------------------------------------------------


def test_alert_has_all_its_fields():
    assert alerts(typed_plan("A needed=1 venue=STARBUCKS")[0], ON)[0] == Alert(
        "warning", "agency-without-officer", ("A",), None, "WPD", None, 20,
        "No officer from WPD at Weed Starbucks on Mon, Sep 21, 9:00–10:00 AM. "
        "Assign one, or remove WPD from the event.",
    )  # fmt: skip


def test_messages_are_short_even_where_names_are_long():
    long = "Siskiyou County Regional Community and Conference Center, North Annex"
    agency = "Siskiyou County Sheriff's Office"
    officer = Officer("OF-09", "Bartholomew Featherstonehaugh-Cholmondeley", agency)
    off = (TimeOff("OF-09", day(0), day(9)),)
    events = [
        event(name, after, venue_text=f"{long} {name}", town="Weed", lead_agency=agency, officers_needed=9, status=None)
        for name, after in (("A", 1), ("B", 1), ("C", 2))
    ]
    rows = [goes(officer, name, "Assigned") for name in "ABC"]
    warnings = alerts(plan(events, rows, officers=(officer,), time_off=off), ON)
    assert len({alert.code for alert in warnings}) > 4
    assert max(len(alert.message) for alert in warnings) <= 240


# --- which and in what order ------------------------------------------------------------------------------------------


def test_alerts_come_soonest_first_then_worst_then_by_code():
    snapshot, _ = typed_plan("A +1 needed=3; B +1; C +0 town=Etna", "S A B")
    found = alerts(snapshot, ON)
    warnings = [(alert.days_until, alert.severity, alert.code, alert.event_ids) for alert in found]
    rank = {"error": 0, "warning": 1, "notice": 2}
    assert warnings == sorted(warnings, key=lambda alert: (alert[0], rank[alert[1]], *alert[2:]))
    assert len({severity for _, severity, *_ in warnings}) == 3
    assert alerts(typed_plan("C +0 town=Etna; B +1; A +1 needed=3", "S B A")[0], ON) == found


def test_alerts_of_people_are_those_that_name_them():
    events = "A; B; C +21; D +21 10:05-11:00 town=Yreka"
    snapshot, _ = typed_plan(events, "S A B C D; D A B C D; E A B C D", "off=OF-01:20:20,OF-03:20:20")
    every = alerts(snapshot, ON)
    for people in ({"OF-01"}, {"OF-01", "OF-02"}, set()):
        assert alerts_of_people(snapshot, ON, people) == tuple(alert for alert in every if alert.officer in people)
    assert len(alerts_of_people(snapshot, ON, {"OF-01"})) == 4


# --- drives and their cost --------------------------------------------------------------------------------------------


@each(("start", "end", "miles"), [(WEED, SHASTA, 8.5), (WEED, YREKA, 25.1), (SHASTA, YREKA, 33.5)])
def test_drive_is_straight_miles_by_1_3_at_50_mph_and_15_minutes(start, end, miles):
    minutes = drive_minutes((start.latitude, start.longitude), (end.latitude, end.longitude))
    assert minutes == pytest.approx(1.3 * miles / 50 * 60 + 15, abs=0.1)
    assert drive_minutes((40.0, -122.0), (40.0, -122.0)) == 15


@each(
    ("place", "coordinates"),
    [
        ({"venue": STARBUCKS}, (41.4242, -122.3844)),
        ({"venue": Venue("Half", "Etna", latitude=41.0)}, (WEED.latitude, WEED.longitude)),
        ({"venue": Venue("Half", "Etna", latitude=41.0), "town": "Etna"}, None),
        ({"town": "Etna"}, None),
        ({"town": None}, None),
    ],
)
def test_coordinates_are_both_of_the_venue_else_both_of_the_town(place, coordinates):
    assert place_coordinates(plan([]), event("A", **place)) == coordinates


def test_cost_of_a_chain_grows_with_its_events_and_not_with_their_pairs():
    class Counted(dt.datetime):
        compared = 0

        def __lt__(self, other):
            Counted.compared += 1
            return super().__lt__(other)

        def __ge__(self, other):
            Counted.compared += 1
            return super().__ge__(other)

    def comparisons(number):
        Counted.compared = 0
        spans = [(Counted(2026, 9, 1, 8, n % 60), Counted(2026, 9, 1, 12), n) for n in range(number)]
        assert [len(chain) for chain in chains(sorted(spans))] == [number]
        return Counted.compared

    assert comparisons(2000) < 2.6 * comparisons(1000)


def test_guide_for_coordinators_explains_every_alert():
    guide = (Path(__file__).parents[2] / "docs" / "coordinators.md").read_text("utf-8")
    section = guide.partition("## What the alerts say")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([a-z-]+)` \| ([^|]+) \| [^|]+ \| [^|]+ \|$", section, re.M)
    assert dict(rows) == dict(ALERT_CODES)
