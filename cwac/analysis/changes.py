"""What changed between two versions of the sheet, in words, and what each change did to the staffing.

Rows are matched by their ID or name without regard to case, and events without a typed ID by their content, so sorting
a tab changes nothing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from operator import attrgetter, eq, is_
from typing import Any, Literal

from cwac.analysis.alerts import ALERT_CODES, CLASHES, GAPS, alerts
from cwac.analysis.change_details import (
    Versions,
    attendance_content,
    attendance_details,
    casefolded,
    field_details,
    staffing_content,
    staffing_details,
)
from cwac.analysis.events import DEFAULTS, assigned, is_coming, is_half_typed, is_live, open_positions, state_words
from cwac.analysis.revisions import made_rows, same_events
from cwac.analysis.words import shorten
from cwac.date_words import clock_range, day_range, day_words
from cwac.model import Alert, Assignment, Event, Headcount, Snapshot, Undated, choice_label, grouped
from cwac.settings import Rules
from cwac.sheet import schema
from cwac.sheet.schema import TabSpec

Action = Literal["new", "changed", "deleted", "affected"]
EffectKind = Literal["gap-opened", "gap-grew", "gap-shrank", "gap-closed", "clash-appeared", "clash-ended"]
EFFECTS: Mapping[EffectKind, str] = {
    "gap-opened": "New opening",
    "gap-grew": "More openings",
    "gap-shrank": "Fewer openings",
    "gap-closed": "Opening filled",
    "clash-appeared": "New conflict",
    "clash-ended": "Conflict resolved",
}
Upset = Literal["moved", "called off", "postponed", "deleted"]
"""A change that officers of a coming event must see first; `moved` is to another day, start or place."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change did to the staffing of coming events; `agency` is one that has no officer there, if about that."""

    kind: EffectKind
    code: str
    event_ids: tuple[str, ...]
    message: str
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one event (with its staffing and attendance), or to one row of another tab.

    An `affected` event was not edited itself, but an edit elsewhere had `effects` on it. `officers` and `openings` are
    how many more people are assigned to a coming event, and how many more positions are open (fewer if negative).
    """

    action: Action
    tab: str
    id: str
    subject: str
    details: tuple[str, ...] = ()
    agencies: tuple[str, ...] = ()
    event_id: str | None = None
    date: dt.date | None = None
    effects: tuple[Effect, ...] = ()
    officers: int = 0
    openings: int = 0
    upset: Upset | None = None

    @property
    def moves(self) -> tuple[str, ...]:
        """The details that give the old and the new day, times or place of an event."""
        fields = ("date ", "start ", "end ", "town ", "venue ")
        return tuple(detail for detail in self.details if detail.startswith(fields))

    @property
    def sentence(self) -> str:
        """`EV-2026-031 Weed: start 9:00 → 10:00 AM; A. Sample no longer assigned`."""
        return f"{self.subject}: {'; '.join(self.details)}" if self.details else self.subject


def changes(
    before: Snapshot,
    after: Snapshot,
    rules: Rules = DEFAULTS,
    *,
    own: Collection[str] | None = None,
    alerts_of: Callable[[Snapshot], Sequence[Alert]] | None = None,
) -> tuple[Change, ...]:
    """The changes from one version to the other: coming events, soonest first, then past ones, then other rows.

    Both versions must be read on the same day, since a missing year, and which events are coming, depend on it. Pass
    both as restricted for the viewer: a change repeats what the snapshots hold. `own`: a liaison's agencies; an officer
    of another agency whom only one version shows is neither new nor deleted. `alerts_of` gives the alerts of either
    version on that day, if they are known.
    """
    on = after.today
    pairs, versions = _pair_events(before, after), Versions(before, after)
    every = [*_find_event_changes(versions, pairs), *_find_row_changes(versions, own)]
    every += _find_time_off_changes(versions)
    # Another event may have taken the ID of a deleted one; no event has an ID with a NUL.
    new_ids = {str(old.id): str(new.id) if new else f"\0{old.id}" for old, new in pairs if old}
    old_alerts, new_alerts = (
        alerts(version, on, rules) if alerts_of is None else alerts_of(version) for version in (before, after)
    )
    every = _attach_effects(every, _find_effects(versions, old_alerts, new_alerts, new_ids), after)
    return tuple(sorted(every, key=lambda change: _sort_key(change, on)))


def concerning(changes: Iterable[Change], agency: str) -> tuple[Change, ...]:
    return tuple(change for change in changes if agency in change.agencies)


_TAB_ORDER = {spec.name: order for order, spec in enumerate(schema.TABS)}


def _sort_key(change: Change, on: dt.date) -> tuple[int, int, int, str]:
    order = _TAB_ORDER[change.tab]
    if change.date is None:
        return 2, order, 0, change.id
    days = (change.date - on).days
    return int(days < 0), abs(days), order, change.id


# --- matching the events of two versions ----------------------------------------------------------------------------

_Pair = tuple[Event | Undated | None, Event | Undated | None]


def _pair_events(before: Snapshot, after: Snapshot) -> list[_Pair]:
    """Each event before and after (None where it does not exist), except those that did not change."""
    old, new = _list_by_id(before), _list_by_id(after)
    unchanged = {event_id for event_id, event in old.items() if _is_unchanged(event, new.get(event_id), before, after)}
    old_rows, new_rows = (
        made_rows(version.events, partial(_take_content, version), but=unchanged) for version in (before, after)
    )
    followed = same_events(old_rows, new_rows)
    pairs: list[_Pair] = [(old[old_id], new[new_id]) for old_id, new_id in followed.items()]
    paired = unchanged | set(followed.values())
    left = {event_id: event for event_id, event in new.items() if event_id not in paired}
    ids_by_casefold = grouped((event_id.casefold(), event_id) for event_id in left)
    for event_id, event in old.items():
        if event_id in unchanged or event_id in followed:
            continue
        ids = [later for later in ids_by_casefold.get(event_id.casefold(), ()) if later in left]
        new_id = event_id if event_id in ids else ids[0] if len(ids) == 1 and ids[0] not in old else None
        pairs.append((event, None if new_id is None else left.pop(new_id)))
    return pairs + [(None, event) for event in left.values()]


def later_ids(before: Snapshot, after: Snapshot) -> Mapping[str, str]:
    """The ID of each event that both versions have -> its ID in the later one, where that differs."""
    pairs = _pair_events(before, after)
    return {str(old.id): str(new.id) for old, new in pairs if old and new and old.id != new.id}


def _list_by_id(snapshot: Snapshot) -> dict[str, Event | Undated]:
    undated: dict[str, Event | Undated] = {event.id: event for event in snapshot.undated if event.id is not None}
    return undated | dict(snapshot.event_by_id)


def _take_content(snapshot: Snapshot, event: Event) -> Hashable:
    """The staffing and attendance that a sheet of one tab holds in the event's own row."""
    staffing = snapshot.assignments_by_event.get(event.id, ())
    return (
        tuple((row.name, row.agency, staffing_content(row)) for row in staffing),
        tuple(map(attendance_content, snapshot.headcounts_by_event.get(event.id, ()))),
    )


def _is_unchanged(old: Event | Undated, new: Event | Undated | None, before: Snapshot, after: Snapshot) -> bool:
    """Whether only row numbers differ, as for nearly all events; these are not compared any further."""
    if not (isinstance(old, Event) and isinstance(new, Event)):
        return False
    records: Sequence[tuple[Callable[[Any], Any], Sequence[Any], Sequence[Any]]] = (
        (_FIELDS[Event], (old,), (new,)),
        (_FIELDS[Assignment], before.assignments_by_event.get(new.id, ()), after.assignments_by_event.get(new.id, ())),
        (_FIELDS[Headcount], before.headcounts_by_event.get(new.id, ()), after.headcounts_by_event.get(new.id, ())),
    )
    # Nearly all records are the same objects in both versions, and comparing by identity is much faster.
    return all(
        len(was) == len(now) and (all(map(is_, was, now)) or all(map(eq, map(take, was), map(take, now))))
        for take, was, now in records
    )


_FIELDS = {
    record: attrgetter(*(field.name for field in fields(record) if field.name != "row"))
    for record in (Event, Assignment, Headcount)
}


# --- events ---------------------------------------------------------------------------------------------------------


def _find_event_changes(versions: Versions, pairs: Iterable[_Pair]) -> Iterator[Change]:
    for old, new in pairs:
        event = new or old
        assert event is not None
        # A new event has no earlier rows, even if another event had its ID.
        new_id, old_id = str(event.id), str(old.id) if old is not None else ""
        staffing, staffing_agencies = staffing_details(versions, old_id, new_id)
        details = [*_tell_event(versions, old, new)]
        if new is not None:
            details += staffing
            details += attendance_details(versions, old_id, new)
        if not details:
            continue
        (old_people, old_openings), (new_people, new_openings) = (
            _count_staffing(version, known) for version, known in ((versions.before, old), (versions.after, new))
        )
        action = _choose_action(old, new, details)
        yield Change(
            action,
            "Events",
            new_id,
            _name_event(new_id, event),
            tuple(details),
            _sort([*_list_agencies(old), *_list_agencies(new), *staffing_agencies]),
            new_id,
            event.date if isinstance(event, Event) else None,
            # 0 if a number is not known before or after, as of an event that was called off.
            officers=0 if old_people is None or new_people is None else new_people - old_people,
            openings=0 if new_openings is None else new_openings - (old_openings or 0),
            upset=_find_upset(old, new, action, versions.after.today),
        )


def _find_upset(old: Event | Undated | None, new: Event | Undated | None, action: Action, on: dt.date) -> Upset | None:
    """Whether a coming event moved, was called off or deleted; a start or place not known before is no move."""
    if not isinstance(old, Event) or not is_coming(old, on):
        return None
    if new is None:
        return "deleted" if action == "deleted" else None
    if not isinstance(new, Event):
        return "moved"
    if not is_live(new):
        return "postponed" if new.status == "Postponed" else "called off"
    was, now = (
        (
            event.date,
            event.start,
            casefolded(event.town or event.town_text),
            casefolded(event.venue.name if event.venue else event.venue_text),
        )
        for event in (old, new)
    )
    return "moved" if any(before not in (None, after) for before, after in zip(was, now, strict=True)) else None


def _count_staffing(snapshot: Snapshot, event: Event | Undated | None) -> tuple[int | None, int | None]:
    """The people assigned to a coming event and its open positions, none of which a row still being typed has."""
    if not (isinstance(event, Event) and is_coming(event, snapshot.today)):
        return None, None
    rows = snapshot.assignments_by_event.get(event.id, ())
    return len(assigned(rows)), None if is_half_typed(event, snapshot) else open_positions(event, rows)


def _name_event(event_id: str, event: Event | Undated) -> str:
    town = event.town or (event.town_text if isinstance(event, Event) else None)
    return f"{event_id} {town}" if town else event_id


def _list_agencies(event: Event | Undated | None) -> list[str]:
    return [agency for agency in (event.lead_agency, *event.partner_agencies) if agency] if event else []


def _tell_event(versions: Versions, old: Event | Undated | None, new: Event | Undated | None) -> Iterator[str]:
    on = versions.after.today
    if new is None:
        was = f" (was {day_words(old.date, on)}, {state_words(old)})" if isinstance(old, Event) else ""
        yield f"{_tell_gone(versions, schema.EVENTS, old)}{was}"
    elif old is None:
        if isinstance(new, Event):
            yield f"new, {day_words(new.date, on)}, {clock_range(new.start, new.end)}, {state_words(new)}"
        else:
            yield "new, without a date"
    elif isinstance(old, Event) and isinstance(new, Event):
        yield from field_details(versions, schema.EVENTS, old, new)
    elif isinstance(old, Event) or isinstance(new, Event) or old.found != new.found:
        no_date = ", which is no date" if isinstance(old, Event) else ""
        yield f"date {_date_words(old, on)} → {_date_words(new, on)}{no_date}"


def _date_words(event: Event | Undated, on: dt.date) -> str:
    if isinstance(event, Event):
        return day_words(event.date, on)
    return f'"{shorten(event.found)}"' if event.found else "blank"


# --- the other tabs -------------------------------------------------------------------------------------------------


def _find_row_changes(versions: Versions, own: Collection[str] | None) -> Iterator[Change]:
    """Changes to follow-ups, agencies, officers, venues, towns and coverage."""
    tabs: tuple[tuple[TabSpec, str, Callable[[Any], str], Callable[[Any], Sequence[str | None]]], ...] = (
        (schema.FOLLOW_UPS, "Follow-up", lambda row: row.id, lambda row: (row.referred_to,)),
        (schema.AGENCIES, "Agency", lambda row: row.short, lambda row: (row.short,)),
        (schema.OFFICERS, "Officer", lambda row: row.id, lambda row: (row.agency,)),
        (schema.VENUES, "Venue", lambda row: f"{row.name}, {row.town}", lambda _: ()),
        (schema.TOWNS, "Town", lambda row: row.name, lambda _: ()),
        (schema.COVERAGE, "Coverage of", lambda row: f"{row.town} by {row.agency}", lambda row: (row.agency,)),
    )
    before, after = versions.before, versions.after
    for spec, noun, key_of, agencies_of in tabs:
        records = spec.name.lower().replace("-", "_")
        old_rows, new_rows = (
            {key_of(row).casefold(): row for row in reversed(getattr(version, records))}  # the first of a key counts
            for version in (before, after)
        )
        for folded in dict.fromkeys([*new_rows, *old_rows]):
            old, new = old_rows.get(folded), new_rows.get(folded)
            if old is new:
                continue
            row: Any = new or old
            key, new_words, event_id, day = key_of(row), "new", None, None
            subject = f"{noun} {key}"
            agencies = [agency for each in (old, new) if each for agency in agencies_of(each) if agency]
            if spec is schema.OFFICERS:
                is_of_another = own is not None and row.agency not in own
                if row.stand_in or (is_of_another and (old is None or new is None)):
                    continue  # new or gone in what the viewer is shown, but perhaps not in the sheet
                subject = f"{subject} {row.name}"
            elif spec is schema.FOLLOW_UPS:
                event_id, event = row.event_id, after.event_by_id.get(row.event_id)
                agencies += _list_agencies(event)
                event = event or before.event_by_id.get(event_id)
                subject, day = f"{subject} ({event_id})", event.date if event else None
                new_words = ", ".join(filter(None, ["new", choice_label(row.category or ""), row.status.lower()]))
            details: tuple[str, ...] = (new_words,)
            if old is not None:
                details = tuple(field_details(versions, spec, old, new) if new else [_tell_gone(versions, spec, old)])
            if details:
                action = _choose_action(old, new, details)
                yield Change(action, spec.name, key, subject, details, _sort(agencies), event_id, day)


def _find_time_off_changes(versions: Versions) -> Iterator[Change]:
    before, after = versions.before, versions.after
    old, new = (
        {person: {(row.first, row.last): row for row in rows} for person, rows in of.items()}
        for of in (grouped((row.officer.casefold(), row) for row in version.time_off) for version in (before, after))
    )
    typed = {row.officer.casefold(): row.officer for row in (*before.time_off, *after.time_off)}
    officers = {officer.id.casefold(): officer for officer in (*before.officers, *after.officers)}
    for person in dict.fromkeys([*old, *new]):
        was, now = old.get(person, {}), new.get(person, {})
        added, removed = sorted(now.keys() - was.keys()), sorted(was.keys() - now.keys())
        cells = [versions.unread_row("Time off", was[days].row) for days in removed]
        old_words, new_words = ([day_range(*days, after.today) for days in each] for each in (removed, added))
        if len(added) == 1 and cells == [None]:
            details = [f"off {old_words[0]} → {new_words[0]}"]
        else:
            details = [f"off {words}" for words in new_words]
            details += [
                f"off {words} no longer read ({cell})" if cell else f"no longer off {words}"
                for words, cell in zip(old_words, cells, strict=True)
            ]
        edited = [
            f"off {day_range(*days, after.today)}: {words}"
            for days in sorted(was.keys() & now.keys())
            if (words := ", ".join(field_details(versions, schema.TIME_OFF, was[days], now[days])))
        ]
        details += edited
        if not details:
            continue
        officer = officers.get(person)
        action: Action = "changed" if edited else _choose_action(removed or None, added or None, details)
        subject = shorten(officer.name if officer else typed[person])
        agencies = (officer.agency,) if officer else ()
        yield Change(action, "Time off", typed[person], subject, tuple(details), agencies)


def _choose_action(old: object, new: object, details: Sequence[str]) -> Action:
    if new is None:
        return "changed" if any("no longer read" in detail for detail in details) else "deleted"
    return "new" if old is None else "changed"


def _tell_gone(versions: Versions, spec: TabSpec, old: Any) -> str:
    cell = versions.unread_row(spec.name, old.row, getattr(old, "event_id", None))
    return f"no longer read ({cell})" if cell else "deleted"


def _sort(agencies: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(agencies)))


# --- effects --------------------------------------------------------------------------------------------------------


def _find_effects(
    versions: Versions, old: Iterable[Alert], new: Iterable[Alert], new_ids: Mapping[str, str]
) -> Iterator[tuple[EffectKind, Alert]]:
    """Each effect with its alert, under the later event IDs; the gaps of an event called off are not closed."""
    before, after = versions.before, versions.after
    old_ids = {new: old for old, new in new_ids.items()}
    renamed = (
        alert  # as nearly all
        if new_ids.keys().isdisjoint(alert.event_ids)
        else replace(alert, event_ids=tuple([new_ids.get(event_id, event_id) for event_id in alert.event_ids]))
        for alert in old
    )
    old_alerts, new_alerts = _list_by_subject(renamed), _list_by_subject(new)
    known, present = ({place for _, places in each for place in places} for each in (old_alerts, new_alerts))
    for alert, places in new_alerts:
        if known.isdisjoint(places):
            yield "gap-opened" if alert.code in GAPS else "clash-appeared", alert
        elif alert.code == "understaffed":
            (new_id,) = alert.event_ids
            growth = _count_open(after, new_id) - _count_open(before, old_ids.get(new_id, new_id))
            if growth:
                yield "gap-grew" if growth > 0 else "gap-shrank", alert
    for alert, places in old_alerts:
        events = [after.event_by_id.get(event_id) for event_id in alert.event_ids]
        if present.isdisjoint(places) and all(event and is_coming(event, after.today) for event in events):
            yield "gap-closed" if alert.code in GAPS else "clash-ended", alert


def _list_by_subject(every: Iterable[Alert]) -> list[tuple[Alert, Sequence[tuple[Hashable, str]]]]:
    """Gaps and clashes by their subject, each with the subject at each of its events.

    A subject is a code, officer and agency, whatever the events: a third event in a clash is no new clash.
    """
    subjects: dict[Hashable, list[Alert]] = grouped(
        ((alert.code, casefolded(alert.officer), casefolded(alert.agency if alert.code in _OF_AGENCY else None)), alert)
        for alert in every
        if alert.code in GAPS | CLASHES
    )
    return [(alert, [(key, event_id) for event_id in alert.event_ids]) for key, of in subjects.items() for alert in of]


_OF_AGENCY = ("agency-without-officer", "national-day")


def _count_open(snapshot: Snapshot, event_id: str) -> int:
    return open_positions(snapshot.event_by_id[event_id], snapshot.assignments_by_event.get(event_id, ()))


def _attach_effects(
    changes: list[Change], effects: Iterable[tuple[EffectKind, Alert]], after: Snapshot
) -> list[Change]:
    """Attach each effect to the change that most likely caused it, or to an `affected` event where none is known."""
    # The ID of a deleted event may belong to another event by now, so the others overwrite it.
    deleted_first = sorted(enumerate(changes), key=lambda item: item[1].action != "deleted")
    by_event = {change.event_id: place for place, change in deleted_first if change.tab == "Events"}
    by_officer = {change.id: place for place, change in enumerate(changes) if change.tab in ("Officers", "Time off")}
    effects_by_place: dict[int, list[Effect]] = {}
    for kind, alert in effects:
        place = next((by_event[event_id] for event_id in alert.event_ids if event_id in by_event), None)
        about_officer = alert.code in ("officer-on-time-off", "officer-inactive")
        if alert.officer in by_officer and (place is None or about_officer):
            place = by_officer[alert.officer]
        if place is None:
            event = after.event_by_id[alert.event_ids[0]]
            subject, agencies = _name_event(event.id, event), _sort(_list_agencies(event))
            changes.append(Change("affected", "Events", event.id, subject, (), agencies, event.id, event.date))
            place = by_event[event.id] = len(changes) - 1
        is_over = kind in ("gap-closed", "clash-ended")
        message = f"No longer: {ALERT_CODES[alert.code].lower()}." if is_over else alert.message
        agency = alert.agency if alert.code == "agency-without-officer" else None
        effects_by_place.setdefault(place, []).append(Effect(kind, alert.code, alert.event_ids, message, agency))
    return [replace(change, effects=tuple(effects_by_place.get(place, ()))) for place, change in enumerate(changes)]
