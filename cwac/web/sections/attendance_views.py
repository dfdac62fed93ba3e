"""The views of Attendance besides the trend: two periods, staff time, the forecast, and the towns reached."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import streamlit as st

from cwac.analysis.attendance import (
    OVERDUE_MONTHS,
    RATE_FROM,
    TOO_FEW,
    Outcomes,
    TownOutreach,
    guests_in_all,
    outcomes,
    outreach_by_town,
    towns_reached,
    turnout,
    typical_guests,
)
from cwac.analysis.attendance_change import NOT_A_YEAR, Verdict, is_judged, scope_verdict
from cwac.analysis.events import NOT_CLOSED, where
from cwac.analysis.forecast import (
    AHEAD,
    FEWEST,
    SHARE_FROM,
    Backtest,
    Expected,
    Forecaster,
    backtest,
    fit,
    forecasts,
    right,
)
from cwac.analysis.hours import Ledger, Productivity, officer_hours, productivity
from cwac.analysis.measures import HOURS_ADD_UP, not_added
from cwac.analysis.overview import coming_events, event_on
from cwac.analysis.periods import (
    Period,
    a_year_before,
    last_months,
    last_whole_year,
    quarter_before,
    quarter_of,
    year_of,
    year_to,
)
from cwac.analysis.words import counted, number, with_guests
from cwac.date_words import short_day
from cwac.exports import charts
from cwac.exports.charts import Chart, county_map, visit_words, year_words
from cwac.model import Event, Snapshot
from cwac.settings import Rules
from cwac.web import blocks, event_cards, widgets
from cwac.web.blocks import Block, Line, Tone, draw
from cwac.web.sections import attendance
from cwac.web.sections.missing_results import show_empty, show_no_events
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


def show_comparison(session: Session, row: widgets.FilterRow) -> None:
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
        f"Past, {NOT_CLOSED}": str(len(program.not_closed)),
        "Towns reached": towns_reached(program.held, snapshot).words,
    }


# --- staff time ---

NOT_HELD = "No event was held {}. Officer-hours show once events are Completed and their day is past."
OF = {"By agency": "agency", "By pay type": "pay type", "By funding": "funding"}


def show_staff_time(session: Session, row: widgets.FilterRow) -> None:
    if show_no_events(session, row, NOT_HELD.format("yet")):
        return
    chosen = row.select("Period", list(attendance.PERIODS), "period")
    by = row.select("Hours", list(OF), "hours")
    row.report_unknown()
    spent = session.ask(staff_time_of, chosen, session.agency, session.rules, **attendance.of_all_events(session))
    if not spent.held:
        show_empty(session, NOT_HELD.format("in this period"))
        return
    guests = spent.guests_per_hour
    if guests.value is None:
        widgets.headline(f"Guests per officer-hour: {guests.short}.")
    else:
        ends = "" if guests.low is None else f"; {number(guests.low)} to {number(guests.high)} fits the counts"
        came = with_guests(guests.short)
        widgets.headline(f"{came[0].upper()}{came[1:]} per officer-hour{ends}.")
    draw("staff-time", staff_time_tiles(spent))
    drawing, table = session.ask(hours_chart, by, widgets.is_dark(), _spent=spent)
    if spent.hours.total is None:
        widgets.empty(
            "No officer-hours are known yet: type Hours in the Staffing tab, or mark officers Attended with a report "
            "and a release time."
        )
    else:
        total = officer_hours(spent.hours)
        unit = "officer-hour" if total.short == "1" else "officer-hours"
        title = f"{total.short[0].upper()}{total.short[1:]} {unit} at {counted(spent.held, 'event')}."
        where_served = f" at {session.agency}'s events" if session.agency else f", {attendance.scope(session)}"
        of = f"Officer-hours {by.lower()}{where_served}, {chosen.lower()}: {total.caveat}."
        attendance.draw_chart(drawing, title, of)
    of_hours = (guests, spent.conversations_per_hour, spent.new_share)
    ratios = [[[each.name], [each.short], [each.caveat], [each.method]] for each in of_hours]
    columns = ("Figure", "Value", "How sure", "How it is computed")
    in_words = blocks.table(columns, ratios, "Results per officer-hour, and how they are computed")
    attendance.show_numbers("staff-time", in_words, table)
    notes = ["All agencies' hours at these events. Paler is scheduled time of people whose hours nobody recorded."]
    notes += ["A dot is the agency's color.", HOURS_ADD_UP] if OF[by] == "agency" else []
    notes += [md(spent.shared)] if spent.shared else []
    st.caption(" ".join(notes))


def staff_time_of(
    snapshot: Snapshot,
    chosen: str,
    agency: str | None,
    rules: Rules,
    *,
    _every: Outcomes,
    _book: Ledger,
) -> Productivity:
    held = outcomes(snapshot, attendance.period(chosen, snapshot.today), agency, _every=_every).held
    return productivity(snapshot, held, rules, agency, _book=_book)


def staff_time_tiles(spent: Productivity) -> Block:
    hours = officer_hours(spent.hours, spent.hours_name)
    shown = [attendance.measure_tile(hours.name, hours, f"at {counted(spent.held, 'event')} held; {hours.caveat}")]
    for ratio in (spent.guests_per_hour, spent.conversations_per_hour, spent.new_share):
        refused = f"{ratio.short}: " if ratio.value is None else ""
        shown.append(attendance.measure_tile(ratio.name, ratio, f"{refused}{ratio.caveat}"))
    return blocks.tiles(shown, "Staff time in figures")


def hours_chart(snapshot: Snapshot, by: str, dark: bool, *, _spent: Productivity) -> tuple[Chart, Block]:
    tables = {"agency": _spent.by_agency, "pay type": _spent.by_pay_type, "funding": _spent.by_funding}
    colors = attendance.inks(snapshot) if OF[by] == "agency" else None
    drawing = charts.hours(tables[OF[by]], OF[by], dark, colors)
    return drawing, attendance.numbers(drawing, f"Officer-hours by {OF[by]}")


# --- the forecast ---

NEXT = 20
"""Number of coming events to forecast; the sheet will have changed before later ones."""
FORECAST_METHOD = (
    "From the latest counts of all agencies: the level of all events, and how the venue, this weekday there and the "
    "season differ from it. The likely range is as wide as the errors of the latest forecasts, and wider where a venue "
    "has no count. A forecast is a typical count, so forecasts must not be added up."
)
FIRST = 6
"""Forecasts shown before "Show more"."""


def show_forecast(session: Session, row: widgets.FilterRow) -> None:
    row.report_unknown()
    coming = session.ask(coming_events, session.today, session.agency)
    if not coming:
        widgets.headline(f"No event of {session.agency} is planned." if session.agency else "No event is planned.")
        show_empty(session, "A forecast shows here for each coming event in the Events tab.")
        return
    every = session.ask(outcomes)
    near, far = session.ask(fit, _every=every), session.ask(fit, AHEAD, _every=every)
    made = forecasts(coming[:NEXT], session.today, near, far)
    if not made:
        widgets.headline(f"{TOO_FEW.capitalize()} how many guests will come.")
        widgets.empty(f"{counted(len(near.past), 'event')} counted; a forecast needs {FEWEST}.")
        return
    widgets.headline(forecast_words(*made[0], session.today))
    tried = session.ask(past_forecasts, _near=near)
    of = f"The next {len(made)} of " if len(coming) > len(made) else ""
    accuracy = f" The likely range was {right(tried.tried)}." if len(tried.tried) >= SHARE_FROM else ""
    st.caption(f"{of}{counted(len(coming), 'coming event')}.{accuracy}")
    draw("forecasts", forecast_rows(made, session.today))
    with st.expander("How forecasts are made, and how good they were"):
        # How far off forecasts of past events were, beside the typical count at the venue.
        error, typical = with_guests(number(tried.error_of("forecast"))), number(tried.error_of("venue_median"))
        errors = (
            f" On {counted(len(tried.tried), 'past event')}, each forecast from earlier days, it was off by {error} "
            f"on average; the typical count at the venue was off by {typical}."
        )
        st.markdown(FORECAST_METHOD + (errors if tried.tried else ""))


def forecast_words(event: Event, expected: Expected, today: dt.date) -> str:
    first = "" if expected.at_venue else ", no count there yet"
    return f"{event_on(event, today)}: {expected.about}, likely {expected.likely}{first}."


def past_forecasts(_: Snapshot, *, _near: Forecaster) -> Backtest:
    return backtest(_near)


def forecast_rows(made: Sequence[tuple[Event, Expected]], today: dt.date) -> Block:
    listed = []
    for event, expected in made:
        counts = blocks.quiet(counted(expected.at_venue, "count") if expected.at_venue else "no count here yet")
        guests: list[Line] = [[blocks.strong(expected.about)], [f"likely {expected.likely}"], [counts]]
        listed.append(blocks.row([event_cards.title(event, today), [where(event)], *guests]))
    columns = ("When", "Where", "Guests", "Range", "Counted here")
    return blocks.rows(columns, listed, "Forecasts of coming events, soonest first", top=(0, 2), limit=FIRST)


# --- towns ---


def show_towns(session: Session, row: widgets.FilterRow) -> None:
    row.report_unknown()
    every = session.ask(outcomes)
    towns = session.ask(outreach_by_town, _every=every)
    if not towns:
        sentence = "No town is known. The Towns tab, or an event with a town, fills this page."
        show_empty(session, sentence, "Towns", "name")
        return
    words, ranked, drawing, table = session.ask(
        towns_shown, widgets.is_dark(), widgets.is_phone(), _towns=towns, _every=every
    )
    widgets.headline(words)
    if drawing.frame.empty:
        widgets.empty("No town has coordinates, so there is no map: type Latitude and Longitude in the Towns tab.")
        draw("towns", ranked)
    else:
        wide, narrow = st.columns([2, 1])
        with wide:
            held = counted(sum(town.year.held for town in towns), "event")
            of = f"Circles by guests, all agencies, the 12 months to {short_day(session.today)}: {held} held."
            attendance.draw_chart(drawing, drawing.alt.partition(". ")[2], of)
        with narrow:
            draw("towns", ranked)
    rates = (
        f"Visits are guests counted at events. A town of fewer than {RATE_FROM} residents has no rate per 1,000: one "
        "event more would change it by over two."
    )
    attendance.show_numbers("towns", blocks.lines([rates]), table)
    st.caption(
        "All agencies together, each event counted once, the twelve months up to today. Somebody who came twice is "
        "two guests. Outlines of counties: US Census Bureau, public domain."
    )


def towns_shown(
    snapshot: Snapshot, dark: bool, narrow: bool, *, _towns: Sequence[TownOutreach], _every: Outcomes
) -> tuple[str, Block, Chart, Block]:
    """The towns reached in a year in words, all by guests with their last and next event, the map, and its numbers."""
    year = outcomes(snapshot, last_months(snapshot.today), _every=_every).held
    neglected = sum(town.overdue for town in _towns)
    longest = f"; {neglected} had none for" if neglected else ", each of them within"
    reached = f"{towns_reached(year, snapshot).short} had an event in the last 12 months"
    words = f"{reached}{longest} {OVERDUE_MONTHS} months."
    cards = []
    for town in sorted(_towns, key=lambda town: (-(town.year.guests or 0), -town.year.held, town.name)):
        line: list[blocks.Piece] = ["No event yet"]
        if town.last_event is not None:
            line = ["Last: ", blocks.event_link(town.last_event.id, visit_words(town, snapshot.today))]
        if town.next_event is not None:
            day = visit_words(replace(town, last_visit=town.next_event.date), snapshot.today)
            line += [" · Next: ", blocks.event_link(town.next_event.id, day)]
        if town.overdue and town.last_event is not None:
            line += [blocks.BREAK, blocks.chip(f"No event for {OVERDUE_MONTHS} months", "warning")]
        tone: Tone = "warning" if town.overdue else "plain"
        cards.append(blocks.card([town.name], [year_words(town)], line, tone=tone))
    drawing = county_map(_towns, snapshot.today, dark, narrow)
    shown = drawing if snapshot.coverage else replace(drawing, table=drawing.table.drop(columns="Policed by"))
    table = attendance.numbers(shown, "Outreach by town, longest without an event first")
    return words, blocks.cards(cards, "Towns, most guests first", limit=6), drawing, table
