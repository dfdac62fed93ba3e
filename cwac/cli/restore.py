"""`cwac restore`: a kept version as a workbook."""

from __future__ import annotations

from pathlib import Path

import click

from cwac.cli.group import Command
from cwac.cli.options import force_option, refuse_to_replace, xlsx_option
from cwac.cli.output import local_time, progress, write_or_print
from cwac.cli.source import refuse_to_overwrite
from cwac.cli.store import open_store, operator, unknown_version
from cwac.clock import read_clock
from cwac.settings import load


@click.command("restore", cls=Command, short_help="Write a kept version as a workbook.")
@click.argument("version", type=click.IntRange(min=1), metavar="VERSION")
@xlsx_option
@force_option
def command(version: int, output: Path, force: bool) -> None:
    """Write a kept version of the sheet, by its number in `cwac history`, as a workbook. That is written down."""
    from cwac.exports.workbooks import version_workbook
    from cwac.storage.store import StoreTrouble

    refuse_to_replace(output, force)
    settings = load()
    refuse_to_overwrite(output, settings)
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
