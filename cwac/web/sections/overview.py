"""The overview: the next event, what needs attention, and the last quarter in one line."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Mapping, Sequence

import streamlit as st

from cwac import access
from cwac.analysis.alerts import CLASHES, alerts, by_event
from cwac.analysis.cells import cells_to_fix, tab_link
from cwac.analysis.events import assigned, where
from cwac.analysis.followups import missing_after_event
from cwac.analysis.overview import (
    Needs,
    Week,
    coming_events,
    ended_on,
    events_between,
    events_by_day,
    last_of_soon,
    needs,
    next_event,
    quarters,
    weeks,
)
from cwac.analysis.periods import Period, month_of, quarter_before, quarter_of
from cwac.analysis.positions import positions
from cwac.analysis.staffing import gap_board
from cwac.analysis.words import counted, number
from cwac.date_words import clock_range, day_words, month_day, month_words, zone_words
from cwac.exports.colors import agency_colors
from cwac.model import Alert, Event, Snapshot
from cwac.settings.microsoft import is_microsoft
from cwac.sheet.template import write_template
from cwac.web import event_cards, widgets
from cwac.web.blocks import content as blocks
from cwac.web.blocks.draw import draw
from cwac.web.calendar import browser
from cwac.web.sections import missing_results, subscribe
from cwac.web.sections.attendance import of_all_events
from cwac.web.session import Session
from cwac.web.widgets import md


def alerts_by_event(session: Session) -> Mapping[str, Sequence[Alert]]:
    """Event ID -> its alerts; empty if the viewer may not see staffing."""
    if not session.sees_staffing:
        return {}
    every = session.ask(alerts, session.today, session.rules)
    return session.ask(by_event, session.today, session.rules, _alerts=every)


MARKS_A_WEEK = 12
"""Events of a week with a mark of their own."""
CARDS_OF_SOON = 20
"""Events of the next 14 days with a card; the calendar has the others."""


def sheet_line(snapshot: Snapshot, whole: bool = True, agency: str | None = None) -> str:
    """`642 of 650 rows used · 3 cells to fix`, as *Sheet health* counts them for this agency (None for all).

    `whole` is False if other agencies' problems are not shown.
    """
    rows = sum(account.rows for account in snapshot.accounting.values())
    kept = sum(account.kept for account in snapshot.accounting.values())
    cells = cells_to_fix(snapshot.problems if agency is None else access.concerning(snapshot.problems, {agency}))
    share = f"{kept:,} of {counted(rows, 'row')} used" if rows else "no rows yet"
    if cells:
        return f"{share} · {counted(cells, 'cell', 'cells')} to fix"
    scope = f"of {md(agency)} " if agency else "" if whole else "of yours "
    return f"{share} · nothing {scope}to fix"


# --- on the page ----------------------------------------------------------------------------------------------------


def show_next(session: Session) -> None:
    """The next event that has not ended, beside its month."""
    event = next_event(session.ask(coming_events, session.today, session.agency), session.now, session.rules)
    if event is None:
        widgets.empty("No event is planned. The next one shows here as soon as the Events tab has it.")
        return
    card, month = (st.container(), None) if browser.is_phone() else st.columns([2, 1])
    with card:
        draw("next", blocks.cards([_next_card(session, event)], "Next event"))
        with st.container(horizontal=True, gap="xsmall"):
            subscribe.way_and_calendar_file(session, event, key="next-event")
    if month is not None:
        with month:
            _show_month(session, month_of(event.date))


def _next_card(session: Session, event: Event) -> Mapping[str, object]:
    snapshot, today = session.snapshot, session.today
    venue = event.venue
    zone = f" {zone_words(snapshot.timezone)}" if event.start is not None else ""
    address = ", ".join(filter(None, [venue.street, venue.town])) if venue and venue.street else ""
    colors = session.ask(agency_colors)
    agencies = blocks.agencies(event.lead_agency, event.partner_agencies, colors)
    lines: list[blocks.Line] = [
        [blocks.strong(where(event)), *([f" · {address}"] if address else [])],
        agencies,
    ]
    if holiday := event_cards.holiday_chip(event):
        lines.append(holiday)
    tone: blocks.Tone = "plain"
    if session.sees_staffing:
        alerts_here = alerts_by_event(session).get(event.id, ())
        tone = event_cards.tone_of(alerts_here)
        lines.append(
            [event_cards.staffing(event, snapshot), " ", *event_cards.alert_chips(event, alerts_here, limit=2)]
        )
        lines += [[event_cards.message_at(event, worst)] for worst in event_cards.worst_first(alerts_here)[:1]]
    when = blocks.event_link(event.id, event_cards.when_words(event, today) + zone)
    return blocks.card([when], *lines, tone=tone, actions=[blocks.event_link(event.id, "Details")], large=True)


def _show_month(session: Session, month: Period) -> None:
    by_day = session.ask(events_by_day, month, session.agency)
    links: dict[dt.date, tuple[int, blocks.Piece]] = {}
    for day, events in by_day.items():
        words = f"{day_words(day, session.today)}: {counted(len(events), 'event')}"
        if len(events) == 1:
            links[day] = (1, blocks.event_link(events[0].id, f"{words}, {where(events[0])}"))
        else:
            query = {"view": "day", "date": day.isoformat()}
            links[day] = (len(events), blocks.page_link("calendar", words, query))
    draw("month", blocks.month(month_words(month.first), month.first, session.today, links, desk=True))


def show_coming(session: Session) -> None:
    """What needs attention and the next 12 weeks, for viewers who may see staffing; the next 14 days."""
    # In one component: each element costs the server and the browser more than what is in it.
    staffing = [*needs_blocks(session), *strip_blocks(session)] if session.sees_staffing else []
    draw("coming", *staffing, *soon_blocks(session))


def needs_blocks(session: Session) -> Sequence[blocks.Block]:
    """A tile with a link for each kind of thing that needs attention."""
    today, agency, rules = session.today, session.agency, session.rules
    heading = blocks.heading(f"Needs attention{f' · {agency}' if agency else ''}")
    if not session.snapshot.events:
        words = "No event can be read from the sheet, so nothing is known of positions, conflicts or counts."
        return [heading, blocks.note(words)]
    board = session.ask(gap_board, today)
    ended = ended_on(session.snapshot, session.now, rules)
    every = session.ask(alerts, today, rules)
    owed = session.ask(missing_after_event, today)
    counts = session.ask(needs, today, agency, rules, ended=ended, _alerts=every, _gaps=board, _missing=owed)
    short = short_words(counts)
    missing = missing_results.counts_words(counts.uncounted - counts.not_closed, counts.not_closed)
    tiles = [
        _need("Events short", counts.gaps, short, "staffing", show="Gaps"),
        _need("Conflicts", counts.clashes, "double-booked, days off", "staffing", show="Clashes", about="Clashes"),
        _need("Unconfirmed", counts.unconfirmed, "events soon", "staffing", show="Clashes", about="Not confirmed"),
        _need("Missing counts", counts.uncounted, missing, "attendance", show="After the event",
              lacks="Count or closing"),
    ]  # fmt: skip
    return [heading, blocks.tiles(tiles, "Needs attention")]


def short_words(counts: Needs) -> str:
    """`24 open positions at 10, a role or agency at 1`: what events are short of."""
    parts = []
    if counts.short:
        parts.append(f"{counted(counts.positions, 'open position')} at {counts.short:,}")
    if others := counts.gaps - counts.short:
        parts.append(f"a role or agency at {others:,}")
    return ", ".join(parts) or f"of {counted(counts.coming, 'coming event')}: every position filled"


def _need(name: str, count: int, note: str, page: str, **query: str) -> Mapping[str, object]:
    tone: blocks.Tone = "good" if count == 0 else "error" if name == "Conflicts" else "warning"
    return blocks.tile([blocks.page_link(page, name, query)], f"{count:,}", [note], tone)


def strip_blocks(session: Session) -> Sequence[blocks.Block]:
    """Twelve weeks with a mark for each event: how full its positions are, and whether it has a conflict."""
    block = session.ask(strip, session.today, session.agency, _alerts=alerts_by_event(session))
    if block is None:
        return []
    unknown = any(mark["share"] is None for week in block["weeks"] for mark in week["marks"])
    dashed = " Dashed: positions not known." if unknown else ""
    legend = f"Marks are events. Fill: staffed. Double edge: conflict.{dashed}"
    return [blocks.heading("Next 12 weeks"), block, blocks.lines([blocks.quiet(legend)])]


def strip(
    snapshot: Snapshot, today: dt.date, agency: str | None, *, _alerts: Mapping[str, Sequence[Alert]]
) -> blocks.Block | None:
    """The strip of weeks, None if no event is planned in them."""
    shown = weeks(snapshot, today, agency)
    if not any(week.events for week in shown):
        return None

    def mark(event: Event) -> Mapping[str, object]:
        conflict = any(alert.code in CLASHES for alert in _alerts.get(event.id, ()))
        rows = snapshot.assignments_by_event.get(event.id, ())
        people, needed = len(assigned(rows)), positions(event, rows)
        staffed = f"{people} assigned" if needed is None else f"{people} of {needed} staffed"
        words = [f"{day_words(event.date, today)}, {clock_range(event.start, event.end)}", where(event), staffed]
        share = event_cards.share_staffed(event, snapshot)
        return blocks.mark(event.id, share, ", ".join([*words, *(["conflict"] if conflict else [])]), conflict=conflict)

    def more(week: Week) -> blocks.Piece | None:
        left = len(week.events) - MARKS_A_WEEK
        query = {"view": "week", "date": week.first.isoformat()}
        return blocks.page_link("calendar", f"+{left:,}", query) if left > 0 else None

    listed = [
        (month_day(week.first), [mark(event) for event in week.events[:MARKS_A_WEEK]], week.first <= today, more(week))
        for week in shown
    ]
    return blocks.strip(listed, "Events of the next 12 weeks by week")


def soon_blocks(session: Session) -> Sequence[blocks.Block]:
    """The events of the next 14 days that have not ended, but the next one, as cards, each with its worst alert."""
    today, agency = session.today, session.agency
    following = next_event(session.ask(coming_events, today, agency), session.now, session.rules)
    above = following.id if following else None
    every = session.ask(events_between, today, last_of_soon(today), agency)
    ended = ended_on(session.snapshot, session.now, session.rules)
    events = [event for event in every if event.id not in ended]
    others = sum(event.id != above for event in events)
    repeats = others < len(events)
    heading = blocks.heading("More in the next 14 days" if repeats else "Next 14 days")
    if not others:
        other = "No other event" if repeats else "No event"
        return [heading, blocks.note(f"{other} of {agency or 'any agency'} is planned in the next 14 days.")]
    by_event = alerts_by_event(session)
    shown = [heading, session.ask(soon, today, agency, session.sees_staffing, above, ended, _alerts=by_event)]
    if others > CARDS_OF_SOON:
        more = blocks.page_link("calendar", f"All {len(events):,} events in the calendar", {"view": "agenda"})
        shown.append(blocks.lines([more]))
    return shown


def soon(
    snapshot: Snapshot,
    today: dt.date,
    agency: str | None,
    sees_staffing: bool,
    above: str | None,
    ended: Sequence[str] = (),
    *,
    _alerts: Mapping[str, Sequence[Alert]],
) -> blocks.Block:
    """The cards of the next 14 days, at most `CARDS_OF_SOON`, without what is over or shown above them."""
    colors = agency_colors(snapshot)
    left_out = {above, *ended}
    events = [
        event for event in events_between(snapshot, today, last_of_soon(today), agency) if event.id not in left_out
    ]
    cards = [
        event_cards.card(event, snapshot, today, _alerts.get(event.id, ()), colors, sees_staffing=sees_staffing)
        for event in events[:CARDS_OF_SOON]
    ]
    return blocks.cards(cards, "Events of the next 14 days", columns=2, narrow=3)


def show_quarter(session: Session) -> None:
    """The last whole quarter as tiles, each with a small line of eight quarters."""
    last = quarter_before(quarter_of(session.today))
    every = session.ask(quarters, last, session.agency, session.rules, **of_all_events(session))
    now = every[-1]
    heading = blocks.heading("Last quarter")
    if not any(figures.events for figures in every):
        draw("quarter", heading, blocks.note("No event was held in the last eight quarters."))
        return

    def tile(name: str, shown: str, caveat: str, values: Sequence[float | None], view: str) -> Mapping[str, object]:
        trend = ", ".join(
            f"{figures.period.title}: {number(value, 0)}" for figures, value in zip(every, values, strict=True)
        )
        note: list[blocks.Piece] = [blocks.sparkline(values, f"{name} by quarter: {trend}")]
        link = blocks.page_link("attendance", name, {"show": view})
        return blocks.tile([link], shown, [*note, *([f" {caveat}"] if caveat else [])])

    canceled = f"{now.canceled} canceled" if now.canceled else ""
    tiles = [
        tile("Guests", now.guests.short, now.guests.caveat, [figures.guests.value for figures in every], "Compare"),
        tile("Events held", f"{now.events:,}", canceled, [figures.events for figures in every], "Compare"),
    ]
    if any(figures.hours.value is not None for figures in every):
        hours = [figures.hours.value for figures in every]
        tiles.append(tile("Officer-hours", now.hours.short, now.hours.caveat, hours, "Worth it?"))
    towns = [figures.towns.value for figures in every]
    tiles.append(tile("Towns", now.towns.short, now.towns.caveat, towns, "Reach"))
    words = [f"{now.period.words}. Lines: eight quarters.", *([now.shared] if now.shared else [])]
    draw("quarter", heading, blocks.tiles(tiles, "Last quarter"), blocks.lines([blocks.quiet(" ".join(words))]))


# --- a young sheet --------------------------------------------------------------------------------------------------


def show_first_steps(session: Session) -> None:
    """What the sheet has so far, what to type next, and where."""
    snapshot = session.snapshot
    st.header("First steps", anchor=False)
    steps: tuple[tuple[str, int, str], ...] = (
        ("Agencies", len(snapshot.agencies), "one row per agency: its short name, such as WPD, and its full name"),
        ("Officers", len(snapshot.officers), "one row per officer: name, agency, and whether they can host"),
        ("Venues", len(snapshot.venues), "one row per venue: name, town, street, and where to park"),
        ("Events", len(snapshot.events), "one row per event: date, start, town, venue, lead agency"),
    )
    widgets.empty("No event can be read from the sheet yet, so nothing is known of positions, conflicts or counts.")
    next_step = next((name for name, count, _ in steps if not count), None)
    cards = []
    for name, count, columns in steps:
        done = blocks.chip(f"{count:,} so far", "good") if count else blocks.chip("0 so far", "plain")
        title: list[blocks.Piece] = [f"{name} ", done]
        if name == next_step:
            title.append(blocks.chip("Next step", "notice"))
        link = tab_link(snapshot, name)
        actions = [blocks.link(link, f"Open the {name} tab")] if link else []
        cards.append(blocks.card(title, [f"Type {columns}."], tone="good" if count else "plain", actions=actions))
    draw("first-steps", blocks.cards(cards, "First steps", columns=2))
    with st.container(horizontal=True):
        if sheet := _sheet_link(snapshot):
            st.link_button("Open the sheet", sheet, icon=":material/open_in_new:")
        if session.sees_staffing:
            widgets.download(
                "Blank workbook with every tab", "coffee-with-a-cop.xlsx", _template,
                widgets.XLSX,
            )  # fmt: skip


def _sheet_link(snapshot: Snapshot) -> str | None:
    """The address at which a browser opens the sheet, None if it is not known."""
    return snapshot.web_url or (None if is_microsoft(snapshot.url) else snapshot.url)


def _template() -> bytes:
    made = io.BytesIO()
    write_template(made)
    return made.getvalue()
