"""Events, staffing, attendance and follow-ups as rows, and tables as CSV, JSON or an Excel workbook.

Every format holds the same values under the same names: ISO dates, HH:MM, agencies by short name.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cwac.analysis.attendance import Total, guests_by_event, total
from cwac.analysis.events import assigned, confirmed
from cwac.analysis.words import number
from cwac.date_words import short_day
from cwac.model import Event, Snapshot, Undated
from cwac.one_line import one_line
from cwac.sheet.text import is_formula_error, is_not_said

Row = dict[str, Any]
"""One row by column; text, numbers, true or false, None, or a list of texts."""

_GUESTS = ("guests", "guests_low", "guests_high", "guests_estimated")
EVENTS = (
    "id", "date", "start", "end", "timezone", "title", "town", "venue", "lead_agency", "partner_agencies", "status",
    "officers_needed", "officers_assigned", "officers_confirmed", *_GUESTS,
)  # fmt: skip
# Named one by one, so that a column added to `EVENTS` does not reach strangers by itself.
PUBLIC_EVENTS = (
    "id", "date", "start", "end", "timezone", "title", "town", "venue", "lead_agency", "partner_agencies", "status",
    *_GUESTS, "page",
)  # fmt: skip
STAFFING = (
    "event_id", "date", "officer_id", "officer", "agency", "role", "status", "report_time", "release_time", "hours",
    "pay_type", "placeholder",
)  # fmt: skip
ATTENDANCE = (
    "event_id", "date", "town", *_GUESTS, "youth", "new_visitors", "conversations", "rows", "count_source",
)  # fmt: skip
FOLLOW_UPS = ("id", "event_id", "category", "referred_to", "status", "due", "closed_on", "reported_back")
SUMMARY = "summary"
"""The column with what a resident said; exported on request only."""


# --- rows -------------------------------------------------------------------------------------------------------


def event_rows(snapshot: Snapshot, *, sees_staffing: bool = True) -> list[Row]:
    """A row for each dated event; guests not counted are None, as are officers where the reader may not see them."""
    totals = guests_by_event(snapshot)
    rows: list[Row] = []
    for event in snapshot.events:
        staff = snapshot.assignments_by_event.get(event.id, ())
        venue, typed = event.venue.name if event.venue else None, event.venue_text
        # Where the sheet lists no venue, the venue as typed.
        if not (venue or snapshot.venues or typed is None or is_not_said(typed) or is_formula_error(typed)):
            venue = typed
        row = values_of(event, EVENTS) | _guests(totals.get(event.id))
        row |= {"timezone": snapshot.timezone, "venue": venue}
        if sees_staffing:
            row |= {"officers_assigned": len(assigned(staff)), "officers_confirmed": len(confirmed(staff))}
        rows.append(row)
    return rows


def public_row(event: Event, snapshot: Snapshot, page: str) -> Row:
    """The event by the names of `event_rows`, as far as it is public."""
    held = event.status == "Completed" and event.date < snapshot.today
    counted = total(snapshot.headcounts_by_event.get(event.id, ())) if held else None
    venue = event.venue.name if event.venue else None
    own = {"timezone": snapshot.timezone, "venue": venue, "page": page}
    return values_of(event, PUBLIC_EVENTS) | _guests(counted) | own


def values_of(record: object, columns: Iterable[str]) -> Row:
    """The fields of a record that have the names of columns, as files have them; of other columns None."""
    return {column: _plain(getattr(record, column, None)) for column in columns}


def _plain(value: Any) -> Any:
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, dt.time):
        return f"{value:%H:%M}"
    return list(value) if isinstance(value, tuple) else whole(value) if isinstance(value, float) else value


def staffing_rows(snapshot: Snapshot) -> list[Row]:
    """A row for each person or placeholder, in the sheet's order; the date of an undated event is None."""
    dated = snapshot.event_by_id
    return [
        values_of(row, STAFFING)
        | values_of(dated.get(row.event_id), ("date",))
        | {"officer_id": row.officer, "officer": row.name}
        for row in snapshot.assignments
    ]


def attendance_rows(snapshot: Snapshot) -> list[Row]:
    """A row for each event with headcounts; `rows` counts these, `count_source` says how they were counted."""
    all_events: tuple[Event | Undated, ...] = (*snapshot.undated, *snapshot.events)
    events = {event.id: event for event in all_events}
    return [
        values_of(of_event, ATTENDANCE)
        | {"event_id": event_id}
        | values_of(events.get(event_id), ("date", "town"))
        | _guests(of_event)
        | {"count_source": "door" if any(row.at_door for row in snapshot.headcounts_by_event[event_id]) else "sheet"}
        for event_id, of_event in guests_by_event(snapshot).items()
    ]


def follow_up_rows(snapshot: Snapshot, *, summaries: bool = False) -> list[Row]:
    """A row for each follow-up, in the sheet's order, with the columns `FOLLOW_UPS`, and `SUMMARY` with `summaries`."""
    columns = (*FOLLOW_UPS, SUMMARY) if summaries else FOLLOW_UPS
    return [values_of(follow_up, columns) for follow_up in snapshot.follow_ups]


TABLES: Mapping[str, tuple[tuple[str, ...], Callable[[Snapshot], list[Row]]]] = {
    "events": (EVENTS, event_rows),
    "staffing": (STAFFING, staffing_rows),
    "attendance": (ATTENDANCE, attendance_rows),
    "follow-ups": (FOLLOW_UPS, follow_up_rows),
}
"""What can be exported: the columns and the function that makes the rows."""


def _guests(counted: Total | None) -> Row:
    # Where nobody counted, nothing was estimated either: `guests_estimated` is None, not false.
    if counted is None or counted.best is None:
        return dict.fromkeys(_GUESTS)
    figures = (whole(counted.best), whole(counted.low), whole(counted.high), counted.estimated)
    return dict(zip(_GUESTS, figures, strict=True))


def whole(number: float | None) -> float | None:
    """37.0 as 37, as people write it; 37.5 stays."""
    return int(number) if isinstance(number, float) and number.is_integer() else number


# --- formats ----------------------------------------------------------------------------------------------------

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")
"""First characters of a formula; some spreadsheets accept the full-width signs as well."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)", re.ASCII)
_NOT_IN_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MAX_EXCEL_CELL = 32_767


def to_json(document: object) -> bytes:
    """UTF-8 JSON with a line for each item of a list, so that two exports can be compared line by line."""
    if isinstance(document, Mapping):
        text = ",\n".join(f"{_json(name)}: {_lines(value)}" for name, value in document.items())
        text = f"{{\n{text}\n}}"
    else:
        text = _lines(document)
    # A lone surrogate cannot be encoded in UTF-8, but its escape is valid JSON.
    return f"{text}\n".encode("utf-8", "backslashreplace")


def _lines(value: object) -> str:
    if not isinstance(value, list) or not value:
        return _json(value)
    return "[\n" + ",\n".join(map(_json, value)) + "\n]"


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, allow_nan=False)


def to_csv(rows: Iterable[Row], columns: Sequence[str]) -> bytes:
    """UTF-8 CSV; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    out = io.StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow(columns)
    writer.writerows([_csv(row[column]) for column in columns] for row in rows)
    return out.getvalue().encode("utf-8", "replace")


def to_tsv(rows: Iterable[Row], columns: Sequence[str]) -> str:
    """Rows without headers, for pasting into a sheet: no tab or line break in a cell, and no formula."""
    cells = ([_joined(row[column]) for column in columns] for row in rows)
    return "\n".join(
        "\t".join(str(_csv(one_line(cell) if isinstance(cell, str) else cell)) for cell in row) for row in cells
    )


def _csv(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return whole(value)
    value = _joined(value)
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def _joined(value: Any) -> Any:
    return "; ".join(value) if isinstance(value, list) else value


# --- Excel ------------------------------------------------------------------------------------------------------


class Percent(float):
    """A share from 0 to 1, which a workbook shows in percent."""


@dataclass(frozen=True, slots=True)
class Amount:
    """A number that people read in words: `about 12.5`, `35 to 40`."""

    value: float
    words: str


Cell = str | float | dt.date | dt.time | Amount | None
_FORMATS: Mapping[type, str] = {
    int: "#,##0", float: "#,##0.0#", Percent: "0%", dt.date: "yyyy-mm-dd", dt.time: "h:mm AM/PM"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReportTable:
    """A table under its heading. `note` says how it is made, `right` are the columns of numbers.

    Without rows, `nothing` stands in their place. A workbook has the table on a tab, with the lines `above`, the rows
    `below` and the chart that `chart` draws from the tab; `as_typed` leaves numbers without a format.
    """

    heading: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    note: str = ""
    nothing: str = ""
    right: tuple[int, ...] = ()
    above: Sequence[str] = ()
    below: Sequence[Sequence[Cell]] = ()
    chart: Callable[[Any], Any] | None = None
    as_typed: bool = False


def table_of(heading: str, rows: Iterable[Row], columns: Sequence[str]) -> ReportTable:
    return ReportTable(heading, columns, [[_joined(row[column]) for column in columns] for row in rows], as_typed=True)


def cell_words(cell: Cell) -> str:
    """A cell as people read it."""
    if isinstance(cell, Amount):
        return cell.words
    if isinstance(cell, dt.date):
        return short_day(cell)
    return number(cell, 2) if isinstance(cell, int | float) else str(cell)


def to_xlsx(tables: Iterable[ReportTable], title: str = "", author: str = "") -> bytes:
    """An Excel workbook with a tab for each table, below the title if there is one; text is never a formula."""
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.title, book.properties.creator = xml_text(title), xml_text(author)
    for table in tables:
        _add_tab(book.create_sheet(table.heading[:31]), table, title)
        title = ""
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _add_tab(sheet: Any, table: ReportTable, title: str) -> None:
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Alignment, Font
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.properties import PageSetupProperties

    rows = table.rows or ([(table.nothing,)] if table.nothing else [])
    for place, column in enumerate(table.columns):
        cells = [column, *(row[place] for row in rows if place < len(row))]
        texts = [len(cell_words(cell)) for cell in cells if isinstance(cell, str | Amount)]
        sheet.column_dimensions[get_column_letter(place + 1)].width = min(60, max(12, *texts) + 2)
    sheet.freeze_panes = None if title or table.above else "A2"
    sheet.page_setup.orientation, sheet.page_setup.fitToHeight = "landscape", 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    wrapped = None if table.as_typed else Alignment(wrap_text=True, vertical="top")

    def append(values: Iterable[Cell], font: Font | None = None, alignment: Alignment | None = None) -> None:
        cells: list[Any] = []
        for value in values:
            if table.as_typed and not isinstance(value, str):
                cells.append(value)
                continue
            cell = WriteOnlyCell(sheet)
            set_value(cell, value)
            if font:
                cell.font = font
            if alignment:
                cell.alignment = alignment
            cells.append(cell)
        sheet.append(cells)

    if title:
        append([title], Font(bold=True, size=14))
    for line in table.above:
        append([line])
    append(table.columns, Font(bold=True), Alignment(wrap_text=True, vertical="top"))
    for row in rows:
        append(row, alignment=wrapped)
    for row in table.below:
        append(row)
    if table.chart:
        sheet.add_chart(table.chart(sheet), f"A{len(rows) + 4}")


def set_value(cell: Any, value: Cell) -> None:
    """Write a value, an amount as `"about "#,##0`, or with "about" for a range; text stays text when it is edited."""
    if isinstance(value, str):
        cell.value, cell.data_type = xml_text(value), "s"
        if value.startswith(_FORMULA):
            cell.quotePrefix = True
    elif isinstance(value, Amount):
        set_value(cell, value.value)
        before, found, after = value.words.partition(number(abs(value.value), 2))
        parts = (before, after) if found else ("about ", "")
        form = cell.number_format.join(f'"{part}"' if part else "" for part in parts)
        cell.number_format = f"{form};{form}"  # the second is of negative numbers, whose words say so
    elif value is not None:
        shown = float(value) if isinstance(value, Percent) else whole(value) if isinstance(value, float) else value
        cell.value = shown
        cell.number_format = _FORMATS[Percent if isinstance(value, Percent) else type(shown)]


def xml_text(text: str) -> str:
    """A text that fits an Excel cell: characters that XML forbids are replaced, and it is cut at Excel's limit."""
    return _NOT_IN_XML.sub("\ufffd", text)[:_MAX_EXCEL_CELL]
