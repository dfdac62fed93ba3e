"""Cells as people have typed them and their values: each row of messy-values.csv is a case."""

import csv
import datetime as dt
from pathlib import Path
from typing import Any

from cwac.model import Cell, Snapshot
from tests.cases import each
from tests.sheet.county import events, read

TYPED = Path(__file__).parent / "messy-values.csv"
ROWS = list(csv.DictReader(TYPED.read_text(encoding="utf-8").splitlines()))


def typed_cell(row: dict[str, str]) -> Cell:
    if row["kind"] == "text":
        return row["typed"]
    return float(row["typed"]) if "." in row["typed"] else int(row["typed"])


def snapshot_with(tab: str, column: str, cell: Cell) -> Snapshot:
    if tab in ("Events", "Any"):
        return read(Events=events({column if tab == "Events" else "Start": cell}))
    tabs: dict[str, dict[str, Cell]] = {
        "Staffing": {"Event ID": "E1", "Officer": "OF-03", "Status": None, "Hours": None},
        "Attendance": {"Event ID": "E1", "Guests": None},
        "Venues": {"Venue": "Here", "Town": "Weed", "Longitude": None},
        "Follow-ups": {"Follow-up ID": "F1", "Event ID": "E1", "Summary": None},
    }
    row = tabs[tab] | {column: cell}
    return read(**{tab.replace("-", "_"): [list(row), list(row.values())]})


def day(snapshot: Snapshot) -> dt.date | None:
    return snapshot.events[0].date if snapshot.events else None


def times(snapshot: Snapshot) -> str:
    event = snapshot.events[0]
    return " to ".join(f"{time:%H:%M}" for time in (event.start, event.end) if time is not None)


def people(snapshot: Snapshot) -> list[tuple[str | None, str | None, str]]:
    return [(row.officer, row.agency, row.status) for row in snapshot.assignments]


def guests(snapshot: Snapshot) -> tuple[Any, ...] | None:
    count = snapshot.headcounts[0].guests
    return count and (count.low, count.best, count.high, count.estimated, snapshot.headcounts[0].youth)


# What the words of the last but three column mean, where they are not a date or a time.
IN_WORDS: dict[str, Any] = {
    "nearest to the rows above and below": dt.date(2026, 6, 19),
    "Cancelled + reason Fire": ("Cancelled", "Fire"),
    "Cancelled": ("Cancelled", None),
    "Tentative": ("Tentative", None),
    "Confirmed": ("Confirmed", None),
    "three agencies by alias": ("CHP-MS", "WPD", "SCSO"),
    "two agencies": ("WPD", "SCSO"),
    "the sheriff's agency": "SCSO",
    "Mount Shasta": "Mount Shasta",
    "the one in the row's town": "Weed Starbucks",
    "by surname and alias": [("OF-01", "WPD", "Assigned")],
    "A. Sample": [("OF-01", "WPD", "Assigned")],
    "Demo; Sample swapped out": [("OF-02", "SCSO", "Assigned"), ("OF-01", "WPD", "Swapped out")],
    "two people": [("OF-01", "WPD", "Assigned"), ("OF-02", "SCSO", "Assigned")],
    "Sample as Requested": [("OF-01", "WPD", "Requested")],
    "Sample as Declined": [("OF-01", "WPD", "Declined")],
    "one placeholder": [(None, None, "Assigned")],
    "two placeholders of the sheriff's": [(None, "SCSO", "Assigned"), (None, "SCSO", "Assigned")],
    "40 estimated": (40, 40, 40, True, None),
    "12": (12, 12, 12, True, None),
    "12 estimated": (12, 12, 12, True, None),
    "35 to 40; best 37.5 estimated": (35, 37.5, 40, True, None),
    "0 to 5; best 2.5 estimated": (0, 2.5, 5, True, None),
    "30 or more; best 30 estimated": (30, 30, None, True, None),
    "17 with 5 youth": (17, 17, 17, False, 5),
    "4000": (4000, 4000, 4000, False, None),
    "hidden": "John D. 530-555-0100",
}


def expected(row: dict[str, str]) -> Any:
    becomes = row["becomes"]
    if row["column"] == "Date" and becomes[:2] == "20":
        return dt.date.fromisoformat(becomes)
    if row["column"] == "Start":
        return becomes
    if row["column"] == "Officers needed":
        return int(becomes)
    if row["column"] == "Hours":
        return float(becomes)
    if row["tab"] == "Staffing" and row["column"] == "Status":
        return becomes
    if not becomes:
        return {"Status": (None, None), "Any": ""}.get(row["column"])
    return IN_WORDS[becomes]


def became(snapshot: Snapshot, tab: str, column: str) -> Any:
    if tab == "Venues":
        return snapshot.venues[0].longitude
    if tab == "Follow-ups":
        return snapshot.follow_ups[0].summary
    if tab == "Attendance":
        return guests(snapshot)
    if tab == "Staffing":
        return {"Officer": people, "Status": lambda _: snapshot.assignments[0].status}.get(
            column, lambda _: snapshot.assignments[0].hours
        )(snapshot)
    if column == "Date":
        return day(snapshot)
    event = snapshot.events[0]
    return {
        "Start": times(snapshot),
        "Any": times(snapshot),
        "Status": (event.status, event.cancel_reason),
        "Partner agencies": event.partner_agencies,
        "Lead agency": event.lead_agency,
        "Town": event.town,
        "Venue": event.venue.name if event.venue else None,
        "Officers needed": event.officers_needed,
    }[column]


@each("row", ROWS, ids=[f"{row['column']}: {row['typed']}" for row in ROWS])
def test_typed_cell_is_read_as_expected(row):
    snapshot = snapshot_with(row["tab"], row["column"], typed_cell(row))
    tab = "Events" if row["tab"] == "Any" else row["tab"]
    column = "Start" if row["column"] == "Any" else row["column"]
    problems = [
        (problem.code, problem.severity, problem.found)
        for problem in snapshot.problems
        if (problem.tab, problem.column) == (tab, column)
    ]
    shown = None if row["code"] == "privacy" else row["typed"]
    assert problems == ([(row["code"], row["severity"], shown)] if row["code"] else [])
    assert became(snapshot, row["tab"], row["column"]) == expected(row)


def test_a_day_with_a_time_fills_a_blank_start():
    snapshot = read(Events=events({"Date": 43635.375}))
    assert (snapshot.events[0].date, snapshot.events[0].start) == (dt.date(2019, 6, 19), dt.time(9))
    assert times(read(Events=events({"Date": 43635.375, "Start": "10 AM"}))) == "10:00"


def test_a_note_after_the_date_is_kept():
    assert read(Events=events({"Date": "10/2/2019 (Nat'l Day)"})).events[0].date_note == "Nat'l Day"


def test_a_venue_of_many_is_ambiguous_without_a_town():
    snapshot = read(Events=events({"Venue": "Starbucks", "Town": "Yrkea"}))
    assert [problem.code for problem in snapshot.problems if problem.column == "Venue"] == ["ambiguous"]
    assert (snapshot.events[0].venue, snapshot.events[0].venue_text) == (None, "Starbucks")
