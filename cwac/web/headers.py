"""The security headers of every HTTP response, the content security policy among them."""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Collection, Sequence
from importlib import resources
from typing import Literal

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from cwac.settings import LOOPBACK
from cwac.web import streamlit_compat

_HOST = re.compile(r"([A-Za-z0-9.\-]+|\[[0-9A-Fa-f:]+\])(?::[0-9]{1,5})?")


def content_security_policy(
    host: str,
    inline_scripts: Sequence[str] = (),
    names: Collection[str] = LOOPBACK,
    scheme: Literal["ws", "wss"] = "ws",
) -> str:
    """A policy that allows scripts, images and data from this server alone.

    `inline_scripts` are the hashes of Streamlit's own inline scripts, `names` the host names of this server.
    'self' covers the websocket in Chrome from 71, in Firefox, and in Safari from 16; for older iPads the websocket's
    address is added, but only where `host` is one of `names`: a client can send any Host header.
    """
    match = _HOST.fullmatch(host)
    websocket = f" {scheme}://{host}" if match and match[1].strip("[]").lower() in names else ""
    scripts = "".join(f" '{script_hash}'" for script_hash in inline_scripts)
    return "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self'{scripts}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self' data:",
            f"connect-src 'self'{websocket}",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            "frame-ancestors 'self'",
        )
    )


def inline_scripts() -> tuple[str, ...]:
    """The hashes (`sha256-…`) of the inline scripts in the HTML page of the installed Streamlit."""
    html = (resources.files("streamlit") / "static" / "index.html").read_text(encoding="utf-8")
    scripts = re.findall(r"<script>(.*?)</script>", html, re.S)
    return tuple("sha256-" + base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts)


PUBLIC_PATHS = ("/public/", "/e/")
"""Addresses of the public site, which search engines may index and which have a policy of their own."""
_NOT_PUBLIC = ("X-Frame-Options", "Cross-Origin-Resource-Policy", "X-Robots-Tag")


class SecurityHeaders:
    """Middleware that adds the headers to every HTTP response, and `Secure` to cookies of requests over TLS."""

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
        request_headers = Headers(scope=scope)
        host = request_headers.get("host", "")
        # A proxy that ends TLS says so. A client that makes this up gets cookies that its own browser will not send.
        secure = scope["scheme"] == "https" or request_headers.get("x-forwarded-proto") == "https"
        policy = content_security_policy(host, self.inline_scripts, self.names, "wss" if secure else "ws")

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                is_public = scope["path"].startswith(PUBLIC_PATHS) and "content-security-policy" in headers
                for name, value in self.FIXED:
                    if not (is_public and name in _NOT_PUBLIC):
                        headers[name] = value
                if not is_public:
                    headers["Content-Security-Policy"] = policy
                if scope["path"].startswith(streamlit_compat.MEDIA):
                    headers["Cache-Control"] = "no-store"  # a download may be private, and the computer shared
                if secure:
                    headers["Strict-Transport-Security"] = "max-age=31536000"
                    cookies = headers.getlist("set-cookie")
                    del headers["set-cookie"]
                    for cookie in cookies:
                        is_marked = "; secure" in cookie.lower()
                        headers.append("set-cookie", cookie if is_marked else f"{cookie}; Secure")
            await send(message)

        await self.app(scope, receive, send_with_headers)
