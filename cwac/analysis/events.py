"""Events: which are coming, when and where they are, and how they are described in words.

Times are wall clock in the sheet's zone, without an offset, so the night on which the clocks change makes nothing
overlap and no gap longer or shorter.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterable
from urllib.parse import urlencode

from cwac.model import FILLED as FILLED
from cwac.model import NOT_GOING as NOT_GOING
from cwac.model import Assignment, AssignmentStatus, Event, EventStatus, Snapshot, choice_label
from cwac.settings import Rules

DEFAULTS = Rules()
OFF: frozenset[EventStatus | None] = frozenset({"Draft", "Cancelled", "Postponed"})
"""Events with these statuses are not expected to take place on their date."""
SURE: frozenset[AssignmentStatus] = frozenset({"Confirmed", "Attended"})

_OTS = re.compile(r"\bOTS\b|office of traffic safety", re.IGNORECASE)
_CANCELED_BY = {"Mutual aid": "pulled to mutual aid", "Short staff": "short of staff", "Other": "other reason"}


def is_live(event: Event) -> bool:
    """Whether the event is neither a draft nor canceled nor postponed; without a status it counts as Tentative."""
    return event.status not in OFF


def is_coming(event: Event, on: dt.date) -> bool:
    """Whether alerts cover the event: live, on that day or later, and if Completed, on that very day."""
    return event.date >= on and event.status not in OFF and (event.status != "Completed" or event.date == on)


def on_day(event: Event) -> dt.date:
    return event.date


def upcoming(snapshot: Snapshot, on: dt.date) -> tuple[Event, ...]:
    """The events that `is_coming`, by start."""
    return tuple([event for event in between(snapshot, on, dt.date.max) if is_coming(event, on)])


def is_half_typed(event: Event, snapshot: Snapshot) -> bool:
    """Whether the row is still being typed: no town, where others have one, and no ID or nothing beside the date."""
    return (
        not (event.town or event.town_text)
        and (event.made_id or not (event.start or event.venue_text or event.agencies or event.status))
        and any(snapshot.events_by_town)
    )


def names_ots(funding: str | None) -> bool:
    """Whether a Funding cell names the California Office of Traffic Safety."""
    return funding is not None and _OTS.search(funding) is not None


def planned(snapshot: Snapshot, on: dt.date) -> tuple[Event, ...]:
    """The events that alerts, gaps and plans cover, by start: `upcoming` without rows that are still being typed."""
    return tuple([event for event in upcoming(snapshot, on) if not is_half_typed(event, snapshot)])


def towns_named(snapshot: Snapshot) -> frozenset[str]:
    return frozenset(town for event in snapshot.events if (town := event.town))


def among(snapshot: Snapshot, ids: Iterable[str]) -> list[Event]:
    """The events with these IDs; unknown IDs are skipped."""
    by_id = snapshot.event_by_id
    return [by_id[event_id] for event_id in ids if event_id in by_id]


def between(snapshot: Snapshot, first: dt.date, last: dt.date) -> tuple[Event, ...]:
    """The events of every status dated from `first` to `last`, both included, by start."""
    events = snapshot.events_by_start
    begin = bisect_left(events, first, key=on_day)
    return events[begin : bisect_right(events, last, begin, key=on_day)]


def matching(
    events: Iterable[Event],
    agency: str | None = None,
    towns: Collection[str] = (),
    statuses: Collection[str] = (),
) -> tuple[Event, ...]:
    """The events that pass every filter, in their order; an empty filter passes all. `agency`: lead or partner."""
    return tuple(
        event
        for event in events
        if (not agency or event.names(agency))
        and (not towns or event.town in towns)
        and (not statuses or (event.status or "Tentative") in statuses)
    )


def interval(event: Event, rules: Rules = DEFAULTS) -> tuple[dt.datetime, dt.datetime] | None:
    """From start to end, the end excluded, of the default length if the end is unknown; None without a start."""
    if event.start is None:
        return None
    start = dt.datetime.combine(event.date, event.start)
    if event.end is not None and event.end > event.start:
        return start, dt.datetime.combine(event.date, event.end)
    return start, start + dt.timedelta(minutes=rules.default_minutes)


def duty_interval(
    event: Event, assignment: Assignment, rules: Rules = DEFAULTS
) -> tuple[dt.datetime, dt.datetime] | None:
    """From report to release, each by default the event's own time; None if the event's start is unknown.

    If the release is before the report, that is a typing error and the event's own times count.
    """
    span, times = interval(event, rules), (assignment.report_time, assignment.release_time)
    if span is None or times == (None, None):
        return span
    start, end = (
        own if time is None else dt.datetime.combine(event.date, time) for own, time in zip(span, times, strict=True)
    )
    return (start, end) if start < end else span


def going(assignments: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The rows of participants, including those only Requested, without placeholders and people who are out."""
    return tuple(row for row in assignments if row.status not in NOT_GOING and row.person is not None)


def assigned(assignments: Iterable[Assignment]) -> frozenset[str]:
    """The distinct people who are Assigned, Confirmed or Attended: those who count toward Officers needed."""
    return frozenset([person for row in assignments if row.status in FILLED and (person := row.person) is not None])


def confirmed(assignments: Iterable[Assignment]) -> frozenset[str]:
    """The distinct people who are Confirmed or Attended."""
    return frozenset([person for row in assignments if row.status in SURE and (person := row.person) is not None])


def state_words(event: Event) -> str:
    """`Confirmed`, `Canceled: fire`, `Canceled: pulled to mutual aid`, …; an unreadable status is `Tentative`."""
    status = choice_label(event.status or "Tentative")
    if event.cancel_reason is None or event.status not in ("Cancelled", "Postponed"):
        return status
    return f"{status}: {_CANCELED_BY.get(event.cancel_reason, event.cancel_reason.lower())}"


def where(event: Event) -> str:
    """The venue, with its town unless its name contains that: `Weed Starbucks`, `Grange Hall, Etna`."""
    town = event.town or event.town_text
    venue = event.venue.name if event.venue else event.venue_text
    if venue is None:
        return town or "place not known"
    return venue if town is None or town.casefold() in venue.casefold() else f"{venue}, {town}"


def directions(event: Event) -> str | None:
    """Google Maps directions to the venue's coordinates, else to what is known of its address; None if nothing is."""
    venue, town = event.venue, event.town or event.town_text
    here = (venue.name, venue.street, venue.town or town) if venue else (event.venue_text, town)
    address = [part for part in here if part]
    if venue is not None and venue.latitude is not None and venue.longitude is not None:
        to = f"{venue.latitude},{venue.longitude}"
    elif address:
        to = ", ".join([*address, "California"])
    else:
        return None
    return "https://www.google.com/maps/dir/?" + urlencode({"api": "1", "destination": to})
