"""`local = true`: whoever holds the key of this start is a coordinator, in a browser on this machine.

An address in `Host` proves nothing, as a plain proxy sends `localhost`, and neither does the port: any page on another
port of this machine is the same site to a browser. So the start prints an address with a key, as Jupyter does.
"""

from __future__ import annotations

import hmac
import ipaddress
import os
import secrets
import socket
import stat
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal
from urllib.parse import parse_qs

from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from cwac import access
from cwac.storage import audit

ADDRESS = "/local"
_FORWARDING = ("x-forwarded-", "cf-", "x-envoy-", "x-amzn-", "x-appengine-", "x-azure-", "fly-")
_FORWARDING_NAMES = frozenset(
    {"forwarded", "via", "x-real-ip", "x-client-ip", "x-cluster-client-ip", "true-client-ip", "x-original-host",
     "x-original-url", "x-original-forwarded-for", "x-rewrite-url", "x-proxyuser-ip", "cdn-loop", "fastly-client-ip"}
)  # fmt: skip

NO_KEY = "Open the address that the terminal printed at the start: this key is not the one of this start.\n"
NOT_HERE = "The dashboard is open on its own machine only (local = true), and this request came from elsewhere.\n"


@dataclass(frozen=True)
class Key:
    """One start's key, and the value of the cookie that it is exchanged for."""

    text: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    cookie: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)


_key: Key | None = None
"""None where `local` does not hold: nobody can then come in by it."""


def begin() -> Key:
    """Make a new key. The one before ends, and its cookies with it."""
    global _key
    _key = Key()
    return _key


def end() -> None:
    """Let nobody in by any key."""
    global _key
    _key = None


State = Literal["open", "no-key", "elsewhere"]


def state(headers: Mapping[str, str], cookies: Mapping[str, str]) -> State:
    """Whether a browser with these headers and cookies sits at this machine, and was opened with the key."""
    if _key is None or not _is_here(headers):
        return "elsewhere"
    held = cookies.get(_cookie_name(headers), "")
    return "open" if _same(held, _key.cookie) else "no-key"


def _is_here(headers: Mapping[str, str]) -> bool:
    return access.is_loopback("localhost", headers.get("host"), is_forwarded(headers)) and listens_here_only()


def is_forwarded(headers: Mapping[str, str]) -> bool:
    """Whether any header says that the request came through a proxy."""
    names = [name.lower() for name in headers]
    return any(name in _FORWARDING_NAMES or name.startswith(_FORWARDING) for name in names)


def _cookie_name(headers: Mapping[str, str]) -> str:
    """With the port, as cookies of all ports of a machine are in one jar."""
    port = headers.get("host", "").rpartition(":")[2]
    return f"cwac_local_{port if port.isascii() and port.isdigit() else 80}"


def _same(given: str, held: str) -> bool:
    return hmac.compare_digest(given.encode("utf-8", "replace"), held.encode())


# --- what the server listens on -----------------------------------------------------------------------------------

_listening: bool | None = None


def listens_here_only() -> bool:
    """Whether every socket of this process that takes connections is bound to loopback.

    Read from the sockets themselves: what a setting says is not always what was bound. Without any, or where they
    cannot be read, as on Windows, False and True: the start has then gone by the setting.
    """
    global _listening
    if os.name != "posix":
        return True
    if not _listening:  # sockets stay as they are, but none may be there yet
        bound = list(listening_on())
        _listening = bool(bound) and all(_is_loopback(one) for one in bound)
    return _listening


def listening_on() -> Iterator[str]:
    """The addresses at which this process takes connections over TCP."""
    for name in os.listdir("/dev/fd"):
        with suppress(OSError):  # closed meanwhile
            if stat.S_ISSOCK(os.fstat(int(name)).st_mode):
                with socket.socket(fileno=os.dup(int(name))) as one:
                    if _takes_connections(one):
                        yield str(one.getsockname()[0])


def _takes_connections(one: socket.socket) -> bool:
    is_tcp = one.family in (socket.AF_INET, socket.AF_INET6) and one.type == socket.SOCK_STREAM
    return is_tcp and bool(one.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))


def _is_loopback(address: str) -> bool:
    ip = ipaddress.ip_address(address.partition("%")[0])
    mapped = ip.ipv4_mapped if isinstance(ip, ipaddress.IPv6Address) else None
    return (mapped or ip).is_loopback


# --- on the way in ------------------------------------------------------------------------------------------------


class LocalKey:
    """Takes the key at `/local`, and opens no websocket for a page of another origin while `local` holds."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"] == ADDRESS:
            await _exchange(scope)(scope, receive, send)
        elif scope["type"] == "websocket" and _key is not None and not _is_same_origin(Headers(scope=scope)):
            audit.note_stranger("was refused a websocket of another origin, or of none")
            await send({"type": "websocket.close", "code": 1008})
        else:
            await self.app(scope, receive, send)


def _exchange(scope: Scope) -> Response:
    """A cookie for the key."""
    fixed = {"Cache-Control": "no-store"}
    if _key is None:
        return RedirectResponse("/", 303, fixed)
    headers = Headers(scope=scope)
    if not _is_here(headers):
        audit.note_stranger(f"was refused {ADDRESS} from elsewhere")
        return PlainTextResponse(NOT_HERE, 403, fixed)
    given = parse_qs(scope["query_string"].decode("latin-1")).get("key", [""])[-1]
    if not _same(given, _key.text):
        audit.note_stranger(f"was refused {ADDRESS} with another key")
        return PlainTextResponse(NO_KEY, 403, fixed)
    answer = RedirectResponse("/", 303, fixed)
    answer.set_cookie(_cookie_name(headers), _key.cookie, httponly=True, samesite="strict")
    return answer


def _is_same_origin(headers: Headers) -> bool:
    origin, host = headers.get("origin"), headers.get("host")
    return bool(host) and origin in (f"http://{host}", f"https://{host}")
