"""`cwac packet`: the documents of an event, or of every event of a month."""

from __future__ import annotations

import datetime as dt
import sys
from collections.abc import Iterable, Sequence
from contextlib import AbstractContextManager, closing, nullcontext
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from cwac import addons
from cwac.analysis.words import counted
from cwac.cli.files import served_as
from cwac.cli.options import (
    SAMPLE,
    as_bad,
    on_option,
    one_source,
    read_snapshot,
    refuse_blank,
    settings_for,
    source_argument,
)
from cwac.cli.output import Command, Refusal, is_terminal, plain, print_message, replaced_file, unwritable
from cwac.cli.store import audit_export
from cwac.packet.settings import Packet
from cwac.settings import Settings
from cwac.sheet.table import split_row

if TYPE_CHECKING:
    from cwac.model import Event, Snapshot
    from cwac.packet.facts import MissingFact
    from cwac.storage.store import Store


@click.command("packet", cls=Command, short_help="Write the documents that an event needs.")
@click.argument("event_id", metavar="[EVENT-ID]", required=False, callback=refuse_blank)
@source_argument
@click.option("--month", metavar="MONTH", help="Every event of this month, such as 2026-12, instead of one.")
@click.option(
    "-o", "--output", "folder", type=click.Path(path_type=Path), metavar="DIR", help="The folder to write to."
)
@click.option("--data", is_flag=True, help="Also write each event's facts as JSON, as templates get them.")
@click.option(
    "--write-templates",
    "templates",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Instead, write the layouts of the documents there, to start own ones from.",
)
@click.option(
    "--check-templates", "check", is_flag=True, help="Instead, try your own layouts with an event of the sample."
)
@on_option
def command(
    event_id: str | None,
    source: str | None,
    month: str | None,
    folder: Path | None,
    data: bool,
    templates: Path | None,
    check: bool,
    on: dt.date | None,
) -> None:
    """Write an event's officer briefing, flyers, news release, venue letter and count sheet into the folder DIR.

    There is a table card where residents have a form to answer. The after-action page comes with them once the event's
    day is over. The briefing and the after-action page name officers: give them to the agencies only. The flyers never
    do.
    """
    from cwac.cli.answers import month_named
    from cwac.packet.documents import reasons_against
    from cwac.packet.facts import event_facts

    if templates is not None or check:
        if event_id is not None or month is not None or folder is not None or data or (templates and check):
            option = "--check-templates" if check else "--write-templates"
            raise click.UsageError(f"{option} goes alone: it writes no event's documents.")
        if templates is None:
            _check_templates()
        else:
            _write_templates(templates)
        return
    if folder is None:
        raise click.UsageError("Name the folder to write to, such as -o packet.")
    if month is not None and source is None:
        event_id, source = None, event_id  # with --month, the one argument is the source
    if (event_id is None) == (month is None):
        raise click.UsageError("Name one event by its ID, such as cwac packet EV-012 -o DIR, or a month with --month.")
    with as_bad("--month"):
        period = None if month is None else month_named(month)
    _check_folder(folder)
    settings = settings_for(source)
    snapshot = read_snapshot(source, on, settings)
    if period is None:
        events: Sequence[Event] = [_event_called(snapshot, event_id or "")]
    else:
        events = [event for event in snapshot.events_by_start if event.date in period]
    if not events:
        raise Refusal(f"The sheet has no event in {plain(month or '')}.")
    files, holes = _made(snapshot, events, settings, source, data)
    audit_export(settings, source, f"made the packet of {counted(len(events), 'event')}")
    _write(folder, files)
    print_message(f"{counted(len(files), 'file')} of {counted(len(events), 'event')} in {plain(str(folder))}.")
    for event in events:
        for reason in reasons_against(event_facts(event, snapshot.today)):
            print_message(f"{plain(event.id)}: {reason}")
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
    wanted = event_id.strip().casefold()
    if event := next((event for event in snapshot.events if event.id.casefold() == wanted), None):
        return event
    if any((undated.id or "").casefold() == wanted for undated in snapshot.undated):
        raise Refusal(f"Event {plain(event_id)} has no date yet: edit it in Events.")
    raise Refusal(f"The sheet has no event {plain(event_id[:60])}: its ID is in the column Event ID of Events.")


def _made(
    snapshot: Snapshot, events: Sequence[Event], settings: Settings, source: str | None, with_data: bool
) -> tuple[dict[str, bytes], list[tuple[Event, MissingFact]]]:
    """The documents of these events by file name, and the facts that they lack."""
    from cwac.exports.tables import to_json
    from cwac.packet import documents
    from cwac.packet.facts import missing_facts, packet_data
    from cwac.storage.store import Store

    address, county = public_address_of(source, settings), served_as(source, settings) or ""
    own = one_source(source, settings)
    files: dict[str, bytes] = {}
    holes: list[tuple[Event, MissingFact]] = []
    progress: AbstractContextManager[Iterable[Event]] = nullcontext(events)
    if len(events) > 1 and is_terminal(sys.stderr):
        progress = click.progressbar(events, label="Writing", file=sys.stderr)
    try:
        look = documents.read_theme(settings.section(Packet))
        with closing(Store(settings.store)) as store, progress as shown:
            for event in shown:
                past = _late(store, settings, snapshot, event) if event.date < snapshot.today else None
                facts = partial(packet_data, snapshot, event, settings.rules, None, address, sample=own.sample)
                data = facts(county=county, forms=addons.form_links(own, event.id), late=past)
                missing = missing_facts(snapshot, event)
                holes += [(event, hole) for hole in missing]
                stem = _stem_of(event, documents.file_stem(data), files)
                for document in documents.documents(data["event"], residents_asked=any(data["feedback"].values())):
                    files[f"{stem}-{document.name}.{document.ending}"] = document.file(data, missing, look)
                if with_data:
                    files[f"{stem}-data.json"] = to_json(data)
    except documents.TemplateError as error:
        raise Refusal(plain(str(error))) from None
    return files, holes


def _stem_of(event: Event, stem: str, taken: Iterable[str]) -> str:
    """The beginning of the event's file names, with its row where another event's begin so."""
    if not any(name.casefold().startswith(f"{stem}-".casefold()) for name in taken):
        return stem
    tab, row = split_row(event.row)
    return f"{stem}-tab-{tab + 1}-row-{row}" if tab else f"{stem}-row-{row}"


def public_address_of(source: str | None, settings: Settings) -> str | None:
    """The beginning of the events' short addresses; None too where the dashboard shows another source."""
    county, by_county = served_as(source, settings), settings.by_county()
    return None if county is None else addons.public_address(by_county[county], list(by_county), county)


def _late(store: Store, settings: Settings, snapshot: Snapshot, event: Event) -> list[str] | None:
    """What was changed late about an event; None where no version of then is kept."""
    from cwac.analysis.changes import changes
    from cwac.model import SourceUnavailable
    from cwac.packet.facts import LATE_DAYS, late_words
    from cwac.sheet.reader import read_workbook
    from cwac.storage.database import StoreTrouble
    from cwac.storage.history import late_versions

    if snapshot.source == SAMPLE or not store.is_there:
        return None
    try:
        pair = late_versions(store, snapshot.identity, event.date, snapshot.timezone, LATE_DAYS)
        if pair is None:
            return None
        before, after = (read_workbook(store.load(version), snapshot.today, settings.rules) for version in pair)
    except (StoreTrouble, SourceUnavailable):
        return None
    return late_words(changes(before, after, settings.rules), event.id)


def _write_templates(folder: Path) -> None:
    from cwac.exports.tables import to_json
    from cwac.packet import documents

    _check_folder(folder)
    files = {**documents.shipped(), "parts/packet.schema.json": to_json(documents.schema())}
    for name in files:
        if (folder / name).exists():
            raise Refusal(f"{plain(str(folder / name))} exists: name an empty folder.")
    _write(folder, files)
    print_message(
        f"{counted(len(files), 'file')} in {plain(str(folder))}: name the folder in templates under [packet]."
    )


def _check_templates() -> None:
    """Lay out every document of a past event of the sample, and name each fault."""
    from cwac.packet import documents
    from cwac.packet.facts import packet_data

    settings = settings_for(None)
    configured = settings.section(Packet)
    if configured is None or configured.templates is None:
        raise Refusal("No templates are configured: name their folder in templates under [packet].")
    snapshot = read_snapshot(SAMPLE, None, settings)
    event = next(event for event in reversed(snapshot.events_by_start) if event.date < snapshot.today)
    forms = addons.form_links(settings, event.id)
    data = packet_data(snapshot, event, settings.rules, forms=forms, sample=True, late=[])
    faults: dict[str, None] = {}
    for document in documents.DOCUMENTS:
        try:
            if document.name in documents.NAMES:
                document.file(data, (), documents.read_theme(configured))
        except documents.TemplateError as error:
            faults[plain(str(error))] = None
    if faults:
        raise Refusal(" ".join(faults))
    made = counted(len(documents.NAMES), "document")
    print_message(f"{made} can be made with the templates in {plain(str(configured.templates))}.")


def _write(output: Path, files: dict[str, bytes]) -> None:
    for name, written in files.items():
        path = output / name
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(output, error) from error
        with replaced_file(path) as file:
            file.write(written)
