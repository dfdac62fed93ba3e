"""Make the plan of reading: the tabs and their headers in, a `Plan` out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache, partial
from typing import NoReturn

from rapidfuzz import process

from cwac.model import ColumnReading, Row, SourceUnavailable, Tab, TableReading, Workbook
from cwac.settings import Rules, SettingsError
from cwac.sheet import event_tabs, headers, schema, text
from cwac.sheet.cell_kinds import COFFEE, LOOKED_AT, Cells, day_above, is_agency_like
from cwac.sheet.headers import field_by_hand, meanings
from cwac.sheet.meaning import Known, agency_of_title, is_of_rooms
from cwac.sheet.names import name_key
from cwac.sheet.officers import surname_of
from cwac.sheet.plan import ColumnPlan, Plan, TablePlan, UnreadTab
from cwac.sheet.remarks import split_cell
from cwac.sheet.schema import ATTENDANCE, EVENTS, STAFFING, Column, TabSpec
from cwac.sheet.table import column_letters
from cwac.sheet.text import header_text, shorten, text_of
from cwac.sheet.times import as_shown

_PLACES = {"venue", "town"}
_ACROSS = "its events run across: one row an event is needed."
_MOST_ASKED = 10
"""Tabs of which it is asked whether they list the events, where none was recognized."""
KEYED = (STAFFING, ATTENDANCE)


def make_plan(workbook: Workbook, rules: Rules | None = None) -> Plan:
    """How to read a workbook. Raises `SourceUnavailable` (`empty`, `no-events-tab`, `no-header`)."""
    titled = [
        (number, tab if len(tab.title) <= text.MAX_CELL else replace(tab, title=tab.title[: text.MAX_CELL]))
        for number, tab in enumerate(workbook.tabs)
        if tab.title.strip() and headers.key(tab.title[: text.MAX_CELL]) != headers.key(schema.START_HERE)
    ]
    if not any(not text.is_blank(cell) for _, tab in titled for row in tab.rows for cell in row):
        raise SourceUnavailable(
            "empty",
            "There is nothing in this workbook.",
            "Start from the blank workbook that `cwac template FILE.xlsx` writes.",
        )
    return _Planner(titled, rules or Rules()).plan()


def plan_alone(tab: Tab) -> TablePlan | None:
    """The table of a tab that is read by itself, as its title names it or else as events; None if it is neither."""
    planner, spec = _Planner([(0, tab)], Rules()), headers.spec_for(tab.title)
    if spec is not None and spec is not EVENTS:
        return planner.table(0, tab, spec)
    try:
        return planner.plan().tables[0]
    except SourceUnavailable:
        return None


def refuse_unknown_meanings(rules: Rules) -> None:
    """Raise `SettingsError` for a meaning in `[columns]` or `[tabs]` that no column or tab of the contract has."""
    for name, meant in rules.columns:
        if meant and all(field_by_hand(meant, spec) is None for spec in schema.every_tab()):
            known = [one.header for spec in schema.every_tab() for one in spec.columns]
            raise _unknown_meaning("columns", name, meant, known)
    for name, meant in rules.tabs:
        if meant and headers.key(meant) not in {headers.key(spec.name) for spec in schema.every_tab()}:
            raise _unknown_meaning("tabs", name, meant, [spec.name for spec in schema.every_tab()])


def _unknown_meaning(section: str, name: str, meant: str, known: Sequence[str]) -> SettingsError:
    near = process.extractOne(meant, list(dict.fromkeys(known)), score_cutoff=70)
    remedy = f"did you mean {near[0]}?" if near else f"write one of {', '.join(dict.fromkeys(known))}."
    return SettingsError(
        f"{shorten(name)} in [{section}]", f"has a meaning that is not known, {shorten(meant)}", remedy
    )


class _Planner:
    def __init__(self, titled: Sequence[tuple[int, Tab]], rules: Rules) -> None:
        self._tabs = dict(titled)
        self._kinds = {headers.key(name): meant for name, meant in rules.tabs}
        self._unread: list[UnreadTab] = []
        self._fit: dict[int, float] = {}
        """By tab, how well its sketch fits: the table of events that it may be."""
        self._known = replace(self._names_of_lists(), typed_people=cache(self._people_of_columns))
        by_hand = {headers.key(name): meant for name, meant in rules.columns}
        self._column_plans = event_tabs.ColumnPlanner(by_hand, self._known)

    def plan(self) -> Plan:
        named: dict[str, list[tuple[int, Tab]]] = {}
        sketches: list[TablePlan] = []
        added: list[TablePlan] = []
        for number, tab in self._tabs.items():
            spec = self._kind_by_name(tab)
            by_hand = self._kinds.get(headers.key(tab.title))
            may_be_added = by_hand is None or (by_hand != "" and spec not in schema.TABS)
            in_tab = partial(self._column_plans.hand_columns, tab)
            known = (tabs.plan(number, tab, in_tab) for tabs in schema.added_tabs() if may_be_added)
            table = next(filter(None, known), None)
            if spec is EVENTS and by_hand is None and headers.key(tab.title) != headers.key(EVENTS.name):
                spec = None if event_tabs.is_of_other_things(tab) else spec  # "Calendar" over "City council 2026"
            is_named = by_hand is not None or (table is None and spec is not None)
            may_be_events = spec is EVENTS or (spec is None and by_hand is None)
            if by_hand == "":
                self._leave(number, tab, "the settings say that it is not read.", is_put_away=True)
            elif table is None and may_be_added and by_hand is not None:
                self._leave(number, tab, f"it has no columns of {by_hand}.", asks=True, of_addon=True)
            elif (table or may_be_events) and (reason := event_tabs.why_not_read(tab, is_named=is_named)):
                self._leave(number, tab, reason, is_put_away=True)
            elif table is not None:
                added.append(table)
            elif spec is EVENTS:
                sketch = self._sketch(number, tab)
                if len(sketch.fields) < 2 and event_tabs.runs_across(tab.rows):
                    self._leave(number, tab, _ACROSS, asks=True, runs_across=True)
                else:
                    sketches.append(sketch)
            elif spec is None:
                self._judge(number, tab, sketches)
            elif by_hand is None and self._is_rather_events(number, tab, spec):
                sketches.append(self._sketch(number, tab))
            else:
                named.setdefault(spec.name, []).append((number, tab))
        for spec in () if sketches else KEYED:
            # A tab called Staff or Attendance, with days and places and no event to refer to.
            for number, tab in named.pop(spec.name, []):
                sketch = self._sketch(number, tab)
                if "date" in sketch.fields and sketch.fields & _PLACES:
                    sketches.append(sketch)
                else:
                    named.setdefault(spec.name, []).append((number, tab))
        tables = {EVENTS.name: [block for one in self._events(sketches) for block in self._blocks(one)]}
        for name, candidates in named.items():
            # The tab's name itself before aliases, exact before forgiven.
            spec = next(spec for spec in schema.TABS if spec.name == name)
            chosen = min(candidates, key=lambda one: _distance(spec, one[1].title))
            tables[name] = [self.table(*chosen, spec)]
            for number, tab in candidates:
                if number != chosen[0]:
                    self._leave(number, tab, f'the tab "{chosen[1].title}" is read as {name} already.')
        self._add_counts_by_day(tables)
        for one in added:
            tables.setdefault(one.kind, []).append(one)
        if not tables[EVENTS.name]:
            self._fail()
        in_order = [one for spec in schema.every_tab() for one in tables.get(spec.name, ())]
        return Plan(tuple(in_order), tuple(sorted(self._unread, key=lambda one: one.tab)))

    # --- tabs ---------------------------------------------------------------------------------------------------------

    def _kind_by_name(self, tab: Tab) -> TabSpec | None:
        by_hand = self._kinds.get(headers.key(tab.title))
        if by_hand:
            return next((spec for spec in schema.every_tab() if headers.key(spec.name) == headers.key(by_hand)), None)
        return headers.spec_for(tab.title)

    def _leave(self, number: int, tab: Tab, reason: str, **more: bool) -> None:
        self._unread.append(UnreadTab(number, tab.title, text.filled_rows(tab.rows), reason, **more))

    def _judge(self, number: int, tab: Tab, sketches: list[TablePlan]) -> None:
        sketch = self._sketch(number, tab)
        fields = sketch.fields
        what = fields & {"venue", "town", "title", "guests"}
        if event_tabs.names_coffee(tab) and "start" in fields:
            what |= {"start"}
        needed = event_tabs.IS_EVENTS if event_tabs.count_other_things(sketch) else event_tabs.PERHAPS_EVENTS
        is_other = event_tabs.is_of_other_things(tab)
        if self._fit[number] >= needed and "date" in fields and what and len(fields) > 1 and not is_other:
            sketches.append(sketch)
        elif event_tabs.runs_across(tab.rows):
            self._leave(number, tab, _ACROSS, asks=True, runs_across=True)
        elif "date" in fields and self._fit[number] >= 2 and len(sketch.columns) > 1:
            missing = "columns that say where and when" if not what else "columns of events alone"
            missing = "a title of events" if is_other else missing
            reason = f"it has days, but not {missing}. If it is a plan of events, say so in the settings under [tabs]."
            self._leave(number, tab, reason, asks=True)
        else:
            by_hand = partial(self._column_plans.hand_columns, tab)
            lacking = next(filter(None, (tabs.why_none(tab, by_hand) for tabs in schema.added_tabs())), None)
            if lacking is not None:
                self._leave(number, tab, lacking, asks=True, of_addon=True)
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
        fields = self._sketch(number, tab).fields
        fits = self._fit[number] >= event_tabs.IS_EVENTS + event_tabs.OTHER_TITLE / 2
        return fits and {"date", "start"} <= fields and not fields.isdisjoint(_PLACES)

    def _events(self, sketches: list[TablePlan]) -> list[TablePlan]:
        """The tabs of events in the order in which they are read: an exact "Events" first."""
        sure = [one for one in sketches if self._fit[one.tab] >= event_tabs.IS_EVENTS or self._is_named_events(one)]
        if not sure and sketches:
            best = max(self._fit[one.tab] for one in sketches)
            sure = [one for one in sketches if self._fit[one.tab] >= best - 0.5]
        sure = self._like_the_plan(sure)
        for one in sketches:
            if one not in sure:
                reason = "it may list events, but too little of it is like the other tabs. Say so under [tabs]."
                self._leave(one.tab, self._tabs[one.tab], reason, asks=True)
        # Where there is a tab a place, its rooms are at the place of its title.
        of_rooms = [
            one
            for one in sure
            if "town" not in one.fields
            and (venue := one.read.get("venue")) is not None
            and is_of_rooms(venue.header)
            and event_tabs.is_title_of_place(one.title)
        ]
        if len(of_rooms) > 1:
            sure = [replace(one, place=one.title) if one in of_rooms else one for one in sure]
        named = [one for one in sure if self._is_named_events(one)]
        first = min(named, key=lambda one: _distance(EVENTS, one.title), default=None)
        return sorted(sure, key=lambda one: (one is not first, one.tab))

    def _like_the_plan(self, sketches: list[TablePlan]) -> list[TablePlan]:
        """Those that are the plan of events by their titles, and others that have its columns, a period or counts."""
        plans = [
            one
            for one in sketches
            if self._is_named_events(one) or event_tabs.PROGRAM.search(event_tabs.title_of(self._tabs[one.tab]))
        ]
        known = {headers.key(column.header) for one in plans for column in one.columns} - {""}
        liked = []
        for one in sketches:
            named = {headers.key(column.header) for column in one.columns} - {""}
            is_alike = 2 * len(named & known) > len(named) or one.period is not None
            counts = "guests" in one.fields and one.fields.isdisjoint(("start", "officers", "lead_agency", "title"))
            if not plans or one in plans or is_alike or counts:
                liked.append(one)
        return liked

    def _is_named_events(self, sketch: TablePlan) -> bool:
        by_hand = self._kinds.get(headers.key(sketch.title))
        return by_hand is not None or headers.spec_for(sketch.title) is EVENTS

    def _add_counts_by_day(self, tables: dict[str, list[TablePlan]]) -> None:
        """Read a tab of days, places and counts as Attendance, beside a plan that has no counts."""
        events = tables[EVENTS.name]
        if ATTENDANCE.name in tables or len(events) < 2 or "guests" in events[0].fields:
            return
        for one in events[1:]:
            fields = one.fields
            if "guests" in fields and not fields & {"start", "officers", "lead_agency", "status", "id"}:
                tables[ATTENDANCE.name] = [self.table(one.tab, self._tabs[one.tab], ATTENDANCE)]
                events.remove(one)
                return

    def _fail(self) -> NoReturn:
        """Raise the refusal of a workbook without a list of events; it names no tab, as a title may be private."""
        open_tabs = [one.tab for one in self._unread if not one.is_put_away and not one.runs_across][:_MOST_ASKED]
        sketches = [self._sketch(number, self._tabs[number]) for number in open_tabs]
        likely = [one for one in sketches if "date" in one.fields] or sketches
        if any(one.runs_across for one in self._unread):
            remedy = "In one of its tabs events run across, as in a month's grid: one row an event is needed."
        elif not open_tabs and any(one.is_put_away for one in self._unread):
            remedy = (
                "A tab is not read where it is hidden, where its title says that it is a copy or old, or where the "
                "settings say so under [tabs]: show it, rename it, or say there that it is Events."
            )
        elif any(headers.spec_for(one.title) is None for one in self._unread):
            remedy = (
                "If one of its tabs lists the events, say so in the settings under [tabs], as cwac connect does, or "
                "name its columns Date, Start, Town and Venue."
            )
        else:
            remedy = (
                "Its other tabs are there: bring the list of events back (in Google Sheets: File, Version history), or "
                "add it, with columns Date, Start, Town and Venue."
            )
        raise SourceUnavailable(
            "no-events-tab",
            "No tab of this workbook lists events: a column of days was looked for, and one of places or titles.",
            remedy,
            reading=[table_reading(one, self._tabs[one.tab].rows, every_cell=True) for one in likely],
        )

    # --- one tab ------------------------------------------------------------------------------------------------------

    def table(self, number: int, tab: Tab, spec: TabSpec) -> TablePlan:
        header = headers.header_row(spec, tab.rows)
        named = set() if header is None else headers.read_header(spec, tab.rows[header]).fields_named
        if spec in KEYED and "event_id" not in named and (keyed := self._keyed(number, tab, spec)) is not None:
            return keyed
        columns = () if header is None else self._column_plans.of_names(tab, spec, header)
        return TablePlan(number, tab.title, spec.name, header, tuple(columns))

    def _keyed(self, number: int, tab: Tab, spec: TabSpec) -> TablePlan | None:
        """Attendance or Staffing whose rows name their event by day and place, not by its ID."""
        events = self._sketch(number, tab)
        if events.header is None or "date" not in {column.field for column in events.columns}:
            return None
        plain = {one.index: one for one in self._column_plans.of_names(tab, spec, events.header)}
        also = {"guests": "guests"} if spec is ATTENDANCE else {"officers": "officer", "lead_agency": "agency"}
        columns = []
        for one in events.columns:
            own = plain.get(one.index) or ColumnPlan(one.index, one.header)
            taken = {other.field for other in plain.values()}
            if one.field in ("date", "venue", "town", "start"):
                own = replace(one, field=f"@{one.field}")
            elif own.field is None and one.use == "adults" and spec is ATTENDANCE and "guests" not in taken:
                own = one
            elif own.field is None and one.field in also and also[one.field] not in taken and one.use == "value":
                own = plain[one.index] = replace(one, field=also[one.field])
            columns.append(own)
        return TablePlan(number, tab.title, spec.name, events.header, tuple(columns), False, events.period)

    def _sketch(self, number: int, tab: Tab) -> TablePlan:
        """The tab as a table of events, with the header row that fits best."""
        best: TablePlan | None = None
        for header in event_tabs.likely_headers(tab.rows):
            columns = tuple(self._column_plans.of_events(tab, header, is_named=self._kind_by_name(tab) is EVENTS))
            fields = {column.field for column in columns}
            by_ids = "id" in fields
            has_agency = by_ids or not fields.isdisjoint(("lead_agency", "partner_agencies"))
            agency = None
            if not has_agency:
                labeled = event_tabs.labels_above(tab, header).items()
                said = (value for label, value in labeled if _is_sure(label, "lead_agency") and is_agency_like(value))
                agency = next(said, None) or agency_of_title(tab.title, self._known)
            period = event_tabs.period_above(tab, header)
            table = TablePlan(number, tab.title, EVENTS.name, header, columns, by_ids, period, agency=agency)
            if not by_ids and "date" not in fields:
                lines = sum(day_above(row) is not None for row in tab.rows[header + 1 : LOOKED_AT])
                table = replace(table, days_above=lines > 1)
            fit = event_tabs.fit_of(tab, table)
            # The row below may name the columns where this one names groups; any later one begins another block.
            needed = 0.01 if best and best.header == header - 1 else 1.0
            if best is None or fit > self._fit[number] + needed:
                best, self._fit[number] = table, fit
        if best is None:
            self._fit[number] = 0.0
        return best or TablePlan(number, tab.title, EVENTS.name, None)

    def _blocks(self, first: TablePlan) -> list[TablePlan]:
        """The table, parted where another header begins a new block of columns."""
        if first.by_ids or first.header is None:
            return [first]
        tab = self._tabs[first.tab]
        blocks = [first]
        named = {one.index: headers.key(one.header) for one in first.columns}
        for number in range(first.header + 1, len(tab.rows)):
            row = tab.rows[number]
            if not all(cell is None or isinstance(cell, str) for cell in row):
                continue
            keys = {at: headers.key(header_text(cell)) for at, cell in enumerate(row) if not text.is_blank(cell)}
            repeated = sum(bool(key) and named.get(at) == key for at, key in keys.items())
            is_other = repeated > 1 and len(keys) > repeated + 1  # some of the columns' names, and others
            if not (is_other or event_tabs.may_be_header(row)) or keys.items() <= named.items():
                continue
            columns = self._column_plans.of_events(tab, number, is_named=self._kind_by_name(tab) is EVENTS)
            block = replace(first, header=number, columns=tuple(columns), period=event_tabs.period_above(tab, number))
            blocks[-1] = replace(blocks[-1], last=number)
            is_elsewhere = first.fields & _PLACES and not block.fields & _PLACES
            if "date" not in block.fields or is_elsewhere or event_tabs.fit_of(tab, block) < event_tabs.PERHAPS_EVENTS:
                reason = f"of it, the table that begins in row {number + 1} has no days, or is none of events."
                rows = text.filled_rows(tab.rows[number + 1 :])
                self._unread.append(UnreadTab(first.tab, first.title, rows, reason, asks=True))
                break
            blocks.append(block)
            named = {one.index: headers.key(one.header) for one in columns}
        return blocks

    def _names_of_lists(self) -> Known:
        names: dict[str, set[str]] = {"Agencies": set(), "Officers": set()}
        for tab in self._tabs.values():
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

    def _people_of_columns(self) -> frozenset[str]:
        """The surnames that columns of officers name, in any tab."""
        names: set[str] = set()
        for tab in self._tabs.values():
            for header in event_tabs.likely_headers(tab.rows):
                below = tab.rows[header + 1 : header + 1 + LOOKED_AT]
                for at, cell in enumerate(tab.rows[header]):
                    if not COFFEE.search(header_text(cell)) and _is_sure(header_text(cell), "officers"):
                        cells = event_tabs.cells_below(below, at)
                        named = cells.all if cells.share("people") >= 0.5 else ()
                        parts = (part for typed in named for part in split_cell(text_of(typed)))
                        names |= {surname for part in parts if (surname := surname_of(part.bare))}
        return frozenset(names)


def _is_sure(header: str, field: str) -> bool:
    said = meanings(header)
    return bool(said) and said[0].field == field and said[0].sure


def _distance(spec: TabSpec, title: str) -> tuple[bool, bool, bool]:
    """The order in which tabs with the same meaning are read: the tab's name before aliases, exact before forgiven."""
    is_alias = headers.key(title) != headers.key(spec.name)
    return title != spec.name, is_alias, not headers.is_exact(title, spec.name, spec.aliases)


def table_reading(table: TablePlan, rows: Sequence[Row], *, every_cell: bool = False) -> TableReading:
    """What was understood of a table, in names of the sheet and of the contract.

    With `every_cell` each column that is read has examples, not only those that are asked about.
    """
    below = rows[0 if table.header is None else table.header + 1 : table.last]
    columns = []
    for one in table.columns:
        perhaps = None if one.cut or one.same_as is not None else one.perhaps
        quoted = one.field or perhaps if every_cell else perhaps
        meaning, may_mean = (field and table.spec.column(field).header for field in (one.field, perhaps))
        cells = () if quoted is None else _examples(below, one.index, table.spec.column(quoted))
        columns.append(ColumnReading(column_letters(one.index), one.header, meaning, one.by, may_mean, cells))
    header_row = None if table.header is None else table.header + 1
    return TableReading(table.title, table.kind, header_row, text.filled_rows(below), tuple(columns))


def _examples(rows: Sequence[Row], index: int, column: Column) -> tuple[str, ...]:
    """Three of a column's cells as the sheet shows them, but none that looks like an address, a number or a price.

    None of a column that only coordinators see, as an officer's address.
    """
    if column.audience == "coordinators":
        return ()
    filled = (row[index] for row in rows if index < len(row) and not text.is_blank(row[index]))
    typed = dict.fromkeys(
        shorten(as_shown(cell, column.reader) or "")
        for _, cell in zip(range(20), filled, strict=False)
        if not Cells([cell]).share("private")
    )
    return tuple(typed)[:3]
