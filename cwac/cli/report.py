"""`cwac report`: the quarter on a page."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cwac.analysis.words import counted
from cwac.cli.group import Command
from cwac.cli.options import OutputFile, format_of, on_option, source_argument
from cwac.cli.output import json_heading, print_bytes, print_message, progress, replaced_file
from cwac.cli.source import read_snapshot, refuse_to_overwrite, settings_for
from cwac.cli.text import plain

if TYPE_CHECKING:
    from cwac.exports.reports import Report
    from cwac.funders.report import Preset
    from cwac.model import Snapshot
    from cwac.settings import Rules


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
@click.option(
    "--for",
    "preset",
    type=click.Choice(["ots-quarter", "nno", "agency"]),
    help="What a funder asks: the quarterly report of the California Office of Traffic Safety, the evidence for the "
    "National Night Out award, or an agency's own page (with --agency). The last two also take a year, such as 2026.",
)
@click.option(
    "--funding", metavar="TEXT", help="With --for: only events with this Funding, or whose Funding contains it."
)
def command(
    quarter: str,
    source: str | None,
    on: dt.date | None,
    output_format: str | None,
    output: Path | None,
    agency: str | None,
    preset: Preset | None,
    funding: str | None,
) -> None:
    """Write a quarter, such as 2026-Q3, on a page: what was held, who came, what it took, and what has changed.

    FILE's ending says how: .pdf to print, .xlsx to work with, .csv and .json to read by machine. No officer is named.
    With --for it is the report that a funder asks for, each figure with how it is made.
    """
    chosen = _chosen_format(output_format, output)
    if preset is None and funding is not None:
        raise click.UsageError("--funding is of the reports for funders: name one with --for.")
    if preset == "agency" and agency is None:
        raise click.UsageError("--for agency is of one agency: name it with --agency.")
    _check_period(preset, quarter)
    settings = settings_for(source)
    refuse_to_overwrite(output, settings, source)
    snapshot = read_snapshot(source, on, settings)
    try:
        if preset is None:
            report, summary = _quarter(snapshot, quarter, agency, settings.rules)
        else:
            report, summary = _funder(snapshot, preset, quarter, agency, funding, settings.rules)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="--agency") from None
    with progress(f"Writing {report.title}"):
        written = _written(report, chosen, snapshot)
    if output is None or str(output) == "-":
        print_bytes(written)
        return
    with replaced_file(output) as file:
        file.write(written)
    print_message(f"{summary}, written to {plain(str(output))}.")


def _written(report: Report, form: str, snapshot: Snapshot) -> bytes:
    from cwac.exports import reports
    from cwac.exports.tables import to_json

    if form == "json":
        return to_json({**json_heading(snapshot), **report.document()})
    return reports.FORMATS[form](report)


def _check_period(preset: Preset | None, name: str) -> None:
    from cwac.analysis import periods
    from cwac.funders.report import period_of

    try:
        if preset is None:
            periods.quarter_named(name)
        else:
            period_of(preset, name)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="QUARTER") from None


def _quarter(snapshot: Snapshot, quarter: str, agency: str | None, rules: Rules) -> tuple[Report, str]:
    """The report, and a summary of it for the terminal."""
    from cwac.analysis.quarter import quarter as quarter_report
    from cwac.exports import quarterly

    answer = quarter_report(snapshot, quarter, agency, rules)
    held = counted(len(answer.outcomes.held), "event")
    return quarterly.report(answer), f"{answer.period.title}, {answer.agency_label}: {held} held"


def _funder(
    snapshot: Snapshot, preset: Preset, period: str, agency: str | None, funding: str | None, rules: Rules
) -> tuple[Report, str]:
    from cwac.funders import files, sections
    from cwac.funders.report import funder_report, funding_named

    try:
        text = None if funding is None else funding_named(snapshot, funding)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="--funding") from None
    answer = funder_report(snapshot, preset, period, agency, text, rules)
    held = f"{counted(len(answer.outcomes.held), 'event')} held of {len(answer.lines)} planned"
    due = f". {words.rstrip('.')}" if (words := sections.due_words(answer)) else ""
    return files.report(answer), f"{sections.title(answer)}, {plain(answer.agency_label)}: {held}{due}"


def _chosen_format(output_format: str | None, output: Path | None) -> str:
    """The format named, else the one that the file's ending names; a `UsageError` where it cannot be written so."""
    from cwac.exports.reports import FORMATS

    if output_format is None and output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    chosen = format_of(output_format, output, (*FORMATS, "json"))
    if chosen is None:
        name = plain(output.name) if output else "FILE"
        raise click.UsageError(f"{name} does not say what to write: end it in .pdf, .xlsx, .csv or .json.")
    if (output is None or str(output) == "-") and chosen in ("pdf", "xlsx"):
        raise click.UsageError(f"A page cannot be shown on a screen: name a file with -o, such as -o q3.{chosen}.")
    return chosen
