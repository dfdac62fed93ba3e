"""Match events without typed IDs between two versions of the sheet: by content, then by position."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from dataclasses import dataclass

from cwac.model import Event


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
    """The rows of the events whose IDs were made, except those in `but`, in the sheet's order.

    Each part is passed through `part` and each ID through `name`, which may return digests.
    """
    ordered = sorted(events, key=lambda event: event.row)
    names = [name(event.id) for event in ordered] if any(event.made_id for event in ordered) else []
    parts: dict[Hashable, Hashable] = {}

    def part_of(value: Hashable) -> Hashable:
        # Days, towns and venues repeat, and a digest is slow.
        if value not in parts:
            parts[value] = part(value)
        return parts[value]

    return [
        MadeRow(
            names[place],
            part_of(event.date.isoformat()),
            part_of(event.town or event.town_text),
            part(_take_rest(event)),
            part_of((event.title, str(event.start), _venue_name(event), event.lead_agency)),
            part(people(event)),
            names[place - 1] if place else None,
            names[place + 1] if place + 1 < len(names) else None,
        )
        for place, event in enumerate(ordered)
        if event.made_id and event.id not in but
    ]


def _take_rest(event: Event) -> Hashable:
    # Listed by name because digests of it are stored: a field added to Event must not make every row look new.
    return (
        event.title,
        str(event.start),
        str(event.end),
        _venue_name(event),
        event.backup_venue,
        event.lead_agency,
        event.partner_agencies,
        event.status,
        event.cancel_reason,
        event.status_note,
        event.replaces,
        event.officers_needed,
        event.bilingual_needed,
        event.funding,
        event.public_notes,
        event.internal_notes,
    )


def _venue_name(event: Event) -> str | None:
    return event.venue.name if event.venue else event.venue_text


def same_events(old: Sequence[MadeRow], new: Sequence[MadeRow]) -> dict[str, str]:
    """Old ID -> new ID of the rows that are the same event. A row that could equally well be two others is neither.

    A made ID holds only date, town and a number in the order of rows, so rows that are sorted exchange their IDs.
    """
    matching = _Matching(old, new)
    # The same content including date and town: which of two equal rows is which makes no difference.
    for key in (
        lambda row: (row.id, row.date, row.town, row.rest, row.people),
        lambda row: (row.date, row.town, row.rest, row.people),
        lambda row: (row.id, row.date, row.town, row.rest),
        lambda row: (row.date, row.town, row.rest),
    ):
        matching.by(key, equal=True)
    # Moved to another day or another town, with everything else the same.
    matching.by(lambda row: (row.town, row.rest, row.people))
    matching.by(lambda row: (row.town, row.rest))
    matching.by(lambda row: (row.date, row.rest))
    # The same day and town with other cells edited; of several that day, the one with the same number.
    matching.by(lambda row: row.id)
    matching.by(lambda row: (row.date, row.town))
    # Moved to another day and town at once, with everything else the same; or moved with few other cells the same.
    matching.by(lambda row: row.rest)
    matching.by(lambda row: (row.town, row.gist))
    matching.by(lambda row: (row.date, row.gist))
    matching.in_place(lambda old, new: old.date == new.date or old.town == new.town)
    return matching.pairs


class _Matching:
    def __init__(self, old: Sequence[MadeRow], new: Sequence[MadeRow]) -> None:
        self.pairs: dict[str, str] = {}
        self._old = {row.id: row for row in old}
        self._new = {row.id: row for row in new}
        self._made = {row.id for row in old}

    def by(self, key: Callable[[MadeRow], Hashable], *, equal: bool = False) -> None:
        """Pair rows with the same key in order, if there are as many before as after, or always if `equal`."""
        groups: dict[Hashable, list[MadeRow]] = {}
        for row in self._new.values():
            groups.setdefault(key(row), []).append(row)
        before: dict[Hashable, list[MadeRow]] = {}
        for row in self._old.values():
            if (row_key := key(row)) in groups:
                before.setdefault(row_key, []).append(row)
        for row_key, rows in before.items():
            if equal or len(rows) == len(groups[row_key]):
                for old, new in zip(rows, groups[row_key], strict=False):
                    self._pair(old, new)

    def in_place(self, likely: Callable[[MadeRow, MadeRow], bool]) -> None:
        """Pair rows that are between the same two events as before, if `likely` accepts them."""
        places = {(row.above, row.below): row for row in self._new.values()}
        for row in list(self._old.values()):
            candidate = places.get((self._new_id(row.above), self._new_id(row.below)))
            if candidate is not None and candidate.id in self._new and likely(row, candidate):
                self._pair(row, candidate)

    def _new_id(self, event_id: str | None) -> str | None:
        """The event's ID in the new version; a typed ID stays."""
        return self.pairs.get(event_id, "") if event_id in self._made else event_id

    def _pair(self, old: MadeRow, new: MadeRow) -> None:
        self.pairs[old.id] = new.id
        del self._old[old.id], self._new[new.id]
