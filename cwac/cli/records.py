"""`cwac records`: what a public-records request would get."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from cwac import addons
from cwac.analysis.words import counted
from cwac.cli.group import Command
from cwac.cli.options import force_option, on_option, parse_day, refuse_to_replace, source_argument, xlsx_option
from cwac.cli.output import plain, print_message, progress, write_or_print
from cwac.cli.source import read_snapshot_and_workbook, refuse_to_overwrite, settings_for
from cwac.cli.store import audit_export


@click.command("records", cls=Command, short_help="Write what a public-records request would get.")
@source_argument
@click.option("--from", "first", required=True, metavar="DATE", callback=parse_day, help="The first day of the period.")
@click.option("--to", "last", required=True, metavar="DATE", callback=parse_day, help="The last day of the period.")
@xlsx_option
@force_option
@on_option
def command(source: str | None, first: dt.date, last: dt.date, output: Path, force: bool, on: dt.date | None) -> None:
    """Write the sheet's rows of the events of a period, as typed, with a list of the columns to look at first.

    Nothing in it is redacted. Rows older than two years are marked as eligible for review, and never deleted; those
    whose Funding reads like a federal grant say that such grants have a time of their own.
    """
    from cwac.exports import public_records
    from cwac.storage.database import StoreTrouble

    if last < first:
        raise click.BadParameter(f"{last} is before {first}.", param_hint="--to")
    refuse_to_replace(output, force)
    settings = settings_for(source)
    refuse_to_overwrite(output, settings, source)
    snapshot, workbook = read_snapshot_and_workbook(source, on, settings)
    with progress("Writing the workbook"):
        records = public_records.records(workbook, snapshot, first, last)
        sent: list[tuple[dt.date, str, int]] = []
        zone = ZoneInfo(workbook.timezone)
        begin, end = (dt.datetime.combine(day, dt.time(), zone) for day in (first, last + dt.timedelta(days=1)))
        try:
            for addon in addons.installed() if source is None else ():
                sent += addon.messages_sent(settings, begin, end)
        except StoreTrouble as trouble:
            print_message(f"{plain(str(trouble))} So the messages that were sent are not listed.")
            sent = []
        written = public_records.to_workbook(records, workbook, snapshot, first, last, sent)
    audit_export(settings, source, f"wrote records from {first} to {last}")
    write_or_print(written, output, counted(sum(len(tab.rows) for tab in records.tabs), "row"))
    columns = sum(column.needed and column.filled > 0 for column in records.columns)
    print_message(f"Nothing is redacted: look at {counted(columns, 'column')} on its tab Redaction first.")
