"""`cwac connect`: from a service account's key, or a workbook, to settings that work, step by step."""

from __future__ import annotations

import os
import shlex
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from cwac.analysis.words import counted
from cwac.cli import connect_questions
from cwac.cli.options import complete_file, refuse_blank
from cwac.cli.output import (
    EXIT_UNUSABLE,
    Command,
    Refusal,
    as_called,
    is_terminal,
    plain,
    print_message,
    print_text,
    progress,
)
from cwac.clock import read_clock
from cwac.model import SourceUnavailable, Workbook
from cwac.settings import Settings, load
from cwac.settings.google import NAMES_ARE_PUBLIC

INTERVAL = 3.0
"""Seconds between two questions whether the sheet is shared; Google allows one account sixty a minute."""

_WAITED_FOR = ("not-shared", "api-disabled")
_SOURCES = ("CWAC_SPREADSHEET", "CWAC_WORKBOOK", "CWAC_SERVICE_ACCOUNT", "CWAC_CREDENTIALS")
_LATER = "What was written stays. To go on, run: cwac connect"


@click.command("connect", cls=Command, short_help="Connect a Google Sheet or an Excel file, step by step.")
@click.argument(
    "key_or_file",
    required=False,
    metavar="[KEY.json | FILE.xlsx]",
    callback=refuse_blank,
    shell_complete=complete_file,
)
@click.argument("sheet", required=False, metavar="[SHEET-URL]", callback=refuse_blank)
@click.option(
    "--wait",
    "minutes",
    type=click.FloatRange(0, 1440),
    default=15.0,
    show_default=True,
    metavar="MINUTES",
    help="How long to wait until the sheet is shared.",
)
def command(key_or_file: str | None, sheet: str | None, minutes: float) -> None:
    """Write the settings for a Google Sheet and the key of a service account, or for an Excel file; then check them.

    The settings are written to .streamlit/secrets.toml, for their owner alone; everything else in it stays. Then the
    address to share the sheet with is printed, and the command waits until the sheet is shared. Without arguments it
    asks, step by step; where the settings name a sheet already, it checks that one, or that of each county. At a
    terminal it asks about tabs and columns that it is not certain of, and writes the answers too.

    Exits with 0 once rows can be read, with 2 otherwise. No key is ever printed.
    """
    typed = [text.strip() for text in (key_or_file, sheet) if text]
    if typed:
        _refuse_environment()
    configured = load(source_given=True)
    key_file: Path | None = None
    if configured.counties and not configured.workbook:
        _check_counties(typed, configured, minutes)
    else:
        if typed or configured.sample:
            _refuse_environment()
            configured, key_file = connect_questions.connect(typed, configured)
        _check_source(configured, minutes)
    print_text([""])
    if key_file is not None and key_file.exists():
        print_text([f"Delete {key_file.absolute()}: the settings hold the key now, and a second copy can only leak."])
    print_text([*_who_is_let_in(configured), as_called("Start the dashboard: cwac serve")])


def connect_workbook(typed: str) -> None:
    """Connect this file and check it, for `cwac serve`; refuse where the settings name something else."""
    from cwac.checks import configured as checks

    config = checks.load()
    if config.error is not None:
        raise config.error
    path = connect_questions.path_of_workbook(typed)
    configured = load(source_given=True)
    if configured.workbook and Path(configured.workbook).absolute() == path:
        return
    if not configured.sample:
        raise Refusal(
            f"{checks.what_is_read(config).found} That is not overwritten: run cwac serve without a file to show it, "
            f"or cwac connect {shlex.quote(typed)} to show this file in its place."
        )
    _refuse_environment()
    configured, _ = connect_questions.connect([typed], configured)
    _check_source(configured, 0)
    print_text(_who_is_let_in(configured))


def _check_source(configured: Settings, minutes: float) -> None:
    from cwac.checks import google_sheet

    if configured.reads == "google" and configured.credentials == "key":
        _check_sheet(configured, minutes)
        return
    step = {"file": "file", "microsoft": "workbook"}.get(configured.reads, "sheet")
    workbook, trouble, credentials = google_sheet.look(configured)
    if workbook is None:
        assert trouble is not None
        raise _failed(step, trouble)
    if configured.workbook:
        _tick(step, f"{plain(configured.workbook)} can be read.")
    elif configured.reads == "microsoft":
        _tick(step, f"it can be read, at {plain(configured.place().host)}.")
    else:
        _tick(step, f"it can be read. {NAMES_ARE_PUBLIC if configured.reads == 'link' else credentials or ''}")
    _check_rows(workbook, configured)


def _refuse_environment() -> None:
    """Refuse to write what a variable would override."""
    if names := [name for name in _SOURCES if os.environ.get(name)]:
        raise Refusal(
            f"{names[0]} is set in the environment and overrides the settings file: unset it first. Nothing was "
            "written."
        )


def _check_counties(typed: Sequence[str], configured: Settings, minutes: float) -> None:
    """Check the sheet or file of each county; one that fails does not keep the others from being checked."""
    if typed:
        raise Refusal(
            "The settings name several sheets, a county each: add another one there by hand, as the operators' guide "
            "shows, then run cwac connect without arguments. Nothing was written."
        )
    failed = []
    for county in configured.counties:
        print_text([f"{plain(county.name)}:"])
        try:
            _check_source(configured.of(county), minutes)
        except Refusal as refusal:
            print_message(f"Error: {refusal.message}")
            failed.append(plain(county.name))
        print_text([""])
    if failed:
        raise Refusal(f"Not every county can be read: {', '.join(failed)}. {_LATER}")


def _tick(step: str, sentence: str) -> None:
    print_text([f"✓ {step}: {sentence}"])


def _failed(step: str, trouble: SourceUnavailable) -> Refusal:
    print_text([f"✗ {step}"])
    return Refusal(plain(f"{trouble.sentence} {_remedy(trouble)}".strip()))


def _remedy(trouble: SourceUnavailable) -> str:
    """What to do; the dashboard's own remedies say that it looks again by itself, which this command does not."""
    if not trouble.permanent:
        return f"Check the internet connection and the proxy of this machine, or wait a minute. {_LATER}"
    if trouble.cause == "bad-key":
        return f"{trouble.remedy} A key that was made just now may need a minute: then run cwac connect again."
    return trouble.remedy


def _check_sheet(configured: Settings, minutes: float) -> None:
    from cwac.checks import google_sheet
    from cwac.sources.google import GoogleSource
    from cwac.sources.google_session import Account

    account = Account(configured.gsheets)
    print_text(["In the sheet press Share, paste this address, choose Viewer, untick Notify people:", account.email])
    source, trouble = GoogleSource.from_settings(configured), None
    try:
        workbook = _wait_until_shared(source.fetch, minutes, account.email)
    except SourceUnavailable as error:
        trouble = error
        passed = {one.check for one in google_sheet.after_trouble(configured, trouble) if one.result == "PASS"}
    for check, (step, sentence) in _STEPS.items():
        if trouble is not None and check not in passed:
            raise _failed(step, trouble)
        _tick(step, sentence)
    if trouble is not None:
        raise _failed("tabs found", trouble)
    _check_rows(workbook, configured)


_STEPS = {
    "token": ("key", "Google accepts it."),
    "api": ("API", "the Google Sheets API is switched on."),
    "shared": ("shared", "the sheet is shared with the service account."),
}
"""The check of `google_sheet` that stands for each of the first three steps, its name, and what to say of it."""


def _check_rows(workbook: Workbook, configured: Settings, *, is_asked: bool = False) -> None:
    """Print what was read and understood; at a terminal, ask once about what is only likely, and read again."""
    from cwac.cli.answers import reading_lines
    from cwac.sheet.reader import read_workbook

    asks = is_terminal(sys.stdin) and not is_asked
    today = read_clock(ZoneInfo(workbook.timezone)).date()
    try:
        snapshot = read_workbook(workbook, today, configured.rules)
    except SourceUnavailable as trouble:
        if not asks or not trouble.reading or not (answers := connect_questions.events_tab(workbook)):
            raise _failed("tabs found", trouble) from None
        _check_rows(workbook, _with_answers(configured, answers))
        return
    if asks and any((answers := connect_questions.answers(snapshot)).values()):
        _check_rows(workbook, _with_answers(configured, answers), is_asked=True)
        return
    _tick("tabs found", f"{', '.join(snapshot.accounting)}.")
    accounts, events = snapshot.accounting.values(), snapshot.accounting["Events"]
    rows, left_out = sum(tab.rows for tab in accounts), sum(tab.left_out for tab in accounts)
    if events.left_out and not events.kept:
        print_text(["✗ rows read"])
        raise Refusal(f"{counted(events.left_out, 'row')} of events, and none can be used: cwac check says why.")
    if left_out or any(tab.kept for tab in accounts):
        not_used = f", of which {left_out} cannot be used: cwac check says why" if left_out else ""
        _tick("rows read", as_called(f"{counted(rows, 'row')}{not_used}."))
    else:
        print_text(["– rows read: the sheet has no rows yet."])
    print_text(["", *reading_lines(snapshot)])


def _with_answers(configured: Settings, answers: Mapping[str, Mapping[str, str]]) -> Settings:
    return replace(
        configured, rules=connect_questions.rewritten(lambda text: connect_questions.with_values(text, answers)).rules
    )


def _wait_until_shared(
    fetch: Callable[[], Workbook],
    minutes: float,
    address: str,
    *,
    sleep: Callable[[float], None] = time.sleep,
    clock: Callable[[], float] = time.monotonic,
) -> Workbook:
    """Read the sheet, and again until it is shared. Raises `SourceUnavailable` for what waiting does not help."""
    until, cause = clock() + 60 * minutes, ""
    try:
        with progress("Waiting, Ctrl-C stops"):
            while True:
                try:
                    return fetch()
                except SourceUnavailable as trouble:
                    # Closes the connection here: a Ctrl-C while it closes by itself later would be lost.
                    trouble.__traceback__ = trouble.__context__ = None
                    look = trouble
                # What passes by itself is no reason to give up waiting, but no reason to begin.
                if look.cause not in _WAITED_FOR and (look.permanent or not cause):
                    raise look
                if clock() >= until and look.cause == "not-shared":
                    sentence = f"The sheet was not shared with {address} within {minutes:g} minutes."
                    raise SourceUnavailable("not-shared", sentence, f"{_IF_GOOGLE_REFUSES} {_LATER}")
                if clock() >= until:
                    raise SourceUnavailable(look.cause, look.sentence, f"{_remedy(look)} {_LATER}")
                if look.cause in _WAITED_FOR and look.cause != cause:
                    cause = look.cause
                    waiting = plain(f"{look.sentence} {look.remedy} This goes on by itself.")
                    if cause == "not-shared":
                        waiting = "The sheet is not shared with that address yet. This goes on by itself once it is."
                    print_message(f"{_LINE_START if is_terminal(sys.stderr) else ''}{waiting}")
                sleep(max(INTERVAL, look.retry_after or 0))
    except KeyboardInterrupt:
        print_message(f"\nStopped before the sheet was shared. {_LATER}")
        raise click.exceptions.Exit(EXIT_UNUSABLE) from None


_LINE_START = "\r\x1b[K"
_IF_GOOGLE_REFUSES = (
    "If Google says that sharing outside your organization is not allowed, make the project inside the organization, "
    "or ask its administrator to allow this address."
)


def _who_is_let_in(configured: Settings) -> Iterator[str]:
    if configured.local and not configured.auth:
        yield "Only this machine is let in (local = true), until you set up sign-in for others."
    elif not configured.auth and not configured.public:
        yield "Nobody is let in yet: set up [auth] and [access], or write local = true under [access]."
