"""`cwac template`: the blank workbook and the sample."""

import json
from pathlib import Path

import openpyxl
import pytest

from tests.cases import each
from tests.cli.plan import ON, refusal, run


@pytest.mark.slow
def test_template_is_blank_or_the_sample_and_replaces_a_file_only_with_force(plan):
    before = Path(plan).read_bytes()
    assert "plan.xlsx is there already" in refusal("template", "plan.xlsx")
    assert Path(plan).read_bytes() == before
    result = run("template", "plan.xlsx", "--force")
    assert (result.stdout, result.stderr) == ("", "Written to plan.xlsx.\n")
    tabs = json.loads(run("check", "plan.xlsx", "--format", "json").stdout)["tabs"]
    assert {tab["rows"] - tab["skipped"] for tab in tabs.values()} == {0}
    run("template", "new.xlsx", "--sample", "--on", ON)
    assert run("export", "events", "new.xlsx", "--on", ON).stdout == run("export", "events", "--on", ON).stdout


def test_lists_of_a_sheet_without_lists_have_one_row_each_with_spellings_as_aliases(tmp_path):
    rows = [
        ["When", "Town", "Where", "Host dept", "Who is going?"],
        ["9/2/2026", "Weed", "Black Bear", "Weed PD", "Vega; Hall (SCSO)"],
        ["9/16/2026", "WEED", "black bear", "Weed Police Dept", "Vega, OF-082"],
        ["10/7/2026", "Weed", "Grange", "WPD", "Mora"],
        ["10/14/2026", "Etna", "Grange", "SCSO", "Hall"],
    ]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    book.save(tmp_path / "own.xlsx")
    result = run("template", "--from", str(tmp_path / "own.xlsx"), "-o", "lists.xlsx", "--on", ON)
    assert result.stderr == (
        "Written to lists.xlsx.\n"
        "Guessed by the events that they go to: the agency of Vega, OF-082 and Mora. Look over the tab Officers.\n"
    )
    lists = openpyxl.load_workbook("lists.xlsx")
    filled = {
        sheet.title: [
            [cell for cell in row if cell] for row in sheet.iter_rows(min_row=2, values_only=True) if any(row)
        ]
        for sheet in lists
    }
    assert filled == {
        "Agencies": [["Weed PD", "Weed PD", "Weed Police Dept; WPD"], ["SCSO", "SCSO"]],
        "Officers": [
            ["OF-01", "Vega", "Weed PD"],
            ["OF-02", "Hall", "SCSO"],
            ["OF-082", "OF-082", "Weed PD"],
            ["OF-04", "Mora", "Weed PD"],
        ],
        "Towns": [["Weed", "WEED"], ["Etna"]],
        "Venues": [["Black Bear", "black bear", "Weed"], ["Grange", "Weed"], ["Grange", "Etna"]],
    }


def test_lists_that_the_sheet_has_stay_as_they_are(plan):
    run("template", "--from", plan, "-o", "lists.xlsx")
    agencies = openpyxl.load_workbook("lists.xlsx")["Agencies"]
    assert [row[:2] for row in agencies.iter_rows(values_only=True, max_row=3)] == [
        ("Agency", "Name"),
        ("WPD", "Weed Police Department"),
        ("SCSO", "Sheriff's Office"),
    ]


@each("words", [[], ["a.xlsx", "-o", "b.xlsx"], ["a.xlsx", "--sample", "--from", "sample"]])
def test_template_writes_one_file_from_one_source(words):
    assert refusal("template", *words).endswith("either --sample or --from or neither.")
