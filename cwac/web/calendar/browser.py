"""The Python side of the calendar component: it reads the view from the URL and handles clicks in the browser."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cwac.web import blocks
from cwac.web.blocks import ours
from cwac.web.calendar.content import EARLIEST, LATEST, VIEWS, View
from cwac.web.widgets import md

KEY = "calendar"
VIEW, DATE, EVENT = "view", "date", "event"
"""URL parameters."""


def draw(wire: Mapping[str, Any]) -> None:
    """Draw the calendar. A click changes the URL, and the next run draws from it."""
    component = ours("calendar", css="calendar.css", js="calendar.js", isolate_styles=False)
    component(key=KEY, data=dict(wire), on_go_change=_on_go, on_open_change=_on_open)


def copy_button(label: str, text: str, key: str) -> None:
    """A button that copies the text. Text that begins with `?` is a query, copied as a link to this page."""
    button = blocks.copy_button(label, text, query=text.startswith("?"))
    blocks.draw(f"copy-{key}", blocks.lines([button]), width="content")


def _on_go() -> None:
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


def _on_open() -> None:
    event_id = getattr(st.session_state.get(KEY), "open", None)
    if isinstance(event_id, str):
        st.query_params[EVENT] = event_id


def requested_view(today: dt.date) -> tuple[View, dt.date, list[str]]:
    """The view and the day in the URL, and a phrase for each value that cannot be used."""
    unknown: list[str] = []
    view: View = "agenda" if is_phone() else "month"
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


def is_phone() -> bool:
    """Whether the user agent is a phone: it shows the agenda by default, other browsers the month."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")
