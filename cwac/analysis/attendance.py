"""Attendance: guests per event, medians and groups.

A blank is never zero. Counts are approximate and the series is short, so each answer states its n.
"""

from __future__ import annotations

import calendar
import datetime as dt
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from cwac.analysis.events import between, clock, is_live, where
from cwac.analysis.periods import Period
from cwac.model import Event, Headcount, Snapshot

QUARTILES_FROM = 4
"""Counted events below which quartiles would only repeat the counts."""
TOO_FEW = "too few events to say"


# --- one event --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of an event's headcount rows; `best` is None if no row has a readable count.

    `high` is None if there is no upper bound. `youth`, `new_visitors` and `conversations` are None if no row has one.
    `rows` counts all rows, including blank and unreadable ones.
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
    """Event ID -> its total, for events with headcount rows, including undated events."""
    return {event_id: total(rows) for event_id, rows in snapshot.headcounts_by_event.items()}


def total(rows: Sequence[Headcount]) -> Total:
    """The sum of several headcount rows.

    One unknown high makes the sum's high unknown. If some rows have a count and others do not, the sum is an estimate
    without a high.
    """
    if len(rows) == 1 and (count := rows[0].guests) is not None:  # nearly every event, and much faster
        row = rows[0]
        return Total(
            count.low, count.best, count.high, count.estimated, row.youth, row.new_visitors, row.conversations, 1
        )
    counts = [row.guests for row in rows if row.guests is not None]
    partly = 0 < len(counts) < len(rows)
    lows = [count.low for count in counts]
    highs = [count.high for count in counts]
    return Total(
        None if None in lows else _sum(lows),
        _sum([count.best for count in counts]),
        None if partly or None in highs else _sum(highs),
        partly or any(count.estimated for count in counts),
        _sum([row.youth for row in rows]),
        _sum([row.new_visitors for row in rows]),
        _sum([row.conversations for row in rows]),
        len(rows),
    )


def _sum(numbers: Sequence[float | None]) -> float | None:
    """The sum of the numbers that are not None; None if all are."""
    present = [number for number in numbers if number is not None]
    return sum(present) if present else None


# --- events by outcome ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class HeldEvent:
    """An event that took place, and its total (None without a headcount row)."""

    event: Event
    total: Total | None = None

    @property
    def guests(self) -> float | None:
        return self.total.best if self.total else None


@dataclass(frozen=True, slots=True)
class Outcomes:
    """The events of a period by outcome, each list by start; drafts are left out.

    `held` are Completed. `not_closed` are past without an outcome: like canceled and postponed events they count
    neither as held nor as low turnout.
    """

    held: tuple[HeldEvent, ...] = ()
    canceled: tuple[Event, ...] = ()
    postponed: tuple[Event, ...] = ()
    not_closed: tuple[Event, ...] = ()
    coming: tuple[Event, ...] = ()

    @property
    def canceled_by_reason(self) -> Mapping[str, int]:
        """Reason -> number of canceled events, the most common first."""
        reasons = Counter(event.cancel_reason or "No reason noted" for event in self.canceled)
        return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))


def outcomes(snapshot: Snapshot, period: Period | None = None, agency: str | None = None) -> Outcomes:
    """The events of a period (or all) that an agency (or any) leads or is a partner in.

    The snapshot's day decides what is past. An event of today that is not closed yet is still coming, and so is one
    marked Completed before its day, which is a typing mistake.
    """
    events = snapshot.events_by_start if period is None else between(snapshot, period.first, period.last)
    if agency is not None:
        events = tuple([event for event in events if event.names(agency)])
    headcounts = snapshot.headcounts_by_event
    held: list[HeldEvent] = []
    others: dict[str, list[Event]] = {"Cancelled": [], "Postponed": [], "not closed": [], "coming": []}
    for event in events:
        if event.status in ("Cancelled", "Postponed"):
            others[event.status].append(event)
        elif event.status == "Completed" and event.date <= snapshot.today:
            rows = headcounts.get(event.id)
            held.append(HeldEvent(event, total(rows) if rows else None))
        elif is_live(event):
            others["not closed" if event.date < snapshot.today else "coming"].append(event)
    return Outcomes(tuple(held), *map(tuple, others.values()))


# --- guests -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turnout:
    """Guests per event over several events; `held == counted + missing`.

    `zero` of the counted events had no guests; `estimated` of them are estimates or ranges. Quartiles are None below
    `QUARTILES_FROM` counted events, and all figures if none is counted.
    """

    held: int = 0
    counted: int = 0
    missing: int = 0
    zero: int = 0
    estimated: int = 0
    guests: float | None = None
    lowest: float | None = None
    lower_quartile: float | None = None
    median: float | None = None
    upper_quartile: float | None = None
    highest: float | None = None


def turnout(held: Iterable[HeldEvent]) -> Turnout:
    """Quartiles are interpolated between the counts (Hyndman and Fan's type 7, as spreadsheets do)."""
    events = tuple(held)
    totals = [event.total for event in events if event.total is not None]
    guests = sorted(total.best for total in totals if total.best is not None)
    if not guests:
        return Turnout(held=len(events), missing=len(events))
    quartiles: Sequence[float | None] = (None, None, None)
    if len(guests) >= QUARTILES_FROM:
        quartiles = statistics.quantiles(guests, n=4, method="inclusive")
    return Turnout(
        held=len(events),
        counted=len(guests),
        missing=len(events) - len(guests),
        zero=guests.count(0),
        estimated=sum(total.best is not None and total.estimated for total in totals),
        guests=sum(guests),
        lowest=guests[0],
        lower_quartile=quartiles[0],
        median=statistics.median(guests),
        upper_quartile=quartiles[2],
        highest=guests[-1],
    )


By = Literal["month", "quarter", "year", "town", "venue", "weekday", "hour", "lead agency", "season"]
BY: tuple[By, ...] = get_args(By)
SEASONS = ("Winter", "Spring", "Summer", "Autumn")


@dataclass(frozen=True, slots=True)
class Group:
    """Events with the same month, town, … ; `first` is the first day of a month, quarter or year, else None."""

    label: str
    turnout: Turnout
    canceled: int = 0
    not_closed: int = 0
    first: dt.date | None = None


def season(day: dt.date) -> str:
    """The season by whole months, for the northern hemisphere: winter is December to February."""
    return SEASONS[day.month % 12 // 3]


_Key = tuple[object, ...]
_KEYS: Mapping[By, Callable[[Event], _Key]] = {
    "month": lambda event: (event.date.year, event.date.month),
    "quarter": lambda event: (event.date.year, (event.date.month + 2) // 3),
    "year": lambda event: (event.date.year,),
    "town": lambda event: (event.town or "Town not known",),
    "venue": lambda event: (where(event),),
    "weekday": lambda event: (event.date.weekday(),),
    "hour": lambda event: (24 if event.start is None else event.start.hour,),
    "lead agency": lambda event: (event.lead_agency or "Lead not known",),
    "season": lambda event: (event.date.month % 12 // 3,),
}
_LABELS: Mapping[By, Callable[..., str]] = {
    "month": lambda year, month: f"{calendar.month_abbr[month]} {year}",
    "quarter": lambda year, number: f"{year}-Q{number}",
    "year": str,
    "town": str,
    "venue": str,
    "weekday": lambda number: calendar.day_name[number],
    "hour": lambda hour: "Time not known" if hour == 24 else clock(dt.time(hour)).replace(":00", ""),
    "lead agency": str,
    "season": lambda number: SEASONS[number],
}
_FIRST_DAYS: Mapping[By, Callable[..., dt.date]] = {
    "month": lambda year, month: dt.date(year, month, 1),
    "quarter": lambda year, number: dt.date(year, number * 3 - 2, 1),
    "year": lambda year: dt.date(year, 1, 1),
}


def groups(events: Outcomes, by: By) -> tuple[Group, ...]:
    """The events by month, town, … : by time, or for towns, venues and lead agencies with the most held first.

    A group without events (such as a month without any) is left out.
    """
    key_of = _KEYS[by]
    held: dict[_Key, list[HeldEvent]] = {}
    for held_event in events.held:
        held.setdefault(key_of(held_event.event), []).append(held_event)
    canceled = Counter(map(key_of, events.canceled))
    not_closed = Counter(map(key_of, events.not_closed))
    keys: Iterable[_Key] = sorted(held.keys() | canceled.keys() | not_closed.keys())
    if by in ("town", "venue", "lead agency"):
        keys = sorted(keys, key=lambda key: -len(held.get(key, ())))
    return tuple(
        Group(
            label=_LABELS[by](*key),
            turnout=turnout(held.get(key, ())),
            canceled=canceled[key],
            not_closed=not_closed[key],
            first=_FIRST_DAYS[by](*key) if by in _FIRST_DAYS else None,
        )
        for key in keys
    )


# --- in words ---------------------------------------------------------------------------------------------------


def finding(events: Outcomes, of: str) -> str:
    """The typical attendance in one sentence with its n; `of` names the period, such as "in the last 12 months"."""
    guests = turnout(events.held)
    if not guests.held:
        return f"No event was held {of}."
    held = f"{guests.held} event{'' if guests.held == 1 else 's'} held {of}"
    if not guests.counted:
        return f"{held}, none with a count: the attendance is not known."
    typical = f"a typical one had {number(guests.median)} guests (median, n {guests.counted})"
    if guests.counted == 1:
        typical = f"the one counted had {number(guests.median)} guests (n 1)"
    if guests.lower_quartile is not None:
        typical = f"{typical}; half had between {number(guests.lower_quartile)} and {number(guests.upper_quartile)}"
    missing = f"; {guests.missing} not counted" if guests.missing else ""
    return f"{held}: {typical}{missing}."


def number(value: float | None, digits: int = 1) -> str:
    """`37`, `37.5`, or `not known` for None."""
    if value is None:
        return "not known"
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
