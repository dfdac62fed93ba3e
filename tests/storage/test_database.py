"""The database: what goes wrong with disks, locks, servers and addresses is said, and it recovers by itself."""

import contextlib
import os
import random
import signal
import sqlite3
import stat
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import psycopg
import pytest
import sqlalchemy as sa

from cwac.storage import database, postgresql
from cwac.storage.database import default_path
from cwac.storage.store import Store
from tests.cases import each
from tests.storage.workbooks import book, cause_of, loaded


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
def test_vacuum_may_take_long_and_other_statements_afterwards_may_not(store):
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
