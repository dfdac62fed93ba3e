"""`cwac report` and `cwac backtest`."""

import csv
import datetime as dt
import io
import json
import subprocess

import openpyxl
import pytest

from cwac.analysis.backtest import HELD_BY_ADJUSTING, replay
from cwac.sheet.reader import read_workbook
from cwac.sources.sample import sample_workbook
from tests.cli.plan import refusal, run, write

ON = "2026-10-05"
EVENTS = [
    ["Event ID", "Date", "Start", "End", "Town", "Venue", "Lead agency", "Status"],
    ["EV-1", dt.date(2026, 7, 7), dt.time(8), dt.time(10), "Weed", "Cafe", "WPD", "Completed"],
    ["EV-2", dt.date(2026, 8, 4), dt.time(8), dt.time(10), "Etna", "Hall", "SCSO", "Completed"],
    ["EV-3", dt.date(2026, 9, 1), dt.time(8), dt.time(10), "Etna", "Hall", "SCSO", "Cancelled"],
    ["EV-4", dt.date(2026, 6, 2), dt.time(8), dt.time(10), "Weed", "Cafe", "WPD", "Completed"],
]
TABS = {
    "Events": EVENTS,
    "Attendance": [["Event ID", "Guests"], ["EV-1", 12], ["EV-2", 30], ["EV-4", 7]],
    "Agencies": [["Agency", "Name"], ["WPD", "Weed Police Department"], ["SCSO", "Sheriff's Office"]],
}


@pytest.fixture
def plan(tmp_path):
    return write(tmp_path / "plan.xlsx", **TABS)


# --- report -----------------------------------------------------------------------------------------------------


def test_quarter_as_csv_has_the_figures_of_the_rows(plan, tmp_path):
    result = run("report", "2026-Q3", plan, "--on", ON, "-o", "q3.csv")
    assert result.stdout == ""
    assert result.stderr == "Q3 2026 (Jul–Sep), All agencies: 2 events held, written to q3.csv.\n"
    rows = csv.DictReader(io.StringIO((tmp_path / "q3.csv").read_text(encoding="utf-8-sig")))
    figures = {row["figure"]: (row["quarter"], row["value"], row["before"]) for row in rows}
    assert figures["Events held"] == ("2026-Q3", "2", "1")
    assert figures["Events cancelled"] == ("2026-Q3", "1", "0")
    assert [float(value) for value in figures["Median guests at an event"][1:]] == [21, 7]


def test_agency_is_accepted_in_any_case(plan):
    result = run("report", "2026q3", plan, "--on", ON, "-o", "q3.csv", "--agency", "wpd")
    assert result.stderr == "Q3 2026 (Jul–Sep), Weed Police Department: 1 event held, written to q3.csv.\n"


def test_pdf_is_two_pages_and_workbook_opens(plan, tmp_path):
    run("report", "2026-Q3", plan, "--on", ON, "-o", "q3.PDF")
    text = subprocess.run(["pdftotext", "-layout", "q3.PDF", "-"], capture_output=True, text=True, check=True).stdout
    assert "Coffee with a Cop, Q3 2026 (Jul–Sep)" in text
    assert text.count("\f") == 2
    run("report", "2026-Q3", plan, "--on", ON, "-o", "q3.xlsx")
    assert openpyxl.load_workbook(tmp_path / "q3.xlsx").sheetnames == [
        "Quarter", "Events", "Agencies", "Towns", "How it is made",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["2026-Q5", "-o", "q.pdf"], "Error: Invalid value for QUARTER: '2026-Q5' is not a quarter"),
        (["2026-Q3", "-o", "q.doc"], "Error: q.doc does not say what to write: end it in .pdf, .xlsx, .csv or .json."),
        (["2026-Q3", "-o", "q.pdf", "--agency", "KGB"], "'KGB' is not an agency of this sheet: it has WPD, SCSO."),
        (["2026-Q3"], "Error: Missing option '-o' / '--output'."),
        (["2026-Q3", "-o", "nowhere/q.csv"], "Error: nowhere/q.csv cannot be written (No such file or directory)"),
    ],
)
def test_refused_report_leaves_existing_files(plan, tmp_path, words, message):
    for name in ("q.pdf", "q.doc"):
        (tmp_path / name).write_text("the last one")
    assert message in refusal("report", words[0], plan, *words[1:], "--on", ON)
    assert [(tmp_path / name).read_text() for name in ("q.pdf", "q.doc")] == ["the last one"] * 2
    assert sorted(path.name for path in tmp_path.iterdir()) == ["plan.xlsx", "q.doc", "q.pdf"]


# --- backtest ---------------------------------------------------------------------------------------------------


def test_backtest_of_the_sample_beats_both_baselines():
    day = dt.date.fromisoformat(ON)
    result = run("backtest", "sample", "--on", ON, "--format", "json")
    document = json.loads(result.stdout)
    assert list(document) == ["source", "as_of", "on", "backtest", "backtest_30_days"]
    history = replay(read_workbook(sample_workbook(day), day))
    assert document["backtest"] == history.next_event.as_dict()
    assert document["backtest_30_days"] == history.ahead.as_dict()
    keys = ["n", "first_visits", "error", "last_visit_error", "median_error", "coverage"]
    assert list(document["backtest"])[:6] == keys
    assert list(document["backtest"]) == list(document["backtest_30_days"])
    assert document["backtest"]["error"] < document["backtest"]["last_visit_error"]
    assert document["backtest"]["error"] < document["backtest"]["median_error"]
    assert 0.7 <= document["backtest"]["coverage"] <= 0.9
    assert document["backtest"]["coverage_low"] < 0.8 < document["backtest"]["coverage_high"]
    assert [document[name]["days_ahead"] for name in ("backtest", "backtest_30_days")] == [1, 30]


def test_backtest_as_text():
    lines = run("backtest", "--on", ON).stdout.splitlines()
    assert lines[0].startswith("sample, as of ")
    assert lines[2].startswith("Tried on ")
    assert lines[3].endswith(" of them the venue was new.")
    assert any(
        line.startswith("Typical count at the venue: off by: ") and "; 30 days ahead: " in line for line in lines
    )
    assert lines[-1] == HELD_BY_ADJUSTING


def test_too_few_events_have_no_backtest(plan):
    assert run("backtest", plan, "--on", ON).stdout.splitlines()[2:] == [
        "Not yet tried on the past: too few events to say."
    ]
    document = json.loads(run("backtest", plan, "--on", ON, "--format", "json").stdout)
    assert document["backtest"]["n"] == 0
    assert (document["backtest"]["error"], document["backtest"]["coverage"]) == (None, None)
