"""A small county for the tests of the reader: its lists, and events to put cells into."""

import datetime as dt
import re
from operator import attrgetter
from pathlib import Path
from typing import Any

from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.settings import Rules
from cwac.sheet.reader import read_workbook
from cwac.sheet.schema import TABS

TODAY = dt.date(2026, 11, 25)
AS_OF = dt.datetime(2026, 11, 25, 18, 0, tzinfo=dt.UTC)
OWN = Path(__file__).parents[1] / "sheets" / "own"
"""Workbooks that clerks kept, and tables of other subjects."""

Rows = list[list[Cell]]
SPECS = {spec.name: spec for spec in TABS}
COLUMNS = [(spec, column) for spec in TABS for column in spec.columns]


def typed_tabs(text: str) -> dict[str, Rows]:
    """Tabs as text: `== Title`, then rows with cells between bars."""
    parts = [part.removesuffix("\n").split("\n", 1) for part in re.split("^== ", text, flags=re.M)[1:]]
    return {title: [row for rows in below for row in typed_rows(rows)] for title, *below in parts}


def typed_rows(text: str) -> Rows:
    return [[typed_cell(typed) for typed in line.split("|")] for line in text.split("\n")]


def typed_cell(typed: str) -> Cell:
    """A cell as text: numbers are numbers, and an apostrophe makes a text."""
    typed = typed.strip()
    if typed.startswith("'"):
        return typed[1:]
    for kind in (int, float):
        try:
            return kind(typed)
        except ValueError:
            pass
    return {"": None, "TRUE": True, "FALSE": False}.get(typed, typed)


LISTS = typed_tabs("""
== Agencies
Agency | Name | Aliases
CHP-MS | California Highway Patrol Mount Shasta | CHP Mount Shasta; CHP Mt Shasta
CHP-YR | California Highway Patrol Yreka | CHP Yreka
WPD | Weed Police Department | Weed PD; Weed Police
SCSO | Siskiyou County Sheriff's Office | Sheriff; Sheriff's Department; Sheriff's Office; SO
MSPD | Mount Shasta Police Department | Mt Shasta PD
== Officers
Officer ID | Name | Agency
OF-01 | A. Sample | WPD
OF-02 | B. Demo | SCSO
OF-03 | C. Example | CHP-MS
== Towns
Town | Aliases
Yreka |
Weed |
Mount Shasta | Mt Shasta; Mt. Shasta
Dunsmuir |
Etna |
== Venues
Venue | Aliases | Town
Weed Starbucks | Starbucks | Weed
Yreka Starbucks | Starbucks | Yreka
Mount Shasta Community Center | | Mount Shasta
""")
NO_LISTS: dict[str, Rows] = {name: [] for name in LISTS}

EVENT: dict[str, Cell] = {
    "Event ID": "E1",
    "Date": 46400,  # 13 January 2027
    "Start": None,
    "End": None,
    "Town": "Weed",
    "Venue": None,
    "Lead agency": "MSPD",
    "Partner agencies": None,
    "Status": "Confirmed",
    "Officers needed": None,
}


def serial(day: dt.date) -> int:
    """A day as the sheet keeps it."""
    return (day - dt.date(1899, 12, 30)).days


def events(*rows: dict[str, Cell]) -> Rows:
    """An Events tab of the given rows, each a change of the plain event."""
    headers = list(dict.fromkeys([*EVENT, *(name for row in rows for name in row)]))
    return [headers, *[[(EVENT | row).get(name) for name in headers] for row in rows]]


def workbook(url: str | None = None, **named: Rows) -> Workbook:
    """The county's lists and the given tabs (`Time_off` for "Time off"); a tab given as [] is left out."""
    tabs_by_name = {name.replace("_", " ").replace("Follow ups", "Follow-ups"): rows for name, rows in named.items()}
    grids = {"Events": events({})} | LISTS | tabs_by_name
    tabs = tuple(Tab(name, rows, id=number) for number, (name, rows) in enumerate(grids.items()) if rows)
    return Workbook("county.xlsx", AS_OF, "America/Los_Angeles", tabs, url=url)


def book(*tabs: Tab) -> Workbook:
    return Workbook("own.xlsx", AS_OF, "America/Los_Angeles", tabs)


def read(*tabs: Tab, rules: Rules | None = None, **named: Rows) -> Snapshot:
    """The snapshot of these tabs alone, or of the county with the named ones."""
    return read_workbook(book(*tabs) if tabs else workbook(**named), TODAY, rules)


def problems(snapshot: Snapshot, *fields: str, **values: object) -> list[Any]:
    """These fields of the problems that have these values, worst first: a tuple where they are several."""
    found = [one for one in snapshot.problems if all(getattr(one, name) == value for name, value in values.items())]
    return [attrgetter(*fields)(problem) for problem in found]


def codes(snapshot: Snapshot) -> list[tuple[str, str | None]]:
    """(code, cell) of each error and warning, worst first."""
    return [(problem.code, problem.cell) for problem in snapshot.problems if problem.severity != "notice"]
