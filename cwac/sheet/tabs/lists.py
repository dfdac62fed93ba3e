"""The tabs Towns, Agencies, Venues, Officers, Time off and Coverage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cwac.model import Agency, Coverage, Officer, TimeOff, Town, Venue
from cwac.settings import PERSON, is_address
from cwac.sheet.columns import ColumnReader
from cwac.sheet.names import Agencies, Towns, Venues, listed_agencies, same_agencies
from cwac.sheet.officers import Officers
from cwac.sheet.table import Table, build, distinct_agencies
from cwac.sheet.text import CellFinding, TooLong, quoted


class Lists(NamedTuple):
    """The records that events refer to, and the look-ups that find them by name."""

    towns: list[Town]
    agencies: list[Agency]
    venues: list[Venue]
    officers: list[Officer]
    town_names: Towns
    agency_names: Agencies
    venue_names: Venues
    officer_names: Officers


def read_lists(columns: ColumnReader, tables: Mapping[str, Table]) -> Lists:
    """Each tab needs the names of those before; `columns` reads them everywhere from then on."""
    values = columns.values(tables["Towns"])
    towns = build(Town, columns.complete_rows(tables["Towns"], values), values)
    town_names = Towns(towns)
    columns.names["town"] = town_names.read
    agencies = read_agencies(columns, tables["Agencies"])
    agency_names = Agencies(agencies, {} if agencies else _spellings(columns, tables))
    columns.names |= {"agency": agency_names.read, "agencies": agency_names.read_several}
    values = columns.values(tables["Venues"])
    venues = build(Venue, columns.complete_rows(tables["Venues"], values), values)
    officers = read_officers(columns, tables["Officers"])
    officer_names = Officers(officers)
    columns.names["officer"] = officer_names.read
    return Lists(towns, agencies, venues, officers, town_names, agency_names, Venues(venues), officer_names)


def _spellings(columns: ColumnReader, tables: Mapping[str, Table]) -> dict[str, str]:
    """Each further spelling of an agency in a sheet that lists none -> its first; each such agency is reported."""
    events = tables["Events"]
    typed: dict[str, None] = dict.fromkeys(people.agency for people in events.people if people.agency)
    for tab, field in (("Events", "lead_agency"), ("Events", "partner_agencies"), ("Staffing", "agency")):
        for cell in dict.fromkeys(tables[tab].cells.get(field, ())):
            if isinstance(cell, str) and not isinstance(cell, TooLong):
                typed |= dict.fromkeys(listed_agencies(cell))
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
        index, header = events.columns.get("lead_agency", (None, None))
        finding = CellFinding("guessed", advice, "warning")
        columns.problems.add(events, events.header_number, index, header, None, finding)
    return spellings


def read_agencies(columns: ColumnReader, table: Table) -> list[Agency]:
    values = columns.values(table)
    for row, entries in enumerate(values["emails"]):
        if unusable := [entry for entry in entries or () if not _lists_somebody(entry)]:
            columns.problem(table, row, "emails", CellFinding("unreadable", _advice(unusable[0])))
    table.owner = lambda row: (distinct_agencies(values["short"][row]), None)
    values["emails"] = [
        tuple(entry.lower() for entry in row or () if _lists_somebody(entry)) for row in values["emails"]
    ]
    return build(Agency, columns.complete_rows(table, values), values)


def _lists_somebody(entry: str) -> bool:
    """Whether it is an address, or a domain with or without @."""
    return PERSON.fullmatch(entry if "@" in entry else f"@{entry}") is not None


def _advice(entry: str) -> str:
    if not entry.isascii():
        return f"{entry!a} is not in plain letters (a to z), and is nobody's: type the address again."
    domain = entry.lstrip("*@.")
    if "*" in entry and PERSON.fullmatch(f"@{domain}"):
        return f"{entry!a} is nobody's: type {domain}, which means everybody there."
    return "An entry here is no address or domain, and is nobody's: type it again."  # not quoted: it may be a name


def read_officers(columns: ColumnReader, table: Table) -> list[Officer]:
    values = columns.values(table)
    table.owner = lambda row: (distinct_agencies(values["agency"][row]), None)
    _remove_early_ends(columns, table, values, "active_from", "active_to")
    emails: list[str | None] = []
    for row, email in enumerate(values["email"]):
        if email is not None and not is_address(email):
            columns.problem(table, row, "email", CellFinding("unreadable", "This is no email address: type it again."))
            email = None
        emails.append(email and email.lower())
    values["email"] = emails
    return build(Officer, columns.complete_rows(table, values), values)


def read_time_off(columns: ColumnReader, table: Table, officers: Sequence[Officer]) -> list[TimeOff]:
    values = columns.values(table)
    agency_of = {officer.id: officer.agency for officer in officers}
    table.owner = lambda row: (distinct_agencies(agency_of.get(values["officer"][row])), None)
    _remove_early_ends(columns, table, values, "first", "last")
    return build(TimeOff, columns.complete_rows(table, values), values)


def read_coverage(columns: ColumnReader, table: Table) -> list[Coverage]:
    values = columns.values(table)
    table.owner = lambda row: (distinct_agencies(values["agency"][row]), None)
    _remove_early_ends(columns, table, values, "first", "last")
    return build(Coverage, columns.complete_rows(table, values), values)


def _remove_early_ends(
    columns: ColumnReader, table: Table, values: dict[str, Sequence[Any]], first: str, last: str
) -> None:
    ends: list[Any] = list(values[last])
    for row, begins in enumerate(values[first]):
        if begins is not None and ends[row] is not None and ends[row] < begins:
            header = table.columns[last][1]
            finding = CellFinding("impossible", f"{header} is before the first day: correct it.")
            columns.problem(table, row, last, finding)
            ends[row] = None
    values[last] = ends
