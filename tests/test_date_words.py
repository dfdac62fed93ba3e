"""Days, times, zones and numbers are written the American way, and numbers rounded half up, once."""

import datetime as dt
import re
import zoneinfo
from zoneinfo import ZoneInfo

from cwac import date_words
from cwac.analysis.measures import difference_words, range_words
from cwac.analysis.words import number
from cwac.date_words import day_range, day_words
from cwac.rounding import half_up, percent
from tests.cases import each
from tests.test_documents import ROOT, text_of

DAY, BERLIN = dt.date.fromisoformat, "Europe/Berlin"
THANKSGIVING = DAY("2026-11-26")
NOON = dt.datetime(2026, 10, 7, 15, 0, tzinfo=dt.UTC)
PACIFIC = NOON.astimezone(ZoneInfo("America/Los_Angeles"))


@each(
    ("write", "of", "words"),
    [
        (day_words, (THANKSGIVING, None), "Thu, Nov 26, 2026"),
        (day_words, (THANKSGIVING, DAY("2026-01-01")), "Thu, Nov 26"),
        (day_words, (THANKSGIVING, DAY("2027-01-01")), "Thu, Nov 26, 2026"),
        (day_range, (DAY("2026-11-22"), DAY("2026-11-28")), "Nov 22–28, 2026"),
        (day_range, (DAY("2026-11-29"), DAY("2026-12-05")), "Nov 29–Dec 5, 2026"),
        (day_range, (DAY("2026-12-27"), DAY("2027-01-02")), "Dec 27, 2026–Jan 2, 2027"),
        (day_range, (DAY("2025-11-22"), DAY("2026-11-28")), "Nov 22, 2025–Nov 28, 2026"),
        (day_range, (THANKSGIVING, THANKSGIVING), "Thu, Nov 26, 2026"),
        (day_range, (DAY("2026-11-29"), DAY("2026-12-05"), THANKSGIVING), "Nov 29–Dec 5"),
        (day_range, (DAY("2026-11-29"), DAY("2026-12-05"), DAY("2027-01-01")), "Nov 29–Dec 5, 2026"),
        (day_range, (DAY("2026-11-29"), DAY("2027-01-02"), THANKSGIVING), "Nov 29, 2026–Jan 2, 2027"),
        (date_words.long_day, (THANKSGIVING,), "Thursday, November 26, 2026"),
        (date_words.short_day, (THANKSGIVING,), "Nov 26, 2026"),
        (date_words.month_day, (THANKSGIVING,), "Nov 26"),
        (date_words.month_words, (THANKSGIVING,), "November 2026"),
        (date_words.long_day_range, (DAY("2026-07-01"), DAY("2026-09-30")), "July 1–September 30, 2026"),
        (date_words.quarter_words, (DAY("2026-01-15"),), "Q1 2026 (Jan–Mar)"),
        (date_words.quarter_words, (DAY("2026-06-15"),), "Q2 2026 (Apr–Jun)"),
        (date_words.quarter_words, (DAY("2026-09-15"),), "Q3 2026 (Jul–Sep)"),
        (date_words.quarter_words, (DAY("2026-10-15"),), "Q4 2026 (Oct–Dec)"),
        (date_words.quarter_name, (DAY("2026-10-15"),), "Q4 2026"),
        (date_words.clock_range, (dt.time(9), dt.time(10, 30)), "9:00–10:30 AM"),
        (date_words.clock_range, (dt.time(11, 30), dt.time(13)), "11:30 AM–1:00 PM"),
        (date_words.clock_range, (dt.time(0, 15), None), "12:15 AM"),
        (date_words.clock_range, (None, dt.time(10, 30)), "time not known"),
        (date_words.clock, (NOON,), "3:00 PM"),
        (date_words.clock, (PACIFIC,), "8:00 AM"),
        (date_words.zoned_moment, (NOON,), "Wed, Oct 7, 2026, 3:00 PM UTC"),
        (date_words.zoned_moment, (PACIFIC,), "Wed, Oct 7, 2026, 8:00 AM Pacific Time"),
        (date_words.zone_words, ("America/Los_Angeles",), "Pacific Time"),
        (date_words.zone_words, ("America/Denver",), "Mountain Time"),
        (date_words.zone_words, ("America/Chicago",), "Central Time"),
        (date_words.zone_words, ("America/New_York",), "Eastern Time"),
        (date_words.zone_words, ("America/Anchorage",), "Alaska Time"),
        (date_words.zone_words, ("Pacific/Honolulu",), "Hawaii Time"),
        (date_words.zone_words, (BERLIN,), BERLIN),
    ],
)
def test_days_times_and_zones_are_written_the_american_way(write, of, words):
    assert write(*of) == words


# Winter decides: Arizona and Hawaii have no summer time.
@each("zone", sorted(date_words._ZONE_NAMES))
def test_zones_of_a_name_have_its_winter_time(zone):
    assert zone in zoneinfo.available_timezones()
    hours = {"Pacific": -8, "Mountain": -7, "Central": -6, "Eastern": -5, "Alaska": -9, "Hawaii": -10}
    winter = dt.datetime(2026, 1, 15, 12, tzinfo=ZoneInfo(zone)).utcoffset()
    assert winter == dt.timedelta(hours=hours[date_words.zone_words(zone).split()[0]])


NOT_SHOWN = {
    "cwac/analysis/scheduling.py": "compares two plans",
    "cwac/exports/colors.py": "mixes colors",
    "cwac/exports/workbooks.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/forms/reading.py": "the seconds of a time that a sheet keeps as a number",
    "cwac/sheet/counts.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/sheet/dates.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/sheet/times.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/sources/xlsx_package.py": "the minutes of a time that a sheet keeps as a number",
    "cwac/web/calendar/content.py": "places in a drawing",
    "cwac/web/calendar/page.py": "whole minutes of a zone",
    "cwac/web/metrics.py": "figures for programs",
}
"""Files that round to even, and what they round: nothing that a person reads."""


@each(
    ("value", "digits", "text"),
    [
        (6.25, 1, "6.3"),
        (10.25, 1, "10.3"),
        (0.5, 0, "1"),
        (2.5, 0, "3"),
        (1.15, 1, "1.2"),  # in binary a little less than 1.15
        (2.675, 2, "2.68"),
        (0.1 + 0.7 + 0.35, 1, "1.2"),  # 1.15, however it is added up
        (0.285 * 100, 0, "29"),
        (-2.5, 0, "-3"),
        (-0.04, 1, "0.0"),
        (1234.25, 1, "1234.3"),
    ],
)
def test_halves_are_rounded_up(value, digits, text):
    assert str(half_up(value, digits)) == text


def test_each_way_to_show_a_number_rounds_half_up():
    assert [number(6.25), number(1234.25), number(12.0), number(2.5, 0), number(-0.04)] == [
        "6.3", "1,234.3", "12", "3", "0",
    ]  # fmt: skip
    assert [percent(0.285), percent(0.125), percent(1)] == ["29%", "13%", "100%"]
    assert difference_words(6.25, 10.25) == "+4"
    assert difference_words(6.2, 6.25) == "+0.1"
    assert range_words(2.25, 2.35) == "95% range 2.3 to 2.4"


def test_no_other_function_rounds_what_is_shown():
    rounds = re.compile(r"(?<![\w.])round\(|\{[^{}]*:[+,]*\.\d+[f%]\}|\{[^{}]*:[+,]*\.\{\w+\}[f%]\}")
    found = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("cwac/**/*.py") if rounds.search(text_of(path))}
    assert found == NOT_SHOWN.keys()
