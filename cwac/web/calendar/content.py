"""What the calendar shows: the days of a view, their events after the filters, and how many pass each filter."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from cwac.analysis.days import marked_days
from cwac.analysis.event_summary import glance, staffing_of
from cwac.analysis.events import clock, clock_range, day_words, on_day, state_words, where
from cwac.model import Alert, Event, Snapshot
from cwac.web.widgets import AT_ONCE, FALLBACK, UNKNOWN, agency_colors, contrast, counted

View = Literal["month", "week", "day", "agenda"]
VIEWS: tuple[View, ...] = ("month", "week", "day", "agenda")
A_DAY: Mapping[View, int] = {"month": 3, "week": 12, "day": 200, "agenda": AT_ONCE}
"""The most events that a day shows before "+2 more"."""
EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2100, 12, 31)

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """What the URL asks for. `day` is any day of the stretch wanted; in the agenda, its first."""

    view: View
    day: dt.date
    agency: str | None = None
    towns: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    staffing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """A sheet's events in the order of time, and what is known about each. `gaps`: whether staffing may be told."""

    events: tuple[Event, ...]
    alerts: Mapping[str, tuple[Alert, ...]]
    gaps: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """What is on the screen. `among` are the stretch's events before the filters, `events` those that pass.

    `visible` are those that pass and, beside a month, of the days around it. `wire` is what the browser gets; `counts`
    says for each filter how many events each of its values would leave.
    """

    title: str
    among: tuple[Event, ...]
    events: tuple[Event, ...]
    visible: tuple[Event, ...]
    wire: Mapping[str, Any]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


def on_screen(snapshot: Snapshot, today: dt.date, asked: Asked, *, _plan: Plan) -> Shown:
    """What is shown of the whole plan."""
    return show(snapshot, _plan, asked, today)


def show(snapshot: Snapshot, plan: Plan, asked: Asked, today: dt.date) -> Shown:
    """The stretch that is asked for, with its events."""
    first, last = stretch(asked.view, asked.day)
    begin = bisect_left(plan.events, first, key=on_day)
    visible = plan.events[begin : bisect_right(plan.events, last, begin, key=on_day)]
    tests = _tests(snapshot, plan, asked, today)
    passing = tuple(event for event in visible if all(test(event) for test in tests.values()))
    if asked.view == "agenda":
        wire = _agenda(snapshot, plan, asked, passing, tests, today)
    else:
        wire = _table(snapshot, plan, asked, passing, first, last, today)
    among, events = visible, passing
    if asked.view == "month":
        among, events = _of_month(visible, asked.day), _of_month(passing, asked.day)
    return Shown(wire["title"], among, events, passing, wire, _counts(snapshot, plan, among, tests, today))


def _of_month(events: Sequence[Event], day: dt.date) -> tuple[Event, ...]:
    """Without those of the days around it, which are shown but not counted."""
    return tuple(event for event in events if event.date.month == day.month)


def stretch(view: View, day: dt.date) -> tuple[dt.date, dt.date]:
    """The first and last day on the screen: whole weeks from Sunday for a month, and no end for the agenda."""
    if view == "agenda":
        return day, dt.date.max
    if view == "day":
        return day, day
    if view == "week":
        first = _sunday(day)
        return first, first + dt.timedelta(days=6)
    return _sunday(day.replace(day=1)), _sunday(_months_on(day, 1) - dt.timedelta(days=1)) + dt.timedelta(days=6)


def _sunday(day: dt.date) -> dt.date:
    return day - dt.timedelta(days=day.isoweekday() % 7)


def _months_on(day: dt.date, months: int) -> dt.date:
    """The first day of the month so many months on."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)


# --- filters -----------------------------------------------------------------------------------------------------

Test = Callable[[Event], bool]


def _tests(snapshot: Snapshot, plan: Plan, asked: Asked, today: dt.date) -> Mapping[str, Test]:
    """The filters that are set, by name."""
    tests: dict[str, Test] = {}
    if (agency := asked.agency) is not None:
        tests["agency"] = lambda event: event.names(agency)
    if asked.towns:
        tests["town"] = lambda event: event.town in asked.towns
    if asked.statuses:
        tests["status"] = lambda event: (event.status or "Tentative") in asked.statuses
    if asked.staffing and plan.gaps:
        tests["staffing"] = lambda event: (
            not staffing_of(event, snapshot, plan.alerts, today).isdisjoint(asked.staffing)
        )
    return tests


def _counts(
    snapshot: Snapshot, plan: Plan, among: Sequence[Event], tests: Mapping[str, Test], today: dt.date
) -> Mapping[str, Mapping[str, int]]:
    values: Mapping[str, Callable[[Event], Collection[str]]] = {
        "agency": lambda event: event.agencies,
        "town": lambda event: (event.town,) if event.town else (),
        "status": lambda event: (event.status or "Tentative",),
        "staffing": lambda event: staffing_of(event, snapshot, plan.alerts, today) if plan.gaps else (),
    }
    counts: dict[str, dict[str, int]] = {}
    for name, values_of in values.items():
        others = [test for other, test in tests.items() if other != name]
        tally: dict[str, int] = {}
        for event in among:
            if all(test(event) for test in others):
                for value in values_of(event):
                    tally[value] = tally.get(value, 0) + 1
        counts[name] = tally
    return counts


# --- for the browser ---------------------------------------------------------------------------------------------


def _table(
    snapshot: Snapshot,
    plan: Plan,
    asked: Asked,
    events: Sequence[Event],
    first: dt.date,
    last: dt.date,
    today: dt.date,
) -> Mapping[str, Any]:
    day = asked.day
    if asked.view == "month":
        title = month_title(day)
        earlier, later = _months_on(day, -1), _months_on(day, 1)
    else:
        title = _day_title(day) if asked.view == "day" else f"{_short(first)} to {_short(last)} {last.year}"
        step = dt.timedelta(days=1 if asked.view == "day" else 7)
        earlier, later = day - step, day + step
    by_day: dict[dt.date, list[Event]] = {}
    for event in events:
        by_day.setdefault(event.date, []).append(event)
    marks = marked_days(first, last)
    days = [first + dt.timedelta(days=number) for number in range((last - first).days + 1)]
    month = day.month if asked.view == "month" else None
    return _wire(
        snapshot, plan, asked, title, today, earlier, later, [(one, by_day.get(one, []), month) for one in days], marks
    )


def _agenda(
    snapshot: Snapshot,
    plan: Plan,
    asked: Asked,
    events: Sequence[Event],
    tests: Mapping[str, Test],
    today: dt.date,
) -> Mapping[str, Any]:
    """Whole days from the one asked for, until there are `AT_ONCE` events; as many a step earlier and later."""
    days = _whole_days(events)
    later = next((event.date for event in events if days and event.date > days[-1][0]), None)
    before = reversed(plan.events[: bisect_left(plan.events, asked.day, key=on_day)])
    earlier = _whole_days(event for event in before if all(test(event) for test in tests.values()))
    last = days[-1][0] if days else asked.day
    marks = marked_days(asked.day, last)
    title = f"From {_short(asked.day)} {asked.day.year} on"
    if later:
        title = f"{_short(asked.day)} {asked.day.year} to {_short(last)} {last.year}"
    listed: list[tuple[dt.date, Sequence[Event], int | None]] = [(day, found, None) for day, found in days]
    return _wire(snapshot, plan, asked, title, today, earlier[-1][0] if earlier else None, later, listed, marks)


def _whole_days(events: Iterable[Event]) -> list[tuple[dt.date, list[Event]]]:
    days: list[tuple[dt.date, list[Event]]] = []
    for place, event in enumerate(events):
        if not days or days[-1][0] != event.date:
            if place >= AT_ONCE:
                break
            days.append((event.date, []))
        days[-1][1].append(event)
    return days


def _wire(
    snapshot: Snapshot,
    plan: Plan,
    asked: Asked,
    title: str,
    today: dt.date,
    earlier: dt.date | None,
    later: dt.date | None,
    days: Sequence[tuple[dt.date, Sequence[Event], int | None]],
    marks: Mapping[dt.date, Sequence[str]],
) -> Mapping[str, Any]:
    """`days` are a day, its events, and the month that is meant where days of others stand beside it."""
    most = A_DAY[asked.view]
    colors = colors_of(snapshot)
    drawn: list[Mapping[str, Any]] = []
    used: dict[str, None] = {}
    for day, events, month in days:
        seen = events[:most]
        used |= dict.fromkeys(agency for event in seen for agency in event.agencies)
        drawn.append(
            {
                "date": day.isoformat(),
                "weekday": _DAYS[day.weekday()],
                "month": _MONTHS[day.month - 1],
                "heading": day_words(day, today),
                "outside": month is not None and day.month != month,
                "today": day == today,
                "past": day < today,
                "marks": list(marks.get(day, ())),
                "count": len(events),
                "more": len(events) - len(seen),
                "events": [_line(event, snapshot, plan, today, asked.view) for event in seen],
            }
        )
    step = {"month": "month", "week": "week", "day": "day", "agenda": "events"}[asked.view]
    return {
        "view": asked.view,
        "title": title,
        "date": asked.day.isoformat(),
        "first": days[0][0].isoformat() if days else asked.day.isoformat(),
        "today": today.isoformat(),
        "earlier": earlier.isoformat() if earlier and earlier >= EARLIEST else None,
        "later": later.isoformat() if later and later <= LATEST else None,
        "earlier_label": f"Earlier {step}" if asked.view == "agenda" else f"Previous {step}",
        "later_label": f"Later {step}" if asked.view == "agenda" else f"Next {step}",
        "colors": {short: [ground := colors.get(short, UNKNOWN), ink_on(ground)] for short in used},
        "days": drawn,
    }


def _line(event: Event, snapshot: Snapshot, plan: Plan, today: dt.date, view: View) -> Mapping[str, Any]:
    """One event, as the browser writes it."""
    told = glance(event, snapshot, plan.alerts, today, gaps=plan.gaps)
    if view == "month":
        warns = ["clash"] if told.clashes else []
    else:
        warns = [*(f"Clash: {one[:1].lower()}{one[1:]}" for one in told.clashes), *told.lacks]
    return {
        "id": event.id,
        "when": clock_range(event.start, event.end) if event.start else "no time yet",
        "at": clock(event.start) if event.start else "no time yet",
        "title": told.title,
        "town": event.town or event.town_text or "place not known",
        "place": where(event),
        "agencies": list(event.agencies),
        "state": told.state,
        "words": state_words(event),
        "staff": told.staff,
        "short": told.short,
        "guests": told.guests,
        "warns": warns if told.held else ["was it held?"],
    }


def colors_of(snapshot: Snapshot) -> Mapping[str, str]:
    """Every agency's color. Where no tab lists the agencies, those that events name have one of the set."""
    if snapshot.agencies:
        return agency_colors(snapshot)
    named = dict.fromkeys(agency for event in snapshot.events for agency in event.agencies)
    return {short: FALLBACK[place % len(FALLBACK)] for place, short in enumerate(named)}


def ink_on(ground: str) -> str:
    """Black or white, whichever is easier to read: one of them always passes 4.5:1."""
    return max(("#ffffff", "#000000"), key=lambda ink: contrast(ink, ground))


# --- in words ----------------------------------------------------------------------------------------------------


def month_title(day: dt.date) -> str:
    return f"{_MONTHS[day.month - 1]} {day.year}"


def _short(day: dt.date) -> str:
    return f"{day.day} {_MONTHS[day.month - 1][:3]}"


def _day_title(day: dt.date) -> str:
    return f"{_DAYS[day.weekday()]}, {day.day} {_MONTHS[day.month - 1]} {day.year}"


def span_words(asked: Asked) -> str:
    """`in November 2026`, for a sentence."""
    first, last = stretch(asked.view, asked.day)
    if asked.view == "month":
        return f"in {month_title(asked.day)}"
    if asked.view == "week":
        return f"from {_short(first)} to {_short(last)} {last.year}"
    return f"on {_day_title(asked.day)}" if asked.view == "day" else f"from {_short(asked.day)} {asked.day.year} on"


def match_words(shown: Shown, asked: Asked) -> str:
    """`12 events in November 2026`, or `5 of 12 events …` where a filter hides some."""
    every = counted(len(shown.among), "event")
    found = every if len(shown.events) == len(shown.among) else f"{len(shown.events):,} of {every}"
    return f"{found} {span_words(asked)}"
