"""The addresses that calendars subscribe to: `/calendar.ics` for anybody, `/feed/TOKEN.ics` for who holds the token.

Whatever is not plainly allowed answers 404, as if it were not there. A token is never logged.
"""

from __future__ import annotations

import datetime as dt
import gzip
import hashlib
import logging
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from cwac import access
from cwac.access import Viewer
from cwac.exports import ical
from cwac.exports.ical import Scope
from cwac.model import Agency, Snapshot
from cwac.refresh import sheets
from cwac.refresh.poller import Live
from cwac.settings import Settings
from cwac.storage import audit
from cwac.storage.store import StoreTrouble, Token
from cwac.web import calendars
from cwac.web.calendars import Filters, Wanted

_log = logging.getLogger(__name__)

LOCAL, SAMPLE = "local", "sample"
"""Who made a token where nobody signs in."""

_MOST_KEPT = 64
_MOST_BYTES = 512 * 1024 * 1024
"""Of large calendars, which are kept in files without a name; small ones count little."""


@dataclass(frozen=True)
class Made:
    """A calendar's bytes, the same compressed, and their ETag.

    Compressed once for all: to do so for each request took longer than all the rest, and slowed the pages down.
    """

    body: bytes
    packed: bytes
    tag: str

    @property
    def size(self) -> int:
        return len(self.body) + len(self.packed)


_kept: OrderedDict[tuple[object, ...], Made] = OrderedDict()
_making = threading.Lock()
_waiting = threading.BoundedSemaphore(3)
"""Requests for a calendar that is not kept; more are asked to come again. Fewer than `limits.FEEDS_AT_ONCE`, so that
one that is kept is answered meanwhile."""


def calendar_ics(request: Request) -> Response:
    """The public calendar, filtered by `agency`, `town` and `status`, each as often as wanted.

    Where several counties are served, `county` must say which.
    """
    county = _county(request)
    if county is None:
        return _not_found()
    live, settings = sheets.current(county), sheets.settings(county)
    if not access.may_enter(access.PUBLIC, settings):
        return _not_found()
    return _answer(request, county, live, settings, ical.PUBLIC, access.PUBLIC)


def feed_ics(request: Request) -> Response:
    """An agency's or an officer's own calendar, with what its liaison may see."""
    store = sheets.store()
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
    if county not in sheets.names() and county:
        return _not_found()
    live, settings = sheets.current(county), sheets.settings(county)
    if live.snapshot is None:
        return _later()
    if scope is None or not still_allowed(token, scope, settings, live.snapshot):
        audit.note(token.made_by, f"no longer may have feed {token.id}", once=f"lost {token.id}", seconds=86_400)
        return _not_found()
    audit.note(token.made_by, f"feed {token.id} was read", once=f"read {token.id}", seconds=86_400)
    return _answer(request, county, live, settings, scope, _reader(scope, live.snapshot))


ROUTES = [Route("/calendar.ics", calendar_ics), Route("/feed/{token}.ics", feed_ics)]


def _county(request: Request) -> str | None:
    served, asked = sheets.names(), request.query_params.get("county")
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
        return settings.local and not settings.auth and not settings.sample
    if not settings.auth:
        return False
    return may_make(_maker(token, settings, snapshot.agencies), scope, snapshot)


REVOKED = "the settings: no longer in [access]"
"""Who revokes the token of somebody who was taken off the list, in the audit."""


def revoke_removed() -> None:
    """Revoke for good the tokens of whoever `[access]` no longer lists.

    Who only lost an agency in the sheet is listed still: those tokens answer 404, and come back with the agency.
    """
    sheets.read_access_again()
    store, lists = sheets.store(), sheets.lists_since_compared()
    if not lists or store is None or not _comparing.acquire(blocking=False):
        return
    try:
        for token in store.tokens():
            county = read(token.scope)[0]
            held = [
                by_county[county or next(iter(by_county))] for by_county in lists if not county or county in by_county
            ]
            if token.revoked_at is None and not all(_is_listed(token, own) for own in held):
                store.revoke_token(token.id, REVOKED, dt.datetime.now(dt.UTC))
        sheets.compared(lists)
    except StoreTrouble as trouble:
        _log.warning("Tokens could not be compared with [access], and are at the next look: %s", trouble.cause)
    finally:
        _comparing.release()


_comparing = threading.Lock()


def _is_listed(token: Token, settings: Settings) -> bool:
    """Whether the token's maker is in `[access]`; of those made without sign-in nothing is said."""
    by_address = settings.auth and token.made_by not in (LOCAL, SAMPLE)
    return not by_address or _maker(token, settings, ()).kind != "public"


def _maker(token: Token, settings: Settings, agencies: Iterable[Agency]) -> Viewer:
    return access.viewer_of({"email": token.made_by, "email_verified": True}, settings, agencies)


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


def _answer(request: Request, county: str, live: Live, settings: Settings, scope: Scope, reader: Viewer) -> Response:
    if live.snapshot is None:
        return _later()
    link = ical.event_link(settings.address, county)
    wanted = Wanted(scope, reader, _filters(request.query_params.multi_items(), live.snapshot), link)
    try:
        made = _made(county, live, settings, wanted)
    except StoreTrouble as trouble:
        _log.warning("A feed could not be made: %s", trouble.cause)
        made = None
    if made is None:
        return _later()
    headers = {
        "ETag": made.tag,
        # A client may keep it, but must ask each time: an event that was moved must never be read off an old copy.
        "Cache-Control": f"{'public' if scope.kind == 'public' else 'private'}, no-cache",
        "Content-Disposition": 'inline; filename="coffee-with-a-cop.ics"',
    }
    asked = request.headers.get("if-none-match", "")
    if asked.strip() == "*" or made.tag.removeprefix("W/") in [
        one.strip().removeprefix("W/") for one in asked.split(",")
    ]:
        return Response(status_code=304, headers=headers)
    headers |= {"Content-Type": ical.MEDIA_TYPE, "Vary": "Accept-Encoding"}
    if _TAKES_GZIP.search(request.headers.get("accept-encoding", "")):
        return Response(made.packed, headers=headers | {"Content-Encoding": "gzip"})
    body = made.body
    headers["Content-Length"] = str(len(body))
    return StreamingResponse((body[at : at + 65_536] for at in range(0, len(body), 65_536)), headers=headers)


_TAKES_GZIP = re.compile(r"(?:^|[,\s])gzip(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))", re.I)


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


def _made(county: str, live: Live, settings: Settings, wanted: Wanted) -> Made | None:
    """The calendar: made once for a version of the sheet, a day, a scope and filters.

    None where too many wait for theirs. Raises `StoreTrouble`.
    """
    full = live.snapshot
    assert full is not None
    key = (
        full.url or full.source,
        full.content_hash,
        full.today,
        live.version,
        str(wanted.scope),
        wanted.reader.agencies,
        wanted.filters,
        wanted.link,
        settings.rules,
        ical.FORMAT,
    )
    if key in _kept or not _waiting.acquire(blocking=False):
        return _kept.get(key)
    try:
        with _making:  # one at a time: many calendars ask at the full hour
            if key in _kept:
                _kept.move_to_end(key)
                return _kept[key]
            body, whole = calendars.write(sheets.refresher(county).store, live, settings.rules, wanted)
            # Weak, as the same bytes also go out compressed.
            made = Made(body, gzip.compress(body, 6), f'W/"{hashlib.sha256(body).hexdigest()[:32]}"')
            if whole:
                _kept[key] = made
            while len(_kept) > _MOST_KEPT or sum(one.size for one in _kept.values()) > _MOST_BYTES:
                _kept.popitem(last=False)
            return made
    finally:
        _waiting.release()


def _not_found() -> Response:
    return PlainTextResponse("Not found\n", 404, {"Cache-Control": "no-store"})


def _later() -> Response:
    return PlainTextResponse("Not ready yet\n", 503, {"Retry-After": "30", "Cache-Control": "no-store"})
