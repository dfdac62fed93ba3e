"""The configured store: its errors are refusals, the audit names the operator, and the commands for what it keeps."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from cwac.analysis.words import counted
from cwac.cli import options
from cwac.cli.output import (
    Command,
    Commands,
    Refusal,
    local_time,
    plain,
    print_either,
    print_message,
    print_text,
    progress,
    replaced_file,
    unwritable,
    write_or_print,
)
from cwac.clock import read_clock
from cwac.refresh.source_factory import identity_of
from cwac.settings import Settings, load

if TYPE_CHECKING:
    from cwac.analysis.changes import Change
    from cwac.analysis.revisions import Revisions
    from cwac.model import Snapshot
    from cwac.storage.store import Purged, PurgedText, Store, Version


@contextmanager
def open_store(
    settings: Settings | None = None, source: str | None = None, *, reading: bool = False
) -> Iterator[Store]:
    """The configured store, closed after the block; read-only where `reading` and the disk allows no writing.

    Refuses the sample, which has no store.
    """
    settings = load() if settings is None else settings
    if source == options.SAMPLE or (settings.sample and source is None and settings.store is None):
        raise not_connected(settings)
    from cwac.storage.store import Store, StoreTrouble

    store = Store(settings.store)
    try:
        store = store.or_read_only() if reading else store
        yield store
    except StoreTrouble as trouble:
        raise Refusal(plain(str(trouble))) from trouble
    finally:
        store.close()


def not_connected(settings: Settings) -> Refusal:
    """The refusal where there is nothing kept to tell of; it names a service that keeps something."""
    from cwac.checks import configured

    other = configured.elsewhere(settings.file)
    hint = f" What {other.unit} keeps: {other.command}, with the same words." if other and other.command else ""
    return Refusal(f"No sheet is connected, and of the sample nothing is kept: connect one with cwac connect.{hint}")


def revisions_of(
    snapshot: Snapshot,
    settings: Settings,
    without: str = "events are written as if they had never changed (SEQUENCE 0)",
) -> Revisions | None:
    """How each event has changed, from the store's versions; None, which is said, without a store that can be read."""
    from cwac.storage import revisions
    from cwac.storage.store import Store, StoreTrouble

    with closing(Store(settings.store)) as store:
        if snapshot.source == options.SAMPLE or not store.is_there:
            return None
        try:
            return revisions.compute(store, snapshot, settings.rules)
        except StoreTrouble as trouble:
            print_message(f"{plain(str(trouble))} So {without}.")
            return None


def audit_export(settings: Settings, source: str | None, action: str) -> None:
    """Audit rows that are about to leave, unless the sample's; a store that cannot be written to is only reported."""
    if source == options.SAMPLE or (settings.sample and settings.store is None):
        return
    from cwac.storage.store import Store, StoreTrouble

    with closing(Store(settings.store)) as store:
        try:
            store.audit(operator(), action, read_clock())
        except StoreTrouble as trouble:
            print_message(f"This is not in the audit: {plain(str(trouble))}")


def operator() -> str:
    """The operating system's user for the audit, marked `(as typed)` since anybody can set that name."""
    import getpass

    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "somebody"
    return f"cli:{plain(name)[:100]} (as typed)"


def unknown_version(version: int) -> Refusal:
    return Refusal(f"There is no version {version}: cwac history lists those that are kept.")


def zone_of_sheet(store: Store, settings: Settings) -> str:
    """The time zone of the first sheet as it was read last, else of the newest version, else that of the settings."""
    first = next(iter(settings.by_county().values()))
    version = store.latest(identity_of(first) or "") or next(iter(store.versions()), None)
    return settings.timezone if version is None else version.timezone


@click.group(
    "history", cls=Commands, invoke_without_command=True, short_help="List the versions of the sheet that are kept."
)
@options.text_or_json_option
@click.pass_context
def list_history(context: click.Context, output_format: str) -> None:
    """List the versions of the sheet that the dashboard has kept, newest first."""
    if context.invoked_subcommand is not None:
        return
    with open_store(reading=True) as store:
        versions, sizes = store.versions(), store.sizes()
    rows = [
        {
            "version": version.id,
            "at": version.at.isoformat(),
            "seen_at": version.seen_at.isoformat(),
            "shown": version.good,
            "bytes": sizes.get(version.id, 0),
            "content_hash": version.content_hash,
            "source": version.source,
            "timezone": version.timezone,
        }
        for version in versions
    ]
    lines = [f"{counted(len(versions), 'version')} in {store.address}"]
    if versions:
        lines += ["", f"{'Version':>7}  {'First seen':<42}{'Size':>8}  {'Content':<14}Source"]
    for version in versions:
        seen = local_time(version.at, version.timezone)
        size = f"{-(-sizes.get(version.id, 0) // 1024)} kB"
        source = version.source if version.good else f"{version.source} (damaged, never shown)"
        lines.append(f"{version.id:>7}  {seen:<42}{size:>8}  {version.content_hash[:12]:<14}{source}")
    print_either(output_format, {"store": store.address, "versions": rows}, lines)


@list_history.command("purge", short_help="Take a version, or a text in all of them, away for good.")
@click.argument("version", type=click.IntRange(min=1), metavar="[VERSION]", required=False)
@click.option("--text", metavar="TEXT", help="Take this text out of every version; - reads it from standard input.")
@click.option("--why", metavar="TEXT", help="What stays in the audit, such as: a name by mistake.")
@click.option("--dry-run", is_flag=True, help="Only say what would go.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def purge(version: int | None, text: str | None, why: str | None, dry_run: bool, yes: bool) -> None:
    """Take a kept version away for good, or one text out of all of them, where it must not be kept.

    What would go is shown first, with the rows whose retention period ([records] in the settings) is not over. Who did,
    and why, is written down; the text is not. Fix the sheet first: what is in it still is kept again at the next look.
    A text is found anywhere in a cell, in capitals or not.
    """
    if (version is None) == (text is None):
        raise click.UsageError("Say which VERSION must go, or with --text which text must go from all of them.")
    if text is not None:
        _purge_text(text, why, dry_run=dry_run, yes=yes)
        return
    reason = (why or "").strip()
    if not reason and not dry_run:
        raise click.BadParameter("say in a few words why it must go.", param_hint="--why")
    assert version is not None
    settings = load()
    with open_store(settings) as store:
        planned = store.find_to_purge(version)
        if planned is None:
            raise unknown_version(version)
        for sentence in _what_would_go(store, planned, settings):
            print_message(sentence)
        if dry_run:
            return
        if not yes and not click.confirm("Take it away? This cannot be undone.", err=True):
            raise Refusal("Nothing was changed.")
        purged = store.purge(version, operator(), plain(reason), read_clock())
    if purged is None:
        raise unknown_version(version)
    print_message(f"Version {version} of {plain(purged.version.source)} is gone.")


def _what_would_go(store: Store, purged: Purged, settings: Settings) -> Iterator[str]:
    """The version, its rows whose retention period is not over, and where its tabs are kept too."""
    from cwac.exports.workbooks import rows_to_keep, schedule_words
    from cwac.sheet.reader import read_workbook
    from cwac.storage.store import StoreTrouble

    version = purged.version
    seen = local_time(version.at, version.timezone)
    yield f"Version {version.id} of {plain(version.source)}, first seen on {seen}."
    try:
        today = read_clock(ZoneInfo(version.timezone)).date()
        kept = rows_to_keep(read_workbook(store.load(version), today, settings.rules), settings.records)
    except StoreTrouble as trouble:
        yield f"{plain(str(trouble))} So its rows are not counted."
    else:
        rows = counted(sum(kept.values()), "row is", "rows are") if kept else "No row that can be read is"
        by_tab = ", ".join(f"{tab} {count:,}" for tab, count in kept.items())
        yield f"{rows} still within the retention period{f' ({by_tab})' if kept else ''}."
        yield f"The schedule in [records]: {schedule_words(settings.records)}."
    if purged.also_in:
        others = ", ".join(map(str, purged.also_in))
        yield f"One of its tabs is also kept, cell for cell, in: {others}. Purge those as well, or not."


def _purge_text(text: str, why: str | None, *, dry_run: bool, yes: bool) -> None:
    from cwac.storage.versions import TextToRemove

    if text == "-":
        text = sys.stdin.read().strip("\r\n")
    try:
        wanted = TextToRemove(text)
    except ValueError as error:
        raise click.BadParameter(f"give {error}.", param_hint="--text") from None
    if why is not None and wanted.is_in(why):
        raise click.BadParameter("it would stay in the audit: leave the text itself out.", param_hint="--why")
    entry = f"purged a text from the kept versions{f': {plain(why.strip())}' if why and why.strip() else ''}"
    with open_store() as store:
        purged = store.purge_text(wanted, operator(), entry, read_clock(), dry_run=True)
        is_over = dry_run or not (purged.versions or purged.messages or purged.told)
        if is_over or not yes:
            _report(purged, done=False)
        if is_over:
            return
        if not yes and not click.confirm("Take it out of all of them? This cannot be undone.", err=True):
            raise Refusal("Nothing was changed.")
        _report(store.purge_text(wanted, operator(), entry, read_clock()), done=True)
        if store.is_shared:
            print_message(
                "PostgreSQL does not overwrite what it frees: until it is used again the text may be in its data "
                "files, and in the write-ahead log. VACUUM FULL tabs rewrites the table."
            )
    print_message(
        "It may still be in backups of the store, in files that people downloaded, in Google's own version history, "
        "and until its next start in the memory of a running dashboard."
    )


def _report(purged: PurgedText, *, done: bool) -> None:
    """Say where the text is or was, and where it may remain, without repeating the text."""
    if not purged.versions:
        print_message("No kept version holds it.")
    else:
        by_tab = ", ".join(f"{plain(tab)} {count}" for tab, count in purged.cells.items())
        cells = f"{counted(sum(purged.cells.values()), 'cell')} of {counted(len(purged.versions), 'version')}"
        print_message(f"{'It was taken out of' if done else 'It is in'} {cells} ({by_tab}).")
    if purged.messages:
        rows = counted(purged.messages, "row")
        print_message(f"{'Removed from' if done else 'In'} {rows} about messages and recipients.")
    for source in purged.told:
        print_message(f"{'Removed from' if done else 'In'} what the last look at {plain(source)} told.")
    again = ", and then it is kept again: fix the sheet, and do this once more" if done else ": fix it first"
    for source in purged.newest:
        print_message(f"The newest version of {plain(source)} held it. The sheet itself may hold it still{again}.")
    if purged.lines:
        print_message(f"The audit holds it too, in {counted(purged.lines, 'line')}, and stays as it is.")
    if purged.unreadable:
        unreadable = ", ".join(map(str, purged.unreadable))
        print_message(f"These versions cannot be read, so not searched: {unreadable}. Purge them by number.")
    for path in purged.beside:
        print_message(f"{plain(str(path))} was not searched: it was moved aside, and may hold it too.")


def _parse_day_or_yesterday(ctx: click.Context, param: click.Parameter, typed: str) -> dt.date | None:
    """None for yesterday, which depends on the sheet's time zone."""
    if typed.strip().casefold() == "yesterday":
        return None
    try:
        return options.parse_day(ctx, param, typed)
    except click.BadParameter:
        message = f"{plain(typed)} is neither a date, such as 2026-10-07, nor the word yesterday."
        raise click.BadParameter(message) from None


@click.command("changes", cls=Command, short_help="Say what changed in the sheet, and what that did to the staffing.")
@options.source_argument
@click.option(
    "--since",
    metavar="DATE|yesterday",
    default="yesterday",
    callback=_parse_day_or_yesterday,
    show_default=True,
    help="From the first minute of that day on, where the sheet is.",
)
@options.on_option
@options.text_or_json_option
def list_changes(source: str | None, since: dt.date | None, on: dt.date | None, output_format: str) -> None:
    """Say what changed in the sheet since a day, from the versions that the dashboard has kept.

    What residents said, notes and how officers want to be reached are never repeated.
    """
    from cwac.analysis.changes import changes
    from cwac.exports.documents import change_row
    from cwac.sheet.reader import read_workbook
    from cwac.storage import history

    settings = options.settings_for(source)
    with open_store(settings, source) as store:
        chosen = options.one_source(source, settings)
        last = _last_version(store, chosen)
        zone = ZoneInfo(last.timezone)
        today = on or read_clock(zone).date()
        first = since or today - dt.timedelta(days=1)
        if first > today:
            raise click.BadParameter(f"{first} is still to come.", param_hint="--since")
        beginning = dt.datetime.combine(first, dt.time(), zone)
        base = history.base_version(store, last.source, beginning)
        assert base is not None
        with progress("Comparing"):
            before, after = (read_workbook(store.load(version), today, settings.rules) for version in (base, last))
            listed = changes(before, after, settings.rules)
    if base.at > beginning:
        first, when = base.at.astimezone(zone).date(), local_time(base.at, last.timezone)
        print_message(f"No version from before is kept: this is what changed since the first one, of {when}.")
    as_of = last.seen_at.astimezone(zone).isoformat()
    heading = {"source": options.name_of(chosen), "as_of": as_of, "since": first.isoformat()}
    print_either(
        output_format, {**heading, "changes": list(map(change_row, listed))}, _change_lines(last, first, listed, today)
    )


def _last_version(store: Store, chosen: Settings) -> Version:
    if chosen.sample:
        raise not_connected(chosen)
    name = identity_of(chosen) or options.name_of(chosen)
    if store.is_there and (last := store.latest(name)) is not None:
        return last
    if chosen.workbook:
        raise Refusal(
            f"{plain(name)} is a file, and a file has no history: what changed is known of a sheet "
            "that the dashboard reads and keeps. cwac history lists what is kept."
        )
    raise Refusal(
        f"No version of {plain(name)} is kept yet: the dashboard keeps them while it runs. "
        "CWAC_STORE must name the store that it writes to."
    )


def _change_lines(last: Version, since: dt.date, changes: Sequence[Change], today: dt.date) -> Iterator[str]:
    from cwac.analysis.changes import EFFECTS
    from cwac.date_words import day_words

    as_of = local_time(last.seen_at, last.timezone)
    yield f"{last.source}, as of {as_of}; changes since {day_words(since, today)}."
    if not changes:
        yield ""
        yield "Nothing has changed."
    heading = None
    for change in changes:
        section = "To come" if change.date and change.date >= today else "Past" if change.date else "Lists"
        if section != heading:
            heading = section
            yield ""
            yield f"{section}:"
        when = f" ({day_words(change.date, today)})" if change.date else ""
        details = "; ".join(change.details) or "nothing typed here, but elsewhere"
        yield f"  {change.subject}{when}: {details}"
        for effect in change.effects:
            yield f"      {EFFECTS[effect.kind]}: {effect.message}"


@click.command("restore", cls=Command, short_help="Write a kept version as a workbook.")
@click.argument("version", type=click.IntRange(min=1), metavar="VERSION")
@options.xlsx_option
@options.force_option
def restore_version(version: int, output: Path, force: bool) -> None:
    """Write a kept version of the sheet, by its number in `cwac history`, as a workbook. That is written down."""
    from cwac.exports.workbooks import version_workbook
    from cwac.storage.store import StoreTrouble

    options.refuse_to_replace(output, force)
    settings = load()
    options.refuse_to_overwrite(output, settings)
    with open_store(settings, reading=True) as store:
        kept = store.version(version)
        if kept is None:
            raise unknown_version(version)
        workbook = store.load(kept)
        with progress("Writing the workbook"):
            written = version_workbook(workbook)
        try:
            store.audit(operator(), f"restored version {version} to a file", read_clock())
        except StoreTrouble as trouble:
            if trouble.cause != "read-only":
                raise
            click.echo("The history cannot be written to, so the audit does not say that you did this.", err=True)
    write_or_print(written, output, f"Version {version}, of {local_time(kept.at, kept.timezone)},")


_SQLITE = b"SQLite format 3\0"


@click.command("backup", cls=Command, short_help="Copy the store into one file, or restore it from one.")
@click.argument("file", type=options.OutputFile(), metavar="FILE")
@click.option("--restore", is_flag=True, help="Replace the store by FILE. Stop the dashboard first.")
@options.force_option
def back_up_store(file: Path, restore: bool, force: bool) -> None:
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
    options.refuse_to_overwrite(file, settings)
    store = Store(settings.store)
    name = plain(str(file))
    try:
        backup.check(store, file)
        if restore:
            if not file.exists():
                raise Refusal(f"{name} is not there: name a file that cwac backup wrote.")
            with progress("Restoring the store"):
                old = backup.restore(store, file, operator(), read_clock())
            print_message(f"The store {plain(store.address)} was restored: {counted(store.count(), 'version')}.")
            if old is not None:
                print_message(f"What it held before is in {plain(str(old))}: delete that when it is no longer needed.")
            return
        if not force and file.exists() and file.stat().st_size:
            with file.open("rb") as opened:
                if opened.read(len(_SQLITE)) != _SQLITE:
                    raise Refusal(f"{name} is there already and no backup: choose another name, or --force.")
        with replaced_file(file) as copy, progress("Copying the store"):
            backup.back_up(store, Path(copy.name))
        print_message(f"The store {plain(store.address)} was backed up to {name}.")
        try:
            if not backup.note_backup(store, operator(), read_clock()):
                print_message("The store is from another release, so this backup is not recorded in it.")
        except StoreTrouble as trouble:
            print_message(f"This is not in the audit: {plain(str(trouble))}")
    except StoreTrouble as trouble:
        raise Refusal(plain(str(trouble))) from trouble
    except backup.BackupRefused as refused:
        raise Refusal("\n".join(map(plain, str(refused).split("\n")))) from refused
    finally:
        store.close()


@click.command("audit", cls=Command, short_help="Say who did what in the dashboard.")
@click.option("--most", "limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many lines.")
def list_audit(limit: int) -> None:
    """List who came in, was refused, downloaded, made or used a feed, restored or purged; newest first."""
    settings = load()
    with open_store(settings, reading=True) as store:
        entries, zone = store.audited(limit), zone_of_sheet(store, settings)
    click.echo(
        f"Entries are kept for {counted(settings.audit_days, 'day')} (audit_days). Times are in {zone}.", err=True
    )
    print_text(
        f"{entry.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %z}  {entry.person}  {entry.action}"
        for entry in entries
    )
