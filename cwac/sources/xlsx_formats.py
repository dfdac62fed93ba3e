"""How the styles of an .xlsx file show a cell: as a day, a time or a number, and whether struck through."""

from __future__ import annotations

import re
from collections.abc import Iterable

from cwac.sources.xlsx_package import feed, make_parser, too_large

_MAX_FORMATS = 65_490
"""Excel's own limit."""
_MAX_CODES, _MAX_CODE = 5_000, 255
"""Number formats, and the characters of one; Excel's own limits are 250 and 255."""

_DAY_FORMATS = (*range(14, 18), 22, *range(27, 32), 36, *range(50, 55), 57, 58)
_TIME_FORMATS = (*range(18, 22), *range(32, 36), *range(45, 48), 55, 56)
_NUMBER_FORMATS = (*range(1, 14), *range(37, 45), 48)
_NOT_CODE = re.compile(r'"[^"]*"|\\.|_.|\*.|\[(?!h+\]|m+\]|s+\])[^\[\]]*\]', re.IGNORECASE)

_CODES = {"day": re.compile("[dy]"), "time": re.compile(r"[hs]|\[m"), "number": re.compile("[0#?]")}


def read_styles(chunks: Iterable[bytes]) -> tuple[dict[str, str], frozenset[str]]:
    """The styles that show a number as "day", "time" or "number", by the number that cells refer to.

    And the numbers of those with a font that is struck through.
    """
    kinds = {"day": _DAY_FORMATS, "time": _TIME_FORMATS, "number": _NUMBER_FORMATS}
    formats = {str(number): kind for kind, numbers in kinds.items() for number in numbers}
    styles: list[str] = []
    fonts: list[str] = []
    struck: set[int] = set()
    font = -1
    of_cells = of_fonts = False
    codes = 0

    def start(tag: str, attributes: dict[str, str]) -> None:
        nonlocal of_cells, of_fonts, codes, font
        name = tag.rpartition(":")[2]
        if name == "numFmt":
            codes += 1
            code = _NOT_CODE.sub("", attributes.get("formatCode", "")[:_MAX_CODE]).lower()
            shown = (kind for kind, pattern in _CODES.items() if pattern.search(code))
            if code != "general" and (kind := next(shown, None)):
                formats[attributes.get("numFmtId", "")] = kind
        elif name == "xf" and of_cells:
            styles.append(attributes.get("numFmtId", "0"))
            fonts.append(attributes.get("fontId", "0"))
        elif name == "font" and of_fonts:
            font += 1
        elif name == "strike" and of_fonts:
            if attributes.get("val", "1") not in ("0", "false"):
                struck.add(font)
        elif name.endswith("Xfs"):
            of_cells = name == "cellXfs"
            of_fonts = False
        elif name in ("fonts", "fills", "dxfs"):
            of_fonts = name == "fonts"
        if len(styles) > _MAX_FORMATS or codes > _MAX_CODES:
            raise too_large("cell formats")

    feed(make_parser(start), chunks)
    by_number = {str(index): formats[style] for index, style in enumerate(styles) if style in formats}
    struck_fonts = {str(number) for number in struck}
    return by_number, frozenset(str(index) for index, each in enumerate(fonts) if each in struck_fonts)
