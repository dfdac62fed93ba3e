"""The forms: their questions make tabs that are read, and what `cwac forms` prints is in tests/cli/sessions."""

import openpyxl

from cwac import addons
from cwac.forms.questions import KINDS, FormKind
from cwac.forms.settings import Forms, filled_in, with_places
from cwac.forms.settings import read as read_settings
from cwac.settings.schema import Typed
from cwac.sheet.planning import make_plan
from cwac.sheet.schema import TABS
from cwac.sheet.template import write_start_here
from tests.cases import each
from tests.forms.answered import EVENTS
from tests.sheet import county

SHIFT = "https://docs.google.com/forms/d/e/abc/viewform?usp=pp_url&entry.1={event}&entry.2={officer}"
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
