"""The tab Events: dated events, undated ones, their IDs and times, and the agencies of each."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from collections import defaultdict
from collections.abc import Container, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Any

from cwac.date_words import WEEKDAYS, clock, short_day
from cwac.model import Cell, Event, Undated, choice_label
from cwac.sheet import row_words
from cwac.sheet.columns import ColumnReader, build
from cwac.sheet.dates import DateExtra
from cwac.sheet.names import EventIds, Venues, distinct_agencies, name_key
from cwac.sheet.schema import seen_by
from cwac.sheet.table import Place, Table, TableBlock, column_letters
from cwac.sheet.text import NOTHING, CellFinding, Reading, Remark, as_typed, is_blank, quoted, read_text, remark_in
from cwac.sheet.times import TIME_ADVICE, as_shown


def read_event_times(
    columns: ColumnReader, table: Table, days: Sequence[Reading]
) -> tuple[list[dt.time | None], list[dt.time | None]]:
    """The start and the end of each row; a range or a day with a time may give both from one cell."""
    rules = columns.rules
    start_readings = columns.readings(table, "start")
    end_readings = columns.readings(table, "end", quiet=True)
    starts: list[dt.time | None] = []
    ends: list[dt.time | None] = []
    for row, (day, begin, finish) in enumerate(zip(days, start_readings, end_readings, strict=True)):
        if isinstance(day.extra, DateExtra) and day.extra.time and begin.value is None and not begin.failed:
            begin = day.extra.time
            for finding in begin.findings:
                columns.problem(table, row, "date", finding)
        start, end = begin.value, finish.value
        if start is not None and end is not None and end <= start:
            finish = end_readings[row] = move_to_afternoon(start, finish)
            end = finish.value
        if (range_end := begin.extra and begin.extra.end) is not None:
            if end is None and not finish.failed:
                end = range_end
            elif end not in (None, range_end):
                advice = f"The range ends at {clock(range_end)}, but End says {clock(end)}: End counts."
                columns.problem(table, row, "start", CellFinding("guessed", advice, "warning"))
        if (range_end := finish.extra and finish.extra.end) is not None and start in (None, end):
            start, end = finish.value, range_end
        elif range_end is not None:
            advice = "This is a range, and it does not begin at Start: type the end alone."
            columns.problem(table, row, "end", CellFinding("ambiguous", advice))
            end = None
        if start is not None and end is not None and end <= start:
            end = None
            advice = "The end is not after the start: correct one of them, with AM or PM."
            columns.problem(table, row, "end", CellFinding("impossible", advice))
        starts.append(start)
        ends.append(end)
        if start is None:
            continue
        # AM and PM are probably mixed up in an event that starts before `early_hour` or ends after `late_hour`.
        begins = start.hour * 60 + start.minute
        until = begins + rules.default_minutes if end is None else end.hour * 60 + end.minute
        if begins < rules.early_hour * 60:
            _warn_of_hour(columns, table, row, "start", f"It would start at {clock(start)}")
        if until > rules.late_hour * 60:
            field = "start" if end is None or finish.value is None else "end"
            _warn_of_hour(columns, table, row, field, f"It would end after {clock(dt.time(rules.late_hour % 24))}")
    columns.report(table, "end", end_readings, end_readings)
    return starts, ends


def move_to_afternoon(start: dt.time, end: Reading) -> Reading:
    """The end 12 hours later where it was typed without AM or PM and must follow the start: 11:30 to 1."""
    time: dt.time = end.value
    if not (end.extra and end.extra.loose and time.hour < 12 <= start.hour):
        return end
    later = time.replace(hour=time.hour + 12)
    if later <= start:
        return end
    advice = f"Read as {clock(later)}, as it is after the start. {TIME_ADVICE}"
    findings = tuple(
        replace(finding, advice=advice) if finding.code == "guessed" else finding for finding in end.findings
    )
    return replace(end, value=later, findings=findings)


def _warn_of_hour(columns: ColumnReader, table: Table, row: int, field: str, statement: str) -> None:
    field = field if field in table.cells else "date"
    columns.problem(table, row, field, CellFinding("implausible", f"{statement}: check AM and PM.", "warning"))


_WITH_OTHERS = ("id", "date", "start", "end", "town", "venue", "status", "officers", "guests")


_PREPARES = re.compile(r"\W*(?:set[- ]?up|load[- ]?in|prep(?:aration)?)\W*", re.I)
"""A cell of a shift before guests come."""


class EventsTab:
    """The events, the undated events, and the row of each."""

    def __init__(self, columns: ColumnReader, table: Table, ids: EventIds, venues: Venues) -> None:
        self.table, self._columns = table, columns
        columns.names["event"] = ids.read
        days = columns.readings(table, "date")
        statuses = columns.readings(table, "status")
        towns_typed = columns.readings(table, "town")
        references = [column.field for column in table.spec.columns if column.reader == "event"]
        values: dict[str, Any] = columns.values(table, *_WITH_OTHERS, *references)
        self._values = values
        table.owner = lambda row: (self._agencies_of_row(row), self.id_of_row.get(row))
        values["town_text"] = [text.value for text in columns.readings(table, "town", read_text, quiet=True)]
        values["venue_text"] = columns.column(table, "venue", read_text)
        values["venue"] = self._venues(values["venue_text"], [town.value for town in towns_typed], venues)
        values["town"] = [
            venue.town if town.value is None and not town.failed and venue is not None else town.value
            for town, venue in zip(towns_typed, values["venue"], strict=True)
        ]
        values["start"], values["end"] = read_event_times(columns, table, days)
        typed_ids = columns.column(table, "id")
        typed = {row: event_id for row, event_id in enumerate(typed_ids) if event_id is not None}
        first_uses = columns.first_uses(table, "id", typed, " ID")
        for row in first_uses:
            ids.add(typed[row])
        unused = typed.keys() - first_uses
        same = self._rows_of_one_event(days, unused) if not table.by_ids else {}
        made_ids = self._make_ids(typed_ids, days, ids, same)
        for field in references:
            values[field] = columns.column(table, field)
        values["date"] = [day.value for day in days]
        values["date_note"] = [day.extra.note if isinstance(day.extra, DateExtra) else None for day in days]
        self.held: list[tuple[int, str | None, str]] = []
        """Row, cell and reason of each event that the sheet keeps from the public."""
        self._add_statuses(statuses)
        self._hold_back(same)
        for row, cell in enumerate(table.weekdays):
            typed_day, date = as_typed(cell) or "", values["date"][row]
            named = (n for n, name in enumerate(WEEKDAYS) if typed_day[:3].casefold() == name[:3].casefold())
            if date is not None and date.weekday() != next(named, date.weekday()):
                named_day = f"{short_day(date)} is a {WEEKDAYS[date.weekday()]}"
                advice = f"{named_day}, but the column beside it says {quoted(typed_day)}: correct one."
                columns.problem(table, row, "date", CellFinding("inconsistent", advice, "warning"))
        self._join_agencies(same)

        dated: list[int] = []
        undated: list[int] = []
        event_ids: dict[int, str | None] = {}
        for row, day in enumerate(values["date"]):
            if row in unused:
                continue  # another row has this ID already
            if row in same:
                event_ids[row] = event_ids[same[row]]
                continue
            event_ids[row] = typed_ids[row] or made_ids.get(row)
            (undated if day is None else dated).append(row)
        self.id_of_row: dict[int, str] = {row: name for row, name in event_ids.items() if name is not None}
        self._build(dated, undated, made_ids)
        table.account(len(self.events) + len(same))

    def _rows_of_one_event(self, days: Sequence[Reading], unused: Container[int]) -> dict[int, int]:
        """In a sheet without IDs: each row that repeats the day, time and place of an earlier one -> that row.

        It names somebody too, as where each row is a shift or a person, or it is an open slot among such rows. The
        rows in `unused` repeat nothing and are not repeated.
        """
        values, table = self._values, self.table
        names = [name for name in ("officers", *(people.field for people in table.people)) if name in table.cells]
        first: dict[tuple[Any, ...], int] = {}
        latest: dict[tuple[Any, ...], tuple[int, int]] = {}
        told: dict[tuple[Any, ...], list[int]] = defaultdict(list)
        same: dict[int, int] = {}
        starts, ends = list(values["start"]), list(values["end"])
        open_to_guests: set[int] = set()
        of_names = [table.cells[name] for name in names]
        named = [any(not is_blank(cells[row]) for cells in of_names) for row in range(table.size)]
        occasions = zip([day.value for day in days], values["venue_text"], values["title"], starts, strict=True)
        of_named = [occasion for occasion, is_named in zip(occasions, named, strict=True) if is_named]
        is_slot_a_row = len(set(of_named)) < len(of_named)
        for row, day in enumerate(days if names else ()):
            place = values["venue_text"][row] or "", values["town_text"][row] or ""
            if row in unused or day.value is None or not any(place):
                continue
            where = (day.value, *map(name_key, place), values["title"][row])
            key = (*where, starts[row])
            at_that_time = told[day.value, where[2], where[3], starts[row]]
            if named[row] and key not in first and (again := self._told_again(row, at_that_time)) is not None:
                same[row] = again
                continue
            begins, at = latest.get(where, (row, row))
            is_next_shift = at == row - 1 and (
                row in table.goes_on or (starts[row] is not None and starts[row] == values["end"][at])
            )
            # A row that names nobody is an event of its own, whatever the order of the rows, unless it is an open slot.
            is_shift = named[row] or (is_slot_a_row and starts[row] is not None)
            earlier = begins if is_next_shift else first.setdefault(key, row) if is_shift else first.get(key, row)
            if earlier == row and starts[row] is not None:
                at_that_time.append(row)
            latest[where] = earlier, row
            is_open_slot = is_slot_a_row and starts[row] is not None and ends[row] == ends[earlier]
            if earlier != row and (is_next_shift or named[row] or is_open_slot):
                same[row] = earlier
                if is_next_shift:
                    block, number = table.block_of(table.numbers[earlier])
                    typed = [cell for cell in block.tab.rows[number - 1] if isinstance(cell, str)]
                    if any(map(_PREPARES.fullmatch, typed)) and earlier not in open_to_guests:
                        starts[earlier] = None
                    open_to_guests.add(earlier)
                    times = [time for time in (starts[earlier], starts[row]) if time is not None]
                    starts[earlier] = min(times, default=None)
                    ends[earlier] = max((time for time in (ends[earlier], ends[row]) if time is not None), default=None)
        values["start"], values["end"] = starts, ends
        return same

    def _told_again(self, row: int, at_that_time: Sequence[int]) -> int | None:
        """The row of the same event whose place has more or fewer words; reported as a guess."""
        own = _words_of_place(self._values["venue_text"][row])
        for earlier in at_that_time:
            other = _words_of_place(self._values["venue_text"][earlier])
            if min(len(own), len(other)) > 1 and (own <= other or other <= own):
                _, number = self.table.block_of(self.table.numbers[earlier])
                advice = f"Read as the event of row {number}, which has the same day, time and place."
                self._columns.problem(self.table, row, "venue", CellFinding("guessed", advice, "warning"))
                return earlier
        return None

    def _join_agencies(self, same: Mapping[int, int]) -> None:
        """Add the agencies of an event's further rows to the partners of its first."""
        leads, partners = self._values["lead_agency"], list(self._values["partner_agencies"])
        for row, lead in enumerate(self._columns.readings(self.table, "lead_agency", quiet=True)):
            if lead.extra:
                partners[row] = distinct_agencies(*lead.extra, *(partners[row] or ()))
        for row, first in same.items():
            others = distinct_agencies(*(partners[first] or ()), leads[row], *(partners[row] or ()))
            partners[first] = tuple(agency for agency in others if agency != leads[first])
        self._values["partner_agencies"] = partners

    def _add_statuses(self, readings: Sequence[Reading]) -> None:
        """The status, with the reason and the note that its cell may hold: "CANX – fire".

        What the sheet does not call sure is withheld: no Status, a word such as "canceled", a struck row.
        """
        values, table, today = self._values, self.table, self._columns.today
        values["status_note"] = [reading.extra and reading.extra.note for reading in readings]
        values["cancel_reason"] = [
            typed or (reading.extra and reading.extra.reason)
            for typed, reading in zip(values["cancel_reason"], readings, strict=True)
        ]
        statuses = values["status"] = [reading.value for reading in readings]
        withheld = values["withheld"] = [False] * table.size
        if "status" not in table.cells or len(table.blocks) > 1:
            for row, day in enumerate(values["date"]):
                if "status" not in table.cells or not table.has("status", row):
                    withheld[row] = True
                    statuses[row] = "Completed" if day is not None and day < today else "Confirmed"

    def _hold_back(self, same: Mapping[int, int]) -> None:
        """Withhold the events that the column Public, or a word in any cell of their rows, keeps from the public.

        `same` maps the further rows of an event to its first.
        """
        values, table, today = self._values, self.table, self._columns.today
        alone = set(range(table.size)) - same.keys() - set(same.values())
        for row, text in enumerate(values["date_note"]):
            if text and (found := remark_in(text, "date_note")) is not None:
                self._doubt(same.get(row, row), self._place(row, "date"), table.cell("date", row), found)
        begin = 0
        for block in table.blocks:
            end = begin + len(block.rows)
            for word in row_words.scan(block.scanned(), block.rows, today, values["date"][begin:end]):
                row = begin + word.row
                first = same.get(row, row)
                place = row, (word.column, block.headers.get(word.column, "")), block.fields.get(word.column)
                if word.forbids is not None:
                    advice = f'"{quoted(word.forbids)}" keeps the event from the public. Take it out once all may know.'
                    self._hold(
                        first, self._tell(place, word.cell, CellFinding("held-back", advice, "warning")), word.forbids
                    )
                if word.remark is not None:
                    remark = word.remark if row in alone else replace(word.remark, is_plain=False)
                    self._doubt(first, place, word.cell, remark)
            begin = end
        for row, says in table.called_off.items():
            found = Remark("Cancelled", True)
            self._doubt(same.get(row, row), self._place(row, "date"), table.cell("date", row), found, says)
        for row, is_public in enumerate(values["public"] if "public" in table.cells else ()):
            if not is_public and table.has("public", row) and row not in same:
                block, number = table.block_of(table.numbers[row])
                index = block.columns.get("public", (None, ""))[0]
                cell = None if index is None else f"{column_letters(index)}{number}"
                self._hold(row, cell, "Public does not say yes")

        for block in table.blocks:
            if block.plan.lost_public:
                self._hold_without_public(block)

    def _hold_without_public(self, block: TableBlock) -> None:
        """Withhold the events of a tab whose column Public is gone or has another name."""
        advice = (
            "The column Public was here before, so no event of this tab is public now: give it its name again, or say "
            "which column it is under [columns]."
        )
        finding = CellFinding("held-back", advice, "warning")
        place = 0, self.table.spec.column("public").header
        cell = self._columns.problems.add(self.table, block.header_number, place, None, finding, field_name="public")
        for row, number in enumerate(self.table.numbers):
            if self.table.block_of(number)[0] is block:
                self._hold(row, cell, "the column Public is gone")

    def _hold(self, row: int, cell: str | None, why: str) -> None:
        self._values["withheld"][row] = True
        self.held.append((row, cell, why))

    def _place(self, row: int, name: str) -> tuple[int, Place, str | None]:
        place = self.table.block_of(self.table.numbers[row])[0].columns.get(name)
        return row, place or (None, self.table.spec.column(name).header), name

    def _tell(self, place: tuple[int, Place, str | None], found: Cell, finding: CellFinding) -> str | None:
        """Report a cell of a row, also one of a column that is not read, and return its address."""
        row, column, field = place
        if field is not None and field in self.table.cells:
            return self._columns.problems.add_cell(self.table, row, field, finding)
        typed, number = as_typed(found), self.table.numbers[row]
        return self._columns.problems.add(self.table, number, column, typed, finding, of_row=row)

    def _doubt(self, row: int, place: tuple[int, Place, str | None], cell: Cell, found: Remark, says: str = "") -> None:
        """Report a word that Status does not say, and withhold the event; without a Status the word counts.

        An event of which a cell says plainly that it is off is never Completed.
        """
        statuses = self._values["status"]
        agreeing = ("Cancelled", "Postponed", *(() if found.status else ("Tentative", "Draft", None)))
        if statuses[row] in agreeing:
            return
        says = says or f"This says {choice_label(found.status) if found.status else 'that it is open'}"
        unsaid = is_blank(self.table.cell("status", row))
        if unsaid and found.is_plain and found.status:
            statuses[row] = found.status
            advice = f"{says}, so it counts as {choice_label(found.status)}. Say so under Status."
        else:
            if found.is_plain and found.status and statuses[row] == "Completed":
                statuses[row] = None
            advice = f"{says}, but Status does not: correct one of the two. Until then the event is not public."
        self._hold(row, self._tell(place, cell, CellFinding("inconsistent", advice, "warning")), says)

    def _build(self, dated: list[int], undated: list[int], made_ids: Container[int]) -> None:
        values, table, ids = self._values, self.table, self.id_of_row
        made = [row in made_ids for row in dated]
        self.events = build(Event, dated, values, id=[ids[row] for row in dated], made_id=made)
        self.event_of_row = dict(zip(dated, self.events, strict=True))
        found = [as_shown(table.cell("date", row), "date") or None for row in undated]
        known = {field: values[field] for field in seen_by(Undated, "coordinators") if field in values}
        self.undated = build(Undated, undated, known, id=[ids.get(row) for row in undated], found=found)
        for row, event in self.event_of_row.items():
            if event.status == "Completed" and event.date > self._columns.today:
                advice = "Completed, but the day is still to come: correct the day or the Status."
                self._columns.problem(table, row, "status", CellFinding("inconsistent", advice, "warning"))
            elif event.status == "Confirmed" and event.date < self._columns.today:
                advice = "The day is past: set Status to Completed, Canceled or Postponed."
                self._columns.problem(table, row, "status", CellFinding("overdue", advice, "warning"))

    @cached_property
    def by_id(self) -> dict[str, Event]:
        return {event.id: event for event in self.events}

    def _agencies_of_row(self, row: int) -> tuple[str, ...]:
        return distinct_agencies(self._values["lead_agency"][row], *(self._values["partner_agencies"][row] or ()))

    @cached_property
    def _row_of_id(self) -> Mapping[str | None, int]:
        return {event_id: row for row, event_id in reversed(self.id_of_row.items())}

    def agencies_of(self, event_id: str | None) -> tuple[str, ...]:
        """The agencies of an event, dated or not: its lead, then its partners."""
        row = self._row_of_id.get(event_id)
        return () if row is None else self._agencies_of_row(row)

    def answering_for(self, event_id: str | None) -> tuple[str, ...]:
        """The agencies responsible for an event's follow-ups: its lead, or its partners where no lead is known."""
        row = self._row_of_id.get(event_id)
        has_lead = row is not None and self._values["lead_agency"][row] is not None
        return self.agencies_of(event_id)[: 1 if has_lead else None]

    def _venues(self, texts: Sequence[str | None], towns: Sequence[str | None], venues: Venues) -> list[Any]:
        pairs = list(zip(texts, towns, strict=True))
        by_pair = {pair: NOTHING if pair[0] is None else venues.read(pair[0], pair[1]) for pair in set(pairs)}
        readings = [by_pair[pair] for pair in pairs]
        self._columns.report(self.table, "venue", readings, by_pair.values())
        return [reading.value for reading in readings]

    def _make_ids(
        self, typed_ids: Sequence[str | None], days: Sequence[Reading], ids: EventIds, same: Container[int]
    ) -> dict[int, str]:
        """An ID made from date and town for each dated row without one that is the first of its event."""
        made: dict[int, str] = {}
        next_number: dict[str, int] = {}
        for row, reading in enumerate(days):
            day: dt.date | None = reading.value
            if typed_ids[row] is not None or day is None or row in same:
                continue
            town = unicodedata.normalize("NFKD", self._values["town"][row] or "").encode("ascii", "ignore").decode()
            slug = re.sub(r"[^a-z0-9]+", "-", town.casefold()).strip("-") or "unknown"
            base = f"{day.isoformat()}-{slug}"
            number = next_number.get(base, 1)
            event_id = base if number == 1 else f"{base}-{number}"
            while event_id in ids:
                number += 1
                event_id = f"{base}-{number}"
            next_number[base] = number + 1
            ids.add(event_id)
            made[row] = event_id
            advice = f"{quoted(event_id)} was made for it. Type an ID: it then stays the same when rows move."
            self._columns.problem(self.table, row, "id", CellFinding("made-id", advice, "notice"))
        return made


def _words_of_place(typed: str | None) -> frozenset[str]:
    return frozenset(re.findall(r"\w+", re.sub(r"['’]", "", typed or "").casefold())) - {"at", "in", "on", "the", "of"}
