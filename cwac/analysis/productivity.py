"""Productivity of the events held: officer-hours, results per hour, who paid, and how much is not known."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from cwac.analysis.attendance import HeldEvent, Noted, count_words, shared_words
from cwac.analysis.events import DEFAULTS
from cwac.analysis.hours import CodedColumn, Hours, Ledger, ledger
from cwac.analysis.measures import Measure, refused
from cwac.analysis.periods import quarter_number
from cwac.analysis.ratios import RATIO_FROM, Pairs, range_words, ratio, ratio_range
from cwac.analysis.words import counted, number
from cwac.model import Snapshot
from cwac.rounding import percent
from cwac.settings import Rules

if TYPE_CHECKING:
    from numpy.typing import NDArray

NOT_NOTED = "Not noted"
_PLAIN = ("not counted", "open-ended")
SHARE_FROM = 10
"""Guests below which no share is given, since one person would move it by more than ten points."""


_Known = tuple[HeldEvent, float, float]
"""An event with the two counts of a ratio."""


@dataclass(frozen=True, slots=True)
class Productivity:
    """The officer-hours of held events, by table with the most first, and the results per hour."""

    held: int
    hours: Hours
    by_agency: Mapping[str, Hours]
    by_pay_type: Mapping[str, Hours]
    by_funding: Mapping[str, Hours]
    guests_per_hour: Measure
    conversations_per_hour: Measure
    new_share: Measure
    shared: str | None = None


def productivity(
    snapshot: Snapshot,
    held: Sequence[HeldEvent],
    rules: Rules = DEFAULTS,
    agency: str | None = None,
    *,
    _book: Ledger | None = None,
) -> Productivity:
    """The productivity of these events (an agency's, or all), with all agencies' hours at them.

    Each ratio is a sum over a sum, of the events where both are known in full, so an event without a count lowers
    neither. `_book`: a ledger of these and maybe of other events, if known.
    """
    held = sorted(held, key=lambda past: (past.event.date, past.event.start or dt.time.max, past.event.id))
    events = [held_event.event for held_event in held]
    book = _book or ledger(snapshot, rules, events)
    lines = book.of(events)
    hours = [lack or known or "no officer-hours" for known, lack in book.at(events)]
    return Productivity(
        held=len(held),
        hours=book.total(lines),
        by_agency=_add_up_by(book, lines, book.lines.agency),
        by_pay_type=_add_up_by(book, lines, book.lines.pay_type),
        by_funding=_add_up_by(book, lines, book.lines.funding),
        guests_per_hour=_divide_by_hours("guests", hours, held),
        conversations_per_hour=_divide_by_hours("conversations", hours, held),
        new_share=_find_new_share(held),
        shared=shared_words(held, agency, "events, guests and hours at its events"),
    )


def _add_up_by(book: Ledger, lines: NDArray[Any], by: CodedColumn) -> Mapping[str, Hours]:
    table = {name or NOT_NOTED: hours for name, hours in book.totals(lines, by).items()}
    return dict(sorted(table.items(), key=lambda row: (-(row[1].total or 0), row[0])))


def _divide_by_hours(noted: Noted, hours_at: Sequence[float | str], held: Sequence[HeldEvent]) -> Measure:
    """A count per officer-hour, of events with both in full; an open-ended count is taken at its lower end."""
    name = f"{noted.capitalize()} per officer-hour"
    known: list[_Known] = []
    lacks: Counter[str] = Counter()
    open_ended: list[str] = []
    for past, hours in zip(held, hours_at, strict=True):
        count = _count(past, noted)
        is_open = count == "open-ended"
        if is_open and past.total is not None:
            count = past.total.low or 0.0
            words = count_words(past.total)
        if isinstance(count, str):
            lacks[count] += 1
        elif isinstance(hours, str):
            lacks[hours] += 1
        else:
            known.append((past, count, hours))
            open_ended += [words] if is_open else []
    method = _describe_sums(known, noted, "officer-hours", len(held), lacks)
    measure = _measure(name, known, len(held), method, lacks)
    if measure.value is None or not open_ended:
        return measure
    taken = f"one count is “{open_ended[0]}”" if len(open_ended) == 1 else f"{len(open_ended):,} counts are open-ended"
    caveat = f"{measure.caveat}; {taken}, taken at the lower end"
    return replace(measure, short=f"about {measure.short}", caveat=caveat)


def _find_new_share(held: Sequence[HeldEvent]) -> Measure:
    """The share of guests who came for the first time, at the events where both are known in full."""
    name = "New visitors' share"
    known: list[_Known] = []
    lacks: Counter[str] = Counter()
    for past in held:
        new, guests = _count(past, "new_visitors"), _count(past, "guests")
        if isinstance(guests, str):
            lacks[guests] += 1
        elif isinstance(new, str):
            lacks[new] += 1
        else:
            known.append((past, new, guests))
    method = _describe_sums(known, "new visitors", "guests", len(held), lacks)
    new_visitors, guests_there = sum(new for _, new, _ in known), sum(guests for _, _, guests in known)
    why = f"fewer than {SHARE_FROM} guests: no share is given" if known and guests_there < SHARE_FROM else None
    if new_visitors > guests_there:
        why = "more new visitors than guests: one of the two is wrong"
    if why:
        return replace(refused(name, why, n=len(known), of=len(held)), method=method)
    return _measure(name, known, len(held), method, lacks, share=True)


def _count(past: HeldEvent, noted: Noted) -> float | str:
    """A count of the event if it is known in full, else what it lacks."""
    if past.total is None or (past.guests is None and noted == "guests"):
        return "not counted"
    count = past.total.in_full(noted)
    if count is not None:
        return count
    words = noted.replace("_", " ")
    if noted in past.total.partly:
        return f"{words} noted in only some rows"
    return "open-ended" if noted == "guests" else f"{words} not noted"


def noted_in_all(held: Sequence[HeldEvent], noted: Noted, name: str) -> Measure:
    """A column of Attendance added up, of the events where it is filled in; never guessed for the others."""
    totals = [past.total for past in held if past.total is not None and getattr(past.total, noted) is not None]
    events = counted(len(held), "held event")
    if not totals:
        why = f"filled in at none of {events}" if held else "no event held"
        return refused(name, why, n=0, of=len(held))
    value = sum(getattr(total, noted) for total in totals)
    partly = sum(noted in total.partly for total in totals)
    caveat = f"filled in at {len(totals):,} of {events}" + (f", at {partly:,} of them in part" if partly else "")
    whole = len(totals) == len(held) and not partly
    short = number(value) if whole else f"at least {number(value)}"
    return Measure(name, value, short, len(totals), len(held), caveat=caveat, exact=whole)


def _describe_sums(known: Sequence[_Known], above: str, below: str, held: int, lacks: Mapping[str, int]) -> str:
    """The two sums, at how many events, and why the others are left out."""
    sums = [number(sum(counts), 2) for counts in ([one for _, one, _ in known], [other for _, _, other in known])]
    words = (
        f"{sums[0]} {above} over {sums[1]} {below}, at the {len(known)} of {held} events held where both are complete"
    )
    reasons = sorted(lacks.items(), key=lambda lack: (-lack[1], lack[0] not in _PLAIN, lack[0]))
    left_out = ", ".join(f"{count} {'' if why in _PLAIN else 'with '}{why}" for why, count in reasons)
    if not known:
        words = f"none of {held} events held is complete"
    return f"{words}{f' (left out: {left_out})' if left_out else ''}"


def _measure(
    name: str, known: Sequence[_Known], held: int, method: str, lacks: Mapping[str, int], *, share: bool = False
) -> Measure:
    """The ratio with its range. A share is given without a range for few events, any other ratio not at all."""
    n = len(known)
    complete = f"{n} of {held} events complete"
    if assigned := lacks.get("officers assigned, not recorded"):
        complete += f", {assigned} with officers assigned, not recorded"
    pairs: Pairs = [(above, below) for _, above, below in known]
    value = ratio(pairs)
    if value is None or (n < RATIO_FROM and not share):
        why = ("no event held", "not known") if not held else (f"{complete}; {RATIO_FROM} are needed", "too few events")
        return replace(refused(name, *why, n, held), method=method)
    low, high = ratio_range(pairs, [quarter_number(past.event.date) for past, _, _ in known]) or (None, None)
    caveat = complete
    if low is not None and high is not None:
        high = min(high, 1.0) if share else high
        percents = f"95% range {percent(low)} to {percent(high)}"
        caveat = f"{percents if share else range_words(low, high)}; {complete}"
    elif n < RATIO_FROM:
        caveat = f"{complete}; no range from fewer than {RATIO_FROM}"
    short = percent(value) if share else number(value)
    return Measure(name, value, short, n, held, low, high, caveat, method=method, exact=False)
