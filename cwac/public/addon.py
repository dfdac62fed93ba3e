"""What the public site offers the core, each imported when it is asked for."""

from __future__ import annotations

from collections.abc import Collection
from importlib import import_module as module
from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    from cwac.settings import Settings


def _public_address(settings: Settings, counties: Collection[str], county: str) -> str | None:
    from cwac import access
    from cwac.exports.event_pages import short_address

    return short_address(settings.address, counties, county) if access.may_enter(access.PUBLIC, settings) else None


ADDON = Addon(
    commands=lambda: (module("cwac.public.command").command,),
    routes=lambda: module("cwac.public.routes").ROUTES,
    event_actions=lambda session, event: module("cwac.public.panel").show_qr_code(session, event),
    sections={"reports": lambda session: module("cwac.public.panel").put_it_on_your_site(session)},
    public_address=_public_address,
)
