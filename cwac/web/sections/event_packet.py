"""The packet in the event dialog: documents made on a click, what they lack, and the checklist."""

from __future__ import annotations

from functools import partial

import streamlit as st

from cwac.analysis.cell_links import cell_link
from cwac.analysis.checklist import checklist
from cwac.exports import ical, packet
from cwac.exports.packet_data import Missing, missing_facts, packet_data
from cwac.model import Event, Snapshot
from cwac.web import county, widgets
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Line, Piece
from cwac.web.blocks.draw import draw
from cwac.web.session import Session


def downloads(session: Session, event: Event) -> None:
    """The flyer for strangers, who see no staffing; all documents for signed-in people."""
    if not session.sees_staffing:
        _download(session, event, packet.FLYER, ())
        return
    missing = missing_facts(session.snapshot, event)
    with st.popover("Packet", icon=":material/folder_open:"):
        with st.container(horizontal=True, gap="xsmall"):
            for document in packet.documents(past=event.date < session.today):
                _download(session, event, document, missing)
        if missing:
            draw("packet-missing", blocks.lines(*(_hole(session.snapshot, hole) for hole in missing)))


def _download(session: Session, event: Event, document: packet.Document, missing: tuple[Missing, ...]) -> None:
    name = f"{widgets.file_name(event.id)}-{document.name}.{document.ending}"
    make = partial(_make, session, event, document, missing)
    widgets.download(document.label, name, make, document.mime, icon=False)


def _make(session: Session, event: Event, document: packet.Document, missing: tuple[Missing, ...]) -> bytes:
    settings = county.settings()
    link = ical.event_link(settings.address, session.county)
    data = packet_data(session.snapshot, event, session.rules, session.today, link, sample=settings.sample)
    return document.file(data, missing)


def _hole(snapshot: Snapshot, hole: Missing) -> Line:
    words, address = cell_link(snapshot, hole.tab, hole.field, hole.row)
    where = blocks.link(address, f"Open {words}") if address else f"type it in {words}"
    return [blocks.chip("missing"), f" {hole.name}: ", where]


def checklist_line(session: Session, event: Event) -> Line:
    """What is done and what is to do, with links to the cells that say so; empty for an event that is off."""
    line: list[Piece] = []
    for step in checklist(session.snapshot, event, session.today):
        words, address = cell_link(session.snapshot, step.tab, step.field, step.row)
        line += [" ", blocks.chip(step.words, "good") if step.done else blocks.chip(step.words)]
        if address and not step.done:
            line += [" ", blocks.link(address, f"Open {words}")]
    return [blocks.strong("Checklist:"), *line] if line else []
