"""The viewer of a request: signed in, let in by the key of `local = true`, or a stranger.

With `local = true` a browser on this machine that has this start's key sees what a coordinator sees. The `Host` header
proves nothing, as a plain proxy sends `localhost`, and neither does the port, as to a browser every port of this
machine is the same site. So the server prints an address with a key when it starts, as Jupyter does.
"""

from __future__ import annotations

import hmac
import os
import secrets
import socket
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

import streamlit as st
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cwac import access
from cwac.access import Viewer
from cwac.clock import read_clock
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.settings import Settings
from cwac.storage import audit

Doorway = Literal["open", "sign-in", "not-listed", "unusual-address", "unverified", "set-up", "no-key", "other-county"]


VIEW_AS = "as"
"""URL parameter of the sample, the role to view as: `coordinator`, `public`, or `liaison SCSO`."""


def viewer_of(live: Live, settings: Settings) -> tuple[Viewer, Doorway]:
    """The viewer of this request, and "open" or the reason to refuse. Refuses in every case that is not listed."""
    if settings.sample:
        role = str(st.session_state.get(VIEW_AS) or st.query_params.get(VIEW_AS, "coordinator"))
        liaison = Viewer("liaison", (role.removeprefix("liaison "),))
        return {"coordinator": access.COORDINATOR, "public": access.PUBLIC}.get(role, liaison), "open"
    if settings.auth:
        return _signed_in(_claims(settings), live, settings)
    if is_local(settings):
        return access.COORDINATOR, "open"
    if settings.public:
        return access.PUBLIC, "open"
    return access.PUBLIC, "no-key" if settings.local and key_state() == "no-key" else "set-up"


def _claims(settings: Settings) -> Mapping[str, object]:
    """What the sign-in service says of this viewer; nothing without `[auth]`."""
    # Without a secrets file Streamlit looks for one at each question, one viewer after the other.
    return st.user.to_dict() if settings.auth else {}


def _signed_in(claims: Mapping[str, object], live: Live, settings: Settings) -> tuple[Viewer, Doorway]:
    if not access.signed_in_lately(claims, settings, read_clock()):
        return access.PUBLIC, "open" if settings.public else "sign-in"
    viewer = access.viewer_of(claims, settings, live.snapshot.agencies if live.snapshot else ())
    if access.may_enter(viewer, settings):
        return viewer, "open"
    return viewer, access.why_unusable(claims) or "not-listed"


def access_check(viewer: Viewer, county: str) -> Callable[[], bool]:
    """A function that tells, later and in any thread, whether this viewer still has the same access.

    `[access]` and the sheet's agencies may change while a page is open.
    """
    claims = _claims(sheets.settings(county))

    def is_allowed() -> bool:
        settings = sheets.settings(county)
        if settings.auth:
            return _signed_in(claims, sheets.current(county), settings) == (viewer, "open")
        return access.may_enter(viewer, settings)

    return is_allowed


def is_local(settings: Settings, request: Request | None = None) -> bool:
    """Whether a request (None: that of the page) has coordinator access through `local = true` and its key."""
    return settings.local and not settings.auth and key_state(request) == "open"


def audit_name(viewer: Viewer, settings: Settings) -> str | None:
    """The viewer's address for the audit log, marked if it is not verified; None without sign-in."""
    if viewer.email is not None:
        return viewer.email
    claims = _claims(settings)
    return access.as_claimed(claims) if claims.get("is_logged_in") is True else None


# --- the key of `local = true` ----------------------------------------------------------------------------------------

KEY_ADDRESS = "/local"
_FORWARDING = (
    "x-forwarded", "cf-", "x-envoy-", "x-amz", "x-appengine-", "x-azure-", "fly-", "x-arr-", "x-vercel-", "x-goog-",
    "x-cloud-trace-", "x-ms-", "tailscale-", "x-nf-", "akamai-", "x-akamai-", "fastly-", "x-auth-request-",
    "x-original-", "x-cluster-", "x-remote-", "remote-", "x-pomerium-", "x-webauth-", "x-proxy", "x-real-",
    "x-request-", "x-sucuri-", "incap-", "ngrok-", "rndr-",
)  # fmt: skip
_FORWARDING_NAMES = frozenset(
    {"forwarded", "forwarded-for", "via", "client-ip", "x-client-ip", "true-client-ip", "x-rewrite-url", "cdn-loop",
     "proxy-client-ip", "wl-proxy-client-ip", "proxy-authorization", "x-host", "x-scheme", "x-url-scheme",
     "front-end-https", "x-https", "max-forwards"}
)  # fmt: skip

NO_KEY = "Open the address that the terminal printed at the start: this key is not the one of this start.\n"
NOT_HERE = "The dashboard is open on its own machine only (local = true), and this request came from elsewhere.\n"


@dataclass(frozen=True)
class Key:
    """The key of one start, and the value of the cookie that it is exchanged for."""

    text: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


_key: Key | None = None
"""None where `local` does not apply: then no key is accepted."""


def begin_key() -> Key:
    """Make a new key; the earlier key and its cookies are no longer accepted."""
    global _key
    _key = Key()
    return _key


def end_key() -> None:
    global _key
    _key = None


def key_state(request: Request | None = None) -> Literal["open", "no-key", "elsewhere"]:
    """Whether a request (None: that of the page) comes from this machine, from a browser opened with the key."""
    asking = st.context if request is None else request
    headers, cookies = asking.headers, asking.cookies
    if _key is None or not _is_from_this_machine(headers):
        return "elsewhere"
    cookie = cookies.get(_cookie_name(headers), "")
    return "open" if _same(cookie, _key.cookie) else "no-key"


def _is_from_this_machine(headers: Mapping[str, str]) -> bool:
    from_here = access.is_from_this_machine("localhost", headers.get("host"), is_forwarded(headers))
    return from_here and listens_on_loopback_only()


def is_forwarded(headers: Mapping[str, str]) -> bool:
    """Whether any header was set by a proxy."""
    names = [name.lower() for name in headers]
    return any(name in _FORWARDING_NAMES or name.startswith(_FORWARDING) for name in names)


def _cookie_name(headers: Mapping[str, str]) -> str:
    """Contains the port, as browsers share cookies among all ports of a host."""
    port = headers.get("host", "").rpartition(":")[2]
    return f"cwac_local_{port if port.isascii() and port.isdigit() else 80}"


def _same(received: str, expected: str) -> bool:
    return hmac.compare_digest(received.encode("utf-8", "replace"), expected.encode())


# --- what the server listens on -----------------------------------------------------------------------------------

_listening: bool | None = None


def listens_on_loopback_only() -> bool:
    """Whether every listening TCP socket of this process is bound to loopback; False while there is none.

    Read from the sockets themselves, as a setting does not always say what was bound. True on Windows, which cannot
    list them: there the check of the setting at the start must do.
    """
    global _listening
    if os.name != "posix":
        return True
    if not _listening:  # sockets never change, but there may be none yet
        addresses = list(listening_on())
        _listening = bool(addresses) and all(access.is_loopback_address(address) for address in addresses)
    return _listening


def listening_on() -> Iterator[str]:
    for name in os.listdir("/dev/fd"):
        with suppress(OSError):  # closed in the meantime
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as duplicate:
                    is_tcp = duplicate.family in (socket.AF_INET, socket.AF_INET6)
                    is_tcp = is_tcp and duplicate.type == socket.SOCK_STREAM
                    if is_tcp and duplicate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
                        yield str(duplicate.getsockname()[0])


# --- the middleware -----------------------------------------------------------------------------------------------


class LocalKey:
    """Exchanges the key for a cookie at `/local`, and refuses websockets of other origins while `local` applies."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == KEY_ADDRESS:
            await _exchange_key(Request(scope))(scope, receive, send)
        elif scope["type"] == "websocket" and _key is not None and not _is_same_origin(Headers(scope=scope)):
            audit.note_stranger("was refused a websocket of another origin, or of none")
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(scope, receive, send)


def _exchange_key(request: Request) -> Response:
    no_store = {"Cache-Control": "no-store"}
    if _key is None:
        return RedirectResponse("/", 303, no_store)
    if not _is_from_this_machine(request.headers):
        audit.note_stranger(f"was refused {KEY_ADDRESS} from elsewhere")
        return PlainTextResponse(NOT_HERE, 403, no_store)
    if not _same(request.query_params.get("key", ""), _key.text):
        audit.note_stranger(f"was refused {KEY_ADDRESS} with another key")
        return PlainTextResponse(NO_KEY, 403, no_store)
    response = RedirectResponse("/", 303, no_store)
    response.set_cookie(_cookie_name(request.headers), _key.cookie, httponly=True, samesite="strict")
    return response


def _is_same_origin(headers: Headers) -> bool:
    origin, host = headers.get("origin"), headers.get("host")
    return bool(host) and origin in (f"http://{host}", f"https://{host}")
