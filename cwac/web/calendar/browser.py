"""The calendar's side in Python: where the URL stands, and what a click in the browser asks for."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

import streamlit as st

from cwac.web.calendar.content import EARLIEST, LATEST, VIEWS, View
from cwac.web.components import ours
from cwac.web.widgets import md

KEY = "calendar"
VIEW, DATE, EVENT = "view", "date", "event"
"""Their names in the URL."""


def draw(wire: Mapping[str, Any]) -> None:
    """The calendar. A click changes the URL, from which the next run draws."""
    opened = st.query_params.get(EVENT)
    ours("calendar", css="calendar.css", js="calendar.js")(
        key=KEY, data={**wire, "opened": opened}, on_go_change=_gone, on_open_change=_opened
    )


def copy_button(label: str, text: str, key: str) -> None:
    """A button that copies the text; one that begins with `?` is a link to this page with those parameters."""
    ours("copy", css="copy.css", js="copy.js")(key=f"copy-{key}", data={"label": label, "text": text}, width="content")


def _gone() -> None:
    to = _triggered("go")
    if not isinstance(to, Mapping):
        return
    view, day = to.get("view"), _day(to.get("date"))
    if view in VIEWS and day is not None:
        st.query_params[VIEW] = view
        if to.get("today"):
            st.query_params.pop(DATE, None)  # the link then shows whatever day it is opened on
        else:
            st.query_params[DATE] = day.isoformat()


def _opened() -> None:
    event_id = _triggered("open")
    if isinstance(event_id, str):
        st.query_params[EVENT] = event_id


def _triggered(name: str) -> object:
    return getattr(st.session_state.get(KEY), name, None)


def closed() -> None:
    """The dialog is closed: the URL no longer names its event."""
    st.query_params.pop(EVENT, None)


def asked_for(today: dt.date) -> tuple[View, dt.date, list[str]]:
    """The view and the day in the URL, with a sentence for each value that cannot be used."""
    strange: list[str] = []
    view: View = "agenda" if on_a_phone() else "month"
    typed = st.query_params.get(VIEW)
    if typed in VIEWS:
        view = typed
    elif typed is not None:
        strange.append(f'view "{md(typed[:40])}"')
    day = today
    typed_day = st.query_params.get(DATE)
    if typed_day is not None:
        found = _day(typed_day)
        if found is None:
            strange.append(f'date "{md(typed_day[:40])}"')
        day = found or today
    return view, day, strange


def _day(typed: object) -> dt.date | None:
    if not isinstance(typed, str):
        return None
    try:
        day = dt.date.fromisoformat(typed)
    except ValueError:
        return None
    return day if EARLIEST <= day <= LATEST else None


def on_a_phone() -> bool:
    """What the browser says of itself: a month needs a desk, a phone reads an agenda."""
    return "Mobi" in (st.context.headers.get("User-Agent") or "")
