"""Forecasts of coming events and the backtest: drawn to the whole, no look into the future, ranges, and words."""

import datetime as dt
import math
import random
import statistics
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis.forecast import (
    AHEAD,
    FEWEST,
    RULES,
    Backtest,
    Expected,
    Forecaster,
    Tried,
    backtest,
    fit,
    forecasts,
    right,
    shares,
)
from cwac.analysis.measures import wilson
from tests.analysis.plans import ON, counted, event, held, plan
from tests.bench.backtest import measured
from tests.cases import each

VENUES = {"Hall": 2.0, "Library": 0.7, "Diner": 1.2}


def past(n, seed=1):
    """`n` weekly events whose guests depend on the venue, and their headcounts."""
    draw = random.Random(seed)
    events, counts = [], []
    for number in range(n):
        venue = draw.choice(list(VENUES))
        events.append(held(f"E{number}", -7 - 7 * (n - number), venue_text=venue))
        counts.append(counted(f"E{number}", round(15 * VENUES[venue] * math.exp(draw.gauss(0, 0.2)))))
    return events, counts


def at_hall(n, first, every=7):
    return [held(f"E{number}", first + every * number, venue_text="Hall") for number in range(n)]


def fitted(events, counts, days_ahead=1):
    return fit(plan(events, headcounts=tuple(counts)), days_ahead)


def expected(past_events, *events):
    """The forecasts of these events."""
    snapshot = plan(past_events[0], headcounts=tuple(past_events[1]))
    return [made for _, made in forecasts(events, snapshot.today, fit(snapshot), fit(snapshot, AHEAD))]


def at_venues(*names):
    return [event("next", 6, venue_text=name) for name in names]


# --- coming events ------------------------------------------------------------------------------------------------


def test_no_forecast_from_too_few_counts():
    coming = event("next", 6)
    assert [len(expected(past(n), coming)) for n in (0, FEWEST - 1, FEWEST)] == [0, 0, 1]


def test_parts_of_a_forecast_by_hand():
    """Two counts at one venue on one weekday in one season: 10, the level; then 20 moves each part by its share."""
    days = at_hall(2, -20)
    made = Forecaster([(days[0], 10.0), (days[1], 20.0)]).expect(days[1])
    distance = math.log(23 / 13)
    level = math.log(13) + distance / 2
    # Each label has been counted twice, the first time as the level: venue 2 + 1.5, weekday 2 + 5, season 2 + 40.
    assert made.log == pytest.approx(level + distance * (1 / 3.5 + 1 / 7 + 0.03))
    assert made.log_elsewhere == pytest.approx(level + distance * 0.03)
    assert (made.known, made.at_venue) == (2, 2)


def test_range_has_the_error_that_four_of_five_did_not_exceed():
    """Counts at alternating distances from a level; the venue's own errors are the usual ones."""
    days = at_hall(12, -400)
    forecaster = Forecaster([(day, float(10 + n % 4)) for n, day in enumerate(days)])
    errors = [
        abs(math.log(3 + guests) - made.log) for (_, guests), made in zip(forecaster.past, forecaster.made, strict=True)
    ][1:]
    ordered = sorted(errors)
    # The place of four fifths among 11 errors is 0.8 * 12 = 9.6.
    assert forecaster.expect(days[0]).width == pytest.approx(ordered[8] + 0.6 * (ordered[9] - ordered[8]))


def test_venue_shifts_the_forecast_and_a_first_visit_widens_the_range():
    hall, library, first = expected(past(60), *at_venues("Hall", "Library", "Church"))
    assert hall.guests == pytest.approx(30, rel=0.15)
    assert library.guests == pytest.approx(10.5, rel=0.25)
    assert (first.at_venue, first.log) == (0, first.log_elsewhere)
    assert first.width > 1.5 * hall.width
    assert hall.low < hall.guests < hall.high


def test_first_visit_is_never_more_certain_than_others():
    """Where venues do not differ, the errors without the venue may be smaller by chance."""
    for seed in range(6):
        events, counts = past(40, seed)
        near = fitted([replace(one, venue_text=f"V{n % 3}") for n, one in enumerate(events)], counts)
        assert near.expect(*at_venues("Church")).width >= near._width("", 1)


def test_venue_with_large_errors_has_a_wider_range():
    events = [held(f"E{n}", -300 + 5 * n, venue_text=("Wild", "Calm")[n % 2]) for n in range(50)]
    counts = [counted(one.id, 20 if n % 2 else (6, 50)[n % 4 // 2]) for n, one in enumerate(events)]
    calm, wild = expected((events, counts), *at_venues("Calm", "Wild"))
    assert wild.width > 1.5 * calm.width


def test_event_far_ahead_has_the_range_of_such_forecasts():
    """A month of wild counts is known to the forecast of the next event, and to none from 30 days before."""
    near, far = fitted(*past(60)), fitted(*past(60), AHEAD)
    events = [event("next", days, venue_text="Hall") for days in (AHEAD - 1, AHEAD)]
    made = forecasts(events, ON, near, far)
    assert made == ((events[0], near.expect(events[0])), (events[1], far.expect(events[1])))
    assert near.expect(events[1]).width != far.expect(events[1]).width


def test_forecast_for_a_day_far_in_the_future_is_finite():
    (made,) = expected(past(40), replace(event("next", venue_text="Hall"), date=dt.date(9999, 12, 31)))
    assert 0 <= made.low <= made.guests <= made.high < math.inf


@given(
    st.lists(
        st.tuples(
            st.sampled_from([None, "Hall", "Diner", "*Church* [x](y)"]),
            st.integers(-40_000, -1) | st.integers(-400, -1),
            st.sampled_from([0, 1, 12, 30, 1_000_000]),
        ),
        max_size=40,
    )
)
@settings(max_examples=25, deadline=None)
def test_any_counts_have_a_forecast_or_too_few(rows):
    events = [
        held(f"E{n}", after, venue_text=venue, town="Weed" if n % 3 else None)
        for n, (venue, after, _) in enumerate(rows)
    ]
    counts = [counted(f"E{n}", guests) for n, (_, _, guests) in enumerate(rows)]
    made = expected((events, counts), event("next", 45, venue_text="Hall"))
    assert len(made) == (len(rows) >= FEWEST)
    assert all(0 <= each.low <= each.guests <= each.high < math.inf for each in made)


def test_words_of_a_forecast():
    made = Expected(math.log(21.4), 0, 0.5, 60, 8)
    assert (made.about, made.likely) == ("about 18 guests", "10 to 32")


@each("days_ahead", [1, 30])
def test_later_counts_change_no_earlier_forecast(days_ahead):
    """A forecast and its range depend on the counts up to so many days before, two events on one day included."""
    events, counts = past(36)
    twin = replace(events[20], id="twin", start=dt.time(14))
    events, counts = [*events, twin], [*counts, counted("twin", 15)]
    usual = fitted(events, counts, days_ahead)
    for changed in (4, 20, 36):
        other = [*counts[:changed], counted(events[changed].id, 500), *counts[changed + 1 :]]
        after = fitted(events, other, days_ahead)
        same = [before == made for before, made in zip(usual.made, after.made, strict=True)]
        first = events[changed].date + dt.timedelta(days=days_ahead)
        assert same == [past_event.date < first for past_event, _ in usual.past]


# --- the backtest -------------------------------------------------------------------------------------------------


def test_simple_rules_by_hand():
    """Twenty counts of 10 at one venue, then two on the same day at another, which must not affect each other."""
    events = at_hall(22, -200)
    events[20:] = [replace(one, venue_text="Church", date=events[21].date) for one in events[20:]]
    result = backtest(
        fitted(events, [counted(f"E{n}", guests) for n, guests in enumerate([10] * 18 + [4, 10, 16, 13])])
    )
    assert (len(result.tried), len(result.first_visits)) == (7, 2)
    assert [tried.by_rule["last_visit"] for tried in result.tried] == [10, 10, 10, 10, 4, 10, 10]
    assert {tried.by_rule["venue_median"] for tried in result.tried} == {10}
    assert result.error_of("last_visit") == pytest.approx((6 + 6 + 6 + 3) / 7)
    assert result.error_of("median") == pytest.approx((6 + 6 + 3) / 7)
    old = [replace(one, date=one.date - dt.timedelta(days=700)) for one in events[:10]]
    rows = [counted(f"E{n}", 40 if n < 10 else 10 + n) for n in range(22)]
    by_rule = backtest(fitted([*old, *events[10:]], rows)).tried[-1].by_rule
    # ten counts of 40 two years ago, then 20 to 29: the median is between 29 and 40
    assert (by_rule["last_year"], by_rule["median"]) == (24.5, 34.5)


def test_no_backtest_of_too_few_events():
    assert backtest(fitted(*past(FEWEST))).tried == ()
    assert backtest(fitted([], [])).words == "Not yet tried on the past: too few events to say."


def tried(n, inside, venue="Hall"):
    """Forecasts of 10 with the range 8 to 14, of which so many have the count of 12, and the others one of 20."""
    rules = dict(zip(RULES, (12.0, 10.0, 15.0, 20.0), strict=True))
    made = Expected(math.log(13), math.log(13), math.log(17 / 13), 50, 9)
    return tuple(Tried(event(f"E{k}", venue_text=venue), 12 if k < inside else 20, made, rules) for k in range(n))


def test_words_of_a_backtest():
    assert Backtest(tried(20, 16), AHEAD).words == (
        "Tried on 20 past events, each forecast from what was known 30 days before: the likely range was right 16 of "
        "20 times. Off by 3.6 guests on average (typical count at the venue: 1.6; last time at the venue: 3.6; "
        "typical count of the last 12 months: 3.4; typical count of all events: 6.4)."
    )
    assert Backtest(tried(1, 1)).words.startswith(
        "Tried on 1 past event, each forecast from earlier days: the likely range was right 1 of 1 time. Off by 2 "
    )


def test_no_share_is_told_of_fewer_than_20():
    few = {"n": 19, "inside": 19, "coverage": None, "coverage_low": None, "coverage_high": None}
    assert shares(tried(19, 19)) == few
    assert shares(tried(20, 16))["coverage"] == 0.8


def test_venues_are_judged_from_20_tried():
    """At all venues the town is Weed; a name is told as typed."""
    result = Backtest((*tried(20, 16), *tried(19, 19, "Diner"), *tried(21, 21, "Barn"), *tried(30, 9, None)))
    judged = {venue: right(there) for venue, there in result.by_venue.items()}
    assert list(judged.items()) == [("Barn, Weed", "right 21 of 21 times"), ("Hall, Weed", "right 16 of 20 times")]
    assert result.as_dict()["by_venue"][1] == {"venue": "Hall, Weed", **shares(tried(20, 16))}


def test_interval_of_a_share_by_hand():
    """81 of 100, from Wilson's formula with z = 1.96; and the ends stay within 0 and 1."""
    low, high = wilson(81, 100)
    assert (round(low, 4), round(high, 4)) == (0.7222, 0.8749)
    assert (wilson(0, 20)[0], round(wilson(0, 20)[1], 4), wilson(20, 20)[1]) == (0, 0.1611, 1)


@each(("guests", "score"), [(10, 8), (6, 8), (14, 8), (5, 18), (17, 38)])
def test_interval_score_by_hand(guests, score):
    """The range is 6 to 14."""
    made = Expected((math.log(9) + math.log(17)) / 2, 0, (math.log(17) - math.log(9)) / 2, 50, 9)
    assert Tried(event("E"), guests + 0.0, made, {}).score == pytest.approx(score)


@pytest.mark.slow
def test_forecast_is_near_and_its_range_holds_on_simulated_series():
    """Eight draws of five kinds: nearer than the venue's median, and the range right about 8 of 10 times."""
    kinds = ("steady venues", "short", "growth", "venue and weekday", "new venues")
    made = {kind: measured(kind, range(8)) for kind in kinds}
    assert all(of.error_ratio < 1.03 for of in made.values())
    assert statistics.fmean(of.error_ratio for of in made.values()) < 0.96
    assert all(0.76 < of.right < 0.86 for of in made.values())
    assert 0.72 < made["new venues"].right_at_first < 0.88
