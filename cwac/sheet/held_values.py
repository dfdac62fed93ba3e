"""The values that strangers must not read: texts with a name or a private detail, and names that are no agency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from cwac.model import USUAL_TITLE, Agency, Assignment, Event, HeldBack, Officer
from cwac.sheet.columns import ColumnReader
from cwac.sheet.names import words
from cwac.sheet.private_text import AgencyParts, KnownNames, part_agency, why_private
from cwac.sheet.table import Table
from cwac.sheet.tabs.events import EventsTab
from cwac.sheet.text import CellFinding, read_text

_OF_EVENTS = (("title", "title"), ("public_notes", "notes"), ("town", "place"))
_OF_LISTS = (
    ("Venues", "name", "place"),
    ("Venues", "street", "place"),
    ("Towns", "name", "place"),
    ("Agencies", "short", "agency"),
    ("Agencies", "name", "agency"),
    ("Agencies", "boilerplate", "notes"),
)
_INSTEAD = {
    "title": "the public sees the usual title",
    "notes": "the public does not see it",
    "place": "the public sees no place",
    "agency": "the public does not see the agency",
}


def known_names(officers: Iterable[Officer], assignments: Iterable[Assignment], allowed: Sequence[str]) -> KnownNames:
    """Everybody whom the Officers tab, Staffing or a cell of officers names."""
    listed = [name for officer in officers for name in (officer.name, *officer.aliases)]
    typed = {row.name for row in assignments if row.name and row.officer is None}
    return KnownNames([*listed, *typed], allowed)


def find_held_values(
    columns: ColumnReader, tables: Mapping[str, Table], events: EventsTab, agencies: Sequence[Agency], known: KnownNames
) -> list[HeldBack]:
    """Report and return the values that strangers must not read, and the events that are held back as a whole."""
    held: list[HeldBack] = []
    table = events.table
    for row, cell, why in events.held:
        if (event := events.event_of_row.get(row)) is not None:
            held.append(HeldBack(event.id, "event", table.block_of(table.numbers[row])[0].name, cell, why))

    def add(of: Table, row: int, field: str, event_id: str | None, what: str, why: str, value: str) -> None:
        allow = ', or allow it: [public] names = ["…"] in the settings' if why.endswith("name") else ""
        advice = f"This seems to hold {why}, so {_INSTEAD[what]}. Take it out{allow}."
        cell = columns.problems.add_cell(of, row, field, CellFinding("privacy", advice, "warning"))
        name = of.block_of(of.numbers[row])[0].name
        held.append(HeldBack(event_id, what, name, cell, why, value))  # type: ignore[arg-type]

    for tab, field, what in _OF_LISTS:
        for row, typed in enumerate(tables[tab].cells.get(field, ())):
            value = read_text(typed).value  # as in the record, so that the gate finds it
            is_name = field in ("name", "short", "street")
            if value is not None and (reason := why_private(value, known, is_place=is_name)):
                add(tables[tab], row, field, None, what, reason, value)

    for field, what in _OF_EVENTS:
        if field not in table.cells or (field == "town" and tables["Towns"].numbers):
            continue
        texts = {text for event in events.events if (text := getattr(event, field)) and text != USUAL_TITLE}
        suspects = {text for text in texts if why_private(text, known, is_place=what == "place")}
        for row, event in events.event_of_row.items() if suspects else ():
            text = getattr(event, field)
            if text not in suspects:
                continue
            place = () if what == "place" else _venue_texts(event)
            if (reason := why_private(text, known, place, is_place=what == "place")) is not None:
                add(table, row, field, event.id, what, reason, text)
    held += _agencies_held(events, agencies)
    return held


def _venue_texts(event: Event) -> tuple[str, ...]:
    venue = event.venue
    typed = (event.venue_text, *((venue.name, venue.street) if venue else ()))
    return tuple(filter(None, typed))


def _agencies_held(events: EventsTab, agencies: Sequence[Agency]) -> list[HeldBack]:
    """The agencies as typed, of a sheet that lists none, that do not read as one."""
    if agencies:
        return []
    towns = {event.town for event in events.events if event.town}
    words_of_towns = frozenset(word for town in towns for word in words(town))
    names = {agency for event in events.events for agency in event.agencies}
    why = "it does not read as an agency"
    return [
        HeldBack(None, "agency", events.table.spec.name, None, why, name)
        for name in sorted(names)
        if part_agency(name, words_of_towns) != AgencyParts(agency=name) and name not in towns
    ]
