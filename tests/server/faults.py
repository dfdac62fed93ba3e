"""Faults between Google and us, one for each request."""

from __future__ import annotations

import gzip
import math
import socket
import struct
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler

from tests.server import answers
from tests.server.answers import Answer

REPLACING: dict[str, Callable[[], Answer]] = {
    "429": answers.rate_limit,
    "500": lambda: answers.unavailable(500),
    "503": answers.unavailable,
    "html-404": lambda: answers.page(404),
    "html-429": lambda: answers.page(429),
    "html-502": lambda: answers.page(502),
    "unauthorized": answers.unauthenticated,
    "not-shared": answers.not_shared,
    "api-disabled": answers.api_disabled,
    "quota-project": answers.quota_project,
    "not-found": answers.not_found,
    "office-file": answers.office_file,
    "empty": lambda: Answer(200, b""),
    "bad-signature": lambda: answers.BAD_SIGNATURE,
    "clock": lambda: answers.CLOCK,
    "no-account": lambda: answers.NO_ACCOUNT,
}
"""Faults that replace the answer."""

SPOILING = ("cut-json", "short-body", "reset", "close", "hang", "drip-body", "drip-headers")
"""Faults that damage or delay the true answer."""


@dataclass
class Fault:
    """A fault for the next `times` requests of the kind `on` (None: until `heal()`).

    `on` is a kind of call (`token`, `metadata`, `batchGet`, …), `sheets` for all but `token`, or `any`.
    `seconds` is how long `hang`, `drip-body` and `drip-headers` take; after that the true answer is complete.
    `answer`, if set, is sent instead of the kind's own answer.
    """

    kind: str
    on: str = "sheets"
    times: int | None = 1
    seconds: float = 60.0
    retry_after: str | None = None
    answer: Answer | None = None

    def __post_init__(self) -> None:
        if self.answer is None and self.kind not in REPLACING and self.kind not in SPOILING:
            raise ValueError(f"no such fault: {self.kind}")

    def meets(self, call: str) -> bool:
        return self.times != 0 and (self.on in (call, "any") or (self.on == "sheets" and call != "token"))


def answer_with(fault: Fault, answer: Answer, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    """Send `answer` as changed by the fault. `stop` ends every wait."""
    replacement = fault.answer or (REPLACING[fault.kind]() if fault.kind in REPLACING else None)
    answer = replacement or answer
    if fault.retry_after is not None:
        answer = replace(answer, headers=answer.headers | {"Retry-After": fault.retry_after})
    if replacement or fault.kind not in SPOILING:
        send(answer, handler)
        return
    _SPOILERS[fault.kind](fault, answer, handler, stop)


def send(answer: Answer, handler: BaseHTTPRequestHandler, length: int | None = None) -> None:
    if answer.headers.get("Transfer-Encoding") == "chunked" and length is None:
        _send_in_chunks(answer, handler)
        return
    _head(answer, handler, length)
    handler.end_headers()
    handler.wfile.write(answer.body)


def _send_in_chunks(answer: Answer, handler: BaseHTTPRequestHandler, size: int = 65_536) -> None:
    """Without Content-Length: nobody knows beforehand how long the body is."""
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        handler.send_header(name, value)
    handler.end_headers()
    for start in range(0, len(answer.body), size):
        chunk = answer.body[start : start + size]
        handler.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
    handler.wfile.write(b"0\r\n\r\n")


def _head(answer: Answer, handler: BaseHTTPRequestHandler, length: int | None = None) -> None:
    handler.send_response(answer.status)
    for name, value in answer.headers.items():
        if name != "Transfer-Encoding":
            handler.send_header(name, value)
    handler.send_header("Content-Length", str(len(answer.body) if length is None else length))


def _cut_json(_: Fault, answer: Answer, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    del stop
    headers = dict(answer.headers)
    text = gzip.decompress(answer.body) if headers.pop("Content-Encoding", None) else answer.body
    send(replace(answer, body=text[: len(text) // 2], headers=headers), handler)


def _short_body(_: Fault, answer: Answer, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    del stop
    send(replace(answer, body=answer.body[:-20]), handler, length=len(answer.body))
    handler.close_connection = True


def _reset(_: Fault, answer: Answer, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    del answer, stop
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    handler.close_connection = True


def _close(_: Fault, answer: Answer, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    del answer, stop
    handler.close_connection = True


def _hang(fault: Fault, answer: Answer, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    if stop.wait(fault.seconds):
        handler.close_connection = True
    else:
        send(answer, handler)


def _drip_body(fault: Fault, answer: Answer, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    _head(answer, handler)
    handler.end_headers()
    _drip(answer.body, fault.seconds, handler, stop)


def _drip_headers(fault: Fault, answer: Answer, handler: BaseHTTPRequestHandler, stop: threading.Event) -> None:
    handler.send_response(answer.status)
    handler.flush_headers()
    if not _drip(b"X-Slow: " + b"." * 200 + b"\r\n", fault.seconds, handler, stop):
        return
    for name, value in (answer.headers | {"Content-Length": str(len(answer.body))}).items():
        handler.send_header(name, value)
    handler.end_headers()
    handler.wfile.write(answer.body)


def _drip(content: bytes, seconds: float, handler: BaseHTTPRequestHandler, stop: threading.Event) -> bool:
    """False where it was broken off."""
    pieces = max(1, min(len(content), round(seconds / 0.02)))
    size = math.ceil(len(content) / pieces)
    for start in range(0, len(content), size):
        handler.wfile.write(content[start : start + size])
        handler.wfile.flush()
        if stop.wait(seconds / pieces):
            handler.close_connection = True
            return False
    return True


_SPOILERS = {
    "cut-json": _cut_json,
    "short-body": _short_body,
    "reset": _reset,
    "close": _close,
    "hang": _hang,
    "drip-body": _drip_body,
    "drip-headers": _drip_headers,
}
