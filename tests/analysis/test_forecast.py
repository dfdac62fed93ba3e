"""Forecasts: shrinkage of small groups, no look-ahead, and smaller errors than the baselines on the sample."""

import datetime as dt
import math
import random
from dataclasses import replace

import numpy as np
import pytest

from cwac.analysis.forecast import FEWEST, KINDS, Backtest, backtest, counted_events, estimate, forecasts
from cwac.model import Count, Headcount
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.analysis.plans import ON, event, plan
from tests.cases import each

VENUES = {"Hall": 2.0, "Library": 0.7, "Diner": 1.2}


def past(n, seed=1, chance=0.2, first=-7):
    """`n` weekly events whose guests depend on the venue, and their headcounts."""
    draw = random.Random(seed)
    events, counts = [], []
    for number in range(n):
        venue = draw.choice(list(VENUES))
        completed = event(f"E{number}", first - 7 * (n - number), status="Completed", venue_text=venue)
        guests = round(15 * VENUES[venue] * math.exp(draw.gauss(0, chance)))
        events.append(completed)
        counts.append(Headcount(completed.id, 2, Count(str(guests), guests, guests, guests)))
    return events, counts


def plan_of(events, counts, **fields):
    return plan(events, headcounts=tuple(counts), **fields)


def test_no_forecast_from_too_few_counts():
    coming = event("next", 6)
    (result,) = forecasts(plan_of([*past(FEWEST - 1)[0], coming], past(FEWEST - 1)[1]))
    assert (result.guests, result.low, result.high, result.n) == (None, None, None, 14)
    assert result.words == "Too few events to say: 14 counted, and it takes 15."
    (enough,) = forecasts(plan_of([*past(FEWEST)[0], coming], past(FEWEST)[1]))
    assert enough.guests is not None
    assert forecasts(plan([coming]))[0].words == "Too few events to say: 0 counted, and it takes 15."
    assert forecasts(plan([])) == ()


def test_venue_shifts_the_forecast_and_an_unknown_venue_widens_the_range():
    events, counts = past(60)
    hall, library, never = (event(name, 6, venue_text=name) for name in ("Hall", "Library", "Church"))
    result = forecasts(plan_of([*events, hall, library, never], counts))
    by_venue = {forecast.event.venue_text: forecast for forecast in result}
    assert by_venue["Hall"].guests == pytest.approx(30, rel=0.15)
    assert by_venue["Library"].guests == pytest.approx(10.5, rel=0.15)
    assert by_venue["Church"].at_venue == 0

    def width(name):
        return math.log1p(by_venue[name].high) - math.log1p(by_venue[name].low)

    assert width("Church") > 1.5 * width("Hall")
    assert by_venue["Hall"].low < by_venue["Hall"].guests < by_venue["Hall"].high


def test_venue_seen_once_is_drawn_towards_the_mean():
    events, counts = past(60)
    once = event("once", -3, status="Completed", venue_text="Stadium")
    crowd = Headcount("once", 2, Count("90", 90, 90, 90))
    (result,) = forecasts(plan_of([*events, once], [*counts, crowd]), [event("next", 6, venue_text="Stadium")])
    assert result.at_venue == 1
    assert 20 < result.guests < 85


def test_effects_are_the_best_linear_unbiased_predictions():
    """Compared with the other textbook form: generalized least squares, then T Z' V⁻¹ (y − Xb)."""
    snapshot = plan_of(*past(40))
    data = counted_events(snapshot)
    model = estimate(data)
    logs = np.log1p([guests for _, guests in data])
    design = np.zeros((len(data), len(model.places)))
    for label, place in model.places.items():
        design[:, place - 1] = [label in _labels(event) for event, _ in data]
    spread = np.diag([model.variances[kind] for kind, _ in model.places])
    whole = design @ spread @ design.T + model.noise * np.eye(len(data))
    ones = np.ones(len(data))
    inverse = np.linalg.inv(whole)
    middle = (ones @ inverse @ logs) / (ones @ inverse @ ones)
    assert model.effects[0] == pytest.approx(middle)
    assert model.effects[1:] == pytest.approx(spread @ design.T @ inverse @ (logs - middle), abs=1e-9)


def _labels(past_event):
    return {
        ("venue", f"{past_event.venue_text.casefold()}, {past_event.town}"),
        ("town", past_event.town),
        ("weekday", str(past_event.date.weekday())),
        ("hour", "9 to 11 AM"),
        ("season", ("Winter", "Spring", "Summer", "Autumn")[past_event.date.month % 12 // 3]),
    }


def test_variances_are_near_the_restricted_likelihoods_maximum():
    """The restricted likelihood, written out, does not grow when a variance moves away from its estimate."""
    data = counted_events(plan_of(*past(80)))
    model = estimate(data)
    logs = np.log1p([guests for _, guests in data])
    kinds = {kind: np.zeros((len(data), len(data))) for kind in KINDS}
    for label in model.places:
        column = np.array([label in _labels(event) for event, _ in data], dtype=float)
        kinds[label[0]] += np.outer(column, column)

    def likelihood(variances, noise):
        whole = sum(variances[kind] * same for kind, same in kinds.items()) + noise * np.eye(len(data))
        inverse = np.linalg.inv(whole)
        ones = np.ones(len(data))
        left = logs - (ones @ inverse @ logs) / (ones @ inverse @ ones)
        return -0.5 * (np.linalg.slogdet(whole)[1] + math.log(ones @ inverse @ ones) + left @ inverse @ left)

    best = likelihood(model.variances, model.noise)
    for factor in (0.7, 1.4):
        assert likelihood(model.variances, model.noise * factor) < best
        moved = {**model.variances, "venue": model.variances["venue"] * factor**2}
        assert likelihood(moved, model.noise) < best + 0.02


def test_equal_counts_forecast_the_same_count():
    events, _ = past(30)
    counts = [Headcount(event.id, 2, Count("12", 12, 12, 12)) for event in events]
    (result,) = forecasts(plan_of(events, counts), [event("next", 6)])
    assert result.guests == pytest.approx(12, abs=0.1)
    assert result.low > 11


def test_zero_counts_forecast_zero_guests():
    events, _ = past(20)
    (result,) = forecasts(
        plan_of(events, [Headcount(event.id, 2, Count("0", 0, 0, 0)) for event in events]), [event("next", 6)]
    )
    assert (round(result.guests, 2), result.low) == (0, 0)


# --- the backtest -----------------------------------------------------------------------------------------------


def total_error(snapshot):
    result = backtest(snapshot)
    return result.error * result.n


def test_backtest_uses_only_earlier_days():
    """The last count changes neither the errors before it nor its own forecast."""
    events, counts = past(30)

    def ending(guests):
        return total_error(plan_of(events, [*counts[:-1], Headcount("E29", 2, Count("", guests, guests, guests))]))

    without = total_error(plan_of(events, counts[:-1]))
    assert (ending(0) - without) + (ending(1000) - without) == pytest.approx(1000)


def test_events_of_the_same_day_do_not_affect_each_others_forecasts():
    events, counts = past(30)
    twin = replace(events[-1], id="twin", start=dt.time(14))

    def ending(guests):
        return total_error(plan_of([*events, twin], [*counts, Headcount("twin", 2, Count("", guests, guests, guests))]))

    without = total_error(plan_of(events, counts))
    assert (ending(0) - without) + (ending(1000) - without) == pytest.approx(1000)


def test_baselines_agree_with_a_calculation_by_hand():
    """Twenty counts of 10 at one venue, then two on the same day at another, which must not affect each other."""
    events = [event(f"E{n}", -200 + 7 * n, status="Completed", venue_text="Hall") for n in range(22)]
    events[20:] = [replace(past_event, venue_text="Church", date=events[21].date) for past_event in events[20:]]
    guests = [10.0] * 20 + [16.0, 13.0]
    counts = [Headcount(f"E{n}", 2, Count("", number, number, number)) for n, number in enumerate(guests)]
    result = backtest(plan_of(events, counts))
    assert (result.n, result.first_visits) == (7, 2)
    assert result.last_visit_error == pytest.approx((6 + 3) / 7)
    assert result.median_error == pytest.approx((6 + 3) / 7)


def test_no_backtest_of_too_few_events():
    assert backtest(plan_of(*past(15))) == Backtest(0)
    assert backtest(plan([])).words == "Not yet tried on the past: too few events to say."


@each("today", [dt.date(2025, 9, 29), dt.date(2026, 2, 16), ON, dt.date(2026, 11, 25)])
def test_backtest_of_the_sample_beats_both_baselines_and_covers_about_80_percent(today):
    result = backtest(read_workbook(sample_workbook(today), today))
    assert result.n >= 30
    assert result.error < min(result.last_visit_error, result.median_error)
    assert 0.7 <= result.coverage <= 0.9


@each("seed", range(5))
def test_range_covers_about_80_percent_of_a_long_past(seed):
    result = backtest(plan_of(*past(120, seed)))
    assert result.n == 100
    assert 0.74 <= result.coverage <= 0.86
    assert result.error < result.median_error


def test_range_widens_when_counts_become_more_variable():
    calm, counts = past(40, first=-7 * 61)
    wild, more = past(60, seed=3, chance=0.6)
    wild = [replace(past_event, id=f"W{past_event.id}") for past_event in wild]
    more = [replace(row, event_id=f"W{row.event_id}") for row in more]
    assert 0.7 <= backtest(plan_of([*calm, *wild], [*counts, *more])).coverage <= 0.9
