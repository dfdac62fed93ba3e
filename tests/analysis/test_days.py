"""Federal holidays, working days, the national days, quarters by name, and the months before a day."""

import datetime as dt

import pytest

from cwac.analysis import periods
from tests.cases import each


def test_federal_holidays_and_the_national_day_from_the_first_to_the_last_day_each_once():
    assert periods.marked_days(dt.date(2026, 10, 7), dt.date(2026, 11, 26)) == {
        dt.date(2026, 10, 7): (periods.NATIONAL_DAY,),
        dt.date(2026, 10, 12): ("Columbus Day",),
        dt.date(2026, 11, 11): ("Veterans Day",),
        dt.date(2026, 11, 26): ("Thanksgiving Day",),
    }
    assert periods.marked_days(dt.date(2026, 10, 8), dt.date(2026, 10, 11)) == {}
    assert periods.marked_days(dt.date(2027, 12, 24), dt.date(2028, 1, 1)) == {
        dt.date(2027, 12, 24): ("Christmas Day (observed)",),
        dt.date(2027, 12, 25): ("Christmas Day",),
        dt.date(2027, 12, 31): ("New Year's Day (observed)",),
        dt.date(2028, 1, 1): ("New Year's Day",),
    }


def test_working_days_leave_out_weekends_and_federal_holidays():
    assert periods.working_days_before(dt.date(2026, 10, 14), 5) == dt.date(2026, 10, 6)  # Columbus Day between
    event = dt.date(2026, 10, 14)
    for count in range(15):
        assert periods.working_days_between(periods.working_days_before(event, count), event) == count
    assert periods.working_days_between(dt.date(2026, 10, 10), event) == 1  # Saturday; Columbus Day is no working day
    assert periods.working_days_between(event, event) == 0
    assert periods.working_days_between(dt.date(2026, 10, 19), event) == -3


def test_the_national_day_is_the_first_wednesday_of_october_and_national_night_out_the_first_tuesday_of_august():
    days = [periods.national_day(year).isoformat() for year in (2019, 2025, 2026, 2027, 2028)]
    assert days == ["2019-10-02", "2025-10-01", "2026-10-07", "2027-10-06", "2028-10-04"]
    nights = [periods.national_night_out(year) for year in (2023, 2025, 2026, 2028)]
    assert nights == [dt.date(2023, 8, 1), dt.date(2025, 8, 5), dt.date(2026, 8, 4), dt.date(2028, 8, 1)]


# --- periods ------------------------------------------------------------------------------------------------------


Q3 = periods.Period(dt.date(2026, 7, 1), dt.date(2026, 9, 30), "2026-Q3")


@each("name", ["2026-Q3", "2026q3", " 2026 Q3 ", "2026/q3"])
def test_quarter_name_is_parsed(name):
    assert periods.quarter_named(name) == Q3


@each("name", ["2026-Q5", "Q3", "", "0000-Q1", "2026-Q3; x", "july", "26", "0999", "2026-13", "20266"])
def test_invalid_quarter_name_is_refused(name):
    for named in (periods.quarter_named, periods.quarter_or_year_named):
        with pytest.raises(ValueError, match="is not a quarter: write the year and the quarter, such as 2026-Q3"):
            named(name)


def test_period_has_its_first_and_last_day_and_words():
    days = [dt.date(2026, 6, 30), Q3.first, Q3.last, dt.date(2026, 10, 1)]
    assert [day for day in days if day in Q3] == days[1:3]
    assert Q3.words == "July 1–September 30, 2026"
    assert periods.last_months(dt.date(2026, 3, 1), 6).words == "September 2, 2025–March 1, 2026"


def test_months_before_the_last_day_of_a_longer_month():
    assert periods.months_before(dt.date(2026, 3, 31), 1) == dt.date(2026, 2, 28)
    assert periods.months_before(dt.date(2024, 2, 29), 12) == dt.date(2023, 2, 28)
    assert periods.a_year_before(Q3) == periods.Period(
        dt.date(2025, 7, 1), dt.date(2025, 9, 30), "2026-Q3, a year before"
    )
    assert periods.year_of(dt.date(2026, 5, 5)) == periods.Period(dt.date(2026, 1, 1), dt.date(2026, 12, 31), "2026")


@each(
    ("day", "fiscal_year", "quarter"),
    [
        (dt.date(2026, 9, 30), 2026, 4),
        (dt.date(2026, 10, 1), 2027, 1),
        (dt.date(2026, 12, 31), 2027, 1),
        (dt.date(2027, 1, 1), 2027, 2),
        (dt.date(2027, 6, 30), 2027, 3),
    ],
)
def test_federal_fiscal_year_begins_in_october(day, fiscal_year, quarter):
    assert periods.federal_quarter(day) == (fiscal_year, quarter)


def test_quarter_or_year_is_read_by_its_name_and_found_by_a_day_and_before_another():
    assert periods.quarter_of(dt.date(2026, 8, 15)) == Q3
    assert periods.quarter_before(periods.quarter_named("2026-Q1")) == periods.quarter_named("2025-Q4")
    assert periods.quarter_named("2024-Q1").last == dt.date(2024, 3, 31)
    assert periods.quarter_or_year_named(" 2026 ") == periods.year_of(dt.date(2026, 5, 1))
    assert periods.quarter_or_year_named("2026q3") == periods.quarter_named("2026-Q3")
