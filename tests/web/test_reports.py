"""The Reports page: quarters, the picture of the printed page, downloads."""

import datetime as dt
from collections.abc import Callable
from pathlib import Path

import pytest

from cwac.analysis import quarter as quarters
from cwac.settings import Rules, Settings
from cwac.web.sections import reports
from tests.cases import each
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened

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


def test_page_says_which_quarter_it_shows_and_what_the_chief_gets(serve: Serve) -> None:
    serve(Settings())
    shown = {}
    for quarter in ("2026-Q4", "2026-Q3"):
        page = opened("reports", quarter=quarter)
        shown[quarter] = [line.value for line in page.markdown if "No officer is named" in line.value]
        assert "Two pages for the chief (PDF)" in [button.label for button in page.get("download_button")]
    rest = "The agency is chosen at the top. No officer is named."
    assert shown == {
        "2026-Q4": [f"The quarter is not over yet. {rest}"],
        "2026-Q3": [f"Q3 2026 is the last whole quarter. {rest}"],
    }


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


@each(
    ("quarter", "agency", "headline"),
    [
        ("2026-Q4", None, "October to December 2026: 2 events, about 24 guests, 1 officer-hour."),
        ("2026-Q3", None, "July to September 2026: no event was held."),
        (
            "2026-Q4",
            "WPD",
            "October to December 2026, Weed Police Department: 2 events, about 24 guests, 1 officer-hour.",
        ),
    ],
)
def test_headline_has_the_events_guests_and_hours_that_are_known(
    quarter: str, agency: str | None, headline: str
) -> None:
    assert reports.headline_words(quarters.quarter(SNAPSHOT, quarter, agency)) == headline
