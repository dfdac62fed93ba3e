"""The rows of a tab that may be its header, and what their names alone say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from cwac.model import Cell, Merge, Row, Tab
from cwac.sheet import headers, schema, text
from cwac.sheet.cell_kinds import LOOKED_AT, is_day, is_kind, is_private
from cwac.sheet.header_words import meanings
from cwac.sheet.meaning import header_text
from cwac.sheet.plan import By, ColumnPlan
from cwac.sheet.schema import EVENTS, TabSpec

HEADER_WITHIN = 15
"""The header is looked for in this many rows: titles, notes and a legend may be above it."""


def names_ids(spec: TabSpec, row: Sequence[Cell]) -> bool:
    field = "id" if spec is EVENTS else "event_id"
    return field in headers.read_header(spec, row).fields_named


def is_near(column: schema.Column, typed: str) -> bool:
    names = (column.header, *column.aliases, *column.spanish)
    return headers.key(typed) not in {headers.key(name) for name in names}


def by_names(spec: TabSpec, row: Sequence[Cell], typed: Sequence[str]) -> dict[int, ColumnPlan]:
    """The columns of a header row by their names alone, as `headers.read_header` has them."""
    header = headers.read_header(spec, row)
    planned = {}
    for at, column in header.columns.items():
        exact = headers.key(typed[at]) == headers.key(column.header)
        by: By = "near" if at in header.renamed else "exact" if exact else "alias"
        planned[at] = ColumnPlan(at, typed[at], column.field, by)
    for at, first in header.repeated.items():
        planned[at] = ColumnPlan(at, typed[at], same_as=first, perhaps=header.columns[first].field)
    for at in header.unknown:
        planned[at] = ColumnPlan(at, typed[at])
    for at, column in header.cut.items():
        planned[at] = ColumnPlan(at, typed[at], perhaps=column.field, cut=True)
    return planned


def several_people(columns: list[ColumnPlan]) -> list[ColumnPlan]:
    """Of several columns of names, all are people; so is one for a role."""
    same = {one.index for one in columns if one.same_as is not None and one.perhaps == "officers"}
    naming = [one for one in columns if one.field == "officers" or one.index in same]
    if len(naming) < 2 and not any(one.role for one in naming):
        return columns
    return [
        replace(one, field="officers", use="people", by=one.by or "alias", perhaps=None, same_as=None)
        if one in naming and one.use == "value"
        else one
        for one in columns
    ]


def header_texts(tab: Tab, header: int) -> list[str]:
    """The headers as typed. A header that is merged over several columns, or from the row above, is each one's."""
    row = tab.rows[header]
    width = max(map(len, tab.rows[: header + 1 + LOOKED_AT]), default=0)
    typed = [header_text(cell) for cell in row]
    typed += [""] * (width - len(typed))
    for merge in tab.merges:
        if merge.top <= header < merge.bottom:
            source = tab.rows[merge.top]
            name = header_text(source[merge.left]) if merge.left < len(source) else ""
            for at in range(merge.left, min(merge.right, width)):
                if not typed[at].strip() and name.strip() and merge.right - merge.left < max(3, width - 1):
                    typed[at] = name
    while (
        typed
        and not typed[-1].strip()
        and all(
            len(row) <= len(typed) - 1 or text.is_blank(row[len(typed) - 1])
            for row in tab.rows[: header + 1 + LOOKED_AT]
        )
    ):
        typed.pop()
    return typed


def groups_above(tab: Tab, header: int, typed: Sequence[str]) -> list[str]:
    """The group that stands above each header, as "Staffing" above 1, 2 and 3; blank where there is none."""
    none = [""] * len(typed)
    above = tab.rows[header - 1] if header else ()
    filled = [at for at, cell in enumerate(above) if at < len(typed) and not text.is_blank(cell)]
    if len(filled) < 2 or any(not isinstance(above[at], str) for at in filled):
        return none
    for place, at in enumerate(filled):
        merge = next((one for one in tab.merges if _covers(one, header - 1, at)), None)
        end = merge.right if merge else filled[place + 1] if place + 1 < len(filled) else len(typed)
        for column in range(at, min(end, len(typed))):
            none[column] = header_text(above[at])
    return none


def _covers(merge: Merge, row: int, column: int) -> bool:
    return merge.top <= row < merge.bottom and merge.left <= column < merge.right


def may_be_header(row: Row) -> bool:
    """Whether a row far down names columns: a few short texts, most of them known as headers."""
    filled = [cell for cell in row if cell is not None and cell != ""]
    if not 2 <= len(filled) <= 60 or not all(isinstance(cell, str) and len(cell) <= 60 for cell in filled):
        return False
    if any(map(is_day, filled)):
        return False
    scores = [_name_score(cell) for cell in filled if isinstance(cell, str)]
    return sum(score > 0.5 for score in scores) >= max(2, 0.6 * len(scores))


def is_other_header(row: Row, named: Mapping[int, str]) -> bool:
    """Whether a row of texts repeats some of the columns' names at their places and has other names too."""
    if not all(cell is None or isinstance(cell, str) for cell in row):
        return False
    keys = {at: headers.key(header_text(cell)) for at, cell in enumerate(row) if not text.is_blank(cell)}
    repeated = [at for at, key in keys.items() if key and named.get(at) == key]
    return len(repeated) > 1 and len(keys) > len(repeated) + 1


def likely_headers(rows: Sequence[Row]) -> list[int]:
    """The top rows that name at least two columns."""
    likely = []
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        names = [cell for cell in row if isinstance(cell, str) and not text.is_blank(cell)]
        of_rows = sum(is_day(name) or is_private(name) for name in names[:100])
        is_of_table = of_rows > 1 or (of_rows == 1 and any(is_kind("time", name) for name in names[:100]))
        if not is_of_table and sum(_name_score(name) > 0.5 for name in names[:100]) > 1:
            likely.append(number)
    return likely


def _name_score(cell: str) -> float:
    if len(cell) > 100 or cell[:1].isdigit():
        return 0.0
    if headers.column_for(EVENTS, cell) is not None:
        return 2.0
    found = meanings(cell)
    return 0.0 if not found else 1.5 if found[0].sure else 0.5
