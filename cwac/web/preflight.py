"""The start of the server: checks of what would be unsafe, then its routes, middleware and lifespan."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from starlette.middleware import Middleware

from cwac import access, addons, logs, tuning
from cwac import settings as configuration
from cwac.analysis.words import counted
from cwac.checks import audience, machine, store
from cwac.refresh import sheets
from cwac.refresh.live import Live
from cwac.rounding import half_up
from cwac.settings import Settings, SettingsError
from cwac.settings.connections import NAMES_ARE_PUBLIC, SECONDS_BY_LINK
from cwac.settings.loading import folders, read
from cwac.storage.store import StoreTrouble
from cwac.web import feeds, first_answers, limits, metrics, streamlit_compat
from cwac.web.responses import CompressStaticFiles, SecurityHeaders, SignInPages, UnknownPages
from cwac.web.viewer import KEY_ADDRESS, LocalKey, begin_key, end_key

_log = logging.getLogger(__name__)

REFUSED = 78
"""Exit status for a configuration error (EX_CONFIG of sysexits.h): restarting does not help."""

NEVER: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "server.enableCORS": (lambda on: not on, "any page in a visitor's browser could then read what they may see"),
    "server.enableXsrfProtection": (lambda on: not on, "any page in a visitor's browser could then act in their name"),
    "server.corsAllowedOrigins": (
        lambda origins: any("*" in str(origin) for origin in origins or ()),
        "with a * in it, pages of other sites could read what a visitor may see",
    ),
    "server.enableStaticServing": (bool, "it serves files without checking who asks"),
    "server.trustedUserHeaders": (bool, "only sign-in may say who a visitor is"),
    "server.baseUrlPath": (bool, "the dashboard needs its own host name, not a path below one"),
    "global.developmentMode": (bool, "it is for developers of Streamlit"),
}
"""Streamlit option -> a test for an unsafe value, and why it is unsafe."""


@dataclass(frozen=True)
class Start:
    """How this process was started.

    `settings` is None where they cannot be used, and `trouble` says why. `option` looks up a Streamlit option.
    `by_streamlit` is False under another ASGI server, whose address and limits are unknown here.
    """

    settings: Settings | None
    trouble: str
    option: Callable[[str], Any]
    by_streamlit: bool
    environ: Mapping[str, str] = field(default_factory=lambda: os.environ)

    @property
    def effective_settings(self) -> Settings:
        """The settings, or where they cannot be used, settings that show nothing."""
        return self.settings or Settings(workbook="-")

    @property
    def address(self) -> str:
        return str(self.option("server.address") or "0.0.0.0")  # noqa: S104 - Streamlit's own default

    @property
    def on_loopback(self) -> bool:
        return self.by_streamlit and access.is_from_this_machine(self.address, self.address, forwarded=False)

    @property
    def for_others(self) -> bool:
        """Whether other machines are meant to reach it: by its address, or by name through a proxy."""
        return not self.on_loopback or not self.names <= configuration.LOOPBACK

    @property
    def names(self) -> frozenset[str]:
        """The host names that the operator configured, and the loopback names."""
        reached_at = urlsplit(self.effective_settings.reached_at or "").hostname
        return configuration.LOOPBACK | {name.lower() for name in (reached_at, *self._allowed_hosts()) if name}

    def _allowed_hosts(self) -> list[str]:
        return [str(host) for host in self.option("server.allowedHosts") or ()]

    # --- refusals ------------------------------------------------------------------------------------------------

    def refusals(self) -> Iterator[str]:
        """One sentence, with a remedy, for each reason not to start."""
        for name, (unsafe, why) in NEVER.items():
            if unsafe(self.option(name)):
                yield f"{name} has an unsafe value: {why}. Remove it from {_where_set(name)}."
        # Community Cloud sets "false", which hides the message too.
        if self.for_others and str(self.option("client.showErrorDetails")).lower() not in ("none", "false"):
            yield (
                "client.showErrorDetails shows visitors what went wrong, which may quote a cell. "
                f'Leave it at "none": remove it from {_where_set("client.showErrorDetails")}.'
            )
        own = self.settings
        if own is None:
            return
        yield from (finding.sentence for finding in (*audience.unsafe(own), *store.readable_by_others(own)))
        if audience.reads_by_link(own) and not own.public_names_accepted and self.for_others:
            yield (
                f"{NAMES_ARE_PUBLIC} That is for trying the dashboard on one machine, and this server is for others. "
                "Read the sheet with an account (docs/google.md), or write public_names_accepted = true under [access]."
            )
        if not own.local or own.sample or own.auth:
            return
        if any(host not in configuration.LOOPBACK for host in self._allowed_hosts()):
            yield (
                "local = true is for one machine, and server.allowedHosts names others. Remove one of them, and set "
                "up [auth] if others are to see it."
            )
        if self.option("server.corsAllowedOrigins"):
            yield (
                "local = true asks nobody to sign in, and server.corsAllowedOrigins lets pages of other sites read "
                "the data. Remove one of them."
            )
        if not self.by_streamlit:
            yield (
                "local = true is only safe where the server is known to listen on this machine alone. Start it with: "
                "cwac serve"
            )
        elif not self.on_loopback:
            yield (
                f"local = true is for one machine, and the server listens on {self.address}, where others reach it. "
                "Set up [auth], or let it listen on localhost."
            )

    # --- the log -------------------------------------------------------------------------------------------------

    def log(self) -> None:
        """Log the summary and each warning, without any secret."""
        trouble = self._store_trouble
        _log.info("%s", self.summary())
        if self.effective_settings.sample and self.effective_settings.file is None:
            where = ", ".join(map(str, folders()))
            _log.info("The sample is shown, as there is no .streamlit/secrets.toml in %s.", where)
        for warning in (*self.warnings(), *([str(trouble)] if trouble else [])):
            _log.warning("Careful: %s", warning)

    def print_local_address(self) -> None:
        """Print the address with this start's key to standard output, never into the log, where `local` applies.

        Where the settings cannot be used it opens no data, but shows what is wrong to the person at this machine.
        """
        end_key()
        own = self.settings
        if not (self.on_loopback if own is None else own.local and not own.auth and not own.sample):
            return
        scheme = "https" if self.option("server.sslCertFile") else "http"
        host = f"[{self.address}]" if ":" in self.address else self.address
        address = f"{scheme}://{host}:{self.option('server.port')}{KEY_ADDRESS}?key={begin_key().text}"
        print(f"\n  Open this address in a browser on this machine:\n\n  {address}\n", flush=True)

    def print_how_to_stop(self) -> None:
        """Say at a terminal how the server is stopped; a service or a container has no window to leave open."""
        if sys.stdout is not None and sys.stdout.isatty():
            print("\n  Leave this window open. Ctrl-C stops it.\n", flush=True)

    def summary(self) -> str:
        """`Coffee with a Cop: reads …, keeps …, listens on …`"""
        address = f"on {self.address}:{self.option('server.port')}"
        where = address if self.by_streamlit else "where its server was told to"
        own = self.settings
        kept = sheets.store() if self._keeps else None
        if own is None:
            return f"Coffee with a Cop: reads nothing, keeps nothing, listens {where}, shows nothing. {self.trouble}"
        keeps = "nothing" if kept is None else kept.address
        if kept is not None and self._store_trouble:
            keeps = f"nothing while {kept.address} cannot be used"
        return f"Coffee with a Cop: reads {_source(own)}, keeps {keeps}, listens {where}, {self._audience(own)}."

    @property
    def _keeps(self) -> bool:
        """Whether a store is in use; the sample's own ends with the process."""
        return self.settings is not None and (not self.settings.sample or self.settings.store is not None)

    @cached_property
    def _store_trouble(self) -> StoreTrouble | None:
        """Why the store that is in use can keep nothing."""
        return store.why_not_kept(self.settings) if self.settings is not None and self._keeps else None

    def _audience(self, settings: Settings) -> str:
        if settings.sample:
            return "shows it to everybody"
        public = settings.public or any(county.public for county in settings.counties)
        strangers = f"strangers see {'what is public' if public else 'nothing'}"
        if settings.auth:
            missing = audience.missing_keys(read(self.environ, settings.file).section("auth")) if settings.file else []
            if missing:
                return f"sign-in cannot work without {', '.join(missing)} in [auth], {strangers}"
            where = f" at {settings.reached_at}" if settings.reached_at else ""
            return f"sign-in on{where}, {strangers}"
        if settings.local and self.on_loopback:
            return "no sign-in, open at this machine"
        return f"sign-in off, {strangers}" if public else "shows nothing before [auth] is set up"

    def warnings(self) -> Iterator[str]:
        """One sentence, with a remedy, for each thing that works but may surprise the operator or is less safe."""
        settings = self.effective_settings
        yield from (finding.sentence for finding in audience.warnings(settings))
        if audience.reads_by_link(settings):
            yield NAMES_ARE_PUBLIC
        interval = sheets.seconds_between_looks(settings)
        if interval > settings.refresh_seconds:
            yield (
                f"{len(settings.counties)} sheets are each read every {half_up(interval)} s, not every "
                f"{settings.refresh_seconds} s: Google allows one account sixty calls a minute."
            )
        if (allowed := limits.open_files()[1]) < limits.files_needed(settings):
            yield (
                f"The system allows this process {allowed} open files, fewer than connections = {settings.connections} "
                f"needs. Raise it to {limits.files_needed(settings)} or more: LimitNOFILE in the unit, --ulimit nofile "
                "for a container."
            )
        if not self.by_streamlit:
            yield "Streamlit's own limits do not apply under this server. Start it with: cwac serve"
        if not self.for_others:
            return
        hosts = self._allowed_hosts()
        if not hosts or "*" in hosts:
            yield (
                "The server answers to any name. Give it its own: "
                "STREAMLIT_SERVER_ALLOWED_HOSTS=coffee.example.gov (several: separated by spaces)."
            )
        if self.option("server.fileWatcherType") != "none":
            yield "The server watches its own files, as for development: set STREAMLIT_SERVER_FILE_WATCHER_TYPE=none."
        if (finding := machine.forwarding(self.environ)) is not None:
            yield finding.sentence
        if hasattr(os, "geteuid") and os.geteuid() == 0:
            yield "The server runs as root. Give it its own user, which owns nothing but its data folder."


def begin() -> Start:
    """Patch Streamlit, load the settings, end the process where they are unsafe, and set up the connection limits."""
    logs.guard_records()
    streamlit_compat.patch()
    by_streamlit = streamlit_compat.started_by_streamlit()
    try:
        start = Start(configuration.load(), "", st.get_option, by_streamlit)
    except SettingsError as error:
        start = Start(None, str(error), st.get_option, by_streamlit)
    if refusals := list(start.refusals()):
        logs.set_up()
        for refusal in refusals:
            _log.critical("Not started: %s", refusal)
        sys.exit(REFUSED)
    limits.raise_open_files(start.effective_settings)
    limits.guard_connections(start.effective_settings)
    return start


def _where_set(name: str) -> str:
    variable = "STREAMLIT_" + re.sub(r"(?<=[a-z])(?=[A-Z])|\.", "_", name).upper()
    return f"config.toml, the command line and {variable}"


def _source(settings: Settings) -> str:
    if settings.sample:
        return "the built-in SAMPLE"
    by_link = settings.reads == "link"
    seconds = max(sheets.seconds_between_looks(settings), SECONDS_BY_LINK if by_link else 0.0)
    interval = f"(every {half_up(seconds)} s{', by its link' if by_link else ''})"
    if settings.workbook:
        absent = "" if Path(settings.workbook).exists() else ", which is not there"
        return f"the file {settings.workbook} {interval}{absent}"
    endpoint = settings.gsheets.get("web_endpoint" if by_link else "api_endpoint")
    key = re.search(r"/d/([\w-]+)", settings.spreadsheet or "")
    source = f"Google Sheet …{(key[1] if key else settings.spreadsheet or '')[-6:]}"
    if settings.counties:
        source = counted(len(settings.counties), "sheet")
    elif settings.reads == "microsoft":
        source, endpoint = f"a workbook at {settings.place().host}", settings.microsoft.graph
    return f"{source} {interval}{f' by way of {_host(str(endpoint))}' if endpoint else ''}"


def _host(address: str) -> str:
    try:
        return urlsplit(address).hostname or "another address"
    except ValueError:
        return "another address"


# --- what is served ---------------------------------------------------------------------------------------------------

SCRIPT = Path(__file__).with_name("layout.py")
"""The script that Streamlit runs. It has no `pages/` beside it, so no page can be opened without it."""

ROUTES = [*metrics.ROUTES, *feeds.ROUTES, *(route for addon in addons.installed() for route in addon.routes())]


def middleware(start: Start) -> list[Middleware]:
    """What each request passes through, outermost first."""
    return [
        Middleware(SecurityHeaders, start.names),
        Middleware(limits.Limits, start.effective_settings),
        Middleware(SignInPages),
        Middleware(LocalKey),
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
            # Altair, while the first read waits for its source and before pages run in several threads: it looks for
            # pandas and others in sys.modules, takes one that another thread is still importing, and fails.
            import_module("cwac.exports.charts")
            for addon in addons.installed():
                at_the_end.enter_context(addon.running())
            at_the_end.callback(end_key)
            start.log()
            start.print_local_address()
            start.print_how_to_stop()
            yield

    return run
