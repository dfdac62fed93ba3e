"""Layouts filled and laid out as PDF or pictures, each in a process of its own that is ended at its limits.

Pages are made by typst: the layout is a .typ file, the contents are JSON, never typst markup.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cwac.exports.tables import xml_text

Source = str | Mapping[str, bytes]
"""A layout of this package by its name, such as `report.typ`; or files by their path, with `main.typ`."""

MAX_SECONDS = 10
MAX_MEGABYTES = 300
_FILES_MEGABYTES = 30
"""Memory that a process needs for typst's code and fonts, which the system's limit on data does not count."""
_PROGRAM = Path(__file__).with_name("typst_process.py")


class LayoutError(Exception):
    """A layout that typst refused or that reached a limit; `diagnostic` has the file and line that typst names."""

    def __init__(self, message: str, diagnostic: str = "") -> None:
        super().__init__(message)
        self.diagnostic = diagnostic


def lay_out(source: Source, page: Mapping[str, Any]) -> bytes:
    """The filled layout as a PDF for screen readers (PDF/UA-1), which does not say so if its fonts lack a character.

    Raises `LayoutError`.
    """
    return _pages(source, page, "pdf")[0]


def lay_out_pictures(source: Source, page: Mapping[str, Any]) -> tuple[bytes, ...]:
    """Each page as a PNG at 144 pixels an inch, for a preview. Raises `LayoutError`."""
    return tuple(_pages(source, page, "png"))


def _pages(source: Source, page: Mapping[str, Any], form: str) -> list[bytes]:
    files = {"main.typ": Path(__file__).with_name(source).read_bytes()} if isinstance(source, str) else source
    order = {
        "files": {name: base64.b64encode(contents).decode() for name, contents in files.items()},
        "page": json.dumps(_printable(page)),
        "form": form,
    }
    data = (MAX_MEGABYTES - _FILES_MEGABYTES) * 1_000_000
    # -P: a module beside the program must not take the place of one of the same name.
    command = [sys.executable, "-P", str(_PROGRAM), str(data), str(MAX_SECONDS)]
    stopped = LayoutError(
        f"it was stopped, as a layout may take {MAX_SECONDS} s and {MAX_MEGABYTES} MB of memory at most"
    )
    try:
        done = subprocess.run(  # noqa: S603 - this Python, without a shell
            command,
            input=json.dumps(order).encode(),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # may quote a cell
            timeout=MAX_SECONDS,
        )
    except subprocess.TimeoutExpired:
        raise stopped from None
    if done.returncode:
        raise stopped
    answer = json.loads(done.stdout)
    if "message" in answer:
        raise LayoutError(answer["message"], answer["diagnostic"])
    return [base64.b64decode(made) for made in answer["pages"]]


def _printable(value: Any) -> Any:
    """The page with control characters and lone surrogates replaced in every text."""
    if isinstance(value, str):
        return xml_text(value)
    if isinstance(value, Mapping):
        return {key: _printable(item) for key, item in value.items()}
    return [_printable(item) for item in value] if isinstance(value, list | tuple) else value
