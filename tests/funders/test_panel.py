"""The reports for funders on the Reports page."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from cwac.funders import panel as funders
from cwac.settings import Rules, Settings
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened, sent, words

Serve = Callable[[Settings], None]
SNAPSHOT = plan.snapshot()


@pytest.mark.slow
def test_report_for_a_funder_says_its_quarter_when_it_is_due_and_what_is_missing(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "liaison", **{"for": "ots-quarter"}, quarter="2026-Q4")
    assert not page.exception
    shown = words(page)
    assert "OTS quarterly report, quarter 1 of federal fiscal year 2027." in shown
    assert "Due Sat, Jan 30, 2027, 30 days after the quarter ends" in shown
    assert "have no Funding in the sheet and are not in here" in shown
    assert [element.proto.label for element in page.get("download_button")][:3] == [
        "PDF to print", "Excel", "Spreadsheet (CSV)",
    ]  # fmt: skip


def test_agency_report_asks_for_an_agency(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "liaison", **{"for": "agency"}, quarter="2026-Q4", agency="All agencies")
    assert "This report is of one agency. Choose it at the top." in words(page)
    page = opened("reports", "liaison", **{"for": "agency"}, quarter="2026-Q4", agency="WPD")
    assert "Weed Police Department, Q4 2026 (Oct–Dec)" in words(page)


def test_funding_is_chosen_by_a_key_that_says_nothing(serve: Serve, plan_file: Path) -> None:
    (key,) = funders.fundings_by_key(SNAPSHOT)
    assert re.fullmatch("[0-9a-f]{8}", key)
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "coordinator", **{"for": "nno"}, quarter="2026-Q4", funding=key)
    assert "whose Funding has “planted-funding”" in words(page).replace("\\", "")
    assert page.query_params["funding"] == key


def test_report_of_a_liaison_names_no_officer(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file))
    page = opened("reports", "coordinator", **{"for": "nno"}, quarter="2026-Q4")
    sent_to_them = sent(page)
    assert b"Evidence by criterion" in sent_to_them
    names = [officer.name.encode() for officer in SNAPSHOT.officers]
    assert names
    assert [name for name in names if name in sent_to_them] == []


def test_pictures_of_a_report_for_a_funder_are_letter_pages() -> None:
    pictures = funders.printed(SNAPSHOT, "nno", "2026-Q4", None, None, Rules()).pictures
    assert len(pictures) > 1
    assert {int.from_bytes(page[16:20], "big") for page in pictures} == {1224}
