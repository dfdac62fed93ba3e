"""Days as typed: several in a cell, two-digit years, stray points, midnights written by programs."""

import datetime as dt
import itertools

from cwac.sheet.dates import long_years, read_date, years_near
from tests.cases import each
from tests.sheet.county import TODAY, codes, events, read

JOINS = ("-", " - ", "–", " — ", " to ", " thru ", " through ", " until ", " & ", " and ", "/", " + ")
RANGE_JOINS = tuple(join for join in JOINS if join not in (" & ", " and ", "/", " + "))


SHAPES = (
    "Oct 7{join}{last}{year}", "7{join}{last} October{bare_year}", "Oct. 7th{join}{last}th{year}",
    "Oct 7{join}Oct {last}{year}", "7 Oct{join}{last} Oct{bare_year}", "Wed Oct 7{join}{weekday} Oct {last}{year}",
    "10/7{spaced}10/{last}{slash_year}", "10/7{and_}{last}{slash_year}", "2026-10-07{join}2026-10-{last:02}",
)  # fmt: skip


def two_days(shape: str, join: str, year: str, last: int) -> str:
    """October 7 and a later day of that month in one cell; a slash between numbers needs spaces, or another word."""
    return shape.format(
        join=join, year=year, last=last, bare_year=year.replace(",", ""), slash_year=year.replace(", ", "/"),
        weekday=f"{dt.date(2026, 10, last):%a}", spaced=" / " if join == "/" else join,
        and_=" & " if join == "/" else join,
    )  # fmt: skip


TWO_DAYS = sorted(
    {
        two_days(shape, join, year, last)
        for shape, join, year, last in itertools.product(SHAPES, JOINS, ("", ", 2026"), (8, 10, 26))
    }
)
RANGES = sorted(
    {
        (two_days(shape, join, year, last), last)
        for shape, year in itertools.product(SHAPES, ("", ", 2026"))
        for join, last in (*itertools.product(RANGE_JOINS, (8, 10, 26)), *((join, 8) for join in JOINS))
    }
)


def test_two_days_in_a_date_cell_are_never_a_year_or_a_time():
    rows = [{"Event ID": f"E{number}", "Date": typed} for number, typed in enumerate(TWO_DAYS)]
    snapshot = read(Events=events(*rows))
    problems = {problem.cell: problem for problem in snapshot.problems if problem.column == "Date"}
    undated = {event.id: event.found for event in snapshot.undated}
    wrong = [
        typed
        for number, typed in enumerate(TWO_DAYS)
        if (problem := problems.get(f"B{number + 2}")) is None
        or (problem.code, problem.severity) != ("ambiguous", "error")
        or undated.get(f"E{number}") != typed
    ]
    assert not wrong, "\n".join(wrong)
    assert [problem.column for problem in snapshot.problems].count("Date") == len(undated) == len(TWO_DAYS) > 300
    assert snapshot.events == ()


@each(
    "typed",
    ["Oct 7, 8", "Oct 7, 8, 2026", "Oct 7, 14 and 21", "10/7, 10/14, 10/21", "Oct 7 Oct 8", "Oct 7, 10", "10/7 9",
     "Oct 7 8", "7 Oct, 10", "Oct 7, moved to Oct 14", "10/7/2026 10/8/2026", "10/7/2026-8", "Oct 7 or 8, 2026",
     "Mon-Wed Oct 5-7, 2026", "Oct 10-7, 2026", "10-7 - 12", "7-8 Oct-2026", "Oct 7-10, 2026 9am"],
)  # fmt: skip
def test_other_cells_with_two_days_are_ambiguous_too(typed):
    assert [(finding.code, finding.severity) for finding in read_date(typed, years_near(TODAY)).findings] == [
        ("ambiguous", "error")
    ]


@each(
    ("typed", "day", "codes"),
    [
        ("Oct 7, 2026", "2026-10-07", []),
        ("Oct 7 2026", "2026-10-07", []),
        ("Oct 7 '26", "2026-10-07", []),
        ("Oct 7, 26", "2026-10-07", ["guessed"]),
        ("Oct 7 26", "2026-10-07", ["guessed"]),
        ("Oct 17, 10", "2010-10-17", []),
        ("7-Oct-26", "2026-10-07", []),
        ("7 Oct 26", "2026-10-07", []),
        ("7-Oct-2026", "2026-10-07", []),
        ("10-7-26", "2026-10-07", []),
        ("10 - 7 - 26", "2026-10-07", []),
        ("10/7/26", "2026-10-07", []),
        ("10.7.2026?", "2026-10-07", ["guessed"]),
        ("10/7/2026.", "2026-10-07", []),
        ("Oct. 7, 2026.", "2026-10-07", []),
        ("Oct 7. 2026", "2026-10-07", []),
        ("7. Oct 2026", "2026-10-07", []),
        ("Wed., Oct. 7, 2026.", "2026-10-07", []),
        ("10/7/2026 (rain date unsure)", "2026-10-07", []),
    ],
)
def test_one_day_stays_one_day(typed, day, codes):
    reading = read_date(typed, years_near(TODAY))
    assert (reading.value.isoformat(), [finding.code for finding in reading.findings]) == (day, codes)


# --- periods --------------------------------------------------------------------------------------------------------


def test_a_range_in_from_fills_from_and_to():
    snapshot = read(Time_off=[["Officer", "From", "To"], *(["OF-01", typed, None] for typed, _ in RANGES)])
    problems = [(problem.code, problem.severity, problem.cell) for problem in snapshot.problems
                if problem.tab == "Time off"]  # fmt: skip
    days = {off.row: (off.first, off.last) for off in snapshot.time_off}
    wrong = [
        typed
        for row, (typed, last) in enumerate(RANGES, 2)
        if days.get(row) != (dt.date(2026, 10, 7), dt.date(2026, 10, last))
        or ("guessed", "warning", f"B{row}") not in problems
    ]
    assert not wrong, "\n".join(wrong)
    assert len(problems) == len(snapshot.time_off) == len(RANGES) > 300


@each("to", ["n/a", "-", "TBD", " "])
def test_to_cell_with_a_word_for_no_value_is_blank(to):
    snapshot = read(Time_off=[["Officer", "From", "To"], ["OF-01", "Oct 7-12", to]])
    assert [(off.first, off.last) for off in snapshot.time_off] == [(dt.date(2026, 10, 7), dt.date(2026, 10, 12))]


@each(
    ("tab", "headers", "row", "record"),
    [
        ("Coverage", ["Town", "Agency", "From", "To"], ["Weed", "WPD"], "coverage"),
        (
            "Officers",
            ["Officer ID", "Name", "Agency", "Active from", "Active to"],
            ["OF-9", "Z. Zed", "WPD"],
            "officers",
        ),
    ],
)
def test_ranges_of_other_periods_may_span_the_new_year(tab, headers, row, record):
    snapshot = read(**{tab: [headers, [*row, "Dec 30, 2025 - Jan 2", None]]})
    period = getattr(snapshot, record)[0]
    days = (period.first, period.last) if tab == "Coverage" else (period.active_from, period.active_to)
    assert days == (dt.date(2025, 12, 30), dt.date(2026, 1, 2))
    assert [(problem.code, problem.column) for problem in snapshot.problems if problem.tab == tab] == [
        ("guessed", headers[-2])
    ]


def test_range_in_from_does_not_override_to():
    snapshot = read(Time_off=[["Officer", "From", "To"], ["OF-01", "Oct 7-12", "10/9/2026"]])
    assert snapshot.time_off == ()
    assert codes(snapshot) == [("ambiguous", "B2")]


@each("typed", ["Oct 7 & 10", "Oct 7, 9", "Oct 7 or 8", "Oct 10-7, 2026", "Oct 7, 9 and 11"])
def test_days_that_are_not_a_range_fill_nothing(typed):
    snapshot = read(Time_off=[["Officer", "From", "To"], ["OF-01", typed, None]])
    assert snapshot.time_off == ()
    assert ("ambiguous", "B2") in codes(snapshot)


def test_a_range_in_to_is_ambiguous():
    snapshot = read(Time_off=[["Officer", "From", "To"], ["OF-01", "10/1/2026", "Oct 7-12"]])
    assert codes(snapshot) == [("ambiguous", "C2")]


# --- centuries ------------------------------------------------------------------------------------------------------


@each(("typed", "year"), [("6/1/98", 1998), ("6/1/29", 1929), ("6/1/28", 2028), ("6/1/26", 2026), ("6/1/05", 2005)])
def test_two_digits_of_a_past_day_are_at_most_two_years_ahead(typed, year):
    assert read_date(typed, long_years(TODAY, past=True)).value == dt.date(year, 6, 1)
    assert read_date(typed, long_years(TODAY)).value == dt.date(2000 + year % 100, 6, 1)


@each(
    ("tab", "headers", "row", "becomes"),
    [
        ("Officers", ["Officer ID", "Name", "Agency", "Active from"], ["OF-9", "Z. Zed", "WPD", "6/1/98"], "1998"),
        ("Coverage", ["Town", "Agency", "From"], ["Weed", "WPD", "6/1/98"], "1998"),
        ("Attendance", ["Event ID", "Guests", "Entered on"], ["E1", 4, "6/1/98"], None),
        ("Follow-ups", ["Follow-up ID", "Event ID", "Closed on"], ["F1", "E1", "6/1/98"], None),
    ],
)
def test_columns_of_the_past_read_the_last_century(tab, headers, row, becomes):
    snapshot = read(**{tab.replace("-", "_"): [headers, row]})
    read_day = {"Officers": lambda: snapshot.officers[0].active_from, "Coverage": lambda: snapshot.coverage[0].first}
    if becomes:
        assert read_day[tab]().isoformat() == "1998-06-01"
    else:
        # No count was typed in 1998: it says so, where it once took 2098 for a day of the plan.
        problem = next(problem for problem in snapshot.problems if problem.column == headers[-1])
        assert (problem.code, "1998" in problem.advice) == ("implausible", True)


@each(
    "words",
    [
        "canceled",
        "(CANX)",
        "TBD",
        "(maybe)",
        "tentative",
        "postponed",
        "- moved to Yreka",
        "not confirmed",
        "not yet confirmed",
    ],
)
def test_words_that_leave_a_day_open_are_reported(words):
    reading = read_date(f"12/4/2026 {words}", long_years(TODAY))
    assert (reading.value, reading.extra.note is None) == (dt.date(2026, 12, 4), False)
    assert [(finding.code, finding.severity) for finding in reading.findings] == [("guessed", "warning")]


@each(
    "words", ["(Nat'l Day)", "rain or shine", "market day", "(with tents)", "(removed the banner)", "(rain date TBD)"]
)
def test_other_words_beside_a_day_are_a_note(words):
    assert read_date(f"12/4/2026 {words}", long_years(TODAY)).findings == ()


@each("typed", [2019, "2019", 2019.0, 1998])
def test_year_alone_is_no_day(typed):
    reading = read_date(typed, long_years(TODAY, past=True))
    assert reading.value is None
    assert [finding.code for finding in reading.findings] == ["unreadable"]


def test_release_sent_reads_the_last_century_but_the_event_does_not():
    snapshot = read(Events=events({"Release sent": "6/1/98", "Date": "6/1/98"}))
    advice = {problem.column: problem.advice for problem in snapshot.problems if problem.code == "implausible"}
    assert "1998" in advice["Release sent"]
    assert "2098" in advice["Date"]
