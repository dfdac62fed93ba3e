"""The settings file: where it is looked for, what is read of it, and files that were meant to be it."""

from __future__ import annotations

import difflib
import os
import re
import tomllib
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cwac import toml_hints
from cwac.setting_values import SettingsError

SECRETS = "STREAMLIT_SECRETS_FILES"
"""Streamlit's variable that names the file."""

FOLDER, NAME = ".streamlit", "secrets.toml"
_NEARLY = re.compile(r"\.?secrets?(\.toml)*(\.(txt|tml|tom|toml|json|ya?ml|rtf|docx?))?", re.IGNORECASE)
_OURS = re.compile(r"cwac|gsheets|spreadsheet|workbook|service_account", re.IGNORECASE)
_MOST, _MOST_NAMES = 100_000, 2_000
"""Bytes of a file, and names in a folder, that are looked at."""


def find(environ: Mapping[str, str], folders: Iterable[Path]) -> Path | None:
    """The file that Streamlit's variable names, else the first `.streamlit/secrets.toml` of the folders."""
    files = environ.get(SECRETS, "").split()  # as Streamlit splits it
    if len(files) > 1:
        raise SettingsError(f"{SECRETS} must name one file, and its path must have no space in it.")
    if files:
        return Path(files[0])
    return next((path for folder in folders if (path := folder / FOLDER / NAME).is_file()), None)


def read(path: Path | None, names: Collection[str]) -> Mapping[str, Any]:
    """The file's sections; empty without a file. `names` are the keys that an error may suggest."""
    if path is None:
        return {}
    try:
        text = toml_hints.decode(path.read_bytes())
    except FileNotFoundError:
        raise SettingsError(f"{path} is not there.") from None
    except OSError as error:
        raise SettingsError(f"{path} cannot be read ({error.strerror}): check who may read it.") from None
    except toml_hints.NotText as error:
        raise SettingsError(f"{path} {error}") from None
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        hint = toml_hints.explain(text, error, names)
        raise SettingsError(f"{path} is not well-formed TOML: {hint}") from None


# --- files that were meant to be it ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class NearMiss:
    """A file with settings of ours that is not read, and what would have it read."""

    path: Path
    remedy: str

    def __str__(self) -> str:
        return f"{self.path} holds settings and is not read: {self.remedy}."


def near_misses(folders: Sequence[Path]) -> list[NearMiss]:
    """Files in or near these folders, of which the first is the current one, that were meant to be the settings file.

    A file counts only if it speaks of our settings: other programs have a `secrets.toml` too.
    """
    misses: dict[Path, NearMiss] = {}
    for miss in _candidates(list(dict.fromkeys(folders))):
        real = Path(os.path.realpath(miss.path))
        if real not in misses and _is_ours(real):
            misses[real] = miss
    return list(misses.values())


def _candidates(folders: Sequence[Path]) -> Iterator[NearMiss]:
    for folder in folders:
        for name in _names(folder / FOLDER):
            if name != NAME and _NEARLY.fullmatch(name):
                yield NearMiss(folder / FOLDER / name, f"rename it to {NAME}")
        for name in _names(folder):
            if _NEARLY.fullmatch(name):
                yield NearMiss(folder / name, f"move it to {folder / FOLDER / NAME}")
            elif _is_nearly_the_folder(name):
                yield NearMiss(folder / name / NAME, f"rename the folder {name} to {FOLDER}")
    current = folders[0]
    for folder in (*list(current.parents)[:3], *(current / name for name in _names(current))):
        if folder not in folders:
            yield NearMiss(folder / FOLDER / NAME, f"start in {folder}, or move the folder {FOLDER} to {current}")


def _is_nearly_the_folder(name: str) -> bool:
    if name == FOLDER or abs(len(name) - len(FOLDER)) > 3:
        return False
    return difflib.SequenceMatcher(None, name.lower(), FOLDER).ratio() >= 0.8


def _names(folder: Path) -> list[str]:
    try:
        return sorted(os.listdir(folder))[:_MOST_NAMES]
    except OSError:
        return []


def _is_ours(path: Path) -> bool:
    try:
        if not path.is_file():
            return False
        with path.open("rb") as file:
            return bool(_OURS.search(file.read(_MOST).replace(b"\0", b"").decode("utf-8", "replace")))
    except OSError:
        return False
