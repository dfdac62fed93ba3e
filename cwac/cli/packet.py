"""`cwac packet`: the documents of an event, or of every event of a month."""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cwac.cli.exit_status import Refusal
from cwac.cli.export import event_link_of
from cwac.cli.group import Command
from cwac.cli.options import on_option, refuse_blank, source_argument
from cwac.cli.output import print_message, progress, replaced_file, unwritable
from cwac.cli.source import one_source, read_snapshot, settings_for
from cwac.cli.store import audit_export
from cwac.cli.text import counted, plain
from cwac.settings import Rules

if TYPE_CHECKING:
    from cwac.exports.packet_data import Missing
    from cwac.model import Event, Snapshot


@click.command("packet", cls=Command, short_help="Write the documents that an event needs.")
@click.argument("event_id", metavar="[EVENT-ID]", required=False, callback=refuse_blank)
@source_argument
@click.option("--month", metavar="MONTH", help="Every event of this month, such as 2026-12, instead of one.")
@click.option(
    "-o",
    "--output",
    "folder",
    required=True,
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="The folder to write to.",
)
@on_option
def command(event_id: str | None, source: str | None, month: str | None, folder: Path, on: dt.date | None) -> None:
    """Write an event's officer briefing, flyer, news release, venue letter and count sheet into the folder DIR.

    The after-action page comes with them once the event's day is over. The briefing and the after-action page name
    officers: give them to the agencies only. The flyer never does.
    """
    from cwac.cli import gap_listing

    if month is not None and source is None:
        event_id, source = None, event_id  # with --month, the one argument is the source
    if (event_id is None) == (month is None):
        raise click.UsageError("Name one event by its ID, such as cwac packet EV-012 -o DIR, or a month with --month.")
    try:
        period = None if month is None else gap_listing.month_named(month)
    except ValueError as error:
        raise click.BadParameter(plain(str(error)), param_hint="--month") from None
    _check_folder(folder)
    settings = settings_for(source)
    snapshot = read_snapshot(source, on, settings)
    if period is None:
        events: Sequence[Event] = [_event_called(snapshot, event_id or "")]
    else:
        events = [event for event in snapshot.events_by_start if event.date in period]
    if not events:
        raise Refusal(f"The sheet has no event in {plain(month or '')}.")
    link, sample = event_link_of(source, settings), one_source(source, settings).sample
    files: dict[str, bytes] = {}
    holes: list[tuple[Event, Missing]] = []
    for number, event in enumerate(events, 1):
        with progress(f"Writing event {number} of {len(events)}"):
            written, missing = _files(snapshot, event, settings.rules, link, sample, set(files))
        files |= written
        holes += [(event, hole) for hole in missing]
    audit_export(settings, source, f"made the packet of {counted(len(events), 'event')}")
    _write(folder, files)
    print_message(f"{counted(len(files), 'document')} of {counted(len(events), 'event')} in {plain(str(folder))}.")
    for event, hole in holes:
        print_message(f"{plain(event.id)} has no {plain(hole.words)}.")


def _check_folder(output: Path) -> None:
    name = str(output)
    if not name.strip() or "\0" in name:
        raise click.BadParameter("it is empty or no folder's name: name a folder to write to.", param_hint="-o")
    if output.exists() and not output.is_dir():
        raise unwritable(output, "it is no folder")
    if not output.exists() and not output.parent.is_dir():
        raise unwritable(output, "No such file or directory")


def _event_called(snapshot: Snapshot, event_id: str) -> Event:
    """The event of this ID in any case, else a `Refusal`."""
    wanted = event_id.strip().casefold()
    for event in snapshot.events:
        if event.id.casefold() == wanted:
            return event
    if any((undated.id or "").casefold() == wanted for undated in snapshot.undated):
        raise Refusal(f"Event {plain(event_id)} has no date yet: type it in Events.")
    raise Refusal(f"The sheet has no event {plain(event_id[:60])}: its ID is in the column Event ID of Events.")


def _files(
    snapshot: Snapshot, event: Event, rules: Rules, link: str | None, sample: bool, taken: set[str]
) -> tuple[dict[str, bytes], Sequence[Missing]]:
    """The event's documents by file name, and the facts that they lack."""
    from cwac.exports import packet
    from cwac.exports.packet_data import missing_facts, packet_data

    data = packet_data(snapshot, event, rules, address=link, sample=sample)
    missing = missing_facts(snapshot, event)
    stem = packet.file_stem(data)
    if any(name.casefold().startswith(f"{stem}-".casefold()) for name in taken):
        stem += f"-row-{event.row}"
    needed = packet.documents(past=data["event"]["past"])
    files = {f"{stem}-{document.name}.{document.ending}": document.file(data, missing) for document in needed}
    return files, missing


def _write(output: Path, files: dict[str, bytes]) -> None:
    try:
        output.mkdir(exist_ok=True)
    except OSError as error:
        raise unwritable(output, error.strerror) from error
    for name, written in files.items():
        with replaced_file(Path(os.path.join(output, name))) as temporary:
            temporary.write_bytes(written)
