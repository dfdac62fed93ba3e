"""Fix the sheet: one row per mistake, however often it was made, and how the sheet is read."""

import datetime as dt
import tomllib
from dataclasses import replace
from pathlib import Path

import pytest

from cwac import access
from cwac.access import COORDINATOR, Kind, Viewer, restrict
from cwac.analysis.cells import ColumnQuestion, asked_tabs, column_questions, settings_lines
from cwac.model import PROBLEM_KEYS, ColumnReading, Problem, Snapshot, Tab, TableReading, Workbook
from cwac.sheet.reader import read_workbook
from cwac.web.sections import sheet_health
from cwac.web.sections.sheet_health import MistakeOfAgency
from tests.cases import each
from tests.web import plan
from tests.web.conftest import Serve, closed_to_strangers, line_words, links_of, opened, sent
from tests.web.screen_text import own_names
from tests.web.served import serving_locally, session

BASE = plan.snapshot()


def problem(row: int, advice: str, severity: str = "error", column: str = "Date", found: str | None = "x") -> Problem:
    return Problem(severity, "unreadable", "Events", row, column, f"B{row}", found, advice)  # type: ignore[arg-type]


def lines(*problems: Problem) -> list[tuple[str, str, list[str | None]]]:
    made = sheet_health.mistakes(replace(BASE, problems=problems))
    return [(mistake.severity, mistake.advice, [place.cell for place in mistake.places]) for mistake in made]


@each(("number", "likewise"), [(1, ""), (2, " Likewise for the other one."), (1001, " Likewise for the other 1,000.")])
def test_advice_that_differs_only_in_days_numbers_and_quotes_is_one_row_and_reads_as_sentences(
    number: int, likewise: str
) -> None:
    held = 'Held on 3/15/2025, row {} of "Weed {}": type how many came.'
    ((_, advice, cells),) = lines(*(problem(row, held.format(row, row)) for row in range(2, 2 + number)))
    assert (advice, len(cells)) == (f'Held on 3/15/2025, row 2 of "Weed 2": type how many came.{likewise}', number)


def test_rows_are_sorted_by_severity_then_frequency() -> None:
    assert lines(
        problem(2, "Did you mean Weed?", "warning"),
        problem(3, "Did you mean Yreka?", "warning"),
        problem(4, "Did you mean Yreka?", "warning"),
        problem(5, "Did you mean Weed?", "warning", "Venue"),
        problem(6, "Type the day."),
    ) == [
        ("error", "Type the day.", ["B6"]),
        ("warning", "Did you mean Yreka?", ["B3", "B4"]),
        ("warning", "Did you mean Weed?", ["B2"]),
        ("warning", "Did you mean Weed?", ["B5"]),
    ]


def test_every_problem_is_in_exactly_one_row() -> None:
    places = [place for mistake in sheet_health.mistakes(BASE) for place in mistake.places]
    assert sorted(map(repr, places)) == sorted(map(repr, BASE.problems))


def mistake(*places: Problem, owner: str | None = None, others: tuple[str, ...] = ()) -> MistakeOfAgency:
    return MistakeOfAgency(owner, others, "error", "unreadable", "Events", "Date*", "", places)


def test_place_links_to_a_few_cells() -> None:
    places = [replace(problem(row, ""), link=f"https://docs.google.com/x#range=B{row}") for row in range(2, 10)]
    assert line_words(sheet_health.where(mistake(problem(2, "")))) == "Error Events, Date*: B2", "without an address"
    where = sheet_health.where(mistake(*places))
    assert line_words(where) == "Error Events, Date*: Edit B2, B3, B4, B5, B6 and 3 more"
    assert [link["url"] for link in links_of(where)] == [
        f"https://docs.google.com/x#range=B{row}" for row in range(2, 7)
    ]


def test_typed_text_is_listed_once_and_cut() -> None:
    texts = ["*", "*", None, "b", "c" * 80, "d"]
    places = [problem(row, "", found=text) for row, text in enumerate(texts, start=2)]
    assert sheet_health.typed_words(mistake(*places)) == f"*, b, {'c' * 59}…, …"


def owned(row: int, *agencies: str, candidates: tuple[str, ...] = ()) -> Problem:
    return replace(problem(row, "Type the day."), agencies=agencies, candidates=candidates)


def test_agency_sees_its_own_and_unassigned_problems() -> None:
    sheet = replace(BASE, problems=(owned(2, "WPD"), owned(3, "CHP-MS", "WPD"), owned(4, "SCSO"), owned(5)))
    cells = {
        agency: [place.cell for mistake in sheet_health.mistakes_of(sheet, agency) for place in mistake.places]
        for agency in ("WPD", "CHP-MS", "SCSO", "KGB", None)
    }
    of_agencies = {"WPD": ["B2", "B3", "B5"], "CHP-MS": ["B3", "B5"], "SCSO": ["B4", "B5"], "KGB": ["B5"]}
    assert cells == of_agencies | {None: ["B3", "B4", "B2", "B5"]}


def test_errors_come_first_by_owner_and_tab_then_warnings_and_notices_come_last() -> None:
    problems = [owned(2), owned(5, "WPD"), owned(6, "CHP-MS"), owned(7, "CHP-MS", "WPD")]
    problems += [replace(owned(3, "WPD"), severity="notice"), replace(owned(4, "CHP-MS"), severity="warning")]
    problems.append(replace(owned(2, "CHP-MS"), tab="Attendance", cell="D2"))
    made = sheet_health.mistakes(replace(BASE, problems=tuple(problems)))
    assert [(mistake.owner, mistake.others, [place.cell for place in mistake.places]) for mistake in made] == [
        ("CHP-MS", ("WPD",), ["B6", "B7"]),
        ("CHP-MS", (), ["D2"]),
        ("WPD", (), ["B5"]),
        (None, (), ["B2"]),
        ("CHP-MS", (), ["B4"]),
        ("WPD", (), ["B3"]),
    ]


def test_row_of_several_agencies_has_one_owner_the_viewers_own_if_it_is_among_them() -> None:
    row = owned(2, "CHP-MS", "WPD", "SCSO")
    assert [sheet_health.owner_of(row, own) for own in ((), ("WPD",), ("YPD",), ("SCSO", "WPD"))] == [
        "CHP-MS", "WPD", "CHP-MS", "WPD",
    ]  # fmt: skip
    assert sheet_health.owner_of(owned(2)) is None


def test_long_list_of_agencies_is_cut() -> None:
    row = mistake(problem(2, ""), owner="A", others=tuple("BCDEFGH"))
    (cells,) = sheet_health.mistakes_table([row], BASE, "caption")["rows"]
    assert line_words(cells[1]) == "Awith B, C, D, E, F, …"


OWNED = replace(
    BASE,
    problems=(
        owned(2, "WPD"), owned(3, "CHP-MS", "WPD"), owned(4, "CHP-MS"), owned(5), owned(6, "CHP-MS", "SCSO"),
        owned(7, "WPD"), owned(7, "WPD"), owned(8, "CHP-MS", "WPD"),
    ),
)  # fmt: skip


def test_coordinator_and_agency_read_the_same_two_numbers_of_an_agency() -> None:
    block = sheet_health.owners(sheet_health.mistakes_of(OWNED, None), OWNED)
    assert [[line_words(cell) for cell in row["cells"]] for row in block["rows"]] == [
        ["CHP-MS", "4 cells", "planted-role"],
        ["WPD", "leads 2, takes part in 2 more", ""],
        ["SCSO", "leads 0, takes part in 1 more", ""],
        ["No one agency", "1 cell", ""],
    ]
    own = {agency: sheet_health.summary(access.concerning(OWNED.problems, {agency}), [agency]) for agency in AGENCIES}
    assert own == {
        "CHP-MS": "CHP-MS: 4 cells · no one agency: 1",
        "WPD": "WPD: leads 2, takes part in 2 more · no one agency: 1",
        "SCSO": "SCSO: leads 0, takes part in 1 more · no one agency: 1",
        "EPD": "no one agency: 1",
    }


AGENCIES = ("CHP-MS", "WPD", "SCSO", "EPD")


@each(
    ("advice", "shown"),
    [
        ("No venue of that name: correct it, or add it to the Venues tab.",
         "No venue of that name: correct it, or add it to the Venues tab (A16)."),
        ("No officer of that name: correct it, or add it to the Officers tab.",
         "No officer of that name: correct it, or add it to the Officers tab."),
    ],
)  # fmt: skip
def test_advice_to_add_to_a_list_names_the_first_free_cell_but_says_nothing_of_officers(
    advice: str, shown: str
) -> None:
    free = replace(BASE, free_rows={"Venues": 16, "Officers": 30}, problems=(problem(2, advice),))
    assert [mistake.advice for mistake in sheet_health.mistakes(free)] == [shown]


def test_many_agencies_take_eight_rows_and_the_others_wait_behind_one() -> None:
    sheet = replace(BASE, problems=tuple(owned(row, f"PD{row}") for row in range(2, 22)))
    block = sheet_health.owners(sheet_health.mistakes_of(sheet, None), sheet)
    assert (len(block["rows"]), block["limit"], block["narrow"]) == (20, 8, 8)


@each(
    ("severities", "headline"),
    [
        ([], "Nothing to fix."),
        (["notice"], "Nothing to fix."),
        (["error"], "1 cell to fix: it is left out."),
        (["warning"], "1 cell to fix: it is used as read."),
        (["warning", "warning", "notice"], "2 cells to fix: they are used as read."),
        (["error", "warning"], "2 cells to fix: 1 is left out, 1 is used as read."),
        (["error", "error", "warning"], "3 cells to fix: 2 are left out, 1 is used as read."),
    ],
)
def test_headline_says_how_many_cells_to_fix_and_how_many_are_not_used(severities: list[str], headline: str) -> None:
    problems = tuple(problem(row, "Type the day.", severity) for row, severity in enumerate(severities, start=2))
    assert sheet_health.headline(sheet_health.mistakes(replace(BASE, problems=problems))) == headline


HIDDEN = "Not shown here: 1 cell to fix in the rows of other agencies: choose All agencies to see them."
OTHERS = "What is wrong in the rows of other agencies is shown to them and to coordinators."


@each(
    ("kind", "agency", "sentence"),
    [
        ("coordinator", None, ""),
        ("coordinator", "WPD", HIDDEN),
        ("coordinator", "SCSO", ""),
        ("liaison", None, OTHERS),
        ("liaison", "SCSO", OTHERS),
    ],
)
def test_hidden_problems_are_mentioned(kind: Kind, agency: str | None, sentence: str) -> None:
    sheet = replace(BASE, problems=(owned(2, "SCSO"), owned(3)))
    assert sheet_health.not_shown(sheet, kind, agency) == sentence


def test_download_advice_names_no_candidates_to_liaisons() -> None:
    row = owned(2, "WPD", candidates=("OF-01", "OF-02"))
    advice = {}
    for viewer in (COORDINATOR, Viewer("liaison", ("CHP-MS",)), Viewer("liaison", ("WPD",))):
        share = replace(restrict(BASE, viewer), problems=(row,))
        (written,) = sheet_health.problem_rows(share)
        assert tuple(written) == PROBLEM_KEYS
        advice[viewer.agencies] = (written["advice"], written["agencies"])
    assert advice == {
        (): ("Type the day. Did you mean A. Plantedsample (OF-01) or B. Planteddemo (OF-02)?", ["WPD"]),
        ("CHP-MS",): ("Type the day. Did you mean A. Plantedsample (OF-01)?", ["WPD"]),
        ("WPD",): ("Type the day. Did you mean A. Plantedsample (OF-01)?", ["WPD"]),
    }


# --- how the sheet is read --------------------------------------------------------------------------------------------


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
