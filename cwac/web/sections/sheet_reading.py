"""How the sheet is read, what is asked about it, and what `cwac doctor` would find at this machine."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cwac.analysis import cells
from cwac.analysis.cells import ColumnQuestion
from cwac.analysis.words import counted, shorten
from cwac.checks import configured, doctor
from cwac.checks.configured import command
from cwac.checks.finding import OPERATOR
from cwac.model import ColumnReading, Snapshot, SourceUnavailable, TableReading
from cwac.web import blocks
from cwac.web.blocks import Block, Line, draw
from cwac.web.viewer import key_state
from cwac.web.widgets import message_markdown

LINES = 6
"""Rows before "Show more"."""
_ASKED = (
    "It is not certain what these are, so they are not read. Give whoever runs the dashboard the lines that are right "
    "for the settings file; or run `{command} connect`, which asks and writes them. They count from the next look."
)


_ASKED_OF_REFUSED = (
    "None of these tabs surely does. Write the lines that are right into the settings file, or run "
    "`{command} connect`, which asks and writes them. They count from the next look."
)


def show(snapshot: Snapshot) -> None:
    """An expander, which is open while something is asked; only coordinators are shown headers, cells and questions."""
    if not snapshot.reading:
        return
    questions, tabs = cells.column_questions(snapshot.reading), cells.asked_tabs(snapshot)
    asked = len(questions) + len(tabs)
    label = f"How your sheet is read: {counted(asked, 'question')}" if asked else "How your sheet is read"
    with st.expander(label, expanded=bool(asked)):
        if asked:
            st.markdown(_ASKED.format(command=command()))
            about_tabs = [ColumnQuestion(tab, tab, "", (), "Events") for tab in tabs]
            draw("asked", questions_table([*questions, *about_tabs]))
            st.code(cells.settings_lines(questions, tabs), language=None, wrap_lines=True)
        # The tabs and columns that do not have the contract's own names, and the first events as they were read.
        renamed: list[list[Line]] = []
        for table in snapshot.reading:
            if table.rows and (table.tab, table.header_row) != (table.meaning, 1):
                header = "none found" if table.header_row is None else f"row {table.header_row}"
                renamed.append([[shorten(table.tab)], [table.meaning], [header], [f"{table.rows:,}"]])
        columns = [(table.tab, column) for table in snapshot.reading for column in cells.unusual_columns(table)]
        has_headers = any(column.header for _, column in columns)
        events: list[list[Line]] = [
            [[event.id], *([part] if part else [] for part in words)] for event, words in cells.first_events(snapshot)
        ]
        names = ("Event", "Day", "Place", "Agencies", "Officers", "Guests", "Status")
        shown = [] if renamed or columns else [blocks.note("Every tab and column is known by its own name.")]
        if renamed:
            shown.append(
                blocks.table(("Tab", "Read as", "Header", "Rows"), renamed, "Tabs by other names", limit=LINES)
            )
        if columns:
            shown.append(_columns_table(columns, "Columns by other names", has_headers=has_headers))
        if events:
            heading = blocks.lines([blocks.strong("The first events as they were read")])
            shown += [heading, blocks.table(names, events, "The first events")]
        draw("reading", *shown)


def show_refused(tables: Sequence[TableReading]) -> None:
    """What was understood of the tabs that may list the events, where none surely does, and what is asked of them."""
    if not tables:
        return
    st.header("Which tab lists the events?", anchor=False)
    st.markdown(_ASKED_OF_REFUSED.format(command=command()))
    about_tabs, about_columns = cells.tab_questions(tables), cells.column_questions(tables)
    draw("asked", questions_table([*about_tabs, *about_columns]))
    lines = cells.settings_lines(about_columns, [question.name for question in about_tabs])
    st.code(lines, language=None, wrap_lines=True)
    columns = [(table.tab, column) for table in tables for column in table.columns if column.header.strip()]
    if columns:
        draw("understood", _columns_table(columns, "What their columns would be", has_headers=True))


def questions_table(questions: Sequence[ColumnQuestion]) -> Block:
    rows: list[list[Line]] = []
    for question in questions:
        header: Line = [shorten(question.header)] if question.header else []
        cells: Line = [", ".join(question.cells)] if question.cells else []
        rows.append([[shorten(question.place)], header, cells, [question.perhaps]])
    return blocks.table(("Place", "Header", "Some cells", "Perhaps"), rows, "What is asked", limit=LINES)


def _columns_table(columns: Sequence[tuple[str, ColumnReading]], title: str, *, has_headers: bool) -> Block:
    lines: list[list[Line]] = []
    for tab, column in columns:
        header = [[shorten(column.header)]] if has_headers else []
        lines.append([[f"{shorten(tab)}, {column.column}"], *header, [cells.column_words(column)]])
    heads = ("Column", "Header", "Read as") if has_headers else ("Column", "Read as")
    return blocks.table(heads, lines, title, limit=LINES)


# --- at this machine ---

_MARKS = {"FAIL": ":red-badge[FAIL]", "WARN": ":orange-badge[WARN]", "PASS": ":green-badge[PASS]"}


def show_at_this_machine(trouble: SourceUnavailable | None) -> None:
    """List the findings, worst first, to a browser on this machine with this start's key; to any other show nothing.

    They follow from the files and from `trouble`, without a call over the network.
    """
    if key_state() != "open":
        return
    if trouble is not None:
        show_refused(trouble.reading)
    config = configured.load()
    with st.expander("What was checked", expanded=trouble is None):
        if trouble is None and config.settings is not None:
            st.markdown("The settings can be used now: start the dashboard again.")
        findings = doctor.for_this_machine(trouble, config)
        for finding in sorted(findings, key=lambda finding: list(_MARKS).index(finding.result)):
            st.markdown(f"{_MARKS[finding.result]} {message_markdown(finding.found)}")
            if finding.next:
                prefix = "" if finding.whose == OPERATOR else f"{finding.whose[:1].upper()}{finding.whose[1:]}: "
                # As code, so that a line or a command can be copied as it is.
                st.code(f"{prefix}{finding.next}".replace("cwac ", f"{command()} "), language=None, wrap_lines=True)
