"""What to expect of the coming events, with how far such forecasts have been off."""

from __future__ import annotations

import streamlit as st

from cwac.answers.expect import FEWEST, Backtest, Expectation, backtest, expected
from cwac.model import Snapshot
from cwac.outputs import charts
from cwac.outputs.charts import Chart
from cwac.ui import parts, turnout
from cwac.ui.door import Visit
from cwac.ui.parts import counted, md
from cwac.ui.summary import ahead
from cwac.ui.turnout import Columns

NEXT = 20
"""So many coming events: further ahead, it is another sheet."""


def show(visit: Visit, row: parts.Filters) -> None:
    row.say()
    coming = visit.ask(ahead, visit.today, visit.agency)
    if not coming:
        parts.empty("No event is planned. What to expect of the next ones stands here.")
        return
    tried: Backtest = visit.ask(backtest)
    st.markdown(md(tried.words))
    (first, *_) = visit.ask(next_ones, visit.agency)
    if first.guests is None:
        parts.empty(f"{first.words} Nothing is forecast from less.")
        return
    more = f"The next {NEXT} of {counted(len(coming), 'coming event')}" if len(coming) > NEXT else ""
    st.markdown(more or f"{counted(len(coming), 'coming event')}")
    turnout.draw(*visit.ask(chart, visit.agency, parts.is_dark()))
    st.caption(
        "Learnt from every counted event of all agencies: venue, town, weekday, hour and season each push the count up "
        "or down, and one seen at few events is drawn towards the whole (a linear mixed model). The range has been as "
        f"wide as the past asked for. Nothing is forecast from fewer than {FEWEST} counted events."
    )


def next_ones(snapshot: Snapshot, agency: str | None) -> tuple[Expectation, ...]:
    return expected(snapshot, ahead(snapshot, snapshot.today, agency)[:NEXT])


def chart(snapshot: Snapshot, agency: str | None, dark: bool) -> tuple[Chart, Columns]:
    made = charts.expected(next_ones(snapshot, agency), dark)
    return made, turnout.cells(made)
