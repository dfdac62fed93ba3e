"""The built-in sample: 27 months of a program around any day, with its mistakes, from the rows in `sample_rows/`.

Agencies, towns and the two events of 2019 are real. Everything else is made up, and the officers visibly so.

A file has the contract's fields as its columns. `D` in a cell is the event's day and `T` is today (`D-14`; with `?` it
is blank until that day), and braces are parts of the event's day as text. In Events.csv `day` places the event:

- a date in the five recorded years, which repeat: the event keeps its town, crew and count as "today" moves on;
- an earlier date, as it is;
- `+19`: so many days after today, moved to a working day, so that every kind of clash and gap is always ahead;
- `national`: Coffee with a Cop Day, if it is near; and three events without a readable date each have a rule.

A row counts `from` and `until` so many days after the event: a follow-up is open, then closed; a count is corrected.
"""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Mapping
from functools import cache, lru_cache
from pathlib import Path
from typing import NamedTuple, TypeAlias
from zoneinfo import ZoneInfo

from cwac.model import Cell, Merge, Tab, Workbook
from cwac.sheet.dates import nth_weekday
from cwac.sheet.schema import TABS
from cwac.sheet.times import EPOCH

ZONE = "America/Los_Angeles"
DAYS_BACK = 730
DAYS_AHEAD = 91
EXTRA_COLUMNS: Mapping[str, tuple[str, ...]] = {"Events": ("Flyer",), "Attendance": ("Remarks",)}
NATIONAL_DAY = 10, 2, 1  # the first Wednesday in October
RECORDED_FROM = dt.date(2024, 1, 1)
REPEATS_AFTER = dt.timedelta(weeks=261)
"""The recorded years: whole weeks, and one day more than five years."""

_ORDER_OF_2019, _ORDER_AHEAD = -99, 99

Typed: TypeAlias = Cell | dt.date | dt.time
Row: TypeAlias = dict[str, Typed]
"""A row by the contract's fields (extra columns by their header). Days and times are converted to numbers last."""
Rows: TypeAlias = dict[str, list[Row]]


def sample_workbook(today: dt.date, now: dt.datetime | None = None) -> Workbook:
    """The ten tabs as if fetched from Google, always the same for one day. `as_of` is `now`, or noon in the zone."""
    return Workbook("sample", now or _noon(today), ZONE, tabs_of(today))


def the_day_before(today: dt.date, now: dt.datetime | None = None) -> Workbook:
    """An earlier version of today's sample, from 25 hours before `now`, so that there are changes to show."""
    rows, merge = _rows(today)
    coming = [row for row in rows["Events"] if isinstance(row["date"], dt.date) and row["date"] >= today]
    first = next(row for row in coming if isinstance(row["start"], dt.time))
    crew = [row for row in rows["Staffing"] if row["event_id"] == first["id"]]
    # The first one began an hour earlier, with one more to come and a host who had not answered yet; one was not
    # called off yet, one not thought of, and the last count not entered.
    assert isinstance(first["start"], dt.time)
    first["start"] = first["start"].replace(hour=first["start"].hour - 1)
    named = {row["officer"] for row in crew}
    other = next(row["id"] for row in rows["Officers"] if named.isdisjoint({row["id"], row["name"]}))
    rows["Staffing"].append({"event_id": first["id"], "officer": other, "role": "Floor", "status": "Confirmed"})
    crew[0]["status"] = "Assigned"
    for row in coming:
        if row["status"] == "Postponed":
            row["status"] = "Confirmed"
    rows["Events"].remove(coming[-1])
    del rows["Attendance"][-2]  # above the total
    return Workbook("sample", (now or _noon(today)) - dt.timedelta(hours=25), ZONE, _tabs(rows, merge))


@lru_cache(2)
def tabs_of(today: dt.date) -> tuple[Tab, ...]:
    return _tabs(*_rows(today))


def _noon(today: dt.date) -> dt.datetime:
    return dt.datetime.combine(today, dt.time(12), ZoneInfo(ZONE))


@cache
def _file(name: str) -> tuple[Mapping[str, str], ...]:
    with open(Path(__file__).with_name("sample_rows") / f"{name}.csv", encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


class _Placed(NamedTuple):
    """A row of Events.csv on its day, with the event's ID there. Rows of the same `order` are in the file's order."""

    row: Mapping[str, str]
    day: dt.date
    id: str
    order: int


def _rows(today: dt.date) -> tuple[Rows, Merge]:
    rows: Rows = {
        name: [_cells(row, today, today) for row in _file(name)]
        for name in ("Agencies", "Officers", "Time off", "Venues", "Towns", "Coverage")
    }
    placed = sorted(filter(None, (_place(row, today) for row in _file("Events"))), key=lambda event: event.order)
    by_key = {event.row["id"]: event for event in placed}
    events = [(event.day, _cells(event.row, today, event.day) | {"id": event.id or None}) for event in placed]
    for _, row in events:
        if row["replaces"]:
            row["replaces"] = by_key[str(row["replaces"])].id
    # A row that was copied for another day without a new ID.
    day = events[12][0] + dt.timedelta(days=35)
    events.append((day, events[12][1] | {"date": day}))
    rows["Events"] = [row for _, row in sorted(events, key=lambda event: event[0])]
    for name in ("Staffing", "Attendance", "Follow-ups"):
        of_events = [(by_key[row["event_id"]], row) for row in _file(name) if row["event_id"] in by_key]
        rows[name] = [
            _cells(row, today, event.day, event.id) | {"event_id": event.id}
            for event, row in sorted(of_events, key=lambda pair: pair[0].order)
            if _counts(row, today - event.day)
        ]
    return rows, _go_wrong(rows)


def _place(row: Mapping[str, str], today: dt.date) -> _Placed | None:
    """The row on the day that its `day` says; None where it is too far from today."""
    when, key = row["day"], row["id"]
    if not when[0].isdigit():
        ahead = _day_ahead(when, today)
        event_id = f"EV-{ahead.year}-{key[3:]}" if ahead and key else ""
        return _Placed(row, ahead, event_id, _ORDER_AHEAD) if ahead else None
    day = dt.date.fromisoformat(when)
    if day < RECORDED_FROM:
        return _Placed(row, day, key, _ORDER_OF_2019)
    first = today - dt.timedelta(days=DAYS_BACK)
    times = -((day - first) // REPEATS_AFTER)
    is_national = day == nth_weekday(day.year, *NATIONAL_DAY)
    day += times * REPEATS_AFTER
    day = nth_weekday(day.year, *NATIONAL_DAY) if is_national else day
    year, week, _ = day.isocalendar()
    is_shown = first <= day < today and _counts(row, today - day)
    return _Placed(row, day, f"EV-{year}-{week:03}{key[11:]}", times) if is_shown else None


def _counts(row: Mapping[str, str], age: dt.timedelta) -> bool:
    """Whether a row counts that long after its event."""
    return int(row["from"] or -9999) <= age.days < int(row["until"] or 9999)


def _day_ahead(when: str, today: dt.date) -> dt.date | None:
    rule, _, number = when.rpartition("+")
    if when == "national":
        day = nth_weekday(today.year, *NATIONAL_DAY)
        return day if today <= day <= today + dt.timedelta(days=DAYS_AHEAD) else None
    if when == "June 30":
        return dt.date(today.year if today.month > 6 else today.year - 1, 6, 30)
    day = today + dt.timedelta(days=int(number))
    if rule == "Wednesday ":
        day += dt.timedelta(days=(2 - day.weekday()) % 7)
    weekend = (6,) if int(number) <= 2 else (5, 6)
    while not rule and (day.weekday() in weekend or day == nth_weekday(today.year, *NATIONAL_DAY)):
        day += dt.timedelta(days=1)
    return day


_RELATIVE = re.compile(r"([DT])([+-]\d+)?(\??)")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")


def _cells(row: Mapping[str, str], today: dt.date, day: dt.date, event_id: str = "") -> Row:
    return {field: _typed(text, today, day, event_id) if text else None for field, text in row.items()}


def _typed(text: str, today: dt.date, day: dt.date, event_id: str) -> Typed:
    if relative := _RELATIVE.fullmatch(text):
        stated = (day if relative[1] == "D" else today) + dt.timedelta(days=int(relative[2] or 0))
        return None if relative[3] and stated > today else stated
    if number := _NUMBER.fullmatch(text):
        return float(text) if number[1] else int(text)
    if re.fullmatch(r"\d{1,2}:\d\d", text):
        return dt.time.fromisoformat(text.zfill(5))
    if re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        return dt.date.fromisoformat(text)
    if "{" in text:
        us, long = f"{day.month}/{day.day}/{day.year}", f"{day:%B} {day.day}, {day.year}"
        return text.format(us=us, long=long, weekday=f"{day:%a}", iso=day, year=day.year, number=event_id[3:])
    return True if text == "TRUE" else text


def _tabs(rows: Rows, merge: Merge) -> tuple[Tab, ...]:
    tabs = []
    for spec in TABS:
        extra = EXTRA_COLUMNS.get(spec.name, ())
        fields = (*(column.field for column in spec.columns), *extra)
        header = (*(column.header for column in spec.columns), *extra)
        typed = (tuple([_cell(row.get(name)) for name in fields]) for row in rows[spec.name])
        tabs.append(Tab(spec.name, (header, *typed), (merge,) if spec.name == "Staffing" else ()))
    return tuple(tabs)


def _cell(typed: Typed) -> Cell:
    """The value as Google sends it: a day as days since 1899-12-30, a time as a fraction of a day."""
    if isinstance(typed, dt.date):
        return (typed - EPOCH).days
    if isinstance(typed, dt.time):
        return (typed.hour * 60 + typed.minute) / 1440
    return typed


def _go_wrong(rows: Rows) -> Merge:
    """Make the mistakes of Mistakes.csv, and add repeated, merged and total rows. Returns the merge in Staffing."""
    for mistake in _file("Mistakes"):
        where = [pair.split("=") for pair in mistake["where"].split("; ")]
        agreeing = [row for row in rows[mistake["tab"]] if all(row[name] == value for name, value in where)]
        agreeing[int(mistake["nth"])] |= _cells({mistake["field"]: mistake["typed"]}, EPOCH, EPOCH)

    staffing = rows["Staffing"]
    staffing.insert(len(staffing) // 3, dict(staffing[len(staffing) // 3]))
    second = next(
        number
        for number in range(len(staffing) // 2, len(staffing))
        if staffing[number]["event_id"] == staffing[number - 1]["event_id"] and staffing[number]["role"] == "Floor"
    )
    staffing[second]["event_id"] = None

    counts = [row["guests"] for row in rows["Attendance"]]
    total = sum(count for count in counts if isinstance(count, int) and count <= 40)
    rows["Attendance"].append({"event_id": "TOTAL", "guests": total})
    # The header is the sheet's first row.
    return Merge(top=second, bottom=second + 2, left=0, right=1)
