"""Make the plan of reading: the tabs and their headers in, a `Plan` out."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NoReturn

from rapidfuzz import process

from cwac.model import Cell, Merge, Row, SourceUnavailable, Tab, Workbook
from cwac.settings import Rules, SettingsError
from cwac.sheet import headers, schema, text
from cwac.sheet.cell_kinds import COFFEE, LOOKED_AT, Cells, is_day
from cwac.sheet.header_words import meanings, speaks_against_events, speaks_of_other_things
from cwac.sheet.meaning import (
    MASKED,
    Headed,
    Known,
    agency_of_title,
    assign,
    field_by_hand,
    header_text,
    is_contradicted,
    said_by_hand,
)
from cwac.sheet.names import name_key
from cwac.sheet.periods import NamedPeriod, period_of, with_year_of
from cwac.sheet.plan import By, ColumnPlan, Plan, TablePlan, UnreadTab
from cwac.sheet.schema import ATTENDANCE, EVENTS, STAFFING, TabSpec
from cwac.sheet.table import shorten

HEADER_WITHIN = 15
"""The header is looked for in this many rows: titles, notes and a legend may be above it."""
KEYED = (STAFFING, ATTENDANCE)
"""The tabs whose rows may name their event by day and place."""

FIT: Mapping[str, float] = {
    "date": 2.0, "start": 2.0, "venue": 1.5, "town": 1.5, "guests": 1.0, "lead_agency": 1.0, "officers": 1.0,
    "title": 0.75, "end": 0.5, "status": 0.5, "partner_agencies": 0.5,
}  # fmt: skip
"""What each field counts for a tab that may be a plan of events."""
OTHER_FIELD, OTHER_THING, OTHER_TITLE, EVENT_TITLE = 0.25, -2.25, -3.0, 1.5
"""What any other field counts, a header that speaks of other things, and such a title, or one of events."""
IS_EVENTS, PERHAPS_EVENTS = 4.5, 3.0
"""From the first on a tab is read as events, from the second on if no other tab is."""

_OTHER_TITLE = re.compile(
    r"\b(?:training|inventory|budget|contacts?|fleet|vehicles?|equipment|expens\w*|payroll|overtime|time ?sheets?"
    r"|mileage|maintenance|evidence|supplies|supply|purchas\w*|invoices?|donations?|donors?|grants?|citations?|arrests?|calls?"
    r"|cases?|complaints?|uniforms?|certif\w*|lookups?|vendors?|members?|directory|phone|keys?|assets?|leave)\b",
    re.I,
)
_EVENT_TITLE = re.compile(
    r"\b(?:coffee|caf[eé]|cops?|cwac|events?|eventos?|outreach|calendar|calendario|community|upcoming|past|schedule"
    r"|programa)\b",
    re.I,
)
_NOT_READ = re.compile(r"^copy of\b|^copia de\b|\b(?:old|archived?|back-?up|template|do not use|deprecated)\b", re.I)
_MARKS_OF_FORMS = frozenset({"timestamp", "marcatemporal", "completiontime", "horadefinalizacion"})
"""Columns that only forms have."""
_OF_FORMS = _MARKS_OF_FORMS | {"id", "starttime", "horadeinicio", "email", "emailaddress", "name", "nombre", "yourname"}
"""Columns of a form that are about the answer, not the event; ID and Start time only of Microsoft's."""
_COPY = re.compile(r" \([0-9]+\)$")


@dataclass(frozen=True, slots=True)
class _Sketch:
    """A table that a tab may be, and how well it fits."""

    table: TablePlan
    fit: float

    @property
    def fields(self) -> set[str]:
        return _fields(self.table)


def make_plan(workbook: Workbook, rules: Rules | None = None) -> Plan:
    """How to read a workbook. Raises `SourceUnavailable` (`empty`, `no-events-tab`, `no-header`)."""
    titled = [
        (number, tab if len(tab.title) <= text.MAX_CELL else replace(tab, title=tab.title[: text.MAX_CELL]))
        for number, tab in enumerate(workbook.tabs)
        if tab.title.strip() and not headers.is_start_here(tab.title)
    ]
    if not any(not text.is_blank(cell) for _, tab in titled for row in tab.rows for cell in row):
        raise SourceUnavailable(
            "empty",
            "There is nothing in this workbook.",
            "Start from the blank workbook that `cwac template FILE.xlsx` writes.",
        )
    return _Planner(titled, rules or Rules()).plan()


def refuse_unknown_meanings(rules: Rules) -> None:
    """Raise `SettingsError` for a meaning in `[columns]` or `[tabs]` that no column or tab of the contract has."""
    for name, meant in rules.columns:
        if meant and all(field_by_hand(meant, spec) is None for spec in schema.TABS):
            raise _unknown_meaning("columns", name, meant, [one.header for spec in schema.TABS for one in spec.columns])
    for name, meant in rules.tabs:
        if meant and headers.key(meant) not in {headers.key(spec.name) for spec in schema.TABS}:
            raise _unknown_meaning("tabs", name, meant, [spec.name for spec in schema.TABS])


def _unknown_meaning(section: str, name: str, meant: str, known: Sequence[str]) -> SettingsError:
    near = process.extractOne(meant, list(dict.fromkeys(known)), score_cutoff=70)
    remedy = f"did you mean {near[0]}?" if near else f"write one of {', '.join(dict.fromkeys(known))}."
    return SettingsError(
        f"{shorten(name)} in [{section}]", f"has a meaning that is not known, {shorten(meant)}", remedy
    )


class _Planner:
    def __init__(self, titled: Sequence[tuple[int, Tab]], rules: Rules) -> None:
        self._titled = titled
        self._columns = {headers.key(name): meant for name, meant in rules.columns}
        self._kinds = {headers.key(name): meant for name, meant in rules.tabs}
        self._unread: list[UnreadTab] = []
        self._known = self._names_of_lists()

    def plan(self) -> Plan:
        named: dict[str, list[tuple[int, Tab]]] = {}
        sketches: list[_Sketch] = []
        for number, tab in self._titled:
            spec = self._kind_by_name(tab)
            by_hand = self._kinds.get(headers.key(tab.title))
            if by_hand == "":
                self._leave(number, tab, "the settings say that it is not read.")
            elif spec is EVENTS or (spec is None and by_hand is None):
                if reason := _why_not_read(tab, is_named=spec is not None or by_hand is not None):
                    self._leave(number, tab, reason, is_put_away=True)
                elif spec is EVENTS:
                    sketch = self._sketch(number, tab, EVENTS)
                    if len(sketch.fields) < 2 and (across := _runs_across(tab.rows)):
                        self._leave(number, tab, across, asks=True)
                    else:
                        sketches.append(sketch)
                else:
                    self._judge(number, tab, sketches)
            elif spec is not None and by_hand is None and self._is_rather_events(number, tab, spec):
                sketches.append(self._sketch(number, tab, EVENTS))
            elif spec is not None:
                named.setdefault(spec.name, []).append((number, tab))
        if not sketches:
            self._take_for_events(named, sketches)
        events = self._events(sketches)
        tables = {EVENTS.name: [block for one in events for block in self._blocks(one)]}
        for name, candidates in named.items():
            tables[name] = self._named(name, candidates)
        self._add_counts_by_day(tables)
        if not tables[EVENTS.name]:
            self._fail()
        in_order = [table for spec in schema.TABS for table in tables.get(spec.name, ())]
        return Plan(tuple(in_order), tuple(sorted(self._unread, key=lambda one: one.tab)))

    # --- tabs ---------------------------------------------------------------------------------------------------------

    def _kind_by_name(self, tab: Tab) -> TabSpec | None:
        by_hand = self._kinds.get(headers.key(tab.title))
        if by_hand:
            return next((spec for spec in schema.TABS if headers.key(spec.name) == headers.key(by_hand)), None)
        return headers.spec_for(tab.title)

    def _leave(self, number: int, tab: Tab, reason: str, *, asks: bool = False, is_put_away: bool = False) -> None:
        self._unread.append(UnreadTab(number, tab.title, _filled(tab.rows), reason, asks, is_put_away))

    def _judge(self, number: int, tab: Tab, sketches: list[_Sketch]) -> None:
        """Take a tab without a known name for events, or say why not."""
        sketch = self._sketch(number, tab, EVENTS)
        fields = sketch.fields
        what = fields & {"venue", "town", "title", "guests"}
        if _names_coffee(tab) and "start" in fields:
            what |= {"start"}
        needed = IS_EVENTS if _other_things(sketch.table) else PERHAPS_EVENTS
        if sketch.fit >= needed and "date" in fields and what and len(fields) > 1:
            sketches.append(sketch)
        elif across := _runs_across(tab.rows):
            self._leave(number, tab, across, asks=True)
        elif "date" in fields and sketch.fit >= 2 and len(sketch.table.columns) > 1:
            missing = "columns that say where and when" if not what else "columns of events alone"
            reason = f"it has days, but not {missing}. If it is a plan of events, say so in the settings under [tabs]."
            self._leave(number, tab, reason, asks=True)
        else:
            self._leave(number, tab, "it is not one of the tabs the dashboard uses.")

    def _is_rather_events(self, number: int, tab: Tab, spec: TabSpec) -> bool:
        """Whether a tab named Coverage or Details has the columns of events, and not the ones of its name."""
        header = headers.header_row(spec, tab.rows)
        own = headers.read_header(spec, tab.rows[header]).fields_named if header is not None else set()
        needed = {column.field for column in spec.columns if column.required}
        if spec in KEYED and "event_id" not in own:
            needed -= {"event_id"}
        if needed <= own:
            return False
        sketch = self._sketch(number, tab, EVENTS)
        where = sketch.fields & {"venue", "town"}
        if spec is ATTENDANCE and "start" not in sketch.fields:
            return False
        return sketch.fit >= IS_EVENTS + OTHER_TITLE / 2 and {"date", "start"} <= sketch.fields and bool(where)

    def _take_for_events(self, named: dict[str, list[tuple[int, Tab]]], sketches: list[_Sketch]) -> None:
        """Take a tab called Staff or Attendance, with days and places and no event to refer to, for the events."""
        for spec in KEYED:
            for number, tab in named.pop(spec.name, []):
                sketch = self._sketch(number, tab, EVENTS)
                if "date" in sketch.fields and sketch.fields & {"venue", "town"}:
                    sketches.append(sketch)
                else:
                    named.setdefault(spec.name, []).append((number, tab))

    def _events(self, sketches: list[_Sketch]) -> list[_Sketch]:
        """The tabs of events in the order in which they are read: an exact "Events" first."""
        sure = [one for one in sketches if one.fit >= IS_EVENTS or self._is_named_events(one)]
        if not sure and sketches:
            best = max(sketches, key=lambda one: one.fit)
            sure = [one for one in sketches if one.fit >= best.fit - 0.5]
        for one in sketches:
            if one not in sure:
                tab = next(tab for number, tab in self._titled if number == one.table.tab)
                reason = "it may list events, but too little of it is like the other tabs. Say so under [tabs]."
                self._leave(one.table.tab, tab, reason, asks=True)
        named = [one for one in sure if self._is_named_events(one)]
        first = min(named, key=lambda one: _distance(EVENTS, one.table.title), default=None)
        return sorted(sure, key=lambda one: (one is not first, one.table.tab))

    def _is_named_events(self, sketch: _Sketch) -> bool:
        by_hand = self._kinds.get(headers.key(sketch.table.title))
        return by_hand is not None or headers.spec_for(sketch.table.title) is EVENTS

    def _named(self, name: str, candidates: list[tuple[int, Tab]]) -> list[TablePlan]:
        """The one tab of a name other than Events: the name itself before aliases, exact before forgiven."""
        spec = next(spec for spec in schema.TABS if spec.name == name)
        chosen = min(candidates, key=lambda one: _distance(spec, one[1].title))
        for number, tab in candidates:
            if number != chosen[0]:
                self._leave(number, tab, f'the tab "{chosen[1].title}" is read as {name} already.')
        return [self._table(*chosen, spec)]

    def _add_counts_by_day(self, tables: dict[str, list[TablePlan]]) -> None:
        """Read a tab of days, places and counts as Attendance, beside a plan that has no counts."""
        events = tables[EVENTS.name]
        if ATTENDANCE.name in tables or len(events) < 2 or "guests" in _fields(events[0]):
            return
        for one in events[1:]:
            fields = _fields(one)
            if "guests" in fields and not fields & {"start", "officers", "lead_agency", "status", "id"}:
                tab = next(tab for number, tab in self._titled if number == one.tab)
                tables[ATTENDANCE.name] = [self._table(one.tab, tab, ATTENDANCE)]
                events.remove(one)
                return

    def _fail(self) -> NoReturn:
        across = next((one for one in self._unread if "run across" in one.reason), None)
        others = [one for one in self._unread if headers.spec_for(one.title) is None]
        if across is not None:
            remedy = f'In the tab "{shorten(across.title)}" events run across: one row an event is needed.'
        elif others:
            names = ", ".join(f'"{shorten(one.title)}"' for one in others[:5])
            remedy = (
                f"It has {names}. Name the tab that lists the events Events, with columns Date, Start, Town and Venue."
            )
        else:
            remedy = "Its other tabs are there: bring Events back (in Google Sheets: File, Version history), or add it."
        raise SourceUnavailable("no-events-tab", "This workbook has no tab named Events.", remedy)

    # --- one tab ------------------------------------------------------------------------------------------------------

    def _table(self, number: int, tab: Tab, spec: TabSpec) -> TablePlan:
        header = headers.header_row(spec, tab.rows)
        if spec in KEYED and (header is None or not _names_ids(spec, tab.rows[header])):
            keyed = self._keyed(number, tab, spec)
            if keyed is not None:
                return keyed
        if header is None:
            return TablePlan(number, tab.title, spec.name, None)
        return TablePlan(number, tab.title, spec.name, header, tuple(self._plain_columns(tab, spec, header)))

    def _keyed(self, number: int, tab: Tab, spec: TabSpec) -> TablePlan | None:
        """Attendance or Staffing whose rows name their event by day and place, not by its ID."""
        events = self._sketch(number, tab, EVENTS).table
        if events.header is None or "date" not in {column.field for column in events.columns}:
            return None
        keys = {
            one.index: replace(one, field=f"@{one.field}")
            for one in events.columns
            if one.field in ("date", "venue", "town", "start")
        }
        plain = {one.index: one for one in self._plain_columns(tab, spec, events.header)}
        also = {"guests": "guests"} if spec is ATTENDANCE else {"officers": "officer", "lead_agency": "agency"}
        columns = []
        for one in events.columns:
            own = plain.get(one.index) or ColumnPlan(one.index, one.header)
            taken = {other.field for other in plain.values()}
            if one.index in keys:
                own = keys[one.index]
            elif own.field is None and one.use == "adults" and spec is ATTENDANCE and "guests" not in taken:
                own = one
            elif own.field is None and one.field in also and also[one.field] not in taken and one.use == "value":
                own = plain[one.index] = replace(one, field=also[one.field])
            columns.append(own)
        return TablePlan(number, tab.title, spec.name, events.header, tuple(columns), False, events.period)

    def _sketch(self, number: int, tab: Tab, spec: TabSpec) -> _Sketch:
        """The tab as a table of events, with the header row that fits best."""
        best: _Sketch | None = None
        for header in _likely_headers(tab.rows):
            between = tab.rows[best.table.header + 1 : header] if best and best.table.header is not None else ()
            if any(is_day(cell) for row in between for cell in row if not text.is_blank(cell)):
                break  # the rows of the table above it
            columns = self._event_columns(tab, header)
            by_ids = any(column.field == "id" for column in columns)
            period = _period(tab, header)
            has_lead = any(column.field in ("lead_agency", "partner_agencies") for column in columns)
            agency = None if by_ids or has_lead else agency_of_title(tab.title, self._known)
            table = TablePlan(number, tab.title, spec.name, header, tuple(columns), by_ids, period, None, agency)
            sketch = _Sketch(table, _fit(tab, table))
            # The row below may name the columns where this one names groups; any later one begins another block.
            needed = 0.01 if best and best.table.header == header - 1 else 1.0
            if best is None or sketch.fit > best.fit + needed:
                best = sketch
        return best or _Sketch(TablePlan(number, tab.title, spec.name, None), 0.0)

    def _blocks(self, sketch: _Sketch) -> list[TablePlan]:
        """The table, parted where another header begins a new block of columns."""
        first = sketch.table
        if first.by_ids or first.header is None:
            return [first]
        tab = next(tab for number, tab in self._titled if number == first.tab)
        blocks = [first]
        named = {one.index: headers.key(one.header) for one in first.columns}
        for number in range(first.header + 1, len(tab.rows)):
            row = tab.rows[number]
            if not _may_be_header(row):
                continue
            keys = {at: headers.key(header_text(cell)) for at, cell in enumerate(row) if not text.is_blank(cell)}
            if keys.items() <= named.items():
                continue
            columns = self._event_columns(tab, number)
            block = TablePlan(
                first.tab, first.title, first.kind, number, tuple(columns), False, _period(tab, number), first.last,
                first.agency,
            )  # fmt: skip
            blocks[-1] = replace(blocks[-1], last=number)
            if "date" not in {column.field for column in columns} or _fit(tab, block) < PERHAPS_EVENTS:
                reason = f"of it, the table that begins in row {number + 1} has no days, or is none of events."
                rows = _filled(tab.rows[number + 1 :])
                self._unread.append(UnreadTab(first.tab, first.title, rows, reason, asks=True))
                break
            blocks.append(block)
            named = {one.index: headers.key(one.header) for one in columns}
        return blocks

    def _plain_columns(self, tab: Tab, spec: TabSpec, header: int) -> list[ColumnPlan]:
        """The columns by their names alone."""
        row = tab.rows[header]
        typed = [header_text(cell) for cell in row]
        by_hand = self._hand_columns(tab, spec, typed)
        planned = _by_names(spec, self._without_hand(tab, spec, row), typed) | by_hand
        return [planned[at] for at in sorted(planned)]

    def _without_hand(self, tab: Tab, spec: TabSpec, row: Sequence[Cell]) -> list[Cell]:
        by_hand = self._hand_columns(tab, spec, [header_text(cell) for cell in row])
        fields = {one.field for one in by_hand.values()}
        return [
            MASKED
            if at in by_hand or ((column := headers.column_for(spec, cell)) is not None and column.field in fields)
            else cell
            for at, cell in enumerate(row)
        ]

    def _hand_columns(self, tab: Tab, spec: TabSpec, typed: Sequence[str]) -> dict[int, ColumnPlan]:
        """The columns that the settings name."""
        found: dict[int, ColumnPlan] = {}
        for at, header in enumerate(typed if self._columns else ()):
            meant = said_by_hand(header, tab.title, self._columns) if header.strip() else None
            if meant is None:
                continue
            meaning = field_by_hand(meant, spec)
            if meaning is not None:
                field, agency = meaning
                use = "people" if agency else "value"
                found[at] = ColumnPlan(at, header, field, "settings", use, named=agency)  # type: ignore[arg-type]
            elif not meant.strip():
                found[at] = ColumnPlan(at, header, None, "settings")
        return found

    def _event_columns(self, tab: Tab, header: int) -> list[ColumnPlan]:
        """The columns of a plan of events: by hand, by name, then by words and cells together."""
        typed = _header_texts(tab, header)
        below = tab.rows[header + 1 : header + 1 + LOOKED_AT]
        below = below[: next((at for at, row in enumerate(below) if at and _may_be_header(row)), len(below))]
        cells = [Cells(row[at] for row in below if at < len(row)) for at in range(len(typed))]
        groups = _groups(tab, header, typed)
        by_hand = self._hand_columns(tab, EVENTS, typed)
        row = self._without_hand(tab, EVENTS, [name or None for name in typed])
        too_long = {
            at
            for at, cell in enumerate(tab.rows[header])
            if isinstance(text.bounded(cell, text.MAX_CELL), text.TooLong)
        }
        of_form = {at for at, name in enumerate(typed) if headers.key(name) in _OF_FORMS}
        is_form = any(headers.key(typed[at]) in _MARKS_OF_FORMS for at in of_form)
        if not any(headers.key(name) == "completiontime" for name in typed):
            of_form -= {at for at, name in enumerate(typed) if headers.key(name) in ("starttime", "horadeinicio", "id")}
        for at in of_form if is_form else ():
            row[at] = MASKED
        by_ids = _names_ids(EVENTS, row)
        for at, name in enumerate(row):
            if at in too_long:
                row[at] = MASKED
                continue
            column = headers.column_for(EVENTS, name) if isinstance(name, str) else None
            if (column is not None and name != column.header and is_contradicted(column.field, cells[at])) or (
                speaks_of_other_things(typed[at])
                and column is not None
                and meanings(typed[at]) == ()
                and _is_near(column, typed[at])
            ):
                row[at] = MASKED
            elif not by_ids and name is None and cells[at]:
                row[at] = MASKED  # a column without a header does not end the table
        planned = _by_names(EVENTS, row, typed) | by_hand
        open_columns = [
            Headed(at, typed[at], f"{groups[at]} {typed[at]}".strip(), cells[at])
            for at, one in planned.items()
            if one.field is None
            and one.by is None
            and not one.cut
            and at not in too_long | (of_form if is_form else set())
        ]
        open_at = {one.index for one in open_columns}
        already = [one for at, one in planned.items() if at not in open_at]
        planned |= assign(open_columns, already, self._known)
        columns = [planned[at] for at in sorted(planned)]
        return _several_people([replace(one, header=typed[one.index]) for one in columns])

    def _names_of_lists(self) -> Known:
        """The agencies and people that the workbook's own lists name."""
        names: dict[str, set[str]] = {"Agencies": set(), "Officers": set()}
        for _, tab in self._titled:
            spec = headers.spec_for(tab.title)
            header = headers.header_row(spec, tab.rows) if spec is not None and spec.name in names else None
            if spec is None or header is None:
                continue
            for at, column in headers.read_header(spec, tab.rows[header]).columns.items():
                if column.field in ("short", "name", "id", "aliases"):
                    for row in tab.rows[header + 1 : header + 1 + LOOKED_AT]:
                        typed = header_text(row[at]) if at < len(row) else ""
                        names[spec.name] |= {name_key(part) for part in typed.split(";")} - {""}
        return Known(frozenset(names["Agencies"]), frozenset(names["Officers"]))


def _fields(table: TablePlan) -> set[str]:
    return {column.field for column in table.columns if column.field is not None}


def _distance(spec: TabSpec, title: str) -> tuple[bool, bool, bool]:
    """The order in which tabs with the same meaning are read: the tab's name before aliases, exact before forgiven."""
    is_alias = headers.key(title) != headers.key(spec.name)
    return title != spec.name, is_alias, not headers.is_exact(title, spec.name, spec.aliases)


def _why_not_read(tab: Tab, *, is_named: bool) -> str | None:
    if tab.hidden:
        return "it is hidden."
    if not is_named and (_NOT_READ.search(tab.title) or _COPY.search(tab.title)):
        return "its title says that it is a copy or is no longer used."
    return None


def _filled(rows: Sequence[Row]) -> int:
    return sum(any(not text.is_blank(cell) for cell in row) for row in rows)


# --- headers ----------------------------------------------------------------------------------------------------------


def _names_ids(spec: TabSpec, row: Sequence[Cell]) -> bool:
    field = "id" if spec is EVENTS else "event_id"
    return field in headers.read_header(spec, row).fields_named


def _is_near(column: schema.Column, typed: str) -> bool:
    names = (column.header, *column.aliases, *column.spanish)
    return headers.key(typed) not in {headers.key(name) for name in names}


def _by_names(spec: TabSpec, row: Sequence[Cell], typed: Sequence[str]) -> dict[int, ColumnPlan]:
    """The columns of a header row by their names alone, as `headers.read_header` has them."""
    header = headers.read_header(spec, row)
    planned = {}
    for at, column in header.columns.items():
        exact = headers.key(typed[at]) == headers.key(column.header)
        by: By = "near" if at in header.renamed else "exact" if exact else "alias"
        planned[at] = ColumnPlan(at, typed[at], column.field, by)
    for at, first in header.repeated.items():
        planned[at] = ColumnPlan(at, typed[at], same_as=first, perhaps=header.columns[first].field)
    for at in header.unknown:
        planned[at] = ColumnPlan(at, typed[at])
    for at, column in header.cut.items():
        planned[at] = ColumnPlan(at, typed[at], perhaps=column.field, cut=True)
    return planned


def _several_people(columns: list[ColumnPlan]) -> list[ColumnPlan]:
    """Of several columns of names, all are people; so is one for a role."""
    same = {one.index for one in columns if one.same_as is not None and one.perhaps == "officers"}
    naming = [one for one in columns if one.field == "officers" or one.index in same]
    if len(naming) < 2 and not any(one.role for one in naming):
        return columns
    return [
        replace(one, field="officers", use="people", by=one.by or "alias", perhaps=None, same_as=None)
        if one in naming and one.use == "value"
        else one
        for one in columns
    ]


def _header_texts(tab: Tab, header: int) -> list[str]:
    """The headers as typed. A header that is merged over several columns, or from the row above, is each one's."""
    row = tab.rows[header]
    width = max(map(len, tab.rows[: header + 1 + LOOKED_AT]), default=0)
    typed = [header_text(cell) for cell in row]
    typed += [""] * (width - len(typed))
    for merge in tab.merges:
        if merge.top <= header < merge.bottom:
            source = tab.rows[merge.top]
            name = header_text(source[merge.left]) if merge.left < len(source) else ""
            for at in range(merge.left, min(merge.right, width)):
                if not typed[at].strip() and name.strip() and merge.right - merge.left < max(3, width - 1):
                    typed[at] = name
    while (
        typed
        and not typed[-1].strip()
        and all(
            len(row) <= len(typed) - 1 or text.is_blank(row[len(typed) - 1])
            for row in tab.rows[: header + 1 + LOOKED_AT]
        )
    ):
        typed.pop()
    return typed


def _groups(tab: Tab, header: int, typed: Sequence[str]) -> list[str]:
    """The group that stands above each header, as "Staffing" above 1, 2 and 3; blank where there is none."""
    none = [""] * len(typed)
    above = tab.rows[header - 1] if header else ()
    filled = [at for at, cell in enumerate(above) if at < len(typed) and not text.is_blank(cell)]
    if len(filled) < 2 or any(not isinstance(above[at], str) for at in filled):
        return none
    for place, at in enumerate(filled):
        merge = next((one for one in tab.merges if _covers(one, header - 1, at)), None)
        end = merge.right if merge else filled[place + 1] if place + 1 < len(filled) else len(typed)
        for column in range(at, min(end, len(typed))):
            none[column] = header_text(above[at])
    return none


def _covers(merge: Merge, row: int, column: int) -> bool:
    return merge.top <= row < merge.bottom and merge.left <= column < merge.right


def _may_be_header(row: Row) -> bool:
    """Whether a row far down names columns: a few short texts, most of them known as headers."""
    filled = [cell for cell in row if cell is not None and cell != ""]
    if not 2 <= len(filled) <= 60 or not all(isinstance(cell, str) and len(cell) <= 60 for cell in filled):
        return False
    scores = [_name_score(cell) for cell in filled if isinstance(cell, str)]
    return sum(score > 0.5 for score in scores) >= max(2, 0.6 * len(scores))


def _likely_headers(rows: Sequence[Row]) -> list[int]:
    """The top rows that name at least two columns."""
    likely = []
    for number, row in enumerate(rows[:HEADER_WITHIN]):
        names = [cell for cell in row if isinstance(cell, str) and not text.is_blank(cell)]
        if sum(_name_score(name) > 0.5 for name in names[:100]) > 1:
            likely.append(number)
    return likely


def _name_score(cell: str) -> float:
    if len(cell) > 100 or cell[:1].isdigit():
        return 0.0
    if headers.column_for(EVENTS, cell) is not None:
        return 2.0
    found = meanings(cell)
    return 0.0 if not found else 1.5 if found[0].sure else 0.5


def _other_things(table: TablePlan) -> int:
    """How many headers speak of other things than events."""
    return sum(
        speaks_against_events(one.header) and one.field is None and headers.key(one.header) not in _OF_FORMS
        for one in table.columns
    )


def _fit(tab: Tab, table: TablePlan) -> float:
    fields = {column.field for column in table.columns if column.field is not None}
    others = _other_things(table)
    above = " ".join(
        header_text(cell) for row in tab.rows[: table.header or 0] for cell in row if isinstance(cell, str)
    )
    is_of_events = bool(_EVENT_TITLE.search(f"{tab.title} {above}")) or _names_coffee(tab)
    is_other = bool(_OTHER_TITLE.search(tab.title)) and not is_of_events
    doubts = sum(1 for one in table.columns if one.perhaps and one.same_as is None and not one.cut)
    return (
        sum(FIT.get(field, OTHER_FIELD) for field in fields)
        + OTHER_THING * max(0, others - (1 if is_of_events or len(fields) > 6 else 0))
        + (EVENT_TITLE if is_of_events else 0)
        + (OTHER_TITLE if is_other else 0)
        - 0.1 * doubts
    )


def _names_coffee(tab: Tab) -> bool:
    """Whether a cell of the first rows names the program, as "Coffee w/ Cop" does."""
    below = (cell for row in tab.rows[:LOOKED_AT] for cell in row if isinstance(cell, str))
    return any(COFFEE.search(cell[: text.MAX_CELL]) for cell in below)


def _period(tab: Tab, header: int) -> NamedPeriod | None:
    """The month or year in the tab's title, else in a title row above the header."""
    period = period_of(tab.title)
    for row in reversed(tab.rows[:header]):
        typed = [header_text(cell) for cell in row if isinstance(cell, str) and not text.is_blank(cell)]
        if len(typed) == 1 and not re.search(r"updated|revised|as of|printed", typed[0], re.I):
            period = with_year_of(period, period_of(typed[0]))
    return period


def _runs_across(rows: Sequence[Row]) -> str | None:
    """Why a tab in which events stand side by side, or one below the other, cannot be read; None for another tab."""
    advice = "its events run across: one row an event is needed."
    for row in rows[:HEADER_WITHIN]:
        filled = [cell for cell in row if not text.is_blank(cell)]
        across = Cells(filled[1:] if filled and isinstance(filled[0], str) else filled)
        if len(across.all) >= 3 and across.share("day") >= 0.8:
            return advice
        if len(across.all) >= 4 and across.share("weekday") >= 0.8:
            return advice
    first = [row[0] for row in rows[:40] if row and isinstance(row[0], str)]
    named = {column.field for cell in first if (column := headers.column_for(EVENTS, cell)) is not None}
    return advice if len(named) >= 3 and "date" in named else None
