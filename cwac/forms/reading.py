"""Reading the rows of form tabs: each becomes a record, a problem or a reported skip."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

from cwac.forms.door import with_door_counts
from cwac.forms.records import FeedbackAnswer, OfficerAnswer
from cwac.forms.rows import EARLIEST, choice_reader, complete, event_ids_of, moments
from cwac.forms.tabs import DOOR_COUNTS, FEEDBACK, OFFICER_ANSWERS, QUESTIONS, score_of
from cwac.model import Cell, Headcount
from cwac.settings.addresses import is_address
from cwac.sheet.columns import guarded
from cwac.sheet.officers import Person
from cwac.sheet.reader import ReadBefore
from cwac.sheet.table import Table, distinct_agencies
from cwac.sheet.text import NOTHING, CellFinding, Reading, is_blank, is_not_said, read_text, wrong

LONGEST_NOTE = 200
"""The most characters that are kept of an officer's note."""
_ANSWERS = {
    **dict.fromkeys(("yes", "y", "si", "icancome", "yesicancome", "puedovenir", "sipuedovenir"), "Yes"),
    **dict.fromkeys(("no", "n", "icannotcome", "icantcome", "noicannotcome", "noicantcome", "nopuedovenir"), "No"),
    **dict.fromkeys(("maybe", "notsure", "talvez", "quiza", "quizas", "notsureyet"), "Maybe"),
}
_read_text = guarded(read_text)
"""Of notes and addresses, which are read only where the answer is the one that counts."""
_read_answer = choice_reader(_ANSWERS, "Only Yes, No and Maybe are read.")


def read(before: ReadBefore) -> tuple[Sequence[Any], Sequence[Headcount]]:
    """The records of all form tabs, and all headcounts; the rows of each tab are reported and accounted for."""
    headcounts = with_door_counts(before, before.tables[DOOR_COUNTS.name])
    answers = _read_answers(before, before.tables[OFFICER_ANSWERS.name])
    return [*answers, *_read_feedback(before, before.tables[FEEDBACK.name])], headcounts


# --- officers' answers --------------------------------------------------------------------------------------------


def _read_answers(before: ReadBefore, table: Table) -> list[OfficerAnswer]:
    """The latest answer of each officer about each event, by its time, else by its row."""
    columns = before.columns
    at, event_ids = moments(before, table), event_ids_of(before, table)
    persons: list[Person | None] = columns.column(table, "officer")
    answers = columns.column(table, "answer", _read_answer)
    agency_of = {row.person: row.agency for row in before.assignments if row.person is not None}
    email_of = {officer.id: officer.email for officer in before.officers}

    def agency(person: Person | None) -> str | None:
        if person is None:
            return None
        return person.agency or agency_of.get(person.officer or (person.name or "").casefold())

    of_event = before.events.agencies_of
    table.owner = lambda row: (distinct_agencies(agency(persons[row])) or of_event(event_ids[row]), event_ids[row])
    latest: dict[tuple[str, str], tuple[dt.datetime, int]] = {}
    for row in complete(before, table, event_ids, persons, answers):
        person, event_id = persons[row], event_ids[row]
        if person is None or event_id is None:
            continue
        key = event_id, person.officer or (person.name or "").casefold()
        latest[key] = max(latest.get(key, (EARLIEST, row)), (at[row] or EARLIEST, row))
    named = {(row.event_id, row.person) for row in before.assignments}
    found = []
    for (event_id, key_of_person), (_, row) in sorted(latest.items(), key=lambda item: item[1][1]):
        person = persons[row] or Person()
        if (event_id, key_of_person) not in named:
            advice = "The sheet does not name this person at this event, so the answer is only noted."
            columns.problem(table, row, "officer", CellFinding("inconsistent", advice, "notice"))
            continue
        email, collected = email_of.get(person.officer or ""), _read_text(table.cell("email", row)).value
        is_other = email and collected and is_address(collected) and collected.casefold() != email.casefold()
        note = _read_text(table.cell("note", row)).value
        found.append(
            OfficerAnswer(
                event_id=event_id,
                row=table.numbers[row],
                answer=answers[row],
                officer=person.officer,
                name=person.name,
                agency=agency(person),
                at=at[row],
                note=note if note is None or len(note) <= LONGEST_NOTE else f"{note[: LONGEST_NOTE - 1]}…",
                other_address=bool(is_other),
            )
        )
    return found


# --- feedback ---------------------------------------------------------------------------------------------------


def _read_feedback(before: ReadBefore, table: Table) -> list[FeedbackAnswer]:
    columns = before.columns
    moments(before, table)
    event_ids = event_ids_of(before, table)
    asked = [field for field in QUESTIONS if field in table.columns]
    scores = [columns.column(table, field, _read_score) for field in asked]
    first_time, language = columns.column(table, "first_time"), columns.column(table, "language")
    by_row = list(zip(*scores, strict=True))
    answered = [True if any(score is not None for score in each) else None for each in by_row]
    for row, each in enumerate(answered):
        if each is None and all(is_blank(table.cell(field, row)) for field in asked):
            advice = "No question is answered in this row, so it does not count."
            columns.problem(table, row, asked[0], CellFinding("missing", advice))
    questions = tuple(table.columns[field][1] for field in asked)
    return [
        FeedbackAnswer(
            event_id=event_ids[row] or "",
            row=table.numbers[row],
            questions=questions,
            scores=by_row[row],
            first_time=first_time[row],
            language=language[row],
        )
        for row in complete(before, table, event_ids, answered)
    ]


def _read_score(cell: Cell) -> Reading:
    if is_not_said(cell):
        return NOTHING
    score = score_of(cell)
    if score is None:
        return wrong("not-a-choice", "Only answers from 1 to 5 are read.")
    return Reading(score) if 1 <= score <= 5 else wrong("out-of-range", "Answers go from 1 to 5.")
