"""The tab Events: dated events, undated ones, their IDs, and the agencies of each."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections.abc import Sequence
from functools import cached_property
from typing import Any

from cwac.model import USUAL_TITLE, Event, Undated
from cwac.sheet.columns import ColumnReader
from cwac.sheet.dates import DateExtra
from cwac.sheet.names import Agencies, EventIds, Towns, Venues
from cwac.sheet.reading import NOTHING, Finding, Reading
from cwac.sheet.records import quick
from cwac.sheet.serials import as_shown
from cwac.sheet.table import Table, distinct_agencies
from cwac.sheet.tabs.event_times import read_event_times
from cwac.sheet.text import is_formula_error, quoted, read_text

_make_event = quick(Event)

_PLAIN_FIELDS = (
    "title",
    "backup_venue",
    "cancel_reason",
    "officers_needed",
    "bilingual_needed",
    "registered",
    "release_due",
    "release_sent",
    "flyer_sent",
    "host_briefed",
    "funding",
    "public_notes",
    "internal_notes",
)
"""The fields whose cells need nothing but their own column to be read."""


class EventsTab:
    """The events, the undated events, and the row of each."""

    def __init__(
        self,
        columns: ColumnReader,
        table: Table,
        ids: EventIds,
        towns: Towns,
        agencies: Agencies,
        venues: Venues,
    ) -> None:
        self.table = table
        self.events: list[Event] = []
        self.undated: list[Undated] = []
        self.event_of_row: dict[int, Event] = {}
        self.id_of_row: dict[int, str] = {}
        self._row_of_id: dict[str, int] = {}
        """Filled at the first look-up."""
        self._columns = columns
        self._values: dict[str, list[Any]] = {}
        self._read(ids, towns, agencies, venues)

    def _read(self, ids: EventIds, towns: Towns, agencies: Agencies, venues: Venues) -> None:
        columns, table, values = self._columns, self.table, self._values
        days = columns.readings(table, "date")
        statuses = columns.readings(table, "status")
        towns_typed = columns.readings(table, "town", towns.read)
        town_texts = columns.readings(table, "town", read_text, quiet=True)
        values["lead_agency"] = columns.column(table, "lead_agency", agencies.read)
        values["partner_agencies"] = columns.column(table, "partner_agencies", agencies.read_several)
        table.owner = lambda row: (self._agencies_of_row(row), self.id_of_row.get(row))
        for field in _PLAIN_FIELDS:
            values[field] = columns.column(table, field)
        values["venue_text"] = columns.column(table, "venue", read_text)
        values["venue"] = self._venues(values["venue_text"], [town.value for town in towns_typed], venues)
        values["town"] = [
            venue.town if town.value is None and not town.failed and venue is not None else town.value
            for town, venue in zip(towns_typed, values["venue"], strict=True)
        ]
        values["start"], values["end"] = read_event_times(columns, table, days)
        typed_ids = columns.column(table, "id")
        first_uses = self._first_uses(typed_ids, ids)
        made_ids = self._make_ids(typed_ids, days, values["town"], ids)
        values["replaces"] = columns.column(table, "replaces", ids.read)

        for row, (day, status) in enumerate(zip(days, statuses, strict=True)):
            if row in first_uses:
                event_id = typed_ids[row]
            elif typed_ids[row] is not None:
                continue  # another row has this ID already
            else:
                event_id = made_ids.get(row)
            if day.value is None:
                self.undated.append(self._undated_event(row, event_id, status))
                if event_id is not None:
                    self.id_of_row[row] = event_id
                continue
            event = self._event(row, event_id or "", day, status, town_texts[row].value, made=row in made_ids)
            self._check_status(row, event)
            self.events.append(event)
            self.event_of_row[row] = event
            self.id_of_row[row] = event.id
        columns.account(table, len(self.events))

    def _undated_event(self, row: int, event_id: str | None, status: Reading) -> Undated:
        values = self._values
        return Undated(
            event_id,
            self.table.numbers[row],
            as_shown(self.table.cell("date", row), "date") or None,
            values["title"][row] or USUAL_TITLE,
            values["town"][row],
            values["venue_text"][row],
            values["lead_agency"][row],
            values["partner_agencies"][row] or (),
            status.value,
        )

    def _event(
        self, row: int, event_id: str, day: Reading, status: Reading, town_text: str | None, *, made: bool
    ) -> Event:
        values, reason = self._values, status.extra
        return _make_event(
            event_id,
            self.table.numbers[row],
            day.value,
            values["start"][row],
            values["end"][row],
            values["title"][row] or USUAL_TITLE,
            values["town"][row],
            town_text,
            values["venue"][row],
            values["venue_text"][row],
            values["backup_venue"][row],
            values["lead_agency"][row],
            values["partner_agencies"][row] or (),
            status.value,
            values["cancel_reason"][row] or (reason.reason if reason else None),
            reason.note if reason else None,
            values["replaces"][row],
            values["officers_needed"][row],
            values["bilingual_needed"][row],
            values["registered"][row],
            values["release_due"][row],
            values["release_sent"][row],
            values["flyer_sent"][row],
            values["host_briefed"][row],
            values["funding"][row],
            values["public_notes"][row],
            values["internal_notes"][row],
            day.extra.note if isinstance(day.extra, DateExtra) else None,
            made,
        )

    @cached_property
    def by_id(self) -> dict[str, Event]:
        return {event.id: event for event in self.events}

    def _agencies_of_row(self, row: int) -> tuple[str, ...]:
        return distinct_agencies(self._values["lead_agency"][row], *(self._values["partner_agencies"][row] or ()))

    def agencies_of(self, event_id: str | None) -> tuple[str, ...]:
        """The agencies of an event, dated or not: its lead, then its partners."""
        if len(self._row_of_id) < len(self.id_of_row):
            self._row_of_id = {listed: row for row, listed in self.id_of_row.items()}
        row = None if event_id is None else self._row_of_id.get(event_id)
        return () if row is None else self._agencies_of_row(row)

    def answering_for(self, event_id: str | None) -> tuple[str, ...]:
        """The agencies responsible for an event's follow-ups: its lead, or its partners where no lead is known."""
        agencies = self.agencies_of(event_id)
        row = None if event_id is None else self._row_of_id.get(event_id)
        return agencies if row is None or self._values["lead_agency"][row] is None else agencies[:1]

    def _check_status(self, row: int, event: Event) -> None:
        today = self._columns.today
        if event.status == "Completed" and event.date > today:
            advice = "Completed, but the day is still to come: correct the day or the Status."
            self._columns.problem(self.table, row, "status", Finding("inconsistent", advice, "warning"))
        elif event.status == "Confirmed" and event.date < today:
            advice = "The day is past: set Status to Completed, Canceled or Postponed."
            self._columns.problem(self.table, row, "status", Finding("overdue", advice, "warning"))

    def _venues(self, texts: Sequence[str | None], towns: Sequence[str | None], venues: Venues) -> list[Any]:
        pairs = list(zip(texts, towns, strict=True))
        failed = {typed for typed in set(texts) if typed is not None and is_formula_error(typed)}
        by_pair = {
            (typed, town): NOTHING if typed is None or typed in failed else venues.read(typed, town)
            for typed, town in set(pairs)
        }
        readings = [by_pair[pair] for pair in pairs]
        self._columns.report(self.table, "venue", readings, by_pair.values())
        return [reading.value for reading in readings]

    def _first_uses(self, typed_ids: Sequence[str | None], ids: EventIds) -> set[int]:
        """The rows whose typed ID no earlier row has; a second use is reported."""
        first: dict[str, int] = {}
        for row, event_id in enumerate(typed_ids):
            if event_id is None:
                continue
            name = event_id.casefold()
            if name in first:
                number = self.table.numbers[first[name]]
                advice = (
                    f"Row {number} has this ID already and is the one used; this row is not read. Give it its own ID."
                )
                self._columns.problem(self.table, row, "id", Finding("duplicate-id", advice))
            else:
                first[name] = row
                ids.add(event_id)
        return set(first.values())

    def _make_ids(
        self,
        typed_ids: Sequence[str | None],
        days: Sequence[Reading],
        towns: Sequence[str | None],
        ids: EventIds,
    ) -> dict[int, str]:
        """An ID made from date and town for each dated row without one."""
        made: dict[int, str] = {}
        next_number: dict[str, int] = {}
        for row, reading in enumerate(days):
            day: dt.date | None = reading.value
            if typed_ids[row] is not None or day is None:
                continue
            base = f"{day.isoformat()}-{_slug(towns[row])}"
            number = next_number.get(base, 1)
            event_id = base if number == 1 else f"{base}-{number}"
            while event_id in ids:
                number += 1
                event_id = f"{base}-{number}"
            next_number[base] = number + 1
            ids.add(event_id)
            made[row] = event_id
            advice = f"{quoted(event_id)} was made for it. Type an ID: it then stays the same when rows move."
            self._columns.problem(self.table, row, "id", Finding("made-id", advice, "notice"))
        return made


def _slug(town: str | None) -> str:
    plain = unicodedata.normalize("NFKD", town or "").encode("ascii", "ignore").decode().casefold()
    return re.sub(r"[^a-z0-9]+", "-", plain).strip("-") or "unknown"
