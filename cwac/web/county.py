"""The county switch, if several counties are served: which one this session shows."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from cwac.access import Viewer
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Settings
from cwac.web.viewer import Doorway, viewer_of
from cwac.web.widgets import COUNTY, md

_SWITCH = "_county_switch"
_UNKNOWN = "_county_unknown"


def name() -> str:
    """The selected county, empty if only one is served. Access to it is checked by `session.enter`."""
    return str(st.session_state.get(COUNTY, ""))


def live() -> Live:
    return sheets.current(name())


def settings() -> Settings:
    return sheets.settings(name())


def entering() -> tuple[Viewer, Doorway]:
    """The viewer of the selected county, and "open" or the reason to refuse.

    A link to a county that is not open to strangers, or not known, shows them no other county: they are asked to sign
    in for both, so that neither is told from the other.
    """
    own = settings()
    viewer, doorway = viewer_of(live(), own)
    if doorway != "open" or viewer.kind != "public" or own.sample or not st.session_state.get(_UNKNOWN):
        return viewer, doorway
    return viewer_of(live(), replace(own, public=False)) if own.auth else (viewer, "other-county")


def choose() -> None:
    """Select the county of this run: the one just switched to, else the URL's, else the first that the viewer may see.

    A county that the viewer may not see is reported like one that does not exist. Call this before drawing anything.
    """
    names = sheets.names()
    if len(names) == 1:
        st.session_state[COUNTY] = names[0]
        return
    allowed = _allowed()
    before, switched = st.session_state.get(COUNTY), st.session_state.get(_SWITCH)
    # Unless the switch was just used, the URL is newer: the browser's Back and Forward change it alone.
    requested = switched if switched != before else None
    requested = requested or st.query_params.get(COUNTY) or before
    chosen = next((name for name in allowed if name.casefold() == str(requested).casefold()), None)
    st.session_state[_UNKNOWN] = requested if requested and chosen is None else None
    st.session_state[COUNTY] = chosen or next(iter(allowed), names[0])


def _allowed() -> tuple[str, ...]:
    return tuple(name for name in sheets.names() if viewer_of(sheets.current(name), sheets.settings(name))[1] == "open")


def switch() -> None:
    """Draw the switch if the viewer may see several counties, and put the selected one in the URL."""
    if len(sheets.names()) == 1:
        return
    st.query_params[COUNTY] = name()
    if len(allowed := _allowed()) > 1:
        st.session_state[_SWITCH] = name()
        st.selectbox("County", allowed, key=_SWITCH, on_change=_clear_query, width=170, label_visibility="collapsed")
    else:
        st.markdown(f"**{md(name())}**", width="content")


def report_unknown(*, is_refused: bool = False) -> None:
    """Say that the link asks for a county that is not known, or in place of a page, perhaps only not open."""
    if unknown := st.session_state.get(_UNKNOWN):
        perhaps = ", or not open to everybody" if is_refused else ""
        st.info(f'The link asks for county "{md(str(unknown)[:40])}", which is not known here{perhaps}.')


def _clear_query() -> None:
    """Forget all other choices: agencies, towns and events differ between counties."""
    for key in list(st.query_params):
        st.session_state.pop(key, None)
        if key != COUNTY:
            st.query_params.pop(key, None)
