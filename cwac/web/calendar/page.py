"""The calendar page: filters as buttons with counts, what to share and print, the time zone, undated events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from typing import get_args
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from cwac import date_words
from cwac.analysis.cells import cell_link
from cwac.analysis.events import towns_named, where
from cwac.analysis.staffing import STAFFING_STATES
from cwac.analysis.words import counted
from cwac.exports import ical, reports, tables
from cwac.exports.colors import agency_colors
from cwac.model import CHOICE_LABELS, EventStatus, Snapshot
from cwac.web import blocks, county, widgets
from cwac.web.blocks import Line, draw
from cwac.web.calendar import content
from cwac.web.calendar.content import EARLIEST, LATEST, VIEWS, AllEvents, Request, ShownEvents, View
from cwac.web.sections import overview, staffing, subscribe
from cwac.web.session import AGENCY, ALL_AGENCIES, Session
from cwac.web.widgets import md

LABELS = {"agency": "Agency", "town": "Town", "status": "Status", "staffing": "Staffing"}
"""URL parameter -> label of each filter. The agency filter is the switch at the top of every page."""
OWN = ("town", "status", "staffing")
"""The filters of the calendar alone."""
SHOWN = {"Clash": "Conflict", **CHOICE_LABELS}
"""Value of a filter, as in URLs -> text shown, where they differ."""
KEY = "calendar"
VIEW, DATE = "view", "date"
"""URL parameters."""
SUBSCRIBE, PRINT = "menu-subscribe", "menu-print"
"""Keys in Streamlit's session state: whether these menus are open."""


def _statuses(snapshot: Snapshot) -> tuple[EventStatus, ...]:
    """The statuses that events have, from draft to postponed."""
    named = {event.status or "Tentative" for event in snapshot.events}
    return tuple(status for status in get_args(EventStatus) if status in named)


def show(session: Session) -> None:
    """The calendar with its filters, its headline, and the events without a date."""
    snapshot, today = session.snapshot, session.today
    found = overview.alerts_by_event(session)
    plan = session.ask(content.all_events, session.sees_staffing, session.rules, _alerts=found)
    view, day, left_out = _requested_view(today)
    options: dict[str, Sequence[str]] = {
        "agency": [agency.short for agency in snapshot.agencies],
        "town": sorted(session.ask(towns_named)),
        "status": session.ask(_statuses),
        "staffing": STAFFING_STATES if session.sees_staffing else (),
    }
    chosen: dict[str, tuple[str, ...]] = {"agency": (session.agency,) if session.agency else ()}
    for name in OWN:
        values = st.query_params.get_all(name) if options[name] else []
        chosen[name] = tuple(value for value in values if value in options[name])
        left_out += [f'{name} "{md(value[:40])}"' for value in values if value not in options[name]]
    whole = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
    row = whole.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
    sharing = whole.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content")
    if left_out:
        words = " and ".join(left_out)
        st.info(f"The link asks for {words}, which the calendar does not know, so it is left out.")
    request = Request(view, day, session.agency, *(chosen[name] for name in OWN))
    on_screen = session.ask(content.show, request, _plan=plan)
    widgets.headline(content.answer(on_screen, request, today))
    with row:
        _show_filters(session, on_screen.counts, options, chosen)
    with sharing:
        _show_sharing(session, plan, request, on_screen)
    widgets.name_tab(on_screen.title)
    # Above the calendar, where a long agenda does not hide it; on a phone the calendar comes first.
    undated_above = None if widgets.is_phone() else st.container()
    component = blocks.ours("calendar", css="calendar.css", js="calendar.js", isolate_styles=False)
    # A click changes the URL, and the next run draws from it.
    component(key=KEY, data=dict(on_screen.wire), on_go_change=_go, on_open_change=_open)
    if not snapshot.events:
        widgets.empty("Events appear here as soon as the Events tab has one.")
    elif following := None if on_screen.among else content.event_after(plan, request):
        words = f"{date_words.day_words(following.date, today)}, {where(following)}"
        draw("next-event", blocks.lines(["The next one: ", blocks.event_link(following.id, words)]))
    with undated_above or st.container():
        show_undated(snapshot, session.agency)
    st.caption(md(zone_words(snapshot.timezone, session.now, st.context.timezone)))


def _go() -> None:
    target = getattr(st.session_state.get(KEY), "go", None)
    if not isinstance(target, Mapping):
        return
    view, day = target.get("view"), _day(target.get("date"))
    if view in VIEWS and day is not None:
        st.query_params[VIEW] = view
        if target.get("today"):
            st.query_params.pop(DATE, None)  # the link then always opens on the current day
        else:
            st.query_params[DATE] = day.isoformat()


def _open() -> None:
    event_id = getattr(st.session_state.get(KEY), "open", None)
    if isinstance(event_id, str):
        st.query_params[widgets.EVENT] = event_id


def _requested_view(today: dt.date) -> tuple[View, dt.date, list[str]]:
    """The view and the day in the URL, and a phrase for each value that cannot be used."""
    unknown: list[str] = []
    view: View = "agenda" if widgets.is_phone() else "month"
    typed, typed_date = st.query_params.get(VIEW), st.query_params.get(DATE)
    if typed in VIEWS:
        view = typed
    elif typed is not None:
        unknown.append(f'view "{md(typed[:40])}"')
    day = _day(typed_date)
    if day is None and typed_date is not None:
        unknown.append(f'date "{md(typed_date[:40])}"')
    return view, day or today, unknown


def _day(typed: object) -> dt.date | None:
    if not isinstance(typed, str):
        return None
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def _show_filters(
    session: Session,
    counts: Mapping[str, Mapping[str, int]],
    options: Mapping[str, Sequence[str]],
    chosen: Mapping[str, Sequence[str]],
) -> None:
    """The filter menu, with a button for each value that some event has or that is chosen; a chip for each chosen."""
    if session.snapshot.events:
        with st.popover("Filter", icon=":material/filter_list:"), st.container(gap="xsmall"):
            for name, of in counts.items():
                values = [value for value in options[name] if value in of or value in chosen[name]]
                if not values:
                    continue
                st.caption(LABELS[name])
                with st.container(horizontal=True, gap="xsmall"):
                    for value in values:
                        is_chosen = value in chosen[name]
                        words = f"{'✓ ' if is_chosen else ''}{md(SHOWN.get(value, value))} **{of.get(value, 0):,}**"
                        args = (name, value, is_chosen)
                        st.button(words, key=f"filter-{name}-{value}", on_click=_toggle, args=args)
    with st.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content"):
        for name, shown in chosen.items():
            for value in shown:
                st.button(
                    f"{md(SHOWN.get(value, value))} **{counts[name].get(value, 0):,}**",
                    key=f"chip-{name}-{value}",
                    icon=":material/close:",
                    icon_position="right",
                    help=f"Take this {LABELS[name].lower()} filter away",
                    on_click=_toggle,
                    args=(name, value, True),
                )
        if sum(map(len, chosen.values())) > 1:
            st.button("Clear all", key="clear-all", type="tertiary", on_click=_clear_all)
        own = session.viewer.agencies
        if len(own) == 1 and not chosen["agency"] and own[0] in options["agency"]:
            only = ("agency", own[0], False)
            st.button(f"Only {md(own[0])}", key="own", type="tertiary", on_click=_toggle, args=only)


def _toggle(name: str, value: str, chosen: bool) -> None:
    if name == "agency":
        st.session_state[AGENCY] = ALL_AGENCIES if chosen else value
    else:
        others = [other for other in st.query_params.get_all(name) if other != value]
        st.query_params[name] = others if chosen else [*others, value]


def _clear_all() -> None:
    st.session_state[AGENCY] = ALL_AGENCIES
    for name in OWN:
        st.query_params.pop(name, None)


def zone_words(zone: str, now: dt.datetime, browser_zone: str | None) -> str:
    """The time zone of all times, and the difference to the browser's zone. `now` is in the sheet's zone."""
    sentence = f"All times are {date_words.zone_words(zone)}, the time zone of the sheet."
    browser = None
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):
        browser = ZoneInfo(browser_zone) if browser_zone else None
    if browser is None:
        return sentence
    ahead = now.astimezone(browser).replace(tzinfo=None) - now.replace(tzinfo=None)
    hours, minutes = divmod(round(abs(ahead) / dt.timedelta(minutes=1)), 60)
    by = " ".join([*([counted(hours, "hour")] if hours else []), *([counted(minutes, "minute")] if minutes else [])])
    if by:
        direction = "behind" if ahead < dt.timedelta() else "ahead"
        sentence += f" Your clock, {date_words.zone_words(browser.key)}, is {by} {direction}."
    return sentence


def only_shown(snapshot: Snapshot, on_screen: ShownEvents) -> Snapshot:
    return replace(snapshot, events=on_screen.events)


def _show_sharing(session: Session, plan: AllEvents, request: Request, on_screen: ShownEvents) -> None:
    """Three buttons: subscribe, print, copy a link. A menu is drawn once it is open, a file made on a click."""
    name = f"events-{request.view}-{request.day}"
    if subscribe.may_subscribe(session):
        menu = st.popover("Subscribe", icon=":material/event_available:", key=SUBSCRIBE, on_change="rerun")
        if menu.open:
            with menu:
                remind = subscribe.show(session, feed_filters(request), "menu")
                st.markdown("**Once, as a file**")
                scope = ical.ALL if session.sees_staffing else ical.PUBLIC
                make = partial(subscribe.calendar_file, session, scope, on_screen.events, remind)
                widgets.download("Calendar file", f"{name}.ics", make, "text/calendar")
    menu = st.popover("Print", icon=":material/print:", key=PRINT, on_change="rerun")
    if menu.open:
        with menu:
            _show_prints(session, plan, request, on_screen)
            shown = only_shown(session.snapshot, on_screen)

            def rows() -> list[tables.Row]:
                return tables.event_rows(shown, sees_staffing=session.sees_staffing)

            def workbook() -> bytes:
                return tables.to_xlsx([tables.table_of("Events", rows(), tables.EVENTS)])

            st.markdown("**As a spreadsheet**")
            with st.container(horizontal=True):
                widgets.download("CSV", f"{name}.csv", lambda: tables.to_csv(rows(), tables.EVENTS))
                widgets.download("Excel", f"{name}.xlsx", workbook, widgets.XLSX)
    params = st.query_params  # a link to what is shown, without an open event
    query = [(key, value) for key in params if key != widgets.EVENT for value in params.get_all(key)]
    blocks.draw_copy_button("Copy link", f"?{urlencode(query)}", "calendar-link")


def _show_prints(session: Session, plan: AllEvents, request: Request, on_screen: ShownEvents) -> None:
    filters = (*(value for values in feed_filters(request).values() for value in values), *request.staffing)
    snapshot, day, sample = session.snapshot, request.day, county.settings().sample

    def month_pdf() -> bytes:
        shown = content.show(snapshot, replace(request, view="month"), _plan=plan).visible
        title, days = f"{widgets.PRODUCT}, {date_words.month_words(day)}", content.visible_days("month", day)
        sheet = reports.PrintedPages(title, filters, session.now, plan.sees_staffing, sample)
        return reports.month_pdf(snapshot, shown, days, day.month, plan.alerts, sheet)

    with st.container(horizontal=True):
        widgets.download("Month (PDF)", f"month-{day:%Y-%m}.pdf", month_pdf, "application/pdf")
        make = staffing.printed(session, f"{widgets.PRODUCT}, {on_screen.title}", filters, on_screen.events)
        widgets.download("Roster (PDF)", f"roster-{request.view}-{day}.pdf", make, "application/pdf")


def feed_filters(request: Request) -> Mapping[str, Sequence[str]]:
    """URL parameter -> values of each filter that is set, as feeds understand them (no staffing filter)."""
    agency = (request.agency,) if request.agency else ()
    filters = {"agency": agency, "town": request.towns, "status": request.statuses}
    return {name: values for name, values in filters.items() if values}


def show_undated(snapshot: Snapshot, agency: str | None) -> None:
    """The agency's events (None: all) without a readable date, if any: their number, which opens a table of them."""
    events = [event for event in snapshot.undated if agency in (None, event.lead_agency, *event.partner_agencies)]
    if not events:
        return
    has = "has" if len(events) == 1 else "have"
    with st.expander(f"{counted(len(events), 'event')} {has} no date yet"):
        rows: list[list[Line]] = []
        for event in events:
            place, link = cell_link(snapshot, "Events", "date", event.row)
            who = blocks.agencies(event.lead_agency, event.partner_agencies, agency_colors(snapshot))
            venue = event.venue_text or event.town or "place not known"
            rows.append([[event.found or "nothing"], [venue], who, [blocks.link(link, place) if link else place]])
        columns = ["Date as typed", "Where", "Agencies", "In the sheet"]
        draw("undated", blocks.table(columns, rows, "Events without a readable date"))
