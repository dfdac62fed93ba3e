"""`cwac report`: the quarter on a page."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cwac import addons
from cwac.analysis.words import counted
from cwac.cli.group import Command
from cwac.cli.options import OutputFile, as_bad, format_of, on_option, source_argument
from cwac.cli.output import json_heading, progress, write_or_print
from cwac.cli.source import read_snapshot, refuse_to_overwrite, settings_for
from cwac.model import Snapshot
from cwac.settings import Rules

if TYPE_CHECKING:
    from cwac.exports.reports import Report

    MakeReport = Callable[[Snapshot, Rules], tuple[Report, str]]
    """Makes a report, and a summary for the terminal."""


@dataclass(frozen=True, slots=True)
class ReportCommand:
    """Reports of an add-on: their options, the end of the help, and the function that makes the report asked for.

    `asked` gets the period, the agency and the values of the options; None if these ask for no report.
    """

    options: Sequence[click.Option]
    help: str
    asked: Callable[[str, str | None, Mapping[str, str | None]], MakeReport | None]


_ADDED: list[ReportCommand] = [added for addon in addons.installed() for added in addon.report_commands()]


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
    **of_addons: str | None,
) -> None:
    """Write a quarter, such as 2026-Q3, on a page: what was held, who came, what it took, and what has changed.

    FILE's ending says how: .pdf to print, .xlsx to work with, .csv and .json to read by machine. No officer is named.
    """
    from cwac.exports.reports import FORMATS
    from cwac.exports.tables import to_json

    if output_format is None and output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    chosen = format_of(output_format, output, (*FORMATS, "json"))
    if (output is None or str(output) == "-") and chosen in ("pdf", "xlsx"):
        raise click.UsageError(f"A page cannot be shown on a screen: name a file with -o, such as -o q3.{chosen}.")
    made = [command.asked(quarter, agency, of_addons) for command in _ADDED]
    make = next(filter(None, made), None) or _quarter(quarter, agency)
    settings = settings_for(source)
    refuse_to_overwrite(output, settings, source)
    snapshot = read_snapshot(source, on, settings)
    with as_bad("--agency"):
        report, summary = make(snapshot, settings.rules)
    with progress(f"Writing {report.title}"):
        if chosen == "json":
            written = to_json({**json_heading(snapshot), **report.document()})
        else:
            written = FORMATS[chosen](report)
    write_or_print(written, output, f"{summary},")


def _quarter(quarter: str, agency: str | None) -> MakeReport:
    from cwac.analysis.periods import quarter_named
    from cwac.analysis.quarter import quarter as quarter_report
    from cwac.exports import quarterly

    with as_bad("QUARTER"):
        quarter_named(quarter)

    def make(snapshot: Snapshot, rules: Rules) -> tuple[Report, str]:
        answer = quarter_report(snapshot, quarter, agency, rules)
        held = counted(len(answer.outcomes.held), "event")
        return quarterly.report(answer), f"{answer.period.title}, {answer.agency_label}: {held} held"

    return make


for _added in _ADDED:
    command.params += _added.options
    command.help = f"{(command.help or '').rstrip()} {_added.help}"
