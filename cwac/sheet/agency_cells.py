"""Agencies and people apart in the cells of agencies of a sheet that lists no agencies."""

from __future__ import annotations

import re
from typing import NamedTuple

from cwac.model import Cell
from cwac.sheet.columns import ColumnReader
from cwac.sheet.names import listed_agencies, name_key
from cwac.sheet.private_text import reads_as_agency, split_agency_and_person
from cwac.sheet.table import Table
from cwac.sheet.text import CellFinding, is_not_said, quoted

FIELDS = ("lead_agency", "partner_agencies")
_PARTS = re.compile(r"\s*(?:[;\n/&+]|\band\b|\by\b)\s*", re.I)


class PersonInCell(NamedTuple):
    """A person as typed in a cell of agencies, and the agency beside the name, if any."""

    row: int
    field: str
    typed: str
    agency: str | None


class _Parted(NamedTuple):
    agencies: tuple[str, ...]
    people: tuple[tuple[str, str | None], ...]
    unknown: tuple[str, ...]


def set_people_apart(columns: ColumnReader, table: Table) -> list[PersonInCell]:
    """Leave only agencies in the cells of agencies, and report and return the people that were there."""
    towns = frozenset(name_key(cell) for cell in table.cells.get("town", ()) if isinstance(cell, str))
    found: list[PersonInCell] = []
    for field in FIELDS:
        cells = table.cells.get(field, ())
        parted = {
            cell: parts
            for cell in {cell for cell in cells if type(cell) is str}
            if not is_not_said(cell) and (parts := _part(cell, towns)) is not None
        }
        if not parted:
            continue
        kept: list[Cell] = list(cells)
        for row, cell in enumerate(cells):
            if not isinstance(cell, str) or (parts := parted.get(cell)) is None:
                continue
            _tell(columns, table, row, field, parts)
            found += [PersonInCell(row, field, typed, agency) for typed, agency in parts.people]
            kept[row] = "; ".join(parts.agencies) or None
        table.cells[field] = kept
    return found


def _part(typed: str, towns: frozenset[str]) -> _Parted | None:
    """The agencies, people and other names of a cell; None for a cell of agencies alone."""
    agencies: list[str] = []
    people: list[tuple[str, str | None]] = []
    unknown: list[str] = []
    whole = split_agency_and_person(typed)
    is_one = bool(whole[1]) and not (whole[0] == "" and _PARTS.search(whole[1]))
    is_one = is_one or (not whole[1] and reads_as_agency(typed) and len(listed_agencies(typed)) == 1)
    parts = [typed] if is_one else []
    for part in parts or filter(None, _PARTS.split(typed)):
        agency, person = split_agency_and_person(part)
        pieces = [agency] if person or reads_as_agency(agency) else [piece.strip() for piece in agency.split(",")]
        if person:
            people.append((person, agency or None))
        for piece in filter(None, pieces):
            is_lone = " " not in piece and piece.replace("-", "").replace("'", "").isalpha()
            is_unknown = is_lone and not reads_as_agency(piece) and name_key(piece) not in towns
            (unknown if is_unknown else agencies).append(piece)
    if not people and not unknown:
        return None
    if agencies:
        people = [(person, agency or agencies[0]) for person, agency in people]
    return _Parted(tuple(agencies), tuple(people), tuple(unknown))


def _tell(columns: ColumnReader, table: Table, row: int, field: str, parts: _Parted) -> None:
    if parts.people:
        left = f'"{quoted("; ".join(parts.agencies))}" alone' if parts.agencies else "the agency"
        advice = f"A person: read as staffing, not as an agency. Type {left}, people under Officers."
        columns.problem(table, row, field, CellFinding("guessed", advice, "warning"))
    for name in parts.unknown:
        advice = (
            f'"{quoted(name)}" does not read as an agency, so it is not used: type its name, such as Weed PD, '
            "or list it in an Agencies tab."
        )
        columns.problem(table, row, field, CellFinding("unknown-reference", advice))
