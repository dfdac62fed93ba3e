"""Faults between a service and us, one for each request."""

from __future__ import annotations

import gzip
import math
import socket
import struct
import threading
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler

from tests.server.answers import Answer

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


def send(answer: Answer, handler: BaseHTTPRequestHandler, fault: Fault | None, stop: threading.Event) -> None:
    """Send the answer as changed by the fault; `stop` ends every wait."""
    kind, seconds = "", 0.0
    if fault:
        kind, seconds = "" if fault.answer else fault.kind, fault.seconds
        answer = fault.answer or answer
        if fault.retry_after is not None:
            answer = replace(answer, headers=answer.headers | {"Retry-After": str(fault.retry_after)})
    headers, body = dict(answer.headers), answer.body
    if kind == "reset":
        handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    if kind in ("reset", "close") or (kind == "hang" and stop.wait(seconds)):
        handler.close_connection = True
        return
    if kind == "cut-json":
        body = gzip.decompress(body) if headers.pop("Content-Encoding", None) else body
        body = body[: len(body) // 2]
    handler.send_response(answer.status)
    if kind == "drip-headers":
        handler.flush_headers()
        if not _drip(b"X-Slow: " + b"." * 200 + b"\r\n", seconds, handler, stop):
            return
    if kind in ("short-body", "drip-body", "drip-headers"):
        headers.pop("Transfer-Encoding", None)
    is_chunked = "Transfer-Encoding" in headers
    for name, value in (headers if is_chunked else headers | {"Content-Length": str(len(body))}).items():
        handler.send_header(name, value)
    handler.end_headers()
    if kind == "drip-body":
        _drip(body, seconds, handler, stop)
    elif kind == "short-body":
        handler.wfile.write(body[:-20])
        handler.close_connection = True
    elif is_chunked:
        for start in range(0, len(body), 65_536):
            chunk = body[start : start + 65_536]
            handler.wfile.write(f"{len(chunk):x}\r\n".encode() + chunk + b"\r\n")
        handler.wfile.write(b"0\r\n\r\n")
    else:
        handler.wfile.write(body)


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
