"""Change over time: too few counts give no figure."""

import datetime as dt
import math

import numpy as np
import pytest

from cwac.analysis.attendance import turnout
from cwac.analysis.change_over_time import Comparison, compare, student_95, trend
from tests.analysis.plans import ON
from tests.analysis.test_attendance import held

# --- trends and comparisons -------------------------------------------------------------------------------------


def series(*guests, every=60):
    return [held(count, -every * (len(guests) - place)) for place, count in enumerate(guests)]


def test_no_trend_from_too_few_events_or_too_short_a_series():
    few = trend([*series(*[10] * 11), held(None, -1)])
    assert (few.n, few.a_year, few.line) == (11, None, ())
    assert few.words == (
        "Change over time: too few events to say (11 counted over 20 months; a trend wants 12 counted events over a "
        "year or more)."
    )
    assert trend(series(*[10] * 12, every=20)).a_year is None
    assert trend([]).words.startswith("Change over time: too few events to say (0 counted over 0 days;")


def test_trend_is_least_squares_on_the_logarithm_with_students_interval():
    guests = [12, 30, 17, 9, 22, 25, 14, 31, 28, 19, 40, 33, 27, 45]
    result = trend(series(*guests))
    years = np.arange(len(guests)) * 60 / 365.25
    logs = np.log1p(guests)
    design = np.column_stack([np.ones(len(guests)), years])
    level, slope = np.linalg.lstsq(design, logs, rcond=None)[0]
    variance = ((logs - design @ [level, slope]) ** 2).sum() / (len(guests) - 2) * np.linalg.inv(design.T @ design)
    t = 2.1788  # Student's 97.5 % point for 12 degrees of freedom, from a printed table
    half = t * math.sqrt(variance[1, 1])
    assert result.n == 14
    assert [result.a_year, result.low, result.high] == pytest.approx(
        np.exp([slope, slope - half, slope + half]), rel=1e-3
    )
    last = np.array([1, years[-1]])
    mid, half_width = last @ [level, slope], t * math.sqrt(last @ variance @ last)
    point = result.line[-1]
    assert point.day == ON - dt.timedelta(60)
    assert [point.low, point.guests, point.high] == pytest.approx(
        np.expm1([mid - half_width, mid, mid + half_width]), rel=1e-3
    )
    assert result.words == "Attendance is rising: +52 % a year (95 % interval +12 % to +106 %; n 14 over 26 months)."


def test_flat_series_shows_no_clear_change():
    result = trend(series(*[10, 20] * 8))
    assert result.words.startswith("No clear change over time: ")
    assert result.low < 1 < result.high


@pytest.mark.parametrize(
    ("freedom", "table"), [(6, 2.4469), (10, 2.2281), (20, 2.0860), (30, 2.0423), (60, 2.0003), (1e6, 1.9600)]
)
def test_students_t_agrees_with_a_printed_table(freedom, table):
    assert student_95(freedom) == pytest.approx(table, rel=2e-3)


def test_periods_are_compared_by_welchs_interval():
    then, now = [10, 12, 9, 14, 11, 13, 10, 12], [20, 25, 18, 30, 22, 27, 19, 24, 21]
    result = compare([held(guests) for guests in then], [held(guests) for guests in now] + [held(None)])
    a, b = np.log1p(then), np.log1p(now)
    errors = a.var(ddof=1) / len(a), b.var(ddof=1) / len(b)
    half = 2.1314 * math.sqrt(sum(errors))  # 15 degrees of freedom: Welch's formula gives 15.0 here
    shift = b.mean() - a.mean()
    assert [result.ratio, result.low, result.high] == pytest.approx(
        np.exp([shift, shift - half, shift + half]), rel=5e-3
    )
    assert result.words == (
        "Guests: median 11.5 (n 8) then, 22 (n 9) now; more than then (+92 %, 95 % interval +65 % to +124 %)."
    )
    assert (result.earlier.held, result.later.held, result.later.missing) == (8, 10, 1)


def test_equal_or_short_periods_show_no_difference():
    same = [held(count) for count in (10, 12, 14, 16, 18, 20, 22, 24)]
    assert compare(same, same).words.endswith("; no clear difference (±0 %, 95 % interval −26 % to +36 %).")
    assert compare(same[:7], same) == Comparison(
        turnout(same[:7]),
        turnout(same),
        "Guests: median 16 (n 7) then, 17 (n 8) now; too few events to say whether they differ (both periods need 8 "
        "counted events).",
    )
    assert compare([], []).words.startswith("Guests: median not known (n 0) then, not known (n 0) now; too few")
