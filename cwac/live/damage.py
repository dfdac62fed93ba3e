"""Whether what the sheet has become may take the place of what it was, and whether much of it has gone."""

from __future__ import annotations

import re

from cwac.answers.events import is_coming
from cwac.model import Problem, Snapshot, Workbook
from cwac.sheet import tabs
from cwac.sheet.cells import as_typed, is_blank, is_loading


def damage(before: Snapshot, after: Snapshot, workbook: Workbook) -> str | None:
    """What is gone (as a clause), where `after`, read from `workbook`, must not replace the good `before`.

    A required column or a header that rows still stood under, or a whole column that Google has not loaded yet. What
    was so before is no damage.
    """
    known = {(problem.tab, problem.column) for problem in before.problems if problem.code == "missing-column"}
    gone = []
    for problem in after.problems:
        where = (problem.tab, problem.column)
        used = before.accounting.get(problem.tab or "")
        if problem.code != "missing-column" or where in known or used is None or not used.kept:
            continue
        what = "header row" if problem.column is None else f'column "{problem.column}"'
        gone.append(f"the {what} of the {problem.tab} tab is gone")
    gone += [
        f'the column "{column}" of the {tab} tab is still loading'
        for tab, column in _loading(after, workbook)
        if not any(_is_loading(problem, tab, column) for problem in before.problems)
    ]
    return " and ".join(gone) or None


def _is_loading(problem: Problem, tab: str, column: str) -> bool:
    return (problem.tab, problem.column, is_loading(problem.found)) == (tab, column, True)


def _loading(after: Snapshot, workbook: Workbook) -> list[tuple[str, str]]:
    """The columns, by tab and header, that hold nothing but `Loading…`."""
    found = {}
    for problem in after.problems:
        if problem.tab and problem.column and problem.cell and is_loading(problem.found):
            found[problem.tab, problem.column] = _index(problem.cell)
    whole = []
    for (name, header), index in found.items():
        for tab in workbook.tabs:
            spec = tabs.spec_for(tab.title)
            if spec is None or spec.name != name:
                continue
            column = [row[index] if index < len(row) else None for row in tab.rows]
            top = next((at for at, cell in enumerate(column) if as_typed(cell) == header), None)
            if top is not None and all(is_loading(cell) for cell in column[top + 1 :] if not is_blank(cell)):
                whole.append((name, header))
    return whole


def _index(cell: str) -> int:
    """`C7` -> 2."""
    index = 0
    for letter in re.sub(r"[^A-Z]", "", cell):
        index = index * 26 + ord(letter) - 64
    return index - 1


def loss(before: Snapshot, after: Snapshot) -> str | None:
    """What was deleted (as a clause), where it is over half of the events to come or all rows of a tab.

    An event that got another ID is not deleted, so fewer must be left as well.
    """
    gone = []
    coming = {event.id for event in before.events if is_coming(event, after.today)}
    left = sum(1 for event in after.events if is_coming(event, after.today))
    lost = coming - after.event_by_id.keys() - {event.id for event in after.undated}
    if 2 * len(lost) > len(coming) and left < len(coming):
        gone.append(f"{len(lost)} of the {len(coming)} coming events")
    for tab, counted in before.accounting.items():
        now = after.accounting.get(tab)
        if counted.kept and (now is None or not now.rows):
            gone.append(f"all {counted.rows} rows of the {tab} tab")
    return " and ".join(gone) or None
