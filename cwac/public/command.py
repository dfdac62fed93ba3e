"""`cwac publish`: the public site as files, for any web server."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cwac import addons
from cwac.analysis.words import counted
from cwac.cli.group import Command
from cwac.cli.options import on_option, source_argument
from cwac.cli.output import Refusal, plain, print_message, progress, unwritable
from cwac.cli.source import SAMPLE, one_source, read_snapshot, settings_for
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
@on_option
def command(folder: Path, source: str | None, address: str | None, watch: bool, on: dt.date | None) -> None:
    """Write what strangers may see as a small static site: pages, calendar, Atom feed and JSON.

    DIR becomes a link to a new folder beside it, and is switched at once, so that visitors never see half a site. Where
    DIR is a folder already, its files are replaced one by one, the first page last. Several counties get a folder each;
    those with public = false are left out.
    """
    settings = settings_for(source)
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
    by_county = {name: one_source(name or source, settings) for name in names}
    _publish(folder, {name: read_snapshot(name or source, on, settings) for name in names}, by_county, base)


def _counties(settings: Settings) -> list[str]:
    """The counties to publish; an empty name for a single sheet."""
    if not settings.counties or settings.workbook:
        return [""]
    names = [county.name for county in settings.counties if county.public is not False]
    if not names:
        raise Refusal("Every county has public = false: nothing may be published.")
    return names if len(settings.counties) > 1 else [""]


def _publish(
    folder: Path, snapshots: Mapping[str, Snapshot], by_county: Mapping[str, Settings], base: str | None
) -> None:
    from cwac.public import publishing

    past = {name: revisions_of(snapshot, by_county[name]) for name, snapshot in snapshots.items()}
    published_at = publishing.published_at(folder)
    try:
        with progress("Writing the pages"):
            files = _files(snapshots, past, by_county, base, published_at)
            if published_at is not None and not publishing.is_published(folder, files):
                files = _files(snapshots, past, by_county, base, {})
            result = publishing.publish(folder, files)
    except publishing.UnusableFolderError as error:
        raise Refusal(plain(str(error))) from None
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
    snapshots: Mapping[str, Snapshot],
    past: Mapping[str, Revisions | None],
    by_county: Mapping[str, Settings],
    base: str | None,
    as_of: Mapping[str, dt.datetime] | None,
) -> dict[str, bytes]:
    """Path -> bytes. `as_of` is the time that each folder's pages give now, if they are published already."""
    from cwac import access
    from cwac.analysis.revisions import Revisions
    from cwac.exports import ical
    from cwac.exports.event_pages import county_folders
    from cwac.public.site import FOLDERS, TYPEFACE, Publication, counties_page, public_site, stylesheet, typeface

    folders = county_folders(snapshots)
    files: dict[str, bytes] = {}
    for name, snapshot in snapshots.items():
        folder = f"{folders[name]}/" if name else ""
        publication = Publication(
            county=name,
            as_of=(as_of or {}).get(folder),
            sheet=snapshot.url,
            past=past[name] or Revisions(),
            left_out=ical.unplaced(snapshot),
            calendar_id=by_county[name].calendar_id,
            rules=by_county[name].rules,
            sample=snapshot.source == SAMPLE,
            residents=partial(addons.public_feedback, by_county[name], snapshot),
        )
        address = base and (f"{base}/{folder}".rstrip("/"))
        restricted = access.restrict(snapshot, access.PUBLIC, by_county[name].rules)
        site = public_site(restricted, snapshot.today, address, publication)
        files |= {f"{folder}{path}": site[path] for path in site}
    if "" not in snapshots:
        files |= {"style.css": stylesheet(), TYPEFACE: typeface()}
        counties = [(name, folders[name]) for name in snapshots]
        files |= {f"{folder}index.html": counties_page(counties, language) for language, folder in FOLDERS.items()}
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
    by_county = {name: deployment.of(name)[0] for name in _counties(settings)}
    pollers = {name: deployment.of(name)[1] for name in by_county}
    for poller in pollers.values():
        poller.start()
    print_message("Following the sheet; Ctrl-C ends it.")
    try:
        while True:
            changed.clear()
            if len(shown) == len(pollers):  # a county that cannot be read yet must not vanish from the site
                _publish(folder, {name: shown[name] for name in pollers}, by_county, base)
            changed.wait()
    except KeyboardInterrupt:
        print_message("")
    finally:
        for poller in pollers.values():
            poller.leave()
        for poller in pollers.values():
            poller.stop()
