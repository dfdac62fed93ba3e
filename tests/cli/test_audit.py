"""Exports from the command line are audited by operator, and old audit entries are deleted."""

import datetime as dt
import logging
import re
import shutil
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.cli.store import operator
from cwac.clock import read_clock
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage import audit
from cwac.storage.store import Store
from tests.cases import each
from tests.cli.plan import run
from tests.web import plan

AT = dt.datetime(2026, 11, 25, 18, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return plan.save(tmp_path_factory.mktemp("saved") / "plan.xlsx")


@pytest.fixture(autouse=True)
def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, saved: Path) -> Iterator[None]:
    monkeypatch.setenv("CWAC_STORE", f"sqlite:///{tmp_path}/store.sqlite3")
    monkeypatch.setenv("CWAC_WORKBOOK", shutil.copy(saved, tmp_path))
    yield
    sheets.stop()


def audited(folder: Path) -> list[tuple[str, str]]:
    if not (folder / "store.sqlite3").exists():
        return []
    with sqlite3.connect(folder / "store.sqlite3") as store:
        return store.execute("SELECT who, what FROM audit ORDER BY id").fetchall()


@pytest.mark.slow
def test_every_export_is_audited(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOGNAME", "clerk")
    exports = [("events", "csv"), ("staffing", "json"), ("attendance", "xlsx"), ("follow-ups", "csv")]
    for what, form in exports:
        run("export", what, "--format", form)
        run("export", what, "-o", f"out.{form}")
    entries = audited(tmp_path)
    assert {person for person, _ in entries} == {"cli:clerk (as typed)"}
    assert [re.sub(r", \d+ rows?$", ", N", entry) for _, entry in entries] == [
        f"exported {what} as {form}, N" for what, form in exports for _ in range(2)
    ]


def test_audit_of_exports_repeats_no_cell(tmp_path: Path) -> None:
    run("export", "events", "--format", "ics")
    run("export", "follow-ups", "--summaries")
    run("export", "staffing", "plan.xlsx")
    run("records", "--from", "2026-01-01", "--to", "2026-12-31", "-o", "records.xlsx")
    entries = [what for _, what in audited(tmp_path)]
    assert [entry.partition(",")[0] for entry in entries] == [
        "exported events as ics", "exported follow-ups with summaries as csv", "exported staffing as csv",
        "wrote records from 2026-01-01 to 2026-12-31",
    ]  # fmt: skip
    assert not any("lanted" in entry or "xlsx" in entry for entry in entries)


def test_commands_that_export_no_rows_are_not_audited(tmp_path: Path) -> None:
    for words in ("export events sample", "check", "alerts", "audit", "history"):
        CliRunner().invoke(main, words.split())
        assert audited(tmp_path) == [], words


def test_export_without_a_configured_sheet_makes_no_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CWAC_STORE")
    monkeypatch.delenv("CWAC_WORKBOOK")
    run("export", "events", "plan.xlsx")
    assert {path.name for path in tmp_path.iterdir()} == {"plan.xlsx"}


def test_unwritable_store_is_reported_and_does_not_stop_the_export(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWAC_STORE", "sqlite:////dev/null/nowhere.sqlite3")
    done = run("export", "events", "--format", "json")
    assert done.stderr.startswith("This is not in the audit: ")
    assert done.stdout.startswith("[")


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


# --- retention ----------------------------------------------------------------------------------------------------


def test_audit_entries_older_than_the_setting_are_deleted(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(audit, "_forgotten", None)
    now = read_clock()
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    for days in (0, 1, 29, 32, 400, 5000):
        store.audit("a@b.example", f"{days} days ago", now - dt.timedelta(days=days))
        store.claim(f"{days} days ago", 1e9, now - dt.timedelta(days=days))
    sheets.start(Settings(workbook="plan.xlsx", store=f"sqlite:///{tmp_path}/store.sqlite3", audit_days=30))
    with caplog.at_level(logging.WARNING, audit.__name__):
        audit.note("a@b.example", "came in")
        assert audit.flush(20)
    assert caplog.records == []
    assert [entry.action for entry in store.audited()] == ["came in", "29 days ago", "1 days ago", "0 days ago"]
    assert not store.claim("29 days ago", 1e9, now), "still claimed"
    assert store.claim("32 days ago", 1e9, now)


def test_last_day_of_the_audit_is_kept(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    for days in (-1, 0, 1):
        store.audit("a@b.example", f"{days}", AT + dt.timedelta(days=days))
    assert store.forget_audit(AT) == 1
    assert [entry.action for entry in store.audited()] == ["1", "0"]
