"""What the sheet says and what is wrong: `cwac check`, `columns`, `alerts`, `gaps`, `backtest` and `doctor`."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, replace
from itertools import groupby
from typing import TYPE_CHECKING

import click

from cwac.analysis.words import counted, shorten, with_guests
from cwac.cli.options import PORT, as_bad, on_option, read_snapshot, settings_for, source_argument, text_or_json_option
from cwac.cli.output import Command, as_called, plain, print_answer, print_either, progress
from cwac.clock import read_clock
from cwac.date_words import clock_range, day_words, days_away, month_words
from cwac.model import Problem, Snapshot
from cwac.settings import SettingsError
from cwac.settings.values import parse_address

if TYPE_CHECKING:
    from cwac.analysis.periods import Period
    from cwac.analysis.staffing import Gap


_MAX_CELLS = 8
"""Cells listed for one piece of advice, and pieces of advice for one kind of mistake."""
_MOST_HELD = 20
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
    document["public"] = documents.public(snapshot)
    print_answer(snapshot, output_format, document, _sheet_lines(snapshot))
    if any(problem.severity == "error" for problem in snapshot.problems):
        raise click.exceptions.Exit(1)


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
    yield from public_lines(snapshot)
    yield ""
    yield from reading_lines(snapshot)


def public_lines(snapshot: Snapshot) -> Iterator[str]:
    """What is public and what is held back, each with its cell and the reason."""
    from cwac import release

    yield release.summary(snapshot)
    held = release.held_back(snapshot)
    for one in held[:_MOST_HELD]:
        place = " ".join(filter(None, (one.tab, one.cell)))
        yield f"  {one.event_id or 'Every event'}: {release.what_words(one)}: {one.why}{f' ({place})' if place else ''}"
    if len(held) > _MOST_HELD:
        yield f"  and {len(held) - _MOST_HELD:,} more; --format json lists them all"


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
    from cwac.analysis import cells

    yield "How the sheet is read"
    for table in snapshot.reading:
        columns = table.columns if every_column else cells.unusual_columns(table)
        by_name = "" if columns or not table.columns else "; every column has its own name"
        yield f'  "{shorten(table.tab)}" is {cells.table_words(table)}{by_name}'
        for column in columns:
            header = f'"{shorten(column.header, 30)}"'
            yield f"    {column.column:<3}{header:<34}{cells.column_words(column)}"
    questions, tabs = cells.column_questions(snapshot.reading), cells.asked_tabs(snapshot)
    if answers and (questions or tabs):
        yield ""
        questions_words = counted(len(questions) + len(tabs), "question")
        yield as_called(f"{questions_words}, answered by cwac connect or in the settings, such as:")
        yield from ["  [columns]"] if questions else []
        for question in questions:
            such = f", such as {', '.join(question.cells)}" if question.cells else ""
            yield f"  {cells.settings_line(question.name, question.perhaps)}  # {question.place}{such}"
        yield from ["  [tabs]"] if tabs else []
        for title in tabs:
            yield f"  {cells.settings_line(title, 'Events')}"
    yield ""
    yield "The first events as they were read" if snapshot.events else "No event was read."
    for event, (*words, guests, status) in cells.first_events(snapshot):
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


@click.command("alerts", cls=Command, short_help="List conflicts and openings in the plan.")
@source_argument
@on_option
@text_or_json_option
def list_alerts(source: str | None, on: dt.date | None, output_format: str) -> None:
    """List the conflicts and openings in the plan from today on, soonest first."""
    from cwac.analysis.alerts import ALERT_CODES, alerts
    from cwac.analysis.events import upcoming
    from cwac.exports.documents import alert_row

    settings = settings_for(source)
    snapshot = read_snapshot(source, on, settings)
    listed = alerts(snapshot, snapshot.today, settings.rules)
    lines = []
    for days, of_day in groupby(listed, lambda alert: alert.days_until):
        lines += ["", f"{day_words(snapshot.today + dt.timedelta(days=days))} ({days_away(days)})"]
        for alert in of_day:
            lines.append(f"  {alert.severity}: {ALERT_CODES[alert.code]} [{', '.join(alert.event_ids)}]")
            lines.append(f"      {alert.message}")
    if not listed:
        lines = ["", f"No alerts for {counted(len(upcoming(snapshot, snapshot.today)), 'event')} to come."]
    print_answer(snapshot, output_format, {"alerts": list(map(alert_row, listed))}, lines[1:])


@click.command("gaps", cls=Command, short_help="List missing officers, and which agencies still have to send them.")
@source_argument
@on_option
@text_or_json_option
@click.option("--month", metavar="MONTH", help="Only the events of this month, such as 2026-12. Default: all to come.")
@click.option("--agency", metavar="NAME", help="What this agency still has to send, then what is open to any agency.")
def list_gaps(
    source: str | None, on: dt.date | None, output_format: str, month: str | None, agency: str | None
) -> None:
    """List the officers missing at the events from today on, and which agencies still have to send them."""
    from cwac.exports import documents

    with as_bad("--month"):
        period = None if month is None else month_named(month)
    snapshot = read_snapshot(source, on, settings_for(source))
    with as_bad("--agency"):
        short = None if agency is None else agency_named(snapshot, agency)
    rows = documents.gap_rows(documents.gaps(snapshot, period, short))
    print_answer(snapshot, output_format, {"gaps": rows}, gap_lines(snapshot, period, short))


_MONTH = re.compile(r"\s*(?P<year>\d{4})-(?P<month>\d{1,2})\s*", re.ASCII)
_MAX_NAMED = 10


def month_named(typed: str) -> Period:
    """The calendar month called `2026-12`. Raises `ValueError` with a sentence for the user."""
    from cwac.analysis.periods import month_of

    if not typed.strip():
        raise ValueError("It is empty: write the year and the month, such as 2026-12.")
    match = _MONTH.fullmatch(typed)
    if match is None or not 1 <= int(match["month"]) <= 12:
        raise ValueError(f"{typed} is not a month: write the year and the month, such as 2026-12.")
    if not 1990 <= int(match["year"]) <= 2100:
        raise ValueError(f"{typed} is too far away: choose a month of 1990 to 2100.")
    return month_of(dt.date(int(match["year"]), int(match["month"]), 1))


def agency_named(snapshot: Snapshot, typed: str) -> str:
    """The short name of the agency with this name or alias in any case; a `ValueError` names the nearest agency."""
    from cwac.sheet.names import Agencies

    wanted, used = typed.strip().casefold(), [short for event in snapshot.events for short in event.agencies]
    used += [row.agency for row in snapshot.assignments if row.agency]
    short_by_name = {
        name.casefold(): agency.short
        for agency in snapshot.agencies
        for name in (*agency.aliases, agency.name, agency.short)
    } or {short.casefold(): short for short in used}
    short = Agencies(snapshot.agencies).find(typed) if snapshot.agencies else short_by_name.get(wanted)
    if short:
        return short
    if not short_by_name:
        raise ValueError(f"{typed} is not an agency of this sheet: it names none.")
    shorts = sorted(set(short_by_name.values()))
    others = f" and {len(shorts) - _MAX_NAMED} more" if len(shorts) > _MAX_NAMED else ""
    listing = f"{', '.join(shorts[:_MAX_NAMED])}{others}"
    if not wanted:
        raise ValueError(f"It is empty: name one of {listing}.")
    nearest = short_by_name[difflib.get_close_matches(wanted, short_by_name, n=1, cutoff=0.0)[0]]
    raise ValueError(f"{typed} is not an agency of this sheet. Did you mean {nearest}? It has {listing}.")


def gap_lines(snapshot: Snapshot, month: Period | None, agency: str | None) -> Iterator[str]:
    """What the agency (or each) still has to send and to which events, then what is open to any agency."""
    from cwac.analysis.staffing import gap_board, still_needed, to_send_words

    if month is not None and month.last < snapshot.today:
        yield f"{month_words(month.first)} is over: nothing is left to fill."
        return
    board = gap_board(snapshot, snapshot.today, until=month.last if month else None)
    needed = still_needed([gap for gap in board if month is None or gap.fill.event.date in month], agency)
    yield needed.answer(f"in {month_words(month.first)}" if month else "")
    if agency is None:
        yield from (f"{to_send_words(name, owed)}." for name, owed in needed.to_send.items())
        yield from filter(None, [needed.any_words])
    yield from _gap_events(needed.first, snapshot.today, agency)
    if agency and needed.any_words:
        yield from ("", needed.any_words, *_gap_events(needed.free, snapshot.today, ""))


def _gap_events(gaps: Sequence[Gap], today: dt.date, agency: str | None) -> Iterator[str]:
    """The events that miss an officer, by day, each with what it needs of the agency, of any ("") or in all (None)."""
    from cwac.analysis.events import wanted_words, where

    gaps = [gap for gap in gaps if gap.fill.short or gap.fill.owed]
    for days, same_day in groupby(gaps, lambda gap: gap.days):
        yield ""
        yield f"{day_words(today + dt.timedelta(days=days))} ({days_away(days)})"
        for gap in same_day:
            event = gap.fill.event
            named = f", {', '.join(event.agencies)}" if event.agencies else ""
            yield f"  {clock_range(event.start, event.end)}, {where(event)}{named} [{event.id}]"
            owed = {name: number for name, number in gap.fill.owed if agency in (None, name)}
            short = gap.fill.short if agency is None else sum(owed.values()) or gap.fill.any_agency
            wanted = f". Still needed: {wanted_words(short, owed)}" if gap.fill.short else ""
            yield f"      {gap.fill.words}{wanted}"


@click.command("backtest", cls=Command, short_help="Say how good the forecasts of attendance are.")
@source_argument
@on_option
@text_or_json_option
def run_backtest(source: str | None, on: dt.date | None, output_format: str) -> None:
    """Forecast each past event from those before it, and say how far off the forecasts were."""
    from cwac.analysis.forecast import AHEAD, backtest, fit, right

    snapshot = read_snapshot(source, on, settings_for(source))
    with progress("Forecasting the past"):
        near, far = backtest(fit(snapshot)), backtest(fit(snapshot, AHEAD))
    lines = [near.words]
    if near.tried:
        if near.first_visits:
            lines.append(f"At first visits to a venue it was {right(near.first_visits)}.")
        lines += [f"At {venue} it was {right(there)}." for venue, there in near.by_venue.items()]
        lines += ["", far.words]
    document = {"backtest": near.as_dict(), "backtest_30_days": far.as_dict()}
    print_answer(snapshot, output_format, document, lines)
