"""Days, times, periods and zones are written the American way."""

import datetime as dt
import zoneinfo
from zoneinfo import ZoneInfo

import pytest

from cwac import date_words
from tests.cases import each

THANKSGIVING = dt.date(2026, 11, 26)


@each(
    ("on", "words"),
    [
        (None, "Thu, Nov 26, 2026"),
        (dt.date(2026, 1, 1), "Thu, Nov 26"),
        (dt.date(2027, 1, 1), "Thu, Nov 26, 2026"),
    ],
)
def test_day_has_its_year_unless_it_is_this_year(on, words):
    assert date_words.day_words(THANKSGIVING, on) == words


@each(
    ("first", "last", "words"),
    [
        ("2026-11-22", "2026-11-28", "Nov 22–28, 2026"),
        ("2026-11-29", "2026-12-05", "Nov 29–Dec 5, 2026"),
        ("2026-12-27", "2027-01-02", "Dec 27, 2026–Jan 2, 2027"),
        ("2025-11-22", "2026-11-28", "Nov 22, 2025–Nov 28, 2026"),
        ("2026-11-26", "2026-11-26", "Thu, Nov 26, 2026"),
    ],
)
def test_range_of_days_says_each_month_and_year_once(first, last, words):
    assert date_words.day_range(dt.date.fromisoformat(first), dt.date.fromisoformat(last)) == words


def test_range_of_days_without_the_year_of_today():
    first, last = dt.date(2026, 11, 29), dt.date(2026, 12, 5)
    assert date_words.day_range(first, last, THANKSGIVING) == "Nov 29–Dec 5"
    assert date_words.day_range(first, last, dt.date(2027, 1, 1)) == "Nov 29–Dec 5, 2026"
    assert date_words.day_range(first, dt.date(2027, 1, 2), THANKSGIVING) == "Nov 29, 2026–Jan 2, 2027"


def test_long_and_short_forms():
    assert date_words.long_day(THANKSGIVING) == "Thursday, November 26, 2026"
    assert date_words.short_day(THANKSGIVING) == "Nov 26, 2026"
    assert date_words.month_day(THANKSGIVING) == "Nov 26"
    assert date_words.month_words(THANKSGIVING) == "November 2026"
    assert date_words.long_day_range(dt.date(2026, 7, 1), dt.date(2026, 9, 30)) == "July 1–September 30, 2026"


@each(
    ("month", "words"),
    [(1, "Q1 2026 (Jan–Mar)"), (6, "Q2 2026 (Apr–Jun)"), (9, "Q3 2026 (Jul–Sep)"), (10, "Q4 2026 (Oct–Dec)")],
)
def test_quarter_has_its_months(month, words):
    assert date_words.quarter_words(dt.date(2026, month, 15)) == words
    assert date_words.quarter_name(dt.date(2026, month, 15)) == words[:7]


@each(
    ("start", "end", "words"),
    [
        ("09:00", "10:30", "9:00–10:30 AM"),
        ("11:30", "13:00", "11:30 AM–1:00 PM"),
        ("00:15", None, "12:15 AM"),
        (None, "10:30", "time not known"),
    ],
)
def test_clock_range_says_am_and_pm_once(start, end, words):
    assert date_words.clock_range(*(at and dt.time.fromisoformat(at) for at in (start, end))) == words


@each(
    ("zone", "name"),
    [
        ("America/Los_Angeles", "Pacific Time"), ("America/Denver", "Mountain Time"),
        ("America/Chicago", "Central Time"), ("America/New_York", "Eastern Time"),
        ("America/Anchorage", "Alaska Time"), ("Pacific/Honolulu", "Hawaii Time"), ("Europe/Berlin", "Europe/Berlin"),
    ],
)  # fmt: skip
def test_american_zones_have_names(zone, name):
    assert date_words.zone_words(zone) == name


# Winter decides: Arizona and Hawaii have no summer time.
@pytest.mark.parametrize("zone", sorted(date_words._ZONE_NAMES))
def test_zones_of_a_name_have_its_winter_time(zone):
    assert zone in zoneinfo.available_timezones()
    hours = {"Pacific": -8, "Mountain": -7, "Central": -6, "Eastern": -5, "Alaska": -9, "Hawaii": -10}
    winter = dt.datetime(2026, 1, 15, 12, tzinfo=ZoneInfo(zone)).utcoffset()
    assert winter == dt.timedelta(hours=hours[date_words.zone_words(zone).split()[0]])


def test_moment_has_its_day_time_and_zone():
    moment = dt.datetime(2026, 10, 7, 15, 0, tzinfo=dt.UTC)
    assert date_words.zoned_moment(moment) == "Wed, Oct 7, 2026, 3:00 PM UTC"
    local = moment.astimezone(ZoneInfo("America/Los_Angeles"))
    assert date_words.zoned_moment(local) == "Wed, Oct 7, 2026, 8:00 AM Pacific Time"


def test_one_moment_in_two_zones_is_two_times():
    moment = dt.datetime(2026, 10, 7, 15, 0, tzinfo=dt.UTC)
    assert date_words.clock(moment) == "3:00 PM"
    assert date_words.clock(moment.astimezone(ZoneInfo("America/Los_Angeles"))) == "8:00 AM"
