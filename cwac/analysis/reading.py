"""How the sheet was read, in words, and the questions that only somebody who keeps it can answer."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from cwac.analysis.attendance import count_words, is_counted, total
from cwac.analysis.words import counted, shorten
from cwac.date_words import clock_range, day_words
from cwac.model import ColumnReading, Event, Snapshot, TableReading, grouped
from cwac.one_line import one_line
from cwac.sheet import headers

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
    """The columns that do not have the contract's own names."""
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
                event.status or "",
            ],
        )
