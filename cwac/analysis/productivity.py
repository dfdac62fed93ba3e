"""Whether it is worth the officers' time: their hours, what came of an hour, who paid, and how much is not known."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from cwac.analysis.attendance import Held, number
from cwac.analysis.events import DEFAULTS
from cwac.analysis.hours import Column, Hours, Ledger, ledger
from cwac.model import Snapshot
from cwac.settings import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOT_NOTED = "Not noted"
SHARE_FROM = 10
"""A share of fewer people than this is not given: one person would move it by more than ten points."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One figure: None where it cannot be given. `n` events of `of` went into it; `made` says how, and what lacks."""

    name: str
    value: float | None
    n: int
    of: int
    made: str


@dataclass(frozen=True, slots=True)
class Worth:
    """The hours of a period's held events, and what came of an hour. Each table: most hours first."""

    held: int
    hours: Hours
    by_agency: Mapping[str, Hours]
    by_pay_type: Mapping[str, Hours]
    by_funding: Mapping[str, Hours]
    guests_per_hour: Measure
    conversations_per_hour: Measure
    new_share: Measure


def worth(snapshot: Snapshot, held: Sequence[Held], rules: Rules = DEFAULTS) -> Worth:
    """What the held events took and gave. All agencies' hours at those events count, whoever asks.

    The ratios are sums over sums, of those events alone where both are known in full: an event without a count lowers
    neither.
    """
    events = [one.event for one in held]
    book = ledger(snapshot, rules, events)
    lines = book.of(events)
    hours = book.in_full_at(events)
    return Worth(
        held=len(held),
        hours=book.total(lines),
        by_agency=_table(book, lines, book.lines.agency),
        by_pay_type=_table(book, lines, book.lines.pay_type),
        by_funding=_table(book, lines, book.lines.funding),
        guests_per_hour=_per_hour("Guests per officer-hour", "guests", hours, held, lambda one: one.guests),
        conversations_per_hour=_per_hour(
            "Conversations per officer-hour",
            "conversations",
            hours,
            held,
            lambda one: one.total.conversations if one.total else None,
        ),
        new_share=_new_share(held),
    )


def _table(book: Ledger, lines: NDArray[Any], by: Column) -> Mapping[str, Hours]:
    table = {name or NOT_NOTED: hours for name, hours in book.totals(lines, by).items()}
    return dict(sorted(table.items(), key=lambda one: (-(one[1].total or 0), one[0])))


def _per_hour(
    name: str, what: str, hours_at: Sequence[float | None], held: Sequence[Held], count: Callable[[Held], float | None]
) -> Measure:
    counted = [
        (came, hours)
        for one, hours in zip(held, hours_at, strict=True)
        if hours is not None and (came := count(one)) is not None
    ]
    came, hours = sum([one for one, _ in counted]), sum([one for _, one in counted])
    made = (
        f"{number(came)} {what} over {number(hours)} officer-hours, at the {len(counted)} of {len(held)} held events "
        f"where both are known"
    )
    if not counted:
        made = f"none of {len(held)} held events has both {what} and officer-hours"
    return Measure(name, came / hours if hours else None, len(counted), len(held), made)


def _new_share(held: Sequence[Held]) -> Measure:
    counted = [
        (one.total.new_visitors, guests)
        for one in held
        if one.total is not None and one.total.new_visitors is not None and (guests := one.guests) is not None
    ]
    new, guests = sum(one for one, _ in counted), sum(one for _, one in counted)
    made = f"{number(new)} new of {number(guests)} guests, at the {len(counted)} of {len(held)} held events with both"
    enough = guests >= SHARE_FROM and new <= guests
    if new > guests:
        made = f"{made}; more new visitors than guests: one of the two is wrong"
    elif not enough:
        made = f"{made}; fewer than {SHARE_FROM} guests: no share is given"
    return Measure("New visitors' share", new / guests if enough else None, len(counted), len(held), made)
