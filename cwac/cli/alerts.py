"""`cwac alerts`: conflicts and openings in the plan."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence

import click

from cwac.analysis.words import counted
from cwac.cli.group import Command
from cwac.cli.options import on_option, source_argument, text_or_json_option
from cwac.cli.output import print_answer
from cwac.cli.source import read_snapshot, settings_for
from cwac.model import Alert, Snapshot


@click.command("alerts", cls=Command, short_help="List conflicts and openings in the plan.")
@source_argument
@on_option
@text_or_json_option
def command(source: str | None, on: dt.date | None, output_format: str) -> None:
    """List the conflicts and openings in the plan from today on, soonest first."""
    from cwac.analysis import alerts
    from cwac.exports.documents import alert_row

    settings = settings_for(source)
    snapshot = read_snapshot(source, on, settings)
    listed = alerts.alerts(snapshot, snapshot.today, settings.rules)
    print_answer(snapshot, output_format, {"alerts": list(map(alert_row, listed))}, _lines(snapshot, listed))


def _lines(snapshot: Snapshot, alerts: Sequence[Alert]) -> Iterator[str]:
    from cwac.analysis.alerts import ALERT_CODES
    from cwac.analysis.events import upcoming
    from cwac.date_words import day_words, days_away

    if not alerts:
        yield f"No alerts for {counted(len(upcoming(snapshot, snapshot.today)), 'event')} to come."
    days: int | None = None
    for alert in alerts:
        if alert.days_until != days:
            if days is not None:
                yield ""
            days = alert.days_until
            yield f"{day_words(snapshot.today + dt.timedelta(days=days))} ({days_away(days)})"
        yield f"  {alert.severity}: {ALERT_CODES.get(alert.code, alert.code)} [{', '.join(alert.event_ids)}]"
        yield f"      {alert.message}"
