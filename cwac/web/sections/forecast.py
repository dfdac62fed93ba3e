"""Forecast of guests at coming events, with the errors of such forecasts in the past."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cwac.analysis.backtest import FEWEST, HELD_BY_ADJUSTING, SHARE_FROM, Replay, replay
from cwac.analysis.forecast import Fitted, Forecast, fit, forecasts
from cwac.exports import charts
from cwac.exports.charts import Chart
from cwac.model import Snapshot
from cwac.web import widgets
from cwac.web.sections import attendance
from cwac.web.sections.attendance import Columns
from cwac.web.sections.overview import coming_events
from cwac.web.session import Session
from cwac.web.widgets import counted, md

NEXT = 20
"""Number of coming events to forecast; the sheet will have changed before later ones."""


def show(session: Session, row: widgets.Filters) -> None:
    row.report_unknown()
    coming = session.ask(coming_events, session.today, session.agency)
    if not coming:
        widgets.empty("No event is planned. What to expect of the next ones stands here.")
        return
    history = session.ask(replay)
    st.markdown(md(history.next_event.words))
    fitted = session.ask(fit, _replayed=history)
    expectations = session.ask(next_ones, session.agency, _fitted=fitted)
    first = expectations[0]
    if first.guests is None:
        widgets.empty(f"{first.words} Nothing is forecast from less.")
        return
    more = f"The next {NEXT} of {counted(len(coming), 'coming event')}" if len(coming) > NEXT else ""
    st.markdown(more or f"{counted(len(coming), 'coming event')}")
    attendance.draw(*session.ask(chart, session.agency, widgets.is_dark(), _expected=expectations))
    st.caption(
        "Learned from every counted event of all agencies: venue, town, weekday (everywhere and at the venue), hour "
        "and season each push the count up or down, and one seen at few events is drawn toward the whole (a linear "
        "mixed model that may drift). The last counts at the venue move it. Nothing is forecast from fewer than "
        f"{FEWEST} counted events."
    )
    if history.next_event.n:
        _show_accuracy(history)


def _show_accuracy(history: Replay) -> None:
    """How far off the forecasts of past events were, beside simple rules, and how often the range had the count."""
    st.markdown("**How good such forecasts were on past events**")
    widgets.table(accuracy(history), "How far off forecasts of past events were")
    if columns := in_range_by_venue(history):
        widgets.table(columns, "Counts in the 80% range by venue")
    else:
        st.caption(f"No venue has {SHARE_FROM} events tried, so the range is not judged by venue.")
    st.caption(HELD_BY_ADJUSTING)


def accuracy(history: Replay) -> Columns:
    """The backtests as a table, escaped for Markdown."""
    names, first, second = zip(*history.rows, strict=True)
    return {
        "Past events": [md(name) for name in names],
        "Forecast from earlier days": [md(cell) for cell in first],
        f"From {history.ahead.days_ahead} days before": [md(cell) for cell in second],
    }


def in_range_by_venue(history: Replay) -> Columns:
    """The counts in the range at each venue with enough events tried, escaped for Markdown; empty if there is none."""
    by_venue = history.next_event.by_venue
    if not by_venue:
        return {}
    return {
        "Venue": [md(venue) for venue in by_venue],
        "Counts in the 80% range": [md(in_range.words) for in_range in by_venue.values()],
    }


def next_ones(snapshot: Snapshot, agency: str | None, *, _fitted: Fitted | None = None) -> tuple[Forecast, ...]:
    return forecasts(snapshot, coming_events(snapshot, snapshot.today, agency)[:NEXT], _fitted=_fitted)


def chart(
    snapshot: Snapshot, agency: str | None, dark: bool, *, _expected: Sequence[Forecast] | None = None
) -> tuple[Chart, Columns]:
    drawing = charts.expected(_expected or next_ones(snapshot, agency), dark)
    return drawing, attendance.cells(drawing)
