"""What `cwac gaps` prints: the open positions of the events to come, and which agency owes how many officers."""

from __future__ import annotations

import datetime as dt
import difflib
import re
from collections.abc import Iterator, Sequence
from itertools import groupby

from cwac.analysis.events import where
from cwac.analysis.periods import Period, month_of
from cwac.analysis.positions import from_any_agency, total_owed
from cwac.analysis.staffing import Gap, gap_board
from cwac.analysis.words import counted
from cwac.cli.text import days_away
from cwac.date_words import clock_range, day_words, month_words
from cwac.model import Snapshot
from cwac.sheet.names import Agencies

_MONTH = re.compile(r"\s*(?P<year>\d{4})-(?P<month>\d{1,2})\s*", re.ASCII)
_MAX_NAMED = 10


def month_named(typed: str) -> Period:
    """The calendar month called `2026-12`. Raises `ValueError` with a sentence for the user."""
    if not typed.strip():
        raise ValueError("It is empty: write the year and the month, such as 2026-12.")
    match = _MONTH.fullmatch(typed)
    if match is None or not 1 <= int(match["month"]) <= 12:
        raise ValueError(f"{typed} is not a month: write the year and the month, such as 2026-12.")
    if not 1990 <= int(match["year"]) <= 2100:
        raise ValueError(f"{typed} is too far away: choose a month of 1990 to 2100.")
    return month_of(dt.date(int(match["year"]), int(match["month"]), 1))


def agency_named(snapshot: Snapshot, typed: str) -> str:
    """An agency's short name, from its short name, name or alias in any case.

    Raises `ValueError` with a sentence for the user that names the nearest agency.
    """
    agencies = Agencies(snapshot.agencies)
    if agencies.listed and (short := agencies.find(typed)):
        return short
    short_by_name = {
        name.casefold(): agency.short
        for agency in snapshot.agencies
        for name in (*agency.aliases, agency.name, agency.short)
    } or {
        short.casefold(): short
        for short in (
            *(short for event in snapshot.events for short in event.agencies),
            *(row.agency for row in snapshot.assignments if row.agency),
        )
    }
    wanted = typed.strip().casefold()
    if not agencies.listed and wanted in short_by_name:
        return short_by_name[wanted]
    if not short_by_name:
        raise ValueError(f"{typed} is not an agency of this sheet: it names none.")
    shorts = sorted(set(short_by_name.values()))
    others = "" if len(shorts) <= _MAX_NAMED else f" and {len(shorts) - _MAX_NAMED} more"
    listing = f"{', '.join(shorts[:_MAX_NAMED])}{others}"
    if not wanted:
        raise ValueError(f"It is empty: name one of {listing}.")
    nearest = short_by_name[difflib.get_close_matches(wanted, short_by_name, n=1, cutoff=0.0)[0]]
    raise ValueError(f"{typed} is not an agency of this sheet. Did you mean {nearest}? It has {listing}.")


def lines(snapshot: Snapshot, gaps: Sequence[Gap], month: Period | None, agency: str | None) -> Iterator[str]:
    """The gaps by day, in short lines, then the totals."""
    about = f" in {month_words(month.first)}" if month else ""
    about += f" for {agency}" if agency else ""
    if month is not None and month.last < snapshot.today:
        yield f"{month_words(month.first)} is over: nothing is left to fill."
        return
    if not gaps:
        planned = gap_board(snapshot, snapshot.today, agency=agency, until=month.last if month else None)
        events = sum(month is None or gap.fill.event.date in month for gap in planned)
        yield f"No position is open{about}, and no agency owes an officer: {counted(events, 'event')} to come."
        return
    for days, same_day in groupby(gaps, lambda gap: gap.days):
        yield f"{day_words(snapshot.today + dt.timedelta(days=days))} ({days_away(days)})"
        for gap in same_day:
            event = gap.fill.event
            named = f", {', '.join(event.agencies)}" if event.agencies else ""
            yield f"  {clock_range(event.start, event.end)}, {where(event)}{named} [{event.id}]"
            yield f"      {gap.fill.words}{f': {gap.fill.short} open' if gap.fill.short else ''}"
            owes = [f"{name} owes {counted(number, 'officer')}" for name, number in gap.fill.owed]
            if owes:
                yield f"      {'; '.join(owes)}"
        yield ""
    short = [gap for gap in gaps if gap.fill.short]
    positions = counted(sum(gap.fill.short for gap in short), "position")
    yield f"{positions} open at {counted(len(short), 'event')}{about}."
    for name, total in total_owed(dict(gap.fill.owed) for gap in gaps).items():
        if agency in (None, name):
            yield f"{name} owes {counted(total.officers, 'officer')} at {counted(total.events, 'event')}."
    unasked = sum(from_any_agency(gap.fill.short, dict(gap.fill.owed)) for gap in gaps)
    if unasked:
        yield f"{counted(unasked, 'officer')} may come from any agency."
