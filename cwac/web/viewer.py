"""The viewer of a request, and whether they may open the dashboard of a county."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Literal

import streamlit as st

from cwac import access
from cwac.access import Viewer
from cwac.clock import read_clock
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Settings
from cwac.web import local_key

Doorway = Literal["open", "sign-in", "not-listed", "unusual-address", "unverified", "set-up", "no-key", "other-county"]


def viewer_of(live: Live, settings: Settings) -> tuple[Viewer, Doorway]:
    """The viewer of this request, and "open" or the reason to refuse. Refuses in every case that is not listed."""
    if settings.sample:
        return _viewed_as(), "open"
    if settings.auth:
        return _signed_in(_claims(settings), live, settings)
    if is_local(settings):
        return access.COORDINATOR, "open"
    if settings.public:
        return access.PUBLIC, "open"
    return access.PUBLIC, "no-key" if settings.local and _local_state() == "no-key" else "set-up"


def _claims(settings: Settings) -> Mapping[str, object]:
    """What the sign-in service says of this viewer; nothing without `[auth]`."""
    # Without a secrets file Streamlit looks for one at each question, one viewer after the other.
    return st.user.to_dict() if settings.auth else {}


def _signed_in(claims: Mapping[str, object], live: Live, settings: Settings) -> tuple[Viewer, Doorway]:
    if not access.signed_in_lately(claims, settings, read_clock()):
        return access.PUBLIC, "open" if settings.public else "sign-in"
    viewer = access.viewer_of(claims, settings, live.snapshot.agencies if live.snapshot else ())
    if access.may_enter(viewer, settings):
        return viewer, "open"
    return viewer, access.why_unusable(claims) or "not-listed"


def access_check(viewer: Viewer, county: str) -> Callable[[], bool]:
    """A function that tells, later and in any thread, whether this viewer still has the same access.

    `[access]` and the sheet's agencies may change while a page is open.
    """
    claims = _claims(sheets.settings(county))

    def is_allowed() -> bool:
        settings = sheets.settings(county)
        if settings.auth:
            return _signed_in(claims, sheets.current(county), settings) == (viewer, "open")
        return access.may_enter(viewer, settings)

    return is_allowed


def is_local(settings: Settings) -> bool:
    """Whether this request has coordinator access without sign-in through `local = true` and its key."""
    return settings.local and not settings.auth and _local_state() == "open"


def _local_state() -> local_key.State:
    return local_key.state(st.context.headers, st.context.cookies)


def audit_name(viewer: Viewer, settings: Settings) -> str | None:
    """The viewer's address for the audit log, marked if it is not verified; None without sign-in."""
    if viewer.email is not None:
        return viewer.email
    claims = _claims(settings)
    return access.as_claimed(claims) if claims.get("is_logged_in") is True else None


VIEW_AS = "as"
"""URL parameter of the sample, the role to view as: `coordinator`, `public`, or `liaison SCSO`."""


def _viewed_as() -> Viewer:
    role = st.session_state.get(VIEW_AS) or st.query_params.get(VIEW_AS, "coordinator")
    if role == "coordinator":
        return access.COORDINATOR
    return access.PUBLIC if role == "public" else Viewer("liaison", (str(role).removeprefix("liaison "),))
