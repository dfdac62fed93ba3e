"""Totals and medians say how they are known, for every mix of exact, estimated, open-ended and missing counts."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cwac.analysis.attendance import (
    QUARTILES_FROM,
    HeldEvent,
    Outcomes,
    count_words,
    finding,
    guests_in_all,
    total,
    turnout,
    typical_guests,
)
from cwac.model import Count, Headcount
from tests.analysis.plans import event

EXACT = Count("20", 20, 20, 20)
ABOUT = Count("~40", 40, 40, 40, True)
RANGE = Count("35-40", 35, 37.5, 40, True)
OPEN = Count("30+", 30, 30, None, True)


def row(count, **noted):
    return Headcount("E", 2, count, **noted)


def held(*counts):
    """An event with a headcount row for each count (None: a blank row); without a row if there is none."""
    rows = [row(count) for count in counts]
    return HeldEvent(event("E", -3, status="Completed"), total(rows) if rows else None)


# --- one event ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("counts", "in_full", "words"),
    [
        ([EXACT], 20, "20"),
        ([EXACT, EXACT], 40, "40"),
        ([ABOUT], 40, "about 40"),
        ([RANGE], 37.5, "35 to 40"),
        ([EXACT, RANGE], 57.5, "55 to 60"),
        ([OPEN], None, "30 or more"),
        ([EXACT, OPEN], None, "50 or more"),
        ([EXACT, None], None, "20 or more"),
        ([ABOUT, None], None, "40 or more"),
        ([None], None, "not counted"),
        ([None, None], None, "not counted"),
    ],
)
def test_count_is_known_in_full_if_every_row_has_one_without_an_open_end(counts, in_full, words):
    summed = held(*counts).total
    assert summed.in_full("guests") == in_full
    assert summed.open_ended == (in_full is None and summed.best is not None)
    assert count_words(summed) == words


def test_conversations_in_one_of_two_rows_are_not_known_in_full():
    half = total([row(EXACT, conversations=6, youth=2), row(EXACT, youth=3)])
    assert (half.conversations, half.in_full("conversations")) == (6, None)
    assert (half.in_full("youth"), half.in_full("new_visitors"), half.in_full("guests")) == (5, None, 40)
    assert half.partly == {"conversations"}


cells = st.sampled_from([None, EXACT, ABOUT, RANGE, OPEN])
counts_of_an_event = st.lists(cells, max_size=3)


@given(counts_of_an_event)
def test_an_events_count_is_known_in_full_by_its_cells(counts):
    summed = total([row(count) for count in counts])
    is_known = bool(counts) and all(count is not None and count.high is not None for count in counts)
    assert summed.in_full("guests") == (sum(count.best for count in counts) if is_known else None)


# --- several events -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("events", "words"),
    [
        ([held(EXACT), held(EXACT)], "40"),
        ([held(EXACT), held(EXACT), held()], "at least 40 (1 of 3 not counted)"),
        ([held(EXACT), held(ABOUT)], "about 60 (1 of 2 estimated)"),
        ([held(EXACT), held(OPEN)], "about 50 (one count is “30 or more”)"),
        ([held(EXACT), held(EXACT, None)], "about 40 (one count is “20 or more”)"),
        ([held(OPEN), held(ABOUT)], "about 70 (one count is “30 or more”, 2 of 2 estimated)"),
        ([held(OPEN), held(OPEN), held(None)], "about 60 (2 of 3 open-ended, 1 not counted)"),
        (
            [held(OPEN)] * 4 + [held(ABOUT), held(Count("58", 58, 58, 58, True)), held()],
            "about 218 (4 of 7 open-ended, 6 estimated, 1 not counted)",
        ),
        ([held(), held(None)], "not known (2 events held, none counted)"),
        ([], "not known (no event held)"),
        ([held(Count("0", 0, 0, 0))], "0"),
    ],
)
def test_guests_in_all_say_what_they_are_made_of(events, words):
    assert guests_in_all(turnout(events)).words == words


@given(st.lists(counts_of_an_event, max_size=6))
def test_guests_in_all_follow_from_the_cells(events):
    """`about` means some estimate, `at least` that the rest is exact, and a bare number that nothing is missing."""
    measure = guests_in_all(turnout([held(*counts) for counts in events]))
    counted_cells = [[count for count in counts if count is not None] for counts in events]
    counted = [(cells, some) for cells, some in zip(events, counted_cells, strict=True) if some]
    missing = len(events) - len(counted)
    half_filled_or_open = [some for cells, some in counted if len(cells) > len(some) or OPEN in some]
    exact = [some for cells, some in counted if cells == some and set(some) == {EXACT}]
    estimated = len(counted) - len(exact)
    assert (measure.n, measure.of) == (len(counted), len(events))
    if not counted:
        assert (measure.value, measure.exact) == (None, False)
        return
    assert measure.value == sum(count.best for some in counted_cells for count in some)
    start = "about " if estimated else "at least " if missing else ""
    assert measure.short == f"{start}{int(measure.value + 0.5)}"
    caveat = re.sub(r"one count is “\d+ or more”", "1 open-ended", measure.caveat).replace(f" of {len(events)}", "")
    numbers = dict(reversed(part.split(" ", 1)) for part in caveat.split(", ") if part)
    assert {name: int(count) for name, count in numbers.items()} == {
        name: count
        for name, count in {
            "open-ended": len(half_filled_or_open),
            "estimated": estimated if estimated > len(half_filled_or_open) else 0,
            "not counted": missing,
        }.items()
        if count
    }
    assert measure.exact == (not estimated and not missing)


def of(*guests):
    return [held(Count(str(count), count, count, count)) for count in guests]


@pytest.mark.parametrize(
    ("events", "words"),
    [
        (of(10, 20, 30, 50), "25 (4 events counted; half had more, half fewer)"),
        (of(10, 20, 30), "20 (3 events counted; 1 had more, 1 fewer)"),
        (of(10, 20, 20, 30), "20 (4 events counted; 1 had more, 1 fewer)"),
        (of(5, 20, 20, 20, 30, 31), "20 (6 events counted; 2 had more, 1 fewer)"),
        (of(7, 7, 7), "7 (3 events counted; all had as many)"),
        (of(7), "7 (1 event counted)"),
        (
            [*of(10, 12), held(ABOUT), held()],
            "12 (3 events counted, 1 of them estimated, 1 not counted)",
        ),
        ([held(ABOUT), held(OPEN)], "35 (2 events counted, all of them estimated)"),
        ([held(OPEN), *of(40, 50, 60)], "45 (4 events counted, 1 of them estimated)"),
        ([held(ABOUT)], "40 (1 event counted, estimated)"),
        ([held()], "not known (1 event held, none counted)"),
    ],
)
def test_median_says_how_the_counts_lie_around_it(events, words):
    assert typical_guests(turnout(events)).words == words


@given(st.lists(st.integers(0, 6), min_size=2, max_size=9))
def test_half_more_and_half_fewer_is_said_only_where_it_is_true(guests):
    measure = typical_guests(turnout(of(*guests)))
    above, below = sum(count > measure.value for count in guests), sum(count < measure.value for count in guests)
    half = above == below == len(guests) / 2 and len(guests) > 2
    assert ("half had more, half fewer" in measure.caveat) == half
    assert (f"{above} had more, {below} fewer" in measure.caveat) == (not half and above + below > 0)


@pytest.mark.parametrize(("counted", "middle_half"), [(QUARTILES_FROM - 1, False), (QUARTILES_FROM, True)])
def test_the_middle_half_is_given_from_eight_counts(counted, middle_half):
    assert QUARTILES_FROM == 8
    assert ("the middle half" in finding(Outcomes(tuple(of(*range(counted)))), "in May")) == middle_half


@pytest.mark.parametrize(
    ("count", "words"),
    [(ABOUT, "40 guests (estimated)"), (OPEN, "30 or more guests (estimated)"), (EXACT, "20 guests")],
)
def test_the_only_count_says_if_it_is_an_estimate(count, words):
    assert finding(Outcomes((held(count),)), "in May") == f"1 event held in May: the one counted had {words}."
