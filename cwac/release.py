"""What may leave the building: an event as strangers may see it, or the reason why it is held back.

Every exit for people without a sign-in asks `release` or `without_held`, and nothing else.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import replace

from cwac.analysis.words import counted
from cwac.model import PUBLIC_STATUSES, USUAL_TITLE, Agency, Event, HeldBack, Snapshot, Town, Venue

Held = Collection[tuple[str | None, str, str | None]]
"""Event (None: of every one), what and value of each value that is held back."""


def held_values(snapshot: Snapshot) -> Held:
    return {(held.event_id, held.what, held.value) for held in snapshot.held_back if held.what != "event"}


def release(event: Event, held: Held) -> Event | None:
    """The event as strangers may see it; None where it is not public."""
    if event.status not in PUBLIC_STATUSES or event.withheld:
        return None
    return without_held(event, held)


def without_held(event: Event, held: Held) -> Event:
    """The event without the values that are held back: the usual title, no note, place or agency in their stead."""
    if not held:
        return event

    def is_held(what: str, value: str | None) -> bool:
        return value is not None and ((event.id, what, value) in held or (None, what, value) in held)

    venue = event.venue
    if venue is not None and (is_held("place", venue.name) or is_held("place", venue.street)):
        venue = None if is_held("place", venue.name) else replace(venue, street=None)
    return replace(
        event,
        title=USUAL_TITLE if is_held("title", event.title) else event.title,
        public_notes=None if is_held("notes", event.public_notes) else event.public_notes,
        town=None if is_held("place", event.town) else event.town,
        venue=venue,
        lead_agency=None if is_held("agency", event.lead_agency) else event.lead_agency,
        partner_agencies=tuple(name for name in event.partner_agencies if not is_held("agency", name)),
    )


def released_events(snapshot: Snapshot) -> Iterator[Event]:
    held = held_values(snapshot)
    return (shown for event in snapshot.events if (shown := release(event, held)) is not None)


def released_agencies(snapshot: Snapshot) -> Iterator[Agency]:
    """The agencies of the list whose names strangers may read; a paragraph that is held back is left out."""
    values = {held.value for held in snapshot.held_back if held.what in ("agency", "notes")}
    for agency in snapshot.agencies:
        if not values.intersection((agency.short, agency.name)):
            yield replace(agency, boilerplate=None) if agency.boilerplate in values else agency


def released_places(snapshot: Snapshot) -> tuple[list[Venue], list[Town]]:
    """The venues and towns of the lists whose names strangers may read, each venue's street only where it may be."""
    values = {held.value for held in snapshot.held_back if held.what == "place"}
    venues = [
        replace(venue, street=None) if venue.street in values else venue
        for venue in snapshot.venues
        if values.isdisjoint((venue.name, venue.town))
    ]
    return venues, [town for town in snapshot.towns if town.name not in values]


def held_back(snapshot: Snapshot) -> tuple[HeldBack, ...]:
    """What is held back of the events that would be public by their Status, events before values."""
    by_id = snapshot.event_by_id
    shown = [
        held
        for held in snapshot.held_back
        if held.event_id is None or (event := by_id.get(held.event_id)) is None or event.status in PUBLIC_STATUSES
    ]
    return tuple(sorted(shown, key=lambda held: (held.what != "event", held.event_id or "")))


def summary(snapshot: Snapshot) -> str:
    """`12 events are public, 3 are held back.`"""
    public = sum(1 for _ in released_events(snapshot))
    held = len({each.event_id for each in held_back(snapshot) if each.what == "event"})
    are_public = f"{counted(public, 'event')} {'is' if public == 1 else 'are'}" if public else "No event is"
    are_held = f"{held:,} {'is' if held == 1 else 'are'}" if held else "none is"
    return f"{are_public} public, {are_held} held back."


def what_words(held: HeldBack) -> str:
    """What is held back, in words: the event, its title, "the agency Miller"."""
    named = f"the {held.what} {held.value}" if held.value and held.what in ("agency", "place") else f"the {held.what}"
    return "the event" if held.what == "event" else named
