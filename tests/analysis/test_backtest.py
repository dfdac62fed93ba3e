"""Backtests: no look into the future, the scores by hand, and smaller errors than simple rules on the sample."""

import datetime as dt
import math
import statistics
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis import backtest as module
from cwac.analysis.backtest import (
    AHEAD,
    RULES,
    STEP,
    Backtest,
    Expected,
    InRange,
    Series,
    Tried,
    Width,
    counted_events,
    replay,
    replay_of,
    smoothed,
    wilson,
    winkler,
)
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.analysis.counted import headcount, past, plan_of
from tests.analysis.plans import ON, event, plan
from tests.bench.forecast_rules import RULES as RULES_WRITTEN_OUT
from tests.bench.forecast_rules import forecasts_by_rules
from tests.bench.forecast_series import DEVELOPMENT, DEVELOPMENT_SEEDS, DRIFTING, REPORT, REPORT_SEEDS, series


def backtest(snapshot):
    return replay(snapshot).next_event


def total_error(snapshot):
    result = backtest(snapshot)
    return result.error * result.n


def test_backtest_uses_only_earlier_days():
    """Whatever the last count is, the errors before it and its own forecast stay the same."""
    events, counts = past(30)

    def ending(guests):
        return total_error(plan_of(events, [*counts[:-1], headcount("E29", guests)]))

    without = total_error(plan_of(events, counts[:-1]))
    assert (ending(0) - without) + (ending(1000) - without) == pytest.approx(1000)


def test_events_of_the_same_day_do_not_affect_each_others_forecasts():
    events, counts = past(30)
    twin = replace(events[-1], id="twin", start=dt.time(14))

    def ending(guests):
        return total_error(plan_of([*events, twin], [*counts, headcount("twin", guests)]))

    without = total_error(plan_of(events, counts))
    assert (ending(0) - without) + (ending(1000) - without) == pytest.approx(1000)


def test_baselines_agree_with_a_calculation_by_hand():
    """Twenty counts of 10 at one venue, then two on the same day at another, which must not affect each other."""
    events = [event(f"E{n}", -200 + 7 * n, status="Completed", venue_text="Hall") for n in range(22)]
    events[20:] = [replace(past_event, venue_text="Church", date=events[21].date) for past_event in events[20:]]
    guests = [10.0] * 20 + [16.0, 13.0]
    counts = [headcount(f"E{n}", number) for n, number in enumerate(guests)]
    result = backtest(plan_of(events, counts))
    assert (result.n, result.first_visits) == (7, 2)
    assert result.error_of("last_visit") == pytest.approx((6 + 3) / 7)
    assert result.error_of("median") == pytest.approx((6 + 3) / 7)


def test_no_backtest_of_too_few_events():
    assert backtest(plan_of(*past(15))).n == 0
    assert backtest(plan([])).words == "Not yet tried on the past: too few events to say."


@pytest.mark.parametrize("today", [dt.date(2025, 9, 29), dt.date(2026, 2, 16), ON, dt.date(2026, 11, 25)])
def test_backtest_of_the_sample_beats_both_baselines_and_covers_about_80_percent(today):
    result = backtest(read_workbook(sample_workbook(today), today))
    assert result.n >= 30
    assert result.error < min(result.error_of("last_visit"), result.error_of("median"))
    assert 0.7 <= result.in_range.share <= 0.9


@pytest.mark.parametrize("seed", range(5))
def test_range_covers_about_80_percent_of_a_long_past(seed):
    result = backtest(plan_of(*past(120, seed)))
    assert result.n == 100
    assert 0.74 <= result.in_range.share <= 0.86
    assert result.error < result.error_of("median")


def test_range_widens_when_counts_become_more_variable():
    calm, counts = past(40, first=-7 * 61)
    wild, more = past(60, seed=3, chance=0.6)
    wild = [replace(past_event, id=f"W{past_event.id}") for past_event in wild]
    more = [replace(row, event_id=f"W{row.event_id}") for row in more]
    assert 0.7 <= backtest(plan_of([*calm, *wild], [*counts, *more])).in_range.share <= 0.9


# --- no look into the future -------------------------------------------------------------------------------------

EVENTS, COUNTS = past(36)


@pytest.fixture(scope="module")
def usual_history():
    return replay(plan_of(EVENTS, COUNTS))


@pytest.mark.slow
@given(st.integers(0, len(EVENTS) - 1), st.sampled_from([0, 3, 500]))
@settings(max_examples=30, deadline=None)
def test_later_count_changes_no_earlier_forecast(usual_history, place, guests):
    """A forecast and its range depend on the counts up to the day before, or to 30 days before, and on no later one."""
    changed = [*COUNTS[:place], headcount(EVENTS[place].id, guests), *COUNTS[place + 1 :]]
    history = replay(plan_of(EVENTS, changed))
    day = EVENTS[place].date
    pairs = ((usual_history.next_event, history.next_event), (usual_history.ahead, history.ahead))
    for usual, result in pairs:
        for before, after in zip(usual.tried, result.tried, strict=True):
            if before.event.date < day + dt.timedelta(days=usual.days_ahead):
                made = (after.forecast, after.low, after.high, after.by_rule)
                assert made == (before.forecast, before.low, before.high, before.by_rule)


def test_count_of_30_days_before_is_known_and_of_29_is_not():
    last = EVENTS[-1]
    for days, is_known in ((30, True), (29, False)):
        moved = [*EVENTS[:-2], replace(EVENTS[-2], date=last.date - dt.timedelta(days=days)), last]
        few, many = (
            replay(plan_of(moved, [*COUNTS[:-2], headcount(moved[-2].id, guests), COUNTS[-1]])).ahead.tried[-1]
            for guests in (0, 500)
        )
        assert few.event == many.event == last
        assert (few.forecast != many.forecast) is is_known


# --- the parts, by hand ------------------------------------------------------------------------------------------


def test_smoothing_by_hand():
    assert smoothed([]) == 0
    assert smoothed([5.0]) == 5
    assert smoothed([10.0, 20.0, 0.0]) == pytest.approx(0.7 * 13)


def test_wilson_interval_by_hand():
    """81 of 100, from the formula with z = 1.96; and the ends stay within 0 and 1."""
    low, high = wilson(81, 100)
    assert (round(low, 4), round(high, 4)) == (0.7222, 0.8749)
    assert wilson(0, 20)[0] == 0
    assert round(wilson(0, 20)[1], 4) == 0.1611
    assert wilson(20, 20)[1] == 1


@pytest.mark.parametrize(("guests", "score"), [(10, 8), (6, 8), (14, 8), (5, 18), (17, 38)])
def test_interval_score_by_hand(guests, score):
    assert winkler(6, 14, guests) == pytest.approx(score)


def test_width_at_a_venue_is_drawn_to_the_whole_by_hand():
    """Two counts at A that are far off and six at B that are near: the usual distance is (2 * 2 + 6 * 0.5) / 8."""
    width = Width()
    assert width.scale("A") == width.scale(None) == 1
    for venue, distance in [("A", 2.0)] * 2 + [("B", 0.5)] * 6:
        width.learn(venue, distance, inside=True)
    usual = 7 / 8
    assert width.scale("A") == pytest.approx((8 * usual + 4) / (10 * usual))
    assert width.scale("B") == pytest.approx((8 * usual + 3) / (14 * usual))
    assert width.scale("C") == width.scale(None) == 1


def test_hits_narrow_and_misses_widen():
    width = Width()
    usual = width.of("A")
    assert usual == pytest.approx(1.2816, abs=1e-4)
    width.learn("A", 1.0, inside=False)
    assert width.outside == pytest.approx(0.2 - 0.05 * 0.8)
    assert width.of("A") > usual
    for _ in range(4):
        width.learn("A", 1.0, inside=True)
    assert width.outside == pytest.approx(0.2)
    assert width.of("A") == pytest.approx(usual)


def test_equal_counts_leave_the_width_alone():
    width = Width()
    width.learn("A", 0.0, inside=True)
    assert width.scale("A") == 1


def test_events_of_one_day_are_judged_together():
    """The second event of a day has the width of the first, whatever the first one's count."""
    events, counts = past(30)
    twin = replace(events[-1], id="twin", start=dt.time(10))
    ranges = set()
    for guests in (0, 500):
        rows = [*counts[:-1], headcount(events[-1].id, guests), headcount("twin", 15)]
        *_, first, second = backtest(plan_of([*events, twin], rows)).tried
        assert (first.event.id, second.event.id) == (events[-1].id, "twin")
        assert (first.low, first.high) == (second.low, second.high)
        ranges.add((second.low, second.high))
    assert len(ranges) == 1


def test_single_count_at_a_venue_is_left_to_the_model():
    """The latest counts at a venue move the forecast only from the second on: 30% of half, of two thirds, and so on."""
    events, counts = past(40)
    series = Series(counted_events(plan_of(events, counts)))
    forecaster = next(iter(module._forecasters(series).values()))
    labels = {**series.labels[0], "venue": "only here"}
    base = forecaster.model.expected(events[0], labels)
    for n, weight in ((0, 0), (1, 0), (2, 0.15), (3, 0.2)):
        series.at_venue["only here"] = list(range(n))
        distances = [
            math.log(3 + series.past[place][1]) - forecaster.model.expected(series.past[place][0], series.labels[place])
            for place in range(n)
        ]
        expected = forecaster.expect(events[0], labels, 40)
        assert expected.log == pytest.approx(base + weight * smoothed(distances))


def test_range_of_a_forecast_is_never_below_zero():
    assert Expected(math.log(3.5), 1.0).range(2.0) == (0, pytest.approx(3.5 * math.exp(2) - 3))


# --- words -------------------------------------------------------------------------------------------------------


def tried(n, inside, venue="Hall"):
    """Forecasts of 10 with the range 8 to 14, of which so many have the count of 12, and the others one of 20."""
    rules = dict(zip(RULES, (12.0, 10.0, 15.0, 20.0), strict=True))
    return tuple(
        Tried(event(f"E{k}", venue_text=venue), 12 if k < inside else 20, 10, 8, 14, rules, first_visit=k == 0)
        for k in range(n)
    )


def test_no_share_is_told_of_fewer_than_20():
    assert InRange(1, 1).words == "1 of 1, too few for a share"
    assert (InRange(19, 19).share, InRange(19, 19).interval) == (None, None)
    assert InRange(16, 20).words == "16 of 20, 80% (95% range 58% to 92%)"
    backtest = Backtest(tried(1, 1))
    assert backtest.words.startswith(
        "Tried on 1 past event, each forecast from earlier days: off by 2 guests on average "
    )
    assert backtest.words.endswith("In the 80% range: 1 of 1, too few for a share.")
    assert "100%" not in backtest.words
    assert backtest.as_dict()["coverage"] is None
    assert backtest.as_dict()["inside"] == 1


def test_words_name_the_rules_and_say_which_was_nearer():
    result = Backtest(tried(20, 16), AHEAD)
    assert result.words == (
        "Tried on 20 past events, each forecast from what was known 30 days before: off by 3.6 guests on average "
        "(typical count at the venue: 1.6; last time at the venue: 3.6; typical count of the last 12 months: 3.4; "
        "typical count of all events: 6.4). Typical count at the venue was nearer than the forecast. "
        "In the 80% range: 16 of 20, 80% (95% range 58% to 92%)."
    )
    assert result.mean_width == 6
    assert result.interval_score == pytest.approx(6 + 4 / 20 * 60)


def test_venues_are_judged_from_20_tried():
    """At both venues the town is Weed; a name is told as typed."""
    result = Backtest((*tried(20, 16, "Hall"), *tried(19, 19, "Diner"), *tried(21, 21, "Barn"), *tried(30, 9, None)))
    assert list(result.by_venue.items()) == [("Barn, Weed", InRange(21, 21)), ("Hall, Weed", InRange(16, 20))]
    venue = result.as_dict()["by_venue"][1]
    assert (venue["venue"], venue["n"], venue["inside"], venue["coverage"]) == ("Hall, Weed", 20, 16, 0.8)
    assert venue["coverage_low"] < 0.8 < venue["coverage_high"]


def test_table_has_both_horizons_and_says_where_none_was_tried():
    rows = {name: cells for name, *cells in replay_of(counted_events(plan_of(*past(40)))).rows}
    assert rows["Past events tried"] == ["25", "21"]
    assert len(rows) == 9
    empty = {name: cells for name, *cells in replay(plan([])).rows}
    assert empty["Counts in the 80% range"] == ["not tried", "not tried"]


def test_step_by_day_sums_the_steps_of_its_events():
    width = Width()
    for inside in (True, False, True):
        width.learn("A", 1.0, inside=inside)
    assert width.outside == pytest.approx(0.2 + STEP * (0.2 * 3 - 1))


# --- beside simple rules, on simulated series --------------------------------------------------------------------


def test_simple_rules_agree_with_the_ones_that_are_written_out():
    """At both horizons, on a series of three years with new venues and days of several events."""
    counted = series("new venues", 7, DEVELOPMENT["new venues"])
    history = replay_of(counted)
    for result in (history.next_event, history.ahead):
        places = [counted.index((tried_event.event, tried_event.guests)) for tried_event in result.tried]
        written_out = forecasts_by_rules(counted, places, result.days_ahead)
        for rule, name in (
            ("venue_median", "venue median"),
            ("last_visit", "last at the venue"),
            ("last_year", "last 12 months' median"),
            ("median", "overall median"),
        ):
            assert [tried_event.by_rule[rule] for tried_event in result.tried] == pytest.approx(written_out[name])


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["growth", "sudden rise", "venue and weekday", "no structure"])
def test_no_simple_rule_is_much_nearer_on_simulated_series(kind):
    """Of three development draws the median; the former forecast lost 16 to 21% to smoothing on the first two."""
    ratios = {rule: [] for rule in RULES_WRITTEN_OUT}
    for seed in DEVELOPMENT_SEEDS[:3]:
        counted = series(kind, seed, DEVELOPMENT[kind])
        result = replay_of(counted).next_event
        places = range(len(counted) - result.n, len(counted))
        for rule, made in forecasts_by_rules(counted, places).items():
            error = statistics.fmean(
                abs(counted[place][1] - forecast) for place, forecast in zip(places, made, strict=True)
            )
            ratios[rule].append(result.error / error)
    assert max(statistics.median(of_rule) for of_rule in ratios.values()) < 1.05


def test_reported_series_are_not_those_of_the_development():
    assert not set(DEVELOPMENT_SEEDS) & set(REPORT_SEEDS)
    assert list(DEVELOPMENT) == list(REPORT)
    assert all(DEVELOPMENT[kind] != REPORT[kind] for kind in REPORT)
    assert set(DRIFTING) < set(REPORT)
    assert series("crowds", 5, REPORT["crowds"]) == series("crowds", 5, REPORT["crowds"])
