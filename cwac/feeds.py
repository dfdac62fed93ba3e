"""The addresses that calendars subscribe to: `/calendar.ics` for anybody, `/feed/TOKEN.ics` for who holds the token.

Whatever is not plainly allowed answers 404, as if it were not there. A token is never logged.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from cwac import access
from cwac.access import Viewer
from cwac.answers.events import matching
from cwac.live import audit, counties
from cwac.live.refresh import Live
from cwac.live.store import StoreTrouble, Token
from cwac.live.traces import traces
from cwac.model import Snapshot
from cwac.outputs import feed
from cwac.outputs.feed import Scope
from cwac.settings import Settings

_log = logging.getLogger(__name__)

LOCAL, SAMPLE = "local", "sample"
"""Who made a token where nobody signs in."""

_MOST_KEPT = 64
_kept: OrderedDict[tuple[object, ...], tuple[bytes, str]] = OrderedDict()
_making = threading.Lock()


def calendar_ics(request: Request) -> Response:
    """The public calendar, filtered by `agency`, `town` and `status`, each as often as wanted.

    Where several counties are served, `county` must say which.
    """
    county = _county(request)
    if county is None:
        return _not_found()
    live, settings = counties.current(county), counties.settings(county)
    if not access.may_enter(access.PUBLIC, settings):
        return _not_found()
    return _answer(request, live, settings, feed.PUBLIC, access.PUBLIC)


def feed_ics(request: Request) -> Response:
    """An agency's or an officer's own calendar, with what its liaison may see."""
    store = counties.store()
    if store is None:
        return _not_found()
    try:
        token = store.find_token(request.path_params["token"], dt.datetime.now(dt.UTC))
    except StoreTrouble as trouble:
        _log.warning("A feed could not be looked up: %s", trouble.cause)
        return _later()
    if token is None:
        audit.note("somebody", "asked for a feed with a token that is not in force", once="unknown", seconds=3600)
        return _not_found()
    county, scope = read(token.scope)
    if county not in counties.names() and county:
        return _not_found()
    live, settings = counties.current(county), counties.settings(county)
    if live.snapshot is None:
        return _later()
    if scope is None or not still_allowed(token, scope, settings, live.snapshot):
        audit.note(token.made_by, f"no longer may have feed {token.id}", once=f"lost {token.id}", seconds=86_400)
        return _not_found()
    audit.note(token.made_by, f"feed {token.id} was read", once=f"read {token.id}", seconds=86_400)
    return _answer(request, live, settings, scope, _reader(scope, live.snapshot))


ROUTES = [Route("/calendar.ics", calendar_ics), Route("/feed/{token}.ics", feed_ics)]


def _county(request: Request) -> str | None:
    served, asked = counties.names(), request.query_params.get("county")
    return served[0] if len(served) == 1 else asked if asked in served else None


def written(scope: Scope, county: str) -> str:
    """What a token is for, as it is kept."""
    return f"in {county}, {scope}" if county else str(scope)


def read(text: str) -> tuple[str, Scope | None]:
    """What `written` wrote. Tokens from before there were several counties are the first one's."""
    if not text.startswith("in "):
        return "", Scope.parse(text)
    county, _, scope = text.removeprefix("in ").partition(", ")
    return county, Scope.parse(scope)


def still_allowed(token: Token, scope: Scope, settings: Settings, snapshot: Snapshot) -> bool:
    """Whether whoever made the token would be given it today: a link must not outlive the right to it."""
    if token.made_by == SAMPLE:
        return settings.sample
    if token.made_by == LOCAL:
        return settings.local
    if not settings.auth:
        return False
    maker = access.viewer_of({"email": token.made_by, "email_verified": True}, settings, snapshot.agencies)
    return may_make(maker, scope, snapshot)


def may_make(viewer: Viewer, scope: Scope, snapshot: Snapshot) -> bool:
    """Whether this viewer may hand out this calendar: coordinators any, a liaison their own agency's and officers'."""
    agency = _agency(scope, snapshot)
    return viewer.kind == "coordinator" or (
        viewer.kind == "liaison" and agency is not None and agency in viewer.agencies
    )


def _agency(scope: Scope, snapshot: Snapshot) -> str | None:
    if scope.kind == "agency":
        return scope.name
    officer = snapshot.officer_by_id.get(scope.name)
    return officer.agency if officer else None


def _reader(scope: Scope, snapshot: Snapshot) -> Viewer:
    agency = _agency(scope, snapshot)
    return Viewer("liaison", (agency,) if agency else ())


# --- the answer --------------------------------------------------------------------------------------------------


def _answer(request: Request, live: Live, settings: Settings, scope: Scope, reader: Viewer) -> Response:
    if live.snapshot is None:
        return _later()
    body, tag = _made(live, settings, scope, reader, _filters(request.query_params.multi_items(), live.snapshot))
    headers = {
        "ETag": tag,
        # A client may keep it, but must ask each time: an event that was moved must never be read off an old copy.
        "Cache-Control": f"{'public' if scope.kind == 'public' else 'private'}, no-cache",
        "Content-Disposition": 'inline; filename="coffee-with-a-cop.ics"',
    }
    asked = request.headers.get("if-none-match", "")
    if asked.strip() == "*" or tag.removeprefix("W/") in [one.strip().removeprefix("W/") for one in asked.split(",")]:
        return Response(status_code=304, headers=headers)
    return Response(body, headers={**headers, "Content-Type": feed.MEDIA_TYPE})


Filters = tuple[tuple[str, ...] | None, ...]
"""Agencies, towns and statuses that are asked for, None where nothing is."""


def _filters(asked: Iterable[tuple[str, str]], snapshot: Snapshot) -> Filters:
    """Only names that there are: so what strangers ask for makes no more different calendars than there are filters."""
    known: Mapping[str, set[str]] = {
        "agency": {agency for event in snapshot.events for agency in event.agencies},
        "town": {event.town for event in snapshot.events if event.town},
        "status": {event.status or "Tentative" for event in snapshot.events},
    }
    pairs = list(asked)
    return tuple(
        tuple(sorted({value for key, value in pairs if key == name} & values))
        if any(key == name for key, _ in pairs)
        else None
        for name, values in known.items()
    )


def _made(live: Live, settings: Settings, scope: Scope, reader: Viewer, filters: Filters) -> tuple[bytes, str]:
    """The calendar's bytes and their ETag: made once for a version of the sheet, a day, a scope and filters."""
    full = live.snapshot
    assert full is not None
    key = (
        full.url or full.source,
        full.content_hash,
        full.today,
        live.version,
        str(scope),
        reader.agencies,
        filters,
        settings.rules,
        feed.FORMAT,
    )
    with _making:  # one at a time: many calendars ask at the full hour
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
        share = access.visible_to(reader, full)
        history = traces(counties.store(), live, settings.rules)
        body = feed.write(
            share,
            scope,
            _passing(feed.listed(share, scope), filters),
            sheet=full.url,
            traces=history,
            rules=settings.rules,
        )
        # Weak, as the same bytes also go out compressed.
        made = body, f'W/"{hashlib.sha256(body).hexdigest()[:32]}"'
        if history is not None:
            _kept[key] = made
        while len(_kept) > _MOST_KEPT:
            _kept.popitem(last=False)
        return made


def _passing(events: Sequence[Any], filters: Filters) -> Sequence[Any]:
    agencies, towns, statuses = filters
    if () in filters:
        return ()  # asked for what there is not
    found = matching(events, towns=towns or (), statuses=statuses or ())
    return found if agencies is None else [event for event in found if not set(agencies).isdisjoint(event.agencies)]


def _not_found() -> Response:
    return PlainTextResponse("Not found\n", 404, {"Cache-Control": "no-store"})


def _later() -> Response:
    return PlainTextResponse("Not ready yet\n", 503, {"Retry-After": "30", "Cache-Control": "no-store"})
