"""Gaps and clashes that opened, grew, shrank or ended between two versions of the sheet."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from cwac.analysis.alerts import ALERT_CODES, CLASHES, GAPS
from cwac.analysis.events import is_coming
from cwac.analysis.positions import open_positions
from cwac.model import Alert, Snapshot

EffectKind = Literal["gap-opened", "gap-grew", "gap-shrank", "gap-closed", "clash-appeared", "clash-ended"]

EFFECTS: Mapping[EffectKind, str] = {
    "gap-opened": "New opening",
    "gap-grew": "More openings",
    "gap-shrank": "Fewer openings",
    "gap-closed": "Opening filled",
    "clash-appeared": "New conflict",
    "clash-ended": "Conflict resolved",
}
"""The label of each kind of effect."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change did to the staffing of coming events. `message` is a sentence.

    `agency` is the one that has no officer at the event, where the effect is about that.
    """

    kind: EffectKind
    code: str
    event_ids: tuple[str, ...]
    message: str
    agency: str | None = None


class TranslatedEventIds:
    """Event IDs of two versions, translated from one to the other; `pairs` has None for an event that is not there."""

    def __init__(self, pairs: Iterable[tuple[str | None, str | None]]) -> None:
        self._new_ids, self._old_ids = {}, {}
        for old, new in pairs:
            if old is not None:
                # Another event may have taken the ID of a deleted one; no event has an ID with a NUL.
                self._new_ids[old] = new if new is not None else f"\0{old}"
            if old is not None and new is not None:
                self._old_ids[new] = old

    def in_new(self, alert: Alert) -> Alert:
        """An alert of the old version with the event IDs of the new one."""
        return replace(alert, event_ids=tuple(self._new_ids.get(event_id, event_id) for event_id in alert.event_ids))

    def in_old(self, alert: Alert) -> Alert:
        """An alert of the new version with the event IDs of the old one."""
        return replace(alert, event_ids=tuple(self._old_ids.get(event_id, event_id) for event_id in alert.event_ids))


def staffing_effects(
    before: Snapshot,
    after: Snapshot,
    alerts_before: Iterable[Alert],
    alerts_after: Iterable[Alert],
    ids: TranslatedEventIds,
) -> list[tuple[Effect, Alert]]:
    """Each effect with the alert that appeared, changed or ended.

    Both versions' alerts are of the later one's day. The gaps of an event that was called off or deleted do not count
    as closed.
    """
    on = after.today
    old_alerts, new_alerts = _by_subject(map(ids.in_new, alerts_before)), _by_subject(alerts_after)
    old_events, new_events = _event_ids(old_alerts), _event_ids(new_alerts)
    effects: list[tuple[Effect, Alert]] = []
    for subject, subject_alerts in new_alerts.items():
        for alert in subject_alerts:
            if old_events.get(subject, frozenset()).isdisjoint(alert.event_ids):
                kind: EffectKind = "gap-opened" if alert.code in GAPS else "clash-appeared"
                effects.append((_effect(kind, alert, alert.message), alert))
            elif alert.code == "understaffed":
                growth = _open_positions(after, alert) - _open_positions(before, ids.in_old(alert))
                if growth:
                    kind = "gap-grew" if growth > 0 else "gap-shrank"
                    effects.append((_effect(kind, alert, alert.message), alert))
    for subject, subject_alerts in old_alerts.items():
        for alert in subject_alerts:
            remains = not new_events.get(subject, frozenset()).isdisjoint(alert.event_ids)
            coming = all(
                event_id in after.event_by_id and is_coming(after.event_by_id[event_id], on)
                for event_id in alert.event_ids
            )
            if coming and not remains:
                kind = "gap-closed" if alert.code in GAPS else "clash-ended"
                effects.append((_effect(kind, alert, f"No longer: {ALERT_CODES[alert.code].lower()}."), alert))
    return effects


_Subject = tuple[str | None, ...]
"""What an alert is about apart from its events: code, officer, agency."""


def _by_subject(all_alerts: Iterable[Alert]) -> dict[_Subject, list[Alert]]:
    """Gaps and clashes by subject, whatever their events: a third event joining a clash makes no second clash."""
    subjects: dict[_Subject, list[Alert]] = {}
    for alert in all_alerts:
        if alert.code in GAPS or alert.code in CLASHES:
            agency = alert.agency if alert.code in ("agency-without-officer", "national-day") else None
            subjects.setdefault((alert.code, _casefolded(alert.officer), _casefolded(agency)), []).append(alert)
    return subjects


def _casefolded(name: str | None) -> str | None:
    return None if name is None else name.casefold()


def _event_ids(by_subject: Mapping[_Subject, Iterable[Alert]]) -> dict[_Subject, frozenset[str]]:
    return {
        subject: frozenset(event_id for alert in subject_alerts for event_id in alert.event_ids)
        for subject, subject_alerts in by_subject.items()
    }


def _effect(kind: EffectKind, alert: Alert, message: str) -> Effect:
    agency = alert.agency if alert.code == "agency-without-officer" else None
    return Effect(kind, alert.code, alert.event_ids, message, agency)


def _open_positions(snapshot: Snapshot, alert: Alert) -> int:
    event_id = alert.event_ids[0]
    return open_positions(snapshot.event_by_id[event_id], snapshot.assignments_by_event.get(event_id, ()))
