"""A plan of reading: which tabs are read as what, where their headers are, what each column is, and tabs of add-ons.

A plan is a value. It is made from the headers and the first rows (`planning`), shown to people, stored with a version,
and the readers run by it (`layout`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from cwac.model import Headcount, Tab, Workbook
from cwac.sheet import schema
from cwac.sheet.dates import NamedPeriod
from cwac.sheet.schema import TABS, Audience, Column, TabSpec

if TYPE_CHECKING:
    from cwac.sheet.reader import ReadBefore

By = Literal["exact", "alias", "near", "cells", "settings"]
Use = Literal[
    "value",
    "weekday",  # of the Date beside it
    "month",  # these three together are the date
    "day",
    "year",
    "adults",  # these two together are the guests
    "youth",
    "canceled",  # a tick: the event is off
    "given name",  # these two together are a person
    "family name",
    "room",  # where in the Venue beside it
    "people",  # one of several columns of names
    "positions",  # how many officers an agency is asked for
    "takes part",  # a tick: the agency takes part
    "is there",  # a tick: the person goes
]
"""What a cell of the column is to its field."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """One column. `field` is None where it is not read; `perhaps` is the field that it may be.

    `same_as` is the index of the column that has the field already. A column that is `cut` is beyond the table. `named`
    is the agency or person that the header names. `stood`: it is read as it was before, though it looks different now.
    """

    index: int
    header: str
    field: str | None = None
    by: By | None = None
    use: Use = "value"
    perhaps: str | None = None
    same_as: int | None = None
    cut: bool = False
    role: str | None = None
    named: str | None = None
    stood: bool = False


@dataclass(frozen=True, slots=True)
class TablePlan:
    """A tab that is read as `kind`, from the row after `header` on (an index from 0; None where there is no header).

    `by_ids` is false for a table whose rows have no IDs: then day and place tell its events. `period` completes days
    without a year. The row `last` and those after it belong to another table.
    `agency` is the one that the tab's title or a label above the header names, where no column does; `place` is the one
    that its title names, in which a column has the rooms. With `days_above`, each day is a line above its events. With
    `lost_public`, an earlier version had a column Public, which is gone or has another name.
    """

    tab: int
    title: str
    kind: str
    header: int | None
    columns: tuple[ColumnPlan, ...] = ()
    by_ids: bool = True
    period: NamedPeriod | None = None
    last: int | None = None
    agency: str | None = None
    place: str | None = None
    days_above: bool = False
    lost_public: bool = False

    @property
    def spec(self) -> TabSpec:
        return next(spec for spec in schema.every_tab() if spec.name == self.kind)

    def column_of(self, one: ColumnPlan) -> Column | None:
        """The contract's column that a column is, or is a part of; None where it is not read."""
        return None if one.field is None else self.spec.column(one.field)

    @property
    def fields(self) -> set[str]:
        fields = {column.field for column in self.columns if column.field is not None}
        return fields | {"date"} if self.days_above else fields

    @property
    def read(self) -> Mapping[str, ColumnPlan]:
        """The columns that are a field's whole value, by field."""
        return {one.field: one for one in self.columns if one.field is not None and one.use == "value"}


OF_ADDON = "a tab of an add-on"
"""In `Problem.perhaps` in place of a tab of the contract."""


@dataclass(frozen=True, slots=True)
class UnreadTab:
    """A tab that is not read, and why. With `asks`, somebody should look: it may be a plan of events.

    Where events run across, no answer helps: the tab must be changed.
    """

    tab: int
    title: str
    rows: int
    reason: str
    asks: bool = False
    is_put_away: bool = False
    runs_across: bool = False
    of_addon: bool = False
    """Whether it looks like a tab that an add-on reads, and not like events."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a workbook is read. `tables` are in the order in which they are read."""

    tables: tuple[TablePlan, ...] = ()
    unread: tuple[UnreadTab, ...] = ()

    def of_kind(self, kind: str) -> list[TablePlan]:
        return [table for table in self.tables if table.kind == kind]

    def first_of_each_tab(self, kind: str) -> list[TablePlan]:
        """Of each tab that is read as `kind`, the first table with a header, in the order of the rows' numbers."""
        first: dict[int, TablePlan] = {}
        for table in self.of_kind(kind):
            if table.header is not None:
                first.setdefault(table.tab, table)
        return list(first.values())

    def as_json(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_json(stored: Mapping[str, Any]) -> Plan:
        """The plan that `as_json` was made of. Raises KeyError, TypeError or ValueError for anything else."""
        tables = []
        for table in stored["tables"]:
            columns = tuple(ColumnPlan(**column) for column in table["columns"])
            period = None if table["period"] is None else NamedPeriod(**table["period"])
            tables.append(TablePlan(**{**table, "columns": columns, "period": period}))
        return Plan(tuple(tables), tuple(UnreadTab(**tab) for tab in stored["unread"]))


ByHand = Callable[[TabSpec, Sequence[str]], Mapping[int, ColumnPlan]]
"""Tab and headers -> the columns that the settings name, by index."""


@dataclass(frozen=True, slots=True)
class AddedTabs:
    """The tabs that an add-on reads; they are known by their headers, whatever their titles.

    `plan` gives the table in a tab, None if the tab is none of them, and `why_none` what such a tab seems to lack.
    `read`, called where a workbook has one of the tabs, gives the records of `specs`, and all headcounts with those of
    these tabs. `audience_of` gives the audience whose fields of a record a liaison sees, by the agencies of the liaison
    and the events that they share; None for a record that they do not see at all.
    """

    specs: tuple[TabSpec, ...]
    plan: Callable[[int, Tab, ByHand], TablePlan | None]
    why_none: Callable[[Tab, ByHand], str | None]
    read: Callable[[ReadBefore], tuple[Sequence[Any], Sequence[Headcount]]]
    audience_of: Callable[[Any, Collection[str], Collection[str]], Audience | None]
    other_fields: Mapping[type, Mapping[str, Audience]] = field(default_factory=dict)
    """Who may see the fields of records that are no columns."""


def without_private_cells(workbook: Workbook) -> Workbook:
    """The workbook; in the tabs that add-ons read, cells of columns that agencies are not shown are blank."""
    plan: Plan | None = workbook.plan
    found = {} if plan is None else {table.tab: table for table in plan.tables}
    tabs = list(workbook.tabs)
    for number, tab in enumerate(tabs):
        known = (added.plan(number, tab, lambda *_: {}) for added in schema.added_tabs())
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
