"""The days of rows that leave theirs out, ditto it, or say under Status that the event was moved."""

from __future__ import annotations

import re

from cwac.sheet import text
from cwac.sheet.cell_kinds import is_day
from cwac.sheet.compose import complete_day
from cwac.sheet.problems import Problems
from cwac.sheet.reading import CellFinding
from cwac.sheet.table import Table, shorten

_DITTOS = frozenset(('"', "''", "“", "”", "″", "〃", "ditto", "Ditto", "DITTO", '" "', '"  "'))
_MOVED = re.compile(r"\W*(?:postponed|moved|resched(?:uled|\.)?|changed)\s+to\s+(?P<day>[^()]{3,25})", re.I)


def complete_days(table: Table, problems: Problems) -> None:
    """Complete days by the month of a title, and fill in the day of rows that stand under it."""
    _move_postponed(table, problems)
    dittoed = _fill_dittos(table, problems)
    cells = [complete_day(cell, table.periods.get(row)) for row, cell in enumerate(table.cells["date"])]
    places = [name for name in ("venue", "town", "title") if name in table.cells]
    table.goes_on = {
        row
        for row in dittoed.get("date", ())
        if all(row in dittoed.get(name, ()) or text.is_blank(table.cells[name][row]) for name in places)
    }
    last: int | None = None
    guessed_in = False
    for row, cell in enumerate(cells):
        if not text.is_blank(cell):
            last, guessed_in = row, False
            continue
        if last is None or not _is_same_day(table, row, last):
            last = None
            continue
        cells[row] = cells[last]
        if all(text.is_blank(table.cells[name][row]) for name in places):
            table.goes_on.add(row)
            unsaid = ["start"] if "start" in table.cells and text.is_blank(table.cells["start"][row]) else []
            for name in (*places, *unsaid):
                column = table.cells[name] = list(table.cells[name])
                column[row] = column[last]
        if not guessed_in:
            table.cells["date"] = cells
            advice = "No day of its own: read as the day above it. Type the day in every row."
            problems.add_cell(table, row, "date", CellFinding("guessed", advice, "warning"))
            guessed_in = True
    table.cells["date"] = cells
    _fill_merged(table, problems)
    _leave_out_struck(table, problems)


def _move_postponed(table: Table, problems: Problems) -> None:
    """Read an event whose Status says "Postponed to 12/12" on that day, as a tentative one."""
    days, statuses = list(table.cells["date"]), list(table.cells.get("status", ()))
    for row, cell in enumerate(statuses):
        moved = _MOVED.fullmatch(cell) if isinstance(cell, str) else None
        if moved is not None and is_day(moved["day"]):
            days[row], statuses[row] = moved["day"], "Tentative"
            advice = f"Moved by Status, {shorten(text.quoted(moved[0]))}. Type the new day here."
            problems.add_cell(table, row, "date", CellFinding("guessed", advice, "warning"))
    if statuses:
        table.cells["date"], table.cells["status"] = days, statuses


def _leave_out_struck(table: Table, problems: Problems) -> None:
    """Take out the people of a struck row that goes on with an event: they are off, the event is not."""
    names = [name for name in ("officers", *(one.field for one in table.people)) if name in table.cells]
    for row in sorted(table.goes_on & table.called_off.keys()) if names else ():
        del table.called_off[row]
        for name in names:
            if not text.is_blank(table.cells[name][row]):
                advice = "Struck through, so this is not read. Delete what is no longer true."
                problems.add_cell(table, row, name, CellFinding("skipped-row", advice, "warning"))
                table.cells[name] = [None if at == row else cell for at, cell in enumerate(table.cells[name])]


def _fill_dittos(table: Table, problems: Problems) -> dict[str, set[int]]:
    """Replace ditto marks by the cell above, and return their rows by field; counts are never repeated."""
    dittoed: dict[str, set[int]] = {}
    for name, column in table.cells.items():
        if _DITTOS.isdisjoint(column) or table.column(name).reader in ("count", "needed", "number"):
            continue
        cells = list(column)
        for row, cell in enumerate(cells):
            if row and isinstance(cell, str) and cell in _DITTOS:
                cells[row] = cells[row - 1]
                dittoed.setdefault(name, set()).add(row)
        table.cells[name] = cells
        if name in dittoed:
            advice = "Ditto marks: read as the cell above. Type it in every row."
            problems.add_cell(table, min(dittoed[name]), name, CellFinding("guessed", advice, "warning"))
    return dittoed


def _fill_merged(table: Table, problems: Problems) -> None:
    """Fill in what a merged cell says of the rows below its first one. Counts and notes are never repeated."""
    if not any(part.tab.merges for blocks in table.parts for part in blocks):
        return
    for name, column in table.cells.items():
        if name.endswith("_notes") or table.column(name).reader in ("count", "needed", "number"):
            continue
        cells = list(column)
        for row, cell in enumerate(cells):
            number, above = table.numbers[row], table.numbers[row - 1]
            if row and text.is_blank(cell) and (merge := table.merged_over(number, name)) is not None:
                is_first = merge.top == table.part_of(above)[1] - 1
                if merge is not table.merged_over(above, name) or text.is_blank(cells[row - 1]):
                    continue
                cells[row] = cells[row - 1]
                if is_first:
                    advice = "A merged cell: read as in its first row. Unmerge it, and type the value in every row."
                    problems.add_cell(table, row, name, CellFinding("guessed", advice, "warning"))
        table.cells[name] = cells


def _is_same_day(table: Table, row: int, above: int) -> bool:
    """Whether a row without a day has the day of the row above: nothing in it says otherwise."""
    number = table.numbers[row]
    if table.weekdays and not text.is_blank(table.weekdays[row]) and table.weekdays[row] != table.weekdays[above]:
        return False
    if table.merged_away(number, "date"):
        return True
    is_next = number - table.numbers[row - 1] == 1
    says = [name for name in ("start", "venue", "town", "lead_agency") if not text.is_blank(table.cell(name, row))]
    names = any(not text.is_blank(table.cell(one.field, row)) for one in table.people)
    return is_next and bool(says or names or not text.is_blank(table.cell("officers", row)))
