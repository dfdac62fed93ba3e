"""Which county's sheet is looked at, where several are served: the switch in the frame, and all that hangs on it."""

from __future__ import annotations

from collections.abc import Sequence

import streamlit as st

from cwac.refresh import sheets
from cwac.refresh.poller import Live
from cwac.settings import Settings
from cwac.web.viewer import viewer_of
from cwac.web.widgets import COUNTY, md

_SWITCH = "_county_switch"
_UNKNOWN = "_county_unknown"


def name() -> str:
    """The county looked at, empty where there is only one. Whether the viewer may see it is the door's to say."""
    return str(st.session_state.get(COUNTY, ""))


def live() -> Live:
    """What there is to show of it."""
    return sheets.current(name())


def settings() -> Settings:
    """The settings as it has them."""
    return sheets.settings(name())


def choose() -> None:
    """Settle for this run which county is looked at: the one last chosen, else the URL's, else the first that is open.

    One that is not open to the viewer is as unknown as one that there is not. To be called before anything is shown.
    """
    served = sheets.names()
    if len(served) == 1:
        st.session_state[COUNTY] = served[0]
        return
    open_ones = _open(served)
    asked = st.session_state.get(_SWITCH) or st.query_params.get(COUNTY) or st.session_state.get(COUNTY)
    chosen = next((one for one in open_ones if one.casefold() == str(asked).casefold()), None)
    st.session_state[_UNKNOWN] = asked if asked and chosen is None else None
    st.session_state[COUNTY] = chosen or next(iter(open_ones), served[0])


def _open(served: Sequence[str]) -> tuple[str, ...]:
    return tuple(one for one in served if viewer_of(sheets.current(one), sheets.settings(one))[1] == "open")


def switch() -> None:
    """The switch, where more than one county is open to the viewer; the URL then says which, so that links hold."""
    served = sheets.names()
    if len(served) == 1:
        return
    st.query_params[COUNTY] = name()
    if len(open_ones := _open(served)) > 1:
        st.session_state[_SWITCH] = name()
        st.selectbox("County", open_ones, key=_SWITCH, on_change=_moved, width=200)
    else:
        st.markdown(f"**{md(name())}**", width="content")


def say() -> None:
    """What the link asked for and there is not, or not for this viewer."""
    if unknown := st.session_state.get(_UNKNOWN):
        st.info(f'The link asks for county "{md(str(unknown)[:40])}", which is not known here.')


def _moved() -> None:
    """Nothing that was chosen for one county means anything in another."""
    for key in list(st.query_params):
        st.session_state.pop(key, None)
        if key != COUNTY:
            st.query_params.pop(key, None)
