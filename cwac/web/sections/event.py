"""The dialog of one event, which has its own URL: what is wrong; when, where, who; the roster, guests and notes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import addons
from cwac.analysis.attendance import Total, guests_words, total
from cwac.analysis.cells import cell_link, cell_of_count, cell_of_officers, row_words
from cwac.analysis.events import NOT_GOING, is_live, state_words, where
from cwac.analysis.followups import responsible
from cwac.analysis.periods import NATIONAL_DAY, national_day
from cwac.analysis.staffing import fill
from cwac.analysis.words import counted, list_words, number
from cwac.date_words import clock, clock_range, day_words, zone_words
from cwac.exports.colors import agency_colors
from cwac.model import Alert, Event, Snapshot, choice_label
from cwac.web import blocks, county, event_cards, frame, widgets
from cwac.web.blocks import Block, Line, Piece, draw
from cwac.web.sections import changes, followups, overview, subscribe
from cwac.web.sections.officers import agency_of
from cwac.web.session import Session
from cwac.web.widgets import md

EVENT_FIELDS: Mapping[str, str] = {
    "venue-double-booked": "start",
    "town-too-soon": "date",
    "national-day": "date",
    "staffed-agency-not-on-event": "partner_agencies",
    "shelter-venue": "backup_venue",
    "release-overdue": "release_sent",
}
"""Alert code -> the field of Events in which it is settled; all others are settled in Staffing."""


PARTLY = " (noted in only some rows)"


def open_dialog(session: Session, event_id: str) -> None:
    """Open the dialog of this event; say so if it does not exist."""
    snapshot = session.snapshot
    event = snapshot.event_by_id.get(event_id)
    if event is None:
        words = (
            f'The link asks for event "{md(event_id[:60])}", which is not in the calendar: '
            "it was taken out of the sheet, or is not open to you."
        )
        if undated := next((each for each in snapshot.undated if each.id == event_id), None):
            typed = f'"{md(undated.found)}"' if undated.found else "nothing"
            words = f"Event {md(event_id)} has no date yet: {md(row_words(snapshot, undated.row))} says {typed}."
        st.info(words)
        return
    title = f"{event.title}, {where(event)}"
    widgets.name_tab(title)

    def forget() -> None:
        st.query_params.pop(widgets.EVENT, None)

    dialog = st.dialog(md(title), width="medium", on_dismiss=forget)
    alerts = overview.with_answers(session, overview.alerts_by_event(session).get(event.id, ()))
    dialog(_show)(session, event, alerts, subscribe.last_change(session, event.id))


def _show(session: Session, event: Event, alerts: Sequence[Alert], changed: dt.datetime | None) -> None:
    snapshot, sees_staffing = session.snapshot, session.sees_staffing
    st.fragment(frame.offer_in_dialog, run_every=frame.poll_seconds(county.settings()))()
    wrong = [*alert_lines(snapshot, event, alerts)] if sees_staffing else []
    moved = changes.moved(session).get(event.id) if sees_staffing else None
    facts = blocks.lines(*([moved] if moved else []), *_facts(session, event))
    draw("event-facts", *([blocks.lines(*wrong)] if wrong else []), facts)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall"):
        subscribe.way_and_calendar_file(session, event)
        query = urlencode(widgets.county_query(session.county) | {widgets.EVENT: event.id})
        blocks.draw_copy_button("Copy link", f"?{query}", "event-link")
        for addon in addons.installed():
            addon.event_actions(session, event)
    shown = [*_roster(snapshot, event, addons.beside_names(session))] if sees_staffing else []
    shown.append(blocks.lines(*_results(session, event)))
    if sees_staffing:
        for addon in addons.installed():
            shown += [blocks.lines(line) for line in addon.event_lines(session, event)]
    if source := _source(snapshot, event, changed, sees_staffing):
        shown.append(blocks.lines(source))
    draw("event-details", *(block for block in shown if block.get("lines") != []))


def _facts(session: Session, event: Event) -> Iterator[Line]:
    """When, where, whom to call, who leads. When and where are always there, the others only if typed."""
    snapshot = session.snapshot
    time = clock_range(event.start, event.end) + (" yet" if event.start is None and event.date >= session.today else "")
    when = f"{day_words(event.date)} · {time}"
    zone: Line = [blocks.quiet(f" {zone_words(snapshot.timezone)}")] if event.start is not None else []
    sure = event.status == "Confirmed"
    status: Line = [" ", blocks.chip("Event confirmed", "good") if sure else blocks.chip(state_words(event))]
    off = event.status in ("Cancelled", "Postponed")
    special: list[Piece] = [blocks.chip(NATIONAL_DAY, "notice")] if event.date == national_day(event.date.year) else []
    special += event_cards.holiday_chip(event)
    yield [blocks.struck(when) if off else blocks.strong(when), *zone, *status, *special]
    venue, there = event.venue, where(event)
    if venue is not None:
        town = event.town or venue.town
        named = town.casefold() in venue.name.casefold()
        there = ", ".join([venue.name, *filter(None, (venue.street, None if named else town))])
    yield [blocks.strong("Where: "), there]
    if event.backup_venue:
        yield [blocks.strong("Backup venue: "), event.backup_venue]
    if venue is not None and venue.parking:
        yield [blocks.strong("Parking: "), venue.parking]
    if venue is not None and (venue.contact or venue.contact_phone):
        phone = [event_cards.phone_link(venue.contact_phone)] if venue.contact_phone else []
        comma = ", " if venue.contact and phone else ""
        yield [blocks.strong("Contact: "), venue.contact or "", comma, *phone]
    who = blocks.agencies(event.lead_agency, event.partner_agencies, agency_colors(snapshot))
    if not session.sees_staffing:  # residents do not know the short names
        listed = snapshot.agency_by_short
        names = [listed[short].name if short in listed else short for short in event.agencies]
        who = [list_words(names, len(names))] if names else []
    yield [blocks.strong("Agencies: "), *(who or [blocks.chip("agency not known", "warning")])]
    if event.replaces:
        yield [blocks.strong("Replaces: "), event.replaces]


def _roster(snapshot: Snapshot, event: Event, beside: Mapping[tuple[str, str], Line]) -> Iterator[Block]:
    rows = snapshot.assignments_by_event.get(event.id, ())
    if not rows and not is_live(event):
        return
    filled = fill(snapshot, event)
    confirmed = f"{filled.confirmed} of {counted(filled.assigned, 'officer')} confirmed" if is_live(event) else ""
    roles = ", ".join(f"{line.name or 'no role'} {line.assigned} of {line.positions}" for line in filled.by_role)
    beside_dots = [blocks.quiet(f" · {words}") for words in (confirmed, roles) if words]
    yield blocks.lines([blocks.strong("Roster: "), event_cards.staffing(event, snapshot), *beside_dots])
    if rows:
        colors, listed = agency_colors(snapshot), []
        for row in rows:
            agency = agency_of(row.agency, colors)
            name: Line = ([] if agency else ["any agency"]) if row.placeholder else [row.name or "An officer"]
            report = f"reports {clock(row.report_time)}" if row.report_time else None
            words = "open position" if row.placeholder else row.status
            status = blocks.struck(words) if row.status in NOT_GOING else words
            said = beside.get((row.event_id, row.person or ""), ())
            role = ", ".join(filter(None, (row.role, report)))
            listed.append(blocks.row(([*agency, *name], [role], [status, *said])))
        yield blocks.rows(["Officer", "Role", "Status"], listed, "Who is assigned", top=(0, 1, 2), limit=None)


# --- guests, notes, follow-ups ---------------------------------------------------------------------------------------


def _results(session: Session, event: Event) -> Iterator[Line]:
    snapshot, sees_staffing = session.snapshot, session.sees_staffing
    if event.date <= session.today and event.status not in ("Cancelled", "Postponed"):
        turnout = total(snapshot.headcounts_by_event.get(event.id, ()))
        place = _cell(snapshot, *cell_of_count(snapshot, event)) if sees_staffing and turnout.best is None else []
        yield [blocks.strong("Guests: "), _attendance(snapshot, event), *place]
        if also := _also_noted(snapshot, event):
            yield [" · ".join(also)]
    inside = {"Beside the date: ": event.date_note, "Internal notes: ": event.internal_notes} if sees_staffing else {}
    for name, text in {"Notes: ": event.public_notes, **inside}.items():
        if text:
            yield [blocks.strong(name), text]
    for follow_up in snapshot.follow_ups_by_event.get(event.id, ()) if sees_staffing else ():
        details = [choice_label(follow_up.category or "Other"), follow_up.status.lower()]
        if follow_up.referred_to:
            details.append(f"referred to {follow_up.referred_to}")
        if follow_up.due and follow_up.status != "Closed":
            details.append(f"due {day_words(follow_up.due, snapshot.today)}")
        line: list[Piece] = [blocks.strong("Follow-up: "), ", ".join(details)]
        if follow_up.summary:  # is read on its page, where each opening is audited
            owner, view = responsible(follow_up, event), "Closed" if follow_up.status == "Closed" else "Open"
            query = {"show": view, followups.OPENED: follow_up.id} | ({} if owner is None else {"agency": owner})
            line += [" · ", blocks.page_link(followups.PAGE, "What was said", query)]
        yield line


def _attendance(snapshot: Snapshot, event: Event) -> str:
    rows = snapshot.headcounts_by_event.get(event.id, ())
    turnout = total(rows)
    if turnout.best is None:
        return "not counted yet"
    line = guests_words(turnout) + (", counted at the door" if any(row.at_door for row in rows) else "")
    line += PARTLY if "guests" in turnout.partly else ""
    talks = "{} conversation" if turnout.conversations == 1 else "{} conversations"
    first = "{} there for the first time"
    return ", ".join([line, *_noted(turnout, youth="{} of them under 18", new_visitors=first, conversations=talks)])


def _noted(turnout: Total, **words: str) -> list[str]:
    said = []
    for name, text in words.items():
        if (count := getattr(turnout, name)) is not None:
            said.append(text.format(number(count)) + (PARTLY if name in turnout.partly else ""))
    return said


def _also_noted(snapshot: Snapshot, event: Event) -> list[str]:
    """`Cups served 40`, `Surveys 5`, `Weather: rain`: what else Attendance has of the event."""
    rows = snapshot.headcounts_by_event.get(event.id, ())
    turnout = total(rows)
    noted = _noted(turnout, cups="Cups served {}", surveys="Surveys {}")
    weather = dict.fromkeys(row.weather for row in rows if row.weather)
    return [*noted, *([f"Weather: {'; '.join(weather)}"] if weather else [])]


# --- what is missing -------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class AlertGroup:
    """The alerts of one code about one event."""

    code: str
    heading: str
    sentences: tuple[str, ...]
    alerts: tuple[Alert, ...]


def group_alerts(event: Event, alerts: Sequence[Alert]) -> tuple[AlertGroup, ...]:
    """The alerts of an event as few lines, worst first, without its holiday, which stands beside its date.

    The agencies that send nobody are one line.
    """
    by_code: dict[str, list[Alert]] = {}
    for alert in event_cards.worst_first(alerts):
        by_code.setdefault(alert.code, []).append(alert)
    groups = []
    for code, here in by_code.items():
        heading = event_cards.heading(code, event)
        sentences = tuple(dict.fromkeys(event_cards.message_at(event, alert) for alert in here))
        agencies = sorted({alert.agency for alert in here if alert.agency})
        if code == "agency-without-officer" and agencies:
            several = len(agencies) > 1
            heading = f"No officer yet from {counted(len(agencies), 'agency', 'agencies') if several else agencies[0]}"
            sentences = (", ".join(agencies),) if several else ()
        groups.append(AlertGroup(code, heading, sentences, tuple(here)))
    return tuple(groups)


def alert_lines(snapshot: Snapshot, event: Event, alerts: Sequence[Alert]) -> Iterator[Line]:
    for group in group_alerts(event, alerts):
        chip = blocks.chip(group.heading, event_cards.tone_of(group.alerts[0]))
        yield [chip, " ".join(group.sentences), *_cell(snapshot, *cell_to_settle(snapshot, event, group))]


def cell_to_settle(snapshot: Snapshot, event: Event, group: AlertGroup) -> tuple[str, str, int | None]:
    """Tab, field and row in which the sheet's keepers can settle it; None for the first free row."""
    if (field := EVENT_FIELDS.get(group.code)) is not None:
        return "Events", field, event.row
    rows = [row for row in snapshot.assignments_by_event.get(event.id, ()) if not row.in_events]
    if group.code == "unconfirmed" and event.status != "Confirmed":
        return "Events", "status", event.row
    if group.code == "unconfirmed":
        waiting = [row.row for row in rows if row.status in ("Requested", "Assigned") and not row.placeholder]
        return "Staffing", "status", min(waiting, default=None)
    people = {alert.officer for alert in group.alerts if alert.officer}
    if people:
        row_numbers = [row.row for row in rows if row.officer in people or row.name in people]
    else:
        agencies = {alert.agency for alert in group.alerts}
        any_agency = group.code != "agency-without-officer"
        row_numbers = [row.row for row in rows if row.placeholder and (any_agency or row.agency in agencies)]
    return ("Staffing", "officer", row_numbers[0]) if row_numbers else cell_of_officers(snapshot, event)


def _cell(snapshot: Snapshot, tab: str, field: str, row: int | None) -> Line:
    """A link to that cell of the sheet, empty if the source has no addresses."""
    words, address = cell_link(snapshot, tab, field, row)
    return [" ", blocks.link(address, f"Edit {words}")] if address else []


def _source(snapshot: Snapshot, event: Event, changed: dt.datetime | None, sees_staffing: bool) -> Line:
    """Where in the sheet the event is, its ID, and when it last changed."""
    parts: list[Piece] = []
    if sees_staffing:
        parts += _cell(snapshot, "Events", "id", event.row) or [blocks.quiet(f"R{row_words(snapshot, event.row)[1:]}")]
        made = " (made from date and town)" if event.made_id else ""
        parts.append(blocks.quiet(f" · Event ID {event.id}{made}"))
    if changed is not None:
        local = changed.astimezone(ZoneInfo(snapshot.timezone))
        lead = " · " if parts else ""
        parts.append(blocks.quiet(f"{lead}Last changed {day_words(local.date(), snapshot.today)}, {clock(local)}"))
    return parts
