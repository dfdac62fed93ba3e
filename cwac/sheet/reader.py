"""A workbook becomes a snapshot: every row that says anything is a record, a problem or a reported skip."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from bisect import bisect_right
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass, field, fields, make_dataclass, replace
from functools import cached_property, partial
from itertools import zip_longest
from typing import Any, NoReturn, TypeVar

from cwac import model
from cwac.model import Accounting, Assignment, Cell, Event, Headcount, Problem, Snapshot, Tab, Undated, Workbook
from cwac.settings import Rules
from cwac.sheet import cells, choices, schema
from cwac.sheet.cells import (
    FORMULA_ERROR,
    NOTHING,
    CountExtra,
    DateExtra,
    DayRange,
    Finding,
    Partial,
    Reading,
    TimeExtra,
    TooLong,
)
from cwac.sheet.names import Agencies, EventIds, Officers, People, Towns, Venues
from cwac.sheet.remarks import NOT_GOING
from cwac.sheet.schema import Column, TabSpec

HEADER_WITHIN = 10
"""How many rows from the top may hold the header: a title or a note may stand above it."""

GRACE_DAYS = 3
"""Days after an event within which its count may still be missing."""

_GOING = frozenset({"Assigned", "Confirmed", "Attended"})

Read = Callable[[Cell], Reading]
_SEVERITY_ORDER = {severity: order for order, severity in enumerate(model.SEVERITIES)}
_TAB_ORDER = {spec.name: order for order, spec in enumerate(schema.TABS)}


def read_workbook(workbook: Workbook, today: dt.date, rules: Rules | None = None) -> Snapshot:
    """Read every tab of the contract, as of `today` in the sheet's zone.

    Raises `SourceUnavailable` (`empty`, `no-events-tab`, `no-header`) where there is no plan to read; whatever else is
    wrong with the sheet is a `Problem` in the snapshot, worst first.
    """
    return _Reader(workbook, today, rules or Rules()).snapshot()


_Owner = tuple[tuple[str, ...], str | None]
"""The agencies whose row it is, none where that cannot be told, and the ID of the event that the row is of."""
_EVERYBODY: _Owner = ((), None)


def _everybodys(_: int) -> _Owner:
    return _EVERYBODY


@dataclass(slots=True)
class _Table:
    """A tab laid out by column: for each field its cells, one a row. `numbers` are the sheet's row numbers."""

    spec: TabSpec
    tab: Tab | None = None
    header_number: int = 0
    columns: dict[str, tuple[int, str]] = field(default_factory=dict)
    numbers: Sequence[int] = ()
    cells: dict[str, Sequence[Cell]] = field(default_factory=dict)
    skipped: int = 0
    merges: dict[int, list[model.Merge]] = field(default_factory=dict)
    bounded: set[str] = field(default_factory=set)
    """The columns in which a cell is too long."""
    last_days: dict[str, dict[int, dt.date]] = field(default_factory=dict)
    """By field and row, the last day of a range that was typed into the first day's cell."""
    owner: Callable[[int], _Owner] = field(default_factory=lambda: _everybodys)
    """Of a row, counted from 0: whose move a problem with it is. Asked only for rows that have one."""

    @property
    def size(self) -> int:
        return len(self.numbers)

    def merged_away(self, row: int, index: int) -> bool:
        """Whether a cell (counted from 0) lies in a merged range without being its first, which has the value."""
        if index not in self.merges:
            over = [merge for merge in self.tab.merges if merge.left <= index < merge.right] if self.tab else []
            self.merges[index] = sorted(over, key=lambda merge: merge.top)
        over = self.merges[index]
        at = bisect_right(over, row, key=lambda merge: merge.top) - 1
        return at >= 0 and row < over[at].bottom and (row, index) != (over[at].top, over[at].left)

    def cell(self, name: str, row: int) -> Cell:
        return self.cells[name][row] if name in self.cells else None


class _Reader:
    def __init__(self, workbook: Workbook, today: dt.date, rules: Rules) -> None:
        self.workbook = workbook
        self.today = today
        self.rules = rules
        self._problems: list[tuple[_Table | None, int | None, tuple[Any, ...], tuple[str, ...], str | None]] = []
        """For each problem its table, its row in that (counted from 0), its fields up to `link`, its candidates and its
        field's name. Whose it is, is known once every tab has been read."""
        self.accounting: dict[str, Accounting] = {}
        self.tab_ids: dict[str, int | None] = {}

    def snapshot(self) -> Snapshot:
        found = self._match_tabs()
        tables = {spec.name: self._table(spec, found.get(spec.name)) for spec in schema.TABS}
        towns = self._towns(tables["Towns"])
        town_names = Towns(towns)
        agencies = self._agencies(tables["Agencies"], town_names)
        agency_names = Agencies(agencies)
        venues = self._venues(tables["Venues"], town_names)
        officers = self._officers(tables["Officers"], agency_names)
        officer_names = Officers(officers)
        people = People(officer_names, agency_names)

        ids = EventIds()
        plan = _Events(self, tables["Events"], ids, town_names, agency_names, Venues(venues))
        assignments = self._assignments(tables["Staffing"], ids, people, agency_names, officer_names, plan)
        assignments = self._duty_within_events(tables["Staffing"], assignments, plan)
        assignments += self._officers_in_events(plan, people, {one.event_id for one in assignments})
        headcounts = self._headcounts(tables["Attendance"], ids, plan)
        self._look_for_counts_of_nothing(plan, tables["Attendance"], headcounts)
        in_events = self._guests_in_events(plan, {one.event_id for one in headcounts})
        self._look_for_counts_of_nothing(plan, plan.table, in_events)
        time_off = self._time_off(tables["Time off"], officer_names)
        coverage = self._coverage(tables["Coverage"], town_names, agency_names)
        follow_ups = self._follow_ups(tables["Follow-ups"], ids, agency_names, plan)
        self._look_for_missing_counts(plan, tables["Attendance"], headcounts, in_events)
        headcounts += in_events
        self._say_whose_is_unknown(assignments)
        problems = self._owned_problems()
        unread_people = self._unread_people(problems, tables["Staffing"], plan, ids, agency_names)
        for table in tables.values():
            table.owner = _everybodys  # which holds on to all that was read, and the table to it

        return Snapshot(
            source=self.workbook.source,
            as_of=self.workbook.as_of,
            timezone=self.workbook.timezone,
            today=self.today,
            url=self.workbook.url,
            content_hash=self.workbook.content_hash,
            events=tuple(plan.events),
            undated=tuple(plan.undated),
            assignments=tuple(assignments),
            unread_people=tuple(unread_people),
            headcounts=tuple(headcounts),
            agencies=tuple(agencies),
            officers=tuple(officers),
            time_off=tuple(time_off),
            venues=tuple(venues),
            towns=tuple(towns),
            coverage=tuple(coverage),
            follow_ups=tuple(follow_ups),
            problems=tuple(sorted(problems, key=_worst_first)),
            accounting={spec.name: self.accounting[spec.name] for spec in schema.TABS if spec.name in self.accounting},
            tab_ids=self.tab_ids,
        )

    # --- tabs and tables ---------------------------------------------------------------------------------------

    def _match_tabs(self) -> dict[str, Tab]:
        titled = [tab for tab in self.workbook.tabs if tab.title.strip()]
        if not any(not cells.is_blank(cell) for tab in titled for row in tab.rows for cell in row):
            raise model.SourceUnavailable(
                "empty",
                "There is nothing in this workbook.",
                "Start from the blank workbook that `cwac template FILE.xlsx` writes.",
            )
        found: dict[str, Tab] = {}
        for spec in schema.TABS:
            called = [tab for tab in titled if schema.spec_for(tab.title) is spec]
            named = [tab for tab in called if schema.key(tab.title) == schema.key(spec.name)]
            if named or called:
                found[spec.name] = (named or called)[0]
            elif spec is schema.EVENTS:
                self._no_events_tab(titled)
            else:
                self._say("notice", "missing-tab", spec.name, f'There is no tab "{spec.name}". {spec.help}')
        used = {id(tab) for tab in found.values()}
        for tab in titled:
            if id(tab) not in used:
                spec_of = schema.spec_for(tab.title)
                why = (
                    f'the tab "{found[spec_of.name].title}" is read as {spec_of.name} already.'
                    if spec_of
                    else "it is none of the contract's tabs."
                )
                self._say("notice", "unused-tab", None, f'The tab "{_short(tab.title)}" is not read: {why}', tab.title)
        return found

    def _no_events_tab(self, titled: Sequence[Tab]) -> NoReturn:
        others = [tab for tab in titled if schema.spec_for(tab.title) is None]
        like = next((tab for tab in others if header_row(schema.EVENTS, tab.rows) is not None), None)
        if like is not None:
            remedy = f'The tab "{_short(like.title)}" looks like it: rename it to Events.'
        elif others:
            names = ", ".join(f'"{_short(tab.title)}"' for tab in others[:5])
            remedy = f"It has {names}. Name the tab that lists the events Events."
        else:
            remedy = "Its other tabs are there: bring Events back (in Google Sheets: File, Version history), or add it."
        raise model.SourceUnavailable("no-events-tab", "This workbook has no tab named Events.", remedy)

    def _table(self, spec: TabSpec, tab: Tab | None) -> _Table:
        table = _Table(spec, tab)
        if tab is None:
            return table
        self.tab_ids[spec.name] = tab.id
        header = header_row(spec, tab.rows)
        if header is None:
            filled = sum(1 for row in tab.rows if any(not cells.is_blank(cell) for cell in row))
            if spec is schema.EVENTS:
                wanted = ", ".join(column.header for column in spec.columns if column.required)
                raise model.SourceUnavailable(
                    "no-header",
                    f"The Events tab has no header row within its first {HEADER_WITHIN} rows.",
                    f"Put one row above the events that names the columns: {wanted}, and the others.",
                )
            if filled:
                wanted = ", ".join(column.header for column in spec.columns if column.required)
                self._say(
                    "error",
                    "missing-column",
                    spec.name,
                    f"No header row was found, so no row could be read: name the columns in row 1 ({wanted}).",
                )
            self.accounting[spec.name] = Accounting(rows=filled, left_out=filled)
            return table
        table.header_number = header + 1
        self._columns(table, tab.rows[header])
        self._rows(table, tab.rows[header + 1 :])
        return table

    def _columns(self, table: _Table, row: Sequence[Cell]) -> None:
        header = schema.read_header(table.spec, row)
        typed = [cells.as_typed(cells.bounded(cell, cells.MAX_CELL)) or "" for cell in row]

        def report(at: int, severity: model.Severity, code: str, advice: str) -> None:
            where = f"{_letters(at)}{table.header_number}"
            self._add(table, severity, code, table.header_number, typed[at], where, typed[at], advice)

        for at, column in header.columns.items():
            table.columns[column.field] = (at, cells.quoted(typed[at]))
        for at in header.renamed:
            known = header.columns[at].header
            report(at, "notice", "renamed-column", f'Read as "{known}": rename it, to that or to what else it is.')
        for at, first in header.repeated.items():
            report(
                at,
                "warning",
                "duplicate-column",
                f'"{_short(typed[first])}" in {_letters(first)}{table.header_number} is {header.columns[first].header} '
                "already; this column is not read: rename or remove it.",
            )
        for at in header.unknown:
            if isinstance(cells.bounded(row[at], cells.MAX_CELL), cells.TooLong):
                report(
                    at, "error", "too-large", f"Over {cells.MAX_CELL} characters: no header is read here. Shorten it."
                )
            else:
                report(at, "notice", "unused-column", "This column is not read: the contract does not know it.")
        if header.cut:
            names = ", ".join(f'"{_short(typed[at])}" ({_letters(at)})' for at in list(header.cut)[:10])
            more = f" and {len(header.cut) - 10} more" if len(header.cut) > 10 else ""
            report(
                next(iter(header.cut)),
                "warning",
                "cut-off",
                f"Apart from the table, across an empty header cell, so not read: {names}{more}. If they belong to it, "
                "delete the empty column or name it; if not, give them other names or a tab of their own.",
            )
        for column in table.spec.columns:
            if column.required and column.field not in table.columns:
                beyond = next((at for at, cut in header.cut.items() if cut is column), None)
                hint = (
                    f" One stands in column {_letters(beyond)}, but apart from the table: an empty header cell lies "
                    "between. Fill that or move the column."
                    if beyond is not None
                    else ""
                )
                self._add(
                    table, "error", "missing-column", table.header_number, column.header, None, None,
                    f'There is no column "{column.header}": add it. {column.help}{hint}',
                )  # fmt: skip

    def _rows(self, table: _Table, body: Sequence[Sequence[Cell]]) -> None:
        size = len(body)
        laid_out = list(zip_longest(*body))
        blank: Sequence[Cell] = (None,) * size
        own = {name: laid_out[index] if index < len(laid_out) else blank for name, (index, _) in table.columns.items()}
        distinct = {name: set(column) for name, column in own.items()}
        for name, values in distinct.items():
            longest = table.spec.column(name).longest
            if any(isinstance(cell, str) and len(cell) > longest for cell in values):
                own[name] = [cells.bounded(cell, longest) for cell in own[name]]
                table.bounded.add(name)
                distinct[name] = set(own[name])
        # A checkbox that is not ticked says nothing, be it under a question or under Status ("Confirmed?").
        yes_no = {name for name in own if name == "status" or table.spec.column(name).reader == "yes-no"}
        pending: Sequence[int] = range(size)
        for name, column in own.items():
            pending = [i for i in pending if cells.is_blank(column[i], yes_no=name in yes_no)]
            if not pending:
                break
        skipped = self._skipped(table, own, distinct, yes_no, size)
        left = set(pending) | skipped
        table.skipped = len(skipped - set(pending))
        first = table.header_number + 1
        if left:
            kept = [i for i in range(size) if i not in left]
            table.numbers = [first + i for i in kept]
            table.cells = {name: [column[i] for i in kept] for name, column in own.items()}
        else:
            table.numbers = range(first, first + size)
            table.cells = dict(own)

    def _skipped(
        self,
        table: _Table,
        own: dict[str, Sequence[Cell]],
        distinct: dict[str, set[Cell]],
        yes_no: set[str],
        size: int,
    ) -> set[int]:
        """Rows that only sum up others, or say the header again."""
        totals: dict[str, set[Cell]] = {}
        headers: dict[str, set[Cell]] = {}
        for name in own:
            header = table.columns[name][1].strip().casefold()
            texts = [cell for cell in distinct[name] if isinstance(cell, str) and len(cell) <= 80]
            totals[name] = {cell for cell in texts if cell[0:1] in _TOTAL_INITIALS and _is_total(cell)}
            alike = [cell for cell in texts if abs(len(cell) - len(header)) <= 2]
            headers[name] = {cell for cell in alike if cell.strip().casefold() == header}
        suspects: set[int] = set()
        for name, column in own.items():
            wanted = totals[name] | headers[name]
            if wanted:
                suspects |= {i for i in range(size) if column[i] in wanted}
        skipped: set[int] = set()
        for i in sorted(suspects):
            filled = [name for name, column in own.items() if not cells.is_blank(column[i], yes_no=name in yes_no)]
            filled.sort(key=lambda name: table.columns[name][0])
            if not filled:
                continue
            again = sum(1 for name in filled if own[name][i] in headers[name])
            if own[filled[0]][i] in totals[filled[0]]:
                why = "This row sums up others, so it is not read."
            elif again >= 2 and 2 * again >= len(filled):
                why = "The header again, so it is not read."
            else:
                continue
            skipped.add(i)
            index, typed = table.columns[filled[0]]
            number = table.header_number + 1 + i
            found = cells.as_typed(own[filled[0]][i])
            self._add(table, "notice", "skipped-row", number, typed, f"{_letters(index)}{number}", found, why)
        return skipped

    # --- reading a column ----------------------------------------------------------------------------------------

    def readings(self, table: _Table, name: str, read: Read | None = None, *, quiet: bool = False) -> list[Reading]:
        """A column's cells, each distinct one read once; what is wrong with them is reported unless `quiet`."""
        if name not in table.cells:
            last_days = table.last_days.get(name, {})
            return [Reading(last_days[row]) if row in last_days else NOTHING for row in range(table.size)]
        column = table.spec.column(name)
        guard = _bounding if name in table.bounded else _guarded
        found, distinct = _each_once(table.cells[name], guard(read or self._reader(column)))
        if column.reader in ("date", "long-date"):
            ranges = self._begin_ranges(table, name, found)
            if self._fill_in_years(found) or ranges:
                self._end_ranges(table, name, found, ranges)
                distinct = found
        if name in table.last_days:
            for row, day in table.last_days[name].items():
                found[row] = Reading(day)
            distinct = found
        if not quiet:
            self.report(table, name, found, distinct)
        return found

    def report(self, table: _Table, name: str, found: Sequence[Reading], distinct: Iterable[Reading]) -> None:
        """Report what a column's readings found, and what is missing of a required one.

        Rows share readings: a look at each of the `distinct` ones tells whether there is anything to say at all.
        """
        if name not in table.cells:
            return
        required = table.spec.column(name).required
        if not any(reading.findings or (required and reading.value is None) for reading in distinct):
            return
        for row, reading in enumerate(found):
            for finding in cells.at_most(reading.findings):
                self.problem(table, row, name, finding)
            if required and reading.value is None and not reading.failed:
                self.problem(table, row, name, self._missing(table, row, name))

    def _missing(self, table: _Table, row: int, name: str) -> Finding:
        column = table.spec.column(name)
        index, number = table.columns[name][0], table.numbers[row]
        blank = cells.is_blank(table.cell(name, row))
        if blank and table.merged_away(number - 1, index):
            return Finding(
                "merged-or-offset",
                f"The cell is part of a merged one, so it is empty: unmerge it and type {column.header} in every row.",
            )
        if blank and name == "date" and self._strayed_date(table, row, index):
            return Finding(
                "merged-or-offset", "The day stands in the next column: the row has slipped. Move its cells back."
            )
        return Finding("missing", f"{column.header} is needed. {column.help}")

    def _strayed_date(self, table: _Table, row: int, index: int) -> bool:
        for name, (other, _) in table.columns.items():
            if other in (index - 1, index + 1) and table.spec.column(name).reader not in ("date", "count", "needed"):
                cell = table.cell(name, row)
                if isinstance(cell, (str, int)) and not isinstance(cell, bool) and name != "id":
                    return isinstance(cells.read_date(cell, cells.years_near(self.today)).value, dt.date)
        return False

    def _reader(self, column: Column) -> Read:
        near = cells.years_near(self.today, past=column.past)
        long = cells.long_years(self.today, past=column.past)
        readers: dict[str, Read] = {
            "text": cells.read_text,
            "note": cells.read_text,
            "id": cells.read_id,
            "date": lambda cell: cells.read_date(cell, near),
            "long-date": lambda cell: cells.read_date(cell, long),
            "time": cells.read_time,
            "count": cells.read_count,
            "needed": cells.read_needed,
            "number": cells.read_whole,
            "hours": cells.read_hours,
            "yes-no": choices.read_yes_no,
            "choice": lambda cell: choices.read_choice(cell, column.choices),
            "event-status": lambda cell: choices.read_event_status(
                cell, column.choices, schema.EVENTS.column("cancel_reason").choices
            ),
            "list": cells.read_aliases if column.field == "aliases" else cells.read_list,
            "latitude": cells.degrees_reader(self.rules, "latitude"),
            "longitude": cells.degrees_reader(self.rules, "longitude"),
            "color": cells.read_color,
            "summary": cells.read_summary,
        }
        return readers[column.reader]

    def _begin_ranges(self, table: _Table, name: str, found: list[Reading]) -> dict[int, DayRange]:
        """Put its first day in the place of a range of days typed into a From cell whose To is blank; by row."""
        last = _LAST_DAYS.get(name)
        ranges = {
            row: reading.extra
            for row, reading in enumerate(found if last else ())
            if isinstance(reading.extra, DayRange) and _says_nothing(table.cell(last or "", row))
        }
        for row, days in ranges.items():
            if days.first_year is None:
                found[row] = Reading(None, extra=DateExtra(partial=days.first))
            else:
                found[row] = Reading(days.first.in_year(days.first_year))
        return ranges

    def _end_ranges(self, table: _Table, name: str, found: list[Reading], ranges: dict[int, DayRange]) -> None:
        """Keep the last day of each range for the To column."""
        for row, days in ranges.items():
            begins = found[row].value
            if begins is None:
                continue
            ends = days.ends(begins)
            if ends is None:
                found[row] = cells.TWO_DAYS
                continue
            last = table.spec.column(_LAST_DAYS[name])
            said = f"Read as {cells.say_day(begins)} to {cells.say_day(ends)}: type the last day under {last.header}."
            found[row] = cells.guess(begins, said)
            table.last_days.setdefault(last.field, {})[row] = ends

    def _fill_in_years(self, found: list[Reading]) -> bool:
        """A day without a year is taken nearest to the days above and below, else to today. True where one was."""
        open_rows = [
            row for row, reading in enumerate(found) if isinstance(reading.extra, DateExtra) and reading.extra.partial
        ]
        if not open_rows:
            return False
        above: list[dt.date | None] = []
        last: dt.date | None = None
        for reading in found:
            above.append(last)
            last = reading.value or last
        below: dict[int, dt.date | None] = {}
        following: dt.date | None = None
        wanted = set(open_rows)
        for row in range(len(found) - 1, -1, -1):
            if row in wanted:
                below[row] = following
            following = found[row].value or following
        for row in open_rows:
            extra = found[row].extra
            neighbours = [day for day in (above[row], below[row]) if day is not None] or [self.today]
            found[row] = _with_year(extra, extra.partial, neighbours)
        return True

    # --- records ----------------------------------------------------------------------------------------------

    def columns(self, table: _Table, *but: str, **special: Read) -> dict[str, list[Any]]:
        """Every column's values by field (`but` those that are read elsewhere), read and reported."""
        return {
            column.field: [reading.value for reading in self.readings(table, column.field, special.get(column.field))]
            for column in table.spec.columns
            if column.field not in but
        }

    def kept(self, table: _Table, values: dict[str, list[Any]]) -> list[int]:
        """The rows that have all that they need and are the first of their name; the accounting follows."""
        needed = [values[column.field] for column in table.spec.columns if column.required]
        rows = [row for row, cells_of in enumerate(zip(*needed, strict=True)) if None not in cells_of]
        unique = table.spec.unique
        if unique is not None:
            seen: dict[str, int] = {}
            firsts = []
            for row in rows:
                name = str(values[unique][row]).casefold()
                if name in seen:
                    first = table.numbers[seen[name]]
                    advice = f"Row {first} has this already, and stands; this row is not read. Give it one of its own."
                    self.problem(table, row, unique, Finding("duplicate-id", advice))
                else:
                    seen[name] = row
                    firsts.append(row)
            rows = firsts
        self.account(table, len(rows))
        return rows

    def account(self, table: _Table, kept: int) -> None:
        if table.header_number:
            rows = table.size + table.skipped
            self.accounting[table.spec.name] = Accounting(rows, kept, rows - kept - table.skipped, table.skipped)

    def _towns(self, table: _Table) -> list[model.Town]:
        got = self.columns(table)
        return [
            model.Town(
                got["name"][row],
                table.numbers[row],
                got["aliases"][row] or (),
                got["population"][row],
                got["latitude"][row],
                got["longitude"][row],
            )
            for row in self.kept(table, got)
        ]

    def _agencies(self, table: _Table, towns: Towns) -> list[model.Agency]:
        got = self.columns(table, home_town=towns.read)
        for row in range(table.size):
            strange = [one for one in got["emails"][row] or () if not one.isascii()]
            if strange:
                said = f"{strange[0]!a} is not in plain letters (a to z), and is nobody's: type the address again."
                self.problem(table, row, "emails", Finding("unreadable", said))
        table.owner = lambda row: (_named(got["short"][row]), None)
        return [
            model.Agency(
                short=got["short"][row],
                name=got["name"][row],
                row=table.numbers[row],
                aliases=got["aliases"][row] or (),
                type=got["type"][row],
                home_town=got["home_town"][row],
                sworn=got["sworn"][row],
                emails=tuple(one.lower() for one in got["emails"][row] or () if one.isascii()),
                liaison_role=got["liaison_role"][row],
                color=got["color"][row],
                active=got["active"][row],
            )
            for row in self.kept(table, got)
        ]

    def _venues(self, table: _Table, towns: Towns) -> list[model.Venue]:
        got = self.columns(table, town=towns.read)
        return [
            model.Venue(
                name=got["name"][row],
                town=got["town"][row],
                row=table.numbers[row],
                aliases=got["aliases"][row] or (),
                street=got["street"][row],
                latitude=got["latitude"][row],
                longitude=got["longitude"][row],
                capacity=got["capacity"][row],
                hours=got["hours"][row],
                contact=got["contact"][row],
                contact_phone=got["contact_phone"][row],
                permission=got["permission"][row],
                shelter_site=got["shelter_site"][row],
                active=got["active"][row],
            )
            for row in self.kept(table, got)
        ]

    def _officers(self, table: _Table, agencies: Agencies) -> list[model.Officer]:
        got = self.columns(table, agency=agencies.read)
        table.owner = lambda row: (_named(got["agency"][row]), None)
        self._in_order(table, got["active_from"], got["active_to"], "active_to")
        return [
            model.Officer(
                id=got["id"][row],
                name=got["name"][row],
                agency=got["agency"][row],
                row=table.numbers[row],
                rank=got["rank"][row],
                aliases=got["aliases"][row] or (),
                languages=got["languages"][row] or (),
                can_host=got["can_host"][row],
                supervisor=got["supervisor"][row],
                active_from=got["active_from"][row],
                active_to=got["active_to"][row],
            )
            for row in self.kept(table, got)
        ]

    def _time_off(self, table: _Table, officers: Officers) -> list[model.TimeOff]:
        got = self.columns(table, officer=officers.read)
        table.owner = lambda row: (_named(officer.agency if (officer := got["officer"][row]) else None), None)
        self._in_order(table, got["first"], got["last"], "last")
        return [
            model.TimeOff(
                got["officer"][row].officer or got["officer"][row].name,
                got["first"][row],
                got["last"][row],
                table.numbers[row],
            )
            for row in self.kept(table, got)
        ]

    def _coverage(self, table: _Table, towns: Towns, agencies: Agencies) -> list[model.Coverage]:
        got = self.columns(table, town=towns.read, agency=agencies.read)
        table.owner = lambda row: (_named(got["agency"][row]), None)
        self._in_order(table, got["first"], got["last"], "last")
        return [
            model.Coverage(
                got["town"][row],
                got["agency"][row],
                table.numbers[row],
                got["kind"][row],
                got["first"][row],
                got["last"][row],
            )
            for row in self.kept(table, got)
        ]

    def _in_order(self, table: _Table, first: list[Any], last: list[Any], name: str) -> None:
        """A period that ends before it begins loses its end."""
        for row, (begins, ends) in enumerate(zip(first, last, strict=True)):
            if begins is not None and ends is not None and ends < begins:
                header = table.columns[name][1]
                self.problem(table, row, name, Finding("impossible", f"{header} is before the first day: correct it."))
                last[row] = None

    def _assignments(
        self, table: _Table, ids: EventIds, people: People, agencies: Agencies, officers: Officers, plan: _Events
    ) -> list[Assignment]:
        spec = table.spec.column("status")
        read_status = choices.assignment_status_reader(spec.choices, table.columns.get("status", (0, ""))[1])
        got = self.columns(
            table,
            "officer",
            "release_time",
            event_id=ids.read,
            agency=agencies.read,
            swapped_for=officers.read,
            status=read_status,
        )
        got["officer"] = [reading.value for reading in self._persons(table, people, got["agency"])]
        # A status that nobody can read must not fill the position.
        for row, reading in enumerate(self.readings(table, "status", read_status, quiet=True)):
            if reading.value is None and reading.failed:
                got["status"][row] = "Requested"

        def owner(row: int) -> _Owner:
            event_id = got["event_id"][row]
            named = _named(got["agency"][row], *(person.agency for person in got["officer"][row] or ()))
            return named or plan.agencies_of(event_id), event_id

        table.owner = owner
        release = self._releases(table, got["report_time"])
        kept = self.kept(table, got)
        repeated = self._repeated(table, kept, "This row is the same as row {first}: it counts once. Remove one.")
        names = (
            "event_id",
            "officer",
            "agency",
            "role",
            "report_time",
            "status",
            "swapped_for",
            "pay_type",
            "hours",
            "note",
        )
        rows = list(zip(table.numbers, release, *(got[name] for name in names), strict=True))
        made: list[Assignment] = []
        for row in kept:
            if row in repeated:
                continue
            number, free, event_id, persons, agency, role, report, status, swapped_for, pay_type, hours, note = rows[
                row
            ]
            for person in persons:
                leaves = person.status == "Swapped out" and len(persons) > 1
                instead = swapped_for.officer or swapped_for.name if swapped_for and not leaves else person.swapped_for
                if status in _GOING and person.status in NOT_GOING and len(persons) == 1:
                    said = (
                        f"Status says {status}, but the words beside the name say {person.status}, so the person does "
                        "not count as staffed. Correct one of the two."
                    )
                    self.problem(table, row, "status", Finding("inconsistent", said, "warning"))
                made.append(
                    _assignment(
                        event_id,
                        number,
                        person.officer,
                        person.name,
                        person.agency or agency,
                        person.placeholder,
                        role,
                        report,
                        free,
                        _status(status, person.status, leaves=leaves),
                        instead,
                        pay_type,
                        hours,
                        note,
                    )
                )
        return made

    def _persons(self, table: _Table, people: People, agencies: Sequence[str | None]) -> list[Reading]:
        if "officer" not in table.cells:
            return [NOTHING] * table.size
        keyed = [(type(cell), cell, agency) for cell, agency in zip(table.cells["officer"], agencies, strict=True)]
        once: dict[Any, Reading] = {}
        guard = _bounding if "officer" in table.bounded else _guarded
        # In the sheet's order: a name that nobody lists is shown as it was typed first.
        for typed in dict.fromkeys(keyed):
            once[typed] = guard(partial(people.read, agency=typed[2]))(typed[1])
        found = [once[typed] for typed in keyed]
        self.report(table, "officer", found, once.values())
        return found

    def _releases(self, table: _Table, report: Sequence[dt.time | None]) -> list[dt.time | None]:
        found = self.readings(table, "release_time", quiet=True)
        release: list[dt.time | None] = []
        for row, (begins, reading) in enumerate(zip(report, found, strict=True)):
            if begins is not None and reading.value is not None and reading.value <= begins:
                found[row] = reading = _in_the_afternoon(begins, reading)
            end: dt.time | None = reading.value
            if begins is not None and end is not None and end <= begins:
                said = "Release is not after Report: correct one of them."
                self.problem(table, row, "release_time", Finding("impossible", said))
                end = None
            release.append(end)
        self.report(table, "release_time", found, found)
        return release

    def _duty_within_events(self, table: _Table, assignments: Sequence[Assignment], plan: _Events) -> list[Assignment]:
        """Report and release times that leave nobody at the event are reported, and not used."""
        by_id, default = plan.by_id, self.rules.default_minutes
        row_of: dict[int, int] = {}
        checked = list(assignments)
        told: int | None = None
        for at, assignment in enumerate(assignments):
            report, release = assignment.report_time, assignment.release_time
            if report is None and release is None:
                continue
            event = by_id.get(assignment.event_id)
            if event is None or event.start is None:
                continue
            late = early = False
            if report is not None and report > event.start:
                # Where neither the end nor a release is typed, the usual length counts, as it does for clashes.
                ends = event.end or (_plus(event.start, default) if release is None else None)
                late = ends is not None and report >= ends
            if release is not None:
                early = release <= event.start
            if not late and not early:
                continue
            row_of = row_of or {number: row for row, number in enumerate(table.numbers)}
            row = row_of[assignment.row]
            if row != told:  # of a row that names several people, the first tells
                told = row
                if late:
                    self._no_duty(table, row, "report_time", "Report is not before the event's end")
                if early:
                    self._no_duty(table, row, "release_time", "Release is not after the event's start")
            checked[at] = replace(
                assignment, report_time=None if late else report, release_time=None if early else release
            )
        return checked

    def _no_duty(self, table: _Table, row: int, name: str, said: str) -> None:
        advice = f"{said}, so it is not used: correct it, or the event's times."
        self.problem(table, row, name, Finding("impossible", advice, "warning"))

    def _headcounts(self, table: _Table, ids: EventIds, plan: _Events) -> list[Headcount]:
        got = self.columns(table, event_id=ids.read)
        table.owner = lambda row: (plan.agencies_of(got["event_id"][row]), got["event_id"][row])
        extras = [reading.extra for reading in self.readings(table, "guests", quiet=True)]
        kept = self.kept(table, got)
        self._repeated(table, kept, "This row is the same as row {first}; both count. Remove one if it is there twice.")
        made: list[Headcount] = []
        for row in kept:
            guests: model.Count | None = got["guests"][row]
            youth = _people(got["youth"][row])
            if youth is None and isinstance(extras[row], CountExtra):
                youth = extras[row].youth
            elif youth is not None and guests is not None and guests.high is not None and youth > guests.high:
                self.problem(
                    table,
                    row,
                    "youth",
                    Finding("inconsistent", "More young people than guests: correct one.", "warning"),
                )
            made.append(
                _headcount(
                    got["event_id"][row],
                    table.numbers[row],
                    guests,
                    got["method"][row],
                    youth,
                    _people(got["new_visitors"][row]),
                    _people(got["conversations"][row]),
                    _people(got["cups"][row]),
                    _people(got["surveys"][row]),
                    got["media"][row],
                    got["weather"][row],
                    got["entered_on"][row],
                    got["note"][row],
                )
            )
        return made

    def _repeated(self, table: _Table, kept: Sequence[int], advice: str) -> set[int]:
        """Rows whose every cell says the same as an earlier one's."""
        whole = list(zip(*table.cells.values(), strict=True))
        if len(set(whole)) == len(whole):
            return set()
        first: dict[tuple[Cell, ...], int] = {}
        repeated: set[int] = set()
        for row in kept:
            earlier = first.setdefault(whole[row], row)
            if earlier != row and list(map(_is_tick, whole[earlier])) == list(map(_is_tick, whole[row])):
                repeated.add(row)
                said = advice.format(first=table.numbers[earlier])
                self.problem(table, row, "event_id", Finding("duplicate-row", said, "warning"))
        return repeated

    def _officers_in_events(self, plan: _Events, people: People, staffed: set[str]) -> list[Assignment]:
        table = plan.table
        if "officers" not in table.cells:
            return []
        found = self.readings(table, "officers", people.read_several)
        return [
            Assignment(
                event_id,
                table.numbers[row],
                person.officer,
                person.name,
                person.agency,
                person.placeholder,
                status=person.status or "Assigned",
                swapped_for=person.swapped_for,
            )
            for row, event_id in plan.id_of_row.items()
            if event_id not in staffed
            for person in found[row].value or ()
        ]

    def _unread_people(
        self, problems: Iterable[Problem], staffing: _Table, plan: _Events, ids: EventIds, agencies: Agencies
    ) -> list[model.UnreadPerson]:
        """People whom a row names but who could not be told: nobody may say that their agency sends nobody."""
        rows = {
            (problem.tab, problem.row)
            for problem in problems
            if problem.severity == "error" and problem.code != "missing" and _names_people(problem)
        }
        found = [
            model.UnreadPerson(event_id)
            for row, event_id in plan.id_of_row.items()
            if (plan.table.spec.name, plan.table.numbers[row]) in rows
        ]
        for row, number in enumerate(staffing.numbers):
            if (staffing.spec.name, number) in rows:
                event_id = ids.read(staffing.cell("event_id", row)).value
                if event_id is not None:
                    found.append(model.UnreadPerson(event_id, agencies.read(staffing.cell("agency", row)).value))
        return found

    def _say_whose_is_unknown(self, assignments: Sequence[Assignment]) -> None:
        people = {row.person for row in assignments if row.person is not None}
        unknown = {row.person for row in assignments if row.person is not None and not row.agency}
        if unknown:
            self._say(
                "notice",
                "agency-unknown",
                schema.OFFICERS.name,
                f"It is not known which agency {len(unknown)} of the {len(people)} people named belong to, so no alert "
                "says that an agency sends nobody. List them in an Officers tab, or fill in Agency in Staffing.",
            )

    def _guests_in_events(self, plan: _Events, counted: set[str]) -> list[Headcount]:
        table = plan.table
        if "guests" not in table.cells:
            return []
        found = self.readings(table, "guests")
        return [
            Headcount(
                event_id,
                table.numbers[row],
                found[row].value,
                youth=found[row].extra.youth if isinstance(found[row].extra, CountExtra) else None,
            )
            for row, event_id in plan.id_of_row.items()
            if event_id not in counted and not cells.is_blank(table.cell("guests", row))
        ]

    def _follow_ups(self, table: _Table, ids: EventIds, agencies: Agencies, plan: _Events) -> list[model.FollowUp]:
        got = self.columns(table, event_id=ids.read, referred_to=agencies.read)

        def owner(row: int) -> _Owner:
            event_id = got["event_id"][row]
            return _named(got["referred_to"][row]) or plan.answering_for(event_id), event_id

        table.owner = owner
        dates = {event.id: event.date for event in plan.events}
        made: list[model.FollowUp] = []
        for row in self.kept(table, got):
            event_id, closed, status = got["event_id"][row], got["closed_on"][row], got["status"][row]
            held = dates.get(event_id)
            too_early = closed is not None and held is not None and closed < held
            if status is None and closed is not None and closed <= self.today and self._is_unsaid(table, row, "status"):
                status = "Closed"
                if not too_early:
                    said = "Read as Closed, since Closed on is filled: set Status to Closed."
                    self.problem(table, row, "closed_on", Finding("guessed", said, "warning"))
            if too_early:
                said = f"Closed before the event of {held:%-m/%-d/%Y}: correct the day."
                self.problem(table, row, "closed_on", Finding("inconsistent", said, "warning"))
            made.append(
                model.FollowUp(
                    got["id"][row],
                    event_id,
                    table.numbers[row],
                    got["category"][row],
                    got["summary"][row],
                    got["referred_to"][row],
                    got["owner_role"][row],
                    got["due"][row],
                    status or "Open",
                    closed,
                    got["reported_back"][row],
                )
            )
        return made

    def _is_unsaid(self, table: _Table, row: int, name: str) -> bool:
        cell = table.cell(name, row)
        return cells.is_blank(cell) or cells.is_not_said(cell)

    def _look_for_missing_counts(
        self, plan: _Events, attendance: _Table, headcounts: Iterable[Headcount], in_events: Iterable[Headcount]
    ) -> None:
        """Held events whose count is still missing. Where a cell was typed but unread, its own problem says so."""
        if attendance.tab is None and "guests" not in plan.table.cells:
            return
        where = "id" if attendance.tab is not None and "id" in plan.table.cells else "date"
        if attendance.tab is None:
            where = "guests"
        # A Guests cell that says something, if not a number, is an answer too; its own problem says what is wrong.
        answered = {
            number
            for number, cell in zip(attendance.numbers, attendance.cells.get("guests", ()), strict=False)
            if not cells.is_blank(cell)
        }
        spoken_of = {headcount.event_id for headcount in headcounts if headcount.row in answered}
        spoken_of |= {headcount.event_id for headcount in in_events if headcount.guests is not None}
        due = self.today - dt.timedelta(days=GRACE_DAYS)
        for row, event in plan.event_of_row.items():
            if event.status == "Completed" and event.date < due and event.id not in spoken_of:
                advice = (
                    f"Held on {event.date:%-m/%-d/%Y}, and no count yet: type how many came, or n/a in a Guests cell."
                )
                if where == "guests" and not cells.is_blank(plan.table.cell("guests", row)):
                    continue
                self.problem(plan.table, row, where, Finding("overdue", advice, "warning"))

    def _look_for_counts_of_nothing(self, plan: _Events, table: _Table, headcounts: Iterable[Headcount]) -> None:
        """Counts under an event that was called off, or that is still to come."""
        row_of: dict[int, int] = {}
        for headcount in headcounts:
            event = plan.by_id.get(headcount.event_id)
            if event is None or (event.date <= self.today and event.status not in ("Cancelled", "Postponed")):
                continue
            if event.status == "Completed":
                continue  # it is said already that it cannot be completed yet
            if all(getattr(headcount, name) is None for name in _COUNTS):
                continue
            if event.date <= self.today and _is_zero(headcount):
                continue
            row_of = row_of or {number: row for row, number in enumerate(table.numbers)}
            state = "is still to come" if event.date > self.today else f"is {event.status}"
            said = f"Guests were counted, but the event of {event.date:%-m/%-d/%Y} {state}: correct one of the two."
            name = "event_id" if table is not plan.table else "date" if event.date > self.today else "status"
            self.problem(table, row_of[headcount.row], name, Finding("inconsistent", said, "warning"))

    # --- problems ----------------------------------------------------------------------------------------------

    def problem(self, table: _Table, row: int, name: str, finding: Finding) -> None:
        """A problem with the cell of one row in one column; a private cell is not quoted."""
        number = table.numbers[row]
        index, typed = table.columns.get(name, (None, None))
        where = None if index is None else f"{_letters(index)}{number}"
        private = table.spec.column(name).reader == "summary"
        found = None if private else cells.quoted(cells.as_typed(table.cell(name, row)) or "") or None
        self._add(
            table,
            finding.severity,
            finding.code,
            number,
            typed or table.spec.column(name).header,
            where,
            found,
            finding.advice,
            row,
            finding.candidates,
            name,
        )

    def _add(
        self,
        table: _Table,
        severity: model.Severity,
        code: str,
        row: int,
        column: str | None,
        cell: str | None,
        found: str | None,
        advice: str,
        of_row: int | None = None,
        candidates: tuple[str, ...] = (),
        field_name: str | None = None,
    ) -> None:
        """`row` is the sheet's row number; `of_row` the same row counted from 0 in the table, None for the header."""
        link = None
        if self.workbook.url and table.tab is not None and table.tab.id is not None:
            link = f"{self.workbook.url}/edit#gid={table.tab.id}" + (f"&range={cell}" if cell else "")
        column, found = (None if text is None else cells.quoted(text) for text in (column, found))
        said = (severity, code, table.spec.name, row, column, cell, found, advice, link)
        self._problems.append((table, of_row, said, candidates, field_name))

    def _say(self, severity: model.Severity, code: str, tab: str | None, advice: str, found: str | None = None) -> None:
        """A problem of a whole tab."""
        quoted = None if found is None else cells.quoted(found)
        self._problems.append((None, None, (severity, code, tab, None, None, None, quoted, advice, None), (), None))

    def _owned_problems(self) -> list[Problem]:
        """The problems with whose they are, each row asked once."""
        owners: dict[tuple[str, int], _Owner] = {}
        owned: list[Problem] = []
        for table, row, said, candidates, field_name in self._problems:
            owner = _EVERYBODY
            if table is not None and row is not None:
                at = (table.spec.name, row)
                found = owners.get(at)
                owner = owners[at] = table.owner(row) if found is None else found
            owned.append(_problem(*said, owner[0], candidates, field_name, owner[1]))
        return owned


class _Events:
    """The Events tab read: events, the undated list, and which row is which."""

    def __init__(
        self, reader: _Reader, table: _Table, ids: EventIds, towns: Towns, agencies: Agencies, venues: Venues
    ) -> None:
        self.reader = reader
        self.table = table
        self.events: list[Event] = []
        self.undated: list[Undated] = []
        self.event_of_row: dict[int, Event] = {}
        self.id_of_row: dict[int, str] = {}
        self._row_of_id: dict[str, int] = {}
        """Made when first asked for."""
        self._read(ids, towns, agencies, venues)

    def _read(self, ids: EventIds, towns: Towns, agencies: Agencies, venues: Venues) -> None:
        reader, table = self.reader, self.table
        days = reader.readings(table, "date")
        statuses = reader.readings(table, "status")
        town = [reading.value for reading in reader.readings(table, "town", towns.read)]
        town_texts = reader.readings(table, "town", cells.read_text, quiet=True)
        lead = [reading.value for reading in reader.readings(table, "lead_agency", agencies.read)]
        partners = [reading.value for reading in reader.readings(table, "partner_agencies", agencies.read_several)]
        self._lead, self._partners = lead, partners
        table.owner = lambda row: (self._agencies_of_row(row), self.id_of_row.get(row))
        plain = {
            name: [reading.value for reading in reader.readings(table, name)]
            for name in (
                "title", "backup_venue", "cancel_reason", "officers_needed", "bilingual_needed", "registered",
                "release_due", "release_sent", "funding", "public_notes", "internal_notes",
            )
        }  # fmt: skip
        venue_texts = [reading.value for reading in reader.readings(table, "venue", cells.read_text)]
        venue = self._venues(venue_texts, town, venues)
        starts, ends = self._times(days)
        event_ids, made = self._ids(days, town, ids)
        replaces = [reading.value for reading in reader.readings(table, "replaces", ids.read)]

        kept = 0
        for row, number in enumerate(table.numbers):
            event_id = event_ids[row]
            if event_id is None and (row in self._duplicates or days[row].value is not None):
                continue
            day, extra, status = days[row].value, days[row].extra, statuses[row].value
            others = partners[row] or ()
            title = plain["title"][row] or "Coffee with a Cop"
            if day is None:
                self.undated.append(
                    Undated(
                        event_id,
                        number,
                        cells.as_typed(table.cell("date", row)) or None,
                        title,
                        town[row],
                        venue_texts[row],
                        lead[row],
                        others,
                        status,
                    )
                )
                if event_id is not None:
                    self.id_of_row[row] = event_id
                continue
            why = statuses[row].extra
            event = _event(
                event_id or "",
                number,
                day,
                starts[row],
                ends[row],
                title,
                town[row],
                town_texts[row].value,
                venue[row],
                venue_texts[row],
                plain["backup_venue"][row],
                lead[row],
                others,
                status,
                plain["cancel_reason"][row] or (why.reason if why else None),
                why.note if why else None,
                replaces[row],
                plain["officers_needed"][row],
                plain["bilingual_needed"][row],
                plain["registered"][row],
                plain["release_due"][row],
                plain["release_sent"][row],
                plain["funding"][row],
                plain["public_notes"][row],
                plain["internal_notes"][row],
                extra.note if isinstance(extra, DateExtra) else None,
                row in made,
            )
            self._check(row, event)
            self.events.append(event)
            self.event_of_row[row] = event
            self.id_of_row[row] = event.id
            kept += 1
        reader.account(table, kept)

    @cached_property
    def by_id(self) -> dict[str, Event]:
        return {event.id: event for event in self.events}

    def _agencies_of_row(self, row: int) -> tuple[str, ...]:
        return _named(self._lead[row], *(self._partners[row] or ()))

    def agencies_of(self, event_id: str | None) -> tuple[str, ...]:
        """The agencies of an event, dated or not: its lead, then its partners."""
        if len(self._row_of_id) < len(self.id_of_row):
            self._row_of_id = {known: row for row, known in self.id_of_row.items()}
        row = None if event_id is None else self._row_of_id.get(event_id)
        return () if row is None else self._agencies_of_row(row)

    def answering_for(self, event_id: str | None) -> tuple[str, ...]:
        """Who answers for what residents asked at an event: its lead, its partners only where none is known."""
        named = self.agencies_of(event_id)
        row = None if event_id is None else self._row_of_id.get(event_id)
        return named if row is None or self._lead[row] is None else named[:1]

    def _check(self, row: int, event: Event) -> None:
        today = self.reader.today
        if event.status == "Completed" and event.date > today:
            said = "Completed, but the day is still to come: correct the day or the Status."
            self.reader.problem(self.table, row, "status", Finding("inconsistent", said, "warning"))
        elif event.status == "Confirmed" and event.date < today:
            said = "The day is past: set Status to Completed, Cancelled or Postponed."
            self.reader.problem(self.table, row, "status", Finding("overdue", said, "warning"))

    def _venues(self, texts: Sequence[str | None], town: Sequence[str | None], venues: Venues) -> list[Any]:
        pairs = list(zip(texts, town, strict=True))
        bad = {text for text in set(texts) if text is not None and cells.is_formula_error(text)}
        once = {
            (text, where): NOTHING if text is None or text in bad else venues.read(text, where)
            for text, where in set(pairs)
        }
        found = [once[pair] for pair in pairs]
        self.reader.report(self.table, "venue", found, once.values())
        return [reading.value for reading in found]

    def _ids(
        self, days: Sequence[Reading], town: Sequence[str | None], ids: EventIds
    ) -> tuple[list[str | None], set[int]]:
        """Each row's ID, typed or made; None for a second use, and for an undated event that has none."""
        reader, table = self.reader, self.table
        typed = [reading.value for reading in reader.readings(table, "id")]
        found: list[str | None] = list(typed)
        first: dict[str, int] = {}
        self._duplicates: set[int] = set()
        for row, event_id in enumerate(typed):
            if event_id is None:
                continue
            name = event_id.casefold()
            if name in first:
                said = f"Row {table.numbers[first[name]]} has this ID already, and stands; this row is not read."
                reader.problem(table, row, "id", Finding("duplicate-id", f"{said} Give it an ID of its own."))
                self._duplicates.add(row)
                found[row] = None
            else:
                first[name] = row
                ids.add(event_id)
        made: set[int] = set()
        used: dict[str, int] = {}
        for row, reading in enumerate(days):
            if typed[row] is not None or reading.value is None:
                continue
            base = f"{reading.value.isoformat()}-{_slug(town[row])}"
            number = used.get(base, 1)
            event_id = base if number == 1 else f"{base}-{number}"
            while event_id in ids:
                number += 1
                event_id = f"{base}-{number}"
            used[base] = number + 1
            ids.add(event_id)
            found[row] = event_id
            made.add(row)
            said = (
                f"{cells.quoted(event_id)} was made for it. Type an ID of its own: that stays the same when rows move."
            )
            reader.problem(table, row, "id", Finding("made-id", said, "notice"))
        return found, made

    def _times(self, days: Sequence[Reading]) -> tuple[list[dt.time | None], list[dt.time | None]]:
        reader, table = self.reader, self.table
        begins = reader.readings(table, "start")
        finishes = reader.readings(table, "end", quiet=True)
        starts: list[dt.time | None] = [reading.value for reading in begins]
        ends: list[dt.time | None] = [reading.value for reading in finishes]
        for row, (day, begin, finish) in enumerate(zip(days, begins, finishes, strict=True)):
            started = begin.value
            if started is None and day.extra is not None and not begin.failed and isinstance(day.extra, DateExtra):
                started = day.extra.time and day.extra.time.value
            if started is not None and finish.value is not None and finish.value <= started:
                finish = finishes[row] = _in_the_afternoon(started, finish)
                ends[row] = finish.value
            if begin.extra is not None or finish.extra is not None or day.extra is not None:
                starts[row], ends[row] = self._one_time(row, day, begin, finish)
            start, end = starts[row], ends[row]
            if start is None:
                continue
            if end is not None and end <= start:
                end = ends[row] = None
                said = "The end is not after the start: correct one of them, with AM or PM."
                reader.problem(table, row, "end", Finding("impossible", said))
            self._hours_of_day(row, start, end, finish)
        reader.report(table, "end", finishes, finishes)
        return starts, ends

    def _one_time(
        self, row: int, day: Reading, begin: Reading, finish: Reading
    ) -> tuple[dt.time | None, dt.time | None]:
        """Start and End where one cell told more than its own: a range, or a day with a time."""
        reader, table = self.reader, self.table
        start, end = begin.value, finish.value
        if isinstance(day.extra, DateExtra) and day.extra.time and start is None and not begin.failed:
            begin = day.extra.time
            start = begin.value
            for finding in begin.findings:
                reader.problem(table, row, "date", finding)
        to = begin.extra.end if isinstance(begin.extra, TimeExtra) else None
        if to is not None:
            if end is None and not finish.failed:
                end = to
            elif end != to and end is not None:
                said = f"The range ends at {cells.say_time(to)}, but End says {cells.say_time(end)}: End counts."
                reader.problem(table, row, "start", Finding("guessed", said, "warning"))
        until = finish.extra.end if isinstance(finish.extra, TimeExtra) else None
        if until is not None:
            if start is None or start == end:
                start, end = finish.value, until
            else:
                said = "A range stands here, and it begins otherwise than Start: type the end alone."
                reader.problem(table, row, "end", Finding("ambiguous", said))
                end = None
        return start, end

    def _hours_of_day(self, row: int, start: dt.time, end: dt.time | None, finish: Reading) -> None:
        """Nobody serves coffee before six or after eight: more likely AM and PM were mixed up."""
        rules = self.reader.rules
        late = rules.late_hour * 60
        begins = start.hour * 60 + start.minute
        ends = begins + rules.default_minutes if end is None else end.hour * 60 + end.minute
        if begins < rules.early_hour * 60:
            self._implausible(row, "start", f"It would start at {cells.say_time(start)}")
        if ends > late:
            where = "start" if end is None or finish.value is None else "end"
            self._implausible(row, where, f"It would end after {cells.say_time(dt.time(rules.late_hour % 24))}")

    def _implausible(self, row: int, name: str, said: str) -> None:
        where = name if name in self.table.cells else "date"
        self.reader.problem(self.table, row, where, Finding("implausible", f"{said}: check AM and PM.", "warning"))


_TOTAL = re.compile(
    r"(?:grand |sub-?|sub |year(?:ly)? |monthly )?totals?"
    r"(?: (?:guests?|events?|officers?|hours?|attendance|count|20[0-9]{2}))?(?: ?\([^)]*\))?\s*[:=]?\s*[0-9.,]*"
    r"|sum|averages?|avg\.?|mean"
)


_TOTAL_INITIALS = frozenset("gGsStTyYmMaA \t\n")


def _is_total(cell: str) -> bool:
    return _TOTAL.fullmatch(cell.strip().casefold()) is not None


def _status(
    typed: model.AssignmentStatus | None, beside_name: model.AssignmentStatus | None, *, leaves: bool
) -> model.AssignmentStatus:
    """An assignment's status: the Status cell counts, unless a remark says that the person does not go."""
    if beside_name in NOT_GOING and (leaves or typed not in NOT_GOING):
        return beside_name
    return typed or beside_name or "Assigned"


def _each_once(column: Sequence[Cell], read: Read) -> tuple[list[Reading], Iterable[Reading]]:
    """Each cell's reading, and the distinct ones: people repeat themselves, so little is read. True is not 1 here."""
    kinds = set(map(type, column))
    if bool in kinds and (int in kinds or float in kinds):
        typed = [(type(cell), cell) for cell in column]
        by_type = {key: read(key[1]) for key in set(typed)}
        return [by_type[key] for key in typed], by_type.values()
    once = {cell: read(cell) for cell in set(column)}
    return [once[cell] for cell in column], once.values()


_LAST_DAYS = {"first": "last", "active_from": "active_to"}
"""Where a period's last day stands, by its first day's field."""


def _says_nothing(cell: Cell) -> bool:
    return cells.is_blank(cell) or cells.is_not_said(cell)


def _is_tick(cell: Cell) -> bool:
    return isinstance(cell, bool)


def _guarded(read: Read) -> Read:
    """No cell without a value reaches a reader, and a failed formula is one finding whatever the column."""

    def guarded(cell: Cell) -> Reading:
        if isinstance(cell, str) and cell[:1].isalnum() and cell[0] not in "lL":
            return read(cell)
        if cell is None or (isinstance(cell, str) and cells.is_blank(cell)):
            return NOTHING
        return FORMULA_ERROR if cells.is_formula_error(cell) else read(cell)

    return guarded


def _bounding(read: Read) -> Read:
    """A reader for a column in which some cell is too long."""
    guarded = _guarded(read)
    return lambda cell: cells.read_too_long(cell, guarded) if isinstance(cell, TooLong) else guarded(cell)


def _with_year(extra: DateExtra, day: Partial, neighbours: Sequence[dt.date]) -> Reading:
    years = range(min(near.year for near in neighbours) - 4, max(near.year for near in neighbours) + 5)
    days = [one for year in years if (one := day.in_year(year)) is not None]

    def distance(one: dt.date) -> int:
        return sum(abs((one - other).days) for other in neighbours)

    if not days:
        return cells.wrong("impossible", "There is no such day in the years about it: type the day with its year.")
    nearest = min(days, key=distance)
    if day.weekday is not None and day.nth is None and nearest.weekday() != day.weekday:
        # The weekday tells the year, if a neighbouring year has it.
        agreeing = [one for one in days if one.weekday() == day.weekday and abs(one.year - nearest.year) <= 1]
        if not agreeing:
            said = f"{nearest:%-m/%-d/%Y} is a {nearest:%A}: type the day with its year, and without a weekday."
            return cells.wrong("weekday-mismatch", said)
        nearest = min(agreeing, key=distance)
    said = f"No year: read as {nearest:%a} {nearest.month}/{nearest.day}/{nearest.year}. Type the year."
    return cells.guess(nearest, said, replace(extra, partial=None))


def _in_the_afternoon(start: dt.time, end: Reading) -> Reading:
    """The reading of an end typed without AM or PM that only makes sense in the afternoon: 11:30 to 1."""
    time: dt.time = end.value
    if not (isinstance(end.extra, TimeExtra) and end.extra.loose and time.hour < 12 <= start.hour):
        return end
    later = time.replace(hour=time.hour + 12)
    if later <= start:
        return end
    said = f"Read as {cells.say_time(later)}, as it is after the start. {cells.TIME_ADVICE}"
    findings = tuple(replace(one, advice=said) if one.code == "guessed" else one for one in end.findings)
    return replace(end, value=later, findings=findings)


_COUNTS = ("guests", "youth", "new_visitors", "conversations", "cups", "surveys")


def _is_zero(headcount: Headcount) -> bool:
    """Whether nobody came, as one may well type of an event that was called off."""
    guests = headcount.guests
    return (guests is None or guests.high == 0) and not any(getattr(headcount, name) for name in _COUNTS[1:])


def _plus(time: dt.time, minutes: int) -> dt.time:
    """So many minutes later, on the same day."""
    return dt.time(*divmod(min(time.hour * 60 + time.minute + minutes, 24 * 60 - 1), 60))


def _people(count: model.Count | None) -> float | None:
    return None if count is None else count.best


def _slug(town: str | None) -> str:
    plain = unicodedata.normalize("NFKD", town or "").encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "unknown"


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:57]}…"


def _letters(index: int) -> str:
    """A column's letters: 0 is A, 26 is AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(65 + rest) + letters
    return letters


_Record = TypeVar("_Record")


def quick(record: type[_Record]) -> Callable[..., _Record]:
    """Makes frozen records of a kind in a third of the time.

    A frozen record's own `__init__` goes through `object.__setattr__` for every field, which is a fifth of what a large
    sheet takes to read. A draft with the same slots is filled plainly, and then becomes the record.
    """
    drafted: Any = make_dataclass(
        f"_{record.__name__}Draft",
        [(one.name, Any, field(default=one.default)) for one in fields(record)],  # type: ignore[arg-type]
        slots=True,
    )

    def make(*values: Any) -> _Record:
        draft = drafted(*values)
        draft.__class__ = record
        return draft  # type: ignore[no-any-return]

    return make


_event, _assignment, _headcount, _problem = quick(Event), quick(Assignment), quick(Headcount), quick(Problem)


def _names_people(problem: Problem) -> bool:
    """Whether it is about a cell that names who goes to an event."""
    return (problem.tab, problem.field_name) in {("Staffing", "officer"), ("Events", "officers")}


def _named(*agencies: str | None) -> tuple[str, ...]:
    """The agencies that are named, each once."""
    return tuple(dict.fromkeys(one for one in agencies if one))


def header_row(spec: TabSpec, rows: Sequence[Sequence[Cell]]) -> int | None:
    """The first of the top rows that names at least two of the tab's columns, counted from 0.

    A tab that needs one column only (a list of towns) may have just that one.
    """
    lone: int | None = None
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        known = schema.read_header(spec, row).known
        if len(known) >= 2:
            return number
        if lone is None and any(spec.column(name).required for name in known):
            lone = number
    return lone if sum(column.required for column in spec.columns) == 1 else None


def columns_read(workbook: Workbook, only: Container[str]) -> dict[str, dict[str, tuple[str, Sequence[Cell]]]]:
    """For each tab named in `only`, by field: the header as typed, and the cells below it that the reader reads.

    Raises `SourceUnavailable`, as `read_workbook` does.
    """
    reader = _Reader(workbook, dt.date.min, Rules())
    found = reader._match_tabs()
    tables = {
        spec.name: reader._table(spec, found[spec.name])
        for spec in schema.TABS
        if spec.name in found and spec.name in only
    }
    return {
        name: {field: (header, table.cells.get(field, ())) for field, (_, header) in table.columns.items()}
        for name, table in tables.items()
    }


def _worst_first(problem: Problem) -> tuple[int, int, int, int, str]:
    letters = (problem.cell or "").rstrip("0123456789")
    return (
        _SEVERITY_ORDER[problem.severity],
        _TAB_ORDER.get(problem.tab or "", len(_TAB_ORDER)),
        problem.row or 0,
        len(letters),
        letters,
    )
