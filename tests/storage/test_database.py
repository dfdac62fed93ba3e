"""The database: disks, locks, servers, addresses and files that vanish are reported, and it recovers by itself."""

import contextlib
import os
import random
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from cwac.checks.store import findings, why_not_kept
from cwac.cli import main
from cwac.model import Tab
from cwac.settings import Settings
from cwac.storage import database, postgresql
from cwac.storage.database import default_path
from cwac.storage.sqlite import use_wal
from cwac.storage.store import Store
from tests.cases import each
from tests.storage.killing import is_killed
from tests.storage.workbooks import NOON, book, cause_of, loaded


def connected(url, **options):
    """Another connection to the PostgreSQL of a store."""
    return psycopg.connect(url.replace("+psycopg", ""), **options)


def test_full_disk_is_reported_and_keeping_goes_on_once_there_is_room(store):
    store.keep(book("EV-1"))
    with store.reading() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
    store.close()
    big = book(*(f"EV-{random.Random(n).random()}" for n in range(2_000)))
    store._engine = store._new_engine()
    sa.event.listen(
        store._engine, "connect", lambda connection, _: connection.execute(f"PRAGMA max_page_count = {pages + 2}")
    )
    assert cause_of(lambda: store.keep(big)) == "disk-full"
    assert loaded(store) == [book("EV-1")]
    assert store.keep(big).id == 2  # there is room again


def test_file_locked_by_another_program_is_reported_and_still_read(opened):
    store = opened(busy_seconds=0.1)
    store.keep(book("EV-1"))
    other = sqlite3.connect(store.file, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    assert cause_of(lambda: store.keep(book("EV-2"))) == "locked"
    assert store.load(store.latest("plan.xlsx")) == book("EV-1")
    other.execute("ROLLBACK")
    assert store.keep(book("EV-2")).id == 2
    other.close()


def test_table_locked_in_postgresql_is_reported(opened, postgresql_url):
    store = opened(postgresql_url, busy_seconds=0.1)
    with connected(postgresql_url) as other:
        other.execute("LOCK TABLE versions IN ACCESS EXCLUSIVE MODE")
        assert cause_of(lambda: store.keep(book("EV-1"))) == "locked"
    assert store.keep(book("EV-1")).id == 1


def test_folder_without_write_permission_is_reported(tmp_path):
    folder = Path("/proc/cwac") if os.getuid() == 0 else tmp_path / "mine"
    if os.getuid() != 0:
        folder.mkdir(mode=0o500)
    for use in (Store.count, Store.or_read_only):
        assert cause_of(lambda use=use: use(Store(f"sqlite:///{folder}/store.sqlite3"))) == "read-only"


@each(
    "url",
    [
        "sqlite://", "no address", "mysql://u:secret@h/d", "sqlite:///:memory:", "postgresql://u:p@secret@h/db",
        "postgresql://u:p@secret:w@h/db", "postgresql://u:p@h:secret/db", "postgresql://u:p@secret/x@h/db", "postgresql://u:p@secret?x@h/db",
    ],
)  # fmt: skip
def test_address_of_no_database_is_reported_without_its_password(url):
    assert cause_of(lambda: Store.open(url)) == "bad-address"
    assert "secret" not in Store(url).address


def test_missing_server_is_unreachable_and_missing_database_refused(tmp_path, postgresql_server):
    assert cause_of(lambda: Store.open(f"postgresql://cwac@/none?host={tmp_path}")) == "unreachable"
    assert cause_of(lambda: Store.open(f"postgres://cwac@/none?host={postgresql_server}")) == "refused"


class Clock:
    """A monotonic clock that moves only when the test says so."""

    def __init__(self, monkeypatch):
        self.seconds = 1000.0
        monkeypatch.setattr(database, "time", SimpleNamespace(monotonic=lambda: self.seconds, sleep=time.sleep))


@pytest.mark.parametrize(("seconds", "attempted"), [(0, [0, 0, 0, 9, 10]), (5, [0, 15])])
def test_after_a_slow_failure_alone_callers_fail_at_once_for_a_while(tmp_path, monkeypatch, seconds, attempted):
    store, clock, attempts = Store(f"postgresql://cwac@/none?host={tmp_path}"), Clock(monkeypatch), []
    new_engine = store._new_engine

    def slow_engine():
        attempts.append(clock.seconds - 1000)
        clock.seconds += seconds
        return new_engine()

    monkeypatch.setattr(store, "_new_engine", slow_engine)
    for pause in (0, 0, 0, database.FAIL_FAST_SECONDS - 1, 1):
        clock.seconds += pause
        assert cause_of(store.count) == "unreachable"
    assert attempts == attempted


def test_process_frozen_in_a_transaction_may_try_again_at_once(store, postgresql_url, monkeypatch):
    """PostgreSQL ends a transaction in which nothing happens. That was our doing, so nobody has to fail fast."""
    clock = Clock(monkeypatch)

    def be_frozen():
        with store.writing("test") as connection, connected(postgresql_url, autocommit=True) as other:
            pid = connection.execute(sa.text(PROCESS)).scalar()
            connection.exec_driver_sql("SET LOCAL idle_in_transaction_session_timeout = '50ms'")
            while other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone():
                time.sleep(0.02)
            clock.seconds += 30
            connection.exec_driver_sql("SELECT 1")

    assert cause_of(be_frozen) == "unreachable"
    assert store.count() == 0


def test_postgresql_ends_idle_transactions_and_long_statements_and_waits_for_locks_only_so_long(opened, postgresql_url):
    store = opened(postgresql_url, busy_seconds=2)
    with store.reading() as connection:
        names = ("idle_in_transaction_session_timeout", "statement_timeout", "lock_timeout")
        settings = [connection.exec_driver_sql(f"SHOW {name}").scalar() for name in names]
    assert settings == [f"{postgresql.IDLE_SECONDS}s", f"{postgresql.STATEMENT_SECONDS}s", "2s"]

    def take_long():
        with store.reading() as connection:
            connection.exec_driver_sql("SET LOCAL statement_timeout = '20ms'")
            connection.exec_driver_sql("SELECT pg_sleep(60)")

    assert cause_of(take_long) == "unreachable"
    assert store.count() == 0


@pytest.mark.usefixtures("postgresql_url")
def test_vacuum_may_take_long_and_other_statements_afterward_may_not(store):
    limits = []

    def note(connection, _, statement, *__):
        if statement.startswith(("VACUUM", "SELECT 1")):
            answer_seconds = connection.connection.driver_connection.answer_seconds
            limits.append((connection.exec_driver_sql("SHOW statement_timeout").scalar(), answer_seconds))

    sa.event.listen(store._opened(), "before_cursor_execute", note)
    store.vacuum()
    with store.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
    assert limits == [("0", None), ("30s", 40)]


@pytest.fixture
def stopped():
    """Stops a PostgreSQL process, as one whose disk hangs; all go on in the end."""
    processes = []

    def stop(process):
        processes.append(process)
        os.kill(process, signal.SIGSTOP)

    yield stop
    for process in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process, signal.SIGCONT)


PROCESS = "SELECT pg_backend_pid()"


@pytest.mark.usefixtures("postgresql_url")
def test_postgresql_that_stops_answering_is_reported_and_its_late_answer_is_nobodys(store, stopped, monkeypatch):
    store.keep(book("EV-1"))
    processes = []

    def ask_a_stopped_process():
        with store.reading() as connection:
            processes.append(connection.exec_driver_sql(PROCESS).scalar())
            stopped(processes[0])
            connection.connection.driver_connection.answer_seconds = 1.1
            connection.exec_driver_sql("SELECT 2")

    assert cause_of(ask_a_stopped_process) == "unreachable"
    monkeypatch.setattr(store, "_fail_fast", None)
    with store.reading() as connection:
        assert connection.exec_driver_sql(PROCESS).scalar() != processes[0]
    os.kill(processes[0], signal.SIGCONT)
    assert loaded(store) == [book("EV-1")]


@pytest.mark.usefixtures("postgresql_url")
def test_connection_that_does_not_answer_when_it_is_taken_is_replaced(store, stopped):
    with store.reading() as connection:
        process = connection.exec_driver_sql(PROCESS).scalar()
        connection.connection.driver_connection.ping_seconds = 0.5
    stopped(process)
    with store.reading() as connection:
        assert connection.exec_driver_sql(PROCESS).scalar() != process


def test_only_the_owner_may_read_the_file(tmp_path, opened):
    folder = tmp_path / "new"
    opened(f"sqlite:///{folder}/store.sqlite3").keep(book("EV-1"))
    modes = {stat.S_IMODE(part.stat().st_mode) for part in folder.iterdir()}
    assert (stat.S_IMODE(folder.stat().st_mode), modes) == (0o700, {0o600})


def test_default_is_a_file_in_the_users_data_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    Store.open().close()
    assert default_path().is_file()
    assert sys.platform != "linux" or default_path() == tmp_path / "cwac" / "cwac.sqlite3"


def test_file_corrupted_while_in_use_is_moved_aside_once(tmp_path, opened):
    store, other = opened(), opened()
    for number in range(20):
        store.keep(book(f"EV-{number}"))
    store.close()
    other.close()
    content = store.file.read_bytes()
    store.file.write_bytes(content[:4096] + os.urandom(len(content) - 4096))
    assert cause_of(lambda: [store.keep(book("EV-A")), store.keep(book("EV-B"))]) == "corrupt"
    aside = [part for part in tmp_path.iterdir() if ".damaged-" in part.name]
    assert store.moved_aside in aside
    store.keep(book("EV-A"))
    other.keep(book("EV-B"))  # it finds the new file, and leaves it in its place
    assert other.moved_aside is None
    assert [part for part in tmp_path.iterdir() if ".damaged-" in part.name] == aside
    assert loaded(store) == [book("EV-B"), book("EV-A")]


def delete_with_journal(path):
    for part in path.parent.glob(f"{path.name}*"):
        part.unlink()


VANISH = {
    "file deleted": lambda path: path.unlink(),
    "file and journal deleted": delete_with_journal,
    "folder deleted": lambda path: shutil.rmtree(path.parent),
    "file moved": lambda path: path.rename(path.with_name("moved.sqlite3")),
    "folder moved": lambda path: path.parent.rename(path.parent.with_name("moved")),
}
USES = {
    "keep": lambda store: store.keep(book("EV-9")),
    "versions": lambda store: store.versions(),
    "audit": lambda store: store.audit("c", "did", NOON),
    "token": lambda store: store.create_token("all", "c", NOON),
    "look": lambda store: store.count(),
}


@pytest.mark.parametrize(
    ("vanish", "use"), [*((way, "keep") for way in VANISH), *(("file deleted", use) for use in list(USES)[1:])]
)
def test_vanished_file_is_begun_anew_at_the_next_use(tmp_path, opened, vanish, use, caplog):
    path = tmp_path / "mine" / "store.sqlite3"
    store = opened(f"sqlite:///{path}")
    for event_id in ("EV-1", "EV-2"):
        store.keep(book(event_id))
    VANISH[vanish](path)
    USES[use](store)
    assert store.times_replaced == 1
    assert "deleted or moved" in caplog.text
    store.keep(book("EV-9"))
    assert (loaded(store), store.times_replaced) == ([book("EV-9")], 1)
    store.close()
    again = opened(f"sqlite:///{path}")  # the version is in the file at the path, not in the lost one
    assert loaded(again) == [book("EV-9")]
    again.close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    for moved in {*tmp_path.rglob("*.sqlite3")} - {path}:  # it has all that was kept in it
        with closing(sqlite3.connect(moved)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
            assert connection.execute("SELECT count(*) FROM versions").fetchone() == (2,)


def test_file_put_in_place_of_the_other_is_used_from_then_on(tmp_path, opened, caplog):
    store, backup = opened(), opened(f"sqlite:///{tmp_path}/other.sqlite3")
    store.keep(book("EV-1"))
    backup.keep(book("EV-7"))
    backup.close()
    backup.file.replace(store.file)
    assert loaded(store) == [book("EV-7")]
    assert store.times_replaced == 1
    assert "replaced" in caplog.text


def test_two_stores_on_a_vanished_file_go_on_with_the_same_new_one(opened):
    stores = [opened(), opened()]
    for number, store in enumerate(stores):
        store.keep(book(f"EV-{number}"))
    stores[0].file.unlink()
    for number, store in enumerate(stores):
        store.keep(book(f"NEW-{number}"))
    for store in stores:
        assert loaded(store) == [book("NEW-1"), book("NEW-0")]


def test_file_that_stays_is_never_begun_anew(store):
    store.keep(book("EV-1"))
    os.utime(store.file, (0, 0))
    store.file.chmod(0o640)
    store.purge(1, "c", "why", NOON)  # which rewrites it
    store.close()
    store.keep(book("EV-2"))
    assert store.times_replaced == 0


@pytest.fixture
def small_disk(tmp_path):
    """A disk of 400 kB, and how to make it read-only."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a disk")
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=400k", "tmpfs", folder]
    if subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("mounting is not allowed here")
    try:
        yield folder, lambda: subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
    finally:
        subprocess.run(["umount", folder], check=True)


def test_disk_that_is_really_full_is_reported(small_disk, opened):
    folder, _ = small_disk
    store, filler = opened(f"sqlite:///{folder}/store.sqlite3"), folder / "filler"
    store.keep(book("EV-1"))
    with pytest.raises(OSError, match="No space left"):
        filler.write_bytes(b"x" * 1_000_000)
    big = book(*(f"EV-{random.Random(n).random()}" for n in range(2_000)))
    assert cause_of(lambda: store.keep(big)) == "disk-full"
    other = f"sqlite:///{folder}/other/store.sqlite3"
    assert cause_of(lambda: Store.open(other)) == "disk-full"
    assert why_not_kept(Settings(workbook="x", store=other)).cause == "disk-full"
    filler.unlink()
    assert store.keep(big).id == 2
    assert loaded(store) == [big, book("EV-1")]
    store.close()  # before the disk is gone


@pytest.mark.parametrize("crashed", [False, True])
def test_store_on_a_read_only_disk_is_read(small_disk, crashed):
    folder, make_read_only = small_disk
    url = f"sqlite:///{folder}/store.sqlite3"

    def keep_two():
        store = Store.open(url)
        store.keep(book("EV-1"))
        store.keep(book("EV-2"))
        if not crashed:
            store.close()

    is_killed(keep_two)  # at its end, without closing anything
    assert (folder / "store.sqlite3-wal").exists() is crashed
    make_read_only()
    trouble = why_not_kept(Settings(workbook="x", store=url))
    assert (trouble.cause, "on a disk that can only be read" in trouble.sentence) == ("read-only", True)
    (place, *_) = findings(Settings(workbook="x", store=url), NOON)
    assert (place.result, place.found) == ("FAIL", f"{folder}/store.sqlite3 is on a disk that can only be read.")
    if not crashed:  # after a crash SQLite finds its journal and can read
        assert cause_of(lambda: Store(url).versions()) == "read-only"
    store = Store(url).or_read_only()
    assert loaded(store) == [book("EV-2"), book("EV-1")]
    assert cause_of(lambda: store.audit("c", "did", NOON)) == "read-only"
    assert cause_of(lambda: store.keep(book("EV-3"))) == "read-only"
    store.close()


@pytest.mark.slow
def test_commands_read_a_store_on_a_read_only_disk(small_disk, tmp_path, monkeypatch):
    folder, make_read_only = small_disk
    url = f"sqlite:///{folder}/store.sqlite3"
    store = Store.open(url)
    store.keep(replace(book("EV-1"), tabs=(Tab("Events", [["Event ID", "Date"], ["EV-1", 46302]]),)))
    store.close()
    make_read_only()

    monkeypatch.setenv("CWAC_STORE", url)
    commands = ("history", "audit", f"restore 1 -o {tmp_path}/back.xlsx", "history purge 1 --why x --yes")
    history, audit, restored, purged = (CliRunner().invoke(main, words.split()) for words in commands)
    assert [done.exit_code for done in (history, audit, restored, purged)] == [0, 0, 0, 2]
    assert history.output.startswith("1 version in ")
    assert "The history cannot be written to, so the audit does not say that you did this." in restored.output
    assert (tmp_path / "back.xlsx").exists()


def test_new_file_that_others_open_too_is_waited_for(tmp_path, monkeypatch):
    """SQLite itself does not wait then; the file is free once it has said so twice."""
    other, connection = (sqlite3.connect(tmp_path / "store.sqlite3", isolation_level=None, timeout=0) for _ in "ab")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        use_wal(connection, busy_seconds=0)
    rests = []

    def rest(seconds):
        rests.append(seconds)
        if len(rests) == 2:
            other.rollback()

    monkeypatch.setattr("cwac.storage.sqlite.time.sleep", rest)
    use_wal(connection, busy_seconds=60)
    assert rests == [0.01, 0.01]
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    other.close()
