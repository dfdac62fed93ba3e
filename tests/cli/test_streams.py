"""Every command with a blank source, a folder as its file, and a standard output that is closed, full or cut off."""

import os
import sys

import click
import openpyxl
import pytest

from cwac.cli import main
from cwac.cli.options import OutputFile
from tests.cli.plan import refusal, run, shell

pytestmark = pytest.mark.slow

BLANKS = ["", " ", "\t", "\n", "\u00a0 ", "\u200b", "\ufeff"]
# What each command needs beside its source.
NEEDED = {
    "report": ["2026-Q3"],
    "export": ["events"],
    "records": ["--from", "2026-01-01", "--to", "2026-12-31"],
    "publish": ["site"],
    "packet": ["EV-1"],
}
FILES = {"packet": "packet", "report": "q3.pdf", "records": "x.xlsx", "restore": "x.xlsx", "template": "x.xlsx"}


def commands():
    for name, command in main.all_commands().items():
        yield (name,), command
        if isinstance(command, click.Group):
            yield from (((name, sub), subcommand) for sub, subcommand in command.commands.items())


WITH_SOURCE = [words[0] for words, command in commands() if any(param.name == "source" for param in command.params)]
WITH_FILE = [
    words[0] for words, command in commands() if any(param.name in ("output", "file") for param in command.params)
]


def test_every_command_with_a_source_or_file_is_tested_here():
    assert {"check", "alerts", "changes", "report", "backtest", "export", "records"} <= set(WITH_SOURCE)
    assert {"report", "export", "records", "restore", "template", "backup"} <= set(WITH_FILE)
    for _, command in commands():
        for param in command.params:
            if param.name in ("output", "file"):
                assert isinstance(param.type, OutputFile), f"{command.name} takes folders for files"


@pytest.mark.parametrize("command", WITH_SOURCE)
def test_blank_source_is_refused(tmp_path, monkeypatch, command):
    plan = openpyxl.Workbook()
    plan.active.title = "Events"
    plan.save(tmp_path / "plan.xlsx")
    monkeypatch.setenv("CWAC_WORKBOOK", "plan.xlsx")
    words = [command, *NEEDED.get(command, [])]
    file = ["-o", FILES[command]] if command in FILES else []
    messages = {blank: refusal(*words, blank, *file) for blank in BLANKS}
    assert [blank for blank, message in messages.items() if "SOURCE" not in message] == []
    assert [blank for blank, message in messages.items() if "it is empty" not in message] == []


# --- the file ----------------------------------------------------------------------------------------------------


BAD_FILES = [
    *((folder, "it is a folder") for folder in ("sub", "sub/", "new.xlsx/", "sub/.", "sub/..", ".", "..", "/")),
    ("nowhere/x.xlsx", "No such file or directory"),
    ("a.txt/x.xlsx", "Not a directory"),
    ("", "it is empty"),
    ("  ", "it is empty"),
]


@pytest.mark.parametrize("command", WITH_FILE)
def test_invalid_output_file_is_refused_before_reading(tmp_path, command):
    (tmp_path / "sub").mkdir()
    (tmp_path / "a.txt").write_text("mine")
    messages = {}
    for file, _ in BAD_FILES:
        words = [command, *NEEDED.get(command, [])]
        words += [file] if command in ("template", "backup") else ["-o", file]
        words += {"restore": ["1"], "template": [], "backup": []}.get(command, ["nowhere.xlsx"])
        messages[file] = refusal(*words)
    assert [(file, messages[file]) for file, reason in BAD_FILES if reason not in messages[file]] == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.txt", "sub"]
    assert list((tmp_path / "sub").iterdir()) == []


def test_file_is_written_where_it_is_named(tmp_path):
    (tmp_path / "sub").mkdir()
    for file in ("sub/../x.csv", "-o.csv"):
        run("export", "events", "sample", "-o", file)
        assert (tmp_path / file).read_bytes().startswith(b"id,date")


# --- standard output -----------------------------------------------------------------------------------------------

PRINTING = [
    ["alerts", "plan.xlsx"],
    ["alerts", "plan.xlsx", "--format", "json"],
    ["export", "events", "plan.xlsx", "--format", "ics"],
    ["report", "2026-Q3", "plan.xlsx", "--format", "csv", "-o", "-"],
    ["--help"],
    ["history", "purge", "-h"],
]
"""Of each way to print one. The first is a process too: Python ends all of them alike."""
needs_full = pytest.mark.skipif(
    not os.path.exists("/dev/full"), reason="needs /dev/full, a device that is always full (Linux)"
)


CLOSED = b"Error: Standard output is closed: nothing could be printed.\n"
FULL = b"Error: Standard output cannot be written to (No space left on device).\n"


def full_device():
    return os.fdopen(os.open("/dev/full", os.O_WRONLY), "w")


def cut_off_pipe():
    reading, writing = os.pipe()
    os.close(reading)
    return os.fdopen(writing, "w")


@pytest.mark.parametrize(
    ("open_output", "printed"),
    [(lambda: None, CLOSED), pytest.param(full_device, FULL, marks=needs_full), (cut_off_pipe, None)],
    ids=["closed", "full", "cut off"],
)
@pytest.mark.usefixtures("plan")
def test_output_that_takes_nothing_is_one_sentence_and_a_pipe_that_is_cut_off_no_error(
    monkeypatch, capfd, open_output, printed
):
    expected = (0, "") if printed is None else (2, printed.decode())
    ended = {}
    for words in PRINTING:
        with monkeypatch.context() as patched:
            output = open_output()
            patched.setattr(sys, "stdout", output)
            with pytest.raises(SystemExit) as exited:
                main(words, prog_name="cwac")
            if output is not None:
                output.close()
        ended[" ".join(words)] = (exited.value.code, capfd.readouterr().err)
    assert ended == dict.fromkeys(ended, expected)
    output = open_output()
    done = shell(*PRINTING[0], closed="" if output else ">&-", stdout=output)
    if output is not None:
        output.close()
    assert (done.returncode, done.stderr.decode()) == expected


@needs_full
def test_full_disk_is_one_sentence():
    message = refusal("export", "events", "sample", "-o", "/dev/full")
    assert message.startswith("Error: /dev/full cannot be written (No space left on device)")
    with full_device() as full:
        version = shell("--version", stdout=full)
    assert (version.returncode, version.stderr) == (2, FULL)


def test_closed_streams_do_not_stop_writing_a_file(tmp_path):
    done = shell("export", "events", "sample", "-o", "x.csv", closed="2>&- >&-")
    assert done.returncode == 0
    assert (tmp_path / "x.csv").read_bytes().startswith(b"id,date")
