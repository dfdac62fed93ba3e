"""`cwac report`: the quarter on a page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cwac.cli.group import Command
from cwac.cli.options import OutputFile, format_of, on_option, source_argument
from cwac.cli.output import json_heading, print_bytes, print_message, progress, replaced_file
from cwac.cli.source import read_snapshot, refuse_to_overwrite, settings_for
from cwac.cli.text import counted, plain


@click.command("report", cls=Command, short_help="Write the quarter on a page.")
@click.argument("quarter", metavar="QUARTER")
@source_argument
@on_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["pdf", "xlsx", "csv", "json"]),
    help="Default: what FILE ends in. Only csv and json go to the screen.",
)
@click.option(
    "-o", "--output", type=OutputFile(path_type=Path), metavar="FILE", help="The page: .pdf, .xlsx, .csv or .json."
)
@click.option("--agency", metavar="NAME", help="Only the events of this agency, by its short name. Default: all.")
def command(
    quarter: str,
    source: str | None,
    on: dt.date | None,
    output_format: str | None,
    output: Path | None,
    agency: str | None,
) -> None:
    """Write a quarter, such as 2026-Q3, on a page: what was held, who came, what it took, and what has changed.

    FILE's ending says how: .pdf to print, .xlsx to work with, .csv and .json to read by machine. No officer is named.
    """
    from cwac.analysis import periods
    from cwac.exports import quarterly
    from cwac.exports.tables import to_json

    chosen = _chosen_format(output_format, output)
    try:
        periods.quarter_named(quarter)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="QUARTER") from None
    to_screen = output is None or str(output) == "-"
    settings = settings_for(source)
    refuse_to_overwrite(output, settings, source)
    snapshot = read_snapshot(source, on, settings)
    try:
        answer = quarterly.quarter(snapshot, quarter, agency, settings.rules)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="--agency") from None
    with progress(f"Writing {answer.period.title}"):
        if chosen == "json":
            written = to_json({**json_heading(snapshot), **quarterly.in_json(answer)})
        else:
            written = quarterly.FORMATS[chosen](answer)
    if output is None or to_screen:
        print_bytes(written)
        return
    with replaced_file(output) as temporary:
        temporary.write_bytes(written)
    held = counted(len(answer.outcomes.held), "event")
    print_message(f"{answer.period.title}, {answer.agency_label}: {held} held, written to {plain(str(output))}.")


def _chosen_format(output_format: str | None, output: Path | None) -> str:
    """The format named, else the one that the file's ending names; a `UsageError` where it cannot be written so."""
    from cwac.exports import quarterly

    if output_format is None and output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    chosen = format_of(output_format, output, (*quarterly.FORMATS, "json"))
    if chosen is None:
        name = plain(output.name) if output else "FILE"
        raise click.UsageError(f"{name} does not say what to write: end it in .pdf, .xlsx, .csv or .json.")
    if (output is None or str(output) == "-") and chosen in ("pdf", "xlsx"):
        raise click.UsageError(f"A page cannot be shown on a screen: name a file with -o, such as -o q3.{chosen}.")
    return chosen
