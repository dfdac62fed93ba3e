"""How the sheet was read and what to ask about it, where an answer is typed, and how many cells somebody has to fix."""

from __future__ import annotations

import json
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cwac.analysis.attendance import count_words, is_counted, total
from cwac.analysis.events import FILLED
from cwac.analysis.followups import MissingResult, responsible
from cwac.analysis.words import counted, shorten
from cwac.date_words import clock_range, day_words
from cwac.model import (
    SEVERITIES,
    ColumnReading,
    Event,
    EventTab,
    Problem,
    Severity,
    Snapshot,
    TableReading,
    choice_label,
    grouped,
)
from cwac.one_line import one_line
from cwac.sheet import headers
from cwac.sheet.table import split_row

SHOWN_EVENTS = 3
_BY: Mapping[str | None, str] = {
    "exact": "its name",
    "alias": "a known name",
    "near": "its words",
    "cells": "its cells",
    "settings": "the settings",
}


@dataclass(frozen=True, slots=True)
class ColumnQuestion:
    """A column that is not read until somebody says what it is; `name` is what the settings call it."""

    name: str
    place: str
    header: str
    cells: tuple[str, ...]
    perhaps: str


def column_questions(tables: Sequence[TableReading]) -> list[ColumnQuestion]:
    """One question a header, where it is asked about in every tab that has it; else one a tab."""
    columns = [(table, column) for table in tables for column in table.columns]
    meanings = grouped((headers.key(column.header), column.perhaps) for _, column in columns)
    asked: dict[str, ColumnQuestion] = {}
    for table, column in columns:
        if column.perhaps is not None and headers.key(column.header):
            header = one_line(column.header)
            name = header if len(set(meanings[headers.key(header)])) == 1 else one_line(f"{table.tab}!{header}")
            place = f"{shorten(table.tab)}, column {column.column}"
            asked.setdefault(name, ColumnQuestion(name, place, header, column.cells, column.perhaps))
    return list(asked.values())


def asked_tabs(snapshot: Snapshot) -> list[str]:
    """The tabs that are not read, but may list events."""
    titles = dict.fromkeys(one.found for one in snapshot.problems if one.perhaps == "Events" and one.found)
    return [one_line(title) for title in titles]


def tab_questions(tables: Sequence[TableReading]) -> list[ColumnQuestion]:
    """One question a tab, where none surely lists the events; each with three of its headers and cells."""
    asked = []
    for table in tables:
        title, columns = one_line(table.tab), [column for column in table.columns if column.cells][:3]
        names = ", ".join(one_line(column.header) for column in columns)
        asked.append(ColumnQuestion(title, title, names, tuple(column.cells[0] for column in columns), table.meaning))
    return asked


def settings_line(name: str, meaning: str) -> str:
    """The line of the settings file that says what a name of the sheet, on one line, means."""
    # A JSON string on one line is a TOML string.
    return f"{json.dumps(name, ensure_ascii=False)} = {json.dumps(meaning, ensure_ascii=False)}"


def settings_lines(questions: Iterable[ColumnQuestion], tabs: Iterable[str]) -> str:
    """The lines of the settings file that say yes to every question."""
    columns = [settings_line(question.name, question.perhaps) for question in questions]
    meanings = [settings_line(title, "Events") for title in tabs]
    sections = [["[columns]", *columns] if columns else [], ["[tabs]", *meanings] if meanings else []]
    return "\n\n".join("\n".join(lines) for lines in sections if lines)


def table_words(table: TableReading) -> str:
    """`read as Events: header in row 3, 24 rows`"""
    header = "no header row was found" if table.header_row is None else f"header in row {table.header_row}"
    return f"read as {table.meaning}: {header}, {counted(table.rows, 'row')}"


def column_words(column: ColumnReading) -> str:
    """`Lead agency, by its words`, `perhaps Officers`, or `not read`."""
    if column.meaning is not None:
        return f"{column.meaning}, by {_BY[column.by]}"
    if column.by == "settings":
        return "not read, as the settings say"
    return f"perhaps {column.perhaps}, so not read" if column.perhaps is not None else "not read"


def unusual_columns(table: TableReading) -> list[ColumnReading]:
    return [column for column in table.columns if column.by != "exact"]


def first_events(snapshot: Snapshot) -> Iterator[tuple[Event, list[str]]]:
    """The first events of the sheet, each with its day and time, place, agencies, officers, guests and status."""
    for event in snapshot.events[:SHOWN_EVENTS]:
        times = clock_range(event.start, event.end) if event.start else ""
        place = [event.venue.name if event.venue else event.venue_text, event.town or event.town_text]
        rows = snapshot.assignments_by_event.get(event.id, ())
        officers = dict.fromkeys(filter(None, (row.name for row in rows)))
        counts = snapshot.headcounts_by_event.get(event.id, ())
        yield (
            event,
            [
                ", ".join(filter(None, [day_words(event.date), times])),
                ", ".join(filter(None, [event.title, *place])),
                ", ".join(event.agencies),
                ", ".join(officers),
                count_words(total(counts)) if is_counted(counts) else "",
                choice_label(event.status or ""),
            ],
        )


def tab_link(snapshot: Snapshot, tab: str) -> str | None:
    """The address of a tab of the sheet, None if it has none."""
    tab_id = snapshot.tab_ids.get(tab)
    return f"{snapshot.url}/edit#gid={tab_id}" if snapshot.url and tab_id is not None else None


def cell_link(snapshot: Snapshot, tab: str, field: str, row: int | None = None) -> tuple[str, str | None]:
    """A cell in words (`C12 of Attendance`) and its address, if it has one; by default in the first row not filled."""
    number = snapshot.free_rows.get(tab) if row is None else row
    column = snapshot.tab_columns.get(tab, {}).get(field)
    address = tab_link(snapshot, tab)
    if tab == "Events" and row is not None and (block := block_of(snapshot, row)) is not None:
        tab, column, number = block.title, block.columns.get(field), split_row(row)[1]
        address = f"{snapshot.url}/edit#gid={block.id}" if snapshot.url and block.id is not None else None
    cell = f"{column or 'A'}{number}" if number else ""
    words = f"{cell} of {tab}" if column and number else f"row {number} of {tab}" if number else f"the tab {tab}"
    return words, f"{address}&range={cell}" if address and cell else address


def block_of(snapshot: Snapshot, row: int) -> EventTab | None:
    """The tab or block that holds a row of Events; None where all events stand in one."""
    before = (block for block in snapshot.event_tabs if block.first <= row)
    return max(before, key=lambda block: block.first, default=None)


def row_words(snapshot: Snapshot, row: int) -> str:
    """A row of Events in words: `row 12 of Events`, or of the tab that it stands in."""
    block = block_of(snapshot, row)
    return f"row {split_row(row)[1]} of {block.title if block else 'Events'}"


def cell_of_count(snapshot: Snapshot, event: Event) -> tuple[str, str, int | None]:
    """Tab, field and row of the cell where the event's guests are typed; no row if Attendance has none for it yet."""
    headcounts = snapshot.headcounts_by_event.get(event.id, ())
    if "guests" not in snapshot.tab_columns.get("Attendance", {}) or any(row.in_events for row in headcounts):
        return "Events", "guests", event.row
    return "Attendance", "guests", next((row.row for row in headcounts if row.guests is None), None)


def cell_of_officers(snapshot: Snapshot, event: Event) -> tuple[str, str, int | None]:
    """Tab, field and row of the cell in which to name another officer; no row for the first free row of Staffing.

    Officers in the event's own row count only while Staffing has no row of it, so the next one belongs there too.
    """
    rows = snapshot.assignments_by_event.get(event.id, ())
    if not snapshot.tab_columns.get("Staffing") or any(row.in_events for row in rows):
        return "Events", "officers", event.row
    return "Staffing", "officer", None


def cell_to_fill(snapshot: Snapshot, item: MissingResult) -> tuple[str, str, int | None]:
    """Tab, field and row of the cell where the missing result is typed; no row if there is none for it yet."""
    event = item.event
    if item.kind == "closing":
        return "Events", "status", event.row
    if item.kind == "count":
        return cell_of_count(snapshot, event)
    if item.kind == "hours":
        staffing = snapshot.assignments_by_event.get(event.id, ())
        recorded = {row.person for row in staffing if row.hours is not None}
        # Officers who are listed in the event's own row have no cell for hours: that takes rows in Staffing.
        filled = [row for row in staffing if row.status in FILLED and row.person is not None and not row.in_events]
        rows = (row.row for row in filled if row.agency == item.agency and row.person not in recorded)
        return "Staffing", "hours", next(rows, None)
    still_open = [row for row in snapshot.follow_ups_by_event.get(event.id, ()) if row.status != "Closed"]
    without = (row.row for row in still_open if row.owner_role is None and responsible(row, event) == item.agency)
    return "Follow-ups", "owner_role", next(without, None)


def cells_to_fix(problems: Iterable[Problem]) -> int:
    """The distinct cells with an error or a warning; a cell with several problems counts once."""
    by_severity = cells_by_severity(problems)
    return by_severity["error"] + by_severity["warning"]


def cells_by_severity(problems: Iterable[Problem]) -> Mapping[Severity, int]:
    """Severity -> the distinct cells of which it is the worst; a problem of a whole row, column or tab is one cell."""
    worst: dict[Hashable, Severity] = {}
    for problem in sorted(problems, key=lambda problem: SEVERITIES.index(problem.severity)):
        place: Hashable = (problem.tab, problem.code, problem.found)
        if problem.cell is not None:
            place = (problem.tab, problem.cell)
        elif problem.row is not None:
            place = (problem.tab, problem.row, problem.column)
        worst.setdefault(place, problem.severity)
    return {severity: list(worst.values()).count(severity) for severity in SEVERITIES}
