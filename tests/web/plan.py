"""A small plan for tests of access and pages, with a planted value in every private field."""

import datetime as dt
import io
import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import openpyxl

from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.sheet.reader import read_workbook
from tests.fixed_clock import START, TODAY, date_file
from tests.sheet.county import serial, typed_rows

ZONE = "America/Los_Angeles"

Rows = list[list[Cell]]


def tabs(today: dt.date = TODAY) -> dict[str, Rows]:
    """A coming event shared by CHP-MS and WPD, one of SCSO alone, a tentative one, and past ones with counts."""
    return read_tabs(Path(__file__).with_suffix(".txt"), today)


def read_tabs(file: Path, today: dt.date) -> dict[str, Rows]:
    """The tabs in a text file, where `day +3` is three days from today, `day +3 0.5` its noon, and 8:00 a time."""
    grids: dict[str, Rows] = {}
    for tab in file.read_text(encoding="utf-8").split("== ")[1:]:
        name, rows = tab.rstrip("\n").split("\n", 1)
        grids[name] = [[_cell(cell, today) for cell in row] for row in typed_rows(rows)]
    return grids


def _cell(typed: Cell, today: dt.date) -> Cell:
    if day := re.fullmatch(r"day ([+-]\d+)( 0\.\d+)?", str(typed)):
        number = serial(today) + int(day[1])
        return number + float(day[2]) if day[2] else number
    if time := re.fullmatch(r"(\d+):(\d\d)", str(typed)):
        return (int(time[1]) + int(time[2]) / 60) / 24
    return typed


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
