"""The command line: `cwac check | alerts | gaps | changes | report | backtest | export | template | history | restore`.

What was asked for goes to standard output, words about it to standard error. Nothing is printed before all of it is
known, so a command that fails prints nothing but one sentence that says what to do. Modules are imported where they
are used: most commands need few of them, and people wait for the first line.
"""

from __future__ import annotations

import datetime as dt
import os
import stat
import sys
import tempfile
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from cwac.model import PROBLEM_KEYS, SEVERITIES, Accounting, Alert, Problem, SourceUnavailable
from cwac.settings import Settings, SettingsError, load

if TYPE_CHECKING:
    from cwac.analysis.changes import Change
    from cwac.exports.ical import Past
    from cwac.model import Snapshot, Workbook
    from cwac.storage.store import PurgedText, Store, Version

EXIT_ERRORS = 1
EXIT_UNUSABLE = 2

SAMPLE = "sample"
"""The word for the built-in sample where a workbook could be named."""

FORMATS = ("csv", "json", "xlsx", "ics")
_PATIENCE = 1.0
"""Seconds."""
_CELLS_SHOWN = 8
_FOUND_SHOWN = 60


class _Refusal(click.ClickException):
    exit_code = EXIT_UNUSABLE


class _Command(click.Command):
    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _printing_help(super().get_help_option(ctx))


def _printing_help(option: click.Option | None) -> click.Option | None:
    """Help goes the same way out as all else, and so does its trouble."""

    def show(ctx: click.Context, _: click.Parameter, wanted: bool) -> None:
        if wanted and not ctx.resilient_parsing:
            _print(f"{ctx.get_help()}\n".encode())
            ctx.exit()

    if option is not None:
        option.callback = show
    return option


class _Commands(click.Group):
    """Every failure is one sentence on standard error and status 2; `CWAC_DEBUG=1` shows where it came from."""

    command_class = _Command
    group_class = type

    def get_help_option(self, ctx: click.Context) -> click.Option | None:
        return _printing_help(super().get_help_option(ctx))

    def main(self, *args: Any, **kwargs: Any) -> Any:
        try:
            return super().main(*args, **kwargs)
        except OSError as error:  # what the library prints by itself, such as the version, or a refusal
            _silence(sys.stdout)
            _silence(sys.stderr)
            _say(f"Error: Standard output cannot be written to ({error.strerror}).")
            sys.exit(EXIT_UNUSABLE)

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except (SourceUnavailable, SettingsError) as error:
            raise _Refusal(_plain(str(error))) from error
        except click.UsageError:
            raise
        except click.ClickException as error:
            raise _Refusal(error.format_message()) from error
        except (click.exceptions.Exit, click.Abort):
            raise
        except KeyboardInterrupt:
            raise click.exceptions.Exit(130) from None
        except Exception as error:
            if os.environ.get("CWAC_DEBUG"):
                raise
            said = _plain(f"{type(error).__name__}: {error}"[:200])
            raise _Refusal(
                f"Something went wrong inside cwac, and nothing was written ({said}). "
                "Please report it, with what CWAC_DEBUG=1 prints when the command is run again."
            ) from error


def _day(_: click.Context, __: click.Parameter, typed: str | None) -> dt.date | None:
    if typed is None:
        return None
    try:
        day = dt.date.fromisoformat(typed.strip())
    except ValueError:
        raise click.BadParameter(f"{_plain(typed)} is not a date: write one such as 2026-10-07.") from None
    if not 1990 <= day.year <= 2100:
        raise click.BadParameter(f"{day} is too far away: choose a day from 1990 to 2100.")
    return day


def _day_or_yesterday(ctx: click.Context, param: click.Parameter, typed: str) -> dt.date | None:
    """None for yesterday, which hangs on the sheet's zone."""
    if typed.strip().casefold() == "yesterday":
        return None
    try:
        return _day(ctx, param, typed)
    except click.BadParameter:
        said = f"{_plain(typed)} is neither a date, such as 2026-10-07, nor the word yesterday."
        raise click.BadParameter(said) from None


_EXAMPLES = """
\b
Examples:
  cwac check                                   the configured sheet, else the sample
  cwac check plan.xlsx                         a workbook on this computer
  cwac check https://docs.google.com/spreadsheets/d/…
  cwac alerts plan.xlsx --on 2026-10-01        as it looks on 1 October
  cwac gaps --month 2026-12 --agency SCSO      who is still wanted in December
  cwac export attendance --format xlsx -o counts.xlsx
  cwac report 2026-Q3 -o q3.pdf                the quarter on a page
  cwac changes --since 2026-09-24              what changed since, and which gaps that opened
  cwac template plan.xlsx                      a blank workbook to start from
  cwac restore 12 -o as-it-was.xlsx            what cwac history lists, as a workbook

\b
Exit status:
  0  done
  1  check found errors: something in the sheet is not used
  2  the sheet, a setting or the command cannot be used; standard output is empty

Settings come from .streamlit/secrets.toml and the environment (CWAC_WORKBOOK, CWAC_SPREADSHEET, CWAC_TIMEZONE, …).
"""


def _not_empty(_: click.Context, __: click.Parameter, typed: str | None) -> str | None:
    """An empty name is mostly a variable that was never filled in: the sample must not be read in its place."""
    if typed is not None and not typed.strip().strip(_INVISIBLE):
        raise click.BadParameter(
            "it is empty: name an .xlsx file, the address of a sheet or a county, or leave it out altogether."
        )
    return typed


_INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff"


class _Output(click.Path):
    """A file to write. What cannot be one is said before anything is read."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        typed = os.fsdecode(value)
        path = Path(typed)
        if typed == "-":
            return path
        if not typed.strip():
            raise click.BadParameter("it is empty: name a file to write.", ctx, param)
        if "\0" in typed:
            raise _unwritable(typed, "it is no file name")
        # A path forgets the slash at its end, and what was meant as a folder would become a file of its name.
        if typed.endswith(tuple(one for one in (os.sep, os.altsep) if one)) or path.is_dir() or path.name in ("", ".."):
            raise _unwritable(typed, "it is a folder")
        if not path.parent.is_dir():
            raise _unwritable(typed, "Not a directory" if path.parent.exists() else "No such file or directory")
        return path


def _unwritable(path: Path | str, why: str | None) -> _Refusal:
    return _Refusal(f"{_plain(str(path))} cannot be written ({why}): check the folder, and who may write there.")


_source = click.argument("source", required=False, callback=_not_empty)
_on = click.option(
    "--on", metavar="DATE", callback=_day, help='The day to take for "today". Default: today, where the sheet is.'
)
_words_or_json = click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="How to print it."
)


@click.group(cls=_Commands, epilog=_EXAMPLES, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="cwac")
def main() -> None:
    """Coffee with a Cop: what a shared sheet says, and what is wrong with it.

    SOURCE is an .xlsx file, the address of a Google Sheet, the word "sample", or the name of a county where several
    sheets are configured. Without it, the configured sheet is read; where none is configured, the built-in sample.
    """


@main.command(short_help="Say what in the sheet could not be read.")
@_source
@_on
@_words_or_json
def check(source: str | None, on: dt.date | None, form: str) -> None:
    """Say what in the sheet could not be read, and what to type instead.

    Exits with 1 where a cell or row is not used, with 0 where all is used, whatever else there is to look at.
    """
    snapshot = _read(source, on, _settings(source), quiet=form == "json")
    if form == "json":
        _print_json(
            {
                **_heading(snapshot),
                "tabs": {name: _fields(accounting) for name, accounting in _accounting(snapshot)},
                "problems": [_problem(problem, snapshot) for problem in snapshot.problems],
            }
        )
    else:
        _print_text(_check_lines(snapshot))
    if any(problem.severity == "error" for problem in snapshot.problems):
        raise click.exceptions.Exit(EXIT_ERRORS)


@main.command(short_help="List clashes and gaps in the plan.")
@_source
@_on
@_words_or_json
def alerts(source: str | None, on: dt.date | None, form: str) -> None:
    """List the clashes and gaps in the plan from today on, soonest first."""
    from cwac.analysis import alerts as answers

    settings = _settings(source)
    snapshot = _read(source, on, settings, quiet=form == "json")
    found = answers.alerts(snapshot, snapshot.today, settings.rules)
    if form == "json":
        _print_json({**_heading(snapshot), "alerts": [_fields(alert) for alert in found]})
    else:
        _print_text(_alert_lines(snapshot, found, answers.ALERT_CODES))


@main.command(short_help="List open positions, and which agency owes officers.")
@_source
@_on
@_words_or_json
@click.option("--month", metavar="MONTH", help="Only the events of this month, such as 2026-12. Default: all to come.")
@click.option("--agency", metavar="NAME", help="Only the events that name this agency or ask it for an officer.")
def gaps(source: str | None, on: dt.date | None, form: str, month: str | None, agency: str | None) -> None:
    """List the open positions of the events from today on, soonest first, and which agency owes how many officers."""
    from cwac import cli_gaps

    try:
        period = None if month is None else cli_gaps.month_named(month)
    except ValueError as error:
        raise click.BadParameter(_plain(str(error)), param_hint="--month") from None
    snapshot = _read(source, on, load(), quiet=form == "json")
    try:
        short = None if agency is None else cli_gaps.agency_named(snapshot, agency)
    except ValueError as error:
        raise click.BadParameter(_plain(str(error)), param_hint="--agency") from None
    found = cli_gaps.gaps(snapshot, period, short)
    if form == "json":
        _print_json({**_heading(snapshot), "gaps": cli_gaps.rows(found)})
    else:
        _print_text([*_title(snapshot), *cli_gaps.lines(snapshot, found, period, short)])


@main.command(short_help="Write the quarter on a page.")
@click.argument("quarter", metavar="QUARTER")
@_source
@_on
@click.option(
    "--format",
    "form",
    type=click.Choice(["pdf", "xlsx", "csv", "json"]),
    help="Default: what FILE ends in. Only csv and json go to the screen.",
)
@click.option(
    "-o", "--output", type=_Output(path_type=Path), metavar="FILE", help="The page: .pdf, .xlsx, .csv or .json."
)
@click.option("--agency", metavar="NAME", help="Only the events of this agency, by its short name. Default: all.")
def report(
    quarter: str, source: str | None, on: dt.date | None, form: str | None, output: Path | None, agency: str | None
) -> None:
    """Write a quarter, such as 2026-Q3, on a page: what was held, who came, what it took, and what has changed.

    FILE's ending says how: .pdf to print, .xlsx to work with, .csv and .json to read by machine. No officer is named.
    """
    from cwac.analysis import periods
    from cwac.exports import quarterly as paper
    from cwac.exports.tables import to_json

    to_screen = output is None or str(output) == "-"
    if form is None and output is None:
        raise click.UsageError("Missing option '-o' / '--output'.")
    form = form or (output.suffix.lower().lstrip(".") if output else "")
    if form not in (*paper.FORMATS, "json"):
        named = _plain(output.name) if output else form
        raise click.UsageError(f"{named} does not say what to write: end it in .pdf, .xlsx, .csv or .json.")
    if to_screen and form in ("pdf", "xlsx"):
        raise click.UsageError(f"A page cannot be shown on a screen: name a file with -o, such as -o q3.{form}.")
    try:
        periods.quarter_named(quarter)
    except ValueError as error:
        raise click.BadParameter(_plain(str(error)), param_hint="QUARTER") from None
    settings = _settings(source)
    snapshot = _read(source, on, settings, quiet=to_screen)
    try:
        answer = paper.quarter(snapshot, quarter, agency, settings.rules)
    except ValueError as error:
        raise click.BadParameter(_plain(str(error)), param_hint="--agency") from None
    with _waiting(f"Writing {answer.period.label}", quiet=to_screen):
        if form == "json":
            written = to_json({**_heading(snapshot), **paper.in_json(answer)})
        else:
            written = paper.FORMATS[form](answer)
    if output is None or to_screen:
        _print(written)
        return
    with _taking_the_place_of(output) as beside:
        beside.write_bytes(written)
    held = _many(len(answer.outcomes.held), "event")
    _say(f"{answer.period.label}, {answer.agency_label}: {held} held, written to {_plain(str(output))}.")


@main.command(short_help="Say how good the forecasts of attendance are.")
@_source
@_on
@_words_or_json
def backtest(source: str | None, on: dt.date | None, form: str) -> None:
    """Forecast each past event from those before it, and say how far off the forecasts were."""
    from cwac.analysis import forecast

    snapshot = _read(source, on, _settings(source), quiet=form == "json")
    with _waiting("Forecasting the past", quiet=form == "json"):
        tried = forecast.backtest(snapshot)
    if form == "json":
        found = {name: getattr(tried, name) for name in tried.__dataclass_fields__}
        _print_json({**_heading(snapshot), "backtest": found})
    else:
        firsts = [f"At {tried.first_visits} of them the venue was new."] if tried.n else []
        _print_text([*_title(snapshot), tried.words, *firsts])


@main.command(short_help="Write rows for another program.")
@click.argument("what", type=click.Choice(["events", "staffing", "attendance", "follow-ups"]))
@_source
@_on
@click.option(
    "--format",
    "form",
    type=click.Choice(FORMATS),
    help="Default: csv, or what FILE ends in. ics: events only.",
)
@click.option("-o", "--output", type=_Output(path_type=Path), metavar="FILE", help="Write to FILE, not to the screen.")
@click.option("--summaries", is_flag=True, help="With follow-ups: also what residents said. Handle with care.")
def export(
    what: str, source: str | None, on: dt.date | None, form: str | None, output: Path | None, summaries: bool
) -> None:
    """Write events, staffing, attendance or follow-ups for another program."""
    from cwac.exports import tables

    to_screen = output is None or str(output) == "-"
    form = form or _by_suffix(output)
    if summaries and what != "follow-ups":
        raise click.UsageError("--summaries goes with follow-ups only.")
    if form == "ics" and what != "events":
        raise click.UsageError("Only events can be written as ics: they are what a calendar shows.")
    if form == "xlsx" and to_screen and _is_terminal(sys.stdout):
        raise click.UsageError("A workbook cannot be shown on a screen: name a file with -o, such as -o events.xlsx.")

    settings = _settings(source)
    snapshot = _read(source, on, settings, quiet=form == "json")
    columns, rows_of = tables.TABLES[what]
    with _waiting(f"Writing {what}", quiet=form == "json"):
        rows = rows_of(snapshot)
        if summaries:
            columns, rows = (*columns, tables.SUMMARY), tables.follow_up_rows(snapshot, summaries=True)
        if form == "ics":
            from cwac.exports.ical import to_ics

            written = to_ics(snapshot, settings.rules, _past(snapshot, settings), _link(source, settings))
        elif form == "json":
            written = tables.to_json(rows)
        elif form == "xlsx":
            written = tables.to_xlsx(rows, columns, what.capitalize())
        else:
            written = tables.to_csv(rows, columns)
    _audit(
        settings,
        source,
        f"exported {what}{' with summaries' if summaries else ''} as {form}, {_many(len(rows), 'row')}",
    )
    if output is None or to_screen:
        _print(written)
    else:
        with _taking_the_place_of(output) as beside:
            beside.write_bytes(written)
        _say(f"{len(rows)} rows written to {_plain(str(output))}.")


@main.command(short_help="Write what a public-records request would get.")
@_source
@click.option("--from", "first", required=True, metavar="DATE", callback=_day, help="The first day of the period.")
@click.option("--to", "last", required=True, metavar="DATE", callback=_day, help="The last day of the period.")
@click.option(
    "-o", "--output", required=True, type=_Output(path_type=Path), metavar="FILE.xlsx", help="The workbook to write."
)
@click.option("--force", is_flag=True, help="Replace FILE.xlsx where there is one already.")
@_on
def records(source: str | None, first: dt.date, last: dt.date, output: Path, force: bool, on: dt.date | None) -> None:
    """Write the sheet's rows of the events of a period, as typed, with a list of the columns to look at first.

    Nothing in it is redacted. Rows older than two years are marked as eligible for review, and never deleted.
    """
    from cwac.exports import public_records as answers

    if last < first:
        raise click.BadParameter(f"{last} is before {first}.", param_hint="--to")
    _refuse_to_replace(output, force)
    settings = _settings(source)
    snapshot, workbook = _read_both(source, on, settings, quiet=False)
    with _waiting("Writing the workbook", quiet=False):
        found = answers.records(workbook, snapshot, first, last)
        written = answers.to_xlsx(found, workbook, snapshot, first, last)
    _audit(settings, source, f"wrote records from {first} to {last}")
    with _taking_the_place_of(output) as beside:
        beside.write_bytes(written)
    rows, columns = sum(len(part.rows) for part in found.parts), sum(one.look and one.filled > 0 for one in found.looks)
    _say(f"{rows} rows written to {_plain(str(output))}.")
    _say(f"Nothing is redacted: look at {_many(columns, 'column')} on its tab Redaction first.")


@main.command(name="changes", short_help="Say what changed in the sheet, and what that did to the staffing.")
@_source
@click.option(
    "--since",
    metavar="DATE|yesterday",
    default="yesterday",
    callback=_day_or_yesterday,
    show_default=True,
    help="From the first minute of that day on, where the sheet is.",
)
@_on
@_words_or_json
def list_changes(source: str | None, since: dt.date | None, on: dt.date | None, form: str) -> None:
    """Say what changed in the sheet since a day, from the versions that the dashboard has kept.

    What residents said, notes and how officers want to be reached are never repeated.
    """
    from cwac.analysis import changes as answers
    from cwac.sheet.reader import read_workbook

    settings = _settings(source)
    with _store(settings, source) as store:
        chosen = _naming_one(source, settings)
        last = _last_version(store, chosen)
        timezone = last.timezone
        today = on or dt.datetime.now(ZoneInfo(timezone)).date()
        first = since or today - dt.timedelta(days=1)
        if first > today:
            raise click.BadParameter(f"{first} is still to come.", param_hint="--since")
        base = store.as_of(last.source, dt.datetime.combine(first, dt.time(), ZoneInfo(timezone)))
        late = base is None
        base = base or store.oldest(last.source)
        assert base is not None
        with _waiting("Comparing", quiet=form == "json"):
            before, after = (read_workbook(store.load(one), today, settings.rules) for one in (base, last))
            found = answers.changes(before, after, settings.rules)
    began = base.at.astimezone(ZoneInfo(timezone))
    if late:
        first = began.date()
        _say(
            f"No version from before is kept: this is what changed since the first one, of {_when(base.at, timezone)}."
        )
    if form == "json":
        seen = last.seen_at.astimezone(ZoneInfo(timezone))
        heading = {
            "source": chosen.workbook or chosen.spreadsheet,
            "as_of": seen.isoformat(),
            "since": first.isoformat(),
        }
        _print_json({**heading, "changes": [_change(one) for one in found]})
    else:
        _print_text(_change_lines(last, first, found, after))


def _last_version(store: Store, chosen: Settings) -> Version:
    """The last version of the sheet that was shown."""
    if chosen.sample:
        raise _Refusal("No sheet is configured: name the one whose changes are wanted.")
    if chosen.workbook:
        name = chosen.workbook
    else:
        from cwac.sources.google import spreadsheet_key

        name = f"https://docs.google.com/spreadsheets/d/{spreadsheet_key(chosen.spreadsheet or '')}"
    last = store.latest(name) if store.is_there else None
    if last is None and chosen.workbook:
        raise _Refusal(
            f"{_plain(name)} is a file, and a file has no history: what changed is known of a sheet "
            "that the dashboard reads and keeps. cwac history lists what is kept."
        )
    if last is None:
        raise _Refusal(
            f"No version of {_plain(name)} is kept yet: the dashboard keeps them while it runs. "
            "CWAC_STORE must name the store that it writes to."
        )
    return last


def _change(change: Change) -> dict[str, Any]:
    effects = [{name: getattr(one, name) for name in one.__dataclass_fields__} for one in change.effects]
    return {
        "action": change.action,
        "tab": change.tab,
        "id": change.id,
        "event_id": change.event_id,
        "date": change.date.isoformat() if change.date else None,
        "agencies": change.agencies,
        "details": change.details,
        "effects": effects,
    }


def _change_lines(last: Version, since: dt.date, found: Sequence[Change], after: Snapshot) -> Iterator[str]:
    from cwac.analysis.change_effects import EFFECTS
    from cwac.analysis.events import day_words

    today = after.today
    yield f"{last.source}, as of {_when(last.seen_at, last.timezone)}; changes since {day_words(since, today)}."
    if not found:
        yield ""
        yield "Nothing has changed."
    place = None
    for change in found:
        here = "To come" if change.date and change.date >= today else "Past" if change.date else "Lists"
        if here != place:
            place = here
            yield ""
            yield f"{here}:"
        when = f" ({day_words(change.date, today)})" if change.date else ""
        said = "; ".join(change.details) or "nothing typed here, but elsewhere"
        yield f"  {change.subject}{when}: {said}"
        for effect in change.effects:
            yield f"      {EFFECTS[effect.kind]}: {effect.message}"


@main.command(short_help="Say who did what in the dashboard.")
@click.option("--most", type=click.IntRange(min=1), default=100, show_default=True, help="How many lines.")
def audit(most: int) -> None:
    """List who came in, was refused, downloaded, made or used a feed, restored or purged; newest first."""
    with _store(reading=True) as store:
        entries = store.audited(most)
    click.echo(f"Entries are kept for {_many(load().audit_days, 'day')} (audit_days).", err=True)
    _print_text(f"{entry.at.astimezone():%Y-%m-%d %H:%M:%S %z}  {entry.who}  {entry.what}" for entry in entries)


@main.command(short_help="Write a workbook to start from.")
@click.argument("file", type=_Output(path_type=Path), metavar="FILE.xlsx")
@click.option("--sample", is_flag=True, help="Fill it with the built-in sample, deliberate mistakes included.")
@click.option("--force", is_flag=True, help="Replace FILE.xlsx where there is one already.")
@_on
def template(file: Path, sample: bool, force: bool, on: dt.date | None) -> None:
    """Write a workbook to start from: every tab and column, with dropdowns and notes."""
    from cwac.sheet.template import write_template

    _refuse_to_replace(file, force)
    workbook = _sample(load(), on) if sample else None
    with _taking_the_place_of(file) as beside:
        write_template(beside, workbook)
    _say(f"Written to {_plain(str(file))}.")


@main.group(invoke_without_command=True, short_help="List the versions of the sheet that are kept.")
@_words_or_json
@click.pass_context
def history(context: click.Context, form: str) -> None:
    """List the versions of the sheet that the dashboard has kept, newest first."""
    if context.invoked_subcommand is not None:
        return
    with _store(reading=True) as store:
        kept, sizes = store.versions(), store.sizes()
    if form == "json":
        found = [
            {
                "version": one.id,
                "at": one.at.isoformat(),
                "seen_at": one.seen_at.isoformat(),
                "shown": one.good,
                "bytes": sizes.get(one.id, 0),
                "content_hash": one.content_hash,
                "source": one.source,
                "timezone": one.timezone,
            }
            for one in kept
        ]
        _print_json({"store": store.address, "versions": found})
    else:
        _print_text(_history_lines(store.address, kept, sizes))


@history.command(short_help="Take a version, or a text in all of them, away for good.")
@click.argument("version", type=click.IntRange(min=1), metavar="[VERSION]", required=False)
@click.option("--text", metavar="TEXT", help="Take this text out of every version; - reads it from standard input.")
@click.option("--why", metavar="TEXT", help="What stays in the audit, such as: a name by mistake.")
@click.option("--dry-run", is_flag=True, help="With --text: only say where it is.")
@click.option("--yes", is_flag=True, help="With --text: do not ask.")
def purge(version: int | None, text: str | None, why: str | None, dry_run: bool, yes: bool) -> None:
    """Take a kept version away for good, or one text out of all of them, where it must not be kept.

    Who did, and why, is written down; the text is not. Mend the sheet first: what is in it still is kept again at the
    next look. A text is found anywhere in a cell, in capitals or not.
    """
    if (version is None) == (text is None):
        raise click.UsageError("Say which VERSION must go, or with --text which text must go from all of them.")
    if text is not None:
        _purge_text(text, why, dry_run=dry_run, yes=yes)
        return
    if dry_run or yes:
        raise click.UsageError("--dry-run and --yes go with --text.")
    if why is None or not why.strip():
        raise click.BadParameter("say in a few words why it must go.", param_hint="--why")
    assert version is not None
    with _store() as store:
        gone = store.purge(version, _operator(), _plain(why.strip()), dt.datetime.now(dt.UTC))
    if gone is None:
        raise _not_kept(version)
    _say(f"Version {version} of {_plain(gone.version.source)} is gone.")
    if gone.also_in:
        listed = ", ".join(map(str, gone.also_in))
        _say(f"One of its tabs is still kept, cell for cell, in: {listed}. Purge those as well, or not.")


def _purge_text(text: str, why: str | None, *, dry_run: bool, yes: bool) -> None:
    from cwac.storage.text_removal import TextToRemove

    if text == "-":
        text = sys.stdin.read().strip("\r\n")
    try:
        wanted = TextToRemove(text)
    except ValueError as error:
        raise click.BadParameter(f"give {error}.", param_hint="--text") from None
    if why is not None and wanted.is_in(why):
        raise click.BadParameter("it would stay in the audit: leave the text itself out.", param_hint="--why")
    what = f"purged a text from the kept versions{f': {_plain(why.strip())}' if why and why.strip() else ''}"
    with _store() as store:
        found = store.purge_text(wanted, _operator(), what, dt.datetime.now(dt.UTC), dry_run=True)
        if not found.versions or dry_run:
            _say_where(found, done=False)
            return
        if not yes:
            _say_where(found, done=False)
            if not click.confirm("Take it out of all of them? This cannot be undone.", err=True):
                raise _Refusal("Nothing was changed.")
        found = store.purge_text(wanted, _operator(), what, dt.datetime.now(dt.UTC))
        _say_where(found, done=True)
        if store.is_shared:
            click.echo(
                "PostgreSQL does not overwrite what it frees: until it is used again the text may be in its data "
                "files, and in the write-ahead log. VACUUM FULL tabs rewrites the table.",
                err=True,
            )
    click.echo(
        "It may still be in backups of the store, in files that people downloaded, in Google's own version history, "
        "and until its next start in the memory of a running dashboard.",
        err=True,
    )


def _say_where(found: PurgedText, *, done: bool) -> None:
    """Without the text itself."""
    if not found.versions:
        click.echo("No kept version holds it.", err=True)
    else:
        cells = ", ".join(f"{_plain(tab)} {count}" for tab, count in found.cells.items())
        said = "It was taken out of" if done else "It is in"
        many = f"{_many(sum(found.cells.values()), 'cell')} of {_many(len(found.versions), 'version')}"
        click.echo(f"{said} {many} ({cells}).", err=True)
    for source in found.newest:
        again = ", and then it is kept again: mend the sheet, and do this once more" if done else ": mend it first"
        click.echo(
            f"The newest version of {_plain(source)} held it. The sheet itself may hold it still{again}.", err=True
        )
    if found.lines:
        click.echo(f"The audit holds it too, in {_many(found.lines, 'line')}, and stays as it is.", err=True)
    if found.unreadable:
        listed = ", ".join(map(str, found.unreadable))
        click.echo(f"These versions cannot be read, so not searched: {listed}. Purge them by number.", err=True)
    for path in found.beside:
        click.echo(f"{_plain(str(path))} was not searched: it was moved aside, and may hold it too.", err=True)


@main.command(short_help="Write a kept version as a workbook.")
@click.argument("version", type=click.IntRange(min=1), metavar="VERSION")
@click.option(
    "-o", "--output", required=True, type=_Output(path_type=Path), metavar="FILE.xlsx", help="The workbook to write."
)
@click.option("--force", is_flag=True, help="Replace FILE.xlsx where there is one already.")
def restore(version: int, output: Path, force: bool) -> None:
    """Write a kept version of the sheet, by its number in `cwac history`, as a workbook. That is written down."""
    from cwac.exports import restore as restored
    from cwac.storage.store import StoreTrouble

    _refuse_to_replace(output, force)
    with _store(reading=True) as store:
        found = store.version(version)
        if found is None:
            raise _not_kept(version)
        workbook = store.load(found)
        with _waiting("Writing the workbook", quiet=False):
            written = restored.to_xlsx(workbook)
        try:
            store.audit(_operator(), f"restored version {version} to a file", dt.datetime.now(dt.UTC))
        except StoreTrouble as trouble:
            if trouble.cause != "read-only":
                raise
            click.echo("The history cannot be written to, so the audit does not say that you did this.", err=True)
    with _taking_the_place_of(output) as beside:
        beside.write_bytes(written)
    _say(f"Version {version}, of {_when(found.at, found.timezone)}, written to {_plain(str(output))}.")


def _refuse_to_replace(file: Path, force: bool) -> None:
    if file.suffix.lower() != ".xlsx":
        raise click.UsageError(f"Name a file that ends in .xlsx, not {_plain(file.name)}.")
    if not force and file.exists() and file.stat().st_size:
        # The name of the plan itself is the likeliest one to be typed here by mistake.
        raise _Refusal(f"{_plain(str(file))} is there already: choose another name, or --force to replace it.")


# --- what is kept -----------------------------------------------------------------------------------------------


@contextmanager
def _store(settings: Settings | None = None, source: str | None = None, *, reading: bool = False) -> Iterator[Store]:
    """The configured store, for `reading` on a disk that cannot be written to as well; its trouble is a refusal.

    Of the sample nothing is kept.
    """
    settings = load() if settings is None else settings
    if source == SAMPLE or (settings.sample and source is None and settings.store is None):
        raise _Refusal("No sheet is configured, and of the sample nothing is kept: name the store in CWAC_STORE.")
    from cwac.storage.store import Store, StoreTrouble

    store = Store(settings.store)
    try:
        store = store.or_read_only() if reading else store
        yield store
    except StoreTrouble as trouble:
        raise _Refusal(_plain(str(trouble))) from trouble
    finally:
        store.close()


def _past(snapshot: Snapshot, settings: Settings) -> Past | None:
    """What the store says of the events' past; None where it says nothing."""
    from cwac.storage import revisions
    from cwac.storage.store import Store, StoreTrouble

    store = Store(settings.store)
    if snapshot.source == SAMPLE or not store.is_there:
        return None
    try:
        return revisions.past(store, snapshot, settings.rules)
    except StoreTrouble as trouble:
        _say(f"{_plain(str(trouble))} So events are written as if they had never changed (SEQUENCE 0).")
        return None
    finally:
        store.close()


def _link(source: str | None, settings: Settings) -> str | None:
    """Where the dashboard shows the events of this source; None where it shows another, or nobody said where it is."""
    from cwac.exports.ical import event_link

    chosen = _naming_one(source, settings)
    for county in settings.counties:
        if chosen.spreadsheet == county.spreadsheet:
            return event_link(settings.address, county.name)
    same = (chosen.workbook, chosen.spreadsheet) == (settings.workbook, settings.spreadsheet)
    return event_link(settings.address) if same else None


def _not_kept(version: int) -> _Refusal:
    return _Refusal(f"There is no version {version}: cwac history lists those that are kept.")


def _operator() -> str:
    """Who is at this command line, for the audit: marked, as everybody there may call themselves what they like."""
    import getpass

    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = "somebody"
    return f"cli:{_plain(name)[:100]} (as typed)"


def _audit(settings: Settings, source: str | None, what: str) -> None:
    """Write down what is about to leave by this command line. Of the sample nothing is kept, nor where no sheet is
    configured.
    """
    if source == SAMPLE or (settings.sample and settings.store is None):
        return
    from cwac.storage.store import Store, StoreTrouble

    store = Store(settings.store)
    try:
        store.audit(_operator(), what, dt.datetime.now(dt.UTC))
    except StoreTrouble as trouble:
        click.echo(f"This is not in the audit: {_plain(str(trouble))}", err=True)
    finally:
        store.close()


def _history_lines(address: str, kept: Sequence[Version], sizes: Mapping[int, int]) -> Iterator[str]:
    yield f"{_many(len(kept), 'version')} in {address}"
    if not kept:
        return
    yield ""
    yield f"{'Version':>7}  {'First seen':<22}{'Size':>8}  {'Content':<14}Source"
    for one in kept:
        size = f"{-(-sizes.get(one.id, 0) // 1024)} kB"
        never = "" if one.good else " (damaged, never shown)"
        yield f"{one.id:>7}  {_when(one.at, one.timezone):<22}{size:>8}  {one.content_hash[:12]:<14}{one.source}{never}"


def _when(moment: dt.datetime, timezone: str) -> str:
    return f"{moment.astimezone(ZoneInfo(timezone)):%Y-%m-%d %H:%M %Z}"


# --- the source -------------------------------------------------------------------------------------------------


def _settings(source: str | None) -> Settings:
    return load(source_given=source is not None)


def _read(source: str | None, on: dt.date | None, settings: Settings, *, quiet: bool) -> Snapshot:
    """The snapshot of the source named, else of the one configured, else of the sample. Its `today` is `on`."""
    return _read_both(source, on, settings, quiet=quiet)[0]


def _read_both(source: str | None, on: dt.date | None, settings: Settings, *, quiet: bool) -> tuple[Snapshot, Workbook]:
    from cwac.sheet.reader import read_workbook

    chosen = _naming_one(source, settings)
    with _waiting(f"Reading {_plain(source or chosen.workbook or chosen.spreadsheet or SAMPLE)}", quiet=quiet):
        workbook = _workbook(chosen, on)
        today = on or dt.datetime.now(ZoneInfo(workbook.timezone)).date()
        return read_workbook(workbook, today, settings.rules), workbook


def _naming_one(source: str | None, settings: Settings) -> Settings:
    """The settings with the one source to read: a county by its name, else a file, an address or the sample."""
    counties = {one.name.casefold(): one for one in settings.counties}
    if source is None:
        if settings.workbook or not counties:
            return settings
        if len(counties) > 1:
            names = ", ".join(_plain(one.name) for one in settings.counties)
            raise _Refusal(f"Several sheets are configured. Say which to read: {names}.")
        return settings.of(settings.counties[0])
    if (county := counties.get(source.casefold())) is not None:
        return replace(settings.of(county), workbook=None)
    alone = replace(settings, workbook=None, spreadsheet=None, counties=())
    if source == SAMPLE:
        return alone
    if source.casefold().startswith(("https://", "http://")):
        return replace(alone, spreadsheet=source)
    return replace(alone, workbook=source)


def _workbook(chosen: Settings, on: dt.date | None) -> Workbook:
    if chosen.workbook:
        from cwac.sources.excel import read_excel

        return read_excel(chosen.workbook, chosen.timezone)
    if chosen.spreadsheet:
        return _google(chosen, chosen.spreadsheet)
    return _sample(chosen, on)


def _google(chosen: Settings, address: str) -> Workbook:
    """The sheet; a tab that was renamed is found by what the dashboard's store, where there is one, knows of it."""
    from cwac.refresh.source_factory import link_of
    from cwac.sources.google import GoogleSource
    from cwac.storage.store import Store

    google = GoogleSource.from_settings(chosen)
    link = link_of(address)
    before = Store(chosen.store).last_good(link) if link is not None else None
    if before is not None:
        google.remember(before)
    workbook = google.fetch()
    for name, title in workbook.renamed:
        click.echo(f'The tab "{_plain(title)}" is read as {_plain(name)}, as it was called before.', err=True)
    return workbook


def _sample(settings: Settings, on: dt.date | None) -> Workbook:
    from cwac.sources.sample import sample_workbook

    now = dt.datetime.now(ZoneInfo(settings.timezone))
    return sample_workbook(on or now.date(), now)


@contextmanager
def _waiting(doing: str, *, quiet: bool) -> Iterator[None]:
    """Say on a terminal what takes so long, and for how many seconds already; nothing within the first of them."""
    if quiet or not _is_terminal(sys.stderr):
        yield
        return
    done = threading.Event()

    def tell() -> None:
        seconds = 0
        while not done.wait(_PATIENCE):
            seconds += 1
            _say(f"\r{doing} … {seconds} s", end="")
        if seconds:
            _say("\r\x1b[K", end="")

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


# --- in JSON ----------------------------------------------------------------------------------------------------


def _heading(snapshot: Snapshot) -> dict[str, str]:
    return {"source": snapshot.source, "as_of": snapshot.as_of.isoformat(), "on": snapshot.today.isoformat()}


def _accounting(snapshot: Snapshot) -> list[tuple[str, Accounting]]:
    """By tab, in the contract's order."""
    from cwac.sheet.schema import TABS

    return [(spec.name, snapshot.accounting[spec.name]) for spec in TABS if spec.name in snapshot.accounting]


def _fields(record: Accounting | Alert) -> dict[str, Any]:
    """The record's fields are the contract's keys, in its order."""
    return {name: getattr(record, name) for name in record.__dataclass_fields__}


def _problem(problem: Problem, snapshot: Snapshot) -> dict[str, Any]:
    """By the contract's keys, the advice as whoever has the whole sheet may read it."""
    from cwac import access

    return {name: getattr(problem, name) for name in PROBLEM_KEYS} | {"advice": access.advice(problem, snapshot)}


def _print_json(document: dict[str, Any]) -> None:
    from cwac.exports.tables import to_json

    _print(to_json(document))


# --- in words ---------------------------------------------------------------------------------------------------


def _plain(text: str) -> str:
    """One line of visible characters: what a cell holds must not move the cursor, recolor or rewrite a terminal."""
    return "".join(ch if ch.isprintable() else " " if ch.isspace() else ascii(ch)[1:-1] for ch in text)


def _title(snapshot: Snapshot) -> list[str]:
    from cwac.analysis.events import day_words

    as_of = snapshot.as_of.astimezone(ZoneInfo(snapshot.timezone))
    return [f"{snapshot.source}, as of {as_of:%Y-%m-%d %H:%M %Z}; today is {day_words(snapshot.today)}.", ""]


def _check_lines(snapshot: Snapshot) -> Iterator[str]:
    yield from _title(snapshot)
    yield f"{'Tab':<12}{'rows':>8}{'kept':>8}{'left out':>10}{'skipped':>9}"
    for name, of in _accounting(snapshot):
        yield f"{name:<12}{of.rows:>8}{of.kept:>8}{of.left_out:>10}{of.skipped:>9}"
    meaning = {"error": "not used until put right", "warning": "used, but have a look", "notice": "good to know"}
    for severity in SEVERITIES:
        listed = [problem for problem in snapshot.problems if problem.severity == severity]
        if listed:
            yield ""
            yield f"{_many(len(listed), severity)}: {meaning[severity]}"
            yield from _problem_lines(listed, snapshot)
    if not snapshot.problems:
        yield ""
        yield "No problems."


def _problem_lines(problems: Iterable[Problem], snapshot: Snapshot) -> Iterator[str]:
    """One heading for a mistake however often it was made; the same advice once, below the cells it is for."""
    from cwac import access

    mistakes: dict[tuple[str, ...], dict[str, list[Problem]]] = {}
    for one in problems:
        where = (one.tab or "Whole workbook", *([one.column] if one.column else []))
        mistakes.setdefault((*where, one.code), {}).setdefault(access.advice(one, snapshot), []).append(one)
    for (*place, code), by_advice in mistakes.items():
        times = sum(map(len, by_advice.values()))
        yield ""
        yield f"  {', '.join(place)}: {code}{f', {times} times' if times > 1 else ''}"
        for advice, cells in list(by_advice.items())[:_CELLS_SHOWN]:
            for one in cells[:_CELLS_SHOWN]:
                found = None if one.found is None else f'"{_short(one.found)}"'
                cell = one.cell or (f"row {one.row}" if one.row else None)
                whose = f"for {', '.join(one.agencies) or 'everybody'}"
                yield f"    {'  '.join(part for part in (cell, found, whose, one.link) if part)}"
            if len(cells) > _CELLS_SHOWN:
                yield f"    and {len(cells) - _CELLS_SHOWN} more"
            yield f"      {advice}"
        if len(by_advice) > _CELLS_SHOWN:
            left = sum(map(len, list(by_advice.values())[_CELLS_SHOWN:]))
            yield f"    and {left} more; --format json lists them all"


def _alert_lines(snapshot: Snapshot, found: Sequence[Alert], headings: Mapping[str, str]) -> Iterator[str]:
    from cwac.analysis.events import day_words

    yield from _title(snapshot)
    if not found:
        yield f"No alerts for {_many(len(_upcoming(snapshot)), 'event')} to come."
    days: int | None = None
    for alert in found:
        if alert.days_until != days:
            if days is not None:
                yield ""
            days = alert.days_until
            yield f"{day_words(snapshot.today + dt.timedelta(days=days))} ({_in_days(days)})"
        yield f"  {alert.severity}: {headings.get(alert.code, alert.code)} [{', '.join(alert.event_ids)}]"
        yield f"      {alert.message}"


def _in_days(days: int) -> str:
    return {0: "today", 1: "tomorrow"}.get(days, f"in {days} days")


def _upcoming(snapshot: Snapshot) -> Sequence[object]:
    from cwac.analysis.events import upcoming

    return upcoming(snapshot, snapshot.today)


def _many(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _short(text: str) -> str:
    return text if len(text) <= _FOUND_SHOWN else f"{text[: _FOUND_SHOWN - 1]}…"


def _print_text(lines: Iterable[str]) -> None:
    _print("".join(f"{_plain(line)}\n" for line in lines).encode())


# --- ways out ---------------------------------------------------------------------------------------------------


def _say(words: str, *, end: str = "\n") -> None:
    """To standard error. Where that is closed or full, what was done is done all the same."""
    with suppress(OSError):
        click.echo(f"{words}{end}", nl=False, err=True)


def _is_terminal(stream: Any) -> bool:
    return stream is not None and bool(stream.isatty())  # None: closed by whoever started this


def _silence(stream: Any) -> None:
    """What is left in a buffer that cannot be written would be tried again at the very end, and complained about."""
    try:
        stream.flush()
    except (AttributeError, OSError, ValueError):
        with suppress(AttributeError, OSError, ValueError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _print(written: bytes) -> None:
    """To standard output, in UTF-8 whatever the locale says. A reader who has seen enough (`| head`) is no error."""
    if sys.stdout is None:
        raise _Refusal("Standard output is closed: nothing could be printed.")
    out = sys.stdout.buffer
    try:
        out.write(written)
        out.flush()
    except OSError as error:
        _silence(sys.stdout)
        if not isinstance(error, BrokenPipeError):
            raise _Refusal(f"Standard output cannot be written to ({error.strerror}).") from error


@contextmanager
def _taking_the_place_of(path: Path) -> Iterator[Path]:
    """A file beside `path`, which takes its place once all is written; a failure leaves what was there before."""
    real = Path(os.path.realpath(path))
    beside: Path | None = None
    try:
        if real.exists() and not stat.S_ISREG(real.stat().st_mode):
            if real.is_dir():
                raise IsADirectoryError(0, "it is a folder")
            yield real  # a device or pipe: nothing to take the place of
            return
        # Readable by its owner alone (0600), as mkstemp makes it: most of what is written names people.
        handle, name = tempfile.mkstemp(prefix=f".{real.stem}-", suffix=real.suffix, dir=real.parent)
        os.close(handle)
        beside = Path(name)
        yield beside
        beside.replace(real)
        beside = None
    except OSError as error:
        raise _unwritable(path, error.strerror) from error
    finally:
        if beside is not None:
            beside.unlink(missing_ok=True)


def _by_suffix(output: Path | None) -> str:
    """A workbook's or calendar's name says what to write: CSV in a file called .xlsx is one that Excel refuses."""
    suffix = output.suffix.lower().lstrip(".") if output else ""
    return suffix if suffix in FORMATS else "csv"
