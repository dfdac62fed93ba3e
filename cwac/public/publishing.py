"""Files into a folder that a web server shows, so that visitors never see half of a new site."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import NamedTuple

from cwac.cli.output import Refusal, plain
from cwac.file_owners import foreign_link, is_foreign

LISTED = ".cwac-site"
"""The file in a published folder that lists what was written there, so that nothing else is ever removed."""
_PART = ".cwac-part"
_RANDOM = "[a-z0-9_]{8}(-link)?"
"""What mkdtemp adds to a name, and the link that is about to be switched to that folder."""
_OURS = re.compile(r"([A-Za-z0-9_-]+/){0,3}[A-Za-z0-9_-]+\.(html|css|json|xml|ics|svg|woff2)")
"""The names of a site's files. Others in a list are not ours: such a file is never removed."""


class Published(NamedTuple):
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
    return _listed(folder) == set(files) and all(_has(folder / path, body) for path, body in files.items())


def publish(folder: Path, files: Mapping[str, bytes]) -> Published:
    """Have `folder` show these files and no others that were published before.

    A link is switched to a new folder beside it. A folder that is not a link is changed file by file, the first pages
    last. Raises `Refusal` where it is another user's, or has links or files that were not published, and `OSError`.
    """
    shown = plain(str(folder))
    if (link := foreign_link(folder)) is not None:
        raise Refusal(f"{plain(str(link))} is a link that another user made: name a folder of yours.")
    if folder.exists() and is_foreign(folder.resolve()):
        raise Refusal(f"{shown} belongs to another user: name a folder of yours, or run it as that user.")
    if is_published(folder, files):
        return Published(0, 0)
    before = _listed(folder)
    written = sum(path not in before or not _has(folder / path, body) for path, body in files.items())
    is_new = not folder.exists()
    if not is_new and not before and (not folder.is_dir() or any(path.name != _PART for path in folder.iterdir())):
        raise Refusal(f"{shown} has files that this program did not write: name a new folder, or an empty one.")
    if not ((folder.is_symlink() or is_new) and _switch(folder, files)):
        folder.mkdir(parents=True, exist_ok=True)
        # What is written or removed through a link inside would be another file.
        for above, folders, names in os.walk(folder):
            for path in (Path(above, name) for name in (*folders, *names)):
                if path.is_symlink():
                    raise Refusal(plain(f"{path} is a link, which is not ours: remove it, or name a new folder."))
                if path.name in folders and is_foreign(path):
                    raise Refusal(plain(f"{path} belongs to another user: remove it, or name a new folder."))
        _replace_one_by_one(folder, files, before)
    return Published(written, len(before - set(files)))


def _listed(folder: Path) -> set[str]:
    try:
        return {line for line in (folder / LISTED).read_text(encoding="utf-8").splitlines() if _OURS.fullmatch(line)}
    except (OSError, ValueError):
        return set()


def _has(path: Path, body: bytes) -> bool:
    try:
        return path.read_bytes() == body
    except OSError:
        return False


def _list(files: Iterable[str]) -> bytes:
    return "".join(f"{path}\n" for path in sorted(files)).encode()


def _switch(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Write a new folder and switch the link to it; False where this system makes no links.

    The folder that was shown before stays until the next time, as visitors may be reading from it. What else is left
    there, such as half a folder of a run that was killed, goes.
    """
    parent, prefix = folder.parent, f".{folder.name}-"
    parent.mkdir(parents=True, exist_ok=True)
    shown = Path(os.path.realpath(folder)).name if folder.is_symlink() else None
    target = Path(tempfile.mkdtemp(prefix=prefix, dir=parent))
    link = target.with_name(f"{target.name}-link")
    with ExitStack() as undo:
        undo.callback(shutil.rmtree, target, ignore_errors=True)
        undo.callback(link.unlink, missing_ok=True)
        try:
            os.symlink(target.name, link, target_is_directory=True)
        except (OSError, NotImplementedError):
            return False
        target.chmod(0o755)  # a web server of another user shows it
        for inner in {path.rpartition("/")[0] for path in files}:
            (target / inner).mkdir(parents=True, exist_ok=True)
        for path, body in {**files, LISTED: _list(files)}.items():
            (target / path).write_bytes(body)
        os.replace(link, folder)
        undo.pop_all()
    own = re.compile(re.escape(prefix) + _RANDOM)  # not those of a site-b beside this site, which are .site-b-…
    for other in parent.iterdir():
        if not own.fullmatch(other.name) or other.name in (target.name, shown) or is_foreign(other):
            continue
        if other.is_symlink():
            other.unlink(missing_ok=True)
        else:
            shutil.rmtree(other, ignore_errors=True)
    return True


def _replace_one_by_one(folder: Path, files: Mapping[str, bytes], before: set[str]) -> None:
    """Change the files so that the pages link only to files that are there, whenever this is cut short.

    New files come first, as no page links to them yet; then changed ones, the first pages last; then old ones go.
    """
    # First the list of both, so that a run that ends in the middle is cleaned up by the next one.
    _replace(folder, LISTED, _list(before | set(files)))

    def turn(path: str) -> tuple[bool, bool, int, str]:
        return (folder / path).exists(), path.rpartition("/")[2] == "index.html", -path.count("/"), path

    for path in sorted(files, key=turn):
        if not _has(folder / path, files[path]):
            _replace(folder, path, files[path])
    for path in before - set(files):
        with suppress(FileNotFoundError):
            (folder / path).unlink()
    _replace(folder, LISTED, _list(files))


def _replace(folder: Path, path: str, body: bytes) -> None:
    """Replace a file in one step; a run that is killed leaves at most one temporary file."""
    part = folder / _PART
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    part.unlink(missing_ok=True)  # of a run that was killed
    try:
        with part.open("xb") as file:  # a new file, whatever link appears there meanwhile
            file.write(body)
        os.replace(part, folder / path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise
