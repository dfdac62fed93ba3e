"""Rosters and alerts as tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from cwac.analysis.alerts import ALERT_CODES
from cwac.analysis.events import clock, upcoming, where
from cwac.analysis.staffing import Duty, Fill, duties, fill
from cwac.exports.tables import Row
from cwac.model import Alert, Snapshot
from cwac.settings import Rules
from cwac.web.sections import overview
from cwac.web.sections.gaps import when
from cwac.web.widgets import SEVERITY_SHAPES, SEVERITY_WORDS, agency_colors, badge, md, table


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


def roster_table(snapshot: Snapshot, rows: Sequence[tuple[Fill, Sequence[Duty]]], today: dt.date) -> None:
    """One row per event: time and place, posts filled, and everybody on it with role and status."""
    colors = agency_colors(snapshot)
    table(
        {
            "Event": [
                f"**{when(fill_of_event.event, today)}**  \n{md(where(fill_of_event.event))}"
                for fill_of_event, _ in rows
            ],
            "Posts": [md(fill_of_event.words.replace(" · ", ", ")) for fill_of_event, _ in rows],
            "Who goes": ["  \n".join(_duty(duty, colors) for duty in duties) or "nobody yet" for _, duties in rows],
        },
        "Who goes where, soonest first",
    )


def _duty(duty: Duty, colors: Mapping[str, str]) -> str:
    name = md(duty.name) if duty.name else "*somebody, asked for*"
    details = [md(duty.role)] if duty.role else []
    if duty.report and duty.report != duty.event.start:
        details.append(f"at {md(clock(duty.report))}")
    if duty.person:
        details.append(md(duty.status.lower()))
    clashes = "".join(
        f" {SEVERITY_SHAPES[alert.severity]} {md(ALERT_CODES[alert.code].lower())}" for alert in duty.clashes
    )
    return f"{badge(duty.agency, colors)} {', '.join([name, *details])}{clashes}".strip()


def alert_table(alerts: Sequence[Alert]) -> None:
    """One row per alert: severity, kind, and the message with its remedy."""
    table(
        {
            "Severity": [SEVERITY_WORDS[alert.severity] for alert in alerts],
            "What": [md(ALERT_CODES[alert.code]) for alert in alerts],
            "Which, and what to do": [md(alert.message) for alert in alerts],
        },
        "Alerts, soonest first",
    )


ALERTS = ("severity", "code", "what", "days_until", "event_ids", "officer", "agency", "venue", "message")


def alerts_about(alerts: Sequence[Alert], topic: str | None, kinds: Collection[str]) -> tuple[Alert, ...]:
    """The alerts on one of `overview.TOPICS` (None for all), and of these kinds if any are given."""
    on_topic = [alert for alert in alerts if topic is None or overview.topic_of(alert.code) == topic]
    return tuple([alert for alert in on_topic if not kinds or ALERT_CODES[alert.code] in kinds])


def alert_rows(alerts: Sequence[Alert]) -> list[Row]:
    """One row per alert, with the columns `ALERTS`."""
    return [
        {
            "severity": alert.severity,
            "code": alert.code,
            "what": ALERT_CODES[alert.code],
            "days_until": alert.days_until,
            "event_ids": list(alert.event_ids),
            "officer": alert.officer,
            "agency": alert.agency,
            "venue": alert.venue,
            "message": alert.message,
        }
        for alert in alerts
    ]
