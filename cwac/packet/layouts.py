"""What an event's documents look like: the typst files of this package or an agency's own, and agencies' seals."""

from __future__ import annotations

import base64
import io
import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from cwac.exports.reports import lay_out
from cwac.packet.settings import Packet

NAMES = ("briefing", "flyer", "flyer-half", "table-card", "venue-letter", "count-sheet", "after-action")
"""The documents that have a layout, each `NAME.typ`."""

MAX_FILES, MAX_BYTES = 200, 10_000_000
MAX_SEAL_BYTES, MAX_SEAL_PIXELS = 2_000_000, 20_000_000
SEAL_SIDE = 400
"""Pixels of a seal's longer side on paper: more cannot be seen at its size."""
SEAL_ENDINGS = (".png", ".jpg", ".jpeg")
MAX_ERROR = 300


class TemplateError(Exception):
    """A template or seal that cannot be used; its text is one sentence."""


@dataclass(frozen=True, slots=True)
class Theme:
    """An agency's own typst files by their path in the folder; the folder with the seals."""

    own: Mapping[str, bytes] = field(default_factory=dict)
    seals: Path | None = None

    def to_pdf(self, name: str, contents: Mapping[str, Any]) -> bytes:
        """The document of this name. Raises `TemplateError`, where one of the agency's own files cannot be used."""
        seals = self._seals([agency["short"] for agency in contents["data"]["agencies"]])
        page, files = {**contents, "seals": seals}, {**shipped(), **self.own}
        try:
            return lay_out({"main.typ": files[f"{name}.typ"], **files}, page)
        except RuntimeError as error:  # typst's errors are all of this kind
            if not self.own:
                raise
            raise TemplateError(_sentence(f"{name}.typ", files, error)) from None

    def _seals(self, agencies: Sequence[str]) -> dict[str, str]:
        if self.seals is None:
            return {}
        if not self.seals.is_dir():
            raise TemplateError(f"seals under [packet] names no folder: {self.seals}")
        possible = [short for short in agencies if re.fullmatch(r"[\w.-][\w. -]*", short)]  # as the name of a file
        paths = {short: [self.seals / f"{short}{ending}" for ending in SEAL_ENDINGS] for short in possible}
        found = {short: next(filter(Path.is_file, some), None) for short, some in paths.items()}
        return {short: _seal(path) for short, path in found.items() if path is not None}


SHIPPED = Theme()


def read_theme(packet: Packet | None) -> Theme:
    """The look that the settings ask for. Raises `TemplateError`."""
    if packet is None:
        return SHIPPED
    return Theme(dict(_own_files(packet.templates)) if packet.templates is not None else {}, packet.seals)


@cache  # files of this package, which do not change while the process runs
def shipped() -> Mapping[str, bytes]:
    folder = Path(__file__).with_name("templates")
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*.typ")}


def schema() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(Path(__file__).with_name("packet.schema.json").read_bytes())
    return loaded


_PLACE = re.compile(r"┌─ (.+?):(\d+):\d+")


def _sentence(name: str, files: Mapping[str, bytes], error: RuntimeError) -> str:
    """`flyer.typ, line 12: unknown variable: adress.`"""
    message, place = str(error), _PLACE.search(getattr(error, "diagnostic", ""))
    path, line = (place[1], int(place[2])) if place else ("", 0)
    where = max((file for file in files if path.endswith(f"/{file}")), key=len, default=name)
    if "package" in message:
        return _no_packages(where, line)
    if "escape the project root" in message:
        return f"{where}, line {line}: a template may only read files of its own folder."
    words = re.sub(r" \(searched at .*\)$", "", " ".join(message.split()))[:MAX_ERROR].rstrip(".")
    return f"{where}, line {line}: {words}." if line else f"{where}: {words}."


def _no_packages(name: str, line: int) -> str:
    return f"{name}, line {line}: a template may not import packages; copy the files that it needs into its folder."


# --- an agency's own files ------------------------------------------------------------------------------------------

_PACKAGE = re.compile(rb"""["'`]@[\w-]*/""")


def _own_files(folder: Path) -> Iterator[tuple[str, bytes]]:
    """The files of the folder by their path in it. Nothing outside of it is read, not even by a link in it."""
    if not folder.is_dir():
        raise TemplateError(f"templates under [packet] names no folder: {folder}")
    root, count, size = folder.resolve(), 0, 0
    for path in _visible_files(folder):
        name = path.relative_to(folder).as_posix()
        if "/" not in name and name.endswith(".typ") and name.removesuffix(".typ") not in NAMES:
            # A misspelled name would silently leave the shipped document in use.
            raise TemplateError(
                f"{name} in the templates' folder is no document: known are "
                f"{', '.join(f'{document}.typ' for document in NAMES)}; "
                "files that these import belong in a folder of their own, such as parts/."
            )
        try:
            inside = path.resolve(strict=True).is_relative_to(root)
            if not inside or not path.is_file():
                raise TemplateError(f"{name} in the templates' folder leads out of it: copy the file into the folder.")
            count, size = count + 1, size + path.stat().st_size
            if count > MAX_FILES or size > MAX_BYTES:
                raise TemplateError(
                    f"The templates' folder has over {MAX_FILES} files or {MAX_BYTES // 1_000_000} MB: "
                    "leave only what the documents use."
                )
            contents = path.read_bytes()
        except OSError as error:
            raise TemplateError(f"{name} in the templates' folder cannot be read ({error.strerror}).") from None
        if name.endswith(".typ") and (package := _PACKAGE.search(contents)) is not None:
            line = contents.count(b"\n", 0, package.start()) + 1
            raise TemplateError(_no_packages(name, line))
        yield name, contents


def _visible_files(folder: Path) -> Iterator[Path]:
    for above, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield from (Path(above, name) for name in sorted(names) if not name.startswith("."))


# --- seals ----------------------------------------------------------------------------------------------------------


def _seal(path: Path) -> str:
    """The seal as a small picture in an SVG, without what else the file holds (places, names of people, comments)."""
    from PIL import Image

    name = f"The seal {path.name}"
    if path.stat().st_size > MAX_SEAL_BYTES:
        raise TemplateError(f"{name} has over {MAX_SEAL_BYTES // 1_000_000} MB: make it smaller.")
    try:
        with Image.open(path, formats=("PNG", "JPEG")) as image:
            if image.width * image.height > MAX_SEAL_PIXELS:
                raise TemplateError(f"{name} has {image.width} × {image.height} pixels: make it smaller.")
            drawn = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise TemplateError(f"{name} is no PNG or JPEG that can be read: save it again as PNG.") from None
    drawn.thumbnail((SEAL_SIDE, SEAL_SIDE))
    written = io.BytesIO()
    drawn.save(written, "PNG")
    size = f'width="{drawn.width}" height="{drawn.height}"'
    picture = base64.b64encode(written.getvalue()).decode()
    # An SVG, as it goes to the layout as text.
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" {size}><image {size} href="data:image/png;base64,{picture}"/></svg>'
    )
