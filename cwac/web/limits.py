"""How much one client may take: the size of a request, how many connections are open, and feeds at a pace."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import suppress
from typing import ClassVar

import h11
import uvicorn
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from cwac.settings import Settings

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

READING = ("GET", "HEAD", "OPTIONS")
LONGEST_ADDRESS = 8192
"""Bytes of path and query."""
LARGEST_HEAD = 32_768
"""Bytes of all headers: a sign-in with many groups in it makes cookies of several thousand. nginx passes no more on,
and uvicorn breaks the connection at twice that, before there is anything to answer."""
CLOSED = ("/_stcore/metrics", "/_stcore/upload_file", "/_stcore/agent")
"""Streamlit's own routes that nobody here needs: uploads, figures about sessions, and a way in for programs."""

FEEDS = ("/calendar.ics", "/feed/")
BURST, A_SECOND = 60, 1.0
"""How many feeds one address may ask for at once, and each second after that: a whole office has one address."""
ONE_FEED_BURST, ONE_FEED_A_SECOND = 30, 0.1
"""The same for one private feed, whichever addresses it is asked from: a calendar asks once an hour or so."""
ALL_BURST, ALL_A_SECOND = 200, 20.0
"""The same for all feeds together: what strangers ask from many addresses must not slow the pages down."""
FEEDS_AT_ONCE = 4
"""How many feeds are answered at the same time; others wait in line, without holding a thread."""
LONGEST_WAIT = 2.0
"""Seconds in that line, after which a client is asked to come again."""
_MOST_KEYS = 10_000


class Limits:
    """Refuses what nobody needs to ask, and what one client asks too much of, before anything reads it.

    `clock` counts seconds.
    """

    def __init__(
        self, app: ASGIApp, settings: Settings | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        settings = settings or Settings()
        self._limit_loopback = settings.limit_loopback
        self._websockets = Tally(settings.websockets_per_address)
        self._requests = Tally(settings.connections_per_address)
        self._by_address = Pace(BURST, A_SECOND, clock)
        self._by_feed = Pace(ONE_FEED_BURST, ONE_FEED_A_SECOND, clock)
        self._overall = Pace(ALL_BURST, ALL_A_SECOND, clock)
        self._feeds = asyncio.Semaphore(FEEDS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # Behind a proxy that is trusted (FORWARDED_ALLOW_IPS) uvicorn has put its visitor's address here.
        address = group((scope.get("client") or ("",))[0])
        refusal = self._refusal(scope, address) if scope["type"] == "http" else None
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        counted = self._limit_loopback or not is_loopback(address)
        tallies = [self._requests, *([self._websockets] if scope["type"] == "websocket" else [])]
        taken = [tally for tally in tallies if counted and tally.take(address)]
        try:
            if counted and len(taken) < len(tallies):
                await _try_again("Too many open connections from your address\n", 10)(scope, receive, send)
            elif scope["path"].startswith(FEEDS):
                await self._answer_feed(scope, receive, send)
            else:
                await self.app(scope, receive, send)
        finally:
            for tally in taken:
                tally.release(address)

    def _refusal(self, scope: Scope, address: str) -> PlainTextResponse | None:
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
            # In this order: what one address asks too much of takes nothing from the others.
            wait = self._by_address.wait(address)
            if not wait and path.startswith("/feed/"):
                wait = self._by_feed.wait(str(hash(path)))
            if wait := wait or self._overall.wait(""):
                return _try_again("Too many requests\n", wait)
        return None

    async def _answer_feed(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(LONGEST_WAIT):
                await self._feeds.acquire()
        except TimeoutError:
            await _try_again("Too many requests\n", 30, status=503)(scope, receive, send)
            return
        held = True

        def release() -> None:
            nonlocal held
            if held:
                held = False
                self._feeds.release()

        async def with_release(message: Message) -> None:
            release()  # the answer is made: a client that reads it slowly must not hold up the line
            await send(message)

        try:
            await self.app(scope, receive, with_release)
        finally:
            release()


def _try_again(words: str, seconds: float, status: int = 429) -> PlainTextResponse:
    return PlainTextResponse(words, status, {"Retry-After": str(int(seconds) + 1), "Cache-Control": "no-store"})


class Pace:
    """For each key `burst` requests at once, and `a_second` each second after that. `clock` counts seconds."""

    def __init__(self, burst: int, a_second: float, clock: Callable[[], float]) -> None:
        self._burst, self._a_second, self._clock = burst, a_second, clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        return len(self._left)

    def wait(self, key: str) -> float:
        """Seconds until the next request with that key is allowed; 0 where it is allowed now, and counted."""
        now = self._clock()
        left, since = self._left.pop(key, (float(self._burst), now))
        left = min(self._burst, left + (now - since) * self._a_second)
        allowed = left >= 1
        self._left[key] = (left - 1 if allowed else left, now)
        while len(self._left) > _MOST_KEYS:
            self._left.popitem(last=False)
        return 0 if allowed else (1 - left) / self._a_second


class Tally:
    """How many things each address has open, at most `most`."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._open: Counter[str] = Counter()

    def take(self, address: str) -> bool:
        """Count one more, unless there are `most` already."""
        if self._open[address] >= self._most:
            return False
        self._open[address] += 1
        return True

    def release(self, address: str) -> None:
        """Count one less; an address with nothing open is forgotten."""
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


def group(address: str) -> str:
    """The address that is counted: an IPv4 address, or the /64 of an IPv6 address, as one household has a whole /64."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:64]  # a proxy's word is no address: at least it is short
    if ip.version == 4:
        return str(ip)
    if ip.ipv4_mapped is not None:  # how a socket for both kinds names an IPv4 address
        return str(ip.ipv4_mapped)
    return str(ip) if ip.is_loopback else str(ipaddress.ip_network((ip, 64), strict=False))


def is_loopback(address: str) -> bool:
    """Whether an address that `group` made is this machine's own."""
    with suppress(ValueError):
        return ipaddress.ip_address(address).is_loopback
    return False


# --- connections --------------------------------------------------------------------------------------------------

SPARE_DESCRIPTORS = 256
"""Kept for files, the store, and the calls to the source."""


class Connections:
    """The open connections of this process: at most so many in all, and from one address.

    A proxy that is trusted brings many visitors: of it only the sum is limited here, and its visitors in `Limits`.
    """

    def __init__(self, settings: Settings, trusted: Callable[[str], bool]) -> None:
        self._settings = settings
        self._trusted = trusted
        self._tally = Tally(settings.connections_per_address)
        self._open: dict[asyncio.BaseTransport, str | None] = {}
        self._most = min(settings.connections, max(1, open_files() - SPARE_DESCRIPTORS))

    def admit(self, transport: asyncio.BaseTransport, peer: str) -> bool:
        """Count a new connection; False where it is one too many."""
        if len(self._open) >= self._most:
            return False
        address = group(peer)
        exempt = self._trusted(peer) or (is_loopback(address) and not self._settings.limit_loopback)
        if not exempt and not self._tally.take(address):
            return False
        self._open[transport] = None if exempt else address
        return True

    def release(self, transport: asyncio.BaseTransport) -> None:
        """A connection has ended; one that was not admitted changes nothing."""
        address = self._open.pop(transport, None)
        if address is not None:
            self._tally.release(address)


class Connection(H11Protocol):
    """uvicorn's connection, closed at once where it is one too many, or where a request does not come in whole.

    uvicorn itself waits for the rest of a request for ever.
    """

    open: ClassVar[Connections]
    seconds: ClassVar[float]
    _deadline: asyncio.TimerHandle | None = None
    _is_websocket = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.open.admit(transport, self.client[0] if self.client else ""):
            self._watch()
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._watch()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._is_websocket = True
        super().handle_websocket_upgrade(event)

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel()
        self.open.release(self.transport)
        super().connection_lost(exc)

    def _watch(self) -> None:
        """One deadline for a whole request, so that a byte now and then does not put it off."""
        if self._is_websocket or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._cancel()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self.transport.abort)

    def _cancel(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class WebSocket(WebSocketsSansIOProtocol):
    """uvicorn's websocket, which takes a connection over from `Connection`."""

    open: ClassVar[Connections]

    def connection_lost(self, exc: Exception | None) -> None:
        self.open.release(self.transport)
        super().connection_lost(exc)


_startup = uvicorn.Server.startup


def guard_connections(settings: Settings) -> None:
    """Have uvicorn servers of this process use the classes above.

    Streamlit makes the server itself and takes no option for it; its `startup` is the last call before it listens.
    """

    async def startup(server: uvicorn.Server, sockets: list[socket.socket] | None = None) -> None:
        config = server.config
        trusted = ProxyHeadersMiddleware(config.loaded_app, config.forwarded_allow_ips).trusted_hosts
        counted = {"open": Connections(settings, trusted.__contains__)}
        config.http_protocol_class = type("Connection", (Connection,), counted | {"seconds": settings.request_seconds})
        config.ws_protocol_class = type("WebSocket", (WebSocket,), counted)
        await _startup(server, sockets)

    uvicorn.Server.startup = startup  # type: ignore[method-assign, assignment]


def files_needed(settings: Settings) -> int:
    """How many open files as many connections take as the settings allow."""
    return settings.connections + SPARE_DESCRIPTORS


def raise_open_files(settings: Settings) -> None:
    """Let this process have as many files open as the settings need, if the system allows it: shells give 1,024."""
    if resource is not None and open_files() < files_needed(settings):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(ValueError, OSError):  # macOS has a lower limit than it says
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(files_needed(settings), most_open_files()), hard))


def open_files() -> int:
    """How many files this process may have open."""
    return _file_limits()[0]


def most_open_files() -> int:
    """To how many it may raise that."""
    return _file_limits()[1]


def _file_limits() -> tuple[int, int]:
    if resource is None:
        return 8192, 8192
    soft, hard = (
        1_000_000 if one == resource.RLIM_INFINITY else one for one in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return soft, hard
