"""Streamlit's scripts and styles compressed with gzip, and whether a client takes gzip."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

SUFFIXES = (".css", ".js", ".svg")
LEVEL = 5
"""A first visit costs 40 ms of CPU, and no piece of a file holds up the pages for more than 3 ms."""
_QUALITY = re.compile(r"q\s*=\s*(0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?)", re.I)


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
