"""The sheet's problems, grouped: one row per mistake, however often it was made."""

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
"""Maximum number of cells that a row links to; the next ones follow when these are corrected."""
EXAMPLES = 3
_PARTICULAR = re.compile(r'"[^"]*"|\b\d[\w./:-]*\w|\b\d')
COLUMNS = PROBLEM_KEYS
EVERYBODY = "Everybody"


@dataclass(frozen=True, slots=True)
class Mistake:
    """One mistake and all its places, in the order of the sheet."""

    severity: Severity
    code: str
    tab: str | None
    column: str | None
    advice: str
    places: tuple[Problem, ...]


def mistakes(snapshot: Snapshot) -> tuple[Mistake, ...]:
    """Problems grouped by column and advice; most severe first, then most frequent.

    Advice that differs only in days, numbers and quoted text is grouped, with "…" in place of these.
    """
    groups: dict[tuple[Severity, str, str | None, str | None, str], list[Problem]] = {}
    for problem in snapshot.problems:
        common = _PARTICULAR.sub("…", access.advice(problem, snapshot))
        groups.setdefault((problem.severity, problem.code, problem.tab, problem.column, common), []).append(problem)
    found_mistakes = []
    for (severity, code, tab, column, common), places in groups.items():
        advice_texts = {access.advice(problem, snapshot) for problem in places}
        advice = advice_texts.pop() if len(advice_texts) == 1 else common
        found_mistakes.append(Mistake(severity, code, tab, column, advice, tuple(places)))
    return tuple(sorted(found_mistakes, key=lambda problem: (SEVERITIES.index(problem.severity), -len(problem.places))))


def mistakes_of(snapshot: Snapshot, agency: str | None) -> tuple[Mistake, ...]:
    """Mistakes in the rows of one agency or of nobody in particular; all for None."""
    if agency is None:
        return mistakes(snapshot)
    return mistakes(replace(snapshot, problems=access.concerning(snapshot.problems, {agency})))


def whole_sheet(kind: Kind, agency: str | None) -> bool:
    """Whether all problems of the sheet are shown, not only an agency's."""
    return kind == "coordinator" and agency is None


def not_shown(snapshot: Snapshot, kind: Kind, agency: str | None) -> str:
    """A sentence about the problems that are not listed; empty if all are."""
    if whole_sheet(kind, agency):
        return ""
    if kind == "coordinator":
        count = len(snapshot.problems) - len(access.concerning(snapshot.problems, {agency or ""}))
        return (
            f"Not shown here: {counted(count, 'place')} in the rows of other agencies: choose All agencies to see them."
            if count
            else ""
        )
    return "What is wrong in the rows of other agencies is shown to them and to coordinators."


def tabs_with_problems(snapshot: Snapshot) -> tuple[str, ...]:
    return tuple(dict.fromkeys(problem.tab for problem in snapshot.problems if problem.tab))


def problem_rows(snapshot: Snapshot) -> list[Row]:
    """One row per problem, with the columns `COLUMNS`."""
    return [
        {column: getattr(problem, column) for column in COLUMNS}
        | {"advice": access.advice(problem, snapshot), "agencies": list(problem.agencies)}
        for problem in snapshot.problems
    ]


def accounting_table(snapshot: Snapshot) -> None:
    """One row per tab: how many of its rows were kept, left out or skipped."""
    table(
        {
            "Tab": [md(tab) for tab in snapshot.accounting],
            "Rows": [f"{account.rows:,}" for account in snapshot.accounting.values()],
            "Kept": [f"{account.kept:,}" for account in snapshot.accounting.values()],
            "Left out": [
                f"**{account.left_out:,}**" if account.left_out else "0" for account in snapshot.accounting.values()
            ],
            "Skipped": [f"{account.skipped:,}" for account in snapshot.accounting.values()],
        },
        "What became of the rows of each tab",
    )


def mistakes_table(shown: Sequence[Mistake]) -> None:
    table(
        {
            "Severity": [SEVERITY_WORDS[mistake.severity] for mistake in shown],
            "Where": [_where(mistake) for mistake in shown],
            "Whose": [_whose(mistake) for mistake in shown],
            "Typed": [_typed(mistake) for mistake in shown],
            "What to do": [md(mistake.advice) for mistake in shown],
        },
        "Problems in the sheet, worst first",
    )


def _where(mistake: Mistake) -> str:
    """`Events, Date: B8 B9 B12 and 37 more`, each cell a link if the source has links."""
    cells = [
        f"[{problem.cell}]({problem.link})" if problem.link else str(problem.cell)
        for problem in mistake.places[:CELLS]
        if problem.cell
    ]
    column = f", {md(mistake.column)}" if mistake.column else ""
    more = f" and {counted(len(mistake.places) - CELLS, 'more', 'more')}" if len(mistake.places) > CELLS else ""
    return f"{md(mistake.tab or 'The workbook')}{column}" + (f": {' '.join(cells)}{more}" if cells else more)


def _whose(mistake: Mistake) -> str:
    """The responsible agencies, in the order of the sheet."""
    agencies = dict.fromkeys(short for problem in mistake.places for short in problem.agencies or (EVERYBODY,))
    return ", ".join(md(problem) for problem in list(agencies)[:CELLS]) + (", …" if len(agencies) > CELLS else "")


def _typed(mistake: Mistake) -> str:
    texts = dict.fromkeys(_short(problem.found) for problem in mistake.places if problem.found)
    return ", ".join(md(problem) for problem in list(texts)[:EXAMPLES]) + (", …" if len(texts) > EXAMPLES else "")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
