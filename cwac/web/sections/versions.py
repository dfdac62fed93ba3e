"""The kept versions of the sheet: which there are, and any of them as .xlsx, for coordinators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from zoneinfo import ZoneInfo

import streamlit as st

from cwac.exports import restore
from cwac.refresh import sheets
from cwac.storage.history import Since
from cwac.storage.store import Version
from cwac.web import widgets
from cwac.web.sections import changes

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
SHOWN = 20


def good() -> tuple[Version, ...]:
    """Those that have been shown, newest first. Raises `StoreTrouble`."""
    store = sheets.store()
    return tuple(one for one in store.versions(changes.source_shown()) if one.good) if store else ()


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
        f"{widgets.counted(len(kept), 'version')} since "
        f"{widgets.md(changes.moment(kept[-1].at.astimezone(zone), today))}. "
        "Each holds the whole sheet as it was. To bring something back, download the version and copy the cells over."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        moments = {one.id: changes.moment(one.at.astimezone(zone), today) for one in kept}
        number = st.selectbox(
            "Version", list(moments), format_func=lambda one: f"{one}: {moments[one]}", key="take", width=260
        )
        if number is not None:
            widgets.download("Download as .xlsx", f"sheet-version-{number}.xlsx", lambda: _as_xlsx(number), XLSX)
    widgets.table(
        {
            "Version": [str(one.id) for one in kept[:SHOWN]],
            "First seen": [widgets.md(moments[one.id]) for one in kept[:SHOWN]],
            "Last seen": [widgets.md(changes.moment(one.seen_at.astimezone(zone), today)) for one in kept[:SHOWN]],
        },
        "Kept versions of the sheet",
    )
    if len(kept) > SHOWN:
        st.caption(f"The last {SHOWN} of {len(kept)}. The others are in the list above.")


def _as_xlsx(number: int) -> bytes:
    store = sheets.store()
    version = store.version(number) if store else None
    if store is None or version is None or version.source != changes.source_shown():
        raise LookupError("no such version")
    return restore.to_xlsx(store.load(version))
