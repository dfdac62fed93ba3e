"""Days as typed: several in a cell, two-digit years, stray points; and days and times that came as numbers."""

import datetime as dt
import itertools
import re

from cwac.sheet.dates import long_years, read_date, years_near
from cwac.sheet.times import as_shown
from tests.cases import each
from tests.sheet.county import TODAY, codes, events, problems, read

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
    found = problems(snapshot, "cell", "code", "severity", column="Date")
    assert sorted(found) == sorted((f"B{row}", "ambiguous", "error") for row in range(2, len(TWO_DAYS) + 2))
    assert {event.id: event.found for event in snapshot.undated} == {row["Event ID"]: row["Date"] for row in rows}
    assert snapshot.events == ()
    assert len(TWO_DAYS) > 300


DAYS = {
    (
        "2026-10-07",
        "",
    ): "Oct 7, 2026; Oct 7 2026; Oct 7 '26; 7-Oct-26; 7 Oct 26; 7-Oct-2026; 10-7-26; 10 - 7 - 26; 10/7/26; "
    "10/7/2026.; Oct. 7, 2026.; Oct 7. 2026; 7. Oct 2026; Wed., Oct. 7, 2026.; 10/7/2026 (rain date unsure)",
    ("2026-10-07", "guessed warning"): "Oct 7, 26; Oct 7 26; 10.7.2026?",
    ("2010-10-17", ""): "Oct 17, 10",
    # two days
    ("", "ambiguous error"): "Oct 7, 8; Oct 7, 8, 2026; Oct 7, 14 and 21; 10/7, 10/14, 10/21; Oct 7 Oct 8; Oct 7, 10; "
    "10/7 9; Oct 7 8; 7 Oct, 10; Oct 7, moved to Oct 14; 10/7/2026 10/8/2026; 10/7/2026-8; Oct 7 or 8, 2026; "
    "Mon-Wed Oct 5-7, 2026; Oct 10-7, 2026; 10-7 - 12; 7-8 Oct-2026; Oct 7-10, 2026 9am",
    # words that leave the day open, and others, which are a note
    ("2026-12-04", "guessed warning"): "12/4/2026 canceled; 12/4/2026 (CANX); 12/4/2026 TBD; 12/4/2026 (maybe); "
    "12/4/2026 tentative; 12/4/2026 postponed; 12/4/2026 - moved to Yreka; 12/4/2026 not confirmed; "
    "12/4/2026 not yet confirmed",
    ("2026-12-04", ""): "12/4/2026 (Nat'l Day); 12/4/2026 rain or shine; 12/4/2026 market day; 12/4/2026 (with tents); "
    "12/4/2026 (removed the banner); 12/4/2026 (rain date TBD)",
}
"""Day and problem -> what people type for it."""


@each(("typed", "day", "problem"), [(typed, *made) for made, cells in DAYS.items() for typed in cells.split("; ")])
def test_one_day_stays_one_day_and_two_are_ambiguous(typed, day, problem):
    reading = read_date(typed, years_near(TODAY))
    assert str(reading.value or "") == day
    assert "; ".join(f"{finding.code} {finding.severity}" for finding in reading.findings) == problem
    if typed.startswith("12/4/2026 "):
        assert reading.extra.note


# --- periods --------------------------------------------------------------------------------------------------------


def test_a_range_in_from_fills_from_and_to():
    snapshot = read(Time_off=[["Officer", "From", "To"], *(["OF-01", typed, None] for typed, _ in RANGES)])
    assert [(RANGES[off.row - 2][0], off.first, off.last) for off in snapshot.time_off] == [
        (typed, dt.date(2026, 10, 7), dt.date(2026, 10, last)) for typed, last in RANGES
    ]
    found = problems(snapshot, "cell", "code", "severity", tab="Time off")
    assert sorted(found) == sorted((f"B{row}", "guessed", "warning") for row in range(2, len(RANGES) + 2))
    assert len(RANGES) > 300


@each("to", ["n/a", "-", "TBD", " "])
def test_to_cell_with_a_word_for_no_value_is_blank(to):
    snapshot = read(Time_off=[["Officer", "From", "To"], ["OF-01", "Oct 7-12", to]])
    assert [(off.first, off.last) for off in snapshot.time_off] == [(dt.date(2026, 10, 7), dt.date(2026, 10, 12))]


def test_ranges_of_other_periods_may_span_the_new_year():
    snapshot = read(
        Coverage=[["Town", "Agency", "From", "To"], ["Weed", "WPD", "Dec 30, 2025 - Jan 2", None]],
        Officers=[
            ["Officer ID", "Name", "Agency", "Active from", "Active to"],
            ["OF-9", "Z. Zed", "WPD", "Dec 30, 2025 - Jan 2", None],
        ],
    )
    (coverage,), (officer,) = snapshot.coverage, snapshot.officers
    days = [(coverage.first, coverage.last), (officer.active_from, officer.active_to)]
    assert days == [(dt.date(2025, 12, 30), dt.date(2026, 1, 2))] * 2
    assert codes(snapshot) == [("guessed", "D2"), ("guessed", "C2")]


NO_RANGES = ("Oct 7 & 10", "Oct 7, 9", "Oct 7 or 8", "Oct 10-7, 2026", "Oct 7, 9 and 11")


@each(
    ("first", "last", "found"),
    [
        ("Oct 7-12", "10/9/2026", [("ambiguous", "B2")]),
        ("10/1/2026", "Oct 7-12", [("ambiguous", "C2")]),
        *((typed, None, [("ambiguous", "B2"), ("missing", "C2")]) for typed in NO_RANGES),
    ],
)
def test_range_in_from_does_not_override_to_and_other_days_are_no_range(first, last, found):
    snapshot = read(Time_off=[["Officer", "From", "To"], ["OF-01", first, last]])
    assert (snapshot.time_off, codes(snapshot)) == ((), found)


# --- centuries ------------------------------------------------------------------------------------------------------


@each(("typed", "year"), [("6/1/98", 1998), ("6/1/29", 1929), ("6/1/28", 2028), ("6/1/26", 2026), ("6/1/05", 2005)])
def test_two_digits_of_a_past_day_are_at_most_two_years_ahead(typed, year):
    assert read_date(typed, long_years(TODAY, past=True)).value == dt.date(year, 6, 1)
    assert read_date(typed, long_years(TODAY)).value == dt.date(2000 + year % 100, 6, 1)


def test_columns_of_the_past_read_the_last_century():
    snapshot = read(
        Officers=[["Officer ID", "Name", "Agency", "Active from"], ["OF-9", "Z. Zed", "WPD", "6/1/98"]],
        Coverage=[["Town", "Agency", "From"], ["Weed", "WPD", "6/1/98"]],
        Attendance=[["Event ID", "Guests", "Entered on"], ["E1", 4, "6/1/98"]],
        Follow_ups=[["Follow-up ID", "Event ID", "Closed on"], ["F1", "E1", "6/1/98"]],
    )
    assert snapshot.officers[0].active_from == snapshot.coverage[0].first == dt.date(1998, 6, 1)
    # No count was typed in 1998: it says so, where it once took 2098 for a day of the plan.
    for column in ("Entered on", "Closed on"):
        ((code, advice),) = problems(snapshot, "code", "advice", column=column)
        assert (code, "1998" in advice) == ("implausible", True)


@each("typed", [2019, "2019", 2019.0, 1998])
def test_year_alone_is_no_day(typed):
    reading = read_date(typed, long_years(TODAY, past=True))
    assert (reading.value, [finding.code for finding in reading.findings]) == (None, ["unreadable"])


def test_release_sent_reads_the_last_century_but_the_event_does_not():
    snapshot = read(Events=events({"Release sent": "6/1/98", "Date": "6/1/98"}))
    advice = dict(problems(snapshot, "column", "advice", code="implausible"))
    assert "1998" in advice["Release sent"]
    assert "2098" in advice["Date"]


# --- numbers, which are shown as people see them in the sheet -------------------------------------------------------


@each(
    ("reader", "cell", "shown"),
    [
        ("date", 59510, "12/5/2062"),
        ("date", 59510.0, "12/5/2062"),
        ("long-date", 20001, "10/4/1954"),
        ("date", 46302.375, "10/7/2026 9:00 AM"),
        ("date", 46302.99999, "10/8/2026 12:00 AM"),
        ("time", 8.5 / 24, "8:30 AM"),
        ("time", 0.99999, "12:00 AM"),
        ("time", 46302.5625, "10/7/2026 1:30 PM"),
        # Numbers that somebody may have typed as numbers.
        ("date", 12, "12"),
        ("date", 20261007, "20261007"),
        ("date", 1e300, "1e+300"),
        ("date", True, "TRUE"),
        ("date", "59510", "59510"),
        ("date", None, None),
        ("date", float("nan"), "nan"),
        ("date", float("inf"), "inf"),
        ("time", 9, "9"),
        ("time", 0, "0"),
        ("time", 45514, "45514"),
        ("count", 46091, "46091"),
        ("hours", 0.375, "0.375"),
    ],
)  # fmt: skip
def test_number_is_shown_as_the_column_shows_it(reader, cell, shown):
    assert as_shown(cell, reader) == shown


def test_a_day_far_ahead_and_an_end_before_the_start_are_quoted_as_seen():
    snapshot = read(Events=events({"Date": 59510}, {"Event ID": "E2", "Start": 8.5 / 24, "End": 8 / 24}))
    assert problems(snapshot, "code", "cell", "found")[:2] == [
        ("implausible", "B2", "12/5/2062"),
        ("impossible", "D3", "8:00 AM"),
    ]
    assert [event.found for event in snapshot.undated] == ["12/5/2062"]


@each(
    ("column", "number", "day"),
    [("Start", 45514, "8/10/2024"), ("Officers needed", 46091, "3/10/2026"), ("Guests", 46091, "3/10/2026")],
)
def test_range_that_became_a_day_is_named_as_that_day(column, number, day):
    [(found, advice)] = problems(read(Events=events({column: number})), "found", "advice", code="implausible")
    assert (found, day in advice) == (str(number), True)


FAR = [("implausible", "warning")]


@each(
    ("active_from", "active_to", "read_as", "codes"),
    [
        (None, "12/31/97", (None, dt.date(2097, 12, 31)), FAR),
        (None, "6/30/99", (None, dt.date(2099, 6, 30)), FAR),
        ("1/1/2020", "12/31/45", (dt.date(2020, 1, 1), dt.date(2045, 12, 31)), FAR),
        # A sheet turns 12/31/97 into this day.
        (None, 35795, (None, dt.date(1997, 12, 31)), FAR),
        (None, "12/31/1997", (None, dt.date(1997, 12, 31)), FAR),
        ("1/1/30", None, (dt.date(1930, 1, 1), None), FAR),
        ("1/1/2062", None, (dt.date(2062, 1, 1), None), FAR),
        ("1/1/2020", "12/31/2019", (dt.date(2020, 1, 1), None), [("impossible", "error")]),
        ("1/1/20", "12/31/19", (dt.date(2020, 1, 1), None), [("impossible", "error")]),
        # A career of decades, a last day of last year or of some years to come, and a year that says for good.
        ("1/1/97", None, (dt.date(1997, 1, 1), None), []),
        ("1/1/1985", "6/30/24", (dt.date(1985, 1, 1), dt.date(2024, 6, 30)), []),
        (None, "12/31/30", (None, dt.date(2030, 12, 31)), []),
        (None, "12/31/2010", (None, dt.date(2010, 12, 31)), []),
        (None, "12/31/2099", (None, dt.date(2099, 12, 31)), []),
        (None, None, (None, None), []),
    ],
)
def test_career_that_ends_or_begins_decades_off_is_reported(active_from, active_to, read_as, codes):
    officers = [
        ["Officer ID", "Name", "Agency", "Active from", "Active to"],
        ["OF-09", "Z. Zed", "WPD", active_from, active_to],
    ]
    snapshot = read(Officers=officers)
    assert [(officer.active_from, officer.active_to) for officer in snapshot.officers] == [read_as]
    assert problems(snapshot, "code", "severity", tab="Officers") == codes
    advice = "".join(problems(snapshot, "advice", code="implausible"))
    assert (re.search(r"four digits|Correct the year", advice) is not None) is (codes == FAR)


def test_last_day_of_coverage_in_another_century_is_reported():
    coverage = [["Town", "Agency", "Coverage", "From", "To"], ["Weed", "WPD", "Primary", "1/1/90", "12/31/97"]]
    snapshot = read(Coverage=coverage)
    assert [(row.first, row.last) for row in snapshot.coverage] == [(dt.date(1990, 1, 1), dt.date(2097, 12, 31))]
    assert problems(snapshot, "code", "cell", tab="Coverage") == [("implausible", "E2")]
