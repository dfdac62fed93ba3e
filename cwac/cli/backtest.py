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
    from cwac.analysis.backtest import HELD_BY_ADJUSTING, replay

    snapshot = read_snapshot(source, on, settings_for(source))
    with progress("Forecasting the past"):
        history = replay(snapshot)
    if output_format == "json":
        tried = {"backtest": history.next_event.as_dict(), "backtest_30_days": history.ahead.as_dict()}
        print_json({**json_heading(snapshot), **tried})
        return
    lines = [*text_heading(snapshot), history.next_event.words]
    if history.next_event.n:
        lines += [f"At {history.next_event.first_visits} of them the venue was new.", ""]
        lines += [f"{name}: {first}; 30 days ahead: {second}" for name, first, second in history.rows]
        lines += [f"In the 80% range at {venue}: {tried.words}" for venue, tried in history.next_event.by_venue.items()]
        lines += ["", HELD_BY_ADJUSTING]
    print_text(lines)
