"""Officers' answers on the pages: the cells to type, and the answer beside a name."""

from __future__ import annotations

from collections.abc import Mapping

from cwac.analysis.events import where
from cwac.analysis.staffing import gap_board
from cwac.analysis.words import counted
from cwac.exports.colors import agency_colors
from cwac.forms.answers import OTHER_ADDRESS, Answered, by_duty, to_do, when_words, words
from cwac.model import Snapshot
from cwac.web import event_cards
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Line, Piece
from cwac.web.blocks.draw import draw
from cwac.web.sections.officers import agency_of
from cwac.web.session import Session


def show_to_do(session: Session) -> None:
    """The cells of the sheet to type because of answers, those of a No first; nothing where there are none."""
    listed = session.ask(to_do, session.agency)
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
    event, answer, typed = one.event, one.answer, one.to_do
    is_no = answer.answer == "No"
    said: list[Piece] = [blocks.chip(f"Answered {answer.answer}", "error" if is_no else "good")]
    said += [blocks.chip(OTHER_ADDRESS, "warning")] if answer.other_address else []
    when = "" if answer.at is None else f" {when_words(answer.at, session.today)}"
    said.append(blocks.quiet(when + (f" “{answer.note}”" if answer.note else "")))
    action: list[Piece] = []
    if typed is not None:
        action.append(blocks.link(typed.link, typed.words) if typed.link else typed.words)
    if is_no:
        action += [blocks.BREAK, event_cards.who_is_available(event.id)]
    return (
        [*event_cards.title(event, session.today), " ", where(event)],
        [*agency_of(answer.agency, session.ask(agency_colors)), answer.name or "an officer"],
        said,
        action,
    )


def beside_names(session: Session) -> Mapping[tuple[str, str], Line]:
    """Event and person -> `answered Yes, Fri 6:12 PM`, with the note where the viewer sees it."""
    return session.ask(_beside_names)


def _beside_names(snapshot: Snapshot) -> Mapping[tuple[str, str], Line]:
    return {
        duty: [blocks.quiet(f" · {words(answer, snapshot.today)}" + (f": “{answer.note}”" if answer.note else ""))]
        for duty, answer in by_duty(snapshot).items()
    }
