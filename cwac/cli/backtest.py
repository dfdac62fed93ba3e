"""`cwac backtest`: how good the forecasts of attendance are."""

from __future__ import annotations

import datetime as dt

import click

from cwac.cli.group import Command
from cwac.cli.options import on_option, source_argument, text_or_json_option
from cwac.cli.output import print_answer, progress
from cwac.cli.source import read_snapshot, settings_for


@click.command("backtest", cls=Command, short_help="Say how good the forecasts of attendance are.")
@source_argument
@on_option
@text_or_json_option
def command(source: str | None, on: dt.date | None, output_format: str) -> None:
    """Forecast each past event from those before it, and say how far off the forecasts were."""
    from cwac.analysis.forecast import AHEAD, backtest, fit, right

    snapshot = read_snapshot(source, on, settings_for(source))
    with progress("Forecasting the past"):
        near, far = backtest(fit(snapshot)), backtest(fit(snapshot, AHEAD))
    lines = [near.words]
    if near.tried:
        if near.first_visits:
            lines.append(f"At first visits to a venue it was {right(near.first_visits)}.")
        lines += [f"At {venue} it was {right(there)}." for venue, there in near.by_venue.items()]
        lines += ["", far.words]
    document = {"backtest": near.as_dict(), "backtest_30_days": far.as_dict()}
    print_answer(snapshot, output_format, document, lines)
