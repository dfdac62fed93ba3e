"""Form tabs: known by their headers, every row accounted for, and nothing read that must not be kept."""

import datetime as dt
from dataclasses import replace

import pytest

from cwac.forms.reading import read_moment
from cwac.settings import Rules, SettingsError
from cwac.sheet.planning import make_plan, refuse_unknown_meanings
from cwac.sheet.reader import read_workbook
from tests.cases import each
from tests.forms.answered import ANSWERS, COUNTS, DAY, EVENTS, FEEDBACK, OFFICERS, STAFFING, at, read
from tests.sheet import county


@each(
    ("header", "columns"),
    [
        (["Timestamp", "Which coffee", "Officer", "Can you come?"], ("Which coffee", "Event ID")),
        (["Timestamp", "Event ID", "Officer", "See you there?"], ("see you there?", "Can you come?")),
    ],
)
def test_form_tab_whose_event_or_question_only_the_settings_name_is_read(header, columns):
    book = county.workbook(Events=EVENTS, Form1=[header, [at(9), "E1", "OF-01", "Yes"]])
    kinds = [
        [table.kind for table in make_plan(book, rules).tables if table.title == "Form1"]
        for rules in (Rules(), Rules(columns=(columns,)))
    ]
    assert kinds == [[], ["Officer answers"]]


def test_tab_named_by_hand_as_one_that_forms_fill_is_known_by_name_and_not_read_without_its_columns():
    refuse_unknown_meanings(Rules(tabs=(("Form1", "Officer answers"),), columns=(("Q1", "Can you come?"),)))
    with pytest.raises(SettingsError, match="did you mean Officer answers"):
        refuse_unknown_meanings(Rules(tabs=(("Form1", "Officer answer"),)))
    rules = Rules(tabs=(("Form1", "Officer answers"), ("Form2", "")))
    plan = make_plan(
        county.workbook(Events=EVENTS, Form1=[["Timestamp", "Who"]], Form2=[ANSWERS, [at(9), "E1", "OF-01", "Yes"]]),
        rules,
    )
    assert [(tab.title, tab.reason) for tab in plan.unread] == [
        ("Form1", "it has no columns of Officer answers."), ("Form2", "the settings say that it is not read."),
    ]  # fmt: skip


moment = dt.datetime.fromisoformat


def test_text_and_addresses_that_are_not_shown_are_in_no_snapshot():
    snapshot = read(
        Form1=[ANSWERS, [at(9), "E1", "OF-01", "Yes", "note", "secretaddress@example.com"],
               [at(9), "E1", "OF-09", "Yes", "note", "secretaddress2@example.com"]],
        Form2=[COUNTS, [at(9), "E1", 12, None, "Final", "secretname"]],
        Form3=[FEEDBACK, [at(9), "E1", 5, 4, "Yes", "secrettext"], [at(9), "E1", 8, 8, "Yes", "secrettext"]],
    )  # fmt: skip
    assert len(snapshot.added) == 2
    assert "secret" not in repr(snapshot)


@each(
    ("typed", "wanted"),
    [
        (at(18.2), "2026-11-20 18:12"), ("11/20/2026 18:12:00", "2026-11-20 18:12"),
        ("2026-11-20T18:12", "2026-11-20 18:12"),
        ("11/20/26 6:12 PM", "2026-11-20 18:12"), ("20/11/2026 18:12:00", "2026-11-20 18:12"),
        ("11/20/2026 12:05 AM", "2026-11-20 00:05"), ("11/20/2026", "2026-11-20 00:00"), ("n/a", None),
        ("Friday", None), (12, None), ("13/13/2026 9:00", None), (True, None),
    ],
)  # fmt: skip
def test_moment_is_read_as_forms_write_it(typed, wanted):
    assert read_moment(typed).value == (None if wanted is None else moment(wanted))


def test_hidden_or_copied_form_tab_is_put_away():
    book = county.workbook(
        Events=EVENTS, Officers=OFFICERS, Staffing=STAFFING, Form1=[ANSWERS, [at(9), "E1", "OF-01", "Yes"]]
    )
    book = replace(book, tabs=tuple(replace(tab, hidden=tab.title == "Form1") for tab in book.tabs))
    snapshot = read_workbook(book, DAY)
    assert (snapshot.added, "Officer answers" in snapshot.accounting) == ((), False)
    assert [(one.severity, one.advice) for one in snapshot.problems if one.found == "Form1"] == [
        ("notice", 'The tab "Form1" is not read: it is hidden. It has 2 rows.')
    ]
