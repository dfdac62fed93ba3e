"""The quarterly report for all agencies or one: events, guests, officer-hours, and the change from the quarter before.

It names agencies, towns and venues, but no person.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from cwac import addons
from cwac.addons import ResidentsSaid
from cwac.analysis.attendance import (
    QUARTILES_FROM,
    EventGroup,
    HeldEvent,
    Outcomes,
    Turnout,
    groups,
    guests_in_all,
    outcomes,
    towns_reached,
    turnout,
    typical_guests,
)
from cwac.analysis.attendance_change import NOT_A_YEAR, Verdict, scope_verdict
from cwac.analysis.events import DEFAULTS, state_words
from cwac.analysis.followups import Tally, follow_ups, tally
from cwac.analysis.hours import (
    NOT_NOTED,
    Hours,
    Ledger,
    Productivity,
    ledger,
    noted_in_all,
    officer_hours,
    productivity,
)
from cwac.analysis.measures import RATIO_FROM, Difference, Measure, difference_words
from cwac.analysis.periods import Period, quarter_before, quarter_named
from cwac.analysis.words import number
from cwac.model import Event, Snapshot
from cwac.settings import Rules

SIDE_BY_SIDE = Difference(None, "–", NOT_A_YEAR)
"""The change of a figure that varies by itself from quarter to quarter."""
Unit = Literal["events", "guests", "hours", "per hour", "share", "cups", "surveys", "towns", "follow-ups"]


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure of this quarter and of the one before; a share is from 0 to 1.

    `key` is its name in JSON and never changes. `method` says how it is made, in a sentence that fits every quarter.
    """

    key: str
    unit: Unit
    this: Measure
    last: Measure
    change: Difference
    method: str

    @property
    def name(self) -> str:
        return self.this.name


@dataclass(frozen=True, slots=True)
class EventLine:
    """An event as listed, with its `state` in words; `officer_hours` is None where nobody's are known.

    `hours_in_full` is False if somebody's are unknown, or scheduled and perhaps not served.
    """

    event: Event
    state: str
    held: HeldEvent | None
    officer_hours: float | None
    hours_in_full: bool


@dataclass(frozen=True, slots=True)
class QuarterFollowUps:
    """Follow-ups of one quarter: `asked` at its events, with their status of today, and the number `closed` in it."""

    asked: Tally
    closed: int


@dataclass(frozen=True, slots=True)
class PeriodReport:
    """What the reports of a period have in common: all its events but drafts, of an agency or of all.

    `towns` are those with an event held; `lines` has every event. `residents` is what they answered at the events of
    all agencies: those of one alone could tell, beside these, what few said.
    """

    period: Period
    agency: str | None
    agency_name: str | None
    as_of: dt.datetime
    timezone: str
    today: dt.date
    sample: bool
    outcomes: Outcomes
    turnout: Turnout
    towns: tuple[EventGroup, ...]
    lines: tuple[EventLine, ...]
    residents: ResidentsSaid | None

    @property
    def unfinished(self) -> bool:
        return self.today <= self.period.last

    @property
    def agency_label(self) -> str:
        return self.agency_name or self.agency or "All agencies"


def period_fields(
    snapshot: Snapshot, period: Period, agency: str | None, outcomes: Outcomes, rules: Rules, book: Ledger | None = None
) -> dict[str, Any]:
    """The fields of a `PeriodReport` on these outcomes; `book` is a ledger of these and maybe of other events."""
    listed = snapshot.agency_by_short.get(agency or "")
    held, every = {held.event.id: held for held in outcomes.held}, outcomes.events
    not_closed = {event.id for event in outcomes.not_closed}
    book = book or ledger(snapshot, rules, every)
    return {
        "period": period,
        "agency": agency,
        "agency_name": listed.name if listed else None,
        "as_of": snapshot.as_of,
        "timezone": snapshot.timezone,
        "today": snapshot.today,
        "sample": snapshot.source == "sample",
        "outcomes": outcomes,
        "turnout": turnout(outcomes.held),
        "towns": tuple(town for town in groups(outcomes, "town") if town.turnout.held),
        "lines": tuple(
            EventLine(
                event,
                f"{state_words(event)}, not closed" if event.id in not_closed else state_words(event),
                held.get(event.id),
                hours if event.id in held else None,
                lack in (None, "no officer-hours"),
            )
            for event, (hours, lack) in zip(every, book.at(every), strict=True)
        ),
        "residents": addons.first(lambda addon: addon.residents_said(snapshot, period)),
    }


@dataclass(frozen=True, slots=True)
class Quarter(PeriodReport):
    """The report; `follow_ups` is None without such a tab, or where the viewer may not see it.

    `then` is the turnout of the quarter before, and `verdict` that of the year to the end of the quarter, or of the
    latest whole year if the quarter is not over. `led` and `took_part` count held events by agency.
    """

    before: Period
    figures: tuple[Figure, ...]
    then: Turnout
    verdict: Verdict
    productivity: Productivity
    led: Mapping[str, int]
    took_part: Mapping[str, int]
    follow_ups: QuarterFollowUps | None

    @property
    def shared(self) -> str | None:
        """How many of an agency's events are shared; None for all agencies."""
        return self.productivity.shared

    def hours_of(self, agency: str) -> Hours | None:
        """An agency's hours; None if it has no known hours but may have some of the hours without an agency."""
        by_agency = self.productivity.by_agency
        return by_agency.get(agency, None if NOT_NOTED in by_agency else Hours())


def quarter(
    snapshot: Snapshot,
    name: str,
    agency: str | None = None,
    rules: Rules = DEFAULTS,
    *,
    _every: Outcomes | None = None,
    _book: Ledger | None = None,
) -> Quarter:
    """The report of the quarter `name` (`2026-Q3`); `ValueError` says to the user that it or the agency is unknown."""
    period = quarter_named(name)
    short = agency_named(snapshot, agency) if agency is not None else None
    before = quarter_before(period)
    every = _every or outcomes(snapshot)
    now, then = (outcomes(snapshot, days, short, _every=every) for days in (period, before))
    work = productivity(snapshot, now.held, rules, short, _book=_book)
    work_then = productivity(snapshot, then.held, rules, short, _book=_book)
    asked, asked_then = (_follow_ups(snapshot, days, short) for days in (period, before))
    this, last = _measures(snapshot, now, work, asked), _measures(snapshot, then, work_then, asked_then)
    return Quarter(
        **period_fields(snapshot, period, short, now, rules, _book),
        before=before,
        figures=tuple(_compare(key, this[key], last[key]) for key in _FIGURES),
        then=turnout(then.held),
        verdict=scope_verdict(snapshot, every, short, period.last),
        productivity=work,
        led=Counter(held.event.lead_agency for held in now.held if held.event.lead_agency),
        took_part=Counter(agency for held in now.held for agency in held.event.agencies),
        follow_ups=asked,
    )


def agency_named(snapshot: Snapshot, agency: str) -> str:
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


_FIGURES: Mapping[str, tuple[Unit, str]] = {
    "events_held": ("events", "Events with the status Completed."),
    "events_cancelled": ("events", "Not among the events held, and never counted as low turnout."),
    "events_postponed": ("events", "By status; a new date is an event of its own."),
    "events_not_closed": (
        "events",
        "Past, and still Confirmed or Tentative, as a blank Status is: in no other figure. Postponed is not in it.",
    ),
    "median_guests": (
        "guests",
        "The middle one of the counts, or midway between the two middle ones. Estimates count as typed; an event "
        "without a count is left out, never taken for zero.",
    ),
    "guests": (
        "guests",
        "All counts added up; events without a count add nothing, and an open-ended count its lower end.",
    ),
    "events_without_count": ("events", "Held, and no number of guests could be read."),
    "officer_hours": (
        "hours",
        "Hours as recorded in Staffing; where none are, from report to release time, or the event's own. Those who "
        "declined, were swapped out or did not show count for nothing.",
    ),
    "guests_per_officer_hour": (
        "per hour",
        "Guests over officer-hours, of those events alone where both are complete: every row counted (open-ended at "
        "the lower end), and everybody's hours recorded (or scheduled, if marked Attended). Not given below "
        f"{RATIO_FROM} such events.",
    ),
    "conversations_per_officer_hour": ("per hour", "As guests per officer-hour, and noted in every row."),
    "new_visitors_share": (
        "share",
        "New visitors over guests, of those events alone where both are complete; not given below ten guests.",
    ),
    "cups_served": (
        "cups",
        "Cups of coffee, of the events where they are noted. Guests are never worked out from cups.",
    ),
    "surveys": ("surveys", "Survey cards returned, of the events where they are noted."),
    "towns": ("towns", "Different towns with an event held. An event with a blank Town has its venue's town."),
    "follow_ups_asked": ("follow-ups", "Raised at an event of the quarter."),
    "follow_ups_open": ("follow-ups", "Not closed by the day this page was made."),
    "follow_ups_overdue": ("follow-ups", "Open, and past their due day."),
    "follow_ups_closed": ("follow-ups", "Closed on a day of the quarter, whenever they were raised."),
}
"""The unit of each figure and how it is made, in the order of the report."""


def _measures(
    snapshot: Snapshot, events: Outcomes, work: Productivity, follow_ups: QuarterFollowUps | None
) -> Mapping[str, Measure]:

    def count(name: str, found: int | None) -> Measure:
        return Measure(name, found, number(found))

    guests, asked = turnout(events.held), follow_ups.asked if follow_ups else None
    return {
        "events_held": count("Events held", len(events.held)),
        "events_cancelled": count("Events canceled", len(events.canceled)),
        "events_postponed": count("Events postponed", len(events.postponed)),
        "events_not_closed": count("Past events not closed", len(events.not_closed)),
        "median_guests": typical_guests(guests),
        "guests": guests_in_all(guests),
        "events_without_count": count("Held events without a count", guests.missing),
        "officer_hours": officer_hours(work.hours, work.hours_name),
        "guests_per_officer_hour": work.guests_per_hour,
        "conversations_per_officer_hour": work.conversations_per_hour,
        "new_visitors_share": work.new_share,
        "cups_served": noted_in_all(events.held, "cups", "Cups served"),
        "surveys": noted_in_all(events.held, "surveys", "Surveys returned"),
        "towns": towns_reached(events.held, snapshot),
        "follow_ups_asked": count("Follow-ups asked for", asked.asked if asked else None),
        "follow_ups_open": count("Of these still open", asked.open if asked else None),
        "follow_ups_overdue": count("Of these overdue", asked.overdue if asked else None),
        "follow_ups_closed": count("Follow-ups closed", follow_ups.closed if follow_ups else None),
    }


def _compare(key: str, this: Measure, last: Measure) -> Figure:
    """A figure with the plain difference of a sum, given only where both quarters are exact."""
    unit, method = _FIGURES[key]
    if key == "median_guests" or unit in ("per hour", "share"):
        change = SIDE_BY_SIDE
    elif this.value is None or last.value is None:
        change = Difference(None, "not known", "not known in both quarters")
    elif not this.exact or not last.exact:
        change = Difference(None, "not comparable", "estimated, open-ended or missing in part")
    else:
        change = Difference(this.value - last.value, difference_words(last.value, this.value, digits=2))
    return Figure(key, unit, this, last, change, method)


def method_notes(answer: Quarter) -> tuple[str, ...]:
    """Sentences on how the report is made that belong to no single figure."""
    follow_ups = "A follow-up belongs to the agency that it was referred to, else to the one that led the event."
    scope = (
        f"Events are those that {answer.agency} leads or takes part in. Hours at its events are all agencies'."
        if answer.agency
        else "Events are those of all agencies, each counted once."
    )
    change = (
        "One quarter is not tested against another. A year is tested against the year before, at places with events in "
        "both; a change is claimed only where chance alone would show it once in a hundred."
    )
    trust = "These figures are about attendance. They say nothing of trust, and compare periods without naming causes."
    spread = f"Counts are approximate. Quartiles are given from {QUARTILES_FROM} counted events on."
    return (scope, spread, follow_ups, change, trust)
