"""The example rows of the blank template, which are never counted while they are as the template has them."""

from __future__ import annotations

from collections.abc import Container, Mapping

from cwac.model import Cell
from cwac.sheet.schema import TabSpec
from cwac.sheet.text import INVISIBLE, is_blank

PREFIX = "EXAMPLE-"

EXAMPLES: dict[str, tuple[dict[str, Cell], ...]] = {
    "Events": (
        {
            "id": "EXAMPLE-1",
            "date": 46302,  # 7 October 2026
            "start": 8.5 / 24,
            "end": 10 / 24,
            "town": "Weed",
            "venue": "Weed Starbucks",
            "lead_agency": "WPD",
            "partner_agencies": "CHP-MS; SCSO",
            "status": "Completed",
            "officers_needed": 3,
            "public_notes": "Free coffee, no agenda.",
            "internal_notes": "An example: type over it, or delete the row.",
        },
        {
            "id": "EXAMPLE-2",
            "date": 46463,  # 17 March 2027
            "start": 9 / 24,
            "end": 10.5 / 24,
            "town": "Mount Shasta",
            "venue": "Mount Shasta Community Center",
            "lead_agency": "MSPD",
            "status": "Tentative",
            "officers_needed": 2,
        },
    ),
    "Staffing": (
        {"event_id": "EXAMPLE-1", "officer": "A. Sample", "role": "Host", "status": "Attended", "hours": 1.5},
        {
            "event_id": "EXAMPLE-2",
            "officer": "2 from SCSO",
            "role": "Floor",
            "status": "Requested",
            "note": "No names yet: this asks the agency for two officers.",
        },
    ),
    "Attendance": (
        {"event_id": "EXAMPLE-1", "guests": 18, "method": "Clicker", "youth": 3},
        {
            "event_id": "EXAMPLE-1",
            "guests": "~12",
            "method": "Estimate",
            "note": "A second hour: rows of one event add up.",
        },
    ),
}
"""The example rows by tab: the cells by field. Their days are fixed, so that the reader knows them on any day."""


def id_field(spec: TabSpec) -> str | None:
    """The field that holds `EXAMPLE-…` in an example row; None for a tab without example rows."""
    if spec.name not in EXAMPLES:
        return None
    return "id" if any(column.field == "id" for column in spec.columns) else "event_id"


def is_unchanged(spec: TabSpec, row: Mapping[str, Cell], yes_no: Container[str]) -> bool:
    """Whether every cell of the row, by field, is as in one of the tab's example rows; FALSE is blank in `yes_no`."""
    return any(
        all(_same(cell, example.get(field), field in yes_no) for field, cell in row.items())
        for example in EXAMPLES.get(spec.name, ())
    )


def _same(cell: Cell, example: Cell, yes_no: bool) -> bool:
    if example is None:
        return is_blank(cell, yes_no=yes_no)
    if isinstance(example, str):
        return isinstance(cell, str) and cell.strip(INVISIBLE) == example
    # Programs store a time of day with more or fewer digits.
    return isinstance(cell, int | float) and not isinstance(cell, bool) and abs(cell - example) < 1e-6
