"""Openings: positions that coming events still have open, how many officers each agency owes, and messages to send."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cwac.analysis.cells import cell_link, cell_of_officers
from cwac.analysis.events import where
from cwac.analysis.periods import month_of
from cwac.analysis.positions import Owed, from_any_agency, placeholders, total_owed
from cwac.analysis.staffing import Fill, Gap, gap_board
from cwac.analysis.staffing import StaffingLine as FillLine
from cwac.analysis.words import counted
from cwac.date_words import day_range, month_words
from cwac.exports.tables import Row
from cwac.model import Severity, Snapshot
from cwac.web import event_cards
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Block, Line, Piece

ALL_TO_COME = "All to come"
WHEN = (ALL_TO_COME, "Next 7 days", "Next 14 days", "This month", "Next month")
"""Options of the "When" filter."""
OFFICERS, HOST, BILINGUAL, AGENCY = LACKS = ("Officers", "A host", "A bilingual officer", "An agency")
"""Options of the "Missing" filter."""
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


def when_words(name: str, today: dt.date) -> str:
    """An option of `WHEN` in a sentence: `December 2026`, `Next 7 days (Nov 26–Dec 2)`."""
    first, last = days_of(name, today)
    if last is None:
        return "All upcoming events"
    if name in ("This month", "Next month"):
        return month_words(first)
    return f"{name} ({day_range(first, last, today)})"


@dataclass(frozen=True, slots=True)
class Board:
    """Counts of coming events: `planned` of them, `open` with a gap, and `gaps` after the "Missing" filter.

    `positions` are open at `short` events. `owing` is what each agency owes, `beyond` of it more than there are open
    positions at an event; `from_any` positions may be filled by any agency.
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
    beyond: int
    from_any: int


def board(
    snapshot: Snapshot,
    today: dt.date,
    first: dt.date,
    last: dt.date | None,
    agency: str | None,
    lacking: Collection[str] = (),
    *,
    ended: Collection[str] = (),
    _gaps: Sequence[Gap] | None = None,
) -> Board:
    """The gaps from `first` to `last`, at the events that name the agency, or at all for None.

    `ended`: IDs of today's events that are over, which are left out.
    """
    coming = gap_board(snapshot, today, agency=agency, until=last, _gaps=_gaps)
    planned = [gap for gap in coming if gap.fill.event.date >= first and gap.fill.event.id not in ended]
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
        sum(max(0, sum(number for _, number in gap.fill.owed) - gap.fill.short) for gap in gaps),
        sum(from_any_agency(gap.fill.short, dict(gap.fill.owed)) for gap in gaps),
    )


def _lacks(fill: Fill) -> set[str]:
    missing = {HOST: "Host" in fill.lacks, BILINGUAL: "Bilingual" in fill.lacks, AGENCY: fill.silent}
    return {name for name, lacks in ({OFFICERS: fill.short} | missing).items() if lacks}


def months(board: Board) -> Mapping[dt.date, tuple[int, int]]:
    """First day of each month with open positions -> open positions, and events that have them."""
    by_month: dict[dt.date, tuple[int, int]] = {}
    for gap in board.gaps:
        if gap.fill.short:
            month = gap.fill.event.date.replace(day=1)
            positions, events = by_month.get(month, (0, 0))
            by_month[month] = positions + gap.fill.short, events + 1
    return by_month


def month_tiles(board: Board, today: dt.date) -> Block:
    """The open positions of each month; this month and the next one lead to their events."""
    this_month = month_of(today)
    names = {this_month.first: "This month", this_month.last + dt.timedelta(days=1): "Next month"}
    tiles = []
    for first, (positions, events) in months(board).items():
        title = month_words(first)
        name = blocks.page_link("staffing", title, {"show": "Gaps", "when": names[first]}) if first in names else title
        tiles.append(blocks.tile([name], counted(positions, "position"), [f"open at {counted(events, 'event')}"]))
    return blocks.tiles(tiles, "Open positions by month")


def answer(board: Board, name: str, today: dt.date) -> Line:
    """How many positions are open in the chosen time, and what else the events lack."""
    lacks = [
        f"{counted(number, 'event')} without {missing}"
        for number, missing in ((board.without_host, "a host"), (board.without_bilingual, "a bilingual officer"))
        if number
    ]
    if board.positions:
        verb = "position is" if board.positions == 1 else "positions are"
        sentence = f"{board.positions:,} {verb} open at {board.short} of {counted(board.planned, 'event')}."
    else:
        sentence = f"No position is open at {counted(board.planned, 'event')}."
    line: list[Piece] = [blocks.strong(f"{when_words(name, today)}: {sentence}")]
    if lacks:
        line.append(f" {' and '.join(lacks).capitalize()}.")
    if board.asked:
        line.append(f" {counted(board.asked, 'position')} requested, with nobody named yet.")
    return line


def owing_bars(board: Board, colors: Mapping[str, str]) -> Block:
    """How many officers may come from any agency, and how many each agency owes, the largest debt first."""
    rows = [
        blocks.bar(
            [blocks.agency(name, colors)],
            [(owed.officers, "plain", colors.get(name))],
            [f"owes {counted(owed.officers, 'officer')} at {counted(owed.events, 'event')}"],
        )
        for name, owed in board.owing.items()
    ]
    if rows and board.from_any:
        words = counted(board.from_any, "more position")
        # First, since the longest bar sets the scale: the last ones wait behind "Show more".
        rows.insert(0, blocks.bar(["Any agency"], [(board.from_any, "quiet", None)], [words]))
    return blocks.bars(rows, "Officers that agencies owe", limit=8, narrow=5)


def sum_words(board: Board) -> str:
    """Why the bars add up to more than the open positions, empty if they do not."""
    if not board.beyond:
        return ""
    together = board.positions + board.beyond
    return (
        f"Together {together:,}, {board.beyond:,} more than the {counted(board.positions, 'open position')}: an agency "
        "that is named on an event owes at least one officer, even where others fill every position."
    )


def card(
    gap: Gap, snapshot: Snapshot, today: dt.date, colors: Mapping[str, str], *, chosen: bool = False
) -> Mapping[str, Any]:
    """An event with its open positions by role and agency. `chosen`: candidates are shown below it."""
    event = gap.fill.event
    actions: list[Piece] = [blocks.copy_button("Copy message", gap.ask)]
    if not chosen:
        actions.append(blocks.page_link("staffing", "Who can go", {"show": "Who could go", "gap": event.id}))
    actions.append(_answer_cell(gap.fill, snapshot))
    return blocks.card(
        [*event_cards.title(event, today), " ", _urgency(gap)],
        event_cards.place(event, colors),
        _staffed(gap.fill, snapshot),
        _by_role(gap.fill),
        _by_agency(gap.fill, colors),
        tone=gap.urgency or "plain",
        actions=actions,
    )


def _urgency(gap: Gap) -> Piece:
    days = "today" if gap.days == 0 else "tomorrow" if gap.days == 1 else f"in {counted(gap.days, 'day')}"
    return blocks.quiet(days) if gap.urgency is None else blocks.chip(f"{URGENT[gap.urgency]}, {days}", gap.urgency)


def _staffed(fill: Fill, snapshot: Snapshot) -> Line:
    line: list[Piece] = [event_cards.staffing(fill.event, snapshot)]
    if fill.assigned:
        line.append(blocks.quiet(f" · {fill.confirmed} of {counted(fill.assigned, 'officer')} confirmed"))
    line += [" ", *event_cards.holiday_chip(fill.event)]
    for role in fill.lacks:
        line.append(blocks.chip({"Host": "No host", "Bilingual": "No bilingual officer"}[role], "warning"))
    if fill.silent:
        line.append(blocks.chip(no_officer_from(fill.silent), "warning"))
    return line


def no_officer_from(agencies: Sequence[str]) -> str:
    """`No officer from YPD, WPD`; of many agencies the first six."""
    more = f" +{len(agencies) - 6} more" if len(agencies) > 6 else ""
    return f"No officer from {', '.join(agencies[:6])}{more}"


def _by_role(fill: Fill) -> Line:
    """Dots for each role: `●○ Floor 1 of 2`."""
    line: list[Piece] = []
    for each in fill.by_role:
        of = max(each.needed or 0, each.assigned + each.requested + each.asked)
        if each.name in fill.lacks and not each.assigned + each.requested + each.asked:
            continue  # said by a chip
        name = each.name or "No role"
        line += [blocks.dots(each.assigned, of, name if of == 1 else f"{name} {each.assigned} of {of}"), "  "]
    return line


def _by_agency(fill: Fill, colors: Mapping[str, str]) -> Line:
    line: list[Piece] = [blocks.quiet("Officers: ")] if fill.assigned or fill.requested else []
    for each in fill.by_agency:
        words = officers_words(each)
        if words:
            name = blocks.agency(each.name, colors) if each.name else "Agency not known:"
            line += [name, f"{words}  "] if each.name else [f"{name} {words}  "]
        if each.asked:
            line += [blocks.chip(f"{each.asked} requested from {each.name or 'any agency'}", "notice")]
    return line


def officers_words(line: FillLine) -> str:
    """`2, 1 not confirmed, 1 has not answered`; empty for an agency that sends nobody."""
    if not line.known and not line.assigned:
        return "not known"
    words, waiting = [], line.assigned - line.confirmed
    if line.assigned > waiting or not line.known:
        words.append(f"{'' if line.known else 'at least '}{line.assigned}")
    if waiting:
        words.append(f"{waiting} not confirmed")
    if line.requested:
        words.append(f"{line.requested} {'has' if line.requested == 1 else 'have'} not answered")
    return ", ".join(words)


def _answer_cell(fill: Fill, snapshot: Snapshot) -> Piece:
    """Where in the sheet to write who goes: the row that asks for an officer, else the first free row of Staffing."""
    rows = snapshot.assignments_by_event.get(fill.event.id, ())
    asking = [row for row in placeholders(rows) if not row.in_events]
    if asking:
        return sheet_link("Answer in", snapshot, "Staffing", "officer", asking[0].row)
    tab, field, row = cell_of_officers(snapshot, fill.event)
    if row is None:
        _, address = cell_link(snapshot, tab, field)
        words = "Add a row to Staffing"
        return blocks.link(address, words) if address else blocks.quiet(words)
    return sheet_link("Answer in", snapshot, tab, field, row)


UPCOMING = {ALL_TO_COME: "Upcoming"}
"""Text shown for an option of `WHEN`, where it differs."""


def sheet_link(words: str, snapshot: Snapshot, tab: str, field: str, row: int | None = None) -> Piece:
    """`Answer in B12 of Staffing`, as a link if the source has addresses; without a row, the first free one."""
    cell, address = cell_link(snapshot, tab, field, row)
    return blocks.link(address, f"{words} {cell}") if address else blocks.quiet(f"{words} {cell}")


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
