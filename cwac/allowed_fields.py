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
"""The fields that strangers may see. A count as typed is not among them, since people type names and remarks there."""

LIAISON_FIELDS: Fields = {
    Event: (
        "id", "row", "date", "start", "end", "title", "town", "town_text", "venue", "venue_text", "backup_venue",
        "lead_agency", "partner_agencies", "status", "cancel_reason", "status_note", "replaces", "officers_needed",
        "bilingual_needed", "registered", "release_due", "release_sent", "flyer_sent", "host_briefed", "funding",
        "public_notes", "internal_notes", "date_note", "made_id",
    ),
    Undated: (
        "id", "row", "found", "title", "town", "venue_text", "lead_agency", "partner_agencies", "status",
    ),
    Assignment: (
        "event_id", "row", "officer", "name", "agency", "placeholder", "role", "report_time", "release_time", "status",
        "swapped_for", "pay_type", "hours", "note", "conflict", "in_events",
    ),
    UnreadPerson: ("event_id", "agency"),
    Headcount: (
        "event_id", "row", "guests", "method", "youth", "new_visitors", "conversations", "cups", "surveys", "media",
        "weather", "entered_on", "note", "in_events",
    ),
    Count: ("raw", "low", "best", "high", "estimated"),
    Agency: (
        "short", "name", "row", "aliases", "type", "home_town", "sworn", "emails", "liaison_role", "boilerplate",
        "press_contact", "color", "active",
    ),
    Officer: (
        "id", "name", "agency", "row", "rank", "aliases", "languages", "can_host", "supervisor", "active_from",
        "active_to", "stand_in",
    ),
    TimeOff: ("officer", "first", "last", "row"),
    Venue: (
        "name", "town", "row", "aliases", "street", "latitude", "longitude", "capacity", "hours", "contact",
        "contact_phone", "parking", "permission", "shelter_site", "active",
    ),
    Town: ("name", "row", "aliases", "population", "latitude", "longitude"),
    Coverage: ("town", "agency", "row", "kind", "first", "last"),
    FollowUp: (
        "id", "event_id", "row", "category", "summary", "referred_to", "owner_role", "due", "status", "closed_on",
        "reported_back",
    ),
}  # fmt: skip
"""The fields that liaisons may see, of the records that they are shown."""

NAMELESS = (
    "event_id", "row", "agency", "placeholder", "role", "report_time", "release_time", "status", "pay_type", "hours",
    "in_events",
)  # fmt: skip
"""The fields that a liaison may see of an assignment to an event that their agency has no part in."""

_NEEDED: Mapping[type, Mapping[str, object]] = {
    Event: {"row": 0},
    Headcount: {"row": 0},
    Count: {"raw": ""},
}
"""Values for required fields that are withheld."""


def only_allowed(records: Iterable[_Record], allowed: Fields) -> tuple[_Record, ...]:
    """Copies of records, all of one type, with only the allowed fields; records inside them are copied likewise."""
    originals = tuple(records)
    if not originals or _is_fully_allowed(type(originals[0]), allowed):
        return originals
    return tuple(_copy_of(record, allowed) for record in originals)


def _is_fully_allowed(kind: type, allowed: Fields) -> bool:
    """Whether no field of such a record is withheld, so that no copy is needed."""
    return all(frozenset(allowed.get(each, ())) == _field_names(each) for each in (kind, *nested(kind)))


@cache
def _field_names(kind: type) -> frozenset[str]:
    return frozenset(field.name for field in fields(kind))


@cache
def nested(kind: type) -> tuple[type, ...]:
    """The record types that a record of this type can contain, at any depth."""
    types: dict[type, None] = {}
    for hint in get_type_hints(kind).values():
        for part in (hint, *get_args(hint)):
            if is_dataclass(part) and isinstance(part, type):
                types |= dict.fromkeys((part, *nested(part)))
    return tuple(types)


def _copy_of(record: _Record, allowed: Fields) -> _Record:
    """A new record with only the allowed fields; an allowed name that the record no longer has is ignored."""
    kind: type = type(record)
    values = dict(_NEEDED.get(kind, {}))
    for name in allowed.get(kind, ()):
        if name in _field_names(kind):
            value = getattr(record, name)
            values[name] = _copy_of(value, allowed) if type(value) in nested(kind) else value
    return kind(**values)  # type: ignore[no-any-return]
