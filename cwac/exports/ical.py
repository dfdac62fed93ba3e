"""Events as an iCalendar file (RFC 5545): for the public, for an agency, for one officer, or all of them."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

import icalendar

from cwac.analysis.events import DEFAULTS, NOT_GOING, assigned, clock, interval, is_live, state_words, where
from cwac.analysis.positions import positions
from cwac.analysis.revisions import Revision, Revisions
from cwac.exports.vtimezone import vtimezone
from cwac.model import Assignment, Event, Snapshot
from cwac.settings import Rules

FORMAT = 2
"""Raise it when the same events make other bytes: whoever keeps made calendars keys them by it."""

KEPT_DAYS = 60
"""How long after its date a cancelled event stays in a feed: whoever planned on it must have seen it go."""

MEDIA_TYPE = "text/calendar; charset=utf-8"


ScopeKind = Literal["public", "agency", "officer", "all"]


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose calendar it is. `name` is an agency's short name or an Officer ID, as `kind` says.

    `public` holds neither tentative events nor anybody's name; `all` the rows of `export events`, drafts included.
    """

    kind: ScopeKind
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @classmethod
    def parse(cls, text: str) -> Scope | None:
        """The scope that `str()` wrote, None where it is none."""
        kind, _, name = text.partition(":")
        if kind == "agency" and name:
            return cls("agency", name)
        if kind == "officer" and name:
            return cls("officer", name)
        return cls("public") if text == "public" else None


PUBLIC = Scope("public")
ALL = Scope("all")


# --- the calendar ------------------------------------------------------------------------------------------------


def to_ics(
    snapshot: Snapshot, rules: Rules = DEFAULTS, past: Revisions | None = None, link: str | None = None
) -> bytes:
    """The events of `export events`: every dated one, without names."""
    return write(snapshot, ALL, snapshot.events, sheet=snapshot.url, past=past, rules=rules, link=link)


def event_link(address: str | None, county: str = "") -> str | None:
    """Where the dashboard shows an event, but for the event's ID, which comes last; None without an address."""
    if address is None:
        return None
    where = f"county={quote(county, safe='')}&" if county else ""
    return f"{address}/calendar?{where}event="


def unplaced(snapshot: Snapshot) -> frozenset[str]:
    """The IDs of events that no feed may hold: made of a date alone, they would name another event any day."""
    return frozenset(event.id for event in snapshot.events if event.made_id and event.town is None)


def listed(snapshot: Snapshot, scope: Scope) -> tuple[Event, ...]:
    """The events that belong into a scope's calendar, by start. A feed leaves out what was called off long ago."""
    if scope.kind == "all":
        return snapshot.events_by_start
    oldest = snapshot.today - dt.timedelta(days=KEPT_DAYS)
    return tuple(
        event
        for event in snapshot.events_by_start
        if event.status != "Draft"
        and (event.status not in ("Cancelled", "Postponed") or event.date >= oldest)
        and _belongs(event, snapshot.assignments_by_event.get(event.id, ()), scope)
    )


def _belongs(event: Event, rows: Iterable[Assignment], scope: Scope) -> bool:
    if scope.kind == "public":
        return event.status not in ("Tentative", None)
    if scope.kind == "agency":
        return event.names(scope.name) or any(row.agency == scope.name for row in rows)
    return any(row.officer == scope.name and row.status not in NOT_GOING for row in rows)


Known = dict[str, tuple[tuple[object, ...], bytes]]
"""By event: what it was written from, and how it was. For the calendars of one scope."""


def write(
    snapshot: Snapshot,
    scope: Scope,
    events: Iterable[Event],
    *,
    sheet: str | None,
    past: Revisions | None = None,
    rules: Rules = DEFAULTS,
    known: Known | None = None,
    link: str | None = None,
) -> bytes:
    """These events as one calendar: UTF-8, lines folded at 75 octets and ended by CRLF.

    `snapshot` is already narrowed to what the reader may see. `sheet` is the spreadsheet's address, the same for every
    scope, so that an event has one UID everywhere. Without a `past` an event was last changed when the sheet was read.
    What is `known` from the last time is not written again where nothing that it was written from has changed. `link`
    and its ID are where the dashboard shows an event.
    """
    chosen = list(events)
    zone = ZoneInfo(snapshot.timezone)
    book = icalendar.Calendar()
    book.add("prodid", "-//cwac//Coffee with a Cop//EN")
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    name = _name(scope)
    book.add("x-wr-calname", name)
    book.add("name", name)
    book.add("x-wr-timezone", snapshot.timezone)
    book.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    book.add("x-published-ttl", "PT1H")
    timed = [event.date.year for event in chosen if event.start is not None]
    if timed:
        book.add_component(vtimezone(zone, min(timed), max(timed)))
    known = {} if known is None else known
    past = past or Revisions()
    whole: bytes = book.to_ical()
    parts = [whole.removesuffix(_END)]
    for event in chosen:
        rows = snapshot.assignments_by_event.get(event.id, ())
        edition = _edition(past.of(event.id), scope, snapshot.as_of)
        name = uid(past.first_id(event.id), sheet)
        of = (event, rows, edition, snapshot.agencies, snapshot.timezone, name, rules, link)
        found = known.get(event.id)
        if found is None or found[0] != of:
            made = _vevent(event, rows, snapshot, scope, zone, name, edition, rules)
            if link is not None:
                made.add("url", f"{link}{quote(event.id, safe='')}")
            found = known[event.id] = of, made.to_ical()
        parts.append(found[1])
    return b"".join((*parts, _END))


_END = b"END:VCALENDAR\r\n"


def _name(scope: Scope) -> str:
    return f"Coffee with a Cop, {scope.name}" if scope.name else "Coffee with a Cop"


def _vevent(
    event: Event,
    rows: tuple[Assignment, ...],
    snapshot: Snapshot,
    scope: Scope,
    zone: ZoneInfo,
    name: str,
    edition: tuple[int, dt.datetime],
    rules: Rules,
) -> icalendar.Event:
    changes, changed = edition
    made = icalendar.Event()
    made.add("uid", name)
    # Without a METHOD, DTSTAMP is when the event was last revised: so equal events make equal bytes.
    made.add("dtstamp", changed)
    made.add("last-modified", changed)
    made.add("sequence", changes)
    made.add("summary", _line(_summary(event)))
    span = interval(event, rules)
    if span is None:
        made.add("dtstart", event.date)
        made.add("dtend", event.date + dt.timedelta(days=1))
        made.add("transp", "TRANSPARENT")
    else:
        made.add("dtstart", span[0].replace(tzinfo=zone))
        made.add("dtend", span[1].replace(tzinfo=zone))
        made.add("transp", "OPAQUE" if is_live(event) else "TRANSPARENT")
    made.add("status", _STATUS.get(event.status or "Tentative", "CONFIRMED"))
    made.add("location", _line(_address(event)))
    venue = event.venue
    if venue is not None and venue.latitude is not None and venue.longitude is not None:
        made.add("geo", (venue.latitude, venue.longitude))
    if event.agencies:
        made.add("categories", [_line(agency) for agency in event.agencies])
    made.add("class", "PUBLIC" if scope.kind == "public" else "PRIVATE")
    made.add("description", "\n".join(_text(line) for line in _told(event, rows, snapshot, scope, rules)))
    return made


_STATUS = {"Draft": "TENTATIVE", "Tentative": "TENTATIVE", "Cancelled": "CANCELLED", "Postponed": "CANCELLED"}


def uid(event_id: str, sheet: str | None) -> str:
    """The same for as long as the event keeps its (first) ID, whatever else changes. A file has no name that lasts."""
    whose = hashlib.sha256(sheet.encode()).hexdigest()[:16] if sheet else "workbook"
    return f"{quote(event_id, safe='')}@{whose}.cwac"


def _edition(revision: Revision | None, scope: Scope, as_of: dt.datetime) -> tuple[int, dt.datetime]:
    if revision is None:
        return 0, as_of.astimezone(dt.UTC)
    if scope.kind in ("public", "all"):
        return revision.plan_changes, revision.plan_changed.astimezone(dt.UTC)
    changes = revision.plan_changes + revision.crew_changes
    return changes, max(revision.plan_changed, revision.crew_changed).astimezone(dt.UTC)


# --- in words ----------------------------------------------------------------------------------------------------


def _summary(event: Event) -> str:
    """The state stands first where the event is not sure: calendars show STATUS in many ways, or not at all."""
    state = "" if event.status in ("Confirmed", "Completed") else f"{event.status or 'Tentative'}: "
    agencies = f" ({', '.join(event.agencies)})" if event.agencies else ""
    return f"{state}{event.title}, {where(event)}{agencies}"


def _address(event: Event) -> str:
    town = event.town or event.town_text
    venue = event.venue
    named = venue.name if venue else event.venue_text
    return ", ".join(dict.fromkeys(part for part in (named, venue.street if venue else None, town) if part))


def _told(event: Event, rows: tuple[Assignment, ...], snapshot: Snapshot, scope: Scope, rules: Rules) -> Iterable[str]:
    yield f"{state_words(event)}."
    if event.start is None:
        yield "The time is not known yet."
    elif event.end is None:
        yield f"The end is not known yet: {rules.default_minutes} minutes are assumed."
    names = [_full_name(agency, snapshot) for agency in event.agencies]
    if names:
        yield f"Agencies: {'; '.join(names)}."
    if event.replaces:
        yield f"Takes the place of {event.replaces}."
    if event.public_notes:
        yield event.public_notes
    if scope.kind == "public":
        return
    wanted = positions(event, rows)
    if is_live(event):
        yield f"Officers: {len(assigned(rows))}{'' if wanted is None else f' of {wanted}'}."
    if scope.kind == "all":
        return
    for row in rows:
        if row.status in NOT_GOING or (scope.kind == "officer" and row.officer != scope.name):
            continue
        yield _who(row)
    if event.backup_venue:
        yield f"Backup venue: {event.backup_venue}."


def _full_name(short: str, snapshot: Snapshot) -> str:
    agency = snapshot.agency_by_short.get(short)
    return f"{agency.name} ({short})" if agency and agency.name != short else short


def _who(row: Assignment) -> str:
    who = "Open post" if row.placeholder else row.name or "An officer"
    about = [
        *([row.agency] if row.agency else []),
        *([row.role] if row.role else []),
        *([f"report {clock(row.report_time)}"] if row.report_time else []),
        *([f"release {clock(row.release_time)}"] if row.release_time else []),
        *([] if row.placeholder else [row.status.lower()]),
    ]
    return f"{who}: {', '.join(about)}." if about else f"{who}."


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")


def _text(typed: str) -> str:
    """Without what no calendar may hold. Line breaks stay: the library writes them as RFC 5545 says."""
    return _CONTROL.sub("", typed.replace("\r\n", "\n").replace("\r", "\n"))


def _line(typed: str) -> str:
    return " ".join(_text(typed).split())
