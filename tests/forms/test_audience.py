"""Who is given which part of an answer: as names in Staffing, a note to the officer's own agency, an address nobody."""

from dataclasses import fields, replace

from cwac.access import COORDINATOR, PUBLIC, Viewer, restrict, restrict_both
from cwac.forms.tabs import OTHER_FIELDS, SPECS, FeedbackAnswer, OfficerAnswer
from cwac.settings import Rules
from cwac.sheet.plan import without_private_cells
from cwac.sheet.reader import plan_of
from cwac.sheet.schema import every_tab, seen_by
from tests.cases import each
from tests.forms.answered import ANSWERS, COUNTS, EVENTS, FEEDBACK, at, read
from tests.sheet import county

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
