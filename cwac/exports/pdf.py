"""PDF and PNG pages by typst: the layout is a .typ file of this package, the contents are JSON, never typst markup."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from cwac.exports.tables import xml_text

if TYPE_CHECKING:
    from typst import Fonts

# One thread for typst: with one per processor, laying out a PDF would hold up the pages of all other viewers. Typst
# reads the variable once, before it first compiles.
os.environ.setdefault("RAYON_NUM_THREADS", "1")

_LAYOUTS = resources.files("cwac.exports")
_FONTS = _LAYOUTS / "fonts"
_NOTHING_ELSE: dict[str, Any] = {"root": str(_FONTS), "package_path": os.devnull, "package_cache_path": os.devnull}
"""A layout reads the files that it is given, and could read fonts. Otherwise typst would read the working directory and
the user's packages, and would keep packages from the network."""

Source = str | Mapping[str, bytes]
"""A layout of this package by its name, such as `report.typ`; or files by their path, with `main.typ`."""


def to_pdf(source: Source, page: Mapping[str, Any]) -> bytes:
    """The layout filled with `page`, as a PDF tagged for screen readers (PDF/UA-1).

    The standard forbids characters that the fonts lack: with one in a name, the PDF does not claim the standard.
    """
    import typst

    try:
        pdf: bytes = _compile(source, page, pdf_standards="ua-1")
    except typst.TypstError:
        pdf = _compile(source, page)
    return pdf


def to_pngs(source: Source, page: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Each page as a PNG at 144 pixels an inch, for a preview."""
    pages = _compile(source, page, format="png")
    return (pages,) if isinstance(pages, bytes) else tuple(pages or ())


def _compile(source: Source, page: Mapping[str, Any], **options: Any) -> Any:
    import typst

    # typst's stubs know of one file alone
    files: Any = (_LAYOUTS / source).read_bytes() if isinstance(source, str) else dict(source)
    inputs = {"page": json.dumps(_printable(page))}
    return typst.compile(files, font_paths=_fonts(), sys_inputs=inputs, **_NOTHING_ELSE, **options)


def _printable(value: Any) -> Any:
    """The page with control characters and lone surrogates replaced in every text."""
    if isinstance(value, str):
        return xml_text(value)
    if isinstance(value, Mapping):
        return {key: _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value


@cache  # files of this package, which do not change while the process runs
def _fonts() -> Fonts:
    """The font of this package and typst's own, never the machine's, so that a page looks the same everywhere."""
    from typst import Fonts

    with resources.as_file(_FONTS) as folder:
        return Fonts(include_system_fonts=False, font_paths=[folder])
