"""Read a .csv or .tsv file as a tab with the cell values that Google would give, were it imported there."""

from __future__ import annotations

import codecs
import csv
import io
import re
from contextlib import suppress
from pathlib import Path

from cwac.model import Cell, Row, Tab
from cwac.sources.xlsx_package import UnusableFile, damaged, too_large

ENDINGS = (".csv", ".tsv")
MAX_TEXT = 24 * 2**20
"""Bytes of a file."""
MAX_CELLS = 2_000_000
"""The cells of the rectangle from the first to the last one."""

_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,10})?")


def read_text_table(data: bytes, path: Path) -> Tab:
    """The file's rows under its name. Raises `UnusableFile`."""
    if len(data) > MAX_TEXT:
        raise too_large("text")
    text = _decoded(data)
    start = text[:4096]
    # Excel writes semicolons in some countries.
    delimiter = ";" if start.count(";") > start.count(",") else ","
    if path.suffix.lower() == ".tsv" or "\t" in start.split("\n", 1)[0]:
        delimiter = "\t"
    rows: list[Row] = []
    width = 0
    try:
        for fields in csv.reader(io.StringIO(text, newline=""), delimiter=delimiter):
            rows.append([_cell(field) for field in fields])
            width = max(width, len(fields))
            if width * len(rows) > MAX_CELLS:
                raise too_large("cells")
    except csv.Error:
        raise damaged() from None
    return Tab(path.stem, rows)


def _decoded(data: bytes) -> str:
    """UTF-8, or what Excel for Windows writes."""
    is_wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    if b"\0" in data and not is_wide:
        raise UnusableFile("not-a-workbook", "is no text, although its name says so")
    for encoding in ["utf-16"] if is_wide else ["utf-8-sig", "cp1252"]:
        with suppress(UnicodeDecodeError):
            return data.decode(encoding)
    raise damaged()


def _cell(field: str) -> Cell:
    typed = field.strip()
    if not typed:
        return None
    if typed in ("TRUE", "FALSE"):
        return typed == "TRUE"
    if _NUMBER.fullmatch(typed):
        return float(typed) if "." in typed else int(typed)
    return field
