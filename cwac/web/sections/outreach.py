"""Towns reached by events, as a map and a table."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cwac.analysis.attendance import outcomes
from cwac.analysis.outreach import OVERDUE_MONTHS, RATE_FROM, TownOutreach, outreach_by_town, towns_reached
from cwac.analysis.periods import last_months
from cwac.exports.charts import Chart, county_map
from cwac.model import Snapshot
from cwac.web import widgets
from cwac.web.sections import attendance
from cwac.web.sections.attendance import Columns
from cwac.web.session import Session
from cwac.web.widgets import counted, md


def show(session: Session, row: widgets.Filters) -> None:
    row.report_unknown()
    all_towns = session.ask(outreach_by_town)
    words = session.ask(sentence, _towns=all_towns)
    if words is None:
        widgets.empty("No town is known. The Towns tab, or an event with a town, fills this page.")
        return
    st.markdown(words)
    attendance.draw(*session.ask(chart, widgets.is_dark(), _towns=all_towns))
    st.caption(
        "All agencies together, each event counted once, the twelve months up to today. Visits are guests counted at "
        "events, not people: somebody who came twice is two visits. No rate is given for a town of fewer than "
        f"{RATE_FROM} residents, where one event more would change it by over two per 1,000. Outline: US Census "
        "Bureau, public domain."
    )


def sentence(snapshot: Snapshot, *, _towns: Sequence[TownOutreach] | None = None) -> str | None:
    """The towns reached in a year, and those without an event for six months; None if no town is known."""
    all_towns = outreach_by_town(snapshot) if _towns is None else _towns
    if not all_towns:
        return None
    year = outcomes(snapshot, last_months(snapshot.today)).held
    reached = f"Towns reached in the last 12 months: {md(towns_reached(year, snapshot).words)}."
    neglected = [town.name for town in all_towns if town.overdue]
    if not neglected:
        return f"{reached} Each of {counted(len(all_towns), 'town')} had an event within {OVERDUE_MONTHS} months."
    line = f"**{len(neglected)} of {counted(len(all_towns), 'town')} had no event for {OVERDUE_MONTHS} months:**"
    return f"{reached} {line} {md(', '.join(neglected))}."


def chart(snapshot: Snapshot, dark: bool, *, _towns: Sequence[TownOutreach] | None = None) -> tuple[Chart, Columns]:
    drawing = county_map(outreach_by_town(snapshot) if _towns is None else _towns, snapshot.today, dark)
    columns = dict(attendance.cells(drawing))
    if not snapshot.coverage:
        del columns["Policed by"]
    return drawing, columns
