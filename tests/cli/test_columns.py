"""`cwac columns`: what each tab and column is read as, in words and as JSON."""

import datetime as dt
import json

import openpyxl

from tests.cli.plan import run


def own_sheet(path):
    """A sheet that was never made for this, with a column and a tab that are asked about."""
    book = openpyxl.Workbook()
    book.active.title = "Fall"
    rows = [
        ["Coffee with a Cop"],
        ["When", "Where", "Host dept", "Crewing", "Snacks"],
        [dt.date(2026, 9, 2), "Park", "WPD", "Sgt. Vega", "donuts"],
        [dt.date(2026, 9, 16), "Grange", "SCSO", "Ofc. Hall", None],
        [dt.date(2026, 10, 7), "Cafe", "WPD", "Dep. Ruiz", None],
    ]
    for row in rows:
        book["Fall"].append(row)
    ideas = book.create_sheet("Ideas")
    for row in (["Date", "Topic"], *([day, "music"] for day in (dt.date(2026, 9, 3), "9/4", "9/5"))):
        ideas.append(row)
    book.save(path)
    return str(path)


READING = [
    {
        "tab": "Fall", "as": "Events", "header_row": 2, "rows": 3,
        "columns": [
            {"column": "A", "header": "When", "as": "Date", "by": "alias", "perhaps": None},
            {"column": "B", "header": "Where", "as": "Venue", "by": "alias", "perhaps": None},
            {"column": "C", "header": "Host dept", "as": "Lead agency", "by": "near", "perhaps": None},
            {"column": "D", "header": "Crewing", "as": None, "by": None, "perhaps": "Officers"},
            {"column": "E", "header": "Snacks", "as": None, "by": None, "perhaps": None},
        ],
    }
]  # fmt: skip


def test_columns_and_check_say_the_same_reading_in_json(tmp_path):
    plan = own_sheet(tmp_path / "fall.xlsx")
    document = json.loads(run("columns", plan, "--format", "json").stdout)
    assert (list(document), document["reading"]) == (["source", "as_of", "on", "reading"], READING)
    assert json.loads(run("check", plan, "--format", "json", status=1).stdout)["reading"] == READING


def test_columns_say_in_words_what_was_understood_and_what_is_asked(tmp_path):
    lines = run("columns", own_sheet(tmp_path / "fall.xlsx")).stdout.splitlines()
    assert lines[2:] == [
        "How the sheet is read",
        '  "Fall" is read as Events: header in row 2, 3 rows',
        '    A  "When"                            Date, by a known name',
        '    B  "Where"                           Venue, by a known name',
        '    C  "Host dept"                       Lead agency, by its words',
        '    D  "Crewing"                         perhaps Officers, so not read',
        '    E  "Snacks"                          not read',
        "",
        "2 questions, answered by cwac connect or in the settings, such as:",
        "  [columns]",
        '  "Crewing" = "Officers"  # Fall, column D, such as Sgt. Vega, Ofc. Hall, Dep. Ruiz',
        "  [tabs]",
        '  "Ideas" = "Events"',
        "",
        "The first events as they were read",
        "  2026-09-02-unknown  Wed, Sep 2, 2026 · Coffee with a Cop, Park · WPD · Completed",
        "  2026-09-16-unknown  Wed, Sep 16, 2026 · Coffee with a Cop, Grange · SCSO · Completed",
        "  2026-10-07-unknown  Wed, Oct 7, 2026 · Coffee with a Cop, Cafe · WPD · Completed",
    ]


def test_own_names_are_listed_by_columns_alone(plan):
    assert '    A  "Event ID"                        Event ID, by its name' in run("columns", plan).stdout.splitlines()
    assert '"Event ID"' not in run("check", plan, status=1).stdout
