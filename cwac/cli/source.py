"""Which sheet a command reads, and reading it."""

from __future__ import annotations

import datetime as dt
import os
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from cwac.cli.output import Refusal, plain, progress
from cwac.clock import read_clock
from cwac.model import Snapshot, Workbook
from cwac.refresh.source_factory import identity_of, source_for
from cwac.settings import Settings, load, names_no_file
from cwac.settings.google import NAMES_ARE_PUBLIC

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
    with progress(f"Checking {sum(len(tab.rows) for tab in workbook.tabs):,} rows"):
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
