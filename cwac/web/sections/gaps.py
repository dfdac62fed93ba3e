"""Openings: the officers that coming events still need, who still has to send them, and messages to copy."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping, Sequence
from typing import Any

import streamlit as st

from cwac import addons
from cwac.analysis.candidates import Pulled, pulled
from cwac.analysis.cells import cell_link, cell_of_officers
from cwac.analysis.events import ANY_AGENCY, placeholders, where
from cwac.analysis.overview import ended_on
from cwac.analysis.periods import holiday_words, month_of
from cwac.analysis.staffing import ROLE_WORDS, Fill, Gap, StillNeeded, gap_board, still_needed
from cwac.analysis.staffing import StaffingLine as FillLine
from cwac.analysis.words import counted
from cwac.date_words import days_away, month_words
from cwac.exports import documents, tables
from cwac.exports.colors import agency_colors
from cwac.model import Role, Severity, Snapshot
from cwac.settings import Rules
from cwac.web import blocks, event_cards, widgets
from cwac.web.blocks import Block, Line, Piece, draw
from cwac.web.sections import overview
from cwac.web.sections.officers import names, own_agencies
from cwac.web.session import Session

ALL_TO_COME = "All to come"
WHEN = (ALL_TO_COME, "Next 7 days", "Next 14 days", "This month", "Next month")
"""Options of the "When" filter."""
UPCOMING = {ALL_TO_COME: "Upcoming"}
"""Text shown for an option of `WHEN`, where it differs."""
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


def openings(
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date | None,
    agency: str | None,
    *,
    ended: Collection[str] = (),
    _gaps: Sequence[Gap] | None = None,
) -> StillNeeded:
    """What the events from `first` to `last` still need, without those of today that are over (`ended`)."""
    coming = gap_board(snapshot, snapshot.today, until=last, _gaps=_gaps)
    return still_needed(
        [gap for gap in coming if gap.fill.event.date >= first and gap.fill.event.id not in ended], agency
    )


def show_openings(session: Session, row: widgets.FilterRow) -> None:
    today, agency = session.today, session.agency
    name = row.select("When", WHEN, "when", 150, UPCOMING)
    first, last = days_of(name, today)
    missing = row.multiselect("Missing", LACKS, "lacking", width=190)
    row.report_unknown()
    ended = ended_on(session.snapshot, session.now, session.rules)
    needed = session.ask(openings, first, last, agency, ended=ended, _gaps=session.ask(gap_board, today))
    when = ""  # of all to come
    if last is not None:
        when = f"in {month_words(first)}" if name in ("This month", "Next month") else f"in the {name.lower()}"
    if not needed.planned:
        widgets.headline(f"No event is planned {when}".rstrip() + ".")
        widgets.empty("Events of the Events tab appear here by their date, with the officers they need.")
        return
    overview.headline(session, needed.answer(when), say_what_to_do=False)
    if words := facts(needed):
        st.markdown(words)
    for show_added in addons.sections("openings"):
        show_added(session)
    colors = session.ask(agency_colors)
    own, free, others = (lacking(each, missing) for each in (needed.first, needed.free, needed.others))
    if own:
        shown = widgets.page_of_many(own, f"{counted(len(own), 'event')}, soonest first", "gaps")
        label = f"Events to which {agency} still has to send" if agency else "Events with openings"
        draw("open-events", rows(shown, colors, f"{label}, soonest first", agency=agency))
    elif missing and needed.first:
        widgets.empty(f"None of {counted(len(needed.first), 'event')} with openings is missing that.")
    if agency is None and not missing:
        draw("to-send", *to_send_bars(needed, colors))
    for key, listed, heading, of in (
        ("free", free, needed.any_words.removesuffix("."), agency),
        ("others", others, f"{agency}'s other events with openings", None),
    ):
        if listed:
            shown = widgets.page_of_many(listed, f"{counted(len(listed), 'event')}, soonest first", key)
            table = rows(shown, colors, f"{heading}, soonest first", agency=of, any_agency=of is not None)
            draw(f"open-{key}", blocks.heading(heading), table)
    if every := tuple(dict.fromkeys((*own, *free, *others))):
        widgets.download("Openings as CSV", "gaps.csv", lambda: tables.to_csv(gap_rows(every), GAPS))
    show_emergencies(session)


def lacking(gaps: Sequence[Gap], missing: Collection[str]) -> Sequence[Gap]:
    """The gaps with one of these options of `LACKS`, all if none is given."""

    def lacks(fill: Fill) -> set[str]:
        of_all = {"Officers": fill.short, "An agency": fill.silent}
        return {name for name, role in ROLES.items() if role in fill.lacks} | {name for name in of_all if of_all[name]}

    return [gap for gap in gaps if not missing or not lacks(gap.fill).isdisjoint(missing)]


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
    if anybody := needed.any_agency.officers:
        words = f"{anybody:,} at {counted(needed.any_agency.events, 'event')}"
        # First, since the longest bar sets the scale: the last ones wait behind "Show more".
        rows.insert(0, blocks.bar(["Open to any agency"], [(anybody, "quiet")], [words]))
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
    gaps: Sequence[Gap], colors: Mapping[str, str], label: str, *, agency: str | None = None, any_agency: bool = False
) -> Block:
    """Openings as rows: those of the agency, or with `any_agency` those of any; without an agency all, and who sends.

    An agency's event says its missing roles in the rows of what the agency has to send, or else in those of any.
    """
    listed = []
    for gap in gaps:
        event, fill = gap.fill.event, gap.fill
        sends = dict(fill.owed).get(agency or "", 0)
        officers = fill.any_agency if any_agency else sends if agency else fill.short
        missing = [blocks.chip(counted(officers, "officer"), _tone(gap))] if officers else []
        if not (any_agency and sends):
            missing += [blocks.chip(f"no {ROLE_WORDS[role]}", "warning") for role in fill.lacks]
        missing = missing or [blocks.chip(no_officer_from(fill.silent), "warning")]
        to_send: list[Piece] = []  # `SCSO 2, any agency 1`
        for name, number in fill.owed:
            to_send += [", " if to_send else "", blocks.agency(name, colors), f" {number:,}"]
        if fill.any_agency:
            to_send.append(f"{', ' if to_send else ''}{ANY_AGENCY} {fill.any_agency:,}")
        there = [where(event), *([blocks.quiet(" · federal holiday")] if holiday_words(event.date) else [])]
        cells: list[Line] = [_title(gap), there, missing, *([] if agency else [to_send])]
        listed.append(blocks.row([*cells, event_cards.ways_to_fill(gap)]))
    columns = ("When", "Where", "Missing", *(() if agency else ("Who still has to send",)), "What to do")
    return blocks.rows(columns, listed, label, top=(0, 2), narrow=5)


def _title(gap: Gap) -> Line:
    """The event's title, followed by words such as ` in 2 days` unless the title says today or tomorrow."""
    event, in_days = gap.fill.event, [blocks.quiet(f" {days_away(gap.days)}")] if gap.days > 1 else []
    return [*event_cards.title(event, event.date - dt.timedelta(days=gap.days)), *in_days]


def _tone(gap: Gap) -> blocks.Tone:
    """Red within two days, as everywhere."""
    return "error" if gap.fill.short and gap.urgency == "error" else "warning"


def card(gap: Gap, snapshot: Snapshot) -> Mapping[str, Any]:
    """The event's officers by role and by agency, what it lacks, and where in the sheet to write who goes."""
    event, fill, colors = gap.fill.event, gap.fill, agency_colors(snapshot)
    confirmed = f" · {fill.confirmed} of {counted(fill.assigned, 'officer')} confirmed"
    lacks = [f"No {ROLE_WORDS[role]}" for role in fill.lacks]
    lacks += [no_officer_from(fill.silent)] if fill.silent else []
    staffed = [event_cards.staffing(event, snapshot), *([blocks.quiet(confirmed)] if fill.assigned else []), " "]
    staffed += [*event_cards.holiday_chip(event), *(blocks.chip(words, "warning") for words in lacks)]
    by_role: list[Piece] = []
    for line in fill.by_role:
        if line.name not in fill.lacks or line.assigned + line.requested + line.asked:  # else a chip says it
            name, of = line.name or "No role", line.positions
            by_role += [blocks.dots(line.assigned, of, name if of == 1 else f"{name} {line.assigned} of {of}"), "  "]
    by_agency: list[Piece] = [blocks.quiet("Officers: ")] if fill.assigned or fill.requested else []
    for line in fill.by_agency:
        if words := officers_words(line):
            by_agency += [blocks.agency(line.name, colors) if line.name else "Agency not known:", f" {words}  "]
        if line.asked:
            by_agency.append(blocks.chip(f"{line.asked} requested from {line.name or 'any agency'}", "notice"))
    asking = [row for row in placeholders(snapshot.assignments_by_event.get(event.id, ())) if not row.in_events]
    cell = ("Staffing", "officer", asking[0].row) if asking else cell_of_officers(snapshot, event)
    edit = sheet_link("Edit", snapshot, *cell)
    if cell[2] is None:
        _, address = cell_link(snapshot, *cell)
        edit = blocks.link(address, "Add a row to Staffing") if address else "Add a row to Staffing"
    actions = [blocks.copy_button("Copy message", gap.ask), edit]
    place = event_cards.place(event, colors)
    return blocks.card(_title(gap), place, staffed, by_role, by_agency, tone=_tone(gap), actions=actions)


def no_officer_from(agencies: Sequence[str]) -> str:
    """`No officer from YPD, WPD`; of many agencies the first six."""
    more = f" +{len(agencies) - 6} more" if len(agencies) > 6 else ""
    return f"No officer from {', '.join(agencies[:6])}{more}"


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


def sheet_link(words: str, snapshot: Snapshot, tab: str, field: str, row: int | None = None) -> Piece:
    """`Edit B12 of Staffing` as a link, `B12 of Staffing` without addresses; without a row, the first free one."""
    cell, address = cell_link(snapshot, tab, field, row)
    return blocks.link(address, f"{words} {cell}") if address else blocks.quiet(f"{words} {cell}".removeprefix("Edit "))


def gap_rows(gaps: Sequence[Gap]) -> list[tables.Row]:
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


def emergencies(
    snapshot: Snapshot, rules: Rules, agency: str | None, agencies: tuple[str, ...] | None
) -> tuple[tuple[Pulled, tuple[str, ...]], ...]:
    """Events that lost people to an emergency, each with the people of these agencies who could go instead."""
    eligible = set(names(snapshot, agencies).values())
    found = []
    for item in pulled(snapshot, snapshot.today, rules, limit=60):
        if agency is None or item.event.names(agency):
            could = [
                f"{person.officer.name}, {person.officer.agency}: {'; '.join((*person.reasons, *person.against))}"
                for person in item.could
                if person.officer.id in eligible
            ]
            found.append((item, tuple(could)))
    return tuple(found)


def show_emergencies(session: Session) -> bool:
    """The events that lost people to mutual aid; False if there are none."""
    today, own = session.today, own_agencies(session)
    found = session.ask(emergencies, session.rules, session.agency, own)
    if not found:
        return False
    cards, colors = [], session.ask(agency_colors)
    for item, candidates in found:
        instead: Line = [blocks.strong("Available instead: "), ". ".join(candidates[:3]) or "nobody who may be shown"]
        if item.off:
            instead = [blocks.quiet("No replacement needed: the event was called off.")]
        title, place = event_cards.title(item.event, today), event_cards.place(item.event, colors)
        said = [blocks.chip("Pulled to mutual aid", "error"), item.message]
        cards.append(blocks.card(title, place, said, instead, tone="error"))
    st.header("Pulled to mutual aid", anchor=False)
    draw("pulled", blocks.cards(cards, "Events that an emergency took officers from", narrow=3))
    return True
