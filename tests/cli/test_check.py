"""`cwac check`: its keys, its words, its exit status, and the day that it takes for today."""

import datetime as dt
import json

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
