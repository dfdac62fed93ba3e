"""Officers' answers on the pages: the cells to type, and the answer beside a name."""

from __future__ import annotations

from collections.abc import Mapping

from cwac.analysis.events import where
from cwac.analysis.overview import event_on, last_of_soon
from cwac.analysis.staffing import gap_board
from cwac.analysis.words import counted
from cwac.exports.colors import agency_colors
from cwac.forms.answers import (
    OTHER_ADDRESS,
    Answered,
    Moved,
    events_answered,
    moved,
    to_do,
    when_words,
    words_by_duty,
)
from cwac.model import Snapshot
from cwac.refresh import sheets
from cwac.storage import revisions
from cwac.web import county, event_cards
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Line, Piece
from cwac.web.blocks.draw import draw
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


def beside_names(session: Session) -> Mapping[tuple[str, str], Line]:
    """Event and person -> `answered Yes, Fri 6:12 PM`, with the note where the viewer sees it."""
    return session.ask(_beside_names, _moved(session))


def _beside_names(snapshot: Snapshot, moved: Moved) -> Mapping[tuple[str, str], Line]:
    return {duty: [blocks.quiet(f" · {words}")] for duty, words in words_by_duty(snapshot, moved).items()}


def _moved(session: Session) -> Moved:
    events = session.ask(events_answered)
    if not events:
        return {}
    live = county.live()
    past = revisions.cached(sheets.store(), live.snapshot, live.version, session.rules)
    return moved(events, past, session.snapshot.timezone)


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
