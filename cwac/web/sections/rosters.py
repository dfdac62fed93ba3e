"""Rosters and alerts: who goes where, and what conflicts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from cwac.analysis.alerts import ALERT_CODES, CLASHES, topic_of
from cwac.analysis.events import NOT_GOING, among, duty_interval, interval, upcoming, where
from cwac.analysis.staffing import Duty, duties
from cwac.date_words import clock, clock_range, day_words
from cwac.exports import reports
from cwac.exports.documents import alert_row
from cwac.exports.tables import Row
from cwac.model import SEVERITIES, Alert, Event, Snapshot
from cwac.settings import Rules
from cwac.web import blocks, county, event_cards
from cwac.web.blocks import Block, Line, Piece
from cwac.web.sections.gaps import no_officer_from, sheet_link
from cwac.web.sections.officers import agency_of, conflict_chips, name_of
from cwac.web.sections.overview import alerts_by_event
from cwac.web.session import Session


def rosters(
    snapshot: Snapshot,
    today: dt.date,
    rules: Rules,
    agency: str | None,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> tuple[tuple[Event, tuple[Duty, ...]], ...]:
    """Coming events with their duties, by start; with an agency, the events that name it or that its people staff.

    `first` and `last` limit the days.
    """
    by_event: dict[str, list[Duty]] = {}
    for duty in duties(snapshot, today, rules):
        by_event.setdefault(duty.event.id, []).append(duty)
    return tuple(
        (event, tuple(by_event.get(event.id, ())))
        for event in upcoming(snapshot, today)
        if (agency is None or event.names(agency) or any(duty.agency == agency for duty in by_event.get(event.id, ())))
        and (first or event.date) <= event.date <= (last or event.date)
    )


def roster_cards(
    snapshot: Snapshot,
    rows: Sequence[tuple[Event, Sequence[Duty]]],
    today: dt.date,
    colors: Mapping[str, str],
    beside: Mapping[tuple[str, str], Line],
) -> Block:
    """A card for each event: time and place, positions filled, and everybody on it with role and status.

    `beside` is what is said beside a name, by event and person.
    """
    cards = []
    for event, going in rows:
        shifts = [_duty(*each, colors, beside) for each in _together(going)] or [[blocks.quiet("No officer yet")]]
        place, staffing = event_cards.place(event, colors), event_cards.staffing(event, snapshot)
        cards.append(blocks.card(event_cards.title(event, today), place, [staffing], *shifts))
    return blocks.cards(cards, "Events and their officers, soonest first", columns=2, narrow=4)


def _together(duties: Sequence[Duty]) -> Sequence[tuple[Duty, int]]:
    """Each shift once; positions that are requested alike, without a name, are counted."""
    alike = Counter((duty.agency, duty.role, duty.report) for duty in duties if not duty.person)
    counts = [(duty, alike.pop((duty.agency, duty.role, duty.report), 0) if not duty.person else 1) for duty in duties]
    return [(duty, number) for duty, number in counts if number]


def _duty(duty: Duty, number: int, colors: Mapping[str, str], beside: Mapping[tuple[str, str], Line]) -> Line:
    details: list[str] = [duty.role] if duty.role else []
    if duty.report and duty.report != duty.event.start:
        details.append(f"report {clock(duty.report)}")
    if duty.person:
        details.append(duty.status.lower())
    line = [*agency_of(duty.agency, colors)]
    line.append(name_of(duty) or f"{number} requested")
    if details:
        line.append(blocks.quiet(f", {', '.join(details)} "))
    return [*line, *beside.get((duty.event.id, duty.person or ""), ()), *conflict_chips(duty.clashes)]


def printed(session: Session, title: str, filters: tuple[str, ...], events: Sequence[Event]) -> Callable[[], bytes]:
    """What makes the roster of these events as a PDF."""
    sheet = reports.PrintedPages(title, filters, session.now, session.sees_staffing, county.settings().sample)
    return lambda: reports.roster_pdf(session.snapshot, events, alerts_by_event(session), sheet)


OLD_HEADINGS: Mapping[str, str] = {
    "officer-double-booked": "Two places to be",
    "venue-double-booked": "Venue taken twice",
    "agency-without-officer": "Agency sends nobody",
}
"""Alert code -> the heading that links and the CSV file had before it was renamed on the pages."""

# --- alerts -----------------------------------------------------------------------------------------------------------


def alert_cards(
    snapshot: Snapshot,
    alerts: Sequence[Alert],
    today: dt.date,
    rules: Rules,
    colors: Mapping[str, str],
    topic: str,
    *,
    short: bool = False,
) -> Block:
    """A card for each conflict, and for all other alerts one for each event, soonest first.

    `short`: only a few are shown before "Show more".
    """
    groups: dict[object, list[Alert]] = {}
    for alert in alerts:
        alone = alert.code in CLASHES or len(alert.event_ids) != 1
        groups.setdefault(alert if alone else alert.event_ids[0], []).append(alert)
    cards = []
    for key, group in groups.items():
        if isinstance(key, str):
            cards.append(_event_alerts(snapshot, group, today))
        else:
            cards.append(_conflict(snapshot, group[0], today, rules, colors))
    return blocks.cards(cards, f"{topic}, soonest first", limit=3 if short else 10, narrow=1 if short else 5)


def _event_alerts(snapshot: Snapshot, alerts: Sequence[Alert], today: dt.date) -> Mapping[str, Any]:
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
    return blocks.card(
        event_cards.title(event, today),
        *lines,
        tone=min(map(event_cards.tone_of, alerts), key=SEVERITIES.index),
        actions=[sheet_link("Edit", snapshot, "Events", "id", event.row)],
    )


def _conflict(
    snapshot: Snapshot, alert: Alert, today: dt.date, rules: Rules, colors: Mapping[str, str]
) -> Mapping[str, Any]:
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
        day = "" if one_day else f", {day_words(event.date, today)}"
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
        title.append(blocks.quiet(f" {event_cards.day_from_today(events[0].date, today)}"))
    if overlap := _overlap(spans):
        title.append(blocks.strong(f" overlap {overlap} min"))
    return blocks.card(title, *lines, tone=tone, actions=actions)


def _overlap(spans: Sequence[tuple[dt.datetime, dt.datetime]]) -> int:
    """The minutes that two or more of these times share."""
    shared, until = dt.timedelta(), dt.datetime.min  # noqa: DTZ901 - wall clock
    for start, end in sorted(spans):
        shared += max(dt.timedelta(), min(end, until) - start)
        until = max(until, end)
    return int(shared.total_seconds() // 60)


ALERTS = ("severity", "code", "what", "days_until", "event_ids", "officer", "agency", "venue", "message")


def alerts_about(alerts: Sequence[Alert], topic: str | None, codes: Collection[str]) -> tuple[Alert, ...]:
    """The alerts on one of `TOPICS` (None for all), and with these codes if any are given."""
    on_topic = [alert for alert in alerts if topic is None or topic_of(alert.code) == topic]
    return tuple([alert for alert in on_topic if not codes or alert.code in codes])


def alert_rows(alerts: Sequence[Alert]) -> list[Row]:
    return [
        alert_row(alert)
        | {"what": OLD_HEADINGS.get(alert.code, ALERT_CODES[alert.code]), "event_ids": list(alert.event_ids)}
        for alert in alerts
    ]
