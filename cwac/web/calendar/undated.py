"""The events without a readable date: one line with their number, which opens a table."""

from __future__ import annotations

import streamlit as st

from cwac.analysis.cells import cell_link
from cwac.analysis.words import counted
from cwac.exports.colors import agency_colors
from cwac.model import Snapshot, Undated
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Line
from cwac.web.blocks.draw import draw


def show(snapshot: Snapshot, agency: str | None) -> None:
    """Nothing if every event of the agency (None: of all) has a date."""
    events = [event for event in snapshot.undated if agency in (None, event.lead_agency, *event.partner_agencies)]
    if not events:
        return
    has = "has" if len(events) == 1 else "have"
    with st.expander(f"{counted(len(events), 'event')} {has} no date yet"):
        rows = [_row(snapshot, event) for event in events]
        columns = ["Date as typed", "Where", "Agencies", "In the sheet"]
        draw("undated", blocks.table(columns, rows, "Events without a readable date"))


def _row(snapshot: Snapshot, event: Undated) -> list[Line]:
    place, link = cell_link(snapshot, "Events", "date", event.row)
    return [
        [event.found or "nothing"],
        [event.venue_text or event.town or "place not known"],
        blocks.agencies(event.lead_agency, event.partner_agencies, agency_colors(snapshot)),
        [blocks.link(link, place) if link else place],
    ]
