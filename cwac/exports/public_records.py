"""A workbook for a public-records request: the rows of a period as typed, and the columns to review first.

Nothing is redacted: people decide that, with the list of columns. None of it is legal advice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from cwac.analysis.periods import months_before
from cwac.date_words import long_day_range, zoned_moment
from cwac.exports.restore import excel_title
from cwac.exports.tables import Cell as ReportCell
from cwac.exports.tables import ReportTable, to_xlsx
from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.sheet import schema
from cwac.sheet.plan import TablePlan
from cwac.sheet.schema import Column, TabSpec
from cwac.sheet.table import join_row
from cwac.sheet.text import is_blank
from cwac.sheet.times import as_shown

RETENTION_YEARS = 2
ELIGIBLE = "older than two years: eligible for review"
FEDERAL = "perhaps a federal grant (a guess from Funding): three years from the grant's final report (2 CFR 200.334)"
"""Whatever the row's age, as the sheet does not say when the final report was sent."""
_FEDERAL = re.compile(
    r"\b(federal(ly)?|grants?|COPS|OTS|office of traffic safety|NHTSA|JAG|Byrne|BJA|OJP|OVW|OVC|VOCA|VAWA|DOJ|"
    r"department of justice|DHS|homeland|FEMA|UASI|SHSP|HSGP|stonegarden|USDOT|FHWA|SAMHSA|HUD|CDBG|USDA|ARPA)\b",
    re.IGNORECASE,
)
_NOT_FEDERAL = re.compile(r"\b(no|not|non|without)[- ]?(a )?(federal|grant)", re.IGNORECASE)
UNREAD = "not read by the dashboard, so it may be of another day"
_DAY_ZERO = dt.date(1899, 12, 30)

_UNKNOWN = "The dashboard does not use this column."


@dataclass(frozen=True, slots=True)
class RecordRow:
    """A row of the sheet. `number` is its row number there; `values` are in the order of the tab's headers."""

    number: int
    retention: str
    remark: str
    values: tuple[ReportCell, ...]


@dataclass(frozen=True, slots=True)
class TabRows:
    """The chosen rows of a tab, with its headers as typed."""

    tab: str
    headers: tuple[str, ...]
    rows: tuple[RecordRow, ...]


@dataclass(frozen=True, slots=True)
class ColumnReview:
    """A column of the file: whether to review it before the file goes out, and why. `filled` counts its cells."""

    tab: str
    column: str
    needed: bool
    reason: str
    filled: int


@dataclass(frozen=True, slots=True)
class Records:
    tabs: tuple[TabRows, ...]
    columns: tuple[ColumnReview, ...]
    tabs_left_out: tuple[str, ...]


def records(workbook: Workbook, snapshot: Snapshot, first: dt.date, last: dt.date) -> Records:
    """The rows of the events from `first` to `last` inclusive, and the rows that belong to these events.

    `snapshot` is the workbook as read; a row is older than two years on its `today`, unless its Funding reads like a
    federal grant. Agencies, venues, towns and coverage are included whole; officers where they are staffed in the
    period. A row that could not be read is included with a remark, as it may belong to the period.
    """
    chosen = {event.id for event in snapshot.events if first <= event.date <= last}
    tabs: list[TabRows] = []
    reviews: list[ColumnReview] = []
    used: set[int] = set()
    for spec in schema.TABS:
        for position, plan in enumerate(workbook.plan.first_of_each_tab(spec.name)):
            tab = workbook.tabs[plan.tab]
            used.add(id(tab))
            columns = _columns(plan, tab)
            grid = _Grid(spec, tab.rows, position, plan.header or 0, columns)
            rows = tuple(_rows_of_period(grid, snapshot, chosen, (first, last)))
            name = tab.title if position else spec.name
            tabs.append(TabRows(name, tuple(typed for typed, _ in columns), rows))
            for place, (header_typed, column) in enumerate(columns):
                reason = _UNKNOWN if column is None else column.review_reason
                filled = sum(row.values[place] not in (None, "") for row in rows)
                reviews.append(ColumnReview(name, header_typed, bool(reason), reason, filled))
    left_out = tuple(tab.title for tab in workbook.tabs if id(tab) not in used and tab.rows)
    return Records(tuple(tabs), tuple(reviews), left_out)


def _columns(plan: TablePlan, tab: Tab) -> list[tuple[str, Column | None]]:
    """Header and contract column of each column up to the last header; columns between without a header included."""
    header = tab.rows[plan.header or 0]
    last = max(place for place, cell in enumerate(header) if not is_blank(cell))
    columns = {one.index: plan.column_of(one) for one in plan.columns}
    return [
        (str(cell).strip() if not is_blank(cell) else "(no header)", columns.get(place))
        for place, cell in enumerate(header[: last + 1])
    ]


class _When(NamedTuple):
    """The days of a row, and what pays for its event."""

    first: dt.date
    last: dt.date
    funding: str | None = None


class _Grid(NamedTuple):
    """A tab as typed: what it has, which of its kind it is, where its header is, and its columns."""

    spec: TabSpec
    rows: Sequence[Sequence[Cell]]
    position: int
    header: int
    columns: Sequence[tuple[str, Column | None]]


def _days(grid: _Grid, snapshot: Snapshot) -> dict[int, list[_When]]:
    """The days of each row by row number: its own, or those of the event that it names. Rows not read are missing."""
    spec, rows, position, header, columns = grid
    if spec.name == "Time off":
        return {away.row: [_When(away.first, away.last)] for away in snapshot.time_off}
    spans: dict[int, list[_When]] = {}
    of_event = {event.id: _When(event.date, event.date, event.funding) for event in snapshot.events}
    if spec.name == "Events":
        further = {row.row: row.event_id for row in snapshot.assignments if row.in_events and row.event_id in of_event}
        return {row: [of_event[event_id]] for row, event_id in further.items()} | {
            event.row: [of_event[event.id]] for event in snapshot.events
        }
    read: Mapping[str, Iterable[Any]] = {
        "Staffing": snapshot.assignments,
        "Attendance": snapshot.headcounts,
        "Follow-ups": snapshot.follow_ups,
    }
    typed_ids = {event_id.casefold(): event_id for event_id in of_event}
    place = next((place for place, (_, column) in enumerate(columns) if column and column.field == "event_id"), None)
    for record in read.get(spec.name, ()):
        if record.event_id in of_event and not getattr(record, "in_events", False):
            spans.setdefault(record.row, []).append(of_event[record.event_id])
    for number, row in enumerate(rows[header + 1 :], start=join_row(position, header + 2)):
        typed = "" if place is None or place >= len(row) else str(row[place]).strip().casefold()
        if typed in typed_ids:
            spans[number] = [of_event[typed_ids[typed]]]
    return spans


def _rows_of_period(
    grid: _Grid, snapshot: Snapshot, chosen: Collection[str], period: tuple[dt.date, dt.date]
) -> Iterator[RecordRow]:
    spec, rows, position, header, columns = grid
    days = _days(grid, snapshot)
    dated = spec.name in ("Events", "Staffing", "Attendance", "Time off", "Follow-ups")
    staffed = {row.officer for row in snapshot.assignments if row.event_id in chosen}
    officers = {officer.row: officer.id in staffed for officer in snapshot.officers}
    for number, row in enumerate(rows[header + 1 :], start=header + 2):
        if all(is_blank(cell) or cell is False for cell in row[: len(columns)]):
            continue
        spans, retention = days.get(join_row(position, number)), ""
        if spec.name == "Officers" and not officers.get(number, True):
            continue
        if spans is not None:
            if not any(when.first <= period[1] and when.last >= period[0] for when in spans):
                continue
            funding = [when.funding or "" for when in spans]
            if any(_FEDERAL.search(words) and not _NOT_FEDERAL.search(words) for words in funding):
                retention = FEDERAL
            elif max(when.last for when in spans) < months_before(snapshot.today, 12 * RETENTION_YEARS):
                retention = ELIGIBLE
        values = tuple(
            _value(row[place] if place < len(row) else None, column) for place, (_, column) in enumerate(columns)
        )
        yield RecordRow(number, retention, UNREAD if dated and spans is None else "", values)


def _value(cell: Cell, column: Column | None) -> ReportCell:
    """The cell as typed; days and times, which a sheet keeps as numbers, as date and `HH:MM`."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or column is None:
        return cell
    if column.reader in ("date", "long-date", "time") and isinstance(cell, float) and cell >= 1 and cell % 1:
        return as_shown(cell, column.reader)  # a day and a time in one cell
    if column.reader in ("date", "long-date") and 1 <= cell < 100_000:
        return _DAY_ZERO + dt.timedelta(days=int(cell))
    if column.reader == "time" and 0 <= cell < 1:
        minutes = round(cell * 24 * 60) % (24 * 60)
        return f"{minutes // 60:02}:{minutes % 60:02}"
    return cell


# --- the file ----------------------------------------------------------------------------------------------------


def to_workbook(
    records: Records,
    workbook: Workbook,
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    sent: Sequence[tuple[dt.date, str, int]] = (),
) -> bytes:
    """An Excel workbook: a tab about it, a tab of the columns to review, then the rows by tab. No text is a formula.

    `sent` are the messages that were sent, by date and kind, which get a tab of their own.
    """
    reviews = [
        (column.tab, column.column, "yes" if column.needed else "", column.reason, column.filled)
        for column in records.columns
    ]
    titles = ["About", "Redaction", "Messages sent"]
    tables = []
    for tab in records.tabs:
        titles.append(excel_title(tab.tab, titles))
        columns = ("Row of the sheet", "Retention", "Remark", *tab.headers)
        rows = [(row.number, row.retention, row.remark, *row.values) for row in tab.rows]
        tables.append(ReportTable(titles[-1], columns, rows, as_typed=True))
    about = list(_about(records, workbook, snapshot, first, last))
    return to_xlsx(
        [
            ReportTable("About", ("", ""), about),
            ReportTable("Redaction", ("Tab", "Column", "Review", "Why", "Cells filled"), reviews),
            *tables,
            *([ReportTable("Messages sent", ("Date", "Kind", "Messages"), sent)] if sent else []),
        ]
    )


def _about(
    records: Records, workbook: Workbook, snapshot: Snapshot, first: dt.date, last: dt.date
) -> Iterator[tuple[str, ReportCell]]:
    yield (
        "What this is",
        f"Coffee with a Cop: the shared sheet's rows of events, {long_day_range(first, last)}, as typed.",
    )
    yield "Source", workbook.source
    yield "As of", zoned_moment(workbook.as_of)
    yield "Written on", snapshot.today
    yield "Custodian", "(name the one agency that answers requests for this sheet)"
    yield "Before it goes out", "Look at each column that the tab Redaction marks. Nothing has been redacted."
    yield "Whole tabs", "Agencies, Venues, Towns and Coverage; of Officers those who are staffed in the period."
    yield "Rows with a remark", "The dashboard could not read them, so it cannot tell to which day they belong."
    yield (
        "Retention",
        f"A row marked so is more than {RETENTION_YEARS} years old on the day of writing: to be reviewed under your "
        "own schedule. Rows of an event whose Funding reads like a federal grant say so instead: that is a guess from "
        "the words, which whoever keeps the grant must confirm. Nothing is ever deleted by the dashboard.",
    )
    yield "Not in this file", "Earlier versions of rows, which the dashboard keeps: cwac history, cwac restore."
    for title in records.tabs_left_out:
        yield "Tab not looked at", title
    for tab in records.tabs:
        yield f"Rows of {tab.tab}", len(tab.rows)
