"""`cwac publish`: the public site as files, for any web server."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cwac.analysis.words import counted
from cwac.cli.options import (
    SAMPLE,
    on_option,
    one_source,
    read_snapshot,
    settings_for,
    source_argument,
    text_or_json_option,
)
from cwac.cli.output import Command, Refusal, plain, print_answer, print_message, progress, unwritable
from cwac.cli.store import revisions_of
from cwac.settings import Settings, host_of

if TYPE_CHECKING:
    from cwac.analysis.revisions import Revisions
    from cwac.model import Snapshot
    from cwac.refresh.live import Live


@click.command("publish", cls=Command, short_help="Write the public pages for a web server.")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@source_argument
@click.option("--address", metavar="URL", help="Where DIR will be seen, such as https://www.example.gov/coffee.")
@click.option("--watch", is_flag=True, help="Go on, and write the pages again whenever the sheet changes.")
@click.option("--dry-run", is_flag=True, help="Write nothing: say what would be public, and what is held back and why.")
@text_or_json_option
@on_option
def command(
    folder: Path,
    source: str | None,
    address: str | None,
    watch: bool,
    dry_run: bool,
    output_format: str,
    on: dt.date | None,
) -> None:
    """Write what strangers may see as a small static site: pages, calendar, Atom feed and JSON.

    DIR becomes a link to a new folder beside it, and is switched at once, so that visitors never see half a site. Where
    DIR is a folder already, its files are replaced one by one, the first page last. Several counties get a folder each;
    those with public = false are left out.
    """
    settings = settings_for(source)
    if dry_run:
        _say_what_is_public(source, on, settings, output_format)
        return
    if watch and (source not in (None, SAMPLE) or on is not None):
        raise click.UsageError("--watch follows the configured sheet: leave out SOURCE and --on.")
    base = settings.address and f"{settings.address}/public"
    if address is not None:
        if not host_of(address) or "?" in address or "#" in address:
            fault = f"{plain(address)} is not an address such as https://www.example.gov/coffee."
            raise click.BadParameter(fault, param_hint="--address")
        base = address.rstrip("/")
    if not str(folder).strip():
        raise click.BadParameter("it is empty: name the folder to write.", param_hint="DIR")
    if watch:
        _follow(folder, settings, base)
        return
    names = _counties(settings) if source is None else [""]
    sources = {name: name or source for name in names}
    _publish(
        folder,
        {name: (read_snapshot(of, on, settings), one_source(of, settings)) for name, of in sources.items()},
        base,
    )


def _say_what_is_public(source: str | None, on: dt.date | None, settings: Settings, output_format: str) -> None:
    from cwac.cli.answers import public_lines
    from cwac.exports import documents

    snapshot = read_snapshot(source, on, settings)
    print_answer(snapshot, output_format, {"public": documents.public(snapshot)}, public_lines(snapshot))


def _counties(settings: Settings) -> list[str]:
    """The counties to publish; an empty name for a single sheet."""
    if not settings.counties or settings.workbook:
        return [""]
    names = [county.name for county in settings.counties if county.public is not False]
    if not names:
        raise Refusal("Every county has public = false: nothing may be published.")
    return names if len(settings.counties) > 1 else [""]


def _publish(folder: Path, counties: Mapping[str, tuple[Snapshot, Settings]], base: str | None) -> None:
    from cwac.public import publishing

    past = {name: revisions_of(*county) for name, county in counties.items()}
    earlier = publishing.published_at(folder)
    try:
        with progress("Writing the pages"):
            files = _files(counties, past, base, earlier or {})
            if earlier is not None and not publishing.is_published(folder, files):
                files = _files(counties, past, base, {})
            result = publishing.publish(folder, files)
    except OSError as error:
        raise unwritable(folder, error) from error
    if not result.written:
        print_message(f"Nothing has changed: {plain(str(folder))} stays as it is.")
        return
    # The Spanish page of an event is in es/event/.
    events = sum("event/" in path and "es/event/" not in path and path.endswith(".html") for path in files)
    print_message(
        f"{counted(len(files), 'file')} ({counted(events, 'event')}, English and Spanish) in {plain(str(folder))}; "
        f"{result.written} new or changed, {result.removed} removed."
    )
    if base is None:
        print_message("Without --address there is no site map, and no QR codes.")


def _files(
    counties: Mapping[str, tuple[Snapshot, Settings]],
    past: Mapping[str, Revisions | None],
    base: str | None,
    as_of: Mapping[str, dt.datetime],
) -> dict[str, bytes]:
    """Path -> bytes. `as_of` is the time that each folder's pages give now, if they are published already."""
    from cwac.exports.event_pages import county_folders
    from cwac.public.site import FOLDERS, TYPEFACE, counties_page, county_site, stylesheet, typeface

    folders = county_folders(counties)
    files: dict[str, bytes] = {}
    for name, (snapshot, settings) in counties.items():
        folder = f"{folders[name]}/" if name else ""
        site = county_site(snapshot, settings, past[name], base, folder, county=name, as_of=as_of.get(folder))
        files |= {f"{folder}{path}": body for path, body in site.items()}
    if "" not in counties:
        files |= {"style.css": stylesheet(), TYPEFACE: typeface()}
        listed = [(name, folders[name]) for name in counties]
        files |= {f"{folder}index.html": counties_page(listed, language) for language, folder in FOLDERS.items()}
    return files


def _follow(folder: Path, settings: Settings, base: str | None) -> None:
    """Publish each new version of the configured sheets until Ctrl-C. A damaged sheet is not published."""
    from cwac.refresh import sheets

    changed = threading.Event()
    shown: dict[str, Snapshot] = {}

    def note(name: str, live: Live) -> None:
        if live.snapshot is not None and live.snapshot is not shown.get(name):
            shown[name] = live.snapshot
            changed.set()

    deployment = sheets.for_settings(settings, note)
    counties = {name: deployment.of(name) for name in _counties(settings)}
    pollers = [poller for _, poller in counties.values()]
    for poller in pollers:
        poller.start()
    print_message("Following the sheet; Ctrl-C ends it.")
    try:
        while True:
            changed.clear()
            if len(shown) == len(pollers):  # a county that cannot be read yet must not vanish from the site
                _publish(folder, {name: (shown[name], own) for name, (own, _) in counties.items()}, base)
            changed.wait()
    except KeyboardInterrupt:
        print_message("")
    finally:
        for poller in pollers:
            poller.stop(0)
        for poller in pollers:
            poller.stop()
