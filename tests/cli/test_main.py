"""The command as a process: help, output streams, and errors that no command expects.

`python -m tests.cli.test_main` writes the help of each command into docs/cli.md, below its last marker.
"""

import os
import sys
import threading
import time
from collections.abc import Iterator

import click
import pytest
from click.testing import CliRunner

from cwac.cli import main, output
from tests.cases import each
from tests.cli.plan import EVENTS, ON, ROOT, refusal, run, shell, write

PAGE = ROOT / "docs/cli.md"
MARKER = "<!-- written by python -m tests.cli.test_main -->\n"


@each(
    "words",
    [
        "check --color", "check --format yaml", "check a.xlsx b.xlsx", "export", "export officers", "paint", "",
        "doctor --port 0", "doctor --format xml", "serve --port 65536",
    ],
)  # fmt: skip
def test_invalid_command_line_prints_nothing_on_standard_output(words):
    refusal(*words.split())


def with_commands(text: str) -> str:
    """The page with the table of commands and the help of each."""
    main.all_commands()  # those of the add-ons too
    commands = list(_commands(main, "cwac"))
    rows = "".join(
        f"| [`{name}`](#{name.replace(' ', '-')}) | {command.get_short_help_str(200)} |\n" for name, command in commands
    )
    parts = [f"| Command | |\n|---|---|\n{rows}"]
    for name, command in commands:
        context = click.Context(command, info_name=name, terminal_width=100, help_option_names=["-h", "--help"])
        parts.append(f"## {name}\n\n```\n{command.get_help(context)}\n```\n")
    return text.partition(MARKER)[0] + MARKER + "\n" + "\n".join(parts)


def _commands(group: click.Group, path: str) -> Iterator[tuple[str, click.Command]]:
    for name, command in sorted(group.commands.items()):
        yield f"{path} {name}", command
        if isinstance(command, click.Group):
            yield from _commands(command, f"{path} {name}")


def test_page_of_commands_has_the_help_of_each():
    page = PAGE.read_text(encoding="utf-8")
    assert "## cwac history purge\n" in page
    assert with_commands(page) == page


def test_unexpected_error_is_one_sentence_without_traceback(plan, monkeypatch):
    def broken(*_):
        raise ZeroDivisionError("no \x1b[2J way")

    monkeypatch.setattr("cwac.sheet.reader.read_workbook", broken)
    assert refusal("check", plan) == (
        "Error: Something went wrong inside cwac, and nothing was written (ZeroDivisionError: no \\x1b[2J way). "
        "Please report it, with what CWAC_DEBUG=1 prints when the command is run again."
    )
    monkeypatch.setenv("CWAC_DEBUG", "1")
    with pytest.raises(ZeroDivisionError):
        CliRunner().invoke(main, ["check", plan], catch_exceptions=False)


def test_output_is_utf_8_in_any_locale(tmp_path):
    title = "Café ☕ – 中文"
    plan = write(tmp_path / "plan.xlsx", Events=[EVENTS[0], [*EVENTS[1][:4], title, *EVENTS[1][5:]]])
    env = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "ascii"}
    done = shell("export", "events", plan, "--on", ON, "--format", "json", env=env)
    assert (done.returncode, done.stderr) == (0, b"")
    assert title in done.stdout.decode("utf-8")


def test_file_name_that_is_not_utf_8_is_reported():
    assert refusal("check", os.fsdecode(b"caf\xe9.xlsx")) == (
        "Error: caf\\udce9.xlsx is not there. Check the path, and that the file has not been moved or renamed."
    )


def test_help_lists_every_command():
    done = run("--help")
    assert done.stderr == ""
    assert [name for name in main.all_commands() if f"\n  {name} " not in done.stdout] == []


def test_command_imports_no_heavy_library(plan):
    code = (
        "import sys; from cwac.cli import main\n"
        f"for name in ('check', 'gaps'): main([name, {plan!r}, '--format', 'json'], standalone_mode=False)\n"
        "heavy = {'pandas', 'numpy', 'streamlit', 'altair', 'sqlalchemy', 'gspread', 'openpyxl', 'requests'}\n"
        "sys.exit(', '.join(sorted(heavy & set(sys.modules))) or None)"
    )
    done = shell("-c", code)
    assert (done.returncode, done.stderr) == (0, b"")


def test_progress_is_shown_on_a_terminal(monkeypatch, capfd):
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setattr(output, "PROGRESS_INTERVAL", 0.001)
    shown, deadline = "", time.monotonic() + 60
    with output.progress("Reading plan.xlsx"):
        while "2 s" not in shown and time.monotonic() < deadline:
            shown += capfd.readouterr().err
    shown += capfd.readouterr().err
    assert shown.startswith("\rReading plan.xlsx … 1 s\rReading plan.xlsx … 2 s")
    assert shown.endswith("\r\x1b[K")


def test_progress_is_not_shown_in_a_pipe(capfd):
    threads = threading.enumerate()
    with output.progress("Reading plan.xlsx"):
        assert threading.enumerate() == threads
    assert capfd.readouterr().err == ""


@each(
    ("words", "number", "offered"),
    [
        ("cwac ba", 1, {"plain,backtest", "plain,backup"}),
        ("cwac export events --format ", 4, {"plain,csv", "plain,json", "plain,xlsx", "plain,ics"}),
        ("cwac check pl", 2, {"file,pl"}),
        ("cwac backup sto", 2, {"file,sto"}),
    ],
)
def test_shell_completes_commands_choices_and_files(words, number, offered):
    environ = {"_CWAC_COMPLETE": "bash_complete", "COMP_WORDS": words, "COMP_CWORD": str(number)}
    result = CliRunner().invoke(main, env=environ, prog_name="cwac")
    assert set(result.stdout.splitlines()) == offered


if __name__ == "__main__":
    PAGE.write_text(with_commands(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
