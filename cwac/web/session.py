"""The door: who is looking, what is open to them, and `enter()`, the only way in which a page gets data."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import access, logs
from cwac.access import Viewer
from cwac.model import Snapshot
from cwac.refresh import sheets
from cwac.refresh.poller import Live
from cwac.settings import Rules, Settings
from cwac.storage import audit
from cwac.web import cache, county, freshness, widgets
from cwac.web.cache import Cache
from cwac.web.sign_in import OUTCOME
from cwac.web.viewer import VIEW_AS, name_of, still_open, viewer_of
from cwac.web.widgets import md

_Answer = TypeVar("_Answer")
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Session:
    """What a page is given: the share of the snapshot that this viewer may see, and when it is.

    `today` is the day on which the snapshot was read, `now` the time, both in the sheet's zone; `agency` is the one
    chosen in the frame, None for all; `county` has a name only where several are served.
    """

    viewer: Viewer
    snapshot: Snapshot
    today: dt.date
    now: dt.datetime
    rules: Rules
    cache: Cache
    agency: str | None = None
    county: str = ""

    @property
    def sees_staffing(self) -> bool:
        return self.may_open("staffing")

    @property
    def audience(self) -> Hashable:
        """Viewers of one audience see the same snapshot, so they share answers."""
        return self.viewer.kind, self.viewer.agencies

    def may_open(self, page: str) -> bool:
        return access.may_open(self.viewer, page)

    def ask(self, answer: Callable[..., _Answer], *args: Any, **named: Any) -> _Answer:
        """`answer(snapshot, *args, **named)` through the cache; callers share the result and never change it.

        Arguments are part of the key, so they are plain values. A name that begins with an underscore is left out of
        the key: its value must follow from the snapshot and the other arguments.
        """
        if answer.__module__ == "__main__":
            raise TypeError(f"{answer.__qualname__} is defined in a page, and two pages may have one of that name")
        keyed = {name: value for name, value in named.items() if not name.startswith("_")}
        key = repr((self.audience, answer.__module__, answer.__qualname__, args, keyed))
        return self.cache.get(key, lambda: answer(self.snapshot, *args, **named))


CACHE_SIZE = 512
"""Answers cached for all counties together; more of them hardly speed up a page."""

SMALLEST_CACHE = 64
"""Answers cached for each of many counties."""

LARGE_SHEET, CACHE_SIZE_OF_LARGE_SHEET = 5_000, 256
"""From this many events on, answers are large, and fewer of them are cached."""


def _cache_of(sheet: str, snapshot: Snapshot) -> Cache:
    large = len(snapshot.events) > LARGE_SHEET
    size = CACHE_SIZE_OF_LARGE_SHEET if large else max(SMALLEST_CACHE, CACHE_SIZE // len(sheets.names()))
    return cache.of_version(sheet, (snapshot.content_hash, snapshot.today), size)


def look() -> Live:
    """What there is to show. Only the first visitors after a start wait for it, for a moment."""
    live = county.live()
    return live if live.snapshot or live.trouble else sheets.refresher(county.name()).wait(FIRST_WAIT)


FIRST_WAIT = 0.75
"""Seconds, in which a file is read and a kept version found; for a source that is slow, a sentence is better than a
blank page."""

FIRST_READ = "Reading the sheet for the first time… This page opens by itself."


# --- around every page --------------------------------------------------------------------------------------------


def sample_ribbon(live: Live) -> None:
    agencies = [agency.short for agency in live.snapshot.agencies] if live.snapshot else []
    with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
        st.markdown(
            ":orange-badge[SAMPLE] Real agencies and towns, made-up officers and numbers. "
            "Your own sheet takes their place.",
            width="content",
        )
        st.selectbox(
            "Look as",
            ["coordinator", *(f"liaison {short}" for short in agencies), "public"],
            key=VIEW_AS,
            bind="query-params",
            width=190,
            label_visibility="collapsed",
        )


def heading(title: str, viewer: Viewer, live: Live, settings: Settings) -> None:
    """The page's title, the agency switch, how old the data is, and who is looking."""
    agencies = [agency.short for agency in live.snapshot.agencies] if live.snapshot else []
    with st.container(horizontal=True, vertical_alignment="bottom", horizontal_alignment="distribute"):
        st.title(title, anchor=False, width="content")
        county.switch()
        row = widgets.Filters()
        if agencies:
            row.one("Agency", ["All agencies", *agencies], AGENCY)
        with st.container(width="content", gap="xsmall"):
            freshness.show(live, settings, viewer)
            _who(viewer, settings)
    county.say()
    row.say()
    if viewer.email is None and settings.auth and (said := why_not_signed_in(settings)):
        st.warning(said)
    if viewer.kind != "public":
        freshness.notices(live, viewer)
    if viewer.kind == "coordinator" and (trouble := sheets.access_trouble()):
        st.warning(md(f"The settings file cannot be used. {trouble}"), icon=":material/warning:")


AGENCY = "agency"


def _who(viewer: Viewer, settings: Settings) -> None:
    if viewer.email is not None:
        with st.popover(viewer.email):
            st.markdown(f"{viewer.kind.capitalize()}, {md(', '.join(viewer.agencies) or 'no agency')}")
            st.button("Sign out", on_click=st.logout)
    elif settings.auth and not settings.sample:
        st.button("Sign in", on_click=st.login)
    elif viewer.kind == "coordinator" and not settings.sample:
        st.caption("Open on this machine only (local = true): no sign-in, a coordinator's view.")


TURNED_AWAY = {
    "not-open": ("This page is not open to you", "If it should be, ask whoever coordinates your county's sheet."),
    "sign-in": ("Coffee with a Cop", "Sign in with the address of your agency to see the dashboard."),
    "not-listed": (
        "You are signed in, but not on the list",
        "Ask whoever coordinates your county's sheet to add your address to `viewers` in the dashboard's settings.",
    ),
    "unverified": (
        "You are signed in, but not on the list",
        "The sign-in service does not say that this address is yours, so it counts for nothing. "
        "Ask whoever runs the dashboard to have it verified there.",
    ),
    "unusual-address": (
        "You are signed in, but not on the list",
        "The sign-in service gives an address that cannot be used: it must be a single one, in plain letters (a to z). "
        "Ask whoever runs the dashboard to have it corrected there.",
    ),
    "no-key": (
        "Open the address that the terminal printed",
        "This dashboard is open to whoever started it: go to the address in that terminal that has `/local?key=` in "
        "it, which is another one after each start.",
    ),
    "set-up": (
        "A sheet is configured, but not who may see it",
        "Nothing is shown until the operator has written one of these into `.streamlit/secrets.toml` and restarted:\n\n"
        "- an `[auth]` section, so that people sign in, and `[access]` with `viewers` and `coordinators`;\n"
        "- or `local = true` under `[access]`, to try it on one machine, while the server listens on that machine only "
        "(`server.address` is `localhost`).",
    ),
}
"""What is said instead of a page, and what to do about it."""

NOT_SIGNED_IN = {
    "refused": "You were not signed in: you cancelled, or your agency's sign-in did not let you through. Try again.",
    "unreachable": "The sign-in service does not answer. Try again in a few minutes; if this lasts, tell whoever runs "
    "the dashboard.",
    "failed": "Signing in did not work. Try once more; if this lasts, tell whoever runs the dashboard.",
}
"""What is said after a sign-in that did not work."""


def why_not_signed_in(settings: Settings) -> str | None:
    """Why somebody who tried is not signed in, None where nobody tried."""
    if st.user.to_dict().get("is_logged_in") is True:
        return (
            f"It is more than {widgets.counted(settings.sign_in_days, 'day')} since you signed in. Please do so again."
        )
    return NOT_SIGNED_IN.get(st.context.cookies.get(OUTCOME, ""))


def turned_away(why: str, viewer: Viewer, page: str) -> None:
    """Say so in place of the page, and note it."""
    _note_once(viewer, f"was refused {page}: {why}", stranger=True)
    title, advice = TURNED_AWAY[why]
    st.title(title, anchor=False)
    trouble = county.live().trouble
    if why == "set-up" and trouble is not None and trouble.cause == "settings":
        advice = "The settings cannot be used. The terminal in which the dashboard was started, or its log, says why."
    st.markdown(advice)
    if why in ("unverified", "unusual-address"):
        st.button("Sign out", on_click=st.logout)
    elif viewer.email is not None:
        st.markdown(f"Signed in as {md(viewer.email)}.")
        st.button("Sign out", on_click=st.logout)
    elif why == "sign-in":
        if said := why_not_signed_in(county.settings()):
            st.warning(said)
        st.button("Sign in", on_click=st.login, type="primary")


# --- the door -----------------------------------------------------------------------------------------------------


def enter(page: str) -> Session:
    """Let the viewer in to this page (its file's name), or say why not and stop.

    The frame lists only pages that are open to the viewer; here it is asked again, before there is any data.
    """
    live, settings = county.live(), county.settings()
    viewer, doorway = viewer_of(live, settings)
    if doorway != "open" or not access.may_open(viewer, page):
        _log.warning("Refused: page %s to a viewer of kind %s (%s)", page, viewer.kind, doorway)
        turned_away("not-open" if doorway == "open" else doorway, viewer, page)
        st.stop()
    if live.snapshot is None:
        no_data(live, viewer)
    full, of = live.snapshot, county.name()
    where = "".join([*(f" of {one}" for one in viewer.agencies), f" in {of}" if of else ""])
    _note_once(viewer, f"came in as {viewer.kind}{where}")
    st.session_state[widgets.WHO] = name_of(viewer) or viewer.kind
    st.session_state[widgets.STILL_OPEN] = still_open(viewer, of)
    answers = _cache_of(of, full)
    audience = viewer.kind, viewer.agencies
    snapshot = answers.get(("restrict", audience), lambda: access.visible_to(viewer, full))
    agency = st.session_state.get(AGENCY)
    return Session(
        viewer=viewer,
        snapshot=snapshot,
        today=snapshot.today,
        now=dt.datetime.now(ZoneInfo(snapshot.timezone)),
        rules=settings.rules,
        agency=agency if agency in snapshot.agency_by_short else None,
        county=of,
        cache=answers,
    )


def _note_once(viewer: Viewer, what: str, *, stranger: bool = False) -> None:
    """Into the audit, once for each time that somebody signed in; of strangers only where asked for."""
    if what in st.session_state.setdefault(_NOTED, set()):
        return
    st.session_state[_NOTED].add(what)
    who = name_of(viewer)
    if who is not None:
        audit.note(who, what, once=f"{who} {st.user.to_dict().get('iat')} {what}")
    elif stranger:
        audit.note_stranger(what)


_NOTED = "_noted"


def no_data(live: Live, viewer: Viewer) -> NoReturn:
    """Nothing has been read yet, or ever could be: why, and what to do. A stranger is not told about the source."""
    if live.trouble is None:
        st.info(FIRST_READ)
        st.fragment(_open_once_read, run_every=1.0)(live.generation)
    elif viewer.kind == "public":
        st.error("The sheet cannot be read at the moment. Please come back later.", icon=":material/error:")
    else:
        st.error(md(live.trouble.sentence), title="The sheet cannot be read", icon=":material/error:")
        if live.trouble.remedy:
            st.markdown(md(live.trouble.remedy))
    st.stop()


def _open_once_read(generation: int) -> None:
    if county.live().generation != generation:
        st.rerun()


# --- when a page fails ----------------------------------------------------------------------------------------------


def failed(error: Exception) -> bool:
    """One sentence to the viewer; to the log where it happened, without the message, which may quote a cell."""
    _log.error("A page failed: %s at %s", type(error).__name__, logs.place(error))
    st.error(
        "Something went wrong on our side. It has been logged; the other pages still work.", icon=":material/error:"
    )
    return True
