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
    store, look_up = sheets.store(), deliveries.leave if request.method == "POST" else deliveries.by_link
    try:
        found = None if store is None else look_up(store, str(request.path_params["token"]))
    except StoreTrouble as trouble:
        _log.warning("Could not look up a link to stop messages: %s", trouble.cause)
        return PlainTextResponse("Not ready yet\n", 503, _PRIVATE | {"Retry-After": "30"})
    if found is None:
        return PlainTextResponse("Not found\n", 404, _PRIVATE)
    recipient, kind = found
    stopped = f"{KINDS[kind]} to {recipient.recipient}"
    messages = escape(stopped)
    if request.method == "POST":
        if kind not in recipient.left_kinds:  # whoever has the mail has the link, so nobody is named
            audit.note(audit.ANONYMOUS, f"stopped {stopped}")
        body = f"<p>Stopped: {messages}. To get them again, ask the person who runs the dashboard.</p>"
    elif kind in recipient.left_kinds:
        body = f"<p>Already stopped: {messages}.</p>"
    else:
        button = '<button style="font:inherit;padding:.5rem 1rem">Stop</button>'
        body = f'<p>Stop {messages}?</p><form method="post">{button}</form>'
    return HTMLResponse(_PAGE.format(body), headers=_PRIVATE)


ROUTES = [Route(f"{PATH}{{token}}", unsubscribe, methods=["GET", "POST"])]
