"""What `sessions/` does not show of what is read: hostile text, which day is today, and the sample as a file."""

import datetime as dt
import json

import pytest

from tests.cli.plan import EVENTS, ON, run, write


def test_cell_text_cannot_control_the_terminal(tmp_path):
    nasty = "soon\u202e\x9b2J\nnow \u2028" + "x" * 100
    plan = write(tmp_path / "plan.xlsx", Events=[*EVENTS[:2], ["EV-2", nasty, *EVENTS[2][2:]]])
    text = run("check", plan, "--on", ON, status=1).stdout
    assert [ch for ch in text if not ch.isprintable() and ch != "\n"] == []
    assert '    B3  "soon\\u202e\\x9b2J now  xxx' in text
    assert "x" * 61 not in text


def test_today_is_the_date_in_the_sheets_time_zone(plan, monkeypatch):
    monkeypatch.setattr("cwac.clock.time", dt.datetime(2026, 10, 2, 5, tzinfo=dt.UTC).timestamp)
    assert json.loads(run("check", plan, "--format", "json", status=1).stdout)["on"] == "2026-10-01"


@pytest.mark.slow
def test_sample_as_a_workbook_reads_as_the_sample():
    run("template", "new.xlsx", "--sample", "--on", ON)
    assert run("export", "events", "new.xlsx", "--on", ON).stdout == run("export", "events", "--on", ON).stdout
