"""Required columns that a tab does not have, each with the unused headers that could be it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence

from rapidfuzz import fuzz

from cwac.model import Cell, Severity
from cwac.sheet import choices, dates, headers, text
from cwac.sheet.columns import guarded
from cwac.sheet.names import name_key
from cwac.sheet.problems import Problems
from cwac.sheet.schema import EVENTS, Column
from cwac.sheet.table import Table, column_letters, shorten

_SAMPLE = 50
"""Cells of an unused column that are looked at."""
_MOST = 3
"""Unused headers that are named beside a missing column."""

_LISTED = {
    "agency": ("Agencies", ("short", "name", "aliases")),
    "town": ("Towns", ("name", "aliases")),
    "officer": ("Officers", ("id", "name", "aliases")),
    "people": ("Officers", ("id", "name", "aliases")),
    "event": ("Events", ("id",)),
}
"""The tab and fields that list the names in a column, by the column's reader."""


def report_missing_columns(problems: Problems, tables: Mapping[str, Table], today: dt.date) -> None:
    """Report each required column that a tab with a header row does not have."""
    for table in tables.values():
        if not table.header_number:
            continue
        for column in table.spec.columns:
            if not column.required or column.field in table.columns or column.field in table.cells:
                continue
            if column.field == "event_id" and "@date" in table.columns:
                continue  # rows that name their event by its day
            hint, may_name = _hint(table, column, tables, today)
            advice = f'There is no column "{column.header}"{hint} {column.help}'
            severity: Severity = "error"
            if table.spec is EVENTS and column.field == "status":
                severity = "notice"
                advice += " Until then events count as Confirmed, past ones as Completed, and nothing is public."
            problems.add(
                table,
                severity,
                "missing-column",
                table.header_number,
                column.header,
                None,
                None,
                advice,
                header_may_name=may_name,
            )


def _hint(table: Table, column: Column, tables: Mapping[str, Table], today: dt.date) -> tuple[str, bool]:
    """What else the column may be called here, and whether that may be a person's name."""
    beyond = next((at for at, cut in table.cut.items() if cut is column), None)
    if beyond is not None:
        advice = (
            f". Column {column_letters(beyond)} has it, but an empty header cell separates that from the table. Fill "
        )
        return f"{advice}the empty cell, or move the column.", False
    similar, may_name = similar_headers(table, column, _content_test(column, tables, today))
    return f". {similar}; if not, add the column." if similar else ": add it.", may_name


def similar_headers(
    table: Table, column: Column, is_value: Callable[[Cell], bool] | None, enough: float = 0.6
) -> tuple[str, bool]:
    """A sentence, without its period, that names the unused headers that could be the column; empty without any.

    Also whether one of these may be a person's name, so that not everybody may read the sentence.

    `is_value` tells whether a cell could be a value of the column, and `enough` is the share of such cells that is
    evidence by itself, whatever the header.
    """
    ranked: list[tuple[float, int]] = []
    for at, header in table.unused.items():
        share = _share(table, at, is_value) if is_value else None
        similarity = _similarity(header, column)
        if (share or 0) >= enough or (similarity >= 70 and share != 0):
            ranked.append((-(share or 0) - similarity / 100, at))
    best = [at for _, at in sorted(ranked)[:_MOST]]
    named = [f'"{shorten(table.unused[at])}" (column {column_letters(at)})' for at in best]
    may_name = not table.may_name.isdisjoint(best)
    if not named:
        return "", False
    if len(named) == 1:
        return f"{named[0]} is not used: if that is it, name it {column.header}", may_name
    listed = f"{', '.join(named[:-1])} and {named[-1]}"
    return f"{listed} are not used: if one of them is it, name it {column.header}", may_name


def _similarity(header: str, column: Column) -> float:
    """How much a header looks like one of the column's names, from 0 to 100; 100 where it has one of them as a word."""
    typed = headers.key(header)
    words = {headers.key(word) for word in header.split()}
    names = [headers.key(name) for name in (column.header, *column.aliases, *column.spanish)]
    if words & {name for name in names if len(name) > 2}:
        return 100
    if len(typed) < 3:
        return 0
    return max((fuzz.ratio(typed, name) for name in names if len(name) > 2), default=0)


def _content_test(column: Column, tables: Mapping[str, Table], today: dt.date) -> Callable[[Cell], bool] | None:
    """Whether a cell could be a value of the column; None where that cannot be told from a cell."""
    if column.reader in ("date", "long-date"):
        years = dates.years_near(today) if column.reader == "date" else dates.long_years(today)
        read_date = guarded(lambda cell: dates.read_date(cell, years))

        def is_day(cell: Cell) -> bool:
            reading = read_date(cell)
            return reading.value is not None or isinstance(reading.extra, dates.DateExtra)

        return is_day
    if column.choices:
        read_choice = guarded(lambda cell: choices.read_choice(cell, column.choices))
        return lambda cell: read_choice(cell).value is not None
    tab, fields = _LISTED.get(column.reader, ("", ()))
    listed = {
        name_key(name)
        for field in fields
        for cell in (tables[tab].cells.get(field, ()) if tab in tables else ())
        for name in (text.as_typed(cell) or "").split(";" if field == "aliases" else "\n")
    } - {""}
    return (lambda cell: name_key(text.as_typed(cell) or "") in listed) if listed else None


def _share(table: Table, at: int, is_value: Callable[[Cell], bool]) -> float | None:
    """The share of the column's first cells that could be values; None where too few cells are filled to tell."""
    rows: Sequence[Sequence[Cell]] = table.tab.rows[table.header_number :] if table.tab else ()
    cells = [text.bounded(row[at], text.MAX_CELL) for row in rows if at < len(row) and not text.is_blank(row[at])]
    sample = [cell for cell in cells[:_SAMPLE] if not isinstance(cell, text.TooLong)]
    share = sum(map(is_value, sample)) / len(sample) if sample else None
    return None if share == 0 and len(sample) < 3 else share
