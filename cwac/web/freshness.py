"""How old the data is, on every page: the line, the Refresh button, what ails the sheet, and a new version's coming."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import replace
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import access
from cwac.access import Viewer
from cwac.refresh import poller, sheets
from cwac.refresh.poller import Live, Notice
from cwac.settings import DEFAULT_ZONE, Settings
from cwac.storage import audit
from cwac.web import county, widgets
from cwac.web.components import ours
from cwac.web.viewer import still_open
from cwac.web.widgets import md

_DRAWN = "_drawn"
_SAID = "_said"
_ASKED = "_asked_to_refresh"

LOOK_TAKES = 4.0
"""Seconds that somebody who pressed Refresh waits for the answer; what comes later shows by itself."""


def every(settings: Settings) -> float:
    """Seconds between looks for a new version: an edit is on every page within the refresh and this."""
    return max(2.0, min(10.0, settings.refresh_seconds / 3))


# --- the line -----------------------------------------------------------------------------------------------------


def show(live: Live, settings: Settings, viewer: Viewer) -> None:
    """The line, kept up to date, and the button. A stranger is not told what ails the source, and asks for no reads."""
    stranger = viewer.kind == "public"
    drawn, now = st.session_state.get(_DRAWN), (county.name(), live.generation)
    st.session_state[_DRAWN] = now
    with st.container(horizontal=True, vertical_alignment="center", width="content", gap="small"):
        st.fragment(_line, run_every=every(settings))(stranger, viewer)
        if not stranger:
            st.button("Refresh", on_click=_ask, type="tertiary", icon=":material/refresh:", key="refresh")
        announcer = st.container(width="content")
    answer = st.session_state.pop(_ASKED, None)
    if answer is not None:
        st.caption(md(answer))
    elif drawn is not None and drawn[0] == now[0] and drawn != now:
        answer = f"This page shows a new version. {sentence(live, stranger)}" if not live.trouble else None
        answer = answer or sentence(live, stranger)
    if answer is not None:
        st.session_state[_SAID] = answer
    with announcer:
        ours("announce", js="announce.js")(
            key="announce", data={"words": st.session_state.get(_SAID, "")}, height=1, width=1
        )


def sentence(live: Live, stranger: bool) -> str:
    """How old the data is, in the sheet's zone."""
    zone = ZoneInfo(live.snapshot.timezone if live.snapshot else DEFAULT_ZONE)
    told = replace(live, trouble=None) if stranger and live.snapshot else live
    return poller.as_of_sentence(told, dt.datetime.now(zone)) if live.snapshot or not stranger else ""


def _line(stranger: bool, viewer: Viewer) -> None:
    live = county.live()
    if not still_open(viewer, county.name())():
        st.rerun()
    if _is_newer(live):
        if "event" not in st.query_params:
            st.rerun()
        _offer("frame")
    if said := sentence(live, stranger):
        st.caption(md(said), width="content")


def _is_newer(live: Live) -> bool:
    return st.session_state.get(_DRAWN) != (county.name(), live.generation)


def offer_in_dialog(settings: Settings) -> None:
    """Within an open dialog: the way to a new version, once there is one. The page below stays as it was till then."""
    st.fragment(_look_from_dialog, run_every=every(settings))()


def _look_from_dialog() -> None:
    if _is_newer(county.live()):
        st.info("The sheet has changed since this was opened.", icon=":material/info:")
        _offer("dialog")


def _offer(where: str) -> None:
    if st.button("A new version is here. Show it", key=f"show-new-version-{where}"):
        st.rerun()


# --- the button ---------------------------------------------------------------------------------------------------


def _ask() -> None:
    before = county.live()
    if not sheets.refresh_now(county.name()):
        st.session_state[_ASKED] = _refusal(before)
        return
    now = _wait_for_a_look(before)
    if now.attempted == before.attempted:
        st.session_state[_ASKED] = "Asked. The answer is not here yet; this page shows it by itself."
    elif now.trouble is None and now.generation == before.generation:
        st.session_state[_ASKED] = "Looked just now: nothing has changed."


def _wait_for_a_look(before: Live) -> Live:
    until = time.monotonic() + LOOK_TAKES
    while county.live().attempted == before.attempted and time.monotonic() < until:
        time.sleep(0.05)
    return county.live()


def _refusal(live: Live) -> str:
    if live.trouble is not None and live.trouble.cause == "rate-limit":
        return f"{live.source} asks us to wait. The next look comes by itself."
    return "Somebody asked for a look within the last 10 seconds. Try again in a moment."


# --- what ails the sheet ------------------------------------------------------------------------------------------


def notices(live: Live, viewer: Viewer) -> None:
    """What everybody should know about the data shown; a coordinator may show a damaged sheet anyway."""
    for notice in live.notices:
        with st.container(gap="xsmall"):
            st.warning(md(notice), icon=":material/warning:")
            if access.may_open(viewer, "changes") and notice.code in LOST and notice.version is not None:
                widgets.link("changes", "See what was lost", see(notice))
            if notice.may_accept and viewer.kind == "coordinator":
                st.button(
                    "Show it anyway",
                    on_click=_accept,
                    args=(notice, viewer),
                    icon=":material/visibility:",
                    help="For everybody: use it if what is gone was taken out on purpose. The version of before stays "
                    "on the Changes page.",
                    key="accept",
                )


LOST = ("large-deletion", "large-change")


def _accept(notice: Notice, viewer: Viewer) -> None:
    before = county.live()
    if not sheets.refresher(county.name()).accept(notice):
        st.session_state[_ASKED] = "The sheet has changed again since this page was drawn. Look at what it says now."
        return
    audit.note(viewer.email or "somebody at this machine", "showed the sheet though much had vanished from it")
    _wait_for_a_look(before)


def see(notice: Notice) -> dict[str, str]:
    """What the Changes page is asked for to show what has gone."""
    return {"since": "A version", "version": str(notice.version)}
