"""Controls around the calendar: filters as chips with counts, the time zone in words, downloads and printing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from cwac import date_words
from cwac.analysis.event_summary import STAFFING_STATES
from cwac.exports import ical, printables, tables
from cwac.model import Snapshot
from cwac.web import county, widgets
from cwac.web.calendar import content
from cwac.web.calendar.content import Plan, Request, Shown
from cwac.web.sections import subscribe
from cwac.web.session import AGENCY, ALL_AGENCIES, Session
from cwac.web.widgets import md

LABELS = {"agency": "Agency", "town": "Town", "status": "Status", "staffing": "Staffing"}
"""URL parameter -> label of each filter. The agency filter is the switch at the top of every page."""


class Bar:
    """One row: the filter menu, a removable chip for each filter that is set, and the number of events left."""

    def __init__(self, session: Session, unknown: Sequence[str]) -> None:
        self._session = session
        self._row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        with self._row.popover("Filter", icon=":material/filter_list:"):
            fields = widgets.Filters()
            self._counts = st.container(gap="xsmall")
        self._chips = self._row.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content")
        self._count_place = self._row.container(width="content")
        self.towns = fields.multiselect("Town", session.ask(widgets.town_names), "town")
        self.statuses = fields.multiselect("Status", session.ask(widgets.status_names), "status")
        self.staffing = fields.multiselect("Staffing", STAFFING_STATES, "staffing") if session.sees_staffing else ()
        fields.report_unknown()
        if unknown:
            st.info(f"The link asks for {' and '.join(unknown)}, which the calendar does not know, so it is left out.")

    def show(self, on_screen: Shown, request: Request) -> None:
        """Draw the chips and the counts."""
        chosen = {
            "agency": (request.agency,) if request.agency else (),
            "town": self.towns,
            "status": self.statuses,
            "staffing": self.staffing,
        }
        with self._counts:
            for name, counts in on_screen.counts.items():
                if counts:
                    words = " · ".join(f"{md(value)} {count:,}" for value, count in sorted(counts.items()))
                    st.caption(f"{LABELS[name]}: {words}")
        with self._chips:
            for name, values in chosen.items():
                for value in values:
                    count = on_screen.counts[name].get(value, 0)
                    st.button(
                        f"{md(value)} **{count:,}**",
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
        self._count_place.markdown(f"**{content.match_words(on_screen, request)}**")


def _remove_filter(name: str, value: str) -> None:
    if name == "agency":
        st.session_state[AGENCY] = ALL_AGENCIES
    else:
        st.session_state[name] = [selected for selected in st.session_state.get(name, []) if selected != value]


def _clear_all() -> None:
    st.session_state[AGENCY] = ALL_AGENCIES
    for name in ("town", "status", "staffing"):
        if name in st.session_state:
            st.session_state[name] = []


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
            by = widgets.counted(hours, "hour") if hours else ""
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


def only_shown(snapshot: Snapshot, on_screen: Shown) -> Snapshot:
    """The snapshot with only the events shown."""
    return replace(snapshot, events=on_screen.events)


def downloads(session: Session, plan: Plan, request: Request, on_screen: Shown) -> None:
    """Menus to download or print the events shown; each file is made on a click."""
    name = f"events-{request.view}-{request.day}"
    shown = only_shown(session.snapshot, on_screen)
    scope = ical.ALL if session.sees_staffing else ical.PUBLIC
    with st.popover("Download", icon=":material/download:"):
        st.markdown(f"{content.match_words(on_screen, request)}:")
        widgets.download("CSV", f"{name}.csv", lambda: tables.to_csv(tables.event_rows(shown), tables.EVENTS))
        widgets.download(
            "Excel",
            f"{name}.xlsx",
            lambda: tables.to_xlsx(tables.event_rows(shown), tables.EVENTS, "Events"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        widgets.download(
            "Calendar file, once",
            f"{name}.ics",
            lambda: subscribe.calendar_file(session, scope, on_screen.events),
            "text/calendar",
        )
    with st.popover("Print", icon=":material/print:"):
        _show_print_menu(session, plan, request, on_screen)


def _show_print_menu(session: Session, plan: Plan, request: Request, on_screen: Shown) -> None:
    filters = [value for name, values in feed_filters(request).items() for value in values] + list(request.staffing)
    sheet = printables.Sheet(
        f"Coffee with a Cop, {on_screen.title}", tuple(filters), session.now, plan.gaps, county.settings().sample
    )
    snapshot = session.snapshot
    name = f"{request.view}-{request.day}"
    month = replace(request, view="month")
    st.markdown("Made for paper, and legible in any copy:")
    widgets.download(
        "The month, on one wall",
        f"month-{request.day:%Y-%m}.pdf",
        lambda: printables.month_pdf(
            snapshot,
            content.show(snapshot, plan, month, session.today).visible,
            content.visible_days("month", request.day),
            request.day.month,
            plan.alerts,
            replace(sheet, title=f"Coffee with a Cop, {date_words.month_words(request.day)}"),
        ),
        "application/pdf",
    )
    widgets.download(
        "A roster of what is shown",
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
