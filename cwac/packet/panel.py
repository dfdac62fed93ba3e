"""The packet in the event dialog: documents made on a click, what they lack, and the checklist."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import streamlit as st

from cwac import addons
from cwac.analysis.cells import cell_link
from cwac.analysis.events import is_live
from cwac.model import Event, SourceUnavailable
from cwac.packet import documents
from cwac.packet.checklist import checklist
from cwac.packet.facts import LATE_DAYS, MissingFact, event_facts, form_facts, late_words, missing_facts, packet_data
from cwac.packet.layouts import TemplateError, read_theme
from cwac.packet.settings import Packet
from cwac.refresh import sheets
from cwac.settings import Settings
from cwac.storage.history import late_versions
from cwac.storage.trouble import StoreTrouble
from cwac.web import blocks, county, widgets
from cwac.web.blocks import Line, Piece, draw
from cwac.web.comparing import VersionComparison
from cwac.web.session import Session

MENU = "packet"
"""The key of the popover, which is drawn once it is open."""


@dataclass(frozen=True, slots=True)
class _Order:
    """What the documents are made from. A file is made in another thread, which has no session state."""

    session: Session
    settings: Settings
    event: Event
    missing: tuple[MissingFact, ...]

    @property
    def facts(self) -> Mapping[str, Any]:
        return event_facts(self.event, self.session.today)

    def file(self, document: documents.Document) -> bytes:
        session, event = self.session, self.event
        late = _late(session, event) if "results" in document.keys else None
        data = packet_data(
            session.snapshot,
            event,
            session.rules,
            session.today,
            addons.public_address(self.settings, sheets.names(), session.county),
            county=session.county,
            forms=addons.form_links(self.settings, event.id),
            sample=self.settings.sample,
            late=late,
        )
        # Other files have no layout that could be broken.
        packet = self.settings.section(Packet) if document.ending == "pdf" else None
        return document.file(data, self.missing, read_theme(packet))


def downloads(session: Session, event: Event) -> None:
    """The flyers for strangers, who see no staffing; all documents for signed-in people."""
    settings = county.settings()
    if not session.sees_staffing:
        order = _Order(session, settings, event, ())
        for document in documents.FLYERS:
            if documents.why_not(document, order.facts) is None:
                _download(order, document)
        return
    menu = st.popover("Packet", icon=":material/folder_open:", key=MENU, on_change="rerun")
    if not menu.open:
        return
    order = _Order(session, settings, event, missing_facts(session.snapshot, event, session.today))
    answers = form_facts(addons.form_links(settings, event.id))["feedback"]
    needed = documents.documents(order.facts, residents_asked=any(answers.values()))
    with menu:
        broken = _broken(order, needed)
        with st.container(horizontal=True, gap="xsmall"):
            for document in needed:
                if document.name not in broken:
                    _download(order, document)
        lines: list[Line] = [
            [blocks.chip("template", "error"), f" {words}"] for words in dict.fromkeys(broken.values())
        ]
        lines += [[blocks.quiet(words)] for words in documents.reasons_against(order.facts)]
        for hole in order.missing:
            lines.append([blocks.chip("missing"), f" {hole.name}: ", _cell(session, hole, "Edit ")])
        if lines:
            draw("packet-missing", blocks.lines(*lines))


def _download(order: _Order, document: documents.Document) -> None:
    name = f"{widgets.file_name(order.event.id)}-{document.name}.{document.ending}"
    widgets.download(document.label, name, partial(order.file, document), document.mime, icon=False)


def _broken(order: _Order, needed: Sequence[documents.Document]) -> dict[str, str]:
    """Document -> what is wrong with the agency's own template or seal for it. The shipped ones need no trial."""
    settings = order.settings
    if settings.section(Packet) is None:
        return {}

    def why(document: documents.Document) -> str | None:
        try:
            order.file(document)
        except TemplateError as error:
            return str(error)
        return None

    with st.spinner("Trying the templates"):
        return {document.name: words for document in needed if document.ending == "pdf" and (words := why(document))}


def _late(session: Session, event: Event) -> list[str] | None:
    """What was changed in the last days before the event; None where no version of that time is kept."""
    store, live = sheets.poller(session.county).store, sheets.current(session.county)
    whole = live.snapshot
    if store is None or whole is None:
        return None
    try:
        pair = late_versions(store, whole.identity, event.date, whole.timezone, LATE_DAYS)
        if pair is None:
            return None
        versions = VersionComparison(store, session.county, live, whole, session.rules, session.viewer)
        if not all(versions.is_readable(version) for version in pair):
            return None
        return late_words(versions.changes(*pair), event.id)
    except (StoreTrouble, SourceUnavailable):
        return None


def _cell(session: Session, hole: MissingFact, verb: str = "") -> Piece:
    words, address = cell_link(session.snapshot, hole.tab, hole.field, hole.row)
    return blocks.link(address, f"{verb}{words}") if address else words


def lines(session: Session, event: Event) -> Iterator[Line]:
    yield from filter(None, (_checklist_line(session, event), _missing_line(session, event)))


def _missing_line(session: Session, event: Event) -> Line:
    """The facts that the documents of an event to come lack, with links to their cells; empty if there is nothing."""
    if event.date < session.today or not is_live(event):
        return []
    line: list[Piece] = []
    for hole in missing_facts(session.snapshot, event, session.today):
        line += [", " if line else " ", f"{hole.name} (", _cell(session, hole), ")"]
    return [blocks.strong("Missing from its documents:"), *line] if line else []


def _checklist_line(session: Session, event: Event) -> Line:
    """What is done and what is to do, with links to the cells that say so; empty for an event that is off."""
    line: list[Piece] = []
    for step in checklist(session.snapshot, event, session.today):
        words, address = cell_link(session.snapshot, step.tab, step.field, step.row)
        line += [" ", blocks.chip(step.words, "good") if step.done else blocks.chip(step.words)]
        if address and not step.done:
            line += [" ", blocks.link(address, f"Open {words}")]
    return [blocks.strong("Checklist:"), *line] if line else []
