"""The gap board: open posts of coming events, which agency owes whom, and a message to ask with."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

import streamlit as st

from cwac.analysis.events import clock_range, day_words, where
from cwac.analysis.periods import month_of
from cwac.analysis.positions import Owed, from_any_agency, total_owed
from cwac.analysis.staffing import Fill, Gap, Line, gap_board
from cwac.exports.tables import Row
from cwac.model import Event, Severity, Snapshot
from cwac.web.widgets import SEVERITY_SHAPES, agency_colors, badge, badges, counted, md, table, unbroken

ALL_TO_COME = "All to come"
WHEN = (ALL_TO_COME, "Next 7 days", "Next 14 days", "This month", "Next month")
"""Options of the "When" filter."""
OFFICERS, HOST, BILINGUAL, AGENCY = LACKS = ("Officers", "A host", "A bilingual officer", "An agency")
"""Options of the "Lacking" filter."""
URGENT: Mapping[Severity, str] = {"error": "Urgent", "warning": "Soon", "notice": "Coming up"}
GAPS = (
    "event_id", "date", "start", "where", "days_left", "urgency", "needed", "assigned", "confirmed", "requested",
    "asked_without_a_name", "open", "owed", "lacks", "nobody_from", "ask",
)  # fmt: skip


def days_of(name: str, today: dt.date) -> tuple[dt.date, dt.date | None]:
    """First and last day of an option of `WHEN`; the last is None if it is open-ended."""
    month = month_of(today)
    following = month_of(month.last + dt.timedelta(days=1))
    return {
        "Next 7 days": (today, today + dt.timedelta(days=6)),
        "Next 14 days": (today, today + dt.timedelta(days=13)),
        "This month": (today, month.last),
        "Next month": (following.first, following.last),
    }.get(name, (today, None))


@dataclass(frozen=True, slots=True)
class Board:
    """Counts of coming events: `planned` of them, `open` with a gap, and `gaps` after the "Lacking" filter.

    `positions` are open at `short` events. `owing` is what each agency owes; `from_any` positions may be filled by any
    agency.
    """

    planned: int
    open: int
    gaps: tuple[Gap, ...]
    without_host: int
    without_bilingual: int
    asked: int
    positions: int
    short: int
    owing: Mapping[str, Owed]
    from_any: int


def board(
    snapshot: Snapshot,
    today: dt.date,
    first: dt.date,
    last: dt.date | None,
    agency: str | None,
    lacking: Collection[str] = (),
    *,
    _gaps: Sequence[Gap] | None = None,
) -> Board:
    """The gaps from `first` to `last`, at the events that name the agency, or at all for None."""
    coming = gap_board(snapshot, today, agency=agency, until=last, _gaps=_gaps)
    planned = [gap for gap in coming if gap.fill.event.date >= first]
    gaps = [gap for gap in planned if gap.fill.open]
    return Board(
        len(planned),
        len(gaps),
        tuple(gap for gap in gaps if not lacking or not _lacks(gap.fill).isdisjoint(lacking)),
        sum("Host" in gap.fill.lacks for gap in gaps),
        sum("Bilingual" in gap.fill.lacks for gap in gaps),
        sum(gap.fill.asked for gap in gaps),
        sum(gap.fill.short for gap in gaps),
        sum(gap.fill.short > 0 for gap in gaps),
        total_owed(dict(gap.fill.owed) for gap in gaps),
        sum(from_any_agency(gap.fill.short, dict(gap.fill.owed)) for gap in gaps),
    )


def _lacks(fill: Fill) -> set[str]:
    missing = {HOST: "Host" in fill.lacks, BILINGUAL: "Bilingual" in fill.lacks, AGENCY: fill.silent}
    return {name for name, lacks in ({OFFICERS: fill.short} | missing).items() if lacks}


def board_words(board: Board, colors: Mapping[str, str]) -> str:
    """`9 of 20 coming events have every post filled.`, then what the others lack and which agencies owe people."""
    words = [f"**{board.planned - board.open} of {counted(board.planned, 'coming event')}** have every post filled."]
    lacks = [
        f"{number} without {what}"
        for number, what in ((board.without_host, "a host"), (board.without_bilingual, "a bilingual officer"))
        if number
    ]
    if lacks:
        words.append(f"{' and '.join(lacks).capitalize()}.")
    if board.positions:
        events = counted(board.short, "event")
        words.append(f"{counted(board.positions, 'officer is', 'officers are')} still to be found, at {events}.")
    if board.asked:
        words.append(f"{counted(board.asked, 'post is', 'posts are')} asked for with nobody named yet.")
    owed = [
        f"{badge(name, colors)} owes {counted(owed_by.officers, 'officer')} at {counted(owed_by.events, 'event')}"
        for name, owed_by in board.owing.items()
    ]
    if owed and board.from_any:
        owed.append(f"{board.from_any:,} more may come from any agency")
    return " ".join(words) + (f"\n\n{'; '.join(owed)}." if owed else "")


def gap_table(snapshot: Snapshot, gaps: Sequence[Gap], today: dt.date) -> None:
    """One row per gap: urgency, place, posts by role, and posts by agency."""
    colors = agency_colors(snapshot)
    table(
        {
            "Event": [
                f"{urgency(gap)}  \n{when(gap.fill.event, today)}  \n{md(where(gap.fill.event))}  \n"
                f"{badges(gap.fill.event.agencies, colors)}"
                for gap in gaps
            ],
            "Posts": [_posts(gap.fill) for gap in gaps],
            "By agency": [
                "  \n".join(
                    f"{badge(line.name, colors) or _nobodys(line)} {_filled(line)}" for line in gap.fill.by_agency
                )
                for gap in gaps
            ],
        },
        "Coming events with a gap, soonest first",
    )


def _nobodys(line: Line) -> str:
    return "agency not known" if line.assigned or line.requested else "any agency"


def when(event: Event, today: dt.date) -> str:
    return f"{unbroken(md(day_words(event.date, today)))} {unbroken(md(clock_range(event.start, event.end)))}"


def urgency(gap: Gap) -> str:
    """The urgency as an icon, a word and the days left."""
    days = "today" if gap.days == 0 else "tomorrow" if gap.days == 1 else f"in {counted(gap.days, 'day')}"
    if gap.urgency is None:
        return f"**{unbroken(days)}**"
    return f"{SEVERITY_SHAPES[gap.urgency]} **{URGENT[gap.urgency]}, {unbroken(days)}**"


def _posts(fill: Fill) -> str:
    staffed, *lacks = fill.words.split(" · ")
    confirmed = f", {fill.confirmed} confirmed" if fill.assigned else ""
    lines = [f"**{unbroken(md(staffed))}**{confirmed}", *(f"**{md(lack)}**" for lack in lacks)]
    lines += [f"{md(line.name or 'no role')} {_filled(line)}" for line in fill.by_role if line.name not in fill.lacks]
    return "  \n".join(lines)


def _filled(line: Line) -> str:
    """`1 of 1, 2 asked`: people going, people who have not answered, posts requested without a name."""
    enough = line.needed is None or line.assigned > line.needed
    words = [str(line.assigned) if enough else f"{line.assigned} of {line.needed}"]
    if not line.known:
        words = [f"at least {line.assigned}" if line.assigned else "not known"]
    if line.assigned > line.confirmed:
        words.append(f"{line.assigned - line.confirmed} not confirmed")
    if line.requested:
        words.append(f"{line.requested} not answered")
    if line.asked:
        words.append(f"{line.asked} asked for")
    return ", ".join(words)


def label(event: Event, today: dt.date) -> str:
    """Label of an event in lists and in the URL: `Thu, Nov 26, Weed Starbucks (EV-2026-201)`."""
    return f"{day_words(event.date, today)}, {where(event)} ({event.id})"


def show_message(gap: Gap) -> None:
    """The message to ask with, to copy."""
    st.code(gap.ask, language=None, wrap_lines=True)


def gap_rows(gaps: Sequence[Gap]) -> list[Row]:
    """One row per gap, with the columns `GAPS`."""
    return [
        {
            "event_id": gap.fill.event.id,
            "date": gap.fill.event.date.isoformat(),
            "start": f"{gap.fill.event.start:%H:%M}" if gap.fill.event.start else None,
            "where": where(gap.fill.event),
            "days_left": gap.days,
            "urgency": URGENT[gap.urgency] if gap.urgency else None,
            "needed": gap.fill.needed,
            "assigned": gap.fill.assigned,
            "confirmed": gap.fill.confirmed,
            "requested": gap.fill.requested,
            "asked_without_a_name": gap.fill.asked,
            "open": gap.fill.short,
            "owed": [f"{agency} {number}" for agency, number in gap.fill.owed],
            "lacks": list(gap.fill.lacks),
            "nobody_from": list(gap.fill.silent),
            "ask": gap.ask,
        }
        for gap in gaps
    ]
