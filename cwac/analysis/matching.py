"""Which events of two versions are the same where their IDs were made: by what their rows hold, then by place."""

from __future__ import annotations

from collections.abc import Callable, Container, Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from cwac.model import Event


@dataclass(frozen=True, slots=True)
class MadeRow:
    """The row of an event whose ID was made, in parts that can be compared; digests of them do as well.

    `rest` is the row without its date and town, `gist` only title, start, venue and lead agency, `people` what else
    stands there for it. `above` and `below` are the IDs of the events in the rows beside it, None at either end.
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
    """The rows of the events whose IDs were made, `but` for some, in the sheet's order.

    `part` and `name` may make digests of what is in them.
    """
    ordered = sorted(events, key=lambda event: event.row)
    names = [name(event.id) for event in ordered] if any(event.made_id for event in ordered) else []
    part = lru_cache(10_000)(part)  # days, towns and venues come again and again
    return [
        MadeRow(
            names[place],
            part(event.date.isoformat()),
            part(event.town or event.town_text),
            part(_rest(event)),
            part(_gist(event)),
            part(people(event)),
            names[place - 1] if place else None,
            names[place + 1] if place + 1 < len(names) else None,
        )
        for place, event in enumerate(ordered)
        if event.made_id and event.id not in but
    ]


def _rest(event: Event) -> Hashable:
    # Written out, as digests of it are kept: a field that is added to Event must not make every row look new.
    venue = event.venue.name if event.venue else event.venue_text
    return (
        event.title,
        str(event.start),
        str(event.end),
        venue,
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


def _gist(event: Event) -> Hashable:
    return event.title, str(event.start), event.venue.name if event.venue else event.venue_text, event.lead_agency


def same_events(old: Sequence[MadeRow], new: Sequence[MadeRow]) -> dict[str, str]:
    """Later ID by earlier ID of the rows that are the same event. What two rows could equally well be is neither.

    A made ID says only date, town and a number in the order of rows, so rows that were sorted exchange theirs.
    """
    found = _Matching(old, new)
    # The same content, date and town included: which of two equal rows is which makes no difference.
    for key in (
        lambda row: (row.id, row.date, row.town, row.rest, row.people),
        lambda row: (row.date, row.town, row.rest, row.people),
        lambda row: (row.id, row.date, row.town, row.rest),
        lambda row: (row.date, row.town, row.rest),
    ):
        found.by(key, equal=True)
    # All else is the same, and it was moved to another day, or to another town.
    found.by(lambda row: (row.town, row.rest, row.people))
    found.by(lambda row: (row.town, row.rest))
    found.by(lambda row: (row.date, row.rest))
    # Still the same day and town, with other cells; of several that day, the one under the same number.
    found.by(lambda row: row.id)
    found.by(lambda row: (row.date, row.town))
    # Moved to another day and town at once, with all else the same; or moved, and not much else is the same.
    found.by(lambda row: row.rest)
    found.by(lambda row: (row.town, row.gist))
    found.by(lambda row: (row.date, row.gist))
    found.in_place(lambda old, new: old.date == new.date or old.town == new.town)
    return found.pairs


class _Matching:
    def __init__(self, old: Sequence[MadeRow], new: Sequence[MadeRow]) -> None:
        self.pairs: dict[str, str] = {}
        self._old = {row.id: row for row in old}
        self._new = {row.id: row for row in new}
        self._made = {row.id for row in old}

    def by(self, key: Callable[[MadeRow], Hashable], *, equal: bool = False) -> None:
        """Pair rows of one key in their order, where there are as many before as after; where `equal`, in any case."""
        groups: dict[Hashable, list[MadeRow]] = {}
        for row in self._new.values():
            groups.setdefault(key(row), []).append(row)
        before: dict[Hashable, list[MadeRow]] = {}
        for row in self._old.values():
            if (of := key(row)) in groups:
                before.setdefault(of, []).append(row)
        for of, rows in before.items():
            if equal or len(rows) == len(groups[of]):
                for one, other in zip(rows, groups[of], strict=False):
                    self._pair(one, other)

    def in_place(self, likely: Callable[[MadeRow, MadeRow], bool]) -> None:
        """Pair rows that stand between the same two events as before."""
        places = {(row.above, row.below): row for row in self._new.values()}
        for row in list(self._old.values()):
            here = places.get((self._later(row.above), self._later(row.below)))
            if here is not None and here.id in self._new and likely(row, here):
                self._pair(row, here)

    def _later(self, event_id: str | None) -> str | None:
        """What the event is called by now; a typed ID stays."""
        return self.pairs.get(event_id, "") if event_id in self._made else event_id

    def _pair(self, old: MadeRow, new: MadeRow) -> None:
        self.pairs[old.id] = new.id
        del self._old[old.id], self._new[new.id]
