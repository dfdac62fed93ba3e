"""`cwac backtest`: how good the forecasts of attendance are."""

from __future__ import annotations

import datetime as dt

import click

from cwac.cli.group import Command
from cwac.cli.options import on_option, source_argument, text_or_json_option
from cwac.cli.output import json_heading, print_json, print_text, progress, text_heading
from cwac.cli.source import read_snapshot, settings_for


@click.command("backtest", cls=Command, short_help="Say how good the forecasts of attendance are.")
@source_argument
@on_option
@text_or_json_option
def command(source: str | None, on: dt.date | None, output_format: str) -> None:
    """Forecast each past event from those before it, and say how far off the forecasts were."""
    from cwac.analysis import forecast

    snapshot = read_snapshot(source, on, settings_for(source), quiet=output_format == "json")
    with progress("Forecasting the past", quiet=output_format == "json"):
        backtest = forecast.backtest(snapshot)
    if output_format == "json":
        fields = {name: getattr(backtest, name) for name in backtest.__dataclass_fields__}
        print_json({**json_heading(snapshot), "backtest": fields})
    else:
        new_venues = [f"At {backtest.first_visits} of them the venue was new."] if backtest.n else []
        print_text([*text_heading(snapshot), backtest.words, *new_venues])
