"""Whether it is worth the officers' time: hours and what came of an hour, each with how it is made."""

from __future__ import annotations

import streamlit as st

from cwac.analysis.attendance import number, program
from cwac.analysis.productivity import Worth, worth
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
    chosen = row.one("Period", list(attendance.PERIODS), "period")
    by = row.one("Hours", list(OF), "hours")
    row.say()
    spent = session.ask(of_period, chosen, session.agency, session.rules)
    if not spent.held:
        widgets.empty("Events show here once they are Completed and their day is past.")
        return
    total = "not known" if spent.hours.total is None else f"{number(spent.hours.total)} officer-hours"
    st.markdown(f"{widgets.counted(spent.held, 'event')} held: **{md(total)}** ({md(spent.hours.words)}).")
    table(measures(spent), "What came of an hour, and how it is made")
    st.header(f"Officer-hours {by.lower()}", anchor=False)
    attendance.draw(*session.ask(hours, chosen, session.agency, session.rules, by, widgets.is_dark(), _spent=spent))
    st.caption("All agencies' hours at these events. Paler is scheduled time of people whose hours nobody recorded.")


def of_period(snapshot: Snapshot, chosen: str, agency: str | None, rules: Rules) -> Worth:
    return worth(snapshot, program(snapshot, attendance.period(chosen, snapshot.today), agency).held, rules)


def measures(spent: Worth) -> Columns:
    every = (spent.guests_per_hour, spent.conversations_per_hour, spent.new_share)
    values = [
        "not known"
        if one.value is None
        else f"{one.value * 100:.0f} %"
        if one is spent.new_share
        else number(one.value)
        for one in every
    ]
    return {
        "Figure": [md(one.name) for one in every],
        "Value": [f"**{md(value)}**" for value in values],
        "Events": [f"{one.n} of {one.of}" for one in every],
        "How it is made": [md(one.made) for one in every],
    }


def hours(
    snapshot: Snapshot,
    chosen: str,
    agency: str | None,
    rules: Rules,
    by: str,
    dark: bool,
    *,
    _spent: Worth | None = None,
) -> tuple[Chart, Columns]:
    spent = _spent or of_period(snapshot, chosen, agency, rules)
    tables = {"agency": spent.by_agency, "pay type": spent.by_pay_type, "funding": spent.by_funding}
    colors = attendance.inks(snapshot, dark) if OF[by] == "agency" else None
    made = charts.hours(tables[OF[by]], OF[by], dark, colors)
    return made, attendance.cells(made)
