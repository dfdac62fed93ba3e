"""Match events without typed IDs between two versions of the sheet: by content, then by position."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter

from cwac.model import Event, grouped


@dataclass(frozen=True, slots=True)
class MadeRow:
    """The row of an event whose ID was made from its date and town, in parts to compare (or digests of these parts).

    `rest` is the row without its date and town, `gist` only title, start, venue and lead agency, `people` the staffing
    and attendance. `above` and `below` are the IDs of the events in the adjacent rows, None at either end.
    """

    id: str
    date: Hashable
    town: Hashable
    rest: Hashable
    gist: Hashable
    people: Hashable
    above: str | None
    below: str | None


def made_rows(
    events: Iterable[Event],
    people: Callable[[Event], Hashable] = lambda _: None,
    part: Callable[[Hashable], Hashable] = lambda value: value,
    name: Callable[[str], str] = lambda event_id: event_id,
    but: Container[str] = (),
) -> list[MadeRow]:
    """The rows of events with made IDs, except `but`, in the sheet's order; `part` and `name` may return digests."""
    ordered = sorted(events, key=lambda event: event.row)
    part_of, name_of = cache(part), cache(name)  # days, towns and venues repeat, and a digest is slow
    return [
        MadeRow(
            name_of(event.id),
            part_of(event.date.isoformat()),
            part_of(event.town or event.town_text),
            part((event.title, str(event.start), str(event.end), _venue_name(event), *_take_rest(event))),
            part_of((event.title, str(event.start), _venue_name(event), event.lead_agency)),
            part(people(event)),
            name_of(ordered[place - 1].id) if place else None,
            name_of(ordered[place + 1].id) if place + 1 < len(ordered) else None,
        )
        for place, event in enumerate(ordered)
        if event.made_id and event.id not in but
    ]


# Listed by name because digests of it are stored: a field added to Event must not make every row look new.
_take_rest = attrgetter(
    "backup_venue", "lead_agency", "partner_agencies", "status", "cancel_reason", "status_note", "replaces",
    "officers_needed", "bilingual_needed", "funding", "public_notes", "internal_notes",
)  # fmt: skip


def _venue_name(event: Event) -> str | None:
    return event.venue.name if event.venue else event.venue_text


_STEPS: tuple[tuple[str, ...], ...] = (
    # The same content including date and town: which of two equal rows is which makes no difference.
    ("id", "date", "town", "rest", "people"),
    ("date", "town", "rest", "people"),
    ("id", "date", "town", "rest"),
    ("date", "town", "rest"),
    # Moved to another day or another town, with everything else the same.
    ("town", "rest", "people"),
    ("town", "rest"),
    ("date", "rest"),
    # The same day and town with other cells edited; of several that day, the one with the same number.
    ("id",),
    ("date", "town"),
    # Moved to another day and town at once, with everything else the same; or moved with few other cells the same.
    ("rest",),
    ("town", "gist"),
    ("date", "gist"),
)
"""What makes two rows the same event, the surest first."""


def same_events(old: Sequence[MadeRow], new: Sequence[MadeRow]) -> dict[str, str]:
    """Old ID -> new ID of the rows that are the same event. A row that could equally well be two others is neither.

    A made ID holds only date, town and a number in the order of rows, so rows that are sorted exchange their IDs.
    """
    pairs: dict[str, str] = {}
    before, after = ({row.id: row for row in rows} for rows in (old, new))

    def pair(one: MadeRow, other: MadeRow) -> None:
        pairs[one.id] = other.id
        del before[one.id], after[other.id]

    for step in _STEPS:
        key = attrgetter(*step)
        groups = grouped((key(row), row) for row in after.values())
        for row_key, rows in grouped((key(row), row) for row in before.values()).items():
            same = groups.get(row_key, [])
            # Of rows with one content it makes no difference which is which; others pair only if none came or went.
            if len(rows) == len(same) or {"date", "town", "rest"}.issubset(step):
                for one, other in zip(rows, same, strict=False):
                    pair(one, other)
    # Then rows between the same two events as before, on the same day or in the same town; a typed ID stays.
    made = {row.id for row in old}
    places = {(row.above, row.below): row for row in after.values()}
    for row in list(before.values()):
        above, below = (pairs.get(near, "") if near in made else near for near in (row.above, row.below))
        here = places.get((above, below))
        if here is not None and here.id in after and (row.date == here.date or row.town == here.town):
            pair(row, here)
    return pairs
