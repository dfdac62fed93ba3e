"""Limits on what one client may use: request size, open connections, messages, and requests for feeds."""

from __future__ import annotations

import asyncio
import ipaddress
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from contextlib import ExitStack, suppress
from typing import Any, ClassVar

import h11
import streamlit as st
import uvicorn
from starlette.datastructures import Headers
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol

from cwac.access import ip_of, is_loopback_address
from cwac.settings import Settings
from cwac.web import streamlit_compat
from cwac.web.responses import problem

try:
    import resource
except ImportError:  # Windows has no such limit
    resource = None  # type: ignore[assignment]

METHODS = ("GET", "HEAD", "OPTIONS")
MAX_ADDRESS = 8192
"""Bytes of path and query."""
MAX_HEADERS = 32_768
"""Bytes of all headers: sign-in with many groups makes cookies of several thousand. nginx forwards no more, and uvicorn
closes the connection at twice that without an answer."""
UNSUBSCRIBE = "/unsubscribe/"
"""Mail programs stop messages by a POST there (RFC 8058); everything else is GET."""
API = "/api/"
FEEDS = ("/calendar.ics", "/feed/", UNSUBSCRIBE, API)
PUBLIC, PUBLIC_FEEDS = "/public/", (".ics", ".xml", ".json")
"""Where the public site is, and the endings of its files that programs ask for; people read its pages."""
BURST, A_SECOND = 60, 1.0
"""Feed requests from one address: a burst, then this many a second. A whole office may share one address."""
ONE_FEED_BURST, ONE_FEED_A_SECOND = 30, 0.1
"""The same for one private feed from any addresses: a calendar app asks about once an hour."""
ALL_BURST, ALL_A_SECOND = 200, 20.0
"""The same for all feeds together, so that strangers with many addresses cannot slow the pages down."""
FEEDS_AT_ONCE = 4
"""Feed requests answered at the same time; others queue without holding a thread."""
MAX_QUEUE_SECONDS = 2.0
"""Seconds in that queue after which a client is asked to try again later."""
MESSAGES_BURST, MESSAGES_A_SECOND = 100, 50.0
"""Messages of one websocket: a burst, then this many a second; a person who clicks fast sends ten a second."""
ADDRESS_MESSAGES_BURST, ADDRESS_MESSAGES_A_SECOND = 300, 50.0
"""The same for all open pages of one address; two hundred people who read send forty a second."""
READ_BYTES = 4096
"""Bytes read of a websocket at once: uvicorn reads no more until the messages in them are processed."""
_MAX_KEYS = 10_000


class Limits:
    """Middleware that refuses requests over the limits before anything else reads them. `clock` counts seconds."""

    def __init__(
        self, app: ASGIApp, settings: Settings | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.app = app
        settings = settings or Settings()
        self._limit_loopback = settings.limit_loopback
        self._websockets = OpenCount(settings.websockets_per_address)
        self._requests = OpenCount(settings.connections_per_address)
        self._by_address = RateLimit(BURST, A_SECOND, clock)
        self._messages = RateLimit(ADDRESS_MESSAGES_BURST, ADDRESS_MESSAGES_A_SECOND, clock)
        self._by_feed = RateLimit(ONE_FEED_BURST, ONE_FEED_A_SECOND, clock)
        self._overall = RateLimit(ALL_BURST, ALL_A_SECOND, clock)
        self._feeds = asyncio.Semaphore(FEEDS_AT_ONCE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        # Behind a trusted proxy (FORWARDED_ALLOW_IPS) uvicorn has put the visitor's address here.
        address = group((scope.get("client") or ("",))[0])
        is_websocket = scope["type"] == "websocket"
        if not is_websocket and (refusal := self._refusal(scope, address)) is not None:
            await refusal(scope, receive, send)
            return

        async def receive_in_turn() -> Message:
            message = await receive()
            if message["type"] == "websocket.receive":
                await asyncio.sleep(self._messages.wait(address, in_line=True))
            return message

        is_limited = self._limit_loopback or not is_loopback_address(address)
        counters = (self._requests, self._websockets) if is_websocket else (self._requests,)
        with ExitStack() as taken:
            for counter in counters if is_limited else ():
                if not counter.take(address):
                    await _try_again("Too many open connections from your address\n", 10)(scope, receive, send)
                    return
                taken.callback(counter.release, address)
            if is_feed(scope["path"]):
                await self._answer_feed(scope, receive, send)
            else:
                await self.app(scope, receive_in_turn if is_limited and is_websocket else receive, send)

    def _refusal(self, scope: Scope, address: str) -> Response | None:
        path: str = scope["path"]
        may_post = path.startswith(UNSUBSCRIBE) and scope["method"] == "POST"
        if scope["method"] not in METHODS and not may_post:
            if path.startswith(API):
                return problem(405, "Only reading is possible here.", None, {"Allow": "GET, HEAD"})
            return PlainTextResponse("Only reading is possible here\n", 405, {"Allow": ", ".join(METHODS)})
        if len(scope.get("raw_path") or path.encode()) + len(scope.get("query_string", b"")) > MAX_ADDRESS:
            return PlainTextResponse("The address is too long\n", 414)
        if sum(len(name) + len(value) for name, value in scope["headers"]) > MAX_HEADERS:
            return PlainTextResponse("The headers are too large\n", 431)
        if path.startswith(streamlit_compat.UNUSED_ROUTES):
            return PlainTextResponse("Not found\n", 404)
        if is_feed(path):
            # In this order, so that one address over its limit uses up nothing of the shared one.
            wait = self._by_address.wait(address)
            link = path if path.startswith("/feed/") else ""
            if path.startswith(API):
                link = bearer_token(Headers(scope=scope).get("authorization", ""))
            if not wait and link:  # of one private feed, or of one API token
                wait = self._by_feed.wait(str(hash(link)))
            if wait := wait or self._overall.wait(""):
                return _try_again("Too many requests\n", wait, path=path)
        return None

    async def _answer_feed(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            async with asyncio.timeout(MAX_QUEUE_SECONDS):
                await self._feeds.acquire()
        except TimeoutError:
            await _try_again("Too many requests\n", 30, 503, scope["path"])(scope, receive, send)
            return
        with ExitStack() as place:
            place.callback(self._feeds.release)

            async def release_and_send(message: Message) -> None:
                place.close()  # the answer is computed: a client that reads it slowly must not hold up the queue
                await send(message)

            await self.app(scope, receive, release_and_send)


def _try_again(message: str, seconds: float, status: int = 429, path: str = "") -> Response:
    headers = {"Retry-After": str(int(seconds) + 1), "Cache-Control": "no-store"}
    if path.startswith(API):
        return problem(status, f"{message.strip()}.", None, headers)
    return PlainTextResponse(message, status, headers)


def is_feed(path: str) -> bool:
    """Whether programs ask for this path again and again, and the limits on feeds apply."""
    return path.startswith(FEEDS) or (path.startswith(PUBLIC) and path.endswith(PUBLIC_FEEDS))


def bearer_token(authorization: str) -> str:
    """The token in an Authorization header, however it is spaced and the scheme is capitalized; empty without one."""
    scheme, _, token = authorization.partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


class RateLimit:
    """A token bucket for each key: `burst` requests at once, then `a_second` a second. `clock` counts seconds."""

    def __init__(self, burst: int, a_second: float, clock: Callable[[], float]) -> None:
        self._burst, self._a_second, self._clock = burst, a_second, clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()
        """Key -> tokens left, and when."""

    def wait(self, key: str, *, in_line: bool = False) -> float:
        """Count a request with that key and return 0, or return the seconds until one is allowed.

        `in_line`: the request counts in either case, and has its turn after these seconds.
        """
        now = self._clock()
        left, since = self._buckets.pop(key, (float(self._burst), now))
        before = min(self._burst, left + (now - since) * self._a_second)
        after = before - 1
        self._buckets[key] = (after if in_line or after >= 0 else before, now)
        if len(self._buckets) > _MAX_KEYS:
            self._buckets.popitem(last=False)
        return max(0.0, -after / self._a_second)


class OpenCount:
    """How many connections each address has open."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._open: Counter[str] = Counter()

    def take(self, address: str) -> bool:
        """Count one more; False at the limit."""
        if self._open[address] >= self._limit:
            return False
        self._open[address] += 1
        return True

    def release(self, address: str) -> None:
        self._open[address] -= 1
        if not self._open[address]:
            del self._open[address]


def group(address: str) -> str:
    """The key under which an address is counted: an IPv4 address, or an IPv6 /64, as one household has a whole /64."""
    if (ip := ip_of(address)) is None:
        return address[:64]  # what a proxy sent is not an address: at least keep it short
    if ip.version == 4 or ip.is_loopback:
        return str(ip)
    return str(ipaddress.ip_network((ip, 64), strict=False))


# --- connections --------------------------------------------------------------------------------------------------

SPARE_DESCRIPTORS = 256
"""File descriptors reserved for files, the store, and calls to the source."""


class Connections:
    """The open connections of this process, limited in total and by address.

    A trusted proxy counts toward the total only, since it brings many visitors: `Limits` limits each of those.
    """

    def __init__(self, settings: Settings, trusted: Callable[[str], bool]) -> None:
        self._settings = settings
        self._trusted = trusted
        self._by_address = OpenCount(settings.connections_per_address)
        self._open: dict[asyncio.BaseTransport, str | None] = {}
        self._limit = min(settings.connections, max(1, open_files()[0] - SPARE_DESCRIPTORS))

    def admit(self, transport: asyncio.BaseTransport, peer: str) -> bool:
        """Count a new connection; False at a limit."""
        if len(self._open) >= self._limit:
            return False
        address = group(peer)
        exempt = self._trusted(peer) or (is_loopback_address(address) and not self._settings.limit_loopback)
        if not exempt and not self._by_address.take(address):
            return False
        self._open[transport] = None if exempt else address
        return True

    def release(self, transport: asyncio.BaseTransport) -> None:
        address = self._open.pop(transport, None)
        if address is not None:
            self._by_address.release(address)


class _Deadline:
    """A protocol's deadline for receiving the rest of what a client has begun to send."""

    loop: asyncio.AbstractEventLoop
    transport: asyncio.Transport
    open: ClassVar[Connections]
    seconds: ClassVar[float]
    _deadline: asyncio.TimerHandle | None = None

    def _start_deadline(self) -> None:
        """Keep a deadline that runs already, so that single bytes do not extend it."""
        if self._deadline is None:
            self._deadline = self.loop.call_later(self.seconds, self.transport.abort)

    def _cancel_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def connection_lost(self, exc: Exception | None) -> None:
        self._cancel_deadline()
        self.open.release(self.transport)
        super().connection_lost(exc)  # type: ignore[misc]


class LimitedConnection(_Deadline, H11Protocol):
    """uvicorn's HTTP protocol with a limit on connections and a deadline for receiving a whole request.

    uvicorn alone waits for the rest of a request forever.
    """

    transport: asyncio.Transport
    _is_websocket = False

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if self.open.admit(transport, self.client[0] if self.client else ""):
            self._update_deadline()
        else:
            transport.abort()

    def data_received(self, data: bytes) -> None:
        super().data_received(data)
        self._update_deadline()

    def handle_websocket_upgrade(self, event: h11.Request) -> None:
        self._is_websocket = True
        super().handle_websocket_upgrade(event)

    def _update_deadline(self) -> None:
        if self._is_websocket or self.conn.their_state not in (h11.IDLE, h11.SEND_BODY):
            self._cancel_deadline()
        else:
            self._start_deadline()


class WebSocket(_Deadline, WebSocketsSansIOProtocol, asyncio.BufferedProtocol):
    """uvicorn's websocket protocol, with limits on what it receives over the transport of a `LimitedConnection`.

    Messages beyond the rate wait, unread, at the client. Pings, pongs and parts of messages beyond it end the
    connection, as does half a message that is not completed in time. uvicorn alone reads and answers all of them at
    once, and every other client waits meanwhile.
    """

    transport: asyncio.Transport

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._messages = RateLimit(MESSAGES_BURST, MESSAGES_A_SECOND, self.loop.time)
        self._other_frames = RateLimit(MESSAGES_BURST, MESSAGES_A_SECOND, self.loop.time)
        self._buffer = bytearray(READ_BYTES)

    def get_buffer(self, sizehint: int) -> bytearray:  # noqa: ARG002
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self.data_received(bytes(self._buffer[:nbytes]))

    def handle_events(self) -> None:
        frames, queued = len(self.conn.events), self.queue.qsize()
        super().handle_events()
        messages = self.queue.qsize() - queued
        if any(self._other_frames.wait("") for _ in range(frames - messages)):
            self.transport.abort()
            return
        is_half = not frames or bool(self.frames) or bool(self.conn.reader.buffer)
        if messages or not is_half:
            self._cancel_deadline()
        if is_half and not self.read_paused:  # while it is paused, the rest cannot be received
            self._start_deadline()

    async def receive(self) -> Any:
        """The next message, at the rate; of a connection that has ended, only that it has."""
        message = await super().receive()
        if message["type"] == "websocket.receive":
            # Even without a wait, as a full queue lets nothing else run.
            await asyncio.sleep(self._messages.wait("", in_line=True))
            if self.disconnected:
                return {"type": "websocket.disconnect", "code": 1005}
        return message


def guard_connections(settings: Settings) -> None:
    """Make the uvicorn servers of this process use the protocol classes above."""

    def use_limited_protocols(config: uvicorn.Config) -> None:
        trusted = ProxyHeadersMiddleware(config.loaded_app, config.forwarded_allow_ips).trusted_hosts
        shared = {"open": Connections(settings, trusted.__contains__), "seconds": settings.request_seconds}
        config.http_protocol_class = type("Connection", (LimitedConnection,), shared)
        config.ws_protocol_class = type("WebSocket", (WebSocket,), shared)
        # Streamlit refuses a larger message too, but only once the server holds all of it.
        config.ws_max_size = st.get_option("server.maxWidgetStateSize") * 1_000_000

    streamlit_compat.before_listening(use_limited_protocols)


def files_needed(settings: Settings) -> int:
    return settings.connections + SPARE_DESCRIPTORS


def raise_open_files(settings: Settings) -> None:
    """Raise the limit of open files to what the settings need, as far as the system allows: shells give 1,024."""
    soft, most = open_files()
    if resource is not None and soft < files_needed(settings):
        _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        with suppress(ValueError, OSError):  # the limit of macOS is lower than reported
            resource.setrlimit(resource.RLIMIT_NOFILE, (min(files_needed(settings), most), hard))


def open_files() -> tuple[int, int]:
    """The soft and the hard limit of open files."""
    if resource is None:
        return 8192, 8192
    soft, hard = (
        1_000_000 if limit == resource.RLIM_INFINITY else limit for limit in resource.getrlimit(resource.RLIMIT_NOFILE)
    )
    return soft, hard
