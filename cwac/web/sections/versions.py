"""The kept versions of the sheet: which there are, and any of them as .xlsx, for coordinators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from cwac.live import counties
from cwac.live.history import Since
from cwac.live.store import Version
from cwac.outputs import restored
from cwac.ui import history, parts

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 20


def good() -> tuple[Version, ...]:
    """Those that have been shown, newest first. Raises `StoreTrouble`."""
    store = counties.store()
    return tuple(one for one in store.versions(history.source_shown()) if one.good) if store else ()


def start_of(kept: Sequence[Version], since: Since, zone: ZoneInfo) -> dt.datetime:
    """From when on changes are known: the moment asked for, but not before the history begins."""
    chosen = [one.at for one in kept if one.id == since.version]
    asked = since.moment or (chosen[0] if chosen else kept[-1].at if kept else dt.datetime.now(zone))
    return max(asked, kept[-1].at if kept else asked).astimezone(zone)


def show(kept: Sequence[Version], today: dt.date, zone: ZoneInfo) -> None:
    """The last ones as a table, and any one to take away."""
    if not kept:
        return
    st.header("Kept versions", anchor=False)
    st.markdown(
        f"{parts.counted(len(kept), 'version')} since {parts.md(history.moment(kept[-1].at.astimezone(zone), today))}. "
        "Each holds the whole sheet as it was. To bring something back, download the version and copy the cells over."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        moments = {one.id: history.moment(one.at.astimezone(zone), today) for one in kept}
        number = st.selectbox(
            "Version", list(moments), format_func=lambda one: f"{one}: {moments[one]}", key="take", width=260
        )
        if number is not None:
            parts.download("Download as .xlsx", f"sheet-version-{number}.xlsx", lambda: _as_xlsx(number), XLSX)
    parts.table(
        {
            "Version": [str(one.id) for one in kept[:SHOWN]],
            "First seen": [parts.md(moments[one.id]) for one in kept[:SHOWN]],
            "Last seen": [parts.md(history.moment(one.seen_at.astimezone(zone), today)) for one in kept[:SHOWN]],
        },
        "Kept versions of the sheet",
    )
    if len(kept) > SHOWN:
        st.caption(f"The last {SHOWN} of {len(kept)}. The others are in the list above.")


def _as_xlsx(number: int) -> bytes:
    store = counties.store()
    version = store.version(number) if store else None
    if store is None or version is None or version.source != history.source_shown():
        raise LookupError("no such version")
    return restored.to_xlsx(store.load(version))
