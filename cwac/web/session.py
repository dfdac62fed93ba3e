"""Sessions: `enter(page)` checks access and is the only way in which a page gets data."""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import access, logs
from cwac.access import Viewer
from cwac.analysis.words import counted
from cwac.checks.configured import command
from cwac.clock import read_clock
from cwac.model import Snapshot
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Rules, Settings
from cwac.storage import audit
from cwac.web import blocks, cache, county, widgets
from cwac.web.blocks import draw
from cwac.web.cache import Cache
from cwac.web.responses import OUTCOME
from cwac.web.sections import sheet_reading
from cwac.web.viewer import access_check, audit_name, is_local

_Answer = TypeVar("_Answer")
_log = logging.getLogger(__name__)

AGENCY = "agency"
"""Key of the agency switch in the URL and in Streamlit's session state."""
ALL_AGENCIES = "All agencies"
"""The switch's first choice, preselected for coordinators and the public."""


@dataclass(frozen=True)
class Session:
    """One run of a page: the viewer, the snapshot restricted to what they may see, and the time.

    `today` is the day on which the snapshot was read, `now` the current time, both in the sheet's zone. `agency` is
    the one selected at the top of the page, None for all. `county` is empty if only one sheet is served.
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
    def own_officer(self) -> str | None:
        """ID of the officer with the viewer's own address in the Officers tab, None if it is not exactly one."""
        whole, address = county.live().snapshot, self.viewer.email
        if whole is None or address is None:
            return None
        own = [officer.id for officer in whole.officers if (officer.email or "").casefold() == address.casefold()]
        return own[0] if len(own) == 1 else None

    @property
    def audience(self) -> Hashable:
        """Viewers of one audience see the same restricted snapshot and share cached answers."""
        return audience_of(self.viewer)

    def may_open(self, page: str) -> bool:
        return access.may_open(self.viewer, page)

    def ask(self, answer: Callable[..., _Answer], *args: Any, **named: Any) -> _Answer:
        """`answer(snapshot, *args, **named)` through the cache; callers share the result and must not change it.

        Every argument is part of the key: a plain value as text, and one whose name begins with an underscore, such as
        another question's answer, as that very object.
        """
        if answer.__module__ == "__main__":
            raise TypeError(f"{answer.__qualname__} is defined in a page, and two pages may define the same name")
        key = key_of(self.audience, answer, *args, **named)
        return self.cache.get(key, lambda: answer(self.snapshot, *args, **named))


def key_of(audience: Hashable, answer: Callable[..., Any], *args: Any, **named: Any) -> Hashable:
    """The key of a question and all its arguments in the cache of a version."""
    objects = {name: value for name, value in named.items() if name.startswith("_")}
    plain = {name: value for name, value in named.items() if name not in objects}
    text = repr((audience, answer.__module__, answer.__qualname__, args, plain, list(objects)))
    return text, *map(_Same, objects.values())


@dataclass(frozen=True, eq=False, slots=True)
class _Same:
    """An object as part of a key, which keeps it alive, so that no other object is ever taken for it."""

    value: object

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.value is other.value

    def __hash__(self) -> int:
        return id(self.value)


def audience_of(viewer: Viewer) -> Hashable:
    """All coordinators see the same, whatever their own agency; liaisons see what is shared with theirs."""
    return viewer.kind, viewer.agencies if viewer.kind == "liaison" else ()


CACHE_SIZE = 512
"""Cached answers, divided among the counties; a larger cache makes pages hardly faster."""

MIN_CACHE_SIZE = 64
"""Cached answers of each county, however many there are."""

LARGE_SHEET, CACHE_SIZE_OF_LARGE_SHEET = 5_000, 256
"""From this many events on, answers are large, so fewer of them are cached."""


def enter(page: str) -> Session:
    """The session for this page (the name of its file). If the viewer may not see it, say why and stop the script.

    The navigation lists only allowed pages. The check is repeated here because a page can also be run without it.
    """
    live, settings = county.live(), county.settings()
    viewer, doorway = county.entering()
    if doorway != "open" or not access.may_open(viewer, page):
        _log.warning("Refused: page %s to a viewer of kind %s (%s)", page, viewer.kind, doorway)
        show_refusal("not-open" if doorway == "open" else doorway, viewer, page)
        st.stop()
    if live.snapshot is None:
        _show_no_data(live, viewer)
    place = "".join([*(f" of {agency}" for agency in viewer.agencies), widgets.in_county()])
    _audit_once(viewer, f"came in as {viewer.kind}{place}")
    unnamed = audit.ANONYMOUS if viewer.kind == "public" else viewer.kind
    st.session_state[widgets.AUDIT_NAME] = audit_name(viewer, settings) or unnamed
    st.session_state[widgets.STILL_ALLOWED] = access_check(viewer, county.name())
    return session_of(county.name(), live.snapshot, settings, viewer, st.session_state.get(AGENCY))


def current() -> Session | None:
    """The session outside a page, for the frame and for callbacks; None if nothing may be seen or was read."""
    live, settings = county.live(), county.settings()
    viewer, doorway = county.entering()
    if doorway != "open" or live.snapshot is None:
        return None
    return session_of(county.name(), live.snapshot, settings, viewer, st.session_state.get(AGENCY))


def restricted(
    county_name: str, whole: Snapshot, rules: Rules, viewer: Viewer, *, coming: bool = False
) -> tuple[Cache, Snapshot]:
    """The cache of that county's version, and what this viewer may see of it. `coming`: it is not shown yet."""
    large = len(whole.events) > LARGE_SHEET
    size = CACHE_SIZE_OF_LARGE_SHEET if large else max(MIN_CACHE_SIZE, CACHE_SIZE // len(sheets.names()))
    answers = cache.of_version(county_name, (whole.content_hash, whole.today, whole.read_by), size, coming=coming)
    return answers, answers.get(("restrict", audience_of(viewer)), lambda: access.restrict(whole, viewer, rules))


def session_of(
    county_name: str,
    whole: Snapshot,
    settings: Settings,
    viewer: Viewer,
    agency: str | None = None,
    *,
    coming: bool = False,
) -> Session:
    """What this viewer may see of a version; an `agency` that the sheet does not name counts as none."""
    answers, snapshot = restricted(county_name, whole, settings.rules, viewer, coming=coming)
    now = read_clock(ZoneInfo(snapshot.timezone))
    selected = agency if agency in snapshot.agency_by_short else None
    return Session(viewer, snapshot, snapshot.today, now, settings.rules, answers, selected, county_name)


_PRESELECTED = "_preselected"


def preselect_agency(viewer: Viewer, agencies: Sequence[str]) -> str:
    """The agency selected until the viewer selects another: of a liaison the own one (the first), else all."""
    own = [short for short in agencies if viewer.kind == "liaison" and short in viewer.agencies]
    preselected = own[0] if own else ALL_AGENCIES
    if st.session_state.get(_PRESELECTED, preselected) != preselected:
        st.session_state.pop(AGENCY, None)  # the sample is viewed as another role
    st.session_state[_PRESELECTED] = preselected
    return preselected


_AUDITED = "_noted"


def _audit_once(viewer: Viewer, action: str, *, stranger: bool = False) -> None:
    """Audit an action once per sign-in; of viewers who are not signed in only if `stranger`."""
    if action in st.session_state.setdefault(_AUDITED, set()):
        return
    st.session_state[_AUDITED].add(action)
    name = audit_name(viewer, county.settings())
    if name is not None:
        audit.note(name, action, once=f"{name} {st.user.to_dict().get('iat')} {action}")
    elif stranger:
        audit.note_stranger(action)


# --- access refused -----------------------------------------------------------------------------------------------

COORDINATOR_WORDS = "your county's Coffee with a Cop coordinator"
REFUSALS = {
    "not-open": ("This page is not open to you.", f"If it should be, ask {COORDINATOR_WORDS}."),
    "sign-in": (
        "Sign in with the address of your agency.",
        f"If it is not let in, ask {COORDINATOR_WORDS}.",
    ),
    "not-listed": (
        "You are signed in, but not on the list.",
        f"Ask {COORDINATOR_WORDS} to add your address to the list of viewers.",
    ),
    "unverified": (
        "You are signed in, but your address is not verified.",
        "The sign-in service does not say that this address is yours. Ask your agency's IT to have it verified there.",
    ),
    "unusual-address": (
        "You are signed in, but your address cannot be used.",
        "It must be a single one, in plain letters (a to z). Ask your agency's IT to correct it where you sign in.",
    ),
    "no-key": (
        "This dashboard is open only on the computer that runs it.",
        "If this is that computer, open the address with `/local?key=` that the terminal printed; each start prints "
        f"another. If not, ask {COORDINATOR_WORDS} where the dashboard is.",
    ),
    "other-county": (
        "This link leads to no county that is open to you.",
        f"Ask {COORDINATOR_WORDS} for the right one.",
    ),
    "set-up": (
        "A sheet is set up, but nobody may see it yet.",
        f"Run `{command()} connect` on the computer that runs the dashboard, and start it again: that computer is then "
        "let in. "
        "To let others in, set up sign-in (`[auth]`) and list them (`[access]`).",
    ),
}
"""Reason -> the headline and the one next step shown instead of the page."""

UNUSABLE_SETTINGS = (
    "The settings cannot be used.",
    f"Run `{command()} doctor` on the computer that runs the dashboard: it says what to correct.",
)
"""Headline and next step if the settings file or the environment holds a mistake, which strangers are not told."""

SIGN_IN_ERRORS = {
    "refused": "You were not signed in: you canceled, or your agency's sign-in did not let you through. Try again.",
    "unreachable": "The sign-in service does not answer. Try again in a few minutes; if this lasts, tell whoever runs "
    "the dashboard.",
    "failed": "Signing in did not work. Try once more; if this lasts, tell whoever runs the dashboard.",
}
"""Outcome of a failed sign-in -> the message shown after it."""


def sign_in_error(settings: Settings) -> str | None:
    """Why a sign-in failed, has expired or opens no more than what is public; None without one."""
    claims = st.user.to_dict()
    if claims.get("is_logged_in") is True:
        reason = access.why_unusable(claims)
        if reason and access.signed_in_lately(claims, settings, read_clock()):
            return " ".join(REFUSALS[reason])
        return f"It is more than {counted(settings.sign_in_days, 'day')} since you signed in. Sign in again."
    return SIGN_IN_ERRORS.get(st.context.cookies.get(OUTCOME, ""))


def show_refusal(reason: str, viewer: Viewer, page: str) -> None:
    _audit_once(viewer, f"was refused {page}: {reason}", stranger=True)
    trouble = county.live().trouble
    unusable = reason == "set-up" and trouble is not None and trouble.cause == "settings"
    title, advice = UNUSABLE_SETTINGS if unusable else REFUSALS[reason]
    if (name := county.name()) and reason != "other-county":
        st.markdown(f"**{widgets.md(widgets.PRODUCT)}, {widgets.md(name)}**")
    widgets.headline(title)
    st.markdown(advice)
    if reason != "not-open":  # there the frame has said so
        county.report_unknown(is_refused=True)
    if unusable:
        sheet_reading.show_at_this_machine(None)
    if viewer.email is not None:
        st.markdown("Signed in as:")
        st.code(viewer.email, language=None, wrap_lines=True)
    if viewer.email is not None or reason in ("unverified", "unusual-address"):
        st.button("Sign out", on_click=st.logout)
    elif reason == "sign-in":
        if error := sign_in_error(county.settings()):
            st.warning(error)
        st.button("Sign in", on_click=st.login, type="primary")
    public = [name for name in sheets.names() if access.may_enter(access.PUBLIC, sheets.settings(name))]
    words = {name: f"See the public events{f' in {name}' if name else ''}" for name in public}
    links = [[blocks.page_link("calendar", words[name], widgets.county_query(name))] for name in public]
    if links:
        draw("public-events", blocks.lines(*links))


# --- no data, and errors --------------------------------------------------------------------------------------------

FIRST_READ = "Reading the sheet for the first time…"

FIRST_WAIT = 0.75
"""Seconds to wait for the first read: enough for a file or a stored version; a slow source shows `FIRST_READ`."""


def first_look() -> Live:
    """What the poller has; right after a start this waits for it, for at most `FIRST_WAIT` seconds."""
    live = county.live()
    return live if live.snapshot or live.trouble else sheets.poller(county.name()).wait(FIRST_WAIT)


def _show_no_data(live: Live, viewer: Viewer) -> NoReturn:
    """Say why there is nothing to show. Viewers who are not signed in are told nothing about the source."""
    if live.trouble is None:
        widgets.headline(FIRST_READ)
        st.info("This page opens by itself.")
        st.fragment(_rerun_when_read, run_every=1.0)(live.generation)
    elif viewer.kind == "public":
        widgets.headline("The sheet cannot be read at the moment.")
        st.error("Try again in a few minutes.", icon=":material/error:")
    else:
        widgets.headline("The sheet cannot be read.")
        st.error(widgets.message_markdown(live.trouble.sentence), icon=":material/error:")
        if live.trouble.remedy:
            st.markdown(widgets.message_markdown(live.trouble.remedy))
        widgets.show_to_copy(str(live.trouble))
        if is_local(county.settings()):
            st.markdown("To set up another sheet or file, run `cwac connect` in the dashboard's folder.")
        else:
            st.markdown("If this lasts, tell the person who runs the dashboard.")
        sheet_reading.show_at_this_machine(live.trouble)
    st.stop()


def _rerun_when_read(generation: int) -> None:
    if county.live().generation != generation:
        st.rerun()


def failed(error: Exception) -> bool:
    """Handle a page's exception: one sentence to the viewer, type and place to the log.

    The exception's message is not logged because it may quote a cell.
    """
    _log.error("A page failed: %s at %s", type(error).__name__, logs.place(error))
    st.error(
        "Something went wrong on our side. It has been logged; the other pages still work.", icon=":material/error:"
    )
    return True
