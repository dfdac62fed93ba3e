"""Federal holidays and National Coffee with a Cop Day."""

import datetime as dt

from cwac.analysis.days import NATIONAL_DAY, marked_days


def test_federal_holidays_and_the_national_day_of_a_period():
    assert marked_days(dt.date(2026, 10, 1), dt.date(2026, 11, 30)) == {
        dt.date(2026, 10, 7): (NATIONAL_DAY,),
        dt.date(2026, 10, 12): ("Columbus Day",),
        dt.date(2026, 11, 11): ("Veterans Day",),
        dt.date(2026, 11, 26): ("Thanksgiving Day",),
    }


def test_each_holiday_appears_once_across_new_year():
    assert marked_days(dt.date(2027, 12, 24), dt.date(2028, 1, 1)) == {
        dt.date(2027, 12, 24): ("Christmas Day (observed)",),
        dt.date(2027, 12, 25): ("Christmas Day",),
        dt.date(2027, 12, 31): ("New Year's Day (observed)",),
        dt.date(2028, 1, 1): ("New Year's Day",),
    }


def test_first_and_last_day_are_included():
    day = dt.date(2026, 11, 11)
    assert list(marked_days(day, day)) == [day]
    assert marked_days(day + dt.timedelta(days=1), day + dt.timedelta(days=14)) == {}
