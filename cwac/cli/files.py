"""Commands that write a file: `cwac export`, `cwac report`, `cwac records` and `cwac template`."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import click

from cwac import addons
from cwac.analysis.words import counted, list_words
from cwac.cli import options
from cwac.cli.options import parse_day
from cwac.cli.output import (
    Command,
    Refusal,
    is_terminal,
    json_heading,
    plain,
    print_message,
    progress,
    replaced_file,
    write_or_print,
)
from cwac.cli.store import audit_export, revisions_of
from cwac.model import Snapshot
from cwac.settings import Rules, Settings

if TYPE_CHECKING:
    from cwac.exports.reports import Report

    MakeReport = Callable[[Snapshot, Rules], tuple[Report, str]]
    """Makes a report, and a summary for the terminal."""


FORMATS = ("csv", "json", "xlsx", "ics")


@click.command("export", cls=Command, short_help="Write rows for another program.")
@click.argument("what", type=click.Choice(["events", "staffing", "attendance", "follow-ups"]))
@options.source_argument
@options.on_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(FORMATS),
    help="Default: csv, or what FILE ends in. ics: events only.",
)
@click.option("-o", "--output", type=options.OutputFile(), metavar="FILE", help="Write to FILE, not to the screen.")
@click.option(
    "--remind",
    multiple=True,
    type=click.Choice(["1d", "2h"]),
    help="With ics: remind people 1 day or 2 hours before each event. Give it twice for both.",
)
@click.option("--summaries", is_flag=True, help="With follow-ups: also what residents said. Handle with care.")
def export_rows(
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

    chosen = options.format_of(output_format, output, FORMATS, "csv")
    if summaries and what != "follow-ups":
        raise click.UsageError("--summaries goes with follow-ups only.")
    if chosen == "ics" and what != "events":
        raise click.UsageError("Only events can be written as ics: they are what a calendar shows.")
    if remind and chosen != "ics":
        raise click.UsageError("--remind goes with ics only.")
    if chosen == "xlsx" and (output is None or str(output) == "-") and is_terminal(sys.stdout):
        raise click.UsageError("A workbook cannot be shown on a screen: name a file with -o, such as -o events.xlsx.")

    settings = options.settings_for(source)
    options.refuse_to_overwrite(output, settings, source)
    snapshot = options.read_snapshot(source, on, settings)
    with progress(f"Writing {what}"):
        columns, rows_of = tables.TABLES[what]
        rows = rows_of(snapshot)
        if summaries:
            columns, rows = (*columns, tables.SUMMARY), tables.follow_up_rows(snapshot, summaries=True)
        if chosen == "ics":
            from cwac.exports import ical

            past, link = revisions_of(snapshot, settings), event_link_of(source, settings)
            own_id = options.one_source(source, settings).calendar_id
            written = ical.write(
                snapshot, ical.ALL, snapshot.events, sheet=snapshot.url, past=past, rules=settings.rules, link=link,
                calendar_id=own_id, remind=ical.reminders(remind), as_file=True,
            )  # fmt: skip
        elif chosen == "json":
            written = tables.to_json(rows)
        elif chosen == "xlsx":
            written = tables.to_xlsx([tables.table_of(what.capitalize(), rows, columns)])
        else:
            written = tables.to_csv(rows, columns)
    number, with_summaries = counted(len(rows), "row"), " with summaries" if summaries else ""
    audit_export(settings, source, f"exported {what}{with_summaries} as {chosen}, {number}")
    write_or_print(written, output, number)


def event_link_of(source: str | None, settings: Settings) -> str | None:
    """The address of an event in the dashboard, up to its ID; None if that shows another source or has no address."""
    from cwac.exports.ical import event_link

    county = served_as(source, settings)
    return None if county is None else event_link(settings.address, county)


def served_as(source: str | None, settings: Settings) -> str | None:
    """The county as which the dashboard shows this source, empty for its one sheet; None where it shows another."""
    from cwac.refresh.source_factory import identity_of

    chosen = options.one_source(source, settings)
    if chosen.sample:
        return "" if settings.sample else None
    identity = identity_of(chosen)
    same = (county for county, own in settings.by_county().items() if identity_of(own) == identity)
    return None if identity is None else next(same, None)


@dataclass(frozen=True, slots=True)
class ReportCommand:
    """Reports of an add-on: options, the end of the help, and what makes the report, None if none is asked for."""

    options: Sequence[click.Option]
    help: str
    asked: Callable[[str, str | None, Mapping[str, str | None]], MakeReport | None]


_ADDED: list[ReportCommand] = [added for addon in addons.installed() for added in addon.report_commands()]


@click.command("report", cls=Command, short_help="Write the quarter on a page.")
@click.argument("quarter", metavar="QUARTER")
@options.source_argument
@options.on_option
@click.option(
    "--format",
    "output_format",
    type=click.Choice(["pdf", "xlsx", "csv", "json"]),
    help="Default: what FILE ends in. Only csv and json go to the screen.",
)
@click.option("-o", "--output", type=options.OutputFile(), metavar="FILE", help="The page: .pdf, .xlsx, .csv or .json.")
@click.option("--agency", metavar="NAME", help="Only the events of this agency, by its short name. Default: all.")
def write_report(
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
    from cwac.analysis import periods
    from cwac.analysis.quarter import quarter as quarter_report
    from cwac.exports import quarterly
    from cwac.exports.reports import FORMATS
    from cwac.exports.tables import to_json
    from cwac.exports.typesetting import LayoutError

    if output_format is None and output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    chosen = options.format_of(output_format, output, (*FORMATS, "json"))
    if (output is None or str(output) == "-") and chosen in ("pdf", "xlsx"):
        raise click.UsageError(f"A page cannot be shown on a screen: name a file with -o, such as -o q3.{chosen}.")
    made = [added.asked(quarter, agency, of_addons) for added in _ADDED]
    make = next(filter(None, made), None)
    if make is None:
        with options.as_bad("QUARTER"):
            periods.quarter_named(quarter)
    settings = options.settings_for(source)
    options.refuse_to_overwrite(output, settings, source)
    snapshot = options.read_snapshot(source, on, settings)
    with options.as_bad("--agency"):
        if make is not None:
            report, summary = make(snapshot, settings.rules)
        else:
            answer = quarter_report(snapshot, quarter, agency, settings.rules)
            held = counted(len(answer.outcomes.held), "event")
            report, summary = quarterly.report(answer), f"{answer.period.title}, {answer.agency_label}: {held} held"
    with progress(f"Writing {report.title}"):
        if chosen == "json":
            written = to_json({**json_heading(snapshot), **report.document()})
        else:
            try:
                written = FORMATS[chosen](report)
            except LayoutError as error:
                raise Refusal(plain(f"{report.title}: {error}. Write it as .xlsx, or choose a shorter time.")) from None
    write_or_print(written, output, f"{summary},")


for _added in _ADDED:
    write_report.params += _added.options
    write_report.help = f"{(write_report.help or '').rstrip()} {_added.help}"


@click.command("records", cls=Command, short_help="Write what a public-records request would get.")
@options.source_argument
@click.option("--from", "first", required=True, metavar="DATE", callback=parse_day, help="The first day of the period.")
@click.option("--to", "last", required=True, metavar="DATE", callback=parse_day, help="The last day of the period.")
@options.xlsx_option
@options.force_option
@options.on_option
def write_records(
    source: str | None, first: dt.date, last: dt.date, output: Path, force: bool, on: dt.date | None
) -> None:
    """Write the sheet's rows of the events of a period, as typed, with a list of the columns to look at first.

    Nothing in it is redacted. Rows older than your schedule ([records] in the settings; two years by default) are
    marked as eligible for review, and never deleted; those of a federal grant say that these have a time of their own.
    """
    from cwac.exports import workbooks
    from cwac.storage.database import StoreTrouble

    if last < first:
        raise click.BadParameter(f"{last} is before {first}.", param_hint="--to")
    options.refuse_to_replace(output, force)
    settings = options.settings_for(source)
    options.refuse_to_overwrite(output, settings, source)
    snapshot, workbook = options.read_snapshot_and_workbook(source, on, settings)
    with progress("Writing the workbook"):
        records = workbooks.records(workbook, snapshot, first, last, settings.records)
        sent: list[tuple[dt.date, str, int]] = []
        zone = ZoneInfo(workbook.timezone)
        begin, end = (dt.datetime.combine(day, dt.time(), zone) for day in (first, last + dt.timedelta(days=1)))
        try:
            for addon in addons.installed() if source is None else ():
                sent += addon.messages_sent(settings, begin, end)
        except StoreTrouble as trouble:
            print_message(f"{plain(str(trouble))} So the messages that were sent are not listed.")
            sent = []
        written = workbooks.records_workbook(records, workbook, snapshot, first, last, sent)
    audit_export(settings, source, f"wrote records from {first} to {last}")
    write_or_print(written, output, counted(sum(len(tab.rows) for tab in records.tabs), "row"))
    columns = sum(column.needed and column.filled > 0 for column in records.columns)
    print_message(f"Nothing is redacted: look at {counted(columns, 'column')} on its tab Redaction first.")


@click.command("template", cls=Command, short_help="Write a workbook to start from.")
@click.argument("file", required=False, type=options.OutputFile(), metavar="[FILE.xlsx]")
@click.option("--sample", is_flag=True, help="Fill it with the built-in sample, deliberate mistakes included.")
@click.option(
    "--from",
    "sheet",
    callback=options.refuse_blank,
    metavar="SHEET",
    help="Only the lists, filled with the agencies, people, towns and venues that were typed in this sheet.",
)
@click.option("-o", "--output", type=options.OutputFile(), metavar="FILE.xlsx", help="The same as FILE.xlsx.")
@options.force_option
@options.on_option
def make_template(
    file: Path | None, sample: bool, sheet: str | None, output: Path | None, force: bool, on: dt.date | None
) -> None:
    """Write a workbook to start from: every tab and column, with dropdowns and notes."""
    from cwac.sheet.template import write_template

    target = file or output
    if target is None or (file and output) or (sample and sheet):
        raise click.UsageError("Name one FILE.xlsx to write, and either --sample or --from or neither.")
    options.refuse_to_replace(target, force)
    settings = options.settings_for(sheet)
    options.refuse_to_overwrite(target, settings, sheet)
    guessed: list[str] = []
    workbook = options.read_sample(settings, on) if sample else None
    if sheet is not None:
        from cwac.exports.workbooks import lists_of

        snapshot, typed = options.read_snapshot_and_workbook(sheet, on, settings)
        workbook, guessed = lists_of(typed, snapshot)
    with replaced_file(target) as written:
        write_template(written, workbook)
    print_message(f"Written to {plain(str(target))}.")
    if guessed:
        people = plain(list_words(guessed, 5))
        print_message(f"Guessed by the events that they go to: the agency of {people}. Look over the tab Officers.")
