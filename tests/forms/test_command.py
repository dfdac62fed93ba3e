"""`cwac forms` and doctor: questions that make tabs which are read, links, settings, and what does not fit."""

import os
import tomllib
from pathlib import Path

import openpyxl
import pytest
from click.testing import CliRunner, Result

from cwac import addons
from cwac.cli import main
from cwac.forms.questions import KINDS, FormKind
from cwac.forms.settings import Forms, filled_in, with_places
from cwac.forms.settings import read as read_settings
from cwac.settings.schema import Typed
from cwac.sheet.planning import make_plan
from cwac.sheet.schema import TABS
from cwac.sheet.template import write_start_here
from tests.cases import each
from tests.forms.answered import ANSWERS, EVENTS, OFFICERS, STAFFING, at
from tests.sheet import county
from tests.web import plan

SHIFT = "https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1={event}&entry.2={officer}"
HOSTS = "docs.google.com, forms.gle, forms.office.com, forms.office365.us or forms.cloud.microsoft"
FILLED = "https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1=EVENT&entry.2=OFFICER"


@each("kind", KINDS, ids=[kind.key for kind in KINDS])
@each("times", [["Timestamp"], ["Marca temporal"], ["ID", "Start time", "Completion time", "Email", "Name"]])
def test_questions_word_for_word_make_a_tab_that_is_read(kind: FormKind, times: list[str]):
    (table,) = [
        table for table in make_plan(county.workbook(Events=EVENTS, Form1=[[*times, *kind.questions]])).tables
        if table.title == "Form1"
    ]  # fmt: skip
    assert table.kind == kind.tab
    asked = table.columns[len(times) :]
    assert [one.header for one in asked if one.field is None] == []
    assert len({one.field for one in asked}) == len(kind.questions)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder with a workbook that has officers' answers and a form with a question renamed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    tabs = {
        "Events": EVENTS, "Officers": OFFICERS, "Staffing": STAFFING, "Towns": [["Town"], ["Weed"]],
        "Form Responses 1": [ANSWERS, [at(9), "E1", "OF-01", "Yes"], [at(9), "E9", "OF-01", "Yes"]],
        "Form2": [["Timestamp", "Event ID", "Guests", "Done?"], [at(9), "E1", 12, "Yes"]],
    }  # fmt: skip
    (tmp_path / "county.xlsx").write_bytes(plan._xlsx(tabs))
    return tmp_path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["forms", "county.xlsx", "--on", "2026-11-25", *arguments])


def test_command_says_what_to_create_what_the_sheet_has_and_the_links(folder: Path):
    ended = run("--shift", FILLED)
    assert ended.exit_code == 0, ended.output
    assert tomllib.loads((folder / ".streamlit/secrets.toml").read_text()) == {"forms": {"shift": SHIFT}}
    assert os.name != "posix" or (folder / ".streamlit/secrets.toml").stat().st_mode & 0o777 == 0o600
    lines = ended.stdout.splitlines()
    at_shift, at_door = (
        lines.index("Officers answer about their shifts ([forms] shift)"),
        lines.index("Guests are counted at the door ([forms] door)"),
    )
    assert lines[at_shift + 1 : at_door - 1] == [
        "  1. Event ID (please do not change): short answer, required",
        "  2. Officer (please do not change): short answer, required",
        "  3. Can you come?: multiple choice, required: Yes, No, Maybe",
        "  4. Note: short answer",
        "  In the sheet: Officer answers, 1 of 2 rows are used.",
        "  Link for E1, OF-01: https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1=E1&entry.2=OF-01",
    ]
    assert lines[at_door + 5 : at_door + 8] == [
        "  In the sheet: no tab of Door counts yet.",
        '  The tab "Form2" is not read: it looks like the answers of a form, but has no column "Final?" with So far or '
        "Final. Name the question so, or say so in [columns]. It has 2 rows.",
        "  Link: none in the settings yet.",
    ]
    link = "https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1=E2&entry.2=B.%20Demo"
    assert f"  Link for E2, B. Demo: {link}" in run("--event", "E2", "--officer", "B. Demo").stdout.splitlines()


@each(
    ("arguments", "message"),
    [
        (["--door", "https://evil.example/x"],
         f"door in [forms] must be an https address of a form on {HOSTS}. Nothing was written."),
        (["--event", "E9"], "no event has the ID E9."),
    ],
)  # fmt: skip
def test_command_refuses_what_it_cannot_use_and_writes_nothing(folder, arguments, message):
    ended = run(*arguments)
    assert (ended.exit_code, message in ended.stderr) == (2, True)
    assert not (folder / ".streamlit").exists()


@each(
    ("typed", "address"),
    [
        (FILLED, SHIFT), (f" {SHIFT} ", SHIFT), ("https://forms.gle/EVENT", "https://forms.gle/EVENT"),
        ("https://docs.google.com/a?entry.1=EVENTS&b=EVENT", "https://docs.google.com/a?entry.1=EVENTS&b={event}"),
    ],
)  # fmt: skip
def test_link_that_was_filled_in_gets_places(typed, address):
    assert with_places(typed) == address


def test_start_here_says_what_forms_are_for_and_nothing_of_them_without_the_add_on(monkeypatch):
    def lines() -> list[str]:
        write_start_here(sheet := openpyxl.Workbook().worksheets[0], TABS)
        return [name or heading for heading, name, _ in sheet.iter_rows(min_row=4, values_only=True) if name or heading]

    with_forms = lines()
    monkeypatch.setattr(addons, "installed", tuple)
    without = lines()
    section = ["Answers through forms, where you want them", "Officers answer", "Guests at the door",
               "Residents answer", "To set them up"]  # fmt: skip
    at_colors = without.index("What the colors mean")
    assert with_forms == [*without[:at_colors], *section, *without[at_colors:]]


@each(
    "address", [SHIFT, "https://forms.gle/abc", "https://forms.office.com/r/abc", "https://forms.cloud.microsoft/r/a"]
)
def test_address_of_a_form_is_read(address):
    assert read_settings(Typed({"forms": {"shift": address}})) == Forms(address)


def test_nothing_typed_is_no_section_and_answers_are_published_only_where_the_settings_say_so():
    tables = [*({"publish_feedback": typed} for typed in (True, "yes", False)), {"door": "https://forms.gle/abc"}]
    found = [read_settings(Typed({"forms": table})) for table in tables]
    assert [forms and forms.publish_feedback for forms in found] == [True, True, False, False]
    assert read_settings(Typed({})) is None


def test_answers_that_are_filled_in_are_quoted():
    assert filled_in(SHIFT, "EV 1&x", "A. Sample") == (
        "https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1=EV%201%26x&entry.2=A.%20Sample"
    )
