"""What the store keeps: versions, a backup and the audit; `sessions/` has what the commands about it print."""

import datetime as dt
import json
import logging
import stat
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.cli.store import operator, zone_of_sheet
from cwac.clock import read_clock
from cwac.model import Tab, Workbook
from cwac.refresh import sheets
from cwac.settings import Settings, load
from cwac.sources.google import GoogleSource
from cwac.storage import audit, backup
from cwac.storage.store import Store
from tests.cases import each
from tests.cli.plan import run, write

AT = dt.datetime(2026, 10, 1, 17, 42, tzinfo=dt.UTC)
SOURCE = "/plans/plan.xlsx"


def edition(number: int) -> Workbook:
    """The plan after `number` hours; its Events tab changes, its Towns tab does not."""
    events = Tab("Events", [["Event ID", "Date", "Town"], ["EV-1", 46300 + number, "Weed"]])
    towns = Tab("Towns", [["Town", "Population"], ["Weed", 2600]])
    return Workbook(SOURCE, AT + dt.timedelta(hours=number), "America/Los_Angeles", (events, towns))


@pytest.fixture(autouse=True)
def store(monkeypatch, tmp_path):
    address = f"sqlite:///{tmp_path}/store.sqlite3"
    monkeypatch.setenv("CWAC_STORE", address)
    kept = Store(address)
    for number, good in enumerate((True, True, False)):
        kept.keep(edition(number), good=good)
    yield kept
    kept.close()


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


def test_reason_of_a_purge_is_audited_on_one_line(store):
    run("history", "purge", "2", "--why", "a name\nby mistake", "--yes")
    assert [version.id for version in store.versions()] == [3, 1]
    assert store.audited()[0].action == "purged version 2 of 2026-10-01T18:42:00+00:00: a name by mistake"


@each("source, zone", [(SOURCE, "America/Los_Angeles"), ("another sheet", "America/Denver")])
def test_audit_and_notify_take_the_zone_of_the_sheet_not_that_of_the_settings(store, source, zone, monkeypatch):
    monkeypatch.setenv("CWAC_TIMEZONE", "Europe/Berlin")
    monkeypatch.setenv("CWAC_WORKBOOK", source)
    store.keep(replace(edition(3), source="another sheet", timezone="America/Denver"))
    assert zone_of_sheet(store, load()) == zone
    assert run("audit").stderr.endswith(f"Times are in {zone}.\n")


@pytest.mark.parametrize("knows", [True, False])
def test_renamed_tab_is_recognized_from_the_store_of_which_none_is_made(store, google, tmp_path, monkeypatch, knows):
    if not knows:
        monkeypatch.setenv("CWAC_STORE", f"sqlite:///{tmp_path}/none/store.sqlite3")
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


def test_backup_and_restore(store, tmp_path):
    address = f"sqlite:///{tmp_path}/store.sqlite3"
    store.create_token("agency:SCSO", "ann@chp.example.gov", AT)
    store.close()
    done = run("backup", "copy")
    assert (done.stdout, done.stderr) == ("", f"The store {address} was backed up to copy.\n")
    assert stat.S_IMODE((tmp_path / "copy").stat().st_mode) == 0o600
    assert backup.last_backup(store) is not None
    store.revoke_token(1, "ann@chp.example.gov", AT)
    store.close()

    done = run("backup", "--restore", "copy")
    restored, kept = done.stderr.splitlines()
    assert (done.stdout, restored) == ("", f"The store {address} was restored: 3 versions.")
    assert kept.startswith(f"What it held before is in {tmp_path}/store.sqlite3.replaced-")
    assert [token.revoked_at for token in store.tokens()] == [None]
    assert backup.last_backup(store) is None
    store.close()


@each(
    ("typed", "audited_as"),
    [
        ("boss@county.example.gov", "cli:boss@county.example.gov (as typed)"),
        ("x\nboss@county.example.gov", "cli:x boss@county.example.gov (as typed)"),
        ("x\x1b[2J\u202e", "cli:x\\x1b[2J\\u202e (as typed)"),
        ("y" * 500, f"cli:{'y' * 100} (as typed)"),
    ],
)
def test_operator_name_is_marked_as_typed(typed: str, audited_as: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", typed)
    assert operator() == audited_as


def test_audit_entries_older_than_the_setting_are_deleted(
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    request: pytest.FixtureRequest,
) -> None:
    request.addfinalizer(sheets.stop)
    monkeypatch.setattr(audit, "_forgotten", None)
    now = read_clock()
    for days in (0, 1, 29, 32, 400, 5000):
        store.audit("a@b.example", f"{days} days ago", now - dt.timedelta(days=days))
        store.claim(f"{days} days ago", 1e9, now - dt.timedelta(days=days))
    sheets.start(Settings(workbook=write("plan.xlsx"), store=f"sqlite:///{tmp_path}/store.sqlite3", audit_days=30))
    with caplog.at_level(logging.WARNING, audit.__name__):
        audit.note("a@b.example", "came in")
        assert audit.flush(20)
    assert caplog.records == []
    assert [entry.action for entry in store.audited()] == ["came in", "29 days ago", "1 days ago", "0 days ago"]
    assert not store.claim("29 days ago", 1e9, now), "still claimed"
    assert store.claim("32 days ago", 1e9, now)


def test_last_day_of_the_audit_is_kept(store: Store) -> None:
    for days in (-1, 0, 1):
        store.audit("a@b.example", f"{days}", AT + dt.timedelta(days=days))
    assert store.forget_audit(AT) == 1
    assert [entry.action for entry in store.audited()] == ["1", "0"]
