"""Read a workbook into a snapshot: every row with content becomes a record, a problem or a reported skip."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections import Counter
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from cwac import model
from cwac.model import Agency, Assignment, Cell, Coverage, Headcount, Officer, Snapshot, TimeOff, Town, Venue, Workbook
from cwac.settings import PERSON, Rules, is_address
from cwac.sheet import headers, held_values, schema
from cwac.sheet.agency_cells import PersonInCell, set_people_apart
from cwac.sheet.columns import ColumnReader, report_missing_columns
from cwac.sheet.event_tabs import HEADER_WITHIN
from cwac.sheet.layout import Layout
from cwac.sheet.names import Agencies, EventIds, Towns, Venues, listed_agencies, same_agencies
from cwac.sheet.officers import Officers
from cwac.sheet.people import People
from cwac.sheet.plan import ColumnPlan, Plan, TablePlan
from cwac.sheet.planning import make_plan, table_reading
from cwac.sheet.remarks import agencies_beside
from cwac.sheet.table import Problems, Table, column_letters
from cwac.sheet.tabs import event_rows
from cwac.sheet.tabs.events import EventsTab
from cwac.sheet.text import CellFinding, TooLong, header_text, quoted

_SAME_HEADER = 0.6
"""The share of a table's headers that a row must have to be its header still."""
_SEVERAL = ("officers", "partner_agencies", "date", "guests")
"""Fields that several columns may make up."""


class ReadBefore(NamedTuple):
    """What was read before the tabs of add-ons, and the tables of the workbook by name."""

    columns: ColumnReader
    tables: Mapping[str, Table]
    ids: EventIds
    events: EventsTab
    officers: Sequence[Officer]
    assignments: Sequence[Assignment]
    headcounts: Sequence[Headcount]


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
        if (
            earlier is not None
            and "settings" not in (column.by, earlier.by)
            and column.same_as is earlier.same_as is None
            and (column.field, column.use) != (earlier.field, earlier.use)
        ):
            column = replace(earlier, index=column.index, header=column.header, stood=True)
        columns.append(column)
    first = {one.field for one in columns if one.stood}
    had_public = old.lost_public or "public" in old.fields
    return replace(
        table,
        lost_public=had_public and not any(one.field == "public" for one in columns),
        columns=tuple(
            replace(one, field=None, by=None, use="value", perhaps=one.field)
            if one.field in first and not one.stood and one.field not in _SEVERAL and one.by != "settings"
            else one
            for one in columns
        ),
    )


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


def read_workbook(
    workbook: Workbook, today: dt.date, rules: Rules | None = None, before: Plan | None = None
) -> Snapshot:
    """Read every tab of the contract, as of `today` in the sheet's zone; `before` is the plan of the last version.

    Raises `SourceUnavailable` (`empty`, `no-events-tab`, `no-header`); whatever else is wrong is a `Problem`.
    """
    problems, rules = Problems(workbook.url), rules or Rules()
    # Lists first, then Events, then the tabs that refer to events: each step needs the names of those before.
    layout = Layout(workbook, problems, plan_of(workbook, rules, before))
    tables = layout.tables()
    report_missing_columns(problems, tables, today)
    columns = ColumnReader(problems, today, rules)

    lists = _read_lists(columns, tables)
    people = People(lists.officer_names, lists.agency_names)
    ids = EventIds()
    events = EventsTab(columns, tables["Events"], ids, lists.venue_names)
    staffing, attendance = tables["Staffing"], tables["Attendance"]
    assignments = event_rows.read_assignments(columns, staffing, ids, people, events)
    staffed = {row.event_id for row in assignments}
    assignments += event_rows.read_officers_column(columns, events, people, staffed)
    assignments += event_rows.read_people_beside_agencies(events, people, lists.in_agency_cells, assignments)
    in_attendance = event_rows.read_headcounts(columns, attendance, ids, events)
    event_rows.report_impossible_counts(columns, events, attendance, in_attendance)
    in_events = event_rows.read_guests_column(columns, events, {row.event_id for row in in_attendance})
    event_rows.report_impossible_counts(columns, events, events.table, in_events)
    away = columns.values(tables["Time off"])
    agency_of = {officer.id: officer.agency for officer in lists.officers}
    time_off = columns.records(TimeOff, tables["Time off"], away, list(map(agency_of.get, away["officer"])))
    policing = columns.values(tables["Coverage"])
    coverage = columns.records(Coverage, tables["Coverage"], policing, policing["agency"])
    follow_ups = event_rows.read_follow_ups(columns, tables["Follow-ups"], ids, events)
    headcounts: Sequence[Headcount] = (*in_attendance, *in_events)
    added: list[Any] = []
    for tabs in schema.added_tabs():
        if any(tables[spec.name].tab for spec in tabs.specs):
            known = ReadBefore(columns, tables, ids, events, lists.officers, assignments, headcounts)
            records, headcounts = tabs.read(known)
            added += records
    event_rows.report_missing_counts(columns, events, attendance, headcounts)
    event_rows.report_unknown_agencies(columns, assignments)
    names = held_values.known_names(lists.officers, assignments, rules.public_names)
    held = held_values.find_held_values(columns, tables, events, lists.agencies, names)
    found = problems.sorted_with_owners()
    for table in tables.values():
        table.owner = None  # breaks a reference cycle that would keep all of this in memory
    return replace(
        _unread(workbook, layout.plan, tables, today),
        events=tuple(events.events),
        undated=tuple(events.undated),
        assignments=tuple(assignments),
        unread_people=tuple(event_rows.unread_people(found, staffing, events, ids, lists.agency_names)),
        headcounts=tuple(headcounts),
        agencies=tuple(lists.agencies),
        officers=tuple(lists.officers),
        time_off=tuple(time_off),
        venues=tuple(lists.venues),
        towns=tuple(lists.towns),
        coverage=tuple(coverage),
        follow_ups=tuple(follow_ups),
        added=tuple(added),
        problems=tuple(found),
        held_back=tuple(held),
        read_by=hashlib.sha256(repr((rules.columns, rules.tabs, rules.public_names)).encode()).hexdigest(),
    )


class Lists(NamedTuple):
    """The records that events refer to, and the look-ups that find them by name."""

    towns: list[Town]
    agencies: list[Agency]
    venues: list[Venue]
    officers: list[Officer]
    agency_names: Agencies
    venue_names: Venues
    officer_names: Officers
    in_agency_cells: list[PersonInCell]


def _read_lists(columns: ColumnReader, tables: Mapping[str, Table]) -> Lists:
    """Each tab needs the names of those before; `columns` reads them everywhere from then on."""
    towns = columns.records(Town, tables["Towns"])
    columns.names["town"] = Towns(towns).read
    agencies = _read_agencies(columns, tables["Agencies"])
    in_agency_cells = [] if agencies else set_people_apart(columns, tables["Events"])
    agency_names = Agencies(agencies, {} if agencies else _spellings(columns, tables))
    columns.names |= {"agency": agency_names.read, "agencies": agency_names.read_several}
    venues = columns.records(Venue, tables["Venues"])
    values = columns.values(tables["Officers"])
    for row, email in enumerate(values["email"]):
        if email is not None and not is_address(email):
            finding = CellFinding("unreadable", "This is no email address: type it again.")
            columns.problem(tables["Officers"], row, "email", finding)
    values["email"] = [email.lower() if email and is_address(email) else None for email in values["email"]]
    officers = columns.records(Officer, tables["Officers"], values, values["agency"])
    officer_names = Officers(officers)
    columns.names["officer"] = officer_names.read
    officer_names.note_names(_cells_of_people(tables), agency_names)
    names = agency_names, Venues(venues), officer_names
    return Lists(towns, agencies, venues, officers, *names, in_agency_cells)


def _cells_of_people(tables: Mapping[str, Table]) -> list[Sequence[Cell]]:
    """The columns of Events and Staffing that name who goes."""
    columns = (*tables["Events"].cells.items(), *tables["Staffing"].cells.items())
    return [cells for name, cells in columns if name.partition("#")[0] in ("officers", "officer")]


def _spellings(columns: ColumnReader, tables: Mapping[str, Table]) -> dict[str, str]:
    """Each further spelling of an agency in a sheet that lists none -> its first; each such agency is reported."""
    events = tables["Events"]
    typed: dict[str, None] = dict.fromkeys(people.agency for people in events.people if people.agency)
    for tab, field in (("Events", "lead_agency"), ("Events", "partner_agencies"), ("Staffing", "agency")):
        for cell in dict.fromkeys(tables[tab].cells.get(field, ())):
            if isinstance(cell, str) and not isinstance(cell, TooLong):
                typed |= dict.fromkeys(listed_agencies(cell))
    unlisted = Agencies(())
    for cell in dict.fromkeys(cell for cells in _cells_of_people(tables) for cell in cells):
        typed |= dict.fromkeys(agencies_beside(cell, unlisted))
    spellings: dict[str, str] = {}
    leads = Counter(
        (lead, town)
        for lead, town in zip(events.cells.get("lead_agency", ()), events.cells.get("town", ()), strict=False)
        if isinstance(lead, str) and isinstance(town, str)
    )
    towns = {lead: town for (lead, town), _ in reversed(leads.most_common())}
    for used, every in same_agencies(typed, towns).items():
        spellings |= dict.fromkeys(every[1:], used)
        names = ", ".join(map(quoted, every))
        advice = f"Read as one agency: {names}. Type one of them everywhere, or list it in an Agencies tab."
        place = events.columns.get("lead_agency", (None, None))
        finding = CellFinding("guessed", advice, "warning")
        columns.problems.add(events, events.header_number, place, None, finding, field_name="lead_agency")
    return spellings


def _read_agencies(columns: ColumnReader, table: Table) -> list[Agency]:
    values = columns.values(table)
    emails: list[tuple[str, ...]] = []
    for row, entries in enumerate(values["emails"]):
        # An address, or a domain with or without @.
        usable = [entry for entry in entries or () if PERSON.fullmatch(entry if "@" in entry else f"@{entry}")]
        unusable = next((entry for entry in entries or () if entry not in usable), None)
        if unusable is not None:
            domain = unusable.lstrip("*@.")
            advice = "An entry here is no address or domain, and is nobody's: type it again."  # it may be a name
            if not unusable.isascii():
                advice = f"{unusable!a} is not in plain letters (a to z), and is nobody's: type the address again."
            elif "*" in unusable and PERSON.fullmatch(f"@{domain}"):
                advice = f"{unusable!a} is nobody's: type {domain}, which means everybody there."
            columns.problem(table, row, "emails", CellFinding("unreadable", advice))
        emails.append(tuple(entry.lower() for entry in usable))
    values["emails"] = emails
    return columns.records(Agency, table, values, values["short"])


def plan_of(workbook: Workbook, rules: Rules, before: Plan | None = None) -> Plan:
    """How to read the workbook; kept with it for later.

    Tabs and headers that were there when it, or else the version before it, was read are read as then. Settings beat
    both.
    """
    plan, earlier = make_plan(workbook, rules), workbook.plan or before
    if earlier is not None:
        by_title = {(table.kind, table.title): table for table in reversed(earlier.tables)}
        tables = [
            table if (old := by_title.get((table.kind, table.title))) is None else _with_earlier_columns(table, old)
            for table in plan.tables
        ]
        read = {(table.kind, table.title) for table in plan.tables}
        asked = {tab.title: tab.tab for tab in plan.unread if not tab.is_put_away}
        revived = [
            again
            for old in earlier.of_kind("Events")
            if old.title in asked and (old.kind, old.title) not in read
            if (again := _again(old, asked[old.title], workbook)) is not None
        ]
        titles = {table.title for table in revived}
        tables = sorted([*tables, *revived], key=lambda table: table.kind != "Events")
        plan = Plan(tuple(tables), tuple(tab for tab in plan.unread if tab.title not in titles))
    keep_plan(workbook, plan)
    return plan


def keep_plan(workbook: Workbook, plan: Plan | None) -> None:
    """Note by which plan a workbook was read, as its content hash is noted: it stays the same workbook."""
    vars(workbook)["plan"] = plan


def _unread(workbook: Workbook, plan: Plan, tables: Mapping[str, Table], today: dt.date) -> Snapshot:
    blocks = tables["Events"].blocks
    return Snapshot(
        source=workbook.source,
        as_of=workbook.as_of,
        timezone=workbook.timezone,
        today=today,
        url=workbook.url,
        web_url=workbook.web_url,
        content_hash=workbook.content_hash,
        accounting={name: table.accounting for name, table in tables.items() if table.accounting is not None},
        tab_ids={name: table.tab.id for name, table in tables.items() if table.tab is not None},
        tab_columns={name: _letters(table.columns) for name, table in tables.items() if table.header_number},
        free_rows={name: table.free_row for name, table in tables.items() if table.header_number},
        event_tabs=tuple(
            model.EventTab(block.tab.title, block.tab.id, block.header_number + 1, _letters(block.columns))
            for block in (blocks if len(blocks) > 1 else ())
        ),
        reading=tuple(table_reading(table, workbook.tabs[table.tab].rows) for table in plan.tables),
    )


def _letters(columns: Mapping[str, tuple[int, str]]) -> dict[str, str]:
    """The letters of each field's column; of several columns of names the first one's."""
    return {name.partition("#")[0]: column_letters(index) for name, (index, _) in reversed(list(columns.items()))}


def columns_read(workbook: Workbook, only: Container[str]) -> dict[str, dict[str, tuple[str, Sequence[Cell]]]]:
    """For each tab named in `only`, by field: the header as typed, and the cells below it that the reader reads.

    It is read by the plan that it was read by, if any. Raises `SourceUnavailable`, as `read_workbook` does.
    """
    plan = workbook.plan or make_plan(workbook)
    layout = Layout(workbook, Problems(workbook.url), plan)
    tables = {spec.name: layout.table(spec) for spec in schema.TABS if plan.of_kind(spec.name) and spec.name in only}
    return {
        name: {field: (header, table.cells.get(field, ())) for field, (_, header) in table.columns.items()}
        for name, table in tables.items()
    }
