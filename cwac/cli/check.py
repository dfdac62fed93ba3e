"""`cwac check`: what in the sheet could not be read, and what to type instead."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator

import click

from cwac.analysis.words import counted
from cwac.cli.columns import reading_lines
from cwac.cli.group import Command
from cwac.cli.options import on_option, source_argument, text_or_json_option
from cwac.cli.output import EXIT_ERRORS, print_answer
from cwac.cli.source import read_snapshot, settings_for
from cwac.model import SEVERITIES, Problem, Snapshot

_MAX_CELLS = 8
"""Cells listed for one piece of advice, and pieces of advice for one kind of mistake."""
_MAX_CELL_LENGTH = 60


@click.command("check", cls=Command, short_help="Say what in the sheet could not be read.")
@source_argument
@on_option
@text_or_json_option
def command(source: str | None, on: dt.date | None, output_format: str) -> None:
    """Say what in the sheet could not be read, and what to type instead.

    Exits with 1 where a cell or row is not used, with 0 where all is used, whatever else there is to look at.
    """
    from cwac import access
    from cwac.exports import documents

    snapshot = read_snapshot(source, on, settings_for(source))
    # Advice may name anybody, as the caller has the whole sheet.
    problems = [documents.problem_row(one, access.advice(one, snapshot)) for one in snapshot.problems]
    document = {"tabs": documents.tabs(snapshot), "problems": problems, "reading": documents.reading(snapshot)}
    print_answer(snapshot, output_format, document, _lines(snapshot))
    if any(problem.severity == "error" for problem in snapshot.problems):
        raise click.exceptions.Exit(EXIT_ERRORS)


def _lines(snapshot: Snapshot) -> Iterator[str]:
    from cwac.analysis.cells import cells_by_severity, cells_to_fix
    from cwac.exports.documents import accounting

    yield f"{'Tab':<12}{'rows':>8}{'kept':>8}{'left out':>10}{'skipped':>9}"
    for name, rows in accounting(snapshot):
        yield f"{name:<12}{rows.rows:>8}{rows.kept:>8}{rows.left_out:>10}{rows.skipped:>9}"
    if snapshot.problems:
        by_severity = cells_by_severity(snapshot.problems)
        yield ""
        yield (
            f"{counted(cells_to_fix(snapshot.problems), 'cell')} to fix: "
            f"{by_severity['error']} not used, {by_severity['warning']} used with a warning."
        )
    meaning = {
        "error": "Errors: not used until fixed",
        "warning": "Warnings: used, but have a look",
        "notice": "Notices: good to know",
    }
    for severity in SEVERITIES:
        problems = [problem for problem in snapshot.problems if problem.severity == severity]
        if problems:
            yield ""
            yield meaning[severity]
            yield from _problem_lines(problems, snapshot)
    if not snapshot.problems:
        yield ""
        yield "No problems."
    yield ""
    yield from reading_lines(snapshot)


def _problem_lines(problems: Iterable[Problem], snapshot: Snapshot) -> Iterator[str]:
    """One heading for each kind of mistake in a column; each piece of advice once, below the cells that it is for."""
    from cwac import access

    mistakes: dict[tuple[str, ...], dict[str, list[Problem]]] = {}
    for problem in problems:
        place = (problem.tab or "Whole workbook", *([problem.column] if problem.column else []))
        by_advice = mistakes.setdefault((*place, problem.code), {})
        by_advice.setdefault(access.advice(problem, snapshot), []).append(problem)
    for (*names, code), by_advice in mistakes.items():
        times = sum(map(len, by_advice.values()))
        yield ""
        yield f"  {', '.join(names)}: {code}{f', {times} times' if times > 1 else ''}"
        for advice, cells in list(by_advice.items())[:_MAX_CELLS]:
            for problem in cells[:_MAX_CELLS]:
                found = problem.found
                if found is not None and len(found) > _MAX_CELL_LENGTH:
                    found = f"{found[: _MAX_CELL_LENGTH - 1]}…"
                typed = None if found is None else f'"{found}"'
                cell = problem.cell or (f"row {problem.row}" if problem.row else None)
                agencies = f"for {', '.join(problem.agencies) or 'everybody'}"
                yield f"    {'  '.join(filter(None, (cell, typed, agencies, problem.link)))}"
            if len(cells) > _MAX_CELLS:
                yield f"    and {len(cells) - _MAX_CELLS} more"
            yield f"      {advice}"
        if len(by_advice) > _MAX_CELLS:
            left = sum(map(len, list(by_advice.values())[_MAX_CELLS:]))
            yield f"    and {left} more; --format json lists them all"
