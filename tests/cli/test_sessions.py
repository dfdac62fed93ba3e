"""Commands and what they print: `sessions/*.txt`, which `python -m tests.cli.test_sessions` writes anew.

`### ` begins a session, in a folder that has the small plan as plan.xlsx. `== plan.xlsx: Events` is a tab in place of
the plan's, with bars between its cells; `== key.json` is the text of a file. A command follows `$ `: one of cwac, `cat`
or `ls` as in a shell, but for a workbook, `keep`, by which the store keeps a workbook as a version of the sheet, or
`audited`, for the entries of the audit without their times. What it prints is below it. `! ` begins the lines of
standard error, without how the command is used, and an exit status that is not 0 is in brackets. `HERE` is the folder,
and `FREE` a free port. What `cwac doctor` says of the machine is left out.
"""

import datetime as dt
import itertools
import json
import logging
import os
import re
import shlex
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner

from cwac.cli import main
from cwac.sources.excel import read_excel
from cwac.storage.store import Store
from tests import fixed_clock
from tests.cases import each
from tests.cli.plan import configure_nothing, save, write
from tests.exports.test_schemas import validate
from tests.sheet.county import typed_rows
from tests.web.served import free_port

OF_THE_MACHINE = re.compile(r'^(?:PASS  |\{"check": ")(?:python|streamlit|store-space|port)\b.*\n', re.MULTILINE)
STORE = "sqlite:///store.sqlite3"
SHEET = f"https://docs.google.com/spreadsheets/d/{'k' * 44}"
FILES = sorted(Path(__file__).with_name("sessions").glob("*.txt"))
SESSIONS = {
    f"{file.stem}: {promise}": session.rstrip("\n")
    for file in FILES
    for part in re.split(r"^### ", file.read_text(encoding="utf-8"), flags=re.M)[1:]
    for promise, _, session in [part.partition("\n")]
}
"""File and what a session promises -> its commands with what they print."""


@pytest.mark.parametrize("session", SESSIONS.values(), ids=SESSIONS)
def test_commands_print_what_is_written_down(session: str) -> None:
    """After a change that is meant to show, read what differs."""
    assert replayed(session) == session


def test_no_planted_secret_is_among_what_is_printed() -> None:
    printed = [line for text in SESSIONS.values() for line in text[text.index("$ ") :].splitlines()]
    assert [line for line in printed if "planted" in line and not line.startswith("$ ")] == []


def answers_in_json() -> Iterator[tuple[str, str]]:
    """Command, and the JSON that it printed; that of a backtest, and of answers through forms, has no schema."""
    for session in SESSIONS.values():
        for part in re.split(r"^\$ ", session, flags=re.M)[1:]:
            typed, *lines = part.splitlines()
            printed = "\n".join(line for line in lines if not re.match(r"! |\[\d\]$", line))
            asked = typed.partition("cwac ")[2]
            if "--format json" in typed and asked.split()[0] not in ("answers", "backtest", "feedback") and printed:
                yield asked, printed


@each(("typed", "printed"), answers_in_json())
def test_answer_in_json_fits_its_schema(typed: str, printed: str) -> None:
    validate(typed.removeprefix("export ").split()[0], json.loads(printed))


def replayed(session: str) -> str:
    """The session with what its commands print now, in the current folder."""
    given, *commands = re.split(r"^(?=\$ )", session, flags=re.M)
    write("plan.xlsx")
    make_files(given)
    lines = given.splitlines()
    for command in commands:
        typed = command.partition("\n")[0]
        lines += [typed, *(line.replace(os.getcwd(), "HERE") for line in printed(typed.removeprefix("$ ")))]
    return "\n".join(lines).rstrip("\n")


def make_files(given: str) -> None:
    """Write the files and workbooks that a session begins with."""
    books: dict[str, dict[str, list[list[object]]]] = {}
    for part in re.split(r"^== ", given, flags=re.M)[1:]:
        heading, _, text = part.rstrip("\n").partition("\n")
        name, is_tab, tab = heading.partition(": ")
        if is_tab:
            books.setdefault(name, {})[tab] = [[of_cell(cell) for cell in row] for row in typed_rows(text) if text]
        else:
            Path(name).parent.mkdir(parents=True, exist_ok=True)
            Path(name).write_text(text, encoding="utf-8")
            Path(name).chmod(0o600)
    for name, tabs in books.items():
        (write if name == "plan.xlsx" else save)(name, **tabs)


def of_cell(cell: object) -> object:
    """A day or a time of the day, if it is written as one."""
    if isinstance(cell, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", cell):
        return dt.date.fromisoformat(cell)
    return dt.time.fromisoformat(cell) if isinstance(cell, str) and re.fullmatch(r"\d\d:\d\d", cell) else cell


def printed(typed: str) -> list[str]:
    words = shlex.split(typed)
    environ = dict(word.split("=", 1) for word in itertools.takewhile(re.compile("[A-Z_]+=").match, words))
    program, *arguments = words[len(environ) :]
    if program == "ls":
        return sorted(os.listdir(*arguments))
    if program == "cat":
        return content(Path(*arguments))
    if program == "keep":
        return keep(*arguments)
    if program == "audited":
        return [f"{entry.person}: {entry.action}" for entry in Store(STORE).audited()]
    assert program == "cwac"
    done = CliRunner().invoke(main, [str(free_port()) if word == "FREE" else word for word in arguments], env=environ)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    told = [line for line in done.stderr.rstrip("\n").split("\n") if line and not re.match("Usage: |Try '", line)]
    shown = OF_THE_MACHINE.sub("", done.stdout.replace("\r\n", "\n")).removesuffix("\n")
    lines = [*(shown.split("\n") if shown else []), *(f"! {line}" for line in told)]
    return lines if done.exit_code == 0 else [*lines, f"[{done.exit_code}]"]


def content(file: Path) -> list[str]:
    if file.suffix != ".xlsx":
        return file.read_text(encoding="utf-8-sig").splitlines()
    lines = []
    for sheet in openpyxl.load_workbook(file):
        lines.append(f"== {sheet.title}")
        rows = [" | ".join("" if cell is None else str(cell) for cell in row).rstrip(" |") for row in sheet.values]
        lines += filter(None, rows)
    return lines


def keep(file: str, at: str, *words: str) -> list[str]:
    """Keep a workbook as what the Google Sheet, or a file named after `as`, was at this moment."""
    workbook, store = read_excel(file, "America/Los_Angeles"), Store(STORE)
    place = {"source": words[1], "url": None} if words[:1] == ("as",) else {"source": SHEET, "url": SHEET}
    store.keep(replace(workbook, as_of=dt.datetime.fromisoformat(at), **place), good=words != ("never", "shown"))
    store.close()
    return []


if __name__ == "__main__":
    fixed_clock.set_clock()
    logging.getLogger().addHandler(logging.NullHandler())  # as pytest, which does not print what is logged either
    for file in FILES:
        parts = []
        for name, session in SESSIONS.items():
            stem, _, promise = name.partition(": ")
            if stem == file.stem:
                with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
                    configure_nothing(patch, Path(folder))
                    parts.append(f"### {promise}\n{replayed(session)}\n")
        file.write_text("\n".join(parts), encoding="utf-8")
