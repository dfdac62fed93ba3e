"""The frame in the browser: the stylesheet, the pages, Find, and the age of the data with Refresh and warnings."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import access
from cwac.access import Viewer
from cwac.analysis import find
from cwac.analysis.find import Kind, Match
from cwac.analysis.words import counted
from cwac.clock import read_clock
from cwac.date_words import clock, day_words
from cwac.refresh import sheets
from cwac.refresh.judge import as_of_sentence
from cwac.refresh.live import Live, Notice
from cwac.rounding import half_up
from cwac.settings import DEFAULT_ZONE, Settings
from cwac.settings.connections import SECONDS_BY_LINK
from cwac.storage import audit
from cwac.web import county, session, widgets
from cwac.web.blocks import ours
from cwac.web.sections import officers
from cwac.web.session import AGENCY, ALL_AGENCIES, Session
from cwac.web.viewer import access_check

KEY = "frame"
_TYPED = "_find"
"""Key in Streamlit's session state of what was typed into Find, for the one run that answers it."""


class Stylesheet:
    """Stylesheets as one element. Given their paths alone, Streamlit would read the files again on each rerun."""

    def __init__(self, *files: Path) -> None:
        self._html = f"<style>{''.join(file.read_text(encoding='utf-8') for file in files)}</style>"

    def _repr_html_(self) -> str:
        return self._html


ASSETS = Path(__file__).with_name("assets")
STYLESHEET = Stylesheet(ASSETS / "tokens.css", ASSETS / "frame.css")
"""The one stylesheet of the frame and of Streamlit's own elements."""

ICONS: Mapping[str, str] = {
    "overview": "home",
    "calendar": "calendar_month",
    "my_shifts": "assignment_ind",
    "staffing": "groups",
    "attendance": "bar_chart",
}
"""Page -> its icon in a phone's bottom bar, where only the first pages have room."""


def draw_pages(pages: Mapping[str, tuple[str, str]], current: str) -> None:
    """Draw the links to `pages` (name of the file -> title, summary), in their order."""
    links = [
        {"page": name, "title": title, "summary": summary, "icon": ICONS.get(name, "circle")}
        for name, (title, summary) in pages.items()
    ]
    ours("frame", js="frame.js", isolate_styles=False)(key="pages", data={"pages": links, "current": current})


def show_live_part(viewer: Viewer, words: str) -> None:
    """Draw Find and the age of the data, and announce `words`; call this in a fragment, which a search reruns."""
    updated, shown = age(viewer), session.current()
    typed = str(st.session_state.pop(_TYPED, ""))
    component = ours("frame", js="frame.js", isolate_styles=False)
    component(
        key=KEY,
        data={
            "updated": updated,
            "words": words,
            "finds": scope_words(shown) if shown else "",
            "found": find_matches(shown, typed) if shown and typed else None,
        },
        on_find_change=_typed,
    )


def _typed() -> None:
    typed = getattr(st.session_state.get(KEY), "find", None)
    st.session_state[_TYPED] = typed[: find.LONGEST] if isinstance(typed, str) else ""


# --- Find ---------------------------------------------------------------------------------------------------------
# What is typed is neither put in the URL nor logged nor kept.

GROUPS: Mapping[Kind, str] = {
    "officer": "Officers",
    "agency": "Agencies",
    "town": "Towns",
    "venue": "Venues",
    "event": "Events",
}
"""Kind -> heading above its matches."""

NOTHING = "Nothing found among what is open to you. Find knows {what} by name, and events by their ID."
SHORT = "Type two letters or more."


def scope_words(session: Session) -> str:
    return "officers, agencies, towns and venues" if session.sees_staffing else "agencies, towns and venues"


def find_matches(session: Session, typed: str) -> Mapping[str, Any]:
    """The matches as data for the browser, which shows every text as text."""
    groups = find.search(session.snapshot, session.ask(find.index, session.today), typed)
    if groups is None:
        return {"typed": typed, "said": SHORT, "groups": []}
    count = sum(len(group.matches) + group.more for group in groups)
    return {
        "typed": typed,
        "said": f"{counted(count, 'match', 'matches')}." if count else NOTHING.format(what=scope_words(session)),
        "groups": [
            {
                "name": GROUPS[group.kind],
                "links": [
                    {"text": match.label, "detail": match.detail, "target": _target(session, match)}
                    for match in group.matches
                ],
                "more": f"{group.more:,} more: keep typing to narrow this down." if group.more else "",
            }
            for group in groups
        ],
    }


def _target(session: Session, match: Match) -> Mapping[str, Any]:
    """The event or page that a match opens: an event for an officer whom a liaison sees only at shared events."""
    if match.opens == "event":
        return {"event": match.key}
    if match.opens != "officer":
        return {"page": "calendar", "query": {AGENCY if match.opens == "agency" else "town": match.key}}
    names = session.ask(officers.names, officers.own_agencies(session, of_all=True))
    label = next((label for label, person in names.items() if person == match.key), None)
    if label is None and (event_id := find.event_of(session.snapshot, match.key, session.today)):
        return {"event": event_id}
    query = {} if label is None else {"officer": label}
    if label not in session.ask(officers.names, officers.own_agencies(session)):
        query[AGENCY] = ALL_AGENCIES  # the agency that is selected leaves this officer out
    return {"page": "my_shifts", "query": query}


# --- the age of the data -----------------------------------------------------------------------------------------

_SHOWN_VERSION = "_drawn"
_ANNOUNCED = "_said"
_REFRESH_ANSWER = "_asked_to_refresh"

REFRESH_WAIT = 4.0
"""Seconds that a click on Refresh waits for the poller; a later version appears by itself."""


def poll_seconds(settings: Settings) -> float:
    """Seconds between a page's checks for a new version."""
    return max(2.0, min(10.0, settings.refresh_seconds / 3))


def announcement(live: Live, viewer: Viewer) -> str:
    """What screen readers say about the data: the answer to a click on Refresh, or that a new version is shown.

    Call this once a run, before `show_refresh`.
    """
    public = viewer.kind == "public"
    drawn, now = st.session_state.get(_SHOWN_VERSION), (county.name(), live.generation)
    st.session_state[_SHOWN_VERSION] = now
    message = st.session_state.get(_REFRESH_ANSWER)
    if message is None and drawn is not None and drawn[0] == now[0] and drawn != now:
        message = f"This page shows a new version. {sentence(live, public)}" if not live.trouble else None
        message = message or sentence(live, public)
    if message is not None:
        st.session_state[_ANNOUNCED] = message
    return str(st.session_state.get(_ANNOUNCED, ""))


def show_refresh(viewer: Viewer) -> None:
    """Draw the Refresh button, and what came of a click. Public viewers cannot trigger a read."""
    if viewer.kind != "public":
        st.button("Refresh", on_click=_refresh, type="tertiary", icon=":material/refresh:", key="refresh")
    message = st.session_state.pop(_REFRESH_ANSWER, None)
    if message is not None:
        with st.container(key="refreshed"):
            st.caption(widgets.message_markdown(message))


def sentence(live: Live, public: bool) -> str:
    """The age of the data in words, in the sheet's zone; empty for public viewers before the first read."""
    return as_of_sentence(_told(live, public), read_clock(_zone(live))) if live.snapshot or not public else ""


def _zone(live: Live) -> ZoneInfo:
    return ZoneInfo(live.snapshot.timezone if live.snapshot else DEFAULT_ZONE)


def _told(live: Live, public: bool) -> Live:
    """What this viewer is told: public viewers learn nothing of trouble, nor when a file was saved."""
    return replace(live, trouble=None, as_of=live.confirmed) if public and live.snapshot else live


def age(viewer: Viewer) -> str:
    """When the data shown was updated; if it is stale, this is drawn as a warning instead, and the text is empty.

    Call this in a fragment that runs every `poll_seconds`: it reruns the page when there is a new version. Public
    viewers are not told about trouble with the source.
    """
    live, public = county.live(), viewer.kind == "public"
    told = _told(live, public)
    if not access_check(viewer, county.name())():
        st.rerun()
    if _is_newer(live):
        if "event" not in st.query_params:
            st.rerun()
        _offer("frame")
    message = sentence(live, public)
    if message and told.as_of and told.is_current(read_clock()):
        local, now = told.as_of.astimezone(_zone(live)), read_clock(_zone(live))
        day = "" if local.date() == now.date() else f"{day_words(local.date(), now.date())}, "
        return f"Updated {day}{clock(local)}"
    if message and live.snapshot:  # else the page itself says why there is nothing
        with st.container(key="stale"):  # a line of its own below the bar
            icon = ":material/warning: " if live.as_of else ""
            st.markdown(f"{icon}{widgets.message_markdown(message)}")
    return ""


def _is_newer(live: Live) -> bool:
    return st.session_state.get(_SHOWN_VERSION) != (county.name(), live.generation)


def offer_in_dialog() -> None:
    """In an open dialog, offer a new version as a button; the page below is not redrawn until it is pressed."""
    if _is_newer(county.live()):
        st.info("The sheet has changed since this was opened.", icon=":material/info:")
        _offer("dialog")


def _offer(where: str) -> None:
    if st.button("A new version is here. Show it", key=f"show-new-version-{where}"):
        st.rerun()


def _refresh() -> None:
    before = county.live()
    if not sheets.refresh_now(county.name()):
        st.session_state[_REFRESH_ANSWER] = _refusal(before)
        return
    now = _wait_for_look(before)
    if now.attempted == before.attempted:
        st.session_state[_REFRESH_ANSWER] = "Asked. This page shows the answer as soon as it is here."
    elif now.trouble is None and now.generation == before.generation:
        st.session_state[_REFRESH_ANSWER] = "Looked just now: nothing has changed."


def _wait_for_look(before: Live) -> Live:
    until = time.monotonic() + REFRESH_WAIT
    while county.live().attempted == before.attempted and time.monotonic() < until:
        time.sleep(0.05)
    return county.live()


def _refusal(live: Live) -> str:
    if live.trouble is not None and live.trouble.cause == "rate-limit":
        return f"{live.source} asks us to wait. The next look comes by itself."
    if county.settings().reads == "link":
        minutes = half_up(SECONDS_BY_LINK / 60)
        return f"A sheet that is read by its link is looked at every {minutes} minutes. The next look comes by itself."
    return "Somebody asked for a look within the last 10 seconds. Try again in a moment."


def show_notices(live: Live, viewer: Viewer) -> None:
    """Draw the poller's warnings; a coordinator may show a collapsed sheet anyway."""
    if live.trouble is not None and live.snapshot is not None:
        widgets.show_to_copy(str(live.trouble))
    for notice in live.notices:
        with st.container(gap="xsmall"):
            st.warning(widgets.md(notice), icon=":material/warning:")
            if access.may_open(viewer, "changes") and notice.code in LOSS_CODES and notice.version is not None:
                widgets.link("changes", "See what was lost", {"since": "A version", "version": str(notice.version)})
            if notice.may_accept and viewer.kind == "coordinator":
                st.button(
                    "Show it anyway",
                    on_click=_accept,
                    args=(notice, viewer),
                    icon=":material/visibility:",
                    help="For everybody: use it if what is gone was taken out on purpose. The previous version stays "
                    "on the Changes page.",
                    key="accept",
                )


LOSS_CODES = ("large-deletion", "large-change")


def _accept(notice: Notice, viewer: Viewer) -> None:
    if not access_check(viewer, county.name())():
        st.session_state[_REFRESH_ANSWER] = "You may no longer do this."
        return
    before = county.live()
    if not sheets.poller(county.name()).accept(notice):
        st.session_state[_REFRESH_ANSWER] = (
            "The sheet has changed again since this page was drawn. Look at what it says now."
        )
        return
    person = viewer.email or "somebody at this machine"
    audit.note(person, f"showed the sheet{widgets.in_county()} though much had vanished from it")
    _wait_for_look(before)
