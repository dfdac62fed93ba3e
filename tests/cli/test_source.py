"""Which sheet a command reads, and what it says of one that cannot be read."""

import datetime as dt
import json
from zoneinfo import ZoneInfo

import pytest

from cwac.sources.excel import read_excel
from tests.cli.plan import ON, heading, read_csv, refusal, run, write
from tests.server import SheetsServer
from tests.server.grid import Spreadsheet


def test_configured_workbook_is_the_default_source(plan, monkeypatch):
    monkeypatch.setenv("CWAC_WORKBOOK", plan)
    document = json.loads(run("check", "--on", ON, "--format", "json", status=1).stdout)
    assert {name: document[name] for name in ("source", "as_of", "on")} == heading(plan)


def test_file_has_the_configured_time_zone(plan, monkeypatch):
    monkeypatch.setenv("CWAC_TIMEZONE", "America/New_York")
    assert json.loads(run("check", plan, "--format", "json", status=1).stdout)["as_of"] == "2026-09-21T10:13:20-04:00"
    assert read_csv(run("export", "events", plan).stdout)[0]["timezone"] == "America/New_York"


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


def test_address_that_is_not_a_google_sheet_is_refused(google):
    assert refusal("check", "https://example.com/plan.xlsx").startswith("Error: ")
    assert google.calls == {}


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


def test_unreadable_source_is_the_same_sentence_in_every_command_and_form(tmp_path):
    (tmp_path / "text.xlsx").write_text("Event ID,Date\n")
    write(tmp_path / "headless.xlsx", Events=[["hello"]])
    for name, message in (("gone", "there"), ("text", "not a workbook"), ("headless", "no header row")):
        commands = ["check", "alerts", "gaps", "columns", "export events", "check --format json", "gaps --format json"]
        (line,) = {refusal(*words.split(), f"{name}.xlsx") for words in commands}
        assert line.startswith("Error: ")
        assert message in line
