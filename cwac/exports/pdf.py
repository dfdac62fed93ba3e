"""A page for paper: its layout in a typst file beside this one, what it says as JSON, so that text stays text."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any, Literal

from cwac.exports.tables import xml_text

if TYPE_CHECKING:
    from typst import Fonts

# Typst would lay out a page on all processors at once, and the page that somebody else waits for has none left. It is
# told before it first works, as it never asks again.
os.environ.setdefault("RAYON_NUM_THREADS", "1")


def to_pdf(layout: str, page: Mapping[str, Any]) -> bytes:
    """`layout` (`report.typ`) filled with `page`, as a PDF tagged for screen readers (PDF/UA-1).

    That standard allows no sign that the fonts lack: with one in a name, the page is made without the standard's seal.
    """
    import typst

    said = json.dumps(_printable(page))

    def compiled(standard: Literal["ua-1"] | None) -> bytes:
        made = typst.compile(_source(layout), font_paths=_fonts(), sys_inputs={"page": said}, pdf_standards=standard)
        if not isinstance(made, bytes):
            raise TypeError(f"typst gave {type(made).__name__}, not one PDF")
        return made

    try:
        return compiled("ua-1")
    except typst.TypstError:
        return compiled(None)


def to_pngs(layout: str, page: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Each page as a picture, 144 pixels an inch, to be looked at before it is printed."""
    import typst

    said = json.dumps(_printable(page))
    made = typst.compile(_source(layout), font_paths=_fonts(), sys_inputs={"page": said}, format="png")
    return (made,) if isinstance(made, bytes) else tuple(made or ())


def _printable(value: Any) -> Any:
    """The page with every text free of what neither JSON nor paper can hold: control signs, halves of pairs."""
    if isinstance(value, str):
        return xml_text(value)
    if isinstance(value, Mapping):
        return {key: _printable(each) for key, each in value.items()}
    return [_printable(each) for each in value] if isinstance(value, list | tuple) else value


@cache
def _source(layout: str) -> bytes:
    return resources.files("cwac.exports").joinpath(layout).read_bytes()


@cache
def _fonts() -> Fonts:
    """Our one font, and typst's own: never the machine's, so that the page looks the same everywhere."""
    from typst import Fonts

    with resources.as_file(resources.files("cwac.exports") / "fonts") as folder:
        return Fonts(include_system_fonts=False, font_paths=[folder])
