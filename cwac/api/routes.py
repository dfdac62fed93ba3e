"""The read-only JSON API under `/api/v1`, and its tokens: feed tokens whose scope is a tier, made by coordinators.

Refusals are problem documents (RFC 9457); a token is never logged.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from cwac import access
from cwac.access import Viewer
from cwac.analysis import periods
from cwac.analysis.changes import concerning
from cwac.analysis.events import towns_named
from cwac.api.answers import ENDPOINTS, PREFIX, ApiFilters, Document, Endpoint, NotFound, openapi
from cwac.clock import read_clock
from cwac.exports import documents, tables
from cwac.model import Snapshot, SourceUnavailable
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Settings
from cwac.storage import audit, history
from cwac.storage.store import StoreTrouble
from cwac.web import feeds, session
from cwac.web.comparing import VersionComparison
from cwac.web.limits import bearer_token
from cwac.web.responses import File, has_current, problem, send_file, weak_etag

_log = logging.getLogger(__name__)


# --- tokens -----------------------------------------------------------------------------------------------------------

Tier = Literal["public", "agency", "coordinator"]


@dataclass(frozen=True, slots=True)
class ApiScope:
    """What a token may read: what strangers, the liaison of these agencies, or coordinators may see."""

    tier: Tier
    agencies: tuple[str, ...] = ()

    def __str__(self) -> str:
        names = (name.replace("%", "%25").replace("|", "%7C") for name in self.agencies)
        return f"api:{self.tier}{':' + '|'.join(names) if self.agencies else ''}"

    @property
    def viewer(self) -> Viewer:
        if self.tier == "coordinator":
            return access.COORDINATOR
        return Viewer("liaison", self.agencies) if self.tier == "agency" else access.PUBLIC

    @property
    def words(self) -> str:
        of = f" of {', '.join(self.agencies)}" if self.agencies else ""
        return f"API, {'liaison' if self.tier == 'agency' else self.tier}{of}"


def read(text: str) -> tuple[str, ApiScope | None]:
    """The county and scope that `feeds.write_scope` encoded; None for the scope of a calendar, or of nothing."""
    county, scope = feeds.split_scope(text)
    agencies = tuple(unquote(name) for name in scope.removeprefix("api:agency:").split("|") if name)
    known = ApiScope("public"), ApiScope("coordinator"), ApiScope("agency", agencies)
    return county, next((each for each in known if str(each) == scope), None)


def words_of(text: str) -> str | None:
    scope = read(text)[1]
    return scope.words if scope is not None else None


def scopes(snapshot: Snapshot) -> dict[str, ApiScope]:
    """Whose view -> scope of each token that a coordinator may make."""
    return {
        "What everybody sees": ApiScope("public"),
        **{f"What {agency.short} sees": ApiScope("agency", (agency.short,)) for agency in snapshot.agencies},
        "What coordinators see": ApiScope("coordinator"),
    }


class RefusedRequest(Exception):  # noqa: N818 - no mistake of the program
    def __init__(self, status: int, detail: str, parameter: str | None = None, **headers: str) -> None:
        self.response = problem(status, detail, parameter, headers)


@dataclass(frozen=True, slots=True)
class _Asked:
    """Whose answer it is, and of which county; `with_token` is False for the public tier without one."""

    county: str
    viewer: Viewer
    live: Live
    settings: Settings
    snapshot: Snapshot
    with_token: bool


def _not_ready() -> RefusedRequest:
    return RefusedRequest(503, "The sheet is not ready yet: try again.", **{"Retry-After": "30"})


def _unauthorized(*, invalid: bool) -> RefusedRequest:
    challenge = 'Bearer realm="cwac"' + (', error="invalid_token"' if invalid else "")
    detail = "The token is not in force." if invalid else "Send a token: Authorization: Bearer TOKEN."
    return RefusedRequest(401, detail, **{"WWW-Authenticate": challenge})


# --- who asks -----------------------------------------------------------------------------------------------------


def _asked(request: Request) -> _Asked:
    """The viewer of the request, by its token alone: cookies do not count."""
    headers = request.headers.getlist("authorization")
    if not headers:
        names = sheets.names()
        county = request.query_params.get("county", names[0] if len(names) == 1 else "")
        if county not in names or not access.may_enter(access.PUBLIC, sheets.settings(county)):
            raise _unauthorized(invalid=False)
        return _Asked(county, access.PUBLIC, *_served(county), with_token=False)
    text = bearer_token(headers[0])
    if len(headers) > 1 or not text:
        raise _unauthorized(invalid=True)
    store = sheets.store()
    token = store.find_token(text, read_clock()) if store is not None else None
    county, scope = ("", None) if token is None else read(token.scope)
    if token is None or scope is None or (county and county not in sheets.names()):
        audit.note("somebody", "used an API token that is not in force", once="unknown API", seconds=3600)
        raise _unauthorized(invalid=True)
    county = county or sheets.names()[0]
    live, settings, snapshot = _served(county)
    # A token must not outlive the right to make it.
    if feeds.maker_of(token, settings, snapshot.agencies).kind != "coordinator":
        audit.note(token.made_by, f"no longer may have API token {token.id}", once=f"lost {token.id}", seconds=86_400)
        raise _unauthorized(invalid=True)
    if request.query_params.get("county", county) != county:
        raise RefusedRequest(400, "The token is not for that county.", "county")
    audit.note(token.made_by, f"API token {token.id} was used", once=f"used {token.id}", seconds=86_400)
    return _Asked(county, scope.viewer, live, settings, snapshot, with_token=True)


def _served(county: str) -> tuple[Live, Settings, Snapshot]:
    live, settings = sheets.current(county), sheets.settings(county)
    if live.snapshot is None:
        raise _not_ready()
    return live, settings, live.snapshot


# --- what is asked for ----------------------------------------------------------------------------------------------


def _filters(request: Request, endpoint: Endpoint, snapshot: Snapshot) -> ApiFilters:
    """The filters, with values that the viewer may see. Raises `RefusedRequest` and names the parameter."""
    query = request.query_params
    for name in query:
        if name not in (*endpoint.parameters, "county"):
            raise RefusedRequest(400, "There is no such parameter here.", name[:40])
        if (name not in ("agency", "town") or "of" in endpoint.parameters) and len(query.getlist(name)) > 1:
            raise RefusedRequest(400, "Give this parameter once.", name)
    days = {name: _day(query[name], name) for name in ("from", "to", "since") if name in query}
    if days.get("from", dt.date.min) > days.get("to", dt.date.max):
        raise RefusedRequest(400, "The last day is before the first.", "to")
    agencies = {agency.short for agency in snapshot.agencies}.union(*(event.agencies for event in snapshot.events))
    towns = towns_named(snapshot).union(town.name for town in snapshot.towns)
    for name, names in (("agency", agencies), ("town", towns)):
        if not names.issuperset(query.getlist(name)):
            raise RefusedRequest(400, f"There is no such {name}: write its name as in the answers.", name)
    if "of" in endpoint.parameters:
        try:
            periods.quarter_named(query.get("of", ""))
        except ValueError:
            example = periods.quarter_of(snapshot.today).label
            raise RefusedRequest(400, f"Name a quarter, such as {example}.", "of") from None
    if days.get("since", snapshot.today) > snapshot.today:
        raise RefusedRequest(400, "That day is still to come.", "since")
    return ApiFilters(
        days.get("from"),
        days.get("to"),
        tuple(sorted(set(query.getlist("agency")))),
        tuple(sorted(set(query.getlist("town")))),
        query.get("of", ""),
        days.get("since"),
        request.path_params.get("id", ""),
    )


def _day(text: str, name: str) -> dt.date:
    try:
        day = dt.datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 - a day, not a moment
    except ValueError:
        day = dt.date.min
    if not 1990 <= day.year <= 2100:
        raise RefusedRequest(400, "Write a day from 1990 to 2100 such as 2026-10-07.", name)
    return day


# --- the answer -----------------------------------------------------------------------------------------------------


def _route(endpoint: Endpoint) -> Callable[[Request], Response]:
    def answer(request: Request) -> Response:
        try:
            asked = _asked(request)
            if not access.may_open(asked.viewer, endpoint.page):
                if not asked.with_token:
                    raise _unauthorized(invalid=False)
                challenge = 'Bearer realm="cwac", error="insufficient_scope"'
                raise RefusedRequest(403, "The token's scope does not cover this.", **{"WWW-Authenticate": challenge})
            return _response(request, asked, _document(request, asked, endpoint))
        except RefusedRequest as refused:
            return refused.response
        except NotFound:
            return nothing(request)
        except StoreTrouble as trouble:
            _log.warning("Could not answer a request to the API: %s", trouble.cause)
            return _not_ready().response

    return answer


def _document(request: Request, asked: _Asked, endpoint: Endpoint) -> Document:
    """The answer without the time of the last look, computed from what the viewer may see."""
    answers, share = session.restricted(asked.county, asked.snapshot, asked.settings.rules, asked.viewer)
    filters = _filters(request, endpoint, share)
    if endpoint.answer is None:
        return _changes(asked, filters)
    compute, rules = endpoint.answer, asked.settings.rules

    def make() -> Document:
        return {"on": share.today.isoformat(), **compute(share, asked.viewer, rules, filters)}

    # Only answers without filters are cached: strangers could fill the cache with others.
    if filters != ApiFilters(of=filters.of) or (filters.of and not asked.with_token):
        return make()
    return answers.get(("api", session.audience_of(asked.viewer), endpoint.name, filters), make)


def _changes(asked: _Asked, filters: ApiFilters) -> Document:
    store, snapshot = sheets.poller(asked.county).store, asked.snapshot
    first = filters.since or snapshot.today - dt.timedelta(days=1)
    zone = ZoneInfo(snapshot.timezone)
    midnight = dt.datetime.combine(first, dt.time(), zone)
    base = history.base_version(store, snapshot.identity, midnight) if store is not None else None
    if store is None or base is None:
        return {"since": first.isoformat(), "changes": []}
    first = max(first, base.at.astimezone(zone).date())  # nothing from before is known
    try:
        rules, viewer = asked.settings.rules, asked.viewer
        listed = VersionComparison(store, asked.county, asked.live, snapshot, rules, viewer).changes(base)
    except SourceUnavailable:
        raise _not_ready() from None  # a version that this release cannot read
    of = filters.agencies
    shown = [change for change in listed if not of or any(concerning([change], name) for name in of)]
    return {"since": first.isoformat(), "changes": [documents.change_row(change) for change in shown]}


def _response(request: Request, asked: _Asked, document: Document) -> Response:
    moment = asked.live.as_of if asked.with_token else asked.live.confirmed
    as_of = (moment or asked.snapshot.as_of).astimezone(ZoneInfo(asked.snapshot.timezone)).isoformat()
    # A weak ETag without the time of the last look, which changes every minute where nothing else does.
    tagged = document if set(document) - {"on", "timezone"} else {"as_of": as_of, **document}
    headers = {"Cache-Control": "private, no-cache"}
    if not asked.with_token:
        headers = {"Cache-Control": "public, no-cache", "Access-Control-Allow-Origin": "*"}
    etag = weak_etag(tables.to_json(tagged))
    body = b"" if has_current(request, etag) else tables.to_json({"as_of": as_of, **document})
    return send_file(
        request, File(body, etag), "application/json", headers | {"Vary": "Authorization, Accept-Encoding"}
    )


def openapi_json(request: Request) -> Response:
    """The description of the API, open to everybody: it holds nothing of a sheet."""
    body = tables.to_json(openapi())
    headers = {"Cache-Control": "public, max-age=3600", "Access-Control-Allow-Origin": "*"}
    return send_file(request, File(body, weak_etag(body)), "application/json", headers)


def nothing(request: Request) -> Response:
    if request.method not in ("GET", "HEAD"):
        return problem(405, "Only reading is possible here.", None, {"Allow": "GET, HEAD"})
    return problem(404, "There is nothing under this address.")


# An event's ID may hold a slash.
_PATHS = {endpoint.path.replace("{id}", "{id:path}"): endpoint for endpoint in ENDPOINTS.values()}
ROUTES = [
    *(Route(f"{PREFIX}{path}", _route(endpoint)) for path, endpoint in _PATHS.items()),
    Route(f"{PREFIX}/openapi.json", openapi_json),
    Route("/api/{path:path}", nothing, methods=["GET", "OPTIONS", "POST", "PUT", "PATCH", "DELETE"]),
]
