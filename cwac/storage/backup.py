"""The SQLite store copied into one file while it is in use, and restored from it; PostgreSQL has tools of its own."""

from __future__ import annotations

import datetime as dt
import shlex
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy import exc

from cwac.storage import sqlite, tables
from cwac.storage.database import BUSY_SECONDS, head, known, trouble
from cwac.storage.store import BACKUP, Store, add_entry

LOCK_SECONDS = 1
"""Seconds to wait for other programs to close the store: another command may be about to end."""


class BackupRefused(Exception):  # noqa: N818 - the name says what happened, to people
    """A backup that cannot be made or used; its text says why and what to do."""


def check(store: Store, file: Path) -> None:
    """Refuse a store in PostgreSQL, with the commands to use instead, and the store itself as the backup's `file`."""
    path = _file(store, file)
    if path.exists() and file.exists() and path.samefile(file):
        raise BackupRefused(f"{file} is the store itself: name another file.")


def last_backup(store: Store) -> dt.datetime | None:
    """When `cwac backup` last backed up the store; None if never, not since it was restored, or on PostgreSQL."""
    query = "SELECT at FROM claims WHERE name = ?"
    try:
        path = store.file
        if path is None or not path.exists():
            return None
        with closing(sqlite.open_read_only(path, BUSY_SECONDS)) as connection:
            row = connection.execute(query, [BACKUP]).fetchone()
    except sqlite3.Error:
        return None  # no store, a damaged one, or one of a release without that table
    return None if row is None else dt.datetime.fromisoformat(row[0])


def back_up(store: Store, copy: Path) -> None:
    """Copy the store, unmigrated, into `copy`, a new or empty file, while others use it; raises `BackupRefused`."""
    path = _file(store)
    if not path.exists():
        raise BackupRefused(f"There is no store yet at {path}, so there is nothing to back up.")
    try:
        _copy(path, copy)
    except sqlite3.Error as error:
        if sqlite.is_damage(error):
            raise BackupRefused(
                "The store is damaged, so it was not backed up: restore an earlier backup with cwac backup --restore."
            ) from error
        raise BackupRefused(f"The backup could not be written ({error}).") from error


def note_backup(store: Store, person: str, now: dt.datetime) -> bool:
    """Record in the store and its audit that it was backed up; False if that would have to migrate it first."""
    if store.migration()[0] != head():
        return False
    store.claim(BACKUP, 0.0, now)
    store.audit(person, "backed up the store", now)
    return True


def restore(store: Store, backup: Path, person: str, now: dt.datetime) -> Path | None:
    """Replace the store by a backup, migrated; where a copy of the old store is now, None if there was none.

    The content is replaced in one SQLite transaction: interrupted, the store is as it was. Raises `BackupRefused`, also
    while another program has the store open, or `StoreTrouble`.
    """
    path = _file(store)
    store.close()
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with _temporary_beside(path) as new:
            _prepare(backup, new, person, now)
            damaged = sqlite.move_aside_if_corrupt(path, BUSY_SECONDS)
            sqlite.adopt_or_create(path)
            return _replace_content(path, new) or damaged
    except OSError as error:
        raise BackupRefused(f"{path} cannot be written ({error.strerror}): nothing was restored.") from error
    except sqlite3.Error as error:
        raise BackupRefused(f"{path} cannot be replaced ({error}): nothing was restored.") from error


def _file(store: Store, backup: Path = Path("FILE")) -> Path:
    if (path := store.file) is None:
        try:
            url = sa.make_url(store.address)
        except exc.ArgumentError as error:
            raise trouble("bad-address") from error
        if not url.get_backend_name().startswith("postgres"):
            raise BackupRefused("The store is in no file, so this command cannot back it up or restore it.")
        plain_url = sa.URL.create("postgresql", url.username, None, url.host, url.port, url.database)
        name, address = shlex.quote(str(backup)), shlex.quote(plain_url.render_as_string())
        raise BackupRefused(
            f"The store is in PostgreSQL, which has its own tools: back it up with\n"
            f"  pg_dump --format=custom --file={name} {address}\n"
            "and, with the dashboard stopped, restore it with\n"
            f"  pg_restore --clean --if-exists --single-transaction --dbname={address} {name}"
        )
    return path


@contextmanager
def _temporary_beside(path: Path) -> Iterator[Path]:
    """An empty file on the store's disk for its owner alone, deleted at the end."""
    # Named as files moved aside are, so that a purge names one that was left behind by a kill.
    with tempfile.TemporaryDirectory(prefix=f"{path.name}.restoring-", dir=path.parent) as folder:
        file = Path(folder, Path(folder).name)
        sqlite.make_private(file)
        yield file


def _copy(source: Path, target: Path) -> str:
    """Copy a store into an empty file, check the copy, and return its migration."""
    with (
        closing(sqlite.open_read_only(source, BUSY_SECONDS)) as read,
        closing(sqlite3.connect(target, isolation_level=None)) as written,
    ):
        read.execute("BEGIN")  # one moment of the store, even if it is changed meanwhile
        revision = _revision(read, source)
        read.backup(written)
        # The copy has its source's journal mode, which would need a second file.
        written.execute("PRAGMA journal_mode = DELETE")
        if written.execute("PRAGMA integrity_check(1)").fetchone() != ("ok",):
            damage = sqlite3.DatabaseError()
            damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
            raise damage
        return revision


def _revision(connection: sqlite3.Connection, path: Path) -> str:
    try:
        row = connection.execute("SELECT version_num FROM alembic_version").fetchone()
    except sqlite3.OperationalError:
        row = None
    if row is None:
        raise BackupRefused(f"{path} is no store of this program.")
    return str(row[0])


def _prepare(backup: Path, new: Path, person: str, now: dt.datetime) -> None:
    """Copy the backup into `new` and migrate it. What it says about its own last backup is forgotten."""
    try:
        revision = _copy(backup, new)
    except sqlite3.Error as error:
        raise BackupRefused(f"{backup} is damaged, or no backup of a store ({error}): nothing was restored.") from error
    if revision not in known():
        raise BackupRefused(
            f"{backup} was made by a newer version of this program: install that version, then restore it."
        )
    prepared = Store(f"sqlite:///{new}")
    try:
        with prepared.writing("audit") as connection:
            connection.execute(tables.claims.delete().where(tables.claims.c.name == BACKUP))
            add_entry(connection, now, person, "restored the store from a backup")
    finally:
        prepared.close()


def _replace_content(path: Path, new: Path) -> Path | None:
    """Copy the old content to a dated file beside the store, then put that of `new` in its place."""
    with (
        closing(sqlite3.connect(path, timeout=LOCK_SECONDS, isolation_level=None)) as old,
        closing(sqlite.open_read_only(new, BUSY_SECONDS)) as read,
    ):
        _lock(old)
        aside = None
        if old.execute("SELECT count(*) FROM sqlite_master").fetchone() != (0,):
            aside = path.with_name(f"{path.name}.replaced-{sqlite.timestamp()}")
            with _temporary_beside(path) as kept:
                with closing(sqlite3.connect(kept, isolation_level=None)) as written:
                    old.backup(written)
                kept.rename(aside)
        read.backup(old)
        return aside


def _lock(store: sqlite3.Connection) -> None:
    """Lock the store until this connection is closed."""
    store.execute("PRAGMA locking_mode = EXCLUSIVE")
    try:
        # Leaving WAL mode needs the file alone: SQLite refuses while any other connection is open, even an idle one.
        store.execute("PRAGMA journal_mode = DELETE")
        store.execute("BEGIN EXCLUSIVE")
        store.execute("COMMIT")
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            raise
        raise BackupRefused(
            "Another program has the store open: stop the dashboard, all of its processes, then restore."
        ) from error
