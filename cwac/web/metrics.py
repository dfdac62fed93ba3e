"""What operators watch: `/healthz`, `/readyz`, and `/metrics` as Prometheus reads it. No name, no cell is in it."""

from __future__ import annotations

import datetime as dt
import hmac
import os
from collections import Counter
from collections.abc import Iterator, Mapping

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cwac import access
from cwac.model import SEVERITIES
from cwac.refresh import sheets
from cwac.refresh.poller import Live
from cwac.storage.store import StoreTrouble
from cwac.web import local_key

TOKEN = "CWAC_METRICS_TOKEN"
"""Who sends it as a bearer token may ask from elsewhere; without, only this machine may."""
TYPE = "text/plain; version=0.0.4; charset=utf-8"
NOTICES = ("damaged", "large-deletion", "large-change", "renamed-tab", "store")

_Samples = Mapping[str, float]


class Sessions:
    """Counts the pages that are open: each holds one websocket."""

    open = 0

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        Sessions.open += 1
        try:
            await self.app(scope, receive, send)
        finally:
            Sessions.open -= 1


def healthz(_: Request) -> PlainTextResponse:
    """The process is alive."""
    return PlainTextResponse("ok\n")


def readyz(_: Request) -> JSONResponse:
    """Whether there is data to show, and how old it is; 503 while there is none. Of several counties, the oldest's."""
    age = max((one for name in sheets.names() if (one := _age(sheets.current(name))) is not None), default=None)
    return JSONResponse({"ready": age is not None, "age_seconds": age and round(age)}, 503 if age is None else 200)


def metrics(request: Request) -> Response:
    """For who watches from this machine or holds the token; to others it is not there."""
    if not _may_watch(request):
        return PlainTextResponse("Not found\n", 404)
    return PlainTextResponse("\n".join(_lines()) + "\n", headers={"Content-Type": TYPE, "Cache-Control": "no-store"})


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _may_watch(request: Request) -> bool:
    token = os.environ.get(TOKEN, "")
    given = request.headers.get("authorization", "").removeprefix("Bearer ")
    if token and hmac.compare_digest(given.encode(), token.encode()):
        return True
    # A proxy on this machine asks from here too, for anybody: it says so, or asks by the name that others know.
    asks_from = request.client.host if request.client else None
    return access.is_loopback(asks_from, request.headers.get("host"), local_key.is_forwarded(request.headers))


def _age(live: Live) -> float | None:
    """Seconds since the source last answered with what is shown; None where there is nothing to show."""
    if live.snapshot is None or live.as_of is None:
        return None
    return max(0.0, (dt.datetime.now(dt.UTC) - live.as_of).total_seconds())


def _lines() -> Iterator[str]:
    names = sheets.names()
    of = {name: sheets.current(name) for name in names}
    running = {name: sheets.refresher(name) for name in names}
    ages = {name: _age(live) for name, live in of.items()}
    severities = {
        name: Counter(one.severity for one in live.snapshot.problems) for name, live in of.items() if live.snapshot
    }
    told = {name: {one.code for one in live.notices} for name, live in of.items()}
    yield from _metric(
        "cwac_ready", "gauge", "Whether there is data to show.",
        {_labels(name): age is not None for name, age in ages.items()},
    )  # fmt: skip
    yield from _metric(
        "cwac_reads_total", "counter", "Looks at the source since the start.",
        {_labels(name): running[name].looks for name in names},
    )  # fmt: skip
    yield from _metric(
        "cwac_read_failures_total", "counter", "Looks that failed, by cause.",
        {_labels(name, cause=cause): number
         for name in names for cause, number in sorted(running[name].failures.items())},
    )  # fmt: skip
    yield from _metric(
        "cwac_data_age_seconds", "gauge", "Since the source last answered with what is shown.",
        {_labels(name): round(age, 1) for name, age in ages.items() if age is not None},
    )  # fmt: skip
    yield from _metric("cwac_versions", "gauge", "Versions of all sheets that are kept.", _versions())
    yield from _metric(
        "cwac_problems", "gauge", "Cells and rows that need a human, by severity.",
        {_labels(name, severity=one): severities.get(name, Counter())[one] for name in names for one in SEVERITIES},
    )  # fmt: skip
    yield from _metric(
        "cwac_notices", "gauge", "What is pointed out on every page, by kind.",
        {_labels(name, kind=one): one in told[name] for name in names for one in NOTICES},
    )  # fmt: skip
    yield from _metric(
        "cwac_holds_lease", "gauge", "Of several processes that share a store, whether this one reads the sheet.",
        {_labels(name): duty for name in names if (duty := running[name].on_duty) is not None},
    )  # fmt: skip
    yield from _metric("cwac_sessions", "gauge", "Pages that are open.", {"": Sessions.open})


def _labels(county: str, **others: str) -> str:
    """As Prometheus writes them; the county where it has a name."""
    labels = ({"county": county} if county else {}) | others
    quoted = (f'{key}="{_escaped(value)}"' for key, value in labels.items())
    return f"{{{','.join(quoted)}}}" if labels else ""


def _escaped(value: str) -> str:
    return value.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")


def _versions() -> _Samples:
    store = sheets.store()
    try:
        return {"": store.count()} if store is not None else {}
    except StoreTrouble:
        return {}  # cwac_notices tells


def _metric(name: str, kind: str, about: str, samples: _Samples) -> Iterator[str]:
    yield f"# HELP {name} {about}"
    yield f"# TYPE {name} {kind}"
    for labels, value in samples.items():
        yield f"{name}{labels} {value if isinstance(value, float) else int(value)}"
