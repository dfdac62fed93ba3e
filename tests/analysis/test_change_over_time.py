"""Change over time: what is claimed, what is refused, and the words of both."""

import datetime as dt
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cwac.analysis.attendance import HeldEvent, Total
from cwac.analysis.change_over_time import Claim, compare, student_95, trend
from tests.analysis.plans import ON, event
from tests.bench import series as bench
from tests.bench.series import World, draw, halves

UNEVEN = (0.9, 1.1, 1.05, 0.95, 1.0, 1.15, 0.85)
"""What the counts of these tests are multiplied with, so that they vary."""


def held(guests, day, place="Weed Library"):
    """An event that took place; None guests means not counted."""
    past = event(f"E{day} {place}", 0, status="Completed", venue_text=place, town="Weed")
    total = None if guests is None else Total(guests, guests, guests, False, None, None, None, 1)
    return HeldEvent(replace(past, date=day), total)


def days(count, every=14, last=ON):
    return [last - dt.timedelta(every * (count - 1 - place)) for place in range(count)]


def series(guests, a_year=1.0, count=52, every=14, places=("Weed Library", "Grange Hall")):
    """Events two weeks apart at each place in turn, with so many guests at first, and `a_year` times as many a year."""
    return [
        held(round(guests * a_year ** (place * every / 365.25) * UNEVEN[place % 7]), day, places[place % len(places)])
        for place, day in enumerate(days(count, every))
    ]


RISING = series(30, 1.4)
FALLING = series(60, 0.7)
FLAT = series(30)


def uncounted(events, *which):
    return [replace(past, total=None) if place in which else past for place, past in enumerate(events)]


def estimated(events, each, **ends):
    """The events, of which every `each`-th count is an estimate, with other ends where given."""
    return [
        replace(past, total=replace(past.total, estimated=True, **ends)) if place % each == 0 else past
        for place, past in enumerate(events)
    ]


# --- trend --------------------------------------------------------------------------------------------------------


def test_claimed_trend_is_in_the_past_tense_with_its_range_and_what_was_not_counted():
    claim = trend(uncounted(RISING, 3, 9)).claim
    assert claim.sentence == (
        "At the same places, attendance rose 40% a year over these 23 months (95% range 31% to 50%; 50 events counted, "
        "2 not)."
    )
    assert claim.claimed
    assert (claim.n, claim.not_counted, claim.refused) == (50, 2, None)
    assert claim.low < 0.4 < claim.high


def test_fall_is_told_without_signs_from_the_smaller_to_the_larger():
    assert trend(FALLING).claim.sentence == (
        "At the same places, attendance fell 30% a year over these 23 months (95% range 25% to 35%; 52 events counted)."
    )


def test_no_clear_change_gives_the_range_only():
    claim = trend(FLAT).claim
    assert claim.sentence == (
        "No clear change at the same places over these 23 months (95% range −6% to +7% a year; 52 events counted)."
    )
    assert not claim.claimed
    assert claim.refused is None


def test_one_place_is_not_called_places():
    events = series(30, 1.4, places=("Weed Library",))
    assert trend(events).claim.sentence.startswith("At the same place, attendance rose 40% a year")


def test_estimates_are_said_to_be_estimates():
    assert trend(estimated(RISING, 4)).claim.sentence.endswith("52 events counted; 13 estimated).")


def test_events_at_a_large_new_place_are_no_rise():
    small = [held(round(20 * UNEVEN[place % 7]), day) for place, day in enumerate(days(52))]
    large = [
        held(round(100 * UNEVEN[place % 7]), day + dt.timedelta(1), "Fairground") for place, day in enumerate(days(26))
    ]
    assert not trend([*small, *large]).claim.claimed


@pytest.mark.parametrize(
    ("events", "reason", "words"),
    [
        (
            [],
            "too few events",
            "Change over time: too few events to say; a trend takes 12 counted events over a year or more (0 events "
            "counted).",
        ),
        (
            uncounted(series(30, count=12, every=60), 0),
            "too few events",
            "Change over time: too few events to say; a trend takes 12 counted events over a year or more (11 events "
            "counted, 1 not, over 20 months).",
        ),
        (
            series(30, count=12, every=30),
            "less than a year",
            "Change over time: less than a year is too short to say; a trend takes 12 counted events over a year or "
            "more (12 events counted, over 11 months).",
        ),
        (
            [held(30 + n, dt.date(2025 + n % 2, 5, 1 + n)) for n in range(14)],
            "too few quarters",
            "Change over time: too few quarters to say; a trend takes events in 5 of them (14 events counted, over 12 "
            "months).",
        ),
        (
            [held(past.guests, past.event.date, f"Place {n}") for n, past in enumerate(RISING)],
            "too few places visited again",
            "Change over time: too few places were visited again to say (52 events counted, over 23 months).",
        ),
        (
            [held(30, day) for day in days(40)],
            "counts vary too little",
            "Change over time: the counts vary too little to say (40 events counted, over 18 months).",
        ),
        (
            [held(0, day) for day in days(40)],
            "counts vary too little",
            "Change over time: the counts vary too little to say (40 events counted, over 18 months).",
        ),
    ],
)
def test_trend_is_refused_with_a_reason(events, reason, words):
    result = trend(events)
    claim = result.claim
    assert claim.refused == reason
    assert claim.sentence == words
    assert (claim.estimate, claim.low, claim.high, claim.claimed) == (None, None, None, False)
    assert result.line == ()


def test_range_without_width_is_never_printed():
    exact = [held(1e5 * 1.243 ** (n * 14 / 365.25) * (1 + n % 3 / 2000), day) for n, day in enumerate(days(52))]
    assert trend(exact).claim.refused == "counts vary too little"


def test_line_and_band_come_from_the_fit_that_the_claim_states():
    result = trend(RISING)
    first, last = result.line[0], result.line[-1]
    assert (first.day, last.day) == (RISING[0].event.date, ON)
    assert first.guests == pytest.approx(30, abs=1.5)
    years = (last.day - first.day).days / 365.25
    assert last.guests / first.guests == pytest.approx((1 + result.claim.estimate) ** years, rel=0.02)
    assert all(point.low < point.guests < point.high for point in result.line)
    assert [point.guests for point in result.line] == sorted(point.guests for point in result.line)


def test_small_counts_are_not_shrunk():
    """All rise by half, but 1 + guests by 33% to 43%."""
    rises = [(2, 3), (4, 6), (6, 9)]
    events = [held(rises[place % 3][place >= 26], day) for place, day in enumerate(days(52))]
    assert compare(events[:26], events[26:]).claim.estimate == pytest.approx(0.5, abs=0.03)


def test_only_the_latest_ten_years_count():
    old = [held(900, dt.date(2001, 1, 1) + dt.timedelta(n), "Weed Library") for n in range(30)]
    old += [held(None, dt.date(2002, 1, 1))]
    assert trend([*old, *RISING]) == trend(RISING)


# --- comparison ---------------------------------------------------------------------------------------------------


def test_comparison_states_both_typical_figures_and_the_difference_at_the_same_places():
    then = [held(past.guests, past.event.date) for past in FLAT[:26]]
    now = uncounted([held(round(past.guests * 1.5), past.event.date) for past in FLAT[26:]], 4)
    compared = compare(then, now)
    assert compared.words == (
        "typical 45 guests (25 events counted, 1 not) now, 30 guests (26 events counted) then. At the same place, "
        "attendance was 50% higher (95% range 40% to 60%)."
    )
    assert compared.claim.claimed
    assert (compared.claim.n, compared.claim.not_counted) == (51, 1)
    assert compare(now, then).claim.sentence == "At the same place, attendance was 33% lower (95% range 29% to 38%)."


def test_no_clear_difference_gives_the_range_only():
    assert compare(FLAT[:26], FLAT[26:]).claim.sentence == (
        "No clear difference at the same places (95% range −6% to +7%)."
    )


@pytest.mark.parametrize(
    ("earlier", "later", "reason", "words"),
    [
        (
            FLAT[:7],
            FLAT[7:],
            "too few events",
            "Too few events to say whether they differ; each period takes 8 counted events.",
        ),
        (
            series(30, count=20, every=7)[:10],
            series(30, count=20, every=7)[10:],
            "too few quarters",
            "Too few quarters to say whether that is a change; it takes events in 5 quarters to tell a change from a "
            "season or a good quarter.",
        ),
        (
            FLAT[:30],
            FLAT[26:],
            "periods overlap",
            "The two periods overlap, so that they cannot be told apart.",
        ),
        (
            FLAT[:26],
            [held(past.guests, past.event.date, "Elsewhere") for past in FLAT[26:]],
            "too few places visited in both",
            "Too few places had events in both periods to say whether attendance changed at the same places.",
        ),
        (
            [held(30, day) for day in days(40)[:20]],
            [held(30, day) for day in days(40)[20:]],
            "counts vary too little",
            "The counts vary too little to say whether they differ.",
        ),
    ],
)
def test_comparison_is_refused_with_a_reason(earlier, later, reason, words):
    claim = compare(earlier, later).claim
    assert claim.refused == reason
    assert claim.sentence == words
    assert not claim.claimed
    assert claim.n == len(earlier) + len(later)


def test_comparison_of_nothing_with_nothing_has_words():
    assert compare([], []).words == (
        "typical attendance not known (0 events counted) now, attendance not known (0 events counted) then. Too few "
        "events to say whether they differ; each period takes 8 counted events."
    )


# --- claims -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("low", "high", "claimed"),
    [(0.004, 0.3, False), (0.006, 0.3, True), (-0.3, -0.004, False), (-0.3, -0.006, True), (-0.1, 0.1, False)],
)
def test_change_is_claimed_only_if_the_printed_range_leaves_out_zero(low, high, claimed):
    assert Claim("", 20, 0, (low + high) / 2, low, high).claimed == claimed


def test_claim_in_json_has_exactly_these_keys():
    assert trend(uncounted(RISING, 3)).claim.figures == {
        "estimate": pytest.approx(0.4, abs=0.02),
        "low": pytest.approx(0.31, abs=0.02),
        "high": pytest.approx(0.5, abs=0.02),
        "n": 51,
        "not_counted": 1,
        "claimed": True,
        "refused": None,
    }
    assert trend([]).claim.figures == {
        "estimate": None,
        "low": None,
        "high": None,
        "n": 0,
        "not_counted": 0,
        "claimed": False,
        "refused": "too few events",
    }


@pytest.mark.parametrize(
    ("freedom", "table"),
    [(3, 3.1824), (4, 2.7764), (6, 2.4469), (10, 2.2281), (20, 2.0860), (30, 2.0423), (60, 2.0003), (10**6, 1.96)],
)
def test_students_t_agrees_with_a_printed_table(freedom, table):
    assert student_95(freedom) == pytest.approx(table, rel=2e-3)


counts = st.one_of(st.none(), st.integers(0, 12), st.integers(0, 10**6), st.just(0.5))
rows = st.tuples(counts, st.integers(0, 1500), st.sampled_from(["A", "B", "C", "D"]))
some_events = st.one_of(st.lists(rows, max_size=20), st.lists(rows, min_size=25, max_size=70)).map(
    lambda rows: [
        held(guests, ON - dt.timedelta(back), place)
        for (back, place), guests in {(row[1], row[2]): row[0] for row in rows}.items()
    ]
)


@pytest.mark.slow
@settings(max_examples=60, deadline=None)
@given(some_events, st.integers(0, 1500), st.randoms(use_true_random=False))
def test_any_series_has_an_ordered_finite_answer_whatever_its_order(events, boundary, random):
    middle = ON - dt.timedelta(boundary)
    shuffled = random.sample(events, len(events))

    def answers(every):
        then = [past for past in every if past.event.date < middle]
        return trend(every), compare(then, [past for past in every if past.event.date >= middle])

    result, compared = answers(events)
    assert answers(shuffled) == (result, compared)
    for claim in (result.claim, compared.claim):
        assert claim.n + claim.not_counted <= len(events)
        assert claim.sentence.endswith(".")
        assert "nan" not in claim.sentence
        assert claim.claimed <= (claim.refused is None)
        figures = (claim.low, claim.estimate, claim.high)
        if claim.refused is None:
            assert all(math.isfinite(figure) for figure in figures)
            assert -1 <= claim.low <= claim.estimate <= claim.high
            assert round(claim.low * 100) < round(claim.high * 100)
        else:
            assert figures == (None, None, None)
    for point in result.line:
        assert 0 <= point.low <= point.guests <= point.high
        assert math.isfinite(point.guests)


def test_crowded_history_is_bounded():
    random = np.random.default_rng(7)
    events = [
        held(int(guests), ON - dt.timedelta(int(back)), f"Place {place}")
        for guests, back, place in zip(
            random.poisson(20, 9_000), random.integers(0, 3_000, 9_000), random.integers(0, 50, 9_000), strict=True
        )
    ]
    claim = trend(events).claim
    assert (claim.n, claim.claimed) == (5_000, False)


# --- the sentences in the document --------------------------------------------------------------------------------

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "statistics.md"
GROWN = [held(round(past.guests * 1.3), past.event.date, "Weed Library") for past in FLAT[26:]]
WAVE = [
    held(round(30 * UNEVEN[n % 7] * (1 + 0.4 * math.sin(2 * math.pi * n * 14 / 365.25))), day)
    for n, day in enumerate(days(52))
]
JOINED = sorted(
    [*FLAT, *(held(round(120 * UNEVEN[n % 7]), day + dt.timedelta(1), "Fairground") for n, day in enumerate(days(24)))],
    key=lambda past: past.event.date,
)
SMALL_SHARE = [
    held(round((90 if n % 5 == 0 else 15) * UNEVEN[n % 7]), day, "Fairground" if n % 5 == 0 else "Grange Hall")
    for n, day in enumerate(days(52)[:26])
]
LARGE_SHARE = [
    held(round((15 if n % 5 == 0 else 90) * UNEVEN[n % 7]), day, "Grange Hall" if n % 5 == 0 else "Fairground")
    for n, day in enumerate(days(52)[26:])
]
SENTENCES = {
    "few: 11 counted in 20 months": trend(uncounted(series(30, count=12, every=60), 0)),
    "short: 40 events in 9 months": trend(series(30, count=40, every=7)),
    "steady": trend(FLAT),
    "rising by 40% a year": trend(RISING),
    "falling by 30% a year": trend(FALLING),
    "summer and winter differ, nothing else": trend(WAVE),
    "every fourth count an estimate (~40)": trend(estimated(RISING, 4)),
    "every fourth count with an open end (30+)": trend(estimated(RISING, 4, high=None)),
    "every third event not counted": trend(uncounted(RISING, *range(0, 52, 3))),
    "one place": trend(series(30, 1.4, places=("Weed Library",))),
    "a place with four times the guests joins halfway": trend(JOINED),
    "every event at a new place": trend(
        [held(past.guests, past.event.date, f"Place {n}") for n, past in enumerate(RISING)]
    ),
    "every count the same": trend([held(30, day) for day in days(40)]),
    "two years, the later one 30% higher at one place": compare(
        [held(past.guests, past.event.date) for past in FLAT[:26]], GROWN
    ),
    "two years, more events at the large place": compare(SMALL_SHARE, LARGE_SHARE),
    "two quarters": compare(series(30, count=24, every=7)[:12], series(30, count=24, every=7)[12:]),
}


@pytest.mark.parametrize("name", SENTENCES)
def test_document_has_the_sentence_of_each_data_set(name):
    answer = SENTENCES[name]
    words = answer.claim.sentence if hasattr(answer, "line") else answer.words
    assert f"| {name} | {words} |" in DOCUMENT.read_text(encoding="utf-8").splitlines()


# --- how often it is wrong ----------------------------------------------------------------------------------------

WORLDS = {world.name: world for world in bench.DEVELOPMENT if world.question == "trend" and world.change == 1}
TRIES = 40


def claimed(world: World) -> int:
    return sum(trend(draw(world, number, "test")).claim.claimed for number in range(TRIES))


@pytest.mark.parametrize("name", ["season", "big venue joins", "larger venues"])
def test_few_trends_are_claimed_where_there_is_none(name):
    """Of 40 series at most 6; `python -m tests.bench.claims` counts exactly."""
    assert claimed(WORLDS[name]) <= 6


def test_few_differences_are_claimed_where_only_the_venues_changed():
    world = replace(WORLDS["larger venues"], question="comparison")
    claims = [compare(*halves(world, draw(world, number, "test"))).claim.claimed for number in range(TRIES)]
    assert sum(claims) <= 6


def test_real_rise_is_found():
    world = replace(WORLDS["season"], change=2.0)
    assert claimed(world) >= TRIES * 0.7
