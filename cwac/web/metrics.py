"""Monitoring: `/healthz`, `/readyz`, and `/metrics` in Prometheus's text format. They hold no name and no cell."""

from __future__ import annotations

import hmac
import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import partial

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
from cwac.web.viewer import is_forwarded

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


ROUTES = [Route("/healthz", lambda _: PlainTextResponse("ok\n")), Route("/readyz", readyz), Route("/metrics", metrics)]


def _may_watch(request: Request) -> bool:
    expected = os.environ.get(TOKEN_VARIABLE, "")
    token = request.headers.get("authorization", "").removeprefix("Bearer ")
    if expected and hmac.compare_digest(token.encode(), expected.encode()):
        return True
    # A proxy on this machine connects from here too, for anybody: it sets a header, or sends the public host name.
    peer = request.client.host if request.client else None
    return access.is_from_this_machine(peer, request.headers.get("host"), is_forwarded(request.headers))


def _age_seconds(live: Live) -> float | None:
    """Seconds since the source last answered with what is shown; None without data."""
    if live.snapshot is None or live.confirmed is None:
        return None
    return max(0.0, (read_clock() - live.confirmed).total_seconds())


def read_store() -> list[Metric] | None:
    """What the store and the add-ons count; None without a store, and while it cannot be used."""
    store = sheets.store()
    try:
        return None if store is None else _kept_metrics(store, store.count())
    except StoreTrouble:
        return None  # cwac_notices reports it


def _kept_metrics(store: Store | None, *versions: int) -> list[Metric]:
    kept = gauge("cwac_versions", "Versions of all sheets that are kept.", [({}, number) for number in versions])
    return [kept, *(metric for addon in addons.installed() for metric in addon.metrics(store))]


@dataclass(frozen=True)
class _Sheets(Collector):
    """Reads the metrics off the running pollers, beside what was read from the store."""

    kept: list[Metric] | None

    def collect(self) -> Iterator[Metric]:
        served = [
            ({"county": name} if name else {}, sheets.current(name), sheets.poller(name)) for name in sheets.names()
        ]
        ages = [(labels, _age_seconds(live)) for labels, live, _ in served]
        yield gauge("cwac_ready", "Whether there is data to show.", ((of, age is not None) for of, age in ages))
        yield _counter(
            "cwac_reads_total",
            "Looks at the source since the start.",
            ((of, poller.looks) for of, _, poller in served),
        )
        yield _counter(
            "cwac_read_failures_total",
            "Looks that failed, by cause.",
            ((of | {"cause": cause}, n) for of, _, poller in served for cause, n in sorted(poller.failures.items())),
        )
        yield gauge(
            "cwac_data_age_seconds",
            "Since the source last answered with what is shown.",
            ((of, round(age, 1)) for of, age in ages if age is not None),
        )
        cells = [(of, cells_by_severity(live.snapshot.problems if live.snapshot else ())) for of, live, _ in served]
        yield gauge(
            "cwac_problems",
            "Cells by the worst severity of their problems; errors and warnings are the cells to fix.",
            ((of | {"severity": severity}, number[severity]) for of, number in cells for severity in SEVERITIES),
        )
        codes = [(of, {notice.code for notice in live.notices}) for of, live, _ in served]
        yield gauge(
            "cwac_notices",
            "What is pointed out on every page, by kind.",
            ((of | {"kind": kind}, kind in shown) for of, shown in codes for kind in NOTICES),
        )
        yield from _kept_metrics(None) if self.kept is None else self.kept
        yield gauge("cwac_sessions", "Pages that are open.", [({}, CountSessions.open)])


def exposition(kept: list[Metric] | None) -> bytes:
    return generate_latest(_Sheets(kept))


def _family(
    kind: Callable[[str, str], Metric], name: str, description: str, samples: Iterable[tuple[dict[str, str], float]]
) -> Metric:
    metric = kind(name, description)
    for labels, value in samples:
        metric.add_sample(name, labels, float(value))
    return metric


gauge = partial(_family, GaugeMetricFamily)
_counter = partial(_family, CounterMetricFamily)
