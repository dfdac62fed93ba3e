"""Days, times, periods and zones are written the American way."""

import datetime as dt
import zoneinfo
from zoneinfo import ZoneInfo

from cwac import date_words
from cwac.date_words import day_range, day_words
from tests.cases import each

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
