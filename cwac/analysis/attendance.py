"""How many came, and what that took: counts, medians, trends and officer-hours, with what is missing beside them.

A blank is never zero. Counts are approximate and the series is short, so each answer carries its n.
"""

from __future__ import annotations

import calendar
import datetime as dt
import math
import statistics
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from cwac.analysis.events import between, clock, is_live, where
from cwac.analysis.periods import Period
from cwac.model import Event, Headcount, Snapshot

QUARTILES_FROM = 4
"""Counted events below which quartiles are no more than the counts themselves."""
TREND_FROM = 12
TREND_DAYS = 365
"""A trend wants so many counted events, over at least a year: summer and winter differ."""
COMPARE_FROM = 8
"""Two periods are told apart only where each has so many counted events."""
TOO_FEW = "too few events to say"


# --- what came of one event -------------------------------------------------------------------------------------


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


def total(rows: Sequence[Headcount]) -> Total:
    """Several headcount rows as one.

    A high that is not known makes the sum's unknown. An hour that nobody counted, beside hours that somebody did,
    makes the sum an estimate without a high: at least so many, and more by nobody knows how much.
    """
    if len(rows) == 1 and (count := rows[0].guests) is not None:  # as nearly everywhere, and much quicker
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
    """What was noted, added up; None where nothing was."""
    known = [number for number in numbers if number is not None]
    return sum(known) if known else None


# --- which events -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Held:
    """An event that took place, and what was counted there: None where no headcount row is."""

    event: Event
    total: Total | None = None

    @property
    def guests(self) -> float | None:
        return self.total.best if self.total else None


@dataclass(frozen=True, slots=True)
class Program:
    """A period's events sorted by what became of them, each list by start.

    `held` are Completed. `not_closed` are past, and nobody has said what became of them: they are shown apart and
    count neither as held nor as low turnout, no more than those cancelled or postponed do. Drafts are left out.
    """

    held: tuple[Held, ...] = ()
    cancelled: tuple[Event, ...] = ()
    postponed: tuple[Event, ...] = ()
    not_closed: tuple[Event, ...] = ()
    coming: tuple[Event, ...] = ()

    @property
    def cancelled_by_reason(self) -> Mapping[str, int]:
        """Reason -> events cancelled, the commonest first."""
        reasons = Counter(event.cancel_reason or "No reason noted" for event in self.cancelled)
        return dict(sorted(reasons.items(), key=lambda one: (-one[1], one[0])))


def program(snapshot: Snapshot, period: Period | None = None, agency: str | None = None) -> Program:
    """The events of a period (else all) that an agency (else any) leads or is a partner in.

    What is past is judged by the snapshot's own day; an event of today that is not closed yet is still coming. One
    called Completed before its day has come is a slip, and is still coming too.
    """
    events = snapshot.events_by_start if period is None else between(snapshot, period.first, period.last)
    if agency is not None:
        events = tuple([event for event in events if event.names(agency)])
    headcounts = snapshot.headcounts_by_event
    held: list[Held] = []
    others: dict[str, list[Event]] = {"Cancelled": [], "Postponed": [], "not closed": [], "coming": []}
    for event in events:
        if event.status in ("Cancelled", "Postponed"):
            others[event.status].append(event)
        elif event.status == "Completed" and event.date <= snapshot.today:
            rows = headcounts.get(event.id)
            held.append(Held(event, total(rows) if rows else None))
        elif is_live(event):
            others["not closed" if event.date < snapshot.today else "coming"].append(event)
    return Program(tuple(held), *map(tuple, others.values()))


# --- how many came ----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turnout:
    """Guests at an event, over several: `held == counted + missing`.

    `zero` of those counted had nobody; `estimated` of them are estimates or ranges. Quartiles are None for fewer than
    `QUARTILES_FROM` counted events, all figures for none.
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


def turnout(held: Iterable[Held]) -> Turnout:
    """Quartiles are interpolated between the counts (Hyndman and Fan's type 7, as spreadsheets do)."""
    events = tuple(held)
    totals = [one.total for one in events if one.total is not None]
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
    """Events that have something in common. `first` is the first day of a month, quarter or year, else None."""

    label: str
    turnout: Turnout
    cancelled: int = 0
    not_closed: int = 0
    first: dt.date | None = None


def season(day: dt.date) -> str:
    """Of the northern half, by whole months: winter is December to February."""
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


def groups(events: Program, by: By) -> tuple[Group, ...]:
    """The program by month, town, … : in the order of time where there is one, else most held first.

    Only groups with an event are there; a month without any has none.
    """
    key = _KEYS[by]
    held: dict[_Key, list[Held]] = {}
    for one in events.held:
        held.setdefault(key(one.event), []).append(one)
    cancelled = Counter(map(key, events.cancelled))
    not_closed = Counter(map(key, events.not_closed))
    keys: Iterable[_Key] = sorted(held.keys() | cancelled.keys() | not_closed.keys())
    if by in ("town", "venue", "lead agency"):
        keys = sorted(keys, key=lambda one: -len(held.get(one, ())))
    return tuple(
        Group(
            label=_LABELS[by](*one),
            turnout=turnout(held.get(one, ())),
            cancelled=cancelled[one],
            not_closed=not_closed[one],
            first=_FIRST_DAYS[by](*one) if by in _FIRST_DAYS else None,
        )
        for one in keys
    )


# --- is it changing ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class TrendPoint:
    """The trend on one day: guests at a typical event, with the 95 % band of the line (not of single events)."""

    day: dt.date
    low: float
    guests: float
    high: float


@dataclass(frozen=True, slots=True)
class Trend:
    """How guests per event change in a year: `a_year` is a factor (1.1 is a tenth more), with its 95 % interval.

    Where n does not allow, the factor and the line are missing and `words` says so. `n` counts counted events.
    """

    n: int
    words: str
    a_year: float | None = None
    low: float | None = None
    high: float | None = None
    line: tuple[TrendPoint, ...] = ()


def trend(held: Iterable[Held]) -> Trend:
    """A straight line through ln(1 + guests) by least squares, with Student's 95 % interval (any textbook's).

    The logarithm keeps one crowded national day from steering the line. Nothing is said of fewer than `TREND_FROM`
    counted events, or of less than `TREND_DAYS` days.
    """
    counted = sorted((one.event.date, guests) for one in held if (guests := one.guests) is not None)
    n = len(counted)
    span = (counted[-1][0] - counted[0][0]).days if counted else 0
    if n < TREND_FROM or span < TREND_DAYS:
        needs = f"a trend wants {TREND_FROM} counted events over a year or more"
        return Trend(n, f"Change over time: {TOO_FEW} ({n} counted over {_days(span)}; {needs}).")
    first = counted[0][0]
    years = [(day - first).days / 365.25 for day, _ in counted]
    logs = [math.log1p(guests) for _, guests in counted]
    middle = statistics.fmean(years)
    spread = sum((year - middle) ** 2 for year in years)
    slope, level = statistics.linear_regression(years, logs)
    errors = sum((log - level - slope * year) ** 2 for year, log in zip(years, logs, strict=True))
    deviation = math.sqrt(errors / (n - 2))
    reach = student_95(n - 2) * deviation

    def at(year: float) -> TrendPoint:
        mid, half = level + slope * year, reach * math.sqrt(1 / n + (year - middle) ** 2 / spread)
        day = first + dt.timedelta(days=round(year * 365.25))
        return TrendPoint(day, *(max(0.0, math.expm1(log)) for log in (mid - half, mid, mid + half)))

    half = reach / math.sqrt(spread)
    a_year, low, high = (math.exp(log) for log in (slope, slope - half, slope + half))
    if low <= 1 <= high:
        found = f"No clear change over time: {_percent(a_year)} a year"
    else:
        found = f"Attendance is {'rising' if a_year > 1 else 'falling'}: {_percent(a_year)} a year"
    words = f"{found} (95 % interval {_percent(low)} to {_percent(high)}; n {n} over {_days(span)})."
    steps = 24
    return Trend(n, words, a_year, low, high, tuple(at(years[-1] * step / steps) for step in range(steps + 1)))


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two periods' turnouts; `ratio` is the later typical attendance over the earlier, with its 95 % interval."""

    earlier: Turnout
    later: Turnout
    words: str
    ratio: float | None = None
    low: float | None = None
    high: float | None = None


def compare(earlier: Sequence[Held], later: Sequence[Held]) -> Comparison:
    """Whether guests per event differ: Welch's 95 % interval on the means of ln(1 + guests), read as a ratio.

    Nothing is said of it where either has fewer than `COMPARE_FROM` counted events. The towns visited may differ too:
    this compares periods, and says nothing of causes.
    """
    before, after = turnout(earlier), turnout(later)
    logs = [[math.log1p(guests) for one in side if (guests := one.guests) is not None] for side in (earlier, later)]
    ns = tuple(map(len, logs))
    medians = f"median {number(before.median)} (n {ns[0]}) then, {number(after.median)} (n {ns[1]}) now"
    if min(ns) < COMPARE_FROM:
        needs = f"both periods need {COMPARE_FROM} counted events"
        return Comparison(before, after, f"Guests: {medians}; {TOO_FEW} whether they differ ({needs}).")
    means = [statistics.fmean(side) for side in logs]
    errors = [statistics.variance(side) / len(side) for side in logs]
    error = math.sqrt(sum(errors))
    if error == 0:
        half = 0.0
    else:
        freedom = error**4 / sum(one**2 / (n - 1) for one, n in zip(errors, ns, strict=True))
        half = student_95(freedom) * error
    shift = means[1] - means[0]
    ratio, low, high = (math.exp(log) for log in (shift, shift - half, shift + half))
    found = "no clear difference" if low <= 1 <= high else ("more" if ratio > 1 else "fewer") + " than then"
    words = f"Guests: {medians}; {found} ({_percent(ratio)}, 95 % interval {_percent(low)} to {_percent(high)})."
    return Comparison(before, after, words, ratio, low, high)


def student_95(freedom: float) -> float:
    """The two-sided 95 % point of Student's t, by Abramowitz and Stegun's 26.7.5; within 0.2 % from 5 on."""
    z = 1.959963985
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
        (79 * z**9 + 776 * z**7 + 1482 * z**5 - 1920 * z**3 - 945 * z) / 92160,
    )
    return z + sum(term / freedom**power for power, term in enumerate(terms, start=1))


# --- in words ---------------------------------------------------------------------------------------------------


def finding(events: Program, of: str) -> str:
    """One sentence with its n; `of` names the period in it, such as "in the last 12 months"."""
    found = turnout(events.held)
    if not found.held:
        return f"No event was held {of}."
    held = f"{found.held} event{'' if found.held == 1 else 's'} held {of}"
    if not found.counted:
        return f"{held}, none with a count: the attendance is not known."
    typical = f"a typical one had {number(found.median)} guests (median, n {found.counted})"
    if found.counted == 1:
        typical = f"the one counted had {number(found.median)} guests (n 1)"
    if found.lower_quartile is not None:
        typical = f"{typical}; half had between {number(found.lower_quartile)} and {number(found.upper_quartile)}"
    missing = f"; {found.missing} not counted" if found.missing else ""
    return f"{held}: {typical}{missing}."


def number(value: float | None, digits: int = 1) -> str:
    """`37`, `37.5`, or `not known`: never a zero that nobody counted."""
    if value is None:
        return "not known"
    text = f"{value:,.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _percent(factor: float) -> str:
    """A factor as a change: `+12 %`, `−4 %`."""
    change = round((factor - 1) * 100)
    return f"{'+' if change > 0 else '−' if change < 0 else '±'}{abs(change)} %"


def _days(days: int) -> str:
    return f"{days} day{'' if days == 1 else 's'}" if days < 61 else f"{round(days / 30.44)} months"
