"""`local = true`: a browser on this machine that has this start's key sees what a coordinator sees.

The `Host` header proves nothing, as a plain proxy sends `localhost`, and neither does the port, as to a browser every
port of this machine is the same site. So the server prints an address with a key when it starts, as Jupyter does.
"""

from __future__ import annotations

import hmac
import os
import secrets
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cwac import access
from cwac.storage import audit

ADDRESS = "/local"
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


def begin() -> Key:
    """Make a new key; the earlier key and its cookies are no longer accepted."""
    global _key
    _key = Key()
    return _key


def end() -> None:
    global _key
    _key = None


State = Literal["open", "no-key", "elsewhere"]


def state(headers: Mapping[str, str], cookies: Mapping[str, str]) -> State:
    """Whether a request with these headers and cookies comes from this machine, from a browser opened with the key."""
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
        if scope["type"] == "http" and scope["path"] == ADDRESS:
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
        audit.note_stranger(f"was refused {ADDRESS} from elsewhere")
        return PlainTextResponse(NOT_HERE, 403, no_store)
    if not _same(request.query_params.get("key", ""), _key.text):
        audit.note_stranger(f"was refused {ADDRESS} with another key")
        return PlainTextResponse(NO_KEY, 403, no_store)
    response = RedirectResponse("/", 303, no_store)
    response.set_cookie(_cookie_name(request.headers), _key.cookie, httponly=True, samesite="strict")
    return response


def _is_same_origin(headers: Headers) -> bool:
    origin, host = headers.get("origin"), headers.get("host")
    return bool(host) and origin in (f"http://{host}", f"https://{host}")
