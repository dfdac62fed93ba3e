"""Laying out a workbook's tabs by column, as the plan says: columns reported, rows skipped, days completed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import chain
from typing import Any

from cwac import model
from cwac.model import Accounting, Row, Workbook
from cwac.sheet import schema, text
from cwac.sheet.cell_kinds import LOOKED_AT, is_day
from cwac.sheet.event_tabs import HEADER_WITHIN, is_event
from cwac.sheet.plan import OF_ADDON, ColumnPlan, Plan, TablePlan
from cwac.sheet.schema import TabSpec
from cwac.sheet.skipped_rows import (
    skip_disowned,
    skip_examples,
    skip_filled_beforehand,
    skip_headings,
    skip_totals_and_headers,
)
from cwac.sheet.table import Problems, Table, TableBlock, column_letters, split_row
from cwac.sheet.text import CellFinding, shorten, text_of
from cwac.sheet.times import as_shown


def _report_columns(problems: Problems, table: Table, block: TableBlock) -> None:
    """Report the columns of a tab's first block by the plan, and note on the table those that are not read."""
    columns, number = block.plan.columns, block.header_number
    header_at = {one.index: one.header for one in columns}

    def add(at: int, finding: CellFinding, field: str | None) -> None:
        problems.add(table, number, (at, header_at[at]), header_at[at], finding, field_name=field)

    for one in columns:
        if (finding := _finding_of(one, block, header_at)) is not None:
            add(one.index, finding, one.field)
    cut = [one.index for one in columns if one.cut]
    if cut:
        listed = ", ".join(f'"{shorten(header_at[at])}" ({column_letters(at)})' for at in cut[:10])
        more = f" and {len(cut) - 10} more" if len(cut) > 10 else ""
        advice = (
            f"Separated from the table by an empty header cell, so not read: {listed}{more}. If they belong to it, "
            "delete the empty column or name it; if not, give them other names or a tab of their own."
        )
        add(cut[0], CellFinding("cut-off", advice, "warning"), None)
    if number == table.header_number:
        others = [one for one in columns if one.field is None and one.same_as is None and not one.cut]
        table.unused = {one.index: one.header for one in others if one.header.strip(text.INVISIBLE)}


def _finding_of(one: ColumnPlan, block: TableBlock, header_at: Mapping[int, str]) -> CellFinding | None:
    """What to say of a column; None for one that is known by its name, or not to be read."""
    plan = block.plan
    column = plan.column_of(one)
    if one.stood:
        standard = f'As "{column.header}"' if column else "Not read"
        advice = f"{standard}, as before, though it looks like something else now. Rename it, or say what it is under"
        return CellFinding("guessed", f"{advice} [columns].", "warning")
    if column is not None and one.by in ("near", "cells"):
        advice = f'Read as "{column.header}": rename it, to that or to what else it is.'
        return CellFinding("renamed-column", advice, "notice")
    if one.perhaps is not None and not one.cut:
        perhaps = plan.spec.column(one.perhaps).header
        if one.same_as is not None:
            place = f"{column_letters(one.same_as)}{split_row(block.header_number)[1]}"
            first = f'"{shorten(header_at[one.same_as])}" in {place} is {perhaps} already'
            return CellFinding("duplicate-column", f"{first}; this column is not read: rename or remove it.", "warning")
        advice = (
            f'This may be "{perhaps}", but it is not sure, so it is not read. Rename it to that, or say what it is in '
            "the settings under [columns]."
        )
        return CellFinding("perhaps-column", advice, "warning")
    if one.field is not None or one.cut or one.by is not None:
        return None
    cells = block.tab.rows[plan.header or 0][one.index : one.index + 1]
    if any(isinstance(text.bounded(cell, text.MAX_CELL), text.TooLong) for cell in cells):
        return CellFinding("too-large", f"Over {text.MAX_CELL} characters: no header is read here. Shorten it.")
    return CellFinding("unused-column", "This column isn't used.", "notice")


def _report_rows_above(problems: Problems, table: Table, block: TableBlock) -> None:
    """Report rows above a header that look like rows of the table, and a header that looks like an event."""
    header, columns, rows = block.plan.header or 0, block.columns, block.tab.rows
    day = next((name for name in ("date", "@date") if name in columns), None)
    required = [one.field for one in table.spec.columns if one.required and one.field in columns]
    indexes = [columns[name][0] for name in ([day] if day else required)]
    for at, row in enumerate(rows[: header + 1 if day else header]):
        first = next((cell for cell in row if not text.is_blank(cell)), None)
        others = (*rows[:at], *rows[at + 1 : header], *rows[header + 1 : LOOKED_AT])
        is_row = is_event(row, columns, indexes[0]) if day else _is_like(row, others, indexes)
        if not is_row or re.search(r"\b(?:updated|revised|as of|printed)\b|:$", text_of(first), re.I):
            continue  # such a row is about the table
        advice = f"The row is above the names of the columns, row {header + 1}, so it is not read. Move it below them."
        if at == header:
            advice = "The row is read as the names of the columns, not as an event. Name the columns in a row above it."
        found = as_shown(row[indexes[0]], "date") if day else None
        field, finding = day or required[0], CellFinding("merged-or-offset", advice)
        place = indexes[0], table.spec.column(field).header  # in the header's place there may be another row
        problems.add(table, block.header_number - header + at, place, found, finding, field_name=field)


def _is_like(row: Row, others: Sequence[Row], required: Sequence[int]) -> bool:
    """Whether a row has all required cells and one more, and a required one is like another row's but for digits."""
    filled = {at for at, cell in enumerate(row) if not text.is_blank(cell)}
    own, *written = (
        {(at, re.sub("[0-9]+", "0", text.header_text(each[at]))) for at in required if at < len(each)}
        for each in (row, *others)
    )
    return len(filled) > 1 and filled.issuperset(required) and not own.isdisjoint(set().union(*written))


class Layout:
    """Lays out the tabs of a workbook by column, as a plan says, and reports what is not read."""

    def __init__(self, workbook: Workbook, problems: Problems, plan: Plan) -> None:
        self.workbook = workbook
        self.problems = problems
        self.plan = plan

    def tables(self) -> dict[str, Table]:
        """Every tab of the contract by name, empty if it is missing; raises `SourceUnavailable` (`no-header`)."""
        for spec in schema.TABS[1:]:
            if not self.plan.of_kind(spec.name):
                advice = f'There is no tab "{spec.name}". {spec.help} Without it, {spec.without}'
                self.problems.add_tab("notice", "missing-tab", spec.name, advice)
        for tab in self.plan.unread:
            rows = f" It has {tab.rows:,} row{'' if tab.rows == 1 else 's'}." if tab.asks or tab.is_put_away else ""
            advice = f'The tab "{shorten(tab.title)}" is not read: {tab.reason}{rows}'
            is_read = any(table.tab == tab.tab for table in self.plan.tables)  # all but a table further down
            perhaps = schema.EVENTS.name if tab.asks and not (tab.runs_across or is_read) else None
            perhaps = OF_ADDON if tab.of_addon else perhaps
            severity: model.Severity = "error" if tab.asks else "notice"
            self.problems.add_tab(severity, "unused-tab", None, advice, found=text.quoted(tab.title), perhaps=perhaps)
        return {spec.name: self.table(spec) for spec in schema.every_tab()}

    def table(self, spec: TabSpec) -> Table:
        table = Table(spec)
        plans = self.plan.of_kind(spec.name)
        if not plans:
            return table
        first = plans[0]
        tab = table.tab = self.workbook.tabs[first.tab]
        table.by_ids = all(plan.by_ids for plan in plans)
        if first.header is None:
            filled = text.filled_rows(tab.rows)
            wanted = ", ".join(column.header for column in spec.columns if column.required)
            if spec is schema.EVENTS:
                raise model.SourceUnavailable(
                    "no-header",
                    f"The tab of events has no header row within its first {HEADER_WITHIN} rows.",
                    f"Put one row above the events that names the columns: {wanted}, and the others.",
                )
            if filled:
                advice = f"No header row was found, so no row could be read: name the columns in row 1 ({wanted})."
                self.problems.add_tab("error", "missing-column", spec.name, advice)
            table.accounting = Accounting(rows=filled, left_out=filled)
            return table
        table.header_number = first.header + 1
        with_header = [plan for plan in plans if plan.header is not None]
        tabs = list(dict.fromkeys(plan.tab for plan in with_header))
        for plan in with_header:
            self._add_block(table, plan, tabs.index(plan.tab))
        table.columns = {name: place for block in reversed(table.blocks) for name, place in block.columns.items()}
        self._join(table)
        return table

    def _add_block(self, table: Table, plan: TablePlan, position: int) -> None:
        """Add the cells of one plan's table, without its blank rows and those that are skipped."""
        block = TableBlock(self.workbook.tabs[plan.tab], plan, position, table.people)
        is_first = all(earlier.tab is not block.tab for earlier in table.blocks[-1:])
        table.blocks.append(block)
        if is_first:
            _report_columns(self.problems, table, block)
            _report_rows_above(self.problems, table, block)
        for name, cells in block.cells.items():
            longest = table.spec.column(name).longest
            distinct = set(cells)
            texts = {cell for cell in distinct if isinstance(cell, str)}
            if any(len(cell) > longest for cell in texts) or any(map(text.is_too_long_number, distinct - texts)):
                cells = block.cells[name] = [text.bounded(cell, longest) for cell in cells]
                texts = {cell for cell in set(cells) if isinstance(cell, str)}
            block.distinct[name] = texts
        self._choose_rows(table, block)
        for row, (index, header), name, finding in block.found:
            number = block.numbers[row]
            cell = None if index is None else block.typed_at(split_row(number)[1], index)
            field_name = name.partition("#")[0]
            self.problems.add(table, number, (index, header), text.as_typed(cell), finding, field_name=field_name)
        if plan.agency is not None:
            block.cells["lead_agency"] = (plan.agency,) * block.size

    def _choose_rows(self, table: Table, block: TableBlock) -> None:
        """Find the rows that hold something, and skip headers, totals, headings and unchanged examples."""
        # An unticked checkbox is blank, also under Status ("Confirmed?").
        yes_no = {
            name for name in block.cells if name == "status" or table.spec.column(name).reader in ("yes-no", "public")
        }
        # Columns are looked at as typed too: where two are put together, a cell that names nobody is dropped.
        made = ((name in yes_no, cells) for name, cells in block.cells.items())
        own = (one for one in block.plan.columns if one.field is not None)
        typed = ((one.use != "value" or one.field in yes_no, block.of(one)) for one in own)
        blank_rows: Sequence[int] = range(block.size)
        for may_be_unticked, cells in chain(made, typed):
            blank_rows = [row for row in blank_rows if text.is_blank(cells[row], yes_no=may_be_unticked)]
            if not blank_rows:
                break
        blank = set(blank_rows)
        beforehand = skip_filled_beforehand(block, blank) if table.spec is schema.EVENTS else set()
        skip_totals_and_headers(block, yes_no)
        if not block.plan.by_ids and table.spec is schema.EVENTS:
            skip_disowned(block)
        skip_examples(block, yes_no)
        if not block.plan.by_ids:
            skip_headings(block, blank)
        table.skipped += len(block.skipped - blank)
        if len(table.blocks) == 1:
            unused = blank | beforehand
            filled = next((row + 1 for row in reversed(range(block.size)) if row not in unused), 0)
            table.free_row = table.header_number + 1 + filled
        if omitted := block.skipped | blank:
            block.rows = [row for row in range(block.size) if row not in omitted]

    def _join(self, table: Table) -> None:
        """Make the rows of all blocks those of the table."""
        blocks = table.blocks

        def joined(columns: Iterable[Sequence[Any] | None]) -> Sequence[Any]:
            parts = [block.pick_read(column) for block, column in zip(blocks, columns, strict=True)]
            return parts[0] if len(parts) == 1 else [value for part in parts for value in part]

        table.numbers = joined(block.numbers for block in blocks)
        for name in dict.fromkeys(name for block in blocks for name in block.cells):
            table.cells[name] = joined(block.cells.get(name) for block in blocks)
        if any(block.weekdays for block in blocks):
            table.weekdays = joined(block.weekdays or None for block in blocks)
        end = 0
        for block in blocks:
            begin, end = end, end + len(block.rows)
            says_more = block.periods or block.called_off or block.noted
            for at, row in enumerate(block.rows if says_more else (), start=begin):
                if row in block.periods:
                    table.periods[at] = block.periods[row]
                if row in block.called_off:
                    table.called_off[at] = block.called_off[row]
                for name, finding in block.noted.get(row, ()):
                    self.problems.add_cell(table, at, name, finding)
        if not table.by_ids and table.spec is schema.EVENTS and "date" in table.cells:
            _complete_days(table, self.problems)


_DITTOS = frozenset(('"', "''", "“", "”", "″", "〃", "ditto", "Ditto", "DITTO", '" "', '"  "'))
_MOVED = re.compile(r"\W*(?:postponed|moved|resched(?:uled|\.)?|changed)\s+to\s+(?P<day>[^()]{3,25})", re.I)


def _complete_days(table: Table, problems: Problems) -> None:
    """Complete days by the month of a title, and fill in the day of rows that stand under it."""
    _move_postponed(table, problems)
    dittoed = _fill_dittos(table, problems)
    days = list(table.cells["date"])
    for row, period in table.periods.items():
        days[row] = period.complete(days[row])
    places = [name for name in ("venue", "town", "title") if name in table.cells]
    table.goes_on = {
        row
        for row in dittoed.get("date", ())
        if all(row in dittoed.get(name, ()) or text.is_blank(table.cells[name][row]) for name in places)
    }
    said = {name: list(table.cells[name]) for name in (*places, "start") if name in table.cells}
    table.cells |= {"date": days, **said}
    last: int | None = None
    for row, cell in enumerate(days):
        if not text.is_blank(cell):
            last = row
        elif last is None or not _is_same_day(table, row, last):
            last = None
        else:
            days[row] = days[last]
            if all(text.is_blank(said[name][row]) for name in places):
                table.goes_on.add(row)
                for name in said:
                    said[name][row] = said[name][last] if text.is_blank(said[name][row]) else said[name][row]
            if row == last + 1:
                advice = "No day of its own: read as the day above it. Type the day in every row."
                problems.add_cell(table, row, "date", CellFinding("guessed", advice, "warning"))
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
    rows = sorted(table.goes_on & table.called_off.keys()) if names else ()
    said = {name: list(table.cells[name]) for name in names if rows}
    for row in rows:
        del table.called_off[row]
        for name, cells in said.items():
            if not text.is_blank(cells[row]):
                advice = "Struck through, so this is not read. Delete what is no longer true."
                problems.add_cell(table, row, name, CellFinding("skipped-row", advice, "warning"))
                cells[row] = None
    table.cells |= said


def _fill_dittos(table: Table, problems: Problems) -> dict[str, set[int]]:
    """Replace ditto marks by the cell above, and return their rows by field; counts are never repeated."""
    dittoed: dict[str, set[int]] = {}
    for name, column in table.cells.items():
        if _DITTOS.isdisjoint(column) or table.spec.column(name).reader in ("count", "needed", "number"):
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
    if not any(block.tab.merges for block in table.blocks):
        return
    for name, column in table.cells.items():
        if name.endswith("_notes") or table.spec.column(name).reader in ("count", "needed", "number"):
            continue
        cells = list(column)
        for row, cell in enumerate(cells):
            if not row or not text.is_blank(cell) or text.is_blank(cells[row - 1]):
                continue
            (block, number), (other, above) = map(table.block_of, (table.numbers[row], table.numbers[row - 1]))
            merge = block.find_merge(number, name)
            if merge is None or merge is not other.find_merge(above, name):
                continue
            cells[row] = cells[row - 1]
            if merge.top == above - 1:
                advice = "A merged cell: read as in its first row. Unmerge it, and type the value in every row."
                problems.add_cell(table, row, name, CellFinding("guessed", advice, "warning"))
        table.cells[name] = cells


def _is_same_day(table: Table, row: int, above: int) -> bool:
    """Whether a row without a day has the day of the row above: nothing in it says otherwise."""
    if table.weekdays and not text.is_blank(table.weekdays[row]) and table.weekdays[row] != table.weekdays[above]:
        return False
    if table.merged_away(row, "date"):
        return True
    is_next = table.numbers[row] - table.numbers[row - 1] == 1
    fields = ("start", "venue", "town", "lead_agency", "officers", *(one.field for one in table.people))
    return is_next and any(not text.is_blank(table.cell(name, row)) for name in fields)
