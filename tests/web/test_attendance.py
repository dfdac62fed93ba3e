"""The Attendance page, checked on a plan small enough to count by hand."""

import datetime as dt
from dataclasses import replace
from typing import Any

from cwac.analysis.cells import cell_to_fill
from cwac.analysis.events import where
from cwac.analysis.followups import MissingResult, missing_after_event
from cwac.analysis.forecast import Expected
from cwac.model import Snapshot
from cwac.web.sections import attendance, attendance_views, missing_results
from tests.cases import each
from tests.web import plan
from tests.web.conftest import line_words

SNAPSHOT = plan.snapshot()
MISSING = missing_after_event(SNAPSHOT, plan.TODAY)


def test_comparable_periods_are_years_and_quarters_with_events() -> None:
    assert list(attendance_views.comparable(SNAPSHOT)) == ["Last 12 months", "The 12 months before", "2026", "2026-Q4"]


def test_presets_compare_the_period_at_hand() -> None:
    for name, labels in (
        (attendance_views.QUARTERS, ["2026-Q4", "2026-Q3"]),
        (attendance_views.SAME_QUARTER, ["2026-Q4", "2025-Q4"]),
        (attendance_views.YEARS, ["Oct 2025–Sep 2026", "Oct 2025–Sep 2026, a year before"]),
    ):
        assert [period.label for period in attendance_views.preset(name, plan.TODAY)] == labels


def test_partner_of_a_period_is_the_one_before_and_never_overlaps() -> None:
    old = replace(SNAPSHOT.events[0], date=dt.date(2024, 11, 5))
    periods = attendance_views.comparable(replace(SNAPSHOT, events=(*SNAPSHOT.events, old)))
    first = {name: attendance_views.partners(periods, name)[0] for name in periods}
    assert first["Last 12 months"] == "The 12 months before"
    assert (first["2026"], first["2026-Q4"], first["2025-Q1"]) == ("2025", "2026-Q3", "2024-Q4")
    for name, period in periods.items():
        for other in attendance_views.partners(periods, name):
            assert periods[other].last < period.first or period.last < periods[other].first, (name, other)


@each(
    ("kinds", "chosen", "tile"),
    [
        # two years before TODAY, inside of the period, and a counted event that is still Confirmed
        ({"count": [800, 9], "closing": [4]}, "Last 24 months",
         ("Missing counts", "2", "1 in the last 24 months, 1 earlier; and 1 event still Confirmed")),
        ({"count": [9, 800, 801]}, "Last 12 months", ("Missing counts", "3", "1 in the last 12 months, 2 earlier")),
        ({"count": [9]}, "Last 12 months", ("Missing counts", "1", "1 in the last 12 months")),
        ({"count": [800, 9]}, "Since the beginning", ("Missing counts", "2", "")),
        ({"count": [9], "closing": [4, 5]}, "Since the beginning",
         ("Missing counts", "1", "and 2 events still Confirmed")),
        ({"closing": [4, 5]}, "Last 24 months", ("Still Confirmed", "2", "")),
    ],
)  # fmt: skip
def test_tile_of_missing_counts_counts_no_event_that_has_a_count_and_says_of_which_years(kinds, chosen, tile) -> None:  # type: ignore[no-untyped-def]
    past = [
        MissingResult("WPD", replace(SNAPSHOT.events[0], date=plan.TODAY - dt.timedelta(ago)), kind, 1, ago)
        for kind, every in kinds.items()
        for ago in every
    ]
    made = attendance._missing_tile(past, chosen, plan.TODAY)
    assert (made["name"][0]["text"], made["value"], *made["note"]) == tile


def test_missing_results_link_to_the_event_and_to_the_cell() -> None:
    def cells_of(snapshot: Snapshot, *, cells: bool) -> Any:
        (row,) = missing_results.listed(snapshot, "SCSO", "Count or closing", cells=cells, _missing=MISSING)["rows"]
        return row["cells"]

    day, *_, cell = cells_of(SNAPSHOT, cells=True)
    assert day[0]["id"] == "UNCOUNTED"
    # Attendance has no row of this event yet: the first free one is row 4.
    assert (cell[0]["text"], cell[0]["url"]) == ("Edit B4 of Attendance", f"{SNAPSHOT.url}/edit#gid=2&range=B4")
    assert cells_of(replace(SNAPSHOT, url=None), cells=True)[-1] == ["B4 of Attendance"]
    assert "Edit" not in str(cells_of(SNAPSHOT, cells=False))


def test_completed_status_and_unreadable_count_have_their_cells() -> None:
    gone = SNAPSHOT.event_by_id["GONE"]
    assert cell_to_fill(SNAPSHOT, MissingResult("WPD", gone, "closing", 1, 9)) == ("Events", "status", 5)
    # The second row of GONE's headcounts could not be read.
    assert cell_to_fill(SNAPSHOT, MissingResult("WPD", gone, "count", 1, 9)) == ("Attendance", "guests", 3)


def test_forecasts_are_rows_with_the_range_and_the_counts_it_rests_on() -> None:
    event, today = replace(SNAPSHOT.events[0], date=SNAPSHOT.today), SNAPSHOT.today
    known, new = Expected(3.07, 3.0, 0.5, 55, 8), Expected(3.07, 3.0, 0.9, 55, 0)
    block = attendance_views.forecast_rows([(event, known), (event, new)], today)
    assert [[line_words(cell) for cell in row["cells"][2:]] for row in block["rows"]] == [
        ["about 19 guests", "likely 10 to 33", "8 counts"],
        ["about 19 guests", "likely 6 to 50", "no count here yet"],
    ]
    place = where(event)
    said = f"Today's event at {place}: about 19 guests, likely 10 to 33."
    assert attendance_views.forecast_words(event, known, today) == said
    assert attendance_views.forecast_words(event, new, today).endswith("likely 6 to 50, no count there yet.")
