"""`cwac gaps`: which agencies still have to send officers, and what is open to any agency."""

from __future__ import annotations

import datetime as dt

import click

from cwac.cli.group import Command
from cwac.cli.options import as_bad, on_option, source_argument, text_or_json_option
from cwac.cli.output import print_answer
from cwac.cli.source import read_snapshot, settings_for


@click.command("gaps", cls=Command, short_help="List missing officers, and which agencies still have to send them.")
@source_argument
@on_option
@text_or_json_option
@click.option("--month", metavar="MONTH", help="Only the events of this month, such as 2026-12. Default: all to come.")
@click.option("--agency", metavar="NAME", help="What this agency still has to send, then what is open to any agency.")
def command(source: str | None, on: dt.date | None, output_format: str, month: str | None, agency: str | None) -> None:
    """List the officers missing at the events from today on, and which agencies still have to send them."""
    from cwac.cli import gap_listing
    from cwac.exports import documents

    with as_bad("--month"):
        period = None if month is None else gap_listing.month_named(month)
    snapshot = read_snapshot(source, on, settings_for(source))
    with as_bad("--agency"):
        short = None if agency is None else gap_listing.agency_named(snapshot, agency)
    rows = documents.gap_rows(documents.gaps(snapshot, period, short))
    print_answer(snapshot, output_format, {"gaps": rows}, gap_listing.lines(snapshot, period, short))
