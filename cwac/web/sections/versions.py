"""Stored versions of the sheet: a list, and a download of each as .xlsx, for coordinators."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from zoneinfo import ZoneInfo

import streamlit as st

from cwac.analysis.words import counted
from cwac.clock import read_clock
from cwac.exports import restore
from cwac.refresh import sheets
from cwac.storage.history import Since
from cwac.storage.store import Version
from cwac.web import widgets
from cwac.web.sections import changes

SHOWN = 20


def shown_versions() -> tuple[Version, ...]:
    """Versions that have been shown, newest first. Raises `StoreTrouble`."""
    store = sheets.store()
    return tuple(version for version in store.versions(changes.source_key()) if version.good) if store else ()


def start_of(versions: Sequence[Version], since: Since, zone: ZoneInfo) -> dt.datetime:
    """The start of the known changes: the requested moment, but not before the oldest version (aware, in `zone`)."""
    selected = [version.at for version in versions if version.id == since.version]
    start = since.moment or (selected[0] if selected else versions[-1].at if versions else read_clock(zone))
    return max(start, versions[-1].at if versions else start).astimezone(zone)


def choices(versions: Sequence[Version], today: dt.date, zone: ZoneInfo) -> Mapping[str, str]:
    """Number -> label `1: Wed, Nov 25, 2:30 PM`; the newest last, since nothing can have changed since it."""
    labels = {str(each.id): f"{each.id}: {changes.moment(each.at.astimezone(zone), today)}" for each in versions}
    newest = next(iter(labels))
    return {**{number: label for number, label in labels.items() if number != newest}, newest: labels[newest]}


def show(versions: Sequence[Version], today: dt.date, zone: ZoneInfo) -> None:
    """The last `SHOWN` versions as a table, and a download of any."""
    if not versions:
        return
    st.header("Saved versions", anchor=False)
    st.markdown(
        f"{counted(len(versions), 'version')} since "
        f"{widgets.md(changes.moment(versions[-1].at.astimezone(zone), today))}. "
        "Each holds the whole sheet as it was. To bring something back, download the version and copy the cells over."
    )
    with st.container(horizontal=True, vertical_alignment="bottom"):
        moments = {version.id: changes.moment(version.at.astimezone(zone), today) for version in versions}
        number = st.selectbox(
            "Version",
            list(moments),
            format_func=lambda version: f"{version}: {moments[version]}",
            key="take",
            width=260,
        )
        if number is not None:
            source = changes.source_key()  # here, as a file is made in another thread, which has no session state
            make = partial(_as_xlsx, number, source)
            file, what = f"sheet-version-{number}.xlsx", f"version {number} of the sheet"
            widgets.download("Download as .xlsx", file, make, widgets.XLSX, audited=what)
    widgets.table(
        {
            "Version": [str(version.id) for version in versions[:SHOWN]],
            "First seen": [widgets.md(moments[version.id]) for version in versions[:SHOWN]],
            "Last seen": [
                widgets.md(changes.moment(version.seen_at.astimezone(zone), today)) for version in versions[:SHOWN]
            ],
        },
        "Saved versions of the sheet",
    )
    if len(versions) > SHOWN:
        st.caption(f"The last {SHOWN} of {len(versions)}. The others are in the list above.")


def _as_xlsx(number: int, source: str) -> bytes:
    store = sheets.store()
    version = store.version(number) if store else None
    if store is None or version is None or version.source != source:
        raise LookupError("no such version")
    return restore.to_xlsx(store.load(version))
