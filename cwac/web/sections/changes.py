"""Changes between stored versions, day by day, restricted to the viewer, and the viewer's last visit."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Sequence
from dataclasses import dataclass
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import access
from cwac.access import Viewer
from cwac.analysis.change_effects import EffectKind
from cwac.analysis.changes import Change, changes, concerning
from cwac.analysis.events import clock, day_words
from cwac.model import Snapshot, SourceUnavailable
from cwac.refresh import sheets
from cwac.sheet.reader import read_workbook
from cwac.storage.history import Day, Since, days
from cwac.storage.store import StoreTrouble, Version
from cwac.web import county, tuning
from cwac.web.session import AGENCY, LARGE_SHEET, Session
from cwac.web.widgets import counted, link, md

VISIT_INTERVAL = dt.timedelta(minutes=10)
"""How often an open page records that its viewer is still here."""
_VISIT = "_visit_noted"
COMPARING = "Comparing with what was kept …"


def yesterday(session: Session) -> Since:
    """The start of yesterday."""
    return of_day(session, session.today - dt.timedelta(days=1))


def of_day(session: Session, day: dt.date) -> Since:
    return Since(dt.datetime.combine(day, dt.time(), ZoneInfo(session.snapshot.timezone)))


def last_visit(viewer: Viewer, now: dt.datetime) -> dt.datetime | None:
    """When a signed-in viewer's previous visit ended; None without sign-in. Records the current visit."""
    if viewer.email is None:
        return None
    name = f"{viewer.email} {county.name()}".strip()  # each county has its own changes, so its own visits
    recorded: tuple[dt.datetime, dt.datetime | None] | None = st.session_state.get(f"{_VISIT} {name}")
    store = sheets.store()
    in_trouble = any(notice.code == "store" for notice in county.live().notices)
    if store is not None and not in_trouble and (recorded is None or now - recorded[0] > VISIT_INTERVAL):
        try:
            recorded = now, store.record_visit(name, now)
        except StoreTrouble:
            return None
        st.session_state[f"{_VISIT} {name}"] = recorded
    return recorded[1] if recorded else None


@dataclass(frozen=True, slots=True)
class Listing:
    """Every change with its day, newest day first, and a summary in a few words."""

    lines: tuple[tuple[dt.date, Change], ...]
    words: str


def listing(session: Session, since: Since) -> Listing:
    """The changes that concern the selected agency. Raises `StoreTrouble`."""

    def make() -> Listing:
        days_key = repr((session.audience, "days", _question(since)))
        return _listing(session, session.cache.get(days_key, lambda: _compare(session, since)))

    return session.cache.get(_key(session, since), make)


def _key(session: Session, since: Since) -> str:
    return repr((session.audience, "told", _question(since), session.agency))


def _question(since: Since) -> tuple[object, ...]:
    # With the version's number: a sheet is shown before it is stored, and only then are its changes known.
    return since, county.live().version


def _listing(session: Session, by_day: tuple[Day, ...]) -> Listing:
    if session.agency is not None:
        by_day = tuple(Day(day.day, day.since, concerning(day.changes, session.agency)) for day in by_day)
    return Listing(tuple((day.day, change) for day in by_day for change in day.changes), tally(by_day))


def _compare(session: Session, since: Since) -> tuple[Day, ...]:
    store, live, viewer = sheets.poller(county.name()).store, county.live(), session.viewer
    if store is None:
        return ()
    own = viewer.agencies if viewer.kind == "liaison" else None
    snapshots: dict[int, Snapshot] = {}

    def read(version: Version) -> Snapshot:
        """The unrestricted snapshot of a version. Two are kept at a time, since those of a large sheet are large."""
        if version.id not in snapshots:
            for number in list(snapshots)[:-1]:
                del snapshots[number]
            with tuning.reading():
                snapshots[version.id] = read_workbook(store.load(version), session.today, session.rules)
        return snapshots[version.id]

    def readable(version: Version) -> bool:
        def try_to_read() -> bool:
            try:
                read(version)
            except SourceUnavailable:
                return False
            return True

        return session.cache.get(("readable", version.id), try_to_read)

    def compare(before: Version, after: Version | None) -> tuple[Change, ...]:
        """The changes between two versions, or to what is shown (None), computed once for all of one audience."""

        def make() -> tuple[Change, ...]:
            earlier, later = read(before), live.snapshot if after is None else read(after)
            assert later is not None
            # Both are restricted to the events shared in both.
            return changes(*access.restrict_both(earlier, later, viewer, session.rules), session.rules, own=own)

        pair = before.id, "shown" if after is None else after.id, live.version
        return session.cache.get((session.audience, "changes between", *pair), make)

    with st.spinner(COMPARING):
        return days(store, source_key(), since, session.snapshot.timezone, readable, compare)


def source_key() -> str:
    """The name under which the store has the versions of the current sheet."""
    snapshot = county.live().snapshot
    return (snapshot.url or snapshot.source) if snapshot else ""


# --- on the overview ------------------------------------------------------------------------------------------------

_FAILED = "_changes_failed"


def since_last_visit(session: Session) -> None:
    """One line with a link to the changes since the viewer's last visit, or since yesterday without sign-in.

    Comparing two versions of a large sheet takes seconds. The page is then finished first, with a placeholder for the
    line; a fragment makes the comparison and reruns the page.
    """
    before = last_visit(session.viewer, session.now)
    since = Since(before) if before else yesterday(session)
    key = _key(session, since)
    if st.session_state.get(_FAILED) == key:
        return
    if len(session.snapshot.events) > LARGE_SHEET and not session.cache.has(key):
        st.fragment(_compare_and_rerun, run_every=1.0)(session, since, key, time.monotonic())
        return
    try:
        since_then = listing(session, since)
    except StoreTrouble:
        return  # the warning at the top of the page says so
    words, view = ("your last visit", "Your last visit") if before else ("yesterday", "Yesterday")
    if since_then.lines:
        query = {"since": view} | ({AGENCY: session.agency} if session.agency else {})
        st.markdown(f"Since {words}: **{since_then.words}**")
        link("changes", "See what changed", query)
    else:
        st.markdown(f"Nothing has changed since {words}.")


def _compare_and_rerun(session: Session, since: Since, key: str, drawn_at: float) -> None:
    """Draw a placeholder while the page is drawn; on the fragment's own run, compare and rerun the page."""
    if time.monotonic() - drawn_at < 0.5:
        st.markdown(f":material/hourglass_empty: {COMPARING}")
        return
    try:
        listing(session, since)
    except StoreTrouble:
        st.session_state[_FAILED] = key
    st.rerun()


# --- in words -----------------------------------------------------------------------------------------------------

EFFECTS: dict[EffectKind, tuple[str, str, str]] = {
    "gap-opened": (":material/group_add:", "New opening", "with a new opening"),
    "gap-grew": (":material/group_add:", "More openings", "with more openings"),
    "clash-appeared": (":material/warning:", "New conflict", "with a new conflict"),
    "gap-shrank": (":material/check:", "Fewer openings", "with fewer openings"),
    "gap-closed": (":material/check:", "Opening filled", "with an opening filled"),
    "clash-ended": (":material/check:", "Conflict resolved", "with a conflict resolved"),
}
"""Effect -> icon, name, and verb phrase for the tally; effects that need action come first."""


def tally(listed_days: Sequence[Day]) -> str:
    """`7 changes; 1 with a new opening, 2 with a new conflict`."""
    kinds = [{effect.kind for effect in change.effects} for day in listed_days for change in day.changes]
    numbers = (
        (sum(kind in kinds_of_change for kinds_of_change in kinds), words) for kind, (_, _, words) in EFFECTS.items()
    )
    effects = ", ".join(f"{number} {words}" for number, words in numbers if number)
    return f"{counted(len(kinds), 'change')}; {effects}" if effects else counted(len(kinds), "change")


def line(change: Change, today: dt.date) -> str:
    """A change as a Markdown list item, with its effects below it."""
    when = f" ({md(day_words(change.date, today))})" if change.date else ""
    details = f": {md('; '.join(change.details))}" if change.details else ""
    icon = {"new": ":material/add:", "deleted": ":material/remove:"}.get(change.action, ":material/edit:")
    lines = [f"- {icon} **{md(change.subject)}**{when}{details}"]
    for effect in change.effects:
        icon, name, _ = EFFECTS[effect.kind]
        lines.append(f"    - {icon} **{name}:** {md(effect.message)}")
    return "\n".join(lines)


def moment(when: dt.datetime, today: dt.date) -> str:
    """`Tue, Nov 24, 10:42 AM`; `when` is in the sheet's zone."""
    return f"{day_words(when.date(), today)}, {clock(when.time())}"
