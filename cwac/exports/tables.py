"""Events, staffing, attendance and follow-ups as rows, and rows as CSV, JSON or an Excel workbook.

Every format holds the same values under the same names: ISO dates, HH:MM, agencies by short name.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from cwac.analysis.attendance import Total, guests_by_event
from cwac.analysis.events import assigned, confirmed
from cwac.model import Event, Snapshot, Undated
from cwac.one_line import one_line
from cwac.sheet.text import is_formula_error, is_not_said

Row = dict[str, Any]
"""One row by column; text, numbers, true or false, None, or a list of texts."""

EVENTS = (
    "id", "date", "start", "end", "timezone", "title", "town", "venue", "lead_agency", "partner_agencies", "status",
    "officers_needed", "officers_assigned", "officers_confirmed", "guests", "guests_low", "guests_high",
    "guests_estimated",
)  # fmt: skip
STAFFING = (
    "event_id", "date", "officer_id", "officer", "agency", "role", "status", "report_time", "release_time", "hours",
    "pay_type", "placeholder",
)  # fmt: skip
ATTENDANCE = (
    "event_id", "date", "town", "guests", "guests_low", "guests_high", "guests_estimated", "youth", "new_visitors",
    "conversations", "rows",
)  # fmt: skip
FOLLOW_UPS = ("id", "event_id", "category", "referred_to", "status", "due", "closed_on", "reported_back")
SUMMARY = "summary"
"""The column with what a resident said; exported on request only."""


# --- rows -------------------------------------------------------------------------------------------------------


def event_rows(snapshot: Snapshot, *, sees_staffing: bool = True) -> list[Row]:
    """A row for each dated event, in the sheet's order, with the columns `EVENTS`.

    Guests not counted are None, and so are the officers if the reader may not see staffing.
    """
    totals = guests_by_event(snapshot)
    rows_of = snapshot.assignments_by_event
    return [
        {
            "id": event.id,
            "date": event.date.isoformat(),
            "start": _clock(event.start),
            "end": _clock(event.end),
            "timezone": snapshot.timezone,
            "title": event.title,
            "town": event.town,
            "venue": _venue(event, snapshot),
            "lead_agency": event.lead_agency,
            "partner_agencies": list(event.partner_agencies),
            "status": event.status,
            "officers_needed": event.officers_needed,
            "officers_assigned": len(assigned(rows_of.get(event.id, ()))) if sees_staffing else None,
            "officers_confirmed": len(confirmed(rows_of.get(event.id, ()))) if sees_staffing else None,
            **_guests(totals.get(event.id)),
        }
        for event in snapshot.events
    ]


def staffing_rows(snapshot: Snapshot) -> list[Row]:
    """A row for each person or placeholder, in the sheet's order, with the columns `STAFFING`. Hours are hours.

    The date of an undated event is None.
    """
    dated = snapshot.event_by_id
    return [
        {
            "event_id": row.event_id,
            "date": _day(dated[row.event_id].date) if row.event_id in dated else None,
            "officer_id": row.officer,
            "officer": row.name,
            "agency": row.agency,
            "role": row.role,
            "status": row.status,
            "report_time": _clock(row.report_time),
            "release_time": _clock(row.release_time),
            "hours": whole(row.hours),
            "pay_type": row.pay_type,
            "placeholder": row.placeholder,
        }
        for row in snapshot.assignments
    ]


def attendance_rows(snapshot: Snapshot) -> list[Row]:
    """A row for each event with headcounts, in the sheet's order, with the columns `ATTENDANCE`.

    `rows` is the number of the event's headcounts.
    """
    all_events: tuple[Event | Undated, ...] = (*snapshot.undated, *snapshot.events)
    events = {event.id: event for event in all_events}
    rows = []
    for event_id, total in guests_by_event(snapshot).items():
        event = events.get(event_id)
        rows.append(
            {
                "event_id": event_id,
                "date": _day(event.date) if isinstance(event, Event) else None,
                "town": event.town if event else None,
                **_guests(total),
                "youth": whole(total.youth),
                "new_visitors": whole(total.new_visitors),
                "conversations": whole(total.conversations),
                "rows": total.rows,
            }
        )
    return rows


def follow_up_rows(snapshot: Snapshot, *, summaries: bool = False) -> list[Row]:
    """A row for each follow-up, in the sheet's order, with the columns `FOLLOW_UPS`, and `SUMMARY` with `summaries`."""
    return [
        {
            "id": follow_up.id,
            "event_id": follow_up.event_id,
            "category": follow_up.category,
            "referred_to": follow_up.referred_to,
            "status": follow_up.status,
            "due": _day(follow_up.due),
            "closed_on": _day(follow_up.closed_on),
            "reported_back": follow_up.reported_back,
        }
        | ({SUMMARY: follow_up.summary} if summaries else {})
        for follow_up in snapshot.follow_ups
    ]


TABLES: Mapping[str, tuple[tuple[str, ...], Callable[[Snapshot], list[Row]]]] = {
    "events": (EVENTS, event_rows),
    "staffing": (STAFFING, staffing_rows),
    "attendance": (ATTENDANCE, attendance_rows),
    "follow-ups": (FOLLOW_UPS, follow_up_rows),
}
"""What can be exported: the columns and the function that makes the rows."""


def _venue(event: Event, snapshot: Snapshot) -> str | None:
    """The listed venue; where the sheet lists none, the venue as typed."""
    if event.venue is not None or snapshot.venues:
        return event.venue.name if event.venue else None
    typed = event.venue_text
    return None if typed is None or is_not_said(typed) or is_formula_error(typed) else typed


def _guests(total: Total | None) -> Row:
    # Where nobody counted, nothing was estimated either: `guests_estimated` is None, not false.
    if total is None or total.best is None:
        return dict.fromkeys(("guests", "guests_low", "guests_high", "guests_estimated"))
    return {
        "guests": whole(total.best),
        "guests_low": whole(total.low),
        "guests_high": whole(total.high),
        "guests_estimated": total.estimated,
    }


def _day(day: dt.date | None) -> str | None:
    return None if day is None else day.isoformat()


def _clock(time: dt.time | None) -> str | None:
    return None if time is None else f"{time:%H:%M}"


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


def set_text(cell: Any, text: str) -> None:
    """Write text into a cell of a workbook so that it stays text, even after somebody edits the cell in Excel."""
    cell.value, cell.data_type = xml_text(text), "s"
    if text.startswith(_FORMULA):
        cell.quotePrefix = True


_EXCEL_FORMATS: Mapping[type, str] = {
    int: "#,##0", float: "#,##0.0#", dt.date: "yyyy-mm-dd", dt.time: "h:mm AM/PM"
}  # fmt: skip


def set_value(cell: Any, value: str | float | dt.date | dt.time | None) -> None:
    """Write a value into a cell of a workbook: text as text, and numbers, days and times as such."""
    if isinstance(value, str):
        set_text(cell, value)
    elif value is not None:
        cell.value = value = whole(value) if isinstance(value, float) else value
        cell.number_format = _EXCEL_FORMATS.get(type(value), "General")


def to_tsv(rows: Iterable[Row], columns: Sequence[str]) -> str:
    """Rows without headers, for pasting into a sheet: no tab or line break in a cell, and no formula."""
    return "\n".join("\t".join(_pasted(row[column]) for column in columns) for row in rows)


def _pasted(value: object) -> str:
    value = _joined(value)
    return str(_csv(one_line(value) if isinstance(value, str) else value))


def _csv(value: object) -> object:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return whole(value)
    value = _joined(value)
    if isinstance(value, str) and value.startswith(_FORMULA) and not _NUMBER.fullmatch(value):
        return f"'{value}"
    return value


def _joined(value: object) -> object:
    return "; ".join(value) if isinstance(value, list) else value


def xml_text(text: str) -> str:
    """A text that fits an Excel cell: characters that XML forbids are replaced, and it is cut at Excel's limit."""
    return _NOT_IN_XML.sub("\ufffd", text)[:_MAX_EXCEL_CELL]


def to_xlsx(rows: Iterable[Row], columns: Sequence[str], title: str) -> bytes:
    """An Excel workbook of one tab. Text is never a formula, whatever its first character."""
    from openpyxl import Workbook
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Workbook(write_only=True)
    sheet = book.create_sheet(title)
    sheet.freeze_panes = "A2"
    for number, column in enumerate(columns, start=1):
        sheet.column_dimensions[get_column_letter(number)].width = max(12, len(column) + 2)

    def cell(value: object) -> object:
        value = _joined(value)
        if not isinstance(value, str):
            return value
        text_cell = WriteOnlyCell(sheet, "")
        set_text(text_cell, value)
        return text_cell

    header = [WriteOnlyCell(sheet, column) for column in columns]
    for head in header:
        head.font = Font(bold=True)
    sheet.append(header)
    for row in rows:
        sheet.append([cell(row[column]) for column in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
