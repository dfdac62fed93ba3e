"""The store: where it is, who may read it, free space, migrations, and the last backup."""

from __future__ import annotations

import datetime as dt
import os
import shlex
import shutil
from collections.abc import Iterator
from pathlib import Path

from cwac import settings as configuration
from cwac.checks.finding import Finding, failed, passed, skipped, warned
from cwac.settings import Settings
from cwac.storage.backup import last_backup
from cwac.storage.database import head, is_on_read_only_disk, trouble
from cwac.storage.store import Store, StoreTrouble

LITTLE, TOO_LITTLE, NO_SPACE = 200 * 2**20, 20 * 2**20, 2**20
"""Bytes of free space below which there is a warning, below which versions may not be kept, and are not."""

BACKUP_DAYS = 30
"""Age in days above which the last backup is too old."""


def findings(settings: Settings, now: dt.datetime) -> Iterator[Finding]:
    if settings.sample and settings.store is None:
        yield skipped("store", "Nothing is kept of the sample.")
        return
    store = Store(settings.store)
    path = path_of(settings)
    place = _place(store, path)
    yield place
    if path is not None and place.result != "FAIL":
        if path.exists():
            yield from readable_by_others(settings) or [passed("store-mode", "Only its owner can read the store.")]
        yield free_space(_existing(path))
    if place.result != "FAIL" and store.is_there:
        yield migrations(settings)
        if path is None:
            yield skipped("backup", "Only backups of a SQLite file are recorded.")
        else:
            yield backup(last_backup(store), now)


def path_of(settings: Settings) -> Path | None:
    """The SQLite file; None for another database, and for the sample, of which nothing is kept."""
    return None if settings.sample and settings.store is None else Store(settings.store).file


def _place(store: Store, path: Path | None) -> Finding:
    if path is None:
        return passed("store", f"The store is {store.address}.")
    if path.exists() and not path.is_file():
        return failed("store", f"{path} is not a file.", "Name another file in store under [cwac].")
    if is_on_read_only_disk(path):
        found = f"{path} is on a disk that can only be read."
        return failed("store", found, "Name a store on another disk in store under [cwac], or in CWAC_STORE.")
    if path.exists():
        if os.access(path, os.R_OK | os.W_OK):
            return passed("store", f"The store is the file {path}.")
        return failed("store", f"This user may not write to {path}.", "Run this as the dashboard's own user.")
    folder = _existing(path)
    if not os.access(folder, os.W_OK):
        found = f"{path} is not there, and this user may not write to {folder}."
        return failed("store", found, "Make the folder for the dashboard's own user.")
    return passed("store", f"The store will be made at the first start: {path}.")


def why_not_kept(settings: Settings) -> StoreTrouble | None:
    """Why nothing can be kept at the moment, if so. Makes no store, and migrates none."""
    path = path_of(settings)
    place = None if path is None else _existing(path)
    if place is not None and not os.access(place, os.W_OK):
        return trouble("read-only", place)
    if place is not None and shutil.disk_usage(place).free < NO_SPACE:
        return trouble("disk-full")
    if path is not None and not path.exists():
        return None
    try:
        is_known = Store(settings.store, read_only=path is not None).migration()[1]
    except StoreTrouble as found:
        return found
    return None if is_known else trouble("too-new")


def _existing(path: Path) -> Path:
    """The path, or the nearest folder above it that exists."""
    return next((folder for folder in (path, *path.absolute().parents) if folder.exists()), Path.cwd())


def readable_by_others(settings: Settings) -> list[Finding]:
    """A failure if other users of this machine can read the store; the dashboard then does not start."""
    path = path_of(settings)
    if path is None or not path.is_file() or not configuration.others_may_read(path):
        return []
    found = f"{path} holds officers' names and what residents said, and others on this machine may read it:"
    return [failed("store-mode", found, f"run chmod 600 {shlex.quote(str(path))}")]


def free_space(place: Path, free: int | None = None) -> Finding:
    free = shutil.disk_usage(place).free if free is None else free
    found = f"The disk of the store has {free // 2**20:,} MB left."
    remedy = "Make room, or name a store on another disk in store under [cwac]."
    if free < TOO_LITTLE:
        return failed("store-space", found, remedy)
    return warned("store-space", found, remedy) if free < LITTLE else passed("store-space", found)


def migrations(settings: Settings) -> Finding:
    """Whether the store has the tables of this release. Migrates nothing."""
    store = Store(settings.store, read_only=path_of(settings) is not None)
    try:
        revision, is_known = store.migration()
    except StoreTrouble as trouble:
        return failed("store-migrations", trouble.sentence, trouble.remedy)
    if revision == head():
        return passed("store-migrations", f"The store has every migration of this release ({head()}).")
    if not is_known:
        found = f"The store was last used by a newer release (its migration {revision} is not known here)."
        remedy = "Install that release again, or restore the backup made before it."
        return failed("store-migrations", found, remedy)
    if revision is None:
        return passed("store-migrations", "The store is empty; the first start makes its tables.")
    found = f"The store is at migration {revision}; the next start brings it to {head()}."
    return warned("store-migrations", found, "Make a backup before that start: there is no way back without one.")


def backup(last: dt.datetime | None, now: dt.datetime) -> Finding:
    """Whether the last backup is recent: calendar links exist in the store alone."""
    remedy = "Run cwac backup FILE: a lost store means a new address for every calendar link."
    if last is None or last > now:  # a time ahead of now is of a wrong clock
        return warned("backup", "The store was never backed up.", remedy)
    days = (now - last).days
    found = f"The last backup is {days} {'day' if days == 1 else 'days'} old."
    return warned("backup", found, remedy) if days > BACKUP_DAYS else passed("backup", found)
