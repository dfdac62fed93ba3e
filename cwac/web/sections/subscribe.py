"""Calendar subscriptions: the public feed with filters, and private feeds of an agency or an officer."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from urllib.parse import quote, urlencode, urlsplit
from zoneinfo import ZoneInfo

import streamlit as st

from cwac import access, addons
from cwac.access import Kind, Viewer
from cwac.analysis.events import directions
from cwac.analysis.revisions import Revisions
from cwac.clock import read_clock
from cwac.date_words import clock, day_words
from cwac.exports import ical
from cwac.exports.ical import Scope
from cwac.model import Event, Snapshot
from cwac.refresh import sheets
from cwac.storage import revisions
from cwac.storage.store import StoreTrouble, Token, TooManyTokens
from cwac.web import blocks, county, feeds, widgets
from cwac.web.session import Session, current
from cwac.web.viewer import access_check
from cwac.web.widgets import md

LASTS = dt.timedelta(days=365)
"""Lifetime of a private link; people leave."""

MOST_LINKS = 20
"""Maximum number of valid private links per person, so that a leaked one can be found and revoked."""

_MADE = "_private-feed"
"""Key in Streamlit's session state: the county, words and address of the link that was just made."""
MADE_TOKEN = "_api-token"  # noqa: S105 - the name of a key
"""Key in Streamlit's session state: the county, words and text of the token that was just made."""
_TOO_MANY = "_too-many-private-feeds"


def past_of(session: Session) -> Revisions | None:
    """How the events of the version that is shown have changed; None while the store is in trouble."""
    live = sheets.current(session.county)
    return revisions.cached(sheets.store(), live.snapshot, live.version, session.rules)


def last_change(session: Session, event_id: str) -> dt.datetime | None:
    """When the part of an event that this viewer may see last changed, according to the stored versions."""
    crew = access.sees_names(session.viewer, session.snapshot, event_id)
    return revisions.last_change(past_of(session), event_id, crew=crew)


def calendar_file(session: Session, scope: Scope, events: Sequence[Event], remind: Sequence[str] = ()) -> bytes:
    """The events as an iCalendar file, with the same UID and SEQUENCE as in the feeds."""
    live, settings = sheets.current(session.county), sheets.settings(session.county)
    return ical.write(
        session.snapshot,
        scope,
        events,
        sheet=live.snapshot.url if live.snapshot else None,
        past=past_of(session),
        rules=session.rules,
        link=ical.event_link(settings.address, session.county),
        calendar_id=settings.calendar_id,
        remind=remind,
        as_file=True,
    )


def way_and_calendar_file(session: Session, event: Event, key: str | None = None) -> None:
    if (map_link := directions(event)) is not None:
        st.link_button("Directions", map_link)
    widgets.download(
        "Add to calendar",
        f"{widgets.file_name(event.id)}.ics",
        lambda: calendar_file(session, ical.ALL if session.sees_staffing else ical.PUBLIC, [event]),
        "text/calendar",
        key=key,
        icon=False,
    )


def may_subscribe(session: Session) -> bool:
    return session.viewer.kind != "public" or access.may_enter(access.PUBLIC, county.settings())


def choose_reminders(key: str) -> tuple[str, ...]:
    chosen = st.pills(
        "Remind me of each event",
        list(ical.REMINDERS),
        selection_mode="multi",
        format_func=lambda name: ical.REMINDERS[name],
        key=f"remind-{key}",
        help="Google ignores these in a subscribed calendar: choose notifications in its own settings instead.",
    )
    return ical.reminders(chosen)


def show(session: Session, filtered: Mapping[str, Sequence[str]], key: str) -> tuple[str, ...]:
    """The feeds of which this viewer may have links, and below them a choice of reminders, which it returns."""
    place = st.container()
    remind = choose_reminders(key)
    with place:
        st.markdown(
            "Your calendar then follows the sheet by itself. Apple and Outlook look every hour or so; "
            "**Google may take up to 12 hours**."
        )
        if access.may_enter(access.PUBLIC, county.settings()):
            filter_pairs = [(name, value) for name, values in filtered.items() for value in values]
            filter_words = "".join(f", {md(value)}" for _, value in filter_pairs)
            st.markdown(f"**Everybody's calendar**{filter_words}: no tentative events, no names.")
            query = urlencode([*widgets.county_query(session.county).items(), *filter_pairs])
            _show_links(f"{_origin()}/calendar.ics{f'?{query}' if query else ''}", "public", remind)
        viewer = session.viewer
        may_ask = viewer.kind != "public" and sheets.store() is not None
        if may_ask and (choices := session.ask(scopes, viewer.kind, viewer.agencies)):
            st.markdown(
                "**A private calendar**, with tentative events and names. Everybody who has its link can read it, so "
                "make one for each person, and turn it off here when they leave."
            )
            with st.container(horizontal=True, vertical_alignment="bottom"):
                chosen = st.selectbox("Calendar of", list(choices), key="feed-whose")
                st.button("Make a private link", on_click=_make, args=(choices[chosen],))
            show_made(remind)
            show_links_in_force(session)
    return remind


def _origin() -> str:
    here = urlsplit(st.context.url or "http://localhost:8501")
    return f"{here.scheme}://{here.netloc}"


def _show_links(address: str, key: str, remind: Sequence[str]) -> None:
    if remind:
        address += f"{'&' if '?' in address else '?'}remind={','.join(remind)}"
    webcal = "webcal://" + address.partition("://")[2]
    with st.container(horizontal=True, vertical_alignment="center"):
        st.link_button("Google", f"https://calendar.google.com/calendar/r?cid={quote(webcal, safe='')}")
        st.link_button("Apple or Outlook", webcal)
        blocks.draw_copy_button("Copy the link", address, f"feed-{key}")


# --- private ones ------------------------------------------------------------------------------------------------


def officer_calendar(session: Session, person: str, shifts: Sequence[Event]) -> None:
    """A button that makes a link to the private calendar of one officer; where there is none, a file of the shifts."""
    scope = Scope("officer", person)
    listed = person in session.snapshot.officer_by_id
    if sheets.store() is not None and listed and feeds.may_make(session.viewer, scope, session.snapshot):
        icon = ":material/add_to_home_screen:"
        st.button("Add to your phone's calendar", on_click=_make, args=(scope,), type="primary", icon=icon)
    elif shifts:
        make = lambda: calendar_file(session, ical.ALL, shifts)  # noqa: E731
        widgets.download("Add to your phone's calendar", "shifts.ics", make, "text/calendar", main=True)


def open_made(session: Session, person: str) -> None:
    """Open a dialog with the link to this officer's calendar that was just made, or why none was."""
    made = st.session_state.get(_MADE)
    is_made = made and made[:2] == (session.county, _words(Scope("officer", person), session.snapshot))
    if (is_made or _TOO_MANY in st.session_state) and widgets.EVENT not in st.query_params:
        forget = partial(st.session_state.pop, _MADE, None)
        st.dialog("Add to your phone's calendar", on_dismiss=forget)(show_made)()


def show_made(remind: Sequence[str] | None = None) -> None:
    """The private link that was just made, or why none was; without `remind`, with a choice of reminders."""
    show_too_many()
    made = st.session_state.get(_MADE)
    if made and made[0] == county.name():
        _, words, address = made
        links = st.container()
        st.success(
            f"The calendar of {md(words)} is ready. **iPhone:** press Apple or Outlook, then Subscribe. **Android:** "
            "press Google, then Add; if nothing is asked, press it once on a computer, and the phone has it too. "
            "This link is shown only now; if you lose it, make another."
        )
        with_reminders = choose_reminders("private") if remind is None else remind
        with links:
            _show_links(address, "private", with_reminders)


def show_too_many() -> None:
    """Say why no private link or token was made, if that is so."""
    if st.session_state.pop(_TOO_MANY, False):
        st.warning(
            f"You have {MOST_LINKS} private links, as many as one person may have. Turn off one that nobody uses any "
            f"more{', under Subscribe' if len(sheets.names()) == 1 else ', in this county or another'}, and try again."
        )


def scopes(snapshot: Snapshot, kind: Kind, agencies: tuple[str, ...]) -> Mapping[str, Scope]:
    """Name -> scope of each private feed that such a viewer may create."""
    viewer = Viewer(kind, agencies)
    choices = [Scope("agency", agency.short) for agency in snapshot.agencies]
    choices += [Scope("officer", officer.id) for officer in snapshot.officers if not officer.stand_in]
    return {_words(scope, snapshot): scope for scope in choices if feeds.may_make(viewer, scope, snapshot)}


def _words(scope: Scope, snapshot: Snapshot) -> str:
    if scope.kind == "agency":
        return scope.name
    officer = snapshot.officer_by_id.get(scope.name)
    return f"{officer.name} ({scope.name})" if officer else scope.name


def _may_all(session: Session) -> bool:
    """Whether the viewer lists and revokes everybody's links: coordinators do, but everybody coordinates the sample."""
    return session.viewer.kind == "coordinator" and not county.settings().sample


def _owner(session: Session) -> str:
    if session.viewer.email is not None:
        return session.viewer.email
    return feeds.SAMPLE if county.settings().sample else feeds.LOCAL


def _make(scope: Scope) -> None:
    # Not an argument: Streamlit keeps a button's arguments until the viewer leaves, and a session holds a snapshot.
    session = current()
    if session is not None and feeds.may_make(session.viewer, scope, session.snapshot):
        token = create_token(session, feeds.write_scope(scope, session.county))
        if token is not None:
            address = f"{_origin()}/feed/{token}.ics"
            st.session_state[_MADE] = (session.county, _words(scope, session.snapshot), address)


def create_token(session: Session, scope: str) -> str | None:
    """A new token; None where none can be made, which the rerun explains."""
    store = sheets.store()
    if store is None or not access_check(session.viewer, session.county)():
        return None
    now = read_clock()
    try:
        return store.create_token(scope, _owner(session), now, now + LASTS, MOST_LINKS)
    except TooManyTokens:
        st.session_state.pop(_MADE, None)
        st.session_state[_TOO_MANY] = True
    except StoreTrouble as trouble:
        st.session_state.pop(_MADE, None)
        st.toast(widgets.message_markdown(str(trouble)), icon=":material/error:")
    return None


def show_links_in_force(session: Session, *, of_programs: bool = False) -> None:
    """List the viewer's valid links, or tokens `of_programs`; a coordinator of a real sheet sees everybody's."""
    store = sheets.store()
    if store is None:
        return
    now = read_clock()
    all_makers = _may_all(session)
    try:
        tokens = store.tokens(None if all_makers else _owner(session))
    except StoreTrouble as trouble:
        st.caption(widgets.message_markdown(str(trouble)))
        return
    for token in tokens:
        if (feeds.read(token.scope)[0] or sheets.names()[0]) != session.county:
            continue
        # Only coordinators find the tokens of programs on Reports; who was one and is a liaison now has them here.
        if session.viewer.kind == "coordinator" and bool(_words_of_program(token)) != of_programs:
            continue
        if token.revoked_at is None and (token.expires_at is None or token.expires_at > now):
            with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
                st.markdown(_describe(token, session.snapshot, all_makers), width="content")
                st.button("Turn off", key=f"revoke-{token.id}", on_click=_revoke, args=(token,))


def _describe(token: Token, snapshot: Snapshot, with_maker: bool) -> str:
    _, scope = feeds.read(token.scope)
    words = [_words(scope, snapshot) if scope else _words_of_program(token) or token.scope]
    if token.expires_at is not None:
        words.append(f"until {day_words(token.expires_at.date())}")
    # Of several that are named alike, people know when they made theirs.
    made_at = token.made_at.astimezone(ZoneInfo(snapshot.timezone))
    words.append(f"made {day_words(made_at.date(), snapshot.today)}, {clock(made_at.time())}")
    is_named = with_maker and token.made_by not in (feeds.SAMPLE, feeds.LOCAL)
    return ", ".join(map(md, words)) + (f" by {widgets.message_markdown(token.made_by)}" if is_named else "")


def _words_of_program(token: Token) -> str | None:
    """What a program may read with the token; None for the link of a calendar."""
    return next(filter(None, (addon.token_words(token.scope) for addon in addons.installed())), None)


def _revoke(token: Token) -> None:
    store, session = sheets.store(), current()
    if store is None or session is None or not (_may_all(session) or token.made_by == _owner(session)):
        return
    if not access_check(session.viewer, session.county)():
        return
    try:
        store.revoke_token(token.id, _owner(session), read_clock())
    except StoreTrouble as trouble:
        st.toast(widgets.message_markdown(str(trouble)), icon=":material/error:")
        return
    st.session_state.pop(_MADE, None)
    st.session_state.pop(MADE_TOKEN, None)
