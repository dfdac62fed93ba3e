"""A workbook for a public-records request: the rows of a period as typed, and the columns to review first.

Nothing is redacted: people decide that, with the list of columns. None of it is legal advice.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

from cwac.analysis.periods import months_before
from cwac.date_words import long_day_range, zoned_moment
from cwac.exports.restore import excel_title
from cwac.exports.tables import Cell as ReportCell
from cwac.exports.tables import ReportTable, to_xlsx
from cwac.model import Cell, Snapshot, Tab, Workbook
from cwac.sheet import schema
from cwac.sheet.plan import TablePlan
from cwac.sheet.schema import Column
from cwac.sheet.table import join_row
from cwac.sheet.text import is_blank
from cwac.sheet.times import EPOCH, as_shown, as_time

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

_UNKNOWN = "The dashboard does not use this column."


class RecordRow(NamedTuple):
    """A row of the sheet. `number` is its row number there; `values` are in the order of the tab's headers."""

    number: int
    retention: str
    remark: str
    values: tuple[ReportCell, ...]


class TabRows(NamedTuple):
    """The chosen rows of a tab, with its headers as typed."""

    tab: str
    headers: tuple[str, ...]
    rows: tuple[RecordRow, ...]


class ColumnReview(NamedTuple):
    """A column of the file: whether to review it before the file goes out, and why. `filled` counts its cells."""

    tab: str
    column: str
    needed: bool
    reason: str
    filled: int


class Records(NamedTuple):
    tabs: tuple[TabRows, ...]
    columns: tuple[ColumnReview, ...]
    tabs_left_out: tuple[str, ...]


_Days = list[tuple[dt.date, dt.date, str]]
"""The first and the last day of a row, or of each event that it belongs to, and what pays for these."""
_DATED = ("Events", "Staffing", "Attendance", "Time off", "Follow-ups")


def records(workbook: Workbook, snapshot: Snapshot, first: dt.date, last: dt.date) -> Records:
    """The rows of the events from `first` to `last` inclusive, and the rows that belong to these events.

    `snapshot` is the workbook as read; a row is older than two years on its `today`, unless its Funding reads like a
    federal grant. Agencies, venues, towns and coverage are included whole; officers where they are staffed in the
    period. A row that could not be read is included with a remark, as it may belong to the period.
    """
    tabs: list[TabRows] = []
    reviews: list[ColumnReview] = []
    used: set[int] = set()
    days_of_event: Mapping[str, _Days] = {
        event.id: [(event.date, event.date, event.funding or "")] for event in snapshot.events
    }
    by_typed_id = {event_id.casefold(): days for event_id, days in days_of_event.items()}
    for spec in schema.TABS:
        read, is_dated = _days_by_row(spec.name, snapshot, days_of_event), spec.name in _DATED
        for position, plan in enumerate(workbook.plan.first_of_each_tab(spec.name)):
            tab = workbook.tabs[plan.tab]
            used.add(plan.tab)
            columns = _columns(plan, tab)
            event_id = next((place for place, (_, one) in enumerate(columns) if one and one.field == "event_id"), None)
            rows: list[RecordRow] = []
            for number, row in _typed_rows(plan, tab, len(columns)):
                typed = "" if event_id is None else str(row[event_id]).strip().casefold()
                days = by_typed_id.get(typed) or read.get(join_row(position, number))
                if days is not None and not any(begin <= last and end >= first for begin, end, _ in days):
                    continue
                retention = _retention(days, snapshot.today) if days and is_dated else ""
                values = tuple(_value(cell, column) for cell, (_, column) in zip(row, columns, strict=True))
                rows.append(RecordRow(number, retention, UNREAD if days is None and is_dated else "", values))
            name = tab.title if position else spec.name
            tabs.append(TabRows(name, tuple(header for header, _ in columns), tuple(rows)))
            for place, (header, column) in enumerate(columns):
                reason = _UNKNOWN if column is None else column.review_reason
                filled = sum(one.values[place] not in (None, "") for one in rows)
                reviews.append(ColumnReview(name, header, bool(reason), reason, filled))
    left_out = tuple(tab.title for place, tab in enumerate(workbook.tabs) if place not in used and tab.rows)
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


def _typed_rows(plan: TablePlan, tab: Tab, width: int) -> Iterator[tuple[int, Sequence[Cell]]]:
    start = (plan.header or 0) + 1
    for number, row in enumerate(tab.rows[start:], start + 1):
        if not all(is_blank(cell) or cell is False for cell in row[:width]):
            yield number, [*row[:width], *[None] * (width - len(row))]


def _days_by_row(kind: str, snapshot: Snapshot, days_of_event: Mapping[str, _Days]) -> Mapping[int, _Days]:
    """Row number -> the row's own days, or those of its events, if any; rows that were not read are missing."""
    if kind == "Time off":
        return {away.row: [(away.first, away.last, "")] for away in snapshot.time_off}
    officers = {officer.id: officer.row for officer in snapshot.officers} if kind == "Officers" else {}
    events: Mapping[str, Iterable[tuple[int, str]]] = {
        "Events": (
            *((row.row, row.event_id) for row in snapshot.assignments if row.in_events),
            *((event.row, event.id) for event in snapshot.events),
        ),
        "Staffing": ((row.row, row.event_id) for row in snapshot.assignments if not row.in_events),
        "Attendance": ((row.row, row.event_id) for row in snapshot.headcounts if not row.in_events),
        "Follow-ups": ((row.row, row.event_id) for row in snapshot.follow_ups),
        "Officers": ((officers[row.officer], row.event_id) for row in snapshot.assignments if row.officer in officers),
    }
    days: dict[int, _Days] = {row: [] for row in officers.values()}
    for row, event_id in events.get(kind, ()):
        if event_id in days_of_event:
            days.setdefault(row, []).extend(days_of_event[event_id])
    return days


def _retention(days: _Days, today: dt.date) -> str:
    if any(_FEDERAL.search(funding) and not _NOT_FEDERAL.search(funding) for _, _, funding in days):
        return FEDERAL
    return ELIGIBLE if max(last for _, last, _ in days) < months_before(today, 12 * RETENTION_YEARS) else ""


def _value(cell: Cell, column: Column | None) -> ReportCell:
    """The cell as typed; days and times, which a sheet keeps as numbers, as date and `HH:MM`."""
    if isinstance(cell, bool) or not isinstance(cell, int | float) or column is None:
        return cell
    if column.reader in ("date", "long-date", "time") and isinstance(cell, float) and cell >= 1 and cell % 1:
        return as_shown(cell, column.reader)  # a day and a time in one cell
    if column.reader in ("date", "long-date") and 1 <= cell < 100_000:
        return EPOCH + dt.timedelta(days=int(cell))
    if column.reader == "time" and 0 <= cell < 1:
        return f"{as_time(round(cell * 1440) % 1440):%H:%M}"
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
    reviews = [(*column[:2], "yes" if column.needed else "", *column[3:]) for column in records.columns]
    titles = ["About", "Redaction", "Messages sent"]
    tables = []
    for tab in records.tabs:
        titles.append(excel_title(tab.tab, titles))
        columns = ("Row of the sheet", "Retention", "Remark", *tab.headers)
        tables.append(ReportTable(titles[-1], columns, [(*row[:3], *row.values) for row in tab.rows], as_typed=True))
    return to_xlsx(
        [
            ReportTable("About", ("", ""), list(_about(records, workbook, snapshot, first, last))),
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
