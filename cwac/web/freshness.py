"""Age of the data on every page: when it was updated, the Refresh button, warnings about the sheet, new versions."""

from __future__ import annotations

import time
from dataclasses import replace
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import access
from cwac.access import Viewer
from cwac.clock import read_clock
from cwac.date_words import clock, day_words
from cwac.refresh import sheets
from cwac.refresh.judge import as_of_sentence
from cwac.refresh.live import Live, Notice
from cwac.rounding import half_up
from cwac.settings import DEFAULT_ZONE, Settings
from cwac.settings.connections import SECONDS_BY_LINK
from cwac.storage import audit
from cwac.web import county, widgets
from cwac.web.viewer import access_check

_SHOWN_VERSION = "_drawn"
_ANNOUNCED = "_said"
_REFRESH_ANSWER = "_asked_to_refresh"

REFRESH_WAIT = 4.0
"""Seconds that a click on Refresh waits for the poller; a later version appears by itself."""


def poll_seconds(settings: Settings) -> float:
    """Seconds between a page's checks for a new version."""
    return max(2.0, min(10.0, settings.refresh_seconds / 3))


# --- the line -----------------------------------------------------------------------------------------------------


def announcement(live: Live, viewer: Viewer) -> str:
    """What screen readers say about the data: the answer to a click on Refresh, or that a new version is shown.

    Call this once a run, before `show_refresh`.
    """
    public = viewer.kind == "public"
    drawn, now = st.session_state.get(_SHOWN_VERSION), (county.name(), live.generation)
    st.session_state[_SHOWN_VERSION] = now
    message = st.session_state.get(_REFRESH_ANSWER)
    if message is None and drawn is not None and drawn[0] == now[0] and drawn != now:
        message = f"This page shows a new version. {sentence(live, public)}" if not live.trouble else None
        message = message or sentence(live, public)
    if message is not None:
        st.session_state[_ANNOUNCED] = message
    return str(st.session_state.get(_ANNOUNCED, ""))


def show_refresh(viewer: Viewer) -> None:
    """Draw the Refresh button, and what came of a click. Public viewers cannot trigger a read."""
    if viewer.kind != "public":
        st.button("Refresh", on_click=_refresh, type="tertiary", icon=":material/refresh:", key="refresh")
    message = st.session_state.pop(_REFRESH_ANSWER, None)
    if message is not None:
        with st.container(key="refreshed"):
            st.caption(widgets.message_markdown(message))


def sentence(live: Live, public: bool) -> str:
    """The age of the data in words, in the sheet's zone; empty for public viewers before the first read."""
    return as_of_sentence(_told(live, public), read_clock(_zone(live))) if live.snapshot or not public else ""


def _zone(live: Live) -> ZoneInfo:
    return ZoneInfo(live.snapshot.timezone if live.snapshot else DEFAULT_ZONE)


def _told(live: Live, public: bool) -> Live:
    """What this viewer is told: public viewers learn nothing of trouble, nor when a file was saved."""
    return replace(live, trouble=None, as_of=live.confirmed) if public and live.snapshot else live


def age(viewer: Viewer) -> str:
    """When the data shown was updated; if it is stale, this is drawn as a warning instead, and the text is empty.

    Call this in a fragment that runs every `poll_seconds`: it reruns the page when there is a new version. Public
    viewers are not told about trouble with the source.
    """
    live, public = county.live(), viewer.kind == "public"
    told = _told(live, public)
    if not access_check(viewer, county.name())():
        st.rerun()
    if _is_newer(live):
        if "event" not in st.query_params:
            st.rerun()
        _offer("frame")
    message = sentence(live, public)
    if message and told.is_current(read_clock()):
        return f"Updated {updated(told)}"
    if message and live.snapshot:  # else the page itself says why there is nothing
        with st.container(key="stale"):  # a line of its own below the bar
            icon = ":material/warning: " if live.as_of else ""
            st.markdown(f"{icon}{widgets.message_markdown(message)}")
    return ""


def updated(live: Live) -> str:
    """When the data shown was read: `10:16 PM`, with the day unless it is today in the sheet's zone."""
    if live.as_of is None:
        return ""
    local, now = live.as_of.astimezone(_zone(live)), read_clock(_zone(live))
    return clock(local) if local.date() == now.date() else f"{day_words(local.date(), now.date())}, {clock(local)}"


def _is_newer(live: Live) -> bool:
    return st.session_state.get(_SHOWN_VERSION) != (county.name(), live.generation)


def offer_in_dialog(settings: Settings) -> None:
    """In an open dialog, offer a new version as a button; the page below is not redrawn until it is pressed."""
    st.fragment(_offer_if_newer, run_every=poll_seconds(settings))()


def _offer_if_newer() -> None:
    if _is_newer(county.live()):
        st.info("The sheet has changed since this was opened.", icon=":material/info:")
        _offer("dialog")


def _offer(where: str) -> None:
    if st.button("A new version is here. Show it", key=f"show-new-version-{where}"):
        st.rerun()


# --- the button ---------------------------------------------------------------------------------------------------


def _refresh() -> None:
    before = county.live()
    if not sheets.refresh_now(county.name()):
        st.session_state[_REFRESH_ANSWER] = _refusal(before)
        return
    now = _wait_for_look(before)
    if now.attempted == before.attempted:
        st.session_state[_REFRESH_ANSWER] = "Asked. This page shows the answer as soon as it is here."
    elif now.trouble is None and now.generation == before.generation:
        st.session_state[_REFRESH_ANSWER] = "Looked just now: nothing has changed."


def _wait_for_look(before: Live) -> Live:
    until = time.monotonic() + REFRESH_WAIT
    while county.live().attempted == before.attempted and time.monotonic() < until:
        time.sleep(0.05)
    return county.live()


def _refusal(live: Live) -> str:
    if live.trouble is not None and live.trouble.cause == "rate-limit":
        return f"{live.source} asks us to wait. The next look comes by itself."
    if county.settings().reads == "link":
        minutes = half_up(SECONDS_BY_LINK / 60)
        return f"A sheet that is read by its link is looked at every {minutes} minutes. The next look comes by itself."
    return "Somebody asked for a look within the last 10 seconds. Try again in a moment."


# --- warnings about the sheet -------------------------------------------------------------------------------------


def show_notices(live: Live, viewer: Viewer) -> None:
    """Draw the poller's warnings; a coordinator may show a collapsed sheet anyway."""
    if live.trouble is not None and live.snapshot is not None:
        widgets.show_to_copy(str(live.trouble))
    for notice in live.notices:
        with st.container(gap="xsmall"):
            st.warning(widgets.md(notice), icon=":material/warning:")
            if access.may_open(viewer, "changes") and notice.code in LOSS_CODES and notice.version is not None:
                widgets.link("changes", "See what was lost", {"since": "A version", "version": str(notice.version)})
            if notice.may_accept and viewer.kind == "coordinator":
                st.button(
                    "Show it anyway",
                    on_click=_accept,
                    args=(notice, viewer),
                    icon=":material/visibility:",
                    help="For everybody: use it if what is gone was taken out on purpose. The previous version stays "
                    "on the Changes page.",
                    key="accept",
                )


LOSS_CODES = ("large-deletion", "large-change")


def _accept(notice: Notice, viewer: Viewer) -> None:
    if not access_check(viewer, county.name())():
        st.session_state[_REFRESH_ANSWER] = "You may no longer do this."
        return
    before = county.live()
    if not sheets.poller(county.name()).accept(notice):
        st.session_state[_REFRESH_ANSWER] = (
            "The sheet has changed again since this page was drawn. Look at what it says now."
        )
        return
    person = viewer.email or "somebody at this machine"
    audit.note(person, f"showed the sheet{widgets.in_county()} though much had vanished from it")
    _wait_for_look(before)
