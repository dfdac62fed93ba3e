"""The Reports page: quarters, the picture of the printed page, downloads."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from cwac.analysis.quarter import quarter
from cwac.settings import Rules, Settings
from cwac.web.sections import reports
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened, words

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
    answer = quarter(SNAPSHOT, "2026-Q4", None, Rules())
    (page,) = reports.pages(SNAPSHOT, "2026-Q4", None, Rules(), _report=answer)
    width, height = (int.from_bytes(page[start : start + 4], "big") for start in (16, 20))
    assert (page[:8], width, height) == (b"\x89PNG\r\n\x1a\n", 1224, 1584)


def test_picture_is_drawn_only_while_the_viewer_looks_at_it(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "liaison", agency="WPD").run()
    assert page.get("image") == []
    page.session_state["preview"] = True
    (picture,) = page.run().get("image")
    assert picture.proto.imgs[0].alt.startswith(
        "Page 1 of the report. Coffee with a Cop, 2026-Q4, Weed Police Department. 2 events held in the quarter"
    )
    page.session_state["preview"] = False
    assert page.run().get("image") == []


def test_figures_table_matches_the_quarter() -> None:
    columns = reports.report(SNAPSHOT, "2026-Q4", "SCSO", Rules()).figures
    lines = list(zip(*(columns[name] for name in ("Figure", "2026-Q4", "2026-Q3")), strict=True))
    assert lines[:2] == [("Events held", "1", "0"), ("Events cancelled", "1", "0")]
    assert "Guests per officer-hour  \n0 of 1 events known in full; 8 are needed" in [
        str(name).replace("\\", "") for name in columns["Figure"]
    ]


def test_page_shows_the_quarter_and_offers_every_format(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "liaison", agency="WPD")
    assert not page.exception
    assert "Weed Police Department." in words(page)
    assert "Change over time: too few events to say" in words(page)
    assert [element.proto.label for element in page.get("download_button")] == [
        "PDF to print", "Excel, with charts", "Figures as CSV", "Events", "Staffing", "Attendance", "Follow-ups",
    ]  # fmt: skip
