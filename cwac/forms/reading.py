"""Reading the rows of form tabs: each becomes a record, a count, a problem or a reported skip."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from cwac.forms import tabs
from cwac.forms.tabs import DOOR_COUNTS, FEEDBACK, OFFICER_ANSWERS, QUESTIONS, FeedbackAnswer, OfficerAnswer, score_of
from cwac.model import Cell, Count, Headcount
from cwac.settings.values import is_address
from cwac.sheet import headers
from cwac.sheet.columns import guarded
from cwac.sheet.names import distinct_agencies
from cwac.sheet.officers import Person
from cwac.sheet.plan import AddedTabs
from cwac.sheet.reader import ReadBefore
from cwac.sheet.table import Table
from cwac.sheet.tabs.event_rows import read_event_ids, report_impossible_counts
from cwac.sheet.text import (
    NOTHING,
    CellFinding,
    Read,
    Reading,
    as_typed,
    is_blank,
    is_not_said,
    plain,
    read_text,
    wrong,
)
from cwac.sheet.times import EPOCH

_EARLIEST = dt.datetime.min  # noqa: DTZ901 - wall clock
"""In place of the time of a row that has none."""
_FORMS = re.compile(
    r"(?:(?P<year>[0-9]{4})-(?P<iso_month>[0-9]{1,2})-(?P<iso_day>[0-9]{1,2})"
    r"|(?P<a>[0-9]{1,2})[/.-](?P<b>[0-9]{1,2})[/.-](?P<short>[0-9]{4}|[0-9]{2}))"
    r"(?:[T, ]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
    r"\s*(?P<half>[ap])?\.?\s?(?:m\.?)?)?(?:\s*(?:gmt|utc|z)?[+-]?[0-9:]*)?",
    re.I,
)
_MIDNIGHT = dt.datetime.combine(EPOCH, dt.time())
_ADVICE = "This is no date and time, so the answer counts as the oldest."


def _choice_reader(meanings: dict[str, str], advice: str) -> Read:
    def read_choice(cell: Cell) -> Reading:
        if is_not_said(cell):
            return NOTHING
        meant = meanings.get(headers.key(plain(as_typed(cell) or "")[:200]))
        return wrong("not-a-choice", advice) if meant is None else Reading(meant)

    return read_choice


def _moments_and_events(before: ReadBefore, table: Table) -> tuple[list[dt.datetime | None], list[str | None]]:
    """When each answer was sent (the later of two times), and its event, whose agencies act on the row's problems."""
    times: list[list[dt.datetime | None]] = []
    for field in ("at", "began"):
        header = headers.key(table.columns.get(field, (0, ""))[1])
        day_first = header not in ("timestamp", "completiontime", "starttime", "submittedat")
        times.append(before.columns.column(table, field, partial(read_moment, day_first=day_first)))
    at = [max(filter(None, each), default=None) for each in zip(*times, strict=True)]
    ids = read_event_ids(before.columns, table, before.ids, before.events)
    table.owner = lambda row: (before.events.agencies_of(ids[row]), ids[row])
    return at, ids


def _complete(table: Table, *needed: Sequence[Any]) -> list[int]:
    """The rows that have all of these values; the accounting is updated."""
    rows = [row for row, values in enumerate(zip(*needed, strict=True)) if None not in values]
    table.account(len(rows))
    return rows


def read_moment(cell: Cell, *, day_first: bool = False) -> Reading:
    """A moment on the sheet's clock: a serial number, or text with the month first unless `day_first`."""
    if isinstance(cell, bool) or (isinstance(cell, str) and is_not_said(cell)):
        return NOTHING
    moment = None
    if not isinstance(cell, int | float):
        match = _FORMS.fullmatch(plain(cell or "").strip())
        moment = None if match is None else _moment(match, day_first=day_first)
    elif 36_000 <= cell < 73_100:  # up to the year 2100; a smaller number is no moment at which a form was sent
        moment = _MIDNIGHT + dt.timedelta(seconds=round(cell * 86_400))
    return Reading(moment) if moment else wrong("unreadable", _ADVICE)


def _moment(match: re.Match[str], *, day_first: bool) -> dt.datetime | None:
    if match["year"]:
        year, month, day = (int(match[name]) for name in ("year", "iso_month", "iso_day"))
    else:
        first, second = int(match["a"]), int(match["b"])
        turned = (day_first and second <= 12) or first > 12
        month, day = (second, first) if turned else (first, second)
        year = int(match["short"]) + (2000 if len(match["short"]) == 2 else 0)
    hour = int(match["hour"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].casefold() == "p" else 0)
    try:
        return dt.datetime(year, month, day, hour, int(match["minute"] or 0), int(match["second"] or 0))  # noqa: DTZ001 - wall clock
    except ValueError:
        return None


_FINALS = {
    **dict.fromkeys(("sofar", "no", "hastaahora", "parcial"), "So far"),
    **dict.fromkeys(("final", "yes", "si", "total", "totalfinal"), "Final"),
}
_read_final = _choice_reader(_FINALS, "Only So far and Final are read.")


def _with_door_counts(before: ReadBefore, table: Table) -> Sequence[Headcount]:
    """All headcounts, with those of the door for events of which no guests could be read elsewhere."""
    door = list(_read(before, table))
    reported = [Headcount(event_id, number, guests) for event_id, number, guests, _ in door]
    report_impossible_counts(before.columns, before.events, table, reported)
    typed: dict[str, list[Headcount]] = {}
    for row in before.headcounts:
        typed.setdefault(row.event_id, []).append(row)
    headcounts = list(before.headcounts)
    for event_id, _, guests, under_18 in door:
        rows = typed.get(event_id, [])
        youth = None if under_18 is None or under_18.best > guests.best else under_18.best
        if counted := [row for row in rows if row.guests is not None]:
            _compare(before, counted, guests)
        elif rows:
            filled = replace(rows[0], guests=guests, youth=rows[0].youth or youth, at_door=True)
            headcounts[headcounts.index(rows[0])] = filled
        else:
            headcounts.append(Headcount(event_id, 0, guests, youth=youth, at_door=True))
    return headcounts


def _read(before: ReadBefore, table: Table) -> Iterator[tuple[str, int, Count, Count | None]]:
    """Event, row, guests and youth: by the latest final count, else by the largest so far, as the least that came."""
    columns = before.columns
    at, event_ids = _moments_and_events(before, table)
    guests, youth = columns.column(table, "guests"), columns.column(table, "youth")
    final = columns.column(table, "final", _read_final)
    by_event: dict[str, list[int]] = {}
    for row in _complete(table, event_ids, guests, final):
        by_event.setdefault(event_ids[row] or "", []).append(row)
    for event_id, rows in by_event.items():
        finals = [(at[row] or _EARLIEST, row) for row in rows if final[row] == "Final"]
        so_far = [(guests[row].best, at[row] or _EARLIEST, row) for row in rows]
        row = max(finals)[-1] if finals else max(so_far)[-1]
        count = guests[row]
        if not finals:
            least = count.best if count.low is None else count.low
            count = Count(f"{least:g}+", least, least, None)
        yield event_id, table.numbers[row], count, youth[row]


def _compare(before: ReadBefore, typed: Sequence[Headcount], door: Count) -> None:
    """Report the typed count where it differs by more than both ranges allow."""
    counts = [row.guests for row in typed if row.guests is not None]
    lowest = sum(count.low or 0 for count in counts)
    highest = math.inf if any(count.high is None for count in counts) else sum(count.high or 0 for count in counts)
    if (door.high is None or lowest <= door.high) and (door.low or 0) <= highest:
        return
    table = before.events.table if typed[0].in_events else before.tables["Attendance"]
    advice = f"At the door {door.raw} were counted: correct one of the two. This count is the one that is used."
    row = table.numbers.index(typed[0].row)
    before.columns.problem(table, row, "guests", CellFinding("inconsistent", advice, "warning"))


LONGEST_NOTE = 200
"""The most characters that are kept of an officer's note."""
_ANSWERS = {
    **dict.fromkeys(("yes", "y", "si", "icancome", "yesicancome", "puedovenir", "sipuedovenir"), "Yes"),
    **dict.fromkeys(("no", "n", "icannotcome", "icantcome", "noicannotcome", "noicantcome", "nopuedovenir"), "No"),
    **dict.fromkeys(("maybe", "notsure", "talvez", "quiza", "quizas", "notsureyet"), "Maybe"),
}
_read_text = guarded(read_text)
"""Of notes and addresses, which are read only where the answer is the one that counts."""
_read_answer = _choice_reader(_ANSWERS, "Only Yes, No and Maybe are read.")


def read(before: ReadBefore) -> tuple[Sequence[Any], Sequence[Headcount]]:
    """The records of all form tabs, and all headcounts; the rows of each tab are reported and accounted for."""
    headcounts = _with_door_counts(before, before.tables[DOOR_COUNTS.name])
    answers = _read_answers(before, before.tables[OFFICER_ANSWERS.name])
    return [*answers, *_read_feedback(before, before.tables[FEEDBACK.name])], headcounts


def _read_answers(before: ReadBefore, table: Table) -> list[OfficerAnswer]:
    """The latest answer of each officer about each event, by its time, else by its row."""
    columns = before.columns
    at, event_ids = _moments_and_events(before, table)
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
    for row in _complete(table, event_ids, persons, answers):
        person, event_id = persons[row], event_ids[row]
        if person is None or event_id is None:
            continue
        key = event_id, person.officer or (person.name or "").casefold()
        latest[key] = max(latest.get(key, (_EARLIEST, row)), (at[row] or _EARLIEST, row))
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


def _read_feedback(before: ReadBefore, table: Table) -> list[FeedbackAnswer]:
    columns = before.columns
    _, event_ids = _moments_and_events(before, table)
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
        for row in _complete(table, event_ids, answered)
    ]


def _read_score(cell: Cell) -> Reading:
    if is_not_said(cell):
        return NOTHING
    score = score_of(cell)
    if score is None:
        return wrong("not-a-choice", "Only answers from 1 to 5 are read.")
    return Reading(score) if 1 <= score <= 5 else wrong("out-of-range", "Answers go from 1 to 5.")


TABS = AddedTabs(tabs.SPECS, tabs.plan, tabs.why_none, read, tabs.audience_of, tabs.OTHER_FIELDS)
