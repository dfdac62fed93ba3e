"""The SQLite file of the store: its transactions, its private mode, and what to do when it is damaged or replaced."""

from __future__ import annotations

import errno
import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from cwac.clock import read_clock
from cwac.file_owners import foreign_link

_JOURNALS = ("-wal", "-shm", "-journal")


def engine_for(path: Path, url: sa.URL, busy_seconds: float) -> sa.Engine:
    """An engine on the file, which is created for its owner alone where it does not exist."""
    make_private(path)
    engine = sa.create_engine(url, connect_args={"timeout": busy_seconds}, hide_parameters=True)

    @sa.event.listens_for(engine, "connect")
    def on_connect(connection: Any, _: object) -> None:
        # The driver's own transactions leave out CREATE TABLE; ours include it.
        connection.isolation_level = None
        use_wal(connection, busy_seconds)
        for pragma in ("synchronous = FULL", "foreign_keys = ON", "secure_delete = ON"):
            connection.execute(f"PRAGMA {pragma}")

    @sa.event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        is_writing = connection.get_execution_options().get("cwac_writes", True)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")

    return engine


def use_wal(connection: sqlite3.Connection, busy_seconds: float) -> None:
    """Switch to WAL mode, with patience: of several that open a new file, SQLite tells all but one "locked" at once."""
    until = time.monotonic() + busy_seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        time.sleep(0.01)


def open_read_only(path: Path, busy_seconds: float) -> sqlite3.Connection:
    """A connection that changes nothing, on a read-only disk as immutable, which is safe only with an empty journal."""
    journal = Path(f"{path}-wal")
    journal_is_empty = not journal.exists() or journal.stat().st_size == 0
    for mode in ("mode=ro", "mode=ro&immutable=1") if journal_is_empty else ("mode=ro",):
        uri = f"{path.absolute().as_uri()}?{mode}"
        connection = sqlite3.connect(uri, uri=True, timeout=busy_seconds, check_same_thread=False)
        connection.isolation_level = None
        try:
            connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            return connection
        except sqlite3.Error as error:
            connection.close()
            failure = error
    raise failure


def make_private(path: Path) -> None:
    """Create the file and its folder for their owner alone: the file names officers."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    if (link := foreign_link(path)) is not None:
        raise PermissionError(errno.EPERM, f"{link} is a link that another user made")
    if not path.exists():
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))


def file_id(path: Path | None) -> tuple[int, int] | None:
    """Device and inode of the file at the path, None where there is none. No other file has them while it is open."""
    try:
        status = os.stat(path) if path is not None else None
    except OSError:
        return None
    return None if status is None else (status.st_dev, status.st_ino)


def adopt_or_create(path: Path) -> bool:
    """Prepare the path after its file was replaced or deleted; True where another file is there already."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _file_lock(path):
        if path.exists():
            return True
        stamp = timestamp()
        for ending in _JOURNALS:
            journal = Path(f"{path}{ending}")
            if ending != "-shm" and journal.exists() and journal.stat().st_size:
                journal.rename(f"{path}.gone-{stamp}{ending}")
            else:
                journal.unlink(missing_ok=True)
        make_private(path)
        return False


def move_aside_if_corrupt(path: Path, busy_seconds: float) -> Path | None:
    """Move a corrupt file aside, its journal first, and return its new path; None if the file is sound."""
    with _file_lock(path):
        if not path.exists():
            return None
        try:
            with closing(sqlite3.connect(path, timeout=busy_seconds)) as connection:
                is_sound = connection.execute("PRAGMA quick_check(1)").fetchone() == ("ok",)
        except sqlite3.DatabaseError as error:
            is_sound = not is_damage(error)
        if is_sound:
            return None
        aside = path.with_name(f"{path.name}.damaged-{timestamp()}")
        for ending in (*_JOURNALS, ""):  # the journal first: no new file may meet it
            part = Path(f"{path}{ending}")
            if part.exists():
                part.rename(f"{aside}{ending}")
        return aside


def is_damage(error: sqlite3.Error) -> bool:
    """Whether it says that the file is damaged, or no database at all."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def timestamp() -> str:
    """Now in UTC, as part of the name of a file that is moved aside."""
    return read_clock().strftime("%Y%m%dT%H%M%S%fZ")


@contextmanager
def _file_lock(path: Path) -> Iterator[None]:
    """Hold a lock on a file beside this one: two processes must not both move it. Windows has no such lock."""
    try:
        import fcntl
    except ImportError:
        yield
        return
    lock = os.open(f"{path}.lock", os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
