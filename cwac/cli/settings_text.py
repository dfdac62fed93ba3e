"""The text of a settings file with a sheet or a workbook connected; everything else in it stays, comments included."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from cwac.settings.google import GOOGLE_KEYS

_Sections = Mapping[str, Mapping[str, str | bool]]


class NotChanged(Exception):  # noqa: N818 - becomes a sentence of the command
    """The text cannot be changed without touching something else in it."""


def with_sheet(text: str, key: Mapping[str, str] | None, spreadsheet: str) -> str:
    """Name this sheet and take a workbook out; with a key, write its lines in place of any earlier credentials."""
    credentials = () if key is None else {*GOOGLE_KEYS, "key_file", "credentials", "impersonate"} - key.keys()
    sheet = {"connections.gsheets": {"spreadsheet": spreadsheet, **(key or {})}}
    return _changed(text, sheet, {"cwac": ["workbook"], "connections.gsheets": credentials})


def with_workbook(text: str, path: PurePath) -> str:
    """Name this workbook; the address of a sheet is taken out, its key stays."""
    # With backslashes, TOML would need them doubled.
    return _changed(text, {"cwac": {"workbook": path.as_posix()}}, {"connections.gsheets": ["spreadsheet"]})


def with_values(text: str, sections: _Sections) -> str:
    """Set these values: section, then key, then value."""
    return _changed(text, sections, {})


def _changed(text: str, sections: _Sections, removed: Mapping[str, Iterable[str]]) -> str:
    """The text after the change. Raises `NotChanged` where it would then say anything else."""
    expected = tomllib.loads(text)
    _change(expected, sections, removed)
    try:
        document = tomlkit.parse(text)
        _change(document, sections, removed)
        changed = tomlkit.dumps(document)
        if tomllib.loads(changed) == expected:
            return changed
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError):
        pass
    raise NotChanged


def _change(document: Any, sections: _Sections, removed: Mapping[str, Iterable[str]]) -> None:
    """Change a dictionary or a tomlkit document; a tomlkit table in it equals a dictionary of the same contents."""
    for section, values in sections.items():
        if values:
            table, (*parents, last) = document, section.split(".")
            for name in parents:
                table = table.setdefault(name, tomlkit.table(is_super_table=True))
            table.setdefault(last, tomlkit.table()).update(values)
    for section, names in removed.items():
        table = document
        for name in section.split("."):
            table = table.get(name, {})
        for name in names:
            table.pop(name, None)
