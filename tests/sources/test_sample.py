"""The built-in sample, on days that might break it: every page must have something to show on any day."""

import datetime as dt
import re
from collections import Counter
from collections.abc import Callable
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from cwac.analysis.alerts import alerts
from cwac.analysis.events import is_coming
from cwac.model import Merge, Snapshot, Tab, Workbook
from cwac.packet.facts import missing_facts
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS
from cwac.sources.sample import sample_workbook, tabs_of, the_day_before
from tests.cases import each

PLAIN_DAY = dt.date(2026, 11, 25)
DAYS = [
    PLAIN_DAY,
    dt.date(2026, 7, 4),  # a holiday, a Saturday
    dt.date(2026, 10, 6),  # the eve of the national day
    dt.date(2026, 10, 7),  # the national day
    dt.date(2028, 2, 29),
    dt.date(2031, 10, 3),  # the recorded years repeat
]
DAILY: list[Callable[[dt.date], None]] = []
"""The tests of what the sample holds on every day."""


def every_day(test: Callable[[dt.date], None]) -> Callable[..., None]:
    """Run the test on each of `DAYS`, and on every day in the slow test at the end."""
    DAILY.append(test)
    return each("today", DAYS)(test)


@cache
def made(today: dt.date) -> Workbook:
    return sample_workbook(today)


@cache
def read(today: dt.date) -> Snapshot:
    return read_workbook(made(today), today)


def tab(today: dt.date, name: str) -> Tab:
    return next(tab for tab in made(today).tabs if tab.title == name)


def column(today: dt.date, name: str, header: str) -> list:
    rows = tab(today, name).rows
    index = list(rows[0]).index(header)
    return [row[index] for row in rows[1:]]


def test_sample_is_labeled_as_sample():
    workbook = made(PLAIN_DAY)
    assert (workbook.source, workbook.timezone, workbook.url) == ("sample", "America/Los_Angeles", None)
    assert workbook.as_of == dt.datetime(2026, 11, 25, 12, tzinfo=ZoneInfo("America/Los_Angeles"))
    assert workbook.as_of.utcoffset() == dt.timedelta(hours=-8)
    assert made(dt.date(2026, 7, 4)).as_of.utcoffset() == dt.timedelta(hours=-7)
    now = dt.datetime(2026, 11, 25, 18, 30, tzinfo=dt.UTC)
    assert sample_workbook(PLAIN_DAY, now).as_of == now
    tabs_of.cache_clear()
    assert sample_workbook(PLAIN_DAY, now).content_hash == workbook.content_hash


@each(
    "today, itself, before",
    [
        (dt.date(2025, 12, 31), "47770eb843831eba", "132bfa71944f7a56"),
        (dt.date(2026, 10, 10), "127690d1489c8be6", "ed0d2e518ae4d6a2"),
        (PLAIN_DAY, "d8be469164c1420b", "469409cbe97bffdb"),
        (dt.date(2028, 12, 31), "c39baa1ec6ae1775", "99c3f6ef69b3ecca"),
    ],
)
def test_a_day_always_gives_the_same_sample(today, itself, before):
    """The four show every recorded row, so an edit of one changes a digest: how they read was looked at then."""
    assert (made(today).content_hash[:16], the_day_before(today).content_hash[:16]) == (itself, before)


def test_it_has_the_tabs_and_headers_of_the_contract():
    extra = {"Events": ["Flyer"], "Attendance": ["Remarks"]}
    assert {tab.title: list(tab.rows[0]) for tab in made(PLAIN_DAY).tabs} == {
        spec.name: [column.header for column in spec.columns] + extra.get(spec.name, []) for spec in TABS
    }


@every_day
def test_cells_are_as_google_gives_them(today):
    kinds = {type(cell) for tab in made(today).tabs for row in tab.rows for cell in row}
    assert kinds <= {str, int, float, bool, type(None)}
    days = Counter(map(type, column(today, "Events", "Date")))
    times = Counter(map(type, column(today, "Events", "Start")))
    assert days[int] > 4 * days[str] > 4
    assert times[float] > 3 * times[str] > 3


def test_sample_has_no_real_phone_number_or_address():
    text = "\n".join(str(cell) for tab in made(PLAIN_DAY).tabs for row in tab.rows for cell in row)
    phones = re.findall(r"\d{3}-\d{3}-\d{4}", text)
    assert phones
    assert all(re.fullmatch(r"530-555-01\d\d", phone) for phone in phones)
    domains = {mail.partition("@")[2] or mail for agency in read(PLAIN_DAY).agencies for mail in agency.emails}
    assert domains
    assert all(domain.endswith(".example.gov") for domain in domains)
    assert [officer.name[0] for officer in read(PLAIN_DAY).officers] == list("ABCDEFGHIJKLMNOPQRSTUVWXYZ")


MISTAKES = {
    "Events": "ambiguous did-you-mean duplicate-id guessed impossible made-id not-a-choice overdue unknown-reference "
    "unreadable unused-column weekday-mismatch",
    "Staffing": "duplicate-row formula-error merged-or-offset not-a-choice unknown-reference",
    "Attendance": "duplicate-column implausible inconsistent skipped-row unreadable",
    "Agencies": "unreadable",
    "Time off": "missing",
    "Venues": "out-of-range",
    "Follow-ups": "inconsistent privacy too-large",
}


@every_day
def test_sample_has_exactly_the_listed_mistakes(today):
    found = {(problem.tab, problem.code) for problem in read(today).problems}
    assert found == {(tab, code) for tab, codes in MISTAKES.items() for code in codes.split()}


@every_day
def test_every_row_is_accounted_for_and_nearly_all_are_clean(today):
    accounting = read(today).accounting
    lost = {name: (account.left_out, account.skipped) for name, account in accounting.items()}
    assert {name: counts for name, counts in lost.items() if counts != (0, 0)} == {
        "Events": (4, 0), "Staffing": (2, 0), "Attendance": (0, 1), "Time off": (1, 0)
    }  # fmt: skip
    assert {name: account.rows for name, account in accounting.items()} == {
        tab.title: len(tab.rows) - 1 for tab in made(today).tabs
    }
    marred = {
        (problem.tab, problem.row)
        for problem in read(today).problems
        if problem.severity != "notice" and problem.row != 1
    }
    assert len(marred) <= 0.05 * sum(account.rows for account in accounting.values())


@every_day
def test_the_merged_cell_is_the_one_that_lost_its_event_id(today):
    (merge,) = tab(today, "Staffing").merges
    assert merge == Merge(merge.top, merge.top + 2, 0, 1)
    (lost,) = (problem for problem in read(today).problems if problem.code == "merged-or-offset")
    assert lost.cell == f"A{merge.top + 2}"
    assert column(today, "Staffing", "Event ID")[merge.top - 1]


@every_day
def test_sample_covers_two_years_back_and_three_months_ahead(today):
    snapshot = read(today)
    recent = [event for event in snapshot.events if event.date.year > 2019]
    assert 85 <= len(snapshot.events) <= 105
    assert today - dt.timedelta(days=730) <= recent[0].date <= today - dt.timedelta(days=695)
    assert today + dt.timedelta(days=80) < recent[-1].date <= today + dt.timedelta(days=91)
    assert list(snapshot.events) == sorted(snapshot.events, key=lambda event: event.date)
    assert len(snapshot.undated) == 3


@every_day
def test_follow_ups_are_open_closed_and_overdue_and_some_town_waits(today):
    snapshot = read(today)
    assert 30 <= len(snapshot.follow_ups) <= 55
    waiting = [follow_up for follow_up in snapshot.follow_ups if follow_up.status != "Closed"]
    assert any(follow_up.due and follow_up.due < today for follow_up in waiting)
    assert len(waiting) >= 3
    assert all((follow_up.status == "Closed") == (follow_up.closed_on is not None) for follow_up in snapshot.follow_ups)
    visited = {event.town for event in snapshot.events if event.status == "Completed" and event.date < today}
    assert {town.name for town in snapshot.towns} - visited == {"Tulelake", "Happy Camp"}


ALWAYS = {
    "error": "officer-double-booked officer-on-time-off officer-inactive venue-double-booked",
    "warning": "officer-tight-travel no-host no-bilingual agency-without-officer release-overdue",
    "notice": "town-too-soon no-supervisor staffed-agency-not-on-event",
}
SEVERITIES = {code: severity for severity, codes in ALWAYS.items() for code in codes.split()}


@every_day
def test_sample_has_every_kind_of_alert(today):
    every_alert = alerts(read(today), today)
    assert {alert.code: alert.severity for alert in every_alert if alert.code in SEVERITIES} == SEVERITIES
    for code in ("understaffed", "unconfirmed"):
        ahead = [alert.days_until for alert in every_alert if alert.code == code]
        assert any(days <= 2 for days in ahead), code
        assert any(2 < days <= 7 for days in ahead), code
        assert any(7 < days <= 14 for days in ahead), code


NATIONAL_DAYS = (dt.date(2026, 10, 7), dt.date(2027, 10, 6), dt.date(2031, 10, 1))


@every_day
def test_only_what_is_meant_to_be_an_error_is_one(today):
    every_alert = alerts(read(today), today)
    is_near = any(0 <= (day - today).days <= 2 for day in NATIONAL_DAYS)  # four of its five events lack officers
    expected = dict.fromkeys(ALWAYS["error"].split(), 1) | {
        "understaffed": 5 if is_near else 1, "unconfirmed": 2 if is_near else 1
    }  # fmt: skip
    assert Counter(alert.code for alert in every_alert if alert.severity == "error") == expected
    seasonal = {"national-day", "shelter-venue", "federal-holiday"}
    assert {alert.code for alert in every_alert} - seasonal == SEVERITIES.keys() | {"understaffed", "unconfirmed"}


@every_day
def test_next_event_is_tomorrow_but_on_saturday_it_is_on_monday(today):
    coming = [event.date for event in read(today).events if is_coming(event, today) and event.date > today]
    tomorrow = today + dt.timedelta(days=1)
    expected = tomorrow + dt.timedelta(days=1) if tomorrow.weekday() == 6 else tomorrow
    assert min(coming) == expected


def test_sample_always_has_an_event_whose_papers_are_whole():
    for day in (dt.date(2026, 2, 27), dt.date(2026, 9, 29), dt.date(2026, 12, 31)):
        snapshot = read_workbook(sample_workbook(day), day)
        coming = [event for event in snapshot.events if event.date > day and event.status == "Confirmed"]
        assert any(not missing_facts(snapshot, event) for event in coming)
        assert any(event.flyer_sent and event.host_briefed for event in coming)


@pytest.mark.slow
def test_all_of_this_holds_through_a_year():
    """On ten of each day of the week at least, through a leap day and both changes of the clocks."""
    wrong = {}
    for number in range(365, -1, -5):
        today = dt.date(2027, 3, 1) + dt.timedelta(days=number)
        for test in DAILY:
            try:
                test(today)
            except AssertionError as error:
                wrong[today.isoformat(), test.__name__] = str(error)
        made.cache_clear()
        read.cache_clear()
    assert wrong == {}
