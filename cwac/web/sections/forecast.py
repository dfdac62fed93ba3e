"""Forecast of guests at coming events, and how often such forecasts were right in the past."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import streamlit as st

from cwac.analysis.attendance import TOO_FEW, outcomes
from cwac.analysis.backtest import SHARE_FROM, Backtest, backtest, right
from cwac.analysis.events import where
from cwac.analysis.forecast import AHEAD, FEWEST, Expected, Forecaster, fit, forecasts
from cwac.analysis.overview import coming_events, event_on
from cwac.analysis.words import counted, number
from cwac.model import Event, Snapshot
from cwac.web import event_cards, widgets
from cwac.web.blocks import content
from cwac.web.blocks.content import Block
from cwac.web.blocks.draw import draw
from cwac.web.sections.missing_results import show_empty
from cwac.web.session import Session

NEXT = 20
"""Number of coming events to forecast; the sheet will have changed before later ones."""
FIRST = 6
"""Forecasts shown before "Show more"."""


def show(session: Session, row: widgets.FilterRow) -> None:
    row.report_unknown()
    coming = session.ask(coming_events, session.today, session.agency)
    if not coming:
        widgets.headline(f"No event of {session.agency} is planned." if session.agency else "No event is planned.")
        show_empty(session, "A forecast shows here for each coming event in the Events tab.")
        return
    every = session.ask(outcomes)
    near, far = session.ask(fit, _every=every), session.ask(fit, AHEAD, _every=every)
    made = forecasts(coming[:NEXT], session.today, near, far)
    if not made:
        widgets.headline(f"{TOO_FEW.capitalize()} how many guests will come.")
        widgets.empty(f"{counted(len(near.past), 'event')} counted; a forecast needs {FEWEST}.")
        return
    widgets.headline(answer(*made[0], session.today))
    tried = session.ask(past_forecasts, _near=near)
    of = f"The next {len(made)} of {counted(len(coming), 'coming event')}"
    st.caption(f"{of if len(coming) > len(made) else counted(len(coming), 'coming event')}. {accuracy(tried)}".rstrip())
    draw("forecasts", rows(made, session.today))
    with st.expander("How forecasts are made, and how good they were"):
        st.markdown(method(tried))


def answer(event: Event, expected: Expected, today: dt.date) -> str:
    """The forecast of the next event as the page's headline."""
    first = "" if expected.at_venue else ", no count there yet"
    return f"{event_on(event, today)}: {expected.about}, likely {expected.likely}{first}."


def past_forecasts(_: Snapshot, *, _near: Forecaster) -> Backtest:
    return backtest(_near)


def accuracy(tried: Backtest) -> str:
    """How often the likely range was right on past events, if enough were tried."""
    return f"The likely range was {right(tried.tried)}." if len(tried.tried) >= SHARE_FROM else ""


def rows(made: Sequence[tuple[Event, Expected]], today: dt.date) -> Block:
    """A row for each coming event: when and where, the guests expected, and on how many counts there they rest."""
    listed = [
        content.row(
            [
                event_cards.title(event, today),
                [where(event)],
                [content.strong(expected.about)],
                [f"likely {expected.likely}"],
                [content.quiet(counted(expected.at_venue, "count") if expected.at_venue else "no count here yet")],
            ]
        )
        for event, expected in made
    ]
    columns = ("When", "Where", "Guests", "Range", "Counted here")
    return content.rows(columns, listed, "Forecasts of coming events, soonest first", top=(0, 2), limit=FIRST)


def method(tried: Backtest) -> str:
    """How a forecast is made, and how far off forecasts of past events were beside the typical count at the venue."""
    made = (
        "From the latest counts of all agencies: the level of all events, and how the venue, this weekday there and "
        "the season differ from it. The likely range is as wide as the errors of the latest forecasts, and wider "
        "where a venue has no count. A forecast is a typical count, so forecasts must not be added up."
    )
    if not tried.tried:
        return made
    error, typical = number(tried.error_of("forecast")), number(tried.error_of("venue_median"))
    return (
        f"{made} On {counted(len(tried.tried), 'past event')}, each forecast from earlier days, it was off by "
        f"{error} guests on average; the typical count at the venue was off by {typical}."
    )
