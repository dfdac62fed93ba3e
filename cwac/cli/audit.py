"""`cwac audit`: who did what in the dashboard."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import click

from cwac.analysis.words import counted
from cwac.cli.group import Command
from cwac.cli.output import print_text
from cwac.cli.store import open_store, zone_of_sheet
from cwac.settings import load


@click.command("audit", cls=Command, short_help="Say who did what in the dashboard.")
@click.option("--most", "limit", type=click.IntRange(min=1), default=100, show_default=True, help="How many lines.")
def command(limit: int) -> None:
    """List who came in, was refused, downloaded, made or used a feed, restored or purged; newest first."""
    settings = load()
    with open_store(settings, reading=True) as store:
        entries, zone = store.audited(limit), zone_of_sheet(store, settings)
    click.echo(
        f"Entries are kept for {counted(settings.audit_days, 'day')} (audit_days). Times are in {zone}.", err=True
    )
    print_text(
        f"{entry.at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S %z}  {entry.person}  {entry.action}"
        for entry in entries
    )
