"""Sheet health: one row per mistake, however often it was made."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from cwac.access import COORDINATOR, Kind, Viewer, restrict
from cwac.analysis.cells_to_fix import cells_to_fix
from cwac.model import PROBLEM_KEYS, Problem
from cwac.settings import Settings
from cwac.web.sections import sheet_health
from cwac.web.sections.sheet_health import Mistake
from tests.cases import each
from tests.web import plan
from tests.web.conftest import closed_to_strangers, opened, words

BASE = plan.snapshot()


def problem(row: int, advice: str, severity: str = "error", column: str = "Date", found: str | None = "x") -> Problem:
    return Problem(severity, "unreadable", "Events", row, column, f"B{row}", found, advice)  # type: ignore[arg-type]


def lines(*problems: Problem) -> list[tuple[str, str, list[str | None]]]:
    made = sheet_health.mistakes(replace(BASE, problems=problems))
    return [(mistake.severity, mistake.advice, [place.cell for place in mistake.places]) for mistake in made]


def test_same_advice_is_one_row() -> None:
    assert lines(*(problem(row, "Type the day.") for row in range(2, 42))) == [
        ("error", "Type the day.", [f"B{row}" for row in range(2, 42)])
    ]


def test_advice_that_differs_only_in_days_numbers_and_quotes_is_one_row() -> None:
    held = 'Held on {}, row {} of "{}": type how many came.'
    assert lines(
        problem(2, held.format("3/15/2025", 7, "Weed")), problem(3, held.format("6/11/2025", 19, "Yreka"))
    ) == [("error", "Held on …, row … of …: type how many came.", ["B2", "B3"])]


def test_single_problem_keeps_its_details() -> None:
    assert lines(problem(2, "Row 14 has this ID.")) == [("error", "Row 14 has this ID.", ["B2"])]


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
    made = sheet_health.mistakes(BASE)
    assert sorted(map(repr, (place for mistake in made for place in mistake.places))) == sorted(
        map(repr, BASE.problems)
    )


def test_problems_are_filtered_by_agency() -> None:
    mine = sheet_health.mistakes_of(BASE, "CHP-MS")
    # B8 of Staffing is left out, and names WPD.
    assert [place.cell for mistake in mine for place in mistake.places if place.severity == "error"] == ["D2", "B3"]
    assert sheet_health.mistakes_of(BASE, None) == sheet_health.mistakes(BASE)


def test_place_links_to_a_few_cells() -> None:
    places = tuple(replace(problem(row, ""), link=f"https://docs.google.com/x#range=B{row}") for row in range(2, 10))
    where = sheet_health._where(Mistake((), "error", "unreadable", "Events", "Date*", "", places))
    assert where == (
        "Events, Date\\*: [B2](https://docs.google.com/x#range=B2) [B3](https://docs.google.com/x#range=B3) "
        "[B4](https://docs.google.com/x#range=B4) [B5](https://docs.google.com/x#range=B5) "
        "[B6](https://docs.google.com/x#range=B6) and 3 more"
    )


def test_typed_text_is_escaped_and_listed_once() -> None:
    texts = ["*", "*", None, "b", "c" * 80, "d"]
    places = tuple(problem(row, "", found=text) for row, text in enumerate(texts, start=2))
    mistake = Mistake((), "error", "unreadable", "Events", "Date", "", places)
    assert sheet_health._typed(mistake) == f"\\*, b, {'c' * 59}…, …"


def test_download_rows_have_every_column() -> None:
    rows = sheet_health.problem_rows(BASE)
    assert len(rows) == len(BASE.problems)
    assert set(rows[0]) == set(sheet_health.COLUMNS)


def owned(row: int, *agencies: str, candidates: tuple[str, ...] = ()) -> Problem:
    return replace(problem(row, "Type the day."), agencies=agencies, candidates=candidates)


def test_agency_sees_its_own_and_unassigned_problems() -> None:
    sheet = replace(BASE, problems=(owned(2, "WPD"), owned(3, "CHP-MS", "WPD"), owned(4, "SCSO"), owned(5)))
    cells = {
        agency: [place.cell for mistake in sheet_health.mistakes_of(sheet, agency) for place in mistake.places]
        for agency in ("WPD", "CHP-MS", "SCSO", "KGB", None)
    }
    assert cells == {
        "WPD": ["B3", "B2", "B5"],
        "CHP-MS": ["B3", "B5"],
        "SCSO": ["B4", "B5"],
        "KGB": ["B5"],
        None: ["B3", "B4", "B2", "B5"],
    }


def test_mistakes_are_grouped_by_owner_before_severity_and_notices_come_last() -> None:
    sheet = replace(
        BASE,
        problems=(
            owned(2),
            replace(owned(3, "WPD"), severity="notice"),
            replace(owned(4, "CHP-MS"), severity="warning"),
            owned(5, "WPD"),
            owned(6, "CHP-MS"),
            owned(7, "CHP-MS", "WPD"),
        ),
    )
    listed = [(mistake.agencies, [place.cell for place in mistake.places]) for mistake in sheet_health.mistakes(sheet)]
    assert listed == [
        (("CHP-MS",), ["B6"]),
        (("CHP-MS",), ["B4"]),
        (("CHP-MS", "WPD"), ["B7"]),
        (("WPD",), ["B5"]),
        ((), ["B2"]),
        (("WPD",), ["B3"]),
    ]
    assert sheet_health.cells_words(sheet_health.mistakes(sheet)) == "5 cells to fix · 1 notice"


@each(
    ("agencies", "words"),
    [
        ((), "Everybody"),
        (("WPD",), "WPD"),
        (("CHP-MS", "WPD"), "CHP-MS (planted-role), WPD"),
        (("KGB",), "KGB"),
        (tuple("ABCDEF"), "A, B, C, D, E, …"),
    ],
)
def test_owner_is_named_with_the_role_of_its_liaison(agencies: tuple[str, ...], words: str) -> None:
    assert sheet_health.owner_words(agencies, BASE).replace("\\", "") == words


@pytest.mark.parametrize(
    ("kind", "agency", "sentence"),
    [
        ("coordinator", None, ""),
        (
            "coordinator",
            "WPD",
            "Not shown here: 1 cell to fix in the rows of other agencies: choose All agencies to see them.",
        ),
        ("coordinator", "SCSO", ""),
        ("liaison", None, "What is wrong in the rows of other agencies is shown to them and to coordinators."),
        ("liaison", "SCSO", "What is wrong in the rows of other agencies is shown to them and to coordinators."),
    ],
)
def test_hidden_problems_are_mentioned(kind: Kind, agency: str | None, sentence: str) -> None:
    sheet = replace(BASE, problems=(owned(2, "SCSO"), owned(3)))
    assert sheet_health.not_shown(sheet, kind, agency) == sentence
    assert sheet_health.whole_sheet(kind, agency) == ((kind, agency) == ("coordinator", None))


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


@each("agency", [None, "WPD", "SCSO", "CHP-MS"])
@each("who", ["coordinator", "liaison"])
def test_overview_and_sheet_health_give_the_same_number(
    serve: Callable[[Settings], None], plan_file: Path, who: str, agency: str | None
) -> None:
    serve(closed_to_strangers(plan_file))
    query = {"agency": agency} if agency else {}
    health = opened("sheet_health", who, **query)
    (cells,) = re.findall(r"\*\*(\d+) cells? to fix", words(health))
    (link,) = [
        link.proto.label
        for link in opened("overview", who, **query).get("page_link")
        if "rows read" in link.proto.label
    ]
    assert f" · {cells} cell" in link
    owners = next(table for table in health.table if "First cell" in table.value)
    assert sum(map(int, owners.value["Cells to fix"])) == int(cells)


def test_every_cell_to_fix_belongs_to_one_owner() -> None:
    made = [mistake for mistake in sheet_health.mistakes(BASE) if mistake.severity != "notice"]
    by_owner: dict[tuple[str, ...], list[Problem]] = {}
    for mistake in made:
        by_owner.setdefault(mistake.agencies, []).extend(mistake.places)
    assert sum(map(cells_to_fix, by_owner.values())) == cells_to_fix(BASE.problems) == 5
