"""A program that lays out typst files as a PDF or as pictures, with limits on its own memory and time.

`typesetting.py` starts it, writes an order to it as JSON, and reads its answer as JSON. It imports nothing of cwac, as
that would take longer than most layouts.
"""

from __future__ import annotations

import base64
import json
import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

try:
    import resource
except ImportError:  # Windows has no such limits
    resource = None  # type: ignore[assignment]

_FONTS = Path(__file__).with_name("fonts")
_NOTHING_ELSE: dict[str, Any] = {"root": str(_FONTS), "package_path": os.devnull, "package_cache_path": os.devnull}
"""A layout reads the files that it is given, and could read fonts. Otherwise typst would read the working directory and
the user's packages, and would keep packages from the network."""


def set_limits(data: int, seconds: int) -> None:
    """Limit this process to so many bytes of data and seconds of CPU, and to no core file, which could hold names."""
    if resource is None:
        return
    limits = {resource.RLIMIT_DATA: data, resource.RLIMIT_CPU: seconds, resource.RLIMIT_CORE: 0}
    for limit, most in limits.items():
        with suppress(ValueError, OSError):  # the system's own limit is lower, or it has none
            resource.setrlimit(limit, (most, most))


def typeset(files: Mapping[str, bytes], page: str, form: str) -> list[bytes]:
    """The layout `main.typ` filled with `page`, as one PDF or as a PNG of each page. Raises what typst raises."""
    os.environ["RAYON_NUM_THREADS"] = "1"  # the other processors are for other viewers' pages; typst reads it once
    import typst

    # The font of this package and typst's own, never the machine's, so that a page looks the same everywhere.
    fonts = typst.Fonts(include_system_fonts=False, font_paths=[_FONTS])

    def compiled(**options: Any) -> Any:
        return typst.compile(dict(files), font_paths=fonts, sys_inputs={"page": page}, **_NOTHING_ELSE, **options)

    if form == "png":
        pages = compiled(format="png")
        return [pages] if isinstance(pages, bytes) else list(pages or ())
    try:
        return [compiled(pdf_standards="ua-1")]
    except typst.TypstError:  # for screen readers its fonts must have every character
        return [compiled()]


def main(data: int, seconds: int) -> None:
    """Answer the order on standard input; end with an exit status where memory does not suffice."""
    set_limits(data, seconds)
    order = json.load(sys.stdin)
    files = {name: base64.b64decode(contents) for name, contents in order["files"].items()}
    answer: dict[str, Any]
    try:
        answer = {"pages": [base64.b64encode(page).decode() for page in typeset(files, order["page"], order["form"])]}
    except MemoryError:
        raise
    except Exception as error:
        answer = {"message": str(error), "diagnostic": getattr(error, "diagnostic", "")}
    json.dump(answer, sys.stdout)


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
