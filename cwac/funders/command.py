"""`cwac report --for`: the reports for funders."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, cast

import click

from cwac.analysis.words import counted

if TYPE_CHECKING:
    from cwac.cli.files import MakeReport
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


def asked(period: str, agency: str | None, words: Mapping[str, str | None]) -> MakeReport | None:
    """The function that makes the report that these words of the command line ask for; None for none."""
    from cwac.cli.output import plain
    from cwac.funders.report import period_of

    preset, funding = cast("Preset | None", words["preset"]), words["funding"]
    if preset is None:
        if funding is not None:
            raise click.UsageError("--funding is of the reports for funders: name one with --for.")
        return None
    if preset == "agency" and agency is None:
        raise click.UsageError("--for agency is of one agency: name it with --agency.")
    try:
        period_of(preset, period)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="QUARTER") from None
    return partial(_make, preset, period, agency, funding)


def _make(
    preset: Preset, period: str, agency: str | None, funding: str | None, snapshot: Snapshot, rules: Rules
) -> tuple[Report, str]:
    from cwac.cli.output import plain
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
