"""The audit: entries written by a thread, each on one line, once where once is enough; the command that lists it."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.clock import read_clock
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage import audit
from cwac.storage.store import Entry, Store
from tests.storage.workbooks import DAY, HOUR, NOON, SECOND


@pytest.fixture
def audited(store: Store) -> Iterator[Store]:
    """The store that the audit's thread writes to."""
    audit.start(store, days=400)
    yield store
    audit.stop()


def entries(store: Store) -> list[tuple[str, str]]:
    assert audit.flush(20)
    return [(entry.person, entry.action) for entry in store.audited()][::-1]


def test_entry_says_on_one_line_who_what_and_when_and_once_a_period_where_that_is_asked_for(audited: Store) -> None:
    before = read_clock()
    audit.note("a@b.example\nroot did nothing", "x\r\n\x1b[2J" + "y" * 1000)
    for _ in range(3):
        audit.note("a@b.example", "came in", once="a@b.example 1")
        audit.note("a@b.example", "feed 1 was read", once="feed 1", seconds=0)
    feed = ("a@b.example", "feed 1 was read")
    first = ("a@b.example root did nothing", "x [2J" + "y" * 495)
    assert entries(audited) == [first, ("a@b.example", "came in"), feed, feed, feed]
    assert all(before <= entry.at <= read_clock() for entry in audited.audited())


def test_entry_that_cannot_be_written_is_in_the_log_and_stop_writes_what_is_queued(
    audited: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(20):
        audit.note("a@b.example", f"downloaded {number}")
    audit.stop(20)
    assert len(audited.audited()) == 20
    with caplog.at_level(logging.WARNING, audit.__name__):
        audit.note("a@b.example", "came in")
        assert audit.flush(20)
        audit.start(audited, days=400)
        audited.close()
        monkeypatch.setattr(audited, "_configured_url", "sqlite:////dev/null/nowhere.sqlite3")
        audit.note("a@b.example", "downloaded events.csv")
        assert audit.flush(20)
    assert [record.getMessage() for record in caplog.records if record.name == audit.__name__] == [
        "Audit, not kept (no store): a@b.example came in",
        "Audit, not kept (read-only): a@b.example downloaded events.csv",
    ]


def test_what_the_sheets_serve_decides_where_entries_go(tmp_path: Path) -> None:
    sheets.start(Settings(store=f"sqlite:///{tmp_path}/store.sqlite3")).wait(20)
    audit.note("a@b.example", "came in")
    store = sheets.store()
    assert store is not None
    assert entries(store) == [("a@b.example", "came in")]
    audit.note("a@b.example", "downloaded events.csv")
    sheets.stop()
    assert [entry.action for entry in Store(f"sqlite:///{tmp_path}/store.sqlite3").audited()] == [
        "downloaded events.csv", "came in"
    ]  # fmt: skip


def test_entries_of_a_clock_that_was_ahead_delete_nothing(audited: Store) -> None:
    store = audited
    for days in range(10):
        store.audit("a@b.example", f"{days}", NOON - days * DAY)
        store.audit("a@b.example", f"old {days}", NOON - (402 + days) * DAY)
    for number in range(3):
        audit._write(Entry(NOON + 401 * DAY + number * SECOND, "a@b.example", f"ahead {number}"), None, 0)
    assert len(store.audited()) == 10 + 3  # what was old by the entries before is gone


@pytest.mark.usefixtures("url")
def test_claim_holds_for_so_many_seconds_and_not_by_a_clock_that_was_ahead(store: Store) -> None:
    claimed = [store.claim("refresh", 10, NOON + seconds * SECOND) for seconds in (0, 0, 9.9, 10, 12)]
    assert claimed == [True, False, False, True, False]
    assert store.claim("other", 10, NOON) is True
    assert store.claim("refresh", 10, NOON + 9 * SECOND) is False  # made earlier by another process, and written later
    assert store.claim("refresh", 10, NOON - HOUR) is True  # the clock was set back
    assert [store.claim("daily", 86_400, NOON + hours * HOUR) for hours in (20, 0, 1)] == [True, True, False]


def test_command_lists_entries_newest_first(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CWAC_STORE", f"sqlite:///{tmp_path}/store.sqlite3")
    store.audit("a@b.example", "came in as liaison of WPD", NOON)
    store.audit("c@d.example", "downloaded \x1b[2Jevents.csv", NOON + HOUR)
    result = CliRunner().invoke(main, ["audit"])
    assert (result.exit_code, result.stdout) == (
        0,
        "2026-10-07 13:00:00 -0700  c@d.example  downloaded \\x1b[2Jevents.csv\n"
        "2026-10-07 12:00:00 -0700  a@b.example  came in as liaison of WPD\n",
    )
    assert len(CliRunner().invoke(main, ["audit", "--most", "1"]).stdout.splitlines()) == 1
