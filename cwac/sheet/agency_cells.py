"""Agencies and people apart in the cells of agencies of a sheet that lists no agencies."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from cwac.model import Cell
from cwac.sheet.columns import ColumnReader
from cwac.sheet.names import listed_agencies, name_key, words
from cwac.sheet.private_text import part_agency, reads_as_agency
from cwac.sheet.table import Table
from cwac.sheet.text import CellFinding, is_not_said, quoted

FIELDS = ("lead_agency", "partner_agencies")


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
    named = {cell for cell in table.cells.get("town", ()) if isinstance(cell, str)}
    towns = frozenset(word for cell in named for word in (name_key(cell), *words(cell)))
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
    for part in _parts(typed):
        parted = part_agency(part, towns)
        if parted.person:
            people.append((parted.person, parted.agency or None))
        if parted.agency:
            agencies.append(parted.agency)
        rest = parted.unknown
        if rest and not parted.agency and (" " in rest or name_key(rest) in towns) and not _is_list_of_names(rest):
            agencies.append(rest)  # a partner of another kind, or a town for its police
        elif rest:
            unknown.append(rest)
    if not people and not unknown and agencies == [typed.strip()]:
        return None
    if agencies:
        people = [(person, agency or agencies[0]) for person, agency in people]
    return _Parted(tuple(agencies), tuple(people), tuple(unknown))


def _parts(typed: str) -> Iterator[str]:
    """The agencies and people of a cell, apart; Fish & Wildlife is one, and so is "Lindqvist, Karl"."""
    for line in filter(None, re.split(r"\s*[;\n]\s*", typed)):
        pieces = [piece for piece in re.split(r"\s*(?:,|(?<!\bw)(?<!\bc)/)\s*", line) if piece]
        are_agencies = set(map(reads_as_agency, pieces))
        for piece in pieces if are_agencies == {True, False} else [line]:
            yield from listed_agencies(piece)


def _is_list_of_names(text: str) -> bool:
    return "," in text and all(" " not in name.strip() for name in text.split(","))


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
