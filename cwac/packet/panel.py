"""The packet in the event dialog: documents made on a click, what they lack, and the checklist."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

import streamlit as st

from cwac import addons
from cwac.analysis.cells import cell_link
from cwac.analysis.events import is_live
from cwac.model import Event, SourceUnavailable
from cwac.packet import documents, facts
from cwac.packet.documents import Document
from cwac.packet.facts import MissingFact
from cwac.packet.settings import Packet
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage.database import StoreTrouble
from cwac.storage.history import late_versions
from cwac.web import blocks, county, widgets
from cwac.web.blocks import Line, Piece, draw
from cwac.web.comparing import VersionComparison
from cwac.web.session import Session

MENU = "packet"
"""The key of the popover, which is drawn once it is open."""


Make = Callable[[Document], bytes]
"""Makes a document of the event. It is called in another thread, which has no session state."""


def _file(
    session: Session, settings: Settings, event: Event, missing: Sequence[MissingFact], document: Document
) -> bytes:
    data = facts.packet_data(
        session.snapshot,
        event,
        session.rules,
        session.today,
        addons.public_address(settings, sheets.names(), session.county),
        county=session.county,
        forms=addons.form_links(settings, event.id),
        sample=settings.sample,
        late=_late(session, event) if "results" in document.keys else None,
    )
    # Other files have no layout that could be broken.
    packet = settings.section(Packet) if document.ending == "pdf" else None
    return document.file(data, missing, documents.read_theme(packet))


def downloads(session: Session, event: Event) -> None:
    """The flyers for strangers, who see no staffing; all documents for signed-in people."""
    settings, about = county.settings(), facts.event_facts(event, session.today)
    if not session.sees_staffing:
        for document in documents.FLYERS:
            if documents.why_not(document, about) is None:
                _download(event, document, partial(_file, session, settings, event, ()))
        return
    menu = st.popover("Packet", icon=":material/folder_open:", key=MENU, on_change="rerun")
    if not menu.open:
        return
    missing = facts.missing_facts(session.snapshot, event, session.today)
    make = partial(_file, session, settings, event, missing)
    answers = facts.form_facts(addons.form_links(settings, event.id))["feedback"]
    needed = documents.documents(about, residents_asked=any(answers.values()))
    with menu:
        broken: dict[str, str] = {}  # a document -> what is wrong with the agency's own template or seal for it
        if settings.section(Packet) is not None:  # the shipped layouts need no trial
            with st.spinner("Trying the templates"):
                for document in needed:
                    try:
                        if document.ending == "pdf":
                            make(document)
                    except documents.TemplateError as error:
                        broken[document.name] = str(error)
        with st.container(horizontal=True, gap="xsmall"):
            for document in needed:
                if document.name not in broken:
                    _download(event, document, make)
        lines: list[Line] = [
            [blocks.chip("template", "error"), f" {words}"] for words in dict.fromkeys(broken.values())
        ]
        lines += [[blocks.quiet(words)] for words in documents.reasons_against(about)]
        lines += [[blocks.chip("missing"), f" {hole.name}: ", _cell(session, hole, "Edit ")] for hole in missing]
        if lines:
            draw("packet-missing", blocks.lines(*lines))


def _download(event: Event, document: Document, make: Make) -> None:
    name = f"{widgets.file_name(event.id)}-{document.name}.{document.ending}"
    widgets.download(document.label, name, partial(make, document), document.mime, icon=False)


def _late(session: Session, event: Event) -> list[str] | None:
    """What was changed in the last days before the event; None where no version of that time is kept."""
    store, live = sheets.poller(session.county).store, sheets.current(session.county)
    whole = live.snapshot
    if store is None or whole is None:
        return None
    try:
        pair = late_versions(store, whole.identity, event.date, whole.timezone, facts.LATE_DAYS)
        if pair is None:
            return None
        versions = VersionComparison(store, session.county, live, whole, session.rules, session.viewer)
        if not all(versions.is_readable(version) for version in pair):
            return None
        return facts.late_words(versions.changes(*pair), event.id)
    except (StoreTrouble, SourceUnavailable):
        return None


def _cell(session: Session, hole: MissingFact, verb: str = "") -> Piece:
    words, address = cell_link(session.snapshot, hole.tab, hole.field, hole.row)
    return blocks.link(address, f"{verb}{words}") if address else words


def lines(session: Session, event: Event) -> Iterator[Line]:
    """The checklist, and what the documents of an event to come lack, with links to the cells that say so."""
    steps: list[Piece] = []
    for step in facts.checklist(session.snapshot, event, session.today):
        words, address = cell_link(session.snapshot, step.tab, step.field, step.row)
        steps += [" ", blocks.chip(step.words, "good") if step.done else blocks.chip(step.words)]
        steps += [" ", blocks.link(address, f"Open {words}")] if address and not step.done else []
    if steps:
        yield [blocks.strong("Checklist:"), *steps]
    missing: list[Piece] = []
    is_to_come = event.date >= session.today and is_live(event)
    for hole in facts.missing_facts(session.snapshot, event, session.today) if is_to_come else ():
        missing += [", " if missing else " ", f"{hole.name} (", _cell(session, hole), ")"]
    if missing:
        yield [blocks.strong("Missing from its documents:"), *missing]
