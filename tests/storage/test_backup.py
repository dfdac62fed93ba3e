"""A backup of the SQLite store: whole or absent, consistent while others write, and all of it works once restored."""

import os
import shlex
import signal
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from itertools import takewhile
from pathlib import Path

import pytest

from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.storage import backup, revisions, sqlite
from cwac.storage.database import head
from cwac.storage.store import Store
from tests.storage.killing import is_killed
from tests.storage.workbooks import DAY, HOUR, NOON, book, loaded

RELEASE_R0004 = Path(__file__).with_name("release_r0004.sql")


@pytest.fixture
def store(opened):
    store = opened()
    store.keep(book("EV-1"))
    store.keep(book("EV-1", "EV-2", at=NOON + HOUR))
    return store


NEWER = "UPDATE alembic_version SET version_num = 'r9999'"


def content(path):
    """Every row of every table."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def restored(store, file):
    """What restoring the file into the closed store says, or where the old store is now."""
    store.close()
    try:
        return backup.restore(store, file, "cli:tester", NOON + DAY)
    except backup.BackupRefused as refused:
        return str(refused)


def revision_of(store, event_id):
    snapshot = read_workbook(store.load(store.latest("plan.xlsx")), NOON.date())
    return revisions.compute(store, snapshot, Rules()).of(event_id)


def test_backup_of_a_store_in_use_is_one_private_file_with_all_that_is_committed(store, tmp_path):
    copy = tmp_path / "copy"
    with store.writing("audit") as connection:
        connection.exec_driver_sql("INSERT INTO visits VALUES ('not committed', 'x', 'y')")
        backup.back_up(store, copy)
    lines = content(copy)
    assert not any("not committed" in line for line in lines)
    assert sum("not committed" in line for line in content(store.file)) == 1
    assert [line for line in content(store.file) if "not committed" not in line] == lines
    assert not list(tmp_path.glob("copy-*"))


def test_what_another_process_writes_during_a_backup_is_not_in_it(store, tmp_path, monkeypatch):
    revision = backup._revision

    def write_meanwhile(connection, path):
        migration = revision(connection, path)
        store.keep(book("EV-9", at=NOON + 2 * HOUR))
        return migration

    monkeypatch.setattr(backup, "_revision", write_meanwhile)
    backup.back_up(store, tmp_path / "copy")
    assert store.count() == 3
    assert Store(f"sqlite:///{tmp_path}/copy").count() == 2


def test_links_history_and_versions_work_after_a_restore(store, tmp_path):
    token = store.create_token("agency:SCSO", "ann@chp.example.gov", NOON)
    store.record_visit("ann@chp.example.gov", NOON)
    before, versions = revision_of(store, "EV-1"), loaded(store)
    backup.back_up(store, tmp_path / "copy")
    store.create_token("agency:YPD", "later@chp.example.gov", NOON)
    store.keep(book("EV-9", at=NOON + 2 * HOUR))
    store.revoke_token(1, "ann@chp.example.gov", NOON)

    aside = restored(store, tmp_path / "copy")
    assert store.find_token(token, NOON).scope == "agency:SCSO"
    assert [token.scope for token in store.tokens()] == ["agency:SCSO"]
    assert (revision_of(store, "EV-1"), loaded(store)) == (before, versions)
    assert store.record_visit("ann@chp.example.gov", NOON + HOUR) == NOON
    assert [entry.action for entry in store.audited()] == [
        "restored the store from a backup",
        "made a feed token: agency:SCSO",
    ]
    old = Store(f"sqlite:///{aside}")
    assert [token.scope for token in old.tokens()] == ["agency:YPD", "agency:SCSO"]
    old.close()
    assert (aside.parent, stat.S_IMODE(aside.stat().st_mode)) == (tmp_path, 0o600)
    assert not list(tmp_path.glob("*restoring*"))


def test_last_backup_is_that_of_this_store_only(store, tmp_path):
    assert backup.last_backup(store) is None
    assert backup.note_backup(store, "cli:tester", NOON)
    assert backup.note_backup(store, "cli:tester", NOON + DAY)
    store.forget_audit(NOON + 9 * DAY)
    assert backup.last_backup(store) == NOON + DAY
    backup.back_up(store, tmp_path / "copy")
    restored(store, tmp_path / "copy")
    assert backup.last_backup(store) is None
    assert backup.last_backup(Store(f"sqlite:///{tmp_path}/none")) is None
    assert not (tmp_path / "none").exists()


def test_restore_migrates_an_older_backup(store, tmp_path):
    older = tmp_path / "older"
    connection = sqlite3.connect(older)
    connection.executescript(RELEASE_R0004.read_text())
    connection.close()
    copy = tmp_path / "copy"
    backup.back_up(Store(f"sqlite:///{older}"), copy)
    assert content(copy) == content(older)  # a backup migrates nothing
    assert not backup.note_backup(Store(f"sqlite:///{older}"), "cli:tester", NOON)
    before = content(older)

    restored(store, copy)
    assert content(older) == before
    assert f"INSERT INTO \"alembic_version\" VALUES('{head()}');" in content(store.file)
    assert store.count() == 2


def test_restore_is_refused_while_the_store_is_open_elsewhere(store, tmp_path, monkeypatch):
    monkeypatch.setattr(backup, "LOCK_SECONDS", 0.01)
    backup.back_up(store, tmp_path / "copy")
    server = Store.open(f"sqlite:///{store.file}")
    before = content(store.file)
    assert restored(store, tmp_path / "copy") == (
        "Another program has the store open: stop the dashboard, all of its processes, then restore."
    )
    assert content(store.file) == before
    server.close()
    assert isinstance(restored(store, tmp_path / "copy"), Path)


@pytest.mark.parametrize(
    ("make", "refusal"),
    [
        (lambda path: path.write_bytes(b"not a database" * 100), "is damaged, or no backup of a store"),
        (lambda path: path.write_bytes(b""), "is no store of this program"),
        (lambda path: path.write_bytes(path.read_bytes()[:-4096]), "is damaged, or no backup of a store"),
        (lambda path: sqlite3.connect(path).execute("DROP TABLE alembic_version"), "is no store of this program"),
        (lambda path: sqlite3.connect(path, isolation_level=None).execute(NEWER), "by a newer version"),
    ],
)
def test_unusable_backup_leaves_the_store_as_it_is(store, tmp_path, make, refusal):
    copy = tmp_path / "copy"
    backup.back_up(store, copy)
    make(copy)
    before = content(store.file)
    assert refusal in restored(store, copy)
    assert content(store.file) == before
    assert not list(tmp_path.glob("*.re*-*"))  # neither a temporary file nor a copy of the old store


def test_damaged_store_is_not_backed_up_but_can_be_restored(store, tmp_path):
    backup.back_up(store, tmp_path / "copy")
    store.close()
    damaged = b"not a database, not at all" * 100
    store.file.write_bytes(damaged)
    with pytest.raises(backup.BackupRefused, match="The store is damaged"):
        backup.back_up(store, tmp_path / "second")
    aside = restored(store, tmp_path / "copy")
    assert aside.read_bytes() == damaged
    assert store.count() == 2
    assert stat.S_IMODE(store.file.stat().st_mode) == 0o600


def test_copy_made_by_the_sqlite3_program_is_restored_too_where_there_is_no_store(store, tmp_path):
    source, copy = sqlite3.connect(store.file), sqlite3.connect(tmp_path / "copy")
    source.backup(copy)
    source.close()
    copy.close()
    other = Store(f"sqlite:///{tmp_path}/folder/other.sqlite3")
    assert restored(other, tmp_path / "copy") is None
    assert loaded(other) == loaded(store)
    other.close()


def test_commands_for_postgresql_back_up_and_restore_a_store(postgresql_url, opened, tmp_path):
    store = opened(postgresql_url)
    token = store.create_token("agency:SCSO", "ann@chp.example.gov", NOON)
    with pytest.raises(backup.BackupRefused) as refused:
        backup.check(store, tmp_path / "copy")
    _, dump, _, read_back = (shlex.split(line) for line in str(refused.value).splitlines())
    environ = os.environ | {"PGHOST": postgresql_url.partition("host=")[2]}  # the socket of this server
    subprocess.run(dump, env=environ, check=True, timeout=60)
    store.revoke_token(1, "ann@chp.example.gov", NOON)
    assert store.find_token(token, NOON) is None
    store.close()
    subprocess.run(read_back, env=environ, check=True, timeout=60)
    assert store.find_token(token, NOON).scope == "agency:SCSO"
    assert store.create_token("agency:YPD", "ann@chp.example.gov", NOON)  # numbering goes on


@pytest.mark.slow
def test_store_is_the_old_or_the_restored_one_wherever_a_restore_is_killed(store, tmp_path):
    backup.back_up(store, tmp_path / "copy")
    store.keep(book("EV-9", at=NOON + 2 * HOUR))
    store.close()
    old, lines = store.file.read_bytes(), 0

    def restore_until(nth):
        """Be killed before the nth line of these modules."""

        def trace(frame, event, _):
            nonlocal lines
            if frame.f_code.co_filename not in (backup.__file__, sqlite.__file__):
                return None
            lines += event == "line"
            if lines == nth:
                os.kill(os.getpid(), signal.SIGKILL)
            return trace

        sys.settrace(trace)
        backup.restore(store, tmp_path / "copy", "cli:tester", NOON)

    def outcome(nth):
        """Whether it was killed, and how many versions the store then has."""
        store.close()
        store.file.write_bytes(old)
        return is_killed(lambda: restore_until(nth)), store.count()

    sampled = list(takewhile(lambda of: of[0], map(outcome, range(1, 1000, 15))))
    assert len(sampled) > 2
    last = range(15 * len(sampled) - 13, 15 * len(sampled) + 1)  # few lines follow the commit
    assert {count for _, count in (*sampled, *map(outcome, last))} == {2, 3}
    assert outcome(1000) == (False, 2)


class Killed(sqlite3.Connection):
    """A connection whose backup is killed after three pages."""

    def backup(self, target, **_):
        def progress(_status, remaining, total):
            if total - remaining >= 3:
                os.kill(os.getpid(), signal.SIGKILL)

        super().backup(target, pages=1, progress=progress)


@pytest.mark.slow
def test_store_is_the_old_one_if_it_is_killed_while_pages_are_replaced(store, tmp_path, monkeypatch):
    backup.back_up(store, tmp_path / "copy")
    store.keep(book("EV-9", at=NOON + 2 * HOUR))
    store.close()
    before = content(store.file)
    open_read_only = sqlite.open_read_only

    def killed_when_it_replaces(path, busy_seconds):
        if ".restoring-" not in path.name:
            return open_read_only(path, busy_seconds)
        return sqlite3.connect(path, factory=Killed, isolation_level=None)

    with monkeypatch.context() as patched:
        patched.setattr(sqlite, "open_read_only", killed_when_it_replaces)
        assert is_killed(lambda: backup.restore(store, tmp_path / "copy", "cli:tester", NOON))
    assert Path(f"{store.file}-journal").stat().st_size  # pages were replaced already
    assert store.count() == 3
    store.close()
    assert content(store.file) == before
