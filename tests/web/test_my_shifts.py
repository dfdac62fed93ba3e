"""My shifts: an officer's next shift, the later ones, and their calendar."""

import datetime as dt
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from cwac.analysis.staffing import duties
from cwac.settings import Settings
from cwac.web.sections import my_shifts
from tests.web import plan
from tests.web.conftest import blocks, closed_to_strangers, opened, words

Serve = Callable[[Settings], None]


@pytest.fixture
def local(serve: Serve, plan_file: Path) -> None:
    serve(closed_to_strangers(plan_file, public=True))


def labels(page: AppTest) -> list[str]:
    """The officers whom the page offers."""
    lines = [line for block in blocks(page) for card in block.get("cards", ()) for line in card["lines"]]
    return [piece["query"]["officer"] for line in lines for piece in line if isinstance(piece, dict)]


@pytest.mark.usefixtures("local")
def test_coordinator_chooses_among_all_officers_and_a_liaison_among_their_own() -> None:
    everybody = labels(opened("my_shifts", "coordinator"))
    own = labels(opened("my_shifts", "liaison"))
    assert set(own) < set(everybody)
    assert own
    assert {label.partition(" (")[0].rpartition(", ")[2] for label in own} == {"WPD"}


@pytest.mark.usefixtures("local")
def test_strangers_get_no_shifts() -> None:
    assert "This page is not open to you" in words(opened("my_shifts", "stranger"))


@pytest.mark.usefixtures("local")
def test_next_shift_says_when_to_report_where_and_with_whom() -> None:
    label = next(label for label in labels(opened("my_shifts", "coordinator")) if "WPD" in label)
    page = opened("my_shifts", "coordinator", officer=label)
    (card,) = next(block for block in blocks(page) if block.get("label") == "Next shift")["cards"]
    assert card["large"]
    text = words(page)
    assert "Report at " in text
    assert "Weed Starbucks" in text
    assert "With " in text


@pytest.mark.parametrize(
    ("report", "release", "words"),
    [
        (None, None, "time not known (event 8:00–9:30 AM)"),
        (dt.time(8), dt.time(9, 30), "8:00–9:30 AM"),
        (dt.time(7, 30), dt.time(10), "7:30–10:00 AM (event 8:00–9:30 AM)"),
    ],
)
def test_heading_of_a_shift_has_its_own_times(report: dt.time | None, release: dt.time | None, words: str) -> None:
    duty = duties(plan.snapshot(), plan.TODAY)[0]
    event = replace(duty.event, start=dt.time(8), end=dt.time(9, 30))
    shift = replace(duty, event=event, report=report, release=release)
    assert my_shifts.shift_when(shift, plan.TODAY).partition(" · ")[2] == words


def test_report_time_that_is_the_start_is_said_to_be() -> None:
    snapshot = plan.snapshot()
    duty = duties(snapshot, plan.TODAY)[0]
    at_start = replace(duty, report=duty.event.start, release=None)
    assert my_shifts.report_words(at_start) == "Report at the start, 8:00 AM"
    assert my_shifts.report_words(replace(at_start, report=dt.time(7, 30))) == "Report at 7:30 AM"
    assert my_shifts.report_words(replace(at_start, report=None)) == "Report time not known"


def test_officer_whose_name_has_a_comma_or_parentheses_keeps_it_whole(serve: Serve, tmp_path: Path) -> None:
    rows = plan.tabs()["Officers"][:1]
    rows += [["OF-01", "Smith, J.", "Officer", "WPD"], ["OF-02", "B. Demo (K9)", "Officer", "SCSO"]]
    serve(closed_to_strangers(plan.save(tmp_path / "plan.xlsx", Officers=rows)))
    (choice,) = [
        block for block in blocks(opened("my_shifts", "coordinator")) if block["label"] == "Officers by agency"
    ]
    offered = {card["title"][0]["name"]: [piece["text"] for piece in card["lines"][0]] for card in choice["cards"]}
    assert "Smith, J." in offered["WPD"]
    assert "B. Demo (K9)" in offered["SCSO"]
    page = opened("my_shifts", "coordinator", officer="Smith, J., WPD (OF-01)")
    assert "Report at " in words(page)
    assert "shifts-Smith-J" in str([element.proto for element in page.get("download_button")])


@pytest.mark.usefixtures("local")
def test_liaison_is_told_to_choose_another_agency_than_one_whose_officers_are_not_theirs() -> None:
    assert "No officer of CHP-MS to show here." in words(opened("my_shifts", "liaison", agency="CHP-MS"))
