"""Mistakes that people make on the way from nothing to their sheet: each names its cause and the next step.

None of them is answered with the sample. `python -m tests.test_mistakes` prints the table.
"""

import datetime as dt
import json
import os
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from cwac.checks import configured, google_sheet
from cwac.cli import main
from cwac.refresh import sheets
from cwac.settings import KEYS
from cwac.toml_hints import explain
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

TOML = [
    Mistake("no quotes", "line 2 has no quotes around its value", 'workbook = "plan.xlsx"',
            "[cwac]\nworkbook = plan.xlsx\n"),
    Mistake("no quotes around the address", "no quotes", 'spreadsheet = "https://', in_sheet(f"spreadsheet = {SHEET}")),
    Mistake("one quote missing", "a quote that is not closed", 'workbook = "plan.xlsx"',
            '[cwac]\nworkbook = "plan.xlsx\n'),
    Mistake("curly quotes", "line 2 has curly quotes", "Write straight ones: workbook =",
            "[cwac]\nworkbook = “plan.xlsx”\n"),
    Mistake("one curly quote", "curly quotes", "straight ones: workbook", '[cwac]\nworkbook = "plan.xlsx”\n'),
    Mistake("Google's JSON as the file", "line 1 begins JSON", "CWAC_SERVICE_ACCOUNT", KEY_FILE),
    Mistake("Google's JSON below the section", "line 2 begins JSON", "CWAC_SERVICE_ACCOUNT", in_sheet(KEY_FILE)),
    Mistake("lines of JSON", 'line 2 is written as JSON ("type": …,)', 'type = "service_account"',
            in_sheet('"type": "service_account",')),
    Mistake("comma at the end", "line 2 ends with a comma", 'type = "service_account"',
            in_sheet('type = "service_account",')),
    Mistake("True", "true or false, in small letters", "local = true", "[access]\nlocal = True\n"),
    Mistake("yes", "true or false, in small letters", "public = false", "[access]\npublic = no\n"),
    Mistake(r"\U in a path", "line 2 has a backslash between double quotes", r"workbook = 'C:\Users\you\plan.xlsx'",
            '[cwac]\nworkbook = "C:\\Users\\ann\\plan.xlsx"\n'),
    Mistake(r"\t in a path", r"workbook has \t between double quotes", "single quotes",
            '[cwac]\nworkbook = "C:\\temp\\new.xlsx"\n'),
    Mistake("line break in the key", "private_key that goes on in the next line", r'"-----BEGIN PRIVATE KEY-----\n…',
            in_sheet(f'private_key = "-----BEGIN PRIVATE KEY-----\n{PLANTED}\n-----END PRIVATE KEY-----\n"')),
    Mistake("section twice", "line 4 has [cwac] a second time, first in line 1", "Put all its lines below the first",
            '[cwac]\nworkbook = "a.xlsx"\n\n[cwac]\ntimezone = "America/Denver"\n'),
    Mistake("key twice", "line 3 has workbook a second time, first in line 2", "Delete one of the two",
            '[cwac]\nworkbook = "a.xlsx"\nworkbook = "b.xlsx"\n'),
    Mistake("= missing", "line 2 has no =", 'Write: workbook = "plan.xlsx"', '[cwac]\nworkbook "plan.xlsx"\n'),
    Mistake(": in place of =", "line 2 has : in place of =", 'Write: workbook = "plan.xlsx"',
            '[cwac]\nworkbook: "plan.xlsx"\n'),
    Mistake("list without brackets", "line 2 has several values", 'viewers = ["@agency.gov"',
            '[access]\nviewers = "@a.example", "@b.example"\n'),
    Mistake("list not closed", "line 2 has a list that cannot be read", 'viewers = ["@agency.gov"',
            '[access]\nviewers = ["@a.example"\nlocal = true\n'),
    Mistake("bracket missing", "line 1 is not a section's name in brackets", "Write: [cwac]",
            '[cwac\nworkbook = "x"\n'),
    Mistake("space in the key", "line 2 has a space in its key", "Write: refresh_seconds",
            "[cwac]\nrefresh seconds = 60\n"),
    Mistake("remark with //", "line 1 is no setting", "A remark begins with #", "// my sheet\n"),
    Mistake("no-break space", "line 2 has an invisible character", "Type the line again",
            "[cwac]\n\u00a0workbook = 'x'\n"),
    Mistake("UTF-16", "saved as UTF-16", "save it again as plain text, UTF-8", GOOD.encode("utf-16")),
    Mistake("Windows-1252", "not saved as UTF-8, as line 2 shows", "save it again as plain text, UTF-8",
            "[cwac]\nworkbook = 'caf\u00e9.xlsx'\n".encode("cp1252")),
    Mistake("Word document", "is a word processor's document", "plain text", b"PK\x03\x04 cwac"),
]  # fmt: skip
NAMES = [
    Mistake("[connection.gsheets]", "[connection] is not a section", "did you mean [connections]?",
            f'[connection.gsheets]\nspreadsheet = "{SHEET}"\n'),
    Mistake("[Connections.gsheets]", "[Connections] is not a section", "did you mean [connections]?",
            f'[Connections.gsheets]\nspreadsheet = "{SHEET}"\n'),
    Mistake("[connections.gsheet]", "[connections.gsheet] names no sheet", "did you mean [connections.gsheets]?",
            f'[connections.gsheet]\nspreadsheet = "{SHEET}"\n'),
    Mistake("[connections] alone", "spreadsheet is under [connections]", "belong under [connections.gsheets]",
            f'[connections]\nspreadsheet = "{SHEET}"\n'),
    Mistake("spreadsheat", "[connections.gsheets] names no sheet", "did you mean spreadsheet",
            in_sheet(f'spreadsheat = "{SHEET}"')),
    Mistake("workbok", "[cwac] does not know workbok", "did you mean workbook?", "[cwac]\nworkbok = 'plan.xlsx'\n"),
    Mistake("key above all sections", "workbook is above all sections", "belongs under [cwac]",
            "workbook = 'plan.xlsx'\n"),
    Mistake("spreadsheet under [cwac]", "[cwac] does not know spreadsheet", "belongs under [connections.gsheets]",
            f'[cwac]\nspreadsheet = "{SHEET}"\n'),
    Mistake("empty value", "workbook is empty", "write a value", "[cwac]\nworkbook = ''\n"),
    Mistake("key without a sheet", "[connections.gsheets] names no sheet", "write spreadsheet =",
            in_sheet(f'private_key = "{PLANTED}"')),
    Mistake("address as workbook", "workbook is a web address", "spreadsheet under [connections.gsheets]",
            f"[cwac]\nworkbook = '{SHEET}'\n"),
    Mistake("file as spreadsheet", "spreadsheet names a file", "workbook under [cwac]",
            in_sheet("spreadsheet = 'plan.xlsx'")),
    Mistake("CWAC_WORKBOK", "CWAC_WORKBOK is not known", "did you mean CWAC_WORKBOOK?",
            environ={"CWAC_WORKBOK": "plan.xlsx"}),
    Mistake("CWAC_SHEET", "CWAC_SHEET is not known", "CWAC_SPREADSHEET", environ={"CWAC_SHEET": SHEET}),
    Mistake("CWAC_WORKBOOK empty", "CWAC_WORKBOOK: workbook is empty", "write a value", environ={"CWAC_WORKBOOK": ""}),
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
    Mistake("key file of an OAuth client", "the file of an OAuth client", "add a key of type JSON", GOOD,
            {"CWAC_SERVICE_ACCOUNT": "key.json"}, {"key.json": json.dumps({"installed": {"client_secret": PLANTED}})}),
    Mistake("key file that is no JSON", "key.json is not a service account's key file", "download the JSON key", GOOD,
            {"CWAC_SERVICE_ACCOUNT": "key.json"}, {"key.json": PLANTED}),
    Mistake("secrets.toml.txt", "secrets.toml.txt holds settings and is not read", "rename it to secrets.toml",
            files={".streamlit/secrets.toml.txt": GOOD}),
    Mistake("secret.toml", "secret.toml holds settings and is not read", "rename it to secrets.toml",
            files={".streamlit/secret.toml": GOOD}),
    Mistake("secrets.toml outside .streamlit", "secrets.toml holds settings and is not read", "move it to",
            files={"secrets.toml": GOOD}),
    Mistake("streamlit without its dot", "holds settings and is not read", "rename the folder streamlit to .streamlit",
            files={"streamlit/secrets.toml": GOOD}),
    Mistake("started in a folder below", "holds settings and is not read", "start in",
            files={"../.streamlit/secrets.toml": GOOD}, folder="coffee/docs"),
    Mistake("started in the folder above", "holds settings and is not read", "start in",
            files={"coffee/.streamlit/secrets.toml": GOOD}, folder="projects"),
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
        patch.setattr("cwac.settings.PROJECT", folder)
        for name in [name for name in os.environ if name.startswith(("CWAC_", "STREAMLIT_"))]:
            patch.delenv(name)
        for name, value in {"HOME": home, **mistake.environ}.items():
            patch.setenv(name, value)
        yield folder


def answer_of(mistake: Mistake) -> tuple[int, str, str]:
    """Exit status, standard output and standard error of `cwac check`."""
    with typed(mistake):
        ended = CliRunner().invoke(main, ["check"], prog_name="cwac")
    return ended.exit_code, ended.stdout, ended.stderr


def test_table_is_long_enough_and_its_names_are_unique() -> None:
    assert len(ALL) >= 30
    assert len({mistake.name for mistake in ALL}) == len(ALL)


@each("mistake", ALL, ids=[mistake.name for mistake in ALL])
def test_command_line_names_cause_and_next_step_in_one_line_and_never_reads_the_sample(mistake: Mistake) -> None:
    status, output, message = answer_of(mistake)
    assert (status, output) == (2, ""), message or output
    assert message.count("\n") == 1
    assert mistake.cause in message
    assert mistake.next in message
    assert PLANTED not in message
    assert "ample" not in message


@each("mistake", ALL, ids=[mistake.name for mistake in ALL])
def test_doctor_reports_the_mistake_as_a_failure(mistake: Mistake) -> None:
    with typed(mistake):
        config = configured.load()
        sample = config.settings is not None and config.settings.sample
        findings = [*configured.findings(config)]
        if config.settings is not None:
            findings += google_sheet.findings(config.settings, NOW)
    assert not sample
    failures = [finding for finding in findings if finding.result == "FAIL"]
    assert any(mistake.cause in f"{finding.found} {finding.next}" for finding in failures), findings
    assert all(finding.next and finding.whose for finding in failures)
    assert not any(PLANTED in repr(finding) for finding in findings)


@each("mistake", ALL, ids=[mistake.name for mistake in ALL])
def test_server_shows_no_data_and_never_the_sample(mistake: Mistake) -> None:
    with typed(mistake):
        try:
            live = sheets.start().wait(20)
            assert live.snapshot is None
            assert live.trouble is not None
            assert live.trouble.cause == mistake.kind
            assert mistake.cause in str(live.trouble)
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
    assert config.settings is not None, config.trouble
    assert config.settings.spreadsheet == SHEET


@each(
    "path",
    [".streamlit/secrets.toml.example", ".streamlit/config.toml", ".streamlit/secrets.toml.txt", "secrets.toml"],
)
def test_files_of_others_are_no_near_miss(path: str) -> None:
    text = GOOD if "example" in path else "[mysql]\npassword = 'x'\n"
    with typed(Mistake("", "", "", files={path: text})):
        config = configured.load()
    assert config.settings is not None, config.trouble
    assert config.settings.sample


@each("beginning", ["", "key = ", '"key": ', "[", "private_key = ", "workbook = [", "# fine\nprivate_key: "])
@each("end", ["", "\n", ",\n", '"\n', "]\n", "\\U\n", "\n[cwac]\n[cwac]\n"])
def test_no_part_of_a_line_that_may_be_a_key_is_repeated(beginning: str, end: str) -> None:
    text = f"{beginning}{PLANTED}+/=={end}"
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = explain(text, error, KEYS)
        assert "line " in hint
        assert PLANTED[:20] not in hint


if __name__ == "__main__":
    for each_mistake in ALL:
        _, _, sentence = answer_of(each_mistake)
        verdict = "cause and next step" if each_mistake.cause in sentence and each_mistake.next in sentence else "NO"
        print(f"| {each_mistake.name} | {sentence.strip().removeprefix('Error: ')} | {verdict} |")
