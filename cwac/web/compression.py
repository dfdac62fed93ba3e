"""Streamlit's scripts and styles, and our own files, compressed with gzip for clients that take it."""

from __future__ import annotations

import gzip
import hashlib
import re
from collections.abc import Mapping
from typing import NamedTuple

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SUFFIXES = (".css", ".js", ".svg")
LEVEL = 5
"""A first visit costs 40 ms of CPU, and no piece of a file holds up the pages for more than 3 ms."""
_GZIP = re.compile(r"(?:^|,)\s*gzip\s*(?:;\s*q\s*=\s*(?:1|0\.0*[1-9])[0-9.]*\s*)?(?:,|$)", re.I)


class CompressStaticFiles:
    """Middleware that compresses Streamlit's own files, which Streamlit sends uncompressed and has no option for.

    Without it the first visit of a slow phone takes twice as long.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self._compressed = GZipMiddleware(app, compresslevel=LEVEL)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_weak_tag(message: Message) -> None:
            # With a strong one a browser could go on with a broken download from the bytes of the file itself.
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if "content-encoding" in headers and "etag" in headers:
                    headers["etag"] = f"W/{headers['etag']}"
            await send(message)

        if scope["type"] == "http" and scope["path"].startswith("/static/") and scope["path"].endswith(SUFFIXES):
            await self._compressed(scope, receive, send_with_weak_tag)
        else:
            await self.app(scope, receive, send)


def accepts_gzip(accept_encoding: str) -> bool:
    """Whether a client that sends this `Accept-Encoding` header names gzip, with a weight above 0 if it has one."""
    return bool(_GZIP.search(accept_encoding))


class File(NamedTuple):
    """A file that is sent compressed or not, with a weak ETag for both; one that is kept is compressed once."""

    body: bytes
    etag: str
    gzipped: bytes = b""

    @property
    def size(self) -> int:
        return len(self.body) + len(self.gzipped)


def kept_file(body: bytes) -> File:
    """A file that is compressed now, to be sent many times."""
    return File(body, weak_etag(body), gzip.compress(body, 6, mtime=0))


def weak_etag(content: bytes) -> str:
    return f'W/"{hashlib.sha256(content).hexdigest()[:32]}"'


def has_current(request: Request, etag: str) -> bool:
    """Whether the client has what this ETag is of."""
    if_none_match = request.headers.get("if-none-match", "").strip()
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return if_none_match == "*" or etag.removeprefix("W/") in tags


def send_file(request: Request, file: File, media_type: str, headers: Mapping[str, str]) -> Response:
    """The file, or 304 where the client has it. `headers` may replace ours, such as `Vary`."""
    headers = {"ETag": file.etag, "Vary": "Accept-Encoding", **headers}
    if has_current(request, file.etag):
        return Response(status_code=304, headers=headers)
    if accepts_gzip(request.headers.get("accept-encoding", "")):
        gzipped = file.gzipped or gzip.compress(file.body, 6, mtime=0)
        return Response(gzipped, headers=headers | {"Content-Encoding": "gzip"}, media_type=media_type)
    headers["Content-Length"] = str(len(file.body))
    pieces = (file.body[at : at + 65_536] for at in range(0, len(file.body), 65_536))
    return StreamingResponse(pieces, headers=headers, media_type=media_type)
