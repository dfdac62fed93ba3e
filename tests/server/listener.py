"""A threaded HTTP server on loopback, and what the stand-ins share: hosts, faults, access tokens and a log."""

import contextlib
import gzip
import http.server
import math
import socket
import ssl
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from tests.server import tokens
from tests.server.answers import REFUSALS, Answer

SPOILING = ("cut-json", "short-body", "reset", "close", "hang", "drip-body", "drip-headers")
"""Faults that damage or delay the true answer."""


@dataclass
class Fault:
    """A fault for the next `times` requests of the kind `on` (None: until `heal()`).

    `on` is a kind of call (`token`, `metadata`, `batchGet`, …), `sheets` for all but `token`, or `any`.
    `seconds` is how long `hang`, `drip-body` and `drip-headers` take; after that the true answer is complete.
    `answer`, if set, is sent instead of the true one.
    """

    kind: str
    on: str
    times: int | None
    seconds: float
    retry_after: str | int | None
    answer: Answer | None

    def meets(self, call: str) -> bool:
        return self.times != 0 and (self.on in (call, "any") or (self.on == "sheets" and call != "token"))


class Listener(http.server.ThreadingHTTPServer):
    """One host of a stand-in."""

    daemon_threads = True
    request_queue_size = 64

    def __init__(self, port: int, owner: "StandIn", name: str) -> None:
        self.owner = owner
        self.name = name
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", port), Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        request, address = super().get_request()
        if self.owner.tls:  # hands are shaken in the request's own thread
            request = self.owner.tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        self.open.add(request)
        return request, address

    def shutdown_request(self, request: socket.socket) -> None:
        self.open.discard(request)
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)[:1] == b"\x01":
            request.close()  # a reset, which a shutdown would turn into a proper end
        else:
            super().shutdown_request(request)

    def handle_error(self, *_: object) -> None:
        error = sys.exception()
        # A client that gave up waiting is no fault of ours.
        if error is not None and not isinstance(error, ConnectionError | ssl.SSLError):
            self.owner.failures.append(error)


class Handler(http.server.BaseHTTPRequestHandler):
    server: Listener
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgment

    def do_GET(self) -> None:
        self.server.owner.serve(self)

    do_POST = do_GET  # noqa: N815 - the name that http.server calls

    def log_message(self, *_: object) -> None:
        pass

    def send(self, answer: Answer, fault: Fault | None, stop: threading.Event) -> None:
        """Send the answer as changed by the fault; `stop` ends every wait."""
        kind = "" if fault is None or fault.answer else fault.kind
        seconds = fault.seconds if fault else 0.0
        if kind == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        if kind in ("reset", "close") or (kind == "hang" and stop.wait(seconds)):
            self.close_connection = True
            return
        answer = (fault and fault.answer) or answer
        headers, body = dict(answer.headers), answer.body
        if fault and fault.retry_after is not None:
            headers["Retry-After"] = str(fault.retry_after)
        if kind == "cut-json":
            body = gzip.decompress(body) if headers.pop("Content-Encoding", None) else body
            body = body[: len(body) // 2]
        if kind in ("short-body", "drip-body", "drip-headers") or "Transfer-Encoding" not in headers:
            headers.pop("Transfer-Encoding", None)
            headers["Content-Length"] = str(len(body))
        else:
            body = (b"%x\r\n%b\r\n" % (len(body), body) if body else b"") + b"0\r\n\r\n"
        self.send_response(answer.status)
        if kind == "drip-headers":
            self.flush_headers()
            if not self._drip(b"X-Slow: " + b"." * 200 + b"\r\n", seconds, stop):
                return
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if kind == "drip-body":
            self._drip(body, seconds, stop)
        elif kind == "short-body":
            self.wfile.write(body[:-20])
            self.close_connection = True
        else:
            self.wfile.write(body)

    def _drip(self, content: bytes, seconds: float, stop: threading.Event) -> bool:
        """False where it was broken off."""
        pieces = max(1, min(len(content), round(seconds / 0.02)))
        size = math.ceil(len(content) / pieces)
        for start in range(0, len(content), size):
            self.wfile.write(content[start : start + size])
            self.wfile.flush()
            if stop.wait(seconds / pieces):
                self.close_connection = True
                return False
        return True


@dataclass(frozen=True)
class Incoming:
    """A request as it arrived; what may hold a secret is not printed."""

    host: str
    method: str
    target: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)
    status: int = 0
    """That of the true answer, in the log."""

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """The parameters of the address, in order."""
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)

    @property
    def query(self) -> dict[str, str]:
        return dict(self.pairs)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.body.decode("ascii", "replace"), keep_blank_values=True))

    @property
    def bearer(self) -> str:
        """The access token; blank where there is none."""
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        return token if kind.lower() == "bearer" else ""


class StandIn:
    """Servers on loopback, one port for each of `hosts`, between `with` and its end (or `start()` and `stop()`).

    `calls` counts the requests by kind and `log` has each. With `certificate` (a PEM file that it writes, and that a
    client must be told to trust) every host speaks HTTPS.
    """

    hosts: tuple[str, ...] = ("api",)
    usual_fault = "any"
    """The kind of call that a fault is for, unless it says another."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.clock_offset = 0.0
        self.calls: Counter[str] = Counter()
        self.log: list[Incoming] = []
        self.faults: list[Fault] = []
        self.failures: list[BaseException] = []
        self.tls = None if certificate is None else tokens.tls(certificate)
        self._lock = threading.Lock()
        self._ports = dict.fromkeys(self.hosts, 0)
        self._stop = threading.Event()
        self._listeners: list[Listener] = []

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()
        if self.failures:
            raise AssertionError("the test server itself failed") from self.failures[0]

    def start(self) -> None:
        """Listen; again on the same ports after `stop()`, so that an outage can end."""
        self._stop = threading.Event()
        self._listeners = [Listener(port, self, name) for name, port in self._ports.items()]
        for listener in self._listeners:
            self._ports[listener.name] = listener.server_port
            threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections and break off the open ones, until `start()`."""
        self._stop.set()
        for listener in self._listeners:
            listener.shutdown()
            listener.server_close()
            for request in list(listener.open):
                with contextlib.suppress(OSError):
                    request.shutdown(socket.SHUT_RDWR)
        self._listeners.clear()

    def address(self, host: str = "api") -> str:
        return f"{'https' if self.tls else 'http'}://127.0.0.1:{self._ports[host]}"

    @property
    def now(self) -> float:
        """The server's clock, in seconds since 1970: ours and `clock_offset`."""
        return time.time() + self.clock_offset  # noqa: TID251 - as the libraries of Google and Microsoft

    def answer(self, incoming: Incoming) -> tuple[str, Answer]:
        """The kind of call, and the true answer to it."""
        raise NotImplementedError

    def named_answer(self, kind: str) -> Answer | None:
        """The answer that a fault of this kind sends instead; None for those that spoil the true one."""
        return REFUSALS.get(kind)

    def fail(
        self,
        kind: str,
        times: int | None = 1,
        *,
        on: str = "",
        seconds: float = 60.0,
        retry_after: str | int | None = None,
        answer: Answer | None = None,
    ) -> None:
        """Queue a fault, after those already queued; see `Fault`."""
        answer = answer or self.named_answer(kind)
        if answer is None and kind not in SPOILING:
            raise ValueError(f"no such fault: {kind}")
        self.faults.append(Fault(kind, on or self.usual_fault, times, seconds, retry_after, answer))

    def heal(self) -> None:
        """No more faults; what hangs or drips is broken off."""
        self.faults.clear()
        self._stop.set()
        self._stop = threading.Event()

    def serve(self, handler: Handler) -> None:
        """Answer one request."""
        stop = self._stop
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        headers = CaseInsensitiveDict(handler.headers.items())
        incoming = Incoming(handler.server.name, handler.command, handler.path, headers, body)
        with self._lock:
            call, answer = self.answer(incoming)
            self.calls[call] += 1
            self.log.append(replace(incoming, status=answer.status))
            fault = next((candidate for candidate in self.faults if candidate.meets(call)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
        handler.send(answer, fault, stop)


class Rerouted(requests.Session):
    """Sends what is meant for the real addresses ("https://sts.googleapis.com") to a stand-in."""

    def __init__(self, real: Iterable[str], target: str) -> None:
        super().__init__()
        self._real, self._target = real, target

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        for real in self._real:
            request.url = (request.url or "").replace(real, self._target, 1)
        return super().send(request, **kwargs)
