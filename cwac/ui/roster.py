"""Gaps, rosters and alerts as tables."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from cwac.answers.alerts import ALERT_CODES
from cwac.answers.events import by_start, clock, clock_range, day_words, upcoming, where
from cwac.answers.staffing import Duty, Fill, Gap, duties, fill
from cwac.model import Alert, Snapshot
from cwac.settings import Rules
from cwac.ui.parts import SEVERITY_SHAPES, SEVERITY_WORDS, agency_colours, badge, badges, counted, md, table, unbroken


def gap_table(snapshot: Snapshot, gaps: Sequence[Gap], today: dt.date) -> None:
    """One line a coming event with a gap: how soon, where, what is lacking, and what has been asked of whom."""
    colours = agency_colours(snapshot)
    table(
        {
            "When": [f"{_urgency(gap)}  \n{_when(gap.fill, today)}" for gap in gaps],
            "Where": [f"{md(where(gap.fill.event))}  \n{badges(gap.fill.event.agencies, colours)}" for gap in gaps],
            "Posts": [_posts(gap.fill) for gap in gaps],
            "Asked": [_asked(gap.fill, colours) for gap in gaps],
        },
        "Coming events with a gap, soonest first",
    )


def _when(fill: Fill, today: dt.date) -> str:
    event = fill.event
    return f"{unbroken(md(day_words(event.date, today)))} {unbroken(md(clock_range(event.start, event.end)))}"


def _urgency(gap: Gap) -> str:
    words = "today" if gap.days == 0 else "tomorrow" if gap.days == 1 else f"in {counted(gap.days, 'day')}"
    shape = f"{SEVERITY_SHAPES[gap.urgency]} " if gap.urgency in ("error", "warning") else ""
    return f"{shape}**{unbroken(words)}**"


def _posts(fill: Fill) -> str:
    staffed, *lacks = fill.words.split(" · ")
    confirmed = f" ({fill.confirmed} confirmed)" if fill.assigned else ""
    return md(" · ".join([f"{staffed}{confirmed}", *lacks]))


def _asked(fill: Fill, colours: Mapping[str, str]) -> str:
    """Posts asked of an agency, and people who have not answered."""
    told = [
        f"{badge(line.name, colours) or 'no agency named'} {line.asked + line.requested}"
        for line in fill.by_agency
        if line.asked + line.requested
    ]
    return " ".join(told) or "nobody"


def rosters(
    snapshot: Snapshot, today: dt.date, rules: Rules, agency: str | None
) -> tuple[tuple[Fill, tuple[Duty, ...]], ...]:
    """The coming events with everybody who goes, by start; with an agency, those that name it or that it staffs."""
    by_event: dict[str, list[Duty]] = {}
    for duty in duties(snapshot, today, rules):
        by_event.setdefault(duty.event.id, []).append(duty)
    return tuple(
        (fill(snapshot, event), tuple(by_event.get(event.id, ())))
        for event in sorted(upcoming(snapshot, today), key=by_start)
        if agency is None or agency in event.agencies or any(d.agency == agency for d in by_event.get(event.id, ()))
    )


def roster_table(snapshot: Snapshot, lines: Sequence[tuple[Fill, Sequence[Duty]]], today: dt.date) -> None:
    """One line an event: when and where, how many of how many, and everybody who goes with role and state."""
    colours = agency_colours(snapshot)
    table(
        {
            "Event": [f"**{_when(filled, today)}**  \n{md(where(filled.event))}" for filled, _ in lines],
            "Posts": [md(filled.words.replace(" · ", ", ")) for filled, _ in lines],
            "Who goes": ["  \n".join(_duty(duty, colours) for duty in going) or "nobody yet" for _, going in lines],
        },
        "Who goes where, soonest first",
    )


def _duty(duty: Duty, colours: Mapping[str, str]) -> str:
    who = md(duty.name) if duty.name else "*somebody, asked for*"
    told = [md(duty.role)] if duty.role else []
    if duty.report and duty.report != duty.event.start:
        told.append(f"at {md(clock(duty.report))}")
    if duty.person:
        told.append(md(duty.status.lower()))
    marks = "".join(f" {SEVERITY_SHAPES[one.severity]} {md(ALERT_CODES[one.code].lower())}" for one in duty.clashes)
    return f"{badge(duty.agency, colours)} {', '.join([who, *told])}{marks}".strip()


def alert_table(found: Sequence[Alert]) -> None:
    """One line an alert: how bad, what, and what would solve it."""
    table(
        {
            "Severity": [SEVERITY_WORDS[one.severity] for one in found],
            "What": [md(ALERT_CODES[one.code]) for one in found],
            "Which, and what to do": [md(one.message) for one in found],
        },
        "Alerts, soonest first",
    )
