"""What the kept versions tell: the changes day by day, as one viewer may see them, and when they were here last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import access
from cwac.access import Viewer
from cwac.analysis.change_effects import EffectKind
from cwac.analysis.changes import Change, concerning
from cwac.analysis.events import clock, day_words
from cwac.model import Snapshot
from cwac.refresh import sheets
from cwac.sheet.reader import read_workbook
from cwac.storage.history import Day, Since, days
from cwac.storage.store import StoreTrouble, Version
from cwac.web import county
from cwac.web.session import AGENCY, Session
from cwac.web.widgets import counted, link, md

NOTED_EVERY = dt.timedelta(minutes=10)
_NOTED = "_visit_noted"


def yesterday(session: Session) -> Since:
    """From the first minute of yesterday on."""
    return of_day(session, session.today - dt.timedelta(days=1))


def of_day(session: Session, day: dt.date) -> Since:
    return Since(dt.datetime.combine(day, dt.time(), ZoneInfo(session.snapshot.timezone)))


def last_visit(viewer: Viewer, now: dt.datetime) -> dt.datetime | None:
    """When somebody who signed in was here before; noted as they come, and again while they stay. None for others."""
    if viewer.email is None:
        return None
    who = f"{viewer.email} {county.name()}".strip()  # one county's changes are not seen in another
    noted: tuple[dt.datetime, dt.datetime | None] | None = st.session_state.get(f"{_NOTED} {who}")
    store = sheets.store()
    in_trouble = any(one.code == "store" for one in county.live().notices)
    if store is not None and not in_trouble and (noted is None or now - noted[0] > NOTED_EVERY):
        try:
            noted = now, store.record_visit(who, now)
        except StoreTrouble:
            return None
        st.session_state[f"{_NOTED} {who}"] = noted
    return noted[1] if noted else None


@dataclass(frozen=True, slots=True)
class Told:
    """Every change with its day, newest day first, and all of them in a few words."""

    lines: tuple[tuple[dt.date, Change], ...]
    words: str


def told(session: Session, since: Since) -> Told:
    """What changed, for the agency chosen in the frame. Raises `StoreTrouble`."""
    # With the version: a sheet is shown before it is kept, and what changed when is known only afterwards.
    asked = since, session.viewer.kind, session.viewer.agencies, county.live().version

    def tell() -> Told:
        return _told(session, session.cache.get(repr((session.audience, "days", asked)), lambda: _days(session, since)))

    return session.cache.get(repr((session.audience, "told", asked, session.agency)), tell)


def _told(session: Session, found: tuple[Day, ...]) -> Told:
    if session.agency is not None:
        found = tuple(Day(one.day, one.since, concerning(one.changes, session.agency)) for one in found)
    return Told(tuple((day.day, change) for day in found for change in day.changes), tally(found))


def _days(session: Session, since: Since) -> tuple[Day, ...]:
    running, source, snapshot = sheets.refresher(county.name()), source_shown(), session.snapshot
    store = running.store

    def seen(version: Version | None) -> Snapshot:
        assert store is not None
        if version is None:
            return snapshot
        return access.visible_to(session.viewer, read_workbook(store.load(version), snapshot.today, session.rules))

    with st.spinner("Comparing with what was kept …"):
        return () if store is None else days(store, source, since, snapshot.timezone, seen, session.rules)


def source_shown() -> str:
    """By what name the versions of what is shown are kept."""
    snapshot = county.live().snapshot
    return (snapshot.url or snapshot.source) if snapshot else ""


def since_last_visit(session: Session) -> None:
    """One line with the way to the changes; without sign-in nobody is remembered, and it is since yesterday."""
    before = last_visit(session.viewer, session.now)
    words, view = ("your last visit", "Your last visit") if before else ("yesterday", "Yesterday")
    try:
        found = told(session, Since(before) if before else yesterday(session))
    except StoreTrouble:
        return  # which the frame tells
    if found.lines:
        asking = {"since": view} | ({AGENCY: session.agency} if session.agency else {})
        st.markdown(f"Since {words}: **{found.words}**")
        link("changes", "See what changed", asking)
    else:
        st.markdown(f"Nothing has changed since {words}.")


# --- in words -----------------------------------------------------------------------------------------------------

EFFECTS: dict[EffectKind, tuple[str, str, str]] = {
    "gap-opened": (":material/group_add:", "Gap opened", "opened a gap"),
    "gap-grew": (":material/group_add:", "Gap grew", "made a gap grow"),
    "clash-appeared": (":material/warning:", "Clash appeared", "brought a clash"),
    "gap-shrank": (":material/check:", "Gap shrank", "made a gap shrink"),
    "gap-closed": (":material/check:", "Gap closed", "closed a gap"),
    "clash-ended": (":material/check:", "Clash ended", "ended a clash"),
}
"""Its shape, what it is called, and what is said of the change that had it; what somebody must see to first."""


def tally(found: Sequence[Day]) -> str:
    """`7 changes; 1 opened a gap, 2 brought a clash`."""
    did = [{effect.kind for effect in change.effects} for day in found for change in day.changes]
    numbers = ((sum(kind in one for one in did), words) for kind, (_, _, words) in EFFECTS.items())
    told = ", ".join(f"{number} {words}" for number, words in numbers if number)
    return f"{counted(len(did), 'change')}; {told}" if told else counted(len(did), "change")


def line(change: Change, today: dt.date) -> str:
    """A change as one point of a list, in Markdown, with what it did below it."""
    when = f" ({md(day_words(change.date, today))})" if change.date else ""
    details = f": {md('; '.join(change.details))}" if change.details else ""
    shape = {"new": ":material/add:", "deleted": ":material/remove:"}.get(change.action, ":material/edit:")
    said = [f"- {shape} **{md(change.subject)}**{when}{details}"]
    for effect in change.effects:
        shape, name, _ = EFFECTS[effect.kind]
        said.append(f"    - {shape} **{name}:** {md(effect.message)}")
    return "\n".join(said)


def moment(when: dt.datetime, today: dt.date) -> str:
    """`Tue 24 Nov, 10:42 AM`; `when` is in the sheet's zone."""
    return f"{day_words(when.date(), today)}, {clock(when.time())}"
