"""The content of the calendar: the days of a view, their events after the filters, and counts for each filter."""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cwac.analysis.alerts import ALERT_CODES, CLASHES, conflicts_among, is_urgent
from cwac.analysis.events import DEFAULTS, between, interval, is_live, matching, on_day, state_words, where
from cwac.analysis.periods import first_day_of_week, marked_days
from cwac.analysis.staffing import NAMED_GAPS, NOT_COUNTED, staffing_states, summarize
from cwac.analysis.words import counted, list_words
from cwac.date_words import MONTHS, WEEKDAYS, clock, clock_range, day_range, day_words, long_day, month_words, short_day
from cwac.exports.colors import UNKNOWN_COLOR, agency_colors, visible
from cwac.model import Alert, Event, EventStatus, Snapshot, choice_label
from cwac.settings import Rules
from cwac.web.event_cards import heading, tone_of, worst_first
from cwac.web.widgets import AT_ONCE

View = Literal["month", "week", "day", "agenda"]
VIEWS: tuple[View, ...] = ("month", "week", "day", "agenda")
EVENTS_PER_DAY: Mapping[View, int] = {"month": 3, "week": 12, "day": 200, "agenda": AT_ONCE}
"""View -> maximum number of events of a day before "+2 more"."""
MARKS: Mapping[View, int] = {"month": 4, "week": 4, "day": 6, "agenda": 4}
"""View -> maximum number of agencies named on an event before "and 1 more"; a table of a month shows one."""
EARLIEST, LATEST = dt.date(1990, 1, 1), dt.date(2100, 12, 31)


@dataclass(frozen=True, slots=True)
class Request:
    """The view, day and filters in the URL. `day` is any day of the period; in the agenda it is the first."""

    view: View
    day: dt.date
    agency: str | None = None
    towns: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    staffing: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AllEvents:
    """The events of a snapshot, and their alerts by event ID."""

    snapshot: Snapshot
    alerts: Mapping[str, Sequence[Alert]]
    sees_staffing: bool
    rules: Rules = DEFAULTS


def all_events(
    snapshot: Snapshot, sees_staffing: bool, rules: Rules, *, _alerts: Mapping[str, Sequence[Alert]]
) -> AllEvents:
    return AllEvents(snapshot, _alerts, sees_staffing, rules)


@dataclass(frozen=True, slots=True)
class ShownEvents:
    """The result: `among` are the events of the period before the filters, `events` those that pass them.

    `visible` also has the passing events on the days around a month. `wire` is sent to the browser. `counts` is
    filter -> value -> number of events that this value would leave. `short` is the number of `events` that are short of
    officers, None if none of them is still to be staffed or the viewer may not see it; `conflicts` is the
    number of their conflicts.
    """

    title: str
    among: tuple[Event, ...]
    events: tuple[Event, ...]
    visible: tuple[Event, ...]
    wire: Mapping[str, Any]
    counts: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    short: int | None = None
    conflicts: int = 0


def show(snapshot: Snapshot, request: Request, *, _plan: AllEvents) -> ShownEvents:
    first, last = visible_days(request.view, request.day)
    visible, filters = between(snapshot, first, last), _filters(_plan, request)
    passing = tuple(event for event in visible if _passes(event, filters))
    if request.view == "agenda":
        wire = _agenda(_plan, request, passing, filters)
    else:
        wire = _table(_plan, request, passing, first, last)
    if request.view in ("month", "agenda"):
        wire = {**wire, "mini": _mini_month(_plan, request.day, filters)}
    among, events = visible, passing
    if request.view == "month":  # without those on the days around it, which are shown but not counted
        month = request.day.month
        among, events = (tuple(event for event in each if event.date.month == month) for each in (visible, passing))
    counts = {
        name: dict(Counter(value for event in among if _passes(event, filters, name) for value in values_of(event)))
        for name, (values_of, _) in filters.items()
    }
    states_of, _ = filters["staffing"]
    states = [found for event in events if (found := states_of(event))]
    short = sum("Short of officers" in found for found in states) if states else None
    conflicts = len(conflicts_among(alert for event in events for alert in _plan.alerts.get(event.id, ())))
    return ShownEvents(wire["title"], among, events, passing, wire, counts, short, conflicts)


def event_after(plan: AllEvents, request: Request) -> Event | None:
    """The first event after the requested day of the day view that is not called off; None in other views."""
    if request.view != "day":
        return None
    every = plan.snapshot.events_by_start
    begin = bisect_right(every, request.day, key=on_day)
    return next(filter(is_live, matching(every[begin:], request.agency)), None)


def visible_days(view: View, day: dt.date) -> tuple[dt.date, dt.date]:
    """First and last day shown: whole weeks from Sunday for a month, no end for the agenda."""
    if view == "agenda":
        return day, dt.date.max
    if view == "day":
        return day, day
    if view == "week":
        first = first_day_of_week(day)
        return first, first + dt.timedelta(days=6)
    last_of_month = _months_on(day, 1) - dt.timedelta(days=1)
    return first_day_of_week(day.replace(day=1)), first_day_of_week(last_of_month) + dt.timedelta(days=6)


def _months_on(day: dt.date, months: int) -> dt.date:
    """The first day of the month that many months later."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return dt.date(year, month + 1, 1)


# --- filters -----------------------------------------------------------------------------------------------------

Filters = Mapping[str, tuple[Callable[[Event], Collection[str]], Collection[str]]]
"""Name of a filter -> the values that an event has for it, and those that are chosen (none: all pass)."""


def _filters(plan: AllEvents, request: Request) -> Filters:
    def states(event: Event) -> Collection[str]:
        return staffing_states(event, plan.snapshot, plan.alerts, plan.snapshot.today) if plan.sees_staffing else ()

    return {
        "agency": (lambda event: event.agencies, () if request.agency is None else (request.agency,)),
        "town": (lambda event: (event.town,) if event.town else (), request.towns),
        "status": (lambda event: (event.status or "Tentative",), request.statuses),
        "staffing": (states, request.staffing if plan.sees_staffing else ()),
    }


def _passes(event: Event, filters: Filters, but: str = "") -> bool:
    """Whether the event passes every filter `but` one."""
    return all(
        any(value in chosen for value in values_of(event))
        for name, (values_of, chosen) in filters.items()
        if chosen and name != but
    )


# --- for the browser ---------------------------------------------------------------------------------------------


def _table(
    plan: AllEvents, request: Request, events: Sequence[Event], first: dt.date, last: dt.date
) -> Mapping[str, Any]:
    view, day = request.view, request.day
    if view == "month":
        title = month_words(day)
        earlier, later = _months_on(day, -1), _months_on(day, 1)
    else:
        title = long_day(day) if view == "day" else week_words(day)
        step = dt.timedelta(days=1 if view == "day" else 7)
        earlier, later = day - step, day + step
    return _wire(plan, request, title, earlier, later, _by_day(events, first, last))


def _by_day(events: Iterable[Event], first: dt.date, last: dt.date) -> list[tuple[dt.date, list[Event]]]:
    """Every day from `first` to `last` with its events."""
    days: dict[dt.date, list[Event]] = {first + dt.timedelta(number): [] for number in range((last - first).days + 1)}
    for event in events:
        days[event.date].append(event)
    return list(days.items())


def _agenda(plan: AllEvents, request: Request, events: Sequence[Event], filters: Filters) -> Mapping[str, Any]:
    """Whole days from the requested one until there are `AT_ONCE` events; a step back or forward is as long."""
    first, every = request.day, plan.snapshot.events_by_start
    days = _whole_days(events)
    later = next((event.date for event in events if days and event.date > days[-1][0]), None)
    before = reversed(every[: bisect_left(every, first, key=on_day)])
    earlier = _whole_days(event for event in before if _passes(event, filters))
    title = day_range(first, days[-1][0]) if later else f"Starting {short_day(first)}"
    return _wire(plan, request, title, earlier[-1][0] if earlier else None, later, days)


def _mini_month(plan: AllEvents, day: dt.date, filters: Filters) -> Mapping[str, Any]:
    """The month around that day for a narrow screen: how many events, whether they conflict, and their color."""
    first, last = visible_days("month", day)
    days = []
    passing = (event for event in between(plan.snapshot, first, last) if _passes(event, filters))
    for shown, events in _by_day(passing, first, last):
        found = [alert for event in events for alert in plan.alerts.get(event.id, ())]
        name = f"{WEEKDAYS[shown.weekday()]}, {MONTHS[shown.month - 1]} {shown.day}"
        tone = "short" if any(alert.code == "understaffed" for alert in found) else ""
        tone = "alarm" if any(map(is_urgent, found)) else tone
        days.append([shown.isoformat(), name, len(events), bool(conflicts_among(found)), tone])
    earlier, later = _months_on(day, -1), _months_on(day, 1)
    return {
        "title": month_words(day),
        "month": day.month,
        "days": days,
        "earlier": earlier.isoformat() if earlier >= EARLIEST else None,
        "later": later.isoformat() if later <= LATEST else None,
    }


def _whole_days(events: Iterable[Event]) -> list[tuple[dt.date, list[Event]]]:
    days: list[tuple[dt.date, list[Event]]] = []
    for index, event in enumerate(events):
        if not days or days[-1][0] != event.date:
            if index >= AT_ONCE:
                break
            days.append((event.date, []))
        days[-1][1].append(event)
    return days


def _wire(
    plan: AllEvents,
    request: Request,
    title: str,
    earlier: dt.date | None,
    later: dt.date | None,
    days: Sequence[tuple[dt.date, Sequence[Event]]],
) -> Mapping[str, Any]:
    """The data for the browser. `days` are each day with its events."""
    today, colors, limit = plan.snapshot.today, agency_colors(plan.snapshot), EVENTS_PER_DAY[request.view]
    marks = marked_days(days[0][0], days[-1][0]) if days else {}
    day_data: list[Mapping[str, Any]] = []
    agencies: dict[str, None] = {}
    timed = _blocks_by_day(request.view, days, plan.rules)
    numbers: dict[Alert, int] = {}
    for day, events in days:
        seen = list(events[:limit])
        blocks = {block.event.id: block for block in timed.get(day, ())}
        if timed:
            seen = [event for event in events if event.start is None][:limit]
            seen += [block.event for block in blocks.values()]
        agencies |= dict.fromkeys(agency for event in seen for agency in event.agencies[: MARKS[request.view]])
        day_data.append(
            {
                "date": day.isoformat(),
                "weekday": WEEKDAYS[day.weekday()],
                "month": MONTHS[day.month - 1],
                "heading": day_words(day, today),
                "outside": request.view == "month" and day.month != request.day.month,
                "today": day == today,
                "past": day < today,
                "marks": list(marks.get(day, ())),
                "count": len(events),
                "more": len(events) - len(seen),
                "events": [_event_data(event, plan, request.view, blocks.get(event.id), numbers) for event in seen],
            }
            | ({"week": week_words(day)} if request.view == "agenda" else {})
        )
    hours = hours_shown([block for blocks_of_day in timed.values() for block in blocks_of_day])
    step = "events" if request.view == "agenda" else request.view
    return {
        "view": request.view,
        "title": title,
        "date": request.day.isoformat(),
        "first": days[0][0].isoformat() if days else request.day.isoformat(),
        "today": today.isoformat(),
        "earlier": earlier.isoformat() if earlier and earlier >= EARLIEST else None,
        "later": later.isoformat() if later and later <= LATEST else None,
        "earlier_label": f"Earlier {step}" if request.view == "agenda" else f"Previous {step}",
        "later_label": f"Later {step}" if request.view == "agenda" else f"Next {step}",
        "bounds": [EARLIEST.isoformat(), LATEST.isoformat()],
        "colors": {short: visible(colors.get(short, UNKNOWN_COLOR)) for short in agencies},
        "days": day_data,
    } | ({"hours": [clock(dt.time(hour % 24)) for hour in range(*hours)], "from": hours[0]} if timed else {})


def _blocks_by_day(
    view: View, days: Sequence[tuple[dt.date, Sequence[Event]]], rules: Rules
) -> Mapping[dt.date, list[Block]]:
    """The time axis of each day of a week or of a day; empty for a list, as on a day with more events than fit."""
    if view not in ("week", "day"):
        return {}
    timed = {day: place_blocks(events, rules) for day, events in days}
    left_out = any(len(timed[day]) < sum(event.start is not None for event in events) for day, events in days)
    return timed if view == "week" or (any(timed.values()) and not left_out) else {}


def _event_data(
    event: Event, plan: AllEvents, view: View, block: Block | None, numbers: dict[Alert, int]
) -> Mapping[str, Any]:
    """The data of one event. `numbers` gives each conflict a number, so that one of two events is counted once."""
    summary = summarize(event, plan.snapshot, plan.alerts, plan.snapshot.today, gaps=plan.sees_staffing)
    alerts = plan.alerts.get(event.id, ())
    lacking = [alert for alert in alerts if summary.short and alert.code not in CLASHES]
    urgent = [heading(alert.code, event) for alert in lacking if is_urgent(alert)]
    mild = {heading(alert.code, event) for alert in alerts if tone_of(alert) == "notice"}
    conflicts = conflicts_among(alerts) if summary.clashes else ()
    conflict = None
    if conflicts:  # `Conflict: double-booked`, `2 conflicts: double-booked and assigned on a day off`
        kinds = [name[:1].lower() + name[1:] for name in dict.fromkeys(ALERT_CODES[each.code] for each in conflicts)]
        many = "Conflict" if len(conflicts) == 1 else counted(len(conflicts), "conflict")
        conflict = f"{many}: {list_words(kinds, 3)}"
    notes = [] if view == "month" else [*summary.gaps]
    if view in ("day", "agenda") and plan.sees_staffing:  # there is room for what the summary does not name
        codes = dict.fromkeys(alert.code for alert in worst_first(alerts))
        notes += (heading(code, event) for code in codes if code not in CLASHES | NAMED_GAPS)
    if summary.holiday and view != "month":  # there the day names it
        notes.append(summary.holiday)
    named = list(event.agencies[: MARKS[view]])
    place = {} if block is None else {"start": block.start, "length": block.length, "lane": block.lane}
    return place | {
        "id": event.id,
        "when": clock_range(event.start, event.end) if event.start else "no time yet",
        "at": clock(event.start).replace(":00 ", " ") if event.start else "no time yet",
        "title": summary.title,
        "place": where(event),
        "agencies": named,
        "others": len(event.agencies) - len(named),
        "leads": event.lead_agency is not None,
        "state": summary.state,
        "words": "Event confirmed" if event.status == "Confirmed" else state_words(event),
        "staff": summary.staff,
        "short": summary.short,
        "urgent": urgent,
        "mild": [note for note in notes if note in mild],
        "guests": "no count" if view == "month" and summary.guests == NOT_COUNTED else summary.guests,
        "conflicts": [numbers.setdefault(alert, len(numbers)) for alert in conflicts],
        "conflict": conflict,
        "notes": notes if summary.held else [summary.to_close],
    }


# --- the week's time axis ----------------------------------------------------------------------------------------

LANES = 3
"""Maximum number of events side by side in a day of the week view; the day has "+2 more" for the others."""
MIN_BLOCK = 45
"""Minutes that an event takes up at least, so that its time and place can be read."""
MIN_HOURS = 4


@dataclass(frozen=True, slots=True)
class Block:
    """Where an event is in its day: minutes after midnight, minutes long, and (number, of how many) of its lane."""

    event: Event
    start: int
    length: int
    lane: tuple[int, int]


def place_blocks(events: Iterable[Event], rules: Rules) -> list[Block]:
    """The events of one day that have a time, by start, side by side where they overlap, at most `LANES` of them."""
    blocks: list[Block] = []
    begun = 0  # the first block of those that overlap
    free_at: list[int] = []
    for event in events:
        span = interval(event, rules)
        if span is None:
            continue
        start = min(span[0].hour * 60 + span[0].minute, 24 * 60 - MIN_BLOCK)
        length = min(max(round((span[1] - span[0]).total_seconds() / 60), MIN_BLOCK), 24 * 60 - start)
        if free_at and start >= max(free_at):
            begun, free_at = len(blocks), []
        lane = next((number for number, end in enumerate(free_at) if end <= start), len(free_at))
        if lane >= LANES:
            continue
        if lane == len(free_at):  # one more beside those that overlap
            blocks[begun:] = [replace(block, lane=(block.lane[0], lane + 1)) for block in blocks[begun:]]
        free_at[lane : lane + 1] = [start + length]
        blocks.append(Block(event, start, length, (lane, len(free_at))))
    return blocks


def hours_shown(blocks: Collection[Block]) -> tuple[int, int]:
    """First and last hour of the axis: around all blocks, at least `MIN_HOURS`; working hours if there are none."""
    if not blocks:
        return 8, 8 + MIN_HOURS
    first = min(block.start // 60 for block in blocks)
    last = max(-(-(block.start + block.length) // 60) for block in blocks)
    last = min(24, max(last, first + MIN_HOURS))
    return min(first, last - MIN_HOURS), last


def week_words(day: dt.date) -> str:
    """The week of that day, from Sunday to Saturday."""
    return day_range(*visible_days("week", day))


_APART: tuple[EventStatus, ...] = ("Draft", "Cancelled", "Postponed")
"""Events in the calendar that are in no count of events elsewhere, so that their number is said."""


def answer(shown: ShownEvents, request: Request, today: dt.date) -> str:
    """`4 events this month; 2 are short of officers.`, `3 of 12 events of WPD in May 2026 pass the filters.`"""
    agency, number = request.agency, len(shown.events)
    total = sum(agency is None or event.names(agency) for event in shown.among)
    span = f"of {agency} {_span_words(request, today)}" if agency else _span_words(request, today)
    if not total:
        return f"No event {span}."
    off = Counter(event.status for event in shown.events)
    if parts := [f"{off[status]:,} {choice_label(status).lower()}" for status in _APART if off[status]]:
        span += f" ({', '.join(parts)})"
    words = f"{counted(total, 'event')} {span}"
    if request.towns or request.statuses or request.staffing:
        words = f"{number or 'None'} of {words} {'passes' if number < 2 else 'pass'} the filters"
    if shown.short is not None:
        short = f"{shown.short or 'none'} {'is' if shown.short < 2 else 'are'}"
        if number == 1:
            short = "it is" if shown.short else "it is not"
        words += f"; {short} short of officers"
        words += f"; {counted(shown.conflicts, 'conflict')}" if shown.conflicts else ""
    return f"{words}."


def _span_words(request: Request, today: dt.date) -> str:
    """`this month`, `in November 2026`, for a sentence."""
    day, near = request.day, visible_days(request.view, request.day)[0] == visible_days(request.view, today)[0]
    if request.view == "month":
        return "this month" if (day.year, day.month) == (today.year, today.month) else f"in {month_words(day)}"
    if request.view == "week":
        return "this week" if near else f"in the week of {week_words(day)}"
    if request.view == "day":
        return "today" if near else f"on {long_day(day)}"
    return "from today on" if near else f"from {short_day(day)} on"
