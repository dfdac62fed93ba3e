"""`/unsubscribe/TOKEN`: stop one kind of message without signing in. The one address that accepts a POST (RFC 8058)."""

from __future__ import annotations

import logging
from html import escape

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from cwac.notify import deliveries
from cwac.notify.recipients import KINDS
from cwac.refresh import sheets
from cwac.storage import audit
from cwac.storage.store import StoreTrouble

_log = logging.getLogger(__name__)
PATH = "/unsubscribe/"
_PRIVATE = {"Cache-Control": "no-store"}
_PAGE = (
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Coffee with a Cop: messages</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" '
    'content="light dark"></head><body style="font-family:system-ui,sans-serif;max-width:32rem;margin:3rem auto;'
    'padding:0 1rem;line-height:1.5"><main><h1 style="font-size:1.4rem">Coffee with a Cop</h1>{}</main></body></html>'
)


def unsubscribe(request: Request) -> Response:
    """A page with a button; a POST stops the messages. A token that is not known answers 404."""
    store = sheets.store()
    token = str(request.path_params["token"])
    if store is None:
        return _not_found()
    try:
        found = (deliveries.leave if request.method == "POST" else deliveries.by_link)(store, token)
    except StoreTrouble as trouble:
        _log.warning("Could not look up a link to stop messages: %s", trouble.cause)
        return PlainTextResponse("Not ready yet\n", 503, _PRIVATE | {"Retry-After": "30"})
    if found is None:
        return _not_found()
    recipient, kind = found
    stopped = f"{KINDS[kind]} to {recipient.recipient}"
    messages = escape(stopped)
    if request.method == "POST":
        if kind not in recipient.left_kinds:  # whoever has the mail has the link, so nobody is named
            audit.note(audit.ANONYMOUS, f"stopped {stopped}")
        return _page(f"<p>Stopped: {messages}. To get them again, ask the person who runs the dashboard.</p>")
    if kind in recipient.left_kinds:
        return _page(f"<p>Already stopped: {messages}.</p>")
    return _page(
        f"<p>Stop {messages}?</p>"
        '<form method="post"><button style="font:inherit;padding:.5rem 1rem">Stop</button></form>'
    )


def _page(body: str) -> Response:
    return HTMLResponse(_PAGE.format(body), headers=_PRIVATE)


def _not_found() -> Response:
    return PlainTextResponse("Not found\n", 404, _PRIVATE)


ROUTES = [Route(f"{PATH}{{token}}", unsubscribe, methods=["GET", "POST"])]
