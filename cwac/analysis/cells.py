"""Cells of the sheet: where an answer is typed, in words and as an address, and how many cells somebody has to fix."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping

from cwac.analysis.events import FILLED
from cwac.analysis.followups import MissingResult, responsible
from cwac.model import SEVERITIES, Event, EventTab, Problem, Severity, Snapshot
from cwac.sheet.table import split_row


def tab_link(snapshot: Snapshot, tab: str) -> str | None:
    """The address of a tab of the sheet, None if it has none."""
    tab_id = snapshot.tab_ids.get(tab)
    return f"{snapshot.url}/edit#gid={tab_id}" if snapshot.url and tab_id is not None else None


def cell_link(snapshot: Snapshot, tab: str, field: str, row: int | None = None) -> tuple[str, str | None]:
    """A cell in words (`C12 of Attendance`) and its address, if it has one; by default in the first row not filled."""
    number = snapshot.free_rows.get(tab) if row is None else row
    column = snapshot.tab_columns.get(tab, {}).get(field)
    address = tab_link(snapshot, tab)
    if tab == "Events" and row is not None and (block := block_of(snapshot, row)) is not None:
        tab, column, number = block.title, block.columns.get(field), split_row(row)[1]
        address = f"{snapshot.url}/edit#gid={block.id}" if snapshot.url and block.id is not None else None
    cell = f"{column or 'A'}{number}" if number else ""
    words = f"{cell} of {tab}" if column and number else f"row {number} of {tab}" if number else f"the tab {tab}"
    return words, f"{address}&range={cell}" if address and cell else address


def block_of(snapshot: Snapshot, row: int) -> EventTab | None:
    """The tab or block that holds a row of Events; None where all events stand in one."""
    before = (block for block in snapshot.event_tabs if block.first <= row)
    return max(before, key=lambda block: block.first, default=None)


def row_words(snapshot: Snapshot, row: int) -> str:
    """A row of Events in words: `row 12 of Events`, or of the tab that it stands in."""
    block = block_of(snapshot, row)
    return f"row {split_row(row)[1]} of {block.title if block else 'Events'}"


def cell_of_count(snapshot: Snapshot, event: Event) -> tuple[str, str, int | None]:
    """Tab, field and row of the cell where the event's guests are typed; no row if Attendance has none for it yet."""
    headcounts = snapshot.headcounts_by_event.get(event.id, ())
    if "guests" not in snapshot.tab_columns.get("Attendance", {}) or any(row.in_events for row in headcounts):
        return "Events", "guests", event.row
    return "Attendance", "guests", next((row.row for row in headcounts if row.guests is None), None)


def cell_of_officers(snapshot: Snapshot, event: Event) -> tuple[str, str, int | None]:
    """Tab, field and row of the cell in which to name another officer; no row for the first free row of Staffing.

    Officers in the event's own row count only while Staffing has no row of it, so the next one belongs there too.
    """
    rows = snapshot.assignments_by_event.get(event.id, ())
    if not snapshot.tab_columns.get("Staffing") or any(row.in_events for row in rows):
        return "Events", "officers", event.row
    return "Staffing", "officer", None


def cell_to_fill(snapshot: Snapshot, item: MissingResult) -> tuple[str, str, int | None]:
    """Tab, field and row of the cell where the missing result is typed; no row if there is none for it yet."""
    event = item.event
    if item.kind == "closing":
        return "Events", "status", event.row
    if item.kind == "count":
        return cell_of_count(snapshot, event)
    if item.kind == "hours":
        staffing = snapshot.assignments_by_event.get(event.id, ())
        recorded = {row.person for row in staffing if row.hours is not None}
        # Officers who are listed in the event's own row have no cell for hours: that takes rows in Staffing.
        filled = [row for row in staffing if row.status in FILLED and row.person is not None and not row.in_events]
        rows = (row.row for row in filled if row.agency == item.agency and row.person not in recorded)
        return "Staffing", "hours", next(rows, None)
    still_open = [row for row in snapshot.follow_ups_by_event.get(event.id, ()) if row.status != "Closed"]
    without = (row.row for row in still_open if row.owner_role is None and responsible(row, event) == item.agency)
    return "Follow-ups", "owner_role", next(without, None)


def cells_to_fix(problems: Iterable[Problem]) -> int:
    """The distinct cells with an error or a warning; a cell with several problems counts once."""
    by_severity = cells_by_severity(problems)
    return by_severity["error"] + by_severity["warning"]


def cells_by_severity(problems: Iterable[Problem]) -> Mapping[Severity, int]:
    """Severity -> the distinct cells of which it is the worst; a problem of a whole row, column or tab is one cell."""
    worst: dict[Hashable, Severity] = {}
    for problem in sorted(problems, key=lambda problem: SEVERITIES.index(problem.severity)):
        place: Hashable = (problem.tab, problem.code, problem.found)
        if problem.cell is not None:
            place = (problem.tab, problem.cell)
        elif problem.row is not None:
            place = (problem.tab, problem.row, problem.column)
        worst.setdefault(place, problem.severity)
    return {severity: list(worst.values()).count(severity) for severity in SEVERITIES}
