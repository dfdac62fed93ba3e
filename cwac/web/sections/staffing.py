"""The staffing page: its six views, of which that of the officers is here: their shifts, rest, and emergencies."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import streamlit as st

from cwac.analysis.alerts import ALERT_CODES
from cwac.analysis.events import among, is_live, where
from cwac.analysis.overview import coming_events, events_between
from cwac.analysis.rest import rest_warnings
from cwac.analysis.words import counted
from cwac.date_words import day_words
from cwac.exports import tables
from cwac.exports.colors import agency_colors
from cwac.model import Snapshot
from cwac.web import blocks, event_cards, widgets
from cwac.web.blocks import draw
from cwac.web.sections import gaps, missing_results, officers, reports, rosters, scheduling, subscribe
from cwac.web.sections.officers import own_agencies, unknown_people
from cwac.web.session import Session

EVERYBODY = "Everybody"
DUTIES = (
    "date", "report", "release", "where", "officer", "agency", "role", "status", "clashes", "event_id",
)  # fmt: skip


def follow_old_links() -> None:
    """Show what links and bookmarks from before views and filters were renamed ask for."""
    query = st.query_params
    if query.get("show") == "People" and query.get("of") == "Fair share":
        query["show"] = "Fairness"
        del query["of"]
    if (gap := query.get("gap", "")).endswith(")"):
        query["gap"] = gap.rpartition("(")[2].removesuffix(")")  # was "Thu 26 Nov, Weed Starbucks (EV-2026-201)"
    kinds = query.get_all("kind")
    codes = {heading: code for code, heading in (*rosters.OLD_HEADINGS.items(), *ALERT_CODES.items())}
    if any(kind in codes for kind in kinds):
        query["kind"] = [codes.get(kind, kind) for kind in kinds]
    widgets.remember_query()


def show_officers(session: Session, row: widgets.FilterRow) -> None:
    of = row.view("About", ["Duties", "Rest and emergencies"], "of", {"Duties": "Shifts"})
    officers.show_unknown_people(session)
    if of == "Duties":
        _show_shifts(session, row)
        return
    row.report_unknown()
    _show_rest(session)
    if not gaps.show_emergencies(session):
        st.markdown("No coming event has lost officers to mutual aid.")


def _show_rest(session: Session) -> None:
    rules, own = session.rules, own_agencies(session.viewer, session.agency)
    every = session.ask(rest_warnings, session.today, rules)
    tired = [warning for warning in every if own is None or warning.agency in own]
    whose = widgets.md(officers.people_words(session))
    about = f"for {whose} ({scheduling.limits_words(rules)}). Suggestions keep to that."
    if not tired:
        widgets.empty(f"No shift is {'known to be ' if unknown_people(session) else ''}too much {about}")
        return
    cards, colors = [], session.ask(agency_colors)
    for warning in widgets.page_of(tired, f"{counted(len(tired), 'warning')} {about}", "rest"):
        chip = blocks.chip("Too many hours" if warning.kind == "hours" else "Too little rest", "warning")
        title = [chip, *officers.agency_of(warning.agency, colors), warning.name]
        links = [
            [blocks.event_link(event.id, f"{where(event)}, {event_cards.when_words(event, session.today)}")]
            for event in among(session.snapshot, warning.event_ids)
        ]
        cards.append(blocks.card(title, [warning.message], *links, tone="warning"))
    draw("rest", blocks.cards(cards, "Too many hours or too little rest, soonest first", columns=2, narrow=3))


def _show_shifts(session: Session, row: widgets.FilterRow) -> None:
    today, agency = session.today, session.agency
    people = session.ask(officers.names, own_agencies(session.viewer, agency))
    everybody = session.ask(officers.names, own_agencies(session.viewer, None))
    chosen = st.query_params.get("officer", "")
    left_out = chosen in everybody and chosen not in people
    options = [EVERYBODY, *people, *([chosen] if left_out else [])]
    person = everybody.get(row.select("Officer", options, "officer", labels={EVERYBODY: "All officers"}))
    first, last = gaps.days_of(row.select("When", gaps.WHEN, "when", 150, gaps.UPCOMING), today)
    row.report_unknown()
    if left_out:
        st.info(
            f"{widgets.md(chosen)} is not one of {widgets.md(agency)}'s officers: the agency filter is not applied to "
            "their shifts.",
            icon=":material/info:",
        )
    if person is None and agency is None:
        _list_rosters(session, first, last)
    else:
        _list_shifts(session, first, last, person)

    def shifts_csv() -> bytes:
        shifts = session.ask(officers.coming, session.rules, first, last, agency, person)
        rows: list[tables.Row] = [
            {
                "date": duty.event.date.isoformat(),
                "report": f"{duty.report:%H:%M}" if duty.report else None,
                "release": f"{duty.release:%H:%M}" if duty.release else None,
                "where": duty.place,
                "officer": duty.name,
                "agency": duty.agency,
                "role": duty.role,
                "status": duty.status,
                "clashes": [alert.message for alert in duty.clashes],
                "event_id": duty.event.id,
            }
            for duty in shifts
        ]
        return tables.to_csv(rows, DUTIES)

    with st.container(horizontal=True):
        widgets.download("Staffing as CSV", "staffing.csv", lambda: reports.data_csv(session.snapshot, "staffing"))
        widgets.download("Shifts as CSV", "duties.csv", shifts_csv)
        if subscribe.may_subscribe(session):
            with st.popover("Subscribe", icon=":material/event_available:"):
                subscribe.show(session, {}, "subscribe")
        _print_a_day(session, first, last)


def _list_rosters(session: Session, first: dt.date, last: dt.date | None) -> None:
    lines = session.ask(rosters.rosters, session.rules, None, first, last)
    if not lines:
        widgets.empty("No event is planned in that time.")
        return
    filled = sum(shift.person is not None for _, shifts in lines for shift in shifts)
    widgets.headline(f"{counted(filled, 'shift')} at {counted(len(lines), 'coming event')}.")
    shown = widgets.page_of(lines, "Events and their officers, soonest first", "roster")
    draw("rosters", rosters.roster_cards(session, shown))


def _list_shifts(session: Session, first: dt.date, last: dt.date | None, person: str | None) -> None:
    shifts = session.ask(officers.coming, session.rules, first, last, session.agency, person)
    if not shifts:
        hedge = "known to be " if unknown_people(session) else ""
        widgets.empty(f"No shift in that time: no officer is {hedge}assigned to an event.")
        return
    events = len({shift.event.id for shift in shifts})
    conflicts = sum(bool(shift.clashes) for shift in shifts)
    of = f"; {conflicts:,} {'has' if conflicts == 1 else 'have'} a conflict" if conflicts else ""
    widgets.headline(f"{counted(len(shifts), 'shift')} at {counted(events, 'coming event')}{of}.")
    only = f". Only {widgets.md(session.agency)}'s officers are listed, not the others at these events"
    shown = widgets.page_of(shifts, f"Soonest first{only if person is None else ''}", "duties")
    draw("shifts", officers.duty_table(session, shown))


def _soonest_days(snapshot: Snapshot, first: dt.date, last: dt.date | None, agency: str | None) -> tuple[dt.date, ...]:
    """The soonest days of that time with a coming event (of the agency, if given)."""
    coming = coming_events(snapshot, snapshot.today, agency)
    days = dict.fromkeys(event.date for event in coming if first <= event.date <= (last or event.date))
    return tuple(days)[: widgets.AT_ONCE]


def _print_a_day(session: Session, first: dt.date, last: dt.date | None) -> None:
    today, agency = session.today, session.agency
    days = {day_words(day, today): day for day in session.ask(_soonest_days, first, last, agency)}
    if not days:
        return
    with st.popover("Print a day", icon=":material/print:"):
        day = days[st.selectbox("Day", list(days), key="print-day")]
        events = [event for event in events_between(session.snapshot, day, day, agency) if is_live(event)]
        make = rosters.printed(session, f"Roster for {day_words(day)}", (agency,) if agency else (), events)
        widgets.download("The roster of the day", f"roster-{day}.pdf", make, "application/pdf")


VIEWS: Mapping[str, tuple[str, Callable[[Session, widgets.FilterRow], None], str]] = {
    "Gaps": ("Openings", gaps.show_openings, "No officer is needed yet"),
    "People": ("Officers", show_officers, "No officer has a shift yet"),
    "Clashes": ("Conflicts", rosters.show_conflicts, "Nothing to check yet"),
    "Who could go": ("Who's available", scheduling.show_who_is_available, ""),
    "Fairness": ("Workload", officers.show_workload, "Nobody has had a shift yet"),
    "Plan": ("Suggested assignments", scheduling.show_suggestions, "There is nobody to suggest yet"),
}
"""View, as links have it -> text shown, what draws it, and what is said first of a sheet without events."""


def show(session: Session) -> None:
    row = widgets.FilterRow()
    view = row.view("Show", list(VIEWS), "show", {name: label for name, (label, _, _) in VIEWS.items()})
    _, draw_view, words = VIEWS[view]
    sentence = f"{words}: the sheet has no events. What you type into the Events tab appears here."
    if not words or not missing_results.show_no_events(session, row, sentence):
        draw_view(session, row)
