"""The public site at `/public/`, its list for other sites at `/public/embed`, and short addresses at `/e/EVENT-ID`.

Spanish pages are in `/public/es/`, in the folder of each county where there are several; the list takes `lang=es`.
Nothing is served where strangers may not enter: such addresses answer as if they did not exist.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Hashable, Mapping
from functools import partial
from typing import NamedTuple
from urllib.parse import quote, unquote, urlencode

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from cwac import access
from cwac.exports import event_pages
from cwac.exports.spanish import LANGUAGES, Language, listed, words
from cwac.model import Snapshot
from cwac.public import site as public_pages
from cwac.public.site import FOLDERS, MAX_EMBEDDED, Site, county_site
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Settings
from cwac.storage import revisions
from cwac.web import cache
from cwac.web.cache import Cache
from cwac.web.responses import kept_file, send_file
from cwac.web.streamlit_compat import USER_COOKIE
from cwac.web.viewer import is_local

CACHE_SIZE = 256
"""Files of one county in the cache. They have a cache beside the dashboard's, which crawlers must not empty."""
DEFAULT_LIMIT = 5
ADDRESS_UNKNOWN = "https://ADDRESS-OF-THE-DASHBOARD"
"""In the snippet for other sites, in place of the address that the settings do not name."""
_LIST_PARAMETERS = ["agency", "town", "limit", "lang"]


class CountyPlace(NamedTuple):
    """A county and its folder, which is empty where one sheet is served; `path` is the rest of the address."""

    county: str
    folder: str
    path: str


class ListFilters(NamedTuple):
    agency: str | None
    town: str | None
    limit: int
    language: Language


class BadParameterError(Exception):
    """Its text is a sentence for the reader."""


def public_file(request: Request) -> Response:
    """A file of the site; the list of counties above them, if there are several."""
    path = str(request.path_params["path"])
    language: Language = "es" if "es" in path.split("/")[:2] else "en"
    names = _public_counties()
    if not names:
        return _not_found(language)
    if len(sheets.names()) > 1 and path in (*_TOP, *_SHARED):
        return _top(request, path, names)
    place = _place(path)
    if path != "es" and (place is None or place.county not in names):
        return _not_found(language)
    if place is None or place.path == "es" or (place.folder and path == place.folder):
        return RedirectResponse(f"{path.rpartition('/')[2]}/", 302)
    live, settings = sheets.current(place.county), sheets.settings(place.county)
    if live.snapshot is None:
        return _later(language)
    answers, site = site_of(place, live, live.snapshot, settings)
    try:
        if place.path == "share":
            return _share(request, place, site, settings)
        if place.path == "embed":
            chosen = _filters(request, site)
            return _file(request, answers, ("embed", chosen), "html", partial(site.embed, *chosen), settings)
    except BadParameterError as bad:
        return _plain(str(bad), 400)
    name = f"{place.path}index.html" if place.path in FOLDERS.values() else place.path
    if name not in site:
        return _not_found(language, place.county)
    return _file(request, answers, name, name.rpartition(".")[2], lambda: site[name], settings)


def short_address(request: Request) -> Response:
    """Leads to an event's public page, or into the dashboard, which decides itself what its viewer may see.

    An ID that is not public answers like one that does not exist.
    """
    place = _place(str(request.path_params["path"]))
    up = "../" * (bytes(request.scope.get("raw_path") or request.url.path.encode()).count(b"/") - 1)
    county = {"county": place.county} if place is not None and place.folder else {}
    event_id = (place.path or unquote(request.url.query)) if place is not None else ""
    dashboard = f"{up}calendar?{urlencode(county | {'event': event_id}, quote_via=quote)}"
    names = _public_counties()
    has_cookie = any(name.startswith(USER_COOKIE) for name in request.cookies)  # of a sign-in, valid or not
    if has_cookie or is_local(sheets.running().settings, request) or not names:
        return _redirect(dashboard)
    if place is None or place.county not in names:
        return _not_found()
    live = sheets.current(place.county)
    if live.snapshot is None:
        return _later()
    _, site = site_of(place, live, live.snapshot, sheets.settings(place.county))
    if (page := site.pages.get(event_id)) is None:
        return _not_found(county=place.county)
    return _redirect(f"{up}public/{place.folder and place.folder + '/'}event/{page}.html")


ROUTES = [
    Route("/public", lambda _: RedirectResponse("public/", 302) if _public_counties() else _not_found()),
    Route("/public/{path:path}", public_file),
    Route("/e/{path:path}", short_address),
]


# --- which site ------------------------------------------------------------------------------------------------------


def _public_counties() -> tuple[str, ...]:
    return tuple(name for name in sheets.names() if access.may_enter(access.PUBLIC, sheets.settings(name)))


def _place(path: str) -> CountyPlace | None:
    names = sheets.names()
    if len(names) == 1:
        return CountyPlace(names[0], "", path)
    folder, _, rest = path.partition("/")
    county = {folder: name for name, folder in event_pages.county_folders(names).items()}.get(folder)
    return None if county is None else CountyPlace(county, folder, rest)


def address_of(county: str) -> str | None:
    """The address of a county's public pages, from the root of this server; None where they are not served."""
    if county not in _public_counties():
        return None
    folder = event_pages.folder_of(sheets.names(), county)
    return f"/public/{folder}{'/' if folder else ''}"


def site_of(place: CountyPlace, live: Live, snapshot: Snapshot, settings: Settings) -> tuple[Cache, Site]:
    """The site of this version and day, through the cache, and the cache with its files."""
    store = sheets.poller(place.county).store
    past = revisions.cached(store, snapshot, live.version, settings.rules)
    # Without the store the calendar does not know how often events changed: not the answer once it is back.
    version = (snapshot.identity, snapshot.content_hash, snapshot.read_by, snapshot.today, live.version, past is None)
    as_of = _as_of(live)
    options = (as_of, settings.address, settings.calendar_id, settings.rules, place.folder, public_pages.FORMAT)
    answers = cache.of_version(("public", place.county), (version, options), CACHE_SIZE)
    base = settings.address and f"{settings.address}/public"
    county = place.county if place.folder else ""
    short = event_pages.short_address(settings.address, sheets.names(), place.county)
    make = partial(county_site, snapshot, settings, past, base, place.folder, county=county, as_of=as_of, short=short)
    return answers, answers.get("site", make)


def _as_of(live: Live) -> dt.datetime | None:
    """The hour of the last look: strangers must not see private edits, and caches must not expire with each look."""
    return live.confirmed and live.confirmed.astimezone(dt.UTC).replace(minute=0, second=0, microsecond=0)


# --- answers ---------------------------------------------------------------------------------------------------------


def own_headers(settings: Settings, *, frames: bool = False) -> Mapping[str, str]:
    """Headers in place of the dashboard's: no script, and only the sites in the settings may embed a page.

    `frames`: the page has a form and shows another of these pages in a frame.
    """
    own = "'self'" if frames else "'none'"
    policy = (
        "default-src 'none'; style-src 'self'; img-src 'self'; font-src 'self'; "
        f"frame-src {own}; form-action {own}; base-uri 'none'; frame-ancestors "
    )
    return {"Content-Security-Policy": policy + " ".join(("'self'", *settings.embed_origins))}


def _file(
    request: Request, answers: Cache, key: Hashable, ending: str, make: Callable[[], bytes], settings: Settings
) -> Response:
    file = answers.get(("file", key), lambda: kept_file(make()))
    # Whoever has a page asks again after a minute: nobody must read the old time of a moved event for long.
    headers = {"Cache-Control": "public, max-age=60", **own_headers(settings)}
    return send_file(request, file, public_pages.MEDIA_TYPES[ending], headers)


_TOP: Mapping[str, Language] = {
    f"{folder}{page}": language for language, folder in FOLDERS.items() for page in ("", "index.html")
}
"""The addresses of the page above several counties."""
_SHARED: Mapping[str, Callable[[], bytes]] = {
    "style.css": public_pages.stylesheet,
    public_pages.TYPEFACE: public_pages.typeface,
}
"""The files that this page needs."""


def _top(request: Request, path: str, names: tuple[str, ...]) -> Response:
    answers, settings = cache.of_version("public counties", (names, public_pages.FORMAT), 4), sheets.running().settings
    if path in _SHARED:
        return _file(request, answers, path, path.rpartition(".")[2], _SHARED[path], settings)
    folders = [(name, event_pages.folder_of(sheets.names(), name)) for name in names]
    make = partial(public_pages.counties_page, folders, _TOP[path])
    return _file(request, answers, ("index.html", _TOP[path]), "html", make, settings)


def _filters(request: Request, site: Site) -> ListFilters:
    """What is asked for; a blank parameter is as none. Raises `BadParameterError`, in the language asked for."""
    language: Language = "es" if "es" in request.query_params.getlist("lang") else "en"
    phrases = words(language)
    typed: dict[str, str] = {}
    for name, value in request.query_params.multi_items():
        if name not in _LIST_PARAMETERS:
            raise BadParameterError(phrases["parameter_unknown"].format(names=listed(language, _LIST_PARAMETERS)))
        if name in typed:
            raise BadParameterError(phrases["parameter_twice"].format(name=name))
        typed[name] = value
    for name, values in (("agency", site.agencies), ("town", sorted(site.towns)), ("lang", LANGUAGES)):
        if typed.get(name) and typed[name] not in values:
            raise BadParameterError(phrases["parameter_value"].format(name=name, known=", ".join(values)))
    limit = typed.get("limit") or str(DEFAULT_LIMIT)
    if not (limit.isascii() and limit.isdigit() and len(limit) < 4 and 1 <= int(limit) <= MAX_EMBEDDED):
        raise BadParameterError(phrases["parameter_limit"].format(most=MAX_EMBEDDED))
    return ListFilters(typed.get("agency") or None, typed.get("town") or None, int(limit), language)


def _share(request: Request, place: CountyPlace, site: Site, settings: Settings) -> Response:
    """The page "Put it on your site": the filters, the snippet to copy, and a preview.

    It is for the people who keep an agency's own site, and in English.
    """
    chosen = _filters(request, site)
    lang = "" if chosen.language == "en" else chosen.language
    parameters = {"agency": chosen.agency, "town": chosen.town, "lang": lang, "limit": str(chosen.limit)}
    query = "?" + urlencode({name: value for name, value in parameters.items() if value}, quote_via=quote)
    # Never the request's own Host, which anybody can forge.
    address = site.address or f"{ADDRESS_UNKNOWN}/public{place.folder and f'/{place.folder}'}"
    height = public_pages.embed_height(chosen.limit)
    body = public_pages.render(
        "share.html",
        site=site,
        as_of=site.as_of_in("en"),
        towns=sorted(site.towns),
        chosen=chosen,
        title=words(chosen.language)["next_events"],
        most=MAX_EMBEDDED,
        query=query,
        height=height,
        origins=settings.embed_origins,
        snippet=public_pages.snippet(f"{address}/embed{query}", height, chosen.language),
    )
    headers = {"Cache-Control": "no-store", "Content-Type": public_pages.MEDIA_TYPES["html"]}
    return Response(body, headers=headers | dict(own_headers(settings, frames=True)))


def _redirect(to: str) -> Response:
    return RedirectResponse(to, 302, {"Cache-Control": "no-store", "Vary": "Cookie"})


def _not_found(language: Language = "en", county: str | None = None) -> Response:
    """The same answer for what is private and what does not exist, with a link to the events of a public `county`."""
    if county is not None and (address := address_of(county)) is not None:
        page, settings = public_pages.not_found_page(address, language), sheets.settings(county)
        headers = {"Cache-Control": "no-store", "Content-Type": public_pages.MEDIA_TYPES["html"]}
        return Response(page, 404, headers | dict(own_headers(settings)) | {"X-Robots-Tag": "noindex, nofollow"})
    return _plain(words(language)["not_found"], 404)


def _later(language: Language = "en") -> Response:
    return _plain(words(language)["not_ready"], 503, {"Retry-After": "30"})


def _plain(sentence: str, status: int, headers: Mapping[str, str] | None = None) -> Response:
    return PlainTextResponse(f"{sentence}\n", status, {"Cache-Control": "no-store", **(headers or {})})
