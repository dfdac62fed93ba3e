"""A small plan for tests of access and pages, with a planted value in every private field."""

import datetime as dt
import io
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import openpyxl

from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.sheet.reader import read_workbook
from tests.fixed_clock import START, TODAY, date_file
from tests.sheet.county import serial

ZONE = "America/Los_Angeles"

Rows = list[list[Cell]]


def tabs(today: dt.date = TODAY) -> dict[str, Rows]:
    """A coming event shared by CHP-MS and WPD, one of SCSO alone, a tentative one, and past ones with counts."""

    def day(after: int) -> int:
        return serial(today + dt.timedelta(days=after))

    return {
        "Events": [
            ["Event ID", "Date", "Start", "End", "Title", "Town", "Venue", "Backup venue", "Lead agency",
             "Partner agencies", "Status", "Cancel reason", "Officers needed", "Bilingual needed", "Funding",
             "Public notes", "Internal notes"],
            ["SHARED", day(3), 8 / 24, 9.5 / 24, None, "Weed", "Weed Starbucks", "planted-backup", "CHP-MS", "WPD",
             "Confirmed", None, 4, True, "planted-funding", "Free parking", "planted-internal"],
            ["SHERIFFS", day(5), 10 / 24, 11 / 24, None, "Yreka", "Yreka Starbucks", None, "SCSO", None, "Confirmed",
             None, 2, None, None, None, None],
            ["MAYBE", day(10), 9 / 24, None, "planted-tentative", "Etna", None, None, "WPD", None, "Tentative",
             None, 2, None, None, None, None],
            ["GONE", day(-40), 8 / 24, 9 / 24, None, "Weed", "Weed Starbucks", None, "CHP-MS", "WPD", "Completed",
             None, 2, None, None, None, None],
            ["RAINED", day(-20), 8 / 24, 9 / 24, None, "Etna", None, None, "SCSO", None, "Cancelled", "Smoke", 2, None,
             None, None, None],
            ["UNCOUNTED", day(-10), 8 / 24, 9 / 24, None, "Yreka", "Yreka Starbucks", None, "SCSO", "WPD",
             "Completed", None, 2, None, None, None, None],
            ["LOST", "planted-date", None, None, None, "Weed", None, None, "WPD", None, "Confirmed", None, None, None,
             None, None, None],
        ],
        "Staffing": [
            ["Event ID", "Officer", "Agency", "Role", "Status", "Note"],
            ["SHARED", "OF-01", None, "Host", "Confirmed", "planted-staffing-note"],
            ["SHARED", "OF-03", None, "Greeter", "Assigned", None],
            ["SHARED", "1 from SCSO", None, "Floor", None, None],
            ["SHERIFFS", "OF-02", None, "Host", "Confirmed", "planted-sheriffs-note"],
            ["SHERIFFS", "OF-04", None, "Bilingual", "Requested", None],
            ["GONE", "OF-01", None, "Host", "Attended", None],
            ["SHARED", "planted-stranger", "WPD", None, None, None],
        ],
        "Attendance": [
            ["Event ID", "Guests", "Count method", "Youth", "Weather", "Note"],
            ["GONE", "~24", "Clicker", 3, "planted-weather", "planted-count-note"],
            ["GONE", "abc planted-count", None, None, None, None],
        ],
        "Agencies": [
            ["Agency", "Name", "Type", "Home town", "Sworn", "E-mail", "Liaison role", "Color"],
            ["CHP-MS", "California Highway Patrol Mount Shasta", "State", "Mount Shasta", 14,
             "chp.example.gov; liaison@planted.example.gov", "planted-role", "#0b5cad"],
            ["WPD", "Weed Police Department", "City", "Weed", 8, "wpd.example.gov", None, "#ffff00"],
            ["SCSO", "Siskiyou County Sheriff's Office", "County", "Yreka", 48, "sheriff.example.gov", None, None],
        ],
        "Officers": [
            ["Officer ID", "Name", "Rank", "Agency", "Languages", "Supervisor"],
            ["OF-01", "A. Plantedsample", "Officer", "WPD", None, None],
            ["OF-02", "B. Planteddemo", "Sergeant", "SCSO", "English; Spanish", True],
            ["OF-03", "C. Plantedexample", "Officer", "CHP-MS", "Hmong", None],
            ["OF-04", "D. Plantedtrial", "Deputy", "SCSO", None, None],
        ],
        "Time off": [
            ["Officer", "From", "To"],
            ["OF-03", day(20), day(30)],
            ["OF-04", day(21), day(31)],
        ],
        "Venues": [
            ["Venue", "Town", "Street", "Contact", "Contact work phone", "Permission"],
            ["Weed Starbucks", "Weed", "1 Main St", "planted-contact", "530-555-0100", "planted-permission"],
            ["Yreka Starbucks", "Yreka", None, None, None, None],
        ],
        "Towns": [["Town", "Population"], ["Weed", 2862], ["Yreka", 7807], ["Etna", 678]],
        "Coverage": [["Town", "Agency", "Coverage"], ["Weed", "WPD", "Primary"]],
        "Follow-ups": [
            ["Follow-up ID", "Event ID", "Category", "Summary", "Referred to", "Status"],
            ["F-1", "GONE", "Traffic", "planted-summary-wpd", "WPD", "Open"],
            ["F-2", "GONE", "Noise", "planted-summary-scso", "SCSO", "Open"],
            ["F-3", "GONE", "Youth", "planted-summary-lead", None, "Open"],
        ],
    }  # fmt: skip


def workbook(today: dt.date = TODAY, **changed: Rows) -> Workbook:
    grids = tabs(today) | changed
    return Workbook(
        "plan.xlsx",
        START,
        ZONE,
        tuple(Tab(name, rows, id=number) for number, (name, rows) in enumerate(grids.items())),
        url="https://docs.google.com/spreadsheets/d/planted-key",
    )


def modoc(today: dt.date = TODAY) -> Workbook:
    """Another county, with one event, one agency and one officer of its own."""
    return workbook(
        today,
        Events=[
            ["Event ID", "Date", "Start", "Title", "Town", "Lead agency", "Status", "Officers needed"],
            ["ALTURAS", serial(today) + 2, 9 / 24, "Coffee in Alturas", "Alturas", "APD", "Confirmed", 2],
        ],
        Staffing=[["Event ID", "Officer", "Role"], ["ALTURAS", "OF-91", "Host"]],
        Attendance=[],
        Agencies=[["Agency", "Name", "E-mail"], ["APD", "Alturas Police Department", "alturas.example.gov"]],
        Officers=[["Officer ID", "Name", "Agency"], ["OF-91", "Q. Alturasson", "APD"]],
        **{"Time off": [], "Venues": [], "Towns": [["Town"], ["Alturas"]], "Coverage": [], "Follow-ups": []},
    )


def snapshot(today: dt.date = TODAY, **changed: Rows) -> Snapshot:
    return read_workbook(workbook(today, **changed), today) if changed else _unchanged_snapshot(today)


@cache
def _unchanged_snapshot(today: dt.date) -> Snapshot:
    return read_workbook(workbook(today), today)


def save(path: Path, today: dt.date = TODAY, **changed: Rows) -> Path:
    """The plan as an .xlsx file."""
    path.write_bytes(_xlsx(tabs(today) | changed) if changed else _unchanged(today))
    return date_file(path)


def save_tabs(path: Path, grids: Mapping[str, Rows]) -> Path:
    """Any tabs as an .xlsx file; what looks like a formula is text."""
    path.write_bytes(_xlsx(grids))
    return date_file(path)


@cache
def _unchanged(today: dt.date) -> bytes:
    return _xlsx(tabs(today))


def _xlsx(grids: Mapping[str, Rows]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.remove(book.worksheets[0])
    for name, rows in grids.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
        for cell in (cell for cells in sheet.iter_rows() for cell in cells if cell.data_type == "f"):
            cell.data_type = "s"
    book.save(file)
    return file.getvalue()
