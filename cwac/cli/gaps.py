"""`cwac gaps`: which agencies still have to send officers, and what is open to any agency."""

from __future__ import annotations

import datetime as dt

import click

from cwac.cli.group import Command
from cwac.cli.options import on_option, source_argument, text_or_json_option
from cwac.cli.output import plain, print_answer
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

    try:
        period = None if month is None else gap_listing.month_named(month)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="--month") from None
    snapshot = read_snapshot(source, on, settings_for(source))
    try:
        short = None if agency is None else gap_listing.agency_named(snapshot, agency)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="--agency") from None
    print_answer(
        snapshot,
        output_format,
        lambda: {"gaps": documents.gap_rows(documents.gaps(snapshot, period, short))},
        lambda: gap_listing.lines(snapshot, period, short),
    )
