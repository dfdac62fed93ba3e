"""A tab laid out by column: the cells of each field, the numbers of its rows, and the problems found in them."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any

from cwac import model
from cwac.model import Accounting, Cell, Problem, Tab
from cwac.sheet import schema, text
from cwac.sheet.cell_kinds import LEADS, NO_TICKS, day_above, day_of_six_digits, is_kind, is_tick
from cwac.sheet.dates import ENGLISH_WEEKDAYS, MONTH_NUMBERS, WEEKDAY_NUMBERS, NamedPeriod, Partial, translate_day
from cwac.sheet.headers import tokens
from cwac.sheet.meaning import SEVERAL
from cwac.sheet.names import labeled_agencies
from cwac.sheet.plan import ColumnPlan, TablePlan, Use
from cwac.sheet.schema import TabSpec
from cwac.sheet.text import CellFinding, text_of
from cwac.sheet.times import as_shown

_OWN_WORDS = frozenset(
    "id date start end status cancel_reason replaces lead_agency partner_agencies officers_needed public "
    "bilingual_needed registered".split()
)
"""Fields whose cells are not looked through for words about the event: their readers say what is wrong with them."""
Owner = tuple[tuple[str, ...], str | None]
"""The agencies responsible for a row (none where unknown), and the ID of the row's event."""
Place = tuple[int | None, str | None]
"""A column's index, and its header as typed."""


def column_letters(index: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    before, last = divmod(index, 26)
    return (column_letters(before - 1) if before else "") + chr(65 + last)


ROWS_A_TAB = 10_000_000
"""Rows of the second tab of a table are counted from here, those of the third from twice as many, and so on."""


def split_row(number: int) -> tuple[int, int]:
    """The place of a row's tab among those of its table, from 0, and the row's number as the sheet counts it."""
    return divmod(number, ROWS_A_TAB)


def join_row(tab: int, row: int) -> int:
    """The number of a row of the tab in that place, which `split_row` takes apart."""
    return tab * ROWS_A_TAB + row


@dataclass(frozen=True, slots=True)
class NamesColumn:
    """One of several columns of names: its field in the table, and the role and the agency that its header names."""

    field: str
    role: model.Role | None = None
    agency: str | None = None


class TableBlock:
    """The rows below one header: the cells of each field, made from the columns by the plan, and which rows are read.

    `columns` are by field: index and header as typed. `name` is what its problems call it: the contract's name for the
    first tab, then each tab's own title. `people` are the columns of names of earlier blocks, to which it adds its own.
    """

    def __init__(self, tab: Tab, plan: TablePlan, position: int, people: list[NamesColumn]) -> None:
        header = plan.header or 0
        self.tab, self.plan, self.people = tab, plan, people
        self.name = plan.kind if position == 0 else tab.title
        self.header_number = join_row(position, header + 1)
        self.last_number = join_row(position, ROWS_A_TAB - 1 if plan.last is None else plan.last)
        self.columns: dict[str, tuple[int, str]] = {}
        self.body: Sequence[Sequence[Cell]] = tab.rows[header + 1 : plan.last]
        self.size = len(self.body)
        self.numbers = range(self.header_number + 1, self.header_number + 1 + self.size)
        self.rows: Sequence[int] = range(self.size)
        """Those that are read."""
        self.skipped: set[int] = set()
        self.cells: dict[str, Sequence[Cell]] = {}
        self.distinct: dict[str, set[str]] = {}
        self.weekdays: Sequence[Cell] = ()
        self.found: list[tuple[int, Place, str, CellFinding]] = []
        """Row, column, field and what to say of it: skipped rows, and marks that are not understood."""
        self.noted: dict[int, list[tuple[str, CellFinding]]] = defaultdict(list)
        """By row, how cells of a field were read."""
        self.called_off = {row - header - 1: "The row is struck through" for row in tab.struck}
        """By row, how it says that the event is canceled, outside its cells of text."""
        self.periods: dict[int, NamedPeriod] = {}
        self._merges: dict[str, list[model.Merge]] = {}
        self._columns = dict(enumerate(zip_longest(*self.body)))
        self._blank: Sequence[Cell] = (None,) * self.size
        for one in plan.columns:
            if one.field is None or one.use != "value":
                continue
            if one.field not in self.cells:
                self._put(one.field, one, self.of(one))
            elif one.by == "settings" and one.field not in SEVERAL:
                join = _JOINED.get(one.field, lambda first, second: second if text.is_blank(first) else first)
                self.cells[one.field] = list(map(join, self.cells[one.field], self.of(one)))
        if "venue" in self.cells:
            if rooms := self._first("room"):
                self.cells["venue"] = list(map(_listed, self.of(rooms), self.cells["venue"]))
            if plan.place is not None:
                rooms_typed = map(text.as_typed, self.cells["venue"])
                self.cells["venue"] = [f"{typed}, {plan.place}" if typed else None for typed in rooms_typed]
        if adults := self._first("adults"):
            youth = self._first("youth")
            kids = self.of(youth) if youth else self.cells.get("youth", self._blank)
            self._put("guests", adults, list(map(_guests_of, self.of(adults), kids)))
        if plan.kind == "Events":
            canceled = [self.of(one) for one in plan.columns if one.use == "canceled"]
            ticked = (row for cells in canceled for row, cell in enumerate(cells) if is_tick(cell))
            self.called_off |= dict.fromkeys(ticked, "The row is checked as canceled")
            self._add_dates()
            self._part_agencies()
            self._add_people()
            if not plan.by_ids and "lead_agency" in self.cells:
                self.cells["lead_agency"] = list(map(labeled_agencies, self.cells["lead_agency"]))
            self._add_agencies()
        if plan.days_above:
            self._add_days_above()

    def _first(self, use: Use) -> ColumnPlan | None:
        return next((one for one in self.plan.columns if one.use == use), None)

    def of(self, one: ColumnPlan | None) -> Sequence[Cell]:
        return self._blank if one is None else self._columns.get(one.index, self._blank)

    def _put(self, name: str, one: ColumnPlan, cells: Sequence[Cell]) -> None:
        self.cells[name] = cells
        self.columns[name] = one.index, text.quoted(one.header)

    @cached_property
    def headers(self) -> Mapping[int, str]:
        return {one.index: one.header for one in self.plan.columns}

    @cached_property
    def fields(self) -> Mapping[int, str]:
        """Column -> the field that it is read as."""
        return {index: name for name, (index, _) in self.columns.items()}

    def scanned(self) -> list[tuple[int, str, str | None, Sequence[Cell]]]:
        """The columns in which words about an event may stand: index, header, field and cells.

        The others have readers of their own for such words, or name people or agencies.
        """
        known = {one.index: one for one in self.plan.columns}
        left_out = {
            one.index
            for one in known.values()
            if one.use != "value" or one.field in _OWN_WORDS or (one.field or "").startswith("officers")
        }
        return [
            (index, self.headers.get(index, ""), known[index].field if index in known else None, cells)
            for index, cells in self._columns.items()
            if index not in left_out
        ]

    def pick_read(self, column: Sequence[Any] | None) -> Sequence[Any]:
        """The values of the rows that are read, None in each where there is no such column."""
        if column is None:
            return (None,) * len(self.rows)
        return column if isinstance(self.rows, range) else [column[row] for row in self.rows]

    def note(self, row: int, name: str, advice: str) -> None:
        self.noted[row].append((name, CellFinding("guessed", advice, "warning")))

    def skip(self, row: int, name: str, advice: str, severity: model.Severity = "notice") -> None:
        self.skipped.add(row)
        finding = CellFinding("skipped-row", advice, severity)
        self.found.append((row, self.columns[name], name, finding))

    def typed_at(self, number: int, index: int) -> Cell:
        """The tab's own cell in a row, numbered as in the sheet, whatever was made of it."""
        row = self.tab.rows[number - 1] if number <= len(self.tab.rows) else ()
        return row[index] if index < len(row) else None

    def hides_private(self, index: int, column: schema.Column) -> bool:
        """Whether a column, from which the cells of `column` are made, is not read or is a private other one."""
        fields = [one.field for one in self.plan.columns if one.index == index]
        read = [self.plan.spec.column(field) for field in fields if field is not None]
        others = [one for one in read if one.field != column.field]
        return not read or any(one.is_private for one in others)

    def find_merge(self, number: int, name: str) -> model.Merge | None:
        """The merged range over the cell of a field, None for a cell by itself; rows are numbered as in the sheet."""
        if name not in self.columns:
            return None
        if name not in self._merges:
            index = self.columns[name][0]
            over = (merge for merge in self.tab.merges if merge.left <= index < merge.right)
            self._merges[name] = sorted(over, key=lambda merge: merge.top)
        merges = self._merges[name]
        at = bisect_right(merges, number - 1, key=lambda merge: merge.top) - 1
        return merges[at] if at >= 0 and number - 1 < merges[at].bottom else None

    def merged_away(self, number: int, name: str) -> bool:
        """Whether a cell lies in a merged range and is not its first cell, which holds the value."""
        merge = self.find_merge(number, name)
        return merge is not None and (merge.top, merge.left) != (number - 1, self.columns[name][0])

    def _add_dates(self) -> None:
        month, day, weekday = self._first("month"), self._first("day"), self._first("weekday")
        if month and day:
            months, years = _fill_down(self.of(month)), _fill_down(self.of(self._first("year")))
            self._put("date", day, list(map(_join_date, months, self.of(day), years)))
        if weekday and "date" in self.cells:
            self.weekdays = [
                ENGLISH_WEEKDAYS.get(text_of(cell).strip(". ").casefold(), cell) for cell in self.of(weekday)
            ]
        if self.plan.by_ids or "date" not in self.cells:
            return
        cells = list(self.cells["date"])
        for row, cell in enumerate(cells):
            if six_digits := day_of_six_digits(cell):
                cells[row] = six_digits
                if "yymmdd" not in self.columns["date"][1].casefold():
                    self.note(row, "date", "Read with the year first, then month and day. Type it as month/day/year.")
        self._put_months_first(cells)
        self.cells["date"] = list(map(translate_day, cells, self.weekdays or self._blank))

    def _put_months_first(self, cells: list[Cell]) -> None:
        """Turn dates such as 07/10/2026 round, where the weekday beside or the rest of the column has the day first."""
        short = {cell for cell in cells if isinstance(cell, str) and len(cell) < 20}
        typed = {cell: match for cell in short if (match := _NUMBERS.fullmatch(cell))}
        firsts, seconds = ({int(match[name]) for match in typed.values()} for name in ("a", "b"))
        by_column = max(firsts, default=0) > 12 >= max(seconds, default=0)
        if not (by_column or self.weekdays):
            return
        turned: dict[Cell, tuple[int, int, str]] = {}
        """By a date that is one in either order, its weekday as typed and turned, and the turned date."""
        for date, match in typed.items():
            a, b, year = int(match["a"]), int(match["b"]), int(match["year"]) % 100 + 2000
            as_typed, other = Partial(a, b).in_year(year), Partial(b, a).in_year(year)
            if as_typed and other and match["a"] != match["b"]:
                turned[date] = as_typed.weekday(), other.weekday(), f"{match['b']}/{match['a']}/{match['year']}"
        for row, cell in enumerate(cells):
            if cell not in turned:
                continue
            weekday, weekday_turned, date = turned[cell]
            named = WEEKDAY_NUMBERS.get(text_of(self.weekdays[row])[:3].casefold()) if self.weekdays else None
            if named != weekday and (named == weekday_turned or by_column):
                cells[row] = date
                if named != weekday_turned:
                    advice = "Read with the day first, as other dates of this column. Type it as month/day/year."
                    self.note(row, "date", advice)

    def _add_days_above(self) -> None:
        """Add the day of each row, from the lines between the rows that have a day alone."""
        found = [day_above(cells) for cells in self.body]
        days = _fill_down([day and day[1] for day in found])
        self.cells["date"] = [
            None if all(map(text.is_blank, cells)) else day for cells, day in zip(self.body, days, strict=True)
        ]
        # None is found where a second table begins at once.
        self.columns["date"] = next((at for at, _ in filter(None, found)), 0), ""

    def _add_people(self) -> None:
        """Each column of names by itself; a tick or a number in a column that names an agency or a person as text."""
        slots: list[tuple[ColumnPlan, Sequence[Cell]]] = []
        if "officers" in self.cells:
            slots.append((self.plan.read["officers"], self.cells["officers"]))
        for one in self.plan.columns:
            if one.field != "officers" or one.use not in ("people", "positions", "is there"):
                continue
            cells = self.of(one)
            if one.use == "is there":
                cells = [one.named if is_tick(cell) else None for cell in cells]
            elif one.named is not None:
                cells = [None if is_tick(cell) and cell != 1 else cell for cell in cells]
            if one.use == "positions":
                cells = [
                    f"{text.as_typed(cell)} from {one.named}" if type(cell) is int and cell > 0 else cell
                    for cell in cells
                ]
            slots.append((one, cells))
        given, family = self._first("given name"), self._first("family name")
        if given and family:
            both = zip(self.of(given), self.of(family), strict=True)
            slots.append((family, [" ".join(filter(None, map(text.as_typed, each))) or None for each in both]))
        if len(slots) == 1 and "officers" in self.cells:
            self.cells["officers"] = slots[0][1]
            return
        self.cells.pop("officers", None)
        self.columns.pop("officers", None)
        for one, cells in slots:
            agency = one.named if one.use in ("people", "positions") else None
            # A column of an earlier table with this role and agency, else a further one.
            alike = (known for known in self.people if (known.role, known.agency) == (one.role, agency))
            column = next((known for known in alike if known.field not in self.cells), None)
            if column is None:
                column = NamesColumn(f"officers#{len(self.people) + 1}", one.role, agency)  # type: ignore[arg-type]
                self.people.append(column)
            self._put(column.field, one, cells)

    def _part_agencies(self) -> None:
        """Officers and their agencies from one column of both: "Ofc. Cole, WPD" under "Presenter / Agency"."""
        one = self.plan.read.get("officers")
        has_agencies = self.plan.agency is not None or {"lead_agency", "partner_agencies"} & self.plan.read.keys()
        if one is None or self.plan.by_ids or has_agencies or "agency" not in tokens(one.header):
            return
        parted = [
            text_of(cell).rpartition(",") if is_kind("people, agency", cell) else (cell, "", None)
            for cell in self.cells["officers"]
        ]
        self.cells["officers"] = [people for people, _, _ in parted]
        self._put("lead_agency", one, [agencies for _, _, agencies in parted])

    def _add_agencies(self) -> None:
        """The lead and the partners of each row, from all columns of agencies and those that an agency names."""
        uses = ("people", "positions", "takes part")
        naming = [one for one in self.plan.columns if one.use in uses and one.named is not None]
        partners = [one for one in self.plan.columns if one.use == "value" and one.field == "partner_agencies"]
        if not naming and len(partners) < 2:
            return
        listed: list[list[str]] = [[] for _ in range(self.size)]
        for one in (*naming, *partners):
            for row, cell in enumerate(self.of(one)):
                name, typed = one.named or text.as_typed(cell) or "", text_of(cell).casefold()
                is_none = text.is_blank(cell, yes_no=True) or cell == 0
                if one.use != "takes part":
                    if not (is_none or typed in ("no", "n", "0") or text.is_not_said(cell)):
                        listed[row].append(name)
                elif typed in LEADS:
                    listed[row].insert(0, name)
                elif is_tick(cell):
                    listed[row].append(name)
                elif not is_none and typed not in NO_TICKS:
                    advice = f"Whether {text.shorten(name)} takes part is not known: type X, L for the lead, or No."
                    finding = CellFinding("ambiguous", advice, "warning")
                    self.found.append((row, (one.index, one.header), "partner_agencies", finding))
        has_lead = "lead_agency" in self.cells
        if not has_lead:
            self._put("lead_agency", naming[0] if naming else partners[0], [row[0] if row else None for row in listed])
        others = [row if has_lead else row[1:] for row in listed]
        self._put("partner_agencies", (naming or partners)[0], [";".join(row) if row else None for row in others])


def _fill_down(cells: Sequence[Cell]) -> list[Cell]:
    """Repeat what is typed once for the rows below it too, as a month or a year is."""
    filled: list[Cell] = []
    for cell in cells:
        filled.append(filled[-1] if filled and text.is_blank(cell) else cell)
    return filled


_NUMBERS = re.compile(r"\s*(?P<a>[0-9]{1,2})(?P<sep>[-/])(?P<b>[0-9]{1,2})(?P=sep)(?P<year>20[0-9]{2}|[0-9]{2})\s*")
"""A date in numbers, of which the month or the day is first."""


def _join_date(month: Cell, day: Cell, year: Cell) -> Cell:
    if text.is_blank(day) or (isinstance(day, int | float) and day > 31):
        return day
    typed, typed_month = (text.as_typed(day) or "").strip(), text.as_typed(month) or ""
    named = MONTH_NUMBERS.get(typed_month.strip(" .").casefold(), typed_month)
    digits = re.match(r"[0-9]{1,2}(?!\d)", typed)
    if named == "" or digits is None:
        return typed or None
    return f"{named}/{digits[0]}" + ("" if text.is_blank(year) else f"/{text.as_typed(year)}")


def _guests_of(adults: Cell, youth: Cell) -> Cell:
    if text.is_blank(adults) or text.is_blank(youth):
        return youth if text.is_blank(adults) else adults
    return f"{text.as_typed(adults)} adults + {text.as_typed(youth)} kids"


def _listed(first: Cell, second: Cell) -> Cell:
    return ", ".join(filter(None, map(text.as_typed, (first, second)))) or None


_JOINED = {"guests": _guests_of} | dict.fromkeys(("venue", "town", "title", "public_notes", "internal_notes"), _listed)
"""How the cells of two columns are joined to which the settings give one meaning."""


@dataclass(slots=True)
class Table:
    """The rows that are read as one tab of the contract: `cells` holds each field's cells, one a row.

    `numbers` are the rows' numbers: in the first tab as the sheet counts them, in a further one as `ROWS_A_TAB` says.
    """

    spec: TabSpec
    tab: Tab | None = None
    header_number: int = 0
    columns: dict[str, tuple[int, str]] = field(default_factory=dict)
    numbers: Sequence[int] = ()
    cells: dict[str, Sequence[Cell]] = field(default_factory=dict)
    skipped: int = 0
    unused: dict[int, str] = field(default_factory=dict)
    last_days: dict[str, dict[int, dt.date]] = field(default_factory=dict)
    """By field and row, the last day of a range that was typed into the first day's cell."""
    owner: Callable[[int], Owner] | None = None
    """The owner of a row, counted from 0; everybody without it. Called only for rows with a problem."""
    blocks: list[TableBlock] = field(default_factory=list)
    """The blocks that have columns of their own, in the order of the rows' numbers."""
    people: list[NamesColumn] = field(default_factory=list)
    by_ids: bool = True
    """Whether its rows have IDs; day and place tell events apart in a sheet that was never made for this."""
    periods: dict[int, NamedPeriod] = field(default_factory=dict)
    """By row, the month or year that completes a day without one."""
    weekdays: Sequence[Cell] = ()
    """The cells of a column of weekdays beside the dates."""
    goes_on: set[int] = field(default_factory=set)
    """The rows that leave out or ditto the day and the place of the row above, as further shifts of an event do."""
    called_off: dict[int, str] = field(default_factory=dict)
    """By row, how it says that the event is canceled, outside its cells of text."""
    free_row: int = 0
    accounting: Accounting | None = None

    @property
    def size(self) -> int:
        return len(self.numbers)

    def block_of(self, number: int) -> tuple[TableBlock, int]:
        """The block that holds a row, and the row's number as the sheet counts it."""
        at = bisect_left(self.blocks, number, key=lambda block: block.last_number)
        return self.blocks[at], split_row(number)[1]

    def name_row(self, row: int, beside: int) -> str:
        """`row 12`, and the tab that it is in where that is not the tab of the row `beside`; rows count from 0."""
        (block, place), (other, _) = (self.block_of(self.numbers[one]) for one in (row, beside))
        return f"row {place}" if block.tab is other.tab else f'row {place} of "{text.shorten(block.tab.title)}"'

    def has(self, name: str, row: int) -> bool:
        """Whether the tab of a row has the column at all."""
        return len(self.blocks) < 2 or name in self.block_of(self.numbers[row])[0].columns

    def merged_away(self, row: int, name: str) -> bool:
        block, number = self.block_of(self.numbers[row])
        return block.merged_away(number, name)

    def account(self, kept: int) -> None:
        """Count the rows, of which so many became records."""
        if self.header_number:
            rows = self.size + self.skipped
            self.accounting = Accounting(rows, kept, rows - kept - self.skipped, self.skipped)

    def cell(self, name: str, row: int) -> Cell:
        return self.cells[name][row] if name in self.cells else None


class Problems:
    """Collects problems; the owner of each row is looked up at the end, once every tab has been read."""

    def __init__(self, url: str | None) -> None:
        self._url = url
        self._problems: list[tuple[Table | None, dict[str, Any]]] = []
        """The table and the fields of each problem, with `of_row`."""

    def add_cell(self, table: Table, row: int, name: str, finding: CellFinding, **more: Any) -> str | None:
        """Add a problem with one cell, of the row's agencies or, with None as `of_row`, of everybody; its address.

        The cell is quoted as it stands in the tab, but private text is not.
        """
        number, column = table.numbers[row], table.spec.column(name)
        block, sheet_row = table.block_of(number)
        index, typed = block.columns.get(name) or table.columns.get(name) or (None, None)
        cell = table.cell(name, row)
        if index is not None and name in block.columns:
            cell = block.typed_at(sheet_row, index)
            if block.hides_private(index, column):
                more = {"unquoted": finding.advice} | more
        is_private = column.reader == "summary" or finding.code == "privacy"
        found = None if is_private else as_shown(cell, column.reader) or None
        more = {"of_row": row, "field_name": name.partition("#")[0]} | more
        return self.add(table, number, (index, typed or column.header), found, finding, **more)

    def add(
        self, table: Table, number: int, place: Place, found: str | None, finding: CellFinding, **more: Any
    ) -> str | None:
        """Add a problem of a row's number and a column, and return its cell's address.

        `of_row` is the table's row, from 0, if it has one.
        """
        index, header = place
        block, row = table.block_of(number)
        cell = None if index is None else f"{column_letters(index)}{row}"
        link = None
        if self._url and block.tab.id is not None:
            link = f"{self._url}/edit#gid={block.tab.id}" + (f"&range={cell}" if cell else "")
        elif self._url and self._url.startswith("https://docs.google.com/"):
            link = self._url  # an export has no tab IDs
        header, found = (None if typed is None else text.quoted(typed) for typed in (header, found))
        more |= {"severity": finding.severity, "code": finding.code, "advice": finding.advice, "row": row}
        more |= {"column": header, "cell": cell, "found": found, "link": link, "candidates": finding.candidates}
        more |= {"tab": block.name, "read_as": None if block.name == table.spec.name else table.spec.name}
        more["record_row"] = None if row == number else number
        self._problems.append((table, more))
        return cell

    def add_tab(self, severity: model.Severity, code: str, tab: str | None, advice: str, **more: str | None) -> None:
        """Add a problem of a whole tab; of `more`, `found` is a quoted text, `perhaps` the contract's tab it may be."""
        about = {"severity": severity, "code": code, "tab": tab, "advice": advice, "found": None}
        self._problems.append((None, {**dict.fromkeys(("row", "column", "cell")), **about, **more}))

    def sorted_with_owners(self) -> list[Problem]:
        """All problems, worst first, each with the agencies responsible and the event."""
        owned: list[Problem] = []
        for table, problem in self._problems:
            row = problem.pop("of_row", None)
            if table is not None and row is not None and table.owner is not None:
                problem["agencies"], problem["event_id"] = table.owner(row)
            owned.append(Problem(**problem))

        tabs = {spec.name: at for at, spec in enumerate(schema.TABS)}

        def order(problem: Problem) -> tuple[int, int, int, int, str]:
            letters = (problem.cell or "").rstrip("0123456789")
            tab = tabs.get(problem.kind or "", len(tabs))
            return model.SEVERITIES.index(problem.severity), tab, problem.place[1] or 0, len(letters), letters

        return sorted(owned, key=order)
