"""The tabs Towns, Agencies, Venues, Officers, Time off and Coverage."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from cwac.model import Agency, Coverage, Officer, TimeOff, Town, Venue
from cwac.settings import is_address
from cwac.sheet.columns import ColumnReader
from cwac.sheet.names import Agencies, Towns, Venues
from cwac.sheet.officers import Officers
from cwac.sheet.reading import Finding
from cwac.sheet.table import Table, distinct_agencies


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
    towns = read_towns(columns, tables["Towns"])
    town_names = Towns(towns)
    agencies = read_agencies(columns, tables["Agencies"], town_names)
    agency_names = Agencies(agencies)
    venues = read_venues(columns, tables["Venues"], town_names)
    officers = read_officers(columns, tables["Officers"], agency_names)
    return Lists(towns, agencies, venues, officers, town_names, agency_names, Venues(venues), Officers(officers))


def read_towns(columns: ColumnReader, table: Table) -> list[Town]:
    values = columns.values(table)
    return [
        Town(
            values["name"][row],
            table.numbers[row],
            values["aliases"][row] or (),
            values["population"][row],
            values["latitude"][row],
            values["longitude"][row],
        )
        for row in columns.complete_rows(table, values)
    ]


def read_agencies(columns: ColumnReader, table: Table, towns: Towns) -> list[Agency]:
    values = columns.values(table, home_town=towns.read)
    for row in range(table.size):
        not_ascii = [email for email in values["emails"][row] or () if not email.isascii()]
        if not_ascii:
            advice = f"{not_ascii[0]!a} is not in plain letters (a to z), and is nobody's: type the address again."
            columns.problem(table, row, "emails", Finding("unreadable", advice))
    table.owner = lambda row: (distinct_agencies(values["short"][row]), None)
    return [
        Agency(
            short=values["short"][row],
            name=values["name"][row],
            row=table.numbers[row],
            aliases=values["aliases"][row] or (),
            type=values["type"][row],
            home_town=values["home_town"][row],
            sworn=values["sworn"][row],
            emails=tuple(email.lower() for email in values["emails"][row] or () if email.isascii()),
            liaison_role=values["liaison_role"][row],
            boilerplate=values["boilerplate"][row],
            press_contact=values["press_contact"][row],
            color=values["color"][row],
            active=values["active"][row],
        )
        for row in columns.complete_rows(table, values)
    ]


def read_venues(columns: ColumnReader, table: Table, towns: Towns) -> list[Venue]:
    values = columns.values(table, town=towns.read)
    return [
        Venue(
            name=values["name"][row],
            town=values["town"][row],
            row=table.numbers[row],
            aliases=values["aliases"][row] or (),
            street=values["street"][row],
            latitude=values["latitude"][row],
            longitude=values["longitude"][row],
            capacity=values["capacity"][row],
            hours=values["hours"][row],
            contact=values["contact"][row],
            contact_phone=values["contact_phone"][row],
            parking=values["parking"][row],
            permission=values["permission"][row],
            shelter_site=values["shelter_site"][row],
            active=values["active"][row],
        )
        for row in columns.complete_rows(table, values)
    ]


def read_officers(columns: ColumnReader, table: Table, agencies: Agencies) -> list[Officer]:
    values = columns.values(table, agency=agencies.read)
    table.owner = lambda row: (distinct_agencies(values["agency"][row]), None)
    _remove_early_ends(columns, table, values["active_from"], values["active_to"], "active_to")
    for row, email in enumerate(values["email"]):
        if email is not None and not is_address(email):
            columns.problem(table, row, "email", Finding("unreadable", "This is no email address: type it again."))
            values["email"][row] = None
    return [
        Officer(
            id=values["id"][row],
            name=values["name"][row],
            agency=values["agency"][row],
            row=table.numbers[row],
            rank=values["rank"][row],
            aliases=values["aliases"][row] or (),
            languages=values["languages"][row] or (),
            can_host=values["can_host"][row],
            supervisor=values["supervisor"][row],
            active_from=values["active_from"][row],
            active_to=values["active_to"][row],
            email=email.lower() if (email := values["email"][row]) else None,
            notify=values["notify"][row],
        )
        for row in columns.complete_rows(table, values)
    ]


def read_time_off(columns: ColumnReader, table: Table, officers: Officers) -> list[TimeOff]:
    values = columns.values(table, officer=officers.read)
    table.owner = lambda row: (distinct_agencies(officer.agency if (officer := values["officer"][row]) else None), None)
    _remove_early_ends(columns, table, values["first"], values["last"], "last")
    return [
        TimeOff(
            values["officer"][row].officer or values["officer"][row].name,
            values["first"][row],
            values["last"][row],
            table.numbers[row],
        )
        for row in columns.complete_rows(table, values)
    ]


def read_coverage(columns: ColumnReader, table: Table, towns: Towns, agencies: Agencies) -> list[Coverage]:
    values = columns.values(table, town=towns.read, agency=agencies.read)
    table.owner = lambda row: (distinct_agencies(values["agency"][row]), None)
    _remove_early_ends(columns, table, values["first"], values["last"], "last")
    return [
        Coverage(
            values["town"][row],
            values["agency"][row],
            table.numbers[row],
            values["kind"][row],
            values["first"][row],
            values["last"][row],
        )
        for row in columns.complete_rows(table, values)
    ]


def _remove_early_ends(columns: ColumnReader, table: Table, first: list[Any], last: list[Any], field: str) -> None:
    """Report and drop the last day of a period that ends before it begins."""
    for row, (begins, ends) in enumerate(zip(first, last, strict=True)):
        if begins is not None and ends is not None and ends < begins:
            header = table.columns[field][1]
            columns.problem(table, row, field, Finding("impossible", f"{header} is before the first day: correct it."))
            last[row] = None
