"""Productivity of the events held: officer-hours, results per hour, who paid, and how much is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cwac.analysis.attendance import HeldEvent, number
from cwac.analysis.events import DEFAULTS
from cwac.analysis.hours import Column, Hours, Ledger, ledger
from cwac.model import Snapshot
from cwac.settings import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOT_NOTED = "Not noted"
SHARE_FROM = 10
"""Guests below which no share is given, since one person would move it by more than ten points."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure, None where it cannot be given, from `n` of `of` events. `method` says how, and what is missing."""

    name: str
    value: float | None
    n: int
    of: int
    method: str


@dataclass(frozen=True, slots=True)
class Productivity:
    """The officer-hours of a period's held events, and the results per hour. Each table has the most hours first."""

    held: int
    hours: Hours
    by_agency: Mapping[str, Hours]
    by_pay_type: Mapping[str, Hours]
    by_funding: Mapping[str, Hours]
    guests_per_hour: Measure
    conversations_per_hour: Measure
    new_share: Measure


def productivity(snapshot: Snapshot, held: Sequence[HeldEvent], rules: Rules = DEFAULTS) -> Productivity:
    """The productivity of these events, with all agencies' hours at them.

    Each ratio is a sum over a sum, of the events where both are known in full, so an event without a count lowers
    neither.
    """
    events = [held_event.event for held_event in held]
    book = ledger(snapshot, rules, events)
    lines = book.of(events)
    hours = book.in_full_at(events)
    return Productivity(
        held=len(held),
        hours=book.total(lines),
        by_agency=_table(book, lines, book.lines.agency),
        by_pay_type=_table(book, lines, book.lines.pay_type),
        by_funding=_table(book, lines, book.lines.funding),
        guests_per_hour=_per_hour("Guests per officer-hour", "guests", hours, held, lambda event: event.guests),
        conversations_per_hour=_per_hour(
            "Conversations per officer-hour",
            "conversations",
            hours,
            held,
            lambda event: event.total.conversations if event.total else None,
        ),
        new_share=_new_share(held),
    )


def _table(book: Ledger, lines: NDArray[Any], by: Column) -> Mapping[str, Hours]:
    table = {name or NOT_NOTED: hours for name, hours in book.totals(lines, by).items()}
    return dict(sorted(table.items(), key=lambda row: (-(row[1].total or 0), row[0])))


def _per_hour(
    name: str,
    noun: str,
    hours_at: Sequence[float | None],
    held: Sequence[HeldEvent],
    count_of: Callable[[HeldEvent], float | None],
) -> Measure:
    both_known = [
        (count, hours)
        for event, hours in zip(held, hours_at, strict=True)
        if hours is not None and (count := count_of(event)) is not None
    ]
    count, hours = sum([count for count, _ in both_known]), sum([hours for _, hours in both_known])
    method = (
        f"{number(count)} {noun} over {number(hours)} officer-hours, at the {len(both_known)} of {len(held)} held "
        f"events where both are known"
    )
    if not both_known:
        method = f"none of {len(held)} held events has both {noun} and officer-hours"
    return Measure(name, count / hours if hours else None, len(both_known), len(held), method)


def _new_share(held: Sequence[HeldEvent]) -> Measure:
    counted = [
        (event.total.new_visitors, guests)
        for event in held
        if event.total is not None and event.total.new_visitors is not None and (guests := event.guests) is not None
    ]
    new, guests = sum(new for new, _ in counted), sum(guests for _, guests in counted)
    method = f"{number(new)} new of {number(guests)} guests, at the {len(counted)} of {len(held)} held events with both"
    enough = guests >= SHARE_FROM and new <= guests
    if new > guests:
        method = f"{method}; more new visitors than guests: one of the two is wrong"
    elif not enough:
        method = f"{method}; fewer than {SHARE_FROM} guests: no share is given"
    return Measure("New visitors' share", new / guests if enough else None, len(counted), len(held), method)
