"""What a request may ask for: reading only, an address of sane length, and feeds at a pace."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

READING = ("GET", "HEAD", "OPTIONS")
LONGEST_ADDRESS = 8192
"""Bytes of path and query."""
LARGEST_HEAD = 32_768
"""Bytes of all headers: a sign-in with many groups in it makes cookies of several thousand. nginx passes no more on,
and uvicorn breaks the connection at twice that, before there is anything to answer."""
CLOSED = ("/_stcore/metrics", "/_stcore/upload_file", "/_stcore/agent")
"""Streamlit's own routes that nobody here needs: uploads, figures about sessions, and a way in for programs."""

FEEDS = ("/calendar.ics", "/feed/")
BURST = 60
"""How many feeds one address may ask for at once: an office of people stands behind one address."""
A_SECOND = 1.0
"""How many it may ask for each second after that."""
_MOST_ADDRESSES = 10_000


class Limits:
    """Turns away what nobody needs to ask, before anything reads it. `clock` counts seconds."""

    def __init__(self, app: ASGIApp, clock: Callable[[], float] = time.monotonic) -> None:
        self.app = app
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        answer = self._refusal(scope) if scope["type"] == "http" else None
        await (answer or self.app)(scope, receive, send)

    def _refusal(self, scope: Scope) -> PlainTextResponse | None:
        path: str = scope["path"]
        if scope["method"] not in READING:
            return PlainTextResponse("Only reading is possible here\n", 405, {"Allow": ", ".join(READING)})
        if len(scope.get("raw_path") or path.encode()) + len(scope.get("query_string", b"")) > LONGEST_ADDRESS:
            return PlainTextResponse("The address is too long\n", 414)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > LARGEST_HEAD:
            return PlainTextResponse("The headers are too large\n", 431)
        if path.startswith(CLOSED):
            return PlainTextResponse("Not found\n", 404)
        if path.startswith(FEEDS):
            wait = self._wait(_whose((scope.get("client") or ("",))[0]))
            if wait > 0:
                headers = {"Retry-After": str(int(wait) + 1), "Cache-Control": "no-store"}
                return PlainTextResponse("Too many requests\n", 429, headers)
        return None

    def _wait(self, who: str) -> float:
        """Seconds until that address may ask again; 0 where it may now, which is then counted."""
        now = self._clock()
        left, since = self._left.pop(who, (float(BURST), now))
        left = min(BURST, left + (now - since) * A_SECOND)
        may = left >= 1
        self._left[who] = (left - 1 if may else left, now)
        while len(self._left) > _MOST_ADDRESSES:
            self._left.popitem(last=False)
        return 0 if may else (1 - left) / A_SECOND


def _whose(address: str) -> str:
    """One household has a whole /64 of IPv6 to ask from."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(ipaddress.ip_network((ip, 64), strict=False)) if ip.version == 6 else str(ip)
