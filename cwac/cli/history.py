"""`cwac history`: the versions of the sheet that are kept; `cwac history purge` is in `purge.py`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

import click

from cwac.analysis.words import counted
from cwac.cli import purge
from cwac.cli.group import Commands
from cwac.cli.options import text_or_json_option
from cwac.cli.output import local_time, print_json, print_text
from cwac.cli.store import open_store

if TYPE_CHECKING:
    from cwac.storage.store import Version


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
    if output_format == "json":
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
        print_json({"store": store.address, "versions": rows})
    else:
        print_text(_lines(store.address, versions, sizes))


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


command.add_command(purge.command)
