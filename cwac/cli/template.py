"""`cwac template`: a workbook to start from."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import click

from cwac.cli.group import Command
from cwac.cli.options import OutputFile, force_option, on_option, refuse_to_replace
from cwac.cli.output import print_message, replaced_file
from cwac.cli.source import read_sample, refuse_to_overwrite
from cwac.cli.text import plain
from cwac.settings import load


@click.command("template", cls=Command, short_help="Write a workbook to start from.")
@click.argument("file", type=OutputFile(path_type=Path), metavar="FILE.xlsx")
@click.option("--sample", is_flag=True, help="Fill it with the built-in sample, deliberate mistakes included.")
@force_option
@on_option
def command(file: Path, sample: bool, force: bool, on: dt.date | None) -> None:
    """Write a workbook to start from: every tab and column, with dropdowns and notes."""
    from cwac.sheet.template import write_template

    refuse_to_replace(file, force)
    if file.exists():
        refuse_to_overwrite(file, load())
    workbook = read_sample(load(), on) if sample else None
    with replaced_file(file) as written:
        write_template(written, workbook)
    print_message(f"Written to {plain(str(file))}.")
