"""What a request may ask for, and how often: the limits alone, with a clock of their own."""

import asyncio
import ipaddress
import resource
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from starlette.types import Send

from cwac.settings import Settings
from cwac.web import limits
from cwac.web.limits import Limits, OpenCount, RateLimit, group


class Inside:
    """What stands behind the limits: it counts who gets through."""

    def __init__(self) -> None:
        self.came = 0

    async def __call__(self, scope: object, receive: object, send: object) -> None:  # noqa: ARG002
        self.came += 1


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def ask(gate: Limits, path: str = "/", method: str = "GET", client: str = "192.0.2.1", query: str = "") -> int | None:
    """The status of a refusal, None where the request got through."""
    sent: list[dict[str, object]] = []

    async def send(message: dict[str, object]) -> None:
        sent.append(message)

    scope = {
        "type": "http", "method": method, "path": path, "query_string": query.encode(), "client": (client, 1),
        "headers": [],
    }  # fmt: skip
    asyncio.run(gate(scope, None, send))  # type: ignore[arg-type]
    return sent[0]["status"] if sent else None  # type: ignore[return-value]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def gate(clock: Clock) -> Limits:
    return Limits(Inside(), clock=clock)


@pytest.mark.parametrize(
    ("method", "status"),
    [("GET", None), ("HEAD", None), ("OPTIONS", None)]
    + [(one, 405) for one in ("POST", "PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "PROPFIND", "get")],
)
def test_only_reading_is_possible(gate: Limits, method: str, status: int | None) -> None:
    assert ask(gate, "/anything", method) == status


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/_stcore/metrics", 404),
        ("/_stcore/upload_file/session/file", 404),
        ("/_stcore/agent/openapi.json", 404),
        ("/_stcore/health", None),
        ("/metrics", None),
        ("/" + "x" * limits.MAX_ADDRESS, 414),
        ("/" + "x" * (limits.MAX_ADDRESS - 1), None),
    ],
)
def test_what_nobody_needs_is_shut(gate: Limits, path: str, status: int | None) -> None:
    assert ask(gate, path) == status


def test_a_long_query_counts(gate: Limits) -> None:
    assert ask(gate, "/", query="x" * limits.MAX_ADDRESS) == 414


def test_feeds_go_at_a_pace_and_other_pages_as_before(gate: Limits, clock: Clock) -> None:
    assert [ask(gate, "/calendar.ics") for _ in range(limits.BURST)] == [None] * limits.BURST
    assert ask(gate, "/feed/x.ics") == 429
    assert ask(gate, "/") is None
    assert ask(gate, "/calendar.ics", client="192.0.2.2") is None
    clock.now = 0.99
    assert ask(gate, "/calendar.ics") == 429
    clock.now = 2.0
    assert [ask(gate, "/calendar.ics") for _ in range(3)] == [None, None, 429]
    clock.now = 10_000.0
    assert [ask(gate, "/calendar.ics") for _ in range(limits.BURST + 1)] == [None] * limits.BURST + [429]


def test_a_household_with_many_addresses_is_one(gate: Limits) -> None:
    answers = [ask(gate, "/calendar.ics", client=f"2001:db8:1:2::{number:x}") for number in range(limits.BURST + 1)]
    assert answers == [None] * limits.BURST + [429]
    assert ask(gate, "/calendar.ics", client="2001:db8:1:3::1") is None


def test_one_private_feed_goes_at_a_pace_whichever_addresses_it_is_asked_from(gate: Limits, clock: Clock) -> None:
    def asked(path: str, times: int) -> list[int | None]:
        return [ask(gate, path, client=f"192.0.2.{number}") for number in range(times)]

    assert asked("/feed/shared.ics", limits.ONE_FEED_BURST + 1) == [None] * limits.ONE_FEED_BURST + [429]
    assert asked("/feed/own.ics", 1) == [None]
    clock.now = 1 / limits.ONE_FEED_A_SECOND
    assert asked("/feed/shared.ics", 2) == [None, 429]


def test_everybodys_calendar_is_no_private_feed(gate: Limits) -> None:
    assert {ask(gate, "/calendar.ics", client=f"192.0.2.{number}") for number in range(100)} == {None}


def test_all_feeds_together_go_at_a_pace_and_other_pages_as_before(gate: Limits, clock: Clock) -> None:
    def asked(times: int) -> list[int | None]:
        return [
            ask(gate, f"/feed/{number}.ics", client=f"10.0.{number // 250}.{number % 250}") for number in range(times)
        ]

    assert asked(limits.ALL_BURST + 1) == [None] * limits.ALL_BURST + [429]
    assert ask(gate, "/") is None
    clock.now = 1.0
    assert asked(int(limits.ALL_A_SECOND) + 1) == [None] * int(limits.ALL_A_SECOND) + [429]


def test_what_one_address_asks_too_much_of_takes_nothing_from_the_others(gate: Limits) -> None:
    for _ in range(10 * limits.ALL_BURST):
        ask(gate, "/calendar.ics")
    assert ask(gate, "/calendar.ics", client="192.0.2.2") is None


# --- who is counted ---------------------------------------------------------------------------------------------------


@given(st.ip_addresses(v=6), st.integers(0, 2**64 - 1))
def test_a_slash_64_is_one_address_and_the_next_one_another(address: ipaddress.IPv6Address, host: int) -> None:
    start = int(address) >> 64 << 64
    if not start:  # loopback and IPv4-mapped addresses are in there
        return
    assert group(str(ipaddress.IPv6Address(start))) == group(str(ipaddress.IPv6Address(start + host)))
    assert group(str(address)) != group(str(ipaddress.IPv6Address((start + 2**64 + host) % 2**128)))


@given(st.ip_addresses(v=4), st.ip_addresses(v=4))
def test_ipv4_addresses_are_counted_one_by_one_however_they_are_written(
    one: ipaddress.IPv4Address, other: ipaddress.IPv4Address
) -> None:
    assert group(str(one)) == group(f"::ffff:{one}") == str(one)
    assert (group(f"::ffff:{one}") == group(f"::ffff:{other}")) == (one == other)


@pytest.mark.parametrize(
    ("address", "own"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("::ffff:127.0.0.1", True),
        ("128.0.0.1", False),
        ("::2", False),
        ("2001:db8::1", False),
        ("fe80::1%eth0", False),
        ("unix", False),
        ("", False),
    ],
)
def test_this_machines_own_addresses_are_known(address: str, own: bool) -> None:
    assert limits.is_loopback(group(address)) is own


def test_what_is_no_address_is_counted_as_it_stands_but_kept_short() -> None:
    assert group("unix:") == "unix:"
    assert len(group("x" * 10_000)) == 64


def test_a_tally_forgets_who_has_nothing_open() -> None:
    tally = OpenCount(2)
    assert [tally.take(one) for one in ("a", "a", "a", "b")] == [True, True, False, True]
    tally.release("a")
    assert tally.take("a")
    for one in ("a", "a", "b"):
        tally.release(one)
    assert tally.take("a")
    tally.release("a")
    assert not tally._open


def test_strangers_cannot_fill_the_memory(clock: Clock) -> None:
    pace = RateLimit(2, 1.0, clock)
    for number in range(limits._MAX_KEYS + 50):
        pace.wait(str(number))
    assert len(pace) == limits._MAX_KEYS


def test_a_refused_connection_is_not_counted() -> None:
    connections = limits.Connections(
        Settings(connections_per_address=2, connections=3), trusted={"10.0.0.1"}.__contains__
    )
    one, two, three, four = (asyncio.Transport() for _ in range(4))
    assert [connections.admit(each, "192.0.2.1") for each in (one, two, three)] == [True, True, False]
    connections.release(three)
    assert not connections.admit(three, "192.0.2.1")
    assert connections.admit(three, "10.0.0.1")
    assert not connections.admit(four, "10.0.0.1")
    connections.release(one)
    connections.release(one)
    assert [connections.admit(each, "192.0.2.1") for each in (one, four)] == [True, False]


# --- feeds in line ----------------------------------------------------------------------------------------------------


class Slow:
    """An application that makes its answer when told to, and ends when told to."""

    def __init__(self) -> None:
        self.inside = 0
        self.make, self.end = asyncio.Event(), asyncio.Event()

    async def __call__(self, scope: object, receive: object, send: Send) -> None:  # noqa: ARG002
        self.inside += 1
        await self.make.wait()
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await self.end.wait()


def feed(number: int) -> dict[str, object]:
    return {
        "type": "http", "method": "GET", "path": f"/feed/{number}.ics", "query_string": b"", "headers": [],
        "client": (f"10.0.{number // 250}.{number % 250}", 1),
    }  # fmt: skip


async def settle() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


def test_so_many_feeds_are_made_at_once_and_a_slow_reader_holds_no_place() -> None:
    async def run() -> None:
        slow, sent = Slow(), []

        async def send(message: dict[str, object]) -> None:
            sent.append(message.get("status"))

        gate = Limits(slow)
        many = 3 * limits.FEEDS_AT_ONCE
        asking = [asyncio.create_task(gate(feed(number), None, send)) for number in range(many)]  # type: ignore[arg-type]
        await settle()
        assert (slow.inside, sent) == (limits.FEEDS_AT_ONCE, [])
        slow.make.set()
        await settle()
        assert (slow.inside, sent) == (many, [200] * many)  # and nobody has read to the end
        slow.end.set()
        await asyncio.gather(*asking)

    asyncio.run(run())


def test_who_waits_too_long_in_line_is_asked_to_come_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MAX_QUEUE_SECONDS", 0.01)

    async def run() -> None:
        slow, sent = Slow(), []

        async def send(message: dict[str, object]) -> None:
            sent.append(message)

        gate = Limits(slow)
        many = limits.FEEDS_AT_ONCE
        asking = [asyncio.create_task(gate(feed(number), None, send)) for number in range(many)]  # type: ignore[arg-type]
        await settle()
        async with asyncio.timeout(30):
            await gate(feed(many), None, send)  # type: ignore[arg-type]
        assert (sent[0]["status"], dict(sent[0]["headers"])[b"retry-after"]) == (503, b"31")  # type: ignore[call-overload]
        slow.make.set()
        slow.end.set()
        await asyncio.gather(*asking)
        await gate(feed(many), None, send)  # type: ignore[arg-type]
        assert slow.inside == many + 1

    asyncio.run(run())


def test_a_feed_that_is_given_up_leaves_its_place() -> None:
    async def run() -> None:
        slow = Slow()

        async def send(_: object) -> None: ...

        gate = Limits(slow)
        for _ in range(3):
            asking = [asyncio.create_task(gate(feed(number), None, send)) for number in range(10)]  # type: ignore[arg-type]
            await settle()
            for one in asking:
                one.cancel()
            await asyncio.gather(*asking, return_exceptions=True)
        slow.inside = 0
        asking = [asyncio.create_task(gate(feed(number), None, send)) for number in range(10)]  # type: ignore[arg-type]
        await settle()
        assert slow.inside == limits.FEEDS_AT_ONCE
        for one in asking:
            one.cancel()
        await asyncio.gather(*asking, return_exceptions=True)

    asyncio.run(run())


def test_a_websocket_passes(gate: Limits) -> None:
    asyncio.run(gate({"type": "websocket", "path": "/_stcore/stream", "client": None}, None, None))  # type: ignore[arg-type]
    assert gate.app.came == 1  # type: ignore[attr-defined]


# --- open files -------------------------------------------------------------------------------------------------------


@pytest.fixture
def descriptors() -> Iterator[int]:
    """The hard limit; what a test sets is set back."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_the_soft_limit_of_a_shell_is_raised_to_what_the_caps_need(descriptors: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (1024, descriptors))
    limits.raise_open_files(Settings(connections=500))
    assert limits.open_files() == 1024
    limits.raise_open_files(Settings(connections=2000))
    assert limits.open_files() == 2000 + limits.SPARE_DESCRIPTORS
    limits.raise_open_files(Settings(connections=10**9))
    assert limits.open_files() == descriptors


def test_where_the_system_allows_fewer_files_there_are_fewer_connections(descriptors: int) -> None:
    resource.setrlimit(resource.RLIMIT_NOFILE, (limits.SPARE_DESCRIPTORS + 2, descriptors))
    connections = limits.Connections(Settings(), trusted=lambda _: False)
    assert [connections.admit(asyncio.Transport(), "192.0.2.1") for _ in range(3)] == [True, True, False]
