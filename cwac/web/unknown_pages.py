"""Middleware that sends a browser that asks for a page that does not exist to the first page, which says so.

Streamlit alone serves every address, and then covers the first page with a dialog in its own words.
"""

from __future__ import annotations

from collections.abc import Collection
from urllib.parse import urlencode

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import RedirectResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cwac.web import widgets
from cwac.web.headers import PUBLIC_PATHS

MISSING = "missing"
"""URL parameter: the page that was asked for and does not exist."""
_LONGEST_NAME = 40


class UnknownPages:
    """Redirects where Streamlit would answer with its HTML page, but the address is none of `pages`.

    The address of the first page is `/`, so its name redirects there too.
    """

    def __init__(self, app: ASGIApp, first: str, pages: Collection[str] | None = None) -> None:
        self.app = app
        self._first = first
        self._pages = {file.stem for file in widgets.PAGES.glob("*.py")} if pages is None else pages

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        target = self._target(scope)
        if not target:
            await self.app(scope, receive, send)
            return
        redirected = False

        async def send_or_redirect(message: Message) -> None:
            nonlocal redirected
            starts = message["type"] == "http.response.start" and message["status"] == 200
            if starts and Headers(raw=message["headers"]).get("content-type", "").startswith("text/html"):
                redirected = True
                await RedirectResponse(target, 302)(scope, receive, send)
            elif not redirected:
                await send(message)

        await self.app(scope, receive, send_or_redirect)

    def _target(self, scope: Scope) -> str:
        """Where a browser that asks for this address is redirected; empty if it is not."""
        if scope["type"] != "http" or scope["method"] not in ("GET", "HEAD"):
            return ""
        request, requested = Request(scope), str(scope["path"].strip("/"))
        if scope["path"].startswith(PUBLIC_PATHS) or "text/html" not in request.headers.get("accept", ""):
            return ""
        if not requested or (requested in self._pages and requested != self._first):
            return ""
        query = request.query_params.multi_items()
        if requested != self._first:
            query = [(MISSING, requested[:_LONGEST_NAME]), *(pair for pair in query if pair[0] != MISSING)]
        return f"/?{urlencode(query)}" if query else "/"
