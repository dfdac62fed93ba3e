"""`cwac history`: the versions of the sheet that are kept, and purging a version, or a text from every version."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from cwac.analysis.words import counted
from cwac.cli.group import Commands
from cwac.cli.options import text_or_json_option
from cwac.cli.output import Refusal, local_time, plain, print_either, print_message
from cwac.cli.store import open_store, operator, unknown_version
from cwac.clock import read_clock

if TYPE_CHECKING:
    from cwac.storage.store import PurgedText, Version


@click.group(
    "history", cls=Commands, invoke_without_command=True, short_help="List the versions of the sheet that are kept."
)
@text_or_json_option
@click.pass_context
def command(context: click.Context, output_format: str) -> None:
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
    document = {"store": store.address, "versions": rows}
    print_either(output_format, document, _lines(store.address, versions, sizes))


def _lines(address: str, versions: Sequence[Version], sizes: Mapping[int, int]) -> Iterator[str]:
    yield f"{counted(len(versions), 'version')} in {address}"
    if not versions:
        return
    yield ""
    yield f"{'Version':>7}  {'First seen':<42}{'Size':>8}  {'Content':<14}Source"
    for version in versions:
        first_seen = local_time(version.at, version.timezone)
        size = f"{-(-sizes.get(version.id, 0) // 1024)} kB"
        never = "" if version.good else " (damaged, never shown)"
        yield f"{version.id:>7}  {first_seen:<42}{size:>8}  {version.content_hash[:12]:<14}{version.source}{never}"


@command.command("purge", short_help="Take a version, or a text in all of them, away for good.")
@click.argument("version", type=click.IntRange(min=1), metavar="[VERSION]", required=False)
@click.option("--text", metavar="TEXT", help="Take this text out of every version; - reads it from standard input.")
@click.option("--why", metavar="TEXT", help="What stays in the audit, such as: a name by mistake.")
@click.option("--dry-run", is_flag=True, help="With --text: only say where it is.")
@click.option("--yes", is_flag=True, help="With --text: do not ask.")
def purge(version: int | None, text: str | None, why: str | None, dry_run: bool, yes: bool) -> None:
    """Take a kept version away for good, or one text out of all of them, where it must not be kept.

    Who did, and why, is written down; the text is not. Fix the sheet first: what is in it still is kept again at the
    next look. A text is found anywhere in a cell, in capitals or not.
    """
    if (version is None) == (text is None):
        raise click.UsageError("Say which VERSION must go, or with --text which text must go from all of them.")
    if text is not None:
        _purge_text(text, why, dry_run=dry_run, yes=yes)
        return
    if dry_run or yes:
        raise click.UsageError("--dry-run and --yes go with --text.")
    if why is None or not why.strip():
        raise click.BadParameter("say in a few words why it must go.", param_hint="--why")
    assert version is not None
    with open_store() as store:
        purged = store.purge(version, operator(), plain(why.strip()), read_clock())
    if purged is None:
        raise unknown_version(version)
    print_message(f"Version {version} of {plain(purged.version.source)} is gone.")
    if purged.also_in:
        others = ", ".join(map(str, purged.also_in))
        print_message(f"One of its tabs is still kept, cell for cell, in: {others}. Purge those as well, or not.")


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
        is_over = dry_run or not (purged.versions or purged.messages)
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
