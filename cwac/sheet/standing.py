"""A plan of reading stays the same from one look to the next: what a column meant before it means now."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace

from cwac.model import Workbook
from cwac.sheet import headers
from cwac.sheet.header_rows import HEADER_WITHIN
from cwac.sheet.meaning import header_text
from cwac.sheet.plan import ColumnPlan, Plan, TablePlan

_SAME_HEADER = 0.6
"""The share of a table's headers that a row must have to be its header still."""
_SEVERAL = ("officers", "partner_agencies", "date", "guests")
"""Fields that several columns may make up."""


def stand(new: Plan, before: Plan, workbook: Workbook) -> Plan:
    """The new plan, in which tabs and headers that were there before are read as before. Settings beat both."""
    tables = []
    for table in new.tables:
        old = next((one for one in before.of_kind(table.kind) if one.title == table.title), None)
        tables.append(table if old is None or table.header is None else _with_earlier_columns(table, old))
    read = {(table.kind, table.title) for table in new.tables}
    asked = {tab.title: tab for tab in new.unread if not tab.is_put_away}
    revived = []
    for old in before.of_kind("Events"):
        tab = asked.get(old.title)
        if (old.kind, old.title) not in read and tab is not None and (again := _again(old, tab.tab, workbook)):
            revived.append(again)
    titles = {table.title for table in revived}
    order = [*(table for table in tables if table.kind == "Events"), *revived]
    return Plan(
        (*order, *(table for table in tables if table.kind != "Events")),
        tuple(tab for tab in new.unread if tab.title not in titles),
    )


def _by_header(columns: Sequence[ColumnPlan]) -> Mapping[str, ColumnPlan]:
    """The columns by header, where only one has it."""
    keys = Counter(headers.key(column.header) for column in columns)
    return {key: one for one in columns if (key := headers.key(one.header)) and keys[key] == 1 and not one.cut}


def _with_earlier_columns(table: TablePlan, old: TablePlan) -> TablePlan:
    was, now = _by_header(old.columns), _by_header(table.columns)
    columns = []
    for column in table.columns:
        key = headers.key(column.header)
        earlier = was.get(key) if key in now else None
        if earlier is not None and "settings" not in (column.by, earlier.by) and _differ(column, earlier):
            column = replace(earlier, index=column.index, header=column.header, stood=True)
        columns.append(column)
    first = {one.field for one in columns if one.stood}
    return replace(
        table,
        columns=tuple(
            replace(one, field=None, by=None, use="value", perhaps=one.field)
            if one.field in first and not one.stood and one.field not in _SEVERAL and one.by != "settings"
            else one
            for one in columns
        ),
    )


def _differ(column: ColumnPlan, earlier: ColumnPlan) -> bool:
    return (column.field, column.use) != (earlier.field, earlier.use) and column.same_as is earlier.same_as is None


def _again(old: TablePlan, tab: int, workbook: Workbook) -> TablePlan | None:
    """The table as it was read before, where its header still is; None where it is gone."""
    was = _by_header(old.columns)
    for number, row in enumerate(workbook.tabs[tab].rows[:HEADER_WITHIN]):
        typed = {at: header_text(cell) for at, cell in enumerate(row) if header_text(cell).strip()}
        known = [name for name in typed.values() if headers.key(name) in was]
        if was and len(known) >= _SAME_HEADER * len(was):
            columns = [
                replace(was[key], index=at, header=name, stood=True)
                if (key := headers.key(name)) in was
                else ColumnPlan(at, name)
                for at, name in typed.items()
            ]
            return replace(old, tab=tab, header=number, last=None, columns=tuple(columns))
    return None
