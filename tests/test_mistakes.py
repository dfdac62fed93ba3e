"""Mistakes that people make on the way from nothing to their sheet: each names its cause and the next step.

None of them is answered with the sample.
"""

import datetime as dt
import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.checks import configured, google_sheet
from cwac.cli import main
from cwac.refresh import sheets
from cwac.settings import SettingsError, file
from tests.cases import each

PLANTED = "planted-secret-MIIEvQIBADANBgkqhkiG9w0BAQ"
SHEET = "https://docs.google.com/spreadsheets/d/1AbCdEf_gh-IJKLmnop"
NOW = dt.datetime(2026, 11, 1, 12, tzinfo=dt.UTC)
HERE = ".streamlit/secrets.toml"


@dataclass(frozen=True)
class Mistake:
    """What was typed, and the parts of the message that name the cause and the next step.

    `text` is the settings file; `files` are files by path. The current folder is `folder`, below a home of its own.
    `kind` is the cause that the poller gives.
    """

    name: str
    cause: str
    next: str
    text: str | bytes | None = None
    environ: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    folder: str = "coffee"
    kind: str = "settings"


def in_sheet(line: str) -> str:
    return f"[connections.gsheets]\n{line}\n"


KEY_FILE = json.dumps({"type": "service_account", "private_key": PLANTED, "client_email": "x@y.example"}, indent=2)
GOOD = in_sheet(f'spreadsheet = "{SHEET}"')

IN_LINE = {
    "no quotes": (2, "[cwac]\nworkbook = plan.xlsx\n"),
    "no quotes around the address": (2, in_sheet(f"spreadsheet = {SHEET}")),
    "one quote missing": (2, '[cwac]\nworkbook = "plan.xlsx\n'),
    "curly quotes": (2, "[cwac]\nworkbook = “plan.xlsx”\n"),
    "one curly quote": (2, '[cwac]\nworkbook = "plan.xlsx”\n'),
    "Google's JSON as the file": (1, KEY_FILE),
    "Google's JSON below the section": (2, in_sheet(KEY_FILE)),
    "lines of JSON": (2, in_sheet('"type": "service_account",')),
    "comma at the end": (2, in_sheet('type = "service_account",')),
    "True": (2, "[access]\nlocal = True\n"),
    r"\U in a path": (2, '[cwac]\nworkbook = "C:\\Users\\ann\\plan.xlsx"\n'),
    "line break in the key": (2, in_sheet(f'private_key = "-----BEGIN PRIVATE KEY-----\n{PLANTED}\n"')),
    ": in place of =": (2, '[cwac]\nworkbook: "plan.xlsx"\n'),
    "list without brackets": (2, '[access]\nviewers = "@a.example", "@b.example"\n'),
    "list not closed": (3, '[access]\nviewers = ["@a.example"\nlocal = true\n'),
    "bracket missing": (1, '[cwac\nworkbook = "x"\n'),
    "space in the key": (2, "[cwac]\nrefresh seconds = 60\n"),
    "remark with //": (1, "// my sheet\n"),
    "no-break space": (2, "[cwac]\n\u00a0workbook = 'x'\n"),
    "Word document": (1, "PK\x03\x04 cwac"),
}
TWICE = {
    "section": (4, '[cwac]\nworkbook = "a.xlsx"\n\n[cwac]\ntimezone = "America/Denver"\n'),
    "key": (3, '[cwac]\nworkbook = "a.xlsx"\nworkbook = "b.xlsx"\n'),
}
NO_UTF8 = {"UTF-16": (1, GOOD.encode("utf-16")), "Windows-1252": (2, "[cwac]\nworkbook = 'café'\n".encode("cp1252"))}
HOW = (
    "rite lines such as [section], key = \"text\" in straight quotes, key = 'C:\\plan.xlsx', key = true or # a remark; "
    "or let cwac connect write the file."
)
TOML = [
    *(Mistake(name, f"is not well-formed TOML in line {line}", HOW, text) for name, (line, text) in IN_LINE.items()),
    *(
        Mistake(f"{name} twice", f"line {line}, which repeats a section or a key", HOW, text)
        for name, (line, text) in TWICE.items()
    ),
    *(
        Mistake(name, f"not saved as UTF-8, as line {line} shows", "save it again as plain text, UTF-8", text)
        for name, (line, text) in NO_UTF8.items()
    ),
    Mistake(r"\t in a path", r"workbook has \t between double quotes", "single quotes",
            '[cwac]\nworkbook = "C:\\temp\\new.xlsx"\n'),
]  # fmt: skip
NAMES = [  # all others are in tests/settings_refused.txt and tests/test_settings_names.py
    Mistake("[Connections.gsheets]", "[Connections] is not a section", "did you mean [connections]?",
            f'[Connections.gsheets]\nspreadsheet = "{SHEET}"\n'),
    Mistake("file as spreadsheet", "spreadsheet names a file", "workbook under [cwac]",
            in_sheet("spreadsheet = 'plan.xlsx'")),
    Mistake("CWAC_SHEET", "CWAC_SHEET is not known", "CWAC_SPREADSHEET", environ={"CWAC_SHEET": SHEET}),
    Mistake("address as workbook", "workbook is a web address", "spreadsheet under [connections.gsheets]",
            f"[cwac]\nworkbook = '{SHEET}'\n"),
    Mistake("spreadsheat", "[connections.gsheets] names no sheet", "did you mean spreadsheet",
            in_sheet(f'spreadsheat = "{SHEET}"')),
    Mistake("CWAC_WORKBOK", "CWAC_WORKBOK is not known", "did you mean CWAC_WORKBOOK?",
            environ={"CWAC_WORKBOK": "plan.xlsx"}),
]  # fmt: skip
FILES = [
    Mistake("file that is not there", "plan.xlsx is not there", "Check the path", "[cwac]\nworkbook = 'plan.xlsx'\n",
            kind="not-found"),
    Mistake("address of the example", "do not hold the link of a Google Sheet", "copy the address from the browser",
            in_sheet('spreadsheet = "https://docs.google.com/spreadsheets/d/…"'), kind="bad-address"),
    Mistake("page published to the web", "a page published to the web", "Open the sheet itself and copy the address",
            in_sheet(f'spreadsheet = "{SHEET.replace("/d/", "/d/e/")}/pubhtml"'), kind="bad-address"),
    Mistake("sheet without a key", "is missing its client_email and its private_key", "copy all of Google's key file",
            GOOD, kind="bad-key"),
    Mistake("key file that is not there", "key file key.json cannot be read", "check CWAC_SERVICE_ACCOUNT",
            GOOD, {"CWAC_SERVICE_ACCOUNT": "key.json"}),
    *[
        Mistake(f"key file that is no key, {number}", "key.json is not a service account's key file as Google made it",
                "add a key of type JSON", GOOD, {"CWAC_SERVICE_ACCOUNT": "key.json"}, {"key.json": content})
        for number, content in enumerate((json.dumps({"installed": {"client_secret": PLANTED}}), PLANTED, ""))
    ],
]  # fmt: skip
ALL = [*TOML, *NAMES, *FILES]


@contextmanager
def typed(mistake: Mistake) -> Iterator[Path]:
    """A home of its own with these files; the current folder is the one where the command is run."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        folder = Path(home, mistake.folder)
        for path, content in {HERE: mistake.text, **mistake.files}.items():
            if content is not None:
                file = Path(os.path.normpath(folder / path))
                file.parent.mkdir(parents=True, exist_ok=True)
                file.write_bytes(content if isinstance(content, bytes) else content.encode())
                file.chmod(0o600)
        folder.mkdir(parents=True, exist_ok=True)
        patch.chdir(folder)
        patch.setattr("cwac.settings.file.PROJECT", folder)
        for name in [name for name in os.environ if name.startswith(("CWAC_", "STREAMLIT_"))]:
            patch.delenv(name)
        for name, value in {"HOME": home, **mistake.environ}.items():
            patch.setenv(name, value)
        yield folder


@pytest.mark.slow
@each("mistake", ALL, ids=[mistake.name for mistake in ALL])
def test_command_doctor_and_server_name_cause_and_next_step_and_never_show_the_sample(mistake: Mistake) -> None:
    with typed(mistake):
        ended = CliRunner().invoke(main, ["check"], prog_name="cwac")
        message = ended.stderr
        assert (ended.exit_code, ended.stdout, message.count("\n")) == (2, "", 1)
        assert mistake.cause in message
        assert mistake.next in message
        assert "ample" not in message

        config = configured.load()
        assert config.settings is None or not config.settings.sample
        findings = [*configured.findings(config)]
        if config.settings is not None:
            findings += google_sheet.findings(config.settings, NOW)
        failures = [finding for finding in findings if finding.result == "FAIL"]
        assert any(mistake.cause in f"{finding.found} {finding.next}" for finding in failures), findings
        assert all(finding.next and finding.whose for finding in failures)
        assert PLANTED not in f"{message} {findings!r}"

        try:
            live = sheets.start().wait(20)
            assert live.snapshot is None
            assert live.trouble is not None
            assert (live.trouble.cause, mistake.cause in str(live.trouble)) == (mistake.kind, True)
            assert not sheets.settings().sample
        finally:
            sheets.stop()


@each(
    "text",
    [
        "\ufeff" + GOOD,  # a byte order mark
        GOOD.replace(" ", "\t"),
        GOOD.replace("\n", "\r\n"),
        "# https://example.com “quoted”\n" + GOOD,
        in_sheet(f"spreadsheet = '{SHEET}'\nprivate_key = '''-----BEGIN\nabc\n'''"),
    ],
)
def test_what_is_right_is_read(text: str) -> None:
    with typed(Mistake("", "", "", text)):
        config = configured.load()
    assert config.settings is not None, config.error
    assert config.settings.spreadsheet == SHEET


LINE = f"{PLANTED}+/=="


@each("beginning", ["", "key = ", '"key": ', "[", "private_key = ", "workbook = [", "# fine\nprivate_key: "])
@each("end", ["", "\n", ",\n", '"\n', "]\n", "\\U\n", "\n[cwac]\n[cwac]\n"])
def test_no_part_of_a_line_that_may_be_a_key_is_repeated(beginning: str, end: str) -> None:
    assert PLANTED[:20] not in told(f"{beginning}{LINE}{end}")


@each("text", [f'"{LINE}" = 1\n"{LINE}" = 2', f'["{LINE}"]\n["{LINE}"]', f'a = {{ "{LINE}" = 1, "{LINE}" = 2 }}'])
def test_no_part_of_a_key_that_stands_there_twice_is_repeated(text: str) -> None:
    assert "which repeats a section or a key" in told(text)
    assert PLANTED[:20] not in told(text)


def told(text: str) -> str:
    """What is said of a settings file that is not TOML."""
    with typed(Mistake("", "", "", text)) as folder:
        try:
            file.read(folder / HERE)
        except SettingsError as error:
            return str(error)
    return ""
