"""What changed between two versions of the sheet, in people's words, and what each change did to the staffing.

Rows are told apart by their ID (or name), whatever its case, and events without a typed ID by what their rows hold;
so sorting a tab changes nothing.
"""

from __future__ import annotations

import datetime as dt
import operator
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from cwac.analysis.alerts import ALERT_CODES, CLASHES, alerts
from cwac.analysis.attendance import number, total
from cwac.analysis.events import DEFAULTS, clock, clock_range, day_words, is_coming, state_words
from cwac.analysis.matching import made_rows, same_events
from cwac.analysis.positions import open_positions
from cwac.model import Alert, Assignment, Count, Event, Headcount, Officer, Snapshot, TimeOff, Undated, Venue
from cwac.settings import Rules
from cwac.sheet import schema
from cwac.sheet.schema import Column, TabSpec

Action = Literal["new", "changed", "deleted", "affected"]
EffectKind = Literal["gap-opened", "gap-grew", "gap-shrank", "gap-closed", "clash-appeared", "clash-ended"]

EFFECTS: Mapping[EffectKind, str] = {
    "gap-opened": "Gap opened",
    "gap-grew": "Gap grew",
    "gap-shrank": "Gap shrank",
    "gap-closed": "Gap closed",
    "clash-appeared": "Clash appeared",
    "clash-ended": "Clash ended",
}
"""What each effect is called."""

GAPS = frozenset({"understaffed", "no-host", "no-bilingual", "no-supervisor", "agency-without-officer"})
_PROSE = frozenset({"public_notes", "internal_notes", "note", "summary"})
"""Fields whose text is too long, or too private, to be repeated."""
_NEVER_TOLD = frozenset({"email", "notify"})
"""Of officers: how they want to be reached is in no page and no file."""
_NAMES = frozenset(
    {"lead_agency", "partner_agencies", "agency", "referred_to", "replaces", "home_town", "town", "venue"}
)
"""Fields that name a row of another tab: where that is spelled in another case, it is still the same."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change did to the staffing of events still to come. `message` says it in a sentence."""

    kind: EffectKind
    code: str
    event_ids: tuple[str, ...]
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """What happened to one event (its staffing and attendance included), or to one row of another tab.

    `affected`: nothing was typed there, but something typed elsewhere had `effects`. `tab` is the contract's name,
    `date` the event's day. `agencies` are those whom it concerns.
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

    @property
    def sentence(self) -> str:
        """`EV-2026-031 Weed: start 9:00 → 10:00 AM; A. Sample no longer assigned`."""
        return f"{self.subject}: {'; '.join(self.details)}" if self.details else self.subject


def changes(
    before: Snapshot, after: Snapshot, rules: Rules = DEFAULTS, *, own: Collection[str] | None = None
) -> tuple[Change, ...]:
    """What changed from one version to the other: coming events first, soonest first, then past ones, then the rest.

    Both should have been read on the same day, since what is "coming", and a year left out, hang on that. Give both
    as the viewer may see them: a change tells what the snapshots hold. `own`: a liaison's agencies; an officer of
    another agency whom only one version shows is neither new nor deleted.
    """
    pairs = _pairs_of_events(before, after)
    found = [*_events(pairs, before, after), *_follow_ups(before, after), *_lists(before, after, own)]
    found = _with_effects(found, _effects(before, after, rules, _Names(pairs)), after)
    on = after.today
    return tuple(sorted(found, key=lambda change: _order(change, on)))


def concerning(found: Iterable[Change], agency: str) -> tuple[Change, ...]:
    """Those that concern the agency."""
    return tuple(change for change in found if agency in change.agencies)


_TAB_ORDER = {spec.name: order for order, spec in enumerate(schema.TABS)}


def _order(change: Change, on: dt.date) -> tuple[int, int, int, str]:
    if change.date is None:
        return 2, _TAB_ORDER[change.tab], 0, change.id
    away = (change.date - on).days
    return (0, away, _TAB_ORDER[change.tab], change.id) if away >= 0 else (1, -away, _TAB_ORDER[change.tab], change.id)


# --- events ------------------------------------------------------------------------------------------------------


_Pair = tuple[Event | Undated | None, Event | Undated | None]
"""An event before and after; None where it was not, or is not."""


def _pairs_of_events(before: Snapshot, after: Snapshot) -> list[_Pair]:
    """Each event before and after, but for those of which nothing has changed."""
    old, new = _by_id(before), _by_id(after)
    same = {event_id for event_id, one in old.items() if _untouched(one, new.get(event_id), before, after)}
    moved = same_events(
        made_rows(before.events, lambda event: _people(before, event.id), but=same),
        made_rows(after.events, lambda event: _people(after, event.id), but=same),
    )
    pairs: list[_Pair] = [(old[earlier], new[later]) for earlier, later in moved.items()]
    done = same | set(moved.values())
    left = {event_id: one for event_id, one in new.items() if event_id not in done}
    typed: dict[str, list[str]] = {}
    for event_id in left:
        typed.setdefault(event_id.casefold(), []).append(event_id)
    for event_id, one in old.items():
        if event_id in same or event_id in moved:
            continue
        there = typed.get(event_id.casefold(), [])
        later = event_id if event_id in there else there[0] if len(there) == 1 and there[0] not in old else None
        pairs.append((one, None if later is None else left.pop(later)))
        if later is not None:
            there.remove(later)
    return pairs + [(None, one) for one in left.values()]


def later_ids(before: Snapshot, after: Snapshot) -> Mapping[str, str]:
    """The ID of each event that both versions have -> its ID in the later one, where that differs."""
    pairs = ((str(old.id), str(new.id)) for old, new in _pairs_of_events(before, after) if old and new)
    return {old: new for old, new in pairs if old != new}


def _by_id(snapshot: Snapshot) -> dict[str, Event | Undated]:
    undated: dict[str, Event | Undated] = {one.id: one for one in snapshot.undated if one.id is not None}
    return undated | dict(snapshot.event_by_id)


def _people(snapshot: Snapshot, event_id: str) -> Hashable:
    """What a sheet of one tab holds beside the event itself."""
    return (
        tuple((row.name, row.agency, _content(row)) for row in snapshot.assignments_by_event.get(event_id, ())),
        tuple(map(_as_counted, snapshot.headcounts_by_event.get(event_id, ()))),
    )


class _Names:
    """What events are called in the other version. An event that is gone is called by no ID that there is."""

    def __init__(self, pairs: Iterable[_Pair]) -> None:
        self._later, self._earlier = {}, {}
        for old, new in pairs:
            if old is not None:
                self._later[str(old.id)] = str(new.id) if new is not None else f"\0{old.id}"
            if old is not None and new is not None:
                self._earlier[str(new.id)] = str(old.id)

    def later(self, alert: Alert) -> Alert:
        """The alert as the later version calls its events."""
        return replace(alert, event_ids=tuple(self._later.get(one, one) for one in alert.event_ids))

    def earlier(self, alert: Alert) -> Alert:
        return replace(alert, event_ids=tuple(self._earlier.get(one, one) for one in alert.event_ids))


def _events(pairs: Iterable[_Pair], before: Snapshot, after: Snapshot) -> Iterator[Change]:
    on = after.today
    for old, new in pairs:
        one = new or old
        assert one is not None
        # A new event has no rows from before, even where its ID was another's.
        event_id, earlier = str(one.id), str(old.id) if old is not None else ""
        people, moved = _staffing_changes(before, earlier, after, event_id, on)
        details = [*_event_details(old, new, on)]
        if new is not None:
            details += people
            details += _attendance_changes(
                before.headcounts_by_event.get(earlier, ()), after.headcounts_by_event.get(event_id, ())
            )
        if not details:
            continue
        yield Change(
            "new" if old is None else "deleted" if new is None else "changed",
            "Events",
            event_id,
            _called(event_id, one),
            tuple(details),
            _sorted([*_agencies(old), *_agencies(new), *moved]),
            event_id,
            one.date if isinstance(one, Event) else None,
        )


def _untouched(old: Event | Undated | None, new: Event | Undated | None, before: Snapshot, after: Snapshot) -> bool:
    """Whether nothing but the rows' places differs, as of nearly all events: these need no closer look."""
    if not (isinstance(old, Event) and isinstance(new, Event) and (old is new or _plan(old) == _plan(new))):
        return False
    crew, crew_now = (one.assignments_by_event.get(new.id, ()) for one in (before, after))
    counted, counted_now = (one.headcounts_by_event.get(new.id, ()) for one in (before, after))
    return (
        len(crew) == len(crew_now)
        and len(counted) == len(counted_now)
        and (_same(crew, crew_now) or all(map(operator.eq, map(_post, crew), map(_post, crew_now))))
        and (_same(counted, counted_now) or all(map(operator.eq, map(_count, counted), map(_count, counted_now))))
    )


def _same(old: Sequence[object], new: Sequence[object]) -> bool:
    """Whether they are the very same records, as nearly all are from one version to the next."""
    return all(map(operator.is_, old, new))


_plan, _post, _count = (
    operator.attrgetter(*(one.name for one in fields(kind) if one.name != "row"))
    for kind in (Event, Assignment, Headcount)
)


def _called(event_id: str, event: Event | Undated) -> str:
    town = event.town or (event.town_text if isinstance(event, Event) else None)
    return f"{event_id} {town}" if town else event_id


def _agencies(event: Event | Undated | None) -> Sequence[str]:
    if event is None:
        return ()
    return (*((event.lead_agency,) if event.lead_agency else ()), *event.partner_agencies)


def _event_details(old: Event | Undated | None, new: Event | Undated | None, on: dt.date) -> Iterator[str]:
    if new is None:
        was = f" (was {day_words(old.date, on)}, {state_words(old)})" if isinstance(old, Event) else ""
        yield f"deleted{was}"
    elif old is None:
        if isinstance(new, Event):
            yield f"new, {day_words(new.date, on)}, {clock_range(new.start, new.end)}, {state_words(new)}"
        else:
            yield "new, without a date"
    elif isinstance(old, Event) and isinstance(new, Event):
        yield from _details(schema.EVENTS, old, new, on)
    elif isinstance(old, Event) and isinstance(new, Undated):
        yield f"date {day_words(old.date, on)} → {_quoted(new.found)}, which is no date"
    elif isinstance(old, Undated) and isinstance(new, Event):
        yield f"date {_quoted(old.found)} → {day_words(new.date, on)}"
    elif isinstance(old, Undated) and isinstance(new, Undated) and old.found != new.found:
        yield f"date {_quoted(old.found)} → {_quoted(new.found)}"


def _quoted(found: str | None) -> str:
    return f'"{_short(found)}"' if found else "blank"


# --- staffing and attendance of an event ---------------------------------------------------------------------------


def _staffing_changes(
    before: Snapshot, earlier: str, after: Snapshot, event_id: str, on: dt.date
) -> tuple[list[str], list[str]]:
    """In words, and the agencies of those whom it concerns."""
    old_rows, new_rows = _by_person(before, earlier), _by_person(after, event_id)
    said: list[str] = []
    agencies: list[str] = []
    for person in dict.fromkeys([*old_rows, *new_rows]):
        old, new = old_rows.get(person, []), new_rows.get(person, [])
        same = Counter(map(_content, old)) & Counter(map(_content, new))
        old, new = _without(old, same), _without(new, same)
        for was, now in zip(old, new, strict=False):
            said.append(f"{_name(now)}: {', '.join(_details(schema.STAFFING, was, now, on))}")
        said += [f"{_name(row)} no longer assigned" for row in old[len(new) :]]
        said += [f"{_name(row)} {_comes(row)}" for row in new[len(old) :]]
        agencies += [row.agency for row in (*old, *new) if row.agency]
    was_asked, now_asked = _asked(before, earlier), _asked(after, event_id)
    for agency in dict.fromkeys([*was_asked, *now_asked]):
        if was_asked[agency] != now_asked[agency]:
            said.append(f"posts asked of {agency or 'anybody'} {was_asked[agency]} → {now_asked[agency]}")
            agencies += [agency] if agency else []
    return said, agencies


def _by_person(snapshot: Snapshot, event_id: str) -> dict[str, list[Assignment]]:
    found: dict[str, list[Assignment]] = {}
    for row in snapshot.assignments_by_event.get(event_id, ()):
        # Who may not be named to this viewer stands there under a number, which hangs on the order of the rows.
        nameless = row.officer is not None and row.officer.startswith(f"{event_id}#")
        person = row.name if nameless else row.person
        if not row.placeholder:
            found.setdefault((person or "").casefold(), []).append(row)
    return found


def _content(row: Assignment) -> Assignment:
    return replace(row, event_id="", row=0, officer=None, name=None, agency=None)


def _without(rows: list[Assignment], same: Counter[Assignment]) -> list[Assignment]:
    left = same.copy()
    kept = []
    for row in rows:
        if left[_content(row)]:
            left[_content(row)] -= 1
        else:
            kept.append(row)
    return kept


def _name(row: Assignment) -> str:
    return _short(row.name or row.officer or "Somebody")


def _comes(row: Assignment) -> str:
    role = f" as {row.role}" if row.role else ""
    usual = row.status in ("Requested", "Assigned", "Confirmed", "Attended")
    return f"{row.status.lower()}{role}" if usual else f"added{role} ({row.status})"


def _asked(snapshot: Snapshot, event_id: str) -> Counter[str | None]:
    return Counter(row.agency for row in snapshot.assignments_by_event.get(event_id, ()) if row.placeholder)


def _attendance_changes(old: Sequence[Headcount], new: Sequence[Headcount]) -> Iterator[str]:
    if Counter(_as_counted(row) for row in old) == Counter(_as_counted(row) for row in new):
        return
    if not new:
        yield "attendance taken out"
        return
    was, now = total(old), total(new)
    said = False
    for name, value in (("guests", _guests), ("youth", _plain("youth")), ("new visitors", _plain("new_visitors")),
                        ("conversations", _plain("conversations"))):  # fmt: skip
        words = _from_to(name, value(was, old), value(now, new))
        if words is not None:
            said = True
            yield words
    if not said:
        yield "attendance details changed" if old else "attendance row added"


def _as_counted(row: Headcount) -> Headcount:
    return replace(row, event_id="", row=0)


def _guests(summed: Any, rows: Sequence[Headcount]) -> str | None:
    if len(rows) == 1 and rows[0].guests is not None:
        return _short(rows[0].guests.raw)
    return None if summed.best is None else number(summed.best)


def _plain(name: str) -> Callable[[Any, Sequence[Headcount]], str | None]:
    return lambda summed, _: None if getattr(summed, name) is None else number(getattr(summed, name))


# --- the other tabs ------------------------------------------------------------------------------------------------


def _follow_ups(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    def date(event_id: str) -> dt.date | None:
        event = after.event_by_id.get(event_id) or before.event_by_id.get(event_id)
        return event.date if event else None

    for key, old, new in _pairs(before.follow_ups, after.follow_ups, lambda one: one.id):
        one = new or old
        assert one is not None
        about = f", {one.category}" if one.category else ""
        details = _row_details(schema.FOLLOW_UPS, old, new, after.today, f"new{about}, {one.status.lower()}")
        event = after.event_by_id.get(one.event_id)
        concerned = [*_agencies(event), *(each.referred_to for each in (old, new) if each and each.referred_to)]
        if details:
            yield Change(
                _action(old, new), "Follow-ups", key, f"Follow-up {key} ({one.event_id})", details,
                _sorted(concerned), one.event_id, date(one.event_id),
            )  # fmt: skip


def _lists(before: Snapshot, after: Snapshot, own: Collection[str] | None) -> Iterator[Change]:
    """Agencies, officers, their time off, venues, towns and who polices them."""
    rows: tuple[tuple[TabSpec, str, Callable[[Any], str], Callable[[Any], Sequence[str]]], ...] = (
        (schema.AGENCIES, "agencies", lambda one: one.short, lambda one: (one.short,)),
        (schema.OFFICERS, "officers", lambda one: one.id, lambda one: (one.agency,)),
        (schema.VENUES, "venues", lambda one: f"{one.name}, {one.town}", lambda _: ()),
        (schema.TOWNS, "towns", lambda one: one.name, lambda _: ()),
        (schema.COVERAGE, "coverage", lambda one: f"{one.town} by {one.agency}", lambda one: (one.agency,)),
    )
    for spec, field, key_of, agencies_of in rows:
        for key, old, new in _pairs(getattr(before, field), getattr(after, field), key_of):
            details = _row_details(spec, old, new, after.today, "new")
            if spec is schema.OFFICERS and _is_only_shown_or_hidden(old, new, own):
                continue
            if details:
                concerned = [agency for one in (old, new) if one for agency in agencies_of(one)]
                yield Change(_action(old, new), spec.name, key, _listed_as(spec, key, new or old), details,
                             _sorted(concerned))  # fmt: skip
    yield from _time_off(before, after)


def _is_only_shown_or_hidden(old: Officer | None, new: Officer | None, own: Collection[str] | None) -> bool:
    """Whether an officer comes or goes in what the viewer is shown, but perhaps not in the sheet."""
    officer = new or old
    if officer is None or officer.stand_in:
        return True
    return (old is None or new is None) and own is not None and officer.agency not in own


def _listed_as(spec: TabSpec, key: str, row: Any) -> str:
    if spec is schema.OFFICERS:
        return f"Officer {key} {row.name}"
    noun = {"Agencies": "Agency", "Venues": "Venue", "Towns": "Town", "Coverage": "Coverage of"}[spec.name]
    return f"{noun} {key}"


def _time_off(before: Snapshot, after: Snapshot) -> Iterator[Change]:
    was, now = _days_off(before), _days_off(after)
    typed = {row.officer.casefold(): row.officer for row in (*before.time_off, *after.time_off)}
    officers = {officer.id.casefold(): officer for officer in (*before.officers, *after.officers)}
    for person in dict.fromkeys([*was, *now]):
        came = sorted(now.get(person, set()) - was.get(person, set()))
        gone = sorted(was.get(person, set()) - now.get(person, set()))
        details = [f"off {_span(*days, after.today)}" for days in came]
        details += [f"no longer off {_span(*days, after.today)}" for days in gone]
        if not details:
            continue
        officer = officers.get(person)
        who = officer.name if officer else typed[person]
        action: Action = "changed" if came and gone else "new" if came else "deleted"
        yield Change(
            action, "Time off", typed[person], _short(who), tuple(details), (officer.agency,) if officer else ()
        )


def _days_off(snapshot: Snapshot) -> dict[str, set[tuple[dt.date, dt.date]]]:
    found: dict[str, set[tuple[dt.date, dt.date]]] = {}
    row: TimeOff
    for row in snapshot.time_off:
        found.setdefault(row.officer.casefold(), set()).add((row.first, row.last))
    return found


def _span(first: dt.date, last: dt.date, on: dt.date) -> str:
    return day_words(first, on) if first == last else f"{day_words(first, on)} to {day_words(last, on)}"


def _pairs(old: Iterable[Any], new: Iterable[Any], key_of: Callable[[Any], str]) -> Iterator[tuple[str, Any, Any]]:
    """Key, earlier row, later row, but for the very same ones. Of rows with one key the first stands, as everywhere.

    The case of a key makes no difference.
    """
    was = {key_of(row).casefold(): row for row in reversed(tuple(old))}
    now = {key_of(row).casefold(): row for row in reversed(tuple(new))}
    for key in dict.fromkeys([*now, *was]):
        if was.get(key) is not now.get(key):
            yield key_of(now.get(key) or was[key]), was.get(key), now.get(key)


def _action(old: object, new: object) -> Action:
    return "new" if old is None else "deleted" if new is None else "changed"


def _row_details(spec: TabSpec, old: Any, new: Any, on: dt.date, appears: str) -> tuple[str, ...]:
    if old is None:
        return (appears,)
    return ("deleted",) if new is None else tuple(_details(spec, old, new, on))


# --- one field -------------------------------------------------------------------------------------------------------


def _details(spec: TabSpec, old: Any, new: Any, on: dt.date) -> Iterator[str]:
    """The fields that differ, under their headers in the sheet, in the contract's order."""
    for column in spec.columns:
        if not hasattr(old, column.field) or column.field in ("id", "event_id", "cancel_reason", "officer"):
            continue
        if spec is schema.OFFICERS and column.field in _NEVER_TOLD:
            continue
        was, now = _value(spec, column, old), _value(spec, column, new)
        if was == now or (column.field in _NAMES and _folded(was) == _folded(now)):
            continue
        label = column.header[0].lower() + column.header[1:]
        if column.field in _PROSE:
            yield f"{label} {'written' if was is None else 'taken out' if now is None else 'changed'}"
        elif isinstance(was, tuple) and isinstance(now, tuple):
            yield from (f"{label}: now {one}" for one in now if one not in was)
            yield from (f"{label}: no longer {one}" for one in was if one not in now)
        elif isinstance(was, dt.time) and isinstance(now, dt.time):
            yield f"{label} {_times(was, now)}"
        elif column.field == "status":
            yield f"{_words(was, on)} → {_words(now, on)}"
        elif (words := _from_to(label, _words(was, on), _words(now, on))) is not None:
            yield words


def _folded(value: object) -> object:
    if isinstance(value, tuple):
        return tuple(map(_folded, value))
    return value.casefold() if isinstance(value, str) else value


def _value(spec: TabSpec, column: Column, record: Any) -> Any:
    """The field as people know it: an unread town or venue is what was typed, a status has its reason."""
    if spec is schema.EVENTS:
        if column.field == "status":
            return state_words(record)
        if column.field == "town":
            return record.town or record.town_text
        if column.field == "venue":
            return record.venue.name if record.venue else record.venue_text
    return getattr(record, column.field)


def _words(value: object, on: dt.date) -> str | None:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, dt.date):
        return day_words(value, on)
    if isinstance(value, dt.time):
        return clock(value)
    if isinstance(value, Count):
        return _short(value.raw)
    if isinstance(value, Venue):
        return _short(value.name)
    if isinstance(value, int | float):
        return number(value, 5)
    return None if value is None else _short(str(value))


def _from_to(label: str, was: str | None, now: str | None) -> str | None:
    if was == now:
        return None
    if was is None:
        return f"{label} now {now}"
    return f"{label} {was} taken out" if now is None else f"{label} {was} → {now}"


def _times(was: dt.time, now: dt.time) -> str:
    earlier, later = clock(was), clock(now)
    return f"{earlier[:-3] if (was.hour < 12) == (now.hour < 12) else earlier} → {later}"


def _short(text: str, most: int = 60) -> str:
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _sorted(agencies: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted(set(agencies)))


# --- what it did to the staffing ---------------------------------------------------------------------------------


def _effects(before: Snapshot, after: Snapshot, rules: Rules, names: _Names) -> list[tuple[Effect, Alert]]:
    """Gaps and clashes that came, went or changed. Of events called off or deleted none is said to have closed."""
    on = after.today
    was = _by_subject(map(names.later, alerts(before, on, rules)))
    now = _by_subject(alerts(after, on, rules))
    found: list[tuple[Effect, Alert]] = []
    of_before, of_now = _event_ids(was), _event_ids(now)
    for subject, there in now.items():
        for alert in there:
            if of_before.get(subject, frozenset()).isdisjoint(alert.event_ids):
                kind: EffectKind = "gap-opened" if alert.code in GAPS else "clash-appeared"
                found.append((_effect(kind, alert, alert.message), alert))
            elif alert.code == "understaffed":
                grew = _lacking(after, alert) - _lacking(before, names.earlier(alert))
                if grew:
                    found.append((_effect("gap-grew" if grew > 0 else "gap-shrank", alert, alert.message), alert))
    for subject, there in was.items():
        for alert in there:
            later = not of_now.get(subject, frozenset()).isdisjoint(alert.event_ids)
            still = all(one in after.event_by_id and is_coming(after.event_by_id[one], on) for one in alert.event_ids)
            if still and not later:
                kind = "gap-closed" if alert.code in GAPS else "clash-ended"
                found.append((_effect(kind, alert, f"No longer: {ALERT_CODES[alert.code].lower()}."), alert))
    return found


_Subject = tuple[str | None, ...]


def _by_subject(found: Iterable[Alert]) -> dict[_Subject, list[Alert]]:
    """By what an alert is about, whatever its events: a third event joining a clash makes no second clash."""
    subjects: dict[_Subject, list[Alert]] = {}
    for alert in found:
        if alert.code in GAPS or alert.code in CLASHES:
            agency = alert.agency if alert.code in ("agency-without-officer", "national-day") else None
            subjects.setdefault((alert.code, *map(_name_of, (alert.officer, agency))), []).append(alert)
    return subjects


def _name_of(typed: str | None) -> str | None:
    return None if typed is None else typed.casefold()


def _event_ids(by_subject: Mapping[_Subject, Iterable[Alert]]) -> dict[_Subject, frozenset[str]]:
    return {
        subject: frozenset(event_id for alert in there for event_id in alert.event_ids)
        for subject, there in by_subject.items()
    }


def _effect(kind: EffectKind, alert: Alert, message: str) -> Effect:
    return Effect(kind, alert.code, alert.event_ids, message)


def _lacking(snapshot: Snapshot, alert: Alert) -> int:
    event_id = alert.event_ids[0]
    return open_positions(snapshot.event_by_id[event_id], snapshot.assignments_by_event.get(event_id, ()))


def _with_effects(found: list[Change], effects: list[tuple[Effect, Alert]], after: Snapshot) -> list[Change]:
    """Each effect beside the change that most likely had it; beside the event alone where none is known."""
    there = sorted(enumerate(found), key=lambda one: one[1].action != "deleted")  # its ID may be another's by now
    by_event = {change.event_id: at for at, change in there if change.tab == "Events"}
    by_officer = {change.id: at for at, change in enumerate(found) if change.tab in ("Officers", "Time off")}
    had: dict[int, list[Effect]] = {}
    for effect, alert in effects:
        at = next((by_event[one] for one in alert.event_ids if one in by_event), None)
        if alert.officer in by_officer and (at is None or alert.code in ("officer-on-time-off", "officer-inactive")):
            at = by_officer[alert.officer]
        if at is None:
            event = after.event_by_id[alert.event_ids[0]]
            found.append(
                Change("affected", "Events", event.id, _called(event.id, event), (), _sorted(_agencies(event)),
                       event.id, event.date)
            )  # fmt: skip
            at = by_event[event.id] = len(found) - 1
        had.setdefault(at, []).append(effect)
    return [replace(change, effects=tuple(had.get(at, ()))) for at, change in enumerate(found)]
