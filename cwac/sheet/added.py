"""What an add-on that reads tabs of its own offers the reader and the gate."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from cwac import addons
from cwac.model import Assignment, Officer, Tab
from cwac.sheet.columns import ColumnReader
from cwac.sheet.names import EventIds
from cwac.sheet.plan import ColumnPlan, TablePlan
from cwac.sheet.schema import Audience, TabSpec
from cwac.sheet.table import Table
from cwac.sheet.tabs.events import EventsTab

ByHand = Callable[[TabSpec, Sequence[str]], Mapping[int, ColumnPlan]]
"""Tab and headers -> the columns that the settings name, by index."""


@dataclass(frozen=True, slots=True)
class ReadBefore:
    """What was read before the tabs of add-ons, and the tables of the workbook by name."""

    columns: ColumnReader
    tables: Mapping[str, Table]
    ids: EventIds
    events: EventsTab
    officers: Sequence[Officer]
    assignments: Sequence[Assignment]


@dataclass(frozen=True, slots=True)
class AddedTabs:
    """The tabs that an add-on reads; they are known by their headers, whatever their titles.

    `plan` gives the table in a tab, None if the tab is none of them, and `why_none` what such a tab seems to lack.
    `read` gives the records of `specs`. `audience_of` gives the audience whose fields of a record a liaison sees, by
    the agencies of the liaison and the events that they share; None for a record that they do not see at all.
    """

    specs: tuple[TabSpec, ...]
    plan: Callable[[int, Tab, ByHand], TablePlan | None]
    why_none: Callable[[Tab, ByHand], str | None]
    read: Callable[[ReadBefore], Sequence[Any]]
    audience_of: Callable[[Any, Collection[str], Collection[str]], Audience | None]
    other_fields: Mapping[type, Mapping[str, Audience]] = field(default_factory=dict)
    """Who may see the fields of records that are no columns."""


def added_tabs() -> Iterator[AddedTabs]:
    return (tabs for addon in addons.installed() if (tabs := addon.tabs()) is not None)
