"""The machine: versions, the port, proxy variables and the clock."""

from __future__ import annotations

import email.utils
import errno
import os
import re
import socket
import sys
from collections.abc import Mapping
from importlib import metadata
from urllib.parse import urlsplit

from cwac.checks import http
from cwac.checks.finding import NETWORK, Finding, failed, passed, skipped, warned
from cwac.checks.http import Answer, Unreachable
from cwac.rounding import half_up
from cwac.sources.http_calls import json_object

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
        answer = http.get(f"http://{f'[{address}]' if ':' in address else address}:{number}/readyz", limit=100)
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
