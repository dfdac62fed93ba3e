"""Start and end of each event, from the columns Date, Start and End together."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import replace

from cwac.date_words import clock
from cwac.sheet.columns import ColumnReader
from cwac.sheet.dates import DateExtra
from cwac.sheet.reading import CellFinding, Reading
from cwac.sheet.table import Table
from cwac.sheet.times import TIME_ADVICE, TimeExtra


def read_event_times(
    columns: ColumnReader, table: Table, days: Sequence[Reading]
) -> tuple[list[dt.time | None], list[dt.time | None]]:
    """The start and the end of each row; a range or a day with a time may give both from one cell."""
    start_readings = columns.readings(table, "start")
    end_readings = columns.readings(table, "end", quiet=True)
    starts: list[dt.time | None] = [reading.value for reading in start_readings]
    ends: list[dt.time | None] = [reading.value for reading in end_readings]
    for row, (day, begin, finish) in enumerate(zip(days, start_readings, end_readings, strict=True)):
        started = begin.value
        if started is None and day.extra is not None and not begin.failed and isinstance(day.extra, DateExtra):
            started = day.extra.time and day.extra.time.value
        if started is not None and finish.value is not None and finish.value <= started:
            finish = end_readings[row] = move_to_afternoon(started, finish)
            ends[row] = finish.value
        if begin.extra is not None or finish.extra is not None or day.extra is not None:
            starts[row], ends[row] = _combine(columns, table, row, day, begin, finish)
        start, end = starts[row], ends[row]
        if start is None:
            continue
        if end is not None and end <= start:
            end = ends[row] = None
            advice = "The end is not after the start: correct one of them, with AM or PM."
            columns.problem(table, row, "end", CellFinding("impossible", advice))
        _check_hours_of_day(columns, table, row, start, end, end_was_typed=finish.value is not None)
    columns.report(table, "end", end_readings, end_readings)
    return starts, ends


def move_to_afternoon(start: dt.time, end: Reading) -> Reading:
    """The end 12 hours later where it was typed without AM or PM and must follow the start: 11:30 to 1."""
    time: dt.time = end.value
    if not (isinstance(end.extra, TimeExtra) and end.extra.loose and time.hour < 12 <= start.hour):
        return end
    later = time.replace(hour=time.hour + 12)
    if later <= start:
        return end
    advice = f"Read as {clock(later)}, as it is after the start. {TIME_ADVICE}"
    findings = tuple(
        replace(finding, advice=advice) if finding.code == "guessed" else finding for finding in end.findings
    )
    return replace(end, value=later, findings=findings)


def _combine(
    columns: ColumnReader, table: Table, row: int, day: Reading, begin: Reading, finish: Reading
) -> tuple[dt.time | None, dt.time | None]:
    """Start and end of a row in which one cell holds more than its own value."""
    start, end = begin.value, finish.value
    if isinstance(day.extra, DateExtra) and day.extra.time and start is None and not begin.failed:
        begin = day.extra.time
        start = begin.value
        for finding in begin.findings:
            columns.problem(table, row, "date", finding)
    end_of_start = begin.extra.end if isinstance(begin.extra, TimeExtra) else None
    if end_of_start is not None:
        if end is None and not finish.failed:
            end = end_of_start
        elif end != end_of_start and end is not None:
            advice = f"The range ends at {clock(end_of_start)}, but End says {clock(end)}: End counts."
            columns.problem(table, row, "start", CellFinding("guessed", advice, "warning"))
    end_of_end = finish.extra.end if isinstance(finish.extra, TimeExtra) else None
    if end_of_end is not None:
        if start is None or start == end:
            start, end = finish.value, end_of_end
        else:
            advice = "This is a range, and it does not begin at Start: type the end alone."
            columns.problem(table, row, "end", CellFinding("ambiguous", advice))
            end = None
    return start, end


def _check_hours_of_day(
    columns: ColumnReader, table: Table, row: int, start: dt.time, end: dt.time | None, *, end_was_typed: bool
) -> None:
    """Warn of an event that starts before `early_hour` or ends after `late_hour`: AM and PM are probably mixed up."""
    rules = columns.rules
    begins = start.hour * 60 + start.minute
    ends = begins + rules.default_minutes if end is None else end.hour * 60 + end.minute
    if begins < rules.early_hour * 60:
        _warn_of_hour(columns, table, row, "start", f"It would start at {clock(start)}")
    if ends > rules.late_hour * 60:
        field = "start" if end is None or not end_was_typed else "end"
        _warn_of_hour(columns, table, row, field, f"It would end after {clock(dt.time(rules.late_hour % 24))}")


def _warn_of_hour(columns: ColumnReader, table: Table, row: int, field: str, statement: str) -> None:
    field = field if field in table.cells else "date"
    columns.problem(table, row, field, CellFinding("implausible", f"{statement}: check AM and PM.", "warning"))
