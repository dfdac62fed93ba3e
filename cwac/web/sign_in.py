"""Middleware around Streamlit's sign-in: return people to their page, and explain a sign-in that did not work.

Streamlit alone returns everybody to the first page, says nothing to people who were refused, shows two bare words while
the provider is down, and signs out anybody who follows a link from another site.
"""

from __future__ import annotations

from urllib.parse import SplitResult, quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cwac.web.streamlit_compat import CALLBACK, LOGIN, LOGOUT, USER_COOKIE

OUTCOME = "cwac_sign_in"
"""Name of the cookie that holds, for a minute, why the last sign-in did not work."""

_BACK = "cwac_back"
_BACK_SECONDS = 600
_OUTCOME_SECONDS = 60
_MAX_ADDRESS = 1500
"""Characters of an address kept in a cookie, which holds 4,096 bytes."""


class SignInPages:
    """Keeps the page that sign-in started from in a cookie, and redirects there afterwards."""

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
