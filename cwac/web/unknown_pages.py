"""Middleware that sends a browser that asks for a page that does not exist to the first page, which says so.

Streamlit alone serves every address, and then covers the first page with a dialog in its own words.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import parse_qsl, urlencode

from starlette.datastructures import Headers
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cwac.web import widgets
from cwac.web.headers import PUBLIC_PATHS

MISSING = "missing"
"""URL parameter: the page that was asked for and does not exist."""
_LONGEST = 40
"""Characters of its name that are kept."""


class UnknownPages:
    """Redirects where Streamlit would answer with its HTML page, but the address is none of `pages`.

    The address of the first page is `/`, so its name redirects there too.
    """

    def __init__(self, app: ASGIApp, first: str, pages: Collection[str] | None = None) -> None:
        self.app = app
        self._first = first
        self._pages = {file.stem for file in widgets.PAGES.glob("*.py")} if pages is None else pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        requested = self._requested(scope)
        if not requested:
            await self.app(scope, receive, send)
            return
        redirected = False

        async def send_or_redirect(message: Message) -> None:
            nonlocal redirected
            starts = message["type"] == "http.response.start" and message["status"] == 200
            if starts and Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                redirected = True
                query = self._query(scope, requested)
                await RedirectResponse(f"/?{query}" if query else "/", 302)(scope, receive, send)
            elif not redirected:
                await send(message)

        await self.app(scope, receive, send_or_redirect)

    def _requested(self, scope: Scope) -> str:
        """The name of the page that a browser asks for, if it is one to redirect; else empty."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return ""
        if scope["path"].startswith(PUBLIC_PATHS) or "text/html" not in Headers(scope=scope).get("accept", ""):
            return ""
        requested: str = scope["path"].strip("/")
        return "" if requested in self._pages and requested != self._first else requested

    def _query(self, scope: Scope, requested: str) -> str:
        query = parse_qsl(scope["query_string"].decode("latin-1"), keep_blank_values=True)
        if requested == self._first:
            return urlencode(query)
        return urlencode([(MISSING, requested[:_LONGEST]), *(pair for pair in query if pair[0] != MISSING)])
