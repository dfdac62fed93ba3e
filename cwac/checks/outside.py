"""The dashboard as visitors reach it, with `--url`: health, websockets, TLS at the proxy, and feeds."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator
from urllib.parse import urlsplit

from cwac.checks import http
from cwac.checks.finding import NETWORK, Finding, failed, passed, skipped, warned
from cwac.checks.http import Unreachable
from cwac.settings import LOOPBACK, Settings
from cwac.sources.http_calls import REDIRECTS

PROXY_GUIDE = "Compare the proxy's settings with docs/operate/proxy.md and docs/deploy/nginx.conf."
_LATER = ("outside-websocket", "outside-scheme", "outside-feeds")


def findings(url: str, settings: Settings | None = None) -> Iterator[Finding]:
    """`url` is scheme, host and port, without a path. Asks four times, and sends no credentials."""
    try:
        health = http.get(f"{url}/_stcore/health", limit=100)
    except Unreachable as error:
        remedy = "Check its name, the proxy and the firewall."
        yield failed("outside-health", f"{url} was not reached: {error}.", remedy, NETWORK)
        yield from (skipped(check, f"Not tried, as {url} was not reached.") for check in _LATER)
        return
    yield _health(url, health)
    yield websocket(url)
    yield scheme(url, health)
    yield feeds(url)
    if settings is not None and settings.reached_at:
        check, asked, named = "outside-name", urlsplit(url).hostname, urlsplit(settings.reached_at).hostname
        if asked == named:
            yield passed(check, f"redirect_uri in [auth] has the same name, {named}.")
        else:
            found = f"redirect_uri in [auth] names {named}, and visitors come to {asked}."
            yield failed(check, found, "Write the visitors' name there, and at the sign-in service.")


def _health(url: str, answer: http.Answer) -> Finding:
    check = "outside-health"
    if answer.status == 200 and answer.body.strip() == b"ok":
        return passed(check, f"The dashboard answers at {url}.")
    if answer.status in REDIRECTS:
        to = urlsplit(answer.headers.get("Location", ""))
        where = f" to {to.scheme}://{to.hostname}" if to.hostname else ""
        return failed(check, f"{url} sends visitors on{where}.", "Run this again with the address that people use.")
    if answer.status in (400, 403, 421):
        return failed(check, f"{url} refuses this host name (HTTP {answer.status}).", _name_remedy(url))
    return failed(check, f"Something else answers at {url} (HTTP {answer.status}).", PROXY_GUIDE)


def websocket(url: str) -> Finding:
    """Whether a websocket can be opened: pages stay empty without it."""
    check = "outside-websocket"
    headers = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": base64.b64encode(os.urandom(16)).decode(),
        "Origin": url,
    }
    try:
        answer = http.get(f"{url}/_stcore/stream", headers, limit=0)
    except Unreachable as error:
        return failed(check, f"No websocket can be opened: {error}.", PROXY_GUIDE)
    if answer.status == 101:
        return passed(check, "Websockets pass, which every page needs.")
    remedy = _name_remedy(url) if answer.status == 403 else PROXY_GUIDE
    return failed(check, f"No websocket can be opened (HTTP {answer.status}): pages would stay empty.", remedy)


def _name_remedy(url: str) -> str:
    return f"Set STREAMLIT_SERVER_ALLOWED_HOSTS={urlsplit(url).hostname}, and let the proxy send Host unchanged."


def scheme(url: str, answer: http.Answer) -> Finding:
    """Whether the dashboard knows that visitors come by TLS; it then sends `Strict-Transport-Security`."""
    check = "outside-scheme"
    parts = urlsplit(url)
    if parts.scheme != "https":
        if parts.hostname in LOOPBACK:
            return skipped(check, "Not tried, as this machine is asked without a proxy.")
        found = f"{url} is not https: anybody on the way can take the sign-in cookie."
        return failed(check, found, "End TLS at the proxy, and run this again with https://.")
    if answer.headers.get("Strict-Transport-Security"):
        return passed(check, "The dashboard knows that visitors come by https.")
    found = "The dashboard does not know that visitors come by https, so its cookies are not marked Secure."
    return warned(check, found, "Let the proxy set X-Forwarded-Proto and X-Forwarded-For, replacing those of visitors.")


def feeds(url: str) -> Finding:
    """Whether calendar links reach the dashboard: one that does not exist must get the dashboard's own 404."""
    check = "outside-feeds"
    try:
        answer = http.get(f"{url}/feed/cwac-doctor.ics", limit=100)
    except Unreachable as error:
        return failed(check, f"Calendar links do not reach the dashboard: {error}.", PROXY_GUIDE)
    if answer.status == 404 and answer.body == b"Not found\n":
        return passed(check, "Calendar links reach the dashboard.")
    if answer.status == 503:
        return warned(check, "The dashboard cannot answer calendar links yet.", "Run this again in a minute.")
    found = f"Calendar links do not reach the dashboard (HTTP {answer.status} for an unknown one)."
    return failed(check, found, PROXY_GUIDE)
