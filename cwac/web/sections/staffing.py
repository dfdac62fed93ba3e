"""The staffing page: its six views, of which those of the officers' shifts and of the conflicts are here."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from cwac import addons
from cwac.analysis.alerts import ALERT_CODES, CLASHES, TOPICS, alerts, alerts_concerning, topic_of
from cwac.analysis.events import NOT_GOING, among, duty_interval, interval, is_live, upcoming, where
from cwac.analysis.officers import rest_warnings
from cwac.analysis.overview import coming_events, events_between
from cwac.analysis.staffing import Duty, duties
from cwac.analysis.words import counted
from cwac.date_words import clock, clock_range, day_words
from cwac.exports import reports, tables
from cwac.exports.colors import agency_colors
from cwac.exports.documents import alert_row
from cwac.model import SEVERITIES, Alert, Event, Snapshot
from cwac.settings import Rules
from cwac.web import blocks, county, event_cards, widgets
from cwac.web.blocks import Line, Piece, draw
from cwac.web.sections import gaps, missing_results, officers, scheduling, subscribe
from cwac.web.sections.gaps import no_officer_from, sheet_link
from cwac.web.sections.officers import agency_of, conflict_chips, name_of, own_agencies, unknown_people
from cwac.web.sections.overview import alerts_by_event, with_answers
from cwac.web.sections.reports import data_csv
from cwac.web.session import Session

EVERYBODY = "Everybody"
DUTIES = (
    "date", "report", "release", "where", "officer", "agency", "role", "status", "clashes", "event_id",
)  # fmt: skip
OLD_HEADINGS: Mapping[str, str] = {
    "officer-double-booked": "Two places to be",
    "venue-double-booked": "Venue taken twice",
    "agency-without-officer": "Agency sends nobody",
}
"""Alert code -> the heading that links and the CSV file had before it was renamed on the pages."""
EVERYTHING = "Everything"
TOPIC_LABELS = {"Clashes": "Conflicts", "Gaps": "Openings", "Not confirmed": "Unconfirmed"}
"""Topic, as links have it -> text shown."""
ALERT_NOUNS: Mapping[str, tuple[str, str]] = {
    "Clashes": ("conflict", "conflicts"),
    "Gaps": ("alert about openings", "alerts about openings"),
    "Not confirmed": ("event that is not confirmed", "events that are not confirmed"),
    "Other": ("other alert", "other alerts"),
    EVERYTHING: ("alert", "alerts"),
}
"""Topic -> one and several of its alerts in words."""
ALERTS = ("severity", "code", "what", "days_until", "event_ids", "officer", "agency", "venue", "message")


def follow_old_links() -> None:
    """Show what links and bookmarks from before views and filters were renamed ask for."""
    query = st.query_params
    if query.get("show") == "People" and query.get("of") == "Fair share":
        query["show"] = "Fairness"
        del query["of"]
    if (gap := query.get("gap", "")).endswith(")"):
        query["gap"] = gap.rpartition("(")[2].removesuffix(")")  # was "Thu 26 Nov, Weed Starbucks (EV-2026-201)"
    kinds = query.get_all("kind")
    codes = {heading: code for code, heading in (*OLD_HEADINGS.items(), *ALERT_CODES.items())}
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
    rules, own = session.rules, own_agencies(session)
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
        title = [chip, *agency_of(warning.agency, colors), warning.name]
        links = [
            [blocks.event_link(event.id, f"{where(event)}, {event_cards.when_words(event, session.today)}")]
            for event in among(session.snapshot, warning.event_ids)
        ]
        cards.append(blocks.card(title, [warning.message], *links, tone="warning"))
    draw("rest", blocks.cards(cards, "Too many hours or too little rest, soonest first", columns=2, narrow=3))


def _show_shifts(session: Session, row: widgets.FilterRow) -> None:
    today, agency = session.today, session.agency
    people = session.ask(officers.names, own_agencies(session))
    everybody = session.ask(officers.names, own_agencies(session, of_all=True))
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
        widgets.download("Staffing as CSV", "staffing.csv", lambda: data_csv(session.snapshot, "staffing"))
        widgets.download("Shifts as CSV", "duties.csv", shifts_csv)
        if subscribe.may_subscribe(session):
            with st.popover("Subscribe", icon=":material/event_available:"):
                subscribe.show(session, {}, "subscribe")
        _print_a_day(session, first, last)


def _list_rosters(session: Session, first: dt.date, last: dt.date | None) -> None:
    lines = session.ask(rosters, session.rules, first, last)
    if not lines:
        widgets.empty("No event is planned in that time.")
        return
    filled = sum(shift.person is not None for _, shifts in lines for shift in shifts)
    widgets.headline(f"{counted(filled, 'shift')} at {counted(len(lines), 'coming event')}.")
    colors, beside = session.ask(agency_colors), addons.beside_names(session)
    cards = []
    for event, going in widgets.page_of(lines, "Events and their officers, soonest first", "roster"):
        # Positions that are requested alike, without a name, are one line.
        alike = Counter((duty.agency, duty.role, duty.report) for duty in going if not duty.person)
        shifts: list[Line] = []
        for duty in going:
            number = 1 if duty.person else alike.pop((duty.agency, duty.role, duty.report), 0)
            if not number:
                continue
            details: list[str] = [duty.role] if duty.role else []
            if duty.report and duty.report != event.start:
                details.append(f"report {clock(duty.report)}")
            if duty.person:
                details.append(duty.status.lower())
            name = [*agency_of(duty.agency, colors), name_of(duty) or f"{number} requested"]
            quiet = [blocks.quiet(f", {', '.join(details)} ")] if details else []
            said = beside.get((event.id, duty.person or ""), ())
            shifts.append([*name, *quiet, *said, *conflict_chips(duty.clashes)])
        place, staffing = event_cards.place(event, colors), event_cards.staffing(event, session.snapshot)
        shifts = shifts or [[blocks.quiet("No officer yet")]]
        cards.append(blocks.card(event_cards.title(event, session.today), place, [staffing], *shifts))
    draw("rosters", blocks.cards(cards, "Events and their officers, soonest first", columns=2, narrow=4))


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
        make = printed(session, f"Roster for {day_words(day)}", (agency,) if agency else (), events)
        widgets.download("The roster of the day", f"roster-{day}.pdf", make, "application/pdf")


def rosters(
    snapshot: Snapshot, rules: Rules, first: dt.date, last: dt.date | None
) -> tuple[tuple[Event, tuple[Duty, ...]], ...]:
    """The coming events from `first` to `last` with their duties, by start."""
    by_event: dict[str, list[Duty]] = {}
    for duty in duties(snapshot, snapshot.today, rules):
        by_event.setdefault(duty.event.id, []).append(duty)
    coming = [event for event in upcoming(snapshot, snapshot.today) if first <= event.date <= (last or event.date)]
    return tuple((event, tuple(by_event.get(event.id, ()))) for event in coming)


def printed(session: Session, title: str, filters: tuple[str, ...], events: Sequence[Event]) -> Callable[[], bytes]:
    """What makes the roster of these events as a PDF."""
    sheet = reports.PrintedPages(title, filters, session.now, session.sees_staffing, county.settings().sample)
    return lambda: reports.roster_pdf(session.snapshot, events, alerts_by_event(session), sheet)


# --- conflicts ---


def show_conflicts(session: Session, row: widgets.FilterRow) -> None:
    today, rules = session.today, session.rules
    topic = row.select("About", [*TOPICS, EVERYTHING], "about", 150, TOPIC_LABELS)
    codes = row.multiselect("Kind", list(ALERT_CODES), "kind", width=230, labels=ALERT_CODES)
    row.report_unknown()
    every = session.ask(alerts_concerning, today, rules, session.agency, _alerts=session.ask(alerts, today, rules))
    chosen = alerts_about(every, None if topic == EVERYTHING else topic, codes)
    widgets.headline(alerts_words(chosen, topic, today, of_kind=bool(codes)))
    for each in TOPICS:
        if not (group := alerts_about(chosen, each, ())):
            continue
        label, headed = TOPIC_LABELS.get(each, each), topic == EVERYTHING
        if headed:
            st.header(label, anchor=False)
        count = f"{counted(len(group), *ALERT_NOUNS[each])}, soonest first"
        shown = with_answers(session, widgets.page_of_many(group, count, f"alerts-{each}"))
        cards = alert_cards(session.snapshot, shown, rules, session.ask(agency_colors))
        limit, narrow = (3, 1) if headed else (10, 5)
        draw(f"alerts-{each}", blocks.cards(cards, f"{label}, soonest first", limit=limit, narrow=narrow))
    if chosen:
        widgets.download("Alerts as CSV", "alerts.csv", lambda: tables.to_csv(alert_rows(chosen), ALERTS))


def alerts_words(chosen: Sequence[Alert], topic: str, today: dt.date, *, of_kind: bool) -> str:
    """`5 conflicts, the next on Wed, Dec 9.`, `No conflict.`, `No alert of this kind.`"""
    one, several = ALERT_NOUNS.get(topic, ALERT_NOUNS[EVERYTHING])
    kind = " of this kind" if of_kind else ""
    if not chosen:
        return f"No {one}{kind}."
    next_day = day_words(today + dt.timedelta(days=chosen[0].days_until), today)
    return f"{counted(len(chosen), one, several)}{kind}, the next on {next_day}."


def alert_cards(
    snapshot: Snapshot, alerts: Sequence[Alert], rules: Rules, colors: Mapping[str, str]
) -> Sequence[Mapping[str, Any]]:
    """A card for each conflict, and for all other alerts one for each event, soonest first."""
    groups: dict[object, list[Alert]] = {}
    for alert in alerts:
        alone = alert.code in CLASHES or len(alert.event_ids) != 1
        groups.setdefault(alert if alone else alert.event_ids[0], []).append(alert)
    return [
        _event_alerts(snapshot, group) if isinstance(key, str) else _conflict(snapshot, group[0], rules, colors)
        for key, group in groups.items()
    ]


def _event_alerts(snapshot: Snapshot, alerts: Sequence[Alert]) -> Mapping[str, Any]:
    """One event with all its alerts. Agencies that send nobody are named together."""
    event = snapshot.event_by_id[alerts[0].event_ids[0]]
    silent = [alert.agency for alert in alerts if alert.code == "agency-without-officer" and alert.agency]
    lines: list[Line] = []  # the messages name the place
    for alert in alerts:
        if alert.code == "agency-without-officer" and len(silent) > 1:
            if alert.agency == silent[0]:
                lines.append([blocks.chip(no_officer_from(silent), "warning"), "Name one each, or take them off."])
            continue
        lines.append([blocks.chip(event_cards.heading(alert.code, event), event_cards.tone_of(alert)), alert.message])
    tone = min(map(event_cards.tone_of, alerts), key=SEVERITIES.index)
    edit = sheet_link("Edit", snapshot, "Events", "id", event.row)
    return blocks.card(event_cards.title(event, snapshot.today), *lines, tone=tone, actions=[edit])


def _conflict(snapshot: Snapshot, alert: Alert, rules: Rules, colors: Mapping[str, str]) -> Mapping[str, Any]:
    """One alert about an officer or about several events, with the time at each event and by how long they overlap."""
    events, tone = among(snapshot, alert.event_ids), event_cards.tone_of(alert)
    one_day = len({event.date for event in events}) == 1
    lines: list[Line] = [[alert.message]]
    spans: list[tuple[dt.datetime, dt.datetime]] = []
    actions: list[Piece] = []
    for event in events:
        # The rows of Staffing that send the officer (an ID, else a name) there; without an officer none.
        rows = [
            row
            for row in snapshot.assignments_by_event.get(event.id, ())
            if alert.officer and alert.officer in (row.officer, row.name) and row.status not in NOT_GOING
        ]
        times = [each for row in rows if (each := duty_interval(event, row, rules))]
        span = (min(start for start, _ in times), max(end for _, end in times)) if times else interval(event, rules)
        spans += [span] if span else []
        time = f", {clock_range(*span)}" if span else ""
        day = "" if one_day else f", {day_words(event.date, snapshot.today)}"
        lines.append([blocks.event_link(event.id, f"{where(event)}{day}{time}")])
        in_staffing = [row.row for row in rows if not row.in_events]
        actions += [sheet_link("Edit", snapshot, "Staffing", "officer", row) for row in in_staffing]
        if not in_staffing:
            actions.append(sheet_link("Edit", snapshot, "Events", "id", event.row))
    officer = snapshot.officer_by_id.get(alert.officer or "")
    about = officer.name if officer else alert.officer or alert.venue
    title: list[Piece] = [blocks.chip(event_cards.heading(alert.code), tone), " ", *agency_of(alert.agency, colors)]
    title += [about] if about else []
    if one_day:
        title.append(blocks.quiet(f" {event_cards.day_from_today(events[0].date, snapshot.today)}"))
    shared, until = dt.timedelta(), dt.datetime.min  # noqa: DTZ901 - wall clock
    for start, end in sorted(spans):  # the time that two or more of these have in common
        shared += max(dt.timedelta(), min(end, until) - start)
        until = max(until, end)
    if overlap := int(shared.total_seconds() // 60):
        title.append(blocks.strong(f" overlap {overlap} min"))
    return blocks.card(title, *lines, tone=tone, actions=actions)


def alerts_about(alerts: Sequence[Alert], topic: str | None, codes: Collection[str]) -> tuple[Alert, ...]:
    """The alerts on one of `TOPICS` (None for all), and with these codes if any are given."""
    on_topic = [alert for alert in alerts if topic is None or topic_of(alert.code) == topic]
    return tuple([alert for alert in on_topic if not codes or alert.code in codes])


def alert_rows(alerts: Sequence[Alert]) -> list[tables.Row]:
    return [
        alert_row(alert)
        | {"what": OLD_HEADINGS.get(alert.code, ALERT_CODES[alert.code]), "event_ids": list(alert.event_ids)}
        for alert in alerts
    ]


VIEWS: Mapping[str, tuple[str, Callable[[Session, widgets.FilterRow], None], str]] = {
    "Gaps": ("Openings", gaps.show_openings, "No officer is needed yet"),
    "People": ("Officers", show_officers, "No officer has a shift yet"),
    "Clashes": ("Conflicts", show_conflicts, "Nothing to check yet"),
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
