"""A threaded HTTP server on loopback, and what the stand-ins share: hosts, faults, and a log without secrets."""

from __future__ import annotations

import contextlib
import http.server
import socket
import ssl
import sys
import threading
import time
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, Self
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

import requests
from requests.adapters import HTTPAdapter
from requests.structures import CaseInsensitiveDict

from tests.server import faults, tokens
from tests.server.answers import Answer
from tests.server.faults import Fault

SECRET_HEADERS = {"authorization", "cookie", "x-identity-header"}
SECRET_PARAMETERS = {"tempauth", "access_token", "dat"}


class Owner(Protocol):
    """The test server that a listener serves."""

    failures: list[BaseException]

    def serve(self, handler: Handler, method: str) -> None: ...


class Listener(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], owner: Owner, tls: ssl.SSLContext | None, name: str = "") -> None:
        self.owner = owner
        self.name = name
        self._tls = tls
        self._open: set[socket.socket] = set()
        super().__init__(address, Handler)

    def get_request(self) -> tuple[socket.socket, object]:
        request, address = super().get_request()
        if self._tls:  # hands are shaken in the request's own thread
            request = self._tls.wrap_socket(request, server_side=True, do_handshake_on_connect=False)
        return request, address

    def process_request(self, request: socket.socket, client_address: object) -> None:
        self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: socket.socket) -> None:
        self._open.discard(request)
        if request.getsockopt(socket.SOL_SOCKET, socket.SO_LINGER, 8)[:1] == b"\x01":
            request.close()  # a reset, which a shutdown would turn into a proper end
        else:
            super().shutdown_request(request)

    def break_off(self) -> None:
        for request in list(self._open):
            with contextlib.suppress(OSError):
                request.shutdown(socket.SHUT_RDWR)

    def handle_error(self, request: object, client_address: object) -> None:
        del request, client_address
        error = sys.exception()
        if error is not None and not isinstance(
            error, ConnectionError | ssl.SSLError
        ):  # who gave up waiting is no fault of ours
            self.owner.failures.append(error)


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else each answer waits 40 ms for an acknowledgment
    server: Listener

    def do_GET(self) -> None:
        self.server.owner.serve(self, "GET")

    def do_POST(self) -> None:
        self.server.owner.serve(self, "POST")

    def log_message(self, format: str, *args: object) -> None:
        del format, args


@dataclass(frozen=True)
class Incoming:
    """A request as it arrived. `origin` is the scheme and host that the client believes it is talking to."""

    host: str
    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes
    origin: str

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    @property
    def query(self) -> dict[str, str]:
        return dict(parse_qsl(urlsplit(self.target).query, keep_blank_values=True))

    @property
    def form(self) -> dict[str, list[str]]:
        return parse_qs(self.body.decode("ascii", "replace"), keep_blank_values=True)


@dataclass(frozen=True)
class Logged:
    """One request and the status of its true answer; no header, parameter or body that holds a secret."""

    host: str
    call: str
    method: str
    path: str
    headers: dict[str, str]
    status: int


class StandIn:
    """Servers on loopback, one port for each of `hosts`, between `with` and its end (or `start()` and `stop()`).

    `calls` counts the requests by kind and `log` has each. With `certificate` (a PEM file that it writes, and that a
    client must be told to trust) every host speaks HTTPS.
    """

    hosts: tuple[str, ...] = ("api",)
    usual_fault = "any"
    """The kind of call that a fault is for, unless it says another."""

    def __init__(self, certificate: Path | None = None) -> None:
        self.clock_offset = self.latency = 0.0
        self.calls: Counter[str] = Counter()
        self.log: list[Logged] = []
        self.faults: list[Fault] = []
        self.failures: list[BaseException] = []
        self.lock = threading.RLock()
        self._ports = dict.fromkeys(self.hosts, 0)
        self._tls = None if certificate is None else tokens.tls(certificate)
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
        for name in self.hosts:
            listener = Listener(("127.0.0.1", self._ports[name]), self, self._tls, name)
            self._ports[name] = listener.server_address[1]
            self._listeners.append(listener)
            threading.Thread(target=listener.serve_forever, args=(0.02,), daemon=True).start()

    def stop(self) -> None:
        """Refuse connections and break off the open ones, until `start()`."""
        self._stop.set()
        for listener in self._listeners:
            listener.shutdown()
            listener.server_close()
            listener.break_off()
        self._listeners.clear()

    def address(self, host: str) -> str:
        return f"{'https' if self._tls else 'http'}://127.0.0.1:{self._ports[host]}"

    @property
    def now(self) -> float:
        """The server's clock, in seconds since 1970: ours and `clock_offset`."""
        return time.time() + self.clock_offset  # noqa: TID251 - as the libraries of Google and Microsoft

    def answer(self, incoming: Incoming) -> tuple[str, Answer]:
        """The kind of call, and the true answer to it."""
        raise NotImplementedError

    def named_answer(self, kind: str) -> Answer | None:
        """The answer that a fault of this kind sends instead; None for the kinds of `faults`."""
        del kind
        return None

    def fail(
        self,
        kind: str,
        times: int | None = 1,
        *,
        on: str | None = None,
        seconds: float = 60.0,
        retry_after: str | int | None = None,
        answer: Answer | None = None,
    ) -> Fault:
        """Queue a fault, after those already queued; see `Fault`."""
        answer = answer or self.named_answer(kind)
        wait = None if retry_after is None else str(retry_after)
        fault = Fault(kind, on or self.usual_fault, times, seconds, wait, answer)
        with self.lock:
            self.faults.append(fault)
        return fault

    def heal(self) -> None:
        """No more faults; what hangs or drips is broken off."""
        with self.lock:
            self.faults.clear()
        self._stop.set()
        self._stop = threading.Event()

    def serve(self, handler: Handler, method: str) -> None:
        """Answer one request."""
        stop, host = self._stop, handler.server.name
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        scheme = handler.headers.get("X-Forwarded-Proto", "https" if self._tls else "http")
        origin = f"{scheme}://{handler.headers.get('Host', '')}"
        headers = CaseInsensitiveDict(handler.headers.items())
        incoming = Incoming(host, method, handler.path, headers, body, origin)
        with self.lock:
            call, answer = self.answer(incoming)
            self.calls[call] += 1
            self.log.append(_logged(incoming, call, answer.status))
            fault = next((candidate for candidate in self.faults if candidate.meets(call)), None)
            if fault is not None and fault.times is not None:
                fault.times -= 1
        if self.latency and stop.wait(self.latency):
            handler.close_connection = True
        elif fault is None:
            faults.send(answer, handler)
        else:
            faults.answer_with(fault, answer, handler, stop)


def _logged(incoming: Incoming, call: str, status: int) -> Logged:
    headers = {
        name: "(secret)" if name.lower() in SECRET_HEADERS else value for name, value in incoming.headers.items()
    }
    parts = urlsplit(incoming.target)
    query = [
        (name, "(secret)" if name in SECRET_PARAMETERS else value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
    ]
    path = parts.path + ("?" + urlencode(query, safe="$,:/()@") if query else "")
    return Logged(incoming.host, call, incoming.method, path, headers, status)


class _Reroute(HTTPAdapter):
    def __init__(self, target: str) -> None:
        super().__init__()
        self._target = target

    def send(self, request: requests.PreparedRequest, *args: Any, **kwargs: Any) -> requests.Response:
        real = request.url or ""
        parts = urlsplit(real)
        request.headers["Host"] = parts.netloc
        request.headers["X-Forwarded-Proto"] = parts.scheme
        request.url = self._target + real.split(parts.netloc, 1)[1]
        try:
            response = super().send(request, *args, **kwargs)
        finally:
            request.url = real
            request.headers.pop("Host", None)
            request.headers.pop("X-Forwarded-Proto", None)
        response.url = real
        return response


def rerouted(routes: Mapping[str, str]) -> requests.Session:
    """A session that sends requests for a real address ("https://login.microsoftonline.com") to a stand-in."""
    session = requests.Session()
    for real, target in routes.items():
        session.mount(real, _Reroute(target))
    return session
