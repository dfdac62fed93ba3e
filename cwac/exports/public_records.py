"""What a public-records request would get: the sheet's rows of a period as they were typed, and what to look at first.

Nothing is redacted: that is for people to decide, and the list of columns is for them. None of it is legal advice.
"""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from cwac.exports.tables import xml_text
from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.sheet import headers, schema
from cwac.sheet.headers import header_row
from cwac.sheet.schema import Column, TabSpec
from cwac.sheet.text import is_blank

RETENTION_YEARS = 2
ELIGIBLE = "older than two years: eligible for review"
UNREAD = "not read by the dashboard, so it may be of another day"
_DAY_ZERO = dt.date(1899, 12, 30)

_OFFICER = "Names an officer: not confidential as such, but their safety may be a reason, above all for events ahead."
_HOUR = "Says when and where somebody is on duty."
_AWAY = "Says when somebody is away: a personnel matter."
_PRIVATE = "May name or reach a private person."
_FREE = "Free text: may hold anything, such as a name, a phone number or a plate."

REVIEW: Mapping[tuple[str, str], str] = {
    ("Events", "officers"): _OFFICER,
    ("Events", "internal_notes"): _FREE,
    ("Events", "public_notes"): _FREE,
    ("Staffing", "officer"): _OFFICER,
    ("Staffing", "swapped_for"): _OFFICER,
    ("Staffing", "report_time"): _HOUR,
    ("Staffing", "release_time"): _HOUR,
    ("Staffing", "note"): _FREE,
    ("Attendance", "note"): _FREE,
    ("Agencies", "emails"): _PRIVATE,
    ("Officers", "id"): _OFFICER,
    ("Officers", "name"): _OFFICER,
    ("Officers", "rank"): _OFFICER,
    ("Officers", "aliases"): _OFFICER,
    ("Officers", "languages"): "May say something of a person's origin.",
    ("Officers", "active_from"): "A personnel matter.",
    ("Officers", "active_to"): "A personnel matter.",
    ("Time off", "officer"): _AWAY,
    ("Time off", "first"): _AWAY,
    ("Time off", "last"): _AWAY,
    ("Venues", "contact"): _PRIVATE,
    ("Venues", "contact_phone"): _PRIVATE,
    ("Venues", "permission"): _PRIVATE,
    ("Follow-ups", "summary"): "What a resident said: may tell who they are, or accuse somebody.",
}
"""The columns to look at before a file goes out, and why."""
_UNKNOWN = "The dashboard does not know this column."


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the sheet. `number` is the sheet's; `values` stand in the order of the tab's headers."""

    number: int
    retention: str
    remark: str
    values: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one tab, with its headers as typed."""

    tab: str
    headers: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Look:
    """One column of the file: whether to look at it before it goes out, and why. `filled` counts its cells."""

    tab: str
    column: str
    look: bool
    why: str
    filled: int


@dataclass(frozen=True, slots=True)
class Records:
    parts: tuple[Part, ...]
    looks: tuple[Look, ...]
    tabs_left_out: tuple[str, ...]


def records(workbook: Workbook, snapshot: Snapshot, first: dt.date, last: dt.date) -> Records:
    """The rows of the events from `first` to `last` inclusive, and of what belongs to them.

    `snapshot` is that workbook, read; its `today` says what is older than two years. Agencies, venues, towns and
    coverage come whole; of the officers those who are staffed in the period. A row that could not be read comes too,
    with a remark, as it may belong here.
    """
    chosen = {event.id for event in snapshot.events if first <= event.date <= last}
    parts: list[Part] = []
    looks: list[Look] = []
    used: set[int] = set()
    for spec in schema.TABS:
        tab = _tab_of(workbook, spec)
        header = None if tab is None else header_row(spec, tab.rows)
        if tab is None or header is None:
            continue
        used.add(id(tab))
        columns = _columns(spec, tab.rows[header])
        days = _days(spec, snapshot, tab.rows, header, columns)
        rows = tuple(_chosen(spec, snapshot, tab, header, columns, days, chosen, (first, last)))
        parts.append(Part(spec.name, tuple(name for name, _ in columns), rows))
        looks += _looks(spec, columns, rows)
    left_out = tuple(tab.title for tab in workbook.tabs if id(tab) not in used and tab.rows)
    return Records(tuple(parts), tuple(looks), left_out)


def _tab_of(workbook: Workbook, spec: TabSpec) -> Tab | None:
    called = [tab for tab in workbook.tabs if headers.spec_for(tab.title) is spec]
    named = [tab for tab in called if headers.key(tab.title) == headers.key(spec.name)]
    return next(iter(named or called), None)


def _columns(spec: TabSpec, header: Sequence[Cell]) -> list[tuple[str, Column | None]]:
    """Every column with a header, known or not, and those without one that stand between."""
    last = max(place for place, cell in enumerate(header) if not is_blank(cell))
    columns = headers.read_header(spec, header).columns
    return [
        (str(cell).strip() if not is_blank(cell) else "(no header)", columns.get(place))
        for place, cell in enumerate(header[: last + 1])
    ]


_Span = tuple[dt.date, dt.date]


def _days(
    spec: TabSpec,
    snapshot: Snapshot,
    rows: Sequence[Sequence[Cell]],
    header: int,
    columns: Sequence[tuple[str, Column | None]],
) -> dict[int, list[_Span]]:
    """Row number -> the days that it is about, where the dashboard could read it; by its event, where it names one."""
    found: dict[int, list[_Span]] = {}
    if spec.name == "Time off":
        for away in snapshot.time_off:
            found.setdefault(away.row, []).append((away.first, away.last))
        return found
    if spec.name == "Events":
        return {event.row: [(event.date, event.date)] for event in snapshot.events}
    read: Mapping[str, Iterable[Any]] = {
        "Staffing": snapshot.assignments,
        "Attendance": snapshot.headcounts,
        "Follow-ups": snapshot.follow_ups,
    }
    dates = {event.id: event.date for event in snapshot.events}
    typed_ids = {event_id.casefold(): event_id for event_id in dates}
    place = next((place for place, (_, column) in enumerate(columns) if column and column.field == "event_id"), None)
    for one in read.get(spec.name, ()):
        if one.event_id in dates:
            found.setdefault(one.row, []).append((dates[one.event_id], dates[one.event_id]))
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        # What it says itself counts more: in a sheet of one tab, assignments have the row numbers of Events.
        typed = "" if place is None or place >= len(row) else str(row[place]).strip().casefold()
        if typed in typed_ids:
            day = dates[typed_ids[typed]]
            found[number] = [(day, day)]
    return found


def _chosen(
    spec: TabSpec,
    snapshot: Snapshot,
    tab: Tab,
    header: int,
    columns: Sequence[tuple[str, Column | None]],
    days: Mapping[int, list[_Span]],
    chosen: Collection[str],
    period: _Span,
) -> Iterator[Row]:
    dated = spec.name in ("Events", "Staffing", "Attendance", "Time off", "Follow-ups")
    staffed = {row.officer for row in snapshot.assignments if row.event_id in chosen}
    officers = {officer.row: officer.id in staffed for officer in snapshot.officers}
    for number, row in enumerate(tab.rows[header + 1 :], start=header + 2):
        if all(is_blank(cell) or cell is False for cell in row[: len(columns)]):
            continue
        spans, remark, retention = days.get(number), "", ""
        if dated and spans is None:
            remark = UNREAD
        elif spans is not None:
            if not any(first <= period[1] and last >= period[0] for first, last in spans):
                continue
            retention = ELIGIBLE if max(last for _, last in spans) < years_before(snapshot.today) else ""
        if spec.name == "Officers" and not officers.get(number, True):
            continue
        values = tuple(
            _value(row[place] if place < len(row) else None, column) for place, (_, column) in enumerate(columns)
        )
        yield Row(number, retention, remark, values)


def years_before(day: dt.date, years: int = RETENTION_YEARS) -> dt.date:
    """The same day some years earlier; of 29 February the 28th."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def _value(cell: Cell, column: Column | None) -> object:
    """As typed, but for days and times, which a sheet keeps as numbers."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or column is None:
        return cell
    if column.reader in ("date", "long-date") and 1 <= cell < 100_000:
        return _DAY_ZERO + dt.timedelta(days=int(cell))
    if column.reader == "time" and 0 <= cell < 1:
        minutes = round(cell * 24 * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return cell


def _looks(spec: TabSpec, columns: Sequence[tuple[str, Column | None]], rows: Sequence[Row]) -> Iterator[Look]:
    for place, (name, column) in enumerate(columns):
        filled = sum(not _is_empty(row.values[place]) for row in rows)
        why = _UNKNOWN if column is None else REVIEW.get((spec.name, column.field), "")
        yield Look(spec.name, name, bool(why), why, filled)


def _is_empty(value: object) -> bool:
    return value is None or value == ""


# --- the file ----------------------------------------------------------------------------------------------------


def to_xlsx(found: Records, workbook: Workbook, snapshot: Snapshot, first: dt.date, last: dt.date) -> bytes:
    """An Excel workbook: what it is, the columns to look at, then the rows by tab. Text is text, never a formula."""
    from openpyxl import Workbook as Book
    from openpyxl.cell import WriteOnlyCell
    from openpyxl.styles import Font
    from openpyxl.utils import get_column_letter

    book = Book(write_only=True)

    def sheet(title: str, header: Sequence[str], rows: Iterable[Sequence[object]], widths: Sequence[int]) -> None:
        made = book.create_sheet(title)
        made.freeze_panes = "A2"
        for number, width in enumerate(widths, start=1):
            made.column_dimensions[get_column_letter(number)].width = width

        def cell(value: object, bold: bool = False) -> object:
            one: Any = WriteOnlyCell(made, "")
            one.value = xml_text(value) if isinstance(value, str) else value
            if isinstance(value, str):
                one.data_type = "s"
            if isinstance(value, dt.date):
                one.number_format = "yyyy-mm-dd"
            if bold:
                one.font = Font(bold=True)
            return one

        made.append([cell(name, bold=True) for name in header])
        for row in rows:
            made.append([cell(value) for value in row])

    sheet("About", ("", ""), _about(found, workbook, snapshot, first, last), (24, 100))
    looks = [(one.tab, one.column, "yes" if one.look else "", one.why, one.filled) for one in found.looks]
    sheet("Redaction", ("Tab", "Column", "Look at it", "Why", "Cells filled"), looks, (14, 24, 12, 90, 12))
    for part in found.parts:
        header = ("Row of the sheet", "Retention", "Remark", *part.headers)
        rows = [(row.number, row.retention, row.remark, *row.values) for row in part.rows]
        sheet(part.tab, header, rows, (10, 24, 24, *(max(12, len(name) + 2) for name in part.headers)))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def _about(
    found: Records, workbook: Workbook, snapshot: Snapshot, first: dt.date, last: dt.date
) -> Iterator[tuple[str, object]]:
    yield "What this is", f"Coffee with a Cop: the shared sheet's rows of events from {first} to {last}, as typed."
    yield "Source", workbook.source
    yield "As of", f"{workbook.as_of:%Y-%m-%d %H:%M} {workbook.timezone}"
    yield "Written on", snapshot.today
    yield "Custodian", "(name the one agency that answers requests for this sheet)"
    yield "Before it goes out", "Look at each column that the tab Redaction marks. Nothing has been redacted."
    yield "Whole tabs", "Agencies, Venues, Towns and Coverage; of Officers those who are staffed in the period."
    yield "Rows with a remark", "The dashboard could not read them, so it cannot tell to which day they belong."
    yield (
        "Retention",
        f"A row marked so is more than {RETENTION_YEARS} years old on the day of writing: to be reviewed under your "
        "own schedule. Nothing is ever deleted by the dashboard.",
    )
    yield "Not in this file", "Earlier versions of rows, which the dashboard keeps: cwac history, cwac restore."
    for title in found.tabs_left_out:
        yield "Tab not looked at", title
    for part in found.parts:
        yield f"Rows of {part.tab}", len(part.rows)
