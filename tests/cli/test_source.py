"""Which sheet a command reads and on which day, hostile text, and what is said of a sheet that cannot be read."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest

from cwac.sources.excel import read_excel
from tests.cli.plan import EVENTS, ON, refusal, run, write
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet


def test_sample_is_the_source_when_nothing_is_configured_or_by_its_name(plan, monkeypatch):
    document = json.loads(run("check", "--on", ON, "--format", "json", status=1).stdout)
    assert (document["source"], document["on"], len(document["tabs"])) == ("sample", ON, 10)
    monkeypatch.setenv("CWAC_WORKBOOK", plan)
    assert json.loads(run("alerts", "sample", "--format", "json").stdout)["source"] == "sample"


@pytest.fixture
def google(plan, monkeypatch, tmp_path):
    with SheetsServer(plan) as server:
        (tmp_path / "key.json").write_text(json.dumps(server.key))
        (tmp_path / "key.json").chmod(0o600)
        monkeypatch.setenv("CWAC_SERVICE_ACCOUNT", str(tmp_path / "key.json"))
        monkeypatch.setenv("CWAC_API_ENDPOINT", server.endpoint)
        yield server


def test_google_sheet_is_read_with_links_to_its_cells(google, monkeypatch):
    monkeypatch.setenv("CWAC_SPREADSHEET", google.url)
    document = json.loads(run("check", "--on", ON, "--format", "json", status=1).stdout)
    as_of = dt.datetime.fromisoformat(document["as_of"])
    in_california = as_of.astimezone(ZoneInfo("America/Los_Angeles"))  # daylight saving time or not
    assert (document["source"], document["on"], as_of.utcoffset()) == (google.url, ON, in_california.utcoffset())
    (problem,) = document["problems"]
    place = f"{google.book.id}/edit#gid={google.book['Events'].id}&range=B3"
    assert problem["link"] == f"https://docs.google.com/spreadsheets/d/{place}"
    text = run("check", google.url, "--on", ON, status=1).stdout
    assert f'    B3  "soon"  for SCSO  {problem["link"]}\n' in text


def test_unshared_google_sheet_names_the_account_to_share_it_with(google):
    google.shared = False
    assert google.key["client_email"] in refusal("check", google.url)


def test_county_is_read_by_its_name(google, plan, monkeypatch):
    other = Spreadsheet.from_workbook(read_excel(plan, "America/Los_Angeles"), "Modoc")
    google.books[other.id] = other
    monkeypatch.setenv("CWAC_SPREADSHEET", f"Siskiyou = {google.url}, Modoc = {other.url}")
    document = json.loads(run("check", "modoc", "--on", ON, "--format", "json", status=1).stdout)
    assert document["source"] == other.url
    assert refusal("alerts") == "Error: Several sheets are configured. Say which to read: Siskiyou, Modoc."
    assert json.loads(run("check", plan, "--on", ON, "--format", "json", status=1).stdout)["source"] == plan
    monkeypatch.setenv("CWAC_SPREADSHEET", f"Modoc = {other.url}")
    assert json.loads(run("alerts", "--format", "json").stdout)["source"] == other.url


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
