"""Rosters and alerts: who goes where, and what conflicts."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cwac.analysis.alerts import ALERT_CODES, CLASHES, topic_of
from cwac.analysis.events import NOT_GOING, among, duty_interval, interval, upcoming, where
from cwac.analysis.staffing import Duty, Fill, duties, fill
from cwac.date_words import clock, clock_range, day_words
from cwac.exports.tables import Row
from cwac.model import SEVERITIES, Alert, Assignment, Event, Snapshot
from cwac.settings import Rules
from cwac.web import blocks, event_cards
from cwac.web.blocks import Block, Line, Piece
from cwac.web.sections.gaps import no_officer_from, sheet_link
from cwac.web.sections.officers import agency_of, conflict_chips, name_of


def rosters(
    snapshot: Snapshot,
    today: dt.date,
    rules: Rules,
    agency: str | None,
    first: dt.date | None = None,
    last: dt.date | None = None,
) -> tuple[tuple[Fill, tuple[Duty, ...]], ...]:
    """Coming events with their duties, by start; with an agency, the events that name it or that its people staff.

    `first` and `last` limit the days.
    """
    by_event: dict[str, list[Duty]] = {}
    for duty in duties(snapshot, today, rules):
        by_event.setdefault(duty.event.id, []).append(duty)
    return tuple(
        (fill(snapshot, event), tuple(by_event.get(event.id, ())))
        for event in upcoming(snapshot, today)
        if (agency is None or event.names(agency) or any(duty.agency == agency for duty in by_event.get(event.id, ())))
        and (first or event.date) <= event.date <= (last or event.date)
    )


def roster_cards(
    snapshot: Snapshot,
    rows: Sequence[tuple[Fill, Sequence[Duty]]],
    today: dt.date,
    colors: Mapping[str, str],
    beside: Mapping[tuple[str, str], Line],
) -> Block:
    """A card for each event: time and place, positions filled, and everybody on it with role and status.

    `beside` is what is said beside a name, by event and person.
    """
    cards = [
        blocks.card(
            event_cards.title(fill_of_event.event, today),
            event_cards.place(fill_of_event.event, colors),
            [event_cards.staffing(fill_of_event.event, snapshot)],
            *([_duty(*each, colors, beside) for each in _together(duties)] or [[blocks.quiet("No officer yet")]]),
        )
        for fill_of_event, duties in rows
    ]
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
    cards = [
        _event_alerts(snapshot, group, today)
        if isinstance(key, str)
        else _conflict(snapshot, group[0], today, rules, colors)
        for key, group in groups.items()
    ]
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
    title = [blocks.chip(event_cards.heading(alert.code), tone), " ", *agency_of(alert.agency, colors)]
    officer = snapshot.officer_by_id.get(alert.officer or "")
    if alert.officer:
        title.append(officer.name if officer else alert.officer)
    elif alert.venue:
        title.append(alert.venue)
    one_day = len({event.date for event in events}) == 1
    if one_day:
        title.append(blocks.quiet(f" {event_cards.day_from_today(events[0].date, today)}"))
    spans = {event.id: _time_at(snapshot, event, alert.officer, rules) for event in events}
    if overlap := _overlap([span for span in spans.values() if span is not None]):
        title.append(blocks.strong(f" overlap {overlap} min"))
    lines: list[Line] = [[alert.message]]
    for event in events:
        span = spans[event.id]
        time = f", {clock_range(*span)}" if span else ""
        day = "" if one_day else f", {day_words(event.date, today)}"
        lines.append([blocks.event_link(event.id, f"{where(event)}{day}{time}")])
    return blocks.card(title, *lines, tone=tone, actions=_rows_of(snapshot, events, alert.officer))


def _overlap(spans: Sequence[tuple[dt.datetime, dt.datetime]]) -> int:
    """The minutes that two or more of these times share."""
    shared, until = dt.timedelta(), dt.datetime.min  # noqa: DTZ901 - wall clock
    for start, end in sorted(spans):
        shared += max(dt.timedelta(), min(end, until) - start)
        until = max(until, end)
    return int(shared.total_seconds() // 60)


def _rows_at(snapshot: Snapshot, event: Event, officer: str | None) -> Sequence[Assignment]:
    """The rows of Staffing that send this officer (an ID, else a name) to the event."""
    rows = snapshot.assignments_by_event.get(event.id, ())
    return [row for row in rows if officer and officer in (row.officer, row.name) and row.status not in NOT_GOING]


def _time_at(
    snapshot: Snapshot, event: Event, officer: str | None, rules: Rules
) -> tuple[dt.datetime, dt.datetime] | None:
    """When the officer is needed at the event; without an officer, when it takes place."""
    spans = [duty_interval(event, row, rules) for row in _rows_at(snapshot, event, officer)]
    times = [span for span in spans if span is not None]
    if not times:
        return interval(event, rules)
    return min(start for start, _ in times), max(end for _, end in times)


def _rows_of(snapshot: Snapshot, events: Sequence[Event], officer: str | None) -> Sequence[Piece]:
    """Links to the rows of the sheet where a conflict can be resolved."""
    links: list[Piece] = []
    for event in events:
        rows = [row for row in _rows_at(snapshot, event, officer) if not row.in_events]
        links += [sheet_link("Edit", snapshot, "Staffing", "officer", row.row) for row in rows]
        if not rows:
            links.append(sheet_link("Edit", snapshot, "Events", "id", event.row))
    return links


ALERTS = ("severity", "code", "what", "days_until", "event_ids", "officer", "agency", "venue", "message")


def alerts_about(alerts: Sequence[Alert], topic: str | None, codes: Collection[str]) -> tuple[Alert, ...]:
    """The alerts on one of `TOPICS` (None for all), and with these codes if any are given."""
    on_topic = [alert for alert in alerts if topic is None or topic_of(alert.code) == topic]
    return tuple([alert for alert in on_topic if not codes or alert.code in codes])


def alert_rows(alerts: Sequence[Alert]) -> list[Row]:
    """One row per alert, with the columns `ALERTS`."""
    return [
        {
            "severity": alert.severity,
            "code": alert.code,
            "what": OLD_HEADINGS.get(alert.code, ALERT_CODES[alert.code]),
            "days_until": alert.days_until,
            "event_ids": list(alert.event_ids),
            "officer": alert.officer,
            "agency": alert.agency,
            "venue": alert.venue,
            "message": alert.message,
        }
        for alert in alerts
    ]
