"""Events as an iCalendar file (RFC 5545) for a scope: the public, an agency, an officer, or all events."""

from __future__ import annotations

import calendar
import datetime as dt
import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal
from urllib.parse import quote
from zoneinfo import ZoneInfo

import icalendar

from cwac.analysis.events import DEFAULTS, NOT_GOING, assigned, duty_interval, interval, is_coming, is_live, positions
from cwac.analysis.revisions import Revision, Revisions
from cwac.date_words import clock, clock_range
from cwac.exports.event_pages import is_still_open, place_in, title_in
from cwac.exports.spanish import Language, state_in, words
from cwac.model import Assignment, Event, Snapshot
from cwac.one_line import one_line
from cwac.settings import Rules

FORMAT = 7
"""Part of the key of cached calendars: raise it when the same events make other bytes."""

KEPT_DAYS = 60
"""Days after its date that a canceled event stays in a feed, so that every subscriber sees the cancellation."""

MEDIA_TYPE = "text/calendar; charset=utf-8"

WORKBOOK = "workbook"
"""The part of a UID that stands for an Excel file, unless `[cwac] calendar_id` names another."""

REMINDERS: Mapping[str, str] = {"1d": "1 day before", "2h": "2 hours before"}
"""The reminders that a calendar can have: as in a link, and in words."""

_BEFORE = {"1d": dt.timedelta(days=1), "2h": dt.timedelta(hours=2)}
_BEFORE_MIDNIGHT = {"1d": dt.timedelta(hours=15)}
"""For an event without a time: 9 AM the day before, instead of midnight. Two hours before is not known."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Whose calendar it is. `name` is the short name of an agency or an Officer ID.

    `public` has no tentative events and no names; `all` has the rows of `export events`, drafts included.
    """

    kind: Literal["public", "agency", "officer", "all"]
    name: str = ""

    def __str__(self) -> str:
        return f"{self.kind}:{self.name}" if self.name else self.kind

    @classmethod
    def parse(cls, text: str) -> Scope | None:
        """The scope from its `str()`, None if the text is no scope; `all` is never parsed."""
        kind, _, name = text.partition(":")
        if kind == "agency" and name:
            return cls("agency", name)
        if kind == "officer" and name:
            return cls("officer", name)
        return cls("public") if text == "public" else None


PUBLIC = Scope("public")
ALL = Scope("all")


# --- the calendar ------------------------------------------------------------------------------------------------


def reminders(typed: Iterable[str]) -> tuple[str, ...]:
    """The `REMINDERS` named in texts such as `1d,2h`; others are ignored."""
    names = {name.strip() for text in typed for name in text.split(",")}
    return tuple(name for name in REMINDERS if name in names)


def event_link(address: str | None, county: str = "") -> str | None:
    """The address of an event in the dashboard, without the event's ID at its end; None without an address."""
    if address is None:
        return None
    where = f"county={quote(county, safe='')}&" if county else ""
    return f"{address}/calendar?{where}event="


def unplaced(snapshot: Snapshot) -> frozenset[str]:
    """IDs of events without an ID and town, which no feed may contain: an ID made from a date alone is not stable."""
    return frozenset(event.id for event in snapshot.events if event.made_id and event.town is None)


def listed(snapshot: Snapshot, scope: Scope) -> tuple[Event, ...]:
    """The events of a scope's calendar, by start. Feeds leave out events canceled more than `KEPT_DAYS` days ago."""
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
    return any(_is_shift_of(row, scope.name) for row in rows)


def write(
    snapshot: Snapshot,
    scope: Scope,
    events: Iterable[Event],
    *,
    sheet: str | None,
    past: Revisions | None = None,
    rules: Rules = DEFAULTS,
    link: str | None = None,
    calendar_id: str = WORKBOOK,
    remind: Sequence[str] = (),
    as_file: bool = False,
    language: Language = "en",
    form: Callable[[str, str], tuple[str, str] | None] = lambda *_: None,
) -> bytes:
    """These events as one calendar: UTF-8, lines folded at 75 octets and ended by CRLF.

    `snapshot` is restricted to what the reader may see. `sheet` is the spreadsheet's address, part of each UID, so
    that an event has the same UID in every calendar; without it `calendar_id` is. `past` gives SEQUENCE and LAST-
    MODIFIED; without it, 0 and the time at which the sheet was read, in public feeds the beginning of the day. `link`
    is from `event_link`, `remind` from `reminders`, and `form` is `addons.shift_form`, for an officer's own calendar.
    `as_file` makes a file to import once rather than a feed. `language` is that of the set phrases.
    """
    zone, past = ZoneInfo(snapshot.timezone), past or Revisions()
    book = _empty_calendar(", ".join(filter(None, (words(language)["title"], scope.name))), snapshot.timezone, language)
    if as_file:
        book.add("method", "PUBLISH")
    # Strangers must not see from the time of the snapshot that something private was edited.
    is_public_feed = scope == PUBLIC and not as_file
    unknown = dt.datetime.combine(snapshot.today, dt.time(), zone) if is_public_feed else snapshot.as_of
    years: list[int] = []
    for event in events:
        span = _span(event, snapshot, scope, rules)
        years += [span[0].year] if span else []
        description = [*_description(event, snapshot, scope, rules, language)]
        if scope.kind == "officer" and is_coming(event, snapshot.today) and (answered_at := form(event.id, scope.name)):
            address, label = answered_at
            description.append(f"{label}: {address}")
        summary = one_line(_summary(event, snapshot.today, language))
        component = _vevent(event, span, zone, summary, description, remind)
        component.add("class", "PUBLIC" if scope.kind == "public" else "PRIVATE")
        status = _STATUS.get(event.status or "Tentative", "CONFIRMED")
        # Google removes a CANCELLED event from a subscribed calendar, and people would go there all the same.
        component.add("status", "CONFIRMED" if status == "CANCELLED" and is_public_feed else status)
        component.add("uid", uid(past.first_id(event.id), sheet, calendar_id))
        changes, changed = _revision(past.of(event.id), scope, unknown)
        # Without a METHOD, DTSTAMP is the time of the last revision (RFC 5545, 3.8.7.2): equal events, equal bytes.
        component.add("dtstamp", snapshot.as_of.astimezone(dt.UTC) if as_file else changed)
        component.add("last-modified", changed)
        component.add("sequence", changes)
        if link is not None:
            component.add("url", f"{link}{quote(event.id, safe='')}")
        book.add_component(component)
    written: bytes = book.to_ical()
    if years:
        head, _, rest = written.partition(b"\r\nBEGIN:VEVENT\r\n")
        written = b"\r\n".join((head, _vtimezone(zone, min(years), max(years)) + b"BEGIN:VEVENT", rest))
    return written


def _empty_calendar(name: str, timezone: str, language: Language) -> icalendar.Calendar:
    book = icalendar.Calendar()
    book.add("prodid", f"-//cwac//Coffee with a Cop//{language.upper()}")
    book.add("version", "2.0")
    book.add("calscale", "GREGORIAN")
    book.add("x-wr-calname", name)
    book.add("name", name)
    book.add("x-wr-timezone", timezone)
    book.add("refresh-interval", dt.timedelta(hours=1), parameters={"VALUE": "DURATION"})
    book.add("x-published-ttl", "PT1H")
    return book


_Span = tuple[dt.datetime, dt.datetime] | None


def _span(event: Event, snapshot: Snapshot, scope: Scope, rules: Rules) -> _Span:
    """From start to end of the event; in an officer's own calendar that of their shift, or of the first to the last."""
    whole = interval(event, rules)
    if scope.kind != "officer":
        return whole
    rows = [row for row in snapshot.assignments_by_event.get(event.id, ()) if _is_shift_of(row, scope.name)]
    shifts = [span for row in rows if (span := duty_interval(event, row, rules)) is not None]
    return (min(start for start, _ in shifts), max(end for _, end in shifts)) if shifts else whole


def _is_shift_of(row: Assignment, officer: str) -> bool:
    return row.officer == officer and row.status not in NOT_GOING


def _vevent(
    event: Event, span: _Span, zone: ZoneInfo, summary: str, description: Iterable[str], remind: Iterable[str]
) -> icalendar.Event:
    component = icalendar.Event()
    component.add("summary", summary)
    start, end = event.date, event.date + dt.timedelta(days=1)
    if span is not None:
        start, end = (moment.replace(tzinfo=zone) for moment in span)
    component.add("dtstart", start)
    component.add("dtend", end)
    component.add("transp", "OPAQUE" if span is not None and is_live(event) else "TRANSPARENT")
    venue = event.venue
    place, street = (venue.name, venue.street) if venue else (event.venue_text, None)
    named = dict.fromkeys(filter(None, (place, street, event.town or event.town_text)))
    component.add("location", one_line(", ".join(named)))
    if venue is not None and venue.latitude is not None and venue.longitude is not None:
        component.add("geo", (venue.latitude, venue.longitude))
    if event.agencies:
        component.add("categories", [one_line(agency) for agency in event.agencies])
    # Line breaks stay: icalendar escapes them.
    text = "\n".join(description).replace("\r\n", "\n").replace("\r", "\n")
    component.add("description", _CONTROL.sub("", text))
    for name in remind if is_live(event) else ():
        if (before := (_BEFORE_MIDNIGHT if event.start is None else _BEFORE).get(name)) is not None:
            alarm = icalendar.Alarm()
            alarm.add("action", "DISPLAY")
            alarm.add("description", summary)
            alarm.add("trigger", -before)
            component.add_component(alarm)
    return component


_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
"""Control characters and lone surrogates."""

_STATUS = {"Draft": "TENTATIVE", "Tentative": "TENTATIVE", "Cancelled": "CANCELLED", "Postponed": "CANCELLED"}


def uid(event_id: str, sheet: str | None, calendar_id: str = WORKBOOK) -> str:
    """Stable while the event keeps its first ID. `calendar_id` keeps files apart, which have no `sheet`."""
    source = hashlib.sha256(sheet.encode()).hexdigest()[:16] if sheet else calendar_id
    return f"{quote(event_id, safe='')}@{source}.cwac"


def _revision(revision: Revision | None, scope: Scope, unknown: dt.datetime) -> tuple[int, dt.datetime]:
    """SEQUENCE and LAST-MODIFIED (UTC). Staffing counts only in scopes that show it."""
    changes, changed = (0, unknown) if revision is None else (revision.plan_changes, revision.plan_changed)
    if revision is not None and scope.kind in ("agency", "officer"):
        changes, changed = changes + revision.crew_changes, max(changed, revision.crew_changed)
    return changes, changed.astimezone(dt.UTC)


# --- the time zone (RFC 5545, 3.6.5) ---------------------------------------------------------------------------------


class _Timezone(icalendar.Timezone):
    """icalendar's own looks 64 days ahead first, and passes over a change that is undone before: Morocco's Ramadan."""

    _from_tzinfo_skip_search = icalendar.Timezone._from_tzinfo_skip_search[2:]


@lru_cache(64)
def _vtimezone(zone: ZoneInfo, first_year: int, last_year: int) -> bytes:
    """The zone's changes of offset in those years: a yearly rule where every year follows it, else each change.

    Its lines are half of an event's calendar file, so they are made once for all events. icalendar's own has each
    change, which Outlook ignores, and the onset in spring in the time after it; RFC 5545 asks for the time before.
    """
    first, end = dt.date(first_year, 1, 1), dt.date(last_year + 2, 1, 1)
    component = _Timezone.from_tzinfo(zone, zone.key, first, end)
    del component["COMMENT"]
    for part in component.subcomponents:
        early = max(part.TZOFFSETTO - part.TZOFFSETFROM, dt.timedelta(0))
        more = [value.dt for value in part.pop("RDATE").dts] if "RDATE" in part else []
        onsets = [onset - early for onset in (part.DTSTART, *more)]
        part.DTSTART = onsets[0]
        if len(onsets) == end.year - first.year and (rule := _yearly(onsets)):
            part.add("RRULE", rule)
        elif more:
            part.add("RDATE", onsets[1:])
    lines: bytes = component.to_ical()
    return lines


def _yearly(onsets: list[dt.datetime]) -> Mapping[str, object] | None:
    """The rule that every onset follows, such as "second Sunday of March", else None."""
    same = {(onset.month, onset.weekday(), onset.time()) for onset in onsets}
    weeks = {(onset.day - 1) // 7 + 1 for onset in onsets}
    if all(onset.day + 7 > calendar.monthrange(onset.year, onset.month)[1] for onset in onsets):
        weeks = {-1}
    if len(same) != 1 or len(weeks) != 1:
        return None
    weekday = "MO TU WE TH FR SA SU".split()[onsets[0].weekday()]
    return {"freq": "yearly", "bymonth": onsets[0].month, "byday": f"{weeks.pop()}{weekday}"}


# --- texts -------------------------------------------------------------------------------------------------------


def _summary(event: Event, today: dt.date, language: Language) -> str:
    # The status comes first unless the event is sure: many calendar programs do not show STATUS.
    is_sure = event.status in ("Confirmed", "Completed")
    state = "" if is_sure else f"{state_in(language, event.status or 'Tentative')}: "
    agencies = f" ({', '.join(event.agencies)})" if event.agencies else ""
    return f"{state}{title_in(language, event)}, {place_in(language, event, today)}{agencies}"


def _description(event: Event, snapshot: Snapshot, scope: Scope, rules: Rules, language: Language) -> Iterable[str]:
    rows = snapshot.assignments_by_event.get(event.id, ())
    phrases, is_open = words(language), is_still_open(event, snapshot.today)
    yield f"{state_in(language, event.status or 'Tentative', event.cancel_reason)}."
    if event.start is None:
        yield phrases["time_not_known_yet" if is_open else "no_time"]
    elif event.end is None:
        yield phrases["end_not_known_yet" if is_open else "no_end"].format(minutes=rules.default_minutes)
    listed = {short: agency.name for short, agency in snapshot.agency_by_short.items() if agency.name != short}
    names = [f"{listed[short]} ({short})" if short in listed else short for short in event.agencies]
    if names:
        yield phrases["agency_is" if len(names) == 1 else "agencies_are"].format(names="; ".join(names))
    if event.replaces:
        yield phrases["replaces"].format(event=event.replaces)
    if event.public_notes:
        yield phrases["note_is"].format(note=event.public_notes)
    if scope.kind == "public":
        return
    needed = positions(event, rows)
    if is_live(event):
        yield f"Officers: {len(assigned(rows))}{'' if needed is None else f' of {needed}'}."
    if scope.kind == "all":
        return
    if scope.kind == "officer" and _span(event, snapshot, scope, rules) != interval(event, rules):
        yield f"Your shift is in the calendar; the event is {clock_range(event.start, event.end)}."
    for row in rows:
        if row.status not in NOT_GOING and (scope.kind != "officer" or row.officer == scope.name):
            yield _person(row)
    if event.venue and event.venue.parking:
        yield f"Parking: {event.venue.parking}."
    if event.backup_venue:
        yield f"Backup venue: {event.backup_venue}."


def _person(row: Assignment) -> str:
    name = "Open position" if row.placeholder else row.name or "An officer"
    times = {"report": row.report_time, "release": row.release_time}
    known = [row.agency, row.role, *(f"{word} {clock(time)}" for word, time in times.items() if time)]
    about = ", ".join(filter(None, [*known, "" if row.placeholder else row.status.lower()]))
    return f"{name}: {about}." if about else f"{name}."
