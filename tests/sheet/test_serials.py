"""Days and times that came as numbers are shown as people see them in the sheet."""

from cwac.sheet.times import as_shown
from tests.cases import each
from tests.sheet.county import events, problems, read


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
