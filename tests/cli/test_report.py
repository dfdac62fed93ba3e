"""`cwac report` and `cwac backtest`."""

import csv
import datetime as dt
import io
import json
import subprocess

import openpyxl
import pytest

from tests.cases import each
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


def test_pdf_is_two_pages_and_workbook_opens(plan, tmp_path):
    run("report", "2026-Q3", plan, "--on", ON, "-o", "q3.PDF")
    text = subprocess.run(["pdftotext", "-layout", "q3.PDF", "-"], capture_output=True, text=True, check=True).stdout
    assert "Coffee with a Cop, Q3 2026 (Jul–Sep)" in text
    assert text.count("\f") == 2
    run("report", "2026-Q3", plan, "--on", ON, "-o", "q3.xlsx")
    assert openpyxl.load_workbook(tmp_path / "q3.xlsx").sheetnames == [
        "Quarter", "Events", "Agencies", "Towns", "How it is made",
    ]  # fmt: skip


@each(
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
    document = json.loads(run("backtest", "sample", "--on", ON, "--format", "json").stdout)
    assert list(document) == ["source", "as_of", "on", "backtest", "backtest_30_days"]
    near, far = document["backtest"], document["backtest_30_days"]
    keys = (
        "n first_visits error last_visit_error median_error coverage days_ahead venue_median_error last_year_error "
        "inside coverage_low coverage_high mean_width interval_score by_venue"
    )
    assert set(near) == set(far) == set(keys.split())
    assert near["error"] < min(near["last_visit_error"], near["median_error"])
    assert 0.7 <= near["coverage"] == near["inside"] / near["n"] <= 0.9
    assert near["coverage_low"] < 0.8 < near["coverage_high"]
    assert (near["days_ahead"], far["days_ahead"]) == (1, 30)


def test_backtest_as_text():
    lines = run("backtest", "--on", ON).stdout.splitlines()
    assert lines[0].startswith("sample, as of ")
    assert lines[2].startswith("Tried on ")
    assert lines[3].startswith("At first visits to a venue it was right ")
    assert lines[-1].startswith("Tried on ")
    assert "each forecast from what was known 30 days before: the likely range was right " in lines[-1]


def test_too_few_events_have_no_backtest(plan):
    assert run("backtest", plan, "--on", ON).stdout.splitlines()[2:] == [
        "Not yet tried on the past: too few events to say."
    ]
    document = json.loads(run("backtest", plan, "--on", ON, "--format", "json").stdout)
    assert document["backtest"]["n"] == 0
    assert (document["backtest"]["error"], document["backtest"]["coverage"]) == (None, None)
