"""Monitoring: `/healthz`, `/readyz`, and `/metrics` in Prometheus's text format. They hold no name and no cell."""

from __future__ import annotations

import hmac
import os
from collections.abc import Iterable, Iterator

import anyio
from prometheus_client import generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from cwac import access, addons
from cwac.analysis.cells import cells_by_severity
from cwac.clock import read_clock
from cwac.model import SEVERITIES
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.storage.store import Store, StoreTrouble
from cwac.web import local_key

TOKEN_VARIABLE = "CWAC_METRICS_TOKEN"  # noqa: S105 - the name of a variable
"""Environment variable with the bearer token that opens `/metrics` to other machines; without one, none may ask."""
TYPE = "text/plain; version=0.0.4; charset=utf-8"
STORE_SECONDS = 1.0
"""Seconds that the metrics wait for the store: Prometheus gives up after ten, and would have none at all."""
NOTICES = ("damaged", "large-deletion", "large-change", "renamed-tab", "checked-out", "store")


class CountSessions:
    """Middleware that counts open pages: each holds one websocket."""

    open = 0

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "websocket":
            await self.app(scope, receive, send)
            return
        CountSessions.open += 1
        try:
            await self.app(scope, receive, send)
        finally:
            CountSessions.open -= 1


def healthz(_: Request) -> PlainTextResponse:
    """The process is alive."""
    return PlainTextResponse("ok\n")


def readyz(_: Request) -> JSONResponse:
    """Whether there is data to show, and its age in seconds (the oldest county's); 503 while there is none."""
    ages = [_age_seconds(sheets.current(county)) for county in sheets.names()]
    age = max((age for age in ages if age is not None), default=None)
    return JSONResponse({"ready": age is not None, "age_seconds": age and round(age)}, 503 if age is None else 200)


async def metrics(request: Request) -> Response:
    """The metrics, for this machine and for holders of the token; 404 for everybody else.

    Those of the store are left out while it does not answer.
    """
    if not _may_watch(request):
        return PlainTextResponse("Not found\n", 404)
    kept = None
    with anyio.move_on_after(STORE_SECONDS):
        kept = await anyio.to_thread.run_sync(read_store, abandon_on_cancel=True)
    return Response(exposition(kept), headers={"Content-Type": TYPE, "Cache-Control": "no-store"})


ROUTES = [Route("/healthz", healthz), Route("/readyz", readyz), Route("/metrics", metrics)]


def _may_watch(request: Request) -> bool:
    expected = os.environ.get(TOKEN_VARIABLE, "")
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if expected and hmac.compare_digest(token.encode(), expected.encode()):
        return True
    # A proxy on this machine connects from here too, for anybody: it sets a header, or sends the public host name.
    peer = request.client.host if request.client else None
    return access.is_from_this_machine(peer, request.headers.get("host"), local_key.is_forwarded(request.headers))


def _age_seconds(live: Live) -> float | None:
    """Seconds since the source last answered with what is shown; None without data."""
    if live.snapshot is None or live.confirmed is None:
        return None
    return max(0.0, (read_clock() - live.confirmed).total_seconds())


def read_store() -> list[Metric] | None:
    """What the store and the add-ons count; None without a store, and while it cannot be used."""
    store = sheets.store()
    if store is None:
        return None
    try:
        return _kept_metrics(store, store.count())
    except StoreTrouble:
        return None  # cwac_notices reports it


def _kept_metrics(store: Store | None, *versions: int) -> list[Metric]:
    kept = gauge("cwac_versions", "Versions of all sheets that are kept.", [({}, number) for number in versions])
    return [kept, *(metric for addon in addons.installed() for metric in addon.metrics(store))]


class _Sheets(Collector):
    """Reads the metrics off the running pollers, beside what was read from the store."""

    def __init__(self, kept: list[Metric] | None) -> None:
        self._kept = kept

    def collect(self) -> Iterator[Metric]:
        counties = sheets.names()
        live = {county: sheets.current(county) for county in counties}
        pollers = {county: sheets.poller(county) for county in counties}
        ages = {county: _age_seconds(live[county]) for county in counties}
        yield gauge("cwac_ready", "Whether there is data to show.", ((_of(c), ages[c] is not None) for c in counties))
        yield _counter(
            "cwac_reads_total", "Looks at the source since the start.", ((_of(c), pollers[c].looks) for c in counties)
        )
        yield _counter(
            "cwac_read_failures_total",
            "Looks that failed, by cause.",
            ((_of(c, cause=cause), n) for c in counties for cause, n in sorted(pollers[c].failures.items())),
        )
        yield gauge(
            "cwac_data_age_seconds",
            "Since the source last answered with what is shown.",
            ((_of(c), round(age, 1)) for c, age in ages.items() if age is not None),
        )
        yield gauge(
            "cwac_problems",
            "Cells by the worst severity of their problems; errors and warnings are the cells to fix.",
            _problems(live.items()),
        )
        yield gauge(
            "cwac_notices",
            "What is pointed out on every page, by kind.",
            (
                (_of(c, kind=kind), kind in {notice.code for notice in live[c].notices})
                for c in counties
                for kind in NOTICES
            ),
        )
        yield from _kept_metrics(None) if self._kept is None else self._kept
        yield gauge("cwac_sessions", "Pages that are open.", [({}, CountSessions.open)])


def exposition(kept: list[Metric] | None) -> bytes:
    """The metrics in Prometheus's text format."""
    return generate_latest(_Sheets(kept))


Samples = Iterable[tuple[dict[str, str], float]]
"""Labels, and the value."""


def gauge(name: str, description: str, samples: Samples) -> Metric:
    return _filled(GaugeMetricFamily(name, description), name, samples)


def _counter(name: str, description: str, samples: Samples) -> Metric:
    return _filled(CounterMetricFamily(name, description), name, samples)


def _filled(metric: Metric, name: str, samples: Samples) -> Metric:
    for labels, value in samples:
        metric.add_sample(name, labels, float(value))
    return metric


def _of(county: str, **others: str) -> dict[str, str]:
    """The labels of a sample; the county is one where it has a name."""
    return ({"county": county} if county else {}) | others


def _problems(live: Iterable[tuple[str, Live]]) -> Iterator[tuple[dict[str, str], float]]:
    for county, shown in live:
        by_severity = cells_by_severity(shown.snapshot.problems if shown.snapshot else ())
        for severity in SEVERITIES:
            yield _of(county, severity=severity), by_severity[severity]
