"""Calendar feeds: `/calendar.ics` for everybody, `/feed/TOKEN.ics` for holders of a token.

What is not clearly allowed answers 404, as if it did not exist. A token is never logged.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial

from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cwac import access, addons
from cwac.access import Viewer
from cwac.analysis.events import matching, towns_named
from cwac.analysis.revisions import Revisions
from cwac.clock import read_clock
from cwac.exports import ical
from cwac.exports.ical import Scope
from cwac.exports.spanish import Language
from cwac.model import Agency, Event, Snapshot
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Settings
from cwac.storage import audit, revisions
from cwac.storage.store import StoreTrouble, Token
from cwac.web.responses import File, kept_file, send_file

_log = logging.getLogger(__name__)

LOCAL, SAMPLE = "local", "sample"
"""The maker recorded with a token where nobody signs in."""

_MAX_CALENDARS = 64
_MAX_BYTES = 512 * 1024 * 1024
"""The most calendars, and the most bytes of them, in their cache."""

Filters = tuple[tuple[str, ...] | None, ...]
"""The agencies, towns and statuses asked for; None for a filter that is not used."""


@dataclass(frozen=True, slots=True)
class Selection:
    """A scope and filters, restricted to what `reader` may see, with reminders.

    `link` plus an event's ID is its dashboard page.
    """

    scope: Scope
    reader: Viewer
    filters: Filters = (None, None, None)
    link: str | None = None
    remind: tuple[str, ...] = ()
    language: Language = "en"


_cache: dict[tuple[object, ...], File] = {}
"""Oldest first; the oldest are dropped first."""
_computing = threading.Lock()
_queue = threading.BoundedSemaphore(3)
"""Requests for a calendar that is not cached; others must try again later. Fewer than `limits.FEEDS_AT_ONCE`, so that
cached calendars are answered in the meantime."""


def calendar_ics(request: Request) -> Response:
    """The public calendar, filtered by the parameters `agency`, `town` and `status`, which may be repeated.

    `remind=1d,2h` adds reminders, in private calendars too. `lang=es` gives the title and set phrases in Spanish. The
    parameter `county` is required where several counties are served.
    """
    names = sheets.names()
    county = names[0] if len(names) == 1 else request.query_params.get("county", "")
    if county not in names or not access.may_enter(access.PUBLIC, sheets.settings(county)):
        return _not_found()
    return _answer(request, county, sheets.current(county), sheets.settings(county), ical.PUBLIC, access.PUBLIC)


def feed_ics(request: Request) -> Response:
    """The calendar of an agency or an officer, with what that agency's liaison may see."""
    store = sheets.store()
    if store is None:
        return _not_found()
    try:
        token = store.find_token(request.path_params["token"], read_clock())
    except StoreTrouble as trouble:
        _log.warning("Could not look up a feed token: %s", trouble.cause)
        return _later()
    if token is None:
        audit.note("somebody", "asked for a feed with a token that is not in force", once="unknown", seconds=3600)
        return _not_found()
    county, scope = read(token.scope)
    if county not in sheets.names() and county:
        return _not_found()
    live, settings = sheets.current(county), sheets.settings(county)
    if live.snapshot is None:
        return _later()
    if scope is None or not still_allowed(token, scope, settings, live.snapshot):
        audit.note(token.made_by, f"no longer may have feed {token.id}", once=f"lost {token.id}", seconds=86_400)
        return _not_found()
    audit.note(token.made_by, f"feed {token.id} was read", once=f"read {token.id}", seconds=86_400)
    agency = _agency(scope, live.snapshot)
    return _answer(request, county, live, settings, scope, Viewer("liaison", (agency,) if agency else ()))


ROUTES = [Route("/calendar.ics", calendar_ics), Route("/feed/{token}.ics", feed_ics)]


def write_scope(scope: object, county: str) -> str:
    return f"in {county}, {scope}" if county else str(scope)


def split_scope(text: str) -> tuple[str, str]:
    """The county and scope that `write_scope` encoded. Older tokens name no county, and are for the first one."""
    county, _, scope = text.removeprefix("in ").partition(", ")
    return (county, scope) if text.startswith("in ") else ("", text)


def read(text: str) -> tuple[str, Scope | None]:
    county, scope = split_scope(text)
    return county, Scope.parse(scope)


def still_allowed(token: Token, scope: Scope, settings: Settings, snapshot: Snapshot) -> bool:
    """Whether the token's maker could still make it today: a link must not outlive the right to it."""
    return may_make(maker_of(token, settings, snapshot.agencies), scope, snapshot)


def maker_of(token: Token, settings: Settings, agencies: Iterable[Agency]) -> Viewer:
    """The viewer that a token's maker is today."""
    is_local = settings.local and not settings.auth and not settings.sample
    if (token.made_by == SAMPLE and settings.sample) or (token.made_by == LOCAL and is_local):
        return access.COORDINATOR
    if token.made_by in (SAMPLE, LOCAL) or not settings.auth:
        return access.PUBLIC
    return access.viewer_of({"email": token.made_by, "email_verified": True}, settings, agencies)


REVOKED = "the settings: no longer in [access]"
"""The actor in the audit when a token is revoked because its maker is no longer listed."""


def revoke_removed() -> None:
    """Revoke the tokens of makers that `[access]` no longer lists.

    The tokens of a maker who only lost an agency in the sheet are kept: they answer 404 until the agency is back.
    """
    sheets.read_access_again()
    store, lists = sheets.store(), sheets.lists_since_compared()
    if not lists or store is None or not _revoking.acquire(blocking=False):
        return
    try:
        for token in store.tokens():
            county = read(token.scope)[0]
            in_force = [
                by_county[county or next(iter(by_county))] for by_county in lists if not county or county in by_county
            ]
            by_address = token.made_by not in (LOCAL, SAMPLE)  # these two stand for pages without sign-in
            removed = any(each.auth and maker_of(token, each, ()).kind == "public" for each in in_force)
            if token.revoked_at is None and by_address and removed:
                store.revoke_token(token.id, REVOKED, read_clock())
        sheets.forget_compared_lists(lists)
    except StoreTrouble as trouble:
        _log.warning("Could not compare tokens with [access]; will try again at the next look: %s", trouble.cause)
    finally:
        _revoking.release()


_revoking = threading.Lock()


def may_make(viewer: Viewer, scope: Scope, snapshot: Snapshot) -> bool:
    """Whether this viewer may make a link to this calendar: a coordinator any, a liaison those of their own agency."""
    agency = _agency(scope, snapshot)
    return viewer.kind == "coordinator" or (viewer.kind == "liaison" and agency in viewer.agencies)


def _agency(scope: Scope, snapshot: Snapshot) -> str | None:
    if scope.kind == "agency":
        return scope.name
    officer = snapshot.officer_by_id.get(scope.name)
    return officer.agency if officer else None


# --- the response -------------------------------------------------------------------------------------------------


def _answer(request: Request, county: str, live: Live, settings: Settings, scope: Scope, reader: Viewer) -> Response:
    if live.snapshot is None:
        return _later()
    link, query = ical.event_link(settings.address, county), request.query_params
    # Private calendars are in English: they are for officers and agencies.
    language: Language = "es" if scope.kind == "public" and query.get("lang") == "es" else "en"
    reminders, filters = ical.reminders(query.getlist("remind")), _filters(query, live.snapshot)
    selection = Selection(scope, reader, filters, link, reminders, language)
    calendar = _cached_calendar(county, live, settings, selection)
    if calendar is None:
        return _later()
    headers = {
        # A client may keep it, but must revalidate: nobody must read the old time of a moved event.
        "Cache-Control": f"{'public' if scope.kind == 'public' else 'private'}, no-cache",
        "Content-Disposition": 'inline; filename="coffee-with-a-cop.ics"',
    }
    return send_file(request, calendar, ical.MEDIA_TYPE, headers)


def _filters(query: QueryParams, snapshot: Snapshot) -> Filters:
    """The filters asked for, with existing names only, so that strangers cannot fill the cache with made-up ones."""
    existing = {
        "agency": {agency for event in snapshot.events for agency in event.agencies},
        "town": towns_named(snapshot),
        "status": {event.status or "Tentative" for event in snapshot.events},
    }
    return tuple(
        tuple(sorted(names & set(query.getlist(name)))) if name in query else None for name, names in existing.items()
    )


def _cached_calendar(county: str, live: Live, settings: Settings, selection: Selection) -> File | None:
    """The calendar of this version, day and selection; None where too many requests wait, or the store cannot tell."""
    snapshot = live.snapshot
    assert snapshot is not None
    key = (
        snapshot.identity,
        snapshot.content_hash,
        snapshot.read_by,
        snapshot.today,
        live.version,
        selection,
        settings.rules,
        settings.calendar_id,
        addons.shift_form(settings, "", ""),
        ical.FORMAT,
    )
    if key in _cache or not _queue.acquire(blocking=False):
        return _cache.get(key)
    try:
        with _computing:  # one at a time: many clients ask at the full hour
            if key in _cache:
                return _cache[key]
            past = revisions.cached(sheets.poller(county).store, snapshot, live.version, settings.rules)
            calendar = kept_file(_write(snapshot, past, settings, selection))
            if past is not None:  # else the store could not tell how often events have changed
                _cache[key] = calendar
            while len(_cache) > _MAX_CALENDARS or sum(cached.size for cached in _cache.values()) > _MAX_BYTES:
                del _cache[next(iter(_cache))]
            return calendar
    except StoreTrouble as trouble:
        _log.warning("Could not make a feed: %s", trouble.cause)
        return None
    finally:
        _queue.release()


def _write(full: Snapshot, past: Revisions | None, settings: Settings, selection: Selection) -> bytes:
    share = access.restrict(full, selection.reader, settings.rules)
    left_out = ical.unplaced(full)
    agencies, towns, statuses = selection.filters
    events: Sequence[Event] = ()
    if () not in selection.filters:  # else nothing that exists was asked for
        events = matching(ical.listed(share, selection.scope), towns=towns or (), statuses=statuses or ())
    return ical.write(
        share,
        selection.scope,
        [
            event
            for event in events
            if event.id not in left_out and (agencies is None or not set(agencies).isdisjoint(event.agencies))
        ],
        sheet=full.url,
        past=past,
        rules=settings.rules,
        link=selection.link,
        calendar_id=settings.calendar_id,
        remind=selection.remind,
        language=selection.language,
        form=partial(addons.shift_form, settings),
    )


def _not_found() -> Response:
    return PlainTextResponse("Not found\n", 404, {"Cache-Control": "no-store"})


def _later() -> Response:
    return PlainTextResponse("Not ready yet\n", 503, {"Retry-After": "30", "Cache-Control": "no-store"})
