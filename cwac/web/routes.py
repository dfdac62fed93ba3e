"""The routes, headers and lifespan behind `dashboard.py`."""

from __future__ import annotations

import base64
import ctypes
import gc
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from starlette.datastructures import Headers, MutableHeaders
from starlette.middleware import Middleware
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cwac import logs
from cwac.refresh import sheets
from cwac.settings import LOOPBACK
from cwac.storage import audit
from cwac.web import feeds, local_key, metrics
from cwac.web.limits import Limits
from cwac.web.preflight import Start
from cwac.web.sign_in import SignIn

FRAME = Path(__file__).parent / "layout.py"


ROUTES = [*metrics.ROUTES, *feeds.ROUTES]


# --- headers ------------------------------------------------------------------------------------------------------

_HOST = re.compile(r"([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?")


def content_security_policy(
    host: str,
    inline_scripts: Sequence[str] = (),
    names: Collection[str] = LOOPBACK,
    scheme: Literal["ws", "wss"] = "ws",
) -> str:
    """Only this server may supply scripts, pictures and data. `inline_scripts` are the hashes of Streamlit's own.

    'self' covers the websocket in Chrome from 71, in Firefox, and in Safari from 16; for older iPads it is named, but
    only where `host` is one of `names`: anybody can ask with any Host.
    """
    parts = _HOST.fullmatch(host)
    sockets = f" {scheme}://{host}" if parts and parts[1].strip("[]").lower() in names else ""
    scripts = "".join(f" '{one}'" for one in inline_scripts)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{sockets}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def inline_scripts() -> tuple[str, ...]:
    """The hashes of the scripts written into the page that this version of Streamlit serves."""
    page = (resources.files("streamlit") / "static" / "index.html").read_text(encoding="utf-8")
    bodies = re.findall(r"<script>(.*?)</script>", page, re.S)
    return tuple("sha256-" + base64.b64encode(hashlib.sha256(body.encode()).digest()).decode() for body in bodies)


class SecurityHeaders:
    """Adds the headers to every HTTP response; where that came over TLS, its cookies stay there."""

    FIXED = (
        ("X-Content-Type-Options", "nosniff"),
        ("X-Frame-Options", "SAMEORIGIN"),
        ("Referrer-Policy", "same-origin"),
        ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
        ("Cross-Origin-Opener-Policy", "same-origin"),
        ("Cross-Origin-Resource-Policy", "same-origin"),
        ("X-Robots-Tag", "noindex, nofollow"),
    )

    def __init__(self, app: ASGIApp, names: Collection[str] = LOOPBACK) -> None:
        self.app = app
        self.names = names
        self.inline_scripts = inline_scripts()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        host = asked.get("host", "")
        # A proxy that ends TLS says so. Whoever makes that up gets cookies that their own browser will not send.
        secure = scope["scheme"] == "https" or asked.get("x-forwarded-proto") == "https"
        policy = content_security_policy(host, self.inline_scripts, self.names, "wss" if secure else "ws")

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.FIXED:
                    headers[name] = value
                headers["Content-Security-Policy"] = policy
                if scope["path"].startswith("/media/"):
                    headers["Cache-Control"] = "no-store"  # downloads: what one person may see, on a shared computer
                if secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                    _keep_cookies_to_tls(headers)
            await send(message)

        await self.app(scope, receive, with_headers)


def _keep_cookies_to_tls(headers: MutableHeaders) -> None:
    cookies = headers.getlist("set-cookie")
    del headers["set-cookie"]
    for cookie in cookies:
        headers.append("set-cookie", cookie if "; secure" in cookie.lower() else f"{cookie}; Secure")


def middleware(start: Start) -> list[Middleware]:
    """What each request passes through, outermost first."""
    return [
        Middleware(SecurityHeaders, start.names),
        Middleware(Limits, start.chosen),
        Middleware(SignIn),
        Middleware(local_key.LocalKey),
        Middleware(metrics.Sessions),
    ]


# --- from start to stop -------------------------------------------------------------------------------------------

_M_ARENA_MAX, _ARENAS = -8, 2


def share_memory() -> None:
    """Have threads take memory from the same places, where the system's library is GNU's.

    Each rerun has a thread of its own, and threads have up to eight places a processor, each of which keeps what it
    once held: with 200 viewers a fifth more in all, and growing.
    """
    with suppress(AttributeError, OSError, TypeError):  # other libraries have no such setting
        ctypes.CDLL(None).mallopt(_M_ARENA_MAX, _ARENAS)


def lifespan(start: Start) -> Callable[[Any], AbstractAsyncContextManager[None]]:
    """Start the refreshers with the server, say what it does, and stop them with it."""

    @asynccontextmanager
    async def from_start_to_stop(_: Any) -> AsyncIterator[None]:
        logs.set_up()
        # What reruns leave behind is cleared away a little at a time: of fifty times as much, everybody waited a tenth
        # of a second. What viewers still had in hand is looked at seldom, and all that is kept, once a quarter is new.
        gc.set_threshold(2_000, 100, 1)
        gc.freeze()  # what is there by now stays
        sheets.start(start.settings)
        sheets.at_each_look(feeds.revoke_removed)
        start.say()
        start.open_local()
        try:
            yield
        finally:
            local_key.end()
            audit.flush(3)
            sheets.stop()

    return from_start_to_stop
