"""The database of the store, SQLite or PostgreSQL: opening and migrating it, transactions, errors as trouble."""

from __future__ import annotations

import errno
import hashlib
import logging
import os
import shutil
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, Self

import platformdirs
import sqlalchemy as sa
from sqlalchemy import exc

from cwac.storage import sqlite

_log = logging.getLogger(__name__)


IDLE_TRANSACTION_ENDED = "25P03"
"""PostgreSQL's code for a transaction that it ended because nothing happened in it."""


class StoreTrouble(Exception):  # noqa: N818 - the name says what happened, to people
    """The store cannot be used at the moment. The dashboard goes on without it and keeps nothing meanwhile.

    `cause` is one of `disk-full`, `locked`, `corrupt`, `read-only`, `unreachable`, `refused`, `too-new`, `bad-address`,
    `no-driver`, `unusable`; `sentence` and `remedy` may be shown to anybody.
    """

    def __init__(self, cause: str, sentence: str, remedy: str) -> None:
        super().__init__(f"{sentence} {remedy}")
        self.cause = cause
        self.sentence = sentence
        self.remedy = remedy


_MESSAGES = {
    "disk-full": (
        "The disk that holds the history is full, so new versions are not kept.",
        "Whoever runs this dashboard must make room; it then goes on by itself.",
    ),
    "locked": (
        "Another program holds on to the history, so new versions are not kept.",
        "Close whatever has it open; it then goes on by itself.",
    ),
    "corrupt": (
        "The history was damaged.",
        "The damaged file is moved aside beside it, and a new one begun.",
    ),
    "read-only": (
        "The history cannot be written to.",
        "Whoever runs this dashboard must give it the right to write there.",
    ),
    "unreachable": (
        "The database that holds the history does not answer.",
        "Whoever runs this dashboard must start it or fix the network; it then goes on by itself.",
    ),
    "refused": (
        "The database that holds the history does not let this dashboard in.",
        "Whoever runs this dashboard must correct the name, the password or the rights in `store`.",
    ),
    "too-new": (
        "The history was last used by a newer version of this dashboard.",
        "Install that version again, or name another store.",
    ),
    "bad-address": (
        "`store` is not the address of a store.",
        "Write sqlite:///PATH or postgresql+psycopg://USER@HOST/NAME.",
    ),
    "no-driver": (
        "The program that speaks to the database is not installed.",
        'Install it: pip install "psycopg[binary]>=3.3.6".',
    ),
    "unusable": (
        "The history cannot be used.",
        "The log says why, to whoever runs this dashboard.",
    ),
}

_SQLITE_CAUSES = {
    sqlite3.SQLITE_FULL: "disk-full",
    sqlite3.SQLITE_BUSY: "locked",
    sqlite3.SQLITE_LOCKED: "locked",
    sqlite3.SQLITE_CORRUPT: "corrupt",
    sqlite3.SQLITE_NOTADB: "corrupt",
    sqlite3.SQLITE_READONLY: "read-only",
    sqlite3.SQLITE_CANTOPEN: "read-only",
    sqlite3.SQLITE_PERM: "read-only",
}

_POSTGRES_CAUSES = (
    ("53100", "disk-full"),
    ("55P03", "locked"),
    ("40P01", "locked"),
    ("XX001", "unusable"),
    ("25006", "read-only"),
    (IDLE_TRANSACTION_ENDED, "unreachable"),
    ("57014", "unreachable"),  # a statement that took too long
    ("28", "refused"),
    ("3D", "refused"),
    ("42501", "refused"),
    ("08", "unreachable"),
    ("57P", "unreachable"),
    ("53", "unreachable"),
)
"""By the beginning of an SQLSTATE; the first that matches counts."""


_READ_ONLY_DISK = (
    "The history is on a disk that can only be read, so new versions are not kept.",
    "Whoever runs this dashboard must name a store on another disk (`store` under [cwac], or CWAC_STORE), or mount it "
    "for writing.",
)


def trouble(cause: str, file: Path | None = None) -> StoreTrouble:
    """The trouble with that cause, in our sentences; `file` is the SQLite file, None on PostgreSQL."""
    is_of_disk = cause == "read-only" and file is not None and is_on_read_only_disk(file)
    return StoreTrouble(cause, *(_READ_ONLY_DISK if is_of_disk else _MESSAGES[cause]))


def is_on_read_only_disk(path: Path) -> bool:
    """Whether the path, or the nearest folder above it, is on a disk that is mounted read-only; False on Windows."""
    place = next((place for place in (path, *path.absolute().parents) if place.exists()), None)
    return place is not None and os.name == "posix" and bool(os.statvfs(place).f_flag & os.ST_RDONLY)


def _cause_of(error: BaseException, file: Path | None) -> str:
    """The cause of a database error; `file` is the SQLite file, None on PostgreSQL."""
    if isinstance(error, exc.ArgumentError | exc.NoSuchModuleError):
        return "bad-address"
    if isinstance(error, ImportError):
        return "no-driver"
    if isinstance(error, exc.TimeoutError):
        return "unreachable"  # every pooled connection waits for an answer
    original = _driver_error(error)
    if isinstance(original, OSError):
        return "disk-full" if original.errno in (errno.ENOSPC, errno.EDQUOT) else "read-only"
    code = getattr(original, "sqlite_errorcode", None)
    if code is not None:
        cause = _SQLITE_CAUSES.get(code & 0xFF, "unusable")
        # SQLite sometimes reports a full disk as a plain read or write error.
        with suppress(OSError):
            if cause == "unusable" and file is not None and shutil.disk_usage(file.parent).free < 1 << 20:
                return "disk-full"
        return cause
    state = getattr(original, "sqlstate", None)
    if state is not None:
        return next((cause for start, cause in _POSTGRES_CAUSES if state.startswith(start)), "unusable")
    # A connection that was never made has no SQLSTATE, only words.
    if any(words in str(original) for words in ("authentication failed", "does not exist", "no password")):
        return "refused"
    return "unreachable" if file is None and isinstance(error, exc.OperationalError) else "unusable"


def _driver_error(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, exc.DBAPIError) else error


_POSTGRESQL = ("postgres", "postgresql")

MIGRATIONS = Path(__file__).parent / "migrations"

_alembic_lock = threading.Lock()
"""Alembic's `op` and `context` are global to the process."""

BUSY_SECONDS = 5
"""Seconds to wait for a lock that another process holds, before the store counts as locked."""

FAIL_FAST_SECONDS = 10
"""Seconds after a slow connection failure during which other callers fail at once: pages must not hang at each call."""


class Database:
    """One SQLite file or PostgreSQL database, opened and migrated at first use. Every method may raise `StoreTrouble`.

    After trouble the next call opens it again (after a slow failure, once `FAIL_FAST_SECONDS` have passed), so it
    recovers as soon as the disk has room, the lock is gone or the server is back. A corrupt SQLite file is moved to
    `moved_aside`, never deleted.
    """

    def __init__(self, url: str | None = None, *, busy_seconds: float = BUSY_SECONDS, read_only: bool = False) -> None:
        self.moved_aside: Path | None = None
        self.times_replaced = 0
        """How often the SQLite file was found deleted, moved or replaced while it was in use."""
        self._configured_url = url or f"sqlite:///{default_path()}"
        self._busy_seconds = busy_seconds
        self._read_only = read_only
        self._engine: sa.Engine | None = None
        self._open_file: tuple[int, int] | None = None
        self._opening = threading.RLock()
        self._fail_fast: float | None = None
        """Until when, by the monotonic clock, callers fail at once."""

    @classmethod
    def open(cls, url: str | None = None, *, busy_seconds: float = BUSY_SECONDS) -> Self:
        """Open `sqlite:///…` or `postgresql+psycopg://…` at once; by default the file in the user's data folder."""
        database = cls(url, busy_seconds=busy_seconds)
        with database.reading():
            return database

    def or_read_only(self) -> Self:
        """This database; where its disk cannot be written to, a read-only one on the same file."""
        try:
            with self.reading():
                return self
        except StoreTrouble as error:
            if error.cause != "read-only" or self.file is None or not self.file.exists():
                raise
            return type(self)(self._configured_url, busy_seconds=self._busy_seconds, read_only=True)

    def close(self) -> None:
        """Close the connections. The next call opens new ones."""
        with self._opening:
            engine, self._engine = self._engine, None
            if engine is not None:
                engine.dispose()

    @property
    def address(self) -> str:
        """The URL without password and parameters, which may hold a password too."""
        url = self._url
        return "the address given" if url is None else url.set(query={}).render_as_string(hide_password=True)

    @property
    def is_there(self) -> bool:
        """Whether opening it would create no new file; it says what is wrong with an address that cannot be used."""
        return self.file is None or self.file.exists()

    @property
    def is_shared(self) -> bool:
        """Whether processes on several machines can share it."""
        if self._url is None or self._url.get_backend_name() not in _POSTGRESQL:
            return False
        try:
            import psycopg  # noqa: F401 - it may be installed and still lack libpq
        except ImportError:
            return False
        return True

    def migration(self) -> tuple[str | None, bool]:
        """The last migration (None for an empty database), and whether this release knows it; migrates nothing."""
        try:
            engine = self._new_engine()
            try:
                with engine.connect() as connection:
                    revision = revision_of(connection.execution_options(cwac_writes=False))
            finally:
                engine.dispose()
        except (exc.SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
            raise trouble(_cause_of(error, self.file), self.file) from error
        return revision, revision is None or revision in known()

    @contextmanager
    def reading(self) -> Iterator[sa.Connection]:
        """A connection for queries."""
        with self._errors_as_trouble(), self._opened().connect() as connection:
            yield connection.execution_options(cwac_writes=False)

    def rows(self, query: sa.Executable) -> Sequence[Any]:
        with self.reading() as connection:
            return connection.execute(query).all()

    @contextmanager
    def writing(self, purpose: str) -> Iterator[sa.Connection]:
        """A transaction. Two with the same `purpose` never run at the same time, in whatever process."""
        with self._errors_as_trouble(), self._opened().connect() as connection:
            connection = connection.execution_options(cwac_writes=True)
            with connection.begin():
                if connection.dialect.name == "postgresql":
                    connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_advisory_lock(purpose))))
                yield connection

    def vacuum(self) -> None:
        """Rewrite the SQLite file, so that none of its free pages holds what was deleted; on PostgreSQL, free it."""
        with self._errors_as_trouble():
            engine = self._opened()
            if engine.dialect.name == "postgresql":
                from cwac.storage.postgresql import statements_without_limit

                with (
                    engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection,
                    statements_without_limit(connection),
                ):
                    connection.exec_driver_sql("VACUUM tabs")
                return
            raw = engine.raw_connection()
            try:
                raw.execute("VACUUM")
                for _ in range(10):  # a reader keeps the journal from being emptied
                    if raw.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] == 0:
                        break
                    time.sleep(0.1)
            finally:
                raw.close()

    def _opened(self) -> sa.Engine:
        with self._opening:
            if self._engine is not None and self._open_file not in (None, sqlite.file_id(self.file)):
                self._replace_lost_file(self._engine)
            if self._engine is None:
                engine = self._new_engine()
                try:
                    migrate(engine, _advisory_lock("migrations"))
                except BaseException:
                    engine.dispose()
                    raise
                self._engine, self._open_file = engine, sqlite.file_id(self.file)
            return self._engine

    def _replace_lost_file(self, engine: sa.Engine) -> None:
        """Leave the file that the engine has open, and go on with the one that is at the path now, or a new one."""
        path = self.file
        assert path is not None
        with suppress(exc.SQLAlchemyError, sqlite3.Error):  # write its journal back, wherever it has been moved
            connection = engine.raw_connection()
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.close()
        self.close()
        self.times_replaced += 1
        is_there = sqlite.adopt_or_create(path)
        happened = "replaced: the other one is used" if is_there else "deleted or moved: a new one is begun"
        _log.error("While it was in use, the file with the history (%s) was %s", path, happened)

    def _new_engine(self) -> sa.Engine:
        url, path = _parsed(self._configured_url), self.file
        if path is not None and self._read_only:
            connect = lambda: sqlite.open_read_only(path, self._busy_seconds)  # noqa: E731
            engine = sa.create_engine("sqlite://", creator=connect, poolclass=sa.pool.QueuePool, hide_parameters=True)
            sa.event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("BEGIN"))
            return engine
        if path is not None:
            return sqlite.engine_for(path, url, self._busy_seconds)
        if url.get_backend_name() not in _POSTGRESQL:
            raise exc.ArgumentError("neither a file nor a server")
        from cwac.storage import postgresql  # its driver is an extra

        # The URLs that hosting companies hand out name no driver, or another one.
        url = url.set(drivername="postgresql+psycopg") if url.drivername in _POSTGRESQL else url
        engine = postgresql.engine_for(url, self._busy_seconds)

        @sa.event.listens_for(engine, "checkin")
        def on_checkin(connection: Any, _: object) -> None:
            # The pool of an engine that was closed meanwhile lends its connections to nobody.
            if connection is not None and engine is not self._engine:
                connection.close()

        return engine

    @property
    def _url(self) -> sa.URL | None:
        with suppress(exc.ArgumentError):
            return _parsed(self._configured_url)
        return None

    @property
    def file(self) -> Path | None:
        """The SQLite file; None on PostgreSQL, and for an address that cannot be used."""
        url = self._url
        if url is None or url.get_backend_name() != "sqlite" or not url.database or url.database == ":memory:":
            return None
        return Path(url.database)

    @contextmanager
    def _errors_as_trouble(self) -> Iterator[None]:
        """Raise the database's errors as `StoreTrouble`, log them, and close the connections."""
        began = time.monotonic()
        if self._fail_fast is not None and began < self._fail_fast:
            raise trouble("unreachable")
        try:
            yield
        except (exc.SQLAlchemyError, sqlite3.Error, OSError, ImportError) as error:
            cause, original = _cause_of(error, self.file), _driver_error(error)
            _log.warning("%s: %s (%s: %s)", self.address, cause, type(original).__name__, original)
            self.close()
            now = time.monotonic()
            we_were_idle = getattr(original, "sqlstate", None) == IDLE_TRANSACTION_ENDED
            if cause == "unreachable" and now - began > 1 and not we_were_idle:
                self._fail_fast = now + FAIL_FAST_SECONDS
            if cause == "corrupt" and self.file is not None:
                self.moved_aside = sqlite.move_aside_if_corrupt(self.file, self._busy_seconds) or self.moved_aside
            raise trouble(cause, self.file) from error


def _parsed(address: str) -> sa.URL:
    """The URL. Raises `ArgumentError` that quotes none of it: after an @ in a password, its rest reads as the host."""
    try:
        url = sa.make_url(address)
    except ValueError:
        raise exc.ArgumentError("the port is not a number") from None
    before, _, after = address.partition("?")
    if url.host is not None and (before.count("@") > 1 or ("@" in after and not url.query)):
        raise exc.ArgumentError("there is an @ in the password, or behind the host")
    return url


def default_path() -> Path:
    return platformdirs.user_data_path("cwac", appauthor=False) / "cwac.sqlite3"


def _advisory_lock(purpose: str) -> int:
    """The number of PostgreSQL's advisory lock for transactions with that purpose."""
    return int.from_bytes(hashlib.sha256(f"cwac {purpose}".encode()).digest()[:8], "big", signed=True)


@cache
def known() -> frozenset[str]:
    """The migrations of this release, by file name: Alembic is slow to import."""
    return frozenset(path.stem.partition("_")[0] for path in (MIGRATIONS / "versions").glob("r*.py"))


def head() -> str:
    return max(known())


def migrate(engine: sa.Engine, lock: int) -> None:
    """Run the missing migrations in one transaction, on PostgreSQL under the advisory lock `lock`."""
    with engine.connect() as connection:
        if revision_of(connection.execution_options(cwac_writes=False)) == head():
            return
    from alembic import command
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    with engine.connect() as connection, connection.begin(), ExitStack() as stack:
        if connection.dialect.name == "postgresql":
            from cwac.storage.postgresql import statements_without_limit

            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(lock)))
            stack.enter_context(statements_without_limit(connection))
        revision = revision_of(connection)
        if revision is not None and revision not in known():
            raise trouble("too-new")
        config.attributes["connection"] = connection
        with _alembic_lock:
            command.upgrade(config, "head")


def revision_of(connection: sa.Connection) -> str | None:
    """The store's last migration; None for an empty database."""
    if not sa.inspect(connection).has_table("alembic_version"):
        return None
    return connection.execute(sa.text("SELECT version_num FROM alembic_version")).scalar()
