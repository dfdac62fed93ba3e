"""What `cwac connect` asks about: what to connect, and unclear tabs and columns; and the settings that it writes."""

from __future__ import annotations

import datetime as dt
import os
import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path, PurePath
from typing import Any

import click

from cwac.cli.answers import reading_lines
from cwac.cli.output import Refusal, plain, print_message, replaced_file, unwritable
from cwac.date_words import clock, month_day
from cwac.model import Snapshot, SourceUnavailable, Workbook
from cwac.settings import Rules, Settings, SettingsError, load, loading, names_no_file, other_kind
from cwac.settings.connections import GOOGLE_KEYS, is_microsoft
from cwac.settings.connections import read_key as read_key_file

_ACCESS = ("CWAC_LOCAL", "CWAC_PUBLIC", "CWAC_VIEWERS", "CWAC_COORDINATORS")
USAGE = "Name them: cwac connect KEY.json SHEET-URL, or cwac connect FILE.xlsx"
EXAMPLE = "https://docs.google.com/spreadsheets/d/…"
_WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods", ".csv", ".tsv", ".numbers")
_CONSOLE = "https://console.cloud.google.com"
STEPS = (
    f"A project, with any name; it needs no billing: {_CONSOLE}/projectcreate",
    f"Switch on the Google Sheets API for it (Enable): {_CONSOLE}/apis/library/sheets.googleapis.com",
    f"A service account, with any name and no role: {_CONSOLE}/iam-admin/serviceaccounts/create",
    f"Its key: open the account, Keys, Add key, Create new key, JSON: {_CONSOLE}/iam-admin/serviceaccounts\n"
    '  If Google says "Service account key creation is disabled", that is your organization\'s policy: its '
    "administrator must allow it for this project. An Excel file needs no key.",
)


def connect(typed: Sequence[str], configured: Settings) -> tuple[Settings, Path | None]:
    """Write the source that the arguments name, and ask for what is missing; returns the key's file, None without."""
    named = {_kind(text): text for text in typed}
    book, key, address = map(named.get, ("book", "key", "sheet"))
    if len(named) < len(typed) or (book and len(typed) > 1):
        raise Refusal(f"That is one too many of a kind. {USAGE}")
    file: Path | None = None
    try:
        if book or (not typed and _ask_for_workbook()):
            path = _book(book or _ask("The Excel file (you can drag it into this window)"))
            source = partial(with_workbook, path=path)
        else:
            found, lines = sheet_address(address) if address else configured.spreadsheet, None
            if key:
                file, lines = Path(key), read_key(Path(key))
            elif not configured.gsheets.get("private_key"):
                file, lines = _ask_for_key()
            while not found:
                try:
                    found = sheet_address(
                        _ask("The sheet's address (open it in the browser and copy the address there)")
                    )
                except Refusal as refusal:
                    print_message(refusal.message)
            source = partial(with_sheet, key=lines, spreadsheet=found)
    except click.Abort:
        click.echo(err=True)
        raise Refusal(f"Nothing was written, as the answers are not complete. {USAGE}") from None

    def change(before: str) -> str:
        text, sections = source(before), tomllib.loads(before)
        says_who_may_look = sections.get("auth") or sections.get("access") or any(map(os.environ.get, _ACCESS))
        return text if says_who_may_look else with_values(text, {"access": {"local": True}})

    return rewritten(change), file


def _kind(text: str) -> str:
    path = Path(text)
    if names_no_file(text) and not path.exists():
        return "sheet"
    return "book" if path.suffix.lower() in _WORKBOOKS else "key"


def path_of_workbook(typed: str) -> Path:
    """The file's whole path. Raises `Refusal` for what is no workbook by its name."""
    if _kind(typed) != "book":
        raise Refusal(f"{plain(typed)} is no Excel file: connect a Google Sheet first, with cwac connect SHEET-URL")
    return Path(typed).expanduser().absolute()


def _book(typed: str) -> Path:
    from cwac.sources.excel import read_excel

    path = Path(typed).expanduser().absolute()
    if not path.exists():
        raise Refusal(f"{plain(str(path))} is not there: check its name and folder.")
    if not str(path).isprintable():
        raise Refusal(f"{plain(str(path))} has letters in its name that no settings file can hold: rename it.")
    try:
        read_excel(str(path), Settings().timezone)
    except SourceUnavailable as trouble:
        raise Refusal(plain(f"{trouble.sentence} {trouble.remedy} Nothing was written.")) from None
    return path


def sheet_address(typed: str) -> str:
    """The sheet's address without what else a link holds. Raises `Refusal`."""
    from cwac.sources.google import spreadsheet_key

    if is_microsoft(typed):
        raise Refusal(
            "That is a workbook in SharePoint or OneDrive: write its link as link under [connections.microsoft], as "
            "the operators' guide shows, then run cwac connect."
        )
    if (kind := other_kind(typed)) is not None:
        raise Refusal(f"That is the link of {kind[0]}, not of a Google Sheet: {kind[1]}. It looks like {EXAMPLE}")
    try:
        return f"https://docs.google.com/spreadsheets/d/{spreadsheet_key(typed)}"
    except SourceUnavailable:
        raise Refusal(f"That is not the address of a Google Sheet: it looks like {EXAMPLE}") from None


def read_key(file: Path) -> Mapping[str, str]:
    """The lines of a service account's key, in Google's order. Raises `Refusal`, which never quotes the file."""
    from cwac.sources.google_session import Account

    again = "download the JSON key from Google again."
    file = file.expanduser()
    try:
        content = read_key_file(file, "its path")
    except SettingsError as error:
        raise Refusal(plain(str(error))) from None
    key = {name: value for name in GOOGLE_KEYS if isinstance(value := content.get(name), str)}
    for name in ("client_email", "private_key"):
        if not key.get(name):
            raise Refusal(f"{plain(str(file))} has no {name}, so it is not a service account's key: {again}")
    if Account(key).email != key["client_email"]:
        raise Refusal(f"{plain(str(file))} names no account in client_email: {again}")
    try:
        Account(key).credentials()
    except SourceUnavailable:
        raise Refusal(f"{plain(str(file))} holds a damaged private key: {again}") from None
    return key


def _ask_for_workbook() -> bool:
    click.echo(
        "What is the dashboard to read?\n"
        "  1  an Excel file on this computer: the quickest way to see your own plan\n"
        "  2  a Google Sheet: about ten minutes, once",
        err=True,
    )
    answer = click.prompt("1 or 2", type=click.Choice(["1", "2"]), show_choices=False, err=True)
    return bool(answer == "1")


def _ask_for_key() -> tuple[Path, Mapping[str, str]]:
    """A key in Downloads if the user agrees; otherwise Google's steps one by one, then the key that they gave."""
    if (key := _agreed_key()) is not None:
        return key
    click.echo("Four steps in the browser, signed in to Google with the account that owns the project.", err=True)
    for number, step in enumerate(STEPS, 1):
        click.echo(f"\n{number} of {len(STEPS)}: {step}", err=True)
        click.prompt("Press Enter when that is done", default="", show_default=False, prompt_suffix=" ", err=True)
    key = _agreed_key()
    while key is None:
        file = Path(_ask("The key file (you can drag it into this window)"))
        try:
            key = file, read_key(file)
        except Refusal as refusal:
            print_message(refusal.message)
    return key


def _agreed_key() -> tuple[Path, Mapping[str, str]] | None:
    """The newest key in Downloads, if there is one and the user agrees."""
    import platformdirs

    if (newest := next(keys_in(Path(platformdirs.user_downloads_dir())), None)) is None:
        return None
    file, key = newest
    made = dt.datetime.fromtimestamp(file.stat().st_mtime).astimezone()
    when = f"{month_day(made, None)}, {made.year}, {clock(made)}"
    click.echo(f"\nFound {plain(str(file))}, of {when}:\nthe key of {key['client_email']}", err=True)
    return newest if click.confirm("Use it?", default=True, err=True) else None


def keys_in(folder: Path) -> Iterator[tuple[Path, Mapping[str, str]]]:
    """The service accounts' keys in a folder, the newest first."""
    files: list[tuple[float, Path]] = []
    with suppress(OSError):
        files = [(path.stat().st_mtime, path) for path in folder.glob("*.json") if path.is_file()]
    for _, path in sorted(files, reverse=True)[:200]:
        with suppress(Refusal):
            yield path, read_key(path)


def _ask(question: str) -> str:
    """What was typed, without the quotes and escapes that a terminal adds to a file dragged into it."""
    typed = str(click.prompt(question, err=True)).strip()
    return re.sub(r"\\(?=[ ()'&])", "", typed.strip("'\""))


Answers = dict[str, dict[str, str]]
"""Section of the settings -> name in the sheet -> what it means; empty for "not read"."""

_LATER = "later"


def answers(snapshot: Snapshot) -> Answers:
    """What the person at the terminal says about each question; what was said before Ctrl-C or Ctrl-D counts."""
    from cwac.analysis import cells
    from cwac.sheet.cell_kinds import Cells

    said: Answers = {"columns": {}, "tabs": {}}
    questions, titles = cells.column_questions(snapshot.reading), cells.asked_tabs(snapshot)
    if questions or titles:
        click.echo("\n".join(map(plain, ["", *reading_lines(snapshot, answers=False), ""])), err=True)
    try:
        for question in questions:
            such = f", with {'; '.join(question.cells)}" if question.cells else ""
            click.echo(plain(f'{question.place}: "{question.header}"{such}'), err=True)
            is_person = question.perhaps == "Officers" and Cells(question.cells).share("tick") == 1
            asked = f"Is {question.header} an officer" if is_person else f"Is it {question.perhaps}"
            if (meaning := _answer(plain(asked), question.perhaps, is_column=True)) != _LATER:
                said["columns"][question.name] = meaning
        for title in titles:
            click.echo(f'The tab "{plain(title)}" has days, but may list other things.', err=True)
            if (meaning := _answer("Is it Events", "Events", is_column=False)) != _LATER:
                said["tabs"][title] = meaning
    except click.Abort:
        click.echo(err=True)
    return said


def _answer(asked: str, perhaps: str, *, is_column: bool) -> str:
    """The meaning, blank for "not read", or `_LATER`."""
    from cwac.sheet.planning import refuse_unknown_meanings

    words = {"yes": perhaps, "y": perhaps, "no": "", "n": "", _LATER: _LATER}

    def meaning(typed: str) -> str:
        typed = typed.strip()
        if (known := words.get(typed.casefold())) is not None:
            return known
        try:
            refuse_unknown_meanings(Rules(columns=((typed, typed),)) if is_column else Rules(tabs=((typed, typed),)))
        except SettingsError as error:
            raise click.UsageError(plain(str(error))) from None
        return typed

    another = "another column's name" if is_column else "another tab's name"
    question = f"  {asked}? Answer yes, no (it is not read), {_LATER}, or {another}"
    return str(click.prompt(question, default="yes", value_proc=meaning, err=True))


def events_tab(workbook: Workbook) -> Answers:
    """The tab that lists the events, where none was recognized; empty without an answer."""
    titles = [tab.title for tab in workbook.tabs if tab.title.strip() and any(tab.rows)][:50]
    click.echo("\nNo tab was recognized as a list of events. Which one is it?", err=True)
    for number, title in enumerate(titles, 1):
        click.echo(f"  {number}  {plain(title)}", err=True)
    try:
        number = click.prompt("Its number, or 0 for none", type=click.IntRange(0, len(titles)), default=0, err=True)
    except click.Abort:
        return {}
    return {"tabs": {titles[number - 1]: "Events"}} if number else {}


def rewritten(change: Callable[[str], str]) -> Settings:
    """Change the text of the settings file, and read it again."""
    path = loading.find(os.environ) or Path.cwd() / loading.FOLDER / loading.NAME
    if os.name == "posix" and path.exists() and path.stat().st_uid != os.geteuid():
        raise Refusal(f"{plain(str(path))} belongs to another user: run this as that user. Nothing was written.")
    before = loading.text_of(path) if path.exists() else ""
    try:
        text = change(before)
    except NotChanged:
        raise Refusal(
            f"{plain(str(path))} is written in a way that cannot be changed safely: move the lines of [cwac] and "
            "[connections.gsheets] below headings of that name. Nothing was written."
        ) from None
    if text != before:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise unwritable(path, error) from None
        with replaced_file(path) as opened:
            opened.write(text.encode())
        alone = ", which only you can read" if os.name == "posix" else ""
        print_message(f"Written to {plain(str(path))}{alone}.")
    return load()


_Sections = Mapping[str, Mapping[str, str | bool]]


class NotChanged(Exception):  # noqa: N818 - becomes a sentence of the command
    """The text cannot be changed without touching something else in it."""


def with_sheet(text: str, key: Mapping[str, str] | None, spreadsheet: str) -> str:
    """Name this sheet and take a workbook out; with a key, write its lines in place of any earlier credentials."""
    credentials = () if key is None else {*GOOGLE_KEYS, "key_file", "credentials", "impersonate"} - key.keys()
    sheet = {"connections.gsheets": {"spreadsheet": spreadsheet, **(key or {})}}
    return _changed(text, sheet, {"cwac": ["workbook"], "connections.gsheets": credentials})


def with_workbook(text: str, path: PurePath) -> str:
    """Name this workbook; the address of a sheet is taken out, its key stays."""
    # With backslashes, TOML would need them doubled.
    return _changed(text, {"cwac": {"workbook": path.as_posix()}}, {"connections.gsheets": ["spreadsheet"]})


def with_values(text: str, sections: _Sections) -> str:
    """Set these values: section, then key, then value."""
    return _changed(text, sections, {})


def _changed(text: str, sections: _Sections, removed: Mapping[str, Iterable[str]]) -> str:
    """The text after the change. Raises `NotChanged` where it would then say anything else."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    expected = tomllib.loads(text)
    _change(expected, sections, removed)
    try:
        document = tomlkit.parse(text)
        _change(document, sections, removed)
        changed = tomlkit.dumps(document)
        if tomllib.loads(changed) == expected:
            return changed
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError):
        pass
    raise NotChanged


def _change(document: Any, sections: _Sections, removed: Mapping[str, Iterable[str]]) -> None:
    """Change a dictionary or a tomlkit document; a tomlkit table in it equals a dictionary of the same contents."""
    import tomlkit

    for section, values in sections.items():
        if values:
            table, (*parents, last) = document, section.split(".")
            for name in parents:
                table = table.setdefault(name, tomlkit.table(is_super_table=True))
            table.setdefault(last, tomlkit.table()).update(values)
    for section, names in removed.items():
        table = document
        for name in section.split("."):
            table = table.get(name, {})
        for name in names:
            table.pop(name, None)
