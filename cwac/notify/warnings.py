"""Warnings: what became true between two restricted snapshots that an agency, or an officer, has to know soon."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Collection, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import attrgetter

from cwac import addons
from cwac.analysis.alerts import alerts
from cwac.analysis.cells import cell_link, cell_of_officers, cell_to_fill
from cwac.analysis.change_details import Versions, pair_rows
from cwac.analysis.changes import later_ids
from cwac.analysis.events import FILLED, NOT_GOING, is_coming, is_live, placeholders, state_words, where
from cwac.analysis.followups import missing_after_event
from cwac.analysis.revisions import Revisions
from cwac.analysis.staffing import gap_board
from cwac.analysis.words import counted
from cwac.date_words import clock, clock_range, day_words, days_away
from cwac.model import Assignment, Event, Snapshot, Undated
from cwac.notify.message import Links, MessageLine, MessageSection, section
from cwac.notify.settings import Topic
from cwac.settings import Rules

OPENING_DAYS = (7, 2)
"""How many days before an event its open positions are told."""
SOON = 7
"""People are told of an event that is moved or canceled within this many days."""
SHIFT_DAYS = 7
"""Changes to an agency's shifts within this many days are told at once; later ones are in the digest."""
COUNT_DAYS = 3
LIMIT = 12
TOPIC_WORDS: Mapping[Topic, tuple[str, str, str]] = {
    "events": ("Moved or canceled", "event moved or canceled", "events moved or canceled"),
    "assignments": ("Shifts changed", "shift changed", "shifts changed"),
    "conflicts": ("Double-booked", "double-booking", "double-bookings"),
    "openings": ("Still open", "opening", "openings"),
    "counts": ("Results to enter", "result to enter", "results to enter"),
}
"""The heading of each topic, and what one and several of its lines are called in a subject."""


@dataclass(frozen=True, slots=True)
class SnapshotOfDay:
    """A restricted snapshot, the day that it is looked at, and how its events came to be, where that is needed."""

    snapshot: Snapshot
    on: dt.date
    past: Revisions | None = None


Fact = tuple[Topic, Hashable]
"""A topic, and what tells one fact of it from another."""
_Found = Iterator[tuple[Fact, MessageLine]]


# --- facts: what holds at a moment --------------------------------------------------------------------------------


def facts(moment: SnapshotOfDay, rules: Rules, links: Links, ids: Mapping[str, str]) -> dict[Fact, MessageLine]:
    """What holds for the agency of the links, each with its line; `ids` maps an event's ID to its later one."""
    snapshot, on, agency = moment.snapshot, moment.on, links.agency
    found: dict[Fact, MessageLine] = {}
    for gap in gap_board(snapshot, on, agency=agency, until=on + dt.timedelta(days=max(OPENING_DAYS))):
        event, short = gap.fill.event, gap.fill.short
        to_send = dict(gap.fill.owed).get(agency, 0)
        detail = f"{counted(short, 'officer')} missing, {days_away(gap.days)}"
        detail += f"; {agency} still has to send {to_send}" if to_send else ""
        for days in OPENING_DAYS:
            if short and gap.days <= days:
                cell = place_for_officer("Name an officer in", snapshot, event, agency)
                found["openings", (days, ids.get(event.id, event.id))] = event_line(event, on, links, detail, cell)
    for one in addons.cells_to_type(snapshot, agency, moment.past):
        if one.is_no:
            page = links.page("staffing", show="Who could go", gap=one.event.id)
            line = MessageLine(event_words(one.event, on), f"{one.answer}; {one.sheet}", page, one.cell)
            found["openings", ("answered No", ids.get(one.event.id, one.event.id), one.person)] = line
    for alert in alerts(snapshot, on, rules):
        if alert.code == "officer-double-booked" and alert.agency == agency and alert.officer is not None:
            key = (alert.officer.casefold(), frozenset(ids.get(event_id, event_id) for event_id in alert.event_ids))
            rows = snapshot.assignments_by_event.get(alert.event_ids[-1], ())
            named = [row.row for row in rows if alert.officer in (row.officer, row.name) and not row.in_events]
            place = action("Name somebody else in", snapshot, "Staffing", "officer", named[0]) if named else None
            page = links.page("staffing", show="Clashes")
            found["conflicts", key] = MessageLine("Conflict", alert.message, page, place)
    for missing in missing_after_event(snapshot, on, agency):
        if missing.kind in ("closing", "count") and missing.days >= COUNT_DAYS:
            event, cell = missing.event, action("Edit", snapshot, *cell_to_fill(snapshot, missing))
            found["counts", ids.get(event.id, event.id)] = event_line(event, on, links, missing.words, cell)
    return found


# --- shifts and events: what an edit changed ----------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Shift:
    """What a person must know of a shift. Without the event's own facts for an agency, which is told of these once."""

    filled: bool
    role: str | None
    report: dt.time | None
    release: dt.time | None
    event: tuple[dt.date, dt.time | None, dt.time | None, str] | None = None


Shifts = Mapping[tuple[str, str], Sequence[Shift]]
"""Person (or officer ID) and event -> the shifts, one a row."""


def shifts_of(snapshot: Snapshot, on: dt.date, *, agency: str | None = None, officer: str | None = None) -> Shifts:
    """The shifts at coming events of an agency's people, or of one officer, whose own also hold day, time and place."""
    shifts: dict[tuple[str, str], list[Shift]] = {}
    for event in snapshot.events:
        if not is_coming(event, on):
            continue
        whole = (event.date, event.start, event.end, where(event)) if officer is not None else None
        for row in snapshot.assignments_by_event.get(event.id, ()):
            is_theirs = row.officer == officer if officer is not None else row.agency == agency
            if is_theirs and row.person is not None and row.status not in NOT_GOING:
                shift = Shift(row.status in FILLED, row.role, row.report_time, row.release_time, whole)
                shifts.setdefault((row.person, event.id), []).append(shift)
    return shifts


ShiftChanges = Mapping[tuple[str, str], tuple[Sequence[Shift] | None, Sequence[Shift] | None]]


def shift_changes(before: Shifts, after: Shifts, ids: Mapping[str, str]) -> ShiftChanges:
    """Person and event (by its later ID) -> the shifts before and after, where they differ; None for none."""
    old = {(person, ids.get(event_id, event_id)): shifts for (person, event_id), shifts in before.items()}
    keys = dict.fromkeys([*old, *after])
    return {key: (old.get(key), after.get(key)) for key in keys if old.get(key) != after.get(key)}


def _row_changes(
    before: Sequence[Shift] | None, after: Sequence[Shift] | None
) -> Iterator[tuple[Shift | None, Shift | None]]:
    """Each row of a person at an event that differs, before and after."""
    was, now = Counter(before), Counter(after)
    likenesses = attrgetter("role", "report", "release"), attrgetter("role")
    return iter(pair_rows((was - now).elements(), (now - was).elements(), *likenesses))


class _Edit:
    """Two moments that are compared. Each names a cell that cannot be read as the reason for one row only."""

    def __init__(self, before: SnapshotOfDay, after: SnapshotOfDay, links: Links, ids: Mapping[str, str]) -> None:
        self.before, self.after, self.on, self.links = before.snapshot, after.snapshot, after.on, links
        self.ids, self._earlier_ids = ids, {new: old for old, new in ids.items()}
        self.unread = Versions(self.before, self.after)
        self.undated = {event.id: event for event in self.after.undated}

    def shift_changes(self, **whose: str) -> ShiftChanges:
        before, after = (shifts_of(each, self.on, **whose) for each in (self.before, self.after))
        return shift_changes(before, after, self.ids)

    def rows_before(self, event_id: str) -> Sequence[Assignment]:
        return self.before.assignments_by_event.get(self._earlier_ids.get(event_id, event_id), ())

    def unread_cell(self, person: str, event_id: str) -> str | None:
        """The cell that keeps a shift of the earlier version from being read; `event_id` is the later one."""
        row = next((row for row in self.rows_before(event_id) if person in (row.person, row.officer)), None)
        return None if row is None else self.unread.unread_assignment(row, event_id)

    def name_of(self, person: str, event_id: str) -> str | None:
        """The name of a person at an event as shown to the recipient; None for one who is not shown."""
        rows = [(self.after, row) for row in self.after.assignments_by_event.get(event_id, ())]
        rows += [(self.before, row) for row in self.rows_before(event_id)]
        for snapshot, row in rows:
            if row.person == person:
                officer = snapshot.officer_by_id.get(row.officer or "")
                return None if officer is not None and officer.stand_in else row.name
        return None


def _agency_shifts(edit: _Edit) -> _Found:
    """Changes to the shifts of an agency's people at events that are still coming: the others are told as events."""
    on, links, events = edit.on, edit.links, edit.after.event_by_id
    nameless: Counter[str] = Counter()
    for (person, event_id), (earlier, later) in edit.shift_changes(agency=links.agency).items():
        event = events.get(event_id)
        if event is None or not is_coming(event, on) or event.date > on + dt.timedelta(days=SHIFT_DAYS):
            continue
        name = edit.name_of(person, event_id)
        if name is None:  # people who cannot be told apart are only counted
            nameless[event_id] += (not earlier) - (not later)
            continue
        for number, (was, now) in enumerate(_row_changes(earlier, later)):
            words = shift_words(was, now, on, stays=bool(later))
            if not later and (cell := edit.unread_cell(person, event_id)):
                words = f"no longer read ({cell})"
            yield ("assignments", (person, event_id, number)), event_line(event, on, links, f"{name} {words}")
    for event_id, more in nameless.items():
        if more:
            detail = f"{counted(abs(more), f'{links.agency} officer')} {'more' if more > 0 else 'fewer'}"
            yield ("assignments", ("", event_id)), event_line(events[event_id], on, links, detail)


def officer_lines(
    before: SnapshotOfDay,
    after: SnapshotOfDay,
    officer: str,
    links: Links,
    form: Callable[[str, str], tuple[str, str] | None] = lambda *_: None,
) -> tuple[MessageLine, ...]:
    """Every change to one officer's own shifts; past ones are left out. `form` is `addons.shift_form`."""
    edit, on = _Edit(before, after, links, later_ids(before.snapshot, after.snapshot)), after.on
    lines: dict[tuple[dt.date, str, MessageLine], None] = {}  # several rows at one event may change alike
    for (_, event_id), (earlier, later) in edit.shift_changes(officer=officer).items():
        for was, now in _row_changes(earlier, later):
            shown = now or was
            assert shown is not None
            assert shown.event is not None
            event, link = after.snapshot.event_by_id.get(event_id), links.event(event_id)
            words = shift_words(was, now, on, stays=bool(later))
            cell = None if later else edit.unread_cell(officer, event_id)
            if now is None and event is not None:
                words = _event_change(after.snapshot, event, officer, on) or words
            elif now is None and event_id in edit.undated:
                words, cell = _undated_words(edit.undated[event_id]), None
            elif now is None:
                words, link = "the event is no longer in the sheet", ""
            if cell and (event is None or is_live(event)):
                words = f"no longer read ({cell})"
            address, label = (now and form(event_id, officer)) or ("", "")
            answer = (label, address) if address else None
            line = MessageLine(_slot_words(*shown.event, on), words, link or None, answer)
            lines[shown.event[0], event_id, line] = None
    return tuple(line for *_, line in sorted(lines, key=lambda item: item[:2]))


def _event_change(snapshot: Snapshot, event: Event, officer: str, on: dt.date) -> str:
    """Why an officer who is still on the event has no coming shift there any more; empty if that is not so."""
    if not is_live(event):
        return state_words(event).lower()
    rows = snapshot.assignments_by_event.get(event.id, ())
    if is_coming(event, on) or all(row.officer != officer or row.status in NOT_GOING for row in rows):
        return ""
    return f"the date is now {day_words(event.date, on)}" if event.date < on else state_words(event).lower()


def shift_words(was: Shift | None, now: Shift | None, on: dt.date, *, stays: bool = False) -> str:
    """`assigned as Host`, `no longer assigned`, `report time 8:30 → 8:00 AM`. `stays`: the person has other rows."""
    if now is None and stays:
        return f"no longer assigned as {was.role}" if was and was.role else "one assignment fewer"
    if now is None:
        return "no longer assigned"
    as_role = f" as {now.role}" if now.role else ""
    times = [f"{label} {clock(time)}" for label, time in (("report at", now.report), ("until", now.release)) if time]
    if was is None:
        return ", ".join([f"{'assigned' if now.filled else 'requested'}{as_role}", *times])
    words = []
    if was.event != now.event and was.event and now.event:
        words.append(f"was {_slot_words(*was.event, on)}")
    if was.filled != now.filled:
        words.append("now assigned" if now.filled else "now only requested")
    if was.role != now.role:
        words.append(f"role {was.role or 'none'} → {now.role or 'none'}")
    for label, old, new in (("report time", was.report, now.report), ("release time", was.release, now.release)):
        if old != new:
            words.append(f"{label} {clock(old) if old else 'as the event'} → {clock(new) if new else 'as the event'}")
    return ", ".join(words)


def _moved(edit: _Edit) -> _Found:
    """Events of the agency that moved, were canceled or disappeared, where the old or the new day is soon."""
    on, links, undated = edit.on, edit.links, edit.undated
    agency, days = links.agency, range(SOON + 1)
    for old in edit.before.events:
        rows = edit.before.assignments_by_event.get(old.id, ())
        is_there = old.names(agency) or any(row.agency == agency and row.status not in NOT_GOING for row in rows)
        if not is_there or not is_coming(old, on):
            continue
        new_id = edit.ids.get(old.id, old.id)
        new = edit.after.event_by_id.get(new_id)
        soon = (old.date - on).days in days or (new is not None and (new.date - on).days in days)
        if not soon or (new is not None and _facts_of(new) == _facts_of(old)):
            continue
        words = event_words(old, on)
        if new is not None and is_live(new):
            line = event_line(new, on, links, f"was {words}")
        elif new is not None:
            line = MessageLine(words, state_words(new).lower(), links.event(new.id))
        else:
            cell = edit.unread.unread_row("Events", old.row)
            gone = f"no longer read ({cell})" if cell else "no longer in the sheet"
            detail = _undated_words(undated[new_id]) if new_id in undated else gone
            line = MessageLine(words, detail, links.event(new_id) if new_id in undated else None)
        yield ("events", new_id), line


def _undated_words(event: Undated) -> str:
    """`the date is now "TBD"`, `the date was taken out`."""
    return f'the date is now "{event.found}"' if event.found else "the date was taken out"


def _facts_of(event: Event) -> tuple[object, ...]:
    return event.date, event.start, event.end, where(event), is_live(event)


def warnings(
    before: SnapshotOfDay, after: SnapshotOfDay, topics: Collection[Topic], rules: Rules, links: Links
) -> tuple[tuple[MessageSection, ...], int]:
    """What is new for an agency since `before`, by topic, and how many facts are left out, as their events are past."""
    ids = later_ids(before.snapshot, after.snapshot)
    old, new = facts(before, rules, links, ids), facts(after, rules, links, {})
    edit = partial(_Edit, before, after, links, ids)
    news = dict((*_moved(edit()), *_agency_shifts(edit())))
    news |= {fact: line for fact, line in new.items() if fact not in old}
    sections: list[MessageSection] = []
    for topic in (topic for topic in TOPIC_WORDS if topic in topics):
        lines = dict.fromkeys(line for (its_topic, _), line in news.items() if its_topic == topic)
        page = links.page("attendance" if topic == "counts" else "staffing")
        sections += section(TOPIC_WORDS[topic][0], lines, LIMIT, page)
    passed = 0
    if "openings" in topics and after.on > before.on:
        # Events that took place meanwhile with positions open; not those that were told already, 7 or 2 days before.
        first = before.on + dt.timedelta(days=max(OPENING_DAYS) + 1)
        board = gap_board(before.snapshot, before.on, agency=links.agency, until=after.on - dt.timedelta(days=1))
        passed = sum(gap.fill.short > 0 and gap.fill.event.date >= first for gap in board)
    return tuple(sections), passed


def event_line(
    event: Event, on: dt.date, links: Links, detail: str, cell: tuple[str, str] | None = None
) -> MessageLine:
    return MessageLine(event_words(event, on), detail, links.event(event.id), cell)


def event_words(event: Event, on: dt.date) -> str:
    """`Wed, Oct 7, 9:00–10:30 AM, Weed Starbucks`."""
    return _slot_words(event.date, event.start, event.end, where(event), on)


def _slot_words(day: dt.date, start: dt.time | None, end: dt.time | None, place: str, on: dt.date) -> str:
    return f"{day_words(day, on)}, {clock_range(start, end)}, {place}"


def place_for_officer(verb: str, snapshot: Snapshot, event: Event, agency: str) -> tuple[str, str]:
    """Where a name is typed for an open position: the agency's own placeholder, else the first free row."""
    asked = placeholders(snapshot.assignments_by_event.get(event.id, ()))
    rows = [row.row for row in asked if row.agency == agency and not row.in_events]
    return action(verb, snapshot, *(("Staffing", "officer", rows[0]) if rows else cell_of_officers(snapshot, event)))


def action(verb: str, snapshot: Snapshot, tab: str, field: str, row: int | None) -> tuple[str, str]:
    """Where the answer is typed. A cell without an address, of an Excel file, is named in words."""
    words, address = cell_link(snapshot, tab, field, row)
    return f"{verb} {words}", address or ""
