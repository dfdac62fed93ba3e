"""What the public site offers the core."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    import click
    from starlette.routing import BaseRoute

    from cwac.model import Event
    from cwac.settings import Settings
    from cwac.web.session import Session


def _commands() -> Iterable[click.Command]:
    from cwac.public.command import command

    return (command,)


def _routes() -> Iterable[BaseRoute]:
    from cwac.public.routes import ROUTES

    return ROUTES


def _event_actions(session: Session, event: Event) -> None:
    from cwac.public.panel import show_qr_code

    show_qr_code(session, event)


def _on_reports(session: Session) -> None:
    from cwac.public.panel import put_it_on_your_site

    put_it_on_your_site(session)


def _public_address(settings: Settings, counties: Collection[str], county: str) -> str | None:
    from cwac import access
    from cwac.exports.addresses import short_address

    if not access.may_enter(access.PUBLIC, settings):
        return None  # strangers would meet the sign-in page
    return short_address(settings.address, counties, county)


ADDON = Addon(
    commands=_commands,
    routes=_routes,
    event_actions=_event_actions,
    sections={"reports": _on_reports},
    public_address=_public_address,
)
