"""The quarterly report for all agencies or one: events, guests, officer-hours, and the change from the quarter before.

It names agencies, towns and venues, but no person.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

from cwac.analysis.attendance import (
    QUARTILES_FROM,
    Group,
    HeldEvent,
    Outcomes,
    Turnout,
    groups,
    number,
    outcomes,
    turnout,
)
from cwac.analysis.change_over_time import Comparison, Trend, compare, trend
from cwac.analysis.events import DEFAULTS
from cwac.analysis.followups import Tally, follow_ups, tally
from cwac.analysis.hours import Hours, ledger
from cwac.analysis.periods import Period, last_months, quarter_before, quarter_named
from cwac.analysis.productivity import NOT_NOTED, Measure, Productivity, productivity
from cwac.model import Event, Snapshot
from cwac.settings import Rules

TREND_MONTHS = 24
"""The months to the end of the quarter that its trend is of."""
Unit = Literal["events", "guests", "hours", "per hour", "share", "towns", "follow-ups"]


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure of this quarter (`now`) and the quarter before (`before`), None where it is not known.

    `key` is its name in JSON and never changes. `n` of `of` events went into it, where that applies. A share is from 0
    to 1. `method` says how the figure is made, in a sentence that fits every quarter.
    """

    key: str
    name: str
    unit: Unit
    now: float | None
    before: float | None
    method: str
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
        """`+3`, `−1.5`, `same`, `+4 points` (of a share), or `not known`.

        Computed from the rounded figures, so that a reader who subtracts them gets the same result.
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
class EventLine:
    """An event as the report lists it; `officer_hours` is None where nobody's are known."""

    event: Event
    held: HeldEvent | None
    officer_hours: float | None


@dataclass(frozen=True, slots=True)
class QuarterFollowUps:
    """Follow-ups of one quarter: `asked` at its events, with their status of today, and the number `closed` in it."""

    asked: Tally
    closed: int


@dataclass(frozen=True, slots=True)
class Quarter:
    """The report. `follow_ups` is None if the sheet has no such tab or the viewer may not see it.

    `trend` is of the 24 months to its end. `led` and `took_part` count held events by agency; `lines` has all events
    of the quarter except drafts.
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
    trend: Trend
    outcomes: Outcomes
    turnout: Turnout
    productivity: Productivity
    led: Mapping[str, int]
    took_part: Mapping[str, int]
    towns: tuple[Group, ...]
    towns_listed: int
    follow_ups: QuarterFollowUps | None
    lines: tuple[EventLine, ...]

    @property
    def unfinished(self) -> bool:
        """Whether the quarter is not over on the snapshot's day."""
        return self.today <= self.period.last

    @property
    def agency_label(self) -> str:
        return self.agency_name or self.agency or "All agencies"

    def hours_of(self, agency: str) -> Hours | None:
        """An agency's hours; None if it has no known hours but may have some of the hours without an agency."""
        by_agency = self.productivity.by_agency
        return by_agency.get(agency, None if NOT_NOTED in by_agency else Hours())


def quarter(snapshot: Snapshot, name: str, agency: str | None = None, rules: Rules = DEFAULTS) -> Quarter:
    """The report of the quarter called `name` (`2026-Q3`), on the events an agency leads or takes part in, or on all.

    Raises `ValueError` with a sentence to show to the user if there is no such quarter or agency.
    """
    period = quarter_named(name)
    short = _agency_named(snapshot, agency) if agency is not None else None
    before = quarter_before(period)
    now, then = outcomes(snapshot, period, short), outcomes(snapshot, before, short)
    productivity_now = productivity(snapshot, now.held, rules)
    productivity_then = productivity(snapshot, then.held, rules)
    follow_ups_now, follow_ups_then = _follow_ups(snapshot, period, short), _follow_ups(snapshot, before, short)
    listed = snapshot.agency_by_short.get(short or "")
    return Quarter(
        period=period,
        before=before,
        agency=short,
        agency_name=listed.name if listed else None,
        as_of=snapshot.as_of,
        timezone=snapshot.timezone,
        today=snapshot.today,
        sample=snapshot.source == "sample",
        figures=(
            *_event_figures(now, then),
            *_productivity_figures(productivity_now, productivity_then),
            Figure("towns", "Towns reached", "towns", _towns(now), _towns(then), "Different towns with an event held."),
            *_follow_up_figures(follow_ups_now, follow_ups_then),
        ),
        comparison=compare(then.held, now.held),
        trend=trend(outcomes(snapshot, last_months(period.last, TREND_MONTHS), short).held),
        outcomes=now,
        turnout=turnout(now.held),
        productivity=productivity_now,
        led=Counter(held.event.lead_agency for held in now.held if held.event.lead_agency),
        took_part=Counter(agency for held in now.held for agency in held.event.agencies),
        towns=tuple(town for town in groups(now, "town") if town.turnout.held),
        towns_listed=len(snapshot.towns),
        follow_ups=follow_ups_now,
        lines=_lines(snapshot, now, rules),
    )


def _agency_named(snapshot: Snapshot, agency: str) -> str:
    """The agency's short name as the sheet spells it; `agency` may be in any case."""
    names = [listed.short for listed in snapshot.agencies] or sorted(
        {short for event in snapshot.events for short in event.agencies}
    )
    for name in names:
        if name.casefold() == agency.casefold():
            return name
    raise ValueError(f"{agency!r} is not an agency of this sheet: it has {', '.join(names) or 'none'}.")


def _follow_ups(snapshot: Snapshot, period: Period, agency: str | None) -> QuarterFollowUps | None:
    if not snapshot.follow_ups and "Follow-ups" not in snapshot.accounting:
        return None
    every = follow_ups(snapshot, snapshot.today, agency=agency)
    closing_days = [aged.follow_up.closed_on for aged in every if not aged.open]
    return QuarterFollowUps(
        tally(aged for aged in every if aged.event is not None and aged.event.date in period),
        sum(day is not None and day in period for day in closing_days),
    )


def _lines(snapshot: Snapshot, outcomes: Outcomes, rules: Rules) -> tuple[EventLine, ...]:
    held = {held.event.id: held for held in outcomes.held}
    every = [held.event for held in outcomes.held]
    every += [*outcomes.canceled, *outcomes.postponed, *outcomes.not_closed, *outcomes.coming]
    every.sort(key=lambda event: (event.date, event.start or dt.time.max, event.id))
    hours = ledger(snapshot, rules, every).totals_at(every)
    return tuple(
        EventLine(event, held.get(event.id), officer_hours if event.id in held else None)
        for event, officer_hours in zip(every, hours, strict=True)
    )


def _event_figures(now: Outcomes, then: Outcomes) -> tuple[Figure, ...]:
    def figure(key: str, name: str, method: str, count: Callable[[Outcomes], int]) -> Figure:
        return Figure(key, name, "events", count(now), count(then), method)

    turnout_now, turnout_then = turnout(now.held), turnout(then.held)
    counted, held = turnout_now.counted, turnout_now.held
    return (
        figure("events_held", "Events held", "Events with the status Completed.", lambda events: len(events.held)),
        figure("events_cancelled", "Events cancelled", "Apart from those held, and never counted as low turnout.",
               lambda events: len(events.canceled)),
        figure("events_postponed", "Events postponed", "By status; a new date is an event of its own.",
               lambda events: len(events.postponed)),
        figure("events_not_closed", "Past events not closed",
               "Past, and still neither Completed nor Cancelled: in no other figure.",
               lambda events: len(events.not_closed)),
        Figure("median_guests", "Median guests at an event", "guests", turnout_now.median, turnout_then.median,
               "Half of the counted events had more, half fewer. Estimates count as they stand; an event without a "
               "count is left out, never taken for zero.", counted, held),
        Figure("guests", "Guests counted in all", "guests", turnout_now.guests, turnout_then.guests,
               "All counts added up: at least so many, since events without a count add nothing.", counted, held),
        figure("events_without_count", "Held events without a count", "Held, and no number of guests could be read.",
               lambda events: sum(event.guests is None for event in events.held)),
    )  # fmt: skip


def _productivity_figures(now: Productivity, then: Productivity) -> tuple[Figure, ...]:
    def ratio(key: str, name: str, unit: Unit, method: str, measure: Callable[[Productivity], Measure]) -> Figure:
        this = measure(now)
        return Figure(key, name, unit, this.value, measure(then).value, method, this.n, this.of)

    return (
        Figure("officer_hours", "Officer-hours", "hours", now.hours.total, then.hours.total,
               "Hours as recorded in Staffing; where none are, from report to release time, or the event's own. Those "
               "who declined, were swapped out or did not show count for nothing."),
        ratio("guests_per_officer_hour", "Guests per officer-hour", "per hour",
              "Guests over officer-hours, of those events alone where both are known.",
              lambda period: period.guests_per_hour),
        ratio("conversations_per_officer_hour", "Conversations per officer-hour", "per hour",
              "Conversations over officer-hours, of those events alone where both are known.",
              lambda period: period.conversations_per_hour),
        ratio("new_visitors_share", "New visitors' share", "share",
              "New visitors over guests, of those events alone where both are known; not given below ten guests.",
              lambda period: period.new_share),
    )  # fmt: skip


def _follow_up_figures(now: QuarterFollowUps | None, then: QuarterFollowUps | None) -> tuple[Figure, ...]:
    def figure(key: str, name: str, method: str, count: Callable[[QuarterFollowUps], int]) -> Figure:
        this, before = (None if period is None else count(period) for period in (now, then))
        return Figure(key, name, "follow-ups", this, before, method)

    return (
        figure("follow_ups_asked", "Follow-ups asked for", "Raised at an event of the quarter.",
               lambda period: period.asked.asked),
        figure("follow_ups_open", "Of these still open", "Not closed by the day this page was made.",
               lambda period: period.asked.open),
        figure("follow_ups_overdue", "Of these overdue", "Open, and past their due day.",
               lambda period: period.asked.overdue),
        figure("follow_ups_closed", "Follow-ups closed", "Closed on a day of the quarter, whenever they were raised.",
               lambda period: period.closed),
    )  # fmt: skip


def _towns(outcomes: Outcomes) -> int:
    return len({held.event.town for held in outcomes.held if held.event.town is not None})


def method_notes(answer: Quarter) -> tuple[str, ...]:
    """Sentences on how the report is made that belong to no single figure."""
    spread = f"Quartiles are given from {QUARTILES_FROM} counted events on."
    follow_ups = "A follow-up belongs to the agency that it was referred to, else to the one that led the event."
    scope = (
        f"Events are those that {answer.agency} leads or takes part in; their hours are all agencies'."
        if answer.agency
        else "Events are those of all agencies."
    )
    change = (
        "A change of attendance compares events at the same places, and is claimed only where its 95% range leaves out "
        "no change."
    )
    trust = "These figures are about attendance. They say nothing of trust, and compare periods without naming causes."
    return (scope, f"Counts are approximate. {spread}", follow_ups, change, trust)
