"""Ask about the tabs and columns that `cwac connect` did not understand for sure."""

from __future__ import annotations

import click

from cwac.cli.columns import reading_lines
from cwac.cli.output import plain
from cwac.model import Snapshot, Workbook
from cwac.settings import Rules, SettingsError
from cwac.sheet.cell_kinds import Cells
from cwac.sheet.planning import refuse_unknown_meanings

Answers = dict[str, dict[str, str]]
"""Section of the settings -> name in the sheet -> what it means; empty for "not read"."""

_LATER = "later"


def answers(snapshot: Snapshot) -> Answers:
    """What the person at the terminal says about each question; what was said before Ctrl-C or Ctrl-D counts."""
    from cwac.analysis import cells

    said: Answers = {"columns": {}, "tabs": {}}
    questions, titles = cells.column_questions(snapshot.reading), cells.asked_tabs(snapshot)
    if questions or titles:
        click.echo("\n".join(map(plain, ["", *reading_lines(snapshot, answers=False), ""])), err=True)
    try:
        for question in questions:
            such = f", with {'; '.join(question.cells)}" if question.cells else ""
            click.echo(plain(f'{question.place}: "{question.header}"{such}'), err=True)
            is_person = question.perhaps == "Officers" and Cells(question.cells).share("tick") == 1
            asked = f"Is {question.header} an officer" if is_person else f"Is it {question.perhaps}"
            if (meaning := _answer(plain(asked), question.perhaps, is_column=True)) != _LATER:
                said["columns"][question.name] = meaning
        for title in titles:
            click.echo(f'The tab "{plain(title)}" has days, but may list other things.', err=True)
            if (meaning := _answer("Is it Events", "Events", is_column=False)) != _LATER:
                said["tabs"][title] = meaning
    except click.Abort:
        click.echo(err=True)
    return said


def _answer(asked: str, perhaps: str, *, is_column: bool) -> str:
    """The meaning, blank for "not read", or `_LATER`."""
    words = {"yes": perhaps, "y": perhaps, "no": "", "n": "", _LATER: _LATER}

    def meaning(typed: str) -> str:
        typed = typed.strip()
        if (known := words.get(typed.casefold())) is not None:
            return known
        try:
            refuse_unknown_meanings(Rules(columns=((typed, typed),)) if is_column else Rules(tabs=((typed, typed),)))
        except SettingsError as error:
            raise click.UsageError(plain(str(error))) from None
        return typed

    another = "another column's name" if is_column else "another tab's name"
    question = f"  {asked}? Answer yes, no (it is not read), {_LATER}, or {another}"
    return str(click.prompt(question, default="yes", value_proc=meaning, err=True))


def events_tab(workbook: Workbook) -> Answers:
    """The tab that lists the events, where none was recognized; empty without an answer."""
    titles = [tab.title for tab in workbook.tabs if tab.title.strip() and any(tab.rows)][:50]
    click.echo("\nNo tab was recognized as a list of events. Which one is it?", err=True)
    for number, title in enumerate(titles, 1):
        click.echo(f"  {number}  {plain(title)}", err=True)
    try:
        number = click.prompt("Its number, or 0 for none", type=click.IntRange(0, len(titles)), default=0, err=True)
    except click.Abort:
        return {}
    return {"tabs": {titles[number - 1]: "Events"}} if number else {}
