"""Towns reached by events: a map beside the towns by guests, and every figure by town."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from cwac.analysis.attendance import Outcomes, outcomes
from cwac.analysis.outreach import OVERDUE_MONTHS, RATE_FROM, TownOutreach, outreach_by_town, towns_reached
from cwac.analysis.periods import last_months
from cwac.analysis.words import counted
from cwac.date_words import short_day
from cwac.exports.charts import Chart, county_map, visit_words, year_words
from cwac.model import Snapshot
from cwac.web import widgets
from cwac.web.blocks import content
from cwac.web.blocks.content import Block, Line
from cwac.web.blocks.draw import draw
from cwac.web.calendar.browser import is_phone
from cwac.web.sections import attendance
from cwac.web.sections.missing_results import show_empty
from cwac.web.session import Session


def show(session: Session, row: widgets.FilterRow) -> None:
    row.report_unknown()
    every = session.ask(outcomes)
    all_towns = session.ask(outreach_by_town, _every=every)
    words = session.ask(sentence, _towns=all_towns, _every=every)
    if words is None:
        show_empty(
            session, "No town is known. The Towns tab, or an event with a town, fills this page.", "Towns", "name"
        )
        return
    widgets.headline(words)
    drawing, table = session.ask(chart, widgets.is_dark(), is_phone(), _towns=all_towns)
    ranked = session.ask(ranking, _towns=all_towns)
    if drawing.frame.empty:
        widgets.empty("No town has coordinates, so there is no map: type Latitude and Longitude in the Towns tab.")
        draw("towns", ranked)
    else:
        wide, narrow = st.columns([2, 1])
        with wide:
            held = counted(sum(town.year.held for town in all_towns), "event")
            of = f"Circles by guests, all agencies, the 12 months to {short_day(session.today)}: {held} held."
            attendance.draw_chart(drawing, drawing.alt.partition(". ")[2], of)
        with narrow:
            draw("towns", ranked)
    rates = (
        f"Visits are guests counted at events. A town of fewer than {RATE_FROM} residents has no rate per 1,000: one "
        "event more would change it by over two."
    )
    attendance.show_numbers("towns", content.lines([rates]), table)
    st.caption(
        "All agencies together, each event counted once, the twelve months up to today. Somebody who came twice is "
        "two guests. Outlines of counties: US Census Bureau, public domain."
    )


def sentence(snapshot: Snapshot, *, _towns: Sequence[TownOutreach], _every: Outcomes) -> str | None:
    """The towns reached in a year, and how many had no event for six months; None if no town is known."""
    if not _towns:
        return None
    year = outcomes(snapshot, last_months(snapshot.today), _every=_every).held
    neglected = sum(town.overdue for town in _towns)
    reached = f"{towns_reached(year, snapshot).short} had an event in the last 12 months"
    if not neglected:
        return f"{reached}, each of them within {OVERDUE_MONTHS} months."
    return f"{reached}; {neglected} had none for {OVERDUE_MONTHS} months."


def ranking(snapshot: Snapshot, *, _towns: Sequence[TownOutreach]) -> Block:
    """The towns by guests in a year, each with a link to its last event and to the next one."""
    ranked = sorted(_towns, key=lambda town: (-(town.year.guests or 0), -town.year.held, town.name))
    return content.cards(
        [
            content.card(
                [town.name],
                [year_words(town)],
                _last_and_next(town, snapshot),
                tone="warning" if town.overdue else "plain",
            )
            for town in ranked
        ],
        "Towns, most guests first",
        limit=6,
    )


def _last_and_next(town: TownOutreach, snapshot: Snapshot) -> Line:
    line: list[content.Piece] = ["No event yet"]
    if town.last_event is not None:
        line = ["Last: ", content.event_link(town.last_event.id, visit_words(town, snapshot.today))]
    if town.next_event is not None:
        day = visit_words(replace(town, last_visit=town.next_event.date), snapshot.today)
        line += [" · Next: ", content.event_link(town.next_event.id, day)]
    if town.overdue and town.last_event is not None:
        line += [content.BREAK, content.chip(f"No event for {OVERDUE_MONTHS} months", "warning")]
    return line


def chart(snapshot: Snapshot, dark: bool, narrow: bool, *, _towns: Sequence[TownOutreach]) -> tuple[Chart, Block]:
    drawing = county_map(_towns, snapshot.today, dark, narrow)
    shown = drawing if snapshot.coverage else replace(drawing, table=drawing.table.drop(columns="Policed by"))
    return drawing, attendance.numbers(shown, "Outreach by town, longest without an event first")
