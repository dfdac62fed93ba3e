"""Which towns the events reach: the county's map, and the same as a table."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cwac.analysis.outreach import OVERDUE_MONTHS, TownReach, towns
from cwac.exports.charts import Chart, county_map
from cwac.model import Snapshot
from cwac.web import widgets
from cwac.web.sections import attendance
from cwac.web.sections.attendance import Columns
from cwac.web.session import Session
from cwac.web.widgets import counted, md


def show(session: Session, row: widgets.Filters) -> None:
    row.say()
    every = session.ask(towns)
    words = session.ask(sentence, _towns=every)
    if words is None:
        widgets.empty("No town is known. The Towns tab, or an event with a town, fills this page.")
        return
    st.markdown(words)
    attendance.draw(*session.ask(chart, widgets.is_dark(), _towns=every))
    st.caption(
        "All agencies together, the twelve months up to today. Guests are those counted, so a rate is at least so much "
        "where a count is missing. Outline: US Census Bureau, public domain."
    )


def sentence(snapshot: Snapshot, *, _towns: Sequence[TownReach] | None = None) -> str | None:
    """Which towns have not been visited for six months, None where no town is known."""
    every = towns(snapshot) if _towns is None else _towns
    if not every:
        return None
    left = [town.name for town in every if town.neglected]
    if not left:
        return f"Each of {counted(len(every), 'town')} had an event within {OVERDUE_MONTHS} months."
    said = f"**{len(left)} of {counted(len(every), 'town')} had no event for {OVERDUE_MONTHS} months:**"
    return f"{said} {md(', '.join(left))}."


def chart(snapshot: Snapshot, dark: bool, *, _towns: Sequence[TownReach] | None = None) -> tuple[Chart, Columns]:
    made = county_map(towns(snapshot) if _towns is None else _towns, snapshot.today, dark)
    columns = dict(attendance.cells(made))
    if not snapshot.coverage:
        del columns["Policed by"]
    return made, columns
