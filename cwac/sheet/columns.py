"""Reading a column: each distinct cell once, with years filled in; a required column that is missing is reported."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Container, Iterable, Mapping, Sequence
from dataclasses import MISSING, fields, make_dataclass, replace
from functools import cache
from itertools import accumulate, starmap
from typing import Any, TypeVar

from rapidfuzz import fuzz

from cwac.date_words import WEEKDAYS, day_range, day_words, short_day
from cwac.model import Cell, Severity
from cwac.settings import Rules
from cwac.sheet import choices, counts, dates, headers, schema, text, times
from cwac.sheet.dates import DateExtra, DayRange, Partial
from cwac.sheet.names import distinct_agencies, name_key
from cwac.sheet.schema import EVENTS, Column
from cwac.sheet.table import Problems, Table, column_letters
from cwac.sheet.text import NOTHING, CellFinding, Read, Reading, TooLong, at_most, guess, shorten, wrong
from cwac.sheet.times import as_shown

_Record = TypeVar("_Record")
Values = dict[str, Sequence[Any]]
"""The values of a table's rows, by field."""


class ColumnReader:
    """Reads the columns of a table, and counts the rows that become records."""

    def __init__(self, problems: Problems, today: dt.date, rules: Rules) -> None:
        self.problems = problems
        self.problem = problems.add_cell
        self.today = today
        self.rules = rules
        self.names: dict[schema.Reader, Read] = {}
        """How cells that name a row of another tab are read, once that tab has been read."""

    def column(self, table: Table, name: str, read: Read | None = None) -> list[Any]:
        return [reading.value for reading in self.readings(table, name, read)]

    def readings(self, table: Table, name: str, read: Read | None = None, *, quiet: bool = False) -> list[Reading]:
        """The readings of one column; each distinct cell is read once. Findings are reported unless `quiet`."""
        if name not in table.cells:
            last_days = table.last_days.get(name, {})
            return [Reading(last_days[row]) if row in last_days else NOTHING for row in range(table.size)]
        column = table.spec.column(name)
        cells, read = table.cells[name], guarded(read or self._reader(column))
        # In the order of the sheet: where no names are listed, a name is shown in its first spelling.
        kinds = set(map(type, cells))
        by_kind = bool in kinds and (int in kinds or float in kinds)  # True and 1 are not the same cell
        keys: Sequence[Any] = [(type(cell), cell) for cell in cells] if by_kind else cells
        by_key = {key: read(key[1] if by_kind else key) for key in dict.fromkeys(keys)}
        readings: list[Reading] = [by_key[key] for key in keys]
        distinct: Iterable[Reading] = by_key.values()
        if column.reader in ("date", "long-date") and self._complete_days(table, name, readings):
            distinct = readings
        if name in table.last_days:
            for row, day in table.last_days[name].items():
                readings[row] = Reading(day)
            distinct = readings
        if not quiet:
            self.report(table, name, readings, distinct)
        return readings

    def report(
        self,
        table: Table,
        name: str,
        readings: Sequence[Reading],
        distinct: Iterable[Reading],
        but: Container[int] = (),
    ) -> None:
        """Report a column's findings, and the blank cells of a required column, in all rows but some.

        Rows share readings, so the `distinct` ones tell whether there is anything to report at all.
        """
        if name not in table.cells:
            return
        required = table.spec.column(name).required
        if not any(reading.findings or (required and reading.value is None) for reading in distinct):
            return
        for row, reading in enumerate(readings):
            if row in but:
                continue
            for finding in at_most(reading.findings):
                self.problem(table, row, name, finding)
            if required and reading.value is None and not reading.failed and table.has(name, row):
                self.problem(table, row, name, self._missing_value(table, row, name))

    def _missing_value(self, table: Table, row: int, name: str) -> CellFinding:
        column, blank = table.spec.column(name), text.is_blank(table.cell(name, row))
        if blank and table.merged_away(row, name):
            remedy = f"unmerge it and type {column.header} in every row."
            return CellFinding("merged-or-offset", f"The cell is part of a merged one, so it is empty: {remedy}")
        if blank and name == "date":
            index, years = table.columns[name][0], dates.years_near(self.today)
            for other, (place, _) in table.columns.items():
                cell = table.cell(other, row) if abs(place - index) == 1 and other != "id" else None
                is_day = type(cell) in (str, int) and dates.read_date(cell, years).value is not None
                if is_day and table.spec.column(other).reader not in ("date", "count", "needed"):
                    advice = "The date is in a column beside it: the row has shifted. Move its cells back."
                    return CellFinding("merged-or-offset", advice)
        return CellFinding("missing", f"Fill in {column.header}: {column.help[:1].lower()}{column.help[1:]}")

    def _reader(self, column: Column) -> Read:
        near = dates.years_near(self.today, past=column.past)
        long = dates.long_years(self.today, past=column.past)
        rules = self.rules
        if column.reader in self.names:
            return self.names[column.reader]
        readers: dict[str, Read] = {
            "text": text.read_text,
            "note": text.read_text,
            "id": text.read_text,
            "date": lambda cell: dates.read_date(cell, near),
            "long-date": lambda cell: dates.read_date(cell, long),
            "time": times.read_time,
            "count": counts.read_count,
            "needed": counts.read_needed,
            "number": counts.read_whole,
            "hours": counts.read_hours,
            "yes-no": choices.read_yes_no,
            "public": choices.read_public,
            "choice": lambda cell: choices.read_choice(cell, column.choices),
            "event-status": lambda cell: choices.read_event_status(
                cell, column.choices, schema.EVENTS.column("cancel_reason").choices
            ),
            "list": text.read_aliases if column.field == "aliases" else text.read_list,
            "latitude": lambda cell: counts.read_degrees(cell, rules.latitude_min, rules.latitude_max, "41.4242"),
            "longitude": lambda cell: counts.read_degrees(cell, rules.longitude_min, rules.longitude_max, "-122.3844"),
            "color": text.read_color,
            "summary": text.read_summary,
        }
        return readers[column.reader]

    def _complete_days(self, table: Table, name: str, readings: list[Reading]) -> bool:
        """Give each day without a year that of its period, else the nearest to the days above and below, or to today.

        A range of days typed into a From cell whose To is blank gives both. True where there was any such day.
        """
        last = _LAST_DAYS.get(name, "")
        ranges: dict[int, DayRange] = {}
        for row, reading in enumerate(readings if last else ()):
            if isinstance(days := reading.extra, DayRange) and has_no_value(table.cell(last, row)):
                ranges[row] = days
                begins = days.first_year and days.first.in_year(days.first_year)
                readings[row] = Reading(begins, extra=None if begins else DateExtra(partial=days.first))
        partials = {
            row: (extra, extra.partial)
            for row, reading in enumerate(readings)
            if isinstance(extra := reading.extra, DateExtra) and extra.partial
        }
        known: list[Any] = [reading.value for reading in readings] if partials else []
        above: list[Any] = list(accumulate(known, lambda last, day: day or last))
        below: list[Any] = list(accumulate(reversed(known), lambda following, day: day or following))[::-1]
        for row, (extra, partial) in partials.items():
            period = table.periods.get(row)
            if period is not None and (day := period.day_of(partial)) is not None:
                advice = f"No year: read as {day_words(day)}, by the {period.words} above it. Type the year."
                readings[row] = guess(day, advice, replace(extra, partial=None))
                if partial.weekday is not None and partial.nth is None and day.weekday() != partial.weekday:
                    remedy = "correct the weekday or the day, or type the day with its year."
                    named = f"{short_day(day)} is a {WEEKDAYS[day.weekday()]}"
                    readings[row] = wrong("weekday-mismatch", f"{named}: {remedy}")
            else:
                neighbors = [day for day in (above[row], below[row]) if day is not None] or [self.today]
                readings[row] = _with_year(extra, partial, neighbors)
        for row, days in ranges.items():
            begins = readings[row].value
            if begins is not None and (ends := days.ends(begins)) is not None:
                header = table.spec.column(last).header
                advice = f"Read as {day_range(begins, ends)}: type the last day under {header}."
                readings[row] = guess(begins, advice)
                table.last_days.setdefault(last, {})[row] = ends
            elif begins is not None:
                readings[row] = dates.TWO_DAYS
        return bool(partials or ranges)

    def values(self, table: Table, *excluded: str) -> Values:
        """The values of every column by field, and the row numbers as `row`. An officer is the ID, else the name."""
        values: Values = {"row": table.numbers}
        for column in table.spec.columns:
            if column.field not in excluded:
                readings = self.readings(table, column.field)
                read = [reading.value for reading in readings]
                if column.reader == "agency" and column is not EVENTS.column("lead_agency"):
                    for row in [row for row, reading in enumerate(readings) if reading.extra]:
                        advice = f"Only {text.quoted(read[row])} is read: type one agency in a cell here."
                        self.problem(table, row, column.field, CellFinding("guessed", advice, "warning"))
                if column.reader == "officer":
                    read = [person and (person.officer or person.name) for person in read]
                values[column.field] = read
        return values

    def records(
        self, record: type[_Record], table: Table, values: Values | None = None, owners: Sequence[str | None] = ()
    ) -> list[_Record]:
        """A record of each complete row, of these values or else of its cells; `owners` are the rows' agencies.

        In `values`, a last day before its first day becomes None, and is reported.
        """
        if owners:
            table.owner = lambda row: (distinct_agencies(owners[row]), None)
        values = self.values(table) if values is None else values
        for first, last in _LAST_DAYS.items():
            if first not in values:
                continue
            ends = values[last] = list(values[last])
            for row, begins in enumerate(values[first]):
                if begins is not None and ends[row] is not None and ends[row] < begins:
                    advice = f"{table.columns[last][1]} is before the first day: correct it."
                    self.problem(table, row, last, CellFinding("impossible", advice))
                    ends[row] = None
        self.report_far_days(table, values)
        return build(record, self.complete_rows(table, values), values)

    def report_far_days(self, table: Table, values: Values) -> None:
        """Report days of a career or of a town's history so far off that another century may be meant."""
        for column in table.spec.columns:
            if column.reader != "long-date":
                continue
            is_last = column.field in _LAST_DAYS.values()
            remedy = ", or leave it blank while there is no last day." if is_last else "."
            for row, day in enumerate(values[column.field]):
                years = 0 if day is None else day.year - self.today.year
                if -20 <= years <= 10 or (years < 0 and not is_last and years >= -50):
                    continue
                if not _FOUR_DIGITS.search(as_shown(table.cell(column.field, row), column.reader) or ""):
                    advice = f"Read as {day_words(day)}: check it. Type the year with four digits{remedy}"
                elif is_last is (years < 0) and table.spec is schema.OFFICERS:
                    counts = "not counted after that" if is_last else "not counted before that"
                    advice = f"Read as {day_words(day)}, so the officer is {counts}: check it. Correct the year{remedy}"
                else:
                    continue
                self.problem(table, row, column.field, CellFinding("implausible", advice, "warning"))

    def complete_rows(self, table: Table, values: Mapping[str, Sequence[Any]]) -> list[int]:
        """The rows that have every required value and a name of their own; the accounting is updated."""
        needed = [values[column.field] for column in table.spec.columns if column.required]
        rows = [row for row, row_values in enumerate(zip(*needed, strict=True)) if None not in row_values]
        if (unique := table.spec.unique) is not None:
            rows = self.first_uses(table, unique, {row: str(values[unique][row]) for row in rows})
        table.account(len(rows))
        return rows

    def first_uses(self, table: Table, field: str, names: Mapping[int, str], what: str = "") -> list[int]:
        """The rows whose name no earlier one has, in any case; a second use of a name is reported."""
        first: dict[str, int] = {}
        for row, name in names.items():
            if (earlier := first.setdefault(name.casefold(), row)) != row:
                used = f"R{table.name_row(earlier, row)[1:]} has this{what} already and is the one used"
                advice = f"{used}; this row is not read. Give it its own{what}."
                self.problem(table, row, field, CellFinding("duplicate-id", advice))
        return list(first.values())

    def repeated_rows(self, table: Table, rows: Sequence[int], advice: str) -> set[int]:
        """The rows whose every cell is the same as an earlier row's; each is reported with `advice`."""
        cells = list(table.cells.values())
        if table.size in (len(set(zip(*one, strict=True))) for one in (cells[:2], cells)):  # two columns may be enough
            return set()
        whole = list(zip(*cells, strict=True))
        first: dict[tuple[Cell, ...], int] = {}
        repeated: set[int] = set()
        for row in rows:
            earlier = first.setdefault(whole[row], row)
            if earlier != row and all(
                isinstance(a, bool) is isinstance(b, bool) for a, b in zip(whole[earlier], whole[row], strict=True)
            ):
                repeated.add(row)
                finding = CellFinding("duplicate-row", advice.format(first=table.name_row(earlier, row)), "warning")
                self.problem(table, row, "event_id", finding)
        return repeated


def build(
    record: type[_Record], rows: Sequence[int], by_row: Mapping[str, Sequence[Any]], **by_record: Sequence[Any]
) -> list[_Record]:
    """A record for each of the `rows`, by field: `by_row` has a value for each row, `by_record` one for each record.

    A value of None, and a field that is not named, is the field's default. Raises TypeError for an unknown name.
    """
    columns: dict[str, Sequence[Any]] = {
        name: list(map(values.__getitem__, rows)) for name, values in by_row.items() if name not in by_record
    }
    columns |= by_record
    in_order: list[Sequence[Any]] = []
    for each in fields(record):  # type: ignore[arg-type]
        values = columns.pop(each.name, None)
        if values is None:
            if each.default is MISSING:
                raise TypeError(f"{record.__name__} needs {each.name}")
            values = [each.default] * len(rows)
        elif each.default is not MISSING and each.default is not None and None in values:
            values = [each.default if value is None else value for value in values]
        in_order.append(values)
    if columns:
        raise TypeError(f"{record.__name__} has no field {', '.join(columns)}")
    return list(starmap(_quick(record), zip(*in_order, strict=True)))  # type: ignore[arg-type]


@cache
def _quick(record: type[_Record]) -> Callable[..., _Record]:
    """A constructor of frozen records that takes a third of the time.

    A frozen record's own `__init__` goes through `object.__setattr__` for every field, which is a fifth of what a large
    sheet takes to read. So a mutable draft with the same slots is filled, and its class is then changed.
    """
    names = [each.name for each in fields(record)]  # type: ignore[arg-type]
    draft_class: Any = make_dataclass(f"_{record.__name__}Draft", names, slots=True)

    def make(*values: Any) -> _Record:
        draft = draft_class(*values)
        draft.__class__ = record
        return draft  # type: ignore[no-any-return]

    return make


_LAST_DAYS = {"first": "last", "active_from": "active_to"}
_FOUR_DIGITS = re.compile(r"[0-9]{4}")


def has_no_value(cell: Cell) -> bool:
    return text.is_blank(cell) or text.is_not_said(cell)


def guarded(read: Read) -> Read:
    """The reader, but for blank cells, failed formulas and texts that are too long."""

    def read_guarded(cell: Cell) -> Reading:
        if type(cell) is str and cell[:1].isalnum() and cell[0] not in "lL":
            return read(cell)
        if isinstance(cell, TooLong):
            return text.read_too_long(cell, read_guarded)
        if cell is None or (isinstance(cell, str) and text.is_blank(cell)):
            return NOTHING
        if text.is_formula_error(cell):
            return text.FORMULA_WITHOUT_RESULT if cell == text.NOT_CALCULATED else text.FORMULA_ERROR
        return read(cell)

    return read_guarded


def _with_year(extra: DateExtra, partial: Partial, neighbors: Sequence[dt.date]) -> Reading:
    years = range(min(near.year for near in neighbors) - 4, max(near.year for near in neighbors) + 5)
    days = [day for year in years if (day := partial.in_year(year)) is not None]

    def distance(day: dt.date) -> int:
        return sum(abs((day - neighbor).days) for neighbor in neighbors)

    if not days:
        return wrong("impossible", "There is no such day in the years about it: type the day with its year.")
    nearest = min(days, key=distance)
    if partial.weekday is not None and partial.nth is None and nearest.weekday() != partial.weekday:
        # The weekday decides, if the year before or after has it.
        agreeing = [day for day in days if day.weekday() == partial.weekday and abs(day.year - nearest.year) <= 1]
        if not agreeing:
            named = f"{short_day(nearest)} is a {WEEKDAYS[nearest.weekday()]}"
            advice = f"{named}: type the day with its year, and without a weekday."
            return wrong("weekday-mismatch", advice)
        nearest = min(agreeing, key=distance)
    advice = f"No year: read as {day_words(nearest)}. Type the year."
    return guess(nearest, advice, replace(extra, partial=None))


_SAMPLE = 50
"""Cells of an unused column that are looked at."""
_MOST = 3
"""Unused headers that are named beside a missing column."""

_LISTED = {
    "agency": ("Agencies", ("short", "name", "aliases")),
    "town": ("Towns", ("name", "aliases")),
    "officer": ("Officers", ("id", "name", "aliases")),
    "people": ("Officers", ("id", "name", "aliases")),
    "event": ("Events", ("id",)),
}
"""The tab and fields that list the names in a column, by the column's reader."""


def report_missing_columns(problems: Problems, tables: Mapping[str, Table], today: dt.date) -> None:
    """Report each required column that a tab with a header row does not have."""
    for table in tables.values():
        if not table.header_number:
            continue
        for column in table.spec.columns:
            if not column.required or column.field in table.columns or column.field in table.cells:
                continue
            if column.field == "event_id" and "@date" in table.columns:
                continue  # rows that name their event by its day
            hint, similar = ": add it.", ""
            cut = (one for one in table.blocks[0].plan.columns if one.cut and one.perhaps == column.field)
            beyond = next((one.index for one in cut), None)
            if beyond is not None:
                apart = "but an empty header cell separates that from the table"
                hint = f". Column {column_letters(beyond)} has it, {apart}. Fill the empty cell, or move the column."
            else:
                similar = similar_headers(table, column, _content_test(column, tables, today))
            advice = f'There is no column "{column.header}"{{}} {column.help}'
            severity: Severity = "error"
            if table.spec is EVENTS and column.field == "status":
                severity = "notice"
                advice += " Until then events count as Confirmed, past ones as Completed, and nothing is public."
            unquoted = advice.format(hint) if similar else None
            advice = advice.format(f". {similar}; if not, add the column." if similar else hint)
            finding = CellFinding("missing-column", advice, severity)
            place = None, column.header
            problems.add(table, table.header_number, place, None, finding, unquoted=unquoted)


def similar_headers(table: Table, column: Column, is_value: Callable[[Cell], bool] | None, enough: float = 0.6) -> str:
    """A sentence, without its period, that names the unused headers that could be the column; empty without any.

    `is_value` tells whether a cell could be a value of the column, and `enough` is the share of such cells that is
    evidence by itself, whatever the header.
    """
    ranked: list[tuple[float, int]] = []
    for at, header in table.unused.items():
        share = _share(table, at, is_value) if is_value else None
        similarity = _similarity(header, column)
        if (share or 0) >= enough or (similarity >= 70 and share != 0):
            ranked.append((-(share or 0) - similarity / 100, at))
    best = [at for _, at in sorted(ranked)[:_MOST]]
    if not best:
        return ""
    *others, last = [f'"{shorten(table.unused[at])}" (column {column_letters(at)})' for at in best]
    which = f"{', '.join(others)} and {last} are not used: if one of them" if others else f"{last} is not used: if that"
    return f"{which} is it, name it {column.header}"


def _similarity(header: str, column: Column) -> float:
    """How much a header looks like one of the column's names, from 0 to 100; 100 where it has one of them as a word."""
    typed = headers.key(header)
    words = {headers.key(word) for word in header.split()}
    names = [headers.key(name) for name in (column.header, *column.aliases, *column.spanish)]
    if words & {name for name in names if len(name) > 2}:
        return 100
    if len(typed) < 3:
        return 0
    return max((fuzz.ratio(typed, name) for name in names if len(name) > 2), default=0)


def _content_test(column: Column, tables: Mapping[str, Table], today: dt.date) -> Callable[[Cell], bool] | None:
    """Whether a cell could be a value of the column; None where that cannot be told from a cell."""
    if column.reader in ("date", "long-date"):
        years = dates.years_near(today) if column.reader == "date" else dates.long_years(today)
        read_date = guarded(lambda cell: dates.read_date(cell, years))
        return lambda cell: (day := read_date(cell)).value is not None or isinstance(day.extra, DateExtra)
    if column.choices:
        read_choice = guarded(lambda cell: choices.read_choice(cell, column.choices))
        return lambda cell: read_choice(cell).value is not None
    tab, fields = _LISTED.get(column.reader, ("", ()))
    listed = {
        name_key(name)
        for field in fields
        for cell in (tables[tab].cells.get(field, ()) if tab in tables else ())
        for name in (text.as_typed(cell) or "").split(";" if field == "aliases" else "\n")
    } - {""}
    return (lambda cell: name_key(text.as_typed(cell) or "") in listed) if listed else None


def _share(table: Table, at: int, is_value: Callable[[Cell], bool]) -> float | None:
    """The share of the column's first cells that could be values; None where too few cells are filled to tell."""
    rows: Sequence[Sequence[Cell]] = table.tab.rows[table.header_number :] if table.tab else ()
    cells = [text.bounded(row[at], text.MAX_CELL) for row in rows if at < len(row) and not text.is_blank(row[at])]
    sample = [cell for cell in cells[:_SAMPLE] if not isinstance(cell, text.TooLong)]
    share = sum(map(is_value, sample)) / len(sample) if sample else None
    return None if share == 0 and len(sample) < 3 else share
