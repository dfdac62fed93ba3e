"""The dialog of one event, which has its own URL: time, place, staffing, attendance, follow-ups."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import streamlit as st

from cwac.analysis.alerts import ALERT_CODES
from cwac.analysis.attendance import Noted, count_words, number, total
from cwac.analysis.days import NATIONAL_DAY
from cwac.analysis.event_rules import holiday_words
from cwac.analysis.events import NOT_GOING, clock, clock_range, day_words, is_live, national_day, where
from cwac.analysis.staffing import fill
from cwac.date_words import zone_words
from cwac.exports import ical
from cwac.model import Alert, Assignment, Event, Snapshot
from cwac.web import county, event_cards, freshness, widgets
from cwac.web.calendar import browser
from cwac.web.calendar.content import colors_of
from cwac.web.sections import overview, subscribe
from cwac.web.session import Session
from cwac.web.widgets import md


def open_requested(session: Session) -> None:
    """Open the dialog of the event in the URL, if there is one; say so if the event does not exist."""
    event_id = st.query_params.get(browser.EVENT)
    if event_id is None:
        return
    event = session.snapshot.event_by_id.get(event_id)
    if event is None:
        st.info(_missing_words(session.snapshot, event_id))
        return
    title = f"{event.title}, {where(event)}"
    widgets.name_tab(title)
    dialog = st.dialog(md(title), width="medium", on_dismiss=browser.on_dismiss)
    alerts = overview.alerts_by_event(session).get(event.id, ())
    dialog(_show)(session, event, alerts, subscribe.last_change(session, event.id))


def _missing_words(snapshot: Snapshot, event_id: str) -> str:
    for event in snapshot.undated:
        if event.id == event_id:
            typed = f'"{md(event.found)}"' if event.found else "nothing"
            return f"Event {md(event_id)} has no date yet: row {event.row} of Events says {typed}."
    return (
        f'The link asks for event "{md(event_id[:60])}", which is not in the calendar: '
        "it was taken out of the sheet, or is not open to you."
    )


def _show(session: Session, event: Event, alerts: Sequence[Alert], changed: dt.datetime | None) -> None:
    snapshot, gaps = session.snapshot, session.sees_staffing
    rows = snapshot.assignments_by_event.get(event.id, ())
    freshness.offer_in_dialog(county.settings())
    st.markdown(f"{widgets.state(event)} {widgets.badges(event.agencies, colors_of(snapshot))}")
    for alert in alerts if gaps else ():
        if alert.code == "federal-holiday":
            continue  # the date says it, to every viewer
        st.markdown(f"{widgets.SEVERITY_SHAPES[alert.severity]} **{md(ALERT_CODES[alert.code])}.** {md(alert.message)}")
    st.markdown("  \n".join(f"**{name}:** {text}" for name, text in _facts(session, event)))
    if gaps and (rows or is_live(event)):
        _show_assignments(snapshot, event, rows)
    if event.date <= session.today and event.status not in ("Cancelled", "Postponed"):
        st.markdown(f"**Attendance:** {_attendance(snapshot, event)}")
    if event.public_notes:
        widgets.show_text("**Notes:**", event.public_notes)
    if gaps and event.internal_notes:
        widgets.show_text("**Internal notes:**", event.internal_notes)
    if gaps:
        _show_follow_ups(snapshot, event)
    st.caption(" · ".join(_source_words(snapshot, event, changed, gaps)))
    if gaps and not widgets.is_exact(event.id):
        st.code(event.id, language=None, wrap_lines=True)
    with st.container(horizontal=True, vertical_alignment="center"):
        browser.copy_button(
            "Copy link", "?" + urlencode(widgets.county_query(session.county) | {browser.EVENT: event.id}), "event-link"
        )
        widgets.download(
            "Add to calendar",
            f"{widgets.file_name(event.id)}.ics",
            lambda: subscribe.calendar_file(session, ical.ALL if gaps else ical.PUBLIC, [event]),
            "text/calendar",
        )


def _facts(session: Session, event: Event) -> Iterator[tuple[str, str]]:
    """(name, text in Markdown) of each known fact. Time and place are always there, the others only if typed."""
    zone = session.snapshot.timezone
    when = f"{md(day_words(event.date))}, {md(clock_range(event.start, event.end))}"
    if event.start is not None:
        when += f" {md(zone_words(zone))}"
    elif event.date >= session.today:
        when += " yet"
    if event.date == national_day(event.date.year):
        when += f" · {md(NATIONAL_DAY)} :material/coffee:"
    if holiday := holiday_words(event):
        when += f" · {md(holiday)}"
    yield "When", when
    yield "Town", md(event.town or event.town_text or "not known")
    yield "Venue", _venue(event)
    if event.backup_venue:
        yield "Backup venue", md(event.backup_venue)
    if event.lead_agency:
        yield "Leads", md(_full_name(session.snapshot, event.lead_agency))
    if event.partner_agencies:
        yield "With", md("; ".join(_full_name(session.snapshot, agency) for agency in event.partner_agencies))
    if not event.agencies:
        yield "Agency", ":material/warning: not known"
    if event.replaces:
        yield "Takes the place of", md(event.replaces)


def _venue(event: Event) -> str:
    venue = event.venue
    if venue is None:
        return md(event.venue_text or "not known")
    address = f", {md(venue.street)}" if venue.street else ""
    return f"{md(venue.name)}{address} ([map]({event_cards.directions(event)}))"


def _full_name(snapshot: Snapshot, short: str) -> str:
    agency = snapshot.agency_by_short.get(short)
    return f"{agency.name} ({short})" if agency and agency.name != short else short


def _show_assignments(snapshot: Snapshot, event: Event, rows: tuple[Assignment, ...]) -> None:
    staffing = fill(snapshot, event)
    st.markdown(f"**Who goes:** {md(staffing.words.replace(' · ', ', '))}")
    roles = [
        f"{md(line.name or 'no role said')} {line.assigned}" + (f" of {line.needed}" if line.needed else "")
        for line in staffing.by_role
    ]
    if roles:
        st.markdown("By role: " + ", ".join(roles))
    if not rows:
        return
    colors = colors_of(snapshot)
    widgets.table(
        {
            "Who": [f"{widgets.badge(row.agency, colors)} {_name(row)}".strip() for row in rows],
            "Role": [_role(row) for row in rows],
            "State": ["asked for" if row.placeholder else _state(row) for row in rows],
        },
        "Who goes to this event",
    )


def _name(row: Assignment) -> str:
    return "*open post*" if row.placeholder else md(row.name or "An officer")


def _role(row: Assignment) -> str:
    """`Host, at 7:30 AM`, in one column: three columns fit on a phone."""
    return md(
        ", ".join([*([row.role] if row.role else []), *([f"at {clock(row.report_time)}"] if row.report_time else [])])
    )


def _state(row: Assignment) -> str:
    return f"~~{md(row.status)}~~" if row.status in NOT_GOING else md(row.status)


def _attendance(snapshot: Snapshot, event: Event) -> str:
    turnout = total(snapshot.headcounts_by_event.get(event.id, ()))
    if turnout.best is None:
        return "not counted yet"
    line = f"{count_words(turnout)} guests"
    partly = " (noted in only some rows)"
    line += partly if "guests" in turnout.partly else ""
    counts: tuple[tuple[Noted, float | None, str], ...] = (
        ("youth", turnout.youth, "of them under 18"),
        ("new_visitors", turnout.new_visitors, "there for the first time"),
        ("conversations", turnout.conversations, "conversations"),
    )
    details = [
        f"{number(value)} {name}{partly if noted in turnout.partly else ''}"
        for noted, value, name in counts
        if value is not None
    ]
    return md(", ".join([line, *details]))


def _show_follow_ups(snapshot: Snapshot, event: Event) -> None:
    follow_ups = snapshot.follow_ups_by_event.get(event.id, ())
    if not follow_ups:
        return
    st.markdown("**Follow-ups:**")
    for follow_up in follow_ups:
        details = [md(follow_up.category or "Other"), md(follow_up.status.lower())]
        if follow_up.referred_to:
            details.append(f"referred to {md(follow_up.referred_to)}")
        if follow_up.due and follow_up.status != "Closed":
            details.append(f"due {md(day_words(follow_up.due, snapshot.today))}")
        widgets.show_text(f"- {', '.join(details)}" + (":" if follow_up.summary else ""), follow_up.summary or "")


def _source_words(snapshot: Snapshot, event: Event, changed: dt.datetime | None, gaps: bool) -> Iterator[str]:
    if gaps:
        place = f"Row {event.row} of Events"
        gid = snapshot.tab_ids.get("Events")
        link = f"{snapshot.url}/edit#gid={gid}&range=A{event.row}" if snapshot.url and gid is not None else None
        yield f"[{place}]({link})" if link else place
        shown_id = md(event.id) if widgets.is_exact(event.id) else "below"
        yield f"Event ID {shown_id}" + (" (made from date and town)" if event.made_id else "")
    if changed is not None:
        local = changed.astimezone(ZoneInfo(snapshot.timezone))
        yield md(f"Last changed {day_words(local.date(), snapshot.today)}, {clock(local)}")
