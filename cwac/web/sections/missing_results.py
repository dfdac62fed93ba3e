"""What past events still lack, by agency and newest first, each with a link to the cell where it is typed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import streamlit as st

from cwac.analysis.cells import cell_link, cell_to_fill
from cwac.analysis.events import NOT_CLOSED, where
from cwac.analysis.followups import MissingKind, MissingResult, missing_after_event
from cwac.analysis.words import counted
from cwac.date_words import day_words
from cwac.model import Snapshot
from cwac.web import blocks, widgets
from cwac.web.blocks import Block, draw
from cwac.web.session import Session
from cwac.web.widgets import md

VIEW = "After the event"
"""The view's value in URLs; people read "Missing results"."""
RESULTS = "Count or closing"
LACKS: Mapping[str, frozenset[MissingKind]] = {
    "Anything": frozenset({"closing", "count", "hours", "owner"}),
    RESULTS: frozenset({"closing", "count"}),
    "Hours": frozenset({"hours"}),
    "Owner of a follow-up": frozenset({"owner"}),
}
"""Option of the "Missing" filter -> what is listed."""
_LABELS = {RESULTS: "Count or completed"}
FIRST = 6
"""Rows of an agency before "Show more": with all agencies the page stays short on a phone."""
NO_LEAD = "no lead agency"
_KINDS: Mapping[MissingKind, tuple[str, str]] = {
    "closing": (f"{{}} {NOT_CLOSED}", f"{{}} {NOT_CLOSED}"),
    "count": ("{} count", "{} counts"),
    "hours": ("hours of {} shift", "hours of {} shifts"),
    "owner": ("{} follow-up owner", "{} follow-up owners"),
}
"""Kind -> its words for one and for several."""
_IN_ALL: Mapping[MissingKind, tuple[str, str]] = {
    "count": ("count", "counts"),
    "closing": (f"event {NOT_CLOSED}", f"events {NOT_CLOSED}"),
    "hours": ("shift without hours", "shifts without hours"),
    "owner": ("follow-up owner", "follow-up owners"),
}
"""Kind -> its words in the total."""


def show(session: Session, row: widgets.FilterRow) -> None:
    sentence = "No event is in the sheet yet. Results missing from past events show here, with a link to each cell."
    if show_no_events(session, row, sentence):
        return
    lacks = row.select("Missing", list(LACKS), "lacks", labels=_LABELS)
    row.report_unknown()
    missing = session.ask(missing_after_event, session.today)
    owed = session.ask(lacking, session.agency, lacks, _missing=missing)
    if not owed:
        widgets.headline("Nothing is missing from past events.")
        widgets.empty("Every past event has its count, its hours and its owners.")
        return
    events = len({item.event.id for item in owed})
    kinds = _count(owed)
    made_of = ", ".join(counted(kinds[kind], *words) for kind, words in _IN_ALL.items() if kinds[kind])
    widgets.headline(f"{counted(kinds.total(), 'result')} missing from {counted(events, 'past event')}: {made_of}.")
    by_agency = session.ask(owed_by_agency, session.agency, lacks, _missing=missing)
    for place, (agency, words) in enumerate(by_agency.items()):
        with st.expander(f"**{md(agency or NO_LEAD)}** · {md(words)}", expanded=place == 0):
            draw(f"missing-{place}", session.ask(listed, agency, lacks, True, only=True, _missing=missing))


def show_empty(session: Session, sentence: str, tab: str = "Events", field: str = "date") -> None:
    """Say what will fill an empty view, with a link to the cell where to begin if the source has links."""
    widgets.empty(sentence)
    words, address = cell_link(session.snapshot, tab, field)
    if address is not None:
        draw("to-begin", blocks.lines([blocks.link(address, f"Begin in {words}")]))


def show_no_events(session: Session, row: widgets.FilterRow, sentence: str) -> bool:
    """Whether the sheet has no event: then say what will fill the view, without filters that find nothing."""
    if not session.snapshot.events:
        row.report_unknown()
        show_empty(session, sentence)
    return not session.snapshot.events


def lacking(
    _: Snapshot, agency: str | None, lacks: str, *, _missing: Sequence[MissingResult]
) -> tuple[MissingResult, ...]:
    """What past events of an agency (or any) lack, newest first.

    `_missing`, here and below: `missing_after_event` of all agencies.
    """
    kinds = LACKS[lacks]
    return tuple([item for item in reversed(_missing) if item.kind in kinds and agency in (None, item.agency)])


def owed_by_agency(
    snapshot: Snapshot, agency: str | None, lacks: str, *, _missing: Sequence[MissingResult]
) -> Mapping[str | None, str]:
    """Agency -> how much is missing from it, in words; most missing first."""
    owed = lacking(snapshot, agency, lacks, _missing=_missing)
    kinds = {short: _count([item for item in owed if item.agency == short]) for short in {item.agency for item in owed}}
    return {
        short: f"{of.total():,} missing: "
        + ", ".join(words[number != 1].format(number) for kind, words in _KINDS.items() if (number := of[kind]))
        for short, of in sorted(kinds.items(), key=lambda item: (-item[1].total(), item[0] or ""))
    }


def _count(owed: Sequence[MissingResult]) -> Counter[MissingKind]:
    """Kind -> how many results are missing, each shift without hours and each follow-up's owner for itself."""
    kinds: Counter[MissingKind] = Counter()
    for item in owed:
        kinds[item.kind] += item.count
    return kinds


def listed(
    snapshot: Snapshot,
    agency: str | None,
    lacks: str,
    cells: bool,
    *,
    only: bool = False,
    _missing: Sequence[MissingResult],
) -> Block:
    """A row for each missing result, which opens the event, and with `cells` has a link to where it is typed.

    With `only`, the agency None means events without a lead agency, not all agencies.
    """
    missing = lacking(snapshot, agency, lacks, _missing=_missing)
    if only and agency is None:
        missing = tuple(item for item in missing if item.agency is None)
    name = f"Missing from past events{f' of {agency}' if agency else ''}, newest first"
    columns = ("When", "Where", "Missing", *(["Cell"] if cells else []))
    rows = []
    for item in missing:
        day = blocks.event_link(item.event.id, day_words(item.event.date, snapshot.today))
        line: list[blocks.Line] = [[day], [where(item.event)], [item.words[0].upper() + item.words[1:]]]
        if cells:
            cell, address = cell_link(snapshot, *cell_to_fill(snapshot, item))
            line.append([blocks.link(address, f"Edit {cell}") if address else cell])
        rows.append(blocks.row(line))
    return blocks.rows(columns, rows, name, top=(0, 1), limit=FIRST)
