"""The limits alone, with a clock of their own: what a request may ask for, and how often."""

import asyncio
import ipaddress
import resource
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Message, Receive, Scope, Send

from cwac.access import is_loopback_address
from cwac.settings import Settings
from cwac.web import limits
from cwac.web.limits import Limits, OpenCount, RateLimit, group
from tests.cases import each
from tests.fixed_clock import Clock


async def passes(*_: object) -> None:
    """The app behind the limits."""


def ask(
    gate: Limits, path: str = "/", method: str = "GET", client: str = "192.0.2.1", query: str = "", token: str = ""
) -> int | None:
    """The status of a refusal, None if the request passed."""
    sent: list[Message] = []

    async def send(message: Message) -> None:
        sent.append(message)

    headers = [(b"authorization", token.encode())] if token else []
    asyncio.run(gate(request(path, client, method=method, query=query.encode(), headers=headers), None, send))  # type: ignore[arg-type]
    if sent and sent[0]["status"] == 405:
        assert dict(sent[0]["headers"])[b"allow"] == b"GET, HEAD, OPTIONS"
    return sent[0]["status"] if sent else None


def request(
    path: str, client: str, *, method: str = "GET", query: bytes = b"", headers: Sequence[tuple[bytes, bytes]] = ()
) -> Scope:
    return {
        "type": "http", "method": method, "path": path, "query_string": query, "headers": headers,
        "client": (client, 1),
    }  # fmt: skip


def ask_from_many(gate: Limits, path: str, times: int) -> list[int | None]:
    """The refusals of requests that each come from another address; the path may hold their number."""
    clients = [f"10.0.{number // 250}.{number % 250}" for number in range(times)]
    return [ask(gate, path.format(number), client=client) for number, client in enumerate(clients)]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Limits:
    return Limits(passes, clock=clock)


@each(
    ("method", "status"),
    [("GET", None), ("HEAD", None), ("OPTIONS", None)]
    + [(method, 405) for method in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get")],
)
@each("path", ["/", "/calendar.ics", "/_stcore/stream", "/auth/login", "/healthz"])
def test_only_reading_is_possible(method: str, path: str, status: int | None) -> None:
    assert ask(Limits(passes), path, method) == status


@each(
    ("path", "status"),
    [
        ("/_stcore/metrics", 404),
        ("/_stcore/upload_file/session/file", 404),
        ("/_stcore/agent/openapi.json", 404),
        ("/_stcore/health", None),
        ("/metrics", None),
        ("/" + "x" * limits.MAX_ADDRESS, 414),
        ("/?" + "x" * limits.MAX_ADDRESS, 414),
        ("/" + "x" * (limits.MAX_ADDRESS - 1), None),
    ],
)
def test_unneeded_routes_and_long_addresses_are_refused(gate: Limits, path: str, status: int | None) -> None:
    path, _, query = path.partition("?")
    assert ask(gate, path, query=query) == status


def test_feed_requests_from_one_address_are_limited_and_pages_are_not(gate: Limits, clock: Clock) -> None:
    assert [ask(gate, "/calendar.ics") for _ in range(limits.BURST)] == [None] * limits.BURST
    assert ask(gate, "/feed/x.ics") == 429
    assert ask(gate, "/") is None
    assert ask_from_many(gate, "/calendar.ics", 100) == [None] * 100, "what is public is no one private feed"
    clock.now = 0.99
    assert ask(gate, "/calendar.ics") == 429
    clock.now = 2.0
    assert [ask(gate, "/calendar.ics") for _ in range(3)] == [None, None, 429]
    clock.now = 10_000.0
    assert [ask(gate, "/calendar.ics") for _ in range(limits.BURST + 1)] == [None] * limits.BURST + [429]


LIMITED = """
/calendar.ics /api/v1/events /unsubscribe/x /public/calendar.ics /public/es/calendar.ics /public/siskiyou/atom.xml
/public/events.json /public/sitemap.xml /public/event/EV-1.ics
"""
NOT_LIMITED = "/public/ /public/es/ /public/event/EV-1.html /public/style.css /public/embed /e/EV-1 / /calendar"


@each(("paths", "answer"), [(LIMITED, 429), (NOT_LIMITED, None)])
def test_everything_that_programs_ask_for_is_limited_and_pages_are_not(paths: str, answer: int | None) -> None:
    for path in paths.split():
        gate = Limits(passes, clock=Clock())
        assert [ask(gate, path) for _ in range(limits.BURST + 1)] == [None] * limits.BURST + [answer], path


def test_one_token_is_limited_however_its_header_is_written(gate: Limits) -> None:
    spellings = ["Bearer TOKEN", "bearer TOKEN", "BEARER TOKEN", "Bearer  TOKEN", "Bearer TOKEN ", "beaRer   TOKEN\t"]

    def statuses(times: int) -> list[int | None]:
        return [
            ask(gate, "/api/v1/events", client=f"192.0.2.{number}", token=spellings[number % len(spellings)])
            for number in range(times)
        ]

    assert statuses(limits.ONE_FEED_BURST) == [None] * limits.ONE_FEED_BURST
    assert statuses(len(spellings)) == [429] * len(spellings)
    assert ask(gate, "/api/v1/events", token="Bearer OTHER") is None


def test_messages_of_all_open_pages_of_one_address_wait_their_turn(
    clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With ten pages that each kept to a pace of its own, no other page opened."""
    waited: list[float] = []

    async def sleep(seconds: float) -> None:
        waited.append(seconds)

    async def receive() -> dict[str, object]:
        return {"type": "websocket.receive", "bytes": b""}

    async def read_one(_: object, receive: Receive, send: object) -> None:  # noqa: ARG001
        await receive()

    def send_from(client: str, times: int) -> list[float]:
        waited.clear()
        for _ in range(times):
            scope = {"type": "websocket", "path": "/_stcore/stream", "client": (client, 1)}
            asyncio.run(gate(scope, receive, None))  # type: ignore[arg-type]
        return list(waited)

    monkeypatch.setattr("asyncio.sleep", sleep)
    gate = Limits(read_one, clock=clock)
    assert send_from("192.0.2.1", 303) == [0.0] * 300 + [0.02, 0.04, 0.06]
    assert send_from("192.0.2.2", 1) == [0.0]
    clock.now = 1.06
    assert send_from("192.0.2.1", 51) == [0.0] * 50 + [0.02]


def test_one_private_feed_is_limited_across_all_addresses(gate: Limits, clock: Clock) -> None:
    burst = limits.ONE_FEED_BURST
    assert ask_from_many(gate, "/feed/shared.ics", burst + 1) == [None] * burst + [429]
    assert ask_from_many(gate, "/feed/own.ics", 1) == [None]
    clock.now = 1 / limits.ONE_FEED_A_SECOND
    assert ask_from_many(gate, "/feed/shared.ics", 2) == [None, 429]


def test_all_feeds_together_go_at_a_pace_and_other_pages_as_before(gate: Limits, clock: Clock) -> None:
    for now, many in ((0.0, limits.ALL_BURST), (1.0, int(limits.ALL_A_SECOND))):
        clock.now = now
        assert ask_from_many(gate, "/feed/{}.ics", many + 1) == [None] * many + [429]
        assert ask(gate, "/") is None


@pytest.mark.slow
def test_refused_requests_do_not_use_up_the_shared_limit(gate: Limits) -> None:
    for _ in range(10 * limits.ALL_BURST):
        ask(gate, "/calendar.ics")
    assert ask(gate, "/calendar.ics", client="192.0.2.2") is None


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_ipv6_addresses_are_counted_by_their_network(address: ipaddress.IPv6Address, host: int) -> None:
    start = int(address) >> 64 << 64
    if not start:  # this network holds the loopback and IPv4-mapped addresses
        return
    assert group(str(ipaddress.IPv6Address(start))) == group(str(ipaddress.IPv6Address(start + host)))
    assert group(str(address)) != group(str(ipaddress.IPv6Address((start + 2**64 + host) % 2**128)))


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_ipv4_address_is_counted_the_same_in_ipv6_form(first: ipaddress.IPv4Address, other: object) -> None:
    assert group(str(first)) == group(f"::ffff:{first}") == str(first)
    assert (group(f"::ffff:{first}") == group(f"::ffff:{other}")) == (first == other)


@each(
    ("addresses", "own"),
    [
        (("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1"), True),
        (("128.0.0.1", "::2", "2001:db8::1", "fe80::1%eth0", "unix", "", "x" * 10_000), False),
    ],
)
def test_loopback_addresses_are_recognized(addresses: tuple[str, ...], own: bool) -> None:
    groups = [group(address) for address in addresses]
    assert [is_loopback_address(name) for name in groups] == [own] * len(groups)
    assert max(map(len, groups)) <= 64


def test_count_forgets_addresses_with_nothing_open() -> None:
    count = OpenCount(2)
    assert [count.take(address) for address in ("a", "a", "a", "b")] == [True, True, False, True]
    count.release("a")
    assert count.take("a")
    for address in ("a", "a", "b"):
        count.release(address)
    assert count.take("a")
    count.release("a")
    assert not count._open


def test_rate_limit_remembers_a_bounded_number_of_addresses(clock: Clock) -> None:
    limit = RateLimit(2, 1.0, clock)
    for number in range(limits._MAX_KEYS + 50):
        limit.wait(str(number))
    assert len(limit._buckets) == limits._MAX_KEYS


def test_refused_connection_is_not_counted() -> None:
    connections = limits.Connections(
        Settings(connections_per_address=2, connections=3), trusted={"10.0.0.1"}.__contains__
    )
    first, second, third, fourth = (asyncio.Transport() for _ in range(4))
    assert [connections.admit(transport, "192.0.2.1") for transport in (first, second, third)] == [True, True, False]
    connections.release(third)
    assert not connections.admit(third, "192.0.2.1")
    assert connections.admit(third, "10.0.0.1")
    assert not connections.admit(fourth, "10.0.0.1")
    connections.release(first)
    connections.release(first)
    assert [connections.admit(transport, "192.0.2.1") for transport in (first, fourth)] == [True, False]


class Slow:
    """An app that starts its response at one event and ends it at another."""

    def __init__(self) -> None:
        self.inside = 0
        self.make, self.end = asyncio.Event(), asyncio.Event()
        self.gate = Limits(self)
        self.sent: list[Message] = []

    async def __call__(self, scope: object, receive: object, send: Send) -> None:  # noqa: ARG002
        self.inside += 1
        await self.make.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.end.wait()

    async def send(self, message: Message) -> None:
        self.sent.append(message)

    async def ask(self, number: int) -> None:
        client = f"10.0.{number // 250}.{number % 250}"
        await self.gate(request(f"/feed/{number}.ics", client), None, self.send)  # type: ignore[arg-type]

    async def asking(self, many: int) -> list[asyncio.Task[None]]:
        """That many requests, once each has come as far as it can."""
        tasks = [asyncio.create_task(self.ask(number)) for number in range(many)]
        await settle()
        return tasks


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_feeds_are_computed_a_few_at_once_and_slow_clients_hold_no_place() -> None:
    async def run() -> None:
        slow, many = Slow(), 3 * limits.FEEDS_AT_ONCE
        asking = await slow.asking(many)
        assert (slow.inside, slow.sent) == (limits.FEEDS_AT_ONCE, [])
        slow.make.set()
        await settle()
        # Although no client has read to the end.
        assert (slow.inside, [message["status"] for message in slow.sent]) == (many, [200] * many)
        slow.end.set()
        await asyncio.gather(*asking)

    asyncio.run(run())


def test_request_that_queues_too_long_is_told_to_try_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_QUEUE_SECONDS", 0.01)

    async def run() -> None:
        slow, many = Slow(), limits.FEEDS_AT_ONCE
        asking = await slow.asking(many)
        async with asyncio.timeout(30):
            await slow.ask(many)
        assert (slow.sent[0]["status"], dict(slow.sent[0]["headers"])[b"retry-after"]) == (503, b"31")
        slow.make.set()
        slow.end.set()
        await asyncio.gather(*asking)
        await slow.ask(many)
        assert slow.inside == many + 1

    asyncio.run(run())


def test_abandoned_request_frees_its_place() -> None:
    async def run() -> None:
        slow = Slow()
        for _ in range(4):
            slow.inside = 0
            asking = await slow.asking(10)
            assert slow.inside == limits.FEEDS_AT_ONCE
            for task in asking:
                task.cancel()
            await asyncio.gather(*asking, return_exceptions=True)

    asyncio.run(run())


@pytest.fixture
def descriptors() -> Iterator[int]:
    """The hard limit; changes are undone after the test."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_limit_of_open_files_is_raised_to_what_the_settings_need(descriptors: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, descriptors))
    limits.raise_open_files(Settings(connections=500))
    assert limits.open_files()[0] == 1024
    limits.raise_open_files(Settings(connections=2000))
    assert limits.open_files()[0] == 2000 + limits.SPARE_DESCRIPTORS
    limits.raise_open_files(Settings(connections=10**9))
    assert limits.open_files()[0] == descriptors


def test_fewer_open_files_mean_fewer_connections(descriptors: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.SPARE_DESCRIPTORS + 2, descriptors))
    connections = limits.Connections(Settings(), trusted=lambda _: False)
    assert [connections.admit(asyncio.Transport(), "192.0.2.1") for _ in range(3)] == [True, True, False]
