"""Middleware that completes or replaces answers, and files as answers: headers, sign-in, unknown pages, compression."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from collections.abc import Collection, Mapping, Sequence
from http import HTTPStatus
from importlib import resources
from typing import Literal, NamedTuple
from urllib.parse import SplitResult, quote, unquote, urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cwac.settings import LOOPBACK
from cwac.web import widgets
from cwac.web.streamlit_compat import CALLBACK, LOGIN, LOGOUT, MEDIA, USER_COOKIE

# --- security headers -------------------------------------------------------------------------------------------------

_HOST = re.compile(r"([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?")


def content_security_policy(
    host: str,
    inline_scripts: Sequence[str] = (),
    names: Collection[str] = LOOPBACK,
    scheme: Literal["ws", "wss"] = "ws",
) -> str:
    """A policy that allows scripts, images and data from this server alone.

    `inline_scripts` are the hashes of Streamlit's own inline scripts, `names` the host names of this server.
    'self' covers the websocket in Chrome from 71, in Firefox, and in Safari from 16; for older iPads the websocket's
    address is added, but only where `host` is one of `names`: a client can send any Host header.
    """
    match = _HOST.fullmatch(host)
    websocket = f" {scheme}://{host}" if match and match[1].strip("[]").lower() in names else ""
    scripts = "".join(f" '{script_hash}'" for script_hash in inline_scripts)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{websocket}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def inline_scripts() -> tuple[str, ...]:
    """The hashes (`sha256-…`) of the inline scripts in the HTML page of the installed Streamlit."""
    html = (resources.files("streamlit") / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
    return tuple("sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)


PUBLIC_PATHS = ("/public/", "/e/")
"""Addresses of the public site, which search engines may index and which have a policy of their own."""
_NOT_PUBLIC = ("X-Frame-Options", "Cross-Origin-Resource-Policy", "X-Robots-Tag")


class SecurityHeaders:
    """Middleware that adds the headers to every HTTP response, and `Secure` to cookies of requests over TLS."""

    FIXED = (
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Robots-Tag", "noindex, nofollow"),
    )

    def __init__(self, app: ASGIApp, names: Collection[str] = LOOPBACK) -> None:
        self.app = app
        self.names = names
        self.inline_scripts = inline_scripts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        request_headers = Headers(scope=scope)
        host = request_headers.get("host", "")
        # A proxy that ends TLS says so. A client that makes this up gets cookies that its own browser will not send.
        secure = scope["scheme"] == "https" or request_headers.get("x-forwarded-proto") == "https"
        policy = content_security_policy(host, self.inline_scripts, self.names, "wss" if secure else "ws")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_public = scope["path"].startswith(PUBLIC_PATHS) and "content-security-policy" in headers
                for name, value in self.FIXED:
                    if not (is_public and name in _NOT_PUBLIC):
                        headers[name] = value
                if not is_public:
                    headers["Content-Security-Policy"] = policy
                if scope["path"].startswith(MEDIA):
                    headers["Cache-Control"] = "no-store"  # a download may be private, and the computer shared
                if secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                    cookies = headers.getlist("set-cookie")
                    del headers["set-cookie"]
                    for cookie in cookies:
                        is_marked = "; secure" in cookie.lower()
                        headers.append("set-cookie", cookie if is_marked else f"{cookie}; Secure")
            await send(message)

        await self.app(scope, receive, send_with_headers)


# --- sign-in ----------------------------------------------------------------------------------------------------------

OUTCOME = "cwac_sign_in"
"""Name of the cookie that holds, for a minute, why the last sign-in did not work."""

_BACK = "cwac_back"
_BACK_SECONDS = 600
_OUTCOME_SECONDS = 60
_MAX_ADDRESS = 1500
"""Characters of an address kept in a cookie, which holds 4,096 bytes."""


class SignInPages:
    """Keeps the page that sign-in started from in a cookie, and redirects there afterward.

    Streamlit alone returns everybody to the first page, says nothing to people who were refused, shows two bare words
    while the provider is down, and signs out anybody who follows a link from another site.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope.get("path", "") if scope["type"] == "http" else ""
        if path == LOGOUT and not is_own_page(Headers(scope=scope)):
            await PlainTextResponse(NOT_SIGNED_OUT, 403)(scope, receive, send)
            return
        if path not in (LOGIN, CALLBACK):
            await self.app(scope, receive, send)
            return
        request = Request(scope)
        back = came_from(request.headers.get("referer"), request.headers.get("host"))
        is_replaced = False

        async def send_changed(message: Message) -> None:
            nonlocal is_replaced
            if message["type"] == "http.response.start":
                response_headers = MutableHeaders(scope=message)
                if path == CALLBACK:
                    _finish(request, response_headers)
                elif message["status"] >= 400:
                    # The provider cannot be reached: the page with the sign-in button says so.
                    is_replaced = True
                    outcome = {"Set-Cookie": _cookie(OUTCOME, "unreachable", _OUTCOME_SECONDS, "/")}
                    await RedirectResponse(back, 302, outcome)(scope, receive, send)
                else:
                    response_headers.append("Set-Cookie", _cookie(_BACK, quote(back, safe=""), _BACK_SECONDS, CALLBACK))
            if not is_replaced:
                await send(message)

        await self.app(scope, receive, send_changed)


NOT_SIGNED_OUT = "To sign out, press the button on a page of the dashboard.\n"


def is_own_page(headers: Headers) -> bool:
    """Whether a page of this site made the request, by headers that the browser sets and no page can forge.

    Old browsers send `Referer` alone, as the dashboard's pages do for requests to their own site.
    """
    fetch_site = headers.get("sec-fetch-site")
    if fetch_site is not None:
        return fetch_site == "same-origin"
    host = headers.get("host")
    return bool(host) and _split(headers.get("origin") or headers.get("referer")).netloc == host


def _split(address: str | None) -> SplitResult:
    try:
        return urlsplit(address or "")
    except ValueError:
        return urlsplit("")


def came_from(referer: str | None, host: str | None) -> str:
    """Path and query of the page of this site that `referer` names, otherwise `/`."""
    page = _split(referer)
    return _own(f"{page.path}?{page.query}" if page.query else page.path) if host and page.netloc == host else "/"


def _own(address: str) -> str:
    """The address if it can only be a page of this site, otherwise `/`."""
    plain = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    is_path = address.startswith("/") and not address.startswith("//") and len(address) <= _MAX_ADDRESS
    return address if plain and is_path and urlsplit(address).path not in (LOGIN, CALLBACK) else "/"


def _finish(request: Request, response_headers: MutableHeaders) -> None:
    """After Streamlit has answered the provider's callback: redirect to the kept page, and note what went wrong."""
    page = request.cookies.get(_BACK)
    if page is not None:
        if "location" in response_headers:
            response_headers["Location"] = _own(unquote(page))
        response_headers.append("Set-Cookie", _cookie(_BACK, "", 0, CALLBACK))
    cookies = response_headers.getlist("set-cookie")
    is_signed_in = any(cookie.startswith(f"{USER_COOKIE}=") and "Max-Age=0" not in cookie for cookie in cookies)
    failure = ""
    if request.query_params.get("error"):
        failure = "refused"
    elif request.query_params.get("code") and not is_signed_in:
        failure = "failed"
    response_headers.append("Set-Cookie", _cookie(OUTCOME, failure, _OUTCOME_SECONDS if failure else 0, "/"))


def _cookie(name: str, value: str, seconds: int, path: str) -> str:
    return f"{name}={value}; Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Lax"


# --- pages that do not exist ------------------------------------------------------------------------------------------

MISSING = "missing"
"""URL parameter: the page that was asked for and does not exist."""
_LONGEST_NAME = 40


class UnknownPages:
    """Redirects where Streamlit would answer with its HTML page, but the address is none of `pages`.

    The address of the first page is `/`, so its name redirects there too. Streamlit alone serves every address, and
    then covers the first page with a dialog in its own words.
    """

    def __init__(self, app: ASGIApp, first: str, pages: Collection[str] | None = None) -> None:
        self.app = app
        self._first = first
        self._pages = widgets.SCRIPTS if pages is None else pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = self._target(scope)
        if not target:
            await self.app(scope, receive, send)
            return
        redirected = False

        async def send_or_redirect(message: Message) -> None:
            nonlocal redirected
            starts = message["type"] == "http.response.start" and message["status"] == 200
            if starts and Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                redirected = True
                await RedirectResponse(target, 302)(scope, receive, send)
            elif not redirected:
                await send(message)

        await self.app(scope, receive, send_or_redirect)

    def _target(self, scope: Scope) -> str:
        """Where a browser that asks for this address is redirected; empty if it is not."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return ""
        request, requested = Request(scope), str(scope["path"].strip("/"))
        is_known = not requested or (requested in self._pages and requested != self._first)
        is_page = "text/html" in request.headers.get("accept", "") and not scope["path"].startswith(PUBLIC_PATHS)
        if is_known or not is_page:
            return ""
        query = request.query_params.multi_items()
        if requested != self._first:
            query = [(MISSING, requested[:_LONGEST_NAME]), *(pair for pair in query if pair[0] != MISSING)]
        return f"/?{urlencode(query)}" if query else "/"


# --- compression, and files -------------------------------------------------------------------------------------------

SUFFIXES = (".css", ".js", ".svg")
LEVEL = 5
"""A first visit costs 40 ms of CPU, and no piece of a file holds up the pages for more than 3 ms."""
_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q\s*=\s*(?:1|0\.0*[1-9])[0-9.]*\s*)?(?:,|$)", re.I)


class CompressStaticFiles:
    """Middleware that compresses Streamlit's own files, which Streamlit sends uncompressed and has no option for.

    Without it the first visit of a slow phone takes twice as long.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._compressed = GZipMiddleware(app, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_weak_tag(message: Message) -> None:
            # With a strong one a browser could go on with a broken download from the bytes of the file itself.
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "content-encoding" in headers and "etag" in headers:
                    headers["etag"] = f"W/{headers['etag']}"
            await send(message)

        if scope["type"] == "http" and scope["path"].startswith("/static/") and scope["path"].endswith(SUFFIXES):
            await self._compressed(scope, receive, send_with_weak_tag)
        else:
            await self.app(scope, receive, send)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client that sends this `Accept-Encoding` header names gzip, with a weight above 0 if it has one."""
    return bool(_GZIP.search(accept_encoding))


class File(NamedTuple):
    """A file that is sent compressed or not, with a weak ETag for both; one that is kept is compressed once."""

    body: bytes
    etag: str
    gzipped: bytes = b""

    @property
    def size(self) -> int:
        return len(self.body) + len(self.gzipped)


def kept_file(body: bytes) -> File:
    """A file that is compressed now, to be sent many times."""
    return File(body, weak_etag(body), gzip.compress(body, 6, mtime=0))


def weak_etag(content: bytes) -> str:
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def has_current(request: Request, etag: str) -> bool:
    """Whether the client has what this ETag is of."""
    if_none_match = request.headers.get("if-none-match", "").strip()
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return if_none_match == "*" or etag.removeprefix("W/") in tags


def send_file(request: Request, file: File, media_type: str, headers: Mapping[str, str]) -> Response:
    """The file, or 304 where the client has it. `headers` may replace ours, such as `Vary`."""
    headers = {"ETag": file.etag, "Vary": "Accept-Encoding", **headers}
    if has_current(request, file.etag):
        return Response(status_code=304, headers=headers)
    if accepts_gzip(request.headers.get("accept-encoding", "")):
        gzipped = file.gzipped or gzip.compress(file.body, 6, mtime=0)
        return Response(gzipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=media_type)
    headers["Content-Length"] = str(len(file.body))
    pieces = (file.body[at : at + 65_536] for at in range(0, len(file.body), 65_536))
    return StreamingResponse(pieces, headers=headers, media_type=media_type)


def problem(
    status: int, detail: str, parameter: str | None = None, headers: Mapping[str, str] | None = None
) -> Response:
    """A problem document (RFC 9457), with which programs are refused. `parameter` is the query parameter at fault."""
    document = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    if parameter is not None:
        document["parameter"] = parameter
    headers = {"Cache-Control": "no-store", **(headers or {})}
    return Response(json.dumps(document).encode(), status, headers, media_type="application/problem+json")
