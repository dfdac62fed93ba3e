"""The allow-lists: which fields of each record strangers and liaisons may see, and copies of records made by them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import TypeVar, get_args, get_type_hints

from cwac.model import (
    Agency,
    Assignment,
    Count,
    Coverage,
    Event,
    FollowUp,
    Headcount,
    Officer,
    TimeOff,
    Town,
    Undated,
    UnreadPerson,
    Venue,
)

_Record = TypeVar("_Record")
Fields = Mapping[type, tuple[str, ...]]

PUBLIC_FIELDS: Fields = {
    Event: (
        "id", "date", "start", "end", "title", "town", "venue", "lead_agency", "partner_agencies", "status",
        "cancel_reason", "replaces", "public_notes",
    ),
    Venue: ("name", "town", "street", "latitude", "longitude", "active"),
    Agency: ("short", "name", "type", "home_town", "color", "active"),
    Headcount: ("event_id", "guests"),
    Count: ("low", "best", "high", "estimated"),
    Town: ("name", "aliases", "population", "latitude", "longitude"),
}  # fmt: skip
"""What a stranger may see of each record. How a count was typed is not: people type names and remarks beside it."""

LIAISON_FIELDS: Fields = {
    Event: (
        "id", "row", "date", "start", "end", "title", "town", "town_text", "venue", "venue_text", "backup_venue",
        "lead_agency", "partner_agencies", "status", "cancel_reason", "status_note", "replaces", "officers_needed",
        "bilingual_needed", "registered", "release_due", "release_sent", "funding", "public_notes", "internal_notes",
        "date_note", "made_id",
    ),
    Undated: (
        "id", "row", "found", "title", "town", "venue_text", "lead_agency", "partner_agencies", "status",
    ),
    Assignment: (
        "event_id", "row", "officer", "name", "agency", "placeholder", "role", "report_time", "release_time", "status",
        "swapped_for", "pay_type", "hours", "note", "conflict",
    ),
    UnreadPerson: ("event_id", "agency"),
    Headcount: (
        "event_id", "row", "guests", "method", "youth", "new_visitors", "conversations", "cups", "surveys", "media",
        "weather", "entered_on", "note",
    ),
    Count: ("raw", "low", "best", "high", "estimated"),
    Agency: (
        "short", "name", "row", "aliases", "type", "home_town", "sworn", "emails", "liaison_role", "color", "active",
    ),
    Officer: (
        "id", "name", "agency", "row", "rank", "aliases", "languages", "can_host", "supervisor", "active_from",
        "active_to", "stand_in",
    ),
    TimeOff: ("officer", "first", "last", "row"),
    Venue: (
        "name", "town", "row", "aliases", "street", "latitude", "longitude", "capacity", "hours", "contact",
        "contact_phone", "permission", "shelter_site", "active",
    ),
    Town: ("name", "row", "aliases", "population", "latitude", "longitude"),
    Coverage: ("town", "agency", "row", "kind", "first", "last"),
    FollowUp: (
        "id", "event_id", "row", "category", "summary", "referred_to", "owner_role", "due", "status", "closed_on",
        "reported_back",
    ),
}  # fmt: skip
"""What a liaison may see of a record that is theirs to see at all."""

NAMELESS = (
    "event_id", "row", "agency", "placeholder", "role", "report_time", "release_time", "status", "pay_type", "hours",
)  # fmt: skip
"""What a liaison may see of an assignment to an event that their agency has no part in."""

_NEEDED: Mapping[type, Mapping[str, object]] = {
    Event: {"row": 0},
    Headcount: {"row": 0},
    Count: {"raw": ""},
}
"""What a record cannot be made without, and says nothing."""


def only_allowed(records: Iterable[_Record], allowed: Fields) -> tuple[_Record, ...]:
    """Records, all of one kind, of the fields named and of no others, down to the records within them."""
    given = tuple(records)
    if not given or _is_fully_allowed(type(given[0]), allowed):
        return given
    return tuple(_copy_of(record, allowed) for record in given)


def _is_fully_allowed(kind: type, allowed: Fields) -> bool:
    """Whether nothing of such a record is withheld, so that it can be handed on as it is."""
    return all(frozenset(allowed.get(one, ())) == _field_names(one) for one in (kind, *nested(kind)))


@cache
def _field_names(kind: type) -> frozenset[str]:
    return frozenset(one.name for one in fields(kind))


@cache
def nested(kind: type) -> tuple[type, ...]:
    """The kinds of records that a record of this kind can hold, and those within them."""
    found: dict[type, None] = {}
    for hint in get_type_hints(kind).values():
        for part in (hint, *get_args(hint)):
            if is_dataclass(part) and isinstance(part, type):
                found |= dict.fromkeys((part, *nested(part)))
    return tuple(found)


def _copy_of(record: _Record, allowed: Fields) -> _Record:
    """A new record of the fields allowed. One that the record no longer has is a field that nobody has thought of."""
    kind: type = type(record)
    kept = dict(_NEEDED.get(kind, {}))
    for name in allowed.get(kind, ()):
        if name in _field_names(kind):
            value = getattr(record, name)
            kept[name] = _copy_of(value, allowed) if type(value) in nested(kind) else value
    return kind(**kept)  # type: ignore[no-any-return]
