"""Laying out a workbook's tabs by column, as the plan of reading says, and the problems of their headers."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import zip_longest

from cwac import model
from cwac.model import Accounting, Cell, Tab, Workbook
from cwac.sheet import examples, schema, text
from cwac.sheet.cell_kinds import LOOKED_AT, Cells, is_day
from cwac.sheet.choices import remark_in
from cwac.sheet.compose import Composer, complete_days
from cwac.sheet.dates import NamedPeriod, period_of, with_year_of
from cwac.sheet.event_tabs import HEADER_WITHIN
from cwac.sheet.header_words import MOSTLY, has_only_known_words
from cwac.sheet.plan import OF_ADDON, ColumnPlan, Plan, TablePlan
from cwac.sheet.schema import TabSpec
from cwac.sheet.table import ROWS_A_TAB, Part, Problems, Table, column_letters, join_row, shorten, split_row
from cwac.sheet.text import CellFinding, is_not_said


def _report_columns(problems: Problems, table: Table, part: Part, plan: TablePlan, *, is_first: bool) -> None:
    """Report the columns by the plan, each once a tab, and note on the table those that are not read."""
    header_at = {one.index: one.header for one in plan.columns}
    number = part.header_number
    below = part.tab.rows[(plan.header or 0) + 1 : plan.last][:LOOKED_AT]
    named = [one for one in plan.columns if one.by not in ("exact", "alias") and one.header.strip()]
    marked = {
        one.index
        for one in named
        if Cells(row[one.index] for row in below if one.index < len(row)).share("mark") >= MOSTLY
    }
    unknown = {one.index for one in named if one.use == "is there" or not has_only_known_words(one.header)}
    may_name = marked | unknown

    def add(at: int, severity: model.Severity, code: str, advice: str, quoted: set[int | None]) -> None:
        where, typed = f"{column_letters(at)}{split_row(number)[1]}", header_at[at]
        is_name = not may_name.isdisjoint(quoted)
        problems.add(table, severity, code, number, typed, where, typed, advice, header_may_name=is_name)

    for one in plan.columns if is_first else ():
        if (found := _problem_of(one, header_at, table.spec, part, plan)) is not None:
            add(one.index, *found, {one.index, one.same_as})
    cut = [one.index for one in plan.columns if one.cut]
    if cut and is_first:
        listed = ", ".join(f'"{shorten(header_at[at])}" ({column_letters(at)})' for at in cut[:10])
        more = f" and {len(cut) - 10} more" if len(cut) > 10 else ""
        advice = (
            f"Separated from the table by an empty header cell, so not read: {listed}{more}. If they belong to it, "
            "delete the empty column or name it; if not, give them other names or a tab of their own."
        )
        add(cut[0], "warning", "cut-off", advice, {*cut})
    if number == table.header_number:
        others = [one for one in plan.columns if one.field is None and one.same_as is None and not one.cut]
        table.unused = {one.index: one.header for one in others if one.header.strip(text.INVISIBLE)}
        table.may_name = may_name
        table.cut = {one.index: table.spec.column(one.perhaps) for one in plan.columns if one.cut and one.perhaps}


def _problem_of(
    one: ColumnPlan, header_at: Mapping[int, str], spec: TabSpec, part: Part, plan: TablePlan
) -> tuple[model.Severity, str, str] | None:
    """Severity, code and advice; None for a column that is known by its name, or not to be read."""
    names = {column.field: column.header for column in spec.columns}
    if one.stood:
        standard = f'as "{names[one.field]}"' if one.field in names else "not read"
        advice = f"{standard[0].upper()}{standard[1:]}, as before, though it looks like something else now."
        return "warning", "guessed", f"{advice} Rename it, or say what it is under [columns]."
    if one.field is not None and one.by in ("near", "cells"):
        standard = names.get(one.field, one.field[1:].capitalize())
        return "notice", "renamed-column", f'Read as "{standard}": rename it, to that or to what else it is.'
    if one.same_as is not None:
        first = f'"{shorten(header_at[one.same_as])}" in {column_letters(one.same_as)}'
        row = split_row(part.header_number)[1]
        advice = f"{first}{row} is {names[one.perhaps or '']} already; this column is not read: rename or remove it."
        return "warning", "duplicate-column", advice
    if one.perhaps is not None and not one.cut:
        advice = (
            f'This may be "{names[one.perhaps]}", but it is not sure, so it is not read. Rename it to that, or '
            "say what it is in the settings under [columns]."
        )
        return "warning", "perhaps-column", advice
    if one.field is not None or one.cut or one.by is not None:
        return None
    cells = part.tab.rows[plan.header or 0][one.index : one.index + 1]
    if any(isinstance(text.bounded(cell, text.MAX_CELL), text.TooLong) for cell in cells):
        return "error", "too-large", f"Over {text.MAX_CELL} characters: no header is read here. Shorten it."
    return "notice", "unused-column", "This column isn't used."


class Layout:
    """Lays out the tabs of a workbook by column, as a plan says, and reports what is not read."""

    def __init__(self, workbook: Workbook, problems: Problems, plan: Plan) -> None:
        self.workbook = workbook
        self.problems = problems
        self.plan = plan
        self.accounting: dict[str, Accounting] = {}
        self.tab_ids: dict[str, int | None] = {}
        self.tab_columns: dict[str, dict[str, str]] = {}
        self.free_rows: dict[str, int] = {}
        self.event_tabs: tuple[model.EventTab, ...] = ()

    def tables(self) -> dict[str, Table]:
        """Every tab of the contract by name, empty if it is missing; raises `SourceUnavailable` (`no-header`)."""
        for spec in schema.TABS[1:]:
            if not self.plan.of_kind(spec.name):
                advice = f'There is no tab "{spec.name}". {spec.help} Without it, {_WITHOUT[spec.name]}'
                self.problems.add_tab("notice", "missing-tab", spec.name, advice)
        for tab in self.plan.unread:
            rows = f" It has {tab.rows:,} row{'' if tab.rows == 1 else 's'}." if tab.asks or tab.is_put_away else ""
            advice = f'The tab "{shorten(tab.title)}" is not read: {tab.reason}{rows}'
            is_read = any(table.tab == tab.tab for table in self.plan.tables)  # all but a table further down
            perhaps = schema.EVENTS.name if tab.asks and not (tab.runs_across or is_read) else None
            perhaps = OF_ADDON if tab.of_addon else perhaps
            severity: model.Severity = "error" if tab.asks else "notice"
            self.problems.add_tab(severity, "unused-tab", None, advice, tab.title, perhaps)
        return {spec.name: self.table(spec) for spec in schema.every_tab()}

    def table(self, spec: TabSpec) -> Table:
        table = Table(spec)
        plans = self.plan.of_kind(spec.name)
        if not plans:
            return table
        first = plans[0]
        tab = table.tab = self.workbook.tabs[first.tab]
        table.by_ids = all(plan.by_ids for plan in plans)
        self.tab_ids[spec.name] = tab.id
        if first.header is None:
            return self._without_header(table, tab)
        table.header_number = first.header + 1
        blocks: list[_BlockRows] = []
        positions: list[int] = []
        for plan in plans:
            if plan.header is None:
                continue
            if plan.tab not in positions:
                positions.append(plan.tab)
                table.parts.append([])
            blocks.append(self._block(table, plan, positions.index(plan.tab)))
        table.columns = {name: place for block in reversed(blocks) for name, place in block.part.columns.items()}
        self.tab_columns[spec.name] = _letters(table.columns)
        if spec is schema.EVENTS and len(blocks) > 1:
            self.event_tabs = tuple(
                model.EventTab(part.tab.title, part.tab.id, part.header_number + 1, _letters(part.columns))
                for part in (block.part for block in blocks)
            )
        self._join(table, blocks)
        return table

    def _without_header(self, table: Table, tab: Tab) -> Table:
        spec = table.spec
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
        self.accounting[spec.name] = Accounting(rows=filled, left_out=filled)
        return table

    def _block(self, table: Table, plan: TablePlan, position: int) -> _BlockRows:
        """The cells of one plan's table, without its blank rows and those that are skipped."""
        tab = self.workbook.tabs[plan.tab]
        header = plan.header or 0
        body = tab.rows[header + 1 : plan.last]
        size = len(body)
        laid_out = dict(enumerate(zip_longest(*body)))
        blank: Sequence[Cell] = (None,) * size
        by_index = {one.index: laid_out.get(one.index, blank) for one in plan.columns}
        composed = Composer(plan, by_index, size, table.people)
        if plan.days_above:
            composed.add_days_above(body)
        part = Part(
            tab,
            table.spec.name if position == 0 else tab.title,
            join_row(position, header + 1),
            composed.places,
            ROWS_A_TAB if plan.last is None else plan.last,
        )
        is_first = not table.parts[position]
        table.parts[position].append(part)
        _report_columns(self.problems, table, part, plan, is_first=is_first)
        ticked = dict.fromkeys(composed.called_off, "The row is ticked as canceled")
        block = _BlockRows(plan, part, body, composed, called_off=ticked)
        columns = block.columns
        block.distinct = {name: set(column) for name, column in columns.items()}
        for name, values in block.distinct.items():
            longest = table.column(name).longest
            if any(isinstance(cell, str) and len(cell) > longest for cell in values):
                columns[name] = [text.bounded(cell, longest) for cell in columns[name]]
                block.distinct[name] = set(columns[name])
        self._choose_rows(table, block)
        for row, one, cell in composed.unread:
            number, place = part.header_number + 1 + row, column_letters(one.index)
            advice = f"Whether {shorten(one.named or '')} takes part is not known: type X, L for the lead, or No."
            place = f"{place}{number % ROWS_A_TAB}"
            self.problems.add(table, "warning", "ambiguous", number, one.header, place, text.as_typed(cell), advice)
        if plan.agency is not None:
            block.columns["lead_agency"] = (plan.agency,) * size
        return block

    def _choose_rows(self, table: Table, block: _BlockRows) -> None:
        """Find the rows that hold something, and skip headers, totals, headings and unchanged examples."""
        columns, size = block.columns, len(block.body)
        # An unticked checkbox is blank, also under Status ("Confirmed?").
        yes_no = {name for name in columns if name == "status" or table.column(name).reader == "yes-no"}
        blank_rows: Sequence[int] = range(size)
        for name, column in columns.items():
            blank_rows = [row for row in blank_rows if text.is_blank(column[row], yes_no=name in yes_no)]
            if not blank_rows:
                break
        skipped = self._skipped(table, block, yes_no)
        if not block.plan.by_ids and table.spec is schema.EVENTS:
            skipped |= self._disowned(table, block)
        unchanged, block.changed = self._example_rows(table, block)
        skipped |= unchanged
        if not block.plan.by_ids:
            skipped |= self._headings(table, block, skipped.union(blank_rows))
        omitted = set(blank_rows) | skipped
        table.skipped += len(skipped - set(blank_rows))
        filled = size
        for row in reversed(blank_rows):
            if row != filled - 1:
                break
            filled = row
        if table.spec.name not in self.free_rows:
            self.free_rows[table.spec.name] = table.header_number + 1 + filled
        block.rows = [row for row in range(size) if row not in omitted] if omitted else range(size)

    def _disowned(self, table: Table, block: _BlockRows) -> set[int]:
        """The rows that say of themselves that they are a test, or are to be ignored."""
        found: dict[int, str] = {}
        for name in ("title", "status", "internal_notes"):
            cells = {cell for cell in block.distinct.get(name, ()) if isinstance(cell, str) and _DISOWNED.search(cell)}
            found |= {row: name for row, cell in enumerate(block.columns[name] if cells else ()) if cell in cells}
        advice = "This says that the row is to be ignored, so it is not read."
        for row, name in sorted(found.items()):
            self._report_skipped(table, block, row, name, advice, "warning")
        titles = block.columns.get("title", ())
        for row in [row for row, cell in enumerate(titles) if isinstance(cell, str) and _FREE.match(cell)]:
            filled = {name for name, cells in block.columns.items() if not text.is_blank(cells[row])}
            if filled <= {"title", "date", "internal_notes"}:
                found[row] = "title"
                advice = "A day on which nothing is held, so it is not read as an event."
                self._report_skipped(table, block, row, "title", advice, "warning")
        return set(found)

    def _headings(self, table: Table, block: _BlockRows, omitted: set[int]) -> set[int]:
        """The rows of a single text, such as "October" or "PAST EVENTS"; a month or year completes the days below."""
        found: set[int] = set()
        period, below = block.plan.period, ""
        for row, cells in enumerate(block.body):
            if period is not None:
                block.periods[row] = period
            if below:
                block.called_off[row] = below
            filled = [(at, cell) for at, cell in enumerate(cells) if not text.is_blank(cell)]
            if len(filled) != 1 or row in omitted or len(block.columns) < 3 or not isinstance(filled[0][1], str):
                continue
            named = period_of(filled[0][1])
            place = next((name for name, (at, _) in block.part.columns.items() if at == filled[0][0]), None)
            if block.plan.days_above and is_day(filled[0][1]):
                found.add(row)
                self._report_skipped(table, block, row, "date", "The day of the rows below.")
                continue
            if place is None or is_day(filled[0][1]):
                continue
            if place.startswith("officers") and table.merged_away(block.part.header_number + 1 + row, "date"):
                continue  # a further person of the event whose day is merged down to this row
            if place == "date" and any(map(str.isdigit, filled[0][1])) and named is None:
                continue
            if place == "date" and not named and len(filled[0][1]) <= 25 and is_not_said(filled[0][1]):
                continue
            found_in = remark_in(filled[0][1], "title")  # a word of cancellation: the events below it are off
            is_off = found_in is not None and found_in.status is not None and found_in.is_plain
            below = f"It is below {text.quoted(filled[0][1])}" if is_off and len(filled[0][1]) <= 40 else ""
            if named is not None:
                period = with_year_of(named, block.plan.period)
            found.add(row)
            self._report_skipped(table, block, row, place, "A heading or a remark, so it is not read as an event.")
        return found

    def _join(self, table: Table, blocks: list[_BlockRows]) -> None:
        """The rows of all blocks as one table."""
        if len(blocks) == 1 and isinstance(blocks[0].rows, range):
            block = blocks[0]
            first = block.part.header_number + 1
            table.numbers = range(first, first + len(block.body))
            table.cells = dict(block.columns)
            table.weekdays = block.composed.weekdays
        else:
            table.numbers = [block.part.header_number + 1 + row for block in blocks for row in block.rows]
            names = dict.fromkeys(name for block in blocks for name in block.columns)
            table.cells = {
                name: [cell for block in blocks for cell in _chosen(block.columns.get(name), block.rows)]
                for name in names
            }
            if any(block.composed.weekdays for block in blocks):
                weekdays = [_chosen(block.composed.weekdays or None, block.rows) for block in blocks]
                table.weekdays = [cell for cells in weekdays for cell in cells]
        at = 0
        for block in blocks:
            struck, made = block.part.tab.struck, block.composed
            says_more = (
                struck or block.periods or block.changed or block.called_off or made.day_first or made.six_digits
            )
            for number, row in enumerate(block.rows if says_more else (), start=at):
                if row in block.periods:
                    table.periods[number] = block.periods[row]
                if struck and row + split_row(block.part.header_number)[1] in struck:
                    table.called_off[number] = "The row is struck through"
                if row in block.called_off:
                    table.called_off[number] = block.called_off[row]
                if row in made.six_digits:
                    advice = "Read with the year first, then month and day. Type it as month/day/year."
                    self.problems.add_cell(table, number, "date", CellFinding("guessed", advice, "warning"))
                if row in made.day_first:
                    advice = "Read with the day first, as other dates of this column. Type it as month/day/year."
                    self.problems.add_cell(table, number, "date", CellFinding("guessed", advice, "warning"))
                if row in block.changed:
                    finding = CellFinding("guessed", _CHANGED_EXAMPLE, "warning")
                    self.problems.add_cell(table, number, examples.id_field(table.spec) or "", finding)
            at += len(block.rows)
        if not table.by_ids and table.spec is schema.EVENTS and "date" in table.cells:
            complete_days(table, self.problems)

    def _example_rows(self, table: Table, block: _BlockRows) -> tuple[set[int], set[int]]:
        """The template's example rows: those as the template has them, each reported, and those that were changed."""
        name = examples.id_field(table.spec)
        typed = [cell for cell in block.distinct.get(name or "", ()) if isinstance(cell, str)]
        ids = {cell for cell in typed if cell.strip(text.INVISIBLE).upper().startswith(examples.PREFIX)}
        if name is None or not ids:
            return set(), set()
        rows = {row for row, cell in enumerate(block.columns[name]) if cell in ids}
        unchanged = {
            row
            for row in rows
            if examples.is_unchanged(table.spec, {field: cells[row] for field, cells in block.columns.items()})
        }
        for row in sorted(unchanged):
            self._report_skipped(table, block, row, name, "The template's example, so it is not read or counted.")
        return unchanged, rows - unchanged

    def _report_skipped(
        self, table: Table, block: _BlockRows, row: int, name: str, advice: str, severity: model.Severity = "notice"
    ) -> None:
        index, typed = block.part.columns[name]
        number = block.part.header_number + 1 + row
        value, place = text.as_typed(block.columns[name][row]), f"{column_letters(index)}{split_row(number)[1]}"
        self.problems.add(table, severity, "skipped-row", number, typed, place, value, advice)

    def _skipped(self, table: Table, block: _BlockRows, yes_no: set[str]) -> set[int]:
        """The rows that only sum up others, or repeat the header; each is reported."""
        columns, places, size = block.columns, block.part.columns, len(block.body)
        totals: dict[str, set[Cell]] = {}
        repeats: dict[str, set[Cell]] = {}
        for name in columns:
            header = places[name][1].strip().casefold()
            texts = [cell for cell in block.distinct[name] if isinstance(cell, str) and len(cell) <= 80]
            totals[name] = {cell for cell in texts if cell[0:1] in _TOTAL_INITIALS and _is_total(cell)}
            similar = [cell for cell in texts if abs(len(cell) - len(header)) <= 2]
            repeats[name] = {cell for cell in similar if cell.strip().casefold() == header}
        suspects: set[int] = set()
        for name, column in columns.items():
            suspicious = totals[name] | repeats[name]
            if suspicious:
                suspects |= {row for row in range(size) if column[row] in suspicious}
        skipped: set[int] = set()
        for row, cells in enumerate(() if block.plan.by_ids else block.body):
            first, typed = next(
                ((at, cell) for at, cell in enumerate(cells) if cell is not None and cell != ""), (0, None)
            )
            if not isinstance(typed, str) or typed[:1] not in _TOTAL_INITIALS or not _is_total(typed[:80]):
                continue
            read = [name for name in columns if not text.is_blank(columns[name][row])]
            if read and "date" not in read and first not in [at for at, _ in places.values()]:
                skipped.add(row)
                self._report_skipped(table, block, row, read[0], "This row sums up others, so it is not read.")
        for row in sorted(suspects - skipped):
            filled = [name for name, column in columns.items() if not text.is_blank(column[row], yes_no=name in yes_no)]
            filled.sort(key=lambda name: places[name][0])
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
            self._report_skipped(table, block, row, filled[0], advice)
        return skipped


@dataclass(slots=True)
class _BlockRows:
    """The rows below one header, and which of them are read."""

    plan: TablePlan
    part: Part
    body: Sequence[Sequence[Cell]]
    composed: Composer
    distinct: dict[str, set[Cell]] = field(default_factory=dict)
    rows: Sequence[int] = ()
    changed: set[int] = field(default_factory=set)
    called_off: dict[int, str] = field(default_factory=dict)
    periods: dict[int, NamedPeriod] = field(default_factory=dict)

    @property
    def columns(self) -> dict[str, Sequence[Cell]]:
        return self.composed.cells


def _letters(columns: Mapping[str, tuple[int, str]]) -> dict[str, str]:
    """The letters of each field's column; of several columns of names the first one's."""
    return {name.partition("#")[0]: column_letters(index) for name, (index, _) in reversed(list(columns.items()))}


def _chosen(column: Sequence[Cell] | None, rows: Sequence[int]) -> Sequence[Cell]:
    return (None,) * len(rows) if column is None else [column[row] for row in rows]


_WITHOUT = {
    "Staffing": "people are read from Events alone, and hours are not known.",
    "Attendance": "guests are read from Events alone.",
    "Agencies": "agencies are taken as typed, and no email address signs in as one of them.",
    "Officers": "people are taken as typed: ranks and languages are not known.",
    "Time off": "nobody is known to be away.",
    "Venues": "venues are taken as typed: capacities and contacts are not known.",
    "Towns": "towns are taken as typed: populations are not known.",
    "Coverage": "it is not known who polices a town.",
    "Follow-ups": "no concern is followed up.",
}
"""What a tab that is missing costs."""

_CHANGED_EXAMPLE = (
    "This was an example of the template. It was changed, so it is read and counts: give it an ID of your own, or "
    "delete the row."
)

_TOTAL = re.compile(
    r"(?:grand |sub-?|sub |year(?:ly)? |(?:month|quarter)(?:ly)? "
    r"|(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.? )?"
    r"totals?"
    r"(?: (?:guests?|events?|officers?|hours?|attendance|count|20[0-9]{2}))?(?: ?\([^)]*\))?\s*[:=]?\s*[0-9.,]*"
    r"|sum|averages?|avg\.?|mean"
)


_DISOWNED = re.compile(
    r"\b(?:disregard|ignore)(?: (?:this|me)(?: (?:row|one|line|entry))?)?\W*$|^\W*test(?:ing)?\W*$", re.I
)
_FREE = re.compile(
    r"\W*(?:no (?:school|class(?:es)?|events?|coffee)\b|(?:(?:school|office|city hall|library) )?closed\b|holiday\W*$"
    r"|(?:thanksgiving|christmas|winter|spring|summer|fall|school) (?:break|recess|holidays?|vacation)"
    r"(?=\W*$|\W+(?:thru|through|until|to|[0-9])))",
    re.I,
)
_TOTAL_INITIALS = frozenset("gGsStTyYmMaAjJfFoOnNdDqQ \t\n")


def _is_total(cell: str) -> bool:
    return _TOTAL.fullmatch(cell.strip().casefold()) is not None
