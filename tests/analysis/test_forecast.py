"""What to expect: small groups drawn towards the whole, no look ahead, and better than guessing on the sample."""

import datetime as dt
import math
import random
from dataclasses import replace

import numpy as np
import pytest

from cwac.analysis.forecast import FEWEST, KINDS, Backtest, backtest, counted, expected, fit
from cwac.model import Count, Headcount
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.analysis.plans import ON, event, plan

VENUES = {"Hall": 2.0, "Library": 0.7, "Diner": 1.2}


def past(n, seed=1, chance=0.2, first=-7):
    """So many weekly events whose guests hang on the venue, and the headcounts of them."""
    draw = random.Random(seed)
    events, counts = [], []
    for number in range(n):
        venue = draw.choice(list(VENUES))
        happened = event(f"E{number}", first - 7 * (n - number), status="Completed", venue_text=venue)
        guests = round(15 * VENUES[venue] * math.exp(draw.gauss(0, chance)))
        events.append(happened)
        counts.append(Headcount(happened.id, 2, Count(str(guests), guests, guests, guests)))
    return events, counts


def of(events, counts, **given):
    return plan(events, headcounts=tuple(counts), **given)


def test_refused_below_a_stated_number_of_counts():
    coming = event("next", 6)
    (found,) = expected(of([*past(FEWEST - 1)[0], coming], past(FEWEST - 1)[1]))
    assert (found.guests, found.low, found.high, found.n) == (None, None, None, 14)
    assert found.words == "Too few events to say: 14 counted, and it takes 15."
    (given,) = expected(of([*past(FEWEST)[0], coming], past(FEWEST)[1]))
    assert given.guests is not None
    assert expected(plan([coming]))[0].words == "Too few events to say: 0 counted, and it takes 15."
    assert expected(plan([])) == ()


def test_a_venue_pulls_the_forecast_its_way_and_an_unknown_one_widens_the_range():
    events, counts = past(60)
    hall, library, never = (event(name, 6, venue_text=name) for name in ("Hall", "Library", "Church"))
    found = expected(of([*events, hall, library, never], counts))
    by_venue = {one.event.venue_text: one for one in found}
    assert by_venue["Hall"].guests == pytest.approx(30, rel=0.15)
    assert by_venue["Library"].guests == pytest.approx(10.5, rel=0.15)
    assert by_venue["Church"].here == 0

    def width(name):
        return math.log1p(by_venue[name].high) - math.log1p(by_venue[name].low)

    assert width("Church") > 1.5 * width("Hall")
    assert by_venue["Hall"].low < by_venue["Hall"].guests < by_venue["Hall"].high


def test_a_venue_seen_once_is_drawn_towards_the_whole():
    events, counts = past(60)
    once = event("once", -3, status="Completed", venue_text="Stadium")
    crowd = Headcount("once", 2, Count("90", 90, 90, 90))
    (found,) = expected(of([*events, once], [*counts, crowd]), [event("next", 6, venue_text="Stadium")])
    assert found.here == 1
    assert 20 < found.guests < 85


def test_effects_are_the_best_linear_unbiased_predictions():
    """Against the textbook's other form: generalised least squares, then T Z' V⁻¹ (y − Xb)."""
    snapshot = of(*past(40))
    data = counted(snapshot)
    model = fit(data)
    logs = np.log1p([guests for _, guests in data])
    design = np.zeros((len(data), len(model.places)))
    for label, place in model.places.items():
        design[:, place - 1] = [label in _labels(one) for one, _ in data]
    spread = np.diag([model.variances[kind] for kind, _ in model.places])
    whole = design @ spread @ design.T + model.noise * np.eye(len(data))
    ones = np.ones(len(data))
    inverse = np.linalg.inv(whole)
    middle = (ones @ inverse @ logs) / (ones @ inverse @ ones)
    assert model.effects[0] == pytest.approx(middle)
    assert model.effects[1:] == pytest.approx(spread @ design.T @ inverse @ (logs - middle), abs=1e-9)


def _labels(one):
    return {
        ("venue", f"{one.venue_text.casefold()}, {one.town}"),
        ("town", one.town),
        ("weekday", str(one.date.weekday())),
        ("hour", "9 to 11 AM"),
        ("season", ("Winter", "Spring", "Summer", "Autumn")[one.date.month % 12 // 3]),
    }


def test_variances_are_near_the_most_likely_ones():
    """The restricted likelihood, written out, does not grow by moving a variance away from what was estimated."""
    data = counted(of(*past(80)))
    model = fit(data)
    logs = np.log1p([guests for _, guests in data])
    kinds = {kind: np.zeros((len(data), len(data))) for kind in KINDS}
    for label in model.places:
        column = np.array([label in _labels(one) for one, _ in data], dtype=float)
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


def test_equal_counts_are_forecast_as_such():
    events, _ = past(30)
    counts = [Headcount(one.id, 2, Count("12", 12, 12, 12)) for one in events]
    (found,) = expected(of(events, counts), [event("next", 6)])
    assert found.guests == pytest.approx(12, abs=0.1)
    assert found.low > 11


def test_zeros_alone_forecast_nobody():
    events, _ = past(20)
    (found,) = expected(of(events, [Headcount(one.id, 2, Count("0", 0, 0, 0)) for one in events]), [event("next", 6)])
    assert (round(found.guests, 2), found.low) == (0, 0)


# --- the backtest -----------------------------------------------------------------------------------------------


def total_error(snapshot):
    found = backtest(snapshot)
    return found.error * found.n


def test_a_forecast_knows_only_earlier_days():
    """Whatever the last count is, the sum of the errors before it stays, and its own forecast stays between."""
    events, counts = past(30)

    def ending(guests):
        return total_error(of(events, [*counts[:-1], Headcount("E29", 2, Count("", guests, guests, guests))]))

    without = total_error(of(events, counts[:-1]))
    assert (ending(0) - without) + (ending(1000) - without) == pytest.approx(1000)


def test_events_of_one_day_do_not_know_each_other():
    events, counts = past(30)
    twin = replace(events[-1], id="twin", start=dt.time(14))

    def ending(guests):
        return total_error(of([*events, twin], [*counts, Headcount("twin", 2, Count("", guests, guests, guests))]))

    without = total_error(of(events, counts))
    assert (ending(0) - without) + (ending(1000) - without) == pytest.approx(1000)


def test_the_baselines_by_hand():
    """Twenty counts of 10 at one venue, then two on one day at another, which know nothing of each other."""
    events = [event(f"E{n}", -200 + 7 * n, status="Completed", venue_text="Hall") for n in range(22)]
    events[20:] = [replace(one, venue_text="Church", date=events[21].date) for one in events[20:]]
    guests = [10.0] * 20 + [16.0, 13.0]
    counts = [Headcount(f"E{n}", 2, Count("", one, one, one)) for n, one in enumerate(guests)]
    found = backtest(of(events, counts))
    assert (found.n, found.first_visits) == (7, 2)
    assert found.last_visit_error == pytest.approx((6 + 3) / 7)
    assert found.median_error == pytest.approx((6 + 3) / 7)


def test_too_short_a_past_is_not_tried():
    assert backtest(of(*past(15))) == Backtest(0)
    assert backtest(plan([])).words == "Not yet tried on the past: too few events to say."


@pytest.mark.parametrize("today", [dt.date(2025, 9, 29), dt.date(2026, 2, 16), ON, dt.date(2026, 11, 25)])
def test_on_the_sample_it_beats_both_baselines_and_the_range_holds_what_it_says(today):
    found = backtest(read_workbook(sample_workbook(today), today))
    assert found.n >= 30
    assert found.error < min(found.last_visit_error, found.median_error)
    assert 0.7 <= found.coverage <= 0.9


@pytest.mark.parametrize("seed", range(5))
def test_the_range_holds_about_four_of_five_counts_of_a_long_past(seed):
    found = backtest(of(*past(120, seed)))
    assert found.n == 100
    assert 0.74 <= found.coverage <= 0.86
    assert found.error < found.median_error


def test_the_range_follows_a_past_that_becomes_wilder():
    calm, counts = past(40, first=-7 * 61)
    wild, more = past(60, seed=3, chance=0.6)
    wild = [replace(one, id=f"W{one.id}") for one in wild]
    more = [replace(one, event_id=f"W{one.event_id}") for one in more]
    assert 0.7 <= backtest(of([*calm, *wild], [*counts, *more])).coverage <= 0.9
