"""A plain month of events, weeks from Sunday, as a table; which month is in the URL."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Sequence

import streamlit as st

from cwac.answers.events import assigned, clock, is_live, national_day
from cwac.model import Event, Snapshot
from cwac.ui.parts import agency_colours, badges, md, table

KEY = "month"
DAYS = ("Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat")
A_DAY = 3
"""The most events that a day shows before "+2 more"."""
_NBSP = "\u00a0"


def choose(today: dt.date) -> tuple[dt.date, dt.date]:
    """The first and last day of the month chosen, this one by default; with the buttons to choose another."""
    first = _asked_for(today)
    last = (first + dt.timedelta(days=31)).replace(day=1) - dt.timedelta(days=1)
    before, after = (first - dt.timedelta(days=1)).replace(day=1), last + dt.timedelta(days=1)
    with st.container(horizontal=True, vertical_alignment="center"):
        for label, day in ((f"‹ {before:%B}", before), ("Today", today), (f"{after:%B} ›", after)):
            st.button(label, key=f"month-{label}", on_click=_go, args=(f"{day:%Y-%m}",))
        st.header(f"{first:%B %Y}", anchor=False, width="content")
    return first, last


def _go(month: str) -> None:
    st.query_params[KEY] = month


def _asked_for(today: dt.date) -> dt.date:
    typed = st.query_params.get(KEY, "")
    if re.fullmatch(r"(?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])", typed):
        return dt.date.fromisoformat(f"{typed}-01")
    if typed:
        st.info(f'The link asks for month "{md(typed[:40])}", which is none. This month is shown.')
    return today.replace(day=1)


def draw(snapshot: Snapshot, events: Sequence[Event], first: dt.date, today: dt.date, *, gaps: bool) -> None:
    """The events of the month that begins on `first`; `gaps` is whether staffing may be told."""
    colours = agency_colours(snapshot)
    by_day: dict[dt.date, list[Event]] = {}
    for event in events:
        by_day.setdefault(event.date, []).append(event)
    columns: dict[str, list[str]] = {day: [] for day in DAYS}
    for week in calendar.Calendar(calendar.SUNDAY).monthdatescalendar(first.year, first.month):
        cells = []
        for day in week:
            if day.month != first.month:
                cells.append([_NBSP])
                continue
            here = by_day.get(day, [])
            lines = [_day(day, today)]
            for event in here[:A_DAY]:
                going = len(assigned(snapshot.assignments_by_event.get(event.id, ())))
                lines += _lines(event, badges(event.agencies, colours), going if gaps else None)
            if len(here) > A_DAY:
                lines.append(f"+{len(here) - A_DAY} more")
            cells.append(lines)
        tall = max(map(len, cells))
        for name, lines in zip(DAYS, cells, strict=True):
            columns[name].append("  \n".join([*lines, *[_NBSP] * (tall - len(lines))]))
    table(columns, border=True, alt=f"{first:%B %Y} by week, from Sunday")


def _day(day: dt.date, today: dt.date) -> str:
    """The number of the day. The blanks keep days without events as wide as the others."""
    number = f":primary-badge[{day.day} today]" if day == today else f"**{day.day}**"
    note = " National day" if day == national_day(day.year) else ""
    return number + note + _NBSP * (22 if day != today else 8)


def _lines(event: Event, marks: str, going: int | None) -> list[str]:
    when = clock(event.start).replace(" ", _NBSP) if event.start else "no time yet"
    place = md(event.town or event.town_text or "place not known")
    if not is_live(event):
        return [f"~~{when} {place}~~", f"{md(event.status)} {marks}"]
    tentative = " tentative" if event.status in ("Tentative", None) else ""
    needed = event.officers_needed
    filled = f" {going}/{needed}" if going is not None and needed is not None else ""
    return [f"{when} {place}{tentative}", f"{marks}{filled}"]
