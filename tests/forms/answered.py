"""A small county with the tabs that forms fill."""

import datetime as dt

from cwac.model import Cell, Snapshot
from tests.sheet import county
from tests.sheet.county import serial

DAY = dt.date(2026, 11, 20)
OFFICERS: list[list[Cell]] = [
    ["Officer ID", "Name", "Agency", "Aliases", "Email"],
    ["OF-01", "A. Sample", "WPD", None, "a.sample@wpd.example.gov"],
    ["OF-02", "B. Demo", "SCSO", "Demo", None],
    ["OF-03", "C. Example", "CHP-MS", None, None],
]
FORM_TABS = ("Officer answers", "Door counts", "Resident feedback")
STAFFING: list[list[Cell]] = [
    ["Event ID", "Officer", "Status"],
    ["E1", "OF-01", "Requested"],
    ["E1", "OF-02", "Confirmed"],
    ["E2", "OF-01", "Assigned"],
]
EVENTS = county.events({"Event ID": "E1", "Partner agencies": "WPD"}, {"Event ID": "E2", "Date": 46407})
ANSWERS = ["Timestamp", "Event ID", "Officer", "Can you come?", "Note", "Email Address"]
COUNTS = ["Timestamp", "Event ID", "Guests", "Youth", "Final?", "Counted by"]
FEEDBACK = [
    "Timestamp", "Event ID", "I felt welcome", "I could ask what I wanted", "First time here?", "Anything else?",
]  # fmt: skip


def at(hours: float, day: dt.date = DAY) -> float:
    """A moment as the sheet keeps it."""
    return serial(day) + hours / 24


def read(**tabs: list[list[Cell]]) -> Snapshot:
    return county.read(**({"Events": EVENTS, "Officers": OFFICERS, "Staffing": STAFFING} | tabs))
