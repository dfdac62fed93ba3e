"""Changes between stored versions, day by day, the viewer's last visit, and the versions to download."""

from __future__ import annotations

import datetime as dt
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import streamlit as st

from cwac.access import Viewer
from cwac.analysis.alerts import ALERT_CODES
from cwac.analysis.changes import Change, Effect, EffectKind, Upset, concerning
from cwac.analysis.events import state_words, where
from cwac.analysis.words import counted
from cwac.clock import read_clock
from cwac.date_words import clock, day_words
from cwac.exports import workbooks
from cwac.exports.colors import agency_colors
from cwac.model import Snapshot
from cwac.refresh import sheets
from cwac.storage.history import Day, Since, days
from cwac.storage.store import StoreTrouble, Version
from cwac.web import blocks, county, event_cards, widgets
from cwac.web.blocks import Block, Line, Piece, Tone, draw
from cwac.web.comparing import VersionComparison
from cwac.web.session import AGENCY, LARGE_SHEET, Session

VISIT_INTERVAL = dt.timedelta(minutes=10)
"""How often an open page records that its viewer is still here."""
_VISIT = "_visit_noted"
COMPARING = "Comparing with what was kept …"


def show(session: Session) -> None:
    """The changes since a moment or a version, by day, and the stored versions for coordinators."""
    today, store = session.today, sheets.store()
    try:
        every = store.versions(source_key()) if store else ()
        kept = [version for version in every if version.good]  # newest first
        visited = last_visit(session.viewer, session.now)
        views = ["Yesterday", *(["Your last visit"] if visited else []), "A date", "A version"]
        with widgets.FilterRow() as row:
            view = row.view("Since", views, "since")
            if view == "A date":
                day = row.day("From", today - dt.timedelta(days=7), "from")
                since, words = of_day(session, day), day_words(day, today)
            elif view == "A version" and kept:
                # The newest last, since nothing can have changed since it.
                labels = {str(each.id): f"{each.id}: {moment(session, each.at)}" for each in (*kept[1:], kept[0])}
                number = row.select("Since version", list(labels), "version", 300, labels)
                since, words = Since(version=int(number)), f"version {number}"
            elif view == "Your last visit":
                since, words = Since(visited), "your last visit"
            else:
                since, words = yesterday(session), "yesterday"
        found = listing(session, since)
    except StoreTrouble as trouble:
        widgets.headline("What changed cannot be told at the moment.")
        st.warning(widgets.message_markdown(str(trouble)), icon=":material/warning:")
        st.stop()
    _show_listing(session, found, since, words, view, kept)
    if session.viewer.kind == "coordinator":
        show_versions(session, kept)


def _show_listing(
    session: Session, found: Listing, since: Since, words: str, view: str, kept: Sequence[Version]
) -> None:
    today, zone, groups = session.today, ZoneInfo(session.snapshot.timezone), found.groups
    # The known changes begin at the requested moment, but not before the oldest version.
    selected = [version.at for version in kept if version.id == since.version]
    begun = since.moment or (selected[0] if selected else kept[-1].at if kept else read_clock(zone))
    begun = max(begun, kept[-1].at if kept else begun).astimezone(zone)
    start = moment(session, begun)
    is_before_history = since.moment is not None and since.moment.astimezone(zone).date() < begun.date()
    if len(kept) < 2 and not groups:
        widgets.headline("No change has been seen yet.")
        widgets.empty(
            "Only one version of the sheet has been seen so far. From the next edit on, changes are listed here."
        )
    else:
        widgets.headline(headline(found, start if is_before_history else words, session.agency))
    if view == "A date" and is_before_history:
        st.markdown(f"History starts {widgets.md(start)}.")
    if groups:
        order = "newest day first; in a day what moved or is off, then the next event"
        groups = tuple(widgets.page_of(groups, f"Since {widgets.md(start)}, {order}", "changes"))
    elif len(kept) > 1:
        for_agency = f" for {widgets.md(session.agency)}" if session.agency else ""
        widgets.empty(f"No change{for_agency} since {widgets.md(start)}.")
    for day in dict.fromkeys(day for day, _ in groups):
        st.header(widgets.md(event_cards.day_from_today(day, today)), anchor=False)
        changed = [group for changed_on, group in groups if changed_on == day]
        draw(f"changes-{day}", cards(changed, session.snapshot, day))


def yesterday(session: Session) -> Since:
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
    if store is not None and not in_trouble and (recorded is None or abs(now - recorded[0]) > VISIT_INTERVAL):
        try:
            recorded = now, store.record_visit(name, now)
        except StoreTrouble:
            return None
        st.session_state[f"{_VISIT} {name}"] = recorded
    return recorded[1] if recorded else None


EffectCount = Upset | Literal["opened", "conflicts", "filled", "solved"]
NAMED = 2
"""Events that moved or are off named on the overview."""
WORDS: Mapping[EffectCount, tuple[str, str]] = {
    "opened": ("position opened", "positions opened"),
    "conflicts": ("new conflict", "new conflicts"),
    "filled": ("position filled", "positions filled"),
    "solved": ("conflict solved", "conflicts solved"),
}
"""What changes did to the staffing -> its words for one and for several."""


@dataclass(frozen=True, slots=True)
class Listing:
    """The changes of each event or other row with their day, newest day first, and what they did to the staffing."""

    groups: tuple[tuple[dt.date, tuple[Change, ...]], ...]
    effects: Mapping[EffectCount, int]

    def told(self) -> Iterator[tuple[EffectCount, str, str]]:
        """Each effect, what precedes it, and its words: only events that moved or are off are among the changes."""
        before = ", among them " if len(self.groups) > 1 else ": "
        for effect, number in self.effects.items():
            if effect in WORDS:
                yield effect, ", " if before == "; " else "; ", counted(number, *WORDS[effect])
                before = "; "
            else:
                yield effect, before, f"{number:,} {effect}"
                before = ", "

    def summary(self, snapshot: Snapshot) -> Line:
        """`, among them 1 moved (Mon, Nov 30, Weed Starbucks); 4 positions opened`, events as links."""
        every = [change for _, group in self.groups for change in group]
        line: list[Piece] = []
        for effect, before, words in self.told():
            found = [snapshot.event_by_id.get(each.event_id or "") for each in every if each.upset == effect]
            links = [
                blocks.event_link(event.id, f"{day_words(event.date, snapshot.today)}, {where(event)}")
                for event in dict.fromkeys(filter(None, found))
            ]
            line += [before, blocks.strong(words)]
            more = [f" and {len(links) - NAMED} more"] if len(links) > NAMED else []
            named = [piece for link in links[:NAMED] for piece in (", ", link)][1:]
            line += [" (", *named, *more, ")"] if links else []
        return line


def listing(session: Session, since: Since) -> Listing:
    """The changes that concern the selected agency. Raises `StoreTrouble`."""
    return listing_of(session.cache.get(_key(session, since), lambda: _compare(session, since)), session.agency)


def _key(session: Session, since: Since) -> str:
    # With the version's number: a sheet is shown before it is stored, and only then are its changes known.
    return repr((session.audience, "days", since, county.live().version))


def listing_of(by_day: tuple[Day, ...], agency: str | None) -> Listing:
    if agency is not None:
        by_day = tuple(Day(day.day, day.since, concerning(day.changes, agency)) for day in by_day)
    return Listing(tuple((day.day, group) for day in by_day for group in by_event(day.changes)), tally(by_day))


def headline(listing: Listing, since: str, agency: str | None) -> str:
    """`4 changes since yesterday, among them 1 moved; 4 positions opened.`"""
    whose = f" for {agency}" if agency else ""
    if not listing.groups:
        return f"Nothing changed{whose} since {since}."
    did = [words for _, *told in listing.told() for words in told]
    return f"{counted(len(listing.groups), 'change')}{whose} since {since}{''.join(did)}."


def _compare(session: Session, since: Since) -> tuple[Day, ...]:
    store, live = sheets.poller(county.name()).store, county.live()
    if store is None or live.snapshot is None:
        return ()
    versions = VersionComparison(store, session.county, live, live.snapshot, session.rules, session.viewer)
    with st.spinner(COMPARING):
        return days(store, source_key(), since, session.snapshot.timezone, versions.is_readable, versions.changes)


def source_key() -> str:
    """The name under which the store has the versions of the current sheet."""
    snapshot = county.live().snapshot
    return snapshot.identity if snapshot else ""


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
    if since_then.groups:
        query = {"since": view} | ({AGENCY: session.agency} if session.agency else {})
        link = blocks.page_link("changes", counted(len(since_then.groups), "change"), query)
        draw("changes-since", blocks.lines([f"Since {words}: ", link, *since_then.summary(session.snapshot)]))
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


def moved(session: Session) -> Mapping[str, Line]:
    """Event -> `▲ Moved today: start 8:00 → 9:00 AM`, of those that moved since yesterday.

    Comparing the versions of a large sheet takes seconds, so there it is said once another page has compared them.
    """
    since = yesterday(session)
    if len(session.snapshot.events) > LARGE_SHEET and not session.cache.has(_key(session, since)):
        return {}
    try:
        groups = listing(session, since).groups
    except StoreTrouble:
        return {}
    said: dict[str, Line] = {}
    for day, group in groups:
        for change in group:
            if change.event_id and change.upset == "moved":
                words = f" {'today' if day == session.today else 'yesterday'}: "
                said.setdefault(change.event_id, [blocks.chip("Moved", "warning"), words, ", ".join(change.moves)])
    return said


GOOD: frozenset[EffectKind] = frozenset({"gap-shrank", "gap-closed", "clash-ended"})


def tally(listed_days: Sequence[Day]) -> Mapping[EffectCount, int]:
    """How often the changes did what, without what none did; positions count as in the chips of each change."""
    every = [change for day in listed_days for change in day.changes]
    conflicts = Counter(kind for change in every for kind in {effect.kind for effect in change.effects})
    upset = Counter(change.upset for change in every)
    numbers: Mapping[EffectCount, int] = {
        **{kind: upset[kind] for kind in get_args(Upset)},
        "opened": sum(max(0, change.openings) for change in every),
        "conflicts": conflicts["clash-appeared"],
        "filled": sum(max(0, -change.openings) for change in every),
        "solved": conflicts["clash-ended"],
    }
    return {effect: number for effect, number in numbers.items() if number}


def moment(session: Session, at: dt.datetime) -> str:
    """`Tue, Nov 24, 10:42 AM`, in the sheet's zone."""
    local = at.astimezone(ZoneInfo(session.snapshot.timezone))
    return f"{day_words(local.date(), session.today)}, {clock(local.time())}"


def by_event(changed: Sequence[Change]) -> tuple[tuple[Change, ...], ...]:
    """The changes of a day, those of an event and of its follow-ups together, events first that moved or are off."""
    groups: dict[tuple[str, str], list[Change]] = {}
    for change in changed:
        of_event = change.event_id is not None
        groups.setdefault(("Events", change.event_id or "") if of_event else (change.tab, change.id), []).append(change)
    return tuple(sorted(map(tuple, groups.values()), key=lambda group: not any(change.upset for change in group)))


def cards(changed: Sequence[Sequence[Change]], snapshot: Snapshot, day: dt.date) -> Block:
    colors = agency_colors(snapshot)
    each = [_card(group, snapshot, colors) for group in changed]
    return blocks.cards(each, f"Changes of {day_words(day, snapshot.today)}")


def _card(group: Sequence[Change], snapshot: Snapshot, colors: Mapping[str, str]) -> Mapping[str, Any]:
    """One card: the event as a link, before → after, and what that did to the staffing as chips."""
    event = snapshot.event_by_id.get(group[0].event_id or "")
    chips = [chip for change in group for chip in effect_chips(change)]
    lines: list[Line] = []
    for change in group:
        details = change.details  # `start 8:00 → 9:00 AM`, …
        if change.tab == "Follow-ups":
            details = (change.sentence,)  # in one line that names it
        elif change.tab == "Events" and change.action == "new" and event is not None:
            details = (state_words(event), *details[1:])  # the first one repeats the day and time
        lines += [[f"{line[:1].upper()}{line[1:]}"] for line in details]
    lines += [[effect.message] for change in group for effect in change.effects if effect.kind == "clash-appeared"]
    if event is None:
        day = group[0].date
        title: Line = [blocks.strong(group[0].subject), f", {day_words(day, snapshot.today)}" if day else ""]
        place: Line = []
    else:
        moved = any(change.upset == "moved" for change in group)
        title = [*event_cards.title(event, snapshot.today), *([" ", blocks.chip("Moved", "warning")] if moved else [])]
        place = event_cards.place(event, colors)
    tone: Tone = "warning" if any(effect.kind not in GOOD for change in group for effect in change.effects) else "plain"
    return blocks.card(title, place, *lines, chips, tone=tone)


def effect_chips(change: Change) -> Line:
    """`New event`, `1 officer fewer`, `4 positions opened`, `New: no host`, `Solved: no host`."""
    done = {"new": "New event", "deleted": "Deleted"}.get(change.action) if change.tab == "Events" else None
    chips: list[Piece] = [blocks.chip(done)] if done else []
    if change.officers:
        more = change.officers > 0
        words = f"{counted(abs(change.officers), 'officer')} {'more' if more else 'fewer'}"
        chips.append(blocks.chip(words, "good" if more else "warning"))
    if change.openings:
        opened = change.openings > 0
        words = counted(abs(change.openings), *WORDS["opened" if opened else "filled"])
        chips.append(blocks.chip(words, "warning" if opened else "good"))
    kinds: dict[tuple[bool, str], list[Effect]] = {}
    for effect in change.effects:
        if effect.code != "understaffed" or not change.openings:  # else the number of openings says it
            kinds.setdefault((effect.kind not in GOOD, effect.code), []).append(effect)
    for (is_bad, code), effects in sorted(kinds.items(), key=lambda item: not item[0][0]):
        label = ALERT_CODES[code]
        if agencies := list(dict.fromkeys(effect.agency for effect in effects if effect.agency)):
            label = f"No officer from {', '.join(agencies)}"
        if code == "no-supervisor" and not is_bad and change.officers < 0:
            chips.append(blocks.chip("Supervisor no longer required"))  # fewer than four officers need none
            continue
        words = f"{'New' if is_bad else 'Solved'}: {label[0].lower()}{label[1:]}"
        chips.append(blocks.chip(words, "warning" if is_bad else "good"))
    return chips


# --- stored versions ------------------------------------------------------------------------------------------------

SHOWN_VERSIONS = 20


def show_versions(session: Session, versions: Sequence[Version]) -> None:
    """The last `SHOWN_VERSIONS` versions as a table, and a download of any."""
    if not versions:
        return
    st.header("Saved versions", anchor=False)
    st.markdown(
        f"{counted(len(versions), 'version')} since {widgets.md(moment(session, versions[-1].at))}. "
        "Each holds the whole sheet as it was. To bring something back, download the version and copy the cells over."
    )
    labels = {version.id: f"{version.id}: {moment(session, version.at)}" for version in versions}
    with st.container(horizontal=True, vertical_alignment="bottom"):
        number = st.selectbox("Version", list(labels), format_func=labels.__getitem__, key="take", width=260)
        if number is not None:
            source = source_key()  # here, as a file is made in another thread, which has no session state
            make = partial(_as_xlsx, number, source)
            file, what = f"sheet-version-{number}.xlsx", f"version {number} of the sheet"
            widgets.download("Download as .xlsx", file, make, widgets.XLSX, audited=what)
    shown = versions[:SHOWN_VERSIONS]
    columns = {"First seen": [version.at for version in shown], "Last seen": [version.seen_at for version in shown]}
    seen = {name: [widgets.md(moment(session, at)) for at in each] for name, each in columns.items()}
    widgets.table({"Version": [str(version.id) for version in shown], **seen}, "Saved versions of the sheet")
    if len(versions) > SHOWN_VERSIONS:
        st.caption(f"The last {SHOWN_VERSIONS} of {len(versions)}. The others are in the list above.")


def _as_xlsx(number: int, source: str) -> bytes:
    store = sheets.store()
    version = store.version(number) if store else None
    if store is None or version is None or version.source != source:
        raise LookupError("no such version")
    return workbooks.version_workbook(store.load(version))
