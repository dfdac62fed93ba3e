"""How your sheet is read, on the page Fix the sheet."""

import datetime as dt
import tomllib
from pathlib import Path

import pytest

from cwac.access import COORDINATOR, Viewer, restrict
from cwac.analysis.cells import ColumnQuestion, asked_tabs, column_questions, settings_lines
from cwac.model import ColumnReading, Problem, Snapshot, Tab, TableReading, Workbook
from cwac.sheet.reader import read_workbook
from tests.web import plan
from tests.web.conftest import Serve, closed_to_strangers, opened, sent
from tests.web.screen_text import own_names
from tests.web.served import serving_locally, session


def test_liaison_sees_no_header_no_example_cell_and_no_question(serve: Serve, tmp_path: Path) -> None:
    """What each viewer is shown instead is written down in `screens/own_names.txt`."""
    serve(own_names(tmp_path))
    for viewer in ("liaison", "stranger"):
        page = sent(opened("sheet_health", viewer))
        assert [word for word in (b"Planted", b"Crewing", b"Snacks") if word in page] == [], viewer


def test_tab_is_asked_about_whatever_its_title_says_and_not_where_events_run_across() -> None:
    events = [["Date", "Time", "Place", "Town"], ["9/2/2025", "9am", "Park", "Weed"]]
    days = [["Date", "Topic"], ["9/2/2025", "music"], ["9/3/2025", "art"]]
    grid = [["Week", "9/2/2025", "9/9/2025", "9/16/2025"], ["Topic", "music", "art", "dance"]]
    tabs = (Tab("Events", events), Tab("Its events run across: one row", days), Tab("Grid", grid))
    snapshot = read_workbook(Workbook("", dt.datetime(2025, 11, 25, tzinfo=dt.UTC), "UTC", tabs), dt.date(2025, 11, 25))
    unused = [problem.found for problem in snapshot.problems if problem.code == "unused-tab"]
    assert unused == ["Its events run across: one row", "Grid"]
    assert asked_tabs(snapshot) == ["Its events run across: one row"]


def test_names_of_the_sheet_are_lines_of_toml_without_characters_that_hide_others() -> None:
    a = ColumnReading("A", 'a"\nb = 1', perhaps="Officers")
    b = ColumnReading("B", "x\u202ey", perhaps="Officers")
    known = ColumnReading("A", "XY", meaning="Venue", by="settings")
    tab = Problem("error", "unused-tab", None, None, None, None, "Id\neas", "", perhaps="Events")
    snapshot = Snapshot(
        "", dt.datetime(2025, 11, 25, tzinfo=dt.UTC), "UTC", dt.date(2025, 11, 25), problems=(tab,),
        reading=(TableReading("F\nall", "Events", 1, 3, (a, b)), TableReading("Y", "Events", 1, 1, (known,))),
    )  # fmt: skip

    def lines_for(viewer: Viewer) -> str:
        seen = restrict(snapshot, viewer)
        return settings_lines(column_questions(seen.reading), asked_tabs(seen))

    lines = lines_for(COORDINATOR)
    assert lines == '[columns]\n"a\\" b = 1" = "Officers"\n"F all!xy" = "Officers"\n\n[tabs]\n"Id eas" = "Events"'
    assert tomllib.loads(lines) == {
        "columns": {'a" b = 1': "Officers", "F all!xy": "Officers"},
        "tabs": {"Id eas": "Events"},
    }
    assert lines_for(Viewer("liaison", ("WPD",))) == ""


def test_header_that_every_tab_asks_about_is_one_question() -> None:
    crewing = ColumnReading("C", "Crewing", perhaps="Officers", cells=("Sample",))
    snapshot = Snapshot(
        "", dt.datetime(2025, 11, 25, tzinfo=dt.UTC), "UTC", dt.date(2025, 11, 25),
        reading=tuple(TableReading(month, "Events", 1, 3, (crewing,)) for month in ("Oct", "Nov")),
    )  # fmt: skip
    assert column_questions(snapshot.reading) == [
        ColumnQuestion("Crewing", "Oct, column C", "Crewing", ("Sample",), "Officers")
    ]


def refused_sheet(path: Path) -> Path:
    events = [["Date", "Topic", "Crewing"], ["1/6/2027", "planted cocoa", "Sgt. Planted-Vega"]]
    return plan.save_tabs(path, {"Planted plan": events, "Planted costs": [["Item", "Cost"], ["planted cups", 3]]})


@pytest.mark.slow
def test_set_up_page_at_this_machine_asks_which_tab_lists_the_events_with_its_cells_and_columns(tmp_path: Path) -> None:
    workbook = refused_sheet(tmp_path / "ideas.xlsx")
    with serving_locally(workbook) as served, session(served) as ours, session(served, key=False) as theirs:
        page = ours.open()
        lines = '[columns]\n"Crewing" = "Officers"\n\n[tabs]\n"Planted plan" = "Events"'
        cells = ("1/6/2027, planted cocoa", "Sgt. Planted-Vega", "Date, by its name")
        asked = ("Which tab lists the events?", *cells, lines)
        assert [shown for shown in asked if page.holds(shown)] == list(asked)
        assert not page.holds("Planted costs")
        assert not any(theirs.open().holds(shown) for shown in ("lanted", "Crewing", "[tabs]", "[columns]"))


@pytest.mark.slow
@pytest.mark.parametrize("viewer", ["coordinator", "liaison", "stranger"])
def test_set_up_page_elsewhere_shows_no_title_and_no_cell(serve, tmp_path: Path, viewer: str) -> None:
    serve(closed_to_strangers(refused_sheet(tmp_path / "ideas.xlsx")))
    page = opened("overview", viewer)
    assert not any(word in sent(page) for word in (b"lanted", b"Crewing", b"[tabs]", b"[columns]"))
    assert (b"a column of days was looked for" in sent(page)) is (viewer != "stranger")
