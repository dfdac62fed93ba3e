"""The mixed model against textbook forms that are computed another way."""

import datetime as dt
import math
from dataclasses import replace

import numpy as np
import pytest

from cwac.analysis.backtest import counted_events
from cwac.analysis.mixed_model import KINDS, estimate, labels_of, to_guests, to_log
from tests.analysis.counted import past, plan_of


def test_effects_are_the_best_linear_unbiased_predictions():
    """Compared with the other textbook form: generalized least squares, then T Z' V⁻¹ (y − Xb)."""
    snapshot = plan_of(*past(40))
    data = counted_events(snapshot)
    model = estimate(data)
    logs = np.log([3 + guests for _, guests in data])
    design = np.zeros((len(data), len(model.places)))
    for label, place in model.places.items():
        design[:, place - 1] = [label in _labels(event) for event, _ in data]
    spread = np.diag([model.variances[kind] for kind, _ in model.places])
    design, spread = with_walk(model, data, design, spread)
    whole = design @ spread @ design.T + model.noise * np.eye(len(data))
    ones = np.ones(len(data))
    inverse = np.linalg.inv(whole)
    middle = (ones @ inverse @ logs) / (ones @ inverse @ ones)
    assert model.effects[0] == pytest.approx(middle)
    assert model.effects[1:] == pytest.approx(spread @ design.T @ inverse @ (logs - middle), abs=1e-9)


def with_walk(model, data, design, spread):
    """The design and the covariance with the walk: two blocks share the steps up to the earlier of them."""
    blocks = [past_event.date.toordinal() // 60 for past_event, _ in data]
    levels = np.array([[block == of for of in model.blocks] for block in blocks], dtype=float)
    steps = np.array(model.blocks) - model.blocks[0] + 1
    walk = np.minimum.outer(steps, steps) * model.variances["walk"]
    empty = np.zeros((len(spread), len(walk)))
    return np.hstack([design, levels]), np.block([[spread, empty], [empty.T, walk]])


def _labels(past_event):
    return {
        ("venue", f"{past_event.venue_text.casefold()}, {past_event.town}"),
        ("town", past_event.town),
        ("weekday", str(past_event.date.weekday())),
        ("hour", "9 to 11 AM"),
        ("venue weekday", f"{past_event.venue_text.casefold()}, {past_event.town}, {past_event.date.weekday()}"),
        ("season", ("Winter", "Spring", "Summer", "Fall")[past_event.date.month % 12 // 3]),
    }


def test_variances_are_near_the_restricted_likelihoods_maximum():
    """The restricted likelihood, written out, does not grow when a variance moves away from its estimate."""
    data = counted_events(plan_of(*past(80)))
    model = estimate(data)
    logs = np.log([3 + guests for _, guests in data])
    kinds = {kind: np.zeros((len(data), len(data))) for kind in KINDS}
    for label in model.places:
        column = np.array([label in _labels(event) for event, _ in data], dtype=float)
        kinds[label[0]] += np.outer(column, column)

    levels, spread = with_walk(model, data, np.zeros((len(data), 0)), np.zeros((0, 0)))
    kinds["walk"] = levels @ spread @ levels.T / model.variances["walk"]

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


def test_count_and_logarithm_are_inverse_and_never_negative():
    assert to_log(0) == pytest.approx(math.log(3))
    assert to_guests(to_log(17)) == pytest.approx(17)
    assert to_guests(0.0) == 0
    assert to_guests(1e9) < math.inf


def test_time_since_the_last_count_adds_to_the_deviation():
    data = counted_events(plan_of(*past(60)))
    model = estimate(data)
    last = data[-1][0]
    later = replace(last, date=last.date + dt.timedelta(days=7 * 60))
    labels = labels_of(last)
    steps = 7
    assert model.expected(later, labels) == pytest.approx(model.expected(last, labels))
    added = model.deviation(later, labels) ** 2 - model.deviation(last, labels) ** 2
    assert added == pytest.approx(steps * model.variances["walk"])


def test_months_without_events_are_steps_of_the_walk():
    """A gap of a year lets the level move as far as a year of events does, without a block for each 60 days."""
    data = counted_events(plan_of(*past(60)))
    earlier = [(replace(event, date=event.date - dt.timedelta(days=360)), guests) for event, guests in data[:30]]
    moved = [*earlier, *data[30:]]
    model = estimate(moved)
    assert max(np.diff(model.blocks)) in (6, 7)
    assert len(model.blocks) <= len(estimate(data).blocks) + 1
