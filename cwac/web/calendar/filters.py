"""Around the calendar: filters as chips with counts, a menu to share and print, the time zone, undated events."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from cwac import date_words
from cwac.analysis.cells import cell_link
from cwac.analysis.event_summary import STAFFING_STATES
from cwac.analysis.words import counted
from cwac.exports import ical, printables, tables
from cwac.exports.colors import agency_colors
from cwac.model import CHOICE_LABELS, Snapshot, Undated
from cwac.web import county, widgets
from cwac.web.blocks import content as blocks
from cwac.web.blocks.content import Line
from cwac.web.blocks.draw import draw
from cwac.web.calendar import browser, content
from cwac.web.calendar.content import AllEvents, Request, ShownEvents
from cwac.web.sections import subscribe
from cwac.web.session import AGENCY, ALL_AGENCIES, Session
from cwac.web.widgets import md

LABELS = {"agency": "Agency", "town": "Town", "status": "Status", "staffing": "Staffing"}
"""URL parameter -> label of each filter. The agency filter is the switch at the top of every page."""
SHOWN = {"Clash": "Conflict", **CHOICE_LABELS}
"""Value of a filter, as in URLs -> text shown, where they differ."""
MENU = "share"
"""Key in Streamlit's session state: whether the menu is open."""
LABELED = frozenset({"status", "staffing"})
"""The filters whose values `SHOWN` puts in other words."""


class Bar:
    """One row: the filter menu, a removable chip for each filter that is set, the number of events left, and a menu."""

    def __init__(self, session: Session, unknown: Sequence[str]) -> None:
        self._session = session
        whole = st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute")
        self._row = whole.container(horizontal=True, vertical_alignment="center", gap="small", width="content")
        self._menu_place = whole.container(width="content")
        self.towns: tuple[str, ...] = ()
        self.statuses: tuple[str, ...] = ()
        self.staffing: tuple[str, ...] = ()
        self._counts: Any = None  # the place for them, if there are filters
        if session.snapshot.events:
            self._show_filters()
        self._chips = self._row.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content")
        self._count_place = self._row.container(width="content")
        if unknown:
            st.info(f"The link asks for {' and '.join(unknown)}, which the calendar does not know, so it is left out.")

    def _show_filters(self) -> None:
        session = self._session
        with self._row.popover("Filter", icon=":material/filter_list:"):
            fields = widgets.FilterRow()
            self._counts = st.container(gap="xsmall")
        self.towns = fields.multiselect("Town", session.ask(widgets.town_names), "town")
        self.statuses = fields.multiselect("Status", session.ask(widgets.status_names), "status", labels=CHOICE_LABELS)
        if session.sees_staffing:
            self.staffing = fields.multiselect("Staffing", STAFFING_STATES, "staffing", labels=SHOWN)
        fields.report_unknown()

    def show(self, on_screen: ShownEvents, request: Request, plan: AllEvents) -> None:
        """Draw the chips, the counts and the menu."""
        chosen = {
            "agency": (request.agency,) if request.agency else (),
            "town": self.towns,
            "status": self.statuses,
            "staffing": self.staffing,
        }
        if self._counts is not None:
            for name, counts in on_screen.counts.items():
                if counts:
                    words = " · ".join(
                        f"{md(SHOWN.get(value, value))} {count:,}" for value, count in sorted(counts.items())
                    )
                    self._counts.caption(f"{LABELS[name]}: {words}")
        with self._chips:
            for name, values in chosen.items():
                for value in values:
                    count = on_screen.counts[name].get(value, 0)
                    st.button(
                        f"{md(SHOWN.get(value, value))} **{count:,}**",
                        key=f"chip-{name}-{value}",
                        icon=":material/close:",
                        icon_position="right",
                        help=f"Take this {LABELS[name].lower()} filter away",
                        on_click=_remove_filter,
                        args=(name, value),
                    )
            if sum(map(len, chosen.values())) > 1:
                st.button("Clear all", key="clear-all", type="tertiary", on_click=_clear_all)
            own = self._session.viewer.agencies
            if len(own) == 1 and request.agency is None and own[0] in self._session.snapshot.agency_by_short:
                st.button(f"Only {md(own[0])}", key="own", type="tertiary", on_click=_only, args=own)
        self._count_place.markdown(f"**{content.count_words(on_screen)}**")
        with self._menu_place:
            _show_menu(self._session, plan, request, on_screen)


def _remove_filter(name: str, value: str) -> None:
    if name == "agency":
        st.session_state[AGENCY] = ALL_AGENCIES
    else:
        _choose(name, [selected for selected in st.session_state.get(name, []) if selected != value])


def _clear_all() -> None:
    st.session_state[AGENCY] = ALL_AGENCIES
    for name in ("town", "status", "staffing"):
        if name in st.session_state:
            _choose(name, [])


def _choose(name: str, values: list[str]) -> None:
    st.session_state[name] = values
    if name in LABELED:
        st.query_params[name] = values  # `Filters.multiselect` reads a filter with labels from there


def _only(agency: str) -> None:
    st.session_state[AGENCY] = agency


def zone_words(zone: str, now: dt.datetime, browser_zone: str | None) -> str:
    """The time zone of all times, and the difference to the browser's zone. `now` is in the sheet's zone."""
    sentence = f"All times are {date_words.zone_words(zone)}, the time zone of the sheet."
    browser = _zone(browser_zone)
    if browser is not None:
        difference = _minutes(now.astimezone(browser)) - _minutes(now)
        if difference:
            hours, minutes = divmod(abs(difference), 60)
            by = counted(hours, "hour") if hours else ""
            by = f"{by} {minutes} minutes".strip() if minutes else by
            direction = "ahead" if difference > 0 else "behind"
            sentence += f" Your clock, {date_words.zone_words(browser.key)}, is {by} {direction}."
    return sentence


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _minutes(moment: dt.datetime) -> int:
    return round((moment.utcoffset() or dt.timedelta()).total_seconds() / 60)


# --- as a file ---------------------------------------------------------------------------------------------------


def only_shown(snapshot: Snapshot, on_screen: ShownEvents) -> Snapshot:
    """The snapshot with only the events shown."""
    return replace(snapshot, events=on_screen.events)


def _show_menu(session: Session, plan: AllEvents, request: Request, on_screen: ShownEvents) -> None:
    """The menu to subscribe, copy a link, download and print, drawn once it is open. Files are made on a click."""
    menu = st.popover("Share or print", icon=":material/share:", key=MENU, on_change="rerun")
    if not menu.open:
        return
    with menu:
        remind = subscribe.choose_reminders("menu")
        if subscribe.may_subscribe(session):
            st.markdown("**Subscribe**")
            subscribe.show(session, feed_filters(request), remind)
        st.markdown("**Link to this page**")
        browser.copy_button("Copy link", f"?{_query()}", "calendar-link")
        st.markdown(f"**Download**: {content.match_words(on_screen, request)}")
        with st.container(horizontal=True):
            _show_downloads(session, request, on_screen, remind)
        st.markdown("**Print**")
        with st.container(horizontal=True):
            _show_prints(session, plan, request, on_screen)


def _query() -> str:
    """The query of a link to what is shown, without an open event."""
    params = st.query_params
    return urlencode([(name, value) for name in params if name != browser.EVENT for value in params.get_all(name)])


def _show_downloads(session: Session, request: Request, on_screen: ShownEvents, remind: Sequence[str]) -> None:
    name = f"events-{request.view}-{request.day}"
    shown = only_shown(session.snapshot, on_screen)
    scope = ical.ALL if session.sees_staffing else ical.PUBLIC

    def rows() -> list[tables.Row]:
        return tables.event_rows(shown, sees_staffing=session.sees_staffing)

    widgets.download("CSV", f"{name}.csv", lambda: tables.to_csv(rows(), tables.EVENTS))
    widgets.download(
        "Excel",
        f"{name}.xlsx",
        lambda: tables.to_xlsx([tables.table_of("Events", rows(), tables.EVENTS)]),
        widgets.XLSX,
    )
    widgets.download(
        "Calendar file, once",
        f"{name}.ics",
        lambda: subscribe.calendar_file(session, scope, on_screen.events, remind),
        "text/calendar",
    )


def _show_prints(session: Session, plan: AllEvents, request: Request, on_screen: ShownEvents) -> None:
    filters = [value for name, values in feed_filters(request).items() for value in values] + list(request.staffing)
    sheet = printables.PrintedPages(
        f"Coffee with a Cop, {on_screen.title}",
        tuple(filters),
        session.now,
        plan.sees_staffing,
        county.settings().sample,
    )
    snapshot = session.snapshot
    name = f"{request.view}-{request.day}"
    month = replace(request, view="month")
    widgets.download(
        "Month (PDF)",
        f"month-{request.day:%Y-%m}.pdf",
        lambda: printables.month_pdf(
            snapshot,
            content.show(snapshot, session.today, month, _plan=plan).visible,
            content.visible_days("month", request.day),
            request.day.month,
            plan.alerts,
            replace(sheet, title=f"Coffee with a Cop, {date_words.month_words(request.day)}"),
        ),
        "application/pdf",
    )
    widgets.download(
        "Roster (PDF)",
        f"roster-{name}.pdf",
        lambda: printables.roster_pdf(snapshot, on_screen.events, plan.alerts, sheet),
        "application/pdf",
    )


def feed_filters(request: Request) -> Mapping[str, Sequence[str]]:
    """URL parameter -> values of each filter that is set, as feeds understand them (no staffing filter)."""
    return {
        name: values
        for name, values in (
            ("agency", (request.agency,) if request.agency else ()),
            ("town", request.towns),
            ("status", request.statuses),
        )
        if values
    }


# --- without a date -----------------------------------------------------------------------------------------------


def show_undated(snapshot: Snapshot, agency: str | None) -> None:
    """The events without a readable date: one line with their number, which opens a table.

    Nothing if every event of the agency (None: of all) has one.
    """
    events = [event for event in snapshot.undated if agency in (None, event.lead_agency, *event.partner_agencies)]
    if not events:
        return
    has = "has" if len(events) == 1 else "have"
    with st.expander(f"{counted(len(events), 'event')} {has} no date yet"):
        rows = [_undated_row(snapshot, event) for event in events]
        columns = ["Date as typed", "Where", "Agencies", "In the sheet"]
        draw("undated", blocks.table(columns, rows, "Events without a readable date"))


def _undated_row(snapshot: Snapshot, event: Undated) -> list[Line]:
    place, link = cell_link(snapshot, "Events", "date", event.row)
    return [
        [event.found or "nothing"],
        [event.venue_text or event.town or "place not known"],
        blocks.agencies(event.lead_agency, event.partner_agencies, agency_colors(snapshot)),
        [blocks.link(link, place) if link else place],
    ]
