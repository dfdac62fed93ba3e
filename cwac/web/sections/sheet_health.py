"""The sheet's problems for people: one line for one mistake, however often it was made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cwac import access
from cwac.access import Kind
from cwac.exports.tables import Row
from cwac.model import PROBLEM_KEYS, SEVERITIES, Problem, Severity, Snapshot
from cwac.web.widgets import SEVERITY_WORDS, counted, md, table

CELLS = 5
"""The most cells that a line names, each with its link; as they are mended, the next ones move up."""
EXAMPLES = 3
_PARTICULAR = re.compile(r'"[^"]*"|\b\d[\w./:-]*\w|\b\d')
COLUMNS = PROBLEM_KEYS
EVERYBODY = "Everybody"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake, and every place where it was made, in the order of the sheet."""

    severity: Severity
    code: str
    tab: str | None
    column: str | None
    advice: str
    places: tuple[Problem, ...]


def mistakes(snapshot: Snapshot) -> tuple[Mistake, ...]:
    """The problems, those that say the same about the same column as one; worst first, then the most frequent.

    Advice that differs only in days, numbers and what it quotes is the same; in common it says "…" for these.
    """
    groups: dict[tuple[Severity, str, str | None, str | None, str], list[Problem]] = {}
    for one in snapshot.problems:
        common = _PARTICULAR.sub("…", access.advice(one, snapshot))
        groups.setdefault((one.severity, one.code, one.tab, one.column, common), []).append(one)
    made = []
    for (severity, code, tab, column, common), places in groups.items():
        told = {access.advice(one, snapshot) for one in places}
        advice = told.pop() if len(told) == 1 else common
        made.append(Mistake(severity, code, tab, column, advice, tuple(places)))
    return tuple(sorted(made, key=lambda one: (SEVERITIES.index(one.severity), -len(one.places))))


def mistakes_of(snapshot: Snapshot, agency: str | None) -> tuple[Mistake, ...]:
    """Those in the rows of one agency and everybody's, or all of them."""
    if agency is None:
        return mistakes(snapshot)
    return mistakes(replace(snapshot, problems=access.concerning(snapshot.problems, {agency})))


def whole_sheet(kind: Kind, agency: str | None) -> bool:
    """Whether all problems of the sheet are shown, rather than an agency's."""
    return kind == "coordinator" and agency is None


def not_shown(snapshot: Snapshot, kind: Kind, agency: str | None) -> str:
    """What the list leaves out; empty where it leaves out nothing."""
    if whole_sheet(kind, agency):
        return ""
    if kind == "coordinator":
        left = len(snapshot.problems) - len(access.concerning(snapshot.problems, {agency or ""}))
        return (
            f"Not shown here: {counted(left, 'place')} in the rows of other agencies: choose All agencies to see them."
            if left
            else ""
        )
    return "What is wrong in the rows of other agencies is shown to them and to coordinators."


def tabs_with_problems(snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(dict.fromkeys(one.tab for one in snapshot.problems if one.tab))


def problem_rows(snapshot: Snapshot) -> list[Row]:
    """One row a problem, by `COLUMNS`."""
    return [
        {column: getattr(problem, column) for column in COLUMNS}
        | {"advice": access.advice(problem, snapshot), "agencies": list(problem.agencies)}
        for problem in snapshot.problems
    ]


def accounting_table(snapshot: Snapshot) -> None:
    """One line a tab: what became of its rows."""
    table(
        {
            "Tab": [md(tab) for tab in snapshot.accounting],
            "Rows": [f"{one.rows:,}" for one in snapshot.accounting.values()],
            "Kept": [f"{one.kept:,}" for one in snapshot.accounting.values()],
            "Left out": [f"**{one.left_out:,}**" if one.left_out else "0" for one in snapshot.accounting.values()],
            "Skipped": [f"{one.skipped:,}" for one in snapshot.accounting.values()],
        },
        "What became of the rows of each tab",
    )


def mistakes_table(shown: Sequence[Mistake]) -> None:
    table(
        {
            "Severity": [SEVERITY_WORDS[one.severity] for one in shown],
            "Where": [_where(one) for one in shown],
            "Whose": [_whose(one) for one in shown],
            "Typed": [_typed(one) for one in shown],
            "What to do": [md(one.advice) for one in shown],
        },
        "Problems in the sheet, worst first",
    )


def _where(mistake: Mistake) -> str:
    """`Events, Date: B8 B9 B12 and 37 more`, each cell a link where the source has links."""
    cells = [f"[{one.cell}]({one.link})" if one.link else str(one.cell) for one in mistake.places[:CELLS] if one.cell]
    column = f", {md(mistake.column)}" if mistake.column else ""
    more = f" and {counted(len(mistake.places) - CELLS, 'more', 'more')}" if len(mistake.places) > CELLS else ""
    return f"{md(mistake.tab or 'The workbook')}{column}" + (f": {' '.join(cells)}{more}" if cells else more)


def _whose(mistake: Mistake) -> str:
    """The agencies whose move it is, in the order of the sheet."""
    named = dict.fromkeys(short for one in mistake.places for short in one.agencies or (EVERYBODY,))
    return ", ".join(md(one) for one in list(named)[:CELLS]) + (", …" if len(named) > CELLS else "")


def _typed(mistake: Mistake) -> str:
    found = dict.fromkeys(_short(one.found) for one in mistake.places if one.found)
    return ", ".join(md(one) for one in list(found)[:EXAMPLES]) + (", …" if len(found) > EXAMPLES else "")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
