"""`cwac check` and `cwac columns`: keys, words and exit status, today's day, and what each column is read as."""

import datetime as dt
import json

import openpyxl

from cwac.model import PROBLEM_KEYS
from tests.cli.plan import ATTENDANCE, EVENTS, LISTS, ON, heading, run, write

ROWS = {"Events": 3, "Staffing": 1, "Attendance": 1, "Agencies": 2, "Officers": 1, "Time off": 0, "Venues": 1,
        "Towns": 2, "Coverage": 0, "Follow-ups": 1}  # fmt: skip


def accounted(rows, left_out=0):
    return {"rows": rows, "kept": rows - left_out, "left_out": left_out, "skipped": 0}


def test_check_in_json_has_accounting_and_problems(plan):
    result = run("check", plan, "--on", ON, "--format", "json", status=1)
    assert result.stderr == ""
    document = json.loads(result.stdout)
    assert {table["tab"]: table["rows"] for table in document.pop("reading")} == ROWS
    assert document == heading(plan) | {
        "tabs": {tab: accounted(rows) for tab, rows in ROWS.items()} | {"Events": accounted(3, left_out=1)},
        "problems": [
            {
                "severity": "error",
                "code": "unreadable",
                "tab": "Events",
                "row": 3,
                "column": "Date",
                "cell": "B3",
                "found": "soon",
                "advice": "No day could be read here. Type the day as month/day/year, for example 6/19/2019.",
                "link": None,
                "agencies": ["SCSO"],
            }
        ],
    }


def test_check_exits_with_0_where_every_cell_is_used(tmp_path):
    plan = write(tmp_path / "plan.xlsx", Events=EVENTS[:2], Attendance=ATTENDANCE[:1], **{"Follow-ups": []})
    result = run("check", plan, "--on", ON)
    assert [line.split() for line in result.stdout.splitlines() if line.startswith("Events")] == [
        ["Events", "1", "1", "0", "0"]
    ]


def test_check_as_text_gives_cell_value_and_advice(plan):
    result = run("check", plan, "--on", ON, status=1)
    assert result.stdout == (
        f"{plan}, as of Mon, Sep 21, 2026, 7:13 AM Pacific Time; today is Thu, Oct 1, 2026.\n"
        "\n"
        "Tab             rows    kept  left out  skipped\n"
        "Events             3       2         1        0\n"
        + "".join(f"{tab:<15}{rows:>5}{rows:>8}         0        0\n" for tab, rows in [*ROWS.items()][1:])
        + "\n"
        "1 cell to fix: 1 not used, 0 used with a warning.\n"
        "\n"
        "Errors: not used until fixed\n"
        "\n"
        "  Events, Date: unreadable\n"
        '    B3  "soon"  for SCSO\n'
        "      No day could be read here. Type the day as month/day/year, for example 6/19/2019.\n"
        "\n"
        "How the sheet is read\n"
        + "".join(
            f'  "{tab}" is read as {tab}: header in row 1, {n} row{"" if n == 1 else "s"}; '
            "every column has its own name\n"
            for tab, n in ROWS.items()
        )
        + "\n"
        "The first events as they were read\n"
        "  EV-1  Tue, Oct 6, 2026, 8:30–10:00 AM · -cmd, Cafe, Weed · WPD · A. Sample · Confirmed\n"
        "  EV-3  Wed, Sep 2, 2026 · @home, Cafe, Weed · WPD · 35 to 40 guests · Completed\n"
    )


def test_repeated_mistake_has_one_heading(tmp_path):
    plan = write(tmp_path / "plan.xlsx", Events=[*EVENTS, *([f"EV-1{n}", "soon", *EVENTS[2][2:]] for n in range(40))])
    lines = run("check", plan, "--on", ON, status=1).stdout.splitlines()
    start = lines.index("  Events, Date: unreadable, 41 times")
    assert lines[start + 1 : start + 11] == [
        '    B3  "soon"  for SCSO',
        *(f'    B{row}  "soon"  for SCSO' for row in range(5, 12)),
        "    and 33 more",
        "      No day could be read here. Type the day as month/day/year, for example 6/19/2019.",
    ]


def test_cell_text_cannot_control_the_terminal(tmp_path):
    nasty = "soon\u202e\x9b2J\nnow \u2028" + "x" * 100
    plan = write(tmp_path / "plan.xlsx", Events=[*EVENTS[:2], ["EV-2", nasty, *EVENTS[2][2:]]])
    text = run("check", plan, "--on", ON, status=1).stdout
    assert [ch for ch in text if not ch.isprintable() and ch != "\n"] == []
    assert '    B3  "soon\\u202e\\x9b2J now  xxx' in text
    assert "x" * 61 not in text


def test_on_sets_today(plan):
    early = json.loads(run("check", plan, "--on", "2026-08-01", "--format", "json", status=1).stdout)
    assert (early["on"], [problem["code"] for problem in early["problems"]]) == (
        "2026-08-01",
        ["unreadable", "inconsistent"],  # Completed, but the day is still to come
    )


def test_check_follows_the_configured_rules(plan, monkeypatch):
    monkeypatch.setenv("CWAC_EARLY_HOUR", "9")
    problems = json.loads(run("check", plan, "--on", ON, "--format", "json", status=1).stdout)["problems"]
    assert [(problem["cell"], problem["code"]) for problem in problems] == [("B3", "unreadable"), ("C2", "implausible")]


def test_today_is_the_date_in_the_sheets_time_zone(plan, monkeypatch):
    monkeypatch.setattr("cwac.clock.time", dt.datetime(2026, 10, 2, 5, tzinfo=dt.UTC).timestamp)
    assert json.loads(run("check", plan, "--format", "json", status=1).stdout)["on"] == "2026-10-01"


def test_problem_names_its_agencies_and_the_nearest_officer(tmp_path):
    officers = [["Officer ID", "Name", "Agency"], ["OF-1", "A. Sample", "WPD"], ["OF-2", "B. Samples", "SCSO"]]
    agencies = [["Agency", "Name"], ["WPD", "Weed Police"], ["SCSO", "Sheriff"]]
    staffing = [["Event ID", "Officer"], ["EV-1", "A. Sampel"], ["NOWHERE", "OF-2"], ["NOWHERE", "Zebedee"]]
    plan = write(tmp_path / "plan.xlsx", Events=EVENTS[:2], Staffing=staffing, Officers=officers, Agencies=agencies)
    problems = json.loads(run("check", plan, "--on", ON, "--format", "json", status=1).stdout)["problems"]
    errors = [
        (problem["cell"], problem["agencies"], problem["advice"])
        for problem in problems
        if problem["tab"] == "Staffing"
    ]
    here = "copy it from the Events tab."
    assert errors == [
        (
            "B2",
            ["WPD"],
            "No officer of that name: type it as the Officers tab has it, or the Officer ID. "
            "Did you mean A. Sample (OF-1)?",
        ),
        ("A3", ["SCSO"], f"No event has this ID: {here}"),
        ("A4", [], f"No event has this ID: {here}"),
        ("B4", [], "No officer of that name: correct it, or add it to the Officers tab."),
    ]
    assert {tuple(problem) for problem in problems} == {PROBLEM_KEYS}
    text = run("check", plan, "--on", ON, status=1).stdout
    for line in ('B2  "A. Sampel"  for WPD', 'A3  "NOWHERE"  for SCSO', 'A4  "NOWHERE"  for everybody'):
        assert f"    {line}\n" in text
    assert "Did you mean A. Sample (OF-1)?" in text


def test_cell_with_several_problems_is_one_cell_to_fix(tmp_path):
    followups = [*LISTS["Follow-ups"], ["FU-2", "EV-1", "Call me at 530-555-0100. " * 12]]
    plan = write(tmp_path / "plan.xlsx", **{"Follow-ups": followups})
    assert "\n2 cells to fix: 1 not used, 1 used with a warning.\n" in run("check", plan, "--on", ON, status=1).stdout


# --- cwac columns -----------------------------------------------------------------------------------------------


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
