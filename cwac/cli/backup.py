"""`cwac backup`: the store as one file, and the store restored from one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from cwac.analysis.words import counted
from cwac.cli.group import Command
from cwac.cli.options import OutputFile, force_option
from cwac.cli.output import Refusal, plain, print_message, progress, replaced_file, unwritable
from cwac.cli.source import refuse_to_overwrite
from cwac.cli.store import operator
from cwac.clock import read_clock
from cwac.settings import load

if TYPE_CHECKING:
    from cwac.storage.store import Store

_SQLITE = b"SQLite format 3\0"


@click.command("backup", cls=Command, short_help="Copy the store into one file, or restore it from one.")
@click.argument("file", type=OutputFile(path_type=Path), metavar="FILE")
@click.option("--restore", is_flag=True, help="Replace the store by FILE. Stop the dashboard first.")
@force_option
def command(file: Path, restore: bool, force: bool) -> None:
    """Copy the store into FILE while the dashboard runs: versions, calendar links, their history, audit and visits.

    An earlier backup of that name is replaced as a whole. With --restore, FILE replaces the store, which is first
    copied to a dated file beside it. For a store in PostgreSQL use pg_dump and pg_restore.
    """
    from cwac.storage import backup
    from cwac.storage.store import Store, StoreTrouble

    if str(file) == "-":
        raise unwritable(file, "a backup cannot be shown on a screen")
    if force and restore:
        raise click.UsageError("--force goes with making a backup, not with --restore.")
    settings = load()
    refuse_to_overwrite(file, settings)
    store = Store(settings.store)
    try:
        backup.check(store, file)
        if restore:
            _restore(store, file)
        else:
            _back_up(store, file, force)
    except StoreTrouble as trouble:
        raise Refusal(plain(str(trouble))) from trouble
    except backup.BackupRefused as refused:
        raise Refusal("\n".join(map(plain, str(refused).split("\n")))) from refused
    finally:
        store.close()


def _back_up(store: Store, file: Path, force: bool) -> None:
    from cwac.storage import backup
    from cwac.storage.store import StoreTrouble

    if not force and file.exists() and file.stat().st_size:
        with file.open("rb") as opened:
            is_backup = opened.read(len(_SQLITE)) == _SQLITE
        if not is_backup:
            raise Refusal(f"{plain(str(file))} is there already and no backup: choose another name, or --force.")
    with replaced_file(file) as copy, progress("Copying the store"):
        backup.back_up(store, Path(copy.name))
    print_message(f"The store {plain(store.address)} was backed up to {plain(str(file))}.")
    try:
        if not backup.note_backup(store, operator(), read_clock()):
            print_message("The store is from another release, so this backup is not recorded in it.")
    except StoreTrouble as trouble:
        print_message(f"This is not in the audit: {plain(str(trouble))}")


def _restore(store: Store, file: Path) -> None:
    from cwac.storage import backup

    if not file.exists():
        raise Refusal(f"{plain(str(file))} is not there: name a file that cwac backup wrote.")
    with progress("Restoring the store"):
        old = backup.restore(store, file, operator(), read_clock())
    print_message(f"The store {plain(store.address)} was restored: {counted(store.count(), 'version')}.")
    if old is not None:
        print_message(f"What it held before is in {plain(str(old))}: delete that when it is no longer needed.")
