"""Around Streamlit's sign-in: back to the page that somebody came for, and a word where signing in did not work.

By itself Streamlit returns everybody to the first page, says nothing to who was refused, shows two bare words
while the provider is down, and signs anybody out who follows a link of another site.
"""

from __future__ import annotations

from http.cookies import CookieError, SimpleCookie
from typing import Literal
from urllib.parse import parse_qs, quote, unquote, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LOGIN, LOGOUT, CALLBACK = "/auth/login", "/auth/logout", "/oauth2callback"
OUTCOME = "cwac_sign_in"
"""The cookie that says, for a minute, why the last sign-in did not work."""

Failure = Literal["refused", "unreachable", "failed"]
_BACK = "cwac_back"
_BACK_SECONDS = 600
_OUTCOME_SECONDS = 60
_LONGEST = 1500
"""Characters of an address that is kept: a cookie holds 4,096."""


class SignIn:
    """Keeps, in a cookie of this browser, where somebody was when they went to sign in, and sends them there after."""

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
        asked = Headers(scope=scope)
        dropped = False

        async def with_ways(message: Message) -> None:
            nonlocal dropped
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                if path == CALLBACK:
                    _came_back(scope, asked, answer)
                elif message["status"] >= 400:
                    dropped = True
                    message = _to_where_they_were(asked)
                else:
                    back = came_from(asked.get("referer"), asked.get("host"))
                    answer.append("Set-Cookie", _cookie(_BACK, quote(back, safe=""), _BACK_SECONDS, CALLBACK))
            elif dropped:
                message = {**message, "body": b""}
            await send(message)

        await self.app(scope, receive, with_ways)


NOT_SIGNED_OUT = "To sign out, press the button on a page of the dashboard.\n"


def is_own_page(asked: Headers) -> bool:
    """Whether a page of this very site asks, as browsers say by themselves and no page can make up.

    Old browsers only send `Referer`, which the dashboard's own pages do for requests of their own site.
    """
    fetched = asked.get("sec-fetch-site")
    if fetched is not None:
        return fetched == "same-origin"
    host = asked.get("host")
    return bool(host) and _netloc(asked.get("origin") or asked.get("referer")) == host


def _netloc(address: str | None) -> str:
    try:
        return urlsplit(address or "").netloc
    except ValueError:
        return ""


def came_from(referer: str | None, host: str | None) -> str:
    """The page and query of this very site that the browser says it comes from, else the first page."""
    try:
        was = urlsplit(referer or "")
    except ValueError:
        return "/"
    return _own(f"{was.path}?{was.query}" if was.query else was.path) if host and was.netloc == host else "/"


def _own(address: str) -> str:
    """The address, if it is plainly a page of this site and nothing else, else that of the first page."""
    plain = address.isascii() and address.isprintable() and " " not in address and "\\" not in address
    ours = address.startswith("/") and not address.startswith("//") and len(address) <= _LONGEST
    return address if plain and ours and urlsplit(address).path not in (LOGIN, CALLBACK) else "/"


def _came_back(scope: Scope, asked: Headers, answer: MutableHeaders) -> None:
    """Streamlit has answered the provider's callback: send people on to where they were, and say what went wrong."""
    kept = _cookies(asked).get(_BACK)
    if kept is not None:
        if "location" in answer:
            answer["Location"] = _own(unquote(kept))
        answer.append("Set-Cookie", _cookie(_BACK, "", 0, CALLBACK))
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    failure: Failure | None = None
    if "error" in query:
        failure = "refused"
    elif "code" in query and not _signed_in(answer):
        failure = "failed"
    answer.append("Set-Cookie", _cookie(OUTCOME, failure or "", _OUTCOME_SECONDS if failure else 0, "/"))


def _signed_in(answer: MutableHeaders) -> bool:
    return any(one.startswith("_streamlit_user=") and "Max-Age=0" not in one for one in answer.getlist("set-cookie"))


def _to_where_they_were(asked: Headers) -> Message:
    """The provider cannot be asked: back to the page with the button, which then says so."""
    was: Failure = "unreachable"
    headers = [
        ("location", came_from(asked.get("referer"), asked.get("host"))),
        ("set-cookie", _cookie(OUTCOME, was, _OUTCOME_SECONDS, "/")),
        ("content-length", "0"),
    ]
    return {
        "type": "http.response.start",
        "status": 302,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in headers],
    }


def _cookies(asked: Headers) -> dict[str, str]:
    try:
        return {name: one.value for name, one in SimpleCookie(asked.get("cookie", "")).items()}
    except CookieError:
        return {}


def _cookie(name: str, value: str, seconds: int, path: str) -> str:
    return f"{name}={value}; Max-Age={seconds}; Path={path}; HttpOnly; SameSite=Lax"
