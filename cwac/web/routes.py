"""The routes, the middleware and the lifespan of the ASGI app in `dashboard.py`."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from pathlib import Path
from typing import Any

from starlette.middleware import Middleware

from cwac import addons, logs, tuning
from cwac.exports import chart_specs
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.web import feeds, first_answers, local_key, metrics
from cwac.web.limits import Limits
from cwac.web.preflight import Start
from cwac.web.responses import CompressStaticFiles, SecurityHeaders, SignInPages, UnknownPages

SCRIPT = Path(__file__).with_name("layout.py")
"""The script that Streamlit runs. It has no `pages/` beside it, so no page can be opened without it."""

ROUTES = [*metrics.ROUTES, *feeds.ROUTES, *(route for addon in addons.installed() for route in addon.routes())]


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
    """Start the pollers and what the add-ons run with the server, log what it serves, and stop them with it."""

    @asynccontextmanager
    async def run(_: Any) -> AsyncIterator[None]:
        logs.set_up()
        tuning.at_start()
        with ExitStack() as at_the_end:
            at_the_end.callback(sheets.stop)
            sheets.start(start.settings, prepare)
            chart_specs.import_libraries()  # while the first read waits for its source
            for addon in addons.installed():
                at_the_end.enter_context(addon.running())
            at_the_end.callback(local_key.end)
            start.log()
            start.print_local_address()
            yield

    return run
