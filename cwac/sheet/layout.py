"""Finding the tabs of the contract in a workbook, and laying each out by column."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial
from itertools import zip_longest
from typing import NoReturn

from cwac import model
from cwac.model import Accounting, Cell, Tab, Workbook
from cwac.sheet import examples, headers, schema, text
from cwac.sheet.headers import HEADER_WITHIN, header_row
from cwac.sheet.problems import Problems
from cwac.sheet.reading import CellFinding
from cwac.sheet.schema import TabSpec
from cwac.sheet.table import Table, column_letters, shorten


class Layout:
    """Matches a workbook's tabs and columns with the contract, and reports those that are missing or not read."""

    def __init__(self, workbook: Workbook, problems: Problems) -> None:
        self.workbook = workbook
        self.problems = problems
        self.accounting: dict[str, Accounting] = {}
        self.tab_ids: dict[str, int | None] = {}
        self.tab_columns: dict[str, dict[str, str]] = {}
        self.free_rows: dict[str, int] = {}

    def tables(self) -> dict[str, Table]:
        """Every tab of the contract by name; an empty table for a tab that is missing.

        Raises `SourceUnavailable` with cause `empty`, `no-events-tab` or `no-header`.
        """
        tabs = self.match_tabs()
        return {spec.name: self.table(spec, tabs.get(spec.name)) for spec in schema.TABS}

    def match_tabs(self) -> dict[str, Tab]:
        """The workbook's tab for each name of the contract. Raises `SourceUnavailable` (`empty`, `no-events-tab`)."""
        titled = [tab for tab in self.workbook.tabs if tab.title.strip() and not headers.is_start_here(tab.title)]
        if not any(not text.is_blank(cell) for tab in titled for row in tab.rows for cell in row):
            raise model.SourceUnavailable(
                "empty",
                "There is nothing in this workbook.",
                "Start from the blank workbook that `cwac template FILE.xlsx` writes.",
            )
        matched: dict[str, Tab] = {}
        for spec in schema.TABS:
            candidates = [tab for tab in titled if headers.spec_for(tab.title) is spec]
            if candidates:
                matched[spec.name] = min(candidates, key=partial(_distance, spec))
            elif spec is schema.EVENTS:
                _fail_without_events(titled)
            else:
                self.problems.add_tab("notice", "missing-tab", spec.name, f'There is no tab "{spec.name}". {spec.help}')
        used = {id(tab) for tab in matched.values()}
        for tab in titled:
            if id(tab) not in used:
                same = headers.spec_for(tab.title)
                reason = (
                    f'the tab "{matched[same.name].title}" is read as {same.name} already.'
                    if same
                    else "it is not one of the tabs the dashboard uses."
                )
                self.problems.add_tab(
                    "notice", "unused-tab", None, f'The tab "{shorten(tab.title)}" is not read: {reason}', tab.title
                )
        return matched

    def table(self, spec: TabSpec, tab: Tab | None) -> Table:
        table = Table(spec, tab)
        if tab is None:
            return table
        self.tab_ids[spec.name] = tab.id
        header = header_row(spec, tab.rows)
        if header is None:
            filled = sum(1 for row in tab.rows if any(not text.is_blank(cell) for cell in row))
            if spec is schema.EVENTS:
                wanted = ", ".join(column.header for column in spec.columns if column.required)
                raise model.SourceUnavailable(
                    "no-header",
                    f"The Events tab has no header row within its first {HEADER_WITHIN} rows.",
                    f"Put one row above the events that names the columns: {wanted}, and the others.",
                )
            if filled:
                wanted = ", ".join(column.header for column in spec.columns if column.required)
                self.problems.add_tab(
                    "error",
                    "missing-column",
                    spec.name,
                    f"No header row was found, so no row could be read: name the columns in row 1 ({wanted}).",
                )
            self.accounting[spec.name] = Accounting(rows=filled, left_out=filled)
            return table
        table.header_number = header + 1
        self._columns(table, tab.rows[header])
        self.tab_columns[spec.name] = {name: column_letters(index) for name, (index, _) in table.columns.items()}
        self._rows(table, tab.rows[header + 1 :])
        return table

    def _columns(self, table: Table, row: Sequence[Cell]) -> None:
        header = headers.read_header(table.spec, row)
        typed = [text.as_typed(text.bounded(cell, text.MAX_CELL)) or "" for cell in row]

        def report(at: int, severity: model.Severity, code: str, advice: str) -> None:
            where = f"{column_letters(at)}{table.header_number}"
            self.problems.add(table, severity, code, table.header_number, typed[at], where, typed[at], advice)

        for at, column in header.columns.items():
            table.columns[column.field] = (at, text.quoted(typed[at]))
        for at in header.renamed:
            standard = header.columns[at].header
            report(at, "notice", "renamed-column", f'Read as "{standard}": rename it, to that or to what else it is.')
        for at, first in header.repeated.items():
            place = f"{column_letters(first)}{table.header_number}"
            advice = (
                f'"{shorten(typed[first])}" in {place} is {header.columns[first].header} already; this column is not '
                "read: rename or remove it."
            )
            report(at, "warning", "duplicate-column", advice)
        for at in header.unknown:
            if isinstance(text.bounded(row[at], text.MAX_CELL), text.TooLong):
                advice = f"Over {text.MAX_CELL} characters: no header is read here. Shorten it."
                report(at, "error", "too-large", advice)
            else:
                report(at, "notice", "unused-column", "This column isn't used.")
        if header.cut:
            names = ", ".join(f'"{shorten(typed[at])}" ({column_letters(at)})' for at in list(header.cut)[:10])
            more = f" and {len(header.cut) - 10} more" if len(header.cut) > 10 else ""
            report(
                next(iter(header.cut)),
                "warning",
                "cut-off",
                f"Separated from the table by an empty header cell, so not read: {names}{more}. If they belong to it, "
                "delete the empty column or name it; if not, give them other names or a tab of their own.",
            )
        table.unused = {at: typed[at] for at in header.unknown if typed[at].strip(text.INVISIBLE)}
        table.cut = header.cut

    def _rows(self, table: Table, body: Sequence[Sequence[Cell]]) -> None:
        size = len(body)
        laid_out = list(zip_longest(*body))
        blank: Sequence[Cell] = (None,) * size
        columns = {
            name: laid_out[index] if index < len(laid_out) else blank for name, (index, _) in table.columns.items()
        }
        distinct = {name: set(column) for name, column in columns.items()}
        for name, values in distinct.items():
            longest = table.spec.column(name).longest
            if any(isinstance(cell, str) and len(cell) > longest for cell in values):
                columns[name] = [text.bounded(cell, longest) for cell in columns[name]]
                table.bounded.add(name)
                distinct[name] = set(columns[name])
        # An unticked checkbox is blank, also under Status ("Confirmed?").
        yes_no = {name for name in columns if name == "status" or table.spec.column(name).reader == "yes-no"}
        blank_rows: Sequence[int] = range(size)
        for name, column in columns.items():
            blank_rows = [row for row in blank_rows if text.is_blank(column[row], yes_no=name in yes_no)]
            if not blank_rows:
                break
        skipped = self._skipped(table, columns, distinct, yes_no, size)
        unchanged, changed = self._example_rows(table, columns, distinct)
        skipped |= unchanged
        omitted = set(blank_rows) | skipped
        table.skipped = len(skipped - set(blank_rows))
        first = table.header_number + 1
        filled = size
        for row in reversed(blank_rows):
            if row != filled - 1:
                break
            filled = row
        self.free_rows[table.spec.name] = first + filled
        if omitted:
            rows = [row for row in range(size) if row not in omitted]
            table.numbers = [first + row for row in rows]
            table.cells = {name: [column[row] for row in rows] for name, column in columns.items()}
        else:
            table.numbers = range(first, first + size)
            table.cells = dict(columns)
        for row, number in enumerate(table.numbers if changed else ()):
            if number - first in changed:
                finding = CellFinding("guessed", _CHANGED_EXAMPLE, "warning")
                self.problems.add_cell(table, row, examples.id_field(table.spec) or "", finding)

    def _example_rows(
        self, table: Table, columns: dict[str, Sequence[Cell]], distinct: dict[str, set[Cell]]
    ) -> tuple[set[int], set[int]]:
        """The template's example rows: those as the template has them, each reported, and those that were changed."""
        name = examples.id_field(table.spec)
        ids = {cell for cell in distinct.get(name or "", ()) if examples.is_example_id(cell)}
        if name is None or not ids:
            return set(), set()
        rows = {row for row, cell in enumerate(columns[name]) if cell in ids}
        unchanged = {
            row
            for row in rows
            if examples.is_unchanged(table.spec, {field: cells[row] for field, cells in columns.items()})
        }
        for row in sorted(unchanged):
            self._report_skipped(table, columns, row, name, "The template's example, so it is not read or counted.")
        return unchanged, rows - unchanged

    def _report_skipped(
        self, table: Table, columns: dict[str, Sequence[Cell]], row: int, name: str, advice: str
    ) -> None:
        index, typed = table.columns[name]
        number = table.header_number + 1 + row
        value, place = text.as_typed(columns[name][row]), f"{column_letters(index)}{number}"
        self.problems.add(table, "notice", "skipped-row", number, typed, place, value, advice)

    def _skipped(
        self,
        table: Table,
        columns: dict[str, Sequence[Cell]],
        distinct: dict[str, set[Cell]],
        yes_no: set[str],
        size: int,
    ) -> set[int]:
        """The rows that only sum up others, or repeat the header; each is reported."""
        totals: dict[str, set[Cell]] = {}
        repeats: dict[str, set[Cell]] = {}
        for name in columns:
            header = table.columns[name][1].strip().casefold()
            texts = [cell for cell in distinct[name] if isinstance(cell, str) and len(cell) <= 80]
            totals[name] = {cell for cell in texts if cell[0:1] in _TOTAL_INITIALS and _is_total(cell)}
            similar = [cell for cell in texts if abs(len(cell) - len(header)) <= 2]
            repeats[name] = {cell for cell in similar if cell.strip().casefold() == header}
        suspects: set[int] = set()
        for name, column in columns.items():
            suspicious = totals[name] | repeats[name]
            if suspicious:
                suspects |= {row for row in range(size) if column[row] in suspicious}
        skipped: set[int] = set()
        for row in sorted(suspects):
            filled = [name for name, column in columns.items() if not text.is_blank(column[row], yes_no=name in yes_no)]
            filled.sort(key=lambda name: table.columns[name][0])
            if not filled:
                continue
            repeated = sum(1 for name in filled if columns[name][row] in repeats[name])
            if columns[filled[0]][row] in totals[filled[0]]:
                advice = "This row sums up others, so it is not read."
            elif repeated >= 2 and 2 * repeated >= len(filled):
                advice = "The header again, so it is not read."
            else:
                continue
            skipped.add(row)
            self._report_skipped(table, columns, row, filled[0], advice)
        return skipped


def _distance(spec: TabSpec, tab: Tab) -> tuple[bool, bool, bool]:
    """The order in which tabs with the same meaning are read: the tab's name before aliases, exact before forgiven."""
    is_alias = headers.key(tab.title) != headers.key(spec.name)
    return tab.title != spec.name, is_alias, not headers.is_exact(tab.title, spec.name, spec.aliases)


_CHANGED_EXAMPLE = (
    "This was an example of the template. It was changed, so it is read and counts: give it an ID of your own, or "
    "delete the row."
)


def _fail_without_events(titled: Sequence[Tab]) -> NoReturn:
    others = [tab for tab in titled if headers.spec_for(tab.title) is None]
    similar = next((tab for tab in others if header_row(schema.EVENTS, tab.rows) is not None), None)
    if similar is not None:
        remedy = f'The tab "{shorten(similar.title)}" looks like it: rename it to Events.'
    elif others:
        names = ", ".join(f'"{shorten(tab.title)}"' for tab in others[:5])
        remedy = f"It has {names}. Name the tab that lists the events Events."
    else:
        remedy = "Its other tabs are there: bring Events back (in Google Sheets: File, Version history), or add it."
    raise model.SourceUnavailable("no-events-tab", "This workbook has no tab named Events.", remedy)


_TOTAL = re.compile(
    r"(?:grand |sub-?|sub |year(?:ly)? |monthly )?totals?"
    r"(?: (?:guests?|events?|officers?|hours?|attendance|count|20[0-9]{2}))?(?: ?\([^)]*\))?\s*[:=]?\s*[0-9.,]*"
    r"|sum|averages?|avg\.?|mean"
)


_TOTAL_INITIALS = frozenset("gGsStTyYmMaA \t\n")


def _is_total(cell: str) -> bool:
    return _TOTAL.fullmatch(cell.strip().casefold()) is not None
