"""Ratios of sums and their 95% range: beside a plain bootstrap, and refused where events are too few."""

import math
import statistics
from statistics import NormalDist

import numpy as np
import pytest

from cwac.analysis import ratios
from cwac.analysis.measures import Measure
from cwac.analysis.ratios import DRAWS, RANGE_FROM, change_of_ratio, difference_range, range_words, ratio, ratio_range

EIGHT = [(12, 4), (18, 6), (25, 6), (9, 3), (30, 9), (14, 6), (22, 7.5), (16, 4.5)]
LATER = [(2 * guests, hours) for guests, hours in EIGHT[::-1]]
T_7 = 2.3646  # Student's 97.5% point for 7 degrees of freedom, from a printed table


def test_ratio_is_a_sum_over_a_sum():
    assert ratio([(10, 2), (20, 8)]) == 3
    assert ratio([(10, 0)]) is None
    assert ratio([]) is None


def plain_bootstrap(pairs, seed, draws=DRAWS):
    """Draw by draw; the chosen events are the same as the module's, the sums and percentiles are done by hand."""
    draw = np.random.Generator(np.random.PCG64(seed))
    for chosen in draw.integers(0, len(pairs), (draws, len(pairs)), dtype=np.int32).tolist():
        yield sum(pairs[place][0] for place in chosen) / sum(pairs[place][1] for place in chosen)


def percentiles(values):
    tail = NormalDist().cdf(-T_7 * math.sqrt(8 / 7))
    cuts = sorted(values)
    at = [(len(cuts) - 1) * share for share in (tail, 1 - tail)]
    return [cuts[int(place)] + (place % 1) * (cuts[int(place) + 1] - cuts[int(place)]) for place in at]


def test_range_is_the_expanded_percentile_range_of_the_resampled_ratios():
    drawn = list(plain_bootstrap(EIGHT, ratios.SEED[0]))
    assert ratio_range(EIGHT) == pytest.approx(percentiles(drawn), rel=1e-3)
    assert statistics.fmean(drawn) == pytest.approx(ratio(EIGHT), rel=0.01)


def test_range_of_a_difference_draws_both_periods_apart():
    later, earlier = plain_bootstrap(LATER, ratios.SEED[0]), plain_bootstrap(EIGHT, ratios.SEED[1])
    drawn = [now - before for now, before in zip(later, earlier, strict=True)]
    assert difference_range(EIGHT, LATER) == pytest.approx(percentiles(drawn), rel=1e-3)


def test_range_is_the_same_every_time_and_in_small_steps(monkeypatch):
    first = ratio_range(EIGHT * 3)
    assert ratio_range(EIGHT * 3) == first
    for step in (len(EIGHT * 3) * 7, 1):
        monkeypatch.setattr(ratios, "_AT_ONCE", step)
        assert ratio_range(EIGHT * 3) == first


def test_range_of_a_difference_of_thousands_of_events_takes_fewer_draws_of_both():
    many = EIGHT * 300
    low, high = difference_range(many, LATER)
    assert low < ratio(LATER) - ratio(many) < high
    assert difference_range(LATER, many) == pytest.approx((-high, -low), rel=0.1)
    low, high = difference_range(many, many[8:])
    assert low < 0 < high


def test_no_range_for_fewer_than_eight_events_or_without_any_spread():
    assert RANGE_FROM == 8
    assert ratio_range(EIGHT[1:]) is None
    assert difference_range(EIGHT[1:], LATER) is None
    assert difference_range(EIGHT, LATER[1:]) is None
    assert ratio_range([(10, 2)] * 8) is None
    assert ratio_range([(0, 2)] * 8) is None


def test_resample_without_any_denominator_is_left_out():
    guests = [(0, 0)] * 7 + [(3, 10)] + [(5, 10)] * 4
    low, high = ratio_range(guests)
    assert 0.3 <= low < high <= 0.5


def measure(pairs, **fields):
    return Measure("Guests per officer-hour", ratio(pairs), "", len(pairs), 9, pairs=tuple(pairs), **fields)


def test_change_is_claimed_only_with_a_range_that_excludes_zero():
    more = change_of_ratio(measure(EIGHT), measure(LATER))
    low, high = difference_range(EIGHT, LATER)
    assert (more.estimate, more.low, more.high, more.claimed) == (ratio(LATER) - ratio(EIGHT), low, high, True)
    assert more.words == f"+3.1 (95% range +{low:.1f} to +{high:.1f})"
    fewer = change_of_ratio(measure(LATER), measure(EIGHT))
    assert fewer.claimed
    assert fewer.words.startswith("−3.1 (95% range −")
    same = change_of_ratio(measure(EIGHT), measure(EIGHT[::-1]))
    assert (same.estimate, same.claimed, same.words) == (0, False, "no clear change")
    assert same.low < 0 < same.high


def test_change_without_ranges_is_refused_with_the_reason():
    seven = change_of_ratio(measure(EIGHT[1:]), measure(LATER))
    assert (seven.estimate, seven.claimed, seven.words) == (None, False, "too few events to tell")
    assert seven.refused == "a change needs 8 complete events in both quarters"
    unknown = change_of_ratio(measure(EIGHT), Measure("", None, "", 0, 0, refused="no event held"))
    assert (unknown.words, unknown.refused) == ("not known", "no event held")


def test_share_changes_by_points():
    few, many = [(2, 20), (3, 21), (2, 19), (4, 22)] * 2, [(12, 20), (13, 21), (11, 19), (14, 22)] * 2
    change = change_of_ratio(measure(few), measure(many), share=True)
    assert change.short == "+48 points"
    assert change.caveat.startswith("95% range +4")


@pytest.mark.parametrize(
    ("low", "high", "words"),
    [
        (2.04, 2.66, "2.0 to 2.7"),
        (2.01, 2.04, "2.01 to 2.04"),
        (12, 20, "12.0 to 20.0"),
        (0.501, 0.502, "0.501 to 0.502"),
    ],
)
def test_ends_of_a_range_are_told_apart(low, high, words):
    assert range_words(low, high) == f"95% range {words}"
