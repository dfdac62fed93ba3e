"""What the overview answers: what is next, what needs attention, the weeks to come, and the last quarters."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from cwac.analysis.alerts import alerts_concerning, conflicts_among, topic_of
from cwac.analysis.attendance import HeldEvent, Outcomes, guests_in_all, outcomes, towns_reached, turnout
from cwac.analysis.events import between, interval, is_live, matching, upcoming, where
from cwac.analysis.followups import MissingResult, missing_after_event
from cwac.analysis.hours import HOURS_AT_EVENTS, Ledger, ledger, officer_hours
from cwac.analysis.measures import Measure
from cwac.analysis.periods import Period, first_day_of_week, quarter_before
from cwac.analysis.staffing import ROLE_WORDS, Gap, gap_board, still_needed
from cwac.analysis.words import counted, list_words
from cwac.date_words import WEEKDAYS, day_words, month_day, short_day
from cwac.model import Alert, Event, Snapshot, grouped
from cwac.settings import Rules


@dataclass(frozen=True, slots=True)
class Needs:
    """Counts: events with a gap, open positions at them, clashes, unconfirmed assignments, missing headcounts.

    `short` of the events with a gap have open positions; `not_closed` of `uncounted` lack the outcome, not the count.
    `coming` counts the events that could have a gap.
    """

    gaps: int
    positions: int
    clashes: int
    unconfirmed: int
    uncounted: int
    short: int = 0
    not_closed: int = 0
    coming: int = 0


def needs(
    snapshot: Snapshot,
    today: dt.date,
    agency: str | None,
    rules: Rules,
    *,
    _alerts: Sequence[Alert] | None = None,
    _gaps: Sequence[Gap] | None = None,
    _missing: Sequence[MissingResult] | None = None,
    ended: Collection[str] = (),
) -> Needs:
    """The needs of one agency, or of all if None, without the gaps of today's events that have `ended`."""
    concerning = alerts_concerning(snapshot, today, rules, agency, _alerts=_alerts)
    coming = [gap for gap in gap_board(snapshot, today, _gaps=_gaps) if gap.fill.event.id not in ended]
    needed = still_needed(coming, agency)
    missing = missing_after_event(snapshot, snapshot.today) if _missing is None else _missing
    owed = [item for item in missing if item.kind in ("count", "closing") and agency in (None, item.agency)]
    return Needs(
        gaps=len(needed.first),
        positions=needed.own.officers,
        clashes=len(conflicts_among(concerning)),
        unconfirmed=sum(topic_of(alert.code) == "Not confirmed" for alert in concerning),
        uncounted=len(owed),
        short=needed.own.events,
        not_closed=sum(item.kind == "closing" for item in owed),
        coming=sum(agency is None or gap.fill.event.names(agency) for gap in coming),
    )


def coming_events(snapshot: Snapshot, today: dt.date, agency: str | None) -> tuple[Event, ...]:
    return matching(upcoming(snapshot, today), agency)


def events_between(snapshot: Snapshot, first: dt.date, last: dt.date, agency: str | None) -> tuple[Event, ...]:
    """Events of the agency (None for all) from `first` to `last`, by start."""
    return matching(between(snapshot, first, last), agency)


def next_event(upcoming: Sequence[Event], now: dt.datetime, rules: Rules) -> Event | None:
    """The first event that has not ended. `upcoming` is sorted by start; `now` is in the sheet's zone."""
    open_ones = (event for event in upcoming if event.status != "Completed" and not has_ended(event, now, rules))
    return next(open_ones, None)


def has_ended(event: Event, now: dt.datetime, rules: Rules) -> bool:
    """Whether the event's end has passed; without a start, not before its day is over. `now` is in the sheet's zone."""
    span = interval(event, rules)
    return span is not None and span[1] <= now.replace(tzinfo=None)


def ended_on(snapshot: Snapshot, now: dt.datetime, rules: Rules) -> tuple[str, ...]:
    today = snapshot.today
    return tuple(event.id for event in between(snapshot, today, today) if has_ended(event, now, rules))


@dataclass(frozen=True, slots=True)
class Headline:
    """What the overview says first, and the gap of the event that it is about, None if all is well."""

    sentence: str
    gap: Gap | None = None


def answer(
    today: dt.date, agency: str | None, ended: Collection[str], gaps: Sequence[Gap], conflicting: Collection[str]
) -> Headline:
    """The first event of the next 14 days that lacks officers or has a conflict, or until when all are staffed."""
    board = [gap for gap in gaps if gap.fill.event.id not in ended]
    if not board:
        return Headline(f"No event of {agency} is planned." if agency else "No event is planned.")
    first = next((gap for gap in board if gap.fill.open or gap.fill.event.id in conflicting), None)
    if first is not None and first.fill.event.date <= last_of_soon(today):
        fill = first.fill
        # What else is wrong is said only if no officer is missing.
        missing = [f"no {ROLE_WORDS[role]}" for role in fill.lacks]
        missing += [f"no officer from {list_words(fill.silent, 3, 'or')}"] if fill.silent else []
        short = f"is {counted(fill.short, 'officer')} short" if fill.short else ""
        has = "" if short else f"has {list_words(missing, 4)}"
        wrong = filter(None, [short, "has a conflict" if fill.event.id in conflicting else has])
        return Headline(f"{event_on(fill.event, today)} {' and '.join(wrong)}.", first)
    covered = [gap for gap in board if first is None or gap.fill.event.date < first.fill.event.date]
    last = first.fill.event.date - dt.timedelta(days=1) if first else board[-1].fill.event.date
    day, whose = month_day(last) if last.year == today.year else short_day(last), f" of {agency}" if agency else ""
    if not covered:
        return Headline(f"No event{whose} is planned until {day}.")
    if any(gap.fill.wanted is None for gap in covered):
        return Headline(f"No event{whose} until {day} is known to be short of officers.")
    return Headline(f"Every event{whose} until {day} is staffed.")


def event_on(event: Event, today: dt.date) -> str:
    """`Monday's event at Weed Starbucks`, `The event on Mon, Dec 7 at Etna library`."""
    days = (event.date - today).days
    name = {0: "Today", 1: "Tomorrow"}.get(days, WEEKDAYS[event.date.weekday()])
    start = f"{name}'s event" if 0 <= days < 7 else f"The event on {day_words(event.date, today)}"
    return f"{start} at {where(event)}"


QUARTERS_SHOWN = 8


@dataclass(frozen=True, slots=True)
class QuarterFigures:
    """A quarter's totals. `shared` says how many of an agency's events are shared, None if none is."""

    period: Period
    guests: Measure
    events: int
    canceled: int
    hours: Measure
    towns: Measure
    shared: str | None


def quarters(
    snapshot: Snapshot,
    last: Period,
    agency: str | None,
    rules: Rules,
    *,
    _every: Outcomes | None = None,
    _book: Ledger | None = None,
) -> tuple[QuarterFigures, ...]:
    """The figures of `QUARTERS_SHOWN` quarters, the last one last."""
    every = _every or outcomes(snapshot)
    book = _book or ledger(snapshot, rules, [past.event for past in every.held])
    periods = [last]
    while len(periods) < QUARTERS_SHOWN:
        periods.insert(0, quarter_before(periods[0]))
    return tuple(
        QuarterFigures(
            period,
            guests_in_all(turnout(done.held)),
            len(done.held),
            len(done.canceled),
            officer_hours(
                book.total(book.of([past.event for past in done.held])), HOURS_AT_EVENTS if agency else "Officer-hours"
            ),
            towns_reached(done.held, snapshot),
            _shared_words(done.held, agency),
        )
        for period in periods
        for done in [every.of(period, agency)]
    )


def _shared_words(held: Sequence[HeldEvent], agency: str | None) -> str | None:
    """How many of the agency's events are shared; None if none is, or for all agencies."""
    shared = sum(len(past.event.agencies) > 1 for past in held)
    if agency is None or not shared:
        return None
    these = f"{shared:,} of {agency}'s {counted(len(held), 'event')}"
    return f"{these} also count{'s' if shared == 1 else ''} for other agencies."


WEEKS_SHOWN = 12


@dataclass(frozen=True, slots=True)
class Week:
    """A week from Sunday, with its events that are not called off."""

    first: dt.date
    events: tuple[Event, ...]


def weeks(snapshot: Snapshot, today: dt.date, agency: str | None) -> tuple[Week, ...]:
    sundays = [first_day_of_week(today) + dt.timedelta(weeks=number) for number in range(WEEKS_SHOWN)]
    live = filter(is_live, events_between(snapshot, sundays[0], sundays[-1] + dt.timedelta(days=6), agency))
    by_week = grouped((first_day_of_week(event.date), event) for event in live)
    return tuple(Week(first, tuple(by_week.get(first, ()))) for first in sundays)


def last_of_soon(today: dt.date) -> dt.date:
    """The last of 14 days, of which today is the first."""
    return today + dt.timedelta(days=13)


def is_young(snapshot: Snapshot) -> bool:
    """Whether there is no event yet, so that nothing else on this page could mean anything."""
    return not snapshot.events and not snapshot.undated
