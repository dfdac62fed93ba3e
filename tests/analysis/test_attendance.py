"""Attendance: blanks are never zeros, too few counts give no figure, and each figure says how it is known."""

import datetime as dt
from dataclasses import replace

from cwac.analysis import words
from cwac.analysis.attendance import EventGroup, Outcomes, Total, Turnout, groups, guests_by_event, outcomes, turnout
from cwac.analysis.periods import Period
from tests.analysis.plans import ABOUT, ON, OPEN, RANGE, counted, event, held, plan, typed_plan, with_rows
from tests.cases import each


def row(guests=None, **noted):
    return counted("E", guests, **noted)


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


def test_words_of_events_not_held_say_which_statuses_they_count():
    statuses = (None, "Draft", "Tentative", "Confirmed", "Completed", "Cancelled", "Postponed")
    past = plan([event(f"E{number}", -5, status=status) for number, status in enumerate(statuses)])
    assert outcomes(past).not_held == "1 canceled, 1 postponed, 3 still Confirmed or Tentative"


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
    ("value", "text"), [(None, "not known"), (0, "0"), (37.0, "37"), (37.5, "37.5"), (1234.25, "1,234.3"), (100, "100")]
)
def test_numbers_as_text(value, text):
    assert words.number(value) == text
