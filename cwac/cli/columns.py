"""`cwac columns`: how the sheet is read, tab by tab and column by column."""

from __future__ import annotations

from collections.abc import Iterator

import click

from cwac.analysis.words import counted, shorten, with_guests
from cwac.cli.called import as_called
from cwac.cli.group import Command
from cwac.cli.options import source_argument, text_or_json_option
from cwac.cli.output import print_answer
from cwac.cli.source import read_snapshot, settings_for
from cwac.model import Snapshot


@click.command("columns", cls=Command, short_help="Say what each tab and column is read as.")
@source_argument
@text_or_json_option
def command(source: str | None, output_format: str) -> None:
    """Say what each tab and column of the sheet is read as, how that was found, and what is asked about it.

    What is wrong or asked is said in the settings, under [columns] and [tabs].
    """
    from cwac.exports import documents

    snapshot = read_snapshot(source, None, settings_for(source))
    lines = reading_lines(snapshot, every_column=True)
    print_answer(snapshot, output_format, {"reading": documents.reading(snapshot)}, lines)


def reading_lines(snapshot: Snapshot, *, every_column: bool = False, answers: bool = True) -> Iterator[str]:
    """Each table with its columns, the questions with their `answers`, and the first events as they were read.

    Without `every_column`, those that have the contract's own names are not listed.
    """
    from cwac.analysis import cells

    yield "How the sheet is read"
    for table in snapshot.reading:
        columns = table.columns if every_column else cells.unusual_columns(table)
        by_name = "" if columns or not table.columns else "; every column has its own name"
        yield f'  "{shorten(table.tab)}" is {cells.table_words(table)}{by_name}'
        for column in columns:
            header = f'"{shorten(column.header, 30)}"'
            yield f"    {column.column:<3}{header:<34}{cells.column_words(column)}"
    if answers:
        yield from _answers(snapshot)
    yield ""
    yield "The first events as they were read" if snapshot.events else "No event was read."
    for event, (*words, guests, status) in cells.first_events(snapshot):
        came = with_guests(guests) if guests else ""
        yield f"  {event.id}  {' · '.join(filter(None, [*words, came, status]))}"


def _answers(snapshot: Snapshot) -> Iterator[str]:
    from cwac.analysis import cells

    questions, tabs = cells.column_questions(snapshot.reading), cells.asked_tabs(snapshot)
    if questions or tabs:
        yield ""
        questions_words = counted(len(questions) + len(tabs), "question")
        yield as_called(f"{questions_words}, answered by cwac connect or in the settings, such as:")
    if questions:
        yield "  [columns]"
    for question in questions:
        such = f", such as {', '.join(question.cells)}" if question.cells else ""
        yield f"  {cells.settings_line(question.name, question.perhaps)}  # {question.place}{such}"
    if tabs:
        yield "  [tabs]"
    for title in tabs:
        yield f"  {cells.settings_line(title, 'Events')}"
