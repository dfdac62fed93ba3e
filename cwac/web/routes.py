"""The routes, the middleware and the lifespan of the ASGI app in `dashboard.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware

from cwac import logs, tuning
from cwac.exports import chart_specs
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.web import api, feeds, first_answers, local_key, metrics, notifying, public, unsubscribe
from cwac.web.compression import CompressStaticFiles
from cwac.web.headers import SecurityHeaders
from cwac.web.limits import Limits
from cwac.web.preflight import Start
from cwac.web.sign_in import SignInPages
from cwac.web.unknown_pages import UnknownPages

SCRIPT = Path(__file__).with_name("layout.py")
"""The script that Streamlit runs. It has no `pages/` beside it, so no page can be opened without it."""

ROUTES = [*metrics.ROUTES, *feeds.ROUTES, *api.ROUTES, *unsubscribe.ROUTES, *public.ROUTES]


def middleware(start: Start) -> list[Middleware]:
    """What each request passes through, outermost first."""
    return [
        Middleware(SecurityHeaders, start.names),
        Middleware(Limits, start.effective_settings),
        Middleware(SignInPages),
        Middleware(local_key.LocalKey),
        Middleware(metrics.CountSessions),
        Middleware(CompressStaticFiles),
        Middleware(UnknownPages, "overview"),
    ]


def prepare(county: str, live: Live) -> None:
    """Revoke the feeds of people who were removed, and work out the first answers of what will be shown."""
    feeds.revoke_removed()
    first_answers.ask(county, live)


def lifespan(start: Start) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Start the pollers and the messages with the server, log what it serves, and stop them with it."""

    @asynccontextmanager
    async def run(_: Any) -> AsyncIterator[None]:
        logs.set_up()
        tuning.at_start()
        sheets.start(start.settings, prepare)
        chart_specs.import_libraries()  # while the first read waits for its source
        notifying.start()
        start.log()
        start.print_local_address()
        try:
            yield
        finally:
            local_key.end()
            notifying.stop()
            sheets.stop()

    return run
