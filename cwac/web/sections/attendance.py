"""Attendance over time and by place: the tiles, the chart of each view, and the numbers behind it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cwac.analysis.attendance import (
    By,
    Outcomes,
    Turnout,
    finding,
    groups,
    guests_in_all,
    outcomes,
    shared_words,
    turnout,
    typical_guests,
)
from cwac.analysis.attendance_change import Verdict, scope_verdict
from cwac.analysis.events import NOT_CLOSED
from cwac.analysis.followups import MissingResult, missing_after_event
from cwac.analysis.hours import ledger
from cwac.analysis.measures import Measure
from cwac.analysis.periods import Period, a_year_before, last_months
from cwac.analysis.words import counted, number, with_guests
from cwac.date_words import short_day
from cwac.exports import charts
from cwac.exports.charts import Chart, attendance_over_time, towns_over_time, typical
from cwac.exports.colors import agency_colors, visible
from cwac.model import Snapshot
from cwac.web import blocks, widgets
from cwac.web.blocks import Block, Line, draw
from cwac.web.sections import missing_results
from cwac.web.session import LARGE_SHEET, Session
from cwac.web.widgets import md

PERIODS: Mapping[str, int | None] = {"Last 24 months": 24, "Last 12 months": 12, "Since the beginning": None}
"""Option of the "Period" filter -> its length in months, None for all time."""
EACH, SIDE_BY_SIDE = "Each event", "Towns side by side"
VIEWS: Mapping[str, By] = {
    "Month": "month", "Quarter": "quarter", "Year": "year", "Town": "town", "Venue": "venue", "Weekday": "weekday",
    "Hour": "hour", "Season": "season", "Lead agency": "lead agency",
}  # fmt: skip
FIRST_TOWNS, FIRST_ON_PHONE, MOST_TOWNS = 6, 4, 12
"""Number of small charts at first, on a phone, and at most; the table has every town."""
MOST_LINES = 25
"""Maximum number of categories in one chart: there are many venues."""


def period(chosen: str, today: dt.date) -> Period | None:
    months = PERIODS[chosen]
    return None if months is None else last_months(today, months)


def inks(snapshot: Snapshot) -> Mapping[str, str]:
    """Agency -> color of its marks in charts, the same as of its dot."""
    return {short: visible(color) for short, color in agency_colors(snapshot).items()}


# --- a chart and its numbers --------------------------------------------------------------------------------------


def numbers(chart_made: Chart, caption: str) -> Block:
    """The table of a chart; the first cell of an event's row opens the event."""
    names = [str(name) for name in chart_made.table]
    rows: list[list[Line]] = []
    for place, values in enumerate(chart_made.table.itertuples(index=False)):
        event_id = chart_made.events[place] if chart_made.events else None
        first, *others = map(str, values)
        rows.append([[blocks.event_link(event_id, first) if event_id else first], *([other] for other in others)])
    return blocks.table(names, rows, caption, limit=blocks.SHOWN_FIRST)


def draw_chart(chart_made: Chart, title: str, of: str) -> None:
    """A chart below its finding and its measure, place, period and number of events, which a picture of it keeps."""
    spec = dict(chart_made.spec)
    spec["title"], height = charts.title(title, of, widgets.is_dark())
    if isinstance(spec["height"], int):  # the title is within it
        narrow = min(spec["height"], charts.NARROW) + height
        spec["height"] += height
        # The width at which the browser draws it is known only there: a signal of this name takes the place of the
        # number.
        lower = {"name": "height", "expr": f"width < {charts.NARROW_BELOW} ? {narrow} : {spec['height']}"}
        spec["params"] = [*spec.get("params", []), lower]
    st.vega_lite_chart(chart_made.frame, spec, alt=f"{title} {of} {chart_made.alt}")


def scope(session: Session) -> str:
    return session.agency or "all agencies"


def show_numbers(key: str, *tables: Block) -> None:
    """Tables behind a click, for people who cannot see a chart or want its figures."""
    with st.expander("Show the numbers", icon=":material/table_rows:"):
        draw(f"numbers-{key}", *tables)


def measure_tile(name: str, measure: Measure, note: str) -> Mapping[str, Any]:
    return blocks.tile([name], "–" if measure.value is None else measure.short, [note])


def figures_of(
    snapshot: Snapshot,
    chosen: str,
    agency: str | None,
    *,
    linked: bool,
    _missing: Sequence[MissingResult],
    _events: Outcomes,
) -> tuple[Block, Turnout, str, str | None]:
    """The tiles of a period, the turnout, a sentence on what it shows, and how many of its events are shared.

    The tiles are guests, events held and typical guests, each of how many, and if `linked` the missing results.
    `_missing`: as in `missing_results.lacking`; `_events`: the outcomes of the period.
    """
    figures = turnout(_events.held)
    of_held = f"{figures.counted:,} of {counted(figures.held, 'event')} counted"
    planned = sum(map(len, (_events.held, _events.canceled, _events.postponed, _events.not_closed)))
    of_planned = f"of {planned:,} planned" + (f": {_events.not_held}" if _events.not_held else "")
    estimated = f", {figures.estimated:,} estimated" if figures.estimated else ""
    of_typical = f"{counted(figures.counted, 'event')} counted{estimated}"
    shown = [
        measure_tile("Guests", guests_in_all(figures), of_held),
        blocks.tile(["Events held"], f"{figures.held:,}", [of_planned]),
        measure_tile("Typical guests", typical_guests(figures), of_typical),
    ]
    missing = missing_results.lacking(snapshot, agency, missing_results.RESULTS, _missing=_missing)
    if linked and missing:
        shown.append(_missing_tile(missing, chosen, snapshot.today))
    sentence = finding(_events, period_words(chosen, agency))
    return blocks.tiles(shown, "Attendance in figures"), figures, sentence, shared_words(_events.held, agency)


def period_words(chosen: str, agency: str | None) -> str:
    """`in the last 24 months with WPD`."""
    when = "since the beginning" if PERIODS[chosen] is None else f"in the {chosen.lower()}"
    return f"{when} with {agency}" if agency else when


def _missing_tile(missing: Sequence[MissingResult], chosen: str, today: dt.date) -> Mapping[str, Any]:
    """The past events of all years without a count, or if each has one those that are still Confirmed or Tentative."""
    days = [item.event.date for item in missing if item.kind == "count"]
    not_closed, within = len(missing) - len(days), period(chosen, today)
    notes = []
    if days and within:
        inside = sum(day in within for day in days)
        parts = ((inside, f"in the {chosen.lower()}"), (len(days) - inside, "earlier"))
        notes.append(", ".join(f"{number:,} {words}" for number, words in parts if number))
    if days and not_closed:
        notes.append(f"and {counted(not_closed, 'event')} {NOT_CLOSED}")
    query = {"show": missing_results.VIEW, "lacks": missing_results.RESULTS}
    name = blocks.page_link("attendance", "Missing counts" if days else "Still Confirmed or Tentative", query)
    return blocks.tile([name], f"{len(days) or not_closed:,}", ["; ".join(notes)], "warning")


def of_all_events(session: Session) -> Mapping[str, Any]:
    """The outcomes and the ledger of all events, as answers about a part of them take them."""
    return {"_every": session.ask(outcomes), "_book": session.ask(ledger, session.rules)}


def _verdict(snapshot: Snapshot, agency: str | None, *, _every: Outcomes) -> Verdict:
    """The verdict on the latest whole year, of an agency or of all: the same on every page."""
    return scope_verdict(snapshot, _every, agency)


def show_verdict(answer: Verdict) -> None:
    widgets.headline(answer.sentence)
    st.caption(md(answer.basis))


def trends(session: Session, row: widgets.FilterRow) -> None:
    """The verdict, the tiles and one chart: a dot for each event, or the typical guests by month, town and so on."""
    first = [EACH, *list(VIEWS)[:3]]
    if len(session.snapshot.events) > LARGE_SHEET:
        first = first[1:] + first[:1]  # thousands of dots take long to send, and are no picture
    sentence = "No event is in the sheet yet. Guests show here once events are Completed and counted."
    if missing_results.show_no_events(session, row, sentence):
        return
    by = row.select("By", [*first, SIDE_BY_SIDE, *list(VIEWS)[3:]], "by")
    chosen = row.select("Period", list(PERIODS), "period")
    row.report_unknown()
    missing = session.ask(missing_after_event, session.today)
    events = session.ask(outcomes, period(chosen, session.today), session.agency, _every=session.ask(outcomes))
    answer = session.ask(_verdict, session.agency, _every=session.ask(outcomes))
    show_verdict(answer)
    tiles, figures, result, shared = session.ask(
        figures_of, chosen, session.agency, linked=session.sees_staffing, _missing=missing, _events=events
    )
    draw("attendance-tiles", tiles)
    if not figures.counted:
        words = "No event was held in this period. Events show here once they are Completed and their day is past."
        widgets.empty(md(f"{result} The chart shows once a count is typed." if events.held else words))
        asked = session.agency, missing_results.RESULTS
        if missing_results.lacking(session.snapshot, *asked, _missing=missing):
            draw("to-fill", session.ask(missing_results.listed, *asked, session.sees_staffing, _missing=missing))
        return
    if by == SIDE_BY_SIDE:
        _show_side_by_side(session, chosen, events)
    else:
        drawing, table = session.ask(chart, by, widgets.is_dark(), _events=events, _verdict=answer)
        measure = "Guests at each event" if by == EACH else f"Typical guests by {by.lower()}"
        when, guests = period_words(chosen, session.agency), with_guests(typical_guests(figures).short)
        first_day, last_day = (short_day(past.event.date) for past in (events.held[0], events.held[-1]))
        of = f"{first_day} to {last_day}: {figures.counted:,} of {counted(figures.held, 'event')}"
        title = f"A typical event {when} had {guests}." if figures.counted > 1 else result
        draw_chart(drawing, title, f"{measure}, {scope(session)}, {of} counted.")
        shown = len(drawing.frame)
        if by in ("Town", "Venue") and shown < len(drawing.table):
            st.caption(f"The {shown} most visited of {len(drawing.table)}; the numbers have them all.")
        show_numbers(f"{by}-{chosen}", blocks.lines([result]), table)
    st.caption(_notes(by, answer, shared))


def _notes(by: str, verdict: Verdict, shared: str | None) -> str:
    sentences = []
    if by == SIDE_BY_SIDE:
        sentences.append("Dashed line: typical (the middle of the counts).")
    elif by != EACH:
        sentences.append("Typical: the middle of the counts. Bar: the middle half of them.")
    elif verdict.later.counted + verdict.earlier.counted:
        sentences.append("Dashed lines: typical (the middle of the counts) in the two years that are compared.")
    sentences.append("A blank count is not zero, and is never guessed.")
    if by == "Lead agency":
        sentences.append("An event counts for its lead agency alone, even if it is shared.")
    return md(" ".join(filter(None, [*sentences, shared])))


def chart(snapshot: Snapshot, view: str, dark: bool, *, _events: Outcomes, _verdict: Verdict) -> tuple[Chart, Block]:
    """The chart of a view and its table."""
    if view == EACH:
        year, before = _verdict.year, a_year_before(_verdict.year)
        levels = [
            (before.first, before.last, _verdict.earlier.median, ""),
            (year.first, year.last, _verdict.later.median, f"typical {number(_verdict.later.median)}"),
        ]
        drawing = attendance_over_time(_events, levels, dark)
        return drawing, numbers(drawing, "Guests at each event, latest first")
    by = VIEWS[view]
    every = groups(_events, by)
    colors = inks(snapshot) if by == "lead agency" else None
    in_time = by in ("month", "quarter", "year")
    drawing = typical(every if in_time else every[:MOST_LINES], by, dark, colors)
    return drawing, _by_table(typical(every[::-1] if in_time else every, by, dark), by)


_APART = {"Estimated": "estimated", "Canceled": "canceled", "Not closed": NOT_CLOSED}
"""Column -> words of the events that are not in the median, or are estimates."""


def _by_table(drawing: Chart, by: By) -> Block:
    names = (by.capitalize(), "Counted", "Typical guests", "Spread", "Not included, or estimated")
    rows = [
        [
            [str(row[by.capitalize()])],
            [f"{row['Counted']:,} of {row['Held']:,} held"],
            [str(row["Typical guests"])],
            [str(row["Spread"])],
            [", ".join(f"{row[name]:,} {words}" for name, words in _APART.items() if row[name])],
        ]
        for row in drawing.table.to_dict("records")
    ]
    return blocks.table(names, rows, f"Typical guests by {by}", limit=blocks.SHOWN_FIRST)


def side_by_side(_: Snapshot, dark: bool, *, _events: Outcomes) -> Mapping[str, Chart]:
    """Town -> small chart, all on one scale, most visited first."""
    return towns_over_time(_events, dark)


def _draw_small(towns: Sequence[tuple[str, Chart]], of: str) -> None:
    # Row by row, to keep the order on a phone, which puts columns below each other.
    for start in range(0, len(towns), 3):
        for column, (town, drawing) in zip(st.columns(3), towns[start : start + 3], strict=False):
            with column:
                draw_chart(drawing, f"{town}.", of)


def _show_side_by_side(session: Session, chosen: str, events: Outcomes) -> None:
    dark = widgets.is_dark()
    towns = session.ask(side_by_side, dark, _events=events)
    if len(towns) > MOST_TOWNS:
        st.markdown(f"The {MOST_TOWNS} most visited of {len(towns)} towns; the numbers have them all.")
    shown = list(towns.items())[:MOST_TOWNS]
    first = FIRST_ON_PHONE if widgets.is_phone() else FIRST_TOWNS
    of = f"Guests at each event, {scope(session)}, {chosen.lower()}."
    _draw_small(shown[:first], of)
    if more := shown[first:]:
        with st.expander(f"Show {counted(len(more), 'more town')}"):
            _draw_small(more, of)
    st.caption("One scale for all. Filled: counted; hollow: estimated. Below: □ held, but not counted; × canceled.")
    show_numbers(f"towns-{chosen}", _by_table(typical(groups(events, "town"), "town", dark), "town"))
