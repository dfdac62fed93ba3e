"""How many came, as a chart with its table beside it, worked out once for each version of the sheet."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

import streamlit as st

from cwac.answers.attendance import By, finding, groups, programme, trend
from cwac.answers.events import day_words, where
from cwac.answers.followups import Missing
from cwac.answers.periods import Period, last_months
from cwac.model import Snapshot
from cwac.outputs.charts import DARK, LIGHT, Chart, attendance_over_time, typical
from cwac.ui.parts import agency_colours, badge, counted, md, readable, table

PERIODS: Mapping[str, int | None] = {"Last 24 months": 24, "Last 12 months": 12, "Since the beginning": None}
"""A period as people choose it, and its months."""
VIEWS: Mapping[str, By | None] = {"Month": "month", "Each event": None, "Town": "town", "Lead agency": "lead agency"}


def period(chosen: str, today: dt.date) -> Period | None:
    months = PERIODS[chosen]
    return None if months is None else last_months(today, months)


def sentence(snapshot: Snapshot, chosen: str, agency: str | None) -> str:
    """The finding, with its n."""
    whose = f" with {agency}" if agency else ""
    when = "since the beginning" if PERIODS[chosen] is None else f"in the {chosen.lower()}"
    return finding(programme(snapshot, period(chosen, snapshot.today), agency), f"{when}{whose}")


Columns = Mapping[str, Sequence[object]]


def chart(snapshot: Snapshot, chosen: str, agency: str | None, view: str, dark: bool) -> tuple[Chart, Columns]:
    """The chart of a view, and the table beside it with its cells escaped for Markdown."""
    events = programme(snapshot, period(chosen, snapshot.today), agency)
    by = VIEWS[view]
    if by is None:
        made = attendance_over_time(events, trend(events.held), dark)
    else:
        ground = (DARK if dark else LIGHT).ground
        colours = {short: readable(colour, ground) for short, colour in agency_colours(snapshot).items()}
        made = typical(groups(events, by), by, dark, colours if by == "lead agency" else None)
    rows = made.table.to_dict("records")
    if by is None:
        return made, {str(name): [md(row[name]) for row in rows] for name in made.table}
    return made, {
        by.capitalize(): [md(row[by.capitalize()]) for row in rows],
        "Counted": [f"{row['Counted']:,} of {row['Held']:,} held" for row in rows],
        "Median guests": [md(row["Median guests"]) for row in rows],
        "Spread": [md(row["Spread"]) for row in rows],
        "Apart": [_apart(row["Estimates"], row["Cancelled"], row["Not closed"]) for row in rows],
    }


def _apart(estimates: int, cancelled: int, not_closed: int) -> str:
    """What is not in the median, or in it with a doubt."""
    told = ((estimates, "estimated"), (cancelled, "cancelled"), (not_closed, "not closed"))
    return ", ".join(f"{number:,} {words}" for number, words in told if number)


def draw(made: Chart, columns: Columns) -> None:
    st.vega_lite_chart(made.frame, dict(made.spec), alt=made.alt)
    table(columns, "The figures of the chart")


def missing_table(snapshot: Snapshot, missing: Sequence[Missing], today: dt.date) -> None:
    """One line a past event that lacks its count, or a word on whether it was held."""
    colours = agency_colours(snapshot)
    table(
        {
            "When": [f"**{md(day_words(one.event.date, today))}**, {counted(one.days, 'day')} ago" for one in missing],
            "Where": [md(where(one.event)) for one in missing],
            "Whose": [badge(one.agency, colours) or "no lead agency" for one in missing],
            "Lacks": [md(one.words) for one in missing],
            "Row": [f"{one.event.row} of Events" for one in missing],
        },
        "Past events without a count, oldest first",
    )
