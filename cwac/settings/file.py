"""The settings file: where it is looked for, what is read of it, and who may read it."""

from __future__ import annotations

import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cwac.settings.values import SettingsError

SECRETS = "STREAMLIT_SECRETS_FILES"
"""Streamlit's variable that names the file."""
FOLDER, NAME = ".streamlit", "secrets.toml"

_PACKAGE = Path(__file__).resolve().parent.parent
PROJECT = _PACKAGE / "app" if (_PACKAGE / "app").is_dir() else _PACKAGE.parent
"""The folder with `dashboard.py` and `pages/`: the checkout, or the copy in an installed wheel."""

_HOW = (
    "write lines such as [section], key = \"text\" in straight quotes, key = 'C:\\plan.xlsx', key = true or "
    "# a remark; or let cwac connect write the file."
)


def folders() -> tuple[Path, ...]:
    """Where the settings file is looked for, in this order."""
    return tuple(dict.fromkeys((Path.cwd(), PROJECT, Path(os.path.expanduser("~")))))


def find(environ: Mapping[str, str]) -> Path | None:
    """The file that Streamlit's variable names, else the first `.streamlit/secrets.toml` of the folders."""
    files = environ.get(SECRETS, "").split()  # as Streamlit splits it
    if len(files) > 1:
        raise SettingsError(SECRETS, "must name one file, and its path must have no space in it")
    if files:
        return Path(files[0])
    return next((path for folder in folders() if (path := folder / FOLDER / NAME).is_file()), None)


def text_of(path: Path) -> str:
    """The text of the file. Raises `SettingsError`."""
    try:
        return path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError:
        raise SettingsError(str(path), "is not there") from None
    except OSError as error:
        raise SettingsError(str(path), f"cannot be read ({error.strerror})", "check who may read it.") from None
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        again = "save it again as plain text, UTF-8 (Notepad: Save as, Encoding: UTF-8)."
        raise SettingsError(str(path), f"is not saved as UTF-8, as line {line} shows", again) from None


def read(path: Path | None) -> Mapping[str, Any]:
    """The file's sections; empty without a file."""
    if path is None:
        return {}
    text = text_of(path)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # an integer of thousands of digits is a plain ValueError
        # Nothing of the line, nor of the parser's words, is repeated: it may be a key.
        at = re.search(r"at line (\d+)", str(error))
        line = at[1] if at else max(1, len(text.splitlines()))
        again = re.search(r" twice|overwrite|Duplicate|redefine", str(error))
        where = f"in line {line}{', which repeats a section or a key' if again else ''}"
        raise SettingsError(str(path), f"is not well-formed TOML {where}", _HOW) from None


def others_may_read(path: Path) -> bool:
    """Whether other users of this machine can read a file of ours.

    False for a file of another owner or on a read-only mount, as containers get their secrets: its mode is not ours to
    change. False too in a folder that others may not enter, and on Windows, which has no such modes.
    """
    if not hasattr(os, "geteuid"):
        return False
    status = path.stat()
    if status.st_uid != os.geteuid() or os.statvfs(path).f_flag & os.ST_RDONLY:
        return False
    is_in_closed_folder = any(not folder.stat().st_mode & 0o011 for folder in path.resolve().parents)
    return bool(stat.S_IMODE(status.st_mode) & 0o077) and not is_in_closed_folder


def refuse_readable_by_others(path: Path) -> None:
    """Refuse a file with a key that other users can read, as ssh does."""
    if others_may_read(path):
        raise SettingsError(str(path), "holds a key, and others on this machine may read it", f"run chmod 600 {path}")
