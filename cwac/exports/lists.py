"""The lists of a sheet that has none, filled with the agencies, people, towns and venues that were typed in it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from cwac.model import Cell, Event, Row, Snapshot, Tab, Workbook
from cwac.sheet import schema, text
from cwac.sheet.names import listed_agencies, name_key, same_agencies
from cwac.sheet.reader import columns_read

_Lists = dict[str, list[dict[str, str | None]]]


def lists_of(workbook: Workbook, snapshot: Snapshot) -> tuple[Workbook, list[str]]:
    """A workbook of the lists alone, and the people whose agency is a guess: the one that leads most of their events.

    A list that the sheet has already is the same as there. Towns and venues are one row each however they are spelled.
    """
    officers, guessed = _officers(snapshot)
    made: _Lists = {
        "Agencies": _agencies(workbook, snapshot),
        "Officers": officers,
        "Towns": _spelled_names(event.town_text or event.town for event in snapshot.events),
        "Venues": _venues(snapshot.events),
    }
    there = {table.meaning: table.tab for table in snapshot.reading}
    by_title = {tab.title: tab for tab in workbook.tabs}
    tabs = [
        replace(by_title[there[name]], title=name) if name in there else _tab(name, rows) for name, rows in made.items()
    ]
    return replace(workbook, tabs=tuple(tabs), plan=None), [] if "Officers" in there else guessed


def _tab(name: str, listed: Iterable[Mapping[str, str | None]]) -> Tab:
    columns = next(spec.columns for spec in schema.TABS if spec.name == name)
    rows: list[Row] = [[row.get(column.field) for column in columns] for row in listed]
    return Tab(name, [[column.header for column in columns], *rows])


def _agencies(workbook: Workbook, snapshot: Snapshot) -> list[dict[str, str | None]]:
    cells = columns_read(workbook, ("Events", "Staffing"))

    def column(tab: str, field: str) -> Sequence[Cell]:
        return cells.get(tab, {}).get(field, ("", ()))[1]

    leads, partners = column("Events", "lead_agency"), column("Events", "partner_agencies")
    typed = [
        part for cell in (*leads, *partners, *column("Staffing", "agency")) for part in listed_agencies(str(cell or ""))
    ]
    by_town = Counter(zip(map(str, leads), map(str, column("Events", "town")), strict=False))
    spellings = same_agencies(typed, {lead: town for (lead, town), _ in reversed(by_town.most_common())})
    used = [agency for event in snapshot.events for agency in event.agencies]
    used += [row.agency for row in snapshot.assignments if row.agency]
    return [
        {"short": agency, "name": agency, "aliases": "; ".join(spellings.get(agency, [])[1:]) or None}
        for agency in dict.fromkeys(used)
    ]


def _officers(snapshot: Snapshot) -> tuple[list[dict[str, str | None]], list[str]]:
    """A row a person, and the people whose agency is a guess."""
    own: dict[str, Counter[str]] = {}
    leads: dict[str, Counter[str]] = {}
    for row in snapshot.assignments:
        if not row.placeholder and row.name:
            own.setdefault(row.name, Counter()).update([row.agency] if row.agency else [])
            event = snapshot.event_by_id.get(row.event_id)
            leads.setdefault(row.name, Counter()).update([event.lead_agency] if event and event.lead_agency else [])
    people = _spelled_names(own)
    guessed = []
    for number, person in enumerate(people, 1):
        name = person["name"] or ""
        if not own[name] and leads[name]:
            guessed.append(name)
        agency = next((short for short, _ in (own[name] or leads[name]).most_common(1)), None)
        person |= {"id": name if any(map(str.isdigit, name)) else f"OF-{number:02}", "agency": agency}
    return people, guessed


def _venues(events: Iterable[Event]) -> list[dict[str, str | None]]:
    """A row a venue and town; a town that is not typed is left blank."""
    by_town: dict[str | None, list[str | None]] = {}
    for event in events:
        by_town.setdefault(event.town or event.town_text, []).append(event.venue_text)
    return [row | {"town": town} for town, typed in by_town.items() for row in _spelled_names(typed)]


def _spelled_names(typed: Iterable[str | None]) -> list[dict[str, str | None]]:
    """A row a name, with its further spellings as aliases."""
    groups: dict[str, dict[str, None]] = {}
    for name in typed:
        if name and not text.is_not_said(name):
            groups.setdefault(name_key(name), {})[" ".join(name.split())] = None
    return [
        {"name": first, "aliases": "; ".join(others) or None}
        for first, *others in (list(group) for group in groups.values())
    ]
