"""What an add-on that reads tabs of its own offers the reader and the gate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple

from cwac import addons
from cwac.model import Assignment, Headcount, Officer, Tab, Workbook
from cwac.sheet.columns import ColumnReader
from cwac.sheet.names import EventIds
from cwac.sheet.plan import ColumnPlan, Plan, TablePlan
from cwac.sheet.schema import TABS, Audience, TabSpec
from cwac.sheet.table import Table
from cwac.sheet.tabs.events import EventsTab

ByHand = Callable[[TabSpec, Sequence[str]], Mapping[int, ColumnPlan]]
"""Tab and headers -> the columns that the settings name, by index."""


class ReadBefore(NamedTuple):
    """What was read before the tabs of add-ons, and the tables of the workbook by name."""

    columns: ColumnReader
    tables: Mapping[str, Table]
    ids: EventIds
    events: EventsTab
    officers: Sequence[Officer]
    assignments: Sequence[Assignment]
    headcounts: Sequence[Headcount]


@dataclass(frozen=True, slots=True)
class AddedTabs:
    """The tabs that an add-on reads; they are known by their headers, whatever their titles.

    `plan` gives the table in a tab, None if the tab is none of them, and `why_none` what such a tab seems to lack.
    `read` gives the records of `specs`, and all headcounts with those of these tabs. `audience_of` gives the audience
    whose fields of a record a liaison sees, by the agencies of the liaison and the events that they share; None for a
    record that they do not see at all.
    """

    specs: tuple[TabSpec, ...]
    plan: Callable[[int, Tab, ByHand], TablePlan | None]
    why_none: Callable[[Tab, ByHand], str | None]
    read: Callable[[ReadBefore], tuple[Sequence[Any], Sequence[Headcount]]]
    audience_of: Callable[[Any, Collection[str], Collection[str]], Audience | None]
    other_fields: Mapping[type, Mapping[str, Audience]] = field(default_factory=dict)
    """Who may see the fields of records that are no columns."""


def added_tabs() -> Iterator[AddedTabs]:
    return (tabs for addon in addons.installed() if (tabs := addon.tabs()) is not None)


def without_private_cells(workbook: Workbook) -> Workbook:
    """The workbook; in the tabs that add-ons read, cells of columns that agencies are not shown are blank."""
    plan: Plan | None = workbook.plan
    found = {} if plan is None else {table.tab: table for table in plan.tables}
    tabs = list(workbook.tabs)
    for number, tab in enumerate(tabs):
        known = (added.plan(number, tab, lambda *_: {}) for added in added_tabs())
        table = next(filter(None, known), found.get(number))
        if table is None or table.spec in TABS or table.header is None:
            continue
        stored = found.get(number, table)
        named = (*table.columns, *(stored.columns if stored.kind == table.kind else ()))
        read = ((one.index, table.column_of(one)) for one in named)
        shown = {at for at, column in read if column is not None and column.audience != "coordinators"}
        body = [[cell if at in shown else None for at, cell in enumerate(row)] for row in tab.rows[table.header + 1 :]]
        tabs[number] = replace(tab, rows=[*tab.rows[: table.header + 1], *body])
    return replace(workbook, tabs=tuple(tabs))
