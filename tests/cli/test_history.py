"""`cwac history`, `cwac restore` and `cwac history purge`."""

import datetime as dt
import getpass
import json
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.cli.store import zone_of_sheet
from cwac.exports import restore
from cwac.model import Tab, Workbook
from cwac.settings import load
from cwac.sources.google import GoogleSource
from cwac.storage.store import Store
from tests.cases import each
from tests.cli.plan import refusal, run
from tests.server import SheetsServer

AT = dt.datetime(2026, 10, 1, 17, 42, tzinfo=dt.UTC)
SOURCE = "/plans/plan.xlsx"


def edition(number: int, *, good: bool = True, store: Store | None = None) -> Workbook:
    """The plan after `number` hours; its Events tab changes, its Towns tab does not."""
    book = Workbook(
        SOURCE,
        AT + dt.timedelta(hours=number),
        "America/Los_Angeles",
        (
            Tab("Events", [["Event ID", "Date", "Town"], ["EV-1", 46300 + number, "Weed"]]),
            Tab("Towns", [["Town", "Population"], ["Weed", 2600]]),
        ),
    )
    if store is not None:
        store.keep(book, good=good)
    return book


@pytest.fixture(autouse=True)
def store(monkeypatch, tmp_path):
    address = f"sqlite:///{tmp_path}/store.sqlite3"
    monkeypatch.setenv("CWAC_STORE", address)
    kept = Store(address)
    edition(0, store=kept)
    edition(1, store=kept)
    edition(2, store=kept, good=False)
    yield kept
    kept.close()


def test_versions_are_listed_newest_first():
    lines = run("history").stdout.splitlines()
    assert lines[0].startswith("3 versions in sqlite:///")
    day, zone = ["Thu,", "Oct", "1,", "2026,"], ["Pacific", "Time"]
    third, second, first = (edition(number).content_hash[:12] for number in (2, 1, 0))
    assert [line.split() for line in lines[2:]] == [
        ["Version", "First", "seen", "Size", "Content", "Source"],
        ["3", *day, "12:42", "PM", *zone, "1", "kB", third, SOURCE, "(damaged,", "never", "shown)"],
        ["2", *day, "11:42", "AM", *zone, "1", "kB", second, SOURCE],
        ["1", *day, "10:42", "AM", *zone, "1", "kB", first, SOURCE],
    ]


def test_history_in_json_has_the_keys_of_the_contract(store):
    listed = json.loads(run("history", "--format", "json").stdout)["versions"]
    assert [version["version"] for version in listed] == [3, 2, 1]
    assert listed[2] == {
        "version": 1,
        "at": "2026-10-01T17:42:00+00:00",
        "seen_at": "2026-10-01T17:42:00+00:00",
        "shown": True,
        "bytes": store.sizes()[1],
        "content_hash": edition(0).content_hash,
        "source": SOURCE,
        "timezone": "America/Los_Angeles",
    }


def test_restored_version_is_a_workbook_and_is_audited(store, tmp_path):
    message = run("restore", "1", "-o", "back.xlsx").stderr
    assert message == "Version 1, of Thu, Oct 1, 2026, 10:42 AM Pacific Time, written to back.xlsx.\n"
    book = openpyxl.load_workbook(tmp_path / "back.xlsx")
    assert book["Events"]["B2"].value.date() == dt.date(2026, 10, 5)
    assert [cell.value for cell in book["Towns"][2]] == ["Weed", 2600]
    (entry,) = store.audited()
    assert entry.action == "restored version 1 to a file"
    assert entry.person == f"cli:{getpass.getuser()} (as typed)"


def test_existing_file_is_replaced_only_with_force(store, tmp_path):
    (tmp_path / "plan.xlsx").write_text("mine")
    assert "--force" in run("restore", "1", "-o", "plan.xlsx", status=2).stderr
    assert (tmp_path / "plan.xlsx").read_text() == "mine"
    assert store.audited() == ()
    run("restore", "1", "-o", "plan.xlsx", "--force")
    assert openpyxl.load_workbook(tmp_path / "plan.xlsx").sheetnames == ["Events", "Towns"]


def test_purged_version_is_gone_and_the_reason_is_audited(store, tmp_path):
    result = run("history", "purge", "2", "--why", "a name\nby mistake")
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"Version 2 of {SOURCE} is gone.",
        "One of its tabs is still kept, cell for cell, in: 1, 3. Purge those as well, or not.",
    ]
    assert [version.id for version in store.versions()] == [3, 1]
    assert store.audited()[0].action == "purged version 2 of 2026-10-01T18:42:00+00:00: a name by mistake"
    assert run("restore", "2", "-o", "back.xlsx", status=2).stderr.startswith("Error: There is no version 2")
    assert not (tmp_path / "back.xlsx").exists()


@each("words", [("history", "purge", "2"), ("history", "purge", "2", "--why", " ")])
def test_purge_requires_a_reason(store, words):
    assert "--why" in refusal(*words)
    assert len(store.versions()) == 3


@each("words", ["history purge 9 --why x", "restore 9 -o x.xlsx"])
def test_unknown_version_is_refused(words):
    assert refusal(*words.split()) == "Error: There is no version 9: cwac history lists those that are kept."


@each("source, zone", [(SOURCE, "America/Los_Angeles"), ("another sheet", "America/Denver")])
def test_audit_and_notify_take_the_zone_of_the_sheet_not_that_of_the_settings(store, source, zone, monkeypatch):
    monkeypatch.setenv("CWAC_TIMEZONE", "Europe/Berlin")
    monkeypatch.setenv("CWAC_WORKBOOK", source)
    store.keep(replace(edition(3), source="another sheet", timezone="America/Denver"))
    assert zone_of_sheet(store, load()) == zone
    assert run("audit").stderr.endswith(f"Times are in {zone}.\n")


# --- as a workbook --------------------------------------------------------------------------------------------------


def test_values_that_excel_cannot_hold_are_replaced_or_cut(tmp_path: Path) -> None:
    tabs = ("Plan 2026/27: all of it, in every detail", "Plan 2026:27? all of it, in every way", "'", "''")
    book = Workbook("x", AT, "UTC", tuple(Tab(title, [["a\x0bb", "=1+1", "x" * 40_000]]) for title in tabs))
    file = tmp_path / "odd.xlsx"
    file.write_bytes(restore.to_xlsx(book))
    restored = openpyxl.load_workbook(file)
    assert restored.sheetnames == ["Plan 2026 27  all of it, in eve", "Plan 2026 27  all of it, in e 2", "Tab", "Tab 2"]
    first = [cell.value for cell in restored.worksheets[0][1]]
    assert first == ["a\ufffdb", "=1+1", "x" * 32_767]
    assert restored.worksheets[0]["B1"].data_type == "s"


# --- a tab that was renamed -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("knows", [True, False])
def test_renamed_tab_is_recognized_from_the_store_of_which_none_is_made(store, tmp_path, monkeypatch, knows):
    if not knows:
        monkeypatch.setenv("CWAC_STORE", f"sqlite:///{tmp_path}/none/store.sqlite3")
    with SheetsServer() as google:
        google.book.add("Events", [["Event ID", "Date", "Town"], ["EV-1", 46302, "Weed"]])
        google.book.add("Staffing", [["Event ID", "Officer"], ["EV-1", "A. Sample"]])
        (tmp_path / ".streamlit").mkdir()
        (tmp_path / ".streamlit" / "secrets.toml").write_text(google.secrets())
        if knows:
            store.keep(GoogleSource(google.url, google.gsheets).fetch())
            store.close()
        google.book.rename("Staffing", "Crew")
        result = CliRunner().invoke(main, ["check", "--format", "json"])
    document = json.loads(result.stdout)
    codes = {(problem["code"], problem["tab"] or problem["found"]) for problem in document["problems"]}
    assert ("Staffing" in document["tabs"]) is knows
    assert ('The tab "Crew" is read as Staffing, as it was called before.' in result.stderr) is knows
    assert ({("missing-tab", "Staffing"), ("unused-tab", "Crew")} <= codes) is not knows
    assert not (tmp_path / "none").exists()
