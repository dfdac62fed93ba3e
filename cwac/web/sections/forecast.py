"""Forecast of guests at coming events, with the errors of such forecasts in the past."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cwac.analysis.forecast import FEWEST, Fitted, Forecast, fit, forecasts, replay
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
    st.markdown(md(history.backtest.words))
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
        "Learnt from every counted event of all agencies: venue, town, weekday, hour and season each push the count up "
        "or down, and one seen at few events is drawn towards the whole (a linear mixed model). The range has been as "
        f"wide as the past asked for. Nothing is forecast from fewer than {FEWEST} counted events."
    )


def next_ones(snapshot: Snapshot, agency: str | None, *, _fitted: Fitted | None = None) -> tuple[Forecast, ...]:
    return forecasts(snapshot, coming_events(snapshot, snapshot.today, agency)[:NEXT], _fitted=_fitted)


def chart(
    snapshot: Snapshot, agency: str | None, dark: bool, *, _expected: Sequence[Forecast] | None = None
) -> tuple[Chart, Columns]:
    drawing = charts.expected(_expected or next_ones(snapshot, agency), dark)
    return drawing, attendance.cells(drawing)
