"""This machine and the dashboard as visitors reach it: versions, port, proxies, clock, health, TLS and feeds."""

from __future__ import annotations

import base64
import email.utils
import errno
import os
import re
import socket
import sys
from collections.abc import Iterator, Mapping
from importlib import metadata
from urllib.parse import urlsplit

import requests

from cwac.checks.finding import NETWORK, Finding, failed, passed, skipped, warned
from cwac.rounding import half_up
from cwac.settings import LOOPBACK, Settings, host_of
from cwac.sources.http_calls import REDIRECTS, Calls, TooLate, json_object
from cwac.sources.http_calls import Answer as Answer

CONNECT_SECONDS, SECONDS, MOST_BYTES = 5.0, 10.0, 262_144


class Unreachable(Exception):  # noqa: N818 - it says what happened
    """There was no answer; the message says why, as the end of a sentence."""


def get(address: str, headers: Mapping[str, str] | None = None, limit: int = MOST_BYTES) -> Answer:
    """The answer to one GET within `SECONDS`, of its body at most `limit` bytes; raises `Unreachable`."""
    direct = {"proxies": {"http": None, "https": None, "all": None}} if host_of(address) in LOOPBACK else {}
    calls = Calls(SECONDS, CONNECT_SECONDS, SECONDS)
    try:
        return calls.request("get", address, headers, limit, whole=False, **direct)
    except TooLate:
        raise Unreachable("it did not answer in time") from None
    except (OSError, ValueError) as error:  # requests' own are OSErrors; urllib3 refuses some addresses by ValueError
        raise Unreachable(_why(error)) from None
    except Exception as error:
        raise Unreachable(f"the connection broke off ({type(error).__name__})") from None
    finally:
        calls.close()


def _why(error: Exception) -> str:
    if isinstance(error, requests.Timeout):
        return "it did not answer in time"
    if isinstance(error, requests.exceptions.SSLError):
        return "its TLS certificate is not accepted"
    if isinstance(error, requests.exceptions.ProxyError):
        return "the proxy did not let the call through"
    if "NameResolution" in str(error) or "Name or service" in str(error):
        return "its name could not be looked up"
    if isinstance(error, requests.ConnectionError):
        return "no connection could be made"
    return "its address cannot be used"


PYTHON, STREAMLIT = (3, 11), "1.67"
"""The oldest Python, and the only Streamlit that this release was tried with."""

OFF_BY, REFUSED_BY = 60, 300
"""Seconds by which the clock may be wrong before it matters, and before Google refuses the key."""


def python(version: tuple[int, ...] = sys.version_info[:3]) -> Finding:
    found, remedy = f"Python {'.'.join(map(str, version))}.", f"Install Python {PYTHON[0]}.{PYTHON[1]} or newer."
    return passed("python", found) if version[:2] >= PYTHON else failed("python", found, remedy)


def streamlit(version: str | None = None) -> Finding:
    remedy = f'Run pip install "streamlit[auth]=={STREAMLIT}.*"'
    try:
        version = version or metadata.version("streamlit")
    except metadata.PackageNotFoundError:
        return failed("streamlit", "Streamlit is not installed.", remedy)
    if not re.match(rf"{re.escape(STREAMLIT)}(\.|$)", version):
        found = f"Streamlit {version} is installed, and this release was tried with {STREAMLIT} alone."
        return failed("streamlit", found, remedy)
    return passed("streamlit", f"Streamlit {version}.")


def port(number: int) -> Finding:
    """Whether the dashboard can listen on that port of this machine."""
    error = why_not_free("localhost", number)
    if error is None:
        return passed("port", f"Port {number} is free.")
    if isinstance(error, PermissionError):
        return failed("port", f"This user may not listen on port {number}.", "Choose a port above 1023.")
    if is_ours("localhost", number):
        return passed("port", f"This dashboard is running on port {number} already.")
    free = free_port("localhost", number) or "NUMBER"
    return failed("port", f"Another program listens on port {number}.", f"Stop it, or run cwac serve --port {free}")


def why_not_free(address: str, number: int) -> OSError | None:
    """Why nobody can listen there now, if so; raises `OSError` or `UnicodeError` for what is no address."""
    places = socket.getaddrinfo(address, number, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    errors: list[OSError] = []
    for family, *_, place in places:
        try:
            with socket.socket(family, socket.SOCK_STREAM) as listener:
                if os.name == "posix":
                    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # closed connections do not matter
                listener.bind(place)
        except OSError as error:
            errors.append(error)
    in_use = [error for error in errors if error.errno == errno.EADDRINUSE]
    return (in_use or errors)[0] if in_use or len(errors) == len(places) else None


def free_port(address: str, after: int) -> int | None:
    """The next free port of that address, among the hundred after this one."""
    numbers = range(after + 1, min(after + 101, 65_536))
    return next((number for number in numbers if not why_not_free(address, number)), None)


def is_ours(address: str, number: int) -> bool:
    """Whether this dashboard answers there: by the document of its `/readyz`, as many programs answer "ok"."""
    try:
        answer = get(f"http://{f'[{address}]' if ':' in address else address}:{number}/readyz", limit=100)
    except Unreachable:
        return False
    return json_object(answer.body).keys() == {"ready", "age_seconds"}


def proxy(environ: Mapping[str, str]) -> Finding:
    """Which proxy the calls to Google take. Never says the proxy's user or password."""
    lower = {name.lower(): value.strip() for name, value in environ.items() if value.strip()}
    typed = lower.get("https_proxy") or lower.get("all_proxy")
    if not typed:
        if "http_proxy" not in lower:
            return passed("proxy", "No proxy variables are set: Google is called directly.")
        found = "HTTP_PROXY is set and HTTPS_PROXY is not: calls to Google are HTTPS and do not use the proxy."
        return warned("proxy", found, "Set HTTPS_PROXY too if this network needs the proxy.", NETWORK)
    try:
        parts = urlsplit(typed if "://" in typed else f"http://{typed}")
        host, number = parts.hostname, parts.port
    except ValueError:
        host, number = None, None
    if not host:
        return failed("proxy", "HTTPS_PROXY is not an address.", "Write one such as http://proxy.example.gov:3128")
    entries = [entry.strip().lower() for entry in lower.get("no_proxy", "").split(",")]
    endings = [f".{ending}" for entry in entries if (ending := entry.lstrip(".*"))]
    if "*" in entries or ".sheets.googleapis.com".endswith(tuple(endings)):
        return passed("proxy", "HTTPS_PROXY is set, and NO_PROXY lets calls to Google pass it by.")
    where = f"{host}:{number}" if number else host
    return passed("proxy", f"Calls to Google go through the proxy {where} (HTTPS_PROXY).")


def clock(answer: Answer | None) -> Finding:
    """The clock of this machine beside the Date header of an answer."""
    try:
        theirs = email.utils.parsedate_to_datetime(answer.headers["Date"] if answer else "")
        off = (answer.received - theirs).total_seconds() if answer else 0.0
    except (KeyError, TypeError, ValueError, OverflowError):
        return skipped("clock", "Could not be compared: no answer with a date came.")
    how = f"{half_up(abs(off))} seconds {'ahead' if off > 0 else 'behind'}"
    remedy = "Set the clock, and let it follow a time server (NTP)."
    if abs(off) >= REFUSED_BY:
        return failed("clock", f"The clock of this machine is {how}: Google refuses keys then.", remedy)
    if abs(off) >= OFF_BY:
        return warned("clock", f"The clock of this machine is {how}.", remedy)
    return passed("clock", "The clock of this machine is right.")


def forwarding(environ: Mapping[str, str]) -> Finding | None:
    """A warning if every visitor may forge their address."""
    if environ.get("FORWARDED_ALLOW_IPS", "").strip() != "*":
        return None
    found = "FORWARDED_ALLOW_IPS=* lets every visitor forge their address."
    return warned("forwarded-addresses", found, "Set it to the proxy's address.")


PROXY_GUIDE = "Compare the proxy's settings with docs/operate/proxy.md and docs/deploy/nginx.conf."


def outside(url: str, settings: Settings | None = None) -> Iterator[Finding]:
    """`url` is scheme, host and port, without a path. Asks four times, and sends no credentials."""
    try:
        health = get(f"{url}/_stcore/health", limit=100)
    except Unreachable as error:
        remedy = "Check its name, the proxy and the firewall."
        yield failed("outside-health", f"{url} was not reached: {error}.", remedy, NETWORK)
        later = ("outside-websocket", "outside-scheme", "outside-feeds")
        yield from (skipped(check, f"Not tried, as {url} was not reached.") for check in later)
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


def _health(url: str, answer: Answer) -> Finding:
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
        answer = get(f"{url}/_stcore/stream", headers, limit=0)
    except Unreachable as error:
        return failed(check, f"No websocket can be opened: {error}.", PROXY_GUIDE)
    if answer.status == 101:
        return passed(check, "Websockets pass, which every page needs.")
    remedy = _name_remedy(url) if answer.status == 403 else PROXY_GUIDE
    return failed(check, f"No websocket can be opened (HTTP {answer.status}): pages would stay empty.", remedy)


def _name_remedy(url: str) -> str:
    return f"Set STREAMLIT_SERVER_ALLOWED_HOSTS={urlsplit(url).hostname}, and let the proxy send Host unchanged."


def scheme(url: str, answer: Answer) -> Finding:
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
        answer = get(f"{url}/feed/cwac-doctor.ics", limit=100)
    except Unreachable as error:
        return failed(check, f"Calendar links do not reach the dashboard: {error}.", PROXY_GUIDE)
    if answer.status == 404 and answer.body == b"Not found\n":
        return passed(check, "Calendar links reach the dashboard.")
    if answer.status == 503:
        return warned(check, "The dashboard cannot answer calendar links yet.", "Run this again in a minute.")
    found = f"Calendar links do not reach the dashboard (HTTP {answer.status} for an unknown one)."
    return failed(check, found, PROXY_GUIDE)
