"""Arguments and options that several commands share, and the sheet that they name."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import click
from click.shell_completion import CompletionItem

from cwac.analysis.words import counted
from cwac.cli.output import Refusal, plain, progress, unwritable
from cwac.clock import read_clock
from cwac.model import Snapshot, Workbook
from cwac.refresh.source_factory import identity_of, source_for
from cwac.settings import Settings, load, names_no_file
from cwac.settings.connections import NAMES_ARE_PUBLIC

PORT = 8501
_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


def parse_day(_: click.Context, __: click.Parameter, typed: str | None) -> dt.date | None:
    """The ISO date as typed; a `BadParameter` where it is none, or before 1990 or after 2100."""
    if typed is None:
        return None
    try:
        day = dt.date.fromisoformat(typed.strip())
    except ValueError:
        raise click.BadParameter(f"{plain(typed)} is not a date: write one such as 2026-10-07.") from None
    if not 1990 <= day.year <= 2100:
        raise click.BadParameter(f"{day} is too far away: choose a day from 1990 to 2100.")
    return day


@contextmanager
def as_bad(option: str) -> Iterator[None]:
    """Report a `ValueError`, whose text is a sentence for the user, as a bad value of this option."""
    try:
        yield
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint=option) from None


def refuse_blank(_: click.Context, __: click.Parameter, typed: str | None) -> str | None:
    """An empty name is mostly a variable that was never filled in: the sample must not be read in its place."""
    if typed is not None and not typed.strip().strip(_INVISIBLE):
        raise click.BadParameter(
            "it is empty: name an .xlsx file, the address of a sheet or a county, or leave it out altogether."
        )
    return typed


class OutputFile(click.Path):
    """A file to write, checked before anything is read."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        typed = os.fsdecode(value)
        path = Path(typed)
        if typed == "-":
            return path
        if not typed.strip():
            raise click.BadParameter("it is empty: name a file to write.", ctx, param)
        if "\0" in typed:
            raise unwritable(typed, "it is no file name")
        # Path drops a slash at the end, and a file would be written where a folder was meant.
        if typed.endswith((os.sep, os.altsep or os.sep)) or path.is_dir() or path.name in ("", ".."):
            raise unwritable(typed, "it is a folder")
        if not path.parent.is_dir():
            raise unwritable(typed, "Not a directory" if path.parent.exists() else "No such file or directory")
        return path


def format_of(
    output_format: str | None, output: Path | None, formats: Sequence[str], default: str | None = None
) -> str:
    """The format of FILE's ending, the option or the default; a `UsageError` if it is unknown or two disagree."""
    ending = output.suffix.lower().lstrip(".") if output else ""
    chosen, name = ending or output_format or default, plain(output.name) if output else "FILE"
    if chosen is None or chosen not in formats:
        endings = ", ".join(f".{form}" for form in formats[:-1])
        raise click.UsageError(f"{name} does not say what to write: end it in {endings} or .{formats[-1]}.")
    if output_format not in (None, chosen):
        raise click.UsageError(f"{name} ends in .{ending}, but --format says {output_format}: they must agree.")
    return chosen


def refuse_to_replace(file: Path, force: bool) -> None:
    """Refuse a name that does not end in .xlsx, and without `force` a file that has contents."""
    if file.suffix.lower() != ".xlsx":
        raise click.UsageError(f"Name a file that ends in .xlsx, not {plain(file.name)}.")
    if not force and file.exists() and file.stat().st_size:
        # The name of the plan itself is the likeliest one to be typed here by mistake.
        raise Refusal(f"{plain(str(file))} is there already: choose another name, or --force to replace it.")


def complete_file(_: click.Context, __: click.Parameter, typed: str) -> list[CompletionItem]:
    return [CompletionItem(typed, type="file")]


source_argument = click.argument("source", required=False, callback=refuse_blank, shell_complete=complete_file)
on_option = click.option(
    "--on", metavar="DATE", callback=parse_day, help='The day to take for "today". Default: today, where the sheet is.'
)
text_or_json_option = click.option(
    "--format",
    "output_format",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="How to print it.",
)
xlsx_option = click.option(
    "-o", "--output", required=True, type=OutputFile(), metavar="FILE.xlsx", help="The workbook to write."
)
force_option = click.option("--force", is_flag=True, help="Replace FILE.xlsx where there is one already.")


SAMPLE = "sample"
"""The word for the built-in sample where a workbook could be named."""


def settings_for(source: str | None) -> Settings:
    from cwac.sheet.planning import refuse_unknown_meanings

    settings = load(source_given=source is not None)
    refuse_unknown_meanings(settings.rules)
    return settings


def read_snapshot(source: str | None, on: dt.date | None, settings: Settings) -> Snapshot:
    """The snapshot of the source named, else of the one configured, else of the sample. Its `today` is `on`."""
    return read_snapshot_and_workbook(source, on, settings)[0]


def read_snapshot_and_workbook(source: str | None, on: dt.date | None, settings: Settings) -> tuple[Snapshot, Workbook]:
    from cwac.sheet.reader import read_workbook

    chosen = one_source(source, settings)
    with progress(f"Reading {plain(name_of(chosen))}"):
        workbook = _fetch(chosen, on)
    today = on or read_clock(ZoneInfo(workbook.timezone)).date()
    with progress(f"Checking {counted(sum(len(tab.rows) for tab in workbook.tabs), 'row')}"):
        return read_workbook(workbook, today, settings.rules), workbook


def name_of(chosen: Settings) -> str:
    """What the one source is called in messages; never a sharing link, with which others could open the workbook."""
    if chosen.reads == "microsoft":
        return identity_of(chosen) or "the workbook in SharePoint"
    return chosen.workbook or chosen.spreadsheet or SAMPLE


def one_source(source: str | None, settings: Settings) -> Settings:
    """The settings with the one source to read: a county by its name, else a file, an address or the sample."""
    counties = {county.name.casefold(): county for county in settings.counties}
    if source is None:
        if settings.workbook or not counties:
            return settings
        if len(counties) > 1:
            names = ", ".join(plain(county.name) for county in settings.counties)
            raise Refusal(f"Several sheets are configured. Say which to read: {names}.")
        return settings.of(settings.counties[0])
    if (county := counties.get(source.casefold())) is not None:
        return settings.of(county)
    microsoft = replace(settings.microsoft, link=None, site=None, drive=None, path=None)
    alone = replace(settings, workbook=None, spreadsheet=None, counties=(), microsoft=microsoft)
    if source == SAMPLE:
        return alone
    if names_no_file(source) and not os.path.exists(source):
        return replace(alone, spreadsheet=source)
    return replace(alone, workbook=source)


def refuse_to_overwrite(output: Path | None, settings: Settings, source: str | None = None) -> None:
    """Refuse an output file that is the workbook to read, or one that is configured."""
    read = None if source is None else one_source(source, settings).workbook
    for workbook in (read, settings.workbook, *(county.workbook for county in settings.counties)):
        # os.path.exists, unlike Path's, is False for a name that no file can have.
        there = output is not None and workbook and os.path.exists(workbook) and os.path.exists(output)
        if there and os.path.samefile(str(output), str(workbook)):
            raise Refusal(f"{plain(str(output))} is the workbook that is read: name another file to write.")


def _fetch(chosen: Settings, on: dt.date | None) -> Workbook:
    if chosen.reads == "sample":
        return read_sample(chosen, on)
    if chosen.reads == "microsoft":  # settings that cannot be used are refused here without a word about a restart
        from cwac.refresh.judge import CHECKED_OUT
        from cwac.sources.microsoft import MicrosoftSource

        workbook = MicrosoftSource.from_settings(chosen).fetch()
        if workbook.checked_out:
            click.echo(CHECKED_OUT, err=True)
        return workbook
    if chosen.reads == "link":
        click.echo(NAMES_ARE_PUBLIC, err=True)
    source = source_for(chosen)
    if chosen.reads == "google" and source.identity is not None:
        from cwac.storage.store import Store

        # A renamed tab is recognized by the last good version in the dashboard's store, if there is one.
        if (before := Store(chosen.store).last_good(source.identity)) is not None:
            source.remember(before)
    workbook = source.fetch(False)
    for name, title in workbook.renamed:
        click.echo(f'The tab "{plain(title)}" is read as {plain(name)}, as it was called before.', err=True)
    return workbook


def read_sample(settings: Settings, on: dt.date | None) -> Workbook:
    from cwac.sources.sample import sample_workbook

    now = read_clock(ZoneInfo(settings.timezone))
    return sample_workbook(on or now.date(), now)
