"""Files into a folder that a web server shows, so that visitors never see half of a new site."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

LISTED = ".cwac-site"
"""The file in a published folder that lists what was written there, so that nothing else is ever removed."""


class NotEmptyError(Exception):
    """The folder has files that were not published; its text is a sentence for the operator."""


@dataclass(frozen=True, slots=True)
class Published:
    """How many files were new or changed, and how many removed."""

    written: int
    removed: int


def published_at(folder: Path) -> Mapping[str, dt.datetime] | None:
    """The time that the published pages give, by county folder (`""` or `siskiyou/`); None if nothing is published."""
    times: dict[str, dt.datetime] = {}
    for path in _listed(folder):
        if path.rpartition("/")[2] == "events.json":
            with suppress(OSError, ValueError, KeyError, TypeError):
                document = json.loads((folder / path).read_bytes())
                times[path.removesuffix("events.json")] = dt.datetime.fromisoformat(document["as_of"])
    return times or None


def is_published(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Whether the folder has exactly these files."""
    return _listed(folder) == set(files) and all(_has(folder / path, body) for path, body in files.items())


def publish(folder: Path, files: Mapping[str, bytes]) -> Published:
    """Have `folder` show these files and no others that were published before.

    A link is switched to a new folder beside it. A folder that is not a link is changed file by file, the first pages
    last. Raises `NotEmptyError` where it has files that were not published, and `OSError`.
    """
    if is_published(folder, files):
        return Published(0, 0)
    before = _listed(folder)
    written = sum(not _has(folder / path, body) for path, body in files.items())
    result = Published(written, len(before - set(files)))
    if folder.is_symlink() or not folder.exists():
        if folder.is_symlink() and folder.exists() and not before and any(folder.iterdir()):
            raise NotEmptyError(_not_empty(folder))
        if _switch(folder, files):
            return result
        folder.mkdir(parents=True)
    if not folder.is_dir() or (not before and any(folder.iterdir())):
        raise NotEmptyError(_not_empty(folder))
    _replace_one_by_one(folder, files, before)
    return result


def _not_empty(folder: Path) -> str:
    return f"{folder} has files that cwac did not write: name a new folder, or an empty one."


def _listed(folder: Path) -> set[str]:
    try:
        return {line for line in (folder / LISTED).read_text(encoding="utf-8").splitlines() if _is_inside(line)}
    except (OSError, ValueError):
        return set()


def _is_inside(path: str) -> bool:
    """Whether the path, as the list has it, cannot lead out of the folder."""
    parts = path.split("/")
    return bool(path) and not path.startswith("/") and ".." not in parts and "\\" not in path and ":" not in path


def _has(path: Path, body: bytes) -> bool:
    try:
        return path.read_bytes() == body
    except OSError:
        return False


def _list(files: Mapping[str, bytes]) -> bytes:
    return "".join(f"{path}\n" for path in sorted(files)).encode()


def _switch(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Write a new folder and switch the link to it; False where this system makes no links.

    The folder that was shown before stays until the next time, as visitors may be reading from it; older ones go.
    """
    parent = folder.parent
    parent.mkdir(parents=True, exist_ok=True)
    prefix = f".{folder.name}-"
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(repr((path, hashlib.sha256(files[path]).hexdigest())).encode())
    target = parent / f"{prefix}{digest.hexdigest()[:16]}"
    shown = Path(os.path.realpath(folder)) if folder.is_symlink() else None
    link = parent / f"{prefix}link-{os.getpid()}"
    with suppress(FileNotFoundError):
        link.unlink()
    try:
        os.symlink(target.name, link, target_is_directory=True)
    except (OSError, NotImplementedError):
        return False
    try:
        if not (target.is_dir() and is_published(target, files)):
            _write_folder(target, prefix, files)
        os.replace(link, folder)
    except BaseException:
        with suppress(OSError):
            link.unlink()
        raise
    for other in parent.glob(f"{prefix}*"):
        if other not in (target, shown) and not other.is_symlink():
            shutil.rmtree(other, ignore_errors=True)
    return True


def _write_folder(target: Path, prefix: str, files: Mapping[str, bytes]) -> None:
    """Write all files to a temporary folder, which then gets its name."""
    temporary = Path(tempfile.mkdtemp(prefix=f"{prefix}new-", dir=target.parent))
    try:
        temporary.chmod(0o755)  # a web server of another user shows it
        for path, body in {**files, LISTED: _list(files)}.items():
            place = temporary / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(body)
        if target.exists():
            shutil.rmtree(target)
        temporary.rename(target)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise


def _replace_one_by_one(folder: Path, files: Mapping[str, bytes], before: set[str]) -> None:
    # First the list of both, so that a run that ends in the middle is cleaned up by the next one.
    _replace(folder / LISTED, _list({**dict.fromkeys(before, b""), **files}))
    for path in sorted(files, key=lambda path: (path.rpartition("/")[2] == "index.html", -path.count("/"), path)):
        if not _has(folder / path, files[path]):
            _replace(folder / path, files[path])
    for path in before - set(files):
        with suppress(FileNotFoundError):
            (folder / path).unlink()
    _replace(folder / LISTED, _list(files))


def _replace(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        temporary.write_bytes(body)
        os.replace(temporary, path)
    finally:
        with suppress(FileNotFoundError):
            temporary.unlink()
