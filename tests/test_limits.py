"""What a request may ask for, and how often: the limits alone, with a clock of their own."""

import asyncio

import pytest

from cwac import limits
from cwac.limits import Limits


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
    return Limits(Inside(), clock)  # type: ignore[arg-type]


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
        ("/" + "x" * limits.LONGEST_ADDRESS, 414),
        ("/" + "x" * (limits.LONGEST_ADDRESS - 1), None),
    ],
)
def test_what_nobody_needs_is_shut(gate: Limits, path: str, status: int | None) -> None:
    assert ask(gate, path) == status


def test_a_long_query_counts(gate: Limits) -> None:
    assert ask(gate, "/", query="x" * limits.LONGEST_ADDRESS) == 414


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


def test_strangers_cannot_fill_the_memory(gate: Limits) -> None:
    for number in range(limits._MOST_ADDRESSES + 50):
        gate._wait(str(number))
    assert len(gate._left) == limits._MOST_ADDRESSES


def test_a_websocket_passes(gate: Limits) -> None:
    asyncio.run(gate({"type": "websocket", "path": "/_stcore/stream"}, None, None))  # type: ignore[arg-type]
    assert gate.app.came == 1  # type: ignore[attr-defined]
