"""What the answers through forms offer the core, each imported when it is asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from cwac.addons import Addon

if TYPE_CHECKING:
    from cwac.sheet.added import AddedTabs


def _tabs() -> AddedTabs:
    from cwac.forms import audience, reading, tabs
    from cwac.sheet.added import AddedTabs

    return AddedTabs(tabs.SPECS, tabs.plan, tabs.why_none, reading.read, audience.audience_of, audience.OTHER_FIELDS)


ADDON = Addon(tabs=_tabs)
