"""The reports for funders on the Reports page."""

import re
from pathlib import Path

from cwac.funders import panel as funders
from cwac.settings import Rules
from tests.web import plan
from tests.web.conftest import Serve, closed_to_strangers, opened, sent, words

SNAPSHOT = plan.snapshot()


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
