"""The Reports page: quarters, the picture of the printed page, downloads."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from cwac.analysis.quarter import quarter
from cwac.settings import Rules, Settings
from cwac.web.sections import reports
from tests.web import plan
from tests.web.conftest import closed_to_strangers, line_words, opened, sent, words

Serve = Callable[[Settings], None]
SNAPSHOT = plan.snapshot()


@pytest.mark.parametrize(
    ("days", "found"),
    [
        ([], ()),
        ([plan.TODAY + dt.timedelta(days=40)], ()),
        ([plan.TODAY], ("2026-Q4",)),
        ([dt.date(2026, 2, 1), plan.TODAY], ("2026-Q3", "2026-Q4", "2026-Q2", "2026-Q1")),
    ],
)
def test_last_whole_quarter_is_listed_first(days: list[dt.date], found: tuple[str, ...]) -> None:
    events: plan.Rows = [["Event ID", "Date", "Status"]]
    events += [[f"E-{number}", plan.serial(day), "Confirmed"] for number, day in enumerate(days)]
    assert reports.quarters(plan.snapshot(Events=events)) == found


def test_picture_is_one_letter_page() -> None:
    (page,) = reports.printed(SNAPSHOT, "2026-Q4", None, Rules()).pictures
    width, height = (int.from_bytes(page[start : start + 4], "big") for start in (16, 20))
    assert (page[:8], width, height) == (b"\x89PNG\r\n\x1a\n", 1224, 1584)


def test_picture_is_drawn_only_while_the_viewer_looks_at_it(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "liaison", agency="WPD").run()
    assert page.get("image") == []
    page.session_state["preview"] = True
    (picture,) = page.run().get("image")
    assert picture.proto.imgs[0].alt.startswith(
        "Page 1 of the report. Coffee with a Cop, Q4 2026 (Oct–Dec), Weed Police Department. 2 events held in the "
        "quarter"
    )
    page.session_state["preview"] = False
    assert page.run().get("image") == []


def test_figures_table_matches_the_quarter() -> None:
    table = reports.figures_table(quarter(SNAPSHOT, "2026-Q4", "SCSO"))
    assert table["columns"] == ["Figure", "Q4 2026", "Q3 2026", "Change", "How it is made"]
    lines = [tuple(map(line_words, row[:3])) for row in table["rows"]]
    assert lines[:2] == [("Events held", "1", "0"), ("Events canceled", "1", "0")]
    assert "Guests per officer-hour\n0 of 1 events complete; 8 are needed" in [line[0] for line in lines]


def test_every_tile_says_the_quarter_before_in_one_form_and_what_a_figure_lacks() -> None:
    tiles = reports.tiles(quarter(SNAPSHOT, "2026-Q4"))["tiles"]
    assert [line_words(tile["name"]) for tile in tiles] == [
        "Events held", "Guests counted in all", "Typical guests at an event", "Officer-hours", "Towns reached",
    ]  # fmt: skip
    assert (tiles[0]["value"], line_words(tiles[0]["note"])) == ("2", "0 in Q3 2026")
    assert line_words(tiles[1]["note"]) == "1 of 2 open-ended, 1 not counted"


def test_quarters_are_named_in_words() -> None:
    assert reports.titles(("2026-Q3",)) == {"2026-Q3": "Q3 2026 (Jul–Sep)"}


def test_page_shows_the_quarter_and_offers_every_format(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "liaison", agency="WPD")
    assert not page.exception
    assert "Weed Police Department." in words(page)
    assert "Change over time: too few events to say" in words(page)
    assert [element.proto.label for element in page.get("download_button")] == [
        "PDF to print", "Excel, with charts", "Figures as CSV", "Events", "Staffing", "Attendance", "Follow-ups",
    ]  # fmt: skip


def test_picture_is_made_only_when_asked_for(serve: Serve, plan_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made: list[object] = []
    to_pngs = reports.to_pngs
    monkeypatch.setattr(reports, "to_pngs", lambda answer: made.append(answer) or to_pngs(answer))
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "coordinator")
    assert made == []
    assert b"Page 1 of the report" not in sent(page)
    page = opened("reports", "coordinator", preview="true")
    assert len(made) == 1
    assert b"Page 1 of the report" in sent(page)


def test_of_a_long_report_the_first_pages_are_pictures() -> None:
    pages = [bytes([number]) for number in range(reports.MOST_PICTURES + 3)]
    assert reports.first_pages(pages) == reports.Printed(tuple(pages[: reports.MOST_PICTURES]), more=True)
    assert reports.first_pages(pages[:1]) == reports.Printed((pages[0],), more=False)
