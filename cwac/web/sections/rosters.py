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
    """The coming events with everybody who goes, by start; with an agency, those that name it or that it staffs.

    With a first or a last day, only those from that day on, or up to it.
    """
    by_event: dict[str, list[Duty]] = {}
    for duty in duties(snapshot, today, rules):
        by_event.setdefault(duty.event.id, []).append(duty)
    return tuple(
        (fill(snapshot, event), tuple(by_event.get(event.id, ())))
        for event in upcoming(snapshot, today)
        if (agency is None or event.names(agency) or any(d.agency == agency for d in by_event.get(event.id, ())))
        and (first or event.date) <= event.date <= (last or event.date)
    )


def roster_table(snapshot: Snapshot, lines: Sequence[tuple[Fill, Sequence[Duty]]], today: dt.date) -> None:
    """One line an event: when and where, how many of how many, and everybody who goes with role and state."""
    colors = agency_colors(snapshot)
    table(
        {
            "Event": [f"**{when(filled.event, today)}**  \n{md(where(filled.event))}" for filled, _ in lines],
            "Posts": [md(filled.words.replace(" · ", ", ")) for filled, _ in lines],
            "Who goes": ["  \n".join(_duty(duty, colors) for duty in going) or "nobody yet" for _, going in lines],
        },
        "Who goes where, soonest first",
    )


def _duty(duty: Duty, colors: Mapping[str, str]) -> str:
    who = md(duty.name) if duty.name else "*somebody, asked for*"
    told = [md(duty.role)] if duty.role else []
    if duty.report and duty.report != duty.event.start:
        told.append(f"at {md(clock(duty.report))}")
    if duty.person:
        told.append(md(duty.status.lower()))
    marks = "".join(f" {SEVERITY_SHAPES[one.severity]} {md(ALERT_CODES[one.code].lower())}" for one in duty.clashes)
    return f"{badge(duty.agency, colors)} {', '.join([who, *told])}{marks}".strip()


def alert_table(found: Sequence[Alert]) -> None:
    """One line an alert: how bad, what, and what would solve it."""
    table(
        {
            "Severity": [SEVERITY_WORDS[one.severity] for one in found],
            "What": [md(ALERT_CODES[one.code]) for one in found],
            "Which, and what to do": [md(one.message) for one in found],
        },
        "Alerts, soonest first",
    )


ALERTS = ("severity", "code", "what", "days_until", "event_ids", "officer", "agency", "venue", "message")


def alerts_about(alerts: Sequence[Alert], about: str | None, kinds: Collection[str]) -> tuple[Alert, ...]:
    """The alerts about one of `overview.ABOUT`, all for None; with kinds, of these headings only."""
    chosen = [alert for alert in alerts if about is None or overview.about(alert.code) == about]
    return tuple([alert for alert in chosen if not kinds or ALERT_CODES[alert.code] in kinds])


def alert_rows(found: Sequence[Alert]) -> list[Row]:
    """One row an alert, by `ALERTS`."""
    return [
        {
            "severity": one.severity,
            "code": one.code,
            "what": ALERT_CODES[one.code],
            "days_until": one.days_until,
            "event_ids": list(one.event_ids),
            "officer": one.officer,
            "agency": one.agency,
            "venue": one.venue,
            "message": one.message,
        }
        for one in found
    ]
