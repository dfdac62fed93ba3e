"""A kept version of the workbook as an .xlsx file, for Excel or for importing into Google Sheets."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from dataclasses import replace

from cwac.exports.tables import xml_text
from cwac.model import Tab, Workbook
from cwac.sheet.plan import without_private_cells
from cwac.sheet.template import write_template

_MAX_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def to_xlsx(workbook: Workbook) -> bytes:
    """Every tab and cell as typed, but for what no .xlsx file can hold: control characters are replaced, tab titles
    are cut at 31 characters and cells at 32,767. Of tabs that add-ons read it has what is shown to agencies.
    """
    workbook = without_private_cells(workbook)
    written = io.BytesIO()
    tabs: list[Tab] = []
    for tab in workbook.tabs:
        title = excel_title(tab.title, [earlier.title for earlier in tabs])
        rows = [[xml_text(cell) if isinstance(cell, str) else cell for cell in row] for row in tab.rows]
        tabs.append(replace(tab, title=title, rows=rows))
    write_template(written, replace(workbook, tabs=tuple(tabs)))
    return written.getvalue()


def excel_title(title: str, taken: Sequence[str]) -> str:
    """The title without characters that Excel refuses, numbered where an earlier tab has it."""
    short = xml_text(_NOT_IN_TITLES.sub(" ", title)).strip("' ")[:_MAX_TITLE] or "Tab"
    taken_in_any_case = {other.casefold() for other in taken}
    unique, number = short, 1
    while unique.casefold() in taken_in_any_case:
        number += 1
        unique = f"{short[: _MAX_TITLE - 1 - len(str(number))]} {number}"
    return unique
