"""The overview, checked on a plan small enough to count by hand."""

import datetime as dt
from dataclasses import replace
from zoneinfo import ZoneInfo

import pytest

from cwac.analysis.alerts import ALERT_CODES
from cwac.analysis.events import upcoming
from cwac.analysis.periods import Period
from cwac.settings import Rules
from cwac.web.sections import overview, rosters
from cwac.web.sections.overview import Needs
from tests.web import plan

SNAPSHOT = plan.snapshot()
RULES = Rules()
ZONE = ZoneInfo(plan.ZONE)


@pytest.mark.parametrize(
    ("agency", "needs"),
    [
        # Short: SHARED (2 of 4), SHERIFFS (1 of 2), MAYBE (nobody). Not confirmed: all three.
        (None, Needs(gaps=3, positions=5, clashes=0, unconfirmed=3, uncounted=1)),
        ("CHP-MS", Needs(gaps=1, positions=2, clashes=0, unconfirmed=1, uncounted=0)),
        ("SCSO", Needs(gaps=2, positions=3, clashes=0, unconfirmed=1, uncounted=1)),
        ("EPD", Needs(gaps=0, positions=0, clashes=0, unconfirmed=0, uncounted=0)),
    ],
)
def test_needs_count_gaps_clashes_unconfirmed_and_uncounted(agency: str | None, needs: Needs) -> None:
    assert overview.needs(SNAPSHOT, plan.TODAY, agency, RULES) == needs


def test_every_alert_code_has_a_topic() -> None:
    codes: dict[str, list[str]] = {}
    for code in ALERT_CODES:
        codes.setdefault(overview.topic_of(code), []).append(code)
    assert codes == {
        "Clashes": [
            "officer-double-booked", "officer-tight-travel", "officer-on-time-off", "officer-inactive",
            "venue-double-booked", "national-day",
        ],
        "Gaps": ["understaffed", "no-host", "no-bilingual", "no-supervisor", "agency-without-officer"],
        "Not confirmed": ["unconfirmed"],
        "Other": [
            "town-too-soon", "staffed-agency-not-on-event", "shelter-venue", "release-overdue",
            "federal-holiday",
        ],
    }  # fmt: skip
    assert set(codes) == set(overview.TOPICS)


@pytest.mark.parametrize(
    ("now", "first"),
    [
        (dt.datetime(2026, 11, 25, 10, 0, tzinfo=ZONE), "SHARED"),
        (dt.datetime(2026, 11, 28, 9, 29, tzinfo=ZONE), "SHARED"),  # it goes on until 9:30
        (dt.datetime(2026, 11, 28, 9, 30, tzinfo=ZONE), "SHERIFFS"),
        (dt.datetime(2026, 12, 5, 10, 29, tzinfo=ZONE), "MAYBE"),  # without an end, 90 minutes
        (dt.datetime(2026, 12, 5, 10, 30, tzinfo=ZONE), None),
    ],
)
def test_next_event_is_the_first_that_has_not_ended(now: dt.datetime, first: str | None) -> None:
    event = overview.next_event(upcoming(SNAPSHOT, plan.TODAY), now, RULES)
    assert (event and event.id) == first


@pytest.mark.parametrize("month", [7, 12])
def test_time_zone_is_named_alike_in_summer_and_winter(month: int) -> None:
    event = SNAPSHOT.event_by_id["SHARED"].__class__("E", 2, dt.date(2026, month, 1), dt.time(8), dt.time(9, 30))
    told = overview.when_and_where(event, plan.TODAY, plan.ZONE).replace("\\", "")
    assert "8:00–9:30 AM Pacific Time" in told


def test_quarter_line_has_events_guests_hours_and_towns() -> None:
    autumn = Period(dt.date(2026, 10, 1), dt.date(2026, 12, 31), "2026-Q4")
    assert overview.quarter(SNAPSHOT, autumn, None, RULES) == (
        "2 held · 1 canceled · median 24 guests (1 event counted, estimated, 1 not counted) · 1 officer-hours · "
        "towns: 2 of 3 listed"
    )
    assert overview.quarter(SNAPSHOT, autumn, "EPD", RULES) == "no event held"


def test_sheet_line_counts_rows_and_problem_cells() -> None:
    assert overview.sheet_line(SNAPSHOT) == "94% of 34 rows read · 5 cells to fix"
    assert overview.sheet_line(SNAPSHOT, True, "SCSO") == "94% of 34 rows read · 1 cell to fix"
    clean = replace(SNAPSHOT, problems=())
    assert overview.sheet_line(clean) == "94% of 34 rows read · nothing to fix"
    assert overview.sheet_line(clean, False) == "94% of 34 rows read · nothing of yours to fix"
    assert overview.sheet_line(clean, True, "SCSO") == "94% of 34 rows read · nothing of SCSO to fix"


def test_roster_lists_events_that_name_or_are_staffed_by_the_agency() -> None:
    def listed(agency: str | None) -> list[tuple[str, int]]:
        return [(fill.event.id, len(going)) for fill, going in rosters.rosters(SNAPSHOT, plan.TODAY, RULES, agency)]

    assert listed(None) == [("SHARED", 3), ("SHERIFFS", 2), ("MAYBE", 0)]
    assert listed("CHP-MS") == [("SHARED", 3)]
    assert listed("SCSO") == [("SHARED", 3), ("SHERIFFS", 2)]  # a post on SHARED is asked of it
