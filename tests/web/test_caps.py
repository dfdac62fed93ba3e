"""Limits and deadlines of the running server, with real sockets, just below and just above each."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.exceptions import InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests.cases import each
from tests.web.served import Served, get, serving, session, until

pytestmark = pytest.mark.slow

WEBSOCKETS, EACH, ALL, SECONDS = 3, 5, 12, 2
"""Small limits: open pages and connections of one address, connections in total, and the deadline in seconds."""
SMALL = {
    "CWAC_WEBSOCKETS_PER_ADDRESS": str(WEBSOCKETS), "CWAC_CONNECTIONS_PER_ADDRESS": str(EACH),
    "CWAC_CONNECTIONS": str(ALL), "CWAC_REQUEST_SECONDS": str(SECONDS),
}  # fmt: skip
PATIENCE = 15.0
ONE, OTHER = "127.0.0.2", "127.0.0.3"
"""Clients on this machine that are no proxy: only 127.0.0.1 is trusted as one."""
PROXY = "127.0.0.1"


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serving(tmp_path_factory.mktemp("caps"), SMALL) as running:
        yield running


@pytest.fixture
def idle(served: Served) -> Served:
    """The server, when no connection of an earlier test is open any more."""
    until(lambda: open_sockets(served) == 0)
    return served


def open_sockets(served: Served) -> int:
    """Established connections at the server's end, as the kernel counts them."""
    lines = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    inodes = {line[9] for line in lines if line[1].endswith(f":{served.port:04X}") and line[3] in ("01", "08")}
    return len(inodes)


def connection(served: Served, source: str) -> socket.socket:
    opened = socket.create_connection((PROXY, served.port), timeout=PATIENCE, source_address=(source, 0))
    opened.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return opened


def is_closed(opened: socket.socket) -> bool:
    """Whether the server closes it within `PATIENCE` seconds, whatever it sends before."""
    try:
        while opened.recv(65_536):
            pass
    except TimeoutError:
        return False
    except OSError:
        pass
    return True


def answers(opened: socket.socket) -> bool:
    """Whether the server answers a request on that connection."""
    answer = b""
    with contextlib.suppress(OSError):
        opened.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        while not answer.endswith(b"\r\n\r\nok\n") and (received := opened.recv(65_536)):
            answer += received
    return answer.startswith(b"HTTP/1.1 200")


@contextlib.contextmanager
def page(served: Served, source: str = PROXY, visitor: str | None = None) -> Iterator[ClientConnection]:
    """An open page from that address; with `visitor`, of that visitor through the proxy at the address."""
    with connect(
        f"ws://localhost:{served.port}/_stcore/stream",
        sock=connection(served, source),
        subprotocols=["streamlit"],  # type: ignore[list-item]
        origin=f"http://localhost:{served.port}",  # type: ignore[arg-type]
        additional_headers={"X-Forwarded-For": visitor} if visitor else {},
    ) as opened:
        yield opened


@each(
    ("sources", "refused_from", "answered_from"),
    [
        ([ONE] * EACH, [ONE], [OTHER]),
        ([f"127.0.1.{1 + number // 4}" for number in range(ALL)], [ONE, PROXY], []),
        ([PROXY] * (EACH + 2), [], [PROXY]),  # the proxy may open more than one address may
    ],
)
def test_connections_are_limited_until_one_closes(
    served: Served, sources: list[str], refused_from: list[str], answered_from: list[str]
) -> None:
    until(lambda: open_sockets(served) == 0)
    with ExitStack() as stack:
        mine = [stack.enter_context(connection(served, source)) for source in sources]
        assert all(answers(opened) for opened in mine)
        for source in (*refused_from, *answered_from):
            with connection(served, source) as another:
                assert answers(another) == (source in answered_from), source
        mine.pop().close()
        until(lambda: open_sockets(served) == len(sources) - 1)
        with connection(served, ONE) as again:
            assert answers(again)


HALVES = {
    "nothing": b"",
    "half a line": b"GET /heal",
    "headers without an end": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX-A: b\r\n",
    "half a websocket": b"GET /_stcore/stream HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\n",
    "half a body": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000000\r\n\r\nabc",
    "half of a second request": b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nGET /healthz HTTP/1.1\r\nHost: ",
}


def test_complete_requests_and_an_open_page_outlive_the_deadline(idle: Served) -> None:
    end = time.monotonic() + 2 * SECONDS
    with connection(idle, ONE) as opened, page(idle) as open_page:
        while time.monotonic() < end:
            assert answers(opened)
            time.sleep(0.2)  # else both ends would keep a core busy
        assert open_page.ping().wait(PATIENCE)


WHOLE, PART = 0x80, 0
CONTINUATION, BINARY, PING, PONG = 0, 2, 9, 10


def frame(kind: int, payload: bytes = b"", fin: int = WHOLE) -> bytes:
    """A websocket frame as a browser sends it, with a mask of zeros."""
    length = bytes([0x80 | len(payload)]) if len(payload) < 126 else b"\xfe" + len(payload).to_bytes(2, "big")
    return bytes([fin | kind]) + length + bytes(4) + payload


@contextlib.contextmanager
def websocket(served: Served, source: str) -> Iterator[socket.socket]:
    """The socket of an open page, to which a test can write frames that no library would."""
    with connection(served, source) as opened:
        opened.sendall(
            b"GET /_stcore/stream HTTP/1.1\r\nHost: localhost:%d\r\nOrigin: http://localhost:%d\r\n"
            b"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
            b"Sec-WebSocket-Protocol: streamlit\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            % (served.port, served.port)
        )
        assert opened.recv(1000).startswith(b"HTTP/1.1 101")
        yield opened


RERUN = BackMsg()
RERUN.rerun_script.page_name = "sheet_health"
ASKING_FOR_A_FILE = BackMsg()
"""A message that is answered, unless a run begins just then: it clears what was not sent yet."""
ASKING_FOR_A_FILE.backend_operation_request.request_id = "after-a-run"
ASKING_FOR_A_FILE.backend_operation_request.deferred_file.file_id = "after-a-run"


def test_another_page_opens_before_the_messages_of_one_websocket_are_read(idle: Served) -> None:
    """The last message cannot be read, so the server ends the session when it comes to it."""
    ended = threading.Event()

    def read(opened: socket.socket) -> None:
        received = b""
        with contextlib.suppress(OSError):
            while data := opened.recv(65_536):
                received = received[-20:] + data
                if b"\x88\x02\x03\xea" in received:  # a close frame with code 1002
                    ended.set()

    with websocket(idle, ONE) as attacker:
        reader = threading.Thread(target=read, args=(attacker,))
        reader.start()
        attacker.sendall(frame(BINARY, RERUN.SerializeToString()) * 3000 + frame(BINARY, b"\xff\xff not a message"))
        with session(idle, patience=120) as visitor:
            assert visitor.open().messages
        assert not ended.is_set()
        attacker.shutdown(socket.SHUT_RDWR)
        reader.join()


def test_person_who_clicks_fast_is_answered_and_never_cut_off(idle: Served) -> None:
    with page(idle, ONE) as opened, ThreadPoolExecutor(1) as pool:
        clicking = pool.submit(lambda: [opened.send(RERUN.SerializeToString()) for _ in range(120)])
        answer = ForwardMsg()
        while answer.WhichOneof("type") != "backend_operation_response":
            answer.ParseFromString(opened.recv(timeout=60, decode=False))
            if answer.WhichOneof("type") == "script_finished":
                opened.send(ASKING_FOR_A_FILE.SerializeToString())  # after the last run if not before
        clicking.result()


@each(
    ("first", "flood"),
    [
        (b"", frame(PING, b"x" * 100)),
        (b"", frame(PONG)),
        (frame(BINARY, b"", PART), frame(CONTINUATION, b"", PART)),
    ],
    ids=["pings", "pongs", "parts of a message"],
)
def test_websocket_frames_that_are_no_messages_end_the_connection(served: Served, first: bytes, flood: bytes) -> None:
    until(lambda: open_sockets(served) == 0)
    with websocket(served, ONE) as opened:
        opened.sendall(first + flood * 20)
        assert get(f"{served.url}/healthz").status_code == 200
        assert open_sockets(served) >= 1, "a few are allowed"
        with contextlib.suppress(OSError):
            opened.sendall(flood * 2000)
        assert is_closed(opened)


HALF_MESSAGES = {
    "half a header": b"\x82",
    "a header alone": b"\x82\xff" + (1000).to_bytes(8, "big") + bytes(4),
    "half a message": frame(BINARY, b"x" * 100)[:50],
    "the first part of a message": frame(BINARY, b"x", PART),
    "a message and a half": frame(PING) + frame(BINARY, b"x" * 100)[:50],
}
DRIPPED = {*HALVES, "a header alone", "half a message", "a message and a half"}
"""Halves that single bytes leave halves."""


@each("dripping", [False, True])
def test_half_a_request_or_message_is_closed_at_the_deadline(idle: Served, dripping: bool) -> None:
    """Not earlier, and single bytes do not extend the deadline. All halves wait at once, each from its own address."""

    def seconds_until_closed(half: str, source: str) -> float | None:
        began = time.monotonic()
        with connection(idle, source) if half in HALVES else websocket(idle, source) as opened:
            opened.sendall(HALVES[half] if half in HALVES else HALF_MESSAGES[half])
            opened.settimeout(0.3)
            while time.monotonic() < began + PATIENCE:
                if dripping and half in DRIPPED:
                    with contextlib.suppress(OSError):
                        opened.sendall(b"x")
                if is_closed(opened):
                    return time.monotonic() - began
        return None

    halves = [*HALVES, *HALF_MESSAGES]
    sources = [f"127.0.3.{number}" for number in range(1, len(halves) + 1)]
    with ThreadPoolExecutor(len(halves)) as pool:
        took = dict(zip(halves, pool.map(seconds_until_closed, halves, sources), strict=True))
    # An event loop's clock stands still during an iteration, so its timers may fire that much early.
    assert {name: seconds for name, seconds in took.items() if seconds is None or seconds < SECONDS - 0.2} == {}


def test_large_message_is_refused_by_its_header(idle: Served) -> None:
    with websocket(idle, ONE) as opened:
        opened.sendall(b"\x82\xff" + (1_000_001).to_bytes(8, "big") + bytes(4))
        began = b""
        while b"\x03\xf1" not in began:  # the close code 1009
            data = opened.recv(65_536)
            assert data
            began += data


def refused(served: Served, source: str = PROXY, visitor: str | None = None) -> bool:
    """Whether another page is refused, with a time to try again; otherwise it is closed again."""
    try:
        with page(served, source, visitor):
            return False
    except InvalidStatus as refusal:
        response = refusal.response
    assert response.status_code == 429
    assert int(response.headers["Retry-After"]) > 0
    return True


@contextlib.contextmanager
def pages(served: Served, source: str, visitors: Iterable[str | None]) -> Iterator[None]:
    with ExitStack() as stack:
        for visitor in visitors:
            stack.enter_context(page(served, source, visitor))
        yield


def test_open_pages_of_one_address_are_limited_until_one_closes(idle: Served) -> None:
    with pages(idle, ONE, [None] * (WEBSOCKETS - 1)):
        with page(idle, ONE):
            assert refused(idle, ONE)
            assert not refused(idle, OTHER)
        until(lambda: not refused(idle, ONE))


NETWORK = [f"2001:db8:1:2::{number}" for number in range(WEBSOCKETS)]


@each(
    ("visitors", "another", "same"),
    [
        (["203.0.113.7"] * WEBSOCKETS, "203.0.113.7", True),
        (["203.0.113.7"] * WEBSOCKETS, "203.0.113.8", False),
        (NETWORK, "2001:db8:1:2:ffff:ffff:ffff:ffff", True),
        (NETWORK, "2001:db8:1:3::", False),
        (["::ffff:203.0.113.9"] * WEBSOCKETS, "203.0.113.9", True),
        (["::ffff:203.0.113.9"] * WEBSOCKETS, "::ffff:203.0.113.10", False),
        # Only the last address was added by the proxy; a client can make up those before it.
        ([f"198.51.100.{number}, 203.0.113.7" for number in range(WEBSOCKETS)], "198.51.100.9, 203.0.113.7", True),
    ],
)
def test_behind_the_proxy_pages_are_counted_by_visitor(
    served: Served, visitors: list[str], another: str, same: bool
) -> None:
    until(lambda: open_sockets(served) == 0)
    with pages(served, PROXY, visitors):
        assert refused(served, PROXY, another) is same
        assert not refused(served, ONE)


def test_who_is_no_trusted_proxy_names_nobody(idle: Served) -> None:
    with pages(idle, ONE, [f"203.0.113.{number}" for number in range(WEBSOCKETS)]):
        assert refused(idle, ONE, "203.0.113.99")
        assert not refused(idle, PROXY, "203.0.113.0")


def test_open_pages_and_requests_of_a_visitor_behind_the_proxy_are_counted_together(tmp_path: Path) -> None:
    small = SMALL | {"CWAC_WEBSOCKETS_PER_ADDRESS": "10", "CWAC_CONNECTIONS_PER_ADDRESS": "3"}
    with serving(tmp_path, small) as served:

        def status(visitor: str) -> int:
            return get(f"{served.url}/healthz", headers={"X-Forwarded-For": visitor}).status_code

        with pages(served, PROXY, ["203.0.113.50"] * 2):
            assert status("203.0.113.50") == 200
            with page(served, PROXY, "203.0.113.50"):
                assert status("203.0.113.50") == 429
                assert refused(served, PROXY, "203.0.113.50")
                assert status("203.0.113.51") == 200
            until(lambda: status("203.0.113.50") == 200)


def test_setting_exempts_loopback_from_the_limits(tmp_path: Path) -> None:
    with serving(tmp_path, SMALL | {"CWAC_LIMIT_LOOPBACK": "false", "CWAC_CONNECTIONS": "40"}) as free:
        with pages(free, ONE, [None] * (EACH + 3)):
            assert not refused(free, PROXY)
        until(lambda: open_sockets(free) == 0)
        with pages(free, PROXY, ["203.0.113.7"] * WEBSOCKETS):
            assert refused(free, PROXY, "203.0.113.7"), "visitors of a proxy are limited all the same"
