"""`cwac export`: rows for another program."""

from __future__ import annotations

import datetime as dt
import sys
from pathlib import Path

import click

from cwac.analysis.words import counted
from cwac.cli.group import Command
from cwac.cli.options import OutputFile, format_of, on_option, source_argument
from cwac.cli.output import is_terminal, progress, write_or_print
from cwac.cli.source import one_source, read_snapshot, refuse_to_overwrite, settings_for
from cwac.cli.store import audit_export, revisions_of
from cwac.model import Snapshot
from cwac.settings import Settings

FORMATS = ("csv", "json", "xlsx", "ics")


@click.command("export", cls=Command, short_help="Write rows for another program.")
@click.argument("what", type=click.Choice(["events", "staffing", "attendance", "follow-ups"]))
@source_argument
@on_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    help="Default: csv, or what FILE ends in. ics: events only.",
)
@click.option(
    "-o", "--output", type=OutputFile(path_type=Path), metavar="FILE", help="Write to FILE, not to the screen."
)
@click.option(
    "--remind",
    multiple=True,
    type=click.Choice(["1d", "2h"]),
    help="With ics: remind people 1 day or 2 hours before each event. Give it twice for both.",
)
@click.option("--summaries", is_flag=True, help="With follow-ups: also what residents said. Handle with care.")
def command(
    what: str,
    source: str | None,
    on: dt.date | None,
    output_format: str | None,
    output: Path | None,
    remind: tuple[str, ...],
    summaries: bool,
) -> None:
    """Write events, staffing, attendance or follow-ups for another program."""
    from cwac.exports import tables

    chosen = format_of(output_format, output, FORMATS, "csv")
    if summaries and what != "follow-ups":
        raise click.UsageError("--summaries goes with follow-ups only.")
    if chosen == "ics" and what != "events":
        raise click.UsageError("Only events can be written as ics: they are what a calendar shows.")
    if remind and chosen != "ics":
        raise click.UsageError("--remind goes with ics only.")
    if chosen == "xlsx" and (output is None or str(output) == "-") and is_terminal(sys.stdout):
        raise click.UsageError("A workbook cannot be shown on a screen: name a file with -o, such as -o events.xlsx.")

    settings = settings_for(source)
    refuse_to_overwrite(output, settings, source)
    snapshot = read_snapshot(source, on, settings)
    with progress(f"Writing {what}"):
        columns, rows_of = tables.TABLES[what]
        rows = rows_of(snapshot)
        if summaries:
            columns, rows = (*columns, tables.SUMMARY), tables.follow_up_rows(snapshot, summaries=True)
        if chosen == "ics":
            written = _calendar(snapshot, source, settings, remind)
        elif chosen == "json":
            written = tables.to_json(rows)
        elif chosen == "xlsx":
            written = tables.to_xlsx([tables.table_of(what.capitalize(), rows, columns)])
        else:
            written = tables.to_csv(rows, columns)
    number, with_summaries = counted(len(rows), "row"), " with summaries" if summaries else ""
    audit_export(settings, source, f"exported {what}{with_summaries} as {chosen}, {number}")
    write_or_print(written, output, number)


def _calendar(snapshot: Snapshot, source: str | None, settings: Settings, remind: tuple[str, ...]) -> bytes:
    from cwac.exports import ical

    past, link = revisions_of(snapshot, settings), event_link_of(source, settings)
    return ical.write(
        snapshot, ical.ALL, snapshot.events, sheet=snapshot.url, past=past, rules=settings.rules, link=link,
        calendar_id=one_source(source, settings).calendar_id, remind=ical.reminders(remind), as_file=True,
    )  # fmt: skip


def event_link_of(source: str | None, settings: Settings) -> str | None:
    """The address of an event in the dashboard, without the event's ID at its end.

    None where the dashboard shows another source, or its address is not configured.
    """
    from cwac.exports.ical import event_link

    county = served_as(source, settings)
    return None if county is None else event_link(settings.address, county)


def served_as(source: str | None, settings: Settings) -> str | None:
    """The county as which the dashboard shows this source, empty for its one sheet; None where it shows another."""
    from cwac.refresh.source_factory import identity_of

    chosen = one_source(source, settings)
    if chosen.sample:
        return "" if settings.sample else None
    identity = identity_of(chosen)
    same = (county for county, own in settings.by_county().items() if identity_of(own) == identity)
    return None if identity is None else next(same, None)
