"""Conflicts in the plan and what is missing from it, from one day on.

Drafts, canceled and postponed events, and people who declined, were swapped out, were pulled or did not show, are left
out. People who are only Requested count as busy and are not asked for a role again, but do not count as staffed. Times
are wall clock, half-open. Everything is swept in order of time, never compared pair by pair.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence

from cwac.analysis.clashes import EVENT_RULES_OF_PEOPLE, PLAN_RULES, PLAN_RULES_OF_PEOPLE
from cwac.analysis.commitments import Commitments, EventRule, PlanRule
from cwac.analysis.event_rules import EVENT_RULES
from cwac.analysis.events import DEFAULTS
from cwac.model import SEVERITIES, Alert, Snapshot
from cwac.settings import Rules

ALERT_CODES: Mapping[str, str] = {
    "officer-double-booked": "Double-booked",
    "officer-tight-travel": "Too little time to drive",
    "officer-on-time-off": "Assigned on a day off",
    "officer-inactive": "Assigned while not active",
    "venue-double-booked": "Venue double-booked",
    "town-too-soon": "Same town within two weeks",
    "understaffed": "Too few officers",
    "no-host": "No host",
    "no-bilingual": "No bilingual officer",
    "no-supervisor": "No supervisor",
    "unconfirmed": "Not confirmed",
    "agency-without-officer": "No officer from an agency",
    "staffed-agency-not-on-event": "Agency not named on the event",
    "shelter-venue": "Shelter site without a backup",
    "national-day": "National day: more events than people",
    "release-overdue": "News release overdue",
    "federal-holiday": "On a federal holiday",
}
"""Each alert code of the contract, in the order of the contract, with its heading."""
CLASHES = frozenset(
    {
        "officer-double-booked",
        "officer-tight-travel",
        "officer-on-time-off",
        "officer-inactive",
        "venue-double-booked",
        "national-day",
    }
)
"""The codes that pages and commands call a conflict."""
GAPS = frozenset({"understaffed", "no-host", "no-bilingual", "no-supervisor", "agency-without-officer"})
"""The codes that pages and commands call an opening."""


def alerts(snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS) -> tuple[Alert, ...]:
    """Every alert for the events dated `on` or later, soonest first, then worst first, then by code and event."""
    return _in_order(Commitments(snapshot, on, rules), PLAN_RULES, (*EVENT_RULES_OF_PEOPLE, *EVENT_RULES))


def alerts_concerning(
    snapshot: Snapshot,
    on: dt.date,
    rules: Rules,
    agency: str | None,
    *,
    _alerts: Sequence[Alert] | None = None,
) -> tuple[Alert, ...]:
    """The alerts that this agency must act on or that are about an event naming it, in order; all of them for None."""
    every = alerts(snapshot, on, rules) if _alerts is None else _alerts
    events = snapshot.event_by_id
    return tuple(
        [
            alert
            for alert in every
            if agency is None
            or alert.agency == agency
            or any(events[event_id].names(agency) for event_id in alert.event_ids)
        ]
    )


def by_event(
    snapshot: Snapshot, on: dt.date, rules: Rules = DEFAULTS, *, _alerts: Sequence[Alert] | None = None
) -> Mapping[str, tuple[Alert, ...]]:
    """Event ID -> the alerts about that event, in order."""
    groups: dict[str, list[Alert]] = {}
    for alert in alerts(snapshot, on, rules) if _alerts is None else _alerts:
        for event_id in alert.event_ids:
            groups.setdefault(event_id, []).append(alert)
    return {event_id: tuple(group) for event_id, group in groups.items()}


def alerts_of_people(
    snapshot: Snapshot, on: dt.date, people: Collection[str], rules: Rules = DEFAULTS
) -> tuple[Alert, ...]:
    """The alerts that name one of these people (`Assignment.person`); no others are computed."""
    plan = Commitments(snapshot, on, rules, frozenset(people))
    return _in_order(plan, PLAN_RULES_OF_PEOPLE, EVENT_RULES_OF_PEOPLE)


def _in_order(plan: Commitments, plan_rules: Sequence[PlanRule], event_rules: Sequence[EventRule]) -> tuple[Alert, ...]:
    by_days: dict[int, list[Alert]] = {}
    for rule in plan_rules:
        for alert in rule(plan):
            by_days.setdefault(alert.days_until, []).append(alert)
    for event, crew in zip(plan.events, plan.crews, strict=True):
        for event_rule in event_rules:
            for alert in event_rule(plan, event, crew):
                by_days.setdefault(alert.days_until, []).append(alert)
    # Sorting each day by itself takes a third of the time of one large sort.
    return tuple([alert for days in sorted(by_days) for alert in sorted(by_days[days], key=_worst)])


_RANK = {severity: rank for rank, severity in enumerate(SEVERITIES)}


def _worst(alert: Alert) -> tuple[int, str, tuple[str, ...], str, str, str]:
    return (
        _RANK[alert.severity],
        alert.code,
        alert.event_ids,
        alert.officer or "",
        alert.agency or "",
        alert.venue or "",
    )
