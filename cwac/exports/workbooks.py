"""Workbooks to hand out: a kept version, the rows for a public-records request, and the lists that a sheet lacks.

Records are not redacted: people decide that, with the list of columns. None of it is legal advice.
"""

from __future__ import annotations

import datetime as dt
import io
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from cwac.analysis.periods import months_before
from cwac.analysis.words import counted
from cwac.date_words import long_day_range, zoned_moment
from cwac.exports.tables import Cell as ReportCell
from cwac.exports.tables import ReportTable, to_xlsx, xml_text
from cwac.model import Cell, Row, Snapshot, Tab, Workbook
from cwac.settings import Retention
from cwac.sheet import schema
from cwac.sheet.names import listed_agencies, name_key, same_agencies
from cwac.sheet.plan import without_private_cells
from cwac.sheet.reader import columns_read
from cwac.sheet.schema import Column
from cwac.sheet.table import join_row
from cwac.sheet.template import write_template
from cwac.sheet.text import is_blank, is_not_said
from cwac.sheet.times import EPOCH, as_shown, as_time

# --- a kept version -----------------------------------------------------------------------------------------------

_MAX_TITLE = 31
_NOT_IN_TITLES = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


def version_workbook(workbook: Workbook) -> bytes:
    """Every tab and cell as typed and shown to agencies, but for characters and lengths that no .xlsx file can hold."""
    workbook = without_private_cells(workbook)
    written = io.BytesIO()
    tabs: list[Tab] = []
    for tab in workbook.tabs:
        title = excel_title(tab.title, [earlier.title for earlier in tabs])
        rows = [[xml_text(cell) if isinstance(cell, str) else cell for cell in row] for row in tab.rows]
        tabs.append(replace(tab, title=title, rows=rows))
    write_template(written, replace(workbook, tabs=tuple(tabs)))
    return written.getvalue()


def excel_title(title: str, taken: Sequence[str]) -> str:
    """The title without characters that Excel refuses, numbered where an earlier tab has it."""
    short = xml_text(_NOT_IN_TITLES.sub(" ", title)).strip("' ")[:_MAX_TITLE] or "Tab"
    taken_in_any_case = {other.casefold() for other in taken}
    unique, number = short, 1
    while unique.casefold() in taken_in_any_case:
        number += 1
        unique = f"{short[: _MAX_TITLE - 1 - len(str(number))]} {number}"
    return unique


# --- the rows of a period, for a public-records request -----------------------------------------------------------

DEFAULT_SCHEDULE = Retention()
_FEDERAL = re.compile(
    r"\b(federal(ly)?|grants?|COPS|OTS|office of traffic safety|NHTSA|JAG|Byrne|BJA|OJP|OVW|OVC|VOCA|VAWA|DOJ|"
    r"department of justice|DHS|homeland|FEMA|UASI|SHSP|HSGP|stonegarden|USDOT|FHWA|SAMHSA|HUD|CDBG|USDA|ARPA)\b",
    re.IGNORECASE,
)
_NOT_FEDERAL = re.compile(r"\b(no|not|non|without)[- ]?(a )?(federal|grant)", re.IGNORECASE)


class TabRows(NamedTuple):
    """The chosen rows of a tab, with its headers as typed: number in the sheet, retention, remark, and the cells."""

    tab: str
    headers: tuple[str, ...]
    rows: tuple[tuple[ReportCell, ...], ...]


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
    schedule: Retention


class _Days(NamedTuple):
    """The days of a row or of its event, why that may be of a federal grant, and the types of its agencies."""

    first: dt.date
    last: dt.date
    grant: str | None = None
    bodies: tuple[str, ...] = ()


_DATED = ("Events", "Staffing", "Attendance", "Time off", "Follow-ups")


def records(
    workbook: Workbook, snapshot: Snapshot, first: dt.date, last: dt.date, schedule: Retention = DEFAULT_SCHEDULE
) -> Records:
    """The rows of the events from `first` to `last` inclusive, and the rows that belong to these events.

    `snapshot` is the workbook as read; a row's age is that on its `today`. Agencies, venues, towns and coverage are
    included whole; officers where they are staffed in the period. A row that could not be read is included with a
    remark, as it may belong to the period.
    """
    tabs: list[TabRows] = []
    reviews: list[ColumnReview] = []
    used: set[int] = set()
    days_of_event = _days_by_event(snapshot)
    by_typed_id = {event_id.casefold(): days for event_id, days in days_of_event.items()}
    for spec in schema.TABS:
        read, is_dated = _days_by_row(spec.name, snapshot, days_of_event), spec.name in _DATED
        for position, plan in enumerate(workbook.plan.first_of_each_tab(spec.name)):
            tab = workbook.tabs[plan.tab]
            used.add(plan.tab)
            header = tab.rows[plan.header or 0]
            last_header = max(place for place, cell in enumerate(header) if not is_blank(cell))
            by_place = {one.index: plan.column_of(one) for one in plan.columns}
            columns = [
                (str(cell).strip() if not is_blank(cell) else "(no header)", by_place.get(place))
                for place, cell in enumerate(header[: last_header + 1])
            ]
            event_id = next((place for place, (_, one) in enumerate(columns) if one and one.field == "event_id"), None)
            rows: list[tuple[ReportCell, ...]] = []
            start = (plan.header or 0) + 1
            for number, cells in enumerate(tab.rows[start:], start + 1):
                row = [*cells[: len(columns)], *[None] * (len(columns) - len(cells))]
                if all(is_blank(cell) or cell is False for cell in row):
                    continue
                typed = "" if event_id is None else str(row[event_id]).strip().casefold()
                days = by_typed_id.get(typed) or read.get(join_row(position, number))
                if days is not None and not any(each.first <= last and each.last >= first for each in days):
                    continue
                retention = _retention(spec.name, days, snapshot.today, schedule) if days and is_dated else ""
                values = tuple(_value(cell, column) for cell, (_, column) in zip(row, columns, strict=True))
                remark = "not read by the dashboard, so it may be of another day" if days is None and is_dated else ""
                rows.append((number, retention, remark, *values))
            name = tab.title if position else spec.name
            tabs.append(TabRows(name, tuple(header for header, _ in columns), tuple(rows)))
            for place, (header, column) in enumerate(columns):
                reason = "The dashboard does not use this column." if column is None else column.review_reason
                filled = sum(row[3 + place] not in (None, "") for row in rows)
                reviews.append(ColumnReview(name, header, bool(reason), reason, filled))
    left_out = tuple(tab.title for place, tab in enumerate(workbook.tabs) if place not in used and tab.rows)
    return Records(tuple(tabs), tuple(reviews), left_out, schedule)


def rows_to_keep(snapshot: Snapshot, schedule: Retention = DEFAULT_SCHEDULE) -> Mapping[str, int]:
    """Tab -> its rows that are not eligible for review yet, if any; rows that were not read are not counted."""
    days_of_event = _days_by_event(snapshot)
    counts = {}
    for tab in _DATED:
        rows = _days_by_row(tab, snapshot, days_of_event).values()
        counts[tab] = sum(not _retention(tab, days, snapshot.today, schedule).endswith(ELIGIBLE) for days in rows)
    return {tab: count for tab, count in counts.items() if count}


def _days_by_event(snapshot: Snapshot) -> Mapping[str, list[_Days]]:
    types = {agency.short: agency.type for agency in snapshot.agencies}
    granted = {row.event_id for row in snapshot.assignments if row.pay_type == "Grant"}
    days = {}
    for event in snapshot.events:
        funding = event.funding or ""
        is_federal = _FEDERAL.search(funding) and not _NOT_FEDERAL.search(funding)
        grant = "a guess from Funding" if is_federal else "pay type Grant" if event.id in granted else None
        bodies = filter(None, (types.get(agency) for agency in event.agencies))
        days[event.id] = [_Days(event.date, event.date, grant, tuple(bodies))]
    return days


def _days_by_row(kind: str, snapshot: Snapshot, days_of_event: Mapping[str, list[_Days]]) -> Mapping[int, list[_Days]]:
    """Row number -> the row's own days, or those of its events, if any; rows that were not read are missing."""
    if kind == "Time off":
        return {away.row: [_Days(away.first, away.last)] for away in snapshot.time_off}
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
    days: dict[int, list[_Days]] = {row: [] for row in officers.values()}
    for row, event_id in events.get(kind, ()):
        if event_id in days_of_event:
            days.setdefault(row, []).extend(days_of_event[event_id])
    return days


ELIGIBLE = ": eligible for review"


def _retention(tab: str, rows: Sequence[_Days], today: dt.date, schedule: Retention) -> str:
    if grant := next((each.grant for each in rows if each.grant), None):
        # Whatever the row's age, as the sheet does not say when the final report was sent.
        years = counted(schedule.federal_grants, "year")
        return f"perhaps a federal grant ({grant}): {years} from the grant's final report (2 CFR 200.334)"
    kept = max(schedule.years(tab, each.bodies) for each in rows)
    is_old = max(each.last for each in rows) < months_before(today, 12 * kept)
    return f"older than {counted(kept, 'year')}{ELIGIBLE}" if is_old else ""


def schedule_words(schedule: Retention) -> str:
    """`2 years; Staffing 5 years; events with a city's agency 4 years; federal grants 3 years from …`."""
    others = {tab: schedule.years(tab) for tab in _DATED if schedule.years(tab) != schedule.county}
    bodies = {"city": schedule.city, "state": schedule.state}
    others |= {f"events with a {body} agency": years for body, years in bodies.items() if years}
    parts = [counted(schedule.county, "year"), *(f"{name} {counted(years, 'year')}" for name, years in others.items())]
    return f"{'; '.join(parts)}; federal grants {counted(schedule.federal_grants, 'year')} from their final report"


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


def records_workbook(
    records: Records,
    workbook: Workbook,
    snapshot: Snapshot,
    first: dt.date,
    last: dt.date,
    sent: Sequence[tuple[dt.date, str, int]] = (),
) -> bytes:
    """Tabs about the file, the columns to review, the rows, and the messages `sent` by date and kind; no formula."""
    reviews = [(*column[:2], "yes" if column.needed else "", *column[3:]) for column in records.columns]
    titles = ["About", "Redaction", "Messages sent"]
    tables = []
    for tab in records.tabs:
        titles.append(excel_title(tab.tab, titles))
        columns = ("Row of the sheet", "Retention", "Remark", *tab.headers)
        tables.append(ReportTable(titles[-1], columns, tab.rows, as_typed=True))
    about: Sequence[tuple[str, ReportCell]] = (
        ("What this is",
         f"Coffee with a Cop: the shared sheet's rows of events, {long_day_range(first, last)}, as typed."),
        ("Source", workbook.source),
        ("As of", zoned_moment(workbook.as_of)),
        ("Written on", snapshot.today),
        ("Custodian", "(name the one agency that answers requests for this sheet)"),
        ("Before it goes out", "Look at each column that the tab Redaction marks. Nothing has been redacted."),
        ("Whole tabs", "Agencies, Venues, Towns and Coverage; of Officers those who are staffed in the period."),
        ("Rows with a remark", "The dashboard could not read them, so it cannot tell to which day they belong."),
        ("Retention",
         "A row marked so is older on the day of writing than the schedule keeps it: to be reviewed. Rows of an event "
         "whose Funding reads like a federal grant, or with the pay type Grant, say so instead: that is a guess, "
         "which whoever keeps the grant must confirm. Nothing is ever deleted by the dashboard."),
        ("Schedule", f"{schedule_words(records.schedule)} ([records] in the settings)."),
        ("Not in this file", "Earlier versions of rows, which the dashboard keeps: cwac history, cwac restore."),
        *(("Tab not looked at", title) for title in records.tabs_left_out),
        *((f"Rows of {tab.tab}", len(tab.rows)) for tab in records.tabs),
    )  # fmt: skip
    return to_xlsx(
        [
            ReportTable("About", ("", ""), about),
            ReportTable("Redaction", ("Tab", "Column", "Review", "Why", "Cells filled"), reviews),
            *tables,
            *([ReportTable("Messages sent", ("Date", "Kind", "Messages"), sent)] if sent else []),
        ]
    )


# --- the lists that a sheet lacks ---------------------------------------------------------------------------------


def lists_of(workbook: Workbook, snapshot: Snapshot) -> tuple[Workbook, list[str]]:
    """A workbook of the lists alone, and the people whose agency is a guess: the one that leads most of their events.

    A list that the sheet has already is the same as there.
    """
    officers, guessed = _officers(snapshot)
    venues: dict[str | None, list[str | None]] = {}  # by town; a town that is not typed is left blank
    for event in snapshot.events:
        venues.setdefault(event.town or event.town_text, []).append(event.venue_text)
    made = {
        "Agencies": _agencies(workbook, snapshot),
        "Officers": officers,
        "Towns": _spelled_names(event.town_text or event.town for event in snapshot.events),
        "Venues": [row | {"town": town} for town, typed in venues.items() for row in _spelled_names(typed)],
    }
    there = {table.meaning: table.tab for table in snapshot.reading}
    by_title = {tab.title: tab for tab in workbook.tabs}
    tabs: list[Tab] = []
    for name, rows in made.items():
        if name in there:
            tabs.append(replace(by_title[there[name]], title=name))
            continue
        columns = next(spec.columns for spec in schema.TABS if spec.name == name)
        cells: list[Row] = [[row.get(column.field) for column in columns] for row in rows]
        tabs.append(Tab(name, [[column.header for column in columns], *cells]))
    return replace(workbook, tabs=tuple(tabs), plan=None), [] if "Officers" in there else guessed


def _agencies(workbook: Workbook, snapshot: Snapshot) -> list[dict[str, str | None]]:
    cells = columns_read(workbook, ("Events", "Staffing"))

    def column(tab: str, field: str) -> Sequence[Cell]:
        return cells.get(tab, {}).get(field, ("", ()))[1]

    leads, partners = column("Events", "lead_agency"), column("Events", "partner_agencies")
    typed = [
        part for cell in (*leads, *partners, *column("Staffing", "agency")) for part in listed_agencies(str(cell or ""))
    ]
    by_town = Counter(zip(map(str, leads), map(str, column("Events", "town")), strict=False))
    spellings = same_agencies(typed, {lead: town for (lead, town), _ in reversed(by_town.most_common())})
    used = [agency for event in snapshot.events for agency in event.agencies]
    used += [row.agency for row in snapshot.assignments if row.agency]
    return [
        {"short": agency, "name": agency, "aliases": "; ".join(spellings.get(agency, [])[1:]) or None}
        for agency in dict.fromkeys(used)
    ]


def _officers(snapshot: Snapshot) -> tuple[list[dict[str, str | None]], list[str]]:
    """A row a person, and the people whose agency is a guess."""
    own: dict[str, Counter[str]] = {}
    leads: dict[str, Counter[str]] = {}
    for row in snapshot.assignments:
        if not row.placeholder and row.name:
            own.setdefault(row.name, Counter()).update([row.agency] if row.agency else [])
            event = snapshot.event_by_id.get(row.event_id)
            leads.setdefault(row.name, Counter()).update([event.lead_agency] if event and event.lead_agency else [])
    people = _spelled_names(own)
    guessed = []
    for number, person in enumerate(people, 1):
        name = person["name"] or ""
        if not own[name] and leads[name]:
            guessed.append(name)
        agency = next((short for short, _ in (own[name] or leads[name]).most_common(1)), None)
        person |= {"id": name if any(map(str.isdigit, name)) else f"OF-{number:02}", "agency": agency}
    return people, guessed


def _spelled_names(typed: Iterable[str | None]) -> list[dict[str, str | None]]:
    """A row a name, with its further spellings as aliases."""
    groups: dict[str, dict[str, None]] = {}
    for name in typed:
        if name and not is_not_said(name):
            groups.setdefault(name_key(name), {})[" ".join(name.split())] = None
    return [
        {"name": first, "aliases": "; ".join(others) or None}
        for first, *others in (list(group) for group in groups.values())
    ]
