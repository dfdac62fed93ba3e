"""A sheet as a clerk kept it before any program, for the pictures and tests of how it is read."""

from pathlib import Path

import openpyxl
from openpyxl.styles import Font, PatternFill

_ROWS = [
    ["COFFEE WITH A COP - 2026 plan (UPDATED)"],
    [],
    ["Day", "When", "What time?", "Event location", "Which town?", "Host dept", "Crewing", "# attended", "Snacks"],
    ["Wed", "9/2", "9 - 10:30", "Black Bear Diner", "Weed", "WPD", "Sgt. Sample", 31, "donuts"],
    ["Wed", "Sept 16", "8a", "Starbucks", "Yreka", "Yreka PD", "Ofc. Demo", "~20", ""],
    ["Wed", "10/7", "9-10:30", "Grange hall", "Etna", "Sheriff", "Dep. Trial", "18+5 kids", "donuts"],
    ["Wed", "10/21", "9am", "CANCELED - Park", "Weed", "Weed Police Dept", "Sgt. Sample", "", ""],
    ["Tue", "12/1", "10", "Library", "Yreka", "YPD", "Ofc. Demo", "", ""],
    ["Wed", "12/9", "9am", "Black Bear Diner", "Weed", "WPD", "Sgt. Tester", "", "bagels"],
]
_WIDTHS = (6, 9, 11, 19, 12, 16, 13, 11, 9)


def save_messy_sheet(path: Path) -> Path:
    """The plan, and a tab of ideas that may list events."""
    book = openpyxl.Workbook()
    plan = book.active
    assert plan is not None
    plan.title = "Coffee 2026"
    for row in _ROWS:
        plan.append(row)
    plan["A1"].font = Font(bold=True, size=14)
    for cell in plan[3]:
        cell.font, cell.fill = Font(bold=True), PatternFill("solid", fgColor="FFF2CC")
    for letter, width in zip("ABCDEFGHI", _WIDTHS, strict=True):
        plan.column_dimensions[letter].width = width
    plan.print_options.gridLines = True
    plan.page_setup.orientation = "landscape"
    ideas = book.create_sheet("Ideas")
    for row in (["Date", "Topic"], ["1/6/2027", "cocoa"], ["2/3/2027", "tacos"], ["3/3/2027", "donuts"]):
        ideas.append(row)
    book.save(path)
    return path
