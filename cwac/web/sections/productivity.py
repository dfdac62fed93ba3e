"""Officer-hours and what came of an hour, each figure with its formula."""

from __future__ import annotations

import streamlit as st

from cwac.analysis.attendance import outcomes
from cwac.analysis.hours import officer_hours
from cwac.analysis.measures import SHARED_WHOLE
from cwac.analysis.productivity import Productivity, productivity
from cwac.exports import charts
from cwac.exports.charts import Chart
from cwac.model import Snapshot
from cwac.settings import Rules
from cwac.web import widgets
from cwac.web.sections import attendance
from cwac.web.sections.attendance import Columns
from cwac.web.session import Session
from cwac.web.widgets import md, table

OF = {"By agency": "agency", "By pay type": "pay type", "By funding": "funding"}


def show(session: Session, row: widgets.Filters) -> None:
    chosen = row.select("Period", list(attendance.PERIODS), "period")
    by = row.select("Hours", list(OF), "hours")
    row.report_unknown()
    spent = session.ask(of_period, chosen, session.agency, session.rules)
    if not spent.held:
        widgets.empty("Events show here once they are Completed and their day is past.")
        return
    spent_hours = officer_hours(spent.hours)
    st.markdown(
        f"{widgets.counted(spent.held, 'event')} held. Officer-hours: **{md(spent_hours.short)}** "
        f"({md(spent_hours.caveat)})."
    )
    table(measures(spent), "What came of an hour, and how it is made")
    st.header(f"Officer-hours {by.lower()}", anchor=False)
    attendance.draw(*session.ask(hours, chosen, session.agency, session.rules, by, widgets.is_dark(), _spent=spent))
    st.caption(
        "All agencies' hours at these events. Paler is scheduled time of people whose hours nobody recorded. "
        f"{md(spent.shared or SHARED_WHOLE)}"
    )


def of_period(snapshot: Snapshot, chosen: str, agency: str | None, rules: Rules) -> Productivity:
    held = outcomes(snapshot, attendance.period(chosen, snapshot.today), agency).held
    return productivity(snapshot, held, rules, agency)


def measures(spent: Productivity) -> Columns:
    ratios = (spent.guests_per_hour, spent.conversations_per_hour, spent.new_share)
    return {
        "Figure": [md(ratio.name) for ratio in ratios],
        "Value": [f"**{md(ratio.short)}**" for ratio in ratios],
        # In one column, since four are too narrow on a phone.
        "How it is made": [f"{md(ratio.caveat)}  \n{md(ratio.method)}" for ratio in ratios],
    }


def hours(
    snapshot: Snapshot,
    chosen: str,
    agency: str | None,
    rules: Rules,
    by: str,
    dark: bool,
    *,
    _spent: Productivity | None = None,
) -> tuple[Chart, Columns]:
    spent = _spent or of_period(snapshot, chosen, agency, rules)
    tables = {"agency": spent.by_agency, "pay type": spent.by_pay_type, "funding": spent.by_funding}
    colors = attendance.inks(snapshot, dark) if OF[by] == "agency" else None
    drawing = charts.hours(tables[OF[by]], OF[by], dark, colors)
    return drawing, attendance.cells(drawing)
