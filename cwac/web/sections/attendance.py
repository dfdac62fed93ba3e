"""Attendance over time and by place, two periods compared, and what past events still lack."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from cwac.analysis.attendance import (
    By,
    Turnout,
    finding,
    groups,
    guests_in_all,
    number,
    outcomes,
    shared_words,
    typical_guests,
)
from cwac.analysis.change_over_time import compare, trend
from cwac.analysis.events import day_words, where
from cwac.analysis.followups import Missing, MissingKind, missing_after_event
from cwac.analysis.measures import SHARED_WHOLE
from cwac.analysis.outreach import towns_reached
from cwac.analysis.periods import Period, a_year_before, last_months, quarter_before, quarter_of, year_of
from cwac.exports.chart_specs import DARK, LIGHT
from cwac.exports.charts import Chart, attendance_over_time, towns_over_time, typical
from cwac.model import Snapshot
from cwac.web import widgets
from cwac.web.session import Session
from cwac.web.widgets import agency_colors, badge, counted, md, readable, table

PERIODS: Mapping[str, int | None] = {"Last 24 months": 24, "Last 12 months": 12, "Since the beginning": None}
"""Option of the "Period" filter -> its length in months, None for all time."""
EACH, SIDE_BY_SIDE = "Each event", "Towns side by side"
VIEWS: Mapping[str, By] = {
    "Month": "month", "Quarter": "quarter", "Year": "year", "Town": "town", "Venue": "venue", "Weekday": "weekday",
    "Hour": "hour", "Season": "season", "Lead agency": "lead agency",
}  # fmt: skip
MOST_TOWNS = 12
"""Maximum number of small charts; the table has every town."""
MOST_LINES = 25
"""Maximum number of categories in one chart: there are many venues."""

Columns = Mapping[str, Sequence[object]]


def period(chosen: str, today: dt.date) -> Period | None:
    months = PERIODS[chosen]
    return None if months is None else last_months(today, months)


def inks(snapshot: Snapshot, dark: bool) -> Mapping[str, str]:
    """Agency -> color with enough contrast in the theme."""
    ground = (DARK if dark else LIGHT).ground
    return {short: readable(color, ground) for short, color in agency_colors(snapshot).items()}


def cells(chart_made: Chart) -> Columns:
    """The table of a chart, escaped for Markdown."""
    return {str(name): [md(value) for value in chart_made.table[name].tolist()] for name in chart_made.table}


def draw(chart_made: Chart, columns: Columns) -> None:
    st.vega_lite_chart(chart_made.frame, dict(chart_made.spec), alt=chart_made.alt)
    table(columns, "The figures of the chart")


# --- trends -------------------------------------------------------------------------------------------------------


def trends(session: Session, row: widgets.Filters) -> None:
    """Guests by month, town and so on, with the trend in words, and as a line if there are enough counts."""
    by = row.select("By", ["Month", EACH, *list(VIEWS)[1:4], SIDE_BY_SIDE, *list(VIEWS)[4:]], "by")
    chosen = row.select("Period", list(PERIODS), "period")
    row.report_unknown()
    said = session.ask(summary, chosen, session.agency)
    st.markdown(md(said.result))
    if said.change is None:
        widgets.empty("Events show here once they are Completed and their day is past.")
        return
    if by in (EACH, "Month", "Quarter", "Year"):
        st.markdown(md(said.change))
    if by == SIDE_BY_SIDE:
        _side_by_side(session, chosen)
    else:
        draw(*session.ask(chart, chosen, session.agency, by, widgets.is_dark()))
    st.caption("The median is of the events that were counted. A blank count is not zero, and is never guessed.")
    if by == "Lead agency":
        st.caption("An event counts for its lead agency alone, also if it is shared.")
    if said.shared is not None:
        st.caption(md(said.shared))


@dataclass(frozen=True, slots=True)
class Summary:
    """A period in words: the result with its n, the trend (None if no event was held), and how many are shared."""

    result: str
    change: str | None
    shared: str | None


def summary(snapshot: Snapshot, chosen: str, agency: str | None) -> Summary:
    events = outcomes(snapshot, period(chosen, snapshot.today), agency)
    of_agency = f" with {agency}" if agency else ""
    when = "since the beginning" if PERIODS[chosen] is None else f"in the {chosen.lower()}"
    return Summary(
        finding(events, f"{when}{of_agency}"),
        trend(events.held).claim.sentence if events.held else None,
        shared_words(events.held, agency),
    )


def chart(snapshot: Snapshot, chosen: str, agency: str | None, view: str, dark: bool) -> tuple[Chart, Columns]:
    """The chart of a view and its table."""
    events = outcomes(snapshot, period(chosen, snapshot.today), agency)
    if view == EACH:
        drawing = attendance_over_time(events, trend(events.held), dark)
        return drawing, cells(drawing)
    by = VIEWS[view]
    every = groups(events, by)
    colors = inks(snapshot, dark) if by == "lead agency" else None
    shown = every if by in ("month", "quarter", "year") else every[:MOST_LINES]
    return typical(shown, by, dark, colors), _by_table(typical(every, by, dark), by)


def _by_table(drawing: Chart, by: By) -> Columns:
    rows = drawing.table.to_dict("records")
    return {
        by.capitalize(): [md(row[by.capitalize()]) for row in rows],
        "Counted": [f"{row['Counted']:,} of {row['Held']:,} held" for row in rows],
        "Median guests": [md(row["Median guests"]) for row in rows],
        "Spread": [md(row["Spread"]) for row in rows],
        "Apart": [_apart(row["Estimates"], row["Cancelled"], row["Not closed"]) for row in rows],
    }


def _apart(estimates: int, cancelled: int, not_closed: int) -> str:
    """Events that are not in the median, or are estimates."""
    parts = ((estimates, "estimated"), (cancelled, "cancelled"), (not_closed, "not closed"))
    return ", ".join(f"{number:,} {words}" for number, words in parts if number)


def side_by_side(snapshot: Snapshot, chosen: str, agency: str | None, dark: bool) -> Mapping[str, Chart]:
    """Town -> small chart, all on one scale, most visited first."""
    return towns_over_time(outcomes(snapshot, period(chosen, snapshot.today), agency), dark)


def _side_by_side(session: Session, chosen: str) -> None:
    dark = widgets.is_dark()
    towns = session.ask(side_by_side, chosen, session.agency, dark)
    if len(towns) > MOST_TOWNS:
        st.markdown(f"The {MOST_TOWNS} most visited of {len(towns)} towns; the table has them all.")
    shown = list(towns.items())[:MOST_TOWNS]
    # Row by row, to keep the order on a phone, which puts columns below each other.
    for start in range(0, len(shown), 3):
        for column, (town, drawing) in zip(st.columns(3), shown[start : start + 3], strict=False):
            with column:
                st.markdown(f"**{md(town)}**")
                st.vega_lite_chart(drawing.frame, dict(drawing.spec), alt=f"{town}. {drawing.alt}")
    st.caption("One scale for all. A cross below is an event that nobody counted, a triangle one that was cancelled.")
    table(session.ask(chart, chosen, session.agency, "Town", dark)[1], "The figures by town")


# --- two periods ----------------------------------------------------------------------------------------------------


def comparable(snapshot: Snapshot) -> Mapping[str, Period]:
    """Name -> period to compare: the last twelve months, the twelve before, years and quarters."""
    today = snapshot.today
    year = last_months(today)
    periods = {"Last 12 months": year, "The 12 months before": a_year_before(year)}
    first = min((event.date for event in snapshot.events), default=today)
    for year_number in range(today.year, first.year - 1, -1):
        periods[str(year_number)] = year_of(dt.date(year_number, 1, 1))
    quarter = quarter_of(today)
    while quarter.last >= first:
        periods[quarter.label] = quarter
        quarter = quarter_before(quarter)
    return periods


def two_periods(session: Session, row: widgets.Filters) -> None:
    """Two periods side by side, and whether their attendance differs."""
    periods = session.ask(comparable)
    later = row.select("Compare", list(periods), "this")
    names = list(periods)
    earlier = row.select("With", [names[1], names[0], *names[2:]], "with")
    row.report_unknown()
    period_of_later, period_of_earlier = periods[later], periods[earlier]
    if not session.snapshot.events:
        widgets.empty("Two periods can be compared once there are events in them.")
        return
    if later == earlier:
        widgets.empty("Choose two different periods.")
        return
    words, columns = session.ask(compared, period_of_later, period_of_earlier, later, earlier, session.agency)
    st.markdown(
        f"**{md(later)}** ({period_of_later.words}) against **{md(earlier)}** ({period_of_earlier.words}): {md(words)}"
    )
    if session.today < max(period_of_later.last, period_of_earlier.last):
        st.caption("A period that is not over has fewer events than a whole one; guests at an event can be compared.")
    table(columns, f"{later} and {earlier} side by side")
    st.caption("The figures are of all events; a change is claimed only at the same places, and without a cause.")
    if session.agency is not None:
        st.caption(SHARED_WHOLE)


def compared(
    snapshot: Snapshot, later: Period, earlier: Period, later_name: str, earlier_name: str, agency: str | None
) -> tuple[str, Columns]:
    """The comparison in words, and a table with a row per figure."""
    later_program, earlier_program = outcomes(snapshot, later, agency), outcomes(snapshot, earlier, agency)
    comparison = compare(earlier_program.held, later_program.held)
    figures: Mapping[str, tuple[str, str]] = {
        "Events held": (str(comparison.later.held), str(comparison.earlier.held)),
        "Of these counted": (str(comparison.later.counted), str(comparison.earlier.counted)),
        "Median guests": (typical_guests(comparison.later).words, typical_guests(comparison.earlier).words),
        "Middle half": (_half(comparison.later), _half(comparison.earlier)),
        "Guests counted in all": (guests_in_all(comparison.later).words, guests_in_all(comparison.earlier).words),
        "Counted as nobody": (str(comparison.later.zero), str(comparison.earlier.zero)),
        "Estimates": (str(comparison.later.estimated), str(comparison.earlier.estimated)),
        "Cancelled": (str(len(later_program.canceled)), str(len(earlier_program.canceled))),
        "Not closed": (str(len(later_program.not_closed)), str(len(earlier_program.not_closed))),
        "Towns reached": (
            towns_reached(later_program.held, snapshot).words,
            towns_reached(earlier_program.held, snapshot).words,
        ),
    }
    return comparison.words, {
        "Figure": list(figures),
        later_name: [md(event) for event, _ in figures.values()],
        earlier_name: [md(value) for _, value in figures.values()],
    }


def _half(turnout: Turnout) -> str:
    if turnout.lower_quartile is None:
        return "too few to say"
    return f"{number(turnout.lower_quartile)} to {number(turnout.upper_quartile)}"


# --- after the event ------------------------------------------------------------------------------------------------

LACKS: Mapping[str, frozenset[MissingKind]] = {
    "Anything": frozenset({"closing", "count", "hours", "owner"}),
    "Count or closing": frozenset({"closing", "count"}),
    "Hours": frozenset({"hours"}),
    "Owner of a follow-up": frozenset({"owner"}),
}
"""Option of the "Lacks" filter -> what is listed."""


def after_the_event(session: Session, row: widgets.Filters) -> None:
    """What past events still lack, by agency, then one by one."""
    lacks = row.select("Lacks", list(LACKS), "lacks")
    row.report_unknown()
    owed = session.ask(lacking, session.agency, lacks)
    if not owed:
        widgets.empty("No past event lacks anything: every one has its count, its hours and its owners.")
        return
    if session.agency is None:
        table(session.ask(owed_by_agency, lacks, _owed=owed), "What each agency still owes")
    colors = agency_colors(session.snapshot)
    shown = widgets.page_of(owed, f"{counted(len(owed), 'thing')} missing from past events, oldest first", "missing")
    missing_table(shown, session.today, colors)


def lacking(snapshot: Snapshot, agency: str | None, lacks: str) -> tuple[Missing, ...]:
    return tuple(item for item in missing_after_event(snapshot, snapshot.today, agency) if item.kind in LACKS[lacks])


def owed_by_agency(snapshot: Snapshot, lacks: str, *, _owed: Sequence[Missing] | None = None) -> Columns:
    """One row per agency, most missing first."""
    owed = lacking(snapshot, None, lacks) if _owed is None else _owed
    colors = agency_colors(snapshot)
    agencies = [short for short, _ in Counter(item.agency for item in owed).most_common()]
    headers: tuple[tuple[MissingKind, str], ...] = (
        ("closing", "Held or not?"), ("count", "No count"), ("hours", "No hours"), ("owner", "No owner"),
    )  # fmt: skip
    return {
        "Agency": [badge(short, colors) or "no lead agency" for short in agencies],
        **{
            words: [str(sum(item.agency == short and item.kind == kind for item in owed)) for short in agencies]
            for kind, words in headers
            if kind in LACKS[lacks]
        },
    }


def missing_table(missing: Sequence[Missing], today: dt.date, colors: Mapping[str, str]) -> None:
    """One row per missing item of a past event."""
    table(
        {
            "When": [
                f"**{md(day_words(item.event.date, today))}**, {counted(item.days, 'day')} ago" for item in missing
            ],
            "Where": [md(where(item.event)) for item in missing],
            "Whose": [badge(item.agency, colors) or "no lead agency" for item in missing],
            "Lacks": [md(item.words) for item in missing],
            "Row": [f"{item.event.row} of Events" for item in missing],
        },
        "What past events lack, oldest first",
    )
