"""`cwac report --for`: the reports for funders."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

import click

from cwac.analysis.words import counted

if TYPE_CHECKING:
    from cwac.cli.files import MakeReport, ReportCommand
    from cwac.exports.reports import Report
    from cwac.funders.report import Preset
    from cwac.model import Snapshot
    from cwac.settings import Rules

OPTIONS = (
    click.Option(
        ["--for", "preset"],
        type=click.Choice(["ots-quarter", "nno", "agency"]),
        help="What a funder asks: the quarterly report of the California Office of Traffic Safety, the evidence for "
        "the National Night Out award, or an agency's own page (with --agency). The last two also take a year, such "
        "as 2026.",
    ),
    click.Option(
        ["--funding"], metavar="TEXT", help="With --for: only events with this Funding, or whose Funding contains it."
    ),
)
HELP = "With --for it is the report that a funder asks for, each figure with how it is made."


def commands() -> Iterable[ReportCommand]:
    from cwac.cli.files import ReportCommand

    return (ReportCommand(OPTIONS, HELP, asked),)


def asked(period: str, agency: str | None, words: Mapping[str, str | None]) -> MakeReport | None:
    """The function that makes the report that these words of the command line ask for; None for none."""
    from cwac.cli.options import as_bad
    from cwac.funders.report import period_of

    preset, funding = cast("Preset | None", words["preset"]), words["funding"]
    if preset is None:
        if funding is not None:
            raise click.UsageError("--funding is of the reports for funders: name one with --for.")
        return None
    if preset == "agency" and agency is None:
        raise click.UsageError("--for agency is of one agency: name it with --agency.")
    with as_bad("QUARTER"):
        period_of(preset, period)
    return partial(_make, preset, period, agency, funding)


def _make(
    preset: Preset, period: str, agency: str | None, funding: str | None, snapshot: Snapshot, rules: Rules
) -> tuple[Report, str]:
    from cwac.cli.options import as_bad
    from cwac.cli.output import plain
    from cwac.funders import files
    from cwac.funders.report import funder_report, funding_named

    with as_bad("--funding"):
        text = None if funding is None else funding_named(snapshot, funding)
    answer = funder_report(snapshot, preset, period, agency, text, rules)
    held = f"{counted(len(answer.outcomes.held), 'event')} held of {len(answer.lines)} planned"
    due = f". {words.rstrip('.')}" if (words := answer.due_words) else ""
    return files.report(answer), f"{answer.title}, {plain(answer.agency_label)}: {held}{due}"
