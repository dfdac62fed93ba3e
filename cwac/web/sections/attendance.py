"""Attendance over time and by place, two periods side by side, and what past events still lack."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from cwac.analysis.attendance import By, Turnout, compare, finding, groups, number, program, trend
from cwac.analysis.events import day_words, where
from cwac.analysis.followups import Lacks, Missing, missing_after_event
from cwac.analysis.periods import Period, a_year_before, last_months, quarter_before, quarter_of, year_of
from cwac.exports.charts import DARK, LIGHT, Chart, attendance_over_time, towns_over_time, typical
from cwac.model import Snapshot
from cwac.web import widgets
from cwac.web.session import Session
from cwac.web.widgets import agency_colors, badge, counted, md, readable, table

PERIODS: Mapping[str, int | None] = {"Last 24 months": 24, "Last 12 months": 12, "Since the beginning": None}
"""A period as people choose it, and its months."""
EACH, SIDE_BY_SIDE = "Each event", "Towns side by side"
VIEWS: Mapping[str, By] = {
    "Month": "month", "Quarter": "quarter", "Year": "year", "Town": "town", "Venue": "venue", "Weekday": "weekday",
    "Hour": "hour", "Season": "season", "Lead agency": "lead agency",
}  # fmt: skip
MOST_TOWNS = 12
"""The most small charts; the table has every town."""
MOST_LINES = 25
"""The most lines of one chart: venues are many."""

Columns = Mapping[str, Sequence[object]]


def period(chosen: str, today: dt.date) -> Period | None:
    months = PERIODS[chosen]
    return None if months is None else last_months(today, months)


def inks(snapshot: Snapshot, dark: bool) -> Mapping[str, str]:
    """The agencies' colors, fit for the theme."""
    ground = (DARK if dark else LIGHT).ground
    return {short: readable(color, ground) for short, color in agency_colors(snapshot).items()}


def cells(made: Chart) -> Columns:
    """The table beside a chart, its cells escaped for Markdown."""
    return {str(name): [md(one) for one in made.table[name].tolist()] for name in made.table}


def draw(made: Chart, columns: Columns) -> None:
    st.vega_lite_chart(made.frame, dict(made.spec), alt=made.alt)
    table(columns, "The figures of the chart")


# --- trends -------------------------------------------------------------------------------------------------------


def trends(session: Session, row: widgets.Filters) -> None:
    """How many came, by month, town, … ; whether that changes, in words, and as a line where n allows."""
    by = row.one("By", ["Month", EACH, *list(VIEWS)[1:4], SIDE_BY_SIDE, *list(VIEWS)[4:]], "by")
    chosen = row.one("Period", list(PERIODS), "period")
    row.say()
    st.markdown(md(session.ask(sentence, chosen, session.agency)))
    if not session.ask(program, period(chosen, session.today), session.agency).held:
        widgets.empty("Events show here once they are Completed and their day is past.")
        return
    if by in (EACH, "Month", "Quarter", "Year"):
        st.markdown(md(session.ask(change, chosen, session.agency)))
    if by == SIDE_BY_SIDE:
        _side_by_side(session, chosen)
    else:
        draw(*session.ask(chart, chosen, session.agency, by, widgets.is_dark()))
    st.caption("The median is of the events that were counted. A blank count is not zero, and is never guessed.")


def sentence(snapshot: Snapshot, chosen: str, agency: str | None) -> str:
    """The finding, with its n."""
    whose = f" with {agency}" if agency else ""
    when = "since the beginning" if PERIODS[chosen] is None else f"in the {chosen.lower()}"
    return finding(program(snapshot, period(chosen, snapshot.today), agency), f"{when}{whose}")


def change(snapshot: Snapshot, chosen: str, agency: str | None) -> str:
    """Whether attendance changes, with its uncertainty, or that it cannot be said."""
    return trend(program(snapshot, period(chosen, snapshot.today), agency).held).words


def chart(snapshot: Snapshot, chosen: str, agency: str | None, view: str, dark: bool) -> tuple[Chart, Columns]:
    """The chart of a view, and the table beside it."""
    events = program(snapshot, period(chosen, snapshot.today), agency)
    if view == EACH:
        made = attendance_over_time(events, trend(events.held), dark)
        return made, cells(made)
    by = VIEWS[view]
    every = groups(events, by)
    colors = inks(snapshot, dark) if by == "lead agency" else None
    drawn = every if by in ("month", "quarter", "year") else every[:MOST_LINES]
    return typical(drawn, by, dark, colors), _by_table(typical(every, by, dark), by)


def _by_table(made: Chart, by: By) -> Columns:
    rows = made.table.to_dict("records")
    return {
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


def side_by_side(snapshot: Snapshot, chosen: str, agency: str | None, dark: bool) -> Mapping[str, Chart]:
    """A small chart for each town, on one scale, most visited first."""
    return towns_over_time(program(snapshot, period(chosen, snapshot.today), agency), dark)


def _side_by_side(session: Session, chosen: str) -> None:
    dark = widgets.is_dark()
    towns = session.ask(side_by_side, chosen, session.agency, dark)
    if len(towns) > MOST_TOWNS:
        st.markdown(f"The {MOST_TOWNS} most visited of {len(towns)} towns; the table has them all.")
    drawn = list(towns.items())[:MOST_TOWNS]
    # Row by row, so that a phone, where columns stand below one another, keeps the order.
    for start in range(0, len(drawn), 3):
        for column, (town, small) in zip(st.columns(3), drawn[start : start + 3], strict=False):
            with column:
                st.markdown(f"**{md(town)}**")
                st.vega_lite_chart(small.frame, dict(small.spec), alt=f"{town}. {small.alt}")
    st.caption("One scale for all. A cross below is an event that nobody counted, a triangle one that was cancelled.")
    table(session.ask(chart, chosen, session.agency, "Town", dark)[1], "The figures by town")


# --- two periods ----------------------------------------------------------------------------------------------------


def comparable(snapshot: Snapshot) -> Mapping[str, Period]:
    """What can be compared, by how people call it: the last twelve months, those before, years and quarters."""
    today = snapshot.today
    year = last_months(today)
    found = {"Last 12 months": year, "The 12 months before": a_year_before(year)}
    first = min((event.date for event in snapshot.events), default=today)
    for year_number in range(today.year, first.year - 1, -1):
        found[str(year_number)] = year_of(dt.date(year_number, 1, 1))
    quarter = quarter_of(today)
    while quarter.last >= first:
        found[quarter.label] = quarter
        quarter = quarter_before(quarter)
    return found


def two_periods(session: Session, row: widgets.Filters) -> None:
    """Any two periods side by side, and whether their attendance differs."""
    known = session.ask(comparable)
    later = row.one("Compare", list(known), "this")
    names = list(known)
    earlier = row.one("With", [names[1], names[0], *names[2:]], "with")
    row.say()
    one, other = known[later], known[earlier]
    if not session.snapshot.events:
        widgets.empty("Two periods can be compared once there are events in them.")
        return
    if later == earlier:
        widgets.empty("Choose two different periods.")
        return
    words, columns = session.ask(compared, one, other, later, earlier, session.agency)
    st.markdown(f"**{md(later)}** ({one.words}) against **{md(earlier)}** ({other.words}): {md(words)}")
    if one.first <= other.last and other.first <= one.last:
        st.info("These two overlap: some events stand on both sides.")
    if session.today < max(one.last, other.last):
        st.caption("A period that is not over has fewer events than a whole one; guests at an event can be compared.")
    table(columns, f"{later} and {earlier} side by side")
    st.caption("The towns visited may differ too: this compares periods, and says nothing of causes.")


def compared(
    snapshot: Snapshot, later: Period, earlier: Period, called: str, against: str, agency: str | None
) -> tuple[str, Columns]:
    """The comparison in words, and a line for each figure."""
    now, then = program(snapshot, later, agency), program(snapshot, earlier, agency)
    found = compare(then.held, now.held)
    figures: Mapping[str, tuple[str, str]] = {
        "Events held": (str(found.later.held), str(found.earlier.held)),
        "Of these counted": (str(found.later.counted), str(found.earlier.counted)),
        "Median guests": (number(found.later.median), number(found.earlier.median)),
        "Half had between": (_half(found.later), _half(found.earlier)),
        "Guests counted in all": (number(found.later.guests), number(found.earlier.guests)),
        "Counted as nobody": (str(found.later.zero), str(found.earlier.zero)),
        "Estimates": (str(found.later.estimated), str(found.earlier.estimated)),
        "Cancelled": (str(len(now.cancelled)), str(len(then.cancelled))),
        "Not closed": (str(len(now.not_closed)), str(len(then.not_closed))),
        "Towns": tuple(str(len({one.event.town for one in side.held} - {None})) for side in (now, then)),  # type: ignore[dict-item]
    }
    return found.words, {
        "Figure": list(figures),
        called: [md(one) for one, _ in figures.values()],
        against: [md(other) for _, other in figures.values()],
    }


def _half(found: Turnout) -> str:
    if found.lower_quartile is None:
        return "too few to say"
    return f"{number(found.lower_quartile)} and {number(found.upper_quartile)}"


# --- after the event ------------------------------------------------------------------------------------------------

LACKS: Mapping[str, frozenset[Lacks]] = {
    "Anything": frozenset({"closing", "count", "hours", "owner"}),
    "Count or closing": frozenset({"closing", "count"}),
    "Hours": frozenset({"hours"}),
    "Owner of a follow-up": frozenset({"owner"}),
}
"""What a past event can lack, as people choose it."""


def after_the_event(session: Session, row: widgets.Filters) -> None:
    """What past events still lack, by the agency that owes it, then one by one."""
    lacks = row.one("Lacks", list(LACKS), "lacks")
    row.say()
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
    return tuple(one for one in missing_after_event(snapshot, snapshot.today, agency) if one.lacks in LACKS[lacks])


def owed_by_agency(snapshot: Snapshot, lacks: str, *, _owed: Sequence[Missing] | None = None) -> Columns:
    """A line for each agency, those that owe most first."""
    owed = lacking(snapshot, None, lacks) if _owed is None else _owed
    colors = agency_colors(snapshot)
    agencies = [short for short, _ in Counter(one.agency for one in owed).most_common()]
    told: tuple[tuple[Lacks, str], ...] = (
        ("closing", "Held or not?"), ("count", "No count"), ("hours", "No hours"), ("owner", "No owner"),
    )  # fmt: skip
    return {
        "Agency": [badge(short, colors) or "no lead agency" for short in agencies],
        **{
            words: [str(sum(one.agency == short and one.lacks == kind for one in owed)) for short in agencies]
            for kind, words in told
            if kind in LACKS[lacks]
        },
    }


def missing_table(missing: Sequence[Missing], today: dt.date, colors: Mapping[str, str]) -> None:
    """One line for each thing that a past event lacks."""
    table(
        {
            "When": [f"**{md(day_words(one.event.date, today))}**, {counted(one.days, 'day')} ago" for one in missing],
            "Where": [md(where(one.event)) for one in missing],
            "Whose": [badge(one.agency, colors) or "no lead agency" for one in missing],
            "Lacks": [md(one.words) for one in missing],
            "Row": [f"{one.event.row} of Events" for one in missing],
        },
        "What past events lack, oldest first",
    )
