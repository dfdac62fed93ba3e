"""Who is looking, and whether they may come in: asked for each county whose sheet is served."""

from __future__ import annotations

import datetime as dt
from typing import Literal

import streamlit as st

from cwac import access
from cwac.access import Viewer
from cwac.live.refresh import Live
from cwac.settings import Settings

Doorway = Literal["open", "sign-in", "not-listed", "set-up"]


def viewer_of(live: Live, settings: Settings) -> tuple[Viewer, Doorway]:
    """Who is looking, and whether they may come in. Whatever is not plainly allowed is not."""
    if settings.sample:
        return _viewed_as(), "open"
    if settings.auth:
        claims = st.user.to_dict()
        if not access.signed_in_lately(claims, settings, dt.datetime.now(dt.UTC)):
            return access.PUBLIC, "open" if settings.public else "sign-in"
        agencies = live.snapshot.agencies if live.snapshot else ()
        viewer = access.viewer_of(claims, settings, agencies)
        return viewer, "open" if access.may_enter(viewer, settings) else "not-listed"
    if is_local(settings):
        return access.COORDINATOR, "open"
    return access.PUBLIC, "open" if settings.public else "set-up"


def is_local(settings: Settings) -> bool:
    """Whether this very request comes in by `local`: no sign-in, a coordinator."""
    return settings.local and at_this_machine()


def at_this_machine() -> bool:
    """Whether the server listens on loopback only, and this browser asked for it there."""
    headers = st.context.headers
    forwarded = any(name in headers for name in ("Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Real-Ip"))
    return access.is_loopback(st.get_option("server.address"), headers.get("Host"), forwarded)


VIEW_AS = "as"
"""On the sample, the URL says as whom to look: `coordinator`, `public`, or an agency's short name for its liaison."""


def _viewed_as() -> Viewer:
    chosen = st.session_state.get(VIEW_AS) or st.query_params.get(VIEW_AS, "coordinator")
    if chosen == "coordinator":
        return access.COORDINATOR
    return access.PUBLIC if chosen == "public" else Viewer("liaison", (str(chosen).removeprefix("liaison "),))
