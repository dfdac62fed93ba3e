"""The name of an operator, and how long audit entries are kept; `sessions/audit.txt` has what is audited."""

import datetime as dt
import logging
from pathlib import Path

import pytest

from cwac.cli.store import operator
from cwac.clock import read_clock
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage import audit
from cwac.storage.store import Store
from tests.cases import each
from tests.cli.plan import write

AT = dt.datetime(2026, 11, 25, 18, tzinfo=dt.UTC)


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
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(sheets.stop)
    monkeypatch.setattr(audit, "_forgotten", None)
    now = read_clock()
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
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


def test_last_day_of_the_audit_is_kept(tmp_path: Path) -> None:
    store = Store(f"sqlite:///{tmp_path}/store.sqlite3")
    for days in (-1, 0, 1):
        store.audit("a@b.example", f"{days}", AT + dt.timedelta(days=days))
    assert store.forget_audit(AT) == 1
    assert [entry.action for entry in store.audited()] == ["1", "0"]
