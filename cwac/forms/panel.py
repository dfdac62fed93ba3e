"""Answers on the pages: the urgent ones, the cells to type, what is beside a name, and what residents said."""

from __future__ import annotations

from collections.abc import Mapping

from cwac.analysis.events import where
from cwac.analysis.overview import event_on, last_of_soon
from cwac.analysis.staffing import gap_board
from cwac.analysis.words import counted, number, with_guests
from cwac.date_words import quarter_name
from cwac.exports.colors import agency_colors
from cwac.forms.answers import NEVER_MOVED, OTHER_ADDRESS, Answered, Moved, moved, to_do, when_words, words_by_duty
from cwac.forms.feedback import ENOUGH, Feedback, answers_by_quarter, by_town, feedback, question_names, share_words
from cwac.model import Snapshot
from cwac.rounding import percent
from cwac.web import blocks, event_cards
from cwac.web.blocks import Block, Line, Piece, draw
from cwac.web.sections import subscribe
from cwac.web.sections.officers import agency_of
from cwac.web.session import Session


def show_to_do(session: Session) -> None:
    """The cells of the sheet to type because of answers, those of a No first; nothing where there are none."""
    listed = session.ask(to_do, session.agency, _moved(session))
    if not listed:
        return
    heading = f"{counted(len(listed), 'answer')} to type into the sheet"
    rows = [blocks.row(_cells(session, one)) for one in listed]
    columns = ("When and where", "Officer", "Answer", "What to type")
    label = "Answers to type into the sheet, each No first"
    shown = [blocks.heading(heading), blocks.rows(columns, rows, label, top=(0, 2), narrow=5)]
    if session.ask(gap_board, session.today):
        shown.append(blocks.heading("Missing"))
    draw("answers", *shown)


def _cells(session: Session, one: Answered) -> tuple[Line, ...]:
    event, answer = one.event, one.answer
    is_no = answer.answer == "No"
    said: list[Piece] = [blocks.chip(f"Answered {answer.answer}", "error" if is_no else "good")]
    said += [blocks.chip(OTHER_ADDRESS, "warning")] if answer.other_address else []
    when = "" if answer.at is None else f" {when_words(answer.at, session.today)}"
    said.append(blocks.quiet(when + (f" “{answer.note}”" if answer.note else "")))
    action: list[Piece] = [_cell(one)]
    if is_no:
        action += [blocks.BREAK, event_cards.who_is_available(event.id)]
    return (
        [*event_cards.title(event, session.today), " ", where(event)],
        [*agency_of(answer.agency, session.ask(agency_colors)), answer.name or "an officer"],
        said,
        action,
    )


def _cell(one: Answered) -> Piece:
    words, link = (one.to_do.words, one.to_do.link) if one.to_do else ("", None)
    return blocks.link(link, words) if link else words


_SHARE = "{share} ({low} to {high})"


def show_feedback(session: Session) -> None:
    block = session.ask(_feedback_table)
    if block is not None:
        draw("feedback", blocks.heading("What residents said"), block, blocks.lines([blocks.quiet(_HOW_TO_READ)]))


_HOW_TO_READ = (
    f"The share that gave 4 or 5 of 5, with its 95% range. A dash: fewer than {ENOUGH} answers, or figures that would "
    f"tell, beside others, what fewer than {ENOUGH} said. All agencies together. Those who answer choose themselves, "
    "so they may not speak for all who came."
)


def _feedback_table(snapshot: Snapshot) -> Block | None:
    answers = answers_by_quarter(snapshot)
    names = question_names(answers)
    rows: list[list[Line]] = []
    for quarter, some in answers.items():
        whole = feedback(snapshot, quarter, _answers=answers)
        rows.append(_feedback_row([blocks.strong(quarter_name(quarter.first))], whole))
        towns = by_town(snapshot, some, names)
        rows += [_feedback_row([f"{quarter_name(quarter.first)}, {town}"], said) for town, said in towns.items()]
    columns = ("Quarter and town", "Answers", "Of the guests counted", *names)
    return blocks.table(columns, rows, "What residents answered", limit=blocks.SHOWN_FIRST, narrow=5) if rows else None


def _feedback_row(name: Line, said: Feedback) -> list[Line]:
    rate = "–" if said.guests is None else f"{with_guests(number(said.guests))} counted"
    if said.response_rate is not None:
        rate = percent(said.response_rate)
    asked = ([share_words(question, _SHARE) or "–"] for question in said.questions)
    return [name, [str(said.answers)], [rate], *asked]


def beside_names(session: Session) -> Mapping[tuple[str, str], Line]:
    """Event and person -> `answered Yes, Fri 6:12 PM`, with the note where the viewer sees it."""
    said = session.ask(words_by_duty, _moved(session))
    return {duty: [blocks.quiet(f" · {words}")] for duty, words in said.items()}


def _moved(session: Session) -> Moved:
    """When events were moved, worked out once for a version; not kept while the store is in trouble."""
    past = subscribe.past_of(session) if session.snapshot.added else None
    return NEVER_MOVED if past is None else session.ask(moved, _past=past)


def urgent(session: Session) -> tuple[str, Line] | None:
    """The first No at an event of the next 14 days that the sheet does not say yet, and what to do about it."""
    last = last_of_soon(session.today)
    found = [
        one
        for one in session.ask(to_do, session.agency, _moved(session))
        if one.answer.answer == "No" and one.event.date <= last
    ]
    if not found:
        return None
    first, *others = found
    event, answer = first.event, first.answer
    who = f"{answer.name or 'an officer'}{f' ({answer.agency})' if answer.agency else ''}"
    sentence = f"{event_on(event, session.today)}: {who} answered No; {first.sheet}."
    line: list[Piece] = [_cell(first), " · ", event_cards.who_is_available(event.id)]
    if others:
        line += [" · ", blocks.page_link("staffing", f"{len(others):,} more answered No", {"show": "Gaps"})]
    return sentence, line
