"""Whether it is worth the officers' time: hours and what came of an hour, each with how it is made."""

from __future__ import annotations

import streamlit as st

from cwac.answers.attendance import number, programme
from cwac.answers.once import once
from cwac.answers.worth import Worth, worth
from cwac.model import Snapshot
from cwac.outputs import charts
from cwac.outputs.charts import Chart
from cwac.settings import Rules
from cwac.ui import parts, turnout
from cwac.ui.door import Visit
from cwac.ui.parts import md, table
from cwac.ui.turnout import Columns

OF = {"By agency": "agency", "By pay type": "pay type", "By funding": "funding"}


def show(visit: Visit, row: parts.Filters) -> None:
    chosen = row.one("Period", list(turnout.PERIODS), "period")
    by = row.one("Hours", list(OF), "hours")
    row.say()
    spent = of_period(visit.snapshot, chosen, visit.agency, visit.rules)
    if not spent.held:
        parts.empty("Events show here once they are Completed and their day is past.")
        return
    total = "not known" if spent.hours.total is None else f"{number(spent.hours.total)} officer-hours"
    st.markdown(f"{parts.counted(spent.held, 'event')} held: **{md(total)}** ({md(spent.hours.words)}).")
    table(measures(spent), "What came of an hour, and how it is made")
    st.header(f"Officer-hours {by.lower()}", anchor=False)
    turnout.draw(*visit.ask(hours, chosen, visit.agency, visit.rules, by, parts.is_dark()))
    st.caption("All agencies' hours at these events. Paler is scheduled time of people whose hours nobody recorded.")


@once
def of_period(snapshot: Snapshot, chosen: str, agency: str | None, rules: Rules) -> Worth:
    return worth(snapshot, programme(snapshot, turnout.period(chosen, snapshot.today), agency).held, rules)


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
    snapshot: Snapshot, chosen: str, agency: str | None, rules: Rules, by: str, dark: bool
) -> tuple[Chart, Columns]:
    spent = of_period(snapshot, chosen, agency, rules)
    tables = {"agency": spent.by_agency, "pay type": spent.by_pay_type, "funding": spent.by_funding}
    colours = turnout.inks(snapshot, dark) if OF[by] == "agency" else None
    made = charts.hours(tables[OF[by]], OF[by], dark, colours)
    return made, turnout.cells(made)
