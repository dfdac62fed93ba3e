"""Which events there are, when and where, and what state each is in.

Every time here is wall clock in the sheet's zone, without an offset: what people read off the wall. The night on which
the clocks change therefore makes nothing overlap, and no gap longer or shorter.
"""

from __future__ import annotations

import calendar
import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from functools import lru_cache

from cwac.model import Assignment, AssignmentStatus, Event, EventStatus, Snapshot
from cwac.settings import Rules

DEFAULTS = Rules()
OFF: frozenset[EventStatus | None] = frozenset({"Draft", "Cancelled", "Postponed"})
"""An event in one of these states is not going to happen on its date, as far as anybody has promised."""
FILLED: frozenset[AssignmentStatus] = frozenset({"Assigned", "Confirmed", "Attended"})
SURE: frozenset[AssignmentStatus] = frozenset({"Confirmed", "Attended"})
NOT_GOING: frozenset[AssignmentStatus] = frozenset({"Declined", "Swapped out", "Pulled", "No-show"})

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_CANCELLED_BY = {"Mutual aid": "pulled to mutual aid", "Short staff": "short of staff", "Other": "other reason"}


# --- which ------------------------------------------------------------------------------------------------------


def is_live(event: Event) -> bool:
    """Neither a draft nor cancelled nor postponed. An event without a status counts as Tentative."""
    return event.status not in OFF


def is_coming(event: Event, on: dt.date) -> bool:
    """In the scope of the alerts: live, on that day or later; one that is Completed only on that very day."""
    return event.date >= on and event.status not in OFF and (event.status != "Completed" or event.date == on)


def on_day(event: Event) -> dt.date:
    return event.date


def upcoming(snapshot: Snapshot, on: dt.date) -> tuple[Event, ...]:
    """The events in the scope of the alerts, by start."""
    return tuple([event for event in between(snapshot, on, dt.date.max) if is_coming(event, on)])


def is_half_typed(event: Event, snapshot: Snapshot) -> bool:
    """Whether the event's row is still being typed: no town, and no ID of its own or nothing beside the date.

    Nothing is missing there yet. In a sheet that names no town anywhere, a blank town says nothing.
    """
    return (
        not (event.town or event.town_text)
        and (event.made_id or not (event.start or event.venue_text or event.agencies or event.status))
        and any(snapshot.events_by_town)
    )


def planned(snapshot: Snapshot, on: dt.date) -> tuple[Event, ...]:
    """The events that alerts, gaps and plans are about, by start: `upcoming`, without rows still being typed."""
    return tuple([event for event in upcoming(snapshot, on) if not is_half_typed(event, snapshot)])


def towns_named(snapshot: Snapshot) -> frozenset[str]:
    """The towns that events are in."""
    return frozenset(event.town for event in snapshot.events if event.town)


def statuses_named(snapshot: Snapshot) -> frozenset[EventStatus]:
    """The states that events are in."""
    return frozenset(event.status or "Tentative" for event in snapshot.events)


def among(snapshot: Snapshot, ids: Iterable[str]) -> list[Event]:
    """The events with these IDs, of those that there are."""
    by_id = snapshot.event_by_id
    return [by_id[one] for one in ids if one in by_id]


def next_event(
    snapshot: Snapshot, on: dt.date, at: dt.time | None = None, rules: Rules = DEFAULTS, agency: str | None = None
) -> Event | None:
    """The soonest event still to be held. With a time of day `at`, one that has ended by then is over."""
    for event in upcoming(snapshot, on):
        if event.status == "Completed" or (agency is not None and not event.names(agency)):
            continue
        span = interval(event, rules)
        if at is None or span is None or span[1] > dt.datetime.combine(on, at):
            return event
    return None


def between(snapshot: Snapshot, first: dt.date, last: dt.date) -> tuple[Event, ...]:
    """The events of every state dated from `first` to `last`, both included, by start."""
    every = snapshot.events_by_start
    begin = bisect_left(every, first, key=on_day)
    return every[begin : bisect_right(every, last, begin, key=on_day)]


def matching(
    events: Iterable[Event],
    agency: str | None = None,
    towns: Collection[str] = (),
    statuses: Collection[str] = (),
    text: str = "",
) -> tuple[Event, ...]:
    """The events that pass every filter given, in their order; a filter left empty lets all pass.

    `agency` leads or is a partner; `text` is looked for in what the calendar shows, whatever the case.
    """
    wanted = text.casefold().strip()
    return tuple(
        event
        for event in events
        if (not agency or event.names(agency))
        and (not towns or event.town in towns)
        and (not statuses or (event.status or "Tentative") in statuses)
        and (not wanted or wanted in f"{event.id} {event.title} {where(event)} {' '.join(event.agencies)}".casefold())
    )


def national_day(year: int) -> dt.date:
    """National Coffee with a Cop Day: the first Wednesday of October."""
    first = dt.date(year, 10, 1)
    return first + dt.timedelta(days=(calendar.WEDNESDAY - first.weekday()) % 7)


# --- when -------------------------------------------------------------------------------------------------------


def interval(event: Event, rules: Rules = DEFAULTS) -> tuple[dt.datetime, dt.datetime] | None:
    """From start to end, the end excluded; None where the start is not known. Without an end, the default length."""
    if event.start is None:
        return None
    start = dt.datetime.combine(event.date, event.start)
    if event.end is not None and event.end > event.start:
        return start, dt.datetime.combine(event.date, event.end)
    return start, start + dt.timedelta(minutes=rules.default_minutes)


def duty_interval(
    event: Event, assignment: Assignment, rules: Rules = DEFAULTS
) -> tuple[dt.datetime, dt.datetime] | None:
    """From report to release, each the event's own where it is not given; None where the event's start is not known.

    A release before the report is a slip of the pen: then the event's own times count.
    """
    span = interval(event, rules)
    if span is None or (assignment.report_time is None and assignment.release_time is None):
        return span
    start, end = span
    if assignment.report_time is not None:
        start = dt.datetime.combine(event.date, assignment.report_time)
    if assignment.release_time is not None:
        end = dt.datetime.combine(event.date, assignment.release_time)
    return (start, end) if start < end else span


# --- who --------------------------------------------------------------------------------------------------------


def going(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The rows of people who take part, those only asked included; neither placeholders nor people who are out."""
    return tuple(row for row in assignments if row.status not in NOT_GOING and row.person is not None)


def assigned(assignments: Iterable[Assignment]) -> frozenset[str]:
    """The distinct people Assigned, Confirmed or Attended: who counts against Officers needed."""
    return frozenset([person for row in assignments if row.status in FILLED and (person := row.person) is not None])


def confirmed(assignments: Iterable[Assignment]) -> frozenset[str]:
    """The distinct people Confirmed or Attended."""
    return frozenset([person for row in assignments if row.status in SURE and (person := row.person) is not None])


# --- in words: a calendar says the same few days and times again and again, so these are remembered ----------------


def state_words(event: Event) -> str:
    """`Confirmed`, `Cancelled: fire`, `Cancelled: pulled to mutual aid`, …; an unread status is `Tentative`."""
    status = event.status or "Tentative"
    if event.cancel_reason is None or status not in ("Cancelled", "Postponed"):
        return status
    return f"{status}: {_CANCELLED_BY.get(event.cancel_reason, event.cancel_reason.lower())}"


@lru_cache(4096)
def day_words(day: dt.date, on: dt.date | None = None) -> str:
    """`Wed 7 Oct`, with the year where it is not that of `on`."""
    words = f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return words if on is not None and day.year == on.year else f"{words} {day.year}"


@lru_cache(4096)
def clock(moment: dt.time | dt.datetime) -> str:
    """`8:00 AM`."""
    return f"{moment.hour % 12 or 12}:{moment.minute:02} {'AM' if moment.hour < 12 else 'PM'}"


@lru_cache(4096)
def clock_range(start: dt.time | dt.datetime | None, end: dt.time | dt.datetime | None) -> str:
    """`8:00–9:30 AM`, `11:30 AM–1:00 PM`, `8:00 AM`, or `time not known`."""
    if start is None:
        return "time not known"
    if end is None:
        return clock(start)
    first = clock(start)
    return f"{first[:-3] if (start.hour < 12) == (end.hour < 12) else first}–{clock(end)}"


def where(event: Event) -> str:
    """The venue with its town where its own name does not say it: `Weed Starbucks`, `Grange Hall, Etna`."""
    town = event.town or event.town_text
    venue = event.venue.name if event.venue else event.venue_text
    if venue is None:
        return town or "place not known"
    return venue if town is None or town.casefold() in venue.casefold() else f"{venue}, {town}"


def place_coordinates(snapshot: Snapshot, event: Event) -> tuple[float, float] | None:
    """Latitude and longitude of the venue, else of the town (in degrees); None where neither is known."""
    for place in (event.venue, snapshot.town_by_name.get(event.town) if event.town else None):
        if place is not None and place.latitude is not None and place.longitude is not None:
            return place.latitude, place.longitude
    return None
