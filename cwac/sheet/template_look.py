"""How the tabs of the template look and print, and its first tab: five steps, and where each fact goes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Literal

from openpyxl.formatting.rule import Rule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.utils import get_column_letter, quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from cwac import addons
from cwac.model import Row
from cwac.sheet.schema import EVENTS, EXAMPLE_PREFIX, START_HERE, Column, TabSpec, example_id
from cwac.sheet.text import is_blank

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


def color_tab(sheet: Worksheet, name: str) -> None:
    sheet.sheet_properties.tabColor = _TAB_COLORS[name]


def fold_rare_columns(sheet: Worksheet, columns: Mapping[int, Column], rows: Sequence[Row]) -> None:
    """Group each run of rarely needed columns, and fold it away if nothing is in its `rows`. Columns count from 1."""
    last = max(columns, default=0)
    runs = groupby(range(1, last + 1), key=lambda at: at in columns and columns[at].rare)
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


def add_warning_colors(
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


def set_up_page(sheet: Worksheet, spec: TabSpec | None, columns: Mapping[int, Column], header: int) -> None:
    """Print on Letter paper, landscape, as wide as the page, with the header on each page."""
    prepare_paper(sheet, "landscape")
    sheet.print_options.gridLines = True
    sheet.print_title_rows = f"{header}:{header}"
    if spec is EVENTS:
        places = {column.field: at for at, column in columns.items()}
        last = next((places[field] for field in _PRINTED_TO if field in places), None)
        if last is not None:
            # Whole columns: a program prints them as far as they are filled.
            sheet.print_area = f"A1:{get_column_letter(last)}{_LAST_ROW}"


def prepare_paper(sheet: Worksheet, orientation: Literal["landscape", "portrait"]) -> None:
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
        "Afterwards",
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
_INK, _ACCENT, _BAND = "1F2933", "1F3A5F", "DCE6F1"
_WIDTHS = (5, 20, 78)
_TEXT = Font(name="Calibri", size=12, color=_INK)
_BOLD = Font(name="Calibri", size=12, color=_INK, bold=True)
_LINK = Font(name="Calibri", size=12, color="1F4E9E", bold=True, underline="single")
_RULE = Border(bottom=Side("thin", color="C5D1E0"))


def write_start_here(sheet: Worksheet, specs: tuple[TabSpec, ...]) -> None:
    """Fill the tab. `specs` are the other tabs in their order."""
    for letter, width in zip("ABC", _WIDTHS, strict=True):
        sheet.column_dimensions[letter].width = width
    sheet.sheet_view.showGridLines = False
    sheet["A1"] = "Coffee with a Cop: start here"
    sheet["A1"].font = Font(name="Calibri", size=20, bold=True, color=_ACCENT)
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
    prepare_paper(sheet, "portrait")


def _write_heading(sheet: Worksheet, row: int, heading: str) -> int:
    cell = sheet.cell(row, 1, heading)
    cell.font = Font(name="Calibri", size=14, bold=True, color=_ACCENT)
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
        sheet.cell(row, 1).fill = PatternFill("solid", fgColor=_BAND)
    if tab is not None:
        link = sheet.cell(row, 2)
        link.hyperlink = Hyperlink(ref=link.coordinate, location=f"{quote_sheetname(tab)}!A1", display=name)
        link.font = _LINK
    # No program is sure to fit the height of a wrapped row when it opens the file.
    sheet.row_dimensions[row].height = 16 * math.ceil(len(text) / _WIDTHS[2]) + 5
