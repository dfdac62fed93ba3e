"""A quarter's answer, for all agencies or one: what was held, who came, what it took, and how that has changed.

Nobody's name is in it: agencies, towns and venues only.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from cwac.analysis.attendance import (
    QUARTILES_FROM,
    Comparison,
    Group,
    Held,
    Program,
    Turnout,
    compare,
    groups,
    number,
    program,
    turnout,
)
from cwac.analysis.events import DEFAULTS
from cwac.analysis.followups import Tally, asked, tally
from cwac.analysis.hours import Hours, ledger
from cwac.analysis.periods import Period, quarter_before, quarter_named
from cwac.analysis.productivity import NOT_NOTED, Worth, worth
from cwac.model import Event, Snapshot
from cwac.settings import Rules

Unit = Literal["events", "guests", "hours", "per hour", "share", "towns", "follow-ups"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure, this quarter and last; None where it is not known. `key` is its name to programs, and never changes.

    `n` of `of` events went into it, where that applies. A share is from 0 to 1. `made` says how the figure is made, in
    a sentence that fits every quarter.
    """

    key: str
    name: str
    unit: Unit
    now: float | None
    before: float | None
    made: str
    n: int | None = None
    of: int | None = None

    @property
    def change(self) -> float | None:
        return None if self.now is None or self.before is None else self.now - self.before

    def words(self, value: float | None) -> str:
        if value is None:
            return "not known"
        return f"{value * 100:.0f} %" if self.unit == "share" else number(value)

    @property
    def change_words(self) -> str:
        """`+3`, `−1.5`, `same`, `+4 points` (of a share), or why there is none.

        Of the figures as shown, so that a reader who subtracts finds the same.
        """
        if self.now is None or self.before is None:
            return "not known"
        scale, digits = (100, 0) if self.unit == "share" else (1, 1)
        change = round(self.now * scale, digits) - round(self.before * scale, digits)
        size = number(abs(change), digits)
        if size == "0":
            return "same"
        return f"{'+' if change > 0 else '−'}{size}{' points' if self.unit == 'share' else ''}"


@dataclass(frozen=True, slots=True)
class Line:
    """An event as the report lists it: `officer_hours` is None where nobody's are known."""

    event: Event
    held: Held | None
    officer_hours: float | None


@dataclass(frozen=True, slots=True)
class FollowUpsOf:
    """Follow-ups of one quarter: `asked` at its events (as they stand today), `closed` on one of its days."""

    asked: Tally
    closed: int


@dataclass(frozen=True, slots=True)
class Quarter:
    """The whole answer. `unfinished` where the quarter is not over on the snapshot's day.

    `follow_ups` is None where the sheet has no such tab, or the viewer may not see it.
    """

    period: Period
    before: Period
    agency: str | None
    agency_name: str | None
    as_of: dt.datetime
    timezone: str
    today: dt.date
    sample: bool
    figures: tuple[Figure, ...]
    comparison: Comparison
    program: Program
    turnout: Turnout
    worth: Worth
    led: Mapping[str, int]
    took_part: Mapping[str, int]
    towns: tuple[Group, ...]
    towns_listed: int
    follow_ups: FollowUpsOf | None
    lines: tuple[Line, ...]

    @property
    def unfinished(self) -> bool:
        return self.today <= self.period.last

    @property
    def whose(self) -> str:
        return self.agency_name or self.agency or "All agencies"

    def hours_of(self, agency: str) -> Hours | None:
        """An agency's hours; None where it has none that are known, and it is not known whose all the others are."""
        found = self.worth.by_agency
        return found.get(agency, None if NOT_NOTED in found else Hours())


def quarter(snapshot: Snapshot, name: str, agency: str | None = None, rules: Rules = DEFAULTS) -> Quarter:
    """The quarter called `name` (`2026-Q3`), of the events an agency leads or takes part in, else of all.

    Raises `ValueError`, with a sentence fit to be shown, where there is no such quarter or agency.
    """
    period = quarter_named(name)
    short = _known(snapshot, agency) if agency is not None else None
    before = quarter_before(period)
    now, then = program(snapshot, period, short), program(snapshot, before, short)
    spent, spent_before = worth(snapshot, now.held, rules), worth(snapshot, then.held, rules)
    of_now, of_then = _follow_ups(snapshot, period, short), _follow_ups(snapshot, before, short)
    named = snapshot.agency_by_short.get(short or "")
    return Quarter(
        period=period,
        before=before,
        agency=short,
        agency_name=named.name if named else None,
        as_of=snapshot.as_of,
        timezone=snapshot.timezone,
        today=snapshot.today,
        sample=snapshot.source == "sample",
        figures=_figures(now, then, spent, spent_before, of_now, of_then),
        comparison=compare(then.held, now.held),
        program=now,
        turnout=turnout(now.held),
        worth=spent,
        led=Counter(one.event.lead_agency for one in now.held if one.event.lead_agency),
        took_part=Counter(short for one in now.held for short in one.event.agencies),
        towns=tuple(town for town in groups(now, "town") if town.turnout.held),
        towns_listed=len(snapshot.towns),
        follow_ups=of_now,
        lines=_lines(snapshot, now, rules),
    )


def _known(snapshot: Snapshot, agency: str) -> str:
    """The agency by its short name, in whatever case; where the sheet lists none, as the events name it."""
    names = [one.short for one in snapshot.agencies] or sorted(
        {one for event in snapshot.events for one in event.agencies}
    )
    for name in names:
        if name.casefold() == agency.casefold():
            return name
    raise ValueError(f"{agency!r} is not an agency of this sheet: it has {', '.join(names) or 'none'}.")


def _follow_ups(snapshot: Snapshot, period: Period, agency: str | None) -> FollowUpsOf | None:
    if not snapshot.follow_ups and "Follow-ups" not in snapshot.accounting:
        return None
    raised = asked(snapshot, snapshot.today, agency=agency)
    return FollowUpsOf(
        tally(one for one in raised if one.event is not None and one.event.date in period),
        sum(
            one.follow_up.closed_on is not None and one.follow_up.closed_on in period for one in raised if not one.open
        ),
    )


def _lines(snapshot: Snapshot, events: Program, rules: Rules) -> tuple[Line, ...]:
    held = {one.event.id: one for one in events.held}
    every = [one.event for one in events.held]
    every += [*events.cancelled, *events.postponed, *events.not_closed, *events.coming]

    every.sort(key=lambda event: (event.date, event.start or dt.time.max, event.id))
    hours = ledger(snapshot, rules, every).totals_at(every)
    return tuple(
        Line(event, held.get(event.id), spent if event.id in held else None)
        for event, spent in zip(every, hours, strict=True)
    )


def _figures(
    now: Program,
    then: Program,
    spent: Worth,
    spent_before: Worth,
    asked_now: FollowUpsOf | None,
    asked_then: FollowUpsOf | None,
) -> tuple[Figure, ...]:
    found, earlier = turnout(now.held), turnout(then.held)

    def of_events(key: str, name: str, made: str, count: Callable[[Program], int]) -> Figure:
        return Figure(key, name, "events", count(now), count(then), made)

    def of_follow_ups(key: str, name: str, made: str, count: Callable[[FollowUpsOf], float]) -> Figure:
        now, then = (None if one is None else count(one) for one in (asked_now, asked_then))
        return Figure(key, name, "follow-ups", now, then, made)

    return (
        of_events("events_held", "Events held", "Events with the status Completed.", lambda one: len(one.held)),
        of_events("events_cancelled", "Events cancelled", "Apart from those held, and never counted as low turnout.",
                  lambda one: len(one.cancelled)),
        of_events("events_postponed", "Events postponed",
                  "By status; a new date is an event of its own.", lambda one: len(one.postponed)),
        of_events("events_not_closed", "Past events not closed",
                  "Past, and still neither Completed nor Cancelled: in no other figure.",
                  lambda one: len(one.not_closed)),
        Figure("median_guests", "Median guests at an event", "guests", found.median, earlier.median,
               "Half of the counted events had more, half fewer. Estimates count as they stand; an event without a "
               "count is left out, never taken for zero.", found.counted, found.held),
        Figure("guests", "Guests counted in all", "guests", found.guests, earlier.guests,
               "All counts added up: at least so many, since events without a count add nothing.",
               found.counted, found.held),
        of_events("events_without_count", "Held events without a count", "Held, and no number of guests could be read.",
                  lambda one: sum(each.guests is None for each in one.held)),
        Figure("officer_hours", "Officer-hours", "hours", spent.hours.total, spent_before.hours.total,
               "Hours as recorded in Staffing; where none are, from report to release time, or the event's own. Those "
               "who declined, were swapped out or did not show count for nothing."),
        Figure("guests_per_officer_hour", "Guests per officer-hour",
               "per hour", spent.guests_per_hour.value, spent_before.guests_per_hour.value,
               "Guests over officer-hours, of those events alone where both are known.",
               spent.guests_per_hour.n, spent.guests_per_hour.of),
        Figure("conversations_per_officer_hour", "Conversations per officer-hour",
               "per hour", spent.conversations_per_hour.value,
               spent_before.conversations_per_hour.value,
               "Conversations over officer-hours, of those events alone where both are known.",
               spent.conversations_per_hour.n, spent.conversations_per_hour.of),
        Figure("new_visitors_share", "New visitors' share",
               "share", spent.new_share.value, spent_before.new_share.value,
               "New visitors over guests, of those events alone where both are known; not given below ten guests.",
               spent.new_share.n, spent.new_share.of),
        Figure("towns", "Towns reached", "towns", _towns(now), _towns(then), "Different towns with an event held."),
        of_follow_ups("follow_ups_asked", "Follow-ups asked for",
                      "Raised at an event of the quarter.", lambda one: one.asked.asked),
        of_follow_ups("follow_ups_open", "Of these still open",
                      "Not closed by the day this page was made.", lambda one: one.asked.open),
        of_follow_ups("follow_ups_overdue", "Of these overdue",
                      "Open, and past their due day.", lambda one: one.asked.overdue),
        of_follow_ups("follow_ups_closed", "Follow-ups closed",
                      "Closed on a day of the quarter, whenever they were raised.",
                      lambda one: one.closed),
    )  # fmt: skip


def _towns(events: Program) -> int:
    return len({one.event.town for one in events.held if one.event.town is not None})


def made_of(answer: Quarter) -> tuple[str, ...]:
    """How the whole page is made, in sentences: what no single figure says."""
    spread = f"Quartiles are given from {QUARTILES_FROM} counted events on."
    follow_ups = "A follow-up belongs to the agency that it was referred to, else to the one that led the event."
    whose = (
        f"Events are those that {answer.agency} leads or takes part in; their hours are all agencies'."
        if answer.agency
        else "Events are those of all agencies."
    )
    trust = "These figures are about attendance. They say nothing of trust, and compare periods without naming causes."
    return (whose, f"Counts are approximate. {spread}", follow_ups, trust)
