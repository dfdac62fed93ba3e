"""How many came, and what that took: counts, medians, trends and officer-hours, with what is missing beside them.

A blank is never zero. Counts are approximate and the series is short, so each answer carries its n.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from cwac.model import Headcount, Snapshot


@dataclass(frozen=True, slots=True)
class Total:
    """What an event's headcount rows add up to; `best` is None where no row could be read.

    `high` is None where nobody can say how many more there were. `youth`, `new_visitors` and `conversations` add what
    was noted, and are None where none was. `rows` counts the rows, blank and unreadable ones too.
    """

    low: float | None
    best: float | None
    high: float | None
    estimated: bool
    youth: float | None
    new_visitors: float | None
    conversations: float | None
    rows: int


def guests_by_event(snapshot: Snapshot) -> Mapping[str, Total]:
    """Event ID -> its total, for the events that have headcount rows (undated ones too)."""
    return {event_id: total(rows) for event_id, rows in snapshot.headcounts_by_event.items()}


def total(rows: tuple[Headcount, ...]) -> Total:
    """Several headcount rows as one.

    A high that is not known makes the sum's unknown. An hour that nobody counted, beside hours that somebody did,
    makes the sum an estimate without a high: at least so many, and more by nobody knows how much.
    """
    counts = [row.guests for row in rows if row.guests is not None]
    partly = 0 < len(counts) < len(rows)
    return Total(
        low=_sum(count.low for count in counts) if all(count.low is not None for count in counts) else None,
        best=_sum(count.best for count in counts),
        high=None if partly or any(count.high is None for count in counts) else _sum(count.high for count in counts),
        estimated=partly or any(count.estimated for count in counts),
        youth=_sum(row.youth for row in rows),
        new_visitors=_sum(row.new_visitors for row in rows),
        conversations=_sum(row.conversations for row in rows),
        rows=len(rows),
    )


def _sum(numbers: Iterable[float | None]) -> float | None:
    """What was noted, added up; None where nothing was."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None
