"""The parts that the rows of all form tabs share: a time, an event, choices, and their accounting."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from functools import partial
from typing import Any

from cwac.model import Cell
from cwac.sheet import headers
from cwac.sheet.reader import ReadBefore
from cwac.sheet.table import Table
from cwac.sheet.tabs.event_rows import read_event_ids
from cwac.sheet.text import NOTHING, Read, Reading, as_typed, is_not_said, plain, wrong
from cwac.sheet.times import EPOCH

EARLIEST = dt.datetime.min  # noqa: DTZ901 - wall clock
"""In place of the time of a row that has none."""
_FORMS = re.compile(
    r"(?:(?P<year>[0-9]{4})-(?P<iso_month>[0-9]{1,2})-(?P<iso_day>[0-9]{1,2})"
    r"|(?P<a>[0-9]{1,2})[/.-](?P<b>[0-9]{1,2})[/.-](?P<short>[0-9]{4}|[0-9]{2}))"
    r"(?:[T, ]+(?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(?::(?P<second>[0-9]{2})(?:\.[0-9]+)?)?"
    r"\s*(?P<half>[ap])?\.?\s?(?:m\.?)?)?(?:\s*(?:gmt|utc|z)?[+-]?[0-9:]*)?",
    re.I,
)
_MIDNIGHT = dt.datetime.combine(EPOCH, dt.time())
_ADVICE = "This is no date and time, so the answer counts as the oldest."


def choice_reader(meanings: dict[str, str], advice: str) -> Read:
    def read_choice(cell: Cell) -> Reading:
        if is_not_said(cell):
            return NOTHING
        meant = meanings.get(headers.key(plain(as_typed(cell) or "")[:200]))
        return wrong("not-a-choice", advice) if meant is None else Reading(meant)

    return read_choice


def moments(before: ReadBefore, table: Table) -> list[dt.datetime | None]:
    """When each answer was sent; of a start and a completion time the later one counts."""
    times: list[list[dt.datetime | None]] = []
    for field in ("at", "began"):
        header = headers.key(table.columns.get(field, (0, ""))[1])
        day_first = header not in ("timestamp", "completiontime", "starttime", "submittedat")
        times.append(before.columns.column(table, field, partial(read_moment, day_first=day_first)))
    return [max(filter(None, each), default=None) for each in zip(*times, strict=True)]


def event_ids_of(before: ReadBefore, table: Table) -> list[str | None]:
    """The event of each row, whose agencies must act on the row's problems."""
    ids = read_event_ids(before.columns, table, before.ids, before.events)
    table.owner = lambda row: (before.events.agencies_of(ids[row]), ids[row])
    return ids


def complete(before: ReadBefore, table: Table, *needed: Sequence[Any]) -> list[int]:
    """The rows that have all of these values; the accounting is updated."""
    rows = [row for row, values in enumerate(zip(*needed, strict=True)) if None not in values]
    before.columns.account(table, len(rows))
    return rows


# --- the moment at which an answer was sent, as forms write it -------------------------------------------------------


def read_moment(cell: Cell, *, day_first: bool = False) -> Reading:
    """A moment on the sheet's clock: a serial number, or text with the month first unless `day_first`."""
    if isinstance(cell, bool) or (isinstance(cell, str) and is_not_said(cell)):
        return NOTHING
    moment = None
    if not isinstance(cell, int | float):
        match = _FORMS.fullmatch(plain(cell or "").strip())
        moment = None if match is None else _moment(match, day_first=day_first)
    elif 36_000 <= cell < 73_100:  # up to the year 2100; a smaller number is no moment at which a form was sent
        moment = _MIDNIGHT + dt.timedelta(seconds=round(cell * 86_400))
    return Reading(moment) if moment else wrong("unreadable", _ADVICE)


def _moment(match: re.Match[str], *, day_first: bool) -> dt.datetime | None:
    if match["year"]:
        year, month, day = (int(match[name]) for name in ("year", "iso_month", "iso_day"))
    else:
        first, second = int(match["a"]), int(match["b"])
        turned = (day_first and second <= 12) or first > 12
        month, day = (second, first) if turned else (first, second)
        year = int(match["short"]) + (2000 if len(match["short"]) == 2 else 0)
    hour = int(match["hour"] or 0)
    if match["half"]:
        hour = hour % 12 + (12 if match["half"].casefold() == "p" else 0)
    try:
        return dt.datetime(year, month, day, hour, int(match["minute"] or 0), int(match["second"] or 0))  # noqa: DTZ001 - wall clock
    except ValueError:
        return None
