"""Events: which are coming, when and where they are, who is on them, and their open positions.

All pages, alerts, exports and commands take the numbers of positions from here, so they always agree.

Times are wall clock in the sheet's zone, without an offset, so the night on which the clocks change makes nothing
overlap and no gap longer or shorter.
"""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from cwac.analysis.words import any_of, counted
from cwac.model import FILLED as FILLED
from cwac.model import NOT_GOING as NOT_GOING
from cwac.model import Assignment, AssignmentStatus, Event, EventStatus, Snapshot, choice_label
from cwac.settings import Rules

DEFAULTS = Rules()
OFF: frozenset[EventStatus | None] = frozenset({"Draft", "Cancelled", "Postponed"})
"""Events with these statuses are not expected to take place on their date."""
NOT_CLOSED = "still Confirmed or Tentative"
"""What past events that nobody has closed are; a blank Status counts as Tentative, and Postponed is not one."""
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


ANY_AGENCY = "any agency"


def placeholders(rows: Iterable[Assignment]) -> tuple[Assignment, ...]:
    """The rows that ask for an officer without naming one, except declined, swapped out, pulled and no-show ones."""
    return tuple([row for row in rows if row.placeholder and row.status not in NOT_GOING])


def open_positions(event: Event, rows: Sequence[Assignment]) -> int:
    """The officers still to be found: Officers needed minus the people assigned, or the placeholders if more."""
    return max((event.officers_needed or 0) - len(assigned(rows)), len(placeholders(rows)))


def positions(event: Event, rows: Sequence[Assignment]) -> int | None:
    """All positions: Officers needed, or people and open positions if more; None if the sheet asks for nobody."""
    vacant = open_positions(event, rows)
    if event.officers_needed is None and not vacant:
        return None
    return max(event.officers_needed or 0, len(assigned(rows)) + vacant)


@dataclass(frozen=True, slots=True)
class Owed:
    """How many officers are still to be sent, to how many events."""

    officers: int = 0
    events: int = 0

    @property
    def words(self) -> str:
        """`9 officers to 7 events`."""
        return f"{counted(self.officers, 'officer')} to {counted(self.events, 'event')}"


def owed(rows: Iterable[Assignment], silent: Collection[str]) -> Mapping[str, int]:
    """Agency -> officers it still has to send: its placeholders, or 1 if it is named and sends nobody (`silent`)."""
    return dict.fromkeys(silent, 1) | Counter(row.agency for row in placeholders(rows) if row.agency)


def from_any_agency(vacant: int, owes: Mapping[str, int]) -> int:
    """The number of open positions that no particular agency has to send somebody to."""
    return max(0, vacant - sum(owes.values()))


def shares_to_ask(vacant: int, owes: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Agency -> how many of the open positions to ask it for; `any agency` for those that any may fill.

    Where agencies have to send more than is open, one share names all of them.
    """
    if sum(owes.values()) > vacant:
        return ((any_of(tuple(owes)), vacant),)
    rest = from_any_agency(vacant, owes)
    return (*owes.items(), *([(ANY_AGENCY, rest)] if rest else []))


def wanted_words(vacant: int, owes: Mapping[str, int]) -> str:
    """`2 officers from SCSO`, `2 officers from SCSO, 1 from any agency`; the same in alerts, messages and commands."""
    (agency, number), *others = shares_to_ask(vacant, owes)
    return ", ".join([f"{counted(number, 'officer')} from {agency}", *(f"{n} from {other}" for other, n in others)])


def agencies_are_known(snapshot: Snapshot) -> bool:
    """False if people are named but the sheet gives nobody's agency: no Officers tab, no Agency in Staffing."""
    officers_tab = snapshot.accounting.get("Officers")
    # A liaison may see no officers but stand-ins; the accounting is that of the whole sheet.
    if (officers_tab is not None and officers_tab.kept) or not all(officer.stand_in for officer in snapshot.officers):
        return True
    return not snapshot.people_by_agency or any(snapshot.people_by_agency)


def people_without_agency(snapshot: Snapshot) -> frozenset[str]:
    """The people (`Assignment.person`) of whom at least one row gives no agency."""
    return frozenset(snapshot.people_by_agency.get(None, ()))


def silent_agencies(snapshot: Snapshot, event: Event, participants: Sequence[Assignment]) -> tuple[str, ...]:
    """The agencies named on an event that send nobody; none if a participant's agency is unknown, as it may be any."""
    sending = _sending_agencies(snapshot, event, participants)
    return () if None in sending else tuple([agency for agency in event.agencies if agency not in sending])


def agency_is_unknown(snapshot: Snapshot, event: Event, participants: Sequence[Assignment]) -> bool:
    """Whether the agency of a participant, or of a person whose name could not be read, is unknown."""
    return None in _sending_agencies(snapshot, event, participants)


def _sending_agencies(snapshot: Snapshot, event: Event, participants: Iterable[Assignment]) -> set[str | None]:
    unread = snapshot.unread_people_by_event.get(event.id, ())
    return {row.agency or None for row in participants} | {person.agency for person in unread}
