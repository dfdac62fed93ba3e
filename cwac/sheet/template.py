"""The blank workbook and the data dictionary, both made from the contract."""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Iterator
from copy import copy
from functools import cache
from typing import IO

import openpyxl
from openpyxl.cell import Cell as Box
from openpyxl.comments import Comment
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.worksheet import Worksheet

from cwac.model import Tab, Workbook
from cwac.sheet.counts import is_clock
from cwac.sheet.headers import header_row, read_header, spec_for
from cwac.sheet.plan import Plan
from cwac.sheet.schema import EXAMPLES, START_HERE, TABS, Column, TabSpec
from cwac.sheet.template_look import add_warning_colors, color_tab, fold_rare_columns, set_up_page, write_start_here

_ORDER = (
    *("Agencies", "Officers", "Towns", "Venues", "Events", "Staffing", "Attendance", "Follow-ups", "Time off"),
    "Coverage",
)
"""The tabs of the blank workbook in the order in which they are filled: first the lists that the others choose from."""
_ROWS = 1000

_DATE, _TIME, _CLOCK = "m/d/yyyy", "h:mm AM/PM", "[h]:mm"
_FORMATS = {"date": _DATE, "long-date": _DATE, "time": _TIME, "hours": "0.0#"}
_YES_NO = ("Yes", "No")

_NAMES = {
    "agency": ("Agencies", "short"),
    "agencies": ("Agencies", "short"),
    "town": ("Towns", "name"),
    "venue": ("Venues", "name"),
    "officer": ("Officers", "name"),
    "people": ("Officers", "name"),
    "event": ("Events", "id"),
}
"""The tab and field that list the names for a dropdown."""

_SEVERAL = {"agencies", "people"}
"""Cells that may hold several names or a placeholder: the dropdown helps, but other text gives no warning."""

_EXAMPLES = {
    "date": "10/7/2026",
    "long-date": "12/12/2019",
    "time": "8:30 AM",
    "count": "18, ~40, 30+ or 35-40",
    "needed": "4",
    "hours": "1.5",
    "agency": "CHP-MS",
    "agencies": "CHP-MS; WPD",
    "town": "Mount Shasta",
    "venue": "Weed Starbucks",
    "officer": "OF-01",
    "people": "OF-01; B. Demo; 2 from SCSO",
    "event": "EV-2026-031",
    "list": "Mt Shasta; Mt. Shasta",
}

_DARK, _LIGHT = "1F3A5F", "DCE6F1"
_HEADER = {
    True: (Font(name="Calibri", size=11, bold=True, color="FFFFFF"), PatternFill("solid", fgColor=_DARK)),
    False: (Font(name="Calibri", size=11, color=_DARK), PatternFill("solid", fgColor=_LIGHT)),
}
"""Font and fill by whether the column is required. Both have a contrast above 9:1."""


def write_template(destination: str | os.PathLike[str] | IO[bytes], workbook: Workbook | None = None) -> None:
    """Write an .xlsx with dropdowns, notes, formats, widths and frozen headers.

    It has all tabs of the contract, example rows and a tab that explains them, or it has the tabs and cells of
    `workbook`. Dates and times stay numbers with a format; text stays text, even if it looks like a formula. The same
    input gives the same bytes.
    """
    specs = tuple(sorted(TABS, key=lambda spec: _ORDER.index(spec.name)))
    tabs = workbook.tabs if workbook is not None else tuple(_blank(spec) for spec in specs)
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    book.properties.creator = "cwac"
    if workbook is None:
        write_start_here(book.create_sheet(START_HERE), specs)
        color_tab(book[START_HERE], START_HERE)
    plan = workbook.plan if workbook is not None else None
    layouts = [_TabLayout(tab, at, plan) for at, tab in enumerate(tabs)]
    for layout in layouts:
        layout.write(book.create_sheet(layout.tab.title), layouts)
    _save(book, destination)


def _blank(spec: TabSpec) -> Tab:
    rows = [[row.get(column.field) for column in spec.columns] for row in EXAMPLES.get(spec.name, ())]
    return Tab(spec.name, [[column.header for column in spec.columns], *rows])


class _TabLayout:
    """One tab and the place of its table. `columns` has the contract's column by column number, from 1.

    `shown_as` has the columns of a tab that only the plan of reading knows: its days and times are shown as such.
    """

    def __init__(self, tab: Tab, place: int = 0, plan: Plan | None = None) -> None:
        self.tab = tab
        tables = [table for table in plan.tables if table.tab == place] if plan is not None else []
        self.shown_as = {
            one.index + 1: column
            for table in reversed(tables)
            for one in table.columns
            if one.use == "value" and (column := table.column_of(one)) is not None
        }
        self.spec = spec_for(tab.title)
        header_index = header_row(self.spec, tab.rows) if self.spec else None
        self.header = (header_index or 0) + 1
        self.columns: dict[int, Column] = {}
        if self.spec and header_index is not None:
            header = read_header(self.spec, tab.rows[header_index])
            self.columns = {at + 1: column for at, column in header.columns.items()}
        self.last = max(self.header + _ROWS, len(tab.rows))

    def range_of(self, field: str) -> str | None:
        letter = next((get_column_letter(at) for at, column in self.columns.items() if column.field == field), None)
        return letter and f"{quote_sheetname(self.tab.title)}!${letter}${self.header + 1}:${letter}${self.last}"

    def write(self, sheet: Worksheet, layouts: list[_TabLayout]) -> None:
        for at, column in self.columns.items():
            _prepare(sheet, at, column, self.header, self.last)
            _add_dropdown(sheet, at, column, self, layouts)
        for number, row in enumerate(self.tab.rows, start=1):
            for at, value in enumerate(row, start=1):
                if value is not None and value != "":
                    known, box = self.columns.get(at), _box(sheet, number, at)
                    _fill(box, value, known)
                    shown = self.shown_as.get(at) if known is None else None
                    if shown is not None and not isinstance(value, str):
                        # 7 in a column of days may be a day of the month.
                        is_day = shown.reader in ("date", "long-date") and value >= 10_000
                        if is_day or (shown.reader == "time" and 0 <= value < 1):
                            box.number_format = _FORMATS[shown.reader]
                    if number - 1 in self.tab.struck:
                        box.font = Font(name=box.font.name, size=box.font.size, strike=True)
        for merge in self.tab.merges:
            sheet.merge_cells(
                start_row=merge.top + 1, end_row=merge.bottom, start_column=merge.left + 1, end_column=merge.right
            )
        for at, column in self.columns.items():
            _head(_box(sheet, self.header, at), column, about=self.spec if at == min(self.columns) else None)
        sheet.row_dimensions[self.header].height = 32
        sheet.freeze_panes = f"A{self.header + 1}"
        set_up_page(sheet, self.spec, self.columns, self.header)
        if self.spec is not None:
            color_tab(sheet, self.spec.name)
        if self.spec is not None and self.columns:
            fold_rare_columns(sheet, self.columns, self.tab.rows[self.header :])
            add_warning_colors(sheet, self.spec, self.columns, self.header + 1, self.last)


def _box(sheet: Worksheet, row: int, column: int) -> Box:
    """The cell at that place. Called before any range is merged."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Box)
    return cell


@cache
def _alignment(column: Column | None) -> Alignment:
    is_left = column is not None and (column.reader == "yes-no" or column.reader in _FORMATS)
    is_wrapped = column is not None and column.width >= 24
    return Alignment(horizontal="left" if is_left else None, vertical="top", wrap_text=is_wrapped)


def _prepare(sheet: Worksheet, at: int, column: Column, header: int, last: int) -> None:
    """Set the width of a column and the format of its blank cells."""
    dimension = sheet.column_dimensions[get_column_letter(at)]
    dimension.width = column.width
    dimension.alignment = _alignment(column)
    shown = _FORMATS.get(column.reader)
    if shown is None:
        return
    # Excel uses the column's format for a new cell, Google only the format of the cells themselves.
    dimension.number_format = shown
    first = _box(sheet, header + 1, at)
    first.number_format, first.alignment = shown, _alignment(column)
    for number in range(header + 2, last + 1):
        # Ten times faster than setting each attribute, and there are 20,000 cells.
        _box(sheet, number, at)._style = copy(first._style)  # type: ignore[attr-defined]


def _fill(cell: Box, value: str | int | float | bool, column: Column | None) -> None:
    cell.value = value
    cell.alignment = _alignment(column)
    if column is not None and column.reader == "hours" and isinstance(value, float) and is_clock(value):
        cell.number_format = _CLOCK  # as a decimal number it would be read as hours
    if isinstance(value, str):
        cell.data_type = "s"
        # As a leading apostrophe does: the text must not become a formula when the file is edited.
        cell.quotePrefix = value.startswith(("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20"))


def _head(cell: Box, column: Column, about: TabSpec | None) -> None:
    cell.font, cell.fill = _HEADER[column.required]
    cell.alignment = Alignment(vertical="center", wrap_text=True)
    cell.border = Border(right=Side("thin", color="FFFFFF"))
    lines = ["Required."] if column.required else []
    lines.append(column.help)
    if column.choices:
        lines.append(f"One of: {', '.join(column.labels)}.")
    elif column.reader == "yes-no":
        lines.append("Yes or No.")
    example = _EXAMPLES.get(column.reader)
    if example and not re.search("for example|such as", column.help):
        lines.append(f"For example: {example}")
    if about is not None:
        lines.append(f"This tab: {about.help}")
    text = "\n".join(lines)
    height = 24 + 18 * sum(1 + len(line) // 42 for line in lines)
    cell.comment = Comment(text, "cwac", width=300, height=height)


def _add_dropdown(sheet: Worksheet, at: int, column: Column, here: _TabLayout, layouts: list[_TabLayout]) -> None:
    listed = column.labels or (_YES_NO if column.reader == "yes-no" else ())
    formula = f'"{",".join(listed)}"' if listed else None
    tab, field = _NAMES.get(column.reader, (None, ""))
    if tab is not None:
        named = (layout.range_of(field) for layout in layouts if layout.spec and layout.spec.name == tab)
        formula = next(named, None)
    if formula is None:
        return
    rule = DataValidation("list", formula1=formula, allow_blank=True, errorStyle="warning")
    rule.showErrorMessage = column.reader not in _SEVERAL
    rule.errorTitle = column.header
    rule.error = f"Not in the list of the {tab} tab." if tab else f"Expected: {', '.join(listed)}."
    letter = get_column_letter(at)
    rule.add(f"{letter}{here.header + 1}:{letter}{here.last}")
    sheet.add_data_validation(rule)


_SAVED_AT = re.compile(rb"<dcterms:(created|modified)\b.*?</dcterms:\1>")


def _save(book: openpyxl.Workbook, destination: str | os.PathLike[str] | IO[bytes]) -> None:
    """Save without the time of saving, which openpyxl writes into the file and into its zip entries."""
    written = io.BytesIO()
    book.save(written)
    with zipfile.ZipFile(written) as made, zipfile.ZipFile(destination, "w", zipfile.ZIP_DEFLATED) as archive:
        for part in made.namelist():
            content = made.read(part)
            if part == "docProps/core.xml":
                content = _SAVED_AT.sub(b"", content)
            entry = zipfile.ZipInfo(part)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            archive.writestr(entry, content)


# --- the data dictionary ------------------------------------------------------------------------------------------

_BEGIN, _END = "<!-- data dictionary: made from cwac/sheet/schema.py -->", "<!-- end of the data dictionary -->"


def data_dictionary() -> str:
    return "\n".join(line for spec in TABS for line in _described(spec))


def with_dictionary(page: str) -> str:
    """The page with the text between its two markers replaced by the current data dictionary."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{data_dictionary()}\n{_END}{after}"


def _described(spec: TabSpec) -> Iterator[str]:
    yield f"### {spec.name}\n\n{spec.help} Also found as: {', '.join(spec.aliases)}.\n"
    yield "| Column | What it holds | Also understood as |\n|---|---|---|"
    for column in spec.columns:
        needed = " **(required)**" if column.required else ""
        choices = f" One of: {', '.join(column.labels)}." if column.choices else ""
        yield f"| {column.header}{needed} | {column.help}{choices} | {', '.join((*column.aliases, *column.spanish))} |"
    yield ""
