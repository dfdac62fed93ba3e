"""Federal holidays, working days, and the national days."""

import datetime as dt

from cwac.analysis.days import (
    NATIONAL_DAY,
    marked_days,
    national_night_out,
    working_days_before,
    working_days_between,
)


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


def test_working_days_leave_out_weekends_and_federal_holidays():
    assert working_days_before(dt.date(2026, 10, 14), 5) == dt.date(2026, 10, 6)  # Columbus Day between
    assert working_days_before(dt.date(2026, 10, 7), 10) == dt.date(2026, 9, 23)


def test_working_days_between_agree_with_working_days_before():
    event = dt.date(2026, 10, 14)
    for count in range(15):
        assert working_days_between(working_days_before(event, count), event) == count
    assert working_days_between(dt.date(2026, 10, 10), event) == 1  # Saturday; Columbus Day is no working day
    assert working_days_between(event, event) == 0
    assert working_days_between(dt.date(2026, 10, 19), event) == -3


def test_national_night_out_is_the_first_tuesday_of_august():
    nights = [national_night_out(year) for year in (2023, 2025, 2026, 2028)]
    assert nights == [dt.date(2023, 8, 1), dt.date(2025, 8, 5), dt.date(2026, 8, 4), dt.date(2028, 8, 1)]
