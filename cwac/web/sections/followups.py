"""Follow-ups: counts for everybody signed in, and cards for the responsible agency, which open in place."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from cwac.access import Viewer
from cwac.analysis.cells import cell_link
from cwac.analysis.followups import AGES, AgedFollowUp, By, Tally, follow_ups, responsible, tallies, tally
from cwac.analysis.words import counted, number
from cwac.date_words import day_words
from cwac.exports.colors import agency_colors
from cwac.model import Snapshot, choice_label
from cwac.sheet.privacy import private_details
from cwac.storage import audit
from cwac.web import widgets
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Block, Line, Part, Piece
from cwac.web.widgets import AUDIT_NAME

PAGE = "follow_ups"
OPENED = "follow_up"
"""URL parameter: the follow-up whose summary is shown."""
COUNTS: dict[str, By] = {
    "Age and owner": "age", "Category": "category", "Town": "town", "Agency": "agency",
}  # fmt: skip
"""View -> grouping of the counts; the first view shows owners below ages."""
VIEW_LABELS = {view: f"By {view.lower()}" for view in COUNTS}
ORDERS = {"Open": "overdue first, then the oldest", "Closed": "last closed first"}
"""View -> the order of its cards, in words."""
_READ = "_follow_up_read"
_TURNED_TO = "_follow_up_turned_to"


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


def own_agencies(viewer: Viewer) -> tuple[str, ...] | None:
    return None if viewer.kind == "coordinator" else viewer.agencies


# --- counts -------------------------------------------------------------------------------------------------------


def summary(snapshot: Snapshot, agency: str | None) -> Block:
    """Open, overdue and closed follow-ups, and how many residents were told, as tiles."""
    totals = tally(follow_ups(snapshot, snapshot.today, agency=agency))
    unanswered = totals.closed - totals.told - totals.not_told
    typical = _typical_days(totals)
    tone: blocks.Tone = "error" if totals.overdue else "plain"
    return blocks.tiles(
        [
            blocks.tile(["Open"], str(totals.open)),
            blocks.tile(["Overdue"], str(totals.overdue), [f"of {totals.open} open"], tone),
            blocks.tile(["Closed"], str(totals.closed), [f"typically after {typical}"] if typical else []),
            blocks.tile(
                ["Reported back"],
                f"{totals.told} of {totals.closed}",
                [f"not said for {unanswered}"] if unanswered else [],
            ),
        ],
        "Follow-ups in numbers",
    )


def _typical_days(totals: Tally) -> str:
    """`32.5 days (42 counted)`; empty if it is known for none."""
    return "" if totals.closing_days is None else f"{number(totals.closing_days)} days ({totals.timed} counted)"


def aging(snapshot: Snapshot, agency: str | None) -> Block:
    """Open follow-ups by age as bars, overdue ones marked."""
    groups = tallies(follow_ups(snapshot, snapshot.today, agency=agency), "age")
    others = [label for label, group in groups.items() if group.open and label not in dict(AGES)]
    bands = [*(band for band, _ in AGES), *others]
    rows = [_bar(band, groups.get(band, Tally()), closed=False) for band in bands]
    return blocks.bars(rows, "Open follow-ups by age")


def count_bars(snapshot: Snapshot, agency: str | None, by: By) -> Block:
    """Follow-ups by group as bars: overdue, other open ones, closed."""
    groups = tallies(follow_ups(snapshot, snapshot.today, agency=agency), by)
    rows = [_bar(choice_label(label), group, closed=True) for label, group in groups.items()]
    return blocks.bars(rows, f"Follow-ups by {by}")


def _bar(label: str, group: Tally, *, closed: bool) -> Mapping[str, Any]:
    """A group's follow-ups: overdue, other open ones, and `closed` ones too."""
    parts: list[Part] = [(group.overdue, "error", None), (group.open - group.overdue, "plain", None)]
    words = f"{group.open} open{f', {group.overdue} overdue' if group.overdue else ''}"
    if closed:
        return blocks.bar([label], [*parts, (group.closed, "quiet", None)], [f"{words} · {group.closed} closed"])
    return blocks.bar([label], parts, [words])


def count_table(snapshot: Snapshot, agency: str | None, by: By) -> Block:
    """The same as numbers, with the days to close and the residents who were told."""
    rows: list[list[Line]] = [
        [
            [choice_label(label)],
            [str(group.open)],
            [str(group.overdue)],
            [str(group.closed)],
            [_typical_days(group)],
            [f"{group.told} of {group.closed}" if group.closed else ""],
        ]
        for label, group in tallies(follow_ups(snapshot, snapshot.today, agency=agency), by).items()
    ]
    columns = (by.capitalize(), "Open", "Overdue", "Closed", "Typical time to close", "Reported back")
    return blocks.table(columns, rows, f"Follow-ups by {by}", limit=blocks.SHOWN_FIRST)


# --- cards --------------------------------------------------------------------------------------------------------


def cards(snapshot: Snapshot, shown: Sequence[AgedFollowUp], view: str, opened: str | None) -> Block:
    """A card a follow-up. Its title opens its summary inside the card: only the summary of `opened` is sent."""
    limit = None if opened in [item.follow_up.id for item in shown[blocks.SHOWN_FIRST :]] else blocks.SHOWN_FIRST
    each = [_card(item, snapshot, view, is_open=item.follow_up.id == opened) for item in shown]
    return blocks.cards(each, f"Follow-ups, {ORDERS[view]}", limit=limit)


def _card(item: AgedFollowUp, snapshot: Snapshot, view: str, *, is_open: bool) -> Mapping[str, Any]:
    follow_up = item.follow_up
    query = {"show": view} | ({} if is_open else {OPENED: follow_up.id})
    place, url = cell_link(snapshot, "Follow-ups", "status", follow_up.row)
    owner = responsible(follow_up, item.event)
    owner_named: list[Piece] = [blocks.agency(owner, agency_colors(snapshot))] if owner else ["No agency · "]
    return blocks.card(
        [
            blocks.page_link(PAGE, _title(item, snapshot), query, expanded=is_open),
            " ",
            *_chip(item),
            blocks.quiet(follow_up.id if url else f"{follow_up.id}, row {follow_up.row}"),
        ],
        [_state(item, snapshot)],
        [*_event(item), *owner_named, follow_up.owner_role or "no owner"],
        *(_summary(item) if is_open else ()),
        tone="error" if item.overdue else "plain",
        actions=[blocks.link(url, f"Open {place}")] if url else [],
    )


def _chip(item: AgedFollowUp) -> Line:
    """`Overdue`, or the status of another open one; all of a list of closed ones are closed."""
    if item.overdue:
        return [blocks.chip("Overdue", "error")]
    return [blocks.chip(item.follow_up.status)] if item.open else []


def _state(item: AgedFollowUp, snapshot: Snapshot) -> str:
    follow_up = item.follow_up
    if not item.open:
        after = "" if item.age is None else f" {counted(item.age, 'day')} after the event"
        reported = {True: "reported back", False: "not reported back", None: "reported back: not known"}
        day = f" {day_words(follow_up.closed_on, snapshot.today)}" if follow_up.closed_on else ""
        after = f",{after}" if day and after else after
        return f"Closed{day}{after} · {reported[follow_up.reported_back]}"
    age = "Age not known" if item.age is None else f"{counted(item.age, 'day')} old"
    due = f"due {day_words(follow_up.due, snapshot.today)}" if follow_up.due else "no due date"
    return f"{age} · {due}"


def _title(item: AgedFollowUp, snapshot: Snapshot) -> str:
    """`Traffic: Yreka, Thu, Nov 5`, the town and day of the event."""
    category, event = choice_label(item.follow_up.category or "Other"), item.event
    if event is None:
        return f"{category}: event without a date"
    return f"{category}: {event.town or 'town not known'}, {day_words(event.date, snapshot.today)}"


def _event(item: AgedFollowUp) -> Line:
    return [blocks.event_link(item.event.id, "Open the event"), " · "] if item.event else []


def _summary(item: AgedFollowUp) -> tuple[Line, ...]:
    text = item.follow_up.summary
    if not text:
        return ([blocks.quiet("Nothing was noted.")],)
    private = private_details(text)
    if not private:
        return ([text],)
    warning = f"This looks like a resident's personal data ({' and '.join(private)}). Take it out of the sheet."
    return [text], [blocks.chip("Personal data", "warning"), warning]


def turn_to(asked: str | None, listed: Sequence[AgedFollowUp]) -> None:
    """Turn to the page of the list with the follow-up that the URL asks for, once until it asks for another."""
    if st.session_state.get(_TURNED_TO) == asked:
        return
    st.session_state[_TURNED_TO] = asked
    place = next((place for place, item in enumerate(listed) if item.follow_up.id == asked), None)
    if place is not None:
        widgets.turn_to(place, "follow-ups")


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


def show_empty(snapshot: Snapshot) -> None:
    """Say what would fill the page, with a link to the place."""
    widgets.empty("No resident has asked for anything yet. What you type into the Follow-ups tab is listed here.")
    place, url = cell_link(snapshot, "Follow-ups", "id")
    if url:
        st.link_button(f"Open {place}", url)
