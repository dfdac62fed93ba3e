"""`cwac template`: a workbook to start from."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cwac.analysis.words import list_words
from cwac.cli.group import Command
from cwac.cli.options import OutputFile, force_option, on_option, refuse_blank, refuse_to_replace
from cwac.cli.output import plain, print_message, replaced_file
from cwac.cli.source import read_sample, read_snapshot_and_workbook, refuse_to_overwrite, settings_for


@click.command("template", cls=Command, short_help="Write a workbook to start from.")
@click.argument("file", required=False, type=OutputFile(path_type=Path), metavar="[FILE.xlsx]")
@click.option("--sample", is_flag=True, help="Fill it with the built-in sample, deliberate mistakes included.")
@click.option(
    "--from",
    "sheet",
    callback=refuse_blank,
    metavar="SHEET",
    help="Only the lists, filled with the agencies, people, towns and venues that were typed in this sheet.",
)
@click.option("-o", "--output", type=OutputFile(path_type=Path), metavar="FILE.xlsx", help="The same as FILE.xlsx.")
@force_option
@on_option
def command(
    file: Path | None, sample: bool, sheet: str | None, output: Path | None, force: bool, on: dt.date | None
) -> None:
    """Write a workbook to start from: every tab and column, with dropdowns and notes."""
    from cwac.sheet.template import write_template

    target = file or output
    if target is None or (file and output) or (sample and sheet):
        raise click.UsageError("Name one FILE.xlsx to write, and either --sample or --from or neither.")
    refuse_to_replace(target, force)
    settings = settings_for(sheet)
    refuse_to_overwrite(target, settings, sheet)
    guessed: list[str] = []
    workbook = read_sample(settings, on) if sample else None
    if sheet is not None:
        from cwac.exports.workbooks import lists_of

        snapshot, typed = read_snapshot_and_workbook(sheet, on, settings)
        workbook, guessed = lists_of(typed, snapshot)
    with replaced_file(target) as written:
        write_template(written, workbook)
    print_message(f"Written to {plain(str(target))}.")
    if guessed:
        people = plain(list_words(guessed, 5))
        print_message(f"Guessed by the events that they go to: the agency of {people}. Look over the tab Officers.")
