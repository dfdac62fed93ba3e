"""What the overview says: who is next, what needs somebody, and a quarter in one line."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from zoneinfo import ZoneInfo

from cwac.analysis.alerts import CLASHES, alerts, alerts_concerning, by_event
from cwac.analysis.attendance import number, program, turnout
from cwac.analysis.events import between, clock_range, day_words, interval, matching, upcoming, where
from cwac.analysis.followups import Missing, missing_after_event
from cwac.analysis.periods import Period
from cwac.analysis.productivity import worth
from cwac.analysis.staffing import Gap, gap_board
from cwac.model import Alert, Event, Snapshot
from cwac.settings import Rules
from cwac.web.session import Session
from cwac.web.widgets import counted, md

GAPS = frozenset({"understaffed", "no-host", "no-bilingual", "no-supervisor", "agency-without-officer"})


@dataclass(frozen=True, slots=True)
class Needs:
    """How many events lack somebody and how many positions are open there, how many clashes there are, what is not
    confirmed, and counts never typed.
    """

    gaps: int
    positions: int
    clashes: int
    unconfirmed: int
    uncounted: int


def needs(
    snapshot: Snapshot,
    today: dt.date,
    agency: str | None,
    rules: Rules,
    *,
    _alerts: Sequence[Alert] | None = None,
    _gaps: Sequence[Gap] | None = None,
) -> Needs:
    """For an agency, else all: the gaps of its events, the alerts that concern it, and the counts it owes."""
    codes = Counter(map(attrgetter("code"), alerts_concerning(snapshot, today, rules, agency, _alerts=_alerts)))
    board = gap_board(snapshot, today, agency=agency, _gaps=_gaps)
    return Needs(
        gaps=sum([gap.fill.open for gap in board]),
        positions=sum([gap.fill.short for gap in board]),
        clashes=sum(codes[code] for code in codes if about(code) == "Clashes"),
        unconfirmed=sum(codes[code] for code in codes if about(code) == "Not confirmed"),
        uncounted=len(uncounted(snapshot, agency)),
    )


ABOUT = ("Clashes", "Gaps", "Not confirmed", "Other")
"""What an alert can be about, for people."""


def about(code: str) -> str:
    """What alerts of that code are about."""
    if code in CLASHES:
        return "Clashes"
    if code in GAPS:
        return "Gaps"
    return "Not confirmed" if code == "unconfirmed" else "Other"


def alerts_by_event(session: Session) -> Mapping[str, Sequence[Alert]]:
    """Event ID -> its alerts; none for a viewer who is not shown the staffing."""
    if not session.sees_staffing:
        return {}
    every = session.ask(alerts, session.today, session.rules)
    return session.ask(by_event, session.today, session.rules, _alerts=every)


def uncounted(snapshot: Snapshot, agency: str | None) -> tuple[Missing, ...]:
    """The past events of which nobody has said how many came, or whether they were held; oldest first."""
    owed = missing_after_event(snapshot, snapshot.today, agency)
    return tuple(one for one in owed if one.lacks in ("count", "closing"))


def ahead(snapshot: Snapshot, today: dt.date, agency: str | None) -> tuple[Event, ...]:
    """The agency's events to come, or all, by start."""
    return matching(upcoming(snapshot, today), agency)


def dated(snapshot: Snapshot, first: dt.date, last: dt.date, agency: str | None) -> tuple[Event, ...]:
    """The agency's events from `first` to `last`, or all, by start."""
    return matching(between(snapshot, first, last), agency)


def soonest(upcoming: Sequence[Event], now: dt.datetime, rules: Rules) -> Event | None:
    """The first of the events, which are by start, that is not over; `now` is in the sheet's zone."""
    wall_clock = now.replace(tzinfo=None)
    for event in upcoming:
        span = interval(event, rules)
        if event.status != "Completed" and (span is None or span[1] > wall_clock):
            return event
    return None


def when_and_where(event: Event, today: dt.date, timezone: str) -> str:
    """`Wed 7 Oct · 8:00–9:30 AM PDT · Weed Starbucks`, for Markdown."""
    zone = ""
    if event.start is not None:
        zone = " " + (dt.datetime.combine(event.date, event.start, ZoneInfo(timezone)).tzname() or "")
    return md(f"{day_words(event.date, today)} · {clock_range(event.start, event.end)}{zone} · {where(event)}")


def quarter(snapshot: Snapshot, period: Period, agency: str | None, rules: Rules) -> str:
    """`12 held · 2 cancelled · median 18 guests (n 11, 1 not counted) · 41 officer-hours · 5 of 9 towns`."""
    done = program(snapshot, period, agency)
    if not done.held:
        return "no event held"
    came = turnout(done.held)
    towns = {one.event.town for one in done.held if one.event.town}
    hours = worth(snapshot, done.held, rules).hours.total
    missing = f", {came.missing} not counted" if came.missing else ""
    return " · ".join(
        [
            f"{came.held} held",
            *([f"{len(done.cancelled)} cancelled"] if done.cancelled else []),
            f"median {number(came.median)} guests (n {came.counted}{missing})" if came.counted else "none counted",
            *([f"{number(hours)} officer-hours"] if hours is not None else []),
            f"{len(towns)} of {counted(len(snapshot.towns), 'town')}"
            if snapshot.towns
            else counted(len(towns), "town"),
        ]
    )


def sheet_line(snapshot: Snapshot, whole: bool = True) -> str:
    """`98 % of rows read · 3 cells need a human`; not the `whole` where other agencies' problems are not shown."""
    rows = sum(one.rows - one.skipped for one in snapshot.accounting.values())
    kept = sum(one.kept for one in snapshot.accounting.values())
    cells = sum(problem.severity != "notice" for problem in snapshot.problems)
    share = f"{100 * kept // rows} % of {counted(rows, 'row')} read" if rows else "no rows yet"
    if cells:
        return f"{share} · {counted(cells, 'cell needs', 'cells need')} a human"
    return f"{share} · nothing {'' if whole else 'of yours '}to mend"
