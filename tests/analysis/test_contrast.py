"""The mixed model behind trends and comparisons, against its textbook formulas with whole matrices."""

import math

import numpy as np
import pytest

from cwac.analysis.contrast import fit


def example(seed=3, n=40, places=6, quarters=8):
    random = np.random.default_rng(seed)
    place = np.unique(random.integers(0, places, n), return_inverse=True)[1]
    years = np.sort(random.random(n)) * quarters / 4
    quarter = np.unique((years * 4).astype(int), return_inverse=True)[1]
    logs = 2.5 + 0.3 * years + random.normal(0, 0.5, places)[place] + random.normal(0, 0.2, quarters)[quarter]
    logs += random.normal(0, 0.4, n)
    return logs, np.column_stack([np.ones(n), years - years.mean(), np.sin(2 * np.pi * years)]), place, quarter


def dense(logs, fixed, place, quarter, place_ratio, quarter_ratio):
    """-2 log restricted likelihood without constants, effects, their covariance, V over s², residuals, and s²."""
    n, columns = fixed.shape
    at_places, in_quarters = np.eye(place.max() + 1)[place], np.eye(quarter.max() + 1)[quarter]
    v = np.eye(n) + place_ratio * at_places @ at_places.T + quarter_ratio * in_quarters @ in_quarters.T
    inverse = np.linalg.inv(v)
    information = fixed.T @ inverse @ fixed
    effects = np.linalg.solve(information, fixed.T @ inverse @ logs)
    residuals = logs - fixed @ effects
    variance = residuals @ inverse @ residuals / (n - columns)
    criterion = (n - columns) * math.log(variance) + np.linalg.slogdet(v)[1] + np.linalg.slogdet(information)[1]
    return criterion, effects, variance * np.linalg.inv(information), inverse @ residuals, variance


@pytest.mark.parametrize("seed", range(6))
def test_fit_has_the_highest_restricted_likelihood_and_its_generalized_least_squares(seed):
    data = example(seed)
    model = fit(*data)
    criterion, effects, covariance, weighted, variance = dense(*data, *model.ratios)
    ratios = [0.0, *2.0 ** np.arange(-8, 7, 0.5)]
    assert criterion <= min(dense(*data, first, second)[0] for first in ratios for second in ratios) + 0.005
    assert model.effects == pytest.approx(effects, abs=1e-8)
    assert model.covariance == pytest.approx(covariance, rel=1e-6, abs=1e-10)
    assert model.spread == pytest.approx(math.sqrt(variance), rel=1e-8)
    _, _, place, _ = data
    of_places = model.ratios[0] * np.bincount(place, weighted)
    assert model.level == pytest.approx(of_places[place].mean(), abs=1e-8)
    assert np.log1p(model.typical) == pytest.approx(data[1] @ effects + of_places[place], abs=1e-8)


def test_balanced_series_gives_the_difference_of_means():
    """Two events at each of two places in each of four quarters: the halves' means differ by exactly 1."""
    noise = np.array([0.1, -0.1, 0.2, -0.2] * 4)
    place = np.array([0, 0, 1, 1] * 4)
    quarter = np.repeat(np.arange(4), 4)
    late = (quarter >= 2).astype(float)
    model = fit(2 + 3 * place + late + noise, np.column_stack([np.ones(16), late - 0.5]), place, quarter)
    assert model.effects == pytest.approx([4.0, 1.0], abs=1e-9)
    # The quarters do not differ beyond the halves, so the error is s times the root of 1/8 + 1/8.
    assert math.sqrt(model.covariance[1, 1]) == pytest.approx(model.spread / 2, rel=1e-9)
    assert model.level == pytest.approx(0, abs=1e-9)


def test_prediction_at_the_events_places_has_the_error_of_hendersons_equations():
    logs, fixed, place, quarter = data = example(1)
    model = fit(*data)
    n, places, quarters = len(logs), place.max() + 1, quarter.max() + 1
    everything = np.column_stack([fixed, np.eye(places)[place], np.eye(quarters)[quarter]])
    shrinkage = [0.0] * 3 + [1 / model.ratios[0]] * places + [1 / max(model.ratios[1], 1e-12)] * quarters
    inverse = model.spread**2 * np.linalg.inv(everything.T @ everything + np.diag(shrinkage))
    row = np.concatenate([[1.0, 0.3, 0.0], np.bincount(place) / n, np.zeros(quarters)])
    solution = np.linalg.solve(everything.T @ everything + np.diag(shrinkage), everything.T @ logs)
    assert model.predict([1.0, 0.3, 0.0]) == pytest.approx((row @ solution, math.sqrt(row @ inverse @ row)), rel=1e-5)


def test_counts_that_do_not_scatter_have_no_fit():
    fixed = np.column_stack([np.ones(20), np.arange(20) - 9.5])
    place, quarter = np.arange(20) % 2, np.arange(20) // 4
    assert fit(np.full(20, 2.5), fixed, place, quarter) is None
    assert fit(1 + 0.1 * np.arange(20), fixed, place, quarter) is None
    assert fit(1 + 0.1 * np.arange(20) + 0.01 * (np.arange(20) % 3), fixed, place, quarter) is not None


def test_fit_does_not_hang_on_very_many_places():
    n = 5_000
    random = np.random.default_rng(5)
    fixed = np.column_stack([np.ones(n), np.arange(n) / n - 0.5])
    model = fit(random.normal(3, 0.5, n), fixed, np.arange(n) // 2, np.arange(n) * 41 // n)
    assert model.effects[0] == pytest.approx(3, abs=0.1)
