"""Streamlit's scripts and styles, compressed with gzip once and sent from memory."""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.staticfiles import NotModifiedResponse, StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cwac.web import streamlit_compat

SUFFIXES = (".css", ".js", ".svg")
LEAST_BYTES, MOST_BYTES = 500, 2_000_000
"""Files outside these sizes are sent as they are: small ones gain nothing, and the two largest (charts that no page
uses) would take a third of the memory. All others together take 4.7 MB compressed."""
_PIECE = 65_536
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.I)


@dataclass(frozen=True)
class Compressed:
    """A compressed file and the headers of its response."""

    body: bytes
    headers: Headers


class CompressStaticFiles:
    """Middleware that sends Streamlit's own files compressed to clients that accept gzip.

    Streamlit answers everything else. Among that are requests for ranges, which count the bytes of the file itself.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._files = {
            path: file
            for path, file in streamlit_compat.static_files().items()
            if file.suffix in SUFFIXES and LEAST_BYTES <= file.stat().st_size <= MOST_BYTES
        }
        self._compressed: dict[str, Compressed] = {}
        self._compressing = asyncio.Lock()
        self._static = StaticFiles(check_dir=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        # Only exact paths of existing files are looked up here, so no path can lead out of Streamlit's folder.
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD") or scope["path"] not in self._files:
            await self.app(scope, receive, send)
            return
        request = Headers(scope=scope)
        if "range" in request or not accepts_gzip(", ".join(request.getlist("accept-encoding"))):
            await self.app(scope, receive, _with_vary(send))
            return
        file = await self._file(scope["path"])
        response: Response
        if self._static.is_not_modified(file.headers, request):
            response = NotModifiedResponse(file.headers)
        elif scope["method"] == "HEAD":
            response = Response(headers=file.headers)
        else:
            response = StreamingResponse(_pieces(file.body), headers=file.headers)
        await response(scope, receive, send)

    async def _file(self, path: str) -> Compressed:
        # One file at a time: however many visitors come first, one core is left for the pages.
        async with self._compressing:
            if path not in self._compressed:
                self._compressed[path] = await run_in_threadpool(_compress, self._files[path])
            return self._compressed[path]


def _compress(file: Path) -> Compressed:
    body = gzip.compress(file.read_bytes(), 6, mtime=0)
    original = FileResponse(file, stat_result=file.stat()).headers
    headers = {
        "Content-Type": original["content-type"],
        "Content-Encoding": "gzip",
        "Content-Length": str(len(body)),
        "Last-Modified": original["last-modified"],
        "ETag": f'"{hashlib.sha256(body).hexdigest()[:32]}"',
        "Cache-Control": streamlit_compat.STATIC_CACHE_CONTROL,
        "Vary": "Accept-Encoding",
    }
    return Compressed(body, Headers(headers))


async def _pieces(body: bytes) -> AsyncIterator[bytes]:
    """The body in pieces, so that a client that reads slowly does not have all of it waiting in a buffer."""
    for at in range(0, len(body), _PIECE):
        yield body[at : at + _PIECE]


def _with_vary(send: Send) -> Send:
    async def send_with_vary(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).add_vary_header("Accept-Encoding")
        await send(message)

    return send_with_vary


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client that sends this `Accept-Encoding` header takes gzip, and prefers nothing uncompressed to it."""
    qualities: dict[str, float] = {}
    for item in accept_encoding.split(","):
        coding, *parameters = (part.strip() for part in item.split(";"))
        qualities[coding.lower()] = _quality(parameters)
    gzipped = qualities.get("gzip", qualities.get("*", 0.0))
    return gzipped > 0 and gzipped >= qualities.get("identity", 0.0)


def _quality(parameters: list[str]) -> float:
    """The value of `q`, 1 without parameters; 0 for what cannot be read, as an uncompressed answer is always right."""
    if not parameters:
        return 1.0
    match = _QUALITY.fullmatch(parameters[0])
    return float(match[1]) if match else 0.0
