"""What the packet offers the core."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    import click

    from cwac.checks.finding import Finding
    from cwac.model import Event
    from cwac.settings import Settings
    from cwac.settings.section import SettingsSection
    from cwac.web.blocks.content import Line
    from cwac.web.session import Session


def _settings() -> Iterable[SettingsSection]:
    from cwac.packet.settings import SECTION

    return (SECTION,)


def _commands() -> Iterable[click.Command]:
    from cwac.packet.command import command

    return (command,)


def _settings_checks(settings: Settings) -> Iterable[Finding]:
    from cwac.packet.checks import folders

    return folders(settings)


def _event_actions(session: Session, event: Event) -> None:
    from cwac.packet.panel import downloads

    downloads(session, event)


def _event_lines(session: Session, event: Event) -> Iterable[Line]:
    from cwac.packet.panel import lines

    return lines(session, event)


ADDON = Addon(
    settings=_settings,
    commands=_commands,
    settings_checks=_settings_checks,
    event_actions=_event_actions,
    event_lines=_event_lines,
)
