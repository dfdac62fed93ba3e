"""The add-ons, each a folder with all of one feature; no other file of the core names one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cwac.settings.section import SettingsSection

NAMES = ("notify", "packet", "public", "api", "funders")


@dataclass(frozen=True, slots=True, kw_only=True)
class Addon:
    """What an add-on offers the core, as functions that import their libraries when they are called."""

    settings: Callable[[], SettingsSection] | None = None
    report_page: Callable[[], Any] | None = None
    """Gives a `ReportPage` of `web/sections/reports.py`."""
    report_command: Callable[[], Any] | None = None
    """Gives a `ReportCommand` of `cli/report.py`."""


@cache
def installed() -> tuple[Addon, ...]:
    """The add-ons whose folders are there, in the order of `NAMES`; a folder that cannot be imported is an error."""
    return tuple(found for name in NAMES if (found := _addon(name)) is not None)


def _addon(name: str) -> Addon | None:
    try:
        import_module(f"cwac.{name}")
    except ModuleNotFoundError as error:
        if error.name == f"cwac.{name}":
            return None
        raise
    found: Addon = import_module(f"cwac.{name}.addon").ADDON
    return found
