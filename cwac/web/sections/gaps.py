"""Openings: the officers that coming events still need, who still has to send them, and messages to copy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from cwac.analysis.cells import cell_link, cell_of_officers
from cwac.analysis.events import ANY_AGENCY, placeholders, where
from cwac.analysis.periods import holiday_words, month_of
from cwac.analysis.staffing import ROLE_WORDS, Fill, Gap, StillNeeded, gap_board, still_needed
from cwac.analysis.staffing import StaffingLine as FillLine
from cwac.analysis.words import counted
from cwac.date_words import days_away, month_words
from cwac.exports import documents
from cwac.exports.tables import Row
from cwac.model import Role, Severity, Snapshot
from cwac.web import blocks, event_cards
from cwac.web.blocks import Block, Line, Piece

ALL_TO_COME = "All to come"
WHEN = (ALL_TO_COME, "Next 7 days", "Next 14 days", "This month", "Next month")
"""Options of the "When" filter."""
ROLES: Mapping[str, Role] = {f"A {words}": role for role, words in ROLE_WORDS.items()}
LACKS = ("Officers", *ROLES, "An agency")
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
    """An option of `WHEN` at the end of a sentence: `in December 2026`, `in the next 7 days`; empty for all to come."""
    first, last = days_of(name, today)
    if last is None:
        return ""
    return f"in {month_words(first)}" if name in ("This month", "Next month") else f"in the {name.lower()}"


def openings(
    snapshot: Snapshot,
    today: dt.date,
    first: dt.date,
    last: dt.date | None,
    agency: str | None,
    *,
    ended: Collection[str] = (),
    _gaps: Sequence[Gap] | None = None,
) -> StillNeeded:
    """What the events from `first` to `last` still need, without those of today that are over (`ended`)."""
    coming = gap_board(snapshot, today, until=last, _gaps=_gaps)
    return still_needed(
        [gap for gap in coming if gap.fill.event.date >= first and gap.fill.event.id not in ended], agency
    )


def lacking(gaps: Sequence[Gap], missing: Collection[str]) -> tuple[Gap, ...]:
    """The gaps with one of these options of `LACKS`, all if none is given."""
    return tuple([gap for gap in gaps if not missing or not _lacks(gap.fill).isdisjoint(missing)])


def _lacks(fill: Fill) -> set[str]:
    missing = {name: role in fill.lacks for name, role in ROLES.items()}
    return {name for name, lacks in (missing | {"Officers": fill.short, "An agency": fill.silent}).items() if lacks}


def facts(needed: StillNeeded) -> str:
    """Which officers are requested, and missing roles: `6 of 9 officers requested, … · Events without a host: 1`.

    Of one agency: the officers that it has to send, and what the events lack that name it.
    """
    agency, officers = needed.agency, needed.own.officers
    every = {gap.fill.event.id: gap.fill for gap in (*needed.first, *needed.free, *needed.others)}.values()
    asked = sum(line.asked for fill in every for line in fill.by_agency if agency in (None, line.name))
    words = [f"{asked:,} of {counted(officers, 'officer')} requested, nobody named yet"] if asked else []
    if agency and officers > asked:
        words.append(f"{officers - asked:,} as no officer from {agency} is at an event that names it")
    shown = [fill for fill in every if agency is None or fill.event.names(agency)]
    numbers = {name.lower(): sum(role in fill.lacks for fill in shown) for name, role in ROLES.items()}
    lacks = ", ".join(f"{name}: {number:,}" for name, number in numbers.items() if number)
    return " · ".join([*words, *([f"Events without {lacks}"] if lacks else [])])


def to_send_bars(needed: StillNeeded, colors: Mapping[str, str]) -> Sequence[Block]:
    """How many officers each agency still has to send, the most first, then how many may come from any agency."""
    if not needed.to_send:
        return ()
    rows = [
        blocks.bar([blocks.agency(name, colors)], [(owed.officers, "plain")], [owed.words])
        for name, owed in needed.to_send.items()
    ]
    if needed.any_agency.officers:
        words = f"{needed.any_agency.officers:,} at {counted(needed.any_agency.events, 'event')}"
        # First, since the longest bar sets the scale: the last ones wait behind "Show more".
        rows.insert(0, blocks.bar(["Open to any agency"], [(needed.any_agency.officers, "quiet")], [words]))
    bars = blocks.bars(rows, "Officers that agencies still have to send", limit=9, narrow=6)
    shown = [blocks.heading("Who still has to send"), bars]
    if needed.beyond:
        words = (
            f"Together {needed.missing.officers + needed.beyond:,}, {needed.beyond:,} more than the "
            f"{counted(needed.missing.officers, 'missing officer')}: an agency that is named on an event has to send "
            "at least one, even where others fill every position."
        )
        shown.append(blocks.lines([blocks.quiet(words)]))
    return shown


def rows(
    gaps: Sequence[Gap],
    today: dt.date,
    colors: Mapping[str, str],
    label: str,
    *,
    agency: str | None = None,
    any_agency: bool = False,
) -> Block:
    """Openings as rows: those of the agency, or with `any_agency` those of any; without an agency all, and who sends.

    An agency's event says its missing roles in the rows of what the agency has to send, or else in those of any.
    """
    listed = []
    for gap in gaps:
        event, fill = gap.fill.event, gap.fill
        sends = dict(fill.owed).get(agency or "", 0)
        own = fill.any_agency if any_agency else sends if agency else fill.short
        cells: list[Line] = [
            [*event_cards.title(event, today), *_in_days(gap)],
            [where(event), *([blocks.quiet(" · federal holiday")] if holiday_words(event) else [])],
            _missing(gap, own, roles=not (any_agency and sends)),
            *([] if agency else [_to_send(fill, colors)]),
            event_cards.ways_to_fill(gap),
        ]
        listed.append(blocks.row(cells))
    columns = ("When", "Where", "Missing", *(() if agency else ("Who still has to send",)), "What to do")
    return blocks.rows(columns, listed, label, top=(0, 2), narrow=5)


def _in_days(gap: Gap) -> Line:
    """` in 2 days`; the title of an event of today or tomorrow says so already."""
    return [blocks.quiet(f" {days_away(gap.days)}")] if gap.days > 1 else []


def _missing(gap: Gap, officers: int, *, roles: bool) -> Line:
    """The officers and `roles` that are missing as chips, officers in red within two days, as everywhere."""
    chips = [blocks.chip(counted(officers, "officer"), _tone(gap))] if officers else []
    chips += [blocks.chip(f"no {ROLE_WORDS[role]}", "warning") for role in gap.fill.lacks if roles]
    return chips or [blocks.chip(no_officer_from(gap.fill.silent), "warning")]


def _tone(gap: Gap) -> blocks.Tone:
    return "error" if gap.fill.short and gap.urgency == "error" else "warning"


def _to_send(fill: Fill, colors: Mapping[str, str]) -> Line:
    """`SCSO 2, any agency 1`."""
    line: list[Piece] = []
    for name, number in fill.owed:
        line += [", " if line else "", blocks.agency(name, colors), f" {number:,}"]
    if fill.any_agency:
        line.append(f"{', ' if line else ''}{ANY_AGENCY} {fill.any_agency:,}")
    return line


def card(gap: Gap, snapshot: Snapshot, today: dt.date, colors: Mapping[str, str]) -> Mapping[str, Any]:
    event = gap.fill.event
    return blocks.card(
        [*event_cards.title(event, today), *_in_days(gap)],
        event_cards.place(event, colors),
        _staffed(gap.fill, snapshot),
        _by_role(gap.fill),
        _by_agency(gap.fill, colors),
        tone=_tone(gap),
        actions=[blocks.copy_button("Copy message", gap.ask), edit_cell(gap.fill, snapshot)],
    )


def _staffed(fill: Fill, snapshot: Snapshot) -> Line:
    confirmed = f" · {fill.confirmed} of {counted(fill.assigned, 'officer')} confirmed"
    lacks = [f"No {ROLE_WORDS[role]}" for role in fill.lacks]
    lacks += [no_officer_from(fill.silent)] if fill.silent else []
    return [
        event_cards.staffing(fill.event, snapshot),
        *([blocks.quiet(confirmed)] if fill.assigned else []),
        " ",
        *event_cards.holiday_chip(fill.event),
        *(blocks.chip(words, "warning") for words in lacks),
    ]


def no_officer_from(agencies: Sequence[str]) -> str:
    """`No officer from YPD, WPD`; of many agencies the first six."""
    more = f" +{len(agencies) - 6} more" if len(agencies) > 6 else ""
    return f"No officer from {', '.join(agencies[:6])}{more}"


def _by_role(fill: Fill) -> Line:
    """Dots for each role: `●○ Floor 1 of 2`."""
    line: list[Piece] = []
    for each in fill.by_role:
        if each.name in fill.lacks and not each.assigned + each.requested + each.asked:
            continue  # said by a chip
        name, of = each.name or "No role", each.positions
        line += [blocks.dots(each.assigned, of, name if of == 1 else f"{name} {each.assigned} of {of}"), "  "]
    return line


def _by_agency(fill: Fill, colors: Mapping[str, str]) -> Line:
    line: list[Piece] = [blocks.quiet("Officers: ")] if fill.assigned or fill.requested else []
    for each in fill.by_agency:
        words = officers_words(each)
        if words:
            name = blocks.agency(each.name, colors) if each.name else "Agency not known:"
            line += [name, f" {words}  "]
        if each.asked:
            line += [blocks.chip(f"{each.asked} requested from {each.name or 'any agency'}", "notice")]
    return line


def officers_words(line: FillLine) -> str:
    """`2, 1 not confirmed, 1 only asked`; empty for an agency that sends nobody."""
    if not line.known and not line.assigned:
        return "not known"
    words, waiting = [], line.assigned - line.confirmed
    if line.assigned > waiting or not line.known:
        words.append(f"{'' if line.known else 'at least '}{line.assigned}")
    if waiting:
        words.append(f"{waiting} not confirmed")
    if line.requested:
        words.append(f"{line.requested} only asked")
    return ", ".join(words)


def edit_cell(fill: Fill, snapshot: Snapshot) -> Piece:
    """Where in the sheet to write who goes: the row that asks for an officer, else the first free row of Staffing."""
    rows = snapshot.assignments_by_event.get(fill.event.id, ())
    asking = [row for row in placeholders(rows) if not row.in_events]
    if asking:
        return sheet_link("Edit", snapshot, "Staffing", "officer", asking[0].row)
    tab, field, row = cell_of_officers(snapshot, fill.event)
    if row is None:
        _, address = cell_link(snapshot, tab, field)
        words = "Add a row to Staffing"
        return blocks.link(address, words) if address else words
    return sheet_link("Edit", snapshot, tab, field, row)


UPCOMING = {ALL_TO_COME: "Upcoming"}
"""Text shown for an option of `WHEN`, where it differs."""


def sheet_link(words: str, snapshot: Snapshot, tab: str, field: str, row: int | None = None) -> Piece:
    """`Edit B12 of Staffing` as a link, `B12 of Staffing` without addresses; without a row, the first free one."""
    cell, address = cell_link(snapshot, tab, field, row)
    return blocks.link(address, f"{words} {cell}") if address else blocks.quiet(f"{words} {cell}".removeprefix("Edit "))


def gap_rows(gaps: Sequence[Gap]) -> list[Row]:
    return [
        row
        | {
            "where": where(gap.fill.event),
            "days_left": gap.days,
            "urgency": URGENT[gap.urgency] if gap.urgency else None,
            "confirmed": gap.fill.confirmed,
            "asked_without_a_name": gap.fill.asked,
            "owed": [f"{agency} {number}" for agency, number in gap.fill.owed],
            "lacks": list(gap.fill.lacks),
            "nobody_from": list(gap.fill.silent),
            "ask": gap.ask,
        }
        for gap, row in zip(gaps, documents.gap_rows(gaps), strict=True)
    ]
