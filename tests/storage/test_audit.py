"""The audit: lines in the store, written by somebody else, each on one line, once where once is enough."""

import datetime as dt
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage import audit
from cwac.storage.store import Entry, Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    sheets.start(Settings(store=f"sqlite:///{tmp_path}/store.sqlite3")).wait(20)
    kept = sheets.store()
    assert kept is not None
    yield kept
    sheets.stop()


def lines(store: Store) -> list[tuple[str, str]]:
    assert audit.flush(20)
    return [(entry.who, entry.what) for entry in store.audited()][::-1]


def test_a_line_says_who_what_and_when(store: Store) -> None:
    before = dt.datetime.now(dt.UTC)
    audit.note("one@wpd.example.gov", "downloaded staffing.csv")
    assert lines(store) == [("one@wpd.example.gov", "downloaded staffing.csv")]
    (entry,) = store.audited()
    assert isinstance(entry, Entry)
    assert before <= entry.at <= dt.datetime.now(dt.UTC)


def test_once_is_once_in_so_many_seconds_whoever_notes_it(store: Store) -> None:
    for _ in range(3):
        audit.note("a@b.example", "came in", once="a@b.example 1")
        audit.note("a@b.example", "feed 1 was read", once="feed 1", seconds=0)
    assert lines(store).count(("a@b.example", "came in")) == 1
    assert lines(store).count(("a@b.example", "feed 1 was read")) == 3


def test_a_line_stays_one_line(store: Store) -> None:
    audit.note("a@b.example\nroot did nothing", "x\r\n\x1b[2J" + "y" * 1000)
    (entry,) = store.audited() if audit.flush(20) else ()
    assert entry.who == "a@b.example root did nothing"
    assert entry.what == "x   [2J" + "y" * 493


def test_what_the_store_does_not_take_is_in_the_log(
    store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(store, "_configured_url", "sqlite:////dev/null/nowhere.sqlite3")
    store.close()
    with caplog.at_level(logging.WARNING, audit.__name__):
        audit.note("a@b.example", "downloaded events.csv")
        assert audit.flush(20)
    assert [one.getMessage() for one in caplog.records if one.name == audit.__name__] == [
        "Audit, not kept (read-only): a@b.example downloaded events.csv"
    ]


def test_the_command_lists_it_newest_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = f"sqlite:///{tmp_path}/store.sqlite3"
    monkeypatch.setenv("CWAC_STORE", kept)
    at = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)
    opened = Store.open(kept)
    opened.audit("a@b.example", "came in as liaison of WPD", at)
    opened.audit("c@d.example", "downloaded \x1b[2Jevents.csv", at + dt.timedelta(hours=1))
    done = CliRunner().invoke(main, ["audit"])
    assert done.exit_code == 0
    assert [line.split("  ", 1)[1] for line in done.stdout.splitlines()] == [
        "c@d.example  downloaded \\x1b[2Jevents.csv",
        "a@b.example  came in as liaison of WPD",
    ]
    assert dt.datetime.strptime(done.stdout.split("  ")[0], "%Y-%m-%d %H:%M:%S %z") == at + dt.timedelta(hours=1)
    assert len(CliRunner().invoke(main, ["audit", "--most", "1"]).stdout.splitlines()) == 1
