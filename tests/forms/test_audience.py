"""What is read of form tabs and kept of them, and who is given which part of an answer."""

import datetime as dt
from dataclasses import fields, replace

import pytest

from cwac.access import COORDINATOR, PUBLIC, Viewer, restrict, restrict_both
from cwac.forms.reading import read_moment
from cwac.forms.tabs import OTHER_FIELDS, SPECS, FeedbackAnswer, OfficerAnswer
from cwac.settings import Rules, SettingsError
from cwac.sheet.plan import without_private_cells
from cwac.sheet.planning import make_plan, refuse_unknown_meanings
from cwac.sheet.reader import plan_of, read_workbook
from cwac.sheet.schema import every_tab, seen_by
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
    assert read_moment(typed).value == (None if wanted is None else dt.datetime.fromisoformat(wanted))


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


# --- who is given which part ------------------------------------------------------------------------------------------

SNAPSHOT = read(
    Form1=[
        ANSWERS,
        [at(9), "E1", "OF-01", "Yes", "by phone", "b@c.gov"],
        [at(10), "E1", "OF-02", "No", "on leave", None],
        [at(11), "E2", "OF-01", "Maybe", "ask me", None],
        [at(12), "E1", "Y. Unknown", "Yes", None, None],
    ],
    Form3=[FEEDBACK, [at(9), "E2", 5, 4, "Yes", "thanks"]],
)
"""E1 is of MSPD and WPD, and B. Demo of SCSO is there; E2 is of MSPD, and A. Sample of WPD is there."""


@each(
    ("viewer", "answers"),
    [
        (COORDINATOR, [("E1", "A. Sample", "Yes", "by phone"), ("E1", "B. Demo", "No", "on leave"),
                       ("E2", "A. Sample", "Maybe", "ask me")]),
        (Viewer("liaison", ("WPD",)), [("E1", "A. Sample", "Yes", "by phone"), ("E1", "B. Demo", "No", None),
                                       ("E2", "A. Sample", "Maybe", "ask me")]),
        (Viewer("liaison", ("SCSO",)), [("E1", "A. Sample", "Yes", None), ("E1", "B. Demo", "No", "on leave")]),
        (Viewer("liaison", ("MSPD",)), [("E1", "A. Sample", "Yes", None), ("E1", "B. Demo", "No", None),
                                        ("E2", "A. Sample", "Maybe", None)]),
        (Viewer("liaison", ("CHP-MS",)), []),
        (Viewer("liaison"), []),
        (PUBLIC, []),
    ],
)  # fmt: skip
def test_answers_are_seen_as_names_in_staffing_are_and_notes_by_the_officers_own_agency(viewer, answers):
    found = [one for one in restrict(SNAPSHOT, viewer).added if isinstance(one, OfficerAnswer)]
    assert [(one.event_id, one.name, one.answer, one.note) for one in found] == answers


@each(
    ("viewer", "number"), [(COORDINATOR, 1), (Viewer("liaison", ("CHP-MS",)), 1), (Viewer("liaison"), 1), (PUBLIC, 0)]
)
def test_scores_of_residents_are_for_agencies_and_not_for_strangers(viewer, number):
    assert [type(one) for one in restrict(SNAPSHOT, viewer).added if not isinstance(one, OfficerAnswer)] == (
        [FeedbackAnswer] * number
    )


def test_names_that_an_answer_could_not_be_matched_to_are_quoted_as_in_staffing():
    viewers = [Viewer("liaison", (agency,)) for agency in ("WPD", "SCSO", "CHP-MS")]
    problems = [[one for one in restrict(SNAPSHOT, viewer).problems if one.cell == "C5"] for viewer in viewers]
    assert [[(one.found, one.advice) for one in found] for found in problems] == [
        [("Y. Unknown", "No officer of that name: correct it, or add it to the Officers tab.")], [], [],
    ]  # fmt: skip


def test_answers_of_an_event_that_came_to_be_shared_are_compared_as_seen_in_both_versions():
    wpd = Viewer("liaison", ("CHP-MS",))
    later = replace(SNAPSHOT, events=tuple(replace(one, partner_agencies=("CHP-MS",)) for one in SNAPSHOT.events))
    assert [version.added[:-1] for version in restrict_both(SNAPSHOT, later, wpd)] == [(), ()]


def test_every_field_of_an_answer_is_stated_and_a_column_that_states_nothing_is_for_coordinators():
    for kind in (OfficerAnswer, FeedbackAnswer):
        columns = {column.field for spec in SPECS if kind in spec.records for column in spec.columns}
        assert {field.name for field in fields(kind)} <= columns | set(OTHER_FIELDS[kind])
    assert seen_by(OfficerAnswer, "public") == seen_by(FeedbackAnswer, "public") == ()
    assert "note" not in seen_by(OfficerAnswer, "agencies")
    unstated = {
        column.header for spec in every_tab()[-3:] for column in spec.columns if column.audience == "coordinators"
    }
    assert unstated == {"Email Address", "Counted by", "Anything else?"}


def test_downloaded_version_has_of_form_tabs_only_what_agencies_are_shown():
    tabs = {
        "Form1": [ANSWERS, [at(9), "E1", "OF-01", "Yes", "a note", "a@b.gov"]],
        "Form2": [[*COUNTS, "Remark"], [at(9), "E1", 44, None, "Final", "Ann", "x"]],
        "Form3": [["ID", "Name", *FEEDBACK[:3], "Anything else?"], [1, "Ann", at(9), "E1", 5, "thanks"]],
    }
    book = county.workbook(Events=EVENTS, **tabs)
    plan_of(book, Rules())
    for workbook in (book, replace(book, plan=None)):
        kept = {tab.title: [list(row) for row in tab.rows] for tab in without_private_cells(workbook).tabs}
        assert {title: kept[title][1] for title in tabs} == {
            "Form1": [at(9), "E1", "OF-01", "Yes", "a note", None],
            "Form2": [at(9), "E1", 44, None, "Final", None, None],
            "Form3": [None, None, at(9), "E1", 5, None],
        }
        assert {title: kept[title][0] for title in tabs} == {title: rows[0] for title, rows in tabs.items()}
        assert kept["Events"] == EVENTS
