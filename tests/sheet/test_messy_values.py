"""Cells as people have typed them and their values: each row of messy-values.csv is a case."""

import csv
from pathlib import Path

from cwac.model import Cell, Snapshot
from tests.cases import each
from tests.sheet.county import events, read, typed_cell

ROWS = list(csv.DictReader(Path(__file__).with_name("messy-values.csv").read_text(encoding="utf-8").splitlines()))
OTHER_TABS: dict[str, dict[str, Cell]] = {
    "Staffing": {"Event ID": "E1", "Officer": "OF-03", "Status": None, "Hours": None},
    "Attendance": {"Event ID": "E1", "Guests": None},
    "Venues": {"Venue": "Here", "Town": "Weed", "Longitude": None},
    "Follow-ups": {"Follow-up ID": "F1", "Event ID": "E1", "Summary": None},
}


def became(snapshot: Snapshot, tab: str, column: str) -> str:
    """What was made of the cell, in the words of the file."""
    if not snapshot.events:
        return ""
    (event,) = snapshot.events
    match tab, column:
        case "Events", "Start":
            parts = [f"{time:%H:%M}" for time in (event.start, event.end) if time]
        case "Events", "Status":
            parts = [event.status, event.cancel_reason]
        case "Events", "Partner agencies":
            parts = event.partner_agencies
        case "Events", "Venue":
            parts = [event.venue and event.venue.name]
        case "Events", _:
            parts = [getattr(event, column.lower().replace(" ", "_"))]
        case "Staffing", "Officer":
            parts = [f"{row.officer or '+'} {row.agency} {row.status}" for row in snapshot.assignments]
        case "Attendance", _:
            (headcount,) = snapshot.headcounts
            count = headcount.guests
            words = " estimated" if count and count.estimated else ""
            parts = [count and f"{count.low} {count.best} {count.high}{words}"]
            parts += [f"{headcount.youth} youth"] if headcount.youth else []
        case _:
            records = {"Staffing": snapshot.assignments, "Venues": snapshot.venues, "Follow-ups": snapshot.follow_ups}
            parts = [getattr(records[tab][0], column.lower())]
    return ", ".join(str(part) for part in parts if part is not None)


@each("row", ROWS, ids=[f"{row['column']}: {row['typed']}" for row in ROWS])
def test_typed_cell_is_read_as_expected(row):
    tab, column = row["tab"], row["column"]
    cells = OTHER_TABS.get(tab, {}) | {column: typed_cell(row["typed"])}
    rows = events(cells) if tab == "Events" else [list(cells), list(cells.values())]
    snapshot = read(**{tab.replace("-", "_"): rows})
    problems = [
        (problem.code, problem.severity, problem.found)
        for problem in snapshot.problems
        if (problem.tab, problem.column) == (tab, column)
    ]
    shown = None if row["code"] == "privacy" else row["typed"]
    assert problems == ([(row["code"], row["severity"], shown)] if row["code"] else [])
    assert became(snapshot, tab, column) == row["becomes"]


def test_a_note_after_the_date_is_kept():
    assert read(Events=events({"Date": "10/2/2019 (Nat'l Day)"})).events[0].date_note == "Nat'l Day"
