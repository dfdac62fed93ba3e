"""The settings file with a source connected: what is said before is said after, comments and line ends included."""

import tomllib
from pathlib import PurePosixPath, PureWindowsPath

import pytest

from cwac.cli.connect_questions import NotChanged, with_sheet, with_values, with_workbook
from cwac.settings.values import Setting, parse
from tests.cases import each

KEY = {"type": "service_account", "private_key": "-----BEGIN\nplanted\n-----END\n", "client_email": "a@b.example"}
BEFORE = [
    "",
    "# Nothing yet.\n",
    "[cwac]\nrefresh_seconds = 60  # slow\n# Who may look.\n[access]\nviewers = [ # first\n  '@a.example']",
    "[connections.x]\na = 1\n[auth]\nclient_id = '''x'''\n[connections.gsheets]\nspreadsheet = 'old'\nextra = 7",
    "[connections]\n[connections.gsheets]\nprivate_key = '''a\nb'''\n[rules]\ntravel_mph = 45",
    "connections = { gsheets = { spreadsheet = 'old' } }\n",
    "connections.gsheets.spreadsheet = 'old'\n[access]\nlocal = false\n",
    '[auth.google]\nclient_id = "ü ☕"\n\n\n[cwac]\nworkbook = "old.xlsx"\n',
]


@each("text", BEFORE)
def test_sheet_is_the_only_change(text: str) -> None:
    expected = tomllib.loads(text)
    gsheets = expected.setdefault("connections", {}).setdefault("gsheets", {})
    gsheets |= {"spreadsheet": "SHEET"} | KEY
    expected.get("cwac", {}).pop("workbook", None)
    after = with_sheet(text, KEY, "SHEET")
    assert tomllib.loads(after) == expected
    for comment in ("# Nothing yet.", "# slow", "# Who may look.", "# first"):
        assert (comment in after) == (comment in text)
    assert with_sheet(after, KEY, "SHEET") == after


@each("text", BEFORE)
def test_workbook_is_the_only_change_or_nothing_is(text: str) -> None:
    expected = tomllib.loads(text)
    expected.setdefault("cwac", {})["workbook"] = "/home/ann/plan.xlsx"
    expected.get("connections", {}).get("gsheets", {}).pop("spreadsheet", None)
    try:
        after = with_workbook(text, PurePosixPath("/home/ann/plan.xlsx"))
    except NotChanged:
        assert text.startswith("connections.gsheets.")
    else:
        assert tomllib.loads(after) == expected


def test_lines_stay_as_they_are_with_windows_line_ends() -> None:
    text = "[cwac]\r\nrefresh_seconds = 60\r\n\r\n[access]\r\nlocal = true\r\n"
    assert with_sheet(text, KEY, "SHEET").startswith(text)


@each(
    ("path", "written"),
    [
        (PureWindowsPath(r"C:\Users\ann\new plan.xlsx"), "C:/Users/ann/new plan.xlsx"),
        (PureWindowsPath(r"\\server\share\plan.xlsx"), "//server/share/plan.xlsx"),
        (PurePosixPath('/home/ann/a "b" \\U.xlsx'), '/home/ann/a "b" \\U.xlsx'),
    ],
)
def test_path_reads_back_as_the_same_file(path: PurePosixPath | PureWindowsPath, written: str) -> None:
    workbook = tomllib.loads(with_workbook("", path))["cwac"]["workbook"]
    assert workbook == written
    assert type(path)(workbook) == path
    assert parse(Setting("cwac", "workbook", "text"), workbook, "workbook") == written


NAMES = ["Host dept", 'a"\n[access]\nlocal = true', "a.b", "", "é \u202e\x7f"]


@each("text", BEFORE)
def test_meanings_of_names_say_nothing_else(text: str) -> None:
    answers = {"columns": dict.fromkeys(NAMES, "Officers"), "tabs": {}}
    expected = tomllib.loads(text) | {"columns": dict.fromkeys(NAMES, "Officers")}
    try:
        assert tomllib.loads(with_values(text, answers)) == expected
    except NotChanged:
        assert text.startswith("connections.gsheets.")


def test_value_is_added_to_a_section_that_is_there() -> None:
    changed = with_values("[access]\nsign_in_days = 3\n", {"access": {"local": True}})
    assert changed == "[access]\nsign_in_days = 3\nlocal = true\n"


def test_text_that_is_no_toml_is_not_changed() -> None:
    with pytest.raises((NotChanged, tomllib.TOMLDecodeError)):
        with_values("[access\n", {})
