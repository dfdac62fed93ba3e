"""The blank workbook, how its tabs look and print, and the data dictionary, all made from the contract."""

from __future__ import annotations

import io
import math
import os
import re
import zipfile
from collections.abc import Mapping, Sequence
from copy import copy
from functools import cache
from itertools import groupby
from typing import IO, Literal

import openpyxl
from openpyxl.cell import Cell as Box
from openpyxl.comments import Comment
from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from cwac import addons
from cwac.model import Row, Tab, Workbook
from cwac.sheet.counts import is_clock
from cwac.sheet.headers import header_row, read_header, spec_for
from cwac.sheet.plan import Plan
from cwac.sheet.schema import EVENTS, EXAMPLE_PREFIX, EXAMPLES, START_HERE, TABS, Column, TabSpec, example_id
from cwac.sheet.text import is_blank

_ORDER = (
    *("Agencies", "Officers", "Towns", "Venues", "Events", "Staffing", "Attendance", "Follow-ups", "Time off"),
    "Coverage",
)
"""The tabs of the blank workbook in the order in which they are filled: first the lists that the others choose from."""
_ROWS = 1000

_FORMATS = {"date": "m/d/yyyy", "long-date": "m/d/yyyy", "time": "h:mm AM/PM", "hours": "0.0#"}
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

_INK, _DARK, _LIGHT = "1F2933", "1F3A5F", "DCE6F1"
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
        book[START_HERE].sheet_properties.tabColor = _TAB_COLORS[START_HERE]
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
        _prepare_paper(sheet, "landscape")
        sheet.print_options.gridLines = True
        sheet.print_title_rows = f"{self.header}:{self.header}"
        places = {column.field: at for at, column in self.columns.items()} if self.spec is EVENTS else {}
        last = next((places[field] for field in _PRINTED_TO if field in places), None)
        if last is not None:
            # Whole columns: a program prints them as far as they are filled.
            sheet.print_area = f"A1:{get_column_letter(last)}{_LAST_ROW}"
        if self.spec is not None:
            sheet.sheet_properties.tabColor = _TAB_COLORS[self.spec.name]
        if self.spec is not None and self.columns:
            _fold_rare_columns(sheet, self.columns, self.tab.rows[self.header :])
            _add_warning_colors(sheet, self.spec, self.columns, self.header + 1, self.last)


def _box(sheet: Worksheet, row: int, column: int) -> Box:
    """The cell at that place. Called before any range is merged."""
    cell = sheet.cell(row, column)
    assert isinstance(cell, Box)
    return cell


@cache
def _alignment(column: Column | None) -> Alignment:
    is_left = column is not None and (column.reader in ("yes-no", "public", *_FORMATS))
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
        cell.number_format = "[h]:mm"  # as a decimal number it would be read as hours
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
    elif column.reader in ("yes-no", "public"):
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
    listed = column.labels or (_YES_NO if column.reader in ("yes-no", "public") else ())
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


# --- how it looks and prints ------------------------------------------------------------------------------------------

_TAB_COLORS = {
    START_HERE: "B45309",
    **dict.fromkeys(("Agencies", "Officers", "Towns", "Venues"), "0F766E"),
    **dict.fromkeys(("Events", "Staffing", "Attendance", "Follow-ups"), "1F3A5F"),
    **dict.fromkeys(("Time off", "Coverage"), "6B7280"),
}
_LETTER = 1
_LAST_ROW = 1_048_576
_PRINTED_TO = ("officers_needed", "status")
"""The last printed column of Events: the first of these fields that the tab has. About ten columns fit on the page."""

_EXAMPLE_FONT = Font(color="6B7280", italic=True)
_OVERDUE_FILL = PatternFill("solid", fgColor="FFE8A3", bgColor="FFE8A3")
_DUPLICATE_FILL = PatternFill("solid", fgColor="F8B4B4", bgColor="F8B4B4")
_DUPLICATE_FONT = Font(color="7F1D1D", bold=True)


def _rule(formula: str, font: Font | None = None, fill: PatternFill | None = None) -> Rule:
    return Rule("expression", dxf=DifferentialStyle(font=font, fill=fill), formula=[formula])


def _fold_rare_columns(sheet: Worksheet, columns: Mapping[int, Column], rows: Sequence[Row]) -> None:
    """Group each run of rarely needed columns, and fold it away if nothing is in its `rows`. Columns count from 1."""
    runs = groupby(range(1, max(columns) + 1), key=lambda at: at in columns and columns[at].rare)
    for is_rare, run in runs:
        if not is_rare:
            continue
        places = list(run)
        is_empty = all(is_blank(cell) for row in rows for cell in row[places[0] - 1 : places[-1]])
        for at in places:
            dimension = sheet.column_dimensions[get_column_letter(at)]
            dimension.outlineLevel, dimension.hidden = 1, is_empty
        # openpyxl works it out only after it has written it, and Excel shows no + without it.
        sheet.column_dimensions.max_outline = 1
        if is_empty:
            sheet.column_dimensions[get_column_letter(places[-1] + 1)].collapsed = True


def _add_warning_colors(
    sheet: Worksheet, spec: TabSpec, columns: Mapping[int, Column], first_row: int, last_row: int
) -> None:
    """Color the example rows, an ID that is used twice, and a past event that is still Confirmed.

    Formulas only: of all rules these are the ones that an import into Google Sheets keeps.
    """
    letters = {column.field: get_column_letter(at) for at, column in columns.items()}
    whole = f"A{first_row}:{get_column_letter(max(columns))}{last_row}"
    identity = letters.get(example_id(spec) or "")
    length = len(EXAMPLE_PREFIX)
    if identity:
        is_example = f'LEFT(${identity}{first_row},{length})="{EXAMPLE_PREFIX}"'
        sheet.conditional_formatting.add(whole, _rule(is_example, font=_EXAMPLE_FONT))
    unique = letters.get(spec.unique or "")
    if unique:
        listed, cell = f"${unique}${first_row}:${unique}${last_row}", f"${unique}{first_row}"
        is_repeated = f'AND({cell}<>"",COUNTIF({listed},{cell})>1)'
        rule = _rule(is_repeated, font=_DUPLICATE_FONT, fill=_DUPLICATE_FILL)
        sheet.conditional_formatting.add(listed.replace("$", ""), rule)
    if spec is EVENTS and "date" in letters and "status" in letters:
        day, status = f"${letters['date']}{first_row}", f"${letters['status']}{first_row}"
        no_example = f',LEFT(${identity}{first_row},{length})<>"{EXAMPLE_PREFIX}"' if identity else ""
        is_overdue = f'AND(ISNUMBER({day}),{day}<TODAY(),{status}="Confirmed"{no_example})'
        # Not the ID itself, so that its own color shows whichever rule a program applies last.
        places = [at for at in range(1, max(columns) + 1) if get_column_letter(at) != identity]
        runs = (list(run) for _, run in groupby(enumerate(places), key=lambda place: place[1] - place[0]))
        ranges = (
            f"{get_column_letter(run[0][1])}{first_row}:{get_column_letter(run[-1][1])}{last_row}" for run in runs
        )
        sheet.conditional_formatting.add(" ".join(ranges), _rule(is_overdue, fill=_OVERDUE_FILL))


def _prepare_paper(sheet: Worksheet, orientation: Literal["landscape", "portrait"]) -> None:
    """Print on Letter paper, as wide as the page."""
    sheet.page_setup.paperSize = _LETTER
    sheet.page_setup.orientation = orientation
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.7, header=0.3, footer=0.4)
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.oddFooter.left.text = "&A"  # type: ignore[union-attr]
    sheet.oddFooter.right.text = "Page &P of &N"  # type: ignore[union-attr]


_STEPS = (
    (
        "Who and where",
        "Agencies",
        "List the agencies, then Officers, Towns and Venues: one row each. The other tabs offer these names to choose "
        "from. Skip what you do not know yet.",
    ),
    (
        "Plan an event",
        "Events",
        "One row per event: date, start, town, venue, lead agency, status. Give it an Event ID such as EV-2026-031, "
        "which then stays as it is.",
    ),
    (
        "Say who comes",
        "Staffing",
        'One row per person and event, with that Event ID. No name yet? Type TBD, or "2 from SCSO".',
    ),
    (
        "Afterward",
        "Attendance",
        "Type how many guests came (blank means not counted), set Status in Events to Completed or Canceled, and put "
        "what residents asked for into Follow-ups.",
    ),
    (
        "Check",
        None,
        "Open Fix the sheet on the dashboard. It lists each cell that could not be read, and what to type instead.",
    ),
)
_FACTS = {
    "Agencies": "Short name (WPD), full name, other ways people write it, email domain.",
    "Officers": "An invented ID (OF-01), no badge number; name, agency, who can host.",
    "Towns": "Towns and how else people write them.",
    "Venues": "Name, town, street, where to park, who to ask there, what was agreed.",
    "Events": "When, where, which agencies, how far along, how many officers it needs, notes.",
    "Staffing": "Who is assigned to which event, in which role, whether confirmed, hours.",
    "Attendance": "How many guests came and how they were counted. A blank is not a zero.",
    "Follow-ups": "What residents asked for, and which agency takes it. No names, no phones.",
    "Time off": "Days on which an officer cannot come. No reason is ever asked.",
    "Coverage": "Which agency polices a town, and from when to when.",
}
_LEGEND = {
    "Dark header": "A required column. The note on each header says what to type.",
    "Gray row": "An example (EXAMPLE-1, EXAMPLE-2), never counted. Type over it with an ID of your own, or delete it.",
    "Yellow event": "Its day is past, but Status is still Confirmed.",
    "Red ID": "Used twice. Only the first row is read.",
    "+ above a column": "Columns that are rarely needed are folded away. The + shows them.",
    "This tab": "Only an explanation. Nothing in it is read, and it may be deleted.",
}
_PAGE_WIDTHS = (5, 20, 78)
_TEXT = Font(name="Calibri", size=12, color=_INK)
_BOLD = Font(name="Calibri", size=12, color=_INK, bold=True)
_LINK = Font(name="Calibri", size=12, color="1F4E9E", bold=True, underline="single")
_RULE = Border(bottom=Side("thin", color="C5D1E0"))


def write_start_here(sheet: Worksheet, specs: tuple[TabSpec, ...]) -> None:
    """Fill the tab. `specs` are the other tabs in their order."""
    for letter, width in zip("ABC", _PAGE_WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    sheet["A1"] = "Coffee with a Cop: start here"
    sheet["A1"].font = Font(name="Calibri", size=20, bold=True, color=_DARK)
    sheet.row_dimensions[1].height = 32
    sheet["A2"] = "The dashboard reads this workbook and never changes it. Five steps to the first event:"
    sheet["A2"].font = _TEXT
    sheet.row_dimensions[2].height = 24
    row = 3
    for number, (step, tab, how) in enumerate(_STEPS, start=1):
        row += 1
        _write_row(sheet, row, step, how, tab, number)
    row = _write_heading(sheet, row + 2, "Where each fact goes")
    for spec in specs:
        row += 1
        _write_row(sheet, row, spec.name, _FACTS[spec.name], spec.name)
    added = (section for addon in addons.installed() for section in addon.start_here().items())
    for heading, lines in (*added, ("What the colors mean", _LEGEND)):
        row = _write_heading(sheet, row + 2, heading)
        for name, text in lines.items():
            row += 1
            _write_row(sheet, row, name, text)
    _prepare_paper(sheet, "portrait")


def _write_heading(sheet: Worksheet, row: int, heading: str) -> int:
    cell = sheet.cell(row, 1, heading)
    cell.font = Font(name="Calibri", size=14, bold=True, color=_DARK)
    cell.alignment = Alignment(vertical="center")
    sheet.row_dimensions[row].height = 28
    return row


def _write_row(
    sheet: Worksheet, row: int, name: str, text: str, tab: str | None = None, number: int | None = None
) -> None:
    """One line of the page; `tab` makes the name a link to that tab."""
    for column, value in enumerate((number, name, text), start=1):
        cell = sheet.cell(row, column, value)
        cell.font = _BOLD if column < 3 else _TEXT
        cell.alignment = Alignment(horizontal="center" if column == 1 else None, vertical="top", wrap_text=column == 3)
        cell.border = _RULE
    if number is not None:
        sheet.cell(row, 1).fill = PatternFill("solid", fgColor=_LIGHT)
    if tab is not None:
        link = sheet.cell(row, 2)
        link.hyperlink = Hyperlink(ref=link.coordinate, location=f"{quote_sheetname(tab)}!A1", display=name)
        link.font = _LINK
    # No program is sure to fit the height of a wrapped row when it opens the file.
    sheet.row_dimensions[row].height = 16 * math.ceil(len(text) / _PAGE_WIDTHS[2]) + 5


# --- the data dictionary ------------------------------------------------------------------------------------------

_BEGIN, _END = "<!-- data dictionary: made from cwac/sheet/schema.py -->", "<!-- end of the data dictionary -->"


def data_dictionary() -> str:
    lines: list[str] = []
    for spec in TABS:
        lines.append(f"### {spec.name}\n\n{spec.help} Also found as: {', '.join(spec.aliases)}.\n")
        lines.append("| Column | What it holds | Also understood as |\n|---|---|---|")
        for column in spec.columns:
            needed = " **(required)**" if column.required else ""
            choices = f" One of: {', '.join(column.labels)}." if column.choices else ""
            names = ", ".join((*column.aliases, *column.spanish))
            lines.append(f"| {column.header}{needed} | {column.help}{choices} | {names} |")
        lines.append("")
    return "\n".join(lines)


def with_dictionary(page: str) -> str:
    """The page with the text between its two markers replaced by the current data dictionary."""
    before, _, rest = page.partition(_BEGIN)
    _, _, after = rest.partition(_END)
    return f"{before}{_BEGIN}\n\n{data_dictionary()}\n{_END}{after}"
