"""The cells of each field, where a sheet has them in several columns or leaves days to the rows above."""

from __future__ import annotations

import datetime as dt
import re
from collections import defaultdict
from collections.abc import Sequence
from itertools import zip_longest

from cwac.date_words import WEEKDAYS
from cwac.model import Cell, Severity, Tab
from cwac.sheet import text
from cwac.sheet.cell_kinds import LEADS, NO_TICKS, day_above, day_of_six_digits, is_day, is_kind, is_tick, text_of
from cwac.sheet.dates import MONTH_NUMBERS, NamedPeriod
from cwac.sheet.header_words import tokens
from cwac.sheet.meaning import SEVERAL
from cwac.sheet.plan import ColumnPlan, TablePlan, Use
from cwac.sheet.table import ROWS_A_TAB, NamesColumn, Problems, Table, join_row, shorten
from cwac.sheet.text import CellFinding

Cells = Sequence[Cell]
_SPANISH = {
    "enero": "Jan", "febrero": "Feb", "marzo": "Mar", "abril": "Apr", "mayo": "May", "junio": "Jun", "julio": "Jul",
    "agosto": "Aug", "septiembre": "Sep", "setiembre": "Sep", "octubre": "Oct", "noviembre": "Nov", "diciembre": "Dec",
    "lunes": "Mon", "martes": "Tue", "miércoles": "Wed", "miercoles": "Wed", "jueves": "Thu", "viernes": "Fri",
    "sábado": "Sat", "sabado": "Sat", "domingo": "Sun",
    "ene": "Jan", "abr": "Apr", "ago": "Aug", "dic": "Dec",
}  # fmt: skip
_WEEKDAYS = {
    word[:cut]: day for word, day in _SPANISH.items() if day in "Mon Tue Wed Thu Fri Sat Sun" for cut in (3, 9)
}
_DE_MONTH = re.compile(r"\bdel? +(?=(?:feb|mar|may|jun|jul|sept?|oct|nov|[A-Z][a-z]{2})\b)")
_NUMBERS = re.compile(r"\s*(?P<a>[0-9]{1,2})(?P<sep>[-/])(?P<b>[0-9]{1,2})(?P=sep)(?P<year>20[0-9]{2}|[0-9]{2})\s*")
"""A date in numbers, of which the month or the day is first."""
_SPANISH_WORD = re.compile(rf"\b(?:de +|del +)?({'|'.join(_SPANISH)})\b(?: +de(?=l? +20))?", re.I)
_ONLY_DAY = re.compile(r"(?:[a-z]{2,9}\.?,? +)?(?:the +)?(?P<day>[0-9]{1,2})(?:st|nd|rd|th)?", re.I)
_WEEKDAY = re.compile(r"(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?", re.I)
_NAMES_WEEKDAY = re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun)", re.I)


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
        self.last_number = ROWS_A_TAB if plan.last is None else plan.last
        self.columns: dict[str, tuple[int, str]] = {}
        self.body: Sequence[Sequence[Cell]] = tab.rows[header + 1 : plan.last]
        self.size = len(self.body)
        self.rows: Sequence[int] = range(self.size)
        """Those that are read."""
        self.skipped: dict[int, list[tuple[str, CellFinding]]] = defaultdict(list)
        self.cells: dict[str, Cells] = {}
        self.distinct: dict[str, set[str]] = {}
        self.weekdays: Cells = ()
        self.unread: list[tuple[int, ColumnPlan, Cell]] = []
        """The marks below an agency that are neither yes, no nor lead."""
        self.noted: dict[int, list[tuple[str, CellFinding]]] = defaultdict(list)
        """By row, how cells of a field were read."""
        self.called_off: dict[int, str] = {}
        """By row, how it says that the event is canceled, outside its cells of text."""
        self.periods: dict[int, NamedPeriod] = {}
        self._columns = dict(enumerate(zip_longest(*self.body)))
        self._blank: Cells = (None,) * self.size
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
            for one in plan.columns:
                for row, cell in enumerate(self.of(one) if one.use == "canceled" else ()):
                    if is_tick(cell):
                        self.called_off[row] = "The row is ticked as canceled"
            self._add_dates()
            self._part_agencies()
            self._add_people()
            if not plan.by_ids and "lead_agency" in self.cells:
                self.cells["lead_agency"] = list(map(_labeled, self.cells["lead_agency"]))
            self._add_agencies()

    def _first(self, use: Use) -> ColumnPlan | None:
        return next((one for one in self.plan.columns if one.use == use), None)

    def of(self, one: ColumnPlan | None) -> Cells:
        return self._blank if one is None else self._columns.get(one.index, self._blank)

    def _put(self, name: str, one: ColumnPlan, cells: Cells) -> None:
        self.cells[name] = cells
        self.columns[name] = one.index, text.quoted(one.header)

    def note(self, row: int, name: str, advice: str) -> None:
        self.noted[row].append((name, CellFinding("guessed", advice, "warning")))

    def skip(self, row: int, name: str, advice: str, severity: Severity = "notice") -> None:
        self.skipped[row].append((name, CellFinding("skipped-row", advice, severity)))

    def _add_dates(self) -> None:
        month, day, weekday = self._first("month"), self._first("day"), self._first("weekday")
        if month and day:
            years = _filled_down(self.of(self._first("year")))
            self._put("date", day, list(map(_date_of, _filled_down(self.of(month)), self.of(day), years)))
        if weekday and "date" in self.cells:
            self.weekdays = [_WEEKDAYS.get(text_of(cell).strip(". ").casefold(), cell) for cell in self.of(weekday)]
        if self.plan.by_ids or "date" not in self.cells:
            return
        cells = list(self.cells["date"])
        for row, cell in enumerate(cells):
            if six_digits := day_of_six_digits(cell):
                cells[row] = six_digits
                if "yymmdd" not in self.columns["date"][1].casefold():
                    self.note(row, "date", "Read with the year first, then month and day. Type it as month/day/year.")
        self._put_months_first(cells)
        self.cells["date"] = list(map(_in_words, cells, self.weekdays or self._blank))

    def add_days_above(self) -> None:
        """Add the day of each row, from the lines between the rows that have a day alone."""
        found = [day_above(cells) for cells in self.body]
        index = next((one[0] for one in found if one is not None), 0)  # none where a second table begins at once
        days = _filled_down([None if one is None else one[1] for one in found])
        is_blank = [all(map(text.is_blank, cells)) for cells in self.body]
        self.cells["date"] = [None if blank else day for blank, day in zip(is_blank, days, strict=True)]
        self.columns["date"] = index, ""

    def _put_months_first(self, cells: list[Cell]) -> None:
        """Turn dates such as 07/10/2026 round, where the weekday beside or the rest of the column has the day first."""
        short = {cell for cell in cells if isinstance(cell, str) and len(cell) < 20}
        typed = {cell: match for cell in short if (match := _NUMBERS.fullmatch(cell))}
        firsts, seconds = ({int(match[name]) for match in typed.values()} for name in ("a", "b"))
        by_column = max(firsts, default=0) > 12 >= max(seconds, default=0)
        if not (by_column or self.weekdays):
            return
        weekdays = {cell: [_weekday_of(match, *order) for order in ("ab", "ba")] for cell, match in typed.items()}
        for row, cell in enumerate(cells):
            if not isinstance(cell, str) or cell not in typed:
                continue
            match, (as_typed, turned) = typed[cell], weekdays[cell]
            named = text_of(self.weekdays[row])[:3].casefold() if self.weekdays else ""
            if as_typed is None or turned is None or as_typed == named or match["a"] == match["b"]:
                continue
            if turned == named or by_column:
                cells[row] = f"{match['b']}/{match['a']}/{match['year']}"
                if turned != named:
                    advice = "Read with the day first, as other dates of this column. Type it as month/day/year."
                    self.note(row, "date", advice)

    def _add_people(self) -> None:
        """Each column of names by itself; a tick or a number in a column that names an agency or a person as text."""
        slots: list[tuple[ColumnPlan, Cells]] = []
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
        typed = [cell for _, cells in slots for cell in cells if isinstance(cell, str) and not text.is_blank(cell)]
        if sum(";" in cell for cell in typed) > 1 and all(_LAST_FIRST.fullmatch(text_of(cell)) for cell in typed):
            slots = [(one, list(map(_given_name_first, cells))) for one, cells in slots]
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
                    self.unread.append((row, one, cell))
        has_lead = "lead_agency" in self.cells
        if not has_lead:
            self._put("lead_agency", naming[0] if naming else partners[0], [row[0] if row else None for row in listed])
        others = [row if has_lead else row[1:] for row in listed]
        self._put("partner_agencies", (naming or partners)[0], [";".join(row) if row else None for row in others])


_LAST_FIRST = re.compile(r"\s*[^,;]+,[^,;]+(?:;\s*[^,;]+,[^,;]+)*;?\s*")
"""A cell such as "Park, Dana; Cole, Ann", with a comma in each name and a semicolon between."""


def _given_name_first(cell: Cell) -> Cell:
    if not isinstance(cell, str):
        return cell
    return "; ".join(" ".join(reversed([half.strip() for half in one.split(",")])) for one in cell.split(";") if one)


_LABELED = re.compile(
    r"^(?P<label>lead|host|hosted by|agency|with|partners?|assisting|supporting) ?: *(?P<agencies>.+)$", re.I | re.M
)


def _labeled(cell: Cell) -> Cell:
    """The agencies of a text with lines such as "Lead: WPD" and "With: SCSO", the lead first."""
    found = list(_LABELED.finditer(cell)) if isinstance(cell, str) and len(cell) <= text.MAX_CELL else []
    found.sort(key=lambda match: match["label"].casefold()[0] in "wps" or match["label"].casefold() == "assisting")
    return ";".join(match["agencies"].strip() for match in found) if found else cell


def _filled_down(cells: Cells) -> Cells:
    """A month or a year that is typed once, for the rows below it too."""
    filled: list[Cell] = []
    for cell in cells:
        filled.append(filled[-1] if text.is_blank(cell) and filled else cell)
    return filled


def _date_of(month: Cell, day: Cell, year: Cell) -> Cell:
    if text.is_blank(day) or (isinstance(day, int | float) and day > 31):
        return day
    typed = (text.as_typed(day) or "").strip()
    named = MONTH_NUMBERS.get((text.as_typed(month) or "").strip(" .").casefold())
    number = named or (month if isinstance(month, int) else text.as_typed(month))
    digits = re.match(r"[0-9]{1,2}(?!\d)", typed)
    if number in (None, "") or digits is None:
        return typed or None
    end = "" if text.is_blank(year) else f"/{text.as_typed(year)}"
    return f"{number}/{digits[0]}{end}"


def _in_words(cell: Cell, weekday: Cell) -> Cell:
    """A day that was typed as text, in English and with the weekday of the column beside it."""
    if not isinstance(cell, str):
        return cell
    has_day = re.match(r"\s*[0-9A-Z]", cell, re.I) and any(map(str.isdigit, cell))
    if has_day and _WEEKDAY.fullmatch(text_of(weekday)) and not _NAMES_WEEKDAY.search(cell):
        cell = f"{text_of(weekday)} {cell}"
    if len(cell) > text.MAX_CELL:
        return cell
    return _DE_MONTH.sub("", _SPANISH_WORD.sub(lambda match: f" {_SPANISH[match[1].casefold()]} ", cell)).strip()


def _weekday_of(match: re.Match[str], month: str, day: str) -> str | None:
    """The first letters of the weekday of a date in numbers; None where there is no such day."""
    try:
        date = dt.date(int(match["year"]) % 100 + 2000, int(match[month]), int(match[day]))
    except ValueError:
        return None
    return WEEKDAYS[date.weekday()][:3].casefold()


def complete_day(cell: Cell, period: NamedPeriod | None) -> Cell:
    """A day of a month that only a title names: 7, "Wed 7th" in the tab October 2026."""
    if period is None or period.month is None:
        return cell
    typed = text.as_typed(cell) or "" if type(cell) is int else text_of(cell)
    match = _ONLY_DAY.fullmatch(typed)
    if match is None or not 1 <= int(match["day"]) <= 31:
        return cell
    weekday = _WEEKDAY.match(typed)
    year = "" if period.year is None else f"/{period.year}"
    return f"{weekday[0] + ' ' if weekday else ''}{period.month}/{match['day']}{year}"


def _guests_of(adults: Cell, youth: Cell) -> Cell:
    if text.is_blank(adults) or text.is_blank(youth):
        return youth if text.is_blank(adults) else adults
    return f"{text.as_typed(adults)} adults + {text.as_typed(youth)} kids"


def _listed(first: Cell, second: Cell) -> Cell:
    return ", ".join(filter(None, map(text.as_typed, (first, second)))) or None


_JOINED = {"guests": _guests_of} | dict.fromkeys(("venue", "town", "title", "public_notes", "internal_notes"), _listed)
"""How the cells of two columns are joined to which the settings give one meaning."""


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
