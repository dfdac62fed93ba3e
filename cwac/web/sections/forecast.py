"""Forecast of guests at coming events, with the errors of such forecasts in the past."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cwac.analysis.attendance import outcomes
from cwac.analysis.backtest import FEWEST, HELD_BY_ADJUSTING, SHARE_FROM, Replay, replay
from cwac.analysis.events import where
from cwac.analysis.forecast import Fitted, Forecast, fit, forecasts
from cwac.analysis.overview import coming_events
from cwac.analysis.words import counted
from cwac.date_words import clock_range, day_words
from cwac.exports import charts
from cwac.exports.charts import Chart
from cwac.model import Snapshot
from cwac.web import widgets
from cwac.web.blocks import content
from cwac.web.blocks.content import Block
from cwac.web.blocks.draw import draw
from cwac.web.sections import attendance
from cwac.web.sections.missing_results import show_empty
from cwac.web.session import Session
from cwac.web.widgets import md

NEXT = 20
"""Number of coming events to forecast; the sheet will have changed before later ones."""
FIRST = 6
"""Forecasts shown before "Show more"."""


def show(session: Session, row: widgets.FilterRow) -> None:
    row.report_unknown()
    coming = session.ask(coming_events, session.today, session.agency)
    if not coming:
        show_empty(session, "No event is planned. A forecast shows here for each coming event in the Events tab.")
        return
    history = session.ask(replay, _every=session.ask(outcomes))
    fitted = session.ask(fit, _replayed=history)
    expectations = session.ask(next_ones, session.agency, _fitted=fitted)
    first = expectations[0]
    if first.guests is None:
        widgets.empty(f"{first.words} Nothing is forecast from less.")
        return
    more = f"The next {NEXT} of {counted(len(coming), 'coming event')}" if len(coming) > NEXT else ""
    st.markdown(f"{more or counted(len(coming), 'coming event')}. {session.ask(accuracy_words, _history=history)}")
    drawing, table = session.ask(chart, session.agency, widgets.is_dark(), _expected=expectations)
    words, picture = st.columns(2)
    with words:
        draw("forecasts", cards(session.snapshot, expectations))
    with picture:
        attendance.draw_chart(drawing)
    attendance.show_numbers("forecasts", table)
    with st.expander("How forecasts are made, and how good they were"):
        _show_method(history)


def _show_method(history: Replay) -> None:
    """How far off the forecasts of past events were, beside simple rules, and how often the range had the count."""
    st.markdown(md(history.next_event.words))
    st.caption(
        "Learned from every counted event of all agencies: venue, town, weekday (everywhere and at the venue), hour "
        "and season each push the count up or down, and one seen at few events is drawn toward the whole (a linear "
        "mixed model that may drift). The last counts at the venue move it. Nothing is forecast from fewer than "
        f"{FEWEST} counted events."
    )
    if not history.next_event.n:
        return
    by_venue = in_range_by_venue(history)
    draw("accuracy", accuracy(history), *([by_venue] if by_venue else []))
    if by_venue is None:
        st.caption(f"No venue has {SHARE_FROM} events tried, so the range is not judged by venue.")
    st.caption(HELD_BY_ADJUSTING)


def accuracy_words(_: Snapshot, *, _history: Replay) -> str:
    """What "likely" means, and how often it held on past events, if enough were tried."""
    in_range = _history.next_event.in_range
    meant = "“Likely” is a range made to hold 8 of 10 counts"
    return f"{meant}." if in_range.share is None else f"{meant}; on {in_range.n} past events it held {in_range.inside}."


def accuracy(history: Replay) -> Block:
    """The backtests as a table."""
    columns = ("Past events", "Forecast from earlier days", f"From {history.ahead.days_ahead} days before")
    rows = [[[name], [first], [second]] for name, first, second in history.rows]
    return content.table(columns, rows, "How far off forecasts of past events were")


def in_range_by_venue(history: Replay) -> Block | None:
    """The counts in the range at each venue with enough events tried; None if there is none."""
    by_venue = history.next_event.by_venue
    if not by_venue:
        return None
    columns = ("Venue", "Counts in the 80% range")
    rows = [[[venue], [in_range.words]] for venue, in_range in by_venue.items()]
    return content.table(columns, rows, "Counts in the 80% range by venue", limit=content.SHOWN_FIRST)


def next_ones(snapshot: Snapshot, agency: str | None, *, _fitted: Fitted) -> tuple[Forecast, ...]:
    return forecasts(snapshot, coming_events(snapshot, snapshot.today, agency)[:NEXT], _fitted=_fitted)


def cards(snapshot: Snapshot, expectations: Sequence[Forecast]) -> Block:
    """A card for each coming event: when and where, and how many guests to expect in a sentence."""
    return content.cards(
        [
            content.card(
                [content.event_link(expected.event.id, day_words(expected.event.date, snapshot.today))],
                [f"{clock_range(expected.event.start, expected.event.end)} · {where(expected.event)}"],
                [content.strong(expected.likely), content.quiet(f" {_here_before(expected)}")],
            )
            for expected in expectations
        ],
        "Forecasts of coming events, soonest first",
        limit=FIRST,
    )


def _here_before(expected: Forecast) -> str:
    """How many counts at the venue it rests on."""
    return f"{counted(expected.at_venue, 'count')} here before" if expected.at_venue else "No count here before"


def chart(_: Snapshot, _agency: str | None, dark: bool, *, _expected: Sequence[Forecast]) -> tuple[Chart, Block]:
    drawing = charts.expected(_expected, dark, FIRST)
    return drawing, attendance.numbers(drawing, "Forecasts of coming events, soonest first")
