"""What the server is going to read, keep and listen on, in one line; what it warns of; what it does not start with."""

from __future__ import annotations

import logging
import os
import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from cwac import access, logs
from cwac import settings as configuration
from cwac.refresh import sheets
from cwac.settings import Settings, SettingsError
from cwac.storage.store import default_path
from cwac.web import limits, local_key

_log = logging.getLogger(__name__)

REFUSED = 78
"""The exit that means: mend the configuration, starting again does not help (EX_CONFIG of sysexits.h)."""

NEVER: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "server.enableCORS": (lambda on: not on, "any page in a visitor's browser could then read what they may see"),
    "server.enableXsrfProtection": (lambda on: not on, "any page in a visitor's browser could then act in their name"),
    "server.corsAllowedOrigins": (
        lambda origins: any("*" in str(one) for one in origins or ()),
        "with a * in it, pages of strangers could read what a visitor may see",
    ),
    "server.enableStaticServing": (bool, "it hands out files without asking who wants them"),
    "server.trustedUserHeaders": (bool, "who somebody is, sign-in alone says"),
    "server.baseUrlPath": (bool, "the dashboard needs a host name of its own, no path below one"),
    "global.developmentMode": (bool, "it is for those who change Streamlit itself"),
}
"""Options of Streamlit that take a guard away: what must not be, and why."""


@dataclass(frozen=True)
class Start:
    """How this process was started. `option` looks up one of Streamlit's options, `trouble` why there are no settings.

    Not `by_streamlit`: by some other server, whose address and limits nobody here knows.
    """

    settings: Settings | None
    trouble: str
    option: Callable[[str], Any]
    by_streamlit: bool
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def chosen(self) -> Settings:
        """The settings; where they cannot be read, those by which nothing is shown."""
        return self.settings or Settings(workbook="-")

    @property
    def address(self) -> str:
        return str(self.option("server.address") or "0.0.0.0")

    @property
    def here_only(self) -> bool:
        """Whether the server listens on this machine only."""
        return self.by_streamlit and access.is_loopback(self.address, self.address, forwarded=False)

    @property
    def for_others(self) -> bool:
        """Whether others are meant to reach it: by its address, or through a proxy, as sign-in and names tell."""
        return not self.here_only or not self.names <= configuration.LOOPBACK

    @property
    def names(self) -> frozenset[str]:
        """The host names that the operator has given it, and this machine's own."""
        reached_at = urlsplit(self.chosen.reached_at or "").hostname
        return configuration.LOOPBACK | {one.lower() for one in (reached_at, *self._allowed_hosts()) if one}

    def _allowed_hosts(self) -> list[str]:
        return [str(one) for one in self.option("server.allowedHosts") or ()]

    # --- what it does not start with -----------------------------------------------------------------------------

    def refusals(self) -> Iterator[str]:
        """A sentence with a remedy for each thing that must be mended first."""
        for name, (unsafe, why) in NEVER.items():
            if unsafe(self.option(name)):
                yield f"{name} is set to what is not safe: {why}. Take it out of {_places(name)}."
        # "false" is what Community Cloud sets, and leaves the message out.
        if self.for_others and str(self.option("client.showErrorDetails")).lower() not in ("none", "false"):
            yield (
                "client.showErrorDetails shows visitors what went wrong, which may quote a cell. "
                f'Leave it at "none": take it out of {_places("client.showErrorDetails")}.'
            )
        if self.settings is not None:
            if self.settings.local and not self.settings.sample and not self.settings.auth:
                yield from self._against_local(self.settings)
            yield from _open_store(self.settings)

    def _against_local(self, settings: Settings) -> Iterator[str]:
        if settings.public or any(one.public for one in settings.counties):
            yield (
                "public = true opens the dashboard to others, and local = true makes a coordinator of whoever comes "
                "from this machine, as a careless proxy does. Take one of them away."
            )
        if any(one not in configuration.LOOPBACK for one in self._allowed_hosts()):
            yield (
                "local = true is for one machine, and server.allowedHosts names others. Take one of them away, and set "
                "up [auth] where others are to see it."
            )
        if self.option("server.corsAllowedOrigins"):
            yield (
                "local = true asks nobody to sign in, and server.corsAllowedOrigins lets pages of other sites read "
                "along. Take one of them away."
            )
        if not self.by_streamlit:
            yield (
                "local = true is only safe where the server is known to listen on this machine alone. Start it with: "
                "streamlit run dashboard.py"
            )
        elif not self.here_only:
            yield (
                f"local = true is for one machine, and the server listens on {self.address}, where others reach it. "
                "Set up [auth], or let it listen on localhost."
            )

    def stop_where_unsafe(self) -> None:
        """Say what must be mended first, and end the process with `REFUSED`."""
        found = list(self.refusals())
        if not found:
            return
        logs.set_up()
        for one in found:
            _log.critical("Not started: %s", one)
        sys.exit(REFUSED)

    # --- what it says --------------------------------------------------------------------------------------------

    def say(self) -> None:
        """One line into the log about what runs now, and one for each warning. No secret is in any of them."""
        _log.info("%s", self.line())
        for one in self.warnings():
            _log.warning("Careful: %s", one)

    def open_local(self) -> None:
        """Where `local` holds, print the address with this start's key: to the terminal alone, never into a log."""
        local_key.end()
        settings = self.settings
        if settings is None or not settings.local or settings.auth or settings.sample:
            return
        scheme = "https" if self.option("server.sslCertFile") else "http"
        host = f"[{self.address}]" if ":" in self.address else self.address
        there = f"{scheme}://{host}:{self.option('server.port')}{local_key.ADDRESS}?key={local_key.begin().text}"
        print(f"\n  Open this address in a browser on this machine:\n\n  {there}\n", flush=True)

    def line(self) -> str:
        """`Coffee with a Cop: reads …, keeps …, listens on …`"""
        where = (
            f"on {self.address}:{self.option('server.port')}" if self.by_streamlit else "where its server was told to"
        )
        reads, keeps, shows = "nothing", "nothing", f"shows nothing. {self.trouble}"
        if self.settings is not None:
            reads, keeps, shows = _source(self.settings), _kept(self.settings), f"{self._open_to(self.settings)}."
        return f"Coffee with a Cop: reads {reads}, keeps {keeps}, listens {where}, {shows}"

    def _open_to(self, settings: Settings) -> str:
        if settings.sample:
            return "shows it to everybody"
        public = settings.public or any(one.public for one in settings.counties)
        strangers = f"strangers see {'what is public' if public else 'nothing'}"
        if settings.auth:
            where = f" at {settings.reached_at}" if settings.reached_at else ""
            return f"sign-in on{where}, {strangers}"
        if settings.local and self.here_only:
            return "no sign-in, open at this machine"
        return f"sign-in off, {strangers}" if public else "shows nothing before [auth] is set up"

    def warnings(self) -> Iterator[str]:
        """A sentence with a remedy for each thing that works, but not as somebody may think, or less safely."""
        settings = self.chosen
        if settings.local and settings.auth:
            yield "local = true does nothing beside [auth]: everybody signs in. Take one of them away."
        shares = [settings.of(one) for one in settings.counties] or [settings]
        if (
            settings.auth
            and not settings.sample
            and not any(one.viewers or one.coordinators or one.public for one in shares)
        ):
            yield "Whoever signs in sees nothing: [access] names neither viewers nor coordinators."
        every = sheets.seconds_between_looks(settings)
        if every > settings.refresh_seconds:
            yield (
                f"{len(settings.counties)} spreadsheets are each read every {every:.0f} s, not every "
                f"{settings.refresh_seconds} s: Google allows one account sixty calls a minute."
            )
        if (allowed := limits.most_open_files()) < limits.files_needed(settings):
            yield (
                f"The system allows this process {allowed} open files, fewer than connections = {settings.connections} "
                f"needs. Raise it to {limits.files_needed(settings)} or more: LimitNOFILE in the unit, --ulimit nofile "
                "for a container."
            )
        if not self.by_streamlit:
            yield "Streamlit's own limits do not hold under this server. Start it with: streamlit run dashboard.py"
        if not self.for_others:
            return
        hosts = self._allowed_hosts()
        if not hosts or "*" in hosts:
            yield (
                "The server answers to any name. Give it its own: "
                "STREAMLIT_SERVER_ALLOWED_HOSTS=coffee.example.gov (several: separated by spaces)."
            )
        if self.option("server.fileWatcherType") != "none":
            yield "The server watches its own files, which is for programmers: STREAMLIT_SERVER_FILE_WATCHER_TYPE=none."
        if self.environ.get("FORWARDED_ALLOW_IPS", "").strip() == "*":
            yield (
                "FORWARDED_ALLOW_IPS=* lets every visitor say which address they come from. "
                "Name the proxy's address there."
            )
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            yield "The server runs as root. Give it a user of its own, that owns nothing but its data folder."


def now(option: Callable[[str], Any], *, by_streamlit: bool) -> Start:
    """This start, with the settings as they are found."""
    try:
        return Start(configuration.load(), "", option, by_streamlit)
    except SettingsError as error:
        return Start(None, str(error), option, by_streamlit)


def _places(name: str) -> str:
    variable = "STREAMLIT_" + re.sub(r"(?<=[a-z])(?=[A-Z])|\.", "_", name).upper()
    return f"config.toml, the command line and {variable}"


def _open_store(settings: Settings) -> Iterator[str]:
    if settings.store is None:
        path = default_path() if not settings.sample else None
    else:
        named = re.match(r"sqlite(?:\+\w+)?:///([^?]+)", settings.store)
        path = Path(named[1]) if named else None
    if path is not None and path.is_file() and configuration.others_may_read(path):
        yield (
            f"{path} holds officers' names and what residents said, and others on this machine may read it: "
            f"run chmod 600 {shlex.quote(str(path))}"
        )


def _kept(settings: Settings) -> str:
    store = sheets.store()
    if store is None or (settings.sample and settings.store is None):
        return "nothing"  # the sample's ends with the process
    return store.address


def _source(settings: Settings) -> str:
    if settings.sample:
        return "the built-in SAMPLE"
    every = f"(every {sheets.seconds_between_looks(settings):.0f} s)"
    if settings.workbook:
        return f"the file {settings.workbook} {every}"
    if settings.counties:
        what = f"{len(settings.counties)} spreadsheets"
    else:
        key = re.search(r"/d/([\w-]+)", settings.spreadsheet or "")
        what = f"Google Sheet …{(key[1] if key else settings.spreadsheet or '')[-6:]}"
    endpoint = settings.gsheets.get("api_endpoint")
    return f"{what} {every}{f' by way of {_host(str(endpoint))}' if endpoint else ''}"


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "another address"
    except ValueError:
        return "another address"
