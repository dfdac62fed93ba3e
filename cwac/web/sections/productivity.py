"""Staff time: officer-hours and the results per hour, each figure with its formula."""

from __future__ import annotations

import streamlit as st

from cwac.analysis.attendance import Outcomes, outcomes
from cwac.analysis.hours import Ledger, officer_hours
from cwac.analysis.measures import HOURS_ADD_UP, Measure
from cwac.analysis.productivity import Productivity, productivity
from cwac.analysis.words import counted, number
from cwac.exports import charts
from cwac.exports.charts import Chart
from cwac.model import Snapshot
from cwac.settings import Rules
from cwac.web import widgets
from cwac.web.blocks import content
from cwac.web.blocks.content import Block
from cwac.web.blocks.draw import draw
from cwac.web.sections import attendance
from cwac.web.sections.missing_results import show_empty, show_no_events
from cwac.web.session import Session
from cwac.web.widgets import md

NOT_HELD = "No event was held {}. Officer-hours show once events are Completed and their day is past."
OF = {"By agency": "agency", "By pay type": "pay type", "By funding": "funding"}


def show(session: Session, row: widgets.FilterRow) -> None:
    if show_no_events(session, row, NOT_HELD.format("yet")):
        return
    chosen = row.select("Period", list(attendance.PERIODS), "period")
    by = row.select("Hours", list(OF), "hours")
    row.report_unknown()
    spent = session.ask(of_period, chosen, session.agency, session.rules, **attendance.of_all_events(session))
    if not spent.held:
        show_empty(session, NOT_HELD.format("in this period"))
        return
    guests = spent.guests_per_hour
    if guests.value is None:
        widgets.headline(f"Guests per officer-hour: {guests.short}.")
    else:
        ends = "" if guests.low is None else f"; {number(guests.low)} to {number(guests.high)} fits the counts"
        widgets.headline(f"{guests.short[0].upper()}{guests.short[1:]} guests per officer-hour{ends}.")
    draw("staff-time", tiles(spent))
    drawing, table = session.ask(hours, chosen, session.agency, session.rules, by, widgets.is_dark(), _spent=spent)
    if spent.hours.total is None:
        widgets.empty(
            "No officer-hours are known yet: type Hours in the Staffing tab, or mark officers Attended with a report "
            "and a release time."
        )
    else:
        total = officer_hours(spent.hours)
        unit = "officer-hour" if total.short == "1" else "officer-hours"
        title = f"{total.short[0].upper()}{total.short[1:]} {unit} at {counted(spent.held, 'event')}."
        of = f"Officer-hours {by.lower()}, {attendance.scope(session)}, {chosen.lower()}: {total.caveat}."
        attendance.draw_chart(drawing, title, of)
    attendance.show_numbers("staff-time", measures(spent), table)
    notes = ["All agencies' hours at these events. Paler is scheduled time of people whose hours nobody recorded."]
    notes += ["A dot is the agency's color.", HOURS_ADD_UP] if OF[by] == "agency" else []
    notes += [md(spent.shared)] if spent.shared else []
    st.caption(" ".join(notes))


def of_period(
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


def _ratios(spent: Productivity) -> tuple[Measure, ...]:
    return spent.guests_per_hour, spent.conversations_per_hour, spent.new_share


def tiles(spent: Productivity) -> Block:
    """Officer-hours, and what came of an hour, with the range and of how many events."""
    spent_hours = officer_hours(spent.hours)
    return content.tiles(
        [
            content.tile(
                ["Officer-hours"],
                spent_hours.short if spent_hours.value is not None else "–",
                [f"at {counted(spent.held, 'event')} held; {spent_hours.caveat}"],
            ),
            *(
                content.tile([ratio.name], ratio.short if ratio.value is not None else "–", [_note(ratio)])
                for ratio in _ratios(spent)
            ),
        ],
        "Staff time in figures",
    )


def _note(ratio: Measure) -> str:
    return ratio.caveat if ratio.value is not None else f"{ratio.short}: {ratio.caveat}"


def measures(spent: Productivity) -> Block:
    """Each ratio with its range and how it is computed."""
    return content.table(
        ("Figure", "Value", "How sure", "How it is computed"),
        [[[ratio.name], [ratio.short], [ratio.caveat], [ratio.method]] for ratio in _ratios(spent)],
        "Results per officer-hour, and how they are computed",
    )


def hours(
    snapshot: Snapshot,
    _chosen: str,
    _agency: str | None,
    _rules: Rules,
    by: str,
    dark: bool,
    *,
    _spent: Productivity,
) -> tuple[Chart, Block]:
    tables = {"agency": _spent.by_agency, "pay type": _spent.by_pay_type, "funding": _spent.by_funding}
    colors = attendance.inks(snapshot) if OF[by] == "agency" else None
    drawing = charts.hours(tables[OF[by]], OF[by], dark, colors)
    return drawing, attendance.numbers(drawing, f"Officer-hours by {OF[by]}")
