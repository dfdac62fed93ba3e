"""`cwac connect`: from a key or a workbook to settings that work; and `cwac serve`: the dashboard started."""

from __future__ import annotations

import errno
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from cwac.analysis.words import counted, with_noun
from cwac.cli import connect_questions
from cwac.cli.options import PORT, complete_file, refuse_blank
from cwac.cli.output import Command, Refusal, as_called, is_terminal, plain, print_message, print_text, progress
from cwac.clock import read_clock
from cwac.model import SourceUnavailable, Workbook
from cwac.settings import PROJECT, Settings, SettingsError, load
from cwac.settings.connections import NAMES_ARE_PUBLIC

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
def connect(key_or_file: str | None, sheet: str | None, minutes: float) -> None:
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


def _connect_workbook(typed: str) -> None:
    """Connect this file and check it; refuse where the settings name something else."""
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
    from cwac.checks import doctor

    if configured.reads == "google" and configured.credentials == "key":
        _check_sheet(configured, minutes)
        return
    step = {"file": "file", "microsoft": "workbook"}.get(configured.reads, "sheet")
    workbook, trouble, credentials = doctor.look(configured)
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
    from cwac.checks import doctor
    from cwac.sources.google import GoogleSource
    from cwac.sources.google_session import Account

    account = Account(configured.gsheets)
    print_text(["In the sheet press Share, paste this address, choose Viewer, untick Notify people:", account.email])
    source, trouble = GoogleSource.from_settings(configured), None
    try:
        workbook = _wait_until_shared(source.fetch, minutes, account.email)
    except SourceUnavailable as error:
        trouble = error
        passed = {one.check for one in doctor.after_trouble(configured, trouble) if one.result == "PASS"}
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
"""The check of `doctor` that stands for each of the first three steps, its name, and what to say of it."""


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
                    sentence = f"The sheet was not shared with {address} within {with_noun(f'{minutes:g}', 'minute')}."
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
        raise click.exceptions.Exit(Refusal.exit_code) from None


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


@click.command("serve", cls=Command, short_help="Start the dashboard.")
@click.argument("workbook", required=False, metavar="[FILE.xlsx]", callback=refuse_blank, shell_complete=complete_file)
@click.option(
    "--port",
    type=click.IntRange(1, 65_535),
    default=PORT,
    show_default=True,
    envvar="STREAMLIT_SERVER_PORT",
    help="The port to listen on.",
)
@click.option(
    "--address",
    default="localhost",
    show_default=True,
    envvar="STREAMLIT_SERVER_ADDRESS",
    help="The address to listen on; 0.0.0.0 for every network of this machine.",
)
@click.option("--open", "opens", is_flag=True, help="Open the dashboard in the browser.")
def serve(workbook: str | None, port: int, address: str, opens: bool) -> None:
    """Start the dashboard, and run it until Ctrl-C; the same as `streamlit run dashboard.py` in a checkout.

    The settings are those of the current folder (.streamlit/secrets.toml); without any it shows the built-in sample.
    FILE.xlsx is connected first, as cwac connect does, unless the settings name something else.
    Streamlit's options are set in the environment, as STREAMLIT_SECTION_OPTION_NAME.
    """
    dashboard = PROJECT / "dashboard.py"
    if not dashboard.is_file():
        raise Refusal(f"{plain(str(dashboard))} is missing: install this program again.")
    _refuse_unusable(address, port)
    if workbook is not None:
        _connect_workbook(workbook)
    if opens:
        try:
            settings = load()
            prints_a_key = settings.local and not settings.auth and not settings.sample
        except SettingsError:
            prints_a_key = True  # which shows the person at this machine what is wrong
        if prints_a_key:
            print_message("Open the address with the key that is printed below: without the key nothing is shown.")
            opens = False
    raise click.exceptions.Exit(_run(dashboard, address, port, opens))


def _refuse_unusable(address: str, port: int) -> None:
    """Refuse an address or port that cannot be listened on, before Streamlit takes seconds to start."""
    from cwac.checks import machine

    not_here = Refusal(f"{plain(address)} is not an address of this machine: write localhost, or 0.0.0.0.")
    try:
        error = machine.why_not_free(address, port)
    except (OSError, UnicodeError):
        raise not_here from None
    if error is None:
        return
    if error.errno == errno.EACCES:
        raise Refusal(f"This user may not listen on port {port}: choose one above 1023 with --port {PORT}")
    if error.errno != errno.EADDRINUSE:
        raise not_here
    free = machine.free_port(address, port)
    here = "localhost" if address in ("0.0.0.0", "::") else address  # noqa: S104 - not to listen on
    if machine.is_ours(here, port):
        found = f"This dashboard runs on port {port} already, at http://{plain(here)}:{port}: open that"
    else:
        found = f"Port {port} is in use by another program: stop it"
    raise Refusal(f"{found}, or start this one on a free port: cwac serve --port {free or 'NUMBER'}")


def _run(dashboard: Path, address: str, port: int, opens: bool) -> int:
    """Run Streamlit until it ends; its exit status. Under POSIX it takes this process's place and gets its signals."""
    environ = {"STREAMLIT_SERVER_FILE_WATCHER_TYPE": "none"} | dict(os.environ)
    # -P: a file of the current folder must not take the place of a module of the same name.
    words = [sys.executable, "-P", "-m", "streamlit", "run", str(dashboard), f"--server.port={port}"]
    words += [f"--server.address={address}", f"--server.headless={'false' if opens else 'true'}"]
    if os.name == "posix":
        sys.stdout.flush()
        sys.stderr.flush()
        os.execve(words[0], words, environ)  # noqa: S606 - this Python, without a shell
    return run_and_wait(words, environ)


def run_and_wait(words: Sequence[str], environ: Mapping[str, str]) -> int:
    """Run a program until it ends, for Windows, where none can take this process's place; its exit status."""
    with subprocess.Popen(words, env=environ) as process:  # noqa: S603 - this Python, without a shell
        while True:
            try:
                return process.wait()
            except KeyboardInterrupt:
                pass  # Ctrl-C reaches the program too, which ends by itself
