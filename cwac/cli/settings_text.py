"""The text of a settings file with a sheet or a workbook connected; everything else in it stays, comments included."""

from __future__ import annotations

import copy
import tomllib
from collections.abc import Callable, Mapping
from pathlib import PurePath
from typing import Any

import tomlkit
from tomlkit.exceptions import TOMLKitError

from cwac.settings.google import GOOGLE_KEYS

_Change = Callable[[Any], None]


class NotChanged(Exception):  # noqa: N818 - becomes a sentence of the command
    """The text cannot be changed without touching something else in it."""


def with_sheet(text: str, key: Mapping[str, str] | None, spreadsheet: str) -> str:
    """Name this sheet and take a workbook out; with a key, write its lines in place of any earlier credentials."""

    def change(document: Any) -> None:
        gsheets = _section(document, "connections", "gsheets")
        gsheets["spreadsheet"] = spreadsheet
        if key is not None:
            for name in (*GOOGLE_KEYS, "key_file", "credentials", "impersonate"):
                if name not in key:
                    gsheets.pop(name, None)
            gsheets.update(key)
        if "workbook" in document.get("cwac", {}):
            del document["cwac"]["workbook"]

    return _changed(text, change)


def with_workbook(text: str, path: PurePath) -> str:
    """Name this workbook; the address of a sheet is taken out, its key stays."""

    def change(document: Any) -> None:
        _section(document, "cwac")["workbook"] = path.as_posix()  # with backslashes, TOML would need them doubled
        document.get("connections", {}).get("gsheets", {}).pop("spreadsheet", None)

    return _changed(text, change)


def with_values(text: str, sections: Mapping[str, Mapping[str, str | bool]]) -> str:
    """Set these values: section, then key, then value."""

    def change(document: Any) -> None:
        for section, values in sections.items():
            if values:
                _section(document, section).update(values)

    return _changed(text, change)


def _changed(text: str, change: _Change) -> str:
    """The text after the change. Raises `NotChanged` where it would then say anything else."""
    expected = copy.deepcopy(tomllib.loads(text))
    change(expected)
    try:
        document = tomlkit.parse(text)
        change(document)
        changed = tomlkit.dumps(document)
        if tomllib.loads(changed) == expected:
            return changed
    except (TOMLKitError, ValueError, TypeError, KeyError, AttributeError):
        pass
    raise NotChanged


def _section(document: Any, *names: str) -> Any:
    """The section, made where it is missing: a tomlkit table, which equals a dictionary of the same contents."""
    *parents, last = names
    for name in parents:
        document = document.setdefault(name, tomlkit.table(is_super_table=True))
    return document.setdefault(last, tomlkit.table())
