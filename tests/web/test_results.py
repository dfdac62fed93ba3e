"""The pages Attendance, Reports and Follow-ups, checked on a plan small enough to count by hand."""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from cwac.analysis import quarter as quarters
from cwac.analysis.cells import cell_to_fill
from cwac.analysis.events import where
from cwac.analysis.followups import MissingResult, missing_after_event
from cwac.analysis.forecast import Expected
from cwac.model import Snapshot
from cwac.settings import Rules
from cwac.storage import audit
from cwac.web.sections import attendance, attendance_views, followups, missing_results, reports
from tests.cases import each
from tests.web import plan
from tests.web.conftest import Serve, block_words, closed_to_strangers, line_words, links_of, opened, sent, words

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
         ("Missing counts", "2", "1 in the last 24 months, 1 earlier; and 1 event still Confirmed or Tentative")),
        ({"count": [9, 800, 801]}, "Last 12 months", ("Missing counts", "3", "1 in the last 12 months, 2 earlier")),
        ({"count": [9]}, "Last 12 months", ("Missing counts", "1", "1 in the last 12 months")),
        ({"count": [800, 9]}, "Since the beginning", ("Missing counts", "2", "")),
        ({"count": [9], "closing": [4, 5]}, "Since the beginning",
         ("Missing counts", "1", "and 2 events still Confirmed or Tentative")),
        ({"closing": [4, 5]}, "Last 24 months", ("Still Confirmed or Tentative", "2", "")),
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


# --- Reports ----------------------------------------------------------------------------------------------------------


SNAPSHOT = plan.snapshot()


def test_last_whole_quarter_is_listed_first() -> None:
    for days, found in (
        ([], ()),
        ([plan.TODAY + dt.timedelta(days=40)], ()),
        ([plan.TODAY], ("2026-Q4",)),
        ([dt.date(2026, 2, 1), plan.TODAY], ("2026-Q3", "2026-Q4", "2026-Q2", "2026-Q1")),
    ):
        rows = [[f"E-{number}", plan.serial(day), "Confirmed"] for number, day in enumerate(days)]
        assert reports.quarters(plan.snapshot(Events=[["Event ID", "Date", "Status"], *rows])) == found


def test_pictures_are_two_letter_pages() -> None:
    page, _ = reports.printed(SNAPSHOT, "2026-Q4", None, Rules()).pictures
    width, height = (int.from_bytes(page[start : start + 4], "big") for start in (16, 20))
    assert (page[:8], width, height) == (b"\x89PNG\r\n\x1a\n", 1224, 1584)


def test_picture_is_drawn_only_while_the_viewer_looks_at_it(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "liaison", agency="WPD").run()
    assert page.get("image") == []
    page.session_state["preview"] = True
    picture, _ = page.run().get("image")
    assert picture.proto.imgs[0].alt.startswith(
        "Page 1 of the report. Coffee with a Cop, Q4 2026 (Oct–Dec), Weed Police Department. 2 events held in the "
        "quarter"
    )
    page.session_state["preview"] = False
    assert page.run().get("image") == []


def test_of_a_long_report_the_first_pages_are_pictures() -> None:
    pages = [bytes([number]) for number in range(reports.MOST_PICTURES + 3)]
    assert reports.first_pages(pages) == reports.Printed(tuple(pages[: reports.MOST_PICTURES]), more=True)
    assert reports.first_pages(pages[:1]) == reports.Printed((pages[0],), more=False)


def test_headline_of_a_quarter_without_an_event_says_so() -> None:
    sentence = "July to September 2026: no event was held."
    assert reports.headline_words(quarters.quarter(SNAPSHOT, "2026-Q3", None)) == sentence


def test_tiles_say_what_was_not_held_and_of_how_many_events_the_counts_of_the_quarter_before_are() -> None:
    notes = [
        [tile["note"] for tile in reports.tiles(quarters.quarter(SNAPSHOT, name))["tiles"][:3]]
        for name in ("2026-Q4", "2027-Q1")
    ]
    one_of_two, line = "(1 of 2 counted)", {"type": "break"}
    assert notes == [
        [
            ["Q3 2026: 0", line, "1 canceled"],
            ["one count is “24 or more”, 1 of 2 not counted"],
            ["1 event counted, estimated, 1 not counted"],
        ],
        [
            ["Q4 2026: 2"],
            [f"Q4 2026: about 24 {one_of_two}", line, "no event held"],
            [f"Q4 2026: 24 {one_of_two}", line, "no event held"],
        ],
    ]


# --- Follow-ups: counts for everybody signed in, summaries only in an opened row of the responsible agency ------------


DAY = plan.serial(plan.TODAY)
FOLLOW_UPS: plan.Rows = [
    ["Follow-up ID", "Event ID", "Category", "Summary", "Referred to", "Owner role", "Due", "Status", "Closed on",
     "Reported back"],
    ["F-1", "GONE", "Traffic", "Call 530-555-0142", "WPD", "Sergeant", DAY - 1, "Open", None, None],
    ["F-2", "GONE", "Noise", "said", "SCSO", None, DAY + 9, "Open", None, None],
    ["F-3", "GONE", "Youth", "said", None, "Liaison", None, "Closed", DAY - 30, True],
    ["F-4", "GONE", "Youth", "said", "WPD", "Sergeant", None, "Closed", DAY - 20, None],
]  # fmt: skip
FOLLOWED = plan.snapshot(**{"Follow-ups": FOLLOW_UPS})


@each(
    ("agency", "headline", "line"),
    [
        (None, "1 of 2 open follow-ups is overdue.",
         "2 closed, typically after 15 days · 1 of 2 residents told, not noted for 1"),
        ("SCSO", "Nothing of SCSO is overdue.", "1 open · 0 closed"),
        ("WPD", "1 of 1 open follow-up of WPD is overdue.",
         "1 closed, typically after 20 days · 0 of 1 resident told, not noted for 1"),
    ],
)  # fmt: skip
def test_headline_says_what_is_overdue_and_the_line_below_what_it_has_not_said(
    agency: str | None, headline: str, line: str
) -> None:
    assert followups.headline(FOLLOWED, agency) == headline
    assert block_words(followups.summary(FOLLOWED, agency)) == line


def test_age_is_in_a_band_overdue_or_not_known() -> None:
    lost = [*FOLLOW_UPS, ["F-5", "LOST", "Traffic", "said", "WPD", None, None, "Open", None, None]]
    bars = followups.count_bars(plan.snapshot(**{"Follow-ups": lost}), None, "age")["rows"]
    assert [(line_words(bar["name"]), line_words(bar["text"])) for bar in bars] == [
        ("Under 30 days", "0 open · 2 closed"),
        ("30 to 90 days", "2 open, 1 overdue · 0 closed"),
        ("Not known", "1 open · 0 closed"),
    ]
    assert [(part["value"], part["tone"]) for part in bars[1]["parts"]] == [(1, "error"), (1, "plain"), (0, "quiet")]


def test_table_by_owner_counts_those_who_were_told() -> None:
    assert [[line_words(cell) for cell in row] for row in followups.count_table(FOLLOWED, None, "owner")["rows"]] == [
        ["Sergeant", "1", "1", "1", "20 days", "0 of 1"],
        ["No owner", "1", "0", "0", "", ""],
        ["Liaison", "0", "0", "1", "10 days", "1 of 1"],
    ]


@each(
    ("own", "listed"),
    [(None, ["F-1", "F-2", "F-4", "F-3"]), (("WPD",), ["F-1", "F-4"]), (("CHP-MS",), ["F-3"]), ((), [])],
)
def test_liaison_lists_only_their_agencys_follow_ups(own: tuple[str, ...] | None, listed: list[str]) -> None:
    assert [item.follow_up.id for item in followups.listed(FOLLOWED, None, own)] == listed


def test_opened_row_links_to_its_event_and_to_its_cell_of_the_sheet() -> None:
    sheet = replace(FOLLOWED, url="https://docs.google.com/spreadsheets/d/x", tab_ids={"Follow-ups": 7})
    shown = followups.listed(sheet, None, None)
    opened_one, *others = followups.rows(sheet, shown, "Open", "F-1")["rows"]
    assert {link["query"]["follow_up"] for row in others for link in links_of(row)} == {"F-2", "F-3", "F-4"}
    assert [link.get("id") or link.get("url") or link["query"] for link in links_of(opened_one)] == [
        {"show": "Open"},
        "GONE",
        "https://docs.google.com/spreadsheets/d/x/edit#gid=7&range=H2",
    ]


def test_category_is_shown_in_american_spelling() -> None:
    rows = [FOLLOW_UPS[0], ["F-1", "GONE", "Neighbour", "said", "WPD", None, None, "Open", None, None]]
    sheet = plan.snapshot(**{"Follow-ups": rows})
    (row,) = followups.rows(sheet, followups.listed(sheet, None, None), "Open", None)["rows"]
    assert line_words(row["cells"][0]) == "Neighbor"
    for block in (followups.count_bars(sheet, None, "category"), followups.count_table(sheet, None, "category")):
        assert block_words(block).splitlines()[:1] == ["Neighbor"] or "\nNeighbor\n" in block_words(block)


def test_row_beyond_the_first_ten_is_shown_when_it_is_opened() -> None:
    rows = FOLLOW_UPS[:1] + [[f"F-{number:02}", "GONE", *FOLLOW_UPS[2][2:]] for number in range(20)]
    sheet = plan.snapshot(**{"Follow-ups": rows})
    shown = followups.listed(sheet, None, None)
    limits = [followups.rows(sheet, shown, "Open", opened)["limit"] for opened in (None, "F-03", "F-15")]
    assert limits == [10, 10, None]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    today = plan.TODAY
    moved = [[*row] for row in FOLLOW_UPS]
    for row in moved[1:]:
        row[6], row[8] = (item and item - DAY + plan.serial(today) for item in (row[6], row[8]))  # type: ignore[operator]
    return plan.save(tmp_path / "plan.xlsx", today, **{"Follow-ups": moved})


def test_summary_is_sent_only_when_its_row_is_opened_with_a_privacy_warning(
    serve: Serve, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    noted: list[tuple[str, str]] = []
    monkeypatch.setattr(audit, "note", lambda who, what, **_: noted.append((who, what)))
    serve(closed_to_strangers(file))
    page = opened("follow_ups", "coordinator")
    assert b"0142" not in sent(page)
    page.query_params["follow_up"] = "F-1"
    page.run()
    assert b"0142" in sent(page)
    assert "This looks like a resident's personal data (a phone number)" in words(page)
    read = ("boss@county.example.gov", "read the summary of follow-up F-1")
    assert noted.count(read) == 1
    page.run()
    assert noted.count(read) == 1, "it is the same opening"
    del page.query_params["follow_up"]
    assert b"0142" not in sent(page.run())
    page.query_params["follow_up"] = "F-1"
    page.run()
    assert noted.count(read) == 2


def test_closed_ones_are_listed_last_closed_first_and_say_the_day() -> None:
    closed = [item for item in followups.listed(FOLLOWED, None, None) if not item.open]
    ordered = followups.newest_closed_first(closed)
    assert [item.follow_up.id for item in ordered] == ["F-4", "F-3"]
    shown = followups.rows(FOLLOWED, ordered, "Closed", None)
    assert [[line_words(cell) for cell in row["cells"]] for row in shown["rows"]] == [
        ["Youth", "Weed", "Thu, Nov 5, after 20 days", "WPD Sergeant", "not noted"],
        ["Youth", "Weed", "Mon, Oct 26, after 10 days", "CHP-MS Liaison", "told"],
    ]
    last_year = replace(ordered[0].follow_up, closed_on=dt.date(2025, 11, 5))
    assert followups._age(replace(ordered[0], follow_up=last_year), FOLLOWED).startswith("Wed, Nov 5, 2025")


def test_link_turns_to_the_page_of_its_follow_up_once(
    serve: Serve, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cwac.web.widgets.AT_ONCE", 1)
    serve(closed_to_strangers(file))
    page = opened("follow_ups", "coordinator")
    assert ("WPD Sergeant" in words(page), "SCSO no owner" in words(page)) == (True, False), "one a page"
    linked = opened("follow_ups", "coordinator", follow_up="F-2")
    assert (linked.session_state["page-follow-ups"], "SCSO no owner" in words(linked)) == (2, True)
    linked.session_state["page-follow-ups"] = 1
    linked.run()
    assert "SCSO no owner" not in words(linked)
    assert linked.run().session_state["page-follow-ups"] == 1
