"""What is wrong in the sheet and in the settings: `cwac check`, `cwac columns` and `cwac doctor`."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import asdict, replace

import click

from cwac.analysis.words import counted, shorten, with_guests
from cwac.cli.options import PORT, on_option, read_snapshot, settings_for, source_argument, text_or_json_option
from cwac.cli.output import EXIT_ERRORS, Command, as_called, plain, print_answer, print_either, progress
from cwac.clock import read_clock
from cwac.model import Problem, Snapshot
from cwac.settings import SettingsError
from cwac.settings.values import parse_address

_MAX_CELLS = 8
"""Cells listed for one piece of advice, and pieces of advice for one kind of mistake."""
_MAX_CELL_LENGTH = 60


@click.command("check", cls=Command, short_help="Say what in the sheet could not be read.")
@source_argument
@on_option
@text_or_json_option
def check_sheet(source: str | None, on: dt.date | None, output_format: str) -> None:
    """Say what in the sheet could not be read, and what to type instead.

    Exits with 1 where a cell or row is not used, with 0 where all is used, whatever else there is to look at.
    """
    from cwac import access
    from cwac.exports import documents

    snapshot = read_snapshot(source, on, settings_for(source))
    # Advice may name anybody, as the caller has the whole sheet.
    problems = [documents.problem_row(one, access.advice(one, snapshot)) for one in snapshot.problems]
    document = {"tabs": documents.tabs(snapshot), "problems": problems, "reading": documents.reading(snapshot)}
    print_answer(snapshot, output_format, document, _sheet_lines(snapshot))
    if any(problem.severity == "error" for problem in snapshot.problems):
        raise click.exceptions.Exit(EXIT_ERRORS)


def _sheet_lines(snapshot: Snapshot) -> Iterator[str]:
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
    headings = {
        "error": "Errors: not used until fixed",
        "warning": "Warnings: used, but have a look",
        "notice": "Notices: good to know",
    }
    for severity, heading in headings.items():
        problems = [problem for problem in snapshot.problems if problem.severity == severity]
        if problems:
            yield ""
            yield heading
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


@click.command("columns", cls=Command, short_help="Say what each tab and column is read as.")
@source_argument
@text_or_json_option
def list_columns(source: str | None, output_format: str) -> None:
    """Say what each tab and column of the sheet is read as, how that was found, and what is asked about it.

    What is wrong or asked is said in the settings, under [columns] and [tabs].
    """
    from cwac.exports import documents

    snapshot = read_snapshot(source, None, settings_for(source))
    lines = reading_lines(snapshot, every_column=True)
    print_answer(snapshot, output_format, {"reading": documents.reading(snapshot)}, lines)


def reading_lines(snapshot: Snapshot, *, every_column: bool = False, answers: bool = True) -> Iterator[str]:
    """Each table with its unusual columns or `every_column`, its questions with `answers`, and the first events."""
    from cwac.analysis import reading

    yield "How the sheet is read"
    for table in snapshot.reading:
        columns = table.columns if every_column else reading.unusual_columns(table)
        by_name = "" if columns or not table.columns else "; every column has its own name"
        yield f'  "{shorten(table.tab)}" is {reading.table_words(table)}{by_name}'
        for column in columns:
            header = f'"{shorten(column.header, 30)}"'
            yield f"    {column.column:<3}{header:<34}{reading.column_words(column)}"
    questions, tabs = reading.column_questions(snapshot.reading), reading.asked_tabs(snapshot)
    if answers and (questions or tabs):
        yield ""
        questions_words = counted(len(questions) + len(tabs), "question")
        yield as_called(f"{questions_words}, answered by cwac connect or in the settings, such as:")
        yield from ["  [columns]"] if questions else []
        for question in questions:
            cells = f", such as {', '.join(question.cells)}" if question.cells else ""
            yield f"  {reading.settings_line(question.name, question.perhaps)}  # {question.place}{cells}"
        yield from ["  [tabs]"] if tabs else []
        for title in tabs:
            yield f"  {reading.settings_line(title, 'Events')}"
    yield ""
    yield "The first events as they were read" if snapshot.events else "No event was read."
    for event, (*words, guests, status) in reading.first_events(snapshot):
        came = with_guests(guests) if guests else ""
        yield f"  {event.id}  {' · '.join(filter(None, [*words, came, status]))}"


def _address(_: click.Context, __: click.Parameter, typed: str | None) -> str | None:
    if typed is None:
        return None
    try:
        return parse_address(typed.strip(), "it")
    except SettingsError as error:
        raise click.BadParameter(str(error)) from None


@click.command("doctor", cls=Command, short_help="Say what is wrong with the settings, and the next step.")
@click.option("--url", metavar="URL", callback=_address, help="Also ask the dashboard there, as a visitor would.")
@click.option(
    "--port", type=click.IntRange(1, 65_535), default=PORT, show_default=True, help="The port to start it on."
)
@text_or_json_option
def check_settings(url: str | None, port: int, output_format: str) -> None:
    """Check the settings, the sheet, the store, sign-in and this machine; say who must do what next.

    Exits with 0 where all passes, 1 with warnings only, 2 with a failure. Nothing is changed, and no key is shown.
    """
    from cwac.checks import configured, doctor
    from cwac.checks.finding import OPERATOR

    now = read_clock()
    with progress("Checking"):
        findings = [
            replace(finding, next=as_called(finding.next))
            for finding in doctor.every(configured.load(), now, url=url, port=port)
        ]
    lines, width = [], max(len(finding.check) for finding in findings)
    for finding in findings:
        lines.append(f"{finding.result}  {finding.check:<{width}}  {finding.found}")
        if finding.next:
            whose = "You" if finding.whose == OPERATOR else f"{finding.whose[:1].upper()}{finding.whose[1:]}"
            lines.append(f"{'':<{width + 8}}-> {plain(f'{whose}: {finding.next}')}")
    results = [finding.result for finding in findings]
    failures, warnings = results.count("FAIL"), results.count("WARN")
    lines += ["", f"{counted(failures, 'failure')}, {counted(warnings, 'warning')}, {results.count('PASS')} passed."]
    document = {"as_of": now.isoformat(timespec="seconds"), "checks": list(map(asdict, findings))}
    print_either(output_format, document, lines)
    raise click.exceptions.Exit(2 if failures else 1 if warnings else 0)
