"""The Reports page: quarters, the picture of the printed page, downloads."""

import datetime as dt
from pathlib import Path

from cwac.analysis import quarter as quarters
from cwac.settings import Rules
from cwac.web.sections import reports
from tests.web import plan
from tests.web.conftest import Serve, closed_to_strangers, opened

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
