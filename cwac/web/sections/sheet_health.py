"""The sheet's problems, grouped: one row per mistake of the same agencies, however often it was made."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from cwac import access
from cwac.access import Kind
from cwac.analysis.cells_to_fix import cells_to_fix
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
    """One mistake in the rows of the same agencies (none: everybody's), and its places, in the order of the sheet."""

    agencies: tuple[str, ...]
    severity: Severity
    code: str
    tab: str | None
    column: str | None
    advice: str
    places: tuple[Problem, ...]


def mistakes(snapshot: Snapshot) -> tuple[Mistake, ...]:
    """Problems grouped by agencies, column and advice: what is to fix first, by agency, then the notices.

    Each agency's are sorted by severity, then by frequency; what is everybody's comes last. Advice that differs only
    in days, numbers and quoted text is grouped, with "…" in place of these.
    """
    groups: dict[tuple[tuple[str, ...], Severity, str, str | None, str | None, str], list[Problem]] = {}
    for problem in snapshot.problems:
        common = _PARTICULAR.sub("…", access.advice(problem, snapshot))
        key = (problem.agencies, problem.severity, problem.code, problem.tab, problem.column, common)
        groups.setdefault(key, []).append(problem)
    found_mistakes = []
    for (agencies, severity, code, tab, column, common), places in groups.items():
        advice_texts = {access.advice(problem, snapshot) for problem in places}
        advice = advice_texts.pop() if len(advice_texts) == 1 else common
        found_mistakes.append(Mistake(agencies, severity, code, tab, column, advice, tuple(places)))
    return tuple(sorted(found_mistakes, key=_by_agency))


def _by_agency(mistake: Mistake) -> tuple[bool, bool, tuple[str, ...], int, int]:
    return (
        mistake.severity == "notice",
        not mistake.agencies,
        mistake.agencies,
        SEVERITIES.index(mistake.severity),
        -len(mistake.places),
    )


def cells_words(mistakes: Sequence[Mistake]) -> str:
    """`28 cells to fix · 3 notices`."""
    notices = sum(len(mistake.places) for mistake in mistakes if mistake.severity == "notice")
    cells = cells_to_fix(place for mistake in mistakes for place in mistake.places)
    words = f"{counted(cells, 'cell')} to fix"
    return f"{words} · {counted(notices, 'notice')}" if notices else words


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
        count = cells_to_fix(snapshot.problems) - cells_to_fix(access.concerning(snapshot.problems, {agency or ""}))
        return (
            f"Not shown here: {counted(count, 'cell')} to fix in the rows of other agencies: "
            "choose All agencies to see them."
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


def owners_table(mistakes: Sequence[Mistake], snapshot: Snapshot) -> None:
    """One row per owner: how many cells are theirs to fix, with a link to the first; these add up to the total."""
    places: dict[tuple[str, ...], list[Problem]] = {}
    for mistake in mistakes:
        if mistake.severity != "notice":
            places.setdefault(mistake.agencies, []).extend(mistake.places)
    table(
        {
            "Who fixes it": [owner_words(agencies, snapshot) for agencies in places],
            "Cells to fix": [f"{cells_to_fix(theirs):,}" for theirs in places.values()],
            "First cell": [_cell(theirs[0]) for theirs in places.values()],
        },
        "Cells to fix, by agency",
    )


def owner_words(agencies: Sequence[str], snapshot: Snapshot) -> str:
    """`WPD (Lieutenant)`: the agencies that must fix a row, with the liaison's role where the Agencies tab has it."""
    names = []
    for short in agencies:
        agency = snapshot.agency_by_short.get(short)
        role = f" ({agency.liaison_role})" if agency and agency.liaison_role else ""
        names.append(md(f"{short}{role}"))
    return (", ".join(names[:CELLS]) + (", …" if len(names) > CELLS else "")) or EVERYBODY


def mistakes_table(shown: Sequence[Mistake], snapshot: Snapshot) -> None:
    table(
        {
            "Who fixes it": [owner_words(mistake.agencies, snapshot) for mistake in shown],
            "Severity": [SEVERITY_WORDS[mistake.severity] for mistake in shown],
            "Where": [_where(mistake) for mistake in shown],
            "Typed": [_typed(mistake) for mistake in shown],
            "What to do": [md(mistake.advice) for mistake in shown],
        },
        "Problems in the sheet, by agency, worst first",
    )


def _where(mistake: Mistake) -> str:
    """`Events, Date: B8 B9 B12 and 37 more`, each cell a link if the source has links."""
    cells = [_cell(problem) for problem in mistake.places[:CELLS] if problem.cell]
    column = f", {md(mistake.column)}" if mistake.column else ""
    more = f" and {counted(len(mistake.places) - CELLS, 'more', 'more')}" if len(mistake.places) > CELLS else ""
    return f"{md(mistake.tab or 'The workbook')}{column}" + (f": {' '.join(cells)}{more}" if cells else more)


def _cell(problem: Problem) -> str:
    """The cell, else the row or tab, as a link if the source has links."""
    words = problem.cell or (f"row {problem.row}" if problem.row else "the tab")
    return f"[{words}]({problem.link})" if problem.link else words


def _typed(mistake: Mistake) -> str:
    texts = dict.fromkeys(_short(problem.found) for problem in mistake.places if problem.found)
    return ", ".join(md(problem) for problem in list(texts)[:EXAMPLES]) + (", …" if len(texts) > EXAMPLES else "")


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:59]}…"
