"""The template's first tab: five steps, and where each tab's facts go."""

from __future__ import annotations

import math

from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import quote_sheetname
from openpyxl.worksheet.hyperlink import Hyperlink
from openpyxl.worksheet.worksheet import Worksheet

from cwac import addons
from cwac.sheet.schema import TabSpec
from cwac.sheet.template_look import prepare_paper

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
