"""The overview: the next event, what needs attention, and the last quarter in one line."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeAlias

import streamlit as st

from cwac import access, addons, release
from cwac.analysis.alerts import CLASHES, SOON, add_answers, alerts, by_event, conflicts_among
from cwac.analysis.cells import cells_to_fix, tab_link
from cwac.analysis.events import NOT_CLOSED, Owed, from_any_agency, where
from cwac.analysis.followups import missing_after_event
from cwac.analysis.overview import (
    Needs,
    QuarterFigures,
    Week,
    answer,
    coming_events,
    ended_on,
    events_between,
    is_young,
    last_of_soon,
    needs,
    next_event,
    quarters,
    weeks,
)
from cwac.analysis.periods import quarter_before, quarter_of
from cwac.analysis.revisions import Revisions
from cwac.analysis.staffing import gap_board, to_send_words
from cwac.analysis.words import counted, number, shorten
from cwac.date_words import clock_range, day_words, month_day, quarter_name, zone_words
from cwac.model import Alert, Event, Snapshot
from cwac.settings.connections import is_microsoft
from cwac.sheet.template import write_template
from cwac.web import blocks, event_cards, widgets
from cwac.web.blocks import draw
from cwac.web.sections import changes, sheet_health, subscribe
from cwac.web.sections.attendance import of_all_events
from cwac.web.session import Session

AlertsByEvent: TypeAlias = Mapping[str, Sequence[Alert]]
_NO_ALERTS: AlertsByEvent = {}
"""One object, as it is part of the keys of answers."""


def alerts_by_event(session: Session) -> AlertsByEvent:
    """Event ID -> its alerts; empty if the viewer may not see staffing."""
    if not session.sees_staffing:
        return _NO_ALERTS
    every = session.ask(alerts, session.today, session.rules)
    return session.ask(by_event, session.today, session.rules, _alerts=every)


def with_answers(session: Session, found: Sequence[Alert]) -> Sequence[Alert]:
    """The alerts, with what officers answered through a form and the sheet does not say yet."""
    if not session.snapshot.added or not any(alert.code == "unconfirmed" for alert in found):
        return found
    past = subscribe.past_of(session)
    return add_answers(session.snapshot, found, session.ask(_answers, _past=past))


def _answers(snapshot: Snapshot, *, _past: Revisions | None) -> Mapping[tuple[str, str], str]:
    """Event and person -> `B. Demo answered Yes, Fri 6:12 PM. Set H310 of Staffing to Confirmed.`"""
    cells = addons.cells_to_type(snapshot, None, _past)
    return {(each.event.id, each.person): f"{each.answer}. {each.cell[0]}." for each in cells}


NO_EVENT = "No event can be read from the sheet."
MARKS_A_WEEK = 4
"""Events of a week with a box of their own."""
LEGEND = f"⚠ conflict, mostly of two events. Red number: short within {SOON} days; amber: short later. "
"""What the marks of the weeks ahead mean."""
ROWS_OF_SOON = 20
"""Events of the next 14 days with a row; the calendar has the others."""


def sheet_line(snapshot: Snapshot, whole: bool = True, agency: str | None = None) -> tuple[str, str]:
    """`642 of 650 rows used · 18 cells to fix` and ` (SCSO: leads 10, …)`, as *Fix the sheet* counts for one or all.

    `whole` is False if other agencies' problems are not shown.
    """
    concerning = snapshot.problems if agency is None else access.concerning(snapshot.problems, {agency})
    cells = cells_to_fix(concerning)
    is_empty = not any(account.rows for account in snapshot.accounting.values())
    share = sheet_health.rows_used(snapshot) or ("no rows yet" if is_empty else "no row used yet")
    held = {one.event_id for one in release.held_back(snapshot) if one.what == "event"} if whole and not agency else ()
    if held:
        share += f" · {counted(len(held), 'event')} held back from the public"
    if cells:
        to_fix = counted(cells, "cell")
        whose = "" if agency is None else sheet_health.summary(concerning, [agency])
        return f"{share} · {to_fix} to fix", f" ({whose})" if whose not in ("", f"{agency}: {to_fix}") else ""
    scope = f"of {agency} " if agency else "" if whole else "of yours "
    return f"{share} · nothing {scope}to fix", ""


def show(session: Session) -> None:
    if is_young(session.snapshot):
        show_first_steps(session)
        return
    show_answer(session)
    show_coming(session)
    place_of_changes = st.container()
    show_quarter(session)
    if session.may_open("changes"):
        with place_of_changes:  # last, so that comparing two versions delays nothing above
            changes.since_last_visit(session)


def show_answer(session: Session) -> None:
    """The first event that needs somebody, as the page's headline; to strangers, the next event."""
    if not session.sees_staffing:
        _show_next(session)
        return
    if not session.snapshot.events:
        widgets.headline(NO_EVENT)
        return
    today, agency = session.today, session.agency
    conflicting = frozenset(event_id for event_id, found in alerts_by_event(session).items() if conflicts_among(found))
    board = gap_board(session.snapshot, today, agency=agency, _gaps=session.ask(gap_board, today))
    said = answer(today, agency, ended_on(session.snapshot, session.now, session.rules), board, conflicting)
    headline(session, said.sentence, say_what_to_do=True)
    if (gap := said.gap) is None:
        return
    # In how many days it is, which agencies still have to send officers, and what to do; then its worst alert.
    event, owed = gap.fill.event, gap.fill.owed
    facts = [f"In {counted(gap.days, 'day')}"] if gap.days > 1 else []
    facts += [f"{name} still has to send {number:,}" for name, number in owed[:3]]
    if rest := from_any_agency(gap.fill.short, dict(owed)):
        facts.append(f"open to any agency: {rest:,}")
    line: list[blocks.Piece] = [" · ".join(facts), "  "] if facts else []
    if gap.fill.open:
        line += event_cards.ways_to_fill(gap)
    here = event_cards.worst_first(alerts_by_event(session).get(event.id, ()))
    people = [alert for alert in here if alert.code in CLASHES or alert.code == "unconfirmed"]
    worst = with_answers(session, people)[:1]
    draw("answer", blocks.lines(line, *([event_cards.message_at(event, alert)] for alert in worst)))


def headline(session: Session, sentence: str, *, say_what_to_do: bool) -> None:
    """The page's headline, below what an add-on says is more urgent."""
    urgent = addons.first(lambda addon: addon.urgent(session))
    if urgent is None:
        widgets.headline(sentence)
        return
    widgets.headline(urgent[0])
    draw("urgent", blocks.lines(*([urgent[1]] if say_what_to_do else []), [blocks.strong(sentence)]))


def _show_next(session: Session) -> None:
    event = next_event(session.ask(coming_events, session.today, session.agency), session.now, session.rules)
    if event is None:
        widgets.headline("No event is planned.")
        widgets.empty("The next one shows here as soon as it is planned.")
        return
    widgets.headline(f"The next event is on {day_words(event.date, session.today)} at {where(event)}.")
    zone = f" {zone_words(session.snapshot.timezone)}" if event.start is not None else ""
    venue = event.venue
    address = ", ".join(filter(None, [venue.street, venue.town])) if venue and venue.street else ""
    draw("next", blocks.lines([" · ".join(filter(None, [clock_range(event.start, event.end) + zone, address]))]))
    with st.container(horizontal=True, gap="xsmall"):
        subscribe.way_and_calendar_file(session, event, key="next-event")


def show_coming(session: Session) -> None:
    """What needs attention, for viewers who may see staffing; the next 14 days, and the next 12 weeks."""
    today, agency, rules, found = session.today, session.agency, session.rules, alerts_by_event(session)
    ended = ended_on(session.snapshot, session.now, rules)
    # In one component: each element costs the server and the browser more than what is in it.
    shown = list(session.ask(soon_blocks, agency, session.sees_staffing, ended, _alerts=found))
    if session.sees_staffing and session.snapshot.events:
        board, every = session.ask(gap_board, today), session.ask(alerts, today, rules)
        owed = session.ask(missing_after_event, today)
        counts = session.ask(needs, today, agency, rules, ended=ended, _alerts=every, _gaps=board, _missing=owed)
        shown.insert(0, blocks.lines(needs_line(counts, agency)))
    if session.sees_staffing:
        shown += session.ask(strip_blocks, agency, _alerts=found)
    draw("coming", *shown)


def needs_line(counts: Needs, agency: str | None = None) -> blocks.Line:
    """`24 officers missing at 10 events · 5 conflicts · 3 not confirmed · 1 still Confirmed or Tentative`."""
    lacks = ((counts.uncounted - counts.not_closed, "without a count"), (counts.not_closed, NOT_CLOSED))
    missing = ", ".join(f"{events:,} {words}" for events, words in lacks if events)
    short, others = counts.short, counts.gaps - counts.short
    events = ("more event is", "more events are") if short else ("event is", "events are")
    missing_officers = f"{counted(counts.positions, 'officer')} missing at {counted(short, 'event')}"
    conflicts = counted(counts.clashes, "conflict")
    if agency:
        missing_officers = to_send_words(agency, Owed(counts.positions, short))
        conflicts += " of its officers or events" if short else f" of {agency}'s officers or events"
    openings, unconfirmed = {"show": "Gaps"}, {"show": "Clashes", "about": "Not confirmed"}
    links = [
        (short, missing_officers, "staffing", openings),
        (others, f"{counted(others, *events)} missing only a role or an agency", "staffing", openings),
        (counts.clashes, conflicts, "staffing", {"show": "Clashes", "about": "Clashes"}),
        (counts.unconfirmed, f"{counts.unconfirmed:,} not confirmed", "staffing", unconfirmed),
        (counts.uncounted, missing, "attendance", {"show": "After the event", "lacks": "Count or closing"}),
    ]
    line: list[blocks.Piece] = []
    for found, words, page, query in links:
        line += [" · ", blocks.page_link(page, words, query)] if found else []
    nothing = f"Nothing needs attention: {counted(counts.coming, 'coming event')}, no conflict, no count missing."
    return line[1:] or [nothing]


def strip_blocks(snapshot: Snapshot, agency: str | None, *, _alerts: AlertsByEvent) -> Sequence[blocks.Block]:
    """Twelve weeks with a box for each event, and which events come later; nothing if no event is planned in them."""
    today = snapshot.today
    shown = weeks(snapshot, today, agency)
    events = [event for week in shown for event in week.events]
    if not events:
        return []

    def mark(event: Event) -> Mapping[str, object]:
        here = _alerts.get(event.id, ())
        conflict, short = bool(conflicts_among(here)), [alert for alert in here if alert.code == "understaffed"]
        when = f"{day_words(event.date, today)}, {clock_range(event.start, event.end)}"
        said = [name for name, is_so in {"conflict": conflict, "short of officers": short}.items() if is_so]
        words = ", ".join([when, where(event), *said])
        tone = event_cards.tone_of(short[0]) if short else "plain"
        return blocks.mark(event.id, town_words(event), event_cards.staffed(event, snapshot), words, tone, conflict)

    def more(week: Week) -> blocks.Piece | None:
        left = len(week.events) - MARKS_A_WEEK
        query = {"view": "week", "date": week.first.isoformat()}
        return blocks.page_link("calendar", f"+{counted(left, 'event')}", query) if left > 0 else None

    listed = [
        (month_day(week.first), [mark(event) for event in week.events[:MARKS_A_WEEK]], week.first <= today, more(week))
        for week in shown
    ]
    until = shown[-1].first + dt.timedelta(days=6)
    # `All events to come, 2 of them after Feb 20, 1 short of officers`
    later = [event for event in coming_events(snapshot, today, agency) if event.date > until]
    short = sum(any(alert.code == "understaffed" for alert in _alerts.get(event.id, ())) for event in later)
    also = f", {'' if short == len(later) == 1 else f'{short:,} '}short of officers" if short else ""
    beyond = f", {len(later):,} of them after {month_day(until)}{also}" if later else ""
    to_come = [blocks.page_link("calendar", "All events to come", {"view": "agenda"}), blocks.wide(beyond)]
    return [
        blocks.heading("The weeks ahead", f", until {month_day(until)}"),
        blocks.strip(listed, "Events of the next 12 weeks by week"),
        blocks.lines([blocks.quiet(LEGEND), *to_come]),
    ]


_USUAL = {"Mount": "Mt", "Fort": "Ft", "Saint": "St"}


def town_words(event: Event) -> str:
    """The town as a narrow box has it: `Weed`, `Mt Shasta`; `?` if it is not known."""
    first, space, rest = shorten(event.town or event.town_text or "?").partition(" ")
    return f"{_USUAL.get(first, first)} {rest}" if space else first


def soon_blocks(
    snapshot: Snapshot, agency: str | None, sees_staffing: bool, ended: Sequence[str], *, _alerts: AlertsByEvent
) -> Sequence[blocks.Block]:
    """The events of the next 14 days that have not `ended`, at most `ROWS_OF_SOON`, as rows."""
    until = last_of_soon(snapshot.today)
    coming = events_between(snapshot, snapshot.today, until, agency)
    events = [event for event in coming if event.id not in ended]
    heading = blocks.heading("Next 14 days")
    if not events:
        return [heading, blocks.note(f"No event of {agency or 'any agency'} is planned in the next 14 days.")]
    shown, label = events[:ROWS_OF_SOON], "Events of the next 14 days"
    rows = event_cards.rows(shown, snapshot, _alerts, label, sees_staffing=sees_staffing, agency=agency)
    if len(events) <= ROWS_OF_SOON:
        return [heading, rows]
    more = blocks.page_link("calendar", f"All {len(events):,} events in the calendar", {"view": "agenda"})
    return [heading, rows, blocks.lines([more])]


def last_lines(session: Session, caption: str | None = None) -> Sequence[blocks.Block]:
    """A caption, and the rows and cells of the sheet with the way to them."""
    shown: list[blocks.Piece] = [blocks.quiet(f"{caption} ")] if caption else []
    if session.may_open("sheet_health"):
        numbers, whose = session.ask(sheet_line, session.viewer.kind == "coordinator", session.agency)
        shown += [blocks.page_link("sheet_health", f"The sheet: {numbers}"), blocks.wide(whose)]
    return [blocks.lines(shown)] if shown else []


def show_quarter(session: Session) -> None:
    last = quarter_before(quarter_of(session.today))
    known = of_all_events(session)
    every = session.ask(quarters, last, session.agency, session.rules, **known)
    now = every[-1]
    # After a quarter without an event the next one may be known only in part: the lines begin after it.
    begun = next((place for place, figures in enumerate(every) if figures.events), 0)
    before = quarter_before(every[begun].period)
    partly = begun + 1 < len(every) and not any(past.event.date in before for past in known["_every"].held)
    whole = every[begun + partly :]
    days = f": {now.period.words}"
    heading = blocks.heading(f"Last quarter{days}")
    if session.agency:
        heading = blocks.heading(f"Last quarter at {session.agency}'s events", days)
    if not any(figures.events for figures in every):
        draw("quarter", heading, blocks.note("No event was held in the last eight quarters."), *last_lines(session))
        return
    page, query = ("reports", {"quarter": last.label}) if session.may_open("reports") else ("attendance", {})

    def tile(
        name: str, measure: str, caveat: str, value: Callable[[QuarterFigures], float | None], digits: int = 0
    ) -> Mapping[str, Any]:
        values = [value(figures) for figures in whole]
        trend = ", ".join(f"{figures.period.title}: {number(value(figures), digits)}" for figures in whole)
        # `Q1 ’25`, as a phone has no room for more.
        begin, end = (quarter_name(figures.period.first).replace(" 20", " ’") for figures in (whole[0], now))
        line = blocks.sparkline(values, f"{name} by quarter: {trend}")
        note = [f"{begin} ", line, f" {end}: {'–' if values[-1] is None else number(values[-1], digits)}"]
        beside = [blocks.quiet(f" · {caveat}")] if caveat else []
        return blocks.tile([blocks.page_link(page, name, query), *beside], measure, note)

    canceled = f"{now.canceled} canceled" if now.canceled else ""
    tiles = [
        tile("Guests", now.guests.short, now.guests.caveat, lambda figures: figures.guests.value),
        tile("Events held", f"{now.events:,}", canceled, lambda figures: figures.events),
    ]
    if any(figures.hours.value is not None for figures in every):
        recorded, scheduled, _ = now.hours.caveat.partition(";")
        note = recorded if scheduled else ""
        tiles.append(tile(now.hours.name, now.hours.short, note, lambda figures: figures.hours.value, 1))
    tiles.append(tile("Towns", now.towns.short, now.towns.caveat, lambda figures: figures.towns.value))
    draw("quarter", heading, blocks.tiles(tiles, "Last quarter"), *last_lines(session, now.shared))


def show_first_steps(session: Session) -> None:
    snapshot = session.snapshot
    steps = (
        ("Agencies", len(snapshot.agencies), "one row per agency: its short name, such as WPD, and its full name"),
        ("Officers", len(snapshot.officers), "one row per officer: name, agency, and whether they can host"),
        ("Venues", len(snapshot.venues), "one row per venue: name, town, street, and where to park"),
        ("Events", len(snapshot.events), "one row per event: date, start, town, venue, lead agency"),
    )
    next_step = next((name for name, count, _ in steps if not count), None)
    widgets.headline(f"Add your {next_step.lower()} {'next' if steps[0][1] else 'first'}." if next_step else NO_EVENT)
    cards = []
    for name, count, columns in steps:
        tone: blocks.Tone = "good" if count else "plain"
        title = [f"{name} ", blocks.chip(f"{count:,} so far", tone)]
        title += [blocks.chip("Next step", "notice")] if name == next_step else []
        link = tab_link(snapshot, name)
        actions = [blocks.link(link, f"Open the {name} tab")] if link else []
        cards.append(blocks.card(title, [f"Type {columns}."], tone=tone, actions=actions))
    draw("first-steps", blocks.cards(cards, "First steps", columns=2), *last_lines(session))
    with st.container(horizontal=True):
        if sheet := _sheet_link(snapshot):
            st.link_button("Open the sheet", sheet, icon=":material/open_in_new:")
        if session.sees_staffing:
            widgets.download("Blank workbook with every tab", "coffee-with-a-cop.xlsx", _template, widgets.XLSX)


def _sheet_link(snapshot: Snapshot) -> str | None:
    """The address at which a browser opens the sheet, None if it is not known."""
    return snapshot.web_url or (None if is_microsoft(snapshot.url) else snapshot.url)


def _template() -> bytes:
    made = io.BytesIO()
    write_template(made)
    return made.getvalue()
