"""Cell references of an .xlsx file: `C7`, and the range `A1:B2`."""

from __future__ import annotations

import re

from cwac.model import Merge
from cwac.sources.xlsx_package import damaged

MAX_ROWS, _MAX_COLUMNS = 1_048_576, 16_384

_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")


def position_of(reference: str) -> tuple[int, int]:
    """`C7` -> (6, 2): row and column, counted from 0."""
    match = _REFERENCE.fullmatch(reference)
    if match is None:
        raise damaged()
    column = 0
    for letter in match[1]:
        column = column * 26 + ord(letter) - 64
    row = int(match[2])
    if not (1 <= row <= MAX_ROWS and column <= _MAX_COLUMNS):
        raise damaged()
    return row - 1, column - 1


def whole_number_of(typed: str) -> int:
    if not typed.strip().isdecimal():
        raise damaged()
    return int(typed)


def merge_of(reference: str) -> Merge:
    first, _, last = reference.partition(":")
    top, left = position_of(first)
    bottom, right = position_of(last or first)
    return Merge(top, bottom + 1, left, right + 1)
