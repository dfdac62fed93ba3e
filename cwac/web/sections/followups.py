"""Follow-ups: counts for everybody signed in, and rows for the responsible agency, which open in place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cwac.analysis.cells import cell_link
from cwac.analysis.followups import AgedFollowUp, By, Tally, follow_ups, responsible, tallies, tally
from cwac.analysis.words import counted, number, with_noun
from cwac.date_words import day_words
from cwac.exports.colors import agency_colors
from cwac.model import Snapshot, choice_label
from cwac.sheet.text import private_details
from cwac.storage import audit
from cwac.web import blocks, widgets
from cwac.web.blocks import Block, Line, Part, Piece, draw
from cwac.web.session import Session
from cwac.web.widgets import AUDIT_NAME

PAGE = "follow_ups"
OPENED = "follow_up"
"""URL parameter: the follow-up whose summary is shown."""
COUNTS: dict[str, By] = {
    "Age and owner": "age", "Category": "category", "Town": "town", "Agency": "agency",
}  # fmt: skip
"""View -> grouping of the counts; the first view shows owners below ages."""
ORDERS = {"Open": "overdue first, then the oldest", "Closed": "last closed first"}
"""View -> the order of its rows, in words."""
_READ = "_follow_up_read"
_TURNED_TO = "_follow_up_turned_to"


def show(session: Session) -> None:
    snapshot, agency = session.snapshot, session.agency
    own = None if session.viewer.kind == "coordinator" else session.viewer.agencies
    if not snapshot.follow_ups:
        widgets.headline("No resident has asked for anything yet.")
        widgets.empty("What you type into the Follow-ups tab is listed here.")
        place, url = cell_link(snapshot, "Follow-ups", "id")
        if url:
            st.link_button(f"Edit {place}", url)
        return
    widgets.headline(session.ask(headline, agency))
    draw("follow-ups-summary", session.ask(summary, agency))
    with widgets.FilterRow() as row:
        view = row.view("Show", ["Open", "Closed", *COUNTS], "show", {by: f"By {by.lower()}" for by in COUNTS})
    if view in COUNTS:
        of: tuple[By, ...] = ("age", "owner") if view == "Age and owner" else (COUNTS[view],)
        for by in of:
            st.header(f"By {by}", anchor=False)
            draw(f"follow-ups-{by}", session.ask(count_bars, agency, by))
            with st.expander("Show the numbers", key=f"numbers-{by}"):
                draw(f"follow-ups-numbers-{by}", session.ask(count_table, agency, by))
    else:
        _show_rows(session, own, view)
    st.caption("Agencies share only the counts. What a resident said stays with the agency responsible.")


def _show_rows(session: Session, own: tuple[str, ...] | None, view: str) -> None:
    """The open or the closed follow-ups that the viewer may list."""
    every = [item for item in session.ask(listed, session.agency, own) if item.open == (view == "Open")]
    whose = "" if own is None else " of " + widgets.md(" and ".join(own) or "your agency (the sheet names none)")
    if not every:
        widgets.empty(f"No {view.lower()} follow-up{whose}. Of other agencies' follow-ups you see the counts, above.")
        return
    if view == "Closed":
        every = newest_closed_first(every)
    asked = st.query_params.get(OPENED)
    if st.session_state.get(_TURNED_TO) != asked:  # once until the URL asks for another one
        st.session_state[_TURNED_TO] = asked
        place = next((place for place, item in enumerate(every) if item.follow_up.id == asked), None)
        if place is not None:
            widgets.turn_to(place, "follow-ups")
    count = f"{counted(len(every), f'{view.lower()} follow-up')}{whose}, {ORDERS[view]}"
    # The headline has the number, and the rows show the order, unless there are several pages.
    is_short = view == "Open" and own is None and len(every) <= widgets.AT_ONCE
    shown = every if is_short else widgets.page_of(every, count, "follow-ups")
    opened = opened_in(shown, session.ask(listed, None, own), asked)
    draw("follow-ups", rows(session.snapshot, shown, view, opened))


def listed(snapshot: Snapshot, agency: str | None, own: tuple[str, ...] | None) -> tuple[AgedFollowUp, ...]:
    """Follow-ups that the viewer may list, overdue first; `own` are a liaison's agencies, None for a coordinator."""
    return tuple(
        follow_up
        for follow_up in follow_ups(snapshot, snapshot.today, agency=agency)
        if own is None or responsible(follow_up.follow_up, follow_up.event) in own
    )


def newest_closed_first(closed: Sequence[AgedFollowUp]) -> list[AgedFollowUp]:
    """Closed follow-ups by the day they were closed, the latest first; those without a day last."""
    return sorted(closed, key=lambda item: item.follow_up.closed_on or dt.date.min, reverse=True)


def headline(snapshot: Snapshot, agency: str | None) -> str:
    """`4 of 5 open follow-ups are overdue.`"""
    totals, whose = tally(follow_ups(snapshot, snapshot.today, agency=agency)), f" of {agency}" if agency else ""
    if not totals.overdue:
        return f"Nothing{whose} is overdue."
    verb = "is" if totals.overdue == 1 else "are"
    return f"{totals.overdue:,} of {counted(totals.open, 'open follow-up')}{whose} {verb} overdue."


def summary(snapshot: Snapshot, agency: str | None) -> Block:
    """How many are open, unless the headline says so, how many are closed, and how many residents were told."""
    totals = tally(follow_ups(snapshot, snapshot.today, agency=agency))
    unanswered = totals.closed - totals.told - totals.not_told
    typical = _typical_days(totals)
    words = [] if totals.overdue else [f"{totals.open:,} open"]
    words.append(f"{totals.closed:,} closed{f', typically after {typical}' if typical else ''}")
    if totals.closed:
        not_noted = f", not noted for {unanswered:,}" if unanswered else ""
        words.append(f"{totals.told:,} of {counted(totals.closed, 'resident')} told{not_noted}")
    return blocks.lines([" · ".join(words)])


def _typical_days(totals: Tally) -> str:
    """`33 days`, the median; empty if it is known for none."""
    return "" if totals.closing_days is None else with_noun(number(totals.closing_days, 0), "day")


def count_bars(snapshot: Snapshot, agency: str | None, by: By) -> Block:
    """Follow-ups by group as bars: overdue, other open ones, closed."""
    groups = tallies(follow_ups(snapshot, snapshot.today, agency=agency), by)
    rows = []
    for label, group in groups.items():
        parts: list[Part] = [(group.overdue, "error"), (group.open - group.overdue, "plain")]
        words = f"{group.open} open{f', {group.overdue} overdue' if group.overdue else ''} · {group.closed} closed"
        rows.append(blocks.bar([choice_label(label)], [*parts, (group.closed, "quiet")], [words]))
    return blocks.bars(rows, f"Follow-ups by {by}")


def count_table(snapshot: Snapshot, agency: str | None, by: By) -> Block:
    """The same as numbers, with the days to close and the residents who were told."""
    rows: list[list[Line]] = []
    for label, group in tallies(follow_ups(snapshot, snapshot.today, agency=agency), by).items():
        numbers = [[str(number)] for number in (group.open, group.overdue, group.closed)]
        told = f"{group.told} of {group.closed}" if group.closed else ""
        rows.append([[choice_label(label)], *numbers, [_typical_days(group)], [told]])
    columns = (by.capitalize(), "Open", "Overdue", "Closed", "Typical time to close", "Residents told")
    return blocks.table(columns, rows, f"Follow-ups by {by}", limit=blocks.SHOWN_FIRST)


def rows(snapshot: Snapshot, shown: Sequence[AgedFollowUp], view: str, opened: str | None) -> Block:
    """A row a follow-up, which opens its summary below it: only the summary of `opened` is sent."""
    limit = None if opened in [item.follow_up.id for item in shown[blocks.SHOWN_FIRST :]] else blocks.SHOWN_FIRST
    colors = agency_colors(snapshot)
    each = [_row(item, snapshot, view, colors, is_open=item.follow_up.id == opened) for item in shown]
    age, due = ("Age", "Due") if view == "Open" else ("Closed", "Resident")
    columns = ("What", "Town", age, "Owner", due)
    return blocks.rows(columns, each, f"Follow-ups, {ORDERS[view]}", top=(0, 4), limit=limit)


def _row(
    item: AgedFollowUp, snapshot: Snapshot, view: str, colors: Mapping[str, str], *, is_open: bool
) -> Mapping[str, Any]:
    follow_up, event = item.follow_up, item.event
    query = {"show": view} | ({} if is_open else {OPENED: follow_up.id})
    what = blocks.page_link(PAGE, choice_label(follow_up.category or "Other"), query, expanded=is_open)
    town = (event.town or "town not known") if event else "event without a date"
    owner: list[Piece] = [blocks.agency(agency, colors), " "] if (agency := responsible(follow_up, event)) else []
    owner.append(follow_up.owner_role or "no owner")
    due = f"due {day_words(follow_up.due, snapshot.today)}" if follow_up.due else "no due date"
    ending: Piece = blocks.chip(f"Was {due}", "error") if item.overdue else due
    if not item.open:  # whether the resident was told
        ending = {True: "told", False: "not told", None: "not noted"}[follow_up.reported_back]
    cells: list[Line] = [[what], [town], [_age(item, snapshot)], owner, [ending]]
    return blocks.row(cells, below=_below(item, snapshot) if is_open else ())


def _age(item: AgedFollowUp, snapshot: Snapshot) -> str:
    """`92 days`; of a closed one the day, and how many days after the event."""
    age, closed_on = "" if item.age is None else counted(item.age, "day"), item.follow_up.closed_on
    if not item.open:
        day = day_words(closed_on, snapshot.today) if closed_on else ""
        age = ", ".join(filter(None, [day, f"after {age}" if age else ""]))
    return age or "not known"


def _below(item: AgedFollowUp, snapshot: Snapshot) -> Sequence[Line]:
    """The summary of an opened follow-up, its event, and the cell to edit."""
    text = item.follow_up.summary
    lines: list[Line] = [[text or blocks.quiet("Nothing was noted.")]]
    if private := private_details(text or ""):
        warning = f"This looks like a resident's personal data ({' and '.join(private)}). Take it out of the sheet."
        lines.append([blocks.chip("Personal data", "warning"), warning])
    cell, url = cell_link(snapshot, "Follow-ups", "status", item.follow_up.row)
    links: list[Piece] = [blocks.quiet(f"{item.follow_up.id}, {item.follow_up.status} · ")]
    if item.event:
        day = day_words(item.event.date, snapshot.today)
        links += [blocks.event_link(item.event.id, f"Event of {day}"), " · "]
    return [*lines, [*links, blocks.link(url, f"Edit {cell}") if url else cell]]


def opened_in(shown: Sequence[AgedFollowUp], every: Sequence[AgedFollowUp], asked: str | None) -> str | None:
    """The follow-up that the URL asks for, if it is shown. Each opening is audited, one that is not listed reported."""
    if asked is not None and asked not in [item.follow_up.id for item in every]:
        st.info(f'The link asks for follow-up "{widgets.md(asked[:60])}", which is not in your list.')
    if asked not in [item.follow_up.id for item in shown]:
        st.session_state.pop(_READ, None)
        return None
    if st.session_state.get(_READ) != asked:
        st.session_state[_READ] = asked
        person = st.session_state.get(AUDIT_NAME, "somebody")
        audit.note(person, f"read the summary of follow-up {asked}{widgets.in_county()}")
    return asked
