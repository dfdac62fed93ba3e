"""Form tabs: known by their headers, every row accounted for, and nothing read that must not be kept."""

import datetime as dt
from dataclasses import replace

import pytest

from cwac.forms.records import OfficerAnswer
from cwac.forms.rows import read_moment
from cwac.settings import Rules, SettingsError
from cwac.sheet.planning import make_plan, refuse_unknown_meanings
from cwac.sheet.reader import read_workbook
from tests.cases import each
from tests.forms.answered import (
    ANSWERS,
    COUNTS,
    DAY,
    EVENTS,
    FEEDBACK,
    OFFICERS,
    STAFFING,
    accounts,
    at,
    problems,
    read,
)
from tests.sheet import county

SPANISH_ANSWERS = [
    "Marca temporal",
    "ID del evento",
    "Oficial",
    "¿Puede venir?",
    "Nota",
    "Dirección de correo electrónico",
]


@each(
    ("title", "header", "row", "kind"),
    [
        ("Form Responses 1", ANSWERS, [at(9), "E1", "OF-01", "Yes"], "Officer answers"),
        ("Respuestas de formulario 1", SPANISH_ANSWERS, [at(9), "E1", "OF-01", "Sí"], "Officer answers"),
        ("Form1", ["ID", "Start time", "Completion time", "Email", "Name", "Event ID (please do not change)",
                   "Officer: your ID or name", "Can you come? Please answer by Friday"],
         [1, at(9), at(9.1), "anonymous", None, "E1", "Demo", "Maybe"], "Officer answers"),
        ("Form1", ["ID", "Hora de inicio", "Hora de finalización", "ID de evento", "Agente", "¿Puedes venir?"],
         [1, at(9), at(9.1), "e1", "Demo", "Tal vez"], "Officer answers"),
        ("Feedback 2026", ANSWERS[::-1], ["a@b.gov", "ok", "No", "OF-02", "E1", at(9)], "Officer answers"),
        ("How many", COUNTS, [at(9), "E1", "30+", None, "So far", "Ann"], "Door counts"),
        ("Attendance", ["Marca temporal", "ID del evento", "¿Cuántos van?", "¿Final?"],
         [at(9), "E1", 12, "Final"], "Door counts"),
        ("Hoja 3", ["Timestamp", "Event ID", "How many so far?", "Final or so far?", "Officer on duty"],
         [at(9), "E1", 12, "Final", "OF-01"], "Door counts"),
        ("Form Responses 2", FEEDBACK, [at(9), "E1", 5, 4, "Yes", "thanks"], "Resident feedback"),
        ("Encuesta", ["Marca temporal", "ID del evento", "Me sentí bienvenido", "¿Es su primera vez?", "¿Algo más?"],
         [at(9), "E1", "5 - Muy de acuerdo", "Sí", "gracias"], "Resident feedback"),
    ],
)  # fmt: skip
def test_form_tab_is_known_by_its_headers_whatever_its_title_language_and_order(title, header, row, kind):
    snapshot = read(**{title: [header, row]})
    assert accounts(snapshot) == {kind: (1, 1, 0, 0)}
    assert [one.found for one in snapshot.problems if one.code in ("unused-tab", "unused-column")] == [
        found for found in ("Officer on duty",) if found in header
    ]


@each(
    ("title", "header", "row", "kind"),
    [
        ("Answers", ["Event ID", "Officer", "Can you come?"], ["E1", "OF-01", "Yes"], None),  # no time
        ("Form Responses 1", ["Timestamp", "Event ID", "Date", "Town", "Start", "Officer", "Can you come?"],
         [at(9), "E9", 46400, "Weed", 0.4, "OF-01", "Yes"], "Events"),
        ("Staffing", ["Event ID", "Officer", "Status", "Start time"], ["E1", "OF-01", "Confirmed", 0.4], "Staffing"),
        ("Attendance", ["Timestamp", "Event ID", "Guests"], [at(9), "E1", 12], "Attendance"),
        ("Hours", ["Timestamp", "Event ID", "Officer", "Hours"], [at(9), "E1", "OF-01", 2], None),
        ("Debrief", ["Timestamp", "Event ID", "Officer", "How did it go?"], [at(9), "E1", "OF-01", 2], None),
    ],
)  # fmt: skip
def test_tab_that_is_not_filled_by_such_a_form_is_read_as_before(title, header, row, kind):
    plan = make_plan(county.workbook(**{"Events": EVENTS, title: [header, row]}))
    assert [table.kind for table in plan.tables if table.title == title] == ([] if kind is None else [kind])


@each(
    ("header", "lacks"),
    [
        (["Timestamp", "Event ID", "Officer", "See you there?"], 'no column "Can you come?" with Yes, No or Maybe'),
        (["Timestamp", "Event ID", "Guests so far", "Done?"], 'no column "Final?" with So far or Final'),
        (["Timestamp", "Event ID", "Anything else?"],
         "no question that is answered from 1 to 5, and no Officer or Guests"),
    ],
)  # fmt: skip
def test_form_tab_with_a_question_renamed_is_asked_about_and_can_be_said_by_hand(header, lacks):
    rows = [header, [at(9), "E1", "OF-01", "Yes"]]
    unread = make_plan(county.workbook(Events=EVENTS, Form1=rows)).unread
    assert [(tab.title, tab.rows, tab.asks, tab.reason) for tab in unread] == [
        ("Form1", 2, True, f"it looks like the answers of a form, but has {lacks}. "
         "Name the question so, or say so in [columns].")
    ]  # fmt: skip
    if header[-1] == "See you there?":
        plan = make_plan(
            county.workbook(Events=EVENTS, Form1=rows), Rules(columns=(("see you there?", "Can you come?"),))
        )
        assert [table.kind for table in plan.tables if table.title == "Form1"] == ["Officer answers"]


def test_form_tab_whose_event_only_the_settings_name_is_read():
    rows = [["Timestamp", "Which coffee", "Officer", "Can you come?"], [at(9), "E1", "OF-01", "Yes"]]
    book = county.workbook(Events=EVENTS, Form1=rows)
    kinds = [
        [table.kind for table in make_plan(book, rules).tables if table.title == "Form1"]
        for rules in (Rules(), Rules(columns=(("Which coffee", "Event ID"),)))
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


def test_every_row_of_form_tabs_is_accounted_for_with_its_reason():
    snapshot = read(
        Form1=[
            ANSWERS,
            [at(9), "E1", "OF-01", "Yes", "by phone", "a.sample@wpd.example.gov"],
            [at(9), "E9", "OF-01", "Yes"],
            [at(9), "E1", "Z. Nobody", "Yes"],
            [at(9), "E1", "OF-02", "If it rains"],
            [None, None, None, None, None, None],
            [at(9), None, "OF-01", "Yes"],
            ["soon", "E1", "OF-01", "No"],
            [at(9), "E1", "OF-03", "Yes"],
            ANSWERS,
        ],
        Form2=[
            COUNTS,
            [at(9), "E1", 12, 3, "So far"],
            [at(9), "E1", "many", None, "Final"],
            [at(9), "E1", 5, None, "?"],
        ],
        Form3=[
            FEEDBACK,
            [at(9), "E1", 5, 4, "Yes", "thanks"],
            [at(9), "E1", 7, 3, "No"],
            [at(9), "E1", 9, None],
            [at(9), "E1", None, None, "Yes"],
            [at(9), "E1", "great", "bad"],
        ],
    )
    assert accounts(snapshot) == {
        "Officer answers": (8, 3, 4, 1),
        "Door counts": (3, 1, 2, 0),
        "Resident feedback": (5, 2, 3, 0),
    }
    assert problems(snapshot, "Officer answers") == [
        ("error", "unknown-reference", "B3"), ("error", "unknown-reference", "C4"), ("error", "not-a-choice", "D5"),
        ("error", "missing", "B7"), ("error", "unreadable", "A8"), ("notice", "inconsistent", "C9"),
        ("notice", "skipped-row", "A10"),
    ]  # fmt: skip
    assert problems(snapshot, "Door counts") == [
        ("error", "unreadable", "C3"), ("error", "missing", "E4"),
        ("warning", "inconsistent", "B2"),  # the event is still to come
    ]  # fmt: skip
    assert problems(snapshot, "Resident feedback") == [
        ("error", "out-of-range", "C3"), ("error", "out-of-range", "C4"), ("error", "missing", "C5"),
        ("error", "not-a-choice", "C6"), ("error", "not-a-choice", "D6"),
    ]  # fmt: skip


moment = dt.datetime.fromisoformat


def answer(**changed: object) -> OfficerAnswer:
    plain = OfficerAnswer("E1", 2, "Yes", "OF-01", "A. Sample", "WPD", moment("2026-11-20 09:00"))
    return replace(plain, **changed)


@each(
    ("rows", "found"),
    [
        ([[at(9), "E1", "OF-01", "Yes"], [at(10), "E1", "A. Sample", "No"]],
         answer(row=3, answer="No", at=moment("2026-11-20 10:00"))),
        ([[at(10), "E1", "OF-01", "No"], [at(9), "E1", "OF-01", "Yes"]],
         answer(row=2, answer="No", at=moment("2026-11-20 10:00"))),
        ([[at(9), "E1", "OF-01", "No"], [at(9), "E1", "OF-01", "Yes"]], answer(row=3)),  # ties by row
        ([[at(9), "E1", "OF-01", "Yes"], [None, "E1", "OF-01", "No"]], answer()),  # without a time the oldest
        ([[None, "E1", "OF-01", "Yes"], [None, "E1", "OF-01", "No"]], answer(row=3, answer="No", at=None)),
        ([[at(9), "E1", "OF-01", "Yes", "x" * 300]], answer(note="x" * 199 + "…")),
        ([[at(9), "E1", "OF-01", "Yes", None, "A.Sample@WPD.example.gov"]], answer()),
        ([[at(9), "E1", "OF-01", "Yes", None, "else@where.example.com"]], answer(other_address=True)),
        ([[at(9), "E1", "OF-01", "Yes", None, "anonymous"]], answer()),
    ],
)  # fmt: skip
def test_latest_answer_of_an_officer_about_an_event_counts(rows, found):
    assert read(Form1=[ANSWERS, *rows]).added == (found,)


def test_answers_in_several_tabs_are_of_one_kind():
    tabs = {
        "Form1": [ANSWERS, [at(9), "E1", "OF-01", "Yes"]],
        "Formulario": [SPANISH_ANSWERS, [at(10), "E1", "OF-01", "No"], [at(10), "E1", "OF-02", "Quién"]],
    }
    snapshot = read(**tabs)
    assert [(one.answer, one.at) for one in snapshot.added] == [("No", moment("2026-11-20 10:00"))]
    assert accounts(snapshot) == {"Officer answers": (3, 2, 1, 0)}
    assert [(one.tab, one.cell, one.code) for one in snapshot.problems if one.kind == "Officer answers"] == [
        ("Formulario", "D3", "not-a-choice")
    ]


def test_without_a_list_of_officers_an_answer_is_of_the_person_whom_the_event_names():
    staffing = [["Event ID", "Officer", "Agency"], ["E1", "A. Sample", "WPD"]]
    form = [ANSWERS, [at(9), "E1", "a. sample", "Yes"], [at(9), "E1", "M. Mouse", "Yes"]]
    snapshot = read(Officers=[], Staffing=staffing, Form1=form)
    assert [(one.person, one.agency) for one in snapshot.added] == [("a. sample", "WPD")]
    assert problems(snapshot, "Officer answers") == [("notice", "inconsistent", "C3")]


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


def test_day_first_where_the_form_is_spanish():
    form = [SPANISH_ANSWERS, ["10/11/2026 9:00:00", "E1", "OF-01", "Sí"], ["9/12/2026 9:00:00", "E2", "OF-01", "No"]]
    assert [one.at.date().isoformat() for one in read(F=form).added] == ["2026-11-10", "2026-12-09"]


def test_hidden_or_copied_form_tab_is_put_away():
    book = county.workbook(
        Events=EVENTS, Officers=OFFICERS, Staffing=STAFFING, Form1=[ANSWERS, [at(9), "E1", "OF-01", "Yes"]]
    )
    book = replace(book, tabs=tuple(replace(tab, hidden=tab.title == "Form1") for tab in book.tabs))
    snapshot = read_workbook(book, DAY)
    assert (snapshot.added, accounts(snapshot)) == ((), {})
    assert [(one.severity, one.advice) for one in snapshot.problems if one.found == "Form1"] == [
        ("notice", 'The tab "Form1" is not read: it is hidden. It has 2 rows.')
    ]
