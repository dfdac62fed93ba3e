"""A kept version of the workbook as .xlsx, to be opened in Excel or brought back into Google Sheets."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace

from cwac.exports.tables import xml_text
from cwac.model import Cell, Tab, Workbook
from cwac.sheet.template import write_template

_LONGEST_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def to_xlsx(workbook: Workbook) -> bytes:
    """Every tab and cell as it was typed. What no .xlsx file can hold is replaced or shortened: control characters, tab
    titles beyond 31 characters, cells beyond 32,767.
    """
    written = io.BytesIO()
    titles: list[str] = []
    for tab in workbook.tabs:
        titles.append(_title(tab.title, titles))
    tabs = (_fitting(tab, title) for tab, title in zip(workbook.tabs, titles, strict=True))
    write_template(written, replace(workbook, tabs=tuple(tabs)))
    return written.getvalue()


def _fitting(tab: Tab, title: str) -> Tab:
    return replace(tab, title=title, rows=[[_cell(cell) for cell in row] for row in tab.rows])


def _cell(cell: Cell) -> Cell:
    return xml_text(cell) if isinstance(cell, str) else cell


def _title(title: str, taken: Sequence[str]) -> str:
    """The title, or one like it that Excel takes and that no tab before has."""
    short = xml_text(_NOT_IN_TITLES.sub(" ", title)).strip("' ")[:_LONGEST_TITLE] or "Tab"
    known = {one.casefold() for one in taken}
    found, number = short, 1
    while found.casefold() in known:
        number += 1
        found = f"{short[: _LONGEST_TITLE - 1 - len(str(number))]} {number}"
    return found
