"""What the messages offer the core."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    import click
    from prometheus_client.core import Metric
    from starlette.routing import BaseRoute

    from cwac.checks.finding import Finding
    from cwac.settings import Settings
    from cwac.settings.section import SettingsSection
    from cwac.storage.store import Store
    from cwac.web.session import Session


def _settings() -> Iterable[SettingsSection]:
    from cwac.notify.settings import SECTION

    return (SECTION,)


def _commands() -> Iterable[click.Command]:
    from cwac.notify.command import command

    return (command,)


def _routes() -> Iterable[BaseRoute]:
    from cwac.notify.routes import ROUTES

    return ROUTES


@contextmanager
def _running() -> Iterator[None]:
    from cwac.notify import serving

    serving.start()
    try:
        yield
    finally:
        serving.stop()


def _checks(settings: Settings) -> Iterable[Finding]:
    from cwac.notify.checks import findings

    return findings(settings)


def _metrics(store: Store | None) -> Iterable[Metric]:
    from cwac.notify.serving import metrics

    return metrics(store)


def _messages_sent(settings: Settings, begin: dt.datetime, end: dt.datetime) -> Sequence[tuple[dt.date, str, int]]:
    from cwac.notify.records import messages_sent

    return messages_sent(settings, begin, end)


def _on_sheet_health(session: Session) -> None:
    from cwac.notify.panel import show

    show(session)


ADDON = Addon(
    settings=_settings,
    commands=_commands,
    routes=_routes,
    running=_running,
    checks=_checks,
    metrics=_metrics,
    messages_sent=_messages_sent,
    sections={"sheet health": _on_sheet_health},
)
