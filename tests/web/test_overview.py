"""The overview, checked on a plan small enough to count by hand."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from cwac.analysis import overview as answers
from cwac.analysis.alerts import ALERT_CODES, TOPICS, topic_of
from cwac.analysis.events import upcoming
from cwac.analysis.overview import Needs
from cwac.analysis.periods import Period
from cwac.settings import Rules, Settings
from cwac.sheet.template import write_template
from cwac.web.sections import gaps, overview, rosters
from tests.web import plan
from tests.web.conftest import blocks, closed_to_strangers, opened, words

Serve = Callable[[Settings], None]
SNAPSHOT = plan.snapshot()
RULES = Rules()
ZONE = ZoneInfo(plan.ZONE)


@pytest.mark.parametrize(
    ("agency", "needs"),
    [
        # Short: SHARED (2 of 4), SHERIFFS (1 of 2), MAYBE (nobody). Not confirmed: all three.
        (None, Needs(gaps=3, positions=5, clashes=0, unconfirmed=3, uncounted=1, short=3, coming=3)),
        ("CHP-MS", Needs(gaps=1, positions=2, clashes=0, unconfirmed=1, uncounted=0, short=1, coming=1)),
        ("SCSO", Needs(gaps=2, positions=3, clashes=0, unconfirmed=1, uncounted=1, short=2, coming=2)),
        ("EPD", Needs(gaps=0, positions=0, clashes=0, unconfirmed=0, uncounted=0)),
    ],
)
def test_needs_count_gaps_clashes_unconfirmed_and_uncounted(agency: str | None, needs: Needs) -> None:
    assert answers.needs(SNAPSHOT, plan.TODAY, agency, RULES) == needs


def test_events_short_say_what_they_lack() -> None:
    counts = Needs(gaps=11, positions=24, clashes=0, unconfirmed=0, uncounted=0, short=10)
    assert overview.short_words(counts) == ("24 open positions at 10, a role or agency at 1")
    assert overview.short_words(Needs(0, 0, 0, 0, 0, coming=12)) == "of 12 coming events: every position filled"


def test_every_alert_code_has_a_topic() -> None:
    codes: dict[str, list[str]] = {}
    for code in ALERT_CODES:
        codes.setdefault(topic_of(code), []).append(code)
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
    assert set(codes) == set(TOPICS)


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
    event = answers.next_event(upcoming(SNAPSHOT, plan.TODAY), now, RULES)
    assert (event and event.id) == first


def test_event_that_is_completed_before_its_end_is_not_the_next_one() -> None:
    first, second = (event for event in upcoming(SNAPSHOT, plan.TODAY) if event.id in ("SHARED", "SHERIFFS"))
    now = dt.datetime(2026, 11, 28, 8, 30, tzinfo=ZONE)
    assert answers.next_event([replace(first, status="Completed"), second], now, RULES) == second


@pytest.mark.parametrize(
    ("minute", "short", "positions"),
    [(29, 3, 5), (30, 2, 3)],  # SHARED ends at 9:30 and is two officers short
)
def test_event_of_today_that_is_over_is_no_longer_listed_as_open(minute: int, short: int, positions: int) -> None:
    today = plan.TODAY + dt.timedelta(days=3)
    snapshot = replace(SNAPSHOT, today=today)
    now = dt.datetime(2026, 11, 28, 9, minute, tzinfo=ZONE)
    ended = answers.ended_on(snapshot, now, RULES)
    needs = answers.needs(snapshot, today, None, RULES, ended=ended)
    assert (needs.gaps, needs.positions) == (short, positions)
    board = gaps.board(snapshot, today, today, None, None, ended=ended)
    assert (board.open, board.positions) == (short, positions)
    soon = overview.soon(snapshot, today, None, True, None, ended, _alerts={})
    assert ("SHARED" in repr(soon)) is (short == 3)


@pytest.fixture
def local(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file, public=True))


def test_quarters_have_guests_events_hours_and_towns_and_say_what_is_shared() -> None:
    autumn = Period(dt.date(2026, 10, 1), dt.date(2026, 12, 31), "2026-Q4")
    every = answers.quarters(SNAPSHOT, autumn, None, RULES)
    assert [figures.period.label for figures in every] == [
        "2025-Q1", "2025-Q2", "2025-Q3", "2025-Q4", "2026-Q1", "2026-Q2", "2026-Q3", "2026-Q4",
    ]  # fmt: skip
    now = every[-1]
    assert (now.events, now.canceled, now.guests.short) == (2, 1, "about 24")
    assert now.guests.caveat == "one count is “24 or more”, 1 of 2 not counted"
    assert (now.hours.short, now.towns.words) == ("1", "2 of 3 towns")
    assert every[0].events == 0
    assert answers.quarters(SNAPSHOT, autumn, "EPD", RULES)[-1].events == 0


def test_weeks_begin_on_sunday_and_leave_out_what_is_called_off() -> None:
    shown = answers.weeks(SNAPSHOT, plan.TODAY, None)
    assert [week.first for week in shown][:2] == [dt.date(2026, 11, 22), dt.date(2026, 11, 29)]
    assert len(shown) == 12
    coming = [event.id for week in shown for event in week.events]
    assert "SHARED" in coming
    assert not {event.id for event in SNAPSHOT.events if event.status == "Cancelled"}.intersection(coming)


def test_sheet_line_counts_rows_and_problem_cells() -> None:
    assert overview.sheet_line(SNAPSHOT) == "32 of 34 rows used · 5 cells to fix"
    assert overview.sheet_line(SNAPSHOT, True, "SCSO") == "32 of 34 rows used · 1 cell to fix"
    clean = replace(SNAPSHOT, problems=())
    assert overview.sheet_line(clean) == "32 of 34 rows used · nothing to fix"
    assert overview.sheet_line(clean, False) == "32 of 34 rows used · nothing of yours to fix"
    assert overview.sheet_line(clean, True, "SCSO") == "32 of 34 rows used · nothing of SCSO to fix"


def test_sheet_is_opened_where_a_browser_can_open_it() -> None:
    google, key = (
        "https://docs.google.com/spreadsheets/d/KEY",
        "https://contoso.sharepoint.com/:x:/s/C/0123456789abcdef",
    )
    for url, web_url, link in (
        (google, None, google),
        (key, "https://contoso.sharepoint.com/x", "https://contoso.sharepoint.com/x"),
        (key, None, None),
        (None, None, None),
    ):
        assert overview._sheet_link(replace(SNAPSHOT, url=url, web_url=web_url)) == link


def test_roster_lists_events_that_name_or_are_staffed_by_the_agency() -> None:
    def listed(agency: str | None) -> list[tuple[str, int]]:
        return [(fill.event.id, len(going)) for fill, going in rosters.rosters(SNAPSHOT, plan.TODAY, RULES, agency)]

    assert listed(None) == [("SHARED", 3), ("SHERIFFS", 2), ("MAYBE", 0)]
    assert listed("CHP-MS") == [("SHARED", 3)]
    assert listed("SCSO") == [("SHARED", 3), ("SHERIFFS", 2)]  # a post on SHARED is asked of it


def test_crowded_week_has_few_marks_and_counts_the_others(serve: Serve, tmp_path: Path) -> None:
    today = plan.TODAY
    header, event = plan.tabs(today)["Events"][:2]
    events = [header, *([f"E{number}", plan.serial(today), *event[2:]] for number in range(15))]
    serve(closed_to_strangers(plan.save(tmp_path / "crowded.xlsx", today, Events=events)))
    page = opened("overview", "coordinator")
    weeks = next(block for block in blocks(page) if block["kind"] == "strip")["weeks"]
    assert (len(weeks[0]["marks"]), weeks[0]["more"]["text"]) == (overview.MARKS_A_WEEK, "+3")
    assert weeks[0]["more"]["query"]["view"] == "week"
    assert [week["more"] for week in weeks[1:]] == [None] * 11


@pytest.mark.slow
def test_blank_template_opens_first_steps_and_its_examples_are_not_counted(serve: Serve, tmp_path: Path) -> None:
    write_template(tmp_path / "plan.xlsx")
    serve(closed_to_strangers(tmp_path / "plan.xlsx"))
    page = opened("overview", "coordinator")
    text = words(page)
    assert "First steps" in text
    assert text.count("0 so far") == 4
    assert "EXAMPLE" not in text


def test_next_14_days_are_the_same_days_as_on_the_staffing_page() -> None:
    today = dt.date(2026, 11, 25)
    assert gaps.days_of("Next 14 days", today) == (today, answers.last_of_soon(today))
