"""What the operator typed, and a section of it that is read into a record of its own type."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cwac.settings.counties import spreadsheets
from cwac.settings.errors import SettingsError
from cwac.settings.schema import Settings
from cwac.settings.values import Setting, parse

_MAY_BE_EMPTY = ("flag", "people", "origins")
"""Kinds of which an empty value means "no" or "nobody"."""


@dataclass(frozen=True, slots=True)
class Typed:
    """The sections of the settings file at `path`, if there is one, and the environment, which has priority."""

    file: Mapping[str, Any] = field(default_factory=dict, repr=False)
    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    path: Path | None = None

    def table(self, section: str) -> Mapping[str, Any]:
        """A section by its whole name, such as `connections.gsheets`; empty where it is missing."""
        table = self.file
        for name in section.split("."):
            inner = table.get(name, {})
            if not isinstance(inner, Mapping):
                raise SettingsError(f"[{name}] in secrets.toml", "must be a section of its own, not a single value")
            table = inner
        return table

    def section(self, name: str) -> Mapping[str, Any]:
        """The same; empty too where it is no section."""
        with suppress(SettingsError):
            return self.table(name)
        return {}

    def values(self, table: tuple[Setting, ...]) -> dict[str, Any]:
        """Key -> value of each of these settings that is configured.

        An empty value was probably meant to be filled in: it is refused, except where it means "nobody" or "no".
        """
        values = {}
        for setting in table:
            typed: Any = self.environ.get(setting.variable)
            name = f"{setting.variable}: {setting.key}"
            if typed is None:
                typed = self.table(setting.section).get(setting.key)
                names_section = setting.section in ("rules", "connections.microsoft")
                name = f"{setting.key} in [{setting.section}]" if names_section else setting.key
            if isinstance(typed, str) and not typed.strip() and setting.kind not in _MAY_BE_EMPTY:
                raise SettingsError(name, "is empty", "write a value, or take it away.")
            if typed is not None:
                value = spreadsheets(typed) if setting.kind == "spreadsheet" else parse(setting, typed, name)
                values[setting.key] = self.path_of(setting) if setting.kind == "path" else value
        return values

    def path_of(self, setting: Setting) -> Path | None:
        """The file that the environment names, else the settings file; the latter's path is relative to that file."""
        if named := self.environ.get(setting.variable, "").strip():
            return Path(named)
        typed = self.section(setting.section).get(setting.key)
        if not isinstance(typed, str) or not typed.strip():
            return None
        return (Path() if self.path is None else self.path.parent) / os.path.expanduser(typed.strip())


@dataclass(frozen=True, slots=True)
class SettingsSection:
    """A section of an add-on: its keys, and how it becomes a record in `Settings.added`.

    `table` has the keys that are variables too; a section without them checks the names of its keys itself. `read`
    gives the record, or None where nothing is configured. `refuse` raises `SettingsError` for what the record and the
    other settings say against each other.
    """

    name: str
    read: Callable[[Typed], object | None]
    table: tuple[Setting, ...] = ()
    variables: tuple[str, ...] = ()
    """Variables without a key in the file."""
    refuse: Callable[[Settings], None] = lambda _: None
    holds_secret: Callable[[Mapping[str, Any]], bool] = lambda _: False
