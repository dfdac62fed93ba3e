"""`cwac serve`: the dashboard, from a checkout or an installed package."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from cwac.cli.options import PORT, complete_file, refuse_blank
from cwac.cli.output import Command, Refusal, plain, print_message
from cwac.settings import PROJECT, SettingsError, load


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
def command(workbook: str | None, port: int, address: str, opens: bool) -> None:
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
        from cwac.cli.connect import connect_workbook

        connect_workbook(workbook)
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
    options = [
        f"--server.port={port}",
        f"--server.address={address}",
        f"--server.headless={'false' if opens else 'true'}",
    ]
    # -P: a file of the current folder must not take the place of a module of the same name.
    words = [sys.executable, "-P", "-m", "streamlit", "run", str(dashboard), *options]
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
