"""Forecasts of coming events: shrinkage of small groups, ranges, and words."""

import datetime as dt
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis.backtest import AHEAD, FEWEST
from cwac.analysis.forecast import fit, forecasts
from cwac.model import Count, Headcount
from tests.analysis.counted import headcount, past, plan_of
from tests.analysis.plans import event, plan


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


def test_venue_seen_once_is_drawn_toward_the_mean():
    events, counts = past(60)
    once = event("once", -3, status="Completed", venue_text="Stadium")
    crowd = Headcount("once", 2, Count("90", 90, 90, 90))
    (result,) = forecasts(plan_of([*events, once], [*counts, crowd]), [event("next", 6, venue_text="Stadium")])
    assert result.at_venue == 1
    assert 20 < result.guests < 85


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


def test_forecast_states_what_it_is_based_on():
    events, counts = past(60)
    (result,) = forecasts(plan_of(events, counts), [event("next", 6, venue_text="Church")])
    assert result.words == (
        f"About {result.guests:.0f} guests; 80% range {result.low:.0f} to {result.high:.0f} "
        "(60 events counted, none at this venue)."
    )


def test_event_far_ahead_has_the_width_that_such_forecasts_needed():
    """When forecasts from 30 days before missed, and those from the day before did not, only the former widen."""
    snapshot = plan_of(*past(60))
    events = [event("next", days, venue_text="Hall") for days in (AHEAD - 1, AHEAD)]
    fitted = fit(snapshot)
    near, far = forecasts(snapshot, events, _fitted=fitted)
    for _ in range(3):
        fitted.history.width_ahead.learn("hall, Weed", 2.0, inside=False)
    near_after, far_after = forecasts(snapshot, events, _fitted=fitted)
    assert near_after == near
    assert far_after.guests == far.guests
    assert far_after.low < 0.9 * far.low
    assert far_after.high > 1.1 * far.high


def test_forecast_follows_the_last_counts_at_the_venue():
    events, counts = past(60)
    hall = [place for place, event in enumerate(events) if event.venue_text == "Hall"][-4:]
    doubled = [
        headcount(row.event_id, 2 * row.guests.best) if place in hall else row for place, row in enumerate(counts)
    ]
    coming = [event("next", 6, venue_text="Hall")]
    (before,), (after,) = (forecasts(plan_of(events, rows), coming) for rows in (counts, doubled))
    assert 1.15 * before.guests < after.guests < 1.8 * before.guests


def test_forecast_for_a_day_far_in_the_future_is_finite():
    events, counts = past(40)
    coming = replace(event("next", 6, venue_text="Hall"), date=dt.date(9999, 12, 31))
    (result,) = forecasts(plan_of(events, counts), [coming])
    assert 0 <= result.low <= result.guests <= result.high < math.inf


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
        event(f"E{n}", after, status="Completed", venue_text=venue, town="Weed" if n % 3 else None)
        for n, (venue, after, _) in enumerate(rows)
    ]
    counts = [headcount(f"E{n}", guests) for n, (_, _, guests) in enumerate(rows)]
    (result,) = forecasts(plan_of(events, counts), [event("next", 45, venue_text="Hall")])
    if len(rows) < FEWEST:
        assert result.guests is None
    else:
        assert 0 <= result.low <= result.guests <= result.high < math.inf
