"""The quarterly report: every figure of a small sheet, added up by hand, and how figures are compared and said."""

from pathlib import Path

import pytest

from cwac.analysis.measures import Difference, difference_words
from cwac.analysis.quarter import quarter
from cwac.model import Accounting, Tab
from cwac.sheet.reader import read_workbook
from tests.analysis.plans import DEMO, ON, SAMPLE, counted, event, goes, held, plan
from tests.cases import each
from tests.sheet.county import book, typed_tabs

TABS = typed_tabs(Path(__file__).with_name("quarter.txt").read_text("utf-8"))
SHEET = read_workbook(book(*map(Tab, TABS, TABS.values())), ON)
"""The sheet of quarter.txt on September 1, 2026."""

NOT_KNOWN = Difference(None, "not known", "not known in both quarters")
INEXACT = Difference(None, "not comparable", "estimated, open-ended or missing in part")
FIGURES = {
    "Events held": (9, 4),
    "Events canceled": (2, 1),
    "Events postponed": (1, 1),
    "Past events not closed": (1, 0),
    "Typical guests at an event": (17.5, 27.5),
    "Guests counted in all": (160, 105),
    "Held events without a count": (1, 0),
    "Officer-hours": (12.5, 5.5),
    "Guests per officer-hour": (160 / 10.5, None),  # H1 to H8; it takes 8 events
    "Conversations per officer-hour": (50 / 10.5, None),
    "New visitors' share": (20 / 130, 12 / 75),  # where both are noted, and not open-ended
    "Cups served": (25, 22),
    "Surveys returned": (3, 3),
    "Towns reached": (3, 3),
    "Follow-ups asked for": (5, 1),
    "Of these still open": (3, 1),
    "Of these overdue": (2, 1),
    "Follow-ups closed": (2, 0),
}


@each(("agency", "column"), [(None, 0), ("SCSO", 1)])
def test_every_figure_is_that_of_the_typed_rows(agency, column):
    answer = quarter(SHEET, "2026-Q2", agency)
    names = {"Officer-hours": "Hours at its events"} if agency else {}
    assert {figure.name: figure.this.value for figure in answer.figures} == {
        names.get(name, name): pytest.approx(values[column]) for name, values in FIGURES.items()
    }


def test_parts_of_the_report_are_those_of_the_typed_rows():
    answer = quarter(SHEET, "2026-Q2")
    work = answer.productivity
    assert {name: hours.total for name, hours in work.by_agency.items()} == {"WPD": 10, "SCSO": 2.5}
    assert {name: hours.total for name, hours in work.by_pay_type.items()} == {"On duty": 11, "Overtime": 1.5}
    assert {town.label: town.turnout.median for town in answer.towns} == {"Weed": 15, "Yreka": 19, "Etna": 40}
    assert answer.outcomes.canceled_by_reason == {"Fire": 1, "No reason noted": 1}
    assert answer.led == {"WPD": 6, "SCSO": 3}
    assert {line.event.id: line.officer_hours for line in answer.lines} == {
        "H1": 1, "H2": 2, "H3": 2.5, "H4": 1, "H5": 1, "H6": 1, "H7": 1, "H8": 1, "H9": 2,
        "C1": None, "C2": None, "P1": None, "N1": None,
    }  # fmt: skip


def test_figures_of_the_quarter_before_equal_its_own_report():
    before = {figure.name: figure.this.value for figure in quarter(SHEET, "2026-Q1").figures}
    assert (before["Events held"], before["Guests counted in all"]) == (1, 18)
    assert {figure.name: figure.last.value for figure in quarter(SHEET, "2026-Q2").figures} == before
    first = {figure.name: figure.last.value for figure in quarter(SHEET, "2026-Q1").figures}
    assert (first["Events held"], first["Typical guests at an event"]) == (0, None)


def test_agency_is_found_in_any_case_and_an_unknown_one_is_refused():
    answer = quarter(SHEET, "2026-q2", "wpd")
    assert (answer.agency, answer.agency_label) == ("WPD", "Weed Police Department")
    with pytest.raises(ValueError, match=r"'FBI' is not an agency of this sheet: it has WPD, SCSO, CHP\."):
        quarter(SHEET, "2026-Q2", "FBI")


def test_follow_ups_are_unknown_without_their_tab_and_zero_in_an_empty_one():
    figures = {figure.name: figure.this.value for figure in quarter(plan([]), "2026-Q3").figures}
    assert (figures["Follow-ups asked for"], figures["Follow-ups closed"], figures["Events held"]) == (None, None, 0)
    blank = plan([], accounting={"Follow-ups": Accounting()})
    assert [figure.this.value for figure in quarter(blank, "2026-Q3").figures[-4:]] == [0, 0, 0, 0]


def test_quarter_is_unfinished_until_it_is_over():
    sheet = plan([event("E", 10)])  # on September 1, 2026
    assert [quarter(sheet, name).unfinished for name in ("2026-Q2", "2026-Q3", "2026-Q4")] == [False, True, True]


@each(
    ("now", "before", "digits", "words"),
    [
        (22.0, 23.0, 1, "−1"),
        (3, 0, 1, "+3"),
        (5, 5, 1, "same"),
        (36.4, 41.2, 0, "−5"),
        (1.44, 1.36, 1, "same"),
        (1.46, 1.44, 1, "+0.1"),
    ],
)
def test_change_is_computed_from_the_rounded_figures(now, before, digits, words):
    assert difference_words(before, now, digits) == words


def of_quarter(*guests, before=False):
    """Events of the third quarter, or the one before, with these guests (None: not counted) and an officer each."""
    start, word = (-100, "b") if before else (-2, "n")
    names = [f"{word}{number}" for number in range(len(guests))]
    events = [held(name, start - number) for number, name in enumerate(names)]
    rows = [goes(SAMPLE, name, "Attended", hours=2) for name in names]
    return events, rows, [counted(name, count) for name, count in zip(names, guests, strict=True) if count is not None]


def figures_of(*quarters):
    events, rows, counts = ([row for part in parts for row in part] for parts in zip(*quarters, strict=True))
    answer = quarter(plan(events, rows, headcounts=tuple(counts)), "2026-Q3")
    return {figure.key: figure for figure in answer.figures}


@each(
    ("now", "before", "words", "difference"),
    [
        ((10, 30), (12, 20), ("40", "32"), Difference(8, "+8", None)),
        ((10, 30, None), (12, 20), ("at least 40 (1 of 3 not counted)", "32"), INEXACT),
        ((10, 30), (12, 20, None), ("40", "at least 32 (1 of 3 not counted)"), INEXACT),
        ((10, 30), (), ("40", "not known (no event held)"), NOT_KNOWN),
    ],
)
def test_sum_is_compared_only_where_both_quarters_are_exact(now, before, words, difference):
    guests = figures_of(of_quarter(*now), of_quarter(*before, before=True))["guests"]
    assert (guests.this.words, guests.last.words) == words
    assert guests.change == difference


def test_a_ratio_and_a_median_are_never_tested_against_the_quarter_before():
    few, many = (18, 22, 20, 19, 21, 20, 23, 17), (36, 44, 40, 38, 42, 40, 46, 34)
    figures = figures_of(of_quarter(*many), of_quarter(*few, before=True))
    ratio, median = figures["guests_per_officer_hour"], figures["median_guests"]
    assert (ratio.this.value, ratio.last.value, ratio.this.low, ratio.this.high) == (20, 10, None, None)
    assert (median.this.value, median.last.value) == (40, 20)
    for change in (ratio.change, median.change):
        assert (change.estimate, change.short) == (None, "–")
        assert change.refused == "only a year is judged against the year before"
    short = figures_of(of_quarter(*few[1:]), of_quarter(*few, before=True))["guests_per_officer_hour"]
    assert short.this.words == "too few events (7 of 7 events complete; 8 are needed)"


@each(
    ("beside", "words", "change"),
    [
        ([], "2 (1 of 1 with hours recorded)", "same"),
        ([goes(DEMO, "n0", "Assigned")],
         "about 3 (1 of 2 with hours recorded; 1 assigned, not recorded, with 1 hour as scheduled)", "not comparable"),
    ],
)  # fmt: skip
def test_officer_hours_are_compared_only_if_it_is_known_that_everybody_went(beside, words, change):
    events, rows, counts = of_quarter(10)
    hours = figures_of((events, [*rows, *beside], counts), of_quarter(10, before=True))["officer_hours"]
    assert (hours.this.words, hours.change.short) == (words, change)


def test_cups_and_surveys_are_added_up_and_never_become_guests():
    events = [held(name) for name in ("E1", "E2", "E3")]
    counts = (counted("E1", cups=40, surveys=5), counted("E1", cups=10), counted("E2", cups=0))
    answer = quarter(plan(events, headcounts=counts), "2026-Q3")
    said = {one.key: (one.this.value, one.this.n, one.this.of, one.this.words) for one in answer.figures}
    assert said["cups_served"] == (50, 2, 3, "at least 50 (filled in at 2 of 3 held events)")
    assert said["surveys"] == (5, 1, 3, "at least 5 (filled in at 1 of 3 held events, at 1 of them in part)")
    assert said["guests"] == (None, 0, 3, "not known (3 events held, none counted)")
    assert answer.turnout.counted == 0
