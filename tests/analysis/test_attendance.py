"""Attendance: blanks are never zeros, too few counts give no figure, and each figure says how it is known."""

import datetime as dt
from dataclasses import replace

from cwac.analysis import words
from cwac.analysis.attendance import (
    EventGroup,
    HeldEvent,
    Outcomes,
    Total,
    Turnout,
    count_words,
    finding,
    groups,
    guests_by_event,
    guests_in_all,
    outcomes,
    total,
    turnout,
    typical_guests,
)
from cwac.analysis.periods import Period
from tests.analysis.plans import ABOUT, ON, OPEN, RANGE, counted, event, exactly, held, plan, typed_plan
from tests.cases import each

EXACT = exactly(20)


def row(guests=None, **noted):
    return counted("E", guests, **noted)


def with_rows(*counts, after=-3, **fields):
    """An event that took place, with a headcount row for each count (None: a blank row)."""
    rows = [row(count) for count in counts]
    return HeldEvent(held(f"E{after}", after, **fields), total(rows) if rows else None)


@each(
    ("rows", "total"),
    [
        ([row(18)], Total(18, 18, 18, False, None, None, None, 1)),
        ([row(0)], Total(0, 0, 0, False, None, None, None, 1)),
        ([row()], Total(None, None, None, False, None, None, None, 1)),
        ([row(), row()], Total(None, None, None, False, None, None, None, 2)),
        ([row(10), row(8)], Total(18, 18, 18, False, None, None, None, 2)),
        ([row(10), row()], Total(10, 10, None, True, None, None, None, 2, frozenset({"guests"}))),
        ([row(10), row(RANGE)], Total(45, 47.5, 50, True, None, None, None, 2)),
        ([row(10), row(OPEN)], Total(40, 40, None, True, None, None, None, 2)),
        ([row(ABOUT)], Total(40, 40, 40, True, None, None, None, 1)),
        (
            [row(10, youth=2, new_visitors=0), row(5, youth=1, conversations=4)],
            Total(15, 15, 15, False, 3, 0, 4, 2, frozenset({"new_visitors", "conversations"})),
        ),
    ],
)
def test_headcount_rows_of_an_event_add_up(rows, total):
    snapshot = plan([event("E", -3), event("without a row", -3)], headcounts=tuple(rows))
    assert guests_by_event(snapshot) == {"E": total}


def test_events_are_grouped_by_outcome():
    snapshot, _ = typed_plan(
        "done -3 status=Completed; too-soon +5 status=Completed; forgotten -2; unread -2 11:00 status=-; today +0; "
        "draft -2 status=Draft; fire -4 status=Cancelled cancel_reason=Fire; why -5 status=Cancelled; next +8; "
        "smoke -6 status=Cancelled cancel_reason=Fire; later -4 status=Postponed",
        "",
    )
    result = outcomes(replace(snapshot, headcounts=(counted("done", 12),)))
    named = {name: [event.id for event in getattr(result, name)] for name in ("canceled", "postponed", "not_closed")}
    assert named == {
        "canceled": ["smoke", "why", "fire"],
        "postponed": ["later"],
        "not_closed": ["forgotten", "unread"],
    }
    assert [event.id for event in result.coming] == ["today", "too-soon", "next"]
    assert [(past.event.id, past.guests) for past in result.held] == [("done", 12)]
    assert result.canceled_by_reason == {"Fire": 2, "No reason noted": 1}


def test_outcomes_of_a_period_and_an_agency():
    theirs = {"lead_agency": "SCSO"}
    events = [held("before", -40), held("first", -30, partner_agencies=("WPD",), **theirs)]
    events += [held("theirs", -20, **theirs), held("last", -10)]
    period = Period(ON - dt.timedelta(30), ON - dt.timedelta(10), "")
    assert [past.event.id for past in outcomes(plan(events), period, "WPD").held] == ["first", "last"]


@each(
    ("guests", "expected"),
    [
        ([], Turnout()),
        ([None, None], Turnout(held=2, missing=2)),
        ([7], Turnout(1, 1, 0, 0, 0, 7, 7, None, 7, None, 7)),
        ([0, 0, 0, 0], Turnout(4, 4, 0, 4, 0, 0, 0, None, 0, None, 0)),
        ([10, None, 0, 20], Turnout(4, 3, 1, 1, 0, 30, 0, None, 10, None, 20, above=1, below=1)),
        ([10, 20, 30, 50, 60, 70, 80, None], Turnout(8, 7, 1, 0, 0, 320, 10, None, 50, None, 80, above=3, below=3)),
        ([10, 20, 30, 50, 60, 70, 80, 90, None], Turnout(9, 8, 1, 0, 0, 410, 10, 27.5, 55, 72.5, 90, above=4, below=4)),
    ],
)
def test_turnout_of_counted_and_uncounted_events(guests, expected):
    assert turnout([with_rows(count) for count in guests]) == expected


def test_groups_are_by_time_or_most_held_first():
    def labels(by, *events):
        return [group.label for group in groups(Outcomes(events), by)]

    winter, spring = with_rows(5, after=-220), with_rows(9, after=-150)  # January 24 and April 4, 2026
    late, unknown = with_rows(1, after=-9, start="17:30"), with_rows(2, after=-8, start=None)
    assert labels("month", spring, winter) == ["Jan 2026", "Apr 2026"]
    assert labels("quarter", spring, winter) == ["Q1 2026", "Q2 2026"]
    assert labels("year", spring, with_rows(3, after=-300)) == ["2025", "2026"]
    assert labels("season", spring, winter) == ["Winter", "Spring"]
    assert labels("weekday", winter, late) == ["Saturday", "Sunday"]
    assert labels("hour", unknown, late, winter) == ["9 AM", "5 PM", "Time not known"]
    assert labels("town", with_rows(1, town="Etna"), winter, spring) == ["Weed", "Etna"]
    assert labels("venue", with_rows(1, venue_text="Grange Hall")) == ["Grange Hall, Weed"]
    assert labels("lead agency", with_rows(1, lead_agency=None)) == ["Lead not known"]
    quarters = groups(Outcomes((winter, late)), "quarter")
    assert [group.first for group in quarters] == [dt.date(2026, 1, 1), dt.date(2026, 7, 1)]


def test_canceled_and_not_closed_events_do_not_count_in_a_groups_turnout():
    result = Outcomes(
        held=(with_rows(20),),
        canceled=(event("C", -4, status="Cancelled"), event("D", -4, status="Cancelled", town="Etna")),
        not_closed=(event("N", -5),),
    )
    assert groups(result, "town") == (
        EventGroup("Weed", Turnout(1, 1, 0, 0, 0, 20, 20, None, 20, None, 20), 1, 1),
        EventGroup("Etna", Turnout(), 1, 0),
    )


@each(
    ("guests", "words"),
    [
        ([], "No event was held in May."),
        ([None], "1 event held in May, none with a count: the attendance is not known."),
        ([12], "1 event held in May: the one counted had 12 guests."),
        ([ABOUT], "1 event held in May: the one counted had 40 guests (estimated)."),
        ([OPEN], "1 event held in May: the one counted had 30 or more guests (estimated)."),
        ([12, None], "2 events held in May: the one counted had 12 guests; 1 not counted."),
        ([0, 0], "2 events held in May: a typical one had 0 guests (2 events counted; all had as many)."),
        (
            [10, 20, 30, 50, None],
            "5 events held in May: a typical one had 25 guests (4 events counted, 1 not counted; half had more, half "
            "fewer).",
        ),
        (
            [10, 20, 30, 50, 60, 70, 80, 90],
            "8 events held in May: a typical one had 55 guests (8 events counted; half had more, half fewer); the "
            "middle half had 27.5 to 72.5.",
        ),
    ],
)
def test_finding_states_its_n(guests, words):
    assert finding(Outcomes(tuple(map(with_rows, guests))), "in May") == words


@each(
    ("value", "text"), [(None, "not known"), (0, "0"), (37.0, "37"), (37.5, "37.5"), (1234.25, "1,234.3"), (100, "100")]
)
def test_numbers_as_text(value, text):
    assert words.number(value) == text


# --- how figures are known ---------------------------------------------------------------------------------------


@each(
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
    summed = with_rows(*counts).total
    assert summed.in_full("guests") == in_full
    assert summed.open_ended == (in_full is None and summed.best is not None)
    assert count_words(summed) == words


def test_conversations_in_one_of_two_rows_are_not_known_in_full():
    half = total([row(EXACT, conversations=6, youth=2), row(EXACT, youth=3)])
    assert (half.conversations, half.in_full("conversations")) == (6, None)
    assert (half.in_full("youth"), half.in_full("new_visitors"), half.in_full("guests")) == (5, None, 40)
    assert half.partly == {"conversations"}


@each(
    ("counts", "words"),
    [
        ([[EXACT], [EXACT]], "40"),
        ([[EXACT], [EXACT], []], "at least 40 (1 of 3 not counted)"),
        ([[EXACT], [ABOUT]], "about 60 (1 of 2 estimated)"),
        ([[EXACT], [OPEN]], "about 50 (one count is “30 or more”)"),
        ([[EXACT], [EXACT, None]], "about 40 (one count is “20 or more”)"),
        ([[OPEN], [ABOUT]], "about 70 (one count is “30 or more”, 2 of 2 estimated)"),
        ([[OPEN], [OPEN], [None]], "about 60 (2 of 3 open-ended, 1 not counted)"),
        ([[OPEN]] * 4 + [[ABOUT]] * 2 + [[]], "about 200 (4 of 7 open-ended, 6 estimated, 1 not counted)"),
        ([[], [None]], "not known (2 events held, none counted)"),
        ([], "not known (no event held)"),
        ([[0]], "0"),
    ],
)
def test_guests_in_all_say_what_they_are_made_of(counts, words):
    assert guests_in_all(turnout([with_rows(*cells) for cells in counts])).words == words


@each(
    ("counts", "words"),
    [
        ([10, 20, 30, 50], "25 (4 events counted; half had more, half fewer)"),
        ([10, 20, 30], "20 (3 events counted; 1 had more, 1 fewer)"),
        ([10, 20, 20, 30], "20 (4 events counted; 1 had more, 1 fewer)"),
        ([5, 20, 20, 20, 30, 31], "20 (6 events counted; 2 had more, 1 fewer)"),
        ([7, 7, 7], "7 (3 events counted; all had as many)"),
        ([7], "7 (1 event counted)"),
        ([10, 12, ABOUT, None], "12 (3 events counted, 1 of them estimated, 1 not counted)"),
        ([ABOUT, OPEN], "35 (2 events counted, all of them estimated)"),
        ([OPEN, 40, 50, 60], "45 (4 events counted, 1 of them estimated)"),
        ([ABOUT], "40 (1 event counted, estimated)"),
        ([None], "not known (1 event held, none counted)"),
    ],
)
def test_median_says_how_the_counts_lie_around_it(counts, words):
    assert typical_guests(turnout(list(map(with_rows, counts)))).words == words
