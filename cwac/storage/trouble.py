"""Why the store cannot be used, as a cause for programs and as sentences for people."""

from __future__ import annotations

import errno
import os
import shutil
import sqlite3
from contextlib import suppress
from pathlib import Path

from sqlalchemy import exc

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


def cause_of(error: BaseException, file: Path | None) -> str:
    """The cause of a database error; `file` is the SQLite file, None on PostgreSQL."""
    if isinstance(error, exc.ArgumentError | exc.NoSuchModuleError):
        return "bad-address"
    if isinstance(error, ImportError):
        return "no-driver"
    if isinstance(error, exc.TimeoutError):
        return "unreachable"  # every pooled connection waits for an answer
    original = driver_error(error)
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


def driver_error(error: BaseException) -> BaseException | None:
    return error.orig if isinstance(error, exc.DBAPIError) else error
