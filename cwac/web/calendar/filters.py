"""Around the calendar: filters as chips with counts, the zone in words, and what is shown as a file."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import streamlit as st

from cwac.analysis.event_summary import STAFFING
from cwac.exports import ical, printables, tables
from cwac.model import Snapshot
from cwac.web import county, widgets
from cwac.web.calendar import content
from cwac.web.calendar.content import Asked, Plan, Shown
from cwac.web.sections import subscribe
from cwac.web.session import AGENCY, Session
from cwac.web.widgets import md

LABELS = {"agency": "Agency", "town": "Town", "status": "Status", "staffing": "Staffing"}
"""The filters by their names in the URL. The agency's is the switch at the top of every page."""
ALL_AGENCIES = "All agencies"


class Bar:
    """One row: what is filtered, each filter a chip that can be taken away, and how many events are left."""

    def __init__(self, session: Session, strange: Sequence[str]) -> None:
        self._session = session
        self._row = st.container(horizontal=True, vertical_alignment="center", gap="small")
        with self._row.popover("Filter", icon=":material/filter_list:"):
            fields = widgets.Filters()
            self._counts = st.container(gap="xsmall")
        self._chips = self._row.container(horizontal=True, vertical_alignment="center", gap="xsmall", width="content")
        self._said = self._row.container(width="content")
        self.towns = fields.many("Town", session.ask(widgets.town_names), "town")
        self.statuses = fields.many("Status", session.ask(widgets.status_names), "status")
        self.staffing = fields.many("Staffing", STAFFING, "staffing") if session.sees_staffing else ()
        fields.say()
        if strange:
            st.info(f"The link asks for {' and '.join(strange)}, which the calendar does not know. It is left out.")

    def show(self, on_screen: Shown, asked: Asked) -> None:
        """The chips and the counts, once they are known."""
        chosen = {
            "agency": (asked.agency,) if asked.agency else (),
            "town": self.towns,
            "status": self.statuses,
            "staffing": self.staffing,
        }
        with self._counts:
            for name, counts in on_screen.counts.items():
                if counts:
                    told = " · ".join(f"{md(value)} {count:,}" for value, count in sorted(counts.items()))
                    st.caption(f"{LABELS[name]}: {told}")
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
                        on_click=_take_away,
                        args=(name, value),
                    )
            if sum(map(len, chosen.values())) > 1:
                st.button("Clear all", key="clear-all", type="tertiary", on_click=_clear_all)
            own = self._session.viewer.agencies
            if len(own) == 1 and asked.agency is None and own[0] in self._session.snapshot.agency_by_short:
                st.button(f"Only {md(own[0])}", key="own", type="tertiary", on_click=_only, args=own)
        self._said.markdown(f"**{content.match_words(on_screen, asked)}**")


def _take_away(name: str, value: str) -> None:
    if name == "agency":
        st.session_state[AGENCY] = ALL_AGENCIES
    else:
        st.session_state[name] = [one for one in st.session_state.get(name, []) if one != value]


def _clear_all() -> None:
    st.session_state[AGENCY] = ALL_AGENCIES
    for name in ("town", "status", "staffing"):
        if name in st.session_state:
            st.session_state[name] = []


def _only(agency: str) -> None:
    st.session_state[AGENCY] = agency


def zone_words(zone: str, now: dt.datetime, browser_zone: str | None) -> str:
    """Whose clock the times are by; to a viewer elsewhere also how theirs differs. `now` is in the sheet's zone."""
    said = f"All times are {now.tzname()}, the sheet's zone ({zone})."
    theirs = _zone(browser_zone)
    if theirs is not None:
        ahead = _minutes(now.astimezone(theirs)) - _minutes(now)
        if ahead:
            hours, minutes = divmod(abs(ahead), 60)
            differs = widgets.counted(hours, "hour") if hours else ""
            differs += f" {minutes} minutes" if minutes else ""
            said += f" Your clock, {theirs.key}, is {differs.strip()} {'ahead' if ahead > 0 else 'behind'}."
    return said


def _zone(name: str | None) -> ZoneInfo | None:
    try:
        return ZoneInfo(name) if name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


def _minutes(moment: dt.datetime) -> int:
    return round((moment.utcoffset() or dt.timedelta()).total_seconds() / 60)


# --- as a file ---------------------------------------------------------------------------------------------------


def only(snapshot: Snapshot, on_screen: Shown) -> Snapshot:
    """The snapshot with the events shown and no others, for those who write rows."""
    return replace(snapshot, events=on_screen.events)


def downloads(session: Session, plan: Plan, asked: Asked, on_screen: Shown) -> None:
    """What is shown, as a file or to print: each is made when somebody asks for it."""
    name = f"events-{asked.view}-{asked.day}"
    given = only(session.snapshot, on_screen)
    scope = ical.ALL if session.sees_staffing else ical.PUBLIC
    with st.popover("Download", icon=":material/download:"):
        st.markdown(f"{content.match_words(on_screen, asked)}:")
        widgets.download("CSV", f"{name}.csv", lambda: tables.to_csv(tables.event_rows(given), tables.EVENTS))
        widgets.download(
            "Excel",
            f"{name}.xlsx",
            lambda: tables.to_xlsx(tables.event_rows(given), tables.EVENTS, "Events"),
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        )
        widgets.download(
            "Calendar file, once",
            f"{name}.ics",
            lambda: subscribe.written_once(session, scope, on_screen.events),
            "text/calendar",
        )
    with st.popover("Print", icon=":material/print:"):
        _printed(session, plan, asked, on_screen)


def _printed(session: Session, plan: Plan, asked: Asked, on_screen: Shown) -> None:
    filters = [value for name, values in in_feed(asked).items() for value in values] + list(asked.staffing)
    sheet = printables.Sheet(
        f"Coffee with a Cop, {on_screen.title}", tuple(filters), session.now, plan.gaps, county.settings().sample
    )
    snapshot = session.snapshot
    name = f"{asked.view}-{asked.day}"
    month = replace(asked, view="month")
    st.markdown("Made for paper, and legible in any copy:")
    widgets.download(
        "The month, on one wall",
        f"month-{asked.day:%Y-%m}.pdf",
        lambda: printables.month_pdf(
            snapshot,
            content.show(snapshot, plan, month, session.today).visible,
            content.stretch("month", asked.day),
            asked.day.month,
            plan.alerts,
            replace(sheet, title=f"Coffee with a Cop, {content.month_title(asked.day)}"),
        ),
        "application/pdf",
    )
    widgets.download(
        "A roster of what is shown",
        f"roster-{name}.pdf",
        lambda: printables.roster_pdf(snapshot, on_screen.events, plan.alerts, sheet),
        "application/pdf",
    )


def in_feed(asked: Asked) -> Mapping[str, Sequence[str]]:
    """The filters that are set, by their names in the URL; staffing is no matter for a feed."""
    return {
        name: values
        for name, values in (
            ("agency", (asked.agency,) if asked.agency else ()),
            ("town", asked.towns),
            ("status", asked.statuses),
        )
        if values
    }
