"""Attendance: guests per event, medians, groups, and outreach by town.

A blank is never zero, and each answer states its n.
"""

from __future__ import annotations

import datetime as dt
import statistics
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, TypeVar, get_args

from cwac.analysis.events import NOT_CLOSED, is_live, where
from cwac.analysis.measures import Measure, not_added, refused
from cwac.analysis.periods import Period, last_months, months_before, quarter_of
from cwac.analysis.words import counted, number, people, with_guests
from cwac.date_words import MONTHS, WEEKDAYS, clock, quarter_name
from cwac.model import Coverage, Event, Headcount, Snapshot, grouped

QUARTILES_FROM = 8
"""Counted events below which no quartiles are given: of four counts, a fifth falls between them a third of the time."""
TOO_FEW = "too few events to say"
_Dated = TypeVar("_Dated")


# --- one event ------------------------------------------------------------------------------------------------------


Noted = Literal["guests", "youth", "new_visitors", "conversations", "cups", "surveys"]


@dataclass(frozen=True, slots=True)
class Total:
    """The sum of an event's headcount rows, None where no row has a count; `high` is also None without an upper bound.

    `rows` counts blank and unreadable ones too; `partly` names the counts that only some rows have.
    """

    low: float | None
    best: float | None
    high: float | None
    estimated: bool
    youth: float | None
    new_visitors: float | None
    conversations: float | None
    rows: int
    partly: frozenset[Noted] = frozenset()
    cups: float | None = None
    surveys: float | None = None

    @property
    def open_ended(self) -> bool:
        """Whether the guests may be many more (or fewer) than `best`: `30+`, or a row without a count."""
        return self.best is not None and (self.low is None or self.high is None)

    def in_full(self, noted: Noted) -> float | None:
        """A count that is known in full, as `~40` and `35-40` are: in every row, and for guests without an open end."""
        if noted in self.partly or (noted == "guests" and self.open_ended):
            return None
        return self.best if noted == "guests" else getattr(self, noted)


def guests_by_event(snapshot: Snapshot) -> Mapping[str, Total]:
    """Event ID -> its total, for events with headcount rows, including undated events."""
    return {event_id: total(rows) for event_id, rows in snapshot.headcounts_by_event.items()}


def total(rows: Sequence[Headcount]) -> Total:
    """The sum of the rows: without a high if a row has none, and an estimate if only some rows have a count."""
    if len(rows) == 1 and (count := rows[0].guests) is not None:  # nearly every event, and much faster
        row = rows[0]
        return Total(
            count.low, count.best, count.high, count.estimated, row.youth, row.new_visitors, row.conversations, 1,
            cups=row.cups, surveys=row.surveys,
        )  # fmt: skip
    noted: dict[Noted, list[Any]] = {
        name: [value for row in rows if (value := getattr(row, name)) is not None] for name in get_args(Noted)
    }
    partly = frozenset(name for name, values in noted.items() if 0 < len(values) < len(rows))
    counts = noted.pop("guests")
    lows, highs = [count.low for count in counts], [count.high for count in counts]
    return Total(
        low=sum(lows) if counts and None not in lows else None,
        best=sum(count.best for count in counts) if counts else None,
        high=sum(highs) if counts and None not in highs and "guests" not in partly else None,
        estimated="guests" in partly or any(count.estimated for count in counts),
        rows=len(rows),
        partly=partly,
        **{name: sum(values) if values else None for name, values in noted.items()},
    )


def is_counted(rows: Sequence[Headcount]) -> bool:
    """Whether the total of these rows would have a count."""
    return any(row.guests is not None for row in rows)


def count_words(total: Total | None) -> str:
    """`18`, `about 40`, `35 to 40`, `30 or more`, `not counted`."""
    if total is None or total.best is None:
        return "not counted"
    if total.high is None:
        return f"{people(total.best)} or more"
    if total.low is not None and people(total.low) != people(total.high):
        return f"{people(total.low)} to {people(total.high)}"
    return f"about {people(total.best)}" if total.estimated else people(total.best)


def guests_words(total: Total) -> str:
    return with_guests(count_words(total))


# --- events by outcome ----------------------------------------------------------------------------------------------


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
    """The events of a period by outcome, by start, without drafts; `not_closed` are past and still have no outcome."""

    held: tuple[HeldEvent, ...] = ()
    canceled: tuple[Event, ...] = ()
    postponed: tuple[Event, ...] = ()
    not_closed: tuple[Event, ...] = ()
    coming: tuple[Event, ...] = ()

    @property
    def events(self) -> tuple[Event, ...]:
        every = [*(past.event for past in self.held), *self.canceled, *self.postponed, *self.not_closed, *self.coming]
        return tuple(sorted(every, key=lambda event: (event.date, event.start or dt.time.max, event.id)))

    @property
    def not_held(self) -> str:
        """`8 canceled, 1 still Confirmed or Tentative`, said beside the events held; empty if there are none."""
        called_off = ((self.canceled, "canceled"), (self.postponed, "postponed"), (self.not_closed, NOT_CLOSED))
        return ", ".join(f"{len(events):,} {words}" for events, words in called_off if events)

    @property
    def canceled_by_reason(self) -> Mapping[str, int]:
        """Reason -> number of canceled events, the most common first."""
        reasons = Counter(event.cancel_reason or "No reason noted" for event in self.canceled)
        return dict(sorted(reasons.items(), key=lambda item: (-item[1], item[0])))

    def of(self, period: Period | None, agency: str | None) -> Outcomes:
        """Those of a period (or all) that an agency (or any) leads or is a partner in."""

        def chosen(events: Sequence[_Dated], event_of: Callable[[_Dated], Event]) -> tuple[_Dated, ...]:
            if period is not None:
                first = bisect_left(events, period.first, key=lambda one: event_of(one).date)
                events = events[first : bisect_right(events, period.last, first, key=lambda one: event_of(one).date)]
            return tuple(events if agency is None else [one for one in events if event_of(one).names(agency)])

        held = chosen(self.held, lambda past: past.event)
        others = (self.canceled, self.postponed, self.not_closed, self.coming)
        return Outcomes(held, *(chosen(events, lambda event: event) for events in others))


def outcomes(
    snapshot: Snapshot, period: Period | None = None, agency: str | None = None, *, _every: Outcomes | None = None
) -> Outcomes:
    """The events of a period (or all) that an agency (or any) is in; `_every` has those of all, if known.

    An event of today that is not closed is still coming, and so is one marked Completed before its day, by mistake.
    """
    if _every is not None:
        return _every.of(period, agency)
    held: list[HeldEvent] = []
    others: dict[str, list[Event]] = {"Cancelled": [], "Postponed": [], "not closed": [], "coming": []}
    for event in snapshot.events_by_start:
        if event.status in ("Cancelled", "Postponed"):
            others[event.status].append(event)
        elif event.status == "Completed" and event.date <= snapshot.today:
            rows = snapshot.headcounts_by_event.get(event.id)
            held.append(HeldEvent(event, total(rows) if rows else None))
        elif is_live(event):
            others["not closed" if event.date < snapshot.today else "coming"].append(event)
    return Outcomes(tuple(held), *map(tuple, others.values())).of(period, agency)


# --- guests ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Turnout:
    """Guests per event over several events; `held == counted + missing`, and no figure is given if none is counted.

    `zero` events had no guests, `above` and `below` had more and fewer than the median. `estimated` includes
    `open_ended` counts, of which `only_open` are the words if there is a single one. Quartiles are None below
    `QUARTILES_FROM` counted events.
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
    open_ended: int = 0
    only_open: str | None = None
    above: int = 0
    below: int = 0

    @property
    def inexact(self) -> Mapping[str, int]:
        """Kind -> number of inexact counts; an open-ended one is an estimate too, named once if all are."""
        estimated = self.estimated if self.estimated > self.open_ended else 0
        kinds = {"open-ended": self.open_ended, "estimated": estimated, "not counted": self.missing}
        return {kind: count for kind, count in kinds.items() if count}

    @property
    def about(self) -> str:
        """The words before a sum of these counts: `about ` if some are estimated, `at least ` if some are missing."""
        return "about " if self.estimated else "at least " if self.missing else ""


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
    median, open_ended = statistics.median(guests), [total for total in totals if total.open_ended]
    return Turnout(
        held=len(events),
        counted=len(guests),
        missing=len(events) - len(guests),
        zero=guests.count(0),
        estimated=sum(total.best is not None and total.estimated for total in totals),
        guests=sum(guests),
        lowest=guests[0],
        lower_quartile=quartiles[0],
        median=median,
        upper_quartile=quartiles[2],
        highest=guests[-1],
        open_ended=len(open_ended),
        only_open=count_words(open_ended[0]) if len(open_ended) == 1 else None,
        above=sum(count > median for count in guests),
        below=sum(count < median for count in guests),
    )


def typical_guests(turnout: Turnout) -> Measure:
    """The median, with how many events were counted or estimated, and how many had more and fewer guests."""
    name = "Typical guests at an event"
    if turnout.median is None:
        return refused(name, _none_counted(turnout), n=turnout.counted, of=turnout.held)
    words = f"{counted(turnout.counted, 'event')} counted"
    if turnout.estimated and turnout.estimated == turnout.counted:
        words += ", estimated" if turnout.counted == 1 else ", all of them estimated"
    elif turnout.estimated:
        words += f", {turnout.estimated:,} of them estimated"
    words += f", {turnout.missing:,} not counted" if turnout.missing else ""
    above, below = turnout.above, turnout.below
    if turnout.counted > 1 and not turnout.estimated:  # an estimate of `30+` may well be more than the median
        halves = turnout.counted > 2 and above == below and above + below == turnout.counted
        spread = f"{above:,} had more, {below:,} fewer" if above or below else "all had as many"
        words += f"; {'half had more, half fewer' if halves else spread}"
    return Measure(
        name,
        turnout.median,
        number(turnout.median),
        turnout.counted,
        turnout.held,
        caveat=words,
        exact=not turnout.estimated and not turnout.missing,
    )


def guests_in_all(turnout: Turnout) -> Measure:
    """All counts added up: `218`, `at least 218` if only counts are missing, `about 218` if there are estimates."""
    name = "Guests counted in all"
    if turnout.guests is None:
        return refused(name, _none_counted(turnout), n=turnout.counted, of=turnout.held)
    parts_named = [f"{count:,} {kind}" for kind, count in turnout.inexact.items() if kind != "open-ended" or count > 1]
    if parts_named:
        parts_named[0] = parts_named[0].replace(" ", f" of {turnout.held:,} ", 1)
    return Measure(
        name,
        turnout.guests,
        f"{turnout.about}{people(turnout.guests)}",
        turnout.counted,
        turnout.held,
        caveat=", ".join([*([f"one count is “{turnout.only_open}”"] if turnout.only_open else []), *parts_named]),
        exact=not parts_named and not turnout.open_ended,
    )


def _none_counted(turnout: Turnout) -> str:
    return f"{counted(turnout.held, 'event')} held, none counted" if turnout.held else "no event held"


def shared_words(held: Sequence[HeldEvent], agency: str | None, figures: str = "events and guests") -> str | None:
    """How many of an agency's events are shared, and that these figures must not be added up; None for all agencies."""
    if agency is None:
        return None
    shared = sum(len(past.event.agencies) > 1 for past in held)
    these = f"{shared:,} of {agency}'s {counted(len(held), 'event')} held {'was' if shared == 1 else 'were'} shared"
    return f"{these} with other agencies.{f' {not_added(agency, figures)}' if shared else ''}"


By = Literal["month", "quarter", "year", "town", "venue", "weekday", "hour", "lead agency", "season"]
SEASONS = ("Winter", "Spring", "Summer", "Fall")


@dataclass(frozen=True, slots=True)
class EventGroup:
    """Events with the same month, town, … ; `first` is the first day of a month, quarter or year, else None."""

    label: str
    turnout: Turnout
    canceled: int = 0
    not_closed: int = 0
    first: dt.date | None = None


def season(day: dt.date) -> str:
    """The season by whole months, for the northern hemisphere: winter is December to February."""
    return SEASONS[day.month % 12 // 3]


_GROUPS: Mapping[By, tuple[Callable[[Event], Any], Callable[[Any], str]]] = {
    "month": (lambda event: event.date.replace(day=1), lambda day: f"{MONTHS[day.month - 1][:3]} {day.year}"),
    "quarter": (lambda event: quarter_of(event.date).first, quarter_name),
    "year": (lambda event: dt.date(event.date.year, 1, 1), lambda day: str(day.year)),
    "town": (lambda event: event.town or "Town not known", str),
    "venue": (where, str),
    "weekday": (lambda event: event.date.weekday(), lambda number: WEEKDAYS[number]),
    "hour": (
        lambda event: 24 if event.start is None else event.start.hour,
        lambda hour: "Time not known" if hour == 24 else clock(dt.time(hour)).replace(":00", ""),
    ),
    "lead agency": (lambda event: event.lead_agency or "Lead not known", str),
    "season": (lambda event: SEASONS.index(season(event.date)), lambda number: SEASONS[number]),
}
"""The key of an event's group (for months, quarters and years their first day), and the label of a key."""


def groups(events: Outcomes, by: By) -> tuple[EventGroup, ...]:
    """The events by month, town, … : by time, or for towns, venues and lead agencies with the most held first."""
    key_of, name = _GROUPS[by]
    held = grouped((key_of(past.event), past) for past in events.held)
    canceled = Counter(map(key_of, events.canceled))
    not_closed = Counter(map(key_of, events.not_closed))
    keys = sorted(held.keys() | canceled.keys() | not_closed.keys())
    if by in ("town", "venue", "lead agency"):
        keys = sorted(keys, key=lambda key: -len(held.get(key, ())))
    return tuple(
        EventGroup(
            label=name(key),
            turnout=turnout(held.get(key, ())),
            canceled=canceled[key],
            not_closed=not_closed[key],
            first=key if isinstance(key, dt.date) else None,
        )
        for key in keys
    )


# --- in words -------------------------------------------------------------------------------------------------------


def finding(events: Outcomes, of: str) -> str:
    """The typical attendance in one sentence with its n; `of` names the period, such as "in the last 12 months"."""
    guests = turnout(events.held)
    if not guests.held:
        return f"No event was held {of}."
    held = f"{counted(guests.held, 'event')} held {of}"
    if not guests.counted:
        return f"{held}, none with a count: the attendance is not known."
    if guests.counted == 1:
        more = " or more" if guests.open_ended else ""
        missing = f"; {guests.missing:,} not counted" if guests.missing else ""
        estimated = " (estimated)" if guests.estimated else ""
        return f"{held}: the one counted had {with_guests(f'{people(guests.guests)}{more}')}{estimated}{missing}."
    typical = typical_guests(guests)
    words = f"{held}: a typical one had {with_guests(typical.short)} ({typical.caveat})"
    if guests.lower_quartile is not None:
        words += f"; the middle half had {number(guests.lower_quartile)} to {number(guests.upper_quartile)}"
    return f"{words}."


# --- outreach --------------------------------------------------------------------------------------------------------

OVERDUE_MONTHS = 6
"""A town is overdue when its last held event is longer ago than this."""
RATE_FROM = 500
"""Residents below which no rate per 1,000 is given: one event more would change it by over two."""


@dataclass(frozen=True, slots=True)
class TownOutreach:
    """Outreach in one town; `year` is its turnout over the last twelve months, and rates are per 1,000 residents.

    `visits_rate` counts visits, not people: a guest of two events counts twice. `overdue`: no event held within
    `OVERDUE_MONTHS`. `policed_by` is the coverage in force today, including contracts and dispatch.
    """

    name: str
    population: int | None
    latitude: float | None
    longitude: float | None
    last_event: Event | None
    last_visit: dt.date | None
    overdue: bool
    next_event: Event | None
    year: Turnout
    events_rate: Measure
    visits_rate: Measure
    policed_by: tuple[Coverage, ...]


def outreach_by_town(snapshot: Snapshot, *, _every: Outcomes | None = None) -> tuple[TownOutreach, ...]:
    """All towns of the sheet and of its events, those longest without a visit first."""
    every, today, latest = _every or outcomes(snapshot), snapshot.today, last_months(snapshot.today)
    held_in = grouped((past.event.town, past) for past in every.held if past.event.town is not None)
    coming = {event.town: event for event in reversed(every.coming) if event.town is not None}
    policed_by = grouped(
        (row.town, row) for row in snapshot.coverage if (row.first or dt.date.min) <= today <= (row.last or dt.date.max)
    )
    towns = []
    for name in dict.fromkeys([town.name for town in snapshot.towns] + sorted(held_in) + sorted(coming)):
        town, held = snapshot.town_by_name.get(name), held_in.get(name, ())
        population, last_event = town.population if town else None, held[-1].event if held else None
        year = turnout(past for past in held if past.event.date in latest)
        towns.append(
            TownOutreach(
                name=name,
                population=population,
                latitude=town.latitude if town else None,
                longitude=town.longitude if town else None,
                last_event=last_event,
                last_visit=last_event.date if last_event else None,
                overdue=last_event is None or last_event.date < months_before(today, OVERDUE_MONTHS),
                next_event=coming.get(name),
                year=year,
                events_rate=_rate_per_thousand("Events", population, year),
                visits_rate=_rate_per_thousand("Visits", population, year),
                policed_by=tuple(policed_by.get(name, ())),
            )
        )
    return tuple(sorted(towns, key=lambda town: (town.last_visit or dt.date.min, town.name)))


def _rate_per_thousand(kind: Literal["Events", "Visits"], population: int | None, year: Turnout) -> Measure:
    """Events or visits per 1,000 residents in a year; the visits are `about` or `at least` as the counts are."""
    name = f"{kind} per 1,000 residents"
    if not population:
        return refused(name, "residents not known")
    if population < RATE_FROM:
        return refused(name, f"fewer than {RATE_FROM} residents", "no rate")
    if kind == "Events":
        value = year.held * 1000 / population
        return Measure(name, value, number(value), year.held, year.held)
    guests = guests_in_all(year)
    if guests.value is None:
        return refused(name, guests.caveat, n=guests.n, of=guests.of)
    value = guests.value * 1000 / population
    short = f"{year.about}{number(value)}"
    return Measure(name, value, short, guests.n, guests.of, caveat=guests.caveat, exact=guests.exact)


def towns_reached(held: Iterable[HeldEvent], snapshot: Snapshot) -> Measure:
    """The different towns with an event held: how many of those listed, and how many others."""
    return towns_in_words(held, {town.name for town in snapshot.towns})


def towns_in_words(held: Iterable[HeldEvent], listed: Collection[str]) -> Measure:
    """The same, with the names of the towns that the sheet lists."""
    towns = [past.event.town for past in held]
    reached, nowhere = set(towns) - {None}, towns.count(None)
    caveat = f"{counted(nowhere, 'event')} without a known town" if nowhere else ""
    there, others = len(reached & set(listed)), len(reached - set(listed))
    short, n, of = number(len(reached)), None, None
    if listed:
        short, n, of = f"{there} of {counted(len(listed), 'town')}", there, len(listed)
        short += f" and {others} not listed" if others else ""
    return Measure("Towns reached", len(reached), short, n, of, caveat=caveat, exact=not nowhere)
