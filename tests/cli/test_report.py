"""`cwac report` and `cwac backtest`."""

import datetime as dt
import json

import pytest

from cwac.exports import typesetting
from tests.cli.plan import refusal, run, write
from tests.exports.pdf import text_of

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


def test_pdf_is_two_pages(plan, tmp_path):
    run("report", "2026-Q3", plan, "--on", ON, "-o", "q3.PDF")
    text = text_of((tmp_path / "q3.PDF").read_bytes())
    assert "Coffee with a Cop, Q3 2026 (Jul–Sep)" in text
    assert text.count("\f") == 2


def test_report_that_takes_too_long_to_lay_out_is_refused_in_one_sentence(plan, tmp_path, monkeypatch):
    monkeypatch.setattr(typesetting, "MAX_SECONDS", 0)
    assert refusal("report", "2026-Q3", plan, "--on", ON, "-o", "q3.pdf") == (
        "Error: Coffee with a Cop, Q3 2026 (Jul–Sep): it was stopped, as a layout may take 0 s and 300 MB of memory at "
        "most. Write it as .xlsx, or choose a shorter time."
    )
    assert not (tmp_path / "q3.pdf").exists()


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
