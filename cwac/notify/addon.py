"""What this add-on offers the core."""

from __future__ import annotations

from cwac.addons import Addon
from cwac.settings.section import SettingsSection


def _settings() -> SettingsSection:
    from cwac.notify.settings import SECTION

    return SECTION


ADDON = Addon(settings=_settings)
