"""Two periods side by side: the verdict where they are a year and the year before, a chart by town, every figure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st

from cwac.analysis.attendance import Outcomes, guests_in_all, outcomes, turnout, typical_guests
from cwac.analysis.attendance_change import NOT_A_YEAR, Verdict, is_judged, scope_verdict
from cwac.analysis.measures import not_added
from cwac.analysis.outreach import towns_reached
from cwac.analysis.periods import Period, a_year_before, last_whole_year, quarter_before, quarter_of, year_of, year_to
from cwac.analysis.words import counted, number, with_guests
from cwac.exports import charts
from cwac.exports.charts import Chart
from cwac.model import Snapshot
from cwac.web import blocks, widgets
from cwac.web.blocks import Block, draw
from cwac.web.sections import attendance
from cwac.web.sections.missing_results import show_no_events
from cwac.web.session import Session
from cwac.web.widgets import md

QUARTERS, SAME_QUARTER, YEARS, ANY = (
    "This quarter vs last",
    "This quarter vs the same quarter last year",
    "4 whole quarters vs the 4 before",
    "Any two periods",
)
OLD_YEARS = "12 months vs the 12 before"
"""`YEARS` in links from before it was renamed."""
MOST_TOWNS = 10
"""Maximum number of towns in the chart; the table has them all."""


def comparable(snapshot: Snapshot) -> Mapping[str, Period]:
    """Name -> period to compare: the latest four whole quarters, the four before, years and quarters."""
    today = snapshot.today
    year = last_whole_year(today)
    periods = {"Last 12 months": year, "The 12 months before": year_to(a_year_before(year).last)}
    first = min((event.date for event in snapshot.events), default=today)
    for year_number in range(today.year, first.year - 1, -1):
        periods[str(year_number)] = year_of(dt.date(year_number, 1, 1))
    quarter = quarter_of(today)
    while quarter.last >= first:
        periods[quarter.label] = quarter
        quarter = quarter_before(quarter)
    return periods


def preset(name: str, today: dt.date) -> tuple[Period, Period]:
    """The later and the earlier period of a preset."""
    quarter, year = quarter_of(today), last_whole_year(today)
    if name == QUARTERS:
        return quarter, quarter_before(quarter)
    if name == SAME_QUARTER:
        return quarter, quarter_of(a_year_before(quarter).first)
    return year, a_year_before(year)


def partners(periods: Mapping[str, Period], chosen: str) -> list[str]:
    """The periods that a chosen one can be compared with: those without a common day, the one before it first."""
    period = periods[chosen]
    apart = [name for name, other in periods.items() if other.last < period.first or other.first > period.last]
    before = [name for name in apart if periods[name].last < period.first]
    length = period.last - period.first

    def distance(name: str) -> tuple[bool, int, int]:
        other = periods[name]
        unlike = abs((other.last - other.first - length).days)
        return unlike > length.days // 8, (period.first - other.last).days, unlike

    nearest = min(before, key=distance, default=None)
    return sorted(apart, key=lambda name: name != nearest)


def show(session: Session, row: widgets.FilterRow) -> None:
    if show_no_events(session, row, "Two periods can be compared once there are events in them."):
        return
    if st.query_params.get("preset") == OLD_YEARS:
        st.query_params["preset"] = YEARS
        widgets.remember_query()
    asked = any(key in st.query_params for key in ("this", "with"))
    chosen = row.choice("Compare", (YEARS, QUARTERS, SAME_QUARTER, ANY), "preset", ANY if asked else YEARS)
    if chosen == ANY:
        periods = session.ask(comparable)
        titles = {name: period.title for name, period in periods.items()}
        later_name = row.select("This period", list(periods), "this", labels=titles, resets="with")
        earlier_name = row.select("With", partners(periods, later_name), "with", labels=titles)
        later, earlier = periods[later_name], periods[earlier_name]
        later_name, earlier_name = titles[later_name], titles[earlier_name]
    else:
        later, earlier = preset(chosen, session.today)
        later_name, earlier_name = later.title, year_to(earlier.last).title if chosen == YEARS else earlier.title
    row.report_unknown()
    sides = tuple(
        (f"{name} so far" if days.first <= session.today < days.last else name, days)
        for name, days in ((later_name, later), (earlier_name, earlier))
    )
    every, dark = session.ask(outcomes), widgets.is_dark()
    answer = session.ask(compared, sides, session.agency, dark, _every=every)
    if answer.verdict is None:
        widgets.headline(answer.words)
    else:
        attendance.show_verdict(answer.verdict)
    draw("compared", answer.tiles)
    if answer.chart is None:
        widgets.empty("No event of either period is counted, so there is nothing to draw.")
    else:
        of = f"Typical guests by town, {attendance.scope(session)}: {later.words}, and {earlier.words}. {answer.n}"
        attendance.draw_chart(answer.chart, answer.words, of)
    in_words = blocks.lines([answer.verdict.basis if answer.verdict else answer.words])
    attendance.show_numbers(f"compared-{later.first}-{earlier.first}", in_words, answer.figures, answer.towns)
    notes = ["A town's dot may stand for one or two events: the numbers say how many."]
    notes += [] if answer.verdict else [f"Side by side: {NOT_A_YEAR}."]
    if session.today < max(later.last, earlier.last):
        notes.append("A period that is not over has fewer events than a whole one; guests at an event can be compared.")
    if session.agency is not None:
        notes.append(md(not_added(session.agency, "events and guests")))
    st.caption(" ".join(notes))


@dataclass(frozen=True, slots=True)
class Compared:
    """Both typical events in words, how many were counted, the tiles, a table of every figure, the chart by town, and
    its numbers of every town.

    There is a verdict of a whole year and the year before only, and no chart if nothing is counted.
    """

    words: str
    n: str
    verdict: Verdict | None
    tiles: Block
    figures: Block
    chart: Chart | None
    towns: Block


def compared(
    snapshot: Snapshot, sides: tuple[tuple[str, Period], ...], agency: str | None, dark: bool, *, _every: Outcomes
) -> Compared:
    """The later and the earlier side, each with its name. `_every`: the outcomes of all events."""
    (later_name, later), (earlier_name, earlier) = sides
    programs = [outcomes(snapshot, days, agency, _every=_every) for days in (later, earlier)]
    held, names = (programs[0].held, programs[1].held), (later_name, earlier_name)
    now, then = map(turnout, held)
    (typical, typical_then), (guests, guests_then) = map(typical_guests, (now, then)), map(guests_in_all, (now, then))
    towns, towns_then = (towns_reached(events, snapshot) for events in held)
    figures = [_figures(program, snapshot) for program in programs]
    rows = [[[name], [value], [figures[1][name]]] for name, value in figures[0].items()]
    of, of_then = f"{counted(now.counted, 'event')} counted. ", f" ({then.counted:,} counted)"
    shown = (
        ("Events held", str(now.held), "", str(then.held)),
        ("Typical guests", typical.short, of, f"{typical_then.short}{of_then}"),
        ("Guests counted in all", guests.short, of, f"{guests_then.short}{of_then}"),
        ("Towns reached", number(towns.value), f"{towns.short}. ", towns_then.short),
    )
    tiles = [blocks.tile([name], value, [f"{n}{earlier_name}: {other}"]) for name, value, n, other in shown]
    words = typical.short if typical.value is None else f"{with_guests(typical.short)} at a typical event"
    judged = is_judged(later, earlier, snapshot.today)
    return Compared(
        f"{later_name}: {words}; {earlier_name}: {typical_then.short}.",
        f"{now.counted:,} and {counted(then.counted, 'event')} counted.",
        scope_verdict(snapshot, _every, agency, later.last) if judged else None,
        blocks.tiles(tiles, f"{later_name}, beside {earlier_name}"),
        blocks.table(("Figure", *names), rows, f"{later_name} and {earlier_name} side by side"),
        charts.compared(*held, names, dark, MOST_TOWNS) if now.counted or then.counted else None,
        attendance.numbers(charts.compared(*held, names), f"Typical guests by town, {later_name} and {earlier_name}"),
    )


def _figures(program: Outcomes, snapshot: Snapshot) -> Mapping[str, str]:
    of = turnout(program.held)
    half = f"{number(of.lower_quartile)} to {number(of.upper_quartile)}"
    return {
        "Events held": str(of.held),
        "Of these counted": str(of.counted),
        "Typical guests": typical_guests(of).words,
        "Middle half": "too few to say" if of.lower_quartile is None else half,
        "Guests counted in all": guests_in_all(of).words,
        "Counted, nobody came": str(of.zero),
        "Estimated": str(of.estimated),
        "Canceled": str(len(program.canceled)),
        "Not closed": str(len(program.not_closed)),
        "Towns reached": towns_reached(program.held, snapshot).words,
    }
